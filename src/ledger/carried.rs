//! Which memory was carried from which store to which other one: what stores themselves cannot always hold.

use rusqlite::{OptionalExtension as _, params};

use super::{Ledger, Result, StoreId};

/// A memory and the one that was made of it in another store, or another part of the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// The store that it came from.
    pub from: StoreId,
    /// Its name there.
    pub from_native: String,
    /// The store that it went to.
    pub to: StoreId,
    /// Its name there.
    pub to_native: String,
}

impl Ledger {
    /// Notes what an operation carried.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn note_carried(&mut self, operation: i64, carried: &[Carried]) -> Result<()> {
        self.try_do(|tx| {
            let mut insert = tx.prepare_cached(
                "INSERT INTO carried(operation, from_store, from_native, to_store, to_native) VALUES(?1,?2,?3,?4,?5)",
            )?;
            for one in carried {
                insert.execute(params![operation, one.from.0, one.from_native, one.to.0, one.to_native])?;
            }
            Ok(())
        })
    }

    /// How many memories an operation carried.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn carried(&self, operation: i64) -> Result<usize> {
        self.query("SELECT COUNT(*) FROM carried WHERE operation = ?1", |query| {
            query.query_row([operation], |row| row.get::<_, i64>(0)).map(|count| usize::try_from(count).unwrap_or(0))
        })
    }

    /// Whether as many memories came by an operation as left by it: a move, or its undo, that is so is whole.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn is_even(&self, operation: i64) -> Result<bool> {
        self.query(
            "SELECT COALESCE(SUM((c.before IS NULL) - (c.after IS NULL)), 0) = 0 FROM change c
             JOIN chunk k ON k.operation = c.operation AND k.number = c.chunk AND k.state IN ('done', 'unclear')
             WHERE c.operation = ?1 AND c.place = 0",
            |query| query.query_row([operation], |row| row.get(0)),
        )
    }

    /// What was made of a memory by copying or moving it, by operations that stand.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn carried_on(&self, store: StoreId, native: &str) -> Result<Vec<(i64, Carried)>> {
        self.query(
            "SELECT c.operation, c.from_store, c.from_native, c.to_store, c.to_native FROM carried c
             WHERE c.from_store = ?1 AND c.from_native = ?2 ORDER BY c.operation",
            |query| query.query_map(params![store.0, native], carried)?.collect(),
        )
    }

    /// What a memory was made of by copying or moving, the latest.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn carried_here(&self, store: StoreId, native: &str) -> Result<Option<(i64, Carried)>> {
        self.query(
            "SELECT c.operation, c.from_store, c.from_native, c.to_store, c.to_native FROM carried c
             WHERE c.to_store = ?1 AND c.to_native = ?2 ORDER BY c.operation DESC LIMIT 1",
            |query| query.query_row(params![store.0, native], carried).optional(),
        )
    }
}

fn carried(row: &rusqlite::Row<'_>) -> rusqlite::Result<(i64, Carried)> {
    let one = Carried {
        from: StoreId(row.get(1)?),
        from_native: row.get(2)?,
        to: StoreId(row.get(3)?),
        to_native: row.get(4)?,
    };
    Ok((row.get(0)?, one))
}
