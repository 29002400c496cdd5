//! What a dream begins with: the chosen memories as the catalogue knows them, and how they hang together.

use std::sync::Arc;

use super::Desk;
use crate::{
    catalog::{Aging, UNKNOWN, ViewSpec},
    dream::{Grounds, Known},
    memory::EpochMs,
    query::Expr,
    store::{Cancel, Problem, Result},
};

impl Desk {
    /// The memories that a filter matches, as a dream needs them; those captured before `since` stand beside the others
    /// only. The catalogue must be ready.
    ///
    /// # Errors
    /// What a store says when it cannot be read; [`Problem::Failed`] when the filter cannot be answered in full.
    pub fn grounds(&mut self, filter: &Expr, since: Option<EpochMs>) -> Result<Grounds> {
        let spec = ViewSpec { filter: filter.clone(), ..ViewSpec::default() };
        let view = self.view(&spec, None, &[], &Cancel::default(), &mut |_| {})?;
        if let Some(reason) = view.remark {
            return Err(Problem::Failed {
                path: "the filter".into(),
                reason: format!("cannot be answered in full: {reason}"),
            });
        }
        let keys = self.keys(view.id, 0..view.count.number);
        let catalog = self.library.snapshot();
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        let known = |key| {
            let slot = catalog.slot(key)?;
            let (fact, created, overlay) = (catalog.fact(slot), catalog.created(slot), catalog.overlay_at(slot));
            Some(Known {
                key,
                signals: aging.signals(fact, created, overlay),
                fresh: since.is_none_or(|since| created != UNKNOWN && created >= since),
                overlay: overlay.filter(|overlay| !overlay.is_empty()).cloned().map(Box::new),
            })
        };
        let mut chosen: Vec<Known> = keys.into_iter().filter_map(known).collect();
        chosen.sort_unstable_by_key(|known| known.key);
        let library = Arc::clone(&self.library);
        let kin = library.builder().kin(&library.shared);
        Ok(Grounds { chosen, kin })
    }
}
