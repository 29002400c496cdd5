//! Who says so, from key to act.

use crate::{
    app::{Over, Screen, fake::Desk},
    change::{Label, Wish},
    curate::Act,
    engine::{Deed, Request},
    keymap::Mode,
};

fn asked(text: &str) -> Desk {
    let mut desk = Desk::new(60, (112, 30));
    desk.keys("Q");
    desk.types(text);
    desk.keys("enter");
    assert_eq!(desk.app.mode(), Mode::Saying, "{}", desk.screen());
    desk
}

fn draft(desk: &Desk) -> crate::change::Draft {
    let acts = desk.fake.asked.iter().rev();
    let found = acts.into_iter().find_map(|request| match request {
        Request::Act(Act::Correct { draft, .. }) => Some((**draft).clone()),
        Request::Propose(draft) => Some((**draft).clone()),
        _ => None,
    });
    found.expect("nothing was ordered")
}

#[test]
fn other_words_are_shown_and_then_put_into_all_in_one_operation() {
    let mut desk = asked("retry");
    let all = match &desk.app.over {
        Some(Over::Saying(saying)) => saying.sayers().len(),
        other => panic!("{other:?}"),
    };
    assert!(all > 1, "{}", desk.screen());
    assert!(desk.app.can(crate::action::Action::Press).is_err(), "nothing is decided yet");
    desk.keys("e ctrl-u");
    desk.types("second try");
    desk.keys("enter");
    let screen = desk.screen();
    assert!(screen.contains("second try") && screen.contains("as one operation"), "{screen}");
    desk.keys("enter");
    let draft = draft(&desk);
    assert_eq!((draft.label, draft.steps.len()), (Label::Edit, all));
    assert!(draft.steps.iter().all(|step| matches!(&step.wish, Wish::Edit(edit) if !edit.is_empty())));
    assert_eq!(desk.app.mode(), Mode::List);
}

#[test]
fn only_the_marked_ones_are_meant_and_what_is_pruned_can_be_buried() {
    let mut desk = asked("retry");
    desk.keys("space d B");
    assert!(desk.screen().contains("prunes and buries 1"), "{}", desk.screen());
    desk.keys("enter");
    let last = desk.fake.asked.iter().rev().find(|request| matches!(request, Request::Act(_)));
    let Some(Request::Act(Act::Correct { draft, tombstone })) = last else { panic!("{last:?}") };
    assert_eq!((draft.label, draft.steps.len()), (Label::Prune, 1));
    assert!(tombstone.as_ref().is_some_and(|words| words.contains("retry")));
}

#[test]
fn a_confidence_can_wait_in_the_queue_and_leaving_goes_step_by_step() {
    let mut desk = asked("retry");
    desk.keys("c");
    desk.types(".2");
    desk.keys("enter");
    assert!(matches!(&desk.app.over, Some(Over::Saying(saying)) if saying.deed == Some(Deed::Confidence(Some(0.2)))));
    desk.keys("c esc");
    assert_eq!(desk.app.mode(), Mode::Saying, "the question is left, not the memories");
    desk.keys("p");
    assert_eq!(draft(&desk).label, Label::Mark);
    let mut desk = asked("retry");
    desk.keys("d esc");
    assert!(matches!(&desk.app.over, Some(Over::Saying(saying)) if saying.deed.is_none()));
    desk.keys("l");
    assert_eq!((desk.app.screen, desk.app.filter.as_str()), (Screen::Memories, "retry"));
}

#[test]
fn who_says_nothing_says_so() {
    let mut desk = asked("zebra");
    assert!(desk.screen().contains("No memory says so"), "{}", desk.screen());
    assert!(desk.app.can(crate::action::Action::Prune).is_err());
    desk.keys("esc");
    assert_eq!(desk.app.mode(), Mode::List);
}
