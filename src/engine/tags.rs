//! The tags in use, for completion: counted among the newest memories, because no column holds them.

use std::{collections::HashMap, ops::ControlFlow};

use super::Desk;
use crate::{
    catalog::{Fact, Tally, largest_first},
    memory::{Handle, Key},
    store::{Result, ScanOf},
};

/// Memories with tags that are read: a few hundredths of a second.
const READ: usize = 2000;
/// Different tags that are counted; a store with more of them has hardly any that are used twice.
const DIFFERENT: usize = 2000;
/// Tags that are told.
const TOLD: usize = 500;
/// Longer tags are no tags that somebody would complete, in bytes.
const LONGEST: usize = 100;

impl Desk {
    /// The most frequent tags among the newest memories that have any.
    pub(super) fn common_tags(&mut self) -> Result<Tally> {
        let catalog = self.library.snapshot();
        let tagged = catalog.order().iter().filter(|slot| catalog.fact(**slot).is(Fact::TAGS));
        let newest: Vec<Key> = tagged.take(READ).filter_map(|slot| catalog.key(*slot)).collect();
        drop(catalog);
        let mut counts: HashMap<String, usize> = HashMap::new();
        for store in self.store_numbers() {
            let of_store = newest.iter().filter(|key| key.store == store);
            let handles: Vec<Handle> = of_store.map(|key| key.handle).collect();
            if handles.is_empty() {
                continue;
            }
            self.reader(store)?.scan(ScanOf::These(&handles), &mut |scanned| {
                for tag in scanned.tags.iter().filter(|tag| tag.len() <= LONGEST) {
                    if let Some(count) = counts.get_mut(*tag) {
                        *count += 1;
                    } else if counts.len() < DIFFERENT {
                        counts.insert((*tag).to_owned(), 1);
                    }
                }
                ControlFlow::Continue(())
            })?;
        }
        let mut tags = largest_first(counts.into_iter());
        tags.truncate(TOLD);
        Ok(tags)
    }
}
