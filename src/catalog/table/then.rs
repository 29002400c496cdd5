//! The catalogue as it stood: a clone from which leaves what came later, and into which comes what read differently.

use std::{collections::HashSet, ops::RangeInclusive, sync::Arc};

use super::{
    super::block::{Fact, UNKNOWN, place},
    Catalog,
};
use crate::memory::{EpochMs, Key};

impl Catalog {
    /// The list as it stood: without the memories that were captured `since` then, up to now, and those that are `away`, and
    /// with those of `were` as they read then. Of what has no readable time, or one that is still to come, nobody can say
    /// that it came later.
    pub(crate) fn as_it_stood(
        &self,
        since: &RangeInclusive<EpochMs>,
        away: &HashSet<Key>,
        were: impl IntoIterator<Item = (Key, EpochMs, Fact)>,
    ) -> Self {
        let mut then = self.clone();
        then.tidy();
        let order = Arc::clone(&then.order);
        let live = Arc::make_mut(&mut then.live);
        for slot in order.iter().copied() {
            let created = self.created(slot);
            if created != UNKNOWN && since.contains(&created) {
                live.remove(slot);
            }
        }
        for slot in away.iter().filter_map(|key| self.slot(*key)) {
            live.remove(slot);
        }
        let mut arrived = Vec::new();
        for (key, created, fact) in were {
            let Some(slot) = then.slot_dead_or_alive(key).or_else(|| then.append(key, created)) else { continue };
            then.write(slot, created, fact);
            Arc::make_mut(&mut then.live).insert(slot);
            arrived.push(slot);
        }
        let different: HashSet<u32> = arrived.iter().copied().collect();
        let stayed = order.iter().copied().filter(|slot| then.live.has(*slot) && !different.contains(slot));
        then.order = Arc::new(stayed.collect());
        then.arrived = arrived;
        then.untidy = false;
        then.unsorted = false;
        then.tidy();
        then.total = then.order.len();
        then.recount();
        then
    }

    fn write(&mut self, slot: u32, created: EpochMs, fact: Fact) {
        let (index, offset) = place(slot);
        let Some(block) = self.blocks.get_mut(index).map(Arc::make_mut) else { return };
        block.created.set(offset, created);
        if let Some(place) = block.fact_mut(offset) {
            *place = fact;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::Handle;

    fn key(handle: i64) -> Key {
        Key { store: 0, handle: Handle(handle) }
    }

    #[test]
    fn what_came_later_leaves_and_what_was_comes_back() {
        let mut catalog = Catalog::new(1);
        catalog.lay(0, (1..=10).map(|n| (n, n * 10)).collect());
        let fact = Fact { tokens: 7, flags: Fact::JUDGED, ..Fact::default() };
        let were = [(key(3), 30, fact), (key(99), 45, fact), (key(8), 5, fact)];
        let then = catalog.as_it_stood(&(60..=90), &HashSet::from([key(2)]), were);
        let keys: Vec<i64> = then.order().iter().filter_map(|slot| Some(then.key(*slot)?.handle.0)).collect();
        assert_eq!(keys, [10, 5, 99, 4, 3, 1, 8], "newest first, by the times of then; what is to come stays");
        assert_eq!((then.total(), then.state().done), (7, 3));
        assert_eq!(then.fact(then.slot(key(3)).unwrap()).tokens, 7);
        assert!(then.slot(key(2)).is_none() && then.slot(key(7)).is_none());
        assert_eq!((catalog.total(), catalog.created(catalog.slot(key(8)).unwrap())), (10, 80), "the present stays");
    }
}
