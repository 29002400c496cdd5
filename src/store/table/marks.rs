//! What a person says about a memory, where the product's own table has columns for it.

use rusqlite::Connection;

use super::shape::Shape;
use crate::{
    change::Mark,
    memory::{Handle, Image, Overlay, Value},
    store::sqlite::{cell, table::quote},
};

/// The columns of a table that hold marks.
#[derive(Clone, Copy, Debug)]
pub struct MarkColumns {
    /// A confidence between 0 and 1, or NULL.
    pub confidence: &'static str,
    /// 0 or 1.
    pub pinned: &'static str,
    /// Milliseconds since 1970, or NULL.
    pub stale_after: &'static str,
}

impl MarkColumns {
    /// The column of a mark and what it holds then; `None` for a mark without a column.
    fn cell_of(self, mark: &Mark) -> Option<(&'static str, Value)> {
        // Two digits are what a person says.
        let two_digits = |value: f32| (f64::from(value.clamp(0.0, 1.0)) * 100.0).round() / 100.0;
        match *mark {
            Mark::Confidence(value) => {
                Some((self.confidence, value.map_or(Value::Null, |value| Value::Real(two_digits(value)))))
            }
            Mark::Pinned(pinned) => Some((self.pinned, Value::Integer(i64::from(pinned)))),
            Mark::StaleAfter(moment) => Some((self.stale_after, moment.map_or(Value::Null, Value::Integer))),
            Mark::Bucket(_) | Mark::Reviewed(_) => None,
        }
    }

    /// Whether a mark has a column.
    pub(super) fn hold(self, mark: &Mark) -> bool {
        self.cell_of(mark).is_some()
    }

    /// The record with these marks in it; `None` when it holds them already.
    pub(super) fn marked(self, image: &Image, marks: &[Mark]) -> Option<Image> {
        let mut after = image.clone();
        for (column, value) in marks.iter().filter_map(|mark| self.cell_of(mark)) {
            if let Some((_, cell)) = after.own.columns.iter_mut().find(|(name, _)| name == column) {
                *cell = value;
            }
        }
        (after.own != image.own).then_some(after)
    }

    /// The memories that are pinned or have a date in their own columns. A confidence there may be anybody's.
    pub(super) fn read(self, conn: &Connection, shape: &Shape) -> rusqlite::Result<Vec<(Handle, Overlay)>> {
        let sql = format!(
            "SELECT rowid, {pinned}, {stale_after} FROM {from} WHERE {pinned} = 1 OR {stale_after} IS NOT NULL",
            pinned = quote(self.pinned),
            stale_after = quote(self.stale_after),
            from = shape.from(),
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let marks = statement.query_map([], |row| {
            let pinned = cell::integer(row.get_ref(1)?) == Some(1);
            let stale_after = cell::integer(row.get_ref(2)?);
            Ok((Handle(row.get(0)?), Overlay { pinned, stale_after, ..Overlay::default() }))
        })?;
        marks.collect()
    }
}
