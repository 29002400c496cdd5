//! The catalogue in memory: every memory's handle and time, what was judged of it, and the newest-first order.
//!
//! A [`Catalog`] is cheap to clone: columns are shared by block, and a block is copied only when it is written while
//! a clone still reads it. Slots are never renumbered while the process lives; a deleted memory's slot stays, dead.

mod then;

use std::{cmp::Reverse, collections::HashMap, sync::Arc};

use super::{
    CatalogState,
    bits::Bits,
    block::{BLOCK, Block, Fact, UNKNOWN, place, slot_at},
    column::Column,
    names::Vocabulary,
};
use crate::memory::{EpochMs, Handle, Key, Overlay};

/// The part of the catalogue that finds a store's memories by handle.
#[derive(Clone, Debug, Default)]
struct Shelf {
    /// Sorted blocks, with the first handle of each.
    sorted: Arc<Vec<(i64, u32)>>,
    /// Memories that came later, in no order.
    tail: Arc<HashMap<i64, u32>>,
    /// The block that takes the next new memory.
    open: Option<u32>,
}

/// Every memory of every open store.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says whether one stage of building is done")]
pub struct Catalog {
    blocks: Vec<Arc<Block>>,
    shelves: Vec<Shelf>,
    live: Arc<Bits>,
    /// Newest first. May hold dead slots and lack new ones until [`Catalog::tidy`].
    order: Arc<Vec<u32>>,
    arrived: Vec<u32>,
    untidy: bool,
    /// Whether a time of capture changed, so that the order may be wrong.
    unsorted: bool,
    /// Moves on whenever a memory comes or goes.
    pub(crate) turn: u64,
    total: usize,
    judged: usize,
    /// Whether duplicates were looked for since everything was judged.
    pub(crate) compared: bool,
    /// Whether duplicates were looked for at all.
    pub(crate) settled: bool,
    /// Whether every store's outline is in.
    pub(crate) outlined: bool,
    pub(crate) words: Arc<Vocabulary>,
    overlays: Arc<HashMap<Key, Overlay>>,
    /// Slots with an overlay.
    special: Arc<Bits>,
    /// By store: when the list of the last sitting over it was made.
    sat_at: Vec<Option<EpochMs>>,
}

impl Catalog {
    /// A catalogue of so many stores, with nothing in it yet.
    pub(crate) fn new(stores: usize) -> Self {
        Self { shelves: vec![Shelf::default(); stores], sat_at: vec![None; stores], ..Self::default() }
    }

    /// How far the catalogue is.
    pub fn state(&self) -> CatalogState {
        CatalogState {
            done: self.judged,
            total: self.total,
            ready: self.outlined && self.settled && self.judged == self.total,
        }
    }

    /// Memories that are there.
    pub(crate) const fn total(&self) -> usize {
        self.total
    }

    /// Whether every memory was judged.
    pub(crate) const fn is_judged(&self) -> bool {
        self.judged == self.total
    }

    /// Whether any memory was judged, or there is none.
    pub(crate) const fn is_judged_at_all(&self) -> bool {
        self.judged > 0 || self.total == 0
    }

    /// Slots that were handed out, dead ones included.
    pub(crate) fn slots(&self) -> usize {
        self.blocks.iter().map(|block| block.handles.len()).sum()
    }

    pub(crate) fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    pub(crate) fn block(&self, index: usize) -> Option<&Block> {
        self.blocks.get(index).map(AsRef::as_ref)
    }

    /// Every live memory, newest first, when the catalogue is tidy.
    pub(crate) const fn order(&self) -> &Arc<Vec<u32>> {
        &self.order
    }

    pub(crate) fn key(&self, slot: u32) -> Option<Key> {
        let (block, offset) = place(slot);
        let block = self.block(block)?;
        Some(Key { store: block.store, handle: Handle(block.handles.get(offset)?) })
    }

    /// The time of capture, [`UNKNOWN`] when the store's is unreadable.
    pub(crate) fn created(&self, slot: u32) -> i64 {
        let (block, offset) = place(slot);
        self.block(block).and_then(|block| block.created.get(offset)).unwrap_or(UNKNOWN)
    }

    /// What was judged; the default when the memory was not judged yet.
    pub(crate) fn fact(&self, slot: u32) -> Fact {
        let (block, offset) = place(slot);
        self.block(block).and_then(|block| block.facts.get(offset)).copied().unwrap_or_default()
    }

    pub(crate) fn is_live(&self, slot: u32) -> bool {
        self.live.has(slot)
    }

    /// The slot of a memory that is there.
    pub(crate) fn slot(&self, key: Key) -> Option<u32> {
        self.slot_dead_or_alive(key).filter(|slot| self.live.has(*slot))
    }

    fn slot_dead_or_alive(&self, key: Key) -> Option<u32> {
        let place = self.shelves.get(usize::from(key.store))?;
        let handle = key.handle.0;
        let next = place.sorted.partition_point(|(first, _)| *first <= handle);
        let found = next.checked_sub(1).and_then(|at| {
            let index = place.sorted.get(at)?.1 as usize;
            let handles = &self.block(index)?.handles;
            let offset = handles.find(handle, 0..handles.len())?;
            Some(slot_at(index, offset))
        });
        found.or_else(|| place.tail.get(&handle).copied())
    }

    /// A way to find many memories of one store by handle, fast when neighbours follow each other.
    pub(crate) const fn finder(&self, store: u8) -> Finder<'_> {
        Finder { catalog: self, store, hint: (0, 0) }
    }

    /// Lays out a store from its outline; whatever was known of that store is forgotten.
    pub(crate) fn lay(&mut self, store: u8, mut outline: Vec<(i64, EpochMs)>) {
        self.clear(store);
        outline.sort_unstable();
        outline.dedup_by_key(|(handle, _)| *handle);
        for chunk in outline.chunks(BLOCK) {
            let mut block = Block::new(store, true);
            block.handles = Column::new(chunk.iter().map(|(handle, _)| *handle));
            block.created = Column::new(chunk.iter().map(|(_, created)| *created));
            self.blocks.push(Arc::new(block));
        }
        drop(outline);
        self.reshelve(store);
        let mut live = Bits::clone(&self.live);
        let mut order = Vec::with_capacity(self.slots());
        for (index, block) in self.blocks.iter().enumerate() {
            for offset in 0..block.handles.len() {
                let slot = slot_at(index, offset);
                if block.store == store {
                    live.insert(slot);
                }
                if live.has(slot) {
                    order.push(slot);
                }
            }
        }
        order.reverse();
        self.sort(&mut order);
        self.total = order.len();
        self.live = Arc::new(live);
        self.order = Arc::new(order);
        self.arrived.clear();
        self.untidy = false;
        self.compared = false;
        self.settled = false;
        self.recount();
    }

    /// Puts a stored catalogue of one store in place of what is known of it: its blocks, and the slots of its live
    /// memories newest first, counted from its first block.
    pub(crate) fn restore(&mut self, store: u8, blocks: Vec<Block>, mut order: Vec<u32>) {
        self.clear(store);
        let first = slot_at(self.blocks.len(), 0);
        self.blocks.extend(blocks.into_iter().map(Arc::new));
        let live = Arc::make_mut(&mut self.live);
        for slot in &mut order {
            *slot += first;
            live.insert(*slot);
        }
        self.reshelve(store);
        order.extend_from_slice(&self.order);
        if !order.is_sorted_by_key(|slot| self.newest_first(*slot)) {
            self.sort(&mut order);
        }
        self.total = order.len();
        self.order = Arc::new(order);
        self.recount();
    }

    fn clear(&mut self, store: u8) {
        let live = Arc::make_mut(&mut self.live);
        for (index, block) in self.blocks.iter_mut().enumerate() {
            if block.store == store {
                for offset in 0..block.handles.len() {
                    live.remove(slot_at(index, offset));
                }
                // The slots stay taken, so that old views never point at other memories.
                let block = Arc::make_mut(block);
                *block = Block::new(u8::MAX, false);
            }
        }
        self.untidy = true;
        if let Some(shelf) = self.shelves.get_mut(usize::from(store)) {
            *shelf = Shelf::default();
        }
        self.tidy();
    }

    fn reshelve(&mut self, store: u8) {
        let mut made = Shelf::default();
        let mut tail = HashMap::new();
        let mut sorted = Vec::new();
        for (index, block) in self.blocks.iter().enumerate().filter(|(_, block)| block.store == store) {
            let number = u32::try_from(index).unwrap_or(u32::MAX);
            if block.sorted {
                sorted.extend(block.handles.get(0).map(|first| (first, number)));
            } else {
                tail.extend(block.handles.iter().enumerate().map(|(offset, handle)| (handle, slot_at(index, offset))));
                made.open = Some(number);
            }
        }
        made.sorted = Arc::new(sorted);
        made.tail = Arc::new(tail);
        if let Some(place) = self.shelves.get_mut(usize::from(store)) {
            *place = made;
        }
    }

    /// Sorts newest first: by time, unknown times last; then by store, then by handle, the higher first.
    fn sort(&self, slots: &mut [u32]) {
        slots.sort_by_key(|slot| self.newest_first(*slot));
    }

    pub(crate) fn newest_first(&self, slot: u32) -> (Reverse<i64>, u8, Reverse<i64>) {
        let (block, offset) = place(slot);
        let Some(block) = self.block(block) else { return (Reverse(UNKNOWN), u8::MAX, Reverse(0)) };
        let at = |column: &Column| column.get(offset).unwrap_or(UNKNOWN);
        (Reverse(at(&block.created)), block.store, Reverse(at(&block.handles)))
    }

    fn recount(&mut self) {
        let mut judged = 0;
        for (index, block) in self.blocks.iter().enumerate() {
            let here = block.facts.iter().enumerate();
            judged +=
                here.filter(|(offset, fact)| fact.is(Fact::JUDGED) && self.live.has(slot_at(index, *offset))).count();
        }
        self.judged = judged;
        let special = self.overlays.keys().filter_map(|key| self.slot_dead_or_alive(*key)).collect();
        self.special = Arc::new(special);
    }

    /// Adds a memory. `None` when it was there already.
    pub(crate) fn add(&mut self, key: Key, created: EpochMs) -> Option<u32> {
        let slot = match self.slot_dead_or_alive(key) {
            Some(slot) if self.live.has(slot) => return None,
            Some(slot) => {
                // A dead slot that still stands in the order must leave it before it arrives anew.
                self.tidy();
                self.retime(slot, created);
                slot
            }
            None => self.append(key, created)?,
        };
        Arc::make_mut(&mut self.live).insert(slot);
        self.total += 1;
        self.turn += 1;
        self.judged += usize::from(self.fact(slot).is(Fact::JUDGED));
        self.arrived.push(slot);
        self.compared = false;
        if self.overlays.contains_key(&key) {
            Arc::make_mut(&mut self.special).insert(slot);
        }
        Some(slot)
    }

    fn append(&mut self, key: Key, created: EpochMs) -> Option<u32> {
        let home = self.shelves.get_mut(usize::from(key.store))?;
        let room = |index: &u32| self.blocks.get(*index as usize).is_some_and(|block| block.handles.len() < BLOCK);
        let index = if let Some(index) = home.open.filter(room) {
            index
        } else {
            self.blocks.push(Arc::new(Block::new(key.store, false)));
            u32::try_from(self.blocks.len() - 1).ok()?
        };
        home.open = Some(index);
        let block = Arc::make_mut(self.blocks.get_mut(index as usize)?);
        let slot = slot_at(index as usize, block.handles.len());
        block.handles.push(key.handle.0);
        block.created.push(created);
        Arc::make_mut(&mut home.tail).insert(key.handle.0, slot);
        Some(slot)
    }

    /// Takes a memory out. Its slot stays, dead.
    pub(crate) fn remove(&mut self, key: Key) -> Option<u32> {
        let slot = self.slot(key)?;
        Arc::make_mut(&mut self.live).remove(slot);
        self.total -= 1;
        self.turn += 1;
        self.judged -= usize::from(self.fact(slot).is(Fact::JUDGED));
        self.untidy = true;
        self.compared = false;
        Some(slot)
    }

    /// Writes down another time of capture.
    pub(crate) fn retime(&mut self, slot: u32, created: EpochMs) {
        let (index, offset) = place(slot);
        if let Some(block) = self.blocks.get_mut(index)
            && block.created.get(offset) != Some(created)
            && Arc::make_mut(block).created.set(offset, created)
        {
            self.unsorted = true;
            // Which of two copies is the newer one may be different now.
            self.compared = false;
        }
    }

    /// Writes down what was judged of a memory, and when it was captured. Whether anything is different now.
    pub(crate) fn judge(&mut self, slot: u32, created: EpochMs, fact: Fact) -> bool {
        self.retime(slot, created);
        let before = self.fact(slot);
        if before == fact {
            return false;
        }
        let (index, offset) = place(slot);
        let Some(place) = self.blocks.get_mut(index).and_then(|block| Arc::make_mut(block).fact_mut(offset)) else {
            return false;
        };
        *place = fact;
        if self.live.has(slot) && !before.is(Fact::JUDGED) {
            self.judged += 1;
        }
        true
    }

    /// Forgets what was judged of a store's memories.
    pub(crate) fn forget_judgements(&mut self, store: u8) {
        for block in self.blocks.iter_mut().filter(|block| block.store == store) {
            Arc::make_mut(block).facts = Vec::new();
        }
        self.compared = false;
        self.recount();
    }

    /// Brings the newest-first order up to date.
    pub(crate) fn tidy(&mut self) {
        if self.untidy {
            let mut order = Vec::with_capacity(self.order.len());
            order.extend(self.order.iter().copied().filter(|slot| self.live.has(*slot)));
            self.order = Arc::new(order);
            self.untidy = false;
        }
        if self.unsorted {
            let mut order = Vec::clone(&self.order);
            self.sort(&mut order);
            self.order = Arc::new(order);
            self.unsorted = false;
        }
        if self.arrived.is_empty() {
            return;
        }
        let mut arrived = std::mem::take(&mut self.arrived);
        arrived.retain(|slot| self.live.has(*slot));
        self.sort(&mut arrived);
        arrived.dedup();
        let mut merged = Vec::with_capacity(self.order.len() + arrived.len());
        let mut rest = self.order.as_slice();
        for slot in arrived {
            let place = self.newest_first(slot);
            // Most arrivals are newer than everything: look at the front first.
            let before = match rest.first() {
                Some(first) if self.newest_first(*first) < place => {
                    rest.partition_point(|other| self.newest_first(*other) < place)
                }
                _ => 0,
            };
            let (older, left) = rest.split_at_checked(before).unwrap_or((rest, &[]));
            merged.extend_from_slice(older);
            merged.push(slot);
            rest = left;
        }
        merged.extend_from_slice(rest);
        self.order = Arc::new(merged);
    }

    /// What a person said about a memory.
    pub(crate) fn overlay(&self, key: Key) -> Option<&Overlay> {
        self.overlays.get(&key)
    }

    /// What a person said about the memory of a slot; fast when, as for most, it is nothing.
    pub(crate) fn overlay_at(&self, slot: u32) -> Option<&Overlay> {
        if self.special.has(slot) { self.overlay(self.key(slot)?) } else { None }
    }

    /// Whether a memory was captured since the last sitting over its store, and nobody has judged it. What is dated in
    /// the future is new only while there was no sitting: else it would be for ever.
    pub(crate) fn is_new(&self, slot: u32, created: EpochMs, now: EpochMs) -> bool {
        let store = self.key(slot).map_or(usize::MAX, |key| usize::from(key.store));
        let since = self.sat_at.get(store).copied().flatten();
        since.is_none_or(|since| created > since && created <= now)
            && self.overlay_at(slot).is_none_or(|overlay| overlay.reviewed_at.is_none())
    }

    /// Notes when the list of the last sitting over a store was made.
    pub(crate) fn sat(&mut self, store: u8, at: Option<EpochMs>) {
        if let Some(place) = self.sat_at.get_mut(usize::from(store)) {
            *place = at;
        }
    }

    /// Replaces what a person said about one memory.
    pub(crate) fn mark(&mut self, key: Key, overlay: Overlay) {
        let overlays = Arc::make_mut(&mut self.overlays);
        let slot = if overlay.is_empty() {
            overlays.remove(&key);
            return;
        } else {
            overlays.insert(key, overlay);
            self.slot_dead_or_alive(key)
        };
        if let Some(slot) = slot {
            Arc::make_mut(&mut self.special).insert(slot);
        }
    }

    /// Replaces what a person said about the memories of one store.
    pub(crate) fn mark_all(&mut self, store: u8, marks: Vec<(Handle, Overlay)>) {
        let overlays = Arc::make_mut(&mut self.overlays);
        overlays.retain(|key, _| key.store != store);
        overlays.extend(marks.into_iter().map(|(handle, overlay)| (Key { store, handle }, overlay)));
        let special = self.overlays.keys().filter_map(|key| self.slot_dead_or_alive(*key)).collect();
        self.special = Arc::new(special);
    }

    /// Live slots of a store whose memory is not in `seen`.
    pub(crate) fn unseen(&self, store: u8, seen: &Bits) -> Vec<u32> {
        self.live
            .iter()
            .filter(|slot| !seen.has(*slot) && self.block(place(*slot).0).is_some_and(|block| block.store == store))
            .collect()
    }
}

/// Finds memories of one store by handle. Remembers where the last one was: the next is mostly near.
pub(crate) struct Finder<'a> {
    catalog: &'a Catalog,
    store: u8,
    hint: (usize, usize),
}

impl Finder<'_> {
    /// The slot of a live memory.
    pub(crate) fn find(&mut self, handle: Handle) -> Option<u32> {
        let slot = self.near(handle.0).or_else(|| {
            self.catalog.slot_dead_or_alive(Key { store: self.store, handle }).inspect(|slot| self.hint = place(*slot))
        })?;
        self.catalog.live.has(slot).then_some(slot)
    }

    fn near(&mut self, handle: i64) -> Option<u32> {
        const REACH: usize = 16;
        let (index, offset) = self.hint;
        let block = self.catalog.block(index).filter(|block| block.store == self.store && block.sorted)?;
        let from = offset.saturating_sub(REACH);
        let found = block.handles.find(handle, from..(offset + REACH).min(block.handles.len()))?;
        self.hint = (index, found);
        Some(slot_at(index, found))
    }
}
