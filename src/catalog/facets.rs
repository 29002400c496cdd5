//! Counting by scope, agent, kind, bucket, store and signal, in one pass.

use super::{
    Facets, Tally,
    filter::{Eye, Test},
    names::Names,
};
use crate::memory::{Bucket, Signal};

/// Counts the memories that pass. `None` when told to stop.
pub(crate) fn count(eye: &Eye<'_>, test: &Test, stores: &[String], stop: &dyn Fn() -> bool) -> Option<Facets> {
    let catalog = eye.catalog;
    let words = &catalog.words;
    let everything = matches!(test, Test::Fixed(true));
    let mut projects = vec![0; words.projects.len()];
    let mut agents = vec![0; words.agents.len()];
    let mut kinds = vec![0; words.kinds.len()];
    let mut by_store = vec![0; stores.len()];
    let mut buckets = [0; Bucket::ALL.len()];
    let mut signals = [0; Signal::ALL.len()];
    let add = |tally: &mut [usize], at: usize| tally.get_mut(at).into_iter().for_each(|count| *count += 1);
    for (index, slot) in catalog.order().iter().enumerate() {
        if index.is_multiple_of(4096) && stop() {
            return None;
        }
        let it = eye.subject(*slot);
        if !everything && !eye.passes(test, it) {
            continue;
        }
        if let Some(key) = catalog.key(*slot) {
            add(&mut by_store, key.store.into());
        }
        if !it.fact.is(super::block::Fact::JUDGED) {
            continue;
        }
        add(&mut projects, it.fact.project.into());
        add(&mut agents, it.fact.agent.into());
        add(&mut kinds, it.fact.kind.into());
        let bucket = eye.bucket(it);
        add(&mut buckets, Bucket::ALL.iter().position(|other| *other == bucket).unwrap_or_default());
        let found = eye.signals(it);
        if !found.is_empty() {
            for (at, signal) in Signal::ALL.iter().enumerate() {
                if found.has(*signal) {
                    add(&mut signals, at);
                }
            }
        }
    }
    Some(Facets {
        scopes: named(&words.projects, &projects, "user"),
        agents: named(&words.agents, &agents, ""),
        kinds: named(&words.kinds, &kinds, ""),
        buckets: largest_first(Bucket::ALL.iter().map(|bucket| bucket.name().to_owned()).zip(buckets)),
        stores: largest_first(stores.iter().cloned().zip(by_store)),
        signals: largest_first(Signal::ALL.iter().map(|signal| signal.name().to_owned()).zip(signals)),
        tags: Tally::new(),
        at: eye.aging.now(),
    })
}

/// Counts under their names; those without one stand under `unnamed`, or are left out when that is empty.
fn named(names: &Names, counts: &[usize], unnamed: &str) -> Tally {
    let mut nameless = 0;
    let mut tally: Tally = Vec::new();
    for ((_, name), count) in names.iter().zip(counts) {
        if name.is_empty() || name == unnamed {
            nameless += count;
        } else {
            tally.push((name.to_owned(), *count));
        }
    }
    if !unnamed.is_empty() {
        tally.push((unnamed.to_owned(), nameless));
    }
    largest_first(tally.into_iter())
}

pub(crate) fn largest_first(counts: impl Iterator<Item = (String, usize)>) -> Tally {
    let mut tally: Tally = counts.filter(|(_, count)| *count > 0).collect();
    tally.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    tally
}
