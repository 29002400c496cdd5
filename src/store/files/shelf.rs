//! The files of a store in memory, shared by all its readers, and read again when they look different.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    entry::{self, Entry, Loaded},
    folder::{Source, Survey},
    front::Front,
    pieces::{self, Form},
    projects::Projects,
    site::Site,
};
use crate::{memory::Handle, store::disk::Look};

/// Looking at the files again takes at most this share of the time.
const REST: u32 = 50;

/// All memories of a store at one moment.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Newest first.
    pub(super) entries: Vec<Entry>,
    at: HashMap<Handle, usize>,
    pub(super) files: Vec<Arc<Loaded>>,
    pub(super) survey: Survey,
    /// Files that could not be read, with the reason.
    pub(super) unread: Vec<(PathBuf, String)>,
    /// Moves on with every difference.
    pub(super) generation: u64,
    /// A hash of how every file looks.
    pub(super) stamp: u64,
}

impl Book {
    /// The memory of that number.
    pub(super) fn get(&self, handle: Handle) -> Option<&Entry> {
        self.entries.get(*self.at.get(&handle)?)
    }
}

#[derive(Default)]
struct Inner {
    files: HashMap<PathBuf, Arc<Loaded>>,
    unread: HashMap<PathBuf, (Option<Look>, String)>,
    book: Arc<Book>,
    loaded: bool,
    projects: Projects,
    /// Native ids that were ever seen: what is gone keeps its name.
    names: HashMap<Handle, String>,
    rest_until: Option<Instant>,
}

/// The files of a store.
pub(super) struct Shelf {
    /// The store's short name.
    pub(super) name: String,
    pub(super) site: Site,
    inner: Mutex<Inner>,
}

impl Shelf {
    pub(super) fn new(name: String, site: Site) -> Self {
        Self { name, site, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read last; the first time everything is read.
    pub(super) fn book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        if !inner.loaded {
            inner.refresh(&self.site);
        }
        Arc::clone(&inner.book)
    }

    /// Reads what looks different now.
    pub(super) fn fresh_book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        inner.refresh(&self.site);
        Arc::clone(&inner.book)
    }

    /// Looks whether anything is different, unless that was done a moment ago.
    pub(super) fn glance(&self) -> Arc<Book> {
        let mut inner = self.inner();
        let began = Instant::now();
        if inner.rest_until.is_none_or(|until| until <= began) {
            inner.refresh(&self.site);
            inner.rest_until = Some(Instant::now() + (began.elapsed() * REST).min(Duration::from_secs(10)));
        }
        Arc::clone(&inner.book)
    }

    /// The newest memories without reading every file: those of the files that were written last.
    pub(super) fn newest(&self, limit: usize) -> Vec<Entry> {
        let mut inner = self.inner();
        if inner.loaded {
            return inner.book.entries.iter().take(limit).cloned().collect();
        }
        let survey = self.site.survey(&mut inner.projects);
        let present: HashSet<PathBuf> = survey.sources.iter().map(|source| source.path.clone()).collect();
        let looks = survey.sources.into_iter().filter_map(|source| Some((Look::at(&source.path)?, source)));
        let mut latest: Vec<(Look, Source)> = looks.collect();
        latest.sort_by_key(|(look, source)| (std::cmp::Reverse(look.modified), source.native.clone()));
        let files: Vec<Arc<Loaded>> =
            latest.into_iter().take(limit).filter_map(|(_, source)| load(source).ok().flatten()).collect();
        let mut entries = entry::all(&files, &present);
        sort(&mut entries);
        entries.truncate(limit);
        for entry in &entries {
            inner.names.insert(entry.handle, entry.native.clone());
        }
        entries
    }

    /// The files there are now, without reading them.
    pub(super) fn survey(&self) -> Survey {
        self.site.survey(&mut self.inner().projects)
    }

    /// The number of a native id; it is remembered.
    pub(super) fn handle(&self, native: &str) -> Handle {
        let handle = entry::handle_of(native);
        self.inner().names.insert(handle, native.to_owned());
        handle
    }

    /// The native id of a number, if it was ever seen.
    pub(super) fn native(&self, handle: Handle) -> Option<String> {
        if let Some(native) = self.inner().names.get(&handle) {
            return Some(native.clone());
        }
        self.book().get(handle).map(|entry| entry.native.clone())
    }
}

impl Inner {
    fn refresh(&mut self, site: &Site) {
        let survey = site.survey(&mut self.projects);
        let mut files = HashMap::with_capacity(survey.sources.len());
        let mut unread = HashMap::new();
        let mut stamp = 0_u64;
        let mut moved = !self.loaded;
        for source in &survey.sources {
            let look = Look::at(&source.path);
            let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((&source.native, look));
            // A sum does not depend on the order in which the system lists files.
            stamp = stamp.wrapping_add(hash);
            if let Some(known) =
                self.files.get(&source.path).filter(|known| Some(known.look) == look && known.source == *source)
            {
                files.insert(source.path.clone(), Arc::clone(known));
                continue;
            }
            if let Some(known) = self.unread.get(&source.path).filter(|(before, _)| *before == look) {
                unread.insert(source.path.clone(), known.clone());
                continue;
            }
            moved = true;
            match load(source.clone()) {
                Ok(Some(file)) => {
                    files.insert(source.path.clone(), file);
                }
                // It went away meanwhile.
                Ok(None) => {}
                Err(error) => {
                    unread.insert(source.path.clone(), (look, error.to_string()));
                }
            }
        }
        moved |= files.len() != self.files.len() || unread.len() != self.unread.len();
        (self.files, self.unread) = (files, unread);
        self.loaded = true;
        if moved || stamp != self.book.stamp {
            self.rebuild(survey, stamp);
        }
    }

    fn rebuild(&mut self, survey: Survey, stamp: u64) {
        let files: Vec<Arc<Loaded>> = self.files.values().cloned().collect();
        let present: HashSet<PathBuf> = survey.sources.iter().map(|source| source.path.clone()).collect();
        let mut entries = entry::all(&files, &present);
        sort(&mut entries);
        // Two folders of one name would give two memories one id: the first is listed.
        let mut seen = HashSet::with_capacity(entries.len());
        entries.retain(|entry| seen.insert(entry.handle));
        for entry in &entries {
            self.names.entry(entry.handle).or_insert_with(|| entry.native.clone());
        }
        let at = entries.iter().enumerate().map(|(at, entry)| (entry.handle, at)).collect();
        let unread = self.unread.iter().map(|(path, (_, reason))| (path.clone(), reason.clone())).collect();
        let generation = self.book.generation + 1;
        self.book = Arc::new(Book { entries, at, files, survey, unread, generation, stamp });
    }
}

/// Newest first, in the order of their file where one time stands for all.
fn sort(entries: &mut [Entry]) {
    entries.sort_by(|one, other| {
        (other.created, &one.file.source.native, one.at).cmp(&(one.created, &other.file.source.native, other.at))
    });
}

fn load(source: Source) -> std::io::Result<Option<Arc<Loaded>>> {
    let Some(found) = source.read()? else { return Ok(None) };
    let front = if source.form == Form::Whole { Front::read(&found.bytes) } else { Front::default() };
    let split = pieces::split(&found.bytes, source.form);
    Ok(Some(Arc::new(Loaded { source, look: found.look, split, front })))
}
