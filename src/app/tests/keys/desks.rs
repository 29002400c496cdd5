//! For each mode and action a state in which the action can run and has an effect that can be seen.

use super::*;

/// What the list is filtered by.
pub(super) const FILTER: &str = "jitter*";

/// A desk in a mode in which the action can run.
#[expect(clippy::too_many_lines, reason = "one state for each mode, in one place")]
pub(super) fn desk(mode: Mode, action: Action) -> Desk {
    let mut desk = Desk::new(60, (112, 24));
    if action == Action::Reveal {
        for memory in &mut desk.fake.memories {
            memory.tags.push("password=Hunter2-loom-staging".to_owned());
        }
        desk.keys("r");
    }
    // A filter with a word, something to undo, a place in the middle of the list.
    desk.keys("d j j /");
    desk.types(FILTER);
    desk.keys("enter j j j j j");
    let from_the_end = matches!(action, Action::Up | Action::HalfUp | Action::PageUp | Action::First);
    match mode {
        Mode::List if action == Action::Escape => desk.keys("space"),
        Mode::List if action == Action::Close => desk.keys("z"),
        Mode::Global | Mode::List => {}
        Mode::Memory => {
            desk.keys("enter");
            match action {
                Action::NextNeighbour => desk.keys("["),
                Action::PreviousMatch => desk.keys("G"),
                _ if from_the_end => desk.keys("G"),
                _ => {}
            }
        }
        Mode::Scopes => desk.keys("s j j"),
        Mode::History => {
            desk.keys("p p p p 3 j j");
            if action == Action::ClearFilter {
                desk.keys("/");
                desk.types("label:mark");
                desk.keys("enter");
            }
        }
        Mode::Changes => {
            desk.keys("p d d 3 j enter");
            resize(&mut desk, 100, 12);
            desk.keys(if from_the_end { "G" } else { "" });
        }
        Mode::Versions | Mode::RollBack => {
            desk.keys(if mode == Mode::Versions { "H" } else { "R enter" });
            if matches!(action, Action::ScrollUp | Action::ScrollDown) {
                resize(&mut desk, 50, 18);
            }
            desk.keys(if from_the_end { "G" } else { "" });
            desk.keys(if action == Action::ScrollUp { "J" } else { "" });
        }
        Mode::Saying => {
            desk.keys("Q");
            for _ in 0..12 {
                desk.keys("backspace");
            }
            desk.types("the");
            desk.keys("enter");
            if matches!(action, Action::ScrollUp | Action::ScrollDown) {
                resize(&mut desk, 50, 14);
            }
            let chosen = matches!(
                action,
                Action::Press | Action::Bury | Action::Propose | Action::ScrollUp | Action::ScrollDown
            );
            desk.keys(if chosen { "d" } else { "" });
            desk.keys(if from_the_end { "G" } else { "" });
            desk.keys(if action == Action::ScrollUp { "J" } else { "" });
        }
        Mode::Filter => {
            desk.keys("/");
            match action {
                Action::Newer => desk.keys("up"),
                Action::Accept | Action::Cancel => desk.types("kind:bugfix "),
                _ => {}
            }
        }
        // The middle of the map.
        Mode::Insights => desk.keys("4 g h h h h h h j j l l"),
        Mode::Find => {
            desk.keys("enter /");
            desk.types("storm");
        }
        Mode::Picker if action == Action::PutBack => desk.keys("V down delete"),
        Mode::Picker => desk.keys("V down"),
        Mode::Input => {
            desk.keys("c");
            desk.types(if action == Action::Accept { ".4" } else { "" });
        }
        Mode::Erase => {
            desk.keys("D");
            resize(&mut desk, 80, 12);
            desk.keys(if from_the_end { "pagedown" } else { "" });
            desk.types(if action == Action::Accept { "1" } else { "" });
        }
        Mode::Menu => desk.keys("o j"),
        Mode::Dialog => {
            desk.keys("M d");
            resize(&mut desk, 80, 12);
            desk.keys(if from_the_end { "G" } else { "" });
        }
        Mode::Form => {
            desk.keys("e esc");
            if action == Action::SeeDifference {
                desk.keys("enter");
                desk.types("x");
                desk.keys("esc");
            }
        }
        Mode::Field => {
            desk.keys("e");
            desk.types("x");
        }
        Mode::Palette if action == Action::Accept => {
            desk.keys(":");
            desk.types("group");
        }
        Mode::Palette => desk.keys(": down down pagedown"),
        Mode::Page => {
            desk.keys("i");
            resize(&mut desk, 40, 8);
            desk.keys(if from_the_end { "pagedown" } else { "" });
        }
        Mode::Review | Mode::Recess => {
            desk.keys("S a");
            desk.keys(if from_the_end { "G" } else { "" });
            if mode == Mode::Recess {
                desk.app.bench.stage = Stage::Done;
            }
        }
        Mode::Queue => {
            if action == Action::Audit {
                desk.fake.queue.apply(8);
            }
            desk.keys(match action {
                Action::ApproveAll | Action::RejectAll => "2",
                Action::Undo | Action::Repeat => "2 n",
                Action::Redo => "2 n u",
                _ => "2 K K K K",
            });
            resize(&mut desk, 80, 14);
            desk.keys(if from_the_end { "G" } else { "" });
        }
        Mode::Audit => {
            desk.keys("2 n");
            (8..=9).for_each(|id| desk.fake.queue.apply(id));
            desk.tell(Reply::Waiting(desk.fake.queue.mark()));
            desk.keys(if action == Action::Redo { "u t J" } else { "t J" });
            resize(&mut desk, 80, 14);
            desk.keys(if from_the_end { "G" } else { "" });
        }
        Mode::Evidence => {
            desk.keys(if action == Action::Redo { "2 K K n u enter" } else { "2 K K n K enter" });
            resize(&mut desk, 80, 14);
            desk.keys(if from_the_end { "G" } else { "" });
        }
        Mode::Locked => desk.keys("L"),
        Mode::Welcome => {
            desk.app.welcome = Some(Welcome::default());
            desk.draw();
        }
    }
    desk
}

fn resize(desk: &mut Desk, columns: u16, rows: u16) {
    desk.send(Event::Resize(columns, rows));
    desk.draw();
}
