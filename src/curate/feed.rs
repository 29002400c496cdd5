//! Intents in batches, so that a bulk act needs little memory.

use std::{collections::VecDeque, sync::Arc};

use super::{CurateProblem, OperationId, RollBackPlan};
use crate::{
    change::Place,
    ledger::{Known, Ledger, Recorded, StoreId},
    memory::MemoryId,
    store::{Expect, Intent, Make},
};

/// Intents that wait their turn.
pub(super) type Intents = VecDeque<Intent>;

/// Where the intents of a run come from.
pub(super) enum Source {
    /// Memories of one store, named one by one, with what each must still be.
    Named { store: u8, natives: VecDeque<(String, Expect)>, make: Make },
    /// Intents of one store and in one keeping, each for a memory of its own.
    Given { store: u8, place: Place, intents: Intents },
    /// Memories of a plan, by their places in it.
    Planned { plan: Arc<RollBackPlan>, rest: VecDeque<usize> },
    /// The changes of an operation, taken back or done again.
    Recorded { operation: OperationId, after: i64, toggle: Toggle, part: Part },
}

/// Which changes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of them.
    Whole,
    /// Those by which a memory left its store.
    Departures,
    /// All others.
    Arrivals,
}

impl Part {
    const fn has(self, change: &Recorded) -> bool {
        match self {
            Self::Whole => true,
            Self::Departures => change.after.is_none(),
            Self::Arrivals => change.after.is_some(),
        }
    }
}

/// Which way an operation is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Toggle {
    /// Back to what was before.
    Undo,
    /// Forward again; the undo that is taken back may have left other revision counters behind.
    Redo { undo: Option<OperationId> },
}

/// Intents of one store and in one keeping.
#[derive(Default)]
pub(super) struct Batch {
    pub(super) store: u8,
    pub(super) place: Option<Place>,
    pub(super) intents: Vec<Intent>,
    /// Images among them that the ledger has already.
    pub(super) known: Known,
    /// Memories of stores that are not open: they cannot be dealt with now.
    pub(super) homeless: Vec<(MemoryId, String)>,
}

impl Batch {
    pub(super) const fn is_empty(&self) -> bool {
        self.intents.is_empty() && self.homeless.is_empty()
    }

    /// Whether it can go with others of that store and keeping.
    pub(super) fn is_for(&self, store: u8, place: Place) -> bool {
        self.store == store && self.place == Some(place) && self.homeless.is_empty()
    }
}

/// The intents of a run, one source after the other.
pub(super) struct Feed {
    sources: VecDeque<Source>,
    /// How the ledger knows the open stores, by their place in the list.
    homes: Vec<StoreId>,
    ahead: Option<Result<Batch, CurateProblem>>,
}

impl Feed {
    pub(super) fn new(sources: Vec<Source>, homes: Vec<StoreId>) -> Self {
        Self { sources: sources.into(), homes, ahead: None }
    }

    /// Takes a batch back that was read too early.
    pub(super) fn put_back(&mut self, batch: Option<Result<Batch, CurateProblem>>) {
        self.ahead = batch;
    }

    /// The next batch, about `size` memories, an empty one when all is done.
    pub(super) fn next(&mut self, ledger: &Ledger, size: usize) -> Result<Batch, CurateProblem> {
        if let Some(ahead) = self.ahead.take() {
            return ahead;
        }
        while let Some(source) = self.sources.front_mut() {
            let batch = source.next(ledger, &self.homes, size)?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            self.sources.pop_front();
        }
        Ok(Batch::default())
    }
}

impl Source {
    /// The store that it is about; what was recorded may be about several.
    pub(super) const fn store(&self) -> Option<u8> {
        match self {
            Self::Named { store, .. } | Self::Given { store, .. } => Some(*store),
            Self::Planned { .. } | Self::Recorded { .. } => None,
        }
    }

    /// How many intents it is known to give.
    pub(super) fn planned(&self) -> usize {
        match self {
            Self::Named { natives, .. } => natives.len(),
            Self::Given { intents, .. } => intents.len(),
            Self::Planned { rest, .. } => rest.len(),
            Self::Recorded { .. } => 0,
        }
    }

    fn next(&mut self, ledger: &Ledger, homes: &[StoreId], size: usize) -> Result<Batch, CurateProblem> {
        match self {
            Self::Named { store, natives, make } => {
                let count = size.min(natives.len());
                let intents = natives
                    .drain(..count)
                    .map(|(native, expect)| Intent { native, expect, make: make.clone() })
                    .collect();
                Ok(Batch { store: *store, place: Some(Place::Store), intents, ..Batch::default() })
            }
            Self::Given { store, place, intents } => {
                let intents = intents.drain(..size.min(intents.len())).collect();
                Ok(Batch { store: *store, place: Some(*place), intents, ..Batch::default() })
            }
            Self::Planned { plan, rest } => plan.batch(rest, ledger, size),
            Self::Recorded { operation, after, toggle, part } => {
                let mut changes = ledger.changes(*operation, *after, size)?;
                while let Some(last) = changes.last().map(|change| change.seq) {
                    changes.retain(|change| part.has(change));
                    if !changes.is_empty() {
                        break;
                    }
                    changes = ledger.changes(*operation, last, size)?;
                }
                let Some(first) = changes.first().map(|change| (change.store, change.place)) else {
                    return Ok(Batch::default());
                };
                let alike = changes.iter().take_while(|change| (change.store, change.place) == first).count();
                changes.truncate(alike);
                *after = changes.last().map_or(*after, |change| change.seq);
                turned(ledger, homes, *operation, &changes, first, *toggle)
            }
        }
    }
}

/// Changes of one store and keeping, turned round.
fn turned(
    ledger: &Ledger,
    homes: &[StoreId],
    operation: OperationId,
    changes: &[Recorded],
    (store, place): (StoreId, Place),
    toggle: Toggle,
) -> Result<Batch, CurateProblem> {
    let mut batch = Batch { place: Some(place), ..Batch::default() };
    let home = homes.iter().position(|home| *home == store).and_then(|index| u8::try_from(index).ok());
    let Some(home) = home else {
        let unknown = || ("?".to_owned(), "?".to_owned());
        let (name, path) = ledger.store(store)?.unwrap_or_else(unknown);
        let reason = format!("its store {path} is not open; open it with --store");
        let id = |native: &String| MemoryId { store: name.clone(), native: native.clone() };
        batch.homeless = changes.iter().map(|change| (id(&change.native), reason.clone())).collect();
        return Ok(batch);
    };
    batch.store = home;
    let wanted = |change: &Recorded| if toggle == Toggle::Undo { change.before } else { change.after };
    let numbers: Vec<i64> = changes.iter().filter_map(wanted).map(|(number, _)| number).collect();
    let mut images = ledger.images(operation, &numbers)?;
    for change in changes {
        let from = match toggle {
            Toggle::Undo => change.after.map(|(_, digest)| digest),
            Toggle::Redo { undo } => {
                let left = undo.map(|id| ledger.left_by(id, store, &change.native)).transpose()?.flatten();
                left.unwrap_or(change.before.map(|(_, digest)| digest))
            }
        };
        let make = match wanted(change) {
            None => Make::Delete,
            Some((number, digest)) => {
                batch.known.insert(digest, number);
                Make::Put(images.remove(&number).map_or_else(|| ledger.image(operation, number), Ok)?)
            }
        };
        let expect = from.map_or(Expect::Absent, Expect::Exactly);
        // What leaves is in the ledger too: as the other image of the same change.
        if let Some((number, digest)) = [change.before, change.after].into_iter().flatten().find(|s| Some(s.1) == from)
        {
            batch.known.insert(digest, number);
        }
        batch.intents.push(Intent { native: change.native.clone(), expect, make });
    }
    Ok(batch)
}
