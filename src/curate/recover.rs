//! After a crash: finds out what became of acts that nobody finished, by comparing the store with the images. It never
//! guesses.

use super::{CurateProblem, Curator, OperationId, feed::Toggle};
use crate::{
    change::{Change, Label, Place},
    ledger::{ChunkState, Operation, OperationState, Pending, Recorded, Settled, overlay},
    memory::{Digest, EpochMs},
    store::crash,
};

impl Curator {
    /// Looks after acts that a crash left open. Returns what was found, a sentence for each. When another memtui is
    /// at work its acts are alive, and nothing is done.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be used.
    pub fn recover(&mut self, now: EpochMs) -> Result<Vec<String>, CurateProblem> {
        if let Some(turn) = self.ledger()?.try_turn()? {
            self.settle_the_dead(now)?;
            drop(turn);
        }
        Ok(self.take_notices())
    }

    /// As [`Curator::recover`], while this process has the turn: what is open then belongs to a dead process.
    pub(super) fn settle_the_dead(&mut self, now: EpochMs) -> Result<(), CurateProblem> {
        for operation in self.ledger()?.open_operations()? {
            crash::point("recovering");
            if operation.label == Label::Erase {
                match self.finish_erasure(operation.id, now) {
                    Ok(()) => continue,
                    Err(CurateProblem::Store(problem)) => {
                        self.notices.push(waits(operation.id, &problem));
                        continue;
                    }
                    Err(problem) => return Err(problem),
                }
            }
            let settled = match self.settle_pending(operation.id, now) {
                Ok(settled) => settled,
                // Its store is not open in this run, or cannot be read: it waits.
                Err(CurateProblem::Store(problem)) => {
                    self.notices.push(waits(operation.id, &problem));
                    continue;
                }
                Err(problem) => return Err(problem),
            };
            let applied = self.ledger()?.operation(operation.id)?.map_or(0, |found| found.applied);
            let state = match applied {
                0 => OperationState::Cancelled,
                count if count >= operation.planned => OperationState::Done,
                _ => OperationState::Interrupted,
            };
            self.ledger_mut()?.close(operation.id, state, &[])?;
            let half = applied > 0 && !self.ledger()?.is_even(operation.id)?;
            if let Some(carried) = self.is_of_a_move(&operation)?.filter(|_| half) {
                self.call_off(&operation, carried, now)?;
                continue;
            }
            self.notices.push(told(
                &operation,
                applied,
                state,
                settled.iter().any(|chunk| chunk.state == ChunkState::Unclear),
            ));
        }
        self.bury_what_was_left(now)?;
        self.sweep_again(now)
    }

    /// The move that an operation is, takes back or does again.
    fn is_of_a_move(&self, operation: &Operation) -> Result<Option<OperationId>, CurateProblem> {
        let first = match operation.of {
            Some(of) => self.ledger()?.operation(of)?,
            None => Some(operation.clone()),
        };
        Ok(first.filter(|first| first.label == Label::Move).map(|first| first.id))
    }

    /// Takes back what there is of a move that was cut short, so that every memory is in one place, its old one.
    fn call_off(&mut self, cut: &Operation, carried: OperationId, now: EpochMs) -> Result<(), CurateProblem> {
        let what = format!("{} (operation {})", cut.label.name(), cut.id);
        let go_on = &mut |_, _: &[_]| std::ops::ControlFlow::Continue(());
        let told = match self.turn(carried, Toggle::Undo, now, go_on) {
            Ok(report) => match (report.refused.first(), report.trouble) {
                (None, None) => "it was taken back: every memory is where it was".to_owned(),
                (Some((id, reason)), _) => {
                    format!("taking it back stopped at {id}: {reason}; try `memtui undo {carried}`")
                }
                (None, Some(trouble)) => format!("taking it back stopped: {trouble}; try `memtui undo {carried}`"),
            },
            Err(CurateProblem::Store(problem)) => {
                format!("it waits for its stores ({problem}); `memtui undo {carried}` takes it back")
            }
            Err(problem) => return Err(problem),
        };
        self.notices.push(format!("Recovered: a {what} was cut short between two stores; {told}"));
        Ok(())
    }

    /// Settles the chunks of an operation whose end nobody wrote down.
    pub(super) fn settle_pending(
        &mut self,
        operation: OperationId,
        now: EpochMs,
    ) -> Result<Vec<Settled>, CurateProblem> {
        let mut all = Vec::new();
        for pending in self.ledger()?.pending(operation)? {
            let (state, applied) = self.what_became_of(operation, &pending, now)?;
            let settled = Settled { number: pending.number, state, applied };
            self.ledger_mut()?.settle(operation, settled)?;
            all.push(settled);
        }
        Ok(all)
    }

    /// A chunk is part of one transaction of its store: all of it is there or nothing. One memory that is as it was to become
    /// shows that it happened; one that is as it was before shows that it did not. A store of several files may have been
    /// left between two of them: then it is brought to the end first.
    fn what_became_of(
        &mut self,
        operation: OperationId,
        pending: &Pending,
        now: EpochMs,
    ) -> Result<(ChunkState, usize), CurateProblem> {
        let all = pending.changes.len();
        let mut seen = self.look_at(pending, now)?;
        if seen.did_not < all && seen.happened < all && self.finish(operation, pending, now)? {
            seen = self.look_at(pending, now)?;
        }
        Ok(match seen {
            Seen { happened: 0, did_not: 0 } => (ChunkState::Unclear, all),
            Seen { happened: 0, .. } => (ChunkState::Void, 0),
            _ => (ChunkState::Done, all),
        })
    }

    fn look_at(&mut self, pending: &Pending, now: EpochMs) -> Result<Seen, CurateProblem> {
        let mut seen = Seen { happened: 0, did_not: 0 };
        for change in &pending.changes {
            let home = self.home_of(change, now)?;
            let current = match change.place {
                Place::Store => self.digest_now(home, &change.native)?,
                Place::Overlay => {
                    let overlay = self.ledger()?.overlay(change.store, &change.native)?;
                    overlay::image_of(&overlay).map(|image| image.digest())
                }
            };
            if current == change.after.map(|(_, digest)| digest) {
                seen.happened += 1;
            } else if current == change.before.map(|(_, digest)| digest) {
                seen.did_not += 1;
            }
        }
        Ok(seen)
    }

    /// The open store of a change.
    fn home_of(&mut self, change: &Recorded, now: EpochMs) -> Result<u8, CurateProblem> {
        if let Some(place) = self.place_of(change.store, now) {
            return Ok(place);
        }
        let path = self.ledger()?.store(change.store)?.map_or_else(|| "?".to_owned(), |(_, path)| path);
        Err(CurateProblem::Store(crate::store::Problem::Missing(path.into())))
    }

    /// Has the store finish what it left half done. Whether there was anything that it could have.
    fn finish(&mut self, operation: OperationId, pending: &Pending, now: EpochMs) -> Result<bool, CurateProblem> {
        let of_store = pending.changes.iter().filter(|change| change.place == Place::Store);
        let (mut changes, mut home) = (Vec::new(), None);
        for change in of_store {
            home = Some(self.home_of(change, now)?);
            let ledger = self.ledger()?;
            let image = |side: Option<(i64, _)>| side.map(|(number, _)| ledger.image(operation, number)).transpose();
            let (before, after) = (image(change.before)?, image(change.after)?);
            changes.push(Change { native: change.native.clone(), place: Place::Store, before, after });
        }
        let Some(home) = home else { return Ok(false) };
        // A store that cannot be written now is left as it is found.
        let Ok(mut writer) = self.take_writer(home) else { return Ok(false) };
        let finished = writer.finish(&changes);
        self.site(home)?.writer = Some(writer);
        finished?;
        Ok(true)
    }

    fn digest_now(&mut self, store: u8, native: &str) -> Result<Option<Digest>, CurateProblem> {
        let reader = self.reader(store)?;
        let Some(handle) = reader.handle(native) else { return Ok(None) };
        Ok(reader.image(handle)?.map(|image| image.digest()))
    }
}

/// How many memories of a chunk are as they were to become, and how many as they were before.
#[derive(Clone, Copy)]
struct Seen {
    happened: usize,
    did_not: usize,
}

/// Its store is not open, or cannot be used now.
fn waits(operation: OperationId, problem: &crate::store::Problem) -> String {
    format!("operation {operation} was interrupted and waits for its store: {problem}")
}

fn told(operation: &Operation, applied: usize, state: OperationState, unclear: bool) -> String {
    let what = format!("{} (operation {})", operation.label.name(), operation.id);
    let mut sentence = match state {
        OperationState::Cancelled => {
            format!("Recovered: a {what} was cut short before it changed anything; nothing was lost")
        }
        OperationState::Done => format!("Recovered: a {what} was cut short but is complete; it can be undone"),
        _ => format!(
            "Recovered: a {what} was interrupted; {applied} of {} memories were changed, and can be undone",
            operation.planned
        ),
    };
    if unclear {
        sentence.push_str("; some were changed by somebody else since, see `memtui log`");
    }
    sentence
}
