//! Who says so: the memories that hold a sentence, where each has it from, and what is done about it.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{
    measure, past,
    pen::{self, Pen},
};
use crate::{
    action::Action,
    app::{Pane, Saying, Target, window},
    change::{FieldValue, Sentence},
    curate::{Brought, MemoryVersion},
    engine::{Deed, Sayer},
    keymap::Mode,
    memory::Provenance,
    text,
    theme::Role,
};

/// Draws those who say it above or beside what is known of the one under the cursor.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, saying: &Saying) {
    let title = format!("Who says “{}”", text::row(&pen.app.veiled(&saying.text)));
    let inside = pen.frame(area, &title);
    if inside.height < 3 {
        return;
    }
    let head = match &saying.said {
        None => "looking through all stores …".to_owned(),
        Some(_) => counted(saying),
    };
    let role = if saying.deed.is_some() { Role::Strong } else { Role::Dim };
    let mut y = inside.y;
    for (said, role) in [(head, role), (decided(pen, saying), Role::Badge)] {
        for line in text::wrap(&said, usize::from(inside.width).max(1)).iter().filter(|_| !said.is_empty()).take(3) {
            pen.put(inside.x, y, inside.width, &line.text, pen.style(role));
            y += 1;
        }
    }
    if y >= inside.bottom() {
        return;
    }
    let body = Rect { y, height: inside.bottom() - y, ..inside };
    let all = saying.sayers().len();
    let (list, other) = past::halves(body, all);
    past::between(pen, list, other);
    let top = window(saying.top, saying.cursor, usize::from(list.height).max(1), all);
    pen.hits.over = Pane { area: list, top, lines: all, tall: 1 };
    for (row, at) in list.rows().zip(top..all) {
        if let Some(sayer) = saying.sayers().get(at) {
            memory(pen, row, sayer, saying, at);
            pen.hits.targets.push((row, Target::Item(at)));
        }
        if at == saying.cursor {
            pen.under_cursor(row, true);
            pen.put(row.x, row.y, 1, pen.app.glyphs.cursor, pen.style(Role::Cursor));
            pen.hits.cursor = Some((row.x, row.y));
        }
    }
    super::memory::scrollbar(pen, list, top, all);
    if let Some(sayer) = saying.current() {
        about(pen, other, sayer, saying);
    }
}

/// How many there are, and how many are meant.
fn counted(saying: &Saying) -> String {
    let Some(said) = &saying.said else { return String::new() };
    if said.total == 0 {
        return "No memory says so, in any store.".to_owned();
    }
    let many = if said.total == 1 {
        "1 memory says".to_owned()
    } else {
        format!("{} memories say", measure::grouped(said.total))
    };
    let how = if said.exact { "so" } else { "all of these words, none in this order" };
    let shown = said.sayers.len();
    let newest =
        if shown < said.total { format!("; the newest {} are here", measure::grouped(shown)) } else { String::new() };
    let meant = match saying.marked.len() {
        0 => "all of them are meant".to_owned(),
        marked => format!("{} marked", measure::grouped(marked)),
    };
    format!("{many} {how}{newest}; {meant}.")
}

/// What is decided, and by which keys it is done.
fn decided(pen: &Pen<'_>, saying: &Saying) -> String {
    let Some(draft) = saying.draft() else { return String::new() };
    let meant = if saying.marked.is_empty() { saying.sayers().len() } else { saying.marked.len() };
    let can = draft.steps.len();
    let what = match &saying.deed {
        Some(Deed::Prune) if saying.bury => "prunes and buries".to_owned(),
        Some(Deed::Prune) => "prunes".to_owned(),
        Some(Deed::Reword(with)) if with.trim().is_empty() => "takes the sentence out of".to_owned(),
        Some(Deed::Reword(with)) => format!("says “{}” in", text::row(&pen.app.veiled(with.trim()))),
        Some(Deed::Confidence(Some(value))) => format!("sets the confidence to {value:.2} of"),
        Some(Deed::Confidence(None)) | None => "derives the confidence again of".to_owned(),
    };
    let key = |action| pen.app.keymap.hint(Mode::Saying, action).unwrap_or_default();
    let cannot =
        if can < meant { format!(" ({} cannot be edited so)", measure::grouped(meant - can)) } else { String::new() };
    let (press, propose) = (key(Action::Press), key(Action::Propose));
    format!("{press} {what} {}{cannot}, as one operation; {propose} lets it wait in the queue", measure::grouped(can))
}

fn memory(pen: &mut Pen<'_>, row: Rect, sayer: &Sayer, saying: &Saying, at: usize) {
    let app = pen.app;
    let sign = if saying.marked.contains(&at) { app.glyphs.mark } else { " " };
    let meant = saying.is_meant(at);
    let mut spans = vec![
        Span::styled(format!(" {sign} "), pen.style(Role::Marked)),
        Span::styled(format!("{:>4} ", measure::age(app.now, sayer.row.created)), pen.style(Role::Dim)),
    ];
    spans.extend(pen::trust(app, sayer.row.confidence, true, 0));
    if row.width >= 70 {
        let scope = text::row(sayer.row.scope.short()).into_owned();
        spans.push(Span::styled(format!("{} ", text::pad(&scope, 14)), pen.style(Role::Scope)));
    }
    let style = pen.style(if meant { Role::Text } else { Role::Dim });
    spans.push(pen::rest(&spans, row.width.saturating_sub(1), &sayer.row.title, style));
    pen.line(row, &Line::from(spans));
}

/// The memory under the cursor: where it has it from, and its words, or what becomes of them.
fn about(pen: &mut Pen<'_>, area: Rect, sayer: &Sayer, saying: &Saying) {
    let mut said: Vec<(String, Role)> = vec![(format!("{} · {}", sayer.row.id, sayer.row.kind), Role::Dim)];
    said.extend(origin(&sayer.from).map(|from| (from, Role::Dim)));
    if let Some((at, brought)) = &saying.brought
        && *at == saying.cursor
    {
        said.push(match brought {
            Some(MemoryVersion { brought: Brought::Unseen, .. }) => {
                ("the words came by another program; nobody saw when".to_owned(), Role::Dim)
            }
            Some(version) => {
                let since = version.at.map_or_else(String::new, |at| format!(", {}", pen.app.moment_of(at)));
                (format!("the words came by: {}{since}", past::brought(&version.brought).0), Role::Badge)
            }
            None => ("the words: nobody saw who brought them".to_owned(), Role::Dim),
        });
    }
    let mut y = area.y;
    for (said, role) in said {
        let said = pen.app.veiled(&said).into_owned();
        for line in text::wrap(&text::line(&said), usize::from(area.width.saturating_sub(2)).max(1)).iter().take(3) {
            if y + 1 < area.bottom() {
                pen.put(area.x + 1, y, area.width.saturating_sub(1), &line.text, pen.style(role));
                y += 1;
            }
        }
    }
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    match &saying.deed {
        Some(deed) => {
            let heading = match (saying.is_meant(saying.cursor), saying.shown.is_empty(), deed) {
                (false, ..) => "It is not marked, and stays.",
                (true, true, _) => "It cannot be edited so, and stays.",
                (true, false, Deed::Prune) => "It goes:",
                (true, false, _) => "It changes so:",
            };
            past::difference(pen, rest, heading, &saying.shown, saying.scroll);
        }
        None => quoted(pen, rest, sayer, saying),
    }
}

/// Who wrote it down, in which session, asked for by what.
fn origin(from: &Provenance) -> Option<String> {
    let told = [
        from.agent.as_ref().map(|agent| format!("agent {agent}")),
        from.session.as_ref().map(|session| format!("session {session}")),
        from.prompt.as_ref().map(|prompt| format!("asked “{}”", prompt.chars().take(160).collect::<String>())),
    ];
    let told: Vec<String> = told.into_iter().flatten().collect();
    (!told.is_empty()).then(|| format!("from {}", told.join(" · ")))
}

/// The fields in which the words stand.
fn quoted(pen: &mut Pen<'_>, area: Rect, sayer: &Sayer, saying: &Saying) {
    let sentence = Sentence::new(&saying.text);
    let mut lines: Vec<(String, Role)> = Vec::new();
    for (name, value) in &sayer.fields {
        let items = match value {
            FieldValue::Text(text) => vec![text.as_str()],
            FieldValue::List(items) => items.iter().map(String::as_str).collect(),
        };
        for text in items.into_iter().filter(|text| sentence.as_ref().is_some_and(|sentence| sentence.is_in(text))) {
            lines.push((name.clone(), Role::Heading));
            let text = pen.app.veiled(text).into_owned();
            let wrapped = text::wrap(&text, usize::from(area.width.saturating_sub(3)).max(8));
            lines.extend(wrapped.into_iter().map(|line| (line.text, Role::Text)));
        }
    }
    let body = Rect { x: area.x + 1, width: area.width.saturating_sub(2), ..area };
    let top = saying.scroll.min(lines.len().saturating_sub(usize::from(body.height)));
    for (row, (line, role)) in body.rows().zip(lines.iter().skip(top)) {
        pen.put(row.x, row.y, row.width, line, pen.style(*role));
    }
    pen.hits.difference = Pane { area: body, top, lines: lines.len(), tall: 1 };
}
