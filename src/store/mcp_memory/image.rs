//! Full native records: the row, its vector, and beside them what belongs to others, too.

use rusqlite::{Connection, OptionalExtension as _, Result, params_from_iter};

use super::{
    chain,
    line::is_pruned,
    meta,
    shape::Shape,
    vectors::{self, Slot},
};
use crate::{
    memory::{Handle, Image, Record, Value},
    store::sqlite::{
        cell,
        table::{insert, quote, update},
    },
};

/// The table of memories.
const MEMORIES: &str = "memories";
/// The table of relations.
pub(super) const GRAPH: &str = "memory_graph";
/// Columns that the product writes on every search: kept beside the memory, because a recall does not change it.
const RECALLS: [&str; 2] = ["metadata", "last_accessed"];

/// The record of a memory as it now is, `None` when there is none.
pub(super) fn read(conn: &Connection, shape: &Shape, handle: Handle) -> Result<Option<Image>> {
    let row = chain::newest(conn, shape, handle.0)?;
    match raw(conn, shape, row)?.filter(|raw| !is_pruned(raw.get("deleted_at"))) {
        Some(raw) => around(conn, shape, row, raw).map(Some),
        None => Ok(None),
    }
}

/// The record of a row with everything around it.
pub(super) fn around(conn: &Connection, shape: &Shape, row: i64, raw: Record) -> Result<Image> {
    let (mut side, mut parents) = (Vec::new(), vec![recalls(&raw)]);
    if let Ok(vectors) = &shape.vectors
        && let Some((vector, slot)) = vectors.record(conn, row)?
    {
        side.push(vector);
        parents.push(slot.record());
    }
    parents.extend(relations(conn, shape, &raw)?);
    Ok(Image { own: own(raw), side, parents })
}

/// A row of the table to the byte, whatever has become of it.
pub(super) fn raw(conn: &Connection, shape: &Shape, row: i64) -> Result<Option<Record>> {
    conn.prepare_cached(&format!("{} WHERE id = ?1", shape.memories.select))?
        .query_row([row], |row| shape.memories.record(row))
        .optional()
}

/// What a recall leaves alone of a row: the memory's own record.
pub(super) fn own(mut raw: Record) -> Record {
    raw.columns.retain(|(name, _)| name != "last_accessed");
    if let Some(value) = raw.get("metadata").map(meta::without_recalls) {
        set(&mut raw, "metadata", value);
    }
    raw
}

/// What a recall may have changed of a row.
pub(super) fn recalls(raw: &Record) -> Record {
    let columns = raw.columns.iter().filter(|(name, _)| RECALLS.contains(&name.as_str()));
    Record { table: MEMORIES.to_owned(), columns: columns.cloned().collect() }
}

/// The relations of a memory, in a fixed order.
fn relations(conn: &Connection, shape: &Shape, raw: &Record) -> Result<Vec<Record>> {
    let Some(hash) = raw.get("content_hash").filter(|_| shape.graph.has("source_hash")) else {
        return Ok(Vec::new());
    };
    let sql =
        format!("{} WHERE source_hash = ?1 OR target_hash = ?1 ORDER BY source_hash, target_hash", shape.graph.select);
    conn.prepare_cached(&sql)?.query_map([cell::parameter(hash)], |row| shape.graph.record(row))?.collect()
}

/// The number of the row of a record.
pub(super) fn row_of(own: &Record) -> Option<i64> {
    match own.get("id") {
        Some(Value::Integer(row)) => Some(*row),
        _ => None,
    }
}

/// Gives a column another value.
pub(super) fn set(record: &mut Record, column: &str, value: Value) {
    if let Some((_, cell)) = record.columns.iter_mut().find(|(name, _)| name == column) {
        *cell = value;
    }
}

/// Makes the rows of an image what it says. Texts are never changed in place: the product's triggers would leave the
/// old words in the full-text index.
pub(super) fn write(conn: &Connection, shape: &Shape, image: &Image) -> Result<()> {
    let Some(row) = row_of(&image.own) else { return Err(rusqlite::Error::InvalidQuery) };
    let current = raw(conn, shape, row)?;
    let wanted = with_recalls(image, current.as_ref());
    match &current {
        Some(current) => update(conn, row, current, &wanted)?,
        None => insert(conn, &wanted)?,
    }
    if let Ok(vectors) = &shape.vectors {
        let has = vectors.record(conn, row)?.map(|(vector, _)| vector);
        match image.side.iter().find(|side| side.table == vectors::TABLE) {
            Some(vector) if has.as_ref() != Some(vector) => {
                vectors.put(conn, row, vector, image.parents.iter().find_map(Slot::of))?;
            }
            None if has.is_some() => vectors.delete(conn, row)?,
            _ => {}
        }
    }
    image.parents.iter().filter(|parent| parent.table == GRAPH).try_for_each(|edge| relate(conn, edge))
}

/// Puts a relation back unless there is one between the two again.
fn relate(conn: &Connection, edge: &Record) -> Result<()> {
    let names: Vec<String> = edge.columns.iter().map(|(name, _)| quote(name)).collect();
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT OR IGNORE INTO {GRAPH}({}) VALUES ({places})", names.join(", "));
    let values = edge.columns.iter().map(|(_, value)| cell::parameter(value));
    conn.prepare_cached(&sql)?.execute(params_from_iter(values)).map(|_| ())
}

/// The row that an image stands for, with what recalls have left there since.
fn with_recalls(image: &Image, current: Option<&Record>) -> Record {
    let kept = image.parents.iter().find(|parent| parent.table == MEMORIES);
    let from = |name: &str| [current, kept].into_iter().flatten().find_map(|record| record.get(name));
    let mut raw = image.own.clone();
    let mut notes = [current, kept].into_iter().flatten().filter_map(|record| record.get("metadata"));
    let same = |notes: &&Value| Some(meta::without_recalls(notes)) == image.own.get("metadata").cloned();
    if let Some(notes) = notes.find(same) {
        set(&mut raw, "metadata", notes.clone());
    }
    if let Some(accessed) = from("last_accessed") {
        raw.columns.push(("last_accessed".to_owned(), accessed.clone()));
    }
    raw
}
