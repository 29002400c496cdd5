//! Observations made of memories from elsewhere, laid where claude-mem itself lays what is saved by hand: in a session
//! `manual-PROJECT` of the project.

use rusqlite::Connection;

use super::{
    edit::set,
    image,
    schema::{content_hash, iso},
    shape::{Kind, Shape},
};
use crate::{
    memory::{EpochMs, Image, Record, Value},
    store::{
        Composed, Fitted, Parcel,
        intake::{cell, cells, said},
        sqlite::cell::{reference, text},
    },
};

/// What an observation can hold of a memory.
///
/// # Errors
/// The memory applies everywhere: claude-mem keeps nothing without a project.
pub(super) fn fitted(parcel: &Parcel) -> Result<Fitted, String> {
    let Some(project) = parcel.project.as_deref() else {
        return Err("claude-mem keeps nothing that applies everywhere; say the project with --scope".to_owned());
    };
    let from = serde_json::json!({ "from": parcel.from.to_string() }).to_string();
    let mut columns = vec![
        cell("project", project),
        cell("type", parcel.kind.as_str()),
        cell("title", parcel.title.as_str()),
        cell("narrative", parcel.text.as_str()),
        cells("concepts", &parcel.tags),
        cells("files_read", &parcel.files),
        cell("metadata", from),
    ];
    columns.extend(parcel.model.as_deref().map(|model| cell("generated_by_model", model)));
    columns.extend(parcel.created.map(|at| ("created_at_epoch".to_owned(), Value::Integer(at))));
    let shown = columns.iter().filter(|(name, _)| name != "created_at_epoch");
    let becomes = shown.filter_map(|(name, value)| Some((name.clone(), said(value)?))).collect();
    let left = parcel.left(&["kind", "scope", "model", "tags", "files", "created", "origin"]);
    Ok(Fitted { record: Record { table: Kind::Observation.table().to_owned(), columns }, becomes, left })
}

/// Full records of new observations, by numbers that no row ever had.
pub(super) fn compose(
    conn: &Connection,
    shape: &Shape,
    records: &[Record],
    now: EpochMs,
) -> rusqlite::Result<Vec<Composed>> {
    let kind = Kind::Observation;
    let last: i64 = conn.query_row(
        "SELECT max(coalesce((SELECT max(id) FROM observations), 0),
            coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'observations'), 0))",
        [],
        |row| row.get(0),
    )?;
    let mut made = Vec::with_capacity(records.len());
    for (id, given) in (last + 1..).zip(records) {
        made.push(match one(conn, shape, given, id, now)? {
            Some(image) => Ok((kind.native(id), image)),
            None => Err("claude-mem keeps nothing without a project, a type and a title".to_owned()),
        });
    }
    Ok(made)
}

fn one(conn: &Connection, shape: &Shape, given: &Record, id: i64, now: EpochMs) -> rusqlite::Result<Option<Image>> {
    let kind = Kind::Observation;
    let is_whole = ["project", "type", "title"].iter().all(|column| given.get(column).is_some());
    let (Some(table), Some(session)) = (shape.table(kind), shape.session_column(kind).filter(|_| is_whole)) else {
        return Ok(None);
    };
    let mut own = Record { table: kind.table().to_owned(), columns: Vec::with_capacity(table.columns.len()) };
    for column in &table.columns {
        let value = match given.get(column) {
            Some(value) => value.clone(),
            None => image::default_of(conn, table, column)?,
        };
        own.columns.push((column.clone(), value));
    }
    let word = |own: &Record, column: &str| own.get(column).map(|value| text(reference(value)).into_owned());
    let name = format!("manual-{}", word(&own, "project").unwrap_or_default());
    let at = match own.get("created_at_epoch") {
        Some(Value::Integer(at)) => *at,
        _ => now,
    };
    let hash = content_hash(
        name.as_bytes(),
        word(&own, "title").unwrap_or_default().as_bytes(),
        word(&own, "narrative").unwrap_or_default().as_bytes(),
    );
    set(&mut own, "id", Value::Integer(id));
    set(&mut own, session, Value::Text(name.clone().into_bytes()));
    set(&mut own, "created_at_epoch", Value::Integer(at));
    set(&mut own, "created_at", Value::Text(iso(at).into_bytes()));
    set(&mut own, "facts", Value::Text(b"[]".to_vec()));
    set(&mut own, "files_modified", Value::Text(b"[]".to_vec()));
    set(&mut own, "content_hash", Value::Text(hash.into_bytes()));
    let parents = match shape.memory_session() {
        Some(column) => vec![session_named(conn, shape, column, &name, &own, now)?],
        None => Vec::new(),
    };
    Ok(Some(Image { own, side: Vec::new(), parents }))
}

/// The session of what is saved by hand, as it is or as it is to be made.
fn session_named(
    conn: &Connection,
    shape: &Shape,
    column: &str,
    name: &str,
    own: &Record,
    now: EpochMs,
) -> rusqlite::Result<Record> {
    let value = Value::Text(name.as_bytes().to_vec());
    if let Some(session) = image::session(conn, &shape.sessions, column, &value)? {
        return Ok(session);
    }
    let mut session = Record { table: "sdk_sessions".to_owned(), columns: Vec::new() };
    for known in &shape.sessions.columns {
        session.columns.push((known.clone(), image::default_of(conn, &shape.sessions, known)?));
    }
    // A number that is taken gives way to a free one.
    set(&mut session, "id", Value::Integer(1));
    set(&mut session, column, value);
    if let Some(content) = shape.content_session() {
        set(&mut session, content, Value::Text(name.replacen("manual-", "manual-content-", 1).into_bytes()));
    }
    set(&mut session, "project", own.get("project").cloned().unwrap_or(Value::Null));
    set(&mut session, "started_at", Value::Text(iso(now).into_bytes()));
    set(&mut session, "started_at_epoch", Value::Integer(now));
    Ok(session)
}
