//! Writing to the ledger: operations begin, chunks are journalled and settled, operations are closed.

use std::collections::HashMap;

use rusqlite::{OptionalExtension as _, Transaction, params};
use sha2::{Digest as _, Sha256};

use super::{ChunkState, Ledger, OperationState, Problem, Result, StoreId};
use crate::{
    change::{Change, Label, Place},
    memory::{Digest as ImageDigest, EpochMs, Image},
    store::About,
};

/// What is known of an operation when it begins.
#[derive(Clone, Copy, Debug)]
pub struct Beginning<'a> {
    /// What it is for.
    pub label: Label,
    /// Who wants it.
    pub author: &'a str,
    /// Why.
    pub reason: &'a str,
    /// A few words for a list.
    pub summary: &'a str,
    /// When.
    pub at: EpochMs,
    /// How many memories it means to change.
    pub planned: usize,
    /// For undo and redo: the operation it takes back or does again.
    pub of: Option<i64>,
    /// The proposal that it carries out.
    pub proposal: Option<i64>,
}

/// Images that the ledger already has, by what they are.
pub type Known = HashMap<ImageDigest, i64>;

/// A chunk whose end is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// Its number within the operation.
    pub number: usize,
    /// What became of it.
    pub state: ChunkState,
    /// How many memories it changed.
    pub applied: usize,
}

impl Ledger {
    /// How the ledger knows this store; a store that was moved keeps its history.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn know(&mut self, about: &About, now: EpochMs) -> Result<StoreId> {
        let path = about.path.to_string_lossy().into_owned();
        let same = |db: &rusqlite::Connection| -> rusqlite::Result<Option<i64>> {
            db.prepare_cached("SELECT id FROM store WHERE identity=?1 AND path=?2")?
                .query_row(params![about.identity, path], |row| row.get(0))
                .optional()
        };
        // Who only reads leaves no note of it.
        if self.db.is_readonly(rusqlite::MAIN_DB).unwrap_or(false) {
            let known = same(&self.db).map_err(|e| self.broken(&e))?;
            let reason = || format!("nothing was ever written down about {path}");
            return known.map(StoreId).ok_or_else(|| Problem::Unusable { path: self.path.clone(), reason: reason() });
        }
        let found = self.try_do(|tx| {
            if let Some(id) = same(tx)? {
                tx.execute("UPDATE store SET last_seen=?2, name=?3 WHERE id=?1", params![id, now, about.name])?;
                return Ok(id);
            }
            let elsewhere: Vec<(i64, String)> = tx
                .prepare_cached("SELECT id, path FROM store WHERE identity=?1 ORDER BY last_seen DESC")?
                .query_map([&about.identity], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            // The same store at a new place, and nothing left at the old one: it was moved, not copied.
            if let Some((id, _)) = elsewhere.iter().find(|(_, old)| !std::path::Path::new(old).exists()) {
                tx.execute(
                    "UPDATE store SET path=?2, last_seen=?3, name=?4 WHERE id=?1",
                    params![id, path, now, about.name],
                )?;
                return Ok(*id);
            }
            tx.execute(
                "INSERT INTO store(product, identity, path, name, first_seen, last_seen) VALUES(?1,?2,?3,?4,?5,?5)",
                params![about.product, about.identity, path, about.name, now],
            )?;
            Ok(tx.last_insert_rowid())
        })?;
        Ok(StoreId(found))
    }

    /// Notes that an operation begins. Nothing of it counts until its first chunk is journalled.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn begin(&mut self, what: Beginning<'_>) -> Result<i64> {
        self.try_do(|tx| begin(tx, what))
    }

    /// Makes a chunk's changes durable: when this returns, every before- and after-image is on the disk.
    ///
    /// `known` are images that the ledger has already, so that an undo does not store them twice. `settled` are earlier
    /// chunks, whose end is written in the same transaction to spare a flush.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; then nothing of the chunk is kept.
    pub fn journal(
        &mut self,
        operation: i64,
        number: usize,
        store: StoreId,
        changes: &[Change],
        known: &Known,
        settled: &[Settled],
    ) -> Result<()> {
        let number = as_i64(number);
        self.try_do(|tx| {
            for before in settled {
                settle(tx, operation, *before)?;
            }
            tx.prepare_cached("INSERT INTO chunk(operation, number, state) VALUES(?1, ?2, 'intended')")?
                .execute(params![operation, number])?;
            record(tx, operation, number, store, changes, known)
        })
    }

    /// Notes what became of a chunk.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; recovery then finds out by itself.
    pub fn settle(&mut self, operation: i64, chunk: Settled) -> Result<()> {
        self.try_do(|tx| settle(tx, operation, chunk))
    }

    /// Ends an operation, writes the end of its last chunks, and seals it into the chain.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; the operation then stays open for recovery.
    pub fn close(&mut self, operation: i64, state: OperationState, settled: &[Settled]) -> Result<()> {
        self.try_do(|tx| {
            for chunk in settled {
                settle(tx, operation, *chunk)?;
            }
            tx.execute("UPDATE operation SET state=?2 WHERE id=?1", params![operation, state.name()])?;
            let seal = super::seal::of(tx, operation)?;
            tx.execute("UPDATE operation SET seal=?2 WHERE id=?1", params![operation, &seal[..]])?;
            super::verdict::follow(tx, operation, state)
        })
    }

    /// Changes overlays: journal, overlay and end of the chunk are one transaction, because all of it is in this file.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written; then nothing has changed.
    pub fn apply_overlays(&mut self, operation: i64, number: usize, store: StoreId, changes: &[Change]) -> Result<()> {
        self.try_do(|tx| {
            tx.prepare_cached("INSERT INTO chunk(operation, number, state) VALUES(?1, ?2, 'intended')")?
                .execute(params![operation, as_i64(number)])?;
            record(tx, operation, as_i64(number), store, changes, &Known::new())?;
            for change in changes {
                super::overlay::put(tx, store, &change.native, change.after.as_ref())?;
            }
            settle(tx, operation, Settled { number, state: ChunkState::Done, applied: changes.len() })
        })
    }

    /// Runs a write in one immediate transaction.
    pub(super) fn try_do<T>(&mut self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let done = self.db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).and_then(|tx| {
            let value = work(&tx)?;
            tx.commit()?;
            Ok(value)
        });
        done.map_err(|e| self.broken(&e))
    }
}

pub(super) fn begin(tx: &Transaction<'_>, what: Beginning<'_>) -> rusqlite::Result<i64> {
    tx.prepare_cached(
        "INSERT INTO operation(at,label,author,reason,summary,state,planned,of,proposal)
         VALUES(?1,?2,?3,?4,?5,'open',?6,?7,?8)",
    )?
    .insert(params![
        what.at,
        what.label.name(),
        what.author,
        what.reason,
        what.summary,
        as_i64(what.planned),
        what.of,
        what.proposal
    ])
}

fn settle(tx: &Transaction<'_>, operation: i64, chunk: Settled) -> rusqlite::Result<()> {
    tx.prepare_cached("UPDATE chunk SET state=?3 WHERE operation=?1 AND number=?2")?.execute(params![
        operation,
        as_i64(chunk.number),
        chunk.state.name()
    ])?;
    tx.prepare_cached("UPDATE operation SET applied=applied+?2 WHERE id=?1")?
        .execute(params![operation, as_i64(chunk.applied)])?;
    Ok(())
}

pub(super) fn record(
    tx: &Transaction<'_>,
    operation: i64,
    number: i64,
    store: StoreId,
    changes: &[Change],
    known: &Known,
) -> rusqlite::Result<()> {
    let mut seq: i64 = tx
        .prepare_cached("SELECT COALESCE(MAX(seq), 0) FROM change WHERE operation=?1")?
        .query_row([operation], |row| row.get(0))?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO change(operation, seq, chunk, store, native, place, before, after) VALUES(?1,?2,?3,?4,?5,?6,?7,?8)",
    )?;
    for change in changes {
        seq += 1;
        let before = change.before.as_ref().map(|image| keep(tx, image, known)).transpose()?;
        let after = change.after.as_ref().map(|image| keep(tx, image, known)).transpose()?;
        let place = match change.place {
            Place::Store => 0,
            Place::Overlay => 1,
        };
        insert.execute(params![operation, seq, number, store.0, change.native, place, before, after])?;
    }
    Ok(())
}

fn keep(tx: &Transaction<'_>, image: &Image, known: &Known) -> rusqlite::Result<i64> {
    let digest = image.digest();
    if let Some(id) = known.get(&digest) {
        // What an undo may need is not let go any more, whoever took it.
        tx.prepare_cached("UPDATE image SET observed=NULL WHERE id=?1 AND observed IS NOT NULL")?.execute([id])?;
        return Ok(*id);
    }
    let data = lz4_flex::compress_prepend_size(&image.encode());
    tx.prepare_cached("INSERT INTO image(digest, sum, data) VALUES(?1, ?2, ?3)")?.insert(params![
        &digest[..],
        &sum(&data)[..],
        data
    ])
}

/// The first eight bytes of SHA-256: enough to notice damage, which is all it is for.
pub(super) fn sum(data: &[u8]) -> [u8; 8] {
    let full: [u8; 32] = Sha256::digest(data).into();
    let mut short = [0; 8];
    short.copy_from_slice(&full[..8]);
    short
}

/// Why an image of somebody else's change cannot be read.
const LET_GO: &str = "the image was let go";

/// The image of a stored row, after its checksum was compared.
pub(super) fn unpack(digest: &[u8], stored_sum: &[u8], data: &[u8]) -> std::result::Result<Image, String> {
    if stored_sum.is_empty() && data.is_empty() {
        return Err(LET_GO.into());
    }
    if stored_sum != sum(data) {
        return Err("the image's checksum does not match".into());
    }
    let bytes = lz4_flex::decompress_size_prepended(data).map_err(|e| format!("the image cannot be unpacked: {e}"))?;
    let image = Image::decode(&bytes).map_err(|e| e.to_string())?;
    if image.digest()[..] == *digest { Ok(image) } else { Err("the image is not the one that was recorded".into()) }
}

pub(super) fn as_i64(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Problem {
    /// A record of the ledger that cannot be trusted.
    pub(super) fn damaged(ledger: &Ledger, operation: i64, image: i64, reason: String) -> Self {
        match reason.as_str() {
            LET_GO => match ledger.erased(image) {
                Ok(Some(erased)) => Self::Erased(erased),
                _ => Self::LetGo { operation },
            },
            _ => Self::Damaged { path: ledger.path.clone(), operation, reason },
        }
    }
}
