//! What comparing memories with each other adds to what each says by itself.

use super::{Builder, News, Shared, lock, snapshot};
use crate::{
    catalog::{
        block::place,
        kin::{self, Kin},
        over::{self, Scan},
        prints::Print,
        twins,
    },
    memory::{Handle, Key, Signal, Signals, Version},
};

impl Builder {
    /// Looks for copies among all memories and for what newer ones take back. `scan` reads memories of a store.
    /// How many read differently now; `None` when it was not done, as while something is yet to be judged.
    pub(crate) fn compare(&mut self, shared: &Shared, scan: &mut Scan<'_>, stop: &dyn Fn() -> bool) -> Option<News> {
        if lock(shared).compared {
            return Some(News::default());
        }
        self.fetch_prints(shared);
        let catalog = snapshot(shared);
        if !catalog.outlined || !catalog.is_judged() {
            return None;
        }
        let over = over::find(&catalog, &self.prints, scan, stop)?;
        let changed = twins::judge(&catalog, &self.prints, &over, stop)?;
        let turn = catalog.turn;
        let mut newer = Vec::with_capacity(over.len());
        for (older, by) in over {
            let (mut print, by) = (self.prints.get(older), catalog.key(by).map_or(0, |key| key.handle.0));
            if print.newer != by {
                print.newer = by;
                newer.push((older, print));
            }
        }
        drop(catalog);
        let mut touched: Vec<usize> = newer.iter().map(|(slot, _)| place(*slot).0).collect();
        self.prints.put(&mut newer);
        let news = News { edited: changed.len(), ..News::default() };
        let mut catalog = lock(shared);
        for (slot, fact) in changed {
            let created = catalog.created(slot);
            catalog.judge(slot, created, fact);
            touched.push(place(slot).0);
        }
        touched.dedup();
        for index in touched {
            let store = catalog.block(index).map(|block| block.store);
            if let Some(work) = store.and_then(|store| self.works.get_mut(usize::from(store))) {
                work.dirty.insert(index);
            }
        }
        catalog.compared = catalog.turn == turn;
        catalog.settled = true;
        self.works.iter_mut().for_each(|work| work.changed = true);
        Some(news)
    }

    /// The newer memory that supersedes one which is contradicted.
    pub(crate) fn newer(&mut self, shared: &Shared, slot: u32) -> Handle {
        Handle(self.print(shared, slot).newer)
    }

    /// How memories hang together, as far as they were compared.
    pub(crate) fn kin(&mut self, shared: &Shared) -> Kin {
        self.fetch_prints(shared);
        let catalog = snapshot(shared);
        if catalog.settled { kin::find(&catalog, &self.prints) } else { Kin::default() }
    }

    /// Live memories that say the same as this one.
    pub(crate) fn alike(&mut self, shared: &Shared, slot: u32, limit: usize) -> Vec<u32> {
        self.fetch_prints(shared);
        twins::alike(&snapshot(shared), &self.prints, slot, limit)
    }

    /// What memories were when they were judged, in the order asked; the default for those that were not.
    pub(crate) fn versions(&mut self, shared: &Shared, keys: &[Key]) -> Vec<Version> {
        self.fetch_prints(shared);
        let catalog = snapshot(shared);
        // Neighbours are read together: many memories are asked for at once.
        let mut slots: Vec<(u32, usize)> =
            (0..).zip(keys).filter_map(|(at, key)| Some((catalog.slot(*key)?, at))).collect();
        slots.sort_unstable();
        let mut versions = vec![Version::default(); keys.len()];
        for block in slots.chunk_by(|a, b| place(a.0).0 == place(b.0).0) {
            let Some((first, last)) = block.first().zip(block.last()) else { continue };
            let (index, count) = (place(first.0).0, place(last.0).1 + 1);
            let bytes = self.prints.bytes(index, count);
            let prints = bytes.as_chunks::<{ Print::SIZE }>().0;
            for (slot, at) in block {
                if let Some((version, print)) = versions.get_mut(*at).zip(prints.get(place(*slot).1)) {
                    *version = Print::read(print).version;
                }
            }
        }
        versions
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
    signals.set(Signal::Contradicted, true);
    signals.bits()
}
