//! Text questions to memories that are all at hand: words as an index would know them, by looking through the texts.

use std::path::Path;

use regex::Regex;

use super::{Needle, words};

/// A match in a title says more than one in a text.
const TITLE_WEIGHT: usize = 5;

/// A memory as it is looked through.
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    pub(super) texts: Vec<&'a str>,
    pub(super) tags: &'a [String],
    pub(super) file: &'a Path,
    pub(super) session: &'a str,
}

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
    pub(super) fn passes(&self, page: &Page<'_>) -> bool {
        match self {
            Self::Words(words) => texts(page).any(|text| words.is_match(text)),
            Self::Tag(wanted) => page.tags.iter().any(|tag| tag.to_lowercase().contains(wanted)),
            Self::File(wanted) => page.file.to_string_lossy().to_lowercase().contains(wanted),
            Self::Session(wanted) => page.session.to_lowercase().contains(wanted),
        }
    }

    fn count(&self, page: &Page<'_>) -> usize {
        match self {
            Self::Words(words) => {
                let all: usize = texts(page).map(|text| words.find_iter(text).count()).sum();
                all + words.find_iter(page.title).count() * (TITLE_WEIGHT - 1)
            }
            _ => usize::from(self.passes(page)),
        }
    }
}

/// How well a memory answers all questions together; `None` when it leaves one unanswered.
pub(super) fn weight(tests: &[Test], page: &Page<'_>) -> Option<usize> {
    let counts: Option<Vec<usize>> =
        tests.iter().map(|test| Some(test.count(page)).filter(|count| *count > 0)).collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum())
}

fn texts<'a>(page: &'a Page<'a>) -> impl Iterator<Item = &'a str> {
    std::iter::once(page.title).chain(page.texts.iter().copied()).chain(page.tags.iter().map(String::as_str))
}
