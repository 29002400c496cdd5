//! Finds texts that are alike among many, by their sketches.

use std::ops::Range;

/// Sketches that differ in at most this many bits count as alike: a Jaccard likeness of about nine tenths or more.
const MOST_BITS: u32 = 3;

/// Bits by which buckets are told apart. Two sketches that differ in three bits agree in one of four bands of sixteen.
const BAND: u32 = 16;

/// Within a bucket each sketch is compared with this many next ones in order of value. Only buckets with more different
/// sketches than that can miss a pair; unrelated texts only come to that with thirty million memories.
const NEXT: usize = 512;

/// Whether two sketches belong to texts that say nearly the same. A text without words (sketch 0) is like nothing.
pub fn alike(one: u64, other: u64) -> bool {
    one != 0 && other != 0 && (one ^ other).count_ones() <= MOST_BITS
}

/// Positions of all sketches that are alike to one, itself included if it is among them.
pub fn alike_to(sketch: u64, sketches: &[u64]) -> Vec<usize> {
    sketches.iter().enumerate().filter(|(_, other)| alike(sketch, **other)).map(|(at, _)| at).collect()
}

/// For each sketch the position of the first one of its group; one that is like no other is its own group.
///
/// Groups are chains: a member need not be alike to every other. Takes 12 bytes a sketch while it works, and looks at
/// the first 2³² sketches.
pub fn groups(sketches: &[u64]) -> Vec<u32> {
    let count = u32::try_from(sketches.len()).unwrap_or(u32::MAX);
    let mut roots = Roots((0..count).collect());
    let mut order: Vec<u32> = Vec::new();
    for band in 0..u64::BITS / BAND {
        let starts = sort_into_buckets(sketches, band, &mut order);
        let mut from = 0;
        for end in starts {
            let bucket = order.get_mut(from..end).unwrap_or_default();
            from = end;
            if bucket.len() > 1 {
                bucket.sort_unstable_by_key(|at| sketches.get(*at as usize).copied());
                join_bucket(sketches, bucket, &mut roots);
            }
        }
    }
    (0..count).map(|at| roots.of(at)).collect()
}

/// For each sketch whether at least one other is alike to it.
pub fn flags(sketches: &[u64]) -> Vec<bool> {
    let groups = groups(sketches);
    let mut flags = vec![false; groups.len()];
    for (at, group) in groups.into_iter().enumerate() {
        if group as usize != at {
            for member in [group as usize, at] {
                if let Some(flag) = flags.get_mut(member) {
                    *flag = true;
                }
            }
        }
    }
    flags
}

/// Fills `order` with the positions of all sketches with words, those with the same bits in the band together. Returns
/// where each bucket ends.
fn sort_into_buckets(sketches: &[u64], band: u32, order: &mut Vec<u32>) -> Vec<usize> {
    let bucket = |sketch: u64| ((sketch >> (band * BAND)) & 0xffff) as usize;
    let mut ends = vec![0; 1 << BAND];
    for sketch in sketches.iter().filter(|sketch| **sketch != 0) {
        ends[bucket(*sketch)] += 1;
    }
    let mut total = 0;
    for end in &mut ends {
        // For now the start; placing a sketch moves it on, up to the end.
        total += std::mem::replace(end, total);
    }
    order.clear();
    order.resize(total, 0);
    for (at, sketch) in (0u32..).zip(sketches).filter(|(_, sketch)| **sketch != 0) {
        let place = &mut ends[bucket(*sketch)];
        if let Some(slot) = order.get_mut(*place) {
            *slot = at;
        }
        *place += 1;
    }
    ends
}

/// Joins the members of a bucket, sorted by sketch, that are alike.
fn join_bucket(sketches: &[u64], bucket: &[u32], roots: &mut Roots) {
    let sketch = |at: u32| sketches.get(at as usize).copied().unwrap_or_default();
    // Equal sketches join at once, so that a text repeated a million times is compared once.
    let mut firsts: Vec<u32> = Vec::new();
    for equal in runs(bucket, |at| sketch(*at)) {
        let members = bucket.get(equal).unwrap_or_default();
        if let [first, others @ ..] = members {
            firsts.push(*first);
            for other in others {
                roots.join(*first, *other);
            }
        }
    }
    for (at, one) in firsts.iter().enumerate() {
        for other in firsts.iter().skip(at + 1).take(NEXT) {
            if alike(sketch(*one), sketch(*other)) {
                roots.join(*one, *other);
            }
        }
    }
}

/// The stretches of equal keys in a sorted slice.
fn runs<T, K: PartialEq>(slice: &[T], key: impl Fn(&T) -> K) -> impl Iterator<Item = Range<usize>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let first = key(slice.get(from)?);
        let length = slice.get(from..)?.iter().take_while(|item| key(item) == first).count();
        from += length;
        Some(from - length..from)
    })
}

/// A forest in which each group is a tree whose root is its first member.
struct Roots(Vec<u32>);

impl Roots {
    fn of(&mut self, mut at: u32) -> u32 {
        loop {
            let parent = self.get(at);
            let above = self.get(parent);
            if parent == above {
                return parent;
            }
            // Halving the path keeps later walks short.
            self.set(at, above);
            at = above;
        }
    }

    fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.of(one), self.of(other));
        self.set(one.max(other), one.min(other));
    }

    fn get(&self, at: u32) -> u32 {
        self.0.get(at as usize).copied().unwrap_or(at)
    }

    fn set(&mut self, at: u32, parent: u32) {
        if let Some(slot) = self.0.get_mut(at as usize) {
            *slot = parent;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn groups_start_with_their_first_member() {
        let sketches = [0, 0b1, 0xff00, 0b111, 0xff01, 0, 0xdead_beef_dead_beef];
        assert_eq!(groups(&sketches), [0, 1, 2, 1, 2, 5, 6]);
        assert_eq!(flags(&sketches), [false, true, true, true, true, false, false]);
        assert_eq!(alike_to(0b1, &sketches), [1, 3]);
        assert!(groups(&[]).is_empty());
    }

    #[test]
    fn a_text_repeated_very_often_costs_little() {
        let groups = groups(&vec![7; 200_000]);
        assert!(groups.iter().all(|group| *group == 0));
    }

    proptest! {
        #[test]
        fn flags_are_what_comparing_all_pairs_says(
            seeds in prop::collection::vec((0u64..8, 0u32..64, 0u32..64, 0u32..64, 0u32..64), 0..60),
        ) {
            let turn = |sketch: u64, bit: u32| sketch ^ (1 << bit);
            let sketches: Vec<u64> = seeds
                .iter()
                .map(|(seed, a, b, c, d)| turn(turn(turn(turn(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15), *a), *b), *c), *d))
                .collect();
            let flags = flags(&sketches);
            for (at, sketch) in sketches.iter().enumerate() {
                let others = sketches.iter().enumerate().any(|(other, it)| other != at && alike(*sketch, *it));
                prop_assert_eq!(flags[at], others);
            }
        }
    }
}
