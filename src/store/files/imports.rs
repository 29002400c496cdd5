//! Files that files of instructions import: `@path` outside of code, relative to the importing file, four hops deep.

use std::{
    collections::HashSet,
    fs,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use super::{
    folder::{Folder, Source, Survey},
    pieces::{self, Form},
};
use crate::store::disk;

/// An import within an import within an import within an import is followed no further.
const HOPS: usize = 4;

/// Adds what the sources of a folder, those from `first` on, import.
pub(super) fn follow(folder: &Arc<Folder>, first: usize, survey: &mut Survey) {
    let mut known: HashSet<PathBuf> = survey.sources.iter().map(|source| source.path.clone()).collect();
    let mut wave: Vec<Source> = survey.sources.get(first..).unwrap_or_default().to_vec();
    for _ in 0..HOPS {
        let mut next = Vec::new();
        for source in wave.iter().filter(|source| source.agent == "claude" || source.imported_by.is_some()) {
            let Ok(Some(found)) = disk::read(&source.path) else { continue };
            for path in paths(&found.bytes) {
                let Some(target) = resolve(&source.path, &path, &folder.directory) else { continue };
                if !known.insert(target.clone()) {
                    continue;
                }
                match fs::symlink_metadata(&target) {
                    Ok(data) if data.is_file() => next.push(imported(folder, source, target)),
                    Ok(_) => {
                        survey.skipped.push((target, format!("imported by {}, is no regular file", source.native)));
                    }
                    Err(_) => survey.skipped.push((target, format!("imported by {}, is not there", source.native))),
                }
            }
        }
        if next.is_empty() {
            break;
        }
        survey.sources.extend(next.iter().cloned());
        wave = next;
    }
}

fn imported(folder: &Arc<Folder>, by: &Source, path: PathBuf) -> Source {
    let inside = path.strip_prefix(&folder.directory).ok().and_then(Path::to_str).map(str::to_owned);
    let outside = inside.is_none();
    Source {
        native: inside.map_or_else(|| path.to_string_lossy().into_owned(), |inside| folder.native(&inside)),
        path,
        form: Form::Sections,
        limit: None,
        imported_by: Some(by.native.clone()),
        outside,
        ..by.clone()
    }
}

/// The paths that a text imports.
fn paths(text: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for line in pieces::open_lines(text) {
        let line = String::from_utf8_lossy(line);
        // Every second part between backquotes is code.
        for part in line.split('`').step_by(2) {
            let words = part.split_whitespace().filter_map(|word| word.strip_prefix('@'));
            let words = words.map(|word| word.trim_end_matches([',', ';', ')', ':']).trim_end_matches('.'));
            found.extend(words.filter(|word| word.contains(['.', '/'])).map(str::to_owned));
        }
    }
    found
}

/// Where an import leads, without asking the disk; `None` when it is no path. `~` is the home directory.
fn resolve(importer: &Path, path: &str, root: &Path) -> Option<PathBuf> {
    let joined = match path.strip_prefix("~/") {
        Some(rest) => std::env::var_os("HOME").map_or_else(|| root.to_owned(), PathBuf::from).join(rest),
        None => importer.parent()?.join(path),
    };
    let mut plain = PathBuf::new();
    for part in joined.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_words_outside_of_code() {
        let text = b"See @docs/style.md, and @./a.md.\n`@no.md` but @b/c\n```\n@not.md\n```\nmail me@x.y or @name\n";
        assert_eq!(paths(text), ["docs/style.md", "./a.md", "b/c"]);
        let at = |path| resolve(Path::new("/p/sub/CLAUDE.md"), path, Path::new("/p"));
        assert_eq!(at("../x.md"), Some("/p/x.md".into()));
        assert_eq!(at("/etc/x.md"), Some("/etc/x.md".into()));
    }
}
