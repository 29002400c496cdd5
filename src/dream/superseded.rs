//! Facts that a newer memory takes back: the older one goes, with both quoted.

use super::{
    Analyse, Made,
    note::{Note, day, quote},
    shelf::Shelf,
};
use crate::{
    change::{Draft, Label, Wish},
    judge,
    store::Result,
};

/// How sure the rule is: words are compared, nothing is understood.
const CONFIDENCE: f32 = 0.8;

pub(super) struct Superseded;

impl Analyse for Superseded {
    fn looks(&self) -> bool {
        false
    }

    fn draft(&mut self, shelf: &mut Shelf<'_>, made: &mut Made) -> Result<()> {
        let grounds = shelf.grounds;
        shelf.expect(grounds.kin.over.len() * 2);
        for (older, newer) in &grounds.kin.over {
            let Some(known) = grounds.known(*older) else { continue };
            let is_fresh = known.fresh || grounds.known(*newer).is_some_and(|known| known.fresh);
            let Some(old) = shelf.note(*older)?.filter(|old| is_fresh && !old.pinned) else { continue };
            let Some(new) = shelf.witness(*newer)? else { continue };
            if new.is_suspicious() {
                // What hides characters or gives orders is no authority over what others say.
                continue;
            }
            made.add(draft(&old, &new, shelf));
        }
        Ok(())
    }
}

fn draft(old: &Note, new: &Note, shelf: &Shelf<'_>) -> Draft {
    let zone = shelf.zone();
    let says = taking_back(new).unwrap_or_else(|| quote(&new.title));
    Draft {
        label: Label::Supersede,
        reason: format!(
            "{} of {} says that this is over: “{says}”. The older one of {} goes; reject this to keep both.",
            new.id,
            day(new.created, zone),
            day(old.created, zone),
        ),
        evidence: vec![old.titled(), new.quoted(&says), old.origin(zone)],
        confidence: Some(CONFIDENCE),
        likeness: format!("superseded in {}", old.place()),
        steps: vec![old.step(Wish::Delete)],
    }
}

/// The words of a memory that take something back.
fn taking_back(note: &Note) -> Option<String> {
    note.texts().find_map(|text| judge::passage_taking_back(text)).map(quote)
}
