//! Checkouts for the sample memories: a memory can only name a file that is gone when the rest of the project is there.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{failed, sample::Sample};
use crate::store::Result;

/// Where the paths of projects without a checkout begin; nothing is ever looked up there.
const ELSEWHERE: &str = "/home/sam/code";

/// Where the projects' folders are.
pub(super) struct Code {
    root: PathBuf,
}

impl Code {
    /// The path of a file as a memory of this project names it.
    pub(super) fn path(&self, sample: &Sample, file: &str) -> String {
        if file.starts_with('/') || file.starts_with('~') {
            return file.to_owned();
        }
        let root = if sample.checkout { self.root.display().to_string() } else { ELSEWHERE.to_owned() };
        format!("{root}/{}/{file}", sample.folder)
    }
}

/// Writes the checkouts into the folder `code` beside the database: all files that memories name, but the gone ones.
pub(super) fn write_checkouts(database: &Path, samples: &[Sample]) -> Result<Code> {
    let beside = database.parent().unwrap_or(Path::new("")).join("code");
    let root = std::path::absolute(&beside).map_err(|error| failed(&beside, error))?;
    for sample in samples.iter().filter(|sample| sample.checkout) {
        let folder = root.join(&sample.folder);
        write(&folder.join(".git/HEAD"), "ref: refs/heads/main\n")?;
        let named = sample.sessions.iter().flat_map(|session| &session.observations);
        for file in named.flat_map(|observation| observation.read.iter().chain(&observation.modified)) {
            if !sample.gone.contains(file) && !file.starts_with(['/', '~']) {
                write(&folder.join(file), "A file of memtui's demo: the memories name it, nothing reads it.\n")?;
            }
        }
    }
    Ok(Code { root })
}

fn write(file: &Path, text: &str) -> Result<()> {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, text));
    written.map_err(|error| failed(file, error))
}
