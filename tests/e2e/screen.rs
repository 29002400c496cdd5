//! The screen and the run loop, with the toy program in them.

use std::{
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
};

use rustix::process::Signal;

use crate::harness::{PATIENCE, Start, Term, toy_path};

fn toy() -> Term {
    let term = Start::toy().start();
    term.wait_for("toy 80x24");
    term
}

#[test]
fn quitting_restores_the_terminal() {
    let mut term = toy();
    assert!(!term.is_cooked());
    assert!(term.emulator(vt100::Screen::alternate_screen));
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

#[test]
fn a_panic_restores_the_terminal_and_can_be_read() {
    let mut term = toy();
    term.keys("p");
    assert_eq!(term.exit_code(), 101);
    term.assert_restored();
    assert!(term.screen().contains("the toy broke"), "{}", term.screen());
}

#[test]
fn a_worker_that_panics_does_not_spoil_the_screen_and_is_told_of_afterwards() {
    let mut term = toy();
    term.keys("w");
    term.wait_for("key w");
    assert!(!term.screen().contains("broke"), "{}", term.screen());
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
    assert!(term.screen().contains("a worker broke"), "{}", term.screen());
}

#[test]
fn every_deadly_signal_restores_the_terminal() {
    for (signal, number) in [(Signal::TERM, 15), (Signal::HUP, 1), (Signal::INT, 2), (Signal::QUIT, 3)] {
        let mut term = toy();
        term.signal(signal);
        assert_eq!(term.exit_code(), 128 + number);
        term.assert_restored();
    }
}

#[test]
fn a_terminal_that_is_gone_ends_the_program() {
    let mut term = toy();
    term.hang_up();
    term.exit_code();
    // Below a wrapper that ignores the hangup nothing but the closed terminal tells.
    let mut term =
        Start::program("/bin/sh", &["-c", "trap '' HUP; \"$0\"; exit 7", toy_path().to_str().unwrap()]).start();
    term.wait_for("toy 80x24");
    term.hang_up();
    assert_eq!(term.exit_code(), 7);
}

#[test]
fn ctrl_z_stops_the_whole_group_and_comes_back() {
    let mut term = Start::program("/bin/sh", &["-c", "\"$0\"; echo done", toy_path().to_str().unwrap()]).start();
    term.wait_for("toy 80x24");
    term.keys("x");
    term.wait_for("key x");
    term.keys("z");
    wait_until_stopped(&term);
    // What was written before the stop may still be on its way.
    assert_eq!(term.quiet(), term.written());
    term.assert_restored();
    rustix::process::kill_process_group(term.pid(), Signal::CONT).unwrap();
    term.wait_for("key x");
    assert!(term.emulator(vt100::Screen::alternate_screen));
    term.keys("y");
    term.wait_for("key y");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

#[test]
fn stopped_from_outside_it_takes_the_screen_again() {
    let mut term = toy();
    term.signal(Signal::STOP);
    wait_until_stopped(&term);
    let before = term.quiet();
    term.signal(Signal::CONT);
    term.keys("x");
    term.wait_for("key x");
    let again = term.bytes()[before..].windows(8).filter(|bytes| bytes == b"\x1b[?1049h").count();
    assert_eq!(again, 1, "the screen was not taken again");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

fn wait_until_stopped(term: &Term) {
    let until = std::time::Instant::now() + PATIENCE;
    let stat = format!("/proc/{}/stat", term.pid().as_raw_nonzero());
    while !std::fs::read_to_string(&stat).unwrap().contains(") T ") {
        assert!(std::time::Instant::now() < until, "the group was not stopped");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn without_a_shell_there_is_no_stopping() {
    let mut term = toy();
    term.keys("z");
    term.keys("x");
    term.wait_for("key x");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
}

#[test]
fn nothing_is_written_when_idle_or_when_nothing_changed() {
    let mut term = toy();
    let before = term.quiet();
    term.keys("r r r");
    // The three keys are painted; the three wake-ups they cause are not.
    term.wait_until("three keys", |screen| screen.matches("key r").count() == 3);
    let after = term.quiet();
    assert!(after > before);
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(term.written(), after);
}

#[test]
fn each_frame_is_inside_synchronized_output() {
    let mut term = toy();
    let before = term.quiet();
    term.keys("x");
    term.wait_for("key x");
    term.quiet();
    let frame = &term.bytes()[before..];
    assert!(frame.starts_with(b"\x1b[?2026h"), "{:?}", String::from_utf8_lossy(frame));
    assert!(frame.ends_with(b"\x1b[?2026l"), "{:?}", String::from_utf8_lossy(frame));
}

#[test]
fn the_terminal_is_asked_nothing() {
    let mut term = toy();
    term.resize(60, 20);
    term.wait_for("toy 60x20");
    term.keys("q");
    term.exit_code();
    let bytes = String::from_utf8_lossy(&term.bytes()).into_owned();
    for question in ["\x1b[6n", "\x1b[c", "\x1b[0c", "\x1b[?u", "\x1b[>q", "\x1b]11;?", "\x1b[14t", "\x1b[?1003h"] {
        assert!(!bytes.contains(question), "{question:?} was written");
    }
}

#[test]
fn ticks_come_when_they_were_asked_for_and_end() {
    let mut term = toy();
    term.keys("t");
    term.wait_for("ticks 3");
    term.quiet();
}

#[test]
fn a_resize_storm_ends_in_the_right_picture() {
    let mut term = toy();
    for n in 0..200_u16 {
        term.resize(1 + (n * 37) % 300, 1 + (n * 11) % 90);
    }
    term.resize(100, 30);
    term.wait_for("toy 100x30");
    term.quiet();
    assert!(term.screen().starts_with("toy 100x30 ticks 0"), "{}", term.screen());
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

#[test]
fn a_paste_is_one_event_and_focus_is_told() {
    let mut term = toy();
    term.send(b"\x1b[200~qqq\rddd\x1b[201~");
    term.wait_for(r#"Paste("qqq\nddd")"#);
    term.send(b"\x1b[O");
    term.wait_for("Focus(false)");
    term.send(b"\x1b[I");
    term.wait_for("Focus(true)");
    term.send(b"\x1b[<0;3;2M");
    term.wait_for("Down(Left)");
}

#[test]
fn a_sequence_in_two_parts_does_not_hold_up_the_screen() {
    let mut term = toy();
    term.send(b"\x1b[1;");
    term.resize(70, 20);
    term.wait_for("toy 70x20");
    // By now the half sequence is given up.
    term.quiet();
    term.keys("x");
    term.wait_for("key x");
    term.keys("<esc>");
    term.wait_for("key Esc");
}

#[test]
fn copying_goes_through_the_terminal() {
    let mut term = toy();
    term.keys("c");
    term.wait_for_bytes(b"\x1b]52;c;dG8gdGhlIGNsaXBib2FyZA==\x07");
}

fn editor(directory: &std::path::Path, script: &str) -> String {
    let path = directory.join("editor");
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_editor_has_the_terminal_for_itself_and_the_file_is_private() {
    let directory = tempfile::tempdir().unwrap();
    let listing = directory.path().join("listing");
    let script =
        format!("stat -c '%a' \"$1\" > {0}; echo \"$1\" >> {0}; echo three >> \"$1\"; read answer", listing.display());
    let command = editor(directory.path(), &script);
    let mut term = Start::toy().env("VISUAL", &command).start();
    term.wait_for("toy 80x24");
    term.keys("e");
    let until = std::time::Instant::now() + PATIENCE;
    while !term.is_cooked() {
        assert!(std::time::Instant::now() < until, "the editor never got the terminal");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    term.send(b"these keys are the editor's\r");
    term.wait_for(r#"Edited(Ok(Some("one\ntwo\nthree\n")))"#);
    assert!(term.emulator(vt100::Screen::alternate_screen));
    let noted = std::fs::read_to_string(listing).unwrap();
    let (mode, path) = noted.trim().split_once('\n').unwrap();
    assert_eq!(mode, "600");
    assert!(!std::path::Path::new(path).exists(), "{path} is left behind");
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
    term.assert_restored();
}

#[test]
fn an_editor_that_fails_says_so_and_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    for (command, message) in [
        (editor(directory.path(), "echo more >> \"$1\"; exit 3"), "nothing was changed"),
        ("/nowhere/editor".to_owned(), "cannot start the editor"),
        ("ed 'open".to_owned(), "a quote is not closed"),
        (editor(directory.path(), ":"), "nothing was changed"),
    ] {
        let mut term = Start::toy().size(200, 10).env("EDITOR", &command).start();
        term.wait_for("toy 200x10");
        term.keys("e");
        term.wait_until("answer", |screen| screen.contains("Edited(Err(") || screen.contains("Edited(Ok(None))"));
        if !term.screen().contains("Edited(Ok(None))") {
            assert!(term.screen().contains(message), "{}", term.screen());
        }
        assert!(!term.screen().contains("more"), "{}", term.screen());
        term.keys("x");
        term.wait_for("key x");
    }
}

#[test]
fn without_a_terminal_it_says_so_and_writes_no_escape() {
    let output = Command::new(toy_path()).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, b"");
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("not a terminal") && !message.contains('\x1b'), "{message}");
    assert_eq!(message.lines().count(), 1);
}
