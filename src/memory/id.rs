//! Names of memories: the public one (`claude-mem:observation/181`) and the short one used inside a process.

use std::{fmt, str::FromStr};

/// A memory's public name, `STORE:NATIVE`: the store's short name and the product's own name for the memory.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MemoryId {
    /// Short name of the store, for example `claude-mem`; never holds a colon.
    pub store: String,
    /// The memory's name inside its store, for example `observation/181`.
    pub native: String,
}

impl fmt::Display for MemoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.store, self.native)
    }
}

/// A text that is no memory id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a memory id; an id looks like claude-mem:observation/181, as `memtui list` prints it")]
pub struct BadId(pub String);

impl FromStr for MemoryId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        match text.split_once(':') {
            Some((store, native)) if !store.is_empty() && !native.is_empty() => {
                Ok(Self { store: store.to_owned(), native: native.to_owned() })
            }
            _ => Err(BadId(text.to_owned())),
        }
    }
}

/// The store's own number for a memory, stable while the store is open; its meaning is the store's secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Handle(pub i64);

/// Where a memory is within this process: the store's place in the list of open stores, and its handle there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Position in the list of open stores.
    pub store: u8,
    /// The memory within that store.
    pub handle: Handle,
}
