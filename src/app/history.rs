//! The operation log and what an operation changed.

use std::collections::BTreeSet;

use super::{App, Effect, Entry, Over, Question, diff::FieldDiff, menu::Asked};
use crate::{
    curate::{ChangeView, OperationId},
    engine::Request,
    ledger::Operation,
    query::{Expr, parse_operations},
};

/// Operations asked for at a time.
const PAGE: usize = 100;
/// Changes of one operation that are shown; the total is always said.
pub(crate) const CHANGES: usize = 200;

/// What an operation changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Changes {
    /// The operation.
    pub(crate) id: OperationId,
    /// Its changes, each with the differences of its fields.
    pub(crate) views: Vec<(ChangeView, Vec<FieldDiff>)>,
    /// How many it has in all.
    pub(crate) total: usize,
}

/// The history screen.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// Operations, newest first.
    pub(crate) operations: Vec<Operation>,
    /// Whether the oldest is among them.
    pub(crate) complete: bool,
    /// The one under the cursor.
    pub(crate) cursor: usize,
    /// The first one on screen.
    pub(crate) top: usize,
    /// How many fit on screen.
    pub(crate) height: usize,
    /// Changes of the operation under the cursor, or of the last one that was.
    pub(crate) changes: Option<Changes>,
    /// Whether the changes have the focus.
    pub(crate) inside: bool,
    /// The first line of the changes on screen.
    pub(crate) scroll: usize,
    /// Lines of the changes in all and lines that fit, as last drawn.
    pub(crate) extent: (usize, usize),
    /// Operations that are marked, to be rolled back together.
    pub(crate) marked: BTreeSet<OperationId>,
    /// What the log is filtered by, as it was typed; empty when it is not.
    pub(crate) typed: String,
    filter: Expr,
    wanted: Option<OperationId>,
    asked: bool,
}

impl History {
    /// Asks for the newest operations.
    pub(crate) fn refresh(&mut self) -> Request {
        self.asked = true;
        self.wanted = None;
        let limit = PAGE.max(self.operations.len());
        Request::Log { before: None, limit, filter: self.filter.clone() }
    }

    /// Shows the operations that answer a filter, from the newest on.
    pub(crate) fn filter_by(&mut self, typed: String, filter: Expr) -> Request {
        self.typed = typed;
        self.filter = filter;
        self.operations.clear();
        self.go(0);
        self.changes = None;
        self.refresh()
    }

    /// Operations have come.
    pub(crate) fn on_log(&mut self, before: Option<OperationId>, operations: Vec<Operation>) {
        self.asked = false;
        let here = self.current().map(|operation| operation.id);
        let more = operations.len() >= PAGE;
        if before.is_none() {
            self.operations = operations;
            self.complete = !more;
            let found = here.and_then(|id| self.operations.iter().position(|operation| operation.id == id));
            // The newest one under the cursor stays there: that is where what was just done appears.
            self.cursor = if self.cursor == 0 { 0 } else { found.unwrap_or(0) };
        } else if before == self.operations.last().map(|operation| operation.id) {
            self.operations.extend(operations);
            self.complete = !more;
        }
        self.settle();
    }

    /// The operation under the cursor.
    pub(crate) fn current(&self) -> Option<&Operation> {
        self.operations.get(self.cursor)
    }

    /// Moves the cursor.
    pub(crate) fn step(&mut self, by: isize) {
        self.go(self.cursor.saturating_add_signed(by));
    }

    /// Puts the cursor on an operation.
    pub(crate) fn go(&mut self, to: usize) {
        self.cursor = to;
        self.settle();
    }

    fn settle(&mut self) {
        self.cursor = self.cursor.min(self.operations.len().saturating_sub(1));
        self.top = super::list::window(self.top, self.cursor, self.height.max(1), self.operations.len());
    }

    /// Keeps the cursor on screen at a new height.
    pub(crate) fn resize(&mut self, height: usize) {
        self.height = height;
        self.settle();
    }

    /// Marks or unmarks the operation under the cursor, and goes on to the next.
    pub(crate) fn mark(&mut self) {
        if let Some(id) = self.current().map(|operation| operation.id) {
            if !self.marked.remove(&id) {
                self.marked.insert(id);
            }
            self.step(1);
        }
    }

    /// The marked operations, else the one under the cursor.
    pub(crate) fn chosen(&self) -> Vec<OperationId> {
        if self.marked.is_empty() {
            return self.current().map(|operation| operation.id).into_iter().collect();
        }
        self.marked.iter().copied().collect()
    }

    /// Scrolls the changes.
    pub(crate) fn scroll_by(&mut self, by: isize) {
        let last = self.extent.0.saturating_sub(self.extent.1);
        self.scroll = self.scroll.saturating_add_signed(by).min(last);
    }

    /// The request for what is missing: older operations, or the changes under the cursor.
    pub(crate) fn want(&mut self) -> Option<Request> {
        if !self.asked
            && !self.complete
            && self.cursor + PAGE / 2 >= self.operations.len()
            && !self.operations.is_empty()
        {
            self.asked = true;
            let before = self.operations.last().map(|operation| operation.id);
            return Some(Request::Log { before, limit: PAGE, filter: self.filter.clone() });
        }
        let id = self.current()?.id;
        if self.wanted == Some(id) {
            return None;
        }
        self.wanted = Some(id);
        Some(Request::Operation { id, limit: CHANGES })
    }

    /// Changes have come.
    pub(crate) fn on_changes(&mut self, id: OperationId, views: Vec<(ChangeView, Vec<FieldDiff>)>, total: usize) {
        if self.wanted == Some(id) {
            if self.changes.as_ref().is_none_or(|changes| changes.id != id) {
                self.scroll = 0;
            }
            self.changes = Some(Changes { id, views, total });
        }
    }
}

impl App {
    /// Asks what the log is to be filtered by.
    pub(super) fn ask_log_filter(&mut self) {
        let entry = Entry::new(self.history.typed.clone());
        self.over = Some(Over::Question(Question { asked: Asked::LogFilter, targets: Vec::new(), entry, error: None }));
    }

    /// Filters the log, or says what is wrong with the filter.
    pub(super) fn filter_log(&mut self, typed: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
        let filter = parse_operations(typed, self.now, self.calendar()).map_err(|error| error.to_string())?;
        let request = self.history.filter_by(typed.trim().to_owned(), filter);
        self.ask(request, effects);
        Ok(())
    }

    pub(super) fn can_clear_log_filter(&self) -> Result<(), String> {
        if self.history.typed.is_empty() { Err("There is no filter to clear".to_owned()) } else { Ok(()) }
    }
}

/// Puts what a person reads before keys, hashes and numbers; both in the order of the store.
pub(super) fn prose_first(view: &mut ChangeView) {
    let is_prose = |value: &Option<String>| value.as_ref().is_some_and(|text| text.trim().contains(' '));
    view.fields.sort_by_key(|(_, before, after)| !(is_prose(before) || is_prose(after)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::MemoryId;

    #[test]
    fn what_a_person_reads_comes_first() {
        let field = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()), None);
        let mut view = ChangeView {
            id: MemoryId { store: "s".to_owned(), native: "n".to_owned() },
            title: String::new(),
            fields: vec![
                field("id", "185"),
                field("title", "Two words"),
                field("hash", "827c"),
                ("text".to_owned(), None, Some("some words".to_owned())),
            ],
        };
        prose_first(&mut view);
        assert_eq!(
            view.fields.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(),
            ["title", "text", "id", "hash"]
        );
    }
}
