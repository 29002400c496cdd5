//! What an act means for each memory: acts become intents, in batches, so that a bulk act needs little memory.

use std::collections::VecDeque;

use super::{CurateProblem, Curator, OperationId, Report, Step, run::Beginnings};
use crate::{
    change::{Edit, Label, Place},
    ledger::{Known, OperationState, Recorded, StoreId},
    memory::{Digest, EpochMs, Handle, Key, MemoryId, Record},
    store::{Expect, Intent, Make},
};

/// Where the intents of a run come from.
pub(super) enum Source {
    /// Memories of one store, named one by one.
    Named { store: u8, natives: VecDeque<String>, make: Make, expect: Expect },
    /// New memories of one store.
    New { store: u8, records: VecDeque<Record> },
    /// The changes of an operation, taken back or done again.
    Recorded { operation: OperationId, after: i64, toggle: Toggle },
}

/// Which way an operation is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toggle {
    /// Back to what was before.
    Undo,
    /// Forward again; the undo that is taken back may have left other revision counters behind.
    Redo { undo: Option<OperationId> },
}

/// Intents for one transaction of one store.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) store: u8,
    pub(super) place: Option<Place>,
    pub(super) intents: Vec<Intent>,
    /// Images among them that the ledger has already.
    pub(super) known: Known,
    /// Memories that cannot be dealt with now: their store is not open, or there can be no such memory.
    pub(super) homeless: Vec<(MemoryId, String)>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.intents.is_empty() && self.homeless.is_empty()
    }
}

impl Curator {
    pub(super) fn add(
        &mut self,
        store: u8,
        records: &[Record],
        reason: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let begin = Beginnings { label: Label::Add, reason, of: None, planned: records.len(), now };
        self.run(begin, vec![Source::New { store, records: records.iter().cloned().collect() }], step)
    }

    pub(super) fn prune(
        &mut self,
        targets: &[Key],
        reason: &str,
        spare_pinned: bool,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let (mut planned, mut spared) = (0, 0);
        let mut sources = Vec::new();
        for (store, handles) in by_store(targets) {
            let mut natives = self.natives(store, &handles)?;
            if spare_pinned {
                let pinned: std::collections::HashSet<Handle> = self
                    .overlays(store, now)?
                    .into_iter()
                    .filter_map(|(handle, overlay)| overlay.pinned.then_some(handle))
                    .collect();
                if !pinned.is_empty() {
                    let reader = self.reader(store)?;
                    natives.retain(|native| !reader.handle(native).is_some_and(|handle| pinned.contains(&handle)));
                }
            }
            planned += natives.len();
            spared += handles.len() - natives.len();
            sources.push(Source::Named { store, natives, make: Make::Delete, expect: Expect::Anything });
        }
        let begin = Beginnings { label: Label::Prune, reason, of: None, planned, now };
        let mut report = self.run(begin, sources, step)?;
        report.spared = spared;
        Ok(report)
    }

    pub(super) fn edit(
        &mut self,
        key: Key,
        base: Option<Digest>,
        edit: &Edit,
        reason: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let natives = self.natives(key.store, &[key.handle])?;
        let expect = base.map_or(Expect::Anything, Expect::Exactly);
        let source = Source::Named { store: key.store, natives, make: Make::Edit(edit.clone()), expect };
        self.run(Beginnings { label: Label::Edit, reason, of: None, planned: 1, now }, vec![source], step)
    }

    pub(super) fn undo(
        &mut self,
        operation: Option<OperationId>,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let target = match operation {
            None => {
                let open = self.open_stores(now)?;
                self.ledger()?.latest_to_undo(&open)?.ok_or(CurateProblem::NothingToUndo)?
            }
            Some(id) => {
                let named = self.ledger()?.operation(id)?.ok_or(CurateProblem::NoOperation(id))?;
                match (named.label, named.of) {
                    // Taking back an undo is doing the first operation again; taking back a redo is undoing it.
                    (Label::Undo, Some(of)) => return self.turn(of, Toggle::Redo { undo: Some(id) }, now, step),
                    (Label::Redo, Some(of)) => self.ledger()?.operation(of)?.ok_or(CurateProblem::NoOperation(of))?,
                    _ => named,
                }
            }
        };
        self.turn(target.id, Toggle::Undo, now, step)
    }

    pub(super) fn redo(&mut self, now: EpochMs, step: Step<'_>) -> Result<Report, CurateProblem> {
        let open = self.open_stores(now)?;
        let target = self.ledger()?.latest_to_redo(&open)?.ok_or(CurateProblem::NothingToRedo)?;
        self.turn(target.id, Toggle::Redo { undo: target.undone_by }, now, step)
    }

    fn turn(
        &mut self,
        operation: OperationId,
        toggle: Toggle,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let target = self.ledger()?.operation(operation)?.ok_or(CurateProblem::NoOperation(operation))?;
        if target.state == OperationState::Open {
            return Err(CurateProblem::StillOpen(operation));
        }
        let planned = self.ledger()?.count_changes(operation)?;
        let label = if toggle == Toggle::Undo { Label::Undo } else { Label::Redo };
        let begin = Beginnings { label, reason: "", of: Some(operation), planned, now };
        self.run(begin, vec![Source::Recorded { operation, after: 0, toggle }], step)
    }

    /// The next intents of a source, at most `size`, all of one store and in one keeping.
    pub(super) fn next_batch(
        &mut self,
        source: &mut Source,
        size: usize,
        now: EpochMs,
    ) -> Result<Batch, CurateProblem> {
        match source {
            Source::Named { store, natives, make, expect } => {
                let count = size.min(natives.len());
                let intents = natives
                    .drain(..count)
                    .map(|native| Intent { native, expect: *expect, make: make.clone() })
                    .collect();
                Ok(Batch { store: *store, place: Some(Place::Store), intents, ..Batch::default() })
            }
            Source::New { store, records } => {
                let taken: Vec<Record> = records.drain(..size.min(records.len())).collect();
                self.composed(*store, &taken)
            }
            Source::Recorded { operation, after, toggle } => {
                let mut changes = self.ledger()?.changes(*operation, *after, size)?;
                let Some(first) = changes.first().map(|change| (change.store, change.place)) else {
                    return Ok(Batch::default());
                };
                let alike = changes.iter().take_while(|change| (change.store, change.place) == first).count();
                changes.truncate(alike);
                *after = changes.last().map_or(*after, |change| change.seq);
                self.turned(*operation, &changes, first, *toggle, now)
            }
        }
    }

    fn composed(&mut self, store: u8, records: &[Record]) -> Result<Batch, CurateProblem> {
        let mut batch = Batch { store, place: Some(Place::Store), ..Batch::default() };
        if records.is_empty() {
            return Ok(batch);
        }
        let mut writer = self.take_writer(store)?;
        let composed = writer.compose(records);
        self.site(store)?.writer = Some(writer);
        for made in composed? {
            match made {
                Ok((native, image)) => {
                    batch.intents.push(Intent { native, expect: Expect::Absent, make: Make::Put(image) });
                }
                Err(reason) => batch.homeless.push((self.public_id(store, "new"), reason)),
            }
        }
        Ok(batch)
    }

    fn turned(
        &mut self,
        operation: OperationId,
        changes: &[Recorded],
        (store, place): (StoreId, Place),
        toggle: Toggle,
        now: EpochMs,
    ) -> Result<Batch, CurateProblem> {
        let mut batch = Batch { place: Some(place), ..Batch::default() };
        if let Some(index) = self.place_of(store, now) {
            batch.store = index;
        } else {
            let unknown = || ("?".to_owned(), "?".to_owned());
            let (name, path) = self.ledger()?.store(store)?.unwrap_or_else(unknown);
            let reason = format!("its store {path} is not open; open it with --store");
            let id = |native: &String| MemoryId { store: name.clone(), native: native.clone() };
            batch.homeless = changes.iter().map(|change| (id(&change.native), reason.clone())).collect();
            return Ok(batch);
        }
        let ledger = self.ledger()?;
        for change in changes {
            let (from, to) = match toggle {
                Toggle::Undo => (change.after.map(|(_, digest)| digest), change.before),
                Toggle::Redo { undo } => {
                    let left = undo.map(|id| ledger.left_by(id, store, &change.native)).transpose()?.flatten();
                    (left.unwrap_or(change.before.map(|(_, digest)| digest)), change.after)
                }
            };
            let make = match to {
                None => Make::Delete,
                Some((number, digest)) => {
                    batch.known.insert(digest, number);
                    Make::Put(ledger.image(operation, number)?)
                }
            };
            let expect = from.map_or(Expect::Absent, Expect::Exactly);
            // What leaves is in the ledger too: as the other image of the same change.
            if let Some((number, digest)) =
                [change.before, change.after].into_iter().flatten().find(|s| Some(s.1) == from)
            {
                batch.known.insert(digest, number);
            }
            batch.intents.push(Intent { native: change.native.clone(), expect, make });
        }
        Ok(batch)
    }

    fn natives(&mut self, store: u8, handles: &[Handle]) -> Result<VecDeque<String>, CurateProblem> {
        let reader = self.reader(store)?;
        Ok(handles.iter().map(|handle| reader.native(*handle)).collect())
    }
}

/// Targets by store, each store's in ascending order: neighbours in the file are dealt with together, and a memory
/// that was named twice is dealt with once.
pub(super) fn by_store(targets: &[Key]) -> Vec<(u8, Vec<Handle>)> {
    let mut sorted = targets.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted
        .chunk_by(|a, b| a.store == b.store)
        .filter_map(|run| Some((run.first()?.store, run.iter().map(|key| key.handle).collect())))
        .collect()
}

/// A few words for the log: what the first change touches, and how many there are.
pub(super) fn summary(title: &str, planned: usize) -> String {
    let title: String = title.chars().take(120).collect();
    match (planned, title.is_empty()) {
        (0 | 1, _) => title,
        (count, true) => format!("{count} memories"),
        (count, false) => format!("{count} memories: {title} …"),
    }
}
