//! The same for memories in files, where one act changes several: a kill between two of them.

use std::{collections::BTreeMap, fs};

use super::*;

const MEMORY: &str = "HOME/.claude/projects/-shop/memory";
const INDEX: &str = "# Index\n\n- [One](one.md) — first\n- [Two](two.md)\n- [Three](three.md)\n\n## Loose\n\nText.\n";

/// A home with three memories, their index and a note in it.
fn home() -> Place {
    let place = Place { dir: tempfile::tempdir().unwrap() };
    let memory = place.dir.path().join(MEMORY);
    fs::create_dir_all(&memory).unwrap();
    fs::write(memory.join("MEMORY.md"), INDEX).unwrap();
    for name in ["one", "two", "three"] {
        fs::write(memory.join(format!("{name}.md")), format!("---\nname: {name}\ntype: user\n---\r\nText of {name}"))
            .unwrap();
    }
    place
}

fn contents(place: &Place) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(place.dir.path().join(MEMORY)).into_iter().flatten().flatten();
    entries.map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap())).collect()
}

fn memtui(place: &Place, args: &[&str]) -> Command {
    let mut command = place.command(env!("CARGO_BIN_EXE_memtui"));
    command.args(args);
    command
}

#[test]
fn a_kill_between_two_files_is_settled_by_the_next_start() {
    for act in [&["prune", "--where", "kind:user", "--yes"][..], &["undo"]] {
        for at in ["begun", "journalled", "placed", "placed:2", "placed:3", "placed:4", "written"] {
            let place = home();
            let original = contents(&place);
            if act == ["undo"] {
                assert!(memtui(&place, &["prune", "--where", "kind:user", "--yes"]).status().unwrap().success());
            }
            let before = contents(&place);
            let killed = memtui(&place, act).env("MEMTUI_CRASH_AT", at).output().unwrap();
            assert!(killed.status.code().is_none(), "{act:?} at {at}: {}", String::from_utf8_lossy(&killed.stderr));
            let next = memtui(&place, &["log"]).output().unwrap();
            assert!(next.status.success(), "{at}: {}", String::from_utf8_lossy(&next.stderr));
            let mut after = contents(&place);
            after.retain(|name, _| !name.ends_with(".memtui-tmp"));
            let pruned = BTreeMap::from([("MEMORY.md".to_owned(), b"# Index\n\n\n## Loose\n\nText.\n".to_vec())]);
            let other = if before == original { pruned } else { original.clone() };
            assert!(after == before || after == other, "{act:?} at {at}: {after:?}");
            // What was not begun stays undone; what was begun is brought to its end.
            assert_eq!(after == before, matches!(at, "begun" | "journalled"), "{act:?} at {at}");
            Place::undo_all_with(&mut |args| memtui(&place, args).output().unwrap());
            assert_eq!(contents(&place), original, "{act:?} at {at}");
        }
    }
}
