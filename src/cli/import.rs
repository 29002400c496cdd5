//! `memtui import`: memories that `export` printed, or other lines of the same shape, into the shared database.

use std::{fs::File, io::BufRead, io::BufReader, path::Path};

use serde::Deserialize;
use serde_json::{Map, Value as Json};

use super::{
    act::carry_out,
    add::shared,
    args::{Global, Import},
    columns::memories,
    fail::{Done, Failure},
    open::Session,
    out::Out,
};
use crate::{
    curate::Act,
    memory::{EpochMs, Record, Value},
};

/// A line of an export. Everything but the text may be missing.
#[derive(Debug, Deserialize)]
struct Line {
    /// The row of a shared database, taken as it is.
    columns: Option<Map<String, Json>>,
    #[serde(default)]
    title: String,
    #[serde(default)]
    body: String,
    kind: Option<String>,
    bucket: Option<String>,
    #[serde(default)]
    scope: Scope,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    files: Vec<Named>,
    created: Option<String>,
    updated: Option<String>,
    id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Scope {
    project: Option<String>,
    agent: Option<String>,
    session: Option<String>,
}

/// A file, by its path alone or with more.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Named {
    Path(String),
    File { path: String },
}

pub(super) fn run(global: &Global, args: &Import, out: &mut Out) -> Result<Done, Failure> {
    let records = read(&args.file)?;
    let mut session = Session::open(global)?;
    let store = shared(&session)?;
    if args.dry_run {
        out.line(&format!("would add {}; those that are there already stay as they are", memories(records.len())))?;
        return Ok(Done::Well);
    }
    session.may_write()?;
    carry_out(&mut session, &Act::Add { store, records, reason: args.reason.clone() }, args.json, out)
}

/// Every line of a file, or none: a line that cannot be read is named, and nothing is taken in.
fn read(path: &Path) -> Result<Vec<Record>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Usage(format!("{}: {error}; nothing was added", path.display()));
    let input: Box<dyn BufRead> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(path).map_err(unreadable)?))
    };
    let mut records = Vec::new();
    for (number, line) in input.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        let record = serde_json::from_str::<Line>(&line).map_err(|error| error.to_string()).and_then(record);
        records.push(record.map_err(|error| {
            Failure::Usage(format!("{}, line {}: {error}; nothing was added", path.display(), number + 1))
        })?);
    }
    Ok(records)
}

fn record(line: Line) -> Result<Record, String> {
    let columns = match line.columns {
        Some(columns) => {
            columns.into_iter().map(|(name, json)| Ok((name, value(json)?))).collect::<Result<_, String>>()?
        }
        None => mapped(line)?,
    };
    Ok(Record { table: "memory".to_owned(), columns })
}

fn value(json: Json) -> Result<Value, String> {
    Ok(match json {
        Json::Null => Value::Null,
        Json::Bool(on) => Value::Integer(on.into()),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(real)) => Value::Real(real),
            (None, None) => return Err(format!("{number} is too large a number")),
        },
        Json::String(text) => Value::Text(text.into_bytes()),
        other => Value::Text(other.to_string().into_bytes()),
    })
}

/// A memory of another product: where it came from is kept as its evidence.
fn mapped(line: Line) -> Result<Vec<(String, Value)>, String> {
    let time = |text: Option<String>| text.map(|text| moment(&text)).transpose();
    let list = |items: Vec<String>| serde_json::to_string(&items).map_err(|error| error.to_string());
    let files = line.files.into_iter().map(|file| match file {
        Named::Path(path) | Named::File { path } => path,
    });
    let (created, updated) = (time(line.created)?, time(line.updated)?);
    let texts = [
        ("title", Some(line.title)),
        ("body", Some(line.body)),
        ("kind", line.kind),
        ("bucket", line.bucket),
        ("project", line.scope.project),
        ("session", line.scope.session),
        ("tags", Some(list(line.tags)?)),
        ("files", Some(list(files.collect())?)),
        ("author", line.scope.agent),
        ("tool", Some("import".to_owned())),
        ("evidence", line.id),
    ];
    let texts = texts.into_iter().filter_map(|(name, text)| Some((name, Value::Text(text?.into_bytes()))));
    let times = [("created", created), ("updated", updated.or(created))];
    let times = times.into_iter().filter_map(|(name, time)| Some((name, Value::Integer(time?))));
    Ok(texts.chain(times).map(|(name, value)| (name.to_owned(), value)).collect())
}

fn moment(text: &str) -> Result<EpochMs, String> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|moment| moment.timestamp_millis())
        .map_err(|error| format!("`{text}` is no RFC 3339 time ({error})"))
}
