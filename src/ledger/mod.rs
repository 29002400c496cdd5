//! memtui's own database: operations, images, overlays. Append-only where it records history.

use crate::{change::Label, memory::EpochMs};

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationState {
    /// Journalled and not known to be finished: the next start looks after it.
    Open,
    /// Everything it planned was dealt with.
    Done,
    /// It was stopped on the way, by the person or by a crash; what it did stands and can be undone.
    Interrupted,
    /// Nothing of it reached the store.
    Cancelled,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Its number; larger is later.
    pub id: i64,
    /// When it began.
    pub at: EpochMs,
    /// What it was for.
    pub label: Label,
    /// Who wanted it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// How it ended.
    pub state: OperationState,
    /// How many memories it meant to change.
    pub planned: usize,
    /// How many it changed.
    pub applied: usize,
    /// For undo and redo: the operation it takes back or does again.
    pub of: Option<i64>,
    /// The operation that took this one back, if one did.
    pub undone_by: Option<i64>,
    /// A few words for a list: `3 memories of acme-api`, or the title of the one.
    pub summary: String,
}
