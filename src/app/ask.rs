//! Questions to the engine, and which ticket belongs to which.

use super::{About, App, Effect};
use crate::engine::{Request, Ticket};

/// Tickets that are remembered.
const TICKETS: usize = 64;

impl App {
    /// Asks the engine.
    pub(super) fn ask(&mut self, request: Request, effects: &mut Vec<Effect>) {
        let about = match &request {
            Request::View { .. } => About::View,
            Request::Act(_) => About::Act,
            Request::Editable { .. } => About::Editable,
            Request::Page { .. } => About::Page,
            Request::Sit(_) => About::Sitting,
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
}
