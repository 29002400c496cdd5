//! The tool as a model uses it: every command with its answers, over files and over the shared database.

mod hostile;
mod shared;

use std::{
    collections::BTreeMap,
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use serde_json::{Value as Json, json};

use super::*;
use crate::{
    curate::{Act, Mark},
    judge,
    ledger::Tombstone,
    memory::Key,
    store::discover,
};

const NOW: EpochMs = 1_700_000_000_000;

/// The latest operation that stands: what an agent did is taken back by its number only.
fn latest(person: &Curator) -> i64 {
    let log = person.log(None, 50).unwrap();
    log.iter().find(|operation| operation.of.is_none() && operation.undone_by.is_none()).unwrap().id
}

/// A directory of files with a ledger beside it.
struct Bed(tempfile::TempDir);

impl Bed {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn root(&self) -> PathBuf {
        self.0.path().join("memories")
    }

    fn ledger(&self) -> PathBuf {
        self.0.path().join("state/ledger.db")
    }

    fn launch(&self, agent: &str) -> Launch {
        Launch {
            agent: agent.into(),
            ground: Ground::Directory(self.0.path().to_owned()),
            ledger: self.ledger(),
            safeguard: None,
            mode: Mode::Auto,
            sees_all: true,
            now: 0,
        }
    }

    fn session(&self) -> Session {
        Session::open(self.launch("claude")).unwrap()
    }

    fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A person's memtui on the same directory.
    fn person(&self) -> Curator {
        let store = discover::open_in(&discover::Environment::default(), &self.root(), &[]).unwrap();
        assert_eq!(store.about().product, "memory-tool");
        Curator::new(Ledger::open(&self.ledger()), &[store])
    }

    fn undo(&self) {
        let mut person = self.person();
        let report = person.act(&Act::Undo(Some(latest(&person))), NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
        assert_eq!((report.refused, report.trouble), (Vec::new(), None));
    }

    fn redo(&self) {
        let report = self.person().act(&Act::Redo, NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
        assert_eq!(report.refused, []);
    }

    /// Every file and its bytes.
    fn all(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        files_below(&self.root())
    }
}

fn files_below(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            if entry.file_type().unwrap().is_dir() {
                open.push(entry.path());
            } else {
                found.insert(entry.path(), fs::read(entry.path()).unwrap_or_default());
            }
        }
    }
    found
}

impl Session {
    fn call(&mut self, input: &Json) -> Outcome {
        let answer = self.answer(input.to_string().as_bytes(), NOW);
        if answer.is_error { Err(answer.content) } else { Ok(answer.content) }
    }

    fn see(&mut self, path: &str) -> Outcome {
        self.call(&json!({ "command": "view", "path": path }))
    }

    fn make(&mut self, path: &str, text: &str) -> Outcome {
        self.call(&json!({ "command": "create", "path": path, "file_text": text }))
    }

    fn swap(&mut self, path: &str, old: &str, new: &str) -> Outcome {
        self.call(&json!({ "command": "str_replace", "path": path, "old_str": old, "new_str": new }))
    }

    fn put(&mut self, path: &str, line: i64, text: &str) -> Outcome {
        self.call(&json!({ "command": "insert", "path": path, "insert_line": line, "insert_text": text }))
    }

    fn drop_(&mut self, path: &str) -> Outcome {
        self.call(&json!({ "command": "delete", "path": path }))
    }

    fn mv(&mut self, old: &str, new: &str) -> Outcome {
        self.call(&json!({ "command": "rename", "old_path": old, "new_path": new }))
    }
}

type Outcome = Result<String, String>;

#[expect(clippy::unnecessary_wraps, reason = "it stands beside `err` where outcomes are compared")]
fn ok(text: &str) -> Outcome {
    Ok(text.to_owned())
}

fn err(text: &str) -> Outcome {
    Err(text.to_owned())
}

/// What the documentation promises, over whatever the files are kept in.
fn contract(tool: &mut Session) {
    let told = "Here're the files and directories up to 2 levels deep in /memories, excluding hidden items and \
                node_modules:\n";
    assert_eq!(tool.see("/memories"), Ok(format!("{told}0B\t/memories")));
    assert_eq!(tool.see("/memories/a.md"), err("The path /memories/a.md does not exist. Please provide a valid path."));
    assert_eq!(tool.make("/memories/a.md", "one\ntwo\nthree\n"), ok("File created successfully at: /memories/a.md"));
    assert_eq!(tool.make("/memories/a.md", "x"), err("Error: File /memories/a.md already exists"));
    assert_eq!(tool.make("/memories", "x"), err("Error: File /memories already exists"));
    assert_eq!(
        tool.see("/memories/a.md"),
        ok("Here's the content of /memories/a.md with line numbers:\n     1\tone\n     2\ttwo\n     3\tthree")
    );
    assert_eq!(
        tool.call(&json!({ "command": "view", "path": "/memories/a.md", "view_range": [2, -1] })),
        ok("Here's the content of /memories/a.md with line numbers:\n     2\ttwo\n     3\tthree")
    );
    assert_eq!(
        tool.swap("/memories/a.md", "two", "2\n2b"),
        ok("The memory file has been edited.\n     1\tone\n     2\t2\n     3\t2b\n     4\tthree")
    );
    assert_eq!(
        tool.swap("/memories/a.md", "four", "4"),
        err("No replacement was performed, old_str `four` did not appear verbatim in /memories/a.md.")
    );
    assert_eq!(
        tool.swap("/memories/a.md", "2", "x"),
        err(
            "No replacement was performed. Multiple occurrences of old_str `2` in lines: 2, 3. Please ensure it is unique"
        )
    );
    assert!(tool.swap("/memories/a.md", "", "x").unwrap_err().starts_with("No replacement was performed"));
    assert_eq!(
        tool.swap("/memories/b.md", "2", "x"),
        err("Error: The path /memories/b.md does not exist. Please provide a valid path.")
    );
    let gone = json!({ "command": "str_replace", "path": "/memories/a.md", "old_str": "2b\n" });
    assert_eq!(tool.call(&gone), ok("The memory file has been edited.\n     1\tone\n     2\t2\n     3\tthree"));
    assert_eq!(tool.put("/memories/a.md", 0, "zero"), ok("The file /memories/a.md has been edited."));
    assert_eq!(
        tool.put("/memories/a.md", 9, "x"),
        err("Error: Invalid `insert_line` parameter: 9. It should be within the range of lines of the file: [0, 4]")
    );
    assert_eq!(tool.put("/memories/b.md", 0, "x"), err("Error: The path /memories/b.md does not exist"));
    assert_eq!(tool.make("/memories/d/e.md", "in d"), ok("File created successfully at: /memories/d/e.md"));
    assert_eq!(
        tool.see("/memories/"),
        Ok(format!("{told}21B\t/memories\n17B\t/memories/a.md\n4B\t/memories/d\n4B\t/memories/d/e.md"))
    );
    assert!(tool.make("/memories/a.md/x", "x").unwrap_err().contains("no directory"));
    assert!(tool.make("/memories/D/x", "x").unwrap_err().contains("upper and lower case"));
    assert!(tool.mv("/memories/d", "/memories/A.md").unwrap_err().contains("upper and lower case"));
    assert_eq!(tool.put("/memories/d", 0, "x"), err("Error: The path /memories/d does not exist"));
    assert_eq!(tool.mv("/memories/d", "/memories/a.md"), err("Error: The destination /memories/a.md already exists"));
    assert_eq!(tool.mv("/memories/x", "/memories/y"), err("Error: The path /memories/x does not exist"));
    assert!(tool.mv("/memories/d", "/memories/d/e").unwrap_err().contains("into itself"));
    assert!(tool.mv("/memories", "/memories/d/e").unwrap_err().contains("cannot be renamed"));
    assert_eq!(tool.mv("/memories/d", "/memories/f/g"), ok("Successfully renamed /memories/d to /memories/f/g"));
    assert_eq!(
        tool.mv("/memories/a.md", "/memories/f/A.md"),
        ok("Successfully renamed /memories/a.md to /memories/f/A.md")
    );
    assert!(tool.see("/memories/f/g/e.md").unwrap().ends_with("     1\tin d"));
    assert_eq!(tool.drop_("/memories/a.md"), err("Error: The path /memories/a.md does not exist"));
    assert!(tool.drop_("/memories").unwrap_err().contains("cannot be deleted"));
    assert_eq!(tool.drop_("/memories/f/A.md"), ok("Successfully deleted /memories/f/A.md"));
    assert_eq!(tool.drop_("/memories/f"), ok("Successfully deleted /memories/f"));
    assert_eq!(tool.see("/memories"), Ok(format!("{told}0B\t/memories")));
}

#[test]
fn the_answers_over_files_are_the_documented_ones() {
    let bed = Bed::new();
    contract(&mut bed.session());
    assert_eq!(fs::read_dir(bed.root()).unwrap().count(), 0, "no directory is left behind");
}

#[test]
fn every_change_is_an_operation_of_the_agent_and_is_undone_byte_for_byte() {
    let bed = Bed::new();
    bed.write("d/crlf.md", "a\r\nb\r\nno end");
    bed.write("d/front.md", "---\nname: x\nmodified: 2026-01-01\n---\nbody\n");
    bed.write("d/binary", b"\xff\xfe\0raw");
    bed.write("AGENTS.md", "# one\n\ntext\n\n# two\n");
    let mut tool = bed.session();
    let steps: [fn(&mut Session) -> Outcome; 9] = [
        |tool| tool.make("/memories/new/deep/MEMORY.md", "- [x](y.md) — hook\n"),
        |tool| tool.make("/memories/empty", ""),
        |tool| tool.swap("/memories/d/crlf.md", "b\r\n", "B\r\n\r\n"),
        |tool| tool.swap("/memories/d/front.md", "body", "other body"),
        |tool| tool.put("/memories/AGENTS.md", 3, "## between\n"),
        |tool| tool.swap("/memories/empty", "", "x").or_else(|_| tool.put("/memories/empty", 0, "now\n")),
        |tool| tool.mv("/memories/d", "/memories/e"),
        |tool| tool.drop_("/memories/e/front.md"),
        |tool| tool.drop_("/memories/e"),
    ];
    let mut before = vec![bed.all()];
    for step in steps {
        step(&mut tool).unwrap();
        before.push(bed.all());
    }
    let root = bed.root();
    assert_eq!(before[3][&root.join("d/crlf.md")], b"a\r\nB\r\n\r\nno end");
    assert_eq!(before[4][&root.join("d/front.md")], b"---\nname: x\nmodified: 2026-01-01\n---\nother body\n");
    assert_eq!(before[7][&root.join("e/binary")], b"\xff\xfe\0raw");
    assert!(!root.join("e").exists() && !root.join("d").exists());
    let log = bed.person().log(None, 99).unwrap();
    assert!(log.iter().all(|operation| operation.author == "policy agent.claude"), "{log:?}");
    let labels: Vec<&str> = log.iter().rev().map(|operation| operation.label.name()).collect();
    assert_eq!(labels, ["add", "add", "edit", "edit", "edit", "edit", "edit", "prune", "prune"]);
    assert_eq!(log[2].reason, "memory tool: rename /memories/d to /memories/e");
    for wanted in before.iter().rev().skip(1) {
        bed.undo();
        assert_eq!(&bed.all(), wanted);
    }
    assert!(!root.join("new").exists(), "a directory goes with its only file");
    for wanted in &before[1..] {
        bed.redo();
        assert_eq!(&bed.all(), wanted);
    }
}

#[test]
fn what_cannot_be_shown_or_put_back_is_said() {
    let bed = Bed::new();
    bed.write("raw", b"\xff\xfe");
    bed.write("big/lines", "\n".repeat(1_000_000));
    bed.write("held/.keep", "");
    bed.write("held/a", "x");
    bed.write("node_modules/m/a", "x");
    fs::create_dir(bed.root().join("bare")).unwrap();
    let mut tool = bed.session();
    assert!(tool.see("/memories/raw").unwrap_err().contains("no UTF-8"));
    assert!(tool.swap("/memories/raw", "a", "b").unwrap_err().contains("no UTF-8"));
    assert_eq!(
        tool.see("/memories/big/lines"),
        err("File /memories/big/lines exceeds maximum line limit of 999,999 lines.")
    );
    let before = bed.all();
    assert!(tool.drop_("/memories/held").unwrap_err().contains("is hidden"));
    assert!(tool.mv("/memories/held", "/memories/free").unwrap_err().contains("is hidden"));
    assert!(tool.drop_("/memories/bare").is_err());
    let listing = tool.see("/memories").unwrap();
    assert!(!listing.contains("keep") && !listing.contains("node_modules/") && !listing.contains("bare"), "{listing}");
    assert!(tool.see("/memories/node_modules/m/a").is_ok());
    assert_eq!(bed.all(), before);
}

#[test]
fn nothing_is_written_against_a_person() {
    let bed = Bed::new();
    let mut tool = bed.session();
    tool.make("/memories/a.md", "the deploy runs on tuesdays").unwrap();
    let mut person = bed.person();
    let store = discover::open_in(&discover::Environment::default(), &bed.root(), &[]).unwrap();
    let handle = store.reader().unwrap().handle("a.md").unwrap();
    let mark = |marks| Act::Mark { targets: vec![Key { store: 0, handle }], marks, reason: String::new() };
    person.act(&mark(vec![Mark::Pinned(true)]), NOW, &mut |_, _| ControlFlow::Continue(())).unwrap();
    assert!(tool.drop_("/memories/a.md").unwrap_err().contains("pinned"));
    assert!(tool.mv("/memories/a.md", "/memories/b.md").unwrap_err().contains("pinned"));
    assert!(tool.put("/memories/a.md", 0, "more").is_ok());
    let tombstone = Tombstone {
        id: 0,
        at: NOW,
        print: judge::fingerprint(&["always use tabs"]),
        title: "tabs".into(),
        reason: "we use blanks".into(),
        proposal: None,
        scope: None,
        operation: None,
    };
    Ledger::open(&bed.ledger()).unwrap().bury(&[tombstone]).unwrap();
    let refused = tool.make("/memories/tabs.md", "Always use tabs").unwrap_err();
    assert!(refused.contains("not taken again") && refused.contains("we use blanks"), "{refused}");
    let secret = "ghp_Zk3qX9vT1mB7wR5nD2sL8cY4hJ6gF0aPuEiO";
    assert!(tool.make("/memories/key.md", secret).unwrap_err().contains("secrets are not remembered"));
    assert!(tool.swap("/memories/a.md", "more", "mo\u{200b}re").unwrap_err().contains("cannot see"));
    let mut reader = Session::open(Launch { mode: Mode::ReadOnly, ..bed.launch("claude") }).unwrap();
    assert!(reader.make("/memories/b.md", "x").unwrap_err().contains("read only"));
    assert!(reader.see("/memories/a.md").is_ok());
    let mut waits = Session::open(Launch { mode: Mode::Review, ..bed.launch("claude") }).unwrap();
    assert!(waits.put("/memories/a.md", 0, "x").unwrap_err().contains("waits for a person"));
    assert_eq!(bed.all().len(), 1);
}

#[test]
fn a_directory_of_another_product_is_left_alone() {
    let bed = Bed::new();
    bed.write("memory_summary.md", "v1\n# Summary\n");
    assert!(matches!(Session::open(bed.launch("x")), Err(Problem::NotAStore { .. })));
    let fresh = Bed::new();
    let read_only = Launch { mode: Mode::ReadOnly, ..fresh.launch("x") };
    assert!(Session::open(read_only).is_err() && !fresh.root().exists(), "looking makes no directory");
}

#[test]
fn every_line_gets_one_answer_and_none_ends_the_loop() {
    let bed = Bed::new();
    let mut tool = bed.session();
    let giant = "x".repeat((16 << 20) + 7);
    let input = format!(
        "{{\"command\":\"view\",\"path\":\"/memories\"}}\n\n  \nnonsense\n{giant}\n\u{0}\n{}\n{}",
        r#"{"type":"tool_use","id":"t9","name":"memory","input":{"command":"create","path":"/memories/a","file_text":"x"}}"#,
        r#"{"command":"view","path":"/memories/a"}"#
    );
    let mut given = Vec::new();
    serve(&mut tool, &mut input.as_bytes(), &|| NOW, &mut |_, answer| {
        given.push(answer.clone());
        Ok(())
    })
    .unwrap();
    let errors: Vec<bool> = given.iter().map(|answer| answer.is_error).collect();
    assert_eq!(errors, [false, true, true, true, false, false]);
    assert_eq!(given[4].id.as_deref(), Some("t9"));
    assert!(given[5].content.ends_with("     1\tx"));
}
