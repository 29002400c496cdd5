//! Text questions, through the product's own index of trigrams where it can answer.
//!
//! The index finds pieces of text, and after some of the product's own writes it holds words that are gone or lacks rows
//! that are there. So every answer is compared with the text, and rows that the index lacks are looked through.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::{line, list, shape::Shape};
use crate::{
    memory::Handle,
    store::{
        Needle,
        sqlite::{cell, full_text, table::quote},
    },
};

/// Rows that one statement of a plain look goes through, so that no read transaction lasts.
const CHUNK: i64 = 20_000;
/// Characters of the shortest text that an index of trigrams knows.
const TRIGRAM: usize = 3;
/// What repairs the index, for a person who runs it.
pub(super) const REBUILD: &str = "INSERT INTO memory_content_fts(memory_content_fts) VALUES('rebuild')";

type Visit<'v> = &'v mut dyn FnMut(Handle) -> ControlFlow<()>;

/// Asks the index one cheap question.
pub(super) fn works(conn: &Connection, shape: &Shape) -> Result<()> {
    let Some(fts) = &shape.full_text else { return Ok(()) };
    let sql = format!("SELECT rowid FROM {0} WHERE {0} MATCH '\"memtui\"' LIMIT 1", quote(fts));
    conn.prepare(&sql)?.query([])?.next().map(|_| ())
}

/// How many rows the index lacks, and how many it has that are gone.
pub(super) fn drift(conn: &Connection, fts: &str) -> Result<(i64, i64)> {
    let docs = quote(&format!("{fts}_docsize"));
    let sql = format!(
        "SELECT (SELECT count(*) FROM memories AS m WHERE NOT EXISTS (SELECT 1 FROM {docs} AS d WHERE d.id = m.id)),
            (SELECT count(*) FROM {docs} AS d WHERE NOT EXISTS (SELECT 1 FROM memories AS m WHERE m.id = d.id))"
    );
    conn.prepare_cached(&sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Visits the answers, newest first; those that the index lacks come last.
pub(super) fn search(conn: &Connection, shape: &Shape, needle: &Needle, visit: Visit<'_>) -> Result<()> {
    let wanted = Wanted::of(needle);
    if let (Some(fts), Some(question)) = (&shape.full_text, wanted.question()) {
        match indexed(conn, shape, (fts, &question), &wanted, "f.rowid DESC", visit) {
            Ok(ControlFlow::Break(())) => return Ok(()),
            Ok(ControlFlow::Continue(())) => return unindexed(conn, shape, fts, &wanted, visit),
            Err(error) if full_text::is_unusable(&error) => {}
            Err(error) => return Err(error),
        }
    }
    plain(conn, shape, &wanted, visit)
}

/// The best answers to all needles together, best first by the index's own ranking.
pub(super) fn ranked(conn: &Connection, shape: &Shape, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
    let wanted: Vec<Wanted> = needles.iter().map(Wanted::of).collect();
    let questions: Vec<String> = wanted.iter().filter_map(Wanted::question).collect();
    let mut found = Vec::new();
    let mut take = |handle| {
        found.push(handle);
        if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let all = Wanted::All(wanted);
    if let (Some(fts), false) = (&shape.full_text, questions.is_empty()) {
        match indexed(conn, shape, (fts, &questions.join(" AND ")), &all, "f.rank, f.rowid DESC", &mut take) {
            Err(error) if full_text::is_unusable(&error) => {}
            answer => return answer.map(|_| found),
        }
    }
    plain(conn, shape, &all, &mut take)?;
    Ok(found)
}

/// A question as it is compared with a row.
enum Wanted {
    /// These words in this order; the last may go on.
    Words(Vec<String>, bool),
    Tag(String),
    Session(String),
    /// Nothing has it.
    Nothing,
    All(Vec<Self>),
}

impl Wanted {
    fn of(needle: &Needle) -> Self {
        match needle {
            Needle::Word(text, prefix) => Self::words(text, *prefix),
            Needle::Phrase(text) => Self::words(text, false),
            Needle::Tag(text) => Self::Tag(text.to_lowercase()),
            Needle::Session(text) => Self::Session(text.to_lowercase()),
            // The product notes no files.
            Needle::File(_) => Self::Nothing,
        }
    }

    fn words(text: &str, prefix: bool) -> Self {
        let words: Vec<String> = words(text).collect();
        if words.is_empty() { Self::Nothing } else { Self::Words(words, prefix) }
    }

    /// The question for the index, `None` when it cannot answer.
    fn question(&self) -> Option<String> {
        let Self::Words(words, _) = self else { return None };
        let long = words.iter().filter(|word| word.chars().count() >= TRIGRAM);
        let parts: Vec<String> = long.filter_map(|word| full_text::quoted(word, false)).collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    fn holds(&self, row: &Text) -> bool {
        match self {
            Self::Words(wanted, prefix) => says(&row.content, wanted, *prefix),
            Self::Tag(text) => line::tags(&row.tags).iter().any(|tag| tag.to_lowercase().contains(text)),
            Self::Session(text) => super::meta::Meta::read(&row.metadata).session().to_lowercase().contains(text),
            Self::Nothing => false,
            Self::All(parts) => parts.iter().all(|part| part.holds(row)),
        }
    }
}

/// The words of a text in lower case.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Whether a text has these words one after the other; the last may go on. Scripts that write words without space
/// between them are looked through for the piece of text.
fn says(text: &str, wanted: &[String], prefix: bool) -> bool {
    let words: Vec<String> = words(text).collect();
    let last = wanted.len().saturating_sub(1);
    words.windows(wanted.len()).any(|window| {
        window.iter().zip(wanted).enumerate().all(|(place, (word, wanted))| {
            word == wanted
                || (prefix && place == last && word.starts_with(wanted))
                || (!wanted.is_ascii() && word.contains(wanted))
        })
    })
}

/// What a question is compared with.
struct Text {
    row: i64,
    follows: bool,
    content: String,
    tags: String,
    metadata: String,
}

impl Text {
    /// `SELECT` of a text from `m`, with a condition to follow.
    fn sql(shape: &Shape, from: &str) -> String {
        let parent = if shape.has_versions() { "m.parent_id" } else { "NULL" };
        format!("SELECT m.id, {parent} IS NOT NULL, m.content, m.tags, m.metadata FROM {from} WHERE {}", shape.listed())
    }

    fn read(row: &rusqlite::Row<'_>) -> Result<Self> {
        let text = |place: usize| row.get_ref(place).map(|cell| cell::text(cell).into_owned());
        Ok(Self { row: row.get(0)?, follows: row.get(1)?, content: text(2)?, tags: text(3)?, metadata: text(4)? })
    }
}

fn indexed(
    conn: &Connection,
    shape: &Shape,
    (fts, question): (&str, &str),
    wanted: &Wanted,
    order: &str,
    visit: Visit<'_>,
) -> Result<ControlFlow<()>> {
    let fts = quote(fts);
    let sql = format!(
        "{} AND f.{fts} MATCH ?1 ORDER BY {order}",
        Text::sql(shape, &format!("{fts} AS f JOIN memories AS m ON m.id = f.rowid"))
    );
    visit_those(conn, shape, conn.prepare_cached(&sql)?.query([question])?, wanted, visit)
}

/// Visits the rows that say what is wanted; whether the visitor wants no more.
fn visit_those(
    conn: &Connection,
    shape: &Shape,
    mut rows: rusqlite::Rows<'_>,
    wanted: &Wanted,
    visit: Visit<'_>,
) -> Result<ControlFlow<()>> {
    while let Some(row) = rows.next()? {
        let text = Text::read(row)?;
        if wanted.holds(&text) && visit(list::named(conn, shape, text.row, text.follows)?).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Rows that the index lacks.
fn unindexed(conn: &Connection, shape: &Shape, fts: &str, wanted: &Wanted, visit: Visit<'_>) -> Result<()> {
    if drift(conn, fts)?.0 == 0 {
        return Ok(());
    }
    let docs = quote(&format!("{fts}_docsize"));
    let sql = format!(
        "{} AND NOT EXISTS (SELECT 1 FROM {docs} AS d WHERE d.id = m.id) ORDER BY m.id DESC",
        Text::sql(shape, "memories AS m")
    );
    visit_those(conn, shape, conn.prepare_cached(&sql)?.query([])?, wanted, visit).map(|_| ())
}

/// Every row, newest first.
fn plain(conn: &Connection, shape: &Shape, wanted: &Wanted, visit: Visit<'_>) -> Result<()> {
    if matches!(wanted, Wanted::Nothing) {
        return Ok(());
    }
    let edge = format!("SELECT id FROM memories WHERE id < ?1 ORDER BY id DESC LIMIT 1 OFFSET {CHUNK}");
    let sql = format!("{} AND m.id < ?1 AND m.id >= ?2 ORDER BY m.id DESC", Text::sql(shape, "memories AS m"));
    let mut below = i64::MAX;
    loop {
        let edge: Option<i64> = conn.prepare_cached(&edge)?.query_row([below], |row| row.get(0)).optional()?;
        let mut statement = conn.prepare_cached(&sql)?;
        let rows = statement.query([below, edge.unwrap_or(i64::MIN)])?;
        if visit_those(conn, shape, rows, wanted, visit)?.is_break() {
            return Ok(());
        }
        let Some(edge) = edge else { return Ok(()) };
        below = edge;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_of_a_word_is_no_word() {
        let said = |text: &str, needle: &str, prefix| {
            let wanted: Vec<String> = words(needle).collect();
            says(text, &wanted, prefix)
        };
        assert!(said("The cat sat.", "CAT", false) && said("The cat sat.", "cat-sat", false));
        assert!(!said("concatenate", "cat", false) && !said("concatenate", "cat", true));
        assert!(said("catalogue", "cat", true) && !said("catalogue", "cat", false));
        assert!(!said("cat or sat", "cat sat", false));
        assert!(said("检索内存", "内存", false));
    }

    #[test]
    fn short_words_are_left_to_the_comparison() {
        let question = |needle| Wanted::of(&needle).question();
        assert_eq!(question(Needle::Phrase("go to the moon".into())).as_deref(), Some("\"the\" AND \"moon\""));
        assert_eq!(question(Needle::Word("ci".into(), true)), None);
        assert_eq!(question(Needle::Tag("deploy".into())), None);
    }
}
