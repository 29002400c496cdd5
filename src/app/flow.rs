//! What is asked of the engine because it is on screen, or near it, and not here yet.

use super::{App, Effect, Focus, Preview, Screen};
use crate::{catalog::ViewSpec, engine::Request};

impl App {
    /// Asks for whatever is on screen, or near it, and not here yet.
    pub(super) fn flow(&mut self, effects: &mut Vec<Effect>) {
        if self.welcome.is_some() {
            return;
        }
        if self.screen == Screen::Review {
            return self.follow_sitting(effects);
        }
        // The memory under the cursor is waited for; of the rows mostly those that may be scrolled to.
        self.follow_cursor(effects);
        if let Some(request) = self.list.want() {
            self.ask(request, effects);
        }
        let panes = self.panes();
        if !self.facets_asked && (panes.scopes || self.focus == Focus::Scopes || self.filter_line.is_some()) {
            self.facets_asked = true;
            self.ask(Request::Facets { spec: ViewSpec::default(), marked: Vec::new() }, effects);
        }
        if self.screen == Screen::History
            && let Some(request) = self.history.want()
        {
            self.ask(request, effects);
        }
    }

    /// The memory pane shows what is under the cursor, unless a neighbour is read.
    fn follow_cursor(&mut self, effects: &mut Vec<Effect>) {
        let shown = self.panes().preview != Preview::Off || self.focus == Focus::Memory;
        if !shown || self.reader.astray {
            return;
        }
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
