//! Text questions to memories that are all at hand: words as an index would know them, by looking through the texts.

use std::path::Path;

use regex::{Regex, RegexBuilder};

use super::Needle;

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
            Needle::Word(word, prefix) => words(word, *prefix),
            Needle::Phrase(phrase) => words(phrase, false),
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

/// Words in a row, whatever stands between them that is no letter or digit.
fn words(text: &str, prefix: bool) -> Option<Test> {
    let parts: Vec<String> =
        text.split(|sign: char| !sign.is_alphanumeric()).filter(|part| !part.is_empty()).map(regex::escape).collect();
    let end = if prefix { "" } else { r"(?:$|[\W_])" };
    let pattern = format!(r"(?:^|[\W_]){}{end}", parts.join(r"[\W_]+"));
    let made = RegexBuilder::new(&pattern).case_insensitive(true).build().ok();
    made.filter(|_| !parts.is_empty()).map(Test::Words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_and_signs_between_them_do_not_count() {
        let found = |question: &str, prefix: bool, text: &str| match words(question, prefix) {
            Some(Test::Words(test)) => test.is_match(text),
            _ => false,
        };
        assert!(found("deploy", false, "We DEPLOY, daily") && !found("deploy", false, "we redeploy deployments"));
        assert!(found("deplo", true, "deployments") && !found("eploy", true, "deploy"));
        assert!(found("real db", false, "use a real_db.") && found("Größe", false, "die größe"));
        assert!(!found("...", false, "..."));
    }
}
