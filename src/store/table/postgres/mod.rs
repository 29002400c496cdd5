//! One table of a `PostgreSQL` database as a store.

mod address;
mod array;
mod line;
mod names;
mod reader;
mod record;
mod rows;
mod search;
mod shape;
#[cfg(test)]
pub(in crate::store) mod tests;
mod trial;
mod writer;

use std::{path::PathBuf, sync::Arc};

pub use self::address::{Address, is_address};
use self::{
    line::{Line, Trouble},
    names::Names,
    reader::PostgresReader,
    shape::Shape,
    writer::PostgresWriter,
};
use super::{MAPPED, Mapping};
use crate::store::{About, Problem, Reader, Result, Store, Writer};

/// Where a mapped table is.
#[derive(Debug)]
struct Place {
    name: String,
    /// The address without its password, and the table.
    path: PathBuf,
    address: Address,
    mapping: Mapping,
    names: Names,
}

impl Place {
    fn problem(&self, trouble: &Trouble) -> Problem {
        trouble.problem(&self.path)
    }

    /// The table as it is now.
    fn shape(&self, line: &mut Line) -> Result<Shape> {
        Shape::read(line, &self.mapping, MAPPED)
            .map_err(|trouble| self.problem(&trouble))?
            .map_err(|reason| Problem::NotAStore { path: self.path.clone(), reason })
    }

    fn read_only(&self, reason: String) -> Problem {
        Problem::ReadOnly { path: self.path.clone(), reason }
    }
}

/// A mapped table.
struct PostgresStore {
    about: About,
    place: Arc<Place>,
}

impl Store for PostgresStore {
    fn about(&self) -> &About {
        &self.about
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(PostgresReader::open(Arc::clone(&self.place))?))
    }

    fn is_served(&self) -> bool {
        true
    }

    fn beyond(&self) -> &'static [&'static str] {
        &["rows that the server keeps until it vacuums the table", "the server's write-ahead log, copies and backups"]
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(PostgresWriter::open(Arc::clone(&self.place))?))
    }
}

/// Opens a table as a store: connects once, to see what it is.
///
/// # Errors
/// [`Problem`] when the server cannot be reached or lets nobody in; [`Problem::NotAStore`] when the mapping does not fit.
pub fn open(address: Address, mapping: Mapping, name: String) -> Result<Arc<dyn Store>> {
    let path = address.shown();
    let identity = format!("table:{}:{}", address.database(), mapping.table);
    let place = Arc::new(Place { name: name.clone(), path: path.clone(), address, mapping, names: Names::default() });
    let reader = PostgresReader::open(Arc::clone(&place))?;
    let about = About {
        name,
        product: MAPPED.name,
        path,
        identity,
        version: format!("PostgreSQL {}, table {}", reader.shape().version, place.mapping.table),
        read_only: reader.shape().objection(),
    };
    Ok(Arc::new(PostgresStore { about, place }))
}
