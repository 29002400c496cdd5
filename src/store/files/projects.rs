//! Which project a folder of Claude Code is about. The folder's name is made from the project's path and cannot be
//! turned back; the transcripts in the folder know the path.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

/// Transcripts of a folder that are looked into.
const TRANSCRIPTS: usize = 8;
/// Bytes of a transcript that are looked at: its first lines name the directory.
const BEGINNING: u64 = 256 * 1024;
/// Longer names are cut here and get a hash.
const LONGEST: usize = 200;

/// Names that were found out, by folder and the time of its last change.
#[derive(Debug, Default)]
pub(super) struct Projects {
    known: HashMap<PathBuf, (Option<SystemTime>, String)>,
}

impl Projects {
    /// The project's name: the last part of its path, or the folder's own name where no transcript tells the path.
    pub(super) fn name(&mut self, folder: &Path) -> String {
        let changed = fs::metadata(folder).and_then(|data| data.modified()).ok();
        if let Some((at, name)) = self.known.get(folder)
            && *at == changed
        {
            return name.clone();
        }
        let own = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let path = root(folder, &own);
        let name = path.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or(own);
        self.known.insert(folder.to_owned(), (changed, name.clone()));
        name
    }
}

/// The path of the project: the working directory of a transcript, or the directory above it that gave the folder its
/// name. A directory that does not fit the name counts only when none does: a session may have moved on.
fn root(folder: &Path, name: &str) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let mut transcripts: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "jsonl")).collect();
    transcripts.sort_by_cached_key(|path| std::cmp::Reverse(fs::metadata(path).and_then(|data| data.modified()).ok()));
    let mut other = None;
    for transcript in transcripts.iter().take(TRANSCRIPTS) {
        let Some(directory) = working_directory(transcript) else { continue };
        if let Some(fitting) = directory.ancestors().find(|above| fits(above, name)) {
            return Some(fitting.to_owned());
        }
        other = other.or(Some(directory));
    }
    other
}

/// The first working directory that a transcript names.
fn working_directory(transcript: &Path) -> Option<PathBuf> {
    let file = File::open(transcript).ok().filter(|file| file.metadata().is_ok_and(|data| data.is_file()))?;
    BufReader::new(file.take(BEGINNING)).lines().map_while(Result::ok).filter(|line| line.contains("\"cwd\"")).find_map(
        |line| {
            let line: serde_json::Value = serde_json::from_str(&line).ok()?;
            Some(PathBuf::from(line.get("cwd")?.as_str()?)).filter(|path| path.is_absolute())
        },
    )
}

/// Whether a path gives that name: everything but letters and digits becomes a dash, and what is too long is cut.
fn fits(path: &Path, name: &str) -> bool {
    let sign = |sign: char| if sign.is_ascii_alphanumeric() { sign } else { '-' };
    let made: String = path.to_string_lossy().chars().map(sign).collect();
    match made.get(..LONGEST) {
        Some(cut) if made.len() > LONGEST => name.starts_with(cut),
        _ => made == name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transcript_tells_the_project_and_the_name_is_never_decoded() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("-home-me-my-app");
        fs::create_dir(&folder).unwrap();
        let mut projects = Projects::default();
        assert_eq!(projects.name(&folder), "-home-me-my-app");
        fs::write(
            folder.join("a.jsonl"),
            "{\"type\":\"summary\"}\nrubbish \"cwd\"\n{\"cwd\":\"/home/me/my-app/src\"}\n",
        )
        .unwrap();
        assert_eq!(projects.name(&folder), "my-app", "not `app`, and not `src`");
        let long = format!("/{}", "x".repeat(300));
        assert!(fits(Path::new(&long), &format!("-{}-1a2b", "x".repeat(199))));
        assert!(!fits(Path::new("/a/b"), "-a-c"));
    }
}
