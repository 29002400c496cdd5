//! Several stores at once: what is found, switched off and on, broken, and carried from one to another.

use std::{fs, process::Output};

use serde_json::Value;

use crate::sandbox::Sandbox;

fn out(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A home in which claude-mem, the shared database and Claude Code's memory are found.
fn home() -> Sandbox {
    let place = Sandbox::new();
    let directory = place.path("home/.claude-mem");
    fs::create_dir_all(&directory).unwrap();
    fs::copy(place.database(), directory.join("claude-mem.db")).unwrap();
    let memory = place.path("home/.claude/projects/-shop/memory");
    fs::create_dir_all(&memory).unwrap();
    fs::write(memory.join("MEMORY.md"), "# Index\n\n- [Tabs](tabs.md) — always\n").unwrap();
    fs::write(memory.join("tabs.md"), "---\nname: tabs\nmetadata:\n  type: feedback\n---\n\nAlways use tabs.\n")
        .unwrap();
    out(&place.bare(&["init"]).output().unwrap());
    place
}

fn stores(place: &Sandbox) -> Vec<(String, String, Option<u64>)> {
    let listed = out(&place.bare(&["stores", "--json"]).output().unwrap());
    let line = |line: &str| {
        let store: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| store[name].as_str().unwrap().to_owned();
        (text("name"), text("state"), store["memories"].as_u64())
    };
    listed.lines().map(line).collect()
}

#[test]
fn a_store_is_switched_off_and_on_and_its_memories_stay() {
    let place = home();
    let run = |arguments: &[&str]| out(&place.bare(arguments).output().unwrap());
    let all = stores(&place);
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|(_, state, count)| state == "open" && count.is_some()), "{all:?}");
    let before = run(&["count"]);
    assert_eq!(run(&["stores", "off", "claude-code"]).trim(), "claude-code is off");
    assert!(stores(&place).contains(&("claude-code".to_owned(), "off".to_owned(), None)));
    assert_ne!(run(&["count"]), before);
    assert_eq!(place.bare(&["list", "store:claude-code"]).output().unwrap().status.code(), Some(1));
    assert_eq!(run(&["stores", "on", "claude-code"]).trim(), "claude-code is on");
    assert_eq!(run(&["count"]), before);
    assert_eq!(stores(&place), all);
    assert_eq!(place.bare(&["stores", "off", "nothing"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_damaged_a_locked_and_a_strange_store_keep_nobody_waiting() {
    let place = home();
    let run = |arguments: &[&str]| place.bare(arguments).output().unwrap();
    let all = out(&run(&["count", "store:claude-code"]));
    // Beyond the first page nothing is as it was.
    let path = place.path("home/.claude-mem/claude-mem.db");
    let mut bytes = fs::read(&path).unwrap();
    for (at, byte) in bytes.iter_mut().enumerate().skip(4096) {
        *byte = u8::try_from(at % 251).unwrap();
    }
    fs::write(&path, bytes).unwrap();
    // Somebody holds the shared database for himself alone.
    let shared = rusqlite::Connection::open(place.path("DATA/memtui/memories.db")).unwrap();
    shared.execute_batch("PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE").unwrap();
    let fifo = place.path("home/.claude/projects/-shop/memory/pipe.md");
    assert!(std::process::Command::new("mkfifo").arg(fifo).status().unwrap().success());
    assert_eq!(out(&run(&["count", "store:claude-code"])), all);
    assert!(out(&run(&["list", "tabs"])).contains("tabs"));
    let states = stores(&place);
    assert!(states.iter().any(|(name, state, _)| name == "claude-mem" && state == "broken"), "{states:?}");
    assert!(states.iter().any(|(name, state, count)| name == "claude-code" && state == "open" && *count == Some(1)));
    drop(shared);
    assert!(stores(&place).iter().any(|(name, state, _)| name == "shared" && state == "open"));
}

#[test]
fn a_directory_with_a_database_and_instructions_opens_both() {
    let place = home();
    let project = place.path("project");
    fs::create_dir(&project).unwrap();
    fs::copy(place.database(), project.join("memories.db")).unwrap();
    fs::write(project.join("CLAUDE.md"), "# Rules\n\nAlways use tabs.\n").unwrap();
    let listed = out(&place.bare(&["--store", project.to_str().unwrap(), "stores"]).output().unwrap());
    assert!(listed.contains("claude-mem\t") && listed.contains("instructions\t"), "{listed}");
}

#[test]
fn memories_are_copied_and_moved_looked_at_first_and_taken_back() {
    let place = home();
    let run = |arguments: &[&str]| out(&place.bare(arguments).output().unwrap());
    let tabs = "claude-code:-shop/tabs.md";
    let look = run(&["move", tabs, "--to", "shared", "--scope", "user", "--dry-run"]);
    assert!(look.contains("would move 1 memory to shared") && look.contains("body: Always use tabs."), "{look}");
    let look = run(&["copy", tabs, "--to", "shared", "--dry-run", "--json"]);
    let cargo: Value = serde_json::from_str(&look).unwrap();
    assert_eq!((cargo["becomes"]["kind"].as_str(), &cargo["stays"]), (Some("feedback"), &Value::Null));
    let index = || fs::read_to_string(place.path("home/.claude/projects/-shop/memory/MEMORY.md")).unwrap();
    let before = index();
    run(&["move", tabs, "--to", "shared", "--scope", "user", "--kind", "preference"]);
    assert_eq!(index(), "# Index\n\n");
    let listed = run(&["list", "store:shared", "--json"]);
    assert!(listed.contains("\"preference\"") && listed.contains("\"project\":null"), "{listed}");
    assert!(run(&["why", "always use tabs"]).contains("moved from claude-code:-shop/tabs.md by operation 1"));
    run(&["undo"]);
    assert_eq!((index(), place.bare(&["list", "store:shared"]).output().unwrap().status.code()), (before, Some(1)));
    let file = place.path("project/AGENTS.md");
    fs::create_dir(place.path("project")).unwrap();
    fs::write(&file, "# Project\n\nIntro.\n").unwrap();
    run(&["copy", tabs, "--to", file.to_str().unwrap()]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "# Project\n\nIntro.\n\n## tabs\n\nAlways use tabs.\n");
    let refused = place.bare(&["copy", tabs, "--to", "nowhere"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
}
