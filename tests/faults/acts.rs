//! Everything that can be done to a store, as a person or an agent does it, and what must hold when it was cut short.

use std::{fs, process::Stdio};

use rusqlite::Connection;
use serde_json::json;

use super::place::{Kind, Place, State, said};

/// What an act changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Touches {
    /// The store, and the log says so.
    Store,
    /// Only what memtui keeps itself, and the log says so.
    Marks,
    /// Only what memtui keeps itself, outside of the log of operations.
    Queue,
    /// The store, by putting a backup back.
    Whole,
}

impl Touches {
    pub(crate) fn is_store(self) -> bool {
        matches!(self, Self::Store | Self::Whole)
    }
}

/// An act, with what is done before it.
pub(crate) struct Act {
    pub(crate) name: &'static str,
    before: Vec<Step>,
    pub(crate) words: Vec<String>,
    pub(crate) input: Option<String>,
    pub(crate) touches: Touches,
}

enum Step {
    Run(Vec<String>),
    /// Another program changes a memory.
    Foreign,
    /// There is no ledger yet.
    Forget,
}

/// Memories that a prune takes out.
const PRUNED: usize = 4;

/// Long enough to be remembered as a text that is not to come back.
const SENTENCE: &str = "The deploy script must be run from the root of the repository, on every machine, every time";

/// A look at every store, also at one whose product writes over nothing.
const WATCH: [&str; 4] = ["--option", "observe=all", "watch", "--once"];

fn words(line: &[&str]) -> Vec<String> {
    line.iter().map(|word| (*word).to_owned()).collect()
}

/// All acts that a kind of store knows.
pub(crate) fn all(place: &Place) -> Vec<Act> {
    let ids = place.ids();
    let some = |line: &[&str]| {
        let mut line = words(line);
        line.splice(1..1, ids[2..2 + PRUNED].iter().cloned());
        line
    };
    let prune = some(&["prune", "--yes"]);
    let edited = format!("{}=something-else", place.kind.field());
    let merge = json!({ "label": "merge", "reason": "they say the same", "steps": [
        { "do": "edit", "id": ids[0], "set": { place.kind.field(): SENTENCE } },
        { "do": "delete", "id": ids[1] }, { "do": "delete", "id": ids[2] }] });
    let file = place.aside("proposal.json");
    fs::write(&file, merge.to_string()).unwrap();
    let import = words(&["queue", "import", file.to_str().unwrap()]);
    let act = |name, touches, before: Vec<Step>, words| Act { name, before, words, input: None, touches };
    let run = |line: &[&str]| Step::Run(words(line));
    let mut acts = vec![
        act("prune", Touches::Store, vec![run(&["log"])], prune.clone()),
        act("first prune of all", Touches::Store, vec![Step::Forget], prune.clone()),
        act("edit", Touches::Store, vec![run(&["log"])], words(&["edit", &ids[3], "--set", &edited])),
        act("mark", Touches::Marks, vec![run(&["log"])], some(&["set", "--pin", "--confidence", "0.4"])),
        act("undo", Touches::Store, vec![Step::Run(prune.clone())], words(&["undo"])),
        act("redo", Touches::Store, vec![Step::Run(prune.clone()), run(&["undo"])], words(&["redo"])),
        act(
            "roll back",
            Touches::Store,
            vec![Step::Run(prune.clone())],
            words(&["rollback", "--operation", "1", "--yes"]),
        ),
        act("approve", Touches::Store, vec![Step::Run(import.clone())], words(&["queue", "approve", "1@1"])),
        act("reject", Touches::Queue, vec![Step::Run(import.clone())], words(&["queue", "reject", "1@1"])),
        act(
            "reopen",
            Touches::Store,
            vec![Step::Run(import), run(&["queue", "approve", "1@1"])],
            words(&["queue", "reopen", "1"]),
        ),
        act("backup", Touches::Queue, vec![Step::Run(prune.clone())], words(&["backup"])),
        act("restore", Touches::Whole, vec![run(&["backup"]), Step::Run(prune)], Vec::new()),
    ];
    acts.push(act("observe", Touches::Queue, vec![run(&WATCH), Step::Foreign], words(&WATCH)));
    if place.kind == Kind::Shared {
        acts.push(act("add", Touches::Store, vec![run(&["log"])], words(&["add", SENTENCE])));
        let call = json!({ "command": "create", "path": "/memories/a.md", "file_text": SENTENCE }).to_string();
        let mut tool = act("memory tool", Touches::Store, vec![run(&["log"])], words(&["memory-tool"]));
        tool.input = Some(call + "\n");
        acts.push(tool);
    }
    acts
}

/// The store before an act, and what undoing everything makes of it.
pub(crate) struct Ground {
    pub(crate) before: State,
    pub(crate) original: State,
    operations: Vec<(u64, u64)>,
}

impl Act {
    /// Makes the place ready for the act, and keeps it so.
    pub(crate) fn prepare(&mut self, place: &Place) -> Ground {
        for step in &self.before {
            match step {
                Step::Run(line) => {
                    let output = place.memtui(&[], line).output().unwrap();
                    assert!(matches!(output.status.code(), Some(0 | 1)), "{line:?}: {}", said(&output));
                }
                Step::Foreign => foreign(place),
                Step::Forget => {
                    let _none = fs::remove_dir_all(place.data_dir());
                }
            }
        }
        if self.touches == Touches::Whole {
            let listed = place.json(&["backup", "--list", "--json"]);
            self.words = words(&["restore", listed[0]["backup"].as_str().unwrap(), "--yes"]);
        }
        place.keep(self.name);
        let (before, operations) = (place.state(), place.operations());
        place.undo_all(self.name);
        let original = place.state();
        place.go_back(self.name);
        Ground { before, original, operations }
    }

    /// Does it, through another program where one is given. The code it ended with.
    pub(crate) fn carry_out(&self, place: &Place, through: &[&str]) -> Option<i32> {
        let mut command = place.memtui(through, &self.words);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let Some(input) = &self.input else { return command.status().unwrap().code() };
        let file = place.aside("input");
        fs::write(&file, input).unwrap();
        command.stdin(fs::File::open(file).unwrap()).status().unwrap().code()
    }

    /// What must hold after it was cut short, and after everything is undone.
    pub(crate) fn judge(&self, place: &Place, ground: &Ground, context: &str) {
        // The next start settles what was cut short.
        let told = place.operations();
        let state = place.state();
        let changed = state != ground.before;
        match self.touches {
            Touches::Whole => {
                // A database comes back as a whole, of several files each.
                let whole = |name| [&ground.before, &ground.original].iter().any(|it| it.get(name) == state.get(name));
                let each = place.kind == Kind::Files && ground.original.keys().all(whole);
                assert!(!changed || state == ground.original || each, "{context}: half a backup was put back");
                let again = place.memtui(&[], &self.words).output().unwrap();
                assert!(again.status.success(), "{context}: {}", said(&again));
                assert_same(&place.state(), &ground.original, context);
            }
            Touches::Store => {
                let done = self.is_told(&told, ground);
                assert_eq!(changed, done, "{context}: the log and the store do not agree");
            }
            Touches::Marks | Touches::Queue => assert!(!changed, "{context}: the store was changed"),
        }
        self.judge_queue(place, changed, context);
        if self.name == "observe" {
            assert!(place.run(&WATCH).status.code().is_some(), "{context}");
            let seen = place.json(&["log", "--json"]).iter().filter(|line| line["label"] == "observe").count();
            assert_eq!(seen, 1, "{context}: what another program did is told once");
        }
        place.undo_all(context);
        assert_same(&place.state(), &ground.original, context);
        let check = place.run(&["check"]);
        assert!(check.status.success(), "{context}: {}{}", String::from_utf8_lossy(&check.stdout), said(&check));
    }

    /// Whether the log tells that it was done.
    fn is_told(&self, told: &[(u64, u64)], ground: &Ground) -> bool {
        let last = ground.operations.first().map_or(0, |(number, _)| *number);
        let new: Vec<u64> = told.iter().filter(|(number, _)| *number > last).map(|(_, applied)| *applied).collect();
        let done = new.iter().filter(|applied| **applied > 0).count();
        assert!(done <= 1, "{}: one act is one operation: {told:?}", self.name);
        done > 0
    }

    fn judge_queue(&self, place: &Place, changed: bool, context: &str) {
        let waiting = || place.json(&["queue", "list", "--json"]).len();
        let buried = || place.json(&["queue", "tombstones", "--json"]).len();
        match self.name {
            "approve" => assert_eq!(waiting(), usize::from(!changed), "{context}: it waits or is done"),
            "reopen" => assert_eq!(waiting(), usize::from(changed), "{context}: it waits or is done"),
            "reject" => assert_eq!((waiting(), buried()), if waiting() == 1 { (1, 0) } else { (0, 1) }, "{context}"),
            // Agents write into this store through memtui, and are not to bring back what a person took out.
            "prune" | "redo" if place.kind == Kind::Shared => {
                assert_eq!(buried(), if changed { PRUNED } else { 0 }, "{context}: what was pruned is buried");
            }
            _ => {}
        }
    }
}

/// Everything must be there again; what is not is named.
fn assert_same(now: &State, original: &State, context: &str) {
    let names: std::collections::BTreeSet<&String> = now.keys().chain(original.keys()).collect();
    let other: Vec<&String> = names.into_iter().filter(|name| now.get(*name) != original.get(*name)).collect();
    assert!(other.is_empty(), "{context}: not as it was: {other:?}");
}

/// What another program makes of the third memory.
fn foreign(place: &Place) {
    let sql = match place.kind {
        Kind::Files => return fs::write(place.memory_dir().join("cart-3.md"), "An agent wrote this.").unwrap(),
        Kind::ClaudeMem => "UPDATE observations SET title = 'An agent wrote this.' WHERE id = 3",
        Kind::Shared => "UPDATE memory SET title = 'An agent wrote this.' WHERE id = 3",
        Kind::McpMemory => "UPDATE memories SET content = 'An agent wrote this.' WHERE id = 3",
    };
    Connection::open(place.database()).unwrap().execute_batch(sql).unwrap();
}
