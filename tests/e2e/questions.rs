//! Commands that look different, or ask, at a terminal.

use crate::harness::{Start, Term};

fn memtui(home: &std::path::Path, arguments: &[&str], columns: u16) -> Term {
    let database = home.join("sample.db");
    if !database.exists() {
        memtui::demo::build(&database, 1_793_491_200_000).unwrap();
    }
    let mut all = vec!["--store", database.to_str().unwrap()];
    all.extend(arguments);
    let mut start = Start::memtui(&all).size(columns, 40).env("HOME", home);
    for name in ["CONFIG", "DATA", "STATE", "CACHE"] {
        start = start.env(&format!("XDG_{name}_HOME"), home.join(name));
    }
    start.start()
}

#[test]
fn a_list_fits_the_terminal() {
    let home = tempfile::tempdir().unwrap();
    for columns in [40, 80, 160] {
        let mut term = memtui(home.path(), &["list", "--limit", "20"], columns);
        assert_eq!(term.exit_code(), 0);
        let screen = term.screen();
        assert!(screen.starts_with("ID"), "{screen}");
        assert!(screen.contains("20 of "), "{screen}");
        // The heading, twenty memories and the count: no line was broken in two.
        assert_eq!(screen.lines().count(), 22, "{columns}: {screen}");
    }
}

#[test]
fn pruning_asks_and_only_a_plain_yes_is_one() {
    let home = tempfile::tempdir().unwrap();
    for (answer, code, words) in
        [("n\r", 1, "nothing was changed"), ("\r", 1, "nothing was changed"), ("y\r", 0, "pruned")]
    {
        let mut term = memtui(home.path(), &["prune", "--where", "kind:bugfix"], 100);
        term.wait_for("[y/N]");
        assert!(term.screen().contains("prune ") && term.screen().contains(" memories?"), "{}", term.screen());
        term.send(answer.as_bytes());
        assert_eq!(term.exit_code(), code, "{}", term.screen());
        assert!(term.screen().contains(words), "{}", term.screen());
    }
}

#[test]
fn the_question_shows_what_it_is_about() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["prune", "--where", "kind:bugfix"][..], &["prune", "observation/1", "observation/2"]] {
        let mut term = memtui(home.path(), arguments, 80);
        term.wait_for("[y/N]");
        let screen = term.screen();
        let heading = screen.lines().next().unwrap();
        assert!(["AGE", "CONF", "KIND", "SCOPE", "TITLE"].iter().all(|name| heading.contains(name)), "{screen}");
        let shown = screen.lines().skip(1).take_while(|line| line.contains("~0.")).count();
        assert_eq!(shown, if arguments.len() == 3 && arguments[1] == "--where" { 10 } else { 2 }, "{screen}");
        assert_eq!(screen.contains("… and "), shown == 10, "{screen}");
        term.send(b"n\r");
        assert_eq!(term.exit_code(), 1);
    }
}
