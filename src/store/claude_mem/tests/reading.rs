//! Reading: lists, scans, searches and details of everything, hostile rows included.

use std::{collections::HashMap, ops::ControlFlow};

use super::*;
use crate::{
    change::FieldValue,
    memory::{SectionStyle, State, tokens_of_bytes},
    store::{Cancel, Needle, Origin, Problem, Pulse, ScanOf},
};

#[test]
fn every_row_of_every_shape_is_listed_scanned_and_read_alike() {
    let mut fixtures: Vec<(String, Fixture)> = SHAPES
        .into_iter()
        .map(|(name, make)| {
            let fixture = Fixture::new(make);
            fill_hostile(&fixture.sql());
            (name.to_owned(), fixture)
        })
        .collect();
    fixtures.push(("filled".into(), Fixture::filled()));
    for name in ["claude-mem-v23.db", "claude-mem-v49.db"] {
        fixtures.extend(Fixture::sample(name).map(|sample| (name.to_owned(), sample)));
    }
    for (name, fixture) in fixtures {
        let conn = fixture.sql();
        let count: u32 = conn
            .query_row(
                "SELECT (SELECT count(*) FROM observations) + (SELECT count(*) FROM session_summaries)
                    + (SELECT count(*) FROM user_prompts)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        let count = count as usize;
        let mut reader = fixture.reader();
        let mut times = Vec::new();
        reader.outline(&mut |handle, time| times.push((handle, time))).unwrap();
        assert_eq!(times.len(), count, "{name}");
        assert!(times.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{name}: newest first, unreadable last");
        let times: HashMap<_, _> = times.into_iter().collect();
        assert_eq!(times.len(), count, "{name}: each once");
        let mut fresh = Vec::new();
        reader.fresh(&mut |handle, _| fresh.push(handle)).unwrap();
        assert!(fresh.is_empty(), "{name}");
        let mut scanned = 0;
        let mut other = fixture.reader();
        reader
            .scan(ScanOf::All, &mut |memory| {
                scanned += 1;
                let row = other.rows(&[memory.handle]).unwrap().remove(0);
                assert_eq!(memory.created, times[&memory.handle], "{name}");
                assert_eq!(memory.created, row.created, "{name}");
                assert_eq!(memory.title, row.title, "{name}");
                assert_eq!(memory.kind, row.kind, "{name}");
                assert_eq!(memory.project, row.scope.project.as_deref().unwrap_or_default(), "{name}");
                assert_eq!(memory.agent, row.scope.agent.as_deref().unwrap_or_default(), "{name}");
                assert_eq!(memory.session, row.scope.session.as_deref().unwrap_or_default(), "{name}");
                assert_eq!(memory.cost, row.cost, "{name}");
                let tolerance = row.tokens.abs_diff(tokens_of_bytes(memory.bytes));
                assert!(tolerance <= 4, "{name}: lossy text may be a little longer than its bytes");
                let full = other.memory(memory.handle).unwrap().unwrap();
                assert_eq!(full.row, row, "{name}");
                assert_eq!(full.tags, memory.tags, "{name}");
                assert_eq!(full.files.is_empty(), memory.files.is_empty(), "{name}");
                if row.id.native.starts_with("observation/") && full.state != State::Replica {
                    assert_eq!(memory.injected, full.state != State::NotInjected, "{name}");
                }
                let native = other.native(memory.handle);
                assert_eq!(native, row.id.native);
                assert_eq!(other.handle(&native), Some(memory.handle));
                assert!(other.editable(memory.handle).unwrap().is_some_and(|fields| !fields.is_empty()));
                ControlFlow::Continue(())
            })
            .unwrap();
        assert_eq!(scanned, count, "{name}");
        let newest = reader.newest(7).unwrap();
        assert_eq!(newest.len(), 7.min(count), "{name}");
        let mut sorted: Vec<_> = times.values().copied().collect();
        sorted.sort_by_key(|time| std::cmp::Reverse(*time));
        assert_eq!(newest.iter().map(|row| row.created).collect::<Vec<_>>(), sorted[..newest.len()], "{name}");
        assert!(
            reader
                .check()
                .unwrap()
                .iter()
                .all(|finding| finding.trouble.is_none() || finding.what.starts_with("lists")),
            "{name}: {:?}",
            reader.check().unwrap()
        );
    }
}

#[test]
fn a_scan_of_some_stops_when_told_to() {
    let fixture = Fixture::filled();
    let mut reader = fixture.reader();
    let wanted: Vec<Handle> = ["prompt/1", "observation/2", "observation/1", "summary/9"]
        .iter()
        .map(|native| reader.handle(native).unwrap())
        .collect();
    let mut seen = Vec::new();
    let visit = |stop_at: usize, seen: &mut Vec<Handle>, reader: &mut dyn Reader| {
        reader
            .scan(ScanOf::These(&wanted), &mut |memory| {
                seen.push(memory.handle);
                if memory.handle == wanted[2] {
                    assert_eq!(memory.agent, "claude/Explore");
                    assert_eq!(memory.tags, ["gotcha", "problem-solution"]);
                    assert_eq!(memory.files, ["src/pool.ts", "src/db/pool.ts", "src/pool.ts"]);
                    assert_eq!((memory.origin, memory.injected), (Origin::Agent, true));
                }
                if seen.len() == stop_at { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
    };
    visit(9, &mut seen, reader.as_mut());
    assert_eq!(seen, [wanted[2], wanted[1], wanted[0]], "in the order of the file, without the one that is not there");
    seen.clear();
    visit(2, &mut seen, reader.as_mut());
    assert_eq!(seen.len(), 2);
}

fn found(reader: &mut dyn Reader, needle: &Needle) -> Vec<String> {
    let mut handles = Vec::new();
    reader
        .search(needle, &mut |handle| {
            handles.push(handle);
            ControlFlow::Continue(())
        })
        .unwrap();
    handles.into_iter().map(|handle| reader.native(handle)).collect()
}

#[test]
fn searches_mean_what_was_typed_with_and_without_an_index() {
    let fixture = Fixture::filled();
    let check = |reader: &mut dyn Reader, indexed: bool| {
        let word = |text: &str, prefix| Needle::Word(text.into(), prefix);
        assert_eq!(found(reader, &word("leaked", false)), ["observation/3", "observation/1"]);
        assert_eq!(found(reader, &word("mute", true)), ["observation/4", "observation/2"]);
        assert_eq!(
            found(reader, &word("mute", false)).is_empty(),
            indexed,
            "without an index parts of words are found"
        );
        assert_eq!(found(reader, &word("POOLS", false)), ["summary/1"]);
        assert_eq!(found(reader, &word("tests", false)), ["prompt/2", "prompt/1"]);
        assert_eq!(found(reader, &Needle::Phrase("connection pool".into())), ["observation/3", "observation/1"]);
        assert!(found(reader, &Needle::Phrase("pool connection".into())).is_empty());
        assert_eq!(found(reader, &Needle::Tag("gotch".into())), ["observation/3", "observation/1"]);
        assert_eq!(found(reader, &Needle::Tag("problem-sol".into())), ["observation/3", "observation/1"]);
        assert!(found(reader, &Needle::Tag("leaked".into())).is_empty());
        assert_eq!(found(reader, &Needle::File("DB/pool".into())).len(), 4);
        assert!(found(reader, &Needle::File("db_pool".into())).is_empty(), "_ is no wildcard");
        assert_eq!(found(reader, &Needle::Session("tent-b".into())), ["observation/4", "observation/3", "prompt/2"]);
        assert_eq!(
            found(reader, &Needle::Session("memory-a".into())),
            ["observation/2", "observation/1", "summary/1", "prompt/1"]
        );
        if indexed {
            assert_eq!(found(reader, &word("m", true)), ["observation/4", "observation/2"], "Mutex");
        }
        assert!(!indexed || found(reader, &word("y", true)).is_empty(), "no word begins with it");
        for odd in ["\"", "*", "a AND", "NEAR(", "-", "\0", "col:x", "'", "\u{202e}", ""] {
            found(reader, &word(odd, true));
            found(reader, &Needle::Phrase(odd.into()));
            found(reader, &Needle::Tag(odd.into()));
            reader.ranked(&[word(odd, true)], 5).unwrap();
        }
        let best = reader.ranked(&[word("pool", false), word("leaked", false)], 10).unwrap();
        assert!(
            !indexed || best.len() == 2 && best.iter().all(|handle| reader.native(*handle).starts_with("observation/"))
        );
        assert_eq!(reader.ranked(&[word("pool", false)], 1).unwrap().len(), 1);
    };
    check(fixture.reader().as_mut(), true);
    let conn = fixture.sql();
    conn.execute_batch("DROP TABLE observations_fts; DROP TABLE session_summaries_fts; DROP TABLE user_prompts_fts;")
        .unwrap();
    check(fixture.reader().as_mut(), false);
}

#[test]
fn a_broken_index_is_walked_around() {
    let fixture = Fixture::filled();
    fixture.sql().execute_batch("DELETE FROM observations_fts_data WHERE id > 1;").unwrap();
    let mut reader = fixture.reader();
    assert_eq!(found(reader.as_mut(), &Needle::Word("leaked".into(), false)), ["observation/3", "observation/1"]);
    let trouble = reader.check().unwrap();
    assert!(
        trouble.iter().any(|finding| finding.what.contains("observations") && finding.trouble.is_some()),
        "{trouble:?}"
    );
}

#[test]
fn a_memory_is_read_with_all_that_is_known_of_it() {
    let fixture = Fixture::filled();
    let mut reader = fixture.reader();
    let handle = reader.handle("observation/1").unwrap();
    let memory = reader.memory(handle).unwrap().unwrap();
    assert_eq!(memory.title, "Fixed the connection pool");
    assert_eq!(memory.row.cost, 525);
    let sections: Vec<_> =
        memory.sections.iter().map(|section| (section.name.as_str(), section.style, section.items.len())).collect();
    assert_eq!(
        sections,
        [("subtitle", SectionStyle::Prose, 1), ("narrative", SectionStyle::Prose, 1), ("facts", SectionStyle::List, 2)]
    );
    assert_eq!(memory.sections[2].items[1], "a \"quoted\" fact");
    let origin = &memory.provenance;
    assert_eq!(origin.session.as_deref(), Some("content-a"));
    assert_eq!(origin.session_title.as_deref(), Some("Pool day"));
    assert_eq!(origin.prompt.as_deref(), Some("\nPlease fix the pool\nand the tests"));
    assert_eq!(
        (origin.agent.as_deref(), origin.subagent.as_deref(), origin.model.as_deref()),
        (Some("claude"), Some("Explore"), Some("small-model"))
    );
    assert_eq!(origin.tools[0].tool, "Edit");
    assert_eq!(memory.files.iter().filter(|file| file.modified).count(), 2);
    assert!(memory.injection.unwrap().starts_with("Fixed the connection pool\nThe pool leaked"));
    let around: Vec<_> =
        memory.neighbours.iter().map(|(handle, title)| (reader.native(*handle), title.as_str())).collect();
    assert_eq!(
        around,
        [
            ("prompt/1".into(), "Please fix the pool"),
            ("observation/2".into(), "Mutex poisoning in the cache"),
            ("summary/1".into(), "Fix the pool")
        ]
    );
    let untitled = reader.handle("observation/2").unwrap();
    let untitled = reader.memory(untitled).unwrap().unwrap();
    assert_eq!((untitled.title.as_str(), untitled.state), ("Mutex poisoning in the cache", State::NotInjected));
    assert!(untitled.injection.unwrap_err().contains("no concepts"));
    let fields = reader.editable(handle).unwrap().unwrap();
    assert!(fields.contains(&("type".into(), FieldValue::Text("bugfix".into()))));
    assert!(fields.contains(&("concepts".into(), FieldValue::List(vec!["gotcha".into(), "problem-solution".into()]))));
    assert_eq!(reader.memory(reader.handle("observation/99").unwrap()).unwrap(), None);
}

#[test]
fn huge_fields_are_windowed_and_never_offered_for_editing() {
    let fixture = Fixture::filled();
    fixture
        .sql()
        .execute(
            "UPDATE observations SET narrative = ?1, title = ?2 WHERE id = 1",
            [&"x".repeat(5 << 20), &"t".repeat(1 << 20)],
        )
        .unwrap();
    let mut reader = fixture.reader();
    let handle = reader.handle("observation/1").unwrap();
    let memory = reader.memory(handle).unwrap().unwrap();
    assert_eq!(memory.row.title.len(), 300);
    let narrative = &memory.sections[1].items[0];
    assert!(narrative.len() < 300_000 && narrative.ends_with("[4980736 more bytes are not shown]"));
    assert!(reader.editable(handle).unwrap().unwrap().iter().all(|(field, _)| field != "narrative"));
    reader
        .scan(ScanOf::These(&[handle]), &mut |memory| {
            assert!(memory.bytes > 6 << 20);
            assert!(memory.texts.iter().all(|text| text.len() <= 16 * 1024));
            ControlFlow::Continue(())
        })
        .unwrap();
}

#[test]
fn news_is_noticed_and_only_news_is_fresh() {
    let fixture = Fixture::filled();
    let mut reader = fixture.reader();
    let before = all(reader.as_mut()).len();
    assert_eq!(reader.pulse().unwrap(), Pulse::Same);
    let conn = fixture.sql();
    schema::Observation {
        memory_session_id: "memory-a",
        kind: "bugfix",
        title: Some("new"),
        ..schema::Observation::default()
    }
    .insert(&conn)
    .unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Changed);
    assert_eq!(reader.pulse().unwrap(), Pulse::Same);
    let mut fresh = Vec::new();
    reader.fresh(&mut |handle, _| fresh.push(handle)).unwrap();
    assert_eq!(fresh.iter().map(|handle| reader.native(*handle)).collect::<Vec<_>>(), ["observation/5"]);
    assert_eq!(all(reader.as_mut()).len(), before + 1);
    conn.execute_batch("ALTER TABLE observations RENAME COLUMN subtitle TO byline").unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Changed, "a migration under the open store");
    assert_eq!(reader.newest(50).unwrap().len(), before + 1);
    std::fs::rename(&fixture.path, fixture.dir.path().join("old")).unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Gone);
    std::fs::copy(fixture.dir.path().join("old"), &fixture.path).unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Replaced);
}

#[test]
fn a_superseded_question_stops() {
    let fixture = Fixture::filled();
    fixture
        .sql()
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             INSERT INTO session_summaries(memory_session_id, project, request, created_at, created_at_epoch)
             SELECT 'memory-a', 'p', 'pool ' || i, '', i FROM n",
        )
        .unwrap();
    let mut reader = fixture.reader();
    let family = Cancel::default();
    reader.obey(family.next());
    let mut seen = 0;
    let result = reader.search(&Needle::Word("pool".into(), false), &mut |_| {
        seen += 1;
        if seen == 10 {
            family.supersede();
        }
        ControlFlow::Continue(())
    });
    assert!(matches!(result, Err(Problem::Cancelled)), "{result:?}");
    assert!(seen < 4000, "{seen}");
    reader.obey(family.next());
    assert_eq!(reader.newest(3).unwrap().len(), 3);
}
