//! The reading half of a store of agentmemory.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc};

use super::{book::Shelf, check, entry::Entry, kind::Name, plan, record, versions};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
    store::{Cancel, Finding, Needle, Pulse, Reader, Result, ScanOf, Scanned, StoreVersion, texts},
};

/// Memories of the same session shown on each side.
const AROUND: usize = 5;
/// One thread's view of a store.
pub(super) struct AgentReader {
    shelf: Arc<Shelf>,
    cancel: Cancel,
    /// The generation that was told last.
    told: u64,
    known: HashSet<Handle>,
    /// Memories up to this moment are known, too.
    known_until: EpochMs,
}

/// The image of a listed memory.
pub(super) fn image_of(entry: &Entry) -> Image {
    let seed = &entry.seed;
    let found = record::Found { owner: seed.owner.to_string(), at: seed.at, fields: (*seed.fields).clone() };
    record::image(entry.kind(), &found)
}

impl AgentReader {
    pub(super) fn new(shelf: Arc<Shelf>) -> Self {
        let told = shelf.book().generation;
        Self { shelf, cancel: Cancel::default(), told, known: HashSet::new(), known_until: EpochMs::MIN }
    }
}

impl Reader for AgentReader {
    fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel;
    }

    fn pulse(&mut self) -> Result<Pulse> {
        if !self.shelf.place.path.exists() {
            return Ok(Pulse::Gone);
        }
        let now = self.shelf.glance().generation;
        Ok(if std::mem::replace(&mut self.told, now) == now { Pulse::Same } else { Pulse::Changed })
    }

    fn stamp(&mut self) -> Option<Vec<u8>> {
        Some(self.shelf.book().stamp.to_le_bytes().to_vec())
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let book = self.shelf.book();
        let page = book.entries.iter().take(limit);
        Ok(page
            .map(|entry| {
                self.known.insert(entry.handle);
                entry.row(&self.shelf.place.name)
            })
            .collect())
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

    /// Records have no numbers that grow: the moment of the newest known memory stands for all, as a negative number.
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
        Ok(found.map(|entry| entry.row(&self.shelf.place.name)).collect())
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        let book = self.shelf.book();
        let Some(entry) = book.get(handle) else { return Ok(None) };
        let same = |other: &&Entry| !entry.session.is_empty() && other.session == entry.session;
        let around: Vec<&Entry> = book.entries.iter().rev().filter(same).collect();
        let here = around.iter().position(|other| other.handle == entry.handle).unwrap_or_default();
        let near = around.into_iter().skip(here.saturating_sub(AROUND)).take(here.min(AROUND) + 1 + AROUND);
        let others = near.filter(|other| other.handle != entry.handle);
        let neighbours = others.map(|other| (other.handle, other.title().to_owned())).collect();
        let session = book.sessions.get(&entry.session).map(String::as_str).unwrap_or_default();
        Ok(Some(entry.memory(&self.shelf.place.name, session, neighbours)))
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
        // Another program may have written since the last look; whoever asks for the record wants the present one.
        let native = self.shelf.native(handle);
        let name = native.as_deref().and_then(Name::of);
        Ok(name.and_then(|name| self.shelf.fresh_book().named(&name).map(image_of)))
    }

    fn versions(&mut self, handle: Handle) -> Result<Vec<StoreVersion>> {
        Ok(versions::of(&self.shelf.book(), handle))
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        Name::of(native).map(|_| self.shelf.handle(native))
    }

    fn native(&self, handle: Handle) -> String {
        // What was never seen has no name; this one no memory has.
        self.shelf.native(handle).unwrap_or_else(|| format!("?{:016x}", handle.0))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        let book = self.shelf.book();
        Ok(book.get(handle).map(|entry| plan::fields(entry.kind(), entry.fields())))
    }

    fn objection(&mut self) -> Result<Option<String>> {
        Ok(self.shelf.place.way().err())
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        Ok(check::findings(&self.shelf))
    }
}
