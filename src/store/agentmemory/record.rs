//! A record of the product as an image in the ledger, and back, without losing anything.

use serde_json::{Map, Value as Json};

use super::kind::Kind;
use crate::memory::{Image, Record, Value};

/// The record of where a memory stood; no part of the memory.
const PLACE: &str = "place";
/// The column of it that says how the fields followed each other, where that was not by their names.
const ORDER: &str = "order";

/// A record of the product: its fields.
pub(super) type Fields = Map<String, Json>;

/// A record and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The session of an observation, the kind of slots; else empty.
    pub(super) owner: String,
    /// Its place among the records of its file.
    pub(super) at: usize,
    pub(super) fields: Fields,
}

/// The image of a record. Fields come in the order of their names: the engine's files and its server differ in theirs.
pub(super) fn image(kind: Kind, found: &Found) -> Image {
    let mut columns: Vec<(String, Value)> =
        found.fields.iter().map(|(name, json)| (name.clone(), value(json))).collect();
    columns.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut place = vec![
        ("owner".to_owned(), Value::Text(found.owner.clone().into_bytes())),
        ("at".to_owned(), Value::Integer(i64::try_from(found.at).unwrap_or(i64::MAX))),
    ];
    if !found.fields.keys().is_sorted() {
        let order = found.fields.keys().cloned().collect::<Json>();
        place.push((ORDER.to_owned(), Value::Text(order.to_string().into_bytes())));
    }
    Image {
        own: Record { table: kind.word().to_owned(), columns },
        side: Vec::new(),
        parents: vec![Record { table: PLACE.to_owned(), columns: place }],
    }
}

/// The record of an image; `None` when it is not one of this kind.
pub(super) fn found(kind: Kind, image: &Image) -> Option<Found> {
    if image.own.table != kind.word() {
        return None;
    }
    let fields: Option<Fields> =
        image.own.columns.iter().map(|(name, value)| Some((name.clone(), json(value)?))).collect();
    let mut fields = fields?;
    let place = image.parents.iter().find(|record| record.table == PLACE);
    let owner = match place.and_then(|place| place.get("owner")) {
        Some(Value::Text(bytes)) => String::from_utf8(bytes.clone()).ok()?,
        _ => String::new(),
    };
    let at = match place.and_then(|place| place.get("at")) {
        Some(Value::Integer(at)) => usize::try_from(*at).ok()?,
        _ => usize::MAX,
    };
    if let Some(Value::Text(order)) = place.and_then(|place| place.get(ORDER)) {
        let order: Vec<String> = serde_json::from_slice(order).ok()?;
        let mut sorted: Fields = order.into_iter().filter_map(|name| fields.shift_remove_entry(&name)).collect();
        sorted.append(&mut fields);
        fields = sorted;
    }
    Some(Found { owner, at, fields })
}

/// A field as a cell: texts as they are, lists and objects as compact JSON. What would be read back as something else is
/// kept as JSON in a blob.
fn value(json: &Json) -> Value {
    let plain = match json {
        Json::Null => Value::Null,
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => Value::Integer(whole),
            (None, Some(real)) => Value::Real(real),
            (None, None) => Value::Null,
        },
        Json::String(text) => Value::Text(text.clone().into_bytes()),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => Value::Text(json.to_string().into_bytes()),
    };
    if self::json(&plain).as_ref() == Some(json) { plain } else { Value::Blob(json.to_string().into_bytes()) }
}

fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Null => Json::Null,
        Value::Integer(number) => Json::from(*number),
        Value::Real(number) => Json::from(*number),
        Value::Blob(bytes) => serde_json::from_slice(bytes).ok()?,
        Value::Text(bytes) => {
            let text = std::str::from_utf8(bytes).ok()?;
            let is_json = text.starts_with(['[', '{']) || matches!(text, "true" | "false");
            let read = is_json.then(|| serde_json::from_str::<Json>(text).ok()).flatten();
            let is_compact = |json: &Json| serde_json::to_string(json).is_ok_and(|compact| compact == text);
            read.filter(is_compact).unwrap_or_else(|| Json::String(text.to_owned()))
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_value_comes_back_as_it_was() {
        let odd = json!({
            "text": "a", "like a list": "[1,2]", "like a boolean": "true", "almost a list": "[1, 2]", "yes": true,
            "whole": 7, "real": 0.84, "like a whole": 1.0, "huge": u64::MAX, "none": null, "list": ["a", {"b": [0.1]}], "": ""
        });
        let Json::Object(fields) = odd else { panic!() };
        let names: Vec<String> = fields.keys().cloned().collect();
        let there = Found { owner: "ses_1".into(), at: 3, fields };
        let image = image(Kind::Observation, &there);
        let back = found(Kind::Observation, &image).unwrap();
        assert_eq!(back, there);
        assert_eq!(back.fields.keys().cloned().collect::<Vec<_>>(), names);
        assert_eq!(super::image(Kind::Observation, &back), image);
        assert_eq!(found(Kind::Memory, &image), None);
        assert_eq!(image.own.get("like a list"), Some(&Value::Blob(b"\"[1,2]\"".to_vec())));
        assert_eq!(image.own.get("yes"), Some(&Value::Text(b"true".to_vec())));
    }
}
