//! `memtui queue`: what waits for a verdict, and the verdicts.

pub(super) mod args;
mod audit;
mod diff;
mod edit;
mod elsewhere;
mod import;
pub(super) mod json;
mod list;
mod sets;
mod show;
mod verdict;

use args::{Filter, List, Queue, What};

use super::{
    args::Global,
    fail::{Done, Failure},
    open::Session,
    out::Out,
};
use crate::change::{Waiting, form};

pub(super) fn run(global: &Global, args: &Queue, out: &mut Out) -> Result<Done, Failure> {
    if let Some(What::Schema) = args.what {
        out.bytes(form::SCHEMA.as_bytes())?;
        return Ok(Done::Well);
    }
    let mut session = Session::open(global)?;
    session.empty_inbox()?;
    let Some(what) = &args.what else { return list::run(&mut session, &List::default(), out) };
    match what {
        What::Schema => Ok(Done::Well),
        What::List(args) => list::run(&mut session, args, out),
        What::Show(args) => show::run(&mut session, args, out),
        What::Approve(args) => verdict::approve(&mut session, args, out),
        What::Reject(args) => verdict::reject(&mut session, args, out),
        What::Snooze(args) => verdict::snooze(&mut session, args, out),
        What::Reopen(args) => verdict::reopen(&mut session, args, out),
        What::Edit(args) => edit::run(&mut session, args, out),
        What::Import(args) => import::run(&mut session, args, out),
        What::Diff(args) => diff::run(&mut session, args, out),
        What::Tombstones(args) => audit::tombstones(&mut session, args, out),
        What::Rates(args) => audit::rates(&mut session, args, out),
        What::Audit(args) => audit::audit(&mut session, args, out),
    }
}

impl Filter {
    /// Whether it names anything.
    fn is_empty(&self) -> bool {
        self.batch.is_none() && self.cluster.is_none() && self.label.is_none() && self.author.is_none()
    }

    /// Whether a proposal is one of those that it names.
    fn matches(&self, line: &Waiting) -> bool {
        let whose = |wanted: &String| match wanted.strip_suffix('*') {
            Some(beginning) => line.batch.author.starts_with(beginning),
            None => line.batch.author == *wanted,
        };
        self.batch.is_none_or(|batch| line.batch.id == batch)
            && self.cluster.as_ref().is_none_or(|cluster| line.likeness == *cluster)
            && self.label.is_none_or(|label| line.label == label)
            && self.author.as_ref().is_none_or(whose)
    }
}

/// `1 proposal`, `2,000 proposals`.
fn proposals(count: usize) -> String {
    if count == 1 { "1 proposal".to_owned() } else { format!("{} proposals", super::columns::grouped(count)) }
}
