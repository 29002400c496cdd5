//! The versions of a memory that the product keeps: the rows of its chain.

use rusqlite::{Connection, Result};

use super::{chain, image, line, meta, shape::Shape};
use crate::{
    memory::{Handle, Record, Value},
    store::{StoreVersion, sqlite::cell},
};

/// More versions than this are not listed.
const MOST: usize = 1000;

/// The versions of a memory, newest first.
pub(super) fn versions(conn: &Connection, shape: &Shape, handle: Handle) -> Result<Vec<StoreVersion>> {
    let newest = chain::newest(conn, shape, handle.0)?;
    let (mut found, mut at) = (Vec::new(), Some(newest));
    while let Some(row) = at.filter(|_| found.len() < MOST) {
        let Some(raw) = image::raw(conn, shape, row)? else { break };
        let current = row == newest && !line::is_pruned(raw.get("deleted_at"));
        found.push(version(conn, shape, row, raw, current)?);
        at = chain::previous(conn, shape, row)?;
    }
    Ok(found)
}

fn version(conn: &Connection, shape: &Shape, row: i64, raw: Record, current: bool) -> Result<StoreVersion> {
    let number = match raw.get("version") {
        Some(Value::Integer(number)) => *number,
        _ => 1,
    };
    let at = raw.get("created_at").and_then(|value| line::time(cell::reference(value)));
    let again = if current { raw } else { in_use(raw) };
    Ok(StoreVersion {
        native: format!("row {row}"),
        at,
        note: format!("version {number}"),
        current,
        image: Some(image::around(conn, shape, row, again)?),
    })
}

/// A row as it was before another took its place.
fn in_use(mut raw: Record) -> Record {
    for column in ["superseded_by", "deleted_at"] {
        image::set(&mut raw, column, Value::Null);
    }
    if let Some(notes) = raw.get("metadata").map(|notes| meta::without_keys(notes, &meta::SUPERSEDED)) {
        image::set(&mut raw, "metadata", notes);
    }
    raw
}
