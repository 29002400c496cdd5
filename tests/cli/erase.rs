//! `memtui erase`: exactly what was previewed, and gone from every file.

use std::path::Path;

use crate::{acts::error, sandbox::Sandbox};

const TEXT: &str = "narrative=Zanzibar quokkas keep the password zebra-4711-lamp below the lighthouse";

/// Files below a directory that hold one of the words.
fn holding(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path));
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).to_lowercase();
        let word = ["zanzibar", "quokka", "zebra-4711"].into_iter().find(|word| text.contains(word));
        found.extend(word.map(|word| format!("{word} in {}", path.display())));
    }
    found
}

#[test]
fn a_memory_leaves_every_file_when_its_count_was_said() {
    let place = Sandbox::new();
    let id = place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0]["id"].as_str().unwrap().to_owned();
    place.says(&["edit", &id, "--set", TEXT, "--reason", "zanzibar quokkas keep the password"]);
    place.says(&["backup"]);
    assert!(!holding(&place.path("")).is_empty());

    let plan = &place.json(&["erase", &id, "--dry-run", "--json"])[0];
    assert_eq!((&plan["planned"], &plan["dry_run"], &plan["backups"]), (&1.into(), &true.into(), &1.into()));
    assert!(plan["records"].as_u64() >= Some(1) && !plan["beyond"][0]["places"].as_array().unwrap().is_empty());
    let asks = place.memtui(&["erase", &id]);
    assert_eq!(asks.status.code(), Some(2), "{}", error(&asks));
    assert!(error(&asks).contains("--yes 1"), "{}", error(&asks));
    let other = place.memtui(&["erase", &id, "--yes", "2"]);
    assert_eq!(other.status.code(), Some(1), "{}", error(&other));
    assert!(place.says(&["show", &id]).contains("quokkas"), "nothing was erased");

    let done = &place.json(&["erase", &id, "--yes", "1", "--rewrite", "--reason", "a password", "--json"])[0];
    assert_eq!((&done["erased"], &done["refused"].as_array().unwrap().len()), (&1.into(), &0), "{done}");
    assert_eq!(holding(&place.path("")), [""; 0]);
    let check = place.says(&["check"]);
    assert!(check.contains("erased") && !check.contains("TROUBLE"), "{check}");
    let log = &place.json(&["log", "--json"])[0];
    assert_eq!((&log["label"], &log["reason"], &log["applied"]), (&"erase".into(), &"a password".into(), &1.into()));
    let erased = log["operation"].to_string();
    let undo = place.memtui(&["undo", &erased]);
    assert_eq!(undo.status.code(), Some(1));
    assert!(error(&undo).contains("cannot be had back"), "{}", error(&undo));
    let edit = place.memtui(&["undo", "1"]);
    assert_eq!(edit.status.code(), Some(1));
    assert!(error(&edit).contains("erased on"), "{}", error(&edit));
    let again = place.memtui(&["erase", &id, "--yes", "1"]);
    assert_eq!(again.status.code(), Some(1), "{}", error(&again));
}

#[test]
fn a_filter_erases_what_it_matched_and_a_pruned_memory_leaves_the_ledger() {
    let place = Sandbox::new();
    let ids: Vec<String> = place
        .json(&["list", "kind:decision", "--limit", "2", "--json"])
        .iter()
        .map(|memory| memory["id"].as_str().unwrap().to_owned())
        .collect();
    for id in &ids {
        place.says(&["edit", id, "--set", TEXT]);
    }
    let read_only = place.memtui(&["--read-only", "erase", "--where", "zanzibar", "--yes", "2"]);
    assert_eq!(read_only.status.code(), Some(1));
    let first = ids[0].as_str();
    place.says(&["prune", first, "--yes"]);
    let gone = place.says(&["erase", first, "--dry-run"]);
    assert!(gone.contains("gone from its store"), "{gone}");
    assert!(gone.contains("record of another memory") || gone.contains("records of other memories"), "{gone}");
    // What was judged before it was changed is not erased unseen, and is judged again.
    let moved = place.memtui(&["erase", "--where", "zanzibar", "--yes", "1", "--rewrite"]);
    assert!(moved.status.code() == Some(0) || error(&moved).contains("look at it again"), "{}", error(&moved));
    if moved.status.code() != Some(0) {
        place.says(&["erase", "--where", "zanzibar", "--yes", "1", "--rewrite"]);
    }
    place.says(&["erase", first, "--yes", "1", "--rewrite"]);
    assert_eq!(holding(&place.path("")), [""; 0]);
    let none = place.memtui(&["erase", "--where", "zanzibar", "--yes", "1"]);
    assert_eq!(none.status.code(), Some(1));
}
