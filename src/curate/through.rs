//! A change that a policy lets through: a proposal, its approval and its operation in two short transactions of the ledger,
//! so that an agent never waits long.

use std::{fs::File, io, path::Path, time::Duration};

use super::{CurateProblem, Curator, OperationId};
use crate::{
    change::{Batch, Change, Draft, ProposalId, Wish},
    ledger::{Admission, Beginning, ChunkState, Settled, Taken, YOU},
    memory::EpochMs,
    store::{self, Intent, Make, Outcome, crash},
};

/// What became of a change that a policy lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// It was made.
    Done {
        /// The first memory's native id.
        native: String,
        /// Its proposal, which stands in the audit list until a person has seen it.
        proposal: ProposalId,
        /// Its operation.
        operation: OperationId,
    },
    /// The same waits already, as this proposal.
    Waits(ProposalId),
    /// A person said no to the same before.
    Rejected(ProposalId),
    /// The memory is not as it was any more, or is gone.
    Moved,
    /// It is so already.
    Already,
    /// It cannot be made, with the reason.
    Refused(String),
}

/// A change as the door hands it in.
pub(super) struct Passing<'a> {
    pub(super) batch: &'a mut Batch,
    pub(super) draft: &'a Draft,
    /// The policy that speaks for the person.
    pub(super) policy: &'a str,
    /// How long another memtui is waited for that is changing something.
    pub(super) patience: Duration,
    pub(super) now: EpochMs,
}

/// What a change comes to, or why it cannot be made.
type Intents = Result<Vec<Intent>, Through>;

impl Curator {
    /// Makes a change of one memory, a text written down or fields changed, and notes it as a proposal that `policy`
    /// approved. Waits at most `patience` for another memtui that is changing something. A batch without a number has one
    /// afterwards.
    ///
    /// # Errors
    /// [`CurateProblem`]; [`crate::ledger::Problem::Taken`] when another memtui is busy for longer: nothing was changed then.
    pub fn write_through(
        &mut self,
        batch: &mut Batch,
        draft: &Draft,
        policy: &str,
        patience: Duration,
        now: EpochMs,
    ) -> Result<Through, CurateProblem> {
        let refused = |why: &str| Ok(Err(Through::Refused(why.to_owned())));
        self.pass(Passing { batch, draft, policy, patience, now }, |curator| {
            let [wish] = draft.steps.as_slice() else {
                return refused("a policy lets one change of one memory through at a time");
            };
            Ok(Ok(vec![match &wish.wish {
                Wish::Add(record) => match curator.composed(wish.store, record)? {
                    Ok(intent) => intent,
                    Err(reason) => return Ok(Err(Through::Refused(reason))),
                },
                Wish::Edit(edit) => Intent {
                    native: wish.native.clone(),
                    expect: store::Expect::Seen(wish.seen),
                    make: Make::Edit(edit.clone()),
                },
                Wish::Delete | Wish::Mark(_) => return refused("a person decides about this"),
            }]))
        })
    }

    /// Makes a change in one store, all of it or nothing; what it comes to is worked out when it is its turn.
    pub(super) fn pass(
        &mut self,
        passing: Passing<'_>,
        intents: impl FnOnce(&mut Self) -> Result<Intents, CurateProblem>,
    ) -> Result<Through, CurateProblem> {
        debug_assert_ne!(passing.policy, YOU, "what a person says is decided, not admitted");
        let turn = self.ledger()?.take_turn_within(passing.patience)?;
        self.afresh();
        self.settle_the_dead(passing.now)?;
        let store = passing.draft.steps.first().map(|step| step.store);
        let done = match intents(self)? {
            Ok(intents) => self.pass_now(passing, intents),
            Err(refused) => Ok(refused),
        };
        drop(turn);
        // Others write while this waits for the disk; nobody is told of anything that is not there.
        if matches!(done, Ok(Through::Done { .. })) {
            self.flush(store)?;
        }
        done
    }

    fn pass_now(&mut self, passing: Passing<'_>, intents: Vec<Intent>) -> Result<Through, CurateProblem> {
        let Passing { batch, draft, policy, now, .. } = passing;
        let (Some(first), Some(step)) = (intents.first(), draft.steps.first()) else { return Ok(Through::Already) };
        let (native, place, all) = (first.native.clone(), step.store, intents.len());
        let title = self.title_of_draft(draft);
        let store = self.know(place, now)?;
        let elsewhere = || CurateProblem::Store(store::Problem::Missing("its store".into()));
        let named = draft.clone().renamed(|place| self.know(place, now).ok()).ok_or_else(elsewhere)?;
        let mut writer = self.take_writer(place)?;
        let ledger = self.ledger_mut()?;
        let mut written = None;
        let begin = Beginning {
            label: draft.label,
            author: policy,
            reason: &draft.reason,
            summary: &super::plan::summary(&title, all),
            at: now,
            planned: all,
            of: None,
            proposal: None,
        };
        let applied = writer.apply(intents, &mut |changes: &[Change]| {
            if changes.len() < all {
                return Err(store::Problem::Cancelled);
            }
            crash::point("begun");
            let noted = ledger.admit(Admission { batch, draft: &named, title: &title, begin, store, changes })?;
            crash::point("journalled");
            let stopped = noted.is_err();
            written = Some(noted);
            // Nothing is written where the journal says no; why it does stands in `written`.
            if stopped { Err(store::Problem::Cancelled) } else { Ok(()) }
        });
        crash::point("written");
        self.site(place)?.writer = Some(writer);
        match (applied, written) {
            (_, Some(Err(Taken::Rejected(id)))) => Ok(Through::Rejected(id)),
            (_, Some(Err(Taken::Waits(id) | Taken::New(id)))) => Ok(Through::Waits(id)),
            // Whether the store has it is found out by looking, as after a crash.
            (Err(problem), Some(Ok(_))) => {
                self.settle_the_dead(now)?;
                Err(problem.into())
            }
            // A part of it would not have been made.
            (Err(store::Problem::Cancelled), None) => Ok(Through::Moved),
            (Err(problem), None) => Err(problem.into()),
            (Ok(_), Some(Ok(written))) => {
                batch.id = written.batch;
                let settled = Settled { number: 1, state: ChunkState::Done, applied: all };
                self.ledger_mut()?.close_admitted(written.operation, settled)?;
                Ok(Through::Done { native, proposal: written.proposal, operation: written.operation })
            }
            (Ok(outcomes), None) => Ok(match outcomes.into_iter().next() {
                Some(Outcome::Refused(reason)) => Through::Refused(reason),
                Some(Outcome::Conflict(_)) | None => Through::Moved,
                Some(Outcome::Already | Outcome::Applied) => Through::Already,
            }),
        }
    }

    /// Waits until ledger and store are on the disk, for both at once: flushes that meet become one.
    fn flush(&mut self, store: Option<u8>) -> Result<(), CurateProblem> {
        let log = store.and_then(|store| self.site(store).ok()?.writer.as_ref()?.unflushed());
        let ledger = self.ledger()?;
        let Some(log) = log else { return Ok(ledger.flush()?) };
        std::thread::scope(|scope| {
            let aside = std::thread::Builder::new().spawn_scoped(scope, || flushed(&log));
            let ours = ledger.flush();
            let theirs = match aside {
                Ok(thread) => thread.join().unwrap_or_else(|_| Err(io::Error::other("it was interrupted"))),
                Err(_) => flushed(&log),
            };
            ours?;
            theirs.map_err(|error| store::Problem::Failed { path: log.clone(), reason: error.to_string() })?;
            Ok(())
        })
    }
}

/// Waits until a file is on the disk; one that is gone holds nothing any more.
fn flushed(log: &Path) -> io::Result<()> {
    match File::open(log) {
        Ok(file) => file.sync_data(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
