//! A reading connection as every store in a database file keeps one: which file it is, what changed, when to stop.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{
    file::FileId,
    open::{self, Opened},
    problem::from_sqlite,
};
use crate::store::{Cancel, Problem, Pulse, Result};

/// Virtual-machine steps between two looks at the cancel token; a look costs a nanosecond.
const STEPS: i32 = 1000;

/// A reading connection.
#[derive(Debug)]
pub struct Reading {
    opened: Opened,
    path: PathBuf,
    cancel: Cancel,
    /// The database's counter of other connections' commits.
    seen: i64,
}

impl Reading {
    /// Opens a database for reading.
    ///
    /// # Errors
    /// Every [`Problem`] that a path can have.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = open::for_reading(path)?;
        let mut reading = Self { opened, path: path.to_owned(), cancel: Cancel::default(), seen: 0 };
        reading.seen = reading.counter("data_version")?;
        Ok(reading)
    }

    /// The connection.
    pub fn conn(&self) -> &Connection {
        &self.opened.conn
    }

    /// Which file is open.
    pub const fn file(&self) -> FileId {
        self.opened.file
    }

    /// Whether the file could only be opened as one that cannot change.
    pub fn frozen(&self) -> bool {
        self.opened.frozen
    }

    /// The sentence for an error; what a superseded token interrupted is cancelled, whatever the error says.
    pub fn problem(&self, error: &rusqlite::Error) -> Problem {
        if self.cancel.is_cancelled() { Problem::Cancelled } else { from_sqlite(&self.path, error) }
    }

    /// From now on long reads stop when the token says so.
    pub fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel.clone();
        // Without the handler a question only runs to its end; the answer is dropped all the same.
        let _ = self.opened.conn.progress_handler(STEPS, Some(move || cancel.is_cancelled()));
    }

    /// A number that the database keeps: `data_version`, `schema_version`.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn counter(&self, pragma: &str) -> Result<i64> {
        self.opened
            .conn
            .prepare_cached(&format!("PRAGMA {pragma}"))
            .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
            .map_err(|error| self.problem(&error))
    }

    /// What happened to the file since the last call.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn pulse(&mut self) -> Result<Pulse> {
        match self.opened.file.pulse(&self.path) {
            Pulse::Same | Pulse::Changed => {}
            gone => return Ok(gone),
        }
        let now = self.counter("data_version")?;
        Ok(if std::mem::replace(&mut self.seen, now) == now { Pulse::Same } else { Pulse::Changed })
    }
}
