//! A desk: one thread's own connections to the stores, and everything that can be asked of the library.

use std::{
    ops::{ControlFlow, Range},
    sync::Arc,
};

use super::{
    Library, ViewId,
    counts::{Answers, answered},
    listing::Listing,
    then::Then,
};
use crate::{
    catalog::{
        Aging, Bench, Bits, Catalog, CatalogState, Eye, Facets, Insights, News, Scan, Test, ViewSpec, count_facets,
        insights, lock,
    },
    change::Edit,
    curate::{Curator, Touched},
    memory::{Digest, Handle, Key, MemoryId, Row, Target, Version},
    query::{Expr, Term, Zone},
    store::{Cancel, Opening, Problem, Reader, Result, ScanOf},
};

/// One thread's place to ask from. Connections are opened when they are first needed.
pub struct Desk {
    pub(super) library: Arc<Library>,
    readers: Vec<Option<Box<dyn Reader>>>,
    /// The newest rows, read before anybody asked.
    pub(super) ahead: Option<Vec<Row>>,
    /// The ledger, opened when the past is looked at for the first time.
    pub(super) past: Option<Curator>,
}

impl Desk {
    /// A desk at the library.
    pub fn new(library: Arc<Library>) -> Self {
        let readers = library.stores().iter().map(|_| None).collect();
        Self { library, readers, ahead: None, past: None }
    }

    /// The library.
    pub const fn library(&self) -> &Arc<Library> {
        &self.library
    }

    pub(super) fn store_numbers(&self) -> std::ops::RangeInclusive<u8> {
        // An empty library has no store 0; asking for it is answered with an error that says so.
        0..=u8::try_from(self.readers.len().saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// This desk's connection to a store.
    ///
    /// # Errors
    /// What the store says when it cannot be opened.
    pub fn reader(&mut self, store: u8) -> Result<&mut dyn Reader> {
        let place = self.readers.get_mut(usize::from(store));
        let place = place.ok_or_else(|| Problem::Missing(format!("store {store}").into()))?;
        if place.is_none() {
            *place = Some(self.library.store(store)?.reader()?);
        }
        match place {
            Some(reader) => Ok(reader.as_mut()),
            None => Err(Problem::Missing(format!("store {store}").into())),
        }
    }

    /// Closes the connection to a store; the next question opens it again.
    pub fn hang_up(&mut self, store: u8) {
        if let Some(place) = self.readers.get_mut(usize::from(store)) {
            *place = None;
        }
    }

    /// Loads or builds the whole catalogue. `progress` hears how far it is and may end it with `false`; then, and when
    /// a store cannot be read, the catalogue stays as complete as it is.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn ready(&mut self, progress: &mut dyn FnMut(CatalogState) -> bool) -> Result<()> {
        self.outline()?;
        let library = Arc::clone(&self.library);
        // Twice when the first comparison finds that saved fingerprints cannot be trusted.
        for _ in 0..2 {
            for store in self.store_numbers() {
                while library.builder().judge_some(&library.shared, store, self.reader(store)?)? {
                    if !progress(library.state()) {
                        return Ok(());
                    }
                }
            }
            if self.compare(&|| false).is_some() {
                break;
            }
        }
        progress(library.state());
        library.builder().save(&library.shared);
        Ok(())
    }

    /// Reads again what an act found to be different, and keeps what was judged of it: the next filter knows.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn follow(&mut self, touched: &[(Key, Touched)]) -> Result<()> {
        self.library.touched(touched);
        self.catch_up()?;
        self.library.builder().save(&self.library.shared);
        Ok(())
    }

    /// Compares all memories with each other. How many read differently now; `None` when it was not done.
    pub(super) fn compare(&mut self, stop: &dyn Fn() -> bool) -> Option<News> {
        let library = Arc::clone(&self.library);
        let scan: &mut Scan<'_> = &mut |store, handles, visit| {
            self.reader(store)?.scan(ScanOf::These(handles), &mut |scanned| {
                visit(scanned);
                ControlFlow::Continue(())
            })
        };
        library.builder().compare(&library.shared, scan, stop)
    }

    /// Makes sure that every memory is listed: from the saved catalogue, or from the stores' outlines.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn outline(&mut self) -> Result<()> {
        let library = Arc::clone(&self.library);
        if lock(&library.shared).outlined {
            return Ok(());
        }
        for store in self.store_numbers() {
            library.builder().open(&library.shared, store, self.reader(store)?)?;
        }
        lock(&library.shared).outlined = true;
        Ok(())
    }

    /// Reads what the curator touched, so that the catalogue knows it as it is now. How many memories came and went.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn catch_up(&mut self) -> Result<(usize, usize)> {
        let library = Arc::clone(&self.library);
        let _turn = library.following.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let touched = library.take_touched();
        let count = |wanted: Touched| touched.iter().filter(|(_, what)| *what == wanted).count();
        let (back, gone) = (count(Touched::Back), count(Touched::Gone));
        for store in self.store_numbers() {
            let of = |wanted: Touched| -> Vec<Handle> {
                let mine = touched.iter().filter(|(key, what)| key.store == store && *what == wanted);
                mine.map(|(key, _)| key.handle).collect()
            };
            let (back, edited) = (of(Touched::Back), of(Touched::Edited));
            let mut builder = library.builder();
            if !of(Touched::Gone).is_empty() {
                builder.note_removed(store);
            }
            if !back.is_empty() {
                builder.put_back(&library.shared, store, self.reader(store)?, &back)?;
            }
            if !edited.is_empty() {
                builder.judge(&library.shared, store, self.reader(store)?, &edited)?;
            }
        }
        Ok((back, gone))
    }

    /// The memories at positions of a view; none when the view was forgotten.
    pub fn keys(&self, view: ViewId, range: Range<usize>) -> Vec<Key> {
        let listing = self.library.listings.get(view);
        listing.map_or_else(Vec::new, |listing| listing.keys(&self.library.snapshot(), range))
    }

    /// Memories with the version of them that the catalogue judged; those it has not judged yet are read now. Those that
    /// are gone keep a version that no memory has.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn targets(&mut self, keys: Vec<Key>) -> Result<Vec<Target>> {
        let versions = self.library.builder().versions(&self.library.shared, &keys);
        let mut targets: Vec<Target> = keys.into_iter().zip(versions).map(|(key, seen)| Target { key, seen }).collect();
        for store in self.store_numbers() {
            let unknown = |target: &Target| target.key.store == store && target.seen == Version::default();
            let handles: Vec<Handle> = targets.iter().filter(|target| unknown(target)).map(|t| t.key.handle).collect();
            if handles.is_empty() {
                continue;
            }
            let mut found = std::collections::HashMap::with_capacity(handles.len());
            self.reader(store)?.scan(ScanOf::These(&handles), &mut |scanned| {
                found.insert(scanned.handle, scanned.version);
                ControlFlow::Continue(())
            })?;
            for target in targets.iter_mut().filter(|target| unknown(target)) {
                target.seen = found.get(&target.key.handle).copied().unwrap_or_default();
            }
        }
        Ok(targets)
    }

    /// Lines of a view by position; `None` where a memory has gone since.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn page(&mut self, view: ViewId, range: Range<usize>) -> Result<Vec<Option<Row>>> {
        let keys = self.keys(view, range);
        match self.library.listings.get(view).and_then(Listing::then) {
            Some(then) => self.lines_then(&then, &keys),
            None => self.lines(&keys),
        }
    }

    /// List lines of memories, judged; those that are gone are left out.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn rows(&mut self, keys: &[Key]) -> Result<Vec<Row>> {
        Ok(self.lines(keys)?.into_iter().flatten().collect())
    }

    pub(super) fn lines(&mut self, keys: &[Key]) -> Result<Vec<Option<Row>>> {
        let mut found = self.read_lines(keys)?;
        Ok(self.judged(keys.iter().map(|key| found.remove(key)).collect()))
    }

    /// Lines with what the catalogue knows of the memories.
    pub(super) fn judged(&self, rows: Vec<Option<Row>>) -> Vec<Option<Row>> {
        let catalog = self.library.snapshot();
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        rows.into_iter().map(|row| row.map(|row| judged(row, &catalog, &aging))).collect()
    }

    pub(super) fn read_lines(&mut self, keys: &[Key]) -> Result<std::collections::HashMap<Key, Row>> {
        let mut found = std::collections::HashMap::with_capacity(keys.len());
        for store in self.store_numbers() {
            let handles: Vec<Handle> = keys.iter().filter(|key| key.store == store).map(|key| key.handle).collect();
            if handles.is_empty() {
                continue;
            }
            for mut row in self.reader(store)?.rows(&handles)? {
                row.key.store = store;
                found.insert(row.key, row);
            }
        }
        Ok(found)
    }

    /// Where a memory of that name is; `None` when there is none.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn find(&mut self, id: &MemoryId) -> Result<Option<Key>> {
        let store = self.library.names().iter().position(|name| *name == id.store);
        let Some(store) = store.and_then(|at| u8::try_from(at).ok()) else { return Ok(None) };
        let reader = self.reader(store)?;
        let Some(handle) = reader.handle(&id.native) else { return Ok(None) };
        let there = !reader.rows(&[handle])?.is_empty();
        Ok(there.then_some(Key { store, handle }))
    }

    /// Counts what there is under a filter.
    ///
    /// # Errors
    /// [`Problem::Cancelled`] when `cancel` says so, or what a store says when it cannot be read.
    pub fn facets(&mut self, spec: &ViewSpec, marked: &[Key], cancel: &Cancel) -> Result<Facets> {
        let then = self.then_of(&spec.filter, cancel)?;
        let catalog = self.catalog_of(then.as_deref());
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        let eye = Eye::new(&catalog, &aging);
        let test = self.test(&eye, then.as_deref(), &spec.filter, marked, cancel)?;
        count_facets(&eye, &test, self.library.names(), &|| cancel.is_cancelled()).ok_or(Problem::Cancelled)
    }

    /// Sums up what there is under a filter; days begin at midnight in `zone`.
    ///
    /// # Errors
    /// [`Problem::Cancelled`] when `cancel` says so, or what a store says when it cannot be read.
    pub fn insights(&mut self, spec: &ViewSpec, marked: &[Key], zone: Zone, cancel: &Cancel) -> Result<Insights> {
        let then = self.then_of(&spec.filter, cancel)?;
        let catalog = self.catalog_of(then.as_deref());
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        let eye = Eye::new(&catalog, &aging);
        let test = self.test(&eye, then.as_deref(), &spec.filter, marked, cancel)?;
        let openings: Vec<Option<Opening>> = self.library.stores().iter().map(|store| store.opening()).collect();
        insights::count(&eye, &test, &openings, zone, &|| cancel.is_cancelled()).ok_or(Problem::Cancelled)
    }

    /// The past list that a filter asks of; `None` for the present one.
    pub(super) fn then_of(&mut self, filter: &Expr, cancel: &Cancel) -> Result<Option<Arc<Then>>> {
        filter.as_of().map(|as_of| self.then(as_of, cancel)).transpose()
    }

    pub(super) fn catalog_of(&self, then: Option<&Then>) -> Catalog {
        then.map_or_else(|| self.library.snapshot(), |then| then.catalog.clone())
    }

    /// A filter made ready, with the whole answers to its text terms.
    fn test(
        &mut self,
        eye: &Eye<'_>,
        then: Option<&Then>,
        filter: &Expr,
        marked: &[Key],
        cancel: &Cancel,
    ) -> Result<Test> {
        let catalog = eye.catalog;
        let marked: Bits = marked.iter().filter_map(|key| catalog.slot(*key)).collect();
        let mut answers = Answers::new();
        self.ask_stores(catalog, then, filter, &mut answers, cancel)?;
        let text = |term: &Term| answered(&answers, term);
        let (now, stores) = (eye.aging.now(), self.library.names());
        Ok(Bench { catalog, now, stores, marked: &marked, text: &text }.test(filter))
    }

    /// The fields of a memory that can be edited, and the digest of its record; `None` when it is gone.
    ///
    /// # Errors
    /// What the store says when it cannot be read.
    pub fn editable(&mut self, key: Key) -> Result<Option<(Digest, Edit)>> {
        let reader = self.reader(key.store)?;
        let Some(image) = reader.image(key.handle)? else { return Ok(None) };
        Ok(reader.editable(key.handle)?.map(|fields| (image.digest(), fields)))
    }
}

/// A line with what the catalogue knows of the memory.
pub(super) fn judged(mut row: Row, catalog: &Catalog, aging: &Aging) -> Row {
    let overlay = catalog.overlay(row.key);
    if let Some(slot) = catalog.slot(row.key) {
        let (fact, created) = (catalog.fact(slot), catalog.created(slot));
        if fact.is(crate::catalog::Fact::JUDGED) {
            row.confidence = Some(aging.shown(fact, created, overlay));
            row.signals = aging.signals(fact, created, overlay);
        }
    }
    if let Some(overlay) = overlay {
        row.bucket = overlay.bucket.unwrap_or(row.bucket);
        row.overlay = overlay.clone();
    }
    row
}
