//! The queue in a terminal: proposals come through the library, are decided with keys, and the store has what was decided.

use std::{path::Path, sync::Arc};

use memtui::{
    change::{Batch, Draft, Label, Step, Wish},
    curate::Curator,
    ledger::Ledger,
    memory::EpochMs,
    store::{Store, discover},
};

use crate::harness::{Start, Term};

const NOW: EpochMs = 1_793_491_200_000;

fn database(home: &Path) -> std::path::PathBuf {
    let database = home.join("sample.db");
    if !database.exists() {
        memtui::demo::build(&database, NOW).unwrap();
    }
    database
}

fn memtui(home: &Path, size: (u16, u16), arguments: &[&str]) -> Term {
    let database = database(home);
    let mut all = vec!["--store", database.to_str().unwrap()];
    all.extend(arguments);
    let mut start = Start::memtui(&all).size(size.0, size.1).env("HOME", home);
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        start = start.env(&format!("XDG_{name}_HOME"), home.join(name));
    }
    start.start()
}

fn says(home: &Path, arguments: &[&str]) -> String {
    let mut term = memtui(home, (80, 24), arguments);
    assert_eq!(term.exit_code(), 0, "{}", term.screen());
    term.screen().trim().to_owned()
}

fn curator(home: &Path) -> (Curator, Arc<dyn Store>) {
    let store = discover::open(&database(home), &[]).unwrap();
    let ledger = Ledger::open(&home.join("DATA/memtui/ledger.db"));
    (Curator::new(ledger, &[Arc::clone(&store)]), store)
}

/// Proposes to delete memories, all of one cluster.
fn propose(home: &Path, natives: &[&str]) {
    let (mut curator, store) = curator(home);
    let mut reader = store.reader().unwrap();
    let draft = |native: &&str| {
        let handle = reader.handle(native).unwrap();
        let seen = reader.rows(&[handle]).unwrap().pop().unwrap().version;
        let was = reader.editable(handle).unwrap().unwrap_or_default();
        let steps = vec![Step { store: 0, native: (*native).to_owned(), seen, was, wish: Wish::Delete }];
        let (reason, likeness) = ("It says nothing.".to_owned(), "noise".to_owned());
        Draft { label: Label::Prune, reason, evidence: vec![], confidence: Some(0.9), likeness, steps }
    };
    let drafts = natives.iter().map(draft).collect();
    let batch = Batch { id: 0, at: NOW, author: "dream".to_owned(), note: "nightly".to_owned() };
    curator.propose(&batch, drafts, NOW).unwrap();
}

/// Presses a key and waits until the queue says that so many are left.
fn press(term: &mut Term, key: &str, left: &str) {
    term.keys(key);
    term.wait_for(left);
    // The proposal that is decided next must be there before a verdict is taken.
    term.quiet();
}

#[test]
fn what_an_agent_proposes_is_decided_with_keys_and_stands_in_the_store() {
    let home = tempfile::tempdir().unwrap();
    let before: usize = says(home.path(), &["count"]).parse().unwrap();
    {
        let (mut curator, store) = curator(home.path());
        for (batch, drafts) in memtui::demo::proposals(store.reader().unwrap().as_mut(), NOW).unwrap() {
            curator.propose(&batch, drafts, NOW).unwrap();
        }
    }
    assert_eq!(says(home.path(), &["status", "--format", "{queue}"]), "14");

    let mut term = memtui(home.path(), (50, 50), &[]);
    term.wait_for("Queue 14");
    term.keys("2");
    term.wait_for("14 left of 14");
    term.wait_for("It came back once");
    term.quiet();
    // The merge removes one, the next is rejected with a reason.
    press(&mut term, "y", "13 left of 14");
    term.keys("r");
    term.wait_for("Reject");
    term.keys("w r o n g <enter>");
    term.wait_for("12 left of 14");
    term.quiet();
    // Somebody proposes while the screen is open; what was decided here stays decided.
    propose(home.path(), &["observation/119", "observation/117"]);
    term.wait_for("14 left of 16");
    term.quiet();
    // To the cluster of noise, and all of it at one key.
    while !term.screen().contains("1 of 5 alike") {
        term.keys("]");
        term.quiet();
    }
    press(&mut term, "A", "9 left of 16");
    press(&mut term, "u", "14 left of 16");
    press(&mut term, "A", "9 left of 16");
    term.keys("q");
    term.wait_for("newest first");
    term.quiet();
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();

    assert_eq!(says(home.path(), &["count"]), (before - 6).to_string(), "one of the merge, five of the noise");
    assert_eq!(says(home.path(), &["status", "--format", "{queue}"]), "9");
    let log = says(home.path(), &["log", "--limit", "20"]);
    assert!(log.contains("prune") && log.contains("undone by"), "{log}");
    assert!(says(home.path(), &["check"]).contains("images read"), "the ledger is sound");
    let (curator, _) = curator(home.path());
    let rates = curator.ledger().unwrap().rates().unwrap();
    let of = |label| rates.iter().find(|rate| rate.label == label).map(|rate| (rate.approved, rate.rejected));
    assert_eq!((of(Label::Merge), of(Label::Prune)), (Some((1, 1)), Some((5, 0))));
}
