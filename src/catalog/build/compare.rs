//! What comparing memories with each other adds to what each says by itself.

use super::{Builder, Shared, lock, snapshot};
use crate::{
    catalog::{prints::Print, twins},
    memory::{Signal, Signals},
};

impl Builder {
    /// Looks for copies among all memories. Whether it was done; not while something is yet to be judged.
    pub(crate) fn compare(&mut self, shared: &Shared, stop: &dyn Fn() -> bool) -> bool {
        if lock(shared).compared {
            return true;
        }
        self.fetch_prints(shared);
        let catalog = snapshot(shared);
        if !catalog.outlined || !catalog.is_judged() {
            return false;
        }
        let Some(changed) = twins::judge(&catalog, &self.prints, stop) else { return false };
        let turn = catalog.turn;
        drop(catalog);
        let mut catalog = lock(shared);
        for (index, facts) in changed {
            let store = catalog.block(index).map(|block| block.store);
            catalog.judge_block(index, facts);
            if let Some(work) = store.and_then(|store| self.works.get_mut(usize::from(store))) {
                work.dirty.insert(index);
            }
        }
        catalog.compared = catalog.turn == turn;
        catalog.settled = true;
        self.works.iter_mut().for_each(|work| work.changed = true);
        catalog.compared
    }

    /// Live memories that say the same as this one.
    pub(crate) fn alike(&mut self, shared: &Shared, slot: u32, limit: usize) -> Vec<u32> {
        self.fetch_prints(shared);
        twins::alike(&snapshot(shared), &self.prints, slot, limit)
    }

    /// The number of other sessions in which a memory's text was found is not kept; its base before and after is.
    pub(crate) fn print(&mut self, shared: &Shared, slot: u32) -> Print {
        self.fetch_prints(shared);
        self.prints.get(slot)
    }
}

/// Signals that come from comparing memories with each other.
pub(super) fn likeness() -> u16 {
    let mut signals = Signals::NONE;
    signals.set(Signal::Duplicate, true);
    signals.set(Signal::NearDuplicate, true);
    signals.bits()
}
