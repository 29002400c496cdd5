//! What there is and what is wrong with it, in numbers: one pass over the catalogue.

use chrono::{Days, NaiveTime};

use super::{
    block::{Fact, UNKNOWN},
    filter::{Eye, Subject, Test},
};
use crate::{
    memory::{EpochMs, Signal},
    query::{Compare, Expr, Flag, NameField, NumberField, Pattern, Term, Zone},
    store::Opening,
};

const DAY: EpochMs = 86_400_000;

/// Where the columns of the heat map begin, in days of age. One more column holds what has no readable age.
pub const AGES: [i64; 6] = [0, 1, 7, 30, 90, 365];
/// Columns of the heat map.
pub const COLUMNS: usize = AGES.len() + 1;
/// Where the bands of the heat map begin, in confidence as it is shown.
pub const BANDS: [f64; 5] = [0.0, 0.2, 0.4, 0.6, 0.8];
/// Days that are counted one by one, today among them.
pub const DAYS: usize = 400;

/// What there is under a filter. Confidence, scopes, signals and tokens are known of memories that were judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Insights {
    /// When it was counted.
    pub at: EpochMs,
    /// The person's calendar: where days begin.
    pub zone: Zone,
    /// Memories that pass the filter.
    pub memories: usize,
    /// Those of them that were judged.
    pub judged: usize,
    /// Memories without the filter.
    pub of: usize,
    /// Counts by band of confidence, then by column of age, both from their beginning.
    pub heat: [[usize; COLUMNS]; BANDS.len()],
    /// Captured today, yesterday and so on.
    pub days: Vec<usize>,
    /// By scope, largest count first.
    pub scopes: Vec<ScopeSum>,
    /// By signal, largest count first; a memory may have several.
    pub signals: Vec<(Signal, usize)>,
    /// Estimated tokens of all texts.
    pub tokens: u64,
    /// Estimated tokens of what the products never put before an agent.
    pub withheld: u64,
    /// Tokens spent to learn it all, as far as the stores count them.
    pub cost: u64,
}

/// What a scope weighs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeSum {
    /// Its short name.
    pub name: String,
    /// Memories.
    pub count: usize,
    /// Estimated tokens of their texts.
    pub tokens: u64,
    /// Estimated tokens that an agent reads at most when a session starts here: what its product would put before it,
    /// each in full. Only what passes the filter counts.
    pub start: u64,
}

impl Insights {
    /// When the day so many days ago began and ended, `epoch_ms`.
    pub fn day(&self, ago: usize) -> (EpochMs, EpochMs) {
        let ago = i64::try_from(ago).unwrap_or(i64::MAX);
        (midnight(self.zone, self.at, -ago), midnight(self.zone, self.at, 1 - ago))
    }

    /// The columns of the heat map that hold anything or could: the last one is for times that cannot be read.
    pub fn columns(&self) -> usize {
        let odd = self.heat.iter().any(|band| band.last().is_some_and(|count| *count > 0));
        if odd { COLUMNS } else { AGES.len() }
    }
}

/// The filter that selects what a cell of the heat map counts.
pub fn cell(band: usize, column: usize) -> Expr {
    let age = |compare, days: i64| Expr::Term(Term::Age(compare, days * DAY));
    let conf = |compare, bound| Expr::Term(Term::Number(NumberField::Conf, compare, bound));
    let mut parts = Vec::new();
    if column >= AGES.len() {
        parts.push(Expr::Term(Term::Is(Flag::Signal(Signal::BadTime))));
    }
    parts.extend(AGES.get(column).filter(|days| **days > 0).map(|days| age(Compare::AtLeast, *days)));
    parts.extend(AGES.get(column + 1).map(|days| age(Compare::Less, *days)));
    let from = BANDS.get(band).filter(|from| **from > 0.0 || BANDS.get(band + 1).is_none());
    parts.extend(from.map(|from| conf(Compare::AtLeast, *from)));
    parts.extend(BANDS.get(band + 1).map(|to| conf(Compare::Less, *to)));
    Expr::And(parts)
}

/// The filter that selects what was captured on the day so many days ago.
pub fn captured(insights: &Insights, ago: usize) -> Expr {
    let (from, to) = insights.day(ago);
    Expr::Term(Term::Created(from, to))
}

/// The filter that selects the memories of a scope.
pub fn of_scope(name: &str) -> Expr {
    Expr::Term(Term::Name(NameField::Scope, Pattern::exact(name)))
}

/// The filter that selects the memories with a signal.
pub const fn with_signal(signal: Signal) -> Expr {
    Expr::Term(Term::Is(Flag::Signal(signal)))
}

/// The filter of a part within another one, without saying the same twice.
pub fn within(base: &Expr, part: &Expr) -> Expr {
    let known = base.and_parts();
    let new = part.and_parts().iter().filter(|part| !known.contains(part));
    Expr::And(known.iter().chain(new).cloned().collect()).normalised()
}

/// The beginning of the day so many days after the one of a moment.
fn midnight(zone: Zone, at: EpochMs, after: i64) -> EpochMs {
    let days = Days::new(after.unsigned_abs());
    let day = zone.clock(at).map(|clock| clock.date());
    let day = day.and_then(|day| if after < 0 { day.checked_sub_days(days) } else { day.checked_add_days(days) });
    day.map_or(at + after * DAY, |day| zone.moment(day.and_time(NaiveTime::MIN)))
}

/// Counts the memories that pass. `openings` are those of the stores, in their order. `None` when told to stop.
pub(crate) fn count(
    eye: &Eye<'_>,
    test: &Test,
    openings: &[Option<Opening>],
    zone: Zone,
    stop: &dyn Fn() -> bool,
) -> Option<Insights> {
    let everything = matches!(test, Test::Fixed(true));
    let mut sums = Sums::new(eye, openings, zone);
    for (index, slot) in eye.catalog.order().iter().enumerate() {
        if index.is_multiple_of(4096) && stop() {
            return None;
        }
        let it = eye.subject(*slot);
        if everything || eye.passes(test, it) {
            sums.add(eye, it);
        }
    }
    Some(sums.finish(eye))
}

/// What one project weighs.
#[derive(Clone, Copy, Default)]
struct Sum {
    count: usize,
    tokens: u64,
    start: u64,
}

/// Numbers on their way.
struct Sums {
    found: Insights,
    /// When today ends, and when it and each day before it begins: latest first.
    edges: Vec<EpochMs>,
    projects: Vec<Sum>,
    signals: [usize; Signal::ALL.len()],
    /// By kind: whether it is an ordinary memory (0) or a summary (1); nothing else is put before an agent.
    ranks: Vec<Option<usize>>,
    /// By store, then by project: how many more of the newest are put before an agent, of each rank.
    left: Vec<[usize; 2]>,
}

impl Sums {
    fn new(eye: &Eye<'_>, openings: &[Option<Opening>], zone: Zone) -> Self {
        let (now, words) = (eye.aging.now(), &eye.catalog.words);
        let rank = |kind: &str| match kind {
            "prompt" => None,
            "summary" => Some(1),
            _ => Some(0),
        };
        let projects = words.projects.len();
        let share = |opening: &Option<Opening>| opening.map_or([0; 2], |it| [it.memories, it.summaries]);
        Self {
            found: Insights {
                at: now,
                zone,
                memories: 0,
                judged: 0,
                of: eye.catalog.total(),
                heat: [[0; COLUMNS]; BANDS.len()],
                days: vec![0; DAYS],
                scopes: Vec::new(),
                signals: Vec::new(),
                tokens: 0,
                withheld: 0,
                cost: 0,
            },
            edges: (0..=DAYS).filter_map(|ago| Some(midnight(zone, now, 1 - i64::try_from(ago).ok()?))).collect(),
            projects: vec![Sum::default(); projects],
            signals: [0; Signal::ALL.len()],
            ranks: words.kinds.iter().map(|(_, kind)| rank(kind)).collect(),
            left: openings.iter().flat_map(|opening| std::iter::repeat_n(share(opening), projects)).collect(),
        }
    }

    /// Takes a memory in. They come newest first.
    fn add(&mut self, eye: &Eye<'_>, it: Subject) {
        self.found.memories += 1;
        self.add_day(it.created);
        if !it.fact.is(Fact::JUDGED) {
            return;
        }
        self.found.judged += 1;
        let tokens = u64::from(it.fact.tokens);
        self.found.tokens += tokens;
        self.found.cost += u64::from(it.fact.cost);
        self.add_cell(eye, it);
        let signals = eye.signals(it);
        if !signals.is_empty() {
            for (count, signal) in self.signals.iter_mut().zip(Signal::ALL) {
                *count += usize::from(signals.has(signal));
            }
        }
        let withheld = signals.has(Signal::NeverInjected);
        self.found.withheld += if withheld { tokens } else { 0 };
        let starts = !withheld && self.starts(eye, it);
        if let Some(sum) = self.projects.get_mut(usize::from(it.fact.project)) {
            sum.count += 1;
            sum.tokens += tokens;
            sum.start += if starts { tokens } else { 0 };
        }
    }

    fn add_day(&mut self, created: i64) {
        if created == UNKNOWN {
            return;
        }
        let ago = self.edges.partition_point(|edge| *edge > created).checked_sub(1);
        if let Some(count) = ago.and_then(|ago| self.found.days.get_mut(ago)) {
            *count += 1;
        }
    }

    fn add_cell(&mut self, eye: &Eye<'_>, it: Subject) {
        let (shown, age) = (eye.confidence(it), self.found.at.saturating_sub(it.created));
        let readable = it.created != UNKNOWN && age >= 0;
        let column = if readable { AGES.iter().rposition(|days| days * DAY <= age) } else { Some(AGES.len()) };
        let band = BANDS.iter().rposition(|from| *from <= shown);
        let cell = band.zip(column).and_then(|(band, column)| self.found.heat.get_mut(band)?.get_mut(column));
        if let Some(count) = cell {
            *count += 1;
        }
    }

    /// Whether its product would put it before an agent when a session starts in its project.
    fn starts(&mut self, eye: &Eye<'_>, it: Subject) -> bool {
        let Some(rank) = self.ranks.get(usize::from(it.fact.kind)).copied().flatten() else { return false };
        let Some(key) = eye.catalog.key(it.slot).filter(|_| it.fact.project != 0) else { return false };
        let at = usize::from(key.store) * self.projects.len() + usize::from(it.fact.project);
        let Some(left) = self.left.get_mut(at).and_then(|left| left.get_mut(rank)) else { return false };
        let starts = *left > 0;
        *left = left.saturating_sub(1);
        starts
    }

    fn finish(self, eye: &Eye<'_>) -> Insights {
        let mut found = self.found;
        // A project may be called as the memories without one are; both are the same scope.
        let mut user = Sum::default();
        for ((_, name), sum) in eye.catalog.words.projects.iter().zip(&self.projects) {
            if name.is_empty() || name == "user" {
                user.count += sum.count;
                user.tokens += sum.tokens;
                user.start += sum.start;
            } else {
                found.scopes.push(scope(name, *sum));
            }
        }
        found.scopes.push(scope("user", user));
        found.scopes.retain(|scope| scope.count > 0);
        found.scopes.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
        found.signals = Signal::ALL.into_iter().zip(self.signals).filter(|(_, count)| *count > 0).collect();
        found.signals.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        found
    }
}

fn scope(name: &str, sum: Sum) -> ScopeSum {
    ScopeSum { name: name.to_owned(), count: sum.count, tokens: sum.tokens, start: sum.start }
}
