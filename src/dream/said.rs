//! What two texts say compared word by word, closely enough to throw one of them away.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash as _, Hasher as _},
    sync::LazyLock,
};

use crate::judge;

/// Words without which a sentence says the same.
static FILLERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "a an the of for to in on at by with from and or as is are was were be been being it its this that these those we our \
     you your i my also just then so here there has have had which"
        .split_whitespace()
        .collect()
});

/// Words that turn a statement round, or narrow it.
static TURNING: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "not no never none without cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt shouldnt couldnt longer \
     deprecated instead except unless only unlike disable disabled disables enable enabled enables false true off old \
     former formerly before after until removed reverted"
        .split_whitespace()
        .collect()
});

/// Numbers that are written as words.
static NUMBERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "one two three four five six seven eight nine ten eleven twelve hundred thousand first second third half double twice"
        .split_whitespace()
        .collect()
});

/// Of so many telling words, at most one may be said otherwise.
const OTHERWISE: usize = 12;

/// A word as it is compared.
#[derive(Clone, Debug)]
struct Word {
    /// In lower case, without the marks around it.
    folded: String,
    /// Whether it names something: a number, a path, a symbol, a name.
    names: bool,
    /// Whether a sentence says the same without it.
    fills: bool,
    /// Whether it turns a statement round, or narrows it.
    turns: bool,
}

/// Words that mean the same wherever they stand in notes about programs.
const SAME: [&[&str]; 16] = [
    &["kept", "held", "stored", "saved"],
    &["keep", "hold", "store", "save"],
    &["keeps", "holds", "stores", "saves"],
    &["found", "noticed", "spotted", "discovered", "detected"],
    &["renewed", "refreshed"],
    &["deleted", "removed", "dropped"],
    &["picture", "image"],
    &["begins", "starts"],
    &["ends", "finishes"],
    &["shows", "displays"],
    &["gets", "receives"],
    &["uses", "employs", "utilizes"],
    &["allows", "lets", "permits"],
    &["needs", "requires"],
    &["big", "large"],
    &["quick", "fast"],
];

impl PartialEq for Word {
    fn eq(&self, other: &Self) -> bool {
        self.folded == other.folded
    }
}

/// What a memory says, taken apart.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    /// One row of words for each sentence, line or item of a list.
    passages: Vec<Vec<Word>>,
    /// The telling words as numbers, sorted: most memories are told apart by them without reading on.
    telling: Vec<u64>,
}

impl Said {
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let passages = texts.into_iter().flat_map(passages).map(words).filter(|words| !words.is_empty());
        let passages: Vec<Vec<Word>> = passages.collect();
        let number = |word: &Word| {
            let mut hasher = DefaultHasher::new();
            word.folded.hash(&mut hasher);
            hasher.finish()
        };
        let mut telling: Vec<u64> = passages.iter().flatten().filter(|word| !word.fills).map(number).collect();
        telling.sort_unstable();
        Self { passages, telling }
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.passages.iter().map(Vec::len).sum()
    }

    /// Whether both have the very same words in the same order, signs included: `-1` is not `1`.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.telling == other.telling && self.passages.iter().flatten().eq(other.passages.iter().flatten())
    }

    /// Whether everything that the other says stands here too: each of its passages can be made from one of ours by
    /// leaving words out, and none of those turns the sense.
    pub(super) fn covers(&self, other: &Self) -> bool {
        if !other.telling.iter().all(|word| self.telling.binary_search(word).is_ok()) {
            return false;
        }
        let mine: Vec<Vec<&Word>> = self.passages.iter().map(|passage| telling(passage)).collect();
        other.passages.iter().map(|passage| telling(passage)).all(|theirs| mine.iter().any(|mine| holds(mine, &theirs)))
    }

    /// Whether both say the same in other words: only a few plain words differ, and each stands in the place of one that
    /// means the same. A word that is not known to do so may name another thing (“the cache of search”, “of billing”).
    pub(super) fn paraphrases(&self, other: &Self) -> bool {
        let most = self.telling.len().max(other.telling.len()).div_ceil(OTHERWISE);
        let (ours, others) = beyond(&self.telling, &other.telling);
        if ours.max(others) > most {
            return false;
        }
        let (mine, theirs) = (self.flat(), other.flat());
        let Some([ours, others]) = differing(&mine, &theirs) else { return false };
        let few = ours.len().max(others.len()) <= most;
        let moved = ours.iter().any(|word| others.contains(word));
        few && !moved && ours.len() == others.len() && ours.iter().zip(&others).all(|(mine, theirs)| mine.means(theirs))
    }

    /// Whether there is no word in it.
    pub(super) fn is_empty(&self) -> bool {
        self.passages.is_empty()
    }

    fn flat(&self) -> Vec<&Word> {
        self.passages.iter().flatten().filter(|word| !word.fills).collect()
    }
}

fn telling(passage: &[Word]) -> Vec<&Word> {
    passage.iter().filter(|word| !word.fills).collect()
}

/// How many numbers each of two sorted rows has beside the other; equal ones count as often as they stand there.
fn beyond(one: &[u64], other: &[u64]) -> (usize, usize) {
    let (mut mine, mut theirs) = (one.iter().peekable(), other.iter().peekable());
    let mut common = 0;
    while let (Some(a), Some(b)) = (mine.peek(), theirs.peek()) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => drop(mine.next()),
            std::cmp::Ordering::Greater => drop(theirs.next()),
            std::cmp::Ordering::Equal => {
                common += 1;
                mine.next();
                theirs.next();
            }
        }
    }
    (one.len() - common, other.len() - common)
}

/// What each of two rows of words has beside their longest common subsequence; `None` when they are too long to be
/// compared.
fn differing<'a>(one: &[&'a Word], other: &[&'a Word]) -> Option<[Vec<&'a Word>; 2]> {
    const LONGEST: usize = 600;
    if one.len().max(other.len()) > LONGEST {
        return None;
    }
    let width = other.len() + 1;
    let mut common = vec![0_u16; (one.len() + 1) * width];
    let at = |common: &[u16], i: usize, j: usize| common.get(i * width + j).copied().unwrap_or_default();
    for (i, mine) in one.iter().enumerate().rev() {
        for (j, theirs) in other.iter().enumerate().rev() {
            let length = if mine == theirs {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let (mut i, mut j, mut ours, mut others) = (0, 0, Vec::new(), Vec::new());
    loop {
        match (one.get(i), other.get(j)) {
            (Some(mine), Some(theirs)) if mine == theirs => (i, j) = (i + 1, j + 1),
            (Some(mine), theirs) if theirs.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                ours.push(*mine);
                i += 1;
            }
            (_, Some(theirs)) => {
                others.push(*theirs);
                j += 1;
            }
            _ => return Some([ours, others]),
        }
    }
}

/// Whether the telling words `longer` say what those in `shorter` say: the same in the same order and close together, with
/// others between that do not turn it.
fn holds(longer: &[&Word], shorter: &[&Word]) -> bool {
    let Some(first) = shorter.first() else { return true };
    let starts = longer.iter().enumerate().filter(|(_, word)| *word == first).map(|(at, _)| at);
    starts.into_iter().any(|start| {
        let mut wanted = shorter.iter().peekable();
        let mut between = 0;
        for word in longer.iter().skip(start) {
            match wanted.peek() {
                Some(next) if *next == word => {
                    wanted.next();
                }
                Some(_) if word.turns => return false,
                Some(_) => between += 1,
                None => break,
            }
        }
        // Few words scattered over a long sentence are there by chance; and what stands right before or behind may turn
        // what they say.
        let end = start + shorter.len() + between;
        let beside = longer.get(start.saturating_sub(1)..start).into_iter().chain(longer.get(end..end + 1));
        wanted.peek().is_none() && between * 2 <= shorter.len() && !beside.flatten().any(|word| word.turns)
    })
}

/// Sentences, lines and items. A point ends a sentence only before a space: `v1.2` is one word.
pub(super) fn passages(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ';']).flat_map(|line| {
        let mut rest = line;
        std::iter::from_fn(move || {
            let ends = |(at, sign): (usize, char)| {
                let behind = rest.get(at + sign.len_utf8()..).unwrap_or_default();
                matches!(sign, '.' | '!' | '?') && behind.starts_with(char::is_whitespace)
            };
            let end = rest.char_indices().find(|it| ends(*it)).map_or(rest.len(), |(at, sign)| at + sign.len_utf8());
            let (now, later) = rest.split_at_checked(end)?;
            rest = later;
            (!now.is_empty()).then_some(now)
        })
    })
}

/// The words of a passage. Marks at their ends that only set type are no part of them.
fn words(passage: &str) -> Vec<Word> {
    let set = |sign: char| {
        matches!(sign, '.' | ',' | ';' | ':' | '!' | '?' | '"' | '\'' | '`' | '*' | '(' | ')' | '“' | '”' | '‘' | '’')
    };
    let bare = passage.split_whitespace().map(|word| word.trim_matches(set));
    let kept = bare
        .filter(|word| !word.is_empty() && !word.chars().all(|sign| matches!(sign, '-' | '–' | '—' | '#' | '>' | '•')));
    kept.enumerate().map(|(at, word)| Word::of(word, at == 0)).collect()
}

impl Word {
    /// Whether it may stand in the place of another one: an ending apart, or known to mean the same.
    fn means(&self, other: &Self) -> bool {
        let plain = |word: &Self| !word.names && !word.turns;
        let known = |words: &&[&str]| words.contains(&self.folded.as_str()) && words.contains(&other.folded.as_str());
        let stem = |word: &Self| judge::content(&word.folded).collect::<Vec<_>>();
        let ending = || !stem(self).is_empty() && stem(self) == stem(other);
        plain(self) && plain(other) && (SAME.iter().any(known) || ending())
    }

    /// A word, which may be the first of its passage.
    fn of(word: &str, first: bool) -> Self {
        let folded = word.to_lowercase();
        let (names, fills) = (names(word, &folded, first), FILLERS.contains(folded.as_str()));
        let turns = TURNING.contains(folded.replace(['\'', '’'], "").as_str());
        Self { folded, names, fills, turns }
    }
}

/// Whether a word names something. A capital at the beginning of a sentence says nothing.
fn names(word: &str, folded: &str, first: bool) -> bool {
    let capital = word.chars().skip(usize::from(first)).any(char::is_uppercase);
    capital
        || NUMBERS.contains(folded)
        || word.chars().any(|sign| {
            sign.is_numeric()
                || matches!(sign, '_' | '/' | '\\' | '.' | ':' | '@' | '#' | '+' | '=' | '<' | '>' | '$' | '%')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Said {
        Said::of([text])
    }

    #[test]
    fn the_same_words_are_the_same_and_a_sign_is_not() {
        assert!(said("Set `retries` to 3.").is(&said("set retries to 3")));
        assert!(!said("offset is -1").is(&said("offset is 1")));
        assert!(!said("written in C++").is(&said("written in C")));
        assert!(!said("use v1.2").is(&said("use v12")));
    }

    #[test]
    fn a_longer_text_covers_a_shorter_one_unless_it_turns_it() {
        let long = said("The worker polls the queue every 5 s, with jitter. It stops on SIGTERM.");
        assert!(long.covers(&said("Worker polls the queue every 5 s.")));
        assert!(!long.covers(&said("Worker polls the queue every 7 s.")));
        assert!(!said("The cache is not shared").covers(&said("The cache is shared")));
        assert!(!said("Retry added to the payments service").covers(&said("Retry added to the search service")));
        assert!(!said("moved from Redis to Postgres").covers(&said("moved from Postgres to Redis")));
        assert!(said("one. two; three").covers(&said("three\ntwo")));
    }

    #[test]
    fn a_paraphrase_differs_in_plain_words_only() {
        let text =
            "Requests over the limit get a reply with the seconds to wait, and the counter is kept for each client";
        let plain = said(text);
        assert!(plain.paraphrases(&said(&text.replace("kept", "held"))));
        assert!(plain.paraphrases(&said(&text.replace("Requests", "Request"))));
        assert!(!plain.paraphrases(&said(&text.replace("client", "tenant"))), "another thing");
        assert!(!plain.paraphrases(&said(&text.replace("each client", "each mobile client"))), "a narrower one");
        assert!(!plain.paraphrases(&said(&text.replace("client", "Client42"))));
        assert!(!plain.paraphrases(&said(&text.replace("is kept", "is never kept"))));
        let moves = "Jobs go from memory to disk when the queue is full, and come back by themselves in the night";
        assert!(!said(moves).paraphrases(&said(&moves.replace("memory to disk", "disk to memory"))));
        assert!(!plain.paraphrases(&said("something else is said here, in quite other words than those above")));
    }

    #[test]
    fn sentences_end_where_a_point_is_followed_by_space() {
        let parts: Vec<&str> = passages("Use v1.2 now. Then go! a;b\nc").map(str::trim).collect();
        assert_eq!(parts, ["Use v1.2 now.", "Then go!", "a", "b", "c"]);
    }
}
