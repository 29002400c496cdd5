//! Presses every documented key in every mode and asserts that what is documented happens.
//!
//! A new action needs a row in `effects::happened`, and a state in `desks::desk` when none of the present ones will do.

mod desks;
mod effects;
mod place;

use desks::desk;
use effects::{Pressed, happened};

use super::{super::fake::Desk, *};
use crate::action::Action;

#[test]
fn every_documented_key_does_what_is_documented() {
    let map = Keymap::default();
    let mut pressed = 0;
    let mut failures = Vec::new();
    // The keys that work in most modes are pressed in each of them.
    for &mode in Mode::ALL.iter().filter(|mode| **mode != Mode::Global) {
        for (_, action, keys) in map.all_rows(mode) {
            // A narrower action of this mode may have the key of a wider one that works everywhere.
            let keys: Vec<_> = keys.iter().filter(|press| map.action(mode, **press) == Some(action)).collect();
            let before = desk(mode, action);
            for press in keys {
                let mut after = desk(mode, action);
                let can = after.app.can(action);
                assert_eq!(before.app.mode(), mode, "no state in {mode} for {}", action.name());
                // As the terminal sends it.
                after.now += 1000;
                after.send(Event::Key(press.event()));
                after.draw();
                if needless(mode, action) {
                    assert!(can.is_err() && after.app.mode() == mode, "{press} in [{mode}] is refused with a reason");
                    continue;
                }
                if can.is_err() || !happened(action, &Pressed { mode, before: &before, after: &after }) {
                    failures.push(format!("{press} in [{mode}] is to {}: {can:?}", action.name()));
                }
                pressed += 1;
            }
        }
    }
    assert!(failures.is_empty(), "{} of {pressed} keys: {failures:#?}", failures.len());
}

/// What works everywhere else and is refused where one thing is decided after the other.
fn needless(mode: Mode, action: Action) -> bool {
    let panes = matches!(action, Action::NextPane | Action::PreviousPane);
    match mode {
        Mode::Review | Mode::Recess => panes || matches!(action, Action::Redo | Action::Review),
        Mode::Queue | Mode::Audit | Mode::Evidence => panes,
        _ => false,
    }
}

#[test]
fn every_action_has_a_key_somewhere() {
    let map = Keymap::default();
    for &action in Action::ALL {
        let has = map.modes(action).any(|mode| !map.keys(mode, action).is_empty());
        assert!(has, "{} has no key", action.name());
    }
}

#[test]
fn a_key_of_ones_own_is_the_one_that_works_and_is_shown() {
    let keymap = Keymap::with("[list]\nprune = \"X\"\n[global]\nhelp = \"f5\"\n").unwrap();
    let mut desk = Desk::with(20, Setup { keymap, size: (80, 40), ..super::super::fake::setup() });
    assert!(desk.screen().lines().last().unwrap().contains("f5 help"), "the footer");
    desk.keys("d");
    assert!(acts(&desk).is_empty(), "the default is gone");
    desk.keys("X");
    assert_eq!(acts(&desk).len(), 1);
    for open in ["f5", ":"] {
        desk.keys(open);
        desk.types("prune");
        let screen = desk.screen();
        assert!(screen.lines().any(|line| line.contains('X') && line.contains("rune")), "{open}: {screen}");
        desk.keys("esc");
    }
}
