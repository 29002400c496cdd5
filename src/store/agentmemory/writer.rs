//! The writing half of a store of agentmemory: what was journalled is told to the running server, or written into files.

use std::{collections::HashSet, fs, path::PathBuf, sync::Arc};

use super::{
    compose,
    desk::Desk,
    kind::{Kind, Name},
    line::Line,
    place::Way,
    plan::{self, Plan, Step},
    record,
    shelf::Shelf,
};
use crate::{
    change::{Change, Place},
    memory::{Image, Record},
    store::{
        Composed, Errand, Intent, Make, Outcome, Result, Sweep, Writer,
        sqlite::{scrub::holds, writing::now},
    },
};

/// Writes a store.
pub(super) struct AgentWriter {
    shelf: Arc<Shelf>,
    way: Way,
}

/// Where records are during one transaction.
enum Ground<'a> {
    Files(Desk),
    Server(Line<'a>),
}

impl AgentWriter {
    pub(super) fn open(shelf: Arc<Shelf>) -> Result<Self> {
        let way = shelf.place.way().map_err(|reason| shelf.place.read_only(reason))?;
        Ok(Self { shelf, way })
    }

    fn ground(&self) -> Ground<'_> {
        match &self.way {
            Way::Files => Ground::Files(Desk::new(Arc::clone(&self.shelf))),
            Way::Server(server) => Ground::Server(Line::new(Arc::clone(&self.shelf), server)),
        }
    }

    /// Makes sure that the server has not gone or come since.
    fn look_again(&mut self) -> Result<()> {
        self.way = self.shelf.place.way().map_err(|reason| self.shelf.place.read_only(reason))?;
        self.shelf.fresh_book();
        Ok(())
    }

    fn transact(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        self.look_again()?;
        let mut ground = self.ground();
        let (mut outcomes, mut steps, mut seen) = (Vec::new(), Vec::new(), HashSet::new());
        let mut batch = first;
        while !batch.is_empty() {
            let names: Vec<Name> = batch.iter().filter_map(|intent| Name::of(&intent.native)).collect();
            ground.prepare(&names)?;
            let mut changes = Vec::new();
            for intent in &batch {
                outcomes.push(match ground.plan(intent, &mut seen)? {
                    Plan::Settled(outcome) => outcome,
                    Plan::Do(step) => {
                        changes.push(change(&step));
                        steps.push(*step);
                        Outcome::Applied
                    }
                });
            }
            if !changes.is_empty() {
                errand.journal(&Arc::new(changes))?;
            }
            // Everything of one file goes into one write.
            batch = errand.next();
        }
        if !steps.is_empty() {
            errand.durable()?;
            ground.carry_out(&steps)?;
        }
        Ok(outcomes)
    }
}

/// What is journalled of a change.
fn change(step: &Step) -> Change {
    let image = |found: &Option<record::Found>| found.as_ref().map(|found| record::image(step.name.kind, found));
    Change { native: step.name.native(), place: Place::Store, before: image(&step.before), after: image(&step.after) }
}

impl Ground<'_> {
    fn prepare(&mut self, names: &[Name]) -> Result<()> {
        match self {
            Self::Files(_) => Ok(()),
            Self::Server(line) => line.prepare(names),
        }
    }

    fn record(&mut self, name: &Name) -> Result<Option<record::Found>> {
        match self {
            Self::Files(desk) => desk.record(name),
            Self::Server(line) => line.record(name),
        }
    }

    /// A record that was marked as pruned, because the server could not delete it, and is now to be erased.
    fn pruned(&mut self, intent: &Intent, name: &Name) -> Result<Option<record::Found>> {
        match self {
            Self::Files(desk) if intent.make == Make::Erase => desk.any(name),
            _ => Ok(None),
        }
    }

    /// What an intent comes to on the records as they are.
    fn plan(&mut self, intent: &Intent, seen: &mut HashSet<String>) -> Result<Plan> {
        let Some(name) = Name::of(&intent.native) else {
            return Ok(match intent.make {
                Make::Delete | Make::Erase => Plan::Settled(Outcome::Already),
                Make::Edit(_) => Plan::Settled(Outcome::Conflict(None)),
                Make::Put(_) => plan::refused(format!("{} is no name of a memory of this store", intent.native)),
            });
        };
        if !seen.insert(intent.native.clone()) {
            return Ok(plan::refused(format!("{} is named twice in one step; do one after the other", intent.native)));
        }
        let current = self.record(&name)?;
        let plan = match (&current, self.pruned(intent, &name)?) {
            (None, Some(pruned)) => plan::erasure(&name, pruned),
            _ => plan::plan(intent, &name, current.as_ref(), now()),
        };
        let Plan::Do(step) = &plan else { return Ok(plan) };
        let kept = intent.make == Make::Erase && !matches!(name.kind, Kind::Memory | Kind::Observation);
        let objection = match self {
            Self::Server(_) if kept => Some(format!(
                "the running server has no way to delete a {} for good; stop it, then erase it",
                name.kind.word()
            )),
            Self::Files(desk) => desk.objection(step)?,
            Self::Server(_) => Line::objection(step),
        };
        Ok(objection.map_or(plan, plan::refused))
    }

    fn carry_out(&mut self, steps: &[Step]) -> Result<()> {
        match self {
            Self::Files(desk) => desk.carry_out(steps),
            Self::Server(line) => line.carry_out(steps),
        }
    }
}

impl Writer for AgentWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let result = self.transact(first, errand);
        // Also after a conflict: whoever lists the memory must see it as it is.
        self.shelf.fresh_book();
        result
    }

    fn compose(&mut self, records: &[Record]) -> Result<Vec<Composed>> {
        let book = self.shelf.fresh_book();
        Ok(compose::compose(&book, records, now()))
    }

    fn finish(&mut self, changes: &[Change]) -> Result<()> {
        self.look_again()?;
        let mut ground = self.ground();
        let mut steps = Vec::new();
        for change in changes {
            let Some(name) = Name::of(&change.native) else { continue };
            let current = ground.record(&name)?;
            let image = |found: &record::Found| record::image(name.kind, found).digest();
            let is_as_before = current.as_ref().map(image) == change.before.as_ref().map(Image::digest);
            if is_as_before {
                let after = change.after.as_ref().and_then(|image| record::found(name.kind, image));
                // Where it was matters when it is to come back, not where it is.
                steps.push(Step { name, before: current, after });
            }
        }
        if !steps.is_empty() {
            ground.carry_out(&steps)?;
        }
        self.shelf.fresh_book();
        Ok(())
    }

    fn scrub(&mut self, sweep: &Sweep<'_>) -> Result<Vec<String>> {
        let (Some(wording), path) = (sweep.wording, &self.shelf.place.path) else { return Ok(Vec::new()) };
        let files: Vec<PathBuf> = match fs::read_dir(path) {
            Ok(entries) => entries.flatten().map(|entry| entry.path()).collect(),
            Err(_) => vec![path.clone()],
        };
        let next = match self.way {
            Way::Server(_) => "the running server writes its files anew some seconds later",
            Way::Files => "`memtui list` with these words finds memories that say the same",
        };
        let holding = files.into_iter().filter(|file| holds(file, wording).unwrap_or(false));
        Ok(holding.map(|file| format!("{} still holds words of it; {next}", file.display())).collect())
    }

    fn company(&mut self) -> bool {
        // Nobody takes locks on these files: nobody waits for a gap.
        false
    }
}
