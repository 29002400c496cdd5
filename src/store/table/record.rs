//! Native records of a mapped table: a row with all its columns and the rows that leave with it.

use rusqlite::{Connection, OptionalExtension as _};

use super::shape::Shape;
use crate::{
    memory::{Image, Record, Value},
    store::sqlite::{
        cell,
        table::{Child, quote},
    },
};

/// The name under which a record carries its row's number, where no column does.
pub(super) const ROW_ID: &str = "rowid";

/// Reads the full record of a memory, `None` when there is none.
pub(super) fn read(conn: &Connection, shape: &Shape, rowid: i64) -> rusqlite::Result<Option<Image>> {
    let own = conn
        .prepare_cached(&format!("{} WHERE rowid = ?1", shape.table.select))?
        .query_row([rowid], |row| shape.table.record(row))
        .optional()?;
    let Some(mut own) = own else { return Ok(None) };
    if shape.table.row_id.is_none() {
        own.columns.push((ROW_ID.to_owned(), Value::Integer(rowid)));
    }
    let (mut side, mut parents) = (Vec::new(), Vec::new());
    for child in &shape.children {
        let aside = shape.product.aside.contains(&child.table.name.as_str());
        let into = if aside { &mut parents } else { &mut side };
        into.extend(rows_of(conn, child, &own)?);
    }
    Ok(Some(Image { own, side, parents }))
}

/// The rows of a child table that hang on a row.
fn rows_of(conn: &Connection, child: &Child, own: &Record) -> rusqlite::Result<Vec<Record>> {
    let Some(key) = own.get(&child.to) else { return Ok(Vec::new()) };
    let sql = format!("{} WHERE {} = ?1 ORDER BY rowid", child.table.select, quote(&child.column));
    conn.prepare_cached(&sql)?.query_map([cell::parameter(key)], |row| child.table.record(row))?.collect()
}

/// The row that a native id names, `None` when it is no id of this table or there is no such row.
pub(super) fn row_of(conn: &Connection, shape: &Shape, native: &str) -> rusqlite::Result<Option<i64>> {
    let Some(id) = shape.id_in(native) else { return Ok(None) };
    if shape.id_is_row() {
        // The same number may be written in several ways; only one of them is the id.
        return Ok(id.parse().ok().filter(|row: &i64| row.to_string() == id));
    }
    // Once as text and once as a number: which one finds it depends on how the table holds it. An id that is not
    // written as the table writes it is none.
    let sql = format!("SELECT rowid, {0} FROM {1} WHERE {0} = ?1 LIMIT 2", quote(&shape.mapping.id), shape.from());
    let number = id.parse::<i64>().ok().map(Value::Integer);
    for asked in std::iter::once(Value::Text(id.as_bytes().to_vec())).chain(number) {
        let found = conn
            .prepare_cached(&sql)?
            .query_map([cell::parameter(&asked)], |row| Ok((row.get(0)?, cell::text(row.get_ref(1)?) == id)))?
            .collect::<rusqlite::Result<Vec<(i64, bool)>>>()?;
        if let [(row, true)] = found.as_slice() {
            return Ok(Some(*row));
        }
    }
    Ok(None)
}

/// The row of a record, from the column that holds its number.
pub(super) fn row_in(shape: &Shape, own: &Record) -> Option<i64> {
    match own.get(shape.table.row_id.as_deref().unwrap_or(ROW_ID)) {
        Some(Value::Integer(row)) => Some(*row),
        _ => None,
    }
}
