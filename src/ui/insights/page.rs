//! Where the sections stand on the page, and which part of the page is on screen.

use ratatui::{layout::Rect, text::Line};

use super::lines;
use crate::{
    app::{App, Section},
    catalog::{Insights, insights::BANDS},
};

/// From so many columns on there are two of sections.
const TWO: u16 = 110;
/// Rows of the bars of days, at least and at most.
const BARS: (u16, u16) = (4, 12);
/// Scopes shown before others have to wait for room.
const SCOPES: u16 = 8;

/// The sections on the page.
pub(super) struct Page {
    pub(super) places: Vec<Place>,
    /// Rows of a cell of the map.
    pub(super) tall: u16,
    /// The first line of the page that is on screen.
    pub(super) top: usize,
    /// Lines of the page.
    pub(super) lines: usize,
    /// One or two.
    pub(super) columns: u16,
    /// How wide the first column is.
    pub(super) left: u16,
}

/// A section on the page, with what is on screen of it.
pub(super) struct Place {
    pub(super) section: Section,
    /// Its lines as on the page, from the first line on screen.
    first: i32,
    height: u16,
    x: u16,
    pub(super) width: u16,
    screen: Rect,
    /// The lines of each item, for sections that are made of such.
    pub(super) items: Vec<Vec<Line<'static>>>,
}

impl Place {
    /// Where a line of the section is on screen.
    pub(super) fn row(&self, line: u16) -> Option<Rect> {
        let y = u16::try_from(self.first + i32::from(line)).ok().filter(|y| *y < self.screen.height)?;
        (line < self.height).then_some(Rect { x: self.x, y: self.screen.y + y, width: self.width, height: 1 })
    }

    /// The part of several lines that is on screen.
    pub(super) fn rows(&self, from: u16, count: u16) -> Option<Rect> {
        let shown: Vec<Rect> = (from..from + count).filter_map(|line| self.row(line)).collect();
        let (first, last) = (shown.first()?, shown.last()?);
        Some(Rect { height: last.y - first.y + 1, ..*first })
    }

    /// Lines below the heading.
    pub(super) const fn body(&self) -> u16 {
        self.height.saturating_sub(1)
    }
}

/// How much room each section takes.
struct Heights {
    tall: u16,
    bars: u16,
    scopes: u16,
}

impl Page {
    pub(super) fn new(app: &App, seen: &Insights, area: Rect) -> Self {
        let columns = if area.width >= TWO { 2 } else { 1 };
        let left = if columns == 2 { area.width / 2 } else { area.width };
        let right = if columns == 2 { area.width - left - 1 } else { area.width };
        let signals = lines::signals(app, seen, right);
        let cost = lines::costs(app, seen, right);
        let count = |items: &[Vec<Line<'_>>]| u16::try_from(items.iter().map(Vec::len).sum::<usize>()).unwrap_or(0);
        let lists = [count(&signals), count(&cost)];
        let all_scopes = u16::try_from(seen.scopes.len()).unwrap_or(u16::MAX);
        let heights = heights(area.height, columns, all_scopes, lists);
        let bands = u16::try_from(BANDS.len()).unwrap_or(0);
        let mut items = [Vec::new(), Vec::new(), Vec::new(), signals, cost].into_iter();
        let sizes = [2 + bands * heights.tall, 2 + heights.bars, 1 + heights.scopes, 1 + lists[0], 1 + lists[1]];
        let mut ends = [0u16; 2];
        let mut places = Vec::new();
        for (section, height) in Section::ALL.into_iter().zip(sizes) {
            let side = usize::from(columns == 2 && !matches!(section, Section::Map | Section::Days));
            let items = items.next().unwrap_or_default();
            if height == 1 {
                continue;
            }
            let (x, width) = if side == 0 { (area.x, left) } else { (area.x + left + 1, right) };
            let Some(end) = ends.get_mut(side) else { continue };
            let first = if *end == 0 { 0 } else { *end + 1 };
            *end = first + height;
            places.push(Place { section, first: first.into(), height, x, width, screen: area, items });
        }
        let lines = usize::from(ends.into_iter().max().unwrap_or(0));
        let mut page = Self { places, tall: heights.tall, top: 0, lines, columns, left };
        page.scroll(app, area.height);
        page
    }

    /// Brings the section with the cursor on screen, or as much of it as fits around the cursor.
    fn scroll(&mut self, app: &App, height: u16) {
        let Some(place) = self.places.iter().find(|place| place.section == app.board.section) else { return };
        let first = usize::try_from(place.first).unwrap_or(0);
        let (from, to) = if place.height <= height {
            (first, first + usize::from(place.height))
        } else {
            let (line, tall) = cursor_line(app, place, self.tall);
            // The heading comes with the first part.
            let from = if line <= 2 { 0 } else { line };
            (first + usize::from(from), first + usize::from(line + tall))
        };
        let height = usize::from(height);
        let top = app.board.top.min(from).max(to.saturating_sub(height)).min(self.lines.saturating_sub(height));
        self.top = top;
        for place in &mut self.places {
            place.first -= i32::try_from(top).unwrap_or(0);
        }
    }
}

/// The line of a section on which the part under the cursor begins, and how many lines that part has.
fn cursor_line(app: &App, place: &Place, tall: u16) -> (u16, u16) {
    let at = app.board.at(place.section);
    let line = match place.section {
        Section::Map => return (2 + u16::try_from(app.board.spot().0).unwrap_or(0) * tall, tall),
        Section::Days => return (0, 1),
        Section::Scopes => at.saturating_sub(app.board.scope_top),
        Section::Signals | Section::Cost => place.items.iter().take(at).map(Vec::len).sum(),
    };
    let tall = place.items.get(at).map_or(1, Vec::len);
    (1 + u16::try_from(line).unwrap_or(0), u16::try_from(tall).unwrap_or(1))
}

/// Gives away the room there is: first to scopes, then to the map, then to the days.
fn heights(height: u16, columns: u16, scopes: u16, lists: [u16; 2]) -> Heights {
    let bands = u16::try_from(BANDS.len()).unwrap_or(0);
    let gaps_and_headings = |sections: u16| sections * 2 - 1;
    let [signals, cost] = lists;
    if columns == 2 {
        let tall = height.saturating_sub(2 + BARS.0 + 3).checked_div(bands).unwrap_or(1).clamp(1, 3);
        let bars = height.saturating_sub(2 + bands * tall + 3).clamp(BARS.0, BARS.1);
        let room = height.saturating_sub(gaps_and_headings(3) + signals + cost);
        return Heights { tall, bars, scopes: room.max(SCOPES).min(scopes) };
    }
    let least = gaps_and_headings(5) + 2 + bands + BARS.0 + signals + cost;
    let mut room = height.saturating_sub(least + scopes.min(SCOPES));
    let more = scopes.saturating_sub(SCOPES).min(room);
    room -= more;
    let tall = if room >= bands { 2 } else { 1 };
    room -= (tall - 1) * bands;
    Heights { tall, bars: (BARS.0 + room).min(BARS.1), scopes: scopes.min(SCOPES + more) }
}
