//! What somebody saw of a memory, in a number: whether it is still that one can be told without keeping its text.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::Key;

/// A 64-bit hash of everything of a memory that a person reads or filters by: kind, project, title, texts, tags, files.
/// Counters and bookkeeping columns are left out. Not proof against somebody who seeks collisions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Version(pub u64);

/// A memory with the version of it that was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Which memory.
    pub key: Key,
    /// What it was when it was chosen.
    pub seen: Version,
}

/// 2⁶⁴ divided by the golden ratio, odd.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

impl Version {
    /// The version with one more field in it: what type it is of, and its bytes.
    #[must_use]
    pub fn with(self, kind: u8, bytes: &[u8]) -> Self {
        let mix = |sum: u64, word: u64| {
            let sum = (sum ^ word).wrapping_mul(GOLDEN);
            sum ^ (sum >> 29)
        };
        let (words, rest) = bytes.as_chunks::<8>();
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        // The length tells a field that ends in zeros from a shorter one.
        let start = mix(mix(self.0.wrapping_add(GOLDEN), u64::from(kind)), bytes.len() as u64);
        let sum = words.iter().fold(start, |sum, word| mix(sum, u64::from_le_bytes(*word)));
        Self(mix(sum, u64::from_le_bytes(last)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A text that is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is no version; a version is 16 hexadecimal digits, as `memtui show --json` prints it", .0.escape_debug())]
pub struct BadVersion(pub String);

impl FromStr for Version {
    type Err = BadVersion;

    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| BadVersion(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_its_place_and_its_type_count() {
        let of = |fields: &[(u8, &[u8])]| {
            fields.iter().fold(Version::default(), |version, (kind, bytes)| version.with(*kind, bytes))
        };
        let long: Vec<u8> = (0..=255).collect();
        let one = of(&[(3, &long), (3, b"b")]);
        assert_eq!(one, of(&[(3, &long), (3, b"b")]));
        for place in 0..long.len() {
            let mut other = long.clone();
            other[place] ^= 0x20;
            assert_ne!(one, of(&[(3, &other), (3, b"b")]), "byte {place}");
        }
        let all = [
            of(&[]),
            of(&[(0, b"")]),
            of(&[(3, b"")]),
            of(&[(3, b"a")]),
            of(&[(4, b"a")]),
            of(&[(3, b"a\0")]),
            of(&[(3, b"a"), (3, b"")]),
            of(&[(3, b""), (3, b"a")]),
        ];
        let different: std::collections::HashSet<Version> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
    }
}
