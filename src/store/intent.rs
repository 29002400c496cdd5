//! What is to be made of memories, and what goes with a write.

use std::sync::Arc;

use super::Result;
use crate::{
    change::{Change, Edit},
    memory::{Digest, Image, Version},
};

/// What is to be made of one memory, decided before the store's lock is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// The memory's native id.
    pub native: String,
    /// What the memory must still be.
    pub expect: Expect,
    /// What is to become of it.
    pub make: Make,
}

/// What a memory must be for an intent to apply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// As it is found.
    Anything,
    /// This very record.
    Exactly(Digest),
    /// A record that reads as it did: title, texts, kind and project are those that were seen.
    Seen(Version),
    /// No memory of that name.
    Absent,
}

/// What becomes of a memory.
#[derive(Clone, Debug, PartialEq)]
pub enum Make {
    /// It is deleted.
    Delete,
    /// It is deleted for good: nothing of it stays where the product itself would keep it, and its bytes are overwritten.
    /// What leaves is not journalled.
    Erase,
    /// Fields get new values.
    Edit(Edit),
    /// It becomes exactly this record.
    Put(Image),
}

/// What became of an intent.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Done; the change as it was journalled.
    Applied,
    /// It was already so: nothing was written.
    Already,
    /// The memory is not what was expected: nothing was written. What was found instead.
    Conflict(Option<Box<Image>>),
    /// The edit cannot be made, with the reason and the next step.
    Refused(String),
}

/// What goes with a write: more intents for it, and the journal that has the changes before the store does.
pub trait Errand {
    /// More intents for the same transaction, none when it is to be committed. Asked for while the store's lock is
    /// held, and only while the writer knows that nobody waits for it.
    fn next(&mut self) -> Vec<Intent>;

    /// Begins to make changes durable elsewhere.
    ///
    /// # Errors
    /// [`Problem::Journal`] when that cannot be done.
    fn journal(&mut self, changes: &Arc<Vec<Change>>) -> Result<()>;

    /// Returns when everything that was journalled is durable.
    ///
    /// # Errors
    /// [`Problem::Journal`] when it is not.
    fn durable(&mut self) -> Result<()>;
}

/// A journal that is durable when it returns is errand enough where there is nothing more to do.
impl<F: FnMut(&[Change]) -> Result<()>> Errand for F {
    fn next(&mut self) -> Vec<Intent> {
        Vec::new()
    }

    fn journal(&mut self, changes: &Arc<Vec<Change>>) -> Result<()> {
        self(changes)
    }

    fn durable(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A new memory with its name, or why there can be none.
pub type Composed = std::result::Result<(String, Image), String>;
