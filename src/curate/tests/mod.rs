//! The curator against a store in memory that can be told to fail at any step.

mod abreast;
mod carry;
mod erase;
mod fake;
mod form;
mod queue;
mod rollback;

use fake::{Fake, Fault, image};
use proptest::prelude::*;

use super::*;
use crate::{
    change::{Change, FieldValue, Place},
    ledger::{Beginning, OperationState},
};

const NOW: EpochMs = 1_790_000_000_000;

fn keys(ids: impl IntoIterator<Item = i64>) -> Vec<Key> {
    ids.into_iter().map(|id| Key { store: 0, handle: Handle(id) }).collect()
}

fn prune(ids: impl IntoIterator<Item = i64>) -> Act {
    let seen = |key: Key| fake::version_of(&image(key.handle.0, &format!("memory {}", key.handle.0)));
    let targets = keys(ids).into_iter().map(|key| Target { key, seen: seen(key) }).collect();
    Act::Prune { targets, reason: "wrong".into(), spare_pinned: true }
}

fn retitle(id: i64, title: &str) -> Act {
    let edit = vec![("title".to_owned(), FieldValue::Text(title.into()))];
    Act::Edit { key: keys([id])[0], base: None, edit, reason: String::new() }
}

fn go(_: Progress, _: &[(Key, Touched)]) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn act(curator: &mut Curator, act: &Act) -> Report {
    curator.act(act, NOW, &mut go).unwrap()
}

#[test]
fn a_prune_can_be_undone_and_redone_to_the_bit_across_restarts() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let report = act(&mut fake.curator(&dir), &prune([2, 4, 4]));
    assert_eq!((report.applied, report.planned, report.label), (2, 2, Label::Prune));
    assert!(report.follow.is_some(), "the first is followed");
    assert_eq!(fake.rows().keys().copied().collect::<Vec<_>>(), [1, 3, 5]);

    let undone = act(&mut fake.curator(&dir), &Act::Undo(None));
    assert_eq!((undone.applied, undone.of), (2, Some(1)));
    assert_eq!(fake.rows(), original);

    let redone = act(&mut fake.curator(&dir), &Act::Redo);
    assert_eq!((redone.applied, redone.label), (2, Label::Redo));
    assert_eq!(fake.rows().len(), 3);

    act(&mut fake.curator(&dir), &Act::Undo(None));
    assert_eq!(fake.rows(), original);
    let log = fake.curator(&dir).log(None, 10).unwrap();
    assert_eq!(log.iter().map(|o| o.label.name()).collect::<Vec<_>>(), ["undo", "redo", "undo", "prune"]);
    assert_eq!(log.last().unwrap().undone_by, Some(4));
    assert_eq!(log.last().unwrap().summary, "2 memories: memory 2 …");
}

#[test]
fn undo_walks_back_and_redo_forward_until_something_new_is_done() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    act(&mut curator, &prune([1]));
    act(&mut curator, &retitle(2, "new"));
    act(&mut curator, &prune([3]));
    assert_eq!(act(&mut curator, &Act::Undo(None)).of, Some(3));
    assert_eq!(act(&mut curator, &Act::Undo(None)).of, Some(2));
    assert_eq!(act(&mut curator, &Act::Redo).of, Some(2));
    assert_eq!(act(&mut curator, &Act::Redo).of, Some(3));
    assert!(matches!(curator.act(&Act::Redo, NOW, &mut go), Err(CurateProblem::NothingToRedo)));
    act(&mut curator, &Act::Undo(None));
    act(&mut curator, &prune([5]));
    assert!(matches!(curator.act(&Act::Redo, NOW, &mut go), Err(CurateProblem::NothingToRedo)));
    for _ in 0..3 {
        act(&mut curator, &Act::Undo(None));
    }
    assert!(matches!(curator.act(&Act::Undo(None), NOW, &mut go), Err(CurateProblem::NothingToUndo)));
    assert_eq!(fake.rows(), Fake::with(5).rows());
}

#[test]
fn one_operation_can_be_undone_out_of_order_and_an_undo_can_be_undone() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    let first = act(&mut curator, &prune([1, 2])).operation;
    act(&mut curator, &prune([3]));
    let undo = act(&mut curator, &Act::Undo(first));
    assert_eq!(fake.rows().len(), 4);
    let again = act(&mut curator, &Act::Undo(undo.operation));
    assert_eq!((again.label, again.of), (Label::Redo, first));
    assert_eq!(fake.rows().len(), 2);
    assert!(matches!(curator.act(&Act::Undo(Some(99)), NOW, &mut go), Err(CurateProblem::NoOperation(99))));
}

#[test]
fn an_undo_that_a_later_operation_stands_against_names_it() {
    let (fake, dir) = (Fake::with(2), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    let first = act(&mut curator, &retitle(1, "new")).operation;
    let seen = fake::version_of(&image(1, "new"));
    let targets = vec![Target { key: keys([1])[0], seen }];
    act(&mut curator, &Act::Prune { targets, reason: String::new(), spare_pinned: true });
    let report = act(&mut curator, &Act::Undo(first));
    assert_eq!(report.applied, 0);
    assert_eq!(report.refused[0].1, "operation 2 changed it since; take that one back first");
}

#[test]
fn undo_without_a_number_is_about_the_open_stores() {
    let (one, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut two = Fake::with(3);
    two.about.identity = "fake-2".into();
    act(&mut one.curator(&dir), &prune([1]));
    act(&mut two.curator(&dir), &prune([2]));
    assert_eq!(act(&mut one.curator(&dir), &Act::Undo(None)).of, Some(1));
    assert!(matches!(one.curator(&dir).act(&Act::Undo(None), NOW, &mut go), Err(CurateProblem::NothingToUndo)));
    assert_eq!(act(&mut one.curator(&dir), &Act::Redo).of, Some(1));
    assert_eq!(act(&mut two.curator(&dir), &Act::Undo(None)).of, Some(2));
    let other = act(&mut one.curator(&dir), &Act::Undo(Some(2)));
    assert!(other.refused.is_empty() || other.refused[0].1.contains("not open"), "{other:?}");
}

#[test]
fn undo_leaves_alone_what_somebody_changed_since() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    act(&mut curator, &prune([1, 2]));
    fake.inner().rows.insert(2, image(2, "an agent wrote this"));
    let report = act(&mut curator, &Act::Undo(None));
    assert_eq!(report.applied, 1);
    assert_eq!(report.refused.len(), 1);
    assert_eq!(report.refused[0].0.to_string(), "fake:note/2");
    assert_eq!(fake.rows()[&2], image(2, "an agent wrote this"));
    assert_eq!(fake.rows()[&1], image(1, "memory 1"));
}

#[test]
fn a_memory_that_reads_differently_than_it_was_chosen_is_not_pruned() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let chosen = prune([1, 2, 3]);
    fake.inner().rows.insert(2, image(2, "an agent wrote this"));
    let mut touched = Vec::new();
    let report = fake
        .curator(&dir)
        .act(&chosen, NOW, &mut |_, some| {
            touched.extend_from_slice(some);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((report.applied, report.planned), (2, 3));
    assert_eq!(report.refused.len(), 1);
    assert_eq!(report.refused[0].0.to_string(), "fake:note/2");
    assert!(report.refused[0].1.contains("changed it since"), "{:?}", report.refused);
    assert_eq!(fake.rows().keys().copied().collect::<Vec<_>>(), [2]);
    assert!(touched.contains(&(keys([2])[0], Touched::Edited)), "it is to be looked at again: {touched:?}");
}

#[test]
fn an_edit_of_a_memory_that_moved_is_a_conflict() {
    let (fake, dir) = (Fake::with(2), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    let seen = image(1, "what the person saw").digest();
    let Act::Edit { key, edit, .. } = retitle(1, "mine") else { unreachable!() };
    let report = act(&mut curator, &Act::Edit { key, base: Some(seen), edit, reason: String::new() });
    assert_eq!((report.applied, report.refused.len(), report.operation), (0, 1, None));
    assert_eq!(fake.rows()[&1], image(1, "memory 1"));
    assert!(curator.log(None, 9).unwrap().is_empty(), "what changes nothing leaves no line");
}

#[test]
fn marks_are_kept_counted_and_undone() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    let mark = |ids: &[i64], marks: &[Mark]| Act::Mark {
        targets: keys(ids.iter().copied()),
        marks: marks.to_vec(),
        reason: String::new(),
    };
    let report = act(&mut curator, &mark(&[1, 2], &[Mark::Pinned(true), Mark::Confidence(Some(0.9))]));
    assert_eq!(report.applied, 2);
    let again = act(&mut curator, &mark(&[1, 2, 3], &[Mark::Pinned(true)]));
    assert_eq!((again.applied, again.already), (1, 2));
    let pinned = |curator: &mut Curator| {
        let mut found = curator.overlays(0, NOW).unwrap();
        found.sort_by_key(|(handle, _)| *handle);
        found.into_iter().map(|(handle, overlay)| (handle.0, overlay.pinned, overlay.confidence)).collect::<Vec<_>>()
    };
    assert_eq!(pinned(&mut curator), [(1, true, Some(0.9)), (2, true, Some(0.9)), (3, true, None)]);
    let spared = act(&mut curator, &prune([1, 4]));
    assert_eq!((spared.spared, spared.applied), (1, 1));
    for _ in 0..3 {
        act(&mut curator, &Act::Undo(None));
    }
    assert_eq!(pinned(&mut curator), []);
    assert_eq!(fake.rows().len(), 5);
    act(&mut curator, &Act::Redo);
    assert_eq!(pinned(&mut curator).len(), 2);
}

#[test]
fn a_long_act_goes_in_chunks_and_stops_when_told() {
    let (fake, dir) = (Fake::with(1000), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    let mut seen = vec![];
    let report = curator
        .act(&prune(1..=1000), NOW, &mut |progress, touched| {
            seen.push((progress.done, touched.len()));
            if seen.len() == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .unwrap();
    assert!(report.cancelled && report.applied < 1000 && report.applied == seen[1].0, "{seen:?} {report:?}");
    assert_eq!(fake.rows().len(), 1000 - report.applied);
    assert_eq!(curator.log(None, 1).unwrap()[0].state, OperationState::Interrupted);
    assert_eq!(act(&mut curator, &Act::Undo(None)).applied, report.applied);
    assert_eq!(fake.rows(), original);
}

#[test]
fn a_failing_store_leaves_the_truth_in_the_log() {
    for (fault, gone) in [(Fault::Busy, false), (Fault::BeforeCommit, false), (Fault::AfterCommit, true)] {
        let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
        let mut curator = fake.curator(&dir);
        fake.inner().fault = fault;
        let result = curator.act(&prune([1]), NOW, &mut go);
        assert_eq!(fake.rows().len(), if gone { 2 } else { 3 });
        if gone {
            let report = result.unwrap();
            assert!(report.trouble.unwrap().contains("told to fail"));
            act(&mut curator, &Act::Undo(None));
        } else {
            assert!(result.is_err());
            assert!(matches!(curator.act(&Act::Undo(None), NOW, &mut go), Err(CurateProblem::NothingToUndo)));
        }
        assert_eq!(fake.rows().len(), 3);
        let checked = curator.ledger().unwrap().check().unwrap();
        assert!(checked.troubles.is_empty() && checked.unfinished.is_empty(), "{checked:?}");
    }
}

#[test]
fn recovery_finds_out_by_looking() {
    for (store_has_it, state, told) in
        [(true, OperationState::Done, "is complete"), (false, OperationState::Cancelled, "before it changed anything")]
    {
        let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
        let mut ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        let store = ledger.know(&fake.about, NOW).unwrap();
        let begin = Beginning {
            label: Label::Prune,
            author: "you",
            reason: "",
            summary: "",
            at: NOW,
            planned: 1,
            of: None,
            proposal: None,
        };
        let operation = ledger.begin(begin).unwrap();
        let before = Some(image(1, "memory 1"));
        let change = Change { native: "note/1".into(), place: Place::Store, before, after: None };
        ledger.journal(operation, 1, store, &[change], &ledger::Known::new(), &[]).unwrap();
        drop(ledger);
        if store_has_it {
            fake.inner().rows.remove(&1);
        }
        let mut curator = fake.curator(&dir);
        let notices = curator.recover(NOW).unwrap();
        assert!(notices.len() == 1 && notices[0].contains(told), "{notices:?}");
        assert_eq!(curator.log(None, 1).unwrap()[0].state, state);
        assert!(curator.recover(NOW).unwrap().is_empty());
        if store_has_it {
            act(&mut curator, &Act::Undo(None));
        }
        assert_eq!(fake.rows(), Fake::with(3).rows());
    }
}

#[test]
fn recovery_leaves_a_living_act_alone() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut other = fake.curator(&dir);
    let mut looked = false;
    fake.curator(&dir)
        .act(&prune([1]), NOW, &mut |_, _| {
            assert!(other.recover(NOW).unwrap().is_empty());
            looked = true;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert!(looked);
    assert_eq!(fake.curator(&dir).log(None, 1).unwrap()[0].state, OperationState::Done);
}

#[test]
fn without_a_ledger_nothing_is_changed() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    std::fs::write(dir.path().join("ledger.db"), "this is no database, and long enough to be noticed as none").unwrap();
    let mut curator = fake.curator(&dir);
    assert!(curator.no_ledger().unwrap().contains("damaged"), "{:?}", curator.no_ledger());
    assert!(matches!(curator.act(&prune([1]), NOW, &mut go), Err(CurateProblem::NoLedger(_))));
    assert_eq!(fake.rows().len(), 3);
}

#[derive(Clone, Debug)]
enum Deed {
    Prune(Vec<i64>),
    Retitle(i64, u8),
    Pin(i64, bool),
    Undo,
    Redo,
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        prop::collection::vec(1..12i64, 1..5).prop_map(Deed::Prune),
        (1..12i64, any::<u8>()).prop_map(|(id, title)| Deed::Retitle(id, title)),
        (1..12i64, any::<bool>()).prop_map(|(id, on)| Deed::Pin(id, on)),
        Just(Deed::Undo),
        Just(Deed::Redo),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_acts_and_then_undo_of_all_give_back_the_store(deeds in prop::collection::vec(deed(), 1..14)) {
        let (fake, dir) = (Fake::with(10), tempfile::tempdir().unwrap());
        let original = fake.rows();
        let mut curator = fake.curator(&dir);
        for deed in deeds {
            let deed = match deed {
                Deed::Prune(ids) => prune(ids),
                Deed::Retitle(id, title) => retitle(id, &title.to_string()),
                Deed::Pin(id, on) => {
                    Act::Mark { targets: keys([id]), marks: vec![Mark::Pinned(on)], reason: String::new() }
                }
                Deed::Undo => Act::Undo(None),
                Deed::Redo => Act::Redo,
            };
            match curator.act(&deed, NOW, &mut go) {
                Ok(_) | Err(CurateProblem::NothingToUndo | CurateProblem::NothingToRedo) => {}
                Err(problem) => return Err(TestCaseError::fail(problem.to_string())),
            }
        }
        loop {
            match curator.act(&Act::Undo(None), NOW, &mut go) {
                Ok(report) => prop_assert!(report.refused.is_empty(), "{:?}", report),
                Err(CurateProblem::NothingToUndo) => break,
                Err(problem) => return Err(TestCaseError::fail(problem.to_string())),
            }
        }
        prop_assert_eq!(fake.rows(), original);
        prop_assert!(curator.overlays(0, NOW).unwrap().is_empty());
        let checked = curator.ledger().unwrap().check().unwrap();
        prop_assert!(checked.troubles.is_empty() && checked.unfinished.is_empty());
    }
}
