//! The past of memories on the screen: their versions, and roll-backs in preview.

mod preview;
#[cfg(test)]
mod tests;
mod versions;

use std::sync::Arc;

pub(crate) use preview::Preview;
pub(crate) use versions::{Compared, Versions};

use super::{App, Effect, FieldDiff, Focus, Menu, Over, Screen, Tone, diff, history, menu::Choice};
use crate::{
    action::Action,
    curate::{Act, ChangeView, RollBack},
    engine::{Past, PastReply, Request},
    keymap::Mode,
};

impl App {
    /// Opens the versions of the memory under the cursor, or that is read. While a text is looked for in it, the version
    /// that brought the text is gone to.
    pub(crate) fn open_versions(&mut self, effects: &mut Vec<Effect>) {
        let Some((id, title)) = self.subject().map(|row| (row.id.clone(), row.title.clone())) else { return };
        let text = (self.focus == Focus::Memory).then(|| self.find.text().to_owned()).filter(|text| !text.is_empty());
        self.over = Some(Over::Versions(Box::new(Versions::new(id.clone(), title, text.clone()))));
        self.ask(Request::Past(Past::Versions { id, text }), effects);
    }

    /// Asks what is to be rolled back: in the log the operation under the cursor, elsewhere what stands behind the memory.
    pub(crate) fn roll_back(&mut self, effects: &mut Vec<Effect>) {
        if self.screen == Screen::History {
            let chosen = self.history.chosen();
            return self.preview_roll_back(RollBack::Operations(chosen), effects);
        }
        if let Some(what) = self.back_to_then() {
            return self.preview_roll_back(what, effects);
        }
        let ways = self.roll_backs();
        self.over = Some(Over::Menu(Menu { choice: Choice::RollBack(ways), cursor: 0 }));
    }

    /// The roll-backs that the memory under the cursor, or that is read, suggests.
    pub(crate) fn roll_backs(&self) -> Vec<RollBack> {
        let Some(row) = self.subject() else { return Vec::new() };
        let read = self.reader.current().filter(|detail| detail.memory.row.key == row.key);
        let from = read.map(|detail| &detail.memory.provenance);
        let session = from.and_then(|from| from.session.clone()).or_else(|| row.scope.session.clone());
        let agent = from.and_then(|from| from.agent.clone()).or_else(|| row.scope.agent.clone());
        let session = session.map(RollBack::Session);
        let agent = agent.zip(row.created).map(|(name, since)| RollBack::Agent { name, since });
        let scope = row.scope.project.clone().unwrap_or_else(|| "user".to_owned());
        let scope = row.created.map(|to| RollBack::Scope { name: scope, to });
        [session, agent, scope].into_iter().flatten().collect()
    }

    /// Shows what a roll-back would do, over whatever is on the screen; leaving it leads back there.
    pub(crate) fn preview_roll_back(&mut self, what: RollBack, effects: &mut Vec<Effect>) {
        let behind = match self.over.take() {
            Some(Over::Versions(versions)) => Some(versions),
            _ => None,
        };
        self.over = Some(Over::RollBack(Box::new(Preview::new(&what, behind))));
        self.ask(Request::Past(Past::Plan(what)), effects);
    }

    /// An answer about the past has come; one that nobody waits for any more is dropped.
    pub(crate) fn on_past(&mut self, reply: PastReply) {
        if let PastReply::Erasure(plan) = reply {
            return self.on_erase_plan(plan);
        }
        match (reply, self.over.take()) {
            (PastReply::Versions { id, versions, blame }, Some(Over::Versions(mut shown))) if shown.id == id => {
                shown.on_versions(versions, blame);
                self.over = Some(Over::Versions(shown));
            }
            (PastReply::Versions { id, versions, blame }, Some(Over::Saying(mut saying))) => {
                saying.on_versions(&id, &versions, blame);
                self.over = Some(Over::Saying(saying));
            }
            (PastReply::Said(said), over) => {
                self.over = over;
                self.on_said(*said);
            }
            (PastReply::Compared { from, to, view }, Some(Over::Versions(mut shown))) => {
                let (_, fields) = self.told(view);
                shown.on_compared(Compared { from, to, fields });
                self.over = Some(Over::Versions(shown));
            }
            (PastReply::Plan(plan), Some(Over::RollBack(mut preview))) => {
                preview.on_plan(plan);
                self.over = Some(Over::RollBack(preview));
            }
            (PastReply::Return { at, view }, Some(Over::RollBack(mut preview))) => {
                let (_, fields) = self.told(view);
                preview.on_return(at, fields);
                self.over = Some(Over::RollBack(preview));
            }
            (_, over) => self.over = over,
        }
    }

    /// A question about the past could not be answered.
    pub(crate) fn on_past_failed(&mut self) {
        self.over = match self.over.take() {
            Some(Over::Versions(versions)) if !versions.known => None,
            Some(Over::Erase(erasure)) if erasure.plan.is_none() => None,
            Some(Over::Saying(saying)) if saying.said.is_none() => None,
            Some(Over::RollBack(preview)) if preview.plan.is_none() => preview.behind.map(Over::Versions),
            over => over,
        };
    }

    /// Asks for what is shown of the past and not here yet.
    pub(crate) fn follow_past(&mut self, effects: &mut Vec<Effect>) {
        let past = match self.over.as_mut() {
            Some(Over::Versions(versions)) => versions.want(),
            Some(Over::RollBack(preview)) => preview.want(),
            Some(Over::Saying(saying)) => saying.want(),
            _ => None,
        };
        if let Some(past) = past {
            self.ask(Request::Past(past), effects);
        }
    }

    pub(crate) fn act_versions(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let Some(Over::Versions(versions)) = self.over.as_mut() else { return };
        match action {
            Action::Mark => versions.choose_base(),
            Action::RollBack => {
                let what = versions.current().map(|version| version.roll_back(versions.id.clone()));
                if let Some(what) = what {
                    self.preview_roll_back(what, effects);
                }
            }
            Action::ScrollUp => versions.scroll = versions.scroll.saturating_sub(1),
            Action::ScrollDown => versions.scroll = versions.scroll.saturating_add(1),
            Action::CopyId => {
                let id = versions.id.to_string();
                self.toast(Tone::Note, format!("Copied {id}"));
                effects.push(Effect::Copy(id));
            }
            Action::Close | Action::Cancel => self.over = None,
            _ => versions.go(stepped(action, versions.cursor, page)),
        }
    }

    pub(crate) fn act_preview(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let Some(Over::RollBack(preview)) = self.over.as_mut() else { return };
        match action {
            Action::Press => self.apply_roll_back(effects),
            Action::Derived => preview.choices.derived = !preview.choices.derived,
            Action::Overrule => preview.choices.conflicts = !preview.choices.conflicts,
            Action::ScrollUp => preview.scroll = preview.scroll.saturating_sub(1),
            Action::ScrollDown => preview.scroll = preview.scroll.saturating_add(1),
            Action::Close | Action::Cancel => self.leave_preview(),
            _ => preview.go(stepped(action, preview.cursor, page)),
        }
    }

    /// Puts the cursor on a line that was clicked.
    pub(crate) fn point_at_past(&mut self, at: usize) {
        match self.over.as_mut() {
            Some(Over::Versions(versions)) => versions.go(at),
            Some(Over::RollBack(preview)) => preview.go(at),
            Some(Over::Saying(saying)) => saying.point(at),
            _ => {}
        }
    }

    fn leave_preview(&mut self) {
        let Some(Over::RollBack(preview)) = self.over.take() else { return };
        self.over = preview.behind.map(Over::Versions);
        self.toast(Tone::Note, "Nothing was rolled back");
    }

    fn apply_roll_back(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::RollBack(preview)) = self.over.take() else { return };
        let choices = preview.choices;
        let Some(plan) = preview.plan.clone().filter(|plan| plan.tally(choices).changed() > 0) else {
            self.over = Some(Over::RollBack(preview));
            return self.toast(Tone::Note, "There is nothing to roll back");
        };
        let act = Act::RollBack { plan: Arc::clone(&plan), choices, reason: String::new(), tombstone: None };
        self.history.marked.clear();
        self.order(act, "", Vec::new(), effects);
    }

    /// A change with the differences of its fields, as it may be shown. Compared once, not for every frame.
    pub(crate) fn told(&self, mut view: ChangeView) -> (ChangeView, Vec<FieldDiff>) {
        self.veil.change(&mut view);
        history::prose_first(&mut view);
        let of = |(name, before, after): &(String, Option<String>, Option<String>)| {
            let (before, after) = (self.words(name, before.as_deref()), self.words(name, after.as_deref()));
            diff::field(name, before.as_deref(), after.as_deref(), self.veil)
        };
        let fields = view.fields.iter().map(of).filter(|field| !field.lines.is_empty()).collect();
        (view, fields)
    }

    /// A text as it may be shown.
    pub(crate) fn veiled<'a>(&self, text: &'a str) -> std::borrow::Cow<'a, str> {
        self.veil.text(text)
    }

    /// What can be rolled back here.
    pub(super) fn can_roll_back(&self, mode: Mode) -> Result<(), String> {
        self.can_judge()?;
        if mode == Mode::Versions {
            return Ok(());
        }
        if self.screen == Screen::History {
            let operation = self.history.current().ok_or("There is no operation here")?;
            return if self.history.marked.is_empty() { super::can::undoable(operation) } else { Ok(()) };
        }
        if self.past().is_some() {
            return self.can_go_back_to_then();
        }
        if self.roll_backs().is_empty() { Err("There is no memory here".to_owned()) } else { Ok(()) }
    }
}

/// The line that a movement leads to.
pub(super) fn stepped(action: Action, at: usize, page: usize) -> usize {
    match action {
        Action::Up => at.saturating_sub(1),
        Action::Down => at + 1,
        Action::HalfUp => at.saturating_sub(page.div_ceil(2)),
        Action::HalfDown => at + page.div_ceil(2),
        Action::PageUp => at.saturating_sub(page),
        Action::PageDown => at + page,
        Action::First => 0,
        Action::Last => usize::MAX,
        _ => at,
    }
}

/// What a roll-back is called in a menu.
pub(crate) const fn way(what: &RollBack) -> &'static str {
    match what {
        RollBack::Version { .. } => "one of its versions",
        RollBack::Versions { .. } => "what it was then",
        RollBack::Operations(_) => "an operation",
        RollBack::Session(_) => "what its session captured",
        RollBack::Agent { .. } => "what its agent did since it",
        RollBack::Scope { .. } => "its scope to before it",
    }
}
