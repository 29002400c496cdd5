//! The order of writes and flushes, for a disk that loses its power: what a store is to lose is in the ledger, on the disk,
//! before the store is written; a file is on the disk before it takes the place of another.

use std::{collections::HashSet, fs, process::Command};

use super::{
    acts::{self, Touches},
    full,
    place::{Kind, Place},
};

fn has_strace() -> bool {
    let works = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    let works = works.is_ok_and(|output| output.status.success());
    if !works {
        println!("skipped: strace is not installed, or may not trace here");
    }
    works
}

/// What is known while the calls of an act are read one by one.
#[derive(Default)]
struct Disk {
    /// Files that were written since they were last flushed.
    dirty: HashSet<String>,
    /// Whether the act only adds: what is new replaces nothing, and is flushed with the ledger when all is written.
    only_adds: bool,
    writes: usize,
    flushes: usize,
    replaced: usize,
}

impl Disk {
    /// Takes a line of strace in: `1234 fsync(7</path/to/file>) = 0`.
    fn call(&mut self, line: &str, store: &str, context: &str) {
        let Some((name, rest)) = line.split_once(' ').and_then(|(_, call)| call.trim_start().split_once('(')) else {
            return;
        };
        if name.starts_with("rename") {
            let temporary = rest.split('"').find(|part| part.ends_with(".memtui-tmp"));
            if let Some(temporary) = temporary {
                self.replaced += 1;
                let file = temporary.rsplit('/').next().unwrap();
                let dirty = self.dirty.iter().any(|path| path.ends_with(file));
                assert!(!dirty, "{context}: a file took its place before it was on the disk: {line}");
            }
            return;
        }
        let Some(path) = rest.split_once('<').and_then(|(_, path)| path.split('>').next()) else { return };
        if name == "fsync" || name == "fdatasync" {
            self.flushes += usize::from(path.contains("/ledger.db"));
            self.dirty.remove(path);
            return;
        }
        if path.starts_with(store) && !path.ends_with("-shm") {
            self.writes += 1;
            // What a restore replaces is in no ledger, but in a backup.
            let holders = ["ledger.db-wal", "/backup.json"];
            let held = self.dirty.iter().find(|path| holders.iter().any(|holder| path.ends_with(holder)));
            assert!(
                self.only_adds || held.is_none(),
                "{context}: the store was written while {held:?} was not on the disk: {line}"
            );
        }
        self.dirty.insert(path.to_owned());
    }
}

#[test]
fn the_ledger_is_on_the_disk_before_any_act_writes_to_a_store() {
    if !has_strace() {
        return;
    }
    let (mut acts_seen, mut writes, mut flushes, mut replaced) = (0, 0, 0, 0);
    for kind in Kind::ALL {
        let count = acts::all(&Place::new(kind)).len();
        for at in 0..count {
            if !full() && at % 4 != kind as usize {
                continue;
            }
            let place = Place::new(kind);
            let mut act = acts::all(&place).remove(at);
            act.prepare(&place);
            let log = place.aside("calls");
            let calls = "trace=write,pwrite64,fsync,fdatasync,msync,rename,renameat,renameat2,ftruncate";
            let code =
                act.carry_out(&place, &["strace", "-f", "-y", "-s", "0", "-e", calls, "-o", log.to_str().unwrap()]);
            assert_eq!(code, Some(0), "{} on {kind:?}", act.name);
            let mut disk = Disk { only_adds: act.name == "add", ..Disk::default() };
            let context = format!("{} on {kind:?}", act.name);
            let store = place.store_dir();
            for line in fs::read_to_string(&log).unwrap().lines() {
                disk.call(line, store.to_str().unwrap(), &context);
            }
            if disk.only_adds {
                let late = disk.dirty.iter().find(|path| path.ends_with("/ledger.db-wal"));
                assert!(late.is_none(), "{context}: it ended before {late:?} was on the disk");
            }
            if act.touches == Touches::Store {
                assert!(
                    disk.writes > 0 && disk.flushes > 0,
                    "{context}: {} writes, {} flushes",
                    disk.writes,
                    disk.flushes
                );
            }
            acts_seen += 1;
            writes += disk.writes;
            flushes += disk.flushes;
            replaced += disk.replaced;
        }
    }
    println!(
        "{acts_seen} acts, {writes} writes to stores after {flushes} flushes of the ledger, {replaced} files replaced"
    );
    assert!(writes > 0);
}
