//! Who says so, on the screen: the memories of all stores that hold a sentence, and correcting all of them at once.

#[cfg(test)]
mod tests;

use std::{collections::HashSet, sync::Arc};

use super::{App, Effect, Entry, FieldDiff, Focus, Over, Question, Screen, Tone, diff, menu::Asked, past::stepped};
use crate::{
    action::Action,
    change::{Draft, FieldValue, Mark, Wish},
    curate::{Act, MemoryVersion},
    engine::{Deed, Past, Request, Said, Sayer, correction},
    memory::MemoryId,
    query::{Expr, Term},
};

/// The memories that say something.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    /// What is said.
    pub(crate) text: String,
    /// Who says it, once that is known.
    pub(crate) said: Option<Said>,
    /// The memories that are meant, by their places; all of them when none is marked.
    pub(crate) marked: HashSet<usize>,
    /// The memory under the cursor.
    pub(crate) cursor: usize,
    /// The first one on screen, as last drawn.
    pub(crate) top: usize,
    /// The first line below that is shown.
    pub(crate) scroll: usize,
    /// What is to be done about it, if that is chosen.
    pub(crate) deed: Option<Deed>,
    /// Whether what is pruned is not to come back.
    pub(crate) bury: bool,
    /// What the deed does to the memory under the cursor.
    pub(crate) shown: Vec<FieldDiff>,
    /// What brought the words into the memory of that place, where it is known.
    pub(crate) brought: Option<(usize, Option<MemoryVersion>)>,
    asked: Option<usize>,
}

impl Saying {
    fn new(text: String) -> Self {
        Self {
            text,
            said: None,
            marked: HashSet::new(),
            cursor: 0,
            top: 0,
            scroll: 0,
            deed: None,
            bury: false,
            shown: Vec::new(),
            brought: None,
            asked: None,
        }
    }

    /// The memories that were found.
    pub(crate) fn sayers(&self) -> &[Sayer] {
        self.said.as_ref().map_or(&[], |said| said.sayers.as_slice())
    }

    /// The memory under the cursor.
    pub(crate) fn current(&self) -> Option<&Sayer> {
        self.sayers().get(self.cursor)
    }

    /// Whether a deed would be done to the memory of a place.
    pub(crate) fn is_meant(&self, at: usize) -> bool {
        self.marked.is_empty() || self.marked.contains(&at)
    }

    /// What is decided, as a change set; `None` while nothing is.
    pub(crate) fn draft(&self) -> Option<Draft> {
        let meant = self.sayers().iter().enumerate().filter(|(at, _)| self.is_meant(*at)).map(|(_, sayer)| sayer);
        Some(correction(&self.text, self.deed.as_ref()?, meant))
    }

    /// Puts the cursor on a line that was clicked; what is done to its memory is shown with the next key.
    pub(super) fn point(&mut self, at: usize) {
        self.go(at);
        self.shown.clear();
    }

    fn go(&mut self, to: usize) {
        let to = to.min(self.sayers().len().saturating_sub(1));
        if std::mem::replace(&mut self.cursor, to) != to {
            self.scroll = 0;
        }
    }

    /// The question for what is shown and not here.
    pub(super) fn want(&mut self) -> Option<Past> {
        let id: MemoryId = self.current()?.row.id.clone();
        if self.asked == Some(self.cursor) {
            return None;
        }
        self.asked = Some(self.cursor);
        Some(Past::Versions { id, text: Some(self.text.clone()) })
    }

    pub(super) fn on_versions(&mut self, id: &MemoryId, versions: &[MemoryVersion], blame: Option<usize>) {
        if self.current().is_some_and(|sayer| sayer.row.id == *id) {
            self.brought = Some((self.cursor, blame.and_then(|at| versions.get(at)).cloned()));
        }
    }
}

impl App {
    /// Asks for the sentence; what is looked for in the memory, or filtered by, is offered.
    pub(crate) fn ask_who_says(&mut self) {
        let phrase = |term: &&Term| matches!(term, Term::Phrase(_) | Term::Word(..));
        let filter = self.list.spec.filter.words().into_iter().find(phrase).map(|term| match term {
            Term::Phrase(text) | Term::Word(text, _) => text.clone(),
            _ => String::new(),
        });
        let found = Some(self.find.text().to_owned()).filter(|text| !text.is_empty() && self.focus == Focus::Memory);
        let entry = Entry::new(found.or(filter).unwrap_or_default());
        self.question(Asked::Sentence, entry);
    }

    fn question(&mut self, asked: Asked, entry: Entry) {
        self.aside = match self.over.take() {
            Some(Over::Saying(saying)) => Some(saying),
            _ => None,
        };
        self.over = Some(Over::Question(Question { asked, targets: Vec::new(), entry, error: None }));
    }

    /// The sentence was typed.
    pub(super) fn look_who_says(&mut self, text: &str, effects: &mut Vec<Effect>) -> Result<(), String> {
        if Expr::text(text, false).is_nothing() {
            return Err("there is no word to look for".to_owned());
        }
        let text = text.trim().to_owned();
        self.over = Some(Over::Saying(Box::new(Saying::new(text.clone()))));
        self.ask(Request::Past(Past::WhoSays(text)), effects);
        Ok(())
    }

    /// A question that was asked about those who say something was left.
    pub(super) fn back_to_saying(&mut self) {
        self.over = self.aside.take().map(Over::Saying);
    }

    /// Other words, or a confidence, were typed.
    pub(super) fn decide_saying(&mut self, deed: Deed) {
        let Some(mut saying) = self.aside.take() else { return };
        saying.deed = Some(deed);
        self.over = Some(Over::Saying(saying));
        self.show_deed();
    }

    /// What a mark means for those who say something; `None` when none of them is asked about.
    pub(super) fn deed_of(&self, mark: Mark) -> Option<Deed> {
        match mark {
            Mark::Confidence(value) if self.aside.is_some() => Some(Deed::Confidence(value)),
            _ => None,
        }
    }

    pub(super) fn on_said(&mut self, mut said: Said) {
        let Some(Over::Saying(saying)) =
            self.over.as_mut().filter(|over| matches!(over, Over::Saying(saying) if saying.text == said.text))
        else {
            return;
        };
        for sayer in &mut said.sayers {
            self.veil.row(&mut sayer.row);
        }
        saying.said = Some(said);
        saying.go(0);
        self.show_deed();
    }

    /// Works out what the deed does to the memory under the cursor. Compared once, not for every frame.
    fn show_deed(&mut self) {
        let Some(Over::Saying(saying)) = &self.over else { return };
        let fields = self.deed_shown(saying);
        if let Some(Over::Saying(saying)) = self.over.as_mut() {
            saying.shown = fields;
        }
    }

    fn deed_shown(&self, saying: &Saying) -> Vec<FieldDiff> {
        let (Some(sayer), Some(deed)) = (saying.current(), &saying.deed) else { return Vec::new() };
        let words = |value: &FieldValue| match value {
            FieldValue::Text(text) => text.clone(),
            FieldValue::List(items) => items.join("\n"),
        };
        let was = |name: &str| sayer.fields.iter().find(|(field, _)| field == name).map(|(_, value)| words(value));
        let told = |name: &str, before: Option<String>, after: Option<String>| {
            diff::field(name, before.as_deref(), after.as_deref(), self.veil)
        };
        match sayer.wish(&saying.text, deed) {
            Some(Wish::Edit(edit)) => {
                edit.iter().map(|(name, value)| told(name, was(name), Some(words(value)))).collect()
            }
            Some(Wish::Delete) => {
                let texts = sayer.fields.iter().filter(|(_, value)| !words(value).is_empty());
                texts.map(|(name, value)| told(name, Some(words(value)), None)).collect()
            }
            Some(Wish::Mark(_)) => {
                let before = sayer.row.confidence.map(|it| it.to_string());
                let after = match deed {
                    Deed::Confidence(Some(value)) => format!("{value:.2}"),
                    _ => "as memtui derives it".to_owned(),
                };
                vec![told("confidence", before, Some(after))]
            }
            Some(Wish::Add(_)) | None => Vec::new(),
        }
    }

    pub(crate) fn act_saying(&mut self, action: Action, effects: &mut Vec<Effect>) {
        let page = self.hits.over.height().max(1);
        let Some(Over::Saying(saying)) = self.over.as_mut() else { return };
        match action {
            Action::Mark => {
                let at = saying.cursor;
                if !saying.marked.remove(&at) {
                    saying.marked.insert(at);
                }
                saying.go(at + 1);
            }
            Action::MarkAll => {
                let all = saying.sayers().len();
                saying.marked = if saying.marked.len() == all { HashSet::new() } else { (0..all).collect() };
            }
            Action::Prune => saying.deed = Some(Deed::Prune),
            Action::Bury => saying.bury = !saying.bury,
            Action::Edit => {
                let entry = Entry::new(match &saying.deed {
                    Some(Deed::Reword(with)) => with,
                    _ => &saying.text,
                });
                return self.question(Asked::Reword, entry);
            }
            Action::Confidence => return self.question(Asked::Confidence, Entry::new("")),
            Action::ScrollUp => saying.scroll = saying.scroll.saturating_sub(1),
            Action::ScrollDown => saying.scroll = saying.scroll.saturating_add(1),
            Action::Open => return self.list_sayers(effects),
            Action::Press => return self.correct(false, effects),
            Action::Propose => return self.correct(true, effects),
            Action::Close | Action::Cancel if saying.deed.is_some() => saying.deed = None,
            Action::Close | Action::Cancel => {
                self.over = None;
                return self.toast(Tone::Note, "Nothing was changed");
            }
            _ => saying.go(stepped(action, saying.cursor, page)),
        }
        self.show_deed();
    }

    /// Shows those who say it as a list, where everything else can be done with them.
    fn list_sayers(&mut self, effects: &mut Vec<Effect>) {
        let Some(Over::Saying(saying)) = self.over.take() else { return };
        let exact = saying.said.as_ref().is_none_or(|said| said.exact);
        let words = saying.text.split_whitespace().map(|word| Expr::text(word, false)).collect();
        let filter = if exact { Expr::text(&saying.text, false) } else { Expr::And(words).normalised() };
        self.screen = Screen::Memories;
        self.focus = Focus::List;
        self.leave_list();
        self.set_filter(filter.to_string(), filter, effects);
    }

    /// Does what is decided, or lets it wait in the queue.
    fn correct(&mut self, propose: bool, effects: &mut Vec<Effect>) {
        let Some(Over::Saying(saying)) = &self.over else { return };
        let Some(draft) = saying.draft().filter(|draft| !draft.steps.is_empty()) else { return };
        let (bury, text) = (saying.bury && saying.deed == Some(Deed::Prune), saying.text.clone());
        self.over = None;
        if propose {
            return self.ask(Request::Propose(Box::new(draft)), effects);
        }
        let done = format!("Corrected {}", super::memories(draft.steps.len()));
        let tombstone = bury.then(|| format!("it says “{text}”"));
        self.order(Act::Correct { draft: Arc::new(draft), tombstone }, &done, Vec::new(), effects);
    }

    /// Whether an action can run among those who say something.
    pub(super) fn can_in_saying(&self, action: Action) -> Result<(), String> {
        let Some(Over::Saying(saying)) = &self.over else { return Ok(()) };
        if matches!(action, Action::Cancel | Action::Close | Action::Help) {
            return Ok(());
        }
        if saying.sayers().is_empty() {
            let known = saying.said.is_some();
            return Err(if known { "No memory says so".to_owned() } else { "It is still being looked for".to_owned() });
        }
        let ways = || {
            let key = |action| self.keymap.hint(crate::keymap::Mode::Saying, action).unwrap_or_default();
            let (prune, edit, confidence) = (key(Action::Prune), key(Action::Edit), key(Action::Confidence));
            format!("Choose first: {prune} prunes, {edit} puts other words, {confidence} sets the confidence")
        };
        match action {
            Action::Press | Action::Propose => {
                self.can_judge()?;
                let draft = saying.draft().ok_or_else(ways)?;
                if draft.steps.is_empty() { Err("None of them can be changed so".to_owned()) } else { Ok(()) }
            }
            Action::Bury if saying.deed != Some(Deed::Prune) => {
                Err("What is pruned can be buried, so that it does not come back".to_owned())
            }
            Action::Prune | Action::Edit | Action::Confidence => self.can_judge(),
            _ => Ok(()),
        }
    }
}
