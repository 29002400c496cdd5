//! Marks in stores that have columns of their own for them: said in the ledger and written into the record, as one
//! operation, so that whoever reads the store without memtui knows of them.

use std::collections::{HashSet, VecDeque};

use super::{CurateProblem, Curator, Mark, Report, Step, book::Beginnings, feed::Source};
use crate::{
    change::Place,
    ledger::overlay,
    memory::{EpochMs, Handle, Overlay},
    store::{Expect, Intent, Make},
};

impl Curator {
    /// Whether a store has a column for any of these marks.
    pub(super) fn keeps(&mut self, store: u8, marks: &[Mark]) -> bool {
        self.site(store).is_ok_and(|site| marks.iter().any(|mark| site.store.keeps(mark)))
    }

    /// Sets marks on memories of stores of which some have columns for them.
    pub(super) fn mark_records(
        &mut self,
        stores: Vec<(u8, Vec<Handle>)>,
        begin: Beginnings<'_>,
        marks: &[Mark],
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let (mut sources, mut moved) = (Vec::new(), HashSet::new());
        for (store, handles) in stores {
            let (mut records, mut overlays) = (VecDeque::new(), VecDeque::new());
            for handle in handles {
                let native = self.reader(store)?.native(handle);
                records.extend(self.in_record(store, &native, marks)?);
                overlays.extend(self.in_ledger(store, &native, marks, begin.now)?);
            }
            moved.extend(records.iter().chain(&overlays).map(|intent| (store, intent.native.clone())));
            // Records first: a memory counts with the first of its changes.
            sources.push(Source::Given { store, place: Place::Store, intents: records });
            sources.push(Source::Given { store, place: Place::Overlay, intents: overlays });
        }
        let mut report = self.run(begin, sources, step)?;
        report.already += begin.planned.saturating_sub(moved.len());
        Ok(report)
    }

    /// What gives a record the marks that it has columns for; `None` when it has them.
    pub(super) fn in_record(
        &mut self,
        store: u8,
        native: &str,
        marks: &[Mark],
    ) -> Result<Option<Intent>, CurateProblem> {
        if !self.keeps(store, marks) {
            return Ok(None);
        }
        let reader = self.reader(store)?;
        let image = reader.handle(native).map(|handle| reader.image(handle)).transpose()?.flatten();
        let Some(image) = image else { return Ok(None) };
        let after = self.site(store)?.store.marked(&image, marks);
        let expect = Expect::Exactly(image.digest());
        Ok(after.map(|after| Intent { native: native.to_owned(), expect, make: Make::Put(after) }))
    }

    /// What gives a memory's overlay these marks; `None` when it has them.
    pub(super) fn in_ledger(
        &mut self,
        store: u8,
        native: &str,
        marks: &[Mark],
        now: EpochMs,
    ) -> Result<Option<Intent>, CurateProblem> {
        let id = self.know(store, now)?;
        let before = self.ledger()?.overlay(id, native)?;
        let after = marks.iter().fold(before.clone(), |overlay, mark| mark.on(overlay));
        Ok((after != before).then(|| {
            let expect = overlay::image_of(&before).map_or(Expect::Absent, |image| Expect::Exactly(image.digest()));
            let make = overlay::image_of(&after).map_or(Make::Delete, Make::Put);
            Intent { native: native.to_owned(), expect, make }
        }))
    }
}

/// The marks that a store's own columns hold, with what the ledger says beside them: that word counts first.
pub(super) fn together(told: Vec<(Handle, Overlay)>, said: Vec<(Handle, Overlay)>) -> Vec<(Handle, Overlay)> {
    let mut all: std::collections::BTreeMap<Handle, Overlay> = told.into_iter().collect();
    for (handle, mut overlay) in said {
        if let Some(told) = all.get(&handle) {
            overlay.pinned |= told.pinned;
            overlay.stale_after = overlay.stale_after.or(told.stale_after);
        }
        all.insert(handle, overlay);
    }
    all.into_iter().collect()
}
