//! Rows for databases in claude-mem's shape: sessions, observations, summaries, prompts and tool calls.

use rusqlite::{Connection, Result, params};

use super::{content_hash, iso};
use crate::memory::EpochMs;

/// A session to be inserted into a database made by [`create`](super::create).
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

/// An observation to be inserted into a database made by [`create`](super::create). Lists are JSON text, as the product writes them.
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

/// A session summary to be inserted into a database made by [`create`](super::create).
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

/// A prompt to be inserted into a database made by [`create`](super::create).
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

/// A tool call to be inserted into a database with the table of [`create_tool_uses`](super::create_tool_uses).
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
