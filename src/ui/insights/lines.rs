//! The sections that are lists: scopes, signals, and what it all costs.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{
    super::{
        measure,
        pen::{self, Pen},
    },
    has_cursor, heading,
    page::Place,
    percent, under_cursor,
};
use crate::{
    app::{App, Cost, ScopeSort, Section},
    catalog::{Insights, ScopeSum},
    memory::Signal,
    text,
    theme::Role,
};

/// Under so many columns a sentence stands below its number.
const ONE_LINE: u16 = 76;
/// The columns of numbers.
const NUMBERS: [usize; 3] = [10, 8, 10];

/// Which columns of the scopes there are.
struct Columns {
    name: usize,
    bar: usize,
    tokens: bool,
    start: bool,
}

impl Columns {
    fn of(seen: &Insights, width: u16) -> Self {
        let width = usize::from(width);
        let tokens = width >= 32;
        let start = width >= 44 && seen.scopes.iter().any(|scope| scope.start > 0);
        let [count, token, at_start] = NUMBERS;
        let fixed = 3 + count + if tokens { token } else { 0 } + if start { at_start } else { 0 };
        let room = width.saturating_sub(fixed);
        let bar = if room >= 44 { 14 } else { 0 };
        Self { name: room.saturating_sub(if bar > 0 { bar + 2 } else { 0 }), bar, tokens, start }
    }
}

/// Draws the scopes that fit, around the one under the cursor.
pub(super) fn scopes(pen: &mut Pen<'_>, seen: &Insights, place: &Place) {
    let app = pen.app;
    let columns = Columns::of(seen, place.width);
    let height = usize::from(place.body());
    let at = app.board.at(Section::Scopes);
    let top = crate::app::window(app.board.scope_top, at, height.max(1), seen.scopes.len());
    (pen.hits.insights.scope_top, pen.hits.insights.scopes) = (top, height);
    let captions = captions(pen, &columns);
    let hidden = seen.scopes.len().saturating_sub(height);
    let name = match hidden {
        0 => "Scopes".to_owned(),
        _ => format!("Scopes ({})", measure::grouped(seen.scopes.len())),
    };
    heading(pen, place, &name, captions);
    let most = seen.scopes.iter().map(|scope| scope.count).max().unwrap_or(0);
    for (line, (n, scope)) in (1u16..).zip(seen.scopes.iter().enumerate().skip(top).take(height)) {
        let Some(row) = place.row(line) else { continue };
        let shown = Line::from(scope_line(pen, &columns, scope, most));
        pen.line(Rect { x: row.x + 2, width: row.width.saturating_sub(3), ..row }, &shown);
        part(pen, row, Section::Scopes, n);
    }
}

/// The names of the columns; an arrow marks the one that is sorted by.
fn captions(pen: &Pen<'_>, columns: &Columns) -> Vec<Span<'static>> {
    let [count, tokens, start] = NUMBERS;
    let all = [
        (true, ScopeSort::Count, "memories", count),
        (columns.tokens, ScopeSort::Tokens, "tokens", tokens),
        (columns.start, ScopeSort::Start, "at start", start),
    ];
    let mut spans = Vec::new();
    if pen.app.board.sort == ScopeSort::Name && columns.name >= 20 {
        spans.push(Span::styled("by name ", pen.style(Role::Text)));
    }
    for (_, sort, name, width) in all.into_iter().filter(|(there, ..)| *there) {
        let sorted = sort == pen.app.board.sort;
        let arrow = if sorted { format!("{} ", pen.app.glyphs.order[1]) } else { String::new() };
        let role = if sorted { Role::Text } else { Role::Dim };
        spans.push(Span::styled(format!("{:>width$}", format!("{arrow}{name}")), pen.style(role)));
    }
    spans
}

fn scope_line(pen: &Pen<'_>, columns: &Columns, scope: &ScopeSum, most: usize) -> Vec<Span<'static>> {
    let [count, tokens, start] = NUMBERS;
    let mut spans = vec![Span::styled(text::pad(&text::row(&scope.name), columns.name), pen.style(Role::Text))];
    if columns.bar > 0 {
        let share = scope.count as f32 / most.max(1) as f32;
        spans.push(Span::raw("  "));
        spans.extend(pen::bar(pen.app, share, columns.bar, Role::Scope));
    }
    spans.push(Span::styled(format!("{:>count$}", measure::grouped(scope.count)), pen.style(Role::Strong)));
    let estimate = |number: u64, width: usize| {
        let said = if number == 0 { pen.app.glyphs.dot.to_owned() } else { format!("~{}", measure::sum(number)) };
        Span::styled(format!("{said:>width$}"), pen.style(Role::Dim))
    };
    if columns.tokens {
        spans.push(estimate(scope.tokens, tokens));
    }
    if columns.start {
        spans.push(estimate(scope.start, start));
    }
    spans
}

/// A line with the cursor on it, if it is there, and the mouse's.
fn part(pen: &mut Pen<'_>, area: Rect, section: Section, at: usize) {
    let area = Rect { width: area.width.saturating_sub(1), ..area };
    pen.hits.insights.parts.push((area, section, at));
    if has_cursor(pen, section) && pen.app.board.at(section) == at {
        under_cursor(pen, area);
    }
}

/// Draws a section whose lines were made with the page.
pub(super) fn items(pen: &mut Pen<'_>, place: &Place) {
    let name = if place.section == Section::Signals { "Signals" } else { "What it costs, in tokens" };
    heading(pen, place, name, Vec::new());
    let mut line = 1;
    for (at, lines) in place.items.iter().enumerate() {
        let tall = u16::try_from(lines.len()).unwrap_or(1);
        for (n, shown) in (line..).zip(lines) {
            if let Some(row) = place.row(n) {
                pen.line(Rect { x: row.x + 2, width: row.width.saturating_sub(3), ..row }, shown);
            }
        }
        if let Some(area) = place.rows(line, tall) {
            part(pen, area, place.section, at);
        }
        line += tall;
    }
}

/// The signals with their counts and what they mean; where it is narrow, only the one under the cursor says that.
pub(super) fn signals(app: &App, seen: &Insights, width: u16) -> Vec<Vec<Line<'static>>> {
    let widest = seen.signals.iter().map(|(signal, _)| signal.name().len()).max().unwrap_or(0);
    let style = |role| app.theme.style(role);
    let line = |(n, (signal, count)): (usize, &(Signal, usize))| {
        let mut head = Line::from(vec![
            Span::styled(format!("{:>9}", measure::grouped(*count)), style(Role::Strong)),
            Span::styled(format!("  {}", text::pad(signal.name(), widest)), style(Role::Signal)),
        ]);
        if width >= ONE_LINE {
            head.push_span(Span::styled(format!("  {}", signal.meaning()), style(Role::Dim)));
            return vec![head];
        }
        head.push_span(Span::styled(format!("  {:>4}", percent(seen, *count)), style(Role::Dim)));
        let mut lines = vec![head];
        if n == app.board.at(Section::Signals) {
            let room = usize::from(width).saturating_sub(5).max(8);
            let meaning = text::wrap(signal.meaning(), room).into_iter();
            lines.extend(meaning.map(|line| Line::from(Span::styled(format!("  {}", line.text), style(Role::Dim)))));
        }
        lines
    };
    seen.signals.iter().enumerate().map(line).collect()
}

/// What it costs, a sentence for each number.
pub(super) fn costs(app: &App, seen: &Insights, width: u16) -> Vec<Vec<Line<'static>>> {
    let room = usize::from(width).saturating_sub(14).max(8);
    let say = |cost: Cost| {
        let (number, said) = match cost {
            Cost::All => (format!("~{}", measure::sum(seen.tokens)), "to read all of it".to_owned()),
            Cost::Withheld => {
                (format!("~{}", measure::sum(seen.withheld)), "of that is never put before an agent".to_owned())
            }
            Cost::Learned => (measure::sum(seen.cost), "was spent to learn it".to_owned()),
            Cost::Start => {
                let (name, start) = app.board.dearest().map_or(("", 0), |scope| (scope.name.as_str(), scope.start));
                let said = format!("at most to start a session in {}, if its newest come in full", text::row(name));
                (format!("~{}", measure::sum(start)), said)
            }
        };
        let mut lines = text::wrap(&said, room).into_iter().map(|line| line.text);
        let style = app.theme.style(Role::Text);
        let first = vec![
            Span::styled(format!("{number:>9}  "), app.theme.style(Role::Strong)),
            Span::styled(lines.next().unwrap_or_default(), style),
        ];
        let rest = lines.map(|line| Line::from(Span::styled(format!("           {line}"), style)));
        std::iter::once(Line::from(first)).chain(rest).collect()
    };
    app.board.costs().into_iter().map(say).collect()
}
