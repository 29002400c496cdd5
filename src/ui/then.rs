//! How a list of the past looks different: it says so, and each memory that reads differently now has a sign.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::pen::Pen;
use crate::{action::Action, app::App, engine::Stand, memory::Key, text, theme::Role};

/// What can be done there.
pub(super) const HINTS: [Action; 6] =
    [Action::RollBack, Action::ClearFilter, Action::Open, Action::Mark, Action::Versions, Action::Filter];

/// What the signs mean.
const LEGEND: &str = "~ differs now  x gone now  ? not known for sure";

/// That this is the past, among the badges.
pub(super) fn badge(app: &App) -> Option<(String, Role)> {
    app.past().map(|_| ("the past, read-only".to_owned(), Role::Alarm))
}

/// The moment that is shown, behind the count, and what the signs mean. Returns where it ends.
pub(super) fn moment(pen: &mut Pen<'_>, area: Rect, x: u16) -> u16 {
    let Some(past) = pen.app.past() else { return x };
    let said = format!("as it stood {} ", pen.app.moment_of(past.at));
    let x = pen.put(x, area.y, area.right().saturating_sub(x), &said, pen.style(Role::Alarm));
    let room = area.right().saturating_sub(x + 2);
    if usize::from(room) > text::width(LEGEND) + 2 {
        let legend = Line::from(Span::styled(format!(" {LEGEND} "), pen.style(Role::Dim)));
        pen.right(Rect { width: area.width.saturating_sub(1), ..area }, x, &legend);
        return area.right();
    }
    x
}

/// The sign of a memory in a list of the past; `None` in the present, and for what reads now as it did.
pub(super) fn sign(app: &App, key: Key) -> Option<Span<'static>> {
    let past = app.past()?;
    let (sign, role) = match past.stand(key) {
        Some(Stand::Was { gone: true, .. }) => ("x", Role::Removed),
        Some(Stand::Was { gone: false, .. }) => ("~", Role::Middle),
        Some(Stand::Lost { .. } | Stand::Changed) => ("?", Role::Alarm),
        None if past.is_unsure(key) => ("?", Role::Dim),
        None => return None,
    };
    Some(Span::styled(sign, app.theme.style(role)))
}
