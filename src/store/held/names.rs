//! The numbers of native ids. A hash cannot be read backwards, so that every name that was seen is kept.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
};

use sha2::{Digest as _, Sha256};

use crate::memory::Handle;

/// The number of a native id.
pub(in crate::store) fn handle_of(native: &str) -> Handle {
    let hash = Sha256::digest(native.as_bytes());
    let first = hash.first_chunk().map_or(0, |bytes| i64::from_be_bytes(*bytes));
    // Negative numbers are free for moments, see `Reader::highest`.
    Handle(first & i64::MAX)
}

/// Native ids that were ever seen: what is gone keeps its name.
#[derive(Debug, Default)]
pub(in crate::store) struct Names(RwLock<HashMap<Handle, String>>);

impl Names {
    /// The number of a native id; it is remembered.
    pub(in crate::store) fn handle(&self, native: &str) -> Handle {
        let handle = handle_of(native);
        self.learn([(handle, native)].into_iter());
        handle
    }

    /// The native id of a number, if it was ever seen.
    pub(in crate::store) fn native(&self, handle: Handle) -> Option<String> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&handle).cloned()
    }

    /// Remembers names.
    pub(in crate::store) fn learn<'a>(&self, names: impl Iterator<Item = (Handle, &'a str)>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (handle, native) in names {
            known.entry(handle).or_insert_with(|| native.to_owned());
        }
    }
}
