//! One table of a database as a store: reading, searching, and guarded writing by a mapping of its columns.

mod compose;
mod detail;
mod lineage;
mod list;
mod mapping;
mod plan;
mod reader;
mod record;
mod scan;
mod search;
mod shape;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::Connection;

pub use self::mapping::{Complete, Mapping, Product, Times};
use self::{reader::TableReader, shape::Shape, writer::TableWriter};
use super::{
    About, Problem, Reader, Result, Store, Writer,
    sqlite::{problem::from_sqlite, writing::refused_by_the_file},
};
use crate::memory::State;

/// Where a mapped table is.
#[derive(Debug)]
struct Place {
    name: String,
    path: PathBuf,
    mapping: Mapping,
    product: Product,
}

impl Place {
    fn problem(&self, error: &rusqlite::Error) -> Problem {
        from_sqlite(&self.path, error)
    }

    /// The table as it is in the open file.
    fn shape(&self, conn: &Connection) -> Result<Shape> {
        Shape::read(conn, &self.mapping, self.product)
            .map_err(|error| self.problem(&error))?
            .map_err(|reason| Problem::NotAStore { path: self.path.clone(), reason })
    }

    fn read_only(&self, reason: impl Into<String>) -> Problem {
        Problem::ReadOnly { path: self.path.clone(), reason: reason.into() }
    }
}

/// A mapped table.
struct TableStore {
    about: About,
    place: Arc<Place>,
    /// What a new memory may have, where one can be added.
    new_fields: Option<Vec<String>>,
}

/// What a store is called and how it is told from others, as its product knows it.
#[derive(Clone, Debug)]
pub struct Named {
    /// Its short name.
    pub name: String,
    /// What tells it from another database at the same path.
    pub identity: String,
    /// What was recognised, for people.
    pub version: String,
}

/// A table of somebody's own, known by a mapping alone.
pub const MAPPED: Product = Product {
    name: "table",
    word: "row",
    aside: &[],
    compose: None,
    twin: &[],
    settle: |_| {},
    state: |_| (State::Live, None),
    overwrites: false,
    replaces: None,
    evidence: None,
};

/// Opens a table of somebody's own.
///
/// # Errors
/// As [`open`].
pub fn open_mapped(path: &Path, mapping: Mapping, name: String) -> Result<Arc<dyn Store>> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let identity = format!("table:{stem}:{}", mapping.table);
    let version = format!("table {}", mapping.table);
    open(path, mapping, MAPPED, Named { name, identity, version })
}

/// Opens a table as a store.
///
/// # Errors
/// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when the mapping does not fit the database.
pub fn open(path: &Path, mapping: Mapping, product: Product, named: Named) -> Result<Arc<dyn Store>> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let place = Arc::new(Place { name: named.name.clone(), path, mapping, product });
    let reader = TableReader::open(Arc::clone(&place))?;
    let about = About {
        name: named.name,
        product: product.name,
        path: place.path.clone(),
        identity: named.identity,
        version: named.version,
        read_only: read_only(&place, &reader),
    };
    let new_fields = product.compose.map(|_| reader.shape().table.columns.clone());
    Ok(Arc::new(TableStore { about, place, new_fields }))
}

/// Why the table cannot be written, as far as can be told without trying.
fn read_only(place: &Place, reader: &TableReader) -> Option<String> {
    refused_by_the_file(&place.path, reader.frozen()).or_else(|| writer::objection(reader.conn(), reader.shape()))
}

impl Store for TableStore {
    fn about(&self) -> &About {
        &self.about
    }

    fn beyond(&self) -> &'static [&'static str] {
        &["other tables of the database that say the same", "the agents' transcripts"]
    }

    fn reopened(&self, path: &Path) -> Result<Arc<dyn Store>> {
        let About { name, identity, version, .. } = self.about.clone();
        open(path, self.place.mapping.clone(), self.place.product, Named { name, identity, version })
    }

    fn overwrites(&self) -> bool {
        self.place.product.overwrites
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(TableReader::open(Arc::clone(&self.place))?))
    }

    fn new_fields(&self) -> Option<&[String]> {
        self.new_fields.as_deref()
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(TableWriter::open(Arc::clone(&self.place))?))
    }
}
