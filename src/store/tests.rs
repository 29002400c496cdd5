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
    /// Whether what it takes is there: a server may not be installed.
    there: fn() -> bool,
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

const SAMPLES: [Sample; 10] = [
    Sample {
        name: "claude-mem",
        there: always,
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
        there: always,
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
        there: always,
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
        name: "one PostgreSQL table",
        there: || table::postgres::tests::server::programs().is_some(),
        make: || {
            let store = table::postgres::tests::sample().unwrap();
            (Box::new(()), store)
        },
        word: "queue",
        written: table::postgres::tests::written,
        text: ("public.notes", "content"),
    },
    Sample {
        name: "mcp-memory-service",
        there: always,
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
        there: always,
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
        name: "Letta's Git memory",
        there: || git(Path::new("."), &["--version"]),
        make: || {
            let made = text_files("memory", &[("MEMORY.md", "An index.\n")]);
            let place = made.1.about().path.clone();
            std::fs::create_dir(place.join("system")).unwrap();
            let text = "---\ndescription: Deploys\n---\n\nDeploys go through the queue.\n";
            std::fs::write(place.join("system/deploys.md"), text).unwrap();
            let sign = ["-c", "user.name=Ana", "-c", "user.email=ana@example.org", "commit", "-q", "-m", "first"];
            assert!(git(&place, &["init", "-q"]) && git(&place, &["add", "-A"]) && git(&place, &sign));
            (made.0, discover::open_in(&discover::Environment::default(), &place, &[]).unwrap())
        },
        word: "queue",
        written: |path| std::fs::write(path.join("system/deploys.md"), "Somebody else wrote this.\n").unwrap(),
        text: ("note", "text"),
    },
    Sample {
        name: "instructions",
        there: always,
        make: || {
            text_files("project", &[("AGENTS.md", "# Deploys\n\nThrough the queue.\n\n## Tests\n\nUnder nextest.\n")])
        },
        word: "queue",
        written: |path| std::fs::write(path.join("AGENTS.md"), "# Deploys\n\nBy hand.\n").unwrap(),
        text: ("memory", "body"),
    },
    Sample {
        name: "agentmemory",
        there: always,
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
        there: always,
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

/// Whether Git did what it was asked for.
fn git(place: &Path, arguments: &[&str]) -> bool {
    let ran = std::process::Command::new("git").arg("-C").arg(place).args(arguments).output();
    ran.is_ok_and(|ran| ran.status.success())
}

fn always() -> bool {
    true
}

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
const COLUMNS: [(&str, Try); 12] = [
    ("list", lists),
    ("search", searches),
    ("add", adds),
    ("carry", carries),
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
    for sample in SAMPLES.iter().filter(|sample| (sample.there)()) {
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

/// Takes in a memory of another store, and lets it go again without a trace.
fn carries(_: &Sample, store: &dyn Store) -> bool {
    let text = |text: &str| Some(text.to_owned());
    let parcel = Parcel {
        title: "Carried here".into(),
        text: "Said elsewhere.\n\n# Why\n\nBecause.".into(),
        kind: "decision".into(),
        bucket: crate::memory::Bucket::Project,
        project: text("shop"),
        agent: text("claude"),
        session: text("s-1"),
        model: None,
        tags: vec!["one".into()],
        files: vec!["src/a.rs".into()],
        created: Some(1_780_000_000_000),
        updated: None,
        stated: None,
        from: crate::memory::MemoryId { store: "elsewhere".into(), native: "memory/1".into() },
        own: None,
    };
    let drawer = store.drawers().into_iter().next().map(|drawer| drawer.name);
    assert!(store.takes() || store.fit(&parcel, drawer.as_deref()).is_err());
    let Ok(fitted) = store.fit(&parcel, drawer.as_deref()) else { return false };
    let before: Vec<_> = handles(store).iter().map(|handle| store.reader().unwrap().image(*handle).unwrap()).collect();
    let composed = store.writer().unwrap().compose(&[fitted.record]).unwrap().remove(0);
    let (native, image) = composed.unwrap();
    let mut changes = Vec::new();
    let mut apply = |intent: Intent| {
        let keep = &mut |made: &[Change]| {
            changes.extend_from_slice(made);
            Ok(())
        };
        store.writer().unwrap().apply(vec![intent], keep).unwrap().remove(0)
    };
    let put = Intent { native: native.clone(), expect: Expect::Absent, make: Make::Put(image.clone()) };
    assert_eq!(apply(put), Outcome::Applied);
    let mut reader = store.reader().unwrap();
    let there = reader.image(reader.handle(&native).unwrap()).unwrap().unwrap();
    let delete = Intent { native, expect: Expect::Exactly(there.digest()), make: Make::Delete };
    assert_eq!(apply(delete), Outcome::Applied);
    // What it moved beside itself is put back by the journal.
    for change in changes.iter().rev().filter(|change| change.before.is_some() && change.after.is_some()) {
        let make = Make::Put(change.before.clone().unwrap());
        store
            .writer()
            .unwrap()
            .apply(
                vec![Intent { native: change.native.clone(), expect: Expect::Anything, make }],
                &mut |_: &[Change]| Ok(()),
            )
            .unwrap();
    }
    let after: Vec<_> = handles(store).iter().map(|handle| store.reader().unwrap().image(*handle).unwrap()).collect();
    let digests = |images: &[Option<Image>]| images.iter().flatten().map(Image::digest).collect::<HashSet<_>>();
    digests(&before) == digests(&after)
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
    // What a server keeps cannot be looked through.
    let Some(handle) = tell(store).filter(|_| !store.is_served()) else { return false };
    assert!(!telling(path).is_empty(), "{}: it was not written", sample.name);
    let native = store.reader().unwrap().native(handle);
    let mut writer = store.writer().unwrap();
    let intent = Intent { native, expect: Expect::Anything, make: Make::Erase };
    let done = writer.apply(vec![intent], &mut |_: &[Change]| Ok(())).unwrap();
    if matches!(done.as_slice(), [Outcome::Refused(_)]) {
        return false;
    }
    let wording = Wording::of(std::iter::once(TELLTALE), std::iter::empty());
    let left = writer.scrub(&Sweep { wording: Some(&wording), rewrite: true }).unwrap();
    drop(writer);
    let telling = telling(path);
    assert_eq!(telling, [""; 0], "{}: {left:?}", sample.name);
    done == [Outcome::Applied] && left.is_empty() && store.reader().unwrap().image(handle).unwrap().is_none()
}

/// One of each kind of store in which something can be erased, by its name in the table.
pub(crate) fn each() -> impl Iterator<Item = (&'static str, Made)> {
    let made = SAMPLES.iter().filter(|sample| (sample.there)()).map(|sample| (sample.name, (sample.make)()));
    // A server and a repository keep what was, so that nothing is erased there.
    made.filter(|(_, (_, store))| !store.is_served() && store.about().product != "letta")
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
