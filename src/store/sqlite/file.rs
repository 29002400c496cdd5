//! What a path leads to, found out without opening it.

use std::{
    fs::{self, FileType, Metadata},
    io::{ErrorKind, Read as _},
    os::unix::fs::{FileTypeExt as _, MetadataExt as _},
    path::{Path, PathBuf},
};

use crate::store::{Problem, Pulse, Result};

/// Which file a path leads to: two paths with equal ids are one file, and a path whose id changes was replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FileId {
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
}

impl FileId {
    /// The id in a file's metadata.
    pub fn of(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// Whether the path still leads to this file.
    pub fn pulse(self, path: &Path) -> Pulse {
        match fs::metadata(path) {
            Ok(metadata) if Self::of(&metadata) == self => Pulse::Same,
            Ok(_) => Pulse::Replaced,
            Err(_) => Pulse::Gone,
        }
    }
}

/// What may stand at a path that a person gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A regular file.
    File(FileId),
    /// A directory.
    Directory,
}

/// Looks what is at a path, following links. Pipes, devices and sockets are refused: opening one may hang for ever.
///
/// # Errors
/// [`Problem::Missing`], [`Problem::Denied`], and [`Problem::NotAStore`] for anything that is no file or directory.
pub fn look(path: &Path) -> Result<Place> {
    let metadata = fs::metadata(path).map_err(|error| cannot_look(path, &error))?;
    let kind = metadata.file_type();
    if kind.is_dir() {
        return Ok(Place::Directory);
    }
    if !kind.is_file() {
        let reason = format!("this is {}, not a file; give the path of a memory database", name_of(kind));
        return Err(Problem::NotAStore { path: path.to_owned(), reason });
    }
    if metadata.len() == 0 {
        let reason = "the file is empty; give the path of a memory database, or restore this one from a backup".into();
        return Err(Problem::NotAStore { path: path.to_owned(), reason });
    }
    Ok(Place::File(FileId::of(&metadata)))
}

fn name_of(kind: FileType) -> &'static str {
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

fn cannot_look(path: &Path, error: &std::io::Error) -> Problem {
    match error.kind() {
        ErrorKind::NotFound if fs::symlink_metadata(path).is_ok() => Problem::NotAStore {
            path: path.to_owned(),
            reason: "the link leads to nothing; check where it should lead".into(),
        },
        ErrorKind::NotFound => Problem::Missing(path.to_owned()),
        ErrorKind::PermissionDenied => denied(path),
        // `FilesystemLoop` has no stable name; the system's own words say it well.
        _ => Problem::NotAStore {
            path: path.to_owned(),
            reason: format!("the path cannot be followed ({error}); check the links on the way"),
        },
    }
}

/// The sentence for a path that this user may not read.
pub fn denied(path: &Path) -> Problem {
    Problem::Denied {
        path: path.to_owned(),
        reason: "permission denied; run memtui as the user who owns the file, or have its mode changed".into(),
    }
}

/// Whether a file begins as every database of `SQLite` does (<https://sqlite.org/fileformat.html>, 1.3.1).
pub fn is_database(path: &Path) -> bool {
    let mut magic = [0; 16];
    let read = fs::File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *b"SQLite format 3\0"
}

/// The database's companion of that ending: `-wal`, `-shm`, `-journal`.
pub fn companion(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Bytes in a file, zero when there is none.
pub fn size(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |metadata| metadata.len())
}

/// Bytes that are free on a disk for which an error that names no reason is told as "full".
const NEXT_TO_NOTHING: u64 = 1 << 20;

/// Whether the file's disk is as good as full. `SQLite` has no code of its own for a shared memory file that cannot grow.
pub fn on_a_full_disk(path: &Path) -> bool {
    free_bytes(path).is_some_and(|free| free < NEXT_TO_NOTHING)
}

/// Bytes that this user may still write on the file's disk; `None` when the system does not say.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(path).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}
