//! What a store tells of its memories' past, and of its own condition.

use crate::memory::{EpochMs, Image};

/// A version of a memory that its store keeps itself.
#[derive(Clone, Debug, PartialEq)]
pub struct StoreVersion {
    /// How the store calls it: a commit, a number, the id of another row.
    pub native: String,
    /// Since when it was so, `epoch_ms`, where the store tells.
    pub at: Option<EpochMs>,
    /// What the store says of it, in a few words.
    pub note: String,
    /// Whether the memory is so now.
    pub current: bool,
    /// The record that the memory would have if it were so again; `None` where the store cannot tell.
    pub image: Option<Image>,
}

/// One line of a store's condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// `None` when it is well, else what is wrong and the next step.
    pub trouble: Option<String>,
}
