//! What a person sees of the product's memories.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::*;
use crate::{
    memory::{Bucket, Signal, State},
    store::{Needle, ScanOf},
};

fn found(reader: &mut dyn Reader, needle: &Needle) -> Vec<i64> {
    let mut found = Vec::new();
    reader
        .search(needle, &mut |handle| {
            found.push(handle.0);
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

fn word(text: &str) -> Needle {
    Needle::Word(text.into(), false)
}

#[test]
fn both_schemas_are_recognised_and_nothing_else_is() {
    for version in BOTH {
        let it = Fixture::filled(version);
        assert!(recognises(&it.path));
        let store = it.store();
        assert_eq!((store.about().read_only.as_deref(), store.objection()), (None, None), "{version:?}");
        assert_eq!(store.about().product, "mcp-memory-service");
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(FILE_NAME);
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE memories(id INTEGER PRIMARY KEY, content TEXT)")
        .unwrap();
    assert!(!recognises(&path));
    assert!(matches!(open(&path, "mem".into(), Installation::default()), Err(Problem::NotAStore { .. })));
}

#[test]
fn memories_are_listed_with_what_the_product_knows_of_them() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let mut reader = it.reader();
        let page: Vec<i64> = reader.newest(3).unwrap().iter().map(|row| row.key.handle.0).collect();
        assert_eq!(page, [7, 6, 5]);
        let mut all = Vec::new();
        reader.outline(&mut |handle, time| all.push((handle.0, time))).unwrap();
        assert_eq!(all.first(), Some(&(7, Some(1_781_092_807_125))));
        assert_eq!(all.len(), 7);
        let rows = reader.rows(&[Handle(1), Handle(4), Handle(5), Handle(6), Handle(99)]).unwrap();
        assert_eq!(rows.len(), 4);
        assert_eq!(rows[0].id.to_string(), "mem:memory/1");
        assert_eq!(rows[0].title, "Deploys go through the queue.");
        assert_eq!((rows[0].scope.short(), rows[0].scope.agent.as_deref()), ("shop", Some("claude")));
        assert_eq!((rows[0].kind.as_str(), rows[0].bucket), ("decision", Bucket::Project));
        assert_eq!((rows[2].kind.as_str(), rows[3].kind.as_str()), ("tombstone", "association"));
        let memory = reader.memory(Handle(1)).unwrap().unwrap();
        assert_eq!(memory.tags, ["deploy", "proj:shop"]);
        let shown: Vec<&str> = memory.sections.iter().map(|section| section.name.as_str()).collect();
        assert_eq!(shown, ["content", "ratings", "relations"]);
        assert_eq!(memory.neighbours, [(Handle(2), "Deploys go straight to production.".to_owned())]);
        assert_eq!(reader.handle("memory/01"), None);
    }
}

#[test]
fn what_is_open_with_the_product_is_a_signal_with_its_reason() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let mut reader = it.reader();
        let (mut all, mut each) = (BTreeMap::new(), BTreeMap::new());
        let read = |into: &mut BTreeMap<i64, (bool, bool, bool)>, scanned: &crate::store::Scanned<'_>| {
            let told = (scanned.told.has(Signal::Unsettled), scanned.told.has(Signal::Noise), scanned.injected);
            into.insert(scanned.handle.0, told);
            ControlFlow::Continue(())
        };
        reader.scan(ScanOf::All, &mut |scanned| read(&mut all, scanned)).unwrap();
        let handles: Vec<Handle> = all.keys().map(|id| Handle(*id)).collect();
        reader.scan(ScanOf::These(&handles), &mut |scanned| read(&mut each, scanned)).unwrap();
        assert_eq!(all, each, "one look at all and a look at each agree");
        let expected = [
            (1, (true, false, true)),
            (2, (true, false, true)),
            (3, (true, false, true)),
            (4, (false, false, false)),
            (5, (false, false, false)),
            (6, (false, true, true)),
            (7, (true, false, false)),
        ];
        assert_eq!(all, expected.into());
        let mut reasons = |id: i64| -> String {
            let memory = reader.memory(Handle(id)).unwrap().unwrap();
            let told: Vec<String> = memory.findings.into_iter().map(|finding| finding.reason).collect();
            format!("{} / {}", told.join("; "), memory.injection.err().unwrap_or_default())
        };
        assert!(reasons(1).contains("contradiction with memory/2: Deploys go straight"), "{}", reasons(1));
        assert!(reasons(1).contains("`causes` to memory/3"), "{}", reasons(1));
        assert!(reasons(3).contains("quarantine: odd"));
        assert!(reasons(4).contains("memory/1 has taken its place"));
        assert!(reasons(5).contains("product has deleted it"));
        assert!(reasons(6).contains("consolidation"));
        assert!(reasons(7).contains("a memory that is gone") && reasons(7).contains("conflict:unresolved"));
        let states = [1, 3, 4, 5].map(|id| reader.memory(Handle(id)).unwrap().unwrap().state);
        assert_eq!(states, [State::Live, State::Quarantined, State::Superseded, State::Deleted]);
    }
}

#[test]
fn words_are_found_whatever_the_index_has_become() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let mut reader = it.reader();
        assert_eq!(found(reader.as_mut(), &word("deploys")), [2, 1]);
        assert_eq!(found(reader.as_mut(), &word("eploy")), [0_i64; 0], "a piece of a word is no word");
        assert_eq!(found(reader.as_mut(), &Needle::Word("deplo".into(), true)), [2, 1]);
        assert_eq!(found(reader.as_mut(), &Needle::Phrase("go through the".into())), [1]);
        assert_eq!(found(reader.as_mut(), &word("go")), [2, 1], "too short for trigrams");
        assert_eq!(found(reader.as_mut(), &Needle::Tag("deploy".into())), [2, 1]);
        assert_eq!(found(reader.as_mut(), &Needle::Tag("y, c".into())), [0_i64; 0]);
        assert_eq!(found(reader.as_mut(), &Needle::Session("S1".into())), [2, 1]);
        assert_eq!(found(reader.as_mut(), &Needle::File("a".into())), [0_i64; 0]);
        assert_eq!(reader.ranked(&[word("deploys"), word("queue")], 9).unwrap(), [Handle(1)]);
        // Changed in place by somebody: the index has the old words and not the new ones.
        it.sql().execute_batch("UPDATE memories SET content = 'Releases wait' WHERE id = 1").unwrap();
        assert_eq!(found(reader.as_mut(), &word("queue")), [0_i64; 0], "what is gone is not found");
        // Rows that the index lacks, as after an upgrade.
        it.sql().execute_batch("INSERT INTO memory_content_fts(memory_content_fts) VALUES ('delete-all')").unwrap();
        assert_eq!(found(reader.as_mut(), &word("nextest")), [7]);
        let trouble = |reader: &mut dyn Reader| {
            let findings = reader.check().unwrap();
            findings.into_iter().find(|finding| finding.what == "full-text index").unwrap().trouble
        };
        assert!(trouble(reader.as_mut()).unwrap().contains("lacks 7 memories"));
        it.sql().execute_batch(search::REBUILD).unwrap();
        assert_eq!(trouble(reader.as_mut()), None);
    }
}

#[test]
fn versions_of_a_memory_are_one_memory() {
    let it = Fixture::filled(Version::V12);
    it.memory(8, "Deploys go through the new queue.", "deploy", "");
    it.sql()
        .execute_batch(
            "UPDATE memories SET superseded_by = 'h8' WHERE id = 1;
             UPDATE memories SET parent_id = 'h1', version = 2 WHERE id = 8;",
        )
        .unwrap();
    let mut reader = it.reader();
    let mut all = Vec::new();
    reader.outline(&mut |handle, _| all.push(handle.0)).unwrap();
    assert_eq!(all, [1, 7, 6, 5, 4, 3, 2], "the newest version under the first one's name");
    assert_eq!(reader.rows(&[Handle(1)]).unwrap()[0].title, "Deploys go through the new queue.");
    assert_eq!(found(reader.as_mut(), &word("through")), [1]);
    // In a circle nothing is newest; nobody waits for ever.
    it.sql()
        .execute_batch(
            "UPDATE memories SET parent_id = 'h8' WHERE id = 1; UPDATE memories SET superseded_by = 'h1' WHERE id = 8",
        )
        .unwrap();
    assert!(reader.rows(&[Handle(1)]).unwrap().len() <= 1);
}

#[test]
fn what_is_no_text_or_no_json_does_no_harm() {
    let it = Fixture::filled(Version::V12);
    it.sql()
        .execute_batch(
            "UPDATE memories SET metadata = '[broken', tags = NULL, memory_type = NULL, created_at = 'x' WHERE id = 1;
             UPDATE memories SET metadata = x'00ff', created_at = NULL, created_at_iso = '2026-06-10T12:00:00Z' WHERE id = 2;",
        )
        .unwrap();
    let mut reader = it.reader();
    let rows = reader.rows(&[Handle(1), Handle(2)]).unwrap();
    assert_eq!((rows[0].created, rows[0].kind.as_str()), (None, "memory"));
    assert_eq!(rows[1].created, Some(1_781_092_800_000));
    let mut seen = 0;
    reader
        .scan(ScanOf::All, &mut |_| {
            seen += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 7);
    assert!(reader.check().unwrap().iter().any(|finding| finding.what == "vectors" && finding.trouble.is_none()));
}
