//! Orders: sorting a million slots by a column, grouping them by scope, and finding one among them.

use std::{collections::BinaryHeap, thread};

use super::{Group, Sort, SortKey, filter::Eye};

/// So many bits of a value choose its bucket: the counts of all buckets fit into the processor's cache.
const BUCKET_BITS: u32 = 16;

/// Slots from which on starting threads takes less time than they save.
const WORTH_SHARING: usize = 50_000;

/// Values by place among slots that come newest first, the smallest first.
pub(crate) struct Measured(Vec<u32>);

impl Measured {
    fn new(slots: &[u32], descending: bool, measure: impl Fn(u32) -> u32 + Sync) -> Self {
        let turn = if descending { u32::MAX } else { 0 };
        let fill = |slots: &[u32], values: &mut [u32]| {
            for (value, slot) in values.iter_mut().zip(slots) {
                *value = measure(*slot) ^ turn;
            }
        };
        let mut values = vec![0; slots.len()];
        // Somebody waits for the first of them: every processor measures its part.
        let hands =
            if slots.len() < WORTH_SHARING { 1 } else { thread::available_parallelism().map_or(1, usize::from) };
        let share = slots.len().div_ceil(hands).max(1);
        thread::scope(|scope| {
            let mut parts = slots.chunks(share).zip(values.chunks_mut(share));
            let own = parts.next();
            for (slots, values) in parts {
                scope.spawn(|| fill(slots, values));
            }
            if let Some((slots, values)) = own {
                fill(slots, values);
            }
        });
        Self(values)
    }

    /// The first `count` slots in order, found in one look at the values.
    pub(crate) fn first(&self, slots: &[u32], count: usize) -> Vec<u32> {
        let mut best = BinaryHeap::with_capacity(count + 1);
        let mut worst = u32::MAX;
        for (place, value) in (0_u32..).zip(&self.0) {
            // Of equal ones the first stays.
            if *value < worst || best.len() < count {
                best.push((*value, place));
                if best.len() > count {
                    best.pop();
                }
                worst = best.peek().map_or(u32::MAX, |(value, _)| *value);
            }
        }
        let first = best.into_sorted_vec().into_iter();
        first.filter_map(|(_, place)| slots.get(place as usize).copied()).collect()
    }

    /// All slots in order, ties as they came.
    ///
    /// The values are counted into buckets and the places laid out by bucket, in two passes over them; only buckets that
    /// hold different values are then sorted. A million slots take a third of what sorting takes that compares them.
    pub(crate) fn sorted(&self, slots: &[u32]) -> Vec<u32> {
        let Self(values) = self;
        let least = values.iter().min().copied().unwrap_or_default();
        let widest = values.iter().max().copied().unwrap_or_default() - least;
        let shift = (u32::BITS - widest.leading_zeros()).saturating_sub(BUCKET_BITS);
        let bucket = |value: u32| ((value - least) >> shift) as usize;
        let mut ends = vec![0_u32; bucket(least + widest) + 1];
        for value in values {
            ends.get_mut(bucket(*value)).into_iter().for_each(|count| *count += 1);
        }
        // Counts become the place where each bucket begins, and while it is filled, where it ends so far.
        let mut begin = 0;
        for end in &mut ends {
            begin += std::mem::replace(end, begin);
        }
        let mut places = vec![0_u32; values.len()];
        for (place, value) in (0..).zip(values) {
            let Some(end) = ends.get_mut(bucket(*value)) else { continue };
            places.get_mut(*end as usize).into_iter().for_each(|to| *to = place);
            *end += 1;
        }
        if shift > 0 {
            let value = |place: &u32| values.get(*place as usize).copied().unwrap_or_default();
            let mut begin = 0;
            for end in &ends {
                let run = places.get_mut(begin..*end as usize).unwrap_or_default();
                if !run.is_sorted_by_key(value) {
                    run.sort_unstable_by_key(|place| (value(place), *place));
                }
                begin = *end as usize;
            }
        }
        for place in &mut places {
            *place = slots.get(*place as usize).copied().unwrap_or(u32::MAX);
        }
        places
    }
}

/// Measures slots that come newest first. `None` where the order is a matter of time alone, or the caller's.
pub(crate) fn measured(eye: &Eye<'_>, slots: &[u32], sort: Sort) -> Option<Measured> {
    let catalog = eye.catalog;
    let words = &catalog.words;
    let Sort { key, descending } = sort;
    Some(match key {
        SortKey::Confidence => Measured::new(slots, descending, |slot| {
            let it = eye.subject(slot);
            fixed(eye.aging.confidence(catalog, slot, it.fact, it.created))
        }),
        SortKey::Scope => {
            let projects = words.projects.ranks(scope_name);
            let agents = words.agents.ranks(str::to_owned);
            // Numbers as close together as they can be, so that a bucket holds one of them.
            let different = agents.iter().max().map_or(1, |most| u32::from(*most) + 1);
            Measured::new(slots, descending, |slot| {
                let fact = catalog.fact(slot);
                rank(&projects, fact.project) * different + rank(&agents, fact.agent)
            })
        }
        SortKey::Kind => {
            let kinds = words.kinds.ranks(str::to_owned);
            Measured::new(slots, descending, |slot| rank(&kinds, catalog.fact(slot).kind))
        }
        SortKey::Size => Measured::new(slots, descending, |slot| catalog.fact(slot).tokens),
        SortKey::Cost => Measured::new(slots, descending, |slot| catalog.fact(slot).cost),
        SortKey::Age | SortKey::Rank => return None,
    })
}

/// A confidence between 0 and 1 as a whole number: exact from 1/256 on, so that the order is that of the confidences,
/// and spread evenly over the buckets.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2³¹")]
fn fixed(confidence: f32) -> u32 {
    (confidence * 2_147_483_648.0) as u32
}

/// Oldest first of newest first; times that cannot be read stay last.
pub(crate) fn oldest_first(eye: &Eye<'_>, slots: &[u32]) -> Vec<u32> {
    let known = slots.partition_point(|slot| eye.catalog.created(*slot) != super::block::UNKNOWN);
    let (known, unknown) = slots.split_at_checked(known).unwrap_or((slots, &[]));
    known.iter().rev().chain(unknown).copied().collect()
}

fn rank(ranks: &[u16], id: u16) -> u32 {
    ranks.get(usize::from(id)).copied().unwrap_or(u16::MAX).into()
}

fn scope_name(project: &str) -> String {
    if project.is_empty() { "user".to_owned() } else { project.to_owned() }
}

/// Memories of the same scope together, scopes by name, each in the order in which they came.
pub(crate) fn group(eye: &Eye<'_>, slots: &[u32]) -> (Vec<u32>, Vec<Group>) {
    let projects = &eye.catalog.words.projects;
    let ranks = projects.ranks(scope_name);
    let by_scope = |slot: u32| rank(&ranks, eye.catalog.fact(slot).project);
    let slots = Measured::new(slots, false, by_scope).sorted(slots);
    let mut groups = Vec::new();
    let mut from = 0;
    for run in slots.chunk_by(|a, b| by_scope(*a) == by_scope(*b)) {
        let project = run.first().map(|slot| projects.name(eye.catalog.fact(*slot).project));
        groups.push(Group { scope: scope_name(project.unwrap_or_default()), from, count: run.len() });
        from += run.len();
    }
    (slots, groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sorting_by_buckets_is_sorting(
            values in prop_oneof![
                proptest::collection::vec(any::<u32>(), 0..300),
                proptest::collection::vec(0_u32..20, 0..300),
                proptest::collection::vec((0_u32..3, 0_u32..70_000).prop_map(|(a, b)| a << 30 | b), 0..300),
            ],
            descending: bool,
        ) {
            let slots: Vec<u32> = (0..).take(values.len()).collect();
            let measure = |slot: u32| values[slot as usize];
            let mut expected = slots.clone();
            expected.sort_by_key(|slot| if descending { !measure(*slot) } else { measure(*slot) });
            let measured = Measured::new(&slots, descending, measure);
            prop_assert_eq!(measured.first(&slots, 7), &expected[..expected.len().min(7)]);
            prop_assert_eq!(measured.sorted(&slots), expected);
        }
    }
}
