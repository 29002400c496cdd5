//! What others did to the stores since a person last looked: it stands behind what policies applied.

use super::{App, Queue, Tab};
use crate::{
    app::Effect,
    curate::{Act, RollBack},
    engine::{Elsewhere, ElsewhereChange, Request, What},
};

/// What others did, as far as it was not put away.
#[derive(Debug, Default)]
pub(crate) struct Others {
    /// What there is in each store.
    pub(crate) stores: Vec<Elsewhere>,
    /// The memories that are named, of all stores; titles may be shown.
    pub(crate) changes: Vec<ElsewhereChange>,
    /// Whether it was asked for and came.
    pub(crate) read: bool,
}

impl Others {
    /// How many changes there are, also those that are not named.
    pub(crate) fn total(&self) -> usize {
        let named: usize = self.stores.iter().map(|store| store.changes.len()).sum();
        let all: usize = self.stores.iter().map(Elsewhere::total).sum();
        all - named + self.changes.len()
    }

    /// The store of a change.
    pub(crate) fn store_of(&self, change: &ElsewhereChange) -> Option<&Elsewhere> {
        self.stores.iter().find(|store| store.name == change.id.store)
    }
}

impl Queue {
    /// How many lines stand on the list of what is to be seen.
    pub(crate) fn to_see(&self) -> usize {
        self.audit.len() + self.others.changes.len()
    }

    /// What somebody else did, if that is under the cursor.
    pub(crate) fn change(&self) -> Option<&ElsewhereChange> {
        self.others.changes.get(self.change_at()?)
    }

    fn change_at(&self) -> Option<usize> {
        let at = self.audit_at.checked_sub(self.audit.len())?;
        (self.tab == Tab::Audit && at < self.others.changes.len()).then_some(at)
    }
}

impl App {
    /// Asks what others did.
    pub(super) fn look_elsewhere(&mut self, effects: &mut Vec<Effect>) {
        self.queue.others.read = false;
        self.ask(Request::Elsewhere, effects);
    }

    /// What others did has come.
    pub(crate) fn on_elsewhere(&mut self, stores: Vec<Elsewhere>) {
        let mut changes: Vec<ElsewhereChange> = stores.iter().flat_map(|store| store.changes.clone()).collect();
        for change in &mut changes {
            change.title = self.veil.text(&change.title).into_owned();
        }
        self.queue.others = Others { stores, changes, read: true };
        self.queue.audit_at = self.queue.audit_at.min(self.queue.to_see().saturating_sub(1));
    }

    /// Notes that a person saw the change under the cursor; with the last of them all is put away.
    pub(super) fn saw_change(&mut self, effects: &mut Vec<Effect>) {
        if let Some(at) = self.queue.change_at() {
            self.queue.others.changes.remove(at);
            if self.queue.others.changes.is_empty() {
                self.saw_others(effects);
            }
        }
    }

    /// Notes that a person saw all that others did.
    pub(super) fn saw_others(&mut self, effects: &mut Vec<Effect>) {
        if self.queue.others.read {
            self.queue.others = Others { read: true, ..Others::default() };
            self.ask(Request::SawElsewhere, effects);
        }
    }

    /// Why what somebody else did cannot be taken back from here.
    pub(super) fn can_take_back_change(&self) -> Result<(), String> {
        let Some(change) = self.queue.change() else { return Ok(()) };
        match (change.operation, change.what, change.target) {
            (None, What::Added, Some(target)) => self.can_write(Some(target.key)),
            (Some(_), ..) => Ok(()),
            _ => {
                Err("How it was is not known: `observe = \"all\"` in the settings remembers it from then on".to_owned())
            }
        }
    }

    /// Takes back what somebody else did: what was added is pruned; what else there was is shown first.
    pub(super) fn take_back_change(&mut self, effects: &mut Vec<Effect>) {
        let Some(change) = self.queue.change().cloned() else { return };
        match (change.operation, change.target) {
            (Some(operation), _) => self.preview_roll_back(RollBack::Operations(vec![operation]), effects),
            (None, Some(target)) => {
                let act = Act::Prune { targets: vec![target], reason: String::new(), spare_pinned: false };
                self.order(act, "", vec![target.key], effects);
                self.saw_change(effects);
            }
            (None, None) => {}
        }
    }
}
