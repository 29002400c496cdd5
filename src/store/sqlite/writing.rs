//! A writing connection as every store in a database file keeps one: the lock, the guards, and one transaction that
//! plans, journals, writes and reads back.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode};

use super::{
    file::{self, FileId},
    open::{self, Opened},
    problem::from_sqlite,
    scrub,
};
use crate::{
    change::Change,
    memory::{EpochMs, Image, Record, Value},
    store::{Errand, Intent, Make, Outcome, Problem, Pulse, Result, Sweep},
};

/// Bytes of write-ahead log that one changed row may need: its pages, and those of a dozen indexes and a text index.
const LOG_PER_ROW: u64 = 96 * 1024;
/// Bytes that are needed for anything at all.
const LOG_AT_LEAST: u64 = 512 * 1024;

/// A change with what the store needs to know to carry it out.
pub struct Step<W> {
    /// The store's own words for what is to be written.
    pub what: W,
    /// The change as it is journalled.
    pub change: Change,
}

/// What an intent comes to.
pub enum Plan<W> {
    /// Nothing is written.
    Settled(Outcome),
    /// This is written.
    Do(Box<Step<W>>),
}

impl<W> Plan<W> {
    /// The plan to leave a memory alone, with the reason.
    pub const fn refused(reason: String) -> Self {
        Self::Settled(Outcome::Refused(reason))
    }
}

/// What a store knows of its own writing. All of it is asked under the database's write lock.
pub trait Craft {
    /// What a step needs to know beside its change.
    type What;

    /// What an intent comes to.
    ///
    /// # Errors
    /// What `SQLite` says.
    fn plan(&mut self, conn: &Connection, intent: &Intent) -> rusqlite::Result<Plan<Self::What>>;

    /// Writes a step.
    ///
    /// # Errors
    /// What `SQLite` says.
    fn carry_out(&self, conn: &Connection, step: &Step<Self::What>) -> rusqlite::Result<()>;

    /// Whether the memory of a step is now what it was to become.
    ///
    /// # Errors
    /// What `SQLite` says.
    fn is_so(&self, conn: &Connection, step: &Step<Self::What>) -> rusqlite::Result<bool>;
}

/// A writing connection.
#[derive(Debug)]
pub struct Writing {
    opened: Opened,
    path: PathBuf,
}

impl Writing {
    /// Opens a database for writing.
    ///
    /// # Errors
    /// Every [`Problem`] that a path can have.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self { opened: open::for_writing(path)?, path: path.to_owned() })
    }

    /// The connection.
    pub fn conn(&self) -> &Connection {
        &self.opened.conn
    }

    /// Which file is open.
    pub const fn file(&self) -> FileId {
        self.opened.file
    }

    /// The sentence for an error.
    pub fn problem(&self, error: &rusqlite::Error) -> Problem {
        from_sqlite(&self.path, error)
    }

    /// The path must still lead to the open file: a write into a replaced file damages the new one.
    ///
    /// # Errors
    /// [`Problem::Replaced`], [`Problem::Gone`].
    pub fn same_file(&self) -> Result<()> {
        match self.opened.file.pulse(&self.path) {
            Pulse::Same | Pulse::Changed => Ok(()),
            Pulse::Replaced => Err(Problem::Replaced(self.path.clone())),
            Pulse::Gone => Err(Problem::Gone(self.path.clone())),
        }
    }

    /// Whether a process other than this one has the database open; `true` when nobody can tell.
    pub fn in_company(&self) -> bool {
        super::locks::in_company(self.opened.file)
    }

    /// Takes the write lock for so many memories and makes sure of the file. The database's counter of schema changes.
    ///
    /// # Errors
    /// [`Problem::Busy`] when the lock was not to be had, and what [`Writing::same_file`] says.
    pub fn begin(&self, memories: usize) -> Result<i64> {
        self.same_file()?;
        if memories >= open::MANY && self.in_company() {
            // Where it cannot begin anew it is longer for a while.
            let _longer = open::begin_log_anew(&self.opened.conn);
        }
        self.batch("BEGIN IMMEDIATE")?;
        self.same_file()?;
        let asked = self.opened.conn.query_row("PRAGMA schema_version", [], |row| row.get(0));
        asked.map_err(|error| self.problem(&error))
    }

    /// Statements without an answer.
    ///
    /// # Errors
    /// What `SQLite` says.
    pub fn batch(&self, sql: &str) -> Result<()> {
        self.opened.conn.execute_batch(sql).map_err(|error| self.problem(&error))
    }

    /// Leaves a transaction that must have no effect.
    pub fn abandon(&self) {
        if !self.opened.conn.is_autocommit() {
            // A failed rollback leaves nothing to do: SQLite rolls back when the connection closes.
            let _ = self.opened.conn.execute_batch("ROLLBACK");
        }
    }

    /// Has the bytes of what is deleted overwritten when one of these intents erases. Whether one does.
    ///
    /// # Errors
    /// What the database says.
    pub fn overwrites_for(&self, intents: &[Intent]) -> Result<bool> {
        let erases = intents.iter().any(|intent| intent.make == Make::Erase);
        if erases {
            scrub::overwrite(self.conn(), true).map_err(|error| self.problem(&error))?;
        }
        Ok(erases)
    }

    /// What is deleted from now on is no longer overwritten.
    ///
    /// # Errors
    /// What the database says.
    pub fn stop_overwriting(&self) -> Result<()> {
        scrub::overwrite(self.conn(), false).map_err(|error| self.problem(&error))
    }

    /// Takes deleted bytes out of the file, of which these are the full-text indexes.
    ///
    /// # Errors
    /// What the database says.
    pub fn scrub(
        &self,
        full_text: Vec<String>,
        own: bool,
        fixed: Option<&'static str>,
        sweep: &Sweep<'_>,
    ) -> Result<Vec<String>> {
        self.same_file()?;
        let (conn, path, alone) = (self.conn(), self.path.as_path(), !self.in_company());
        let scrub = scrub::Scrub { conn, path, full_text, alone, fixed, own };
        scrub.run(sweep).map_err(|error| self.problem(&error))
    }

    /// Carries out intents in the transaction that was begun, and ends it. After an error it is for the caller to
    /// [`Writing::abandon`] it.
    ///
    /// # Errors
    /// As for [`crate::store::Writer::apply`].
    pub fn transact<C: Craft>(
        &self,
        craft: &mut C,
        intents: &[Intent],
        errand: &mut dyn Errand,
    ) -> Result<Vec<Outcome>> {
        let conn = &self.opened.conn;
        let (mut outcomes, mut steps, mut seen) = (Vec::with_capacity(intents.len()), Vec::new(), HashSet::new());
        for intent in intents {
            let plan = if seen.insert(intent.native.as_str()) {
                craft.plan(conn, intent).map_err(|error| self.problem(&error))?
            } else {
                Plan::refused(format!("{} is named twice in one step; do one after the other", intent.native))
            };
            outcomes.push(match plan {
                Plan::Settled(outcome) => outcome,
                Plan::Do(step) => {
                    // Bulk acts only put back or delete what once was there.
                    let single = intents.len() == 1 && !matches!(intent.make, Make::Delete | Make::Erase);
                    let refusal = if single { self.rehearse(|conn| craft.carry_out(conn, &step))? } else { None };
                    if refusal.is_none() {
                        steps.push(*step);
                    }
                    refusal.map_or(Outcome::Applied, Outcome::Refused)
                }
            });
        }
        if steps.is_empty() {
            self.batch("ROLLBACK")?;
            return Ok(outcomes);
        }
        let changes: Arc<Vec<Change>> = Arc::new(steps.iter().map(|step| step.change.clone()).collect());
        self.room_for(&changes)?;
        errand.journal(&changes)?;
        errand.durable()?;
        self.same_file()?;
        for step in &steps {
            craft.carry_out(conn, step).map_err(|error| self.problem(&error))?;
        }
        for step in &steps {
            if !craft.is_so(conn, step).map_err(|error| self.problem(&error))? {
                return Err(Problem::NotVerified { path: self.path.clone(), what: step.change.native.clone() });
            }
        }
        self.batch("COMMIT")?;
        Ok(outcomes)
    }

    /// Tries a single change out, so that a rule of the table (a closed list of types) becomes a reason instead of an
    /// error.
    ///
    /// # Errors
    /// What `SQLite` says of anything but a rule.
    pub fn rehearse(&self, write: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<Option<String>> {
        self.batch("SAVEPOINT rehearsal")?;
        let tried = write(&self.opened.conn);
        self.batch("ROLLBACK TO rehearsal; RELEASE rehearsal")?;
        match tried {
            Ok(()) => Ok(None),
            Err(rusqlite::Error::SqliteFailure(failure, said)) if failure.code == ErrorCode::ConstraintViolation => {
                let said = said.unwrap_or_else(|| failure.to_string());
                Ok(Some(format!("the database does not accept the new value ({said}); choose another one")))
            }
            Err(error) => Err(self.problem(&error)),
        }
    }

    /// Makes sure that the disk has room for changes.
    ///
    /// # Errors
    /// [`Problem::DiskFull`].
    pub fn room_for(&self, changes: &[Change]) -> Result<()> {
        let needed = LOG_AT_LEAST + 2 * content(changes) + LOG_PER_ROW * changes.len() as u64;
        match file::free_bytes(&self.path) {
            Some(free) if free < needed => Err(Problem::DiskFull { path: self.path.clone(), needed, free }),
            _ => Ok(()),
        }
    }
}

/// Bytes of the rows in changes, before and after.
pub fn content(changes: &[Change]) -> u64 {
    changes.iter().flat_map(|change| [&change.before, &change.after]).flatten().map(bytes_of).sum()
}

/// Bytes of the rows that are written for an image.
fn bytes_of(image: &Image) -> u64 {
    let of = |record: &Record| -> u64 { record.columns.iter().map(|(_, value)| value_bytes(value)).sum() };
    std::iter::once(&image.own).chain(&image.side).map(of).sum()
}

const fn value_bytes(value: &Value) -> u64 {
    match value {
        Value::Text(bytes) | Value::Blob(bytes) => bytes.len() as u64,
        Value::Null | Value::Integer(_) | Value::Real(_) => 8,
    }
}

/// This moment, for columns that say when a memory was changed.
pub fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}

/// Why a database cannot be written as far as its file says; `frozen` when it was opened as one that cannot change.
pub fn refused_by_the_file(path: &Path, frozen: bool) -> Option<String> {
    if frozen {
        return Some(
            "its directory cannot be written, so it was opened as a file that cannot change; what another program \
             writes now is not seen"
                .into(),
        );
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    let refused = |path: &Path| rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_err();
    (refused(path) || refused(directory))
        .then(|| "this user may not write the file or its directory; have the permissions changed".into())
}
