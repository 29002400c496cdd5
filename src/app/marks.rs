//! Marked memories, with the titles of some of them for previews.

use std::collections::{HashMap, HashSet};

use crate::{
    memory::{Key, Row, Target, Version},
    query::{Expr, Flag, Term},
};

/// Rows that are remembered.
const ROWS: usize = 200;

/// The marked memories.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    /// What each was when it was seen last.
    seen_as: HashMap<Key, Version>,
    known: HashMap<Key, Row>,
    /// The filter of the view that `seen` is about.
    filter: Expr,
    /// Marked memories that are known to be in that view.
    seen: HashSet<Key>,
}

impl Marks {
    /// Whether a memory is marked.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.seen_as.contains_key(&key)
    }

    /// How many are.
    pub(crate) fn len(&self) -> usize {
        self.seen_as.len()
    }

    /// Whether none is.
    pub(crate) fn is_empty(&self) -> bool {
        self.seen_as.is_empty()
    }

    /// Marks or unmarks.
    pub(crate) fn toggle(&mut self, row: &Row) {
        if self.seen_as.remove(&row.key).is_none() {
            self.seen_as.insert(row.key, row.version);
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
        if self.seen_as.contains_key(&key) {
            self.seen.insert(key);
        }
    }

    /// Whether a filter lets every marked memory through.
    fn sees_all(&self) -> bool {
        matches!(self.filter, Expr::All | Expr::Term(Term::Is(Flag::Marked)))
    }

    /// How many of the marked memories are not known to be in the present view.
    pub(crate) fn unseen(&self) -> usize {
        if self.sees_all() { 0 } else { self.seen_as.len().saturating_sub(self.seen.len()) }
    }

    /// Marks all of them.
    pub(crate) fn extend(&mut self, targets: impl IntoIterator<Item = Target>) {
        self.seen_as.extend(targets.into_iter().map(|target| (target.key, target.seen)));
    }

    /// Unmarks these.
    pub(crate) fn remove(&mut self, keys: &[Key]) {
        for key in keys {
            self.seen_as.remove(key);
            self.known.remove(key);
            self.seen.remove(key);
        }
    }

    /// Unmarks all.
    pub(crate) fn clear(&mut self) {
        self.seen_as.clear();
        self.known.clear();
        self.seen.clear();
    }

    /// Remembers what a row says of a marked memory. Another memory in the place of a marked one is not marked.
    pub(crate) fn learn(&mut self, row: &Row) {
        if self.known.get(&row.key).is_some_and(|known| known.created != row.created) {
            return self.remove(&[row.key]);
        }
        let Some(seen) = self.seen_as.get_mut(&row.key) else { return };
        *seen = row.version;
        if self.known.len() < ROWS || self.known.contains_key(&row.key) {
            self.known.insert(row.key, row.clone());
        }
    }

    /// The marked memories, in the order of their keys.
    pub(crate) fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<Key> = self.seen_as.keys().copied().collect();
        keys.sort_unstable();
        keys
    }

    /// The same with what they were when they were seen.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let mut targets: Vec<Target> =
            self.seen_as.iter().map(|(key, seen)| Target { key: *key, seen: *seen }).collect();
        targets.sort_unstable_by_key(|target| target.key);
        targets
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
        (self.known.len() == self.seen_as.len()).then_some(pinned)
    }
}
