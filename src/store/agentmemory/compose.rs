//! Records of new memories.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
};

use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::{
    entry::text,
    kind::{Kind, Name},
    plan::iso,
    record::{self, Fields, Found},
    shelf::Book,
};
use crate::{
    memory::{EpochMs, Record, Value},
    store::{
        Composed, Fitted, Parcel,
        intake::{self, said},
        sqlite::cell,
    },
};

/// The columns that a new memory may have.
pub(super) const COLUMNS: [&str; 7] = ["content", "title", "type", "concepts", "files", "project", "forgetAfter"];
/// Bytes of a title that is made of the text, as the product makes it.
const TITLE: usize = 80;

/// What it can hold of a memory from elsewhere.
pub(super) fn fitted(parcel: &Parcel) -> Fitted {
    let mut columns = vec![
        intake::cell("title", parcel.title.as_str()),
        intake::cell("content", parcel.text.as_str()),
        intake::cell("type", parcel.kind.as_str()),
        intake::cells("concepts", &parcel.tags),
        intake::cells("files", &parcel.files),
    ];
    columns.extend(parcel.project.as_deref().map(|project| intake::cell("project", project)));
    let becomes = columns.iter().filter_map(|(name, value)| Some((name.clone(), said(value)?))).collect();
    let left = parcel.left(&["kind", "tags", "files", "scope"]);
    Fitted { record: Record { table: "memory".to_owned(), columns }, becomes, left }
}

/// Makes full records, each with an id of its own.
pub(super) fn compose(book: &Book, records: &[Record], now: EpochMs) -> Vec<Composed> {
    let mut made: Vec<String> = Vec::new();
    records
        .iter()
        .map(|given| {
            let fields = complete(given, now)?;
            let content = text(&fields, "content").to_owned();
            let twin = book.entries.iter().find(|entry| {
                entry.kind() == Kind::Memory
                    && text(entry.fields(), "content") == content
                    && text(entry.fields(), "project") == text(&fields, "project")
            });
            if let Some(twin) = twin {
                return Err(format!("{} says the same", twin.native));
            }
            if made.contains(&content) {
                return Err("another new memory says the same".to_owned());
            }
            made.push(content);
            let name = Name::new(Kind::Memory, "", text(&fields, "id"));
            let found = Found { owner: String::new(), at: usize::MAX, fields };
            Ok((name.native(), record::image(Kind::Memory, &found)))
        })
        .collect()
}

fn complete(given: &Record, now: EpochMs) -> Result<Fields, String> {
    if let Some((strange, _)) = given.columns.iter().find(|(name, _)| !COLUMNS.contains(&name.as_str())) {
        return Err(format!("there is no column `{strange}`; there are {}", COLUMNS.join(", ")));
    }
    let word = |column: &str| match given.get(column) {
        Some(Value::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    };
    let content = word("content");
    if content.trim().is_empty() {
        return Err("a memory needs a text: give `content`".to_owned());
    }
    let title = Some(word("title")).filter(|title| !title.trim().is_empty());
    let kind = Some(word("type")).filter(|kind| !kind.is_empty());
    let moment = iso(now);
    let record = json!({
        "concepts": cell::json_list(&word("concepts")),
        "content": content,
        "createdAt": moment,
        "files": cell::json_list(&word("files")),
        "id": id(&content, now),
        "isLatest": true,
        "origin": { "capturedAt": moment, "channel": "user" },
        "sessionIds": [],
        "sourceObservationIds": [],
        // What its own way of remembering gives.
        "strength": 7,
        "supersedes": [],
        "title": title.unwrap_or_else(|| cell::headline(&content, TITLE).to_owned()),
        "type": kind.unwrap_or_else(|| "fact".to_owned()),
        "updatedAt": moment,
        "version": 1,
    });
    let Json::Object(mut fields) = record else { return Err("it could not be put together".to_owned()) };
    for column in ["project", "forgetAfter"] {
        let value = word(column);
        if !value.is_empty() {
            fields.insert(column.to_owned(), Json::String(value));
        }
    }
    fields.sort_keys();
    Ok(fields)
}

/// An id as the product makes them: the time in base 36, and twelve hexadecimal digits.
fn id(content: &str, now: EpochMs) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut hash = Sha256::new();
    hash.update(content.as_bytes());
    hash.update(now.to_le_bytes());
    hash.update(std::process::id().to_le_bytes());
    hash.update(COUNT.fetch_add(1, Ordering::Relaxed).to_le_bytes());
    let digits = hash.finalize().iter().take(6).fold(String::new(), |mut text, byte| {
        // Writing into a text has no way to fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let (mut time, mut left) = (Vec::new(), now.unsigned_abs());
    while left > 0 {
        time.push(char::from_digit(u32::try_from(left % 36).unwrap_or_default(), 36).unwrap_or('0'));
        left /= 36;
    }
    let time: String = time.into_iter().rev().collect();
    format!("mem_{time}_{digits}")
}
