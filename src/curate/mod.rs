//! The only writer: prune, edit, mark, undo, redo. Ties the ledger and the stores together.

use crate::{
    change::{Edit, Label},
    memory::{Bucket, Digest, EpochMs, Key, MemoryId},
};

/// Something a person decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Delete these memories. Pinned ones are left when `spare_pinned` is set.
    Prune {
        /// Which.
        targets: Vec<Key>,
        /// Why; may be empty.
        reason: String,
        /// Whether pinned memories are left alone (they are, unless named one by one).
        spare_pinned: bool,
    },
    /// Give one memory new values.
    Edit {
        /// Which.
        key: Key,
        /// What it was when the person saw it.
        base: Option<Digest>,
        /// The new values.
        edit: Edit,
        /// Why; may be empty.
        reason: String,
    },
    /// Set or clear marks.
    Mark {
        /// Which.
        targets: Vec<Key>,
        /// What.
        marks: Vec<Mark>,
        /// Why; may be empty.
        reason: String,
    },
    /// Take back an operation, or the latest that can be taken back.
    Undo(Option<OperationId>),
    /// Do again what was undone last.
    Redo,
}

/// A person's mark on a memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// Set or clear the confidence.
    Confidence(Option<f32>),
    /// Pin or unpin.
    Pinned(bool),
    /// Set or clear the moment from which it is stale.
    StaleAfter(Option<EpochMs>),
    /// Move to a bucket, or back to the derived one.
    Bucket(Option<Bucket>),
    /// Judged at that moment.
    Reviewed(Option<EpochMs>),
}

/// An operation's number in the log; larger is later.
pub type OperationId = i64;

/// How far a long act is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Memories dealt with.
    pub done: usize,
    /// Memories in all.
    pub total: usize,
}

/// What happened to a memory, told after each chunk so that the catalogue can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It is deleted.
    Gone,
    /// It is there now, and was not.
    Back,
    /// Its record is another one.
    Edited,
    /// A person's marks on it are other ones.
    Marked,
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The operation in the log; `None` when nothing was changed.
    pub operation: Option<OperationId>,
    /// What was done.
    pub label: Label,
    /// For undo and redo: the operation that was taken back or done again.
    pub of: Option<OperationId>,
    /// Memories that were to be changed.
    pub planned: usize,
    /// Memories that were changed.
    pub applied: usize,
    /// Memories that already were as wanted.
    pub already: usize,
    /// Pinned memories that were left alone.
    pub spared: usize,
    /// Memories that could not be changed, with the reason.
    pub refused: Vec<(MemoryId, String)>,
    /// Whether the person stopped it on the way.
    pub cancelled: bool,
    /// A memory for the cursor to follow: the first one changed.
    pub follow: Option<MemoryId>,
}
