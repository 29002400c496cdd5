//! A whole sitting in a terminal: begun, left, gone on with, finished.

use crate::harness::{Start, Term};

fn memtui(home: &std::path::Path, arguments: &[&str]) -> Term {
    let database = home.join("sample.db");
    if !database.exists() {
        memtui::demo::build(&database, 1_793_491_200_000).unwrap();
    }
    let mut all = vec!["--store", database.to_str().unwrap()];
    all.extend(arguments);
    let mut start = Start::memtui(&all).size(50, 50).env("HOME", home);
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        start = start.env(&format!("XDG_{name}_HOME"), home.join(name));
    }
    start.start()
}

fn says(home: &std::path::Path, arguments: &[&str]) -> String {
    let mut term = memtui(home, arguments);
    assert_eq!(term.exit_code(), 0, "{}", term.screen());
    term.screen().trim().to_owned()
}

/// Presses a key and waits until the sitting says that so many are left.
fn press(term: &mut Term, key: &str, left: usize) {
    term.keys(key);
    term.wait_for(&format!("{left} left of 7"));
    // The memory that is judged next must be there before a verdict is taken.
    term.quiet();
}

#[test]
fn a_sitting_is_begun_left_gone_on_with_and_finished() {
    let home = tempfile::tempdir().unwrap();
    let before: usize = says(home.path(), &["count"]).parse().unwrap();

    let mut term = memtui(home.path(), &["review", "--limit", "7"]);
    term.wait_for("7 left of 7");
    term.quiet();
    press(&mut term, "a", 6);
    press(&mut term, "d", 5);
    press(&mut term, "w", 4);
    press(&mut term, "p", 3);
    press(&mut term, "s", 2);
    press(&mut term, "u", 3);
    press(&mut term, "s", 2);
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
    assert_eq!(says(home.path(), &["status", "--format", "{left} {total}"]), format!("2 {}", before - 2));

    let mut term = memtui(home.path(), &["review"]);
    term.wait_for("2 of 7 memories are left");
    term.keys("<enter>");
    term.wait_for("2 left of 7");
    term.quiet();
    press(&mut term, "a", 1);
    term.keys("a");
    term.wait_for("Done: 7 memories");
    for words in ["3  kept", "1  pinned", "1  pruned", "1  wrong", "1  skipped"] {
        assert!(term.screen().contains(words), "{words}: {}", term.screen());
    }
    term.quiet();
    term.keys("u");
    term.wait_for("1 left of 7");
    term.quiet();
    term.keys("a");
    term.wait_for("Done: 7 memories");
    term.keys("<enter>");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();

    let count = |query: &str| says(home.path(), &["count", query]).parse::<usize>().unwrap();
    assert_eq!((count(""), count("is:reviewed"), count("is:due")), (before - 2, 4, before - 6));
    assert!(says(home.path(), &["check"]).contains("images read"), "the ledger is sound");
    let mut term = memtui(home.path(), &["count", "is:new"]);
    assert_eq!(term.exit_code(), 1, "nothing was captured since: {}", term.screen());
}
