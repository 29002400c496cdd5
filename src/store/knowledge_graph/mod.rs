//! The knowledge graph of the MCP server "memory": one file of JSON lines, entities with what is known of them, and
//! relations.

mod check;
mod edit;
mod entry;
mod graph;
mod line;
mod place;
mod put;
mod record;
mod shelf;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    collections::BTreeMap,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
};

pub(crate) use self::place::VARIABLE;
use self::{line::Said, shelf::Shelf, writer::GraphWriter};
use super::{
    About, Problem, Reader, Result, Store, Writer,
    held::HeldReader,
    sqlite::file::{self, Place},
};

/// The name of the product, which is also the short name of its first store.
pub const PRODUCT: &str = "knowledge-graph";
/// Bytes at the beginning of a file by which it is recognised.
const BEGINNING: u64 = 1 << 20;

/// A file of the product.
struct GraphStore {
    about: About,
    shelf: Arc<Shelf>,
}

impl Store for GraphStore {
    fn about(&self) -> &About {
        &self.about
    }

    fn beyond(&self) -> &'static [&'static str] {
        &["the agents' transcripts", "blocks of the disk that held the file before it was written anew"]
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(HeldReader::new(Arc::clone(&self.shelf))))
    }

    fn overwrites(&self) -> bool {
        true
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(GraphWriter::new(Arc::clone(&self.shelf))))
    }
}

/// Opens a file if it holds a knowledge graph.
///
/// # Errors
/// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when it holds something else.
pub fn open(path: &Path, name: String) -> Result<Arc<dyn Store>> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if matches!(file::look(&path)?, Place::Directory) || !recognises(&path) {
        let reason = "no line of it is an entity or a relation of a knowledge graph; give the path of its file";
        return Err(Problem::NotAStore { path, reason: reason.into() });
    }
    let shelf = Shelf::new(name.clone(), &path);
    let about = About {
        name,
        product: PRODUCT,
        // The file has no name of its own: where it is tells it from another.
        identity: format!("{PRODUCT}:{}", shelf.target().display()),
        path,
        version: "JSON lines".to_owned(),
        read_only: None,
    };
    Ok(Arc::new(GraphStore { about, shelf: Arc::new(shelf) }))
}

/// Whether a line of the file is an entity or a relation; only its beginning is looked at.
pub fn recognises(path: &Path) -> bool {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning));
    let is_text = read.is_ok() && !beginning.contains(&0);
    is_text
        && graph::Graph::read(&beginning)
            .lines
            .iter()
            .any(|line| matches!(line.said, Said::Entity(_) | Said::Relation(_)))
}

/// Files where the product of this user may keep its graph.
pub fn usual(home: Option<&Path>, variables: &BTreeMap<String, String>) -> Vec<PathBuf> {
    home.map(|home| place::usual(home, variables)).unwrap_or_default()
}
