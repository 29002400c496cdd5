//! The sample's shared database: what agents keep together through memtui's door, in every state that a memory can have.

use std::{error::Error, path::Path};

use rusqlite::{Connection, params};
use serde::Deserialize;

use super::{
    failed,
    queue::{Batched, drafts},
    when,
};
use crate::{
    change::{Batch, Draft, Evidence, Label, Step, Wish},
    memory::{Bucket, EpochMs, Record, Value, Version},
    store::{Reader, Result, native},
};

const ASSET: &str = include_str!("../../assets/demo/shared.toml");
const HOUR: EpochMs = 3_600_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asset {
    #[serde(rename = "memory")]
    memories: Vec<Memory>,
    #[serde(rename = "batch")]
    batches: Vec<Batched>,
    written: Vec<Written>,
}

/// A memory with its past. Times are as [`when::at`] reads them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Memory {
    title: String,
    body: String,
    kind: String,
    project: Option<String>,
    author: String,
    #[serde(default = "by_the_door")]
    tool: String,
    evidence: Option<String>,
    model: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
    confidence: Option<f64>,
    created: String,
    stale_after: Option<String>,
    expires: Option<String>,
    #[serde(default)]
    pinned: bool,
    #[serde(default = "live")]
    state: String,
    after: Option<i64>,
    #[serde(default)]
    recalls: i64,
    recalled: Option<String>,
}

/// What an agent wrote by itself a while ago.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    agent: String,
    hours: EpochMs,
    reason: String,
    memory: New,
}

/// What a new memory says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    title: String,
    body: String,
    kind: String,
    project: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    files: Vec<String>,
}

impl New {
    /// The record of it in an agent's name.
    pub(super) fn record(&self, agent: &str) -> Record {
        let text = |value: &str| Value::Text(value.as_bytes().to_vec());
        // A list of texts always has a JSON form.
        let list = |items: &[String]| text(&serde_json::to_string(items).unwrap_or_default());
        let mut columns = vec![
            ("title", text(&self.title)),
            ("body", text(&self.body)),
            ("kind", text(&self.kind)),
            ("author", text(agent)),
            ("tool", text("mcp")),
            ("tags", list(&self.tags)),
            ("files", list(&self.files)),
        ];
        columns.extend(self.project.as_ref().map(|project| ("project", text(project))));
        let columns = columns.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Record { table: "memory".to_owned(), columns }
    }
}

fn by_the_door() -> String {
    "mcp".to_owned()
}

fn live() -> String {
    "live".to_owned()
}

/// Makes a shared database of sample memories at `path`. How many there are.
///
/// # Errors
/// [`crate::store::Problem`] when something is at `path` already, or it cannot be written.
pub fn build_shared(path: &Path, now: EpochMs) -> Result<usize> {
    if !native::create(path)? {
        return Err(failed(path, "there is something at this path already; the demo only writes new files"));
    }
    fill(path, now).map_err(|error| failed(path, error))
}

fn fill(path: &Path, now: EpochMs) -> std::result::Result<usize, Box<dyn Error>> {
    let asset: Asset = toml::from_str(ASSET)?;
    let mut conn = Connection::open(path)?;
    let tx = conn.transaction()?;
    let time = |text: &String| when::at(text, now).ok_or_else(|| format!("`{text}` is no time of a sample memory"));
    for memory in &asset.memories {
        let created = time(&memory.created)?;
        tx.execute(
            "INSERT INTO memory(title, body, kind, bucket, project, tags, files, confidence, author, tool, evidence, model,
                created, updated, stale_after, expires_at, pinned, state, replaces, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
            params![
                memory.title,
                memory.body,
                memory.kind,
                Bucket::of(&memory.kind, memory.project.is_some()).name(),
                memory.project,
                serde_json::to_string(&memory.tags)?,
                serde_json::to_string(&memory.files)?,
                memory.confidence,
                memory.author,
                memory.tool,
                memory.evidence,
                memory.model,
                created,
                memory.stale_after.as_ref().map(time).transpose()?,
                memory.expires.as_ref().map(time).transpose()?,
                memory.pinned,
                memory.state,
                memory.after,
                &native::hash(&memory.title, &memory.body)[..],
            ],
        )?;
        if let Some(last) = &memory.recalled {
            let recall = params![tx.last_insert_rowid(), memory.recalls, time(last)?];
            tx.execute("INSERT INTO recall(memory, times, last) VALUES (?1, ?2, ?3)", recall)?;
        }
    }
    tx.commit()?;
    Ok(asset.memories.len())
}

/// What waits for a verdict about the sample's shared database, by batch; the database has this place among the stores.
///
/// # Errors
/// As [`super::proposals`].
pub fn shared_proposals(place: u8, reader: &mut dyn Reader, now: EpochMs) -> Result<Vec<(Batch, Vec<Draft>)>> {
    drafts(asset()?.batches, place, reader, now)
}

/// What agents wrote by themselves into the sample's shared database, for the audit list: the batch, whose moment is that
/// of the writing, and the change.
///
/// # Errors
/// As [`super::proposals`].
pub fn shared_writes(place: u8, now: EpochMs) -> Result<Vec<(Batch, Draft)>> {
    let written = asset()?.written.into_iter().map(|it| {
        let (at, note) = (now - it.hours * HOUR, format!("session {}", it.agent));
        let wish = Wish::Add(it.memory.record(&it.agent));
        let step = Step { store: place, native: String::new(), seen: Version::default(), was: Vec::new(), wish };
        let draft = Draft {
            label: Label::Add,
            evidence: vec![Evidence::Note(it.reason.clone())],
            reason: it.reason,
            confidence: None,
            likeness: String::new(),
            steps: vec![step],
        };
        (Batch { id: 0, at, author: format!("agent:{}", it.agent), note }, draft)
    });
    Ok(written.collect())
}

fn asset() -> Result<Asset> {
    toml::from_str(ASSET).map_err(|error| failed("assets/demo/shared.toml".as_ref(), error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::memory::State;

    const NOW: EpochMs = 1_795_000_000_000;

    #[test]
    fn the_shared_sample_has_every_state_and_its_proposals_fit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(native::FILE_NAME);
        let count = build_shared(&path, NOW).unwrap();
        let store = native::open(&path, native::NAME.to_owned()).unwrap();
        let mut reader = store.reader().unwrap();
        let rows = reader.newest(100).unwrap();
        assert_eq!(rows.len(), count);
        let states: Vec<State> = rows.iter().map(|row| reader.memory(row.key.handle).unwrap().unwrap().state).collect();
        for state in [State::Live, State::Quarantined, State::Superseded, State::Expired] {
            assert!(states.contains(&state), "{state:?}");
        }
        assert!(shared_proposals(1, reader.as_mut(), NOW).unwrap().len() >= 2);
        assert!(shared_writes(1, NOW).unwrap().len() >= 2);
        assert!(build_shared(&path, NOW).is_err(), "nothing is written over");
    }
}
