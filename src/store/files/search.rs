//! Text questions to memories that are all at hand: words as an index would know them, by looking through the texts.

use regex::Regex;

use super::{entry::Entry, words};
use crate::store::Needle;

/// A match in a title says more than one in a text.
const TITLE_WEIGHT: usize = 5;

/// A question made ready.
pub(super) enum Test {
    /// Title, description, text and tags.
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
        match self {
            Self::Words(words) => texts(entry).any(|text| words.is_match(text)),
            Self::Tag(wanted) => entry.tags.iter().any(|tag| tag.to_lowercase().contains(wanted)),
            Self::File(wanted) => entry.file.source.path.to_string_lossy().to_lowercase().contains(wanted),
            Self::Session(wanted) => entry.session.to_lowercase().contains(wanted),
        }
    }

    fn count(&self, entry: &Entry) -> usize {
        match self {
            Self::Words(words) => {
                let all: usize = texts(entry).map(|text| words.find_iter(text).count()).sum();
                all + words.find_iter(&entry.title).count() * (TITLE_WEIGHT - 1)
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

fn texts(entry: &Entry) -> impl Iterator<Item = &str> {
    let own = [entry.title.as_str(), &entry.description, &entry.text];
    own.into_iter().chain(entry.tags.iter().map(String::as_str))
}
