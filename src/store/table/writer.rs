//! The writing half of a mapped table: one short transaction that guards, journals, writes and reads back.

use std::{
    collections::HashSet,
    ops::RangeInclusive,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, types::ToSqlOutput};

use super::{Place, detail, mapping::Complete, record, shape::Shape};
use crate::{
    change::{Change, Place as Keeping},
    memory::{EpochMs, Image, Record, Value},
    store::{
        Composed, Expect, Intent, Make, Outcome, Problem, Pulse, Result, Writer,
        sqlite::{
            cell, file, full_text, locks,
            open::{self, Opened},
            table::quote,
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

/// A change with the row that it is about.
struct Step {
    rowid: i64,
    change: Change,
}

/// What an intent comes to.
enum Plan {
    Settled(Outcome),
    Do(Box<Step>),
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

    fn transact(
        &mut self,
        intents: &[Intent],
        journal: &mut dyn FnMut(&[Change]) -> Result<()>,
    ) -> Result<Vec<Outcome>> {
        self.begin()?;
        let (mut outcomes, mut steps, mut seen) = (Vec::with_capacity(intents.len()), Vec::new(), HashSet::new());
        let alone = intents.len() == 1;
        for intent in intents {
            let plan = if seen.insert(intent.native.as_str()) {
                self.plan(intent)?
            } else {
                refused(format!("{} is named twice in one step; do one after the other", intent.native))
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
        let changes: Vec<Change> = steps.iter().map(|step| step.change.clone()).collect();
        self.room_for(&changes)?;
        journal(&changes)?;
        self.same_file()?;
        for step in &steps {
            self.carry_out(step).map_err(|error| self.problem(&error))?;
        }
        let before = self.counter("data_version")?;
        self.batch("COMMIT")?;
        for step in &steps {
            if !self.is_so(step)? && self.counter("data_version")? == before {
                return Err(Problem::NotVerified { path: self.place.path.clone(), what: step.change.native.clone() });
            }
        }
        Ok(outcomes)
    }

    /// Numbers that no memory ever had, taken from the table's own counter
    /// ([`sqlite_sequence`](https://sqlite.org/autoinc.html)) so that nobody else gets them either.
    fn new_ids(&self, count: usize) -> rusqlite::Result<RangeInclusive<i64>> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let table = &self.shape.mapping.table;
        let tx = Transaction::new_unchecked(&self.opened.conn, TransactionBehavior::Immediate)?;
        tx.execute(
            "INSERT INTO sqlite_sequence(name, seq) SELECT ?1, 0
             WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)",
            [table],
        )?;
        let sql = format!(
            "UPDATE sqlite_sequence SET seq = max(seq, (SELECT coalesce(max(rowid), 0) FROM {})) + ?2
             WHERE name = ?1 RETURNING seq",
            self.shape.from()
        );
        let last: i64 = tx.query_row(&sql, rusqlite::params![table, count], |row| row.get(0))?;
        tx.commit()?;
        Ok(last - count + 1..=last)
    }

    fn composed(
        &self,
        given: &Record,
        ids: &mut RangeInclusive<i64>,
        complete: Complete,
        now: EpochMs,
    ) -> Result<Composed> {
        let table = &self.shape.table;
        if let Some((strange, _)) = given.columns.iter().find(|(name, _)| !table.has(name)) {
            let reason = format!("there is no column `{strange}`; there are {}", table.columns.join(", "));
            return Ok(Err(reason));
        }
        let mut own = Record { table: table.name.clone(), columns: Vec::with_capacity(table.columns.len()) };
        for column in &table.columns {
            let value = match given.get(column) {
                Some(value) => value.clone(),
                None => table.default_of(&self.opened.conn, column).map_err(|error| self.problem(&error))?,
            };
            own.columns.push((column.clone(), value));
        }
        // A number that was given is kept while it is free, so that an export comes back as it was.
        let kept = match own.get(&self.shape.mapping.id) {
            Some(Value::Integer(row)) => Some(*row).filter(|row| matches!(self.read(*row), Ok(None))),
            _ => None,
        };
        let Some(id) = kept.or_else(|| ids.next()) else { return Ok(Err("no number is free for it".to_owned())) };
        if let Some((_, value)) = own.columns.iter_mut().find(|(name, _)| *name == self.shape.mapping.id) {
            *value = Value::Integer(id);
        }
        if let Err(reason) = complete(&mut own, now) {
            return Ok(Err(reason));
        }
        if let Some(twin) = self.twin_of(&own).map_err(|error| self.problem(&error))? {
            return Ok(Err(format!("{twin} says the same already")));
        }
        let image = Image { own, side: Vec::new(), parents: Vec::new() };
        Ok(Ok((self.shape.native(&id.to_string()), image)))
    }

    /// A memory of the table that a new one only repeats.
    fn twin_of(&self, own: &Record) -> rusqlite::Result<Option<String>> {
        let twin = self.shape.product.twin;
        if twin.is_empty() {
            return Ok(None);
        }
        let conditions: Vec<String> =
            twin.iter().enumerate().map(|(place, name)| format!("{} IS ?{}", quote(name), place + 1)).collect();
        let id = quote(&self.shape.mapping.id);
        let sql = format!("SELECT {id} FROM {} WHERE {} LIMIT 1", self.shape.from(), conditions.join(" AND "));
        let values = twin.iter().map(|name| cell::parameter(own.get(name).unwrap_or(&Value::Null)));
        self.opened
            .conn
            .prepare_cached(&sql)?
            .query_row(rusqlite::params_from_iter(values), |row| Ok(cell::text(row.get_ref(0)?).into_owned()))
            .optional()
            .map(|found| found.map(|id| self.shape.native(&id)))
    }

    /// The same among records that were made a moment ago.
    fn twin_among<'m>(&self, made: impl Iterator<Item = &'m (String, Image)>, own: &Record) -> Option<String> {
        let twin = self.shape.product.twin;
        let same = |other: &Record| twin.iter().all(|name| other.get(name) == own.get(name));
        made.filter(|_| !twin.is_empty()).find(|(_, image)| same(&image.own)).map(|(native, _)| native.clone())
    }

    fn plan(&self, intent: &Intent) -> Result<Plan> {
        let named = record::row_of(&self.opened.conn, &self.shape, &intent.native).map_err(|e| self.problem(&e))?;
        let wanted = match &intent.make {
            Make::Put(image) => record::row_in(&self.shape, &image.own),
            Make::Delete | Make::Edit(_) => None,
        };
        let Some(rowid) = named.or(wanted) else {
            return Ok(match intent.make {
                Make::Delete => Plan::Settled(Outcome::Already),
                Make::Edit(_) => Plan::Settled(Outcome::Conflict(None)),
                Make::Put(_) => refused(format!("the record of {} names no row", intent.native)),
            });
        };
        let current = self.read(rowid)?;
        let after = match (&intent.make, &current) {
            (Make::Delete, None) => return Ok(Plan::Settled(Outcome::Already)),
            (Make::Delete, Some(_)) => None,
            (Make::Edit(_), None) => return Ok(Plan::Settled(Outcome::Conflict(None))),
            (Make::Edit(edit), Some(before)) => match detail::after(&self.shape, before, edit, now()) {
                Ok(image) => Some(image),
                Err(reason) => return Ok(refused(reason)),
            },
            (Make::Put(wanted), _) => match self.put(wanted, current.as_ref())? {
                Ok(image) => Some(image),
                Err(reason) => return Ok(refused(reason)),
            },
        };
        if after.is_some() && after.as_ref().map(Image::digest) == current.as_ref().map(Image::digest) {
            return Ok(Plan::Settled(Outcome::Already));
        }
        let met = match intent.expect {
            Expect::Anything => true,
            Expect::Absent => current.is_none(),
            Expect::Exactly(digest) => current.as_ref().is_some_and(|image| image.digest() == digest),
        };
        if !met {
            return Ok(Plan::Settled(Outcome::Conflict(current.map(Box::new))));
        }
        if let Some(after) = &after
            && let Some(other) = self.clash(rowid, &after.own).map_err(|error| self.problem(&error))?
        {
            return Ok(refused(format!(
                "{other} already holds a value that must be unique; prune it first, then try again"
            )));
        }
        let change = Change { native: intent.native.clone(), place: Keeping::Store, before: current, after };
        Ok(Plan::Do(Box::new(Step { rowid, change })))
    }

    /// The record that a memory becomes when it is put back: columns that came since keep what they hold.
    fn put(&self, wanted: &Image, current: Option<&Image>) -> Result<std::result::Result<Image, String>> {
        let table = &self.shape.table;
        if wanted.own.table != table.name {
            return Ok(Err(format!("the record belongs to table {}, not to {}", wanted.own.table, table.name)));
        }
        let known = |name: &str| table.has(name) || (table.row_id.is_none() && name == record::ROW_ID);
        if let Some((gone, _)) = wanted.own.columns.iter().find(|(name, _)| !known(name)) {
            return Ok(Err(format!(
                "column {gone} of {} no longer exists, so the record cannot be put back as it was; memtui still keeps it",
                table.name
            )));
        }
        for side in wanted.side.iter().chain(&wanted.parents) {
            let child = self.shape.children.iter().find(|child| child.table.name == side.table);
            if child.is_none_or(|child| side.columns.iter().any(|(name, _)| !child.table.has(name))) {
                return Ok(Err(format!(
                    "table {} is no longer as it was, so the record cannot be put back",
                    side.table
                )));
            }
        }
        let mut image = wanted.clone();
        image.own.columns.clear();
        for column in &table.columns {
            let value = match (wanted.own.get(column), current.and_then(|image| image.own.get(column))) {
                (Some(value), _) | (None, Some(value)) => value.clone(),
                (None, None) => table.default_of(&self.opened.conn, column).map_err(|error| self.problem(&error))?,
            };
            image.own.columns.push((column.clone(), value));
        }
        if let (None, Some(row)) = (&table.row_id, wanted.own.get(record::ROW_ID)) {
            image.own.columns.push((record::ROW_ID.to_owned(), row.clone()));
        }
        Ok(Ok(image))
    }

    /// Another memory that stands in the way of this one by a unique index.
    fn clash(&self, rowid: i64, own: &Record) -> rusqlite::Result<Option<String>> {
        let id = quote(&self.shape.mapping.id);
        for columns in &self.shape.table.unique {
            let values: Vec<&Value> = columns.iter().filter_map(|column| own.get(column)).collect();
            if values.len() != columns.len() || values.iter().any(|value| **value == Value::Null) {
                continue;
            }
            let conditions: Vec<String> =
                columns.iter().enumerate().map(|(place, name)| format!("{} = ?{}", quote(name), place + 2)).collect();
            let sql =
                format!("SELECT {id} FROM {} WHERE {} AND rowid <> ?1", self.shape.from(), conditions.join(" AND "));
            let parameters = std::iter::once(ToSqlOutput::from(rowid)).chain(values.into_iter().map(cell::parameter));
            let other = self
                .opened
                .conn
                .prepare_cached(&sql)?
                .query_row(rusqlite::params_from_iter(parameters), |row| Ok(cell::text(row.get_ref(0)?).into_owned()))
                .optional()?;
            if let Some(other) = other {
                return Ok(Some(self.shape.native(&other)));
            }
        }
        Ok(None)
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
    fn apply(&mut self, intents: &[Intent], journal: &mut dyn FnMut(&[Change]) -> Result<()>) -> Result<Vec<Outcome>> {
        let result = self.transact(intents, journal);
        if result.is_err() && !self.opened.conn.is_autocommit() {
            // A failed rollback leaves nothing to do: SQLite rolls back when the connection closes.
            let _ = self.opened.conn.execute_batch("ROLLBACK");
        }
        result
    }

    fn compose(&mut self, records: &[Record]) -> Result<Vec<Composed>> {
        let Some(complete) = self.place.product.compose else { return Err(Problem::TakesNone) };
        self.same_file()?;
        let now = now();
        let mut ids = self.new_ids(records.len()).map_err(|error| self.problem(&error))?;
        let mut made: Vec<Composed> = Vec::with_capacity(records.len());
        for record in records {
            let composed = self.composed(record, &mut ids, complete, now)?;
            let before = made.iter().flatten();
            made.push(composed.and_then(|new| match self.twin_among(before, &new.1.own) {
                Some(twin) => Err(format!("{twin} of the same step says the same")),
                None => Ok(new),
            }));
        }
        Ok(made)
    }

    fn company(&mut self) -> bool {
        locks::in_company(self.opened.file)
    }
}

fn refused(reason: String) -> Plan {
    Plan::Settled(Outcome::Refused(reason))
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

/// Sets the columns that differ, and no other: the rest keeps its bytes.
fn update(conn: &Connection, rowid: i64, before: &Record, after: &Record) -> rusqlite::Result<()> {
    let differ: Vec<&(String, Value)> =
        after.columns.iter().filter(|(name, value)| before.get(name) != Some(value)).collect();
    if differ.is_empty() {
        return Ok(());
    }
    let sets: Vec<String> =
        differ.iter().enumerate().map(|(place, (name, _))| format!("{} = ?{}", quote(name), place + 2)).collect();
    let sql = format!("UPDATE {} SET {} WHERE rowid = ?1", quote(&after.table), sets.join(", "));
    let values =
        std::iter::once(ToSqlOutput::from(rowid)).chain(differ.iter().map(|(_, value)| cell::parameter(value)));
    conn.prepare_cached(&sql)?.execute(rusqlite::params_from_iter(values)).map(|_| ())
}
