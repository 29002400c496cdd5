//! The writing half: one transaction that guards, journals, writes and reads back, chunk by chunk.

use std::{sync::Arc, thread::JoinHandle};

use rusqlite::Connection;

use super::{
    Place, erase, image, intake,
    plan::{Heads, Plan, Planner, Step},
    search_works,
    shape::{Kind, Shape},
    worker::{self, Route},
    write::{Order, first_wrong, write},
};
use crate::{
    change::Change,
    memory::{Image, Record},
    store::{
        Composed, Errand, Intent, Make, Outcome, Problem, Result, Sweep, Writer,
        sqlite::{
            cell, open,
            writing::{Writing, content},
        },
    },
};

/// Pages in the write-ahead log after which a commit copies it back, while others have the database open: `SQLite`'s own
/// default, so that no agent finds more to copy than it would have made itself.
const LOG_SHARED: u32 = 1000;
/// The same while nobody else has it open: a thread copies the log of a transaction back while the next one is written,
/// and the log begins anew only after a commit that has copied all of it. About 400 MB.
const LOG_ALONE: u32 = 100_000;
/// Rows in one transaction while nobody else has it open, and bytes of their records.
const MOST_ROWS: u64 = 16_000;
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// Why a database cannot be written for what is, or is not, in it.
pub(super) fn objection(conn: &Connection, shape: &Shape) -> Option<String> {
    unknown(shape).or_else(|| {
        Kind::ALL.into_iter().filter(|kind| shape.table(*kind).is_some_and(|table| table.full_text)).find_map(|kind| {
            search_works(conn, kind).err().map(|error| {
                format!(
                    "the full-text index of {} cannot be used ({error}); stop claude-mem's worker and rebuild it",
                    kind.table()
                )
            })
        })
    })
}

/// What of the schema stands against writing.
pub(super) fn unknown(shape: &Shape) -> Option<String> {
    if !shape.unknown.is_empty() {
        return Some(format!("{}; update memtui, or repair the database with claude-mem", shape.unknown.join("; ")));
    }
    if shape.memory_session().is_none() || shape.session_column(Kind::Observation).is_none() {
        return Some("its columns for sessions have names that memtui does not know; update memtui".into());
    }
    None
}

/// A writing connection to a claude-mem database.
pub(super) struct ClaudeMemWriter {
    place: Arc<Place>,
    writing: Writing,
    shape: Arc<Shape>,
    /// Copies back the write-ahead log of what was written while nobody else had the database open.
    copying: Option<JoinHandle<()>>,
    /// Whether that is so of the present transaction.
    alone: bool,
    /// Whether what goes is erased.
    erasing: bool,
}

impl ClaudeMemWriter {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let writing = Writing::open(&place.path)?;
        let shape = place.shape(writing.conn(), writing.file())?;
        if let Some(reason) = objection(writing.conn(), &shape).or_else(|| worker::danger(&place, writing.file())) {
            return Err(place.read_only(reason));
        }
        Ok(Self { place, writing, shape, copying: None, alone: false, erasing: false })
    }

    /// Takes the write lock and makes sure of file and schema.
    fn begin(&mut self, memories: usize) -> Result<()> {
        if self.writing.begin(memories)? != self.shape.cookie {
            self.shape = self.place.shape(self.writing.conn(), self.writing.file())?;
            if let Some(reason) = objection(self.writing.conn(), &self.shape) {
                return Err(self.place.read_only(reason));
            }
        }
        Ok(())
    }

    fn transact(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        self.begin(first.len())?;
        let heads = heads(self.writing.conn(), &self.shape).map_err(|error| self.writing.problem(&error))?;
        let mut planner = Planner::new(self.writing.conn(), &self.shape, &heads, self.place.settings.syncs());
        let mut load = Load::default();
        let mut route = None;
        let mut outcomes = Vec::new();
        let (mut waiting, mut asked) = (None, Vec::new());
        let mut intents = first;
        while !intents.is_empty() {
            let chunk = self.prepare(&mut planner, intents, &mut outcomes, &mut route)?;
            if !chunk.todo.is_empty() {
                load.add(&chunk.changes);
                self.writing.room_for(&chunk.changes)?;
                // The chunk before is written while this one goes to the disk of the journal.
                errand.durable()?;
                errand.journal(&chunk.changes)?;
                asked.extend(chunk.by_worker());
                if let Some(before) = waiting.replace(chunk) {
                    self.writing.same_file()?;
                    self.carry_out(&before)?;
                }
            }
            let more = load.is_light() && asked.is_empty() && !self.writing.in_company();
            intents = if more { errand.next() } else { Vec::new() };
        }
        let Some(last) = waiting else {
            self.writing.abandon();
            return Ok(outcomes);
        };
        errand.durable()?;
        self.writing.same_file()?;
        self.carry_out(&last)?;
        drop(last);
        self.writing.same_file()?;
        self.writing.batch("COMMIT")?;
        for (todo, change) in asked {
            if let Some(outcome) = outcomes.get_mut(todo.place)
                && let Err(reason) =
                    self.by_worker(route.get_or_insert_with(|| Route::new(&self.place)), &todo, &change)
            {
                *outcome = Outcome::Refused(reason);
            }
        }
        Ok(outcomes)
    }

    /// Works out a chunk under the lock; the outcomes of its intents are added.
    fn prepare(
        &self,
        planner: &mut Planner<'_>,
        intents: Vec<Intent>,
        outcomes: &mut Vec<Outcome>,
        route: &mut Option<Route>,
    ) -> Result<Chunk> {
        let (mut todo, mut changes) = (Vec::with_capacity(intents.len()), Vec::with_capacity(intents.len()));
        let mut worker_up = None;
        for plan in planner.plans(intents).map_err(|error| self.writing.problem(&error))? {
            let place = outcomes.len();
            outcomes.push(match plan {
                Plan::Settled(outcome) => outcome,
                Plan::Do(step)
                    if step.by_worker
                        && !*worker_up
                            .get_or_insert_with(|| route.get_or_insert_with(|| Route::new(&self.place)).is_up()) =>
                {
                    Outcome::Refused(
                        "this memory is synchronised, so claude-mem's worker must delete it, and the worker does not \
                         answer; start it, then try again"
                            .into(),
                    )
                }
                Plan::Do(step) => {
                    if let Some(refusal) = self.rehearse(&step)? {
                        Outcome::Refused(refusal)
                    } else {
                        let Step { kind, rowid, change, parent, by_worker, .. } = *step;
                        changes.push(change);
                        todo.push(Todo { place, kind, rowid, parent, by_worker });
                        Outcome::Applied
                    }
                }
            });
        }
        Ok(Chunk { todo, changes: Arc::new(changes) })
    }

    /// A single edit is tried out first; bulk acts only put back or delete what once was there.
    fn rehearse(&self, step: &Step) -> Result<Option<String>> {
        if !step.edited {
            return Ok(None);
        }
        let order = Order { kind: step.kind, rowid: step.rowid, parent: None, change: &step.change };
        self.writing.rehearse(|conn| write(conn, &self.shape, &[order]))
    }

    /// Writes a chunk and reads it back. What is not as it should be takes the whole transaction back.
    fn carry_out(&self, chunk: &Chunk) -> Result<()> {
        let orders: Vec<Order<'_>> = chunk
            .todo
            .iter()
            .zip(chunk.changes.iter())
            .filter(|(todo, _)| !todo.by_worker)
            .map(|(todo, change)| Order { kind: todo.kind, rowid: todo.rowid, parent: todo.parent.as_ref(), change })
            .collect();
        let (conn, shape) = (self.writing.conn(), &self.shape);
        if self.erasing {
            erase::companions(conn, shape, &orders).map_err(|error| self.writing.problem(&error))?;
        }
        let wrong = write(conn, shape, &orders).and_then(|()| first_wrong(conn, shape, &orders));
        match wrong.map_err(|error| self.writing.problem(&error))? {
            None => Ok(()),
            Some(native) => Err(Problem::NotVerified { path: self.place.path.clone(), what: native.to_owned() }),
        }
    }

    /// The worker deletes in its own transaction; that nothing changed since the image was read is looked at once more.
    fn by_worker(&self, route: &Route, todo: &Todo, change: &Change) -> std::result::Result<(), String> {
        let now = self.read(todo.kind, todo.rowid).map_err(|problem| problem.to_string())?;
        if now.as_ref().map(Image::digest) != change.before.as_ref().map(Image::digest) {
            return Err("the memory was changed by another program a moment ago; look at it again".into());
        }
        route.delete(todo.kind, todo.rowid)?;
        match self.read(todo.kind, todo.rowid) {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err("claude-mem's worker said it was deleted, but it is still there; is this the worker's \
                                database?"
                .into()),
            Err(problem) => Err(problem.to_string()),
        }
    }

    fn read(&self, kind: Kind, rowid: i64) -> Result<Option<Image>> {
        image::read_own(self.writing.conn(), &self.shape, kind, rowid).map_err(|error| self.writing.problem(&error))
    }
}

/// What one call for intents came to: the changes, which the journal shares, and how each is made.
struct Chunk {
    todo: Vec<Todo>,
    changes: Arc<Vec<Change>>,
}

impl Chunk {
    /// The changes that are not ours to make.
    fn by_worker(&self) -> impl Iterator<Item = (Todo, Change)> {
        let pairs = self.todo.iter().zip(self.changes.iter()).filter(|(todo, _)| todo.by_worker);
        pairs.map(|(todo, change)| (todo.clone(), change.clone()))
    }
}

/// How much a transaction has gathered.
#[derive(Default)]
struct Load {
    rows: u64,
    bytes: u64,
}

impl Load {
    fn add(&mut self, changes: &[Change]) {
        self.rows += changes.len() as u64;
        self.bytes += content(changes);
    }

    /// Whether another chunk may join: the write-ahead log is to stay below a hundred megabytes.
    const fn is_light(&self) -> bool {
        self.rows < MOST_ROWS && self.bytes < MOST_BYTES
    }
}

/// A planned step without its change, which is kept beside it for the journal.
#[derive(Clone)]
struct Todo {
    place: usize,
    kind: Kind,
    rowid: i64,
    parent: Option<Record>,
    by_worker: bool,
}

impl Writer for ClaudeMemWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        // A memory that hung on no session can only be put back without the rule that it must, and the rule cannot be
        // switched inside a transaction. What is put back has had its session looked up; what is deleted keeps the rule.
        let puts = first.iter().any(|intent| matches!(intent.make, Make::Put(_)));
        if puts {
            self.writing.batch("PRAGMA foreign_keys = OFF")?;
        }
        self.erasing = self.writing.overwrites_for(&first)?;
        let result = self.transact(first, errand);
        if result.is_err() {
            self.writing.abandon();
        }
        if std::mem::take(&mut self.erasing) {
            self.writing.stop_overwriting()?;
        }
        if puts {
            self.writing.batch("PRAGMA foreign_keys = ON")?;
        }
        result
    }

    fn compose(&mut self, records: &[Record]) -> Result<Vec<Composed>> {
        let now = chrono::Utc::now().timestamp_millis();
        self.writing.same_file()?;
        let conn = self.writing.conn();
        intake::compose(conn, &self.shape, records, now).map_err(|error| self.writing.problem(&error))
    }

    fn company(&mut self) -> bool {
        let company = self.writing.in_company();
        // Also when somebody came meanwhile: a long log is not left for his next commit to copy.
        if std::mem::replace(&mut self.alone, !company) && self.copying.as_ref().is_none_or(JoinHandle::is_finished) {
            self.copying = open::copy_log_back_aside(&self.place.path, self.writing.file());
        }
        // A refusal changes nothing but speed.
        let _ = open::checkpoint_every(self.writing.conn(), if company { LOG_SHARED } else { LOG_ALONE });
        company
    }

    fn scrub(&mut self, sweep: &Sweep<'_>) -> Result<Vec<String>> {
        let tables = Kind::ALL.into_iter().filter(|kind| self.shape.table(*kind).is_some_and(|table| table.full_text));
        let full_text = tables.map(|kind| format!("{}_fts", kind.table())).collect();
        self.writing.scrub(full_text, false, None, sweep)
    }

    fn rest(&mut self) {
        if let Some(copying) = self.copying.take() {
            let _failed = copying.join();
        }
        // What one commit adds while others have the database open, their next ones copy back as they always do.
        if std::mem::take(&mut self.alone) || !self.writing.in_company() {
            let _ = open::copy_log_back(self.writing.conn());
        }
        let _ = open::checkpoint_every(self.writing.conn(), LOG_SHARED);
    }
}

/// Revisions that the cloud has acknowledged for rows of this machine.
fn heads(conn: &Connection, shape: &Shape) -> rusqlite::Result<Heads> {
    let mut heads = Heads::new();
    if !shape.heads {
        return Ok(heads);
    }
    for kind in Kind::ALL {
        if !shape.table(kind).is_some_and(|table| table.has("origin_device_id")) {
            continue;
        }
        // A head whose device and number belong to a row from elsewhere says nothing about this machine's rows.
        let sql = format!(
            "SELECT h.origin_local_id, h.entity_rev FROM sync_entity_heads AS h WHERE h.kind = ?1 AND NOT EXISTS (
                SELECT 1 FROM {} AS t
                WHERE t.origin_device_id = h.origin_device_id AND t.origin_local_id = h.origin_local_id)",
            kind.table()
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query([kind.word()])?;
        while let Some(row) = rows.next()? {
            let local = cell::text(row.get_ref(0)?).into_owned().into_bytes();
            let revision = cell::text(row.get_ref(1)?).trim().parse().unwrap_or(0);
            let head = heads.entry((kind, local)).or_insert(0);
            *head = revision.max(*head);
        }
    }
    Ok(heads)
}
