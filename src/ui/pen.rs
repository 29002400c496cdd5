//! Drawing primitives: text, rules, bars and frames, clipped to the screen.

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use crate::{
    app::{App, Hits},
    memory::Confidence,
    text::{self, Highlighter},
    theme::Role,
};

use super::measure;

/// What is drawn with, and what drawing learns.
pub(super) struct Pen<'a> {
    pub(super) app: &'a App,
    pub(super) buf: &'a mut Buffer,
    pub(super) hits: Hits,
}

impl Pen<'_> {
    /// The style of a role.
    pub(super) fn style(&self, role: Role) -> Style {
        self.app.theme.style(role)
    }

    /// Text that was made safe, at a place, in at most `width` columns. Returns the column behind it.
    pub(super) fn put(&mut self, x: u16, y: u16, width: u16, safe: &str, style: Style) -> u16 {
        if !self.buf.area.contains((x, y).into()) || width == 0 {
            return x;
        }
        // Nothing of what stood there before shines through: a title on a dim rule is not dim.
        let style = Style::reset().patch(self.style(Role::Text)).patch(style);
        self.buf.set_stringn(x, y, safe, usize::from(width), style).0
    }

    /// A line of spans in the first row of an area.
    pub(super) fn line(&mut self, area: Rect, line: &Line<'_>) {
        if area.height > 0 && area.width > 0 && self.buf.area.contains(area.as_position()) {
            self.buf.set_line(area.x, area.y, line, area.width);
        }
    }

    /// A line of spans at the right end of a row, when it fits behind `from`. Returns the column where it begins.
    pub(super) fn right(&mut self, area: Rect, from: u16, line: &Line<'_>) -> u16 {
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX);
        let end = area.right();
        let start = end.saturating_sub(width);
        if width == 0 || start < from.max(area.x) || area.height == 0 {
            return end;
        }
        self.line(Rect { x: start, width, height: 1, ..area }, line);
        start
    }

    /// A horizontal line.
    pub(super) fn rule(&mut self, area: Rect, role: Role) {
        let style = self.style(role);
        for x in area.left()..area.right() {
            self.put(x, area.y, 1, self.app.glyphs.across, style);
        }
    }

    /// A vertical line.
    pub(super) fn bar_down(&mut self, x: u16, area: Rect, role: Role) {
        let style = self.style(role);
        for y in area.top()..area.bottom() {
            self.put(x, y, 1, self.app.glyphs.down, style);
        }
    }

    /// The style of the sign at the edge of the line under the cursor.
    pub(super) fn edge(&self, focused: bool) -> Style {
        if focused { self.style(Role::Cursor) } else { self.style(Role::CursorAway).patch(self.style(Role::Accent)) }
    }

    /// Makes a line look like the one under the cursor: one style for all of it, so that it stays readable.
    pub(super) fn under_cursor(&mut self, area: Rect, focused: bool) {
        let style = self.style(if focused { Role::Cursor } else { Role::CursorAway });
        let area = area.intersection(self.buf.area);
        for position in area.positions() {
            if let Some(cell) = self.buf.cell_mut(position) {
                cell.set_style(Style::reset().remove_modifier(Modifier::all()));
                cell.set_style(style);
            }
        }
    }

    /// Empties an area. A wide character that begins before it and ends in it goes too, or it would hide the edge.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.buf.area);
        for row in area.rows() {
            let before = row.x.checked_sub(1).and_then(|x| self.buf.cell_mut((x, row.y)));
            if let Some(cell) = before.filter(|cell| text::width(cell.symbol()) > 1) {
                cell.set_symbol(" ");
            }
        }
        for position in area.positions() {
            if let Some(cell) = self.buf.cell_mut(position) {
                cell.reset();
            }
        }
    }

    /// An empty box with a title over whatever is there. Returns the room inside.
    pub(super) fn frame(&mut self, area: Rect, title: &str) -> Rect {
        let area = area.intersection(self.buf.area);
        self.clear(area);
        self.hits.frame = Some(area);
        if area.width < 4 || area.height < 3 {
            return area;
        }
        let style = self.style(Role::RuleFocus);
        let [top_left, top_right, bottom_left, bottom_right] = self.app.glyphs.corners;
        self.rule(Rect { height: 1, ..area }, Role::RuleFocus);
        self.rule(Rect { y: area.bottom() - 1, height: 1, ..area }, Role::RuleFocus);
        self.bar_down(area.x, area, Role::RuleFocus);
        self.bar_down(area.right() - 1, area, Role::RuleFocus);
        self.put(area.x, area.y, 1, top_left, style);
        self.put(area.right() - 1, area.y, 1, top_right, style);
        self.put(area.x, area.bottom() - 1, 1, bottom_left, style);
        self.put(area.right() - 1, area.bottom() - 1, 1, bottom_right, style);
        let room = usize::from(area.width.saturating_sub(6));
        if !title.is_empty() && room > 0 {
            let title = format!(" {} ", text::fit(title, room));
            self.put(area.x + 2, area.y, area.width - 4, &title, self.style(Role::Strong));
        }
        Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(4), height: area.height - 2 }
    }

    /// A confidence as a bar.
    pub(super) fn bar(&self, share: f32, cells: usize, role: Role) -> [Span<'static>; 2] {
        bar(self.app, share, cells, role)
    }
}

/// A share from 0 to 1 as a bar of cells.
pub(super) fn bar(app: &App, share: f32, cells: usize, role: Role) -> [Span<'static>; 2] {
    let full = measure::filled(share, cells);
    [
        Span::styled(app.glyphs.full.repeat(full), app.theme.style(role)),
        Span::styled(app.glyphs.empty.repeat(cells - full), app.theme.style(Role::Track)),
    ]
}

/// A confidence as a number and a bar, or a blank of the same width.
pub(super) fn trust(app: &App, confidence: Option<Confidence>, number: bool, cells: usize) -> Vec<Span<'static>> {
    let Some(confidence) = confidence else {
        let width = cells + if number { 6 } else { 0 };
        return vec![Span::styled(text::pad(app.glyphs.dot, width), app.theme.style(Role::Dim))];
    };
    let role = measure::trust(confidence);
    let mut spans = Vec::with_capacity(3);
    if number {
        spans.push(Span::styled(format!("{:>5} ", confidence.to_string()), app.theme.style(role)));
    }
    if cells > 0 {
        spans.extend(bar(app, confidence.value, cells, role));
    }
    spans
}

/// Raw text for the rest of a row behind spans, cut with a mark where it is too long.
pub(super) fn rest(row: &[Span<'_>], width: u16, raw: &str, style: Style) -> Span<'static> {
    let used: usize = row.iter().map(Span::width).sum();
    let safe = text::row(raw);
    Span::styled(text::fit(&safe, usize::from(width).saturating_sub(used)).into_owned(), style)
}

/// Safe text as spans, with what is searched for picked out.
pub(super) fn highlighted(app: &App, words: &Highlighter, safe: &str, style: Style) -> Vec<Span<'static>> {
    picked_out(app, safe, &words.ranges(safe), style)
}

/// Safe text as spans, with ranges of it picked out.
pub(super) fn picked_out(app: &App, safe: &str, ranges: &[Range<usize>], style: Style) -> Vec<Span<'static>> {
    let found = style.patch(app.theme.style(Role::Match));
    let mut spans = Vec::with_capacity(ranges.len() * 2 + 1);
    let mut at = 0;
    for range in ranges {
        let (before, word) = (safe.get(at..range.start), safe.get(range.clone()));
        spans.extend(before.filter(|text| !text.is_empty()).map(|text| Span::styled(text.to_owned(), style)));
        spans.extend(word.map(|text| Span::styled(text.to_owned(), found)));
        at = range.end;
    }
    let rest = safe.get(at..).filter(|text| !text.is_empty() || ranges.is_empty());
    spans.extend(rest.map(|text| Span::styled(text.to_owned(), style)));
    spans
}

/// The ranges of what is searched for in each of several lines that are one text, also where it goes on in the next.
pub(super) fn ranges_by_line(words: &Highlighter, lines: &[&str]) -> Vec<Vec<Range<usize>>> {
    let whole = lines.join("\n");
    let found = words.ranges(&whole);
    let mut start = 0;
    let mut by_line = Vec::with_capacity(lines.len());
    for line in lines {
        let end = start + line.len();
        let here = found.iter().filter(|range| range.start < end && range.end > start).filter_map(|range| {
            let from = range.start.max(start) - start;
            // A line that hangs begins with spaces, which belong to no word.
            let text = line.get(from..range.end.min(end) - start)?;
            let from = from + if range.start < start { text.len() - text.trim_start().len() } else { 0 };
            Some(from..range.end.min(end) - start)
        });
        by_line.push(here.filter(|range| !range.is_empty()).collect());
        start = end + 1;
    }
    by_line
}
