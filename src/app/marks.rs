//! Marked memories, with the titles of some of them for previews.

use std::collections::{HashMap, HashSet};

use crate::{
    memory::{Key, Row},
    query::{Expr, Flag, Term},
};

/// Rows that are remembered.
const ROWS: usize = 200;

/// The marked memories.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    keys: HashSet<Key>,
    known: HashMap<Key, Row>,
    /// The filter of the view that `seen` is about.
    filter: Expr,
    /// Marked memories that are known to be in that view.
    seen: HashSet<Key>,
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
        self.seen.remove(&row.key);
    }

    /// From now on it is about the view of this filter: what was seen in another one counts no longer.
    pub(crate) fn look_in(&mut self, filter: &Expr) {
        if self.filter != *filter {
            self.filter = filter.clone();
            self.seen.clear();
        }
    }

    /// A memory is in the present view.
    pub(crate) fn see(&mut self, key: Key) {
        if self.keys.contains(&key) {
            self.seen.insert(key);
        }
    }

    /// Whether a filter lets every marked memory through.
    fn sees_all(&self) -> bool {
        matches!(self.filter, Expr::All | Expr::Term(Term::Is(Flag::Marked)))
    }

    /// How many of the marked memories are not known to be in the present view.
    pub(crate) fn unseen(&self) -> usize {
        if self.sees_all() { 0 } else { self.keys.len().saturating_sub(self.seen.len()) }
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
            self.seen.remove(key);
        }
    }

    /// Unmarks all.
    pub(crate) fn clear(&mut self) {
        self.keys.clear();
        self.known.clear();
        self.seen.clear();
    }

    /// Remembers what a row says of a marked memory. Another memory in the place of a marked one is not marked.
    pub(crate) fn learn(&mut self, row: &Row) {
        if self.known.get(&row.key).is_some_and(|known| known.created != row.created) {
            return self.remove(&[row.key]);
        }
        if self.keys.contains(&row.key) && (self.known.len() < ROWS || self.known.contains_key(&row.key)) {
            self.known.insert(row.key, row.clone());
        }
    }

    /// The marked memories, in the order of their keys.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.keys.iter().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// The remembered rows that are not known to be in the present view, in the order of their keys.
    pub(crate) fn elsewhere(&self) -> Vec<Row> {
        if self.sees_all() {
            return Vec::new();
        }
        let mut rows: Vec<Row> = self.known.values().filter(|row| !self.seen.contains(&row.key)).cloned().collect();
        rows.sort_unstable_by_key(|row| row.key);
        rows
    }

    /// How many are pinned, if that is known of all.
    pub(crate) fn pinned(&self) -> Option<usize> {
        let pinned = self.known.values().filter(|row| row.overlay.pinned).count();
        (self.known.len() == self.keys.len()).then_some(pinned)
    }
}
