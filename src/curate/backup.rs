//! Backups: whole copies of stores and of the ledger, and putting them back.

use std::{
    fs,
    io::Write as _,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{CurateProblem, Curator};
use crate::{
    memory::EpochMs,
    store::{
        Problem,
        backup::{self, Copied},
    },
};

/// The list of a backup; a directory without it is none, so it is written last.
pub const MANIFEST: &str = "backup.json";

/// The name of the ledger's copy.
pub const LEDGER: &str = "ledger";

/// What a backup holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// When it was made.
    pub made: EpochMs,
    /// Which memtui made it.
    pub memtui: String,
    /// Its copies.
    pub copies: Vec<Copied>,
}

/// When a store is copied before it is changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Safeguard {
    /// Where backups go.
    pub directory: PathBuf,
    /// An act on more memories than this is preceded by a copy of their stores; 0 for never.
    pub over: usize,
}

/// Told which copy is made, and how far it is as a share; `Break` stops it.
pub type Copying<'a> = &'a mut dyn FnMut(&str, u64, u64) -> ControlFlow<()>;

impl Manifest {
    /// The list of the backup in a directory.
    ///
    /// # Errors
    /// [`Problem::NotAStore`] when the directory is no backup, with the reason.
    pub fn read(directory: &Path) -> Result<Self, Problem> {
        let path = directory.join(MANIFEST);
        let no_backup = |reason: String| Problem::NotAStore { path: directory.to_owned(), reason };
        let text = fs::read(&path).map_err(|error| {
            no_backup(format!("this is no backup ({MANIFEST}: {error}); `memtui backup --list` names those there are"))
        })?;
        serde_json::from_slice(&text).map_err(|error| no_backup(format!("its {MANIFEST} cannot be read: {error}")))
    }
}

impl Curator {
    /// From now on acts on many memories are preceded by a copy of their stores.
    #[must_use]
    pub fn guarded(mut self, safeguard: Option<Safeguard>) -> Self {
        self.safeguard = safeguard;
        self
    }

    /// Copies the ledger and the stores at these places in the list, or all of them, into a directory that it makes.
    /// No act runs meanwhile; other programs are not kept waiting.
    ///
    /// # Errors
    /// [`CurateProblem`] when something cannot be read or written; what was copied until then is taken away.
    pub fn backup(
        &mut self,
        into: &Path,
        stores: Option<&[u8]>,
        now: EpochMs,
        step: Copying<'_>,
    ) -> Result<Manifest, CurateProblem> {
        let _turn = self.ledger.as_ref().ok().map(crate::ledger::Ledger::take_turn).transpose()?;
        self.copy(into, stores, now, step)
    }

    fn copy(
        &mut self,
        into: &Path,
        stores: Option<&[u8]>,
        now: EpochMs,
        step: Copying<'_>,
    ) -> Result<Manifest, CurateProblem> {
        let wrong = |error: std::io::Error| Problem::Failed { path: into.to_owned(), reason: error.to_string() };
        private_directory(into).map_err(wrong)?;
        let copies = self.copies(into, stores, step).and_then(|copies| write_manifest(into, copies, now));
        // A part of a backup is none.
        Ok(copies.inspect_err(|_| drop(fs::remove_dir_all(into)))?)
    }

    fn copies(&self, into: &Path, stores: Option<&[u8]>, step: Copying<'_>) -> Result<Vec<Copied>, Problem> {
        let mut copies = Vec::new();
        let wanted = |place: usize| stores.is_none_or(|stores| stores.iter().any(|store| usize::from(*store) == place));
        for (_, site) in self.sites.iter().enumerate().filter(|(place, _)| wanted(*place)) {
            let about = site.store.about();
            // A server has its own way of being copied.
            if site.store.is_served() {
                continue;
            }
            let told = &mut |done, all| step(&about.name, done, all);
            copies.push(backup::copy(&about.path, site.store.files(), (&about.name, about.product), into, told)?);
        }
        if let Ok(ledger) = &self.ledger {
            let told = &mut |done, all| step(LEDGER, done, all);
            copies.push(backup::copy(ledger.path(), None, (LEDGER, "memtui"), into, told)?);
        }
        Ok(copies)
    }

    /// Puts copies of a backup back: those with these names, or all. All of them are read and compared with the list
    /// before the first is put back, and what is there now is copied into `safety` before that.
    ///
    /// # Errors
    /// [`CurateProblem`] when the backup is none or damaged, or something cannot be written.
    pub fn restore(
        &mut self,
        directory: &Path,
        only: &[String],
        safety: &Path,
        now: EpochMs,
        step: Copying<'_>,
    ) -> Result<Vec<Copied>, CurateProblem> {
        let chosen = chosen(directory, only)?;
        chosen.iter().try_for_each(|copied| backup::verify(copied, directory))?;
        let _turn = self.ledger.as_ref().ok().map(crate::ledger::Ledger::take_turn).transpose()?;
        let wrong = |error: std::io::Error| Problem::Failed { path: safety.to_owned(), reason: error.to_string() };
        private_directory(safety).map_err(wrong)?;
        let mut copies = Vec::new();
        for copied in chosen.iter().filter(|copied| copied.path.exists()) {
            let Copied { name, product, path, .. } = copied;
            let told = &mut |done, all| step(name, done, all);
            match backup::copy(path, backup::replaced(copied, directory)?, (name, product), safety, told) {
                // What cannot be read as what it is may be why somebody restores it: its bytes are kept.
                Err(Problem::Damaged { .. } | Problem::NotAStore { .. }) => backup::keep_bytes(path, name, safety)?,
                made => copies.push(made?),
            }
        }
        write_manifest(safety, copies, now)?;
        chosen.iter().try_for_each(|copied| backup::put_back(copied, directory))?;
        // What is open shows what was there before.
        self.sites.iter_mut().for_each(|site| (site.reader, site.writer) = (None, None));
        Ok(chosen)
    }

    /// Copies the stores of an act before it begins, if it is about so many memories. What is taken back or done again
    /// stands in the ledger already and needs no copy.
    pub(super) fn safeguard(&mut self, planned: usize, stores: &[u8], now: EpochMs) -> Result<(), CurateProblem> {
        let Some(Safeguard { directory, over }) = self.safeguard.clone() else { return Ok(()) };
        if over == 0 || planned <= over || stores.is_empty() {
            return Ok(());
        }
        self.copy(&directory.join(name_of(now)), Some(stores), now, &mut |_, _, _| ControlFlow::Continue(()))?;
        Ok(())
    }
}

/// The copies of a backup that have these names; all without names.
///
/// # Errors
/// [`Problem::NotAStore`] when the directory is no backup or has no copy of a name.
pub fn chosen(directory: &Path, only: &[String]) -> Result<Vec<Copied>, Problem> {
    let manifest = Manifest::read(directory)?;
    if let Some(strange) = only.iter().find(|name| manifest.copies.iter().all(|copied| copied.name != **name)) {
        let names = manifest.copies.iter().map(|copied| copied.name.as_str()).collect::<Vec<_>>().join(", ");
        let reason = format!("it has no copy `{strange}`; it has {names}");
        return Err(Problem::NotAStore { path: directory.to_owned(), reason });
    }
    Ok(manifest.copies.into_iter().filter(|copied| only.is_empty() || only.contains(&copied.name)).collect())
}

/// The name of a backup that is made at a moment, in UTC: names in order are backups in order.
pub fn name_of(now: EpochMs) -> String {
    let moment = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
    moment.format("%Y-%m-%dT%H-%M-%S%.3fZ").to_string()
}

fn write_manifest(directory: &Path, copies: Vec<Copied>, now: EpochMs) -> Result<Manifest, Problem> {
    let manifest = Manifest { made: now, memtui: env!("CARGO_PKG_VERSION").to_owned(), copies };
    let text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::other);
    // What is there is about to be replaced, or the person counts on it: it is on the disk, and so are the names.
    let write = |text: Vec<u8>| {
        let mut file = fs::File::create(directory.join(MANIFEST))?;
        file.write_all(&text)?;
        file.sync_all()?;
        let holders = directory.ancestors().take(2).filter(|holder| holder.is_dir());
        holders.map(fs::File::open).try_for_each(|holder| holder?.sync_all())
    };
    let written = text.and_then(write);
    let wrong = |error: std::io::Error| Problem::Failed { path: directory.to_owned(), reason: error.to_string() };
    written.map(|()| manifest).map_err(wrong)
}

fn private_directory(path: &Path) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // Not one that is there: what is in it would be taken for part of the backup.
    std::os::unix::fs::DirBuilderExt::mode(&mut fs::DirBuilder::new(), 0o700).create(path)
}
