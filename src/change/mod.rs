//! Changes: the one shape behind add, edit, delete, proposal, operation, undo and rollback.

pub mod form;
mod merge;
mod proposal;
mod sentence;

use serde::{Deserialize, Serialize};

use crate::memory::{Bucket, EpochMs, Image};

pub use merge::{Merged, merge};
pub use proposal::{Batch, Draft, Evidence, Proposal, ProposalId, Step, Waiting, Wish};
pub use sentence::Sentence;

/// In whose keeping the changed record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The memory's own store.
    Store,
    /// The ledger: what a person said about the memory.
    Overlay,
}

/// What happens to one memory: `None → Some` adds, `Some → Some` edits, `Some → None` deletes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The memory's name inside its store.
    pub native: String,
    /// In whose keeping the record is.
    pub place: Place,
    /// The full record before, `None` when there was none.
    pub before: Option<Image>,
    /// The full record after, `None` when there is none any more.
    pub after: Option<Image>,
}

/// What changes that stand or fall together are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Label {
    /// Write down new memories.
    Add,
    /// Delete memories.
    Prune,
    /// Change fields of a memory.
    Edit,
    /// Set or clear a person's marks: confidence, pin, stale-after, bucket, reviewed.
    Mark,
    /// Make one memory of several that say the same.
    Merge,
    /// Make several memories of one that says too much.
    Split,
    /// Put a newer fact in the place of an older one.
    Supersede,
    /// Say of memories that they are no longer to be relied on.
    Deprecate,
    /// Move memories to another scope.
    Rescope,
    /// Change tags.
    Retag,
    /// Say the same in a better form: dates that hold, one spelling.
    Normalise,
    /// Take out what must not stand there: secrets, personal data.
    Redact,
    /// Take an operation back.
    Undo,
    /// Do an undone operation again.
    Redo,
    /// Give memories back what they were.
    RollBack,
    /// What another program did, found by looking.
    Observe,
    /// Take memories out of everything that memtui reaches, for good.
    Erase,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 17] = [
        Self::Add,
        Self::Prune,
        Self::Edit,
        Self::Mark,
        Self::Merge,
        Self::Split,
        Self::Supersede,
        Self::Deprecate,
        Self::Rescope,
        Self::Retag,
        Self::Normalise,
        Self::Redact,
        Self::Undo,
        Self::Redo,
        Self::RollBack,
        Self::Observe,
        Self::Erase,
    ];

    /// The word kept in the ledger, shown in the log and printed as JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Prune => "prune",
            Self::Edit => "edit",
            Self::Mark => "mark",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Supersede => "supersede",
            Self::Deprecate => "deprecate",
            Self::Rescope => "rescope",
            Self::Retag => "retag",
            Self::Normalise => "normalise",
            Self::Redact => "redact",
            Self::Undo => "undo",
            Self::Redo => "redo",
            Self::RollBack => "rollback",
            Self::Observe => "observe",
            Self::Erase => "erase",
        }
    }

    /// What was done, for reports: `pruned`.
    pub const fn done(self) -> &'static str {
        match self {
            Self::Add => "added",
            Self::Prune => "pruned",
            Self::Edit => "changed",
            Self::Mark => "marked",
            Self::Merge => "merged",
            Self::Split => "split",
            Self::Supersede => "superseded",
            Self::Deprecate => "deprecated",
            Self::Rescope => "moved",
            Self::Retag => "retagged",
            Self::Normalise => "reworded",
            Self::Redact => "redacted",
            Self::Undo => "put back",
            Self::Redo => "changed again",
            Self::RollBack => "rolled back",
            Self::Observe => "seen",
            Self::Erase => "erased",
        }
    }

    /// Whether proposals have it: what takes back and does again is never proposed.
    pub const fn is_proposed(self) -> bool {
        !matches!(self, Self::Undo | Self::Redo | Self::RollBack | Self::Observe | Self::Erase)
    }

    /// Whether what is called so may delete memories.
    pub const fn may_delete(self) -> bool {
        !matches!(self, Self::Add | Self::Edit | Self::Mark | Self::Retag | Self::Normalise)
    }

    /// Whether what is called so deletes memories as a rule.
    pub const fn mostly_deletes(self) -> bool {
        matches!(self, Self::Prune | Self::Merge | Self::Split | Self::Supersede)
    }

    /// The label of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.name() == name)
    }
}

/// A new value for one field of a memory, in the product's own field names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FieldValue {
    /// A text; empty clears the field.
    Text(String),
    /// A list of texts: facts, tags, files.
    List(Vec<String>),
}

/// An edit as a person makes it: new values for some fields. The store turns it into an after-image, because it alone
/// knows what else must move with them (hashes, revision counters).
pub type Edit = Vec<(String, FieldValue)>;

/// Fields that say what a memory is about, not what it says.
const NO_TEXT: [&str; 17] = [
    "type",
    "kind",
    "project",
    "scope",
    "bucket",
    "agent",
    "session",
    "tags",
    "concepts",
    "files",
    "files_read",
    "files_modified",
    "author",
    "tool",
    "evidence",
    "model",
    "state",
];

/// The fields that say something, with their texts: one for a text, one for each item of a list.
pub fn texts(fields: &Edit) -> impl Iterator<Item = (&str, &[String])> {
    let said = fields.iter().filter(|(name, _)| !NO_TEXT.contains(&name.as_str()));
    said.map(|(name, value)| match value {
        FieldValue::Text(text) => (name.as_str(), std::slice::from_ref(text)),
        FieldValue::List(items) => (name.as_str(), items.as_slice()),
    })
}

/// A person's mark on a memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
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
