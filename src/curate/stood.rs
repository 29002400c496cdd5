//! What is known of the open stores as they stood at a moment.

use super::{CurateProblem, Curator};
use crate::{
    ledger::{First, LogEnd, Problem},
    memory::{EpochMs, Image},
    query::AsOf,
    store,
};

/// What the ledger knows of the open stores as they stood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stood {
    /// The moment, `epoch_ms`: what was captured then or later had not come yet.
    pub at: EpochMs,
    /// The first change since then of each memory, with its store's place in the list.
    pub firsts: Vec<(u8, First)>,
    /// For each store since when others' changes are known; `None`: nobody looked.
    pub watched: Vec<Option<EpochMs>>,
}

impl Curator {
    /// What the ledger knows of the open stores as they stood. A store that it has never seen has no past there.
    ///
    /// # Errors
    /// [`CurateProblem::NoOperation`] for a number that the log does not have, and what the ledger says when it cannot be
    /// read.
    pub fn stood(&mut self, then: AsOf, now: EpochMs) -> Result<Stood, CurateProblem> {
        let at = match (self.ledger()?.moment_of(then)?, then) {
            (Some(at), _) | (None, AsOf::Moment(at)) => at,
            (None, AsOf::Operation(id)) => return Err(CurateProblem::NoOperation(id)),
        };
        let mut stood = Stood { at, firsts: Vec::new(), watched: Vec::with_capacity(self.sites.len()) };
        let mut known = Vec::with_capacity(self.sites.len());
        for place in (0..=u8::MAX).take(self.sites.len()) {
            let id = self.know(place, now).ok();
            stood.watched.push(match id {
                Some(id) => self.ledger()?.watched_from(id)?,
                None => None,
            });
            known.extend(id.map(|id| (id, place)));
        }
        let ids: Vec<_> = known.iter().map(|(id, _)| *id).collect();
        for first in self.ledger()?.first_since(&ids, then)? {
            let place = known.iter().find(|(id, _)| *id == first.store).map(|(_, place)| *place);
            stood.firsts.extend(place.map(|place| (place, first)));
        }
        Ok(stood)
    }

    /// Where the log ends now.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn log_end(&self) -> Result<LogEnd, CurateProblem> {
        Ok(self.ledger()?.log_end()?)
    }

    /// The image of a number in the ledger, `None` when it was let go or erased.
    ///
    /// # Errors
    /// [`store::Problem::Failed`] when the ledger cannot be read at all; a damaged image counts as gone, `memtui check`
    /// names it.
    pub fn image_kept(&self, operation: i64, number: i64) -> store::Result<Option<Image>> {
        let ledger = self.ledger().map_err(as_a_store)?;
        match ledger.image(operation, number) {
            Ok(image) => Ok(Some(image)),
            Err(Problem::LetGo { .. } | Problem::Damaged { .. }) => Ok(None),
            Err(problem) => Err(as_a_store(problem.into())),
        }
    }
}

/// The ledger's trouble where a store's is expected.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn as_a_store(problem: CurateProblem) -> store::Problem {
    store::Problem::Failed { path: "the past cannot be shown".into(), reason: problem.to_string() }
}
