//! The commands on sample memories: what they print, what they change, what they refuse.

use std::io::Write as _;

use crate::sandbox::Sandbox;

pub(crate) fn error(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn lists_agree_with_counts_and_json_is_one_memory_a_line() {
    let place = Sandbox::new();
    let total: usize = place.says(&["count"]).trim().parse().unwrap();
    assert!(total > 100);
    let lines = place.says(&["list"]);
    assert_eq!(lines.lines().count(), total);
    assert!(lines.lines().all(|line| line.split('\t').count() == 8), "{lines}");
    let memories = place.json(&["list", "--json"]);
    assert_eq!(memories.len(), total);
    assert!(memories.iter().all(|memory| memory["confidence"]["value"].as_f64().is_some()));
    assert!(memories[1]["created"].as_str().unwrap() >= memories[2]["created"].as_str().unwrap(), "newest first");
    let by_kind: u64 =
        place.json(&["count", "--by", "kind", "--json"]).iter().map(|it| it["count"].as_u64().unwrap()).sum();
    assert_eq!(usize::try_from(by_kind).unwrap(), total);
    assert_eq!(place.says(&["list", "kind:bugfix", "--limit", "3"]).lines().count(), 3);
    let confidences: Vec<f64> = place
        .json(&["list", "--sort", "confidence:asc", "--json"])
        .iter()
        .map(|memory| memory["confidence"]["value"].as_f64().unwrap())
        .collect();
    assert!(confidences.is_sorted(), "{confidences:?}");
}

#[test]
fn every_number_of_the_insights_is_that_of_the_list_behind_it() {
    let place = Sandbox::new();
    for query in ["", "-kind:prompt OR is:secret"] {
        let arguments: Vec<&str> =
            ["insights", "--json", "--"].into_iter().chain(query.split(' ').filter(|it| !it.is_empty())).collect();
        let seen = &place.json(&arguments)[0];
        let count = |filter: &str| -> u64 { place.says(&["count", "--", filter]).trim().parse().unwrap() };
        assert_eq!(seen["count"], count(query));
        let mut parts = 0;
        for list in ["map", "scopes", "signals"] {
            for part in seen[list].as_array().unwrap() {
                let filter = part["filter"].as_str().unwrap();
                assert_eq!(part["count"], count(filter), "{filter}");
                parts += 1;
            }
        }
        assert!(parts > 15, "{parts}");
        let day = seen["days"].as_array().unwrap().last().unwrap();
        assert_eq!(day["count"], count(day["filter"].as_str().unwrap()));
        let map: u64 = seen["map"].as_array().unwrap().iter().map(|cell| cell["count"].as_u64().unwrap()).sum();
        assert_eq!(seen["count"], map);
    }
    let text = place.says(&["insights", "scope:trailnotes"]);
    assert!(text.lines().all(|line| line.split('\t').count() == 5), "{text}");
    assert!(text.lines().last().unwrap().starts_with("all\t"), "{text}");
    assert_eq!(place.memtui(&["insights", "zzzzz"]).status.code(), Some(1));
}

#[test]
fn no_byte_of_a_memory_is_a_control_character() {
    let place = Sandbox::new();
    for arguments in [&["list"][..], &["list", "--json"], &["list", "is:hidden-text"]] {
        let text = place.says(arguments);
        let hostile = |it: char| (it.is_control() && it != '\n' && it != '\t') || matches!(it, '\u{200b}' | '\u{202e}');
        assert!(!text.contains(hostile), "{arguments:?}");
    }
}

#[test]
fn showing_a_memory_names_its_sections() {
    let place = Sandbox::new();
    let memory = &place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0];
    let id = memory["id"].as_str().unwrap();
    let text = place.says(&["show", id]);
    assert!(text.starts_with(memory["title"].as_str().unwrap()), "{text}");
    assert!(text.contains("narrative:") && text.contains("confidence ~"), "{text}");
    assert_eq!(place.json(&["show", id, "--json"])[0], *memory);
    let output = place.memtui(&["show", "claude-mem:observation/999999"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("there is no memory"), "{}", error(&output));
}

#[test]
fn a_filter_that_cannot_be_read_points_at_the_place() {
    let place = Sandbox::new();
    let output = place.memtui(&["list", "conf:<x"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains('^'), "{}", error(&output));
    let output = place.memtui(&["list", "title-that-nobody-has-written"]);
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(1), &b""[..]));
}

#[test]
fn what_was_changed_since_it_was_judged_is_named_and_left_the_first_time() {
    let place = Sandbox::new();
    let chosen = place.json(&["list", "kind:bugfix", "--limit", "2", "--json"]);
    let id = chosen[0]["id"].as_str().unwrap();
    let number = id.rsplit('/').next().unwrap();
    let other = rusqlite::Connection::open(place.database()).unwrap();
    other.execute("UPDATE observations SET narrative = 'Not what it was' WHERE id = ?1", [number]).unwrap();
    let before: usize = place.says(&["count"]).trim().parse().unwrap();
    let prune = ["prune", "--where", "kind:bugfix", "--yes"];
    let first = place.memtui(&prune);
    assert_eq!(first.status.code(), Some(1), "{}", error(&first));
    assert!(error(&first).contains(id) && error(&first).contains("changed it since"), "{}", error(&first));
    assert!(place.says(&["count"]).trim().parse::<usize>().unwrap() < before, "the others were pruned");
    assert!(place.says(&["show", id]).contains("Not what it was"));
    place.says(&prune);
    assert_eq!(place.memtui(&["show", id]).status.code(), Some(1), "the second time it was judged as it is");
}

#[test]
fn pruning_is_previewed_guarded_logged_and_taken_back_to_the_byte() {
    let place = Sandbox::new();
    let before = place.dump();
    let count = place.says(&["count", "kind:bugfix"]).trim().to_owned();
    let preview = place.says(&["prune", "--where", "kind:bugfix", "--dry-run"]);
    assert!(preview.contains(&format!("would prune {count} memories")), "{preview}");
    assert_eq!(place.dump(), before, "a dry run changed something");
    assert!(!place.path("DATA").exists(), "looking makes no ledger");

    let output = place.memtui(&["prune", "--where", "kind:bugfix"]);
    assert_eq!(output.status.code(), Some(2), "without a terminal there is nobody to ask");
    assert!(error(&output).contains(&count) && error(&output).contains("--yes"), "{}", error(&output));
    let output = place.memtui(&["--read-only", "prune", "--where", "kind:bugfix", "--yes"]);
    assert_eq!(output.status.code(), Some(1));
    let output = place.memtui(&["prune", "--where", "id:*"]);
    assert!(error(&output).contains("every memory there is"), "{}", error(&output));
    let preview = place.says(&["prune", "--where", "id:*", "--dry-run"]);
    assert!(preview.contains("would prune every memory there is: "), "{preview}");
    assert_eq!(place.dump(), before);

    let report = &place.json(&["prune", "--where", "kind:bugfix", "--yes", "--reason", "old", "--json"])[0];
    assert_eq!(report["applied"].to_string(), count);
    assert_eq!(place.memtui(&["list", "kind:bugfix"]).status.code(), Some(1), "they are gone");
    let operation = &place.json(&["log", "--json"])[0];
    assert_eq!((operation["label"].as_str(), operation["reason"].as_str()), (Some("prune"), Some("old")));
    let number = operation["operation"].to_string();
    assert_eq!(place.says(&["log", &number, "--json"]).lines().count().to_string(), count);

    place.says(&["undo", &number]);
    assert_eq!(place.dump(), before, "undo gives back every byte");
    place.says(&["redo"]);
    assert_eq!(place.memtui(&["list", "kind:bugfix"]).status.code(), Some(1));
    place.says(&["undo"]);
    assert_eq!(place.dump(), before);
    place.says(&["check"]);
}

#[test]
fn pinned_memories_survive_a_bulk_prune_and_not_their_own_name() {
    let place = Sandbox::new();
    let ids: Vec<String> = place
        .json(&["list", "kind:bugfix", "--limit", "2", "--json"])
        .iter()
        .map(|memory| memory["id"].as_str().unwrap().to_owned())
        .collect();
    place.says(&["set", &ids[0], "--pin", "--confidence", "0.9", "--bucket", "procedural"]);
    let memory = &place.json(&["show", &ids[0], "--json"])[0];
    assert_eq!(memory["confidence"]["source"], "human");
    assert_eq!((memory["marks"]["pinned"].as_bool(), memory["bucket"].as_str()), (Some(true), Some("procedural")));
    let report = &place.json(&["prune", "--where", "kind:bugfix", "--yes", "--json"])[0];
    assert_eq!(report["refused"].as_array().unwrap().len(), 0);
    assert_eq!(place.json(&["list", "kind:bugfix", "--json"])[0]["id"], ids[0].as_str());
    let report = &place.json(&["prune", &ids[0], "--yes", "--json"])[0];
    assert_eq!(report["applied"], 1);
    // Everything is taken back, the marks as well.
    for _ in 0..3 {
        place.says(&["undo"]);
    }
    assert_eq!(place.json(&["show", &ids[0], "--json"])[0]["marks"]["pinned"], false);
    assert_eq!(place.memtui(&["undo"]).status.code(), Some(1), "there is nothing left to undo");
}

#[test]
fn an_edit_is_previewed_made_and_taken_back() {
    let place = Sandbox::new();
    let before = place.dump();
    let id = place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0]["id"].as_str().unwrap().to_owned();
    let body = place.path("body.md");
    std::fs::File::create(&body).unwrap().write_all("A new text.\n".as_bytes()).unwrap();
    let edit = [
        "edit",
        &id,
        "--title",
        "A new title",
        "--body-file",
        body.to_str().unwrap(),
        "--set",
        r#"facts=["one", "two"]"#,
    ];
    let preview = place.says(&[&edit[..], &["--dry-run"]].concat());
    assert!(preview.contains("+ A new title") && preview.contains("+ A new text."), "{preview}");
    assert_eq!(place.dump(), before);
    place.says(&edit);
    let memory = &place.json(&["show", &id, "--json"])[0];
    assert_eq!(memory["title"], "A new title");
    assert!(memory["body"].as_str().unwrap().contains("- one\n- two"), "{memory}");
    let output = place.memtui(&edit);
    assert_eq!(output.status.code(), Some(1), "it is so already");
    let output = place.memtui(&["edit", &id, "--set", "nonsense=1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("narrative"), "{}", error(&output));
    place.says(&["undo"]);
    assert_eq!(place.dump(), before);
}

#[test]
fn a_path_that_is_no_store_is_bad_input() {
    let place = Sandbox::new();
    std::fs::write(place.path("text"), "no database at all, but long enough to be looked at").unwrap();
    for name in ["text", "missing"] {
        let path = place.path(name);
        let output = place.bare(&["--store", path.to_str().unwrap(), "list"]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(error(&output).contains(name) && error(&output).lines().count() == 1, "{}", error(&output));
    }
    let output = place.bare(&["list"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains(".claude-mem") && error(&output).contains("demo"), "{}", error(&output));
}

#[test]
fn stores_and_doctor_describe_what_is_there() {
    let place = Sandbox::new();
    let store = &place.json(&["stores", "--json"])[0];
    assert_eq!(store["name"], "claude-mem");
    let text = place.says(&["doctor"]);
    assert!(text.contains("ledger") && text.contains("catalogue") && text.contains("claude-mem"), "{text}");
    let home = place.path("home");
    assert!(!text.contains(home.to_str().unwrap()), "the home directory is nobody's business: {text}");
    assert!(text.contains("All is well"), "{text}");
    let output = place.bare(&["doctor"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("! name") && text.contains("no store was found"), "{text}");
}

#[test]
fn a_reader_that_leaves_a_long_list_is_no_error() {
    let place = Sandbox::new();
    let database = place.database();
    let mut child = place
        .bare(&["--store", database.to_str().unwrap(), "list", "--json"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), error(&output).as_str()), (Some(0), ""));
}

#[test]
fn secrets_are_masked_for_people_and_not_in_json() {
    const SECRET: &str = "Sommer-Regen-41";
    let place = Sandbox::new();
    let memory = &place.json(&["list", "\"Sommer-Regen-41\"", "--json"])[0];
    assert!(memory["body"].as_str().unwrap().contains(SECRET));
    let id = memory["id"].as_str().unwrap();
    let text = place.says(&["show", id]);
    assert!(!text.contains(SECRET) && text.contains("password: ••••••"), "{text}");
    place.says(&["edit", id, "--title", &format!("login, password: {SECRET}")]);
    for arguments in [&["list", "is:secret"][..], &["show", id], &["log"], &["log", "1"]] {
        let text = place.says(arguments);
        assert!(!text.contains(SECRET) && text.contains("Staging") | text.contains("••••••"), "{arguments:?}: {text}");
    }
    let mut bare = place.bare(&["--store", place.database().to_str().unwrap(), "show", id]);
    let open = bare.env("MEMTUI_MASK_SECRETS", "false").output().unwrap();
    assert!(String::from_utf8_lossy(&open.stdout).contains(SECRET));
}

#[test]
fn an_empty_filter_is_refused_and_every_id_is_every_memory() {
    let place = Sandbox::new();
    let before = place.dump();
    for arguments in [
        &["prune", "--where", "", "--yes"][..],
        &["prune", "--where", " \t", "--yes"],
        &["prune", "--where", "", "--dry-run"],
        &["set", "--where", "", "--pin", "--yes"],
    ] {
        let output = place.memtui(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(error(&output).contains("write --where 'id:*'"), "{}", error(&output));
    }
    assert_eq!(place.dump(), before);
    assert_eq!(place.says(&["count", "id:*"]), place.says(&["count"]));
}

#[test]
fn an_id_without_its_store_is_enough_where_one_store_knows_it() {
    let place = Sandbox::new();
    let memory = &place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0];
    let id = memory["id"].as_str().unwrap();
    let native = id.strip_prefix("claude-mem:").unwrap();
    assert_eq!(place.json(&["show", native, "--json"])[0], *memory);
    place.says(&["set", native, "--pin"]);
    let preview = place.says(&["edit", native, "--title", "Another", "--dry-run"]);
    assert!(preview.starts_with(id), "the full name is said: {preview}");
    let preview = place.says(&["prune", native, id, "--dry-run"]);
    assert!(preview.contains("would prune 1 memory"), "{preview}");

    let output = place.memtui(&["show", "observation/999999"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("no memory observation/999999 in claude-mem"), "{}", error(&output));
    let output = place.memtui(&["show", "other:observation/1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("no store other is open, but claude-mem"), "{}", error(&output));

    let second = place.path("second.db");
    std::fs::copy(place.database(), &second).unwrap();
    let output = place.memtui(&["--store", second.to_str().unwrap(), "show", native]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains(&format!("{id} or claude-mem-2:{native}")), "{}", error(&output));
}

#[test]
fn redo_takes_the_number_of_an_operation() {
    let place = Sandbox::new();
    let before = place.dump();
    for kind in ["bugfix", "decision"] {
        place.says(&["prune", "--where", &format!("kind:{kind}"), "--yes"]);
    }
    let after = place.dump();
    let output = place.memtui(&["redo", "1"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(error(&output).contains("operation 1 is not undone"), "{}", error(&output));
    assert_eq!(place.memtui(&["redo", "77"]).status.code(), Some(2));
    place.says(&["undo", "1"]);
    place.says(&["undo", "2"]);
    assert_eq!(place.dump(), before);
    let report = &place.json(&["redo", "1", "--json"])[0];
    assert_eq!((report["label"].as_str(), report["of"].as_i64()), (Some("redo"), Some(1)));
    assert_eq!(place.memtui(&["list", "kind:bugfix"]).status.code(), Some(1));
    place.says(&["redo", "4"]);
    assert_eq!(place.dump(), after);
}

#[test]
fn check_and_doctor_speak_json() {
    let place = Sandbox::new();
    place.says(&["prune", "--where", "kind:bugfix", "--yes"]);
    let findings = place.json(&["check", "--json"]);
    assert!(findings.iter().all(|finding| finding["trouble"].is_null()), "{findings:?}");
    for name in ["claude-mem", "ledger"] {
        assert!(findings.iter().any(|finding| finding["place"] == name), "{findings:?}");
    }
    assert_eq!(place.says(&["check"]).lines().count(), findings.len());
    let facts = place.json(&["doctor", "--json"]);
    for section in ["program", "terminal", "store", "ledger", "settings", "places"] {
        assert!(facts.iter().any(|fact| fact["section"] == section), "{section}: {facts:?}");
    }
    assert!(facts.iter().all(|fact| fact["trouble"] == false), "{facts:?}");
}

#[test]
fn the_log_says_what_was_taken_back_where_and_in_numbers_that_can_be_read() {
    let place = Sandbox::new();
    let memory = &place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0];
    let (id, title) = (memory["id"].as_str().unwrap(), memory["title"].as_str().unwrap());
    place.says(&["set", id, "--confidence", "0.3", "--stale-after", "2027-01-31"]);
    let text = place.says(&["log", "1"]);
    assert!(text.starts_with(&format!("{title}\n  {id}: confidence, stale_after\n")), "{text}");
    assert!(text.contains("+ 0.30\n") && text.contains("+ 2027-01-31 00:00\n"), "{text}");
    place.says(&["undo"]);
    let log = place.says(&["log"]);
    assert!(log.lines().next().unwrap().contains("\tof operation 1"), "{log}");
    assert!(log.lines().all(|line| line.split('\t').count() == 7), "one store needs no column: {log}");
    place.says(&["prune", id, "--yes"]);
    let text = place.says(&["log", "3"]);
    assert!(text.starts_with(&format!("{title}\n  {id}: pruned\n")), "{text}");

    let second = place.path("second.db");
    memtui::demo::build(&second, 1_793_491_200_000).unwrap();
    let second = second.to_str().unwrap();
    place.says(&["--store", second, "prune", "claude-mem-2:observation/1", "--yes"]);
    let log = place.says(&["--store", second, "log"]);
    let stores: Vec<&str> = log.lines().map(|line| line.split('\t').nth(6).unwrap()).collect();
    assert_eq!(stores, ["claude-mem-2", "claude-mem", "claude-mem", "claude-mem"]);
    let log = place.says(&["log"]);
    assert!(log.lines().next().unwrap().contains("second.db"), "not open, so by its path: {log}");
    let output = place.memtui(&["undo", "4"]);
    assert!(error(&output).contains("claude-mem-2:observation/1: its store"), "{}", error(&output));
}

#[test]
fn the_day_of_going_stale_may_be_told_by_its_distance() {
    let place = Sandbox::new();
    let id = place.json(&["list", "kind:bugfix", "--limit", "1", "--json"])[0]["id"].as_str().unwrap().to_owned();
    let mark = || place.json(&["show", &id, "--json"])[0]["marks"]["stale_after"].clone();
    place.says(&["set", &id, "--stale-after", "2027-01-31"]);
    assert_eq!(mark(), "2027-01-31T00:00:00Z");
    place.says(&["set", &id, "--stale-after", "2w"]);
    assert!(mark().is_string() && mark() != "2027-01-31T00:00:00Z");
    place.says(&["set", &id, "--stale-after", "never"]);
    assert!(mark().is_null());
    let output = place.memtui(&["set", &id, "--stale-after", "soon"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(error(&output).contains("30d"), "{}", error(&output));
}

#[test]
fn copies_in_a_store_that_is_no_longer_open_do_not_count() {
    let place = Sandbox::new();
    let second = place.path("second.db");
    memtui::demo::build(&second, 1_793_491_200_001).unwrap();
    let second = second.to_str().unwrap();
    let alone = place.says(&["count", "is:duplicate"]);
    let together: usize = place.says(&["--store", second, "count", "is:duplicate"]).trim().parse().unwrap();
    assert!(together > 2 * alone.trim().parse::<usize>().unwrap(), "{together} beside {alone}");
    assert_eq!(place.says(&["count", "is:duplicate"]), alone);
}

#[test]
fn a_directory_with_several_databases_says_which_one_was_opened() {
    let place = Sandbox::new();
    let directory = place.path("several");
    std::fs::create_dir(&directory).unwrap();
    for name in ["claude-mem.db", "older.db"] {
        std::fs::copy(place.database(), directory.join(name)).unwrap();
    }
    let output = place.bare(&["--store", directory.to_str().unwrap(), "stores"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    let ignored = format!("1 more ignored: {}; name it with --store", directory.join("older.db").display());
    assert!(error(&output).contains(&ignored), "{}", error(&output));
    assert!(error(&output).contains("opened ") && error(&output).contains("claude-mem.db"), "{}", error(&output));
    let output = place.memtui(&["stores"]);
    assert_eq!(error(&output), "");
}
