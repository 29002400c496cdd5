//! Versions of a memory: rows of which each names the one that it has taken the place of.
//!
//! A memory is known by its first row and is what its newest row says, so that it keeps its name when it is edited.

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::shape::Shape;

/// More versions than this are not followed: a chain that is longer goes in a circle.
const LONGEST: usize = 10_000;

/// The row that holds what the memory now is, from any of its rows.
pub(super) fn newest(conn: &Connection, shape: &Shape, row: i64) -> Result<i64> {
    if !shape.has_versions() {
        return Ok(row);
    }
    follow(
        conn,
        row,
        &format!(
            "SELECT w.id FROM memories AS m JOIN memories AS w ON w.content_hash = {} AND w.parent_id = m.content_hash
         WHERE m.id = ?1",
            shape.superseded("m")
        ),
    )
}

/// The first row of the memory, from any of its rows: what it is named by.
pub(super) fn first(conn: &Connection, shape: &Shape, row: i64) -> Result<i64> {
    if shape.has_versions() { follow(conn, row, &back(shape)) } else { Ok(row) }
}

/// The row that this one took the place of.
pub(super) fn previous(conn: &Connection, shape: &Shape, row: i64) -> Result<Option<i64>> {
    if !shape.has_versions() {
        return Ok(None);
    }
    conn.prepare_cached(&back(shape))?.query_row([row], |next| next.get(0)).optional()
}

/// The rows of all versions of a memory, also of those that were taken back or deleted.
pub(super) fn family(conn: &Connection, shape: &Shape, row: i64) -> Result<Vec<i64>> {
    let there = conn.prepare_cached("SELECT 1 FROM memories WHERE id = ?1")?.exists([row])?;
    let mut found: Vec<i64> = there.then_some(row).into_iter().collect();
    if !shape.has_versions() {
        return Ok(found);
    }
    let heirs = "SELECT w.id FROM memories AS m JOIN memories AS w ON w.parent_id = m.content_hash WHERE m.id = ?1";
    let mut heirs = conn.prepare_cached(heirs)?;
    let mut at = 0;
    while let Some(row) = found.get(at).copied().filter(|_| at < LONGEST) {
        let next: Vec<i64> = heirs.query_map([row], |next| next.get(0))?.collect::<Result<_>>()?;
        let new: Vec<i64> = next.into_iter().filter(|row| !found.contains(row)).collect();
        found.extend(new);
        at += 1;
    }
    Ok(found)
}

/// SQL from a row to the one before it.
fn back(shape: &Shape) -> String {
    format!(
        "SELECT m.id FROM memories AS w JOIN memories AS m ON m.content_hash = w.parent_id
         WHERE w.id = ?1 AND {} = w.content_hash",
        shape.superseded("m")
    )
}

fn follow(conn: &Connection, mut row: i64, sql: &str) -> Result<i64> {
    let mut statement = conn.prepare_cached(sql)?;
    for _ in 0..LONGEST {
        match statement.query_row([row], |next| next.get(0)).optional()? {
            Some(next) if next != row => row = next,
            _ => break,
        }
    }
    Ok(row)
}
