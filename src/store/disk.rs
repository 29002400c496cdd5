//! Files on the disk: how they look, and reading them whole without following links.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::{MetadataExt as _, OpenOptionsExt as _},
    path::Path,
};

use rustix::fs::OFlags;

use crate::store::{Problem, sqlite::file};

/// Bytes; larger files are no memories, and products leave them out, too.
pub const LARGEST: u64 = 4 * 1024 * 1024;

/// What tells whether a file is another one or was written, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Look {
    pub(super) size: u64,
    /// Time of the last change of its content, in nanoseconds since 1970.
    pub(super) modified: i128,
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
        let modified = i128::from(data.mtime()) * 1_000_000_000 + i128::from(data.mtime_nsec());
        Self { size: data.len(), modified, inode: data.ino() }
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

/// [`read`] for files of at most so many bytes.
///
/// # Errors
/// As [`read`].
pub(super) fn read_up_to(path: &Path, most: u64) -> io::Result<Option<Found>> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    found_up_to(&file, most).map(Some)
}

/// What is in an open file.
///
/// # Errors
/// It is no regular file, or it is too large.
pub(super) fn found(file: &File) -> io::Result<Found> {
    found_up_to(file, LARGEST)
}

fn found_up_to(mut file: &File, most: u64) -> io::Result<Found> {
    let data = file.metadata()?;
    if !data.is_file() {
        return Err(io::Error::other("it is no regular file"));
    }
    if data.len() > most {
        return Err(io::Error::other(format!("it is larger than {} MiB", most >> 20)));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(data.len()).unwrap_or_default());
    (&mut file).take(most + 1).read_to_end(&mut bytes)?;
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
}
