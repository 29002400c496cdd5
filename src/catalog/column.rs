//! A column of whole numbers that mostly lie close together: four bytes for each where they do, eight where not.

use std::ops::Range;

use super::block::UNKNOWN;

/// What stands for [`UNKNOWN`] among distances.
const NONE: u32 = u32::MAX;
/// The largest distance.
const FARTHEST: i64 = NONE as i64 - 1;

/// A column of numbers. Row ids of 16,384 memories, and their times where they span less than 49 days, take half of what
/// the plain numbers take.
#[derive(Clone, Debug)]
pub(crate) enum Column {
    /// Distances from a number that is not larger than any.
    Near(i64, Vec<u32>),
    /// The numbers.
    Far(Vec<i64>),
}

impl Default for Column {
    fn default() -> Self {
        Self::Near(0, Vec::new())
    }
}

/// The distance of a number from a base, when it is one.
fn distance(base: i64, number: i64) -> Option<u32> {
    if number == UNKNOWN {
        return Some(NONE);
    }
    number.checked_sub(base).and_then(|distance| u32::try_from(distance).ok()).filter(|distance| *distance != NONE)
}

const fn number(base: i64, distance: u32) -> i64 {
    if distance == NONE { UNKNOWN } else { base + distance as i64 }
}

impl Column {
    /// A column of these numbers, which are gone through twice.
    pub(crate) fn new(numbers: impl Iterator<Item = i64> + Clone) -> Self {
        let (mut least, mut most) = (i64::MAX, i64::MIN);
        for known in numbers.clone().filter(|number| *number != UNKNOWN) {
            (least, most) = (least.min(known), most.max(known));
        }
        let room = match most.checked_sub(least) {
            Some(span) if (0..=FARTHEST).contains(&span) => FARTHEST - span,
            // No number is known.
            _ if most < least => return Self::Near(0, numbers.map(|_| NONE).collect()),
            _ => return Self::Far(numbers.collect()),
        };
        // As much room below as above, for numbers that come later.
        let base = least.saturating_sub(room / 2).max(UNKNOWN + 1);
        Self::Near(base, numbers.map(|number| distance(base, number).unwrap_or(NONE)).collect())
    }

    pub(crate) const fn len(&self) -> usize {
        match self {
            Self::Near(_, distances) => distances.len(),
            Self::Far(numbers) => numbers.len(),
        }
    }

    pub(crate) fn get(&self, at: usize) -> Option<i64> {
        match self {
            Self::Near(base, distances) => distances.get(at).map(|distance| number(*base, *distance)),
            Self::Far(numbers) => numbers.get(at).copied(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = i64> + Clone + '_ {
        let (base, distances, numbers) = match self {
            Self::Near(base, distances) => (*base, distances.as_slice(), &[][..]),
            Self::Far(numbers) => (0, &[][..], numbers.as_slice()),
        };
        distances.iter().map(move |distance| number(base, *distance)).chain(numbers.iter().copied())
    }

    /// Writes a number down; whether there is such a place.
    pub(crate) fn set(&mut self, at: usize, number: i64) -> bool {
        if at >= self.len() {
            return false;
        }
        match self {
            Self::Near(base, distances) => {
                if let (Some(distance), Some(place)) = (distance(*base, number), distances.get_mut(at)) {
                    *place = distance;
                } else {
                    let others = self.iter().enumerate();
                    *self = Self::new(others.map(|(place, old)| if place == at { number } else { old }));
                }
            }
            Self::Far(numbers) => numbers.get_mut(at).into_iter().for_each(|place| *place = number),
        }
        true
    }

    pub(crate) fn push(&mut self, number: i64) {
        match self {
            Self::Near(base, distances) => match distance(*base, number) {
                Some(distance) => distances.push(distance),
                None => *self = Self::new(self.iter().chain([number])),
            },
            Self::Far(numbers) => numbers.push(number),
        }
    }

    /// Where a known number stands in a part of a column that ascends.
    pub(crate) fn find(&self, wanted: i64, part: Range<usize>) -> Option<usize> {
        let from = part.start;
        let found = match self {
            Self::Near(base, distances) => distances.get(part)?.binary_search(&distance(*base, wanted)?),
            Self::Far(numbers) => numbers.get(part)?.binary_search(&wanted),
        };
        found.ok().map(|at| from + at)
    }
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Column {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers() -> impl Strategy<Value = Vec<i64>> {
        let near = prop_oneof![0_i64..9, 1_700_000_000_000_i64..1_700_009_000_000, Just(UNKNOWN)];
        let any = prop_oneof![any::<i64>(), 0_i64..9, Just(i64::MAX), Just(UNKNOWN), Just(i64::from(u32::MAX))];
        prop_oneof![proptest::collection::vec(near, 0..40), proptest::collection::vec(any, 0..40)]
    }

    proptest! {
        #[test]
        fn a_column_holds_what_was_put_in(mut held in numbers(), more in numbers(), set in numbers()) {
            let mut column = Column::new(held.iter().copied());
            for number in more {
                column.push(number);
                held.push(number);
            }
            for (at, number) in set.into_iter().enumerate() {
                prop_assert_eq!(column.set(at, number), at < held.len());
                held.get_mut(at).into_iter().for_each(|place| *place = number);
            }
            prop_assert_eq!(column.iter().collect::<Vec<_>>(), held.clone());
            prop_assert_eq!(column.len(), held.len());
            prop_assert!(held.iter().enumerate().all(|(at, number)| column.get(at) == Some(*number)));
            held.retain(|number| *number != UNKNOWN);
            held.sort_unstable();
            held.dedup();
            let column = Column::new(held.iter().copied());
            for (at, number) in held.iter().enumerate() {
                prop_assert_eq!(column.find(*number, 0..held.len()), Some(at));
                prop_assert_eq!(column.find(*number, 0..at), None);
            }
        }
    }

    #[test]
    fn numbers_close_together_take_four_bytes() {
        assert!(matches!(Column::new([UNKNOWN, 5, 1 << 31].into_iter()), Column::Near(..)));
        assert!(matches!(Column::new([5, 1 << 33].into_iter()), Column::Far(_)));
        let mut column = Column::default();
        for id in (1 << 60)..(1 << 60) + 100 {
            column.push(id);
        }
        assert!(matches!(column, Column::Near(..)));
    }
}
