//! What an edit makes of a memory. A new text is a new version; tags, type and state change where they are.

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

use super::{image, line, list, meta, shape::Shape};
use crate::{
    change::{Edit, FieldValue},
    memory::{EpochMs, Image, Record, Value},
    store::sqlite::cell,
};

/// Bytes of a text that a form may hold; longer ones are not offered for editing.
const FORM: usize = 4 * 1024 * 1024;
/// The tag of a memory that has none.
const UNTAGGED: &str = "untagged";
/// The one value that a state can be set to.
const LIVE: &str = "live";

/// The fields of a memory that can be edited, with their values. One that is not in use has its state among them.
pub(super) fn editable(own: &Record) -> Edit {
    let mut edit = Edit::new();
    if let Some(state) = state(own) {
        edit.push(("state".to_owned(), FieldValue::Text(state.to_owned())));
    }
    if text(own, "content").len() <= FORM && state(own).is_none_or(|state| state == "quarantined") {
        edit.push(("content".to_owned(), FieldValue::Text(text(own, "content"))));
    }
    edit.push(("tags".to_owned(), FieldValue::List(line::tags(&text(own, "tags")))));
    edit.push(("memory_type".to_owned(), FieldValue::Text(text(own, "memory_type"))));
    edit
}

/// The word for a memory that is not in plain use.
fn state(own: &Record) -> Option<&'static str> {
    let notes = text(own, "metadata");
    let superseded = || !text(own, "superseded_by").is_empty() || noted(own, "superseded_by");
    if own.get("deleted_at").is_some_and(|deleted| *deleted != Value::Null) {
        Some("tombstone")
    } else if superseded() {
        Some("superseded")
    } else {
        meta::Meta::read(&notes).quarantine().map(|_| "quarantined")
    }
}

fn noted(own: &Record, key: &str) -> bool {
    own.get("metadata").is_some_and(|notes| meta::without_keys(notes, &[key]) != *notes)
}

fn text(record: &Record, column: &str) -> String {
    record.get(column).map(|value| cell::text(cell::reference(value)).into_owned()).unwrap_or_default()
}

/// An edit at a moment.
pub(super) struct Editor<'a> {
    pub(super) conn: &'a Connection,
    pub(super) shape: &'a Shape,
    pub(super) now: EpochMs,
    /// The row of a new version, when there is none for it yet.
    pub(super) free_row: i64,
}

/// What an edit comes to: a record, or the reason why there is none.
type Edited = Result<Image, String>;

impl Editor<'_> {
    /// The record after an edit; equal to the one before when the edit says nothing new.
    pub(super) fn after(&self, before: &Image, edit: &Edit) -> rusqlite::Result<Edited> {
        let mut after = before.clone();
        let mut content = None;
        for (field, value) in edit {
            let made = match (field.as_str(), value) {
                ("content", FieldValue::Text(text)) => {
                    content = Some(text.clone());
                    Ok(())
                }
                ("tags", FieldValue::List(tags)) => self.tag(&mut after, tags),
                ("tags", FieldValue::Text(text)) => self.tag(&mut after, &line::tags(text)),
                ("memory_type", FieldValue::Text(kind)) => self.set_type(&mut after, kind),
                ("state", FieldValue::Text(word)) => settle(&mut after, word),
                (known @ ("content" | "memory_type" | "state"), FieldValue::List(_)) => {
                    Err(format!("`{known}` is a text, not a list"))
                }
                _ => Err(format!(
                    "memories of this store have no field `{field}`; they have content, tags, memory_type and, when \
                     they are not in use, state"
                )),
            };
            if let Err(reason) = made {
                return Ok(Err(reason));
            }
        }
        match content.filter(|content| *content != text(&before.own, "content")) {
            Some(content) => self.next_version(before, &after, content),
            None => Ok(Ok(after)),
        }
    }

    fn tag(&self, image: &mut Image, tags: &[String]) -> Result<(), String> {
        if let Some(tag) = tags.iter().find(|tag| tag.contains(',')) {
            return Err(format!("the product cannot keep a comma in a tag; write `{tag}` without"));
        }
        let tags: Vec<&str> = tags.iter().map(|tag| tag.trim()).filter(|tag| !tag.is_empty()).collect();
        if line::tags(&text(&image.own, "tags")) == tags {
            return Ok(());
        }
        let tags = if tags.is_empty() { UNTAGGED.to_owned() } else { tags.join(",") };
        image::set(&mut image.own, "tags", Value::Text(tags.into_bytes()));
        self.stamp(&mut image.own, "updated_at");
        Ok(())
    }

    fn set_type(&self, image: &mut Image, kind: &str) -> Result<(), String> {
        if text(&image.own, "memory_type") == kind {
            return Ok(());
        }
        if kind.trim().is_empty() {
            return Err("`memory_type` cannot be empty; `observation` is the product's plain one".to_owned());
        }
        image::set(&mut image.own, "memory_type", Value::Text(kind.trim().into()));
        self.stamp(&mut image.own, "updated_at");
        Ok(())
    }

    /// Sets a time and its text beside it. The product takes the present moment for one where the two disagree.
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age fit a double exactly")]
    fn stamp(&self, own: &mut Record, column: &str) {
        image::set(own, column, Value::Real(self.now as f64 / 1000.0));
        let moment = chrono::DateTime::from_timestamp_millis(self.now).unwrap_or_default();
        let iso = moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string();
        image::set(own, &format!("{column}_iso"), Value::Text(iso.into_bytes()));
    }

    /// The version that follows one: a row of its own that names its parent. The vector of the older text goes with it,
    /// so that the product's search by meaning still finds it.
    fn next_version(&self, before: &Image, like: &Image, content: String) -> rusqlite::Result<Edited> {
        if !self.shape.has_versions() {
            return Ok(Err("this version of the product keeps no versions, and a text must not be changed in place: \
                           its full-text index would keep the old words; prune it and store the new text"
                .to_owned()));
        }
        if let Some(state @ ("tombstone" | "superseded")) = state(&before.own) {
            return Ok(Err(format!("it is a {state} memory; set its state to `live` first")));
        }
        if content.trim().is_empty() {
            return Ok(Err("`content` cannot be empty; give it a text, or prune the memory".to_owned()));
        }
        let hash = hash(&content);
        let row = match self.row_for(before, &hash, &content)? {
            Ok(row) => row,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut own = Record { table: like.own.table.clone(), columns: Vec::new() };
        for column in &self.shape.memories.columns {
            let kept = matches!(column.as_str(), "tags" | "memory_type" | "store" | "metadata");
            let value = match like.own.get(column).filter(|_| kept) {
                Some(value) => value.clone(),
                None => self.shape.memories.default_of(self.conn, column)?,
            };
            own.columns.push((column.clone(), value));
        }
        let version = match before.own.get("version") {
            Some(Value::Integer(version)) => version.saturating_add(1),
            _ => 2,
        };
        for (column, value) in [
            ("id", Value::Integer(row)),
            ("content_hash", Value::Text(hash.into_bytes())),
            ("content", Value::Text(content.into_bytes())),
            ("parent_id", before.own.get("content_hash").cloned().unwrap_or(Value::Null)),
            ("version", Value::Integer(version)),
        ] {
            image::set(&mut own, column, value);
        }
        self.stamp(&mut own, "created_at");
        self.stamp(&mut own, "updated_at");
        let parents = vec![image::recalls(&own)];
        Ok(Ok(Image { own: image::own(own), side: like.side.clone(), parents }))
    }

    /// The row for a new version: that of the same version if it was taken back once, else a free one.
    fn row_for(&self, before: &Image, hash: &str, content: &str) -> rusqlite::Result<Result<i64, String>> {
        let same = |own: &Record| text(own, "content_hash") == hash;
        if same(&before.own) {
            return Ok(Err(
                "the product tells texts apart without regard to case and to space at the ends, so that it \
                           would take this for the same memory; change a word"
                    .to_owned(),
            ));
        }
        let sql = "SELECT id FROM memories WHERE content_hash = ?1";
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([hash])?;
        let Some(row) = rows.next()? else { return Ok(Ok(self.free_row)) };
        let row: i64 = row.get(0)?;
        let Some(raw) = image::raw(self.conn, self.shape, row)? else { return Ok(Ok(self.free_row)) };
        let taken_back = line::is_pruned(raw.get("deleted_at"))
            && raw.get("parent_id") == before.own.get("content_hash")
            && text(&raw, "content") == content;
        if taken_back {
            return Ok(Ok(row));
        }
        let name = list::name_of(self.conn, self.shape, row)?;
        Ok(Err(match raw.get("deleted_at") {
            Some(Value::Null) | None => format!("{name} says exactly this already; prune one of the two"),
            Some(_) => format!(
                "{name}, which was deleted, says exactly this, and the product keeps a text only once; undo its \
                 deletion, or change a word"
            ),
        }))
    }
}

/// Brings a memory back into use.
fn settle(image: &mut Image, word: &str) -> Result<(), String> {
    match state(&image.own) {
        Some(now) if now == word => return Ok(()),
        None if word == LIVE => return Ok(()),
        Some(_) if word == LIVE => {}
        Some(now) => return Err(format!("the state of a {now} memory can only be set to `{LIVE}`")),
        None => return Err("it is live; prune it, if no agent is to have it".to_owned()),
    }
    let gone: &[&str] = match state(&image.own) {
        Some("tombstone") => {
            image::set(&mut image.own, "deleted_at", Value::Null);
            &[]
        }
        Some("superseded") => {
            image::set(&mut image.own, "superseded_by", Value::Null);
            &meta::SUPERSEDED
        }
        _ => &meta::QUARANTINE,
    };
    let records = std::iter::once(&mut image.own).chain(&mut image.parents);
    for record in records.filter(|record| !gone.is_empty() && record.table == "memories") {
        if let Some(notes) = record.get("metadata").map(|notes| meta::without_keys(notes, gone)) {
            image::set(record, "metadata", notes);
        }
    }
    Ok(())
}

/// What the product calls a text: SHA-256 of it without space at the ends and in lower case, in hexadecimal.
pub(super) fn hash(content: &str) -> String {
    super::hex(&Sha256::digest(content.trim().to_lowercase().as_bytes()))
}
