//! The past of single memories: what the log says of one, of many since a number or a moment, and who stood beside whom.

use rusqlite::params;

use super::{
    Ledger, Recorded, Result, StoreId,
    log::{CHANGE, recorded},
};
use crate::{change::Label, memory::EpochMs};

/// A change of one memory with the operation that made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The operation.
    pub operation: i64,
    /// When it began.
    pub at: EpochMs,
    /// What it was for.
    pub label: Label,
    /// Who wanted it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// The change.
    pub change: Recorded,
}

/// A memory that an operation added or edited beside another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sibling {
    /// The memory that stood beside it, by its place in what was asked.
    pub of: usize,
    /// The operation.
    pub operation: i64,
    /// What it was for.
    pub label: Label,
    /// The change.
    pub change: Recorded,
}

/// An operation that changes more memories than this at once is no merging: nobody is derived from anybody by it.
const MERGED_AT_ONCE: i64 = 50;

const EVENT: &str = ", c.operation, o.at, o.label, o.author, o.reason";

fn event(row: &rusqlite::Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        operation: row.get(8)?,
        at: row.get(9)?,
        label: Label::named(&row.get::<_, String>(10)?).unwrap_or(Label::Edit),
        author: row.get(11)?,
        reason: row.get(12)?,
        change: recorded(row)?,
    })
}

/// The columns of a change with those of its operation.
fn events(condition: &str) -> String {
    let (columns, from) = CHANGE.split_once(" FROM ").unwrap_or((CHANGE, "change c"));
    format!(
        "{columns}{EVENT} FROM {from} JOIN operation o ON o.id = c.operation
         JOIN chunk k ON k.operation = c.operation AND k.number = c.chunk AND k.state IN ('done', 'unclear')
         WHERE {condition}"
    )
}

impl Ledger {
    /// Everything that the log says of a memory's record, oldest first.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn past_of(&self, store: StoreId, native: &str) -> Result<Vec<Event>> {
        let sql = events("c.store=?1 AND c.native=?2 AND c.place=0 ORDER BY c.operation, c.seq");
        self.query(&sql, |query| query.query_map(params![store.0, native], event)?.collect())
    }

    /// Every change of these stores' records by operations that began at or after a moment, oldest first; with an author
    /// only his: operations of his, and those that carry out what he proposed.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn changed_since(&self, stores: &[StoreId], since: EpochMs, author: Option<&str>) -> Result<Vec<Event>> {
        let ids: Vec<String> = stores.iter().map(|store| store.0.to_string()).collect();
        let sql = events(&format!(
            "o.at >= ?1 AND c.place=0 AND (?2 IS NULL OR o.author=?2 COLLATE NOCASE OR EXISTS (
                 SELECT 1 FROM proposal p JOIN batch b ON b.id=p.batch WHERE p.id=o.proposal
                 AND (b.author=?2 COLLATE NOCASE OR b.author='agent:' || ?2 COLLATE NOCASE))) AND c.store IN ({})
             ORDER BY c.operation, c.seq",
            ids.join(", ")
        ));
        self.query(&sql, |query| query.query_map(params![since, author], event)?.collect())
    }

    /// The latest operation that changed each of these memories' records, in their order; `None` where none did.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn latest_of(&self, store: StoreId, natives: &[String]) -> Result<Vec<Option<i64>>> {
        let sql = "SELECT MAX(c.operation) FROM change c
                   JOIN chunk k ON k.operation=c.operation AND k.number=c.chunk AND k.state='done'
                   WHERE c.store=?1 AND c.native=?2 AND c.place=0";
        self.query(sql, |query| {
            natives.iter().map(|native| query.query_row(params![store.0, native], |row| row.get(0))).collect()
        })
    }

    /// What the last look at a store saw of a memory: the image's number and digest.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn sight_of(&self, store: StoreId, native: &str) -> Result<Option<(i64, crate::memory::Digest, EpochMs)>> {
        let sql = "SELECT s.image, i.digest, COALESCE(i.observed, t.looked_at, t.first_seen) FROM sight s
                   JOIN image i ON i.id=s.image JOIN store t ON t.id=s.store WHERE s.store=?1 AND s.native=?2";
        self.query(sql, |query| {
            let mut rows = query.query(params![store.0, native])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let (image, at): (i64, EpochMs) = (row.get(0)?, row.get(2)?);
            Ok(super::log::digest(row, 1)?.map(|digest| (image, digest, at)))
        })
    }

    /// Memories that operations added or edited together with one of these, for those operations that put memories
    /// together or part them: merge, split, supersede, and no bulk act.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn siblings(&self, memories: &[(StoreId, String)]) -> Result<Vec<Sibling>> {
        let beside = format!(
            "{CHANGE} WHERE c.operation=?1 AND c.place=0 AND c.after IS NOT NULL AND NOT (c.store=?2 AND c.native=?3)
             ORDER BY c.seq"
        );
        let operations = "SELECT DISTINCT o.id, o.label FROM change c JOIN operation o ON o.id=c.operation
             WHERE c.store=?1 AND c.native=?2 AND c.place=0 AND o.of IS NULL AND o.state='done'
             AND o.label IN ('merge', 'split', 'supersede') AND o.applied <= ?3 ORDER BY o.id";
        let mut found = Vec::new();
        for (of, (store, native)) in memories.iter().enumerate() {
            let with: Vec<(i64, String)> = self.query(operations, |query| {
                query
                    .query_map(params![store.0, native, MERGED_AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })?;
            for (operation, label) in with {
                let label = Label::named(&label).unwrap_or(Label::Edit);
                let changes: Vec<Recorded> = self.query(&beside, |query| {
                    query.query_map(params![operation, store.0, native], recorded)?.collect()
                })?;
                found.extend(changes.into_iter().map(|change| Sibling { of, operation, label, change }));
            }
        }
        Ok(found)
    }
}

impl Ledger {
    /// Since when all changes of others in a store are known: its first look that went to the end. `None` when it was
    /// never looked at.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn watched_from(&self, store: StoreId) -> Result<Option<EpochMs>> {
        self.query("SELECT watched_from FROM store WHERE id = ?1", |query| query.query_row([store.0], |row| row.get(0)))
    }

    /// Whether an image is still there.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn has_image(&self, number: i64) -> Result<bool> {
        self.query("SELECT COUNT(*) FROM image WHERE id=?1 AND length(sum) > 0", |query| {
            query.query_row([number], |row| Ok(row.get::<_, i64>(0)? > 0))
        })
    }
}
