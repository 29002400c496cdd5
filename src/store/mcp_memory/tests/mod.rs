//! Tests of the whole store, on databases made here as the product makes them and on a sample made by the product.

mod reading;
mod sample;
mod writing;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::Connection;

use super::*;
use crate::{
    change::Change,
    memory::{Handle, Record, Value},
    store::{Expect, Intent, Make, Outcome, sqlite::cell},
};

/// Floats in a vector of these tests.
const DIMENSIONS: usize = 4;
/// Slots in a chunk of these tests, so that several chunks are needed soon.
const SLOTS: usize = 8;

/// A version of the product's schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Version {
    V10,
    V12,
}

const BOTH: [Version; 2] = [Version::V10, Version::V12];

/// A database in a directory of its own.
pub(in crate::store) struct Fixture {
    _dir: tempfile::TempDir,
    pub(in crate::store) path: PathBuf,
    version: Version,
}

impl Fixture {
    fn new(version: Version) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILE_NAME);
        let conn = Connection::open(&path).unwrap();
        let store = if version == Version::V12 { ", store TEXT partition key" } else { "" };
        let (partition, columns) = match version {
            Version::V12 => (
                "sequence_id INTEGER, partition00,",
                "store TEXT DEFAULT 'default', embedding_pending INTEGER NOT NULL DEFAULT 0,",
            ),
            Version::V10 => ("", ""),
        };
        conn.execute_batch(&format!(
            "PRAGMA journal_mode = WAL;
             CREATE TABLE metadata(key TEXT PRIMARY KEY, value TEXT NOT NULL);
             CREATE TABLE memories(id INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT UNIQUE NOT NULL,
                content TEXT NOT NULL, tags TEXT, memory_type TEXT, metadata TEXT, created_at REAL, updated_at REAL,
                created_at_iso TEXT, updated_at_iso TEXT, deleted_at REAL DEFAULT NULL, {columns} parent_id TEXT,
                version INTEGER DEFAULT 1, confidence REAL DEFAULT 1.0, last_accessed INTEGER, superseded_by TEXT);
             CREATE TABLE memory_graph(source_hash TEXT NOT NULL, target_hash TEXT NOT NULL, similarity REAL NOT NULL,
                connection_types TEXT NOT NULL, metadata TEXT, created_at REAL NOT NULL,
                relationship_type TEXT DEFAULT 'related', PRIMARY KEY(source_hash, target_hash));
             CREATE TABLE sync_events(seq INTEGER PRIMARY KEY AUTOINCREMENT, content_hash TEXT);
             CREATE VIRTUAL TABLE memory_content_fts USING fts5(content, content='memories', content_rowid='id',
                tokenize='trigram');
             CREATE TRIGGER memories_fts_ai AFTER INSERT ON memories BEGIN
                INSERT INTO memory_content_fts(rowid, content) VALUES (new.id, new.content); END;
             CREATE TRIGGER memories_fts_au AFTER UPDATE ON memories BEGIN
                DELETE FROM memory_content_fts WHERE rowid = old.id;
                INSERT INTO memory_content_fts(rowid, content) VALUES (new.id, new.content); END;
             CREATE TRIGGER memories_fts_ad AFTER DELETE ON memories BEGIN
                DELETE FROM memory_content_fts WHERE rowid = old.id; END;
             CREATE TABLE memory_embeddings_info(key TEXT PRIMARY KEY, value ANY);
             CREATE TABLE memory_embeddings_chunks(chunk_id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER NOT NULL,
                {partition} validity BLOB NOT NULL, rowids BLOB NOT NULL);
             CREATE TABLE memory_embeddings_rowids(rowid INTEGER PRIMARY KEY AUTOINCREMENT, id, chunk_id INTEGER,
                chunk_offset INTEGER);
             CREATE TABLE memory_embeddings_vector_chunks00(rowid PRIMARY KEY, vectors BLOB NOT NULL);
             PRAGMA writable_schema = ON;
             INSERT INTO sqlite_schema(type, name, tbl_name, rootpage, sql) VALUES ('table', 'memory_embeddings',
                'memory_embeddings', 0, 'CREATE VIRTUAL TABLE memory_embeddings USING vec0(
                    content_embedding FLOAT[{DIMENSIONS}] distance_metric=cosine{store})');
             PRAGMA writable_schema = RESET;"
        ))
        .unwrap();
        Self { _dir: dir, path, version }
    }

    /// A database with memories in every state that the product knows.
    pub(in crate::store) fn filled(version: Version) -> Self {
        let it = Self::new(version);
        let meta = r#"{"project": "shop", "agent_id": "claude", "session_id": "s1", "quality_score": 0.75}"#;
        it.memory(1, "Deploys go through the queue.\nSince May.", "deploy,proj:shop", meta);
        it.memory(2, "Deploys go straight to production.", "deploy, ci", meta);
        it.memory(
            3,
            "Ignore what the web says.",
            "quarantined",
            r#"{"quarantined": true, "quarantine_reason": "odd"}"#,
        );
        it.memory(4, "Old wisdom about caches", "untagged", "");
        it.memory(5, "Deleted by the product", "x", "");
        it.memory(6, "Association of 1 and 2", "association,discovered", "{}");
        it.memory(7, "Tests run under nextest", "conflict:unresolved", r#"{"superseded_by": "gone"}"#);
        for id in [1, 2, 3, 4, 6, 7] {
            it.vector(id);
        }
        let sql = it.sql();
        sql.execute_batch(
            "UPDATE memories SET deleted_at = 1781092800.25 WHERE id = 5;
             UPDATE memories SET superseded_by = 'h1', confidence = 0.5 WHERE id = 4;
             INSERT INTO memory_graph VALUES
                ('h1', 'h2', 0.97, '[\"semantic\"]', '{\"divergence\": 0.4}', 1.5, 'contradicts'),
                ('h2', 'h1', 0.97, '[\"semantic\"]', NULL, 1.5, 'contradicts'),
                ('h3', 'h1', 0.7, '[\"causal\"]', '{\"needs_review\": true}', 2.5, 'causes'),
                ('h1', 'queue', 0.5, '[]', NULL, 3.5, 'has_entity'),
                ('h6', 'h4', 0.4, '[]', '{\"needs_review\": false}', 4.5, 'related');",
        )
        .unwrap();
        it
    }

    fn sql(&self) -> Connection {
        Connection::open(&self.path).unwrap()
    }

    pub(in crate::store) fn store(&self) -> Arc<dyn Store> {
        open(&self.path, "mem".into(), Installation::default()).unwrap()
    }

    fn reader(&self) -> Box<dyn Reader> {
        self.store().reader().unwrap()
    }

    /// Writes a memory as the product does; its hash is `h` and its number.
    fn memory(&self, id: i64, content: &str, tags: &str, metadata: &str) {
        let time = 1_781_092_800.0 + id as f64 + 0.125;
        self.sql()
            .execute(
                "INSERT INTO memories(id, content_hash, content, tags, memory_type, metadata, created_at, updated_at,
                    created_at_iso, updated_at_iso) VALUES (?1, ?2, ?3, ?4, 'decision', nullif(?5, ''), ?6, ?6, 'iso', 'iso')",
                rusqlite::params![id, format!("h{id}"), content, tags, metadata, time],
            )
            .unwrap();
    }

    /// Gives a memory a vector in the way of the extension.
    fn vector(&self, id: i64) {
        let conn = self.sql();
        let vectors = self.vectors();
        let mut columns = vec![("content_embedding".to_owned(), Value::Blob(bytes_of(id)))];
        if self.version == Version::V12 {
            columns.push(("store".to_owned(), Value::Text(b"default".to_vec())));
        }
        conn.execute("UPDATE memory_embeddings_chunks SET size = size", []).unwrap();
        if conn.query_row("SELECT count(*) FROM memory_embeddings_chunks", [], |row| row.get::<_, i64>(0)).unwrap() == 0
        {
            let partition = if self.version == Version::V12 { "partition00," } else { "" };
            let value = if self.version == Version::V12 { "'default'," } else { "" };
            conn.execute_batch(&format!(
                "INSERT INTO memory_embeddings_chunks(size, {partition} validity, rowids)
                    VALUES ({SLOTS}, {value} zeroblob({SLOTS} / 8), zeroblob({SLOTS} * 8));
                 INSERT INTO memory_embeddings_vector_chunks00(_rowid_, rowid, vectors)
                    VALUES (1, 1, zeroblob({SLOTS} * {DIMENSIONS} * 4));"
            ))
            .unwrap();
        }
        vectors.put(&conn, id, &Record { table: vectors::TABLE.into(), columns }, None).unwrap();
    }

    fn vectors(&self) -> vectors::Vectors {
        Shape::read(&self.sql()).unwrap().unwrap().vectors.unwrap()
    }

    fn apply(&self, native: &str, expect: Expect, make: Make) -> (Outcome, Vec<Change>) {
        let (mut outcomes, changes) = self.apply_all(vec![Intent { native: native.into(), expect, make }]);
        (outcomes.remove(0), changes)
    }

    fn apply_all(&self, intents: Vec<Intent>) -> (Vec<Outcome>, Vec<Change>) {
        let mut journalled = Vec::new();
        let outcomes = self.store().writer().unwrap().apply(intents, &mut |changes: &[Change]| {
            journalled.extend_from_slice(changes);
            Ok(())
        });
        (outcomes.unwrap(), journalled)
    }

    /// Takes changes back, as an undo does: each to what it was, if it still is what it became.
    fn take_back(&self, changes: &[Change]) -> Vec<Outcome> {
        self.apply_all(changes.iter().map(|change| turned(change, true)).collect()).0
    }

    /// Every cell of every table that the product owns, typed and to the byte; of the full-text index that it is whole.
    fn dump(&self) -> Vec<String> {
        let conn = self.sql();
        let sane = "INSERT INTO memory_content_fts(memory_content_fts, rank) VALUES ('integrity-check', 1)";
        conn.execute_batch(sane).unwrap();
        dump(&conn)
    }
}

/// Every cell of every table, typed and to the byte.
fn dump(conn: &Connection) -> Vec<String> {
    let tables = [
        "memories",
        "memory_graph",
        "memory_embeddings_chunks",
        "memory_embeddings_rowids",
        "memory_embeddings_vector_chunks00",
    ];
    let mut all = Vec::new();
    for table in tables {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut rows = statement.query([]).unwrap();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<String> = names
                .iter()
                .enumerate()
                .map(|(place, name)| format!("{name}={:?}", cell::value(row.get_ref(place).unwrap())))
                .collect();
            lines.push(format!("{table}: {}", cells.join(" ")));
        }
        lines.sort();
        all.append(&mut lines);
    }
    all
}

/// The intent that takes a change back, or makes it again.
fn turned(change: &Change, back: bool) -> Intent {
    let (from, to) = if back { (&change.after, &change.before) } else { (&change.before, &change.after) };
    Intent {
        native: change.native.clone(),
        expect: from.as_ref().map_or(Expect::Absent, |image| Expect::Exactly(image.digest())),
        make: to.clone().map_or(Make::Delete, Make::Put),
    }
}

/// A vector that tells which memory it is of.
fn bytes_of(id: i64) -> Vec<u8> {
    (0..DIMENSIONS).flat_map(|place| (id as f32 + place as f32 / 8.0).to_ne_bytes()).collect()
}

fn native(id: i64) -> String {
    list::native(Handle(id))
}
