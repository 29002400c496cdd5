//! Copies of whole stores, made while others use them, and put back.
//!
//! A database is copied through `SQLite`'s own [backup interface](https://sqlite.org/backup.html) within one read
//! transaction, so that the copy is one moment of it and no writer waits; it is put back through the same interface, as
//! one transaction that other programs see whole or not at all. Files are copied byte for byte.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Read as _},
    ops::ControlFlow,
    path::{Component, Path, PathBuf},
    time::Duration,
};

use rusqlite::{
    Connection,
    backup::{Backup, StepResult},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{
    Problem, Result, disk,
    sqlite::{file, open, problem::from_sqlite},
};

/// Pages between two looks whether the copy is still wanted.
const PAGES: i32 = 4096;
/// How long a database that is to be put back waits for others to let go of it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Files of a directory that are copied; a directory of memories has thousands, not millions.
const MOST_FILES: usize = 50_000;

/// A copy of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    /// The store's short name when it was copied; `ledger` for memtui's own database.
    pub name: String,
    /// The product that owns it.
    pub product: String,
    /// Where the store was.
    pub path: PathBuf,
    /// The copy, in the directory of the backup: one file, or a directory with files.
    pub copy: String,
    /// Bytes of the copy.
    pub bytes: u64,
    /// SHA-256 of the copy, in hex: of the file, or of the names and contents of the files in order of their names.
    pub sha256: String,
}

/// Told how far a copy is, as a share of pages or files; `Break` stops it.
pub type Step<'a> = &'a mut dyn FnMut(u64, u64) -> ControlFlow<()>;

/// Copies what is at a path into a directory, under a name; of a directory these files, or all of them. The copy is read again when it is written, and a database is
/// checked by `SQLite`.
///
/// # Errors
/// [`Problem`] when it cannot be read or the copy cannot be written; [`Problem::Cancelled`] when it was stopped. What was
/// copied until then is taken away.
pub fn copy(
    path: &Path,
    files: Option<Vec<PathBuf>>,
    (name, product): (&str, &str),
    into: &Path,
    step: Step<'_>,
) -> Result<Copied> {
    let to = into.join(name);
    let made = if path.is_dir() {
        copy_directory(path, files, &to, step)
    } else if is_database(path)? {
        copy_database(path, &to, step)
    } else {
        copy_file(path, &to)
    };
    let measured = made.and_then(|()| measure(&to));
    let (bytes, sha256) = measured.inspect_err(|_| {
        // Half a copy would be taken for a whole one.
        let _ = fs::remove_file(&to);
        let _ = fs::remove_dir_all(&to);
    })?;
    let (name, product) = (name.to_owned(), product.to_owned());
    Ok(Copied { copy: name.clone(), name, product, path: path.to_owned(), bytes, sha256 })
}

/// Whether a copy is what was written when it was made.
///
/// # Errors
/// [`Problem::Damaged`] when it is not, [`Problem`] when it cannot be read.
pub fn verify(copied: &Copied, directory: &Path) -> Result<()> {
    let at = place(copied, directory)?;
    let (bytes, sha256) = measure(&at)?;
    if (bytes, &sha256) == (copied.bytes, &copied.sha256) {
        return Ok(());
    }
    let reason = "this is not the copy that was made: it was changed or damaged since; take another backup".into();
    Err(Problem::Damaged { path: at, reason })
}

/// Notes what a copy is now, after it was changed on purpose.
///
/// # Errors
/// [`Problem`] when it cannot be read.
pub fn measure_again(copied: &mut Copied, directory: &Path) -> Result<()> {
    (copied.bytes, copied.sha256) = measure(&place(copied, directory)?)?;
    Ok(())
}

/// Puts a copy in the place of what is at its path now. Files of a directory that the copy does not have are left.
///
/// # Errors
/// [`Problem::Busy`] when another program does not let go of the database; [`Problem`] when a file cannot be written.
pub fn put_back(copied: &Copied, directory: &Path) -> Result<()> {
    let from = place(copied, directory)?;
    if from.is_dir() {
        let files = files_of(&from)?;
        return files.iter().try_for_each(|name| put_file(&from.join(name), &copied.path.join(name)));
    }
    if is_database(&from)? && copied.path.exists() {
        match put_database(&from, &copied.path) {
            // Nobody can go on with what is there; a log of it would spoil what takes its place.
            Err(Problem::Damaged { .. } | Problem::NotAStore { .. }) => {
                for ending in ["-wal", "-shm", "-journal"] {
                    let companion = file::companion(&copied.path, ending);
                    if companion.exists() {
                        fs::remove_file(&companion).map_err(|error| failed(&companion, &error))?;
                    }
                }
            }
            put => return put,
        }
    }
    put_file(&from, &copied.path)
}

/// The files that putting a copy of a directory back would replace; `None` when the copy is no directory.
///
/// # Errors
/// [`Problem`] when the copy cannot be read.
pub fn replaced(copied: &Copied, directory: &Path) -> Result<Option<Vec<PathBuf>>> {
    let from = place(copied, directory)?;
    if !from.is_dir() {
        return Ok(None);
    }
    let files = files_of(&from)?.into_iter();
    Ok(Some(files.filter(|name| copied.path.join(name).is_file()).collect()))
}

/// Keeps the bytes of a database that cannot be read, and of its log.
///
/// # Errors
/// [`Problem`] when they cannot be copied.
pub fn keep_bytes(path: &Path, name: &str, into: &Path) -> Result<()> {
    copy_file(path, &into.join(name))?;
    let log = file::companion(path, "-wal");
    if log.exists() { copy_file(&log, &file::companion(&into.join(name), "-wal")) } else { Ok(()) }
}

/// Where a copy is: in the directory of the backup, whatever the list of it says.
fn place(copied: &Copied, directory: &Path) -> Result<PathBuf> {
    let name = Path::new(&copied.copy);
    let mut parts = name.components();
    match (parts.next(), parts.next()) {
        (Some(Component::Normal(_)), None) => Ok(directory.join(name)),
        _ => Err(Problem::Damaged {
            path: directory.to_owned(),
            reason: format!("its list names a copy `{}`, which is no name of a file", copied.copy.escape_debug()),
        }),
    }
}

fn is_database(path: &Path) -> Result<bool> {
    let mut head = [0; 16];
    let read = File::open(path).and_then(|mut file| file.read(&mut head)).map_err(|error| failed(path, &error))?;
    Ok(head.get(..read) == Some(b"SQLite format 3\0"))
}

fn copy_database(path: &Path, to: &Path, step: Step<'_>) -> Result<()> {
    let opened = open::for_reading(path)?;
    enough_room(path, to)?;
    let wrong = |error: rusqlite::Error| from_sqlite(path, &error);
    // One moment: the pages are those of this transaction, whatever is committed meanwhile.
    opened.conn.execute_batch("BEGIN").map_err(wrong)?;
    opened.conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(wrong)?;
    private(to).map_err(|error| failed(to, &error))?;
    let mut copy = Connection::open(to).map_err(|error| from_sqlite(to, &error))?;
    copy.pragma_update(None, "synchronous", "FULL").map_err(|error| from_sqlite(to, &error))?;
    {
        let backup = Backup::new(&opened.conn, &mut copy).map_err(wrong)?;
        loop {
            let more = backup.step(PAGES).map_err(wrong)?;
            let progress = backup.progress();
            let total = u64::try_from(progress.pagecount).unwrap_or(0);
            let left = u64::try_from(progress.remaining).unwrap_or(0);
            match more {
                StepResult::Done => break,
                StepResult::More => {}
                _ => return Err(Problem::Busy(path.to_owned())),
            }
            if step(total.saturating_sub(left), total).is_break() {
                return Err(Problem::Cancelled);
            }
        }
    }
    let said: String =
        copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| from_sqlite(to, &error))?;
    if said == "ok" {
        return Ok(());
    }
    Err(Problem::Damaged {
        path: path.to_owned(),
        reason: format!("its copy does not pass SQLite's own check: {said}"),
    })
}

/// The database of a copy becomes the database at a path, in one transaction of that one.
fn put_database(from: &Path, path: &Path) -> Result<()> {
    let copy = open::for_a_look(from)?;
    let mut opened = open::for_writing(path)?;
    let wrong = |error: rusqlite::Error| from_sqlite(path, &error);
    opened.conn.busy_timeout(PATIENCE).map_err(wrong)?;
    opened.conn.pragma_update(None, "synchronous", "FULL").map_err(wrong)?;
    let backup = Backup::new(&copy.conn, &mut opened.conn).map_err(wrong)?;
    match backup.step(-1).map_err(wrong)? {
        StepResult::Done => Ok(()),
        _ => Err(Problem::Busy(path.to_owned())),
    }
}

fn copy_directory(path: &Path, files: Option<Vec<PathBuf>>, to: &Path, step: Step<'_>) -> Result<()> {
    let files = files.map_or_else(|| files_of(path), Ok)?;
    fs::create_dir_all(to).map_err(|error| failed(to, &error))?;
    let total = files.len() as u64;
    for (done, name) in (0..).zip(&files) {
        if step(done, total).is_break() {
            return Err(Problem::Cancelled);
        }
        copy_file(&path.join(name), &to.join(name))?;
    }
    Ok(())
}

/// The regular files of a directory and of those in it, by their names in order. Links are not followed: they may lead
/// anywhere.
fn files_of(directory: &Path) -> Result<Vec<PathBuf>> {
    let (mut files, mut left) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(inner) = left.pop() {
        let at = directory.join(&inner);
        let entries = fs::read_dir(&at).map_err(|error| failed(&at, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| failed(&at, &error))?;
            let kind = entry.file_type().map_err(|error| failed(&entry.path(), &error))?;
            let name = inner.join(entry.file_name());
            if kind.is_dir() {
                left.push(name);
            } else if kind.is_file() {
                files.push(name);
            }
            if files.len() > MOST_FILES {
                let reason = format!("it holds more than {MOST_FILES} files; copy it by other means");
                return Err(Problem::Failed { path: directory.to_owned(), reason });
            }
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn copy_file(path: &Path, to: &Path) -> Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(|error| failed(parent, &error))?;
    }
    let copied = fs::copy(path, to).and_then(|_| File::open(to)?.sync_all());
    copied.map_err(|error| failed(to, &error))
}

/// A file in the place of another, whole or not at all; its permissions are those of the one that was there. Where a link
/// leads to that one, the link stays.
fn put_file(from: &Path, to: &Path) -> Result<()> {
    let to = &fs::canonicalize(to).unwrap_or_else(|_| to.to_owned());
    let directory = to.parent().unwrap_or(Path::new("."));
    let put = || -> io::Result<()> {
        fs::create_dir_all(directory)?;
        // Whoever was killed here before left a file that nobody knows.
        disk::sweep(directory);
        let mut file = tempfile::Builder::new().prefix(".").suffix(disk::TEMPORARY).tempfile_in(directory)?;
        // It may be a database of gigabytes: it is never in memory as a whole.
        io::copy(&mut File::open(from)?, &mut file)?;
        let like = fs::metadata(to).or_else(|_| fs::metadata(from))?;
        file.as_file().set_permissions(like.permissions())?;
        file.as_file().sync_all()?;
        file.persist(to).map_err(|error| error.error)?;
        Ok(())
    };
    put().map_err(|error| failed(to, &error))?;
    disk::settle(directory)
}

/// Bytes and SHA-256 of a file, or of all files of a directory with their names.
fn measure(path: &Path) -> Result<(u64, String)> {
    let (mut hash, mut bytes) = (Sha256::new(), 0);
    if path.is_dir() {
        for name in files_of(path)? {
            bytes += take(&mut hash, &path.join(&name))?;
            // A name cannot hold a NUL, so that names and contents cannot be taken for each other.
            hash.update([0]);
            hash.update(name.as_os_str().as_encoded_bytes());
            hash.update([0]);
        }
    } else {
        bytes = take(&mut hash, path)?;
    }
    let hex = hash.finalize().iter().fold(String::new(), |mut hex, byte| {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    Ok((bytes, hex))
}

/// Takes a file into a hash. How many bytes it has.
fn take(hash: &mut Sha256, path: &Path) -> Result<u64> {
    let wrong = |error: io::Error| failed(path, &error);
    let mut file = File::open(path).map_err(wrong)?;
    let (mut buffer, mut bytes) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer).map_err(wrong)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { return Ok(bytes) };
        hash.update(part);
        bytes += read as u64;
    }
}

/// An empty file that its owner alone may read: it will hold the text of memories.
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    File::options().create_new(true).write(true).mode(0o600).open(path).map(drop)
}

fn enough_room(path: &Path, to: &Path) -> Result<()> {
    let needed = file::size(path) + file::size(&file::companion(path, "-wal"));
    match to.parent().and_then(file::free_bytes) {
        Some(free) if free < needed => Err(Problem::DiskFull { path: to.to_owned(), needed, free }),
        _ => Ok(()),
    }
}

fn failed(path: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::Missing(path.to_owned()),
        io::ErrorKind::PermissionDenied => file::denied(path),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => disk::problem(path, error),
        _ => Problem::Failed { path: path.to_owned(), reason: error.to_string() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn go(_: u64, _: u64) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    fn rows(path: &Path) -> Vec<i64> {
        let conn = Connection::open(path).unwrap();
        let mut query = conn.prepare("SELECT x FROM t ORDER BY x").unwrap();
        query.query_map([], |row| row.get(0)).unwrap().map(|x| x.unwrap()).collect()
    }

    #[test]
    fn a_database_is_copied_beside_a_writer_and_put_back_beside_a_reader() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let writer = Connection::open(&path).unwrap();
        writer.execute_batch("PRAGMA journal_mode=WAL; CREATE TABLE t(x); INSERT INTO t VALUES (1), (2);").unwrap();
        let copied = copy(&path, None, ("a", "claude-mem"), dir.path(), &mut |_, _| {
            writer.execute_batch("INSERT INTO t VALUES (9)").unwrap();
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(rows(&dir.path().join("a")), [1, 2], "one moment, also with what stood in the log only");
        verify(&copied, dir.path()).unwrap();
        writer.execute_batch("DELETE FROM t; INSERT INTO t VALUES (7)").unwrap();
        put_back(&copied, dir.path()).unwrap();
        let seen: i64 = writer.query_row("SELECT sum(x) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!((rows(&path), seen), (vec![1, 2], 3), "who has it open sees it too");
        assert_eq!(writer.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0)).unwrap(), "ok");
    }

    #[test]
    fn a_directory_is_copied_with_what_is_in_it_and_links_are_left() {
        let dir = tempfile::tempdir().unwrap();
        let memory = dir.path().join("memory");
        fs::create_dir_all(memory.join("deep")).unwrap();
        fs::write(memory.join("MEMORY.md"), "- [a](deep/a.md)\r\n").unwrap();
        fs::write(memory.join("deep/a.md"), [0xff, 0, b'\n']).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", memory.join("leak")).unwrap();
        let copied = copy(&memory, None, ("notes", "files"), dir.path(), &mut go).unwrap();
        assert!(!dir.path().join("notes/leak").exists());
        fs::write(memory.join("deep/a.md"), "rewritten").unwrap();
        fs::remove_file(memory.join("MEMORY.md")).unwrap();
        fs::write(memory.join("new.md"), "later").unwrap();
        put_back(&copied, dir.path()).unwrap();
        assert_eq!(fs::read(memory.join("deep/a.md")).unwrap(), [0xff, 0, b'\n']);
        assert_eq!(fs::read(memory.join("MEMORY.md")).unwrap(), b"- [a](deep/a.md)\r\n");
        assert!(memory.join("new.md").exists(), "what the copy does not have is left");
    }

    #[test]
    fn a_link_to_a_file_stays_a_link() {
        let dir = tempfile::tempdir().unwrap();
        let (real, link) = (dir.path().join("real.json"), dir.path().join("link.json"));
        fs::write(&real, "[1]").unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let copied = copy(&link, None, ("a", "files"), dir.path(), &mut go).unwrap();
        fs::write(&real, "[2]").unwrap();
        put_back(&copied, dir.path()).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "[1]");
    }

    #[test]
    fn a_copy_that_was_changed_is_none_and_its_list_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.json"), "{}").unwrap();
        let mut copied = copy(&dir.path().join("a.json"), None, ("a", "files"), dir.path(), &mut go).unwrap();
        fs::write(dir.path().join("a"), "{ }").unwrap();
        assert!(matches!(verify(&copied, dir.path()), Err(Problem::Damaged { .. })));
        for name in ["../a.json", "/etc/passwd", "", "x/y"] {
            name.clone_into(&mut copied.copy);
            assert!(matches!(put_back(&copied, dir.path()), Err(Problem::Damaged { .. })), "{name}");
        }
    }

    #[test]
    fn a_copy_that_was_stopped_or_failed_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.db");
        let sql = "CREATE TABLE t(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
                   INSERT INTO t SELECT randomblob(900) FROM n;";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let stopped = copy(&path, None, ("a", "x"), dir.path(), &mut |_, _| ControlFlow::Break(()));
        assert!(matches!(stopped, Err(Problem::Cancelled)));
        assert!(matches!(
            copy(&dir.path().join("none"), None, ("a", "x"), dir.path(), &mut go),
            Err(Problem::Missing(_))
        ));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
