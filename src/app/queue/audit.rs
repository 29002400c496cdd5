//! What policies applied and nobody has seen yet: seen, or taken back.

use super::{App, Effect, Queue};
use crate::{app::queue::verdict::Errand, curate::Decision, engine::Request};

impl App {
    /// Notes that a person saw what is shown, or all of it.
    pub(super) fn saw(&mut self, all: bool, effects: &mut Vec<Effect>) {
        if all {
            self.saw_others(effects);
        } else if self.queue.change().is_some() {
            self.saw_change(effects);
            return self.queue.settle_audit();
        }
        let seen =
            if all { self.queue.audit.drain(..).map(|(given, _)| given.id).collect() } else { self.queue.drop_shown() };
        self.queue.settle_audit();
        self.ask(Request::Saw(seen), effects);
    }

    /// Takes back what a policy applied: it waits for the person's own verdict then.
    pub(super) fn take_back_applied(&mut self, effects: &mut Vec<Effect>) {
        if self.queue.change().is_some() {
            self.take_back_change(effects);
            return self.queue.settle_audit();
        }
        let Some((_, line)) = self.queue.audit.get(self.queue.audit_at) else { return };
        let named = vec![(line.id, line.version)];
        let seen = self.queue.drop_shown();
        self.queue.settle_audit();
        self.ask(Request::Saw(seen), effects);
        self.order_for_queue(named, Decision::Reopen, Errand::Audit, effects);
    }
}

impl Queue {
    /// Takes the line under the cursor, and all other verdicts on its proposal, out of the list.
    fn drop_shown(&mut self) -> Vec<i64> {
        let Some(id) = self.audit.get(self.audit_at).map(|(_, line)| line.id) else { return Vec::new() };
        let (gone, kept) = std::mem::take(&mut self.audit).into_iter().partition(|(_, line)| line.id == id);
        self.audit = kept;
        let gone: Vec<(crate::ledger::Given, _)> = gone;
        gone.into_iter().map(|(given, _)| given.id).collect()
    }

    fn settle_audit(&mut self) {
        self.audit_at = self.audit_at.min(self.to_see().saturating_sub(1));
        self.turn_page();
    }
}
