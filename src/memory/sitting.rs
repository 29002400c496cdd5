//! A sitting: a bounded list of memories that a person judges one after the other, and what was said of them.

use super::{EpochMs, Key, Turn, turns};

/// What a sitting begins with, after what is new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SittingOrder {
    /// The oldest.
    #[default]
    Oldest,
    /// The one with the least confidence.
    Doubtful,
}

impl SittingOrder {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Oldest, Self::Doubtful];

    /// The word of the command line and of the ledger.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Doubtful => "doubtful",
        }
    }

    /// The order of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.name() == name)
    }
}

/// Why memories of a sitting stand together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Likeness {
    /// It stands alone.
    #[default]
    None,
    /// They say the same, or nearly.
    Same,
    /// They come from one session.
    Session,
}

impl Likeness {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::None, Self::Same, Self::Session];

    /// The word of the ledger and of JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Same => "same",
            Self::Session => "session",
        }
    }

    /// The likeness of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|likeness| likeness.name() == name)
    }
}

/// What a person says of a memory in a sitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// It is right: it comes back after an interval.
    Keep,
    /// It was edited, and is right now.
    Edit,
    /// It is right and pinned.
    Pin,
    /// It is right until a day.
    Stale,
    /// It is not worth keeping: pruned.
    Prune,
    /// It is false: pruned, with that reason.
    Wrong,
    /// Not now: it stays due.
    Skip,
}

impl Verdict {
    /// All of them, in the order of the summary.
    pub const ALL: [Self; 7] = [Self::Keep, Self::Edit, Self::Pin, Self::Stale, Self::Prune, Self::Wrong, Self::Skip];

    /// The word of the ledger.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Edit => "edit",
            Self::Pin => "pin",
            Self::Stale => "stale",
            Self::Prune => "prune",
            Self::Wrong => "wrong",
            Self::Skip => "skip",
        }
    }

    /// What was done, for people.
    pub const fn past(self) -> &'static str {
        match self {
            Self::Keep => "kept",
            Self::Edit => "edited",
            Self::Pin => "pinned",
            Self::Stale => "dated",
            Self::Prune => "pruned",
            Self::Wrong => "wrong",
            Self::Skip => "skipped",
        }
    }

    /// The verdict of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.name() == name)
    }

    /// Whether the memory goes.
    pub const fn prunes(self) -> bool {
        matches!(self, Self::Prune | Self::Wrong)
    }
}

/// A verdict that was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Given {
    /// Which.
    pub verdict: Verdict,
    /// The how-manieth key of the sitting it was; memories that were decided at once share it.
    pub turn: u32,
    /// The operation that carried it out; `None` for a skip, and until it is known.
    pub operation: Option<i64>,
    /// The operation of the edit that went before.
    pub edit: Option<i64>,
}

/// A memory in a sitting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat<M = Key> {
    /// Which.
    pub memory: M,
    /// Its title when the sitting began; raw text of the store.
    pub title: String,
    /// Estimated tokens of its text.
    pub tokens: u32,
    /// The cluster it stands in; neighbours with the same number belong together.
    pub cluster: u32,
    /// Why they do.
    pub likeness: Likeness,
    /// What was said of it.
    pub given: Option<Given>,
}

impl<M> Turn for Seat<M> {
    fn cluster(&self) -> u32 {
        self.cluster
    }

    fn turn(&self) -> Option<u32> {
        self.given.map(|given| given.turn)
    }
}

/// A sitting. `M` names its memories: by place for whoever has the stores open, by native id in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sitting<M = Key> {
    /// Its number in the ledger.
    pub id: i64,
    /// When its list was made, `epoch_ms`.
    pub began: EpochMs,
    /// When its last memory was judged, or when another sitting took its place.
    pub ended: Option<EpochMs>,
    /// The filter it was made with, as it was typed; may be empty.
    pub query: String,
    /// What it begins with.
    pub order: SittingOrder,
    /// The memory under judgement.
    pub at: usize,
    /// Milliseconds that were spent on it.
    pub spent: EpochMs,
    /// Its memories.
    pub seats: Vec<Seat<M>>,
}

impl<M: Copy> Sitting<M> {
    /// The seat under judgement.
    pub fn current(&self) -> Option<&Seat<M>> {
        self.seats.get(self.at)
    }

    /// Memories that are not judged yet.
    pub fn left(&self) -> usize {
        turns::left(&self.seats)
    }

    /// How many got each verdict, those that none got left out.
    pub fn tally(&self) -> Vec<(Verdict, usize)> {
        let count = |verdict| self.given().filter(|(_, given)| given.verdict == verdict).count();
        Verdict::ALL.into_iter().map(|verdict| (verdict, count(verdict))).filter(|(_, count)| *count > 0).collect()
    }

    /// Estimated tokens of what was pruned.
    pub fn tokens_saved(&self) -> u64 {
        let pruned = self.seats.iter().filter(|seat| seat.given.is_some_and(|given| given.verdict.prunes()));
        pruned.map(|seat| u64::from(seat.tokens)).sum()
    }

    /// Places of the cluster under judgement.
    pub fn cluster(&self) -> Vec<usize> {
        turns::cluster(&self.seats, self.at)
    }

    /// Places of the cluster under judgement that are not judged yet.
    pub fn rest_of_cluster(&self) -> Vec<usize> {
        turns::rest_of_cluster(&self.seats, self.at)
    }

    /// Notes a verdict on places, and goes on to the next memory that has none. The verdict's turn.
    pub fn give(&mut self, places: &[usize], verdict: Verdict, edit: Option<i64>) -> u32 {
        let turn = self.last_turn() + 1;
        for at in places {
            if let Some(seat) = self.seats.get_mut(*at) {
                seat.given = Some(Given { verdict, turn, operation: None, edit });
            }
        }
        self.go_on();
        turn
    }

    /// Goes to the next memory that is not judged: forward from here, then from the beginning.
    pub fn go_on(&mut self) {
        self.at = turns::next_open(&self.seats, self.at);
    }

    /// Goes to the next or previous memory that is not judged, round the ends.
    pub fn step(&mut self, forward: bool) {
        self.at = turns::step(&self.seats, self.at, forward);
    }

    /// Notes which operation carried out the verdict of a turn.
    pub fn note_operation(&mut self, turn: u32, operation: Option<i64>) {
        for given in self.seats.iter_mut().filter_map(|seat| seat.given.as_mut()).filter(|given| given.turn == turn) {
            given.operation = operation;
        }
    }

    /// The number of the latest turn; 0 when no verdict was given.
    pub fn last_turn(&self) -> u32 {
        turns::last(&self.seats)
    }

    /// The verdicts of a turn, by place.
    pub fn turn(&self, turn: u32) -> Vec<(usize, Given)> {
        self.given().filter(|(_, given)| given.turn == turn).collect()
    }

    /// Takes the verdicts of a turn back, and goes to the first memory that it was about.
    pub fn take_back(&mut self, turn: u32) -> Vec<(usize, Given)> {
        let taken = self.turn(turn);
        for (at, _) in &taken {
            if let Some(seat) = self.seats.get_mut(*at) {
                seat.given = None;
            }
        }
        self.at = taken.first().map_or(self.at, |(at, _)| *at);
        taken
    }

    fn given(&self) -> impl Iterator<Item = (usize, Given)> + '_ {
        self.seats.iter().enumerate().filter_map(|(at, seat)| Some((at, seat.given?)))
    }
}

impl<M> Sitting<M> {
    /// The same sitting with its memories named otherwise; those without another name are left out.
    pub fn renamed<N>(self, mut name: impl FnMut(M) -> Option<N>) -> Sitting<N> {
        let Self { id, began, ended, query, order, at, spent, seats } = self;
        let mut place = at;
        let mut renamed = Vec::with_capacity(seats.len());
        for (was, Seat { memory, title, tokens, cluster, likeness, given }) in seats.into_iter().enumerate() {
            match name(memory) {
                Some(memory) => renamed.push(Seat { memory, title, tokens, cluster, likeness, given }),
                None if was < at => place -= 1,
                None => {}
            }
        }
        Sitting { id, began, ended, query, order, at: place, spent, seats: renamed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sitting() -> Sitting<usize> {
        let seat = |memory: usize| Seat {
            memory,
            title: String::new(),
            tokens: 10,
            cluster: u32::try_from(memory / 2).unwrap(),
            likeness: Likeness::Same,
            given: None,
        };
        let seats = (0..6).map(seat).collect();
        let order = SittingOrder::Oldest;
        Sitting { id: 1, began: 0, ended: None, query: String::new(), order, at: 0, spent: 0, seats }
    }

    #[test]
    fn verdicts_go_forward_then_round_and_are_taken_back_by_turn() {
        let mut it = sitting();
        it.at = 2;
        assert_eq!(it.rest_of_cluster(), [2, 3]);
        it.give(&[2, 3], Verdict::Prune, None);
        assert_eq!((it.at, it.left(), it.tokens_saved()), (4, 4, 20));
        it.give(&[4], Verdict::Keep, None);
        it.give(&[5], Verdict::Skip, None);
        assert_eq!(it.at, 0, "round to those that were passed over");
        it.give(&[0], Verdict::Wrong, Some(9));
        it.give(&[1], Verdict::Keep, None);
        assert_eq!(it.left(), 0);
        let tally = [(Verdict::Keep, 2), (Verdict::Prune, 2), (Verdict::Wrong, 1), (Verdict::Skip, 1)];
        assert_eq!(it.tally(), tally);
        for (turn, at) in [(5, 1), (4, 0), (3, 5), (2, 4), (1, 2)] {
            assert_eq!(it.last_turn(), turn);
            assert!(!it.take_back(turn).is_empty());
            assert_eq!(it.at, at, "the place follows what was taken back");
        }
        assert_eq!((it.left(), it.last_turn()), (6, 0));
        assert!(it.take_back(0).is_empty());
    }

    #[test]
    fn a_place_stays_on_its_memory_when_others_are_left_out() {
        let mut it = sitting();
        it.at = 3;
        let it = it.renamed(|memory| (memory != 1).then_some(memory));
        assert_eq!(it.current().map(|seat| seat.memory), Some(3));
    }

    #[test]
    fn names_are_read_back() {
        assert!(Verdict::ALL.into_iter().all(|verdict| Verdict::named(verdict.name()) == Some(verdict)));
        assert!(Likeness::ALL.into_iter().all(|likeness| Likeness::named(likeness.name()) == Some(likeness)));
        assert!(SittingOrder::ALL.into_iter().all(|order| SittingOrder::named(order.name()) == Some(order)));
    }
}
