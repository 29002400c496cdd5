//! What others did since a person last looked: seen, opened, taken back.

use super::*;
use crate::{
    engine::{Elsewhere, ElsewhereChange, What},
    memory::{Key, MemoryId, Target},
};

fn change(what: What, n: i64, operation: Option<i64>) -> ElsewhereChange {
    let key: Key = crate::app::fake::Fake::key(n);
    let seen = crate::app::fake::memory(usize::try_from(n).unwrap()).row.version;
    let target = (what != What::Deleted).then_some(Target { key, seen });
    ElsewhereChange {
        what,
        id: MemoryId { store: "claude-mem".to_owned(), native: format!("observation/{}", n + 1) },
        target,
        title: format!("memory of others {n}"),
        at: Some(NOW - 3_600_000),
        author: "codex".to_owned(),
        operation,
    }
}

fn desk() -> Desk {
    let mut desk = Desk::new(30, (80, 24));
    let changes = vec![
        change(What::Deleted, 40, None),
        change(What::Changed, 5, Some(1)),
        change(What::Changed, 6, None),
        change(What::Added, 7, None),
    ];
    let (name, since) = ("claude-mem".to_owned(), Some(NOW - DAY));
    desk.fake.elsewhere = vec![Elsewhere { store: 0, name, since, counts: [12, 2, 1], changes }];
    desk.keys("2 t");
    desk
}

fn at(desk: &Desk) -> Option<String> {
    desk.app.queue.change().map(|change| change.title.clone())
}

#[test]
fn they_stand_behind_what_policies_applied_with_their_number() {
    let mut desk = desk();
    assert_eq!(desk.app.mode(), Mode::Audit);
    let screen = desk.screen();
    for words in ["1 of 4 not seen yet (and 11 that are not named)", "deleted", "by codex", "memory of others 40"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
}

#[test]
fn seen_one_by_one_or_all_at_once_they_are_put_away() {
    let mut desk = desk();
    desk.keys("y y y");
    assert_eq!(at(&desk).as_deref(), Some("memory of others 7"));
    assert!(!desk.fake.asked.contains(&Request::SawElsewhere), "one is left");
    desk.keys("y");
    assert!(desk.fake.asked.contains(&Request::SawElsewhere) && at(&desk).is_none());
    assert!(desk.screen().contains("nobody else changed a memory"), "{}", desk.screen());
    let mut desk = self::desk();
    desk.keys("A");
    assert!(desk.fake.asked.contains(&Request::SawElsewhere) && at(&desk).is_none());
    desk.keys("t t");
    assert_eq!(at(&desk), None, "the ledger knows it, too");
}

#[test]
fn what_can_be_taken_back_is_and_the_rest_says_why_not() {
    let mut desk = desk();
    desk.keys("n");
    assert!(said(&desk).contains("How it was is not known"), "{}", said(&desk));
    desk.keys("J n");
    assert_eq!(desk.app.mode(), Mode::RollBack, "what it would do is shown first");
    desk.keys("q J J n");
    assert!(!there(&desk, 7), "what was added is pruned");
    assert!(desk.fake.asked.iter().any(|request| matches!(request, Request::Act(Act::Prune { .. }))));
    assert_eq!(desk.app.queue.others.changes.len(), 3);
}

#[test]
fn a_memory_of_theirs_opens_and_goes_back() {
    let mut desk = desk();
    desk.keys("enter");
    assert!(said(&desk).contains("no memory to open"), "{}", said(&desk));
    desk.keys("J enter");
    assert_eq!((desk.app.mode(), desk.app.reader.wanted.map(|key| key.handle.0)), (Mode::Evidence, Some(5)));
    desk.keys("q");
    assert_eq!(desk.app.mode(), Mode::Audit);
}
