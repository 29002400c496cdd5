//! Memories that come from another store: what a store can hold of one, and in which part of it.

use crate::{
    change::{Edit, FieldValue},
    memory::{Bucket, Confidence, EpochMs, Memory, MemoryId, Record, Source, Value},
};

/// A memory on its way, as no store in particular has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parcel {
    /// What it is called; one line.
    pub title: String,
    /// What it says, its title left out.
    pub text: String,
    /// What sort it is.
    pub kind: String,
    /// Its bucket.
    pub bucket: Bucket,
    /// The project; `None`: it applies everywhere.
    pub project: Option<String>,
    /// Whose it is, where that is known.
    pub agent: Option<String>,
    /// The session that it came from.
    pub session: Option<String>,
    /// The model that wrote it down.
    pub model: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// The files that it names.
    pub files: Vec<String>,
    /// When it was captured, `epoch_ms`.
    pub created: Option<EpochMs>,
    /// When it was last changed, `epoch_ms`.
    pub updated: Option<EpochMs>,
    /// The confidence that its store states, 0 to 1.
    pub stated: Option<f32>,
    /// What it is a copy of.
    pub from: MemoryId,
    /// The product that it comes from, and its row there: another store of that product can hold every column of it.
    pub own: Option<(&'static str, Record)>,
}

/// What a store can hold of a memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// What [`super::Writer::compose`] makes a memory of.
    pub record: Record,
    /// What the memory will say, by field, for a person.
    pub becomes: Vec<(String, String)>,
    /// What it cannot hold.
    pub left: Vec<Left>,
}

/// Something of a memory that a store cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Which field.
    pub field: &'static str,
    /// Its value, or why it stays behind.
    pub why: String,
}

/// A part of a store in which new memories can be laid: a file, a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawer {
    /// Its name behind that of the store: `AGENTS.md`.
    pub name: String,
    /// What it is: `a section of the file`.
    pub what: String,
    /// The project to which everything in it applies; `None`: everywhere.
    pub project: Option<String>,
}

/// Fields that say whose or what sort a memory is, and those that parcels hold apart.
const APART: [&str; 14] = [
    "title",
    "name",
    "type",
    "kind",
    "project",
    "scope",
    "bucket",
    "agent",
    "tags",
    "concepts",
    "files",
    "files_read",
    "files_modified",
    "state",
];

impl Parcel {
    /// A memory as it can be carried: its exact texts from the fields that can be edited, where there are some.
    ///
    /// # Errors
    /// Why it cannot be carried, and the next step.
    pub fn of(memory: &Memory, fields: &Edit, product: &'static str, own: Record) -> Result<Self, String> {
        let row = &memory.row;
        let name = named(fields, "title").or_else(|| named(fields, "name")).unwrap_or_else(|| memory.title.clone());
        // A file's name is a word for machines; what it says of itself beside that is its title for people.
        let described = named(fields, "description").filter(|_| !name.contains(' '));
        let title = described.as_ref().unwrap_or(&name).split_whitespace().collect::<Vec<_>>().join(" ");
        let mut text = paragraphs(
            fields
                .iter()
                .filter(|(name, _)| !APART.contains(&name.as_str()) && (described.is_none() || name != "description"))
                .map(|(name, value)| match value {
                    FieldValue::Text(text) => (name.as_str(), text.clone()),
                    FieldValue::List(items) => (name.as_str(), listed(items)),
                }),
        );
        if text.is_empty() {
            text = shown(memory)?;
        }
        if text.trim().is_empty() {
            text.clone_from(&title);
        }
        if text.trim().is_empty() {
            return Err("it says nothing that could be carried".to_owned());
        }
        let stated = row.confidence.or_else(|| stated(&own)).filter(|it| it.source == Source::Stated);
        Ok(Self {
            title,
            text,
            kind: row.kind.clone(),
            bucket: row.bucket,
            project: row.scope.project.clone(),
            agent: memory.provenance.agent.clone().or_else(|| row.scope.agent.clone()),
            session: memory.provenance.session.clone().or_else(|| row.scope.session.clone()),
            model: memory.provenance.model.clone(),
            tags: memory.tags.clone(),
            files: memory.files.iter().map(|file| file.path.clone()).collect(),
            created: row.created,
            updated: memory.updated,
            stated: stated.map(|it| it.value),
            from: row.id.clone(),
            own: Some((product, own)),
        })
    }

    /// What of it is left behind by a store that can hold these of its fields only.
    pub fn left(&self, holds: &[&str]) -> Vec<Left> {
        let time = |at: Option<EpochMs>| {
            at.and_then(chrono::DateTime::from_timestamp_millis).map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string())
        };
        let list = |items: &[String]| (!items.is_empty()).then(|| items.join(", "));
        let all = [
            ("kind", Some(self.kind.clone()).filter(|kind| !kind.is_empty())),
            ("scope", self.project.clone()),
            ("agent", self.agent.clone()),
            ("session", self.session.clone()),
            ("model", self.model.clone()),
            ("tags", list(&self.tags)),
            ("files", list(&self.files)),
            ("created", time(self.created)),
            ("confidence", self.stated.map(|value| format!("{value:.2}"))),
            ("origin", Some(format!("{}; memtui's ledger keeps it", self.from))),
        ];
        let left = all.into_iter().filter(|(field, _)| !holds.contains(field));
        left.filter_map(|(field, value)| Some(Left { field, why: value? })).collect()
    }
}

fn named(fields: &Edit, wanted: &str) -> Option<String> {
    fields.iter().find_map(|(name, value)| match value {
        FieldValue::Text(text) if name == wanted && !text.trim().is_empty() => Some(text.clone()),
        _ => None,
    })
}

/// The confidence in a column of that name.
fn stated(own: &Record) -> Option<Confidence> {
    match own.get("confidence") {
        #[expect(clippy::cast_possible_truncation, reason = "a confidence has two digits")]
        Some(Value::Real(value)) => Some(Confidence { value: *value as f32, source: Source::Stated }),
        _ => None,
    }
}

fn listed(items: &[String]) -> String {
    items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n")
}

/// Texts below each other. The longest running text stands without a name; what there is beside it is named.
fn paragraphs<'a>(texts: impl Iterator<Item = (&'a str, String)>) -> String {
    let texts: Vec<(&str, String)> = texts.filter(|(_, text)| !text.trim().is_empty()).collect();
    let plain = ["narrative", "body", "content", "text", "subtitle", "description"];
    let part = |(name, text): &(&str, String)| {
        if texts.len() == 1 || plain.contains(name) { text.clone() } else { format!("{}:\n{text}", worded(name)) }
    };
    texts.iter().map(part).collect::<Vec<_>>().join("\n\n")
}

/// A field's name for people: `next_steps` is `Next steps`.
fn worded(name: &str) -> String {
    let mut words = name.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

/// The texts of a memory as it is shown, for those that have no fields.
///
/// # Errors
/// It is shown in part only.
fn shown(memory: &Memory) -> Result<String, String> {
    let sections = memory.sections.iter().filter(|section| section.name != "found in");
    let texts: Vec<(&str, String)> = sections
        .map(|section| {
            let text = match section.style {
                crate::memory::SectionStyle::Prose => section.items.join("\n\n"),
                crate::memory::SectionStyle::List => listed(&section.items),
            };
            (section.name.as_str(), text)
        })
        .collect();
    if texts.iter().any(|(_, text)| text.ends_with(" more bytes are not shown]")) {
        return Err("it is too long to be carried; copy its file, or export it".to_owned());
    }
    Ok(paragraphs(texts.into_iter()))
}

/// A value of a record for a person.
pub(super) fn said(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Blob(_) => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(format!("{number:.2}")),
        Value::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()).filter(|text| !text.is_empty()),
    }
}

/// A text of a record.
pub(super) fn cell(name: &str, text: impl Into<String>) -> (String, Value) {
    (name.to_owned(), Value::Text(text.into().into_bytes()))
}

/// A list of a record, as JSON.
pub(super) fn cells(name: &str, items: &[String]) -> (String, Value) {
    cell(name, serde_json::to_string(items).unwrap_or_default())
}
