//! Who says the same as whom: exact copies and near ones among all memories, and in how many sessions.

use std::collections::HashSet;

use super::{
    block::{Fact, slot_at},
    over::Over,
    prints::{Print, Prints},
    table::Catalog,
    verdict,
};
use crate::memory::{Signal, Signals};

/// Passes over the exact hashes, so that only a part of them is in memory at a time.
const PASSES: u64 = 4;
/// Bands of a near hash. Hashes that differ in fewer bits than there are bands share one whole band.
const BANDS: u32 = 4;
/// How many neighbours in a crowded band are compared. In a band shared by more memories than this, a near copy can
/// go unseen when many others stand between; exact copies are always seen.
const NEIGHBOURS: usize = 256;

/// What likeness says of one memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Alike {
    /// Another one says the same, or nearly so.
    any: bool,
    /// A newer one says exactly the same.
    exact: bool,
    /// A newer one says nearly the same.
    near: bool,
    /// Other sessions in which the same was said.
    sessions: u8,
}

/// Compares all live memories with each other. `None` when told to stop.
fn compare(catalog: &Catalog, prints: &Prints, stop: &dyn Fn() -> bool) -> Option<Vec<Alike>> {
    let slots = catalog.blocks().len() * super::block::BLOCK;
    let mut alike = vec![Alike::default(); slots];
    let mut singles = Singles::default();
    for pass in 0..PASSES {
        if stop() {
            return None;
        }
        exact_pass(catalog, prints, pass, &mut alike, &mut singles);
    }
    near(catalog, &singles, prints, &mut alike, stop)?;
    Some(alike)
}

pub(super) fn live_prints<'a>(catalog: &'a Catalog, prints: &'a Prints) -> impl Iterator<Item = (u32, Print)> + 'a {
    catalog
        .blocks()
        .iter()
        .enumerate()
        .flat_map(move |(index, block)| {
            (0..).map(move |offset| slot_at(index, offset)).zip(prints.block(index, block.handles.len()))
        })
        .filter(|(slot, _)| catalog.is_live(*slot))
}

/// Memories that stand for all their exact copies in the search for near ones.
///
/// In columns: a million of them in one allocation would stay with the process for long.
#[derive(Default)]
struct Singles {
    near: Vec<u64>,
    slots: Vec<u32>,
}

fn exact_pass(catalog: &Catalog, prints: &Prints, pass: u64, alike: &mut [Alike], singles: &mut Singles) {
    let mut found: Vec<(u64, u32, u32, u64)> = live_prints(catalog, prints)
        .filter(|(_, print)| print.exact != 0 && print.exact % PASSES == pass)
        .map(|(slot, print)| (print.exact, slot, print.session, print.near))
        .collect();
    found.sort_unstable();
    for group in found.chunk_by(|a, b| a.0 == b.0) {
        let newest = group.iter().min_by_key(|(_, slot, ..)| catalog.newest_first(*slot));
        let Some((_, newest, _, near)) = newest.copied() else { continue };
        if near != 0 {
            singles.near.push(near);
            singles.slots.push(newest);
        }
        if group.len() < 2 {
            continue;
        }
        let sessions: HashSet<u32> =
            group.iter().map(|(_, _, session, _)| *session).filter(|session| *session != 0).collect();
        for (_, slot, session, _) in group {
            let others = sessions.len() - usize::from(*session != 0);
            if let Some(alike) = alike.get_mut(*slot as usize) {
                alike.any = true;
                alike.exact = *slot != newest;
                alike.sessions = u8::try_from(others).unwrap_or(u8::MAX).min(verdict::MOST_SESSIONS);
            }
        }
    }
}

fn near(
    catalog: &Catalog,
    singles: &Singles,
    prints: &Prints,
    alike: &mut [Alike],
    stop: &dyn Fn() -> bool,
) -> Option<()> {
    let mut order: Vec<u32> = (0u32..).zip(&singles.near).map(|(at, _)| at).collect();
    let hash = |at: &u32| singles.near.get(*at as usize).copied().unwrap_or_default();
    for band in 0..BANDS {
        if stop() {
            return None;
        }
        // Turned so that the band stands in the highest bits: sorting then brings its equals together.
        let turned = |at: &u32| hash(at).rotate_left(band * (u64::BITS / BANDS));
        let head = |at: &u32| turned(at) >> (u64::BITS - u64::BITS / BANDS);
        order.sort_unstable_by_key(turned);
        for crowd in order.chunk_by(|a, b| head(a) == head(b)) {
            for (at, one) in crowd.iter().enumerate() {
                for other in crowd.iter().skip(at + 1).take(NEIGHBOURS) {
                    if verdict::is_near(hash(one), hash(other)) {
                        let slot = |at: &u32| singles.slots.get(*at as usize).copied();
                        if let (Some(one), Some(other)) = (slot(one), slot(other)) {
                            if catalog.newest_first(one) < catalog.newest_first(other) {
                                meet(one, other, prints, alike);
                            } else {
                                meet(other, one, prints, alike);
                            }
                        }
                    }
                }
            }
        }
    }
    Some(())
}

/// Notes that two memories say nearly the same.
fn meet(newer: u32, older: u32, prints: &Prints, alike: &mut [Alike]) {
    let flag = |slot: u32, alike: &[Alike]| alike.get(slot as usize).copied().unwrap_or_default();
    let (first, second) = (flag(newer, alike), flag(older, alike));
    if first.any && second.near && first.sessions > 0 && second.sessions > 0 {
        return;
    }
    let (mine, theirs) = (prints.get(newer).session, prints.get(older).session);
    let elsewhere = mine != theirs && mine != 0 && theirs != 0;
    for slot in [newer, older] {
        if let Some(alike) = alike.get_mut(slot as usize) {
            alike.any = true;
            alike.near |= slot == older;
            if elsewhere {
                alike.sessions = alike.sessions.max(1);
            }
        }
    }
}

/// Looks for copies and writes what was found into the catalogue's facts, together with which memories are `over`. Gives back the facts that are different
/// now, by block; `None` when told to stop.
pub(crate) fn judge(
    catalog: &Catalog,
    prints: &Prints,
    over: &Over,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<(usize, Vec<Fact>)>> {
    let alike = compare(catalog, prints, stop)?;
    let mut changed = Vec::new();
    for (index, block) in catalog.blocks().iter().enumerate() {
        let mut facts = block.facts.clone();
        for (offset, (fact, print)) in facts.iter_mut().zip(prints.block(index, block.handles.len())).enumerate() {
            let alike = alike.get(slot_at(index, offset) as usize).copied().unwrap_or_default();
            let mut signals = Signals::from_bits(fact.signals);
            signals.set(Signal::Duplicate, alike.exact);
            signals.set(Signal::NearDuplicate, alike.near && !alike.exact);
            signals.set(Signal::Contradicted, over.contains_key(&slot_at(index, offset)));
            fact.signals = signals.bits();
            fact.set(Fact::ALIKE, alike.any);
            if fact.is(Fact::JUDGED) && !fact.is(Fact::STATED) {
                fact.base = verdict::compared(print.base, catalog.words.kinds.name(fact.kind), alike.sessions, signals);
            }
        }
        if facts != block.facts {
            changed.push((index, facts));
        }
    }
    Some(changed)
}

/// Live memories that say the same as this one, or nearly so, newest first; at most `limit`. Exact copies come first
/// for a memory that has a newer one.
pub(crate) fn alike(catalog: &Catalog, prints: &Prints, slot: u32, limit: usize) -> Vec<u32> {
    let mine = prints.get(slot);
    if mine.exact == 0 {
        return Vec::new();
    }
    let exact_first = Signals::from_bits(catalog.fact(slot).signals).has(Signal::Duplicate);
    let mut found: Vec<(bool, u32)> = live_prints(catalog, prints)
        .filter(|(other, _)| *other != slot)
        .filter_map(|(other, print)| {
            let exact = print.exact == mine.exact;
            let near = mine.near != 0 && print.near != 0 && verdict::is_near(mine.near, print.near);
            (exact || near).then_some((exact_first && !exact, other))
        })
        .collect();
    found.sort_unstable_by_key(|(last, other)| (*last, catalog.newest_first(*other)));
    found.into_iter().take(limit).map(|(_, other)| other).collect()
}
