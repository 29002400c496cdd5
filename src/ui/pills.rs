//! The line of saved views with how many memories each holds.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{measure, pen::Pen};
use crate::{action::Action, app::NARROW, text, theme::Role};

/// Draws the saved views that hold anything. What does not fit is counted at the end; where it is narrow there is only
/// the view that is shown, and how many others there are.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect) {
    let app = pen.app;
    let (active, shown) = (app.active_view(), app.shown_views());
    let room = usize::from(area.width.saturating_sub(2));
    let gap = format!(" {} ", app.glyphs.dot);
    let here = shown.iter().position(|view| Some(*view) == active);
    let pills: Vec<(usize, String)> = shown.iter().map(|view| (*view, said(pen, *view))).collect();
    let range = if area.width < NARROW {
        here.map_or(0..0, |here| here..here + 1)
    } else {
        // Room for the number of those that do not fit.
        window(&pills, here.unwrap_or(0), text::width(&gap), room, 8)
    };
    let hidden = pills.len() - range.len();
    let mut x = area.x + 1;
    let end = area.right().saturating_sub(1);
    for (n, (view, pill)) in pills.get(range).unwrap_or_default().iter().enumerate() {
        if n > 0 {
            x = pen.put(x, area.y, end.saturating_sub(x), &gap, pen.style(Role::Dim));
        }
        let start = x;
        let style = if Some(*view) == active { pen.style(Role::Accent).underlined() } else { pen.style(Role::Dim) };
        x = pen.put(x, area.y, end.saturating_sub(x), pill, style);
        pen.hits.views.push((Rect { x: start, y: area.y, width: x.saturating_sub(start), height: 1 }, *view));
    }
    if hidden > 0 {
        let key = app.key_of(Action::Views);
        let word = if x > area.x + 1 {
            "more"
        } else if hidden == 1 {
            "view"
        } else {
            "views"
        };
        let gap = if x > area.x + 1 { gap.as_str() } else { "" };
        let line = Line::from(vec![
            Span::styled(format!("{gap}{hidden} {word} "), pen.style(Role::Dim)),
            Span::styled(key, pen.style(Role::Key)),
        ]);
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(end.saturating_sub(x));
        let place = Rect { x, y: area.y, width, height: 1 };
        pen.line(place, &line);
        pen.hits.actions.push((place, Action::Views));
    }
}

/// A view's name and count.
fn said(pen: &Pen<'_>, view: usize) -> String {
    let name = pen.app.views.saved.get(view).map_or("", |view| view.name.as_str());
    let name = text::row(name);
    match pen.app.count_of(view) {
        Some(count) => format!("{name} {}", measure::count(count)),
        None => name.into_owned(),
    }
}

/// The pills that fit, from the first on or as late as `here` needs; `rest` columns are kept when not all do.
fn window(pills: &[(usize, String)], here: usize, gap: usize, room: usize, rest: usize) -> std::ops::Range<usize> {
    let width = |range: std::ops::Range<usize>| {
        let pills = pills.get(range).unwrap_or_default();
        pills.iter().map(|(_, pill)| text::width(pill)).sum::<usize>() + gap * pills.len().saturating_sub(1)
    };
    if width(0..pills.len()) <= room {
        return 0..pills.len();
    }
    let room = room.saturating_sub(rest + gap);
    let from = (0..here).find(|from| width(*from..here + 1) <= room).unwrap_or(here);
    let to = (here + 1..=pills.len()).rev().find(|to| width(from..*to) <= room).unwrap_or(here + 1);
    from..to.min(pills.len())
}
