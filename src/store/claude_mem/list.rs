//! Times and list lines: the newest page, the order of everything, and rows by handle.

use rusqlite::{Connection, Row as SqlRow, Rows, types::ValueRef};

use super::shape::{Kind, Shape, Table};
use crate::{
    memory::{Bucket, EpochMs, Handle, Key, MemoryId, Overlay, Record, Row, Scope, Signals, Version, tokens_of_bytes},
    store::sqlite::cell,
};

/// Bytes of a title that a list line carries.
pub(super) const TITLE_BYTES: usize = 300;

/// The largest value that is a number: in an index, text and blobs stand behind it.
const LAST_NUMBER: &str = "9223372036854775807";

/// Columns whose bytes an agent would read, without the title.
pub(super) fn text_columns(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Observation => &["subtitle", "narrative", "facts", "text"],
        Kind::Summary => &["investigated", "learned", "completed", "next_steps", "notes"],
        Kind::Prompt => &[],
    }
}

/// The column that a memory's title is taken from first.
pub(super) fn title_column(kind: Kind) -> &'static str {
    match kind {
        Kind::Observation => "title",
        Kind::Summary => "request",
        Kind::Prompt => "prompt_text",
    }
}

/// The columns that make a memory's version: all that a person reads of it or filters by and that is its own.
pub(super) fn seen_columns(kind: Kind) -> impl Iterator<Item = &'static str> {
    let rest: &[&str] = match kind {
        Kind::Observation => &["concepts", "files_read", "files_modified", "type", "project"],
        Kind::Summary => &["files_read", "files_edited", "project"],
        Kind::Prompt => &[],
    };
    std::iter::once(title_column(kind)).chain(text_columns(kind).iter().copied()).chain(rest.iter().copied())
}

/// The version of a full record.
pub(super) fn version_of(kind: Kind, own: &Record) -> Version {
    let cells = seen_columns(kind).map(|name| Ok(own.get(name).map_or(ValueRef::Null, cell::reference)));
    // A cell that is at hand has no way to fail.
    cell::version(cells).unwrap_or_default()
}

/// Columns that stand in for an empty title, the best first.
pub(super) fn title_substitutes(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Observation => &["subtitle", "narrative", "text"],
        Kind::Summary => &["learned", "completed", "investigated", "next_steps", "notes"],
        Kind::Prompt => &[],
    }
}

/// Visits every memory with its time, newest first; at most `limit` of each kind when there is one.
pub(super) fn times(
    conn: &Connection,
    shape: &Shape,
    limit: Option<usize>,
    visit: &mut dyn FnMut(Handle, Option<EpochMs>),
) -> rusqlite::Result<()> {
    let mut odd = odd_times(conn, shape)?;
    odd.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    let mut odd = odd.into_iter().peekable();
    let mut statements = Vec::new();
    for kind in Kind::ALL {
        let Some(table) = shape.table(kind).filter(|table| table.has("created_at_epoch")) else { continue };
        // Without the index a whole page would have to be sorted for; row ids follow the time well enough there.
        let order = if table.by_time || limit.is_none() { "created_at_epoch" } else { "rowid" };
        let sql = format!(
            "SELECT rowid, created_at_epoch FROM {} WHERE created_at_epoch <= {LAST_NUMBER} ORDER BY {order} DESC \
             LIMIT ?1",
            kind.table()
        );
        statements.push((kind, conn.prepare_cached(&sql)?));
    }
    let limit = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let mut sources = Vec::new();
    for (kind, statement) in &mut statements {
        let mut rows = statement.query([limit])?;
        let head = next_time(&mut rows)?;
        sources.push((*kind, rows, head));
    }
    loop {
        let newest = sources
            .iter_mut()
            .filter_map(|(kind, rows, head)| head.map(|(rowid, time)| (time, *kind, rowid, rows, head)))
            .max_by_key(|(time, ..)| *time);
        let odd_time = odd.peek().and_then(|(_, time)| *time);
        match newest {
            Some((time, kind, rowid, rows, head)) if odd_time.is_none_or(|odd| odd <= time) => {
                visit(kind.handle(rowid), Some(time));
                *head = next_time(rows)?;
            }
            _ => match odd.next() {
                Some((handle, time)) => visit(handle, time),
                None => return Ok(()),
            },
        }
    }
}

fn next_time(rows: &mut Rows<'_>) -> rusqlite::Result<Option<(i64, EpochMs)>> {
    match rows.next()? {
        None => Ok(None),
        Some(row) => Ok(Some((row.get(0)?, cell::integer(row.get_ref(1)?).unwrap_or_default()))),
    }
}

/// Memories whose time is not a number, with the time that their text gives.
fn odd_times(conn: &Connection, shape: &Shape) -> rusqlite::Result<Vec<(Handle, Option<EpochMs>)>> {
    let mut odd = Vec::new();
    for kind in Kind::ALL {
        let Some(table) = shape.table(kind) else { continue };
        // Two questions, each answered by the index: one with OR would read the whole table.
        let conditions = if table.has("created_at_epoch") {
            vec!["created_at_epoch IS NULL".to_owned(), format!("created_at_epoch > {LAST_NUMBER}")]
        } else {
            vec!["1".to_owned()]
        };
        for condition in conditions {
            let sql = format!(
                "SELECT rowid, {}, {} FROM {} AS t WHERE {condition}",
                table.column("t", "created_at_epoch"),
                table.column("t", "created_at"),
                kind.table()
            );
            let mut statement = conn.prepare_cached(&sql)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                odd.push((kind.handle(row.get(0)?), cell::epoch_ms(row.get_ref(1)?, row.get_ref(2)?)));
            }
        }
    }
    Ok(odd)
}

/// Visits the memories of one kind whose row id is above `above`, oldest first.
pub(super) fn above(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    above: i64,
    visit: &mut dyn FnMut(Handle, Option<EpochMs>),
) -> rusqlite::Result<()> {
    let Some(table) = shape.table(kind) else { return Ok(()) };
    let sql = format!(
        "SELECT rowid, {}, {} FROM {} AS t WHERE rowid > ?1 ORDER BY rowid",
        table.column("t", "created_at_epoch"),
        table.column("t", "created_at"),
        kind.table()
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([above])?;
    while let Some(row) = rows.next()? {
        visit(kind.handle(row.get(0)?), cell::epoch_ms(row.get_ref(1)?, row.get_ref(2)?));
    }
    Ok(())
}

/// The first bytes of a text for SQL. As a blob, because `substr` of a text ends at its first NUL.
pub(super) fn beginning(column: &str) -> String {
    format!("substr(CAST({column} AS BLOB), 1, 1200)")
}

fn says_something(column: &str) -> String {
    format!("trim(coalesce({column}, ''), char(9, 10, 13, 32)) <> ''")
}

/// What stands in for an empty title, for SQL; `None` when nothing does.
pub(super) fn substitute(table: &Table, kind: Kind) -> Option<String> {
    let cases: Vec<String> = title_substitutes(kind)
        .iter()
        .map(|name| table.column("t", name))
        .map(|column| format!("WHEN {} THEN {}", says_something(&column), beginning(&column)))
        .collect();
    (!cases.is_empty()).then(|| format!("CASE {} END", cases.join(" ")))
}

/// Columns of a list line before those of its version.
const LINE: usize = 12;

/// The question for one list line by row id. Its columns are the same for every kind; [`line`] reads them.
pub(super) fn line_sql(shape: &Shape, kind: Kind) -> Option<String> {
    let table = shape.table(kind)?;
    let column = |name: &str| table.column("t", name);
    let title = column(title_column(kind));
    let substitute = match substitute(table, kind) {
        Some(substitute) => format!("CASE WHEN {} THEN NULL ELSE {substitute} END", says_something(&title)),
        None => "NULL".into(),
    };
    let mut bytes = vec![title_column(kind)];
    bytes.extend(text_columns(kind));
    if kind == Kind::Observation {
        bytes.push("concepts");
    }
    let bytes = bytes
        .iter()
        .filter(|name| table.has(name))
        .map(|name| format!("coalesce(octet_length({}), 0)", column(name)))
        .collect::<Vec<_>>()
        .join(" + ");
    let bytes = if bytes.is_empty() { "0".to_owned() } else { bytes };
    let session = |name: &str| shape.sessions.column("s", name);
    let content = shape.content_session().map_or_else(|| "NULL".into(), &session);
    let own = shape.session_column(kind).map_or_else(|| "NULL".into(), &column);
    let (word, project) = match kind {
        Kind::Observation => (column("type"), column("project")),
        Kind::Summary => ("'summary'".into(), column("project")),
        Kind::Prompt => ("'prompt'".into(), session("project")),
    };
    let shown = if kind == Kind::Prompt { beginning(&title) } else { title };
    Some(format!(
        "SELECT t.rowid, {epoch}, {iso}, {project}, {word}, {shown}, {substitute}, {bytes}, {cost}, {platform}, {agent}, \
            coalesce({content}, {own}), {seen}
         FROM {name} AS t {join} WHERE t.rowid = ?1",
        epoch = column("created_at_epoch"),
        iso = column("created_at"),
        cost = column("discovery_tokens"),
        platform = platform(shape),
        agent = column("agent_type"),
        name = kind.table(),
        join = session_join(shape, kind),
        seen = seen_columns(kind).map(column).collect::<Vec<_>>().join(", "),
    ))
}

/// The agent of a session for SQL: versions without the column knew only one.
pub(super) fn platform(shape: &Shape) -> String {
    if shape.sessions.has("platform_source") {
        "s.platform_source".into()
    } else {
        "CASE WHEN s.rowid IS NOT NULL THEN 'claude' END".into()
    }
}

/// The join from a memory (`t`) to its session (`s`).
pub(super) fn session_join(shape: &Shape, kind: Kind) -> String {
    let key = match kind {
        Kind::Observation | Kind::Summary => shape.memory_session().zip(shape.session_column(kind)),
        Kind::Prompt => shape.content_session().zip(shape.session_column(kind)),
    };
    let by_key = key.map(|(theirs, ours)| format!("s.\"{theirs}\" = t.\"{ours}\""));
    let linked = kind == Kind::Prompt && shape.table(kind).is_some_and(|table| table.has("session_db_id"));
    let on = match by_key {
        Some(by_key) if linked => format!(
            "s.rowid = coalesce(t.session_db_id, (SELECT s.rowid FROM sdk_sessions AS s WHERE {by_key} LIMIT 1))"
        ),
        Some(by_key) => by_key,
        None if linked => "s.rowid = t.session_db_id".into(),
        None => "0".into(),
    };
    format!("LEFT JOIN sdk_sessions AS s ON {on}")
}

/// The list line in a row of [`line_sql`].
pub(super) fn line(store: &str, kind: Kind, row: &SqlRow<'_>) -> rusqlite::Result<Row> {
    let rowid: i64 = row.get(0)?;
    let handle = kind.handle(rowid);
    let project = cell::some_text(row.get_ref(3)?);
    let word = cell::text(row.get_ref(4)?).into_owned();
    let bytes = cell::integer(row.get_ref(7)?).unwrap_or(0);
    let platform = cell::text(row.get_ref(9)?);
    Ok(Row {
        // The engine knows the store's place in its list and sets it.
        key: Key { store: 0, handle },
        id: MemoryId { store: store.to_owned(), native: kind.native(rowid) },
        bucket: Bucket::of(&word, project.is_some()),
        kind: word,
        scope: Scope { project, agent: agent(&platform, row.get_ref(10)?), session: cell::some_text(row.get_ref(11)?) },
        title: title(row.get_ref(5)?, row.get_ref(6)?),
        created: cell::epoch_ms(row.get_ref(1)?, row.get_ref(2)?),
        tokens: tokens_of_bytes(u64::try_from(bytes).unwrap_or(0)),
        cost: cell::count(row.get_ref(8)?),
        confidence: None,
        signals: Signals::NONE,
        overlay: Overlay::default(),
        version: cell::version(seen_columns(kind).enumerate().map(|(place, _)| row.get_ref(LINE + place)))?,
    })
}

/// The title of a list line, from the title's cell or else from what stands in for it.
pub(super) fn title(title: ValueRef<'_>, substitute: ValueRef<'_>) -> String {
    let own = cell::text(title);
    let line = cell::headline(&own, TITLE_BYTES);
    if line.is_empty() { cell::headline(&cell::text(substitute), TITLE_BYTES).to_owned() } else { line.to_owned() }
}

/// An agent's name, with its subagent: `claude/Explore`.
pub(super) fn agent(platform: &str, subagent: ValueRef<'_>) -> Option<String> {
    let subagent = cell::text(subagent);
    match (platform, subagent.as_ref()) {
        ("", "") => None,
        (platform, "") => Some(platform.to_owned()),
        (platform, subagent) => Some(format!("{platform}/{subagent}")),
    }
}
