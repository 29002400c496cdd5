//! Looking for names by a few of their letters: one way for every list that is typed into.

use std::cmp::Reverse;

use fuzzy_matcher::{FuzzyMatcher as _, skim::SkimMatcherV2};

/// Letters of a text that are looked at: names are shorter, and the work grows with them.
const LETTERS: usize = 512;
/// Letters of a word that are looked for.
const TYPED: usize = 64;

/// The places of the texts that answer what is typed, the best first: each word of it has its letters there in order.
/// Without anything typed all of them, as they come.
pub(crate) fn best<S: AsRef<str>>(typed: &str, texts: &[S]) -> Vec<usize> {
    let words: Vec<String> = typed.split_whitespace().map(|word| lower(word, TYPED)).collect();
    if words.is_empty() {
        return (0..texts.len()).collect();
    }
    // Both sides are in small letters, of any script; the matcher knows those of ASCII only.
    let matcher = SkimMatcherV2::default().respect_case();
    let score = |text: &str| {
        let text = lower(text, LETTERS);
        words.iter().map(|word| matcher.fuzzy_match(&text, word)).sum::<Option<i64>>()
    };
    let mut found: Vec<(i64, usize)> =
        texts.iter().enumerate().filter_map(|(at, text)| Some((score(text.as_ref())?, at))).collect();
    found.sort_by_key(|(score, at)| (Reverse(*score), *at));
    found.into_iter().map(|(_, at)| at).collect()
}

fn lower(text: &str, most: usize) -> String {
    text.chars().take(most).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn beginnings_of_words_are_better_than_middles() {
        let texts = ["commands", "mark all", "those that", "stale after", "prune"];
        assert_eq!(best("ma", &texts), [1, 0]);
        assert_eq!(best("SA", &texts), [3, 2]);
        assert_eq!(best("after st", &texts), [3], "words in any order");
        assert_eq!(best("prnue", &texts), [0; 0]);
        assert_eq!(best(" ", &texts), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn names_of_any_length_and_kind_are_borne() {
        let texts = [String::new(), "a".repeat(200_000), "\u{0}\u{1b}[31m".to_owned(), "日".repeat(70_000)];
        assert_eq!(best("a", &texts), [1]);
        assert_eq!(best(&"a".repeat(10_000), &texts), [1]);
        assert_eq!(best("日日日", &texts), [3]);
        assert_eq!(best("\u{1b}", &texts), [2]);
    }

    proptest! {
        #[test]
        fn what_is_found_has_the_letters_in_order(
            typed in "[abcé日 -]{0,6}",
            texts in prop::collection::vec("[abcABCé日/_ -]{0,12}", 0..8),
        ) {
            let has = |text: &str| {
                typed.split_whitespace().all(|word| {
                    let mut letters = text.chars().flat_map(char::to_lowercase);
                    word.chars().all(|wanted| letters.any(|letter| letter == wanted))
                })
            };
            let mut found = best(&typed, &texts);
            found.sort_unstable();
            let expected: Vec<usize> = (0..texts.len()).filter(|at| has(&texts[*at])).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn any_script_is_found() {
        let texts = ["結帳-api", "café", "кеш"];
        assert_eq!(best("結", &texts), [0]);
        assert_eq!(best("КЕ", &texts), [2]);
        assert_eq!(best("caf", &texts), [1]);
    }
}
