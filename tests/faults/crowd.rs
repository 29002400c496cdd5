//! Several memtui at once on one ledger and one store, each doing what it likes.

use std::{fs, thread};

use serde_json::json;

use super::{
    chance::Chance,
    full,
    place::{Kind, Place, said},
};

/// One line of somebody's, by chance.
fn deed(ids: &[String], field: &str, chance: &mut Chance) -> Vec<String> {
    let id = |chance: &mut Chance| ids[chance.below(ids.len())].clone();
    let line = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    match chance.below(8) {
        0 | 1 => {
            let mut words = line(&["prune", "--yes"]);
            words.extend((0..3).map(|_| id(chance)));
            words
        }
        2 => line(&["edit", &id(chance), "--set", &format!("{field}=value-{}", chance.below(1000))]),
        3 => line(&["set", &id(chance), if chance.below(2) == 0 { "--pin" } else { "--unpin" }]),
        4 => line(&["undo"]),
        5 => line(&["redo"]),
        6 => line(&["queue", "approve", &format!("{}@1", 1 + chance.below(4))]),
        _ => line(&["--option", "observe=all", "watch", "--once"]),
    }
}

#[test]
fn many_memtui_at_once_do_each_thing_once_and_lose_nothing() {
    let (people, deeds) = if full() { (6, 100) } else { (3, 4) };
    let mut acts = 0;
    for kind in Kind::ALL {
        let place = Place::new(kind);
        let ids = place.ids();
        let original = place.state();
        let step =
            |id: &String| json!({ "do": "edit", "id": id, "set": { kind.field(): format!("proposed for {id}") } });
        let forms: Vec<_> =
            ids.iter().take(4).map(|id| json!({ "label": "edit", "reason": "r", "steps": [step(id)] })).collect();
        fs::write(place.aside("proposals.json"), json!(forms).to_string()).unwrap();
        assert!(place.run(&["queue", "import", place.aside("proposals.json").to_str().unwrap()]).status.success());
        let (place, ids) = (&place, &ids);
        thread::scope(|scope| {
            for person in 0..people {
                scope.spawn(move || {
                    let mut chance = Chance::new(person + 100);
                    for _ in 0..deeds {
                        let words = deed(ids, kind.field(), &mut chance);
                        let output = place.memtui(&[], &words).output().unwrap();
                        // Others were quicker, it moved, or another memtui had the turn for too long: then that is said.
                        let code = output.status.code();
                        assert!(matches!(code, Some(0..=3)), "{kind:?} {words:?}: {}", said(&output));
                        assert!(
                            code == Some(0) || !output.stderr.is_empty(),
                            "{kind:?} {words:?} says nothing: {code:?}"
                        );
                        let taken = said(&output).contains("another memtui");
                        assert!(code != Some(3) || taken, "{kind:?} {words:?}: {}", said(&output));
                    }
                });
            }
        });
        acts += people * deeds;
        let seen = place.json(&["log", "--limit", "10000", "--json"]);
        let foreign: Vec<_> = seen.iter().filter(|line| line["label"] == "observe").collect();
        assert!(foreign.is_empty(), "{kind:?}: what a memtui did was taken for somebody else's: {foreign:?}");
        place.undo_all("after the crowd");
        assert!(place.state() == original, "{kind:?}: not as it was");
        assert!(place.run(&["check"]).status.success(), "{kind:?}");
    }
    println!("{acts} acts of {people} memtui at once, nothing lost, nothing done twice");
}
