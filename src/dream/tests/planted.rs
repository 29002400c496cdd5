//! A store with memories that a test planted, and a dream over it.

use std::{path::Path, sync::Arc};

use rusqlite::{Connection, params};

use crate::{
    demo,
    dream::{Analyser, Ask, Found, Stage, dream},
    engine::{Desk, Library},
    memory::{EpochMs, Handle, Key, Overlay},
    query::{Expr, Zone},
    store::{Store, claude_mem, knowledge_graph, native},
};

/// 2026-11-18T12:00:00Z, a Wednesday.
pub(super) const NOW: EpochMs = 1_795_003_200_000;
const DAY: EpochMs = 86_400_000;

const fn now() -> EpochMs {
    NOW
}

fn zone() -> Zone {
    Zone::Fixed(chrono::FixedOffset::east_opt(0).unwrap())
}

/// The day so many days ago.
pub(super) fn day(ago: i64) -> String {
    zone().clock(NOW - ago * DAY).unwrap().format("%Y-%m-%d").to_string()
}

/// A memory to plant.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    title: String,
    body: String,
    kind: String,
    project: String,
    session: String,
    tags: Vec<String>,
    files: Vec<String>,
    created: EpochMs,
}

pub(super) fn memory(title: &str, body: &str) -> Seed {
    Seed {
        title: title.to_owned(),
        body: body.to_owned(),
        kind: "discovery".to_owned(),
        project: "api".to_owned(),
        session: String::new(),
        tags: Vec::new(),
        files: Vec::new(),
        created: NOW - DAY,
    }
}

fn owned(items: &[&str]) -> Vec<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

impl Seed {
    pub(super) fn kind(self, kind: &str) -> Self {
        Self { kind: kind.to_owned(), ..self }
    }

    pub(super) fn project(self, project: &str) -> Self {
        Self { project: project.to_owned(), ..self }
    }

    pub(super) fn session(self, session: &str) -> Self {
        Self { session: session.to_owned(), ..self }
    }

    pub(super) fn tags(self, tags: &[&str]) -> Self {
        Self { tags: owned(tags), ..self }
    }

    pub(super) fn files(self, files: &[&str]) -> Self {
        Self { files: owned(files), ..self }
    }

    pub(super) fn age(self, days: i64) -> Self {
        Self { created: NOW - days * DAY, ..self }
    }

    pub(super) fn later(self, minutes: i64) -> Self {
        Self { created: self.created + minutes * 60_000, ..self }
    }
}

/// All that came of a dream.
#[derive(Debug, PartialEq)]
pub(super) struct Dreamt {
    pub(super) found: Vec<Found>,
    pub(super) remarks: Vec<String>,
    pub(super) read: usize,
}

/// A store, open and judged.
pub(super) struct Planted {
    _directory: tempfile::TempDir,
    pub(super) stores: Vec<Arc<dyn Store>>,
    overlays: Vec<(Handle, Overlay)>,
}

impl Planted {
    /// A shared database with these memories; the first is `memory/1`.
    pub(super) fn new(seeds: &[Seed]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("memories.db");
        native::create(&path).unwrap();
        insert(&path, seeds);
        let store = native::open(&path, "shared".to_owned()).unwrap();
        Self { _directory: directory, stores: vec![store], overlays: Vec::new() }
    }

    /// A knowledge graph of these lines.
    pub(super) fn graph(lines: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("memory.jsonl");
        std::fs::write(&path, lines.join("\n")).unwrap();
        let store = knowledge_graph::open(&path, "graph".into()).unwrap();
        Self { _directory: directory, stores: vec![store], overlays: Vec::new() }
    }

    /// The memories of the demo.
    pub(super) fn demo() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("claude-mem.db");
        demo::build(&path, NOW).unwrap();
        let store = claude_mem::open(&path, "claude-mem".into(), &std::collections::BTreeMap::new()).unwrap();
        Self { _directory: directory, stores: vec![store], overlays: Vec::new() }
    }

    pub(super) fn pinned(self, id: i64) -> Self {
        self.with(id, Overlay { pinned: true, ..Overlay::default() })
    }

    pub(super) fn stale_after(self, id: i64, moment: EpochMs) -> Self {
        self.with(id, Overlay { stale_after: Some(moment), ..Overlay::default() })
    }

    fn with(mut self, id: i64, overlay: Overlay) -> Self {
        let handle = self.stores[0].reader().unwrap().handle(&format!("memory/{id}")).unwrap();
        self.overlays.push((handle, overlay));
        self
    }

    /// Every row of the memories, for comparing.
    pub(super) fn dump(&self) -> Vec<String> {
        let conn = Connection::open(&self.stores[0].about().path).unwrap();
        let sql = "SELECT json_array(id, title, body, kind, project, session, tags, files, created, updated, hex(hash))
                   FROM memory ORDER BY id";
        let mut query = conn.prepare(sql).unwrap();
        query.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    pub(super) fn dream(&self, only: &[Analyser]) -> Dreamt {
        self.watched(only, &mut |_| true).unwrap()
    }

    pub(super) fn watched(
        &self,
        only: &[Analyser],
        watch: &mut dyn FnMut(Stage) -> bool,
    ) -> crate::store::Result<Dreamt> {
        let library = Arc::new(Library::at(self.stores.clone(), None, now));
        for (handle, overlay) in &self.overlays {
            library.set_overlay(Key { store: 0, handle: *handle }, overlay.clone());
        }
        let mut desk = Desk::new(library);
        desk.ready(&mut |_| true).unwrap();
        for (handle, overlay) in &self.overlays {
            desk.library().set_overlay(Key { store: 0, handle: *handle }, overlay.clone());
        }
        let grounds = desk.grounds(&Expr::All, None).unwrap();
        let ask = Ask { only: only.to_vec(), now: NOW, zone: zone() };
        let mut found = Vec::new();
        let dreamt = dream(&self.stores, &grounds, &ask, watch, &mut |one| {
            found.push(one);
            Ok(())
        })?;
        Ok(Dreamt { found, remarks: dreamt.remarks, read: dreamt.read })
    }
}

fn insert(path: &Path, seeds: &[Seed]) {
    let mut conn = Connection::open(path).unwrap();
    let tx = conn.transaction().unwrap();
    for seed in seeds {
        let json = |items: &[String]| serde_json::to_string(items).unwrap();
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        tx.execute(
            "INSERT INTO memory(title, body, kind, bucket, project, session, tags, files, author, created, updated)
             VALUES(?1,?2,?3,'project',?4,?5,?6,?7,'claude',?8,?8)",
            params![
                seed.title,
                seed.body,
                seed.kind,
                some(&seed.project),
                some(&seed.session),
                json(&seed.tags),
                json(&seed.files),
                seed.created
            ],
        )
        .unwrap();
    }
    tx.commit().unwrap();
}
