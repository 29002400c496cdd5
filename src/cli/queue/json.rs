//! What the commands on the queue print with `--json`. `docs/json.md` describes every key.

use serde::Serialize;

use crate::{
    change::{
        Waiting,
        form::{EvidenceForm, StepForm, Verb},
    },
    cli::{json::FieldJson, times::rfc3339},
    curate::Decided,
    ledger::{Given, Rate, Tombstone},
};

/// A proposal that waits.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct WaitingJson {
    /// Its number.
    pub proposal: i64,
    /// What a verdict names.
    pub version: u32,
    /// What it came with.
    pub batch: i64,
    /// RFC 3339.
    pub at: Option<String>,
    /// Who proposes.
    pub author: String,
    /// The label.
    pub label: &'static str,
    /// What it would do, in one sentence.
    pub what: String,
    /// The title of the first memory it is about.
    pub title: String,
    /// Why.
    pub reason: String,
    /// 0 to 1, or null.
    pub confidence: Option<f64>,
    /// What it has in common with others of its batch.
    pub cluster: String,
    /// Why it waits apart, or null.
    pub held: Option<String>,
}

/// A proposal in full.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct ProposalJson {
    #[serde(flatten)]
    pub line: WaitingJson,
    /// `waiting`, `approved` or `rejected`.
    pub state: &'static str,
    /// What speaks for it.
    pub evidence: Vec<EvidenceForm>,
    /// In the form in which it can be handed in again.
    pub steps: Vec<StepForm>,
    /// What it would do now, step by step.
    pub changes: Vec<StepJson>,
}

/// What a step would do now.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct StepJson {
    /// `add`, `edit`, `delete` or `mark`.
    #[serde(rename = "do")]
    pub verb: Verb,
    /// The memory, or for one that is to be added its store.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `fresh`, `rebased`, `already` or `conflict`.
    pub fit: &'static str,
    /// Fields that were changed on both sides.
    pub conflicts: Vec<String>,
    /// The fields that would differ.
    pub fields: Vec<FieldJson>,
    /// What a person should see about the new text.
    pub signals: Vec<String>,
}

/// What became of a proposal.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct DecidedJson {
    /// Its number.
    pub proposal: i64,
    /// `applied`, `noted`, `moved`, `refused` or `outdated`.
    pub result: &'static str,
    /// The operation that carried it out.
    pub operation: Option<i64>,
    /// Whether memories had moved since and both changes were brought together.
    pub rebased: bool,
    /// Why not, or null.
    pub reason: Option<String>,
}

/// What became of a proposal that was handed in.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct CameJson {
    /// How many wait now that did not before.
    pub new: usize,
    /// How many of them a policy applied.
    pub applied: usize,
    /// How many of them wait apart.
    pub held: usize,
    /// How many waited already.
    pub waiting: usize,
    /// How many were rejected before.
    pub rejected: usize,
    /// What is wrong with the others.
    pub mistakes: Vec<MistakeJson>,
}

/// What is wrong with a proposal that was handed in.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct MistakeJson {
    /// Which, from 1.
    pub proposal: Option<usize>,
    /// Which part of it.
    pub field: String,
    /// Why.
    pub reason: String,
}

/// A verdict that a policy gave.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct GivenJson {
    /// Its number.
    pub verdict: i64,
    /// On which proposal.
    pub proposal: i64,
    /// RFC 3339.
    pub at: Option<String>,
    /// Which policy.
    pub author: String,
    /// `approve`, `edit`, `reject`, `snooze` or `reopen`.
    pub said: &'static str,
    /// The operation that carried it out.
    pub operation: Option<i64>,
    /// What it did, in one sentence.
    pub what: String,
    /// The title of the first memory it was about.
    pub title: String,
}

/// How often a person agreed.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct RateJson {
    /// With whom.
    pub author: String,
    /// On what.
    pub label: &'static str,
    /// Proposals that were approved.
    pub approved: u32,
    /// Proposals that were rejected.
    pub rejected: u32,
    /// Approved ones among all, 0 to 1.
    pub rate: f64,
    /// A policy that this would justify, or null.
    pub suggestion: Option<String>,
}

/// A text that is not to come back.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct TombstoneJson {
    /// Its number.
    pub tombstone: i64,
    /// RFC 3339.
    pub at: Option<String>,
    /// Its title.
    pub title: String,
    /// Why.
    pub reason: String,
    /// The proposal that was rejected.
    pub proposal: Option<i64>,
    /// The operation that took it out.
    pub operation: Option<i64>,
}

/// A number with two digits, as it is shown.
pub(super) fn two_digits(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

impl From<&Waiting> for WaitingJson {
    fn from(line: &Waiting) -> Self {
        Self {
            proposal: line.id,
            version: line.version,
            batch: line.batch.id,
            at: rfc3339(line.batch.at),
            author: line.batch.author.clone(),
            label: line.label.name(),
            what: line.sentence(),
            title: line.title.clone(),
            reason: line.reason.clone(),
            confidence: line.confidence.map(|value| two_digits(value.into())),
            cluster: line.likeness.clone(),
            held: line.held.clone(),
        }
    }
}

impl From<&(i64, Decided)> for DecidedJson {
    fn from((proposal, decided): &(i64, Decided)) -> Self {
        let of = |result| Self { proposal: *proposal, result, operation: None, rebased: false, reason: None };
        match decided {
            Decided::Applied { operation, rebased } => {
                Self { operation: *operation, rebased: *rebased, ..of("applied") }
            }
            Decided::Noted => of("noted"),
            Decided::Moved(reason) => Self { reason: Some(reason.clone()), ..of("moved") },
            Decided::Refused(reason) => Self { reason: Some(reason.clone()), ..of("refused") },
            Decided::Outdated => of("outdated"),
        }
    }
}

impl GivenJson {
    pub(super) fn of(given: &Given, line: Option<&Waiting>) -> Self {
        Self {
            verdict: given.id,
            proposal: given.proposal,
            at: rfc3339(given.at),
            author: given.author.clone(),
            said: given.spoken.name(),
            operation: given.operation,
            what: line.map(Waiting::sentence).unwrap_or_default(),
            title: line.map(|line| line.title.clone()).unwrap_or_default(),
        }
    }
}

impl RateJson {
    pub(super) fn of(rate: &Rate, suggestion: Option<String>) -> Self {
        Self {
            author: rate.author.clone(),
            label: rate.label.name(),
            approved: rate.approved,
            rejected: rate.rejected,
            rate: two_digits(rate.share()),
            suggestion,
        }
    }
}

impl From<&Tombstone> for TombstoneJson {
    fn from(stone: &Tombstone) -> Self {
        Self {
            tombstone: stone.id,
            at: rfc3339(stone.at),
            title: stone.title.clone(),
            reason: stone.reason.clone(),
            proposal: stone.proposal,
            operation: stone.operation,
        }
    }
}

/// One full example of everything that is printed here, by its heading in `docs/json.md`.
pub(in crate::cli) fn examples() -> [(&'static str, serde_json::Result<serde_json::Value>); 8] {
    let text = || Some("…".to_owned());
    let line = || WaitingJson {
        proposal: 1,
        version: 1,
        batch: 1,
        at: text(),
        author: String::new(),
        label: "merge",
        what: String::new(),
        title: String::new(),
        reason: String::new(),
        confidence: Some(0.5),
        cluster: String::new(),
        held: text(),
    };
    let change = StepJson {
        verb: Verb::Edit,
        id: String::new(),
        title: String::new(),
        fit: "fresh",
        conflicts: Vec::new(),
        fields: vec![FieldJson { field: String::new(), before: text(), after: text() }],
        signals: Vec::new(),
    };
    let proposal =
        ProposalJson { line: line(), state: "waiting", evidence: Vec::new(), steps: Vec::new(), changes: vec![change] };
    let decided = DecidedJson { proposal: 1, result: "applied", operation: Some(1), rebased: false, reason: text() };
    let mistake = MistakeJson { proposal: Some(1), field: String::new(), reason: String::new() };
    let came = CameJson { new: 1, applied: 0, held: 0, waiting: 0, rejected: 0, mistakes: vec![mistake] };
    let given = GivenJson {
        verdict: 1,
        proposal: 1,
        at: text(),
        author: String::new(),
        said: "approve",
        operation: Some(1),
        what: String::new(),
        title: String::new(),
    };
    let rate =
        RateJson { author: String::new(), label: "merge", approved: 1, rejected: 0, rate: 1.0, suggestion: text() };
    let (reason, title) = (String::new(), String::new());
    let stone = TombstoneJson { tombstone: 1, at: text(), title, reason, proposal: Some(1), operation: None };
    [
        ("A proposal that waits", serde_json::to_value(line())),
        ("A proposal in full", serde_json::to_value(proposal)),
        ("A verdict", serde_json::to_value(decided)),
        ("What came in", serde_json::to_value(came)),
        ("A verdict of a policy", serde_json::to_value(given)),
        ("What somebody else did to a memory", serde_json::to_value(super::elsewhere::ElsewhereJson::example())),
        ("A rate of agreement", serde_json::to_value(rate)),
        ("A tombstone", serde_json::to_value(stone)),
    ]
}
