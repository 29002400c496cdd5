//! The reading half of a store whose memories are all in memory.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc};

use super::{Listed, Shelf};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
    store::{Cancel, Finding, Needle, Pulse, Reader, Result, ScanOf, Scanned, StoreVersion, texts},
};

/// One thread's view of a store.
pub(in crate::store) struct HeldReader<S> {
    shelf: Arc<S>,
    cancel: Cancel,
    /// The generation that was told last.
    told: Option<u64>,
    known: HashSet<Handle>,
    /// Memories up to this moment are known, too.
    known_until: EpochMs,
}

impl<S: Shelf> HeldReader<S> {
    pub(in crate::store) fn new(shelf: Arc<S>) -> Self {
        Self { shelf, cancel: Cancel::default(), told: None, known: HashSet::new(), known_until: EpochMs::MIN }
    }
}

impl<S: Shelf> Reader for HeldReader<S> {
    fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn pulse(&mut self) -> Result<Pulse> {
        if !self.shelf.is_there() {
            return Ok(Pulse::Gone);
        }
        let now = Some(self.shelf.glance()?.generation);
        Ok(if std::mem::replace(&mut self.told, now) == now { Pulse::Same } else { Pulse::Changed })
    }

    fn stamp(&mut self) -> Option<Vec<u8>> {
        Some(self.shelf.book().map(|book| book.stamp.to_le_bytes().to_vec()).unwrap_or_default())
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let entries = self.shelf.newest(limit)?;
        self.shelf.names().learn(entries.iter().map(|entry| (entry.handle(), entry.native())));
        self.known.extend(entries.iter().map(Listed::handle));
        Ok(entries.iter().map(|entry| entry.row(self.shelf.name())).collect())
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let book = self.shelf.book()?;
        self.told = Some(book.generation);
        for entry in &book.entries {
            self.known.insert(entry.handle());
            visit(entry.handle(), entry.created());
        }
        Ok(())
    }

    /// A negative number is a moment, as [`Reader::highest`] gives it.
    fn seen(&mut self, handle: Handle) {
        if handle.0 < 0 {
            self.known_until = self.known_until.max(-handle.0);
        } else {
            self.known.insert(handle);
        }
    }

    /// Nothing here has numbers that grow: the moment of the newest known memory stands for all, as a negative number.
    fn highest(&self) -> Vec<Handle> {
        let Ok(book) = self.shelf.book() else { return Vec::new() };
        let known = book.entries.iter().filter(|entry| self.known.contains(&entry.handle()));
        let newest = known.filter_map(Listed::created).fold(self.known_until, EpochMs::max);
        if newest > 0 { vec![Handle(-newest)] } else { Vec::new() }
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for entry in self.shelf.book()?.entries.iter().rev() {
            let is_old = entry.created().is_some_and(|created| created <= self.known_until);
            if !is_old && self.known.insert(entry.handle()) {
                visit(entry.handle(), entry.created());
            }
        }
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        let book = self.shelf.book()?;
        let chosen: Box<dyn Iterator<Item = _>> = match of {
            ScanOf::All => Box::new(book.entries.iter()),
            ScanOf::These(handles) => Box::new(handles.iter().filter_map(|handle| book.get(*handle))),
        };
        for (count, entry) in chosen.enumerate() {
            texts::go_on(count, &self.cancel)?;
            if entry.scanned(&mut *visit).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>> {
        let book = self.shelf.book()?;
        let found = handles.iter().filter_map(|handle| book.get(*handle));
        Ok(found.map(|entry| entry.row(self.shelf.name())).collect())
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        let book = self.shelf.book()?;
        Ok(book.get(handle).map(|entry| self.shelf.memory(&book, entry)))
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        let book = self.shelf.book()?;
        texts::search(book.entries.iter().map(Listed::page), needle, &self.cancel, visit)
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        let book = self.shelf.book()?;
        texts::ranked(book.entries.iter().map(Listed::page), needles, limit, &self.cancel)
    }

    fn image(&mut self, handle: Handle) -> Result<Option<Image>> {
        self.shelf.image(handle)
    }

    fn images(&mut self, handles: &[Handle]) -> Result<Vec<Option<Image>>> {
        self.shelf.images(handles)
    }

    fn versions(&mut self, handle: Handle) -> Result<Vec<StoreVersion>> {
        self.shelf.versions(handle)
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        self.shelf.handle(native)
    }

    fn native(&self, handle: Handle) -> String {
        // What was never seen has no name; this one no memory has.
        self.shelf.native(handle).unwrap_or_else(|| format!("?{:016x}", handle.0))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        self.shelf.editable(handle)
    }

    fn objection(&mut self) -> Result<Option<String>> {
        Ok(self.shelf.objection())
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        self.shelf.check()
    }
}
