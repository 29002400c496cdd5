//! Where the ledger is, for the threads that open it when they need it.

use std::path::PathBuf;

use crate::{
    curate::{Observing, backup::Safeguard},
    ledger::{Ledger, Problem, Result},
};

/// Where the ledger is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerAt {
    /// Its file.
    pub path: PathBuf,
    /// Whether one is made where there is none.
    pub make: bool,
    /// When stores are copied before they are changed.
    pub safeguard: Option<Safeguard>,
    /// How it follows what others do to the stores.
    pub observing: Observing,
}

impl LedgerAt {
    /// Opens it for an act.
    ///
    /// # Errors
    /// What [`Ledger::open`] says; [`Problem::Unusable`] where there is none and none is to be made.
    pub(super) fn to_write(&self) -> Result<Ledger> {
        if !self.make && !self.path.exists() {
            let reason = "--read-only was given, so none is made".to_owned();
            return Err(Problem::Unusable { path: self.path.clone(), reason });
        }
        Ledger::open(&self.path)
    }

    /// Opens it for a look.
    ///
    /// # Errors
    /// What [`Ledger::open_to_read`] says.
    pub(super) fn to_read(&self) -> Result<Ledger> {
        Ledger::open_to_read(&self.path)
    }
}
