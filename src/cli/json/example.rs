//! A full example of a memory, for the page that describes what `--json` prints.

use super::{ConfidenceJson, FileJson, MarksJson, MemoryJson, ProvenanceJson, ScopeJson, SignalJson};

impl MemoryJson {
    /// One with everything.
    pub(super) fn example() -> Self {
        let text = || Some("…".to_owned());
        Self {
            id: String::new(),
            store: String::new(),
            kind: String::new(),
            bucket: "project",
            scope: ScopeJson { project: text(), agent: text(), session: text() },
            title: String::new(),
            body: String::new(),
            tags: vec![],
            files: vec![FileJson { path: String::new(), modified: true }],
            created: text(),
            updated: text(),
            accessed: text(),
            confidence: Some(ConfidenceJson { value: 0.5, source: "derived" }),
            tokens: 0,
            cost: 0,
            signals: vec![SignalJson { signal: "stale", reason: text() }],
            state: "live",
            version: String::new(),
            marks: MarksJson {
                confidence: Some(1.0),
                pinned: true,
                stale_after: text(),
                bucket: Some("user"),
                reviewed: text(),
                due: text(),
            },
            past: Some("was"),
            provenance: ProvenanceJson {
                session: text(),
                session_title: text(),
                prompt_number: Some(1),
                prompt: text(),
                agent: text(),
                subagent: text(),
                model: text(),
                device: text(),
            },
        }
    }
}
