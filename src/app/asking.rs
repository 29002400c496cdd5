//! Questions to the engine: what is on the screen and not here yet, and what each question was about.

use super::{App, Effect, Focus, Over, Preview, Screen};
use crate::{
    catalog::ViewSpec,
    engine::{Request, Ticket},
};

/// Tickets that are remembered.
const TICKETS: usize = 64;

/// What a question to the engine was about: enough to know what failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum About {
    View,
    Act,
    Editable,
    Page,
    Pinned,
    Counts,
    Insights,
    Sitting,
    Past,
    Queue,
    Other,
}

impl App {
    /// Asks the engine.
    pub(super) fn ask(&mut self, request: Request, effects: &mut Vec<Effect>) {
        let request = self.as_of_then(request);
        let about = match &request {
            Request::View { .. } => About::View,
            Request::Act(_) => About::Act,
            Request::Editable { .. } => About::Editable,
            Request::Page { .. } => About::Page,
            Request::Counts { .. } => About::Counts,
            Request::Insights { .. } => About::Insights,
            Request::Sit(_) => About::Sitting,
            Request::Past(_) => About::Past,
            Request::Queue | Request::Proposal { .. } | Request::Saw(_) => About::Queue,
            _ => About::Other,
        };
        self.ask_about(request, about, effects);
    }

    pub(super) fn ask_about(&mut self, request: Request, about: About, effects: &mut Vec<Effect>) {
        if self.sending.len() >= 16 * TICKETS {
            // Nobody tells tickets: then failures are told without what failed.
            self.sending.clear();
        }
        self.sending.push_back(about);
        effects.push(Effect::Ask(request));
    }

    pub(super) fn on_sent(&mut self, ticket: Ticket) {
        if let Some(about) = self.sending.pop_front() {
            if self.tickets.len() >= TICKETS
                && let Some(oldest) = self.tickets.keys().min().copied()
            {
                self.tickets.remove(&oldest);
            }
            self.tickets.insert(ticket, about);
        }
    }

    /// What was counted may not be so any more.
    pub(super) fn outdate(&mut self) {
        self.facets_asked = false;
        self.views.outdate();
        self.board.outdated();
        self.queue.outdate();
    }

    /// Asks for whatever is on screen, or near it, and not here yet.
    pub(super) fn flow(&mut self, effects: &mut Vec<Effect>) {
        if self.welcome.is_some() {
            return;
        }
        self.follow_past(effects);
        if self.screen == Screen::Review {
            return self.follow_sitting(effects);
        }
        if self.screen == Screen::Queue {
            return self.follow_queue(effects);
        }
        // The memory under the cursor is waited for; of the rows mostly those that may be scrolled to.
        self.follow_cursor(effects);
        if let Some(request) = self.list.want() {
            self.ask(request, effects);
        }
        let panes = self.panes();
        let typed_into = matches!(self.over, Some(Over::Picker(_) | Over::Palette(_))) || self.filter_line.is_some();
        if !self.facets_asked && (panes.scopes || self.focus == Focus::Scopes || typed_into) {
            self.facets_asked = true;
            self.ask(Request::Facets { spec: ViewSpec::default(), marked: Vec::new() }, effects);
        }
        if let Some(request) = self.want_counts() {
            self.ask(request, effects);
        }
        if self.screen == Screen::History
            && let Some(request) = self.history.want()
        {
            self.ask(request, effects);
        }
        if self.screen == Screen::Insights {
            self.count_insights(effects);
        }
    }

    /// The memory pane shows what is under the cursor, unless a neighbour is read.
    fn follow_cursor(&mut self, effects: &mut Vec<Effect>) {
        let shown = self.panes().preview != Preview::Off || self.focus == Focus::Memory;
        if !shown || self.reader.astray {
            return;
        }
        self.reader.go_to_time(self.past().map(|past| past.at));
        let Some(key) = self.list.current().map(|row| row.key) else {
            if self.list.shown && self.list.lines() == 0 {
                self.reader.want(None);
            }
            return;
        };
        if let Some(request) = self.reader.want(Some(key)) {
            self.ask(request, effects);
        }
    }
}
