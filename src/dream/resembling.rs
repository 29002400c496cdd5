//! Finds memories of one project that may say the same, where the catalogue's fingerprints tell only those that are
//! nearly equal.
//!
//! Each memory leaves its least runs of words. Two that share one of the very least are brought together, and taken
//! for alike when their runs resemble each other enough to be worth reading. What comes of it is only a hint.

use std::collections::{BTreeMap, HashMap};

use super::Seen;
use crate::{judge, memory::Key};

/// Runs that are kept of each memory.
const KEPT: usize = 12;
/// Of those, the very least by which memories are brought together.
const LEAST: usize = 4;
/// The share of runs in common from which on two memories are worth reading.
const ENOUGH: f32 = 0.4;
/// Memories with the same run that are compared with each other: more share a template, not a text.
const CROWD: usize = 12;

/// What memories leave behind as they pass by.
#[derive(Default)]
pub(super) struct Resembling {
    places: HashMap<String, u16>,
    left: Vec<Left>,
}

struct Left {
    key: Key,
    place: u16,
    runs: Box<[u64]>,
}

impl Resembling {
    pub(super) fn take_in(&mut self, seen: &Seen<'_>) {
        let scanned = seen.scanned;
        let place = if let Some(place) = self.places.get(scanned.project) {
            *place
        } else {
            let Ok(next) = u16::try_from(self.places.len()) else { return };
            self.places.insert(scanned.project.to_owned(), next);
            next
        };
        let texts: Vec<&str> = std::iter::once(scanned.title).chain(scanned.texts.iter().copied()).collect();
        let runs = judge::least_runs(&texts, KEPT).into_boxed_slice();
        self.left.push(Left { key: seen.known.key, place, runs });
    }

    /// Groups of memories that are alike by the catalogue or by their runs, in the order of their first keys.
    pub(super) fn groups(self, known: &[Vec<Key>]) -> Vec<Vec<Key>> {
        let mut chains = Chains::default();
        for group in known {
            let Some((first, others)) = group.split_first() else { continue };
            for other in others {
                chains.join(*first, *other);
            }
        }
        for (one, other) in self.pairs() {
            chains.join(one, other);
        }
        chains.groups()
    }

    fn pairs(&self) -> Vec<(Key, Key)> {
        let mut by_run: Vec<(u8, u16, u64, usize)> = Vec::with_capacity(self.left.len() * LEAST);
        for (at, left) in self.left.iter().enumerate() {
            by_run.extend(left.runs.iter().take(LEAST).map(|run| (left.key.store, left.place, *run, at)));
        }
        by_run.sort_unstable();
        let mut pairs = Vec::new();
        for crowd in by_run.chunk_by(|a, b| (a.0, a.1, a.2) == (b.0, b.1, b.2)).filter(|crowd| crowd.len() <= CROWD) {
            for (at, one) in crowd.iter().enumerate() {
                for other in crowd.iter().skip(at + 1) {
                    let (Some(one), Some(other)) = (self.left.get(one.3), self.left.get(other.3)) else { continue };
                    if judge::resemblance(&one.runs, &other.runs) >= ENOUGH {
                        pairs.push((one.key, other.key));
                    }
                }
            }
        }
        pairs
    }
}

/// Memories joined to groups.
#[derive(Default)]
struct Chains(BTreeMap<Key, Key>);

impl Chains {
    fn root(&mut self, mut key: Key) -> Key {
        loop {
            let above = self.0.get(&key).copied().unwrap_or(key);
            let top = self.0.get(&above).copied().unwrap_or(above);
            if above == top {
                return above;
            }
            // Halving the path keeps later walks short.
            self.0.insert(key, top);
            key = top;
        }
    }

    fn join(&mut self, one: Key, other: Key) {
        let (one, other) = (self.root(one), self.root(other));
        self.0.entry(one).or_insert(one);
        self.0.entry(other).or_insert(other);
        self.0.insert(one.max(other), one.min(other));
    }

    fn groups(mut self) -> Vec<Vec<Key>> {
        let mut groups: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
        let keys: Vec<Key> = self.0.keys().copied().collect();
        for key in keys {
            groups.entry(self.root(key)).or_default().push(key);
        }
        groups.into_values().collect()
    }
}
