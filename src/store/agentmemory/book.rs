//! The memories of a store at one moment, shared by all its readers, and read again where files look different.

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    disk::Look,
    entry::{self, Entry},
    kind::{Kind, Name},
    place::Place,
    record::Found,
    source::{self, Loaded, Notes, Seed},
    standing::{self, Ties},
};
use crate::{memory::Handle, store::sqlite::writing::now};

/// Looking at the files again takes at most this share of the time.
const REST: u32 = 50;
/// The server writes its files some seconds behind: so long what it was told counts more than they do.
const BEHIND: Duration = Duration::from_secs(15);

/// All memories of a store at one moment.
#[derive(Debug, Default)]
pub(super) struct Book {
    /// Newest first.
    pub(super) entries: Vec<Entry>,
    at: HashMap<Handle, usize>,
    pub(super) ties: Ties,
    /// Titles of sessions, by their ids.
    pub(super) sessions: HashMap<String, String>,
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

    /// The memory of that name.
    pub(super) fn named(&self, name: &Name) -> Option<&Entry> {
        self.get(entry::handle_of(&name.native()))
    }
}

/// What the server was told and its files may not say yet.
struct Told {
    found: Option<Found>,
    until: Instant,
}

#[derive(Default)]
struct Inner {
    files: HashMap<PathBuf, Arc<Loaded>>,
    unread: HashMap<PathBuf, (Option<Look>, String)>,
    told: HashMap<Name, Told>,
    book: Arc<Book>,
    loaded: bool,
    /// Native ids that were ever seen: what is gone keeps its name.
    names: HashMap<Handle, String>,
    rest_until: Option<Instant>,
}

/// The memories of a store.
pub(super) struct Shelf {
    pub(super) place: Place,
    inner: Mutex<Inner>,
}

impl Shelf {
    pub(super) fn new(place: Place) -> Self {
        Self { place, inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read last; the first time everything is read.
    pub(super) fn book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        if !inner.loaded {
            inner.refresh(&self.place);
        }
        Arc::clone(&inner.book)
    }

    /// Reads what looks different now.
    pub(super) fn fresh_book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        inner.refresh(&self.place);
        Arc::clone(&inner.book)
    }

    /// Looks whether anything is different, unless that was done a moment ago.
    pub(super) fn glance(&self) -> Arc<Book> {
        let mut inner = self.inner();
        let began = Instant::now();
        if inner.rest_until.is_none_or(|until| until <= began) {
            inner.refresh(&self.place);
            inner.rest_until = Some(Instant::now() + (began.elapsed() * REST).min(Duration::from_secs(10)));
        }
        Arc::clone(&inner.book)
    }

    /// The server was told that these memories are so now.
    pub(super) fn tell(&self, told: impl Iterator<Item = (Name, Option<Found>)>) {
        let mut inner = self.inner();
        let until = Instant::now() + BEHIND;
        inner.told.extend(told.map(|(name, found)| (name, Told { found, until })));
        inner.refresh(&self.place);
        let book = Arc::clone(&inner.book);
        inner.rebuild(book.stamp);
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
    fn refresh(&mut self, place: &Place) {
        let paths = source::files(place.shape, &place.path);
        let mut files = HashMap::with_capacity(paths.len());
        let mut unread = HashMap::new();
        let mut stamp = 0_u64;
        for path in paths {
            let look = Look::at(&path);
            let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one((&path, look));
            stamp = stamp.wrapping_add(hash);
            if let Some(known) = self.files.get(&path).filter(|known| Some(known.look) == look) {
                files.insert(path, Arc::clone(known));
                continue;
            }
            if let Some(known) = self.unread.get(&path).filter(|(before, _)| *before == look) {
                unread.insert(path, known.clone());
                continue;
            }
            match source::load(place.shape, &path) {
                Ok(file) => {
                    files.insert(path, Arc::new(file));
                }
                // It went away meanwhile.
                Err(crate::store::Problem::Missing(_)) => {}
                Err(problem) => {
                    unread.insert(path, (look, problem.to_string()));
                }
            }
        }
        (self.files, self.unread) = (files, unread);
        let waiting = self.told.len();
        let moment = Instant::now();
        self.told.retain(|_, told| told.until > moment);
        if !self.loaded || stamp != self.book.stamp || waiting != self.told.len() {
            self.rebuild(stamp);
        }
        self.loaded = true;
    }

    fn rebuild(&mut self, stamp: u64) {
        let mut notes = Notes::default();
        for file in self.files.values() {
            notes.recalled.extend(file.notes.recalled.iter().cloned());
            notes.replaced.extend(file.notes.replaced.iter().cloned());
            notes.contradictions.extend(file.notes.contradictions.iter().cloned());
            notes.marks.extend(file.notes.marks.iter().cloned());
        }
        let mut entries = self.entries();
        let agents = agents(&entries);
        let recalled: HashMap<&str, _> = notes.recalled.iter().map(|(id, at)| (id.as_str(), *at)).collect();
        let mut marks: HashMap<&str, Vec<String>> = HashMap::new();
        for (id, mark) in &notes.marks {
            marks.entry(id).or_default().push(mark.clone());
        }
        let ties = Ties::of(&entries, &notes);
        let now = now();
        for entry in &mut entries {
            if let Some((project, agent)) = agents.get(&entry.session) {
                fill(&mut entry.project, project);
                fill(&mut entry.agent, agent);
            }
            entry.recalled = recalled.get(entry.name().key.as_str()).copied();
            entry.marks = marks.get(entry.name().key.as_str()).cloned().unwrap_or_default();
            entry.standing = ties.standing(entry, now);
        }
        entries.sort_by(|one, other| (other.created, &one.native).cmp(&(one.created, &other.native)));
        for entry in &entries {
            self.names.entry(entry.handle).or_insert_with(|| entry.native.clone());
        }
        let sessions = entries.iter().filter(|entry| entry.kind() == Kind::Session);
        let sessions = sessions.map(|entry| (entry.name().key.clone(), entry.title().to_owned())).collect();
        let at = entries.iter().enumerate().map(|(at, entry)| (entry.handle, at)).collect();
        let unread = self.unread.iter().map(|(path, (_, reason))| (path.clone(), reason.clone())).collect();
        let generation = self.book.generation + 1;
        self.book = Arc::new(Book { entries, at, ties, sessions, unread, generation, stamp });
    }

    /// The records that are memories: those of the files, and what the server was told.
    fn entries(&self) -> Vec<Entry> {
        let mut seen = HashSet::new();
        let told = self.told.iter().filter_map(|(name, told)| {
            let found = told.found.as_ref()?;
            let fields = Arc::new(found.fields.clone());
            Some(Seed { name: name.clone(), owner: found.owner.as_str().into(), at: found.at, fields })
        });
        let read = self.files.values().flat_map(|file| &file.seeds).filter(|seed| !self.told.contains_key(&seed.name));
        let seeds = told.chain(read.cloned());
        let listed = seeds.filter(|seed| !standing::is_pruned(seed.name.kind, &seed.fields));
        listed.filter(|seed| seen.insert(seed.name.clone())).map(entry::entry).collect()
    }
}

/// Project and agent of each session.
fn agents(entries: &[Entry]) -> HashMap<String, (String, String)> {
    let sessions = entries.iter().filter(|entry| entry.kind() == Kind::Session);
    sessions.map(|entry| (entry.name().key.clone(), (entry.project.clone(), entry.agent.clone()))).collect()
}

fn fill(field: &mut String, value: &str) {
    if field.is_empty() {
        value.clone_into(field);
    }
}
