//! What can go wrong with a store.

use std::path::PathBuf;

/// What can go wrong with a store. Every sentence names the thing, the reason and the next step.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// There is nothing at the path.
    #[error("{path}: no such file; check the path, or run `memtui demo` to look around", path = .0.display())]
    Missing(PathBuf),
    /// It exists but is no memory store.
    #[error("{path}: {reason}", path = .path.display())]
    NotAStore {
        /// What was looked at.
        path: PathBuf,
        /// Why it is none, and the next step.
        reason: String,
    },
    /// The operating system refuses.
    #[error("{path}: {reason}", path = .path.display())]
    Denied {
        /// What was looked at.
        path: PathBuf,
        /// Why, and the next step.
        reason: String,
    },
    /// The file is damaged.
    #[error("{path}: {reason}", path = .path.display())]
    Damaged {
        /// What was looked at.
        path: PathBuf,
        /// What is wrong, and the next step.
        reason: String,
    },
    /// Somebody else holds the lock.
    #[error("{path} is locked by another program; try again in a moment", path = .0.display())]
    Busy(PathBuf),
    /// The path now leads to another file.
    #[error("{path} was replaced by another file while it was open; nothing was written, reopen it", path = .0.display())]
    Replaced(PathBuf),
    /// The file was deleted while it was open.
    #[error("{path} was deleted while it was open; nothing was written", path = .0.display())]
    Gone(PathBuf),
    /// The store cannot be written safely now.
    #[error("{path} is read-only: {reason}", path = .path.display())]
    ReadOnly {
        /// The store.
        path: PathBuf,
        /// Why, and the next step.
        reason: String,
    },
    /// Not enough room on the disk.
    #[error("not enough room on the disk of {path}: {needed} bytes are needed, {free} are free; nothing was changed", path = .path.display())]
    DiskFull {
        /// The file that would have grown.
        path: PathBuf,
        /// Bytes needed.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// What was read back is not what was written.
    #[error("{path}: {what} was not as it should be after it was written, so it was taken back; run `memtui check`", path = .path.display())]
    NotVerified {
        /// The store.
        path: PathBuf,
        /// Which memory.
        what: String,
    },
    /// New memories are the product's own business.
    #[error("only its own product adds memories to this store; `memtui init` makes one that takes them")]
    TakesNone,
    /// The question was replaced by a newer one.
    #[error("cancelled")]
    Cancelled,
    /// The journal refused, so nothing was written.
    #[error("{0}")]
    Journal(String),
    /// Anything else the database says.
    #[error("{path}: {reason}", path = .path.display())]
    Failed {
        /// The store.
        path: PathBuf,
        /// What it said, and the next step.
        reason: String,
    },
}
