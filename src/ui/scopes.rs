//! The scopes with their counts.

use ratatui::layout::Rect;

use super::{measure, pen::Pen};
use crate::{
    app::{Focus, Pane},
    text,
    theme::Role,
};

/// Draws the scopes; the first line stands for all of them.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let scopes = &app.facets.scopes;
    let lines = scopes.len() + 1;
    let height = usize::from(area.height);
    let top = crate::app::window(app.scope_top, app.scope_at, height.max(1), lines);
    pen.hits.scopes = Pane { area, top, lines, tall: 1 };
    let focused = app.focus == Focus::Scopes && !app.is_covered();
    let chosen = app.filtered_scope();
    let all: usize = scopes.iter().map(|(_, count)| count).sum();
    for (n, row) in area.rows().enumerate() {
        let at = top + n;
        let (name, count) = match at.checked_sub(1) {
            None => ("all scopes", all),
            Some(nth) => match scopes.get(nth) {
                Some((name, count)) => (name.as_str(), *count),
                None => break,
            },
        };
        let is_chosen = if at == 0 { chosen.is_none() } else { chosen == Some(name) };
        let number = measure::grouped(count);
        let room = usize::from(area.width).saturating_sub(number.len() + 4);
        let sign = if is_chosen { app.glyphs.folded } else { " " };
        pen.put(row.x + 1, row.y, 1, sign, pen.style(Role::Accent));
        let name = text::pad(&text::row(name), room);
        let role = if is_chosen { Role::Strong } else { Role::Text };
        let x = pen.put(row.x + 2, row.y, area.width.saturating_sub(2), &name, pen.style(role));
        pen.put(x + 1, row.y, area.right().saturating_sub(x + 1), &number, pen.style(Role::Dim));
        if focused && at == app.scope_at {
            let line = Rect { width: area.width.saturating_sub(1), ..row };
            pen.under_cursor(line, true);
            pen.put(row.x, row.y, 1, app.glyphs.cursor, pen.style(Role::Cursor));
            pen.hits.cursor = Some((row.x, row.y));
        }
    }
}
