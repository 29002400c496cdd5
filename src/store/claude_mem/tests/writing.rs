//! Writing: what is deleted or edited comes back to the byte, and nothing is written that should not be.

use std::ops::ControlFlow;

use super::*;
use crate::{
    change::{Change, Edit, FieldValue},
    memory::{Digest, Image},
    store::{Errand, Expect, Intent, Make, Outcome, Problem, ScanOf, Writer},
};

fn intent(native: &str, expect: Expect, make: Make) -> Intent {
    Intent { native: native.into(), expect, make }
}

fn text(field: &str, value: &str) -> Edit {
    vec![(field.into(), FieldValue::Text(value.into()))]
}

fn edit(native: &str, edit: Edit) -> Intent {
    intent(native, Expect::Anything, Make::Edit(edit))
}

/// Applies intents that must all succeed, and returns the changes as they were journalled.
fn apply(writer: &mut dyn Writer, intents: &[Intent]) -> Vec<Change> {
    let mut journal = Vec::new();
    let outcomes = writer
        .apply(intents.to_vec(), &mut |changes: &[Change]| {
            journal.extend_from_slice(changes);
            Ok(())
        })
        .unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied), "{outcomes:?}");
    journal
}

/// The intents that take changes back, last first.
fn back(changes: &[Change]) -> Vec<Intent> {
    let digest = |image: &Option<Image>| image.as_ref().map_or(Expect::Absent, |image| Expect::Exactly(image.digest()));
    changes
        .iter()
        .rev()
        .map(|change| {
            let make = change.before.clone().map_or(Make::Delete, Make::Put);
            intent(&change.native, digest(&change.after), make)
        })
        .collect()
}

fn everything() -> Vec<(String, Fixture)> {
    let mut all: Vec<_> = SHAPES
        .into_iter()
        .map(|(name, make)| {
            let fixture = Fixture::new(make);
            fill_hostile(&fixture.sql());
            (name.to_owned(), fixture)
        })
        .collect();
    all.push(("filled".into(), Fixture::filled()));
    for name in ["claude-mem-v23.db", "claude-mem-v49.db"] {
        all.extend(Fixture::sample(name).map(|sample| (name.to_owned(), sample)));
    }
    all
}

#[test]
fn what_is_deleted_comes_back_to_the_byte() {
    for (name, fixture) in everything() {
        let before = fixture.dump();
        let natives = fixture.natives();
        let mut writer = fixture.store().writer().unwrap();
        let digests = || -> Vec<Option<Digest>> {
            let mut reader = fixture.reader();
            let mut digest = |native: &String| {
                let handle = reader.handle(native).unwrap();
                reader.image(handle).unwrap().map(|image| image.digest())
            };
            natives.iter().map(&mut digest).collect()
        };
        let digests_before = digests();
        let mut journal = Vec::new();
        for chunk in natives.chunks(50) {
            let deletes: Vec<_> = chunk.iter().map(|native| intent(native, Expect::Anything, Make::Delete)).collect();
            journal.extend(apply(writer.as_mut(), &deletes));
        }
        assert!(fixture.natives().is_empty(), "{name}");
        fixture.dump();
        let again = writer
            .apply(vec![intent(&natives[0], Expect::Anything, Make::Delete)], &mut |_: &[Change]| panic!())
            .unwrap();
        assert_eq!(again, [Outcome::Already]);
        for chunk in back(&journal).chunks(50) {
            apply(writer.as_mut(), chunk);
        }
        assert_eq!(digests(), digests_before, "{name}");
        assert_eq!(fixture.dump(), before, "{name}");
    }
}

#[test]
fn what_is_edited_comes_back_to_the_byte() {
    for (name, fixture) in everything() {
        let before = fixture.dump();
        let natives = fixture.natives();
        let mut writer = fixture.store().writer().unwrap();
        let mut journal = Vec::new();
        for native in natives.iter().take(40) {
            let field = match native.split('/').next() {
                Some("observation") => "title",
                Some("summary") => "notes",
                _ => "prompt_text",
            };
            journal.extend(apply(writer.as_mut(), &[edit(native, text(field, &format!("edited é {native}")))]));
        }
        assert_ne!(fixture.dump(), before, "{name}");
        for change in &journal {
            let (old, new) = (change.before.as_ref().unwrap(), change.after.as_ref().unwrap());
            let differ: Vec<&str> = old
                .own
                .columns
                .iter()
                .filter(|(column, value)| new.own.get(column) != Some(value))
                .map(|(column, _)| column.as_str())
                .collect();
            let known = ["title", "notes", "prompt_text", "content_hash", "sync_rev", "synced_at"];
            assert!(differ.iter().all(|column| known.contains(column)), "{name}: {differ:?}");
        }
        apply(writer.as_mut(), &back(&journal));
        assert_eq!(fixture.dump(), before, "{name}");
    }
}

#[test]
fn rows_without_a_session_and_rows_that_leave_with_others_come_back() {
    let fixture = Fixture::filled();
    let conn = fixture.sql();
    conn.execute_batch(
        "PRAGMA foreign_keys = OFF;
         INSERT INTO observations(memory_session_id, project, type, created_at, created_at_epoch) VALUES ('nowhere', 'p', 'bugfix', '', 1);
         CREATE TABLE observation_feedback(id INTEGER PRIMARY KEY,
            observation_id INTEGER NOT NULL REFERENCES observations(id) ON DELETE CASCADE, signal_type TEXT);
         INSERT INTO observation_feedback VALUES (5, 1, 'used'), (6, 1, x'ff'), (7, 2, 'other');",
    )
    .unwrap();
    let before = fixture.dump();
    let mut writer = fixture.store().writer().unwrap();
    let all: Vec<_> = fixture.natives().iter().map(|native| intent(native, Expect::Anything, Make::Delete)).collect();
    let journal = apply(writer.as_mut(), &all);
    assert_eq!(fixture.dump().iter().find(|(table, _)| table == "observation_feedback").unwrap().1.len(), 0);
    assert_eq!(journal.iter().map(|change| change.before.as_ref().unwrap().side.len()).sum::<usize>(), 3);
    apply(writer.as_mut(), &back(&journal));
    assert_eq!(fixture.dump(), before);
}

#[test]
fn a_memory_finds_its_session_again() {
    let fixture = Fixture::filled();
    let conn = fixture.sql();
    conn.pragma_update(None, "foreign_keys", true).unwrap();
    let mut writer = fixture.store().writer().unwrap();
    let deletes = ["observation/1", "observation/2", "prompt/1", "summary/1"]
        .map(|native| intent(native, Expect::Anything, Make::Delete));
    let journal = apply(writer.as_mut(), &deletes);
    conn.execute("UPDATE sdk_sessions SET memory_session_id = 'renamed' WHERE id = 1", []).unwrap();
    apply(writer.as_mut(), &back(&journal));
    let session: String =
        conn.query_row("SELECT memory_session_id FROM observations WHERE id = 1", [], |row| row.get(0)).unwrap();
    assert_eq!(session, "renamed", "the worker registered the session anew");
    let journal = apply(writer.as_mut(), &deletes);
    conn.execute("DELETE FROM sdk_sessions WHERE id = 1", []).unwrap();
    schema::Session { content_session_id: "other", memory_session_id: Some("other"), ..schema::Session::default() }
        .insert(&conn)
        .unwrap();
    conn.execute("UPDATE sdk_sessions SET id = 1 WHERE content_session_id = 'other'", []).unwrap();
    apply(writer.as_mut(), &back(&journal));
    let (id, content): (i64, String) = conn
        .query_row("SELECT id, content_session_id FROM sdk_sessions WHERE memory_session_id = 'renamed'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert_eq!(content, "content-a", "it was put back once, under a number of its own");
    let prompts: i64 =
        conn.query_row("SELECT count(*) FROM user_prompts WHERE session_db_id = ?1", [id], |row| row.get(0)).unwrap();
    assert_eq!(prompts, 1);
    fixture.dump();
}

#[test]
fn guards_stop_what_is_not_as_expected() {
    let fixture = Fixture::filled();
    let mut writer = fixture.store().writer().unwrap();
    let seen = fixture.reader().image(Handle(1)).unwrap().unwrap().digest();
    fixture.sql().execute("UPDATE observations SET subtitle = 'theirs' WHERE id = 1", []).unwrap();
    let before = fixture.dump();
    let image = fixture.reader().image(Handle(3)).unwrap().unwrap();
    let intents = [
        intent("observation/1", Expect::Exactly(seen), Make::Delete),
        intent("observation/2", Expect::Absent, Make::Delete),
        intent("observation/77", Expect::Exactly(seen), Make::Edit(text("title", "x"))),
        intent("observation/3", Expect::Absent, Make::Put(image.clone())),
        intent("observation/4", Expect::Anything, Make::Put(image.clone())),
        intent("zettel/4", Expect::Anything, Make::Delete),
        edit("prompt/1", text("prompt_text", "  ")),
        edit("summary/1", text("concepts", "[]")),
    ];
    let outcomes = writer.apply(intents.to_vec(), &mut |_: &[Change]| panic!("nothing to journal")).unwrap();
    assert!(
        matches!(&outcomes[0], Outcome::Conflict(Some(now)) if now.own.get("subtitle") == Some(&Value::Text(b"theirs".to_vec())))
    );
    assert!(matches!(outcomes[1], Outcome::Conflict(Some(_))));
    assert_eq!(outcomes[2], Outcome::Conflict(None));
    assert_eq!(outcomes[3], Outcome::Already);
    for outcome in &outcomes[4..] {
        assert!(matches!(outcome, Outcome::Refused(reason) if reason.len() > 20), "{outcome:?}");
    }
    assert_eq!(fixture.dump(), before);
    let refused = writer.apply(vec![intent("observation/2", Expect::Anything, Make::Delete)], &mut |_: &[Change]| {
        Err(Problem::Journal("full".into()))
    });
    assert!(matches!(refused, Err(Problem::Journal(_))));
    assert_eq!(fixture.dump(), before, "what cannot be journalled is not done");
}

#[test]
fn what_a_list_showed_is_told_from_what_is_there_now() {
    for (name, fixture) in everything() {
        let mut reader = fixture.reader();
        let handles: Vec<Handle> = fixture.natives().iter().map(|native| reader.handle(native).unwrap()).collect();
        let listed: Vec<_> = reader.rows(&handles).unwrap().iter().map(|row| (row.key.handle, row.version)).collect();
        let mut scanned = Vec::new();
        reader
            .scan(ScanOf::These(&handles), &mut |seen| {
                scanned.push((seen.handle, seen.version));
                ControlFlow::Continue(())
            })
            .unwrap();
        scanned.sort_by_key(|(handle, _)| handles.iter().position(|other| other == handle));
        assert_eq!(listed, scanned, "{name}: a list and the catalogue see the same");
        let deletes =
            listed.iter().map(|(handle, seen)| intent(&reader.native(*handle), Expect::Seen(*seen), Make::Delete));
        apply(fixture.store().writer().unwrap().as_mut(), &deletes.collect::<Vec<_>>());
        assert!(fixture.natives().is_empty(), "{name}");
    }
}

#[test]
fn what_reads_differently_now_is_not_deleted() {
    for (column, counts) in [
        ("title", true),
        ("subtitle", true),
        ("narrative", true),
        ("facts", true),
        ("concepts", true),
        ("type", true),
        ("project", true),
        ("files_modified", true),
        ("discovery_tokens", false),
        ("synced_at", false),
    ] {
        let fixture = Fixture::filled();
        let mut reader = fixture.reader();
        let row = reader.rows(&[reader.handle("observation/1").unwrap()]).unwrap().remove(0);
        fixture.sql().execute(&format!("UPDATE observations SET {column} = '77' WHERE id = 1"), []).unwrap();
        let before = fixture.dump();
        let delete = intent("observation/1", Expect::Seen(row.version), Make::Delete);
        let outcomes = fixture.store().writer().unwrap().apply(vec![delete], &mut |_: &[Change]| Ok(())).unwrap();
        assert_eq!(matches!(outcomes[0], Outcome::Conflict(Some(_))), counts, "{column}: {outcomes:?}");
        assert_eq!(outcomes[0] == Outcome::Applied, !counts, "{column}");
        assert_eq!(fixture.dump() == before, counts, "{column}");
    }
}

/// More intents, one for each chunk, and how many chunks were durable when each was asked for.
struct Chunks {
    left: Vec<Intent>,
    journalled: Vec<String>,
    fail_at: usize,
}

impl Errand for Chunks {
    fn next(&mut self) -> Vec<Intent> {
        self.left.pop().into_iter().collect()
    }

    fn journal(&mut self, changes: &std::sync::Arc<Vec<Change>>) -> crate::store::Result<()> {
        self.journalled.extend(changes.iter().map(|change| change.native.clone()));
        Ok(())
    }

    fn durable(&mut self) -> crate::store::Result<()> {
        if self.journalled.len() >= self.fail_at { Err(Problem::Journal("full".into())) } else { Ok(()) }
    }
}

#[test]
fn chunks_share_a_transaction_and_fall_together() {
    let fixture = Fixture::filled();
    let before = fixture.dump();
    let delete = |native: &str| intent(native, Expect::Anything, Make::Delete);
    let errand = |fail_at| Chunks {
        left: vec![delete("prompt/1"), delete("observation/9"), delete("observation/2")],
        journalled: Vec::new(),
        fail_at,
    };
    let mut writer = fixture.store().writer().unwrap();
    for fail_at in 1..=3 {
        let failed = writer.apply(vec![delete("observation/1")], &mut errand(fail_at));
        assert!(matches!(failed, Err(Problem::Journal(_))), "{fail_at}: {failed:?}");
        assert_eq!(fixture.dump(), before, "nothing of any chunk stays");
    }
    // Nobody else has it open now: the reader of the dump is this process.
    let mut all = errand(usize::MAX);
    let outcomes = writer.apply(vec![delete("observation/1")], &mut all).unwrap();
    let applied = outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count();
    assert_eq!(applied, all.journalled.len());
    if cfg!(target_os = "linux") {
        assert_eq!(all.journalled, ["observation/1", "observation/2", "prompt/1"]);
        assert_eq!(outcomes[2], Outcome::Already);
    }
}

#[test]
fn what_was_written_alone_is_copied_back_before_the_act_is_over() {
    let fixture = Fixture::filled();
    let count = |how: &str| -> i64 {
        let uri = format!("file:{}?mode=ro{how}", fixture.path.display());
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_URI;
        let conn = Connection::open_with_flags(uri, flags).unwrap();
        conn.query_row("SELECT count(*) FROM observations", [], |row| row.get(0)).unwrap()
    };
    fixture.sql().pragma_update(None, "journal_mode", "wal").unwrap();
    let before = count("");
    let mut writer = fixture.store().writer().unwrap();
    for (turn, native) in ["observation/1", "observation/2"].into_iter().enumerate() {
        if turn > 0 {
            writer.company();
        }
        apply(writer.as_mut(), &[intent(native, Expect::Anything, Make::Delete)]);
    }
    if !writer.company() {
        writer.rest();
        assert_eq!(count("&immutable=1"), before - 2, "the file itself holds it, without its log");
    }
    assert_eq!(count(""), before - 2);
}

#[test]
fn what_a_trigger_makes_of_a_write_is_noticed_and_taken_back() {
    let fixture = Fixture::filled();
    let mut writer = fixture.store().writer().unwrap();
    // One of the known names that does something else: the schema alone cannot tell.
    fixture
        .sql()
        .execute_batch(
            "DROP TRIGGER observations_au;
             CREATE TRIGGER observations_au AFTER UPDATE OF title ON observations BEGIN
                UPDATE observations SET subtitle = 'meddled' WHERE id = new.id; END;",
        )
        .unwrap();
    let before = fixture.dump();
    let result = writer.apply(vec![edit("observation/1", text("title", "mine"))], &mut |_: &[Change]| Ok(()));
    assert!(matches!(result, Err(Problem::NotVerified { .. })), "{result:?}");
    assert_eq!(fixture.dump(), before);
}

#[test]
fn a_memory_that_was_written_again_is_not_doubled() {
    let fixture = Fixture::filled();
    let mut writer = fixture.store().writer().unwrap();
    let journal = apply(writer.as_mut(), &[intent("observation/1", Expect::Anything, Make::Delete)]);
    let conn = fixture.sql();
    schema::Observation {
        memory_session_id: "memory-a",
        kind: "bugfix",
        title: Some("Fixed the connection pool"),
        narrative: Some("The pool leaked connections under load; deploys were slow."),
        ..schema::Observation::default()
    }
    .insert(&conn)
    .unwrap();
    let outcomes = writer.apply(back(&journal), &mut |_: &[Change]| panic!()).unwrap();
    assert!(matches!(&outcomes[0], Outcome::Refused(reason) if reason.contains("observation/5")), "{outcomes:?}");
}

#[test]
fn an_edit_moves_all_that_belongs_to_it() {
    let fixture = Fixture::filled();
    let mut writer = fixture.store().writer().unwrap();
    let list = FieldValue::List(vec!["pattern: x".into(), "gotcha".into()]);
    let both = vec![("title".to_owned(), FieldValue::Text("New".into())), ("concepts".to_owned(), list)];
    apply(writer.as_mut(), &[edit("observation/1", both.clone())]);
    let conn = fixture.sql();
    let read = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(read("SELECT concepts FROM observations WHERE id = 1"), r#"["pattern","gotcha"]"#);
    assert_eq!(read("SELECT sync_rev FROM observations WHERE id = 1"), "2");
    let hash = schema::content_hash(b"memory-a", b"New", b"The pool leaked connections under load; deploys were slow.");
    assert_eq!(read("SELECT content_hash FROM observations WHERE id = 1"), hash);
    assert_eq!(
        writer.apply(vec![edit("observation/1", both)], &mut |_: &[Change]| panic!()).unwrap(),
        [Outcome::Already]
    );
    let old = read("SELECT content_hash FROM observations WHERE id = 2");
    let same = vec![
        ("title".to_owned(), FieldValue::Text("New".into())),
        ("narrative".to_owned(), FieldValue::Text("The pool leaked connections under load; deploys were slow.".into())),
    ];
    apply(writer.as_mut(), &[edit("observation/2", same)]);
    assert_eq!(
        read("SELECT content_hash FROM observations WHERE id = 2"),
        old,
        "two alike in one session keep two fingerprints"
    );
    let v10 = Fixture::new(schema::create_v10);
    fill_hostile(&v10.sql());
    let outcome = v10
        .store()
        .writer()
        .unwrap()
        .apply(vec![edit("observation/2", text("type", "milestone"))], &mut |_: &[Change]| panic!())
        .unwrap();
    assert!(matches!(&outcome[0], Outcome::Refused(reason) if reason.contains("does not accept")), "{outcome:?}");
}

#[test]
fn what_the_cloud_has_seen_gets_a_newer_revision_when_it_comes_back() {
    let fixture = Fixture::filled();
    let conn = fixture.sql();
    conn.execute_batch("INSERT INTO sync_entity_heads VALUES ('e1', 'observation', 'here', '1', '41', 'x', 0, 0)")
        .unwrap();
    conn.execute("UPDATE observations SET synced_at = 5, sync_rev = '41' WHERE id = 1", []).unwrap();
    let mut writer = fixture.store().writer().unwrap();
    let journal = apply(writer.as_mut(), &[edit("observation/1", text("subtitle", "edited"))]);
    apply(writer.as_mut(), &back(&journal));
    let (revision, subtitle, unsent): (String, String, bool) = conn
        .query_row("SELECT sync_rev, subtitle, synced_at IS NULL FROM observations WHERE id = 1", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((revision.as_str(), subtitle.as_str(), unsent), ("42", "it leaked", true));
}

#[test]
fn a_replaced_or_deleted_file_is_never_written() {
    let fixture = Fixture::filled();
    let mut writer = fixture.store().writer().unwrap();
    let moved = fixture.dir.path().join("moved.db");
    std::fs::rename(&fixture.path, &moved).unwrap();
    let delete = [intent("observation/1", Expect::Anything, Make::Delete)];
    assert!(matches!(writer.apply(delete.to_vec(), &mut |_: &[Change]| panic!()), Err(Problem::Gone(_))));
    let new = Fixture::filled();
    new.sql().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    std::fs::copy(&new.path, &fixture.path).unwrap();
    let bytes = std::fs::read(&fixture.path).unwrap();
    assert!(matches!(writer.apply(delete.to_vec(), &mut |_: &[Change]| panic!()), Err(Problem::Replaced(_))));
    let swapped = writer.apply(delete.to_vec(), &mut |_: &[Change]| Ok(()));
    assert!(matches!(swapped, Err(Problem::Replaced(_))));
    assert_eq!(std::fs::read(&fixture.path).unwrap(), bytes);
    assert_eq!(fixture.store().reader().unwrap().newest(100).unwrap().len(), 7);
}

#[test]
fn a_store_with_unknown_effects_is_read_only_and_says_why() {
    for (break_it, word) in [
        ("DROP TRIGGER observations_ad", "observations_ad"),
        ("CREATE TRIGGER spy AFTER UPDATE ON observations BEGIN SELECT 1; END", "spy"),
        ("DELETE FROM user_prompts_fts_data", "user_prompts"),
    ] {
        let fixture = Fixture::filled();
        fixture.sql().execute_batch(break_it).unwrap();
        let store = fixture.store();
        let reason = store.objection().unwrap();
        assert!(reason.contains(word), "{reason}");
        assert!(matches!(store.writer(), Err(Problem::ReadOnly { .. })));
        assert_eq!(store.reader().unwrap().newest(100).unwrap().len(), 7);
    }
}
