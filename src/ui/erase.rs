//! The question before an erasure: which memories, what goes with them, what stays elsewhere, and a field for their number.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{chrome, over::middle, pen::Pen};
use crate::{
    app::{Erasure, Pane, memories},
    curate::ErasePlan,
    text,
    theme::Role,
};

/// Draws the question.
pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, erasure: &Erasure) {
    let width = area.width.min(96);
    let room = usize::from(width.saturating_sub(5)).max(1);
    let Some(plan) = &erasure.plan else {
        let inside = pen.frame(middle(area, width.min(60), 3), "Erase for good");
        let said = "looking where else it stands …";
        pen.put(inside.x, inside.y, inside.width, said, pen.style(Role::Dim));
        pen.hits.cursor = Some((inside.x, inside.y));
        return;
    };
    let count = plan.victims.len();
    let lines = content(pen, plan, room);
    let wanted = u16::try_from(lines.len()).unwrap_or(u16::MAX).saturating_add(4);
    let inside = pen.frame(middle(area, width, wanted), &format!("Erase {} for good", memories(count)));
    let field = inside.height.min(1);
    let body = Rect { height: inside.height.saturating_sub(field + u16::from(inside.height > 4)), ..inside };
    let top = erasure.scroll.min(lines.len().saturating_sub(usize::from(body.height)));
    pen.hits.over = Pane { area: body, top, lines: lines.len(), tall: 1 };
    for (row, line) in body.rows().zip(lines.iter().skip(top)) {
        pen.line(row, line);
    }
    super::memory::scrollbar(pen, Rect { width: body.width + 1, ..body }, top, lines.len());
    if field == 0 {
        return;
    }
    let y = inside.bottom() - 1;
    let (said, role) = match &erasure.error {
        Some(error) => (format!("{error} "), Role::Alarm),
        None => (format!("Type {count} to erase: "), Role::Strong),
    };
    let x = pen.put(inside.x, y, inside.width, &said, pen.style(role));
    let left = inside.right().saturating_sub(x);
    let entry = &erasure.entry;
    pen.hits.cursor = Some(chrome::entry(pen, x, y, left, entry.before(), entry.behind()));
}

fn content(pen: &Pen<'_>, plan: &ErasePlan, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let mut say = |said: &str, role: Role, indent: usize| {
        let style = pen.style(role);
        for (at, line) in text::wrap(said, room.saturating_sub(indent).max(1)).into_iter().enumerate() {
            let before = if at == 0 { indent } else { indent + 2 };
            lines.push(Line::from(Span::styled(format!("{}{}", " ".repeat(before.min(room)), line.text), style)));
        }
    };
    say("This cannot be undone. No copy is kept.", Role::Alarm, 0);
    for victim in &plan.victims {
        let title = pen.app.veiled(&victim.title).into_owned();
        let gone = if victim.digest.is_none() { " (gone from its store)" } else { "" };
        let title = if title.is_empty() { victim.id.to_string() } else { title };
        let said = format!("{}{gone}", text::row(&title));
        say(&text::fit(&said, room.saturating_sub(2).max(1)), Role::Text, 2);
    }
    for (id, reason) in &plan.spared {
        say(&format!("stays: {id}: {reason}"), Role::Alarm, 2);
    }
    let traces = plan.words();
    if !traces.is_empty() {
        say("Goes with it", Role::Heading, 0);
    }
    for trace in &traces {
        say(trace, Role::Text, 2);
    }
    for beyond in &plan.beyond {
        say(&format!("Out of reach for {}", text::row(&beyond.store)), Role::Heading, 0);
        for place in &beyond.places {
            say(place, Role::Dim, 2);
        }
    }
    lines
}
