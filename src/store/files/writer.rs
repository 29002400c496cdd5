//! The writing half of a store of files: what was journalled is written as whole files, each put in its place at once.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use super::{
    bench::{Bench, Draft, Earlier},
    folder::{INDEX, Source},
    plan::Plan,
    record,
    shelf::Shelf,
    spot, tool,
};
use crate::{
    change::Change,
    memory::{EpochMs, Image, Record},
    store::{
        Composed, Errand, Intent, Make, Outcome, Problem, Result, Writer, crash, disk,
        spot::{Spot, Waiting},
    },
};

/// Writes the files of a store.
pub(super) struct FilesWriter {
    shelf: Arc<Shelf>,
    /// The files as they were before the act that is under way.
    earlier: Earlier,
}

impl FilesWriter {
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, earlier: Earlier::new() }
    }

    fn transact(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let mut bench = Bench::after(self.shelf.survey(), std::mem::take(&mut self.earlier));
        let (mut outcomes, mut seen) = (Vec::new(), HashSet::new());
        let mut batch = first;
        let mut any = false;
        while !batch.is_empty() {
            let mut changes = Vec::new();
            let mut planned: Vec<(usize, Outcome)> = Vec::with_capacity(batch.len());
            for (at, intent) in in_order(&batch) {
                let plan = if seen.insert(intent.native.clone()) {
                    bench.plan(intent, now())?
                } else {
                    let reason = format!("{} is named twice in one step; do one after the other", intent.native);
                    Plan::Settled(Outcome::Refused(reason))
                };
                planned.push(match plan {
                    Plan::Settled(outcome) => (at, outcome),
                    Plan::Do(change) => {
                        changes.push(*change);
                        (at, Outcome::Applied)
                    }
                });
            }
            planned.sort_unstable_by_key(|(at, _)| *at);
            outcomes.extend(planned.into_iter().map(|(_, outcome)| outcome));
            bench.prove(&changes)?;
            if !changes.is_empty() {
                any = true;
                errand.journal(&Arc::new(changes))?;
            }
            // Everything of one file goes into one write.
            batch = errand.next();
        }
        if any {
            errand.durable()?;
            write(&bench)?;
        }
        self.earlier = bench.into_earlier();
        Ok(outcomes)
    }
}

impl Writer for FilesWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let result = self.transact(first, errand);
        // Also after a conflict: whoever lists the memory must see it as it is.
        self.shelf.fresh_book();
        result
    }

    fn compose(&mut self, records: &[Record]) -> Result<Vec<Composed>> {
        let survey = self.shelf.survey();
        records.iter().map(|record| tool::composed(&survey, record)).collect()
    }

    fn company(&mut self) -> bool {
        // Agents take no locks on files: nobody waits for a gap.
        false
    }

    fn rest(&mut self) {
        self.earlier.clear();
    }

    fn finish(&mut self, changes: &[Change]) -> Result<()> {
        let mut bench = Bench::new(self.shelf.survey());
        for change in changes {
            let Some((source, key)) = bench.place(&change.native) else { continue };
            let now = Parts::of(bench.image(&change.native)?.as_ref()).with_lines(&mut bench, &source)?;
            let (before, after) = (Parts::of(change.before.as_ref()), Parts::of(change.after.as_ref()));
            if now.is_between(&before, &after) {
                bench.make(&source, &key, change.after.as_ref())?;
            }
        }
        write(&bench)?;
        self.shelf.fresh_book();
        Ok(())
    }
}

/// Intents with their places among the others. What is put back comes in the order in which it stood in its file: then
/// everything before it is there.
fn in_order(batch: &[Intent]) -> Vec<(usize, &Intent)> {
    let place = |intent: &Intent| match &intent.make {
        Make::Put(image) => record::surroundings(image, false).and_then(|around| around.at.first().copied()),
        Make::Delete | Make::Erase | Make::Edit(_) => None,
    };
    let mut intents: Vec<(usize, &Intent)> = batch.iter().enumerate().collect();
    intents.sort_by_cached_key(|(_, intent)| place(intent));
    intents
}

/// The parts of a memory that are in files of their own.
#[derive(Default)]
struct Parts {
    own: Option<(Vec<u8>, Vec<u8>)>,
    lines: Vec<Vec<u8>>,
}

impl Parts {
    fn of(image: Option<&Image>) -> Self {
        let own = image.map(record::own).map(|(heading, text)| (heading.to_vec(), text.to_vec()));
        Self { own, lines: image.map(record::lines).unwrap_or_default() }
    }

    /// With the lines of the index, which may be there without the memory.
    fn with_lines(mut self, bench: &mut Bench, source: &Source) -> Result<Self> {
        if let Some(index) = Bench::index_of(source) {
            let draft = bench.draft(&index)?;
            let places = Bench::lines_to(draft, source).into_iter();
            self.lines = places.filter_map(|at| Some(draft.split.pieces.get(at)?.text.clone())).collect();
        }
        Ok(self)
    }

    /// Whether each part is as it was before or as it was to become.
    fn is_between(&self, before: &Self, after: &Self) -> bool {
        (self.own == before.own || self.own == after.own) && (self.lines == before.lines || self.lines == after.lines)
    }
}

/// The time of an edit.
fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}

/// A draft with the place of its file and its new content; without content the file goes.
struct Step<'b> {
    draft: &'b Draft,
    spot: Spot,
    content: Option<Vec<u8>>,
}

/// Writes every changed draft: new content is laid beside all files first, then each takes its place. What was put in
/// place is taken back when another one fails.
fn write(bench: &Bench) -> Result<()> {
    let changed = bench.drafts.values().filter(|draft| draft.is_changed());
    let mut steps = changed.map(Step::new).collect::<Result<Vec<_>>>()?;
    // A file is made before the line that leads to it, and goes after it: nothing ever leads nowhere.
    steps.sort_by_key(|step| match (&step.content, step.draft.source.path.ends_with(INDEX)) {
        (Some(_), false) => 0,
        (_, true) => 1,
        (None, false) => 2,
    });
    for step in &steps {
        step.spot.sweep();
    }
    let waiting = steps.iter().map(Step::laid_beside).collect::<Result<Vec<_>>>()?;
    steps.iter().try_for_each(Step::unmoved)?;
    for (done, (step, waiting)) in steps.iter().zip(waiting).enumerate() {
        if let Err(problem) = step.carry_out(waiting) {
            steps.iter().take(done).rev().for_each(Step::take_back);
            return Err(problem);
        }
        crash::point("placed");
    }
    steps.iter().try_for_each(|step| step.spot.settle())?;
    steps.iter().try_for_each(Step::is_so)?;
    steps.iter().filter(|step| step.content.is_none()).for_each(Step::clear);
    Ok(())
}

impl<'b> Step<'b> {
    fn new(draft: &'b Draft) -> Result<Self> {
        let spot = Spot::to_write(&draft.source).map_err(|error| disk::problem(&draft.source.path, &error))?;
        Ok(Self { draft, spot, content: draft.content() })
    }

    fn laid_beside(&self) -> Result<Option<Waiting<'_>>> {
        let Some(bytes) = &self.content else { return Ok(None) };
        Waiting::beside(&self.spot, bytes, self.draft.mode(), self.draft.once_written(bytes)).map(Some)
    }

    /// The file as it is now.
    fn read(&self) -> Result<Option<Vec<u8>>> {
        let found = self.spot.read().map_err(|error| disk::problem(&self.draft.source.path, &error))?;
        Ok(found.map(|found| found.bytes))
    }

    /// Makes sure that nobody wrote the file since it was read.
    fn unmoved(&self) -> Result<()> {
        if self.read()?.as_ref() == self.draft.found.as_ref().map(|found| &found.bytes) {
            return Ok(());
        }
        let reason = "another program wrote it at this moment; nothing was changed, look at it and try again".into();
        Err(Problem::Failed { path: self.draft.source.path.clone(), reason })
    }

    fn carry_out(&self, waiting: Option<Waiting<'_>>) -> Result<()> {
        self.unmoved()?;
        match waiting {
            Some(waiting) => waiting.take_place(self.draft.found.is_none()),
            None => self.spot.remove(),
        }
    }

    /// Puts the file back as it was, unless somebody has written it since.
    fn take_back(&self) {
        if !self.read().is_ok_and(|now| now == self.content) {
            return;
        }
        // What cannot be taken back is found by whoever compares the files with the ledger.
        let _result = match &self.draft.found {
            Some(found) => Waiting::beside(&self.spot, &found.bytes, found.mode, Some(found.look.modified))
                .and_then(|waiting| waiting.take_place(self.content.is_none())),
            None => self.spot.remove(),
        };
    }

    /// Reads the file back.
    fn is_so(&self) -> Result<()> {
        if self.read()? == self.content {
            return Ok(());
        }
        Err(Problem::NotVerified { path: self.draft.source.path.clone(), what: self.draft.source.native.clone() })
    }

    /// Lets the directories go that were there for this file only.
    fn clear(&self) {
        if spot::makes_directories(&self.draft.source) {
            self.spot.clear();
        }
    }
}
