//! Trying changes there and back before they are made, so that only what can be undone exactly is done.

use super::{
    line::{Line, Trouble},
    record,
    shape::Shape,
    writer::same,
};
use crate::memory::{Image, Record};

/// What is to become of a row.
pub(super) struct Trial {
    pub(super) native: String,
    /// The id of the row.
    pub(super) id: String,
    pub(super) before: Option<Image>,
    pub(super) wanted: Option<Image>,
    /// Whether the row must become exactly this; else the server may complete it, as its triggers and types do.
    pub(super) exact: bool,
}

/// A change as it will be.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) native: String,
    pub(super) id: String,
    pub(super) before: Option<Image>,
    pub(super) after: Option<Image>,
    way: Way,
}

/// How a row that is there becomes another one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The columns that differ are set.
    InPlace,
    /// It is deleted and put in again: triggers that fire on an update, such as those that keep the time of the last
    /// change, have no say then.
    Anew,
}

impl Step {
    fn back(&self, way: Way) -> Self {
        Self { before: self.after.clone(), after: self.before.clone(), way, ..self.clone() }
    }

    /// Whether the row leaves, for good or to come anew.
    fn leaves(&self) -> bool {
        self.before.is_some() && (self.after.is_none() || self.is_anew())
    }

    /// Whether the row comes in.
    fn comes(&self) -> Option<&Image> {
        self.after.as_ref().filter(|_| self.before.is_none() || self.is_anew())
    }

    /// Rows that hang on it are only put in with it.
    fn is_anew(&self) -> bool {
        let sides = |image: &Option<Image>| image.as_ref().map(|image| image.side.clone()).unwrap_or_default();
        self.way == Way::Anew || sides(&self.before) != sides(&self.after)
    }
}

/// Makes changes: what leaves first, so that its values are free for what comes.
pub(super) fn carry_out(line: &mut Line, shape: &Shape, steps: &[Step]) -> Result<(), Trouble> {
    let leaving: Vec<String> = steps.iter().filter(|step| step.leaves()).map(|step| step.id.clone()).collect();
    record::delete(line, shape, &leaving)?;
    for step in steps.iter().filter(|step| !step.leaves()) {
        if let (Some(before), Some(after)) = (&step.before, &step.after) {
            record::update(line, shape, &step.id, &before.own, &after.own)?;
        }
    }
    let coming: Vec<&Image> = steps.iter().filter_map(Step::comes).collect();
    let own: Vec<&Record> = coming.iter().map(|image| &image.own).collect();
    record::insert(line, &shape.table, &own)?;
    for child in &shape.children {
        let sides = coming.iter().flat_map(|image| &image.side).filter(|side| side.table == child.table.name);
        record::insert(line, &child.table, &sides.collect::<Vec<_>>())?;
    }
    Ok(())
}

/// What came of trying.
type Tried = Result<Step, String>;

/// Tries changes within a transaction, of which nothing stays: each as it will be, or why it cannot be made.
pub(super) fn rehearse(line: &mut Line, shape: &Shape, trials: Vec<&Trial>) -> Result<Vec<Tried>, Trouble> {
    if trials.is_empty() {
        return Ok(Vec::new());
    }
    if let Ok(steps) = attempt(line, shape, &trials, (Way::InPlace, Way::InPlace))? {
        return Ok(steps.into_iter().map(Ok).collect());
    }
    trials.into_iter().map(|trial| alone(line, shape, trial)).collect()
}

/// Tries one change in every way there is.
fn alone(line: &mut Line, shape: &Shape, trial: &Trial) -> Result<Tried, Trouble> {
    let ways = [(Way::InPlace, Way::InPlace), (Way::InPlace, Way::Anew), (Way::Anew, Way::Anew)];
    let stays = trial.before.is_some() && trial.wanted.is_some();
    let mut first = None;
    for ways in ways.into_iter().take(if stays { ways.len() } else { 1 }) {
        match attempt(line, shape, &[trial], ways)? {
            Ok(mut steps) => return Ok(steps.pop().ok_or_else(String::new)),
            Err(reason) => first = first.or(Some(reason)),
        }
    }
    Ok(Err(first.unwrap_or_default()))
}

/// Tries changes together in one way there and one way back.
fn attempt(
    line: &mut Line,
    shape: &Shape,
    trials: &[&Trial],
    (there, back): (Way, Way),
) -> Result<Result<Vec<Step>, String>, Trouble> {
    line.run("SAVEPOINT rehearsal")?;
    let tried = there_and_back(line, shape, trials, there, back);
    let reason = match tried {
        Err(trouble) => trouble.objection().ok_or(trouble).map(|said| {
            Err(format!("the database does not accept the change ({said}); change something else, or that first"))
        }),
        Ok(tried) => Ok(tried),
    }?;
    line.run("ROLLBACK TO SAVEPOINT rehearsal; RELEASE SAVEPOINT rehearsal")?;
    Ok(reason)
}

fn there_and_back(
    line: &mut Line,
    shape: &Shape,
    trials: &[&Trial],
    there: Way,
    back: Way,
) -> Result<Result<Vec<Step>, String>, Trouble> {
    let mut steps: Vec<Step> = trials.iter().map(|trial| step(trial, there)).collect();
    carry_out(line, shape, &steps)?;
    let ids: Vec<String> = steps.iter().map(|step| step.id.clone()).collect();
    let found = record::images(line, shape, &ids, false)?;
    for (step, trial) in steps.iter_mut().zip(trials) {
        let found = found.get(&step.id);
        if !agrees(found, trial) {
            return Ok(Err(format!(
                "the table makes something else of {}: a trigger, a rule or a type changes what is written",
                step.native
            )));
        }
        step.after = found.cloned();
    }
    let reversed: Vec<Step> = steps.iter().map(|step| step.back(back)).collect();
    carry_out(line, shape, &reversed)?;
    let found = record::images(line, shape, &ids, false)?;
    let stuck = reversed.iter().find(|step| !same(found.get(&step.id), step.after.as_ref()));
    Ok(stuck.map_or(Ok(steps), |step| {
        let native = &step.native;
        Err(format!(
            "{native} could not be put back as it is now: a trigger of the table would change it; change it there"
        ))
    }))
}

fn step(trial: &Trial, way: Way) -> Step {
    let (before, after) = (trial.before.clone(), trial.wanted.clone());
    Step { native: trial.native.clone(), id: trial.id.clone(), before, after, way }
}

/// Whether a row became what was wanted of it, columns that the record does not know aside.
fn agrees(found: Option<&Image>, trial: &Trial) -> bool {
    match (found, &trial.wanted) {
        (Some(found), Some(wanted)) if trial.exact => {
            let columns = &wanted.own.columns;
            found.side == wanted.side && columns.iter().all(|(name, value)| found.own.get(name) == Some(value))
        }
        (found, wanted) => found.is_some() == wanted.is_some(),
    }
}
