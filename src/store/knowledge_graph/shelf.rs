//! The file in memory, shared by all readers of the store, and read again when it looks different.

use std::{
    collections::{HashMap, HashSet},
    fs,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    check, edit,
    entry::{self, Entry},
    graph::{Graph, Item},
    line::Said,
    record,
};
use crate::{
    change::Edit,
    memory::{Handle, Image, Memory},
    store::{
        Finding, Result,
        disk::{self, Found, Look},
        held::{self, Names},
    },
};

/// Bytes up to which a file is read.
pub(super) const LARGEST: u64 = 64 << 20;
/// How often a file is read again that looks as if its product were writing it just now.
const AGAIN: usize = 4;
/// How long a product has between two of those looks.
const PAUSE: Duration = Duration::from_millis(30);

/// What is known beside the memories.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) graph: Graph,
    look: Option<Look>,
}

/// All memories at one moment.
pub(super) type Book = held::Book<Entry, Known>;

#[derive(Default)]
struct Inner {
    book: Arc<Book>,
    loaded: bool,
    /// What memories are now that were something else when they got their names.
    renamed: HashMap<String, Item>,
}

/// The file of a store.
pub(super) struct Shelf {
    /// The store's short name.
    name: String,
    /// Where it is, as it was named.
    pub(super) path: Arc<Path>,
    names: Names,
    inner: Mutex<Inner>,
}

impl Shelf {
    pub(super) fn new(name: String, path: &Path) -> Self {
        Self { name, path: path.into(), names: Names::default(), inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file itself, if a link leads to it.
    pub(super) fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.to_path_buf())
    }

    /// The file as it is now; `None` when there is none.
    pub(super) fn load(&self) -> Result<Option<Found>> {
        let target = self.target();
        load(&target).map_err(|error| disk::problem(&target, &error))
    }

    /// Reads the file again, whatever it looks like.
    pub(super) fn refresh(&self) -> Result<()> {
        let found = self.load()?;
        self.fill(&mut self.inner(), found);
        Ok(())
    }

    /// What a memory is now, if it got its name from what it was before.
    pub(super) fn renamed(&self, native: &str) -> Option<Item> {
        self.inner().renamed.get(native).cloned()
    }

    /// Notes what memories are now.
    pub(super) fn rename(&self, all: impl Iterator<Item = (String, Item)>) {
        let mut inner = self.inner();
        for (native, item) in all {
            if item.native() == native {
                inner.renamed.remove(&native);
            } else {
                inner.renamed.insert(native, item);
            }
        }
    }

    /// Makes the book of a file that was read.
    fn fill(&self, inner: &mut Inner, found: Option<Found>) {
        let look = found.as_ref().map(|found| found.look);
        let graph = Graph::read(&found.map(|found| found.bytes).unwrap_or_default());
        let natural: HashSet<String> = if inner.renamed.is_empty() {
            HashSet::new()
        } else {
            graph.items().into_iter().map(|(item, _)| item.native()).collect()
        };
        // What is again what another memory once was has that name for itself.
        let kept = inner.renamed.iter().filter(|(native, _)| !natural.contains(*native));
        let named = kept.map(|(native, item)| (item.clone(), native.clone())).collect();
        let entries = entry::all(&self.path, &graph, &named);
        self.names.learn(entries.iter().map(|entry| (entry.handle, entry.native.as_str())));
        let stamp = BuildHasherDefault::<DefaultHasher>::default().hash_one(look);
        inner.book = Arc::new(Book::after(&inner.book, entries, Known { graph, look }, stamp));
        inner.loaded = true;
    }
}

impl held::Shelf for Shelf {
    type Entry = Entry;
    type Known = Known;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_there(&self) -> bool {
        self.path.exists()
    }

    fn names(&self) -> &Names {
        &self.names
    }

    /// Read again if the file looks different.
    fn book(&self) -> Result<Arc<Book>> {
        let mut inner = self.inner();
        let look = Look::at(&self.target());
        if !inner.loaded || inner.book.known.look != look {
            let found = self.load()?;
            self.fill(&mut inner, found);
        }
        Ok(Arc::clone(&inner.book))
    }

    fn fresh(&self) -> Result<Arc<Book>> {
        self.book()
    }

    fn glance(&self) -> Result<Arc<Book>> {
        self.book()
    }

    fn memory(&self, book: &Book, entry: &Entry) -> Memory {
        entry.memory(&self.name, &book.entries)
    }

    fn image(&self, handle: Handle) -> Result<Option<Image>> {
        let book = self.book()?;
        if let Some(entry) = book.get(handle) {
            return Ok(record::image(&book.known.graph, &entry.item));
        }
        // A line that was repaired is listed as what it says now, and still has its name.
        let renamed = self.names.native(handle).and_then(|native| self.renamed(&native));
        Ok(renamed.and_then(|item| record::image(&book.known.graph, &item)))
    }

    fn editable(&self, handle: Handle) -> Result<Option<Edit>> {
        let book = self.book()?;
        Ok(book.get(handle).map(|entry| edit::fields(&book.known.graph, &entry.item)))
    }

    fn check(&self) -> Result<Vec<Finding>> {
        Ok(check::findings(&*self.book()?))
    }
}

/// Reads the file. Older versions of its product write it in place: what is empty or ends in the middle of a line may be
/// whole a moment later.
fn load(path: &Path) -> io::Result<Option<Found>> {
    let mut last = None;
    for _ in 0..AGAIN {
        let found = disk::read_up_to(path, LARGEST)?;
        let is_whole = found.as_ref().is_some_and(|found| {
            let graph = Graph::read(&found.bytes);
            graph.lines.last().is_some_and(|line| !matches!(line.said, Said::Unreadable(_)))
        });
        if is_whole || (found.is_some() && found == last) {
            return Ok(found);
        }
        last = found;
        thread::sleep(PAUSE);
    }
    Ok(last)
}
