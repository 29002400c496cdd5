//! A table of one's own: read, searched, pruned, put back, edited, refused.

use std::{ops::ControlFlow, path::Path, sync::Arc};

use rusqlite::Connection;

use super::*;
use crate::{
    change::{Change, FieldValue},
    memory::{Bucket, Handle, Image},
    store::{Expect, Intent, Make, Needle, Outcome, ScanOf},
};

const HOME_GROWN: &str = "CREATE TABLE memories(id TEXT PRIMARY KEY, agent_id TEXT, tag TEXT, content TEXT NOT NULL,
        area TEXT, created_at TEXT, updated_at TEXT, score REAL, UNIQUE(area, content));
    CREATE TABLE link(memory TEXT REFERENCES memories(id) ON DELETE CASCADE, url TEXT);
    INSERT INTO memories VALUES
        ('a1', 'claude', 'deploy,ci', 'Deploys go through the queue' || char(10) || 'since May', 'shop', '2026-05-01 10:00:00', NULL, 0.9),
        ('b2', NULL, NULL, CAST(x'6e756c00ff' AS TEXT), NULL, 'yesterday', NULL, 7),
        ('7', 'codex', '[\"a, b\"]', 'Tests run under nextest', 'shop', '2026-06-01T00:00:00Z', '2026-06-02T00:00:00Z', 1);";

fn mapping() -> Mapping {
    toml::from_str(
        "table='memories'\nid='id'\ncontent='content'\nagent='agent_id'\ntags='tag'\nscope='area'\ncreated='created_at'\n\
         updated='updated_at'\nconfidence='score'",
    )
    .unwrap()
}

fn store(path: &Path) -> Arc<dyn Store> {
    let named = Named { name: "notes".into(), identity: "notes".into(), version: "table memories".into() };
    open(path, mapping(), MAPPED, named).unwrap()
}

fn database(sql: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("notes.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    (dir, path)
}

/// Every cell of every table, with its type, by row id.
fn dump(path: &Path) -> Vec<String> {
    let conn = Connection::open(path).unwrap();
    let line = |sql: &str| -> Vec<String> {
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().map(|line| line.unwrap()).collect()
    };
    let mut all = line(
        "SELECT rowid || quote(id) || quote(agent_id) || quote(tag) || quote(CAST(content AS BLOB)) || quote(area)
            || quote(created_at) || quote(updated_at) || quote(score) FROM memories ORDER BY rowid",
    );
    all.extend(line("SELECT rowid || quote(memory) || quote(url) FROM link ORDER BY rowid"));
    all
}

fn apply(store: &dyn Store, native: &str, expect: Expect, make: Make) -> (Outcome, Vec<Change>) {
    let mut journalled = Vec::new();
    let intent = Intent { native: native.into(), expect, make };
    let outcomes = store
        .writer()
        .unwrap()
        .apply(vec![intent], &mut |changes: &[Change]| {
            journalled.extend_from_slice(changes);
            Ok(())
        })
        .unwrap();
    (outcomes.into_iter().next().unwrap(), journalled)
}

#[test]
fn a_table_of_ones_own_is_read() {
    let (_dir, path) = database(HOME_GROWN);
    let store = store(&path);
    assert_eq!(store.about().read_only, None);
    let mut reader = store.reader().unwrap();
    let mut order = Vec::new();
    reader.outline(&mut |handle, time| order.push((handle, time))).unwrap();
    assert_eq!(order, [(Handle(3), Some(1_780_272_000_000)), (Handle(1), Some(1_777_629_600_000)), (Handle(2), None)]);
    let rows = reader.rows(&[Handle(1), Handle(2), Handle(9)]).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].id.to_string(), "notes:row/a1");
    assert_eq!(rows[0].title, "Deploys go through the queue");
    assert_eq!((rows[0].scope.short(), rows[0].bucket), ("shop", Bucket::Project));
    assert_eq!((rows[1].scope.short(), rows[1].bucket), ("user", Bucket::User));
    assert_eq!(reader.handle("row/a1"), Some(Handle(1)));
    assert_eq!(reader.handle("row/7"), Some(Handle(3)));
    assert_eq!((reader.handle("row/07"), reader.handle("row/zz"), reader.handle("7")), (None, None, None));
    assert_eq!(reader.native(Handle(3)), "row/7");
    let memory = reader.memory(Handle(1)).unwrap().unwrap();
    assert_eq!(memory.tags, ["deploy", "ci"]);
    assert_eq!(memory.sections[0].items, ["Deploys go through the queue\nsince May"]);
    let mut stated = Vec::new();
    reader
        .scan(ScanOf::All, &mut |scanned| {
            stated.push((scanned.stated, scanned.tags.len()));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(stated, [(Some(0.9), 2), (None, 0), (Some(1.0), 1)]);
}

#[test]
fn without_an_index_every_row_is_looked_through() {
    let (_dir, path) = database(HOME_GROWN);
    let mut reader = store(&path).reader().unwrap();
    let mut find = |needle: Needle| {
        let mut found = Vec::new();
        reader
            .search(&needle, &mut |handle| {
                found.push(handle.0);
                ControlFlow::Continue(())
            })
            .unwrap();
        found
    };
    assert_eq!(find(Needle::Word("THROUGH".into(), false)), [1]);
    assert_eq!(find(Needle::Tag("a, b".into())), [3]);
    assert_eq!(find(Needle::Tag("y,c".into())), [0_i64; 0], "text over the edge of two tags is in neither");
    assert_eq!(find(Needle::File("x".into())), [0_i64; 0]);
}

#[test]
fn a_full_text_table_over_it_is_used() {
    let (_dir, path) = database(HOME_GROWN);
    Connection::open(&path)
        .unwrap()
        .execute_batch(
            "CREATE VIRTUAL TABLE words USING fts5(content, content='memories');
             INSERT INTO words(words) VALUES ('rebuild');
             CREATE TRIGGER w_i AFTER INSERT ON memories BEGIN
                INSERT INTO words(rowid, content) VALUES (new.rowid, new.content); END;
             CREATE TRIGGER w_d AFTER DELETE ON memories BEGIN
                INSERT INTO words(words, rowid, content) VALUES ('delete', old.rowid, old.content); END;",
        )
        .unwrap();
    let store = store(&path);
    assert_eq!(store.about().read_only, None);
    let mut reader = store.reader().unwrap();
    assert_eq!(reader.ranked(&[Needle::Word("nex".into(), true)], 5).unwrap(), [Handle(3)]);
    let image = reader.image(Handle(3)).unwrap().unwrap();
    apply(store.as_ref(), "row/7", Expect::Exactly(image.digest()), Make::Delete);
    assert_eq!(reader.ranked(&[Needle::Word("nextest".into(), false)], 5).unwrap(), []);
    apply(store.as_ref(), "row/7", Expect::Absent, Make::Put(image));
    assert_eq!(reader.ranked(&[Needle::Word("nextest".into(), false)], 5).unwrap(), [Handle(3)]);
}

#[test]
fn what_is_deleted_comes_back_to_the_byte() {
    let (_dir, path) = database(HOME_GROWN);
    Connection::open(&path).unwrap().execute_batch("INSERT INTO link VALUES ('b2', 'https://a'), ('a1', 'b')").unwrap();
    let before = dump(&path);
    let store = store(&path);
    let mut taken: Vec<(String, Image)> = Vec::new();
    for native in ["row/b2", "row/a1", "row/7"] {
        let (outcome, changes) = apply(store.as_ref(), native, Expect::Anything, Make::Delete);
        assert_eq!(outcome, Outcome::Applied);
        taken.push((native.into(), changes[0].before.clone().unwrap()));
    }
    assert!(dump(&path).is_empty());
    let (outcome, _) = apply(store.as_ref(), "row/a1", Expect::Anything, Make::Delete);
    assert_eq!(outcome, Outcome::Already);
    for (native, image) in taken {
        let (outcome, _) = apply(store.as_ref(), &native, Expect::Absent, Make::Put(image.clone()));
        assert_eq!(outcome, Outcome::Applied);
        let (outcome, _) = apply(store.as_ref(), &native, Expect::Absent, Make::Put(image));
        assert_eq!(outcome, Outcome::Already);
    }
    assert_eq!(dump(&path), before);
}

#[test]
fn an_edit_changes_what_it_says_and_the_time() {
    let (_dir, path) = database(HOME_GROWN);
    let before = dump(&path);
    let store = store(&path);
    let text = |text: &str| FieldValue::Text(text.into());
    let tags = ("tag".to_owned(), FieldValue::List(vec!["deploy".into(), "cd".into()]));
    let image = store.reader().unwrap().image(Handle(1)).unwrap().unwrap();
    let (outcome, changes) = apply(store.as_ref(), "row/a1", Expect::Exactly(image.digest()), Make::Edit(vec![tags]));
    assert_eq!(outcome, Outcome::Applied);
    assert!(dump(&path)[0].contains("'deploy,cd'"), "written as the table wrote it");
    let back = Make::Put(changes[0].before.clone().unwrap());
    let now = Expect::Exactly(changes[0].after.as_ref().unwrap().digest());
    assert_eq!(apply(store.as_ref(), "row/a1", now, back).0, Outcome::Applied);
    assert_eq!(dump(&path), before);
    let refuse = |native: &str, field: &str, value: &str| {
        let edit = Make::Edit(vec![(field.to_owned(), text(value))]);
        assert!(matches!(apply(store.as_ref(), native, Expect::Anything, edit).0, Outcome::Refused(_)), "{field}");
    };
    refuse("row/a1", "score", "1");
    refuse("row/a1", "content", " ");
    refuse("row/a1", "content", "Tests run under nextest");
    let conflict =
        apply(store.as_ref(), "row/a1", Expect::Exactly([0; 32]), Make::Edit(vec![("tag".into(), text("x"))]));
    assert!(matches!(conflict.0, Outcome::Conflict(Some(_))));
    assert_eq!(dump(&path), before);
}

#[test]
fn what_could_not_be_taken_back_is_not_written() {
    let (_dir, path) = database(HOME_GROWN);
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TRIGGER log AFTER DELETE ON memories BEGIN DELETE FROM link; END;")
        .unwrap();
    let store = store(&path);
    assert!(store.about().read_only.as_ref().unwrap().contains("trigger log"));
    assert!(matches!(store.writer(), Err(Problem::ReadOnly { .. })));
    assert_eq!(store.reader().unwrap().newest(10).unwrap().len(), 3);
}

#[test]
fn a_mapping_that_does_not_fit_says_so() {
    let (_dir, path) =
        database("CREATE TABLE memories(id, content) WITHOUT ROWID".replace("id,", "id PRIMARY KEY,").as_str());
    let named = Named { name: "notes".into(), identity: "notes".into(), version: String::new() };
    let error = open(&path, mapping(), MAPPED, named.clone()).err().unwrap().to_string();
    assert!(error.contains("no column `area` for `scope`") || error.contains("no column"), "{error}");
    let plain: Mapping = toml::from_str("table='memories'\nid='id'\ncontent='content'").unwrap();
    let error = open(&path, plain, MAPPED, named).err().unwrap().to_string();
    assert!(error.contains("no row ids"), "{error}");
}
