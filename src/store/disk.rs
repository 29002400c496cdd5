//! Files on the disk: read whole without following links, and replaced as a whole.

use std::{
    fs::{self, File, OpenOptions, Permissions},
    io::{self, Read as _, Write as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::Path,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::fs::OFlags;

use crate::store::{Problem, Result, sqlite::file};

/// Bytes; larger texts are no memories, and products leave them out, too.
pub(crate) const LARGEST: u64 = 4 * 1024 * 1024;
/// The ending of our temporary files. Only whoever has the ledger's turn writes, so that every one found is a leftover.
pub(super) const TEMPORARY: &str = ".memtui-tmp";

/// What tells whether a file is another one or was written, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    pub(super) size: u64,
    /// Time of the last change of its content, in nanoseconds since 1970.
    pub(super) modified: i128,
    /// Time of the last change of anything about it, in nanoseconds since 1970. No program can set it, so that a file
    /// whose old time was put back looks different all the same.
    pub(super) changed: i128,
    pub(super) inode: u64,
}

/// A file as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) bytes: Vec<u8>,
    pub(super) look: Look,
    /// Permission bits.
    pub(super) mode: u32,
    /// How many names lead to it.
    pub(super) names: u64,
}

impl Look {
    fn of(data: &fs::Metadata) -> Self {
        let nanoseconds = |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
        Self {
            size: data.len(),
            modified: nanoseconds(data.mtime(), data.mtime_nsec()),
            changed: nanoseconds(data.ctime(), data.ctime_nsec()),
            inode: data.ino(),
        }
    }

    /// The look of a regular file, `None` when there is none.
    pub(super) fn at(path: &Path) -> Option<Self> {
        fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|data| Self::of(&data))
    }
}

/// Reads a file, `None` when there is none.
///
/// # Errors
/// It is a link or no regular file, it is too large, or this user may not read it.
pub(super) fn read(path: &Path) -> io::Result<Option<Found>> {
    read_up_to(path, LARGEST)
}

/// Reads a file of at most so many bytes, `None` when there is none.
///
/// # Errors
/// As [`read`].
pub(super) fn read_up_to(path: &Path, largest: u64) -> io::Result<Option<Found>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    found_up_to(&file, largest).map(Some)
}

/// What is in an open file.
///
/// # Errors
/// It is no regular file, or it is too large.
pub(super) fn found(file: &File) -> io::Result<Found> {
    found_up_to(file, LARGEST)
}

fn found_up_to(mut file: &File, largest: u64) -> io::Result<Found> {
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if data.len() > largest {
        return Err(io::Error::other(format!("it is larger than {} MiB", largest >> 20)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default());
    (&mut file).take(largest + 1).read_to_end(&mut bytes)?;
    Ok(Found { bytes, look: Look::of(&data), mode: data.mode() & 0o7777, names: data.nlink() })
}

/// What the system said, as a problem of a store.
pub(super) fn problem(path: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::PermissionDenied => file::denied(path),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Problem::Failed {
            path: path.to_owned(),
            reason: "there is no room on the disk; make some and try again".into(),
        },
        _ => Problem::Failed { path: path.to_owned(), reason: format!("{error}; look at the file and try again") },
    }
}

/// New content that waits beside a file for its turn. It goes away when it is dropped.
pub(super) struct Waiting {
    file: tempfile::NamedTempFile,
}

impl Waiting {
    /// Writes the content beside the file and makes it durable.
    pub(super) fn beside(path: &Path, bytes: &[u8], mode: u32, modified: Option<i128>) -> Result<Self> {
        let directory = path.parent().unwrap_or(Path::new("."));
        let write = || -> io::Result<tempfile::NamedTempFile> {
            let mut file = tempfile::Builder::new().prefix(".").suffix(TEMPORARY).tempfile_in(directory)?;
            file.write_all(bytes)?;
            file.as_file().set_permissions(Permissions::from_mode(mode))?;
            if let Some(time) = modified.and_then(time) {
                file.as_file().set_modified(time)?;
            }
            file.as_file().sync_all()?;
            Ok(file)
        };
        write().map(|file| Self { file }).map_err(|error| problem(path, &error))
    }

    /// Puts it in the file's place.
    pub(super) fn take_place(self, path: &Path) -> Result<()> {
        self.file.persist(path).map(|_| ()).map_err(|error| problem(path, &error.error))
    }
}

/// A time of a file, when the system can hold it.
fn time(nanoseconds: i128) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_nanos(u64::try_from(nanoseconds).ok()?))
}

/// Makes durable what happened to the names in a directory.
pub(super) fn settle(directory: &Path) -> Result<()> {
    File::open(directory).and_then(|opened| opened.sync_all()).map_err(|error| problem(directory, &error))
}

/// Removes what a process that died left beside the files of a directory.
pub(super) fn sweep(directory: &Path) {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let left = entries.map(|entry| entry.path()).filter(|path| is_temporary(path));
    for path in left {
        // What cannot be removed is in nobody's way.
        let _left = fs::remove_file(path);
    }
}

fn is_temporary(path: &Path) -> bool {
    path.file_name()
        .and_then(|name| name.to_str())
        .is_some_and(|name| name.starts_with('.') && name.ends_with(TEMPORARY))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_pipes_and_giants_are_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::write(at("a"), "text").unwrap();
        symlink(at("a"), at("link")).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        File::create(at("giant")).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(read(&at("a")).unwrap().unwrap().bytes, b"text");
        assert_eq!(read(&at("none")).unwrap(), None);
        for name in ["link", "pipe", "giant"] {
            assert!(read(&at(name)).is_err(), "{name}");
        }
    }

    #[test]
    fn a_file_written_in_place_looks_different_also_with_its_old_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        fs::write(&path, "one").unwrap();
        let before = Look::at(&path).unwrap();
        let same = |look: &Look| (look.size, look.modified, look.inode);
        // The clock of a file system moves on in steps of some milliseconds.
        let after = (0..2000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(1));
            fs::write(&path, "two").unwrap();
            File::options().write(true).open(&path).unwrap().set_modified(time(before.modified).unwrap()).unwrap();
            Look::at(&path).filter(|look| *look != before)
        });
        assert_eq!(same(&after.unwrap()), same(&before));
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_and_time_and_leftovers_go() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.md");
        fs::write(&path, "old").unwrap();
        fs::write(dir.path().join(".x.memtui-tmp"), "left behind").unwrap();
        Waiting::beside(&path, b"new", 0o640, Some(5_000_000_007)).unwrap().take_place(&path).unwrap();
        let found = read(&path).unwrap().unwrap();
        assert_eq!(
            (found.bytes.as_slice(), found.mode, found.look.modified),
            (b"new".as_slice(), 0o640, 5_000_000_007)
        );
        drop(Waiting::beside(&path, b"never", 0o600, None).unwrap());
        sweep(dir.path());
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
