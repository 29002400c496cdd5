//! Keys and text that were meant for another pane do no harm.

use super::*;
use crate::{action::Action, keymap::Press};

#[test]
fn paste_outside_a_field_does_nothing_but_say_so() {
    let mut desk = desk();
    desk.send(Event::Paste("ddddd".to_owned()));
    assert_eq!(said(&desk), "Pasted text was ignored: no field is open here");
    assert_eq!(desk.fake.memories.len(), 197);
    desk.keys("/");
    desk.send(Event::Paste("advisory\nlocks".to_owned()));
    assert_eq!(desk.app.filter_line.as_ref().unwrap().entry.text(), "advisory locks");
}

#[test]
fn a_key_that_repeats_by_itself_never_prunes() {
    let mut desk = desk();
    desk.keys("d");
    let d: Press = "d".parse().unwrap();
    for _ in 0..20 {
        desk.now += 30;
        desk.send(Event::Key(d.event()));
    }
    assert_eq!(said(&desk), "The key repeats by itself; press d once more to prune");
    let mut repeat = d.event();
    repeat.kind = KeyEventKind::Repeat;
    desk.now += 1000;
    desk.send(Event::Key(repeat));
    assert_eq!(desk.fake.memories.len(), 196);
    desk.now += 1000;
    desk.send(Event::Key(d.event()));
    assert_eq!(desk.fake.memories.len(), 195);
}

#[test]
fn a_held_key_that_no_terminal_tells_of_counts_twice_at_most() {
    for (delay, rate) in [(500, 33), (250, 20), (225, 55)] {
        let mut desk = desk();
        desk.keys("d");
        let d = "d".parse::<Press>().unwrap().event();
        desk.now += delay;
        for _ in 0..50 {
            desk.send(Event::Key(d));
            desk.now += rate;
        }
        assert_eq!(acts(&desk).len(), 2, "delay {delay}, every {rate} ms");
    }
}

#[test]
fn the_first_moments_after_focus_give_no_verdict() {
    let mut desk = desk();
    let d: Press = "d".parse().unwrap();
    desk.send(Event::Focus(true));
    desk.now += 200;
    desk.send(Event::Key(d.event()));
    assert_eq!(desk.fake.memories.len(), 197);
    desk.now += 200;
    desk.send(Event::Key(d.event()));
    assert_eq!(desk.fake.memories.len(), 196);
}

#[test]
fn a_locked_pane_hears_one_key() {
    let mut desk = desk();
    desk.keys("L d q x");
    assert_eq!((desk.fake.memories.len(), desk.app.finished()), (197, false));
    assert_eq!(said(&desk), "This pane is locked; L unlocks it");
    desk.send(Event::Paste("L".to_owned()));
    assert!(desk.app.locked && desk.screen().contains("locked: L unlocks"));
    desk.keys("L");
    desk.now += 400;
    desk.keys("d");
    assert_eq!(desk.fake.memories.len(), 196);
}

#[test]
fn a_sentence_typed_into_a_locked_pane_leaves_it_locked() {
    let mut desk = desk();
    desk.keys("L");
    desk.types("Let us drop the dead deployment, uh... L");
    desk.now += 10;
    desk.send(Event::Key("L".parse::<Press>().unwrap().event()));
    assert_eq!(said(&desk), "Locked again: a key came right behind L");
    assert!(desk.app.locked && acts(&desk).is_empty() && desk.app.over.is_none());
}

#[test]
fn what_comes_while_locked_opens_no_way_in() {
    let mut desk = desk();
    desk.silent = true;
    desk.keys("e L");
    desk.silent = false;
    for reply in desk.fake.answer(Request::Editable { key: key(0) }) {
        desk.send(Event::Reply(desk.asked(), reply));
    }
    desk.types("xyz");
    if let Some(Over::Form(form)) = &desk.app.over {
        assert!(form.edit().is_empty(), "nothing was typed into it");
    }
    assert!(desk.app.locked);
}

#[test]
fn a_held_key_presses_no_button_and_unlocks_nothing() {
    let mut desk = desk();
    desk.keys("M d tab");
    let enter: Press = "enter".parse().unwrap();
    let mut repeat = enter.event();
    repeat.kind = KeyEventKind::Repeat;
    desk.now += 500;
    desk.send(Event::Key(repeat));
    assert_eq!((desk.app.mode(), acts(&desk).len()), (Mode::Dialog, 0));
    let screen = desk.screen();
    assert!(screen.contains("The key repeats by itself; press enter once more to choose"), "{screen}");
    desk.keys("esc L");
    repeat = "L".parse::<Press>().unwrap().event();
    repeat.kind = KeyEventKind::Repeat;
    desk.send(Event::Key(repeat));
    assert!(desk.app.locked);
}

#[test]
fn the_click_that_brings_the_focus_gives_no_verdict() {
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
    let mut desk = desk();
    desk.keys("M d tab");
    let (area, _) = *desk.app.hits.actions.iter().find(|(_, action)| *action == Action::Press).unwrap();
    let kind = MouseEventKind::Down(MouseButton::Left);
    let click = MouseEvent { kind, column: area.x, row: area.y, modifiers: KeyModifiers::NONE };
    desk.send(Event::Focus(true));
    desk.send(Event::Mouse(click));
    assert_eq!((desk.app.mode(), acts(&desk).len()), (Mode::Dialog, 0));
}
