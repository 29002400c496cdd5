//! A set of slots, one bit each.

/// A set of slot numbers that grows as needed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
}

const fn place(slot: u32) -> (usize, u64) {
    ((slot >> 6) as usize, 1 << (slot & 63))
}

impl Bits {
    pub(crate) fn has(&self, slot: u32) -> bool {
        let (word, bit) = place(slot);
        self.words.get(word).is_some_and(|found| found & bit != 0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(crate) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Puts the slot in; whether it was not in before.
    pub(crate) fn insert(&mut self, slot: u32) -> bool {
        let (word, bit) = place(slot);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let Some(found) = self.words.get_mut(word) else { return false };
        let new = *found & bit == 0;
        *found |= bit;
        new
    }

    /// Takes the slot out; whether it was in.
    pub(crate) fn remove(&mut self, slot: u32) -> bool {
        let (word, bit) = place(slot);
        let Some(found) = self.words.get_mut(word) else { return false };
        let was = *found & bit != 0;
        *found &= !bit;
        was
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..).zip(&self.words).flat_map(|(at, &word)| {
            std::iter::successors((word != 0).then_some(word), |word| {
                let rest = word & (word - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |word| at * 64 + word.trailing_zeros())
        })
    }
}

impl FromIterator<u32> for Bits {
    fn from_iter<I: IntoIterator<Item = u32>>(slots: I) -> Self {
        let mut bits = Self::default();
        for slot in slots {
            bits.insert(slot);
        }
        bits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_gives_back_what_was_put_in() {
        let slots = [0, 1, 63, 64, 65, 1000, 16_384];
        let mut bits: Bits = slots.into_iter().collect();
        assert_eq!(bits.iter().collect::<Vec<_>>(), slots);
        assert!(bits.has(64) && !bits.has(66) && !bits.has(u32::MAX));
        assert!(bits.remove(64) && !bits.remove(64) && !bits.insert(63));
    }
}
