//! The list as it stood, and correcting what is said, on the command line.

use serde_json::Value;

use crate::sandbox::Sandbox;

fn error(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What a line of a list says of each memory.
fn told(list: &[Value]) -> Vec<String> {
    let fields = ["/id", "/title", "/kind", "/scope/project", "/created", "/tags", "/files", "/cost"];
    list.iter().map(|one| fields.map(|field| one.pointer(field).unwrap().to_string()).join(" ")).collect()
}

#[test]
fn the_list_after_each_operation_can_be_seen_again() {
    let place = Sandbox::new();
    let list = |filter: &str| place.json(&["list", filter, "--json"]);
    let ids: Vec<String> = list("kind:bugfix").iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
    let mut stood = vec![(0, told(&list("id:*")))];
    for (number, act) in [
        vec!["prune", &ids[0], "--reason", "wrong", "--yes"],
        vec!["edit", &ids[1], "--set", "title=Quite another title", "--set", "narrative=zebra stripes"],
        vec!["prune", "--where", "kind:decision", "--yes"],
        vec!["undo", "1"],
        vec!["edit", &ids[1], "--set", "title=And one more"],
        vec!["undo"],
    ]
    .into_iter()
    .enumerate()
    {
        place.says(&act);
        stood.push((number + 1, told(&list("id:*"))));
    }
    for (number, then) in stood.iter().skip(1) {
        let seen = list(&format!("as-of:#{number}"));
        assert_eq!(told(&seen), *then, "after operation {number}");
        let count = place.says(&["count", &format!("as-of:#{number}")]);
        assert_eq!(count.trim(), then.len().to_string());
    }
    let seen = list("as-of:#2 zebra");
    assert_eq!((seen.len(), seen[0]["past"].as_str()), (1, Some("same")), "words are those of then");
    assert_eq!(list("as-of:#5 zebra")[0]["past"], "was");
    assert!(place.memtui(&["list", "as-of:#1 zebra"]).status.code() == Some(1));
    let decisions = list("as-of:#2 kind:decision");
    assert!(!decisions.is_empty() && decisions.iter().all(|one| one["past"] == "gone"), "{decisions:?}");
    let scopes: u64 = place
        .json(&["count", "as-of:#2", "--by", "kind", "--json"])
        .iter()
        .filter(|one| one["name"] == "decision")
        .map(|one| one["count"].as_u64().unwrap())
        .sum();
    assert_eq!(usize::try_from(scopes), Ok(decisions.len()));
    let shown = place.memtui(&["show", "--as-of", "0s", decisions[0]["id"].as_str().unwrap(), "--json"]);
    assert!(shown.status.code() == Some(1) && error(&shown).contains("was not there"), "{}", error(&shown));
}

#[test]
fn the_past_chooses_nothing_that_is_changed_and_says_what_is_wrong() {
    let place = Sandbox::new();
    for arguments in [
        &["prune", "--where", "as-of:1d kind:bugfix", "--dry-run"][..],
        &["review", "--list", "as-of:1d"],
        &["export", "as-of:1d"],
    ] {
        let output = place.memtui(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(error(&output).contains("shows what was"), "{}", error(&output));
    }
    let output = place.memtui(&["list", "as-of:#7"]);
    assert!(output.status.code() != Some(0) && error(&output).contains("no operation 7"), "{}", error(&output));
    assert!(!place.path("DATA").exists(), "looking makes no ledger");
    assert_eq!(place.says(&["count", "as-of:2026-09-01"]), place.says(&["count", "created:<2026-09 OR is:bad-time"]));
}

#[test]
fn an_image_that_was_erased_is_said_to_be_lost() {
    let place = Sandbox::new();
    let id = place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0]["id"].as_str().unwrap().to_owned();
    place.says(&["prune", &id, "--reason", "secret", "--yes"]);
    place.says(&["edit", "observation/1", "--set", "title=x"]);
    let ledger = rusqlite::Connection::open(place.path("DATA/memtui/ledger.db")).unwrap();
    ledger.execute("UPDATE image SET sum = x'', data = x''", []).unwrap();
    drop(ledger);
    let lost = place.json(&["list", "as-of:1h id:=observation/1", "--json"]);
    assert!(lost.iter().all(|one| one["past"] == "not-kept"), "{lost:?}");
    let all = place.json(&["list", "as-of:2026-10-31T23:59", "--json"]);
    let gone = all.iter().find(|one| one["id"] == id.as_str()).expect("that it was there is known");
    assert!(gone["past"] == "not-kept" && gone["title"].as_str().unwrap().contains("not kept"), "{gone}");
}

#[test]
fn a_sentence_is_corrected_everywhere_as_one_operation() {
    let place = Sandbox::new();
    let before = place.dump();
    place.says(&["edit", "observation/1", "--set", "narrative=Since May deploys use Vercel, always."]);
    place.says(&["edit", "observation/2", "--set", "title=Deploys use Vercel"]);
    let said = place.json(&["why", "deploys use vercel", "--json"]);
    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["author"], "you", "the operation that brought the words");
    let dry = place.json(&["why", "deploys use vercel", "--replace", "deploys go to Fly", "--dry-run", "--json"]);
    assert_eq!(dry.len(), 2);
    assert!(dry.iter().any(|one| one["fields"][0]["after"] == "Since May deploys go to Fly, always."), "{dry:?}");
    let output = place.memtui(&["why", "deploys use vercel", "--replace", "x"]);
    assert!(output.status.code() == Some(2) && error(&output).contains("--yes"), "{}", error(&output));
    let report = place.json(&["why", "deploys use vercel", "--replace", "deploys go to Fly", "--yes", "--json"]);
    assert_eq!((report[0]["applied"].as_u64(), report[0]["label"].as_str()), (Some(2), Some("edit")));
    assert_eq!(place.memtui(&["why", "deploys use vercel"]).status.code(), Some(1), "nobody says so any more");
    place.says(&["undo"]);
    assert_eq!(place.json(&["why", "deploys use vercel", "--json"]).len(), 2);
    place.says(&["why", "deploys use vercel", "--confidence", "0.1", "--yes"]);
    assert!(place.json(&["why", "deploys use vercel", "--json"]).iter().all(|one| one["confidence"] == 0.1));
    let output = place.memtui(&["why", "deploys use vercel", "--prune", "--propose"]);
    assert!(output.status.success() && error(&output).contains("waits in the queue"), "{}", error(&output));
    assert_eq!(place.json(&["queue", "list", "--json"]).len(), 1);
    place.says(&["why", "deploys use vercel", "--prune", "--tombstone", "we left Vercel", "--yes"]);
    assert_eq!(place.memtui(&["why", "deploys use vercel"]).status.code(), Some(1));
    for _ in 0..4 {
        place.says(&["undo"]);
    }
    assert_eq!(place.dump(), before, "all of it was taken back");
}
