//! Watching the ledger: proposals and verdicts come from other programs at any time.

use std::time::{Duration, Instant};

use super::LedgerAt;
use crate::{
    ledger::{Ledger, Open, QueueMark, Result},
    memory::EpochMs,
};

/// How long a ledger that cannot be read is left alone.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whoever looks whether the queue moved, by a connection of its own.
pub(super) struct Watch {
    at: LedgerAt,
    open: Open,
    ledger: Option<Ledger>,
    /// Not before then it is tried again to open the ledger.
    from: Instant,
    /// What the ledger's own count of writes was.
    moves: Option<i64>,
    told: Option<QueueMark>,
}

impl Watch {
    pub(super) fn new(at: LedgerAt, open: Open) -> Self {
        Self { at, open, ledger: None, from: Instant::now(), moves: None, told: None }
    }

    /// Where the queue stands, when that is not what was told last.
    pub(super) fn look(&mut self, now: EpochMs) -> Option<QueueMark> {
        let mark = self.mark(now).unwrap_or_else(|_| {
            // Whoever acts says what is wrong with the ledger.
            self.ledger = None;
            self.from = Instant::now() + PATIENCE;
            None
        })?;
        (self.told != Some(mark)).then(|| {
            self.told = Some(mark);
            mark
        })
    }

    fn mark(&mut self, now: EpochMs) -> Result<Option<QueueMark>> {
        let ledger = match &self.ledger {
            Some(ledger) => ledger,
            None if Instant::now() < self.from => return Ok(None),
            None => {
                self.moves = None;
                self.ledger.insert(self.at.to_read()?)
            }
        };
        let moves = Some(ledger.moves()?);
        let comes_back = self.told.and_then(|mark| mark.next).is_some_and(|next| next <= now);
        if moves == self.moves && !comes_back {
            return Ok(None);
        }
        self.moves = moves;
        ledger.queue_mark(now, &self.open).map(Some)
    }
}
