//! Looking for names by a few of their letters: one way for every list that is typed into.

use frizbee::{CaseMatching, Config, Matcher, Pattern, PatternConfig};

/// The places of the texts that answer what is typed, the best first: each word of it has its letters there in order.
/// Without anything typed all of them, as they come.
pub(crate) fn best<S: AsRef<str>>(typed: &str, texts: &[S]) -> Vec<usize> {
    let words: Vec<Pattern> =
        typed.split_whitespace().map(|word| Pattern::new(word, PatternConfig::default())).collect();
    if words.is_empty() {
        return (0..texts.len()).collect();
    }
    let config = Config::default().casing(CaseMatching::Ignore);
    let found = Matcher::from_patterns(&words, &config).match_list(texts);
    found.into_iter().filter_map(|found| usize::try_from(found.index).ok()).collect()
}

#[cfg(test)]
mod tests {
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
    fn any_script_is_found() {
        let texts = ["結帳-api", "café", "кеш"];
        assert_eq!(best("結", &texts), [0]);
        assert_eq!(best("КЕ", &texts), [2]);
        assert_eq!(best("caf", &texts), [1]);
    }
}
