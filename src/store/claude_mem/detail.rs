//! One memory in full: its text by section, where it came from, what stands around it, what may be edited.

use std::ops::RangeInclusive;

use rusqlite::{Connection, OptionalExtension as _, types::ToSqlOutput};

use super::{
    list,
    settings::Settings,
    shape::{Kind, Shape},
};
use crate::{
    change::{Edit, FieldValue},
    memory::{EpochMs, FileRef, Handle, Memory, Provenance, Record, Row, Section, SectionStyle, State, ToolUse, Value},
    store::sqlite::cell,
};

/// Bytes of one field that are read for showing.
const WINDOW: usize = 256 * 1024;
/// Bytes of one field that a form may hold; longer fields are not offered for editing.
const FORM: usize = 4 * 1024 * 1024;
/// Memories of the same session shown on each side.
const AROUND: i64 = 5;
/// Tool calls shown.
const TOOLS: i64 = 50;

/// Fields that are JSON lists.
pub(super) fn is_list(field: &str) -> bool {
    matches!(field, "facts" | "concepts" | "files_read" | "files_modified" | "files_edited")
}

/// Fields of a kind that can be edited, in reading order.
pub(super) fn fields(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Observation => &[
            "title",
            "subtitle",
            "narrative",
            "text",
            "facts",
            "concepts",
            "type",
            "project",
            "files_read",
            "files_modified",
        ],
        Kind::Summary => &["request", "investigated", "learned", "completed", "next_steps", "notes", "project"],
        Kind::Prompt => &["prompt_text"],
    }
}

/// The value of a field as forms show it.
pub(super) fn shown(field: &str, value: &Value) -> FieldValue {
    let text = cell::text(cell::reference(value));
    if is_list(field) { FieldValue::List(cell::json_list(&text)) } else { FieldValue::Text(text.into_owned()) }
}

/// The fields that can be edited, with their values. What is too long for a form is left out, so that saving the form
/// never cuts it.
pub(super) fn editable(shape: &Shape, kind: Kind, own: &Record) -> Edit {
    let there = |field: &&&str| shape.table(kind).is_some_and(|table| table.has(field));
    fields(kind)
        .iter()
        .filter(there)
        .filter_map(|field| own.get(field).map(|value| (*field, value)))
        .filter(|(_, value)| !matches!(value, Value::Text(bytes) | Value::Blob(bytes) if bytes.len() > FORM))
        .map(|(field, value)| (field.to_owned(), shown(field, value)))
        .collect()
}

/// Puts a memory together from its list line and its record.
pub(super) fn memory(
    conn: &Connection,
    shape: &Shape,
    settings: &Settings,
    row: Row,
    kind: Kind,
    own: &Record,
    session: Option<&Record>,
) -> rusqlite::Result<Memory> {
    let text = |field: &str| own.get(field).map(|value| cell::text(cell::reference(value))).unwrap_or_default();
    let tags = cell::json_list(&text("concepts"));
    let full_title = text(list::title_column(kind));
    let title = match kind {
        Kind::Observation | Kind::Summary if !full_title.trim().is_empty() => window(&full_title),
        _ => row.title.clone(),
    };
    let reason = match kind {
        Kind::Observation => settings.never_injected(&row.kind, tags.iter()).map(|why| why.reason(&row.kind)),
        Kind::Summary => None,
        Kind::Prompt => Some("claude-mem never injects prompts; they can only be searched for".into()),
    };
    let device = own.get("origin_device_id").and_then(|value| cell::some_text(cell::reference(value)));
    let state = match (&device, &reason) {
        (Some(_), _) => State::Replica,
        (None, Some(_)) if kind == Kind::Observation => State::NotInjected,
        _ => State::Live,
    };
    Ok(Memory {
        title,
        sections: sections(kind, own),
        files: files(own),
        provenance: provenance(conn, shape, kind, &row, own, session, device)?,
        updated: None,
        accessed: None,
        recalls: None,
        expires: None,
        state,
        injection: match reason {
            Some(reason) => Err(reason),
            None => Ok(preview(settings, kind, &row, own)),
        },
        findings: Vec::new(),
        neighbours: neighbours(conn, shape, &row, own, session)?,
        tags,
        row,
    })
}

/// At most a window of a text, with a note of what is left out.
fn window(text: &str) -> String {
    let part = cell::cut(text, WINDOW);
    match text.len() - part.len() {
        0 => text.to_owned(),
        left => format!("{part}\n[{left} more bytes are not shown]"),
    }
}

fn sections(kind: Kind, own: &Record) -> Vec<Section> {
    let names: &[&str] = match kind {
        Kind::Observation => &["subtitle", "narrative", "facts", "text"],
        Kind::Summary => &["investigated", "learned", "completed", "next_steps", "notes"],
        Kind::Prompt => &["prompt_text"],
    };
    let mut sections = Vec::new();
    for name in names {
        let Some(value) = own.get(name) else { continue };
        let text = cell::text(cell::reference(value));
        if text.trim().is_empty() {
            continue;
        }
        let (style, items) = if is_list(name) {
            let mut room = WINDOW;
            let all = cell::json_list(&text);
            let count = all.len();
            let mut items: Vec<String> = Vec::new();
            for item in all {
                if room == 0 {
                    items.push(format!("[{} more items are not shown]", count - items.len()));
                    break;
                }
                room = room.saturating_sub(item.len().max(16));
                items.push(window(&item));
            }
            (SectionStyle::List, items)
        } else {
            (SectionStyle::Prose, vec![window(&text)])
        };
        if !items.is_empty() {
            sections.push(Section { name: (*name).to_owned(), style, items });
        }
    }
    sections
}

fn files(own: &Record) -> Vec<FileRef> {
    let mut files: Vec<FileRef> = Vec::new();
    for (column, modified) in [("files_modified", true), ("files_edited", true), ("files_read", false)] {
        let Some(value) = own.get(column) else { continue };
        for path in cell::json_list(&cell::text(cell::reference(value))) {
            if !files.iter().any(|file| file.path == path) && files.len() < 1000 {
                files.push(FileRef { path, modified });
            }
        }
    }
    files
}

fn preview(settings: &Settings, kind: Kind, row: &Row, own: &Record) -> String {
    let narrative = own
        .get(if kind == Kind::Summary { "learned" } else { "narrative" })
        .map(|value| cell::text(cell::reference(value)).into_owned())
        .unwrap_or_default();
    let among = match kind {
        Kind::Summary => "while it is among the newest summaries of its project".to_owned(),
        _ => format!("while it is among the newest {} of its project that qualify", settings.context_size()),
    };
    let text = format!("{}\n{}", row.title, cell::cut(&narrative, 4096));
    format!("{}\n({among})", text.trim_end())
}

fn provenance(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    row: &Row,
    own: &Record,
    session: Option<&Record>,
    device: Option<String>,
) -> rusqlite::Result<Provenance> {
    let own_text = |field: &str| own.get(field).and_then(|value| cell::some_text(cell::reference(value)));
    let session_text = |field: &str| session?.get(field).and_then(|value| cell::some_text(cell::reference(value)));
    let prompt_number = own.get("prompt_number").and_then(|value| cell::integer(cell::reference(value)));
    let prompt = match (kind, prompt_number) {
        (Kind::Prompt, _) | (_, None) => None,
        (_, Some(number)) => prompt_text(conn, shape, row.scope.session.as_deref(), number)?,
    };
    Ok(Provenance {
        session: row.scope.session.clone(),
        session_title: session_text("custom_title"),
        prompt_number,
        prompt: prompt.or_else(|| if kind == Kind::Prompt { None } else { session_text("user_prompt") }),
        agent: session_text("platform_source")
            .or_else(|| row.scope.agent.as_deref().and_then(|agent| agent.split('/').next()).map(str::to_owned))
            .filter(|agent| !agent.is_empty()),
        subagent: own_text("agent_type"),
        model: own_text("generated_by_model"),
        device,
        tools: if kind == Kind::Observation { tools(conn, shape, row.key.handle)? } else { Vec::new() },
    })
}

fn prompt_text(
    conn: &Connection,
    shape: &Shape,
    session: Option<&str>,
    number: i64,
) -> rusqlite::Result<Option<String>> {
    let (Some(session), Some(column)) = (session, shape.session_column(Kind::Prompt)) else { return Ok(None) };
    let sql = format!(
        "SELECT substr(CAST(prompt_text AS BLOB), 1, 4000) FROM user_prompts WHERE \"{column}\" = ?1 AND prompt_number = ?2 LIMIT 1"
    );
    let found = conn
        .prepare_cached(&sql)?
        .query_row(rusqlite::params![session, number], |row| Ok(cell::some_text(row.get_ref(0)?)))
        .optional()?;
    Ok(found.flatten())
}

fn tools(conn: &Connection, shape: &Shape, handle: Handle) -> rusqlite::Result<Vec<ToolUse>> {
    let Some(table) = shape.tool_uses.as_ref().filter(|table| table.has("observation_id")) else { return Ok(vec![]) };
    let Some((_, rowid)) = Kind::of(handle) else { return Ok(vec![]) };
    let column = |name: &str| table.column("t", name);
    let sql = format!(
        "SELECT {}, substr(CAST({} AS BLOB), 1, 200), {}, {} FROM tool_uses AS t WHERE t.observation_id = ?1 ORDER BY t.rowid LIMIT {TOOLS}",
        column("tool_name"),
        column("tool_input"),
        column("created_at_epoch"),
        column("created_at")
    );
    let mut statement = conn.prepare_cached(&sql)?;
    let found = statement.query_map([rowid], |row| {
        Ok(ToolUse {
            tool: cell::text(row.get_ref(0)?).into_owned(),
            input: cell::text(row.get_ref(1)?).into_owned(),
            at: cell::epoch_ms(row.get_ref(2)?, row.get_ref(3)?),
        })
    })?;
    found.collect()
}

/// Other memories of the same session around this one in time, oldest first.
fn neighbours(
    conn: &Connection,
    shape: &Shape,
    row: &Row,
    own: &Record,
    session: Option<&Record>,
) -> rusqlite::Result<Vec<(Handle, String)>> {
    let Some(at) = row.created else { return Ok(Vec::new()) };
    let mut found: Vec<(EpochMs, Handle, String)> = Vec::new();
    for kind in Kind::ALL {
        let theirs = if kind == Kind::Prompt { shape.content_session() } else { shape.memory_session() };
        let Some((theirs, column)) = theirs.zip(shape.session_column(kind)) else { continue };
        let Some(key) = session.and_then(|session| session.get(theirs)).or_else(|| own.get(column)) else { continue };
        if *key != Value::Null && shape.table(kind).is_some_and(|table| table.has("created_at_epoch")) {
            around(conn, shape, kind, column, key, at, &mut found)?;
        }
    }
    found.retain(|(_, handle, _)| *handle != row.key.handle);
    found.sort_by_key(|(time, handle, _)| (*time, *handle));
    let here = found.partition_point(|(time, handle, _)| (*time, *handle) < (at, row.key.handle));
    let around = usize::try_from(AROUND).unwrap_or(0);
    let window: RangeInclusive<usize> = here.saturating_sub(around)..=here.saturating_add(around).saturating_sub(1);
    Ok(found
        .into_iter()
        .enumerate()
        .filter(|(place, _)| window.contains(place))
        .map(|(_, (_, handle, title))| (handle, title))
        .collect())
}

fn around(
    conn: &Connection,
    shape: &Shape,
    kind: Kind,
    column: &str,
    key: &Value,
    at: EpochMs,
    found: &mut Vec<(EpochMs, Handle, String)>,
) -> rusqlite::Result<()> {
    let Some(table) = shape.table(kind) else { return Ok(()) };
    let substitute = list::substitute(table, kind).unwrap_or_else(|| "NULL".into());
    let title = list::beginning(&table.column("t", list::title_column(kind)));
    for (side, order) in [("<=", "DESC"), (">", "ASC")] {
        let sql = format!(
            "SELECT t.rowid, t.created_at_epoch, {title}, {substitute} FROM {} AS t
             WHERE t.\"{column}\" = ?1 AND t.created_at_epoch {side} ?2 ORDER BY t.created_at_epoch {order} LIMIT ?3",
            kind.table()
        );
        let mut statement = conn.prepare_cached(&sql)?;
        let parameters = (cell::parameter(key), at, AROUND + 1);
        let mut rows =
            statement.query(rusqlite::params![parameters.0, parameters.1, ToSqlOutput::from(parameters.2)])?;
        while let Some(row) = rows.next()? {
            let Some(time) = cell::integer(row.get_ref(1)?) else { continue };
            found.push((time, kind.handle(row.get(0)?), list::title(row.get_ref(2)?, row.get_ref(3)?)));
        }
    }
    Ok(())
}
