//! Roll-backs, versions and observing, against the store in memory.

use std::sync::Arc;

use super::*;
use crate::curate::{Becomes, Brought, Choices, Grounds, Observing, RollBack, Which};

const OBSERVING: Observing = Observing { which: Which::All, bytes: 1 << 20 };

fn retext(id: i64, text: &str) -> Act {
    let edit = vec![("text".to_owned(), FieldValue::Text(text.into()))];
    Act::Edit { key: keys([id])[0], base: None, edit, reason: String::new() }
}

/// Another program changes a column of a memory.
fn foreign(fake: &Fake, id: i64, column: &str, text: &str) {
    let mut inner = fake.inner();
    let image = inner.rows.get_mut(&id).unwrap();
    let cell = image.own.columns.iter_mut().find(|(name, _)| name == column).unwrap();
    cell.1 = crate::memory::Value::Text(text.into());
}

fn text_of(fake: &Fake, id: i64, column: &str) -> String {
    match fake.rows()[&id].own.get(column) {
        Some(crate::memory::Value::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        other => panic!("{other:?}"),
    }
}

fn id(number: i64) -> MemoryId {
    MemoryId { store: "fake".into(), native: format!("note/{number}") }
}

fn plan(curator: &mut Curator, what: &RollBack) -> Arc<crate::curate::RollBackPlan> {
    Arc::new(curator.plan_roll_back(what, &Grounds::default(), NOW).unwrap())
}

fn apply(curator: &mut Curator, plan: &Arc<crate::curate::RollBackPlan>, choices: Choices) -> Report {
    act(curator, &Act::RollBack { plan: Arc::clone(plan), choices, reason: String::new(), tombstone: None })
}

#[test]
fn several_operations_go_back_as_one_and_undo_takes_that_back() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    act(&mut curator, &retitle(1, "one"));
    act(&mut curator, &retitle(1, "two"));
    act(&mut curator, &prune([2, 3]));
    let bad = fake.rows();
    let plan = plan(&mut curator, &RollBack::Operations(vec![1, 2, 3]));
    let becomes: Vec<_> = plan.returns.iter().map(|one| (one.id.native.as_str(), one.becomes)).collect();
    assert_eq!(becomes, [("note/1", Becomes::Older), ("note/2", Becomes::Back), ("note/3", Becomes::Back)]);
    assert_eq!(plan.returns[1].title, "memory 2", "what comes back is named");
    assert_eq!(fake.rows(), bad, "planning changes nothing");
    let report = apply(&mut curator, &plan, Choices::default());
    assert_eq!((report.label, report.applied), (Label::RollBack, 3));
    assert_eq!(fake.rows(), original);
    assert_eq!(act(&mut curator, &Act::Undo(None)).of, report.operation);
    assert_eq!(fake.rows(), bad);
    act(&mut curator, &Act::Redo);
    assert_eq!(fake.rows(), original);
    let log = curator.log(None, 1).unwrap();
    assert_eq!(log[0].of, report.operation);
    assert!(curator.ledger().unwrap().check().unwrap().troubles.is_empty());
}

#[test]
fn what_changed_since_is_merged_or_left_or_overruled() {
    let (fake, dir) = (Fake::with(5), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    act(&mut curator, &retitle(1, "bad"));
    foreign(&fake, 1, "text", "theirs");
    act(&mut curator, &retitle(2, "bad"));
    foreign(&fake, 2, "title", "theirs");
    act(&mut curator, &prune([3]));
    fake.inner().rows.insert(3, image(3, "captured again"));
    let plan = plan(&mut curator, &RollBack::Operations(vec![1, 2, 3]));
    let first = &plan.returns[0];
    assert_eq!((first.becomes, first.conflict.as_deref()), (Becomes::Merged, None));
    assert_eq!(first.keeps, ["text"]);
    let conflict = plan.returns[1].conflict.as_deref();
    assert_eq!(conflict, Some("another program changed it since, in the same place: title"));
    assert!(plan.returns[2].conflict.is_some());
    let tally = plan.tally(Choices::default());
    assert_eq!((tally.restored, tally.left), (1, 2));
    let report = apply(&mut curator, &plan, Choices::default());
    assert_eq!((report.applied, report.refused.len()), (1, 2));
    assert_eq!((text_of(&fake, 1, "title"), text_of(&fake, 1, "text")), ("memory 1".into(), "theirs".into()));
    assert_eq!(text_of(&fake, 2, "title"), "theirs");
    assert_eq!(text_of(&fake, 3, "title"), "captured again");
    let report = apply(&mut curator, &plan, Choices { conflicts: true, derived: false });
    assert_eq!((report.applied, report.already), (2, 1), "the first one was merged already");
    assert_eq!((text_of(&fake, 2, "title"), text_of(&fake, 3, "title")), ("memory 2".into(), "memory 3".into()));
    act(&mut curator, &Act::Undo(None));
    assert_eq!(text_of(&fake, 3, "title"), "captured again", "even that can be taken back");
}

#[test]
fn what_was_derived_goes_along_only_when_it_is_wanted() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    foreign(&fake, 3, "text", "fake:note/1");
    let mut curator = fake.curator(&dir);
    let mut grounds = Grounds::default();
    let seen = fake::version_of(&fake.rows()[&1]);
    grounds.captured.push(Target { key: keys([1])[0], seen });
    let what = RollBack::Session("s".into());
    let plan = Arc::new(curator.plan_roll_back(&what, &grounds, NOW).unwrap());
    assert_eq!(plan.returns.len(), 2);
    assert_eq!(plan.returns[1].derived.as_deref(), Some("it says that it comes from fake:note/1"));
    assert_eq!(plan.tally(Choices::default()).derived, 1);
    assert_eq!(apply(&mut curator, &plan, Choices::default()).applied, 1);
    act(&mut curator, &Act::Undo(None));
    assert_eq!(apply(&mut curator, &plan, Choices { derived: true, conflicts: false }).applied, 2);
    assert_eq!(fake.rows().len(), 1);
}

#[test]
fn a_session_leaves_what_is_pinned_and_what_a_person_has_edited() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    act(&mut curator, &retitle(1, "mine now"));
    act(&mut curator, &Act::Mark { targets: keys([2]), marks: vec![Mark::Pinned(true)], reason: String::new() });
    let seen = |id: i64| fake::version_of(&fake.rows()[&id]);
    let captured = keys([1, 2, 3]).into_iter().map(|key| Target { key, seen: seen(key.handle.0) }).collect();
    let grounds = Grounds { captured, within: Vec::new() };
    let plan = Arc::new(curator.plan_roll_back(&RollBack::Session("s".into()), &grounds, NOW).unwrap());
    let conflicts: Vec<_> = plan.returns.iter().map(|one| one.conflict.as_deref()).collect();
    assert_eq!(conflicts, [Some("operation 1 changed it since it was captured"), Some("it is pinned"), None]);
    assert_eq!(apply(&mut curator, &plan, Choices::default()).applied, 1);
    assert_eq!(fake.rows().keys().copied().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn the_versions_of_a_memory_are_one_line_and_any_of_them_comes_back() {
    let (fake, dir) = (Fake::with(2), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    assert!(curator.look_through(0, OBSERVING, NOW).unwrap().is_empty());
    let first = curator.versions(&id(1), NOW).unwrap();
    assert_eq!((first.len(), &first[0].brought, first[0].current), (1, &Brought::FirstLook, true));
    act(&mut curator, &retext(1, "mine"));
    foreign(&fake, 1, "text", "theirs");
    foreign(&fake, 2, "text", "deploys use Vercel");
    let seen = curator.look_through(0, OBSERVING, NOW + 5).unwrap();
    assert_eq!(seen, [2], "what others did is one operation");
    foreign(&fake, 1, "title", "unseen");
    act(&mut curator, &retitle(1, "mine, too"));
    foreign(&fake, 1, "text", "now");
    let line = curator.versions(&id(1), NOW).unwrap();
    let brought: Vec<String> = line
        .iter()
        .map(|version| match &version.brought {
            Brought::Operation { id, label, .. } => format!("{} {id}", label.name()),
            Brought::Before(id) => format!("before {id}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(brought, ["Unseen", "edit 3", "Unseen", "observe 2", "edit 1", "before 1"]);
    assert!(line[0].current && !line[1].current);
    let view = curator.compare(&id(1), line[4].digest, line[3].digest, NOW).unwrap();
    assert_eq!(view.fields, [("text".to_owned(), Some("mine".to_owned()), Some("theirs".to_owned()))]);
    for version in line.iter().rev() {
        let plan = plan(&mut curator, &version.roll_back(id(1)));
        assert!(plan.returns.iter().all(|one| one.conflict.is_none()));
        apply(&mut curator, &plan, Choices::default());
        assert_eq!(Some(fake.rows()[&1].digest()), version.digest);
    }
    // Which version brought the words, and that it was somebody else.
    let line = curator.versions(&id(2), NOW).unwrap();
    let at = curator.blame(&id(2), &line, "DEPLOYS  use", NOW).unwrap().unwrap();
    assert!(matches!(line[at].brought, Brought::Operation { id: 2, label: Label::Observe, .. }));
    assert_eq!(curator.blame(&id(2), &line, "never said", NOW).unwrap(), None);
    // Taken back and put back again, it is still that one.
    let plan = plan(&mut curator, &line.last().unwrap().roll_back(id(2)));
    apply(&mut curator, &plan, Choices::default());
    act(&mut curator, &Act::Undo(None));
    let line = curator.versions(&id(2), NOW).unwrap();
    let at = curator.blame(&id(2), &line, "deploys use", NOW).unwrap().unwrap();
    assert!(matches!(line[at].brought, Brought::Operation { id: 2, label: Label::Observe, .. }), "{line:?}");
}

#[test]
fn what_others_did_is_taken_back_by_number_and_never_by_undo_alone() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    curator.look_through(0, OBSERVING, NOW).unwrap();
    let mine = act(&mut curator, &retitle(1, "mine")).operation;
    foreign(&fake, 2, "title", "theirs");
    fake.inner().rows.remove(&3);
    fake.inner().rows.insert(101, image(101, "learnt"));
    let seen = curator.look_through(0, OBSERVING, NOW).unwrap();
    let authors: Vec<String> = curator.log(None, 2).unwrap().into_iter().map(|found| found.author).collect();
    assert_eq!(authors, ["claude", "observed"]);
    assert_eq!(act(&mut curator, &Act::Undo(None)).of, mine, "never what others did");
    assert!(matches!(curator.act(&Act::Undo(None), NOW, &mut go), Err(CurateProblem::NothingToUndo)));
    assert_eq!(act(&mut curator, &Act::Redo).of, mine, "and it stands in nobody's way");
    act(&mut curator, &Act::Undo(None));
    let plan = plan(&mut curator, &RollBack::Operations(seen));
    apply(&mut curator, &plan, Choices::default());
    assert_eq!(fake.rows(), original);
    // Our own doing is never taken for somebody else's.
    assert!(curator.look_through(0, OBSERVING, NOW).unwrap().is_empty());
}

#[test]
fn an_agent_since_a_moment_loses_what_it_did_and_nobody_else_does() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    curator.look_through(0, OBSERVING, NOW).unwrap();
    fake.inner().rows.insert(101, image(101, "learnt"));
    curator.look_through(0, OBSERVING, NOW + 10).unwrap();
    foreign(&fake, 1, "title", "somebody");
    curator.look_through(0, OBSERVING, NOW + 20).unwrap();
    let since = |since| RollBack::Agent { name: "Claude".into(), since };
    assert!(plan(&mut curator, &since(NOW + 11)).returns.is_empty());
    let plan = plan(&mut curator, &since(NOW + 5));
    let named: Vec<_> = plan.returns.iter().map(|one| (one.id.native.as_str(), one.becomes)).collect();
    assert_eq!(named, [("note/101", Becomes::Gone)]);
    assert!(!plan.remarks.is_empty(), "what is not known is said");
}

#[test]
fn a_scope_becomes_what_it_was_at_a_moment() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    curator.look_through(0, OBSERVING, NOW).unwrap();
    let at = |curator: &mut Curator, what: &Act, now| curator.act(what, now, &mut go).unwrap();
    at(&mut curator, &retitle(1, "early"), NOW + 10);
    let early = fake.rows();
    at(&mut curator, &retitle(1, "late"), NOW + 20);
    at(&mut curator, &prune([2]), NOW + 30);
    foreign(&fake, 3, "text", "theirs");
    curator.look_through(0, OBSERVING, NOW + 40).unwrap();
    for (to, expected) in [(NOW + 15, early), (NOW + 5, original)] {
        let grounds = Grounds { captured: Vec::new(), within: keys([1, 2, 3]) };
        let what = RollBack::Scope { name: "user".into(), to };
        let plan = Arc::new(curator.plan_roll_back(&what, &grounds, NOW).unwrap());
        apply(&mut curator, &plan, Choices::default());
        assert_eq!(fake.rows(), expected, "{to}");
    }
}

#[test]
fn the_log_is_filtered_by_who_what_and_words() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    curator.look_through(0, OBSERVING, NOW).unwrap();
    act(&mut curator, &retitle(1, "new"));
    act(&mut curator, &prune([2]));
    fake.inner().rows.insert(101, image(101, "learnt"));
    curator.look_through(0, OBSERVING, NOW).unwrap();
    let zone = chrono::FixedOffset::east_opt(0).unwrap();
    let mut found = |query: &str| {
        let filter = crate::query::parse_operations(query, NOW, zone).unwrap();
        let found = curator.log_where(&filter, None, 10, NOW).unwrap();
        found.into_iter().map(|operation| operation.id).collect::<Vec<_>>()
    };
    assert_eq!(found("author:you"), [2, 1]);
    assert_eq!(found("author:claude"), [3]);
    assert_eq!(found("label:=prune"), [2]);
    assert_eq!(found("-label:prune store:fake"), [3, 1]);
    assert_eq!(found("age:<1d learnt"), [3]);
    assert_eq!(found("wrong"), [2], "the reason counts");
    assert!(crate::query::parse_operations("scope:x", NOW, zone).is_err(), "there is no such key here");
}

#[test]
fn what_a_session_took_over_is_what_it_was_again() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let mut curator = fake.curator(&dir);
    curator.look_through(0, OBSERVING, NOW).unwrap();
    let was = fake.rows();
    let column = |fake: &Fake, id: i64, name: &str, text: &str| {
        let mut inner = fake.inner();
        let own = &mut inner.rows.get_mut(&id).unwrap().own;
        own.columns.retain(|(known, _)| known != name);
        own.columns.push((name.to_owned(), crate::memory::Value::Text(text.into())));
    };
    column(&fake, 1, "session", "good");
    foreign(&fake, 1, "text", "deploys go through the queue");
    curator.look_through(0, OBSERVING, NOW + 1).unwrap();
    let good = fake.rows();
    assert_ne!(was, good);
    column(&fake, 1, "session", "bad");
    foreign(&fake, 1, "text", "deploys use Vercel");
    curator.look_through(0, OBSERVING, NOW + 2).unwrap();
    let captured =
        [1, 2].map(|id| Target { key: keys([id])[0], seen: super::fake::version_of(&fake.rows()[&id]) }).to_vec();
    let grounds = Grounds { captured, within: Vec::new() };
    let what = RollBack::Session("bad".into());
    let plan = Arc::new(curator.plan_roll_back(&what, &grounds, NOW).unwrap());
    let becomes: Vec<_> = plan.returns.iter().map(|one| (one.id.native.as_str(), one.becomes)).collect();
    assert_eq!(
        becomes,
        [("note/1", Becomes::Older), ("note/2", Becomes::Gone)],
        "what was there before is not deleted"
    );
    assert!(plan.remarks.iter().any(|remark| remark.contains("known only where")), "{:?}", plan.remarks);
    let report = apply(&mut curator, &plan, Choices::default());
    assert_eq!(report.applied, 2);
    assert_eq!(fake.rows()[&1], good[&1]);
    assert!(!fake.rows().contains_key(&2));
    act(&mut curator, &Act::Undo(None));
    assert_eq!(text_of(&fake, 1, "text"), "deploys use Vercel");
}

#[test]
fn memories_go_back_to_a_moment_together() {
    let (fake, dir) = (Fake::with(3), tempfile::tempdir().unwrap());
    let original = fake.rows();
    let mut curator = fake.curator(&dir);
    let digest = |id: i64| Some(original[&id].digest());
    act(&mut curator, &retitle(1, "one"));
    act(&mut curator, &prune([2]));
    let memories = vec![(id(1), digest(1)), (id(2), digest(2)), (id(3), digest(3))];
    let plan = plan(&mut curator, &RollBack::Versions { memories, at: NOW });
    let becomes: Vec<_> = plan.returns.iter().map(|one| one.becomes).collect();
    assert_eq!(becomes, [Becomes::Older, Becomes::Back, Becomes::Nothing]);
    apply(&mut curator, &plan, Choices::default());
    assert_eq!(fake.rows(), original);
}
