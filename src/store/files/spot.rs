//! Where the files of a store are.

use std::{io, path::Path};

use super::folder::{Layout, Source};
use crate::store::spot::Spot;

impl Spot {
    /// The place of a source; `None` when the directory that it lies in is not there.
    ///
    /// # Errors
    /// A link or a file stands on the way, or this user may not go there.
    pub(super) fn of(source: &Source) -> io::Result<Option<Self>> {
        match Self::reach(&source.folder.directory, &source.path, false) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            other => other.map(Some),
        }
    }

    /// The place of a source that is to be written. Of a memory tool's files the directories on the way are made.
    ///
    /// # Errors
    /// As [`Spot::of`], and when there is no such directory.
    pub(super) fn to_write(source: &Source) -> io::Result<Self> {
        Self::reach(&source.folder.directory, &source.path, makes_directories(source))
    }
}

/// Whether directories are made and removed with the files in them.
pub(super) fn makes_directories(source: &Source) -> bool {
    matches!(source.folder.layout, Layout::Tool | Layout::Letta)
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
    use std::{
        fs,
        os::unix::fs::{PermissionsExt as _, symlink},
        sync::Arc,
    };

    use super::*;
    use crate::store::{files::folder::Folder, spot::Waiting};

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
