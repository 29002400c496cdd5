//! Where a person was in the list, to go back exactly there.

use std::collections::HashSet;

use super::{App, Effect, Screen, list::Spot};
use crate::{catalog::ViewSpec, memory::Key};

/// Lists that can be gone back to.
const KEPT: usize = 20;

/// A list as it was left: what it showed, and where in it the cursor stood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The text of the filter.
    pub(crate) filter: String,
    /// What was shown.
    pub(crate) spec: ViewSpec,
    /// The memory under the cursor, or on the way to which it was.
    pub(crate) memory: Option<Key>,
    screen: Screen,
    folded: HashSet<String>,
    spot: Spot,
}

impl App {
    /// Where one is now.
    pub(crate) fn place(&self) -> Place {
        let list = &self.list;
        Place {
            filter: self.filter.clone(),
            spec: list.spec.clone(),
            memory: list.destination().or_else(|| list.current().map(|row| row.key)),
            screen: self.screen,
            folded: list.folded.clone(),
            spot: list.spot(),
        }
    }

    /// Back to a place: the same list, the same memory under the cursor, at the same height of the screen.
    pub(crate) fn go_back_to(&mut self, place: Place, effects: &mut Vec<Effect>) {
        let here = self.place();
        self.range = None;
        self.filter = place.filter;
        self.screen = place.screen;
        if here.spec == place.spec && here.memory == place.memory && here.spot == place.spot {
            return;
        }
        self.list.folded = place.folded;
        self.ask_view(place.spec, place.memory, false, effects);
        self.list.back = Some(place.spot);
    }

    /// Remembers the present list: another one is about to be shown in its place.
    pub(crate) fn leave_list(&mut self) {
        let place = self.place();
        self.trail.push(place);
        let excess = self.trail.len().saturating_sub(KEPT);
        self.trail.drain(..excess);
    }

    /// Whether there is an earlier list to go back to.
    pub(crate) fn can_step_back(&self) -> bool {
        self.trail.iter().any(|place| self.is_elsewhere(place))
    }

    /// Goes back to the list before this one.
    pub(crate) fn step_back(&mut self, effects: &mut Vec<Effect>) {
        while let Some(place) = self.trail.pop() {
            if self.is_elsewhere(&place) {
                return self.go_back_to(place, effects);
            }
        }
    }

    fn is_elsewhere(&self, place: &Place) -> bool {
        place.spec != self.list.spec || place.screen != self.screen
    }
}
