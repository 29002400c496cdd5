//! How far a run that was broken off had come, so that the same run goes on there.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// What is kept of one run; another run takes its place.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// What was asked for, as a hash.
    run: String,
    /// The batches that were answered, as hashes.
    done: BTreeSet<String>,
}

/// The batches of a run that were answered.
#[derive(Debug)]
pub(super) struct Marks {
    file: PathBuf,
    kept: Kept,
}

/// A short name for these parts.
pub(super) fn hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut name = String::new();
    for byte in hash.finalize() {
        // Writing into a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}

impl Marks {
    /// Those of this run; none when it was another one that was broken off, or none.
    pub(super) fn of(file: PathBuf, run: String) -> Self {
        let kept = fs::read(&file).ok().and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
        let kept = kept.filter(|kept| kept.run == run).unwrap_or_else(|| Kept { run, done: BTreeSet::new() });
        Self { file, kept }
    }

    pub(super) fn is_done(&self, batch: &str) -> bool {
        self.kept.done.contains(batch)
    }

    /// Writes down that a batch was answered.
    ///
    /// # Errors
    /// The file cannot be written.
    pub(super) fn done(&mut self, batch: String) -> io::Result<()> {
        self.kept.done.insert(batch);
        let directory = self.file.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(directory)?;
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        serde_json::to_writer(&mut file, &self.kept)?;
        file.persist(&self.file).map_err(|error| error.error)?;
        Ok(())
    }

    /// The run came to its end: the next one begins anew.
    pub(super) fn clear(self) {
        // A file that stays only means that the same run would find nothing left to ask.
        let _ = fs::remove_file(&self.file);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_run_goes_on_and_another_begins_anew() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("deep/dream.json");
        Marks::of(file.clone(), "a".to_owned()).done("1".to_owned()).unwrap();
        assert!(Marks::of(file.clone(), "a".to_owned()).is_done("1"));
        assert!(!Marks::of(file.clone(), "b".to_owned()).is_done("1"));
        Marks::of(file.clone(), "a".to_owned()).clear();
        assert!(!file.exists());
        assert_ne!(hash(["ab", "c"]), hash(["a", "bc"]));
    }
}
