//! Times and list lines.

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::{
    chain,
    line::{self, Line},
    shape::Shape,
};
use crate::{
    memory::{Bucket, EpochMs, Handle, Key, MemoryId, Overlay, Row, Scope, Signals, tokens_of_bytes},
    store::sqlite::cell,
};

/// Bytes of a title that a list line carries.
const TITLE_BYTES: usize = 300;
/// Bytes of the content that a title is looked for in.
const HEAD_BYTES: usize = 1200;

/// Visits every memory with its time, newest first, those without one last.
pub(super) fn outline(conn: &Connection, shape: &Shape, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
    let mut all = times(conn, shape, i64::MIN)?;
    // Newest first; of the same moment the later one.
    all.sort_unstable_by(|one, other| other.cmp(one));
    for (time, handle) in all {
        visit(handle, time);
    }
    Ok(())
}

/// Memories with a row above this one, each with its time, in the order of the file.
pub(super) fn times(conn: &Connection, shape: &Shape, above: i64) -> Result<Vec<(Option<EpochMs>, Handle)>> {
    let parent = if shape.has_versions() { "m.parent_id" } else { "NULL" };
    let sql = format!(
        "SELECT m.id, {parent} IS NOT NULL, m.created_at, m.created_at_iso FROM memories AS m
         WHERE m.id > ?1 AND {} ORDER BY m.id",
        shape.listed()
    );
    let mut found = Vec::new();
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([above])?;
    while let Some(row) = rows.next()? {
        let time = line::time(row.get_ref(2)?).or_else(|| {
            let iso = row.get_ref(3).ok()?;
            cell::epoch_ms(rusqlite::types::ValueRef::Null, iso)
        });
        found.push((time, named(conn, shape, row.get(0)?, row.get(1)?)?));
    }
    Ok(found)
}

/// The handle of the memory that a row is the newest version of.
pub(super) fn named(conn: &Connection, shape: &Shape, row: i64, follows: bool) -> Result<Handle> {
    if follows { chain::first(conn, shape, row).map(Handle) } else { Ok(Handle(row)) }
}

/// The newest page.
pub(super) fn newest(conn: &Connection, shape: &Shape, limit: usize) -> Result<Vec<Handle>> {
    let sql = format!(
        "SELECT m.id, {} IS NOT NULL FROM memories AS m WHERE {} ORDER BY m.created_at DESC LIMIT ?1",
        if shape.has_versions() { "m.parent_id" } else { "NULL" },
        shape.listed()
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let found = statement
        .query_map([i64::try_from(limit).unwrap_or(i64::MAX)], |row| named(conn, shape, row.get(0)?, row.get(1)?))?;
    found.collect()
}

/// The line of a memory as it now is, `None` when there is none; `bytes` of the content are read, or all of it.
pub(super) fn line_of(conn: &Connection, shape: &Shape, handle: Handle, bytes: Option<usize>) -> Result<Option<Line>> {
    let newest = chain::newest(conn, shape, handle.0)?;
    let sql = format!("{} WHERE m.id = ?1 AND {}", Line::sql(shape, bytes), shape.present());
    conn.prepare_cached(&sql)?.query_row([newest], Line::read).optional()
}

/// The list line of a memory, `None` when there is none.
pub(super) fn row_of(conn: &Connection, shape: &Shape, store: &str, handle: Handle) -> Result<Option<Row>> {
    Ok(line_of(conn, shape, handle, Some(HEAD_BYTES))?.map(|line| row(store, handle, &line)))
}

/// The list line of a line.
pub(super) fn row(store: &str, handle: Handle, line: &Line) -> Row {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let project = some(line.project());
    Row {
        // The engine knows the store's place in its list and sets it.
        key: Key { store: 0, handle },
        id: MemoryId { store: store.to_owned(), native: native(handle) },
        bucket: Bucket::of(line.kind(), project.is_some()),
        kind: line.kind().to_owned(),
        scope: Scope { project, agent: some(line.agent()), session: some(line.meta.session()) },
        title: title(line).to_owned(),
        created: line.created,
        tokens: tokens_of_bytes(line.bytes),
        cost: 0,
        confidence: None,
        signals: Signals::NONE,
        overlay: Overlay::default(),
        version: line.version,
    }
}

/// The product knows no titles: the first line of the content.
pub(super) fn title(line: &Line) -> &str {
    cell::headline(&line.content, TITLE_BYTES)
}

/// The native id of a memory: the row of its first version.
pub(super) fn native(handle: Handle) -> String {
    format!("memory/{}", handle.0)
}

/// The native id of the memory that a row is a version of.
pub(super) fn name_of(conn: &Connection, shape: &Shape, row: i64) -> Result<String> {
    chain::first(conn, shape, row).map(|first| native(Handle(first)))
}

/// The memory of a native id.
pub(super) fn handle(native: &str) -> Option<Handle> {
    let id = native.strip_prefix("memory/")?;
    // The same number may be written in several ways; only one of them is the id.
    id.parse().ok().filter(|row: &i64| row.to_string() == id).map(Handle)
}
