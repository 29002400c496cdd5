//! Taking content out of the ledger for good. Who, when, which id and why stay; what a memory said does not.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::{
    Beginning, Ledger, OperationState, Problem, Result, Settled, StoreId, journal,
    log::{CHANGE, recorded},
    queue, seal,
    verdict::{Said, Spoken, say},
};
use crate::{
    judge::Wording,
    memory::{Digest, EpochMs, Image},
};

/// A memory that is to be erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doomed {
    /// Its store.
    pub store: StoreId,
    /// Its name there.
    pub native: String,
    /// What its store has of it; `None` when it is gone from there.
    pub digest: Option<Digest>,
}

/// Where the ledger holds what is to be erased.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// Records of the memories, by their names.
    pub images: usize,
    /// Records of other memories that hold one of the texts as a whole.
    pub others: usize,
    /// Proposals about them or that quote them.
    pub proposals: usize,
    /// How many of those wait for a verdict.
    pub waiting: usize,
    /// Lines of the log, notes, reasons and titles that quote them.
    pub lines: usize,
}

impl Traces {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// An image that was erased: when and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    /// The operation that erased it.
    pub operation: i64,
    /// When.
    pub at: EpochMs,
    /// Who wanted it.
    pub by: String,
    /// How many images of those that were asked about.
    pub count: usize,
}

impl std::fmt::Display for Erased {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let day = chrono::DateTime::from_timestamp_millis(self.at).unwrap_or_default();
        write!(f, "erased on {} by {} (operation {})", day.format("%Y-%m-%d"), self.by, self.operation)
    }
}

/// What stands in the place of words that were taken out.
const GONE: &str = "erased";

/// Rows that hold something, by number.
#[derive(Default)]
struct Found {
    images: Vec<i64>,
    others: Vec<i64>,
    proposals: Vec<(i64, bool)>,
    /// Table, column and number of other rows that quote.
    lines: Vec<(&'static str, &'static str, i64)>,
}

impl Found {
    fn count(&self) -> Traces {
        Traces {
            images: self.images.len(),
            others: self.others.len(),
            proposals: self.proposals.len(),
            waiting: self.proposals.iter().filter(|(_, waits)| *waits).count(),
            lines: self.lines.len(),
        }
    }
}

/// Columns of words beside the memories themselves. A reason of an operation is covered by its seal.
const WORDS: [(&str, &str); 6] = [
    ("operation", "summary"),
    ("operation", "reason"),
    ("batch", "note"),
    ("verdict", "reason"),
    ("tombstone", "title"),
    ("tombstone", "reason"),
];

impl Ledger {
    /// Every record that the ledger still has of these memories and that can be read.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn records_of(&self, memories: &[(StoreId, String)]) -> Result<Vec<Image>> {
        let mut images = Vec::new();
        for (store, native) in memories {
            let numbers = self.query(NAMED, |query| {
                query.query_map(params![store.0, native], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()
            })?;
            images.extend(numbers.into_iter().filter_map(|number| self.image(0, number).ok()));
        }
        Ok(images)
    }

    /// Where the ledger holds these memories and what they say. Reads every record that it has.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn traces(&self, memories: &[(StoreId, String)], wording: &Wording) -> Result<Traces> {
        find(&self.db, memories, wording).map(|found| found.count()).map_err(|e| self.broken(&e))
    }

    /// Notes that memories are to be erased, and takes what the ledger holds of them out of it, in one transaction: when
    /// this returns, whatever happens, the erasure can be finished without knowing what they said.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; then nothing has changed.
    pub fn begin_erasure(
        &mut self,
        what: Beginning<'_>,
        doomed: &[Doomed],
        wording: &Wording,
    ) -> Result<(i64, Traces)> {
        self.try_do(|tx| {
            let memories: Vec<_> = doomed.iter().map(|it| (it.store, it.native.clone())).collect();
            let found = find(tx, &memories, wording)?;
            let operation = journal::begin(tx, what)?;
            tx.execute("INSERT INTO erasure(operation) VALUES(?1)", [operation])?;
            tx.execute("INSERT INTO chunk(operation, number, state) VALUES(?1, 1, 'intended')", [operation])?;
            intend(tx, operation, doomed)?;
            take_out(tx, operation, what.at, what.author, &found)?;
            for (store, native) in &memories {
                for table in ["sight", "overlay"] {
                    tx.prepare_cached(&format!("DELETE FROM {table} WHERE store=?1 AND native=?2"))?
                        .execute(params![store.0, native])?;
                }
                tx.prepare_cached("UPDATE seat SET title='' WHERE store=?1 AND native=?2")?
                    .execute(params![store.0, native])?;
            }
            Ok((operation, found.count()))
        })
    }

    /// The memories of an erasure, with what their stores had of them.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn doomed(&self, operation: i64) -> Result<Vec<Doomed>> {
        self.query(&format!("{CHANGE} WHERE c.operation=?1 ORDER BY c.seq"), |query| {
            let rows = query.query_map([operation], recorded)?;
            rows.map(|row| {
                let change = row?;
                let digest = change.before.map(|(_, digest)| digest);
                Ok(Doomed { store: change.store, native: change.native, digest })
            })
            .collect()
        })
    }

    /// Ends an erasure. Memories that their store did not let go are no part of it.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; the erasure then stays open for recovery.
    pub fn close_erasure(&mut self, operation: i64, applied: usize, kept: &[(StoreId, String)]) -> Result<()> {
        self.try_do(|tx| {
            for (store, native) in kept {
                tx.execute(
                    "DELETE FROM change WHERE operation=?1 AND store=?2 AND native=?3",
                    params![operation, store.0, native],
                )?;
            }
            Ok(())
        })?;
        let state = match (applied, kept.is_empty()) {
            (0, _) => OperationState::Cancelled,
            (_, true) => OperationState::Done,
            (_, false) => OperationState::Interrupted,
        };
        let chunk = if applied == 0 { super::ChunkState::Void } else { super::ChunkState::Done };
        self.close(operation, state, &[Settled { number: 1, state: chunk, applied }])
    }

    /// Erasures of which something may still stand in a file of memtui's own.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn unswept(&self) -> Result<Vec<i64>> {
        self.query(
            "SELECT e.operation FROM erasure e JOIN operation o ON o.id = e.operation
             WHERE e.swept IS NULL AND o.state <> 'open' ORDER BY 1",
            |query| query.query_map([], |row| row.get(0))?.collect(),
        )
    }

    /// Writes the ledger's file anew, without what is no longer used, and begins its log anew: what was taken out is on no
    /// page of it any more.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when that is not possible now, because another memtui reads it or the disk is full.
    pub fn sweep(&mut self) -> Result<()> {
        let swept = self
            .db
            .execute_batch("VACUUM")
            .and_then(|()| self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0)));
        match swept.map_err(|e| self.broken(&e))? {
            0 => Ok(()),
            _ => Err(Problem::Unusable {
                path: self.path.clone(),
                reason: "another memtui reads it, so that its log cannot begin anew; the next act does it".into(),
            }),
        }
    }

    /// Notes that nothing of these erasures is left in memtui's own files.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn swept(&mut self, erasures: &[i64], at: EpochMs) -> Result<()> {
        self.try_do(|tx| {
            let mut mark = tx.prepare_cached("UPDATE erasure SET swept=?2 WHERE operation=?1 AND swept IS NULL")?;
            erasures.iter().try_for_each(|operation| mark.execute(params![operation, at]).map(drop))
        })
    }

    /// What of an operation's records before it (or after it) was erased since; `None` when all are there.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn erased_of(&self, operation: i64, after: bool) -> Result<Option<Erased>> {
        let side = if after { "after" } else { "before" };
        self.erased_where(
            &format!("i.id IN (SELECT c.{side} FROM change c WHERE c.operation=?1 AND c.place=0)"),
            operation,
        )
    }

    /// Who erased an image, and when; `None` when nobody did.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn erased(&self, image: i64) -> Result<Option<Erased>> {
        self.erased_where("i.id = ?1", image)
    }

    fn erased_where(&self, condition: &str, number: i64) -> Result<Option<Erased>> {
        let sql = format!(
            "SELECT o.id, o.at, o.author, COUNT(*) OVER () FROM image i JOIN operation o ON o.id = i.erased
             WHERE {condition} ORDER BY o.id DESC LIMIT 1"
        );
        self.query(&sql, |query| {
            query
                .query_row([number], |row| {
                    let count = usize::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
                    Ok(Erased { operation: row.get(0)?, at: row.get(1)?, by: row.get(2)?, count })
                })
                .optional()
        })
    }
}

/// Records of a memory that still hold something.
const NAMED: &str = "SELECT i.id FROM image i WHERE length(i.sum) > 0 AND i.id IN (
    SELECT c.before FROM change c WHERE c.store=?1 AND c.native=?2 AND c.place=0
    UNION SELECT c.after FROM change c WHERE c.store=?1 AND c.native=?2 AND c.place=0
    UNION SELECT s.image FROM sight s WHERE s.store=?1 AND s.native=?2)";

fn find(tx: &Connection, memories: &[(StoreId, String)], wording: &Wording) -> rusqlite::Result<Found> {
    let mut found = Found::default();
    let mut named = std::collections::HashSet::new();
    let mut about = std::collections::HashSet::new();
    for (store, native) in memories {
        let mut query = tx.prepare_cached(NAMED)?;
        let mut rows = query.query(params![store.0, native])?;
        while let Some(row) = rows.next()? {
            named.insert(row.get::<_, i64>(0)?);
        }
        let mut query = tx.prepare_cached("SELECT proposal FROM concern WHERE store=?1 AND native=?2")?;
        let mut rows = query.query(params![store.0, native])?;
        while let Some(row) = rows.next()? {
            about.insert(row.get::<_, i64>(0)?);
        }
    }
    let mut images = tx.prepare("SELECT id, data FROM image WHERE length(sum) > 0 ORDER BY id")?;
    let mut rows = images.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        if named.contains(&id) {
            found.images.push(id);
        } else if unpacked(row.get_ref(1)?.as_blob()?).is_some_and(|bytes| wording.stands_in(&bytes)) {
            found.others.push(id);
        }
    }
    let mut proposals =
        tx.prepare("SELECT id, state, title, reason, held, body FROM proposal WHERE length(digest) > 0")?;
    let mut rows = proposals.query([])?;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get(0)?;
        let said: [Option<String>; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
        let body = unpacked(row.get_ref(5)?.as_blob()?).unwrap_or_default();
        let quotes = |text: &String| wording.is_quoted_in(text);
        if about.contains(&id) || said.iter().flatten().any(quotes) || quotes(&String::from_utf8_lossy(&body).into()) {
            found.proposals.push((id, row.get_ref(1)?.as_str()? == "waiting"));
        }
    }
    for (table, column) in WORDS {
        let mut query =
            tx.prepare(&format!("SELECT rowid, {column} FROM {table} WHERE {column} NOT IN ('', '{GONE}')"))?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            if wording.is_quoted_in(row.get_ref(1)?.as_str()?) {
                found.lines.push((table, column, row.get(0)?));
            }
        }
    }
    Ok(found)
}

fn unpacked(data: &[u8]) -> Option<Vec<u8>> {
    lz4_flex::decompress_size_prepended(data).ok()
}

/// Writes down what is to go: names, and the digests of records that are not kept.
fn intend(tx: &Transaction<'_>, operation: i64, doomed: &[Doomed]) -> rusqlite::Result<()> {
    let mut hollow = tx.prepare_cached("INSERT INTO image(digest, sum, data, erased) VALUES(?1, x'', x'', ?2)")?;
    let mut change = tx.prepare_cached(
        "INSERT INTO change(operation, seq, chunk, store, native, place, before, after) VALUES(?1,?2,1,?3,?4,0,?5,NULL)",
    )?;
    for (seq, it) in (1i64..).zip(doomed) {
        let before = it.digest.map(|digest| hollow.insert(params![&digest[..], operation])).transpose()?;
        change.execute(params![operation, seq, it.store.0, it.native, before])?;
    }
    Ok(())
}

fn take_out(tx: &Transaction<'_>, erasure: i64, at: EpochMs, author: &str, found: &Found) -> rusqlite::Result<()> {
    let mut empty = tx.prepare("UPDATE image SET sum=x'', data=x'', observed=NULL, erased=?2 WHERE id=?1")?;
    for image in found.images.iter().chain(&found.others) {
        empty.execute(params![image, erasure])?;
    }
    let nothing = queue::empty_body();
    for (proposal, waits) in &found.proposals {
        tx.prepare_cached(
            "UPDATE proposal SET title=?2, reason=?2, likeness='', held=NULL, digest=x'', body=?3 WHERE id=?1",
        )?
        .execute(params![proposal, GONE, nothing])?;
        tx.prepare_cached("DELETE FROM concern WHERE proposal=?1")?.execute([proposal])?;
        if *waits {
            tx.prepare_cached("UPDATE proposal SET state='rejected', until=NULL WHERE id=?1")?.execute([proposal])?;
            let reason = format!("what it was about was erased (operation {erasure})");
            say(tx, *proposal, Spoken::Reject, Said { at, author, reason: &reason }, None)?;
        }
    }
    for (table, column, row) in &found.lines {
        let sealed = (*table, *column) == ("operation", "reason");
        let was_well = sealed && seal::is_well(tx, *row)?;
        tx.prepare_cached(&format!("UPDATE {table} SET {column}=?2 WHERE rowid=?1"))?.execute(params![row, GONE])?;
        // What was damaged before must not look well now.
        if was_well {
            tx.prepare_cached("INSERT INTO amendment(erasure, operation, seal) VALUES(?1, ?2, ?3)")?
                .execute(params![erasure, row, &seal::of(tx, *row)?[..]])?;
        }
    }
    Ok(())
}
