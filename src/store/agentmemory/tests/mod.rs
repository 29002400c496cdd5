//! A state directory as the engine makes it, with a memory in every state, and tests on it.

mod files;
mod reading;
mod sample;
mod server;
mod serving;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::{
    change::Change,
    memory::{Handle, Image},
    store::{Expect, Intent, Make, Outcome, Result},
};

/// A state directory, which goes when it is dropped.
pub(in crate::store) struct Fixture {
    dir: tempfile::TempDir,
    pub(in crate::store) path: PathBuf,
}

/// A memory as the product saves it.
pub(super) fn memory(id: &str, content: &str, more: Json) -> (String, Json) {
    let mut record = json!({
        "concepts": ["queue"],
        "content": content,
        "createdAt": "2026-06-01T10:00:00.000Z",
        "files": ["src/queue.rs"],
        "id": id,
        "isLatest": true,
        "origin": { "capturedAt": "2026-06-01T10:00:00.000Z", "channel": "agent" },
        "project": "shop",
        "sessionIds": ["ses_1"],
        "sourceObservationIds": [],
        "strength": 7,
        "supersedes": [],
        "title": content,
        "type": "fact",
        "updatedAt": "2026-06-01T10:00:00.000Z",
        "version": 1
    });
    let Json::Object(more) = more else { panic!("an object") };
    let fields = record.as_object_mut().unwrap();
    fields.extend(more);
    fields.sort_keys();
    (id.to_owned(), record)
}

/// All records of a filled store, by their scopes.
pub(super) fn scopes() -> Vec<(&'static str, Map<String, Json>)> {
    let at = "2026-06-02T08:00:00.000Z";
    let by_key = |records: Vec<(&str, Json)>| records.into_iter().map(|(key, json)| (key.to_owned(), json)).collect();
    let memories = [
        memory("mem_1", "The queue has ten workers", json!({ "isLatest": false })),
        memory(
            "mem_2",
            "The queue has twelve workers",
            json!({ "parentId": "mem_1", "supersedes": ["mem_1"], "version": 2, "createdAt": "2026-06-03T10:00:00.000Z" }),
        ),
        memory("mem_3", "Deploys run at night", json!({ "type": "workflow", "strength": 6.5 })),
        memory("mem_4", "Nobody looked at this yet", json!({ "isLatest": false })),
        memory("mem_5", "The trial ends soon", json!({ "forgetAfter": "2026-06-05T00:00:00.000Z" })),
    ];
    vec![
        ("mem:memories", memories.into_iter().collect()),
        (
            "mem:sessions",
            by_key(vec![(
                "ses_1",
                json!({ "agentId": "claude-code", "cwd": "/work/shop", "firstPrompt": "Fix the queue", "id": "ses_1",
                    "observationCount": 2, "project": "shop", "startedAt": at, "status": "completed" }),
            )]),
        ),
        (
            "mem:obs:ses_1",
            by_key(vec![
                (
                    "obs_1",
                    json!({ "concepts": [], "confidence": 0.3, "facts": ["It is slow"], "files": ["a.rs"], "id": "obs_1",
                    "importance": 5, "narrative": "Looked into the queue", "origin": { "capturedAt": at, "channel": "tool" },
                    "sessionId": "ses_1", "timestamp": at, "title": "Read", "type": "file_read" }),
                ),
                (
                    "obs_2",
                    json!({ "concepts": [], "confidence": 0.3, "facts": [], "files": [], "id": "obs_2", "importance": 2,
                    "narrative": "Ran the tests", "origin": { "capturedAt": at, "channel": "tool" },
                    "sessionId": "ses_1", "timestamp": at, "title": "Bash", "type": "command_run" }),
                ),
            ]),
        ),
        (
            "mem:summaries",
            by_key(vec![(
                "ses_1",
                json!({ "concepts": ["queue"], "createdAt": at, "filesModified": ["a.rs"], "keyDecisions": ["More workers"],
                "narrative": "The queue was made faster", "observationCount": 2, "project": "shop", "sessionId": "ses_1",
                "title": "Faster queue" }),
            )]),
        ),
        (
            "mem:semantic",
            by_key(vec![(
                "sem_1",
                json!({ "accessCount": 1, "confidence": 0.95, "createdAt": at, "fact": "The shop sells tea", "id": "sem_1",
                "lastAccessedAt": at, "sourceMemoryIds": [], "sourceSessionIds": ["ses_1"], "strength": 0.9, "updatedAt": at }),
            )]),
        ),
        (
            "mem:procedural",
            by_key(vec![(
                "proc_1",
                json!({ "createdAt": at, "frequency": 2, "id": "proc_1", "name": "Release", "sourceSessionIds": [],
                "steps": ["Tag", "Push"], "strength": 0.5, "triggerCondition": "A release is due", "updatedAt": at }),
            )]),
        ),
        ("mem:lessons", by_key(vec![("lsn_1", lesson("lsn_1", false)), ("lsn_2", lesson("lsn_2", true))])),
        (
            "mem:insights",
            by_key(vec![(
                "ins_1",
                json!({ "confidence": 0.7, "content": "Timeouts follow releases", "createdAt": at, "decayRate": 0.05,
                "id": "ins_1", "reinforcements": 1, "sourceConceptCluster": [], "tags": ["ops"], "title": "Timeouts",
                "updatedAt": at }),
            )]),
        ),
        (
            "mem:slots:global",
            by_key(vec![(
                "persona",
                json!({ "content": "Terse", "createdAt": at, "description": "Tone", "label": "persona", "pinned": true,
                "readOnly": false, "scope": "global", "sizeLimit": 1000, "updatedAt": at }),
            )]),
        ),
        (
            "mem:access",
            by_key(vec![(
                "mem_3",
                json!({ "count": 1, "lastAt": "2026-07-01T00:00:00.000Z", "memoryId": "mem_3", "recent": [] }),
            )]),
        ),
        (
            "mem:facets",
            by_key(vec![(
                "fct_1",
                json!({ "createdAt": at, "dimension": "status", "id": "fct_1", "targetId": "mem_3", "targetType": "memory",
                "value": "needs-review" }),
            )]),
        ),
        ("mem:index:bm25", by_key(vec![("data:manifest", json!({ "v": 1 }))])),
    ]
}

fn lesson(id: &str, deleted: bool) -> Json {
    let mut record = json!({
        "confidence": 0.37, "content": format!("Check the queue first ({id})"), "context": "post-mortem",
        "createdAt": "2026-06-01T00:00:00.000Z", "decayRate": 0.05, "id": id, "project": "shop", "reinforcements": 1,
        "source": "manual", "sourceIds": [], "tags": ["ops"], "updatedAt": "2026-06-01T00:00:00.000Z"
    });
    if deleted {
        record["deleted"] = Json::Bool(true);
        record.as_object_mut().unwrap().sort_keys();
    }
    record
}

/// Writes a scope as the engine does.
pub(super) fn write_scope(directory: &Path, scope: &str, records: &Map<String, Json>) {
    let path = directory.join(codec::file_of(scope));
    if records.is_empty() {
        let _gone = fs::remove_file(path);
        return;
    }
    let waiting = path.with_extension("tmp");
    fs::write(&waiting, codec::write(records, codec::Form::Archive).unwrap()).unwrap();
    fs::rename(waiting, path).unwrap();
}

impl Fixture {
    /// One with a memory in every state.
    pub(in crate::store) fn filled() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("data").join(STATE);
        fs::create_dir_all(&path).unwrap();
        for (scope, records) in scopes() {
            write_scope(&path, scope, &records);
        }
        Self { path: fs::canonicalize(path).unwrap(), dir }
    }

    pub(in crate::store) fn store(&self) -> Arc<dyn Store> {
        open(&self.path, PRODUCT.to_owned(), Installation::default()).unwrap()
    }

    /// What another program writes.
    pub(in crate::store) fn written(path: &Path) {
        write_scope(path, "mem:memories", &[memory("mem_9", "Another text", json!({}))].into_iter().collect());
    }

    /// Every file with its bytes.
    fn bytes(&self) -> Vec<(PathBuf, Vec<u8>)> {
        bytes(&self.path)
    }
}

/// Every file of a directory with its bytes, but what the engine derives.
pub(super) fn bytes(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut all: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    all.retain(|(path, _)| !path.to_string_lossy().contains("index"));
    all.sort();
    all
}

/// Carries out intents; what became of them and what was journalled.
pub(super) fn apply(store: &dyn Store, intents: Vec<Intent>) -> Result<(Vec<Outcome>, Vec<Change>)> {
    let mut changes = Vec::new();
    let keep = &mut |made: &[Change]| {
        changes.extend_from_slice(made);
        Ok(())
    };
    let outcomes = store.writer()?.apply(intents, keep)?;
    Ok((outcomes, changes))
}

pub(super) fn intent(native: &str, make: Make) -> Intent {
    Intent { native: native.to_owned(), expect: Expect::Anything, make }
}

/// What takes changes back.
pub(super) fn back(changes: &[Change]) -> Vec<Intent> {
    let one = |change: &Change| Intent {
        native: change.native.clone(),
        expect: change.after.as_ref().map_or(Expect::Absent, |image| Expect::Exactly(image.digest())),
        make: change.before.clone().map_or(Make::Delete, Make::Put),
    };
    changes.iter().map(one).collect()
}

pub(super) fn natives(store: &dyn Store) -> Vec<String> {
    let mut reader = store.reader().unwrap();
    let mut all: Vec<Handle> = Vec::new();
    reader.outline(&mut |handle, _| all.push(handle)).unwrap();
    all.into_iter().map(|handle| reader.native(handle)).collect()
}

pub(super) fn image(store: &dyn Store, native: &str) -> Option<Image> {
    let mut reader = store.reader().unwrap();
    let handle = reader.handle(native)?;
    reader.image(handle).unwrap()
}

pub(super) fn read(store: &dyn Store, native: &str) -> crate::memory::Memory {
    let mut reader = store.reader().unwrap();
    let handle = reader.handle(native).unwrap();
    reader.memory(handle).unwrap().unwrap()
}
