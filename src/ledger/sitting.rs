//! Sittings as they are kept: the list, what was said of each memory, and where a person stopped.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Ledger, Result, StoreId};
use crate::memory::{EpochMs, Given, Likeness, Seat, Sitting, SittingOrder, Verdict};

/// How the ledger names a memory: its store and its native id.
pub type Named = (StoreId, String);

impl Ledger {
    /// Keeps a sitting that begins now, in the place of `instead`, if that was given up for it. `over` are the stores
    /// of which it took everything that is due: what they capture from now on is new. Its number.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn begin_sitting(&mut self, sitting: &Sitting<Named>, instead: Option<i64>, over: &[StoreId]) -> Result<i64> {
        self.try_do(|tx| {
            tx.execute("UPDATE sitting SET ended=?2 WHERE id=?1 AND ended IS NULL", params![instead, sitting.began])?;
            tx.execute(
                "INSERT INTO sitting(began, ended, query, sorted, at, spent) VALUES(?1,?2,?3,?4,?5,?6)",
                params![
                    sitting.began,
                    sitting.ended,
                    sitting.query,
                    sitting.order.name(),
                    number(sitting.at),
                    sitting.spent
                ],
            )?;
            let id = tx.last_insert_rowid();
            put_seats(tx, id, &sitting.seats)?;
            for store in over {
                tx.execute("UPDATE store SET sat_at=?2 WHERE id=?1", params![store.0, sitting.began])?;
            }
            Ok(id)
        })
    }

    /// Keeps a sitting as it is now, in one transaction.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn keep_sitting(&mut self, sitting: &Sitting<Named>) -> Result<()> {
        self.try_do(|tx| {
            tx.execute(
                "UPDATE sitting SET ended=?2, at=?3, spent=?4 WHERE id=?1",
                params![sitting.id, sitting.ended, number(sitting.at), sitting.spent],
            )?;
            tx.execute("DELETE FROM seat WHERE sitting=?1", [sitting.id])?;
            put_seats(tx, sitting.id, &sitting.seats)
        })
    }

    /// The latest sitting on these stores that did not come to its end.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn unfinished_sitting(&self, stores: &[StoreId]) -> Result<Option<Sitting<Named>>> {
        let ids: Vec<String> = stores.iter().map(|store| store.0.to_string()).collect();
        let found = self.query(
            &format!(
                "SELECT id, began, ended, query, sorted, at, spent FROM sitting s WHERE ended IS NULL AND NOT EXISTS
                 (SELECT 1 FROM seat WHERE seat.sitting = s.id AND seat.store NOT IN ({}))
                 ORDER BY id DESC LIMIT 1",
                ids.join(", ")
            ),
            |query| query.query_row([], sitting).optional(),
        )?;
        let Some(mut found) = found else { return Ok(None) };
        found.seats = self.query(
            "SELECT store, native, title, tokens, cluster, likeness, verdict, turn, operation, edit
             FROM seat WHERE sitting=?1 ORDER BY place",
            |query| query.query_map([found.id], seat)?.collect(),
        )?;
        Ok(Some(found))
    }

    /// When the list of the last sitting over all of a store was made.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn sat_at(&self, store: StoreId) -> Result<Option<EpochMs>> {
        self.query("SELECT sat_at FROM store WHERE id=?1", |query| query.query_row([store.0], |row| row.get(0)))
    }
}

fn put_seats(tx: &Transaction<'_>, sitting: i64, seats: &[Seat<Named>]) -> rusqlite::Result<()> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO seat(sitting, place, store, native, title, tokens, cluster, likeness, verdict, turn, operation, edit)
         VALUES(?1,?2,?3,?4,
             CASE WHEN EXISTS (SELECT 1 FROM change c JOIN operation o ON o.id = c.operation AND o.label = 'erase'
                               WHERE c.store = ?3 AND c.native = ?4) THEN '' ELSE ?5 END,
             ?6,?7,?8,?9,?10,?11,?12)",
    )?;
    for (place, seat) in seats.iter().enumerate() {
        let (store, native) = &seat.memory;
        insert.execute(params![
            sitting,
            number(place),
            store.0,
            native,
            seat.title,
            seat.tokens,
            seat.cluster,
            seat.likeness.name(),
            seat.given.map(|given| given.verdict.name()),
            seat.given.map(|given| given.turn),
            seat.given.and_then(|given| given.operation),
            seat.given.and_then(|given| given.edit)
        ])?;
    }
    Ok(())
}

fn sitting(row: &Row<'_>) -> rusqlite::Result<Sitting<Named>> {
    Ok(Sitting {
        id: row.get(0)?,
        began: row.get(1)?,
        ended: row.get(2)?,
        query: row.get(3)?,
        order: SittingOrder::named(&row.get::<_, String>(4)?).unwrap_or_default(),
        at: usize::try_from(row.get::<_, i64>(5)?).unwrap_or(0),
        spent: row.get(6)?,
        seats: Vec::new(),
    })
}

fn seat(row: &Row<'_>) -> rusqlite::Result<Seat<Named>> {
    let verdict: Option<String> = row.get(6)?;
    let given = match (verdict.as_deref().and_then(Verdict::named), row.get::<_, Option<u32>>(7)?) {
        (Some(verdict), Some(turn)) => Some(Given { verdict, turn, operation: row.get(8)?, edit: row.get(9)? }),
        _ => None,
    };
    Ok(Seat {
        memory: (StoreId(row.get(0)?), row.get(1)?),
        title: row.get(2)?,
        tokens: row.get(3)?,
        cluster: row.get(4)?,
        likeness: Likeness::named(&row.get::<_, String>(5)?).unwrap_or_default(),
        given,
    })
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        change::{Change, Label, Place},
        ledger::{Beginning, OperationState, overlay},
        memory::{Bucket, Overlay},
        store::About,
    };

    const NOW: EpochMs = 1_790_000_000_000;

    fn about(identity: &str) -> About {
        About {
            name: identity.into(),
            product: "p",
            path: format!("/{identity}").into(),
            identity: identity.into(),
            version: "1".into(),
            read_only: None,
        }
    }

    fn sitting(store: StoreId, given: Option<Given>) -> Sitting<Named> {
        let seat = |n: u32, given| Seat {
            memory: (store, format!("x/{n}")),
            title: "a title".into(),
            tokens: n,
            cluster: n / 2,
            likeness: Likeness::Session,
            given,
        };
        Sitting {
            id: 0,
            began: NOW,
            ended: None,
            query: "kind:bugfix".into(),
            order: SittingOrder::Doubtful,
            at: 1,
            spent: 1234,
            seats: vec![seat(0, given), seat(1, None)],
        }
    }

    #[test]
    fn a_sitting_comes_back_as_it_was_left() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        let store = ledger.know(&about("one"), NOW).unwrap();
        let other = ledger.know(&about("other"), NOW).unwrap();
        assert_eq!(ledger.unfinished_sitting(&[store]).unwrap(), None);
        assert_eq!(ledger.sat_at(store).unwrap(), None);
        let given = Given { verdict: Verdict::Skip, turn: 3, operation: None, edit: None };
        let mut it = sitting(store, Some(given));
        it.id = ledger.begin_sitting(&it, None, &[store]).unwrap();
        assert_eq!(ledger.unfinished_sitting(&[store, other]).unwrap(), Some(it.clone()));
        assert_eq!(ledger.unfinished_sitting(&[other]).unwrap(), None, "its store is not open");
        assert_eq!((ledger.sat_at(store).unwrap(), ledger.sat_at(other).unwrap()), (Some(NOW), None));
        it.at = 0;
        it.seats.remove(1);
        ledger.keep_sitting(&it).unwrap();
        assert_eq!(ledger.unfinished_sitting(&[store]).unwrap(), Some(it.clone()));
        let next = sitting(store, None);
        let id = ledger.begin_sitting(&next, Some(it.id), &[]).unwrap();
        it.ended = Some(NOW);
        ledger.keep_sitting(&it).unwrap();
        assert_eq!(ledger.unfinished_sitting(&[store]).unwrap().map(|found| found.id), Some(id));
    }

    #[test]
    fn a_ledger_of_the_first_format_opens_and_keeps_its_data() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.db");
        let old = rusqlite::Connection::open(&path).unwrap();
        old.execute_batch(include_str!("../../assets/migrations/ledger-0001.sql")).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        old.execute_batch(
            "INSERT INTO store(id, product, identity, path, name, first_seen, last_seen) VALUES(7,'p','one','/one','one',1,1);
             INSERT INTO overlay(store, native, confidence, pinned, stale_after, bucket, reviewed_at)
             VALUES(7, 'x/1', 0.5, 1, 9, 'user', 11);",
        )
        .unwrap();
        drop(old);
        let mut ledger = Ledger::open(&path).unwrap();
        let store = ledger.know(&about("one"), NOW).unwrap();
        assert_eq!(store, StoreId(7));
        let before = Overlay {
            confidence: Some(0.5),
            pinned: true,
            stale_after: Some(9),
            bucket: Some(Bucket::User),
            reviewed_at: Some(11),
            review_days: None,
        };
        assert_eq!(ledger.overlay(store, "x/1").unwrap(), before);
        // What was journalled before there were intervals is still recognised: nothing new stands in its image.
        let image = overlay::image_of(&before).unwrap();
        assert!(image.own.get("review_days").is_none());
        let after = Overlay { review_days: Some(14), reviewed_at: Some(NOW), ..before };
        let begin = Beginning {
            label: Label::Mark,
            author: "you",
            reason: "",
            summary: "x",
            at: NOW,
            planned: 1,
            of: None,
            proposal: None,
        };
        let operation = ledger.begin(begin).unwrap();
        let change = Change {
            native: "x/1".into(),
            place: Place::Overlay,
            before: Some(image),
            after: overlay::image_of(&after),
        };
        ledger.apply_overlays(operation, 1, store, &[change]).unwrap();
        ledger.close(operation, OperationState::Done, &[]).unwrap();
        drop(ledger);
        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.overlay(store, "x/1").unwrap(), after);
        assert_eq!(ledger.check().unwrap().troubles, Vec::<String>::new());
        assert_eq!(ledger.unfinished_sitting(&[store]).unwrap(), None);
    }
}
