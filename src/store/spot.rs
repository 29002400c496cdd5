//! A file's place below a directory, held by handles: no link on the way is followed, also none that is put there while
//! we work.

use std::{
    ffi::{OsStr, OsString},
    fs::{File, Permissions},
    io::{self, Write as _},
    os::{fd::OwnedFd, unix::fs::PermissionsExt as _},
    path::{Component, Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rustix::{
    fs::{AtFlags, CWD, Dir, Mode, OFlags, fsync, mkdirat, openat, renameat, unlinkat},
    io::Errno,
};

use super::{
    Result,
    disk::{self, Found, TEMPORARY},
};

/// Names of temporary files that are tried.
const TRIES: usize = 64;

/// A name in a directory that is open.
pub(super) struct Spot {
    /// The directories on the way, each as a name in the one above it.
    above: Vec<(OwnedFd, OsString)>,
    directory: OwnedFd,
    name: OsString,
    /// For messages.
    path: PathBuf,
}

impl Spot {
    /// The place of a file below a directory; with `make` the directories on the way are made.
    ///
    /// # Errors
    /// There is no such directory, a link or a file stands on the way, or this user may not go there.
    pub(super) fn reach(root: &Path, path: &Path, make: bool) -> io::Result<Self> {
        let parent = path.parent().unwrap_or(Path::new("."));
        let (root, below) = match parent.strip_prefix(root) {
            Ok(below) => (root, below),
            // What is imported from elsewhere has no root that it could leave.
            Err(_) => (parent, Path::new("")),
        };
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
        let mut directory = open_root(root)?;
        let mut above = Vec::new();
        for part in below.components() {
            let Component::Normal(part) = part else { return Err(io::ErrorKind::InvalidInput.into()) };
            let next = match enter(&directory, part) {
                Err(Errno::NOENT) if make => made(&directory, part)?,
                other => other?,
            };
            above.push((std::mem::replace(&mut directory, next), part.to_owned()));
        }
        Ok(Self { above, directory, name, path: path.to_owned() })
    }

    /// Reads the file, `None` when there is none.
    ///
    /// # Errors
    /// As [`disk::read`].
    pub(super) fn read(&self) -> io::Result<Option<Found>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match openat(&self.directory, &self.name, flags, Mode::empty()) {
            Err(Errno::NOENT) => Ok(None),
            opened => disk::found(&File::from(opened?)).map(Some),
        }
    }

    /// Removes the file.
    pub(super) fn remove(&self) -> Result<()> {
        self.told(unlinkat(&self.directory, &self.name, AtFlags::empty()))
    }

    /// Removes the directories on the way that have become empty, the innermost first.
    pub(super) fn clear(&self) {
        let mut above = self.above.iter().rev();
        // One that is not empty ends it, and so does one that somebody else needs.
        while above.next().is_some_and(|(directory, name)| unlinkat(directory, name, AtFlags::REMOVEDIR).is_ok()) {}
    }

    /// Makes durable what happened to the names in the directory.
    pub(super) fn settle(&self) -> Result<()> {
        self.told(fsync(&self.directory))
    }

    /// Removes what a process that died left in the directory.
    pub(super) fn sweep(&self) {
        for entry in Dir::read_from(&self.directory).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if name.to_bytes().starts_with(b".") && name.to_bytes().ends_with(TEMPORARY.as_bytes()) {
                // What cannot be removed is in nobody's way.
                let _left = unlinkat(&self.directory, name, AtFlags::empty());
            }
        }
    }

    fn told<T>(&self, done: rustix::io::Result<T>) -> Result<T> {
        done.map_err(|error| disk::problem(&self.path, &error.into()))
    }
}

/// New content that waits beside a file for its turn. It goes away when it is dropped.
pub(super) struct Waiting<'s> {
    spot: &'s Spot,
    /// Its name in the directory, until it has taken its place.
    name: Option<String>,
}

impl<'s> Waiting<'s> {
    /// Writes the content beside the file and makes it durable.
    pub(super) fn beside(spot: &'s Spot, bytes: &[u8], mode: u32, modified: Option<i128>) -> Result<Self> {
        let write = || -> io::Result<Self> {
            let (name, mut file) = temporary(&spot.directory)?;
            let waiting = Self { spot, name: Some(name) };
            file.write_all(bytes)?;
            file.set_permissions(Permissions::from_mode(mode))?;
            if let Some(time) = modified.and_then(time) {
                file.set_modified(time)?;
            }
            file.sync_all()?;
            Ok(waiting)
        };
        write().map_err(|error| disk::problem(&spot.path, &error))
    }

    /// Puts it in the file's place; with `new` only where there is no file.
    pub(super) fn take_place(mut self, new: bool) -> Result<()> {
        let (Some(name), directory, target) = (self.name.take(), &self.spot.directory, &self.spot.name) else {
            return Ok(());
        };
        let placed =
            if new { rename_new(directory, &name, target) } else { renameat(directory, &name, directory, target) };
        if placed.is_err() {
            self.name = Some(name);
        }
        self.spot.told(placed)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            // What stays is swept away before the next write.
            let _left = unlinkat(&self.spot.directory, name.as_str(), AtFlags::empty());
        }
    }
}

/// Opens a directory that a person named; a link of theirs is followed.
pub(super) fn open_root(root: &Path) -> io::Result<OwnedFd> {
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    Ok(openat(CWD, root, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?)
}

/// Opens a directory in another one; a link is not followed.
pub(super) fn enter(directory: &OwnedFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(directory, name, flags, Mode::empty())
}

/// Makes a directory for its owner only.
fn made(directory: &OwnedFd, name: &OsStr) -> rustix::io::Result<OwnedFd> {
    match mkdirat(directory, name, Mode::RWXU) {
        Ok(()) => fsync(directory)?,
        // Another program made it at this moment; whether it is a directory is seen when it is opened.
        Err(Errno::EXIST) => {}
        Err(error) => return Err(error),
    }
    enter(directory, name)
}

fn temporary(directory: &OwnedFd) -> io::Result<(String, File)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for _ in 0..TRIES {
        let nanoseconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!(".{:x}-{count:x}-{nanoseconds:x}{TEMPORARY}", std::process::id());
        match openat(directory, name.as_str(), flags, Mode::RUSR | Mode::WUSR) {
            Ok(file) => return Ok((name, File::from(file))),
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Gives a file another name that nothing has.
fn rename_new(directory: &OwnedFd, from: &str, to: &OsStr) -> rustix::io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    match rustix::fs::renameat_with(directory, from, directory, to, rustix::fs::RenameFlags::NOREPLACE) {
        // Not every file system can do it.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
        other => return other,
    }
    renameat(directory, from, directory, to)
}

/// A time of a file, when the system can hold it.
fn time(nanoseconds: i128) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_nanos(u64::try_from(nanoseconds).ok()?))
}
