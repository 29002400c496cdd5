//! The sitting: state, keys, state.

use crate::{
    app::{
        App, Event, Review, Setup, Stage,
        fake::{Desk, NOW, setup},
    },
    curate::{Act, Mark},
    engine::Request,
    keymap::Mode,
    memory::{EpochMs, Handle, Verdict},
};

const DAY: EpochMs = 86_400_000;

/// Twenty memories, of which so many are sat down to. The oldest is number 19; sessions are 16–19, 8–15 and 0–7.
fn sat(limit: usize) -> Desk {
    let review = Review { limit, ..Review::default() };
    Desk::with(20, Setup { size: (50, 50), review: Some(review), ..setup() })
}

fn here(desk: &Desk) -> i64 {
    desk.app.under_judgement().map_or(-1, |key| key.handle.0)
}

fn left(desk: &Desk) -> usize {
    desk.app.bench.sitting.as_ref().map_or(0, |sitting| sitting.left())
}

fn acts(desk: &Desk) -> Vec<Act> {
    let act = |request: &Request| if let Request::Act(act) = request { Some(act.clone()) } else { None };
    desk.fake.asked.iter().filter_map(act).collect()
}

fn last_act(desk: &Desk) -> Act {
    acts(desk).pop().expect("something was done")
}

fn said(desk: &Desk) -> &str {
    desk.app.toast.as_ref().map_or("", |toast| toast.text.as_str())
}

fn tally(app: &App) -> Vec<(Verdict, usize)> {
    app.bench.sitting.as_ref().unwrap().tally()
}

#[test]
fn it_begins_with_the_oldest_and_goes_on_by_itself() {
    let mut desk = sat(10);
    assert_eq!((desk.app.mode(), here(&desk), left(&desk)), (Mode::Review, 19, 10));
    assert!(desk.screen().contains("10 left of 10"));
    desk.keys("a");
    assert_eq!((here(&desk), left(&desk)), (18, 9));
    assert_eq!(desk.app.reader.wanted.map(|key| key.handle.0), Some(18), "the next one is read");
}

#[test]
fn each_verdict_does_what_it_says() {
    let mut desk = sat(10);
    let reviewed = |at| Mark::Reviewed(Some(at));
    let marks = |desk: &Desk| match last_act(desk) {
        Act::Mark { targets, marks, reason } => {
            assert_eq!((targets.len(), reason.as_str()), (1, "review"));
            marks
        }
        other => panic!("{other:?}"),
    };
    desk.keys("a");
    assert_eq!(marks(&desk), [reviewed(desk.now)]);
    desk.keys("p");
    assert_eq!(marks(&desk), [Mark::Pinned(true), reviewed(desk.now)]);
    desk.keys("t");
    assert_eq!((desk.app.mode(), here(&desk)), (Mode::Input, 17));
    desk.types("30d");
    desk.keys("enter");
    let midnight = NOW - NOW.rem_euclid(DAY) + 30 * DAY;
    assert_eq!(marks(&desk), [Mark::StaleAfter(Some(midnight)), reviewed(desk.now)]);
    desk.keys("d");
    assert!(matches!(last_act(&desk), Act::Prune { reason, .. } if reason == "review"));
    desk.keys("w");
    assert!(matches!(last_act(&desk), Act::Prune { reason, .. } if reason == "wrong"));
    assert_eq!(desk.fake.memories.len(), 18);
    let before = acts(&desk).len();
    desk.keys("s");
    assert_eq!(acts(&desk).len(), before, "a skip changes nothing");
    desk.keys("e");
    assert_eq!(desk.app.mode(), Mode::Field);
    desk.types(" better");
    desk.keys("f2 enter");
    let done = acts(&desk);
    assert!(matches!(&done[before..], [Act::Edit { .. }, Act::Mark { marks, .. }] if *marks == [reviewed(desk.now)]));
    let one_each: Vec<(Verdict, usize)> = Verdict::ALL.into_iter().map(|verdict| (verdict, 1)).collect();
    assert_eq!(tally(&desk.app), one_each);
    assert_eq!((here(&desk), left(&desk)), (12, 3));
}

#[test]
fn a_day_must_be_one() {
    let mut desk = sat(10);
    desk.keys("t enter");
    assert!(desk.screen().contains("a day is expected"), "{}", desk.screen());
    desk.types("soon");
    desk.keys("enter");
    assert!(desk.screen().contains("is no day"));
    desk.keys("esc");
    assert_eq!((acts(&desk).len(), here(&desk)), (0, 19));
}

#[test]
fn a_point_gives_the_last_verdict_once_more() {
    let mut desk = sat(10);
    desk.keys(".");
    assert_eq!(said(&desk), "There is no verdict to repeat yet");
    desk.keys("d . .");
    assert_eq!(tally(&desk.app), [(Verdict::Prune, 3)]);
    desk.keys("t");
    desk.types("1w");
    desk.keys("enter .");
    assert_eq!(tally(&desk.app), [(Verdict::Stale, 2), (Verdict::Prune, 3)]);
    desk.keys("A");
    assert!(desk.screen().contains("Done"), "the rest of the second session was all that was left");
}

#[test]
fn any_number_of_verdicts_is_taken_back_one_by_one() {
    let mut desk = sat(10);
    desk.keys("a d p s w e");
    desk.types("!");
    desk.keys("f2 enter A");
    assert_eq!(desk.app.bench.stage, Stage::Done);
    assert_eq!(desk.fake.memories.len(), 18);
    let order = [13, 14, 15, 16, 17, 18, 19];
    for handle in order {
        desk.keys("u");
        assert_eq!(here(&desk), handle, "it goes to the memory it was about");
        assert_eq!(
            desk.app.reader.current().map(|it| it.memory.row.key.handle),
            Some(Handle(handle)),
            "which is there"
        );
    }
    assert_eq!((left(&desk), desk.fake.memories.len()), (10, 20));
    let marked = desk.fake.memories.iter().any(|memory| memory.row.overlay.reviewed_at.is_some());
    let edited = desk.fake.memories.iter().any(|memory| memory.title.ends_with('!'));
    assert!(!marked && !edited, "everything is as it was");
    desk.keys("u");
    assert_eq!(said(&desk), "No verdict of this sitting is left to take back");
}

#[test]
fn what_stands_together_is_decided_at_once_and_pinned_ones_stay() {
    let mut desk = sat(20);
    assert!(desk.screen().contains("1 of 4 of one session"), "{}", desk.screen());
    assert!(desk.screen().contains("A keeps 4") && desk.screen().contains("D prunes 4"));
    desk.keys("a D");
    assert_eq!((here(&desk), left(&desk)), (15, 16), "what is left of the cluster, and on to the next one");
    assert!(matches!(last_act(&desk), Act::Prune { targets, .. } if targets.len() == 3));
    desk.keys("A D");
    assert_eq!(said(&desk), "1 pinned left to be judged one by one");
    assert_eq!((here(&desk), left(&desk)), (5, 1));
    desk.keys("u");
    assert_eq!((here(&desk), left(&desk)), (7, 8), "a cluster comes back at once");
}

#[test]
fn pruning_many_at_once_is_asked_first() {
    let review = Review { limit: 20, ..Review::default() };
    let mut desk = Desk::with(20, Setup { review: Some(review), confirm_over: 3, ..setup() });
    desk.keys("D");
    assert_eq!((desk.app.mode(), acts(&desk).len()), (Mode::Dialog, 0));
    assert!(desk.screen().contains("Prune 4"), "{}", desk.screen());
    desk.keys("esc");
    assert_eq!((here(&desk), left(&desk)), (19, 20));
    desk.keys("D tab enter");
    assert_eq!((here(&desk), left(&desk)), (15, 16));
    desk.keys("u");
    assert_eq!((desk.fake.memories.len(), left(&desk)), (20, 20));
}

#[test]
fn the_place_is_kept_and_gone_on_with() {
    let mut desk = sat(10);
    desk.keys("a d s q");
    assert!(desk.app.finished(), "who came for the sitting alone leaves the program");
    let mut next = sat(4);
    next.fake = desk.fake;
    next.app = Desk::with(20, setup()).app;
    next.keys("S");
    assert_eq!(next.app.bench.stage, Stage::Door);
    assert!(next.screen().contains("7 of 10 memories are left"), "{}", next.screen());
    next.keys("enter");
    assert_eq!((here(&next), left(&next)), (16, 7), "same list, same place");
    next.keys("u u");
    assert_eq!(here(&next), 18, "what was said the last time can still be taken back");
    next.keys("q");
    assert_eq!(next.app.mode(), Mode::List, "who came from the list goes back to it");
    next.keys("S");
    assert_eq!((next.app.mode(), here(&next)), (Mode::Review, 18), "and no door is in the way");
}

#[test]
fn another_screen_keeps_the_place_and_the_list_knows_what_was_done() {
    let mut desk = Desk::new(20, (50, 50));
    desk.keys("S d d 1");
    assert_eq!((desk.app.mode(), desk.app.list.view.count.number), (Mode::List, 18));
    desk.keys("S");
    assert_eq!((desk.app.mode(), here(&desk), left(&desk)), (Mode::Review, 17, 18));
    desk.keys("3 S a");
    assert_eq!((here(&desk), left(&desk)), (16, 17));
}

#[test]
fn a_new_one_can_be_begun_instead() {
    let mut desk = sat(10);
    desk.keys("a a q");
    let mut next = sat(4);
    next.fake = desk.fake;
    next.app = Desk::with(20, setup()).app;
    next.keys("S n");
    assert_eq!((here(&next), left(&next)), (17, 18), "what was judged is not due");
}

#[test]
fn the_end_says_what_was_done_and_enter_leaves() {
    let mut desk = sat(4);
    desk.keys("a w d s");
    let screen = desk.screen();
    for words in
        ["Done: 4 memories", "1  kept", "1  pruned", "1  wrong", "1  skipped", "tokens fewer", "16 memories more"]
    {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert!(desk.fake.sitting.as_ref().unwrap().ended.is_some());
    desk.keys("u");
    assert!(desk.fake.sitting.as_ref().unwrap().ended.is_none());
    desk.keys("s enter");
    assert!(desk.app.finished());
}

#[test]
fn nothing_due_is_said() {
    let review = Some(Review::default());
    let mut desk = Desk::with(0, Setup { review, ..setup() });
    assert!(desk.screen().contains("Nothing is due"), "{}", desk.screen());
    desk.keys("q");
    assert!(desk.app.finished());
}

#[test]
fn the_list_is_walked_without_a_verdict() {
    let mut desk = sat(5);
    desk.keys("J J d K");
    assert_eq!(here(&desk), 18, "judged ones are passed over");
    desk.keys("K K");
    assert_eq!(here(&desk), 15, "round the ends");
    assert_eq!(left(&desk), 4);
}

#[test]
fn a_verdict_that_is_refused_leaves_the_memory_to_be_judged() {
    let mut desk = sat(5);
    desk.silent = true;
    desk.keys("d");
    assert_eq!(left(&desk), 4);
    let ticket = desk.asked();
    // The next memory was asked for after the act.
    desk.send(Event::Reply(ticket - 1, crate::engine::Reply::Failed("the store is locked".to_owned())));
    assert_eq!((here(&desk), left(&desk)), (19, 5));
    assert_eq!(said(&desk), "the store is locked");
}

#[test]
fn keys_that_repeat_by_themselves_or_come_with_the_focus_give_no_verdict() {
    for key in ["a", "A", "d", "D", "w", "s", "p", "."] {
        let mut desk = sat(10);
        desk.keys("s");
        let before = left(&desk);
        desk.send(Event::Focus(true));
        let press: crate::keymap::Press = key.parse().unwrap();
        desk.send(Event::Key(press.event()));
        assert_eq!(left(&desk), before, "{key} right after the focus");
        desk.now += 400;
        desk.send(Event::Key(press.event()));
        let after = left(&desk);
        assert!(after < before, "{key}");
        desk.draw();
        desk.now += 30;
        desk.send(Event::Key(press.event()));
        assert_eq!(left(&desk), after, "{key} repeats by itself");
    }
    let mut desk = sat(10);
    desk.send(Event::Paste("aaadddwww".to_owned()));
    assert_eq!((left(&desk), acts(&desk).len()), (10, 0), "pasted text gives none");
}

#[test]
fn it_waits_until_everything_was_judged() {
    let review = Some(Review::default());
    let mut desk = Desk::with(20, Setup { ..setup() });
    desk.app = App::new(Setup { review, ..setup() }).0;
    assert!(desk.screen().contains("Looking for what is due"));
    let state = crate::engine::CatalogState { done: 5, total: 20, ready: false };
    desk.tell(crate::engine::Reply::Catalog(state));
    assert!(desk.screen().contains("Judging 5 of 20"), "{}", desk.screen());
    desk.tell(crate::engine::Reply::Catalog(crate::engine::CatalogState { done: 20, total: 20, ready: true }));
    assert_eq!((desk.app.mode(), left(&desk)), (Mode::Review, 20));
}

#[test]
fn a_pause_does_not_count() {
    let mut desk = sat(3);
    desk.now += 60_000;
    desk.keys("a");
    desk.now += 3_600_000;
    desk.keys("a");
    let spent = desk.app.bench.sitting.as_ref().unwrap().spent;
    assert_eq!(spent / 1000, 60 + 300);
}
