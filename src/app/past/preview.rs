//! A roll-back before it is done: every memory that it touches, and what each becomes.

use std::sync::Arc;

use super::{FieldDiff, Versions};
use crate::{
    curate::{Choices, Return, RollBack, RollBackPlan},
    engine::Past,
};

/// A roll-back in preview.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// What is rolled back, in words.
    pub(crate) what: String,
    /// What it would do, once that is known.
    pub(crate) plan: Option<Arc<RollBackPlan>>,
    /// What was decided.
    pub(crate) choices: Choices,
    /// The memory under the cursor.
    pub(crate) cursor: usize,
    /// The first one on screen, as last drawn.
    pub(crate) top: usize,
    /// What the memory under the cursor becomes, with its place.
    pub(crate) shown: Option<(usize, Vec<FieldDiff>)>,
    /// The first line of that on screen.
    pub(crate) scroll: usize,
    /// The versions from which it was begun.
    pub(crate) behind: Option<Box<Versions>>,
    asked: Option<usize>,
}

impl Preview {
    pub(super) fn new(what: &RollBack, behind: Option<Box<Versions>>) -> Self {
        Self {
            what: what.words(),
            plan: None,
            choices: Choices::default(),
            cursor: 0,
            top: 0,
            shown: None,
            scroll: 0,
            behind,
            asked: None,
        }
    }

    pub(super) fn on_plan(&mut self, plan: Arc<RollBackPlan>) {
        self.plan = Some(plan);
        self.asked = None;
        self.go(0);
    }

    pub(super) fn on_return(&mut self, at: usize, fields: Vec<FieldDiff>) {
        if self.asked == Some(at) {
            self.shown = Some((at, fields));
            self.scroll = 0;
        }
    }

    /// What applying it does, in a few words.
    pub(crate) fn verdict(&self) -> String {
        let changed = self.plan.as_ref().map_or(0, |plan| plan.tally(self.choices).changed());
        format!("roll back {changed}")
    }

    /// Its memories.
    pub(crate) fn returns(&self) -> &[Return] {
        self.plan.as_ref().map_or(&[], |plan| plan.returns.as_slice())
    }

    /// Puts the cursor on a memory.
    pub(super) fn go(&mut self, to: usize) {
        self.cursor = to.min(self.returns().len().saturating_sub(1));
    }

    /// The question for what is shown and not here.
    pub(super) fn want(&mut self) -> Option<Past> {
        let plan = self.plan.as_ref().filter(|plan| !plan.returns.is_empty())?;
        if self.asked == Some(self.cursor) {
            return None;
        }
        self.asked = Some(self.cursor);
        Some(Past::Return { plan: Arc::clone(plan), at: self.cursor })
    }
}
