//! `memtui export`: memories as JSON Lines, whole, or as Markdown for people.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{
    args::{Export, Form, Global},
    fail::{Done, Failure},
    json::MemoryJson,
    open::Session,
    out::Out,
    times,
};
use crate::{
    catalog::ViewSpec,
    memory::{Image, Key, Memory, SectionStyle, State, Value},
    store::native,
};

/// A memory as `export` prints it: as `show --json` does, and for one of a shared database every column, so that
/// `import` brings it back as it was.
#[derive(Debug, Serialize)]
struct ExportJson {
    #[serde(flatten)]
    memory: MemoryJson,
    /// The columns of its row, see `docs/shared-database.md`; null for memories of other products.
    columns: Option<Map<String, Json>>,
}

/// Memories that are named at once.
const PAGE: usize = 1000;

pub(super) fn run(global: &Global, args: &Export, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let filter = session.filter(&args.query.join(" "), times::now())?;
    let view = session.view(&ViewSpec { filter, ..ViewSpec::default() })?;
    if let Some(remark) = &view.remark {
        return Err(Failure::Refused(format!("the filter could not be answered in full: {remark}")));
    }
    let total = view.count.number;
    let mut done = 0;
    while done < total {
        let keys = session.keys(&view, done..(done + PAGE).min(total));
        if keys.is_empty() {
            break;
        }
        done += keys.len();
        for key in keys {
            one(&mut session, key, args.format, out)?;
        }
    }
    Ok(if total == 0 { Done::Nothing } else { Done::Well })
}

fn one(session: &mut Session, key: Key, form: Form, out: &mut Out) -> Result<(), Failure> {
    // What was deleted a moment ago is no longer there to be exported.
    let Some(detail) = session.detail(key)? else { return Ok(()) };
    match form {
        Form::Jsonl => {
            let shared =
                session.stores().get(usize::from(key.store)).is_some_and(|it| it.about().product == native::NAME);
            let columns = if shared { session.image(key)?.map(|image| columns(&image)) } else { None };
            Ok(out.json(&ExportJson { memory: MemoryJson::of(detail), columns })?)
        }
        Form::Markdown => Ok(out.bytes(markdown(&detail.memory).as_bytes())?),
    }
}

/// The columns of a row but its hash, which is made again, and how often it was recalled.
fn columns(image: &Image) -> Map<String, Json> {
    let json = |value: &Value| match value {
        Value::Null | Value::Blob(_) => Json::Null,
        Value::Integer(number) => Json::from(*number),
        Value::Real(number) => Json::from(*number),
        Value::Text(bytes) => Json::from(String::from_utf8_lossy(bytes)),
    };
    let known = image.own.columns.iter().filter(|(name, _)| name != "hash");
    let mut columns: Map<String, Json> = known.map(|(name, value)| (name.clone(), json(value))).collect();
    for recall in image.parents.iter().filter(|record| record.table == native::RECALL) {
        let counted = recall.columns.iter().filter(|(name, _)| name != "memory");
        columns.extend(counted.map(|(name, value)| (format!("{}.{name}", native::RECALL), json(value))));
    }
    columns
}

/// A memory as a section of a Markdown document. The text stays as it is: it goes into a file.
fn markdown(memory: &Memory) -> String {
    let row = &memory.row;
    let mut page = format!("## {}\n\n", memory.title.replace('\n', " "));
    let created = row.created.map_or_else(|| "unknown".to_owned(), times::local);
    let _ = write!(page, "`{}` · {} · {} · {created}", row.id, row.kind, row.scope);
    if !memory.tags.is_empty() {
        let _ = write!(page, " · {}", memory.tags.join(", "));
    }
    if memory.state != State::Live {
        let _ = write!(page, " · **{}**", memory.state.name());
    }
    if let Some(confidence) = row.confidence {
        let _ = write!(page, " · confidence {:.2} ({})", confidence.value, confidence.source.name());
    }
    for (name, at) in [("stale after", row.overlay.stale_after), ("ends", memory.expires)] {
        if let Some(at) = at {
            let _ = write!(page, " · {name} {}", times::local(at));
        }
    }
    if row.overlay.pinned {
        page.push_str(" · pinned");
    }
    if let Some(agent) = &memory.provenance.agent {
        let _ = write!(page, " · by {agent}");
    }
    page.push_str("\n\n");
    for section in &memory.sections {
        for item in &section.items {
            let bullet = if section.style == SectionStyle::List { "- " } else { "" };
            let _ = writeln!(page, "{bullet}{item}");
        }
        page.push('\n');
    }
    page
}
