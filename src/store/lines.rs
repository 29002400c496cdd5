//! Where in a file something stood, told by the lines around it: pieces come and go, lines are what stays.

use std::collections::HashMap;

use sha2::{Digest as _, Sha256};

/// The mark that some editors put before a text.
pub(super) const MARK: &[u8] = "\u{feff}".as_bytes();

/// The lines of a file, each as a number; empty ones are 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lines(Vec<u32>);

impl Lines {
    /// The lines of a file, whatever they end with.
    pub(super) fn of(file: &[u8]) -> Self {
        let file = file.strip_prefix(MARK).unwrap_or(file);
        Self::each(file.split_inclusive(|byte| *byte == b'\n'))
    }

    /// Things in a row that are no lines of a file.
    pub(super) fn each<'l>(things: impl Iterator<Item = &'l [u8]>) -> Self {
        let number = |line: &[u8]| match line.trim_ascii_end() {
            [] => 0,
            line => Sha256::digest(line).first_chunk().map_or(1, |first| u32::from_be_bytes(*first).max(1)),
        };
        Self(things.map(number).collect())
    }

    /// At most `reach` lines on each side of one, and where that one is among them; whether more lines follow.
    pub(super) fn around(&self, at: usize, reach: usize) -> (Self, usize, bool) {
        let from = at.saturating_sub(reach);
        let part = Self(self.0.iter().skip(from).take(at - from + 1 + reach).copied().collect());
        (part, at - from, at.saturating_add(reach) + 1 < self.0.len())
    }

    /// [`Lines::place_in`] for one line by those [around](Lines::around) it: when all that followed it are gone, and
    /// others followed those, it belongs right behind what stood before it.
    pub(super) fn place_among(&self, now: &Self, at: usize, more: bool) -> usize {
        let is_there = |line: &&u32| **line != 0 && now.0.contains(line);
        if !more || self.0.iter().skip(at + 1).any(|line| is_there(&line)) {
            return self.place_in(now, at, 1);
        }
        let before = self.0.iter().take(at).rev().find(is_there);
        before.and_then(|line| now.0.iter().rposition(|other| other == line)).map_or(0, |place| place + 1)
    }

    /// As bytes, four for each line.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|line| line.to_be_bytes()).collect()
    }

    /// The lines of these bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks::<4>().0.iter().map(|line| u32::from_be_bytes(*line)).collect())
    }

    /// Where these lines are among earlier ones from which some were taken out; `None` when they are not all there.
    pub(super) fn within(&self, earlier: &Self) -> Option<Vec<usize>> {
        let mut left = earlier.0.iter().enumerate();
        self.0.iter().map(|line| left.find(|(_, other)| *other == line).map(|(at, _)| at)).collect()
    }

    /// Where in a file a piece belongs that stood at `at` among these lines and had `length` of them: the number of
    /// lines before it.
    ///
    /// The nearest lines around it that can be told from all others bound the part of the file where it may be; in
    /// there the place is taken that leaves most lines on the side of it where they were.
    pub(super) fn place_in(&self, now: &Self, at: usize, length: usize) -> usize {
        let (once, once_now) = (self.singles(), now.singles());
        let anchor = |(then, line): (usize, &u32)| {
            let is_one = once.get(line) == Some(&Some(then));
            is_one.then(|| once_now.get(line).copied().flatten()).flatten().map(|place| (then, place))
        };
        let end = at.saturating_add(length).min(self.0.len());
        let mut lines = self.0.iter().enumerate();
        let before = lines.clone().take(at).rev().find_map(anchor);
        let (from, first) = before.map_or((0, 0), |(then, place)| (then + 1, place + 1));
        let after = lines.find_map(|line| Some(line).filter(|(then, _)| *then >= end).and_then(anchor));
        let (to, last) = after.filter(|(_, place)| *place >= first).unwrap_or((self.0.len(), now.0.len()));
        let part = |lines: &[u32], range: std::ops::Range<usize>| lines.get(range).unwrap_or_default().to_vec();
        let (mut below, mut part_now) = (part(&self.0, end..to), part(&now.0, first..last));
        let above = common(&part(&self.0, from..at), &part_now);
        below.reverse();
        part_now.reverse();
        let below = common(&below, &part_now);
        let kept = above.iter().zip(below.iter().rev()).map(|(above, below)| above + below);
        first + kept.enumerate().max_by_key(|(place, kept)| (*kept, *place)).map_or(0, |(place, _)| place)
    }

    /// Lines with their places, or nothing for those that are there more than once.
    fn singles(&self) -> HashMap<u32, Option<usize>> {
        let mut found = HashMap::with_capacity(self.0.len());
        for (at, line) in self.0.iter().enumerate().filter(|(_, line)| **line != 0) {
            found.entry(*line).and_modify(|place| *place = None).or_insert(Some(at));
        }
        found
    }
}

/// For each beginning of `now`, how many lines it has in common with `then`, in their order.
fn common(then: &[u32], now: &[u32]) -> Vec<usize> {
    let mut row = vec![0; now.len() + 1];
    for line in then {
        let mut diagonal = 0;
        let mut left = 0;
        for (other, cell) in now.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            *cell = if line == other { diagonal + 1 } else { above.max(left) };
            (diagonal, left) = (above, *cell);
        }
    }
    row
}

/// The bytes before a line.
pub(super) fn offset(file: &[u8], line: usize) -> usize {
    file.split_inclusive(|byte| *byte == b'\n').take(line).map(<[u8]>::len).sum()
}

/// How many lines begin in these bytes.
pub(super) fn count(bytes: impl Iterator<Item = u8>) -> usize {
    bytes.filter(|byte| *byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(lines: &[&str]) -> Vec<u8> {
        lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect()
    }

    #[test]
    fn a_line_finds_its_place_among_those_that_are_left() {
        let then = Lines::of(&file(&["# a", "", "- x", "- y", "", "## b", "", "text"]));
        let now = Lines::of(&file(&["# a", "", ""]));
        assert_eq!(then.place_in(&now, 2, 1), 2, "between the empty lines");
        assert_eq!(then.place_in(&now, 5, 3), 3);
        assert_eq!(now.within(&then), Some(vec![0, 1, 4]));
        assert_eq!(Lines::of(b"new\n").within(&then), None);
        assert_eq!(Lines::from_bytes(&then.to_bytes()), then);
    }

    proptest! {
        /// Lines that are taken out and put back in their order give the file.
        #[test]
        fn what_was_taken_out_comes_back_to_its_place(
            words in proptest::collection::vec("[a-c]?", 1..12),
            gone in proptest::collection::vec(any::<prop::sample::Index>(), 1..6),
        ) {
            // Pieces begin with lines of their own.
            let lines: Vec<String> = words.iter().enumerate().map(|(at, word)| if at % 2 == 0 { format!("{at}") } else { word.clone() }).collect();
            let all: Vec<&str> = lines.iter().map(String::as_str).collect();
            let then = Lines::of(&file(&all));
            let mut taken: Vec<usize> = gone.iter().map(|index| index.index(lines.len().div_ceil(2)) * 2).collect();
            let mut once = std::collections::HashSet::new();
            taken.retain(|at| once.insert(*at));
            let mut now: Vec<&str> = all.iter().enumerate().filter(|(at, _)| !taken.contains(at)).map(|(_, line)| *line).collect();
            taken.sort_unstable();
            for at in taken {
                let place = then.place_in(&Lines::of(&file(&now)), at, 1);
                now.insert(place, all[at]);
            }
            prop_assert_eq!(now, all);
        }
    }
}
