//! Finds the words of a search in a line that is about to be drawn.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use unicode_width::UnicodeWidthChar;

/// Words to be found, compiled once for many lines.
#[derive(Clone, Debug, Default)]
pub struct Highlighter {
    words: Option<Regex>,
}

impl Highlighter {
    /// Prepares for finding any of the words, without regard to case. Empty words are left out; words that are too
    /// long to be compiled are found nowhere.
    pub fn new<S: AsRef<str>>(words: &[S]) -> Self {
        let mut words: Vec<&str> = words.iter().map(AsRef::as_ref).filter(|word| !word.is_empty()).collect();
        if words.is_empty() {
            return Self::default();
        }
        // The first alternative wins, so that the longest must come first.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let pattern: Vec<String> = words.into_iter().map(regex::escape).collect();
        Self { words: RegexBuilder::new(&pattern.join("|")).case_insensitive(true).size_limit(1 << 20).build().ok() }
    }

    /// Where the words stand in an already sanitised line: byte ranges in order, apart from each other, never ending
    /// between a letter and its accents.
    pub fn ranges(&self, line: &str) -> Vec<Range<usize>> {
        let Some(words) = &self.words else { return Vec::new() };
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for found in words.find_iter(line) {
            let rest = line.get(found.end()..).unwrap_or_default();
            let accents: usize = rest.chars().take_while(|ch| ch.width() == Some(0)).map(char::len_utf8).sum();
            let end = found.end() + accents;
            match ranges.last_mut() {
                Some(last) if last.end >= found.start() => last.end = last.end.max(end),
                _ => ranges.push(found.start()..end),
            }
        }
        ranges
    }
}
