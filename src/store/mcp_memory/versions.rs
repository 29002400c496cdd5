//! The versions of a memory that the product keeps: the rows of its chain.

use rusqlite::{Connection, Result};

use super::{chain, image, line, meta, shape::Shape};
use crate::{
    memory::{EpochMs, Handle, Record, Value},
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

/// Memories of which a row was written or changed at a moment or later, but for those that begin then.
pub(super) fn changed_since(conn: &Connection, shape: &Shape, at: EpochMs) -> Result<Vec<Handle>> {
    let created = shape.column("created_at");
    let sql = format!("SELECT m.id, {created}, {} FROM memories AS m", shape.column("updated_at"));
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let (mut later, mut found) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        let since = |column: usize| row.get_ref(column).map(|value| line::time(value).is_some_and(|time| time >= at));
        if since(1)? || since(2)? {
            later.push(row.get(0)?);
        }
    }
    for row in later {
        let first = chain::first(conn, shape, row)?;
        let born = image::raw(conn, shape, first)?
            .and_then(|raw| raw.get("created_at").and_then(|value| line::time(cell::reference(value))));
        if born.is_none_or(|born| born < at) && !found.contains(&Handle(first)) {
            found.push(Handle(first));
        }
    }
    Ok(found)
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
