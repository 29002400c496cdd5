//! Sample memories: a throwaway store in claude-mem's shape and a shared database, for `memtui demo` and for tests.
//!
//! The texts are assets (`assets/demo/*.toml`): five projects of one invented developer over ten months, written by
//! three agents, with everything in them that memtui can warn about. Times are offsets from now, so the demo never ages.

use std::path::Path;

use crate::{
    memory::EpochMs,
    store::{Problem, Result},
};

mod files;
mod fill;
mod queue;
mod sample;
mod shared;
mod when;

#[cfg(test)]
mod tests;

pub use queue::proposals;
pub use shared::{build_shared, shared_proposals, shared_writes};

/// What was put into a sample store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Built {
    /// Sessions.
    pub sessions: usize,
    /// Observations.
    pub observations: usize,
    /// Session summaries.
    pub summaries: usize,
    /// Prompts.
    pub prompts: usize,
}

/// Makes a new database of sample memories at `path`, as claude-mem 13.15 would have left it at the moment `now`, and
/// beside it a folder `code` with the checkouts that the memories speak of. The same `path` and `now` give the same
/// rows.
///
/// # Errors
/// [`Problem::Failed`] when something is at `path` already, or the database or a folder cannot be written.
pub fn build(path: &Path, now: EpochMs) -> Result<Built> {
    if path.symlink_metadata().is_ok() {
        return Err(failed(path, "there is something at this path already; the demo only writes new files"));
    }
    let samples = sample::all().map_err(|error| failed(path, error))?;
    let code = files::write_checkouts(path, &samples)?;
    fill::fill(path, &samples, &code, now).map_err(|error| failed(path, error))
}

fn failed(path: &Path, reason: impl std::fmt::Display) -> Problem {
    Problem::Failed { path: path.to_owned(), reason: reason.to_string() }
}
