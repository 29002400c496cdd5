//! What an act means: where its intents come from.

use std::collections::{HashSet, VecDeque};

use super::{
    CurateProblem, Curator, OperationId, Report, Step,
    book::Beginnings,
    bury::Where,
    feed::{Part, Source, Toggle},
};
use crate::{
    change::{Edit, Label, Place},
    judge,
    ledger::{self, OperationState},
    memory::{Digest, EpochMs, Handle, Key, Record, Target},
    store::{Expect, Intent, Make},
};

impl Curator {
    pub(super) fn add(
        &mut self,
        store: u8,
        records: &[Record],
        reason: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let mut writer = self.take_writer(store)?;
        let composed = writer.compose(records);
        self.site(store)?.writer = Some(writer);
        let (mut intents, mut refused) = (VecDeque::new(), Vec::new());
        for (place, made) in composed?.into_iter().enumerate() {
            match made {
                Ok((native, image)) => {
                    intents.push_back(Intent { native, expect: Expect::Absent, make: Make::Put(image) });
                }
                Err(reason) => refused.push((self.public_id(store, &format!("new/{}", place + 1)), reason)),
            }
        }
        let begin = Beginnings::of_person(Label::Add, reason, intents.len(), now);
        let mut report = self.run(begin, vec![Source::Given { store, place: Place::Store, intents }], step)?;
        report.planned += refused.len();
        report.refused.append(&mut refused);
        Ok(report)
    }

    pub(super) fn prune(
        &mut self,
        targets: &[Target],
        reason: &str,
        spare_pinned: bool,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let mut sorted = targets.to_vec();
        sorted.sort_unstable_by_key(|target| target.key);
        sorted.dedup_by_key(|target| target.key);
        let all = sorted.len();
        let mut sources = Vec::new();
        let mut planned = 0;
        for run in sorted.chunk_by(|a, b| a.key.store == b.key.store) {
            let Some(store) = run.first().map(|target| target.key.store) else { continue };
            let pinned = if spare_pinned { self.pinned(store, now)? } else { HashSet::new() };
            let chosen = run.iter().filter(|target| !pinned.contains(&target.key.handle));
            let reader = self.reader(store)?;
            let natives: VecDeque<(String, Expect)> =
                chosen.map(|target| (reader.native(target.key.handle), Expect::Seen(target.seen))).collect();
            planned += natives.len();
            sources.push(Source::Named { store, natives, make: Make::Delete });
        }
        drop(sorted);
        let begin = Beginnings::of_person(Label::Prune, reason, planned, now);
        let mut report = self.run(begin, sources, step)?;
        report.spared = all - planned;
        if let Some(operation) = report.operation {
            self.bury(operation, Where::Shared, reason, now)?;
        }
        Ok(report)
    }

    /// The pinned memories of a store.
    fn pinned(&mut self, store: u8, now: EpochMs) -> Result<HashSet<Handle>, CurateProblem> {
        let overlays = self.overlays(store, now)?.into_iter();
        Ok(overlays.filter_map(|(handle, overlay)| overlay.pinned.then_some(handle)).collect())
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
        let expect = base.map_or(Expect::Anything, Expect::Exactly);
        let natives = [(self.reader(key.store)?.native(key.handle), expect)].into();
        let source = Source::Named { store: key.store, natives, make: Make::Edit(edit.clone()) };
        self.run(Beginnings::of_person(Label::Edit, reason, 1, now), vec![source], step)
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

    pub(super) fn turn(
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
        if target.label == Label::Erase {
            return Err(CurateProblem::ErasedForGood(operation, target.summary));
        }
        if let Some(erased) = self.ledger()?.erased_of(operation, toggle != Toggle::Undo)? {
            return Err(CurateProblem::NeedsErased { operation, erased });
        }
        let planned = self.ledger()?.count_changes(operation)?;
        let label = if toggle == Toggle::Undo { Label::Undo } else { Label::Redo };
        let begin = Beginnings { of: Some(operation), ..Beginnings::of_person(label, "", planned, now) };
        if target.label == Label::Move {
            let report = self.turn_move(operation, begin, toggle, step)?;
            return Ok(Report { named: Some(judge::mask(&target.named()).into()), ..report });
        }
        let report =
            self.run(begin, vec![Source::Recorded { operation, after: 0, toggle, part: Part::Whole }], step)?;
        if let (Toggle::Undo, Some(undo)) = (toggle, report.operation)
            && target.author.starts_with(ledger::BY_ITSELF)
        {
            self.bury_taken_back(&target, undo, now)?;
        }
        Ok(Report { named: Some(judge::mask(&target.named()).into()), ..report })
    }

    /// Turns a move: what left is put back before its copy goes, and what comes is there before anything leaves.
    fn turn_move(
        &mut self,
        operation: OperationId,
        begin: Beginnings<'_>,
        toggle: Toggle,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let of = |part| vec![Source::Recorded { operation, after: 0, toggle, part }];
        let phases = match toggle {
            Toggle::Undo => vec![of(Part::Departures), of(Part::Arrivals)],
            Toggle::Redo { .. } => vec![of(Part::Arrivals), of(Part::Departures)],
        };
        let mut report = self.run_in_phases(begin, phases, step)?;
        if report.refused.is_empty() && report.trouble.is_none() {
            let carried = self.ledger()?.carried(operation)?;
            report.planned = carried.max(1).min(report.planned);
            report.applied = report.applied.min(report.planned);
        }
        Ok(report)
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
