//! Versions and roll-backs, key by key.

use super::super::fake::Desk;
use super::*;
use crate::keymap::Mode;

fn acts(desk: &Desk) -> Vec<&Act> {
    desk.fake.asked.iter().filter_map(|asked| if let Request::Act(act) = asked { Some(act) } else { None }).collect()
}

fn preview(desk: &Desk) -> &Preview {
    match &desk.app.over {
        Some(Over::RollBack(preview)) => preview,
        other => panic!("no roll-back in preview: {other:?}"),
    }
}

fn versions(desk: &Desk) -> &Versions {
    match &desk.app.over {
        Some(Over::Versions(versions)) => versions,
        other => panic!("no versions: {other:?}"),
    }
}

#[test]
fn any_two_versions_are_compared_and_leaving_leads_back() {
    let mut desk = Desk::new(20, (120, 30));
    desk.keys("j H");
    assert_eq!(versions(&desk).line.len(), 4);
    let screen = desk.screen();
    assert!(screen.contains("edit by you, operation 9") && screen.contains("claude, seen by operation 7"), "{screen}");
    assert!(screen.contains("version 3 → version 4"), "the newest with the one before it: {screen}");
    desk.keys("space j j");
    assert_eq!(versions(&desk).pair(), (Some(2), 0));
    assert!(desk.screen().contains("version 2 → version 4"));
    desk.keys("g space j j j");
    assert_eq!(versions(&desk).pair(), (None, 3), "before the oldest there was nothing");
    assert!(desk.screen().contains("nothing → version 1"));
    desk.keys("q");
    assert_eq!((desk.app.mode(), desk.app.list.cursor), (Mode::List, 1));
}

#[test]
fn a_text_that_is_looked_for_leads_to_the_version_that_brought_it() {
    let mut desk = Desk::new(20, (120, 30));
    desk.keys("enter /");
    desk.types("storm");
    desk.keys("enter H");
    assert_eq!(versions(&desk).cursor, 2);
    assert!(desk.screen().contains("“storm” came with version 2"), "{}", desk.screen());
    desk.keys("esc esc H");
    assert_eq!(versions(&desk).text, None, "no text is looked for any more");
}

#[test]
fn a_roll_back_is_shown_first_and_left_without_a_trace() {
    let mut desk = Desk::new(20, (100, 30));
    desk.keys("R");
    assert!(desk.screen().contains("what its session captured"), "{}", desk.screen());
    desk.keys("enter");
    let screen = desk.screen();
    assert!(screen.contains("10 deleted, 1 left alone"), "{screen}");
    assert!(screen.contains("1 derived from these stay; t takes them along"), "{screen}");
    desk.keys("j");
    assert!(desk.screen().contains("operation 3 (edit) changed it since"), "{}", desk.screen());
    desk.keys("t o");
    assert!(desk.screen().contains("12 deleted"), "{}", desk.screen());
    desk.keys("esc");
    assert_eq!(desk.app.mode(), Mode::List);
    assert!(acts(&desk).is_empty());
}

#[test]
fn enter_applies_what_was_shown_and_what_was_decided() {
    let mut desk = Desk::new(20, (100, 30));
    desk.keys("R enter t enter");
    let [Act::RollBack { plan, choices, .. }] = acts(&desk)[..] else { panic!("{:?}", acts(&desk)) };
    assert_eq!((plan.returns.len(), choices.derived, choices.conflicts), (12, true, false));
    assert_eq!(desk.fake.memories.len(), 9);
    assert!(desk.screen().contains("Rolled back 11 memories"), "{}", desk.screen());
    desk.keys("u");
    assert_eq!(desk.fake.memories.len(), 20);
}

#[test]
fn from_the_log_an_operation_goes_back_and_from_a_version_the_memory() {
    let mut desk = Desk::new(20, (100, 30));
    desk.keys("d 3 R");
    assert_eq!(preview(&desk).what, "operation 1");
    desk.keys("esc 1 H j R");
    assert!(preview(&desk).what.contains("to one of its versions"));
    desk.keys("esc");
    assert_eq!(versions(&desk).cursor, 1, "leaving the preview leads back to the versions");
}

#[test]
fn several_operations_are_marked_and_go_back_together() {
    let mut desk = Desk::new(20, (100, 30));
    desk.keys("d d d 3 space j space R");
    assert_eq!(preview(&desk).what, "operations 1, 3");
    desk.keys("esc esc");
    assert!(desk.app.history.marked.is_empty() && desk.app.mode() == Mode::History, "Esc takes the marks away first");
}

#[test]
fn the_log_is_filtered_and_a_mistake_is_named() {
    let mut desk = Desk::new(20, (100, 30));
    desk.keys("d 3 /");
    desk.types("autor:you");
    desk.keys("enter");
    assert!(desk.screen().contains("`author:`?"), "{}", desk.screen());
    desk.keys("backspace backspace backspace backspace backspace backspace backspace backspace backspace");
    desk.types("author:you");
    desk.keys("enter");
    assert_eq!(desk.app.mode(), Mode::History);
    assert!(desk.screen().contains("/ author:you"), "{}", desk.screen());
    let filtered = |asked: &Request| matches!(asked, Request::Log { filter, .. } if *filter != crate::query::Expr::All);
    assert!(desk.fake.asked.iter().any(filtered));
    desk.keys("backspace");
    assert!(desk.app.history.typed.is_empty());
}

#[test]
fn a_question_that_cannot_be_answered_leaves_nothing_open() {
    let mut desk = Desk::new(20, (100, 30));
    desk.silent = true;
    desk.keys("H");
    let ticket = desk.asked();
    desk.send(super::super::Event::Reply(ticket, crate::engine::Reply::Failed("no ledger".into())));
    assert_eq!(desk.app.mode(), Mode::List);
    assert!(desk.screen().contains("no ledger"));
}

#[test]
fn nothing_is_rolled_back_where_nothing_may_be_changed() {
    let setup =
        super::super::Setup { read_only: Some("--read-only was given".to_owned()), ..super::super::fake::setup() };
    let mut desk = Desk::with(20, setup);
    desk.keys("R");
    assert_eq!(desk.app.mode(), Mode::List);
    assert!(desk.screen().contains("Read-only"));
    desk.keys("H R");
    assert_eq!(desk.app.mode(), Mode::Versions, "versions can be looked at all the same");
}
