//! Pruning, editing, putting back to the byte, and what is refused.

use super::{
    server::{Database, shared},
    *,
};
use crate::{change::FieldValue, memory::Image};

fn edit(field: &str, value: &str) -> Make {
    Make::Edit(vec![(field.to_owned(), FieldValue::Text(value.into()))])
}

fn image(store: &dyn Store, native: &str) -> Image {
    let mut reader = store.reader().unwrap();
    let handle = reader.handle(native).unwrap();
    reader.image(handle).unwrap().unwrap()
}

/// Everything of both tables, also computed and numbered columns.
fn dump(made: &Database<'_>) -> Vec<String> {
    [made.dump("memories"), made.dump("link")].concat()
}

#[test]
fn what_is_deleted_comes_back_to_the_byte() {
    let Some(server) = shared() else { return };
    let made = Database::new(server, HOME_GROWN);
    let before = dump(&made);
    let store = store(&made.address(), MAPPING);
    let mut taken = Vec::new();
    for native in [B2, A1, C3] {
        let (outcome, changes) = apply(store.as_ref(), native, Expect::Anything, Make::Delete);
        assert_eq!(outcome, Outcome::Applied);
        taken.push((native, changes[0].before.clone().unwrap()));
    }
    assert!(dump(&made).is_empty());
    assert_eq!(apply(store.as_ref(), A1, Expect::Anything, Make::Delete).0, Outcome::Already);
    for (native, image) in taken {
        assert_eq!(apply(store.as_ref(), native, Expect::Absent, Make::Put(image.clone())).0, Outcome::Applied);
        assert_eq!(apply(store.as_ref(), native, Expect::Absent, Make::Put(image)).0, Outcome::Already);
    }
    assert_eq!(dump(&made), before);
}

#[test]
fn many_rows_leave_and_come_in_one_transaction() {
    let Some(server) = shared() else { return };
    let made = Database::new(
        server,
        "CREATE TABLE notes(id int PRIMARY KEY, content text, n numeric);
         INSERT INTO notes SELECT i, 'note ' || i, i / 7.0 FROM generate_series(1, 3000) i",
    );
    let store = store(&made.address(), "table='notes'\nid='id'\ncontent='content'");
    let before = made.dump("notes");
    let natives: Vec<String> = (1..=3000).map(|number| format!("row/{number}")).collect();
    let mut taken = Vec::new();
    let prune =
        natives.iter().map(|native| Intent { native: native.clone(), expect: Expect::Anything, make: Make::Delete });
    let keep = &mut |changes: &[Change]| {
        taken.extend_from_slice(changes);
        Ok(())
    };
    let outcomes = store.writer().unwrap().apply(prune.collect(), keep).unwrap();
    assert!(outcomes.iter().all(|outcome| *outcome == Outcome::Applied) && made.dump("notes").is_empty());
    let back = taken.iter().map(|change| Intent {
        native: change.native.clone(),
        expect: Expect::Absent,
        make: Make::Put(change.before.clone().unwrap()),
    });
    store.writer().unwrap().apply(back.collect(), &mut |_: &[Change]| Ok(())).unwrap();
    assert_eq!(made.dump("notes"), before);
}

#[test]
fn an_edit_changes_what_it_says_and_the_time() {
    let Some(server) = shared() else { return };
    let made = Database::new(server, HOME_GROWN);
    let before = dump(&made);
    let store = store(&made.address(), MAPPING);
    let was = image(store.as_ref(), A1);
    let tags = ("tags".to_owned(), FieldValue::List(vec!["deploy".into(), "a \"b\", {c}".into()]));
    let (outcome, changes) = apply(store.as_ref(), A1, Expect::Exactly(was.digest()), Make::Edit(vec![tags]));
    assert_eq!(outcome, Outcome::Applied);
    let id = A1.trim_start_matches("row/");
    let asked = format!("SELECT tags[2] || (updated_at > now() - interval '1 hour') FROM memories WHERE id = '{id}'");
    assert_eq!(made.value(&asked), "a \"b\", {c}true");
    let (after, back) = (changes[0].after.clone().unwrap(), Make::Put(was));
    assert_eq!(apply(store.as_ref(), A1, Expect::Exactly(after.digest()), back).0, Outcome::Applied);
    assert_eq!(dump(&made), before);
    let refuse = |native: &str, field: &str, value: &str| match apply(
        store.as_ref(),
        native,
        Expect::Anything,
        edit(field, value),
    )
    .0
    {
        Outcome::Refused(reason) => reason,
        other => panic!("{field}: {other:?}"),
    };
    assert!(refuse(A1, "score", "1").contains("no field `score`"));
    assert!(refuse(A1, "content", " ").contains("cannot be empty"));
    assert!(refuse(A1, "content", "Tests run under nextest").contains("duplicate key"));
    assert!(refuse(A1, "agent_id", &"x".repeat(41)).contains("too long"), "nothing is cut without a word");
    let conflict = apply(store.as_ref(), A1, Expect::Exactly([0; 32]), edit("area", "x"));
    assert!(matches!(conflict.0, Outcome::Conflict(Some(_))));
    for none in ["row/zz", "row/00000000-0000-0000-0000-0000000000A1", "memory/1"] {
        assert_eq!(
            apply(store.as_ref(), none, Expect::Anything, edit("area", "x")).0,
            Outcome::Conflict(None),
            "{none}"
        );
    }
    assert_eq!(dump(&made), before);
}

#[test]
fn a_trigger_that_keeps_the_time_is_undone_exactly() {
    let Some(server) = shared() else { return };
    let made = Database::new(server, HOME_GROWN);
    made.run(
        "CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
         CREATE TRIGGER touch BEFORE UPDATE ON memories FOR EACH ROW EXECUTE FUNCTION touch();",
    );
    let before = dump(&made);
    let store = store(&made.address(), MAPPING);
    let was = image(store.as_ref(), A1);
    let (outcome, changes) = apply(store.as_ref(), A1, Expect::Exactly(was.digest()), edit("content", "Another text"));
    assert_eq!(outcome, Outcome::Applied);
    let after = changes[0].after.clone().unwrap();
    assert_eq!(image(store.as_ref(), A1).digest(), after.digest(), "what the trigger made of it was journalled");
    let back = Make::Put(was.clone());
    assert_eq!(apply(store.as_ref(), A1, Expect::Exactly(after.digest()), back).0, Outcome::Applied);
    assert_eq!(dump(&made), before, "with the row that hangs on it");
    let again = Make::Put(after.clone());
    assert_eq!(apply(store.as_ref(), A1, Expect::Exactly(was.digest()), again).0, Outcome::Applied);
    assert_eq!(image(store.as_ref(), A1).digest(), after.digest());
}

#[test]
fn what_could_not_be_taken_back_is_not_written() {
    let Some(server) = shared() else { return };
    let stamp =
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.updated_at = now(); RETURN NEW; END $$;
        CREATE TRIGGER f BEFORE INSERT OR UPDATE ON memories FOR EACH ROW EXECUTE FUNCTION f();";
    let made = Database::new(server, HOME_GROWN);
    made.run(stamp);
    let before = dump(&made);
    let stamped = store(&made.address(), MAPPING);
    assert_eq!(stamped.about().read_only, None);
    for make in [Make::Delete, edit("content", "Another text")] {
        let (outcome, changes) = apply(stamped.as_ref(), A1, Expect::Anything, make);
        assert!(
            matches!(&outcome, Outcome::Refused(reason) if reason.contains("could not be put back")),
            "{outcome:?}"
        );
        assert!(changes.is_empty());
    }
    assert_eq!(dump(&made), before);
    for (sql, why) in [
        (
            "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM link; RETURN OLD; END $$;
             CREATE TRIGGER log AFTER DELETE ON memories FOR EACH ROW EXECUTE FUNCTION g();",
            "trigger log",
        ),
        ("CREATE TABLE other(m uuid REFERENCES memories ON DELETE SET NULL)", "public.other changes"),
        ("CREATE RULE quiet AS ON DELETE TO memories DO INSTEAD NOTHING", "rewrite rules"),
        (
            "ALTER TABLE link DROP CONSTRAINT link_memory_fkey; ALTER TABLE memories DROP CONSTRAINT memories_pkey",
            "no unique index",
        ),
        ("ALTER DATABASE current SET default_transaction_read_only = on", "read only"),
    ] {
        let made = Database::new(server, HOME_GROWN);
        made.run(&sql.replace("DATABASE current", &format!("DATABASE {}", made.name)));
        let store = store(&made.address(), MAPPING);
        let reason = store.about().read_only.clone().unwrap_or_default();
        assert!(reason.contains(why), "{why}: {reason}");
        assert!(matches!(store.writer(), Err(Problem::ReadOnly { .. })));
        assert_eq!(store.reader().unwrap().newest(10).unwrap().len(), 3);
    }
    let made = Database::new(server, HOME_GROWN);
    made.run("CREATE VIEW seen AS SELECT * FROM memories");
    let view = store(&made.address(), &MAPPING.replace("'memories'", "'seen'"));
    assert!(view.about().read_only.as_ref().unwrap().contains("a view"));
}
