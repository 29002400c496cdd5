//! What is read of the files.

use std::ops::ControlFlow;

use super::*;
use crate::{
    memory::{Signal, State},
    store::{Needle, Origin, ScanOf, discover},
};

#[test]
fn every_kind_is_listed_newest_first_with_its_scope() {
    let it = Fixture::filled();
    let store = it.store();
    let natives = natives(store.as_ref());
    assert_eq!(natives.first().map(String::as_str), Some("memory/mem_2"));
    for kind in kind::Kind::ALL.iter().filter(|kind| **kind != kind::Kind::Crystal) {
        assert!(natives.iter().any(|native| native.starts_with(kind.word())), "{kind:?}");
    }
    let memory = read(store.as_ref(), "memory/mem_3");
    assert_eq!((memory.row.kind.as_str(), memory.row.scope.project.as_deref()), ("workflow", Some("shop")));
    assert_eq!(memory.row.scope.agent.as_deref(), Some("claude-code"));
    assert_eq!(memory.provenance.session_title.as_deref(), Some("Fix the queue"));
    assert_eq!(memory.tags, ["queue", "status=needs-review"]);
    assert_eq!(memory.accessed, source::moment("2026-07-01T00:00:00Z"));
    let observation = read(store.as_ref(), "observation/obs_1");
    assert_eq!(observation.row.scope.project.as_deref(), Some("shop"), "that of its session");
    assert_eq!(observation.sections[1].items, ["It is slow"]);
    assert_eq!(read(store.as_ref(), "slot/global/persona").sections[0].items, ["Terse"]);
}

#[test]
fn states_and_what_is_open_are_told() {
    let it = Fixture::filled();
    let store = it.store();
    let state = |native: &str| read(store.as_ref(), native).state;
    assert_eq!(state("memory/mem_1"), State::Superseded);
    assert_eq!(state("memory/mem_2"), State::Live);
    assert_eq!(state("memory/mem_4"), State::Quarantined);
    assert_eq!(state("memory/mem_5"), State::Expired);
    assert_eq!(state("lesson/lsn_2"), State::Deleted);
    let silently = read(store.as_ref(), "memory/mem_1");
    assert!(silently.injection.unwrap_err().starts_with("memory/mem_2 has taken its place"));
    assert!(silently.findings[0].reason.contains("without being asked"));
    let mut open = Vec::new();
    let mut reader = store.reader().unwrap();
    reader
        .scan(ScanOf::All, &mut |scanned| {
            if scanned.told.has(Signal::Unsettled) {
                open.push(scanned.handle);
            }
            assert!(scanned.kind != "fact" || scanned.origin == Origin::Agent);
            ControlFlow::Continue(())
        })
        .unwrap();
    let mut open: Vec<String> = open.into_iter().map(|handle| reader.native(handle)).collect();
    open.sort();
    assert_eq!(open, ["memory/mem_1", "memory/mem_3", "memory/mem_4", "memory/mem_5"]);
}

#[test]
fn what_evolve_replaced_on_purpose_is_not_open() {
    let it = Fixture::filled();
    let relation = json!({ "createdAt": "2026-06-03T10:00:00.000Z", "sourceId": "mem_2", "targetId": "mem_1",
        "type": "supersedes" });
    write_scope(&it.path, "mem:relations", &Map::from_iter([("rel_1".to_owned(), relation)]));
    let memory = read(it.store().as_ref(), "memory/mem_1");
    assert_eq!((memory.state, memory.findings), (State::Superseded, Vec::new()));
}

#[test]
fn versions_are_those_of_the_chain_and_what_they_say_can_be_had_again() {
    let it = Fixture::filled();
    let store = it.store();
    let mut reader = store.reader().unwrap();
    let handle = reader.handle("memory/mem_2").unwrap();
    let versions = reader.versions(handle).unwrap();
    let told: Vec<(&str, bool)> = versions.iter().map(|version| (version.native.as_str(), version.current)).collect();
    assert_eq!(told, [("memory/mem_2", true), ("memory/mem_1", false)]);
    let again = versions[1].image.clone().unwrap();
    assert_eq!(again.own.get("content"), Some(&crate::memory::Value::Text(b"The queue has ten workers".to_vec())));
    assert_eq!(again.own.get("id"), Some(&crate::memory::Value::Text(b"mem_2".to_vec())));
    let (outcomes, changes) = apply(store.as_ref(), vec![intent("memory/mem_2", Make::Put(again))]).unwrap();
    assert_eq!(outcomes, [Outcome::Applied]);
    apply(store.as_ref(), back(&changes)).unwrap();
    assert_eq!(reader.versions(handle).unwrap(), versions);
}

#[test]
fn searching_looks_through_texts_titles_tags_files_and_sessions() {
    let it = Fixture::filled();
    let mut reader = it.store().reader().unwrap();
    let mut count = |needle: &Needle| {
        let mut found = 0;
        reader
            .search(needle, &mut |_| {
                found += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        found
    };
    assert_eq!(count(&Needle::Phrase("twelve workers".into())), 1);
    assert_eq!(count(&Needle::Tag("OPS".into())), 3);
    assert_eq!(count(&Needle::File("queue.rs".into())), 5);
    assert_eq!(count(&Needle::Session("ses_1".into())), 9);
    assert_eq!(count(&Needle::Word("twel".into(), true)), 1);
    assert_eq!(count(&Needle::Word("twel".into(), false)), 0);
    let best = reader.ranked(&[Needle::Word("queue".into(), false)], 1).unwrap();
    assert!(["memory/mem_1", "memory/mem_2"].contains(&reader.native(best[0]).as_str()));
}

#[test]
fn a_store_is_known_by_what_it_holds() {
    let it = Fixture::filled();
    let environment = discover::Environment::default();
    let inner = it.path.join("mem%3Amemories.bin");
    for path in [it.path.as_path(), it.path.parent().unwrap(), inner.as_path()] {
        let store = discover::open_in(&environment, path, &[PRODUCT.to_owned()]).unwrap();
        assert_eq!((store.about().name.as_str(), store.about().path.as_path()), ("agentmemory-2", it.path.as_path()));
    }
    let data = it.path.parent().unwrap().to_str().unwrap().to_owned();
    let variables = [("AGENTMEMORY_DATA_DIR".to_owned(), data)].into();
    let found = discover::discover(&discover::Environment { variables, ..discover::Environment::default() });
    assert_eq!(found.stores[0].about().name, PRODUCT);
}

#[test]
fn a_damaged_file_is_told_and_the_others_are_read() {
    let it = Fixture::filled();
    fs::write(it.path.join("mem%3Alessons.bin"), "garbage").unwrap();
    let store = it.store();
    assert!(natives(store.as_ref()).iter().all(|native| !native.starts_with("lesson")));
    let findings = store.reader().unwrap().check().unwrap();
    assert!(findings[0].what.ends_with("mem%3Alessons.bin") && findings[0].trouble.is_some(), "{findings:?}");
}

#[test]
fn reading_writes_nothing() {
    let it = Fixture::filled();
    let all = |path: &Path| {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
        let mut all: Vec<_> =
            entries.map(|entry| (entry.file_name(), entry.metadata().unwrap().modified().unwrap())).collect();
        all.sort();
        all
    };
    let before = all(&it.path);
    let store = it.store();
    for native in natives(store.as_ref()) {
        read(store.as_ref(), &native);
    }
    store.reader().unwrap().check().unwrap();
    assert_eq!(all(&it.path), before);
}
