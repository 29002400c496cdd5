//! The normal form of filters.
//!
//! `Not` is moved inwards until it stands before a single term, and an excluded age, number or time becomes its
//! opposite: `-age:<30d` is `age:>=30d`. So a memory without a readable time, or not judged yet, is selected by no
//! condition on what it lacks, excluded or not: a bulk act can never take it by way of a double negation.

use super::{Compare, Expr, NumberField, Pattern, Term, pattern::fold};
use crate::memory::EpochMs;

/// 0001-01-01T00:00:00Z and 9999-01-01T00:00:00Z: dates beyond have no four-digit year in every time zone.
const DATES: (EpochMs, EpochMs) = (-62_135_596_800_000, 253_370_764_800_000);

impl Expr {
    /// The filter that nothing passes.
    pub fn nothing() -> Self {
        Self::Not(Box::new(Self::All))
    }

    /// Whether it is the filter that nothing passes, in normal form.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Not(part) if **part == Self::All)
    }

    /// A word, or with `prefix` any word that begins with it, as the full-text index knows words: made of letters
    /// and digits only. What holds other characters becomes the phrase of the words that it is made of; of its last
    /// word a prefix may be meant. A text without letters and digits is found nowhere.
    pub fn text(text: &str, prefix: bool) -> Self {
        let text = text.trim();
        let word = |text: &str, prefix| Self::Term(Term::Word(text.to_owned(), prefix));
        if !text.chars().any(char::is_alphanumeric) {
            return Self::nothing();
        }
        if text.chars().all(char::is_alphanumeric) {
            return word(text, prefix);
        }
        if !prefix {
            return Self::Term(Term::Phrase(text.to_owned()));
        }
        let head = text.trim_end_matches(char::is_alphanumeric);
        let last = text.get(head.len()..).unwrap_or_default();
        if last.is_empty() {
            return Self::text(text, false);
        }
        let head = head.trim_end_matches(|letter: char| !letter.is_alphanumeric());
        if head.is_empty() { word(last, true) } else { Self::And(vec![Self::text(head, false), word(last, true)]) }
    }

    /// The same filter in normal form: no `And` in an `And`, no `Or` in an `Or`, no `All` but alone, `Not` only before
    /// a single term or, for the filter that nothing passes, before `All`.
    #[must_use]
    pub fn normalised(self) -> Self {
        self.settle(false)
    }

    fn settle(self, negated: bool) -> Self {
        match self {
            Self::All if negated => Self::nothing(),
            Self::All => Self::All,
            Self::Not(part) => part.settle(!negated),
            Self::And(parts) if negated => any(parts.into_iter().map(|part| part.settle(true))),
            Self::And(parts) => all(parts.into_iter().map(|part| part.settle(false))),
            Self::Or(parts) if negated => all(parts.into_iter().map(|part| part.settle(true))),
            Self::Or(parts) => any(parts.into_iter().map(|part| part.settle(false))),
            Self::Term(term) => settle_term(term, negated),
        }
    }
}

fn all(parts: impl Iterator<Item = Expr>) -> Expr {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Expr::All => {}
            Expr::And(inner) => kept.extend(inner),
            part if part.is_nothing() => return part,
            part => kept.push(part),
        }
    }
    match kept.len() {
        0 => Expr::All,
        1 => kept.swap_remove(0),
        _ => Expr::And(kept),
    }
}

fn any(parts: impl Iterator<Item = Expr>) -> Expr {
    let mut kept = Vec::new();
    for part in parts {
        match part {
            Expr::All => return Expr::All,
            Expr::Or(inner) => kept.extend(inner),
            part if part.is_nothing() => {}
            part => kept.push(part),
        }
    }
    match kept.len() {
        0 => Expr::nothing(),
        1 => kept.swap_remove(0),
        _ => Expr::Or(kept),
    }
}

fn settle_term(term: Term, negated: bool) -> Expr {
    let plain = match term {
        Term::Number(field, compare, bound) => return settle_number(field, compare, bound, negated),
        Term::Age(compare, bound) => return settle_age(compare, bound, negated),
        Term::Created(from, to) => return settle_created(from, to, negated),
        Term::Word(word, prefix) => Expr::text(&word, prefix),
        Term::Phrase(phrase) => Expr::text(&phrase, false),
        Term::Name(field, pattern) => Expr::Term(Term::Name(field, settle_pattern(pattern))),
        Term::Like(id) if id.trim().is_empty() => Expr::nothing(),
        Term::Like(id) => Expr::Term(Term::Like(id.trim().to_owned())),
        term @ (Term::Bucket(_) | Term::Is(_) | Term::Has(_) | Term::AsOf(_)) => Expr::Term(term),
    };
    match plain {
        Expr::Term(_) if negated => Expr::Not(Box::new(plain)),
        Expr::Term(_) => plain,
        other if other.is_nothing() => {
            if negated {
                Expr::All
            } else {
                other
            }
        }
        other => other.settle(negated),
    }
}

fn settle_pattern(pattern: Pattern) -> Pattern {
    match pattern {
        Pattern::Contains(text) if text.is_empty() => Pattern::Glob("*".to_owned()),
        Pattern::Contains(text) => Pattern::Contains(fold(&text)),
        Pattern::Exact(text) => Pattern::Exact(fold(&text)),
        Pattern::Glob(text) => Pattern::glob(&text),
    }
}

impl Compare {
    /// The opposite relations, of which one holds when this one does not.
    fn opposites(self) -> &'static [Self] {
        match self {
            Self::Less => &[Self::AtLeast],
            Self::AtMost => &[Self::More],
            Self::Equal => &[Self::Less, Self::More],
            Self::AtLeast => &[Self::Less],
            Self::More => &[Self::AtMost],
        }
    }

    /// Whether a number that is nowhere below the bound can stand in this relation to a bound beneath all numbers.
    const fn looks_up(self) -> bool {
        matches!(self, Self::AtLeast | Self::More)
    }
}

fn settle_number(field: NumberField, compare: Compare, bound: f64, negated: bool) -> Expr {
    let term = |compare, bound| Expr::Term(Term::Number(field, compare, bound));
    if negated {
        return any(compare.opposites().iter().map(|opposite| settle_number(field, *opposite, bound, false)));
    }
    let highest = if field == NumberField::Conf { 1.0 } else { f64::MAX };
    let every = || term(Compare::AtLeast, 0.0);
    if bound.is_nan() {
        return Expr::nothing();
    }
    if bound < 0.0 {
        return if compare.looks_up() { every() } else { Expr::nothing() };
    }
    if bound > highest {
        return if matches!(compare, Compare::Less | Compare::AtMost) { every() } else { Expr::nothing() };
    }
    // Adding zero turns a negative zero, which would be printed with its sign, into a plain one.
    term(compare, bound + 0.0)
}

fn settle_age(compare: Compare, bound: EpochMs, negated: bool) -> Expr {
    let term = |compare, bound| Expr::Term(Term::Age(compare, bound));
    if negated {
        return any(compare.opposites().iter().map(|opposite| settle_age(*opposite, bound, false)));
    }
    if bound < 0 {
        return if compare.looks_up() { term(Compare::AtLeast, 0) } else { Expr::nothing() };
    }
    if compare == Compare::Equal {
        return Expr::And(vec![term(Compare::AtLeast, bound), term(Compare::AtMost, bound)]);
    }
    term(compare, bound)
}

fn settle_created(from: EpochMs, to: EpochMs, negated: bool) -> Expr {
    if negated {
        let before = settle_created(EpochMs::MIN, from, false);
        let after = settle_created(to, EpochMs::MAX, false);
        return any([before, after].into_iter());
    }
    let from = if from < DATES.0 { EpochMs::MIN } else { from };
    let to = if to > DATES.1 { EpochMs::MAX } else { to };
    if from >= to || from > DATES.1 || to < DATES.0 {
        return Expr::nothing();
    }
    Expr::Term(Term::Created(from, to))
}
