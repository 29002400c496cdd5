//! The filter language: one syntax for the screen and the command line.
//!
//! `parse` and `parse_partial` make an [`Expr`] of a text, printing it makes the text again. A parsed filter is in
//! normal form (see [`Expr::normalised`]): no `And` stands in an `And`, and `Not` stands only before a single term.

mod as_of;
mod calendar;
mod complete;
#[cfg(test)]
mod complete_tests;
mod error;
mod eval;
mod fields;
mod lex;
mod normal;
mod parse;
mod pattern;
mod print;
#[cfg(test)]
mod properties;
mod suggest;
#[cfg(test)]
mod tests;
mod value;

pub use as_of::AsOf;
pub use calendar::Zone;
pub use complete::{Candidate, Completion, Vocabulary, complete};
pub use error::BadQuery;
pub use eval::{Subject, conf_as_shown};
pub use fields::{FIELDS, Field, OPERATION_FIELDS, Takes};
pub use parse::{Partial, parse, parse_operations, parse_partial};
pub use suggest::closest;
pub use value::span;

use crate::memory::{Bucket, EpochMs, Signal};

/// A parsed filter.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Expr {
    /// Everything: the empty filter.
    #[default]
    All,
    /// Every part holds.
    And(Vec<Expr>),
    /// At least one part holds.
    Or(Vec<Expr>),
    /// The part does not hold.
    Not(Box<Expr>),
    /// One condition.
    Term(Term),
}

/// One condition.
#[derive(Clone, Debug, PartialEq)]
pub enum Term {
    /// The name of a field is matched by a pattern.
    Name(NameField, Pattern),
    /// A number compared.
    Number(NumberField, Compare, f64),
    /// Age in milliseconds compared: `age:>30d`. A memory without a readable time, or dated in the future, has no age.
    Age(Compare, EpochMs),
    /// Captured within `[from, to)`: `created:2026-10..2026-11` holds October and November.
    Created(EpochMs, EpochMs),
    /// In a bucket.
    Bucket(Bucket),
    /// A state: `is:stale`.
    Is(Flag),
    /// Something present: `has:files`.
    Has(Has),
    /// A word of the text; `true`: a prefix (`deplo*`).
    Word(String, bool),
    /// Words in this order.
    Phrase(String),
    /// Among those most like the memory of that public id, or native part of one: `like:claude-mem:observation/181`.
    Like(String),
    /// The list as it stood then: no condition on a memory, but which list it is asked of. It stands once, beside the
    /// other conditions, never under `OR` or `-`.
    AsOf(AsOf),
}

/// Fields that hold names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NameField {
    /// Project, or `user` for memories without one. `scope:` and `project:` are the same for memories of a project.
    Scope,
    /// Project only.
    Project,
    /// Agent.
    Agent,
    /// Session id.
    Session,
    /// The store's own word.
    Kind,
    /// Tag.
    Tag,
    /// Path of a file.
    File,
    /// The public id or the native part of it.
    Id,
    /// Name of the store.
    Store,
}

/// Fields that hold numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NumberField {
    /// Confidence, 0–1, compared as it is shown: rounded to hundredths (see [`conf_as_shown`]).
    Conf,
    /// Estimated tokens of the text.
    Tokens,
    /// Tokens spent to learn it.
    Cost,
}

/// How a number is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Compare {
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `=`
    Equal,
    /// `>=`
    AtLeast,
    /// `>`
    More,
}

impl Compare {
    /// Whether `left` stands in this relation to `right`.
    pub fn holds<T: PartialOrd + Copy>(self, left: T, right: T) -> bool {
        match self {
            Self::Less => left < right,
            Self::AtMost => left <= right,
            Self::Equal => left == right,
            Self::AtLeast => left >= right,
            Self::More => left > right,
        }
    }
}

/// How a name is matched; always without regard to case. The texts are in lower case: make patterns with
/// [`Pattern::contains`], [`Pattern::exact`] and [`Pattern::glob`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Pattern {
    /// `scope:api`: the name contains it. Never made of a [word](NameField::is_word).
    Contains(String),
    /// `scope:=api`, `kind:change`: the name is it.
    Exact(String),
    /// `scope:acme-*`: the whole name matches, `*` stands for any text.
    Glob(String),
}

/// States that `is:` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// Marked in this screen.
    Marked,
    /// Pinned by a person.
    Pinned,
    /// Judged by a person.
    Reviewed,
    /// To be judged: never yet, or its interval has run out.
    Due,
    /// Captured since the last sitting, and not judged.
    New,
    /// Carries the signal.
    Signal(Signal),
}

/// Things that `has:` knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Has {
    /// It names files.
    Files,
    /// It has tags.
    Tags,
    /// It carries at least one signal.
    Signals,
}
