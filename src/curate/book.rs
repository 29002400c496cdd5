//! An operation as the ledger takes it down: it begins with its first change, and the end of its chunks is written with
//! what follows them.

use super::{OperationId, plan::summary};
use crate::{
    change::{Change, Label, ProposalId},
    ledger::{self, Beginning, ChunkState, Known, Ledger, Settled, StoreId, YOU},
    memory::{EpochMs, Image},
    store::crash,
};

/// What is known of an operation before its first change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginnings<'a> {
    pub(super) label: Label,
    pub(super) reason: &'a str,
    pub(super) of: Option<OperationId>,
    pub(super) planned: usize,
    /// How many memories that is, where one takes several changes.
    pub(super) memories: usize,
    pub(super) now: EpochMs,
    /// The proposal that it carries out, if it does.
    pub(super) proposal: Option<ProposalId>,
    /// Who wants it.
    pub(super) author: &'a str,
}

impl<'a> Beginnings<'a> {
    /// What a person does now, by themselves.
    pub(super) const fn of_person(label: Label, reason: &'a str, planned: usize, now: EpochMs) -> Self {
        Self { label, reason, of: None, planned, memories: planned, now, proposal: None, author: YOU }
    }
}

/// The page of an operation that is being carried out.
pub(super) struct Book<'a> {
    pub(super) begin: Beginnings<'a>,
    pub(super) operation: Option<OperationId>,
    /// The next chunk's number.
    pub(super) number: usize,
    /// Ends of chunks, to be written with the next one.
    pub(super) settled: Vec<Settled>,
}

impl<'a> Book<'a> {
    pub(super) const fn new(begin: Beginnings<'a>) -> Self {
        Self { begin, operation: None, number: 1, settled: Vec::new() }
    }

    /// The operation's number; it is noted now if it was not.
    pub(super) fn open(&mut self, ledger: &mut Ledger, title: &str) -> ledger::Result<OperationId> {
        match self.operation {
            Some(operation) => Ok(operation),
            None => Ok(*self.operation.insert(begin(ledger, self.begin, title)?)),
        }
    }

    /// Takes down a chunk. When this returns it is on the disk.
    pub(super) fn journal(
        &mut self,
        ledger: &mut Ledger,
        store: StoreId,
        changes: &[Change],
        known: &Known,
    ) -> ledger::Result<()> {
        let operation = self.open(ledger, &title_in(changes))?;
        crash::point("begun");
        ledger.journal(operation, self.number, store, changes, known, &self.settled)?;
        crash::point("journalled");
        self.settled.clear();
        self.number += 1;
        Ok(())
    }

    /// Notes that the store has a chunk. It is written with the next one, or at the end.
    pub(super) fn settle(&mut self, number: usize, applied: usize) {
        self.settled.push(Settled { number, state: ChunkState::Done, applied });
    }
}

pub(super) fn begin(ledger: &mut Ledger, begin: Beginnings<'_>, title: &str) -> ledger::Result<OperationId> {
    ledger.begin(Beginning {
        label: begin.label,
        author: begin.author,
        reason: begin.reason,
        summary: &summary(title, begin.memories),
        at: begin.now,
        planned: begin.planned,
        of: begin.of,
        proposal: begin.proposal,
    })
}

fn title_in(changes: &[Change]) -> String {
    let first = changes.first().and_then(|change| change.before.as_ref().or(change.after.as_ref()));
    first.map(Image::headline).unwrap_or_default()
}
