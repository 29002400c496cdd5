//! Carrying out intents chunk by chunk: journal, store, settle, and a gap for other writers.

use std::{ops::ControlFlow, time::Instant};

use super::{
    CurateProblem, Curator, OperationId, Progress, Report, Step, Touched, crash,
    pace::Pace,
    plan::{Batch, Source, summary},
};
use crate::{
    change::{Change, Label, Place},
    ledger::{Beginning, ChunkState, OperationState, Settled},
    memory::{EpochMs, Key},
    store::{self, Outcome},
};

/// What is known of an operation before its first change.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beginnings<'a> {
    pub(super) label: Label,
    pub(super) reason: &'a str,
    pub(super) of: Option<OperationId>,
    pub(super) planned: usize,
    pub(super) now: EpochMs,
}

/// Memories touched by a chunk: native id and what happened.
pub(super) type TouchedNatives = Vec<(String, Touched)>;

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) begin: Beginnings<'a>,
    pub(super) report: Report,
    /// Memories dealt with, whatever came of them.
    done: usize,
    /// The next chunk's number.
    pub(super) number: usize,
    /// The last chunk's end, to be written with the next chunk.
    settled: Option<Settled>,
}

impl Curator {
    /// Carries out everything that the sources give. The operation is noted when its first change is journalled, so
    /// an act that changes nothing leaves no line in the log.
    pub(super) fn run(
        &mut self,
        begin: Beginnings<'_>,
        sources: Vec<Source>,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let mut run = Run { begin, report: Report::new(begin), done: 0, number: 1, settled: None };
        let mut pace = Pace::new();
        for mut source in sources {
            loop {
                let batch = match self.next_batch(&mut source, pace.size(), begin.now) {
                    Ok(batch) => batch,
                    Err(problem) => return self.stopped(run, problem),
                };
                if batch.is_empty() {
                    break;
                }
                let count = batch.intents.len();
                let started = Instant::now();
                let touched = match self.chunk(&mut run, batch) {
                    Ok(touched) => touched,
                    Err(problem) => return self.stopped(run, problem),
                };
                pace.learn(count, started.elapsed());
                let progress = Progress { done: run.done, total: begin.planned.max(run.done) };
                if step(progress, &touched) == ControlFlow::Break(()) {
                    run.report.cancelled = run.done < begin.planned;
                    return self.finished(run);
                }
                if run.done < begin.planned {
                    self.leave_a_gap();
                }
            }
        }
        self.finished(run)
    }

    fn chunk(&mut self, run: &mut Run<'_>, mut batch: Batch) -> Result<Vec<(Key, Touched)>, CurateProblem> {
        let store = batch.store;
        run.done += batch.intents.len() + batch.homeless.len();
        run.report.refused.append(&mut batch.homeless);
        if batch.intents.is_empty() {
            return Ok(Vec::new());
        }
        let (outcomes, touched) = if batch.place == Some(Place::Overlay) {
            self.turn_overlays(run, store, &batch.intents)?
        } else {
            self.write_chunk(run, store, &batch)?
        };
        for (intent, outcome) in batch.intents.iter().zip(outcomes) {
            let refused = match outcome {
                Outcome::Applied => continue,
                Outcome::Already => {
                    run.report.already += 1;
                    continue;
                }
                Outcome::Conflict(found) => self.why_it_moved(run, store, &intent.native, found.is_some())?,
                Outcome::Refused(reason) => reason,
            };
            let id = self.public_id(store, &intent.native);
            run.report.refused.push((id, refused));
        }
        run.report.follow = match touched.first() {
            Some((native, _)) if run.report.applied == 1 => Some(self.public_id(store, native)),
            _ => None,
        };
        let reader = self.reader(store)?;
        Ok(touched
            .into_iter()
            .filter_map(|(native, what)| Some((Key { store, handle: reader.handle(&native)? }, what)))
            .collect())
    }

    /// Who moved a memory away from what an act expected: a later operation of ours, or another program.
    fn why_it_moved(&mut self, run: &Run<'_>, store: u8, native: &str, found: bool) -> Result<String, CurateProblem> {
        let id = self.know(store, run.begin.now)?;
        let later = match run.begin.of {
            Some(operation) => self.ledger()?.changed_later(operation, id, native)?,
            None => None,
        };
        Ok(match (later.filter(|later| Some(*later) != run.report.operation), found) {
            (Some(later), _) => format!("operation {later} changed it since; take that one back first"),
            (None, true) => "another program changed it since; it was left as it is now".to_owned(),
            (None, false) => "it is gone; another program deleted it since".to_owned(),
        })
    }

    /// One transaction of a store, its changes journalled before anything is written.
    fn write_chunk(
        &mut self,
        run: &mut Run<'_>,
        store: u8,
        batch: &Batch,
    ) -> Result<(Vec<Outcome>, TouchedNatives), CurateProblem> {
        let id = self.know(store, run.begin.now)?;
        let mut writer = self.take_writer(store)?;
        let mut touched = TouchedNatives::new();
        let mut journalled = false;
        let result = self.ledger_mut().map(|ledger| {
            writer.apply(&batch.intents, &mut |changes| {
                let operation = match run.report.operation {
                    Some(operation) => operation,
                    None => *run
                        .report
                        .operation
                        .insert(begin(ledger, run.begin, &title_in(changes)).map_err(store::Problem::from)?),
                };
                crash::point("begun");
                ledger
                    .journal(operation, run.number, id, changes, &batch.known, run.settled)
                    .map_err(store::Problem::from)?;
                crash::point("journalled");
                run.settled = None;
                journalled = true;
                touched = changes.iter().map(|change| (change.native.clone(), touch(change))).collect();
                Ok(())
            })
        });
        crash::point("written");
        self.site(store)?.writer = Some(writer);
        let outcomes = match result? {
            Ok(outcomes) => outcomes,
            Err(problem) => {
                if journalled {
                    // Whether the store has it is found out by looking, as after a crash.
                    self.look_after(run, touched.len())?;
                }
                return Err(problem.into());
            }
        };
        if journalled {
            // A change may be refused after it was journalled, by a server that carries it out in the store's place.
            let refused: Vec<&str> = batch
                .intents
                .iter()
                .zip(&outcomes)
                .filter(|(_, outcome)| **outcome != Outcome::Applied)
                .map(|(intent, _)| intent.native.as_str())
                .collect();
            touched.retain(|(native, _)| !refused.contains(&native.as_str()));
            run.settled = Some(Settled { number: run.number, state: ChunkState::Done, applied: touched.len() });
            run.report.applied += touched.len();
            run.number += 1;
        }
        Ok((outcomes, touched))
    }

    /// Finds out what became of a chunk whose transaction ended with an error.
    fn look_after(&mut self, run: &mut Run<'_>, count: usize) -> Result<(), CurateProblem> {
        let Some(operation) = run.report.operation else { return Ok(()) };
        let state = self.settle_pending(operation, run.begin.now)?;
        if state.contains(&ChunkState::Done) {
            run.report.applied += count;
        }
        run.number += 1;
        Ok(())
    }

    pub(super) fn take_writer(&mut self, store: u8) -> Result<Box<dyn store::Writer>, CurateProblem> {
        let site = self.site(store)?;
        match site.writer.take() {
            Some(writer) => Ok(writer),
            None => Ok(site.store.writer()?),
        }
    }

    fn leave_a_gap(&mut self) {
        let company = self.sites.iter_mut().filter_map(|site| site.writer.as_mut()).any(|writer| writer.company());
        let gap = Pace::gap(company);
        if !gap.is_zero() {
            std::thread::sleep(gap);
        }
    }

    /// Ends the run after a problem: what was done until then stands. A problem before the first change is an error.
    fn stopped(&mut self, mut run: Run<'_>, problem: CurateProblem) -> Result<Report, CurateProblem> {
        if run.report.applied == 0 {
            if let Some(operation) = run.report.operation {
                self.ledger_mut()?.close(operation, OperationState::Cancelled)?;
            }
            return Err(problem);
        }
        run.report.trouble = Some(problem.to_string());
        self.finished(run)
    }

    fn finished(&mut self, run: Run<'_>) -> Result<Report, CurateProblem> {
        let Run { mut report, settled, .. } = run;
        self.sites.iter_mut().filter_map(|site| site.writer.as_mut()).for_each(|writer| writer.rest());
        if let Some(operation) = report.operation {
            let state = match (report.applied, report.cancelled || report.trouble.is_some()) {
                (0, _) => OperationState::Cancelled,
                (_, true) => OperationState::Interrupted,
                (_, false) => OperationState::Done,
            };
            let ledger = self.ledger_mut()?;
            if let Some(settled) = settled {
                ledger.settle(operation, settled)?;
                crash::point("settled");
            }
            ledger.close(operation, state)?;
            if state == OperationState::Cancelled {
                report.operation = None;
            }
        }
        Ok(report)
    }
}

impl Report {
    pub(super) const fn new(begin: Beginnings<'_>) -> Self {
        Self {
            operation: None,
            label: begin.label,
            of: begin.of,
            planned: begin.planned,
            applied: 0,
            already: 0,
            spared: 0,
            refused: Vec::new(),
            cancelled: false,
            trouble: None,
            follow: None,
        }
    }
}

pub(super) fn begin(
    ledger: &mut crate::ledger::Ledger,
    begin: Beginnings<'_>,
    title: &str,
) -> crate::ledger::Result<OperationId> {
    ledger.begin(Beginning {
        label: begin.label,
        author: "you",
        reason: begin.reason,
        summary: &summary(title, begin.planned),
        at: begin.now,
        planned: begin.planned,
        of: begin.of,
    })
}

fn title_in(changes: &[Change]) -> String {
    let first = changes.first().and_then(|change| change.before.as_ref().or(change.after.as_ref()));
    first.map(super::show::title_of).unwrap_or_default()
}

fn touch(change: &Change) -> Touched {
    match (&change.before, &change.after) {
        (None, Some(_)) => Touched::Back,
        (_, None) => Touched::Gone,
        (Some(_), Some(_)) => Touched::Edited,
    }
}

impl From<crate::ledger::Problem> for store::Problem {
    fn from(problem: crate::ledger::Problem) -> Self {
        Self::Journal(problem.to_string())
    }
}
