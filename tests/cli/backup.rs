//! Backups: made beside everything else, read again, and put back over what is there, damaged or not.

use std::fs;

use serde_json::Value;

use crate::sandbox::Sandbox;

fn run(place: &Sandbox, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = place.memtui(arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_backup_is_put_back_with_the_ledger_and_what_was_there_is_kept() {
    let place = Sandbox::new();
    place.says(&["prune", "--where", "kind:prompt", "--yes"]);
    let pruned = place.dump();
    let copies = place.json(&["backup", "--json"]);
    let names: Vec<&str> = copies.iter().map(|copy| copy["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["claude-mem", "ledger"]);
    place.says(&["undo"]);
    let undone = place.dump();
    assert_ne!(undone, pruned);
    let (code, said, _) = run(&place, &["restore", "latest", "--dry-run"]);
    assert!(code == Some(0) && said.contains("sample.db") && place.dump() == undone, "{said}");
    let (code, _, said) = run(&place, &["restore", "latest"]);
    assert!(code == Some(2) && said.contains("--yes"), "it asks, and there is nobody: {said}");
    place.says(&["restore", "latest", "--yes"]);
    assert_eq!(place.dump(), pruned);
    let log = place.json(&["log", "--json"]);
    assert_eq!(log.len(), 1, "the ledger is that of the backup: {log:?}");
    // The state before stands in a backup of its own.
    assert_eq!(place.json(&["backup", "--list", "--json"]).len(), 4);
    place.says(&["restore", "latest", "--yes"]);
    assert_eq!(place.dump(), undone);
    let (code, said, _) = run(&place, &["check"]);
    assert_eq!(code, Some(0), "{said}");
}

#[test]
fn a_damaged_database_is_replaced_and_its_bytes_are_kept() {
    let place = Sandbox::new();
    let before = place.dump();
    let to = place.path("copies");
    place.says(&["backup", "--to", to.to_str().unwrap()]);
    fs::write(place.database(), "not a database any more, whatever happened to it").unwrap();
    let (code, said, trouble) = run(&place, &["restore", to.to_str().unwrap(), "--only", "claude-mem", "--yes"]);
    assert_eq!(code, Some(0), "{said}{trouble}");
    assert_eq!(place.dump(), before);
    let kept = fs::read_dir(place.path("DATA").join("memtui/backups")).unwrap().next().unwrap().unwrap().path();
    assert!(fs::read_to_string(kept.join("claude-mem")).unwrap().starts_with("not a database"));
}

#[test]
fn what_is_no_backup_or_was_changed_is_refused() {
    let place = Sandbox::new();
    let (code, _, said) = run(&place, &["restore", "latest", "--yes"]);
    assert!(code == Some(1) && said.contains("no backup yet"), "{said}");
    let (code, _, said) = run(&place, &["restore", place.path("home").to_str().unwrap(), "--yes"]);
    assert!(code == Some(2) && said.contains("this is no backup"), "{said}");
    let to = place.path("copies");
    place.says(&["backup", "--to", to.to_str().unwrap()]);
    let (code, _, said) = run(&place, &["backup", "--to", to.to_str().unwrap()]);
    assert!(code == Some(3) && said.contains("exists"), "never into one that is there: {said}");
    let (code, _, said) = run(&place, &["restore", to.to_str().unwrap(), "--only", "codex", "--yes"]);
    assert!(code == Some(2) && said.contains("no copy `codex`; it has claude-mem"), "{said}");
    let before = place.dump();
    let copy = to.join("claude-mem");
    let mut bytes = fs::read(&copy).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&copy, bytes).unwrap();
    let (code, _, said) = run(&place, &["restore", to.to_str().unwrap(), "--yes"]);
    assert!(code == Some(3) && said.contains("not the copy that was made"), "{said}");
    assert_eq!(place.dump(), before);
}

#[test]
fn an_act_on_many_memories_is_preceded_by_a_backup_where_that_is_wanted() {
    let place = Sandbox::new();
    let before = place.dump();
    place.says(&["-o", "backup_over=5", "prune", "--where", "kind:prompt", "--yes"]);
    let made: Vec<Value> = place.json(&["backup", "--list", "--json"]);
    assert_eq!(made.len(), 2, "{made:?}");
    place.says(&["restore", "latest", "--only", "claude-mem", "--yes"]);
    assert_eq!(place.dump(), before);
    let one = place.json(&["list", "--limit", "1", "--json"])[0]["id"].as_str().unwrap().to_owned();
    place.says(&["-o", "backup_over=5", "prune", &one, "--yes"]);
    assert_eq!(place.json(&["backup", "--list", "--json"]).len(), 3, "one memory is not many");
}
