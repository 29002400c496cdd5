//! The writing half: one transaction that locks, compares, tries there and back, journals, writes, reads back, commits.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio_postgres::types::Type;

use super::{
    Place,
    line::{Line, Trouble},
    record::{self, Images},
    shape::{Shape, text},
    trial::{Step, Trial},
};
use crate::{
    change::{Change, Place as Keeping},
    memory::Image,
    store::{Errand, Expect, Intent, Make, Outcome, Problem, Result, Writer, crash, sqlite::writing::now, table::list},
};

/// How long it is asked what became of a commit whose answer was lost.
const AFTERMATH: Duration = Duration::from_secs(10);
/// The rest between two such questions.
const BREATH: Duration = Duration::from_millis(100);

/// A writing connection to a mapped table.
pub(super) struct PostgresWriter {
    place: Arc<Place>,
    line: Line,
}

/// What an intent comes to before it is tried.
enum Plan {
    Settled(Outcome),
    Try(Box<Trial>),
}

impl PostgresWriter {
    pub(super) fn open(place: Arc<Place>) -> Result<Self> {
        let mut line = Line::new(place.address.clone());
        line.connect().map_err(|trouble| place.problem(&trouble))?;
        let shape = place.shape(&mut line)?;
        match shape.objection() {
            Some(reason) => Err(place.read_only(reason)),
            None => Ok(Self { place, line }),
        }
    }

    fn said<T>(&self, answer: std::result::Result<T, Trouble>) -> Result<T> {
        answer.map_err(|trouble| self.place.problem(&trouble))
    }

    fn run(&mut self, sql: &str) -> Result<()> {
        let answer = self.line.run(sql);
        self.said(answer)
    }

    /// Begins a transaction and looks at the table as it is now. The transaction's number.
    fn begin(&mut self) -> Result<(Shape, String)> {
        let connected = self.line.connect();
        self.said(connected)?;
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET CONSTRAINTS ALL IMMEDIATE";
        if let Err(trouble) = self.line.run(begin) {
            // The server may have gone and come back since the last act; nothing was said on this connection yet.
            if !trouble.is_loss() {
                return self.said(Err(trouble));
            }
            self.line.hang_up();
            let again = self.line.connect().and_then(|()| self.line.run(begin));
            self.said(again)?;
        }
        let shape = self.place.shape(&mut self.line)?;
        if let Some(reason) = shape.objection() {
            return Err(self.place.read_only(reason));
        }
        let number = self.line.rows("SELECT txid_current()::text", &[]);
        let number = self.said(number)?.first().map(|row| text(row, 0)).unwrap_or_default();
        Ok((shape, number))
    }

    fn transact(&mut self, intents: &[Intent], errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let (shape, number) = self.begin()?;
        let ids: Vec<String> = intents.iter().filter_map(|intent| row_id(&shape, intent)).collect();
        let current = record::images(&mut self.line, &shape, &ids, true);
        let current = self.said(current)?;
        let (mut outcomes, mut trials, mut seen) = (Vec::with_capacity(intents.len()), Vec::new(), HashSet::new());
        for intent in intents {
            let plan = if seen.insert(intent.native.as_str()) {
                plan(&shape, intent, &current)
            } else {
                refused(format!("{} is named twice in one step; do one after the other", intent.native))
            };
            match plan {
                Plan::Settled(outcome) => outcomes.push(outcome),
                Plan::Try(trial) => {
                    trials.push((outcomes.len(), *trial));
                    outcomes.push(Outcome::Applied);
                }
            }
        }
        let tried = super::trial::rehearse(&mut self.line, &shape, trials.iter().map(|(_, trial)| trial).collect());
        let mut steps: Vec<Step> = Vec::with_capacity(trials.len());
        for ((at, _), tried) in trials.iter().zip(self.said(tried)?) {
            match tried {
                Ok(step) => steps.push(step),
                Err(reason) => {
                    if let Some(outcome) = outcomes.get_mut(*at) {
                        *outcome = Outcome::Refused(reason);
                    }
                }
            }
        }
        if steps.is_empty() {
            self.run("ROLLBACK")?;
            return Ok(outcomes);
        }
        let changes: Arc<Vec<Change>> = Arc::new(steps.iter().map(change).collect());
        errand.journal(&changes)?;
        errand.durable()?;
        let written = super::trial::carry_out(&mut self.line, &shape, &steps);
        self.said(written)?;
        self.verify(&shape, &steps)?;
        crash::point("committing");
        self.commit(&number)?;
        Ok(outcomes)
    }

    /// Reads back what was written and compares.
    fn verify(&mut self, shape: &Shape, steps: &[Step]) -> Result<()> {
        let ids: Vec<String> = steps.iter().map(|step| step.id.clone()).collect();
        let found = record::images(&mut self.line, shape, &ids, false);
        let found = self.said(found)?;
        let wrong = steps.iter().find(|step| !same(found.get(&step.id), step.after.as_ref()));
        wrong.map_or(Ok(()), |step| {
            Err(Problem::NotVerified { path: self.place.path.clone(), what: step.native.clone() })
        })
    }

    /// Commits. When the answer is lost, the server is asked what became of the transaction, until it says so.
    fn commit(&mut self, number: &str) -> Result<()> {
        let trouble = match self.line.run("COMMIT") {
            Ok(()) => return Ok(()),
            Err(trouble) if trouble.is_loss() => trouble,
            Err(trouble) => return self.said(Err(trouble)),
        };
        let until = Instant::now() + AFTERMATH;
        while Instant::now() < until {
            match self.what_became_of(number).as_deref() {
                Some("committed") => return Ok(()),
                Some("aborted") => {
                    let reason = "the connection was lost before the change was made; nothing was changed, try again";
                    return Err(Problem::Failed { path: self.place.path.clone(), reason: reason.to_owned() });
                }
                _ => std::thread::sleep(BREATH),
            }
        }
        self.said(Err(trouble))
    }

    /// What the server says of a transaction ([`txid_status`](https://www.postgresql.org/docs/current/functions-info.html)).
    fn what_became_of(&mut self, number: &str) -> Option<String> {
        self.line.hang_up();
        self.line.connect().ok()?;
        let asked = self.line.rows("SELECT txid_status($1::text::bigint)", &[(&number, Type::TEXT)]).ok()?;
        asked.first().map(|row| text(row, 0))
    }
}

impl Writer for PostgresWriter {
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>> {
        let result = self.transact(&first, errand);
        if result.is_err() && self.line.run("ROLLBACK").is_err() {
            // The server ends a transaction whose connection is gone.
            self.line.hang_up();
        }
        result
    }

    fn rest(&mut self) {
        self.line.hang_up();
    }
}

/// The change that a step is, for the journal.
fn change(step: &Step) -> Change {
    let (before, after) = (step.before.clone(), step.after.clone());
    Change { native: step.native.clone(), place: Keeping::Store, before, after }
}

/// The row that an intent is about, `None` when there can be none of that name.
fn row_id(shape: &Shape, intent: &Intent) -> Option<String> {
    let id = shape.id_in(&intent.native)?;
    let is_number = |id: &str| id.parse().is_ok_and(|number: i64| number.to_string() == id);
    let fits = match shape.id()? {
        column if column.form == super::shape::Form::Integer => is_number(id),
        column if column.of == "pg_catalog.uuid" => is_uuid(id),
        _ => true,
    };
    fits.then(|| id.to_owned())
}

/// Whether a text is a UUID as the server writes one.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let digits = |group: &&str| group.bytes().all(|letter| matches!(letter, b'0'..=b'9' | b'a'..=b'f'));
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(digits)
}

const fn refused(reason: String) -> Plan {
    Plan::Settled(Outcome::Refused(reason))
}

/// Whether a row is what it is to be.
pub(super) fn same(found: Option<&Image>, wanted: Option<&Image>) -> bool {
    match (found, wanted) {
        (Some(found), Some(wanted)) => found.same_memory(wanted),
        (found, wanted) => found.is_none() && wanted.is_none(),
    }
}

/// What an intent comes to on the rows as they are.
fn plan(shape: &Shape, intent: &Intent, current: &Images) -> Plan {
    let id = row_id(shape, intent);
    let before = id.as_ref().and_then(|id| current.get(id));
    let wanted = match (&intent.make, before) {
        (Make::Erase, Some(_)) => {
            let reason =
                "a server keeps what was deleted in its log, its copies and its table; prune it, and erase it there";
            return refused(reason.to_owned());
        }
        (Make::Delete | Make::Erase, None) => return Plan::Settled(Outcome::Already),
        (Make::Delete, Some(_)) => None,
        (Make::Edit(_), None) => return Plan::Settled(Outcome::Conflict(None)),
        (Make::Edit(edit), Some(before)) => match record::after(shape, before, edit, now()) {
            Ok(image) => Some(image),
            Err(reason) => return refused(reason),
        },
        (Make::Put(wanted), before) => match put(shape, id.as_deref(), wanted, before) {
            Ok(image) => Some(image),
            Err(reason) => return refused(reason),
        },
    };
    if let (Some(before), Some(wanted)) = (before, &wanted)
        && before.same_memory(wanted)
    {
        return Plan::Settled(Outcome::Already);
    }
    let met = match intent.expect {
        Expect::Anything => true,
        Expect::Absent => before.is_none(),
        Expect::Seen(version) => before.is_some_and(|image| list::version_of(&shape.mapping, &image.own) == version),
        Expect::Exactly(digest) => before.is_some_and(|image| image.digest() == digest),
    };
    if !met {
        return Plan::Settled(Outcome::Conflict(before.cloned().map(Box::new)));
    }
    let Some(id) = id else { return refused(format!("the record of {} names no row", intent.native)) };
    let exact = matches!(intent.make, Make::Put(_));
    Plan::Try(Box::new(Trial { native: intent.native.clone(), id, before: before.cloned(), wanted, exact }))
}

/// The record that a memory becomes when it is put back: columns that came since keep what they hold, or get what the
/// table gives.
fn put(shape: &Shape, id: Option<&str>, wanted: &Image, before: Option<&Image>) -> std::result::Result<Image, String> {
    let table = &shape.table;
    if wanted.own.table != table.name {
        return Err(format!("the record belongs to table {}, not to {}", wanted.own.table, table.name));
    }
    if id.is_none() || record::text_of(&wanted.own, &shape.mapping.id).as_deref() != id {
        return Err("the record names another row".to_owned());
    }
    if let Some((gone, _)) = wanted.own.columns.iter().find(|(name, _)| table.column(name).is_none()) {
        return Err(format!(
            "column {gone} of {} no longer exists, so the record cannot be put back as it was; memtui still keeps it",
            table.name
        ));
    }
    for side in &wanted.side {
        let child = shape.children.iter().find(|child| child.table.name == side.table);
        if child.is_none_or(|child| side.columns.iter().any(|(name, _)| child.table.column(name).is_none())) {
            return Err(format!("table {} is no longer as it was, so the record cannot be put back", side.table));
        }
    }
    let mut image = wanted.clone();
    if let Some(before) = before {
        let new = before.own.columns.iter().filter(|(name, _)| wanted.own.get(name).is_none());
        image.own.columns.extend(new.cloned());
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        image.own.columns.sort_by_key(|(name, _)| place(name));
    }
    Ok(image)
}
