//! Where the rows of a mapped table come from: the version before, and memories that name another as their source.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _};

use super::{record, shape::Shape};
use crate::{
    memory::{Handle, Image, MemoryId, Record, Value},
    store::{
        StoreVersion,
        sqlite::{cell, table::quote},
    },
};

/// No chain is followed further: a product that replaces so often has made a circle.
const LONGEST: usize = 10_000;

/// The versions of a memory where each is a row that names the row before it, newest first. The record of an older one
/// is the memory's own row with what the older one said.
pub(super) fn versions(conn: &Connection, shape: &Shape, handle: Handle) -> rusqlite::Result<Vec<StoreVersion>> {
    let Some(column) = shape.product.replaces.filter(|column| shape.table.has(column)) else { return Ok(Vec::new()) };
    let Some(now) = record::read(conn, shape, handle.0)? else { return Ok(Vec::new()) };
    let (mut later, mut earlier) = (Vec::new(), Vec::new());
    let mut seen = HashSet::from([handle.0]);
    let mut at = id_of(shape, &now.own).cloned();
    while let Some(row) = next_row(conn, shape, column, at.as_ref())?.filter(|row| seen.insert(*row)) {
        let Some(image) = record::read(conn, shape, row)? else { break };
        at = id_of(shape, &image.own).cloned();
        later.push(image);
        if seen.len() > LONGEST {
            break;
        }
    }
    let mut before = now.own.get(column).cloned();
    while let Some(row) = row_with_id(conn, shape, before.as_ref())?.filter(|row| seen.insert(*row)) {
        let Some(image) = record::read(conn, shape, row)? else { break };
        before = image.own.get(column).cloned();
        earlier.push(image);
        if seen.len() > LONGEST {
            break;
        }
    }
    if later.is_empty() && earlier.is_empty() {
        return Ok(Vec::new());
    }
    let version = |image: &Image, current: bool| StoreVersion {
        native: id_of(shape, &image.own).map(|id| shape.native(&cell::text(cell::reference(id)))).unwrap_or_default(),
        at: time(shape, &image.own),
        note: state(shape, &image.own),
        current,
        image: Some(if current { now.clone() } else { saying(shape, column, &now, image) }),
    };
    let mut all: Vec<StoreVersion> = later.iter().rev().map(|image| version(image, false)).collect();
    all.push(version(&now, true));
    all.extend(earlier.iter().map(|image| version(image, false)));
    Ok(all)
}

/// Rows that name one of these memories as their source, each with that one's place.
pub(super) fn descendants(
    conn: &Connection,
    shape: &Shape,
    store: &str,
    of: &[MemoryId],
) -> rusqlite::Result<Vec<(Handle, usize)>> {
    let mut found = Vec::new();
    if let Some(column) = shape.product.evidence.filter(|column| shape.table.has(column)) {
        let places: HashMap<String, usize> = of.iter().enumerate().map(|(place, id)| (id.to_string(), place)).collect();
        found.extend(named(conn, shape, column, &places)?);
    }
    if let Some(column) = shape.product.replaces.filter(|column| shape.table.has(column)) {
        let prefix = format!("{}/", shape.product.word);
        let own = of.iter().enumerate().filter(|(_, id)| id.store == store);
        let places: HashMap<String, usize> =
            own.filter_map(|(place, id)| Some((id.native.strip_prefix(&prefix)?.to_owned(), place))).collect();
        found.extend(named(conn, shape, column, &places)?);
    }
    Ok(found)
}

/// Rows that somebody of that name signed since a moment.
pub(super) fn signed(conn: &Connection, shape: &Shape, author: &str, since: i64) -> rusqlite::Result<Vec<Handle>> {
    let (Some(column), Some(created)) = (&shape.mapping.author, &shape.mapping.created) else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT rowid, {} FROM {} WHERE {} = ?1 COLLATE NOCASE ORDER BY rowid",
        quote(created),
        shape.from(),
        quote(column)
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([author])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if shape.mapping.times.read(row.get_ref(1)?).is_some_and(|at| at >= since) {
            found.push(Handle(row.get(0)?));
        }
    }
    Ok(found)
}

/// Rows that were changed at a moment or later, and captured before it.
pub(super) fn changed_since(conn: &Connection, shape: &Shape, at: i64) -> rusqlite::Result<Vec<Handle>> {
    let (Some(updated), Some(created)) = (&shape.mapping.updated, &shape.mapping.created) else {
        return Ok(Vec::new());
    };
    let sql = format!("SELECT rowid, {}, {} FROM {}", quote(created), quote(updated), shape.from());
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let time = |column: usize| row.get_ref(column).map(|value| shape.mapping.times.read(value));
        if time(2)?.is_some_and(|updated| updated >= at) && time(1)?.is_none_or(|created| created < at) {
            found.push(Handle(row.get(0)?));
        }
    }
    Ok(found)
}

/// Rows whose column holds one of these texts.
fn named(
    conn: &Connection,
    shape: &Shape,
    column: &str,
    places: &HashMap<String, usize>,
) -> rusqlite::Result<Vec<(Handle, usize)>> {
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!("SELECT rowid, {0} FROM {1} WHERE {0} IS NOT NULL ORDER BY rowid", quote(column), shape.from());
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if let Some(place) = places.get(cell::text(row.get_ref(1)?).as_ref()) {
            found.push((Handle(row.get(0)?), *place));
        }
    }
    Ok(found)
}

fn id_of<'a>(shape: &Shape, own: &'a Record) -> Option<&'a Value> {
    own.get(&shape.mapping.id)
}

fn time(shape: &Shape, own: &Record) -> Option<i64> {
    let read = |column: &Option<String>| {
        column
            .as_ref()
            .and_then(|name| own.get(name))
            .and_then(|value| shape.mapping.times.read(cell::reference(value)))
    };
    read(&shape.mapping.updated).or_else(|| read(&shape.mapping.created))
}

fn state(shape: &Shape, own: &Record) -> String {
    let state = shape.mapping.state.as_ref().and_then(|column| own.get(column));
    state.map(|value| cell::text(cell::reference(value)).into_owned()).unwrap_or_default()
}

/// The row of an id.
fn row_with_id(conn: &Connection, shape: &Shape, id: Option<&Value>) -> rusqlite::Result<Option<i64>> {
    one_row(conn, shape, &shape.mapping.id, id)
}

/// The row that names an id as the one before it.
fn next_row(conn: &Connection, shape: &Shape, column: &str, id: Option<&Value>) -> rusqlite::Result<Option<i64>> {
    one_row(conn, shape, column, id)
}

fn one_row(conn: &Connection, shape: &Shape, column: &str, value: Option<&Value>) -> rusqlite::Result<Option<i64>> {
    let Some(value) = value.filter(|value| **value != Value::Null) else { return Ok(None) };
    let sql = format!("SELECT rowid FROM {} WHERE {} = ?1 ORDER BY rowid DESC LIMIT 1", shape.from(), quote(column));
    conn.prepare_cached(&sql)?.query_row([cell::parameter(value)], |row| row.get(0)).optional()
}

/// The memory's own row with what another row says: its name, its place in the chain and its state stay.
fn saying(shape: &Shape, replaces: &str, now: &Image, other: &Image) -> Image {
    let keeps = [Some(shape.mapping.id.as_str()), Some(replaces), shape.mapping.state.as_deref()];
    let mut image = now.clone();
    for (name, value) in &mut image.own.columns {
        if keeps.contains(&Some(name.as_str())) {
            continue;
        }
        if let Some(said) = other.own.get(name) {
            *value = said.clone();
        }
    }
    image
}
