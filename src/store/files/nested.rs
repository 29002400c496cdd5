//! Instructions in the directories below a project's: agents read them when they come to work there.

use std::{fs, path::Path, sync::Arc};

use super::folder::{DEEPEST, Folder, PROJECT, Rule, Survey};

/// Names of files that agents look for in every directory.
const NAMES: [&str; 4] = ["CLAUDE.md", "CLAUDE.local.md", "AGENTS.md", "GEMINI.md"];
/// Directories of other people's code and of what is made by machines.
const FOREIGN: [&str; 9] =
    ["node_modules", "target", "vendor", "dist", "build", "out", "venv", "__pycache__", "site-packages"];
/// Directories that are looked into: the rest of a very large project is left to its agents.
const MOST: usize = 4000;

/// The rule for a file below a project's directory, by its path within it.
pub(super) fn rule(relative: &str) -> Option<&'static Rule> {
    let (below, name) = relative.rsplit_once('/')?;
    let is_open = |part: &str| !part.starts_with('.') && !FOREIGN.contains(&part);
    let counts = NAMES.contains(&name) && below.split('/').all(is_open);
    PROJECT.iter().find(|rule| counts && rule.path == name)
}

/// Adds the files below a project's directory to a survey.
pub(super) fn look(folder: &Arc<Folder>, survey: &mut Survey) {
    let mut left = vec![(String::new(), 0)];
    let mut seen = 0;
    while let Some((relative, depth)) = left.pop() {
        seen += 1;
        if seen > MOST {
            let reason = format!("and what is beside it is left out: more than {MOST} directories");
            survey.skipped.push((folder.directory.join(relative), reason));
            return;
        }
        for name in directories(&folder.directory.join(&relative)) {
            let below = if relative.is_empty() { name } else { format!("{relative}/{name}") };
            for name in NAMES {
                let path = format!("{below}/{name}");
                if fs::symlink_metadata(folder.directory.join(&path)).is_ok_and(|data| data.is_file()) {
                    survey.sources.extend(folder.source(&path));
                }
            }
            if depth + 1 < DEEPEST {
                left.push((below, depth + 1));
            }
        }
    }
}

/// The directories in a directory that may hold instructions; links are not followed.
fn directories(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = directories.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| !name.starts_with('.') && !FOREIGN.contains(&name.as_str())).collect();
    names.sort_unstable();
    names
}
