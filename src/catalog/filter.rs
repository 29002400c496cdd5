//! Filters made ready for a million memories: names become sets of numbers, texts become sets of slots.

use super::{
    aging::Aging,
    bits::Bits,
    block::{Fact, UNKNOWN},
    names::Names,
    table::Catalog,
};
use crate::{
    judge,
    memory::{Bucket, Signal, Signals},
    query::{Compare, Expr, Flag, Has, NameField, NumberField, Pattern, Term, conf_as_shown},
};

/// A filter that can be asked of a slot.
pub(crate) enum Test {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    /// True or false of everything.
    Fixed(bool),
    /// Among these slots: the answer to a text question, or the marked ones.
    Among(Bits),
    Project(Vec<bool>),
    Agent(Vec<bool>),
    Kind(Vec<bool>),
    Store(Vec<bool>),
    Confidence(Compare, f64),
    Tokens(Compare, f64),
    Cost(Compare, f64),
    /// Captured between two moments, both included.
    Created(i64, i64),
    Bucket(Bucket),
    Pinned,
    Reviewed,
    Due,
    New,
    Signal(Signal),
    AnySignal,
    Flag(u16),
}

/// A memory as a test sees it.
#[derive(Clone, Copy)]
pub(crate) struct Subject {
    pub(crate) slot: u32,
    pub(crate) fact: Fact,
    pub(crate) created: i64,
}

/// Everything a test looks into.
pub(crate) struct Eye<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) aging: &'a Aging,
    /// By kind, without and with a project: the bucket when no person said otherwise.
    buckets: Vec<[Bucket; 2]>,
}

impl<'a> Eye<'a> {
    pub(crate) fn new(catalog: &'a Catalog, aging: &'a Aging) -> Self {
        let buckets =
            catalog.words.kinds.iter().map(|(_, kind)| [false, true].map(|project| Bucket::of(kind, project)));
        Self { catalog, aging, buckets: buckets.collect() }
    }

    pub(crate) fn subject(&self, slot: u32) -> Subject {
        Subject { slot, fact: self.catalog.fact(slot), created: self.catalog.created(slot) }
    }

    pub(crate) fn bucket(&self, it: Subject) -> Bucket {
        self.catalog.overlay_at(it.slot).and_then(|overlay| overlay.bucket).unwrap_or_else(|| {
            let by_kind =
                self.buckets.get(usize::from(it.fact.kind)).copied().unwrap_or([Bucket::User, Bucket::Project]);
            by_kind[usize::from(it.fact.project != 0)]
        })
    }

    pub(crate) fn signals(&self, it: Subject) -> Signals {
        self.aging.signals(it.fact, it.created, self.catalog.overlay_at(it.slot))
    }

    /// Whether the memory is known to pass: what hangs on a judgement that is not made yet does not.
    pub(crate) fn passes(&self, test: &Test, it: Subject) -> bool {
        (it.fact.is(Fact::JUDGED) || !test.needs_judging()) && self.holds(test, it)
    }

    /// Whether the test holds of the memory.
    pub(crate) fn holds(&self, test: &Test, it: Subject) -> bool {
        let among = |chosen: &[bool], id: u16| chosen.get(usize::from(id)).copied().unwrap_or(false);
        match test {
            Test::All(parts) => parts.iter().all(|part| self.holds(part, it)),
            Test::Any(parts) => parts.iter().any(|part| self.holds(part, it)),
            Test::Not(part) => !self.holds(part, it),
            Test::Fixed(answer) => *answer,
            Test::Among(slots) => slots.has(it.slot),
            Test::Project(names) => among(names, it.fact.project),
            Test::Agent(names) => among(names, it.fact.agent),
            Test::Kind(names) => among(names, it.fact.kind),
            Test::Store(stores) => self.catalog.key(it.slot).is_some_and(|key| among(stores, u16::from(key.store))),
            Test::Confidence(compare, value) => compare.holds(self.confidence(it), *value),
            Test::Tokens(compare, value) => compare.holds(f64::from(it.fact.tokens), *value),
            Test::Cost(compare, value) => compare.holds(f64::from(it.fact.cost), *value),
            Test::Created(from, to) => it.created != UNKNOWN && (*from..=*to).contains(&it.created),
            Test::Bucket(bucket) => self.bucket(it) == *bucket,
            Test::Pinned => self.catalog.overlay_at(it.slot).is_some_and(|overlay| overlay.pinned),
            Test::Reviewed => self.catalog.overlay_at(it.slot).is_some_and(|overlay| overlay.reviewed_at.is_some()),
            Test::Due => judge::is_due(self.catalog.overlay_at(it.slot), self.aging.now()),
            Test::New => self.catalog.is_new(it.slot, it.created, self.aging.now()),
            Test::Signal(signal) => self.signals(it).has(*signal),
            Test::AnySignal => !self.signals(it).is_empty(),
            Test::Flag(flag) => it.fact.is(*flag),
        }
    }

    /// Confidence as it is shown.
    pub(crate) fn confidence(&self, it: Subject) -> f64 {
        conf_as_shown(self.aging.confidence(self.catalog, it.slot, it.fact, it.created))
    }
}

impl Test {
    /// Whether the answer can only be given of memories that were judged.
    pub(crate) fn needs_judging(&self) -> bool {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().any(Self::needs_judging),
            Self::Not(part) => part.needs_judging(),
            Self::Fixed(_)
            | Self::Among(_)
            | Self::Store(_)
            | Self::Created(..)
            | Self::Pinned
            | Self::Reviewed
            | Self::Due
            | Self::New => false,
            _ => true,
        }
    }
}

/// The text terms of a filter, each once.
pub(crate) fn text_terms(expr: &Expr) -> Vec<Term> {
    fn walk(expr: &Expr, found: &mut Vec<Term>) {
        match expr {
            Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| walk(part, found)),
            Expr::Not(part) => walk(part, found),
            Expr::Term(term) if term.needs_store() && !found.contains(term) => found.push(term.clone()),
            Expr::All | Expr::Term(_) => {}
        }
    }
    let mut found = Vec::new();
    walk(expr, &mut found);
    found
}

/// What a filter is made ready with.
pub(crate) struct Bench<'a> {
    pub(crate) catalog: &'a Catalog,
    pub(crate) now: i64,
    pub(crate) stores: &'a [String],
    /// The marked slots.
    pub(crate) marked: &'a Bits,
    /// Answers the text terms, in the way the caller has them; asked once for each place of a term.
    pub(crate) text: &'a dyn Fn(&Term) -> Test,
}

impl Bench<'_> {
    /// Makes a filter ready.
    pub(crate) fn test(&self, expr: &Expr) -> Test {
        match expr {
            Expr::All => Test::Fixed(true),
            Expr::And(parts) => Test::All(parts.iter().map(|part| self.test(part)).collect()),
            Expr::Or(parts) => Test::Any(parts.iter().map(|part| self.test(part)).collect()),
            Expr::Not(part) => Test::Not(Box::new(self.test(part))),
            Expr::Term(term) => self.term(term),
        }
    }

    fn term(&self, term: &Term) -> Test {
        match term {
            _ if term.needs_store() => (self.text)(term),
            Term::Name(field, pattern) => self.name(*field, pattern),
            Term::Number(field, compare, value) => match field {
                NumberField::Conf => Test::Confidence(*compare, *value),
                NumberField::Tokens => Test::Tokens(*compare, *value),
                NumberField::Cost => Test::Cost(*compare, *value),
            },
            Term::Age(compare, age) => self.age(*compare, *age),
            Term::Created(from, to) => Test::Created(*from, to.saturating_sub(1)),
            Term::Bucket(bucket) => Test::Bucket(*bucket),
            Term::Is(Flag::Marked) => Test::Among(self.marked.clone()),
            Term::Is(Flag::Pinned) => Test::Pinned,
            Term::Is(Flag::Reviewed) => Test::Reviewed,
            Term::Is(Flag::Due) => Test::Due,
            Term::Is(Flag::New) => Test::New,
            Term::Is(Flag::Signal(signal)) => Test::Signal(*signal),
            Term::Has(Has::Files) => Test::Flag(Fact::FILES),
            Term::Has(Has::Tags) => Test::Flag(Fact::TAGS),
            Term::Has(Has::Signals) => Test::AnySignal,
            // Which list it is asked of was decided before.
            Term::AsOf(_) => Test::Fixed(true),
            Term::Word(..) | Term::Phrase(_) | Term::Like(_) => Test::Fixed(false),
        }
    }

    fn name(&self, field: NameField, pattern: &Pattern) -> Test {
        let names = |names: &Names, empty: &str| {
            names.iter().map(|(_, name)| pattern.matches(if name.is_empty() { empty } else { name })).collect()
        };
        let words = &self.catalog.words;
        match field {
            NameField::Scope => Test::Project(names(&words.projects, "user")),
            NameField::Project => Test::Project(names(&words.projects, "")),
            NameField::Agent => Test::Agent(names(&words.agents, "")),
            NameField::Kind => Test::Kind(names(&words.kinds, "")),
            NameField::Store => Test::Store(self.stores.iter().map(|name| pattern.matches(name)).collect()),
            NameField::Session | NameField::Tag | NameField::File | NameField::Id => Test::Fixed(false),
        }
    }

    /// `now - created` compared with an age, as a span of moments. What is dated in the future has no age.
    fn age(&self, compare: Compare, age: i64) -> Test {
        let moment = self.now.saturating_sub(age);
        let first = UNKNOWN + 1;
        let (from, to) = match compare {
            Compare::Less => (moment.saturating_add(1), self.now),
            Compare::AtMost => (moment, self.now),
            Compare::Equal => (moment, moment),
            Compare::AtLeast => (first, moment),
            Compare::More => (first, moment.saturating_sub(1)),
        };
        Test::Created(from, to.min(self.now))
    }
}
