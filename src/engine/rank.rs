//! The order by rank: the best answers first, by the stores' own weighing of the words.

use super::{
    Desk,
    view::{Emit, Making},
};
use crate::{
    catalog::Bits,
    memory::Handle,
    query::Term,
    store::{Needle, Result},
};

/// Best answers that are asked for.
const RANKED: usize = 1000;
/// A word with fewer answers is weighed however many memories there are: that is quickly done.
const FEW: usize = 20_000;

impl Desk {
    /// Brings the best answers to the front of `slots`, which come newest first; the rest follows newest first. Best are
    /// those most alike, where likeness was asked for, else the stores' own ranking decides.
    pub(super) fn rank(&mut self, making: &mut Making<'_>, slots: &[u32], emit: Emit<'_>) -> Result<Vec<u32>> {
        let best = match making.alike.take() {
            Some(alike) => alike,
            None => match self.best_by_words(making, slots, emit)? {
                Some(best) => best,
                None => return Ok(slots.to_vec()),
            },
        };
        let passing: Bits = slots.iter().copied().collect();
        let mut placed = Bits::default();
        let mut ranked: Vec<u32> = Vec::with_capacity(slots.len());
        ranked.extend(best.into_iter().filter(|slot| passing.has(*slot) && placed.insert(*slot)));
        if ranked.len() < slots.len() {
            making.remark = Some(format!("the best {} by rank, then newest first", ranked.len()));
        }
        ranked.extend(slots.iter().filter(|slot| !placed.has(**slot)));
        if !making.spec.sort.descending {
            ranked.reverse();
        }
        Ok(ranked)
    }

    /// The best answers to the words of the filter; `None`, with a remark, when there is nothing to rank by.
    ///
    /// A word that most memories have says nothing about which of them is better, and weighing it would take longest:
    /// it is left out, as bm25 would give it no weight either.
    fn best_by_words(&mut self, making: &mut Making<'_>, slots: &[u32], emit: Emit<'_>) -> Result<Option<Vec<u32>>> {
        let words = making.spec.filter.words();
        let telling = words.iter().filter(|term| making.count_of(term) <= FEW.max(making.catalog.total() / 2));
        let needles: Vec<Needle> = telling.filter_map(|term| needle(term)).collect();
        if needles.is_empty() {
            making.remark = Some(if words.is_empty() {
                "the filter has no words to rank by; newest first".to_owned()
            } else {
                "most memories have these words, which ranks none of them; newest first".to_owned()
            });
            return Ok(None);
        }
        if slots.len() > FEW {
            making.show_unranked(&self.library, slots, emit);
        }
        let mut by_store = Vec::new();
        for store in self.store_numbers() {
            let ranked = self.reader(store).and_then(|reader| {
                reader.obey(making.cancel.clone());
                reader.ranked(&needles, RANKED)
            });
            let best = match ranked {
                Ok(best) => best,
                Err(problem) => {
                    self.or_without(store, Err(problem))?;
                    continue;
                }
            };
            let mut finder = making.catalog.finder(store);
            by_store.push(best.into_iter().filter_map(|handle: Handle| finder.find(handle)).collect::<Vec<_>>());
        }
        // What was shown unranked in between needs no remark any more.
        making.remark = None;
        // Scores of different stores cannot be compared: their answers take turns.
        let longest = by_store.iter().map(Vec::len).max().unwrap_or_default();
        let turns = (0..longest).flat_map(|at| by_store.iter().filter_map(move |best| best.get(at).copied()));
        Ok(Some(turns.collect()))
    }
}

fn needle(term: &Term) -> Option<Needle> {
    match term {
        Term::Word(word, prefix) => Some(Needle::Word(word.clone(), *prefix)),
        Term::Phrase(phrase) => Some(Needle::Phrase(phrase.clone())),
        _ => None,
    }
}
