//! What a filter decides: with the facts of a memory at hand, or with somebody else's answers for each term.

use super::{Expr, Flag, Has, NameField, NumberField, Term};
use crate::memory::{Bucket, EpochMs, Signals};

/// What is known of a memory without asking its store. Empty names mean that there is none.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each with a name; none is a state of another")]
pub struct Subject<'a> {
    /// The present moment, for ages.
    pub now: EpochMs,
    /// Project; empty when it has none.
    pub project: &'a str,
    /// Agent, `claude` or `claude/Explore`; empty when unknown.
    pub agent: &'a str,
    /// The store's own word.
    pub kind: &'a str,
    /// Name of the store.
    pub store: &'a str,
    /// Its bucket.
    pub bucket: Bucket,
    /// When it was captured; `None` when the store's value is missing or unreadable.
    pub created: Option<EpochMs>,
    /// Confidence, 0–1; `None` until it was judged.
    pub conf: Option<f32>,
    /// Estimated tokens of its text.
    pub tokens: u32,
    /// Tokens spent to learn it.
    pub cost: u32,
    /// What a person should see about it.
    pub signals: Signals,
    /// Marked in this screen.
    pub marked: bool,
    /// Pinned by a person.
    pub pinned: bool,
    /// Judged by a person.
    pub reviewed: bool,
    /// To be judged: never yet, or its interval has run out.
    pub due: bool,
    /// Captured since the last sitting, and not judged.
    pub new: bool,
    /// It names files.
    pub files: bool,
    /// It has tags.
    pub tags: bool,
}

/// A confidence as lists show it, rounded to hundredths: what a filter compares, so that `conf:<0.5` never shows a
/// memory whose confidence reads 0.50.
pub fn conf_as_shown(conf: f32) -> f64 {
    (f64::from(conf) * 100.0).round_ties_even() / 100.0
}

impl Subject<'_> {
    /// Whether a term holds for the memory; `None` when only its store can tell (see [`Term::needs_store`]).
    pub fn decides(&self, term: &Term) -> Option<bool> {
        Some(match term {
            Term::Name(field, pattern) => pattern.matches(self.name(*field)?),
            Term::Number(field, compare, bound) => {
                self.number(*field).is_some_and(|number| compare.holds(number, *bound))
            }
            Term::Age(compare, bound) => self.age().is_some_and(|age| compare.holds(age, *bound)),
            Term::Created(from, to) => self.created.is_some_and(|at| (*from..*to).contains(&at)),
            Term::Bucket(bucket) => self.bucket == *bucket,
            Term::Is(flag) => self.is(*flag),
            Term::Has(Has::Files) => self.files,
            Term::Has(Has::Tags) => self.tags,
            Term::Has(Has::Signals) => !self.signals.is_empty(),
            Term::AsOf(_) => true,
            Term::Word(..) | Term::Phrase(_) | Term::Like(_) => return None,
        })
    }

    /// Milliseconds since it was captured; `None` without a readable time, and for a time in the future.
    pub fn age(&self) -> Option<EpochMs> {
        self.created.and_then(|created| self.now.checked_sub(created)).filter(|age| *age >= 0)
    }

    fn name(&self, field: NameField) -> Option<&str> {
        match field {
            NameField::Scope if self.project.is_empty() => Some("user"),
            NameField::Scope | NameField::Project => Some(self.project),
            NameField::Agent => Some(self.agent),
            NameField::Kind => Some(self.kind),
            NameField::Store => Some(self.store),
            NameField::Session | NameField::Tag | NameField::File | NameField::Id => None,
        }
    }

    fn number(&self, field: NumberField) -> Option<f64> {
        match field {
            NumberField::Conf => self.conf.map(conf_as_shown),
            NumberField::Tokens => Some(self.tokens.into()),
            NumberField::Cost => Some(self.cost.into()),
        }
    }

    fn is(&self, flag: Flag) -> bool {
        match flag {
            Flag::Marked => self.marked,
            Flag::Pinned => self.pinned,
            Flag::Reviewed => self.reviewed,
            Flag::Due => self.due,
            Flag::New => self.new,
            Flag::Signal(signal) => self.signals.has(signal),
        }
    }
}

impl Term {
    /// Whether only the memory's store can tell: text, likeness, tags, files, sessions and ids.
    pub const fn needs_store(&self) -> bool {
        matches!(
            self,
            Self::Word(..)
                | Self::Phrase(_)
                | Self::Like(_)
                | Self::Name(NameField::Session | NameField::Tag | NameField::File | NameField::Id, _)
        )
    }
}

impl Expr {
    /// Whether any term of it can only be decided by the store.
    pub fn needs_store(&self) -> bool {
        self.any_term(&mut Term::needs_store)
    }

    /// Whether any term of it, under a `Not` or not, is as asked.
    pub fn any_term(&self, asked: &mut impl FnMut(&Term) -> bool) -> bool {
        match self {
            Self::All => false,
            Self::And(parts) | Self::Or(parts) => parts.iter().any(|part| part.any_term(asked)),
            Self::Not(part) => part.any_term(asked),
            Self::Term(term) => asked(term),
        }
    }

    /// The filter's answer when `leaf` answers for each term. Terms that no longer matter are not asked.
    pub fn eval(&self, leaf: &mut impl FnMut(&Term) -> bool) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|part| part.eval(leaf)),
            Self::Or(parts) => parts.iter().any(|part| part.eval(leaf)),
            Self::Not(part) => !part.eval(leaf),
            Self::Term(term) => leaf(term),
        }
    }

    /// Whether the memory passes, as far as its facts tell: `None` when that hangs on a term that only the store can
    /// decide.
    pub fn matches(&self, subject: &Subject<'_>) -> Option<bool> {
        match self {
            Self::All => Some(true),
            Self::And(parts) => decided(parts, subject, false),
            Self::Or(parts) => decided(parts, subject, true),
            Self::Not(part) => part.matches(subject).map(|holds| !holds),
            Self::Term(term) => subject.decides(term),
        }
    }

    /// The conditions that must all hold: one for a filter that is no `And`, none for the empty one.
    pub fn and_parts(&self) -> &[Self] {
        match self {
            Self::All => &[],
            Self::And(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// The words and phrases that a matching text may show, for highlighting and ranking; those under a `Not` are
    /// left out.
    pub fn words(&self) -> Vec<&Term> {
        let mut words = Vec::new();
        self.collect_words(&mut words);
        words
    }

    fn collect_words<'a>(&'a self, words: &mut Vec<&'a Term>) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.collect_words(words)),
            Self::Term(term @ (Term::Word(..) | Term::Phrase(_))) => words.push(term),
            Self::All | Self::Not(_) | Self::Term(_) => {}
        }
    }
}

/// The answer of parts of which one that says `decisive` is enough.
fn decided(parts: &[Expr], subject: &Subject<'_>, decisive: bool) -> Option<bool> {
    let mut answer = Some(!decisive);
    for part in parts {
        match part.matches(subject) {
            Some(holds) if holds == decisive => return Some(decisive),
            None => answer = None,
            Some(_) => {}
        }
    }
    answer
}
