//! The catalogue between two runs: fetched from its file, and saved there.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::Arc,
};

use super::{Builder, Shared, Work, lock, snapshot};
use crate::catalog::{
    block::{place, slot_at},
    names::Names,
    prints::Prints,
    saved::{self, Head, Kept, Piece},
    table::Catalog,
};

impl Builder {
    /// Brings fingerprints from the saved catalogue to where they can be read and written by slot.
    pub(super) fn fetch_prints(&mut self, shared: &Shared) {
        for work in &mut self.works {
            let (Some(token), Some(file)) = (work.prints_on_disk.take(), work.file.as_deref()) else { continue };
            let blocks = blocks_of(&lock(shared), work.store);
            let prints = &mut self.prints;
            let all = saved::load_prints(file, token, &mut |at, bytes| {
                if let Some(block) = blocks.get(at) {
                    prints.put_bytes(*block, bytes);
                }
            });
            if !all {
                // Damaged, or rewritten by another process: nothing of it can be trusted, so judge again.
                work.token = None;
                work.changed = true;
                work.judge_from = Some(usize::MAX);
                lock(shared).forget_judgements(work.store);
            }
        }
    }

    /// Saves what changed. Nothing is written when nothing did.
    pub(crate) fn save(&mut self, shared: &Shared) {
        if self.works.iter().all(|work| !work.changed || work.file.is_none()) {
            return;
        }
        self.fetch_prints(shared);
        let catalog = snapshot(shared);
        let company = self.company;
        for work in &mut self.works {
            if work.changed {
                save_store(work, &catalog, &self.prints, company);
            }
        }
    }
}

fn blocks_of(catalog: &Catalog, store: u8) -> Vec<usize> {
    let blocks = catalog.blocks().iter().enumerate();
    blocks.filter(|(_, block)| block.store == store).map(|(index, _)| index).collect()
}

/// Puts a saved catalogue in place, with its names brought to the numbers that they have here.
///
/// Copies are looked for among all open stores: what was found in other company says nothing now and is looked for
/// again.
pub(super) fn restore(shared: &Shared, store: u8, mut saved: saved::Saved, company: i64) {
    let mut catalog = lock(shared);
    let words = Arc::make_mut(&mut catalog.words);
    let renumber =
        |from: &Names, to: &mut Names| -> Vec<u16> { from.iter().map(|(_, name)| to.number(name)).collect() };
    let projects = renumber(&saved.words.projects, &mut words.projects);
    let agents = renumber(&saved.words.agents, &mut words.agents);
    let kinds = renumber(&saved.words.kinds, &mut words.kinds);
    let plain = [&projects, &agents, &kinds].iter().all(|ids| (0..).zip(ids.iter()).all(|(n, id): (u16, _)| n == *id));
    for block in &mut saved.blocks {
        block.store = store;
        if plain {
            continue;
        }
        for fact in &mut block.facts {
            let new = |ids: &[u16], id: u16| ids.get(usize::from(id)).copied().unwrap_or(id);
            fact.project = new(&projects, fact.project);
            fact.agent = new(&agents, fact.agent);
            fact.kind = new(&kinds, fact.kind);
        }
    }
    let compared = saved.compared == company && (catalog.total() == 0 || catalog.compared);
    catalog.restore(store, saved.blocks, saved.order);
    catalog.compared = compared;
    catalog.settled = compared;
}

fn save_store(work: &mut Work, catalog: &Catalog, prints: &Prints, company: i64) {
    let Some(file) = work.file.clone() else { return };
    let blocks = blocks_of(catalog, work.store);
    let mut order = Vec::with_capacity(catalog.order().len());
    order.extend(catalog.order().iter().filter_map(|slot| {
        let (index, offset) = place(*slot);
        blocks.binary_search(&index).ok().map(|at| slot_at(at, offset))
    }));
    let wanted = |index: &usize| work.token.is_none() || work.dirty.contains(index);
    let mut pieces = blocks.iter().enumerate().filter(|(_, index)| wanted(index)).filter_map(|(at, index)| {
        let block = catalog.block(*index)?;
        Some(Piece { place: at, columns: block.to_bytes(), prints: prints.bytes(*index, block.handles.len()) })
    });
    // The random number that the standard library seeds its maps with serves as a name that no other process has.
    let token = RandomState::new().hash_one(std::process::id()).cast_signed();
    let head = Head {
        token,
        stamp: &work.stamp,
        words: &catalog.words,
        order: &order,
        compared: if catalog.compared { company } else { 0 },
        blocks: blocks.len(),
    };
    match saved::save(&file, work.token, &head, &mut pieces) {
        Kept::Yes => {
            work.token = Some(token);
            work.dirty.clear();
            work.changed = false;
        }
        Kept::ByAnother | Kept::Failed => work.file = None,
    }
}
