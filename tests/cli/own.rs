//! Settings, keys and samples: what is the person's own.

use std::fs;

use serde_json::{Value, json};

use crate::{acts::error, sandbox::Sandbox};

#[test]
fn doctor_goes_on_where_settings_are_wrong_and_names_each_mistake() {
    let place = Sandbox::new();
    let own = place.path("CONFIG").join("memtui");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("config.toml"), "them = 'dark'\n\nmouse = 3\n").unwrap();
    fs::write(own.join("keymap.toml"), "[list]\nprune = 'j'\n").unwrap();
    let output = place.memtui(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let troubles: Vec<&str> = text.lines().filter(|line| line.starts_with("! ")).collect();
    assert_eq!(troubles.len(), 3, "{text}");
    for (trouble, part) in troubles.iter().zip(["config.toml:1: ", "config.toml:3: ", "keymap.toml:2: [list] prune"]) {
        assert!(trouble.contains(part), "{trouble}");
    }
    let refused = place.memtui(&["list"]);
    assert_eq!((refused.status.code(), error(&refused).lines().count()), (Some(2), 2), "{}", error(&refused));
}

#[test]
fn settings_say_where_they_come_from_and_options_come_first() {
    let place = Sandbox::new();
    let own = place.path("CONFIG").join("memtui");
    fs::create_dir_all(&own).unwrap();
    let template = place.says(&["config", "--template"]);
    fs::write(own.join("config.toml"), format!("{template}mouse = false\nascii = true\n")).unwrap();
    let database = place.database();
    let mut command = place.bare(&["--store", database.to_str().unwrap(), "-o", "ascii=no", "config", "--json"]);
    let output = command.env("MEMTUI_THEME", "mono").output().unwrap();
    let rows: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (name, value, from) in [
        ("theme", "\"mono\"", "environment"),
        ("mouse", "false", "file"),
        ("ascii", "false", "flag"),
        ("confirm_over", "10", "default"),
    ] {
        let row = rows.iter().find(|row| row["name"] == name).unwrap();
        assert_eq!((row["value"].as_str(), row["from"].as_str()), (Some(value), Some(from)), "{row}");
    }
}

#[test]
fn the_keys_that_count_are_printed() {
    let place = Sandbox::new();
    let own = place.path("CONFIG").join("memtui");
    fs::create_dir_all(&own).unwrap();
    fs::write(own.join("keymap.toml"), place.says(&["keys", "--template"]) + "[list]\nprune = 'X'\n").unwrap();
    let rows = place.json(&["keys", "--mode", "list", "--json"]);
    assert!(rows.iter().any(|row| row["action"] == "prune" && row["keys"] == json!(["X"])), "{rows:?}");
    assert!(rows.iter().all(|row| row["mode"] == "list"));
    let output = place.memtui(&["keys", "--mode", "lst"]);
    assert!(error(&output).contains("did you mean `list`?"), "{}", error(&output));
}

#[test]
fn the_demo_can_be_kept_to_try_every_command_on_it() {
    let place = Sandbox::new();
    let directory = place.path("try it");
    let said = place.says(&["demo", "--keep", directory.to_str().unwrap()]);
    assert!(said.contains('\'') && said.contains("list is:secret"), "{said}");
    let output = place.bare(&["--store", directory.to_str().unwrap(), "count"]).output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().trim().parse::<usize>().unwrap() > 100);
    let again = place.memtui(&["demo", "--keep", directory.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "nothing is overwritten: {}", error(&again));
}

#[test]
fn a_pinned_memory_that_is_named_is_pruned_and_that_is_said() {
    let place = Sandbox::new();
    let id = place.json(&["list", "--limit", "1", "--json"])[0]["id"].as_str().unwrap().to_owned();
    place.says(&["set", &id, "--pin"]);
    let looked = place.memtui(&["prune", &id, "--dry-run"]);
    assert!(error(&looked).contains(&format!("{id} is pinned")), "{}", error(&looked));
    let pruned = place.memtui(&["prune", &id, "--yes"]);
    assert_eq!(pruned.status.code(), Some(0));
    assert!(error(&pruned).contains("is pruned all the same"), "{}", error(&pruned));
}

#[test]
fn days_are_the_persons_own_in_summer_and_in_winter() {
    let place = Sandbox::new();
    let database = place.database();
    let ids: Vec<String> = ["1", "2"].map(|n| format!("observation/{n}")).to_vec();
    let connection = rusqlite::Connection::open(&database).unwrap();
    // Half past midnight of the tenth of July, and half past eleven at night of the ninth of January, both in Berlin.
    for (row, at) in [(1, "2026-07-09T22:30:00Z"), (2, "2026-01-09T22:30:00Z")] {
        let at = chrono::DateTime::parse_from_rfc3339(at).unwrap();
        let sql = "UPDATE observations SET created_at_epoch = ?1, created_at = ?2 WHERE id = ?3";
        connection.execute(sql, (at.timestamp_millis(), at.to_rfc3339(), row)).unwrap();
    }
    drop(connection);
    for (id, day) in ids.iter().zip(["2026-07-10", "2026-01-09"]) {
        let (day, id) = (format!("created:{day}"), format!("id:*{id}"));
        let arguments = ["--store", database.to_str().unwrap(), "count", &day, &id];
        let output = place.bare(&arguments).env("TZ", "CET-1CEST,M3.5.0,M10.5.0/3").output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "1", "{day} {}", error(&output));
    }
}
