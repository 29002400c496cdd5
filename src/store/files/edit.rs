//! What of a memory in a file can be edited, and the record after an edit.

use super::{
    body, entry,
    folder::Source,
    front::{self, Front},
    pieces::{self, Piece},
    record,
    tool::{self, WHOLE},
};
use crate::{
    change::{Edit, FieldValue},
    memory::{EpochMs, Image},
};

/// Fields of front matter that a form shows.
const FIELDS: [&str; 4] = ["name", "title", "description", "type"];
/// Bytes of a text that a form may hold.
const FORM: usize = 4 * 1024 * 1024;

/// The fields of a memory with their values; none where the file is no UTF-8, which an editor would damage.
pub(super) fn fields(image: &Image) -> Edit {
    let (_, bytes) = record::own(image);
    if std::str::from_utf8(bytes).is_err() || bytes.len() > FORM || image.own.table == "pointer" {
        return Vec::new();
    }
    let front = if record::is_whole(image) { Front::read(bytes) } else { Front::default() };
    let known = FIELDS.iter().filter(|name| front.has(name));
    let mut fields: Edit =
        known.map(|name| ((*name).to_owned(), FieldValue::Text(front.get(bytes, name).unwrap_or_default()))).collect();
    fields.push(("text".to_owned(), FieldValue::Text(body::shown(text_of(image, bytes)))));
    fields
}

/// The part of a memory below its front matter.
fn text_of<'b>(image: &Image, bytes: &'b [u8]) -> &'b [u8] {
    let head = if record::is_whole(image) { front::head_length(bytes) } else { 0 };
    bytes.get(head..).unwrap_or_default()
}

/// The record after an edit at a moment; equal to the one before when the edit says nothing new.
///
/// # Errors
/// Why the edit cannot be made, and the next step.
pub(super) fn after(source: &Source, key: &str, before: &Image, edit: &Edit, now: EpochMs) -> Result<Image, String> {
    if let [(field, FieldValue::Text(whole))] = edit.as_slice()
        && field == WHOLE
        && record::is_whole(before)
    {
        let bytes = whole.as_bytes();
        return Ok(record::with_text(before, &tool::title(source, bytes), bytes));
    }
    let known = fields(before);
    if known.is_empty() {
        return Err("it cannot be edited here; open its file in a text editor".to_owned());
    }
    if pieces::hangs_on_text(key) {
        return Err("another section of its file has the same heading; rename one in a text editor first".to_owned());
    }
    let (heading, old) = record::own(before);
    let (heading, mut bytes) = (heading.to_vec(), old.to_vec());
    for (field, value) in edit {
        let new = match value {
            FieldValue::Text(text) => text.clone(),
            FieldValue::List(items) => items.join("\n"),
        };
        match known.iter().find(|(name, _)| name == field) {
            None => {
                let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
                return Err(format!("memories of this file have no field `{field}`; they have {}", names.join(", ")));
            }
            Some((_, old)) if *old == FieldValue::Text(new.clone()) => {}
            Some(_) if field == "text" => bytes = with_body(before, &bytes, &new)?,
            Some(_) => bytes = Front::read(&bytes).set(&bytes, field, &new)?,
        }
    }
    if bytes == old {
        return Ok(before.clone());
    }
    let front = Front::read(&bytes);
    if record::is_whole(before) && front.has("modified") {
        let moment = chrono::DateTime::from_timestamp_millis(now).unwrap_or_default();
        bytes = front.set(&bytes, "modified", &moment.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))?;
    }
    let piece = Piece { key: key.to_owned(), level: 0, heading, text: bytes, link: None };
    let title = entry::title_of(source, &piece);
    Ok(in_step(record::with_text(before, &title, &piece.text), before))
}

fn with_body(image: &Image, bytes: &[u8], new: &str) -> Result<Vec<u8>, String> {
    if new.trim().is_empty() {
        return Err("`text` cannot be empty; give it a text, or prune the memory".to_owned());
    }
    let text = text_of(image, bytes);
    let head = bytes.get(..bytes.len() - text.len()).unwrap_or_default();
    Ok([head, &body::rewritten(text, new)].concat())
}

/// The lines of the index say what the file says of itself, where they did so before.
fn in_step(after: Image, before: &Image) -> Image {
    let field = |image: &Image, name: &str| {
        let (_, bytes) = record::own(image);
        Front::read(bytes).get(bytes, name)
    };
    let mut moved = Vec::new();
    for name in ["name", "description"] {
        if let (Some(old), Some(new)) = (field(before, name), field(&after, name))
            && old != new
            && !new.contains([']', '\n'])
        {
            // The name also stands in the file's path, which stays.
            moved.push(if name == "name" { (format!("[{old}]"), format!("[{new}]")) } else { (old, new) });
        }
    }
    let lines = record::lines(before).into_iter().map(|line| {
        let line = String::from_utf8_lossy(&line).into_owned();
        let step = |line: String, (old, new): &(String, String)| {
            if line.matches(old).count() == 1 { line.replacen(old, new, 1) } else { line }
        };
        moved.iter().fold(line, step).into_bytes()
    });
    record::with_lines(after, lines)
}
