//! The memories of a store at one moment, shared by all its readers, and read again where files look different.

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{
    check,
    entry::{self, Entry},
    kind::{Kind, Name},
    place::Place,
    plan,
    record::{self, Found},
    source::{self, Loaded, Notes, Seed},
    standing::{self, Ties},
    versions,
};
use crate::{
    change::Edit,
    memory::{Handle, Image, Memory},
    store::{
        Finding, Problem, Result, StoreVersion,
        held::{self, Followed, Listed as _, Names, Rest, handle_of},
        sqlite::writing::now,
    },
};

/// The server writes its files some seconds behind: so long what it was told counts more than they do.
const BEHIND: Duration = Duration::from_secs(15);

/// What is known beside the memories.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) ties: Ties,
    /// Titles of sessions, by their ids.
    sessions: HashMap<String, String>,
    /// Files that could not be read, with the reason.
    pub(super) unread: Vec<(PathBuf, String)>,
}

/// All memories of a store at one moment.
pub(super) type Book = held::Book<Entry, Known>;

impl Book {
    /// The memory of that name.
    pub(super) fn named(&self, name: &Name) -> Option<&Entry> {
        self.get(handle_of(&name.native()))
    }
}

/// The image of a listed memory.
pub(super) fn image_of(entry: &Entry) -> Image {
    let seed = &entry.seed;
    let found = Found { owner: seed.owner.to_string(), at: seed.at, fields: (*seed.fields).clone() };
    record::image(entry.kind(), &found)
}

/// What the server was told and its files may not say yet.
struct Told {
    found: Option<Found>,
    until: Instant,
}

#[derive(Default)]
struct Inner {
    files: Followed<PathBuf, Loaded>,
    told: HashMap<Name, Told>,
    book: Arc<Book>,
    loaded: bool,
    rest: Rest,
}

/// The memories of a store.
pub(super) struct Shelf {
    pub(super) place: Place,
    names: Names,
    inner: Mutex<Inner>,
}

impl Shelf {
    pub(super) fn new(place: Place) -> Self {
        Self { place, names: Names::default(), inner: Mutex::default() }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was read last; the first time everything is read.
    pub(super) fn book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        if !inner.loaded {
            self.refresh(&mut inner);
        }
        Arc::clone(&inner.book)
    }

    /// Reads what looks different now.
    pub(super) fn fresh_book(&self) -> Arc<Book> {
        let mut inner = self.inner();
        self.refresh(&mut inner);
        Arc::clone(&inner.book)
    }

    /// The server was told that these memories are so now.
    pub(super) fn tell(&self, told: impl Iterator<Item = (Name, Option<Found>)>) {
        let mut inner = self.inner();
        let until = Instant::now() + BEHIND;
        inner.told.extend(told.map(|(name, found)| (name, Told { found, until })));
        self.refresh(&mut inner);
        self.rebuild(&mut inner);
    }

    fn refresh(&self, inner: &mut Inner) {
        let shape = self.place.shape;
        let moved = inner.files.look(&source::files(shape, &self.place.path), PathBuf::as_path, |path: &PathBuf| {
            match source::load(shape, path) {
                Ok((look, file)) => Ok(Some((look, file))),
                // It went away meanwhile.
                Err(Problem::Missing(_)) => Ok(None),
                Err(problem) => Err(problem.to_string()),
            }
        });
        let waiting = inner.told.len();
        let moment = Instant::now();
        inner.told.retain(|_, told| told.until > moment);
        if moved || !inner.loaded || waiting != inner.told.len() {
            self.rebuild(inner);
        }
        inner.loaded = true;
    }

    fn rebuild(&self, inner: &mut Inner) {
        let book = inner.read(&inner.book);
        self.names.learn(book.entries.iter().map(|entry| (entry.handle, entry.native.as_str())));
        inner.book = Arc::new(book);
    }
}

impl held::Shelf for Shelf {
    type Entry = Entry;
    type Known = Known;

    fn name(&self) -> &str {
        &self.place.name
    }

    fn is_there(&self) -> bool {
        self.place.path.exists()
    }

    fn names(&self) -> &Names {
        &self.names
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        Name::of(native).map(|_| self.names.handle(native))
    }

    fn book(&self) -> Result<Arc<Book>> {
        Ok(Self::book(self))
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

    fn memory(&self, book: &Book, entry: &Entry) -> Memory {
        let session = book.known.sessions.get(&entry.session).map(String::as_str).unwrap_or_default();
        entry.memory(&self.place.name, session, book.neighbours(entry))
    }

    fn image(&self, handle: Handle) -> Result<Option<Image>> {
        // Another program may have written since the last look; whoever asks for the record wants the present one.
        let name = held::Shelf::native(self, handle).and_then(|native| Name::of(&native));
        Ok(name.and_then(|name| self.fresh_book().named(&name).map(image_of)))
    }

    fn editable(&self, handle: Handle) -> Result<Option<Edit>> {
        Ok(self.book().get(handle).map(|entry| plan::fields(entry.kind(), entry.fields())))
    }

    fn versions(&self, handle: Handle) -> Result<Vec<StoreVersion>> {
        Ok(versions::of(&self.book(), handle))
    }

    fn objection(&self) -> Option<String> {
        self.place.way().err()
    }

    fn check(&self) -> Result<Vec<Finding>> {
        Ok(check::findings(self))
    }
}

impl Inner {
    /// The book of what files and server say now.
    fn read(&self, before: &Book) -> Book {
        let mut notes = Notes::default();
        for file in self.files.files() {
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
        let sessions = entries.iter().filter(|entry| entry.kind() == Kind::Session);
        let sessions = sessions.map(|entry| (entry.name().key.clone(), entry.title().to_owned())).collect();
        let unread = self.files.unread(PathBuf::as_path);
        Book::after(before, entries, Known { ties, sessions, unread }, self.files.stamp())
    }

    /// The records that are memories: those of the files, and what the server was told.
    fn entries(&self) -> Vec<Entry> {
        let mut seen = HashSet::new();
        let told = self.told.iter().filter_map(|(name, told)| {
            let found = told.found.as_ref()?;
            let fields = Arc::new(found.fields.clone());
            Some(Seed { name: name.clone(), owner: found.owner.as_str().into(), at: found.at, fields })
        });
        let read = self.files.files().flat_map(|file| &file.seeds).filter(|seed| !self.told.contains_key(&seed.name));
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
