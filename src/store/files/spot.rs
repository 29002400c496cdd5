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

use super::folder::{Layout, Source};
use crate::store::{
    Result,
    disk::{self, Found, LARGEST, TEMPORARY},
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
    /// The place of a source; `None` when the directory that it lies in is not there.
    ///
    /// # Errors
    /// A link or a file stands on the way, or this user may not go there.
    pub(super) fn of(source: &Source) -> io::Result<Option<Self>> {
        match Self::reach(source, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// The place of a source that is to be written. Of a memory tool's files the directories on the way are made.
    ///
    /// # Errors
    /// As [`Spot::of`], and when there is no such directory.
    pub(super) fn to_write(source: &Source) -> io::Result<Self> {
        Self::reach(source, makes_directories(source))
    }

    fn reach(source: &Source, make: bool) -> io::Result<Self> {
        let path = &source.path;
        let parent = path.parent().unwrap_or(Path::new("."));
        let (root, below) = match parent.strip_prefix(&source.folder.directory) {
            Ok(below) => (source.folder.directory.as_path(), below),
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
        Ok(Self { above, directory, name, path: path.clone() })
    }

    /// Reads the file, `None` when there is none.
    ///
    /// # Errors
    /// As [`disk::read`].
    pub(super) fn read(&self) -> io::Result<Option<Found>> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        match openat(&self.directory, &self.name, flags, Mode::empty()) {
            Err(Errno::NOENT) => Ok(None),
            opened => disk::found(&File::from(opened?), LARGEST).map(Some),
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

/// Whether directories are made and removed with the files in them.
pub(super) fn makes_directories(source: &Source) -> bool {
    source.folder.layout == Layout::Tool
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

/// Why a file must not be written: a link on the way to it would lead the write somewhere else.
pub(super) fn leads_astray(source: &Source) -> Option<String> {
    match Spot::of(source) {
        Ok(Some(_)) => None,
        Ok(None) if makes_directories(source) && source.folder.directory.is_dir() => None,
        Ok(None) => {
            let directory = source.path.parent().unwrap_or(Path::new("."));
            Some(format!("its directory {} is gone; make it again first", directory.display()))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Some(format!("its directory cannot be opened ({error})"))
        }
        Err(_) => Some("a link or a file on the way leads out of the directory; open that directory itself".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink, sync::Arc};

    use super::*;
    use crate::store::files::folder::Folder;

    fn source(root: &Path, relative: &str, layout: Layout) -> Source {
        let folder = Folder {
            label: String::new(),
            directory: root.to_owned(),
            layout,
            project: None,
            agent: String::new(),
            hold: None,
        };
        Arc::new(folder).source(relative).unwrap()
    }

    #[test]
    fn a_file_is_replaced_with_its_mode_and_time_and_leftovers_go() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.md"), "old").unwrap();
        fs::write(dir.path().join(".x.memtui-tmp"), "left behind").unwrap();
        let spot = Spot::to_write(&source(dir.path(), "a.md", Layout::Notes)).unwrap();
        let waiting = || Waiting::beside(&spot, b"new", 0o640, Some(5_000_000_007)).unwrap();
        assert!(waiting().take_place(true).is_err(), "there is one already");
        waiting().take_place(false).unwrap();
        let found = spot.read().unwrap().unwrap();
        assert_eq!(
            (found.bytes.as_slice(), found.mode, found.look.modified),
            (b"new".as_slice(), 0o640, 5_000_000_007)
        );
        drop(waiting());
        spot.sweep();
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_link_on_the_way_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (root, other) = (dir.path().join("root"), dir.path().join("other"));
        fs::create_dir_all(root.join("sub")).unwrap();
        fs::create_dir(&other).unwrap();
        fs::write(other.join("a.md"), "elsewhere").unwrap();
        symlink(&other, root.join("away")).unwrap();
        let at = |relative| source(&root, relative, Layout::Notes);
        assert_eq!(leads_astray(&at("sub/a.md")), None);
        assert!(leads_astray(&at("away/a.md")).unwrap().contains("leads out"));
        assert!(Spot::of(&at("away/a.md")).is_err());
        assert!(leads_astray(&at("gone/a.md")).unwrap().contains("is gone"));
        assert_eq!(leads_astray(&source(&root, "gone/a.md", Layout::Tool)), None, "it is made with the file");
    }

    #[test]
    fn directories_come_and_go_with_the_files_of_a_memory_tool() {
        let dir = tempfile::tempdir().unwrap();
        let spot = Spot::to_write(&source(dir.path(), "a/b/c.md", Layout::Tool)).unwrap();
        Waiting::beside(&spot, b"x", 0o600, None).unwrap().take_place(true).unwrap();
        let mode = fs::metadata(dir.path().join("a/b")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        fs::write(dir.path().join("a/kept"), "").unwrap();
        spot.remove().unwrap();
        spot.clear();
        assert!(dir.path().join("a/kept").exists() && !dir.path().join("a/b").exists());
    }
}
