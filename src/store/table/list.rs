//! Times and list lines of a mapped table.

use rusqlite::{Connection, types::ValueRef};

use super::{
    mapping::{Cells, Mapping, Meaning},
    shape::Shape,
};
use crate::{
    memory::{Bucket, EpochMs, Handle, Key, MemoryId, Overlay, Record, Row, Scope, Signals, Version, tokens_of_bytes},
    store::{Recalls, sqlite::cell},
};

/// Bytes of a title that a list line carries.
pub(super) const TITLE_BYTES: usize = 300;

/// Visits every memory with its time, newest first, those without one last.
pub(super) fn outline(
    conn: &Connection,
    shape: &Shape,
    visit: &mut dyn FnMut(Handle, Option<EpochMs>),
) -> rusqlite::Result<()> {
    let sql = format!("SELECT t.rowid, {} FROM {} AS t", created(shape), shape.from());
    let mut all: Vec<(Option<EpochMs>, i64)> = Vec::new();
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        all.push((shape.mapping.times.read(row.get_ref(1)?), row.get(0)?));
    }
    // Newest first; of the same moment the later row.
    all.sort_unstable_by(|one, other| other.cmp(one));
    for (time, rowid) in all {
        visit(Handle(rowid), time);
    }
    Ok(())
}

/// The rows of the newest page: by the index on time where there is one, else by row id, which mostly follows it.
pub(super) fn newest(conn: &Connection, shape: &Shape, limit: usize) -> rusqlite::Result<Vec<Handle>> {
    let order = if shape.by_time() { created(shape) } else { "t.rowid".to_owned() };
    let sql = format!("SELECT t.rowid FROM {} AS t ORDER BY {order} DESC LIMIT ?1", shape.from());
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(&sql)?.query_map([limit], |row| row.get(0).map(Handle))?.collect()
}

/// Visits the memories above a row id, oldest first.
pub(super) fn above(
    conn: &Connection,
    shape: &Shape,
    above: i64,
    visit: &mut dyn FnMut(Handle, Option<EpochMs>),
) -> rusqlite::Result<()> {
    let sql =
        format!("SELECT t.rowid, {} FROM {} AS t WHERE t.rowid > ?1 ORDER BY t.rowid", created(shape), shape.from());
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([above])?;
    while let Some(row) = rows.next()? {
        visit(Handle(row.get(0)?), shape.mapping.times.read(row.get_ref(1)?));
    }
    Ok(())
}

fn created(shape: &Shape) -> String {
    Mapping::sql(shape.mapping.created.as_ref())
}

/// The question for one list line by row id; [`line`] reads its columns.
pub(super) fn line_sql(shape: &Shape) -> String {
    let map = &shape.mapping;
    let sql = |column: &Option<String>| Mapping::sql(column.as_ref());
    let content = Mapping::sql(Some(&map.content));
    let bytes: Vec<String> = [Some(&map.content), map.title.as_ref(), map.tags.as_ref()]
        .into_iter()
        .flatten()
        .map(|column| format!("coalesce(octet_length({}), 0)", Mapping::sql(Some(column))))
        .collect();
    format!(
        "SELECT t.rowid, {id}, {created}, {title}, substr(CAST({content} AS BLOB), 1, 1200), {kind}, {bucket}, {scope}, \
            {agent}, {session}, {bytes}, {seen} FROM {from} AS t WHERE t.rowid = ?1",
        id = Mapping::sql(Some(&map.id)),
        created = created(shape),
        title = sql(&map.title),
        kind = sql(&map.kind),
        bucket = sql(&map.bucket),
        scope = sql(&map.scope),
        agent = sql(&map.agent),
        session = sql(&map.session),
        bytes = bytes.join(" + "),
        seen = seen(map),
        from = shape.from(),
    )
}

/// Where the columns of [`Mapping::seen`] begin in a row of [`line_sql`].
pub(super) const SEEN: usize = 11;

/// The list line in a row of [`line_sql`].
pub(super) fn line<C: Cells + ?Sized>(store: &str, meaning: &Meaning, row: &C) -> rusqlite::Result<Row> {
    let word = cell::text(row.cell(5)?);
    let kind = if word.is_empty() { "memory".to_owned() } else { word.into_owned() };
    let project = cell::some_text(row.cell(7)?);
    let (title, content) = (cell::text(row.cell(3)?), cell::text(row.cell(4)?));
    Ok(Row {
        // The engine knows the store's place in its list and sets it.
        key: Key { store: 0, handle: Handle(cell::integer(row.cell(0)?).unwrap_or_default()) },
        id: MemoryId { store: store.to_owned(), native: meaning.native(&cell::text(row.cell(1)?)) },
        bucket: bucket(&cell::text(row.cell(6)?), &kind, project.is_some()),
        kind,
        scope: Scope { project, agent: cell::some_text(row.cell(8)?), session: cell::some_text(row.cell(9)?) },
        title: headline(&title, &content).to_owned(),
        created: meaning.mapping.times.read(row.cell(2)?),
        tokens: tokens_of_bytes(u64::try_from(cell::integer(row.cell(10)?).unwrap_or(0)).unwrap_or(0)),
        cost: 0,
        confidence: None,
        signals: Signals::NONE,
        overlay: Overlay::default(),
        version: cell::version((SEEN..SEEN + meaning.mapping.seen().count()).map(|place| row.cell(place)))?,
    })
}

/// The columns of [`Mapping::seen`] for SQL.
pub(super) fn seen(map: &Mapping) -> String {
    map.seen().map(|column| Mapping::sql(Some(column))).collect::<Vec<_>>().join(", ")
}

/// The version of a full record.
pub(super) fn version_of(map: &Mapping, own: &Record) -> Version {
    let cells = map.seen().map(|name| Ok(own.get(name).map_or(ValueRef::Null, cell::reference)));
    // A cell that is at hand has no way to fail.
    cell::version(cells).unwrap_or_default()
}

/// The bucket that a cell names, else the one that kind and project suggest.
pub(super) fn bucket(named: &str, kind: &str, has_project: bool) -> Bucket {
    Bucket::named(named.trim()).unwrap_or_else(|| Bucket::of(kind, has_project))
}

/// The title of a list line: its own, else the first line of the text.
pub(super) fn headline<'a>(title: &'a str, content: &'a str) -> &'a str {
    let own = cell::headline(title, TITLE_BYTES);
    if own.is_empty() { cell::headline(content, TITLE_BYTES) } else { own }
}

/// How often a memory was recalled, from the two columns at a place: nothing there means never.
pub(super) fn recalls<C: Cells + ?Sized>(row: &C, at: usize) -> rusqlite::Result<Recalls> {
    let times = cell::integer(row.cell(at)?).map(|times| u32::try_from(times.max(0)).unwrap_or(u32::MAX));
    Ok(Recalls { times: times.unwrap_or_default(), last: cell::integer(row.cell(at + 1)?) })
}
