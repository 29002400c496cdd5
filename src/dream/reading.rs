//! Where a dream reads memories: connections of its own to the stores, progress, and a way to stop.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use super::{Ask, Grounds, Seen, Stage, note::Note, said::Said};
use crate::{
    memory::{Handle, Key, Row, Signals},
    query::Zone,
    store::{About, Problem, Reader, Result, ScanOf, Scanned, Store, native},
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

/// All that a memory says.
pub(super) struct Whole {
    pub(super) said: Said,
    /// Whether there is more of it than was read.
    pub(super) is_cut: bool,
}

impl Whole {
    fn of(scanned: &Scanned<'_>) -> Self {
        let mut texts: Vec<String> = Vec::with_capacity(scanned.texts.len() + 1);
        for text in scanned.texts {
            // Lists stand there as they are stored.
            match serde_json::from_str::<Vec<String>>(text) {
                Ok(items) => texts.extend(items),
                Err(_) => texts.push((*text).to_owned()),
            }
        }
        let title = scanned.title.trim().trim_end_matches('…');
        // A title that a store makes of the first words says nothing of its own.
        if !texts.iter().any(|text| text.trim_start().starts_with(title)) {
            texts.insert(0, title.to_owned());
        }
        let read: usize = scanned.texts.iter().chain(scanned.tags).map(|text| text.len()).sum();
        let is_cut = scanned.bytes > (read + scanned.title.len()) as u64;
        Self { said: Said::of(texts.iter().map(String::as_str)), is_cut }
    }
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

    /// All that memories of one store say, in every text that their store has of them.
    pub(super) fn whole(&mut self, keys: &[Key]) -> Result<HashMap<Key, Whole>> {
        let Some(store) = keys.first().map(|key| key.store) else { return Ok(HashMap::new()) };
        let handles: Vec<Handle> = keys.iter().filter(|key| key.store == store).map(|key| key.handle).collect();
        let mut all = HashMap::with_capacity(handles.len());
        self.reader(store)?.scan(ScanOf::These(&handles), &mut |scanned| {
            all.insert(Key { store, handle: scanned.handle }, Whole::of(scanned));
            ControlFlow::Continue(())
        })?;
        Ok(all)
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
