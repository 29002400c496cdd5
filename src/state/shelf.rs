//! The file of bookmarks. It may be lost without harm: what cannot be read is passed over and written anew.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

use serde::{Deserialize, Serialize};

use super::{Arrangements, Bookmark, LastView};

/// Sets of stores that are remembered, the latest first.
const SETS: usize = 20;
/// Folded groups that are remembered of each.
const FOLDED: usize = 500;
/// A file of more bytes is none of ours.
const LARGEST: u64 = 1 << 20;
/// The form of the file. A file of another form is passed over.
const FORM: u32 = 1;

/// The file's contents.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Contents {
    form: u32,
    #[serde(default)]
    panes: Arrangements,
    #[serde(default)]
    views: Vec<Of>,
}

/// The view of one set of stores.
#[derive(Debug, Serialize, Deserialize)]
struct Of {
    /// The paths of the stores, in the order in which they were opened.
    stores: Vec<PathBuf>,
    #[serde(flatten)]
    view: LastView,
}

impl Contents {
    /// What a file holds; nothing when it is damaged, foreign or not there.
    fn read(file: &Path) -> Self {
        let mut text = String::new();
        let read = fs::File::open(file).and_then(|file| {
            if !file.metadata()?.is_file() {
                return Err(io::ErrorKind::InvalidData.into());
            }
            file.take(LARGEST).read_to_string(&mut text)
        });
        let contents = read.ok().and_then(|_| serde_json::from_str::<Self>(&text).ok());
        contents.filter(|contents| contents.form == FORM).unwrap_or_default()
    }

    /// Writes the file beside its place and then puts it there, so that nobody ever reads half of it. What is lost in a
    /// power failure may be lost: the disk is not waited for.
    fn write(&self, file: &Path) -> io::Result<()> {
        put_in_place(file, &serde_json::to_vec(self)?)
    }
}

pub(super) fn put_in_place(file: &Path, text: &[u8]) -> io::Result<()> {
    let directory = file.parent().unwrap_or(Path::new(""));
    fs::create_dir_all(directory)?;
    let mut new = tempfile::NamedTempFile::new_in(directory)?;
    new.write_all(text)?;
    new.persist(file)?;
    Ok(())
}

/// The place of one set of stores in the file of bookmarks.
#[derive(Debug)]
pub struct Shelf {
    file: PathBuf,
    stores: Vec<PathBuf>,
    kept: Bookmark,
}

impl Shelf {
    /// The place of these stores in a file, which need not be there yet.
    pub fn open(file: PathBuf, stores: Vec<PathBuf>) -> Self {
        let contents = Contents::read(&file);
        let view = contents.views.into_iter().find(|of| of.stores == stores).map(|of| of.view);
        let kept = Bookmark { arrangements: contents.panes, view: view.unwrap_or_default() };
        Self { file, stores, kept }
    }

    /// What is in the file, as it was read or written last.
    pub const fn bookmark(&self) -> &Bookmark {
        &self.kept
    }

    /// Puts a bookmark into the file, unless it is there. What other programs wrote about other stores stays; of two
    /// that write about the same the later one wins.
    ///
    /// # Errors
    /// The file cannot be written; the next change tries it again.
    pub fn keep(&mut self, mut bookmark: Bookmark) -> io::Result<()> {
        bookmark.view.folded.truncate(FOLDED);
        if bookmark == self.kept {
            return Ok(());
        }
        let mut contents = Contents::read(&self.file);
        contents.form = FORM;
        contents.panes.clone_from(&bookmark.arrangements);
        contents.views.retain(|of| of.stores != self.stores);
        contents.views.insert(0, Of { stores: self.stores.clone(), view: bookmark.view.clone() });
        contents.views.truncate(SETS);
        contents.write(&self.file)?;
        self.kept = bookmark;
        Ok(())
    }
}

/// A shelf at whose side nobody waits for the disk: each bookmark is written by a thread of its own, one after the other.
/// Dropping it waits for the last one.
#[derive(Debug)]
pub struct Scribe {
    shelf: Option<Shelf>,
    writing: Option<JoinHandle<Shelf>>,
}

impl Scribe {
    /// Somebody who writes to this shelf.
    pub const fn new(shelf: Shelf) -> Self {
        Self { shelf: Some(shelf), writing: None }
    }

    /// Has a bookmark written, unless it is there. A place that cannot be written to only means that the next start
    /// begins anew.
    pub fn keep(&mut self, bookmark: Bookmark) {
        let Some(mut place) = self.take() else { return };
        if place.kept == bookmark {
            self.shelf = Some(place);
            return;
        }
        self.writing = Some(thread::spawn(move || {
            let _ = place.keep(bookmark);
            place
        }));
    }

    /// The shelf, once the last bookmark is written.
    fn take(&mut self) -> Option<Shelf> {
        self.shelf.take().or_else(|| self.writing.take()?.join().ok())
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.take();
    }
}
