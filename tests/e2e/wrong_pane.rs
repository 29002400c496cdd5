//! What was meant for another pane, as the bytes that a terminal sends.

use crate::{
    harness::Term,
    program::{demo, settled},
};

/// The program on its sample memories, and how many there are.
fn start() -> (Term, tempfile::TempDir, String) {
    let (term, home) = demo(80, 24);
    settled(&term);
    let count = count(&term);
    (term, home, count)
}

/// `of 187 `: how many memories are listed.
fn count(term: &Term) -> String {
    let screen = term.screen();
    let words: Vec<&str> = screen.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "of").expect("a count is on the screen");
    format!("of {} ", words[at + 1])
}

/// Operations that the sample memories bring along: what agents wrote by a policy.
const BROUGHT: usize = 2;

/// How many operations the history has besides; whatever was typed before is dealt with by then.
fn operations(term: &mut Term) -> usize {
    let number = |screen: &str| -> Option<usize> {
        let (number, _) = screen.lines().find_map(|line| line.trim().split_once(" operation"))?;
        number.parse().ok()
    };
    term.keys("3");
    term.wait_until("the history", |screen| number(screen).is_some());
    term.quiet();
    let operations = number(&term.screen()).expect("the history is on the screen");
    term.keys("q");
    term.wait_until("the list", |screen| screen.contains("/ filter"));
    operations - BROUGHT
}

/// Waits until keys count again.
fn after_the_grace() {
    std::thread::sleep(std::time::Duration::from_millis(500));
}

#[test]
fn a_paste_outside_a_field_is_ignored_and_told() {
    let (mut term, _home, before) = start();
    term.send(b"\x1b[200~ddd\rq:prune\r\x1b[201~");
    term.wait_for("Pasted text was ignored");
    assert_eq!(count(&term), before);
    term.keys("/");
    term.send(b"\x1b[200~kind:bugfix\n\x1b[201~");
    term.wait_for("in all)");
    term.keys("<esc>");
    term.wait_until("everything again", |screen| screen.contains(&before));
    assert_eq!(operations(&mut term), 0);
}

#[test]
fn repeats_and_bursts_of_a_key_are_one_key_at_most() {
    let (mut term, _home, before) = start();
    // As the keyboard protocol tells it: nothing but repeats.
    term.send(&b"\x1b[100;1:2u".repeat(20));
    term.wait_for("repeats by itself");
    assert_eq!(count(&term), before);
    after_the_grace();
    // As every other terminal sends it, and a line that is pasted without brackets.
    term.send(&[b'd'; 40]);
    term.wait_until("one memory less", |screen| !screen.contains(&before));
    assert_eq!(operations(&mut term), 1);
    // A button of a question is pressed by a hand, too.
    term.keys("M");
    term.wait_for("marked");
    term.keys("d");
    term.wait_for("[Cancel]");
    term.send(b"\t\x1b[13;1:2u");
    term.wait_for("repeats by itself");
    term.keys("<esc>");
    term.wait_for("/ filter");
    assert_eq!(operations(&mut term), 1);
}

#[test]
fn the_first_moments_after_the_focus_came_back_give_no_verdict() {
    let (mut term, _home, before) = start();
    term.send(b"\x1b[O");
    term.send(b"\x1b[Id");
    term.wait_for("The focus came back just now");
    assert_eq!(count(&term), before);
    term.send(b"\x1b[Ip");
    term.wait_for("once more to pin");
    assert_eq!(operations(&mut term), 0);
    after_the_grace();
    term.keys("d");
    term.wait_until("one memory less", |screen| !screen.contains(&before));
}

#[test]
fn a_locked_pane_hears_one_key() {
    let (mut term, _home, before) = start();
    term.keys("L");
    term.wait_for("L unlock");
    term.send(b"delete all of it\r\x1b[200~dd\x1b[201~q");
    term.wait_for("This pane is locked");
    term.send(b"Let us quit and prune");
    term.wait_for("This pane is locked");
    assert_eq!(count(&term), before);
    term.quiet();
    term.keys("L");
    term.wait_until("keys that work", |screen| !screen.contains("L unlock") && screen.contains("d prune"));
    after_the_grace();
    assert_eq!(operations(&mut term), 0);
    term.keys("q");
    assert_eq!(term.exit_code(), 0);
}
