//! The sitting: beginning one, going on with one, leaving it, and its end.

mod verdict;

#[cfg(test)]
mod tests;

use std::collections::HashMap;

use super::{App, Effect, Matter, Over, Screen, Tone};
use crate::{
    engine::{Request, SITTING, Sit, SittingPlan},
    keymap::Mode,
    memory::{EpochMs, Key, Row, Seat, Sitting, SittingOrder},
    query::Expr,
};

pub(crate) use verdict::Errand;
use verdict::Last;

/// A longer pause between two verdicts counts as this much, in milliseconds: nobody sat there.
const PAUSE: EpochMs = 5 * 60_000;

/// What a sitting is begun with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Which memories, in the filter language; empty for all.
    pub query: String,
    /// What it begins with.
    pub order: SittingOrder,
    /// How many memories at most.
    pub limit: usize,
}

impl Default for Review {
    fn default() -> Self {
        Self { query: String::new(), order: SittingOrder::default(), limit: SITTING }
    }
}

/// Where a person is in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The catalogue is made, or the list; then it begins.
    #[default]
    Waiting,
    /// A sitting was left before its end: to go on, or to begin another one?
    Door,
    /// Memories are judged.
    Judging,
    /// Nothing is left.
    Done,
    /// Nothing is due.
    Nothing,
}

/// The sitting and everything about it that is not kept.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, in any combination")]
pub(crate) struct Bench {
    /// Where a person is in it.
    pub(crate) stage: Stage,
    /// The sitting.
    pub(crate) sitting: Option<Box<Sitting>>,
    /// The lines of its memories.
    pub(crate) rows: HashMap<Key, Row>,
    /// How many memories were due when it began; unknown for one that is gone on with.
    pub(crate) due: Option<usize>,
    /// What a new one is begun with.
    wanted: Review,
    /// Whether the question for the unfinished one, or for a new one, is on its way.
    asked: bool,
    /// The verdict that `.` gives again.
    last: Option<Last>,
    /// Since when the memory under judgement is looked at.
    since: Option<EpochMs>,
    /// Verdicts that are to be taken back as soon as it is known what they did.
    take_back: usize,
    /// Whether leaving it leaves the program.
    alone: bool,
    /// Whether it was left in this run of the program: then it is gone on with without a question.
    go_on: bool,
    /// Orders to keep it that were not answered yet.
    keeping: usize,
    /// Whether the program ends when everything is kept.
    leaving: bool,
}

impl Bench {
    /// The seat under judgement.
    pub(crate) fn seat(&self) -> Option<&Seat> {
        self.sitting.as_ref().filter(|_| self.stage == Stage::Judging)?.current()
    }

    /// The line of a memory of the sitting.
    pub(crate) fn row(&self, key: Key) -> Option<&Row> {
        self.rows.get(&key)
    }
}

impl App {
    /// Opens the screen of the sitting, with what was wanted on the command line, or for what the list shows.
    pub(crate) fn sit_down(&mut self, wanted: Option<Review>, effects: &mut Vec<Effect>) {
        self.screen = Screen::Review;
        self.range = None;
        let go_on = self.bench.stage == Stage::Judging && wanted.is_none();
        if go_on && self.has_errands() {
            return self.judge_on();
        }
        let alone = wanted.is_some();
        let wanted = wanted.unwrap_or_else(|| Review { query: self.filter.clone(), ..Review::default() });
        // What was taken back elsewhere in the meantime is to be judged again: it is read anew.
        self.bench = Bench { wanted, alone, go_on, ..Bench::default() };
        self.begin_when_ready(effects);
    }

    /// Asks for the sitting that was left, or for a new one, once everything was judged: before that nobody can say what
    /// is doubtful or alike.
    pub(crate) fn begin_when_ready(&mut self, effects: &mut Vec<Effect>) {
        if self.screen == Screen::Review
            && self.bench.stage == Stage::Waiting
            && !self.bench.asked
            && self.catalog.ready
        {
            self.bench.asked = true;
            self.ask(Request::Sit(Sit::Unfinished), effects);
        }
    }

    /// Begins a new sitting.
    pub(super) fn begin_sitting(&mut self, effects: &mut Vec<Effect>) {
        let wanted = self.bench.wanted.clone();
        let filter = crate::query::parse(&wanted.query, self.now, self.calendar()).unwrap_or_else(|error| {
            self.toast(Tone::Trouble, format!("filter: {error}"));
            Expr::All
        });
        let left = self.bench.sitting.take().filter(|sitting| sitting.ended.is_none());
        self.bench.stage = Stage::Waiting;
        let Review { query, order, limit } = wanted;
        let plan = SittingPlan { query, filter, order, limit, instead: left.map(|sitting| sitting.id) };
        self.ask(Request::Sit(Sit::Begin(plan)), effects);
    }

    /// A sitting has come: the one that was left, or with the number of memories that are due, a new one.
    pub(crate) fn on_sitting(
        &mut self,
        sitting: Option<Box<Sitting>>,
        mut rows: Vec<Row>,
        due: Option<usize>,
        effects: &mut Vec<Effect>,
    ) {
        // Who has left the screen meanwhile begins none.
        if self.screen != Screen::Review || self.bench.stage != Stage::Waiting {
            return;
        }
        for row in &mut rows {
            self.veil.row(row);
        }
        self.bench.rows = rows.into_iter().map(|row| (row.key, row)).collect();
        self.bench.due = due;
        self.bench.sitting = sitting;
        for seat in self.bench.sitting.iter_mut().flat_map(|sitting| &mut sitting.seats) {
            seat.title = self.veil.text(&seat.title).into_owned();
        }
        let left = self.bench.sitting.as_ref().map_or(0, |sitting| sitting.left());
        match due {
            None if left > 0 && self.bench.go_on => self.judge_on(),
            None if left > 0 => self.bench.stage = Stage::Door,
            None => self.begin_sitting(effects),
            Some(_) if left > 0 => self.judge_on(),
            Some(_) => self.bench.stage = Stage::Nothing,
        }
    }

    /// The question for a sitting, or the order to keep it, failed.
    pub(crate) fn on_sitting_failed(&mut self) {
        self.bench.keeping = self.bench.keeping.saturating_sub(1);
        self.leave_when_kept();
        if self.bench.stage == Stage::Waiting && self.screen == Screen::Review {
            self.bench = Bench::default();
            self.screen = Screen::Memories;
        }
    }

    /// Goes on with the memories that are left.
    pub(super) fn judge_on(&mut self) {
        self.bench.stage = Stage::Judging;
        self.bench.since = Some(self.now);
    }

    /// The sitting stands in the ledger.
    pub(crate) fn on_sitting_kept(&mut self) {
        self.bench.keeping = self.bench.keeping.saturating_sub(1);
        self.leave_when_kept();
    }

    pub(super) fn keep_sitting(&mut self, effects: &mut Vec<Effect>) {
        if let Some(sitting) = self.bench.sitting.clone() {
            self.bench.keeping += 1;
            self.ask(Request::Sit(Sit::Keep(sitting)), effects);
        }
    }

    /// Leaves the screen; the place is kept. Who came for the sitting alone leaves the program, once all is written.
    pub(crate) fn leave_review(&mut self, effects: &mut Vec<Effect>) {
        if self.bench.alone {
            self.keep_place(effects);
            self.bench.leaving = true;
            return self.leave_when_kept();
        }
        self.show(Screen::Memories, effects);
    }

    /// Another screen is shown: the place is kept, and what the list shows is read again.
    pub(crate) fn rise(&mut self, effects: &mut Vec<Effect>) {
        self.keep_place(effects);
        self.look_again_at_all(effects);
    }

    fn keep_place(&mut self, effects: &mut Vec<Effect>) {
        if self.bench.stage == Stage::Judging {
            self.spend();
            self.keep_sitting(effects);
        }
    }

    fn leave_when_kept(&mut self) {
        if self.bench.leaving && self.bench.keeping == 0 && self.doing.is_empty() {
            self.finished = true;
        }
    }

    /// Adds the time since the last verdict to what was spent.
    fn spend(&mut self) {
        let since = self.bench.since.replace(self.now);
        if let (Some(since), Some(sitting)) = (since, self.bench.sitting.as_mut()) {
            sitting.spent += (self.now - since).clamp(0, PAUSE);
        }
    }

    /// What the keys mean in the sitting.
    pub(crate) fn review_mode(&self) -> Mode {
        if self.bench.stage == Stage::Judging { Mode::Review } else { Mode::Recess }
    }

    /// The memory under judgement.
    pub(crate) fn under_judgement(&self) -> Option<Key> {
        self.bench.seat().map(|seat| seat.memory)
    }

    /// The memory pane shows what is judged.
    pub(crate) fn follow_sitting(&mut self, effects: &mut Vec<Effect>) {
        let key = self.under_judgement();
        if key.is_none() || self.is_taking_back() {
            return;
        }
        if let Some(request) = self.reader.want(key) {
            self.ask(request, effects);
        }
    }

    /// Shows the memories of a cluster before many of them are pruned.
    pub(super) fn ask_before_pruning(&mut self, targets: Vec<Key>) {
        let rows: Vec<Row> = targets.iter().filter_map(|key| self.bench.row(*key).cloned()).collect();
        let sample = super::Sample { rows, ..super::Sample::default() };
        let targets = targets.into_iter().filter_map(|key| self.seen(key)).collect();
        let matter = Matter::Prune { targets, pinned: Some(0), sample };
        self.over = Some(Over::Dialog(Box::new(super::Dialog::new(matter))));
    }
}
