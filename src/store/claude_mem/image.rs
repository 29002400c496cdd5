//! Native records: a memory's row with all columns, the rows that leave with it, the session it hangs on.

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, types::Value as Sql};

use super::shape::{Kind, Shape, Table};
use crate::{
    memory::{Image, Record, Value},
    store::sqlite::cell,
};

/// Reads the full record of a memory, `None` when there is none.
pub(super) fn read(conn: &Connection, shape: &Shape, kind: Kind, rowid: i64) -> rusqlite::Result<Option<Image>> {
    let Some(mut image) = read_own(conn, shape, kind, rowid)? else { return Ok(None) };
    image.parents = session_of(conn, shape, kind, &image.own)?.into_iter().collect();
    Ok(Some(image))
}

/// Reads what is the memory's own of its record, without the session it hangs on.
pub(super) fn read_own(conn: &Connection, shape: &Shape, kind: Kind, rowid: i64) -> rusqlite::Result<Option<Image>> {
    let Some(table) = shape.table(kind) else { return Ok(None) };
    let own = conn
        .prepare_cached(&format!("{} WHERE rowid = ?1", table.select))?
        .query_row([rowid], |row| record(kind.table(), &table.columns, row))
        .optional()?;
    let Some(own) = own else { return Ok(None) };
    let mut side = Vec::new();
    for child in shape.children(kind) {
        let all = select(&child.table, &child.columns);
        let mut statement =
            conn.prepare_cached(&format!("{all} WHERE {} = ?1 ORDER BY rowid", quote(&child.column)))?;
        let mut rows = statement.query([rowid])?;
        while let Some(row) = rows.next()? {
            side.push(record(&child.table, &child.columns, row)?);
        }
    }
    Ok(Some(Image { own, side, parents: Vec::new() }))
}

/// `SELECT` of all columns.
pub(super) fn select(table: &str, columns: &[String]) -> String {
    let columns: Vec<String> = columns.iter().map(|name| quote(name)).collect();
    format!("SELECT {} FROM {}", columns.join(", "), quote(table))
}

/// A name for SQL.
pub(super) fn quote(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn record(table: &str, columns: &[String], row: &SqlRow<'_>) -> rusqlite::Result<Record> {
    let mut cells = Vec::with_capacity(columns.len());
    for (place, name) in columns.iter().enumerate() {
        cells.push((name.clone(), cell::value(row.get_ref(place)?)));
    }
    Ok(Record { table: table.to_owned(), columns: cells })
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
    let Some(Some(sql)) = default else { return Ok(Value::Null) };
    let value: Sql = conn.query_row(&format!("SELECT ({sql})"), [], |row| row.get(0))?;
    Ok(match value {
        Sql::Null => Value::Null,
        Sql::Integer(number) => Value::Integer(number),
        Sql::Real(number) => Value::Real(number),
        Sql::Text(text) => Value::Text(text.into_bytes()),
        Sql::Blob(bytes) => Value::Blob(bytes),
    })
}
