//! Native records: rows with all their columns, and the rows that leave with them; reading, deleting, putting, setting.

use std::collections::HashMap;

use tokio_postgres::types::{ToSql, Type};

use super::{
    array,
    line::{Line, Parameter, Trouble},
    shape::{Form, Shape, Table},
};
use crate::{
    change::Edit,
    memory::{EpochMs, Image, Record, Value},
    store::{
        sqlite::{cell, table::quote},
        table::{detail, mapping::Mapping},
    },
};

/// Records by the ids of their rows.
pub(super) type Images = HashMap<String, Image>;

/// The full records of rows, on the connection as it is; locked against others until the transaction ends, if wanted.
pub(super) fn images(line: &mut Line, shape: &Shape, ids: &[String], lock: bool) -> Result<Images, Trouble> {
    let mut found = Images::new();
    let Some(id) = shape.id().filter(|_| !ids.is_empty()) else { return Ok(found) };
    let tail = if lock { " FOR UPDATE OF t" } else { "" };
    // In one order, so that two writers never wait for each other in a circle.
    let sql = format!(
        "SELECT {} FROM {} AS t WHERE t.{name} = ANY(CAST($1 AS {}[])) ORDER BY t.{name}{tail}",
        shape.table.select(),
        shape.table.name,
        id.of,
        name = quote(&id.name),
    );
    let rows = match line.rows(&sql, &[(&ids, Type::TEXT_ARRAY)]) {
        // In a transaction an error must not be passed over: ids are looked at before they come here.
        Err(trouble) if !lock && trouble.is_no_value() => Vec::new(),
        rows => rows?,
    };
    for row in rows {
        let own = shape.table.record(&row);
        if let Some(id) = text_of(&own, &shape.mapping.id) {
            found.insert(id, Image { own, side: Vec::new(), parents: Vec::new() });
        }
    }
    for child in &shape.children {
        let Some(column) = child.table.column(&child.column) else { continue };
        let mut parents: HashMap<String, Vec<String>> = HashMap::new();
        for (id, image) in &found {
            if let Some(key) = text_of(&image.own, &child.to) {
                parents.entry(key).or_default().push(id.clone());
            }
        }
        let keys: Vec<&String> = parents.keys().collect();
        let order: Vec<String> = child.table.columns.iter().map(super::shape::Column::text).collect();
        let sql = format!(
            "SELECT {} FROM {} AS t WHERE t.{} = ANY(CAST($1 AS {}[])) ORDER BY {}{tail}",
            child.table.select(),
            child.table.name,
            quote(&child.column),
            column.of,
            order.join(", ")
        );
        for row in line.rows(&sql, &[(&keys, Type::TEXT_ARRAY)])? {
            let side = child.table.record(&row);
            let of = text_of(&side, &child.column).and_then(|key| parents.get(&key));
            for id in of.into_iter().flatten() {
                if let Some(image) = found.get_mut(id) {
                    image.side.push(side.clone());
                }
            }
        }
    }
    Ok(found)
}

/// The text of a column of a record, `None` for NULL.
pub(super) fn text_of(record: &Record, column: &str) -> Option<String> {
    record.get(column).and_then(as_text)
}

/// A value as the server reads it.
fn as_text(value: &Value) -> Option<String> {
    (*value != Value::Null).then(|| cell::text(cell::reference(value)).into_owned())
}

/// Deletes rows; their children leave with them.
pub(super) fn delete(line: &mut Line, shape: &Shape, ids: &[String]) -> Result<(), Trouble> {
    let Some(id) = shape.id().filter(|_| !ids.is_empty()) else { return Ok(()) };
    let sql = format!("DELETE FROM {} WHERE {} = ANY(CAST($1 AS {}[]))", shape.table.name, quote(&id.name), id.of);
    line.rows(&sql, &[(&ids, Type::TEXT_ARRAY)]).map(drop)
}

/// Puts rows in, with the numbers that they had.
pub(super) fn insert(line: &mut Line, table: &Table, records: &[&Record]) -> Result<(), Trouble> {
    let mut rest = records;
    while let Some(first) = rest.first() {
        let alike = |record: &&Record| {
            let names = |record: &Record| record.columns.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
            names(record) == names(first)
        };
        let (together, others) = rest.split_at(rest.iter().take_while(|record| alike(record)).count());
        insert_alike(line, table, together)?;
        rest = others;
    }
    Ok(())
}

/// Puts rows with the same columns in: one list for each column.
fn insert_alike(line: &mut Line, table: &Table, records: &[&Record]) -> Result<(), Trouble> {
    let columns: Vec<_> = records
        .first()
        .into_iter()
        .flat_map(|record| record.columns.iter().filter_map(|(name, _)| table.column(name)))
        .collect();
    let lists: Vec<Vec<Option<String>>> =
        columns.iter().map(|column| records.iter().map(|record| text_of(record, &column.name)).collect()).collect();
    let names: Vec<String> = columns.iter().map(|column| quote(&column.name)).collect();
    let places: Vec<String> = (1..=columns.len()).map(|place| format!("${place}")).collect();
    let cells: Vec<String> = (1..=columns.len()).map(|place| format!("u{place}")).collect();
    let casts: Vec<String> =
        columns.iter().zip(&cells).map(|(column, cell)| format!("CAST({cell} AS {})", column.of)).collect();
    let sql = format!(
        "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) AS u({})",
        table.name,
        names.join(", "),
        casts.join(", "),
        places.join(", "),
        cells.join(", ")
    );
    let parameters: Vec<Parameter<'_>> =
        lists.iter().map(|list| (list as &(dyn ToSql + Sync), Type::TEXT_ARRAY)).collect();
    line.rows(&sql, &parameters).map(drop)
}

/// Sets the columns of a row that differ, and no other.
pub(super) fn update(line: &mut Line, shape: &Shape, id: &str, before: &Record, after: &Record) -> Result<(), Trouble> {
    let differ = after.columns.iter().filter(|(name, value)| before.get(name) != Some(value));
    let differ: Vec<_> = differ.filter_map(|(name, value)| Some((shape.table.column(name)?, as_text(value)))).collect();
    let Some(key) = shape.id().filter(|_| !differ.is_empty()) else { return Ok(()) };
    let sets: Vec<String> = (2..)
        .zip(&differ)
        .map(|(place, (column, _))| format!("{} = CAST(${place} AS {})", quote(&column.name), column.of))
        .collect();
    let (table, sets, name) = (&shape.table.name, sets.join(", "), quote(&key.name));
    let sql = format!("UPDATE {table} SET {sets} WHERE {name} = CAST($1 AS {})", key.of);
    let mut parameters: Vec<Parameter<'_>> = vec![(&id, Type::TEXT)];
    parameters.extend(differ.iter().map(|(_, value)| (value as &(dyn ToSql + Sync), Type::TEXT)));
    line.rows(&sql, &parameters).map(drop)
}

/// A record whose lists are written as JSON, for the rooms that read tables of any database.
pub(super) fn plainly(shape: &Shape, own: &Record) -> Record {
    let mut plain = own.clone();
    for (name, value) in &mut plain.columns {
        if let Some(items) = array_in(shape, name, value) {
            *value = Value::Text(serde_json::to_vec(&items).unwrap_or_default());
        }
    }
    plain
}

/// The texts of a list in an array column.
fn array_in(shape: &Shape, name: &str, value: &Value) -> Option<Vec<String>> {
    let is_array = shape.table.column(name).is_some_and(|column| column.form == Form::Array);
    let text = as_text(value).filter(|_| is_array && shape.mapping.is_list(name))?;
    array::items(&text)
}

/// The record after an edit at a moment, as the server may yet refuse or complete it.
///
/// # Errors
/// Why the edit cannot be made, and the next step.
pub(super) fn after(shape: &Shape, before: &Image, edit: &Edit, now: EpochMs) -> Result<Image, String> {
    let plain = Image { own: plainly(shape, &before.own), ..before.clone() };
    let edited = detail::after(shape, &plain, edit, now)?;
    let mut image = before.clone();
    for (name, value) in &mut image.own.columns {
        let Some(new) = edited.own.get(name).filter(|new| plain.own.get(name) != Some(new)) else { continue };
        *value = natively(shape, &shape.mapping, name, new);
    }
    Ok(image)
}

/// A value as its column takes it: a list in an array column is an array.
fn natively(shape: &Shape, map: &Mapping, name: &str, new: &Value) -> Value {
    let is_array = shape.table.column(name).is_some_and(|column| column.form == Form::Array);
    match as_text(new).filter(|_| is_array && map.is_list(name)) {
        Some(text) => {
            let items = cell::json_list(&text);
            Value::Text(array::written(items.iter().map(String::as_str)).into_bytes())
        }
        None => new.clone(),
    }
}
