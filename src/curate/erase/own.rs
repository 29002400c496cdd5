//! memtui's own files beside the ledger: what came into the inbox, and backups.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    curate::backup::{LEDGER, MANIFEST, Manifest},
    judge::Wording,
    ledger::{Beginning, Doomed, Ledger},
    store::{
        Expect, Intent, Make, Problem, Store, Sweep,
        backup::{self, Copied},
        sqlite::scrub::holds,
    },
};

/// The directory of the ledger, which holds the others.
fn home(ledger: &Path) -> &Path {
    ledger.parent().unwrap_or(Path::new("."))
}

/// The backups beside a ledger.
pub(super) fn backups(ledger: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(home(ledger).join("backups")).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| path.join(MANIFEST).is_file()).collect()
}

/// Removes files of proposals that quote these texts: those that were taken in, and those that were refused.
pub(super) fn sweep_inbox(ledger: &Path, wording: &Wording) {
    let inbox = home(ledger).join("inbox");
    for directory in ["done", "refused"].map(|name| inbox.join(name)) {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let quotes = |bytes: Vec<u8>| wording.is_quoted_in(&String::from_utf8_lossy(&bytes));
            if fs::read(entry.path()).is_ok_and(quotes) {
                // What cannot be removed is found by whoever looks for it in the directory.
                let _kept = fs::remove_file(entry.path());
            }
        }
    }
}

/// Erases the same memories in memtui's own backups of these stores. A sentence for each copy that still holds them.
pub(super) fn sweep_backups(
    stores: &[Arc<dyn Store>],
    ledger: &Ledger,
    doomed: &[Doomed],
    sweep: &Sweep<'_>,
) -> Vec<String> {
    let mut left = Vec::new();
    for directory in backups(ledger.path()) {
        let Ok(mut manifest) = Manifest::read(&directory) else { continue };
        for copied in &mut manifest.copies {
            if let Err(problem) = sweep_copy(stores, ledger, doomed, sweep, &directory, copied) {
                let at = directory.join(&copied.copy);
                left.push(format!("the copy {} may still hold it: {problem}; remove that backup", at.display()));
            }
        }
        let text = serde_json::to_vec_pretty(&manifest).map_err(std::io::Error::other);
        if let Err(error) = text.and_then(|text| fs::write(directory.join(MANIFEST), text)) {
            left.push(format!("{} could not be written: {error}", directory.join(MANIFEST).display()));
        }
    }
    left
}

fn sweep_copy(
    stores: &[Arc<dyn Store>],
    ledger: &Ledger,
    doomed: &[Doomed],
    sweep: &Sweep<'_>,
    directory: &Path,
    copied: &mut Copied,
) -> Result<(), Problem> {
    let at = directory.join(&copied.copy);
    if copied.name == LEDGER {
        sweep_ledger(&at, doomed, sweep)?;
    } else if let Some(store) = stores.iter().find(|store| store.about().path == copied.path) {
        let mine: Vec<&Doomed> = doomed.iter().filter(|it| is_of(ledger, it, &copied.path)).collect();
        if mine.is_empty() {
            return Ok(());
        }
        sweep_store(store.reopened(&at)?.as_ref(), &mine, sweep)?;
    } else {
        return Ok(());
    }
    backup::measure_again(copied, directory)
}

/// Whether the ledger knows the store of a memory at this path.
fn is_of(ledger: &Ledger, it: &Doomed, path: &Path) -> bool {
    ledger.store(it.store).ok().flatten().is_some_and(|(_, known)| Path::new(&known) == path)
}

/// Erases in the copy of a store, whatever the memories were when it was made.
fn sweep_store(copy: &dyn Store, doomed: &[&Doomed], sweep: &Sweep<'_>) -> Result<(), Problem> {
    let mut writer = copy.writer()?;
    for it in doomed {
        // Some stores know a memory by what it is; others have another version of it in an older copy.
        for expect in it.digest.map(Expect::Exactly).into_iter().chain([Expect::Anything]) {
            let intent = Intent { native: it.native.clone(), expect, make: Make::Erase };
            writer.apply(vec![intent], &mut |_: &[crate::change::Change]| Ok(()))?;
        }
    }
    // Nobody but memtui uses it.
    let left = writer.scrub(&Sweep { rewrite: true, ..*sweep })?;
    writer.rest();
    let path = &copy.about().path;
    let holds = |wording| path.is_file() && holds(path, wording).unwrap_or(false);
    if left.is_empty() && sweep.wording.is_some_and(holds) {
        let reason = "it still holds words of it".to_owned();
        return Err(Problem::Failed { path: path.clone(), reason });
    }
    left.into_iter().next().map_or(Ok(()), |reason| Err(Problem::Failed { path: copy.about().path.clone(), reason }))
}

/// Erases in the copy of a ledger.
fn sweep_ledger(at: &Path, doomed: &[Doomed], sweep: &Sweep<'_>) -> Result<(), Problem> {
    let nothing = Wording::default();
    let mut ledger = Ledger::open(at)?;
    let begin = Beginning {
        label: crate::change::Label::Erase,
        author: crate::ledger::YOU,
        reason: "erased in the ledger of which this is a copy",
        summary: "",
        at: crate::store::sqlite::writing::now(),
        planned: doomed.len(),
        of: None,
        proposal: None,
    };
    // What it never heard of it has nothing of.
    let known = |it: &&Doomed| ledger.store(it.store).is_ok_and(|store| store.is_some());
    let doomed: Vec<Doomed> = doomed.iter().filter(known).cloned().collect();
    let (operation, _) = ledger.begin_erasure(begin, &doomed, sweep.wording.unwrap_or(&nothing))?;
    ledger.close_erasure(operation, doomed.len(), &[])?;
    ledger.swept(&[operation], begin.at)?;
    ledger.sweep()?;
    drop(ledger);
    let _none = fs::remove_file(at.with_extension("lock"));
    Ok(())
}
