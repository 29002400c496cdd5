//! Marks: what a person says about memories. They live in the ledger and are journalled and undone like everything else.

use std::ops::ControlFlow;

use super::{
    CurateProblem, Curator, Mark, Report, Step, Touched,
    book::{Beginnings, Book},
    plan::by_store,
    run::{Run, TouchedNatives},
};
use crate::{
    change::{Change, Label, Place},
    judge,
    ledger::{StoreId, overlay},
    memory::{EpochMs, Key, Overlay},
    store::{Expect, Intent, Make, Outcome},
};

/// Marks in one transaction of the ledger.
const CHUNK: usize = 500;

impl Curator {
    pub(super) fn mark(
        &mut self,
        targets: &[Key],
        marks: &[Mark],
        reason: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let stores = by_store(targets);
        let planned = stores.iter().map(|(_, handles)| handles.len()).sum();
        let plan = Beginnings::of_person(Label::Mark, reason, planned, now);
        let (mut report, mut book) = (Report::new(plan), Book::new(plan));
        let mut done = 0;
        'all: for (store, handles) in stores {
            let id = self.know(store, now)?;
            for chunk in handles.chunks(CHUNK) {
                let natives: Vec<String> = {
                    let reader = self.reader(store)?;
                    chunk.iter().map(|handle| reader.native(*handle)).collect()
                };
                let changes = self.marked(id, &natives, marks)?;
                done += chunk.len();
                report.already += chunk.len() - changes.len();
                if !changes.is_empty() {
                    self.write_marks(&mut report, &mut book, store, id, &changes)?;
                    if let (None, Some(change)) = (&report.follow, changes.first()) {
                        report.follow = Some(self.public_id(store, &change.native));
                    }
                }
                let touched: Vec<_> =
                    chunk.iter().map(|handle| (Key { store, handle: *handle }, Touched::Marked)).collect();
                if step(super::Progress { done, total: planned }, &touched) == ControlFlow::Break(()) {
                    report.cancelled = done < planned;
                    break 'all;
                }
            }
        }
        self.close_marks(report)
    }

    /// The changes that these marks make; memories that are already marked so need none.
    fn marked(&mut self, store: StoreId, natives: &[String], marks: &[Mark]) -> Result<Vec<Change>, CurateProblem> {
        let ledger = self.ledger()?;
        let mut changes = Vec::new();
        for native in natives {
            let before = ledger.overlay(store, native)?;
            let after = marks.iter().fold(before.clone(), |overlay, mark| mark.on(overlay));
            if after != before {
                changes.push(Change {
                    native: native.clone(),
                    place: Place::Overlay,
                    before: overlay::image_of(&before),
                    after: overlay::image_of(&after),
                });
            }
        }
        Ok(changes)
    }

    fn write_marks(
        &mut self,
        report: &mut Report,
        book: &mut Book<'_>,
        store: u8,
        id: StoreId,
        changes: &[Change],
    ) -> Result<(), CurateProblem> {
        let title = self.title_of(store, changes);
        let ledger = self.ledger_mut()?;
        let operation = book.open(ledger, &title)?;
        ledger.apply_overlays(operation, book.number, id, changes)?;
        book.number += 1;
        report.operation = Some(operation);
        report.applied += changes.len();
        Ok(())
    }

    fn close_marks(&mut self, report: Report) -> Result<Report, CurateProblem> {
        if let Some(operation) = report.operation {
            let state = if report.cancelled {
                crate::ledger::OperationState::Interrupted
            } else {
                crate::ledger::OperationState::Done
            };
            self.ledger_mut()?.close(operation, state, &[])?;
        }
        Ok(report)
    }
}

impl Curator {
    /// Turns marks back or forward: a mark that was changed since is a conflict and stays.
    pub(super) fn turn_overlays(
        &mut self,
        run: &mut Run<'_>,
        store: u8,
        intents: &[Intent],
    ) -> Result<(Vec<Outcome>, TouchedNatives), CurateProblem> {
        let id = self.know(store, run.book.begin.now)?;
        let mut outcomes = Vec::with_capacity(intents.len());
        let mut changes = Vec::new();
        for intent in intents {
            let now = overlay::image_of(&self.ledger()?.overlay(id, &intent.native)?);
            let wanted = match &intent.make {
                Make::Put(image) => Some(image.clone()),
                Make::Delete | Make::Erase | Make::Edit(_) => None,
            };
            let as_expected = match intent.expect {
                Expect::Anything | Expect::Seen(_) => true,
                Expect::Absent => now.is_none(),
                Expect::Exactly(digest) => now.as_ref().is_some_and(|image| image.digest() == digest),
            };
            outcomes.push(if now == wanted {
                Outcome::Already
            } else if as_expected {
                let change =
                    Change { native: intent.native.clone(), place: Place::Overlay, before: now, after: wanted };
                changes.push(change);
                Outcome::Applied
            } else {
                Outcome::Conflict(now.map(Box::new))
            });
        }
        if !changes.is_empty() {
            self.write_marks(&mut run.report, &mut run.book, store, id, &changes)?;
        }
        Ok((outcomes, changes.into_iter().map(|change| (change.native, Touched::Marked)).collect()))
    }

    /// The title of the first memory, for the log: an overlay does not hold it.
    fn title_of(&mut self, store: u8, changes: &[Change]) -> String {
        changes.first().map_or_else(String::new, |change| self.row_title(store, &change.native))
    }

    /// The title of a memory as its store has it now; empty when it is gone.
    pub(super) fn row_title(&mut self, store: u8, native: &str) -> String {
        let Ok(reader) = self.reader(store) else { return String::new() };
        reader
            .handle(native)
            .and_then(|handle| reader.rows(&[handle]).ok())
            .and_then(|rows| rows.into_iter().next())
            .map(|row| row.title)
            .unwrap_or_default()
    }
}

impl Mark {
    /// The overlay with this mark on it.
    pub(super) fn on(&self, mut overlay: Overlay) -> Overlay {
        match *self {
            Self::Confidence(value) => overlay.confidence = value.map(|value| value.clamp(0.0, 1.0)),
            Self::Pinned(pinned) => overlay.pinned = pinned,
            Self::StaleAfter(moment) => overlay.stale_after = moment,
            Self::Bucket(bucket) => overlay.bucket = bucket,
            Self::Reviewed(moment) => {
                overlay.review_days = moment.map(|moment| judge::next_interval(&overlay, moment));
                overlay.reviewed_at = moment;
            }
        }
        overlay
    }
}
