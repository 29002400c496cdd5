//! A view that is saved is there again after a restart.

use std::path::Path;

use crate::harness::{Start, Term};

fn start(home: &Path) -> Term {
    let database = home.join("sample.db");
    let term = Start::memtui(&[database.to_str().unwrap()])
        .size(100, 30)
        .env("HOME", home)
        .env("TMPDIR", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env("XDG_CACHE_HOME", home.join("cache"))
        .start();
    term.wait_for("all 287");
    term.quiet();
    term
}

#[test]
fn a_saved_view_is_there_after_a_restart() {
    let home = tempfile::tempdir().unwrap();
    memtui::demo::build(&home.path().join("sample.db"), 1_793_491_200_000).unwrap();
    let mut term = start(home.path());
    term.send(b"/kind:bugfix scope:=sift \r");
    term.wait_for("in all)");
    term.keys("W");
    term.wait_for("Save as a view");
    term.send(b"sifted\r");
    term.wait_for("Saved the view sifted");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    let written = std::fs::read_to_string(home.path().join("config/memtui/views.toml")).unwrap();
    assert!(written.contains("[[view]]\nname = \"sifted\"\nfilter = \"kind:bugfix scope:=sift\"\n"), "{written}");

    let mut term = start(home.path());
    term.keys("Vsif");
    term.wait_for("kind:bugfix scope:=sift");
    term.keys("<enter>");
    term.wait_until("the view", |screen| screen.contains("/ kind:bugfix scope:=sift") && screen.contains("in all)"));
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    let left = std::fs::read_dir(home.path().join("config/memtui")).unwrap().count();
    assert_eq!(left, 1, "nothing but the file is there");
}
