//! Tombstones: texts that a person does not want to come back, by their fingerprint, with the reason.

use rusqlite::{Row, Transaction, params};

use super::{Ledger, Result, StoreId};
use crate::{
    judge::{self, Fingerprint},
    memory::EpochMs,
};

/// A text that is not to come back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tombstone {
    /// Its number.
    pub id: i64,
    /// When the person said so.
    pub at: EpochMs,
    /// What the text says; the text itself is not kept.
    pub print: Fingerprint,
    /// Its title, for a list.
    pub title: String,
    /// Why; may be empty.
    pub reason: String,
    /// The proposal that was rejected.
    pub proposal: Option<i64>,
    /// The project it applied to; `None` when it applied everywhere.
    pub scope: Option<String>,
    /// The operation that took the text out, or that took it back; the tombstone does not count while that one is taken
    /// back itself.
    pub operation: Option<i64>,
}

/// Texts of fewer words are only recognised by the very same words: nearly the same says too little of them.
const WORDS: u32 = 10;

const LYING: &str = "SELECT t.id, t.at, t.exact, t.sketch, t.words, t.title, t.reason, t.proposal, t.operation, t.scope
    FROM tombstone t LEFT JOIN operation o ON o.id = t.operation WHERE t.lifted IS NULL
    AND COALESCE((SELECT u.label FROM operation u WHERE u.of = COALESCE(o.of, o.id) AND u.state = 'done'
                  ORDER BY u.id DESC LIMIT 1), 'redo') = iif(o.label = 'undo', 'undo', 'redo')";

impl Ledger {
    /// Writes down that texts are not to come back. Their `id` does not matter.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn bury(&mut self, texts: &[Tombstone]) -> Result<()> {
        self.try_do(|tx| bury(tx, texts))
    }

    /// Whether an operation left fewer tombstones than it took memories out of a store: a crash came between the two.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn is_half_buried(&self, operation: i64, store: StoreId) -> Result<bool> {
        self.query(
            "SELECT (SELECT COUNT(*) FROM tombstone WHERE operation = ?1) <
                    (SELECT COUNT(*) FROM change WHERE operation = ?1 AND store = ?2 AND place = 0 AND after IS NULL)",
            |query| query.query_row(params![operation, store.0], |row| row.get(0)),
        )
    }

    /// All tombstones that count, the latest first.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn tombstones(&self) -> Result<Vec<Tombstone>> {
        self.query(&format!("{LYING} ORDER BY t.id DESC"), |query| query.query_map([], tombstone)?.collect())
    }

    /// The latest tombstone of a text that says the same, or nearly so; `None` when the text may come.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn buried(&self, text: Fingerprint) -> Result<Option<Tombstone>> {
        self.buried_where(text, |_| true)
    }

    /// As [`Ledger::buried`], among those that applied to projects (`None`: everywhere) which the question admits.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn buried_where(&self, text: Fingerprint, admits: impl Fn(Option<&str>) -> bool) -> Result<Option<Tombstone>> {
        if text.words == 0 {
            return Ok(None);
        }
        let admitted = |stone: &Tombstone| admits(stone.scope.as_deref());
        let same: Vec<Tombstone> = self.query(&format!("{LYING} AND t.exact = ?1 ORDER BY t.id DESC"), |query| {
            query.query_map([text.exact.cast_signed()], tombstone)?.collect()
        })?;
        if let Some(same) = same.into_iter().find(admitted) {
            return Ok(Some(same));
        }
        if text.words < WORDS {
            return Ok(None);
        }
        let near = |stone: &Tombstone| stone.print.words >= WORDS && judge::alike(stone.print.sketch, text.sketch);
        Ok(self.tombstones()?.into_iter().find(|stone| near(stone) && admitted(stone)))
    }

    /// Takes a tombstone away: the text may come back. Whether there was one.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn lift(&mut self, id: i64, now: EpochMs) -> Result<bool> {
        self.try_do(|tx| {
            Ok(tx.execute("UPDATE tombstone SET lifted = ?2 WHERE id = ?1 AND lifted IS NULL", params![id, now])? > 0)
        })
    }
}

/// [`Ledger::bury`], as part of a transaction. What an operation took out is buried once, however often that is asked for.
pub(super) fn bury<'t>(tx: &Transaction<'_>, texts: impl IntoIterator<Item = &'t Tombstone>) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO tombstone(at, exact, sketch, words, title, reason, proposal, operation, scope)
         SELECT ?1,?2,?3,?4,?5,?6,?7,?8,?9 WHERE ?8 IS NULL
            OR NOT EXISTS (SELECT 1 FROM tombstone WHERE exact = ?2 AND lifted IS NULL AND operation = ?8)",
    )?;
    for text in texts.into_iter().filter(|text| text.print.words > 0) {
        insert.execute(params![
            text.at,
            text.print.exact.cast_signed(),
            text.print.sketch.cast_signed(),
            text.print.words,
            text.title,
            text.reason,
            text.proposal,
            text.operation,
            text.scope
        ])?;
    }
    Ok(())
}

fn tombstone(row: &Row<'_>) -> rusqlite::Result<Tombstone> {
    Ok(Tombstone {
        id: row.get(0)?,
        at: row.get(1)?,
        print: Fingerprint {
            exact: row.get::<_, i64>(2)?.cast_unsigned(),
            sketch: row.get::<_, i64>(3)?.cast_unsigned(),
            words: row.get(4)?,
        },
        title: row.get(5)?,
        reason: row.get(6)?,
        proposal: row.get(7)?,
        operation: row.get(8)?,
        scope: row.get(9)?,
    })
}
