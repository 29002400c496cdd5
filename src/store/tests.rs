//! The table of stores in `docs/stores.md` says what every store really does: each is made, and each thing is tried.

use std::{collections::HashSet, ops::ControlFlow, path::Path, sync::Arc};

use rusqlite::Connection;

use super::*;
use crate::{
    change::{Change, FieldValue},
    memory::Signal,
};

/// A kind of store, and how to make one with memories in every state that it knows.
struct Sample {
    /// The first column of its line in the table.
    name: &'static str,
    /// Makes one; it lives as long as what it is made in.
    make: fn() -> Made,
    /// A word of one of its memories.
    word: &'static str,
    /// What another program writes into it.
    written: fn(&Path),
    /// The column of the text in a new memory.
    text: (&'static str, &'static str),
}

/// What a store is made in, and the store.
pub(crate) type Made = (Box<dyn std::any::Any>, Arc<dyn Store>);

/// Tries something; whether it works.
type Try = fn(&Sample, &dyn Store) -> bool;

const SAMPLES: [Sample; 8] = [
    Sample {
        name: "claude-mem",
        make: || {
            let it = claude_mem::tests::Fixture::filled();
            let store = it.store();
            (Box::new(it), store)
        },
        word: "pool",
        written: |path| sql(path, "UPDATE observations SET title = 'Another title'"),
        text: ("observations", "narrative"),
    },
    Sample {
        name: "shared database",
        make: || {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join(native::FILE_NAME);
            native::create(&path).unwrap();
            sql(
                &path,
                "INSERT INTO memory(body, bucket, tags, created, updated) VALUES ('the queue', 'user', '[\"a\"]', 5, 5)",
            );
            let store = native::open(&path, native::NAME.into()).unwrap();
            (Box::new(dir), store)
        },
        word: "queue",
        written: |path| sql(path, "UPDATE memory SET body = 'another text'"),
        text: ("memory", "body"),
    },
    Sample {
        name: "one SQL table",
        make: || {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("notes.db");
            sql(
                &path,
                "CREATE TABLE notes(id INTEGER PRIMARY KEY, content TEXT, tags TEXT, at TEXT);
                 INSERT INTO notes VALUES (1, 'the queue', 'a,b', '2026-06-01T00:00:00Z')",
            );
            let mapping =
                toml::from_str("table='notes'\nid='id'\ncontent='content'\ntags='tags'\ncreated='at'").unwrap();
            let store = table::open_mapped(&path, mapping, "notes".into()).unwrap();
            (Box::new(dir), store)
        },
        word: "queue",
        written: |path| sql(path, "UPDATE notes SET content = 'another text'"),
        text: ("notes", "content"),
    },
    Sample {
        name: "mcp-memory-service",
        make: || {
            let it = mcp_memory::tests::Fixture::filled(mcp_memory::tests::Version::V12);
            let store = it.store();
            (Box::new(it), store)
        },
        word: "queue",
        written: |path| sql(path, "UPDATE memories SET tags = 'another'"),
        text: ("memories", "content"),
    },
    Sample {
        name: "Claude Code's memory",
        make: || {
            let index = "- [Queue](queue.md) — never skip it\n";
            let topic = "---\nname: queue\ntype: feedback\n---\n\nDeploys go through the queue.\n";
            text_files(".claude/projects/-home-me-api/memory", &[("MEMORY.md", index), ("queue.md", topic)])
        },
        word: "queue",
        written: |path| std::fs::write(path.join("queue.md"), "Somebody else wrote this.\n").unwrap(),
        text: ("memory", "body"),
    },
    Sample {
        name: "instructions",
        make: || {
            text_files("project", &[("AGENTS.md", "# Deploys\n\nThrough the queue.\n\n## Tests\n\nUnder nextest.\n")])
        },
        word: "queue",
        written: |path| std::fs::write(path.join("AGENTS.md"), "# Deploys\n\nBy hand.\n").unwrap(),
        text: ("memory", "body"),
    },
    Sample {
        name: "agentmemory",
        make: || {
            let it = agentmemory::tests::Fixture::filled();
            let store = it.store();
            (Box::new(it), store)
        },
        word: "queue",
        written: agentmemory::tests::Fixture::written,
        text: ("memory", "content"),
    },
    Sample {
        name: "knowledge graph",
        make: || {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("memory.jsonl");
            let lines = [
                r#"{"type":"entity","name":"api","entityType":"project","observations":["deploys by the queue","uses pnpm"]}"#,
                r#"{"type":"entity","name":"ana","entityType":"person","observations":[]}"#,
                r#"{"type":"relation","from":"ana","to":"api","relationType":"maintains"}"#,
                r#"{"type":"entity","name":"lost""#,
            ];
            std::fs::write(&path, lines.join("\n")).unwrap();
            let store = discover::open_in(&discover::Environment::default(), &path, &[]).unwrap();
            (Box::new(dir), store)
        },
        word: "queue",
        written: |path| {
            std::fs::write(path, "{\"type\":\"entity\",\"name\":\"x\",\"entityType\":\"y\",\"observations\":[]}")
                .unwrap();
        },
        text: ("observation", "text"),
    },
];

/// A directory with files in it, opened.
fn text_files(name: &str, texts: &[(&str, &str)]) -> Made {
    let dir = tempfile::tempdir().unwrap();
    let place = dir.path().join(name);
    std::fs::create_dir_all(&place).unwrap();
    for (name, text) in texts {
        std::fs::write(place.join(name), text).unwrap();
    }
    let store = discover::open_in(&discover::Environment::default(), &place, &[]).unwrap();
    (Box::new(dir), store)
}

/// The columns of the table, each with the way to try it.
const COLUMNS: [(&str, Try); 11] = [
    ("list", lists),
    ("search", searches),
    ("add", adds),
    ("prune", prunes),
    ("edit", edits),
    ("erase", erases),
    ("tag", tags),
    ("restore", restores),
    ("versions", keeps_versions),
    ("live", follows),
    ("queue", queues),
];

#[test]
fn the_page_of_stores_says_what_they_do() {
    let page = include_str!("../../docs/stores.md");
    let mut expected = vec![line("store", COLUMNS.map(|(name, _)| name))];
    for sample in &SAMPLES {
        let tried = COLUMNS.map(|(_, works)| {
            let (_made, store) = (sample.make)();
            if works(sample, store.as_ref()) { "yes" } else { "–" }
        });
        expected.push(line(sample.name, tried));
    }
    let missing: Vec<&String> = expected.iter().filter(|line| !page.lines().any(|known| known == **line)).collect();
    assert!(missing.is_empty(), "docs/stores.md should have these lines:\n{}", expected.join("\n"));
}

fn line(name: &str, cells: [&str; COLUMNS.len()]) -> String {
    format!("| {name} | {} |", cells.join(" | "))
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

fn handles(store: &dyn Store) -> Vec<Handle> {
    let mut all = Vec::new();
    store.reader().unwrap().outline(&mut |handle, _| all.push(handle)).unwrap();
    all
}

fn lists(_: &Sample, store: &dyn Store) -> bool {
    let rows = store.reader().unwrap().newest(100).unwrap();
    !rows.is_empty() && rows.len() == handles(store).len()
}

fn searches(sample: &Sample, store: &dyn Store) -> bool {
    let mut found = 0;
    let needle = Needle::Word(sample.word.into(), false);
    store
        .reader()
        .unwrap()
        .search(&needle, &mut |_| {
            found += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
    found > 0
}

fn adds(sample: &Sample, store: &dyn Store) -> bool {
    let (table, column) = sample.text;
    let columns = vec![(column.to_owned(), crate::memory::Value::Text(b"something new".to_vec()))];
    let composed = store.writer().unwrap().compose(&[Record { table: table.into(), columns }]);
    matches!(composed.as_deref(), Ok([Ok(_)]))
}

/// Applies an intent, and takes it back; whether both were done and everything is as it was.
fn there_and_back(store: &dyn Store, handle: Handle, make: Make) -> bool {
    let mut reader = store.reader().unwrap();
    let (native, before) = (reader.native(handle), reader.image(handle).unwrap().unwrap());
    let mut changes = Vec::new();
    let mut apply = |intent: Intent| {
        let keep = &mut |made: &[Change]| {
            changes.extend_from_slice(made);
            Ok(())
        };
        store.writer().unwrap().apply(vec![intent], keep).unwrap().remove(0)
    };
    let done = apply(Intent { native: native.clone(), expect: Expect::Exactly(before.digest()), make });
    if done != Outcome::Applied {
        return false;
    }
    let after = reader.image(handle).unwrap();
    assert_ne!(after.as_ref().map(Image::digest), Some(before.digest()));
    let expect = after.map_or(Expect::Absent, |image| Expect::Exactly(image.digest()));
    let back = apply(Intent { native, expect, make: Make::Put(before.clone()) });
    back == Outcome::Applied && reader.image(handle).unwrap().is_some_and(|image| image.digest() == before.digest())
}

fn prunes(_: &Sample, store: &dyn Store) -> bool {
    handles(store).into_iter().all(|handle| there_and_back(store, handle, Make::Delete))
}

/// The fields of the first memory that has one which is wanted.
fn field(store: &dyn Store, wanted: impl Fn(&str, &FieldValue) -> bool) -> Option<(Handle, String)> {
    let mut reader = store.reader().unwrap();
    handles(store).into_iter().find_map(|handle| {
        let edit = reader.editable(handle).unwrap()?;
        edit.into_iter().find(|(name, value)| wanted(name, value)).map(|(name, _)| (handle, name))
    })
}

fn edits(_: &Sample, store: &dyn Store) -> bool {
    let texts = HashSet::from(["title", "content", "body", "narrative", "text"]);
    let found = field(store, |name, value| texts.contains(name) && matches!(value, FieldValue::Text(_)));
    found.is_some_and(|(handle, name)| {
        there_and_back(store, handle, Make::Edit(vec![(name, FieldValue::Text("Quite another text".into()))]))
    })
}

fn tags(_: &Sample, store: &dyn Store) -> bool {
    let found = field(store, |name, _| ["tags", "concepts"].contains(&name));
    found.is_some_and(|(handle, name)| {
        there_and_back(store, handle, Make::Edit(vec![(name, FieldValue::List(vec!["other".into()]))]))
    })
}

/// Words that stand nowhere else, in a text long enough to be on several pages.
pub(crate) const TELLTALE: &str = "Zanzibar quokkas swim past the sleeping lighthouse at half past nine";
/// Some of them, as an index of words has them.
pub(crate) const TELLTALES: [&str; 3] = ["zanzibar", "quokka", "lighthouse"];

/// Gives a memory the telltale text. The memory; `None` where no text can be edited.
pub(crate) fn tell(store: &dyn Store) -> Option<Handle> {
    let texts = HashSet::from(["content", "body", "narrative", "text"]);
    let found = field(store, |name, value| texts.contains(name) && matches!(value, FieldValue::Text(_)));
    let (handle, name) = found?;
    let native = store.reader().unwrap().native(handle);
    let text = format!("{TELLTALE}. {}", "The tide is high and the ferry is late. ".repeat(40));
    let make = Make::Edit(vec![(name, FieldValue::Text(text))]);
    let intent = Intent { native, expect: Expect::Anything, make };
    let done = store.writer().unwrap().apply(vec![intent], &mut |_: &[Change]| Ok(())).unwrap();
    assert_eq!(done, [Outcome::Applied]);
    Some(handle)
}

/// The files at and below a path, and those beside a database, that hold one of the telltale words.
pub(crate) fn telling(path: &Path) -> Vec<String> {
    let mut left = vec![path.to_owned()];
    left.extend(["-wal", "-journal"].map(|ending| sqlite::file::companion(path, ending)));
    let mut found = Vec::new();
    while let Some(path) = left.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            left.extend(entries.map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = std::fs::read(&path) {
            let bytes = bytes.to_ascii_lowercase();
            let holds = |word: &&str| bytes.windows(word.len()).any(|part| part == word.as_bytes());
            found.extend(TELLTALES.iter().find(|word| holds(word)).map(|word| format!("{word} in {}", path.display())));
        }
    }
    found
}

/// A memory goes, with its words in every file of the store.
fn erases(sample: &Sample, store: &dyn Store) -> bool {
    let path = &store.about().path;
    let Some(handle) = tell(store) else { return false };
    assert!(!telling(path).is_empty(), "{}: it was not written", sample.name);
    let native = store.reader().unwrap().native(handle);
    let mut writer = store.writer().unwrap();
    let intent = Intent { native, expect: Expect::Anything, make: Make::Erase };
    let done = writer.apply(vec![intent], &mut |_: &[Change]| Ok(())).unwrap();
    let wording = Wording::of(std::iter::once(TELLTALE), std::iter::empty());
    let left = writer.scrub(&Sweep { wording: Some(&wording), rewrite: true }).unwrap();
    drop(writer);
    let telling = telling(path);
    assert_eq!(telling, [""; 0], "{}: {left:?}", sample.name);
    done == [Outcome::Applied] && left.is_empty() && store.reader().unwrap().image(handle).unwrap().is_none()
}

/// One of each kind of store, by its name in the table.
pub(crate) fn each() -> impl Iterator<Item = (&'static str, Made)> {
    SAMPLES.iter().map(|sample| (sample.name, (sample.make)()))
}

/// What the product deleted itself.
fn restores(_: &Sample, store: &dyn Store) -> bool {
    let mut reader = store.reader().unwrap();
    let deleted = handles(store).into_iter().find(|handle| {
        reader.memory(*handle).unwrap().is_some_and(|memory| memory.state == crate::memory::State::Deleted)
    });
    let live = Make::Edit(vec![("state".into(), FieldValue::Text("live".into()))]);
    deleted.is_some_and(|handle| there_and_back(store, handle, live))
}

fn keeps_versions(_: &Sample, store: &dyn Store) -> bool {
    let mut reader = store.reader().unwrap();
    handles(store).into_iter().any(|handle| {
        let versions = reader.versions(handle).unwrap();
        versions.iter().filter(|version| version.current).count() == 1
    })
}

fn follows(sample: &Sample, store: &dyn Store) -> bool {
    let mut reader = store.reader().unwrap();
    // The first look may only find out how things are.
    reader.pulse().unwrap();
    assert_eq!(reader.pulse().unwrap(), Pulse::Same);
    let (path, before) = (&store.about().path, reader.stamp());
    (sample.written)(path);
    // Files are looked at for a small part of the time.
    let told = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        reader.pulse().unwrap() == Pulse::Changed
    });
    // A directory keeps its size and time when a file in it is written: a saved catalogue must have something else to go by.
    assert!(!path.is_dir() || before.is_some() && reader.stamp() != before, "{}", sample.name);
    told
}

/// What the product itself leaves for a person to settle.
fn queues(_: &Sample, store: &dyn Store) -> bool {
    let mut any = false;
    store
        .reader()
        .unwrap()
        .scan(ScanOf::All, &mut |scanned| {
            any |= scanned.told.has(Signal::Unsettled);
            ControlFlow::Continue(())
        })
        .unwrap();
    any
}
