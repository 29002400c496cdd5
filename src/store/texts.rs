//! Text questions to memories that are all at hand: words as an index would know them, by looking through the texts.

use std::{borrow::Cow, cmp::Reverse, ops::ControlFlow};

use regex::Regex;

use super::{Cancel, Needle, Problem, Result, words};
use crate::memory::Handle;

/// A match in a title says more than one in a text.
const TITLE_WEIGHT: usize = 5;

/// Looks at whether somebody wants something else, this often.
const GLANCE: usize = 64;

/// A memory as it is looked through.
pub(super) struct Page<'a> {
    pub(super) handle: Handle,
    pub(super) title: &'a str,
    pub(super) texts: Vec<&'a str>,
    pub(super) tags: Vec<&'a str>,
    pub(super) files: Vec<Cow<'a, str>>,
    pub(super) session: &'a str,
}

/// Visits the memories that answer a question, in the order in which they come, until told to stop.
///
/// # Errors
/// [`Problem::Cancelled`] when somebody wants something else.
pub(super) fn search<'a>(
    pages: impl Iterator<Item = Page<'a>>,
    needle: &Needle,
    cancel: &Cancel,
    visit: &mut dyn FnMut(Handle) -> ControlFlow<()>,
) -> Result<()> {
    let Some(test) = Test::of(needle) else { return Ok(()) };
    for (count, page) in pages.enumerate() {
        go_on(count, cancel)?;
        if test.passes(&page) && visit(page.handle).is_break() {
            break;
        }
    }
    Ok(())
}

/// At most `limit` memories that answer all questions, the best first; of equal ones the one that comes first.
///
/// # Errors
/// [`Problem::Cancelled`] when somebody wants something else.
pub(super) fn ranked<'a>(
    pages: impl Iterator<Item = Page<'a>>,
    needles: &[Needle],
    limit: usize,
    cancel: &Cancel,
) -> Result<Vec<Handle>> {
    let tests: Vec<Test> = needles.iter().filter_map(Test::of).collect();
    let mut found = Vec::new();
    for (count, page) in pages.enumerate() {
        go_on(count, cancel)?;
        if let Some(weight) = weight(&tests, &page) {
            found.push((Reverse(weight), count, page.handle));
        }
    }
    found.sort_unstable();
    Ok(found.into_iter().take(limit).map(|(.., handle)| handle).collect())
}

/// Whether a walk over memories goes on, after so many of them.
///
/// # Errors
/// [`Problem::Cancelled`] when somebody wants something else.
pub(super) fn go_on(count: usize, cancel: &Cancel) -> Result<()> {
    if count.is_multiple_of(GLANCE) && cancel.is_cancelled() { Err(Problem::Cancelled) } else { Ok(()) }
}

/// A question made ready.
enum Test {
    /// Title, description, text and tags.
    Words(Regex),
    Tag(String),
    File(String),
    Session(String),
}

impl Test {
    /// `None` when the question asks for nothing.
    fn of(needle: &Needle) -> Option<Self> {
        match needle {
            Needle::Word(word, prefix) => words::pattern(word, *prefix).map(Self::Words),
            Needle::Phrase(phrase) => words::pattern(phrase, false).map(Self::Words),
            Needle::Tag(text) => Some(Self::Tag(text.to_lowercase())),
            Needle::File(text) => Some(Self::File(text.to_lowercase())),
            Needle::Session(text) => Some(Self::Session(text.to_lowercase())),
        }
    }

    /// Whether a memory answers it.
    fn passes(&self, page: &Page<'_>) -> bool {
        match self {
            Self::Words(words) => texts(page).any(|text| words.is_match(text)),
            Self::Tag(wanted) => page.tags.iter().any(|tag| tag.to_lowercase().contains(wanted)),
            Self::File(wanted) => page.files.iter().any(|file| file.to_lowercase().contains(wanted)),
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
fn weight(tests: &[Test], page: &Page<'_>) -> Option<usize> {
    let counts: Option<Vec<usize>> =
        tests.iter().map(|test| Some(test.count(page)).filter(|count| *count > 0)).collect();
    counts.filter(|counts| !counts.is_empty()).map(|counts| counts.iter().sum())
}

fn texts<'a>(page: &'a Page<'a>) -> impl Iterator<Item = &'a str> {
    std::iter::once(page.title).chain(page.texts.iter().copied()).chain(page.tags.iter().copied())
}
