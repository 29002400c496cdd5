//! The shared database: memtui's own store, for people who have no memory product and for every agent they use.
//!
//! One table with a full-text index; `docs/shared-database.md` describes it for other writers. Reading and guarded
//! writing are those of any mapped table (`store/table`); this module knows the schema.

mod create;
mod shelf;
#[cfg(test)]
mod tests;

use std::{fs::File, io::Read as _, path::Path, sync::Arc};

use sha2::{Digest as _, Sha256};

pub use self::{
    create::create,
    shelf::{Found, Kept, Shelf, Sight, Sought, Tally},
};
use super::{
    Problem, Result, Store,
    sqlite::{open::for_a_look, problem::from_sqlite},
    table::{self, Mapping, MarkColumns, Named, Product, Times},
};
use crate::{
    memory::{Bucket, EpochMs, Record, State, Value},
    store::sqlite::cell,
};

/// The product's name, which is also the short name of its first store.
pub const NAME: &str = "shared";
/// The file's usual name. A file is never judged by it, only looked for.
pub const FILE_NAME: &str = "memories.db";
/// The table that counts how often memories were recalled.
pub const RECALL: &str = "recall";
/// `application_id` of the file, "memS" in ASCII, so that other programs can tell what it is.
pub const APPLICATION_ID: i32 = 0x6d65_6d53;

const PRODUCT: Product = Product {
    name: NAME,
    word: "memory",
    aside: &[RECALL],
    recalls: Some(RECALL),
    marks: Some(MarkColumns { confidence: "confidence", pinned: "pinned", stale_after: "stale_after" }),
    compose: Some(compose),
    twin: &["hash", "project", "agent"],
    overwrites: true,
    replaces: Some("replaces"),
    evidence: Some("evidence"),
    settle,
    state,
};

/// The columns of the table `memory` by their meaning.
fn mapping() -> Mapping {
    let some = |name: &str| Some(name.to_owned());
    Mapping {
        table: "memory".into(),
        id: "id".into(),
        content: "body".into(),
        title: some("title"),
        kind: some("kind"),
        bucket: some("bucket"),
        scope: some("project"),
        agent: some("agent"),
        session: some("session"),
        tags: some("tags"),
        files: some("files"),
        created: some("created"),
        updated: some("updated"),
        accessed: None,
        confidence: some("confidence"),
        author: some("author"),
        model: some("model"),
        state: some("state"),
        expires: some("expires_at"),
        times: Times::Milliseconds,
    }
}

/// What the words of the column `state` mean.
fn state(word: &str) -> (State, Option<&'static str>) {
    match word {
        "quarantined" => (State::Quarantined, Some("it waits for a person to look at it")),
        "superseded" => (State::Superseded, Some("a newer version has taken its place")),
        "expired" => (State::Expired, Some(table::OVER)),
        _ => (State::Live, None),
    }
}

/// Completes a new memory: its times, its bucket, its hash.
fn compose(own: &mut Record, now: EpochMs) -> std::result::Result<(), String> {
    let text = |own: &Record, name: &str| own.get(name).and_then(|value| cell::some_text(cell::reference(value)));
    if text(own, "body").is_none_or(|body| body.trim().is_empty()) {
        return Err("there is no text; a memory without one says nothing".to_owned());
    }
    let bucket = Bucket::of(&text(own, "kind").unwrap_or_default(), text(own, "project").is_some());
    for (column, value) in [
        ("created", Value::Integer(now)),
        ("updated", Value::Integer(now)),
        ("bucket", Value::Text(bucket.name().into())),
    ] {
        if let Some((_, empty)) = own.columns.iter_mut().find(|(name, value)| name == column && *value == Value::Null) {
            *empty = value;
        }
    }
    settle(own);
    Ok(())
}

/// An edited memory has another hash.
fn settle(own: &mut Record) {
    let text = |column: &str| own.get(column).map(|value| cell::text(cell::reference(value))).unwrap_or_default();
    let hash = hash(&text("title"), &text("body"));
    if let Some((_, value)) = own.columns.iter_mut().find(|(name, _)| name == "hash") {
        *value = Value::Blob(hash.to_vec());
    }
}

/// What a memory says, in 32 bytes: SHA-256 of title, line feed and body, lower-cased, every run of white space made
/// one space, without space at either end.
pub fn hash(title: &str, body: &str) -> [u8; 32] {
    let text = format!("{title}\n{body}").to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    Sha256::digest(words.join(" ").as_bytes()).into()
}

/// Opens a shared database.
///
/// # Errors
/// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when it is none.
pub fn open(path: &Path, name: String) -> Result<Arc<dyn Store>> {
    let opened = for_a_look(path)?;
    let (application, format, identity) = header(&opened.conn).map_err(|error| from_sqlite(path, &error))?;
    if application != APPLICATION_ID {
        let reason = "this is not a shared database of memtui; `memtui init` makes one".to_owned();
        return Err(Problem::NotAStore { path: path.to_owned(), reason });
    }
    let named = Named { name, identity: format!("{NAME}:{identity}"), version: format!("format {format}") };
    table::open(path, mapping(), PRODUCT, named)
}

/// Whether a file is a shared database: its header says so. `SQLite` is not asked, because every start looks.
/// The [format of the header](https://sqlite.org/fileformat2.html#the_database_header) has the id at its 68th byte.
pub fn recognises(path: &Path) -> bool {
    let mut header = [0; 72];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut header));
    read.is_ok() && header.starts_with(b"SQLite format 3\0") && header.ends_with(&APPLICATION_ID.to_be_bytes())
}

/// The application id, the format and what tells this database from another.
fn header(conn: &rusqlite::Connection) -> rusqlite::Result<(i32, i64, String)> {
    let application: i32 = conn.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if application != APPLICATION_ID {
        return Ok((application, 0, String::new()));
    }
    let format = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let identity = conn.query_row("SELECT value FROM about WHERE name = 'identity'", [], |row| row.get(0))?;
    Ok((application, format, identity))
}
