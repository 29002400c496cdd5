//! What becomes of the product's memories, and that all of it can be taken back.

use proptest::prelude::*;

use super::*;
use crate::change::FieldValue;

fn text(field: &str, value: &str) -> Make {
    Make::Edit(vec![(field.into(), FieldValue::Text(value.into()))])
}

fn tags(tags: &[&str]) -> Make {
    Make::Edit(vec![("tags".into(), FieldValue::List(tags.iter().map(|tag| (*tag).to_owned()).collect()))])
}

fn prune(it: &Fixture, ids: &[i64]) -> Vec<Change> {
    let intents = ids.iter().map(|id| Intent { native: native(*id), expect: Expect::Anything, make: Make::Delete });
    let (outcomes, changes) = it.apply_all(intents.collect());
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");
    changes
}

fn listed(it: &Fixture) -> Vec<i64> {
    let mut all = Vec::new();
    it.reader().outline(&mut |handle, _| all.push(handle.0)).unwrap();
    all.sort_unstable();
    all
}

fn one<T: rusqlite::types::FromSql>(it: &Fixture, sql: &str) -> T {
    it.sql().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_prune_deletes_as_the_product_does_and_comes_back_to_the_byte() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let before = it.dump();
        let first = prune(&it, &[1]);
        assert_eq!(listed(&it), [2, 3, 4, 5, 6, 7]);
        assert!(one::<f64>(&it, "SELECT deleted_at FROM memories WHERE id = 1") > 1.7e9);
        assert_eq!(one::<i64>(&it, "SELECT count(*) FROM memory_embeddings_rowids WHERE rowid = 1"), 0);
        assert_eq!(one::<i64>(&it, "SELECT count(*) FROM memory_graph WHERE 'h1' IN (source_hash, target_hash)"), 0);
        let rest = prune(&it, &[2, 3, 4, 5, 6, 7]);
        assert!(listed(&it).is_empty());
        assert_eq!(one::<i64>(&it, "SELECT count(*) FROM memories"), 7, "no row is ever gone");
        assert_eq!(it.apply("memory/1", Expect::Anything, Make::Delete).0, Outcome::Already);
        assert!(it.take_back(&rest).iter().all(|outcome| *outcome == Outcome::Applied));
        assert_eq!(it.take_back(&first), [Outcome::Applied]);
        assert_eq!(it.dump(), before, "{version:?}");
        assert_eq!(it.take_back(&first), [Outcome::Already]);
    }
}

#[test]
fn relations_come_back_whatever_the_order() {
    let it = Fixture::filled(Version::V12);
    let before = it.dump();
    let (one, two) = (prune(&it, &[1]), prune(&it, &[2]));
    it.take_back(&one);
    it.take_back(&two);
    assert_eq!(it.dump(), before);
}

#[test]
fn a_vector_finds_a_place_when_its_own_is_taken() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let pruned = prune(&it, &[2, 3]);
        for id in 10..=20 {
            it.memory(id, &format!("memory of the product {id}"), "x", "");
            it.vector(id);
        }
        assert_eq!(one::<i64>(&it, "SELECT count(*) FROM memory_embeddings_chunks"), 2);
        assert!(it.take_back(&pruned).iter().all(|outcome| *outcome == Outcome::Applied));
        let (conn, vectors) = (it.sql(), it.vectors());
        for id in [1, 2, 3, 10, 20] {
            let (record, _) = vectors.record(&conn, id).unwrap().unwrap();
            assert_eq!(record.get("content_embedding"), Some(&Value::Blob(bytes_of(id))), "{id}");
        }
        let mut taken: Vec<(i64, i64)> = Vec::new();
        let mut statement = conn.prepare("SELECT chunk_id, chunk_offset FROM memory_embeddings_rowids").unwrap();
        let slots = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        taken.extend(slots.map(rusqlite::Result::unwrap));
        let all = taken.len();
        taken.sort_unstable();
        taken.dedup();
        assert_eq!(taken.len(), all, "no slot is given twice");
    }
}

#[test]
fn tags_and_types_change_in_place() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let before = it.dump();
        let image = it.reader().image(Handle(1)).unwrap().unwrap();
        let (outcome, changes) = it.apply("memory/1", Expect::Exactly(image.digest()), tags(&["release", "ci"]));
        assert_eq!(outcome, Outcome::Applied);
        assert_eq!(one::<String>(&it, "SELECT tags FROM memories WHERE id = 1"), "release,ci");
        let apart = "SELECT abs(updated_at - unixepoch(updated_at_iso, 'subsec')) < 0.002 FROM memories WHERE id = 1";
        assert!(one::<bool>(&it, apart), "both times are written");
        let (outcome, more) = it.apply("memory/1", Expect::Anything, text("memory_type", "learning"));
        assert_eq!(outcome, Outcome::Applied);
        assert_eq!(it.take_back(&more), [Outcome::Applied]);
        assert_eq!(it.take_back(&changes), [Outcome::Applied]);
        assert_eq!(it.dump(), before);
        let (_, emptied) = it.apply("memory/1", Expect::Anything, tags(&[]));
        assert_eq!(one::<String>(&it, "SELECT tags FROM memories WHERE id = 1"), "untagged");
        it.take_back(&emptied);
        let refused = |make| matches!(it.apply("memory/1", Expect::Anything, make).0, Outcome::Refused(_));
        assert!(refused(tags(&["a,b"])) && refused(text("memory_type", " ")) && refused(text("title", "x")));
        assert!(refused(text("state", "tombstone")) && refused(text("content", " ")));
        assert_eq!(it.apply("memory/2", Expect::Anything, tags(&["deploy", "ci"])).0, Outcome::Already);
        assert_eq!(it.dump(), before);
    }
}

#[test]
fn a_new_text_is_a_new_version_under_the_same_name() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let before = it.dump();
        let (outcome, changes) = it.apply("memory/1", Expect::Anything, text("content", "Deploys wait for a person."));
        assert_eq!(outcome, Outcome::Applied);
        assert_eq!(listed(&it), [1, 2, 3, 4, 5, 6, 7]);
        let row = "SELECT parent_id || version || tags || content_hash FROM memories WHERE id = 8";
        let hash = edit::hash("Deploys wait for a person.");
        assert_eq!(one::<String>(&it, row), format!("h12deploy,proj:shop{hash}"));
        let old = "SELECT superseded_by = json_extract(metadata, '$.superseded_by') FROM memories WHERE id = 1";
        assert!(one::<bool>(&it, old));
        let mut reader = it.reader();
        assert_eq!(reader.rows(&[Handle(1)]).unwrap()[0].title, "Deploys wait for a person.");
        let (vector, _) = it.vectors().record(&it.sql(), 8).unwrap().unwrap();
        assert_eq!(vector.get("content_embedding"), Some(&Value::Blob(bytes_of(1))), "found by its older meaning");
        it.dump();
        let edited = it.dump();
        // Back: the version is deleted as the product deletes, everything else is as it was.
        assert_eq!(it.take_back(&changes), [Outcome::Applied]);
        let rest: Vec<String> = it
            .dump()
            .into_iter()
            .filter(|line| !line.contains(" id=Integer(8)") && !line.contains("memories: id=Integer(8)"))
            .collect();
        assert_eq!(rest, before);
        // And forward again.
        let (outcomes, _) = it.apply_all(changes.iter().map(|change| turned(change, false)).collect());
        assert_eq!(outcomes, [Outcome::Applied]);
        assert_eq!(it.dump(), edited);
        // The same text a second time takes the same row.
        it.take_back(&changes);
        it.apply("memory/1", Expect::Anything, text("content", "Deploys wait for a person."));
        assert_eq!(one::<i64>(&it, "SELECT count(*) FROM memories"), 8);
        // A version of the version, pruned and put back.
        it.apply("memory/1", Expect::Anything, text("content", "Deploys wait for two persons."));
        let third = it.dump();
        let pruned = prune(&it, &[1]);
        assert_eq!(listed(&it), [2, 3, 4, 5, 6, 7], "none of its versions is left");
        it.take_back(&pruned);
        assert_eq!(it.dump(), third);
    }
}

#[test]
fn a_roll_back_over_several_versions_finds_its_way() {
    let it = Fixture::filled(Version::V12);
    let first = it.reader().image(Handle(1)).unwrap().unwrap();
    let before = it.dump();
    it.apply("memory/1", Expect::Anything, text("content", "second"));
    it.apply("memory/1", Expect::Anything, text("content", "third"));
    let versions = it.reader().versions(Handle(1)).unwrap();
    let told: Vec<(&str, &str, bool)> =
        versions.iter().map(|it| (it.native.as_str(), it.note.as_str(), it.current)).collect();
    assert_eq!(told, [("row 9", "version 3", true), ("row 8", "version 2", false), ("row 1", "version 1", false)]);
    let oldest = versions.into_iter().next_back().unwrap().image.unwrap();
    assert_eq!(oldest.digest(), first.digest());
    let (outcome, changes) = it.apply("memory/1", Expect::Anything, Make::Put(oldest));
    assert_eq!(outcome, Outcome::Applied);
    let first_rows = |dump: Vec<String>| -> Vec<String> {
        dump.into_iter().filter(|line| line.starts_with("memories: id=Integer(1)")).collect()
    };
    assert_eq!(first_rows(it.dump()), first_rows(before));
    assert_eq!(it.take_back(&changes), [Outcome::Applied]);
    assert_eq!(it.reader().rows(&[Handle(1)]).unwrap()[0].title, "third");
}

#[test]
fn texts_that_the_product_would_not_keep_apart_are_refused() {
    let it = Fixture::filled(Version::V12);
    it.apply("memory/1", Expect::Anything, text("content", "A fresh text"));
    let refused = |native: &str, content: &str| match it.apply(native, Expect::Anything, text("content", content)).0 {
        Outcome::Refused(reason) => reason,
        other => panic!("{other:?}"),
    };
    assert!(refused("memory/1", " a FRESH text").contains("case"));
    assert!(refused("memory/2", "A fresh text").contains("memory/1 says exactly this"));
    prune(&it, &[1]);
    assert!(refused("memory/2", "A fresh text").contains("was deleted"));
    assert!(refused("memory/5", "x").contains("tombstone"));
}

#[test]
fn what_the_product_put_away_is_brought_back_and_put_away_again() {
    for version in BOTH {
        let it = Fixture::filled(version);
        let before = it.dump();
        let mut taken = Vec::new();
        for (id, state) in [(3, "quarantined"), (4, "superseded"), (5, "tombstone"), (7, "superseded")] {
            let edit = it.reader().editable(Handle(id)).unwrap().unwrap();
            assert!(edit.contains(&("state".into(), FieldValue::Text(state.into()))), "{edit:?}");
            let (outcome, mut changes) = it.apply(&native(id), Expect::Anything, text("state", "live"));
            assert_eq!(outcome, Outcome::Applied, "{id}");
            taken.append(&mut changes);
            let memory = it.reader().memory(Handle(id)).unwrap().unwrap();
            assert_eq!(memory.state, crate::memory::State::Live, "{id}");
            assert!(memory.injection.is_ok());
        }
        let restored = it.reader().memory(Handle(5)).unwrap().unwrap();
        assert!(restored.findings[0].reason.contains("no vector"), "{:?}", restored.findings);
        assert!(it.take_back(&taken).iter().all(|outcome| *outcome == Outcome::Applied));
        assert_eq!(it.dump(), before);
    }
}

#[test]
fn a_recall_is_no_change() {
    let it = Fixture::filled(Version::V12);
    let seen = it.reader().image(Handle(1)).unwrap().unwrap().digest();
    it.sql()
        .execute_batch(
            "UPDATE memories SET metadata = json_set(metadata, '$.access_count', 3, '$.access_queries', json('[]')),
                last_accessed = 9 WHERE id = 1",
        )
        .unwrap();
    let (outcome, changes) = it.apply("memory/1", Expect::Exactly(seen), tags(&["new"]));
    assert_eq!(outcome, Outcome::Applied);
    it.sql().execute_batch("UPDATE memories SET last_accessed = 10 WHERE id = 1").unwrap();
    assert_eq!(it.take_back(&changes), [Outcome::Applied]);
    assert_eq!(one::<i64>(&it, "SELECT last_accessed FROM memories WHERE id = 1"), 10);
    assert_eq!(one::<i64>(&it, "SELECT json_extract(metadata, '$.access_count') FROM memories WHERE id = 1"), 3);
    it.sql().execute_batch("UPDATE memories SET tags = 'theirs' WHERE id = 1").unwrap();
    let conflict = it.apply("memory/1", Expect::Exactly(seen), tags(&["mine"])).0;
    assert!(matches!(conflict, Outcome::Conflict(Some(_))));
}

#[test]
fn what_the_product_stored_again_stands_in_the_way_by_name() {
    let it = Fixture::filled(Version::V12);
    let pruned = prune(&it, &[1]);
    it.sql().execute_batch("DELETE FROM memories WHERE id = 1").unwrap();
    it.sql()
        .execute_batch(
            "INSERT INTO memories(id, content_hash, content) VALUES (50, 'h1', 'Deploys go through the queue.')",
        )
        .unwrap();
    let told = it.take_back(&pruned);
    assert!(matches!(&told[0], Outcome::Refused(reason) if reason.contains("memory/50")), "{told:?}");
    it.sql().execute_batch("DELETE FROM memories WHERE id = 50").unwrap();
    assert_eq!(it.take_back(&pruned), [Outcome::Applied], "a row that is gone is made again");
}

#[test]
fn a_database_that_cannot_be_written_safely_says_why() {
    let refused = |sql: &str, reason: &str| {
        let it = Fixture::filled(Version::V12);
        it.sql().execute_batch(sql).unwrap();
        let told = it.store().objection().unwrap();
        assert!(told.contains(reason), "{told}");
        assert!(matches!(it.store().writer(), Err(Problem::ReadOnly { .. })));
        assert_eq!(it.reader().newest(20).unwrap().len(), 7, "it can be read all the same");
    };
    refused("INSERT INTO sync_events(content_hash) VALUES ('h1')", "other machines");
    refused("CREATE TRIGGER spy AFTER UPDATE ON memories BEGIN DELETE FROM metadata; END", "trigger spy");
    let it = Fixture::filled(Version::V12);
    let variables = [("MCP_MEMORY_SQLITE_PATH", it.path.to_str().unwrap()), ("MCP_MEMORY_STORAGE_BACKEND", "hybrid")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let store = open(&it.path, "mem".into(), Installation { home: None, variables }).unwrap();
    assert!(store.objection().unwrap().contains("hybrid"));
    assert!(matches!(store.writer(), Err(Problem::ReadOnly { .. })));
}

#[test]
fn without_vectors_that_are_understood_the_rest_still_works() {
    for version in BOTH {
        let it = Fixture::filled(version);
        it.sql().execute_batch("ALTER TABLE memory_embeddings_chunks ADD COLUMN later").unwrap();
        let store = it.store();
        assert_eq!(store.objection(), None);
        let findings = store.reader().unwrap().check().unwrap();
        let trouble = findings.into_iter().find(|finding| finding.what == "vectors").unwrap().trouble;
        assert!(trouble.unwrap().contains("memory_embeddings_chunks is not as memtui knows it"));
        let before = it.dump();
        let pruned = prune(&it, &[1, 2]);
        assert_eq!(one::<i64>(&it, "SELECT count(*) FROM memory_embeddings_rowids"), 6, "vectors stay where they are");
        it.take_back(&pruned);
        assert_eq!(it.dump(), before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_was_done_can_be_taken_back(
        v12 in any::<bool>(),
        acts in proptest::collection::vec((1..=7_i64, 0..4_u8, 0..3_u8), 1..14),
    ) {
        let it = Fixture::filled(if v12 { Version::V12 } else { Version::V10 });
        let before = it.dump();
        let mut done = Vec::new();
        for (id, act, word) in acts {
            let make = match act {
                0 => Make::Delete,
                1 => tags(&[&format!("tag{word}"), "more"]),
                2 => text("state", "live"),
                _ => text("content", &format!("A text with the word number {word} of {id}")),
            };
            let (outcome, mut changes) = it.apply(&native(id), Expect::Anything, make);
            prop_assert_eq!(outcome == Outcome::Applied, changes.len() == 1);
            done.append(&mut changes);
        }
        let after = it.dump();
        for change in done.iter().rev() {
            prop_assert_eq!(it.take_back(std::slice::from_ref(change)), [Outcome::Applied]);
        }
        // Versions that were taken back stay as tombstones, as the product keeps everything.
        let own = |line: &String| (1..=7).any(|id| line.starts_with(&format!("memories: id=Integer({id}) "))) || line.starts_with("memory_graph");
        let rows = |dump: Vec<String>| -> Vec<String> { dump.into_iter().filter(own).collect() };
        prop_assert_eq!(rows(it.dump()), rows(before));
        for change in &done {
            let (outcomes, _) = it.apply_all(vec![turned(change, false)]);
            prop_assert_eq!(&outcomes, &[Outcome::Applied]);
        }
        let tombs = |dump: Vec<String>| -> Vec<String> {
            dump.into_iter().filter(|line| !line.contains("deleted_at=Real")).collect()
        };
        let memories = |dump: Vec<String>| -> Vec<String> {
            tombs(dump).into_iter().filter(|line| line.starts_with("memories")).collect()
        };
        prop_assert_eq!(memories(it.dump()), memories(after));
    }
}
