//! Native records: a memory's row with all columns, the rows that leave with it, the session it hangs on.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow};

use super::shape::{Kind, Shape, Table};
use crate::{
    memory::{Image, Record, Value},
    store::sqlite::{
        cell,
        table::{self, quote, record},
    },
};

/// Reads the full record of a memory, `None` when there is none.
pub(super) fn read(conn: &Connection, shape: &Shape, kind: Kind, rowid: i64) -> rusqlite::Result<Option<Image>> {
    let Some(mut image) = read_own(conn, shape, kind, rowid)? else { return Ok(None) };
    image.parents = session_of(conn, shape, kind, &image.own)?.into_iter().collect();
    Ok(Some(image))
}

/// Reads what is the memory's own of its record, without the session it hangs on.
pub(super) fn read_own(conn: &Connection, shape: &Shape, kind: Kind, rowid: i64) -> rusqlite::Result<Option<Image>> {
    Ok(read_own_of(conn, shape, kind, &[rowid])?.remove(&rowid))
}

/// As [`read`] for many memories of one kind: a statement for each table, whatever their number.
pub(super) fn read_many(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    rowids: &[i64],
) -> rusqlite::Result<HashMap<i64, Image>> {
    let mut images = read_own_of(conn, shape, kind, rowids)?;
    // Neighbours mostly share a session.
    let mut last: Option<(Value, Option<Record>)> = None;
    for image in images.values_mut() {
        let name = shape.session_column(kind).and_then(|column| image.own.get(column)).cloned();
        let linked = image.own.get("session_db_id").is_some_and(|id| *id != Value::Null);
        let session = match (&last, name) {
            (Some((known, session)), Some(name)) if !linked && *known == name => session.clone(),
            (_, name) => {
                let session = session_of(conn, shape, kind, &image.own)?;
                last = name.filter(|_| !linked).map(|name| (name, session.clone()));
                session
            }
        };
        image.parents = session.into_iter().collect();
    }
    Ok(images)
}

fn read_own_of(conn: &Connection, shape: &Shape, kind: Kind, rowids: &[i64]) -> rusqlite::Result<HashMap<i64, Image>> {
    let mut images = HashMap::with_capacity(rowids.len());
    let Some(table) = shape.table(kind) else { return Ok(images) };
    rows_of(conn, kind.table(), &table.columns, "rowid", rowids, &mut |rowid, row| {
        let own = record(kind.table(), &table.columns, row)?;
        images.insert(rowid, Image { own, side: Vec::new(), parents: Vec::new() });
        Ok(())
    })?;
    for child in shape.children(kind) {
        rows_of(conn, &child.table, &child.columns, &child.column, rowids, &mut |rowid, row| {
            if let Some(image) = images.get_mut(&rowid) {
                image.side.push(record(&child.table, &child.columns, row)?);
            }
            Ok(())
        })?;
    }
    Ok(images)
}

/// Visits the rows of a table whose `key` is one of these numbers: the columns first, in their order.
pub(super) fn rows_of(
    conn: &Connection,
    table: &str,
    columns: &[String],
    key: &str,
    numbers: &[i64],
    visit: &mut dyn FnMut(i64, &SqlRow<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let names: Vec<String> = columns.iter().map(|name| quote(name)).collect();
    let key = if key == "rowid" { key.to_owned() } else { quote(key) };
    // Side rows keep the order in which they were written.
    let sql = format!(
        "SELECT {}, {key} FROM {} WHERE {key} IN (SELECT value FROM json_each(?1)) ORDER BY {key}, rowid",
        names.join(", "),
        quote(table)
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([json_list(numbers)])?;
    while let Some(row) = rows.next()? {
        visit(cell::integer(row.get_ref(columns.len())?).unwrap_or_default(), row)?;
    }
    Ok(())
}

/// Numbers as one parameter, for `json_each`.
pub(super) fn json_list(numbers: &[i64]) -> String {
    serde_json::to_string(numbers).unwrap_or_default()
}

/// The session that a memory's row hangs on.
fn session_of(conn: &Connection, shape: &Shape, kind: Kind, own: &Record) -> rusqlite::Result<Option<Record>> {
    let by_row = own.get("session_db_id").filter(|_| kind == Kind::Prompt);
    if let Some(id @ Value::Integer(_)) = by_row {
        return session(conn, &shape.sessions, "id", id);
    }
    let theirs = if kind == Kind::Prompt { shape.content_session() } else { shape.memory_session() };
    let ours = shape.session_column(kind).and_then(|name| own.get(name));
    match (theirs, ours) {
        (Some(theirs), Some(ours)) => session(conn, &shape.sessions, theirs, ours),
        _ => Ok(None),
    }
}

/// The session whose column holds this value, to the byte.
pub(super) fn session(
    conn: &Connection,
    sessions: &Table,
    column: &str,
    value: &Value,
) -> rusqlite::Result<Option<Record>> {
    conn.prepare_cached(&format!("{} WHERE {} = ?1 LIMIT 1", sessions.select, quote(column)))?
        .query_row([cell::parameter(value)], |row| record("sdk_sessions", &sessions.columns, row))
        .optional()
}

/// What a column holds when an insert does not name it.
pub(super) fn default_of(conn: &Connection, table: &Table, column: &str) -> rusqlite::Result<Value> {
    let default = table.columns.iter().position(|name| name == column).and_then(|place| table.defaults.get(place));
    table::value_of(conn, default.and_then(Option::as_deref))
}
