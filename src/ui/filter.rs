//! What hangs below the filter line while it is typed: what is wrong with it, and how its last word may go on.

use ratatui::layout::Rect;

use super::pen::Pen;
use crate::{app::Target, text, theme::Role};

/// Points at what is wrong with the filter that is typed, or dimly at what it lacks: below its line, over whatever is
/// there, in as many lines as that takes.
pub(super) fn complaint(pen: &mut Pen<'_>, area: Rect, body: Rect) {
    let Some(line) = &pen.app.filter_line else { return };
    let (error, role) = match (&line.error, &line.unfinished) {
        (Some(error), _) => (error, Role::Alarm),
        (None, Some(unfinished)) => (unfinished, Role::Dim),
        (None, None) => return,
    };
    let first = area.y + (body.y - area.y).min(2);
    let below = area.bottom().saturating_sub(first);
    if below == 0 || area.width < 8 {
        return;
    }
    let style = pen.style(role);
    let hint = error.hint.as_ref().map_or_else(String::new, |hint| format!("; {hint}"));
    let said = text::row(&format!("{}{hint}", error.message)).into_owned();
    let column = u16::try_from(error.column.saturating_sub(1)).unwrap_or(0);
    let at = area.x + 3 + column.min(area.width.saturating_sub(4));
    if text::width(&said) <= usize::from(area.right().saturating_sub(at + 2)) {
        pen.clear(Rect { y: first, height: 1, ..area });
        pen.put(at, first, 1, "^", style);
        pen.put(at + 2, first, area.right().saturating_sub(at + 2), &said, style);
        return;
    }
    let said = if role == Role::Alarm { format!("column {}: {said}", error.column) } else { said };
    let room = usize::from(area.width.saturating_sub(4)).max(1);
    let mut lines: Vec<String> = text::wrap(&said, room).into_iter().map(|line| line.text).collect();
    // Suggestions begin below the first line.
    let most = if line.suggestions.is_some() {
        1
    } else if area.width < 60 {
        6
    } else {
        3
    };
    let most = usize::from(below).min(most);
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}{}", text::fit(last, room - 1), "…");
        }
    }
    for (y, line) in (first..area.bottom()).zip(&lines) {
        pen.clear(Rect { y, height: 1, ..area });
        pen.put(area.x + 3, y, area.width.saturating_sub(3), line, style);
    }
}

/// The suggestions below the filter line.
pub(super) fn suggestions(pen: &mut Pen<'_>, below: Rect) {
    let app = pen.app;
    let Some(suggestions) = app.filter_line.as_ref().and_then(|line| line.suggestions.as_ref()) else { return };
    let candidates = &suggestions.completion.candidates;
    let height = candidates.len().min(8).min(usize::from(below.height.saturating_sub(1)));
    if height == 0 || below.width < 8 {
        return;
    }
    let chosen = suggestions.chosen.unwrap_or(0);
    let top = chosen.saturating_sub(height - 1);
    let name = candidates.iter().map(|candidate| text::width(&text::row(&candidate.shown))).max().unwrap_or(0).min(28);
    let note = candidates.iter().map(|candidate| text::width(&text::row(&candidate.note))).max().unwrap_or(0).min(40);
    let width = u16::try_from(name + note + 7).unwrap_or(u16::MAX).min(below.width);
    let typed = app.filter_line.as_ref().map_or("", |line| line.entry.text());
    let from = text::width(&text::row(typed.get(..suggestions.completion.from).unwrap_or("")));
    let x = below.x + (3 + u16::try_from(from).unwrap_or(0)).min(below.width - width);
    let area =
        Rect { x: x.saturating_sub(1).max(below.x), y: below.y, width, height: u16::try_from(height).unwrap_or(0) + 1 };
    pen.clear(area);
    pen.bar_down(area.x, area, Role::Rule);
    pen.bar_down(area.right() - 1, area, Role::Rule);
    pen.rule(Rect { y: area.bottom() - 1, height: 1, ..area }, Role::Rule);
    let [_, _, left, right] = app.glyphs.corners;
    pen.put(area.x, area.bottom() - 1, 1, left, pen.style(Role::Rule));
    pen.put(area.right() - 1, area.bottom() - 1, 1, right, pen.style(Role::Rule));
    let area = Rect { x: area.x + 1, width: area.width - 2, ..area };
    for (n, candidate) in candidates.iter().enumerate().skip(top).take(height) {
        let y = area.y + u16::try_from(n - top).unwrap_or(0);
        let here = suggestions.chosen == Some(n);
        let base = pen.style(if here { Role::Suggestion } else { Role::Text });
        let shown = format!(" {} ", text::pad(&text::row(&candidate.shown), name));
        let x = pen.put(area.x, y, area.width, &shown, base);
        let room = usize::from(area.right().saturating_sub(x + 1));
        let note = text::row(&candidate.note);
        let note = format!(" {} ", text::pad(&note, room.saturating_sub(1)));
        pen.put(x, y, area.right().saturating_sub(x), &note, if here { base } else { pen.style(Role::Dim) });
        pen.hits.targets.push((Rect { y, height: 1, ..area }, Target::Suggestion(n)));
    }
    let more = candidates.len() - height;
    if more > 0 {
        let said = format!(" {more} more ");
        pen.put(area.x + 1, area.bottom() - 1, area.width.saturating_sub(2), &said, pen.style(Role::Dim));
    }
}
