//! Text questions to a mapped table: its full-text table where it has one, a plain look through the columns where not.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension as _};

use super::{mapping, mapping::Mapping, shape::Shape};
use crate::{
    memory::Handle,
    store::{
        Needle,
        sqlite::{cell, full_text, table::quote},
    },
};

/// Rows that one statement of a plain look goes through, so that no read transaction lasts.
const CHUNK: i64 = 20_000;
/// How many of the newest matches are ranked. Ranking a million takes a second, and nobody pages through them by rank.
const RANKED: i64 = 50_000;

type Visit<'v> = &'v mut dyn FnMut(Handle) -> ControlFlow<()>;

/// Visits the answers, newest first.
pub(super) fn search(conn: &Connection, shape: &Shape, needle: &Needle, visit: Visit<'_>) -> rusqlite::Result<()> {
    let mut below = i64::MAX;
    if let (Some(fts), Some(question)) = (&shape.full_text, question(needle)) {
        match indexed(conn, fts, &question, &mut below, visit) {
            Ok(()) => return Ok(()),
            Err(error) if full_text::is_unusable(&error) => {}
            Err(error) => return Err(error),
        }
    }
    plain(conn, shape, needle, below, visit)
}

/// The question for FTS5, `None` when the index cannot answer it.
fn question(needle: &Needle) -> Option<String> {
    match needle {
        Needle::Word(word, prefix) => full_text::quoted(word, *prefix),
        Needle::Phrase(phrase) => full_text::quoted(phrase, false),
        Needle::Tag(_) | Needle::File(_) | Needle::Session(_) => None,
    }
}

fn indexed(conn: &Connection, fts: &str, question: &str, below: &mut i64, visit: Visit<'_>) -> rusqlite::Result<()> {
    let sql = format!("SELECT rowid FROM {0} WHERE {0} MATCH ?1 ORDER BY rowid DESC", quote(fts));
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([question])?;
    while let Some(row) = rows.next()? {
        *below = row.get(0)?;
        if visit(Handle(*below)).is_break() {
            break;
        }
    }
    Ok(())
}

/// The columns that a plain look goes through, and whether they are lists.
fn columns<'m>(map: &'m Mapping, needle: &Needle) -> Vec<&'m String> {
    match needle {
        Needle::Word(..) | Needle::Phrase(_) => {
            [map.title.as_ref(), Some(&map.content), map.tags.as_ref()].into_iter().flatten().collect()
        }
        Needle::Tag(_) => map.tags.iter().collect(),
        Needle::File(_) => map.files.iter().collect(),
        Needle::Session(_) => map.session.iter().collect(),
    }
}

fn plain(conn: &Connection, shape: &Shape, needle: &Needle, mut below: i64, visit: Visit<'_>) -> rusqlite::Result<()> {
    let (Needle::Word(text, _) | Needle::Phrase(text) | Needle::Tag(text) | Needle::File(text) | Needle::Session(text)) =
        needle;
    let columns = columns(&shape.mapping, needle);
    if columns.is_empty() || text.is_empty() {
        return Ok(());
    }
    let likes: Vec<String> = columns.iter().map(|name| format!("t.{} LIKE ?3 ESCAPE '\\'", quote(name))).collect();
    let from = shape.from();
    let tags = if matches!(needle, Needle::Tag(_)) { Mapping::sql(shape.mapping.tags.as_ref()) } else { "NULL".into() };
    let edge = format!("SELECT rowid FROM {from} WHERE rowid < ?1 ORDER BY rowid DESC LIMIT 1 OFFSET {CHUNK}");
    let sql = format!(
        "SELECT t.rowid, {tags} FROM {from} AS t WHERE t.rowid < ?1 AND t.rowid >= ?2 AND ({}) ORDER BY t.rowid DESC",
        likes.join(" OR ")
    );
    let pattern = full_text::containing(text);
    let wanted = text.to_lowercase();
    loop {
        let edge: Option<i64> = conn.prepare_cached(&edge)?.query_row([below], |row| row.get(0)).optional()?;
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params![below, edge.unwrap_or(i64::MIN), pattern])?;
        while let Some(row) = rows.next()? {
            // The pattern also finds text that runs over the edge of two tags.
            let meant = !matches!(needle, Needle::Tag(_))
                || mapping::list(&cell::text(row.get_ref(1)?)).iter().any(|tag| tag.to_lowercase().contains(&wanted));
            if meant && visit(Handle(row.get(0)?)).is_break() {
                return Ok(());
            }
        }
        let Some(edge) = edge else { return Ok(()) };
        below = edge;
    }
}

/// The best answers to all needles together, best first; of very common words the newest matches are ranked. Without an
/// index the answers to the first needle come newest first.
pub(super) fn ranked(
    conn: &Connection,
    shape: &Shape,
    needles: &[Needle],
    limit: usize,
) -> rusqlite::Result<Vec<Handle>> {
    let parts: Vec<String> = needles.iter().filter_map(question).collect();
    if let (Some(fts), false) = (&shape.full_text, parts.is_empty()) {
        match best(conn, fts, &parts.join(" AND "), i64::try_from(limit).unwrap_or(i64::MAX)) {
            Err(error) if full_text::is_unusable(&error) => {}
            answer => return answer,
        }
    }
    let mut found = Vec::new();
    if let Some(first) = needles.first() {
        search(conn, shape, first, &mut |handle| {
            found.push(handle);
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    Ok(found)
}

fn best(conn: &Connection, fts: &str, question: &str, limit: i64) -> rusqlite::Result<Vec<Handle>> {
    let fts = quote(fts);
    let edge = format!("SELECT rowid FROM {fts} WHERE {fts} MATCH ?1 ORDER BY rowid DESC LIMIT 1 OFFSET {RANKED}");
    let edge: Option<i64> = conn.prepare_cached(&edge)?.query_row([question], |row| row.get(0)).optional()?;
    let sql = format!("SELECT rowid FROM {fts} WHERE {fts} MATCH ?1 AND rowid > ?2 ORDER BY rank, rowid DESC LIMIT ?3");
    conn.prepare_cached(&sql)?
        .query_map(rusqlite::params![question, edge.unwrap_or(i64::MIN), limit], |row| row.get(0).map(Handle))?
        .collect()
}
