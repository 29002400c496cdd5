//! Answers and news from the engine.

use std::borrow::Cow;

use super::{About, App, Dialog, Effect, KeysFor, Matter, Over, Tone};
use crate::{
    action::Action,
    change::Label,
    curate::{ChangeView, OperationId, Report},
    engine::{Reply, Request, StoreState, Ticket},
    keymap::Mode,
    memory::{EpochMs, Row, Target},
};

impl App {
    pub(crate) fn on_reply(&mut self, ticket: Ticket, reply: Reply, effects: &mut Vec<Effect>) {
        self.dirty = true;
        match reply {
            Reply::View(mut view) => {
                self.learn(&mut view.lines.rows);
                if view.spec == self.list.spec {
                    self.searching = view.partial;
                }
                if let Some(request) = self.list.on_view(view) {
                    self.ask(request, effects);
                }
                self.find_marks();
            }
            Reply::Page { view, from, mut rows } => {
                self.learn(&mut rows);
                self.dirty = self.list.on_page(view, from, rows);
                self.find_marks();
            }
            Reply::Keys { view, targets } => self.on_keys(view, targets, effects),
            Reply::Memory { key, detail } => {
                self.dirty = self.reader.on_memory(key, detail, self.veil);
            }
            Reply::Found { key, .. } => self.ask_again(key, effects),
            Reply::Facets(facets) => self.on_facets(ticket, facets),
            Reply::Counts(counts) => self.on_counts(counts),
            Reply::Insights { filter, insights } => self.board.on_insights(&filter, *insights),
            Reply::Editable { key, base, fields } => self.on_fields(key, base, fields, effects),
            Reply::Log { before, mut operations } => {
                for operation in &mut operations {
                    self.veil.operation(operation);
                }
                self.history.on_log(before, operations);
            }
            Reply::Operation { id, changes, total } => self.on_changes(id, changes, total),
            Reply::Past(reply) => self.on_past(reply),
            Reply::Carry(reply) => self.on_carry(reply),
            Reply::Sitting { sitting, rows, due } => self.on_sitting(sitting, rows, due, effects),
            Reply::Queue(queue) => self.on_queue(*queue),
            Reply::Elsewhere(stores) => self.on_elsewhere(stores),
            Reply::Proposal { id, offer } => self.on_offer(id, offer),
            Reply::Waiting(mark) => self.on_waiting(mark),
            Reply::SittingKept => self.on_sitting_kept(),
            Reply::Progress(progress) => self.progress = Some(progress),
            Reply::Acted(report) => self.on_acted(&report, effects),
            Reply::Failed(reason) => self.on_failed(ticket, &reason),
            Reply::Changed { added, removed } => {
                self.news = (self.news.0 + added, self.news.1 + removed);
                self.look_again_at_all(effects);
            }
            Reply::Catalog(state) => {
                let became_ready = state.ready && !self.catalog.ready;
                self.catalog = state;
                if !state.ready {
                    self.board.outdated();
                }
                if became_ready {
                    self.look_again_at_all(effects);
                    self.begin_when_ready(effects);
                }
            }
            Reply::Store { store, state } => self.on_store(usize::from(store), state),
            Reply::Notice(text) => self.toast(Tone::Note, text),
        }
    }

    /// Rows have come: hides what they hold of secrets, and remembers the marked ones.
    fn learn(&mut self, rows: &mut [Option<Row>]) {
        for row in rows.iter_mut().flatten() {
            self.veil.row(row);
            self.marks.learn(row);
        }
    }

    /// Asks again for what is on screen: the store has changed.
    pub(super) fn look_again_at_all(&mut self, effects: &mut Vec<Effect>) {
        self.outdate();
        self.ask_again(None, effects);
        if let Some(request) = self.reader.again() {
            self.ask(request, effects);
        }
    }

    fn on_keys(&mut self, view: crate::engine::ViewId, keys: Vec<Target>, effects: &mut Vec<Effect>) {
        let Some(what_for) = self.keys_for.take() else { return };
        if view != self.list.view.id {
            return self.toast(Tone::Note, "The list has changed meanwhile; press the key once more");
        }
        if let KeysFor::Acting(action) = what_for {
            // What was opened meanwhile has the keys now.
            if self.mode() == Mode::List {
                self.act_on(action, keys, effects);
            }
            return;
        }
        let count = keys.len();
        self.marks.extend(keys.iter().copied());
        self.marks.look_in(&self.list.view.spec.filter);
        for key in keys {
            self.marks.see(key.key);
        }
        for (_, row) in self.list.known() {
            self.marks.learn(row);
        }
        let all = self.marks.len();
        let text = if all == count { format!("{count} marked") } else { format!("{count} marked, {all} in all") };
        self.toast(Tone::Note, text);
        if let KeysFor::MarkingThen(action) = what_for
            && self.mode() == Mode::List
        {
            self.act(action, effects);
        }
    }

    fn on_changes(&mut self, id: OperationId, changes: Vec<ChangeView>, total: usize) {
        let views = changes.into_iter().map(|view| self.told(view)).collect();
        self.history.on_changes(id, views, total);
    }

    /// The value of a field in words: marks are kept as numbers, lists as JSON; an empty list says nothing.
    pub(super) fn words<'a>(&self, field: &str, value: Option<&'a str>) -> Option<Cow<'a, str>> {
        let value = value?;
        let moment = |at: &str| at.parse::<EpochMs>().ok().map(|at| Cow::Owned(self.day(at)));
        Some(match (field, value) {
            ("review_days", days) => Cow::Owned(format!("{days} days")),
            ("pinned", "0") => Cow::Borrowed("no"),
            ("pinned", "1") => Cow::Borrowed("yes"),
            ("stale_after" | "reviewed_at", at) => moment(at).unwrap_or(Cow::Borrowed(value)),
            (_, list) if list.starts_with('[') => match serde_json::from_str::<Vec<String>>(list) {
                Ok(items) if items.is_empty() => return None,
                Ok(items) => Cow::Owned(items.join("\n")),
                Err(_) => Cow::Borrowed(value),
            },
            _ => Cow::Borrowed(value),
        })
    }

    fn on_facets(&mut self, ticket: Ticket, facets: crate::catalog::Facets) {
        if self.tickets.get(&ticket) != Some(&About::Pinned) {
            self.facets = facets;
            self.scope_at = self.scope_at.min(self.facets.scopes.len());
            self.find_again();
            return;
        }
        let count = facets.stores.iter().map(|(_, count)| count).sum();
        if let Some(Over::Dialog(dialog)) = self.over.as_mut()
            && let Matter::Prune { pinned, .. } = &mut dialog.matter
        {
            *pinned = Some(count);
        }
    }

    fn on_failed(&mut self, ticket: Ticket, reason: &str) {
        match self.tickets.get(&ticket) {
            // A count that is missing says so by itself, and the view tells why when it is shown.
            Some(About::Counts) => return,
            Some(About::Act) => {
                self.progress = None;
                let doing = self.doing.pop_front();
                if let Some(doing) = &doing {
                    self.on_errand_failed(&doing.errand);
                }
                if let Some(draft) = doing.and_then(|doing| doing.draft) {
                    let matter = Matter::Refused(draft, reason.to_owned());
                    self.over = Some(Over::Dialog(Box::new(Dialog::new(matter))));
                    return;
                }
            }
            Some(About::Sitting) => self.on_sitting_failed(),
            Some(About::Past) => self.on_past_failed(),
            Some(About::Queue) => self.on_queue_failed(),
            Some(About::View) => self.searching = false,
            Some(About::Page) => self.list.on_failed_page(),
            Some(About::Insights) => self.board.on_failed(),
            Some(About::Editable) => self.wish = None,
            _ => {}
        }
        self.toast(Tone::Trouble, reason);
    }

    fn on_store(&mut self, at: usize, state: StoreState) {
        // Told once, not at every look.
        let known = self.stores.get(at).and_then(|known| known.broken.as_ref());
        let trouble = state
            .broken
            .as_ref()
            .filter(|reason| known != Some(*reason))
            .map(|reason| format!("{}: {reason} · {} reopens it", state.name, self.key_of(Action::Refresh)));
        if let Some(slot) = self.stores.get_mut(at) {
            *slot = state;
        } else {
            self.stores.push(state);
        }
        if let Some(trouble) = trouble {
            self.toast(Tone::Trouble, trouble);
        }
    }

    fn on_acted(&mut self, report: &Report, effects: &mut Vec<Effect>) {
        self.progress = None;
        let doing = self.doing.pop_front();
        if let Some(doing) = &doing
            && matches!(report.label, Label::Prune | Label::Erase)
            && !report.cancelled
        {
            self.marks.remove(&doing.targets);
            self.list.lose(&doing.targets);
        }
        if let Some(doing) = &doing
            && self.on_errand(doing.errand.clone(), &doing.targets, report, effects)
        {
            return;
        }
        let refused_draft = doing.as_ref().and_then(|doing| doing.draft.clone()).filter(|_| !report.refused.is_empty());
        if let Some(draft) = refused_draft {
            let reason = report.refused.first().map_or_else(String::new, |(_, reason)| reason.clone());
            self.over = Some(Over::Dialog(Box::new(Dialog::new(Matter::Refused(draft, reason)))));
        } else {
            let tone = match report {
                Report { trouble: Some(_), .. } => Tone::Trouble,
                Report { refused, left, .. } if !refused.is_empty() || !left.is_empty() => Tone::Trouble,
                Report { applied: 0, .. } | Report { cancelled: true, .. } => Tone::Note,
                _ => Tone::Done,
            };
            let said = self.said(report, doing.map_or_else(String::new, |doing| doing.done));
            self.toast(tone, said);
        }
        self.after_act(report, effects);
    }

    /// What an act changed is read again; after undo and redo the cursor goes to it.
    fn after_act(&mut self, report: &Report, effects: &mut Vec<Effect>) {
        self.outdate();
        let elsewhere = matches!(report.label, Label::Undo | Label::Redo);
        match report.follow.clone().filter(|_| elsewhere && report.applied > 0) {
            Some(id) => {
                self.list.returning = report.applied;
                self.ask(Request::Find { id }, effects);
            }
            None => self.ask_again(None, effects),
        }
        if let Some(request) = self.reader.again() {
            self.ask(request, effects);
        }
        if self.screen == super::Screen::History {
            let request = self.history.refresh();
            self.ask(request, effects);
        }
    }

    fn said(&self, report: &Report, done: String) -> String {
        let undo = self.keymap.hint(Mode::Global, Action::Undo).unwrap_or_else(|| ":undo".to_owned());
        let redo = self.keymap.hint(Mode::Global, Action::Redo).unwrap_or_else(|| ":redo".to_owned());
        let many = memories(report.applied);
        let back = match report.label {
            Label::Undo => format!("{redo} does it again"),
            Label::Erase => "it cannot be undone".to_owned(),
            _ => format!("{undo} undoes"),
        };
        let mut parts = match report.label {
            _ if report.applied == 0 => vec![nothing(report)],
            Label::Edit => vec![done],
            Label::Mark if report.applied == 1 => vec![done],
            Label::Mark => vec![format!("{done}: {many}")],
            Label::Undo => vec![format!("Taken back: {}", named(report))],
            Label::Redo => vec![format!("Done again: {}", named(report))],
            label => vec![format!("{} {many}", capital(label.done()))],
        };
        if report.applied > 0 && report.already > 0 && report.label == Label::Prune {
            parts.push(gone(report.already));
        }
        if report.cancelled {
            parts.push(format!("stopped after {} of {}", report.applied, report.planned));
        }
        if let Some(trouble) = &report.trouble {
            parts.push(format!("stopped after {} of {}: {trouble}", report.applied, report.planned));
        }
        if report.spared > 0 {
            parts.push(format!("{} pinned left alone", report.spared));
        }
        if let Some((id, reason)) = report.refused.first() {
            let more = report.refused.len() - 1;
            let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
            parts.push(format!("{} refused{more}: {id}: {reason}", report.refused.len()));
        }
        if report.applied > 0 {
            parts.push(back);
        }
        parts.extend(report.left.iter().cloned());
        parts.join(" · ")
    }
}

/// What was taken back or done again, and how much of it when that is not all.
fn named(report: &Report) -> String {
    let many = memories(report.applied);
    match &report.named {
        Some(named) if report.applied == report.planned => named.to_string(),
        Some(named) => format!("{many} of the {named}"),
        None => many,
    }
}

fn nothing(report: &Report) -> String {
    match report.label {
        Label::Undo => "There is nothing to take back".to_owned(),
        Label::Redo => "There is nothing to do again".to_owned(),
        Label::Prune if report.already > 0 => capital(&gone(report.already)),
        _ if report.already > 0 => "It already was so".to_owned(),
        _ => "Nothing was changed".to_owned(),
    }
}

/// Memories that were to be pruned and were not there any more.
fn gone(count: usize) -> String {
    if count == 1 { "1 was gone already".to_owned() } else { format!("{count} were gone already") }
}

/// `1 memory`, `3 memories`.
pub(crate) fn memories(count: usize) -> String {
    if count == 1 { "1 memory".to_owned() } else { format!("{count} memories") }
}

/// The text with its first letter in upper case.
pub(crate) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
