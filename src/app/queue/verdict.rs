//! Verdicts on proposals and on pieces of them: giving them, repeating them, taking them back, and what became of them.

use std::collections::{HashMap, HashSet};

use super::{App, Choice, Queue, Tab};
use crate::{
    action::Action,
    app::{Dialog, Effect, Matter, Menu, Over, Question, Tone, entry::Entry, menu},
    change::{Draft, ProposalId},
    curate::{Act, Decision},
    keymap::Mode,
    ledger::YOU,
    memory::{EpochMs, turns},
};

/// When a proposal that is put off is asked again: the words, and days from now.
pub(crate) const SNOOZES: [(&str, u64); 3] = [("tomorrow", 1), ("in a week", 7), ("in a month", 30)];

/// What a person says of a proposal.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is carried out; with these wishes in the place of its own if some are given.
    Approve(Option<Box<Draft>>),
    /// It is not, for this reason, which may be empty.
    Reject(String),
    /// It is asked again from this moment on.
    Snooze(EpochMs),
    /// It is put off until the screen is opened again.
    Skip,
}

impl Verdict {
    /// What is done, for people: `approve`.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Approve(_) => "approve",
            Self::Reject(_) => "reject",
            Self::Snooze(_) => "snooze",
            Self::Skip => "skip",
        }
    }

    /// What was done, for people.
    pub(crate) const fn past(&self) -> &'static str {
        match self {
            Self::Approve(_) => "approved",
            Self::Reject(_) => "rejected",
            Self::Snooze(_) => "snoozed",
            Self::Skip => "skipped",
        }
    }
}

/// A verdict that was given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Given {
    /// Which.
    pub(crate) verdict: Verdict,
    /// The how-manieth it was; proposals that were decided at once share it.
    pub(crate) turn: u32,
}

/// The verdict that `.` gives again.
#[derive(Clone, Debug)]
pub(super) struct Last {
    pub(super) verdict: Verdict,
    /// Whether it was about the whole cluster.
    pub(super) cluster: bool,
}

/// What an act on its way does for the queue.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Errand {
    /// It carries out the verdict of this turn.
    Verdict(u32),
    /// It takes these verdicts back.
    TakeBack(Vec<(ProposalId, Given)>),
    /// It takes back what a policy applied.
    Audit,
}

impl App {
    /// Does what an action does on this screen. Whether it was one of its own.
    pub(crate) fn act_queue(&mut self, action: Action, effects: &mut Vec<Effect>) -> bool {
        match action {
            Action::Approve if self.on_piece().is_some() => self.choose_piece(Choice::Taken),
            Action::Reject if self.on_piece().is_some() => self.choose_piece(Choice::Left),
            Action::Skip if self.on_piece().is_some() => self.leave_piece(),
            Action::Approve => self.say(Verdict::Approve(None), false, effects),
            Action::ApproveAll => self.say(Verdict::Approve(None), true, effects),
            Action::Reject => self.say(Verdict::Reject(String::new()), false, effects),
            Action::RejectAll => self.say(Verdict::Reject(String::new()), true, effects),
            Action::Skip => self.say(Verdict::Skip, false, effects),
            Action::RejectBecause => {
                self.queue.pending = self.about();
                let question =
                    Question { asked: menu::Asked::Reason, targets: vec![], entry: Entry::new(""), error: None };
                self.over = Some(Over::Question(question));
            }
            Action::Snooze => {
                self.queue.pending = self.about();
                self.over = Some(Over::Menu(Menu { choice: menu::Choice::Snooze, cursor: 0 }));
            }
            Action::Repeat => {
                if let Some(last) = self.queue.last.clone() {
                    self.say(last.verdict, last.cluster, effects);
                }
            }
            Action::Undo => self.take_back_decided(effects),
            Action::Redo => self.decide_again(effects),
            Action::Mark => self.mark_proposal(),
            Action::NextMemory | Action::PreviousMemory => self.step_proposal(action == Action::NextMemory),
            Action::NextCluster | Action::PreviousCluster => self.step_cluster(action == Action::NextCluster),
            Action::NextPiece | Action::PreviousPiece => self.step_stop(action == Action::NextPiece),
            Action::Edit | Action::Editor => self.edit_step(action == Action::Editor, effects),
            Action::Open => self.open_evidence(effects),
            Action::DiffMode => self.turn_shape(),
            Action::Reveal => {
                let veil = self.veil;
                if let Some(mut page) = self.queue.shown().and_then(|id| self.queue.pages.remove(&id)) {
                    if let Ok(page) = &mut page {
                        page.reveal(veil, &|field, value| self.words(field, value));
                    }
                    self.queue.shown().map(|id| self.queue.pages.insert(id, page));
                }
            }
            Action::Why => self.over = Some(Over::Why(0)),
            Action::Audit => {
                self.queue.tab = if self.queue.tab == Tab::Gate { Tab::Audit } else { Tab::Gate };
                self.queue.turn_page();
                if self.queue.tab == Tab::Audit {
                    self.look_elsewhere(effects);
                }
            }
            Action::Seen => self.saw(false, effects),
            Action::SeenAll => self.saw(true, effects),
            Action::UndoOperation => self.take_back_applied(effects),
            Action::Escape if self.queue.stop.take().is_some() => self.queue.scroll = 0,
            // What takes long can be stopped; the rest waits on.
            Action::Escape if self.decides() => return false,
            Action::Escape if !self.queue.marked.is_empty() => self.queue.marked.clear(),
            Action::Quit | Action::Escape if self.queue.tab == Tab::Audit => self.open_queue(effects),
            Action::Quit | Action::Escape => self.show(super::Screen::Memories, effects),
            _ => return false,
        }
        true
    }

    /// The proposals that a verdict is about: the marked ones, else the one that is shown; as they were read.
    fn about(&self) -> Vec<(ProposalId, u32)> {
        let queue = &self.queue;
        if queue.marked.is_empty() {
            return queue.seat().map(super::Seat::named).into_iter().collect();
        }
        let marked = queue.seats.iter().filter(|seat| seat.waits() && queue.marked.contains(&seat.line.id));
        marked.map(super::Seat::named).collect()
    }

    /// A verdict on what is shown, on the marked ones, or on what is left of the cluster. Asks before it is about many,
    /// or about others than the one on the screen.
    fn say(&mut self, verdict: Verdict, cluster: bool, effects: &mut Vec<Effect>) {
        self.queue.last = Some(Last { verdict: verdict.clone(), cluster });
        let queue = &self.queue;
        let these = if cluster {
            let rest = turns::rest_of_cluster(&queue.seats, queue.at);
            rest.iter().filter_map(|at| queue.seats.get(*at)).map(super::Seat::named).collect()
        } else {
            self.about()
        };
        let marked = !cluster && !self.queue.marked.is_empty();
        if marked || these.len() > self.confirm_over.max(1) {
            let lines = self.queue.titles(&these);
            self.over = Some(Over::Dialog(Box::new(Dialog::new(Matter::Decide { verdict, proposals: these, lines }))));
            return;
        }
        self.give_verdict(verdict, &these, effects);
    }

    /// Gives a verdict on proposals: notes it, orders what it means, and goes on.
    pub(crate) fn give_verdict(&mut self, verdict: Verdict, these: &[(ProposalId, u32)], effects: &mut Vec<Effect>) {
        self.queue.undone.clear();
        self.decide(verdict, these, effects);
    }

    fn decide(&mut self, verdict: Verdict, these: &[(ProposalId, u32)], effects: &mut Vec<Effect>) {
        let verdict = match (verdict, these) {
            // Pieces are chosen of the one that is shown.
            (Verdict::Approve(None), [(id, _)]) => {
                let page = self.queue.pages.get(id).and_then(|page| page.as_ref().ok());
                Verdict::Approve(page.and_then(super::Page::chosen).map(Box::new))
            }
            (verdict, _) => verdict,
        };
        let queue = &mut self.queue;
        let turn = turns::last(&queue.seats) + 1;
        let mut decided = Vec::with_capacity(these.len());
        let these: HashMap<ProposalId, u32> = these.iter().copied().collect();
        for seat in &mut queue.seats {
            if let Some(version) = these.get(&seat.line.id) {
                seat.given = Some(Given { verdict: verdict.clone(), turn });
                decided.push((seat.line.id, *version));
                queue.marked.remove(&seat.line.id);
                queue.pages.remove(&seat.line.id);
            }
        }
        queue.at = turns::next_open(&queue.seats, queue.at);
        queue.turn_page();
        let decision = match verdict {
            Verdict::Approve(draft) => Decision::Approve(draft.map(|draft| *draft)),
            Verdict::Reject(reason) => Decision::Reject { reason, bury: true },
            Verdict::Snooze(until) => Decision::Snooze(until),
            Verdict::Skip => return,
        };
        self.order_for_queue(decided, decision, Errand::Verdict(turn), effects);
    }

    pub(super) fn order_for_queue(
        &mut self,
        proposals: Vec<(ProposalId, u32)>,
        decision: Decision,
        errand: Errand,
        effects: &mut Vec<Effect>,
    ) {
        self.queue.era += 1;
        self.order(Act::Decide { proposals, decision, author: YOU.to_owned() }, "", Vec::new(), effects);
        if let Some(doing) = self.doing.back_mut() {
            doing.errand = crate::app::Errand::Queue(errand);
        }
    }

    /// Whether an act of the queue is on its way.
    pub(super) fn decides(&self) -> bool {
        self.doing.iter().any(|doing| matches!(doing.errand, crate::app::Errand::Queue(_)))
    }

    /// The reason of a rejection was typed.
    pub(crate) fn reject_because(&mut self, reason: &str, effects: &mut Vec<Effect>) {
        let verdict = Verdict::Reject(reason.trim().to_owned());
        self.queue.last = Some(Last { verdict: verdict.clone(), cluster: false });
        let these = std::mem::take(&mut self.queue.pending);
        self.give_verdict(verdict, &these, effects);
    }

    /// The day was chosen on which it is asked again.
    pub(crate) fn snooze(&mut self, at: usize, effects: &mut Vec<Effect>) {
        let Some((_, days)) = SNOOZES.get(at) else { return };
        let calendar = self.calendar();
        let day = calendar.clock(self.now).and_then(|now| now.date().checked_add_days(chrono::Days::new(*days)));
        let Some(day) = day else { return };
        let verdict = Verdict::Snooze(calendar.moment(day.and_time(chrono::NaiveTime::MIN)));
        self.queue.last = Some(Last { verdict: verdict.clone(), cluster: false });
        let these = std::mem::take(&mut self.queue.pending);
        self.give_verdict(verdict, &these, effects);
    }

    fn mark_proposal(&mut self) {
        let Some(id) = self.queue.seat().map(|seat| seat.line.id) else { return };
        if !self.queue.marked.remove(&id) {
            self.queue.marked.insert(id);
        }
        self.step_proposal(true);
    }

    fn step_proposal(&mut self, forward: bool) {
        let queue = &mut self.queue;
        match queue.tab {
            Tab::Gate => queue.at = turns::step(&queue.seats, queue.at, forward),
            Tab::Audit => {
                let all = queue.to_see().max(1);
                queue.audit_at = if forward { (queue.audit_at + 1) % all } else { (queue.audit_at + all - 1) % all };
            }
        }
        queue.turn_page();
    }

    /// Goes to the first open proposal of the next or previous cluster.
    fn step_cluster(&mut self, forward: bool) {
        let queue = &mut self.queue;
        let here = queue.seats.get(queue.at).map(|seat| seat.cluster);
        let mut at = queue.at;
        for _ in 0..queue.seats.len() {
            at = turns::step(&queue.seats, at, forward);
            if queue.seats.get(at).map(|seat| seat.cluster) != here {
                break;
            }
        }
        queue.at = turns::rest_of_cluster(&queue.seats, at).first().copied().unwrap_or(at);
        queue.turn_page();
    }

    /// Takes the latest verdict back and goes to the proposal that it was about.
    pub(super) fn take_back_decided(&mut self, effects: &mut Vec<Effect>) {
        let turn = turns::last(&self.queue.seats);
        let on_its_way = crate::app::Errand::Queue(Errand::Verdict(turn));
        if self.doing.iter().any(|doing| doing.errand == on_its_way) {
            // What it did is not told yet.
            self.queue.take_back += 1;
            return;
        }
        let queue = &mut self.queue;
        let (mut taken, mut named) = (Vec::new(), Vec::new());
        let mut first = None;
        for (at, seat) in queue.seats.iter_mut().enumerate() {
            if let Some(given) = seat.given.take_if(|given| given.turn == turn) {
                first = first.or(Some(at));
                named.push((seat.line.id, seat.line.version));
                taken.push((seat.line.id, given));
            }
        }
        queue.tab = Tab::Gate;
        queue.at = first.unwrap_or(queue.at);
        queue.turn_page();
        let Some(verdict) = taken.first().map(|(_, given)| given.verdict.clone()) else { return };
        queue.undone.push((named.iter().map(|(id, _)| *id).collect(), verdict.clone()));
        if verdict != Verdict::Skip {
            self.order_for_queue(named, Decision::Reopen, Errand::TakeBack(taken), effects);
        }
    }

    /// Gives the verdict again that was taken back last.
    fn decide_again(&mut self, effects: &mut Vec<Effect>) {
        if self.decides() {
            return self.toast(Tone::Note, "The last verdict is still being written; press it once more");
        }
        let Some((ids, verdict)) = self.queue.undone.pop() else { return };
        let ids: HashSet<ProposalId> = ids.into_iter().collect();
        let open = self.queue.seats.iter().filter(|seat| seat.given.is_none() && ids.contains(&seat.line.id));
        let these: Vec<(ProposalId, u32)> = open.map(super::Seat::named).collect();
        if these.is_empty() {
            return self.toast(Tone::Note, "Somebody else decided it meanwhile");
        }
        self.decide(verdict, &these, effects);
    }

    /// The words for `.`: what it would do now.
    pub(crate) fn queue_repetition(&self) -> Option<String> {
        let last = self.queue.last.as_ref()?;
        let rest = turns::rest_of_cluster(&self.queue.seats, self.queue.at).len();
        Some(if last.cluster && rest > 1 {
            format!("{} all {rest}", last.verdict.name())
        } else {
            last.verdict.name().to_owned()
        })
    }

    /// Leaves the memory that is read.
    pub(crate) fn leave_evidence(&mut self) {
        self.queue.inside = false;
    }

    /// Whether an action is one of this screen: all of them while proposals are read, few while a memory is.
    pub(crate) const fn is_of_queue(mode: Mode, action: Action) -> bool {
        match mode {
            Mode::Queue | Mode::Audit => true,
            Mode::Evidence => {
                matches!(action, Action::Undo | Action::Redo | Action::NextPane | Action::PreviousPane)
            }
            _ => false,
        }
    }
}

impl Queue {
    /// The titles of proposals, for a question about them.
    fn titles(&self, these: &[(ProposalId, u32)]) -> Vec<String> {
        let these: HashSet<ProposalId> = these.iter().map(|(id, _)| *id).collect();
        let named = |seat: &&super::Seat| these.contains(&seat.line.id);
        self.seats.iter().filter(named).map(|seat| format!("{} · {}", seat.line.sentence(), seat.line.title)).collect()
    }
}
