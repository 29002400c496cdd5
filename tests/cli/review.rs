//! Sittings without the terminal program: what is due, and how much of it there is.

use crate::sandbox::Sandbox;

fn count(place: &Sandbox, query: &str) -> usize {
    let output = place.memtui(&["count", query]);
    String::from_utf8(output.stdout).unwrap().trim().parse().unwrap()
}

#[test]
fn what_is_due_is_listed_bounded_oldest_first_and_likes_stand_together() {
    let place = Sandbox::new();
    let total = count(&place, "");
    assert_eq!((count(&place, "is:due"), count(&place, "is:new"), count(&place, "is:reviewed")), (total, total, 0));
    let seats = place.json(&["review", "--list", "--json"]);
    assert_eq!(seats.len(), 50, "a sitting is bounded");
    let clusters: Vec<u64> = seats.iter().map(|seat| seat["cluster"].as_u64().unwrap()).collect();
    assert!(clusters.is_sorted(), "what belongs together stands together: {clusters:?}");
    let likeness: Vec<&str> = seats.iter().map(|seat| seat["likeness"].as_str().unwrap()).collect();
    assert!(likeness.contains(&"session") && likeness.contains(&"same"), "{likeness:?}");
    let oldest = place.json(&["list", "--sort", "age:desc", "--limit", "1", "--json"]);
    assert_eq!(seats[0]["id"], oldest[0]["id"]);
    assert_eq!(place.says(&["review", "--list", "--limit", "3"]).lines().count(), 3);
    let kinds = place.json(&["review", "kind:decision", "--list", "--json"]);
    assert!(!kinds.is_empty() && kinds.len() < 50);
    let doubtful = place.json(&["review", "--list", "--order", "doubtful", "--limit", "1", "--json"]);
    let least = place.json(&["list", "--sort", "confidence:asc", "--limit", "1", "--json"]);
    assert_eq!(doubtful[0]["id"], least[0]["id"]);
    assert!(!place.path("DATA").exists(), "looking makes no ledger");
}

#[test]
fn every_verdict_has_a_command_and_what_was_judged_is_not_due() {
    let place = Sandbox::new();
    let total = count(&place, "");
    let seats = place.json(&["review", "--list", "--limit", "4", "--json"]);
    let id = |at: usize| seats[at]["id"].as_str().unwrap();
    place.says(&["set", id(0), "--reviewed"]);
    place.says(&["set", id(1), "--reviewed", "--pin"]);
    place.says(&["set", id(2), "--reviewed", "--stale-after", "3d"]);
    place.says(&["prune", id(3), "--reason", "wrong", "--yes"]);
    assert_eq!((count(&place, "is:due"), count(&place, "is:reviewed")), (total - 4, 3));
    let marks = &place.json(&["show", id(0), "--json"])[0]["marks"];
    let moment = |key: &str| chrono::DateTime::parse_from_rfc3339(marks[key].as_str().unwrap()).unwrap();
    assert_eq!((moment("due") - moment("reviewed")).num_days(), 7, "the first interval");
    let sooner = &place.json(&["show", id(2), "--json"])[0]["marks"];
    assert_eq!(sooner["due"], sooner["stale_after"]);
    assert!(place.says(&["log", "--limit", "1"]).contains("wrong"));
    place.says(&["undo"]);
    place.says(&["undo"]);
    assert_eq!(count(&place, "is:due"), total - 2);
}

#[test]
fn the_status_counts_what_the_filters_select() {
    let place = Sandbox::new();
    let unknown = place.says(&["status", "--format", "{stale} {doubtful}"]);
    assert_eq!(unknown, "? ?\n", "what nobody has judged yet is not made up");
    let due = count(&place, "is:due");
    let format = "{new}/{due}/{left}/{stale}/{doubtful}/{total} {{}";
    let line = place.says(&["status", "--format", format]);
    let (stale, doubtful) = (count(&place, "is:stale"), count(&place, "conf:<0.3"));
    assert_eq!(line, format!("{due}/{due}/0/{stale}/{doubtful}/{due} {{}}\n"));
    let first = place.json(&["review", "--list", "--limit", "1", "--json"]);
    place.says(&["set", first[0]["id"].as_str().unwrap(), "--reviewed"]);
    assert_eq!(place.says(&["status", "--format", "{due}"]), format!("{}\n", due - 1));
    let output = place.memtui(&["status", "--format", "{deu}"]);
    assert!(String::from_utf8(output.stderr).unwrap().contains("did you mean {due}"));
}

#[test]
fn nothing_due_is_no_error_and_says_so() {
    let place = Sandbox::new();
    let output = place.memtui(&["review", "--list", "kind:no-such-kind"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
    assert!(String::from_utf8(output.stderr).unwrap().contains("nothing is due"));
}
