//! The files of a store in memory, shared by all its readers, and read again when they look different.

use std::{
    cmp::Reverse,
    collections::HashSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    bench::Bench,
    check, edit,
    entry::{self, Entry, Loaded},
    folder::{Layout, Source, Survey},
    front::Front,
    letta,
    pieces::{self, Form},
    projects::Projects,
    site::Site,
};
use crate::{
    change::Edit,
    memory::{Handle, Image, Memory},
    store::{
        Finding, Result, StoreVersion,
        disk::Look,
        held::{self, Followed, Names, Rest},
    },
};

/// What is known beside the memories.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) files: Vec<Arc<Loaded>>,
    pub(super) survey: Survey,
    /// Files that could not be read, with the reason.
    pub(super) unread: Vec<(PathBuf, String)>,
}

/// All memories of a store at one moment.
pub(super) type Book = held::Book<Entry, Known>;

#[derive(Default)]
struct Inner {
    files: Followed<Source, Loaded>,
    book: Arc<Book>,
    loaded: bool,
    projects: Projects,
    rest: Rest,
}

/// The files of a store.
pub(super) struct Shelf {
    /// The store's short name.
    name: String,
    pub(super) site: Site,
    names: Names,
    inner: Mutex<Inner>,
}

impl Shelf {
    pub(super) fn new(name: String, site: Site) -> Self {
        Self { name, site, names: Names::default(), inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads what looks different now.
    pub(super) fn fresh_book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        self.refresh(&mut inner);
        Arc::clone(&inner.book)
    }

    /// The files there are now, without reading them.
    pub(super) fn survey(&self) -> Survey {
        self.site.survey(&mut self.inner().projects)
    }

    fn refresh(&self, inner: &mut Inner) {
        let survey = self.site.survey(&mut inner.projects);
        let moved = inner.files.look(&survey.sources, path_of, load);
        if !moved && inner.loaded {
            return;
        }
        inner.loaded = true;
        let files: Vec<Arc<Loaded>> = inner.files.files().cloned().collect();
        let mut entries = entry::all(&files, &present(&survey));
        sort(&mut entries);
        // Two folders of one name would give two memories one id: the first is listed.
        let mut seen = HashSet::with_capacity(entries.len());
        entries.retain(|entry| seen.insert(entry.handle));
        self.names.learn(entries.iter().map(|entry| (entry.handle, entry.native.as_str())));
        let known = Known { files, survey, unread: inner.files.unread(path_of) };
        inner.book = Arc::new(Book::after(&inner.book, entries, known, inner.files.stamp()));
    }
}

impl held::Shelf for Shelf {
    type Entry = Entry;
    type Known = Known;

    fn name(&self) -> &str {
        &self.name
    }

    fn is_there(&self) -> bool {
        self.site.path().exists() || !self.survey().sources.is_empty()
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn book(&self) -> Result<Arc<Book>> {
        let mut inner = self.inner();
        if !inner.loaded {
            self.refresh(&mut inner);
        }
        Ok(Arc::clone(&inner.book))
    }

    fn fresh(&self) -> Result<Arc<Book>> {
        Ok(self.fresh_book())
    }

    fn glance(&self) -> Result<Arc<Book>> {
        let mut inner = self.inner();
        let mut rest = std::mem::take(&mut inner.rest);
        rest.or_look(|| self.refresh(&mut inner));
        inner.rest = rest;
        Ok(Arc::clone(&inner.book))
    }

    /// Without reading every file: those of the files that were written last.
    fn newest(&self, limit: usize) -> Result<Vec<Entry>> {
        let mut inner = self.inner();
        if inner.loaded {
            return Ok(inner.book.entries.iter().take(limit).cloned().collect());
        }
        let survey = self.site.survey(&mut inner.projects);
        let present = present(&survey);
        let looks = survey.sources.into_iter().filter_map(|source| Some((Look::at(&source.path)?, source)));
        let mut latest: Vec<(Look, Source)> = looks.collect();
        latest.sort_by_cached_key(|(look, source)| (Reverse(look.modified), source.native.clone()));
        let read = latest.into_iter().take(limit).filter_map(|(_, source)| load(&source).ok().flatten());
        let files: Vec<Arc<Loaded>> = read.map(|(_, file)| Arc::new(file)).collect();
        let mut entries = entry::all(&files, &present);
        sort(&mut entries);
        entries.truncate(limit);
        Ok(entries)
    }

    fn memory(&self, book: &Book, entry: &Entry) -> Memory {
        entry.memory(&self.name, book.neighbours(entry))
    }

    fn image(&self, handle: Handle) -> Result<Option<Image>> {
        let Some(native) = held::Shelf::native(self, handle) else { return Ok(None) };
        Bench::new(self.survey()).image(&native)
    }

    fn images(&self, handles: &[Handle]) -> Result<Vec<Option<Image>>> {
        // The files are looked for once.
        let mut bench = Bench::new(self.survey());
        let image = |handle: &Handle| match held::Shelf::native(self, *handle) {
            Some(native) => bench.image(&native),
            None => Ok(None),
        };
        handles.iter().map(image).collect()
    }

    fn editable(&self, handle: Handle) -> Result<Option<Edit>> {
        Ok(self.image(handle)?.map(|image| edit::fields(&image)))
    }

    fn versions(&self, handle: Handle) -> Result<Vec<StoreVersion>> {
        let source = self.book()?.get(handle).map(|entry| entry.file.source.clone());
        let Some(source) = source.filter(|source| source.folder.layout == Layout::Letta) else { return Ok(Vec::new()) };
        self.image(handle)?.map_or(Ok(Vec::new()), |image| letta::versions(&source, &image))
    }

    fn check(&self) -> Result<Vec<Finding>> {
        Ok(check::findings(&self.fresh_book()))
    }
}

/// Newest first, in the order of their file where one time stands for all.
fn sort(entries: &mut [Entry]) {
    entries.sort_by(|one, other| {
        (other.created, &one.file.source.native, one.at).cmp(&(one.created, &other.file.source.native, other.at))
    });
}

fn path_of(source: &Source) -> &Path {
    &source.path
}

/// The files that are there.
fn present(survey: &Survey) -> HashSet<PathBuf> {
    survey.sources.iter().map(|source| source.path.clone()).collect()
}

fn load(source: &Source) -> std::result::Result<Option<(Look, Loaded)>, String> {
    let Some(found) = source.read().map_err(|error| error.to_string())? else { return Ok(None) };
    let front = if source.form == Form::Whole { Front::read(&found.bytes) } else { Front::default() };
    let split = pieces::split(&found.bytes, source.form);
    let before = source.limit.map(|_| pieces::counted_before(&split.pieces)).unwrap_or_default();
    Ok(Some((found.look, Loaded { source: source.clone(), look: found.look, split, front, before })))
}
