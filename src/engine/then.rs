//! The list as it stood: the catalogue of now, without what came later, and with what the ledger and the stores
//! themselves still know of what read differently.
//!
//! Only differences are read. What nobody saw and no store keeps cannot be known; what of it can be told is marked.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Desk, Detail, ViewId, listing::Listing};
use crate::{
    catalog::{Aging, Bits, Catalog, Files, Shared, UNKNOWN, lock, weighed},
    curate::{Curator, OperationId, Stood},
    ledger::{First, Ledger, LogEnd},
    memory::{Confidence, Digest, EpochMs, Handle, Image, Key, MemoryId, Row, Source},
    query::{AsOf, Term},
    store::{Cancel, Portrait, Problem, Result},
};

/// Memories that are read at a time.
const READ: usize = 500;

/// How a memory of the past is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stand {
    /// It read so; the record can be put back.
    Was {
        /// The record.
        digest: Digest,
        /// Whether it is not there any more.
        gone: bool,
    },
    /// It read differently; how is not kept.
    Lost {
        /// Whether it is not there any more.
        gone: bool,
    },
    /// Its store says that it was changed since; how it read before nobody knows.
    Changed,
}

/// A view of the past: what is known of its memories.
#[derive(Clone, Debug, PartialEq)]
pub struct PastView {
    /// The moment, `epoch_ms`.
    pub at: EpochMs,
    /// The memories that do not read now as they read then, or are gone, with their names inside their stores.
    pub stands: HashMap<Key, (Stand, String)>,
    /// By store: whether others may have changed its memories since, unseen.
    pub unsure: Vec<bool>,
}

impl PastView {
    /// How a memory is known when it is not known to read as it does now.
    pub fn stand(&self, key: Key) -> Option<Stand> {
        self.stands.get(&key).map(|(stand, _)| *stand)
    }

    /// Whether somebody may have changed a memory since, unseen.
    pub fn is_unsure(&self, key: Key) -> bool {
        let store = self.unsure.get(usize::from(key.store)).copied().unwrap_or(true);
        self.stand(key) == Some(Stand::Changed) || (store && self.stand(key).is_none())
    }
}

/// Where the record of then is.
#[derive(Clone, Debug)]
enum From {
    Ledger(OperationId, i64),
    Given(Arc<Image>),
    Nothing,
}

/// A memory of then that reads differently now, or is gone.
#[derive(Clone, Debug)]
struct Kept {
    native: String,
    from: From,
}

/// The list as it stood.
#[derive(Debug)]
pub(crate) struct Then {
    pub(super) catalog: Catalog,
    pub(super) shown: Arc<PastView>,
    kept: HashMap<Key, Kept>,
}

/// The list that was asked for last, and what it was made from.
pub(super) type LastThen = Option<((AsOf, u64, usize, LogEnd), Arc<Then>)>;

/// What is found out about a past list.
struct Draft<'a> {
    present: &'a Catalog,
    at: EpochMs,
    away: HashSet<Key>,
    kept: HashMap<Key, Kept>,
    stands: HashMap<Key, (Stand, String)>,
    were: Vec<(Key, EpochMs, crate::catalog::Fact)>,
    shared: Shared,
    files: Files,
    /// Memories that their stores can no longer name.
    unnamed: i64,
}

impl Desk {
    /// The list as it stood; the last one that was asked for is kept until something changes.
    ///
    /// # Errors
    /// [`Problem::Cancelled`] when `cancel` says so, and what stores or ledger say when they cannot be read.
    pub(super) fn then(&mut self, as_of: AsOf, cancel: &Cancel) -> Result<Arc<Then>> {
        let present = self.library.snapshot();
        let end = self.past().and_then(|past| past.log_end().ok()).unwrap_or_default();
        let made_from = (as_of, present.turn, present.state().done, end);
        if let Some((_, then)) = self.library.last_then().as_ref().filter(|(known, _)| *known == made_from) {
            return Ok(Arc::clone(then));
        }
        let then = Arc::new(self.work_out_then(as_of, &present, cancel)?);
        *self.library.last_then() = Some((made_from, Arc::clone(&then)));
        Ok(then)
    }

    /// The ledger, for looking back; `None` where there is none.
    fn past(&mut self) -> Option<&mut Curator> {
        if self.past.is_none() {
            let ledger = self.library.ledger().and_then(|path| Ledger::open_to_read(path).ok())?;
            self.past = Some(Curator::new(Ok(ledger), self.library.stores()));
        }
        self.past.as_mut()
    }

    fn work_out_then(&mut self, as_of: AsOf, present: &Catalog, cancel: &Cancel) -> Result<Then> {
        let now = self.library.now();
        let stood = match (self.past(), as_of) {
            (Some(past), _) => past.stood(as_of, now).map_err(no_past)?,
            (None, AsOf::Moment(at)) => Stood { at, ..Stood::default() },
            (None, AsOf::Operation(id)) => return Err(no_past(crate::curate::CurateProblem::NoOperation(id))),
        };
        let mut draft = Draft {
            present,
            at: stood.at,
            away: HashSet::new(),
            kept: HashMap::new(),
            stands: HashMap::new(),
            were: Vec::new(),
            shared: Shared::new(present.clone()),
            files: Files::default(),
            unnamed: 0,
        };
        for store in self.store_numbers().take(self.library.names().len()) {
            let firsts: Vec<&First> =
                stood.firsts.iter().filter(|(place, _)| *place == store).map(|(_, first)| first).collect();
            for chunk in firsts.chunks(READ) {
                if cancel.is_cancelled() {
                    return Err(Problem::Cancelled);
                }
                self.read_firsts(store, chunk, &mut draft)?;
            }
            self.ask_store(store, &mut draft)?;
        }
        let overwrites = self.library.stores().iter().map(|store| !store.only_adds());
        let watched = stood.watched.iter().copied().chain(std::iter::repeat(None));
        let unsure = overwrites.zip(watched);
        let unsure = unsure.map(|(may, watched)| may && watched.is_none_or(|from| from > stood.at)).collect();
        let Draft { away, kept, stands, were, shared, .. } = draft;
        let catalog = lock(&shared).as_it_stood(&(stood.at..=now), &away, were);
        Ok(Then { catalog, shown: Arc::new(PastView { at: stood.at, stands, unsure }), kept })
    }

    /// What the ledger knows of some memories of a store.
    fn read_firsts(&mut self, store: u8, firsts: &[&First], draft: &mut Draft<'_>) -> Result<()> {
        let reader = self.reader(store)?;
        let keys: Vec<Key> = firsts
            .iter()
            .map(|first| {
                let handle = reader.handle(&first.native).unwrap_or_else(|| {
                    // What a store can no longer name gets a place of its own, far from all others.
                    draft.unnamed += 1;
                    Handle(i64::MIN + draft.unnamed)
                });
                Key { store, handle }
            })
            .collect();
        let there: Vec<Handle> =
            keys.iter().filter(|key| draft.present.slot(**key).is_some()).map(|key| key.handle).collect();
        let mut now: HashMap<Handle, (Row, Option<Digest>)> = HashMap::with_capacity(there.len());
        let digests = reader.images(&there)?.into_iter().map(|image| image.map(|image| image.digest()));
        let digests: HashMap<Handle, Option<Digest>> = there.iter().copied().zip(digests).collect();
        for row in reader.rows(&there)? {
            let handle = row.key.handle;
            now.insert(handle, (row, digests.get(&handle).copied().flatten()));
        }
        for (key, first) in keys.into_iter().zip(firsts) {
            let (row, digest) = now.get(&key.handle).map_or((None, None), |(row, digest)| (Some(row), *digest));
            let side = match (first.before, first.observed) {
                (Some(side), _) => side,
                // When others wrote a memory is told by its own time, not by when that was seen.
                (None, true) => match first.after {
                    Some(side) => side,
                    None => continue,
                },
                (None, false) => {
                    draft.away.insert(key);
                    continue;
                }
            };
            if side.1.is_some() && side.1 == digest {
                continue;
            }
            let kept = Kept { native: first.native.clone(), from: From::Ledger(first.operation, side.0) };
            let image = self.image_of(&kept)?;
            let came_later = |image: &Image| {
                let created = Portrait::of(&first.native, image, row).created();
                first.before.is_none() && created.is_none_or(|created| created >= draft.at)
            };
            if !image.as_ref().is_some_and(came_later) && (image.is_some() || first.before.is_some()) {
                draft.keep(key, kept, image.as_ref(), row);
            }
        }
        Ok(())
    }

    /// What a store itself says of its memories: versions that it keeps, and that they were changed since.
    fn ask_store(&mut self, store: u8, draft: &mut Draft<'_>) -> Result<()> {
        let reader = self.reader(store)?;
        for handle in reader.changed_since(draft.at)? {
            let key = Key { store, handle };
            if draft.kept.contains_key(&key) || draft.away.contains(&key) || draft.present.slot(key).is_none() {
                continue;
            }
            let then = reader.versions(handle)?.into_iter().find(|version| version.at.is_some_and(|at| at < draft.at));
            match then.and_then(|version| version.image.filter(|_| !version.current)) {
                Some(image) => {
                    let kept = Kept { native: reader.native(handle), from: From::Given(Arc::new(image.clone())) };
                    let row = reader.rows(&[handle])?.pop();
                    draft.keep(key, kept, Some(&image), row.as_ref());
                }
                None => {
                    draft.stands.insert(key, (Stand::Changed, reader.native(handle)));
                }
            }
        }
        Ok(())
    }

    fn image_of(&mut self, kept: &Kept) -> Result<Option<Image>> {
        match &kept.from {
            From::Ledger(operation, image) => match self.past() {
                Some(past) => past.image_kept(*operation, *image),
                None => Ok(None),
            },
            From::Given(image) => Ok(Some(Image::clone(image))),
            From::Nothing => Ok(None),
        }
    }

    /// Lines of a past list, in the order asked, with what its catalogue knows of the memories.
    pub(super) fn lines_then(&mut self, then: &Then, keys: &[Key]) -> Result<Vec<Option<Row>>> {
        let mut found = self.read_lines(keys)?;
        for key in keys {
            if let Some(kept) = then.kept.get(key) {
                let row = self.portrait(*key, kept, found.get(key))?;
                found.insert(*key, row.1);
            }
        }
        let aging = Aging::new(&then.catalog.words.kinds, self.library.now());
        let line = |key: &Key| found.remove(key).map(|row| super::desk::judged(row, &then.catalog, &aging));
        Ok(keys.iter().map(line).collect())
    }

    fn portrait(&mut self, key: Key, kept: &Kept, present: Option<&Row>) -> Result<(Portrait, Row)> {
        let portrait = match self.image_of(kept)? {
            Some(image) => Portrait::of(&kept.native, &image, present),
            None => Portrait::lost(&kept.native, present),
        };
        let store = self.library.names().get(usize::from(key.store)).cloned().unwrap_or_default();
        let row = portrait.row(key, MemoryId { store, native: kept.native.clone() });
        Ok((portrait, row))
    }

    /// A memory of a past list in full.
    fn detail_then(&mut self, then: &Then, key: Key) -> Result<Option<Detail>> {
        let Some(kept) = then.kept.get(&key) else { return self.detail(key) };
        let present = self.read_lines(&[key])?.remove(&key);
        let (portrait, row) = self.portrait(key, kept, present.as_ref())?;
        let aging = Aging::new(&then.catalog.words.kinds, self.library.now());
        let memory = portrait.memory(super::desk::judged(row, &then.catalog, &aging));
        let derived = memory.row.confidence.unwrap_or(Confidence { value: 0.0, source: Source::Derived });
        let mut files = Files::default();
        let here = memory.files.iter().map(|file| files.is_here(&file.path)).collect();
        let (terms, alike, neighbours, proposals) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Some(Detail { memory, terms, derived, alike, neighbours, proposals, here }))
    }

    /// A memory in full, as a view shows it.
    ///
    /// # Errors
    /// As [`Desk::detail`].
    pub fn detail_in(&mut self, view: ViewId, key: Key) -> Result<Option<Detail>> {
        match self.library.listings.get(view).and_then(Listing::then) {
            Some(then) => self.detail_then(&then, key),
            None => self.detail(key),
        }
    }

    /// Puts the answers of the stores, which search what is there now, right for a past list.
    pub(super) fn answer_then(&mut self, then: &Then, term: &Term, found: &mut Bits) -> Result<()> {
        let keys: Vec<Key> = then.kept.keys().copied().collect();
        for chunk in keys.chunks(READ) {
            let present = self.read_lines(chunk)?;
            for key in chunk {
                let (Some(kept), Some(slot)) = (then.kept.get(key), then.catalog.slot(*key)) else { continue };
                let (portrait, row) = self.portrait(*key, kept, present.get(key))?;
                if portrait.answers(term, &row.id) {
                    found.insert(slot);
                } else {
                    found.remove(slot);
                }
            }
        }
        Ok(())
    }
}

impl Draft<'_> {
    /// Takes in a memory of then, from its record where that is kept.
    fn keep(&mut self, key: Key, kept: Kept, image: Option<&Image>, present: Option<&Row>) {
        let gone = self.present.slot(key).is_none();
        let portrait = match image {
            Some(image) => Portrait::of(&kept.native, image, present),
            None => Portrait::lost(&kept.native, present),
        };
        let digest = image.map(Image::digest);
        let stand = digest.map_or(Stand::Lost { gone }, |digest| Stand::Was { digest, gone });
        self.stands.insert(key, (stand, kept.native.clone()));
        let fact = portrait.scanned(key.handle, |scanned| weighed(scanned, &mut self.files, &self.shared));
        self.were.push((key, portrait.created().unwrap_or(UNKNOWN), fact));
        let from = if image.is_some() { kept.from } else { From::Nothing };
        self.kept.insert(key, Kept { from, ..kept });
    }
}

/// Why there is no list of then.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn no_past(problem: crate::curate::CurateProblem) -> Problem {
    Problem::Failed { path: "the past cannot be shown".into(), reason: problem.to_string() }
}
