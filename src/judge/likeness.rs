//! How much a memory is like another one: by the words that tell most, and by runs of words in common.

use std::collections::{HashMap, HashSet};

use super::fingerprint::shingle_set;

/// Letters of the longest word that counts by its length: longer ones are seldom but no more telling.
const LONG: usize = 12;

/// The words of a memory by which others like it can be found, the most telling first, in lower case. A word of the
/// title, a long one and one that comes again tells more.
pub fn telling_words(title: &str, texts: &[&str], limit: usize) -> Vec<String> {
    let mut seen: HashMap<String, (f32, usize)> = HashMap::new();
    let titled = words(title).map(|word| (word, 2.0));
    let texted = texts.iter().flat_map(|text| words(text)).map(|word| (word, 1.0));
    for (at, (word, weight)) in titled.chain(texted).enumerate() {
        seen.entry(word).and_modify(|(sum, _)| *sum += weight).or_insert((weight, at));
    }
    let mut found: Vec<(f32, usize, String)> = seen
        .into_iter()
        .map(|(word, (sum, at))| ((1.0 + sum.ln_1p()) * word.chars().count().min(LONG) as f32, at, word))
        .collect();
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.into_iter().take(limit).map(|(.., word)| word).collect()
}

/// The words of a text that may tell something, in lower case: no numbers, and nothing of one or two ASCII letters.
fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|sign: char| !sign.is_alphanumeric())
        .filter(|word| word.chars().any(char::is_alphabetic) && (word.len() > 2 || !word.is_ascii()))
        .map(str::to_lowercase)
}

fn word_set(texts: &[&str]) -> HashSet<String> {
    texts.iter().flat_map(|text| words(text)).collect()
}

/// A memory that others are compared with.
#[derive(Debug)]
pub struct Original {
    shingles: HashSet<u64>,
    /// Its telling words, each with its weight.
    words: HashMap<String, f32>,
    weight: f32,
    /// Different words in all.
    count: usize,
}

impl Original {
    /// A memory with these texts, title first, and these telling words with their weights: the rarer the more.
    pub fn new(texts: &[&str], words: impl IntoIterator<Item = (String, f32)>) -> Self {
        let words: HashMap<String, f32> = words.into_iter().collect();
        let weight = words.values().sum();
        Self { shingles: shingle_set(texts), words, weight, count: word_set(texts).len() }
    }

    /// How much another memory is like it, 0 to 1: half by the telling words that it has too, by weight, half by the
    /// Jaccard likeness of three-word runs. `1` for the same text. A longer memory has many words by chance, so what it
    /// has in common counts less, by the root of how much longer it is.
    pub fn likeness(&self, texts: &[&str]) -> f32 {
        let theirs = word_set(texts);
        let common: f32 = theirs.iter().filter_map(|word| self.words.get(word)).sum();
        let longer = (self.count as f32 / theirs.len().max(1) as f32).min(1.0).sqrt();
        let by_words = if self.weight > 0.0 { common / self.weight * longer } else { 0.0 };
        let shingles = shingle_set(texts);
        let both = self.shingles.intersection(&shingles).count();
        let all = self.shingles.len() + shingles.len() - both;
        let by_runs = if all == 0 { 0.0 } else { both as f32 / all as f32 };
        f32::midpoint(by_words, by_runs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_and_long_words_tell_most() {
        let words = telling_words("Fix the webhook", &["the retry of the webhook and its backoff, 42 times"], 3);
        assert_eq!(words, ["webhook", "backoff", "retry"]);
        assert_eq!(telling_words("内存", &[], 3), ["内存"]);
    }

    #[test]
    fn the_same_is_wholly_alike_and_something_else_is_not() {
        let text = "the webhook is retried with backoff and jitter";
        let original = Original::new(&[text], [("webhook".to_owned(), 5.0), ("jitter".to_owned(), 3.0)]);
        assert!((original.likeness(&[text]) - 1.0).abs() < f32::EPSILON);
        let near = original.likeness(&["the webhook is retried with backoff and patience"]);
        let far = original.likeness(&["a webhook was added"]);
        assert!(near > far && far > 0.0, "{near} {far}");
        assert!(original.likeness(&["nothing of it"]).abs() < f32::EPSILON);
    }
}
