//! Where memtui keeps its own files. The XDG directories are honoured on every system.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
};

use directories::ProjectDirs;

use crate::store::native;

const NAME: &str = "memtui";

/// Where memtui keeps its own files. Nothing is created here; who writes a file creates its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    /// The settings; the person's own file, never written by memtui.
    pub config_file: PathBuf,
    /// What must not be lost: the ledger.
    pub data: PathBuf,
    /// What may be lost without harm but not rebuilt: histories, saved positions, logs.
    pub state: PathBuf,
    /// What is rebuilt when it is missing: the catalogue.
    pub cache: PathBuf,
}

/// There is no home directory to keep files in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no home directory to keep files in; set HOME, or all of XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME \
     and XDG_CACHE_HOME"
)]
pub struct NoHome;

impl Paths {
    /// The paths of this process's environment.
    ///
    /// # Errors
    /// There is neither a home directory nor a full set of XDG variables.
    pub fn of_environment() -> Result<Self, NoHome> {
        Self::with(|name| env::var_os(name))
    }

    /// The paths under these environment variables. By the
    /// [XDG specification](https://specifications.freedesktop.org/basedir-spec/latest/) a path that is not absolute is
    /// ignored; without one the system's own custom decides.
    ///
    /// # Errors
    /// There is neither a home directory nor a full set of XDG variables.
    pub fn with(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, NoHome> {
        let custom = ProjectDirs::from("", "", NAME);
        let place = |name: &str, custom_of: fn(&ProjectDirs) -> &Path| {
            let base = variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
            let named = base.map(|base| base.join(NAME));
            named.or_else(|| custom.as_ref().map(|dirs| custom_of(dirs).to_owned())).ok_or(NoHome)
        };
        Ok(Self {
            config_file: place("XDG_CONFIG_HOME", ProjectDirs::config_dir)?.join("config.toml"),
            data: place("XDG_DATA_HOME", ProjectDirs::data_dir)?,
            // Only Linux has a custom of its own for state.
            state: place("XDG_STATE_HOME", |dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()))?,
            cache: place("XDG_CACHE_HOME", ProjectDirs::cache_dir)?,
        })
    }

    /// The ledger's database.
    pub fn ledger(&self) -> PathBuf {
        self.data.join("ledger.db")
    }

    /// The directory into which other programs put files of proposals.
    pub fn inbox(&self) -> PathBuf {
        self.data.join("inbox")
    }

    /// What is found again at the next start.
    pub fn bookmarks(&self) -> PathBuf {
        self.state.join("bookmarks.json")
    }

    /// The stores that are switched off.
    pub fn switched_off(&self) -> PathBuf {
        self.state.join("stores-off.json")
    }

    /// How far a dream of somebody else's command was when it was broken off.
    pub fn dream_marks(&self) -> PathBuf {
        self.state.join("dream.json")
    }

    /// The shared database, for people who have one.
    pub fn shared(&self) -> PathBuf {
        self.data.join(native::FILE_NAME)
    }

    /// The directory of the backups.
    pub fn backups(&self) -> PathBuf {
        self.data.join("backups")
    }

    /// The directory of the saved catalogue.
    pub fn catalog(&self) -> PathBuf {
        self.cache.join("catalog")
    }

    /// The person's own keys.
    pub fn keymap_file(&self) -> PathBuf {
        self.config_file.with_file_name("keymap.toml")
    }

    /// The saved views.
    pub fn views_file(&self) -> PathBuf {
        self.config_file.with_file_name("views.toml")
    }

    /// The directory of the person's own themes.
    pub fn themes(&self) -> PathBuf {
        self.config_file.with_file_name("themes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(root: &str) -> impl Fn(&str) -> Option<OsString> {
        let root = root.to_owned();
        move |name| {
            let folder = name.strip_prefix("XDG_")?.strip_suffix("_HOME")?.to_lowercase();
            Some(format!("{root}/{folder}").into())
        }
    }

    #[test]
    fn xdg_directories_are_honoured_on_every_system() {
        let root = env::temp_dir();
        let paths = Paths::with(at(root.to_str().unwrap())).unwrap();
        assert_eq!(paths.config_file, root.join("config/memtui/config.toml"));
        assert_eq!(paths.ledger(), root.join("data/memtui/ledger.db"));
        assert_eq!(paths.inbox(), root.join("data/memtui/inbox"));
        assert_eq!(paths.state, root.join("state/memtui"));
        assert_eq!(paths.catalog(), root.join("cache/memtui/catalog"));
        assert_eq!(paths.keymap_file(), root.join("config/memtui/keymap.toml"));
        assert_eq!(paths.views_file(), root.join("config/memtui/views.toml"));
        assert_eq!(paths.themes(), root.join("config/memtui/themes"));
    }

    #[test]
    fn a_relative_directory_is_ignored() {
        let (relative, unset) = (Paths::with(at("somewhere")), Paths::with(|_| None));
        assert_eq!(relative, unset);
        if let Ok(paths) = relative {
            assert!(paths.data.is_absolute() && paths.data.ends_with(NAME));
        }
    }
}
