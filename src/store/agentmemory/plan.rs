//! What can be edited, the record after an edit, and what an intent comes to.

use serde_json::Value as Json;

use super::{
    entry,
    kind::{Kind, Name, Part},
    record::{self, Fields, Found},
    standing,
};
use crate::{
    change::{Edit, FieldValue},
    memory::{EpochMs, Image},
    store::{Expect, Intent, Make, Outcome},
};

/// The field that says whether the product uses a memory.
const STATE: &str = "state";
/// The words for one that it does not use.
const UNUSED: [&str; 4] = ["hidden", "quarantined", "superseded", "deleted"];

/// What an intent comes to.
pub(super) enum Plan {
    Settled(Outcome),
    Do(Box<Step>),
}

/// A change of one record.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: Name,
    pub(super) before: Option<Found>,
    pub(super) after: Option<Found>,
}

pub(super) fn refused(reason: impl Into<String>) -> Plan {
    Plan::Settled(Outcome::Refused(reason.into()))
}

/// The fields of a record that can be edited, with their values.
pub(super) fn fields(kind: Kind, fields: &Fields) -> Edit {
    let title = kind.title().filter(|_| !matches!(kind, Kind::Slot | Kind::Session));
    let parts = kind.parts().iter().copied();
    let single = title.map(|field| Part { field, list: false }).into_iter().chain(parts);
    let lists = kind.tags().into_iter().chain(kind.files().map(|(field, _)| field));
    let values = kind.values().iter().map(|field| Part { field, list: false });
    let all = single.chain(lists.map(|field| Part { field, list: true })).chain(values);
    let mut edit: Edit = all.filter_map(|part| Some((part.field.to_owned(), value(part, fields)?))).collect();
    if kind.has_state() {
        let unused = if kind == Kind::Memory { "hidden" } else { "deleted" };
        let word = if standing::is_used(kind, fields) { "live" } else { unused };
        edit.push((STATE.to_owned(), FieldValue::Text(word.to_owned())));
    }
    edit
}

/// The value of a field; `None` when it is of another type than its name says, which an edit would lose.
fn value(part: Part, fields: &Fields) -> Option<FieldValue> {
    match (fields.get(part.field), part.list) {
        // What a hook saw before it was put into words is not for editing.
        (None, _) if part.field == "raw" => None,
        (None | Some(Json::Null), false) => Some(FieldValue::Text(String::new())),
        (None | Some(Json::Null), true) => Some(FieldValue::List(Vec::new())),
        (Some(Json::String(text)), false) => Some(FieldValue::Text(text.clone())),
        (Some(Json::Array(items)), true) if items.iter().all(Json::is_string) => {
            Some(FieldValue::List(items.iter().filter_map(Json::as_str).map(str::to_owned).collect()))
        }
        _ => None,
    }
}

/// The record after an edit at a moment; equal to the one before when the edit says nothing new.
///
/// # Errors
/// Why the edit cannot be made, and the next step.
fn after(kind: Kind, before: &Found, edit: &Edit, now: EpochMs) -> Result<Found, String> {
    let known = fields(kind, &before.fields);
    let mut found = before.clone();
    for (field, wanted) in edit {
        let Some((_, old)) = known.iter().find(|(name, _)| name == field) else {
            let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
            return Err(format!("a {} has no field `{field}` to edit; it has {}", kind.word(), names.join(", ")));
        };
        let wanted = like(old, wanted);
        if wanted == *old {
            continue;
        }
        match &wanted {
            FieldValue::Text(word) if field == STATE => set_state(kind, &mut found.fields, word)?,
            FieldValue::Text(text)
                if field == "forgetAfter" && !text.is_empty() && super::source::moment(text).is_none() =>
            {
                return Err(format!("`{text}` is no time; write it as 2026-12-31T00:00:00Z"));
            }
            FieldValue::Text(text) if text.is_empty() && kind.values().contains(&field.as_str()) => {
                found.fields.shift_remove(field);
            }
            FieldValue::Text(text) => set(&mut found.fields, field, Json::String(text.clone())),
            FieldValue::List(items) => set(&mut found.fields, field, items.iter().cloned().collect()),
        }
    }
    if found != *before && found.fields.contains_key("updatedAt") {
        set(&mut found.fields, "updatedAt", Json::String(iso(now)));
    }
    Ok(found)
}

/// A value in the form that the field has.
fn like(old: &FieldValue, new: &FieldValue) -> FieldValue {
    match (old, new) {
        (FieldValue::Text(_), FieldValue::List(items)) => FieldValue::Text(items.join("\n")),
        (FieldValue::List(_), FieldValue::Text(text)) => {
            FieldValue::List(text.lines().filter(|line| !line.trim().is_empty()).map(str::to_owned).collect())
        }
        _ => new.clone(),
    }
}

/// Sets a field; a new one comes where its name belongs when the others follow each other by their names.
fn set(fields: &mut Fields, field: &str, value: Json) {
    if let Some(old) = fields.get_mut(field) {
        *old = value;
        return;
    }
    let at = if fields.keys().is_sorted() {
        fields.keys().take_while(|name| name.as_str() < field).count()
    } else {
        fields.len()
    };
    fields.shift_insert(at, field.to_owned(), value);
}

fn set_state(kind: Kind, fields: &mut Fields, word: &str) -> Result<(), String> {
    let used = match word {
        "live" => true,
        word if UNUSED.contains(&word) => false,
        _ => return Err(format!("`{word}` is no state; it is live or {}", UNUSED.join(", "))),
    };
    match kind {
        Kind::Memory => set(fields, "isLatest", Json::Bool(used)),
        _ => set(fields, "deleted", Json::Bool(!used)),
    }
    Ok(())
}

/// A time as the product writes it.
pub(super) fn iso(moment: EpochMs) -> String {
    let time = chrono::DateTime::from_timestamp_millis(moment).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Works out what an intent makes of a record at a moment.
pub(super) fn plan(intent: &Intent, name: &Name, current: Option<&Found>, now: EpochMs) -> Plan {
    let kind = name.kind;
    let after = match (&intent.make, current) {
        (Make::Delete | Make::Erase, None) => return Plan::Settled(Outcome::Already),
        (Make::Delete | Make::Erase, Some(_)) => None,
        (Make::Edit(_), None) => return Plan::Settled(Outcome::Conflict(None)),
        (Make::Edit(edit), Some(before)) => match after(kind, before, edit, now) {
            Ok(found) => Some(found),
            Err(reason) => return refused(reason),
        },
        (Make::Put(image), _) => match record::found(kind, image) {
            Some(found) if belongs(name, &found) => Some(found),
            _ => return refused(format!("that record is not one of {}", intent.native)),
        },
    };
    let image = |found: Option<&Found>| found.map(|found| record::image(kind, found));
    let before = image(current);
    if image(after.as_ref()).as_ref().map(Image::digest) == before.as_ref().map(Image::digest) {
        return Plan::Settled(Outcome::Already);
    }
    let met = match intent.expect {
        Expect::Anything => true,
        Expect::Absent => current.is_none(),
        Expect::Seen(version) => current.is_some_and(|found| entry::version(kind, &found.fields) == version),
        Expect::Exactly(digest) => before.as_ref().is_some_and(|image| image.digest() == digest),
    };
    if !met {
        return Plan::Settled(Outcome::Conflict(before.map(Box::new)));
    }
    Plan::Do(Box::new(Step { name: name.clone(), before: current.cloned(), after }))
}

/// A record that nobody is shown any more goes for good.
pub(super) fn erasure(name: &Name, before: Found) -> Plan {
    Plan::Do(Box::new(Step { name: name.clone(), before: Some(before), after: None }))
}

/// Whether a record has the key of a name.
fn belongs(name: &Name, found: &Found) -> bool {
    found.fields.get(name.kind.key()).is_none_or(|key| key.as_str() == Some(&name.key))
}
