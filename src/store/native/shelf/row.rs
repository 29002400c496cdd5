//! Rows of the shared database as recall needs them.

use rusqlite::{Row, types::ValueRef};

use crate::{memory::EpochMs, store::sqlite::cell};

/// A memory with everything that an agent may weigh it by.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its number.
    pub id: i64,
    /// Its title; may be empty.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Its writer's word for what it is.
    pub kind: String,
    /// Its project; `None` when it applies everywhere.
    pub project: Option<String>,
    /// The agent that it is meant for; `None` when for all.
    pub agent: Option<String>,
    /// The session it comes from.
    pub session: Option<String>,
    /// Its tags, a JSON array.
    pub tags: String,
    /// Files it names, a JSON array.
    pub files: String,
    /// Its own confidence, 0–1.
    pub confidence: Option<f64>,
    /// Who wrote it.
    pub author: String,
    /// By what it was written.
    pub tool: Option<String>,
    /// From what.
    pub evidence: Option<String>,
    /// When it was written.
    pub created: EpochMs,
    /// When it was changed last.
    pub updated: EpochMs,
    /// From when on it should be looked at again.
    pub stale_after: Option<EpochMs>,
    /// From when on it no longer holds.
    pub expires: Option<EpochMs>,
    /// Whether it is spared when many are pruned.
    pub pinned: bool,
    /// `live`, or why it is not.
    pub state: String,
    /// How often it was recalled, and when last.
    pub recalled: Option<(i64, EpochMs)>,
}

/// What decides whether a memory may be seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outline<'r> {
    pub(super) project: Option<&'r str>,
    pub(super) agent: Option<&'r str>,
    pub(super) state: &'r str,
    pub(super) expires: Option<EpochMs>,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT m.id, m.title, m.body, m.kind, m.project, m.agent, m.session, m.tags, m.files, m.confidence, m.author, \
             m.tool, m.evidence, m.created, m.updated, m.stale_after, m.expires_at, m.pinned, m.state, r.times, r.last \
             FROM memory m LEFT JOIN recall r ON r.memory = m.id ",
            $rest
        )
    };
}

pub(super) const BY_ID: &str = columns!("WHERE m.id = ?1");
pub(super) const BY_HASH: &str = columns!("WHERE m.hash = ?1 ORDER BY m.id DESC");
pub(super) const NEWEST: &str = columns!("WHERE m.project IS ?1 ORDER BY m.created DESC, m.id DESC");
pub(super) const BEFORE: &str = columns!(
    "WHERE m.project IS ?1 AND (m.created < ?2 OR m.created = ?2 AND m.id < ?3) ORDER BY m.created DESC, m.id DESC"
);
pub(super) const AFTER: &str =
    columns!("WHERE m.project IS ?1 AND (m.created > ?2 OR m.created = ?2 AND m.id > ?3) ORDER BY m.created, m.id");

impl Kept {
    /// The memory in a row of the questions above.
    pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        let text = |place: usize| row.get_ref(place).map(|it| cell::text(it).into_owned());
        let some = |place: usize| row.get_ref(place).map(cell::some_text);
        let time = |place: usize| row.get_ref(place).map(cell::integer);
        Ok(Self {
            id: row.get(0)?,
            title: text(1)?,
            body: text(2)?,
            kind: text(3)?,
            project: some(4)?,
            agent: some(5)?,
            session: some(6)?,
            tags: text(7)?,
            files: text(8)?,
            confidence: row.get(9)?,
            author: text(10)?,
            tool: some(11)?,
            evidence: some(12)?,
            created: time(13)?.unwrap_or_default(),
            updated: time(14)?.unwrap_or_default(),
            stale_after: time(15)?,
            expires: time(16)?,
            pinned: time(17)? == Some(1),
            state: text(18)?,
            recalled: time(19)?.zip(time(20)?),
        })
    }

    pub(super) fn outline(&self) -> Outline<'_> {
        Outline {
            project: self.project.as_deref(),
            agent: self.agent.as_deref(),
            state: &self.state,
            expires: self.expires,
        }
    }

    /// Its title, or the first line of its text.
    pub fn headline(&self) -> &str {
        let own = cell::headline(&self.title, TITLE_BYTES);
        if own.is_empty() { cell::headline(&self.body, TITLE_BYTES) } else { own }
    }
}

/// Bytes of a title that an index carries.
const TITLE_BYTES: usize = 200;

impl<'r> Outline<'r> {
    /// The outline in a row whose columns from `at` on are project, agent, state and end.
    pub(super) fn read(row: &'r Row<'_>, at: usize) -> rusqlite::Result<Self> {
        let text = |place: usize| {
            let cell = row.get_ref(place)?;
            let bytes = if let ValueRef::Text(bytes) = cell { bytes } else { &[] };
            // What is no text names no scope that anybody was granted.
            Ok::<_, rusqlite::Error>(std::str::from_utf8(bytes).unwrap_or("\u{fffd}"))
        };
        let some = |place| text(place).map(|text| (!text.is_empty()).then_some(text));
        Ok(Self {
            project: some(at)?,
            agent: some(at + 1)?,
            state: text(at + 2)?,
            expires: row.get_ref(at + 3).map(cell::integer)?,
        })
    }
}
