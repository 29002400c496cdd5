//! The operation log and what an operation changed.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{diff, measure, pen::Pen};
use crate::{
    app::{Pane, history_areas},
    ledger::{Operation, OperationState},
    text,
    theme::Role,
};

/// Draws both panes, or the one that has the focus when there is room for one.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let inside = pen.app.history.inside;
    if pen.app.history.operations.is_empty() {
        return log(pen, area);
    }
    let areas = history_areas(inside, area, pen.app.arrangement());
    super::dividers(pen, &areas, |_| inside);
    if let Some(area) = areas.list {
        log(pen, area);
    }
    if let Some(area) = areas.memory {
        changes(pen, area);
    }
}

fn log(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let history = &app.history;
    let lines = history.operations.len();
    let tall = if area.width < 56 && area.height >= 4 { 2 } else { 1 };
    let height = usize::from(area.height / tall).max(1);
    let top = crate::app::window(history.top, history.cursor, height, lines);
    pen.hits.list = Pane { area, top, lines, tall };
    if lines == 0 {
        let said =
            text::fit("Nothing was changed yet. What you do stands here.", usize::from(area.width.saturating_sub(2)))
                .into_owned();
        pen.put(area.x + 1, area.y, area.width.saturating_sub(1), &said, pen.style(Role::Dim));
        return;
    }
    for (n, (at, operation)) in history.operations.iter().enumerate().skip(top).take(height).enumerate() {
        let y = area.y + u16::try_from(n).unwrap_or(0) * tall;
        let place = Rect { y, height: tall, ..area };
        line(pen, place, operation);
        if at == history.cursor {
            let focused = !history.inside && !app.is_covered();
            pen.under_cursor(place, focused);
            for row in place.rows() {
                pen.put(row.x, row.y, 1, app.glyphs.cursor, pen.edge(focused));
            }
            if focused {
                pen.hits.cursor = Some((place.x, place.y));
            }
        }
    }
}

fn line(pen: &mut Pen<'_>, place: Rect, operation: &Operation) {
    let app = pen.app;
    let dim = pen.style(Role::Dim);
    let state = state(operation);
    let head = vec![
        Span::styled(
            if app.history.marked.contains(&operation.id) { app.glyphs.mark } else { " " },
            pen.style(Role::Accent),
        ),
        Span::styled(format!("{:>4} ", measure::age(app.now, Some(operation.at))), dim),
        Span::styled(format!("{:<9}", operation.label.name()), pen.style(Role::Kind)),
        Span::styled(format!("{:>6} ", measure::grouped(operation.applied)), pen.style(Role::Text)),
    ];
    let room = usize::from(place.width.saturating_sub(1));
    // The number stands before it already.
    let counted = format!("{} ", operation.applied);
    let rest = operation.summary.strip_prefix(&counted).filter(|rest| rest.starts_with("memor"));
    let summary = text::row(rest.unwrap_or(&operation.summary));
    if place.height >= 2 {
        let mut first = head;
        first.push(Span::styled(state.0, pen.style(state.1)));
        pen.line(place, &Line::from(first));
        let summary = text::fit(&summary, room.saturating_sub(6)).into_owned();
        let below = Rect { y: place.y + 1, height: 1, ..place };
        pen.line(below, &Line::from(vec![Span::raw("      "), Span::styled(summary, pen.style(Role::Text))]));
        return;
    }
    let mut spans = head;
    let used = Line::from(spans.clone()).width();
    let summary = text::pad(&summary, room.saturating_sub(used + text::width(&state.0) + 1));
    spans.push(Span::styled(summary, pen.style(Role::Text)));
    spans.push(Span::styled(format!(" {}", state.0), pen.style(state.1)));
    pen.line(place, &Line::from(spans));
}

/// What became of an operation, in words.
fn state(operation: &Operation) -> (String, Role) {
    if let Some(by) = operation.undone_by {
        return (format!("undone by {by}"), Role::Dim);
    }
    match operation.state {
        OperationState::Done => (operation.of.map_or_else(String::new, |of| format!("of {of}")), Role::Dim),
        OperationState::Open => ("not finished".to_owned(), Role::Alarm),
        OperationState::Interrupted => (format!("stopped at {}", operation.applied), Role::Badge),
        OperationState::Cancelled => ("nothing done".to_owned(), Role::Dim),
    }
}

fn changes(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let history = &app.history;
    pen.hits.memory = Pane { area, tall: 1, ..Pane::default() };
    let (Some(operation), Some(changes)) = (history.current(), &history.changes) else { return };
    let width = usize::from(area.width.saturating_sub(3)).max(1);
    let mut lines = about(pen, operation, width);
    let shown = changes.views.len();
    for (view, fields) in &changes.views {
        lines.push(Line::default());
        let id = if app.tells_stores() { view.id.to_string() } else { view.id.native.clone() };
        let id = text::row(&id).into_owned();
        let room = width.saturating_sub(text::width(&id) + 1);
        let mut heading = Vec::new();
        if !view.title.is_empty() {
            let title = text::fit(&text::row(&view.title), room).into_owned();
            heading.push(Span::styled(format!("{title} "), pen.style(Role::Strong)));
        }
        heading.push(Span::styled(id, pen.style(Role::Dim)));
        lines.push(Line::from(heading));
        // Only what may come on screen is compared: a bulk operation has many.
        if lines.len() > history.scroll + 4 * usize::from(area.height) {
            let gone = view.fields.iter().all(|(_, _, after)| after.is_none());
            let said = if gone { "deleted" } else { "changed" };
            lines.push(Line::from(Span::styled(format!("  {said}"), pen.style(Role::Dim))));
            continue;
        }
        lines.extend(diff::lines(app, fields, width));
    }
    if changes.total > shown {
        let said = format!("… and {} more", measure::grouped(changes.total - shown));
        lines.push(Line::default());
        lines.push(Line::from(Span::styled(said, pen.style(Role::Dim))));
    }
    let top = history.scroll.min(lines.len().saturating_sub(usize::from(area.height)));
    pen.hits.memory = Pane { area, top, lines: lines.len(), tall: 1 };
    for (row, line) in area.rows().zip(lines.iter().skip(top)) {
        pen.line(Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row }, line);
    }
    if history.inside && !app.is_covered() {
        pen.hits.cursor = Some((area.x, area.y));
    }
    super::memory::scrollbar(pen, area, top, lines.len());
}

fn about(pen: &Pen<'_>, operation: &Operation, width: usize) -> Vec<Line<'static>> {
    let dim = pen.style(Role::Dim);
    let dot = pen.app.glyphs.dot;
    let when = measure::moment(pen.app, operation.at);
    let author = text::row(&operation.author).into_owned();
    let first = format!("operation {} {dot} {} {dot} {when} {dot} {author}", operation.id, operation.label.name());
    let second = format!(
        "{} of {} changed{}",
        measure::grouped(operation.applied),
        measure::grouped(operation.planned),
        match state(operation).0 {
            state if state.is_empty() => state,
            state => format!(" {dot} {state}"),
        }
    );
    let mut said = vec![first, second];
    if !operation.reason.is_empty() {
        said.push(format!("why: {}", text::line(&operation.reason)));
    }
    said.into_iter().map(|line| Line::from(Span::styled(text::fit(&line, width).into_owned(), dim))).collect()
}
