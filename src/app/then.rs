//! A list of the past on the screen: what can be done in it, and what of it can be brought back.

use super::{App, Focus, Screen};
use crate::{
    action::Action,
    curate::RollBack,
    engine::{Past, PastView, Request, Stand},
    keymap::Mode,
    memory::{EpochMs, Key, MemoryId},
};

impl App {
    /// The past that the list shows; `None` while it shows the present.
    pub(crate) fn past(&self) -> Option<&PastView> {
        self.list.view.past.as_deref().filter(|_| self.screen == Screen::Memories)
    }

    /// The moment that is shown, in the person's calendar.
    pub(crate) fn moment_of(&self, at: EpochMs) -> String {
        let clock = self.calendar().clock(at);
        clock.map_or_else(|| "then".to_owned(), |clock| clock.format("%Y-%m-%d %H:%M").to_string())
    }

    /// Whether an action can run in a list of the past: nothing changes what was.
    pub(super) fn can_in_past(&self, mode: Mode, action: Action) -> Result<(), String> {
        let changes = matches!(
            action,
            Action::Prune
                | Action::Edit
                | Action::Editor
                | Action::Pin
                | Action::Confidence
                | Action::StaleAfter
                | Action::Bucket
                | Action::Undo
                | Action::Redo
                | Action::WhoSays
        );
        match self.past().filter(|_| changes && matches!(mode, Mode::List | Mode::Memory)) {
            None => Ok(()),
            Some(past) => Err(format!(
                "This is the past ({}), read-only; {} puts what is marked back, {} returns to the present",
                self.moment_of(past.at),
                self.key_of(Action::RollBack),
                self.key_of(Action::ClearFilter)
            )),
        }
    }

    /// The same question about what is shown: in a list of the past, the memory as it stood.
    pub(super) fn as_of_then(&self, request: Request) -> Request {
        match request {
            Request::Open { key } if self.past().is_some() => {
                Request::Past(Past::Then { view: self.list.view.id, key })
            }
            other => other,
        }
    }

    /// In a list of the past: what is marked, or under the cursor, becomes what it was.
    pub(super) fn back_to_then(&self) -> Option<RollBack> {
        let past = self.past()?;
        let version = |key: &Key| {
            let (stand, native) = past.stands.get(key)?;
            let store = self.stores.get(usize::from(key.store))?.name.clone();
            match stand {
                Stand::Was { digest, .. } => Some((MemoryId { store, native: native.clone() }, Some(*digest))),
                Stand::Lost { .. } | Stand::Changed => None,
            }
        };
        let memories = self.meant().iter().filter_map(version).collect();
        Some(RollBack::Versions { memories, at: past.at })
    }

    /// Whether anything that is meant reads differently now, and it is known how it read.
    pub(super) fn can_go_back_to_then(&self) -> Result<(), String> {
        let Some(past) = self.past() else { return Ok(()) };
        let stands: Vec<Option<Stand>> = self.meant().into_iter().map(|key| past.stand(key)).collect();
        if stands.iter().flatten().any(|stand| matches!(stand, Stand::Was { .. })) {
            return Ok(());
        }
        Err(match stands.first() {
            None => "There is no memory here".to_owned(),
            Some(None) => "It reads now as it did then; there is nothing to put back".to_owned(),
            Some(Some(_)) => "It read differently, but nobody knows how: its record is not kept".to_owned(),
        })
    }

    fn meant(&self) -> Vec<Key> {
        if self.focus == Focus::List && !self.marks.is_empty() {
            return self.marks.keys();
        }
        self.subject().map(|row| row.key).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        action::Action,
        app::{Over, fake::Desk},
        curate::RollBack,
        engine::{Past, Request},
    };

    fn past() -> Desk {
        let mut desk = Desk::new(60, (112, 30));
        desk.keys("/");
        desk.types("as-of:2026-10-01");
        desk.keys("enter");
        assert!(desk.app.past().is_some(), "{}", desk.screen());
        desk
    }

    #[test]
    fn the_past_says_what_it_is_and_nothing_changes_it() {
        let mut desk = past();
        let screen = desk.screen();
        assert!(screen.contains("the past, read-only") && screen.contains("as it stood 2026-10-01"), "{screen}");
        for action in [Action::Prune, Action::Edit, Action::Pin, Action::Confidence, Action::Bucket, Action::Undo] {
            let reason = desk.app.can(action).unwrap_err();
            assert!(reason.contains("This is the past") && reason.contains("R puts"), "{reason}");
        }
        let before = desk.fake.asked.len();
        desk.keys("d p u e");
        let acts = desk.fake.asked.iter().skip(before).any(|request| matches!(request, Request::Act(_)));
        assert!(!acts && desk.app.over.is_none());
        desk.keys("backspace");
        assert!(desk.app.past().is_none() && desk.app.can(Action::Prune).is_ok());
    }

    #[test]
    fn a_memory_is_read_as_it_stood_and_read_anew_in_the_present() {
        let mut desk = past();
        desk.keys("j");
        let read = |desk: &Desk| {
            let asked = desk.fake.asked.iter().rev();
            let mut asked = asked.filter(|it| matches!(it, Request::Open { .. } | Request::Past(Past::Then { .. })));
            matches!(asked.next(), Some(Request::Past(_)))
        };
        assert!(read(&desk));
        desk.keys("backspace");
        assert!(!read(&desk), "the same memory, as it is now");
    }

    #[test]
    fn what_is_meant_is_put_back_and_what_reads_the_same_needs_nothing() {
        let mut desk = past();
        assert!(desk.app.can(Action::RollBack).unwrap_err().contains("reads now as it did"));
        desk.keys("j R");
        assert!(matches!(desk.app.over, Some(Over::RollBack(_))), "{}", desk.screen());
        let planned = desk.fake.asked.iter().rev().find_map(|request| match request {
            Request::Past(Past::Plan(RollBack::Versions { memories, .. })) => Some(memories.len()),
            _ => None,
        });
        assert_eq!(planned, Some(1));
        desk.keys("esc g space space space space R");
        let planned = desk.fake.asked.iter().rev().find_map(|request| match request {
            Request::Past(Past::Plan(RollBack::Versions { memories, .. })) => Some(memories.len()),
            _ => None,
        });
        assert_eq!(planned, Some(2), "of four marked ones two read differently and are known");
        desk.keys("esc esc g j j j");
        assert!(desk.app.can(Action::RollBack).unwrap_err().contains("nobody knows how"));
    }
}
