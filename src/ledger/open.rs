//! Opening the ledger and bringing it up to date. Migrations are only ever added.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::Path,
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags};

use super::{Ledger, Problem, Result};
use crate::store::sqlite::file::on_a_full_disk;

/// `application_id` of the file, "mtui" in ASCII, so that other programs can tell what it is.
pub const APPLICATION_ID: i32 = 0x6d74_7569;

/// The formats, each with what makes it of the one before.
const MIGRATIONS: [(i64, &str); 7] = [
    (1, include_str!("../../assets/migrations/ledger-0001.sql")),
    (2, include_str!("../../assets/migrations/ledger-0002.sql")),
    (3, include_str!("../../assets/migrations/ledger-0003.sql")),
    (4, include_str!("../../assets/migrations/ledger-0004.sql")),
    (5, include_str!("../../assets/migrations/ledger-0005.sql")),
    (6, include_str!("../../assets/migrations/ledger-0006.sql")),
    (NEWEST, include_str!("../../assets/migrations/ledger-0007.sql")),
];

/// The newest format this program knows.
pub const NEWEST: i64 = 7;

/// How long an act waits for another memtui to finish its own.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks whether another memtui has finished: at first, and at most. Agents write in a millisecond or two, and
/// a look costs one system call.
const FIRST_NAP: Duration = Duration::from_micros(100);
const LONGEST_NAP: Duration = Duration::from_millis(3);

impl Ledger {
    /// Opens the ledger of this person, making it when there is none. The file is readable for its owner only: it
    /// holds the text of memories.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the file or its directory cannot be used, [`Problem::Newer`] when a later memtui
    /// made it.
    pub fn open(path: &Path) -> Result<Self> {
        let unusable = |reason: String| Problem::Unusable { path: path.to_owned(), reason };
        let dir = path.parent().ok_or_else(|| unusable("it has no directory".into()))?;
        private_dir(dir).map_err(|e| unusable(format!("{}: {e}", dir.display())))?;
        let lock = private_file(&path.with_extension("lock")).map_err(|e| unusable(e.to_string()))?;
        if !path.exists() {
            drop(private_file(path).map_err(|e| unusable(e.to_string()))?);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(|e| unusable(e.to_string()))?;
        let mut ledger = Self { db, path: path.to_owned(), lock };
        ledger.prepare()?;
        Ok(ledger)
    }

    /// Opens the ledger to read in it, beside another connection that may be writing. None is made.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when there is none or it cannot be read, [`Problem::Newer`] when a later memtui made it.
    pub fn open_to_read(path: &Path) -> Result<Self> {
        let unusable = |reason: String| Problem::Unusable { path: path.to_owned(), reason };
        let lock = File::open(path.with_extension("lock")).map_err(|e| unusable(e.to_string()))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(|e| unusable(e.to_string()))?;
        let ledger = Self { db, path: path.to_owned(), lock };
        ledger.db.busy_timeout(PATIENCE).map_err(|e| ledger.broken(&e))?;
        match ledger.format()? {
            NEWEST => Ok(ledger),
            found if found > NEWEST => Err(Problem::Newer { path: path.to_owned(), found, known: NEWEST }),
            _ => Err(unusable("an earlier memtui made it; it is brought up to date when something is changed".into())),
        }
    }

    fn format(&self) -> Result<i64> {
        self.db.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|e| self.broken(&e))
    }

    fn prepare(&mut self) -> Result<()> {
        self.db.busy_timeout(PATIENCE).map_err(|e| self.broken(&e))?;
        self.db.set_prepared_statement_cache_capacity(32);
        // A commit is on the disk when it returns: before-images must survive a power cut before the store is touched.
        self.db
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=4000;",
            )
            .map_err(|e| self.broken(&e))?;
        self.migrate()
    }

    fn migrate(&mut self) -> Result<()> {
        let path = self.path.clone();
        let broken = |e: &rusqlite::Error| Problem::Unusable { path: path.clone(), reason: advice(&path, e) };
        let found = self.format()?;
        if found > NEWEST {
            return Err(Problem::Newer { path, found, known: NEWEST });
        }
        if found == NEWEST {
            return Ok(());
        }
        // Two memtui may start at once: the second finds the work done when it gets the lock.
        let tx = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).map_err(|e| broken(&e))?;
        let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|e| broken(&e))?;
        for (_, sql) in MIGRATIONS.iter().filter(|(format, _)| *format > found) {
            tx.execute_batch(sql).map_err(|e| broken(&e))?;
        }
        tx.pragma_update(None, "application_id", APPLICATION_ID).map_err(|e| broken(&e))?;
        tx.pragma_update(None, "user_version", NEWEST).map_err(|e| broken(&e))?;
        tx.commit().map_err(|e| broken(&e))
    }

    pub(super) fn broken(&self, error: &rusqlite::Error) -> Problem {
        Problem::Unusable { path: self.path.clone(), reason: advice(&self.path, error) }
    }

    /// Takes the right to change memories for the life of the guard; waits a few seconds for another memtui.
    ///
    /// # Errors
    /// [`Problem::Taken`] when another memtui keeps it.
    pub fn take_turn(&self) -> Result<super::Turn> {
        self.take_turn_within(PATIENCE)
    }

    /// Takes the right to change memories for the life of the guard; waits at most so long for another memtui.
    ///
    /// # Errors
    /// [`Problem::Taken`] when another memtui keeps it.
    pub fn take_turn_within(&self, patience: Duration) -> Result<super::Turn> {
        let start = Instant::now();
        let mut nap = FIRST_NAP;
        loop {
            match self.try_turn()? {
                Some(turn) => return Ok(turn),
                None if start.elapsed() > patience => return Err(Problem::Taken),
                None => std::thread::sleep(nap),
            }
            nap = (nap * 2).min(LONGEST_NAP);
        }
    }

    /// Takes the right to change memories if nobody has it.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the lock file cannot be locked at all.
    pub fn try_turn(&self) -> Result<Option<super::Turn>> {
        let unusable = |e: std::io::Error| Problem::Unusable { path: self.path.clone(), reason: e.to_string() };
        let file = self.lock.try_clone().map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(super::Turn::new(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(e)) => Err(unusable(e)),
        }
    }
}

fn advice(path: &Path, error: &rusqlite::Error) -> String {
    const FULL: &str = "the disk is full; free some space and try again";
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => format!(
            "the file is damaged ({error}); memories can still be read; move it away to start a new one, its images \
             stay in the old file"
        ),
        Some(rusqlite::ErrorCode::DiskFull) => FULL.to_owned(),
        Some(rusqlite::ErrorCode::SystemIoFailure) if on_a_full_disk(path) => FULL.to_owned(),
        Some(rusqlite::ErrorCode::ReadOnly) => "it is read-only; check the permissions of its directory".to_owned(),
        Some(rusqlite::ErrorCode::DatabaseBusy) => "another memtui is using it; try again".to_owned(),
        _ => error.to_string(),
    }
}

fn private_dir(dir: &Path) -> std::io::Result<()> {
    if dir.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

fn private_file(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).read(true).write(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
