//! The writing half: deletes as the product does, writes new versions, puts everything back as it was.

use std::sync::Arc;

use rusqlite::{Connection, Result as Sql, params};

use super::{
    Place, image, meta,
    plan::{Planner, Rows, Step, What},
    search,
    shape::Shape,
};
use crate::{
    memory::{EpochMs, Record, Value},
    store::{
        Errand, Intent, Outcome, Result, Sweep, Writer,
        sqlite::{
            cell, full_text,
            table::{quote, update},
            writing::{Craft, Plan, Writing, now},
        },
    },
};

/// Why a database cannot be written for what is, or is not, in it.
pub(super) fn objection(conn: &Connection, shape: &Shape) -> Option<String> {
    if !shape.unknown.is_empty() {
        return Some(format!("{}; memtui could not take its writes back", shape.unknown.join("; ")));
    }
    let filled = |table: &str| conn.query_row(&format!("SELECT 1 FROM {table} LIMIT 1"), [], |_| Ok(())).is_ok();
    if ["sync_events", "sync_cursor", "push_cursor"].into_iter().any(filled) {
        return Some(
            "its product carries every change to other machines, and would not carry those of memtui; change this \
             store through the product's own server"
                .into(),
        );
    }
    match search::works(conn, shape) {
        Err(error) if full_text::is_unusable(&error) => Some(format!(
            "its full-text index cannot be used ({error}), and every change goes through it; stop the product, and \
             rebuild the index with `{}`",
            search::REBUILD
        )),
        _ => None,
    }
}

/// A writing connection.
pub(super) struct McpWriter {
    place: Arc<Place>,
    writing: Writing,
    shape: Shape,
}

impl McpWriter {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let writing = Writing::open(&place.path)?;
        let shape = place.shape(writing.conn())?;
        if let Some(reason) = objection(writing.conn(), &shape).or_else(|| place.setup_objection()) {
            return Err(place.read_only(reason));
        }
        Ok(Self { place, writing, shape })
    }

    /// Takes the write lock and makes sure of file, schema and set-up.
    fn begin(&mut self, memories: usize) -> Result<()> {
        if self.writing.begin(memories)? != self.shape.cookie {
            self.shape = self.place.shape(self.writing.conn())?;
        }
        match objection(self.writing.conn(), &self.shape) {
            Some(reason) => Err(self.place.read_only(reason)),
            None => Ok(()),
        }
    }
}

impl Writer for McpWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let erases = self.writing.overwrites_for(&first)?;
        let result = self.begin(first.len()).and_then(|()| {
            let mut craft = McpCraft { shape: &self.shape, now: now(), promised: 0 };
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

    fn company(&mut self) -> bool {
        self.writing.in_company()
    }

    fn scrub(&mut self, sweep: &Sweep<'_>) -> Result<Vec<String>> {
        self.writing.scrub(self.shape.full_text.clone().into_iter().collect(), false, None, sweep)
    }
}

/// How rows are written, at a moment.
struct McpCraft<'a> {
    shape: &'a Shape,
    now: EpochMs,
    promised: i64,
}

impl Craft for McpCraft<'_> {
    type What = What;

    fn plan(&mut self, conn: &Connection, intent: &Intent) -> Sql<Plan<What>> {
        let planner = Planner { conn, shape: self.shape, now: self.now, promised: self.promised };
        let plan = planner.plan(intent)?;
        if let Plan::Do(step) = &plan
            && let (_, Rows::Follow { .. }) = step.what
        {
            self.promised += 1;
        }
        Ok(plan)
    }

    fn carry_out(&self, conn: &Connection, step: &Step) -> Sql<()> {
        let (_, rows) = &step.what;
        match rows {
            Rows::Delete(row) | Rows::GoBack { from: row } => self.delete(conn, *row)?,
            Rows::Follow { from, heir } => self.supersede(conn, *from, heir)?,
            Rows::Erase(rows) => rows.iter().try_for_each(|row| self.erase(conn, *row))?,
            Rows::Write => {}
        }
        step.change.after.as_ref().map_or(Ok(()), |after| image::write(conn, self.shape, after))
    }

    fn is_so(&self, conn: &Connection, step: &Step) -> Sql<bool> {
        let (handle, _) = step.what;
        Ok(match (&image::read(conn, self.shape, handle)?, &step.change.after) {
            (Some(now), Some(after)) => now.same_memory(after),
            (now, after) => now.is_none() && after.is_none(),
        })
    }
}

impl McpCraft<'_> {
    /// Deletes a row as the product does: its vector and its relations go, it stays and is marked. The mark is a whole
    /// second, by which memtui tells what a person pruned from what the product deleted.
    fn delete(&self, conn: &Connection, row: i64) -> Sql<()> {
        if let Ok(vectors) = &self.shape.vectors {
            vectors.delete(conn, row)?;
        }
        let raw = image::raw(conn, self.shape, row)?;
        if let Some(hash) = raw.as_ref().and_then(|raw| raw.get("content_hash")).filter(|_| self.has_relations()) {
            let sql = format!("DELETE FROM {} WHERE source_hash = ?1 OR target_hash = ?1", image::GRAPH);
            conn.prepare_cached(&sql)?.execute([cell::parameter(hash)])?;
        }
        let sql =
            "UPDATE memories SET deleted_at = CAST(CAST(coalesce(deleted_at, ?2) AS INTEGER) AS REAL) WHERE id = ?1";
        conn.prepare_cached(sql)?.execute(params![row, self.now.div_euclid(1000)]).map(|_| ())
    }

    /// Takes a row out for good, with its vector, its relations and its words in the full-text index. Those go first, by the
    /// index's own command: the product's trigger reads the row when it is gone.
    fn erase(&self, conn: &Connection, row: i64) -> Sql<()> {
        self.delete(conn, row)?;
        let indexed = |index: &String| {
            let sql = format!("SELECT 1 FROM {} WHERE id = ?1", quote(&format!("{index}_docsize")));
            conn.prepare_cached(&sql)?.exists([row])
        };
        if let Some(index) = &self.shape.full_text
            && indexed(index)?
        {
            let name = quote(index);
            let sql = format!(
                "INSERT INTO {name}({name}, rowid, content) SELECT 'delete', id, content FROM memories WHERE id = ?1"
            );
            conn.prepare_cached(&sql)?.execute([row])?;
        }
        conn.prepare_cached("DELETE FROM memories WHERE id = ?1")?.execute([row]).map(|_| ())
    }

    fn has_relations(&self) -> bool {
        self.shape.graph.has("source_hash") && self.shape.graph.has("target_hash")
    }

    /// Says of a row that another version has taken its place, in both ways that the product knows.
    fn supersede(&self, conn: &Connection, row: i64, heir: &Value) -> Sql<()> {
        let Some(before) = image::raw(conn, self.shape, row)? else { return Ok(()) };
        let mut after: Record = before.clone();
        image::set(&mut after, "superseded_by", heir.clone());
        if let Some(notes) = before.get("metadata") {
            let heir = cell::text(cell::reference(heir));
            let [by, why] = meta::SUPERSEDED;
            image::set(&mut after, "metadata", meta::with_keys(notes, &[(by, &heir), (why, "edited by a person")]));
        }
        update(conn, row, &before, &after)
    }
}
