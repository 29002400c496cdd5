//! The same for moves between two stores: a kill anywhere leaves every memory in one place.

use std::fs;

use super::*;

const AGENTS: &str = "# Shop\n\n## Build\n\nUse make.";

/// A database, and a project beside it.
fn place() -> Place {
    let place = Place::with(3);
    fs::create_dir_all(place.dir.path().join("shop")).unwrap();
    fs::write(agents(&place), AGENTS).unwrap();
    place
}

fn agents(place: &Place) -> PathBuf {
    place.dir.path().join("shop/AGENTS.md")
}

fn both(place: &Place, args: &[&str]) -> Command {
    let mut command = place.command(env!("CARGO_BIN_EXE_memtui"));
    command.arg("--store").arg(place.db()).arg("--store").arg(place.dir.path().join("shop")).args(args);
    command
}

/// How many times the memories stand in the database, and in the file.
fn copies(place: &Place) -> (i64, usize) {
    let db = Connection::open(place.db()).unwrap();
    let rows: i64 = db.query_row("SELECT COUNT(*) FROM observations", [], |row| row.get(0)).unwrap();
    (rows, fs::read_to_string(agents(place)).unwrap().matches("## The cart keeps its lines").count())
}

#[test]
fn a_kill_between_two_stores_leaves_every_memory_in_one_place() {
    let moved = ["move", "--where", "kind:discovery", "--to", "instructions:AGENTS.md", "--yes"];
    let points =
        ["begun", "journalled", "placed", "written", "phase", "begun:2", "journalled:2", "written:2", "phase:2"];
    for act in [&moved[..], &["undo"], &["redo"]] {
        for at in points {
            let place = place();
            let original = (place.dump(), AGENTS.to_owned());
            let now = |place: &Place| (place.dump(), fs::read_to_string(agents(place)).unwrap());
            let before: &[&[&str]] = match act {
                ["undo"] => &[&moved],
                ["redo"] => &[&moved, &["undo"]],
                _ => &[],
            };
            for args in before {
                let done = both(&place, args).output().unwrap();
                assert!(done.status.success(), "{args:?}: {}", String::from_utf8_lossy(&done.stderr));
            }
            let killed = both(&place, act).env("MEMTUI_CRASH_AT", at).output().unwrap();
            if killed.status.code().is_some() {
                // The act has no such step.
                continue;
            }
            let next = both(&place, &["log"]).output().unwrap();
            assert!(next.status.success(), "{act:?} at {at}: {}", String::from_utf8_lossy(&next.stderr));
            let said = String::from_utf8_lossy(&next.stderr).into_owned();
            assert!(matches!(copies(&place), (3, 0) | (0, 3)), "{act:?} at {at}: {:?}\n{said}", copies(&place));
            if copies(&place) == (0, 3) {
                let undone = both(&place, &["undo"]).output().unwrap();
                assert!(undone.status.success(), "{}", String::from_utf8_lossy(&undone.stderr));
            }
            assert_eq!(now(&place), original, "{act:?} at {at}\n{said}");
            let check = both(&place, &["check"]).output().unwrap();
            assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stdout));
        }
    }
}
