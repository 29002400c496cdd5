//! What a person has seen of what others did.

use std::collections::HashSet;

use super::{CurateProblem, Curator, OperationId};
use crate::{
    ledger::{Foreign, Glance, Roll},
    memory::EpochMs,
};

impl Curator {
    /// How a store was when a person last said that they had seen it; `None` when they never did.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn glance(&mut self, store: u8, now: EpochMs) -> Result<Option<Glance>, CurateProblem> {
        let id = self.know(store, now)?;
        Ok(self.ledger()?.glance(id)?)
    }

    /// Notes that a person has seen all that others did to a store until now.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be written.
    pub fn glanced(&mut self, store: u8, roll: &Roll, now: EpochMs) -> Result<(), CurateProblem> {
        let id = self.know(store, now)?;
        Ok(self.ledger_mut()?.glanced(id, roll, now)?)
    }

    /// What others were seen to do to a store since a person last looked, and since when that is: where they never did, since
    /// the store is observed. `None` when it is not observed yet.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn foreign(&mut self, store: u8, now: EpochMs) -> Result<Option<(EpochMs, Vec<Foreign>)>, CurateProblem> {
        let id = self.know(store, now)?;
        let ledger = self.ledger()?;
        let (since, after) = match (ledger.glance(id)?, ledger.watched_from(id)?) {
            (Some(glance), _) => (glance.at, glance.operation),
            (None, Some(from)) => (from, 0),
            (None, None) => return Ok(None),
        };
        Ok(Some((since, ledger.foreign(id, after)?)))
    }

    /// The memories of a store that operations of memtui's own changed after an operation.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn touched_since(
        &mut self,
        store: u8,
        after: OperationId,
        now: EpochMs,
    ) -> Result<HashSet<String>, CurateProblem> {
        let id = self.know(store, now)?;
        Ok(self.ledger()?.touched_since(id, after)?)
    }

    /// The title of what an operation found; empty when its image was let go.
    pub fn headline(&self, operation: OperationId, image: Option<i64>) -> String {
        let ledger = self.ledger().ok().zip(image);
        ledger
            .and_then(|(ledger, image)| ledger.image(operation, image).ok())
            .map(|it| it.headline())
            .unwrap_or_default()
    }
}
