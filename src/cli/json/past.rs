//! What the commands about the past print: versions, roll-backs, who brought what.

use serde::Serialize;

use crate::{
    change::Label,
    cli::times::rfc3339,
    curate::{Brought, Choices, MemoryVersion, Return, RollBackPlan},
};

/// A version of a memory.
#[derive(Debug, Serialize)]
pub struct VersionJson {
    /// The memory.
    pub id: String,
    /// Its number: 1 is the oldest that is known.
    pub version: usize,
    /// RFC 3339, since when it was so; null when nobody knows.
    pub at: Option<String>,
    /// `operation`, `observed`, `before`, `first-look`, `unseen` or `store`.
    pub brought: &'static str,
    /// The operation that brought it, or before which it was so; null when there is none.
    pub operation: Option<i64>,
    /// Who wanted it; null when nobody knows.
    pub author: Option<String>,
    /// What its store says of it; null when it keeps no versions.
    pub note: Option<String>,
    /// Whether the memory was there.
    pub there: bool,
    /// Whether it is so now.
    pub current: bool,
}

impl VersionJson {
    /// A version with its number.
    pub fn of(id: &str, number: usize, version: &MemoryVersion) -> Self {
        let (brought, operation, author, note) = match &version.brought {
            Brought::Operation { id, label, author, .. } => {
                let observed = *label == crate::change::Label::Observe;
                (if observed { "observed" } else { "operation" }, Some(*id), Some(author.clone()), None)
            }
            Brought::Before(operation) => ("before", Some(*operation), None, None),
            Brought::FirstLook => ("first-look", None, None, None),
            Brought::Unseen => ("unseen", None, None, None),
            Brought::Store { native, note } => {
                ("store", None, None, Some(format!("{native} {note}").trim().to_owned()))
            }
        };
        Self {
            id: id.to_owned(),
            version: number,
            at: version.at.and_then(rfc3339),
            brought,
            operation,
            author,
            note,
            there: version.digest.is_some(),
            current: version.current,
        }
    }
}

/// What a roll-back would do.
#[derive(Debug, Serialize)]
pub struct RollBackJson {
    /// Always true: nothing was changed.
    pub dry_run: bool,
    /// What would be rolled back.
    pub what: String,
    /// Memories that would be changed.
    pub planned: usize,
    /// Memories that would be left alone for what has changed since.
    pub left: usize,
    /// Memories that were derived and would not be taken along.
    pub derived: usize,
    /// What is not known.
    pub remarks: Vec<String>,
    /// Every memory that it touches.
    pub memories: Vec<ReturnJson>,
}

/// A memory of a roll-back.
#[derive(Debug, Serialize)]
pub struct ReturnJson {
    /// The memory.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `deleted`, `put back`, `restored`, `merged`, `marks restored` or `already so`.
    pub becomes: &'static str,
    /// Whether it would be changed.
    pub changed: bool,
    /// What has changed since, or null.
    pub conflict: Option<String>,
    /// Fields that stay as they were changed since.
    pub keeps: Vec<String>,
    /// From what it was derived, or null.
    pub derived: Option<String>,
}

impl RollBackJson {
    /// A plan under choices.
    pub fn of(plan: &RollBackPlan, choices: Choices) -> Self {
        let tally = plan.tally(choices);
        let one = |one: &Return| ReturnJson {
            id: one.id.to_string(),
            title: one.title.clone(),
            becomes: one.becomes.name(),
            changed: one.is_changed(choices),
            conflict: one.conflict.clone(),
            keeps: one.keeps.clone(),
            derived: one.derived.clone(),
        };
        Self {
            dry_run: true,
            what: plan.what.clone(),
            planned: tally.changed(),
            left: tally.left,
            derived: tally.derived,
            remarks: plan.remarks.clone(),
            memories: plan.returns.iter().map(one).collect(),
        }
    }
}

/// A memory that says something, and who brought it.
#[derive(Debug, Serialize)]
pub struct WhyJson {
    /// The memory.
    pub id: String,
    /// Its title.
    pub title: String,
    /// RFC 3339, when it was captured, or null.
    pub created: Option<String>,
    /// Its confidence between 0 and 1, or null.
    pub confidence: Option<f64>,
    /// The operation that brought the words, or null.
    pub operation: Option<i64>,
    /// RFC 3339, since when the words are known to stand in it, or null.
    pub since: Option<String>,
    /// Who brought the words: of the operation, else of the memory; null when nobody knows.
    pub author: Option<String>,
    /// The session that it comes from, or null.
    pub session: Option<String>,
    /// On what evidence: the beginning of the prompt or the source that it names, or null.
    pub evidence: Option<String>,
}

/// What correcting all that say something would do to one memory.
#[derive(Debug, Serialize)]
pub struct CorrectionJson {
    /// Always true: nothing was changed.
    pub dry_run: bool,
    /// The memory.
    pub id: String,
    /// What would be done: `edit`, `prune` or `mark`.
    pub label: &'static str,
    /// The fields that would be changed; none for what is pruned or marked.
    pub fields: Vec<CorrectedJson>,
}

/// A field that would be changed.
#[derive(Debug, Serialize)]
pub struct CorrectedJson {
    /// Its name.
    pub field: String,
    /// What it says.
    pub before: Option<String>,
    /// What it would say.
    pub after: Option<String>,
}

impl CorrectionJson {
    /// What would become of a memory.
    pub fn of(id: &str, label: Label, fields: Vec<(String, Option<String>, Option<String>)>) -> Self {
        let fields = fields.into_iter().map(|(field, before, after)| CorrectedJson { field, before, after });
        Self { dry_run: true, id: id.to_owned(), label: label.name(), fields: fields.collect() }
    }
}

/// An example of each, with nothing left out, under its heading in `docs/json.md`.
pub(super) fn examples() -> Vec<(&'static str, serde_json::Result<serde_json::Value>)> {
    let text = || Some("…".to_owned());
    let version = VersionJson {
        id: String::new(),
        version: 1,
        at: text(),
        brought: "operation",
        operation: Some(1),
        author: text(),
        note: text(),
        there: true,
        current: true,
    };
    let memory = ReturnJson {
        id: String::new(),
        title: String::new(),
        becomes: "deleted",
        changed: true,
        conflict: text(),
        keeps: Vec::new(),
        derived: text(),
    };
    let roll_back = RollBackJson {
        dry_run: true,
        what: String::new(),
        planned: 1,
        left: 0,
        derived: 0,
        remarks: Vec::new(),
        memories: vec![memory],
    };
    let why = WhyJson {
        id: String::new(),
        title: String::new(),
        created: text(),
        confidence: Some(0.5),
        operation: Some(1),
        since: text(),
        author: text(),
        session: text(),
        evidence: text(),
    };
    vec![
        ("A version", serde_json::to_value(version)),
        ("A roll-back", serde_json::to_value(roll_back)),
        ("An origin", serde_json::to_value(why)),
        ("An erasure", serde_json::to_value(super::EraseJson::example())),
        (
            "A correction",
            serde_json::to_value(CorrectionJson::of("", Label::Edit, vec![(String::new(), text(), text())])),
        ),
    ]
}
