//! Matching of names: contains, exact and glob, without regard to case.

use super::Pattern;

impl Pattern {
    /// The name contains the text.
    pub fn contains(text: &str) -> Self {
        Self::Contains(fold(text))
    }

    /// The name is the text; the empty text asks for memories that have no such name.
    pub fn exact(text: &str) -> Self {
        Self::Exact(fold(text))
    }

    /// The whole name matches, `*` stands for any text. A glob without a `*` is an exact pattern.
    pub fn glob(text: &str) -> Self {
        if !text.contains('*') {
            return Self::exact(text);
        }
        let mut folded = fold(text);
        while folded.contains("**") {
            folded = folded.replace("**", "*");
        }
        Self::Glob(folded)
    }

    /// Whether a name matches. An empty name is no name: only the exact empty pattern matches it.
    pub fn matches(&self, name: &str) -> bool {
        if name.is_empty() {
            return matches!(self, Self::Exact(text) if text.is_empty());
        }
        if name.is_ascii() {
            return self.matches_bytes(name.as_bytes());
        }
        self.matches_bytes(fold(name).as_bytes())
    }

    /// The pattern's text without its sign.
    pub fn text(&self) -> &str {
        match self {
            Self::Contains(text) | Self::Exact(text) | Self::Glob(text) => text,
        }
    }

    /// Bytes serve because UTF-8 never finds one character's bytes within another's; names that are not ASCII come
    /// folded, in those that are the comparison itself folds.
    fn matches_bytes(&self, name: &[u8]) -> bool {
        match self {
            Self::Contains(text) => find(name, text.as_bytes()).is_some(),
            Self::Exact(text) => name.eq_ignore_ascii_case(text.as_bytes()),
            Self::Glob(text) => glob(name, text.as_bytes()),
        }
    }
}

/// Lower case by character, so that it does not depend on neighbours (as a final sigma would).
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().flat_map(char::to_lowercase).collect()
}

/// Where the text begins in the name.
fn find(name: &[u8], text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    name.windows(text.len()).position(|window| window.eq_ignore_ascii_case(text))
}

/// Whether the whole name matches: the first piece begins it, the last ends it, the others follow each other.
fn glob(name: &[u8], pattern: &[u8]) -> bool {
    let mut pieces = pattern.split(|byte| *byte == b'*');
    let first = pieces.next().unwrap_or_default();
    let Some(last) = pieces.next_back() else { return name.eq_ignore_ascii_case(first) };
    let Some((head, mut rest)) = name.split_at_checked(first.len()) else { return false };
    if !head.eq_ignore_ascii_case(first) {
        return false;
    }
    for piece in pieces {
        let Some(after) = find(rest, piece).and_then(|at| rest.get(at + piece.len()..)) else { return false };
        rest = after;
    }
    rest.len().checked_sub(last.len()).and_then(|at| rest.get(at..)).is_some_and(|tail| tail.eq_ignore_ascii_case(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_without_regard_to_case() {
        assert!(Pattern::contains("FIX").matches("BugFix"));
        assert!(!Pattern::contains("fixes").matches("BugFix"));
        assert!(Pattern::exact("Change").matches("change"));
        assert!(!Pattern::exact("chang").matches("change"));
        assert!(Pattern::contains("ÄPFEL").matches("viele äpfel"));
        assert!(Pattern::exact("ΟΔΟΣ").matches("οδοσ"));
        assert!(!Pattern::contains("é").matches("cafe"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        let glob = |pattern: &str, name: &str| Pattern::glob(pattern).matches(name);
        assert!(glob("acme-*", "ACME-api"));
        assert!(glob("acme-*", "acme-"));
        assert!(!glob("acme-*", "my-acme-api"));
        assert!(glob("*api", "acme-api"));
        assert!(glob("a*b*c", "a-b-b-c"));
        assert!(!glob("a*b*c", "acb"));
        assert!(!glob("aba*ba", "aba"), "pieces never overlap");
        assert!(glob("*", "x"));
        assert!(!glob("*", ""), "an empty name is no name");
        assert_eq!(Pattern::glob("a***b"), Pattern::Glob("a*b".into()));
        assert_eq!(Pattern::glob("ab"), Pattern::Exact("ab".into()));
    }

    #[test]
    fn only_the_exact_empty_pattern_finds_what_has_no_name() {
        assert!(Pattern::exact("").matches(""));
        assert!(!Pattern::exact("").matches("x"));
        assert!(!Pattern::contains("").matches(""));
    }
}
