//! Where a person was in the list, to go back exactly there.

use std::collections::HashSet;

use super::{App, Effect, list::Spot};
use crate::{catalog::ViewSpec, memory::Key};

/// A list as it was left: what it showed, and where in it the cursor stood.
#[derive(Clone, Debug, Default)]
pub(crate) struct Place {
    /// The text of the filter.
    pub(crate) filter: String,
    /// What was shown.
    pub(crate) spec: ViewSpec,
    /// The memory under the cursor, or on the way to which it was.
    pub(crate) memory: Option<Key>,
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
            folded: list.folded.clone(),
            spot: list.spot(),
        }
    }

    /// Back to a place: the same list, the same memory under the cursor, at the same height of the screen.
    pub(crate) fn go_back_to(&mut self, place: Place, effects: &mut Vec<Effect>) {
        let here = self.place();
        self.range = None;
        self.filter = place.filter;
        if here.spec == place.spec && here.memory == place.memory && here.spot == place.spot {
            return;
        }
        self.list.folded = place.folded;
        self.ask_view(place.spec, place.memory, false, effects);
        self.list.back = Some(place.spot);
    }
}
