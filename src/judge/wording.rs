//! Texts that are not to be found again, and how they are recognised where they are kept whole or quoted.

use std::{
    collections::HashSet,
    fmt::Write as _,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use regex::bytes::{Regex, RegexBuilder};

/// Bytes from which on a text says enough to be looked for in other records.
const TELLING: usize = 16;
/// Bytes of the beginning of a text by which it is found.
const BEGINNING: usize = 120;
/// Texts that are looked for at once.
const AT_ONCE: usize = 500;
/// Words in a row that make a quotation.
const RUN: usize = 5;
/// Characters of a word that is found by itself when it is made of letters and digits, as keys and tokens are.
const ODD: usize = 16;
/// Bytes of a short text that is found anywhere.
const SHORT: usize = 6;

/// Bytes of a piece of a text that is looked for in a file, from one to the next, and how many of one text.
const PIECE: usize = 40;
const APART: usize = 240;
const PIECES: usize = 64;

/// Texts that are not to be found again.
#[derive(Debug, Default)]
pub struct Wording {
    whole: Vec<Regex>,
    /// Pieces of them.
    shreds: Vec<Regex>,
    /// Texts of fewer words than a quotation has, in small letters: some are found anywhere, some only as a whole.
    short: Vec<String>,
    equal: HashSet<String>,
    runs: HashSet<u64>,
    /// Words that nobody uses by chance: secrets, addresses, keys; in small letters.
    odd: HashSet<String>,
}

impl Wording {
    /// The wording of memories: of what each says in the main, which is found whole and in pieces, and of everything that
    /// they say, which is found where it is quoted.
    pub fn of<'a>(bodies: impl Iterator<Item = &'a str>, texts: impl Iterator<Item = &'a str>) -> Self {
        let mut wording = Self::default();
        texts.map(str::trim).filter(|text| !text.is_empty()).for_each(|text| wording.learn(text));
        let (mut telling, mut shreds): (HashSet<&[u8]>, HashSet<Vec<u8>>) = Default::default();
        for text in bodies.map(str::trim) {
            if text.len() >= TELLING {
                telling.insert(text.as_bytes().get(..BEGINNING).unwrap_or(text.as_bytes()));
                let pieces = text.as_bytes().chunks(APART).take(PIECES);
                let pieces = pieces.map(|piece| piece.get(..PIECE).unwrap_or(piece));
                shreds.extend(pieces.filter(|piece| piece.len() >= TELLING).map(<[u8]>::to_vec));
            }
        }
        shreds.extend(wording.odd.iter().map(|word| word.clone().into_bytes()));
        wording.whole = finders(telling);
        wording.shreds = finders(shreds.iter().map(Vec::as_slice).collect());
        wording
    }

    fn learn(&mut self, text: &str) {
        let small = text.to_lowercase();
        let words = words(&small);
        if words.len() < RUN {
            let telling = words.len() > 2 || (small.len() >= SHORT && is_mixed(&small));
            if telling {
                self.short.push(small.clone());
            } else {
                self.equal.insert(small.clone());
            }
        } else {
            self.runs.extend(words.windows(RUN).map(sum));
        }
        let secrets = super::secrets(text).into_iter().filter_map(|secret| text.get(secret.range));
        self.odd.extend(secrets.map(str::to_lowercase).filter(|secret| secret.len() >= SHORT));
        self.odd.extend(small.split_whitespace().map(bare).filter(|word| is_odd(word)).map(str::to_owned));
    }

    /// Whether one of the texts stands in these bytes as a whole.
    pub fn stands_in(&self, bytes: &[u8]) -> bool {
        self.whole.iter().any(|any| any.is_match(bytes))
    }

    /// Whether a piece of one of the texts stands in these bytes, or a word of it that nobody uses by chance.
    pub fn is_shredded_in(&self, bytes: &[u8]) -> bool {
        self.shreds.iter().any(|any| any.is_match(bytes))
    }

    /// Whether a text quotes one of the texts: several words of it in a row, all of a short one, or a word that nobody uses
    /// by chance.
    pub fn is_quoted_in(&self, text: &str) -> bool {
        let small = text.to_lowercase();
        self.equal.contains(small.trim())
            || self.short.iter().chain(&self.odd).any(|short| small.contains(short.as_str()))
            || words(&small).windows(RUN).any(|run| self.runs.contains(&sum(run)))
    }
}

fn finders(texts: HashSet<&[u8]>) -> Vec<Regex> {
    let mut texts: Vec<&[u8]> = texts.into_iter().collect();
    texts.sort_unstable();
    texts.chunks(AT_ONCE).filter_map(any_of).collect()
}

/// What finds any of these bytes.
fn any_of(texts: &[&[u8]]) -> Option<Regex> {
    // Every byte by its number: bytes are looked for, whatever they mean to people or to expressions.
    let one = |text: &&[u8]| {
        text.iter().fold(String::new(), |mut pattern, byte| {
            // Writing into a text has no way to fail.
            let _ = write!(pattern, "\\x{byte:02x}");
            pattern
        })
    };
    let pattern = texts.iter().map(one).collect::<Vec<_>>().join("|");
    // Expressions of this size are far below what is allowed.
    RegexBuilder::new(&pattern).unicode(false).size_limit(1 << 28).build().ok()
}

fn words(small: &str) -> Vec<&str> {
    small.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

fn sum(run: &[&str]) -> u64 {
    let mut hasher = DefaultHasher::new();
    run.hash(&mut hasher);
    hasher.finish()
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

fn is_odd(word: &str) -> bool {
    let address = word.find('@').is_some_and(|at| at > 0 && word.get(at..).is_some_and(|rest| rest.contains('.')));
    address || (word.chars().count() >= ODD && is_mixed(word))
}

/// Whether letters and digits stand in it.
fn is_mixed(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit()) && word.contains(char::is_alphabetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_texts_and_quotations_are_found_and_others_are_not() {
        let long = "The deploy key of the staging cluster is kept by Maria (maria@example.org)";
        let wording = Wording::of(std::iter::once(long), [long, "Deploy key", "ok"].into_iter());
        assert!(wording.stands_in(format!("\u{1}\u{2}{long}\u{3}").as_bytes()));
        assert!(wording.is_shredded_in(b"\0\0The deploy key of the staging cluster is kept by Mar\0"));
        assert!(!wording.stands_in(b"The deploy key of the staging cluster is kept by Martin, who is somebody else"));
        for quoting in ["it says “key of the staging cluster”", "Deploy KEY", "ask maria@example.org"] {
            assert!(wording.is_quoted_in(quoting), "{quoting}");
        }
        for other in
            ["", "ok, deploy the keys", "see: deploy key", "the staging cluster of the key", "older than 30 days"]
        {
            assert!(!wording.is_quoted_in(other), "{other}");
        }
        let nothing = Wording::of(std::iter::empty(), ["", "  "].into_iter());
        assert!(!nothing.is_quoted_in("anything at all") && !nothing.is_shredded_in(b"anything at all"));
    }

    #[test]
    fn keys_are_found_by_themselves() {
        let text = "use the token zq81-kkvo-2217-xhwb for the runner in the other office";
        let wording = Wording::of(std::iter::empty(), std::iter::once(text));
        assert!(wording.is_shredded_in(b"\0zq81-kkvo-2217-xhwb\0"));
        assert!(wording.is_quoted_in("a token (zq81-kkvo-2217-xhwb) is named"));
        assert!(!wording.is_quoted_in("a token is named"));
    }
}
