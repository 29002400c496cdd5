//! Where memtui's own files are, and how it is set.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    args::Global,
    fail::{Failure, one_of},
};
use crate::{
    config::{BadConfig, Config, Settings},
    curate::backup::Safeguard,
    keymap::{Keymap, Mistake},
    paths::Paths,
};

/// Where memtui's own files are, and how it is set.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) paths: Paths,
    pub(super) config: Config,
    pub(super) settings: Settings,
    /// The file of the saved views.
    pub(super) views: PathBuf,
}

impl Base {
    pub(super) fn of(global: &Global) -> Result<Self, Failure> {
        let paths = Paths::of_environment().map_err(|problem| Failure::Usage(problem.to_string()))?;
        Self::at(paths, global)
    }

    /// When stores are copied before they are changed.
    pub(super) fn safeguard(&self) -> Safeguard {
        Safeguard { directory: self.paths.backups(), over: self.config.backup_over }
    }

    /// With other places for memtui's own files.
    pub(super) fn at(paths: Paths, global: &Global) -> Result<Self, Failure> {
        let (base, mistakes) = Self::with_mistakes(paths, global);
        if mistakes.is_empty() { Ok(base) } else { Err(one_of(&mistakes)) }
    }

    /// As far as it goes: with everything in the settings that cannot be understood.
    pub(super) fn with_mistakes(paths: Paths, global: &Global) -> (Self, Vec<BadConfig>) {
        let (settings, mistakes) = Settings::load(&global.options, global.config.as_deref(), &paths.config_file);
        let views = paths.views_file();
        (Self { paths, config: settings.config.clone(), settings, views }, mistakes)
    }

    /// The file of settings, whether or not it is there.
    pub(super) fn config_file<'a>(&'a self, global: &'a Global) -> &'a Path {
        global.config.as_deref().unwrap_or(&self.paths.config_file)
    }

    /// The keys: the program's own, changed by the person's file if there is one.
    pub(super) fn keymap(&self) -> Result<Keymap, Failure> {
        self.keymap_mistakes().map_err(|mistakes| one_of(&mistakes))
    }

    /// The keys, or everything in the person's file that cannot be used, with its place.
    pub(super) fn keymap_mistakes(&self) -> Result<Keymap, Vec<String>> {
        let path = self.paths.keymap_file();
        match fs::read_to_string(&path) {
            Ok(own) => Keymap::with(&own).map_err(|mistakes| {
                let place = |mistake: &Mistake| format!("{}:{}: {}", path.display(), mistake.line, mistake.reason);
                mistakes.iter().map(place).collect()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Keymap::default()),
            Err(error) => Err(vec![format!("cannot read {}: {error}", path.display())]),
        }
    }
}
