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
    assert_eq!(store.about().version, "format 1");
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
