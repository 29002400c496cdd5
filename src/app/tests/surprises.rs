//! What surprised newcomers: nothing is done out of sight, and what is wrong is told at once.

use super::{super::fake::setup, *};

#[test]
fn marks_outside_the_filter_are_told_and_previewed() {
    let mut desk = desk();
    desk.keys("space j space /");
    desk.types("kind:bugfix ");
    desk.keys("enter");
    assert!(desk.app.marks.len() == 2 && desk.app.marks.unseen() > 0);
    let unseen = desk.app.marks.unseen();
    let screen = desk.screen();
    assert!(screen.contains(&format!("2 marked, {unseen} not shown")), "{screen}");
    for keys in ["c", "t", "b", "p", "d"] {
        desk.keys(keys);
        assert_eq!(desk.app.mode(), Mode::Dialog, "{keys} previews");
        assert!(desk.screen().contains("not shown by the present filter"));
        assert!(acts(&desk).is_empty());
        desk.keys("esc");
    }
    desk.keys("p tab enter");
    assert!(matches!(acts(&desk).as_slice(), [Act::Mark { targets, .. }] if targets.len() == 2));
    desk.keys("backspace");
    assert!(!desk.screen().contains("not shown"), "everything is shown again");
    desk.keys("c");
    assert_eq!(desk.app.mode(), Mode::Input);
}

#[test]
fn an_open_range_is_what_an_action_is_about() {
    let mut desk = desk();
    desk.keys("space v j j d");
    assert_eq!(said(&desk), "Pruned 3 memories · u undoes");
    assert_eq!((desk.app.range, desk.app.marks.keys()), (None, vec![key(0)]), "the range ends, marks stay");
    assert!(desk.fake.memories.iter().all(|memory| ![1, 2, 3].contains(&memory.row.key.handle.0)));
    desk.keys("g v j y");
    assert_eq!(said(&desk), "Copied 2 ids, one on each line");
    desk.keys("v k c");
    desk.types(".4");
    desk.keys("enter");
    assert!(matches!(acts(&desk).last(), Some(Act::Mark { targets, .. }) if targets.len() == 2));
    desk.keys("g v G d");
    assert_eq!(desk.app.mode(), Mode::Dialog, "a long range is previewed");
    desk.keys("esc G v g d");
    assert_eq!(desk.app.mode(), Mode::Dialog);
}

#[test]
fn another_order_begins_at_its_first_memory() {
    let mut desk = desk();
    desk.keys("j j j o j enter");
    let sort = desk.app.list.view.spec.sort;
    assert_eq!((sort.key, sort.descending), (crate::catalog::SortKey::Confidence, false), "most doubtful first");
    assert_eq!((desk.app.list.cursor, desk.app.list.top), (0, 0));
    desk.keys("j j O");
    assert_eq!((desk.app.list.cursor, desk.app.list.top), (0, 0));
    desk.keys("z j j O");
    assert_eq!(desk.app.list.position(), 0);
    desk.tell(Reply::Changed { added: 0, removed: 0 });
    let first = here(&desk);
    desk.keys("j r");
    assert_ne!(here(&desk), first, "from then on the cursor stays on its memory");
}

#[test]
fn a_message_goes_with_the_next_key_and_covers_no_hints() {
    let mut desk = desk();
    desk.keys("d");
    assert_eq!(said(&desk), "Pruned 1 memory · u undoes");
    desk.keys("j");
    assert_eq!(said(&desk), "");
    desk.keys("M d");
    desk.tell(Reply::Notice("something happened".to_owned()));
    let screen = desk.screen();
    let lines: Vec<&str> = screen.lines().collect();
    assert!(lines[23].contains("cancel") && lines[22].contains("something happened"), "{screen}");
    assert!(lines[..22].iter().any(|line| line.contains("[Cancel]")), "{screen}");
}

#[test]
fn a_wrong_word_is_told_while_it_is_typed() {
    let mut desk = Desk::new(197, (50, 24));
    let line = |desk: &Desk| {
        let line = desk.app.filter_line.clone().unwrap();
        (line.error.map(|error| error.message), line.unfinished.map(|error| error.message))
    };
    desk.keys("/");
    desk.types("is:");
    assert!(matches!(line(&desk), (None, Some(_))), "it lacks a value");
    desk.types("sta");
    assert!(matches!(line(&desk), (None, Some(_))), "stale begins so");
    desk.types("le");
    assert_eq!(line(&desk), (None, None));
    desk.types("x");
    assert!(matches!(line(&desk), (Some(_), None)), "nothing begins so");
    desk.keys("ctrl-u");
    desk.types("is:foo");
    let screen = desk.screen();
    assert!(screen.contains("there is no state `foo`") && screen.contains("marked, pinned"), "{screen}");
    assert!(screen.contains("no-origin"), "all of them are named: {screen}");
    desk.keys("ctrl-u");
    desk.types("age:45");
    assert!(matches!(line(&desk), (None, Some(_))), "a unit may follow");
    desk.keys("ctrl-u");
    desk.types("kin:b");
    assert!(matches!(line(&desk), (Some(_), None)));
}

#[test]
fn a_store_that_was_replaced_is_opened_again() {
    let mut desk = desk();
    desk.keys("r");
    assert!(!desk.app.finished());
    let broken = StoreState { broken: Some("it was replaced".to_owned()), ..setup().stores[0].clone() };
    desk.tell(Reply::Store { store: 0, state: broken });
    assert_eq!(said(&desk), "claude-mem: it was replaced · r reopens it");
    desk.keys("r");
    assert!(desk.app.finished() && desk.app.wants_reopen());
}

#[test]
fn keys_known_from_elsewhere_are_answered() {
    let mut desk = desk();
    desk.keys("ctrl-c");
    assert_eq!((said(&desk), desk.app.finished()), ("q quits", false));
    desk.keys("z g k h d");
    assert_eq!(said(&desk), "No memory under the cursor; enter folds, M marks all");
}

#[test]
fn help_names_signals_and_shows_filters() {
    let mut desk = Desk::new(20, (50, 20));
    desk.keys("?");
    let mut seen = String::new();
    for _ in 0..30 {
        seen.push_str(&desk.screen());
        desk.keys("pagedown");
    }
    for signal in Signal::ALL {
        assert!(seen.contains(&format!("{} {}", signal.letter(), signal.name())), "{}", signal.name());
    }
    assert!(seen.contains("scope:=acme-api") && seen.contains("is:stale has:files"), "{seen}");
    desk.keys("enter");
    assert!(desk.app.over.is_none(), "a note runs nothing");
}
