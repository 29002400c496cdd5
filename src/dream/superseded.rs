//! Facts that a newer memory takes back: the older one goes, with both quoted.

use std::collections::BTreeSet;

use super::{
    Analyse, Made,
    note::{Note, day, quote},
    reading::Reading,
};
use crate::{
    change::{Draft, Label, Wish},
    judge::{self, Ground, Statement},
    store::Result,
};

/// How sure the rule is: words are compared, nothing is understood.
const CONFIDENCE: f32 = 0.8;

pub(super) struct Superseded;

impl Analyse for Superseded {
    fn looks(&self) -> bool {
        false
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        let grounds = reading.grounds;
        reading.expect(grounds.kin.over.len() * 2);
        for (older, newer) in &grounds.kin.over {
            let Some(known) = grounds.known(*older) else { continue };
            let is_fresh = known.fresh || grounds.known(*newer).is_some_and(|known| known.fresh);
            let Some(old) = reading.note(*older)?.filter(|old| is_fresh && !old.pinned) else { continue };
            let Some(new) = reading.witness(*newer)? else { continue };
            // What hides characters or gives orders is no authority over what others say; the same title alone is no
            // ground to delete anything.
            let sure = ground(&new, &old).filter(|ground| *ground != Ground::SameTitle && !new.is_suspicious());
            if let Some(ground) = sure {
                made.add(draft(&old, &new, ground, reading))?;
            }
        }
        Ok(())
    }
}

fn ground(new: &Note, old: &Note) -> Option<Ground> {
    let statement = |note: &Note| Statement::new(&note.title, &note.texts().collect::<Vec<_>>());
    statement(new).ground(&statement(old))
}

fn draft(old: &Note, new: &Note, ground: Ground, reading: &Reading<'_>) -> Draft {
    let zone = reading.zone();
    let says = taking_back(new, old).map_or_else(|| quote(&new.title), quote);
    let how = if ground == Ground::OtherNumber { "states another number for the same" } else { "takes it back" };
    Draft {
        label: Label::Supersede,
        reason: format!(
            "{} of {} {how}: “{says}”. The older one of {} goes; reject this to keep both.",
            new.id,
            day(new.created, zone),
            day(old.created, zone),
        ),
        evidence: vec![old.titled(), new.titled(), new.quoted(&says), old.origin(zone)],
        confidence: Some(CONFIDENCE),
        likeness: format!("superseded in {}", old.place()),
        steps: vec![old.step(Wish::Delete)],
    }
}

/// The words of the newer memory that take something back and have most in common with the older one; the first of
/// several.
fn taking_back<'a>(new: &'a Note, old: &Note) -> Option<&'a str> {
    let known: BTreeSet<String> = old.texts().flat_map(judge::content).collect();
    let clauses = new.texts().flat_map(judge::clauses_taking_back);
    let common = |clause: &str| judge::content(clause).collect::<BTreeSet<_>>().intersection(&known).count();
    let best = clauses.enumerate().max_by_key(|(at, clause)| (common(clause), std::cmp::Reverse(*at)));
    best.map(|(_, clause)| clause)
}
