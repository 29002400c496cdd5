//! The writing half of a mapped table: one short transaction that guards, journals, writes and reads back.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode};

use super::{
    Place, compose,
    plan::{self, Plan, Planner, Step},
    record,
    shape::Shape,
};
use crate::{
    change::Change,
    memory::{EpochMs, Image, Record, Value},
    store::{
        Composed, Errand, Intent, Make, Outcome, Problem, Pulse, Result, Writer,
        sqlite::{
            cell, file, full_text, locks,
            open::{self, Opened},
            table::{quote, update},
        },
    },
};

/// Bytes of write-ahead log that one changed row may need: its pages, and those of its indexes.
const LOG_PER_ROW: u64 = 64 * 1024;
/// Bytes that are needed for anything at all.
const LOG_AT_LEAST: u64 = 512 * 1024;

/// Why a table cannot be written for what is, or is not, in its database.
pub(super) fn objection(conn: &Connection, shape: &Shape) -> Option<String> {
    if !shape.unknown.is_empty() {
        return Some(format!("{}; memtui could not take its writes back", shape.unknown.join("; ")));
    }
    let fts = shape.full_text.as_ref()?;
    let question = format!("SELECT rowid FROM {0} WHERE {0} MATCH '\"memtui\"' LIMIT 1", quote(fts));
    let works = conn.prepare(&question).and_then(|mut statement| statement.query([])?.next().map(|_| ()));
    match works {
        Err(error) if full_text::is_unusable(&error) => {
            Some(format!("the full-text index {fts} cannot be used ({error}); rebuild it"))
        }
        _ => None,
    }
}

/// A writing connection to a mapped table.
pub(super) struct TableWriter {
    place: Arc<Place>,
    opened: Opened,
    shape: Shape,
}

impl TableWriter {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let opened = open::for_writing(&place.path)?;
        let shape = place.shape(&opened.conn)?;
        if let Some(reason) = objection(&opened.conn, &shape) {
            return Err(place.read_only(reason));
        }
        Ok(Self { place, opened, shape })
    }

    fn problem(&self, error: &rusqlite::Error) -> Problem {
        self.place.problem(error)
    }

    fn batch(&self, sql: &str) -> Result<()> {
        self.opened.conn.execute_batch(sql).map_err(|error| self.problem(&error))
    }

    fn counter(&self, pragma: &str) -> Result<i64> {
        let asked = self.opened.conn.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0));
        asked.map_err(|error| self.problem(&error))
    }

    /// The path must still lead to the open file: a write into a replaced file damages the new one.
    fn same_file(&self) -> Result<()> {
        match self.opened.file.pulse(&self.place.path) {
            Pulse::Same | Pulse::Changed => Ok(()),
            Pulse::Replaced => Err(Problem::Replaced(self.place.path.clone())),
            Pulse::Gone => Err(Problem::Gone(self.place.path.clone())),
        }
    }

    /// Takes the write lock and makes sure of file and schema.
    fn begin(&mut self) -> Result<()> {
        self.same_file()?;
        self.batch("BEGIN IMMEDIATE")?;
        self.same_file()?;
        if self.counter("schema_version")? != self.shape.cookie {
            self.shape = self.place.shape(&self.opened.conn)?;
            if let Some(reason) = objection(&self.opened.conn, &self.shape) {
                return Err(self.place.read_only(reason));
            }
        }
        Ok(())
    }

    fn transact(&mut self, intents: &[Intent], errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        self.begin()?;
        let (mut outcomes, mut steps, mut seen) = (Vec::with_capacity(intents.len()), Vec::new(), HashSet::new());
        let (alone, now) = (intents.len() == 1, now());
        for intent in intents {
            let plan = if seen.insert(intent.native.as_str()) {
                let planner = Planner { conn: &self.opened.conn, shape: &self.shape, now };
                planner.plan(intent).map_err(|error| self.problem(&error))?
            } else {
                plan::refused(format!("{} is named twice in one step; do one after the other", intent.native))
            };
            outcomes.push(match plan {
                Plan::Settled(outcome) => outcome,
                Plan::Do(step) => {
                    let refusal = if alone { self.rehearse(&step, intent)? } else { None };
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
            self.carry_out(step).map_err(|error| self.problem(&error))?;
        }
        for step in &steps {
            if !self.is_so(step)? {
                return Err(Problem::NotVerified { path: self.place.path.clone(), what: step.change.native.clone() });
            }
        }
        self.batch("COMMIT")?;
        Ok(outcomes)
    }

    /// A single change is tried out first, so that a rule of the table becomes a reason instead of an error. Bulk acts
    /// only put back or delete what once was there.
    fn rehearse(&self, step: &Step, intent: &Intent) -> Result<Option<String>> {
        if matches!(intent.make, Make::Delete) {
            return Ok(None);
        }
        self.batch("SAVEPOINT rehearsal")?;
        let tried = self.carry_out(step);
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

    fn room_for(&self, changes: &[Change]) -> Result<()> {
        let images = changes.iter().flat_map(|change| [&change.before, &change.after]).flatten();
        let content: u64 = images.flat_map(|image| &image.own.columns).map(|(_, value)| bytes_of(value)).sum();
        let needed = LOG_AT_LEAST + 2 * content + LOG_PER_ROW * changes.len() as u64;
        match file::free_bytes(&self.place.path) {
            Some(free) if free < needed => Err(Problem::DiskFull { path: self.place.path.clone(), needed, free }),
            _ => Ok(()),
        }
    }

    fn carry_out(&self, step: &Step) -> rusqlite::Result<()> {
        let conn = &self.opened.conn;
        let (before, after) = (&step.change.before, &step.change.after);
        let sides = |image: &Option<Image>| image.as_ref().map(|image| image.side.clone()).unwrap_or_default();
        let moved = sides(before) != sides(after) || after.is_none();
        for child in self.shape.children.iter().filter(|child| moved && self.leaves(after.as_ref(), &child.table.name))
        {
            let Some(key) = before.as_ref().and_then(|image| image.own.get(&child.to)) else { continue };
            let sql = format!("DELETE FROM {} WHERE {} = ?1", quote(&child.table.name), quote(&child.column));
            conn.prepare_cached(&sql)?.execute([cell::parameter(key)])?;
        }
        match (before, after) {
            (_, None) => {
                let sql = format!("DELETE FROM {} WHERE rowid = ?1", self.shape.from());
                conn.prepare_cached(&sql)?.execute([step.rowid])?;
            }
            (None, Some(after)) => insert(conn, &after.own)?,
            (Some(before), Some(after)) => update(conn, step.rowid, &before.own, &after.own)?,
        }
        let Some(after) = after else { return Ok(()) };
        for side in after.side.iter().filter(|_| moved) {
            insert(conn, side)?;
        }
        // What stands aside comes back with its memory, and is left alone when the memory was there all the time.
        for aside in after.parents.iter().filter(|_| before.is_none()) {
            insert(conn, aside)?;
        }
        Ok(())
    }

    /// Whether the rows of a child table go when a memory becomes this: what stands aside goes only with the memory.
    fn leaves(&self, after: Option<&Image>, child: &str) -> bool {
        after.is_none() || !self.shape.product.aside.contains(&child)
    }

    fn read(&self, rowid: i64) -> Result<Option<Image>> {
        record::read(&self.opened.conn, &self.shape, rowid).map_err(|error| self.problem(&error))
    }

    fn is_so(&self, step: &Step) -> Result<bool> {
        Ok(match (&self.read(step.rowid)?, &step.change.after) {
            (Some(now), Some(after)) => now.own == after.own && now.side == after.side,
            (now, after) => now.is_none() && after.is_none(),
        })
    }
}

impl Writer for TableWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let result = self.transact(&first, errand);
        if result.is_err() && !self.opened.conn.is_autocommit() {
            // A failed rollback leaves nothing to do: SQLite rolls back when the connection closes.
            let _ = self.opened.conn.execute_batch("ROLLBACK");
        }
        result
    }

    fn compose(&mut self, records: &[Record]) -> Result<Vec<Composed>> {
        self.same_file()?;
        compose::compose(&self.opened.conn, &self.shape, records, now())?.map_err(|error| self.problem(&error))
    }

    fn company(&mut self) -> bool {
        locks::in_company(self.opened.file)
    }
}

const fn bytes_of(value: &Value) -> u64 {
    match value {
        Value::Text(bytes) | Value::Blob(bytes) => bytes.len() as u64,
        Value::Null | Value::Integer(_) | Value::Real(_) => 8,
    }
}

/// The time of an edit, for the column that says when a memory was changed.
fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}

fn insert(conn: &Connection, record: &Record) -> rusqlite::Result<()> {
    let names: Vec<String> = record.columns.iter().map(|(name, _)| quote(name)).collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO {}({}) VALUES ({places})", quote(&record.table), names.join(", "));
    let values = record.columns.iter().map(|(_, value)| cell::parameter(value));
    conn.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values)).map(|_| ())
}
