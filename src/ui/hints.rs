//! A row of actions with their keys.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{action::Action, text, theme::Role};

/// As many actions with their keys as fit into a row, those left out that cannot run now. Those that did not fit.
pub(super) fn row(pen: &mut Pen<'_>, room: Rect, actions: &[Action]) -> Vec<Action> {
    let app = pen.app;
    let mode = app.mode();
    let mut x = room.x;
    let mut left = Vec::new();
    for &action in actions {
        let Some(key) = app.keymap.hint(mode, action) else { continue };
        if app.can_in(mode, action).is_err() {
            continue;
        }
        let label = app.label(action);
        let width = u16::try_from(text::width(&key) + 1 + text::width(&label)).unwrap_or(u16::MAX);
        // A shorter one may still fit.
        if x.saturating_add(width) > room.right() {
            left.push(action);
            continue;
        }
        let start = x;
        x = pen.put(x, room.y, width, &key, pen.style(Role::Key)) + 1;
        x = pen.put(x, room.y, width, &label, pen.style(Role::Dim));
        pen.hits.actions.push((Rect { x: start, width, height: 1, ..room }, action));
        x += 2;
    }
    left
}
