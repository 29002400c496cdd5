//! What a sitting is of: new ones first, then what comes back, then the rest; likes together; bounded.

use super::*;
use crate::{
    engine::SittingPlan,
    memory::{Likeness, Overlay, Seat, SittingOrder},
    query::Flag,
};

fn plan(limit: usize, order: SittingOrder) -> SittingPlan {
    SittingPlan { query: String::new(), filter: Expr::All, order, limit, instead: None }
}

/// Memories of one text each, a day apart; handle 1 is the oldest.
fn diary(texts: &[(&str, &str)]) -> Arc<FakeStore> {
    let memory = |(n, (text, session)): (i64, &(&str, &str))| {
        let base = memories(1, 1).into_values().next().unwrap();
        let created = Some(NOW - DAY * (100 - n));
        (n, Fake { created, text: (*text).to_owned(), session: (*session).to_owned(), ..base })
    };
    FakeStore::new("fake", "/nowhere/diary.db".into(), (1..).zip(texts).map(memory).collect())
}

fn handles(seats: &[Seat]) -> Vec<i64> {
    seats.iter().map(|seat| seat.memory.handle.0).collect()
}

#[test]
fn new_ones_come_first_then_those_that_come_back_then_the_rest() {
    let texts: Vec<String> =
        (0..6).map(|n| format!("text number {n} about something of its own {}", n * 7919)).collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|text| (text.as_str(), "")).collect();
    let mut desk = ready(&[diary(&texts)], None);
    let key = |n: i64| Key { store: 0, handle: Handle(n) };
    let judged =
        |days_ago: i64| Overlay { reviewed_at: Some(NOW - days_ago * DAY), review_days: Some(7), ..Overlay::default() };
    desk.library().set_overlay(key(3), judged(8));
    desk.library().set_overlay(key(4), judged(3));
    let sitting = |desk: &mut Desk, limit| desk.sitting(&plan(limit, SittingOrder::Oldest)).unwrap();
    let (all, rows, due) = sitting(&mut desk, 50);
    assert_eq!((handles(&all.seats), due), (vec![1, 2, 5, 6, 3], 5), "without a sitting before it all are new");
    assert_eq!(
        rows.iter().map(|row| row.key).collect::<Vec<_>>(),
        all.seats.iter().map(|it| it.memory).collect::<Vec<_>>()
    );
    desk.library().sat(0, Some(NOW - DAY * 96));
    let (some, _, due) = sitting(&mut desk, 4);
    assert_eq!((handles(&some.seats), due), (vec![5, 6, 3, 1], 5), "bounded, and the bound is no count");
    let flagged = |desk: &mut Desk, flag| {
        let filter = Expr::Term(Term::Is(flag));
        all_rows(desk, &ViewSpec { filter, ..ViewSpec::default() }).1.len()
    };
    assert_eq!(
        (flagged(&mut desk, Flag::New), flagged(&mut desk, Flag::Due), flagged(&mut desk, Flag::Reviewed)),
        (2, 5, 2)
    );
    assert_eq!((desk.standing().new, desk.standing().due, desk.standing().total), (2, 5, 6));
    let doubtful = desk.sitting(&plan(1, SittingOrder::Doubtful)).unwrap().0;
    let rows = seen(&mut desk);
    let conf = |handle: i64| rows.iter().find(|row| row.key.handle.0 == handle).unwrap().confidence.unwrap().value;
    assert!(conf(handles(&doubtful.seats)[0]) <= conf(5).min(conf(6)), "the more doubtful of the new ones");
}

#[test]
fn those_that_say_the_same_are_taken_along_the_newest_first() {
    let same = "the retry queue of the worker drains in order again and the dashboard shows the delay now";
    let texts = [
        (same, "a"),
        ("a first thing that was said in session b about caches and their keys", "b"),
        ("something else entirely that stands alone here and has no session at all", ""),
        ("a second thing that was said in session b about the index and its size", "b"),
        (same, "c"),
    ];
    let mut desk = ready(&[diary(&texts)], None);
    let (sitting, ..) = desk.sitting(&plan(4, SittingOrder::Oldest)).unwrap();
    let seats: Vec<(i64, u32, Likeness)> =
        sitting.seats.iter().map(|seat| (seat.memory.handle.0, seat.cluster, seat.likeness)).collect();
    let expected = [(5, 0, Likeness::Same), (1, 0, Likeness::Same), (2, 1, Likeness::None), (3, 2, Likeness::None)];
    assert_eq!(seats, expected, "a cluster of which only one fits in is none");
    let (sitting, ..) = desk.sitting(&plan(5, SittingOrder::Oldest)).unwrap();
    assert_eq!(handles(&sitting.seats), [5, 1, 2, 4, 3], "one session stands together");
}
