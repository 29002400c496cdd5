//! One pass over the columns that the catalogue needs, in chunks so that no read transaction lasts.

use std::{borrow::Cow, collections::HashMap, ops::ControlFlow};

use rusqlite::{
    Connection, OptionalExtension as _, Row as SqlRow,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    list,
    settings::Settings,
    shape::{Kind, Shape},
};
use crate::{
    memory::{Handle, Signals},
    store::{Origin, ScanOf, Scanned, sqlite::cell},
};

/// Rows read in one go: a few tens of milliseconds at most, after which the write-ahead log may be reset.
const CHUNK: i64 = 4096;
/// Bytes of each text that are handed on; judging more of one text than this changes no signal worth its time.
const TEXT_BYTES: usize = 16 * 1024;

/// Sessions that are remembered. Memories of a session mostly stand together, so older ones are hardly asked for again.
const SESSIONS: usize = 1024;

/// What is known of sessions, by what their memories hang on. Filled as sessions are met; they do not change owners.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    by_name: HashMap<Vec<u8>, usize>,
    by_row: HashMap<Vec<u8>, usize>,
    list: Vec<Session>,
    /// Neighbours in the file mostly share a session: the last answer, and what was asked for.
    last: Option<(bool, Vec<u8>, usize)>,
}

#[derive(Debug)]
struct Session {
    agent: String,
    content: String,
    project: String,
}

/// How the session of a memory is asked for.
#[derive(Debug)]
struct Lookup {
    sql: String,
    by_row: bool,
}

impl Sessions {
    /// The session that a memory's cell names, `None` when there is none.
    fn find(&mut self, conn: &Connection, lookup: &Lookup, name: ValueRef<'_>) -> rusqlite::Result<Option<&Session>> {
        let number;
        let key: &[u8] = match name {
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes,
            ValueRef::Integer(value) => {
                number = value.to_le_bytes();
                &number
            }
            ValueRef::Null | ValueRef::Real(_) => return Ok(None),
        };
        if let Some((by_row, last, place)) = &self.last
            && *by_row == lookup.by_row
            && last == key
        {
            return Ok(self.list.get(*place));
        }
        let known = if lookup.by_row { &self.by_row } else { &self.by_name };
        let place = if let Some(place) = known.get(key) {
            *place
        } else {
            let session = conn
                .prepare_cached(&lookup.sql)?
                .query_row([ToSqlOutput::Borrowed(name)], |row| {
                    Ok(Session {
                        agent: cell::text(row.get_ref(0)?).into_owned(),
                        content: cell::text(row.get_ref(1)?).into_owned(),
                        project: cell::text(row.get_ref(2)?).into_owned(),
                    })
                })
                .optional()?;
            // A session that is not there yet may come: only what was found is kept.
            let Some(session) = session else { return Ok(None) };
            if self.list.len() >= SESSIONS {
                *self = Self::default();
            }
            let known = if lookup.by_row { &mut self.by_row } else { &mut self.by_name };
            self.list.push(session);
            known.insert(key.to_vec(), self.list.len() - 1);
            self.list.len() - 1
        };
        match &mut self.last {
            Some(last) => {
                last.0 = lookup.by_row;
                last.1.clear();
                last.1.extend_from_slice(key);
                last.2 = place;
            }
            none => *none = Some((lookup.by_row, key.to_vec(), place)),
        }
        Ok(self.list.get(place))
    }
}

/// A scan of one kind: its statements and the buffers it reuses.
struct Scan<'s> {
    conn: &'s Connection,
    settings: &'s Settings,
    kind: Kind,
    sessions: &'s mut Sessions,
    lookup: Lookup,
    agent: String,
}

/// Visits memories in the order of the file. The visitor may stop the scan.
pub(super) fn scan(
    conn: &Connection,
    shape: &Shape,
    settings: &Settings,
    sessions: &mut Sessions,
    of: &ScanOf<'_>,
    visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>,
) -> rusqlite::Result<()> {
    for kind in Kind::ALL {
        let Some(columns) = columns(shape, kind) else { continue };
        let lookup = lookup(shape, kind);
        let mut scan = Scan { conn, settings, kind, sessions, lookup, agent: String::new() };
        let flow = match of {
            ScanOf::All => scan.all(&columns, visit)?,
            ScanOf::These(handles) => scan.these(&columns, handles, visit)?,
        };
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// Columns of a scan before the texts.
const TEXTS: usize = 13;

/// The columns of a scan, the same places for every kind: row id, time, time as text, session key, other session key,
/// project, kind, title, subagent, tags, files read, files changed, cost, then the texts.
fn columns(shape: &Shape, kind: Kind) -> Option<String> {
    let table = shape.table(kind)?;
    let column = |name: &str| table.column("t", name);
    let mut columns = vec![
        "t.rowid".to_owned(),
        column("created_at_epoch"),
        column("created_at"),
        if kind == Kind::Prompt && table.has("session_db_id") {
            session_row(shape, kind)
        } else {
            shape.session_column(kind).map_or_else(|| "NULL".into(), &column)
        },
        shape.session_column(kind).map_or_else(|| "NULL".into(), &column),
        column("project"),
        column("type"),
        column(list::title_column(kind)),
        column("agent_type"),
        column("concepts"),
        column("files_read"),
        column(if kind == Kind::Summary { "files_edited" } else { "files_modified" }),
        column("discovery_tokens"),
    ];
    columns.extend(list::text_columns(kind).iter().map(|name| column(name)));
    Some(format!("SELECT {} FROM {} AS t", columns.join(", "), kind.table()))
}

/// The place of a column among those of a scan.
fn place_of(kind: Kind, name: &str) -> Option<usize> {
    let texts = list::text_columns(kind).iter().position(|text| *text == name).map(|place| TEXTS + place);
    texts.or_else(|| if name == list::title_column(kind) { Some(7) } else { None }).or(match name {
        "project" => Some(5),
        "type" => Some(6),
        "concepts" => Some(9),
        "files_read" => Some(10),
        "files_modified" | "files_edited" => Some(11),
        _ => None,
    })
}

/// The row id of a prompt's session: rows of older versions hold only the agent's name for it.
fn session_row(shape: &Shape, kind: Kind) -> String {
    match shape.content_session().zip(shape.session_column(kind)) {
        Some((theirs, ours)) => format!(
            "coalesce(t.session_db_id, (SELECT s.rowid FROM sdk_sessions AS s WHERE s.\"{theirs}\" = t.\"{ours}\" LIMIT 1))"
        ),
        None => "t.session_db_id".into(),
    }
}

/// The question for one session by what a memory of this kind hangs on.
fn lookup(shape: &Shape, kind: Kind) -> Lookup {
    let by_row = kind == Kind::Prompt && shape.table(kind).is_some_and(|table| table.has("session_db_id"));
    let theirs = if kind == Kind::Prompt { shape.content_session() } else { shape.memory_session() };
    let condition = match theirs {
        _ if by_row => "s.rowid = ?1".to_owned(),
        Some(name) => format!("s.\"{name}\" = ?1"),
        None => "0 AND ?1".to_owned(),
    };
    let content = shape.content_session().map_or_else(|| "NULL".into(), |name| shape.sessions.column("s", name));
    let project = shape.sessions.column("s", "project");
    let platform = list::platform(shape);
    let sql = format!("SELECT {platform}, {content}, {project} FROM sdk_sessions AS s WHERE {condition} LIMIT 1");
    Lookup { sql, by_row }
}

impl Scan<'_> {
    fn all(
        &mut self,
        columns: &str,
        visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let sql = format!("{columns} WHERE t.rowid > ?1 ORDER BY t.rowid LIMIT {CHUNK}");
        let mut last = i64::MIN;
        loop {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let mut rows = statement.query([last])?;
            let mut seen = 0;
            while let Some(row) = rows.next()? {
                last = row.get(0)?;
                seen += 1;
                if self.one(row, visit)?.is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            if seen < CHUNK {
                return Ok(ControlFlow::Continue(()));
            }
        }
    }

    fn these(
        &mut self,
        columns: &str,
        handles: &[Handle],
        visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let sql = format!("{columns} WHERE t.rowid = ?1");
        let mut ids: Vec<i64> = handles
            .iter()
            .filter_map(|h| Kind::of(*h))
            .filter(|(kind, _)| *kind == self.kind)
            .map(|(_, id)| id)
            .collect();
        ids.sort_unstable();
        for id in ids {
            let mut statement = self.conn.prepare_cached(&sql)?;
            let mut rows = statement.query([id])?;
            if let Some(row) = rows.next()?
                && self.one(row, visit)?.is_break()
            {
                return Ok(ControlFlow::Break(()));
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    fn one(
        &mut self,
        row: &SqlRow<'_>,
        visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>,
    ) -> rusqlite::Result<ControlFlow<()>> {
        let cell_of = |place: usize| row.get_ref(place);
        let session = self.sessions.find(self.conn, &self.lookup, cell_of(3)?)?;
        let title = cell::text(cell_of(7)?);
        let concepts = cell::text(cell_of(9)?);
        let mut bytes = title.len() + concepts.len();
        let mut texts: [Cow<'_, str>; 5] = Default::default();
        let count = list::text_columns(self.kind).len();
        for (place, text) in texts.iter_mut().enumerate().take(count) {
            *text = cell::text(cell_of(TEXTS + place)?);
            bytes += text.len();
        }
        let mut parts: [&str; 6] = [""; 6];
        for (part, text) in parts.iter_mut().zip(&texts) {
            *part = cell::cut(text, TEXT_BYTES);
        }
        let mut filled = count;
        // A prompt's text is its title and its body: the title keeps one line of it.
        if self.kind == Kind::Prompt
            && let Some(part) = parts.get_mut(filled)
        {
            *part = cell::cut(&title, TEXT_BYTES);
            filled += 1;
        }
        let mut headline = cell::headline(&title, list::TITLE_BYTES);
        for name in list::title_substitutes(self.kind) {
            if !headline.is_empty() {
                break;
            }
            let place = list::text_columns(self.kind).iter().position(|column| column == name);
            headline =
                place.and_then(|place| parts.get(place)).map_or("", |text| cell::headline(text, list::TITLE_BYTES));
        }
        let tags = TextList::read(&concepts);
        let (read, changed) = (cell::text(cell_of(10)?), cell::text(cell_of(11)?));
        let (read, changed) = (TextList::read(&read), TextList::read(&changed));
        let files: Vec<&str> = read.iter().chain(changed.iter()).collect();
        let tags: Vec<&str> = tags.iter().collect();
        let kind = match self.kind {
            Kind::Observation => cell::text(cell_of(6)?),
            Kind::Summary | Kind::Prompt => Cow::Borrowed(self.kind.word()),
        };
        let (project, own) = (cell::text(cell_of(5)?), cell::text(cell_of(4)?));
        let project = match session {
            Some(session) if self.kind == Kind::Prompt => session.project.as_str(),
            _ => &project,
        };
        let subagent = cell::text(cell_of(8)?);
        self.agent.clear();
        self.agent.push_str(session.map_or("", |session| &session.agent));
        if !subagent.is_empty() {
            self.agent.push('/');
            self.agent.push_str(&subagent);
        }
        let origin = match self.kind {
            Kind::Prompt => Origin::Person,
            // claude-mem names the session `manual-…` when somebody saved a memory by hand.
            _ if session.is_none() || own.starts_with("manual-") => Origin::Unknown,
            _ => Origin::Agent,
        };
        let injected = self.kind != Kind::Observation || self.settings.never_injected(&kind, tags.iter()).is_none();
        Ok(visit(&Scanned {
            handle: self.kind.handle(row.get(0)?),
            created: cell::epoch_ms(cell_of(1)?, cell_of(2)?),
            project,
            agent: &self.agent,
            session: session.map(|session| session.content.as_str()).filter(|id| !id.is_empty()).unwrap_or(&own),
            kind: &kind,
            title: headline,
            texts: parts.get(..filled).unwrap_or_default(),
            tags: &tags,
            files: &files,
            bytes: bytes as u64,
            cost: cell::count(cell_of(12)?),
            stated: None,
            injected,
            told: Signals::NONE,
            recalls: None,
            origin,
            version: cell::version(
                list::seen_columns(self.kind).map(|name| place_of(self.kind, name).map_or(Ok(ValueRef::Null), cell_of)),
            )?,
        }))
    }
}

/// The texts of a JSON column, borrowed where they can be.
enum TextList<'a> {
    Plain(Vec<&'a str>),
    Decoded(Vec<String>),
}

impl<'a> TextList<'a> {
    fn read(text: &'a str) -> Self {
        let mut plain = Vec::new();
        if cell::plain_json_list(text, &mut plain) { Self::Plain(plain) } else { Self::Decoded(cell::json_list(text)) }
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        let (plain, decoded) = match self {
            Self::Plain(items) => (items.as_slice(), &[][..]),
            Self::Decoded(items) => (&[][..], items.as_slice()),
        };
        plain.iter().copied().chain(decoded.iter().map(String::as_str))
    }
}
