//! What lies over the screen: menus, questions, help, palette, the terms of a confidence.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{chrome, measure, pen::Pen, queue};
use crate::{
    app::{App, Asked, Command, Menu, Note, Palette, Pane, Question, Screen, Target},
    engine::Detail,
    memory::Source,
    text,
    theme::Role,
};

/// A box in the middle of an area, no larger than it.
pub(super) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height }
}

/// A short list to choose from.
pub(super) fn menu(pen: &mut Pen<'_>, area: Rect, menu: &Menu) {
    let items = menu.items();
    let height = u16::try_from(items.len()).unwrap_or(0) + 2;
    let widest = items.iter().map(|item| text::width(item)).max().unwrap_or(0);
    let width = u16::try_from(widest).unwrap_or(u16::MAX).clamp(20, 60);
    let inside = pen.frame(middle(area, width + 6, height), menu.title());
    let top = menu.cursor.saturating_sub(usize::from(inside.height).saturating_sub(1));
    for (row, (at, item)) in inside.rows().zip(items.iter().enumerate().skip(top)) {
        pen.put(row.x + 1, row.y, row.width.saturating_sub(1), item, pen.style(Role::Text));
        pen.hits.targets.push((row, Target::Item(at)));
        if at == menu.cursor {
            pen.under_cursor(row, true);
            pen.put(row.x, row.y, 1, pen.app.glyphs.cursor, pen.style(Role::Cursor));
            pen.hits.cursor = Some((row.x, row.y));
        }
    }
}

/// A one-line question.
pub(super) fn question(pen: &mut Pen<'_>, area: Rect, question: &Question) {
    let (title, hint) = match question.asked {
        Asked::Confidence => ("Confidence", "0 (none) to 1 (full); empty: as memtui derives it"),
        Asked::StaleAfter => ("Stale after", "2026-12-01, or 30d, 2w, 6mo, 1y from now; empty: no day"),
        Asked::LogFilter => {
            ("Filter the log", "author:claude label:prune store:NAME age:<7d created:2026-10, and words")
        }
        Asked::Reason => ("Reject", "why; may be left empty; it is told when the same comes again"),
        Asked::Sentence => ("Who says", "a sentence, or the words that matter; looked for in all stores"),
        Asked::Reword => ("Say instead", "these words take its place in all that are meant; none: it is taken out"),
        Asked::ViewName(None) => ("Save as a view", "a name for this filter and order; an old one is replaced"),
        Asked::ViewName(Some(_)) => ("Rename the view", "its new name"),
    };
    let many = question.targets.len();
    let title = if many > 1 { format!("{title} of {many} memories") } else { title.to_owned() };
    let said = question.error.as_deref().unwrap_or(hint);
    let width = 60.min(area.width);
    let lines = text::wrap(said, usize::from(width.saturating_sub(4)).max(1));
    let height = u16::try_from(lines.len()).unwrap_or(1) + 3;
    let inside = pen.frame(middle(area, width, height), &title);
    if inside.height == 0 {
        return;
    }
    let entry = &question.entry;
    pen.hits.cursor = Some(chrome::entry(pen, inside.x, inside.y, inside.width, entry.before(), entry.behind()));
    let role = if question.error.is_some() { Role::Alarm } else { Role::Dim };
    for (row, line) in inside.rows().skip(1).zip(&lines) {
        pen.put(row.x, row.y, row.width, &line.text, pen.style(role));
    }
}

/// Help or the palette.
pub(super) fn palette(pen: &mut Pen<'_>, area: Rect, palette: &Palette) {
    let app = pen.app;
    let title = if palette.help { format!("Keys here: {}", app.base_mode().about()) } else { "Commands".to_owned() };
    let width = area.width.min(104);
    let inside = pen.frame(middle(area, width, area.height), &title);
    if inside.height == 0 {
        return;
    }
    let entry = &palette.entry;
    let sign = if palette.help { "find " } else { ": " };
    let x = pen.put(inside.x, inside.y, inside.width, sign, pen.style(Role::Key));
    let room = inside.right().saturating_sub(x);
    pen.hits.cursor = Some(chrome::entry(pen, x, inside.y, room, entry.before(), entry.behind()));
    let body = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let commands = app.commands(palette);
    let notes = App::notes(palette);
    let mut lines = commands_shown(pen, &commands, body.width, palette.help && entry.text().is_empty());
    lines.extend(notes_shown(pen, &notes, commands.len(), body.width));
    let here = lines.iter().rposition(|line| line.at == Some(palette.cursor)).unwrap_or(0);
    let top = crate::app::window(palette.top, here, usize::from(body.height).max(1), lines.len());
    let top = if palette.cursor == 0 { 0 } else { top };
    pen.hits.over = Pane { area: body, top, lines: lines.len(), tall: 1 };
    if lines.is_empty() {
        pen.put(body.x, body.y, body.width, "nothing of that name", pen.style(Role::Dim));
    }
    for (row, shown) in body.rows().zip(lines.iter().skip(top)) {
        pen.line(row, &shown.line);
        pen.hits.targets.extend(shown.at.map(|at| (row, Target::Item(at))));
        if shown.at == Some(palette.cursor) {
            pen.under_cursor(row, true);
        }
    }
}

/// A line of help or of the palette, with the place of what it is about among commands and notes.
struct Shown {
    at: Option<usize>,
    line: Line<'static>,
}

impl Shown {
    fn heading(pen: &Pen<'_>, name: &'static str) -> Self {
        Self { at: None, line: Line::from(Span::styled(name, pen.style(Role::Heading))) }
    }

    const fn blank() -> Self {
        Self { at: None, line: Line { style: ratatui::style::Style::new(), alignment: None, spans: Vec::new() } }
    }
}

fn commands_shown(pen: &Pen<'_>, commands: &[Command], width: u16, topics: bool) -> Vec<Shown> {
    let keys = commands.iter().map(|command| text::width(&command.keys)).max().unwrap_or(0).min(18);
    let mut shown = Vec::new();
    let mut topic = None;
    for (at, one) in commands.iter().enumerate() {
        let here = one.goal.topic();
        if topics && topic != Some(here) {
            if topic.is_some() {
                shown.push(Shown::blank());
            }
            shown.push(Shown::heading(pen, here.name()));
            topic = Some(here);
        }
        shown.extend(command(pen, width, one, keys).into_iter().map(|line| Shown { at: Some(at), line }));
    }
    shown
}

/// Notes stand behind so many commands.
fn notes_shown(pen: &Pen<'_>, notes: &[Note], commands: usize, width: u16) -> Vec<Shown> {
    let mut shown = Vec::new();
    let mut topic = None;
    for (at, note) in notes.iter().enumerate() {
        if topic != Some(note.topic) {
            shown.push(Shown::blank());
            shown.push(Shown::heading(pen, note.topic));
            topic = Some(note.topic);
        }
        let same = notes.iter().filter(|other| other.topic == note.topic);
        let sign = same.map(|note| text::width(&note.sign)).max().unwrap_or(0);
        let first = vec![Span::raw(" "), Span::styled(text::pad(&note.sign, sign + 1), pen.style(Role::Key))];
        let lines = hanging(pen, width, first, note.about, Role::Text);
        shown.extend(lines.into_iter().map(|line| Shown { at: Some(commands + at), line }));
    }
    shown
}

/// A text behind its first spans; what does not fit goes on below it.
fn hanging(pen: &Pen<'_>, width: u16, first: Vec<Span<'static>>, said: &str, role: Role) -> Vec<Line<'static>> {
    let used: usize = first.iter().map(Span::width).sum();
    let room = usize::from(width).saturating_sub(used).max(8);
    let mut first = Some(first);
    let line = |text: String| {
        let mut spans = first.take().unwrap_or_else(|| vec![Span::raw(" ".repeat(used))]);
        spans.push(Span::styled(text, pen.style(role)));
        Line::from(spans)
    };
    text::wrap(said, room).into_iter().map(|line| line.text).map(line).collect()
}

fn command(pen: &Pen<'_>, width: u16, command: &Command, keys: usize) -> Vec<Line<'static>> {
    let narrow = width < 50;
    let keys_shown = if narrow { command.keys.split(' ').next().unwrap_or("") } else { command.keys.as_str() };
    let keys = if narrow { keys.min(9) } else { keys };
    let first = vec![
        Span::raw(" "),
        Span::styled(text::pad(keys_shown, keys + 1), pen.style(Role::Key)),
        Span::styled(text::pad(&text::row(command.goal.name()), if narrow { 0 } else { 19 }), pen.style(Role::Dim)),
    ];
    match &command.reason {
        Some(reason) => hanging(pen, width, first, &format!("({})", text::line(reason)), Role::Dim),
        None => hanging(pen, width, first, command.goal.about(), Role::Text),
    }
}

/// The terms of a confidence.
pub(super) fn why(pen: &mut Pen<'_>, area: Rect, scroll: usize) {
    let app = pen.app;
    let width = area.width.min(76);
    if app.screen == Screen::Queue && !app.queue.inside {
        let lines = queue::rates(app, usize::from(width.saturating_sub(4)).max(1));
        return scrolled(pen, area, width, "How often you agreed", &lines, scroll);
    }
    let Some(detail) = app.reader.current().and(app.reader.visible()) else {
        pen.frame(middle(area, width, 3), "Why");
        return;
    };
    let room = usize::from(width.saturating_sub(4)).max(1);
    let lines = terms(pen, detail, room);
    scrolled(pen, area, width, "Why this confidence", &lines, scroll);
}

/// Lines to be read in a box.
fn scrolled(pen: &mut Pen<'_>, area: Rect, width: u16, title: &str, lines: &[Line<'static>], scroll: usize) {
    let height = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inside = pen.frame(middle(area, width, height), title);
    let top = scroll.min(lines.len().saturating_sub(usize::from(inside.height)));
    pen.hits.over = Pane { area: inside, top, lines: lines.len(), tall: 1 };
    for (row, line) in inside.rows().zip(lines.iter().skip(top)) {
        pen.line(row, line);
    }
    pen.hits.cursor = Some((inside.x, inside.y));
}

fn terms(pen: &Pen<'_>, detail: &Detail, room: usize) -> Vec<Line<'static>> {
    let app = pen.app;
    let dim = pen.style(Role::Dim);
    let title = text::row(&detail.memory.title);
    let mut lines =
        vec![Line::from(Span::styled(text::fit(&title, room).into_owned(), pen.style(Role::Strong))), Line::default()];
    let derived = detail.derived;
    let said = detail.memory.row.confidence.filter(|confidence| confidence.source != derived.source);
    let sums = [Some(derived), said].into_iter().flatten().map(|confidence| confidence.source.name());
    let name = detail.terms.iter().map(|term| term.name).chain(sums).map(text::width).max().unwrap_or(0);
    let cells = if room >= 50 { 10 } else { 5 };
    for term in &detail.terms {
        let role = if term.factor < 0.5 {
            Role::Low
        } else if term.factor < 0.95 {
            Role::Middle
        } else {
            Role::High
        };
        let mut spans = vec![
            Span::styled(format!("{} ", text::pad(term.name, name)), pen.style(Role::Text)),
            Span::styled(format!("{}{:.2} ", app.glyphs.times, term.factor), pen.style(role)),
        ];
        spans.extend(pen.bar(term.factor.clamp(0.0, 1.0), cells, role));
        let used = Line::from(spans.clone()).width();
        let found = text::line(&term.found).into_owned();
        if room.saturating_sub(used) >= 20 {
            let mut wrapped = text::wrap(&found, room - used - 2).into_iter();
            if let Some(first) = wrapped.next() {
                spans.push(Span::styled(format!("  {}", first.text), dim));
            }
            lines.push(Line::from(spans));
            for line in wrapped {
                lines.push(Line::from(Span::styled(format!("{}{}", " ".repeat(used + 2), line.text), dim)));
            }
        } else {
            lines.push(Line::from(spans));
            for line in text::wrap(&found, room.saturating_sub(2).max(1)) {
                lines.push(Line::from(Span::styled(format!("  {}", line.text), dim)));
            }
        }
    }
    lines.push(Line::default());
    let mut sum = vec![
        Span::styled(format!("{} ", text::pad(derived.source.name(), name)), pen.style(Role::Strong)),
        Span::styled(format!("{derived} "), pen.style(measure::trust(derived))),
    ];
    sum.extend(pen.bar(derived.value, cells, measure::trust(derived)));
    lines.push(Line::from(sum));
    if let Some(confidence) = said {
        let said = format!("{} ", text::pad(confidence.source.name(), name));
        let mut line = vec![Span::styled(said, pen.style(Role::Strong))];
        line.push(Span::styled(format!("{confidence:>5} "), pen.style(measure::trust(confidence))));
        line.extend(pen.bar(confidence.value, cells, measure::trust(confidence)));
        lines.push(Line::from(line));
    }
    let winner = said.unwrap_or(derived).source;
    let wins = match winner {
        Source::Human => "The human value wins: what you set counts in lists, sorts and filters.",
        Source::Stated => "The stated value wins: the store itself says so, and nobody set another one.",
        Source::Derived => "The derived value counts: neither the store nor you said otherwise.",
    };
    lines.extend(text::wrap(wins, room).into_iter().map(|line| Line::from(Span::styled(line.text, dim))));
    lines
}
