//! Memories that agents keep as files: one store for each product, read by looking at what is there.

mod bench;
mod body;
mod check;
mod edit;
mod entry;
mod folder;
mod front;
mod git;
mod hold;
mod imports;
mod intake;
mod letta;
mod nested;
mod offers;
mod pieces;
mod plan;
mod projects;
mod record;
mod shelf;
mod site;
mod spot;
#[cfg(test)]
mod tests;
mod tool;
mod writer;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use self::{shelf::Shelf, site::Site, writer::FilesWriter};
use super::{About, Drawer, Fitted, Offer, Parcel, Reader, Result, Store, Writer, held::HeldReader};

pub use self::tool::{Leaf, WHOLE, bytes_of, memory_tool, mode_of, new_file, tree};
pub(crate) use super::disk::LARGEST;

/// Variables that decide where files are.
pub const VARIABLES: [&str; 7] = [
    "CLAUDE_CONFIG_DIR",
    "CODEX_HOME",
    "BASIC_MEMORY_HOME",
    "BASIC_MEMORY_CONFIG_DIR",
    "XDG_CONFIG_HOME",
    "MEMORY_DIR",
    site::MANAGED,
];

/// A store of files.
struct FileStore {
    about: About,
    shelf: Arc<Shelf>,
}

impl Store for FileStore {
    fn about(&self) -> &About {
        &self.about
    }

    fn beyond(&self) -> &'static [&'static str] {
        &[
            "the history of a repository in which the file lies (Git keeps every version)",
            "the agents' transcripts (`~/.claude/projects`, `~/.codex/sessions`)",
            "blocks of the disk that held the file before it was written anew",
        ]
    }

    fn reader(&self) -> Result<Box<dyn Reader>> {
        Ok(Box::new(HeldReader::new(Arc::clone(&self.shelf))))
    }

    fn files(&self) -> Option<Vec<PathBuf>> {
        let sources = self.shelf.survey().sources.into_iter().filter(|source| !source.outside);
        let below = sources.filter_map(|source| source.path.strip_prefix(&self.about.path).ok().map(Path::to_owned));
        self.about.path.is_dir().then(|| below.collect())
    }

    fn look_afresh(&self) {
        self.shelf.fresh_book();
    }

    fn overwrites(&self) -> bool {
        true
    }

    fn takes(&self) -> bool {
        self.shelf.site.takes()
    }

    fn drawers(&self) -> Vec<Drawer> {
        intake::drawers(&self.shelf.survey())
    }

    fn fit(&self, parcel: &Parcel, drawer: Option<&str>) -> std::result::Result<Fitted, String> {
        intake::fitted(&self.shelf.survey(), parcel, drawer)
    }

    fn offers(&self) -> Vec<Offer> {
        if self.shelf.site.may_offer() { offers::all(&self.shelf.survey()).0 } else { Vec::new() }
    }

    fn writer(&self) -> Result<Box<dyn Writer>> {
        Ok(Box::new(FilesWriter::new(Arc::clone(&self.shelf))))
    }
}

/// A place with memories, not opened yet.
pub struct Place(Site);

impl Place {
    /// The product that keeps its memories there.
    pub const fn product(&self) -> &'static str {
        self.0.product()
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.0.path()
    }

    /// Opens it under that name. No file is read yet.
    pub fn open(self, name: String) -> Arc<dyn Store> {
        let path = self.0.path();
        let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
        let about = About {
            name: name.clone(),
            product: self.0.product(),
            path,
            // Files have no name of their own for the whole of them: the place is what tells one from another.
            identity: format!("{}:{}", self.0.product(), real.display()),
            version: self.0.told().to_owned(),
            read_only: None,
        };
        Arc::new(FileStore { about, shelf: Arc::new(Shelf::new(name, self.0)) })
    }
}

/// The usual places of this person where there is something. Names of directories are looked at, no file is opened.
pub fn usual(home: &Path, variables: &BTreeMap<String, String>) -> Vec<Place> {
    site::usual(home, variables).into_iter().filter(Site::is_there).map(Place).collect()
}

/// What a file is, or belongs to; `None` when it is no text that agents read.
pub fn of_file(path: &Path) -> Option<Place> {
    site::of_file(&absolute(path)).map(Place)
}

/// Whether a file holds text, by its name: then it is no database.
pub fn is_text(path: &Path) -> bool {
    site::is_text(path)
}

/// What a directory is; `None` when nothing in it is known.
pub fn of_directory(path: &Path) -> Option<Place> {
    site::of_directory(&absolute(path)).map(Place)
}

fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    // `a/.` and `a` are one place and have one name.
    path.components().collect()
}
