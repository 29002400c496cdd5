//! Which memories say the same, and which newer ones take back what older ones say: what a dream begins with.

use std::collections::{BTreeMap, HashMap};

use super::{block::Fact, names::NameId, prints::Prints, table::Catalog, twins::live_prints};
use crate::{
    judge,
    memory::{Handle, Key, Signal, Signals},
};

/// How memories hang together by what they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kin {
    /// Memories of one store and project that say the same or nearly the same, newest first in each group. Groups are
    /// chains: a member need not be alike to every other, so whoever acts on one reads it first.
    pub alike: Vec<Vec<Key>>,
    /// Older memories, each with the newer one of the same store that takes back what it says; newest first.
    pub over: Vec<(Key, Key)>,
}

/// A memory with the number of its text and its sketch.
type Member = (u32, u64, u64);

/// Reads from the catalogue what comparing all memories has found. The same catalogue gives the same answer.
pub(super) fn find(catalog: &Catalog, prints: &Prints) -> Kin {
    let mut alike: BTreeMap<(u8, NameId), Vec<Member>> = BTreeMap::new();
    let mut over = Vec::new();
    for (slot, print) in live_prints(catalog, prints) {
        let (fact, Some(key)) = (catalog.fact(slot), catalog.key(slot)) else { continue };
        if fact.is(Fact::ALIKE) && print.exact != 0 {
            alike.entry((key.store, fact.project)).or_default().push((slot, print.exact, print.near));
        }
        let newer = Key { store: key.store, handle: Handle(print.newer) };
        if Signals::from_bits(fact.signals).has(Signal::Contradicted) && catalog.slot(newer).is_some() {
            over.push((slot, newer));
        }
    }
    let mut groups: Vec<Vec<u32>> = alike.into_values().flat_map(|members| chains(catalog, &members)).collect();
    groups.sort_unstable_by_key(|group| group.first().map(|slot| catalog.newest_first(*slot)));
    over.sort_unstable_by_key(|(slot, _)| catalog.newest_first(*slot));
    let key = |slot: u32| catalog.key(slot);
    Kin {
        alike: groups.into_iter().map(|group| group.into_iter().filter_map(key).collect()).collect(),
        over: over.into_iter().filter_map(|(slot, newer)| Some((key(slot)?, newer))).collect(),
    }
}

/// The groups among memories of one project.
fn chains(catalog: &Catalog, members: &[Member]) -> Vec<Vec<u32>> {
    let mut places: HashMap<u64, usize> = HashMap::new();
    let mut sketches = Vec::new();
    // One of exact copies stands for all, so that a text said a thousand times is compared once.
    for (_, exact, near) in members {
        places.entry(*exact).or_insert_with(|| {
            sketches.push(*near);
            sketches.len() - 1
        });
    }
    let roots = judge::groups(&sketches);
    let mut groups: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (slot, exact, _) in members {
        let root = places.get(exact).and_then(|place| roots.get(*place));
        groups.entry(root.copied().unwrap_or_default()).or_default().push(*slot);
    }
    let mut groups: Vec<Vec<u32>> = groups.into_values().filter(|group| group.len() > 1).collect();
    for group in &mut groups {
        group.sort_unstable_by_key(|slot| catalog.newest_first(*slot));
    }
    groups
}
