//! Text questions: the store's own full-text index where it works, a plain look through the columns where not.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension as _};

use super::{
    list,
    shape::{Kind, Shape},
};
use crate::{
    memory::Handle,
    store::{
        Needle,
        sqlite::{cell, full_text},
    },
};

/// Rows that one statement of a plain look goes through, so that no read transaction lasts.
const CHUNK: i64 = 20_000;
/// A prefix of fewer characters than this is looked for row by row: nearly every row has it, so the first answers come
/// at once, while the index would first merge the lists of a large part of all words (a second and 100 MB for a million
/// rows).
const SHORT: usize = 2;
/// A prefix of fewer characters than this is not ranked: weighing that many words takes seconds and says nothing.
const UNRANKED: usize = 3;
/// How many of the newest matches are ranked. Ranking a million takes a second, and nobody pages through them by rank.
const RANKED: i64 = 50_000;

/// Visits the answers of each kind in turn, newest first.
pub(super) fn search(
    conn: &Connection,
    shape: &Shape,
    needle: &Needle,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    for kind in Kind::ALL {
        if one_kind(conn, shape, kind, needle, visit)?.is_break() {
            break;
        }
    }
    Ok(())
}

fn one_kind(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    needle: &Needle,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    let Some(table) = shape.table(kind) else { return Ok(ControlFlow::Continue(())) };
    match needle {
        Needle::Session(text) => return sessions(conn, shape, kind, text, visit),
        Needle::File(_) | Needle::Word(..) | Needle::Phrase(_) | Needle::Tag(_) => {}
    }
    let mut below = i64::MAX;
    if table.full_text
        && let Some(question) = question(needle, kind)
    {
        let sql = format!("SELECT rowid FROM {0}_fts WHERE {0}_fts MATCH ?1 ORDER BY rowid DESC", kind.table());
        match indexed(conn, kind, &sql, &question, needle, &mut below, visit) {
            Ok(flow) => return Ok(flow),
            Err(error) if full_text::is_unusable(&error) => {}
            Err(error) => return Err(error),
        }
    }
    plain(conn, shape, kind, needle, below, visit)
}

/// The question for FTS5, `None` when the index cannot answer it.
fn question(needle: &Needle, kind: Kind) -> Option<String> {
    match needle {
        Needle::Word(word, true) if word.chars().count() < SHORT => None,
        Needle::Word(word, prefix) => full_text::quoted(word, *prefix),
        Needle::Phrase(phrase) => full_text::quoted(phrase, false),
        // The index finds words of tags and their beginnings; each answer is then looked at.
        Needle::Tag(tag) if kind == Kind::Observation => {
            full_text::quoted(tag, true).map(|question| format!("concepts : {question}"))
        }
        Needle::Tag(_) | Needle::File(_) | Needle::Session(_) => None,
    }
}

fn indexed(
    conn: &Connection,
    kind: Kind,
    sql: &str,
    question: &str,
    needle: &Needle,
    below: &mut i64,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut rows = statement.query([question])?;
    while let Some(row) = rows.next()? {
        let rowid = row.get(0)?;
        *below = rowid;
        if let Needle::Tag(tag) = needle
            && !has_tag(conn, rowid, tag)?
        {
            continue;
        }
        if visit(kind.handle(rowid)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn has_tag(conn: &Connection, rowid: i64, tag: &str) -> rusqlite::Result<bool> {
    let mut statement = conn.prepare_cached("SELECT concepts FROM observations WHERE rowid = ?1")?;
    let found = statement
        .query_row([rowid], |row| {
            let wanted = tag.to_lowercase();
            Ok(cell::json_list(&cell::text(row.get_ref(0)?)).iter().any(|own| own.to_lowercase().contains(&wanted)))
        })
        .optional()?;
    Ok(found.unwrap_or(false))
}

/// The columns that a plain look goes through.
fn columns(needle: &Needle, kind: Kind) -> Vec<&'static str> {
    match needle {
        Needle::Word(..) | Needle::Phrase(_) => {
            let mut columns = vec![list::title_column(kind)];
            columns.extend(list::text_columns(kind));
            if kind == Kind::Observation {
                columns.push("concepts");
            }
            columns
        }
        Needle::Tag(_) if kind == Kind::Observation => vec!["concepts"],
        Needle::File(_) if kind == Kind::Observation => vec!["files_read", "files_modified"],
        Needle::File(_) if kind == Kind::Summary => vec!["files_read", "files_edited"],
        Needle::Tag(_) | Needle::File(_) | Needle::Session(_) => vec![],
    }
}

fn plain(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    needle: &Needle,
    mut below: i64,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    let (Needle::Word(text, _) | Needle::Phrase(text) | Needle::Tag(text) | Needle::File(text) | Needle::Session(text)) =
        needle;
    let likes: Vec<String> = columns(needle, kind)
        .into_iter()
        .filter(|name| shape.table(kind).is_some_and(|table| table.has(name)))
        .map(|name| format!("\"{name}\" LIKE ?3 ESCAPE '\\'"))
        .collect();
    if likes.is_empty() || text.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    let table = kind.table();
    let edge = format!("SELECT rowid FROM {table} WHERE rowid < ?1 ORDER BY rowid DESC LIMIT 1 OFFSET {CHUNK}");
    let start = match needle {
        Needle::Word(word, true) if shape.table(kind).is_some_and(|table| table.full_text) => Some(word.to_lowercase()),
        _ => None,
    };
    let names = columns(needle, kind);
    let read: Vec<String> = match &start {
        Some(_) => names.iter().filter_map(|name| Some(shape.table(kind)?.column("t", name))).collect(),
        None => Vec::new(),
    };
    let read = std::iter::once("t.rowid".to_owned()).chain(read).collect::<Vec<_>>().join(", ");
    let sql = format!(
        "SELECT {read} FROM {table} AS t WHERE t.rowid < ?1 AND t.rowid >= ?2 AND ({}) ORDER BY t.rowid DESC",
        likes.join(" OR ")
    );
    let pattern = full_text::containing(text);
    loop {
        let edge: Option<i64> = conn.prepare_cached(&edge)?.query_row([below], |row| row.get(0)).optional()?;
        let from = edge.unwrap_or(i64::MIN);
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(rusqlite::params![below, from, pattern])?;
        while let Some(row) = rows.next()? {
            if let Some(start) = &start {
                let mut begins = false;
                for place in 1..=names.len() {
                    begins = begins || a_word_begins(&cell::text(row.get_ref(place)?), start);
                }
                if !begins {
                    continue;
                }
            }
            if visit(kind.handle(row.get(0)?)).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        if edge.is_none() {
            return Ok(ControlFlow::Continue(()));
        }
        below = from;
    }
}

/// Whether a word of the text begins so, words being runs of letters and digits as in the index.
fn a_word_begins(text: &str, start: &str) -> bool {
    let mut inside = false;
    for (place, c) in text.char_indices() {
        let begins = !inside && c.is_alphanumeric();
        inside = c.is_alphanumeric();
        let rest = text.get(place..).unwrap_or_default();
        if begins
            && c.to_lowercase().next() == start.chars().next()
            && cell::cut(rest, 4 * start.len()).to_lowercase().starts_with(start)
        {
            return true;
        }
    }
    false
}

/// Memories of the sessions whose id contains the text, in either of a session's two names.
fn sessions(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    text: &str,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> rusqlite::Result<ControlFlow<()>> {
    let names = [shape.content_session(), shape.memory_session()];
    let likes: Vec<String> =
        names.into_iter().flatten().map(|name| format!("s.\"{name}\" LIKE ?1 ESCAPE '\\'")).collect();
    if likes.is_empty() {
        return Ok(ControlFlow::Continue(()));
    }
    let linked = kind == Kind::Prompt && shape.table(kind).is_some_and(|table| table.has("session_db_id"));
    let key = match kind {
        Kind::Observation | Kind::Summary => shape.memory_session().zip(shape.session_column(kind)),
        Kind::Prompt => shape.content_session().zip(shape.session_column(kind)),
    };
    let (theirs, ours) = match key {
        _ if linked => ("id", "session_db_id"),
        Some(key) => key,
        None => return Ok(ControlFlow::Continue(())),
    };
    let sql = format!(
        "SELECT rowid FROM {} WHERE \"{ours}\" IN (SELECT s.\"{theirs}\" FROM sdk_sessions AS s WHERE {}) \
         ORDER BY rowid DESC",
        kind.table(),
        likes.join(" OR ")
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query([full_text::containing(text)])?;
    while let Some(row) = rows.next()? {
        if visit(kind.handle(row.get(0)?)).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The best answers to all needles together, best first. Of very common words the newest [`RANKED`] matches are ranked.
///
/// Files and sessions are in no index and very short prefixes say nothing, so they take no part in ranking. Where the index does not work, the answers to
/// the first needle come newest first.
pub(super) fn ranked(
    conn: &Connection,
    shape: &Shape,
    needles: &[Needle],
    limit: usize,
) -> rusqlite::Result<Vec<Handle>> {
    let mut best: Vec<(f64, Handle)> = Vec::new();
    let vague = |needle: &Needle| matches!(needle, Needle::Word(word, true) if word.chars().count() < UNRANKED);
    let mut broken = needles.iter().all(|needle| question(needle, Kind::Observation).is_none() || vague(needle));
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    for kind in Kind::ALL {
        let Some(table) = shape.table(kind) else { continue };
        let tagged = needles.iter().any(|needle| matches!(needle, Needle::Tag(_)));
        let parts: Vec<String> =
            needles.iter().filter(|needle| !vague(needle)).filter_map(|needle| question(needle, kind)).collect();
        if parts.is_empty() || (tagged && kind != Kind::Observation) {
            continue;
        }
        if !table.full_text {
            broken = true;
            continue;
        }
        match best_of(conn, kind, &parts.join(" AND "), most, &mut best) {
            Ok(()) => {}
            Err(error) if full_text::is_unusable(&error) => broken = true,
            Err(error) => return Err(error),
        }
    }
    if best.is_empty()
        && broken
        && let Some(first) = needles.first()
    {
        let mut found = Vec::new();
        search(conn, shape, first, &mut |handle| {
            found.push(handle);
            if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        return Ok(found);
    }
    best.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    best.truncate(limit);
    Ok(best.into_iter().map(|(_, handle)| handle).collect())
}

fn best_of(
    conn: &Connection,
    kind: Kind,
    question: &str,
    limit: i64,
    best: &mut Vec<(f64, Handle)>,
) -> rusqlite::Result<()> {
    let fts = format!("{}_fts", kind.table());
    let edge = format!("SELECT rowid FROM {fts} WHERE {fts} MATCH ?1 ORDER BY rowid DESC LIMIT 1 OFFSET {RANKED}");
    let edge: Option<i64> = conn.prepare_cached(&edge)?.query_row([question], |row| row.get(0)).optional()?;
    let sql = format!("SELECT rowid, rank FROM {fts} WHERE {fts} MATCH ?1 AND rowid > ?2 ORDER BY rank LIMIT ?3");
    let mut statement = conn.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params![question, edge.unwrap_or(i64::MIN), limit])?;
    while let Some(row) = rows.next()? {
        best.push((row.get(1)?, kind.handle(row.get(0)?)));
    }
    Ok(())
}
