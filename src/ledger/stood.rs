//! What memories were before everything that happened since a moment: the first change of each after it.

use std::collections::HashSet;

use rusqlite::OptionalExtension as _;

use super::{Ledger, Result, StoreId, log::digest};
use crate::{
    memory::{Digest, EpochMs},
    query::AsOf,
};

/// The first change of a memory after a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct First {
    /// The memory's store.
    pub store: StoreId,
    /// Its name inside the store.
    pub native: String,
    /// The operation that changed it.
    pub operation: i64,
    /// Whether the operation only says what others were seen to do.
    pub observed: bool,
    /// What it was before: the image's number, and its digest unless it was erased; `None`: it was not there.
    pub before: Option<(i64, Option<Digest>)>,
    /// What it was after.
    pub after: Option<(i64, Option<Digest>)>,
}

/// Where the log ends: the latest operation, and how much of it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogEnd(i64, i64);

impl Ledger {
    /// The moment that is meant; `None` when there is no such operation. What was captured then or later had not come yet.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn moment_of(&self, then: AsOf) -> Result<Option<EpochMs>> {
        match then {
            AsOf::Moment(at) => Ok(Some(at)),
            // What came in the same millisecond came with it.
            AsOf::Operation(id) => self.query("SELECT at + 1 FROM operation WHERE id=?1", |query| {
                query.query_row([id], |row| row.get(0)).optional()
            }),
        }
    }

    /// For each memory of these stores whose record was changed since, the first change. One pass over the operations
    /// since then.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn first_since(&self, stores: &[StoreId], then: AsOf) -> Result<Vec<First>> {
        let ids: Vec<String> = stores.iter().map(|store| store.0.to_string()).collect();
        let (since, bound) = match then {
            AsOf::Moment(at) => ("o.at >= ?1", at),
            AsOf::Operation(id) => ("o.id > ?1", id),
        };
        let sql = format!(
            "SELECT c.store, c.native, c.operation, o.label = 'observe', c.before, b.digest, c.after, a.digest
             FROM operation o CROSS JOIN change c ON c.operation = o.id
             JOIN chunk k ON k.operation = c.operation AND k.number = c.chunk AND k.state IN ('done', 'unclear')
             LEFT JOIN image b ON b.id = c.before LEFT JOIN image a ON a.id = c.after
             WHERE {since} AND c.place = 0 AND c.store IN ({}) ORDER BY c.operation, c.seq",
            ids.join(", ")
        );
        let mut known: HashSet<(StoreId, String)> = HashSet::new();
        self.query(&sql, |query| {
            let mut rows = query.query([bound])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let (store, native) = (StoreId(row.get(0)?), row.get::<_, String>(1)?);
                if !known.insert((store, native.clone())) {
                    continue;
                }
                let side = |at: usize| -> rusqlite::Result<_> {
                    let digest = digest(row, at + 1)?;
                    Ok(row.get::<_, Option<i64>>(at)?.map(|number| (number, digest)))
                };
                let (operation, observed) = (row.get(2)?, row.get(3)?);
                found.push(First { store, native, operation, observed, before: side(4)?, after: side(6)? });
            }
            Ok(found)
        })
    }

    /// Where the log ends now: it moves with everything that is changed.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn log_end(&self) -> Result<LogEnd> {
        self.query("SELECT id, applied FROM operation ORDER BY id DESC LIMIT 1", |query| {
            let end = query.query_row([], |row| Ok(LogEnd(row.get(0)?, row.get(1)?))).optional()?;
            Ok(end.unwrap_or_default())
        })
    }
}
