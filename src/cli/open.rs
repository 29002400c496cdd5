//! What the commands stand on: the settings, the open stores, the catalogue, the ledger.

use std::{
    collections::HashSet,
    io::{self, IsTerminal as _, Write as _},
    ops::Range,
    path::PathBuf,
    sync::Arc,
};

use super::{
    args::{Global, Name},
    columns::grouped,
    fail::{Failure, say},
    times,
};
use crate::{
    app::Veil,
    catalog::{Facets, ViewSpec},
    change::Edit,
    config::{Config, Wishes},
    curate::{CurateProblem, Curator},
    engine::{Desk, Detail, Library, View},
    ledger::Ledger,
    memory::{Digest, EpochMs, Image, Key, MemoryId, Row},
    paths::Paths,
    query::{self, Expr},
    store::{Cancel, Store, discover},
};

/// Where memtui's own files are, and how it is set.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) paths: Paths,
    pub(super) config: Config,
}

impl Base {
    pub(super) fn of(global: &Global) -> Result<Self, Failure> {
        let paths = Paths::of_environment().map_err(|problem| Failure::Usage(problem.to_string()))?;
        Self::at(paths, global)
    }

    /// With other places for memtui's own files.
    pub(super) fn at(paths: Paths, global: &Global) -> Result<Self, Failure> {
        let config = Config::load(Wishes::default(), global.config.as_deref(), &paths.config_file)
            .map_err(|problem| Failure::Usage(problem.to_string()))?;
        Ok(Self { paths, config })
    }
}

/// The stores there are.
pub(super) struct Found {
    /// Those that can be read.
    pub(super) stores: Vec<Arc<dyn Store>>,
    /// Where stores were looked for, with what was there.
    pub(super) looked: Vec<String>,
    /// Stores of the settings that cannot be read.
    pub(super) problems: Vec<String>,
    /// Which of several databases in a directory was opened.
    pub(super) remarks: Vec<String>,
}

impl Found {
    /// Opens the stores that were named, or looks for them.
    ///
    /// # Errors
    /// A store that was named on the command line cannot be opened.
    pub(super) fn look(base: &Base, named: &[PathBuf]) -> Result<Self, Failure> {
        let mut found = Self { stores: Vec::new(), looked: Vec::new(), problems: Vec::new(), remarks: Vec::new() };
        for path in named {
            let opened = discover::look(path, &found.names()).map_err(|problem| Failure::opening(&problem))?;
            found.take(opened);
        }
        if !named.is_empty() {
            return Ok(found);
        }
        let usual = discover::discover(&discover::Environment::of_process(Some(base.paths.shared())));
        found.stores = usual.stores;
        found.looked = usual.looked_at.iter().map(|(path, what)| format!("{}: {what}", path.display())).collect();
        for path in &base.config.stores {
            match discover::look(path, &found.names()) {
                Ok(opened) => found.take(opened),
                Err(problem) => found.problems.push(problem.to_string()),
            }
        }
        Ok(found)
    }

    fn take(&mut self, opened: discover::Opened) {
        if !opened.ignored.is_empty() {
            let paths: Vec<String> = opened.ignored.iter().map(|path| path.display().to_string()).collect();
            self.remarks.push(format!(
                "opened {}; {} more ignored: {}; name it with --store",
                opened.store.about().path.display(),
                paths.len(),
                paths.join(", ")
            ));
        }
        self.stores.push(opened.store);
    }

    fn names(&self) -> Vec<String> {
        self.stores.iter().map(|store| store.about().name.clone()).collect()
    }
}

/// The open stores with everything that is known about them.
pub(super) struct Session {
    base: Base,
    library: Arc<Library>,
    desk: Desk,
    curator: Option<Curator>,
    read_only: bool,
    pinned: HashSet<Key>,
    ready: bool,
}

impl Session {
    /// Opens everything a command may need.
    ///
    /// # Errors
    /// There is no store, or one that was named cannot be opened.
    pub(super) fn open(global: &Global) -> Result<Self, Failure> {
        let base = Base::of(global)?;
        let found = Found::look(&base, &global.stores)?;
        for problem in &found.problems {
            say(problem);
        }
        if found.stores.is_empty() {
            let looked = found.looked.join("; ");
            return Err(Failure::Usage(format!(
                "no store was found ({looked}); name one with --store PATH, or run `memtui demo` to look around"
            )));
        }
        let library = Arc::new(Library::open(found.stores, Some(&base.paths.catalog())));
        let desk = Desk::new(Arc::clone(&library));
        let mut session = Self {
            base,
            library,
            desk,
            curator: None,
            read_only: global.read_only,
            pinned: HashSet::new(),
            ready: false,
        };
        // Looking at stores makes no file; where there is a ledger, what it knows belongs to the picture.
        if session.base.paths.ledger().exists() {
            session.read_marks()?;
        }
        Ok(session)
    }

    /// Finishes or cancels what a crash left behind, and takes over what a person said about memories.
    fn read_marks(&mut self) -> Result<(), Failure> {
        let now = times::now();
        let (read_only, library) = (self.read_only, Arc::clone(&self.library));
        let curator = self.curator()?;
        if let Some(reason) = curator.no_ledger() {
            say(reason);
            return Ok(());
        }
        if !read_only {
            for notice in curator.recover(now)? {
                say(&notice);
            }
        }
        let mut pinned = HashSet::new();
        for store in 0..u8::try_from(library.stores().len()).unwrap_or(u8::MAX) {
            let overlays = curator.overlays(store, now)?;
            pinned
                .extend(overlays.iter().filter(|(_, it)| it.pinned).map(|(handle, _)| Key { store, handle: *handle }));
            library.set_overlays(store, overlays);
        }
        self.pinned = pinned;
        Ok(())
    }

    pub(super) fn stores(&self) -> &[Arc<dyn Store>] {
        self.library.stores()
    }

    /// The filter of a text.
    ///
    /// # Errors
    /// It cannot be understood; the message points at the place.
    #[expect(clippy::unused_self, reason = "a filter belongs to a session; saved ones will be looked up in it")]
    pub(super) fn filter(&self, text: &str, now: EpochMs) -> Result<Expr, Failure> {
        let zone = *chrono::Local::now().offset();
        query::parse(text, now, zone).map_err(|error| Failure::Query(error.to_string(), error.pointed(text)))
    }

    /// Judges every memory, once; says how far it is where somebody watches.
    fn judged(&mut self) -> Result<(), Failure> {
        if std::mem::replace(&mut self.ready, true) {
            return Ok(());
        }
        let watched = io::stderr().is_terminal();
        let (mut shown, mut told) = (false, 0);
        let outcome = self.desk.ready(&mut |state| {
            if watched && state.total > 20_000 && state.done >= told + 5_000 {
                told = state.done;
                shown = true;
                let _ = write!(io::stderr(), "\rreading {} of {}", grouped(state.done), grouped(state.total));
            }
            true
        });
        if shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
        Ok(outcome?)
    }

    pub(super) fn view(&mut self, spec: &ViewSpec) -> Result<View, Failure> {
        self.judged()?;
        Ok(self.desk.view(spec, None, &[], &Cancel::default(), &mut |_| {})?)
    }

    pub(super) fn keys(&mut self, view: &View, range: Range<usize>) -> Vec<Key> {
        self.desk.keys(view.id, range)
    }

    pub(super) fn rows(&mut self, keys: &[Key]) -> Result<Vec<Row>, Failure> {
        Ok(self.desk.rows(keys)?)
    }

    /// Rows with their confidence and signals.
    pub(super) fn judged_rows(&mut self, keys: &[Key]) -> Result<Vec<Row>, Failure> {
        self.judged()?;
        self.rows(keys)
    }

    pub(super) fn detail(&mut self, key: Key) -> Result<Option<Detail>, Failure> {
        self.judged()?;
        Ok(self.desk.detail(key)?)
    }

    pub(super) fn facets(&mut self, spec: &ViewSpec) -> Result<Facets, Failure> {
        self.judged()?;
        Ok(self.desk.facets(spec, &[], &Cancel::default())?)
    }

    /// The full native record of a memory, `None` when it is gone.
    pub(super) fn image(&mut self, key: Key) -> Result<Option<Image>, Failure> {
        Ok(self.desk.reader(key.store)?.image(key.handle)?)
    }

    /// Where the memory of that name is.
    ///
    /// # Errors
    /// There is none, or several stores have one of that name.
    pub(super) fn find(&mut self, name: &Name) -> Result<Key, Failure> {
        match name {
            Name::Full(id) => match self.desk.find(id)? {
                Some(key) => Ok(key),
                None if self.library.names().contains(&id.store) => Err(no_memory(&id.to_string())),
                None => {
                    let open = self.library.names().join(", ");
                    Err(Failure::Refused(format!("there is no memory {id}: no store {} is open, but {open}", id.store)))
                }
            },
            Name::Native(native) => self.find_native(native),
        }
    }

    /// Where the one memory is that a store calls so.
    fn find_native(&mut self, native: &str) -> Result<Key, Failure> {
        let stores = self.library.names().to_vec();
        let mut found = Vec::new();
        for store in &stores {
            let id = MemoryId { store: store.clone(), native: native.to_owned() };
            found.extend(self.desk.find(&id)?.map(|key| (key, id)));
        }
        match found.as_slice() {
            [] => Err(no_memory(&format!("{native} in {}", stores.join(", ")))),
            [(key, _)] => Ok(*key),
            several => {
                let ids = several.iter().map(|(_, id)| id.to_string()).collect::<Vec<_>>().join(" or ");
                Err(Failure::Usage(format!("several stores have a memory {native}; write {ids}")))
            }
        }
    }

    /// The public name of a memory.
    pub(super) fn name(&mut self, key: Key) -> Result<String, Failure> {
        let native = self.desk.reader(key.store)?.native(key.handle);
        let store = self.library.names().get(usize::from(key.store)).cloned().unwrap_or_default();
        Ok(MemoryId { store, native }.to_string())
    }

    /// The title of a memory, if it is there.
    pub(super) fn title(&mut self, id: &MemoryId) -> Result<Option<String>, Failure> {
        let Some(key) = self.desk.find(id)? else { return Ok(None) };
        Ok(self.rows(&[key])?.into_iter().next().map(|row| row.title))
    }

    /// The fields that can be edited, and what the memory is now.
    pub(super) fn editable(&mut self, key: Key) -> Result<(Digest, Edit), Failure> {
        self.desk.editable(key)?.ok_or_else(|| Failure::Refused("the memory is gone".to_owned()))
    }

    /// What is masked in output for people.
    pub(super) fn veil(&self) -> Veil {
        Veil(self.base.config.mask_secrets)
    }

    /// Whether a person pinned it.
    pub(super) fn is_pinned(&self, key: Key) -> bool {
        self.pinned.contains(&key)
    }

    /// Refuses when nothing may be changed.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        if self.read_only {
            return Err(Failure::Refused("nothing is changed: --read-only was given".to_owned()));
        }
        Ok(())
    }

    /// The curator; opens the ledger, and makes one where there is none.
    pub(super) fn curator(&mut self) -> Result<&mut Curator, Failure> {
        if self.curator.is_none() && self.read_only && !self.base.paths.ledger().exists() {
            return Err(Failure::Refused("there is no ledger yet, and --read-only makes none".to_owned()));
        }
        let (paths, library) = (&self.base.paths, &self.library);
        Ok(self.curator.get_or_insert_with(|| Curator::new(Ledger::open(&paths.ledger()), library.stores())))
    }

    /// Says what recovery did after a crash.
    pub(super) fn notices(&mut self) {
        for notice in self.curator.as_mut().map(Curator::take_notices).unwrap_or_default() {
            say(&notice);
        }
    }

    /// What a check of the ledger found: what was looked at, and what is wrong with it.
    pub(super) fn check_ledger(&mut self) -> Vec<(String, Option<String>)> {
        let path = self.base.paths.ledger();
        if !path.exists() {
            return vec![("nothing was changed yet, so there is none".to_owned(), None)];
        }
        let checked = self.curator().map_err(|failure| failure.to_string()).and_then(|curator| {
            curator.ledger().map_err(|problem| problem.to_string())?.check().map_err(|problem| problem.to_string())
        });
        match checked {
            Ok(checked) => {
                let read = format!("{} operations and {} images read", checked.operations, checked.images);
                let troubles = checked.troubles.into_iter().map(|trouble| ("content".to_owned(), Some(trouble)));
                std::iter::once((read, None)).chain(troubles).collect()
            }
            Err(problem) => vec![(path.display().to_string(), Some(problem))],
        }
    }
}

fn no_memory(name: &str) -> Failure {
    Failure::Refused(format!("there is no memory {name}; `memtui list` prints the names"))
}

impl From<CurateProblem> for Failure {
    fn from(problem: CurateProblem) -> Self {
        match problem {
            CurateProblem::Store(problem) => problem.into(),
            CurateProblem::NoOperation(_) => Self::Usage(problem.to_string()),
            CurateProblem::NothingToUndo | CurateProblem::NothingToRedo | CurateProblem::StillOpen(_) => {
                Self::Refused(problem.to_string())
            }
            CurateProblem::Ledger(_) | CurateProblem::NoLedger(_) => Self::Store(problem.to_string()),
        }
    }
}
