//! Taking deleted bytes out of a database file: out of the full-text index, out of the write-ahead log, off unused pages.

use std::{
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
    time::Duration,
};

use rusqlite::Connection;

use super::{file, table::quote};
use crate::{judge::Wording, store::Sweep};

/// Pages of a full-text index that are merged in one transaction.
const PAGES: i64 = 400;
/// Between two transactions, while other programs have the database open.
const GAP: Duration = Duration::from_millis(26);
/// Bytes that are looked through at once, and those of them that the next look begins with.
const BLOCK: usize = 4 << 20;
const OVERLAP: usize = 1024;

/// A database out of which something was deleted.
pub struct Scrub<'a> {
    /// A writing connection.
    pub conn: &'a Connection,
    /// Its file.
    pub path: &'a Path,
    /// Its full-text indexes.
    pub full_text: Vec<String>,
    /// Whether no other program has it open.
    pub alone: bool,
    /// Why the file must not be written anew, whoever wants it.
    pub fixed: Option<&'static str>,
    /// Whether it is memtui's own, so that nobody need be asked before it is written anew.
    pub own: bool,
}

/// From now on, or no longer, the bytes of what is deleted are overwritten.
///
/// # Errors
/// What `SQLite` says.
pub fn overwrite(conn: &Connection, on: bool) -> rusqlite::Result<()> {
    let how = if on { "ON" } else { "OFF" };
    conn.query_row(&format!("PRAGMA secure_delete = {how}"), [], |_| Ok(()))
}

impl Scrub<'_> {
    /// Does what may be done beside the programs that have the database open, and looks what is left. A sentence for each
    /// place that still holds something, with the next step.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn run(&self, sweep: &Sweep<'_>) -> rusqlite::Result<Vec<String>> {
        overwrite(self.conn, true)?;
        let left = self.run_overwriting(sweep);
        overwrite(self.conn, false)?;
        left
    }

    fn run_overwriting(&self, sweep: &Sweep<'_>) -> rusqlite::Result<Vec<String>> {
        self.full_text.iter().try_for_each(|index| self.merge(index))?;
        self.copy_log_back()?;
        let still = |path: &Path| sweep.wording.is_some_and(|wording| holds(path, wording).unwrap_or(false));
        let unknown = sweep.wording.is_none();
        let mut held = still(self.path);
        if (held || (unknown && self.own)) && self.alone && self.fixed.is_none() && (self.own || sweep.rewrite) {
            self.conn.execute_batch("VACUUM")?;
            self.copy_log_back()?;
            held = still(self.path);
        }
        let log = file::companion(self.path, "-wal");
        let mut left = Vec::new();
        if held {
            left.push(self.remains(sweep));
        } else if unknown && !self.own {
            left.push(format!(
                "nobody knows any more what to look for on unused pages of {}; `sqlite3 FILE VACUUM` takes those out",
                self.path.display()
            ));
        }
        if still(&log) || (!self.alone && unknown && file::size(&log) > 0) {
            left.push(format!(
                "{} may still hold older copies of its pages; they go when the last program that has the database open \
                 closes it",
                log.display()
            ));
        }
        Ok(left)
    }

    /// What to say of words that still stand in the file.
    fn remains(&self, sweep: &Sweep<'_>) -> String {
        let path = self.path.display();
        match (self.alone, self.fixed, sweep.rewrite || self.own) {
            (_, Some(why), _) => format!("{path} still holds words of it, in other rows or on unused pages; {why}"),
            (true, None, true) => {
                format!(
                    "{path} still holds words of it in other rows or tables; `memtui list` with these words finds memories"
                )
            }
            (true, None, false) => format!(
                "{path} still holds words of it, in other rows or on unused pages; `sqlite3 FILE VACUUM` takes those out; \
                 with `--rewrite` an erasure does so itself"
            ),
            (false, ..) => format!(
                "{path} still holds words of it, in other rows or on unused pages; close the programs that have it open, \
                 then `sqlite3 FILE VACUUM` takes those out"
            ),
        }
    }

    /// Merges a full-text index to one piece, in short transactions: words of what was deleted stand in its pieces until
    /// then. <https://sqlite.org/fts5.html#the_merge_command>
    fn merge(&self, index: &str) -> rusqlite::Result<()> {
        let name = quote(index);
        let sql = format!("INSERT INTO {name}({name}, rank) VALUES ('merge', ?1)");
        let changes = || self.conn.query_row("SELECT total_changes()", [], |row| row.get::<_, i64>(0));
        let mut step = -PAGES;
        loop {
            let before = changes()?;
            self.conn.execute(&sql, [step])?;
            // One row is the command itself: nothing was left to merge.
            if step > 0 && changes()? - before < 2 {
                return Ok(());
            }
            step = PAGES;
            if !self.alone {
                std::thread::sleep(GAP);
            }
        }
    }

    /// Copies the log into the file. It begins anew, empty, only while nobody else has the database open.
    fn copy_log_back(&self) -> rusqlite::Result<()> {
        let how = if self.alone { "TRUNCATE" } else { "PASSIVE" };
        self.conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(()))
    }
}

/// Whether pieces of the texts stand in a file.
///
/// # Errors
/// It cannot be read.
pub fn holds(path: &Path, wording: &Wording) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK];
    let mut kept = 0;
    loop {
        let room = block.get_mut(kept..).unwrap_or_default();
        let read = file.read(room)?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        if wording.is_shredded_in(block.get(..filled).unwrap_or_default()) {
            return Ok(true);
        }
        kept = filled.min(OVERLAP);
        block.copy_within(filled - kept..filled, 0);
    }
}

/// The files of a database that may hold what was in it.
pub fn files_of(path: &Path) -> Vec<PathBuf> {
    let mut files = vec![path.to_owned()];
    files.extend(["-wal", "-journal"].map(|ending| file::companion(path, ending)).into_iter().filter(|it| it.exists()));
    files
}
