//! Three stores in one list: told apart, shown alone, switched off, and a memory carried from one to another.

use std::fs;

use crate::harness::{Start, Term};

fn memtui(home: &std::path::Path, arguments: &[&str]) -> Term {
    let mut start = Start::memtui(arguments).size(120, 40).env("HOME", home);
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        start = start.env(&format!("XDG_{name}_HOME"), home.join(name));
    }
    start.start()
}

fn says(home: &std::path::Path, arguments: &[&str]) {
    let mut term = memtui(home, arguments);
    assert_eq!(term.exit_code(), 0, "{}", term.screen());
}

#[test]
fn three_stores_stand_in_one_list_and_a_memory_goes_from_one_to_another() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join(".claude-mem");
    fs::create_dir_all(&directory).unwrap();
    memtui::demo::build(&directory.join("claude-mem.db"), 1_793_491_200_000).unwrap();
    let memory = home.path().join(".claude/projects/-shop/memory");
    fs::create_dir_all(&memory).unwrap();
    fs::write(memory.join("MEMORY.md"), "# Index\n\n- [Tabs](tabs.md) — always\n").unwrap();
    fs::write(memory.join("tabs.md"), "---\nname: tabs\nmetadata:\n  type: feedback\n---\n\nAlways use tabs.\n")
        .unwrap();
    says(home.path(), &["init"]);
    says(home.path(), &["add", "The queue is drained before a deploy"]);

    let mut term = memtui(home.path(), &[]);
    term.wait_for("tabs");
    // The stores by their signs.
    term.wait_for(" cc ");
    term.wait_for(" cm ");
    term.quiet();
    term.keys("F");
    term.wait_for("read and write");
    term.keys("claude-code <enter>");
    term.wait_for("store:claude-code");
    term.wait_for("1 of");
    term.quiet();
    term.keys("C");
    term.wait_for("Copy to");
    term.wait_for("shared");
    term.keys("shared <enter>");
    term.wait_for("1 memory would be copied");
    term.wait_for("Always use tabs.");
    term.quiet();
    term.keys("<enter>");
    term.wait_for("Copied 1 memory");
    term.quiet();
    term.keys("<backspace> / store:shared <enter>");
    term.wait_for("2 of");
    term.quiet();
    term.keys("u");
    term.wait_for("Taken back");
    term.wait_for("1 of");
    term.quiet();
    // A store is switched off, and on again.
    term.keys("<backspace> F");
    term.wait_for("on/off");
    term.keys("claude-code <c-t>");
    term.wait_until("the store is gone", |screen| !screen.contains("tabs") && screen.contains("claude-mem"));
    term.quiet();
    term.keys("F");
    term.wait_for("off: switched off");
    term.keys("claude-code <c-t>");
    term.wait_for("tabs");
    term.quiet();
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}
