//! What a text says, in two numbers: one for equality and one for likeness.
//!
//! Both are taken over the words of a text, folded: letters in lower case, digits kept, everything else a gap.
//!
//! - The exact number is a hash of the words in order (FNV-1a for each word, mixed by the finaliser of `SplitMix64`).
//! - The sketch is a *1-bit minwise hash* of the set of three-word shingles: Li and König, "b-Bit Minwise Hashing"
//!   (WWW 2010), from one permutation in 64 bins as in Li, Owen and Zhang, "One Permutation Hashing" (NIPS 2012), with
//!   empty bins filled as in Shrivastava and Li, "Improved Densification of One Permutation Hashing" (UAI 2014).
//!   Two sketches differ in about `32 × (1 − J)` of 64 bits, `J` being the Jaccard likeness of the two sets. A simhash
//!   of the same shingles differs in twice as many bits for texts that are nearly equal, and so misses more of them.

use std::collections::HashSet;

/// What a text says, in two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    /// Equal for texts of the same words in the same order; 0 for a text without words.
    pub exact: u64,
    /// For [`alike`](super::alike()); 0 for a text without words, which is like nothing.
    pub sketch: u64,
    /// How many words there are. Likeness of texts of less than ten words says little.
    pub words: u32,
}

/// The fingerprint of a memory, given its title and texts in reading order; a text ends a word but not a shingle.
pub fn fingerprint<S: AsRef<str>>(texts: &[S]) -> Fingerprint {
    let mut sketcher = Sketcher::default();
    for text in texts {
        each_word(text.as_ref(), &mut |word| sketcher.add(word));
    }
    sketcher.finish()
}

/// The exact Jaccard likeness of two texts: three-word shingles in common, divided by all. 1 for two texts without
/// words. For verifying what sketches suggest; keeps both sets in memory.
pub fn jaccard<S: AsRef<str>>(left: &[S], right: &[S]) -> f32 {
    let (left, right) = (shingle_set(left), shingle_set(right));
    let common = left.intersection(&right).count();
    let all = left.len() + right.len() - common;
    if all == 0 { 1.0 } else { common as f32 / all as f32 }
}

/// The least numbers among the three-word runs of a memory, in order, at most `count`: a bottom-k sketch (Broder, "On the
/// resemblance and containment of documents", 1997). Memories that have little in common can be told to be alike by it,
/// where [`Fingerprint::sketch`] tells only those that are nearly equal.
pub fn least_runs<S: AsRef<str>>(texts: &[S], count: usize) -> Vec<u64> {
    let mut runs: Vec<u64> = shingle_set(texts).into_iter().collect();
    if runs.len() > count {
        runs.select_nth_unstable(count);
        runs.truncate(count);
    }
    runs.sort_unstable();
    runs
}

/// The share of runs in common, of two memories with these least runs: 0 to 1, by the least of both together.
pub fn resemblance(one: &[u64], other: &[u64]) -> f32 {
    let count = one.len().max(other.len());
    let mut all: Vec<u64> = one.iter().chain(other).copied().collect();
    all.sort_unstable();
    let all: Vec<&[u64]> = all.chunk_by(|a, b| a == b).take(count).collect();
    let both = all.iter().filter(|run| run.len() > 1).count();
    if all.is_empty() { 0.0 } else { both as f32 / all.len() as f32 }
}

/// The three-word runs of a memory, each as a number.
pub(super) fn shingle_set<S: AsRef<str>>(texts: &[S]) -> HashSet<u64> {
    let mut set = HashSet::new();
    let mut window = Window::default();
    for text in texts {
        each_word(text.as_ref(), &mut |word| {
            set.extend(window.push(word));
        });
    }
    set.extend(window.short());
    set
}

const BINS: usize = 64;

/// The increment of `SplitMix64`: 2⁶⁴ divided by the golden ratio.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

struct Sketcher {
    exact: u64,
    window: Window,
    bins: [u64; BINS],
}

impl Default for Sketcher {
    fn default() -> Self {
        Self { exact: 0, window: Window::default(), bins: [u64::MAX; BINS] }
    }
}

impl Sketcher {
    #[inline]
    fn add(&mut self, word: u64) {
        self.exact = (self.exact.rotate_left(23) ^ word).wrapping_mul(GOLDEN);
        if let Some(shingle) = self.window.push(word) {
            self.put(shingle);
        }
    }

    #[inline]
    fn put(&mut self, shingle: u64) {
        let bin = &mut self.bins[(shingle >> 58) as usize];
        *bin = (*bin).min(shingle);
    }

    fn finish(mut self) -> Fingerprint {
        let words = self.window.words;
        if words == 0 {
            return Fingerprint::default();
        }
        if let Some(shingle) = self.window.short() {
            self.put(shingle);
        }
        let sketch = (0..BINS).fold(0, |sketch, bin| sketch | (self.bit(bin) << bin));
        Fingerprint { exact: mix(self.exact).max(1), sketch: sketch.max(1), words }
    }

    /// One bit of the smallest shingle of a bin. An empty bin borrows from the next full one, to the left or to the
    /// right as a fixed coin says, and turns what it borrows by the distance.
    fn bit(&self, bin: usize) -> u64 {
        let step = if mix(bin as u64 + 1) & 1 == 0 { 1 } else { BINS - 1 };
        let borrowed = (0..BINS).find_map(|distance| {
            let value = self.bins.get((bin + distance * step) % BINS)?;
            (*value != u64::MAX).then_some((value, distance * step))
        });
        borrowed.map_or(0, |(value, turn)| mix(value ^ (turn as u64).wrapping_mul(GOLDEN)) & 1)
    }
}

/// The last words seen.
#[derive(Default)]
struct Window {
    before: [u64; 2],
    words: u32,
}

impl Window {
    /// Takes the next word and gives the shingle that it ends.
    #[inline]
    fn push(&mut self, word: u64) -> Option<u64> {
        let [first, second] = self.before;
        self.before = [second, word];
        self.words = self.words.saturating_add(1);
        (self.words >= 3).then(|| shingle(first, second, word))
    }

    /// The one shingle of a text that is shorter than a shingle.
    fn short(&self) -> Option<u64> {
        matches!(self.words, 1 | 2).then(|| shingle(0, self.before[0], self.before[1]))
    }
}

#[inline]
fn shingle(first: u64, second: u64, third: u64) -> u64 {
    mix(first.rotate_left(21) ^ second.rotate_left(42).wrapping_mul(GOLDEN) ^ third)
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014).
#[inline]
const fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Offset basis and prime of FNV-1a with 64 bits (Fowler, Noll and Vo).
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// A byte that may belong to a letter outside ASCII.
const OTHER: u8 = 0xff;

/// ASCII letters in lower case and digits; 0 for what stands between words.
const FOLD: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte: u8 = 0;
    loop {
        table[byte as usize] = match byte {
            b'0'..=b'9' | b'a'..=b'z' => byte,
            b'A'..=b'Z' => byte + 32,
            0x80.. => OTHER,
            _ => 0,
        };
        if byte == u8::MAX {
            break;
        }
        byte += 1;
    }
    table
};

/// Gives the hash of each word of a text, folded.
#[inline]
fn each_word(text: &str, visit: &mut impl FnMut(u64)) {
    let bytes = text.as_bytes();
    let mut hash = FNV_BASIS;
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match FOLD[usize::from(byte)] {
            0 => {
                if hash != FNV_BASIS {
                    visit(hash);
                    hash = FNV_BASIS;
                }
            }
            OTHER => {
                let ch = text.get(at - 1..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                at += ch.len_utf8() - 1;
                if ch.is_alphanumeric() {
                    for lower in ch.to_lowercase() {
                        hash = u32::from(lower).to_le_bytes().into_iter().fold(hash, step);
                    }
                } else if hash != FNV_BASIS {
                    visit(hash);
                    hash = FNV_BASIS;
                }
            }
            folded => hash = step(hash, folded),
        }
    }
    if hash != FNV_BASIS {
        visit(hash);
    }
}

#[inline]
fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::judge::alike;

    #[test]
    fn case_space_and_punctuation_do_not_count_but_numbers_do() {
        let one = fingerprint(&["Fixed the Login-bug, in 3 steps."]);
        assert_eq!(one, fingerprint(&["fixed THE", "login\tbug in (3) steps"]));
        assert_eq!(one.words, 7);
        assert_ne!(one.exact, fingerprint(&["fixed the login bug in 4 steps"]).exact);
        assert_ne!(one.exact, fingerprint(&["the fixed login bug in 3 steps"]).exact);
        assert_eq!(fingerprint(&["ÄRGER über Öl"]), fingerprint(&["ärger  über — öl"]));
        assert_eq!(fingerprint(&["…!"]), Fingerprint::default());
        assert_ne!(fingerprint(&["one"]).sketch, fingerprint(&["two"]).sketch);
    }

    #[test]
    fn likeness_of_sets_is_exact() {
        assert!((jaccard(&["a b c d e"], &["A, b c d e!"]) - 1.0).abs() < f32::EPSILON);
        assert!((jaccard(&["a b c d"], &["b c d e"]) - 1.0 / 3.0).abs() < 1e-6);
        assert!(jaccard(&["one two three"], &["four five six"]).abs() < f32::EPSILON);
        assert!((jaccard::<&str>(&[], &[]) - 1.0).abs() < f32::EPSILON);
    }

    /// Numbers without a pattern, from the same generator for every run.
    fn numbers(seed: u64) -> impl Iterator<Item = u64> {
        (0u64..).map(move |index| mix(seed.wrapping_mul(GOLDEN).wrapping_add(index)))
    }

    fn random_text(seed: u64, words: usize) -> Vec<String> {
        numbers(seed).take(words).map(|number| format!("w{}", number % 3000)).collect()
    }

    /// How often texts of `words` words are called alike after `edits` words were replaced.
    fn recall(words: usize, edits: usize) -> f64 {
        let trials = 400;
        let hits = (0..trials).filter(|trial| {
            let text = random_text(*trial, words);
            let mut other = text.clone();
            for (edit, place) in numbers(trial + 1_000_000).take(edits).enumerate() {
                let place = usize::try_from(place % words as u64).unwrap();
                other[place] = format!("edit{edit}");
            }
            alike(fingerprint(&[text.join(" ")]).sketch, fingerprint(&[other.join(" ")]).sketch)
        });
        hits.count() as f64 / trials as f64
    }

    #[test]
    fn small_changes_are_found_and_large_ones_are_not() {
        assert!(recall(300, 0) > 0.999);
        assert!(recall(300, 2) > 0.9, "{}", recall(300, 2));
        assert!(recall(150, 2) > 0.7, "{}", recall(150, 2));
        assert!(recall(60, 1) > 0.5, "{}", recall(60, 1));
        assert!(recall(150, 40) < 0.01, "{}", recall(150, 40));
    }

    #[test]
    fn other_texts_are_not_alike() {
        for words in [1, 3, 8, 40, 400] {
            let sketches: Vec<u64> = (0..300)
                .map(|seed| fingerprint(&[format!("s{seed} ") + &random_text(seed, words).join(" ")]).sketch)
                .collect();
            let pairs = sketches
                .iter()
                .enumerate()
                .flat_map(|(at, one)| sketches[at + 1..].iter().map(move |other| (one, other)));
            assert_eq!(pairs.filter(|(one, other)| alike(**one, **other)).count(), 0, "{words} words");
        }
    }

    proptest! {
        #[test]
        fn folding_never_changes_the_answer(words in prop::collection::vec("[a-zé0-9]{1,6}", 0..30)) {
            let plain = fingerprint(&[words.join(" ")]);
            let loud = fingerprint(&[words.join(" -\n\t").to_uppercase() + "!!"]);
            prop_assert_eq!(plain, loud);
            prop_assert_eq!(plain.words as usize, words.len());
            prop_assert_eq!(plain.sketch == 0, words.is_empty());
        }
    }
}
