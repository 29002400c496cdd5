//! mcp-memory-service: memories with vectors and relations in one database, schemas of versions 10 to 12.

mod chain;
mod check;
mod detail;
mod edit;
mod image;
mod line;
mod list;
mod meta;
mod plan;
mod reader;
mod scan;
mod search;
mod setup;
mod shape;
mod standing;
#[cfg(test)]
pub(super) mod tests;
mod vectors;
mod versions;
mod writer;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::{Connection, OptionalExtension as _};
use sha2::{Digest as _, Sha256};

pub(crate) use self::setup::{FILE_NAME, is_meant};
use self::{reader::McpReader, shape::Shape, writer::McpWriter};
use super::{
    About, Problem, Reader, Result, Store, Writer,
    sqlite::{cell, file, open::for_a_look, problem::from_sqlite, writing::refused_by_the_file},
};

/// The name of the product, which is also the short name of its first store.
pub const PRODUCT: &str = "mcp-memory";

/// Where the product of this user keeps its database.
///
/// The agents' settings are only read when the database is not at its usual place.
pub fn database(home: Option<&Path>, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let usual = setup::database(home, environment);
    match usual {
        Some(path) if path.exists() => Some(path),
        _ => setup::database(home, &setup::variables(home, environment)),
    }
}

/// The surroundings of the installation that a database belongs to.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// Variables of the process.
    pub variables: BTreeMap<String, String>,
}

/// Where a database is and whose it is.
#[derive(Debug)]
struct Place {
    name: String,
    path: PathBuf,
    installation: Installation,
}

impl Place {
    /// The schema of the open file.
    fn shape(&self, conn: &Connection) -> Result<Shape> {
        Shape::read(conn).map_err(|error| from_sqlite(&self.path, &error))?.ok_or_else(|| Problem::NotAStore {
            path: self.path.clone(),
            reason: "this database has no table of memories as mcp-memory-service makes it; give the path of a memory \
                     database"
                .into(),
        })
    }

    fn read_only(&self, reason: impl Into<String>) -> Problem {
        Problem::ReadOnly { path: self.path.clone(), reason: reason.into() }
    }

    /// Why the installation forbids to write its own database. A copy that lies elsewhere is nobody's but the person's.
    fn setup_objection(&self) -> Option<String> {
        let Installation { home, variables } = &self.installation;
        let variables = setup::variables(home.as_deref(), variables);
        let own = setup::database(home.as_deref(), &variables)?;
        match (file::look(&own), file::look(&self.path)) {
            (Ok(own), Ok(this)) if own == this => setup::objection(&variables),
            _ => None,
        }
    }
}

/// A database of mcp-memory-service.
struct McpMemory {
    about: About,
    place: Arc<Place>,
}

/// Opens a database if it is one of mcp-memory-service's.
///
/// # Errors
/// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when it is none.
pub fn open(path: &Path, name: String, installation: Installation) -> Result<Arc<dyn Store>> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = Arc::new(Place { name: name.clone(), path, installation });
    let reader = McpReader::open(Arc::clone(&place))?;
    let unknown = &reader.shape().unknown;
    let about = About {
        name,
        product: "mcp-memory-service",
        path: place.path.clone(),
        identity: identity(reader.conn(), &place.path),
        version: match &reader.shape().version {
            Some(version) => format!("schema {version}"),
            None => "schema of versions before 12".to_owned(),
        },
        read_only: refused_by_the_file(&place.path, reader.frozen())
            .or_else(|| (!unknown.is_empty()).then(|| unknown.join("; "))),
    };
    Ok(Arc::new(McpMemory { about, place }))
}

/// Whether a file looks like one of the product's databases; nothing is put beside it.
pub fn recognises(path: &Path) -> bool {
    for_a_look(path).is_ok_and(|opened| Shape::read(&opened.conn).is_ok_and(|shape| shape.is_some()))
}

/// What tells one database from another wherever it lies: when its migrations ran, to the microsecond. Versions that do
/// not note it are told apart by where they lie.
fn identity(conn: &Connection, path: &Path) -> String {
    let sql = "SELECT group_concat(version || ' ' || applied_at) FROM
        (SELECT version, applied_at FROM migration_registry ORDER BY version LIMIT 4)";
    let noted = conn.query_row(sql, [], |row| Ok(cell::some_text(row.get_ref(0)?))).optional();
    let told = noted.ok().flatten().flatten().unwrap_or_else(|| path.to_string_lossy().into_owned());
    format!("{PRODUCT}:{}", hex(Sha256::digest(told.as_bytes()).get(..8).unwrap_or_default()))
}

/// Bytes as hexadecimal digits.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a text has no way to fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl Store for McpMemory {
    fn about(&self) -> &About {
        &self.about
    }

    fn beyond(&self) -> &'static [&'static str] {
        &[
            "beliefs, clusters and associations that its consolidation made of it, which are memories of their own",
            "its own backups and its archive (`backups/`, `consolidation_archive/` beside the database)",
            "the agents' transcripts",
        ]
    }

    fn overwrites(&self) -> bool {
        true
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(McpReader::open(Arc::clone(&self.place))?))
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(McpWriter::open(Arc::clone(&self.place))?))
    }
}
