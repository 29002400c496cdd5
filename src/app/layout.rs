//! Where panes lie: a room is shared between two sides with a line between them that can be moved.

use ratatui::layout::Rect;

use super::{App, Focus, Panes, Preview, Screen, Tone, panes::class};
use crate::state::{Arrangement, Edge};

/// Columns by which a key moves a line.
const COLUMNS: u16 = 2;

/// A line between two panes, as it was drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divider {
    /// Which one.
    pub(crate) edge: Edge,
    /// Where it is.
    pub(crate) line: Rect,
    /// What both sides share, the line included.
    pub(crate) room: Rect,
}

impl Divider {
    /// The columns or rows of the room.
    fn length(&self) -> u16 {
        if upright(self.edge) { self.room.width } else { self.room.height }
    }

    /// How many columns or rows stand before a cell.
    fn before(&self, column: u16, row: u16) -> u16 {
        if upright(self.edge) { column.saturating_sub(self.room.x) } else { row.saturating_sub(self.room.y) }
    }
}

/// Whether a line runs from top to bottom.
const fn upright(edge: Edge) -> bool {
    matches!(edge, Edge::Scopes | Edge::Beside | Edge::LogBeside)
}

/// What each side keeps at least, in columns or rows.
const fn least(edge: Edge) -> (u16, u16) {
    match edge {
        // Behind the scopes a list and a memory may stand.
        Edge::Scopes => (14, 55),
        Edge::Beside | Edge::LogBeside => (30, 24),
        Edge::Below | Edge::LogBelow => (3, 3),
    }
}

/// What stands before a line when nobody has moved it.
fn natural(edge: Edge, length: u16) -> u16 {
    match edge {
        Edge::Scopes => (length / 8).clamp(18, 30),
        // Lines of prose read best when they are not too long; titles take whatever there is.
        Edge::Beside => cells(if length < 120 { 550 } else { 650 }, length),
        Edge::Below => cells(450, length),
        Edge::LogBeside => cells(400, length).clamp(40, 70),
        Edge::LogBelow => cells(400, length),
    }
}

/// A share in thousandths as columns or rows.
fn cells(share: u16, length: u16) -> u16 {
    u16::try_from((u32::from(share.min(1000)) * u32::from(length) + 500) / 1000).unwrap_or(length)
}

/// Columns or rows as a share in thousandths: [`cells`] makes the same of it in every room of up to 1,000.
fn share(cells: u16, length: u16) -> u16 {
    let length = u32::from(length.max(1));
    u16::try_from((u32::from(cells) * 1000 + length / 2) / length).unwrap_or(1000).min(1000)
}

/// How much may stand before a line: from, to. `None` when the room is too small for two sides.
fn bounds(edge: Edge, length: u16) -> Option<(u16, u16)> {
    let (first, second) = least(edge);
    let most = length.checked_sub(second + 1)?;
    (most >= first).then_some((first, most))
}

/// How much stands before a line.
fn first(edge: Edge, length: u16, arrangement: &Arrangement) -> Option<u16> {
    let (from, to) = bounds(edge, length)?;
    let wanted = arrangement.share(edge).map_or_else(|| natural(edge, length), |share| cells(share, length));
    Some(wanted.clamp(from, to))
}

/// The two sides of a room and the line between them; `None` when the room is too small for two.
fn split(edge: Edge, room: Rect, arrangement: &Arrangement) -> Option<(Rect, Divider, Rect)> {
    let length = if upright(edge) { room.width } else { room.height };
    let first = first(edge, length, arrangement)?;
    let piece = |from: u16, long: u16| {
        if upright(edge) {
            Rect { x: room.x + from, width: long, ..room }
        } else {
            Rect { y: room.y + from, height: long, ..room }
        }
    };
    let divider = Divider { edge, line: piece(first, 1), room };
    Some((piece(0, first), divider, piece(first + 1, length - first - 1)))
}

/// Where the panes of a screen lie; what is not there has no area.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    /// The scopes.
    pub(crate) scopes: Option<Rect>,
    /// The list of memories, or of operations.
    pub(crate) list: Option<Rect>,
    /// The memory, or what an operation changed.
    pub(crate) memory: Option<Rect>,
    /// The lines between them.
    pub(crate) dividers: Vec<Divider>,
}

/// The areas of the Memories screen in a room.
pub(crate) fn memories(panes: Panes, room: Rect, arrangement: &Arrangement) -> Areas {
    match panes.only {
        Some(Focus::Scopes) => return Areas { scopes: Some(room), ..Areas::default() },
        Some(Focus::List) => return Areas { list: Some(room), ..Areas::default() },
        Some(Focus::Memory) => return Areas { memory: Some(room), ..Areas::default() },
        None => {}
    }
    let mut areas = Areas::default();
    let mut rest = room;
    if let Some((scopes, divider, others)) =
        Some(panes.scopes).filter(|shown| *shown).and_then(|_| split(Edge::Scopes, room, arrangement))
    {
        areas.scopes = Some(scopes);
        areas.dividers.push(divider);
        rest = others;
    }
    let edge = match panes.preview {
        Preview::Off => None,
        Preview::Below => Some(Edge::Below),
        Preview::Beside => Some(Edge::Beside),
    };
    areas.halve(edge, rest, arrangement);
    areas
}

/// The areas of the History screen in a room: beside each other, below each other, or the one that has the focus.
pub(crate) fn history(inside: bool, room: Rect, arrangement: &Arrangement) -> Areas {
    let mut areas = Areas::default();
    let edge = match (room.width, room.height) {
        (100.., _) => Edge::LogBeside,
        (60.., 14..) => Edge::LogBelow,
        _ if inside => {
            areas.memory = Some(room);
            return areas;
        }
        _ => {
            areas.list = Some(room);
            return areas;
        }
    };
    areas.halve(Some(edge), room, arrangement);
    areas
}

impl Areas {
    fn halve(&mut self, edge: Option<Edge>, room: Rect, arrangement: &Arrangement) {
        let Some((list, divider, memory)) = edge.and_then(|edge| split(edge, room, arrangement)) else {
            self.list = Some(room);
            return;
        };
        self.list = Some(list);
        self.memory = Some(memory);
        self.dividers.push(divider);
    }
}

impl App {
    /// What a person chose for the panes at the present size.
    pub(crate) fn arrangement(&self) -> &Arrangement {
        class(&self.arrangements, self.size.0)
    }

    /// The line that gives the pane with the focus more room, and whether the pane stands before it.
    pub(crate) fn own_edge(&self) -> Result<(Divider, bool), String> {
        let find = |wanted: fn(Edge) -> bool| self.hits.dividers.iter().find(|divider| wanted(divider.edge)).copied();
        let scopes = find(|edge| edge == Edge::Scopes);
        let halves = find(|edge| edge != Edge::Scopes);
        let found = match (self.screen, self.focus) {
            (Screen::History, _) => halves.map(|divider| (divider, !self.history.inside)),
            (_, Focus::Scopes) => scopes.map(|divider| (divider, true)),
            (_, Focus::List) => halves.map(|divider| (divider, true)).or(scopes.map(|divider| (divider, false))),
            (_, Focus::Memory) => halves.map(|divider| (divider, false)),
        };
        found.ok_or_else(|| "There is one pane only: it has all the room".to_owned())
    }

    /// Gives the pane with the focus more room or less.
    pub(crate) fn give_room(&mut self, more: bool) {
        let Ok((divider, before)) = self.own_edge() else { return };
        let length = divider.length();
        let Some(now) = first(divider.edge, length, self.arrangement()) else { return };
        let step = if upright(divider.edge) { COLUMNS } else { 1 };
        let to = if more == before { now.saturating_add(step) } else { now.saturating_sub(step) };
        if !self.move_line(divider, to) {
            let what = if more { "smaller: the other pane" } else { "smaller: this pane" };
            self.toast(Tone::Note, format!("It cannot be {what} has only what it needs"));
        }
    }

    /// Puts a line where the mouse is.
    pub(crate) fn drag_line(&mut self, edge: Edge, column: u16, row: u16) {
        let divider = self.hits.dividers.iter().find(|divider| divider.edge == edge).copied();
        if let Some(divider) = divider {
            self.move_line(divider, divider.before(column, row));
        }
    }

    /// Puts a line behind so many cells, as far as both sides keep what they need. Whether it has moved.
    fn move_line(&mut self, divider: Divider, to: u16) -> bool {
        let (edge, length) = (divider.edge, divider.length());
        let Some((least, most)) = bounds(edge, length) else { return false };
        let before = first(edge, length, self.arrangement());
        let to = to.clamp(least, most);
        if before == Some(to) {
            return false;
        }
        super::panes::class_mut(&mut self.arrangements, self.size.0).set_share(edge, share(to, length));
        self.dirty = true;
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        app::panes::panes,
        state::{Arrangements, Preview},
    };

    const EDGES: [Edge; 5] = [Edge::Scopes, Edge::Beside, Edge::Below, Edge::LogBeside, Edge::LogBelow];

    /// The areas lie inside the room, share no cell, and leave no cell out.
    fn assert_tiles(areas: &Areas, room: Rect) {
        let panes = [areas.scopes, areas.list, areas.memory].into_iter().flatten();
        let all: Vec<Rect> = panes.chain(areas.dividers.iter().map(|divider| divider.line)).collect();
        for (n, area) in all.iter().enumerate() {
            assert_eq!(area.intersection(room), *area, "{areas:?} leave {room:?}");
            for other in all.iter().skip(n + 1) {
                assert!(area.intersection(*other).is_empty(), "{area:?} and {other:?} share a cell");
            }
        }
        assert_eq!(all.iter().map(|area| area.area()).sum::<u32>(), room.area(), "{areas:?} in {room:?}");
    }

    #[test]
    fn panes_tile_their_room_at_every_size() {
        let arrangement = Arrangement::default();
        for width in 1..=300 {
            for height in 1..=100 {
                let room = Rect { x: 0, y: 3.min(height - 1), width, height: height - 3.min(height - 1) };
                for focus in [Focus::Scopes, Focus::List, Focus::Memory] {
                    for chosen in [None, Some(Preview::Off), Some(Preview::Below), Some(Preview::Beside)] {
                        let panes = panes((width, height), chosen, focus);
                        assert_tiles(&memories(panes, room, &arrangement), room);
                    }
                }
                for inside in [false, true] {
                    assert_tiles(&history(inside, room, &arrangement), room);
                }
            }
        }
    }

    proptest! {
        #[test]
        fn panes_tile_their_room_whatever_was_chosen(
            (width, height, x, y) in (1..300_u16, 1..100_u16, 0..9_u16, 0..9_u16),
            shares in proptest::collection::vec((0..5_usize, any::<u16>()), 0..5),
            preview in 0..3_usize,
        ) {
            let mut arrangement = Arrangement::default();
            for (edge, share) in shares {
                arrangement.set_share(EDGES[edge], share);
            }
            let room = Rect { x, y, width, height };
            let preview = [Preview::Off, Preview::Below, Preview::Beside][preview];
            for (scopes, inside) in [(true, true), (false, false)] {
                let panes = Panes { scopes, preview, only: None };
                assert_tiles(&memories(panes, room, &arrangement), room);
                assert_tiles(&history(inside, room, &arrangement), room);
            }
        }

        #[test]
        fn a_line_stays_where_it_was_put(edge in 0..5_usize, length in 1..1000_u16, to in 0..1000_u16) {
            let edge = EDGES[edge];
            if let Some((least, most)) = bounds(edge, length) {
                let to = to.clamp(least, most);
                let mut arrangement = Arrangement::default();
                arrangement.set_share(edge, share(to, length));
                prop_assert_eq!(first(edge, length, &arrangement), Some(to));
            }
        }
    }

    #[test]
    fn each_class_of_sizes_has_its_own_arrangement() {
        let mut arrangements = Arrangements::default();
        crate::app::panes::class_mut(&mut arrangements, 160).set_share(Edge::Beside, 700);
        assert_eq!(class(&arrangements, 110).share(Edge::Beside), Some(700));
        assert_eq!(class(&arrangements, 109).share(Edge::Beside), None);
    }
}
