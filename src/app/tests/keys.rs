//! Presses every documented key in every mode and asserts that what is documented happens.

use super::{super::fake::Desk, super::*, acts};
use crate::{action::Action, catalog::SortKey};

/// A desk in a mode in which the action can run.
fn desk_for(mode: Mode, action: Action) -> Desk {
    let mut desk = Desk::new(60, (112, 24));
    if action == Action::Reveal {
        for memory in &mut desk.fake.memories {
            memory.tags.push("password=Hunter2-loom-staging".to_owned());
        }
        desk.keys("r");
    }
    // A filter with a word, something to undo, a place in the middle of the list.
    desk.keys("d j j /");
    desk.types("jitter");
    desk.keys("enter j j j j j");
    match mode {
        Mode::Global if action == Action::Memories => desk.keys("H"),
        Mode::Global if action == Action::Escape => desk.keys("space"),
        Mode::List if action == Action::Close => desk.keys("z"),
        Mode::Global | Mode::List => {}
        Mode::Memory => desk.keys("enter j"),
        Mode::Scopes => desk.keys("s j j"),
        Mode::History => desk.keys("p p p H j"),
        Mode::Changes => {
            desk.keys("p d d H j enter");
            desk.send(Event::Resize(100, 12));
            desk.draw();
            if matches!(action, Action::Up | Action::HalfUp | Action::PageUp | Action::First) {
                desk.keys("G");
            }
        }
        Mode::Filter => {
            desk.keys("/");
            if matches!(action, Action::Newer) {
                desk.keys("up");
            }
        }
        Mode::Input => desk.keys("c"),
        Mode::Menu => desk.keys("o j"),
        Mode::Dialog => {
            desk.keys("M d");
            desk.send(Event::Resize(80, 12));
            desk.draw();
            desk.keys(if matches!(action, Action::Up | Action::HalfUp | Action::PageUp | Action::First) {
                "j"
            } else {
                ""
            });
        }
        Mode::Form => desk.keys("e esc"),
        Mode::Field => {
            desk.keys("e");
            desk.types("x");
        }
        Mode::Palette => desk.keys(": down down"),
        Mode::Page => {
            desk.keys("i");
            desk.send(Event::Resize(40, 8));
            desk.draw();
            desk.keys(if matches!(action, Action::Up | Action::PageUp) { "pagedown" } else { "" });
        }
        Mode::Locked => desk.keys("L"),
        Mode::Welcome => {
            desk.app.welcome = Some(Welcome::default());
            desk.draw();
        }
    }
    if mode == Mode::Form && action == Action::Review {
        desk.keys("enter");
        desk.types("x");
        desk.keys("esc");
    }
    if mode == Mode::Memory && matches!(action, Action::NextNeighbour) {
        desk.keys("[");
    }
    desk
}

/// Where one is: the number that moving keys change.
fn place(app: &App) -> (usize, usize, usize, usize, usize) {
    let over = match &app.over {
        Some(Over::Dialog(dialog)) => dialog.scroll,
        Some(Over::Why(scroll)) => *scroll,
        Some(Over::Menu(menu)) => menu.cursor,
        Some(Over::Palette(palette)) => palette.cursor,
        _ => 0,
    };
    let history = app.history.cursor * 1000 + app.history.scroll;
    (app.list.cursor, app.reader.scroll, app.scope_at, history, over)
}

fn moved(before: &App, after: &App) -> bool {
    place(before) != place(after)
}

/// Whether an action had its documented effect; `before` is another desk in the same state as `after` was.
fn happened(action: Action, mode: Mode, before: &Desk, after: &Desk) -> bool {
    let (old, new) = (&before.app, &after.app);
    let asked = || after.fake.asked.get(before.fake.asked.len()..).unwrap_or_default();
    let ordered = || acts(after).len() == acts(before).len() + 1;
    let gave = |wanted: &dyn Fn(&Effect) -> bool| after.effects.last().is_some_and(wanted);
    match action {
        Action::Up | Action::Down if mode == Mode::Menu => moved(old, new),
        Action::Up | Action::HalfUp | Action::PageUp | Action::First | Action::PreviousMemory => {
            place(new) < place(old)
        }
        Action::Down | Action::HalfDown | Action::PageDown | Action::Last | Action::NextMemory => {
            place(new) > place(old)
        }
        Action::Open | Action::Close | Action::Help | Action::Palette | Action::History | Action::Memories => {
            old.mode() != new.mode() || old.filter != new.filter || old.list.lines() != new.list.lines()
        }
        Action::NextPane | Action::PreviousPane => old.mode() != new.mode(),
        Action::NextNeighbour | Action::PreviousNeighbour => old.reader.wanted != new.reader.wanted,
        Action::NextMatch | Action::PreviousMatch => old.reader.scroll != new.reader.scroll,
        Action::Filter => new.mode() == Mode::Filter,
        Action::ClearFilter => !old.filter.is_empty() && new.filter.is_empty(),
        Action::Scopes => new.mode() == Mode::Scopes,
        Action::Sort | Action::Bucket => new.mode() == Mode::Menu,
        Action::Reverse => old.list.view.spec.sort.descending != new.list.view.spec.sort.descending,
        Action::Group => old.list.view.spec.grouped != new.list.view.spec.grouped,
        Action::Preview => old.panes() != new.panes(),
        Action::MoreRoom | Action::LessRoom => old.hits.dividers != new.hits.dividers,
        Action::Refresh => asked().iter().any(|request| matches!(request, Request::View { .. })),
        Action::Mark => new.marks.len() == old.marks.len() + 1,
        Action::Range => new.range.is_some(),
        Action::MarkAll => new.marks.len() == new.list.view.count.number,
        Action::Escape => new.marks.is_empty() && !old.marks.is_empty(),
        Action::Why => new.mode() == Mode::Page,
        Action::Pin | Action::Undo | Action::Redo | Action::UndoOperation => ordered(),
        Action::Prune => ordered() && after.fake.memories.len() + 1 == before.fake.memories.len(),
        Action::Confidence | Action::StaleAfter => new.mode() == Mode::Input,
        Action::CopyId => gave(&|effect| matches!(effect, Effect::Copy(text) if text.starts_with("claude-mem:obs"))),
        Action::CopyText => gave(&|effect| matches!(effect, Effect::Copy(text) if text.contains("storm of our own"))),
        Action::CopyCommand => {
            gave(&|effect| matches!(effect, Effect::Copy(text) if text.starts_with("memtui show claude-mem:obs")))
        }
        Action::Reveal => !old.reader.revealed && new.reader.revealed,
        Action::Edit => new.mode() == Mode::Field,
        Action::Editor => gave(&|effect| matches!(effect, Effect::Editor(_))),
        Action::Accept => match mode {
            Mode::Menu => new.list.view.spec.sort.key == SortKey::Confidence,
            Mode::Palette => new.over.is_none() && place(new) != place(old),
            Mode::Input => ordered(),
            _ => new.mode() == Mode::List,
        },
        Action::Cancel if mode == Mode::Form => new.over.is_none(),
        Action::Cancel => new.mode() == Mode::List && acts(after).len() == acts(before).len(),
        Action::Complete => new.filter_line.as_ref().is_some_and(|line| line.suggestions.is_some()),
        Action::Older | Action::Newer => {
            let text = |app: &App| app.filter_line.as_ref().map(|line| line.entry.text().to_owned());
            text(old) != text(new)
        }
        Action::NextField | Action::PreviousField => match (&old.over, &new.over) {
            (Some(Over::Dialog(old)), Some(Over::Dialog(new))) => old.focus != new.focus,
            (Some(Over::Form(old)), Some(Over::Form(new))) => old.spot != new.spot,
            _ => false,
        },
        Action::Press => match mode {
            Mode::Form => new.mode() == Mode::Field,
            _ => new.over.is_none() && !ordered(),
        },
        Action::Review => matches!(&new.over, Some(Over::Dialog(dialog)) if matches!(dialog.matter, Matter::Save(..))),
        Action::LeaveField => new.mode() == Mode::Form,
        Action::Lock => new.locked,
        Action::Unlock => !new.locked,
        Action::Demo => new.wants_demo(),
        Action::Quit => new.finished(),
        Action::Suspend => gave(&|effect| *effect == Effect::Suspend),
        Action::Repaint => gave(&|effect| *effect == Effect::Repaint),
    }
}

#[test]
fn every_documented_key_does_what_is_documented() {
    let map = Keymap::default();
    let mut pressed = 0;
    let mut failures = Vec::new();
    for &mode in Mode::ALL {
        for (action, keys) in map.rows(mode) {
            for press in keys {
                let before = desk_for(mode, *action);
                let mut after = desk_for(mode, *action);
                let asked = after.app.can(*action);
                after.keys(&press.to_string());
                if asked.is_err() || !happened(*action, mode, &before, &after) {
                    failures.push(format!("{press} in [{}] is to {}: {asked:?}", mode.name(), action.name()));
                }
                pressed += 1;
            }
        }
    }
    assert!(failures.is_empty(), "{} of {pressed} keys: {failures:#?}", failures.len());
}

#[test]
fn every_action_has_a_key_somewhere() {
    let map = Keymap::default();
    for &action in Action::ALL {
        let has = map.modes(action).any(|mode| !map.keys(mode, action).is_empty());
        assert!(has, "{} has no key", action.name());
    }
}
