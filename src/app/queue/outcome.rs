//! What became of verdicts: what could not be carried out is to be decided again, what could not be taken back stands.

use std::collections::{HashMap, HashSet};

use super::{
    App, Queue,
    verdict::{Errand, Given, Verdict},
};
use crate::{
    action::Action,
    app::{Effect, Tone, capital},
    change::ProposalId,
    curate::{Decided, Report},
    memory::turns,
};

impl App {
    /// An act of the queue was carried out, or not. Whether nothing more is to be said of it.
    pub(crate) fn on_decided(&mut self, errand: &Errand, report: &Report, effects: &mut Vec<Effect>) {
        self.queue.era += 1;
        self.queue.outdate();
        let failed = |(id, decided): &(ProposalId, Decided)| match decided {
            Decided::Applied { .. } | Decided::Noted => None,
            Decided::Moved(reason) | Decided::Refused(reason) => Some((*id, reason.clone())),
            Decided::Outdated => Some((*id, "somebody else altered or decided it".to_owned())),
        };
        let failures: Vec<(ProposalId, String)> = report.decided.iter().filter_map(failed).collect();
        // What was stopped before its turn came is as if nothing was said of it.
        let carried_out = |(id, decided): &(ProposalId, Decided)| {
            matches!(decided, Decided::Applied { .. } | Decided::Noted).then_some(*id)
        };
        let well: HashSet<ProposalId> = report.decided.iter().filter_map(carried_out).collect();
        self.queue.outdated |= report.decided.iter().any(|(_, decided)| *decided == Decided::Outdated);
        let said = match errand {
            Errand::Verdict(turn) => {
                self.queue.withdraw(*turn, |id| !well.contains(&id));
                self.queue.said(*turn, report)
            }
            Errand::TakeBack(taken) => {
                // One that was edited waits again as it was edited.
                self.queue.outdated |=
                    taken.iter().any(|(_, given)| matches!(given.verdict, Verdict::Approve(Some(_))));
                let back: Vec<_> = taken.iter().filter(|(id, _)| !well.contains(id)).cloned().collect();
                self.queue.put_back(&back);
                None
            }
            Errand::Audit => {
                self.queue.outdated = true;
                Some("Taken back; it waits for your verdict now".to_owned())
            }
        };
        match failures.first() {
            Some((id, reason)) => {
                let more =
                    if failures.len() > 1 { format!(" (and {} more)", failures.len() - 1) } else { String::new() };
                let what = if matches!(errand, Errand::Verdict(_)) { "still waits" } else { "stays as it is" };
                self.toast(Tone::Trouble, format!("Proposal {id}{more} {what}: {reason}"));
            }
            None => {
                if let Some(text) = said {
                    let undo = self.key_of(Action::Undo);
                    self.toast(Tone::Done, format!("{text} {} {undo} takes it back", self.glyphs.dot));
                }
            }
        }
        if self.queue.take_back > 0 {
            self.queue.take_back -= 1;
            self.take_back_decided(effects);
        }
    }

    /// An act of the queue could not be carried out at all.
    pub(crate) fn on_decision_failed(&mut self, errand: &Errand) {
        self.queue.era += 1;
        self.queue.outdated = true;
        self.queue.take_back = 0;
        match errand {
            Errand::Verdict(turn) => self.queue.withdraw(*turn, |_| true),
            Errand::TakeBack(taken) => self.queue.put_back(taken),
            Errand::Audit => {}
        }
    }
}

impl Queue {
    /// Proposals of a turn that came to nothing are to be decided again.
    fn withdraw(&mut self, turn: u32, failed: impl Fn(ProposalId) -> bool) {
        for seat in self.seats.iter_mut().filter(|seat| failed(seat.line.id)) {
            seat.given.take_if(|given| given.turn == turn);
        }
        self.at = turns::next_open(&self.seats, self.at);
    }

    fn put_back(&mut self, taken: &[(ProposalId, Given)]) {
        let taken: HashMap<ProposalId, &Given> = taken.iter().map(|(id, given)| (*id, given)).collect();
        for seat in &mut self.seats {
            if let Some(given) = taken.get(&seat.line.id) {
                seat.given = Some((*given).clone());
            }
        }
        self.at = turns::next_open(&self.seats, self.at);
    }

    /// What is worth saying of a verdict that was carried out: how many at once, or that it was rebased.
    fn said(&self, turn: u32, report: &Report) -> Option<String> {
        let verdict = self.seats.iter().filter_map(|seat| seat.given.as_ref()).find(|given| given.turn == turn)?;
        let rebased = |(_, decided): &&(ProposalId, Decided)| matches!(decided, Decided::Applied { rebased: true, .. });
        let rebased = report.decided.iter().filter(rebased).count();
        let count = report.decided.len();
        let verdict = verdict.verdict.past();
        if report.cancelled {
            return Some(format!("Stopped: {count} {verdict}, the rest still waits"));
        }
        match (count, rebased) {
            (1, 0) => None,
            (1, _) => Some(format!("{} on top of what changed since", capital(verdict))),
            (_, 0) => Some(format!("{count} {verdict}")),
            (_, _) => Some(format!("{count} {verdict}, {rebased} of them on top of what changed since")),
        }
    }
}
