//! What is done within a proposal: going to its pieces, taking or leaving them, writing one by hand, opening a memory.

use super::{App, Choice, Stop, Tab, verdict::Verdict};
use crate::{
    app::{Effect, Form, Origin, Over, Subject, Tone, document},
    change::{Edit, ProposalId},
    memory::Key,
};

impl App {
    /// The piece under the cursor.
    pub(super) fn on_piece(&self) -> Option<(usize, usize)> {
        match self.queue.stop() {
            Some(Stop::Piece(part, at)) if self.queue.tab == Tab::Gate => Some((part, at)),
            _ => None,
        }
    }

    pub(super) fn choose_piece(&mut self, choice: Choice) {
        let Some((part, at)) = self.on_piece() else { return };
        let now = self.queue.page().and_then(|page| Some(page.as_ref().ok()?.piece(part, at)?.2.choice));
        // The same key once more takes it back.
        let choice = if now == Some(choice) { Choice::Open } else { choice };
        if let Some(page) = self.queue.page_mut() {
            page.choose(part, at, choice);
        }
        self.leave_piece();
    }

    /// Goes on to the next piece; behind the last one the proposal as a whole is to be decided.
    pub(super) fn leave_piece(&mut self) {
        self.step_stop(true);
        if self.on_piece().is_none() {
            self.queue.stop = None;
        }
    }

    /// Goes to the next or previous stop; behind the last one the proposal as a whole is under the cursor again.
    pub(super) fn step_stop(&mut self, forward: bool) {
        let all = match self.queue.page() {
            Some(Ok(page)) => page.stops().len(),
            _ => 0,
        };
        self.queue.stop = match (self.queue.stop, forward) {
            (None, true) if all > 0 => Some(0),
            (None, false) => all.checked_sub(1),
            (Some(at), true) if at + 1 < all => Some(at + 1),
            (Some(at), false) => at.checked_sub(1),
            _ => None,
        };
        self.queue.seek = true;
    }

    /// The form, or `$EDITOR`, with what is there now and what is proposed.
    pub(super) fn edit_step(&mut self, editor: bool, effects: &mut Vec<Effect>) {
        let (Ok(at), Some(Ok(page)), Some(seat)) = (self.can_edit_step(), self.queue.page(), self.queue.seat()) else {
            return;
        };
        let Some(part) = page.offer.parts.get(at) else { return };
        let (proposal, version) = seat.named();
        let subject = Subject::Step { proposal, version, at };
        let title = page.parts.get(at).map_or_else(String::new, |part| part.title.clone());
        let (before, fields) = (super::page::before(part), part.after.clone());
        if !editor {
            self.over = Some(Over::Form(Box::new(Form::prefilled(subject, title, before, &fields))));
            return;
        }
        let text = document::write(&title, &fields);
        let draft = crate::app::Draft { subject, title, before, edit: vec![], origin: Origin::Text(text.clone()) };
        self.editing = Some(Box::new(draft));
        effects.push(Effect::Editor(text));
    }

    /// The edit of a step is saved: the proposal is approved with it.
    pub(crate) fn approve_edited(
        &mut self,
        (proposal, version): (ProposalId, u32),
        at: usize,
        edit: &Edit,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Ok(page)) = self.queue.pages.get(&proposal) else {
            return self.toast(Tone::Trouble, "The proposal was altered meanwhile; nothing was changed");
        };
        let draft = Box::new(page.edited(at, edit));
        self.give_verdict(Verdict::Approve(Some(draft)), &[(proposal, version)], effects);
    }

    /// The memory that Enter opens: of the stop under the cursor, else the first that there is.
    pub(super) fn memory_here(&self) -> Option<Key> {
        if let Some(change) = self.queue.change() {
            return change.target.map(|target| target.key);
        }
        let Some(Ok(page)) = self.queue.page() else { return None };
        let of_part = |part: usize| page.offer.parts.get(part)?.key;
        match self.queue.stop() {
            Some(Stop::Piece(part, _)) => of_part(part),
            Some(Stop::Evidence(at)) => page.offer.evidence.get(at).copied().flatten(),
            None => (0..page.offer.parts.len())
                .find_map(of_part)
                .or_else(|| page.offer.evidence.iter().find_map(|key| *key)),
        }
    }

    pub(super) fn open_evidence(&mut self, effects: &mut Vec<Effect>) {
        let Some(key) = self.memory_here() else { return };
        self.queue.inside = true;
        if let Some(request) = self.reader.want(Some(key)).or_else(|| self.reader.again()) {
            self.ask(request, effects);
        }
    }

    pub(super) fn turn_shape(&mut self) {
        let width = self.hits.memory.area.width;
        self.queue.shape = Some(super::Shape::fitting(self.queue.shape, width).next(width));
    }
}
