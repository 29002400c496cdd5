//! What stores share whose memories are all kept in memory: a book of them at one moment, the names they have, the files
//! they come from, and the reader over it.

mod follow;
mod names;
mod reader;

use std::{
    collections::HashMap,
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

pub(super) use self::{
    follow::Followed,
    names::{Names, handle_of},
    reader::HeldReader,
};
use super::{Finding, Result, Scanned, StoreVersion, texts::Page};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
};

/// Memories of the same session shown on each side of one.
const AROUND: usize = 5;
/// Looking at files again takes at most this share of the time.
const REST: u32 = 50;
/// The longest rest between two looks.
const LONGEST_REST: Duration = Duration::from_secs(10);

/// A memory of a book.
pub(super) trait Listed: Clone {
    /// Its number.
    fn handle(&self) -> Handle;

    /// Its native id.
    fn native(&self) -> &str;

    /// Its title as the list shows it.
    fn title(&self) -> &str;

    /// The session it comes from; empty where there is none.
    #[expect(clippy::unnecessary_literal_bound, reason = "where there are sessions it is borrowed")]
    fn session(&self) -> &str {
        ""
    }

    /// When it was made.
    fn created(&self) -> Option<EpochMs>;

    /// The list line.
    fn row(&self, store: &str) -> Row;

    /// What the catalogue needs of it.
    fn scanned(&self, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> ControlFlow<()>;

    /// What is looked through when somebody searches.
    fn page(&self) -> Page<'_>;
}

/// All memories of a store at one moment, and what else the store knows of it.
#[derive(Debug)]
pub(super) struct Book<E, K> {
    /// In the order of the list, newest first.
    pub(super) entries: Vec<E>,
    at: HashMap<Handle, usize>,
    /// What else is known.
    pub(super) known: K,
    /// Moves on with every difference.
    pub(super) generation: u64,
    /// A hash of how every file looks.
    pub(super) stamp: u64,
}

impl<E, K: Default> Default for Book<E, K> {
    fn default() -> Self {
        Self { entries: Vec::new(), at: HashMap::new(), known: K::default(), generation: 0, stamp: 0 }
    }
}

impl<E: Listed, K> Book<E, K> {
    /// The book that follows another one.
    pub(super) fn after(before: &Self, entries: Vec<E>, known: K, stamp: u64) -> Self {
        let at = entries.iter().enumerate().map(|(at, entry)| (entry.handle(), at)).collect();
        Self { entries, at, known, generation: before.generation + 1, stamp }
    }

    /// The memory of that number.
    pub(super) fn get(&self, handle: Handle) -> Option<&E> {
        self.entries.get(*self.at.get(&handle)?)
    }

    /// The memories of the same session right before and after one, with their titles, oldest first.
    pub(super) fn neighbours(&self, of: &E) -> Vec<(Handle, String)> {
        if of.session().is_empty() {
            return Vec::new();
        }
        let around: Vec<&E> = self.entries.iter().rev().filter(|other| other.session() == of.session()).collect();
        let here = around.iter().position(|other| other.handle() == of.handle()).unwrap_or_default();
        let near = around.into_iter().skip(here.saturating_sub(AROUND)).take(here.min(AROUND) + 1 + AROUND);
        let others = near.filter(|other| other.handle() != of.handle());
        others.map(|other| (other.handle(), other.title().to_owned())).collect()
    }
}

/// The memories of one store, shared by all its readers.
pub(super) trait Shelf: Send + Sync {
    /// A memory.
    type Entry: Listed;
    /// What else a book knows.
    type Known;

    /// The store's short name.
    fn name(&self) -> &str;

    /// Whether there is still anything at its place.
    fn is_there(&self) -> bool;

    /// The numbers of its native ids.
    fn names(&self) -> &Names;

    /// The number of a native id; `None` for what can be none.
    fn handle(&self, native: &str) -> Option<Handle> {
        Some(self.names().handle(native))
    }

    /// The native id of a number, if it was ever seen or is there now: what another memtui put back since the last look
    /// has a name, too.
    fn native(&self, handle: Handle) -> Option<String> {
        let listed = || self.fresh().ok()?.get(handle).map(|entry| entry.native().to_owned());
        self.names().native(handle).or_else(listed)
    }

    /// What was read last; the first time everything is read.
    ///
    /// # Errors
    /// [`super::Problem`] when the store cannot be read.
    fn book(&self) -> Result<Arc<Book<Self::Entry, Self::Known>>>;

    /// Looks whether anything is different, whenever that was done last.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn fresh(&self) -> Result<Arc<Book<Self::Entry, Self::Known>>>;

    /// Looks whether anything is different, unless that was done a moment ago.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn glance(&self) -> Result<Arc<Book<Self::Entry, Self::Known>>>;

    /// The newest memories.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn newest(&self, limit: usize) -> Result<Vec<Self::Entry>> {
        Ok(self.book()?.entries.iter().take(limit).cloned().collect())
    }

    /// A memory in full.
    fn memory(&self, book: &Book<Self::Entry, Self::Known>, entry: &Self::Entry) -> Memory;

    /// The full record of a memory, as it is now; `None` when it is gone.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn image(&self, handle: Handle) -> Result<Option<Image>>;

    /// The full native records of memories, in the order asked.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn images(&self, handles: &[Handle]) -> Result<Vec<Option<Image>>> {
        handles.iter().map(|handle| self.image(*handle)).collect()
    }

    /// The fields of a memory that can be edited.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn editable(&self, handle: Handle) -> Result<Option<Edit>>;

    /// The versions that the store keeps itself, as for [`super::Reader::versions`].
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn versions(&self, _handle: Handle) -> Result<Vec<StoreVersion>> {
        Ok(Vec::new())
    }

    /// What stands against writing.
    fn objection(&self) -> Option<String> {
        None
    }

    /// The store's condition.
    ///
    /// # Errors
    /// As [`Shelf::book`].
    fn check(&self) -> Result<Vec<Finding>>;
}

/// When files may be looked at again.
#[derive(Debug, Default)]
pub(super) struct Rest {
    until: Option<Instant>,
}

impl Rest {
    /// Looks, unless it is still time to rest, which is as many times as long as the look took.
    pub(super) fn or_look(&mut self, look: impl FnOnce()) {
        let began = Instant::now();
        if self.until.is_none_or(|until| until <= began) {
            look();
            self.until = Some(Instant::now() + (began.elapsed() * REST).min(LONGEST_REST));
        }
    }
}
