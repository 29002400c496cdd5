//! How many memories there are of each sort, for a prompt or a status bar.

use serde::{Deserialize, Serialize};

use super::Desk;
use crate::{
    catalog::{Aging, Fact},
    judge,
    memory::{Handle, Signal},
    query::conf_as_shown,
    store::Result,
};

/// How many memories there are of each sort that a prompt shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// All of them.
    pub total: usize,
    /// Captured since the last sitting, and not judged.
    pub new: usize,
    /// To be judged.
    pub due: usize,
    /// Stale.
    pub stale: usize,
    /// With a confidence under one half.
    pub doubtful: usize,
    /// Whether memories were judged; `stale` and `doubtful` are of those that were.
    pub judged: bool,
}

impl Desk {
    /// Counts from the catalogue as it is.
    pub fn standing(&self) -> Standing {
        let catalog = self.library.snapshot();
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        let mut standing =
            Standing { total: catalog.total(), judged: catalog.is_judged_at_all(), ..Standing::default() };
        for slot in catalog.order().iter() {
            let (fact, created, overlay) = (catalog.fact(*slot), catalog.created(*slot), catalog.overlay_at(*slot));
            standing.new += usize::from(catalog.is_new(*slot, created, aging.now()));
            standing.due += usize::from(judge::is_due(overlay, aging.now()));
            if fact.is(Fact::JUDGED) {
                let confidence = aging.confidence(&catalog, *slot, fact, created);
                standing.doubtful += usize::from(conf_as_shown(confidence) < judge::DOUBTFUL);
                let signals = aging.signals(fact, created, overlay);
                standing.stale += usize::from(signals.has(Signal::Stale));
            }
        }
        standing
    }

    /// The highest memories of a store, at most one of each kind: what is above them is new.
    ///
    /// # Errors
    /// What the store says when it cannot be read.
    pub fn highest(&mut self, store: u8) -> Result<Vec<Handle>> {
        let catalog = self.library.snapshot();
        let reader = self.reader(store)?;
        for block in catalog.blocks().iter().filter(|block| block.store == store) {
            block.handles.iter().for_each(|handle| reader.seen(Handle(handle)));
        }
        Ok(reader.highest())
    }
}
