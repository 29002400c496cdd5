//! Erasing memories from the screen: what would go is shown, and their number has to be typed.

use std::sync::Arc;

use crossterm::event::KeyEvent;

use super::{App, Effect, Entry, Over, Tone, judge::keys_of, memories};
use crate::{
    action::Action,
    curate::{Act, ErasePlan},
    engine::{Past, Request},
    memory::Target,
};

/// The question before an erasure.
#[derive(Clone, Debug)]
pub(crate) struct Erasure {
    /// The memories that were chosen, as they were seen.
    pub(crate) targets: Vec<Target>,
    /// What would go, once that is known.
    pub(crate) plan: Option<Arc<ErasePlan>>,
    /// What was typed.
    pub(crate) entry: Entry,
    /// The first line on screen.
    pub(crate) scroll: usize,
    /// What is wrong with what was typed.
    pub(crate) error: Option<String>,
}

impl App {
    /// Asks what erasing the chosen memories would take out.
    pub(crate) fn ask_to_erase(&mut self, effects: &mut Vec<Effect>) {
        let targets = self.targets(Action::Erase);
        self.ask(Request::Past(Past::Erasure(targets.clone())), effects);
        let erasure = Erasure { targets, plan: None, entry: Entry::default(), scroll: 0, error: None };
        self.over = Some(Over::Erase(Box::new(erasure)));
    }

    /// It is known what would go.
    pub(crate) fn on_erase_plan(&mut self, plan: Arc<ErasePlan>) {
        match self.over.as_mut() {
            Some(Over::Erase(erasure)) if plan.victims.is_empty() => {
                let reason = plan.spared.first().map_or_else(String::new, |(_, reason)| format!(": {reason}"));
                erasure.plan = None;
                self.over = None;
                self.toast(Tone::Note, format!("There is nothing to erase{reason}"));
            }
            Some(Over::Erase(erasure)) => erasure.plan = Some(plan),
            _ => {}
        }
    }

    pub(crate) fn act_erase(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let last = self.hits.over.lines.saturating_sub(page);
        let Some(Over::Erase(erasure)) = self.over.as_mut() else { return };
        match action {
            Action::Up => erasure.scroll = erasure.scroll.saturating_sub(1),
            Action::Down => erasure.scroll = (erasure.scroll + 1).min(last),
            Action::PageUp => erasure.scroll = erasure.scroll.saturating_sub(page),
            Action::PageDown => erasure.scroll = (erasure.scroll + page).min(last),
            Action::Accept => self.erase(effects),
            _ => {
                self.over = None;
                self.toast(Tone::Note, "Nothing was erased");
            }
        }
    }

    fn erase(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::Erase(erasure)) = self.over.as_mut() else { return };
        let Some(plan) = erasure.plan.clone() else { return };
        let count = plan.victims.len();
        if erasure.entry.text().trim() != count.to_string() {
            erasure.error = Some(format!("type {count} to erase {}; Esc leaves", memories(count)));
            return;
        }
        let targets = keys_of(&erasure.targets);
        self.over = None;
        self.order(Act::Erase { plan, reason: String::new(), rewrite: false }, "", targets, effects);
    }
}

impl Erasure {
    pub(crate) fn key(&mut self, key: &KeyEvent) {
        self.entry.key(key);
        self.error = None;
    }
}
