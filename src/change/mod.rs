//! Changes: the one shape behind add, edit, delete, proposal, operation, undo and rollback.

use crate::memory::Image;

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Label {
    /// Write down new memories.
    Add,
    /// Delete memories.
    Prune,
    /// Change fields of a memory.
    Edit,
    /// Set or clear a person's marks: confidence, pin, stale-after, bucket, reviewed.
    Mark,
    /// Take an operation back.
    Undo,
    /// Do an undone operation again.
    Redo,
}

impl Label {
    /// All labels.
    pub const ALL: [Self; 6] = [Self::Add, Self::Prune, Self::Edit, Self::Mark, Self::Undo, Self::Redo];

    /// The word kept in the ledger, shown in the log and printed as JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Prune => "prune",
            Self::Edit => "edit",
            Self::Mark => "mark",
            Self::Undo => "undo",
            Self::Redo => "redo",
        }
    }

    /// The label of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|label| label.name() == name)
    }
}

/// A new value for one field of a memory, in the product's own field names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldValue {
    /// A text; empty clears the field.
    Text(String),
    /// A list of texts: facts, tags, files.
    List(Vec<String>),
}

/// An edit as a person makes it: new values for some fields. The store turns it into an after-image, because it alone
/// knows what else must move with them (hashes, revision counters).
pub type Edit = Vec<(String, FieldValue)>;
