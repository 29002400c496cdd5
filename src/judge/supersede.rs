//! Whether a newer memory says that what an older one states is over.
//!
//! Words are compared, nothing is understood; so a match needs three things at once. Either the newer memory takes
//! something back in so many words (`no longer …`, `moved from …`, `replaced …`), most of the words it
//! takes back are in the older memory, one of them in its title, and the titles speak of the same; or both have the
//! same title and the newer text differs and says that something changed; or the titles state different numbers for
//! the same thing (`Minimum version is 15`, `Minimum version is 16`).

use std::{
    collections::{BTreeSet, HashSet},
    sync::LazyLock,
};

use regex::Regex;

/// Words of a title by which two titles are brought together.
pub const SUBJECT_WORDS: usize = 4;
/// Content words that a title must have to be compared as a whole.
const LEAST_TITLE: usize = 2;
/// A longer passage than this takes back no single fact.
const MOST_WORDS: usize = 10;
/// Texts whose words are more alike than this say the same.
const SAME_TEXT: f32 = 0.6;

/// Signs that something is taken back. What is taken back stands behind them, before them, or around them.
static SIGNS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix-u)\b(?:
            (?<around> no\ longer | deprecated )
          | (?<before> (?:replaced|superseded)\ by )
          | (?<behind> replace[sd] | supersede[sd] )
          | (?<from> (?:moved?|moves|switched|switches|migrated|migrates|changed)\ from )
        )\b",
    )
    .ok()
});

/// Words which say that the text tells of a change; enough only where the titles are the same.
static CHANGED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i-u)\b(?:now|no longer|instead|replaced?s?|moved|switched|migrated|deprecated|superseded|changed)\b")
        .ok()
});

/// Words without a subject of their own.
static EMPTY: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the of for to in on at by with from and or as is are was were be been being it its this that these those we \
     our you your i my they their not no all any every each now then than only also just still has have had does do did \
     will would can could must may should more longer instead into out over up off after before when while because so \
     if but which who what there here per via"
        .split_whitespace()
        .collect()
});

/// Kinds whose memories tell of an event rather than of how things are.
const EVENTS: [&str; 6] = ["prompt", "summary", "bugfix", "refactor", "sensitive", "milestone"];

/// Whether memories of this kind state how things are, so that they can be superseded.
pub fn states_facts(kind: &str) -> bool {
    !EVENTS.contains(&kind)
}

/// Whether memories of this kind may supersede others: what an agent or a person wrote down, not what was asked or
/// summed up.
pub fn may_supersede(kind: &str) -> bool {
    kind != "prompt" && kind != "summary"
}

/// Whether a text takes something back in so many words. Cheap: for every memory once.
pub fn takes_back<S: AsRef<str>>(title: &str, texts: &[S]) -> bool {
    std::iter::once(title).chain(texts.iter().map(AsRef::as_ref)).any(|text| passages(text).next().is_some())
}

/// The clauses of a text that take something back, as they stand there.
pub fn clauses_taking_back(text: &str) -> impl Iterator<Item = &str> {
    let signs = SIGNS.as_ref().into_iter().flat_map(move |signs| signs.find_iter(text));
    signs.filter_map(move |sign| {
        let from = last_end(text.get(..sign.start())?);
        let to = sign.end() + first_end(text.get(sign.end()..)?);
        text.get(from..to).map(str::trim)
    })
}

/// On what grounds a newer memory says that an older one is over; the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ground {
    /// It takes back in so many words what the older one says.
    TakenBack,
    /// Its title states another number for the same thing.
    OtherNumber,
    /// It has the same title, says something else, and tells of a change.
    SameTitle,
}

/// The title's longest words without its numbers, as sorted hashes; zeros when it has fewer. Equal for titles that
/// state different numbers for the same thing.
pub fn subject(title: &str) -> [u16; SUBJECT_WORDS] {
    let mut words: Vec<String> = content(title).filter(|word| !is_number(word)).collect();
    words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    words.dedup();
    let mut subject = [0; SUBJECT_WORDS];
    for (place, word) in subject.iter_mut().zip(&words) {
        *place = word_hash(word);
    }
    subject.sort_unstable();
    subject
}

/// What one memory says, taken apart for comparing.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// The title's words, folded, in order.
    folded: Vec<String>,
    title: BTreeSet<String>,
    words: BTreeSet<String>,
    /// What is taken back, passage by passage.
    taken_back: Vec<BTreeSet<String>>,
    tells_of_change: bool,
}

impl Statement {
    /// Takes a memory apart.
    pub fn new<S: AsRef<str>>(title: &str, texts: &[S]) -> Self {
        let all = || std::iter::once(title).chain(texts.iter().map(AsRef::as_ref));
        Self {
            folded: fold(title).collect(),
            title: content(title).collect(),
            words: all().flat_map(content).collect(),
            taken_back: all().flat_map(passages).collect(),
            tells_of_change: CHANGED.as_ref().is_some_and(|changed| all().any(|text| changed.is_match(text))),
        }
    }

    /// Pairs of hashed words: the title of whatever this takes back has one of them, or is not found.
    pub fn wanted_pairs(&self) -> Vec<(u16, u16)> {
        let mut pairs = BTreeSet::new();
        for passage in &self.taken_back {
            for word in passage {
                for other in passage.iter().chain(&self.title).filter(|other| *other != word) {
                    let (a, b) = (word_hash(word), word_hash(other));
                    pairs.insert((a.min(b), a.max(b)));
                }
            }
        }
        pairs.into_iter().collect()
    }

    /// Whether this newer memory says that the older one is over.
    pub fn supersedes(&self, older: &Self) -> bool {
        self.ground(older).is_some()
    }

    /// On what grounds this newer memory says that the older one is over; `None` when it does not.
    pub fn ground(&self, older: &Self) -> Option<Ground> {
        if self.takes_back(older) { Some(Ground::TakenBack) } else { self.says_otherwise(older) }
    }

    fn takes_back(&self, older: &Self) -> bool {
        self.taken_back.iter().any(|passage| {
            let named: Vec<&String> = passage.intersection(&older.title).collect();
            let known = passage.intersection(&older.words).count();
            let mut shared = passage.union(&self.title).filter(|word| older.title.contains(*word));
            // Who takes back the same thing agrees.
            let agrees = older.taken_back.iter().any(|other| named.iter().any(|word| other.contains(*word)));
            !named.is_empty() && known * 3 >= passage.len() * 2 && shared.nth(1).is_some() && !agrees
        })
    }

    fn says_otherwise(&self, older: &Self) -> Option<Ground> {
        // `Added the cache` tells of an event: it may happen twice and still be true.
        let is_event = self.folded.first().is_some_and(|word| word.ends_with("ed"));
        if self.title.len() < LEAST_TITLE || is_event {
            return None;
        }
        if self.folded == older.folded {
            let differs = self.tells_of_change && likeness(&self.words, &older.words) < SAME_TEXT;
            return differs.then_some(Ground::SameTitle);
        }
        let same_frame = self.folded.len() == older.folded.len()
            && self.folded.iter().zip(&older.folded).all(|(a, b)| a == b || is_number(a) && is_number(b));
        let differing = || (0..).zip(self.folded.iter().zip(&older.folded)).filter(|(_, (a, b))| a != b);
        // A number before the verb names a thing (`ticket 7 is closed`), one behind it says something of the thing.
        let states = self.folded.iter().position(|word| word == "is" || word == "are");
        let value = differing().next().zip(states).is_some_and(|((at, _), verb): ((usize, _), _)| at > verb);
        (same_frame && value && differing().count() == 1).then_some(Ground::OtherNumber)
    }
}

/// The keys under which a title is found by [`Statement::wanted_pairs`].
pub fn pairs_of(subject: [u16; SUBJECT_WORDS]) -> impl Iterator<Item = (u16, u16)> {
    (0..SUBJECT_WORDS).flat_map(move |at| {
        let first = subject.into_iter().nth(at).filter(|word| *word != 0);
        first.into_iter().flat_map(move |first| subject.into_iter().skip(at + 1).map(move |second| (first, second)))
    })
}

/// Shared words divided by all: the Jaccard likeness.
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f32 {
    let shared = one.intersection(other).count();
    let all = one.len() + other.len() - shared;
    if all == 0 { 1.0 } else { shared as f32 / all as f32 }
}

/// What a text takes back, passage by passage.
fn passages(text: &str) -> impl Iterator<Item = BTreeSet<String>> + '_ {
    let signs = SIGNS.as_ref().into_iter().flat_map(move |signs| signs.captures_iter(text));
    signs.filter_map(move |sign| {
        let whole = sign.get(0)?;
        let before = text.get(..whole.start())?;
        let behind = text.get(whole.end()..)?;
        let before = before.get(last_end(before)..)?;
        let behind = behind.get(..first_end(behind))?;
        let words: BTreeSet<String> = if sign.name("around").is_some() {
            content(before).chain(content(behind)).collect()
        } else if sign.name("before").is_some() {
            content(before).collect()
        } else {
            let until = [" to ", " with ", " by "].iter().filter_map(|word| behind.find(word)).min();
            // `Replaced the disk` alone repairs something; what took its place has to be named.
            if sign.name("behind").is_some() && until.is_none() && content(before).next().is_none() {
                return None;
            }
            content(behind.get(..until.unwrap_or(behind.len()))?).collect()
        };
        (1..=MOST_WORDS).contains(&words.len()).then_some(words)
    })
}

/// Where the clause that a text begins with ends.
fn first_end(text: &str) -> usize {
    text.char_indices().find(|(at, ch)| ends_clause(text, *at, *ch)).map_or(text.len(), |(at, _)| at)
}

/// Where the clause that a text ends with begins.
fn last_end(text: &str) -> usize {
    text.char_indices().rev().find(|(at, ch)| ends_clause(text, *at, *ch)).map_or(0, |(at, ch)| at + ch.len_utf8())
}

fn ends_clause(text: &str, at: usize, ch: char) -> bool {
    match ch {
        '\n' | ';' | '!' | '?' | '"' | '—' | '。' => true,
        // A point or comma inside a number or a name ends nothing.
        '.' | ',' | ':' => text.get(at + 1..).is_none_or(|rest| rest.chars().next().is_none_or(char::is_whitespace)),
        _ => false,
    }
}

/// Words in lower case.
fn fold(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|ch: char| !ch.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Words with a meaning of their own, in lower case and without the endings of English; only for comparing.
pub fn content(text: &str) -> impl Iterator<Item = String> + '_ {
    fold(text).filter(|word| !EMPTY.contains(word.as_str())).map(|word| stem(&word).to_owned())
}

/// A word without the endings of English verbs and plurals; only for comparing.
fn stem(word: &str) -> &str {
    let cut = |word: &'_ str, end: &str| word.strip_suffix(end).filter(|stem| stem.len() >= 3).map(str::len);
    let mut length = word.len();
    for end in ["s", "ing", "ed", "e"] {
        let now = word.get(..length).unwrap_or(word);
        if end != "s" || !now.ends_with("ss") {
            length = cut(now, end).unwrap_or(length);
        }
    }
    word.get(..length).unwrap_or(word)
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// FNV-1a, folded to 16 bits; never 0.
fn word_hash(word: &str) -> u16 {
    let hash = word.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [a, b, c, d] = hash.to_le_bytes();
    (u16::from_le_bytes([a, b]) ^ u16::from_le_bytes([c, d])).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn supersedes(newer: (&str, &str), older: (&str, &str)) -> bool {
        let statement = |(title, text): (&str, &str)| Statement::new(title, &[text]);
        let (new, old) = (statement(newer), statement(older));
        let found = new.supersedes(&old);
        if found && new.takes_back(&old) {
            assert!(takes_back(newer.0, &[newer.1]));
            let wanted = new.wanted_pairs();
            assert!(pairs_of(subject(older.0)).any(|pair| wanted.contains(&pair)), "{older:?} would not be found");
        }
        found
    }

    #[test]
    fn what_is_taken_back_is_over() {
        let vercel = ("Deploy the API on Vercel", "The API runs on Vercel as one function.");
        assert!(supersedes(("Deploys moved from Vercel to Fly.io", "Two machines."), vercel));
        assert!(supersedes(("Where the API runs", "Since May the API no longer runs on Vercel. It is fast."), vercel));
        assert!(supersedes(("Vercel replaced by Fly.io for API deploys", ""), vercel));
        let prices = ("Prices are stored as NUMERIC(12,2)", "Never a float.");
        assert!(supersedes(
            ("Prices are stored as integer cents", "Cents (BIGINT) now, no longer NUMERIC(12,2)."),
            prices
        ));
        let proxy = ("nginx is the reverse proxy", "One block per service.");
        assert!(supersedes(("Caddy replaced nginx as reverse proxy", ""), proxy));
    }

    #[test]
    fn the_same_title_with_another_value_is_over() {
        let old = ("Minimum iOS version is 15", "98 % of users are there.");
        assert!(supersedes(("Minimum iOS version is 16", "Drops 1 %."), old));
        assert!(!supersedes(("Minimum iOS version is 15", "98 % of our users are there."), old));
        assert!(!supersedes(("Minimum Android version is 16", ""), old));
        assert!(!supersedes(("Ticket 4712 is closed for good", ""), ("Ticket 4711 is closed for good", "")));
        let old = ("How the cache works", "Redis holds each page for an hour.");
        assert!(supersedes(("How the cache works", "Pages are purged by tag now, Varnish keeps them."), old));
        assert!(!supersedes(("How the cache works", "Varnish keeps pages, purged by tag."), old));
        assert!(!supersedes(("Added the edge cache", "Varnish keeps pages now."), ("Added the edge cache", "Redis.")));
        assert!(!supersedes(("Found 3 errors in the build", ""), ("Found 5 errors in the build", "")));
    }

    #[test]
    fn what_only_sounds_alike_stands() {
        let vercel = ("Deploy the API on Vercel", "The API runs on Vercel.");
        assert!(!supersedes(("The API runs on Vercel", "Deployed in fra1."), vercel));
        assert!(!supersedes(("The Redis cache moved from memory to disk", "The API is fast."), vercel));
        assert!(!supersedes(("Preview deploys", "The worker no longer polls the queue on each API call."), vercel));
        let agrees = ("API deploys left Vercel", "The API no longer runs on Vercel.");
        assert!(!supersedes(("Deploys moved from Vercel to Fly.io", "API deploys."), agrees));
        assert!(!supersedes(("", "no longer"), ("", "")));
        assert!(!supersedes(("zsh starts fast: mise instead of nvm", ""), ("zsh is slow because of nvm", "")));
        let disk = ("Disk sdb fails", "Reallocated sectors in tank.");
        assert!(!supersedes(("Replaced the failed disk of tank, took 5 h", ""), disk));
        assert!(!takes_back("Kept", &["nothing longer than no"]));
    }

    #[test]
    fn stems_join_what_belongs_together() {
        for (a, b) in [("deploys", "deployed"), ("served", "serves"), ("prices", "price"), ("scoring", "score")] {
            assert_eq!(stem(a), stem(b));
        }
        assert_eq!(stem("ios"), "ios");
        assert_eq!(subject("Port is 8080 for the proxy"), subject("The proxy port is 9090"));
    }
}
