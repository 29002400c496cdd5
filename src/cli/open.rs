//! What the commands stand on: the configuration, the open stores, the catalogue, the ledger.

use std::{ops::Range, sync::Arc};

use super::{
    args::Global,
    fail::{Failure, say},
};
use crate::{
    catalog::{Facets, ViewSpec},
    change::Edit,
    curate::{CurateProblem, Curator},
    engine::{Detail, View},
    memory::{Digest, EpochMs, Key, MemoryId, Row},
    query::{self, Expr},
    store::Store,
};

/// The stores there are.
pub(super) struct Found {
    pub(super) stores: Vec<Arc<dyn Store>>,
    pub(super) looked: Vec<String>,
    pub(super) problems: Vec<String>,
}

impl Found {
    pub(super) fn look(_global: &Global) -> Result<Self, Failure> {
        Err(Failure::Store("unjoined".into()))
    }
}

pub(super) struct Session {
    stores: Vec<Arc<dyn Store>>,
    curator: Option<Curator>,
    read_only: bool,
}

impl Session {
    pub(super) fn open(global: &Global) -> Result<Self, Failure> {
        let found = Found::look(global)?;
        Ok(Self { stores: found.stores, curator: None, read_only: global.read_only })
    }

    pub(super) fn stores(&self) -> &[Arc<dyn Store>] {
        &self.stores
    }

    pub(super) fn filter(&self, text: &str, now: EpochMs) -> Result<Expr, Failure> {
        let zone = *chrono::Local::now().offset();
        query::parse(text, now, zone).map_err(|error| Failure::Usage(error.pointed(text)))
    }

    pub(super) fn view(&mut self, _spec: &ViewSpec) -> Result<View, Failure> {
        Err(Failure::Store("unjoined".into()))
    }

    pub(super) fn keys(&mut self, _view: &View, _range: Range<usize>) -> Result<Vec<Key>, Failure> {
        Err(Failure::Store("unjoined".into()))
    }

    pub(super) fn rows(&mut self, _keys: &[Key]) -> Result<Vec<Row>, Failure> {
        Err(Failure::Store("unjoined".into()))
    }

    pub(super) fn detail(&mut self, _key: Key) -> Result<Option<Detail>, Failure> {
        Err(Failure::Store("unjoined".into()))
    }

    pub(super) fn facets(&mut self, _spec: &ViewSpec) -> Result<Facets, Failure> {
        Err(Failure::Store("unjoined".into()))
    }

    /// Where the memory of that name is.
    pub(super) fn find(&mut self, id: &MemoryId) -> Result<Key, Failure> {
        Err(Failure::Refused(format!("there is no memory {id}; `memtui list` prints the names")))
    }

    /// The fields that can be edited, and what the memory is now.
    pub(super) fn editable(&mut self, key: Key) -> Result<(Digest, Edit), Failure> {
        let gone = || Failure::Refused("the memory is gone".to_owned());
        let mut reader = self.stores.get(usize::from(key.store)).ok_or_else(gone)?.reader()?;
        let digest = reader.image(key.handle)?.ok_or_else(gone)?.digest();
        Ok((digest, reader.editable(key.handle)?.ok_or_else(gone)?))
    }

    /// These memories without the pinned ones.
    pub(super) fn without_pinned(&mut self, keys: Vec<Key>) -> Result<Vec<Key>, Failure> {
        Ok(keys)
    }

    /// Refuses when nothing may be changed.
    pub(super) fn may_write(&self) -> Result<(), Failure> {
        if self.read_only {
            return Err(Failure::Refused("nothing is changed: --read-only was given".to_owned()));
        }
        Ok(())
    }

    pub(super) fn curator(&mut self) -> Result<&mut Curator, Failure> {
        self.curator.as_mut().ok_or_else(|| Failure::Store("unjoined".into()))
    }

    /// Says what recovery did after a crash.
    pub(super) fn notices(&mut self) {
        for notice in self.curator.as_mut().map(Curator::take_notices).unwrap_or_default() {
            say(&notice);
        }
    }

    /// What a check of the ledger found: what was looked at, and what is wrong with it.
    pub(super) fn check_ledger(&mut self) -> Result<Vec<(String, Option<String>)>, String> {
        let checked = self
            .curator
            .as_ref()
            .ok_or("no ledger")?
            .ledger()
            .map_err(|problem| problem.to_string())?
            .check()
            .map_err(|problem| problem.to_string())?;
        let read = format!("{} operations and {} images read and compared", checked.operations, checked.images);
        let mut findings = vec![(read, None)];
        findings.extend(checked.troubles.into_iter().map(|trouble| ("content".to_owned(), Some(trouble))));
        Ok(findings)
    }
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
