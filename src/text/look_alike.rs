//! Letters of other scripts that look like Latin ones, inside words that are otherwise Latin.

use std::ops::Range;

use super::hidden::{Class, Found, Severity};

/// Letters of a word are looked at this far on each side; longer words are not words.
const REACH: usize = 48;

/// The letters in a line that belong to another script than the Latin word around them, for underlining.
pub fn odd_letters(line: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(found) = next(line, from) {
        from = found.at + found.ch.len_utf8();
        ranges.push(found.at..from);
    }
    ranges
}

/// The first look-alike at or after `from`, which must be the start of a character.
///
/// A Latin word with a foreign ending (`JSONа`) is how several languages inflect; only a look-alike with a Latin
/// letter somewhere behind it is reported, and a word that is foreign throughout is not.
pub(super) fn next(text: &str, from: usize) -> Option<Found> {
    let mut at = from;
    loop {
        let rest = text.as_bytes().get(at..)?;
        // All look-alikes lie in U+0380–U+053F: two bytes, the first of them CE–D4.
        at += rest.iter().position(|byte| (0xce..=0xd4).contains(byte))?;
        let ch = text.get(at..)?.chars().next()?;
        if is_look_alike(ch) && in_latin_word(text, at, ch) {
            return Some(Found { at, ch, class: Class::MixedScript, severity: Severity::Warn });
        }
        at += ch.len_utf8();
    }
}

/// The word around a byte position, at most [`REACH`] letters to each side.
pub(super) fn word_around(text: &str, at: usize) -> &str {
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at..).unwrap_or_default());
    let left: usize = before.chars().rev().take(REACH).take_while(|ch| ch.is_alphanumeric()).map(char::len_utf8).sum();
    let right: usize = after.chars().take(REACH).take_while(|ch| ch.is_alphanumeric()).map(char::len_utf8).sum();
    text.get(at - left..at + right).unwrap_or_default()
}

fn in_latin_word(text: &str, at: usize, ch: char) -> bool {
    let (before, after) = (text.get(..at).unwrap_or_default(), text.get(at + ch.len_utf8()..).unwrap_or_default());
    latin_letters(after.chars()).is_some_and(|letters| letters > 0) && latin_letters(before.chars().rev()).is_some()
}

/// How many Latin letters follow until the word ends; `None` when a letter is foreign and no look-alike.
fn latin_letters(chars: impl Iterator<Item = char>) -> Option<usize> {
    let mut letters = 0;
    for ch in chars.take(REACH) {
        match ch {
            'a'..='z' | 'A'..='Z' => letters += 1,
            '0'..='9' => {}
            _ if is_look_alike(ch) => {}
            _ if ch.is_alphanumeric() => return None,
            _ => break,
        }
    }
    Some(letters)
}

/// Cyrillic and Greek letters drawn like a Latin one in common fonts, after the
/// [confusables of UTS 39](https://www.unicode.org/reports/tr39/).
const fn is_look_alike(ch: char) -> bool {
    matches!(
        ch,
        'а' | 'е'
            | 'о'
            | 'р'
            | 'с'
            | 'х'
            | 'у'
            | 'і'
            | 'ј'
            | 'ѕ'
            | 'һ'
            | 'ԁ'
            | 'ԛ'
            | 'ԝ'
            | 'ӏ'
            | 'А'
            | 'В'
            | 'Е'
            | 'К'
            | 'М'
            | 'Н'
            | 'О'
            | 'Р'
            | 'С'
            | 'Т'
            | 'Х'
            | 'Ѕ'
            | 'І'
            | 'Ј'
            | 'Ү'
            | 'ο'
            | 'Α'
            | 'Β'
            | 'Ε'
            | 'Ζ'
            | 'Η'
            | 'Ι'
            | 'Κ'
            | 'Μ'
            | 'Ν'
            | 'Ο'
            | 'Ρ'
            | 'Τ'
            | 'Υ'
            | 'Χ'
    )
}
