//! Several memories corrected at once, by a person who has seen each change: one operation.

use super::{CurateProblem, Curator, Fit, Report, Step, book::Beginnings, bury::Where, feed::Source};
use crate::{
    change::{Batch, Draft},
    ledger::{Taken, YOU},
    memory::EpochMs,
};

impl Curator {
    /// Carries out what a person decided about several memories. What changed since it was seen in a way that excludes it
    /// is left alone and named. With the words of a tombstone, the texts that it takes out are not to come back.
    pub(super) fn correct(
        &mut self,
        draft: &Draft,
        tombstone: Option<&str>,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let fits = self.fits(draft)?;
        let begin = Beginnings { label: draft.label, ..Beginnings::of_person(draft.label, &draft.reason, 0, now) };
        let sources = match self.sources(draft, &fits, now)? {
            Ok(sources) => sources,
            Err(reason) => {
                let trouble = Some(reason);
                return Ok(Report { planned: draft.steps.len(), trouble, ..Report::new(begin) });
            }
        };
        let planned = sources.iter().map(Source::planned).sum();
        let mut report = self.run(Beginnings { planned, ..begin }, sources, step)?;
        for (wish, fit) in draft.steps.iter().zip(&fits) {
            match fit {
                Fit::Conflict { .. } => {
                    report.planned += 1;
                    let id = self.public_id(wish.store, &wish.native);
                    report.refused.push((id, "it changed since it was shown; look at it again".to_owned()));
                }
                Fit::Already => report.already += 1,
                Fit::Fresh | Fit::Rebased(_) => {}
            }
        }
        if let (Some(operation), Some(words)) = (report.operation, tombstone) {
            self.bury(operation, Where::Anywhere, words, now)?;
        }
        Ok(report)
    }

    /// Lets a person's own idea wait in the queue. Whether it waits now: the same may wait already, or was rejected.
    ///
    /// # Errors
    /// As [`Curator::propose`].
    pub fn propose_own(&mut self, draft: Draft, now: EpochMs) -> Result<bool, CurateProblem> {
        let turn = self.ledger()?.take_turn()?;
        let batch = Batch { id: 0, at: now, author: YOU.to_owned(), note: draft.reason.clone() };
        let proposed = self.propose(&batch, vec![draft], now)?;
        drop(turn);
        Ok(proposed.taken.iter().any(|taken| matches!(taken, Taken::New(_))))
    }
}
