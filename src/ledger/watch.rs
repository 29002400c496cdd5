//! Where the queue stands, cheaply: whoever shows it learns from this that somebody else proposed or decided something.

use rusqlite::params;

use super::{Ledger, Open, Result, elsewhere::ELSEWHERE};
use crate::memory::EpochMs;

/// Where the queue stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueMark {
    /// How many proposals about open stores wait and are not snoozed.
    pub waiting: usize,
    /// How many more are about stores that are not open.
    pub elsewhere: usize,
    /// What policies did and nobody has seen yet.
    pub unseen: usize,
    /// The number of the newest proposal; 0 when there never was one.
    pub newest: i64,
    /// When the next snoozed proposal comes back, `epoch_ms`.
    pub next: Option<EpochMs>,
}

impl Ledger {
    /// A number that moves whenever another connection has written to the ledger (`PRAGMA data_version`).
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn moves(&self) -> Result<i64> {
        self.query("PRAGMA data_version", |query| query.query_row([], |row| row.get(0)))
    }

    /// Where the queue stands at a moment.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn queue_mark(&self, now: EpochMs, open: &Open) -> Result<QueueMark> {
        self.query(
            &format!("SELECT count(*) FILTER (WHERE (until IS NULL OR until <= ?1) AND NOT {ELSEWHERE}), min(until) FILTER (WHERE until > ?1),
             (SELECT COALESCE(max(id), 0) FROM proposal),
             (SELECT count(*) FROM verdict WHERE seen IS NULL AND author <> 'you'),
             count(*) FILTER (WHERE (until IS NULL OR until <= ?1) AND {ELSEWHERE})
             FROM proposal p WHERE state = 'waiting'"),
            |query| {
                query.query_row(params![now, open.0], |row| {
                    let count = |number: i64| usize::try_from(number).unwrap_or(0);
                    let (waiting, unseen, elsewhere) = (count(row.get(0)?), count(row.get(3)?), count(row.get(4)?));
                    Ok(QueueMark { waiting, elsewhere, unseen, newest: row.get(2)?, next: row.get(1)? })
                })
            },
        )
    }
}
