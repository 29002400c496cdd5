//! The reading half of a store of files.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc};

use super::{bench::Bench, check, edit, entry::Entry, shelf::Shelf};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
    store::{Cancel, Finding, Needle, Pulse, Reader, Result, ScanOf, Scanned, texts},
};

/// Memories of the same session shown on each side.
const AROUND: usize = 5;
/// One thread's view of the files.
pub(super) struct FilesReader {
    shelf: Arc<Shelf>,
    cancel: Cancel,
    /// The generation that was told last.
    told: u64,
    known: HashSet<Handle>,
    /// Memories up to this moment are known, too.
    known_until: EpochMs,
}

impl FilesReader {
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        Self { shelf, cancel: Cancel::default(), told: 0, known: HashSet::new(), known_until: EpochMs::MIN }
    }
}

impl Reader for FilesReader {
    fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn stamp(&mut self) -> Option<Vec<u8>> {
        Some(self.shelf.book().stamp.to_le_bytes().to_vec())
    }

    fn pulse(&mut self) -> Result<Pulse> {
        if !self.shelf.site.path().exists() && self.shelf.survey().sources.is_empty() {
            return Ok(Pulse::Gone);
        }
        let now = self.shelf.glance().generation;
        Ok(if std::mem::replace(&mut self.told, now) == now { Pulse::Same } else { Pulse::Changed })
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let entries = self.shelf.newest(limit);
        self.known.extend(entries.iter().map(|entry| entry.handle));
        Ok(entries.iter().map(|entry| entry.row(&self.shelf.name)).collect())
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for entry in &self.shelf.book().entries {
            self.known.insert(entry.handle);
            visit(entry.handle, entry.created);
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

    /// Files have no numbers that grow: the moment of the newest known memory stands for all, as a negative number.
    fn highest(&self) -> Vec<Handle> {
        let book = self.shelf.book();
        let known = book.entries.iter().filter(|entry| self.known.contains(&entry.handle));
        let newest = known.filter_map(|entry| entry.created).fold(self.known_until, EpochMs::max);
        if newest > 0 { vec![Handle(-newest)] } else { Vec::new() }
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        for entry in self.shelf.book().entries.iter().rev() {
            let is_old = entry.created.is_some_and(|created| created <= self.known_until);
            if !is_old && self.known.insert(entry.handle) {
                visit(entry.handle, entry.created);
            }
        }
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        let book = self.shelf.book();
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
        let book = self.shelf.book();
        let found = handles.iter().filter_map(|handle| book.get(*handle));
        Ok(found.map(|entry| entry.row(&self.shelf.name)).collect())
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        let book = self.shelf.book();
        let Some(entry) = book.get(handle) else { return Ok(None) };
        let same = |other: &&Entry| !entry.session.is_empty() && other.session == entry.session;
        let around: Vec<&Entry> = book.entries.iter().rev().filter(same).collect();
        let here = around.iter().position(|other| other.handle == entry.handle).unwrap_or_default();
        let near = around.into_iter().skip(here.saturating_sub(AROUND)).take(here.min(AROUND) + 1 + AROUND);
        let others = near.filter(|other| other.handle != entry.handle);
        let neighbours = others.map(|other| (other.handle, other.title.clone())).collect();
        Ok(Some(entry.memory(&self.shelf.name, neighbours)))
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        let book = self.shelf.book();
        texts::search(book.entries.iter().map(Entry::page), needle, &self.cancel, visit)
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        let book = self.shelf.book();
        texts::ranked(book.entries.iter().map(Entry::page), needles, limit, &self.cancel)
    }

    fn image(&mut self, handle: Handle) -> Result<Option<Image>> {
        let Some(native) = self.shelf.native(handle) else { return Ok(None) };
        Bench::new(self.shelf.survey()).image(&native)
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        Some(self.shelf.handle(native))
    }

    fn native(&self, handle: Handle) -> String {
        // What was never seen has no name; this one no memory has.
        self.shelf.native(handle).unwrap_or_else(|| format!("?{:016x}", handle.0))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        let Some(native) = self.shelf.native(handle) else { return Ok(None) };
        let mut bench = Bench::new(self.shelf.survey());
        Ok(bench.image(&native)?.map(|image| edit::fields(&image)))
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        Ok(check::findings(&self.shelf.fresh_book()))
    }
}
