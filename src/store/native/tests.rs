//! The shared database as it is made, read and written.

use rusqlite::Connection;

use super::*;
use crate::{
    change::{Change, FieldValue},
    memory::Handle,
    store::{Expect, Intent, Make, Needle, Outcome},
};

fn fresh() -> (tempfile::TempDir, std::path::PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/down/memories.db");
    assert!(create(&path).unwrap());
    (dir, path)
}

fn fill(path: &std::path::Path) {
    Connection::open(path)
        .unwrap()
        .execute_batch(
            "INSERT INTO memory(title, body, bucket, project, created, updated, hash) VALUES
                ('Deploys', 'Deploys go through the queue.', 'project', 'shop', 5000, 5000, x'00'),
                ('', 'Prefers short answers.' || char(10) || 'Always.', 'user', NULL, 9000, 9000, NULL);
             INSERT INTO recall VALUES (1, 3, 7000);",
        )
        .unwrap();
}

#[test]
fn it_is_made_once_and_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_dir, path) = fresh();
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    fill(&path);
    assert!(!create(&path).unwrap(), "what is there stays");
    let store = open(&path, "shared".into()).unwrap();
    assert_eq!(store.about().read_only, None);
    assert_eq!(store.about().version, "format 2");
    assert_eq!(store.reader().unwrap().newest(9).unwrap().len(), 2);
    let other = path.with_file_name("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t(x)").unwrap();
    assert!(matches!(create(&other), Err(Problem::NotAStore { .. })));
    assert!(matches!(open(&other, "shared".into()), Err(Problem::NotAStore { .. })));
    assert!(recognises(&path) && !recognises(&other));
}

#[test]
fn the_newest_stand_first_and_words_are_found() {
    let (_dir, path) = fresh();
    fill(&path);
    let store = open(&path, "shared".into()).unwrap();
    let mut reader = store.reader().unwrap();
    let titles: Vec<String> = reader.newest(9).unwrap().into_iter().map(|row| row.title).collect();
    assert_eq!(titles, ["Prefers short answers.", "Deploys"]);
    assert_eq!(reader.ranked(&[Needle::Word("queu".into(), true)], 9).unwrap(), [Handle(1)]);
}

#[test]
fn a_recall_is_no_change_and_comes_back_with_its_memory() {
    let (_dir, path) = fresh();
    fill(&path);
    let store = open(&path, "shared".into()).unwrap();
    let seen = store.reader().unwrap().image(Handle(1)).unwrap().unwrap().digest();
    let conn = Connection::open(&path).unwrap();
    conn.execute_batch("UPDATE recall SET times = 4, last = 8000").unwrap();
    let apply = |expect, make| {
        let mut image = None;
        let intent = Intent { native: "memory/1".into(), expect, make };
        let outcomes = store.writer().unwrap().apply(vec![intent], &mut |changes: &[Change]| {
            image.clone_from(&changes[0].before);
            Ok(())
        });
        (outcomes.unwrap().pop().unwrap(), image)
    };
    let (outcome, image) = apply(Expect::Exactly(seen), Make::Delete);
    assert_eq!(outcome, Outcome::Applied, "a recall since then is no conflict");
    let recalls =
        || -> i64 { conn.query_row("SELECT coalesce(sum(times), 0) FROM recall", [], |row| row.get(0)).unwrap() };
    assert_eq!(recalls(), 0);
    assert_eq!(apply(Expect::Absent, Make::Put(image.unwrap())).0, Outcome::Applied);
    assert_eq!(recalls(), 4);
    let edit = Make::Edit(vec![("body".into(), FieldValue::Text("Deploys go  THROUGH the door.".into()))]);
    assert_eq!(apply(Expect::Anything, edit).0, Outcome::Applied);
    assert_eq!(recalls(), 4, "an edit leaves what stands aside alone");
    let stored: Vec<u8> = conn.query_row("SELECT hash FROM memory WHERE id = 1", [], |row| row.get(0)).unwrap();
    assert_eq!(stored, hash("deploys", "deploys go through the door."));
    let broken = Make::Edit(vec![("bucket".into(), FieldValue::Text("attic".into()))]);
    assert!(matches!(apply(Expect::Anything, broken).0, Outcome::Refused(reason) if reason.contains("CHECK")));
}

/// The first cells of the tables of a section of the page.
fn documented(section: &str) -> Vec<(Vec<String>, String)> {
    let page = include_str!("../../../docs/shared-database.md");
    let rest = page.split(&format!("## `{section}`")).nth(1).unwrap();
    let rows = rest.split("\n## ").next().unwrap().lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|line| {
        let mut cells = line.split(" | ");
        let names = cells.next().unwrap().split(", ").map(|name| name.trim_matches('`').to_owned()).collect();
        (names, cells.next().unwrap().to_owned())
    })
    .collect()
}

#[test]
fn the_page_describes_the_real_schema() {
    let (_dir, path) = fresh();
    let conn = Connection::open(&path).unwrap();
    for table in ["memory", "recall", "about"] {
        let mut said: Vec<(String, String, bool)> = Vec::new();
        for (names, kind) in documented(table) {
            let (kind, optional) = kind.strip_suffix(" or null").map_or((kind.as_str(), false), |kind| (kind, true));
            let kind = if kind == "0 or 1" { "integer" } else { kind };
            said.extend(names.into_iter().map(|name| (name, kind.to_owned(), optional)));
        }
        let mut real: Vec<(String, String, bool)> = conn
            .prepare("SELECT name, lower(type), \"notnull\" = 0 AND pk = 0 FROM pragma_table_info(?1)")
            .unwrap()
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        said.sort();
        real.sort();
        assert_eq!(said, real, "{table}");
    }
    let page = include_str!("../../../docs/shared-database.md");
    let format: i64 = conn.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    assert!(page.contains(&format!("this page describes format {format}.")), "{format}");
    let tables = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        AND name NOT LIKE 'memory_fts_%'";
    let count: i64 = conn.query_row(tables, [], |row| row.get(0)).unwrap();
    assert_eq!(page.matches("\n## `").count(), usize::try_from(count).unwrap(), "every table has a section");
    let columns: String = conn
        .query_row("SELECT group_concat(name, ', ') FROM pragma_table_info('memory_fts')", [], |row| row.get(0))
        .unwrap();
    assert_eq!(columns, "title, body, tags");
    assert!(page.contains("An [FTS5](https://sqlite.org/fts5.html) table over title, body and tags"));
    for state in ["live", "quarantined", "superseded", "expired"] {
        assert!(
            documented("memory").iter().any(|(names, _)| names == &["state"]) && page.contains(&format!("`{state}`"))
        );
    }
}

#[test]
fn marks_go_into_the_record_and_come_out_of_it() {
    use crate::change::Mark;
    let (_dir, path) = fresh();
    fill(&path);
    let store = open(&path, "shared".into()).unwrap();
    let mut reader = store.reader().unwrap();
    let image = reader.image(Handle(1)).unwrap().unwrap();
    let marks = [Mark::Pinned(true), Mark::Confidence(Some(0.3)), Mark::StaleAfter(Some(77))];
    assert!(marks.iter().all(|mark| store.keeps(mark)) && !store.keeps(&Mark::Reviewed(None)));
    let marked = store.marked(&image, &marks).unwrap();
    assert_eq!(marked.own.get("confidence"), Some(&Value::Real(0.3)));
    assert_eq!(store.marked(&marked, &marks), None, "it has them already");
    assert_eq!(reader.marks().unwrap(), []);
    Connection::open(&path)
        .unwrap()
        .execute_batch("UPDATE memory SET pinned = 1, stale_after = 77 WHERE id = 1")
        .unwrap();
    let marks = reader.marks().unwrap();
    assert!(matches!(marks.as_slice(), [(Handle(1), overlay)] if overlay.pinned && overlay.stale_after == Some(77)));
}
