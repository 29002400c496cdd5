//! Erasing: a memory leaves its store, memtui's records and its backups for good.
//!
//! The order: the ledger notes what is to go and takes out what it holds of it, in one transaction; the stores let go;
//! their files, the backups and the ledger's own file are swept; the end is noted. A crash between any two of these is
//! finished by the next act or start, which needs names and digests only, never content.

mod own;
mod plan;

use std::{collections::BTreeMap, sync::Arc};

use super::{CurateProblem, Curator, OperationId, Progress, Report, Step, Touched, book::Beginnings};
use crate::{
    change::{Change, Label},
    ledger::{Beginning, Doomed, StoreId},
    memory::{EpochMs, Image, Key},
    store::{Expect, Intent, Make, Outcome, Problem, Store, Sweep, crash},
};

pub use plan::{Beyond, ErasePlan, Victim, Wanted};

/// Memories that a store lets go in one transaction: short enough for whoever waits for its lock.
const AT_ONCE: usize = 50;

/// What is to be done with the plan of an erasure.
pub(super) struct Erasing<'a> {
    pub(super) plan: &'a ErasePlan,
    pub(super) reason: &'a str,
    /// Whether databases of others are written anew where words of it stand on unused pages.
    pub(super) rewrite: bool,
}

/// What came of the part of an erasure that stores do.
#[derive(Default)]
struct Let {
    gone: Vec<(Key, Touched)>,
    applied: usize,
    /// Memories that a store did not let go, with the reason.
    kept: Vec<(StoreId, String, String)>,
}

impl Curator {
    /// Erases what a plan names. What a store will not let go is found out before anything is touched, and stays as it is.
    pub(super) fn erase(&mut self, what: &Erasing<'_>, now: EpochMs, step: Step<'_>) -> Result<Report, CurateProblem> {
        let begin = Beginnings::of_person(Label::Erase, what.reason, what.plan.victims.len(), now);
        let mut report = Report::new(begin);
        report.refused.clone_from(&what.plan.spared);
        let (mut doomed, mut texts) = (Vec::new(), plan::Texts::default());
        for victim in &what.plan.victims {
            let store = self.know(victim.store, now)?;
            let native = victim.id.native.clone();
            let image = self.record_now(victim.store, &native)?;
            let digest = image.as_ref().map(Image::digest);
            if digest.is_some() && digest != victim.digest {
                report.refused.push((victim.id.clone(), "another program changed it since the preview".to_owned()));
                continue;
            }
            texts.take(image.iter());
            texts.title(&victim.title);
            texts.take(self.ledger()?.records_of(&[(store, native.clone())])?.iter());
            doomed.push(Doomed { store, native, digest });
        }
        for (store, native, reason) in self.rehearse(&doomed, now)? {
            doomed.retain(|it| (it.store, &it.native) != (store, &native));
            let place = self.place_of(store, now).unwrap_or_default();
            report.refused.push((self.public_id(place, &native), reason));
        }
        if doomed.is_empty() {
            return Ok(report);
        }
        let wording = texts.wording();
        own::sweep_inbox(self.ledger()?.path(), &wording);
        let many = if doomed.len() == 1 { "memory" } else { "memories" };
        let begin = Beginning {
            label: Label::Erase,
            author: begin.author,
            reason: if wording.is_quoted_in(what.reason) { "" } else { what.reason },
            summary: &format!("{} {many}", doomed.len()),
            at: now,
            planned: doomed.len(),
            of: None,
            proposal: None,
        };
        let (operation, _) = self.ledger_mut()?.begin_erasure(begin, &doomed, &wording)?;
        crash::point("doomed");
        let sweep = Sweep { wording: Some(&wording), rewrite: what.rewrite };
        let (mut done, left) = match self.carry_on(operation, &doomed, &sweep, now) {
            Ok(done) => done,
            Err(problem) => {
                report.operation = Some(operation);
                report.trouble = Some(format!(
                    "{problem}; memtui holds nothing of it any more, and the next act or start finishes the rest"
                ));
                return Ok(report);
            }
        };
        report.operation = (done.applied > 0).then_some(operation);
        report.applied = done.applied;
        for (store, native, reason) in std::mem::take(&mut done.kept) {
            let place = self.place_of(store, now).unwrap_or_default();
            report.refused.push((self.public_id(place, &native), reason));
        }
        report.left = left;
        let _asked_to_stop = step(Progress { done: report.planned, total: report.planned }, &done.gone);
        Ok(report)
    }

    /// What has no end of what was begun: erasures that a crash cut short, or whose last traces could not be taken out then.
    pub(super) fn finish_erasure(&mut self, operation: OperationId, now: EpochMs) -> Result<(), CurateProblem> {
        let doomed = self.ledger()?.doomed(operation)?;
        let (done, left) = self.carry_on(operation, &doomed, &Sweep::default(), now)?;
        self.notices.push(format!(
            "Recovered: an erase (operation {operation}) was cut short; {} of {} memories are erased now",
            done.applied,
            doomed.len()
        ));
        self.notices.extend(left);
        Ok(())
    }

    /// Tries again to take the last traces of earlier erasures out of memtui's own files.
    ///
    /// # Errors
    /// [`CurateProblem::Ledger`] when the ledger cannot be read; what cannot be swept now is tried by the next act.
    pub(super) fn sweep_again(&mut self, now: EpochMs) -> Result<(), CurateProblem> {
        let due = self.ledger()?.unswept()?;
        if !due.is_empty() && self.ledger_mut()?.sweep().is_ok() {
            self.ledger_mut()?.swept(&due, now)?;
        }
        Ok(())
    }

    /// Has the stores let go, closes the operation, and sweeps every file. A sentence for each place that still holds
    /// something.
    fn carry_on(
        &mut self,
        operation: OperationId,
        doomed: &[Doomed],
        sweep: &Sweep<'_>,
        now: EpochMs,
    ) -> Result<(Let, Vec<String>), CurateProblem> {
        let mut done = Let::default();
        let mut left = Vec::new();
        for (store, run) in by_store(doomed) {
            let place = self.home(store, now)?;
            // After a crash a part of a memory may be gone already, and it is for the rest to go.
            self.let_go(place, &run, sweep.wording.is_some(), &mut done)?;
            crash::point("let go");
            match self.scrub(place, sweep) {
                Ok(said) => left.extend(said),
                Err(problem) => left.push(format!("its store could not be tidied up: {problem}")),
            }
        }
        let stores: Vec<Arc<dyn Store>> = self.sites.iter().map(|site| Arc::clone(&site.store)).collect();
        left.extend(own::sweep_backups(&stores, self.ledger()?, doomed, sweep));
        let kept: Vec<_> = done.kept.iter().map(|(store, native, _)| (*store, native.clone())).collect();
        self.ledger_mut()?.close_erasure(operation, done.applied, &kept)?;
        crash::point("closed");
        match self.ledger_mut()?.sweep() {
            Ok(()) => self.ledger_mut()?.swept(&[operation], now)?,
            Err(problem) => left.push(problem.to_string()),
        }
        Ok((done, left))
    }

    /// The open store of a ledger's id.
    fn home(&mut self, store: StoreId, now: EpochMs) -> Result<u8, CurateProblem> {
        if let Some(place) = self.place_of(store, now) {
            return Ok(place);
        }
        let path = self.ledger()?.store(store)?.map_or_else(|| "?".to_owned(), |(_, path)| path);
        Err(CurateProblem::Store(Problem::Missing(path.into())))
    }

    /// What each store says to letting these go: those that it does not, with the reason. Nothing is written: the journal
    /// refuses, and so every transaction is left.
    fn rehearse(&mut self, doomed: &[Doomed], now: EpochMs) -> Result<Vec<(StoreId, String, String)>, CurateProblem> {
        let mut refused = Vec::new();
        for (store, run) in by_store(doomed) {
            let place = self.home(store, now)?;
            let mut writer = self.take_writer(place)?;
            let mut ask = || -> Result<(), CurateProblem> {
                for chunk in run.chunks(AT_ONCE) {
                    let mut would = Vec::new();
                    let mut only_ask = |changes: &[Change]| {
                        would.extend(changes.iter().map(|change| change.native.clone()));
                        Err(Problem::Cancelled)
                    };
                    match writer.apply(chunk.iter().map(|it| intent(it, true)).collect(), &mut only_ask) {
                        Ok(_) | Err(Problem::Cancelled) => {}
                        Err(problem) => return Err(problem.into()),
                    }
                    for it in chunk.iter().filter(|it| !would.contains(&it.native)) {
                        let said = writer.apply(vec![intent(it, true)], &mut |_: &[Change]| Err(Problem::Cancelled));
                        if let Some(reason) = said.ok().and_then(|mut outcomes| why_kept(outcomes.pop()?)) {
                            refused.push((store, it.native.clone(), reason));
                        }
                    }
                }
                Ok(())
            };
            let asked = ask();
            self.site(place)?.writer = Some(writer);
            asked?;
        }
        Ok(refused)
    }

    /// Has a store let memories go.
    fn let_go(&mut self, place: u8, run: &[&Doomed], as_seen: bool, done: &mut Let) -> Result<(), CurateProblem> {
        let mut writer = self.take_writer(place)?;
        let mut result = Ok(());
        for chunk in run.chunks(AT_ONCE) {
            // The intent is on the disk, and what leaves must not be written down.
            let journal = &mut |_: &[Change]| Ok(());
            let mut said = writer.apply(chunk.iter().map(|it| intent(it, true)).collect(), journal);
            if said.is_ok() && !as_seen {
                said = writer.apply(chunk.iter().map(|it| intent(it, false)).collect(), journal);
            }
            match said {
                Ok(outcomes) => {
                    for (it, outcome) in chunk.iter().zip(outcomes) {
                        match why_kept(outcome) {
                            Some(reason) => done.kept.push((it.store, it.native.clone(), reason)),
                            None => done.applied += 1,
                        }
                    }
                }
                Err(problem) => {
                    result = Err(problem);
                    break;
                }
            }
            crash::point("erased");
        }
        self.site(place)?.writer = Some(writer);
        result?;
        let reader = self.reader(place)?;
        let gone =
            run.iter().filter_map(|it| Some((Key { store: place, handle: reader.handle(&it.native)? }, Touched::Gone)));
        done.gone.extend(gone);
        Ok(())
    }

    fn scrub(&mut self, place: u8, sweep: &Sweep<'_>) -> Result<Vec<String>, CurateProblem> {
        let mut writer = self.take_writer(place)?;
        let said = writer.scrub(sweep);
        writer.rest();
        self.site(place)?.writer = Some(writer);
        Ok(said?)
    }

    fn record_now(&mut self, store: u8, native: &str) -> Result<Option<Image>, CurateProblem> {
        let reader = self.reader(store)?;
        let Some(handle) = reader.handle(native) else { return Ok(None) };
        Ok(reader.image(handle)?)
    }
}

fn by_store(doomed: &[Doomed]) -> BTreeMap<StoreId, Vec<&Doomed>> {
    let mut stores: BTreeMap<StoreId, Vec<&Doomed>> = BTreeMap::new();
    for it in doomed {
        stores.entry(it.store).or_default().push(it);
    }
    stores
}

/// What a store is told; with `as_seen` only if the memory is what it was when the erasure began.
fn intent(it: &Doomed, as_seen: bool) -> Intent {
    let seen = it.digest.map_or(Expect::Absent, Expect::Exactly);
    Intent { native: it.native.clone(), expect: if as_seen { seen } else { Expect::Anything }, make: Make::Erase }
}

/// Why a store keeps a memory; `None` when it is gone.
fn why_kept(outcome: Outcome) -> Option<String> {
    match outcome {
        Outcome::Applied | Outcome::Already | Outcome::Conflict(None) => None,
        Outcome::Conflict(Some(_)) => Some("another program changed it at this moment; look at it again".to_owned()),
        Outcome::Refused(reason) => Some(reason),
    }
}
