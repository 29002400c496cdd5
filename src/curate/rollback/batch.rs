//! A plan as batches of intents, so that a roll-back goes at the pace of any other bulk act.

use std::collections::VecDeque;

use super::{Return, RollBackPlan, Way};
use crate::{
    curate::{CurateProblem, feed::Batch},
    ledger::{Known, Ledger},
    store::{Intent, Make},
};

impl RollBackPlan {
    /// The next batch: about `size` of the memories that are left, of one store and in one keeping; empty when none is.
    pub(in crate::curate) fn batch(
        &self,
        rest: &mut VecDeque<usize>,
        ledger: &Ledger,
        size: usize,
    ) -> Result<Batch, CurateProblem> {
        let one = |at: &usize| self.returns.get(*at);
        let Some(first) = rest.front().and_then(one) else { return Ok(Batch::default()) };
        let alike = |one: &Return| (one.store, one.place) == (first.store, first.place);
        let count = rest.iter().take(size).map_while(one).take_while(|one| alike(one)).count();
        let returns: Vec<&Return> = rest.drain(..count).filter_map(|at| self.returns.get(at)).collect();
        let recorded = |one: &&Return| match one.way {
            Some(Way::Recorded { operation, image, .. }) => Some((operation, image)),
            _ => None,
        };
        let numbers: Vec<i64> = returns.iter().filter_map(recorded).map(|(_, image)| image).collect();
        let operation = returns.iter().find_map(recorded).map_or(0, |(operation, _)| operation);
        let mut images = ledger.images(operation, &numbers)?;
        let mut known = Known::new();
        let mut intents = Vec::with_capacity(returns.len());
        for one in &returns {
            let make = match &one.way {
                None => continue,
                Some(Way::Delete) => Make::Delete,
                Some(Way::Edit(edit)) => Make::Edit(edit.clone()),
                Some(Way::Given(image)) => Make::Put((**image).clone()),
                Some(Way::Recorded { operation, image, digest }) => {
                    known.insert(*digest, *image);
                    Make::Put(images.remove(image).map_or_else(|| ledger.image(*operation, *image), Ok)?)
                }
            };
            known.extend(one.from);
            intents.push(Intent { native: one.id.native.clone(), expect: one.expect, make });
        }
        let store = first.store.unwrap_or(u8::MAX);
        Ok(Batch { store, place: Some(first.place), intents, known, homeless: Vec::new() })
    }
}
