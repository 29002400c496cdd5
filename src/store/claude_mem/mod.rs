//! claude-mem: observations, session summaries and prompts in one database.

mod check;
mod detail;
mod edit;
mod erase;
mod image;
mod list;
mod plan;
mod reader;
mod scan;
pub mod schema;
mod search;
mod settings;
mod shape;
#[cfg(test)]
pub(super) mod tests;
mod worker;
mod write;
mod writer;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use sha2::{Digest as _, Sha256};

pub use self::settings::data_directory;
use self::{reader::ClaudeMemReader, settings::Settings, shape::Shape, writer::ClaudeMemWriter};
use super::{
    About, Opening, Problem, Pulse, Reader, Result, Store, Writer,
    sqlite::{
        cell,
        file::{self, FileId},
        open::for_a_look,
        problem::from_sqlite,
        writing::refused_by_the_file,
    },
};

/// The name of the product, which is also the short name of its first store.
pub const PRODUCT: &str = "claude-mem";
/// The database's usual name in its directory. A file is never judged by it, only looked for.
pub const FILE_NAME: &str = "claude-mem.db";

/// Where a database is and what its installation is set to.
#[derive(Debug)]
struct Place {
    name: String,
    path: PathBuf,
    directory: PathBuf,
    settings: Settings,
    /// The schema that was read last, and of which file: reading it takes milliseconds, and every connection needs it.
    known: Mutex<Option<(FileId, Arc<Shape>)>>,
}

impl Place {
    /// The schema of the open file.
    fn shape(&self, conn: &Connection, file: FileId) -> Result<Arc<Shape>> {
        let broken = |error: rusqlite::Error| from_sqlite(&self.path, &error);
        let cookie = shape::cookie(conn).map_err(broken)?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, shape)) = known.as_ref().filter(|(known, shape)| *known == file && shape.cookie == cookie) {
            return Ok(Arc::clone(shape));
        }
        let shape = Shape::read(conn).map_err(broken)?.ok_or_else(|| Problem::NotAStore {
            path: self.path.clone(),
            reason: "this database holds no memories that memtui knows (claude-mem's tables schema_versions, \
                     sdk_sessions and observations are not all there); give the path of a memory database"
                .into(),
        })?;
        let shape = Arc::new(shape);
        *known = Some((file, Arc::clone(&shape)));
        Ok(shape)
    }

    fn read_only(&self, reason: impl Into<String>) -> Problem {
        Problem::ReadOnly { path: self.path.clone(), reason: reason.into() }
    }
}

/// A claude-mem database.
struct ClaudeMem {
    about: About,
    place: Arc<Place>,
    /// The connection by which the database was recognised: whoever asks first for one gets it.
    first: Mutex<Option<ClaudeMemReader>>,
}

/// Opens a database if it is one of claude-mem's. `environment` holds the variables that override the settings file;
/// it is empty for a file that is not in the data directory of this user's installation.
///
/// # Errors
/// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when the tables of claude-mem are not there.
pub fn open(path: &Path, name: String, environment: &BTreeMap<String, String>) -> Result<Arc<dyn Store>> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let directory = path.parent().map(Path::to_owned).unwrap_or_default();
    let settings = Settings::read(&directory, environment);
    let place = Arc::new(Place { name, path, directory, settings, known: Mutex::default() });
    let reader = ClaudeMemReader::open(Arc::clone(&place))?;
    let about = About {
        name: place.name.clone(),
        product: PRODUCT,
        path: place.path.clone(),
        identity: identity(reader.conn()).map_err(|error| from_sqlite(&place.path, &error))?,
        version: match reader.shape().version {
            Some(version) => format!("schema v{version}"),
            None => "schema of unknown version".into(),
        },
        read_only: read_only(&place, &reader),
    };
    Ok(Arc::new(ClaudeMem { about, place, first: Mutex::new(Some(reader)) }))
}

/// Whether a file looks like one of claude-mem's databases; nothing is put beside it.
pub fn recognises(path: &Path) -> bool {
    for_a_look(path).is_ok_and(|opened| Shape::read(&opened.conn).is_ok_and(|shape| shape.is_some()))
}

/// What tells one database from another wherever it lies: when its first migrations ran, to the millisecond.
fn identity(conn: &Connection) -> rusqlite::Result<String> {
    let mut rows = conn.prepare("SELECT version, applied_at FROM schema_versions ORDER BY rowid LIMIT 4")?;
    let mut rows = rows.query([])?;
    let mut hash = Sha256::new();
    while let Some(row) = rows.next()? {
        hash.update(cell::text(row.get_ref(0)?).as_bytes());
        hash.update([0]);
        hash.update(cell::text(row.get_ref(1)?).as_bytes());
        hash.update([0]);
    }
    Ok(format!("{PRODUCT}:{}", schema::short_hex(&hash.finalize())))
}

/// Why the database cannot be written, as far as can be told without trying and at once: what takes a look into the
/// indexes is told by [`Reader::objection`].
fn read_only(place: &Place, reader: &ClaudeMemReader) -> Option<String> {
    refused_by_the_file(&place.path, reader.frozen()).or_else(|| writer::unknown(reader.shape())).or_else(|| {
        let file = file::look(&place.path).ok()?;
        let file::Place::File(file) = file else { return None };
        worker::danger(place, file)
    })
}

impl Store for ClaudeMem {
    fn about(&self) -> &About {
        &self.about
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        let first = self.first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut first) = first
            && matches!(first.pulse(), Ok(Pulse::Same | Pulse::Changed))
        {
            return Ok(Box::new(first));
        }
        Ok(Box::new(ClaudeMemReader::open(Arc::clone(&self.place))?))
    }

    fn beyond(&self) -> &'static [&'static str] {
        &[
            "its vectors (`chroma/` beside the database), which it never deletes; stop it and remove that directory, it makes \
             them anew",
            "raw tool calls, summaries and prompts of the session that say the same in other words",
            "its corpora, logs and its own backups, in the directory of the database",
            "what it synchronised with its cloud or other machines",
            "the agents' transcripts (`~/.claude/projects`, `~/.codex/sessions`)",
        ]
    }

    fn opening(&self) -> Option<Opening> {
        Some(self.place.settings.opening())
    }

    fn only_adds(&self) -> bool {
        true
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(ClaudeMemWriter::open(Arc::clone(&self.place))?))
    }
}

/// Asks a full-text index one cheap question.
fn search_works(conn: &Connection, kind: shape::Kind) -> rusqlite::Result<()> {
    let sql = format!("SELECT rowid FROM {0}_fts WHERE {0}_fts MATCH '\"memtui\"' LIMIT 1", kind.table());
    conn.prepare(&sql)?.query([])?.next().map(|_| ())
}
