//! Sittings in the ledger: memories by place on this side, by store and native id on that one.

use super::{CurateProblem, Curator, OperationId};
use crate::{
    ledger::Named,
    memory::{EpochMs, Key, Sitting},
};

impl Curator {
    /// Keeps a sitting that begins now, in the place of the unfinished one `instead`. When it took everything that is
    /// due (`whole`), what the open stores capture from now on is new. Its number.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be used.
    pub fn begin_sitting(
        &mut self,
        sitting: &Sitting,
        instead: Option<i64>,
        whole: bool,
        now: EpochMs,
    ) -> Result<i64, CurateProblem> {
        let over = if whole { self.open_stores(now)? } else { Vec::new() };
        let named = self.named(sitting, now);
        Ok(self.ledger_mut()?.begin_sitting(&named, instead, &over)?)
    }

    /// Keeps a sitting as it is now.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be used.
    pub fn keep_sitting(&mut self, sitting: &Sitting, now: EpochMs) -> Result<(), CurateProblem> {
        let named = self.named(sitting, now);
        Ok(self.ledger_mut()?.keep_sitting(&named)?)
    }

    /// The latest sitting on the open stores that did not come to its end.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn unfinished_sitting(&mut self, now: EpochMs) -> Result<Option<Sitting>, CurateProblem> {
        let open = self.open_stores(now)?;
        let Some(found) = self.ledger()?.unfinished_sitting(&open)? else { return Ok(None) };
        Ok(Some(found.renamed(|(id, native)| {
            let store = self.place_of(id, now)?;
            let handle = self.reader(store).ok()?.handle(&native)?;
            Some(Key { store, handle })
        })))
    }

    /// Whether an operation is taken back now.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn is_undone(&self, operation: OperationId) -> Result<bool, CurateProblem> {
        Ok(self.ledger()?.operation(operation)?.is_some_and(|found| found.undone_by.is_some()))
    }

    /// When the list of the last sitting over all of a store was made.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn sat_at(&mut self, store: u8, now: EpochMs) -> Result<Option<EpochMs>, CurateProblem> {
        let id = self.know(store, now)?;
        Ok(self.ledger()?.sat_at(id)?)
    }

    fn named(&mut self, sitting: &Sitting, now: EpochMs) -> Sitting<Named> {
        sitting.clone().renamed(|key| {
            let id = self.know(key.store, now).ok()?;
            Some((id, self.reader(key.store).ok()?.native(key.handle)))
        })
    }
}
