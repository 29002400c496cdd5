//! A text that a person pruned from a database in which agents write through memtui is not taken again.

use super::{
    CurateProblem, Curator, OperationId,
    queue::{fields_of, print_of},
};
use crate::{
    change::{Label, Place},
    ledger::{Operation, StoreId, Tombstone},
    memory::{EpochMs, Image, Value},
    store::native,
};

/// Memories that are buried in one go.
const AT_ONCE: usize = 500;

/// Why a text of an agent's is not taken again.
const TAKEN_BACK: &str = "taken back by you";

/// Which of the texts that an operation took out are buried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Where {
    /// Those of the shared database, into which agents write through memtui.
    Shared,
    /// All of them.
    Anywhere,
}

impl Curator {
    /// Buries what an operation took out. The tombstones carry the operation's number, so that they do not count while it
    /// is taken back.
    pub(super) fn bury(
        &mut self,
        operation: OperationId,
        which: Where,
        reason: &str,
        now: EpochMs,
    ) -> Result<(), CurateProblem> {
        let known = self.graveyards(which, now)?;
        let mut after = 0;
        while !known.is_empty() {
            let changes = self.ledger()?.changes(operation, after, AT_ONCE)?;
            let Some(last) = changes.last() else { break };
            after = last.seq;
            let gone = changes.iter().filter(|change| change.after.is_none() && known.contains(&change.store));
            let numbers: Vec<i64> = gone.filter_map(|change| change.before.map(|(number, _)| number)).collect();
            let images = self.ledger()?.images(operation, &numbers)?;
            let stones: Vec<Tombstone> = images.values().map(|image| stone(image, operation, reason, now)).collect();
            self.ledger_mut()?.bury(&stones)?;
        }
        Ok(())
    }

    /// A crash may have come between a prune and the burying of what it took out. Nothing was done since, so that it was the
    /// latest operation: what it left unburied is buried.
    pub(super) fn bury_what_was_left(&mut self, now: EpochMs) -> Result<(), CurateProblem> {
        let stores = self.graveyards(Where::Shared, now)?;
        if stores.is_empty() {
            return Ok(());
        }
        let latest = self.ledger()?.log(None, 1)?.into_iter().next();
        let Some(latest) = latest.filter(|latest| latest.label == Label::Prune && latest.applied > 0) else {
            return Ok(());
        };
        for store in stores {
            if self.ledger()?.is_half_buried(latest.id, store)? {
                return self.bury(latest.id, Where::Shared, &latest.reason, latest.at);
            }
        }
        Ok(())
    }

    /// The stores whose texts are buried.
    fn graveyards(&mut self, which: Where, now: EpochMs) -> Result<Vec<StoreId>, CurateProblem> {
        let mut known = Vec::new();
        for place in 0..u8::try_from(self.sites.len()).unwrap_or(u8::MAX) {
            if which == Where::Anywhere || self.site(place)?.store.about().product == native::NAME {
                known.push(self.know(place, now)?);
            }
        }
        Ok(known)
    }

    /// Buries what an agent wrote by itself and a person has taken back, so that it does not write the same again. The
    /// tombstones do not count while the operation is done again.
    pub(super) fn bury_taken_back(
        &mut self,
        taken: &Operation,
        undo: OperationId,
        now: EpochMs,
    ) -> Result<(), CurateProblem> {
        let proposal = taken.proposal;
        let mut after = 0;
        loop {
            let changes = self.ledger()?.changes(taken.id, after, AT_ONCE)?;
            let Some(last) = changes.last() else { return Ok(()) };
            after = last.seq;
            let sides = changes.iter().filter(|change| change.place == Place::Store);
            let numbers = sides.flat_map(|change| [change.before, change.after]).flatten().map(|(number, _)| number);
            let images = self.ledger()?.images(taken.id, &numbers.collect::<Vec<_>>())?;
            let said = |side: Option<(i64, _)>| images.get(&side?.0);
            let stones: Vec<Tombstone> = changes
                .iter()
                .filter_map(|change| {
                    let (before, after) = (said(change.before), said(change.after)?);
                    // What said so before is somebody else's.
                    let print = |image: &Image| print_of(&fields_of(&image.own));
                    (before.map(print) != Some(print(after))).then_some(after)
                })
                .map(|image| Tombstone { proposal, ..stone(image, undo, TAKEN_BACK, now) })
                .collect();
            self.ledger_mut()?.bury(&stones)?;
        }
    }
}

fn stone(image: &Image, operation: OperationId, reason: &str, at: EpochMs) -> Tombstone {
    let scope = match image.own.get("project") {
        Some(Value::Text(project)) if !project.is_empty() => Some(String::from_utf8_lossy(project).into_owned()),
        _ => None,
    };
    Tombstone {
        id: 0,
        at,
        print: print_of(&fields_of(&image.own)),
        title: image.headline().chars().take(200).collect(),
        reason: reason.to_owned(),
        proposal: None,
        scope,
        operation: Some(operation),
    }
}
