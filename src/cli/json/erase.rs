//! What `memtui erase --json` prints.

use serde::Serialize;

use super::RefusedJson;
use crate::curate::{ErasePlan, Report};

/// What an erasure would take out, or took out.
#[derive(Debug, Serialize)]
pub struct EraseJson {
    /// Whether nothing was changed.
    pub dry_run: bool,
    /// The operation in the log; null when nothing was changed.
    pub operation: Option<i64>,
    /// Memories that would be erased.
    pub planned: usize,
    /// Memories that were erased.
    pub erased: usize,
    /// Every memory that would be erased.
    pub ids: Vec<String>,
    /// Memories that stay, with the reason.
    pub refused: Vec<RefusedJson>,
    /// Records of them in the ledger.
    pub records: usize,
    /// Records of other memories in the ledger that hold the same text.
    pub other_records: usize,
    /// Proposals that are about them or quote them.
    pub proposals: usize,
    /// How many of those wait for a verdict.
    pub waiting: usize,
    /// Titles and reasons in the ledger that quote them.
    pub lines: usize,
    /// Backups that are looked through.
    pub backups: usize,
    /// Where something still stands that memtui could reach, a sentence each.
    pub left: Vec<String>,
    /// What stopped it on the way, or null.
    pub trouble: Option<String>,
    /// What memtui cannot reach, by store.
    pub beyond: Vec<BeyondJson>,
}

/// What memtui cannot reach of a store.
#[derive(Debug, Serialize)]
pub struct BeyondJson {
    /// The store.
    pub store: String,
    /// Where the same may be kept besides.
    pub places: Vec<String>,
}

impl EraseJson {
    /// A plan, and what came of it.
    pub fn of(plan: &ErasePlan, report: Option<&Report>) -> Self {
        let refused = report.map_or(&plan.spared, |report| &report.refused);
        Self {
            dry_run: report.is_none(),
            operation: report.and_then(|report| report.operation),
            planned: plan.victims.len(),
            erased: report.map_or(0, |report| report.applied),
            ids: plan.victims.iter().map(|victim| victim.id.to_string()).collect(),
            refused: refused
                .iter()
                .map(|(id, reason)| RefusedJson { id: id.to_string(), reason: reason.clone() })
                .collect(),
            records: plan.traces.images,
            other_records: plan.traces.others,
            proposals: plan.traces.proposals,
            waiting: plan.traces.waiting,
            lines: plan.traces.lines,
            backups: plan.backups,
            left: report.map(|report| report.left.clone()).unwrap_or_default(),
            trouble: report.and_then(|report| report.trouble.clone()),
            beyond: plan
                .beyond
                .iter()
                .map(|beyond| BeyondJson {
                    store: beyond.store.clone(),
                    places: beyond.places.iter().map(|place| (*place).to_owned()).collect(),
                })
                .collect(),
        }
    }

    /// One with every key, for the reference page.
    pub(super) fn example() -> Self {
        let beyond = vec![BeyondJson { store: String::new(), places: vec![] }];
        let refused = vec![RefusedJson { id: String::new(), reason: String::new() }];
        let plan = Self::of(&ErasePlan::default(), None);
        Self { operation: Some(1), trouble: Some(String::new()), beyond, refused, ..plan }
    }
}
