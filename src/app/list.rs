//! The virtual list: positions of a view, lines with folding headers over them, and a cache of rows around the cursor.

use std::{
    collections::{BTreeMap, HashSet},
    ops::Range,
};

use crate::{
    catalog::ViewSpec,
    engine::{Request, View, ViewId},
    memory::{Key, Row},
};

/// Rows asked for before and behind what is missing.
const AHEAD: usize = 100;
/// Rows kept at most; the farthest from the cursor go first.
const KEPT: usize = 3000;

/// A line of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// The heading of a group, by its place in [`View::groups`].
    Header(usize),
    /// A memory, by its position in the view.
    Row(usize),
}

/// What is known of a position.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot<'a> {
    /// It is not read yet.
    Waiting,
    /// Its memory has gone since the view was made.
    Gone,
    /// Its memory.
    Row(&'a Row),
}

/// A view that is not shown before its first rows are there, so that nothing flickers.
#[derive(Debug)]
struct Pending {
    view: View,
    /// Whether the cursor goes where the view found the followed memory, wherever a person has gone since.
    jump: bool,
}

/// Where the cursor stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spot {
    position: usize,
    line: usize,
    top: usize,
}

/// The list of memories.
#[derive(Debug, Default)]
pub(crate) struct List {
    /// What is wanted; answers to anything else are late.
    pub(crate) spec: ViewSpec,
    /// What is shown.
    pub(crate) view: View,
    /// Whether any view was shown yet.
    pub(crate) shown: bool,
    /// Names of the folded groups.
    pub(crate) folded: HashSet<String>,
    /// The line under the cursor.
    pub(crate) cursor: usize,
    /// The first line on screen.
    pub(crate) top: usize,
    /// How many lines fit on screen, as last drawn.
    pub(crate) height: usize,
    rows: BTreeMap<usize, Option<Row>>,
    starts: Vec<usize>,
    lines: usize,
    pending: Option<Pending>,
    asked: Option<(ViewId, Range<usize>)>,
    jump: bool,
    /// The memory that a jump goes to.
    follow: Option<Key>,
    /// Whether the cursor goes to the first memory of the view that was asked for, until a person moves it.
    pub(crate) to_top: bool,
    /// Where the cursor goes back to in the view that was asked for, until a person moves it.
    pub(crate) back: Option<Spot>,
    /// The memory that gets the cursor when that under it goes.
    pub(crate) heir: Option<Key>,
    /// How many memories come back with the one that a jump goes to.
    pub(crate) returning: usize,
}

impl List {
    /// Asks for the view of `spec`; the cursor stays on `follow` when it is there, or goes to it when `jump` is set.
    pub(crate) fn ask(&mut self, spec: ViewSpec, follow: Option<Key>, marked: Vec<Key>, jump: bool) -> Request {
        self.spec = spec;
        self.jump = jump;
        self.follow = follow;
        self.to_top = false;
        self.back = None;
        Request::View { spec: self.spec.clone(), follow, marked }
    }

    /// A view is ready: shows it when the rows that it will show first came with it or when it has none, else asks for
    /// them.
    pub(crate) fn on_view(&mut self, mut view: View) -> Option<Request> {
        if view.spec != self.spec {
            return None;
        }
        let count = view.count.number;
        let target = match view.found {
            _ if self.to_top => 0,
            Some(found) => found,
            None if self.back.is_some() => self.back.map_or(0, |spot| spot.position),
            None if self.same(&view) => self.position(),
            None => 0,
        };
        let id = view.id;
        let lines = std::mem::take(&mut view.lines);
        self.pending = Some(Pending { view, jump: self.jump });
        if count == 0 {
            self.show(BTreeMap::new());
            return None;
        }
        let first = target.min(count - 1);
        // What will be on screen, wherever the cursor stands on it.
        let (above, below) = (first.saturating_sub(self.height), (first + self.height).min(count));
        if lines.from <= above && below <= lines.from + lines.rows.len() {
            self.asked = None;
            self.show((lines.from..).zip(lines.rows).collect());
            return None;
        }
        let range = first.saturating_sub(AHEAD)..(first + AHEAD).min(count);
        self.asked = Some((id, range.clone()));
        Some(Request::Page { view: id, range })
    }

    /// Rows have come. Returns whether anything on screen may have changed.
    pub(crate) fn on_page(&mut self, view: ViewId, from: usize, rows: Vec<Option<Row>>) -> bool {
        if self.asked.as_ref().is_some_and(|(id, range)| *id == view && range.start == from) {
            self.asked = None;
        }
        let rows = rows.into_iter().enumerate().map(|(n, row)| (from + n, row));
        if self.pending.as_ref().is_some_and(|pending| pending.view.id == view) {
            self.show(rows.collect());
            true
        } else if self.shown && self.view.id == view {
            self.rows.extend(rows);
            self.forget_far();
            true
        } else {
            false
        }
    }

    fn same(&self, view: &View) -> bool {
        self.view.spec == view.spec
    }

    fn show(&mut self, rows: BTreeMap<usize, Option<Row>>) {
        let Some(Pending { view, jump }) = self.pending.take() else { return };
        let row_on_screen = self.cursor.saturating_sub(self.top);
        let here = self.current().map(|row| row.key);
        let header = match self.line(self.cursor) {
            Some(Line::Header(group)) => self.view.groups.get(group).map(|group| group.scope.clone()),
            _ => None,
        };
        let same = self.same(&view);
        let old = self.position();
        self.view = view;
        let before = std::mem::replace(&mut self.rows, rows);
        self.heir = None;
        self.shown = true;
        // What comes early may not have it yet.
        self.jump = jump && self.view.partial && self.view.found.is_none();
        self.lay();
        if self.to_top {
            // What comes early is followed by the whole order.
            self.to_top = self.view.partial;
            self.cursor = self.line_of(0);
            self.top = 0;
            return self.settle();
        }
        if let Some(spot) = self.back.take() {
            // What comes early is followed by the whole order.
            self.back = Some(spot).filter(|_| self.view.partial);
            self.cursor = self.view.found.map_or(spot.line, |found| self.line_of(found));
            self.top = (spot.top + self.cursor).saturating_sub(spot.line);
            return self.settle();
        }
        let mine = || {
            self.rows.iter().find(|(_, row)| row.as_ref().is_some_and(|row| Some(row.key) == here)).map(|(at, _)| *at)
        };
        let position =
            if jump { self.view.found.or_else(mine) } else { mine().or(self.view.found.filter(|_| header.is_none())) };
        let heading = header.filter(|_| !jump).and_then(|scope| self.header_line(&scope));
        let line = match (heading, position) {
            (Some(line), _) => line,
            (None, Some(position)) => self.line_of(position),
            (None, None) if same => self.line_of(old.min(self.view.count.number.saturating_sub(1))),
            (None, None) => 0,
        };
        let kept = same || position.is_some();
        let in_sight = (self.top..self.top + self.height).contains(&line);
        self.cursor = line.min(self.lines.saturating_sub(1));
        if let Some(found) = self.view.found.filter(|_| jump && self.returning > 1) {
            return self.show_returned(found, &before);
        }
        if jump {
            return if in_sight { self.settle() } else { self.show_around() };
        }
        self.top = if kept { self.cursor.saturating_sub(row_on_screen) } else { 0 };
        self.settle();
    }

    /// Puts the cursor on the first of the memories that came back around a position, and scrolls so that they are seen.
    fn show_returned(&mut self, position: usize, before: &BTreeMap<usize, Option<Row>>) {
        let known: HashSet<Key> = before.values().flatten().map(|row| row.key).collect();
        let returned =
            |at: &usize| self.rows.get(at).and_then(Option::as_ref).is_some_and(|row| !known.contains(&row.key));
        let span = std::mem::take(&mut self.returning);
        let above = (0..position).rev().take(span - 1).take_while(returned).count();
        let below = (position + 1..).take(span - 1 - above).take_while(returned).count();
        self.cursor = self.line_of(position - above);
        let last = self.line_of(position + below);
        let height = self.height.max(1);
        let seen = |line| (self.top..self.top + height).contains(&line);
        if !(seen(self.cursor) && seen(last)) {
            self.show_around();
            // What does not fit begins at the top.
            self.top = window(self.top, last, height, self.lines);
            self.top = window(self.top, self.cursor, height, self.lines);
        }
        self.settle();
    }

    /// Where the cursor stands.
    pub(crate) fn spot(&self) -> Spot {
        Spot { position: self.position(), line: self.cursor, top: self.top }
    }

    /// These memories are gone: when the one under the cursor is among them, the first behind it that stays is next.
    pub(crate) fn lose(&mut self, gone: &[Key]) {
        let gone: HashSet<&Key> = gone.iter().collect();
        if self.current().is_some_and(|row| gone.contains(&row.key)) {
            let behind = self.rows.range(self.position()..).filter_map(|(_, row)| row.as_ref());
            self.heir = behind.map(|row| row.key).find(|key| !gone.contains(key));
        }
    }

    /// Scrolls so that the cursor has its neighbours around it.
    fn show_around(&mut self) {
        self.top = if self.cursor < self.height { 0 } else { self.cursor - self.height / 3 };
        self.settle();
    }

    /// So many lines fit on screen.
    pub(crate) fn resize(&mut self, height: usize) {
        if std::mem::replace(&mut self.height, height) == 0 {
            return self.show_around();
        }
        self.settle();
    }

    fn header_line(&self, scope: &str) -> Option<usize> {
        let group = self.view.groups.iter().position(|group| group.scope == scope)?;
        self.starts.get(group).copied()
    }

    /// Works out where each group's heading stands.
    fn lay(&mut self) {
        self.starts.clear();
        let mut line = 0;
        for group in &self.view.groups {
            self.starts.push(line);
            line += 1 + if self.folded.contains(&group.scope) { 0 } else { group.count };
        }
        self.lines = if self.view.groups.is_empty() { self.view.count.number } else { line };
    }

    /// How many lines there are.
    pub(crate) fn lines(&self) -> usize {
        self.lines
    }

    /// What a line is.
    pub(crate) fn line(&self, line: usize) -> Option<Line> {
        if line >= self.lines {
            return None;
        }
        if self.view.groups.is_empty() {
            return Some(Line::Row(line));
        }
        let group = self.starts.partition_point(|start| *start <= line).checked_sub(1)?;
        let within = line - self.starts.get(group)?;
        Some(match within.checked_sub(1) {
            None => Line::Header(group),
            Some(nth) => Line::Row(self.view.groups.get(group)?.from + nth),
        })
    }

    /// The group that a position belongs to.
    pub(crate) fn group_of(&self, position: usize) -> Option<usize> {
        self.view.groups.partition_point(|group| group.from <= position).checked_sub(1)
    }

    /// The line of a position; its group's heading when the group is folded.
    pub(crate) fn line_of(&self, position: usize) -> usize {
        let Some(group) = self.group_of(position) else { return position };
        let start = self.starts.get(group).copied().unwrap_or(0);
        match self.view.groups.get(group) {
            Some(found) if !self.folded.contains(&found.scope) => start + 1 + (position - found.from),
            _ => start,
        }
    }

    /// The position under the cursor; a heading stands for its first memory.
    pub(crate) fn position(&self) -> usize {
        match self.line(self.cursor) {
            Some(Line::Row(position)) => position,
            Some(Line::Header(group)) => self.view.groups.get(group).map_or(0, |group| group.from),
            None => 0,
        }
    }

    /// The row at a position.
    pub(crate) fn row(&self, position: usize) -> Slot<'_> {
        match self.rows.get(&position) {
            Some(Some(row)) => Slot::Row(row),
            Some(None) => Slot::Gone,
            None => Slot::Waiting,
        }
    }

    /// Rows could not be read: what is shown stays.
    pub(crate) fn on_failed_page(&mut self) {
        self.pending = None;
        self.asked = None;
    }

    /// The memory that the cursor is on its way to.
    pub(crate) fn destination(&self) -> Option<Key> {
        self.follow.filter(|_| self.jump)
    }

    /// Rows that are known, by position.
    pub(crate) fn known(&self) -> impl Iterator<Item = (usize, &Row)> {
        self.rows.iter().filter_map(|(at, row)| row.as_ref().map(|row| (*at, row)))
    }

    /// The memory under the cursor, when it is one and known.
    pub(crate) fn current(&self) -> Option<&Row> {
        match self.line(self.cursor)? {
            Line::Row(position) => self.rows.get(&position)?.as_ref(),
            Line::Header(_) => None,
        }
    }

    /// Changes a known row in place: what a person sees of an act before the engine has told it.
    pub(crate) fn touch(&mut self, key: Key, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows.values_mut().flatten().find(|row| row.key == key) {
            change(row);
        }
    }

    /// Moves the cursor by lines.
    pub(crate) fn step(&mut self, by: isize) {
        self.go(self.cursor.saturating_add_signed(by));
    }

    /// Puts the cursor on a line, or on the last one.
    pub(crate) fn go(&mut self, line: usize) {
        self.to_top = false;
        self.jump = false;
        self.back = None;
        self.heir = None;
        self.cursor = line.min(self.lines.saturating_sub(1));
        self.settle();
    }

    /// Scrolls without moving the cursor, as far as the cursor stays in sight; then the cursor is taken along.
    pub(crate) fn scroll(&mut self, by: isize) {
        let last = self.lines.saturating_sub(self.height.max(1));
        self.top = self.top.saturating_add_signed(by).min(last);
        let bottom = self.top + self.height.max(1) - 1;
        self.cursor = self.cursor.clamp(self.top, bottom).min(self.lines.saturating_sub(1));
    }

    /// Folds or unfolds the group of the line under the cursor. Returns whether there was one.
    pub(crate) fn fold(&mut self, fold: Option<bool>) -> bool {
        let group = match self.line(self.cursor) {
            Some(Line::Header(group)) => Some(group),
            Some(Line::Row(position)) => self.group_of(position),
            None => None,
        };
        let Some(group) = group else { return false };
        let Some(scope) = self.view.groups.get(group).map(|group| group.scope.clone()) else { return false };
        let folded = self.folded.contains(&scope);
        let wanted = fold.unwrap_or(!folded);
        if wanted {
            self.folded.insert(scope);
        } else {
            self.folded.remove(&scope);
        }
        self.lay();
        if wanted && let Some(start) = self.starts.get(group) {
            self.cursor = *start;
        }
        self.settle();
        wanted != folded
    }

    /// Keeps the cursor on screen.
    pub(crate) fn settle(&mut self) {
        self.cursor = self.cursor.min(self.lines.saturating_sub(1));
        self.top = window(self.top, self.cursor, self.height.max(1), self.lines);
        // The first memory of a group brings its heading along.
        let above = self.top.checked_sub(1).and_then(|above| self.line(above));
        if self.top == self.cursor && self.height > 1 && matches!(above, Some(Line::Header(_))) {
            self.top -= 1;
        }
    }

    /// The request for what is missing on screen or near it; `None` when all is there or asked for.
    pub(crate) fn want(&mut self) -> Option<Request> {
        if !self.shown || self.pending.is_some() {
            return None;
        }
        let bottom = self.top + self.height.max(1);
        let urgent = self.missing(self.top..bottom);
        let position = match urgent {
            Some(position) => position,
            None if self.asked.is_some() => return None,
            None => self
                .missing(bottom..bottom + AHEAD / 2)
                .or_else(|| self.missing(self.top.saturating_sub(AHEAD / 2)..self.top))?,
        };
        let id = self.view.id;
        if self.asked.as_ref().is_some_and(|(asked, range)| *asked == id && range.contains(&position)) {
            return None;
        }
        let range = position.saturating_sub(AHEAD)..(position + AHEAD).min(self.view.count.number);
        self.asked = Some((id, range.clone()));
        Some(Request::Page { view: id, range })
    }

    fn missing(&self, lines: Range<usize>) -> Option<usize> {
        lines.filter_map(|line| self.line(line)).find_map(|line| match line {
            Line::Row(position) if !self.rows.contains_key(&position) => Some(position),
            _ => None,
        })
    }

    fn forget_far(&mut self) {
        let here = self.position();
        while self.rows.len() > KEPT {
            let first = self.rows.keys().next().copied().unwrap_or(here);
            let last = self.rows.keys().next_back().copied().unwrap_or(here);
            let farthest = if here.abs_diff(first) > here.abs_diff(last) { first } else { last };
            self.rows.remove(&farthest);
        }
    }
}

/// Where a window of `height` lines begins so that `cursor` is inside, moving as little as possible from `top`.
pub(crate) fn window(top: usize, cursor: usize, height: usize, lines: usize) -> usize {
    let last = lines.saturating_sub(height);
    let lowest = (cursor + 1).saturating_sub(height);
    top.clamp(lowest, cursor.max(lowest)).min(last.max(lowest))
}
