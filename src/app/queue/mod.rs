//! The queue: what is shown of it, where a person is in it, and what is asked of the engine.

mod audit;
mod can;
mod elsewhere;
mod outcome;
mod page;
mod pieces;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{App, Effect, Screen};
use crate::{
    change::{Label, ProposalId, Waiting},
    engine::{self, Offer, Request, in_clusters},
    keymap::Mode,
    ledger::{QueueMark, Rate, Standing},
    memory::{Turn, turns},
};

pub(crate) use elsewhere::Others;
pub(crate) use page::{Choice, Page, Piece, Stop};
pub(crate) use verdict::{Errand, SNOOZES, Verdict};
use verdict::{Given, Last};

/// From so many verdicts on a person's rate says something.
const TELLING: u32 = 10;

/// Which list of the screen is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    /// What waits for a verdict.
    #[default]
    Gate,
    /// What policies applied and nobody has seen yet.
    Audit,
}

/// How a change is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Lines that go and come, one below the other.
    Unified,
    /// What is there now beside what would be there.
    Beside,
    /// What would be there.
    Last,
}

impl Shape {
    /// From so many columns on there is room for two texts side by side.
    const POSSIBLE: u16 = 60;
    /// From so many columns on they are shown so until a person chooses otherwise.
    const NATURAL: u16 = 100;

    /// How a change is shown in so many columns, given what a person chose.
    pub(crate) fn fitting(chosen: Option<Self>, width: u16) -> Self {
        match chosen {
            None if width >= Self::NATURAL => Self::Beside,
            None => Self::Unified,
            Some(Self::Beside) if width < Self::POSSIBLE => Self::Unified,
            Some(chosen) => chosen,
        }
    }

    /// The next one in so many columns.
    fn next(self, width: u16) -> Self {
        match self {
            Self::Unified if width >= Self::POSSIBLE => Self::Beside,
            Self::Unified | Self::Beside => Self::Last,
            Self::Last => Self::Unified,
        }
    }
}

/// A proposal in the row.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    /// Its line; titles and reasons may be shown.
    pub(crate) line: Waiting,
    /// The cluster it stands in.
    pub(crate) cluster: u32,
    /// What was said of it.
    pub(crate) given: Option<Given>,
}

impl Turn for Seat {
    fn cluster(&self) -> u32 {
        self.cluster
    }

    fn turn(&self) -> Option<u32> {
        self.given.as_ref().map(|given| given.turn)
    }
}

impl Seat {
    /// Whether the ledger lets it wait, as far as is known here.
    fn waits(&self) -> bool {
        self.given.as_ref().is_none_or(|given| given.verdict == Verdict::Skip)
    }

    const fn named(&self) -> (ProposalId, u32) {
        (self.line.id, self.line.version)
    }
}

/// The queue and everything about it that is not kept.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, in any combination")]
pub(crate) struct Queue {
    /// Where it stands, as the engine told last.
    pub(crate) mark: QueueMark,
    /// The proposals in order: those that wait, and those that were decided since the program began.
    pub(crate) seats: Vec<Seat>,
    /// The one under the cursor.
    pub(crate) at: usize,
    /// What policies applied.
    pub(crate) audit: Vec<(crate::ledger::Given, Waiting)>,
    /// The one of those under the cursor.
    pub(crate) audit_at: usize,
    /// What others did, behind what policies applied.
    pub(crate) others: Others,
    /// Which of the two lists is shown.
    pub(crate) tab: Tab,
    /// How often the person agreed with whom.
    pub(crate) rates: Vec<Rate>,
    /// Whether the list is there.
    pub(crate) read: bool,
    /// How changes are shown, when a person has chosen.
    pub(crate) shape: Option<Shape>,
    /// The place under the cursor within the proposal.
    pub(crate) stop: Option<usize>,
    /// The first line shown of the proposal.
    pub(crate) scroll: usize,
    /// Lines of the proposal in all and lines that fit, as last drawn.
    pub(crate) extent: (usize, usize),
    /// The lines of the stops, as last drawn.
    pub(crate) stops: Vec<usize>,
    /// Whether the stop under the cursor is to be scrolled to.
    seek: bool,
    /// Marked proposals.
    pub(crate) marked: BTreeSet<ProposalId>,
    /// Whether a memory is read that a proposal is about.
    pub(crate) inside: bool,
    pages: HashMap<ProposalId, Result<Page, String>>,
    asked_pages: HashSet<ProposalId>,
    /// Pages that may show what is not so any more.
    stale_pages: HashSet<ProposalId>,
    last: Option<Last>,
    /// Verdicts that were taken back, the latest last.
    undone: Vec<(Vec<ProposalId>, Verdict)>,
    /// Verdicts that are to be taken back as soon as it is known what they did.
    take_back: usize,
    /// What a question or a menu is about.
    pending: Vec<(ProposalId, u32)>,
    /// Moves on with every act: an answer to an older question does not know of it.
    era: u32,
    /// When the list was asked for.
    asked: Option<u32>,
    /// The mark that the list was read with.
    known: QueueMark,
    outdated: bool,
}

impl Queue {
    /// The proposal under the cursor, if it is to be decided.
    pub(crate) fn seat(&self) -> Option<&Seat> {
        self.seats.get(self.at).filter(|seat| seat.given.is_none())
    }

    /// The number of the proposal that is shown.
    pub(crate) fn shown(&self) -> Option<ProposalId> {
        match self.tab {
            Tab::Gate => self.seat().map(|seat| seat.line.id),
            Tab::Audit => self.audit.get(self.audit_at).map(|(_, line)| line.id),
        }
    }

    /// The proposal that is shown, once it is read, or why it cannot be.
    pub(crate) fn page(&self) -> Option<&Result<Page, String>> {
        self.pages.get(&self.shown()?)
    }

    fn page_mut(&mut self) -> Option<&mut Page> {
        self.pages.get_mut(&self.shown()?)?.as_mut().ok()
    }

    /// The stop under the cursor.
    pub(crate) fn stop(&self) -> Option<Stop> {
        self.page()?.as_ref().ok()?.stops().get(self.stop?).copied()
    }

    /// Proposals that are to be decided.
    pub(crate) fn left(&self) -> usize {
        turns::left(&self.seats)
    }

    /// Proposals that were put off in this run of the program.
    pub(crate) fn skipped(&self) -> usize {
        self.seats.iter().filter(|seat| seat.given.is_some() && seat.waits()).count()
    }

    /// How often the person agreed with an author about a sort of change.
    pub(crate) fn rate(&self, author: &str, label: Label) -> Option<&Rate> {
        self.rates.iter().find(|rate| rate.author == author && rate.label == label)
    }

    /// Scrolls the proposal.
    pub(crate) fn scroll_by(&mut self, by: isize) {
        let last = self.extent.0.saturating_sub(self.extent.1);
        self.scroll = self.scroll.saturating_add_signed(by).min(last);
    }

    /// Takes back what drawing learned. Whether that scrolled.
    pub(crate) fn drawn(&mut self, extent: (usize, usize), stops: &[usize]) -> bool {
        let before = self.scroll;
        self.extent = extent;
        self.stops = stops.to_vec();
        if std::mem::take(&mut self.seek) {
            let line = self.stop.and_then(|stop| self.stops.get(stop)).copied().unwrap_or(0);
            if !(self.scroll..(self.scroll + extent.1).saturating_sub(2)).contains(&line) {
                self.scroll = line.saturating_sub(1);
            }
        }
        self.scroll_by(0);
        self.scroll != before
    }

    /// Another proposal is under the cursor.
    fn turn_page(&mut self) {
        self.stop = None;
        self.scroll = 0;
        self.inside = false;
    }

    /// The page may show what is not so any more.
    pub(crate) fn outdate(&mut self) {
        self.stale_pages = self.pages.keys().copied().collect();
    }

    /// All of it is to be read again.
    pub(crate) fn refresh(&mut self) {
        self.outdated = true;
        self.outdate();
    }

    /// Takes over the list, with what was decided here in its place.
    fn take_over(&mut self, lines: Vec<engine::Queued>) {
        let here = self.seats.get(self.at).map(|seat| seat.line.id);
        let mut given: HashMap<ProposalId, Seat> =
            self.seats.drain(..).filter(|seat| seat.given.is_some()).map(|seat| (seat.line.id, seat)).collect();
        let waits: HashSet<ProposalId> = lines.iter().map(|line| line.line.id).collect();
        given.retain(|id, seat| seat.waits() == waits.contains(id));
        let gone: Vec<Waiting> = given.values().filter(|seat| !seat.waits()).map(|seat| seat.line.clone()).collect();
        let lines = if gone.is_empty() {
            lines
        } else {
            let mut all: Vec<Waiting> = lines.into_iter().map(|line| line.line).chain(gone).collect();
            all.sort_by_key(|line| line.id);
            in_clusters(all)
        };
        let seat = |engine::Queued { line, cluster }| {
            let given = given.remove(&line.id).and_then(|seat| seat.given);
            Seat { line, cluster, given }
        };
        self.seats = lines.into_iter().map(seat).collect();
        self.marked.retain(|id| waits.contains(id));
        let place = self.seats.iter().position(|seat| Some(seat.line.id) == here);
        let at = place.unwrap_or_else(|| self.at.min(self.seats.len().saturating_sub(1)));
        self.at = turns::next_open(&self.seats, at);
        if self.seats.get(self.at).map(|seat| seat.line.id) != here {
            self.turn_page();
        }
    }
}

impl App {
    /// Opens the screen, or goes back from what policies applied to what waits.
    pub(crate) fn open_queue(&mut self, effects: &mut Vec<Effect>) {
        if self.screen != Screen::Queue {
            let all_done = self.queue.left() == 0;
            // Who comes again sees again what was put off.
            for seat in &mut self.queue.seats {
                seat.given.take_if(|given| given.verdict == Verdict::Skip);
            }
            let at = if all_done { 0 } else { self.queue.at };
            self.queue.at = turns::next_open(&self.queue.seats, at);
            self.queue.refresh();
        }
        self.show(Screen::Queue, effects);
        self.queue.tab = Tab::Gate;
        self.queue.turn_page();
    }

    /// What the keys mean on the screen of the queue.
    pub(crate) fn queue_mode(&self) -> Mode {
        match self.queue.tab {
            _ if self.queue.inside => Mode::Evidence,
            Tab::Gate => Mode::Queue,
            Tab::Audit => Mode::Audit,
        }
    }

    /// The list has come.
    pub(crate) fn on_queue(&mut self, queue: engine::Queue) {
        let asked = self.queue.asked.take();
        if asked != Some(self.queue.era) {
            self.queue.outdated = true;
            return;
        }
        let engine::Queue { mut lines, unseen, rates, mark } = queue;
        for line in &mut lines {
            self.veil.waiting(&mut line.line);
        }
        let shown = self.queue.audit.get(self.queue.audit_at).map(|(given, _)| given.id);
        self.queue.audit = unseen;
        self.queue.audit.iter_mut().for_each(|(_, line)| self.veil.waiting(line));
        let place = self.queue.audit.iter().position(|(given, _)| Some(given.id) == shown);
        let last = self.queue.to_see().saturating_sub(1);
        self.queue.audit_at = place.unwrap_or(self.queue.audit_at).min(last);
        self.queue.rates = rates;
        self.queue.known = mark;
        self.queue.mark = mark;
        self.queue.read = true;
        self.queue.take_over(lines);
    }

    /// A proposal has come, or why it cannot be read.
    pub(crate) fn on_offer(&mut self, id: ProposalId, offer: Result<Box<Offer>, String>) {
        self.queue.asked_pages.remove(&id);
        let page = match offer {
            Ok(offer) => {
                if offer.standing == Standing::Waiting
                    && let Some(seat) = self.queue.seats.iter_mut().find(|seat| seat.line.id == id)
                {
                    // A verdict is about the version that is shown.
                    seat.line = offer.proposal.line.clone();
                    self.veil.waiting(&mut seat.line);
                } else if self.queue.seat().is_some_and(|seat| seat.line.id == id) {
                    self.queue.outdated = true;
                }
                if let Some(Ok(page)) = self.queue.pages.get(&id)
                    && *page.offer == *offer
                {
                    return;
                }
                Ok(Page::new(offer, self.veil, &|field, value| self.words(field, value)))
            }
            Err(reason) => Err(reason),
        };
        self.queue.pages.insert(id, page);
    }

    /// The engine says where the queue stands.
    pub(crate) fn on_waiting(&mut self, mark: QueueMark) {
        self.queue.mark = mark;
        if self.queue.read && !self.decides() {
            let waiting = self.queue.seats.iter().filter(|seat| seat.waits()).count();
            let known = QueueMark { waiting, unseen: self.queue.audit.len(), ..self.queue.known };
            self.queue.outdated |= known != QueueMark { next: known.next, ..mark };
        }
    }

    /// Asks for the list and the proposal that is shown, and for the next one, so that it is there when its turn comes.
    pub(crate) fn follow_queue(&mut self, effects: &mut Vec<Effect>) {
        if self.queue.outdated && self.queue.asked.is_none() && !self.decides() {
            self.queue.outdated = false;
            self.queue.asked = Some(self.queue.era);
            self.ask(Request::Queue, effects);
        }
        let next = turns::next_open(&self.queue.seats, self.queue.at + 1);
        let next = self.queue.seats.get(next).filter(|_| self.queue.tab == Tab::Gate).map(|seat| seat.line.id);
        for id in self.queue.shown().into_iter().chain(next) {
            let wanted = !self.queue.pages.contains_key(&id) || self.queue.stale_pages.remove(&id);
            if wanted && self.queue.asked_pages.insert(id) {
                self.ask(Request::Proposal { id }, effects);
            }
        }
    }

    /// A question about the queue failed.
    pub(crate) fn on_queue_failed(&mut self) {
        self.queue.asked = None;
        self.queue.asked_pages.clear();
        self.queue.read = true;
    }

    /// The policy that would follow from a person's verdicts, as a section of the settings: it is never written for them.
    pub(crate) fn suggestion(rate: &Rate) -> Option<[String; 4]> {
        let all = rate.approved + rate.rejected;
        let removes = matches!(rate.label, Label::Prune | Label::Merge | Label::Split | Label::Supersede);
        let agreed = all >= TELLING && rate.rejected * 20 <= all;
        (agreed && !removes).then(|| {
            let text = |name: &str, value: &str| format!("{name} = {}", serde_json::Value::from(value));
            [
                "[[policy]]".to_owned(),
                text("author", &rate.author),
                text("label", rate.label.name()),
                "min_confidence = 0.9".to_owned(),
            ]
        })
    }
}
