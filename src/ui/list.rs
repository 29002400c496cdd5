//! The list of memories: columns by width, two lines per memory where it is narrow, headings of groups.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use super::{
    measure,
    pen::{self, Pen},
};
use crate::{
    app::{App, Line as ListLine, Pane, Slot},
    catalog::Group,
    keymap::Mode,
    memory::Row,
    text,
    theme::Role,
};

/// Under so many columns a memory takes two lines.
const TWO_LINES: u16 = 56;

/// Columns for the short form of a store's name.
const STORE_SIGN: usize = 3;

/// Which columns there are.
#[derive(Clone, Copy, Debug)]
struct Columns {
    bar: usize,
    kind: usize,
    store: usize,
    scope: usize,
    tokens: bool,
    signals: usize,
    title: usize,
}

impl Columns {
    fn of(app: &App, width: u16) -> Self {
        let width = usize::from(width);
        // The number says more than the bar.
        let bar = if width >= 76 { 3 } else { 0 };
        let kind = if width >= 96 {
            12
        } else if width >= 52 {
            9
        } else {
            0
        };
        let scope = match width {
            _ if app.list.spec.grouped || app.filtered_scope().is_some() => 0,
            118.. => 20,
            84.. => 14,
            72.. => 12,
            68.. => 10,
            _ => 0,
        };
        let store = match width {
            _ if !app.tells_stores() => 0,
            110.. => 12,
            _ => STORE_SIGN,
        };
        let tokens = width >= 88;
        let signals = if width >= 96 { 5 } else { 3 };
        let fixed =
            3 + 5 + 6 + gap(bar) + gap(kind) + gap(store) + gap(scope) + usize::from(tokens) * 6 + 1 + signals + 1;
        Self { bar, kind, store, scope, tokens, signals, title: width.saturating_sub(fixed) }
    }
}

const fn gap(width: usize) -> usize {
    if width == 0 { 0 } else { width + 1 }
}

/// Draws the list.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let tall = if area.width < TWO_LINES && area.height >= 4 { 2 } else { 1 };
    let height = usize::from(area.height / tall).max(1);
    let lines = app.list.lines();
    let top = crate::app::window(app.list.top, app.list.cursor, height, lines);
    pen.hits.list = Pane { area, top, lines, tall };
    if lines == 0 {
        return empty(pen, area);
    }
    let focused = app.mode() == Mode::List;
    let columns = Columns::of(app, area.width);
    for (n, at) in (top..lines.min(top + height)).enumerate() {
        let y = area.y + u16::try_from(n).unwrap_or(u16::MAX).saturating_mul(tall);
        let place = Rect { y, height: tall.min(area.bottom().saturating_sub(y)), ..area };
        let here = at == app.list.cursor;
        match app.list.line(at) {
            Some(ListLine::Header(group)) => heading(pen, place, group),
            Some(ListLine::Row(position)) => match app.list.row(position) {
                Slot::Row(row) => {
                    let gutter = gutter(app, row, position);
                    if tall == 2 {
                        two_lines(pen, place, row, gutter);
                    } else {
                        one_line(pen, place, row, gutter, columns);
                    }
                }
                Slot::Gone => note(pen, place, "gone"),
                Slot::Waiting => note(pen, place, app.glyphs.waiting),
            },
            None => {}
        }
        if here {
            pen.under_cursor(place, focused);
            let style = pen.edge(focused);
            for row in place.rows() {
                pen.put(row.x, row.y, 1, app.glyphs.cursor, style);
            }
            if focused {
                pen.hits.cursor = Some((place.x, place.y));
            }
        }
    }
}

fn empty(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let said = if !app.list.shown || app.searching {
        "Reading…".to_owned()
    } else if app.filter.is_empty() {
        "There is no memory here yet".to_owned()
    } else if app.filter_line.is_some() {
        // While it is typed, the key that clears a filter takes a letter away.
        let cancel = app.keymap.hint(Mode::Filter, crate::action::Action::Cancel).unwrap_or_else(|| "esc".to_owned());
        format!("Nothing matches this filter; {cancel} leaves it")
    } else {
        format!("Nothing matches this filter; {} shows everything", app.key_of(crate::action::Action::ClearFilter))
    };
    let style = pen.style(Role::Dim);
    for (n, line) in (0u16..).zip(text::wrap(&said, usize::from(area.width.saturating_sub(4)).max(1))) {
        let y = area.y + area.height / 3 + n;
        if y < area.bottom() {
            pen.put(area.x + 2, y, area.width.saturating_sub(2), &line.text, style);
        }
    }
}

fn note(pen: &mut Pen<'_>, place: Rect, said: &str) {
    let style = pen.style(Role::Dim);
    pen.put(place.x + 4, place.y, place.width.saturating_sub(4), said, style);
}

/// Mark or range, and pin.
fn gutter(app: &App, row: &Row, position: usize) -> [Span<'static>; 2] {
    let glyphs = &app.glyphs;
    let mark = if app.marks.has(row.key) {
        Span::styled(glyphs.mark, app.theme.style(Role::Marked))
    } else if app.in_range(position) {
        Span::styled(glyphs.range, app.theme.style(Role::Marked))
    } else {
        Span::raw(" ")
    };
    let pin = if let Some(sign) = super::then::sign(app, row.key) {
        sign
    } else if row.overlay.pinned {
        Span::styled(glyphs.pin, app.theme.style(Role::Pinned))
    } else {
        Span::raw(" ")
    };
    [mark, pin]
}

fn one_line(pen: &mut Pen<'_>, place: Rect, row: &Row, gutter: [Span<'static>; 2], columns: Columns) {
    let app = pen.app;
    let dim = pen.style(Role::Dim);
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(16);
    spans.push(Span::raw(" "));
    spans.extend(gutter);
    spans.push(Span::styled(format!("{:>4} ", measure::age(app.now, row.created)), dim));
    spans.extend(pen::trust(app, row.confidence, true, columns.bar));
    if columns.bar > 0 {
        spans.push(Span::raw(" "));
    }
    cell(&mut spans, &row.kind, columns.kind, pen.style(Role::Kind));
    let store = if columns.store > STORE_SIGN { row.id.store.clone() } else { app.store_sign(row.key.store) };
    cell(&mut spans, &store, columns.store, pen.style(Role::Badge));
    cell(&mut spans, row.scope.short(), columns.scope, pen.style(Role::Scope));
    let title = text::row(&row.title);
    let title = text::pad(&title, columns.title);
    spans.extend(pen::highlighted(app, &app.highlighter, &title, pen.style(Role::Text)));
    if columns.tokens {
        spans.push(Span::styled(format!(" {:>5}", measure::short(row.tokens)), dim));
    }
    spans.push(Span::raw(" "));
    spans.push(Span::styled(letters(row, columns.signals), signal_style(app, row)));
    pen.line(place, &Line::from(spans));
}

fn cell(spans: &mut Vec<Span<'static>>, raw: &str, width: usize, style: Style) {
    if width > 0 {
        spans.push(Span::styled(text::pad(&text::row(raw), width), style));
        spans.push(Span::raw(" "));
    }
}

fn two_lines(pen: &mut Pen<'_>, place: Rect, row: &Row, gutter: [Span<'static>; 2]) {
    let app = pen.app;
    let dim = pen.style(Role::Dim);
    let width = usize::from(place.width);
    let title = text::row(&row.title);
    let title = text::fit(&title, width.saturating_sub(5));
    let mut spans = vec![Span::raw(" ")];
    spans.extend(gutter);
    spans.push(Span::raw(" "));
    spans.extend(pen::highlighted(app, &app.highlighter, &title, pen.style(Role::Strong)));
    pen.line(place, &Line::from(spans));
    if place.height < 2 {
        return;
    }
    let below = Rect { y: place.y + 1, height: 1, ..place };
    let letters = letters(row, 3);
    let right = Line::from(Span::styled(letters.trim_end().to_owned(), signal_style(app, row)));
    let room = width.saturating_sub(4 + right.width() + 2);
    let mut spans = vec![Span::raw("    "), Span::styled(format!("{:<5}", measure::age(app.now, row.created)), dim)];
    spans.extend(pen::trust(app, row.confidence, width >= 40, 3));
    let left = Line::from(spans.clone()).width().saturating_sub(4);
    let mut room = room.saturating_sub(left);
    let store = if app.tells_stores() { app.store_sign(row.key.store) } else { String::new() };
    let words = [(row.kind.as_str(), Role::Kind), (store.as_str(), Role::Badge), (row.scope.short(), Role::Scope)];
    for (raw, role) in words.into_iter().filter(|(raw, _)| !raw.is_empty()) {
        if room < 6 || (role == Role::Scope && app.list.spec.grouped) {
            break;
        }
        let word = text::row(raw);
        let word = text::fit(&word, room - 2);
        room = room.saturating_sub(text::width(&word) + 2);
        spans.push(Span::raw("  "));
        spans.push(Span::styled(word.into_owned(), pen.style(role)));
    }
    pen.line(below, &Line::from(spans));
    pen.right(Rect { width: below.width.saturating_sub(1), ..below }, below.x, &right);
}

/// The letters of the signals, most urgent first; `+` when there are more.
fn letters(row: &Row, width: usize) -> String {
    let letters: Vec<char> = row.signals.iter().map(crate::memory::Signal::letter).collect();
    let mut out: String = letters.iter().take(width).collect();
    if letters.len() > width {
        out.pop();
        out.push('+');
    }
    text::pad(&out, width)
}

fn signal_style(app: &App, row: &Row) -> Style {
    use crate::memory::Signal::{Contradicted, HiddenText, Imperative, Secret};
    let urgent = [Secret, HiddenText, Imperative, Contradicted].iter().any(|signal| row.signals.has(*signal));
    app.theme.style(if urgent { Role::Alarm } else { Role::Signal })
}

fn heading(pen: &mut Pen<'_>, place: Rect, group: usize) {
    let app = pen.app;
    let Some(Group { scope, count, .. }) = app.list.view.groups.get(group) else { return };
    let sign = if app.list.folded.contains(scope) { app.glyphs.folded } else { app.glyphs.unfolded };
    let number = measure::grouped(*count);
    let room = usize::from(place.width).saturating_sub(6 + number.len());
    let name = text::row(scope);
    // Where memories take two lines, the empty one stands between the groups.
    let place = Rect { y: place.bottom().saturating_sub(1).max(place.y), height: 1, ..place };
    let line = Line::from(vec![
        Span::raw("  "),
        Span::styled(format!("{sign} "), pen.style(Role::Accent)),
        Span::styled(text::fit(&name, room).into_owned(), pen.style(Role::Heading)),
        Span::styled(format!("  {number}"), pen.style(Role::Dim)),
    ]);
    pen.line(place, &line);
}
