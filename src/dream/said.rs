//! What two texts say compared word by word, closely enough to throw one of them away.

/// Words without which a sentence says the same.
const FILLERS: &str = " a an the of for to in on at by with from and or as is are was were be been being it its this that \
                       these those we our you your i my also just then so here there has have had which ";

/// Words that turn a statement round, or narrow it.
const TURNING: &str = " not no never none without cannot cant dont doesnt didnt isnt arent wasnt werent wont wouldnt \
                       shouldnt couldnt longer deprecated instead except unless only unlike disable disabled disables \
                       enable enabled enables false true off old former formerly before after until removed reverted ";

/// Numbers that are written as words.
const NUMBERS: &str = " one two three four five six seven eight nine ten eleven twelve hundred thousand first second third \
                       half double twice ";

/// Of so many telling words, at most one may be said otherwise.
const OTHERWISE: usize = 12;

fn is_filler(word: &str) -> bool {
    is_in(FILLERS, word)
}

fn turns(word: &str) -> bool {
    is_in(TURNING, &word.replace(['\'', '’'], ""))
}

fn is_in(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|known| known == word)
}

/// A word as it is compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Word {
    /// In lower case, without the marks around it.
    folded: String,
    /// Whether it names something: a number, a path, a symbol, a name.
    names: bool,
}

/// What a memory says, taken apart: one row of words for each sentence, line or item of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said(Vec<Vec<Word>>);

impl Said {
    pub(super) fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        Self(texts.into_iter().flat_map(passages).map(words).filter(|words| !words.is_empty()).collect())
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }

    /// Whether both have the very same words in the same order, signs included: `-1` is not `1`.
    pub(super) fn is(&self, other: &Self) -> bool {
        let flat = |said: &Self| said.0.iter().flatten().map(|word| word.folded.clone()).collect::<Vec<_>>();
        self.len() == other.len() && flat(self) == flat(other)
    }

    /// Whether everything that the other says stands here too: each of its passages can be made from one of ours by
    /// leaving words out, and none of those turns the sense.
    pub(super) fn covers(&self, other: &Self) -> bool {
        other.0.iter().all(|passage| self.0.iter().any(|mine| holds(mine, passage)))
    }

    /// Whether both say the same in other words: only a few plain words differ, none was moved, and none of them is a
    /// name, a number or turns the sense.
    pub(super) fn paraphrases(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.telling(), other.telling());
        let Some([ours, others]) = differing(&mine, &theirs) else { return false };
        let moved = ours.iter().any(|word| others.iter().any(|other| other.folded == word.folded));
        let few = ours.len().max(others.len()) <= mine.len().max(theirs.len()).div_ceil(OTHERWISE);
        few && !moved && ours.iter().chain(&others).all(|word| !word.names && !turns(&word.folded))
    }

    fn telling(&self) -> Vec<&Word> {
        self.0.iter().flatten().filter(|word| !is_filler(&word.folded)).collect()
    }
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
            let length = if mine.folded == theirs.folded {
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
            (Some(mine), Some(theirs)) if mine.folded == theirs.folded => (i, j) = (i + 1, j + 1),
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

/// Whether `longer` says what `shorter` says: its words in the same order and close together, with others between
/// that do not turn it.
fn holds(longer: &[Word], shorter: &[Word]) -> bool {
    let telling = |words: &[Word]| -> Vec<String> {
        words.iter().filter(|word| !is_filler(&word.folded)).map(|word| word.folded.clone()).collect()
    };
    let (longer, shorter) = (telling(longer), telling(shorter));
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
                Some(_) if turns(word) => return false,
                Some(_) => between += 1,
                None => break,
            }
        }
        // Few words scattered over a long sentence are there by chance; and what stands right before or behind may turn
        // what they say.
        let end = start + shorter.len() + between;
        let beside = longer.get(start.saturating_sub(1)..start).into_iter().chain(longer.get(end..end + 1));
        wanted.peek().is_none() && between * 2 <= shorter.len() && !beside.flatten().any(|word| turns(word))
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
    kept.enumerate().map(|(at, word)| Word { folded: word.to_lowercase(), names: names(word, at == 0) }).collect()
}

/// Whether a word names something. A capital at the beginning of a sentence says nothing.
fn names(word: &str, first: bool) -> bool {
    let capital = word.chars().skip(usize::from(first)).any(char::is_uppercase);
    capital
        || is_in(NUMBERS, &word.to_lowercase())
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
