//! memtui's own database: operations, images, overlays. Append-only where it records history.
//!
//! The ledger is where a change is made durable before a store is touched. Its rules, and what they were measured
//! against, stand in `docs/ledger.md`.

mod admit;
mod carried;
mod elsewhere;
mod erase;
mod glance;
mod journal;
mod log;
mod observed;
mod open;
pub mod overlay;
mod past;
mod queue;
mod seal;
mod sitting;
mod stood;
mod tombstone;
mod verdict;
mod watch;

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde::{Deserialize, Serialize};

use crate::{change::Label, memory::EpochMs};

pub use admit::{Admission, Written};
pub use carried::Carried;
pub use elsewhere::Open;
pub use erase::{Doomed, Erased, Traces};
pub use glance::{Foreign, Glance, Roll};
pub use journal::{Beginning, Known, Settled};
pub use log::{Pending, Recorded, Turn};
pub use observed::{Held, Look, Seen, Sight};
pub use open::{APPLICATION_ID, NEWEST};
pub use past::{Event, Sibling};
pub use queue::{Standing, Taken};
pub use seal::Checked;
pub use sitting::Named;
pub use stood::{First, LogEnd};
pub use tombstone::Tombstone;
pub use verdict::{BY_ITSELF, Given, Rate, Ruling, Said, Spoken, YOU};
pub use watch::QueueMark;

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

impl OperationState {
    /// The word kept in the ledger, shown in the log and printed as JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Interrupted => "interrupted",
            Self::Cancelled => "cancelled",
        }
    }

    fn named(name: &str) -> Self {
        match name {
            "done" => Self::Done,
            "interrupted" => Self::Interrupted,
            "cancelled" => Self::Cancelled,
            _ => Self::Open,
        }
    }
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
    /// The operation that took this one back, if it is taken back now.
    pub undone_by: Option<i64>,
    /// A few words for a list: `3 memories of acme-api`, or the title of the one.
    pub summary: String,
    /// The proposal that it carries out.
    pub proposal: Option<i64>,
}

impl Operation {
    /// What it was, in a few words: `prune of “Title”`, `prune of 24 memories`. The title is raw.
    pub fn named(&self) -> String {
        match (self.applied.max(self.planned), self.summary.is_empty()) {
            (0 | 1, false) => format!("{} of “{}”", self.label.name(), self.summary),
            (0 | 1, true) => format!("{} of 1 memory", self.label.name()),
            (count, _) => format!("{} of {count} memories", self.label.name()),
        }
    }
}

/// How the ledger knows a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StoreId(pub i64);

/// What became of a chunk: the part of an operation that one transaction of the store carries out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkState {
    /// The store has it.
    Done,
    /// The store does not have it.
    Void,
    /// Somebody changed the memories since; nobody can tell.
    Unclear,
}

impl ChunkState {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Void => "void",
            Self::Unclear => "unclear",
        }
    }
}

/// memtui's own database.
#[derive(Debug)]
pub struct Ledger {
    db: Connection,
    path: PathBuf,
    /// Held while an act runs, so that two memtui never write at once and recovery never takes a living act for a
    /// dead one. The operating system lets go of it when the process dies.
    lock: std::fs::File,
}

impl Ledger {
    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// What can go wrong with the ledger. Reading stores never depends on it.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// It cannot be opened or written.
    #[error("the ledger {path} cannot be used: {reason}", path = .path.display())]
    Unusable {
        /// Where it is.
        path: PathBuf,
        /// Why, and the next step.
        reason: String,
    },
    /// It was made by a later memtui.
    #[error("the ledger {path} was written by a newer memtui (format {found}, this one knows {known}); update memtui", path = .path.display())]
    Newer {
        /// Where it is.
        path: PathBuf,
        /// Its format.
        found: i64,
        /// The newest format this program knows.
        known: i64,
    },
    /// A record in it is damaged.
    #[error("the ledger {path} is damaged at operation {operation}: {reason}; run `memtui check`", path = .path.display())]
    Damaged {
        /// Where it is.
        path: PathBuf,
        /// The operation.
        operation: i64,
        /// What is wrong.
        reason: String,
    },
    /// What others made of a memory was let go to keep the ledger small.
    #[error(
        "what operation {operation} saw of the memory was let go to keep the ledger small; `observe_mb` says how much is kept"
    )]
    LetGo {
        /// The operation.
        operation: i64,
    },
    /// A person had it erased.
    #[error("the memory was {0}, and what was erased cannot be had back")]
    Erased(Erased),
    /// Another memtui is changing something at this moment.
    #[error("another memtui is changing memories right now; try again when it is done")]
    Taken,
}

impl Problem {
    /// Whether an image is gone because somebody wanted it so, and not by damage.
    pub const fn is_gone(&self) -> bool {
        matches!(self, Self::LetGo { .. } | Self::Erased(_))
    }
}

/// The result of anything the ledger does.
pub type Result<T> = std::result::Result<T, Problem>;

#[cfg(test)]
mod tests;
