//! Files that memories name and that are gone from a checkout that is present on this machine.

use std::{
    collections::HashMap,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    path::{Component, Path, PathBuf},
};

/// How many different paths are looked at in one building of the catalogue; beyond it no more dead files are found,
/// and the catalogue says so.
const MOST: usize = 100_000;

/// Never looked into: asking for a path there can start a mount or wait for a network.
const CLOSED: [&str; 6] = ["/net", "/proc", "/sys", "/dev", "/run", "/media"];

/// What is known about paths, so that each is asked for once.
#[derive(Debug, Default)]
pub(crate) struct Files {
    dead: HashMap<u64, bool>,
    /// By directory: whether a checkout that is present holds it.
    checkouts: HashMap<PathBuf, bool>,
    pub(crate) exhausted: bool,
}

impl Files {
    /// Whether one of the files is gone while the checkout that held it is here.
    pub(crate) fn any_dead(&mut self, files: &[&str]) -> bool {
        self.first_dead(files.iter().copied()).is_some()
    }

    /// The first of the files that is gone while the checkout that held it is here.
    pub(crate) fn first_dead<'a>(&mut self, mut files: impl Iterator<Item = &'a str>) -> Option<&'a str> {
        files.find(|file| self.is_dead(file))
    }

    /// Whether this is a file that is there, in a checkout that is present.
    pub(crate) fn is_here(&mut self, file: &str) -> bool {
        let path = Path::new(file);
        may_be_asked(path) && path.is_file() && path.parent().is_some_and(|parent| self.in_checkout(parent))
    }

    /// Whether this file is gone while the checkout that held it is here.
    pub(crate) fn is_dead(&mut self, file: &str) -> bool {
        let path = Path::new(file);
        if !may_be_asked(path) {
            return false;
        }
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(file);
        if let Some(dead) = self.dead.get(&hash) {
            return *dead;
        }
        if self.dead.len() >= MOST {
            self.exhausted = true;
            return false;
        }
        let dead = path.parent().is_some_and(|parent| self.in_checkout(parent)) && is_missing(path);
        self.dead.insert(hash, dead);
        dead
    }

    /// Whether this directory, or one above it, is the root of a checkout that is present.
    fn in_checkout(&mut self, directory: &Path) -> bool {
        if let Some(known) = self.checkouts.get(directory) {
            return *known;
        }
        let answer = directory.join(".git").symlink_metadata().is_ok()
            || directory.parent().is_some_and(|parent| self.in_checkout(parent));
        if self.checkouts.len() < MOST {
            self.checkouts.insert(directory.to_owned(), answer);
        }
        answer
    }
}

/// Whether a path can be asked for: it is whole, leads nowhere round about, and asking does not wait for anybody.
fn may_be_asked(path: &Path) -> bool {
    let upwards = path.components().any(|part| matches!(part, Component::ParentDir));
    path.is_absolute() && !upwards && !CLOSED.iter().any(|closed| path.starts_with(closed))
}

/// Whether there is certainly nothing at the path; no permission to look is no proof.
fn is_missing(path: &Path) -> bool {
    path.symlink_metadata()
        .is_err_and(|error| matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_present_checkout_has_dead_files() {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(home.path().join("here/.git")).unwrap();
        std::fs::write(home.path().join("here/alive.rs"), "").unwrap();
        let dead = |name: &str| {
            let path = home.path().join(name);
            Files::default().any_dead(&[path.to_str().unwrap()])
        };
        assert!(dead("here/src/gone.rs"));
        assert!(!dead("here/alive.rs"));
        assert!(!dead("elsewhere/src/gone.rs"));
        std::fs::write(home.path().join("stray.rs"), "").unwrap();
        let here = |name: &str| Files::default().is_here(home.path().join(name).to_str().unwrap());
        assert!(here("here/alive.rs"));
        for other in ["here", "here/gone.rs", "stray.rs", "here/../here/alive.rs"] {
            assert!(!here(other), "{other}");
        }
        assert!(!Files::default().is_here("here/alive.rs") && !Files::default().is_here("/proc/self/environ"));
        assert!(!Files::default().any_dead(&["src/gone.rs", "/proc/nothing/x"]));
        let names = ["here/alive.rs", "here/gone.rs"].map(|name| home.path().join(name).to_str().unwrap().to_owned());
        let first = Files::default().first_dead(names.iter().map(String::as_str)).map(str::to_owned);
        assert_eq!(first.as_ref(), names.get(1), "the one that is gone is named");
    }
}
