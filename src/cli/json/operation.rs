//! Operations, what they change, and what came of them.

use serde::Serialize;

use crate::{
    cli::times::rfc3339,
    curate::{ChangeView, Report},
    ledger::Operation,
};

/// An operation of the log.
#[derive(Debug, Serialize)]
pub struct OperationJson {
    /// Its number; larger is later.
    pub operation: i64,
    /// RFC 3339.
    pub at: Option<String>,
    /// `prune`, `edit`, `mark`, `undo` or `redo`.
    pub label: &'static str,
    /// Who wanted it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// `open`, `done`, `interrupted` or `cancelled`.
    pub state: &'static str,
    /// How many memories it meant to change.
    pub planned: usize,
    /// How many it changed.
    pub applied: usize,
    /// The operation it takes back or does again.
    pub of: Option<i64>,
    /// The operation that took this one back.
    pub undone_by: Option<i64>,
    /// A few words.
    pub summary: String,
}

/// What an operation changed in one memory, or what an edit would change.
#[derive(Debug, Serialize)]
pub struct ChangeJson {
    /// The memory.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The fields that differ.
    pub fields: Vec<FieldJson>,
}

/// A field that differs.
#[derive(Debug, Serialize)]
pub struct FieldJson {
    /// Its name in the store.
    pub field: String,
    /// Null: there was none.
    pub before: Option<String>,
    /// Null: there is none any more.
    pub after: Option<String>,
}

/// What came of an act.
#[derive(Debug, Serialize)]
pub struct ReportJson {
    /// The operation in the log; null when nothing was changed.
    pub operation: Option<i64>,
    /// What was done.
    pub label: &'static str,
    /// For undo and redo: the operation that was taken back or done again.
    pub of: Option<i64>,
    /// Memories that were to be changed.
    pub planned: usize,
    /// Memories that were changed.
    pub applied: usize,
    /// Memories that already were as wanted.
    pub already: usize,
    /// Pinned memories that were left alone.
    pub spared: usize,
    /// Memories that could not be changed.
    pub refused: Vec<RefusedJson>,
    /// Whether it was stopped on the way.
    pub cancelled: bool,
    /// What stopped it on the way, or null.
    pub trouble: Option<String>,
}

/// A memory that could not be changed.
#[derive(Debug, Serialize)]
pub struct RefusedJson {
    /// The memory.
    pub id: String,
    /// Why.
    pub reason: String,
}

/// What an act would do.
#[derive(Debug, Serialize)]
pub struct PlanJson {
    /// Always true: nothing was changed.
    pub dry_run: bool,
    /// What would be done.
    pub label: &'static str,
    /// Memories that would be changed.
    pub planned: usize,
    /// Pinned memories that would be left alone.
    pub spared: usize,
    /// Every memory that would be changed.
    pub ids: Vec<String>,
}

impl From<Operation> for OperationJson {
    fn from(operation: Operation) -> Self {
        Self {
            operation: operation.id,
            at: rfc3339(operation.at),
            label: operation.label.name(),
            author: operation.author,
            reason: operation.reason,
            state: operation.state.name(),
            planned: operation.planned,
            applied: operation.applied,
            of: operation.of,
            undone_by: operation.undone_by,
            summary: operation.summary,
        }
    }
}

impl From<ChangeView> for ChangeJson {
    fn from(change: ChangeView) -> Self {
        let fields = change.fields.into_iter().map(|(field, before, after)| FieldJson { field, before, after });
        Self { id: change.id.to_string(), title: change.title, fields: fields.collect() }
    }
}

impl From<&Report> for ReportJson {
    fn from(report: &Report) -> Self {
        let refused =
            report.refused.iter().map(|(id, reason)| RefusedJson { id: id.to_string(), reason: reason.clone() });
        Self {
            operation: report.operation,
            label: report.label.name(),
            of: report.of,
            planned: report.planned,
            applied: report.applied,
            already: report.already,
            spared: report.spared,
            refused: refused.collect(),
            cancelled: report.cancelled,
            trouble: report.trouble.clone(),
        }
    }
}
