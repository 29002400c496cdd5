//! What the sitting and the queue have in common: how far one is, what stands together, the keys of verdicts, pages.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{hints, measure, pen::Pen};
use crate::{action::Action, app::App, keymap::Mode, text, theme::Role};

/// From so many columns on the list stands beside what is decided.
pub(super) const WIDE: u16 = 100;
/// From so many rows on the keys of all verdicts stand below what is decided.
pub(super) const TALL: u16 = 20;

/// Rows from the top of an area, which loses them.
pub(super) fn take(area: &mut Rect, rows: u16) -> Rect {
    let rows = rows.min(area.height);
    let taken = Rect { height: rows, ..*area };
    *area = Rect { y: area.y + rows, height: area.height - rows, ..*area };
    taken
}

/// Actions with their keys in two rows at the foot of an area, in one where they fit. How many rows that took.
pub(super) fn hint_rows(pen: &mut Pen<'_>, area: Rect, actions: &[Action]) -> u16 {
    let row = |up: u16| Rect { x: area.x + 1, y: area.bottom() - up, width: area.width.saturating_sub(2), height: 1 };
    let left = hints::row(pen, row(2), actions);
    if left.is_empty() {
        pen.clear(row(2));
        hints::row(pen, row(1), actions);
        return 1;
    }
    hints::row(pen, row(1), &left);
    2
}

/// `Review  13 left of 50  ▰▰▰▱▱▱▱▱`.
pub(super) fn heading(pen: &mut Pen<'_>, area: Rect, name: &str, left: usize, all: usize) {
    let x = pen.put(area.x + 1, area.y, area.width.saturating_sub(1), name, pen.style(Role::Accent)) + 2;
    let said = format!("{} left of {}", measure::grouped(left), measure::grouped(all));
    let x = pen.put(x, area.y, area.right().saturating_sub(x), &said, pen.style(Role::Text)) + 2;
    let cells = usize::from(area.right().saturating_sub(x + 1));
    if cells < 4 || all == 0 {
        return;
    }
    let share = (all - left) as f32 / all as f32;
    let bar = pen.bar(share, cells, Role::Accent);
    pen.line(Rect { x, width: area.right().saturating_sub(x), ..area }, &Line::from(bar.to_vec()));
}

/// The line over what is decided: which of which cluster it is, and the verdicts on all that is left of it.
pub(super) fn cluster(pen: &mut Pen<'_>, area: Rect, mode: Mode, words: &str, verdicts: &[(Action, String)]) {
    let app = pen.app;
    pen.rule(area, Role::Rule);
    if words.is_empty() {
        return;
    }
    let verdicts: Vec<(Action, String, String)> = verdicts
        .iter()
        .filter(|(action, _)| app.can_in(mode, *action).is_ok())
        .filter_map(|(action, said)| Some((*action, app.keymap.hint(mode, *action)?, format!(" {said} "))))
        .collect();
    // What can be decided is said in full; what stands together is seen beside it, too.
    let taken: usize = verdicts.iter().map(|(_, key, said)| text::width(key) + text::width(said)).sum();
    let room = usize::from(area.width.saturating_sub(2)).saturating_sub(taken);
    let words = text::fit(&format!(" {words}"), room.saturating_sub(1)).into_owned();
    let mut x =
        pen.put(area.x + 1, area.y, area.width.saturating_sub(2), &format!("{words} "), pen.style(Role::Strong));
    for (action, key, said) in verdicts {
        let width = u16::try_from(text::width(&key) + text::width(&said)).unwrap_or(u16::MAX);
        if x.saturating_add(width) > area.right() {
            return;
        }
        let start = x;
        x = pen.put(x, area.y, width, &key, pen.style(Role::Key));
        x = pen.put(x, area.y, width, &said, pen.style(Role::Dim));
        pen.hits.actions.push((Rect { x: start, width, ..area }, action));
    }
}

/// A line of the list beside what is decided.
pub(super) struct Entry {
    /// What was said of it: the sign, so that nothing is said by colour alone, and its role.
    pub(super) sign: (&'static str, Role),
    /// What it is; may be shown.
    pub(super) title: String,
    /// Whether it is decided.
    pub(super) done: bool,
    /// The cluster it stands in; `None` for one that stands alone.
    pub(super) cluster: Option<u32>,
}

/// The list of what is decided, and which of it stands together.
pub(super) fn list(pen: &mut Pen<'_>, area: Rect, here: usize, all: usize, entry: &dyn Fn(usize) -> Option<Entry>) {
    let height = usize::from(area.height).max(1);
    let top = crate::app::window(here.saturating_sub(height / 2), here, height, all);
    let cluster = |at: Option<usize>| at.and_then(entry).and_then(|entry| entry.cluster);
    for (at, place) in (top..all).zip(area.rows()) {
        let Some(it) = entry(at) else { continue };
        let joined = |other: Option<usize>| it.cluster.is_some() && cluster(other) == it.cluster;
        let [first, _, last, _] = pen.app.glyphs.corners;
        let bracket = match (joined(at.checked_sub(1)), joined(Some(at + 1))) {
            (false, false) => " ",
            (false, true) => first,
            (true, true) => pen.app.glyphs.down,
            (true, false) => last,
        };
        let title = text::row(&it.title);
        let title = text::fit(&title, usize::from(place.width.saturating_sub(7))).into_owned();
        let style = pen.style(if it.done { Role::Dim } else { Role::Text });
        let spans = vec![
            Span::raw("  "),
            Span::styled(it.sign.0, pen.style(it.sign.1)),
            Span::styled(format!(" {bracket} "), pen.style(Role::Rule)),
            Span::styled(title, style),
        ];
        pen.line(place, &Line::from(spans));
        if at == here {
            pen.under_cursor(place, true);
            pen.put(place.x, place.y, 1, pen.app.glyphs.cursor, pen.edge(true));
        }
    }
}

/// A page of lines, a little above the middle. A line that is one run of words is wrapped; others are cut by the screen.
pub(super) fn page(pen: &mut Pen<'_>, area: Rect, lines: Vec<Vec<Span<'static>>>) {
    let room = usize::from(area.width.saturating_sub(4)).max(1);
    let wrapped: Vec<Line<'static>> = lines.into_iter().flat_map(|line| fold(line, room)).collect();
    let height = u16::try_from(wrapped.len()).unwrap_or(u16::MAX);
    let top = area.y + area.height.saturating_sub(height) / 3;
    for (y, line) in (top..area.bottom()).zip(&wrapped) {
        pen.line(Rect { x: area.x + 2, y, width: area.width.saturating_sub(2), height: 1 }, line);
    }
}

fn fold(line: Vec<Span<'static>>, room: usize) -> Vec<Line<'static>> {
    match line.as_slice() {
        [only] if text::width(&only.content) > room => text::wrap(&only.content, room)
            .into_iter()
            .map(|it| Line::from(Span::styled(it.text, only.style)))
            .collect(),
        _ => vec![Line::from(line)],
    }
}

/// A run of words as a line of a page.
pub(super) fn words(app: &App, said: impl Into<String>, role: Role) -> Vec<Span<'static>> {
    vec![Span::styled(said.into(), app.theme.style(role))]
}

/// The keys of what can be done now, as lines of a page.
pub(super) fn ways(app: &App, mode: Mode, actions: &[(Action, &str)]) -> Vec<Vec<Span<'static>>> {
    let can = actions.iter().filter(|(action, _)| app.can_in(mode, *action).is_ok());
    can.map(|(action, words)| way(app, mode, *action, words)).collect()
}

/// The key of an action, as a line of a page.
pub(super) fn way(app: &App, mode: Mode, action: Action, words: &str) -> Vec<Span<'static>> {
    let key = app.keymap.hint(mode, action).unwrap_or_else(|| format!(":{}", action.name()));
    vec![
        Span::styled(text::pad(&key, 7), app.theme.style(Role::Key)),
        Span::styled(words.to_owned(), app.theme.style(Role::Text)),
    ]
}
