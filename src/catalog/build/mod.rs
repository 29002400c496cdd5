//! Building the catalogue and keeping it true: outline, judging block by block, copies, and what changed since.

mod compare;
mod keep;
mod nearest;
mod weigh;

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use compare::likeness;
use keep::restore;
use weigh::weigh;

use super::{
    bits::Bits,
    block::{Fact, UNKNOWN, place, slot_at},
    files::Files,
    prints::{Print, Prints},
    saved::{self, Stamp, Token},
    table::Catalog,
};
use crate::{
    memory::{EpochMs, Handle, Key},
    store::{About, Reader, Result, ScanOf, Scanned},
};

/// The catalogue as threads share it. Held for microseconds: whoever reads at length clones it.
pub(crate) type Shared = Mutex<Catalog>;

/// The catalogue, also after a thread died while it held it: it holds no half-made state that a rebuild would not mend.
pub(crate) fn lock(shared: &Shared) -> MutexGuard<'_, Catalog> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A tidy clone to read from.
pub(crate) fn snapshot(shared: &Shared) -> Catalog {
    let mut catalog = lock(shared);
    catalog.tidy();
    catalog.clone()
}

/// What a catalogue keeps of a memory by its record alone, in the numbers that this one gives to names.
pub(crate) fn weighed(scanned: &Scanned<'_>, files: &mut Files, shared: &Shared) -> Fact {
    let mut words = Arc::clone(&lock(shared).words);
    weigh(scanned, files, shared, &mut words).0
}

/// Memories judged in one go: a few milliseconds of work between two looks at what else there is to do.
const CHUNK: usize = 512;

/// The builder's notes on one store.
#[derive(Debug)]
struct Work {
    store: u8,
    path: PathBuf,
    /// Where its catalogue is kept, if anywhere.
    file: Option<PathBuf>,
    /// The layout in the file, when it is ours.
    token: Option<Token>,
    /// Fingerprints are still in the file only.
    prints_on_disk: Option<Token>,
    /// Blocks that differ from the file.
    dirty: BTreeSet<usize>,
    /// Whether anything differs from the file.
    changed: bool,
    /// How the store looked before its outline was last compared; empty when edits since then may be unseen, so that
    /// the next start looks again.
    stamp: Stamp,
    /// The block where judging goes on, downwards.
    judge_from: Option<usize>,
    /// The block where the quiet second look goes on, downwards.
    look_from: Option<usize>,
}

/// What changed in the catalogue.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct News {
    pub(crate) added: usize,
    pub(crate) removed: usize,
    /// Memories that read differently now.
    pub(crate) edited: usize,
}

impl News {
    pub(crate) const fn is_none(self) -> bool {
        self.added == 0 && self.removed == 0 && self.edited == 0
    }
}

/// Builds the catalogue of all open stores. One thread at a time uses it.
#[derive(Debug)]
pub(crate) struct Builder {
    works: Vec<Work>,
    prints: Prints,
    files: Files,
    /// Which stores are open together.
    company: i64,
}

impl Builder {
    pub(crate) fn new(abouts: &[About], cache: Option<&Path>) -> Self {
        let work = |(store, about): (u8, &About)| Work {
            store,
            path: about.path.clone(),
            file: cache.map(|cache| saved::file_for(cache, &about.identity, &about.path)),
            token: None,
            prints_on_disk: None,
            dirty: BTreeSet::new(),
            changed: false,
            stamp: Stamp::new(),
            judge_from: None,
            look_from: None,
        };
        let works = (0u8..).zip(abouts).map(work).collect();
        let company = saved::company(abouts.iter().map(|about| (about.identity.as_str(), about.path.as_path())));
        Self { works, prints: Prints::new(cache), files: Files::default(), company }
    }

    /// Whether so many different files were named that no more dead ones are looked for.
    pub(crate) const fn files_exhausted(&self) -> bool {
        self.files.exhausted
    }

    /// Loads what was saved of a store, or lays it out from its outline. Afterwards every memory is listed.
    pub(crate) fn open(&mut self, shared: &Shared, store: u8, reader: &mut dyn Reader) -> Result<()> {
        let company = self.company;
        let Some(work) = self.works.get_mut(usize::from(store)) else { return Ok(()) };
        let stamp = reader.stamp().unwrap_or_else(|| saved::stamp(&work.path));
        let loaded = work.file.as_deref().and_then(saved::load);
        let known = loaded.as_ref().map(|saved| saved.stamp.clone());
        if let Some(saved) = loaded {
            work.token = Some(saved.token);
            work.prints_on_disk = Some(saved.token);
            restore(shared, store, saved, company);
        } else {
            let mut outline = Vec::new();
            reader.outline(&mut |handle, created| outline.push((handle.0, created.unwrap_or(UNKNOWN))))?;
            lock(shared).lay(store, outline);
        }
        let blocks = lock(shared).blocks().len();
        work.judge_from = Some(blocks);
        let same = known.as_ref() == Some(&stamp);
        work.stamp = stamp;
        if known.is_some() && !same {
            work.look_from = Some(blocks);
            self.reconcile(shared, store, reader)?;
        }
        Ok(())
    }

    /// Judges the next few memories of a store. Whether there were any.
    pub(crate) fn judge_some(&mut self, shared: &Shared, store: u8, reader: &mut dyn Reader) -> Result<bool> {
        let handles = self.next_unjudged(&lock(shared), store);
        if handles.is_empty() {
            return Ok(false);
        }
        self.judge(shared, store, reader, &handles)?;
        Ok(true)
    }

    fn next_unjudged(&mut self, catalog: &Catalog, store: u8) -> Vec<Handle> {
        let Some(work) = self.works.get_mut(usize::from(store)) else { return Vec::new() };
        while let Some(next) = work.judge_from.take() {
            // New blocks are appended while older ones are judged.
            let Some(index) = next.min(catalog.blocks().len()).checked_sub(1) else { break };
            let handles = handles_of(catalog, store, index, |fact| !fact.is(Fact::JUDGED));
            if !handles.is_empty() {
                work.judge_from = Some(index + 1);
                return handles.into_iter().rev().take(CHUNK).rev().collect();
            }
            work.judge_from = Some(index);
        }
        Vec::new()
    }

    /// Takes a quiet second look at the next block of a store, for edits that left no other trace. `None` when it has
    /// been through.
    pub(crate) fn look_again(&mut self, shared: &Shared, store: u8, reader: &mut dyn Reader) -> Result<Option<News>> {
        let handles = {
            let catalog = lock(shared);
            let Some(work) = self.works.get_mut(usize::from(store)) else { return Ok(None) };
            let Some(index) = work.look_from.take().and_then(|next| next.min(catalog.blocks().len()).checked_sub(1))
            else {
                return Ok(None);
            };
            if work.look_from.is_none() && work.stamp.is_empty() {
                work.changed = true;
            }
            work.look_from = Some(index);
            handles_of(&catalog, store, index, |fact| fact.is(Fact::JUDGED))
        };
        let mut edited = 0;
        for chunk in handles.chunks(CHUNK) {
            edited += self.judge(shared, store, reader, chunk)?;
        }
        Ok(Some(News { edited, ..News::default() }))
    }

    /// Whether a second look is under way or wanted.
    pub(crate) fn wants_look(&self, store: u8) -> bool {
        self.works.get(usize::from(store)).is_some_and(|work| work.look_from.is_some())
    }

    /// Asks for a second look at everything.
    pub(crate) fn want_look(&mut self, shared: &Shared, store: u8) {
        if let Some(work) = self.works.get_mut(usize::from(store))
            && work.look_from.is_none()
        {
            work.look_from = Some(lock(shared).blocks().len());
        }
    }

    /// Judges these memories anew. How many read differently now.
    pub(crate) fn judge(
        &mut self,
        shared: &Shared,
        store: u8,
        reader: &mut dyn Reader,
        handles: &[Handle],
    ) -> Result<usize> {
        self.fetch_prints(shared);
        let mut words = Arc::clone(&lock(shared).words);
        let mut judged = Vec::with_capacity(handles.len());
        let files = &mut self.files;
        reader.scan(ScanOf::These(handles), &mut |scanned| {
            let fact = weigh(scanned, files, shared, &mut words);
            judged.push((scanned.handle, scanned.created.unwrap_or(UNKNOWN), fact));
            ControlFlow::Continue(())
        })?;
        Ok(self.write_down(shared, store, handles, judged))
    }

    fn write_down(
        &mut self,
        shared: &Shared,
        store: u8,
        asked: &[Handle],
        mut judged: Vec<(Handle, EpochMs, (Fact, Print))>,
    ) -> usize {
        let mut guard = lock(shared);
        if judged.len() < asked.len() {
            // What cannot be read counts as judged, with nothing known, or judging would never end; the next
            // reconciliation takes it out if it is gone.
            let read: std::collections::HashSet<Handle> = judged.iter().map(|(handle, ..)| *handle).collect();
            let blank = (Fact { flags: Fact::JUDGED, ..Fact::default() }, Print::default());
            judged.extend(asked.iter().filter(|handle| !read.contains(handle)).map(|handle| (*handle, UNKNOWN, blank)));
        }
        let Some(work) = self.works.get_mut(usize::from(store)) else { return 0 };
        let mut prints = Vec::with_capacity(judged.len());
        let mut edited = 0;
        for (handle, created, (mut fact, mut print)) in judged {
            let Some(slot) = guard.slot(Key { store, handle }) else { continue };
            let before = guard.fact(slot);
            let known = before.is(Fact::JUDGED);
            let stored = self.prints.get(slot);
            print.newer = stored.newer;
            let same_text = known && stored == print;
            if same_text {
                fact.base = before.base;
            }
            if known {
                fact.signals |= before.signals & likeness();
                fact.set(Fact::ALIKE, before.is(Fact::ALIKE));
            }
            if !same_text {
                prints.push((slot, print));
            }
            let moved = guard.created(slot) != created && created != UNKNOWN;
            let created = if created == UNKNOWN { guard.created(slot) } else { created };
            if guard.judge(slot, created, fact) || !same_text || moved {
                // Project, kind and time also tell who is a copy of whom, and what is over.
                guard.compared = false;
                work.dirty.insert(place(slot).0);
                work.changed = true;
                edited += usize::from(known);
            }
        }
        drop(guard);
        self.prints.put(&mut prints);
        edited
    }

    /// Adds what is new in a store and judges it.
    pub(crate) fn fresh(&mut self, shared: &Shared, store: u8, reader: &mut dyn Reader) -> Result<News> {
        let mut found = Vec::new();
        reader.fresh(&mut |handle, created| found.push((handle, created.unwrap_or(UNKNOWN))))?;
        let added = self.add(shared, store, found);
        for chunk in added.chunks(CHUNK) {
            self.judge(shared, store, reader, chunk)?;
        }
        Ok(News { added: added.len(), ..News::default() })
    }

    fn add(&mut self, shared: &Shared, store: u8, found: Vec<(Handle, EpochMs)>) -> Vec<Handle> {
        let mut catalog = lock(shared);
        let Some(work) = self.works.get_mut(usize::from(store)) else { return Vec::new() };
        let mut added = Vec::new();
        for (handle, created) in found {
            if let Some(slot) = catalog.add(Key { store, handle }, created) {
                work.dirty.insert(place(slot).0);
                work.changed = true;
                added.push(handle);
            }
        }
        added
    }

    /// Puts memories back that were taken out before, and reads them.
    pub(crate) fn put_back(
        &mut self,
        shared: &Shared,
        store: u8,
        reader: &mut dyn Reader,
        handles: &[Handle],
    ) -> Result<()> {
        for chunk in handles.chunks(CHUNK) {
            let mut found = Vec::with_capacity(chunk.len());
            reader.scan(ScanOf::These(chunk), &mut |scanned| {
                found.push((scanned.handle, scanned.created.unwrap_or(UNKNOWN)));
                ControlFlow::Continue(())
            })?;
            self.add(shared, store, found);
            self.judge(shared, store, reader, chunk)?;
        }
        Ok(())
    }

    /// Compares a store's outline with what is listed: finds what came and went, exactly.
    pub(crate) fn reconcile(&mut self, shared: &Shared, store: u8, reader: &mut dyn Reader) -> Result<News> {
        let catalog = snapshot(shared);
        if let Some(work) = self.works.get_mut(usize::from(store)) {
            let mut stamp = || reader.stamp().unwrap_or_else(|| saved::stamp(&work.path));
            work.stamp = if work.look_from.is_some() { Stamp::new() } else { stamp() };
        }
        let mut finder = catalog.finder(store);
        let mut seen = Bits::default();
        let (mut found, mut moved) = (Vec::new(), Vec::new());
        reader.outline(&mut |handle, created| {
            let created = created.unwrap_or(UNKNOWN);
            match finder.find(handle) {
                Some(slot) => {
                    seen.insert(slot);
                    if catalog.created(slot) != created {
                        moved.push((handle, created));
                    }
                }
                None => found.push((handle, created)),
            }
        })?;
        let gone: Vec<Key> = catalog.unseen(store, &seen).into_iter().filter_map(|slot| catalog.key(slot)).collect();
        drop(catalog);
        let mut news = News { edited: moved.len(), ..News::default() };
        for (handle, created) in moved {
            let mut catalog = lock(shared);
            if let Some(slot) = catalog.slot(Key { store, handle }) {
                catalog.retime(slot, created);
                self.touch(store, slot);
            }
        }
        for key in gone {
            news.removed += usize::from(self.remove(shared, key));
        }
        let added = self.add(shared, store, found);
        news.added = added.len();
        for chunk in added.chunks(CHUNK) {
            self.judge(shared, store, reader, chunk)?;
        }
        Ok(news)
    }

    fn touch(&mut self, store: u8, slot: u32) {
        if let Some(work) = self.works.get_mut(usize::from(store)) {
            work.dirty.insert(place(slot).0);
            work.changed = true;
        }
    }

    /// Takes a memory out of the catalogue. Whether it was in.
    pub(crate) fn remove(&mut self, shared: &Shared, key: Key) -> bool {
        let gone = lock(shared).remove(key);
        self.note_removed(key.store);
        gone.is_some()
    }

    /// Notes that somebody took memories of a store out of the catalogue.
    pub(crate) fn note_removed(&mut self, store: u8) {
        if let Some(work) = self.works.get_mut(usize::from(store)) {
            work.changed = true;
        }
    }
}

fn handles_of(catalog: &Catalog, store: u8, index: usize, wanted: impl Fn(Fact) -> bool) -> Vec<Handle> {
    let Some(block) = catalog.block(index).filter(|block| block.store == store) else { return Vec::new() };
    block
        .handles
        .iter()
        .enumerate()
        .filter(|(offset, _)| {
            catalog.is_live(slot_at(index, *offset)) && wanted(block.facts.get(*offset).copied().unwrap_or_default())
        })
        .map(|(_, handle)| Handle(handle))
        .collect()
}
