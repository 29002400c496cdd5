//! The reading half of a mapped table of a `PostgreSQL` database.

use std::{
    collections::{HashMap, HashSet},
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_postgres::{Row as Found, types::Type};

use super::{
    Place,
    line::{Line, Trouble},
    record,
    rows::Question,
    search,
    shape::{Form, Shape, text},
};
use crate::{
    change::Edit,
    memory::{EpochMs, Handle, Image, Memory, Row, Value},
    store::{
        Cancel, Finding, Needle, Pulse, Reader, Result, ScanOf, Scanned,
        sqlite::{cell, table::quote},
        table::{detail, list, scan},
    },
};

/// Looking whether the table was written takes at most this share of the time.
const REST: u32 = 50;
/// Looking for that may take so long; a server that does not answer must not hold up the other stores.
const GLANCE: Duration = Duration::from_secs(2);
/// Memories that are asked for together.
const TOGETHER: usize = 1000;
/// Memories of the same session shown on each side.
const AROUND: usize = 5;

/// A reading connection to a mapped table.
pub(super) struct PostgresReader {
    place: Arc<Place>,
    line: Line,
    cancel: Cancel,
    shape: Shape,
    known: Known,
    watch: Watch,
}

/// Which memories were seen: by the highest number where they have numbers, else one by one, and all up to a moment.
#[derive(Default)]
struct Known {
    highest: Option<i64>,
    handles: HashSet<Handle>,
    until: EpochMs,
}

/// What was last seen of the table's changes.
struct Watch {
    /// The server's transactions then.
    snapshot: String,
    /// What [`PostgresReader::mark`] said then; empty when it was not asked yet.
    mark: String,
    /// Not before this it is asked for again.
    from: Instant,
}

impl PostgresReader {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let mut line = Line::new(place.address.clone());
        line.connect().map_err(|trouble| place.problem(&trouble))?;
        let shape = place.shape(&mut line)?;
        let watch = Watch { snapshot: String::new(), mark: String::new(), from: Instant::now() };
        let mut reader = Self { place, line, cancel: Cancel::default(), shape, known: Known::default(), watch };
        let snapshot = reader.snapshot();
        reader.watch.snapshot = reader.said(snapshot)?;
        Ok(reader)
    }

    /// The table as it was read last.
    pub(super) const fn shape(&self) -> &Shape {
        &self.shape
    }

    fn said<T>(&self, answer: std::result::Result<T, Trouble>) -> Result<T> {
        answer.map_err(|trouble| self.place.problem(&trouble))
    }

    /// Reads the description of the table again: columns may have come or gone.
    fn look_at_the_table(&mut self) -> Result<()> {
        let connected = self.line.connect();
        self.said(connected)?;
        self.shape = self.place.shape(&mut self.line)?;
        Ok(())
    }

    fn form(&self) -> Form {
        self.shape.id().map_or(Form::Text, |column| column.form)
    }

    /// What tells that a row was added, changed or deleted, or a column: how many there are, and the sum of the transactions that wrote
    /// them. Each write brings a later transaction, so that with the same count the sum can only grow.
    fn mark(&mut self) -> std::result::Result<String, Trouble> {
        let sql = format!(
            "SELECT count(*) || ' ' || coalesce(sum(t.xmin::text::bigint), 0) || ' ' ||
                (SELECT sum(a.xmin::text::bigint) FROM pg_attribute a WHERE a.attrelid = {}::oid) FROM {} AS t",
            self.shape.oid, self.shape.table.name
        );
        Ok(self.line.ask(&sql, &[])?.first().map(|row| text(row, 0)).unwrap_or_default())
    }

    fn looked(&mut self) -> std::result::Result<Pulse, Trouble> {
        let snapshot = self.snapshot()?;
        if snapshot == self.watch.snapshot || Instant::now() < self.watch.from {
            return Ok(Pulse::Same);
        }
        let began = Instant::now();
        let mark = self.mark()?;
        self.watch.from = Instant::now() + began.elapsed() * REST;
        // Taken before the mark: what is written between the two is seen the next time.
        self.watch.snapshot = snapshot;
        let before = std::mem::replace(&mut self.watch.mark, mark);
        // Without an earlier mark nobody knows what was written since the table was opened: then it may have been.
        Ok(if before == self.watch.mark { Pulse::Same } else { Pulse::Changed })
    }

    /// Which transactions the server has seen; the same as long as nobody writes anything at all.
    fn snapshot(&mut self) -> std::result::Result<String, Trouble> {
        let now = self.line.ask("SELECT txid_current_snapshot()::text", &[])?;
        Ok(now.first().map(|row| text(row, 0)).unwrap_or_default())
    }

    /// The ids behind handles, in their order; those that nobody has met yet are looked for among all.
    fn ids(&mut self, handles: &[Handle]) -> std::result::Result<Vec<String>, Trouble> {
        let (form, names) = (self.form(), self.place.names.clone());
        if handles.iter().any(|handle| names.id(form, *handle).is_none()) {
            self.walk(&Question::times(&self.shape), "", &mut |_, _| true)?;
        }
        Ok(handles.iter().filter_map(|handle| names.id(form, *handle)).collect())
    }

    /// Visits all rows of a question; `false` ends it.
    fn walk(
        &mut self,
        question: &Question,
        tail: &str,
        visit: &mut dyn FnMut(Handle, &Found) -> bool,
    ) -> std::result::Result<(), Trouble> {
        let sql = format!("{} WHERE t.{} IS NOT NULL {tail}", question.sql, quote(&self.shape.mapping.id));
        let names = self.place.names.clone();
        self.line.walk(&sql, &[], &mut |rows| rows.iter().all(|row| visit(question.handle(&names, row), row)))
    }

    /// The cells of rows, by their handles.
    fn cells(
        &mut self,
        question: &Question,
        handles: &[Handle],
    ) -> std::result::Result<HashMap<Handle, Vec<Value>>, Trouble> {
        let ids = self.ids(handles)?;
        let Some(id) = self.shape.id() else { return Ok(HashMap::new()) };
        let sql = format!("{} WHERE t.{} = ANY(CAST($1 AS {}[]))", question.sql, quote(&id.name), id.of);
        let found = self.line.ask(&sql, &[(&ids, Type::TEXT_ARRAY)])?;
        let names = &self.place.names;
        Ok(found.iter().map(|row| (question.handle(names, row), question.cells(names, row))).collect())
    }

    /// Times with their handles, newest first, those without one last.
    fn times(&mut self, tail: &str) -> std::result::Result<Vec<(Option<EpochMs>, Handle)>, Trouble> {
        let question = Question::times(&self.shape);
        let (names, times) = (self.place.names.clone(), self.shape.mapping.times);
        let mut all = Vec::new();
        self.walk(&question, tail, &mut |handle, row| {
            let time = question.cells(&names, row).get(1).and_then(|value| times.read(cell::reference(value)));
            all.push((time, handle));
            true
        })?;
        all.sort_unstable_by_key(|(time, handle)| std::cmp::Reverse((*time, handle.0)));
        Ok(all)
    }

    fn meet(&mut self, handle: Handle, time: Option<EpochMs>) {
        if self.form() == Form::Integer {
            self.known.highest = self.known.highest.max(Some(handle.0));
        } else {
            self.known.handles.insert(handle);
            self.known.until = self.known.until.max(time.unwrap_or_default());
        }
    }

    fn lines(&mut self, handles: &[Handle]) -> std::result::Result<Vec<Row>, Trouble> {
        let question = Question::lines(&self.shape);
        let mut found = self.cells(&question, handles)?;
        let rows = handles.iter().filter_map(|handle| found.remove(handle));
        Ok(rows.filter_map(|cells| list::line(&self.place.name, &self.shape, cells.as_slice()).ok()).collect())
    }

    fn read(&mut self, handles: &[Handle]) -> std::result::Result<Vec<Option<Image>>, Trouble> {
        let ids = self.ids(handles)?;
        let shape = &self.shape;
        let mut found = self.line.again(&mut |line| record::images(line, shape, &ids, false))?;
        let (form, names) = (self.form(), &self.place.names);
        Ok(handles.iter().map(|handle| found.remove(&names.id(form, *handle)?)).collect())
    }

    fn one(&mut self, handle: Handle) -> std::result::Result<Option<Image>, Trouble> {
        Ok(self.read(&[handle])?.pop().flatten())
    }

    /// Other memories of the same session around this one in time, oldest first.
    fn neighbours(&mut self, row: &Row) -> std::result::Result<Vec<(Handle, String)>, Trouble> {
        let (Some(session), Some(name)) = (&self.shape.mapping.session, &row.scope.session) else { return Ok(vec![]) };
        let Some(column) = self.shape.table.column(session) else { return Ok(Vec::new()) };
        let question = Question::times(&self.shape);
        let sql = format!("{} WHERE {} = $1 LIMIT {TOGETHER}", question.sql, column.text());
        let (names, times) = (self.place.names.clone(), self.shape.mapping.times);
        let found = self.line.ask(&sql, &[(name, Type::TEXT)])?;
        let time =
            |row: &Found| question.cells(&names, row).get(1).and_then(|value| times.read(cell::reference(value)));
        let mut all: Vec<_> = found.iter().map(|row| (time(row), question.handle(&names, row))).collect();
        all.sort_unstable_by_key(|(time, handle)| (*time, handle.0));
        let here = all.iter().position(|(_, handle)| *handle == row.key.handle).unwrap_or_default();
        let near = all.iter().skip(here.saturating_sub(AROUND)).take(here.min(AROUND) + 1 + AROUND);
        let near: Vec<Handle> = near.map(|(_, handle)| *handle).filter(|handle| *handle != row.key.handle).collect();
        Ok(self.lines(&near)?.into_iter().map(|row| (row.key.handle, row.title)).collect())
    }

    fn full(&mut self, handle: Handle) -> std::result::Result<Option<Memory>, Trouble> {
        let (row, image) = (self.lines(&[handle])?.pop(), self.one(handle)?);
        let (Some(row), Some(image)) = (row, image) else { return Ok(None) };
        let neighbours = self.neighbours(&row)?;
        Ok(Some(detail::memory(&self.shape, row, &record::plainly(&self.shape, &image.own), None, neighbours)))
    }

    fn scan_these(
        &mut self,
        handles: &[Handle],
        visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>,
    ) -> std::result::Result<(), Trouble> {
        let question = Question::texts(&self.shape);
        for part in handles.chunks(TOGETHER) {
            let found = self.cells(&question, part)?;
            for cells in part.iter().filter_map(|handle| found.get(handle)) {
                if scan::one(&self.shape, cells.as_slice(), visit).is_ok_and(|flow| flow.is_break()) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn scan_all(&mut self, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> std::result::Result<(), Trouble> {
        let (question, shape) = (Question::texts(&self.shape), self.shape.clone());
        let names = self.place.names.clone();
        self.walk(&question, "", &mut |_, row| {
            let cells = question.cells(&names, row);
            !scan::one(&shape, cells.as_slice(), visit).is_ok_and(|flow| flow.is_break())
        })
    }
}

impl Reader for PostgresReader {
    fn obey(&mut self, cancel: Cancel) {
        self.cancel = cancel.clone();
        self.line.obey(cancel);
    }

    fn pulse(&mut self) -> Result<Pulse> {
        self.line.hurry(Some(GLANCE));
        let looked = self.looked();
        self.line.hurry(None);
        let pulse = self.said(looked)?;
        if pulse == Pulse::Changed {
            self.look_at_the_table()?;
        }
        Ok(pulse)
    }

    fn stamp(&mut self) -> Option<Vec<u8>> {
        let mark = self.mark().ok()?;
        Some(format!("{} {mark}", self.shape.oid).into_bytes())
    }

    fn newest(&mut self, limit: usize) -> Result<Vec<Row>> {
        let created = self.shape.mapping.created.as_ref().map(|name| format!("t.{} DESC NULLS LAST", quote(name)));
        let tail = match (self.form(), created) {
            (Form::Integer, _) => format!("ORDER BY {} LIMIT {limit}", search::newest_first(&self.shape)),
            // Rows of one moment stand in the order of their handles, which the server does not know.
            (_, Some(created)) => format!("ORDER BY {created} FETCH FIRST {limit} ROWS WITH TIES"),
            (_, None) => String::new(),
        };
        let times = self.times(&tail);
        let page: Vec<Handle> = self.said(times)?.into_iter().take(limit).map(|(_, handle)| handle).collect();
        for handle in &page {
            self.meet(*handle, None);
        }
        self.rows(&page)
    }

    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let times = self.times("");
        for (time, handle) in self.said(times)? {
            self.meet(handle, time);
            visit(handle, time);
        }
        Ok(())
    }

    /// A negative number is a moment where ids are no numbers, as [`Reader::highest`] gives it.
    fn seen(&mut self, handle: Handle) {
        if self.form() != Form::Integer && handle.0 < 0 {
            self.known.until = self.known.until.max(-handle.0);
        } else {
            self.meet(handle, None);
        }
    }

    fn highest(&self) -> Vec<Handle> {
        match self.form() {
            Form::Integer => self.known.highest.map(Handle).into_iter().collect(),
            _ if self.known.until > 0 => vec![Handle(-self.known.until)],
            _ => Vec::new(),
        }
    }

    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()> {
        let above = self.known.highest.filter(|_| self.form() == Form::Integer);
        let tail = above.map(|highest| format!("AND t.{} > {highest}", quote(&self.shape.mapping.id)));
        let until = self.known.until;
        let times = self.times(&tail.unwrap_or_default());
        for (time, handle) in self.said(times)?.into_iter().rev() {
            let is_old = self.known.handles.contains(&handle)
                || (above.is_none() && self.known.handles.is_empty() && time.is_some_and(|time| time <= until));
            self.meet(handle, time);
            if !is_old {
                visit(handle, time);
            }
        }
        Ok(())
    }

    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()> {
        let scanned = match of {
            ScanOf::All => self.scan_all(visit),
            ScanOf::These(handles) => self.scan_these(handles, visit),
        };
        self.said(scanned)
    }

    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>> {
        let mut all = Vec::with_capacity(handles.len());
        for part in handles.chunks(TOGETHER) {
            let lines = self.lines(part);
            all.extend(self.said(lines)?);
        }
        Ok(all)
    }

    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>> {
        let memory = self.full(handle);
        self.said(memory)
    }

    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()> {
        let found = search::search(&mut self.line, &self.shape, &self.place.names, needle, visit);
        self.said(found)
    }

    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>> {
        let names = &self.place.names;
        let found = search::ranked(&mut self.line, &self.shape, names, needles, &self.cancel, limit);
        self.said(found)?
    }

    fn image(&mut self, handle: Handle) -> Result<Option<Image>> {
        let image = self.one(handle);
        self.said(image)
    }

    fn images(&mut self, handles: &[Handle]) -> Result<Vec<Option<Image>>> {
        let mut all = Vec::with_capacity(handles.len());
        for part in handles.chunks(TOGETHER) {
            let images = self.read(part);
            all.extend(self.said(images)?);
        }
        Ok(all)
    }

    fn handle(&self, native: &str) -> Option<Handle> {
        let id = self.shape.id_in(native)?;
        let handle = self.place.names.handle(self.form(), id);
        // The same number may be written in several ways; only one of them is the id.
        (self.form() != Form::Integer || handle.0.to_string() == id).then_some(handle)
    }

    fn native(&self, handle: Handle) -> String {
        // What no connection has met has no name; this one no memory has.
        let id = self.place.names.id(self.form(), handle);
        id.map_or_else(|| format!("?{:016x}", handle.0), |id| self.shape.native(&id))
    }

    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>> {
        let image = self.image(handle)?;
        Ok(image.map(|image| detail::editable(&self.shape, &record::plainly(&self.shape, &image.own))))
    }

    fn objection(&mut self) -> Result<Option<String>> {
        self.look_at_the_table()?;
        Ok(self.shape.objection())
    }

    fn check(&mut self) -> Result<Vec<Finding>> {
        let objection = self.objection()?;
        let asked = self.line.ask("SELECT host(inet_server_addr())", &[]);
        let far = self.said(asked)?.first().map(|row| text(row, 0)).filter(|address| !address.is_empty());
        let far = far.filter(|address| !address.starts_with("127.") && !address.starts_with("::1"));
        Ok(vec![
            Finding { what: format!("PostgreSQL {}", self.shape.version), trouble: None },
            Finding {
                what: "connection".into(),
                trouble: far.map(|address| {
                    format!(
                        "it goes to {address} without TLS; go through a tunnel (ssh -L) unless the network is yours"
                    )
                }),
            },
            Finding { what: "writing".into(), trouble: objection },
        ])
    }
}
