//! A list that is narrowed by typing.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{chrome, measure, over::middle, pen::Pen};
use crate::{
    action::Action,
    app::{Pane, Pick, Picker, Picks},
    keymap::Mode,
    text,
    theme::Role,
};

/// The most lines of a list that is laid over the screen.
const TALL: u16 = 22;
/// Its width.
const WIDE: u16 = 72;

/// Draws the list: what is typed, then what answers it.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, picker: &Picker) {
    let app = pen.app;
    // As tall as everything there is to choose from, so that it stays in place while it is narrowed.
    let hints = u16::from(matches!(picker.picks, Picks::Views | Picks::Stores));
    let lines = u16::try_from(app.picks(picker.picks)).unwrap_or(TALL).min(TALL);
    let inside = pen.frame(middle(area, WIDE, lines + 3 + hints), picker.picks.title());
    if inside.height == 0 {
        return;
    }
    let entry = &picker.entry;
    let x = pen.put(inside.x, inside.y, inside.width, "find ", pen.style(Role::Key));
    let room = inside.right().saturating_sub(x);
    pen.hits.cursor = Some(chrome::entry(pen, x, inside.y, room, entry.before(), entry.behind()));
    let hints = if inside.height > 4 { hints } else { 0 };
    let body = Rect { y: inside.y + 1, height: inside.height - 1 - hints, ..inside };
    let lines = picker.found.len();
    let top = crate::app::window(picker.top, picker.cursor, usize::from(body.height).max(1), lines);
    pen.hits.over = Pane { area: body, top, lines, tall: 1 };
    if lines == 0 {
        let said = if entry.text().is_empty() { "nothing is known yet" } else { "nothing of that name" };
        pen.put(body.x, body.y, body.width, said, pen.style(Role::Dim));
    }
    for (row, (at, place)) in body.rows().zip(picker.found.iter().enumerate().skip(top)) {
        if let Some(pick) = app.pick(picker.picks, *place) {
            line(pen, row, &pick);
        }
        if at == picker.cursor {
            pen.under_cursor(row, true);
            pen.put(row.x, row.y, 1, app.glyphs.cursor, pen.style(Role::Cursor));
        }
    }
    if hints > 0 {
        foot(pen, Rect { y: inside.bottom() - 1, height: 1, ..inside }, picker.picks);
    }
}

fn line(pen: &mut Pen<'_>, row: Rect, pick: &Pick) {
    let number = pick.count.map_or_else(String::new, measure::count);
    let room = usize::from(row.width).saturating_sub(number.len() + 3);
    let name = text::row(&pick.name);
    let share = if pick.note.is_empty() { room } else { room * 3 / 5 };
    let name = text::fit(&name, share).into_owned();
    let x = pen.put(row.x + 2, row.y, row.width.saturating_sub(2), &name, pen.style(Role::Text));
    let left = row.right().saturating_sub(x + u16::try_from(number.len()).unwrap_or(0) + 3);
    let note = text::row(&pick.note);
    let note = text::fit(&note, usize::from(left)).into_owned();
    pen.put(x + 2, row.y, left, &note, pen.style(Role::Dim));
    let style = pen.style(Role::Dim);
    pen.right(row, row.x, &Line::from(Span::styled(number, style)));
}

/// What can be done with views, or with stores, by their keys.
fn foot(pen: &mut Pen<'_>, row: Rect, picks: Picks) {
    let mut x = row.x;
    let actions: &[Action] = match picks {
        Picks::Stores => &[Action::Switch],
        _ => &[Action::Rename, Action::Delete, Action::MoveUp, Action::MoveDown],
    };
    for action in actions.iter().copied() {
        let Some(key) = pen.app.keymap.hint(Mode::Picker, action) else { continue };
        let width = u16::try_from(text::width(&key) + 1 + text::width(action.label())).unwrap_or(u16::MAX);
        if x.saturating_add(width) > row.right() {
            return;
        }
        x = pen.put(x, row.y, width, &key, pen.style(Role::Key)) + 1;
        x = pen.put(x, row.y, width, action.label(), pen.style(Role::Dim)) + 2;
    }
}
