//! Tests of the whole store, on databases made here and on samples made by claude-mem itself.

mod reading;
mod worker;
mod writing;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::Connection;

use super::{open, schema};
use crate::{
    memory::{Handle, Value},
    store::{Reader, Store, sqlite::cell},
};

/// A noon in June 2026.
const NOON: i64 = 1_781_092_800_000;

/// A database in a directory of its own.
pub(in crate::store) struct Fixture {
    dir: tempfile::TempDir,
    path: PathBuf,
}

type Make = fn(&Connection) -> rusqlite::Result<()>;
/// Every shape that tests make, with its name.
const SHAPES: [(&str, Make); 4] = [
    ("v10", schema::create_v10),
    ("v23", schema::create_v23),
    ("v49", schema::create),
    ("future", schema::create_future),
];

impl Fixture {
    fn new(make: Make) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claude-mem.db");
        make(&Connection::open(&path).unwrap()).unwrap();
        Self { dir, path }
    }

    /// Today's shape with two sessions, four observations, a summary and two prompts.
    pub(in crate::store) fn filled() -> Self {
        let fixture = Self::new(schema::create_future);
        fill(&fixture.sql());
        fixture
    }

    /// A copy of a sample made by claude-mem, `None` (and a note) where there are no samples.
    fn sample(name: &str) -> Option<Self> {
        let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
        let samples = std::env::var_os("MEMTUI_SAMPLES").map_or(beside, PathBuf::from);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("claude-mem.db");
        if std::fs::copy(samples.join(name), &path).is_err() {
            eprintln!("skipped: no sample {name}");
            return None;
        }
        let mut mode = std::fs::metadata(&path).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o644);
        std::fs::set_permissions(&path, mode).unwrap();
        Some(Self { dir, path })
    }

    /// Another program's connection.
    fn sql(&self) -> Connection {
        let conn = Connection::open(&self.path).unwrap();
        conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).unwrap();
        conn
    }

    pub(in crate::store) fn store(&self) -> Arc<dyn Store> {
        open(&self.path, "claude-mem".into(), &BTreeMap::new()).unwrap()
    }

    fn reader(&self) -> Box<dyn Reader> {
        self.store().reader().unwrap()
    }

    fn natives(&self) -> Vec<String> {
        let mut reader = self.reader();
        all(reader.as_mut()).into_iter().map(|handle| reader.native(handle)).collect()
    }

    /// Every cell of every table, typed, and a proof that the full-text indexes agree with their tables.
    fn dump(&self) -> Vec<(String, Vec<Vec<Value>>)> {
        let conn = self.sql();
        let tables: Vec<String> = conn
            .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_fts%' ESCAPE '\\' ORDER BY name")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        for table in ["observations", "session_summaries", "user_prompts"] {
            conn.execute_batch(&format!("INSERT INTO {table}_fts({table}_fts, rank) VALUES ('integrity-check', 1)"))
                .unwrap();
        }
        let healthy: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(healthy, "ok");
        tables
            .into_iter()
            .map(|table| {
                let mut statement = conn
                    .prepare(&format!("SELECT * FROM {table} ORDER BY rowid"))
                    .or_else(|_| conn.prepare(&format!("SELECT * FROM {table}")))
                    .unwrap();
                let count = statement.column_count();
                let mut rows = statement.query([]).unwrap();
                let mut cells = Vec::new();
                while let Some(row) = rows.next().unwrap() {
                    cells.push((0..count).map(|place| cell::value(row.get_ref(place).unwrap())).collect());
                }
                (table, cells)
            })
            .collect()
    }
}

/// Every memory, newest first.
fn all(reader: &mut dyn Reader) -> Vec<Handle> {
    let mut handles = Vec::new();
    reader.outline(&mut |handle, _| handles.push(handle)).unwrap();
    handles
}

fn fill(conn: &Connection) {
    for (content, memory, platform) in [("content-a", "memory-a", "claude"), ("content-b", "memory-b", "codex")] {
        let session = schema::Session {
            content_session_id: content,
            memory_session_id: Some(memory),
            project: "acme-api",
            platform_source: platform,
            user_prompt: Some("fix the pool"),
            started_at_epoch: NOON,
            custom_title: Some("Pool day"),
            ..schema::Session::default()
        };
        let session_db_id = session.insert(conn).unwrap();
        let prompt = schema::Prompt {
            session_db_id,
            content_session_id: content,
            prompt_number: 1,
            prompt_text: "\nPlease fix the pool\nand the tests",
            created_at_epoch: NOON + 1,
        };
        prompt.insert(conn).unwrap();
        let observation = schema::Observation {
            memory_session_id: memory,
            project: "acme-api",
            kind: "bugfix",
            title: Some("Fixed the connection pool"),
            subtitle: Some("it leaked"),
            narrative: Some("The pool leaked connections under load; deploys were slow."),
            facts: Some(r#"["pool: 32 connections","a \"quoted\" fact"]"#),
            concepts: Some(r#"["gotcha","problem-solution"]"#),
            files_read: Some(r#"["src/pool.ts"]"#),
            files_modified: Some(r#"["src/db/pool.ts","src/pool.ts"]"#),
            prompt_number: Some(1),
            discovery_tokens: 525,
            created_at_epoch: NOON + 2,
            generated_by_model: Some("small-model"),
            agent_type: Some("Explore"),
            ..schema::Observation::default()
        };
        let observation_id = Some(observation.insert(conn).unwrap());
        let call = schema::ToolCall {
            tool_use_id: "t1",
            content_session_id: content,
            tool_name: "Edit",
            tool_input: "{\"file\":\"pool.ts\"}",
            observation_id,
            created_at_epoch: NOON,
        };
        call.insert(conn).unwrap();
        let untitled = schema::Observation {
            title: None,
            subtitle: None,
            narrative: Some("  \nMutex poisoning in the cache\nsecond line"),
            concepts: Some("[]"),
            kind: "discovery",
            created_at_epoch: NOON + 10,
            agent_type: None,
            ..observation
        };
        untitled.insert(conn).unwrap();
    }
    let summary = schema::Summary {
        memory_session_id: "memory-a",
        project: "acme-api",
        request: Some("Fix the pool"),
        learned: Some("Pools leak"),
        completed: Some("It is fixed"),
        discovery_tokens: 9,
        created_at_epoch: NOON + 20,
        ..schema::Summary::default()
    };
    summary.insert(conn).unwrap();
}

/// Rows that no product would write on purpose, in any shape: NUL, invalid UTF-8, blobs, numbers and NULLs in the
/// wrong places, unreadable times, broken lists.
fn fill_hostile(conn: &Connection) {
    let has = |column: &str| conn.prepare(&format!("SELECT {column} FROM sdk_sessions")).is_ok();
    let (memory, content) = if has("memory_session_id") {
        ("memory_session_id", "content_session_id")
    } else {
        ("sdk_session_id", "claude_session_id")
    };
    conn.execute_batch(&format!(
        "INSERT INTO sdk_sessions({content}, {memory}, project, started_at, started_at_epoch)
            VALUES ('c1', 'm1', 'p', '', 0), (CAST(x'63ff00' AS TEXT), CAST(x'6d00fe' AS TEXT), 'p', '', 0);
         INSERT INTO observations({memory}, project, type, title, narrative, facts, concepts, created_at, created_at_epoch)
            VALUES ('m1', 'p', 'bugfix', CAST(x'61006200ff' AS TEXT), x'00ff00', '[broken', '{{\"a\":1}}', '', 'yesterday'),
                   ('m1', 'p', 'bugfix', 17, 3.25, 'null', NULL, '2026-06-10T10:43:36.179Z', x'00'),
                   ('m1', 'p', 'change', '', '', '', '', x'00', x'ff'),
                   (CAST(x'6d00fe' AS TEXT), CAST(x'70ff' AS TEXT), 'feature', '\u{202e}evil\u{1b}]0;x', NULL, '[1,null,{{}}]', '[\"a:b\"]', '', 9e18),
                   ('m1', 'p', 'bugfix', 'future', NULL, NULL, '\"one\"', '', 99999999999999),
                   ('m1', 'p', 'bugfix', 'past', NULL, NULL, NULL, '', -1);
         INSERT INTO session_summaries({memory}, project, request, learned, created_at, created_at_epoch)
            VALUES ('m1', 'p', NULL, CAST(x'ed a0 80' AS TEXT), '', 1e300), ('m1', 'p', x'', 5, '', 7);"
    ).replace("ed a0 80", "eda080"))
    .unwrap();
    let linked = conn.prepare("SELECT session_db_id FROM user_prompts").is_ok();
    let (link, id) = if linked { ("session_db_id, ", "1, ") } else { ("", "") };
    conn.execute_batch(&format!(
        "INSERT INTO user_prompts({link}{content}, prompt_number, prompt_text, created_at, created_at_epoch)
            VALUES ({id}'c1', 1, CAST(x'00610a62' AS TEXT), '', 3), ({id}'c1', 'two', 12, '', 'x');"
    ))
    .unwrap();
}
