//! The file in memory, shared by all readers of the store, and read again when it looks different.

use std::{
    collections::{HashMap, HashSet},
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::{
    entry::{self, Entry},
    graph::{Graph, Item},
    line::Said,
};
use crate::{
    memory::Handle,
    store::{
        Result,
        disk::{self, Found, Look},
    },
};

/// Bytes up to which a file is read.
pub(super) const LARGEST: u64 = 64 << 20;
/// How often a file is read again that looks as if its product were writing it just now.
const AGAIN: usize = 4;
/// How long a product has between two of those looks.
const PAUSE: Duration = Duration::from_millis(30);

/// All memories at one moment.
#[derive(Debug, Default)]
pub(super) struct Book {
    pub(super) entries: Vec<Entry>,
    at: HashMap<Handle, usize>,
    pub(super) graph: Graph,
    look: Option<Look>,
    /// Moves on with every difference.
    pub(super) generation: u64,
}

impl Book {
    /// The memory of that number.
    pub(super) fn get(&self, handle: Handle) -> Option<&Entry> {
        self.entries.get(*self.at.get(&handle)?)
    }

    /// How the file looked.
    pub(super) fn stamp(&self) -> Vec<u8> {
        let look = self.look.map(|look| (look.size, look.modified, look.inode)).unwrap_or_default();
        [look.0.to_le_bytes().as_slice(), &look.1.to_le_bytes(), &look.2.to_le_bytes()].concat()
    }
}

#[derive(Default)]
struct Inner {
    book: Arc<Book>,
    loaded: bool,
    /// What memories are now that were something else when they got their names.
    renamed: HashMap<String, Item>,
    /// Native ids that were ever seen: what is gone keeps its name.
    names: HashMap<Handle, String>,
}

/// The file of a store.
pub(super) struct Shelf {
    /// The store's short name.
    pub(super) name: String,
    /// Where it is, as it was named.
    pub(super) path: PathBuf,
    inner: Mutex<Inner>,
}

impl Shelf {
    pub(super) fn new(name: String, path: PathBuf) -> Self {
        Self { name, path, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file itself, if a link leads to it.
    pub(super) fn target(&self) -> PathBuf {
        fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone())
    }

    /// The file as it is now; `None` when there is none.
    pub(super) fn load(&self) -> Result<Option<Found>> {
        let target = self.target();
        load(&target).map_err(|error| disk::problem(&target, &error))
    }

    /// The memories, read again if the file looks different.
    pub(super) fn book(&self) -> Result<Arc<Book>> {
        let mut inner = self.inner();
        let look = Look::at(&self.target());
        if !inner.loaded || inner.book.look != look {
            let found = self.load()?;
            inner.fill(found);
        }
        Ok(Arc::clone(&inner.book))
    }

    /// Reads the file again, whatever it looks like.
    pub(super) fn refresh(&self) -> Result<()> {
        let found = self.load()?;
        self.inner().fill(found);
        Ok(())
    }

    /// The number of a native id; it is remembered.
    pub(super) fn handle(&self, native: &str) -> Handle {
        let handle = entry::handle_of(native);
        self.inner().names.insert(handle, native.to_owned());
        handle
    }

    /// The native id of a number, if it was ever seen.
    pub(super) fn native(&self, handle: Handle) -> Option<String> {
        self.inner().names.get(&handle).cloned()
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
}

impl Inner {
    fn fill(&mut self, found: Option<Found>) {
        let look = found.as_ref().map(|found| found.look);
        let graph = Graph::read(&found.map(|found| found.bytes).unwrap_or_default());
        let natural: HashSet<String> = if self.renamed.is_empty() {
            HashSet::new()
        } else {
            graph.items().into_iter().map(|(item, _)| item.native()).collect()
        };
        // What is again what another memory once was has that name for itself.
        let kept = self.renamed.iter().filter(|(native, _)| !natural.contains(*native));
        let named = kept.map(|(native, item)| (item.clone(), native.clone())).collect();
        let entries = entry::all(&graph, &named);
        let at = entries.iter().enumerate().map(|(at, entry)| (entry.handle, at)).collect();
        self.names.extend(entries.iter().map(|entry| (entry.handle, entry.native.clone())));
        let generation = self.book.generation + 1;
        self.book = Arc::new(Book { entries, at, graph, look, generation });
        self.loaded = true;
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
