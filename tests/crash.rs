//! Kills memtui at every step of a write, at random moments and at every system call that writes, and asks each time:
//! is every memory still there, or can it be put back to the byte?
//!
//! `MEMTUI_FULL=1` runs the long form of each test.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first surprise and says what it skipped"
)]

#[path = "crash/carry.rs"]
mod carry;
#[path = "crash/files.rs"]
mod files;
#[path = "crash/full_disk.rs"]
mod full_disk;
#[path = "crash/neighbour.rs"]
mod neighbour;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Duration,
};

use memtui::store::claude_mem::schema;
use rusqlite::{Connection, types::ValueRef};

/// A claude-mem shaped database with its own home, so that nothing of the person who runs the tests is touched.
struct Place {
    dir: tempfile::TempDir,
}

impl Place {
    fn with(observations: i64) -> Self {
        let place = Self { dir: tempfile::tempdir().unwrap() };
        let db = Connection::open(place.db()).unwrap();
        db.execute_batch("PRAGMA journal_mode=WAL; BEGIN").unwrap();
        schema::create(&db).unwrap();
        let session = schema::Session {
            content_session_id: "agent-session",
            memory_session_id: Some("observer-session"),
            project: "shop",
            started_at_epoch: 1_780_000_000_000,
            ..Default::default()
        };
        session.insert(&db).unwrap();
        for number in 0..observations {
            let title = format!("The cart keeps its lines after restart {number}");
            let narrative = format!("Lines are stored by number {number}. {}", "They survive a restart. ".repeat(20));
            let observation = schema::Observation {
                memory_session_id: "observer-session",
                project: "shop",
                kind: "discovery",
                title: Some(&title),
                narrative: Some(&narrative),
                facts: Some(r#"["one","two"]"#),
                concepts: Some(r#"["gotcha"]"#),
                created_at_epoch: 1_780_000_000_000 + number * 60_000,
                ..Default::default()
            };
            observation.insert(&db).unwrap();
        }
        db.execute_batch("COMMIT").unwrap();
        place
    }

    fn db(&self) -> PathBuf {
        self.dir.path().join("store.db")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        for name in ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"] {
            command.env(name, self.dir.path().join(name));
        }
        command.stdin(Stdio::null());
        command
    }

    fn memtui(&self, args: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_memtui"));
        command.arg("--store").arg(self.db()).args(args);
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.memtui(args).output().unwrap()
    }

    fn dump(&self) -> Vec<String> {
        dump_of(&self.db())
    }

    /// Another program that has the database open.
    fn somebody_else(&self) -> Connection {
        let db = Connection::open(self.db()).unwrap();
        db.query_row("SELECT COUNT(*) FROM observations", [], |_| Ok(())).unwrap();
        db
    }

    fn undo_all(&self) -> usize {
        Self::undo_all_with(&mut |args| self.run(args))
    }

    fn undo_all_with(run: &mut dyn FnMut(&[&str]) -> Output) -> usize {
        for count in 0..50 {
            let output = run(&["undo"]);
            match output.status.code() {
                Some(0) => {}
                Some(1) => return count,
                other => panic!("undo ended with {other:?}: {}", String::from_utf8_lossy(&output.stderr)),
            }
        }
        panic!("undo never ends");
    }

    /// After a crash: the program starts, says what it found, and undo of all gives back the original.
    fn verify(&self, original: &[String], context: &str) {
        self.undo_all();
        assert_eq!(self.dump(), original, "{context}");
        let check = self.run(&["check"]);
        assert!(check.status.success(), "{context}: {}", String::from_utf8_lossy(&check.stdout));
    }
}

/// Every cell of every table that memories live in, typed, and the state of the full-text index.
fn dump_of(path: &Path) -> Vec<String> {
    let db = Connection::open(path).unwrap();
    let mut lines = Vec::new();
    for table in ["sdk_sessions", "observations", "session_summaries", "user_prompts", "sqlite_sequence"] {
        let mut query = db.prepare(&format!("SELECT rowid, * FROM {table} ORDER BY rowid")).unwrap();
        let width = query.column_count();
        let mut rows = query.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = (0..width).map(|column| cell(row.get_ref(column).unwrap())).collect();
            lines.push(format!("{table}: {}", cells.join("|")));
        }
    }
    for table in ["observations_fts", "session_summaries_fts", "user_prompts_fts"] {
        let sound = db.execute(&format!("INSERT INTO {table}({table}, rank) VALUES('integrity-check', 1)"), []);
        lines.push(format!("{table}: {sound:?}"));
    }
    let state: String = db.query_row("PRAGMA quick_check", [], |row| row.get(0)).unwrap();
    lines.push(state);
    lines
}

fn cell(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".into(),
        ValueRef::Integer(number) => format!("i{number}"),
        ValueRef::Real(number) => format!("r{:x}", number.to_bits()),
        ValueRef::Text(bytes) => format!("t{bytes:02x?}"),
        ValueRef::Blob(bytes) => format!("b{bytes:02x?}"),
    }
}

fn full() -> bool {
    std::env::var_os("MEMTUI_FULL").is_some()
}

const PRUNE: [&str; 4] = ["prune", "--where", "id:*", "--yes"];

#[test]
fn a_kill_at_every_step_of_a_prune_and_of_its_undo_loses_nothing() {
    // More memories than the first chunk takes: the later passes are in the middle of a bulk act. Alone its chunks
    // share a transaction; while somebody else has the store open each has one of its own.
    let place = Place::with(300);
    let original = place.dump();
    let alone = ["begun", "journalled", "journalled:2", "written"].map(|at| (at, false));
    let beside = ["journalled", "journalled:2", "written", "written:2"].map(|at| (at, true));
    for act in [&PRUNE[..], &["undo"]] {
        for (at, company) in alone.into_iter().chain(beside) {
            if act == ["undo"] {
                assert!(place.run(&PRUNE).status.success());
            }
            let other = company.then(|| place.somebody_else());
            let output = place.memtui(act).env("MEMTUI_CRASH_AT", at).output().unwrap();
            assert!(output.status.code().is_none(), "{act:?} was to be killed at {at}: {output:?}");
            drop(other);
            let log = place.run(&["log"]);
            let said = String::from_utf8_lossy(&log.stderr).into_owned();
            assert!(said.contains("Recovered"), "{act:?} at {at}: {said}");
            place.verify(&original, &format!("{act:?} at {at}"));
        }
    }
}

#[test]
fn a_kill_at_every_step_of_a_roll_back_loses_nothing() {
    let place = Place::with(300);
    let original = place.dump();
    for (at, company) in ["begun", "journalled", "journalled:2", "written"].map(|at| (at, at == "journalled:2")) {
        // What a session captured goes, and what was pruned comes back.
        for prepared in [false, true] {
            let act: &[&str] = if prepared {
                assert!(place.run(&PRUNE).status.success());
                let log = place.run(&["log", "--limit", "1", "--json"]);
                let said = String::from_utf8_lossy(&log.stdout).into_owned();
                let number = said.split(r#""operation":"#).nth(1).unwrap();
                let number: String = number.chars().take_while(char::is_ascii_digit).collect();
                &["rollback", "--yes", "--operation", &number.leak()[..]]
            } else {
                &["rollback", "--yes", "--session", "agent-session"]
            };
            let other = company.then(|| place.somebody_else());
            let output = place.memtui(act).env("MEMTUI_CRASH_AT", at).output().unwrap();
            assert!(output.status.code().is_none(), "{act:?} was to be killed at {at}: {output:?}");
            drop(other);
            let log = place.run(&["log"]);
            let said = String::from_utf8_lossy(&log.stderr).into_owned();
            assert!(said.contains("Recovered"), "{act:?} at {at}: {said}");
            place.verify(&original, &format!("{act:?} at {at}"));
        }
    }
}

#[test]
fn a_kill_at_every_step_of_an_erasure_is_finished_by_the_next_start() {
    for (at, again) in [("doomed", "recovering"), ("erased", "let go"), ("let go", "closed"), ("closed", "")] {
        let place = Place::with(60);
        // The ledger has records of it, too.
        assert!(place.run(&["prune", "claude-mem:observation/7", "--yes"]).status.success());
        assert!(place.run(&["undo"]).status.success());
        let before = place.dump();
        let act = ["erase", "claude-mem:observation/7", "--yes", "1", "--rewrite"];
        let output = place.memtui(&act).env("MEMTUI_CRASH_AT", at).output().unwrap();
        assert!(output.status.code().is_none(), "it was to be killed at {at}: {output:?}");
        let second = place.memtui(&["log"]).env("MEMTUI_CRASH_AT", again).output().unwrap();
        assert_eq!(second.status.code().is_none(), !again.is_empty(), "{at}, then {again}: {second:?}");
        // The next acts: undo takes back the latest that can be, which is none of this.
        assert!(place.run(&["log"]).status.success());
        let check = place.run(&["check"]);
        let said = String::from_utf8_lossy(&check.stdout).into_owned();
        assert!(check.status.success() && said.contains("erased"), "{at}: {said}");
        let after = place.dump();
        let gone = before.iter().filter(|line| !after.contains(line)).count();
        assert_eq!((gone, after.len()), (1, before.len() - 1), "{at}: the one memory, and nothing else");
        let holds = |path: PathBuf| {
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes.windows(19).any(|part| part == b"stored by number 7.")
        };
        let data = place.dir.path().join("XDG_DATA_HOME/memtui");
        for name in ["ledger.db", "ledger.db-wal"] {
            assert!(!holds(data.join(name)), "{at}: {name}");
        }
        let undo = place.run(&["undo", "1"]);
        assert_eq!(undo.status.code(), Some(1), "{at}: {undo:?}");
        assert_eq!(place.dump(), after, "{at}: nothing came back");
    }
}

#[test]
fn a_second_kill_during_recovery_loses_nothing() {
    let place = Place::with(150);
    let original = place.dump();
    for at in ["journalled", "written"] {
        drop(place.memtui(&PRUNE).env("MEMTUI_CRASH_AT", at).output().unwrap());
        let second = place.memtui(&["log"]).env("MEMTUI_CRASH_AT", "recovering").output().unwrap();
        assert!(second.status.code().is_none(), "{second:?}");
        place.verify(&original, at);
    }
}

#[test]
fn a_kill_at_a_random_moment_loses_nothing() {
    let (trials, rows) = if full() { (300, 5000) } else { (12, 1200) };
    let place = Place::with(rows);
    let original = place.dump();
    for trial in 0..trials {
        let act: &[&str] = if trial % 2 == 0 { &PRUNE } else { &["undo"] };
        if trial % 2 == 1 {
            drop(place.run(&PRUNE));
        }
        let mut child = place.memtui(act).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Spread over the act by a fixed stride: the moments differ from run to run, the coverage does not.
        std::thread::sleep(Duration::from_millis(5 + trial * 37 % 400));
        drop(child.kill());
        drop(child.wait());
        place.verify(&original, &format!("trial {trial}"));
    }
}

fn has_strace() -> bool {
    let works = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    if !works {
        println!("skipped: strace is not installed, or may not trace here");
    }
    works
}

#[test]
fn a_kill_at_every_system_call_that_writes_loses_nothing() {
    if !has_strace() {
        return;
    }
    let place = Place::with(40);
    let original = place.dump();
    let mut killed = 0;
    for call in ["pwrite64", "fdatasync", "fsync", "write", "ftruncate", "unlink"] {
        let stride = if full() { 1 } else { 23 };
        for point in (1..).step_by(stride) {
            let inject = format!("inject={call}:signal=KILL:when={point}");
            let mut command = place.command("strace");
            command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject]);
            command.arg(env!("CARGO_BIN_EXE_memtui")).arg("--store").arg(place.db()).args(PRUNE);
            let output = command.output().unwrap();
            if output.status.success() {
                break;
            }
            killed += 1;
            place.verify(&original, &format!("{call} number {point}"));
        }
    }
    println!("{killed} kills, nothing lost");
    assert!(killed > 0, "no system call was hit");
}

#[test]
fn the_journal_is_on_the_disk_before_the_store_is_written() {
    if !has_strace() {
        return;
    }
    let place = Place::with(300);
    let log = place.dir.path().join("calls");
    let mut command = place.command("strace");
    command.args(["-f", "-y", "-e", "trace=write,pwrite64,fsync,fdatasync,msync", "-o"]).arg(&log);
    command.arg(env!("CARGO_BIN_EXE_memtui")).arg("--store").arg(place.db()).args(PRUNE);
    assert!(command.output().unwrap().status.success());
    let (mut unflushed, mut store_writes, mut flushes) = (false, 0, 0);
    for line in std::fs::read_to_string(&log).unwrap().lines() {
        let flush = line.contains("fsync(") || line.contains("fdatasync(");
        match (line.contains("/ledger.db"), line.contains("/store.db"), flush) {
            (true, _, true) => {
                unflushed = false;
                flushes += 1;
            }
            (true, _, false) if line.contains("ledger.db-wal") => unflushed = true,
            (_, true, false) => {
                store_writes += 1;
                assert!(!unflushed, "the store was written while the journal was not on the disk: {line}");
            }
            _ => {}
        }
    }
    assert!(store_writes > 0 && flushes > 1, "{store_writes} writes to the store, {flushes} flushes of the journal");
}

#[test]
fn what_was_acknowledged_is_in_the_log() {
    use std::io::{BufRead as _, BufReader};
    let place = Place::with(20);
    let mut child =
        place.memtui(&["prune", "claude-mem:observation/7", "--yes"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    drop(child.kill());
    drop(child.wait());
    assert!(!line.is_empty());
    let log = place.run(&["log", "--json"]);
    let log = String::from_utf8_lossy(&log.stdout).into_owned();
    assert!(log.contains(r#""label":"prune""#) && log.contains(r#""state":"done""#), "{log}");
    let gone = Connection::open(place.db()).unwrap();
    let left: i64 = gone.query_row("SELECT COUNT(*) FROM observations WHERE id=7", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}

#[test]
fn two_memtui_take_turns() {
    let place = Place::with(600);
    let children: Vec<_> = (0..3).map(|_| place.memtui(&PRUNE).stderr(Stdio::piped()).spawn().unwrap()).collect();
    let codes: Vec<_> = children.into_iter().map(|child| child.wait_with_output().unwrap().status.code()).collect();
    assert!(codes.contains(&Some(0)), "{codes:?}");
    let log = String::from_utf8_lossy(&place.run(&["log", "--json"]).stdout).into_owned();
    let applied: u64 = log
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["applied"].as_u64().unwrap())
        .sum();
    assert_eq!(applied, 600, "each memory was pruned once: {log}");
}
