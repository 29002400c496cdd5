//! Rolling back: what a person wants undone becomes a plan that names every memory, and the plan becomes one operation.
//!
//! Planning changes nothing. What is applied is the plan that was shown, guarded memory by memory: one that is no longer
//! as it was when the plan was made stays as it is and is named.

mod batch;
mod before;
mod decide;
mod derived;
mod merge;
mod plan;

use std::sync::Arc;

use super::{CurateProblem, Curator, OperationId, Report, Step, book::Beginnings, bury::Where, feed::Source};
use crate::{
    change::{Edit, Label, Place},
    memory::{Digest, EpochMs, Image, Key, MemoryId, Target},
    store::Expect,
};

/// What a person wants rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RollBack {
    /// One memory becomes one of its versions again; `None`: it is not there.
    Version {
        /// Which memory.
        id: MemoryId,
        /// What it was then.
        to: Option<Digest>,
    },
    /// Memories become what they were at a moment, each its version of then; `None`: it was not there.
    Versions {
        /// Which, and what they were.
        memories: Vec<(MemoryId, Option<Digest>)>,
        /// The moment.
        at: EpochMs,
    },
    /// Operations are taken back together, the latest first.
    Operations(Vec<OperationId>),
    /// What a session captured goes.
    Session(String),
    /// What an agent captured or changed since a moment goes or is put back.
    Agent {
        /// Its name.
        name: String,
        /// Since when.
        since: EpochMs,
    },
    /// The memories of a scope become what they were at a moment.
    Scope {
        /// Its name, `user` for memories without a project.
        name: String,
        /// The moment.
        to: EpochMs,
    },
}

/// What the catalogue knows of the memories that a roll-back is about. Empty for versions and operations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grounds {
    /// Memories that were captured by whom or since when it says: they go.
    pub captured: Vec<Target>,
    /// Every memory of the scope.
    pub within: Vec<Key>,
}

/// What a memory becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Becomes {
    /// It is deleted.
    Gone,
    /// It is there again.
    Back,
    /// It reads as it did.
    Older,
    /// Some fields read as they did; what was changed since in others stays.
    Merged,
    /// A person's marks on it are as they were.
    Marks,
    /// It already is so.
    Nothing,
}

impl Becomes {
    /// The word for lists, output and JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "deleted",
            Self::Back => "put back",
            Self::Older => "restored",
            Self::Merged => "merged",
            Self::Marks => "marks restored",
            Self::Nothing => "already so",
        }
    }
}

/// How a memory is brought there.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    Delete,
    /// An image that the ledger has.
    Recorded {
        operation: OperationId,
        image: i64,
        digest: Digest,
    },
    Given(Box<Image>),
    Edit(Edit),
}

/// One memory of a roll-back.
#[derive(Clone, Debug, PartialEq)]
pub struct Return {
    /// Which.
    pub id: MemoryId,
    /// Its title; raw.
    pub title: String,
    /// What it becomes.
    pub becomes: Becomes,
    /// Why it is left alone unless conflicts are overruled: what has changed since.
    pub conflict: Option<String>,
    /// What of it stays as it was changed since, when that is merged.
    pub keeps: Vec<String>,
    /// For one that is taken along only if wanted: from what it was derived, and how.
    pub derived: Option<String>,
    pub(super) store: Option<u8>,
    pub(super) place: Place,
    pub(super) expect: Expect,
    pub(super) way: Option<Way>,
    /// The image that is there now, where the ledger has it.
    pub(super) from: Option<(Digest, i64)>,
}

/// What a person decided about a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// Takes what was derived along.
    pub derived: bool,
    /// Overrules conflicts: what has changed since is lost (and can be undone).
    pub conflicts: bool,
}

/// Every memory that a roll-back touches, and what each becomes. Nothing else will be changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RollBackPlan {
    /// What is rolled back, in words: `operation 12`, `session 4f2a`.
    pub what: String,
    /// Its memories: those that are derived last, else by store and name.
    pub returns: Vec<Return>,
    /// What is not known, and what stays out of reach; a sentence each.
    pub remarks: Vec<String>,
}

/// What a plan comes to under choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Memories that are deleted.
    pub gone: usize,
    /// Memories that are put back.
    pub back: usize,
    /// Memories that read as they did, whole, in some fields or in their marks.
    pub restored: usize,
    /// Memories that are left alone for what has changed since.
    pub left: usize,
    /// Memories that were derived and are not taken along.
    pub derived: usize,
    /// Memories that already are so.
    pub already: usize,
}

impl Tally {
    /// Memories that are changed.
    pub const fn changed(self) -> usize {
        self.gone + self.back + self.restored
    }
}

impl Return {
    /// A memory that is deleted if it still is what is expected.
    pub const fn deletion(store: u8, id: MemoryId, title: String, expect: Expect) -> Self {
        Self {
            id,
            title,
            becomes: Becomes::Gone,
            conflict: None,
            keeps: Vec::new(),
            derived: None,
            store: Some(store),
            place: Place::Store,
            expect,
            way: Some(Way::Delete),
            from: None,
        }
    }

    /// Whether it is changed under these choices.
    pub const fn is_changed(&self, choices: Choices) -> bool {
        let wanted = self.derived.is_none() || choices.derived;
        let free = self.conflict.is_none() || choices.conflicts;
        wanted && free && self.way.is_some() && self.store.is_some()
    }

    /// Whether there is anything to be done about it.
    pub const fn way_is_open(&self) -> bool {
        self.way.is_some()
    }

    /// Whether overruling would change it: without a way nothing does.
    pub const fn can_be_overruled(&self) -> bool {
        self.conflict.is_some() && self.way.is_some() && self.store.is_some()
    }
}

impl RollBackPlan {
    /// What it comes to.
    pub fn tally(&self, choices: Choices) -> Tally {
        let mut tally = Tally::default();
        for one in &self.returns {
            if one.is_changed(choices) {
                match one.becomes {
                    Becomes::Gone => tally.gone += 1,
                    Becomes::Back => tally.back += 1,
                    Becomes::Older | Becomes::Merged | Becomes::Marks => tally.restored += 1,
                    Becomes::Nothing => tally.already += 1,
                }
            } else if one.derived.is_some() && !choices.derived {
                tally.derived += 1;
            } else if one.becomes == Becomes::Nothing {
                tally.already += 1;
            } else {
                tally.left += 1;
            }
        }
        tally
    }
}

impl Curator {
    /// Applies a plan as one operation. With the words of a tombstone, the texts that it takes out are not to come back.
    pub(super) fn roll_back(
        &mut self,
        plan: &Arc<RollBackPlan>,
        choices: Choices,
        reason: &str,
        tombstone: Option<&str>,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let chosen = (0..plan.returns.len())
            .filter(|at| plan.returns.get(*at).is_some_and(|one| one.is_changed(choices)))
            .collect::<std::collections::VecDeque<usize>>();
        let planned = chosen.len();
        let reason = if reason.is_empty() { plan.what.clone() } else { format!("{}: {reason}", plan.what) };
        let begin = Beginnings::of_person(Label::RollBack, &reason, planned, now);
        let source = Source::Planned { plan: Arc::clone(plan), rest: chosen };
        let mut report = self.run(begin, vec![source], step)?;
        let left = plan.returns.iter().filter(|one| {
            one.conflict.is_some() && !one.is_changed(choices) && (one.derived.is_none() || choices.derived)
        });
        for one in left {
            report.planned += 1;
            report.refused.push((one.id.clone(), one.conflict.clone().unwrap_or_default()));
        }
        report.already += plan.tally(choices).already;
        if let (Some(operation), Some(words)) = (report.operation, tombstone) {
            self.bury(operation, Where::Anywhere, words, now)?;
        }
        Ok(report)
    }

    /// What a memory of a plan is now and what it becomes, field by field.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be read.
    pub fn return_view(&mut self, one: &Return, now: EpochMs) -> Result<super::ChangeView, CurateProblem> {
        let (before, after) = self.sides(one, now)?;
        let fields = super::show::differences(before.as_ref(), after.as_ref());
        Ok(super::ChangeView { id: one.id.clone(), title: one.title.clone(), fields })
    }

    fn sides(&mut self, one: &Return, now: EpochMs) -> Result<(Option<Image>, Option<Image>), CurateProblem> {
        let before = match one.store {
            Some(store) => self.image_now(store, one.place, &one.id.native, now)?,
            None => None,
        };
        let after = match &one.way {
            None => before.clone(),
            Some(Way::Delete) => None,
            Some(Way::Given(image)) => Some((**image).clone()),
            Some(Way::Recorded { operation, image, .. }) => Some(self.ledger()?.image(*operation, *image)?),
            Some(Way::Edit(edit)) => before.clone().map(|image| merge::shown_after(image, edit)),
        };
        Ok((before, after))
    }

    /// A memory's record, or a person's marks on it, as they are now.
    pub(super) fn image_now(
        &mut self,
        store: u8,
        place: Place,
        native: &str,
        now: EpochMs,
    ) -> Result<Option<Image>, CurateProblem> {
        if place == Place::Overlay {
            let id = self.know(store, now)?;
            return Ok(crate::ledger::overlay::image_of(&self.ledger()?.overlay(id, native)?));
        }
        let reader = self.reader(store)?;
        let Some(handle) = reader.handle(native) else { return Ok(None) };
        Ok(reader.image(handle)?)
    }
}
