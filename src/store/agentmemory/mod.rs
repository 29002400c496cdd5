//! [agentmemory](https://github.com/rohitg00/agentmemory): read from the files of its engine, written through its server,
//! or in its files while nothing of it runs.

mod check;
mod codec;
mod compose;
mod desk;
mod entry;
mod kind;
mod line;
mod place;
mod plan;
mod record;
mod server;
mod shelf;
mod source;
mod standing;
#[cfg(test)]
pub(super) mod tests;
mod versions;
mod writer;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use self::place::{Installation, is_meant};
use self::{
    place::{Place, STATE},
    shelf::Shelf,
    source::Shape,
    writer::AgentWriter,
};
use super::{About, Fitted, Parcel, Problem, Reader, Result, Store, Writer, disk, held::HeldReader};

/// The product's name.
pub const PRODUCT: &str = "agentmemory";
/// Bytes at the beginning of a file by which plain JSON is told from other things.
const BEGINNING: usize = 512;

/// A store of agentmemory.
struct AgentMemory {
    about: About,
    shelf: Arc<Shelf>,
    new_fields: Vec<String>,
}

impl Store for AgentMemory {
    fn about(&self) -> &About {
        &self.about
    }

    fn look_afresh(&self) {
        self.shelf.fresh_book();
    }

    fn beyond(&self) -> &'static [&'static str] {
        &[
            "its streams and logs (`stream_store/` beside its state)",
            "its vectors, its graph and what it shared with a team, which hold copies",
            "summaries, lessons and insights that it made of it, which are memories of their own",
            "its snapshots and its copy in Claude Code's memory, if they are switched on",
            "the agents' transcripts",
        ]
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(HeldReader::new(Arc::clone(&self.shelf))))
    }

    fn new_fields(&self) -> Option<&[String]> {
        Some(&self.new_fields)
    }

    fn takes(&self) -> bool {
        true
    }

    fn fit(&self, parcel: &Parcel, _drawer: Option<&str>) -> std::result::Result<Fitted, String> {
        Ok(compose::fitted(parcel))
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(AgentWriter::open(Arc::clone(&self.shelf))?))
    }
}

/// Where memories are by the product's own rules. The first place is named even when nothing is there.
pub fn usual(installation: &Installation) -> Vec<PathBuf> {
    installation.usual()
}

/// The place of a store that is meant by a path, by what is there: the engine's directory, the directory around it, one
/// of its files, an export, or the file of the standalone server.
pub fn recognised(path: &Path) -> Option<PathBuf> {
    if is_state(path) {
        return Some(path.to_owned());
    }
    let inner = path.join(STATE);
    if is_state(&inner) {
        return Some(inner);
    }
    let beside = path.parent().filter(|parent| is_scope(path) && is_state(parent));
    beside.map(Path::to_owned).or_else(|| shape_of_file(path).map(|_| path.to_owned()))
}

/// Whether a file is one scope of the engine, by its name.
fn is_scope(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.and_then(codec::scope_of).is_some_and(|scope| scope.starts_with("mem:"))
}

/// Whether a directory is the engine's: it holds an archive of one of its scopes.
fn is_state(path: &Path) -> bool {
    let archives = fs::read_dir(path).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut known = archives.filter(|path| is_scope(path));
    known.any(|path| source::load(Shape::State, &path).is_ok())
}

/// What a file of JSON is, by the fields of its object.
fn shape_of_file(path: &Path) -> Option<Shape> {
    if !path.is_file() || !begins_as_object(path) {
        return None;
    }
    let found = source::found(path).ok()?;
    let (root, _) = source::object(Shape::Export, path, &found.bytes).ok()?;
    let is_export = root.contains_key("exportedAt") && root.get("memories").is_some_and(serde_json::Value::is_array);
    let is_standalone = root.get("mem:memories").is_some_and(serde_json::Value::is_object);
    match (is_export, is_standalone) {
        (true, _) => Some(Shape::Export),
        (_, true) => Some(Shape::Standalone),
        _ => None,
    }
}

fn begins_as_object(path: &Path) -> bool {
    use std::io::Read as _;
    let mut start = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(BEGINNING as u64).read_to_end(&mut start));
    read.is_ok() && start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

/// Opens a store. No memory is read yet.
///
/// # Errors
/// [`Problem::Missing`] when there is nothing; [`Problem::NotAStore`] when it is none.
pub fn open(path: &Path, name: String, installation: Installation) -> Result<Arc<dyn Store>> {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if !path.exists() {
        return Err(Problem::Missing(path));
    }
    let reason = "it is neither a directory of agentmemory's engine nor one of its exports; give the path of one";
    let none = || Problem::NotAStore { path: path.clone(), reason: reason.to_owned() };
    let path = recognised(&path).ok_or_else(none)?;
    let path = fs::canonicalize(&path).unwrap_or(path);
    let shape = if path.is_dir() { Shape::State } else { shape_of_file(&path).ok_or_else(none)? };
    let version = match shape {
        Shape::State => "state directory",
        Shape::Export => "export",
        Shape::Standalone => "standalone file",
    };
    let about = About {
        name: name.clone(),
        product: PRODUCT,
        // Nothing in it names the whole of it: the place is what tells one from another.
        identity: format!("{PRODUCT}:{}", path.display()),
        path: path.clone(),
        version: version.to_owned(),
        read_only: None,
    };
    let shelf = Arc::new(Shelf::new(Place { name, path, shape, installation }));
    Ok(Arc::new(AgentMemory { about, shelf, new_fields: compose::COLUMNS.map(str::to_owned).to_vec() }))
}
