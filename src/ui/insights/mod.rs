//! The Insights screen: pictures of what there is, stacked, or in two columns where there is room.

mod days;
mod lines;
mod map;
mod page;

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{measure, pen::Pen};
use crate::{action::Action, app::Section, catalog::Insights, keymap::Mode, text, theme::Role};
use page::{Page, Place};

/// Draws all sections, as far as they are on screen.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let Some(seen) = app.board.seen.as_ref().filter(|seen| seen.memories > 0) else { return nothing(pen, area) };
    let page = Page::new(app, seen, area);
    pen.hits.list.area = area;
    pen.hits.insights.top = page.top;
    for place in &page.places {
        match place.section {
            Section::Map => map::draw(pen, seen, place, page.tall),
            Section::Days => days::draw(pen, seen, place),
            Section::Scopes => lines::scopes(pen, seen, place),
            Section::Signals | Section::Cost => lines::items(pen, place),
        }
    }
    if page.columns > 1 {
        let role = Role::Rule;
        pen.bar_down(area.x + page.left, area, role);
    }
    super::memory::scrollbar(pen, area, page.top, page.lines);
}

fn nothing(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let counted = app.catalog.ready && app.board.is_of(&app.list.spec.filter);
    let said = match app.board.seen.as_ref().filter(|_| counted) {
        Some(_) if !app.filter.is_empty() => {
            format!("Nothing matches this filter; {} shows everything", app.key_of(Action::ClearFilter))
        }
        Some(_) => "There is no memory here yet".to_owned(),
        None => "Counting…".to_owned(),
    };
    let style = pen.style(Role::Dim);
    for (n, line) in (0u16..).zip(text::wrap(&said, usize::from(area.width.saturating_sub(4)).max(1))) {
        let y = area.y + area.height / 3 + n;
        if y < area.bottom() {
            pen.put(area.x + 2, y, area.width.saturating_sub(2), &line.text, style);
        }
    }
}

/// What is counted, for the line below the header.
pub(super) fn counts(pen: &Pen<'_>) -> String {
    let app = pen.app;
    let Some(seen) = &app.board.seen else { return String::new() };
    let (memories, of) = (measure::grouped(seen.memories), measure::grouped(seen.of));
    let word = if seen.of == 1 { "memory" } else { "memories" };
    let mut said =
        if app.filter.is_empty() { format!(" {of} {word} ") } else { format!(" {memories} of {of} {word} ") };
    if seen.judged < seen.memories {
        let judged = measure::grouped(seen.judged);
        said = format!("{said}{} {judged} judged so far ", app.glyphs.dot);
    }
    if !app.board.is_of(&app.list.spec.filter) {
        said.push_str("counting ");
    }
    said
}

/// Whether the cursor is in a section and the keys are for it.
fn has_cursor(pen: &Pen<'_>, section: Section) -> bool {
    pen.app.board.section == section && pen.app.mode() == Mode::Insights
}

/// The first line of a section: its name, and at the right end what is said about the part under the cursor.
fn heading(pen: &mut Pen<'_>, place: &Place, name: &str, about: Vec<Span<'static>>) {
    let Some(row) = place.row(0) else { return };
    let focused = has_cursor(pen, place.section);
    let style = pen.style(if focused { Role::Accent } else { Role::Heading });
    let end = pen.put(row.x + 1, row.y, row.width.saturating_sub(1), name, style);
    let about = Line::from(about);
    pen.right(Rect { width: row.width.saturating_sub(1), ..row }, end + 1, &about);
}

/// Marks the part under the cursor, in any of its rows.
fn under_cursor(pen: &mut Pen<'_>, area: Rect) {
    pen.under_cursor(area, true);
    let style = pen.edge(true);
    for row in area.rows() {
        pen.put(row.x, row.y, 1, pen.app.glyphs.cursor, style);
    }
    pen.hits.cursor = Some((area.x, area.y));
}

/// A share of all in percent, rounded: `4 %`, `<1 %`.
fn percent(seen: &Insights, count: usize) -> String {
    let all = seen.memories.max(1);
    match (count * 200 + all) / (2 * all) {
        0 if count > 0 => "<1 %".to_owned(),
        100 if count < all => ">99 %".to_owned(),
        share => format!("{share} %"),
    }
}
