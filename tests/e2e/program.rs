//! memtui itself in a terminal, on its sample memories.

use rustix::process::Signal;

use crate::harness::{Start, Term};

/// The demo, with every directory of memtui's own in a place of the test.
pub(crate) fn demo(columns: u16, rows: u16) -> (Term, tempfile::TempDir) {
    let home = tempfile::tempdir().unwrap();
    let term = Start::memtui(&["demo"])
        .size(columns, rows)
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("XDG_CONFIG_HOME", home.path().join("config"))
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_STATE_HOME", home.path().join("state"))
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .start();
    (term, home)
}

/// Long enough after the focus came that keys count.
pub(crate) fn settled(term: &Term) {
    term.wait_until("a list of memories", |screen| screen.contains(" of "));
    term.quiet();
}

#[test]
fn the_demo_opens_quits_and_leaves_nothing_behind() {
    for (columns, rows) in [(80, 24), (50, 50), (160, 50), (20, 5)] {
        let (mut term, home) = demo(columns, rows);
        term.wait_until("a picture", |screen| !screen.trim().is_empty());
        term.quiet();
        term.keys("q");
        assert_eq!(term.exit_code(), 0, "{columns}x{rows}");
        term.assert_restored();
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "the demo left something behind");
    }
}

#[test]
fn deadly_signals_restore_the_terminal_and_the_demo_cleans_up() {
    for signal in [Signal::TERM, Signal::HUP, Signal::INT] {
        let (mut term, home) = demo(80, 24);
        settled(&term);
        term.signal(signal);
        assert_eq!(term.exit_code(), 128 + u32::try_from(signal.as_raw()).unwrap());
        term.assert_restored();
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0, "the demo left something behind");
    }
}

#[test]
fn a_closed_window_ends_the_program() {
    let (mut term, _home) = demo(80, 24);
    settled(&term);
    term.hang_up();
    term.exit_code();
}

#[test]
fn idle_means_silence() {
    let (term, _home) = demo(100, 30);
    settled(&term);
    let before = term.quiet();
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert_eq!(term.written(), before, "{:?}", String::from_utf8_lossy(&term.bytes()[before..]));
}

#[test]
fn a_resize_storm_ends_in_the_same_picture_as_a_fresh_start() {
    let (term, _home) = demo(80, 24);
    settled(&term);
    for n in 0..100_u16 {
        term.resize(1 + (n * 37) % 300, 1 + (n * 11) % 90);
    }
    term.resize(80, 24);
    let (fresh, _other) = demo(80, 24);
    settled(&fresh);
    // An age may turn over between the two pictures.
    let ageless = |term: &Term| term.screen().replace(|character: char| character.is_ascii_digit(), "#");
    // On a busy machine a hundred sizes take a while to be drawn, with pauses that look like rest.
    for _ in 0..40 {
        settled(&term);
        if ageless(&term) == ageless(&fresh) {
            return;
        }
    }
    assert_eq!(ageless(&term), ageless(&fresh));
}

#[test]
fn a_pruned_memory_comes_back_with_undo() {
    let (mut term, _home) = demo(100, 30);
    settled(&term);
    term.wait_for(" of 300 ");
    term.keys("d");
    term.wait_for("Pruned 1 memory");
    term.wait_for(" of 299 ");
    term.keys("u");
    term.wait_for("Taken back: prune of");
    term.wait_for(" of 300 ");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
}

#[test]
fn no_color_means_no_colour() {
    let home = tempfile::tempdir().unwrap();
    let term = Start::memtui(&["demo"])
        .env("HOME", home.path())
        .env("TMPDIR", home.path())
        .env("NO_COLOR", "1")
        .env("COLORTERM", "truecolor")
        .start();
    settled(&term);
    let bytes = String::from_utf8_lossy(&term.bytes()).into_owned();
    for colour in ["\x1b[38;", "\x1b[48;"] {
        assert!(!bytes.contains(colour), "{colour:?} was written");
    }
    assert!(bytes.contains("\x1b[1m") || bytes.contains("\x1b[7m"), "bold and reverse are no colours");
}

#[test]
fn a_replaced_store_is_opened_again_and_signals_still_restore_the_terminal() {
    let (mut term, home) = demo(80, 24);
    settled(&term);
    let place = std::fs::read_dir(home.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.join("claude-mem.db").exists())
        .unwrap();
    let (database, copy) = (place.join("claude-mem.db"), place.join("copy.db"));
    std::fs::copy(&database, &copy).unwrap();
    std::fs::rename(&copy, &database).unwrap();
    term.wait_until("the trouble", |screen| screen.contains("cannot be read") && screen.contains("r reopens it"));
    term.keys("r");
    term.wait_until("the list again", |screen| screen.contains(" of ") && !screen.contains("cannot be read"));
    term.quiet();
    term.signal(Signal::TERM);
    assert_eq!(term.exit_code(), 128 + 15);
    term.assert_restored();
}

#[test]
fn the_pictures_open_lists_and_come_back() {
    let (mut term, _home) = demo(80, 50);
    settled(&term);
    term.keys("4");
    term.wait_until("all pictures", |screen| {
        ["Age and confidence", "Captured by day", "Scopes", "Signals", "What it costs"]
            .iter()
            .all(|name| screen.contains(name))
    });
    term.keys("<tab> <tab> <enter>");
    term.wait_until("the list of a scope", |screen| screen.contains("/ scope:=") && screen.contains("newest first"));
    term.keys("4");
    term.wait_until("the pictures of everything", |screen| {
        screen.contains("What it costs") && !screen.contains("scope:=")
    });
    term.keys("q");
    term.wait_for("newest first");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}
