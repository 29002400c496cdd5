//! Whether an action can run on the screen of the queue.

use super::{App, Tab, verdict::Verdict};
use crate::{
    action::Action,
    change::Wish,
    memory::{Handle, Key, turns},
};

impl App {
    /// Whether an action can run on this screen; `None` when it is none of its own.
    pub(crate) fn can_in_queue(&self, action: Action) -> Option<Result<(), String>> {
        let queue = &self.queue;
        let gate = queue.tab == Tab::Gate;
        Some(match action {
            Action::Approve if self.on_piece().is_some() => self.can_take(),
            Action::Reject | Action::Skip if self.on_piece().is_some() => Ok(()),
            Action::Approve if !queue.marked.is_empty() => self.can_judge(),
            Action::Approve => self.can_decide().and_then(|()| self.can_approve()),
            // Each that does not fit any more is left to be decided by hand.
            Action::ApproveAll | Action::RejectAll | Action::Reject | Action::RejectBecause | Action::Snooze => {
                self.can_decide()
            }
            Action::Skip | Action::Mark => self.has_proposal(),
            Action::Edit | Action::Editor => self.can_decide().and_then(|()| self.can_edit_step().map(|_| ())),
            Action::Repeat => match &queue.last {
                None => Err("There is no verdict to repeat yet".to_owned()),
                Some(last) if matches!(last.verdict, Verdict::Approve(_)) && !last.cluster => {
                    self.can_decide().and_then(|()| self.can_approve())
                }
                Some(_) => self.can_decide(),
            },
            Action::Undo if turns::last(&queue.seats) == 0 => Err(format!(
                "No verdict is left to take back here; {} shows all that was done",
                self.key_of(Action::History)
            )),
            Action::Redo if queue.undone.is_empty() => Err("No verdict was taken back".to_owned()),
            Action::NextMemory | Action::PreviousMemory => {
                let others = if gate { queue.left() } else { queue.to_see() };
                if others < 2 { Err("There is no other proposal".to_owned()) } else { Ok(()) }
            }
            Action::NextCluster | Action::PreviousCluster => {
                let here = queue.seat().map(|seat| seat.cluster);
                let other = |seat: &super::Seat| seat.given.is_none() && Some(seat.cluster) != here;
                if queue.seats.iter().any(other) { Ok(()) } else { Err("There is no other cluster".to_owned()) }
            }
            Action::NextPiece | Action::PreviousPiece => match queue.page() {
                Some(Ok(page)) if !page.stops().is_empty() => Ok(()),
                _ => Err("This proposal is one piece".to_owned()),
            },
            Action::Open => self.memory_here().map(|_| ()).ok_or_else(|| "There is no memory to open here".to_owned()),
            Action::Reveal => match queue.page() {
                Some(Ok(page)) if page.veiled => Ok(()),
                _ => Err("Nothing is masked here".to_owned()),
            },
            Action::Seen | Action::SeenAll if queue.to_see() == 0 => Err("There is nothing to be seen".to_owned()),
            Action::UndoOperation if queue.to_see() == 0 => Err("There is nothing to take back".to_owned()),
            Action::UndoOperation if queue.change().is_some() => self.can_take_back_change(),
            Action::Undo | Action::Redo | Action::UndoOperation | Action::Seen | Action::SeenAll => self.can_judge(),
            Action::NextPane | Action::PreviousPane => Err("This screen has one pane".to_owned()),
            Action::DiffMode if queue.change().is_some() => Err("There is nothing to compare here".to_owned()),
            Action::Why | Action::DiffMode | Action::Audit => Ok(()),
            _ => return None,
        })
    }

    pub(super) fn has_proposal(&self) -> Result<(), String> {
        self.queue.seat().map(|_| ()).ok_or_else(|| "Nothing waits for a verdict".to_owned())
    }

    /// Whether a verdict can be given: the proposal must be there to be read.
    pub(super) fn can_decide(&self) -> Result<(), String> {
        self.has_proposal()?;
        match self.queue.page() {
            None => Err("This proposal is still being read".to_owned()),
            Some(_) => self.can_judge(),
        }
    }

    pub(super) fn can_approve(&self) -> Result<(), String> {
        let Some(Ok(page)) = self.queue.page() else {
            let reason = self.queue.page().and_then(|page| page.as_ref().err()).cloned();
            return Err(reason.unwrap_or_else(|| "This proposal is still being read".to_owned()));
        };
        if page.undecided().is_some() {
            let (next, edit) = (self.key_of(Action::NextPiece), self.key_of(Action::Edit));
            return Err(format!(
                "It changed since: {next} goes to what excludes it; take or leave it there, or {edit} writes it"
            ));
        }
        let (left, all) = page.left_out();
        if all > 0 && left == all {
            return Err(format!("Every piece is left out; {} rejects it", self.key_of(Action::Reject)));
        }
        for step in page.offer.proposal.draft.steps.iter().filter(|step| !matches!(step.wish, Wish::Mark(_))) {
            self.can_write(Some(Key { store: step.store, handle: Handle(0) }))?;
        }
        Ok(())
    }

    fn can_take(&self) -> Result<(), String> {
        let (part, at) = self.on_piece().ok_or("There is no piece here")?;
        let Some(Ok(page)) = self.queue.page() else { return Err("This proposal is still being read".to_owned()) };
        match page.piece(part, at) {
            Some((part, hunk, _)) if hunk.conflict && part.key.is_none() => {
                Err(format!("This memory is gone; {} leaves it out", self.key_of(Action::Reject)))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn can_edit_step(&self) -> Result<usize, String> {
        match self.queue.page() {
            Some(Ok(page)) => page.editable(self.queue.stop()),
            _ => Err("This proposal cannot be read".to_owned()),
        }
    }
}
