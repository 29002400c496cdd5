//! A kill at every system call that writes, and at moments by chance, in every act on every kind of store.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
    time::{Duration, Instant},
};

use rusqlite::Connection;

use super::{
    acts::{self, Act, Ground},
    chance::Chance,
    full,
    place::{Kind, Place},
};

/// `tests/faults/killat.rs`, which `cargo test` builds; `None` where it cannot stop a program.
fn killat() -> Option<&'static str> {
    static AT: OnceLock<Option<String>> = OnceLock::new();
    let found = AT.get_or_init(|| {
        let mut profile: PathBuf = std::env::current_exe().unwrap();
        profile.pop();
        profile.pop();
        let path = profile.join("examples/killat");
        let works = Command::new(&path).args(["1", "sh", "-c", "echo"]).stdout(Stdio::null()).status();
        let works = works.is_ok_and(|status| status.code() == Some(137));
        if !works {
            println!("skipped: {} cannot stop a program here", path.display());
        }
        works.then(|| path.to_str().unwrap().to_owned())
    });
    found.as_deref()
}

/// With the flag each call has its turn; `MEMTUI_STRIDE=5` takes every fifth, for machines that have other work.
fn stride() -> usize {
    std::env::var("MEMTUI_STRIDE").ok().and_then(|stride| stride.parse().ok()).unwrap_or(1)
}

/// The writing calls of an act that nobody interrupts.
fn calls(killat: &str, place: &Place, act: &Act) -> usize {
    let count = place.aside("count");
    let mut command = place.memtui(&[killat, "0"], &act.words);
    command.env("KILLAT_COUNT", &count).stdout(Stdio::null()).stderr(Stdio::null());
    if let Some(input) = &act.input {
        fs::write(place.aside("input"), input).unwrap();
        command.stdin(fs::File::open(place.aside("input")).unwrap());
    }
    let status = command.status().unwrap();
    assert!(status.success(), "{} on {:?} ended with {status}", act.name, place.kind);
    fs::read_to_string(count).unwrap().parse().unwrap()
}

/// Kills an act at a call, then the recovery at another one, and judges.
fn kill_twice(killat: &str, place: &Place, act: &Act, ground: &Ground, point: usize) {
    place.go_back(act.name);
    let context = format!("{} on {:?}, killed at call {point}", act.name, place.kind);
    let code = act.carry_out(place, &[killat, &point.to_string()]);
    assert!(matches!(code, Some(0 | 1 | 137)), "{context}: {code:?}");
    let second = (point % 9 + 1).to_string();
    let log = ["log".to_owned()];
    drop(place.memtui(&[killat, &second], &log).output().unwrap());
    act.judge(place, ground, &context);
}

fn every_writing_call(kind: Kind) {
    let Some(killat) = killat() else { return };
    let mut kills = 0;
    let began = Instant::now();
    let names: Vec<&str> = acts::all(&Place::new(kind)).iter().map(|act| act.name).collect();
    for (at, name) in names.into_iter().enumerate() {
        let place = Place::new(kind);
        let mut act = acts::all(&place).remove(at);
        let ground = act.prepare(&place);
        let calls = calls(killat, &place, &act);
        // One in each act, at another place in each; with the flag every one.
        let first = 1 + calls * ((at * 37 + kind as usize * 13) % 100) / 100;
        // A no is little to write: in one kind of store its second half is looked at more closely.
        let closely = act.name == "reject" && kind == Kind::ClaudeMem;
        let points: Vec<usize> = if closely && !full() {
            (calls / 2..=calls).step_by(2).collect()
        } else if full() {
            (1..=calls).step_by(stride()).collect()
        } else {
            vec![first]
        };
        for point in &points {
            kill_twice(killat, &place, &act, &ground, *point);
        }
        kills += points.len();
        println!("{kind:?}: {name}: {} kills of {calls} calls, {} s", points.len(), began.elapsed().as_secs());
    }
    println!("{kind:?}: {kills} kills, nothing lost, {} s", began.elapsed().as_secs());
}

#[test]
fn a_kill_at_every_writing_call_on_claude_mem_loses_nothing() {
    every_writing_call(Kind::ClaudeMem);
}

#[test]
fn a_kill_at_every_writing_call_on_the_shared_database_loses_nothing() {
    every_writing_call(Kind::Shared);
}

#[test]
fn a_kill_at_every_writing_call_on_mcp_memory_loses_nothing() {
    every_writing_call(Kind::McpMemory);
}

#[test]
fn a_kill_at_every_writing_call_on_files_loses_nothing() {
    every_writing_call(Kind::Files);
}

#[test]
fn what_a_crash_left_unburied_is_buried_by_the_next_start() {
    let place = Place::new(Kind::Shared);
    let ids = place.ids();
    let stones = || place.json(&["queue", "tombstones", "--json"]).len();
    assert!(place.run(&["prune", &ids[0], &ids[1], "--yes"]).status.success());
    assert_eq!(stones(), 2);
    // As it is between the end of a prune and the burying of what it took out.
    let ledger = Connection::open(place.ledger()).unwrap();
    ledger.execute_batch("DELETE FROM tombstone WHERE id = (SELECT max(id) FROM tombstone)").unwrap();
    assert!(place.run(&["log"]).status.success());
    assert_eq!(stones(), 2);
    assert!(place.run(&["undo"]).status.success());
    assert_eq!(stones(), 0);
}

#[test]
fn a_kill_at_a_moment_by_chance_loses_nothing() {
    let trials = if full() { 1000 } else { 8 };
    let (mut chance, mut kills, mut done) = (Chance::new(5), 0, 0);
    let began = Instant::now();
    let mut left = trials;
    while left > 0 {
        let place = Place::new(Kind::ALL[chance.below(4)]);
        let mut acts = acts::all(&place);
        let mut act = acts.swap_remove(chance.below(acts.len()));
        let ground = act.prepare(&place);
        let start = Instant::now();
        act.carry_out(&place, &[]);
        let takes = u64::try_from(start.elapsed().as_micros()).unwrap();
        for _ in 0..left.min(5) {
            left -= 1;
            place.go_back(act.name);
            let mut command = place.memtui(&[], &act.words);
            if act.input.is_some() {
                command.stdin(fs::File::open(place.aside("input")).unwrap());
            }
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let moment = chance.below(usize::try_from(takes).unwrap());
            std::thread::sleep(Duration::from_micros(moment as u64));
            drop(child.kill());
            if child.wait().unwrap().code().is_none() {
                kills += 1;
            } else {
                done += 1;
            }
            act.judge(&place, &ground, &format!("{} on {:?}, killed after {moment} µs", act.name, place.kind));
        }
    }
    println!("{kills} kills at moments by chance, {done} acts were quicker, {} s", began.elapsed().as_secs());
    assert!(kills > 0, "nobody was killed");
}
