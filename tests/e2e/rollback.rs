//! A bad learning in a terminal: found, looked back on, rolled back, and taken back again.

use crate::harness::{Start, Term};

pub(crate) fn memtui(home: &std::path::Path, arguments: &[&str]) -> Term {
    let mut start = Start::memtui(arguments).size(100, 40).env("HOME", home);
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        start = start.env(&format!("XDG_{name}_HOME"), home.join(name));
    }
    start.start()
}

pub(crate) fn says(home: &std::path::Path, arguments: &[&str]) -> String {
    let mut term = memtui(home, arguments);
    assert_eq!(term.exit_code(), 0, "{}", term.screen());
    term.screen().trim().to_owned()
}

#[test]
fn what_an_agent_changed_behind_ones_back_is_seen_and_rolled_back() {
    let home = tempfile::tempdir().unwrap();
    says(home.path(), &["init"]);
    says(home.path(), &["add", "--project", "shop", "Deploys go through the queue"]);
    says(home.path(), &["add", "--project", "shop", "The cart is stored on the server"]);
    says(home.path(), &["watch", "--once"]);
    let agent = rusqlite::Connection::open(home.path().join("DATA/memtui/memories.db")).unwrap();
    agent
        .execute(
            "UPDATE memory SET body = 'Deploys use Vercel', updated = updated + 1000, hash = NULL WHERE id = 1",
            [],
        )
        .unwrap();
    drop(agent);

    let mut term = memtui(home.path(), &[]);
    term.wait_for("Deploys use Vercel");
    term.quiet();
    // The look at the beginning has found it.
    term.keys("3");
    term.wait_for("observe");
    term.keys("1");
    term.wait_for("The cart");
    term.quiet();
    term.keys("G H");
    term.wait_for("another program");
    term.wait_for("version 1 → version 2");
    term.keys("j R");
    term.wait_for("1 restored");
    term.quiet();
    term.keys("<enter>");
    term.wait_for("Rolled back");
    term.wait_for("Deploys go through the queue");
    term.quiet();
    term.keys("u");
    term.wait_for("Taken back");
    term.quiet();
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();

    let why = says(home.path(), &["why", "deploys use"]);
    assert!(why.contains("another program"), "{why}");
}

#[test]
fn the_past_is_looked_at_and_one_memory_of_it_put_back() {
    let home = tempfile::tempdir().unwrap();
    says(home.path(), &["init"]);
    for text in ["Deploys go through the queue", "The cart is stored on the server", "Tests run in parallel"] {
        says(home.path(), &["add", "--project", "shop", text]);
    }
    says(home.path(), &["edit", "memory/1", "--set", "body=Deploys use Vercel"]);
    says(home.path(), &["prune", "memory/2", "--yes"]);

    let mut term = memtui(home.path(), &[]);
    term.wait_for("Deploys use Vercel");
    term.quiet();
    term.keys("/ as-of:#3 <enter>");
    term.wait_for("the past, read-only");
    term.wait_for("Deploys go through the queue");
    term.wait_for("The cart is stored");
    term.quiet();
    term.keys("d");
    term.wait_for("This is the past");
    term.keys("G R");
    term.wait_for("1 restored");
    term.quiet();
    term.keys("<enter>");
    term.wait_for("Rolled back");
    term.quiet();
    term.keys("<backspace>");
    term.wait_until("the present", |screen| {
        screen.contains("Deploys go through the queue") && !screen.contains("The cart is stored")
    });
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

#[test]
fn what_is_said_is_corrected_in_all_memories_at_once() {
    let home = tempfile::tempdir().unwrap();
    says(home.path(), &["init"]);
    says(home.path(), &["add", "--project", "shop", "Deploys use Vercel, since May"]);
    says(home.path(), &["add", "--project", "cart", "Remember: deploys use Vercel"]);
    let mut term = memtui(home.path(), &[]);
    term.wait_for("since May");
    term.quiet();
    term.keys("Q");
    term.wait_for("Who says");
    term.keys("deploys <space> use <space> vercel <enter>");
    term.wait_for("2 memories say so");
    term.quiet();
    term.keys("e");
    term.wait_for("Say instead");
    term.keys("<c-u> deploys <space> go <space> to <space> Fly <enter>");
    term.wait_for("as one operation");
    term.quiet();
    term.keys("<enter>");
    term.wait_for("Corrected 2 memories");
    term.wait_for("deploys go to Fly, since May");
    term.quiet();
    term.keys("u");
    term.wait_for("Taken back");
    term.quiet();
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
}
