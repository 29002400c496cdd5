//! Overlays: what a person said about memories, as rows and as images of the journal.

use rusqlite::{OptionalExtension as _, Row, Transaction, params};

use super::{Ledger, Result, StoreId};
use crate::memory::{Bucket, Image, Overlay, Record, Value};

/// The table name that overlay images carry.
pub const TABLE: &str = "overlay";

/// The overlay as an image, so that marks are journalled and undone like everything else. `None` when it is empty.
pub fn image_of(overlay: &Overlay) -> Option<Image> {
    if overlay.is_empty() {
        return None;
    }
    let integer = |value: Option<i64>| value.map_or(Value::Null, Value::Integer);
    let mut columns = vec![
        ("confidence".to_owned(), overlay.confidence.map_or(Value::Null, |value| Value::Real(f64::from(value)))),
        ("pinned".to_owned(), Value::Integer(i64::from(overlay.pinned))),
        ("stale_after".to_owned(), integer(overlay.stale_after)),
        ("bucket".to_owned(), overlay.bucket.map_or(Value::Null, |b| Value::Text(b.name().into()))),
        ("reviewed_at".to_owned(), integer(overlay.reviewed_at)),
    ];
    // Only where there is one: images from before there were intervals stay what they are, and can be compared.
    columns.extend(overlay.review_days.map(|days| ("review_days".to_owned(), Value::Integer(days.into()))));
    Some(Image { own: Record { table: TABLE.into(), columns }, side: vec![], parents: vec![] })
}

/// The overlay of an image; columns that are missing or unknown say nothing.
pub fn of_image(image: Option<&Image>) -> Overlay {
    let Some(image) = image else { return Overlay::default() };
    let integer = |column: &str| match image.own.get(column) {
        Some(Value::Integer(value)) => Some(*value),
        _ => None,
    };
    Overlay {
        confidence: match image.own.get("confidence") {
            #[expect(clippy::cast_possible_truncation, reason = "it was widened from f32")]
            Some(Value::Real(value)) => Some(*value as f32),
            _ => None,
        },
        pinned: integer("pinned") == Some(1),
        stale_after: integer("stale_after"),
        bucket: match image.own.get("bucket") {
            Some(Value::Text(name)) => Bucket::named(&String::from_utf8_lossy(name)),
            _ => None,
        },
        reviewed_at: integer("reviewed_at"),
        review_days: integer("review_days").and_then(|days| days.try_into().ok()),
    }
}

pub(super) fn put(tx: &Transaction<'_>, store: StoreId, native: &str, image: Option<&Image>) -> rusqlite::Result<()> {
    let overlay = of_image(image);
    if overlay.is_empty() {
        tx.prepare_cached("DELETE FROM overlay WHERE store=?1 AND native=?2")?.execute(params![store.0, native])?;
        return Ok(());
    }
    tx.prepare_cached(
        "INSERT INTO overlay(store, native, confidence, pinned, stale_after, bucket, reviewed_at, review_days)
         VALUES(?1,?2,?3,?4,?5,?6,?7,?8)
         ON CONFLICT(store, native) DO UPDATE
         SET confidence=?3, pinned=?4, stale_after=?5, bucket=?6, reviewed_at=?7, review_days=?8",
    )?
    .execute(params![
        store.0,
        native,
        overlay.confidence.map(f64::from),
        overlay.pinned,
        overlay.stale_after,
        overlay.bucket.map(Bucket::name),
        overlay.reviewed_at,
        overlay.review_days
    ])?;
    Ok(())
}

const SELECT: &str =
    "SELECT native, confidence, pinned, stale_after, bucket, reviewed_at, review_days FROM overlay WHERE store=?1";

impl Ledger {
    /// What a person said about a memory.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn overlay(&self, store: StoreId, native: &str) -> Result<Overlay> {
        self.db
            .prepare_cached(&format!("{SELECT} AND native=?2"))
            .and_then(|mut query| query.query_row(params![store.0, native], read).optional())
            .map(|found| found.map_or_else(Overlay::default, |(_, overlay)| overlay))
            .map_err(|e| self.broken(&e))
    }

    /// Everything a person said about the memories of a store, by native id.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be read.
    pub fn overlays(&self, store: StoreId) -> Result<Vec<(String, Overlay)>> {
        self.db
            .prepare_cached(SELECT)
            .and_then(|mut query| query.query_map([store.0], read)?.collect())
            .map_err(|e| self.broken(&e))
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<(String, Overlay)> {
    let bucket: Option<String> = row.get(4)?;
    let confidence: Option<f64> = row.get(1)?;
    Ok((
        row.get(0)?,
        Overlay {
            #[expect(clippy::cast_possible_truncation, reason = "it was widened from f32")]
            confidence: confidence.map(|value| value as f32),
            pinned: row.get(2)?,
            stale_after: row.get(3)?,
            bucket: bucket.as_deref().and_then(Bucket::named),
            reviewed_at: row.get(5)?,
            review_days: row.get(6)?,
        },
    ))
}
