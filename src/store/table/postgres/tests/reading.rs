//! Reading and searching.

use std::{ops::ControlFlow, time::Duration};

use super::{
    super::line::Trouble,
    server::{Database, Server, shared},
    *,
};
use crate::{
    memory::{Bucket, Handle},
    store::{Cancel, Needle, Pulse, ScanOf},
};

fn found(reader: &mut dyn Reader, needle: &Needle) -> Vec<String> {
    let mut handles = Vec::new();
    let visit = &mut |handle: Handle| {
        handles.push(handle);
        ControlFlow::Continue(())
    };
    reader.search(needle, visit).unwrap();
    handles.iter().map(|handle| reader.native(*handle)).collect()
}

#[test]
fn a_table_of_a_server_is_read() {
    let Some(server) = shared() else { return };
    let made = Database::new(server, HOME_GROWN);
    let store = store(&made.address(), MAPPING);
    assert_eq!(store.about().read_only, None);
    assert!(store.about().version.starts_with("PostgreSQL 1"), "{}", store.about().version);
    let mut reader = store.reader().unwrap();
    let mut order = Vec::new();
    reader.outline(&mut |handle, time| order.push((handle, time))).unwrap();
    let natives: Vec<String> = order.iter().map(|(handle, _)| reader.native(*handle)).collect();
    assert_eq!(natives, [C3, A1, B2], "newest first, those without a time last");
    assert_eq!(
        order.iter().map(|(_, time)| *time).collect::<Vec<_>>(),
        [Some(1_780_272_000_000), Some(1_777_629_600_123), None]
    );
    assert_eq!(reader.handle(A1), Some(order[1].0));
    assert_eq!(reader.handle("memory/1"), None);
    let rows = reader.rows(&[order[1].0, Handle(5), order[2].0]).unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0].id.to_string(), format!("notes:{A1}"));
    assert_eq!((rows[0].title.as_str(), rows[0].scope.short()), ("Deploys go through the queue", "shop"));
    assert_eq!((rows[0].bucket, rows[1].bucket), (Bucket::Project, Bucket::User));
    let memory = reader.memory(order[0].0).unwrap().unwrap();
    assert_eq!(memory.tags, ["a, b", "q\""]);
    made.run("UPDATE memories SET created_at = '2026-06-01 00:00:00Z'");
    let newest: Vec<Handle> = reader.newest(2).unwrap().iter().map(|row| row.key.handle).collect();
    let mut tied = Vec::new();
    reader.outline(&mut |handle, _| tied.push(handle)).unwrap();
    assert_eq!(newest, tied[..2], "the first page is the beginning of the list, also of rows of one moment");
    let mut stated = Vec::new();
    let scan = &mut |scanned: &crate::store::Scanned<'_>| {
        stated.push((scanned.stated, scanned.tags.len(), scanned.version));
        ControlFlow::Continue(())
    };
    reader.scan(ScanOf::These(&[order[0].0, order[1].0, order[2].0]), scan).unwrap();
    assert_eq!(stated.iter().map(|it| (it.0, it.1)).collect::<Vec<_>>(), [(Some(1.0), 2), (Some(0.1), 2), (None, 0)]);
    assert_eq!(rows[0].version, stated[1].2, "lists and the catalogue see the same version");
    let other = open(address(&made.address()), mapping(MAPPING), "again".into()).unwrap();
    let mut other = other.reader().unwrap();
    assert_eq!(other.rows(&[order[1].0]).unwrap()[0].title, rows[0].title, "a handle of a saved catalogue is found");
}

#[test]
fn numbers_name_rows_and_only_what_is_new_is_fresh() {
    let Some(server) = shared() else { return };
    let made = Database::new(
        server,
        "CREATE TABLE notes(id serial PRIMARY KEY, content text, tags jsonb, at bigint);
         INSERT INTO notes(content, tags, at) VALUES ('one', '[\"x\", \"y\"]', 1780272000000), ('two', NULL, NULL)",
    );
    let store = store(&made.address(), "table='public.notes'\nid='id'\ncontent='content'\ntags='tags'\ncreated='at'");
    let mut reader = store.reader().unwrap();
    let mut all = Vec::new();
    reader.outline(&mut |handle, time| all.push((handle.0, time))).unwrap();
    assert_eq!(all, [(1, Some(1_780_272_000_000)), (2, None)]);
    assert_eq!((reader.handle("row/2"), reader.handle("row/02")), (Some(Handle(2)), None));
    assert_eq!(reader.highest(), [Handle(2)]);
    assert_eq!(reader.memory(Handle(1)).unwrap().unwrap().tags, ["x", "y"]);
    reader.pulse().unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Same);
    let stamp = reader.stamp();
    made.run("INSERT INTO notes(content) VALUES ('three')");
    let told = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        reader.pulse().unwrap() == Pulse::Changed
    });
    assert!(told && reader.stamp() != stamp);
    let mut fresh = Vec::new();
    reader.fresh(&mut |handle, _| fresh.push(handle.0)).unwrap();
    assert_eq!(fresh, [3]);
    made.run(
        "ALTER TABLE notes DROP COLUMN tags, ADD COLUMN more text DEFAULT 'x', ADD COLUMN tags text[] DEFAULT '{z}'",
    );
    let told = (0..200).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        reader.pulse().unwrap() == Pulse::Changed
    });
    assert!(told, "a table that was altered");
    assert_eq!(reader.memory(Handle(1)).unwrap().unwrap().tags, ["z"]);
    assert!(reader.image(Handle(1)).unwrap().unwrap().own.get("more").is_some());
}

#[test]
fn texts_tags_and_phrases_are_found() {
    let Some(server) = shared() else { return };
    let made = Database::new(server, HOME_GROWN);
    let mut reader = store(&made.address(), MAPPING).reader().unwrap();
    assert_eq!(found(reader.as_mut(), &Needle::Word("QUEUE".into(), false)), [A1]);
    assert_eq!(found(reader.as_mut(), &Needle::Phrase("under nextest".into())), [C3]);
    assert_eq!(found(reader.as_mut(), &Needle::Tag("a, b".into())), [C3]);
    assert_eq!(
        found(reader.as_mut(), &Needle::Tag("y,c".into())),
        [""; 0],
        "text over the edge of two tags is in neither"
    );
    assert_eq!(found(reader.as_mut(), &Needle::Word("100%_".into(), false)), [""; 0]);
    let best = reader.ranked(&[Needle::Word("tests".into(), false), Needle::Word("nex".into(), true)], 5).unwrap();
    assert_eq!(best.len(), 1);
}

#[test]
fn a_question_that_nobody_waits_for_ends() {
    let Some(server) = shared() else { return };
    let mut line = Server::line(server, "postgres");
    let family = Cancel::default();
    line.obey(family.next());
    line.connect().unwrap();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        family.supersede();
    });
    assert!(matches!(line.rows("SELECT pg_sleep(600)", &[]), Err(Trouble::Cancelled)));
    other.join().unwrap();
    line.obey(Cancel::default());
    line.hurry(Some(Duration::from_millis(50)));
    assert!(matches!(line.ask("SELECT pg_sleep(600)", &[]), Err(Trouble::Silent)));
    line.hurry(None);
    assert_eq!(line.ask("SELECT 1::text", &[]).unwrap().len(), 1, "the next question has a connection of its own");
}

#[test]
fn what_cannot_be_opened_says_why_and_no_password() {
    let Some(server) = shared() else { return };
    let made = Database::new(server, "CREATE TABLE notes(id int PRIMARY KEY, content text)");
    let error = |at: &str, map: &str| open(address(at), mapping(map), "n".into()).err().unwrap().to_string();
    let plain = "table='notes'\nid='id'\ncontent='content'";
    assert!(error(&made.address(), &plain.replace("'notes'", "'nothing'")).contains("there is no table `nothing`"));
    assert!(error(&made.address(), &format!("{plain}\nscope='area'")).contains("no column `area` for `scope`"));
    made.run("CREATE ROLE locked LOGIN PASSWORD 's3cret'; GRANT SELECT ON notes TO locked");
    let at = |password: &str| made.address().replace("memtui@", &format!("locked:{password}@"));
    let wrong = error(&at("guessed"), plain);
    assert!(wrong.contains("authentication failed") && !wrong.contains("guessed"), "{wrong}");
    assert!(error(&at("x").replace(&made.name, "none"), plain).contains("check user and password"));
    let store = store(&at("s3cret"), plain);
    let reason = store.about().read_only.clone().unwrap();
    assert!(reason.contains("locked lacks INSERT and UPDATE and DELETE on notes"), "{reason}");
    assert!(matches!(store.writer(), Err(Problem::ReadOnly { .. })));
    let silent = Server::address(made.server.socket(), "memtui", "x").replace("%2Ftmp", "%2Fnowhere");
    assert!(error(&silent, plain).contains("see whether the server runs"), "{}", error(&silent, plain));
}
