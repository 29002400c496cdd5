//! What the list shows: filter, order, groups, scopes.

use super::{App, Effect, FilterLine, Focus, Tone, filter::remember};
use crate::{
    action::Action,
    catalog::{Sort, ViewSpec},
    memory::Key,
    query::{Expr, NameField, Pattern, Term},
    text::{Highlighter, Sought},
};

impl App {
    /// Asks for a view; the cursor stays on its memory, or goes to `jump_to`.
    pub(crate) fn ask_view(
        &mut self,
        spec: ViewSpec,
        jump_to: Option<Key>,
        refresh_words: bool,
        effects: &mut Vec<Effect>,
    ) {
        if refresh_words || self.list.spec.filter != spec.filter {
            self.highlighter = Highlighter::new(&words(&spec.filter));
            self.reader.revision += 1;
        }
        let follow = jump_to.or(self.list.heir).or_else(|| self.list.current().map(|row| row.key));
        self.order_view(spec, follow, jump_to.is_some(), effects);
    }

    /// The marked memories, when the filter asks for them.
    pub(super) fn marked_for(&self, filter: &Expr) -> Vec<Key> {
        let asks = filter.any_term(&mut |term| matches!(term, Term::Is(crate::query::Flag::Marked)));
        if asks { self.marks.keys() } else { Vec::new() }
    }

    fn order_view(&mut self, spec: ViewSpec, follow: Option<Key>, jump: bool, effects: &mut Vec<Effect>) {
        let marked = self.marked_for(&spec.filter);
        let request = self.list.ask(spec, follow, marked, jump);
        self.searching = true;
        self.ask(request, effects);
    }

    /// Asks for the present view again: something has changed.
    pub(crate) fn ask_again(&mut self, jump_to: Option<Key>, effects: &mut Vec<Effect>) {
        let spec = self.list.spec.clone();
        // A way that is not at its end goes on.
        let back = self.list.back.take().filter(|_| jump_to.is_none());
        let jump_to = jump_to.or_else(|| self.list.destination());
        self.ask_view(spec, jump_to, false, effects);
        self.list.back = back;
    }

    pub(crate) fn set_filter(&mut self, text: String, filter: Expr, effects: &mut Vec<Effect>) {
        self.filter = text;
        self.range = None;
        if self.list.spec.filter != filter {
            // The order follows the filter as long as it is the one that the filter asks for by itself.
            let natural = self.list.spec.sort == Sort::natural(&self.list.spec.filter);
            let sort = if natural { Sort::natural(&filter) } else { self.list.spec.sort };
            let spec = ViewSpec { filter, sort, ..self.list.spec.clone() };
            self.ask_view(spec, None, false, effects);
        }
    }

    /// Shows the memories most like the one at hand, most alike first.
    pub(crate) fn show_similar(&mut self, effects: &mut Vec<Effect>) {
        let Some(row) = self.subject() else { return };
        let filter = Expr::Term(Term::Like(row.id.to_string()));
        let (text, sort) = (filter.to_string(), Sort::natural(&filter));
        self.leave_list();
        remember(&mut self.remembered, &std::mem::replace(&mut self.filter, text.clone()));
        remember(&mut self.remembered, &text);
        self.focus = Focus::List;
        self.range = None;
        self.ask_view(ViewSpec { filter, sort, grouped: false }, None, false, effects);
        self.list.to_top = true;
    }

    pub(crate) fn change_sort(&mut self, change: impl FnOnce(Sort) -> Sort, effects: &mut Vec<Effect>) {
        let spec = ViewSpec { sort: change(self.list.spec.sort), ..self.list.spec.clone() };
        self.range = None;
        self.order_view(spec, None, false, effects);
        self.list.to_top = true;
    }

    pub(crate) fn toggle_group(&mut self, effects: &mut Vec<Effect>) {
        let spec = ViewSpec { grouped: !self.list.spec.grouped, ..self.list.spec.clone() };
        self.list.folded.clear();
        self.range = None;
        self.ask_view(spec, None, false, effects);
    }

    pub(crate) fn refresh(&mut self, effects: &mut Vec<Effect>) {
        if self.stores.iter().any(|store| store.broken.is_some()) {
            if !self.doing.is_empty() {
                return self.toast(Tone::Note, "Something is still being done; press the key again when it is over");
            }
            self.reopen = true;
            self.finished = true;
            return;
        }
        self.news = (0, 0);
        self.outdate();
        self.queue.refresh();
        self.ask_again(None, effects);
        if let Some(request) = self.reader.again() {
            self.ask(request, effects);
        }
        if self.screen == super::Screen::History {
            let request = self.history.refresh();
            self.ask(request, effects);
        }
    }

    /// Something was typed into the filter line: results while typing.
    pub(crate) fn filter_typed(&mut self, effects: &mut Vec<Effect>) {
        let (now, zone) = (self.now, self.calendar());
        let Some(line) = self.filter_line.as_mut() else { return };
        let text = line.wording();
        if let Some(expr) = line.read(now, zone) {
            self.set_filter(text, expr, effects);
        }
    }

    pub(crate) fn act_filter(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let (now, zone) = (self.now, self.calendar());
        let Some(line) = self.filter_line.as_mut() else { return };
        match action {
            Action::Accept => {
                line.close_suggestions();
                let text = line.wording();
                if let Some(expr) = line.finish(now, zone) {
                    self.filter_line = None;
                    remember(&mut self.remembered, &text);
                    self.focus = Focus::List;
                    self.set_filter(text, expr, effects);
                }
            }
            Action::Complete => {
                line.complete(&self.facets);
                self.filter_typed(effects);
            }
            Action::Older | Action::Newer => {
                if line.suggestions.is_some() {
                    line.choose(action == Action::Newer);
                } else {
                    line.recall(action == Action::Older, &self.remembered);
                }
                self.filter_typed(effects);
            }
            _ => self.leave_filter(effects),
        }
    }

    /// Puts suggestions away, or leaves the line and goes back to where one was.
    fn leave_filter(&mut self, effects: &mut Vec<Effect>) {
        if self.filter_line.as_mut().is_some_and(FilterLine::close_suggestions) {
            return;
        }
        let Some(line) = self.filter_line.take() else { return };
        self.go_back_to(line.before, effects);
    }

    /// The scope that the filter asks for alone, if it does.
    pub(crate) fn filtered_scope(&self) -> Option<&str> {
        self.list.spec.filter.and_parts().iter().find_map(|part| match part {
            Expr::Term(Term::Name(NameField::Scope, Pattern::Exact(name))) => Some(name.as_str()),
            _ => None,
        })
    }

    /// Filters by the scope under the cursor, in place of the scope that is filtered by; the first line is all scopes.
    pub(crate) fn filter_by_scope(&mut self, effects: &mut Vec<Effect>) {
        let name = self.scope_at.checked_sub(1).and_then(|at| self.facets.scopes.get(at)).map(|(name, _)| name.clone());
        self.filter_by(name, effects);
    }

    /// Filters by a scope in place of the one that is filtered by, or by none.
    pub(crate) fn filter_by(&mut self, name: Option<String>, effects: &mut Vec<Effect>) {
        let is_scope = |part: &Expr| matches!(part, Expr::Term(Term::Name(NameField::Scope, Pattern::Exact(_))));
        let mut parts: Vec<Expr> =
            self.list.spec.filter.and_parts().iter().filter(|part| !is_scope(part)).cloned().collect();
        if let Some(name) = name {
            parts.insert(0, Expr::Term(Term::Name(NameField::Scope, Pattern::Exact(name))));
        }
        let filter = match parts.len() {
            0 => Expr::All,
            1 => parts.swap_remove(0),
            _ => Expr::And(parts),
        };
        let text = filter.in_zone(self.calendar());
        // Read back, so that the text on screen and the filter are the same thing.
        match crate::query::parse(&text, self.now, self.calendar()) {
            Ok(filter) => {
                self.leave_list();
                self.focus = Focus::List;
                remember(&mut self.remembered, &text);
                self.set_filter(text, filter, effects);
            }
            Err(error) => self.toast(Tone::Trouble, format!("this scope cannot be filtered by: {error}")),
        }
    }
}

/// The words and phrases that a filter looks for.
fn words(filter: &Expr) -> Vec<Sought> {
    filter
        .words()
        .into_iter()
        .filter_map(|term| match term {
            Term::Word(word, prefix) => Some(Sought::Word(word.clone(), *prefix)),
            Term::Phrase(phrase) => Some(Sought::Phrase(phrase.clone())),
            _ => None,
        })
        .collect()
}
