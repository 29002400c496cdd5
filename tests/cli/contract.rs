//! What every command promises, whatever the stores hold.

use std::process::{Command, Output, Stdio};

fn memtui(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_memtui")).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn bad_usage_is_two_and_says_so_on_standard_error() {
    for arguments in [
        &["list", "--sort", "name"][..],
        &["prune"],
        &["show", "no-colon"],
        &["set", "a:b/1", "--confidence", "2"],
        &["--no-such-option"],
        &["undo", "last"],
        &["review", "--order", "newest"],
        &["review", "--limit", "0"],
        &["review", "--json"],
        &["status", "--format", "{nwe}"],
    ] {
        let output = memtui(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"", "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn help_version_completions_and_manual_are_answers() {
    for (arguments, part) in [
        (&["--help"][..], "Exit codes"),
        (&["list", "--help"], "--sort"),
        (&["--version"], "memtui 0."),
        (&["completions", "bash"], "_memtui"),
        (&["completions", "zsh"], "#compdef memtui"),
        (&["completions", "fish"], "complete -c memtui"),
        (&["man"], ".TH memtui"),
    ] {
        let output = memtui(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(&output.stdout).contains(part), "{arguments:?}");
    }
    let manual = text(&memtui(&["man"]).stdout);
    for command in ["list", "prune", "undo"] {
        assert!(
            manual.contains(&format!("memtui\\-{command}")) || manual.contains(&format!("memtui-{command}")),
            "{command}"
        );
    }
}

#[test]
fn without_a_terminal_the_terminal_program_says_so_in_one_line() {
    for arguments in [&[][..], &["demo"], &["/tmp"]] {
        let output = memtui(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(output.stdout, b"");
        let message = text(&output.stderr);
        assert_eq!(message.lines().count(), 1, "{message}");
        assert!(message.contains("not a terminal") && !message.contains('\x1b'), "{message}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_memtui"))
        .args(["completions", "bash"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_standard_output_is_told() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_memtui")).arg("man").stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot write the output"), "{}", text(&output.stderr));
}

#[test]
fn a_misspelt_command_is_no_path() {
    for (word, meant) in [("lis", "list"), ("prnue", "prune"), ("log2", "log"), ("STORES", "stores")] {
        let output = memtui(&[word]);
        assert_eq!(output.status.code(), Some(2), "{word}");
        let expected = format!("memtui: there is no file and no command '{word}'; did you mean '{meant}'?\n");
        assert_eq!(text(&output.stderr), expected);
    }
    let far = text(&memtui(&["frobnicate"]).stderr);
    assert_eq!(far, "memtui: there is no file and no command 'frobnicate'; `memtui --help` prints the commands\n");
    assert!(text(&memtui(&["src"]).stderr).contains("not a terminal"), "it is a path");
    for path in ["./lis", "lis.db", "/nope/x.db"] {
        for arguments in [&[path][..], &["--store", path]] {
            let output = memtui(arguments);
            let said = text(&output.stderr);
            assert!(said.contains(path) && !said.contains("not a terminal"), "{path}: {said}");
        }
    }
}
