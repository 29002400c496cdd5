//! Reading the log: operations, their changes, and what recovery has to look after.

use std::{collections::HashMap, fs::File};

use rusqlite::{OptionalExtension as _, Row, params};

use super::{Ledger, Operation, OperationState, Problem, Result, StoreId, YOU, journal};
use crate::{
    change::{Label, Place},
    memory::{Digest, Image},
};

/// The right to change memories: held by one memtui at a time, given back when dropped or when the process dies.
#[derive(Debug)]
pub struct Turn(File);

impl Turn {
    pub(super) const fn new(file: File) -> Self {
        Self(file)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        // Closing would not free it: the ledger keeps the file open. Failing to unlock ends with the process.
        drop(self.0.unlock());
    }
}

/// A change as it stands in the ledger, its images not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Its place in the operation.
    pub seq: i64,
    /// Which store.
    pub store: StoreId,
    /// Which memory.
    pub native: String,
    /// In whose keeping the record is.
    pub place: Place,
    /// The image before: its number and what the memory was.
    pub before: Option<(i64, Digest)>,
    /// The image after.
    pub after: Option<(i64, Digest)>,
}

/// A chunk of an open operation whose end nobody wrote down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// Which chunk.
    pub number: usize,
    /// What it meant to do.
    pub changes: Vec<Recorded>,
}

const OPERATION: &str =
    "SELECT o.id, o.at, o.label, o.author, o.reason, o.state, o.planned, o.applied, o.of, o.summary,
    (SELECT u.id FROM operation u WHERE u.of = o.id AND u.label IN ('undo', 'redo') AND u.state = 'done'
     ORDER BY u.id DESC LIMIT 1),
    (SELECT u.label FROM operation u WHERE u.of = o.id AND u.label IN ('undo', 'redo') AND u.state = 'done'
     ORDER BY u.id DESC LIMIT 1), o.proposal
    FROM operation o";

impl Ledger {
    /// The latest operations, newest first, below the number `before` if one is given.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn log(&self, before: Option<i64>, limit: usize) -> Result<Vec<Operation>> {
        self.query(&format!("{OPERATION} WHERE o.id < ?1 ORDER BY o.id DESC LIMIT ?2"), |query| {
            query
                .query_map(params![before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX)], operation)?
                .collect()
        })
    }

    /// One operation.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn operation(&self, id: i64) -> Result<Option<Operation>> {
        self.query(&format!("{OPERATION} WHERE o.id = ?1"), |query| query.query_row([id], operation).optional())
    }

    /// The latest operation of the person on these stores that can be taken back: it changed something and is not taken
    /// back now.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn latest_to_undo(&self, stores: &[StoreId]) -> Result<Option<Operation>> {
        self.query(
            &format!(
                "{OPERATION} WHERE o.of IS NULL AND o.applied > 0 AND o.state <> 'open' AND o.label NOT IN ('observe', 'erase')
                 AND o.author = '{YOU}' AND {}
                 AND COALESCE((SELECT u.label FROM operation u WHERE u.of = o.id AND u.state = 'done'
                               ORDER BY u.id DESC LIMIT 1), 'redo') = 'redo'
                 ORDER BY o.id DESC LIMIT 1",
                of_stores("o", stores)
            ),
            |query| query.query_row([], operation).optional(),
        )
    }

    /// The operation on these stores that was taken back last, unless the person did something new to them since.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn latest_to_redo(&self, stores: &[StoreId]) -> Result<Option<Operation>> {
        self.query(
            &format!(
                "{OPERATION} WHERE o.of IS NULL AND {}
                 AND (SELECT u.label FROM operation u WHERE u.of = o.id AND u.state = 'done' ORDER BY u.id DESC LIMIT 1)
                     = 'undo'
                 AND NOT EXISTS (SELECT 1 FROM operation n WHERE n.of IS NULL AND n.applied > 0
                     AND n.author = '{YOU}' AND n.label <> 'observe' AND {} AND n.id >
                     (SELECT MAX(u.id) FROM operation u WHERE u.of = o.id AND u.label = 'undo' AND u.state = 'done'))
                 ORDER BY (SELECT MAX(u.id) FROM operation u WHERE u.of = o.id) DESC LIMIT 1",
                of_stores("o", stores),
                of_stores("n", stores)
            ),
            |query| query.query_row([], operation).optional(),
        )
    }

    /// Operations that were never closed.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn open_operations(&self) -> Result<Vec<Operation>> {
        self.query(&format!("{OPERATION} WHERE o.state = 'open' ORDER BY o.id"), |query| {
            query.query_map([], operation)?.collect()
        })
    }

    /// The chunks of an operation whose end is not known.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn pending(&self, operation: i64) -> Result<Vec<Pending>> {
        let numbers: Vec<i64> = self
            .query("SELECT number FROM chunk WHERE operation=?1 AND state='intended' ORDER BY number", |query| {
                query.query_map([operation], |row| row.get(0))?.collect()
            })?;
        numbers
            .into_iter()
            .map(|number| {
                let changes = self
                    .query(&format!("{CHANGE} WHERE c.operation=?1 AND c.chunk=?2 ORDER BY c.seq"), |query| {
                        query.query_map([operation, number], recorded)?.collect()
                    })?;
                Ok(Pending { number: usize::try_from(number).unwrap_or(0), changes })
            })
            .collect()
    }

    /// What an operation changed, in pages: changes after `seq`, at most `limit`. Chunks that never reached the store
    /// are left out.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn changes(&self, operation: i64, seq: i64, limit: usize) -> Result<Vec<Recorded>> {
        self.query(
            &format!(
                "{CHANGE} JOIN chunk k ON k.operation = c.operation AND k.number = c.chunk AND k.state IN ('done', 'unclear')
                 WHERE c.operation=?1 AND c.seq > ?2 ORDER BY c.seq LIMIT ?3"
            ),
            |query| {
                query
                    .query_map(params![operation, seq, i64::try_from(limit).unwrap_or(i64::MAX)], recorded)?
                    .collect()
            },
        )
    }

    /// What the latest toggle of an operation made of a memory: the digest it left, where it differs from the images
    /// of the operation itself (a store may have to move a revision counter on).
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn left_by(&self, operation: i64, store: StoreId, native: &str) -> Result<Option<Option<Digest>>> {
        self.query(
            "SELECT a.digest FROM change c JOIN chunk k ON k.operation=c.operation AND k.number=c.chunk AND k.state='done'
             LEFT JOIN image a ON a.id = c.after
             WHERE c.store=?2 AND c.native=?3 AND c.operation=?1 AND c.place=0",
            |query| query.query_row(params![operation, store.0, native], |row| digest(row, 0)).optional(),
        )
    }

    /// The latest operation after this one that changed a memory in its store, if there is one.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn changed_later(&self, operation: i64, store: StoreId, native: &str) -> Result<Option<i64>> {
        self.query(
            "SELECT MAX(c.operation) FROM change c
             JOIN chunk k ON k.operation=c.operation AND k.number=c.chunk AND k.state='done'
             WHERE c.store=?2 AND c.native=?3 AND c.operation > ?1 AND c.place=0",
            |query| query.query_row(params![operation, store.0, native], |row| row.get(0)),
        )
    }

    /// The image of that number, verified.
    ///
    /// # Errors
    /// [`Problem::Damaged`] when it is not what was stored.
    pub fn image(&self, operation: i64, number: i64) -> Result<Image> {
        let found: Option<(Vec<u8>, Vec<u8>, Vec<u8>)> = self
            .query("SELECT digest, sum, data FROM image WHERE id=?1", |query| {
                query.query_row([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
            })?;
        let (digest, sum, data) =
            found.ok_or_else(|| Problem::damaged(self, operation, number, "an image is missing".into()))?;
        journal::unpack(&digest, &sum, &data).map_err(|reason| Problem::damaged(self, operation, number, reason))
    }

    /// The images of these numbers, verified; those that are missing are left out.
    ///
    /// # Errors
    /// [`Problem::Damaged`] when one is not what was stored.
    pub fn images(&self, operation: i64, numbers: &[i64]) -> Result<HashMap<i64, Image>> {
        let list = serde_json::to_string(numbers).unwrap_or_default();
        let sql = "SELECT id, digest, sum, data FROM image WHERE id IN (SELECT value FROM json_each(?1))";
        let mut images = HashMap::with_capacity(numbers.len());
        let trouble = self.query(sql, |query| {
            let mut rows = query.query([list])?;
            while let Some(row) = rows.next()? {
                let bytes = |column: usize| row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from);
                match journal::unpack(bytes(1)?, bytes(2)?, bytes(3)?) {
                    Ok(image) => images.insert(row.get(0)?, image),
                    Err(reason) => return Ok(Some((row.get(0)?, reason))),
                };
            }
            Ok(None)
        })?;
        trouble.map_or(Ok(images), |(image, reason)| Err(Problem::damaged(self, operation, image, reason)))
    }

    /// The path and name under which the ledger last saw a store.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn store(&self, id: StoreId) -> Result<Option<(String, String)>> {
        self.query("SELECT name, path FROM store WHERE id=?1", |query| {
            query.query_row([id.0], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
    }

    /// The stores that an operation was about, or all that stand in the log.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn stores_of(&self, operation: Option<i64>) -> Result<Vec<StoreId>> {
        let of = if operation.is_some() { "c.operation=?1 AND" } else { "?1 IS NULL AND" };
        let sql = format!(
            "SELECT s.id FROM store s WHERE EXISTS (SELECT 1 FROM change c WHERE {of} c.store=s.id) ORDER BY s.id"
        );
        self.query(&sql, |query| query.query_map([operation], |row| Ok(StoreId(row.get(0)?)))?.collect())
    }

    /// How many changes of an operation reached the store.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn count_changes(&self, operation: i64) -> Result<usize> {
        let count: i64 = self.query(
            "SELECT COUNT(*) FROM change c JOIN chunk k ON k.operation=c.operation AND k.number=c.chunk
             AND k.state IN ('done', 'unclear') WHERE c.operation=?1 AND NOT (c.place=1 AND EXISTS (
                 SELECT 1 FROM change r WHERE r.operation=c.operation AND r.store=c.store AND r.native=c.native AND r.place=0))",
            |query| query.query_row([operation], |row| row.get(0)),
        )?;
        Ok(usize::try_from(count).unwrap_or(0))
    }

    pub(super) fn query<T>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut rusqlite::CachedStatement<'_>) -> rusqlite::Result<T>,
    ) -> Result<T> {
        self.db.prepare_cached(sql).and_then(|mut query| work(&mut query)).map_err(|e| self.broken(&e))
    }
}

/// Whether an operation began in one of these stores.
fn of_stores(operation: &str, stores: &[StoreId]) -> String {
    let ids: Vec<String> = stores.iter().map(|store| store.0.to_string()).collect();
    let first = format!("(SELECT c.store FROM change c WHERE c.operation = {operation}.id ORDER BY c.seq LIMIT 1)");
    format!("{first} IN ({})", ids.join(", "))
}

pub(super) const CHANGE: &str =
    "SELECT c.seq, c.store, c.native, c.place, c.before, b.digest, c.after, a.digest FROM change c
    LEFT JOIN image b ON b.id = c.before LEFT JOIN image a ON a.id = c.after";

pub(super) fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    let side = |id: usize| -> rusqlite::Result<Option<(i64, Digest)>> {
        let number: Option<i64> = row.get(id)?;
        Ok(number.zip(digest(row, id + 1)?))
    };
    Ok(Recorded {
        seq: row.get(0)?,
        store: StoreId(row.get(1)?),
        native: row.get(2)?,
        place: if row.get::<_, i64>(3)? == 0 { Place::Store } else { Place::Overlay },
        before: side(4)?,
        after: side(6)?,
    })
}

pub(super) fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Digest>> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
}

fn operation(row: &Row<'_>) -> rusqlite::Result<Operation> {
    let number =
        |column: usize| -> rusqlite::Result<usize> { Ok(usize::try_from(row.get::<_, i64>(column)?).unwrap_or(0)) };
    let toggled: Option<String> = row.get(11)?;
    Ok(Operation {
        id: row.get(0)?,
        at: row.get(1)?,
        label: Label::named(&row.get::<_, String>(2)?).unwrap_or(Label::Edit),
        author: row.get(3)?,
        reason: row.get(4)?,
        state: OperationState::named(&row.get::<_, String>(5)?),
        planned: number(6)?,
        applied: number(7)?,
        of: row.get(8)?,
        undone_by: if toggled.as_deref() == Some("undo") { row.get(10)? } else { None },
        summary: row.get(9)?,
        proposal: row.get(12)?,
    })
}
