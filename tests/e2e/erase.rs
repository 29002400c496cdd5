//! A secret in a terminal: erased with its number typed, and in no file afterwards.

use std::path::Path;

use crate::{
    harness::Term,
    rollback::{memtui, says},
};

/// Files below a directory that hold these words.
fn holding(path: &Path, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, words));
        } else if String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()).to_lowercase().contains(words) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn type_in(term: &mut Term, text: &str) {
    for letter in text.chars() {
        term.send(letter.to_string().as_bytes());
        term.quiet();
    }
}

#[test]
fn a_secret_is_erased_when_its_number_was_typed_and_not_before() {
    let home = tempfile::tempdir().unwrap();
    says(home.path(), &["init"]);
    says(home.path(), &["add", "--project", "shop", "Quokkas guard the staging password zebra-4711-lamp"]);
    says(home.path(), &["add", "--project", "shop", "The cart is stored on the server"]);
    assert!(!holding(home.path(), "quokkas").is_empty());

    let mut term = memtui(home.path(), &[]);
    term.wait_for("Quokkas");
    term.quiet();
    term.keys("G D");
    term.wait_for("Erase 1 memory for good");
    term.wait_for("Out of reach");
    term.quiet();
    type_in(&mut term, "2");
    term.keys("<enter>");
    term.wait_for("type 1 to erase 1 memory");
    term.keys("<backspace>");
    type_in(&mut term, "1");
    term.keys("<enter>");
    term.wait_for("Erased 1 memory");
    term.quiet();
    assert!(term.screen().contains("cannot be undone"), "{}", term.screen());
    assert!(!term.screen().contains("Quokkas"), "{}", term.screen());
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
    assert_eq!(holding(home.path(), "quokkas"), [""; 0]);
    assert_eq!(holding(home.path(), "zebra-4711"), [""; 0]);
    assert!(says(home.path(), &["list"]).contains("The cart"), "nothing else went");
}
