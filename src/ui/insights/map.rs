//! The map of age and confidence: the denser a cell, the more memories; the number says how many.

use ratatui::{layout::Rect, style::Style, text::Span};

use super::{
    super::{measure, pen::Pen},
    has_cursor, heading,
    page::Place,
    percent, under_cursor,
};
use crate::{
    app::Section,
    catalog::{
        Insights,
        insights::{AGES, BANDS, COLUMNS},
    },
    memory::{Confidence, Source},
    text,
    theme::Role,
};

/// Columns before the cells.
const MARGIN: u16 = 9;
/// A cell is at most so wide.
const WIDEST: u16 = 14;

pub(super) fn draw(pen: &mut Pen<'_>, seen: &Insights, place: &Place, tall: u16) {
    let columns = u16::try_from(seen.columns()).unwrap_or(1);
    let width = (place.width.saturating_sub(MARGIN + 1) / columns).min(WIDEST);
    let about = about(pen, seen, usize::from(place.width));
    heading(pen, place, "Age and confidence", about);
    if let Some(row) = place.row(1) {
        for (column, x) in (0..columns).map(|column| (column, row.x + MARGIN + column * width)) {
            let name = name(column.into());
            let name = if name.len() > usize::from(width) { "?" } else { name };
            let left = width.saturating_sub(u16::try_from(text::width(name)).unwrap_or(0)) / 2;
            pen.put(x + left, row.y, width, name, pen.style(Role::Dim));
        }
    }
    let most = seen.heat.iter().flatten().copied().max().unwrap_or(0);
    for (line, band) in (0u16..).zip((0..BANDS.len()).rev()) {
        let Some(rows) = place.rows(2 + line * tall, tall) else { continue };
        let [from, to] = ends(band);
        let label = format!("{from:.1}{}{to:.1}", pen.app.glyphs.to);
        // The label stands in the row of the numbers.
        let middle = place.row(2 + line * tall + (tall - 1) / 2);
        if let Some(row) = middle {
            pen.put(row.x + 1, row.y, MARGIN - 1, &label, pen.style(Role::Dim));
        }
        for column in 0..columns {
            let at = usize::from(column);
            let area = Rect { x: rows.x + MARGIN + column * width, width, ..rows };
            let count = seen.heat.get(band).and_then(|cells| cells.get(at)).copied().unwrap_or(0);
            let part = usize::from(line) * COLUMNS + at;
            if area.width > 0 {
                pen.hits.insights.parts.push((area, Section::Map, part));
            }
            let here = has_cursor(pen, Section::Map) && pen.app.board.at(Section::Map) == part;
            // Under the cursor the number stands alone: a shade turned round would say the opposite.
            let shade = if here { " " } else { shade(pen, count, most) };
            cell(pen, area, middle.map(|row| row.y), count, shade, role(band));
            if here {
                under_cursor(pen, area);
            }
        }
    }
}

/// How a band looks: as confidences in the list do.
fn role(band: usize) -> Role {
    let [from, to] = ends(band);
    measure::trust(Confidence { value: f32::midpoint(from, to), source: Source::Derived })
}

#[expect(clippy::cast_possible_truncation, reason = "the ends are tenths between 0 and 1")]
fn ends(band: usize) -> [f32; 2] {
    [band, band + 1].map(|at| BANDS.get(at).copied().unwrap_or(1.0) as f32)
}

fn cell(pen: &mut Pen<'_>, area: Rect, middle: Option<u16>, count: usize, shade: &str, role: Role) {
    let (look, dim, width) = (pen.style(role), pen.style(Role::Dim), usize::from(area.width));
    for row in area.rows() {
        if count == 0 {
            if Some(row.y) == middle && width > 0 {
                pen.put(row.x + area.width / 2, row.y, 1, pen.app.glyphs.dot, dim);
            }
            continue;
        }
        pen.put(row.x, row.y, area.width, &shade.repeat(width), look);
        if Some(row.y) == middle {
            number(pen, row, &measure::sum(count as u64));
        }
    }
}

/// The number in the middle of a row of a cell: with a blank on either side, or on the left only, or not at all.
fn number(pen: &mut Pen<'_>, row: Rect, number: &str) {
    let strong: Style = pen.style(Role::Strong);
    let length = u16::try_from(number.len()).unwrap_or(u16::MAX);
    let (said, length) = if row.width > length + 2 {
        (format!(" {number} "), length + 2)
    } else if row.width > length {
        (format!(" {number}"), length + 1)
    } else {
        (number.to_owned(), length)
    };
    if row.width >= length {
        let x = row.x + (row.width - length).div_ceil(2);
        pen.put(x, row.y, length, &said, strong);
    }
}

fn shade(pen: &Pen<'_>, count: usize, most: usize) -> &'static str {
    pen.app.glyphs.shades.get(density(count, most)).copied().unwrap_or(" ")
}

/// Which shade shows a count: something is never nothing. By the square root, so that few are told from none where
/// others are many.
fn density(count: usize, most: usize) -> usize {
    if count == 0 || most == 0 {
        return 0;
    }
    // The smallest step whose square, in sixteenths of the most, holds the count.
    (1..4usize).find(|step| count * 16 <= most * step * step).unwrap_or(4)
}

/// The name of a column.
fn name(column: usize) -> &'static str {
    match column {
        0 => "<1d",
        1 => "<7d",
        2 => "<30d",
        3 => "<90d",
        4 => "<1y",
        5 => "1y+",
        _ => "no time",
    }
}

/// What the cell under the cursor holds.
fn about(pen: &Pen<'_>, seen: &Insights, width: usize) -> Vec<Span<'static>> {
    let app = pen.app;
    let (row, column) = app.board.spot();
    let band = BANDS.len() - 1 - row.min(BANDS.len() - 1);
    let count = seen.heat.get(band).and_then(|cells| cells.get(column)).copied().unwrap_or(0);
    let [from, to] = ends(band);
    let last = if band + 1 < BANDS.len() { 0.01 } else { 0.0 };
    let (to_sign, dot) = (app.glyphs.to, app.glyphs.dot);
    let age = match (column, AGES.get(column), AGES.get(column + 1)) {
        (0, ..) => "under a day".to_owned(),
        (_, Some(from), Some(to)) => format!("{from}{to_sign}{to} days"),
        (_, Some(from), None) => format!("over {from} days"),
        _ => "no time".to_owned(),
    };
    let conf = format!("{from:.2}{to_sign}{:.2}", to - last);
    let share = if width >= 60 { format!(" {dot} {}", percent(seen, count)) } else { String::new() };
    let rest = format!(" {dot} {age} {dot} {conf}{share}");
    vec![
        Span::styled(measure::grouped(count), pen.style(Role::Strong)),
        Span::styled(if width >= 48 { rest } else { String::new() }, pen.style(Role::Dim)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shade_is_empty_only_for_nothing_and_full_only_near_the_most() {
        assert_eq!([0, 1, 62, 63, 250, 251, 562, 563, 1000].map(|n| density(n, 1000)), [0, 1, 1, 2, 2, 3, 3, 4, 4]);
        assert_eq!((density(0, 0), density(1, 1), density(1, 5)), (0, 4, 2));
    }
}
