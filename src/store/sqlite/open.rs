//! Opening a database that belongs to another program, so that it takes no harm and is never kept waiting.

use std::{
    path::{Path, PathBuf},
    thread::{Builder, JoinHandle},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    file::{self, FileId, Place},
    problem::from_sqlite,
};
use crate::store::{Problem, Result};

/// How long a read waits for a lock before it says "busy": a screen is waiting for it.
const READ_PATIENCE: Duration = Duration::from_millis(80);
/// How long a write waits for the lock; what the agents' own programs wait, too.
const WRITE_PATIENCE: Duration = Duration::from_secs(5);
/// Page cache of a connection in KiB. Several connections are open at once and share a small memory budget; the
/// system's own file cache holds the rest.
const CACHE_KIB: i64 = 1024;

/// Memories in one transaction that may add a noticeable part of a log; one adds twenty pages at most.
pub const MANY: usize = 8;
/// How long others may be kept waiting so that the log begins anew.
const RESTART_PATIENCE: Duration = Duration::from_millis(50);
/// Pages in a log that is not worth copying back: a quarter of what `SQLite` itself lets gather.
const SHORT_LOG: i64 = 250;

/// An open database and which file it was when it was opened.
#[derive(Debug)]
pub struct Opened {
    /// The connection.
    pub conn: Connection,
    /// The file that is open.
    pub file: FileId,
    /// Whether it was opened as a file that cannot change, because nothing may be written beside it.
    pub frozen: bool,
}

/// Opens a database for reading.
///
/// The library itself may put an empty `-wal` and a `-shm` beside a database in write-ahead mode: that is how readers and
/// writers see each other. Where even that is impossible, and no `-wal` exists that could hold newer rows, the file is
/// opened as one that cannot change.
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn for_reading(path: &Path) -> Result<Opened> {
    let before = regular(path)?;
    let first = connect(path, "mode=ro", before, false);
    let Err(problem) = first else { return first };
    let may_be_frozen = matches!(problem, Problem::Denied { .. } | Problem::ReadOnly { .. } | Problem::Failed { .. });
    if may_be_frozen && file::size(&file::companion(path, "-wal")) == 0 {
        return connect(path, "mode=ro&immutable=1", before, true).map_err(|_| problem);
    }
    Err(problem)
}

/// Opens a database for a look at what it is, and leaves no trace: nothing is put beside it. What stands only in its
/// write-ahead log is not seen, and what another program writes meanwhile may look like damage.
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn for_a_look(path: &Path) -> Result<Opened> {
    connect(path, "mode=ro&immutable=1", regular(path)?, true)
}

fn connect(path: &Path, how: &str, before: FileId, frozen: bool) -> Result<Opened> {
    let uri = uri(path, how);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(&uri, flags)?;
        conn.busy_timeout(READ_PATIENCE)?;
        distrust(&conn)?;
        conn.pragma_update(None, "query_only", true)?;
        conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
        conn.pragma_update(None, "mmap_size", 0)?;
        // The first real read: it finds out whether this is a database at all.
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        conn.set_prepared_statement_cache_capacity(48);
        Ok(conn)
    };
    let conn = open().map_err(|error| from_sqlite(path, &error))?;
    unmoved(path, before)?;
    Ok(Opened { conn, file: before, frozen })
}

/// Opens a database for writing. It must exist.
///
/// * Closing never checkpoints: a worker that lost its lock on the file would otherwise have its log deleted under it.
/// * The automatic passive checkpoint stays as it is: it waits for nobody, and without it a bulk delete would leave a
///   log of a gigabyte for the agent's next commit to copy.
///
/// # Errors
/// Every [`Problem`] that a path can have.
pub fn for_writing(path: &Path) -> Result<Opened> {
    let before = regular(path)?;
    let uri = uri(path, "mode=rw");
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let conn = Connection::open_with_flags(&uri, flags)?;
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        conn.busy_timeout(WRITE_PATIENCE)?;
        distrust(&conn)?;
        conn.pragma_update(None, "foreign_keys", true)?;
        // More pages make a bulk act no faster. What its statements might have to take back lies in a temporary file that
        // has no name: it is as fast there, and in memory it is forty megabytes for a thousand scattered rows.
        conn.pragma_update(None, "cache_size", -CACHE_KIB * 4)?;
        conn.pragma_update(None, "temp_store", "file")?;
        // The products' own setting; a commit that a power cut takes back is found again through the ledger.
        conn.pragma_update(None, "synchronous", "NORMAL")?;
        conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        conn.set_prepared_statement_cache_capacity(64);
        Ok(conn)
    };
    let conn = open().map_err(|error| from_sqlite(path, &error))?;
    if conn.is_readonly(rusqlite::MAIN_DB).unwrap_or(true) {
        let reason = "this user may not write the file; have its permissions changed".into();
        return Err(Problem::ReadOnly { path: path.to_owned(), reason });
    }
    unmoved(path, before)?;
    Ok(Opened { conn, file: before, frozen: false })
}

/// Sets after how many pages in the write-ahead log a commit copies it back into the database.
///
/// # Errors
/// What `SQLite` says; the old number stays.
pub fn checkpoint_every(conn: &Connection, pages: u32) -> rusqlite::Result<()> {
    conn.query_row(&format!("PRAGMA wal_autocheckpoint = {pages}"), [], |_| Ok(()))
}

/// Copies the write-ahead log back as a commit would, passively: it waits for nobody and nobody waits for it.
///
/// # Errors
/// What `SQLite` says; the next commit of anybody then does it.
pub fn copy_log_back(conn: &Connection) -> rusqlite::Result<()> {
    conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

/// Lets the write-ahead log begin anew, when it is not short, before [`MANY`] memories are added to it, so that it does not
/// become longer than whoever else has the database open would let it become.
///
/// All of it is copied back while everybody goes on. The rest, and waiting for those who still read in the log, is done
/// under the write lock, for no longer than writing a chunk takes.
///
/// # Errors
/// What `SQLite` says, also that somebody reads for longer; the log is then longer for a while.
pub fn begin_log_anew(conn: &Connection) -> rusqlite::Result<()> {
    let pages: i64 = conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1))?;
    if pages <= SHORT_LOG {
        return Ok(());
    }
    copy_log_back(conn)?;
    conn.busy_timeout(RESTART_PATIENCE)?;
    let begun_anew = conn.query_row("PRAGMA wal_checkpoint(RESTART)", [], |_| Ok(()));
    conn.busy_timeout(WRITE_PATIENCE)?;
    begun_anew
}

/// As [`copy_log_back`], by a connection and a thread of its own, so that whoever writes goes on meanwhile. Nothing is
/// copied when the path no longer leads to the file.
///
/// What cannot be copied now, the next commit of anybody copies.
pub fn copy_log_back_aside(path: &Path, file: FileId) -> Option<JoinHandle<()>> {
    let path = path.to_owned();
    let copy = move || {
        if let Ok(opened) = for_writing(&path)
            && opened.file == file
        {
            let _ = copy_log_back(&opened.conn);
        }
    };
    Builder::new().name("copy-back".to_owned()).spawn(copy).ok()
}

/// The schema in a file is somebody else's: it may not call functions with side effects, nor rewrite itself, and no
/// value may change the plan of a statement.
///
/// Without the last, a statement on a table with a partial index is compiled again for every value that is bound to it,
/// which takes ten times as long as reading the row.
fn distrust(conn: &Connection) -> rusqlite::Result<()> {
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

fn regular(path: &Path) -> Result<FileId> {
    match file::look(path)? {
        Place::File(id) => Ok(id),
        Place::Directory => Err(Problem::NotAStore {
            path: path.to_owned(),
            reason: "this is a directory; give the path of the database in it".into(),
        }),
    }
}

/// The file must be the same before and after opening, or nobody can say which one is open.
fn unmoved(path: &Path, before: FileId) -> Result<()> {
    match before.pulse(path) {
        crate::store::Pulse::Gone => Err(Problem::Gone(path.to_owned())),
        crate::store::Pulse::Replaced => Err(Problem::Replaced(path.to_owned())),
        crate::store::Pulse::Same | crate::store::Pulse::Changed => Ok(()),
    }
}

/// The [URI](https://sqlite.org/uri.html) of a path: every byte that could mean something else is escaped.
fn uri(path: &Path, how: &str) -> PathBuf {
    use std::{
        ffi::OsString,
        os::unix::ffi::{OsStrExt as _, OsStringExt as _},
    };
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = b"file:".to_vec();
    for &byte in absolute.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => uri.extend_from_slice(format!("%{byte:02x}").as_bytes()),
            _ => uri.push(byte),
        }
    }
    uri.push(b'?');
    uri.extend_from_slice(how.as_bytes());
    PathBuf::from(OsString::from_vec(uri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_stay_names() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a?mode=rw#b %41 é.db");
        Connection::open(&path).unwrap().execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES (1);").unwrap();
        let opened = for_reading(&path).unwrap();
        let x: i64 = opened.conn.query_row("SELECT x FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!((x, opened.frozen), (1, false));
        assert!(opened.conn.execute("INSERT INTO t VALUES (2)", []).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_long_log_begins_anew_and_a_reader_only_makes_it_longer() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let agent = Connection::open(&path).unwrap();
        agent.execute_batch("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; CREATE TABLE t(x)").unwrap();
        let write = || agent.execute("INSERT INTO t VALUES (randomblob(2000000))", []).unwrap();
        let pages =
            |conn: &Connection| -> i64 { conn.query_row("PRAGMA wal_checkpoint(NOOP)", [], |row| row.get(1)).unwrap() };
        let own = for_writing(&path).unwrap().conn;
        write();
        begin_log_anew(&own).unwrap();
        agent.execute("INSERT INTO t VALUES (1)", []).unwrap();
        assert!(pages(&agent) < 10, "{}", pages(&agent));
        // Somebody who reads in the log is not waited for for long, and nobody is told an error.
        write();
        let reader = for_reading(&path).unwrap().conn;
        reader.execute_batch("BEGIN; SELECT count(*) FROM t").unwrap();
        write();
        let _longer = begin_log_anew(&own);
        agent.execute("INSERT INTO t VALUES (2)", []).unwrap();
        assert!(pages(&agent) > 900);
    }

    #[test]
    fn no_statement_is_compiled_again_for_another_value() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let sql =
            "CREATE TABLE t(a, b); CREATE INDEX i ON t(a) WHERE b IS NOT NULL; INSERT INTO t VALUES (1, 2), (3, 4);";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        for opened in [for_reading(&path).unwrap(), for_writing(&path).unwrap()] {
            let join = "SELECT t.a FROM t LEFT JOIN t AS s ON s.a = t.b WHERE t.rowid = ?1";
            let mut read = opened.conn.prepare(join).unwrap();
            for rowid in [1, 2, 1] {
                read.query_row([rowid], |_| Ok(())).unwrap();
            }
            assert_eq!(read.get_status(rusqlite::StatementStatus::RePrepare), 0);
        }
    }
}
