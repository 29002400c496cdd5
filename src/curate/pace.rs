//! How much to do at once, so that agents who write to the same store never wait long.

use std::time::Duration;

/// No chunk is to hold a store's write lock longer than this.
const HOLD: Duration = Duration::from_millis(100);

/// Aimed at, so that a slow moment stays below [`HOLD`].
const AIM: Duration = Duration::from_millis(85);
/// Aimed at while nobody else has the store open, when many chunks share a transaction: whoever comes, or the person
/// who wants to stop, waits for the rest of a chunk and for the commit. A chunk is one statement, and the full-text
/// index writes out what it has gathered with each: thousand rows in one cost a fifth less than in three.
const AIM_ALONE: Duration = Duration::from_millis(110);

/// `SQLite`'s own busy handler looks again after 1, 2, 5, 10, 15, 20, 25, 25 and 25 ms: a writer that has waited for
/// a whole chunk looks at least every 25 ms, so a gap of that length is always found.
const GAP: Duration = Duration::from_millis(26);

/// Fewest and most memories in a chunk. Two chunks are in memory at a time, with all that their memories hold.
const LEAST: usize = 8;
const MOST: usize = 1000;

/// The size of the next chunk, learnt from how long the last ones held the lock.
#[derive(Debug)]
pub(super) struct Pace {
    size: usize,
    aim: Duration,
}

impl Pace {
    pub(super) const fn new() -> Self {
        Self { size: 100, aim: AIM }
    }

    /// How many memories the next chunk takes.
    pub(super) const fn size(&self) -> usize {
        self.size
    }

    /// Learns from a chunk of `count` memories that held the lock for `held`.
    pub(super) fn learn(&mut self, count: usize, held: Duration) {
        if count == 0 {
            return;
        }
        let aimed = if held.is_zero() {
            MOST
        } else {
            // Both are far below 2^52: the ratio loses nothing that matters.
            let ratio = self.aim.as_secs_f64() / held.as_secs_f64();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bounded by clamp below")]
            let size = (count as f64 * ratio).clamp(LEAST as f64, MOST as f64) as usize;
            size
        };
        // Shrink at once, grow by half: the cost of a row varies, and waiting agents matter more than our speed.
        self.size = if held > HOLD.max(self.aim) { aimed.min(self.size) } else { aimed.min(self.size + self.size / 2) };
        self.size = self.size.clamp(LEAST, MOST);
    }

    /// How long to leave the store alone before the next transaction.
    pub(super) const fn gap(&mut self, company: bool) -> Duration {
        self.aim = if company { AIM } else { AIM_ALONE };
        if company { GAP } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_hold_shrinks_the_next_chunk_and_short_ones_grow_it_slowly() {
        let mut pace = Pace::new();
        pace.learn(100, Duration::from_millis(400));
        assert_eq!(pace.size(), 21);
        for _ in 0..3 {
            let size = pace.size();
            pace.learn(size, Duration::from_millis(5));
            assert!(pace.size() > size && pace.size() <= size + size / 2);
        }
    }

    #[test]
    fn the_size_stays_within_its_bounds() {
        let mut pace = Pace::new();
        for _ in 0..50 {
            pace.learn(pace.size(), Duration::from_secs(9));
        }
        assert_eq!(pace.size(), LEAST);
        for _ in 0..50 {
            pace.learn(pace.size(), Duration::ZERO);
        }
        assert_eq!(pace.size(), MOST);
    }
}
