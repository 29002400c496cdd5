//! One memory of a mapped table in full: its text, what stands around it, what may be edited, and the record after an edit.

use rusqlite::{Connection, OptionalExtension as _, types::ToSqlOutput};

use super::{
    list,
    mapping::{self, Mapping, Meaning},
    shape::Shape,
};
use crate::{
    change::{Edit, FieldValue},
    memory::{
        EpochMs, FileRef, Finding, Handle, Image, Memory, Provenance, Record, Row, Section, SectionStyle, Signal,
        State, Value,
    },
    store::{
        Recalls,
        sqlite::{cell, table::quote, writing::now},
    },
};

/// Bytes of one field that are read for showing.
const WINDOW: usize = 256 * 1024;
/// Bytes of one field that a form may hold; longer fields are not offered for editing.
const FORM: usize = 4 * 1024 * 1024;
/// Memories of the same session shown on each side.
const AROUND: i64 = 5;

/// Puts a memory together from its list line, its record, how often it was recalled, and what stands around it.
pub(super) fn memory(
    meaning: &Meaning,
    row: Row,
    own: &Record,
    recalls: Option<Recalls>,
    neighbours: Vec<(Handle, String)>,
) -> Memory {
    let map = &meaning.mapping;
    let text = |column: Option<&String>| {
        column.and_then(|name| own.get(name)).map(|value| cell::text(cell::reference(value))).unwrap_or_default()
    };
    let time = |column: &Option<String>| {
        column.as_ref().and_then(|name| own.get(name)).and_then(|value| map.times.read(cell::reference(value)))
    };
    let content = text(Some(&map.content));
    let expires = time(&map.expires);
    let (state, withheld) = meaning.product.stands(&text(map.state.as_ref()), expires, now());
    let title = text(map.title.as_ref());
    let title = if title.trim().is_empty() { row.title.clone() } else { cell::cut(&title, WINDOW).to_owned() };
    let sections = if content.trim().is_empty() {
        Vec::new()
    } else {
        vec![Section { name: map.content.clone(), style: SectionStyle::Prose, items: vec![window(&content)] }]
    };
    Memory {
        sections,
        tags: mapping::list(&text(map.tags.as_ref())),
        files: mapping::list(&text(map.files.as_ref()))
            .into_iter()
            .map(|path| FileRef { path, modified: false })
            .collect(),
        provenance: Provenance {
            session: row.scope.session.clone(),
            agent: Some(text(map.author.as_ref()).into_owned())
                .filter(|author| !author.is_empty())
                .or_else(|| row.scope.agent.clone()),
            model: Some(text(map.model.as_ref()).into_owned()).filter(|model| !model.is_empty()),
            ..Provenance::default()
        },
        updated: time(&map.updated),
        accessed: time(&map.accessed).or(recalls.and_then(|recalls| recalls.last)),
        recalls: recalls.map(|recalls| recalls.times),
        expires,
        state,
        injection: match withheld {
            Some(reason) => Err(reason.to_owned()),
            None => Ok(cell::cut(&content, 4096).to_owned()),
        },
        findings: quarantine(state, withheld),
        neighbours,
        title,
        row,
    }
}

/// What a quarantine leaves open.
fn quarantine(state: State, withheld: Option<&str>) -> Vec<Finding> {
    let reason = withheld.filter(|_| state == State::Quarantined).map(str::to_owned);
    reason.into_iter().map(|reason| Finding { signal: Signal::Unsettled, reason }).collect()
}

/// How often a memory was recalled, where its product counts.
pub(super) fn recalls_of(conn: &Connection, shape: &Shape, handle: Handle) -> rusqlite::Result<Option<Recalls>> {
    let Some(table) = shape.product.recalls else { return Ok(None) };
    let sql = format!(
        "SELECT r.times, r.last FROM {from} AS t LEFT JOIN {recalls} AS r ON r.memory = t.{id} WHERE t.rowid = ?1",
        from = shape.from(),
        recalls = quote(table),
        id = quote(&shape.mapping.id),
    );
    conn.prepare_cached(&sql)?.query_row([handle.0], |row| list::recalls(row, 0)).optional()
}

/// At most a window of a text, with a note of what is left out.
fn window(text: &str) -> String {
    let part = cell::cut(text, WINDOW);
    match text.len() - part.len() {
        0 => text.to_owned(),
        left => format!("{part}\n[{left} more bytes are not shown]"),
    }
}

/// Other memories of the same session around this one in time, oldest first.
pub(super) fn neighbours(conn: &Connection, shape: &Shape, row: &Row) -> rusqlite::Result<Vec<(Handle, String)>> {
    let (Some(session), Some(created)) = (&shape.mapping.session, &shape.mapping.created) else { return Ok(vec![]) };
    let Some(name) = &row.scope.session else { return Ok(Vec::new()) };
    let (session, created) = (quote(session), quote(created));
    let here: i64 = row.key.handle.0;
    let mut found = Vec::new();
    for (side, order) in [("<", "DESC"), (">", "ASC")] {
        let sql = format!(
            "SELECT t.rowid, t.{created}, {title}, substr(CAST({content} AS BLOB), 1, 1200) FROM {from} AS t
             WHERE t.{session} = ?1 AND (t.{created}, t.rowid) {side} ((SELECT {created} FROM {from} WHERE rowid = ?2), ?2)
             ORDER BY t.{created} {order}, t.rowid {order} LIMIT {AROUND}",
            title = Mapping::sql(shape.mapping.title.as_ref()),
            content = Mapping::sql(Some(&shape.mapping.content)),
            from = shape.from(),
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params![ToSqlOutput::from(name.as_str()), here])?;
        while let Some(row) = rows.next()? {
            let (title, content) = (cell::text(row.get_ref(2)?), cell::text(row.get_ref(3)?));
            let time = shape.mapping.times.read(row.get_ref(1)?);
            let line = list::headline(&title, &content).to_owned();
            found.push(((time, row.get::<_, i64>(0)?), line));
        }
    }
    found.sort();
    Ok(found.into_iter().map(|((_, rowid), line)| (Handle(rowid), line)).collect())
}

/// The value of a field as forms show it.
fn shown(map: &Mapping, field: &str, value: &Value) -> FieldValue {
    let text = cell::text(cell::reference(value));
    if map.is_list(field) { FieldValue::List(mapping::list(&text)) } else { FieldValue::Text(text.into_owned()) }
}

/// The fields that can be edited, with their values. What is too long for a form is left out, so that saving the form
/// never cuts it.
pub(super) fn editable(meaning: &Meaning, own: &Record) -> Edit {
    meaning
        .mapping
        .editable()
        .filter_map(|field| own.get(field).map(|value| (field, value)))
        .filter(|(_, value)| !matches!(value, Value::Text(bytes) | Value::Blob(bytes) if bytes.len() > FORM))
        .map(|(field, value)| (field.to_owned(), shown(&meaning.mapping, field, value)))
        .collect()
}

/// The record after an edit at a moment; equal to the one before when the edit says nothing new. What keeps its value
/// keeps its bytes.
///
/// # Errors
/// Why the edit cannot be made, and the next step.
pub(super) fn after(meaning: &Meaning, before: &Image, edit: &Edit, now: EpochMs) -> Result<Image, String> {
    let map = &meaning.mapping;
    let mut image = before.clone();
    let mut moved = false;
    for (field, value) in edit {
        let Some(old) = before.own.get(field).filter(|_| map.editable().any(|known| known == field)) else {
            let known: Vec<&str> = map.editable().collect();
            return Err(format!("memories of this store have no field `{field}`; they have {}", known.join(", ")));
        };
        let new = stored(map, field, value, old)?;
        if shown(map, field, &new) != shown(map, field, old) {
            set(&mut image.own, field, new);
            moved = true;
        }
    }
    if moved {
        if let Some(column) = &map.updated {
            // A memory that was never changed shows how times are written by when it was captured.
            let cell = |column: Option<&String>| before.own.get(column?).filter(|value| **value != Value::Null);
            let like = cell(Some(column)).or_else(|| cell(map.created.as_ref())).unwrap_or(&Value::Null);
            let value = map.times.write(now, like);
            set(&mut image.own, column, value);
        }
        (meaning.product.settle)(&mut image.own);
    }
    Ok(image)
}

/// Gives a column another value.
fn set(record: &mut Record, column: &str, value: Value) {
    if let Some((_, cell)) = record.columns.iter_mut().find(|(name, _)| name == column) {
        *cell = value;
    }
}

/// What is stored for a value, written as the cell it replaces.
fn stored(map: &Mapping, field: &str, value: &FieldValue, old: &Value) -> Result<Value, String> {
    let text = match value {
        FieldValue::List(items) if map.is_list(field) => written_list(items, old),
        FieldValue::Text(text) if map.is_list(field) => written_list(&mapping::list(text), old),
        FieldValue::Text(text) => text.clone(),
        FieldValue::List(items) => items.join("\n"),
    };
    if *field == map.content && text.trim().is_empty() {
        return Err(format!("`{field}` cannot be empty; give it a text, or prune the memory"));
    }
    let nothing = text.is_empty() && *old == Value::Null;
    Ok(if nothing { Value::Null } else { Value::Text(text.into_bytes()) })
}

/// A list in the way that the cell holds one: words with commas where it did, else JSON.
fn written_list(items: &[String], old: &Value) -> String {
    let old = cell::text(cell::reference(old));
    let plain = !old.trim().is_empty() && !old.trim_start().starts_with(['[', '"']);
    if plain && items.iter().all(|item| !item.contains(',')) {
        return items.join(",");
    }
    serde_json::to_string(items).unwrap_or_default()
}
