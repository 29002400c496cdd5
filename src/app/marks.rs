//! Marked memories, with the titles of some of them for previews.

use std::collections::{HashMap, HashSet};

use crate::memory::{Key, Row};

/// Titles that are remembered.
const TITLES: usize = 200;

/// The marked memories.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    keys: HashSet<Key>,
    known: HashMap<Key, (String, bool)>,
}

impl Marks {
    /// Whether a memory is marked.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.keys.contains(&key)
    }

    /// How many are.
    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether none is.
    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Marks or unmarks.
    pub(crate) fn toggle(&mut self, row: &Row) {
        if !self.keys.remove(&row.key) {
            self.keys.insert(row.key);
            self.learn(row);
        }
    }

    /// Marks all of them.
    pub(crate) fn extend(&mut self, keys: impl IntoIterator<Item = Key>) {
        self.keys.extend(keys);
    }

    /// Unmarks these.
    pub(crate) fn remove(&mut self, keys: &[Key]) {
        for key in keys {
            self.keys.remove(key);
            self.known.remove(key);
        }
    }

    /// Unmarks all.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Remembers what a row says of a marked memory.
    pub(crate) fn learn(&mut self, row: &Row) {
        if self.keys.contains(&row.key) && (self.known.len() < TITLES || self.known.contains_key(&row.key)) {
            self.known.insert(row.key, (row.title.clone(), row.overlay.pinned));
        }
    }

    /// The marked memories, in the order of their keys.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.keys.iter().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// Some titles, and how many are pinned if that is known of all.
    pub(crate) fn sample(&self, many: usize) -> (Vec<String>, Option<usize>) {
        let mut known: Vec<(&Key, &(String, bool))> = self.known.iter().collect();
        known.sort_unstable_by_key(|(key, _)| std::cmp::Reverse(**key));
        let titles = known.iter().take(many).map(|(_, (title, _))| title.clone()).collect();
        let pinned = self.known.values().filter(|(_, pinned)| *pinned).count();
        (titles, (self.known.len() == self.keys.len()).then_some(pinned))
    }
}
