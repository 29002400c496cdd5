//! The files of a store: which there are, how they look, and what is in them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::Value as Json;

use super::{
    codec::{self, Form},
    disk::{self, Found, Look},
    kind::{Kind, Name},
    record::Fields,
};
use crate::{
    memory::EpochMs,
    store::{Problem, Result},
};

/// Larger files are not read: the engine's own server cannot hand on more than a small part of that at once.
const LARGEST: u64 = 1 << 30;

/// What a store is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The engine's directory, one file for each scope.
    State,
    /// An export of everything, made by the server.
    Export,
    /// The file of the product's standalone tool server.
    Standalone,
}

/// A record as it was read.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    pub(super) name: Name,
    pub(super) owner: Arc<str>,
    pub(super) at: usize,
    pub(super) fields: Arc<Fields>,
}

/// What the product notes about its records beside them.
#[derive(Clone, Debug, Default)]
pub(super) struct Notes {
    /// When a record was recalled last, by its id.
    pub(super) recalled: Vec<(String, EpochMs)>,
    /// Records that stand for another one on purpose: newer and older id.
    pub(super) replaced: Vec<(String, String)>,
    /// Two ids that contradict each other.
    pub(super) contradictions: Vec<(String, String)>,
    /// `dimension=value` marks, by the id that has them.
    pub(super) marks: Vec<(String, String)>,
}

/// A file as it was read last.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) seeds: Vec<Seed>,
    pub(super) notes: Notes,
}

/// The files of a store that may hold something of interest, in the order of their names.
pub(super) fn files(shape: Shape, path: &Path) -> Vec<PathBuf> {
    if shape != Shape::State {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = entries
        .filter(|entry| entry.file_name().to_str().and_then(codec::scope_of).is_some_and(|scope| is_read(&scope)))
        .map(|entry| entry.path())
        .collect();
    found.sort_unstable();
    found
}

fn is_read(scope: &str) -> bool {
    Kind::of_scope(scope).is_some() || matches!(scope, "mem:access" | "mem:relations" | "mem:facets")
}

/// Reads a file whole.
///
/// # Errors
/// [`Problem`] when it cannot be read; [`Problem::Missing`] when there is none.
pub(super) fn found(path: &Path) -> Result<Found> {
    let found = disk::read_up_to(path, LARGEST).map_err(|error| disk::problem(path, &error))?;
    found.ok_or_else(|| Problem::Missing(path.to_owned()))
}

/// The object of a file, and its form.
///
/// # Errors
/// [`Problem::Damaged`] when it holds none.
pub(super) fn object(shape: Shape, path: &Path, bytes: &[u8]) -> Result<(Fields, Form)> {
    let read = match shape {
        Shape::State => codec::archive(bytes).map(|map| (map, Form::Archive)),
        Shape::Export | Shape::Standalone => codec::text(bytes),
    };
    read.map_err(|reason| Problem::Damaged { path: path.to_owned(), reason })
}

/// Reads a file.
///
/// # Errors
/// [`Problem`] when it cannot be read.
pub(super) fn load(shape: Shape, path: &Path) -> Result<(Look, Loaded)> {
    let found = found(path)?;
    let (root, _) = object(shape, path, &found.bytes)?;
    let mut loaded = Loaded { seeds: Vec::new(), notes: Notes::default() };
    match shape {
        Shape::State => {
            let name = path.file_name().and_then(|name| name.to_str());
            loaded.scope(&name.and_then(codec::scope_of).unwrap_or_default(), root);
        }
        Shape::Standalone => {
            for (scope, records) in root {
                if let Json::Object(records) = records {
                    loaded.scope(&scope, records);
                }
            }
        }
        Shape::Export => loaded.export(root),
    }
    Ok((found.look, loaded))
}

impl Loaded {
    /// Takes the records of a scope.
    fn scope(&mut self, scope: &str, records: Fields) {
        let Some((kind, owner)) = Kind::of_scope(scope) else { return self.notes.take(scope, records.values()) };
        let owner: Arc<str> = owner.into();
        for (at, (key, record)) in records.into_iter().enumerate() {
            if let Json::Object(fields) = record {
                self.plant(kind, &owner, at, &key, fields);
            }
        }
    }

    /// Takes the records of an export.
    fn export(&mut self, root: Fields) {
        for (field, value) in root {
            let kind = Kind::ALL.into_iter().find(|kind| kind.exported() == Some(field.as_str()));
            match (kind, value) {
                (Some(Kind::Observation), Json::Object(sessions)) => {
                    for (session, records) in sessions {
                        self.array(Kind::Observation, &session, records);
                    }
                }
                (Some(kind), records) => self.array(kind, "", records),
                (None, Json::Array(records)) => {
                    let scope = match field.as_str() {
                        "accessLogs" => "mem:access",
                        "facets" => "mem:facets",
                        _ => continue,
                    };
                    self.notes.take(scope, records.iter());
                }
                (None, _) => {}
            }
        }
    }

    fn array(&mut self, kind: Kind, owner: &str, records: Json) {
        let (Json::Array(records), owner) = (records, owner.into()) else { return };
        for (at, record) in records.into_iter().enumerate() {
            let Json::Object(fields) = record else { continue };
            let key = fields.get(kind.key()).and_then(Json::as_str).unwrap_or_default().to_owned();
            self.plant(kind, &owner, at, &key, fields);
        }
    }

    fn plant(&mut self, kind: Kind, owner: &Arc<str>, at: usize, key: &str, fields: Fields) {
        if !key.is_empty() {
            let name = Name::new(kind, owner, key);
            self.seeds.push(Seed { name, owner: Arc::clone(owner), at, fields: Arc::new(fields) });
        }
    }
}

impl Notes {
    fn take<'r>(&mut self, scope: &str, records: impl Iterator<Item = &'r Json>) {
        let text = |record: &Json, field: &str| record.get(field).and_then(Json::as_str).map(str::to_owned);
        for record in records {
            match scope {
                "mem:access" => {
                    let time = text(record, "lastAt").and_then(|time| moment(&time));
                    self.recalled.extend(text(record, "memoryId").zip(time));
                }
                "mem:relations" => {
                    let pair = text(record, "sourceId").zip(text(record, "targetId"));
                    match record.get("type").and_then(Json::as_str) {
                        Some("supersedes") => self.replaced.extend(pair),
                        Some("contradicts") => self.contradictions.extend(pair),
                        _ => {}
                    }
                }
                "mem:facets" => {
                    let parts = text(record, "dimension").zip(text(record, "value"));
                    let mark = parts.map(|(dimension, value)| format!("{dimension}={value}"));
                    self.marks.extend(text(record, "targetId").zip(mark));
                }
                _ => {}
            }
        }
    }
}

/// A time as the product writes it.
pub(super) fn moment(text: &str) -> Option<EpochMs> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_millis())
}
