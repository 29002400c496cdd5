//! Text questions to memories that are all at hand: words as an index would know them, by looking through the texts.

use regex::Regex;

use super::{
    entry::{Entry, text},
    words,
};
use crate::store::Needle;

/// A match in a title says more than one in a text.
const TITLE_WEIGHT: usize = 5;

/// A question made ready.
pub(super) enum Test {
    /// Title, texts and tags.
    Words(Regex),
    Tag(String),
    File(String),
    Session(String),
}

impl Test {
    /// `None` when the question asks for nothing.
    pub(super) fn of(needle: &Needle) -> Option<Self> {
        match needle {
            Needle::Word(word, prefix) => words::pattern(word, *prefix).map(Self::Words),
            Needle::Phrase(phrase) => words::pattern(phrase, false).map(Self::Words),
            Needle::Tag(text) => Some(Self::Tag(text.to_lowercase())),
            Needle::File(text) => Some(Self::File(text.to_lowercase())),
            Needle::Session(text) => Some(Self::Session(text.to_lowercase())),
        }
    }

    /// Whether a memory answers it.
    pub(super) fn passes(&self, entry: &Entry) -> bool {
        let any = |texts: Vec<&str>, wanted: &String| texts.iter().any(|text| text.to_lowercase().contains(wanted));
        match self {
            Self::Words(words) => read(entry).iter().any(|text| words.is_match(text)),
            Self::Tag(wanted) => any(entry.tags(), wanted),
            Self::File(wanted) => any(entry.files(), wanted),
            Self::Session(wanted) => entry.session.to_lowercase().contains(wanted),
        }
    }

    fn count(&self, entry: &Entry) -> usize {
        match self {
            Self::Words(words) => {
                let all: usize = read(entry).iter().map(|text| words.find_iter(text).count()).sum();
                all + words.find_iter(entry.title()).count() * (TITLE_WEIGHT - 1)
            }
            _ => usize::from(self.passes(entry)),
        }
    }
}

/// How well a memory answers all questions together; `None` when it leaves one unanswered.
pub(super) fn weight(tests: &[Test], entry: &Entry) -> Option<usize> {
    let counts: Option<Vec<usize>> =
        tests.iter().map(|test| Some(test.count(entry)).filter(|count| *count > 0)).collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum())
}

/// What of a memory is searched.
fn read(entry: &Entry) -> Vec<&str> {
    let title = entry.kind().title().map(|field| text(entry.fields(), field));
    title.into_iter().chain(entry.texts()).chain(entry.tags()).collect()
}
