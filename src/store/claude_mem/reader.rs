//! The reading half: opens, keeps the schema in view, and hands each question to the module that knows it.

use std::{collections::HashMap, ops::ControlFlow, sync::Arc};

use rusqlite::Connection;

use super::{
    Place, check, detail, image, list,
    scan::{self, Sessions},
    search,
    shape::{Kind, Shape, one_look},
    writer,
};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row},
    store::{Cancel, Finding, Needle, Problem, Pulse, Reader, Result, ScanOf, Scanned, sqlite::reading::Reading},
};

/// A reading connection to a claude-mem database.
pub(super) struct ClaudeMemReader {
    place: Arc<Place>,
    reading: Reading,
    shape: Arc<Shape>,
    /// The highest row id seen of each kind.
    highest: [i64; 3],
    sessions: Sessions,
}

impl ClaudeMemReader {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let reading = Reading::open(&place.path)?;
        let shape = place.shape(reading.conn(), reading.file())?;
        Ok(Self { place, reading, shape, highest: [i64::MIN; 3], sessions: Sessions::default() })
    }

    /// Whether the file could only be opened as one that cannot change.
    pub(super) fn frozen(&self) -> bool {
        self.reading.frozen()
    }

    /// The schema as it was read last.
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

    /// Reads the schema again when it has changed: the product may migrate its file while it is open here.
    fn follow_schema(&mut self) -> Result<()> {
        self.shape = self.place.shape(self.reading.conn(), self.reading.file())?;
        Ok(())
    }

    fn saw(highest: &mut [i64; 3], handle: Handle) {
        if let Some((kind, rowid)) = Kind::of(handle)
            && let Some(highest) = highest.get_mut(kind as usize)
        {
            *highest = (*highest).max(rowid);
        }
    }

    fn line(&self, kind: Kind, sql: &str, rowid: i64) -> rusqlite::Result<Option<Row>> {
        let mut statement = self.reading.conn().prepare_cached(sql)?;
        let mut rows = statement.query([rowid])?;
        rows.next()?.map(|row| list::line(&self.place.name, kind, row)).transpose()
    }

    fn lines(&self, handles: &[Handle]) -> Result<Vec<Row>> {
        let sql = Kind::ALL.map(|kind| list::line_sql(&self.shape, kind));
        let mut found = Vec::with_capacity(handles.len());
        for handle in handles {
            let Some((kind, rowid)) = Kind::of(*handle) else { continue };
            let Some(Some(sql)) = sql.get(kind as usize) else { continue };
            found.extend(self.line(kind, sql, rowid).map_err(|error| self.problem(&error))?);
        }
        Ok(found)
    }

    fn full(&self, handle: Handle) -> rusqlite::Result<Option<Memory>> {
        let Some((kind, rowid)) = Kind::of(handle) else { return Ok(None) };
        let Some(sql) = list::line_sql(&self.shape, kind) else { return Ok(None) };
        let conn = self.reading.conn();
        let (Some(row), Some(image)) = (self.line(kind, &sql, rowid)?, image::read(conn, &self.shape, kind, rowid)?)
        else {
            return Ok(None);
        };
        let session = image.parents.first();
        detail::memory(conn, &self.shape, &self.place.settings, row, kind, &image.own, session).map(Some)
    }
}

impl Reader for ClaudeMemReader {
    fn obey(&mut self, cancel: Cancel) {
        self.reading.obey(cancel);
    }

    fn pulse(&mut self) -> Result<Pulse> {
        let pulse = self.reading.pulse()?;
        if pulse == Pulse::Changed {
            self.follow_schema()?;
        }
        Ok(pulse)
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let _look = one_look(self.reading.conn()).map_err(|error| self.problem(&error))?;
        let mut page = Vec::new();
        list::times(self.reading.conn(), &self.shape, Some(limit), &mut |handle, _| {
            if page.len() < limit {
                page.push(handle);
            }
        })
        .map_err(|error| self.problem(&error))?;
        for handle in &page {
            Self::saw(&mut self.highest, *handle);
        }
        self.lines(&page)
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let mut highest = self.highest;
        list::times(self.reading.conn(), &self.shape, None, &mut |handle, time| {
            Self::saw(&mut highest, handle);
            visit(handle, time);
        })
        .map_err(|error| self.problem(&error))?;
        self.highest = highest;
        Ok(())
    }

    fn seen(&mut self, handle: Handle) {
        Self::saw(&mut self.highest, handle);
    }

    fn highest(&self) -> Vec<Handle> {
        let seen = Kind::ALL.into_iter().zip(self.highest).filter(|(_, rowid)| *rowid != i64::MIN);
        seen.map(|(kind, rowid)| kind.handle(rowid)).collect()
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let mut highest = self.highest;
        for kind in Kind::ALL {
            let from = self.highest.get(kind as usize).copied().unwrap_or(i64::MIN);
            list::above(self.reading.conn(), &self.shape, kind, from, &mut |handle, time| {
                Self::saw(&mut highest, handle);
                visit(handle, time);
            })
            .map_err(|error| self.problem(&error))?;
        }
        self.highest = highest;
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        let settings = &self.place.settings;
        scan::scan(self.reading.conn(), &self.shape, settings, &mut self.sessions, &of, visit)
            .map_err(|error| self.problem(&error))
    }

    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>> {
        let _look = one_look(self.reading.conn()).map_err(|error| self.problem(&error))?;
        self.lines(handles)
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
        let Some((kind, rowid)) = Kind::of(handle) else { return Ok(None) };
        image::read(self.reading.conn(), &self.shape, kind, rowid).map_err(|error| self.problem(&error))
    }

    fn images(&mut self, handles: &[Handle]) -> Result<Vec<Option<Image>>> {
        let mut found = HashMap::with_capacity(handles.len());
        for kind in Kind::ALL {
            let of = |handle: &Handle| Kind::of(*handle).filter(|(its, _)| *its == kind).map(|(_, rowid)| rowid);
            let rowids: Vec<i64> = handles.iter().filter_map(of).collect();
            if rowids.is_empty() {
                continue;
            }
            let images = image::read_many(self.reading.conn(), &self.shape, kind, &rowids);
            let images = images.map_err(|error| self.problem(&error))?.into_iter();
            found.extend(images.map(|(rowid, image)| (kind.handle(rowid), image)));
        }
        Ok(handles.iter().map(|handle| found.get(handle).cloned()).collect())
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        Kind::parse(native)
    }

    fn native(&self, handle: Handle) -> String {
        Kind::of(handle).map_or_else(|| format!("unknown/{}", handle.0), |(kind, rowid)| kind.native(rowid))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        let Some((kind, _)) = Kind::of(handle) else { return Ok(None) };
        Ok(self.image(handle)?.map(|image| detail::editable(&self.shape, kind, &image.own)))
    }

    fn objection(&mut self) -> Result<Option<String>> {
        self.follow_schema()?;
        Ok(writer::objection(self.reading.conn(), &self.shape))
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        self.follow_schema()?;
        check::check(self, &Arc::clone(&self.place))
    }
}
