//! What a policy lets through: a proposal and the operation that carries it out, written down as one.

use std::{fs::File, io::ErrorKind};

use super::{
    Beginning, Known, Ledger, OperationState, Problem, Result, Settled, StoreId, Taken,
    journal::{begin, record},
    queue::put,
};
use crate::change::{Batch, Change, Draft, ProposalId};

/// A change that is not asked about.
#[derive(Clone, Copy, Debug)]
pub struct Admission<'a> {
    /// What it belongs to; one without a number gets one.
    pub batch: &'a Batch,
    /// What is to be done, and why.
    pub draft: &'a Draft<StoreId>,
    /// Of what it is about.
    pub title: &'a str,
    /// The operation; its proposal is found here.
    pub begin: Beginning<'a>,
    /// Whose memories change.
    pub store: StoreId,
    /// What changes.
    pub changes: &'a [Change],
}

/// How an admitted change is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Its batch.
    pub batch: i64,
    /// Its proposal, approved when the operation is closed.
    pub proposal: ProposalId,
    /// Its operation, open.
    pub operation: i64,
}

impl Ledger {
    /// Writes down a change that is about to be made, in one transaction. When this returns, the images of what it changes
    /// are on the disk; a memory that is new may get there later, by [`Ledger::flush`].
    /// The proposal waits until the operation is closed, so that a crash between the two leaves it for a person. The
    /// proposal that stands in the way where the same waits already or was rejected; then nothing is written.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written.
    pub fn admit(&mut self, what: Admission<'_>) -> Result<std::result::Result<Written, Taken>> {
        // What is changed or deleted must be on the disk before it is touched; what is new replaces nothing.
        let replaces = what.changes.iter().any(|change| change.before.is_some());
        self.wait_for_disk(replaces)?;
        let written = self.admit_now(what);
        self.wait_for_disk(true)?;
        written
    }

    /// Ends an admitted operation that was carried out. Its end need not be on the disk: what a power cut takes of it is
    /// found out by looking.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the ledger cannot be written; recovery then ends it.
    pub fn close_admitted(&mut self, operation: i64, settled: Settled) -> Result<()> {
        self.wait_for_disk(false)?;
        let closed = self.close(operation, OperationState::Done, &[settled]);
        self.wait_for_disk(true)?;
        closed
    }

    /// Returns when everything that was written down so far is on the disk. Needs no turn: many may wait for the same
    /// flush.
    ///
    /// # Errors
    /// [`super::Problem::Unusable`] when the system says that it is not.
    pub fn flush(&self) -> Result<()> {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        // SQLite holds no lock on this file that closing it could drop; without one everything is in the ledger itself.
        let synced = match File::open(&log) {
            Ok(file) => file.sync_data(),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        };
        synced.map_err(|error| Problem::Unusable { path: self.path.clone(), reason: error.to_string() })
    }

    /// Whether a commit returns when it is on the disk, or at once; [`Ledger::flush`] then makes up for it.
    fn wait_for_disk(&self, wait: bool) -> Result<()> {
        let how = if wait { "FULL" } else { "NORMAL" };
        self.db.execute_batch(&format!("PRAGMA synchronous={how}")).map_err(|e| self.broken(&e))
    }

    fn admit_now(&mut self, what: Admission<'_>) -> Result<std::result::Result<Written, Taken>> {
        self.try_do(|tx| {
            let mut batch = (what.batch.id != 0).then_some(what.batch.id);
            let proposal = match put(tx, (what.batch, &mut batch), what.draft, what.title, None)? {
                Taken::New(id) => id,
                known => return Ok(Err(known)),
            };
            // What is new has brought its batch.
            let batch = batch.unwrap_or_default();
            let operation = begin(tx, Beginning { proposal: Some(proposal), ..what.begin })?;
            tx.prepare_cached("INSERT INTO chunk(operation, number, state) VALUES(?1, 1, 'intended')")?
                .execute([operation])?;
            record(tx, operation, 1, what.store, what.changes, &Known::new())?;
            Ok(Ok(Written { batch, proposal, operation }))
        })
    }
}
