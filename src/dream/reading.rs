//! Where a dream reads memories: connections of its own to the stores, progress, and a way to stop.

use std::{ops::ControlFlow, sync::Arc};

use super::{Ask, Grounds, Seen, Stage, note::Note};
use crate::{
    memory::{Handle, Key, Row, Signals},
    query::Zone,
    store::{About, Problem, Reader, Result, ScanOf, Store, native},
};

/// Memories read in one go.
const CHUNK: usize = 512;

/// The open stores of a dream.
pub(super) struct Reading<'a> {
    readers: Vec<Box<dyn Reader>>,
    abouts: Vec<About>,
    pub(super) grounds: &'a Grounds,
    pub(super) ask: &'a Ask,
    watch: &'a mut dyn FnMut(Stage) -> bool,
    stage: Stage,
}

impl<'a> Reading<'a> {
    pub(super) fn open(
        stores: &[Arc<dyn Store>],
        grounds: &'a Grounds,
        ask: &'a Ask,
        watch: &'a mut dyn FnMut(Stage) -> bool,
    ) -> Result<Self> {
        let readers = stores.iter().map(|store| store.reader()).collect::<Result<_>>()?;
        let abouts = stores.iter().map(|store| store.about().clone()).collect();
        let stage = Stage { what: "reading", done: 0, total: grounds.chosen.len() };
        Ok(Self { readers, abouts, grounds, ask, watch, stage })
    }

    pub(super) const fn zone(&self) -> Zone {
        self.ask.zone
    }

    /// The name of a store.
    pub(super) fn name(&self, store: u8) -> &str {
        self.abouts.get(usize::from(store)).map_or("", |about| about.name.as_str())
    }

    /// Whether a store takes new memories.
    pub(super) fn takes_new(&self, store: u8) -> bool {
        self.abouts.get(usize::from(store)).is_some_and(|about| about.product == native::NAME)
    }

    /// The first store that takes new memories.
    pub(super) fn store_for_new(&self) -> Option<u8> {
        (0..=u8::MAX).take(self.abouts.len()).find(|store| self.takes_new(*store))
    }

    pub(super) fn reader(&mut self, store: u8) -> Result<&mut dyn Reader> {
        match self.readers.get_mut(usize::from(store)) {
            Some(reader) => Ok(reader.as_mut()),
            None => Err(Problem::Missing(format!("store {store}").into())),
        }
    }

    /// Another stage begins.
    pub(super) fn turn_to(&mut self, what: &'static str) -> Result<()> {
        self.stage = Stage { what, done: 0, total: 0 };
        self.advance(0)
    }

    /// So many memories are to be read in this stage.
    pub(super) const fn expect(&mut self, total: usize) {
        self.stage.total = total;
    }

    /// So many more memories were read.
    pub(super) fn advance(&mut self, by: usize) -> Result<()> {
        self.stage.done += by;
        if (self.watch)(self.stage) { Ok(()) } else { Err(Problem::Cancelled) }
    }

    /// Lets every chosen memory pass by, in the order of the stores' files.
    pub(super) fn read_through(&mut self, look: &mut dyn FnMut(&Seen<'_>)) -> Result<()> {
        let grounds = self.grounds;
        for chunk in grounds.chosen.chunk_by(|a, b| a.key.store == b.key.store).flat_map(|of| of.chunks(CHUNK)) {
            let Some(store) = chunk.first().map(|known| known.key.store) else { continue };
            let handles: Vec<Handle> = chunk.iter().map(|known| known.key.handle).collect();
            self.reader(store)?.scan(ScanOf::These(&handles), &mut |scanned| {
                if let Some(known) = grounds.known(Key { store, handle: scanned.handle }) {
                    look(&Seen { known, scanned });
                }
                ControlFlow::Continue(())
            })?;
            self.advance(chunk.len())?;
        }
        Ok(())
    }

    /// List lines of memories of one store.
    pub(super) fn rows(&mut self, store: u8, handles: &[Handle]) -> Result<Vec<Row>> {
        let rows = self.reader(store)?.rows(handles)?;
        self.advance(handles.len())?;
        Ok(rows)
    }

    /// A memory for a draft; `None` when it is gone or was not chosen.
    pub(super) fn note(&mut self, key: Key) -> Result<Option<Note>> {
        let Some(known) = self.grounds.known(key) else { return Ok(None) };
        let pinned = known.overlay.as_ref().is_some_and(|overlay| overlay.pinned);
        self.read(key, known.signals, pinned)
    }

    /// A memory that only stands as evidence, whether or not it was chosen; `None` when it is gone.
    pub(super) fn witness(&mut self, key: Key) -> Result<Option<Note>> {
        let signals = self.grounds.known(key).map_or(Signals::NONE, |known| known.signals);
        self.read(key, signals, false)
    }

    fn read(&mut self, key: Key, signals: Signals, pinned: bool) -> Result<Option<Note>> {
        self.advance(1)?;
        let reader = self.reader(key.store)?;
        let Some(row) = reader.rows(&[key.handle])?.pop() else { return Ok(None) };
        let Some(fields) = reader.editable(key.handle)? else { return Ok(None) };
        Ok(Some(Note::new(row, key, fields, signals, pinned)))
    }
}
