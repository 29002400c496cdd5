//! What is written into files while nothing of the product runs.

use super::*;
use crate::change::FieldValue;

fn text(field: &str, value: &str) -> (String, FieldValue) {
    (field.to_owned(), FieldValue::Text(value.to_owned()))
}

#[test]
fn pruning_everything_and_taking_it_back_leaves_every_byte() {
    let it = Fixture::filled();
    let (store, before) = (it.store(), it.bytes());
    let intents = natives(store.as_ref()).iter().map(|native| intent(native, Make::Delete)).collect();
    let (outcomes, changes) = apply(store.as_ref(), intents).unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied));
    assert_eq!(natives(store.as_ref()), Vec::<String>::new());
    assert!(!it.path.join("mem%3Amemories.bin").exists(), "a scope without records has no file");
    assert!(!it.path.join("mem%3Aindex%3Abm25.bin").exists(), "the engine makes its index again");
    apply(store.as_ref(), back(&changes)).unwrap();
    assert_eq!(it.bytes(), before);
}

#[test]
fn some_of_many_come_back_to_their_places() {
    let it = Fixture::filled();
    let (store, before) = (it.store(), it.bytes());
    for natives in [&["memory/mem_2", "memory/mem_4"][..], &["observation/obs_1", "lesson/lsn_1", "memory/mem_1"]] {
        let intents = natives.iter().map(|native| intent(native, Make::Delete)).collect();
        let (_, changes) = apply(store.as_ref(), intents).unwrap();
        assert_ne!(it.bytes(), before);
        apply(store.as_ref(), back(&changes)).unwrap();
        assert_eq!(it.bytes(), before);
    }
}

#[test]
fn an_edit_sets_fields_and_the_time_and_nothing_else() {
    let it = Fixture::filled();
    let (store, before) = (it.store(), it.bytes());
    let edit = vec![
        text("content", "Deploys run at noon"),
        ("concepts".to_owned(), FieldValue::List(vec!["release".into()])),
        text("state", "quarantined"),
    ];
    let (outcomes, changes) = apply(store.as_ref(), vec![intent("memory/mem_3", Make::Edit(edit))]).unwrap();
    assert_eq!(outcomes, [Outcome::Applied]);
    let (old, new) = (changes[0].before.clone().unwrap(), changes[0].after.clone().unwrap());
    let differ: Vec<&str> =
        new.own.columns.iter().filter(|it| !old.own.columns.contains(it)).map(|it| it.0.as_str()).collect();
    assert_eq!(differ, ["concepts", "content", "isLatest", "updatedAt"]);
    assert_eq!(read(store.as_ref(), "memory/mem_3").state, crate::memory::State::Quarantined);
    apply(store.as_ref(), back(&changes)).unwrap();
    assert_eq!(it.bytes(), before);
    let same = vec![text("title", "Deploys run at night"), text("project", "shop")];
    let (outcomes, _) = apply(store.as_ref(), vec![intent("memory/mem_3", Make::Edit(same))]).unwrap();
    assert_eq!((outcomes, it.bytes()), (vec![Outcome::Already], before));
}

#[test]
fn a_silently_superseded_memory_is_restored() {
    let it = Fixture::filled();
    let store = it.store();
    let live = Make::Edit(vec![text("state", "live")]);
    apply(store.as_ref(), vec![intent("memory/mem_1", live)]).unwrap();
    let memory = read(store.as_ref(), "memory/mem_1");
    assert_eq!((memory.state, memory.findings), (crate::memory::State::Live, Vec::new()));
}

#[test]
fn what_changed_meanwhile_is_a_conflict_and_odd_edits_are_refused() {
    let it = Fixture::filled();
    let store = it.store();
    let seen = image(store.as_ref(), "memory/mem_3").unwrap();
    let changed = memory("mem_3", "Deploys never run", json!({}));
    write_scope(&it.path, "mem:memories", &[changed].into_iter().collect());
    let stale = Intent { native: "memory/mem_3".into(), expect: Expect::Exactly(seen.digest()), make: Make::Delete };
    let (outcomes, _) = apply(store.as_ref(), vec![stale]).unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Conflict(Some(_))]));
    for (native, edit) in [
        ("memory/mem_3", text("strength", "9")),
        ("memory/mem_3", text("forgetAfter", "soon")),
        ("memory/mem_3", text("state", "gone")),
    ] {
        let (outcomes, _) = apply(store.as_ref(), vec![intent(native, Make::Edit(vec![edit]))]).unwrap();
        assert!(matches!(&outcomes[..], [Outcome::Refused(_)]), "{outcomes:?}");
    }
    let twice = vec![intent("memory/mem_3", Make::Delete), intent("memory/mem_3", Make::Delete)];
    let (outcomes, _) = apply(store.as_ref(), twice).unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Applied, Outcome::Refused(_)]));
}

#[test]
fn nothing_is_written_when_the_journal_fails() {
    let it = Fixture::filled();
    let (store, before) = (it.store(), it.bytes());
    let fail = &mut |_: &[Change]| Err(Problem::Journal("full".into()));
    let result = store.writer().unwrap().apply(vec![intent("memory/mem_3", Make::Delete)], fail);
    assert!(matches!(result, Err(Problem::Journal(_))));
    assert_eq!(it.bytes(), before);
}

#[test]
fn a_change_half_done_is_brought_to_its_end() {
    let it = Fixture::filled();
    let store = it.store();
    let intents = ["memory/mem_3", "lesson/lsn_1"].map(|native| intent(native, Make::Delete)).to_vec();
    let memories = fs::read(it.path.join("mem%3Amemories.bin")).unwrap();
    let (_, changes) = apply(store.as_ref(), intents).unwrap();
    // As after a crash between the two files.
    fs::write(it.path.join("mem%3Amemories.bin"), memories).unwrap();
    store.writer().unwrap().finish(&changes).unwrap();
    assert_eq!(image(store.as_ref(), "memory/mem_3"), None);
}

/// An export of the records of a filled store, and a standalone file, each in a setting of its own.
fn plain_files(directory: &Path) -> [PathBuf; 2] {
    let mut export = json!({ "version": "0.9.29", "exportedAt": "2026-06-10T00:00:00.000Z", "profiles": [] });
    let mut standalone = Map::new();
    for (scope, records) in scopes() {
        let Some((kind, owner)) = kind::Kind::of_scope(scope) else { continue };
        if let Some(field) = kind.exported() {
            let list = records.values().cloned().collect::<Json>();
            export[field] = if owner.is_empty() { list } else { json!({ owner: list }) };
        }
        if scope == "mem:memories" {
            standalone.insert(scope.to_owned(), Json::Object(records));
        }
    }
    let paths = [directory.join("export.json"), directory.join("standalone.json")];
    fs::write(&paths[0], serde_json::to_string(&export).unwrap()).unwrap();
    fs::write(&paths[1], serde_json::to_string_pretty(&standalone).unwrap() + "\n").unwrap();
    paths
}

#[test]
fn exports_and_standalone_files_are_stores_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    for path in plain_files(dir.path()) {
        let store = open(&path, PRODUCT.to_owned(), Installation::default()).unwrap();
        let (before, all) = (fs::read(&path).unwrap(), natives(store.as_ref()));
        assert!(all.contains(&"memory/mem_3".to_owned()));
        let intents = all.iter().map(|native| intent(native, Make::Delete)).collect();
        let (outcomes, changes) = apply(store.as_ref(), intents).unwrap();
        assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");
        assert!(natives(store.as_ref()).is_empty());
        apply(store.as_ref(), back(&changes)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), before, "{}", path.display());
    }
}

#[test]
fn a_file_set_in_another_way_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let [path, _] = plain_files(dir.path());
    let odd = fs::read_to_string(&path).unwrap().replacen("\"profiles\":[]", "\"profiles\": [ ]", 1);
    fs::write(&path, &odd).unwrap();
    let store = open(&path, PRODUCT.to_owned(), Installation::default()).unwrap();
    let (outcomes, _) = apply(store.as_ref(), vec![intent("memory/mem_3", Make::Delete)]).unwrap();
    assert!(matches!(&outcomes[..], [Outcome::Refused(reason)] if reason.contains("is not set as its product")));
    assert_eq!(fs::read_to_string(&path).unwrap(), odd);
}

#[test]
fn new_memories_are_whole_records() {
    let it = Fixture::filled();
    let (store, before) = (it.store(), it.bytes());
    let column = |name: &str, value: &str| (name.to_owned(), crate::memory::Value::Text(value.as_bytes().to_vec()));
    let record = |columns| crate::memory::Record { table: "memory".into(), columns };
    let mut composed = store
        .writer()
        .unwrap()
        .compose(&[
            record(vec![column("content", "Tea is sold by weight\nonly"), column("concepts", "[\"tea\"]")]),
            record(vec![column("content", "Deploys run at night"), column("project", "shop")]),
            record(vec![column("strength", "9")]),
        ])
        .unwrap();
    assert!(composed.pop().unwrap().unwrap_err().contains("no column `strength`"));
    assert_eq!(composed.pop().unwrap().unwrap_err(), "memory/mem_3 says the same");
    let (native, image) = composed.pop().unwrap().unwrap();
    let (_, changes) = apply(store.as_ref(), vec![intent(&native, Make::Put(image))]).unwrap();
    let memory = read(store.as_ref(), &native);
    assert_eq!((memory.title.as_str(), memory.tags.as_slice()), ("Tea is sold by weight", &["tea".to_owned()][..]));
    apply(store.as_ref(), back(&changes)).unwrap();
    assert_eq!(it.bytes(), before);
}
