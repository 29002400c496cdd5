//! A look at a saved catalogue from outside: where it is, and whether it knows the store as it is now.

use std::path::{Path, PathBuf};

use rusqlite::params;

use super::{saved, verdict};
use crate::store::About;

/// What there is of a store's catalogue on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Its file, whether or not it is there.
    pub file: PathBuf,
    /// How many memories are in it; `None` when there is none that this program can use.
    pub memories: Option<usize>,
    /// Whether the store was not written since, as far as its files tell.
    pub current: bool,
}

/// Looks at the catalogue of a store in the cache directory. Nothing is written.
pub fn glance(directory: &Path, about: &About) -> Glance {
    let file = saved::file_for(directory, &about.identity, &about.path);
    let head = if file.is_file() { head(&file).ok() } else { None };
    let current = head.as_ref().is_some_and(|(_, stamp)| *stamp == saved::stamp(&about.path));
    Glance { file, memories: head.map(|(live, _)| live), current }
}

fn head(file: &Path) -> rusqlite::Result<(usize, saved::Stamp)> {
    saved::open_to_read(file)?.query_row(
        "SELECT live, stamp FROM head WHERE format = ?1 AND judging = ?2",
        params![saved::FORMAT, verdict::VERSION],
        |row| Ok((row.get::<_, u32>(0)? as usize, row.get(1)?)),
    )
}
