//! Servers that stop, connections that are lost at the worst moment, and others who write at the same time.

use super::{
    server::{Between, Cut, Database, Server, shared},
    *,
};
use crate::{change::FieldValue, memory::Handle};

const PLAIN: &str = "table='notes'\nid='id'\ncontent='content'\ncreated='at'";
const NOTES: &str = "CREATE TABLE notes(id int PRIMARY KEY, content text, at timestamptz);
    INSERT INTO notes VALUES (1, 'one', now()), (2, 'two', NULL)";

fn rewrite(text: &str) -> (Expect, Make) {
    (Expect::Anything, Make::Edit(vec![("content".to_owned(), FieldValue::Text(text.into()))]))
}

#[test]
fn a_server_that_stops_within_an_act_has_changed_nothing_and_is_found_again() {
    let Some(server) = Server::new() else { return };
    let database = Database::new(&server, NOTES);
    let before = database.dump("notes");
    let store = store(&database.address(), PLAIN);
    let mut reader = store.reader().unwrap();
    assert_eq!(reader.newest(5).unwrap().len(), 2);
    let stopped = try_apply(store.as_ref(), "row/1", rewrite("another"), &mut |_| server.stop());
    assert!(matches!(stopped, Err(Problem::Failed { .. })), "{stopped:?}");
    assert!(matches!(reader.newest(5), Err(Problem::Failed { .. })));
    assert!(matches!(store.writer(), Err(Problem::Failed { .. })));
    server.start();
    assert_eq!(reader.newest(5).unwrap().len(), 2, "the same reader connects again");
    assert_eq!(database.dump("notes"), before);
    assert_eq!(apply(store.as_ref(), "row/1", Expect::Anything, Make::Delete).0, Outcome::Applied);
}

#[test]
fn a_lost_answer_to_a_commit_is_looked_after() {
    let Some(server) = shared() else { return };
    let database = Database::new(server, NOTES);
    let between = Between::new(server);
    between.open_to_all();
    let store = store(&between.address(&database.name), PLAIN);
    let text = || database.value("SELECT content FROM notes WHERE id = 1");
    between.cut(Cut::AfterTheCommit);
    let done = try_apply(store.as_ref(), "row/1", rewrite("first"), &mut |_| {});
    assert_eq!((done.unwrap(), text()), (Outcome::Applied, "first".to_owned()));
    between.cut(Cut::BeforeTheCommit);
    let lost = try_apply(store.as_ref(), "row/1", rewrite("second"), &mut |_| {});
    assert!(matches!(&lost, Err(Problem::Failed { reason, .. }) if reason.contains("nothing was changed")), "{lost:?}");
    assert_eq!(text(), "first");
    assert_eq!(try_apply(store.as_ref(), "row/1", rewrite("third"), &mut |_| {}).unwrap(), Outcome::Applied);
    assert_eq!(text(), "third");
}

#[test]
fn who_writes_the_same_row_comes_first_or_is_waited_for() {
    let Some(server) = shared() else { return };
    let database = Database::new(server, NOTES);
    let store = store(&database.address(), PLAIN);
    let mut reader = store.reader().unwrap();
    let seen = reader.image(Handle(1)).unwrap().unwrap();
    let mut other = database.line();
    other.run("BEGIN; UPDATE notes SET content = 'by another' WHERE id = 1").unwrap();
    let (expect, make) = (Expect::Exactly(seen.digest()), rewrite("by memtui").1);
    let locked = try_apply(store.as_ref(), "row/1", (expect, make.clone()), &mut |_| {});
    assert!(matches!(locked, Err(Problem::Busy(_))), "{locked:?}");
    assert_eq!(
        apply(store.as_ref(), "row/2", Expect::Anything, Make::Delete).0,
        Outcome::Applied,
        "other rows are free"
    );
    let waiting = std::thread::scope(|threads| {
        let act = threads.spawn(|| try_apply(store.as_ref(), "row/1", (expect, make), &mut |_| {}).unwrap());
        while database.value("SELECT count(*)::text FROM pg_locks WHERE NOT granted") == "0" {
            std::thread::yield_now();
        }
        other.run("COMMIT").unwrap();
        act.join().unwrap()
    });
    assert!(matches!(waiting, Outcome::Conflict(Some(_))), "{waiting:?}");
    assert_eq!(database.value("SELECT content FROM notes WHERE id = 1"), "by another");
}

#[test]
fn what_is_journalled_is_held_until_it_is_written() {
    let Some(server) = shared() else { return };
    let database = Database::new(server, NOTES);
    let store = store(&database.address(), PLAIN);
    let mut refused = String::new();
    let done = try_apply(store.as_ref(), "row/1", rewrite("mine"), &mut |_| {
        let mut other = database.line();
        other.run("SET lock_timeout = '100ms'").unwrap();
        let late = other.run("UPDATE notes SET content = 'late' WHERE id = 1").unwrap_err();
        refused = late.problem(Path::new("x")).to_string();
    });
    assert_eq!(done.unwrap(), Outcome::Applied);
    assert!(refused.contains("locked"), "{refused}");
    let journal = &mut |_: &[Change]| Err(Problem::Journal("no room".into()));
    let (expect, make) = rewrite("unheard");
    let intent = Intent { native: "row/1".into(), expect, make };
    assert!(matches!(store.writer().unwrap().apply(vec![intent], journal), Err(Problem::Journal(_))));
    assert_eq!(database.value("SELECT content FROM notes WHERE id = 1"), "mine");
}
