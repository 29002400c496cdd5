//! The mouse: click, double click, wheel, drag of a line. Everything it does has a key too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

use super::{App, Effect, EpochMs, FilterLine, Focus, Over, Screen, Spot, Target};
use crate::{action::Action, keymap::Mode, state::Edge};

/// Two clicks on the same line within so many milliseconds are a double click.
const DOUBLE: EpochMs = 400;
/// Lines that a notch of the wheel scrolls.
const NOTCH: isize = 3;

/// What the mouse did last.
#[derive(Debug, Default)]
pub(crate) struct Pointer {
    /// The line that was clicked, and when.
    last: Option<(usize, EpochMs)>,
    /// The line between panes that is dragged.
    pub(crate) dragged: Option<Edge>,
}

impl App {
    pub(crate) fn on_mouse(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        if self.locked || self.welcome.is_some() {
            return;
        }
        let (column, row) = (mouse.column, mouse.row);
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(column, row, effects),
            MouseEventKind::Drag(MouseButton::Left) => {
                if let Some(edge) = self.pointer.dragged {
                    self.drag_line(edge, column, row);
                }
                return;
            }
            MouseEventKind::Up(_) => {
                if self.pointer.dragged.take().is_none() {
                    return;
                }
            }
            MouseEventKind::ScrollUp => self.wheel(column, row, -NOTCH, effects),
            MouseEventKind::ScrollDown => self.wheel(column, row, NOTCH, effects),
            _ => return,
        }
        self.dirty = true;
    }

    fn click(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        // The end of a drag may have been missed, outside the window.
        self.pointer.dragged = None;
        let at = (column, row).into();
        // What was drawn last lies on top.
        if let Some((_, target)) = self.hits.targets.iter().rev().find(|(area, _)| area.contains(at)).copied() {
            return self.choose(target, effects);
        }
        if let Some((_, action)) = self.hits.actions.iter().rev().find(|(area, _)| area.contains(at)).copied() {
            if self.mode() == Mode::Filter && self.can(action).is_err() {
                self.run(Action::Accept, effects);
            }
            return self.run_clicked(action, effects);
        }
        if self.over.is_some() {
            let beside = self.hits.frame.is_some_and(|frame| !frame.contains(at));
            // What was typed or asked is not put away by a slip.
            if beside && !matches!(self.over, Some(Over::Form(_) | Over::Dialog(_) | Over::Question(_))) {
                self.over = None;
            }
            return;
        }
        if self.mode() == Mode::Filter {
            self.run(Action::Accept, effects);
            if self.mode() == Mode::Filter {
                return;
            }
        }
        if self.mode() == Mode::Find {
            return;
        }
        if let Some((_, view)) = self.hits.views.iter().find(|(area, _)| area.contains(at)).copied() {
            return self.take_view(view, effects);
        }
        if let Some(divider) = self.hits.dividers.iter().find(|divider| divider.line.contains(at)) {
            self.pointer.dragged = Some(divider.edge);
            return;
        }
        self.click_pane(column, row, effects);
    }

    fn click_pane(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        if self.screen == Screen::Insights {
            return self.click_part((column, row).into(), effects);
        }
        if let Some(line) = self.hits.list.line_at(column, row) {
            let double = self.pointer.last.is_some_and(|(last, at)| last == line && self.now - at < DOUBLE);
            // A third click begins anew.
            self.pointer.last = (!double).then_some((line, self.now));
            match self.screen {
                Screen::Memories => {
                    self.focus = Focus::List;
                    self.list.go(line);
                    self.cursor_moved();
                }
                Screen::History => {
                    self.history.inside = false;
                    self.history.go(line);
                }
                Screen::Insights | Screen::Review | Screen::Queue => {}
            }
            if double {
                self.open(effects);
            }
        } else if let Some(line) = self.hits.scopes.line_at(column, row) {
            self.focus = Focus::Scopes;
            self.scope_at = line;
            self.filter_by_scope(effects);
        } else if self.hits.memory.area.contains((column, row).into()) {
            match self.screen {
                Screen::Memories => self.focus = Focus::Memory,
                Screen::History => self.history.inside = true,
                Screen::Insights | Screen::Review | Screen::Queue => {}
            }
        }
    }

    /// Puts the cursor on a part of the pictures; a double click opens the list behind it.
    fn click_part(&mut self, position: Position, effects: &mut Vec<Effect>) {
        let found = self.hits.insights.parts.iter().position(|(area, ..)| area.contains(position));
        let Some((number, &(_, section, at))) = found.and_then(|n| Some((n, self.hits.insights.parts.get(n)?))) else {
            return;
        };
        let same = self.board.section == section && self.board.at(section) == at;
        let double = same && self.pointer.last.is_some_and(|(last, when)| last == number && self.now - when < DOUBLE);
        self.pointer.last = (!double).then_some((number, self.now));
        self.board.go(section, at);
        if double {
            self.run(Action::Open, effects);
        }
    }

    /// Chooses what was clicked in something that lies over the screen.
    fn choose(&mut self, target: Target, effects: &mut Vec<Effect>) {
        match (self.over.as_mut(), target) {
            (Some(Over::Menu(menu)), Target::Item(at)) => {
                menu.cursor = at;
                self.run(Action::Accept, effects);
            }
            (Some(Over::Palette(palette)), Target::Item(at)) => {
                palette.cursor = at;
                self.run(Action::Accept, effects);
            }
            (Some(Over::Versions(_) | Over::RollBack(_) | Over::Saying(_)), Target::Item(at)) => self.point_at_past(at),
            (Some(Over::Dialog(dialog)), Target::Button(at)) => {
                dialog.focus = at;
                self.run_clicked(Action::Press, effects);
            }
            (Some(Over::Form(form)), Target::Field(at)) => {
                form.spot = Spot::Field(at);
                form.typing = true;
            }
            (Some(Over::Form(form)), Target::Button(at)) => {
                form.spot = if at == 0 { Spot::Review } else { Spot::Cancel };
                form.typing = false;
                self.run_clicked(Action::Press, effects);
            }
            (None, Target::Suggestion(at)) => {
                if let Some(line) = self.filter_line.as_mut() {
                    line.take(at);
                }
                self.filter_typed(effects);
            }
            _ => {}
        }
    }

    fn wheel(&mut self, column: u16, row: u16, by: isize, effects: &mut Vec<Effect>) {
        let at = (column, row).into();
        match self.over.as_mut() {
            Some(Over::Dialog(dialog)) => return dialog.scroll = dialog.scroll.saturating_add_signed(by),
            Some(Over::Erase(erasure)) => return erasure.scroll = erasure.scroll.saturating_add_signed(by),
            Some(Over::Why(scroll)) => return *scroll = scroll.saturating_add_signed(by),
            Some(Over::Menu(menu)) => {
                let last = menu.items().len().saturating_sub(1);
                return menu.cursor = menu.cursor.saturating_add_signed(by.signum()).min(last);
            }
            Some(Over::Palette(_)) => {
                let action = if by < 0 { Action::Up } else { Action::Down };
                return (0..NOTCH).for_each(|_| self.act_palette(action, effects));
            }
            Some(Over::Picker(picker)) => {
                let last = picker.found.len().saturating_sub(1);
                return picker.cursor = picker.cursor.saturating_add_signed(by.signum()).min(last);
            }
            Some(Over::Versions(_) | Over::RollBack(_) | Over::Saying(_)) => {
                let listed = self.hits.over.area.contains(at);
                let action = match (listed, by < 0) {
                    (true, true) => Action::Up,
                    (true, false) => Action::Down,
                    (false, true) => Action::ScrollUp,
                    (false, false) => Action::ScrollDown,
                };
                return (0..NOTCH).for_each(|_| self.act(action, effects));
            }
            Some(Over::Form(_) | Over::Question(_)) => return,
            None => {}
        }
        if self.filter_line.as_ref().is_some_and(FilterLine::is_suggesting) {
            return;
        }
        if self.hits.memory.area.contains(at) {
            match self.screen {
                Screen::Queue if !self.queue.inside => self.queue.scroll_by(by),
                Screen::Memories | Screen::Review | Screen::Queue => self.reader.step(by),
                Screen::History => self.history.scroll_by(by),
                Screen::Insights => {}
            }
        } else if self.hits.list.area.contains(at) {
            match self.screen {
                Screen::Memories => {
                    self.list.scroll(by);
                    self.cursor_moved();
                }
                Screen::History => self.history.step(by),
                // Line by line, so that it goes on from one part of the screen into the next.
                Screen::Insights => (0..NOTCH).for_each(|_| self.board.step(by.signum())),
                Screen::Review | Screen::Queue => {}
            }
        } else if self.hits.scopes.area.contains(at) {
            self.scope_at = self.scope_at.saturating_add_signed(by).min(self.facets.scopes.len());
        }
    }
}
