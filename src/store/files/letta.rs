//! Letta's memory in a Git repository: what must not be written, and its commits as versions of a memory.

use super::{
    bench::Bench,
    folder::{Layout, Source},
    front::Front,
    git::Repository,
    record, tool,
};
use crate::{
    memory::Image,
    store::{Problem, Result, StoreVersion},
};

/// The name of a file in its repository.
fn path_of(source: &Source) -> Option<String> {
    let path = source.path.strip_prefix(&source.folder.directory).ok()?;
    path.to_str().filter(|_| source.folder.layout == Layout::Letta).map(str::to_owned)
}

/// Why a file must not be written now. `found` is what it holds.
pub(super) fn objection(source: &Source, found: &[u8]) -> Option<String> {
    let path = path_of(source)?;
    let repository = Repository(&source.folder.directory);
    if Front::read(found).get(found, "read_only").is_some_and(|value| value == "true") {
        return Some("its front matter says read_only: true; change that in a text editor, and commit it".to_owned());
    }
    if let Some(tree) = repository.reflecting() {
        return Some(format!(
            "Letta is reflecting on these memories in {}; a commit now could lose what it finds, so wait until it is done",
            tree.display()
        ));
    }
    match repository.uncommitted() {
        Ok(files) if files.contains(&path) => {
            Some("its file has changes that are not committed; commit them or take them back with git first".to_owned())
        }
        Ok(_) => None,
        Err(reason) => Some(reason),
    }
}

/// Commits what was written, and notes as merged the reflections of which all stands there now.
///
/// # Errors
/// [`Problem::Failed`] with what Git says; nothing was committed.
pub(super) fn commit(bench: &Bench) -> Result<()> {
    for folder in bench.survey.folders.iter().filter(|folder| folder.layout == Layout::Letta) {
        let changed = bench.drafts.values().filter(|draft| draft.source.folder == *folder && draft.is_changed());
        let (mut paths, mut words) = (Vec::new(), Vec::new());
        for draft in changed {
            let verb = match (&draft.found, draft.content()) {
                (_, None) => "remove",
                (None, Some(_)) => "add",
                (Some(_), Some(_)) => "change",
            };
            paths.extend(path_of(&draft.source));
            words.push(format!("{verb} {}", path_of(&draft.source).unwrap_or_default()));
        }
        if paths.is_empty() {
            continue;
        }
        let told = match words.as_slice() {
            [one] => format!("memtui: {one}"),
            all => format!("memtui: change {} memories\n\n{}", all.len(), all.join("\n")),
        };
        let repository = Repository(&folder.directory);
        let failed = |reason| Problem::Failed { path: folder.directory.clone(), reason };
        repository.commit(&paths, &told).map_err(failed)?;
        // What cannot be noted only waits to be merged as before.
        let _unmerged = repository.note_merged();
    }
    Ok(())
}

/// The commits of a memory's file, newest first; those in which it was not there are left out.
///
/// # Errors
/// [`Problem::Failed`] with what Git says.
pub(super) fn versions(source: &Source, now: &Image) -> Result<Vec<StoreVersion>> {
    let Some(path) = path_of(source) else { return Ok(Vec::new()) };
    let repository = Repository(&source.folder.directory);
    let failed = |reason| Problem::Failed { path: source.path.clone(), reason };
    let (mut versions, mut current) = (Vec::new(), true);
    for commit in repository.log(&path).map_err(failed)? {
        let Some(bytes) = repository.file_at(&commit.hash, &commit.path) else { continue };
        let image = record::with_text(now, &tool::title(source, &bytes), &bytes);
        let is_now = std::mem::take(&mut current) && image.same_memory(now);
        versions.push(StoreVersion {
            native: commit.hash.get(..10).unwrap_or(&commit.hash).to_owned(),
            at: Some(commit.at),
            note: format!("{}: {}", commit.author, commit.subject),
            current: is_now,
            image: Some(image),
        });
    }
    Ok(versions)
}
