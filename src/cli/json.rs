//! What `--json` prints. `docs/json.md` describes every key; a test keeps the two together.

mod erase;
mod example;
mod operation;
mod own;
mod past;

use serde::Serialize;

pub use erase::{BeyondJson, EraseJson};
pub use operation::{ChangeJson, FieldJson, OperationJson, PlanJson, RefusedJson, ReportJson};
pub use own::{FactJson, FindingJson, KeysJson, SettingJson};
pub use past::{CorrectionJson, ReturnJson, RollBackJson, VersionJson, WhyJson};

use crate::{
    engine::Detail,
    memory::{EpochMs, Memory, SectionStyle},
    store::{Store, usual::Absent},
};

use super::times::rfc3339;

/// A memory.
#[derive(Debug, Serialize)]
pub struct MemoryJson {
    /// `STORE:NATIVE`, the name that every command takes.
    pub id: String,
    /// The store's short name.
    pub store: String,
    /// The store's own word.
    pub kind: String,
    /// `project`, `episodic`, `procedural` or `user`.
    pub bucket: &'static str,
    /// Whom it applies to.
    pub scope: ScopeJson,
    /// Its title.
    pub title: String,
    /// Its text by section, as Markdown.
    pub body: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The files it names.
    pub files: Vec<FileJson>,
    /// RFC 3339, or null.
    pub created: Option<String>,
    /// RFC 3339, or null.
    pub updated: Option<String>,
    /// When it was recalled last, RFC 3339; null when never, or when nobody notes it.
    pub accessed: Option<String>,
    /// How often it was recalled; null when nobody counts.
    pub recalls: Option<u32>,
    /// From when on it no longer holds, RFC 3339; null when nobody said so.
    pub expires: Option<String>,
    /// How much it deserves trust; null until it was judged.
    pub confidence: Option<ConfidenceJson>,
    /// What its text costs an agent, estimated.
    pub tokens: u32,
    /// Tokens that were spent to learn it; 0 when the store does not say.
    pub cost: u32,
    /// What a person should see about it, most urgent first.
    pub signals: Vec<SignalJson>,
    /// `live`, `not-injected`, `replica`, `quarantined`, `superseded`, `expired` or `deleted`.
    pub state: &'static str,
    /// What it was when it was read, 16 hexadecimal digits: the base of a proposal about it.
    pub version: String,
    /// What a person said about it.
    pub marks: MarksJson,
    /// In a list of the past, how it is known: `same` as now, `was` (it reads differently now), `gone`, `not-kept`,
    /// `changed` (nobody knows from what) or `unsure`; null in the present.
    pub past: Option<&'static str>,
    /// Where it came from.
    pub provenance: ProvenanceJson,
}

/// Whom a memory applies to.
#[derive(Debug, Serialize)]
pub struct ScopeJson {
    /// Null: everywhere.
    pub project: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// The session.
    pub session: Option<String>,
}

/// A file that a memory names.
#[derive(Debug, Serialize)]
pub struct FileJson {
    /// As the store writes it.
    pub path: String,
    /// Whether the agent changed it.
    pub modified: bool,
}

/// How much a memory deserves trust.
#[derive(Debug, Serialize)]
pub struct ConfidenceJson {
    /// 0 to 1.
    pub value: f64,
    /// `stated`, `derived` or `human`.
    pub source: &'static str,
}

/// A signal.
#[derive(Debug, Serialize)]
pub struct SignalJson {
    /// Its name, as in `is:NAME`.
    pub signal: &'static str,
    /// Why, where the memory was looked at.
    pub reason: Option<String>,
}

/// What a person said about a memory.
#[derive(Debug, Serialize)]
pub struct MarksJson {
    /// The confidence a person set.
    pub confidence: Option<f64>,
    /// Whether bulk acts leave it alone.
    pub pinned: bool,
    /// RFC 3339, or null.
    pub stale_after: Option<String>,
    /// The bucket a person moved it to.
    pub bucket: Option<&'static str>,
    /// RFC 3339, or null.
    pub reviewed: Option<String>,
    /// When it is due again, RFC 3339; null while nobody has judged it.
    pub due: Option<String>,
}

/// Where a memory came from.
#[derive(Debug, Serialize)]
pub struct ProvenanceJson {
    /// The agent's own session id.
    pub session: Option<String>,
    /// The session's title.
    pub session_title: Option<String>,
    /// Which prompt of the session.
    pub prompt_number: Option<i64>,
    /// The beginning of that prompt.
    pub prompt: Option<String>,
    /// Which agent.
    pub agent: Option<String>,
    /// Which subagent.
    pub subagent: Option<String>,
    /// Which model wrote it down.
    pub model: Option<String>,
    /// The machine it was synchronised from.
    pub device: Option<String>,
}

/// A store.
#[derive(Debug, Serialize)]
pub struct StoreJson {
    /// Its short name, the first part of its memories' ids.
    pub name: String,
    /// The product that owns it.
    pub product: &'static str,
    /// Where it is.
    pub path: String,
    /// What was recognised.
    pub version: String,
    /// Why it cannot be written, or null.
    pub read_only: Option<String>,
    /// How many memories it has; null when that cannot be told.
    pub memories: Option<usize>,
    /// `open`, `off` when it is switched off, or `broken`.
    pub state: &'static str,
    /// Why it cannot be read, or null.
    pub broken: Option<String>,
}

/// A count.
#[derive(Debug, Serialize)]
pub struct CountJson {
    /// What was counted by, `null` for all together: `{"kind": "bugfix"}`.
    pub by: Option<&'static str>,
    /// The name within it.
    pub name: Option<String>,
    /// How many.
    pub count: usize,
}

impl MemoryJson {
    /// A memory with its judgement.
    pub fn of(detail: Detail) -> Self {
        let Memory {
            row,
            title,
            sections,
            tags,
            files,
            provenance,
            updated,
            accessed,
            recalls,
            expires,
            state,
            findings,
            ..
        } = detail.memory;
        let reason =
            |signal| findings.iter().find(|finding| finding.signal == signal).map(|found| found.reason.clone());
        let signals = row.signals.iter().map(|signal| SignalJson { signal: signal.name(), reason: reason(signal) });
        Self {
            id: row.id.to_string(),
            store: row.id.store,
            kind: row.kind,
            bucket: row.bucket.name(),
            scope: ScopeJson { project: row.scope.project, agent: row.scope.agent, session: row.scope.session },
            title,
            body: sections.iter().map(markdown).collect::<Vec<_>>().join("\n\n"),
            tags,
            files: files.into_iter().map(|file| FileJson { path: file.path, modified: file.modified }).collect(),
            created: time(row.created),
            updated: time(updated),
            accessed: time(accessed),
            recalls,
            expires: time(expires),
            confidence: row
                .confidence
                .map(|it| ConfidenceJson { value: two_digits(it.value), source: it.source.name() }),
            tokens: row.tokens,
            cost: row.cost,
            signals: signals.collect(),
            state: state.name(),
            version: row.version.to_string(),
            marks: MarksJson {
                confidence: row.overlay.confidence.map(two_digits),
                pinned: row.overlay.pinned,
                stale_after: time(row.overlay.stale_after),
                bucket: row.overlay.bucket.map(crate::memory::Bucket::name),
                reviewed: time(row.overlay.reviewed_at),
                due: time(crate::judge::due_at(&row.overlay)),
            },
            past: None,
            provenance: ProvenanceJson {
                session: provenance.session,
                session_title: provenance.session_title,
                prompt_number: provenance.prompt_number,
                prompt: provenance.prompt,
                agent: provenance.agent,
                subagent: provenance.subagent,
                model: provenance.model,
                device: provenance.device,
            },
        }
    }
}

/// A section under its name.
fn markdown(section: &crate::memory::Section) -> String {
    let text = match section.style {
        SectionStyle::Prose => section.items.join("\n\n"),
        SectionStyle::List => section.items.iter().map(|item| format!("- {item}")).collect::<Vec<_>>().join("\n"),
    };
    format!("## {}\n\n{text}", section.name)
}

fn time(at: Option<EpochMs>) -> Option<String> {
    at.and_then(rfc3339)
}

/// A confidence is shown, filtered and printed with two digits.
fn two_digits(value: f32) -> f64 {
    (f64::from(value) * 100.0).round() / 100.0
}

impl StoreJson {
    /// An open store, with its count or why that cannot be told.
    pub(super) fn open(store: &dyn Store, count: Result<usize, String>) -> Self {
        let about = store.about();
        Self {
            memories: count.as_ref().ok().copied(),
            state: if count.is_ok() { "open" } else { "broken" },
            broken: count.err(),
            name: about.name.clone(),
            product: about.product,
            path: about.path.display().to_string(),
            version: about.version.clone(),
            read_only: store.objection(),
        }
    }

    /// A store that is there and not open.
    pub(super) fn absent(absent: &Absent) -> Self {
        Self {
            name: absent.name.clone(),
            product: "",
            path: absent.path.display().to_string(),
            version: String::new(),
            read_only: None,
            memories: None,
            state: if absent.trouble.is_some() { "broken" } else { "off" },
            broken: absent.trouble.clone(),
        }
    }
}

/// One full example of everything that `--json` prints, by its heading in `docs/json.md`.
pub fn examples() -> Vec<(&'static str, serde_json::Value)> {
    let text = || Some("…".to_owned());
    let change = ChangeJson {
        id: String::new(),
        title: String::new(),
        fields: vec![FieldJson { field: String::new(), before: text(), after: text() }],
    };
    let operation = OperationJson {
        operation: 1,
        at: text(),
        label: "prune",
        author: String::new(),
        reason: String::new(),
        state: "done",
        planned: 1,
        applied: 1,
        of: None,
        undone_by: None,
        summary: String::new(),
    };
    let report = ReportJson {
        operation: Some(1),
        label: "prune",
        of: None,
        planned: 1,
        applied: 1,
        already: 0,
        spared: 0,
        refused: vec![RefusedJson { id: String::new(), reason: String::new() }],
        cancelled: false,
        trouble: None,
    };
    let plan = PlanJson { dry_run: true, label: "prune", planned: 1, spared: 0, ids: vec![String::new()] };
    let store = StoreJson {
        name: String::new(),
        product: "claude-mem",
        path: String::new(),
        version: String::new(),
        read_only: None,
        memories: Some(1),
        state: "open",
        broken: None,
    };
    let count = CountJson { by: Some("kind"), name: text(), count: 1 };
    let finding = FindingJson { place: String::new(), what: String::new(), trouble: text() };
    let fact = FactJson { section: "store", about: "path", fact: String::new(), trouble: false };
    let setting = SettingJson { name: "theme", value: String::new(), from: "default", place: None, about: "" };
    let keys = KeysJson { mode: "list", action: "up", keys: Vec::new(), about: "" };
    [
        ("A setting", serde_json::to_value(setting)),
        ("The keys of an action", serde_json::to_value(keys)),
        ("A finding", serde_json::to_value(finding)),
        ("A fact", serde_json::to_value(fact)),
        ("A memory", serde_json::to_value(MemoryJson::example())),
        ("A count", serde_json::to_value(count)),
        ("A report", serde_json::to_value(report)),
        ("A plan", serde_json::to_value(plan)),
        ("A change", serde_json::to_value(change)),
        ("An operation", serde_json::to_value(operation)),
        ("A store", serde_json::to_value(store)),
    ]
    .into_iter()
    .chain(examples_of_others())
    .chain(super::queue::json::examples())
    .chain(past::examples())
    .map(|(heading, value)| (heading, value.unwrap_or_default()))
    .collect()
}

/// What commands print in shapes of their own.
fn examples_of_others() -> [(&'static str, serde_json::Result<serde_json::Value>); 7] {
    [
        ("Insights", serde_json::to_value(super::insights::InsightsJson::example())),
        ("A view", serde_json::to_value(super::views::ViewJson::of(&crate::views::SavedView::default(), 0))),
        ("What a retention rule did", serde_json::to_value(super::retention::RetentionJson::example())),
        ("A seat", serde_json::to_value(super::review::SeatJson::example())),
        ("What a dream proposes", serde_json::to_value(super::dream::DreamtJson::example())),
        ("What a memory would become", serde_json::to_value(super::carry::CargoJson::example())),
        ("A copy", serde_json::to_value(super::backup::CopyJson::example())),
    ]
}
