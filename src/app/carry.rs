//! Copying and moving memories on the screen: where to, then what each becomes, then one act.

use std::sync::Arc;

use super::{App, Effect, FieldDiff, Over, Pick, Picks, Tone, diff, judge::keys_of, memories};
use crate::{
    action::Action,
    curate::{Act, CarryPlan, Destination, Fate},
    engine::{Carry, CarryReply, CarryTarget, Request},
    memory::Key,
};

/// Memories that are to be carried, while it is chosen where to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Carrying {
    keys: Vec<Key>,
    moves: bool,
    /// Where they could go.
    targets: Vec<CarryTarget>,
}

/// What carrying would do, in preview.
#[derive(Clone, Debug)]
pub(crate) struct CarryPreview {
    /// Where to.
    pub(crate) to: Destination,
    /// That in words.
    pub(crate) target: String,
    /// What it would do, once that is known.
    pub(crate) plan: Option<Arc<CarryPlan>>,
    /// The memory under the cursor.
    pub(crate) cursor: usize,
    /// The first one on screen, as last drawn.
    pub(crate) top: usize,
    /// The first line on screen of what it becomes.
    pub(crate) scroll: usize,
    keys: Vec<Key>,
}

impl CarryPreview {
    pub(super) fn go(&mut self, to: usize) {
        let last = self.plan.as_ref().map_or(0, |plan| plan.items.len().saturating_sub(1));
        self.cursor = to.min(last);
        self.scroll = 0;
    }

    /// What a key does here, in a few words.
    pub(crate) fn label(&self, action: Action) -> String {
        let count = self.plan.as_ref().map_or(0, |plan| plan.count());
        match (action, self.to.scope.is_none()) {
            (Action::Scopes, true) => "everywhere".to_owned(),
            (Action::Scopes, false) => "own scope".to_owned(),
            _ => format!("{} {count}", if self.to.moves { "move" } else { "copy" }),
        }
    }

    /// `Copy 3 memories to shared`.
    pub(crate) fn title(&self) -> String {
        let verb = if self.to.moves { "Move" } else { "Copy" };
        format!("{verb} {} to {}", memories(self.keys.len()), self.target)
    }
}

impl App {
    /// Asks where memories are to go.
    pub(super) fn choose_target(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let keys = keys_of(&self.targets(action));
        self.carrying = Carrying { keys, moves: action == Action::MoveTo, targets: Vec::new() };
        self.open_picker(Picks::Targets { moves: action == Action::MoveTo });
        self.ask(Request::Carry(Carry::Targets), effects);
    }

    /// Why nothing can be carried, if so.
    pub(super) fn can_carry(&self, action: Action) -> Result<(), String> {
        self.has_target(action)?;
        self.can_judge()
    }

    /// The names of the places where memories can go.
    pub(super) fn carry_names(&self) -> Vec<&str> {
        self.carrying.targets.iter().map(|target| target.name.as_str()).collect()
    }

    pub(super) fn carry_pick(&self, place: usize) -> Option<Pick> {
        let target = self.carrying.targets.get(place)?;
        Some(Pick { name: target.name.clone(), count: None, note: target.what.clone() })
    }

    /// Shows what carrying to the place in a line would do.
    pub(super) fn take_target(&mut self, place: usize, effects: &mut Vec<Effect>) {
        let Some(target) = self.carrying.targets.get(place) else { return };
        let to = Destination {
            store: target.store,
            drawer: target.drawer.clone(),
            moves: self.carrying.moves,
            ..Destination::default()
        };
        let (target, keys) = (target.name.clone(), self.carrying.keys.clone());
        let preview = CarryPreview { to, target, plan: None, cursor: 0, top: 0, scroll: 0, keys };
        self.over = Some(Over::Carry(Box::new(preview)));
        self.ask_carry(effects);
    }

    fn ask_carry(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::Carry(preview)) = &self.over else { return };
        let asked = Carry::Plan { keys: preview.keys.clone(), to: preview.to.clone() };
        self.ask(Request::Carry(asked), effects);
    }

    pub(super) fn on_carry(&mut self, reply: CarryReply) {
        match reply {
            CarryReply::Targets(mut targets) => {
                // What is in a store of one part only is there already.
                let from: Vec<u8> = self.carrying.keys.iter().map(|key| key.store).collect();
                targets.retain(|target| target.drawer.is_some() || from.iter().any(|store| *store != target.store));
                self.carrying.targets = targets;
                self.find_again();
            }
            CarryReply::Plan(plan) => {
                if let Some(Over::Carry(preview)) = self.over.as_mut()
                    && preview.to == plan.to
                {
                    preview.plan = Some(plan);
                }
            }
        }
    }

    /// What the memory under the cursor becomes, as it may be shown.
    pub(crate) fn cargo_fields(&self, preview: &CarryPreview) -> Vec<FieldDiff> {
        let item = preview.plan.as_ref().and_then(|plan| plan.items.get(preview.cursor));
        let becomes = item.map(crate::curate::Cargo::becomes).unwrap_or_default();
        let fields = becomes.iter().map(|(name, value)| diff::field(name, None, Some(value), self.veil));
        fields.filter(|field| !field.lines.is_empty()).collect()
    }

    pub(super) fn act_carry(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let Some(Over::Carry(preview)) = self.over.as_mut() else { return };
        match action {
            Action::Press => self.apply_carry(effects),
            Action::Scopes => {
                // The scope that they have, or everywhere.
                preview.to.scope = if preview.to.scope.is_none() { Some(None) } else { None };
                preview.plan = None;
                self.ask_carry(effects);
            }
            Action::ScrollUp => preview.scroll = preview.scroll.saturating_sub(1),
            Action::ScrollDown => preview.scroll = preview.scroll.saturating_add(1),
            Action::Close | Action::Cancel => {
                self.over = None;
                self.toast(Tone::Note, "Nothing was carried");
            }
            _ => preview.go(super::past::stepped(action, preview.cursor, page)),
        }
    }

    fn apply_carry(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::Carry(preview)) = &self.over else { return };
        let Some(plan) = preview.plan.clone() else {
            return self.toast(Tone::Note, "What it would do is still being worked out");
        };
        if plan.count() == 0 {
            return self.toast(Tone::Note, "None of them can go there");
        }
        self.over = None;
        let gone: Vec<Key> = plan
            .items
            .iter()
            .filter(|item| plan.to.moves && matches!(item.fate, Fate::Becomes(_)))
            .map(|item| item.key)
            .collect();
        self.order(Act::Carry { plan, reason: String::new() }, "", gone, effects);
    }
}
