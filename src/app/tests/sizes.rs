//! Every screen at every size: nothing panics, nothing is refused.

use super::super::fake::{Desk, setup};
use crate::app::{Event, Setup, Welcome};

/// Ways to each screen.
const SCREENS: [&str; 18] = [
    "",
    "z",
    "enter",
    "s",
    "/ k i n d : tab",
    "M d",
    "e",
    "e f2",
    "c",
    "o",
    "H",
    "H enter",
    "?",
    "i",
    "V",
    "S",
    "W",
    "enter /",
];

#[test]
fn every_screen_is_drawn_at_every_size() {
    for keys in SCREENS {
        let mut desk = Desk::new(30, (80, 24));
        desk.keys("d j space");
        desk.keys(keys);
        for width in (1..=12).chain((13..=300).step_by(41)) {
            for height in (1..=8).chain((9..=100).step_by(30)) {
                desk.send(Event::Resize(width, height));
                desk.draw();
            }
        }
    }
}

#[test]
fn messages_and_welcome_are_drawn_at_every_size() {
    let welcome = Welcome {
        looked: vec!["/home/ada/.claude-mem/claude-mem.db: no such file".to_owned()],
        problem: Some("/tmp/x: this is a directory, not a store; name a file".to_owned()),
    };
    let mut welcome = Desk::with(0, Setup { welcome: Some(welcome), ..setup() });
    let mut message = Desk::new(3, (80, 24));
    for width in (1..=12).chain((13..=300).step_by(29)) {
        for height in (1..=8).chain((9..=100).step_by(31)) {
            for desk in [&mut welcome, &mut message] {
                desk.send(Event::Resize(width, height));
                desk.send(Event::Paste("x".to_owned()));
                desk.draw();
            }
        }
    }
}
