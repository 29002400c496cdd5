//! The chain over closed operations: each seal covers the one before it, so that a line that was altered or taken
//! out of the middle of the log is noticed.

use rusqlite::{Connection, OptionalExtension as _};
use sha2::{Digest as _, Sha256};

use super::{Ledger, Result, journal};

/// SHA-256 over: the seal of the closed operation before it (nothing for the first), then number, time, label,
/// author, reason, state and the number of the operation it takes back, each with its length, then native id, place,
/// and before and after digest of each of its changes; of an erasure also the number of each operation whose words it took
/// out, and the seal of that one as it reads since.
pub(super) fn of(db: &Connection, operation: i64) -> rusqlite::Result<[u8; 32]> {
    let mut hash = Sha256::new();
    let before: Option<Vec<u8>> = db
        .prepare_cached("SELECT seal FROM operation WHERE id < ?1 AND seal IS NOT NULL ORDER BY id DESC LIMIT 1")?
        .query_row([operation], |row| row.get(0))
        .optional()?;
    hash.update(before.unwrap_or_default());
    let mut part = |bytes: &[u8]| {
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    db.prepare_cached("SELECT at, label, author, reason, state, COALESCE(of, 0) FROM operation WHERE id=?1")?
        .query_row([operation], |row| {
            part(&operation.to_le_bytes());
            part(&row.get::<_, i64>(0)?.to_le_bytes());
            for column in 1..=4 {
                part(row.get_ref(column)?.as_bytes()?);
            }
            part(&row.get::<_, i64>(5)?.to_le_bytes());
            Ok(())
        })?;
    let mut changes = db.prepare_cached(
        "SELECT c.native, c.place, b.digest, a.digest FROM change c
         LEFT JOIN image b ON b.id = c.before LEFT JOIN image a ON a.id = c.after
         WHERE c.operation = ?1 ORDER BY c.seq",
    )?;
    let mut rows = changes.query([operation])?;
    while let Some(row) = rows.next()? {
        part(row.get_ref(0)?.as_bytes()?);
        part(&row.get::<_, i64>(1)?.to_le_bytes());
        part(row.get_ref(2)?.as_blob_or_null()?.unwrap_or_default());
        part(row.get_ref(3)?.as_blob_or_null()?.unwrap_or_default());
    }
    let mut amendments =
        db.prepare_cached("SELECT operation, seal FROM amendment WHERE erasure=?1 ORDER BY operation")?;
    let mut rows = amendments.query([operation])?;
    while let Some(row) = rows.next()? {
        part(&row.get::<_, i64>(0)?.to_le_bytes());
        part(row.get_ref(1)?.as_blob()?);
    }
    Ok(hash.finalize().into())
}

/// Whether the line of a closed operation reads as it did when it was sealed, or when an erasure last took words out of it.
pub(super) fn is_well(db: &Connection, operation: i64) -> rusqlite::Result<bool> {
    let seal: Option<Vec<u8>> = db
        .prepare_cached(
            "SELECT COALESCE((SELECT a.seal FROM amendment a WHERE a.operation=?1 ORDER BY a.erasure DESC LIMIT 1), seal)
             FROM operation WHERE id=?1",
        )?
        .query_row([operation], |row| row.get(0))?;
    Ok(seal.is_some_and(|seal| of(db, operation).is_ok_and(|now| seal == now)))
}

/// What a check of the ledger found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// Operations in the log.
    pub operations: usize,
    /// Images, all of them read and compared.
    pub images: usize,
    /// Images of what others did that were let go to keep the ledger small.
    pub let_go: usize,
    /// Images whose content a person had erased.
    pub erased: usize,
    /// Operations whose words an erasure took out.
    pub amended: usize,
    /// Numbers of operations that were never finished; the next act looks after them.
    pub unfinished: Vec<i64>,
    /// What is wrong besides, one sentence each; empty when all is well.
    pub troubles: Vec<String>,
}

impl Ledger {
    /// Reads everything and compares it with its checksums: the chain over the operations, every image, every chunk.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read at all.
    pub fn check(&self) -> Result<Checked> {
        self.check_all().map_err(|e| self.broken(&e))
    }

    fn check_all(&self) -> rusqlite::Result<Checked> {
        let mut checked = Checked::default();
        let state: String = self.db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if state != "ok" {
            checked.troubles.push(format!("SQLite finds the file damaged: {state}"));
        }
        let mut operations = self.db.prepare("SELECT id, seal, state FROM operation ORDER BY id")?;
        let mut rows = operations.query([])?;
        while let Some(row) = rows.next()? {
            checked.operations += 1;
            let id: i64 = row.get(0)?;
            match row.get::<_, Option<Vec<u8>>>(1)? {
                None => checked.unfinished.push(id),
                Some(_) if !is_well(&self.db, id)? => {
                    checked.troubles.push(format!("operation {id} is not what it was when it was sealed"));
                }
                Some(_) => {}
            }
        }
        let mut images = self
            .db
            .prepare("SELECT id, digest, sum, data, observed IS NOT NULL, erased IS NOT NULL FROM image ORDER BY id")?;
        let mut rows = images.query([])?;
        while let Some(row) = rows.next()? {
            checked.images += 1;
            let (digest, sum, data): (Vec<u8>, Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let (let_go, erased): (bool, bool) = (row.get(4)?, row.get(5)?);
            if sum.is_empty() && data.is_empty() && (let_go || erased) {
                checked.let_go += usize::from(!erased);
                checked.erased += usize::from(erased);
                continue;
            }
            if let Err(reason) = journal::unpack(&digest, &sum, &data) {
                checked.troubles.push(format!("image {}: {reason}", row.get::<_, i64>(0)?));
            }
        }
        let amended = "SELECT COUNT(DISTINCT operation) FROM amendment";
        let amended: i64 = self.db.query_row(amended, [], |row| row.get(0))?;
        checked.amended = usize::try_from(amended).unwrap_or(0);
        let orphans: i64 = self.db.query_row(
            "SELECT COUNT(*) FROM change c LEFT JOIN image b ON b.id=c.before LEFT JOIN image a ON a.id=c.after
             WHERE (c.before IS NOT NULL AND b.id IS NULL) OR (c.after IS NOT NULL AND a.id IS NULL)",
            [],
            |row| row.get(0),
        )?;
        if orphans > 0 {
            checked.troubles.push(format!("{orphans} changes name an image that is not there"));
        }
        Ok(checked)
    }
}
