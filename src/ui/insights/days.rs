//! Captures by day: a bar for each of the last days, today at the right end.

use chrono::{Datelike as _, NaiveDate};
use ratatui::{layout::Rect, text::Span};

use super::{
    super::{measure, pen::Pen},
    has_cursor, heading,
    page::Place,
};
use crate::{app::Section, catalog::Insights, theme::Role};

pub(super) fn draw(pen: &mut Pen<'_>, seen: &Insights, place: &Place) {
    let shown = usize::from(place.width.saturating_sub(2)).min(seen.days.len());
    pen.hits.insights.days = shown;
    let at = pen.app.board.at(Section::Days).min(shown.saturating_sub(1));
    let about = about(pen, seen, at);
    heading(pen, place, "Captured by day", about);
    let most = seen.days.iter().take(shown).copied().max().unwrap_or(0);
    let bars = place.body().saturating_sub(1);
    let steps = pen.app.glyphs.steps;
    let (bar, here) = (pen.style(Role::Kind), pen.style(Role::Accent));
    let focused = has_cursor(pen, Section::Days);
    let Some(rows) = place.rows(1, bars + 1) else { return axis(pen, seen, place, shown, at) };
    for (ago, count) in seen.days.iter().take(shown).enumerate() {
        let x = rows.right() - 2 - u16::try_from(ago).unwrap_or(0);
        let parts = scaled(*count, most, usize::from(bars) * steps.len());
        for line in 0..bars {
            let Some(row) = place.row(bars - line) else { continue };
            let left = parts.saturating_sub(usize::from(line) * steps.len());
            if let Some(step) = left.checked_sub(1).and_then(|left| steps.get(left.min(steps.len() - 1))) {
                pen.put(x, row.y, 1, step, if focused && ago == at { here } else { bar });
            }
        }
        let column = Rect { x, width: 1, ..rows };
        pen.hits.insights.parts.push((column, Section::Days, ago));
    }
    axis(pen, seen, place, shown, at);
}

/// How many of `cells` show a count: something is never nothing.
fn scaled(count: usize, most: usize, cells: usize) -> usize {
    (count * cells).div_ceil(most.max(1)).min(cells)
}

/// The months below the bars, and where the cursor is.
fn axis(pen: &mut Pen<'_>, seen: &Insights, place: &Place, shown: usize, at: usize) {
    let Some(row) = place.row(place.body()) else { return };
    let dim = pen.style(Role::Dim);
    let column = |ago: usize| row.right().saturating_sub(2 + u16::try_from(ago).unwrap_or(0));
    for ago in (0..shown).rev() {
        let Some(day) = date(seen, ago).filter(|day| day.day() == 1) else { continue };
        let name = if day.month() == 1 { day.format("%Y") } else { day.format("%b") }.to_string();
        let x = column(ago);
        if usize::from(row.right().saturating_sub(x)) > name.len() {
            pen.put(x, row.y, 4, &name, dim);
        }
    }
    if has_cursor(pen, Section::Days) {
        let x = column(at);
        pen.put(x, row.y, 1, pen.app.glyphs.here, pen.style(Role::Accent));
        pen.hits.cursor = Some((x, row.y));
    }
}

fn date(seen: &Insights, ago: usize) -> Option<NaiveDate> {
    let (from, _) = seen.day(ago);
    seen.zone.clock(from).map(|clock| clock.date())
}

/// What was captured on the day under the cursor.
fn about(pen: &Pen<'_>, seen: &Insights, at: usize) -> Vec<Span<'static>> {
    let count = seen.days.get(at).copied().unwrap_or(0);
    let day = match (at, date(seen, at)) {
        (0, _) => "today".to_owned(),
        (_, Some(day)) => day.format("%a %Y-%m-%d").to_string(),
        _ => String::new(),
    };
    vec![
        Span::styled(measure::grouped(count), pen.style(Role::Strong)),
        Span::styled(format!(" {} {day}", pen.app.glyphs.dot), pen.style(Role::Dim)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_with_anything_has_a_bar_and_the_busiest_fills_it() {
        assert_eq!([0, 1, 50, 99, 100].map(|count| scaled(count, 100, 8)), [0, 1, 4, 8, 8]);
        assert_eq!(scaled(0, 0, 8), 0);
    }
}
