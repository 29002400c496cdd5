//! Finds what is searched for in text that is about to be drawn, also where it goes on in the next line.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use unicode_width::UnicodeWidthChar;

/// Something that is searched for. Upper and lower case are the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sought {
    /// A word; with `true` the beginning of one.
    Word(String, bool),
    /// Words in this order, whatever stands between them but letters and digits.
    Phrase(String),
    /// A text as it stands, also within a word; a space is any space.
    Text(String),
}

/// Scripts from here on have no spaces between words, so that a word may stand within a run of letters.
const WITHOUT_SPACES: char = '\u{2e80}';

/// Where a line ends and the next one begins within a word.
const BREAK: &str = r"(?:\n *)?";

/// What is searched for, compiled once for many lines.
#[derive(Clone, Debug, Default)]
pub struct Highlighter {
    /// Each with whether a word has to begin and to end there.
    patterns: Vec<(Regex, bool, bool)>,
}

impl Highlighter {
    /// Prepares for finding any of these. Empty ones are left out; what is too long to be compiled is found nowhere.
    pub fn new(sought: &[Sought]) -> Self {
        let mut kinds: [(Vec<String>, bool, bool); 3] =
            [(Vec::new(), true, false), (Vec::new(), true, true), (Vec::new(), false, false)];
        let [beginnings, words, texts] = &mut kinds;
        for one in sought {
            match one {
                Sought::Word(word, true) => beginnings.0.extend(spelled(word)),
                Sought::Word(word, false) => words.0.extend(spelled(word)),
                Sought::Phrase(phrase) => {
                    let parts = phrase.split(|sign: char| !sign.is_alphanumeric()).filter_map(spelled);
                    let parts: Vec<String> = parts.collect();
                    words.0.extend((!parts.is_empty()).then(|| parts.join(r"[\W_]+")));
                }
                Sought::Text(text) => {
                    let parts: Vec<String> = text.split_whitespace().filter_map(spelled).collect();
                    texts.0.extend((!parts.is_empty()).then(|| parts.join(r"\s+")));
                }
            }
        }
        let compiled = kinds.into_iter().filter_map(|(mut patterns, begins, ends)| {
            // The first alternative wins, so that the longest must come first.
            patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.len()));
            let pattern = (!patterns.is_empty()).then(|| patterns.join("|"))?;
            let regex = RegexBuilder::new(&pattern).case_insensitive(true).size_limit(1 << 21).build().ok()?;
            Some((regex, begins, ends))
        });
        Self { patterns: compiled.collect() }
    }

    /// Whether nothing is searched for.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// Where it stands in already sanitised text: byte ranges in order, apart from each other, never ending between a
    /// letter and its accents. The text may be several lines of a paragraph with line ends between them.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for (regex, begins, ends) in &self.patterns {
            for one in regex.find_iter(text) {
                let (before, rest) = (text.get(..one.start()).unwrap_or_default(), text.get(one.end()..));
                let rest = rest.unwrap_or_default();
                let goes_on = |left: Option<char>, right: Option<char>| left.zip(right).is_some_and(in_one_word);
                let first = one.as_str().chars().next();
                let last = one.as_str().chars().next_back();
                let within = (*begins && goes_on(before.chars().next_back(), first))
                    || (*ends && goes_on(last, rest.chars().next()));
                if !within {
                    let accents = rest.chars().take_while(|ch| ch.width() == Some(0) && *ch != '\n');
                    found.push(one.start()..one.end() + accents.map(char::len_utf8).sum::<usize>());
                }
            }
        }
        found.sort_by_key(|range| (range.start, range.end));
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for range in found {
            match ranges.last_mut() {
                Some(last) if last.end >= range.start => last.end = last.end.max(range.end),
                _ => ranges.push(range),
            }
        }
        ranges
    }
}

fn in_one_word((left, right): (char, char)) -> bool {
    left.is_alphanumeric() && right.is_alphanumeric() && left.max(right) < WITHOUT_SPACES
}

/// The pattern of a run of characters that a line may break anywhere; `None` for an empty one.
fn spelled(word: &str) -> Option<String> {
    let letters: Vec<String> = word.chars().map(|letter| regex::escape(letter.encode_utf8(&mut [0; 4]))).collect();
    (!letters.is_empty()).then(|| letters.join(BREAK))
}
