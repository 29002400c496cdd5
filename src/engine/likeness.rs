//! The memories most like one: found by its most telling words and its fingerprint, ordered by what they say.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    sync::Arc,
};

use super::Desk;
use crate::{
    catalog::{Bits, Catalog},
    judge::{Original, telling_words},
    memory::{Handle, Key},
    store::{Cancel, Needle, Problem, Result, ScanOf},
};

/// Memories that `like:` finds at most.
pub(super) const MOST: usize = 100;
/// Words of a memory that others like it are looked for by.
const WORDS: usize = 24;
/// Memories that a word is looked up in; one that more of them have tells little.
const COMMON: usize = 2000;
/// Memories that are read and compared.
const READ: usize = 250;
/// Bits in which sketches differ at most to be a hint: with a million others around chance alone comes down to twelve.
const BITS: u32 = 12;
/// Memories that fingerprints may bring in.
const BY_PRINT: usize = 50;
/// Below this likeness two memories have no more in common than any two.
const LEAST: f32 = 0.05;

impl Desk {
    /// The memories most like the one of that name, most alike first, itself before all. `None` when there is no such
    /// memory.
    pub(super) fn most_alike(&mut self, catalog: &Catalog, id: &str, cancel: &Cancel) -> Result<Option<Vec<u32>>> {
        let Some((slot, key)) = self.named(catalog, id)? else { return Ok(None) };
        let texts = self.texts(&[key], cancel)?.into_iter().next().map(|(_, texts)| texts).unwrap_or_default();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let (title, rest) = texts.split_first().map_or(("", &[][..]), |(title, rest)| (*title, rest));
        let mut weights = Vec::new();
        let mut scores: HashMap<u32, f32> = HashMap::new();
        for word in telling_words(title, rest, WORDS) {
            let slots = self.some_with(catalog, &word, cancel)?;
            let weight = (catalog.total() as f32 / slots.len().max(1) as f32).ln_1p();
            for slot in slots {
                *scores.entry(slot).or_default() += weight;
            }
            weights.push((word, weight));
        }
        scores.remove(&slot);
        let mut best: Vec<(u32, f32)> = scores.into_iter().collect();
        let better = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if best.len() > READ {
            best.select_nth_unstable_by(READ, better);
            best.truncate(READ);
        }
        let mut candidates: HashSet<u32> = best.into_iter().map(|(slot, _)| slot).collect();
        let library = Arc::clone(&self.library);
        if let Some(mut builder) = library.builder_soon() {
            candidates.extend(builder.nearest(&library.shared, slot, BITS, BY_PRINT));
        }
        let keys: Vec<Key> = candidates.into_iter().filter_map(|slot| catalog.key(slot)).collect();
        let original = Original::new(&texts, weights);
        let mut alike = Vec::new();
        for (key, texts) in self.texts(&keys, cancel)? {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let likeness = original.likeness(&texts);
            if let Some(slot) = catalog.slot(key).filter(|_| likeness >= LEAST) {
                alike.push((slot, likeness));
            }
        }
        alike.sort_by(|a, b| b.1.total_cmp(&a.1).then(catalog.newest_first(a.0).cmp(&catalog.newest_first(b.0))));
        Ok(Some(std::iter::once(slot).chain(alike.into_iter().map(|(slot, _)| slot)).take(MOST).collect()))
    }

    /// Where the memory of that public id, or native part of one, is.
    fn named(&mut self, catalog: &Catalog, id: &str) -> Result<Option<(u32, Key)>> {
        let library = Arc::clone(&self.library);
        for store in self.store_numbers() {
            let name = library.names().get(usize::from(store)).cloned().unwrap_or_default();
            let native = id.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix(':')).unwrap_or(id);
            let Some(handle) = self.reader(store)?.handle(native) else { continue };
            let key = Key { store, handle };
            if let Some(slot) = catalog.slot(key) {
                return Ok(Some((slot, key)));
            }
        }
        Ok(None)
    }

    /// Memories that have a word, the newest of each store, not more than tell something.
    fn some_with(&mut self, catalog: &Catalog, word: &str, cancel: &Cancel) -> Result<Vec<u32>> {
        let mut found = Bits::default();
        for store in self.store_numbers() {
            let reader = self.reader(store)?;
            reader.obey(cancel.clone());
            let mut finder = catalog.finder(store);
            let mut count = 0;
            reader.search(&Needle::Word(word.to_owned(), false), &mut |handle| {
                if let Some(slot) = finder.find(handle) {
                    found.insert(slot);
                    count += 1;
                }
                if count < COMMON && !cancel.is_cancelled() {
                    ControlFlow::Continue(())
                } else {
                    ControlFlow::Break(())
                }
            })?;
            if cancel.is_cancelled() {
                return Err(Problem::Cancelled);
            }
        }
        Ok(found.iter().collect())
    }

    /// Titles and texts of memories; those that are gone are left out.
    fn texts(&mut self, keys: &[Key], cancel: &Cancel) -> Result<Vec<(Key, Vec<String>)>> {
        let mut found = Vec::new();
        for store in self.store_numbers() {
            let handles: Vec<Handle> = keys.iter().filter(|key| key.store == store).map(|key| key.handle).collect();
            if handles.is_empty() {
                continue;
            }
            self.reader(store)?.scan(ScanOf::These(&handles), &mut |scanned| {
                let texts = std::iter::once(scanned.title).chain(scanned.texts.iter().copied()).map(str::to_owned);
                found.push((Key { store, handle: scanned.handle }, texts.collect()));
                if cancel.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        if cancel.is_cancelled() { Err(Problem::Cancelled) } else { Ok(found) }
    }
}
