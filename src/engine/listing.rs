//! The views that were handed out lately, so that pages of them can be read.

use std::{
    collections::VecDeque,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
};

use super::{ViewId, then::Then};
use crate::{catalog::Catalog, memory::Key};

/// Views that stay readable. A screen has one or two; answers under way may name one or two older ones.
const KEPT: usize = 6;
/// The latest views that stay readable however long they are; older long ones make room.
const KEPT_LONG: usize = 2;
/// A view of more memories is a long one.
const LONG: usize = 50_000;

/// Memories in an order.
#[derive(Clone, Debug)]
pub(crate) enum Listing {
    /// By slot.
    Slots(Arc<Vec<u32>>),
    /// By name, from before there were slots.
    Keys(Arc<Vec<Key>>),
    /// By slot of a past list.
    Then(Arc<Vec<u32>>, Arc<Then>),
}

impl Listing {
    /// The past list that it is of; `None` when it is of the present one.
    pub(crate) fn then(self) -> Option<Arc<Then>> {
        if let Self::Then(_, then) = self { Some(then) } else { None }
    }

    /// The memories at positions.
    pub(crate) fn keys(&self, catalog: &Catalog, range: Range<usize>) -> Vec<Key> {
        match self {
            Self::Slots(slots) => of_slots(slots, catalog, range),
            Self::Then(slots, then) => of_slots(slots, &then.catalog, range),
            Self::Keys(keys) => {
                let end = range.end.min(keys.len());
                keys.get(range.start.min(end)..end).unwrap_or_default().to_vec()
            }
        }
    }
}

fn of_slots(slots: &[u32], catalog: &Catalog, range: Range<usize>) -> Vec<Key> {
    let end = range.end.min(slots.len());
    let slots = slots.get(range.start.min(end)..end).unwrap_or_default();
    slots.iter().filter_map(|slot| catalog.key(*slot)).collect()
}

/// The latest views.
#[derive(Debug, Default)]
pub(crate) struct Listings {
    inner: Mutex<(ViewId, VecDeque<(ViewId, Listing)>)>,
}

impl Listings {
    /// Keeps a view and gives it a number.
    pub(crate) fn keep(&self, listing: Listing) -> ViewId {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.0 += 1;
        let id = inner.0;
        inner.1.push_back((id, listing));
        if inner.1.len() > KEPT {
            inner.1.pop_front();
        }
        let long = |(_, listing): &(ViewId, Listing)| matches!(listing, Listing::Slots(slots) | Listing::Then(slots, _) if slots.len() > LONG);
        if inner.1.iter().filter(|view| long(view)).count() > KEPT_LONG
            && let Some(oldest) = inner.1.iter().position(long)
        {
            inner.1.remove(oldest);
        }
        id
    }

    /// The view of that number, when it was not forgotten.
    pub(crate) fn get(&self, view: ViewId) -> Option<Listing> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.1.iter().find(|(id, _)| *id == view).map(|(_, listing)| listing.clone())
    }
}
