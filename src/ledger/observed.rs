//! What others did between two looks at a store: found by comparing, written down as operations like all others.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Transaction, params};

use super::{Ledger, Result, StoreId, journal};
use crate::{
    change::Label,
    memory::{Digest, EpochMs, Image, Version},
};

/// What a memory was at the last look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// What a person read of it then.
    pub version: Version,
}

/// When a store was last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Look {
    /// When, `epoch_ms`; `None` when it never was to the end.
    pub at: Option<EpochMs>,
    /// A stamp of its files at that moment.
    pub stamp: Vec<u8>,
}

/// A memory that reads differently than at the last look.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Its name inside its store.
    pub native: String,
    /// What a person reads of it now.
    pub version: Version,
    /// Its record now, `None` when it is gone.
    pub image: Option<Image>,
    /// Who wrote it, where its store says so; empty when unknown.
    pub author: String,
}

/// What the images of others' changes take.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Images that are kept.
    pub images: usize,
    /// Their bytes as stored, compressed.
    pub bytes: u64,
    /// Images that were let go to keep the ledger small.
    pub let_go: usize,
}

/// Who stands in the log for a change of which nobody knows who made it.
const NOBODY: &str = "observed";

impl Ledger {
    /// When a store was last looked at.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn last_look(&self, store: StoreId) -> Result<Look> {
        self.query("SELECT looked_at, look_stamp FROM store WHERE id=?1", |query| {
            query.query_row([store.0], |row| {
                Ok(Look { at: row.get(0)?, stamp: row.get::<_, Option<Vec<u8>>>(1)?.unwrap_or_default() })
            })
        })
    }

    /// Notes that a store was looked at to the end.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn looked(&mut self, store: StoreId, at: EpochMs, stamp: &[u8]) -> Result<()> {
        self.try_do(|tx| {
            tx.execute(
                "UPDATE store SET looked_at=?2, look_stamp=?3, watched_from=COALESCE(watched_from, ?2) WHERE id=?1",
                params![store.0, at, stamp],
            )?;
            Ok(())
        })
    }

    /// What each memory of a store was at the last look, by native id.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn sights(&self, store: StoreId) -> Result<HashMap<String, Sight>> {
        self.query("SELECT native, version FROM sight WHERE store=?1", |query| {
            query
                .query_map([store.0], |row| {
                    Ok((row.get(0)?, Sight { version: Version(row.get::<_, i64>(1)?.cast_unsigned()) }))
                })?
                .collect()
        })
    }

    /// Writes down memories that read differently than at the last look. With `first` nothing was known of the store: what
    /// it holds is then kept to compare with, and is nobody's change. The operations that were written, oldest first; what
    /// was our own doing makes none.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written; then nothing of it is kept.
    pub fn observe(&mut self, store: StoreId, seen: &[Seen], first: bool, at: EpochMs) -> Result<Vec<i64>> {
        self.try_do(|tx| {
            let mut by_author: Vec<(&str, Vec<Row<'_>>)> = Vec::new();
            for memory in seen {
                let before = known(tx, store, &memory.native)?;
                let after = memory.image.as_ref().map(|image| keep(tx, image, before, at)).transpose()?;
                sight(tx, store, memory, after)?;
                let untold = first && before.is_none();
                if untold || after.map(|(_, digest)| digest) == before.map(|(_, digest)| digest) {
                    continue;
                }
                let author = if memory.author.is_empty() { NOBODY } else { memory.author.as_str() };
                let row = Row { memory, before: before.map(|it| it.0), after: after.map(|it| it.0) };
                match by_author.iter_mut().find(|(known, _)| *known == author) {
                    Some((_, rows)) => rows.push(row),
                    None => by_author.push((author, vec![row])),
                }
            }
            by_author.into_iter().map(|(author, rows)| write(tx, store, author, &rows, at)).collect()
        })
    }

    /// What the images of others' changes take.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn held(&self) -> Result<Held> {
        let sql = "SELECT COUNT(*), COALESCE(SUM(length(data)), 0), COALESCE(SUM(length(sum)=0), 0)
                   FROM image WHERE observed IS NOT NULL";
        self.query(sql, |query| {
            query.query_row([], |row| {
                let let_go = count(row.get(2)?);
                Ok(Held {
                    images: count(row.get(0)?).saturating_sub(let_go),
                    bytes: u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0),
                    let_go,
                })
            })
        })
    }

    /// Lets the oldest images of others' changes go until the rest takes at most so many bytes. What an operation of ours
    /// was journalled with, and what the next look compares with, always stays. How many were let go.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn let_go(&mut self, bytes: u64) -> Result<usize> {
        let held = self.held()?.bytes;
        if held <= bytes {
            return Ok(0);
        }
        let mut over = held - bytes;
        self.try_do(|tx| {
            let mut oldest = tx.prepare(
                "SELECT id, length(data) FROM image WHERE observed IS NOT NULL AND length(sum) > 0
                 AND id NOT IN (SELECT image FROM sight) ORDER BY id",
            )?;
            let mut rows = oldest.query([])?;
            let mut gone = Vec::new();
            while let (true, Some(row)) = (over > 0, rows.next()?) {
                gone.push(row.get::<_, i64>(0)?);
                over = over.saturating_sub(u64::try_from(row.get::<_, i64>(1)?).unwrap_or(0));
            }
            let mut empty = tx.prepare("UPDATE image SET sum=x'', data=x'' WHERE id=?1")?;
            gone.iter().try_for_each(|id| empty.execute([id]).map(drop))?;
            Ok(gone.len())
        })
    }
}

/// A change of somebody else, its images kept.
struct Row<'a> {
    memory: &'a Seen,
    before: Option<i64>,
    after: Option<i64>,
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// The last record of a memory that the ledger knows: what the latest operation left, else what the last look saw.
fn known(tx: &Transaction<'_>, store: StoreId, native: &str) -> rusqlite::Result<Option<(i64, Digest)>> {
    let side = |row: &rusqlite::Row<'_>| -> rusqlite::Result<Option<(i64, Digest)>> {
        Ok(row.get::<_, Option<i64>>(0)?.zip(super::log::digest(row, 1)?))
    };
    let left = tx
        .prepare_cached(
            "SELECT c.after, a.digest FROM change c
             JOIN chunk k ON k.operation=c.operation AND k.number=c.chunk AND k.state='done'
             LEFT JOIN image a ON a.id=c.after
             WHERE c.store=?1 AND c.native=?2 AND c.place=0 ORDER BY c.operation DESC, c.seq DESC LIMIT 1",
        )?
        .query_row(params![store.0, native], side)
        .optional()?;
    match left {
        Some(left) => Ok(left),
        None => Ok(tx
            .prepare_cached(
                "SELECT s.image, i.digest FROM sight s JOIN image i ON i.id=s.image WHERE s.store=?1 AND s.native=?2",
            )?
            .query_row(params![store.0, native], side)
            .optional()?
            .flatten()),
    }
}

/// Keeps an image that was seen, once: it may be the one before, or one that was seen elsewhere.
fn keep(
    tx: &Transaction<'_>,
    image: &Image,
    before: Option<(i64, Digest)>,
    at: EpochMs,
) -> rusqlite::Result<(i64, Digest)> {
    let digest = image.digest();
    if let Some(same) = before.filter(|(_, known)| *known == digest) {
        return Ok(same);
    }
    let there: Option<i64> = tx
        .prepare_cached("SELECT id FROM image WHERE digest=?1 AND observed IS NOT NULL AND length(sum) > 0 LIMIT 1")?
        .query_row([&digest[..]], |row| row.get(0))
        .optional()?;
    if let Some(id) = there {
        return Ok((id, digest));
    }
    let data = lz4_flex::compress_prepend_size(&image.encode());
    let id = tx
        .prepare_cached("INSERT INTO image(digest, sum, data, observed) VALUES(?1, ?2, ?3, ?4)")?
        .insert(params![&digest[..], &journal::sum(&data)[..], data, at])?;
    Ok((id, digest))
}

/// What the next look compares with.
fn sight(tx: &Transaction<'_>, store: StoreId, memory: &Seen, after: Option<(i64, Digest)>) -> rusqlite::Result<()> {
    match after {
        Some((image, _)) => tx
            .prepare_cached(
                "INSERT INTO sight(store, native, version, image) VALUES(?1,?2,?3,?4)
                 ON CONFLICT(store, native) DO UPDATE SET version=?3, image=?4",
            )?
            .execute(params![store.0, memory.native, memory.version.0.cast_signed(), image])?,
        None => tx
            .prepare_cached("DELETE FROM sight WHERE store=?1 AND native=?2")?
            .execute(params![store.0, memory.native])?,
    };
    Ok(())
}

/// Writes an operation of somebody else, complete and sealed: nothing of it is ever open.
fn write(tx: &Transaction<'_>, store: StoreId, author: &str, rows: &[Row<'_>], at: EpochMs) -> rusqlite::Result<i64> {
    let title = match rows.iter().find_map(|row| row.memory.image.as_ref()) {
        Some(image) => image.headline(),
        None => title_before(tx, rows)?,
    };
    let summary = match (rows, title.is_empty()) {
        ([_], _) => title,
        (rows, true) => format!("{} memories", rows.len()),
        (rows, false) => format!("{} memories: {title} …", rows.len()),
    };
    let total = journal::as_i64(rows.len());
    tx.prepare_cached(
        "INSERT INTO operation(at,label,author,reason,summary,state,planned,applied)
         VALUES(?1,?2,?3,'',?4,'done',?5,?5)",
    )?
    .execute(params![at, Label::Observe.name(), author, summary, total])?;
    let operation = tx.last_insert_rowid();
    tx.prepare_cached("INSERT INTO chunk(operation, number, state) VALUES(?1, 1, 'done')")?.execute([operation])?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO change(operation, seq, chunk, store, native, place, before, after) VALUES(?1,?2,1,?3,?4,0,?5,?6)",
    )?;
    for (seq, row) in (1i64..).zip(rows) {
        insert.execute(params![operation, seq, store.0, row.memory.native, row.before, row.after])?;
    }
    let seal = super::seal::of(tx, operation)?;
    tx.execute("UPDATE operation SET seal=?2 WHERE id=?1", params![operation, &seal[..]])?;
    Ok(operation)
}

/// The title of the first memory that is gone.
fn title_before(tx: &Transaction<'_>, rows: &[Row<'_>]) -> rusqlite::Result<String> {
    let Some(image) = rows.iter().find_map(|row| row.before) else { return Ok(String::new()) };
    let (digest, sum, data): (Vec<u8>, Vec<u8>, Vec<u8>) = tx
        .prepare_cached("SELECT digest, sum, data FROM image WHERE id=?1")?
        .query_row([image], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(journal::unpack(&digest, &sum, &data).map(|image| image.headline()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::{Change, Place},
        ledger::{Beginning, ChunkState, Known, OperationState, Settled},
        memory::{Record, Value},
        store::About,
    };

    const NOW: EpochMs = 1_790_000_000_000;

    fn image(text: &str) -> Image {
        let columns = vec![("title".to_owned(), Value::Text(text.into()))];
        Image { own: Record { table: "t".into(), columns }, side: vec![], parents: vec![] }
    }

    fn seen(native: &str, text: Option<&str>, author: &str) -> Seen {
        let version = Version::default().with(3, text.unwrap_or("").as_bytes());
        Seen { native: native.into(), version, image: text.map(image), author: author.into() }
    }

    fn ledger(dir: &tempfile::TempDir) -> (Ledger, StoreId) {
        let mut ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        let about = About {
            name: "s".into(),
            product: "p",
            path: "/a".into(),
            identity: "one".into(),
            version: "1".into(),
            read_only: None,
        };
        let store = ledger.know(&about, NOW).unwrap();
        (ledger, store)
    }

    /// Somebody who uses memtui changes a memory.
    fn ours(ledger: &mut Ledger, store: StoreId, native: &str, before: Option<&str>, after: Option<&str>) -> i64 {
        let change =
            Change { native: native.into(), place: Place::Store, before: before.map(image), after: after.map(image) };
        let begin = Beginning {
            label: Label::Edit,
            author: "you",
            reason: "",
            summary: "",
            at: NOW,
            planned: 1,
            of: None,
            proposal: None,
        };
        let operation = ledger.begin(begin).unwrap();
        ledger.journal(operation, 1, store, &[change], &Known::new(), &[]).unwrap();
        let settled = Settled { number: 1, state: ChunkState::Done, applied: 1 };
        ledger.close(operation, OperationState::Done, &[settled]).unwrap();
        operation
    }

    #[test]
    fn the_first_look_is_nobodys_change_and_later_ones_tell_who_did_what() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ledger, store) = ledger(&dir);
        let first = [seen("x/1", Some("one"), ""), seen("x/2", Some("two"), "claude")];
        assert!(ledger.observe(store, &first, true, NOW).unwrap().is_empty());
        let later = [seen("x/1", Some("changed"), ""), seen("x/2", None, ""), seen("x/3", Some("new"), "claude")];
        let operations = ledger.observe(store, &later, false, NOW + 1).unwrap();
        assert_eq!(operations.len(), 2, "one for each author");
        let log = ledger.log(None, 9).unwrap();
        let said = |operation: &super::super::Operation| (operation.author.clone(), operation.applied);
        assert_eq!(log.iter().map(said).collect::<Vec<_>>(), [("claude".into(), 1), ("observed".into(), 2)]);
        assert!(ledger.check().unwrap().troubles.is_empty(), "they are sealed like all others");
        assert_eq!(ledger.latest_to_undo(&[store]).unwrap(), None, "undo without a number never takes them back");
    }

    #[test]
    fn our_own_doing_is_not_observed_and_what_came_behind_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ledger, store) = ledger(&dir);
        ledger.observe(store, &[seen("x/1", Some("one"), "")], true, NOW).unwrap();
        let mine = ours(&mut ledger, store, "x/1", Some("one"), Some("mine"));
        assert!(ledger.observe(store, &[seen("x/1", Some("mine"), "")], false, NOW).unwrap().is_empty());
        ours(&mut ledger, store, "x/1", Some("mine"), None);
        assert!(ledger.observe(store, &[seen("x/1", None, "")], false, NOW).unwrap().is_empty());
        let theirs = ledger.observe(store, &[seen("x/1", Some("back"), "")], false, NOW).unwrap();
        assert!(theirs[0] > mine);
        let changes = ledger.changes(theirs[0], 0, 9).unwrap();
        assert_eq!((changes[0].before, changes[0].after.is_some()), (None, true));
    }

    #[test]
    fn the_oldest_images_are_let_go_but_never_what_an_undo_or_the_next_look_needs() {
        let dir = tempfile::tempdir().unwrap();
        let (mut ledger, store) = ledger(&dir);
        for text in ["a", "b", "c", "d"] {
            ledger.observe(store, &[seen("x/1", Some(text), "")], text == "a", NOW).unwrap();
        }
        // An operation of ours takes the second one over.
        let second = ledger.changes(1, 0, 1).unwrap()[0].after.unwrap();
        let known = Known::from([(second.1, second.0)]);
        let change = Change { native: "x/1".into(), place: Place::Store, before: None, after: Some(image("b")) };
        let begin = Beginning {
            label: Label::RollBack,
            author: "you",
            reason: "",
            summary: "",
            at: NOW,
            planned: 1,
            of: None,
            proposal: None,
        };
        let operation = ledger.begin(begin).unwrap();
        ledger.journal(operation, 1, store, &[change], &known, &[]).unwrap();
        let settled = Settled { number: 1, state: ChunkState::Done, applied: 1 };
        ledger.close(operation, OperationState::Done, &[settled]).unwrap();

        assert_eq!(ledger.held().unwrap().images, 3);
        assert_eq!(ledger.let_go(0).unwrap(), 2, "the first and the third");
        assert_eq!(ledger.let_go(0).unwrap(), 0);
        assert_eq!(ledger.held().unwrap().let_go, 2);
        assert!(ledger.image(operation, second.0).is_ok(), "an undo needs it");
        let last = ledger.changes(3, 0, 1).unwrap()[0].after.unwrap();
        assert!(ledger.image(3, last.0).is_ok(), "the next look compares with it");
        let gone = ledger.changes(1, 0, 1).unwrap()[0].before.unwrap();
        assert!(ledger.image(1, gone.0).unwrap_err().to_string().contains("let go"));
        let checked = ledger.check().unwrap();
        assert_eq!((checked.troubles, checked.let_go), (vec![], 2));
    }
}
