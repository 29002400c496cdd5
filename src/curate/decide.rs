//! Verdicts on proposals: an approval makes an operation of the wishes, all of them or none.

use std::{collections::VecDeque, ops::ControlFlow};

use super::{
    CurateProblem, Curator, Fit, OperationId, Progress, Report, Step,
    book::Beginnings,
    feed::{Intents, Source},
    queue::{prints, scope_of, version_now},
};
use crate::{
    change::{self, Draft, Label, Place, ProposalId, Wish},
    ledger::{Ruling, Said, Standing, Tombstone},
    memory::{EpochMs, Record},
    store::{Expect, Intent, Make},
};

/// Verdicts that change no memory and are written down at once: each flush to the disk costs as much as many of them.
const RULED_AT_ONCE: usize = 100;

/// What is said of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// It is carried out, with these wishes in the place of its own if some are given.
    Approve(Option<Draft>),
    /// It is not carried out. What it would have written is not to come back when `bury` is set.
    Reject {
        /// Why; may be empty.
        reason: String,
        /// Whether its texts get a tombstone.
        bury: bool,
    },
    /// It is asked again later.
    Snooze(EpochMs),
    /// The last verdict is taken back; what was carried out is undone.
    Reopen,
}

/// What became of a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decided {
    /// It was carried out.
    Applied {
        /// By this operation; `None` when everything was so already.
        operation: Option<OperationId>,
        /// Whether a memory had moved since and both changes were brought together.
        rebased: bool,
    },
    /// The verdict was written down.
    Noted,
    /// Memories moved since in ways that exclude it: it waits for a decision by hand. Nothing was changed.
    Moved(String),
    /// It could not be carried out, with the reason. Nothing was changed.
    Refused(String),
    /// It waits no longer, or what it would do was altered since it was read.
    Outdated,
}

impl Curator {
    pub(super) fn decide(
        &mut self,
        proposals: &[(ProposalId, u32)],
        decision: &Decision,
        author: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let mut all = Report::new(Beginnings::of_person(Label::Edit, "", 0, now));
        let at_once = match decision {
            Decision::Approve(_) | Decision::Reopen => 1,
            Decision::Reject { .. } | Decision::Snooze(_) => RULED_AT_ONCE,
        };
        let (total, alone) = (proposals.len(), proposals.len() == 1);
        for part in proposals.chunks(at_once) {
            let far = Progress { done: all.decided.len(), total };
            if !alone && step(far, &[]) == ControlFlow::Break(()) {
                all.cancelled = true;
                break;
            }
            let step: Step<'_> = &mut |within, touched| step(if alone { within } else { far }, touched);
            match (decision, part) {
                (Decision::Approve(instead), [one]) => {
                    let decided = self.approve(&mut all, *one, instead.as_ref(), author, now, step)?;
                    all.decided.push((one.0, decided));
                }
                (Decision::Reopen, [(id, _)]) => {
                    let decided = self.reopen(&mut all, *id, author, now, step)?;
                    all.decided.push((*id, decided));
                }
                (Decision::Reject { reason, bury }, part) => {
                    let said = Said { at: now, author, reason };
                    let stones = if *bury { self.stones(part, reason, now)? } else { Vec::new() };
                    let noted = self.ledger_mut()?.rule(part, Ruling::No, &stones, said)?;
                    all.decided.extend(part.iter().zip(noted).map(noted_or_outdated));
                }
                (Decision::Snooze(until), part) => {
                    let said = Said { at: now, author, reason: "" };
                    let noted = self.ledger_mut()?.rule(part, Ruling::Later(*until), &[], said)?;
                    all.decided.extend(part.iter().zip(noted).map(noted_or_outdated));
                }
                (Decision::Approve(_) | Decision::Reopen, _) => {}
            }
        }
        Ok(all)
    }

    fn approve(
        &mut self,
        all: &mut Report,
        (id, version): (ProposalId, u32),
        instead: Option<&Draft>,
        author: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Decided, CurateProblem> {
        let (proposal, standing) = self.proposal(id, now)?;
        if standing != Standing::Waiting || proposal.line.version != version {
            return Ok(Decided::Outdated);
        }
        if let Some(draft) = instead {
            let named = draft.clone().renamed(|store| self.know(store, now).ok());
            let named = named.ok_or_else(|| self.elsewhere(id, now))?;
            let said = Said { at: now, author, reason: "" };
            if self.ledger_mut()?.alter(id, version, &named, said)?.is_none() {
                return Ok(Decided::Outdated);
            }
        }
        let draft = instead.unwrap_or(&proposal.draft);
        let fits = self.fits(draft)?;
        if let Some(moved) = self.what_moved(draft, &fits) {
            return Ok(Decided::Moved(moved));
        }
        let rebased = fits.iter().any(|fit| matches!(fit, Fit::Rebased(_)));
        let sources = match self.sources(draft, &fits, now)? {
            Ok(sources) => sources,
            Err(reason) => return Ok(Decided::Refused(reason)),
        };
        let planned = sources.iter().map(Source::planned).sum();
        if planned == 0 {
            // Somebody else did it: nothing is left to approve.
            let said = Said { at: now, author, reason: "it was so already" };
            self.ledger_mut()?.rule(&[(id, version + u32::from(instead.is_some()))], Ruling::Done, &[], said)?;
            return Ok(Decided::Applied { operation: None, rebased });
        }
        let reason = draft.reason.as_str();
        let begin =
            Beginnings { proposal: Some(id), author, ..Beginnings::of_person(draft.label, reason, planned, now) };
        let report = self.run(begin, sources, step)?;
        self.whole_or_nothing(all, report, rebased, now, step)
    }

    /// Wishes of a proposal stand or fall together: what was carried out of one that could not be as a whole is taken back.
    fn whole_or_nothing(
        &mut self,
        all: &mut Report,
        report: Report,
        rebased: bool,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Decided, CurateProblem> {
        let failed = report.refused.first().map(|(id, reason)| format!("{id}: {reason}")).or(report.trouble);
        let failed = failed.or_else(|| report.cancelled.then(|| "it was stopped".to_owned()));
        if let Some(reason) = failed {
            if let Some(operation) = report.operation {
                self.undo(Some(operation), now, step)?;
            }
            return Ok(Decided::Refused(reason));
        }
        all.label = report.label;
        all.operation = report.operation;
        all.planned += report.planned;
        all.applied += report.applied;
        all.already += report.already;
        all.follow = all.follow.take().or(report.follow);
        Ok(Decided::Applied { operation: report.operation, rebased })
    }

    fn reopen(
        &mut self,
        all: &mut Report,
        id: ProposalId,
        author: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Decided, CurateProblem> {
        let (_, standing) = self.ledger()?.proposal(id)?.ok_or(CurateProblem::NoProposal(id))?;
        let applied = self.ledger()?.verdicts(Some(id), 1)?.first().and_then(|given| given.operation);
        if let (Standing::Approved, Some(operation)) = (standing, applied) {
            let report = self.undo(Some(operation), now, step)?;
            if let Some((memory, reason)) = report.refused.first() {
                return Ok(Decided::Moved(format!("{memory}: {reason}")));
            }
            all.label = Label::Undo;
            all.operation = report.operation;
            all.of = Some(operation);
            all.applied += report.applied;
            all.follow = report.follow;
            return Ok(Decided::Noted);
        }
        let reopened = self.ledger_mut()?.reopen(id, Said { at: now, author, reason: "" })?;
        Ok(if reopened { Decided::Noted } else { Decided::Outdated })
    }

    /// What the wishes become, for each store and keeping; or why one of them cannot be.
    pub(super) fn sources(
        &mut self,
        draft: &Draft,
        fits: &[Fit],
        now: EpochMs,
    ) -> Result<Result<Vec<Source>, String>, CurateProblem> {
        let mut parts: Vec<(u8, Place, Intents)> = Vec::new();
        for (wish, fit) in draft.steps.iter().zip(fits) {
            let (place, intent) = match (&wish.wish, fit) {
                (_, Fit::Already | Fit::Conflict { .. }) => continue,
                (Wish::Add(record), _) => match self.composed(wish.store, record)? {
                    Ok(intent) => (Place::Store, intent),
                    Err(reason) => return Ok(Err(reason)),
                },
                (Wish::Edit(edit), fit) => {
                    let edit = if let Fit::Rebased(edit) = fit { edit } else { edit };
                    (Place::Store, self.intent(wish, Make::Edit(edit.clone()))?)
                }
                (Wish::Delete, _) => (Place::Store, self.intent(wish, Make::Delete)?),
                (Wish::Mark(marks), _) => {
                    // A record that another wish writes is written once; the ledger has the marks all the same.
                    let alone = draft.steps.iter().filter(|other| other.native == wish.native).count() == 1;
                    let record = if alone { self.in_record(wish.store, &wish.native, marks)? } else { None };
                    put(&mut parts, wish.store, Place::Store, record);
                    let said = self.in_ledger(wish.store, &wish.native, marks, now)?;
                    put(&mut parts, wish.store, Place::Overlay, said);
                    continue;
                }
            };
            put(&mut parts, wish.store, place, Some(intent));
        }
        // Records first: a memory counts with the first of its changes.
        parts.sort_by_key(|(_, place, _)| *place == Place::Overlay);
        Ok(Ok(parts.into_iter().map(|(store, place, intents)| Source::Given { store, place, intents }).collect()))
    }

    /// The intent of a wish about a memory as it is now: what was merged was merged with that.
    pub(super) fn intent(&mut self, wish: &change::Step, make: Make) -> Result<Intent, CurateProblem> {
        let seen = version_now(self.reader(wish.store)?.as_mut(), &wish.native)?.unwrap_or(wish.seen);
        Ok(Intent { native: wish.native.clone(), expect: Expect::Seen(seen), make })
    }

    pub(super) fn composed(&mut self, store: u8, record: &Record) -> Result<Result<Intent, String>, CurateProblem> {
        let mut writer = self.take_writer(store)?;
        let composed = writer.compose(std::slice::from_ref(record));
        self.site(store)?.writer = Some(writer);
        let made = composed?.into_iter().next().unwrap_or_else(|| Err("the store made nothing of it".to_owned()));
        Ok(made.map(|(native, image)| Intent { native, expect: Expect::Absent, make: Make::Put(image) }))
    }

    /// A sentence about the first wish that no longer fits.
    fn what_moved(&mut self, draft: &Draft, fits: &[Fit]) -> Option<String> {
        draft.steps.iter().zip(fits).find_map(|(wish, fit)| {
            let Fit::Conflict { now, fields } = fit else { return None };
            let id = self.public_id(wish.store, &wish.native);
            Some(match (now.is_empty(), fields.is_empty()) {
                (true, _) => format!("{id} is gone"),
                (_, true) => format!("{id} changed since"),
                (_, false) => format!("{id} changed since in {}", fields.join(", ")),
            })
        })
    }

    /// What keeps the texts of proposals from coming back.
    fn stones(
        &mut self,
        proposals: &[(ProposalId, u32)],
        reason: &str,
        now: EpochMs,
    ) -> Result<Vec<Tombstone>, CurateProblem> {
        let mut stones = Vec::new();
        for (id, _) in proposals {
            let Some((proposal, _)) = self.ledger()?.proposal(*id)? else { continue };
            stones.extend(prints(&proposal.draft).map(|print| Tombstone {
                id: 0,
                at: now,
                print,
                title: proposal.line.title.clone(),
                reason: reason.to_owned(),
                proposal: Some(*id),
                scope: scope_of(&proposal.draft),
                operation: None,
            }));
        }
        Ok(stones)
    }
}

const fn noted_or_outdated(((id, _), noted): (&(ProposalId, u32), bool)) -> (ProposalId, Decided) {
    (*id, if noted { Decided::Noted } else { Decided::Outdated })
}

/// Puts an intent to those of its store and keeping.
fn put(parts: &mut Vec<(u8, Place, Intents)>, store: u8, place: Place, intent: Option<Intent>) {
    let Some(intent) = intent else { return };
    match parts.iter_mut().find(|(known, keeping, _)| (*known, *keeping) == (store, place)) {
        Some((_, _, intents)) => intents.push_back(intent),
        None => parts.push((store, place, VecDeque::from([intent]))),
    }
}
