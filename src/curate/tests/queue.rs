//! Proposals: what waits, what a verdict does, and what happens when memories moved since.

use super::{
    super::{Decided, Decision, Proposed},
    *,
};
use crate::{
    change::{Batch, Draft, Mark, Step as Wished, Wish},
    ledger::{Standing, Taken},
    memory::{Record, Value},
};

fn seen(id: i64, title: &str) -> Wished {
    let was = vec![text(title)];
    let seen = fake::version_of(&image(id, title));
    Wished { store: 0, native: format!("note/{id}"), seen, was, wish: Wish::Delete }
}

fn text(title: &str) -> (String, FieldValue) {
    ("title".to_owned(), FieldValue::Text(title.to_owned()))
}

fn delete(id: i64) -> Wished {
    seen(id, &format!("memory {id}"))
}

fn edit(id: i64, title: &str) -> Wished {
    Wished { wish: Wish::Edit(vec![text(title)]), ..delete(id) }
}

fn add(title: &str) -> Wished {
    let columns = vec![("title".to_owned(), Value::Text(title.into()))];
    let record = Record { table: "note".into(), columns };
    Wished { native: String::new(), was: vec![], wish: Wish::Add(record), ..delete(0) }
}

fn draft(label: Label, steps: Vec<Wished>) -> Draft {
    let reason = "they say the same".to_owned();
    Draft { label, reason, evidence: vec![], confidence: Some(0.9), likeness: "same".into(), steps }
}

fn propose(curator: &mut Curator, drafts: Vec<Draft>) -> Proposed {
    let batch = Batch { id: 0, at: NOW, author: "dream".into(), note: "nightly".into() };
    curator.propose(&batch, drafts, NOW).unwrap()
}

fn decide(curator: &mut Curator, id: i64, decision: Decision) -> Report {
    let version = curator.proposal(id, NOW).unwrap().0.line.version;
    act(curator, &Act::Decide { proposals: vec![(id, version)], decision, author: "you".into() })
}

fn standing(curator: &mut Curator, id: i64) -> Standing {
    curator.proposal(id, NOW).unwrap().1
}

fn titles(fake: &Fake) -> Vec<String> {
    let title = |image: &crate::memory::Image| match image.own.get("title") {
        Some(Value::Text(bytes)) => String::from_utf8(bytes.clone()).unwrap(),
        _ => String::new(),
    };
    fake.rows().values().map(title).collect()
}

const NO: fn(&str) -> Decision = |reason| Decision::Reject { reason: reason.to_owned(), bury: true };

#[test]
fn what_is_about_a_closed_store_waits_out_of_sight() {
    let (one, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut two = Fake::with(3);
    two.about.identity = "fake-2".into();
    two.about.path = dir.path().to_owned();
    propose(&mut one.curator(&dir), vec![draft(Label::Prune, vec![delete(1)])]);
    propose(&mut two.curator(&dir), vec![draft(Label::Prune, vec![delete(2)])]);
    let mut curator = one.curator(&dir);
    assert_eq!(curator.waiting(NOW).unwrap().iter().map(|line| line.id).collect::<Vec<_>>(), [1]);
    let mark = curator.ledger().unwrap().queue_mark(NOW, &curator.open()).unwrap();
    assert_eq!((mark.waiting, mark.elsewhere), (1, 1));
    let closed = curator.ledger().unwrap().closed_stores(None, NOW, &curator.open()).unwrap();
    let path = dir.path().to_string_lossy().into_owned();
    assert_eq!(closed, [(two.about.name.clone(), path.clone())]);
    let said = curator.proposal(2, NOW).unwrap_err().to_string();
    assert!(said.ends_with(&format!("open it with --store {path}")), "{said}");
    assert_eq!(two.curator(&dir).waiting(NOW).unwrap().iter().map(|line| line.id).collect::<Vec<_>>(), [2]);
}

#[test]
fn an_approved_merge_is_one_operation_and_undo_lets_it_wait_again() {
    let (fake, dir) = (Fake::with(4), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    let proposed = propose(&mut curator, vec![draft(Label::Merge, vec![edit(1, "both"), delete(2), delete(3)])]);
    assert_eq!(proposed.taken, [Taken::New(1)]);
    assert_eq!(fake.rows(), original, "what waits changes nothing");
    let waiting = curator.waiting(NOW).unwrap();
    assert_eq!(waiting[0].sentence(), "merges 3 memories: edits 1, removes 2");
    assert_eq!((waiting[0].title.as_str(), waiting[0].batch.author.as_str()), ("memory 1", "dream"));

    let report = decide(&mut fake.curator(&dir), 1, Decision::Approve(None));
    assert_eq!((report.label, report.applied), (Label::Merge, 3));
    assert_eq!(report.decided, [(1, Decided::Applied { operation: Some(1), rebased: false })]);
    assert_eq!(titles(&fake), ["both", "memory 4"]);
    assert_eq!(standing(&mut curator, 1), Standing::Approved);
    assert!(curator.waiting(NOW).unwrap().is_empty());
    assert_eq!(curator.log(None, 9).unwrap()[0].proposal, Some(1));

    act(&mut curator, &Act::Undo(None));
    assert_eq!((fake.rows(), standing(&mut curator, 1)), (original, Standing::Waiting));
    act(&mut curator, &Act::Redo);
    assert_eq!((titles(&fake).len(), standing(&mut curator, 1)), (2, Standing::Approved));
    let report = decide(&mut curator, 1, Decision::Reopen);
    assert_eq!((report.label, report.applied, standing(&mut curator, 1)), (Label::Undo, 3, Standing::Waiting));
}

#[test]
fn undo_without_a_number_is_about_what_the_person_did() {
    let (fake, dir) = (Fake::with(4), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    propose(&mut curator, vec![draft(Label::Prune, vec![delete(3)])]);
    let mine = act(&mut curator, &retitle(1, "mine"));
    let act_of_agent = Act::Decide {
        proposals: vec![(1, 1)],
        decision: Decision::Approve(None),
        author: format!("{}claude", crate::ledger::BY_ITSELF),
    };
    let theirs = act(&mut curator, &act_of_agent).operation;
    let undone = act(&mut curator, &Act::Undo(None));
    assert_eq!((undone.of, undone.named.as_deref()), (mine.operation, Some("edit of “memory 1”")));
    assert_eq!(fake.rows().len(), 3, "what the agent did stands");
    let none = curator.act(&Act::Undo(None), NOW, &mut go).unwrap_err();
    assert!(none.to_string().contains("History"), "{none}");
    assert_eq!(act(&mut curator, &Act::Redo).of, mine.operation);
    assert_eq!(act(&mut curator, &Act::Undo(theirs)).named.as_deref(), Some("prune of “memory 3”"));
    assert_eq!(fake.rows().len(), 4);
}

#[test]
fn the_same_is_not_asked_twice_and_a_no_stays_a_no() {
    let (fake, dir) = (Fake::with(4), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    let text = "the deploy script must be run from the root of the repository on every machine";
    let same = || vec![draft(Label::Prune, vec![delete(1)]), draft(Label::Add, vec![add(text)])];
    assert_eq!(propose(&mut curator, same()).taken, [Taken::New(1), Taken::New(2)]);
    assert_eq!(propose(&mut curator, same()).taken, [Taken::Waits(1), Taken::Waits(2)]);
    decide(&mut curator, 1, NO("it still holds"));
    decide(&mut curator, 2, NO("not true"));
    assert_eq!(
        propose(&mut curator, same()),
        Proposed { batch: None, taken: vec![Taken::Rejected(1), Taken::Rejected(2)], held: 0 }
    );
    // The same text by another way waits apart, with what was said of it.
    let near = text.to_uppercase().replace("must be", "must  be");
    let proposed =
        propose(&mut curator, vec![draft(Label::Add, vec![add(&near)]), draft(Label::Edit, vec![edit(2, text)])]);
    assert_eq!((proposed.taken, proposed.held), (vec![Taken::New(3), Taken::New(4)], 2));
    let held = curator.waiting(NOW).unwrap()[0].held.clone().unwrap();
    assert!(held.starts_with("you rejected this on 2026-") && held.ends_with("because not true"), "{held}");
    let stones = curator.ledger().unwrap().tombstones().unwrap();
    assert_eq!(stones.len(), 1);
    // Taken back, it waits again and its text may come.
    decide(&mut curator, 2, Decision::Reopen);
    assert_eq!(standing(&mut curator, 2), Standing::Waiting);
    assert!(curator.ledger().unwrap().tombstones().unwrap().is_empty());
}

#[test]
fn a_snoozed_proposal_comes_back_in_time() {
    let (fake, dir) = (Fake::with(1), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    propose(&mut curator, vec![draft(Label::Prune, vec![delete(1)])]);
    decide(&mut curator, 1, Decision::Snooze(NOW + 1000));
    assert!(curator.waiting(NOW).unwrap().is_empty());
    assert_eq!(curator.waiting(NOW + 1000).unwrap().len(), 1);
    decide(&mut curator, 1, Decision::Reopen);
    assert_eq!(curator.waiting(NOW).unwrap().len(), 1);
}

#[test]
fn what_moved_since_is_merged_or_waits_for_a_hand() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    fake.inner().rows.insert(1, image(1, "one\ntwo\nthree"));
    let mut curator = fake.curator(&dir);
    let wish = Wished { wish: Wish::Edit(vec![text("one\ntwo\nTHREE")]), ..seen(1, "one\ntwo\nthree") };
    let clean = draft(Label::Edit, vec![wish.clone()]);
    propose(&mut curator, vec![clean, draft(Label::Merge, vec![edit(2, "both"), delete(3)])]);
    fake.inner().rows.insert(1, image(1, "ONE\ntwo\nthree"));
    fake.inner().rows.insert(3, image(3, "somebody wrote this since"));
    let report = decide(&mut curator, 1, Decision::Approve(None));
    assert_eq!(report.decided, [(1, Decided::Applied { operation: Some(1), rebased: true })]);
    let report = decide(&mut curator, 2, Decision::Approve(None));
    assert_eq!(report.decided, [(2, Decided::Moved("fake:note/3 changed since".into()))]);
    assert_eq!(titles(&fake), ["ONE\ntwo\nTHREE", "memory 2", "somebody wrote this since"], "nothing of it was done");
    assert_eq!(standing(&mut curator, 2), Standing::Waiting);
    // By hand: the person looked at what is there now.
    let by_hand = draft(Label::Merge, vec![edit(2, "both"), seen(3, "somebody wrote this since")]);
    let report = decide(&mut curator, 2, Decision::Approve(Some(by_hand)));
    assert_eq!(report.decided, [(2, Decided::Applied { operation: Some(2), rebased: false })]);
    assert_eq!(titles(&fake), ["ONE\ntwo\nTHREE", "both"]);
    fake.inner().rows.remove(&1);
    propose(&mut curator, vec![draft(Label::Edit, vec![wish])]);
    let report = decide(&mut curator, 3, Decision::Approve(None));
    assert_eq!(report.decided, [(3, Decided::Moved("fake:note/1 is gone".into()))]);
}

#[test]
fn a_verdict_names_the_version_that_was_seen() {
    let (fake, dir) = (Fake::with(2), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    propose(&mut curator, vec![draft(Label::Prune, vec![delete(1)])]);
    let stale = Act::Decide { proposals: vec![(1, 7)], decision: Decision::Approve(None), author: "you".into() };
    assert_eq!(act(&mut curator, &stale).decided, [(1, Decided::Outdated)]);
    decide(&mut curator, 1, NO(""));
    let late = Act::Decide { proposals: vec![(1, 1)], decision: Decision::Approve(None), author: "you".into() };
    assert_eq!(act(&mut curator, &late).decided, [(1, Decided::Outdated)]);
    assert_eq!(fake.rows().len(), 2);
}

#[test]
fn adds_marks_and_deletions_of_one_proposal_are_one_operation() {
    let (fake, dir) = (Fake::with(2), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    let mark = Wished { wish: Wish::Mark(vec![Mark::StaleAfter(Some(5))]), ..delete(2) };
    propose(&mut curator, vec![draft(Label::Split, vec![add("half"), add("other half"), delete(1), mark])]);
    let report = decide(&mut curator, 1, Decision::Approve(None));
    assert_eq!(report.applied, 4, "{report:?}");
    let (store, ledger) = (curator.know(0, NOW).unwrap(), curator.ledger().unwrap());
    assert_eq!(ledger.overlay(store, "note/2").unwrap().stale_after, Some(5));
    assert_eq!(curator.log(None, 9).unwrap().len(), 1);
    act(&mut curator, &Act::Undo(None));
    assert_eq!(fake.rows(), original);
    let (store, ledger) = (curator.know(0, NOW).unwrap(), curator.ledger().unwrap());
    assert!(ledger.overlay(store, "note/2").unwrap().is_empty());
}

#[test]
fn a_crash_between_store_and_verdict_leaves_the_proposal_approved() {
    let (fake, dir) = (Fake::with(2), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    propose(&mut curator, vec![draft(Label::Prune, vec![delete(1), delete(2)])]);
    fake.inner().fault = Fault::AfterCommit;
    decide(&mut curator, 1, Decision::Approve(None));
    curator.recover(NOW).unwrap();
    let done = fake.rows().is_empty();
    let expected = if done { Standing::Approved } else { Standing::Waiting };
    assert_eq!(standing(&mut curator, 1), expected);
}

#[test]
fn a_person_learns_how_often_they_agreed() {
    let (fake, dir) = (Fake::with(4), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    propose(&mut curator, (1..=3).map(|id| draft(Label::Prune, vec![delete(id)])).collect());
    decide(&mut curator, 1, Decision::Approve(None));
    decide(&mut curator, 2, Decision::Approve(None));
    decide(&mut curator, 3, NO(""));
    let rates = curator.ledger().unwrap().rates().unwrap();
    assert_eq!((rates[0].author.as_str(), rates[0].approved, rates[0].rejected), ("dream", 2, 1));
}

#[test]
fn many_verdicts_are_one_act_that_can_be_stopped_between_two_proposals() {
    let (fake, dir) = (Fake::with(260), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    propose(&mut curator, (1..=260).map(|id| draft(Label::Prune, vec![delete(id)])).collect());
    let these = |ids: std::ops::RangeInclusive<i64>| ids.map(|id| (id, 1)).collect::<Vec<_>>();
    let decide = |curator: &mut Curator, proposals, decision, stop: usize| {
        let mut told = Vec::new();
        let act = Act::Decide { proposals, decision, author: "you".into() };
        let report = curator.act(&act, NOW, &mut |progress, _| {
            told.push((progress.done, progress.total));
            if progress.done >= stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (report.unwrap(), told)
    };
    let (report, told) = decide(&mut curator, these(1..=20), Decision::Approve(None), 5);
    assert!(report.cancelled && report.decided.len() == 5, "{report:?}");
    assert_eq!((fake.rows().len(), curator.waiting(NOW).unwrap().len()), (255, 255));
    assert!(told.iter().all(|(_, total)| *total == 20) && told.is_sorted(), "{told:?}");

    let (report, told) = decide(&mut curator, these(1..=260), NO("they hold"), 200);
    assert_eq!((report.cancelled, report.decided.len()), (true, 200));
    assert_eq!(told.iter().map(|told| told.0).collect::<Vec<_>>(), [0, 100, 200], "written down by the hundred");
    assert_eq!(report.decided[4].1, Decided::Outdated, "it waits no longer");
    assert_eq!(curator.waiting(NOW).unwrap().len(), 60);
    let (report, _) = decide(&mut curator, these(6..=200), Decision::Reopen, usize::MAX);
    assert!(report.decided.iter().all(|(_, decided)| *decided == Decided::Noted));
    assert_eq!(curator.waiting(NOW).unwrap().len(), 255);
}
