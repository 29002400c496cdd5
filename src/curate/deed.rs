//! What an agent does by itself, through a door that the person has opened for it: one operation, whole or not at all.

use std::collections::VecDeque;

use super::{
    CurateProblem, Curator, OperationId,
    book::Beginnings,
    feed::{Intents, Source},
};
use crate::{
    change::{Edit, Label, Place},
    memory::{Digest, EpochMs, Record},
    store::{Expect, Intent, Make},
};

/// Changes to one store that an agent makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Deed<'a> {
    /// The store's place in the list.
    pub store: u8,
    /// What it is.
    pub label: Label,
    /// Who does it: the agent's name.
    pub author: &'a str,
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
    /// Carries out what an agent does, as one operation in its name. What could not be carried out as a whole is taken
    /// back.
    ///
    /// # Errors
    /// Any [`CurateProblem`]; then nothing was changed.
    pub fn perform(&mut self, deed: &Deed<'_>, now: EpochMs) -> Result<Done, CurateProblem> {
        let turn = self.ledger()?.take_turn()?;
        self.settle_the_dead(now)?;
        let intents = match self.intents(deed, now)? {
            Ok(intents) => intents,
            Err(done) => return Ok(done),
        };
        let Deed { store, label, author, reason, .. } = *deed;
        let begin = Beginnings { author, ..Beginnings::of_person(label, reason, intents.len(), now) };
        let step = &mut |_, _: &[_]| std::ops::ControlFlow::Continue(());
        let report = self.run(begin, vec![Source::Given { store, place: Place::Store, intents }], step)?;
        let failed = report.refused.into_iter().next().map(|(_, reason)| reason).or(report.trouble);
        if let Some(reason) = failed {
            if let Some(operation) = report.operation {
                self.undo(Some(operation), now, step)?;
            }
            return Ok(Done::Failed(reason));
        }
        drop(turn);
        Ok(Done::Whole(report.operation))
    }

    fn intents(&mut self, deed: &Deed<'_>, now: EpochMs) -> Result<Result<Intents, Done>, CurateProblem> {
        let id = self.know(deed.store, now)?;
        let mut intents = VecDeque::with_capacity(deed.tasks.len());
        for task in &deed.tasks {
            intents.push_back(match task {
                Task::Add(record) => match self.composed(deed.store, record)? {
                    Ok(intent) => intent,
                    Err(reason) => return Ok(Err(Done::Failed(reason))),
                },
                Task::Edit(native, seen, edit) => {
                    Intent { native: native.clone(), expect: Expect::Exactly(*seen), make: Make::Edit(edit.clone()) }
                }
                Task::Delete(native, _) if self.ledger()?.overlay(id, native)?.pinned => {
                    return Ok(Err(Done::Forbidden("a person has pinned it, so it stays".to_owned())));
                }
                Task::Delete(native, seen) => {
                    Intent { native: native.clone(), expect: Expect::Exactly(*seen), make: Make::Delete }
                }
            });
        }
        Ok(Ok(intents))
    }
}
