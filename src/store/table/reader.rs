//! The reading half of a mapped table.

use std::{ops::ControlFlow, sync::Arc};

use rusqlite::{Connection, OptionalExtension as _};

use super::{Place, detail, lineage, list, record, scan, search, shape::Shape, writer};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, MemoryId, Row},
    store::{
        Cancel, Finding, Needle, Problem, Pulse, Reader, Result, ScanOf, Scanned, StoreVersion,
        sqlite::{cell, reading::Reading, table::quote},
    },
};

/// A reading connection to a mapped table.
pub(super) struct TableReader {
    place: Arc<Place>,
    reading: Reading,
    shape: Shape,
    /// The highest row id seen.
    highest: i64,
}

impl TableReader {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let reading = Reading::open(&place.path)?;
        let shape = place.shape(reading.conn())?;
        Ok(Self { place, reading, shape, highest: i64::MIN })
    }

    /// Whether the file could only be opened as one that cannot change.
    pub(super) fn frozen(&self) -> bool {
        self.reading.frozen()
    }

    /// The table as it was read last.
    pub(super) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The connection.
    pub(super) fn conn(&self) -> &Connection {
        self.reading.conn()
    }

    fn problem(&self, error: &rusqlite::Error) -> Problem {
        self.reading.problem(error)
    }

    fn line(&self, sql: &str, rowid: i64) -> rusqlite::Result<Option<Row>> {
        let mut statement = self.reading.conn().prepare_cached(sql)?;
        statement.query_row([rowid], |row| list::line(&self.place.name, &self.shape, row)).optional()
    }

    fn full(&self, handle: Handle) -> rusqlite::Result<Option<Memory>> {
        let row = self.line(&list::line_sql(&self.shape), handle.0)?;
        let image = record::read(self.reading.conn(), &self.shape, handle.0)?;
        let (Some(row), Some(image)) = (row, image) else { return Ok(None) };
        detail::memory(self.reading.conn(), &self.shape, row, &image.own).map(Some)
    }
}

impl Reader for TableReader {
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
        let page = list::newest(self.reading.conn(), &self.shape, limit).map_err(|error| self.problem(&error))?;
        self.highest = page.iter().map(|handle| handle.0).fold(self.highest, i64::max);
        self.rows(&page)
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let mut highest = self.highest;
        list::outline(self.reading.conn(), &self.shape, &mut |handle, time| {
            highest = highest.max(handle.0);
            visit(handle, time);
        })
        .map_err(|error| self.problem(&error))?;
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
        let mut highest = self.highest;
        list::above(self.reading.conn(), &self.shape, self.highest, &mut |handle, time| {
            highest = highest.max(handle.0);
            visit(handle, time);
        })
        .map_err(|error| self.problem(&error))?;
        self.highest = highest;
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        scan::scan(self.reading.conn(), &self.shape, &of, visit).map_err(|error| self.problem(&error))
    }

    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>> {
        let sql = list::line_sql(&self.shape);
        let lines = handles.iter().map(|handle| self.line(&sql, handle.0));
        lines
            .filter_map(rusqlite::Result::transpose)
            .collect::<rusqlite::Result<_>>()
            .map_err(|error| self.problem(&error))
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        self.full(handle).map_err(|error| self.problem(&error))
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        search::search(self.reading.conn(), &self.shape, needle, visit).map_err(|error| self.problem(&error))
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        search::ranked(self.reading.conn(), &self.shape, needles, limit).map_err(|error| self.problem(&error))
    }

    fn image(&mut self, handle: Handle) -> Result<Option<Image>> {
        record::read(self.reading.conn(), &self.shape, handle.0).map_err(|error| self.problem(&error))
    }

    fn versions(&mut self, handle: Handle) -> Result<Vec<StoreVersion>> {
        lineage::versions(self.reading.conn(), &self.shape, handle).map_err(|error| self.problem(&error))
    }

    fn changed_since(&mut self, at: EpochMs) -> Result<Vec<Handle>> {
        lineage::changed_since(self.reading.conn(), &self.shape, at).map_err(|error| self.problem(&error))
    }

    fn descendants(&mut self, of: &[MemoryId]) -> Result<Vec<(Handle, usize)>> {
        lineage::descendants(self.reading.conn(), &self.shape, &self.place.name, of)
            .map_err(|error| self.problem(&error))
    }

    fn signed(&mut self, author: &str, since: EpochMs) -> Result<Vec<Handle>> {
        lineage::signed(self.reading.conn(), &self.shape, author, since).map_err(|error| self.problem(&error))
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        record::row_of(self.reading.conn(), &self.shape, native).ok().flatten().map(Handle)
    }

    fn native(&self, handle: Handle) -> String {
        let id = quote(&self.shape.mapping.id);
        let sql = format!("SELECT {id} FROM {} WHERE rowid = ?1", self.shape.from());
        let found = self.reading.conn().prepare_cached(&sql).and_then(|mut statement| {
            statement.query_row([handle.0], |row| Ok(cell::text(row.get_ref(0)?).into_owned()))
        });
        // What is gone is named by its row: nothing else is known of it.
        self.shape.native(&found.unwrap_or_else(|_| handle.0.to_string()))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        Ok(self.image(handle)?.map(|image| detail::editable(&self.shape, &image.own)))
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        self.shape = self.place.shape(self.reading.conn())?;
        let said = self
            .reading
            .conn()
            .query_row("PRAGMA quick_check(1)", [], |row| Ok(cell::text(row.get_ref(0)?).into_owned()))
            .map_err(|error| self.problem(&error))?;
        Ok(vec![
            Finding {
                what: "file".into(),
                trouble: (said != "ok")
                    .then(|| format!("SQLite finds it damaged ({said}); keep a copy and restore a backup")),
            },
            Finding {
                what: format!("full-text index of {}", self.shape.mapping.table),
                trouble: self
                    .shape
                    .full_text
                    .is_none()
                    .then(|| "there is none; searching looks through every row".to_owned()),
            },
            Finding { what: "writing".into(), trouble: writer::objection(self.reading.conn(), &self.shape) },
        ])
    }
}
