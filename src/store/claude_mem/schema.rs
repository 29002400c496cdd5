//! Databases in claude-mem's shape, made by memtui: for the demo, the benches and the tests.
//!
//! Nothing here ever touches a person's database; memtui creates no table, index or trigger in one.

use std::fmt::Write as _;

use rusqlite::{Connection, Result, params};
use sha2::{Digest as _, Sha256};

use crate::memory::EpochMs;

/// The schema numbers that claude-mem's own table holds in a file of version 49; the gaps are real.
const VERSIONS: [i64; 34] = [
    4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 20, 21, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 39, 41, 42, 44, 45,
    46, 47, 48, 49,
];

const SESSIONS: &str = "
    CREATE TABLE schema_versions (id INTEGER PRIMARY KEY, version INTEGER UNIQUE NOT NULL, applied_at TEXT NOT NULL);
    CREATE TABLE sdk_sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, content_session_id TEXT NOT NULL, memory_session_id TEXT UNIQUE,
        project TEXT NOT NULL, platform_source TEXT NOT NULL DEFAULT 'claude', user_prompt TEXT,
        started_at TEXT NOT NULL, started_at_epoch INTEGER NOT NULL, completed_at TEXT, completed_at_epoch INTEGER,
        status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'completed', 'failed')),
        worker_port INTEGER, prompt_counter INTEGER DEFAULT 0, custom_title TEXT);
    CREATE TABLE pending_messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_db_id INTEGER NOT NULL REFERENCES sdk_sessions(id) ON DELETE CASCADE,
        content_session_id TEXT NOT NULL, message_type TEXT NOT NULL, tool_name TEXT, tool_input TEXT,
        tool_response TEXT, cwd TEXT, last_user_message TEXT, last_assistant_message TEXT, prompt_number INTEGER,
        status TEXT NOT NULL DEFAULT 'pending', created_at_epoch INTEGER NOT NULL, agent_type TEXT, agent_id TEXT,
        tool_use_id TEXT);";

const MEMORIES: &str = "
    CREATE TABLE observations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        memory_session_id TEXT NOT NULL
            REFERENCES sdk_sessions(memory_session_id) ON DELETE CASCADE ON UPDATE CASCADE,
        project TEXT NOT NULL, text TEXT, type TEXT NOT NULL, title TEXT, subtitle TEXT, facts TEXT, narrative TEXT,
        concepts TEXT, files_read TEXT, files_modified TEXT, prompt_number INTEGER,
        discovery_tokens INTEGER DEFAULT 0, created_at TEXT NOT NULL, created_at_epoch INTEGER NOT NULL,
        content_hash TEXT, generated_by_model TEXT, relevance_count INTEGER DEFAULT 0, merged_into_project TEXT,
        agent_type TEXT, agent_id TEXT, metadata TEXT, synced_at INTEGER, origin_device_id TEXT,
        origin_local_id TEXT, sync_rev TEXT NOT NULL DEFAULT '1');
    CREATE TABLE session_summaries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        memory_session_id TEXT NOT NULL
            REFERENCES sdk_sessions(memory_session_id) ON DELETE CASCADE ON UPDATE CASCADE,
        project TEXT NOT NULL, request TEXT, investigated TEXT, learned TEXT, completed TEXT, next_steps TEXT,
        files_read TEXT, files_edited TEXT, notes TEXT, prompt_number INTEGER, discovery_tokens INTEGER DEFAULT 0,
        created_at TEXT NOT NULL, created_at_epoch INTEGER NOT NULL, merged_into_project TEXT, synced_at INTEGER,
        origin_device_id TEXT, origin_local_id TEXT, sync_rev TEXT NOT NULL DEFAULT '1');
    CREATE TABLE user_prompts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        session_db_id INTEGER REFERENCES sdk_sessions(id) ON DELETE CASCADE,
        content_session_id TEXT NOT NULL, prompt_number INTEGER NOT NULL, prompt_text TEXT NOT NULL,
        created_at TEXT NOT NULL, created_at_epoch INTEGER NOT NULL, synced_at INTEGER, origin_device_id TEXT,
        origin_local_id TEXT, sync_rev TEXT NOT NULL DEFAULT '1');";

const SYNC: &str = "
    CREATE TABLE sync_state (k TEXT PRIMARY KEY, v TEXT);
    CREATE TABLE sync_entity_heads (
        entity_id TEXT PRIMARY KEY, kind TEXT NOT NULL, origin_device_id TEXT NOT NULL,
        origin_local_id TEXT NOT NULL, entity_rev TEXT NOT NULL, operation_sha256 TEXT NOT NULL,
        deleted INTEGER NOT NULL, updated_at_epoch INTEGER NOT NULL);
    CREATE TABLE sync_content_outbox (
        id INTEGER PRIMARY KEY AUTOINCREMENT, entity_id TEXT NOT NULL, kind TEXT NOT NULL,
        origin_local_id TEXT NOT NULL, entity_rev TEXT NOT NULL, body TEXT NOT NULL,
        operation_sha256 TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0, created_at_epoch INTEGER NOT NULL,
        UNIQUE (entity_id, entity_rev));";

const INDEXES: &str = "
    CREATE INDEX idx_sdk_sessions_claude_id ON sdk_sessions(content_session_id);
    CREATE INDEX idx_sdk_sessions_sdk_id ON sdk_sessions(memory_session_id);
    CREATE INDEX idx_sdk_sessions_project ON sdk_sessions(project);
    CREATE INDEX idx_sdk_sessions_status ON sdk_sessions(status);
    CREATE INDEX idx_sdk_sessions_started ON sdk_sessions(started_at_epoch DESC);
    CREATE INDEX idx_sdk_sessions_platform_source ON sdk_sessions(platform_source);
    CREATE UNIQUE INDEX ux_sdk_sessions_platform_content ON sdk_sessions(platform_source, content_session_id);
    CREATE INDEX idx_observations_sdk_session ON observations(memory_session_id);
    CREATE INDEX idx_observations_project ON observations(project);
    CREATE INDEX idx_observations_type ON observations(type);
    CREATE INDEX idx_observations_created ON observations(created_at_epoch DESC);
    CREATE INDEX idx_observations_content_hash ON observations(content_hash, created_at_epoch);
    CREATE INDEX idx_observations_merged_into ON observations(merged_into_project);
    CREATE INDEX idx_observations_agent_type ON observations(agent_type);
    CREATE INDEX idx_observations_agent_id ON observations(agent_id);
    CREATE INDEX idx_observations_unsynced ON observations(id) WHERE synced_at IS NULL;
    CREATE UNIQUE INDEX ux_observations_session_hash ON observations(memory_session_id, content_hash);
    CREATE UNIQUE INDEX ux_observations_origin ON observations(origin_device_id, origin_local_id)
        WHERE origin_device_id IS NOT NULL;
    CREATE INDEX idx_session_summaries_sdk_session ON session_summaries(memory_session_id);
    CREATE INDEX idx_session_summaries_project ON session_summaries(project);
    CREATE INDEX idx_session_summaries_created ON session_summaries(created_at_epoch DESC);
    CREATE INDEX idx_summaries_merged_into ON session_summaries(merged_into_project);
    CREATE INDEX idx_session_summaries_unsynced ON session_summaries(id) WHERE synced_at IS NULL;
    CREATE UNIQUE INDEX ux_session_summaries_origin ON session_summaries(origin_device_id, origin_local_id)
        WHERE origin_device_id IS NOT NULL;
    CREATE INDEX idx_user_prompts_session ON user_prompts(session_db_id);
    CREATE INDEX idx_user_prompts_claude_session ON user_prompts(content_session_id);
    CREATE INDEX idx_user_prompts_created ON user_prompts(created_at_epoch DESC);
    CREATE INDEX idx_user_prompts_prompt_number ON user_prompts(prompt_number);
    CREATE INDEX idx_user_prompts_lookup ON user_prompts(session_db_id, prompt_number);
    CREATE INDEX idx_user_prompts_content_lookup ON user_prompts(content_session_id, prompt_number);
    CREATE INDEX idx_user_prompts_unsynced ON user_prompts(id) WHERE synced_at IS NULL;
    CREATE UNIQUE INDEX ux_user_prompts_origin ON user_prompts(origin_device_id, origin_local_id)
        WHERE origin_device_id IS NOT NULL;";

const TOOL_USES: &str = "
    CREATE TABLE tool_uses (
        id INTEGER PRIMARY KEY AUTOINCREMENT, tool_use_id TEXT NOT NULL, content_session_id TEXT NOT NULL,
        memory_session_id TEXT, session_db_id INTEGER, project TEXT, platform_source TEXT, tool_name TEXT,
        tool_input TEXT, tool_response TEXT, cwd TEXT, prompt_number INTEGER, agent_type TEXT, agent_id TEXT,
        observation_id INTEGER, content_hash TEXT, created_at TEXT NOT NULL, created_at_epoch INTEGER NOT NULL,
        UNIQUE (content_session_id, tool_use_id));
    CREATE INDEX idx_tool_uses_observation ON tool_uses(observation_id);";

/// The shape of schema 10 (claude-mem 4.2.3–5.4): the old names of the session columns, a closed list of types.
const V10: &str = "
    CREATE TABLE schema_versions (id INTEGER PRIMARY KEY, version INTEGER UNIQUE NOT NULL, applied_at TEXT NOT NULL);
    CREATE TABLE sdk_sessions (
        id INTEGER PRIMARY KEY AUTOINCREMENT, claude_session_id TEXT UNIQUE NOT NULL, sdk_session_id TEXT UNIQUE,
        project TEXT NOT NULL, user_prompt TEXT, started_at TEXT NOT NULL, started_at_epoch INTEGER NOT NULL,
        completed_at TEXT, completed_at_epoch INTEGER, status TEXT NOT NULL DEFAULT 'active', worker_port INTEGER,
        prompt_counter INTEGER DEFAULT 0);
    CREATE TABLE observations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sdk_session_id TEXT NOT NULL REFERENCES sdk_sessions(sdk_session_id) ON DELETE CASCADE,
        project TEXT NOT NULL, text TEXT,
        type TEXT NOT NULL
            CHECK (type IN ('decision', 'bugfix', 'feature', 'refactor', 'discovery', 'change')),
        title TEXT, subtitle TEXT, facts TEXT, narrative TEXT, concepts TEXT, files_read TEXT, files_modified TEXT,
        prompt_number INTEGER, created_at TEXT NOT NULL, created_at_epoch INTEGER NOT NULL);
    CREATE TABLE session_summaries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        sdk_session_id TEXT NOT NULL REFERENCES sdk_sessions(sdk_session_id) ON DELETE CASCADE,
        project TEXT NOT NULL, request TEXT, investigated TEXT, learned TEXT, completed TEXT, next_steps TEXT,
        files_read TEXT, files_edited TEXT, notes TEXT, prompt_number INTEGER, created_at TEXT NOT NULL,
        created_at_epoch INTEGER NOT NULL);
    CREATE TABLE user_prompts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        claude_session_id TEXT NOT NULL REFERENCES sdk_sessions(claude_session_id) ON DELETE CASCADE,
        prompt_number INTEGER NOT NULL, prompt_text TEXT NOT NULL, created_at TEXT NOT NULL,
        created_at_epoch INTEGER NOT NULL);
    CREATE INDEX idx_observations_created ON observations(created_at_epoch DESC);
    CREATE INDEX idx_session_summaries_created ON session_summaries(created_at_epoch DESC);
    CREATE INDEX idx_user_prompts_created ON user_prompts(created_at_epoch DESC);";

/// The full-text tables with their columns: rowid is the memory's id, the content stays in the table.
const FULL_TEXT: [(&str, &str); 3] = [
    ("observations", "title, subtitle, narrative, text, facts, concepts"),
    ("session_summaries", "request, investigated, learned, completed, next_steps, notes"),
    ("user_prompts", "prompt_text"),
];

/// Makes an empty database in the shape of claude-mem 13.15 (schema 49): write-ahead log, tables, indexes, full-text
/// tables and the nine triggers that keep them.
pub fn create(conn: &Connection) -> Result<()> {
    create_tables(conn)?;
    create_indexes(conn)?;
    create_full_text(conn)
}

/// The tables of [`create`] alone. A generator of large databases fills them first.
pub fn create_tables(conn: &Connection) -> Result<()> {
    conn.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;")?;
    conn.execute_batch(SESSIONS)?;
    conn.execute_batch(MEMORIES)?;
    conn.execute_batch(SYNC)?;
    record_versions(conn, VERSIONS.iter().copied())
}

/// The indexes of [`create`] alone.
pub fn create_indexes(conn: &Connection) -> Result<()> {
    conn.execute_batch(INDEXES)
}

/// The full-text tables and triggers of [`create`] alone; what the tables already hold is indexed.
pub fn create_full_text(conn: &Connection) -> Result<()> {
    for (table, columns) in FULL_TEXT {
        let new = columns.split(", ").map(|column| format!("new.{column}")).collect::<Vec<_>>().join(", ");
        let old = new.replace("new.", "old.");
        let forget =
            format!("INSERT INTO {table}_fts({table}_fts, rowid, {columns}) VALUES ('delete', old.id, {old});");
        let learn = format!("INSERT INTO {table}_fts(rowid, {columns}) VALUES (new.id, {new});");
        conn.execute_batch(&format!(
            "CREATE VIRTUAL TABLE {table}_fts USING fts5({columns}, content='{table}', content_rowid='id');
             INSERT INTO {table}_fts({table}_fts) VALUES ('rebuild');
             CREATE TRIGGER {table}_ai AFTER INSERT ON {table} BEGIN {learn} END;
             CREATE TRIGGER {table}_ad AFTER DELETE ON {table} BEGIN {forget} END;
             CREATE TRIGGER {table}_au AFTER UPDATE ON {table} BEGIN {forget} {learn} END;"
        ))?;
    }
    Ok(())
}

/// The table of raw tool calls that came with schema 51.
pub fn create_tool_uses(conn: &Connection) -> Result<()> {
    conn.execute_batch(TOOL_USES)
}

/// Makes an empty database in the shape of claude-mem 4.2.3–5.4 (schema 10).
pub fn create_v10(conn: &Connection) -> Result<()> {
    conn.execute_batch("PRAGMA journal_mode = WAL;")?;
    conn.execute_batch(V10)?;
    create_full_text(conn)?;
    record_versions(conn, 4..=10)
}

/// Makes an empty database in the shape of claude-mem 10.5–11.0 (schema 23): today's names, no sync columns, prompts
/// that hang on the agent's session id.
pub fn create_v23(conn: &Connection) -> Result<()> {
    let older = V10
        .replace("claude_session_id", "content_session_id")
        .replace("sdk_session_id", "memory_session_id")
        .replace("'discovery', 'change')", "'discovery', 'change') OR 1")
        .replace("memory_session_id) ON DELETE CASCADE", "memory_session_id) ON DELETE CASCADE ON UPDATE CASCADE");
    conn.execute_batch("PRAGMA journal_mode = WAL;")?;
    conn.execute_batch(&older)?;
    conn.execute_batch(
        "ALTER TABLE observations ADD COLUMN discovery_tokens INTEGER DEFAULT 0;
         ALTER TABLE observations ADD COLUMN content_hash TEXT;
         ALTER TABLE session_summaries ADD COLUMN discovery_tokens INTEGER DEFAULT 0;
         ALTER TABLE sdk_sessions ADD COLUMN custom_title TEXT;",
    )?;
    create_full_text(conn)?;
    record_versions(conn, [4, 5, 6, 7, 8, 9, 10, 11, 16, 17, 19, 20, 21, 22, 23])
}

/// Makes an empty database such as a later claude-mem might leave: today's columns and tables that nobody knows yet.
pub fn create_future(conn: &Connection) -> Result<()> {
    create(conn)?;
    create_tool_uses(conn)?;
    conn.execute_batch(
        "ALTER TABLE observations ADD COLUMN mood BLOB;
         ALTER TABLE observations ADD COLUMN embedding_v9 TEXT NOT NULL DEFAULT '[]';
         ALTER TABLE session_summaries ADD COLUMN verdict INTEGER DEFAULT 7;
         ALTER TABLE user_prompts ADD COLUMN intent TEXT;
         CREATE TABLE dreams (id INTEGER PRIMARY KEY, body TEXT);",
    )?;
    record_versions(conn, [900])
}

fn record_versions(conn: &Connection, versions: impl IntoIterator<Item = i64>) -> Result<()> {
    // The moment tells one database from another, so it must be a moment that no other has.
    let now = chrono::Utc::now().format("%Y-%m-%dT%H:%M:%S%.9fZ").to_string();
    let mut insert = conn.prepare("INSERT INTO schema_versions(version, applied_at) VALUES (?1, ?2)")?;
    for version in versions {
        insert.execute(params![version, now])?;
    }
    Ok(())
}

/// claude-mem's fingerprint of an observation: the first 16 hex digits of SHA-256 over session, title and narrative,
/// each parted from the next by one NUL.
pub fn content_hash(memory_session_id: &[u8], title: &[u8], narrative: &[u8]) -> String {
    let mut hash = Sha256::new();
    for (position, part) in [memory_session_id, title, narrative].into_iter().enumerate() {
        if position > 0 {
            hash.update([0]);
        }
        hash.update(part);
    }
    short_hex(&hash.finalize())
}

/// The first eight bytes as 16 hex digits.
pub(super) fn short_hex(digest: &[u8]) -> String {
    let mut hex = String::with_capacity(16);
    for byte in digest.iter().take(8) {
        // Writing into a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// A moment as claude-mem writes it beside the number: ISO-8601 in UTC with milliseconds and `Z`.
pub fn iso(epoch_ms: EpochMs) -> String {
    chrono::DateTime::from_timestamp_millis(epoch_ms)
        .map(|moment| moment.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string())
        .unwrap_or_default()
}

/// A session to be inserted into a database made by [`create`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Session<'a> {
    /// The agent's own session id.
    pub content_session_id: &'a str,
    /// claude-mem's id of it, on which observations and summaries hang.
    pub memory_session_id: Option<&'a str>,
    /// Project.
    pub project: &'a str,
    /// Agent: `claude`, `codex`, …; empty stands for `claude`.
    pub platform_source: &'a str,
    /// The first prompt.
    pub user_prompt: Option<&'a str>,
    /// When it began.
    pub started_at_epoch: EpochMs,
    /// When it ended; `None` leaves it active.
    pub completed_at_epoch: Option<EpochMs>,
    /// Its title, if it has one.
    pub custom_title: Option<&'a str>,
}

impl Session<'_> {
    /// Inserts it and returns its row id.
    pub fn insert(&self, conn: &Connection) -> Result<i64> {
        let platform = if self.platform_source.is_empty() { "claude" } else { self.platform_source };
        conn.prepare_cached(
            "INSERT INTO sdk_sessions(content_session_id, memory_session_id, project, platform_source, user_prompt,
                started_at, started_at_epoch, completed_at, completed_at_epoch, status, custom_title)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .insert(params![
            self.content_session_id,
            self.memory_session_id,
            self.project,
            platform,
            self.user_prompt,
            iso(self.started_at_epoch),
            self.started_at_epoch,
            self.completed_at_epoch.map(iso),
            self.completed_at_epoch,
            if self.completed_at_epoch.is_some() { "completed" } else { "active" },
            self.custom_title,
        ])
    }
}

/// An observation to be inserted into a database made by [`create`]. Lists are JSON text, as the product writes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Observation<'a> {
    /// The session it hangs on.
    pub memory_session_id: &'a str,
    /// Project.
    pub project: &'a str,
    /// `bugfix`, `decision`, …
    pub kind: &'a str,
    /// Title.
    pub title: Option<&'a str>,
    /// Subtitle.
    pub subtitle: Option<&'a str>,
    /// The story.
    pub narrative: Option<&'a str>,
    /// The body of old versions.
    pub text: Option<&'a str>,
    /// JSON list.
    pub facts: Option<&'a str>,
    /// JSON list.
    pub concepts: Option<&'a str>,
    /// JSON list.
    pub files_read: Option<&'a str>,
    /// JSON list.
    pub files_modified: Option<&'a str>,
    /// Which prompt of the session, from 1.
    pub prompt_number: Option<i64>,
    /// Tokens spent to learn it.
    pub discovery_tokens: i64,
    /// When it was captured.
    pub created_at_epoch: EpochMs,
    /// The model that wrote it down.
    pub generated_by_model: Option<&'a str>,
    /// The subagent that made it: `Explore`.
    pub agent_type: Option<&'a str>,
    /// The project that its branch was merged into.
    pub merged_into_project: Option<&'a str>,
    /// The machine it was synchronised from.
    pub origin_device_id: Option<&'a str>,
    /// Its id on that machine.
    pub origin_local_id: Option<&'a str>,
}

impl Observation<'_> {
    /// Inserts it with its content hash and returns its row id.
    pub fn insert(&self, conn: &Connection) -> Result<i64> {
        let hash = content_hash(
            self.memory_session_id.as_bytes(),
            self.title.unwrap_or_default().as_bytes(),
            self.narrative.unwrap_or_default().as_bytes(),
        );
        conn.prepare_cached(
            "INSERT INTO observations(memory_session_id, project, type, title, subtitle, narrative, text, facts,
                concepts, files_read, files_modified, prompt_number, discovery_tokens, created_at, created_at_epoch,
                content_hash, generated_by_model, agent_type, merged_into_project, origin_device_id, origin_local_id)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
        )?
        .insert(params![
            self.memory_session_id,
            self.project,
            self.kind,
            self.title,
            self.subtitle,
            self.narrative,
            self.text,
            self.facts,
            self.concepts,
            self.files_read,
            self.files_modified,
            self.prompt_number,
            self.discovery_tokens,
            iso(self.created_at_epoch),
            self.created_at_epoch,
            hash,
            self.generated_by_model,
            self.agent_type,
            self.merged_into_project,
            self.origin_device_id,
            self.origin_local_id,
        ])
    }
}

/// A session summary to be inserted into a database made by [`create`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary<'a> {
    /// The session it hangs on.
    pub memory_session_id: &'a str,
    /// Project.
    pub project: &'a str,
    /// What was asked.
    pub request: Option<&'a str>,
    /// What was looked into.
    pub investigated: Option<&'a str>,
    /// What was learned.
    pub learned: Option<&'a str>,
    /// What was done.
    pub completed: Option<&'a str>,
    /// What comes next.
    pub next_steps: Option<&'a str>,
    /// Notes.
    pub notes: Option<&'a str>,
    /// Which prompt of the session, from 1.
    pub prompt_number: Option<i64>,
    /// Tokens spent to learn it.
    pub discovery_tokens: i64,
    /// When it was written.
    pub created_at_epoch: EpochMs,
}

impl Summary<'_> {
    /// Inserts it and returns its row id.
    pub fn insert(&self, conn: &Connection) -> Result<i64> {
        conn.prepare_cached(
            "INSERT INTO session_summaries(memory_session_id, project, request, investigated, learned, completed,
                next_steps, notes, prompt_number, discovery_tokens, created_at, created_at_epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .insert(params![
            self.memory_session_id,
            self.project,
            self.request,
            self.investigated,
            self.learned,
            self.completed,
            self.next_steps,
            self.notes,
            self.prompt_number,
            self.discovery_tokens,
            iso(self.created_at_epoch),
            self.created_at_epoch,
        ])
    }
}

/// A prompt to be inserted into a database made by [`create`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Prompt<'a> {
    /// Row id of the session.
    pub session_db_id: i64,
    /// The agent's own session id.
    pub content_session_id: &'a str,
    /// Which prompt of the session, from 1.
    pub prompt_number: i64,
    /// What the person typed.
    pub prompt_text: &'a str,
    /// When.
    pub created_at_epoch: EpochMs,
}

impl Prompt<'_> {
    /// Inserts it and returns its row id.
    pub fn insert(&self, conn: &Connection) -> Result<i64> {
        conn.prepare_cached(
            "INSERT INTO user_prompts(session_db_id, content_session_id, prompt_number, prompt_text, created_at,
                created_at_epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .insert(params![
            self.session_db_id,
            self.content_session_id,
            self.prompt_number,
            self.prompt_text,
            iso(self.created_at_epoch),
            self.created_at_epoch,
        ])
    }
}

/// A tool call to be inserted into a database with the table of [`create_tool_uses`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ToolCall<'a> {
    /// The agent's id of the call, unique in its session.
    pub tool_use_id: &'a str,
    /// The agent's own session id.
    pub content_session_id: &'a str,
    /// The tool: `Edit`, `Bash`.
    pub tool_name: &'a str,
    /// Its input, JSON text.
    pub tool_input: &'a str,
    /// The observation that came of it.
    pub observation_id: Option<i64>,
    /// When it ran.
    pub created_at_epoch: EpochMs,
}

impl ToolCall<'_> {
    /// Inserts it and returns its row id.
    pub fn insert(&self, conn: &Connection) -> Result<i64> {
        conn.prepare_cached(
            "INSERT INTO tool_uses(tool_use_id, content_session_id, tool_name, tool_input, observation_id, created_at,
                created_at_epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .insert(params![
            self.tool_use_id,
            self.content_session_id,
            self.tool_name,
            self.tool_input,
            self.observation_id,
            iso(self.created_at_epoch),
            self.created_at_epoch,
        ])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_can_be_made_and_filled() {
        for make in [create, create_v10, create_v23, create_future] {
            make(&Connection::open_in_memory().unwrap()).unwrap();
        }
        let conn = Connection::open_in_memory().unwrap();
        create(&conn).unwrap();
        create_tool_uses(&conn).unwrap();
        let session = Session { content_session_id: "c", memory_session_id: Some("m"), ..Session::default() };
        let session_db_id = session.insert(&conn).unwrap();
        let seen = Observation { memory_session_id: "m", kind: "bugfix", title: Some("t"), ..Observation::default() };
        let observation_id = Some(seen.insert(&conn).unwrap());
        Summary { memory_session_id: "m", request: Some("r"), ..Summary::default() }.insert(&conn).unwrap();
        Prompt { session_db_id, content_session_id: "c", prompt_text: "p", ..Prompt::default() }.insert(&conn).unwrap();
        ToolCall { tool_use_id: "x", content_session_id: "c", observation_id, ..ToolCall::default() }
            .insert(&conn)
            .unwrap();
        let found: i64 = conn
            .query_row("SELECT rowid FROM observations_fts WHERE observations_fts MATCH 't'", [], |row| row.get(0))
            .unwrap();
        assert_eq!(Some(found), observation_id);
    }

    #[test]
    fn the_hash_parts_its_fields() {
        assert_ne!(content_hash(b"a", b"bc", b""), content_hash(b"a", b"b", b"c"));
        assert_eq!(content_hash(b"a", b"", b"").len(), 16);
    }
}
