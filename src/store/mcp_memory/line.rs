//! A row as lists, scans and details begin with it.

use rusqlite::{Row as SqlRow, types::ValueRef};

use super::{meta::Meta, shape::Shape};
use crate::{
    memory::{EpochMs, Record, Value, Version},
    store::sqlite::cell,
};

/// The columns that a person reads or filters by: what a version is made of.
const SEEN: [&str; 5] = ["content", "tags", "memory_type", "store", "deleted_at"];

/// What a memory is called whose kind the product did not say.
const KIND: &str = "memory";

/// A row of the table, its columns read.
pub(super) struct Line {
    /// Its own row, which is not the name of its memory once that has versions.
    pub(super) row: i64,
    pub(super) hash: String,
    /// Whether it says that it follows another version.
    pub(super) follows: bool,
    pub(super) created: Option<EpochMs>,
    pub(super) content: String,
    /// Bytes of content and tags.
    pub(super) bytes: u64,
    pub(super) tags: Vec<String>,
    pub(super) meta: Meta,
    pub(super) deleted: Option<EpochMs>,
    /// The hash of the memory that has taken its place.
    pub(super) superseded: Option<String>,
    pub(super) pending: bool,
    /// Whether it has a vector; always, where nobody can tell.
    pub(super) embedded: bool,
    pub(super) version: Version,
    memory_type: String,
    store: String,
    confidence: Option<f64>,
}

impl Line {
    /// `SELECT` of everything that [`Line::read`] reads; the row is `m`. `bytes` of the content are read, or all of it.
    pub(super) fn sql(shape: &Shape, bytes: Option<usize>) -> String {
        let content = bytes
            .map_or_else(|| "m.content".to_owned(), |bytes| format!("substr(CAST(m.content AS BLOB), 1, {bytes})"));
        let parent = if shape.has_versions() { "m.parent_id" } else { "NULL" };
        let embedded = if shape.vectors.is_ok() {
            "EXISTS (SELECT 1 FROM memory_embeddings_rowids AS v WHERE v.rowid = m.id)"
        } else {
            "TRUE"
        };
        let seen: Vec<String> = SEEN.iter().map(|name| shape.column(name)).collect();
        format!(
            "SELECT m.id, m.content_hash, {parent}, m.created_at, m.created_at_iso, {content},
                coalesce(octet_length(m.content), 0) + coalesce(octet_length(m.tags), 0), m.tags, m.metadata, {deleted},
                {superseded}, {pending}, {embedded}, m.memory_type, {store}, {confidence}, {seen} FROM memories AS m",
            deleted = shape.column("deleted_at"),
            superseded = shape.superseded("m"),
            pending = shape.column("embedding_pending"),
            store = shape.column("store"),
            confidence = shape.column("confidence"),
            seen = seen.join(", "),
        )
    }

    /// Reads a row of [`Line::sql`].
    pub(super) fn read(row: &SqlRow<'_>) -> rusqlite::Result<Self> {
        let text = |place: usize| row.get_ref(place).map(|cell| cell::text(cell).into_owned());
        Ok(Self {
            row: row.get(0)?,
            hash: text(1)?,
            follows: cell::some_text(row.get_ref(2)?).is_some(),
            created: time(row.get_ref(3)?).or_else(|| cell::epoch_ms(ValueRef::Null, row.get_ref(4).ok()?)),
            content: text(5)?,
            bytes: row.get::<_, Option<i64>>(6)?.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
            tags: tags(&text(7)?),
            meta: Meta::read(&text(8)?),
            deleted: time(row.get_ref(9)?),
            superseded: cell::some_text(row.get_ref(10)?),
            pending: cell::integer(row.get_ref(11)?).is_some_and(|pending| pending != 0),
            embedded: row.get(12)?,
            memory_type: text(13)?,
            store: text(14)?,
            confidence: match row.get_ref(15)? {
                ValueRef::Real(value) => Some(value),
                _ => None,
            },
            version: cell::version((16..16 + SEEN.len()).map(|place| row.get_ref(place)))?,
        })
    }

    /// Its kind: the product's word, or what became or was made of it.
    pub(super) fn kind(&self) -> &str {
        if self.deleted.is_some() {
            return "tombstone";
        }
        match self.made_up() {
            Some(kind) => kind,
            None if self.memory_type.is_empty() => KIND,
            None => &self.memory_type,
        }
    }

    /// What the product's consolidation made, by the tags that it gives.
    pub(super) fn made_up(&self) -> Option<&'static str> {
        let has = |tag: &str| self.tags.iter().any(|known| known == tag);
        match () {
            () if has("association") && has("discovered") => Some("association"),
            () if has("cluster") && has("compressed") => Some("cluster"),
            () => None,
        }
    }

    /// The project: from a tag, from the product's notes, or the store of the product that is not its default one.
    pub(super) fn project(&self) -> &str {
        let tag = self.tags.iter().find_map(|tag| tag.strip_prefix("proj:"));
        let noted = Some(self.meta.project()).filter(|project| !project.is_empty());
        tag.or(noted).unwrap_or(if self.store == "default" { "" } else { &self.store })
    }

    /// The agent that wrote it.
    pub(super) fn agent(&self) -> &str {
        let tag = || self.tags.iter().find_map(|tag| tag.strip_prefix("agent:")).unwrap_or_default();
        Some(self.meta.agent()).filter(|agent| !agent.is_empty()).unwrap_or_else(tag)
    }

    /// The product's confidence. Every memory begins with 1, which says nothing.
    #[expect(clippy::cast_possible_truncation, reason = "seven digits are more than a confidence has")]
    pub(super) fn stated(&self) -> Option<f32> {
        self.confidence.filter(|value| (0.0..1.0).contains(value)).map(|value| value as f32)
    }
}

/// A moment in seconds since 1970, with a fraction.
pub(super) fn time(value: ValueRef<'_>) -> Option<EpochMs> {
    match value {
        ValueRef::Integer(seconds) => seconds.checked_mul(1000),
        ValueRef::Real(seconds) => from_seconds(seconds),
        _ => None,
    }
}

/// The same from a number.
#[expect(clippy::cast_possible_truncation, reason = "a time outside of 64 bits is nonsense anyway; `as` saturates")]
pub(super) fn from_seconds(seconds: f64) -> Option<EpochMs> {
    seconds.is_finite().then(|| (seconds * 1000.0).round() as i64)
}

/// Tags in one text with commas; old rows have a space after each.
pub(super) fn tags(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

/// The version of a full record.
pub(super) fn version_of(own: &Record) -> Version {
    let cells = SEEN.iter().map(|name| Ok(own.get(name).map_or(ValueRef::Null, cell::reference)));
    // A cell that is at hand has no way to fail.
    cell::version(cells).unwrap_or_default()
}

/// Whether a moment of deletion is memtui's own: the product writes fractions of a second.
pub(super) fn is_pruned(deleted: Option<&Value>) -> bool {
    match deleted {
        Some(Value::Real(seconds)) => seconds.fract() == 0.0,
        Some(Value::Integer(_)) => true,
        _ => false,
    }
}
