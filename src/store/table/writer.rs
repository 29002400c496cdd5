//! The writing half of a mapped table: one short transaction that guards, journals, writes and reads back.

use std::{path::PathBuf, sync::Arc};

use rusqlite::Connection;

use super::{
    Place, compose,
    plan::{Planner, Step},
    record,
    shape::Shape,
};
use crate::{
    memory::{Image, Record},
    store::{
        Composed, Errand, Intent, Outcome, Result, Sweep, Writer,
        sqlite::{
            cell,
            file::companion,
            full_text,
            table::{insert, quote, update},
            writing::{Craft, Plan, Writing, now},
        },
    },
};

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
    writing: Writing,
    shape: Shape,
}

impl TableWriter {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let writing = Writing::open(&place.path)?;
        let shape = place.shape(writing.conn())?;
        if let Some(reason) = objection(writing.conn(), &shape) {
            return Err(place.read_only(reason));
        }
        Ok(Self { place, writing, shape })
    }

    /// Takes the write lock and makes sure of file and schema.
    fn begin(&mut self, memories: usize) -> Result<()> {
        if self.writing.begin(memories)? != self.shape.cookie {
            self.shape = self.place.shape(self.writing.conn())?;
            if let Some(reason) = objection(self.writing.conn(), &self.shape) {
                return Err(self.place.read_only(reason));
            }
        }
        Ok(())
    }
}

impl Writer for TableWriter {
    fn unflushed(&self) -> Option<PathBuf> {
        Some(companion(&self.place.path, "-wal"))
    }

    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let erases = self.writing.overwrites_for(&first)?;
        let result = self.begin(first.len()).and_then(|()| {
            let mut craft = TableCraft { shape: &self.shape, now: now() };
            self.writing.transact(&mut craft, &first, errand)
        });
        if result.is_err() {
            self.writing.abandon();
        }
        if erases {
            self.writing.stop_overwriting()?;
        }
        result
    }

    fn compose(&mut self, records: &[Record]) -> Result<Vec<Composed>> {
        self.writing.same_file()?;
        let conn = self.writing.conn();
        compose::compose(conn, &self.shape, records, now())?.map_err(|error| self.writing.problem(&error))
    }

    fn company(&mut self) -> bool {
        self.writing.in_company()
    }

    fn scrub(&mut self, sweep: &Sweep<'_>) -> Result<Vec<String>> {
        let fixed = self.shape.table.row_id.is_none().then_some(
            "its rows have no numbers of their own that would stay when the file is written anew, so memtui does not",
        );
        // The shared database is the only mapped table to which memtui adds: it is memtui's own.
        let own = self.shape.product.compose.is_some();
        self.writing.scrub(self.shape.full_text.clone().into_iter().collect(), own, fixed, sweep)
    }
}

/// How rows of a mapped table are written, at a moment.
struct TableCraft<'a> {
    shape: &'a Shape,
    now: i64,
}

impl TableCraft<'_> {
    /// Whether the rows of a child table go when a memory becomes this: what stands aside goes only with the memory.
    fn leaves(&self, after: Option<&Image>, child: &str) -> bool {
        after.is_none() || !self.shape.product.aside.contains(&child)
    }
}

impl Craft for TableCraft<'_> {
    /// The row.
    type What = i64;

    fn plan(&mut self, conn: &Connection, intent: &Intent) -> rusqlite::Result<Plan<i64>> {
        Planner { conn, shape: self.shape, now: self.now }.plan(intent)
    }

    fn carry_out(&self, conn: &Connection, step: &Step) -> rusqlite::Result<()> {
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
                conn.prepare_cached(&sql)?.execute([step.what])?;
            }
            (None, Some(after)) => insert(conn, &after.own)?,
            (Some(before), Some(after)) => update(conn, step.what, &before.own, &after.own)?,
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

    fn is_so(&self, conn: &Connection, step: &Step) -> rusqlite::Result<bool> {
        Ok(match (&record::read(conn, self.shape, step.what)?, &step.change.after) {
            (Some(now), Some(after)) => now.same_memory(after),
            (now, after) => now.is_none() && after.is_none(),
        })
    }
}
