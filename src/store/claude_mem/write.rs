//! Changes as SQL, as few statements as will do.
//!
//! FTS5 writes out what it has gathered whenever a statement begins, so a statement for each row makes a bulk act more
//! than twice as long as one statement for many rows (measured with `cargo bench --bench deletes`).

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use super::{
    image::{json_list, rows_of},
    shape::{Kind, Shape},
};
use crate::{
    change::Change,
    memory::{Record, Value},
    store::sqlite::{
        cell,
        table::{quote, update},
    },
};

/// Values that one statement may bring along; `SQLite` allows 32,766.
const PARAMETERS: usize = 32_000;

/// One change with what is needed to make it.
#[derive(Clone, Copy)]
pub(super) struct Order<'a> {
    pub(super) kind: Kind,
    pub(super) rowid: i64,
    /// A session that must be made again first.
    pub(super) parent: Option<&'a Record>,
    pub(super) change: &'a Change,
}

impl Order<'_> {
    fn moves_side_rows(&self) -> bool {
        let side = |image: &Option<crate::memory::Image>| image.as_ref().map_or(0, |image| image.side.len());
        let (before, after) = (&self.change.before, &self.change.after);
        side(before) + side(after) > 0
            && before.as_ref().map(|image| &image.side) != after.as_ref().map(|image| &image.side)
    }

    /// Whether the order is nothing but the deletion of a row.
    fn only_deletes(&self) -> bool {
        self.change.after.is_none() && !self.moves_side_rows()
    }

    /// The row that the order puts in, if it does nothing else.
    fn only_inserts(&self) -> Option<&Record> {
        let fresh = self.change.before.is_none() && self.parent.is_none() && !self.moves_side_rows();
        // Without a column for it, the row's number has to be named for each row.
        self.change.after.as_ref().map(|after| &after.own).filter(|own| fresh && own.get("id").is_some())
    }
}

/// Makes changes, in the order given. `INSERT OR REPLACE` is never used: it fires no delete trigger and ruins the
/// full-text index.
pub(super) fn write(conn: &Connection, shape: &Shape, orders: &[Order<'_>]) -> rusqlite::Result<()> {
    let mut rest = orders;
    while let Some(first) = rest.first() {
        let run = if first.only_deletes() {
            let run = rest.iter().take_while(|order| order.kind == first.kind && order.only_deletes()).count();
            delete(conn, first.kind, rest.iter().take(run).map(|order| order.rowid))?;
            run
        } else if let Some(record) = first.only_inserts() {
            let records: Vec<&Record> = rest
                .iter()
                .map_while(|order| order.only_inserts())
                .take_while(|other| alike(record, other))
                .take(PARAMETERS / record.columns.len().max(1))
                .collect();
            insert(conn, &records)?;
            records.len()
        } else {
            write_one(conn, shape, first)?;
            1
        };
        rest = rest.get(run.max(1)..).unwrap_or_default();
    }
    Ok(())
}

/// The first of these memories that is not as it was to become, to the byte; `None` when all are.
pub(super) fn first_wrong<'a>(
    conn: &Connection,
    shape: &Shape,
    orders: &'a [Order<'_>],
) -> rusqlite::Result<Option<&'a str>> {
    for kind in Kind::ALL {
        let Some(table) = shape.table(kind) else { continue };
        let rowids: Vec<i64> = orders.iter().filter(|order| order.kind == kind).map(|order| order.rowid).collect();
        if rowids.is_empty() {
            continue;
        }
        // What is still to be found of each memory: its row, then its side rows.
        let mut due: HashMap<i64, (Option<&Record>, &[Record])> = HashMap::with_capacity(rowids.len());
        for order in orders.iter().filter(|order| order.kind == kind) {
            let side = order.change.after.as_ref().map_or(&[][..], |after| &after.side);
            due.insert(order.rowid, (order.change.after.as_ref().map(|after| &after.own), side));
        }
        let mut wrong = None;
        rows_of(conn, kind.table(), &table.columns, "rowid", &rowids, &mut |rowid, row| {
            let wanted = due.get_mut(&rowid).and_then(|(own, _)| own.take());
            if !holds(row, &table.columns, wanted)? {
                wrong.get_or_insert(rowid);
            }
            Ok(())
        })?;
        for child in shape.children(kind) {
            rows_of(conn, &child.table, &child.columns, &child.column, &rowids, &mut |rowid, row| {
                let side = due.get_mut(&rowid).map(|(_, side)| side);
                let next = side.and_then(|side| {
                    let (first, rest) = side.split_first().filter(|(first, _)| first.table == child.table)?;
                    *side = rest;
                    Some(first)
                });
                if !holds(row, &child.columns, next)? {
                    wrong.get_or_insert(rowid);
                }
                Ok(())
            })?;
        }
        let missing = || due.iter().find(|(_, (own, side))| own.is_some() || !side.is_empty()).map(|(rowid, _)| *rowid);
        if let Some(rowid) = wrong.or_else(missing) {
            let order = orders.iter().find(|order| order.kind == kind && order.rowid == rowid);
            return Ok(Some(order.map_or("", |order| &order.change.native)));
        }
    }
    Ok(None)
}

/// Whether a row holds this record, typed and to the byte.
fn holds(row: &Row<'_>, columns: &[String], wanted: Option<&Record>) -> rusqlite::Result<bool> {
    let Some(wanted) = wanted else { return Ok(false) };
    for (place, (name, value)) in wanted.columns.iter().enumerate() {
        let in_order = columns.get(place) == Some(name);
        let place = if in_order { Some(place) } else { columns.iter().position(|column| column == name) };
        let Some(place) = place else { return Ok(false) };
        if row.get_ref(place)? != cell::reference(value) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn write_one(conn: &Connection, shape: &Shape, order: &Order<'_>) -> rusqlite::Result<()> {
    let Order { kind, rowid, parent, change } = *order;
    if let Some(session) = parent {
        insert(conn, &[session])?;
    }
    if order.moves_side_rows() {
        for child in shape.children(kind) {
            let sql = format!("DELETE FROM {} WHERE {} = ?1", quote(&child.table), quote(&child.column));
            conn.prepare_cached(&sql)?.execute([rowid])?;
        }
    }
    match (&change.before, &change.after) {
        (_, None) => delete(conn, kind, std::iter::once(rowid))?,
        (None, Some(after)) if after.own.get("id").is_none() => {
            let mut numbered = after.own.clone();
            numbered.columns.push(("rowid".into(), Value::Integer(rowid)));
            insert(conn, &[&numbered])?;
        }
        (None, Some(after)) => insert(conn, &[&after.own])?,
        (Some(before), Some(after)) => update(conn, rowid, &before.own, &after.own)?,
    }
    if order.moves_side_rows() {
        for record in change.after.iter().flat_map(|image| &image.side) {
            insert(conn, &[record])?;
        }
    }
    Ok(())
}

fn delete(conn: &Connection, kind: Kind, rowids: impl Iterator<Item = i64>) -> rusqlite::Result<()> {
    let list: Vec<i64> = rowids.collect();
    let sql = format!("DELETE FROM {} WHERE rowid IN (SELECT value FROM json_each(?1))", kind.table());
    conn.prepare_cached(&sql)?.execute([json_list(&list)]).map(|_| ())
}

/// Whether two rows can be put in by one statement.
fn alike(one: &Record, other: &Record) -> bool {
    one.table == other.table
        && one.columns.len() == other.columns.len()
        && one.columns.iter().zip(&other.columns).all(|((a, _), (b, _))| a == b)
}

/// Puts rows of the same columns in.
fn insert(conn: &Connection, records: &[&Record]) -> rusqlite::Result<()> {
    let Some(first) = records.first() else { return Ok(()) };
    let names: Vec<String> = first.columns.iter().map(|(name, _)| quote(name)).collect();
    let row = format!("({})", vec!["?"; names.len()].join(", "));
    let rows = vec![row.as_str(); records.len()].join(", ");
    let sql = format!("INSERT INTO {}({}) VALUES {rows}", quote(&first.table), names.join(", "));
    let values = records.iter().flat_map(|record| record.columns.iter().map(|(_, value)| cell::parameter(value)));
    let values = rusqlite::params_from_iter(values);
    // A statement for many rows is long and seldom of the same length again: it would only fill the cache.
    if records.len() == 1 { conn.prepare_cached(&sql)?.execute(values) } else { conn.execute(&sql, values) }.map(|_| ())
}
