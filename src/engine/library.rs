//! The library: the open stores and the catalogue over them, shared by all threads.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError},
    time::{Duration, Instant},
};

use super::{StoreState, listing::Listings, then::LastThen};
use crate::{
    catalog::{Builder, Catalog, CatalogState, Shared, lock, snapshot},
    curate::Touched,
    memory::{EpochMs, Handle, Key, Overlay},
    store::{About, Problem, Store},
};

/// The open stores and the catalogue over them.
pub struct Library {
    stores: Vec<Arc<dyn Store>>,
    names: Vec<String>,
    pub(super) shared: Shared,
    builder: Mutex<Builder>,
    pub(super) listings: Listings,
    /// What the curator did and the catalogue has not read yet.
    touched: Mutex<Vec<(Key, Touched)>>,
    /// Held while that is being read, so that whoever comes second waits until it is known.
    pub(super) following: Mutex<()>,
    /// Where the ledger is, for looking back.
    ledger: OnceLock<PathBuf>,
    last_then: Mutex<LastThen>,
    clock: fn() -> EpochMs,
}

impl std::fmt::Debug for Library {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Library").field("stores", &self.names).field("state", &self.state()).finish_non_exhaustive()
    }
}

/// The present moment by the system's clock.
pub(super) fn system_clock() -> EpochMs {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}

impl Library {
    /// A library over these stores, at most 256 of them. Nothing is read yet. The catalogue is kept in `cache`, or in
    /// memory only.
    pub fn open(stores: Vec<Arc<dyn Store>>, cache: Option<&Path>) -> Self {
        Self::at(stores, cache, system_clock)
    }

    /// A library whose present moment comes from `clock`, in `epoch_ms`.
    pub fn at(stores: Vec<Arc<dyn Store>>, cache: Option<&Path>, clock: fn() -> EpochMs) -> Self {
        let abouts: Vec<About> = stores.iter().map(|store| store.about().clone()).collect();
        Self {
            names: abouts.iter().map(|about| about.name.clone()).collect(),
            shared: Shared::new(Catalog::new(stores.len())),
            builder: Mutex::new(Builder::new(&abouts, cache)),
            listings: Listings::default(),
            touched: Mutex::default(),
            following: Mutex::default(),
            ledger: OnceLock::new(),
            last_then: Mutex::default(),
            stores,
            clock,
        }
    }

    /// From now on the past can be looked at, as far as the ledger in this file knows it.
    pub fn remember(&self, ledger: &Path) {
        // Whoever says so first is right: there is one ledger.
        let _ = self.ledger.set(ledger.to_owned());
    }

    pub(super) fn ledger(&self) -> Option<&Path> {
        self.ledger.get().map(PathBuf::as_path)
    }

    pub(super) fn last_then(&self) -> MutexGuard<'_, LastThen> {
        self.last_then.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The open stores.
    pub fn stores(&self) -> &[Arc<dyn Store>] {
        &self.stores
    }

    /// Their short names.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// How far the catalogue is.
    pub fn state(&self) -> CatalogState {
        lock(&self.shared).state()
    }

    pub(super) fn is_compared(&self) -> bool {
        lock(&self.shared).compared
    }

    /// The present moment, `epoch_ms`.
    pub fn now(&self) -> EpochMs {
        (self.clock)()
    }

    /// How a store is, as far as is known without asking it.
    pub fn store_state(&self, store: u8) -> Option<StoreState> {
        let about = self.stores.get(usize::from(store))?.about();
        Some(StoreState {
            name: about.name.clone(),
            path: about.path.clone(),
            version: about.version.clone(),
            read_only: about.read_only.clone(),
            broken: None,
        })
    }

    pub(super) fn snapshot(&self) -> Catalog {
        snapshot(&self.shared)
    }

    pub(super) fn builder(&self) -> MutexGuard<'_, Builder> {
        self.builder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The builder, unless it is busy for longer than a person notices.
    pub(super) fn builder_soon(&self) -> Option<MutexGuard<'_, Builder>> {
        let until = Instant::now() + Duration::from_millis(60);
        loop {
            match self.builder.try_lock() {
                Ok(builder) => return Some(builder),
                Err(TryLockError::Poisoned(builder)) => return Some(builder.into_inner()),
                Err(TryLockError::WouldBlock) if Instant::now() < until => std::thread::sleep(Duration::from_millis(1)),
                Err(TryLockError::WouldBlock) => return None,
            }
        }
    }

    /// Takes over what a person said about the memories of a store, as the curator keeps it.
    pub fn set_overlays(&self, store: u8, overlays: Vec<(Handle, Overlay)>) {
        lock(&self.shared).mark_all(store, overlays);
    }

    /// Takes over what a person said about one memory.
    pub fn set_overlay(&self, key: Key, overlay: Overlay) {
        lock(&self.shared).mark(key, overlay);
    }

    /// Takes over when the list of the last sitting over a store was made, as the curator keeps it.
    pub fn sat(&self, store: u8, at: Option<EpochMs>) {
        lock(&self.shared).sat(store, at);
    }

    /// Follows what the curator did. What is gone leaves the catalogue now; what must be read again is read by the
    /// next [`super::Desk::catch_up`].
    pub fn touched(&self, touched: &[(Key, Touched)]) {
        let mut catalog = lock(&self.shared);
        for (key, _) in touched.iter().filter(|(_, what)| *what == Touched::Gone) {
            catalog.remove(*key);
        }
        drop(catalog);
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(touched);
    }

    pub(super) fn take_touched(&self) -> Vec<(Key, Touched)> {
        std::mem::take(&mut self.touched.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn store(&self, store: u8) -> Result<&Arc<dyn Store>, Problem> {
        self.stores
            .get(usize::from(store))
            .ok_or_else(|| Problem::Missing(std::path::PathBuf::from(format!("#{store}"))))
    }
}
