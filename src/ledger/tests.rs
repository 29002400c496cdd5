//! The ledger by itself: what is written comes back, and what was altered is noticed.

use super::*;
use crate::{
    change::{Change, Place},
    memory::{Image, Record, Value},
    store::About,
};

const NOW: EpochMs = 1_790_000_000_000;

fn about(identity: &str, path: &str) -> About {
    About {
        name: "s".into(),
        product: "p",
        path: path.into(),
        identity: identity.into(),
        version: "1".into(),
        read_only: None,
    }
}

fn image(text: &str) -> Image {
    let columns = vec![("title".to_owned(), Value::Text(text.into()))];
    Image { own: Record { table: "t".into(), columns }, side: vec![], parents: vec![] }
}

fn prune(native: &str) -> Change {
    Change { native: native.into(), place: Place::Store, before: Some(image(native)), after: None }
}

/// A ledger with three finished operations of one change each.
fn three(dir: &tempfile::TempDir) -> Ledger {
    let mut ledger = Ledger::open(&dir.path().join("deep/er/ledger.db")).unwrap();
    let store = ledger.know(&about("one", "/a"), NOW).unwrap();
    for native in ["x/1", "x/2", "x/3"] {
        let begin = Beginning {
            label: Label::Prune,
            author: "you",
            reason: "why",
            summary: native,
            at: NOW,
            planned: 1,
            of: None,
            proposal: None,
        };
        let operation = ledger.begin(begin).unwrap();
        ledger.journal(operation, 1, store, &[prune(native)], &Known::new(), &[]).unwrap();
        let settled = Settled { number: 1, state: ChunkState::Done, applied: 1 };
        ledger.close(operation, OperationState::Done, &[settled]).unwrap();
    }
    ledger
}

#[test]
fn what_was_journalled_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = three(&dir);
    let log = ledger.log(None, 10).unwrap();
    assert_eq!(log.iter().map(|o| o.summary.as_str()).collect::<Vec<_>>(), ["x/3", "x/2", "x/1"]);
    assert_eq!(ledger.log(Some(3), 1).unwrap()[0].id, 2);
    let changes = ledger.changes(2, 0, 9).unwrap();
    let (number, digest) = changes[0].before.unwrap();
    assert_eq!(digest, image("x/2").digest());
    assert_eq!(ledger.image(2, number).unwrap(), image("x/2"));
    assert_eq!(ledger.check().unwrap(), Checked { operations: 3, images: 3, ..Checked::default() });
}

#[test]
fn only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let ledger = three(&dir);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(ledger.path()), 0o600);
    assert_eq!(mode(&ledger.path().with_extension("db-wal")), 0o600);
    assert_eq!(mode(ledger.path().parent().unwrap()), 0o700);
}

#[test]
fn a_store_that_was_moved_keeps_its_history_and_a_copy_gets_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let mut ledger = three(&dir);
    let here = dir.path().to_string_lossy().into_owned();
    let first = ledger.know(&about("two", &here), NOW).unwrap();
    assert_ne!(ledger.know(&about("two", "/copy"), NOW).unwrap(), first, "the first one is still there: a copy");
    assert_ne!(ledger.know(&about("three", &here), NOW).unwrap(), first, "another store at the same path");
    let gone = ledger.know(&about("four", "/gone"), NOW).unwrap();
    assert_eq!(ledger.know(&about("four", "/elsewhere"), NOW).unwrap(), gone, "moved");
    assert_eq!(ledger.store(gone).unwrap().unwrap().1, "/elsewhere");
}

#[test]
fn a_damaged_image_is_noticed_when_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = three(&dir);
    ledger.db.execute("UPDATE image SET data = zeroblob(length(data)) WHERE id = 2", []).unwrap();
    assert!(ledger.image(2, 1).is_ok());
    assert!(matches!(ledger.image(2, 2), Err(Problem::Damaged { operation: 2, .. })));
    assert_eq!(ledger.check().unwrap().troubles, ["image 2: the image's checksum does not match"]);
}

#[test]
fn an_altered_log_is_noticed() {
    for (sql, trouble) in [
        ("UPDATE operation SET author='somebody else' WHERE id=2", "operation 2 is not what it was when it was sealed"),
        ("UPDATE change SET native='x/9' WHERE operation=3", "operation 3 is not what it was when it was sealed"),
        ("DELETE FROM change WHERE operation=3", "operation 3 is not what it was when it was sealed"),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let ledger = three(&dir);
        ledger.db.execute(sql, []).unwrap();
        assert_eq!(ledger.check().unwrap().troubles, [trouble], "{sql}");
    }
}

#[test]
fn a_newer_ledger_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = three(&dir);
    let path = ledger.path().to_owned();
    ledger.db.pragma_update(None, "user_version", NEWEST + 1).unwrap();
    drop(ledger);
    let problem = Ledger::open(&path).unwrap_err();
    assert!(problem.to_string().contains("newer memtui"), "{problem}");
}

#[test]
fn one_memtui_at_a_time_has_the_turn() {
    let dir = tempfile::tempdir().unwrap();
    let one = three(&dir);
    let two = Ledger::open(one.path()).unwrap();
    let turn = one.try_turn().unwrap();
    assert!(turn.is_some());
    assert!(two.try_turn().unwrap().is_none());
    drop(turn);
    assert!(two.try_turn().unwrap().is_some());
}

#[test]
fn reading_beside_a_writer_makes_and_notes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/er/ledger.db");
    assert!(matches!(Ledger::open_to_read(&path), Err(Problem::Unusable { .. })));
    assert!(!dir.path().join("deep").exists());
    let mut writing = three(&dir);
    let mut reading = Ledger::open_to_read(&path).unwrap();
    let known = writing.know(&about("one", "/a"), NOW).unwrap();
    assert_eq!(reading.know(&about("one", "/a"), NOW).unwrap(), known);
    assert!(reading.know(&about("two", "/b"), NOW).is_err());
    let begin = Beginning {
        label: Label::Edit,
        author: "you",
        reason: "",
        summary: "x/1",
        at: NOW,
        planned: 1,
        of: None,
        proposal: None,
    };
    let operation = writing.begin(begin).unwrap();
    assert_eq!(reading.log(None, 1).unwrap()[0].id, operation);
}
