//! Verdicts: giving them, repeating them, taking them back, and hearing what became of them.

use super::{App, Bench, Effect, Stage, Tone};
use crate::{
    action::Action,
    app::{Over, Question, Screen, queue},
    change::Label,
    curate::{Act, Mark, Report},
    keymap::Mode,
    memory::{EpochMs, Given, Key, Likeness, Verdict},
};

/// Why the acts of a sitting stand in the log.
const REASON: &str = "review";
/// The reason of a memory that was pruned because it is false.
const WRONG: &str = "wrong";

/// The verdict that was given last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Last {
    pub(super) verdict: Verdict,
    /// Whether it was about the whole cluster.
    cluster: bool,
    /// From which moment the memory is stale.
    stale_after: Option<EpochMs>,
}

/// What an act on its way does for the sitting.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) enum Errand {
    /// Nothing: it was ordered elsewhere.
    #[default]
    None,
    /// It carries out the verdict of this turn.
    Verdict(u32),
    /// It saves an edit, which is a verdict when it is saved.
    Edit,
    /// It takes these verdicts back; the last one of several acts carries them.
    TakeBack(Vec<(usize, Given)>),
    /// It does something for the queue.
    Queue(queue::Errand),
}

impl App {
    /// Does what an action does in a sitting. Whether it was one of those.
    pub(crate) fn act_review(&mut self, action: Action, effects: &mut Vec<Effect>) -> bool {
        match action {
            Action::Keep => self.verdict(Verdict::Keep, false, None, effects),
            Action::KeepAll => self.verdict(Verdict::Keep, true, None, effects),
            Action::Prune => self.verdict(Verdict::Prune, false, None, effects),
            Action::PruneAll => self.verdict(Verdict::Prune, true, None, effects),
            Action::Wrong => self.verdict(Verdict::Wrong, false, None, effects),
            Action::Pin => self.verdict(Verdict::Pin, false, None, effects),
            Action::Skip => self.verdict(Verdict::Skip, false, None, effects),
            Action::Repeat => self.repeat(effects),
            Action::Undo => self.take_back(effects),
            Action::NextMemory => self.step_seat(true),
            Action::PreviousMemory => self.step_seat(false),
            Action::Accept if self.bench.stage == Stage::Door => self.judge_on(),
            Action::BeginAnew => self.begin_sitting(effects),
            Action::Accept | Action::Quit | Action::Escape => self.leave_review(effects),
            _ => return false,
        }
        true
    }

    /// Whether an action can run in a sitting; `None` when it is none of a sitting's own.
    pub(crate) fn can_in_sitting(&self, mode: Mode, action: Action) -> Option<Result<(), String>> {
        let sitting = self.bench.sitting.as_ref();
        Some(match action {
            Action::Undo if sitting.is_none_or(|sitting| sitting.last_turn() == 0) => {
                Err("No verdict of this sitting is left to take back".to_owned())
            }
            Action::Undo if mode == Mode::Recess && self.bench.stage != Stage::Done => {
                Err("Go on first; then verdicts can be taken back".to_owned())
            }
            Action::Undo => self.can_judge(),
            Action::Redo => Err("In a sitting a verdict is given once more by its own key".to_owned()),
            Action::NextPane | Action::PreviousPane => Err("A sitting has one pane".to_owned()),
            Action::Review => Err("This is the sitting".to_owned()),
            Action::Accept | Action::BeginAnew if self.bench.stage == Stage::Waiting => {
                Err("The memories are still being read".to_owned())
            }
            Action::NextMemory | Action::PreviousMemory if sitting.is_none_or(|sitting| sitting.left() < 2) => {
                Err("No other memory of this sitting is left".to_owned())
            }
            Action::Keep | Action::KeepAll | Action::Skip | Action::Pin | Action::StaleAfter => self.can_give(false),
            Action::Prune | Action::PruneAll | Action::Wrong | Action::Edit | Action::Editor => self.can_give(true),
            Action::Repeat => match self.bench.last {
                None => Err("There is no verdict to repeat yet".to_owned()),
                Some(last) => self.can_give(last.verdict.prunes()),
            },
            _ => return None,
        })
    }

    /// Whether a verdict can be given on the memory that is shown.
    fn can_give(&self, writes: bool) -> Result<(), String> {
        let key = self.under_judgement().ok_or("There is no memory to judge")?;
        if self.reader.gone && self.reader.wanted == Some(key) {
            return Err("This memory is gone; go on to the next one".to_owned());
        }
        if self.reader.current().is_none_or(|detail| detail.memory.row.key != key) {
            return Err("This memory is still being read".to_owned());
        }
        if writes { self.can_write(Some(key)) } else { self.can_judge() }
    }

    fn verdict(&mut self, verdict: Verdict, cluster: bool, stale_after: Option<EpochMs>, effects: &mut Vec<Effect>) {
        let Some(sitting) = &self.bench.sitting else { return };
        let mut places = if cluster { sitting.rest_of_cluster() } else { vec![sitting.at] };
        let key = |at: &usize| sitting.seats.get(*at).map(|seat| seat.memory);
        let many = places.len();
        if cluster && verdict.prunes() {
            let pinned = |at: &usize| key(at).and_then(|key| self.bench.row(key)).is_some_and(|row| row.overlay.pinned);
            places.retain(|at| !pinned(at));
        }
        let keys: Vec<Key> = places.iter().filter_map(key).collect();
        if keys.len() < many {
            let text = format!("{} pinned left to be judged one by one", many - keys.len());
            self.toast(Tone::Note, text);
        }
        if keys.is_empty() {
            return;
        }
        self.bench.last = Some(Last { verdict, cluster, stale_after });
        if verdict.prunes() && keys.len() > self.confirm_over.max(1) {
            return self.ask_before_pruning(keys);
        }
        self.give(verdict, &places, stale_after, None, effects);
    }

    /// The question whether to prune many was answered with yes.
    pub(crate) fn prune_cluster(&mut self, targets: &[Key], effects: &mut Vec<Effect>) {
        let places = self.bench.places(targets);
        self.give(Verdict::Prune, &places, None, None, effects);
    }

    /// The day was typed from which the memory is stale.
    pub(crate) fn stale_verdict(&mut self, question: &Question, at: EpochMs, effects: &mut Vec<Effect>) {
        let places = self.bench.places(&question.targets);
        self.bench.last = Some(Last { verdict: Verdict::Stale, cluster: false, stale_after: Some(at) });
        self.give(Verdict::Stale, &places, Some(at), None, effects);
    }

    /// Gives a verdict on places of the sitting: notes it, orders what it means, and goes on.
    fn give(
        &mut self,
        verdict: Verdict,
        places: &[usize],
        stale_after: Option<EpochMs>,
        edit: Option<i64>,
        effects: &mut Vec<Effect>,
    ) {
        self.spend();
        let now = self.now;
        let Some(sitting) = self.bench.sitting.as_mut() else { return };
        let targets: Vec<Key> = places.iter().filter_map(|at| sitting.seats.get(*at)).map(|it| it.memory).collect();
        let turn = sitting.give(places, verdict, edit);
        if sitting.left() == 0 {
            sitting.ended = Some(now);
            self.bench.stage = Stage::Done;
        }
        let reviewed = Mark::Reviewed(Some(now));
        let mark = |marks: Vec<Mark>| Act::Mark { targets: targets.clone(), marks, reason: REASON.to_owned() };
        let seen: Vec<_> = targets.iter().filter_map(|key| self.seen(*key)).collect();
        let prune = |reason: &str| Act::Prune {
            targets: seen.clone(),
            reason: reason.to_owned(),
            spare_pinned: targets.len() > 1,
        };
        let act = match verdict {
            Verdict::Keep | Verdict::Edit => mark(vec![reviewed]),
            Verdict::Pin => mark(vec![Mark::Pinned(true), reviewed]),
            Verdict::Stale => mark(vec![Mark::StaleAfter(stale_after), reviewed]),
            Verdict::Prune => prune(REASON),
            Verdict::Wrong => prune(WRONG),
            Verdict::Skip => return self.keep_sitting(effects),
        };
        self.run_errand(act, targets, Errand::Verdict(turn), effects);
    }

    fn run_errand(&mut self, act: Act, targets: Vec<Key>, errand: Errand, effects: &mut Vec<Effect>) {
        self.order(act, "", targets, effects);
        if let Some(doing) = self.doing.back_mut() {
            doing.errand = errand;
        }
    }

    fn repeat(&mut self, effects: &mut Vec<Effect>) {
        match self.bench.last {
            Some(Last { verdict: Verdict::Edit, .. }) => self.ask_fields(false, effects),
            Some(Last { verdict, cluster, stale_after }) => self.verdict(verdict, cluster, stale_after, effects),
            None => {}
        }
    }

    /// One or two words for the footer; for `.` and in a preview what it would do now.
    pub(crate) fn label(&self, action: Action) -> String {
        if let (Action::Press, Some(Over::RollBack(preview))) = (action, &self.over) {
            return preview.verdict();
        }
        if let (Some(Over::Carry(preview)), Action::Press | Action::Scopes) = (&self.over, action) {
            return preview.label(action);
        }
        let repetition = match (action, self.screen) {
            (Action::Repeat, Screen::Queue) => self.queue_repetition(),
            (Action::Repeat, _) => self.repetition(),
            _ => None,
        };
        repetition.unwrap_or_else(|| action.label().to_owned())
    }

    fn repetition(&self) -> Option<String> {
        let Last { verdict, cluster, .. } = self.bench.last?;
        let all = self.bench.sitting.as_ref()?.rest_of_cluster().len();
        Some(if cluster && all > 1 { format!("{} all {all}", verdict.name()) } else { verdict.name().to_owned() })
    }

    fn step_seat(&mut self, forward: bool) {
        if let Some(sitting) = self.bench.sitting.as_mut() {
            sitting.step(forward);
        }
    }

    /// Takes the latest verdict back and goes to the memory it was about.
    fn take_back(&mut self, effects: &mut Vec<Effect>) {
        self.spend();
        let Some(sitting) = self.bench.sitting.as_mut() else { return };
        let turn = sitting.last_turn();
        if self.doing.iter().any(|doing| doing.errand == Errand::Verdict(turn)) {
            // What it did is not told yet.
            self.bench.take_back += 1;
            return;
        }
        let taken = sitting.take_back(turn);
        sitting.ended = None;
        self.bench.stage = Stage::Judging;
        let Some((_, first)) = taken.first().copied() else { return };
        let mut operations: Vec<i64> = [first.operation, first.edit].into_iter().flatten().collect();
        let Some(last) = operations.pop() else { return self.keep_sitting(effects) };
        for operation in operations {
            self.run_errand(Act::Undo(Some(operation)), Vec::new(), Errand::TakeBack(Vec::new()), effects);
        }
        self.run_errand(Act::Undo(Some(last)), Vec::new(), Errand::TakeBack(taken), effects);
    }

    /// Whether an act of the sitting is on its way.
    pub(super) fn has_errands(&self) -> bool {
        self.doing.iter().any(|doing| doing.errand != Errand::None)
    }

    /// Whether verdicts are being taken back: what is shown then is not there yet.
    pub(super) fn is_taking_back(&self) -> bool {
        self.doing.iter().any(|doing| matches!(doing.errand, Errand::TakeBack(_)))
    }

    /// An act of the sitting was carried out, or refused. Whether nothing more is to be said of it.
    pub(crate) fn on_errand(
        &mut self,
        errand: Errand,
        targets: &[Key],
        report: &Report,
        effects: &mut Vec<Effect>,
    ) -> bool {
        let well = report.refused.is_empty() && report.trouble.is_none() && !report.cancelled;
        match errand {
            Errand::None => return false,
            Errand::Queue(errand) => {
                self.on_decided(&errand, report, effects);
                return true;
            }
            Errand::Edit => {
                if report.label == Label::Edit && report.applied > 0 {
                    let places = self.bench.places(targets);
                    self.bench.last = Some(Last { verdict: Verdict::Edit, cluster: false, stale_after: None });
                    self.give(Verdict::Edit, &places, None, report.operation, effects);
                    return true;
                }
                return false;
            }
            Errand::Verdict(turn) => {
                if let Some(sitting) = self.bench.sitting.as_mut() {
                    sitting.note_operation(turn, report.operation);
                }
                if report.applied == 0 && report.already == 0 {
                    self.withdraw(turn);
                } else if !well || report.spared > 0 {
                    self.reopen(&report.refused.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>());
                }
            }
            Errand::TakeBack(taken) => {
                if !well || report.applied == 0 {
                    self.put_back(&taken);
                }
                if let Some(request) = self.reader.again() {
                    self.ask(request, effects);
                }
            }
        }
        self.keep_sitting(effects);
        if self.bench.take_back > 0 {
            self.bench.take_back -= 1;
            self.take_back(effects);
        }
        well && report.applied + report.already > 0
    }

    /// An act of the sitting could not be carried out at all.
    pub(crate) fn on_errand_failed(&mut self, errand: &Errand) {
        match errand {
            Errand::Verdict(turn) => self.withdraw(*turn),
            Errand::TakeBack(taken) => self.put_back(taken),
            Errand::Queue(errand) => self.on_decision_failed(errand),
            Errand::None | Errand::Edit => {}
        }
        self.bench.take_back = 0;
        self.leave_when_kept();
    }

    /// A verdict that came to nothing: its memories are to be judged again.
    fn withdraw(&mut self, turn: u32) {
        if let Some(sitting) = self.bench.sitting.as_mut() {
            sitting.take_back(turn);
            sitting.ended = None;
            self.bench.stage = Stage::Judging;
        }
    }

    /// Memories of a verdict that were left as they are: they are to be judged again.
    fn reopen(&mut self, refused: &[crate::memory::MemoryId]) {
        let Bench { sitting, rows, stage, .. } = &mut self.bench;
        let Some(sitting) = sitting.as_mut() else { return };
        for seat in &mut sitting.seats {
            if rows.get(&seat.memory).is_some_and(|row| refused.contains(&row.id)) {
                seat.given = None;
                sitting.ended = None;
                *stage = Stage::Judging;
            }
        }
    }

    fn put_back(&mut self, taken: &[(usize, Given)]) {
        let Some(sitting) = self.bench.sitting.as_mut() else { return };
        for (at, given) in taken {
            if let Some(seat) = sitting.seats.get_mut(*at) {
                seat.given = Some(*given);
            }
        }
        sitting.go_on();
    }

    /// The words for the cluster under judgement: `2 of 4 of one session`; `None` for a memory that stands alone.
    pub(crate) fn cluster_words(&self) -> Option<String> {
        let seat = self.bench.seat()?;
        let sitting = self.bench.sitting.as_ref()?;
        let cluster = sitting.cluster();
        let place = cluster.iter().position(|at| *at == sitting.at)? + 1;
        match (seat.likeness, cluster.len()) {
            (Likeness::None, _) | (_, 0 | 1) => None,
            (Likeness::Same, all) => Some(format!("{place} of {all} alike")),
            (Likeness::Session, all) => Some(format!("{place} of {all} of one session")),
        }
    }

    /// Whether a question over the sitting asks for the day of a verdict.
    pub(crate) fn asks_for_verdict(&self) -> bool {
        self.screen == super::Screen::Review && matches!(self.over, Some(Over::Question(_)))
    }
}

impl Bench {
    /// The places of memories.
    fn places(&self, keys: &[Key]) -> Vec<usize> {
        let seats = self.sitting.iter().flat_map(|sitting| sitting.seats.iter().enumerate());
        seats.filter(|(_, seat)| keys.contains(&seat.memory)).map(|(at, _)| at).collect()
    }
}
