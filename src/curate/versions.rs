//! The versions of one memory, from three sources in one line: our operations, what others were seen to do, and what its
//! store keeps itself.

use super::{ChangeView, CurateProblem, Curator, OperationId, rollback::RollBack, show::differences};
use crate::{
    change::{Label, Place},
    ledger::{Event, StoreId},
    memory::{Digest, EpochMs, Image, MemoryId, Value},
    store::{Problem, StoreVersion},
};

/// What brought a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Brought {
    /// An operation of the log: a person's, an agent's, or one that was observed.
    Operation {
        /// Its number.
        id: OperationId,
        /// What it was for; [`Label::Observe`] for what others did.
        label: Label,
        /// Who wanted it.
        author: String,
        /// Why.
        reason: String,
    },
    /// It was so before the first operation that is known; who made it so is not.
    Before(OperationId),
    /// It was so when the store was first looked at.
    FirstLook,
    /// Somebody made it so between two operations, and nobody saw it.
    Unseen,
    /// Its store keeps it.
    Store {
        /// How the store calls it.
        native: String,
        /// What the store says of it.
        note: String,
    },
}

/// A state that a memory was in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryVersion {
    /// Since when, where that is known, `epoch_ms`.
    pub at: Option<EpochMs>,
    /// What brought it.
    pub brought: Brought,
    /// What the memory was; `None`: it was not there.
    pub digest: Option<Digest>,
    /// Whether the memory is so now.
    pub current: bool,
}

/// One side of a comparison: a version, or that there is nothing.
pub type Side = Option<Digest>;

impl MemoryVersion {
    const fn new(at: Option<EpochMs>, brought: Brought, digest: Option<Digest>) -> Self {
        Self { at, brought, digest, current: false }
    }

    /// Whether it was brought by putting an earlier one back.
    const fn restores(&self) -> bool {
        matches!(&self.brought, Brought::Operation { label: Label::Undo | Label::Redo | Label::RollBack, .. })
    }

    /// The roll-back to this version.
    pub const fn roll_back(&self, id: MemoryId) -> RollBack {
        RollBack::Version { id, to: self.digest }
    }
}

impl Curator {
    /// Every version of a memory that anybody knows, newest first. Images are not read for it.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be read.
    pub fn versions(&mut self, id: &MemoryId, now: EpochMs) -> Result<Vec<MemoryVersion>, CurateProblem> {
        let place = self.place_named(&id.store)?;
        let current = self.image_now(place, Place::Store, &id.native, now)?.map(|image| image.digest());
        // Without a line of its own in the ledger a store has no past there.
        let mut line = match self.know(place, now) {
            Ok(store) => self.known_line(store, &id.native)?,
            Err(CurateProblem::Ledger(_) | CurateProblem::NoLedger(_)) => Vec::new(),
            Err(problem) => return Err(problem),
        };
        if line.last().is_none_or(|last| last.digest != current) && (current.is_some() || !line.is_empty()) {
            line.push(MemoryVersion::new(None, Brought::Unseen, current));
        }
        for version in self.store_versions(place, &id.native)?.into_iter().rev() {
            take_in(&mut line, &version);
        }
        if let Some(last) = line.iter_mut().rev().find(|version| version.digest == current) {
            last.current = true;
        }
        line.reverse();
        Ok(line)
    }

    /// What the ledger knows of a memory, oldest first.
    fn known_line(&self, store: StoreId, native: &str) -> Result<Vec<MemoryVersion>, CurateProblem> {
        let ledger = self.ledger()?;
        let events = ledger.past_of(store, native)?;
        let mut line: Vec<MemoryVersion> = Vec::with_capacity(events.len() + 1);
        if events.is_empty() {
            let sight = ledger.sight_of(store, native)?;
            line.extend(sight.map(|(_, digest, at)| MemoryVersion::new(Some(at), Brought::FirstLook, Some(digest))));
        }
        for event in events {
            let Event { operation, at, label, author, reason, change } = event;
            let before = change.before.map(|(_, digest)| digest);
            match line.last() {
                None if before.is_some() => {
                    line.push(MemoryVersion::new(None, Brought::Before(operation), before));
                }
                Some(last) if last.digest != before => {
                    line.push(MemoryVersion::new(None, Brought::Unseen, before));
                }
                _ => {}
            }
            let brought = Brought::Operation { id: operation, label, author, reason };
            line.push(MemoryVersion::new(Some(at), brought, change.after.map(|(_, digest)| digest)));
        }
        Ok(line)
    }

    fn store_versions(&mut self, place: u8, native: &str) -> Result<Vec<StoreVersion>, CurateProblem> {
        let reader = self.reader(place)?;
        let Some(handle) = reader.handle(native) else { return Ok(Vec::new()) };
        Ok(reader.versions(handle)?)
    }

    /// The record of a version.
    pub(super) fn version_image(
        &mut self,
        place: u8,
        native: &str,
        digest: Digest,
        now: EpochMs,
    ) -> Result<Image, CurateProblem> {
        if let Some(image) = self.image_now(place, Place::Store, native, now)?.filter(|it| it.digest() == digest) {
            return Ok(image);
        }
        if let Ok(store) = self.know(place, now) {
            let ledger = self.ledger()?;
            let mut sides = Vec::new();
            for event in ledger.past_of(store, native)?.iter().rev() {
                let both = [event.change.after, event.change.before];
                sides.extend(both.into_iter().flatten().map(|side| (event.operation, side)));
            }
            sides.extend(ledger.sight_of(store, native)?.map(|(image, known, _)| (0, (image, known))));
            let mut lost = None;
            for (operation, (image, _)) in sides.into_iter().filter(|(_, (_, known))| *known == digest) {
                match ledger.image(operation, image) {
                    Ok(image) => return Ok(image),
                    Err(problem) => lost = Some(problem),
                }
            }
            if let Some(problem) = lost {
                return Err(problem.into());
            }
        }
        let kept = self.store_versions(place, native)?.into_iter().filter_map(|version| version.image);
        kept.into_iter().find(|image| image.digest() == digest).ok_or_else(|| {
            CurateProblem::Store(Problem::Failed {
                path: native.into(),
                reason: "there is no such version of it any more; `memtui versions` lists them".to_owned(),
            })
        })
    }

    /// What differs between two versions of a memory, field by field.
    ///
    /// # Errors
    /// [`CurateProblem`] when one of them cannot be read.
    pub fn compare(&mut self, id: &MemoryId, from: Side, to: Side, now: EpochMs) -> Result<ChangeView, CurateProblem> {
        let place = self.place_named(&id.store)?;
        let mut image = |side: Side| side.map(|digest| self.version_image(place, &id.native, digest, now)).transpose();
        let (before, after) = (image(from)?, image(to)?);
        let title = after.as_ref().or(before.as_ref()).map(Image::headline).unwrap_or_default();
        Ok(ChangeView { id: id.clone(), title, fields: differences(before.as_ref(), after.as_ref()) })
    }

    /// The version, by its place in [`Curator::versions`], that brought a text which the newest version holds; without
    /// regard to case and white space. `None` when it does not hold it.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be read.
    pub fn blame(
        &mut self,
        id: &MemoryId,
        versions: &[MemoryVersion],
        text: &str,
        now: EpochMs,
    ) -> Result<Option<usize>, CurateProblem> {
        let place = self.place_named(&id.store)?;
        let wanted = plain(text);
        let mut found = None;
        let mut at = versions.iter().position(|version| version.current);
        while let Some((here, version)) = at.and_then(|at| Some((at, versions.get(at)?))) {
            let Some(digest) = version.digest else { break };
            match self.version_image(place, &id.native, digest, now) {
                Ok(image) if says(&image, &wanted) => found = Some(here),
                // Further back than is known nothing can be said.
                _ => break,
            }
            // Who only put an earlier version back has not brought what it says.
            let source =
                version.restores().then(|| versions.iter().skip(here + 1).position(|it| it.digest == Some(digest)));
            at = Some(here + 1 + source.flatten().unwrap_or(0));
        }
        Ok(found)
    }
}

/// Puts a version that a store keeps into the line, by its time; one that is known already only once.
fn take_in(line: &mut Vec<MemoryVersion>, version: &StoreVersion) {
    let digest = version.image.as_ref().map(Image::digest);
    if digest.is_some() && line.iter().any(|known| known.digest == digest) {
        return;
    }
    let brought = Brought::Store { native: version.native.clone(), note: version.note.clone() };
    let new = MemoryVersion::new(version.at, brought, digest);
    let later = |known: &MemoryVersion| match (known.at, version.at) {
        (Some(known), Some(at)) => known > at,
        (None, _) => known.brought == Brought::Unseen,
        (_, None) => false,
    };
    let at = line.iter().position(later).unwrap_or(line.len());
    line.insert(at, new);
}

/// Whether one of a record's texts holds a text that was made plain.
fn says(image: &Image, wanted: &str) -> bool {
    image.own.columns.iter().any(|(_, value)| match value {
        Value::Text(bytes) => plain(&String::from_utf8_lossy(bytes)).contains(wanted),
        _ => false,
    })
}

/// Lower case, one space between words.
fn plain(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}
