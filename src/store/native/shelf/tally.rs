//! How often memories are recalled: counted beside the reading, written together a little later.
//!
//! A count is no change of a memory: it stands in a table of its own, is not journalled and is never taken back. Losing the
//! last second of it to a crash loses nothing that anybody wrote.

use std::{
    collections::HashMap,
    path::Path,
    sync::mpsc::{RecvTimeoutError, Sender, channel},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use rusqlite::{Connection, TransactionBehavior, params};

use crate::{
    memory::EpochMs,
    store::{Result, sqlite::open},
};

/// Counts are gathered this long before they are written.
const GATHER: Duration = Duration::from_millis(400);

/// Counts recalls on a thread of its own; what is gathered is written when it is dropped.
#[derive(Debug)]
pub struct Tally {
    recalled: Option<Sender<(i64, EpochMs)>>,
    thread: Option<JoinHandle<()>>,
}

impl Tally {
    /// Opens a shared database for counting.
    ///
    /// # Errors
    /// Every [`crate::store::Problem`] that a path can have; also when it cannot be written.
    pub fn open(path: &Path) -> Result<Self> {
        let mut conn = open::for_writing(path)?.conn;
        let (recalled, inbox) = channel::<(i64, EpochMs)>();
        let thread = std::thread::spawn(move || {
            let mut counts = Counts::new();
            while let Ok(first) = inbox.recv() {
                note(&mut counts, first);
                let since = Instant::now();
                let mut over = false;
                while let Some(left) = GATHER.checked_sub(since.elapsed()) {
                    match inbox.recv_timeout(left) {
                        Ok(more) => note(&mut counts, more),
                        Err(RecvTimeoutError::Timeout) => break,
                        Err(RecvTimeoutError::Disconnected) => {
                            over = true;
                            break;
                        }
                    }
                }
                // What could not be written is tried again with the next ones.
                if write(&mut conn, &counts).is_ok() {
                    counts.clear();
                }
                if over {
                    break;
                }
            }
        });
        Ok(Self { recalled: Some(recalled), thread: Some(thread) })
    }

    /// Notes that a memory was recalled. Never waits.
    pub fn count(&self, id: i64, at: EpochMs) {
        if let Some(recalled) = &self.recalled {
            // A thread that ended counts no more; recalling goes on.
            let _ = recalled.send((id, at));
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.recalled = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// How often since the last writing, and when last.
type Counts = HashMap<i64, (i64, EpochMs)>;

fn note(counts: &mut Counts, (id, at): (i64, EpochMs)) {
    let (times, last) = counts.entry(id).or_default();
    *times += 1;
    *last = (*last).max(at);
}

fn write(conn: &mut Connection, counts: &Counts) -> rusqlite::Result<()> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    {
        // A memory that was pruned meanwhile is not counted.
        let mut upsert = tx.prepare_cached(
            "INSERT INTO recall(memory, times, last) SELECT id, ?2, ?3 FROM memory WHERE id = ?1
             ON CONFLICT(memory) DO UPDATE SET times = times + ?2, last = max(last, ?3)",
        )?;
        for (id, (times, last)) in counts {
            upsert.execute(params![id, times, last])?;
        }
    }
    tx.commit()
}
