//! The mouse: click, double click, wheel. Everything it does has a key too.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::{App, Effect, EpochMs, Focus, Over, Screen};
use crate::{action::Action, keymap::Mode};

/// Two clicks on the same line within so many milliseconds are a double click.
const DOUBLE: EpochMs = 400;
/// Lines that a notch of the wheel scrolls.
const NOTCH: isize = 3;

impl App {
    pub(crate) fn on_mouse(&mut self, mouse: MouseEvent, effects: &mut Vec<Effect>) {
        if self.locked || self.welcome.is_some() {
            return;
        }
        match mouse.kind {
            MouseEventKind::Down(MouseButton::Left) => self.click(mouse.column, mouse.row, effects),
            MouseEventKind::ScrollUp => self.wheel(mouse.column, mouse.row, -NOTCH),
            MouseEventKind::ScrollDown => self.wheel(mouse.column, mouse.row, NOTCH),
            _ => return,
        }
        self.dirty = true;
    }

    fn click(&mut self, column: u16, row: u16, effects: &mut Vec<Effect>) {
        let action = self.hits.actions.iter().find(|(area, _)| area.contains((column, row).into()));
        if let Some((_, action)) = action.copied() {
            return self.run(action, effects);
        }
        if let Some(Over::Picker(picker)) = self.over.as_mut() {
            if let Some(line) = self.hits.over.line_at(column, row) {
                picker.cursor = line;
                self.run(Action::Accept, effects);
            }
            return;
        }
        if self.over.is_some() || matches!(self.mode(), Mode::Filter | Mode::Find) {
            return;
        }
        let view = self.hits.views.iter().find(|(area, _)| area.contains((column, row).into()));
        if let Some((_, view)) = view.copied() {
            return self.take_view(view, effects);
        }
        let position = (column, row).into();
        if let Some(line) = self.hits.list.line_at(column, row) {
            let double = self.last_click.is_some_and(|(last, at)| last == line && self.now - at < DOUBLE);
            self.last_click = Some((line, self.now));
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
            }
            if double {
                self.open(effects);
            }
        } else if let Some(line) = self.hits.scopes.line_at(column, row) {
            self.focus = Focus::Scopes;
            self.scope_at = line;
            self.filter_by_scope(effects);
        } else if self.hits.memory.area.contains(position) {
            match self.screen {
                Screen::Memories => self.focus = Focus::Memory,
                Screen::History => self.history.inside = true,
            }
        }
    }

    fn wheel(&mut self, column: u16, row: u16, by: isize) {
        match self.over.as_mut() {
            Some(Over::Dialog(dialog)) => dialog.scroll = dialog.scroll.saturating_add_signed(by),
            Some(Over::Why(scroll)) => *scroll = scroll.saturating_add_signed(by),
            Some(Over::Palette(palette)) => palette.cursor = palette.cursor.saturating_add_signed(by),
            Some(Over::Picker(picker)) => {
                let last = picker.found.len().saturating_sub(1);
                picker.cursor = picker.cursor.saturating_add_signed(by).min(last);
            }
            None if self.hits.memory.area.contains((column, row).into()) => match self.screen {
                Screen::Memories => self.reader.step(by),
                Screen::History => self.history.scroll_by(by),
            },
            None if self.hits.list.area.contains((column, row).into()) => match self.screen {
                Screen::Memories => {
                    self.list.scroll(by);
                    self.cursor_moved();
                }
                Screen::History => self.history.step(by),
            },
            _ => {}
        }
    }
}
