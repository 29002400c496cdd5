//! What the product keeps about a memory in its column of JSON.

use std::io::{self, Write};

use serde::{Deserialize, Serialize as _};
use serde_json::{
    Map, Value as Json,
    ser::{Formatter, Serializer},
};

use crate::{memory::Value, store::sqlite::cell};

/// What the product notes about recalls. It rewrites these keys on every search, so they are no part of a memory.
const RECALLS: [&str; 3] = ["access_count", "last_accessed_at", "access_queries"];
/// What says that a memory is held back.
pub(super) const QUARANTINE: [&str; 5] =
    ["quarantined", "quarantined_at", "quarantine_reason", "contradicted_belief", "contradicted_memory"];
/// What says that another memory has taken its place.
pub(super) const SUPERSEDED: [&str; 2] = ["superseded_by", "evolution_reason"];

/// The keys that memtui reads, whatever they hold.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Meta {
    project: Json,
    agent_id: Json,
    session_id: Json,
    source_type: Json,
    quarantined: Json,
    quarantine_reason: Json,
    last_accessed_at: Json,
    credibility: Json,
    quality_score: Json,
}

impl Meta {
    /// Reads the column; what is no JSON object says nothing.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn project(&self) -> &str {
        text(&self.project)
    }

    pub(super) fn agent(&self) -> &str {
        text(&self.agent_id)
    }

    pub(super) fn session(&self) -> &str {
        text(&self.session_id)
    }

    /// `user`, `ai_generated`, `tool` …
    pub(super) fn source(&self) -> &str {
        text(&self.source_type)
    }

    /// Why it is held back, if it is; the reason may be empty.
    pub(super) fn quarantine(&self) -> Option<&str> {
        let held = match &self.quarantined {
            Json::Bool(held) => *held,
            Json::Number(number) => number.as_f64() != Some(0.0),
            Json::String(text) => !text.is_empty(),
            _ => false,
        };
        held.then(|| text(&self.quarantine_reason))
    }

    /// The time of the last recall, in seconds.
    pub(super) fn accessed(&self) -> Option<f64> {
        self.last_accessed_at.as_f64()
    }

    /// How good and how credible the product thinks it is, 0–1 each.
    pub(super) fn ratings(&self) -> [(&'static str, Option<f64>); 2] {
        [("quality", self.quality_score.as_f64()), ("credibility", self.credibility.as_f64())]
    }
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// The object in a cell; `None` when it holds something else. An empty cell is an empty object.
fn object(value: &Value) -> Option<Map<String, Json>> {
    let text = cell::text(cell::reference(value));
    if text.trim().is_empty() { Some(Map::new()) } else { serde_json::from_str(&text).ok() }
}

/// A cell without what the product notes about recalls, so that a recall does not make it another one.
pub(super) fn without_recalls(value: &Value) -> Value {
    let Some(object) = object(value) else { return value.clone() };
    without(object, &RECALLS)
}

/// A cell without some keys; what is no object stays as it is.
pub(super) fn without_keys(value: &Value, keys: &[&str]) -> Value {
    match object(value) {
        Some(object) if keys.iter().any(|key| object.contains_key(*key)) => without(object, keys),
        _ => value.clone(),
    }
}

fn without(mut object: Map<String, Json>, keys: &[&str]) -> Value {
    object.retain(|key, _| !keys.contains(&key.as_str()));
    if object.is_empty() { Value::Null } else { written(object) }
}

/// An object as the product writes it: with a space after each comma and colon.
fn written(object: Map<String, Json>) -> Value {
    let mut text = Vec::new();
    // Writing a value that is JSON into a vector has no way to fail.
    let _ = Json::Object(object).serialize(&mut Serializer::with_formatter(&mut text, Spaced));
    Value::Text(text)
}

struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }
}

/// A cell with some keys set; what is no object stays as it is.
pub(super) fn with_keys(value: &Value, pairs: &[(&str, &str)]) -> Value {
    let Some(mut object) = object(value) else { return value.clone() };
    for (key, text) in pairs {
        object.insert((*key).to_owned(), Json::String((*text).to_owned()));
    }
    written(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn recalls_are_left_out_and_rubbish_is_left_alone() {
        let one = cell(r#"{"a": 1, "b":[1,{"c":2}], "access_count": 3, "access_queries": []}"#);
        assert_eq!(without_recalls(&one), cell(r#"{"a": 1, "b": [1, {"c": 2}]}"#));
        assert_eq!(without_recalls(&cell(r#"{"access_count": 1}"#)), without_recalls(&Value::Null));
        assert_eq!(without_recalls(&cell("[1]")), cell("[1]"));
        assert_eq!(without_keys(&cell(r#"{"b": 2}"#), &["a"]), cell(r#"{"b": 2}"#));
        assert_eq!(with_keys(&Value::Null, &[("k", "v")]), cell(r#"{"k": "v"}"#));
        assert_eq!(with_keys(&cell("nonsense"), &[("k", "v")]), cell("nonsense"));
    }

    #[test]
    fn whatever_a_key_holds_can_be_read() {
        let meta = Meta::read(r#"{"project": 7, "agent_id": "claude", "quarantined": true, "quality_score": "x"}"#);
        assert_eq!((meta.project(), meta.agent(), meta.quarantine()), ("", "claude", Some("")));
        assert_eq!(Meta::read("[]").quarantine(), None);
        assert_eq!(Meta::read(r#"{"quarantined": false}"#).quarantine(), None);
    }
}
