//! Moving about: cursor, focus, folds, neighbours, marks by place.

use std::ops::Range;

use super::{App, Effect, Focus, KeysFor, Line, Screen, Slot, Tone};
use crate::{
    action::Action,
    engine::Request,
    memory::{Key, Target},
};

impl App {
    /// Lines of a page of the pane that has the focus, at least one.
    pub(crate) fn page(&self) -> isize {
        let height = match (self.screen, self.focus) {
            (Screen::History, _) if self.history.inside => self.history.extent.1,
            (Screen::History, _) => self.history.height,
            (Screen::Insights, _) => self.board.page(),
            (Screen::Queue, _) if !self.queue.inside => self.queue.extent.1,
            (Screen::Review | Screen::Queue, _) | (Screen::Memories, Focus::Memory) => self.reader.extent.1,
            (Screen::Memories, Focus::Scopes) => self.hits.scopes.height(),
            (Screen::Memories, Focus::List) => self.list.height,
        };
        isize::try_from(height.saturating_sub(1).max(1)).unwrap_or(1)
    }

    pub(crate) fn half(&self) -> isize {
        (self.page() / 2).max(1)
    }

    pub(crate) fn move_by(&mut self, by: isize) {
        match (self.screen, self.focus) {
            (Screen::History, _) if self.history.inside => self.history.scroll_by(by),
            (Screen::History, _) => self.history.step(by),
            (Screen::Insights, _) => self.board.step(by),
            (Screen::Queue, _) if !self.queue.inside => self.queue.scroll_by(by),
            (Screen::Review | Screen::Queue, _) | (Screen::Memories, Focus::Memory) => self.reader.step(by),
            (Screen::Memories, Focus::Scopes) => {
                self.scope_at = self.scope_at.saturating_add_signed(by).min(self.facets.scopes.len());
            }
            (Screen::Memories, Focus::List) => {
                self.list.step(by);
                self.cursor_moved();
            }
        }
    }

    /// The list's cursor was moved by a person.
    pub(crate) fn cursor_moved(&mut self) {
        self.reader.astray = false;
        if self.list.cursor == 0 {
            self.news = (0, 0);
        }
    }

    pub(crate) fn open(&mut self, effects: &mut Vec<Effect>) {
        match (self.screen, self.focus) {
            (Screen::Review | Screen::Queue, _) => {}
            (Screen::History, _) => self.history.inside = true,
            (Screen::Insights, _) => self.open_part(effects),
            (Screen::Memories, Focus::Scopes) => self.filter_by_scope(effects),
            (Screen::Memories, _) => match self.list.line(self.list.cursor) {
                Some(Line::Header(_)) => {
                    self.list.fold(None);
                }
                Some(Line::Row(_)) => self.focus = Focus::Memory,
                None => {}
            },
        }
    }

    pub(crate) fn close(&mut self, effects: &mut Vec<Effect>) {
        match (self.screen, self.focus) {
            (Screen::History, _) if self.history.inside => self.history.inside = false,
            (Screen::Queue, _) => self.leave_evidence(),
            (Screen::History | Screen::Insights | Screen::Review, _) => self.screen = Screen::Memories,
            (Screen::Memories, Focus::List) => {
                if !self.list.fold(Some(true)) {
                    self.step_back(effects);
                }
            }
            (Screen::Memories, _) => {
                self.focus = Focus::List;
                self.reader.astray = false;
            }
        }
    }

    pub(crate) fn turn_focus(&mut self, forward: bool) {
        match self.screen {
            Screen::History => return self.history.inside = !self.history.inside,
            Screen::Insights => return self.board.turn(forward),
            Screen::Review | Screen::Queue => return,
            Screen::Memories => {}
        }
        let order = if self.panes().scopes {
            &[Focus::Scopes, Focus::List, Focus::Memory][..]
        } else {
            &[Focus::List, Focus::Memory][..]
        };
        let here = order.iter().position(|focus| *focus == self.focus).unwrap_or(0);
        let next = if forward { here + 1 } else { here + order.len() - 1 } % order.len();
        self.focus = order.get(next).copied().unwrap_or_default();
        if self.focus == Focus::List {
            self.reader.astray = false;
        }
    }

    /// Reads another memory of the list, or another operation, without leaving the pane.
    pub(crate) fn step_memory(&mut self, by: isize) {
        if self.screen == Screen::History {
            self.history.step(by);
            return;
        }
        let from = self.list.cursor;
        self.list.step(by);
        while let Some(Line::Header(_)) = self.list.line(self.list.cursor) {
            let at = self.list.cursor;
            self.list.step(by);
            if self.list.cursor == at {
                self.list.go(from);
                break;
            }
        }
        self.cursor_moved();
    }

    /// The next or previous memory of the session that is read.
    pub(crate) fn neighbour(&self, forward: bool) -> Result<Key, String> {
        let detail = self.reader.current().ok_or("This memory is still being read")?;
        let here = detail.memory.row.key;
        let at = detail.neighbours.iter().position(|(handle, _)| *handle == here.handle);
        let found = at.and_then(|at| {
            let next = if forward { at.checked_add(1) } else { at.checked_sub(1) }?;
            detail.neighbours.get(next)
        });
        found.map(|(handle, _)| Key { store: here.store, handle: *handle }).ok_or_else(|| {
            let side = if forward { "later" } else { "earlier" };
            format!("There is no {side} memory of this session nearby")
        })
    }

    pub(crate) fn go_to_neighbour(&mut self, forward: bool, effects: &mut Vec<Effect>) {
        if let Ok(key) = self.neighbour(forward) {
            self.reader.astray = self.list.current().is_none_or(|row| row.key != key);
            if let Some(request) = self.reader.want(Some(key)) {
                self.ask(request, effects);
            }
        }
    }

    pub(crate) fn choose_scope(&mut self) {
        self.focus = Focus::Scopes;
    }

    pub(crate) fn mark(&mut self, effects: &mut Vec<Effect>) {
        if self.range.is_some() {
            return self.mark_range(effects);
        }
        if self.focus == Focus::Memory {
            if let Some(detail) = self.reader.current() {
                self.marks.toggle(&detail.memory.row);
            }
            self.find_marks();
            return self.step_memory(1);
        }
        if let Some(row) = self.list.current() {
            self.marks.toggle(row);
            self.find_marks();
        }
        self.list.step(1);
        self.cursor_moved();
    }

    pub(crate) fn mark_range(&mut self, effects: &mut Vec<Effect>) {
        match self.open_range() {
            None => self.range = Some(self.list.position()),
            Some(range) => {
                self.range = None;
                self.ask_keys(range, KeysFor::Marking, effects);
            }
        }
    }

    pub(crate) fn mark_all(&mut self, effects: &mut Vec<Effect>) {
        let count = self.list.view.count.number;
        if self.marks.len() == count {
            self.marks.clear();
            return self.toast(Tone::Note, format!("{count} unmarked"));
        }
        self.ask_keys(0..count, KeysFor::Marking, effects);
    }

    /// The positions of the range that is open.
    pub(crate) fn open_range(&self) -> Option<Range<usize>> {
        let here = self.list.position();
        self.range.map(|from| from.min(here)..from.max(here) + 1)
    }

    /// The memories of the range that is open, as far as they are known, in the order of the list.
    pub(crate) fn targets_in_range(&self) -> Vec<Target> {
        let range = self.open_range().unwrap_or(0..0);
        self.list.known().filter(|(at, _)| range.contains(at)).map(|(_, row)| row.target()).collect()
    }

    /// Does something with the memories of the range that is open, which then ends.
    pub(crate) fn act_on_range(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let Some(range) = self.open_range() else { return };
        let waiting = range.clone().any(|at| matches!(self.list.row(at), Slot::Waiting));
        if waiting {
            return self.ask_keys(range, KeysFor::Acting(action), effects);
        }
        self.act_on(action, self.targets_in_range(), effects);
    }

    /// Does something with these memories, whatever is marked and wherever the cursor is.
    pub(crate) fn act_on(&mut self, action: Action, targets: Vec<Target>, effects: &mut Vec<Effect>) {
        self.range = None;
        self.picked = Some(targets);
        self.act(action, effects);
        self.picked = None;
    }

    /// Sees which of the marked memories are in the view that is shown, as far as its rows are known.
    pub(crate) fn find_marks(&mut self) {
        let Self { marks, list, .. } = self;
        marks.look_in(&list.view.spec.filter);
        if !marks.is_empty() {
            list.known().for_each(|(_, row)| marks.see(row.key));
        }
    }

    fn ask_keys(&mut self, range: Range<usize>, what_for: KeysFor, effects: &mut Vec<Effect>) {
        self.keys_for = Some(what_for);
        self.ask(Request::Keys { view: self.list.view.id, range }, effects);
    }

    /// Whether a position is in the range that is being marked.
    pub(crate) fn in_range(&self, position: usize) -> bool {
        self.open_range().is_some_and(|range| range.contains(&position))
    }
}
