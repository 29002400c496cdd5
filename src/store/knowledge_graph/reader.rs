//! The reading half.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc};

use super::{check, edit, entry::Entry, record, shelf::Shelf};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
    store::{Cancel, Finding, Needle, Pulse, Reader, Result, ScanOf, Scanned, texts},
};

/// One thread's view of the file.
pub(super) struct GraphReader {
    shelf: Arc<Shelf>,
    cancel: Cancel,
    /// The generation that was told last.
    told: u64,
    known: HashSet<Handle>,
}

impl GraphReader {
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, cancel: Cancel::default(), told: 0, known: HashSet::new() }
    }
}

impl Reader for GraphReader {
    fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn stamp(&mut self) -> Option<Vec<u8>> {
        Some(self.shelf.book().map(|book| book.stamp()).unwrap_or_default())
    }

    fn pulse(&mut self) -> Result<Pulse> {
        if !self.shelf.path.exists() {
            return Ok(Pulse::Gone);
        }
        let now = self.shelf.book()?.generation;
        Ok(if std::mem::replace(&mut self.told, now) == now { Pulse::Same } else { Pulse::Changed })
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let book = self.shelf.book()?;
        let entries = book.entries.iter().take(limit);
        Ok(entries
            .map(|entry| {
                self.known.insert(entry.handle);
                entry.row(&self.shelf.name)
            })
            .collect())
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for entry in &self.shelf.book()?.entries {
            self.known.insert(entry.handle);
            visit(entry.handle, None);
        }
        Ok(())
    }

    fn seen(&mut self, handle: Handle) {
        self.known.insert(handle);
    }

    /// Nothing in the file grows that could tell what is new.
    fn highest(&self) -> Vec<Handle> {
        Vec::new()
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for entry in &self.shelf.book()?.entries {
            if self.known.insert(entry.handle) {
                visit(entry.handle, None);
            }
        }
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        let book = self.shelf.book()?;
        let chosen: Box<dyn Iterator<Item = &Entry>> = match of {
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
        Ok(found.map(|entry| entry.row(&self.shelf.name)).collect())
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        let book = self.shelf.book()?;
        Ok(book.get(handle).map(|entry| entry.memory(&self.shelf.name, &self.shelf.path, &book.entries)))
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        let book = self.shelf.book()?;
        texts::search(book.entries.iter().map(|entry| entry.page(&self.shelf.path)), needle, &self.cancel, visit)
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        let book = self.shelf.book()?;
        texts::ranked(book.entries.iter().map(|entry| entry.page(&self.shelf.path)), needles, limit, &self.cancel)
    }

    fn image(&mut self, handle: Handle) -> Result<Option<Image>> {
        let book = self.shelf.book()?;
        if let Some(entry) = book.get(handle) {
            return Ok(record::image(&book.graph, &entry.item));
        }
        // A line that was repaired is listed as what it says now, and still has its name.
        let renamed = self.shelf.native(handle).and_then(|native| self.shelf.renamed(&native));
        Ok(renamed.and_then(|item| record::image(&book.graph, &item)))
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        Some(self.shelf.handle(native))
    }

    fn native(&self, handle: Handle) -> String {
        // What was never seen has no name; this one no memory has.
        self.shelf.native(handle).unwrap_or_else(|| format!("?{:016x}", handle.0))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        let book = self.shelf.book()?;
        Ok(book.get(handle).map(|entry| edit::fields(&book.graph, &entry.item)))
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        Ok(check::findings(&*self.shelf.book()?))
    }
}
