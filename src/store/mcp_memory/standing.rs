//! How a memory stands with its product: hidden, in conflict, held back, waiting for review.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::{line::Line, list, shape::Shape};
use crate::{
    memory::{Finding, Signal, Signals, State},
    store::sqlite::cell,
};

/// The tag of a memory that was stored though it seemed to contradict another one.
const CONFLICT: &str = "conflict:unresolved";

/// Relations that are open on some memories.
pub(super) enum Open {
    /// The hashes of all memories that have one.
    All(HashSet<String>),
    /// To be looked for, one memory at a time.
    Each,
}

/// SQL for relations `e` that wait for a person: contradictions, and guesses that ask for review.
const WAITS: &str = "(e.relationship_type = 'contradicts' OR e.metadata LIKE '%\"needs_review\": true%'
    OR e.metadata LIKE '%\"needs_review\":true%')";

impl Open {
    /// All of them, in one look at the relations.
    pub(super) fn all(conn: &Connection, shape: &Shape) -> Result<Self> {
        if !knows(shape) {
            return Ok(Self::All(HashSet::new()));
        }
        let live = |hash: &str| live(shape, hash);
        let sql = format!(
            "SELECT e.source_hash, e.target_hash FROM memory_graph AS e WHERE {WAITS} AND {} AND {}",
            live("e.source_hash"),
            live("e.target_hash")
        );
        let (mut found, mut statement) = (HashSet::new(), conn.prepare_cached(&sql)?);
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            for place in [0, 1] {
                found.insert(cell::text(row.get_ref(place)?).into_owned());
            }
        }
        Ok(Self::All(found))
    }

    fn has(&self, conn: &Connection, shape: &Shape, line: &Line) -> Result<bool> {
        match self {
            Self::All(hashes) => Ok(hashes.contains(&line.hash)),
            Self::Each => Ok(!relations(conn, shape, &line.hash)?.is_empty()),
        }
    }
}

/// Whether this version keeps relations with a type.
fn knows(shape: &Shape) -> bool {
    shape.graph.has("relationship_type") && shape.graph.has("metadata")
}

/// SQL for whether a memory of that hash is in use.
fn live(shape: &Shape, hash: &str) -> String {
    let deleted = if shape.memories.has("deleted_at") { "o.deleted_at IS NULL AND" } else { "" };
    format!(
        "EXISTS (SELECT 1 FROM memories AS o WHERE o.content_hash = {hash} AND {deleted} {} IS NULL)",
        shape.superseded("o")
    )
}

/// Sentences about the open relations of a memory.
fn relations(conn: &Connection, shape: &Shape, hash: &str) -> Result<Vec<String>> {
    if !knows(shape) {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT e.relationship_type, o.id, substr(o.content, 1, 120) FROM memory_graph AS e
            JOIN memories AS o ON o.content_hash = iif(e.source_hash = ?1, e.target_hash, e.source_hash)
         WHERE (e.source_hash = ?1 OR e.target_hash = ?1) AND {WAITS} AND {} AND {}
         GROUP BY 1, 2 ORDER BY 1, 2",
        live(shape, "?1"),
        live(shape, "o.content_hash")
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let said = statement.query_map([hash], |row| {
        let (kind, other) = (cell::text(row.get_ref(0)?).into_owned(), list::name_of(conn, shape, row.get(1)?)?);
        let text = cell::text(row.get_ref(2)?);
        let title = cell::headline(&text, 80);
        Ok(match kind.as_str() {
            "contradicts" => format!("its product sees a contradiction with {other}: {title}"),
            _ => format!("its product guesses that it is `{kind}` to {other} and asks for a review: {title}"),
        })
    })?;
    said.collect()
}

/// What the product does with a memory.
pub(super) fn state(line: &Line) -> State {
    match line {
        Line { deleted: Some(_), .. } => State::Deleted,
        Line { superseded: Some(_), .. } => State::Superseded,
        line if line.meta.quarantine().is_some() => State::Quarantined,
        Line { pending: true, .. } => State::NotInjected,
        _ => State::Live,
    }
}

/// Why the product keeps a memory from every agent, if it does.
pub(super) fn hidden(conn: &Connection, shape: &Shape, line: &Line) -> Result<Option<String>> {
    Ok(match (&line.deleted, &line.superseded) {
        (Some(_), _) => Some("its product has deleted it; set its state to `live` to restore it".to_owned()),
        (None, Some(by)) => Some(match holder(conn, by)? {
            Some((row, _)) => {
                let name = list::name_of(conn, shape, row)?;
                format!("{name} has taken its place; set its state to `live` to use both")
            }
            None => "a memory that is gone had taken its place; set its state to `live` to use it again".to_owned(),
        }),
        (None, None) if line.pending => Some("its vector is not made yet; its product will make it".to_owned()),
        (None, None) => None,
    })
}

/// The row of a hash and whether it is in use.
fn holder(conn: &Connection, hash: &str) -> Result<Option<(i64, bool)>> {
    let sql = "SELECT id, deleted_at IS NULL FROM memories WHERE content_hash = ?1";
    conn.prepare_cached(sql)?.query_row([hash], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

/// What the product itself says of a memory, as signals.
pub(super) fn told(conn: &Connection, shape: &Shape, open: &Open, line: &Line) -> Result<Signals> {
    let mut told = Signals::NONE;
    told.set(Signal::Noise, line.made_up() == Some("association"));
    told.set(Signal::Unsettled, !plain(conn, line)?.is_empty() || (is_used(line) && open.has(conn, shape, line)?));
    Ok(told)
}

/// The same with its reasons.
pub(super) fn findings(conn: &Connection, shape: &Shape, line: &Line) -> Result<Vec<Finding>> {
    let mut reasons = plain(conn, line)?;
    if is_used(line) {
        reasons.extend(relations(conn, shape, &line.hash)?);
    }
    let mut findings: Vec<Finding> =
        reasons.into_iter().map(|reason| Finding { signal: Signal::Unsettled, reason }).collect();
    if line.made_up() == Some("association") {
        let reason = "its product's consolidation made it of two memories that seemed alike".to_owned();
        findings.push(Finding { signal: Signal::Noise, reason });
    }
    Ok(findings)
}

const fn is_used(line: &Line) -> bool {
    line.deleted.is_none() && line.superseded.is_none()
}

/// What is open by the memory's own record.
fn plain(conn: &Connection, line: &Line) -> Result<Vec<String>> {
    let mut reasons = Vec::new();
    if line.deleted.is_some() {
        return Ok(reasons);
    }
    if let Some(by) = &line.superseded
        && holder(conn, by)?.is_none_or(|(_, used)| !used)
    {
        reasons.push("a memory that is gone had taken its place, so that no agent finds either".to_owned());
    }
    match line.meta.quarantine() {
        Some("") => reasons.push("its product holds it in quarantine".to_owned()),
        Some(why) => reasons.push(format!("its product holds it in quarantine: {why}")),
        None => {}
    }
    if line.tags.iter().any(|tag| tag == CONFLICT) {
        reasons.push(format!("its product stored it with the tag {CONFLICT}"));
    }
    if !line.embedded && !line.pending && is_used(line) {
        reasons.push(
            "it has no vector, so that its product's search by meaning does not find it; the product's maintenance \
             makes one"
                .to_owned(),
        );
    }
    Ok(reasons)
}
