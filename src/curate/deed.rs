//! What an agent does by itself, through a door that the person has opened for it: one operation, whole or not at all, that
//! stands in the audit list until a person has seen it.

use std::time::Duration;

use super::{CurateProblem, Curator, OperationId, Through, through::Passing};
use crate::{
    change::{Batch, Draft, Edit, Label, Step, Wish},
    memory::{Digest, EpochMs, Record, Version},
    store::{Expect, Intent, Make},
};

/// How long an agent waits for another memtui that is changing something.
const PATIENCE: Duration = Duration::from_secs(5);

/// Changes to one store that an agent makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed<'a> {
    /// The store's place in the list.
    pub store: u8,
    /// What it is.
    pub label: Label,
    /// The policy that speaks for the person.
    pub policy: &'a str,
    /// By what it is done, for the log.
    pub reason: &'a str,
    /// What becomes of each memory.
    pub tasks: Vec<Task>,
}

/// What becomes of one memory.
#[derive(Clone, Debug, PartialEq)]
pub enum Task {
    /// It is written down where there was none.
    Add(Record),
    /// Its fields get these values, if it is still what was seen.
    Edit(String, Digest, Edit),
    /// It is deleted, if it is still what was seen.
    Delete(String, Digest),
}

/// What came of a deed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is done, by this operation; `None` when everything was so already.
    Whole(Option<OperationId>),
    /// A person's word stands against it. Nothing was changed.
    Forbidden(String),
    /// Something else stood in the way, or came in between. Nothing stays changed.
    Failed(String),
}

impl Curator {
    /// Carries out what an agent does, as one operation in the name of the policy that lets it, and as a proposal of the batch
    /// that the policy approved.
    ///
    /// # Errors
    /// Any [`CurateProblem`]; then nothing was changed.
    pub fn perform(&mut self, batch: &mut Batch, deed: &Deed<'_>, now: EpochMs) -> Result<Done, CurateProblem> {
        let Deed { store, label, policy, reason, ref tasks } = *deed;
        self.safeguard(tasks.len(), &[store], now)?;
        self.afresh();
        let steps = tasks.iter().map(|task| self.step_of(store, task)).collect::<Result<_, _>>()?;
        let draft = Draft {
            label,
            reason: reason.to_owned(),
            evidence: Vec::new(),
            confidence: None,
            likeness: String::new(),
            steps,
        };
        let mut forbidden = None;
        let passing = Passing { batch, draft: &draft, policy, patience: PATIENCE, now };
        let through = self.pass(passing, |curator| {
            forbidden = curator.pinned_among(store, tasks, now)?;
            if forbidden.is_some() {
                return Ok(Err(Through::Already));
            }
            tasks.iter().map(|task| curator.intent_of(store, task)).collect()
        })?;
        if let Some(reason) = forbidden {
            return Ok(Done::Forbidden(reason));
        }
        Ok(match through {
            Through::Done { operation, .. } => Done::Whole(Some(operation)),
            Through::Already => Done::Whole(None),
            Through::Rejected(_) => Done::Forbidden("a person said no to the same before".to_owned()),
            Through::Waits(_) => Done::Forbidden("the same waits for a person's word".to_owned()),
            Through::Moved => Done::Failed("it changed since it was read".to_owned()),
            Through::Refused(reason) => Done::Failed(reason),
        })
    }

    fn pinned_among(&mut self, store: u8, tasks: &[Task], now: EpochMs) -> Result<Option<String>, CurateProblem> {
        let id = self.know(store, now)?;
        for task in tasks {
            if let Task::Delete(native, _) = task
                && self.ledger()?.overlay(id, native)?.pinned
            {
                return Ok(Some("a person has pinned it, so it stays".to_owned()));
            }
        }
        Ok(None)
    }

    fn intent_of(&mut self, store: u8, task: &Task) -> Result<Result<Intent, Through>, CurateProblem> {
        Ok(Ok(match task {
            Task::Add(record) => match self.composed(store, record)? {
                Ok(intent) => intent,
                Err(reason) => return Ok(Err(Through::Refused(reason))),
            },
            Task::Edit(native, seen, edit) => {
                Intent { native: native.clone(), expect: Expect::Exactly(*seen), make: Make::Edit(edit.clone()) }
            }
            Task::Delete(native, seen) => {
                Intent { native: native.clone(), expect: Expect::Exactly(*seen), make: Make::Delete }
            }
        }))
    }

    /// A task as a wish, with what the memory was.
    fn step_of(&mut self, store: u8, task: &Task) -> Result<Step, CurateProblem> {
        let (native, wish) = match task {
            Task::Add(record) => (String::new(), Wish::Add(record.clone())),
            Task::Edit(native, _, edit) => (native.clone(), Wish::Edit(edit.clone())),
            Task::Delete(native, _) => (native.clone(), Wish::Delete),
        };
        let reader = self.reader(store)?;
        let handle = reader.handle(&native).filter(|_| !native.is_empty());
        let (seen, was) = match handle {
            Some(handle) => (
                reader.rows(&[handle])?.first().map_or_else(Version::default, |row| row.version),
                reader.editable(handle)?.unwrap_or_default(),
            ),
            None => (Version::default(), Edit::new()),
        };
        Ok(Step { store, native, seen, was, wish })
    }
}
