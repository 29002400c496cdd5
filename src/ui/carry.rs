//! Copying and moving in preview: the memories, what the one under the cursor becomes, what stays behind of it.

use ratatui::{
    layout::Rect,
    text::{Line, Span},
};

use super::{
    past::{between, difference, halves},
    pen::Pen,
};
use crate::{
    app::{CarryPreview, Pane, Target, memories, window},
    curate::{Cargo, Fate},
    store::Left,
    text,
    theme::Role,
};

/// From so many columns on values stand behind the names of fields.
const WIDE: u16 = 76;
/// Columns of such a value.
const VALUE: usize = 40;

pub(super) fn draw(pen: &mut Pen<'_>, area: Rect, preview: &CarryPreview) {
    let inside = pen.frame(area, &text::row(&preview.title()));
    if inside.height < 3 {
        return;
    }
    let Some(plan) = &preview.plan else {
        pen.put(inside.x, inside.y, inside.width, "working out what each would become …", pen.style(Role::Dim));
        pen.hits.cursor = Some((inside.x, inside.y));
        return;
    };
    let (going, staying) = (plan.count(), plan.items.len() - plan.count());
    let verb = if preview.to.moves { "moved" } else { "copied" };
    let mut head = format!("{} would be {verb}", memories(going));
    if staying > 0 {
        head = format!("{head}, {staying} would stay");
    }
    if preview.to.scope.is_some() {
        head.push_str("; there they apply everywhere");
    }
    pen.put(inside.x, inside.y, inside.width, &head, pen.style(Role::Strong));
    let body = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    let (list, other) = halves(body, plan.items.len());
    between(pen, list, other);
    let top = window(preview.top, preview.cursor, usize::from(list.height).max(1), plan.items.len());
    pen.hits.over = Pane { area: list, top, lines: plan.items.len(), tall: 1 };
    for (row, at) in list.rows().zip(top..plan.items.len()) {
        if let Some(item) = plan.items.get(at) {
            line(pen, row, item);
            pen.hits.targets.push((row, Target::Item(at)));
        }
        if at == preview.cursor {
            pen.under_cursor(row, true);
            pen.put(row.x, row.y, 1, pen.app.glyphs.cursor, pen.style(Role::Cursor));
            pen.hits.cursor = Some((row.x, row.y));
        }
    }
    super::memory::scrollbar(pen, list, top, plan.items.len());
    if let Some(item) = plan.items.get(preview.cursor) {
        about(pen, other, item, preview);
    }
}

fn line(pen: &mut Pen<'_>, row: Rect, item: &Cargo) {
    let stays = matches!(item.fate, Fate::Stays(_));
    let (word, role) = if stays { ("stays", Role::Alarm) } else { ("goes", Role::Added) };
    let title = pen.app.veiled(&item.title).into_owned();
    let title = if title.is_empty() { item.id.to_string() } else { title };
    let spans = vec![
        Span::styled(format!("  {} ", text::pad(word, 5)), pen.style(role)),
        Span::styled(text::row(&title).into_owned(), pen.style(if stays { Role::Dim } else { Role::Text })),
    ];
    pen.line(row, &Line::from(spans));
}

/// The memory under the cursor: its name, why it stays or what is left behind of it, and what it becomes.
fn about(pen: &mut Pen<'_>, area: Rect, item: &Cargo, preview: &CarryPreview) {
    let mut said: Vec<(String, Role)> = vec![(item.id.to_string(), Role::Dim)];
    if let Fate::Stays(reason) = &item.fate {
        said.push((format!("It stays: {reason}"), Role::Alarm));
    }
    let left = item.left();
    if !left.is_empty() {
        // Where there is little room the names must do, but for the scope, which becomes another one.
        let told = |field| field == "scope" || area.width >= WIDE;
        let value = |why: &str| text::fit(&text::row(&pen.app.veiled(why)), VALUE).into_owned();
        let one = |left: &Left| {
            if told(left.field) { format!("{} ({})", left.field, value(&left.why)) } else { left.field.to_owned() }
        };
        let fields: Vec<String> = left.iter().map(one).collect();
        said.push((format!("Not held there: {}", fields.join(", ")), Role::Badge));
    }
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
    let fields = pen.app.cargo_fields(preview);
    if !fields.is_empty() {
        difference(pen, rest, "It becomes:", &fields, preview.scroll);
    }
}
