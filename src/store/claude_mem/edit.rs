//! From the values that a person typed to the record that is stored, with everything that must move with them.

use super::{
    detail::{fields, is_list, shown},
    schema::content_hash,
    shape::{Kind, Shape},
};
use crate::{
    change::{Edit, FieldValue},
    memory::{Image, Record, Value},
    store::sqlite::cell,
};

/// Gives a column another value. `false` when there is no such column.
pub(super) fn set(record: &mut Record, column: &str, value: Value) -> bool {
    match record.columns.iter_mut().find(|(name, _)| name == column) {
        Some((_, cell)) => {
            *cell = value;
            true
        }
        None => false,
    }
}

/// The record after an edit; equal to the one before when the edit says nothing new. What keeps its value keeps its
/// bytes: a field is only touched when it differs from what the form showed.
///
/// # Errors
/// Why the edit cannot be made, and the next step.
pub(super) fn after(shape: &Shape, kind: Kind, before: &Image, edit: &Edit) -> Result<Image, String> {
    let mut image = before.clone();
    let mut rehash = false;
    for (field, value) in edit {
        let known = fields(kind).contains(&field.as_str()) && shape.table(kind).is_some_and(|table| table.has(field));
        let Some(old) = before.own.get(field).filter(|_| known) else {
            let word = kind.word();
            return Err(format!("{word}s have no field `{field}`; they have {}", fields(kind).join(", ")));
        };
        let new = stored(kind, field, value)?;
        if shown(field, &new) == shown(field, old) {
            continue;
        }
        set(&mut image.own, field, new);
        rehash |= matches!(field.as_str(), "title" | "narrative");
    }
    if kind == Kind::Observation && rehash {
        hash_again(shape, &mut image.own);
    }
    Ok(image)
}

/// What is stored for a value, as the product would have written it.
fn stored(kind: Kind, field: &str, value: &FieldValue) -> Result<Value, String> {
    if is_list(field) {
        let items = match value {
            FieldValue::List(items) => items.clone(),
            FieldValue::Text(text) if text.trim().is_empty() => Vec::new(),
            FieldValue::Text(text) => serde_json::from_str(text).map_err(|error| {
                format!(
                    "`{field}` must be a JSON list of texts, like [\"one\", \"two\"] ({error}); nothing was changed"
                )
            })?,
        };
        let items = if field == "concepts" { concepts(&items) } else { items };
        let json = serde_json::to_string(&items).map_err(|error| format!("`{field}` cannot be written: {error}"))?;
        return Ok(Value::Text(json.into_bytes()));
    }
    let text = match value {
        FieldValue::Text(text) => text.clone(),
        FieldValue::List(items) => items.join("\n"),
    };
    let needed = matches!(field, "type" | "project") || kind == Kind::Prompt;
    if needed && text.trim().is_empty() {
        return Err(format!("`{field}` cannot be empty; give it a value, or prune the memory"));
    }
    match field {
        "type" | "project" => Ok(Value::Text(text.trim().as_bytes().to_vec())),
        _ if text.is_empty() => Ok(Value::Null),
        _ => Ok(Value::Text(text.into_bytes())),
    }
}

/// claude-mem keeps the part of a concept before its first colon; empty ones and repetitions say nothing.
fn concepts(items: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for item in items {
        let concept = item.split(':').next().unwrap_or_default().trim();
        if !concept.is_empty() && !kept.iter().any(|other| other == concept) {
            kept.push(concept.to_owned());
        }
    }
    kept
}

/// The fingerprint belongs to title and narrative. A memory that never had one stays without.
fn hash_again(shape: &Shape, own: &mut Record) {
    let bytes = |field: &str| match own.get(field) {
        Some(Value::Text(bytes) | Value::Blob(bytes)) => bytes.clone(),
        Some(other) => cell::text(cell::reference(other)).into_owned().into_bytes(),
        None => Vec::new(),
    };
    if own.get("content_hash").is_none_or(|hash| *hash == Value::Null) {
        return;
    }
    let Some(session) = shape.session_column(Kind::Observation) else { return };
    let hash = content_hash(&bytes(session), &bytes("title"), &bytes("narrative"));
    set(own, "content_hash", Value::Text(hash.into_bytes()));
}

/// Moves the revision of a native row on, above `floor`, and marks it as not yet sent. The number is a 64-bit unsigned
/// decimal in a text column: it is counted here, because a CAST in SQL is wrong above 2⁶³.
pub(super) fn bump_revision(own: &mut Record, floor: Option<u64>) {
    if own.get("origin_device_id").is_some_and(|device| *device != Value::Null) {
        return;
    }
    let Some(revision) = own.get("sync_rev").map(|value| cell::text(cell::reference(value)).trim().parse::<u64>())
    else {
        return;
    };
    let Ok(revision) = revision else { return };
    let next = revision.max(floor.unwrap_or(0)).saturating_add(1);
    if set(own, "synced_at", Value::Null) {
        set(own, "sync_rev", Value::Text(next.to_string().into_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::Text(text.as_bytes().to_vec())
    }

    #[test]
    fn values_are_stored_as_the_product_stores_them() {
        let kind = Kind::Observation;
        let list = |items: &[&str]| FieldValue::List(items.iter().map(|&item| item.to_owned()).collect());
        assert_eq!(stored(kind, "facts", &list(&["é \"x\"", "b"])), Ok(text(r#"["é \"x\"","b"]"#)));
        assert_eq!(
            stored(kind, "concepts", &list(&["gotcha: x", " pattern ", "gotcha", ":"])),
            Ok(text(r#"["gotcha","pattern"]"#))
        );
        assert_eq!(stored(kind, "facts", &FieldValue::Text(r#" [ "a" ] "#.into())), Ok(text(r#"["a"]"#)));
        assert_eq!(stored(kind, "facts", &FieldValue::Text(String::new())), Ok(text("[]")));
        assert_eq!(stored(kind, "title", &FieldValue::Text(String::new())), Ok(Value::Null));
        for (field, bad) in [("facts", "not json"), ("facts", "[1]"), ("facts", "{}"), ("type", " "), ("project", "")] {
            assert!(stored(kind, field, &FieldValue::Text(bad.into())).is_err(), "{field} {bad}");
        }
        assert!(stored(Kind::Prompt, "prompt_text", &FieldValue::Text(String::new())).is_err());
    }

    #[test]
    fn revisions_are_counted_beyond_what_sql_can() {
        let record = |revision: &str, device: Value| Record {
            table: "observations".into(),
            columns: vec![
                ("synced_at".into(), Value::Integer(5)),
                ("origin_device_id".into(), device),
                ("sync_rev".into(), text(revision)),
            ],
        };
        let mut large = record("9223372036854775807", Value::Null);
        bump_revision(&mut large, Some(3));
        assert_eq!(large.get("sync_rev"), Some(&text("9223372036854775808")));
        assert_eq!(large.get("synced_at"), Some(&Value::Null));
        let mut low = record("1", Value::Null);
        bump_revision(&mut low, Some(7));
        assert_eq!(low.get("sync_rev"), Some(&text("8")));
        let replica = record("1", text("other"));
        let mut same = replica.clone();
        bump_revision(&mut same, Some(7));
        assert_eq!(same, replica);
    }
}
