//! The versions of a memory, and a roll-back in preview.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{
    diff, measure,
    pen::{self, Pen},
};
use crate::{
    app::{FieldDiff, Pane, RollBackPreview, Target, Versions, window},
    change::Label,
    curate::{Becomes, Brought, Return, Tally},
    text,
    theme::Role,
};

/// So wide that two panes stand beside each other.
const WIDE: u16 = 110;

/// Where a list of so many lines and the difference stand.
pub(super) fn halves(area: Rect, lines: usize) -> (Rect, Rect) {
    if area.width >= WIDE {
        let left = (area.width * 2 / 5).clamp(44, 70);
        let right = Rect { x: area.x + left + 1, width: area.width - left - 1, ..area };
        return (Rect { width: left, ..area }, right);
    }
    let needed = u16::try_from(lines).unwrap_or(u16::MAX).max(3);
    let above = if area.height < 8 { area.height } else { (area.height * 2 / 5).min(needed) };
    let rest = area.height - above;
    let below = Rect { y: area.y + above + rest.min(1), height: rest.saturating_sub(1), ..area };
    (Rect { height: above, ..area }, below)
}

/// The line between both.
pub(super) fn between(pen: &mut Pen<'_>, list: Rect, other: Rect) {
    if other.y > list.y {
        if other.height > 0 {
            pen.rule(Rect { y: other.y - 1, height: 1, ..other }, Role::Rule);
        }
    } else {
        pen.bar_down(list.right(), Rect { x: list.right(), width: 1, ..list }, Role::Rule);
    }
}

/// The versions of a memory: the line of its states, and what differs between two of them.
pub(super) fn versions(pen: &mut Pen<'_>, area: Rect, shown: &Versions) {
    let title = format!("Versions of “{}”", text::row(&pen.app.veiled(&shown.title)));
    let inside = pen.frame(area, &title);
    if inside.height < 2 {
        return;
    }
    let dim = pen.style(Role::Dim);
    let head = match (&shown.text, shown.blame) {
        _ if !shown.known => "reading …".to_owned(),
        (Some(text), Some(at)) => format!("“{text}” came with version {}", shown.number(at)),
        (Some(text), None) => format!("“{text}”: who brought it is not known"),
        (None, _) => format!("{} · {} known", shown.id, shown.line.len()),
    };
    let head = text::fit(&text::line(&head), usize::from(inside.width)).into_owned();
    pen.put(inside.x, inside.y, inside.width, &head, dim);
    let body = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let (list, other) = halves(body, shown.line.len());
    between(pen, list, other);
    let height = usize::from(list.height).max(1);
    let top = window(shown.top, shown.cursor, height, shown.line.len());
    pen.hits.over = Pane { area: list, top, lines: shown.line.len(), tall: 1 };
    for (row, at) in list.rows().zip(top..shown.line.len()) {
        version(pen, row, shown, at);
        pen.hits.targets.push((row, Target::Item(at)));
        if at == shown.cursor {
            pen.under_cursor(row, true);
            pen.put(row.x, row.y, 1, pen.app.glyphs.cursor, pen.style(Role::Cursor));
            pen.hits.cursor = Some((row.x, row.y));
        }
    }
    super::memory::scrollbar(pen, list, top, shown.line.len());
    let Some(compared) = &shown.compared else { return };
    let (from, to) = shown.pair();
    let from = from.map_or_else(|| "nothing".to_owned(), |at| format!("version {}", shown.number(at)));
    let said = format!("{from} {} version {}", pen.app.glyphs.arrow, shown.number(to));
    difference(pen, other, &said, &compared.fields, shown.scroll);
}

fn version(pen: &mut Pen<'_>, row: Rect, shown: &Versions, at: usize) {
    let Some(version) = shown.line.get(at) else { return };
    let app = pen.app;
    let sign = if shown.base == Some(at) { app.glyphs.pin } else { " " };
    let when = version.at.map_or_else(|| "   ?".to_owned(), |at| format!("{:>4}", measure::age(app.now, Some(at))));
    let state = match (version.current, version.digest.is_some()) {
        (true, true) => "now  ",
        (true, false) => "gone now  ",
        (false, false) => "gone  ",
        (false, true) => "",
    };
    let (what, role) = brought(&version.brought);
    let mut spans = vec![
        Span::styled(format!("{sign}{:>4} ", shown.number(at)), pen.style(Role::Accent)),
        Span::styled(format!("{when}  "), pen.style(Role::Dim)),
        Span::styled(state, pen.style(if version.digest.is_some() { Role::High } else { Role::Alarm })),
    ];
    spans.push(pen::rest(&spans, row.width.saturating_sub(2), &what, pen.style(role)));
    pen.line(Rect { x: row.x + 1, width: row.width.saturating_sub(1), ..row }, &Line::from(spans));
}

/// What brought a version, in a few words.
pub(super) fn brought(brought: &Brought) -> (String, Role) {
    match brought {
        Brought::Operation { id, label: Label::Observe, author, .. } => {
            let who = if author == "observed" { "another program" } else { author.as_str() };
            (format!("{who}, seen by operation {id}"), Role::Badge)
        }
        Brought::Operation { id, label, author, reason } => {
            let why = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            (format!("{} by {author}, operation {id}{why}", label.name()), Role::Text)
        }
        Brought::Before(operation) => (format!("before operation {operation}"), Role::Dim),
        Brought::FirstLook => ("at the first look".to_owned(), Role::Dim),
        Brought::Unseen => ("by another program".to_owned(), Role::Badge),
        Brought::Store { native, note } => (format!("kept by its store: {native} {note}"), Role::Text),
    }
}

/// What differs, below a heading.
pub(super) fn difference(pen: &mut Pen<'_>, area: Rect, heading: &str, fields: &[FieldDiff], scroll: usize) {
    if area.height == 0 || area.width < 4 {
        return;
    }
    let heading = text::fit(heading, usize::from(area.width)).into_owned();
    pen.put(area.x + 1, area.y, area.width - 1, &heading, pen.style(Role::Dim));
    let body = Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 1 };
    let mut lines = diff::lines(pen.app, fields, usize::from(body.width));
    if lines.is_empty() {
        lines.push(Line::from(Span::styled("nothing that can be shown differs", pen.style(Role::Dim))));
    }
    let top = scroll.min(lines.len().saturating_sub(usize::from(body.height)));
    for (row, line) in body.rows().zip(lines.iter().skip(top)) {
        pen.line(row, line);
    }
    pen.hits.difference = Pane { area: body, top, lines: lines.len(), tall: 1 };
    super::memory::scrollbar(pen, Rect { width: body.width + 1, ..body }, top, lines.len());
}

/// A roll-back in preview: what it comes to, every memory that it touches, and what the one under the cursor becomes.
pub(super) fn preview(pen: &mut Pen<'_>, area: Rect, preview: &RollBackPreview) {
    let title = format!("Roll back {}", text::row(&preview.what));
    let inside = pen.frame(area, &title);
    if inside.height < 3 {
        return;
    }
    let Some(plan) = &preview.plan else {
        pen.put(inside.x, inside.y, inside.width, "working out what it would do …", pen.style(Role::Dim));
        pen.hits.cursor = Some((inside.x, inside.y));
        return;
    };
    let tally = plan.tally(preview.choices);
    let room = usize::from(inside.width);
    let mut head: Vec<(String, Role)> = vec![(sums(tally), Role::Strong)];
    head.extend(choices(pen, preview, tally).map(|said| (said, Role::Badge)));
    head.extend(plan.remarks.iter().map(|remark| (remark.clone(), Role::Dim)));
    let mut y = inside.y;
    // The memories keep most of the room, whatever there is to say.
    let most = inside.y + (inside.height / 3).max(1);
    for (said, role) in head {
        for line in text::wrap(&said, room.max(1)) {
            if y < most {
                pen.put(inside.x, y, inside.width, &line.text, pen.style(role));
                y += 1;
            }
        }
    }
    let body = Rect { y, height: inside.bottom().saturating_sub(y), ..inside };
    let (list, other) = halves(body, preview.returns().len());
    between(pen, list, other);
    let returns = preview.returns();
    let top = window(preview.top, preview.cursor, usize::from(list.height).max(1), returns.len());
    pen.hits.over = Pane { area: list, top, lines: returns.len(), tall: 1 };
    for (row, at) in list.rows().zip(top..returns.len()) {
        if let Some(one) = returns.get(at) {
            memory(pen, row, one, preview);
            pen.hits.targets.push((row, Target::Item(at)));
        }
        if at == preview.cursor {
            pen.under_cursor(row, true);
            pen.put(row.x, row.y, 1, pen.app.glyphs.cursor, pen.style(Role::Cursor));
            pen.hits.cursor = Some((row.x, row.y));
        }
    }
    super::memory::scrollbar(pen, list, top, returns.len());
    if let (Some(one), Some((at, fields))) = (returns.get(preview.cursor), &preview.shown)
        && *at == preview.cursor
    {
        about(pen, other, one, fields, preview);
    }
}

/// What it comes to: `3 deleted, 1 put back, 2 left alone`.
fn sums(tally: Tally) -> String {
    let parts: Vec<String> = [
        (tally.gone, "deleted"),
        (tally.back, "put back"),
        (tally.restored, "restored"),
        (tally.left, "left alone: changed since"),
        (tally.already, "already so"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", measure::grouped(count)))
    .collect();
    if parts.is_empty() { "There is nothing to roll back.".to_owned() } else { parts.join(", ") }
}

/// What can be decided, with the keys.
fn choices(pen: &Pen<'_>, preview: &RollBackPreview, tally: Tally) -> impl Iterator<Item = String> {
    let key = |action| pen.app.key_of(action);
    let derived = preview.returns().iter().filter(|one| one.derived.is_some()).count();
    let conflicts = preview.returns().iter().filter(|one| one.can_be_overruled()).count();
    let derived = (derived > 0).then(|| {
        let many = measure::grouped(derived);
        let taken = preview.choices.derived;
        let said = if taken { "are taken along" } else { "stay" };
        let other = if taken { "leaves them" } else { "takes them along" };
        format!("{many} derived from these {said}; {} {other}", key(crate::action::Action::Derived))
    });
    let conflicts = (conflicts > 0).then(|| {
        let key = key(crate::action::Action::Overrule);
        if preview.choices.conflicts {
            format!("What has changed since is overruled; {key} leaves it alone")
        } else {
            format!("{} changed since; {key} rolls them back all the same", measure::grouped(tally.left.max(conflicts)))
        }
    });
    derived.into_iter().chain(conflicts)
}

fn memory(pen: &mut Pen<'_>, row: Rect, one: &Return, preview: &RollBackPreview) {
    let changed = one.is_changed(preview.choices);
    let (word, role) = match (changed, one.becomes) {
        (true, Becomes::Gone) => (one.becomes.name(), Role::Removed),
        (true, Becomes::Back) => (one.becomes.name(), Role::Added),
        (true, _) => (one.becomes.name(), Role::Middle),
        (false, Becomes::Nothing) if one.conflict.is_none() => (one.becomes.name(), Role::Dim),
        (false, _) if one.derived.is_some() && !preview.choices.derived => ("derived", Role::Dim),
        (false, _) => ("left", Role::Alarm),
    };
    let title = pen.app.veiled(&one.title).into_owned();
    let title = if title.is_empty() { one.id.to_string() } else { title };
    let mut spans = vec![Span::styled(format!("  {} ", text::pad(word, 8)), pen.style(role))];
    let style = pen.style(if changed { Role::Text } else { Role::Dim });
    spans.push(pen::rest(&spans, row.width.saturating_sub(1), &title, style));
    pen.line(row, &Line::from(spans));
}

/// The memory under the cursor: its name, why it is left or taken along, and what it becomes.
fn about(pen: &mut Pen<'_>, area: Rect, one: &Return, fields: &[FieldDiff], preview: &RollBackPreview) {
    let keeps = (!one.keeps.is_empty()).then(|| format!("keeps what was changed since: {}", one.keeps.join(", ")));
    let said: Vec<(String, Role)> = [
        Some((one.id.to_string(), Role::Dim)),
        one.conflict.clone().map(|why| (why, Role::Alarm)),
        one.derived.clone().map(|why| (why, Role::Badge)),
        keeps.map(|why| (why, Role::Badge)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let mut y = area.y;
    for (said, role) in said {
        for line in text::wrap(&said, usize::from(area.width.saturating_sub(2)).max(1)) {
            if y + 1 < area.bottom() {
                pen.put(area.x + 1, y, area.width.saturating_sub(1), &line.text, pen.style(role));
                y += 1;
            }
        }
    }
    let rest = Rect { y, height: area.bottom().saturating_sub(y), ..area };
    let heading = match (one.is_changed(preview.choices), one.becomes) {
        (false, _) => "It stays. Rolled back it would change so:",
        (true, Becomes::Gone) => "It goes:",
        (true, Becomes::Back) => "It comes back:",
        (true, _) => "It changes so:",
    };
    difference(pen, rest, heading, fields, preview.scroll);
}
