//! Carrying out intents, transaction by transaction: journal, store, settle, and a gap for other writers.

use std::{ops::ControlFlow, time::Instant};

use super::{
    CurateProblem, Curator, Progress, Report, Step, Touched,
    book::{Beginnings, Book},
    errand::{self, Hands, Trip},
    feed::{Batch, Feed, Source},
    pace::Pace,
};
use crate::{
    change::{Label, Place},
    ledger::{ChunkState, OperationState},
    memory::Key,
    store::{self, Outcome, crash},
};

/// Memories touched by a transaction: native id and what happened.
pub(super) type TouchedNatives = Vec<(String, Touched)>;

/// A run under way.
pub(super) struct Run<'a> {
    pub(super) book: Book<'a>,
    pub(super) report: Report,
    /// Memories dealt with, whatever came of them.
    done: usize,
    stopped: bool,
}

impl Run<'_> {
    fn progress(&self) -> Progress {
        Progress { done: self.done, total: self.book.begin.planned.max(self.done) }
    }
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
        self.run_in_phases(begin, vec![sources], step)
    }

    /// As [`Curator::run`], one phase after the other: the next one begins only when everything of those before is done.
    pub(super) fn run_in_phases(
        &mut self,
        begin: Beginnings<'_>,
        phases: Vec<Vec<Source>>,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let stores: Vec<u8> = phases.iter().flatten().filter_map(Source::store).collect();
        self.safeguard(begin.planned, &stores, begin.now)?;
        let mut run = Run { book: Book::new(begin), report: Report::new(begin), done: 0, stopped: false };
        let mut pace = Pace::new();
        for sources in phases {
            if !run.report.refused.is_empty() {
                break;
            }
            let mut feed = Feed::new(sources, self.open_stores(begin.now)?);
            loop {
                let touched = match self.transaction(&mut run, &mut feed, &mut pace, step) {
                    Ok(Some(touched)) => touched,
                    Ok(None) => break,
                    Err(problem) => return self.stopped(run, problem),
                };
                run.stopped |= step(run.progress(), &touched) == ControlFlow::Break(());
                if run.stopped {
                    run.report.cancelled = run.done < begin.planned;
                    return self.finished(run);
                }
                if run.done < begin.planned {
                    self.leave_a_gap(&mut pace);
                }
            }
            crash::point("phase");
        }
        self.finished(run)
    }

    /// Carries out the next batch, and what the store takes with it. What was touched, `None` when nothing is left.
    fn transaction(
        &mut self,
        run: &mut Run<'_>,
        feed: &mut Feed,
        pace: &mut Pace,
        step: Step<'_>,
    ) -> Result<Option<Vec<(Key, Touched)>>, CurateProblem> {
        let mut batch = feed.next(self.ledger()?, pace.size())?;
        if batch.is_empty() {
            return Ok(None);
        }
        let store = batch.store;
        run.done += batch.homeless.len();
        run.report.refused.append(&mut batch.homeless);
        if batch.intents.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let (natives, outcomes, touched) = if batch.place == Some(Place::Overlay) {
            let (outcomes, touched) = self.turn_overlays(run, store, &batch.intents)?;
            (batch.intents.into_iter().map(|intent| intent.native).collect(), outcomes, touched)
        } else {
            self.write(run, batch, feed, pace, step)?
        };
        run.done += natives.len();
        // Whoever lists them shows something else than there is.
        let prunes = run.book.begin.label == Label::Prune;
        let moved = |(native, outcome): (&String, &Outcome)| match outcome {
            Outcome::Conflict(Some(_)) => Some((native.clone(), Touched::Edited)),
            Outcome::Already if prunes => Some((native.clone(), Touched::Gone)),
            _ => None,
        };
        let moved: TouchedNatives = natives.iter().zip(&outcomes).filter_map(moved).collect();
        self.tell(run, store, natives.into_iter().zip(outcomes))?;
        if let (None, Some((native, _))) = (&run.report.follow, touched.first()) {
            run.report.follow = Some(self.public_id(store, native));
        }
        let reader = self.reader(store)?;
        let touched = touched.into_iter().chain(moved);
        Ok(Some(
            touched.filter_map(|(native, what)| Some((Key { store, handle: reader.handle(&native)? }, what))).collect(),
        ))
    }

    /// Puts down in the report what came of each memory.
    fn tell(
        &mut self,
        run: &mut Run<'_>,
        store: u8,
        outcomes: impl Iterator<Item = (String, Outcome)>,
    ) -> Result<(), CurateProblem> {
        for (native, outcome) in outcomes {
            let refused = match outcome {
                Outcome::Applied => continue,
                Outcome::Already => {
                    run.report.already += 1;
                    continue;
                }
                Outcome::Conflict(found) => self.why_it_moved(run, store, &native, found.is_some())?,
                Outcome::Refused(reason) => reason,
            };
            let id = self.public_id(store, &native);
            run.report.refused.push((id, refused));
        }
        Ok(())
    }

    /// Who moved a memory away from what an act expected: a later operation of ours, or another program.
    fn why_it_moved(&mut self, run: &Run<'_>, store: u8, native: &str, found: bool) -> Result<String, CurateProblem> {
        let id = self.know(store, run.book.begin.now)?;
        let later = match run.book.begin.of {
            Some(operation) => self.ledger()?.changed_later(operation, id, native)?,
            None => None,
        };
        Ok(match (later.filter(|later| Some(*later) != run.book.operation), found) {
            (Some(later), _) => format!("operation {later} changed it since; take that one back first"),
            (None, true) => "another program changed it since; it was left as it is now".to_owned(),
            (None, false) => "it is gone; another program deleted it since".to_owned(),
        })
    }

    /// One transaction of a store, its changes journalled before they are written.
    fn write(
        &mut self,
        run: &mut Run<'_>,
        batch: Batch,
        feed: &mut Feed,
        pace: &mut Pace,
        step: Step<'_>,
    ) -> Result<(Vec<String>, Vec<Outcome>, TouchedNatives), CurateProblem> {
        let store = batch.store;
        let id = self.know(store, run.book.begin.now)?;
        let mut writer = self.take_writer(store)?;
        let first = run.book.number;
        let progress = run.progress();
        let result = self.ledger_mut().map(|ledger| {
            let hands = Hands { ledger, book: &mut run.book, feed, pace, progress, step };
            errand::carry_out(writer.as_mut(), id, batch, hands)
        });
        crash::point("written");
        self.site(store)?.writer = Some(writer);
        let (result, Trip { natives, chunks, stopped }) = result?;
        run.stopped |= stopped;
        let outcomes = match result {
            Ok(outcomes) => outcomes,
            Err(problem) => {
                // Whether the store has what was journalled is found out by looking, as after a crash.
                self.look_after(run)?;
                return Err(problem.into());
            }
        };
        // A change may be refused after it was journalled, by a server that carries it out in the store's place.
        let intended: std::collections::HashSet<&str> = natives.iter().map(String::as_str).collect();
        let named = natives.iter().zip(&outcomes);
        let refused: std::collections::HashSet<&str> = named
            .filter(|(_, outcome)| matches!(outcome, Outcome::Refused(_)))
            .map(|(native, _)| native.as_str())
            .collect();
        let mut touched = Vec::with_capacity(natives.len());
        for (number, mut chunk) in (first..).zip(chunks) {
            chunk.retain(|(native, _)| !refused.contains(native.as_str()));
            // What a store had to move beside a memory is journalled with it and is none of those that were meant.
            let applied = chunk.iter().filter(|(native, _)| intended.contains(native.as_str())).count();
            run.book.settle(number, applied);
            run.report.applied += applied;
            touched.append(&mut chunk);
        }
        Ok((natives, outcomes, touched))
    }

    /// Finds out what became of chunks whose transaction ended with an error.
    fn look_after(&mut self, run: &mut Run<'_>) -> Result<(), CurateProblem> {
        let Some(operation) = run.book.operation else { return Ok(()) };
        let known = std::mem::take(&mut run.book.settled);
        for settled in known {
            self.ledger_mut()?.settle(operation, settled)?;
        }
        for settled in self.settle_pending(operation, run.book.begin.now)? {
            if settled.state == ChunkState::Done {
                run.report.applied += settled.applied;
            }
        }
        Ok(())
    }

    pub(super) fn take_writer(&mut self, store: u8) -> Result<Box<dyn store::Writer>, CurateProblem> {
        let site = self.site(store)?;
        match site.writer.take() {
            Some(writer) => Ok(writer),
            None => Ok(site.store.writer()?),
        }
    }

    /// Lets others write, if there are any.
    fn leave_a_gap(&mut self, pace: &mut Pace) {
        let free = Instant::now();
        let company = self.sites.iter_mut().filter_map(|site| site.writer.as_mut()).any(|writer| writer.company());
        std::thread::sleep(pace.gap(company).saturating_sub(free.elapsed()));
    }

    /// Ends the run after a problem: what was done until then stands. A problem before the first change is an error.
    fn stopped(&mut self, mut run: Run<'_>, problem: CurateProblem) -> Result<Report, CurateProblem> {
        if run.report.applied == 0 {
            if let Some(operation) = run.book.operation {
                self.ledger_mut()?.close(operation, OperationState::Cancelled, &[])?;
            }
            return Err(problem);
        }
        run.report.trouble = Some(problem.to_string());
        self.finished(run)
    }

    fn finished(&mut self, run: Run<'_>) -> Result<Report, CurateProblem> {
        let Run { mut report, book, .. } = run;
        report.operation = book.operation;
        self.sites.iter_mut().filter_map(|site| site.writer.as_mut()).for_each(|writer| writer.rest());
        if let Some(operation) = report.operation {
            let state = match (report.applied, report.cancelled || report.trouble.is_some()) {
                (0, _) => OperationState::Cancelled,
                (_, true) => OperationState::Interrupted,
                (_, false) => OperationState::Done,
            };
            let ledger = self.ledger_mut()?;
            match ledger.close(operation, state, &book.settled) {
                Err(problem) if report.applied > 0 => {
                    // The store has it: that counts, and the next start finds it out by looking.
                    let untold = |trouble| format!("{trouble}; the end of it is noted at the next start");
                    report.trouble = Some(untold(report.trouble.take().unwrap_or_else(|| problem.to_string())));
                }
                closed => closed?,
            }
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
            named: None,
            planned: begin.planned,
            applied: 0,
            already: 0,
            spared: 0,
            refused: Vec::new(),
            cancelled: false,
            trouble: None,
            follow: None,
            decided: Vec::new(),
            left: Vec::new(),
        }
    }
}

impl From<crate::ledger::Problem> for store::Problem {
    fn from(problem: crate::ledger::Problem) -> Self {
        Self::Journal(problem.to_string())
    }
}
