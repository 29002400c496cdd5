//! Making a shared database, and bringing an older one up to date. Migrations are only ever added.

use std::{
    fs::{self, OpenOptions},
    io::ErrorKind,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::Path,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::APPLICATION_ID;
use crate::store::{Problem, Result, sqlite::problem::from_sqlite};

const MIGRATIONS: [&str; 2] = [
    include_str!("../../../assets/migrations/shared-0001.sql"),
    include_str!("../../../assets/migrations/shared-0002.sql"),
];

/// The newest format: the number of migrations.
const NEWEST: i64 = 2;

/// How long a start waits for another one that is making the same database.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes a shared database at a path where there is nothing yet, readable for its owner only, or brings the one that
/// is there up to date. `true` when it was made.
///
/// # Errors
/// The path cannot be used, or something else is there.
pub fn create(path: &Path) -> Result<bool> {
    let denied = |error: std::io::Error| Problem::Denied {
        path: path.to_owned(),
        reason: format!("the database cannot be made ({error}); choose another place with `memtui init PATH`"),
    };
    if let Some(directory) = path.parent().filter(|directory| !directory.as_os_str().is_empty()) {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(denied)?;
    }
    let fresh = match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
        Err(error) => return Err(denied(error)),
    };
    if !fresh && fs::metadata(path).is_ok_and(|it| it.len() > 0) && !super::recognises(path) {
        let reason = "something else is there already; choose another place with `memtui init PATH`".to_owned();
        return Err(Problem::NotAStore { path: path.to_owned(), reason });
    }
    let wrap = |error: rusqlite::Error| from_sqlite(path, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut conn = Connection::open_with_flags(path, flags).map_err(wrap)?;
    conn.busy_timeout(PATIENCE).map_err(wrap)?;
    conn.pragma_update(None, "journal_mode", "wal").map_err(wrap)?;
    migrate(&mut conn).map_err(wrap)?;
    Ok(fresh)
}

fn migrate(conn: &mut Connection) -> rusqlite::Result<()> {
    // Two may make it at once: the second finds the work done when it gets the lock.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = tx.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    for sql in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        tx.execute_batch(sql)?;
    }
    if found < NEWEST {
        tx.pragma_update(None, "application_id", APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", NEWEST)?;
    }
    tx.commit()
}
