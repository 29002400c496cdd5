//! The catalogue: a disposable index over all stores, in memory and on disk. Deleting it costs time, never data.

mod aging;
mod arrange;
mod bits;
mod block;
mod build;
mod column;
mod facets;
mod files;
mod filter;
mod glance;
pub mod insights;
mod kin;
mod names;
mod over;
mod prints;
mod saved;
mod search;
mod table;
mod twins;
mod verdict;

pub(crate) use aging::Aging;
pub(crate) use arrange::{group, measured, oldest_first};
pub(crate) use bits::Bits;
pub(crate) use block::{Fact, UNKNOWN};
pub(crate) use build::{Builder, News, Shared, lock, snapshot, weighed};
pub(crate) use facets::{count as count_facets, largest_first};
pub(crate) use files::Files;
pub(crate) use filter::{Bench, Eye, Test, text_terms};
pub use glance::{Glance, glance};
pub use insights::{Insights, ScopeSum};
pub use kin::Kin;
pub(crate) use over::Scan;
pub(crate) use saved::{file_for, stamp};
pub(crate) use search::{Asked, by_column};
pub use table::Catalog;
pub(crate) use verdict::Judgement;

use std::{fmt, str::FromStr};

use crate::{
    memory::EpochMs,
    query::{Expr, Term},
};

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// Time of capture.
    Age,
    /// Confidence.
    Confidence,
    /// Project, then agent.
    Scope,
    /// The store's own word.
    Kind,
    /// Tokens of its text.
    Size,
    /// Tokens spent to learn it.
    Cost,
    /// How well it answers the filter: its words by the store's own ranking, `like:` by likeness. Best first is
    /// descending.
    Rank,
}

impl SortKey {
    /// All keys, in the order in which `o` walks through them.
    pub const ALL: [Self; 7] =
        [Self::Age, Self::Confidence, Self::Scope, Self::Kind, Self::Size, Self::Cost, Self::Rank];

    /// The word used on the command line and on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Age => "age",
            Self::Confidence => "confidence",
            Self::Scope => "scope",
            Self::Kind => "kind",
            Self::Size => "size",
            Self::Cost => "cost",
            Self::Rank => "rank",
        }
    }
}

/// An order. Ties are broken newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Whether the largest comes first. For age the largest is the oldest: `age:asc` is newest first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { key: SortKey::Age, descending: false }
    }
}

impl Sort {
    /// The order that a filter asks for by itself: most alike first where it asks for likeness, else newest first.
    pub fn natural(filter: &Expr) -> Self {
        let by_likeness = filter.any_term(&mut |term| matches!(term, Term::Like(_)));
        if by_likeness { Self { key: SortKey::Rank, descending: true } } else { Self::default() }
    }
}

/// The order in the words of the command line: `confidence`, `age:desc`.
impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The best answer comes first unless somebody wants it otherwise.
        let usual = self.key == SortKey::Rank;
        let direction = match self.descending {
            descending if descending == usual => "",
            true => ":desc",
            false => ":asc",
        };
        write!(f, "{}{direction}", self.key.name())
    }
}

impl FromStr for Sort {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, direction) = text.split_once(':').unwrap_or((text, ""));
        let names = || SortKey::ALL.map(SortKey::name).join(", ");
        let key = SortKey::ALL
            .into_iter()
            .find(|key| key.name() == name)
            .ok_or_else(|| format!("`{name}` is no order; there are {}", names()))?;
        let descending = match direction {
            // The best answer first, whatever it is sorted by otherwise.
            "" => key == SortKey::Rank,
            "asc" => false,
            "desc" => true,
            other => return Err(format!("`{other}` is no direction; there are asc and desc")),
        };
        Ok(Self { key, descending })
    }
}

/// Which memories, in which order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewSpec {
    /// The filter.
    pub filter: Expr,
    /// The order.
    pub sort: Sort,
    /// Whether memories of the same scope stand together, scopes by name.
    pub grouped: bool,
}

/// A run of memories of one scope within a grouped view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The scope's short name.
    pub scope: String,
    /// Position of its first memory in the view.
    pub from: usize,
    /// How many there are.
    pub count: usize,
}

/// A count that says whether it is exact. Nothing is ever capped without saying so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Count {
    /// How many were found so far.
    pub number: usize,
    /// Whether that is all; else it is shown as `≥`.
    pub exact: bool,
}

/// Names with how many memories they have, largest first.
pub type Tally = Vec<(String, usize)>;

/// What there is, for the scopes pane, the completion and `memtui count --by`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// By scope.
    pub scopes: Tally,
    /// By agent.
    pub agents: Tally,
    /// By kind.
    pub kinds: Tally,
    /// By bucket.
    pub buckets: Tally,
    /// By store.
    pub stores: Tally,
    /// By signal.
    pub signals: Tally,
    /// By tag, as far as was counted: among some of the newest memories, and only where completion asks.
    pub tags: Tally,
    /// When it was counted.
    pub at: EpochMs,
}

/// How far the catalogue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct CatalogState {
    /// Memories judged.
    pub done: usize,
    /// Memories in all.
    pub total: usize,
    /// Whether every memory was judged, duplicates included.
    pub ready: bool,
}
