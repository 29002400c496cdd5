//! Memories older than their kind stays true: they are marked as not to be relied on, and stay.
//!
//! A person cannot judge a thousand old memories one by one, so those of a project, a kind and a month are one
//! proposal, made when the whole month is past its time: what is proposed today is proposed tomorrow.

use std::collections::BTreeMap;

use chrono::{Datelike as _, Months, NaiveDate};

use super::{Analyse, Ask, Made, Seen, shelf::Shelf};
use crate::{
    change::{Draft, Edit, Label, Mark, Step, Wish},
    judge::{self, STALE_HALF_LIVES},
    memory::{EpochMs, Handle, Row, Signal},
    query::Zone,
    store::Result,
};

/// Age alone proves nothing.
const CONFIDENCE: f32 = 0.4;
/// The confidence that they are given: under what age alone leaves.
const LEFT: f32 = 0.1;
/// Memories of one proposal.
const MOST: usize = 200;
/// Titles that a proposal names.
const NAMED: usize = 5;

const DAY: f32 = 86_400_000.0;

/// Which memories are one proposal: store, project, kind, and the first day of the month.
type Class = (u8, String, String, NaiveDate);

pub(super) struct Stale {
    now: EpochMs,
    zone: Zone,
    classes: BTreeMap<Class, Vec<Handle>>,
}

impl Stale {
    pub(super) const fn new(ask: &Ask) -> Self {
        Self { now: ask.now, zone: ask.zone, classes: BTreeMap::new() }
    }

    /// Whether memories of this kind are past their time to the last one of the month.
    fn is_over(&self, kind: &str, month: NaiveDate) -> bool {
        let Some(end) = month.checked_add_months(Months::new(1)) else { return false };
        let age = self.now.saturating_sub(self.zone.moment(end.into())) as f32 / DAY;
        age > judge::half_life_days(kind) * STALE_HALF_LIVES
    }
}

impl Analyse for Stale {
    fn look(&mut self, seen: &Seen<'_>) {
        let (known, kind) = (seen.known, seen.scanned.kind);
        // Whoever looked at it has said what it is worth; prompts and summaries claim nothing.
        let open = known.overlay.is_none() && known.fresh && kind != "prompt" && kind != "summary";
        if !open || !known.signals.has(Signal::Stale) {
            return;
        }
        let Some(clock) = seen.scanned.created.and_then(|created| self.zone.clock(created)) else { return };
        let Some(month) = clock.date().with_day(1) else { return };
        if self.is_over(kind, month) {
            let class = (known.key.store, seen.scanned.project.to_owned(), kind.to_owned(), month);
            self.classes.entry(class).or_default().push(known.key.handle);
        }
    }

    fn draft(&mut self, shelf: &mut Shelf<'_>, made: &mut Made) -> Result<()> {
        shelf.expect(self.classes.values().map(Vec::len).sum());
        for ((store, project, kind, month), mut handles) in std::mem::take(&mut self.classes) {
            handles.sort_unstable();
            for part in handles.chunks(MOST) {
                let rows = shelf.rows(store, part)?;
                let rows: Vec<Row> = rows.into_iter().filter(|row| !made.is_removed(store, &row.id.native)).collect();
                if !rows.is_empty() {
                    made.add(draft(store, &project, &kind, month, &rows));
                }
            }
        }
        Ok(())
    }
}

fn draft(store: u8, project: &str, kind: &str, month: NaiveDate, rows: &[Row]) -> Draft {
    let place = if project.is_empty() { "user" } else { project };
    let limit = judge::half_life_days(kind) * STALE_HALF_LIVES;
    let many = match rows.len() {
        1 => format!("A {kind} of {} in {place} is", month.format("%Y-%m")),
        count => format!("{count} memories of kind {kind} of {} in {place} are", month.format("%Y-%m")),
    };
    let steps = rows.iter().map(|row| Step {
        store,
        native: row.id.native.clone(),
        seen: row.version,
        was: Edit::new(),
        wish: Wish::Mark(vec![Mark::Confidence(Some(LEFT))]),
    });
    let evidence = rows.iter().take(NAMED).map(|row| crate::change::Evidence::Memory {
        id: row.id.to_string(),
        quote: super::note::quote(&row.title),
    });
    let more = (rows.len() > NAMED).then(|| crate::change::Evidence::Note(format!("and {} more", rows.len() - NAMED)));
    Draft {
        label: Label::Deprecate,
        reason: format!(
            "{many} older than {limit:.0} days, the time that a {kind} counts as true. Nothing is deleted: the confidence becomes {LEFT}."
        ),
        evidence: evidence.chain(more).collect(),
        confidence: Some(CONFIDENCE),
        likeness: format!("stale in {place}"),
        steps: steps.collect(),
    }
}
