//! Dreams over planted memories: what is proposed, how often rightly, and always the same.

mod labelled;
mod planted;
mod precision;

use planted::{NOW, Planted, day, memory};

use std::ops::ControlFlow;

use super::Analyser;
use crate::{
    change::{Batch, Draft, FieldValue, Label, Wish},
    curate::{Act, Curator, Decided, Decision},
    ledger::{Ledger, Taken},
    memory::Value,
};

fn one(planted: &Planted, only: Analyser) -> Draft {
    let mut found = planted.dream(&[only]).found;
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0).draft
}

fn deleted(draft: &Draft) -> Vec<&str> {
    draft.steps.iter().filter(|step| step.wish == Wish::Delete).map(|step| step.native.as_str()).collect()
}

#[test]
fn what_a_memory_is_about_counts_where_it_stands_outside_of_its_text() {
    let entity = |name: &str, facts: &str| {
        format!(r#"{{"type":"entity","name":"{name}","entityType":"service","observations":[{facts}]}}"#)
    };
    let relation =
        |from: &str| format!(r#"{{"type":"relation","from":"{from}","to":"shop","relationType":"belongs_to"}}"#);
    let target = r#""The p95 latency target is 300 ms for every call that a person waits for""#;
    let lines = [entity("billing", target), entity("search", target), relation("billing"), relation("search")];
    let graph = Planted::graph(&lines.each_ref().map(String::as_str));
    assert_eq!(graph.dream(&[Analyser::Duplicates, Analyser::Noise]).found, []);
}

#[test]
fn the_newest_copy_is_kept_and_takes_over_what_only_the_others_have() {
    let text = "The pool is limited to one connection per instance, because each instance opens a pool of its own.";
    let planted = Planted::new(&[
        memory("Pool", text).tags(&["gotcha"]).files(&["/x/a.rs", "/x/b.rs"]).session("s1").age(9),
        memory("Pool", text).tags(&["pattern"]).files(&["/x/a.rs"]).session("s2").age(2),
        memory("pool", &text.to_uppercase()).tags(&["gotcha"]).session("s3").age(5),
    ]);
    let draft = one(&planted, Analyser::Duplicates);
    assert_eq!(draft.label, Label::Merge);
    assert_eq!(deleted(&draft), ["memory/3", "memory/1"]);
    let kept = &draft.steps[0];
    let list = |items: &[&str]| FieldValue::List(items.iter().map(|item| (*item).to_owned()).collect());
    let gains =
        vec![("tags".to_owned(), list(&["pattern", "gotcha"])), ("files".to_owned(), list(&["/x/a.rs", "/x/b.rs"]))];
    assert_eq!((kept.native.as_str(), &kept.wish), ("memory/2", &Wish::Edit(gains)));
    let said = format!("{:?}", draft.evidence);
    assert!(
        said.contains("s1") && said.contains("s3"),
        "the sessions that the store loses stand in the evidence: {said}"
    );
}

#[test]
fn a_pinned_copy_stays() {
    let text = "Deploys go through the release workflow, which signs the images before they are pushed.";
    let planted = Planted::new(&[memory("Deploys", text).age(9), memory("Deploys", text).age(2)]).pinned(1);
    assert_eq!(deleted(&one(&planted, Analyser::Duplicates)), ["memory/2"]);
    let both = Planted::new(&[memory("Deploys", text).age(9), memory("Deploys", text).age(2)]).pinned(1).pinned(2);
    assert_eq!(both.dream(&[Analyser::Duplicates]).found, []);
}

#[test]
fn what_is_taken_back_goes_with_both_quoted() {
    let planted = Planted::new(&[
        memory("Deploy the API on Vercel", "The API runs on Vercel as one function.").kind("decision").age(90),
        memory("Deploys moved from Vercel to Fly.io", "The API no longer runs on Vercel. Two machines.")
            .kind("decision")
            .age(3),
    ]);
    let draft = one(&planted, Analyser::Superseded);
    assert_eq!((draft.label, deleted(&draft)), (Label::Supersede, vec!["memory/1"]));
    assert!(draft.reason.contains("The API no longer runs on Vercel"), "{}", draft.reason);
    assert!(format!("{:?}", draft.evidence).contains("Deploy the API on Vercel"));
}

#[test]
fn dates_come_from_the_day_of_the_memory() {
    let planted = Planted::new(&[memory("Import", "The import failed yesterday. `yesterday` is a keyword.").age(10)]);
    let draft = one(&planted, Analyser::Dates);
    let Wish::Edit(edit) = &draft.steps[0].wish else { panic!("{draft:?}") };
    let body = format!("The import failed on {}. `yesterday` is a keyword.", day(11));
    assert_eq!(edit, &vec![("body".to_owned(), FieldValue::Text(body))]);
}

#[test]
fn dead_files_lose_their_reference_and_an_empty_shell_goes() {
    let home = tempfile::tempdir().unwrap();
    std::fs::create_dir(home.path().join(".git")).unwrap();
    std::fs::write(home.path().join("here.rs"), "").unwrap();
    let path = |name: &str| home.path().join(name).to_string_lossy().into_owned();
    let (here, gone) = (path("here.rs"), path("gone.rs"));
    let planted = Planted::new(&[
        memory("Cursor", "The cursor is checked by its schema.").files(&[&here, &gone]),
        memory("", "gone.rs").files(&[&gone]),
        memory("Adapter", "Removed the adapter.").files(&[&gone]),
        memory("Elsewhere", "Its checkout is not here.").files(&["/nowhere/at/all/gone.rs"]),
    ]);
    let found = planted.dream(&[Analyser::Files]).found;
    let labels: Vec<Label> = found.iter().map(|found| found.draft.label).collect();
    assert_eq!(labels, [Label::Edit, Label::Prune], "{found:?}");
    assert_eq!(found[0].draft.steps[0].wish, Wish::Edit(vec![("files".to_owned(), FieldValue::List(vec![here]))]));
}

#[test]
fn a_long_memory_becomes_its_sections_where_the_store_takes_new_ones() {
    let section = "Words that say something of their own. ".repeat(60);
    let body = format!("# Notes\n\n## Deploys\n{section}\n\n## Prices\n{section}");
    let planted = Planted::new(&[memory("Notes", &body).project("api").tags(&["how"])]);
    let draft = one(&planted, Analyser::Split);
    assert_eq!((draft.label, draft.counts()), (Label::Split, [2, 0, 1, 0]));
    let Wish::Add(first) = &draft.steps[0].wish else { panic!("{draft:?}") };
    let text = |name: &str| match first.get(name) {
        Some(Value::Text(bytes)) => String::from_utf8(bytes.clone()).unwrap(),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(
        (text("title"), text("project"), text("tags")),
        ("Notes: Deploys".into(), "api".into(), "[\"how\"]".into())
    );
    assert!(text("evidence").ends_with(":memory/1"));
}

#[test]
fn a_memory_whose_files_are_anothers_moves_there() {
    let mut all = Vec::new();
    for number in 0..20 {
        let (api, app) = (format!("/code/api/src/{number}.rs"), format!("/code/app/lib/{number}.dart"));
        all.push(
            memory(&format!("Api {number}"), &format!("Fact {number} of the server.")).project("api").files(&[&api]),
        );
        all.push(
            memory(&format!("App {number}"), &format!("Fact {number} of the client.")).project("app").files(&[&app]),
        );
    }
    all.push(memory("Stray", "The api answers with a cursor.").project("app").files(&["/code/api/src/1.rs"]));
    all.push(memory("Both", "The app asks the api.").project("app").files(&["/code/api/src/2.rs"]));
    let draft = one(&Planted::new(&all), Analyser::Scope);
    assert_eq!(draft.label, Label::Rescope);
    assert_eq!(draft.steps[0].native, "memory/41");
    assert_eq!(draft.steps[0].wish, Wish::Edit(vec![("project".to_owned(), FieldValue::Text("api".to_owned()))]));
}

#[test]
fn what_was_said_three_times_becomes_a_rule_once() {
    let say = |text: &str, session: &str, age| memory("", text).kind("prompt").project("api").session(session).age(age);
    let mut all = vec![
        say("no, use pnpm here, not npm", "s1", 30),
        say("Fix the build. Use pnpm, not npm!", "s2", 20),
        say("again: use pnpm and not npm", "s3", 10),
        say("use tabs in the makefile", "s4", 10),
        say("never use npm", "s5", 9),
        say("never use yarn", "s6", 8),
    ];
    let draft = one(&Planted::new(&all), Analyser::Rules);
    assert_eq!((draft.label, draft.evidence.len()), (Label::Add, 4));
    let Wish::Add(record) = &draft.steps[0].wish else { panic!("{draft:?}") };
    assert_eq!(record.get("body"), Some(&Value::Text(b"Use pnpm and not npm".to_vec())));
    assert_eq!(record.get("bucket"), Some(&Value::Text(b"procedural".to_vec())));
    all.push(memory("", "Use pnpm and not npm").kind("rule").project("api"));
    assert_eq!(Planted::new(&all).dream(&[Analyser::Rules]).found, [], "it is one already");
}

#[test]
fn old_kinds_are_marked_by_quarter_and_what_somebody_judged_is_not() {
    let all: Vec<_> = (0..4)
        .map(|n| memory(&format!("Fixed {n}"), "Something was fixed here.").kind("bugfix").age(400 + n))
        .collect();
    let draft = one(&Planted::new(&all), Analyser::Stale);
    assert_eq!((draft.label, draft.counts()), (Label::Deprecate, [0, 0, 0, 4]));
    let draft = one(&Planted::new(&all).pinned(2), Analyser::Stale);
    assert_eq!(draft.counts(), [0, 0, 0, 3]);
    let past = Planted::new(&[memory("Freeze", "No deploys this month.").age(3)]).stale_after(1, NOW - 1);
    assert_eq!(deleted(&one(&past, Analyser::Expired)), ["memory/1"]);
}

#[test]
fn the_same_memories_give_the_same_proposals_and_no_memory_is_removed_twice() {
    let planted = Planted::demo();
    let (one, two) = (planted.dream(&Analyser::ALL), planted.dream(&Analyser::ALL));
    assert!(one.found.len() > 10, "{}", one.found.len());
    assert_eq!(one, two);
    let mut removed: Vec<_> = one.found.iter().flat_map(|found| deleted(&found.draft)).collect();
    let count = removed.len();
    removed.sort_unstable();
    removed.dedup();
    assert_eq!(removed.len(), count);
}

#[test]
fn what_is_approved_is_carried_out_and_comes_back_to_the_byte() {
    let set = labelled::set();
    let planted = Planted::new(&set.seeds);
    let drafts: Vec<Draft> = planted.dream(&Analyser::ALL).found.into_iter().map(|found| found.draft).collect();
    let ledger = tempfile::tempdir().unwrap();
    let mut curator = Curator::new(Ledger::open(&ledger.path().join("ledger.db")), &planted.stores);
    let batch = Batch { id: 0, at: NOW, author: "dream".into(), note: String::new() };
    let (before, count) = (planted.dump(), drafts.len());
    let first = curator.propose(&batch, drafts.clone(), NOW).unwrap();
    assert!(first.taken.iter().all(|taken| matches!(taken, Taken::New(_))), "{:?}", first.taken);
    let again = curator.propose(&batch, drafts, NOW).unwrap();
    assert!(again.taken.iter().all(|taken| matches!(taken, Taken::Waits(_))), "a dream again gives nothing new");
    let waiting = curator.waiting(NOW).unwrap();
    assert_eq!(waiting.len(), count);
    let proposals = waiting.iter().map(|line| (line.id, line.version)).collect();
    let decide = Act::Decide { proposals, decision: Decision::Approve(None), author: "you".into() };
    let report = curator.act(&decide, NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
    let refused: Vec<_> =
        report.decided.iter().filter(|(_, it)| !matches!(it, Decided::Applied { operation: Some(_), .. })).collect();
    assert!(refused.is_empty(), "{refused:?}");
    assert_ne!(planted.dump(), before);
    for _ in 0..count {
        curator.act(&Act::Undo(None), NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
    }
    assert_eq!(planted.dump(), before);
}

#[test]
fn a_dream_can_be_stopped() {
    let planted = Planted::demo();
    let mut left = 3;
    let stopped = planted.watched(&Analyser::ALL, &mut |_| {
        left -= 1;
        left > 0
    });
    assert!(matches!(stopped, Err(crate::store::Problem::Cancelled)));
}
