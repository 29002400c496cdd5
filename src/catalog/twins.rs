//! Who says the same as whom: exact copies and near ones among all memories, and in how many sessions.

use std::collections::HashSet;

use super::{
    block::Fact,
    over::Over,
    prints::{Print, Prints},
    table::Catalog,
    verdict,
};
use crate::memory::{Signal, Signals};

/// Passes over the fingerprints, so that only a part of them is in memory at a time.
const PASSES: u64 = 8;
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
    for pass in 0..PASSES {
        if stop() {
            return None;
        }
        exact_pass(catalog, prints, pass, &mut alike);
    }
    for band in 0..BANDS {
        for pass in 0..PASSES {
            if stop() {
                return None;
            }
            near_pass(catalog, prints, (band, pass), &mut alike);
        }
    }
    Some(alike)
}

pub(super) fn live_prints<'a>(catalog: &'a Catalog, prints: &'a Prints) -> impl Iterator<Item = (u32, Print)> + 'a {
    prints.all(catalog).filter(|(slot, _)| catalog.is_live(*slot))
}

/// Room for the memories of one pass: a list that has to grow leaves holes behind.
fn share(catalog: &Catalog) -> usize {
    catalog.total() / usize::try_from(PASSES).unwrap_or(1) * 9 / 8 + 64
}

fn exact_pass(catalog: &Catalog, prints: &Prints, pass: u64, alike: &mut [Alike]) {
    let mut found = Vec::with_capacity(share(catalog));
    found.extend(
        live_prints(catalog, prints)
            .filter(|(_, print)| print.exact != 0 && print.exact % PASSES == pass)
            .map(|(slot, print)| (print.exact, slot, print.session)),
    );
    found.sort_unstable();
    for group in found.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
        let newest = group.iter().map(|(_, slot, _)| *slot).min_by_key(|slot| catalog.newest_first(*slot));
        let sessions: HashSet<u32> =
            group.iter().map(|(_, _, session)| *session).filter(|session| *session != 0).collect();
        for (_, slot, session) in group {
            let others = sessions.len() - usize::from(*session != 0);
            if let Some(alike) = alike.get_mut(*slot as usize) {
                alike.any = true;
                alike.exact = Some(*slot) != newest;
                alike.sessions = u8::try_from(others).unwrap_or(u8::MAX).min(verdict::MOST_SESSIONS);
            }
        }
    }
}

/// Compares sketches that share one band. The newest of exact copies stands for all of them.
fn near_pass(catalog: &Catalog, prints: &Prints, (band, pass): (u32, u64), alike: &mut [Alike]) {
    // Turned so that the band stands in the highest bits: sorting then brings its equals together.
    let turned = |sketch: u64| sketch.rotate_left(band * (u64::BITS / BANDS));
    let head = |turned: u64| turned >> (u64::BITS - u64::BITS / BANDS);
    let stands = |slot: u32| alike.get(slot as usize).is_some_and(|alike| !alike.exact);
    let mut found = Vec::with_capacity(share(catalog));
    found.extend(
        live_prints(catalog, prints)
            .filter(|(slot, print)| print.near != 0 && head(turned(print.near)) % PASSES == pass && stands(*slot))
            .map(|(slot, print)| (turned(print.near), slot)),
    );
    found.sort_unstable();
    for crowd in found.chunk_by(|a, b| head(a.0) == head(b.0)) {
        for (at, (one, mine)) in crowd.iter().enumerate() {
            for (other, theirs) in crowd.iter().skip(at + 1).take(NEIGHBOURS) {
                if verdict::is_near(*one, *other) {
                    let swap = catalog.newest_first(*theirs) < catalog.newest_first(*mine);
                    let (newer, older) = if swap { (*theirs, *mine) } else { (*mine, *theirs) };
                    meet(newer, older, prints, alike);
                }
            }
        }
    }
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

/// Looks for copies, and says what is different now in the catalogue's facts, `over` taken into account: slots with
/// their new facts. A memory that is gone keeps what was said of it, for when it is put back. `None` when told to stop.
pub(crate) fn judge(
    catalog: &Catalog,
    prints: &Prints,
    over: &Over,
    stop: &dyn Fn() -> bool,
) -> Option<Vec<(u32, Fact)>> {
    let alike = compare(catalog, prints, stop)?;
    let judged = live_prints(catalog, prints).filter_map(|(slot, print)| {
        let alike = alike.get(slot as usize).copied().unwrap_or_default();
        let before = catalog.fact(slot);
        let mut fact = before;
        let mut signals = Signals::from_bits(fact.signals);
        signals.set(Signal::Duplicate, alike.exact);
        signals.set(Signal::NearDuplicate, alike.near && !alike.exact);
        signals.set(Signal::Contradicted, over.contains_key(&slot));
        fact.signals = signals.bits();
        fact.set(Fact::ALIKE, alike.any);
        if fact.is(Fact::JUDGED) && !fact.is(Fact::STATED) {
            fact.base = verdict::compared(print.base, catalog.words.kinds.name(fact.kind), alike.sessions, signals);
        }
        (fact != before).then_some((slot, fact))
    });
    Some(judged.collect())
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
