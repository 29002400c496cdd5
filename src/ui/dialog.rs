//! Questions with buttons, and the edit form.

use ratatui::{
    layout::Rect,
    style::Style,
    text::{Line, Span},
    widgets::Widget as _,
};
use tui_textarea::{CursorMove, TextArea, WrapMode};

use super::{
    diff, measure,
    over::middle,
    pen::{self, Pen},
};
use crate::{
    app::{Dialog, Form, FormField, Matter, Pane, Sample, Spot, Target, memories},
    memory::Row,
    text,
    theme::Role,
};

/// A question with buttons.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, dialog: &Dialog) {
    let large = matches!(dialog.matter, Matter::Save(..));
    let preview = matches!(dialog.matter, Matter::Prune { .. } | Matter::Beyond { .. } | Matter::Decide { .. });
    let width = area.width.min(if large || preview { 110 } else { 72 });
    let room = usize::from(width.saturating_sub(5)).max(1);
    let (title, lines) = content(pen, dialog, room);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let inside = pen.frame(middle(area, width, wanted), &title);
    let buttons = inside.height.min(1);
    let body = Rect { height: inside.height.saturating_sub(buttons + u16::from(inside.height > 3)), ..inside };
    let top = dialog.scroll.min(lines.len().saturating_sub(usize::from(body.height)));
    pen.hits.over = Pane { area: body, top, lines: lines.len(), tall: 1 };
    for (row, line) in body.rows().zip(lines.iter().skip(top)) {
        pen.line(row, line);
    }
    super::memory::scrollbar(pen, Rect { width: body.width + 1, ..body }, top, lines.len());
    if buttons == 0 {
        return;
    }
    let y = inside.bottom() - 1;
    let mut x = inside.x;
    for (at, button) in dialog.buttons.iter().enumerate() {
        let focused = at == dialog.focus;
        let label = button.label(dialog.count());
        let said = if focused { format!("[{label}]") } else { format!(" {label} ") };
        let style = pen.style(if focused { Role::ButtonFocus } else { Role::Button });
        let start = x;
        x = pen.put(x, y, inside.right().saturating_sub(x), &said, style) + 2;
        pen.hits.targets.push((Rect { x: start, y, width: x - 2 - start, height: 1 }, Target::Button(at)));
        if focused {
            pen.hits.cursor = Some((start, y));
        }
    }
}

fn content(pen: &Pen<'_>, dialog: &Dialog, room: usize) -> (String, Vec<Line<'static>>) {
    let wrapped = |said: &str, role: Role| -> Vec<Line<'static>> {
        let style = pen.style(role);
        text::wrap(said, room).into_iter().map(|line| Line::from(Span::styled(line.text, style))).collect()
    };
    match &dialog.matter {
        Matter::Prune { targets, pinned, sample } => {
            let all = targets.len();
            let mut lines = wrapped(
                &match pinned {
                    Some(0) => format!("{} will be pruned. None of them is pinned.", memories(all)),
                    Some(pinned) => {
                        format!("{} of {all} will be pruned; {pinned} pinned stay.", memories(dialog.count()))
                    }
                    None => format!("{} will be pruned; pinned ones among them stay.", memories(all)),
                },
                Role::Text,
            );
            lines.extend(hidden(sample).map_or_else(Vec::new, |said| wrapped(&said, Role::Alarm)));
            let undo = pen.app.key_of(crate::action::Action::Undo);
            lines.extend(wrapped(&format!("All can be taken back with {undo}, now or later."), Role::Dim));
            lines.extend(listed(pen, sample, all, room));
            (format!("Prune {}", memories(all)), lines)
        }
        Matter::Beyond { action, targets, sample } => {
            let all = targets.len();
            let mut lines = wrapped(&format!("This is about all {} that are marked.", memories(all)), Role::Text);
            lines.extend(hidden(sample).map_or_else(Vec::new, |said| wrapped(&said, Role::Alarm)));
            lines.extend(listed(pen, sample, all, room));
            (format!("{} of {}", action.name(), memories(all)), lines)
        }
        Matter::Decide { verdict, proposals, lines } => {
            let all = proposals.len();
            let mut said = wrapped(&format!("{all} proposals will be {}.", verdict.past()), Role::Text);
            let undo = pen.app.key_of(crate::action::Action::Undo);
            said.extend(wrapped(&format!("All can be taken back at once with {undo}."), Role::Dim));
            said.push(Line::default());
            said.extend(lines.iter().map(|line| {
                let line = text::row(line);
                Line::from(Span::styled(text::fit(&line, room).into_owned(), pen.style(Role::Text)))
            }));
            (format!("{} {all} proposals", verdict.name()), said)
        }
        Matter::Save(draft, fields) => {
            (format!("Save “{}”", text::row(&draft.title)), diff::lines(pen.app, fields, room))
        }
        Matter::Discard(_) => {
            ("Leave the form".to_owned(), wrapped("What you typed is not saved. Discard it?", Role::Text))
        }
        Matter::Refused(draft, reason) => {
            let mut lines = wrapped(&text::block(reason), Role::Alarm);
            lines.push(Line::default());
            lines.extend(wrapped(
                "Nothing was written, and what you typed is kept. “Edit on” reads the memory again and shows your edit \
                 against what is there now.",
                Role::Text,
            ));
            (format!("Not saved: “{}”", text::row(&draft.title)), lines)
        }
        Matter::Unreadable(_, reason) => {
            let mut lines = wrapped(&text::block(reason), Role::Alarm);
            lines.push(Line::default());
            lines.extend(wrapped("What you typed is kept. “Edit on” opens it again.", Role::Text));
            ("The text cannot be read".to_owned(), lines)
        }
    }
}

/// What is to be said of memories that are not in view.
fn hidden(sample: &Sample) -> Option<String> {
    (sample.hidden > 0).then(|| format!("{} of them are not shown by the present filter.", sample.hidden))
}

/// The memories that a question is about: first those of the list in its order, then those that it does not show.
fn listed(pen: &Pen<'_>, sample: &Sample, all: usize, room: usize) -> Vec<Line<'static>> {
    let mut lines = vec![Line::default()];
    lines.extend(sample.rows.iter().flat_map(|row| one(pen, row, room)));
    let known = sample.rows.len() + sample.elsewhere.len();
    if !sample.elsewhere.is_empty() {
        if !sample.rows.is_empty() {
            lines.push(Line::default());
        }
        lines.push(Line::from(Span::styled("Not shown by the present filter", pen.style(Role::Heading))));
        lines.extend(sample.elsewhere.iter().flat_map(|row| one(pen, row, room)));
    }
    if all > known {
        lines.push(Line::from(Span::styled(format!("… and {} more", all - known), pen.style(Role::Dim))));
    }
    lines
}

/// A memory of a preview: in one line, or in two where there is little room.
fn one(pen: &Pen<'_>, row: &Row, room: usize) -> Vec<Line<'static>> {
    let (app, dim) = (pen.app, pen.style(Role::Dim));
    let pin = if row.overlay.pinned { app.glyphs.pin } else { " " };
    let wide = room >= 60;
    let (kind, scope) = (text::row(&row.kind), text::row(row.scope.short()));
    let mut facts = vec![
        Span::styled(pin, pen.style(Role::Pinned)),
        Span::styled(format!("{:>4} ", measure::age(app.now, row.created)), dim),
    ];
    facts.extend(pen::trust(app, row.confidence, true, 0));
    let (kinds, scopes) =
        if wide { (10, 12) } else { (9, room.saturating_sub(if app.tells_stores() { 28 } else { 24 }).max(1)) };
    facts.push(Span::styled(format!("{} ", text::pad(&kind, kinds)), pen.style(Role::Kind)));
    if app.tells_stores() {
        let store = app.store_sign(row.key.store);
        facts.push(Span::styled(format!("{} ", text::pad(&store, 3)), pen.style(Role::Badge)));
    }
    facts.push(Span::styled(format!("{} ", text::pad(&scope, scopes)), pen.style(Role::Scope)));
    let used = if wide { facts.iter().map(Span::width).sum() } else { 1 };
    let title = text::row(&row.title);
    let title = Span::styled(text::fit(&title, room.saturating_sub(used)).into_owned(), pen.style(Role::Text));
    if wide {
        facts.push(title);
        return vec![Line::from(facts)];
    }
    vec![Line::from(vec![Span::raw(" "), title]), Line::from(facts)]
}

/// The edit form.
pub(super) fn form(pen: &mut Pen<'_>, area: Rect, form: &Form) {
    let width = area.width.min(110);
    let title = format!("Edit “{}”", text::row(&form.title));
    let wide = if area.width > 110 { middle(area, width, area.height) } else { area };
    let inside = pen.frame(wide, &title);
    if inside.height < 2 || inside.width < 4 {
        return;
    }
    let label = if inside.width >= 56 { 18 } else { 0 };
    let body = Rect { height: inside.height - 1, ..inside };
    let heights = heights(form, body.height, inside.width.saturating_sub(label.max(1)), label > 0);
    let first = first_shown(form, &heights, body.height);
    let mut y = body.y;
    for (at, field) in form.fields.iter().enumerate().skip(first) {
        let Some(height) = heights.get(at).copied() else { break };
        let height = height.min(body.bottom().saturating_sub(y));
        if height == 0 {
            break;
        }
        let here = form.spot == Spot::Field(at);
        let name = text::row(&field.name).replace('_', " ");
        let role = if here { Role::Accent } else { Role::Dim };
        let sign = if here { pen.app.glyphs.cursor } else { " " };
        pen.put(body.x, y, 1, sign, pen.style(Role::Accent));
        let room = usize::from(if label > 0 { label - 2 } else { body.width - 1 });
        let name = text::fit(&name, room).into_owned();
        pen.put(body.x + 1, y, body.width - 1, &name, pen.style(role));
        let place = if label > 0 {
            Rect { x: body.x + label, y, width: body.width - label, height }
        } else {
            Rect { x: body.x + 1, y: y + 1, width: body.width - 1, height: height.saturating_sub(1) }
        };
        typed(pen, place, form, at);
        pen.hits.targets.push((Rect { y, height, ..body }, Target::Field(at)));
        y += height + gap(label > 0, height);
    }
    buttons(pen, Rect { y: inside.bottom() - 1, height: 1, ..inside }, form);
}

/// Rows for each field: three at most, half of the room for the one under the cursor, and what is left over by turns.
fn heights(form: &Form, room: u16, width: u16, beside: bool) -> Vec<u16> {
    let label = u16::from(!beside);
    let needs: Vec<u16> = form.fields.iter().map(|field| needed(field, width)).collect();
    let start = |(at, need): (usize, &u16)| {
        let limit = if form.spot == Spot::Field(at) { (room / 2).max(3) } else { 3 };
        (*need).clamp(1, limit) + label
    };
    let mut heights: Vec<u16> = needs.iter().enumerate().map(start).collect();
    let used = |heights: &[u16]| heights.iter().map(|height| height + gap(beside, *height)).sum::<u16>();
    while used(&heights) < room {
        let short = heights.iter_mut().zip(&needs).filter(|(height, need)| **height < **need + label);
        let Some((height, _)) = short.min_by_key(|(height, _)| **height) else { break };
        *height += 1;
    }
    heights
}

/// The empty rows behind a field.
fn gap(beside: bool, height: u16) -> u16 {
    u16::from(beside && height > 1)
}

/// The rows that the text of a field takes in a width; one column is for the cursor, one for the mark of what is cut.
fn needed(field: &FormField, width: u16) -> u16 {
    let options = textwrap::Options::new(usize::from(width.saturating_sub(2)).max(1))
        .wrap_algorithm(textwrap::WrapAlgorithm::FirstFit)
        .word_splitter(textwrap::WordSplitter::NoHyphenation);
    let rows: usize = field.area.lines().iter().map(|line| textwrap::wrap(line, &options).len().max(1)).sum();
    u16::try_from(rows).unwrap_or(u16::MAX - 1)
}

/// The first field shown so that the one under the cursor is on screen.
fn first_shown(form: &Form, heights: &[u16], room: u16) -> usize {
    let here = match form.spot {
        Spot::Field(at) => at,
        Spot::Review | Spot::Cancel => heights.len().saturating_sub(1),
    };
    let mut used = 0;
    let mut first = here;
    for at in (0..=here).rev() {
        used += heights.get(at).copied().unwrap_or(1) + 1;
        if used > room + 1 {
            break;
        }
        first = at;
    }
    first
}

fn typed(pen: &mut Pen<'_>, place: Rect, form: &Form, at: usize) {
    let place = place.intersection(pen.buf.area);
    let Some(field) = form.fields.get(at) else { return };
    if place.is_empty() {
        return;
    }
    let here = form.spot == Spot::Field(at);
    let at_char = field.area.cursor();
    let mut area = TextArea::new(field.area.lines().iter().map(|line| visible(line)).collect());
    let at = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let room = Rect { width: place.width - u16::from(place.width > 1), ..place };
    if here {
        area.move_cursor(CursorMove::Jump(at(at_char.0), at(at_char.1)));
    }
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_cursor_line_style(Style::new());
    area.set_style(pen.style(if here && form.typing { Role::Text } else { Role::Dim }));
    area.set_cursor_style(if here && form.typing { pen.style(Role::Suggestion) } else { Style::new() });
    (&area).render(room, pen.buf);
    let top = area.scroll_offset().0;
    let below = top.saturating_add(place.height) < needed(field, place.width);
    for (cut, y) in [(top > 0, place.y), (below, place.bottom() - 1)] {
        if cut && room.width < place.width {
            pen.put(place.right() - 1, y, 1, pen.app.glyphs.waiting, pen.style(Role::Dim));
        }
    }
    if here {
        let (top, left) = area.scroll_offset();
        let cursor = area.screen_cursor();
        let x = place.x + at(cursor.col).saturating_sub(left);
        let y = place.y + at(cursor.row).saturating_sub(top);
        pen.hits.cursor = Some((x.min(place.right() - 1), y.min(place.bottom() - 1)));
    }
}

/// The line with a sign for each character that cannot be seen, so that the cursor still counts characters.
fn visible(line: &str) -> String {
    if !text::has_hidden(line) {
        return line.to_owned();
    }
    let hidden = |c: char| c != '\t' && (c.is_control() || text::has_hidden(c.encode_utf8(&mut [0; 4])));
    line.chars().map(|c| if hidden(c) { '�' } else { c }).collect()
}

fn buttons(pen: &mut Pen<'_>, area: Rect, form: &Form) {
    let mut x = area.x;
    for (at, (spot, label)) in [(Spot::Review, "Review"), (Spot::Cancel, "Cancel")].into_iter().enumerate() {
        let focused = form.spot == spot;
        let said = if focused { format!("[{label}]") } else { format!(" {label} ") };
        let style = pen.style(if focused { Role::ButtonFocus } else { Role::Button });
        if focused {
            pen.hits.cursor = Some((x, area.y));
        }
        let start = x;
        x = pen.put(x, area.y, area.right().saturating_sub(x), &said, style) + 2;
        pen.hits.targets.push((Rect { x: start, width: x - 2 - start, ..area }, Target::Button(at)));
    }
    let changed = form.edit().len();
    let said = match changed {
        0 => "nothing changed".to_owned(),
        1 => "1 field changed".to_owned(),
        many => format!("{many} fields changed"),
    };
    let list = matches!(form.spot, Spot::Field(at) if form.fields.get(at).is_some_and(|field| field.list));
    let said = if list { format!("each line is an item {} {said}", pen.app.glyphs.dot) } else { said };
    pen.right(area, x + 1, &Line::from(Span::styled(said, pen.style(Role::Dim))));
}
