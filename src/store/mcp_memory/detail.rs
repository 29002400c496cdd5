//! One memory in full.

use rusqlite::{Connection, Result};

use super::{
    line::{self, Line},
    list,
    shape::Shape,
    standing,
};
use crate::{
    memory::{Handle, Memory, Provenance, Section, SectionStyle},
    store::sqlite::cell,
};

/// Bytes of a text that are read for showing.
const WINDOW: usize = 256 * 1024;
/// Memories of the same session shown on each side.
const AROUND: i64 = 5;

/// The memory as it now is, `None` when there is none.
pub(super) fn memory(conn: &Connection, shape: &Shape, store: &str, handle: Handle) -> Result<Option<Memory>> {
    let Some(line) = list::line_of(conn, shape, handle, None)? else { return Ok(None) };
    let row = list::row(store, handle, &line);
    let hidden = standing::hidden(conn, shape, &line)?;
    let [updated, accessed] = times(conn, shape, line.row)?;
    let mut sections = Vec::new();
    if !line.content.trim().is_empty() {
        let content = vec![window(&line.content)];
        sections.push(Section { name: "content".into(), style: SectionStyle::Prose, items: content });
    }
    sections.extend(notes(&line));
    sections.extend(relations(conn, shape, &line)?);
    Ok(Some(Memory {
        title: row.title.clone(),
        sections,
        tags: line.tags.clone(),
        files: Vec::new(),
        provenance: Provenance {
            session: row.scope.session.clone(),
            agent: match line.meta.source() {
                "user" => Some("person".to_owned()),
                source => row.scope.agent.clone().or_else(|| (!source.is_empty()).then(|| source.to_owned())),
            },
            ..Provenance::default()
        },
        updated,
        accessed: accessed.max(line.meta.accessed().and_then(line::from_seconds)),
        recalls: None,
        expires: None,
        state: standing::state(&line),
        injection: hidden.map_or_else(|| Ok(cell::cut(&line.content, 4096).to_owned()), Err),
        findings: standing::findings(conn, shape, &line)?,
        neighbours: neighbours(conn, shape, handle, &line)?,
        row,
    }))
}

/// When a row was changed and recalled last.
fn times(conn: &Connection, shape: &Shape, row: i64) -> Result<[Option<i64>; 2]> {
    let sql = format!(
        "SELECT {}, {} FROM memories AS m WHERE m.id = ?1",
        shape.column("updated_at"),
        shape.column("last_accessed")
    );
    let read = |row: &rusqlite::Row<'_>| Ok([line::time(row.get_ref(0)?), line::time(row.get_ref(1)?)]);
    conn.prepare_cached(&sql)?.query_row([row], read)
}

/// What the product thinks of the memory.
fn notes(line: &Line) -> Option<Section> {
    let ratings = line.meta.ratings().into_iter();
    let items: Vec<String> =
        ratings.filter_map(|(name, value)| Some(format!("{name} {:.2}, says its product", value?))).collect();
    (!items.is_empty()).then(|| Section { name: "ratings".into(), style: SectionStyle::List, items })
}

/// What the product relates it to.
fn relations(conn: &Connection, shape: &Shape, line: &Line) -> Result<Option<Section>> {
    if !shape.graph.has("relationship_type") {
        return Ok(None);
    }
    let sql = "SELECT e.relationship_type, e.source_hash = ?1, e.target_hash, o.id, substr(o.content, 1, 200)
        FROM memory_graph AS e
            LEFT JOIN memories AS o ON o.content_hash = iif(e.source_hash = ?1, e.target_hash, e.source_hash)
        WHERE e.source_hash = ?1 OR e.target_hash = ?1 ORDER BY 1, 4, 2 DESC LIMIT 40";
    let mut statement = conn.prepare_cached(sql)?;
    let mut items: Vec<String> = statement
        .query_map([&line.hash], |row| {
            let (kind, forth) = (cell::text(row.get_ref(0)?).into_owned(), row.get::<_, bool>(1)?);
            let other = match row.get::<_, Option<i64>>(3)? {
                Some(id) => {
                    format!("{}: {}", list::name_of(conn, shape, id)?, cell::headline(&cell::text(row.get_ref(4)?), 80))
                }
                None => cell::cut(&cell::text(row.get_ref(2)?), 80).to_owned(),
            };
            // These two are kept in both directions and say the same in each.
            let both = matches!(kind.as_str(), "related" | "contradicts");
            Ok(if forth || both { format!("{kind} {other}") } else { format!("{other} {kind} this") })
        })?
        .collect::<Result<_>>()?;
    items.dedup();
    Ok((!items.is_empty()).then(|| Section { name: "relations".into(), style: SectionStyle::List, items }))
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
fn neighbours(conn: &Connection, shape: &Shape, handle: Handle, line: &Line) -> Result<Vec<(Handle, String)>> {
    let session = line.meta.session();
    if session.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for (side, order) in [("<", "DESC"), (">", "ASC")] {
        let sql = format!(
            "SELECT m.created_at, m.id, {parent} IS NOT NULL, substr(m.content, 1, 400) FROM memories AS m
             WHERE m.created_at {side} (SELECT created_at FROM memories WHERE id = ?1) AND {listed}
                AND iif(json_valid(m.metadata), json_extract(m.metadata, '$.session_id'), NULL) = ?2
             ORDER BY m.created_at {order} LIMIT {AROUND}",
            parent = if shape.has_versions() { "m.parent_id" } else { "NULL" },
            listed = shape.listed(),
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params![line.row, session])?;
        while let Some(row) = rows.next()? {
            let named = list::named(conn, shape, row.get(1)?, row.get(2)?)?;
            let title = cell::headline(&cell::text(row.get_ref(3)?), 300).to_owned();
            found.push(((line::time(row.get_ref(0)?), named), title));
        }
    }
    found.sort();
    let others = found.into_iter().filter(|((_, named), _)| *named != handle);
    Ok(others.map(|((_, named), title)| (named, title)).collect())
}
