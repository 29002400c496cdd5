//! A change of one memory that a policy lets through: a proposal, its approval and its operation in two short
//! transactions of the ledger, so that an agent never waits long.

use std::time::Duration;

use super::{CurateProblem, Curator, OperationId, book::YOU};
use crate::{
    change::{Batch, Change, Draft, ProposalId, Wish},
    ledger::{Admission, Beginning, ChunkState, Settled, Taken},
    memory::EpochMs,
    store::{self, Make, Outcome, crash},
};

/// What became of a change that a policy lets through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Through {
    /// It was made.
    Done {
        /// The memory's native id.
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
        debug_assert_ne!(policy, YOU, "what a person says is decided, not admitted");
        let turn = self.ledger()?.take_turn_within(patience)?;
        self.settle_the_dead(now)?;
        let done = self.through_now(batch, draft, policy, now);
        drop(turn);
        // Others write while this waits for the disk; nobody is told of anything that is not there.
        self.ledger()?.flush()?;
        done
    }

    fn through_now(
        &mut self,
        batch: &mut Batch,
        draft: &Draft,
        policy: &str,
        now: EpochMs,
    ) -> Result<Through, CurateProblem> {
        let [wish] = draft.steps.as_slice() else {
            return Ok(Through::Refused("a policy lets one change of one memory through at a time".to_owned()));
        };
        let intent = match &wish.wish {
            Wish::Add(record) => match self.composed(wish.store, record)? {
                Ok(intent) => intent,
                Err(reason) => return Ok(Through::Refused(reason)),
            },
            Wish::Edit(edit) => store::Intent {
                native: wish.native.clone(),
                expect: store::Expect::Seen(wish.seen),
                make: Make::Edit(edit.clone()),
            },
            Wish::Delete | Wish::Mark(_) => {
                return Ok(Through::Refused("a person decides about this".to_owned()));
            }
        };
        let native = intent.native.clone();
        let title = self.title_of_draft(draft);
        let store = self.know(wish.store, now)?;
        let elsewhere = || CurateProblem::Store(store::Problem::Missing("its store".into()));
        let named = draft.clone().renamed(|place| self.know(place, now).ok()).ok_or_else(elsewhere)?;
        let mut writer = self.take_writer(wish.store)?;
        let ledger = self.ledger_mut()?;
        let mut written = None;
        let begin = Beginning {
            label: draft.label,
            author: policy,
            reason: &draft.reason,
            summary: &title,
            at: now,
            planned: 1,
            of: None,
            proposal: None,
        };
        let applied = writer.apply(vec![intent], &mut |changes: &[Change]| {
            crash::point("begun");
            let noted = ledger.admit(Admission { batch, draft: &named, title: &title, begin, store, changes })?;
            crash::point("journalled");
            let stopped = noted.is_err();
            written = Some(noted);
            // Nothing is written where the journal says no; why it does stands in `written`.
            if stopped { Err(store::Problem::Cancelled) } else { Ok(()) }
        });
        crash::point("written");
        self.site(wish.store)?.writer = Some(writer);
        match (applied, written) {
            (_, Some(Err(Taken::Rejected(id)))) => Ok(Through::Rejected(id)),
            (_, Some(Err(Taken::Waits(id) | Taken::New(id)))) => Ok(Through::Waits(id)),
            // Whether the store has it is found out by looking, as after a crash.
            (Err(problem), Some(Ok(_))) => {
                self.settle_the_dead(now)?;
                Err(problem.into())
            }
            (Err(problem), None) => Err(problem.into()),
            (Ok(_), Some(Ok(written))) => {
                batch.id = written.batch;
                let settled = Settled { number: 1, state: ChunkState::Done, applied: 1 };
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
}
