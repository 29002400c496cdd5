//! What the commands stand on: the settings, the open stores, the catalogue, the ledger.

mod dream;
mod queue;

use std::{
    collections::HashSet,
    fmt::Write as _,
    io::{self, IsTerminal as _, Write as _},
    ops::Range,
    path::Path,
    sync::Arc,
};

use super::{
    args::{Global, Name},
    base::Base,
    columns::grouped,
    fail::{Failure, say},
    found::Found,
    times, views,
};
use crate::{
    app::Veil,
    catalog::{Facets, Insights, ViewSpec},
    change::Edit,
    config::Retention,
    curate::{CurateProblem, Curator, Touched},
    engine::{Desk, Detail, Library, SittingPlan, Standing, View},
    ledger::Ledger,
    memory::{Digest, EpochMs, Handle, Image, Key, MemoryId, Row, Sitting, Target},
    query::{Expr, Zone},
    store::{Cancel, Store},
    views::{SavedView, load},
};

/// The open stores with everything that is known about them.
pub(super) struct Session {
    pub(super) base: Base,
    library: Arc<Library>,
    pub(super) desk: Desk,
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
        Self::with(global, base, found)
    }

    /// Opens everything a command may need, and the store at this path besides.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub(super) fn open_with(global: &Global, path: &Path) -> Result<Self, Failure> {
        let base = Base::of(global)?;
        let mut found = Found::look(&base, &global.stores)?;
        found.add(path)?;
        Self::with(global, base, found)
    }

    /// Opens what was found.
    ///
    /// # Errors
    /// Nothing was found.
    pub(super) fn with(global: &Global, base: Base, found: Found) -> Result<Self, Failure> {
        for words in found.remarks.iter().chain(&found.problems) {
            say(words);
        }
        for absent in &found.absent {
            let told = absent.trouble.as_ref().filter(|trouble| !found.problems.contains(*trouble));
            if let Some(trouble) = told {
                say(&format!("{} is left out: {trouble}", absent.name));
            }
        }
        if found.stores.is_empty() {
            let looked = found.looked.join("; ");
            return Err(Failure::Usage(format!(
                "no store was found ({looked}); name one with --store PATH, or run `memtui demo` to look around"
            )));
        }
        let library = Arc::new(Library::open(found.stores, Some(&base.paths.catalog())));
        library.remember(&base.paths.ledger());
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
        if session.base.paths.ledger().exists()
            && let Err(failure) = session.read_marks()
        {
            session.set_the_ledger_aside(failure)?;
        }
        Ok(session)
    }

    /// A ledger that turns out to be damaged is in nobody's way who looks. Without it nothing is changed.
    fn set_the_ledger_aside(&mut self, failure: Failure) -> Result<(), Failure> {
        let Failure::Store(reason) = failure else { return Err(failure) };
        say(&reason);
        self.curator = Some(Curator::without_ledger(reason, self.library.stores()));
        Ok(())
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
            library.sat(store, curator.sat_at(store, now)?);
        }
        self.pinned = pinned;
        Ok(())
    }

    pub(super) fn stores(&self) -> &[Arc<dyn Store>] {
        self.library.stores()
    }

    /// The filter of a text, which may ask for the past.
    ///
    /// # Errors
    /// It cannot be understood; the message points at the place.
    pub(super) fn filter_of_any_time(&self, text: &str, now: EpochMs) -> Result<Expr, Failure> {
        self.spec(text, now).map(|spec| spec.filter)
    }

    /// What a text selects, and in which order: a filter, or `@` and the name of a saved view.
    ///
    /// # Errors
    /// It cannot be understood, or there is no view of that name.
    pub(super) fn spec(&self, text: &str, now: EpochMs) -> Result<ViewSpec, Failure> {
        views::spec(text, || self.saved_views(), now)
    }

    /// The saved views.
    ///
    /// # Errors
    /// Their file cannot be understood; the message names the line.
    pub(super) fn saved_views(&self) -> Result<Vec<SavedView>, Failure> {
        load(&self.base.views).map_err(|error| Failure::Usage(error.to_string()))
    }

    /// How many memories each filter matches.
    pub(super) fn counts(&mut self, filters: &[Expr]) -> Result<Vec<usize>, Failure> {
        self.judged()?;
        let counts = self.desk.counts(filters, &Cancel::default())?;
        Ok(counts.into_iter().map(|count| count.number).collect())
    }

    /// Judges every memory, once; says how far it is where somebody watches.
    pub(super) fn judged(&mut self) -> Result<(), Failure> {
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
        for (store, reason) in self.library.silent() {
            let name = self.library.names().get(usize::from(store)).cloned().unwrap_or_default();
            say(&format!("{name} is left out: {reason}"));
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

    /// Memories as they were judged, or as they are now when that was not done.
    pub(super) fn targets(&mut self, keys: Vec<Key>) -> Result<Vec<Target>, Failure> {
        Ok(self.desk.targets(keys)?)
    }

    /// Judges again what an act found to read differently, where a filter has chosen.
    pub(super) fn follow(&mut self, moved: &[(Key, Touched)]) -> Result<(), Failure> {
        if self.ready && !moved.is_empty() {
            self.desk.follow(moved)?;
        }
        Ok(())
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

    pub(super) fn insights(&mut self, spec: &ViewSpec) -> Result<Insights, Failure> {
        self.judged()?;
        Ok(self.desk.insights(spec, &[], Zone::Local, &Cancel::default())?)
    }

    /// The list of a new sitting, with its lines, and how many memories are due in all.
    pub(super) fn sitting(&mut self, plan: &SittingPlan) -> Result<(Sitting, Vec<Row>, usize), Failure> {
        self.judged()?;
        Ok(self.desk.sitting(plan)?)
    }

    /// How many memories there are of each sort, from what is known of them.
    pub(super) fn standing(&mut self) -> Result<Standing, Failure> {
        self.desk.outline()?;
        Ok(self.desk.standing())
    }

    /// The highest memories of a store, where what is new begins.
    pub(super) fn highest(&mut self, store: u8) -> Result<Vec<Handle>, Failure> {
        Ok(self.desk.highest(store)?)
    }

    /// Memories that are left in the sitting that did not come to its end.
    pub(super) fn left_of_sitting(&mut self) -> Result<usize, Failure> {
        let Some(curator) = self.curator.as_mut() else { return Ok(0) };
        Ok(curator.unfinished_sitting(times::now())?.map_or(0, |sitting| sitting.left()))
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

    /// The fields of a memory that can be edited; none when it is gone or has none.
    pub(super) fn fields(&mut self, key: Key) -> Result<Edit, Failure> {
        Ok(self.desk.reader(key.store)?.editable(key.handle)?.unwrap_or_default())
    }

    /// The name of a memory inside its store.
    pub(super) fn native(&mut self, key: Key) -> Result<String, Failure> {
        Ok(self.desk.reader(key.store)?.native(key.handle))
    }

    /// The settings, and where memtui's own files are.
    pub(super) const fn base(&self) -> &Base {
        &self.base
    }

    /// The rules of the settings for memories that have had their time.
    pub(super) fn retention(&self) -> &[Retention] {
        &self.base.config.retention
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
        let (base, library) = (&self.base, &self.library);
        Ok(self.curator.get_or_insert_with(|| {
            Curator::new(Ledger::open(&base.paths.ledger()), library.stores()).guarded(Some(base.safeguard()))
        }))
    }

    /// A curator for a look where there is no ledger, and none is to be made.
    pub(super) fn passing_curator(&self) -> Curator {
        Curator::new(Ledger::open_to_read(&self.base.paths.ledger()), self.library.stores())
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
                let mut read = format!("{} operations and {} images read", checked.operations, checked.images);
                if checked.erased > 0 {
                    let _ = write!(read, ", {} erased", checked.erased);
                }
                if checked.amended > 0 {
                    let _ = write!(read, ", words erased in the lines of {} operations", checked.amended);
                }
                if checked.let_go > 0 {
                    let _ = write!(read, ", {} of what others did let go (`observe_mb`)", checked.let_go);
                }
                let unfinished = checked.unfinished.into_iter();
                let unfinished =
                    unfinished.map(|id| format!("operation {id} was never finished; the next act looks after it"));
                let troubles = unfinished.chain(checked.troubles).map(|trouble| ("content".to_owned(), Some(trouble)));
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
            CurateProblem::NoOperation(_) | CurateProblem::NoProposal(_) => Self::Usage(problem.to_string()),
            CurateProblem::ErasedForGood(..)
            | CurateProblem::NeedsErased { .. }
            | CurateProblem::NothingToUndo
            | CurateProblem::NothingToRedo
            | CurateProblem::StillOpen(_)
            | CurateProblem::ProposalElsewhere(..) => Self::Refused(problem.to_string()),
            CurateProblem::Ledger(_) | CurateProblem::NoLedger(_) => Self::Store(problem.to_string()),
        }
    }
}
