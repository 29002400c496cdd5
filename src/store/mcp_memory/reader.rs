//! The reading half: keeps the schema in view and hands each question to the module that knows it.

use std::{ops::ControlFlow, sync::Arc};

use rusqlite::Connection;

use super::{Place, check, detail, edit, image, list, scan, search, shape::Shape, versions, writer};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
    store::{
        Cancel, Finding, Needle, Problem, Pulse, Reader, Result, ScanOf, Scanned, StoreVersion,
        sqlite::reading::Reading,
    },
};

/// A reading connection.
pub(super) struct McpReader {
    place: Arc<Place>,
    reading: Reading,
    shape: Shape,
    /// The highest row seen.
    highest: i64,
}

impl McpReader {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let reading = Reading::open(&place.path)?;
        let shape = place.shape(reading.conn())?;
        Ok(Self { place, reading, shape, highest: i64::MIN })
    }

    /// Whether the file could only be opened as one that cannot change.
    pub(super) fn frozen(&self) -> bool {
        self.reading.frozen()
    }

    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    pub(super) fn conn(&self) -> &Connection {
        self.reading.conn()
    }

    fn problem(&self, error: &rusqlite::Error) -> Problem {
        self.reading.problem(error)
    }

    /// What a look into the database finds, or the sentence for the error.
    fn look<T>(&self, look: impl FnOnce(&Connection, &Shape) -> rusqlite::Result<T>) -> Result<T> {
        look(self.reading.conn(), &self.shape).map_err(|error| self.problem(&error))
    }

    fn what_stands_against_writing(&self) -> Option<String> {
        writer::objection(self.reading.conn(), &self.shape).or_else(|| self.place.setup_objection())
    }
}

impl Reader for McpReader {
    fn obey(&mut self, cancel: Cancel) {
        self.reading.obey(cancel);
    }

    fn pulse(&mut self) -> Result<Pulse> {
        let pulse = self.reading.pulse()?;
        if pulse == Pulse::Changed && self.reading.counter("schema_version")? != self.shape.cookie {
            self.shape = self.place.shape(self.reading.conn())?;
        }
        Ok(pulse)
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let page = self.look(|conn, shape| list::newest(conn, shape, limit))?;
        self.highest = page.iter().map(|handle| handle.0).fold(self.highest, i64::max);
        self.rows(&page)
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let mut highest = self.highest;
        self.look(|conn, shape| {
            list::outline(conn, shape, &mut |handle, time| {
                highest = highest.max(handle.0);
                visit(handle, time);
            })
        })?;
        self.highest = highest;
        Ok(())
    }

    fn seen(&mut self, handle: Handle) {
        self.highest = self.highest.max(handle.0);
    }

    fn highest(&self) -> Vec<Handle> {
        if self.highest == i64::MIN { Vec::new() } else { vec![Handle(self.highest)] }
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let found = self.look(|conn, shape| list::times(conn, shape, self.highest))?;
        // A new version of a memory that is known has a new row, but no new name.
        let above = self.highest;
        for (time, handle) in found.into_iter().filter(|(_, handle)| handle.0 > above) {
            self.highest = self.highest.max(handle.0);
            visit(handle, time);
        }
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        self.look(|conn, shape| scan::scan(conn, shape, &of, visit))
    }

    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>> {
        let name = &self.place.name;
        self.look(|conn, shape| {
            let rows = handles.iter().map(|handle| list::row_of(conn, shape, name, *handle));
            rows.filter_map(rusqlite::Result::transpose).collect()
        })
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        self.look(|conn, shape| detail::memory(conn, shape, &self.place.name, handle))
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        self.look(|conn, shape| search::search(conn, shape, needle, visit))
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        self.look(|conn, shape| search::ranked(conn, shape, needles, limit))
    }

    fn image(&mut self, handle: Handle) -> Result<Option<Image>> {
        self.look(|conn, shape| image::read(conn, shape, handle))
    }

    fn versions(&mut self, handle: Handle) -> Result<Vec<StoreVersion>> {
        self.look(|conn, shape| versions::versions(conn, shape, handle))
    }

    fn changed_since(&mut self, at: EpochMs) -> Result<Vec<Handle>> {
        self.look(|conn, shape| versions::changed_since(conn, shape, at))
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        list::handle(native)
    }

    fn native(&self, handle: Handle) -> String {
        list::native(handle)
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        Ok(self.image(handle)?.map(|image| edit::editable(&image.own)))
    }

    fn objection(&mut self) -> Result<Option<String>> {
        Ok(self.what_stands_against_writing())
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        self.shape = self.place.shape(self.reading.conn())?;
        let writing = self.what_stands_against_writing();
        self.look(|conn, shape| check::check(conn, shape, writing))
    }
}
