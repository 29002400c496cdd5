//! Passwords, tokens and keys, by the prefixes their issuers document and by the shape of an assignment.

use std::{
    borrow::Cow,
    ops::Range,
    sync::{LazyLock, OnceLock},
};

use regex::Regex;

use crate::text;

/// Something that looks like a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    /// What it looks like: `GitHub token`.
    pub kind: &'static str,
    /// The secret part alone, in bytes: in `password=hunter2!` only `hunter2!`.
    pub range: Range<usize>,
}

/// The names of what secrets look like, in a sentence: `a GitHub token`, `an AWS access key`.
pub fn one(kinds: &str) -> String {
    let vowel = kinds.starts_with(['A', 'E', 'I', 'O', 'a', 'e', 'i', 'o']) || kinds.starts_with("npm");
    format!("{} {kinds}", if vowel { "an" } else { "a" })
}

/// How far the end of a key or of a private section is looked for.
const LONGEST: usize = 16 * 1024;

/// What a masked secret looks like, whatever its length.
pub const MASK: &str = "••••••";

/// How a match is told from an accident.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Check {
    /// The prefix says enough: only placeholders are refused.
    Prefix,
    /// The rest must also look random.
    Random,
    /// The value of a password: must not be a word of prose or of a program.
    Password,
    /// The value of any other assignment: must look random and be long.
    Assigned,
    /// A key block: goes on to its end mark.
    Block,
    /// `user:password@host`.
    Url,
    /// Between tags.
    Private,
}

impl Check {
    /// How many bytes a shape may look at from where it begins.
    const fn window(self) -> usize {
        match self {
            Self::Password | Self::Assigned | Self::Url => 320,
            Self::Prefix | Self::Random | Self::Block | Self::Private => 4096,
        }
    }
}

/// One shape of secret. Patterns are ASCII only, so that the matcher never leaves its fast path on other scripts.
struct Shape {
    kind: &'static str,
    check: Check,
    /// What comes before the secret part.
    lead: &'static str,
    /// The secret part.
    value: &'static str,
}

const fn shape(kind: &'static str, check: Check, lead: &'static str, value: &'static str) -> Shape {
    Shape { kind, check, lead, value }
}

/// The value of an assignment: printable ASCII without quotes, separators, brackets and backslash.
const VALUE: &str = r"[!#-&*+\-./0-9:=?@A-Z\[\]^_a-z|~]";

/// A user name or a password in a URL: printable ASCII but for what ends it.
const URL: &str = r"[!#-&(-.0-9;=?A-Z\[\]^_a-z{|}~]";

/// In the order in which they are tried at one place.
const SHAPES: [Shape; 22] = [
    shape("private key", Check::Block, "", "-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----"),
    shape("GitHub token", Check::Prefix, "", "gh[pousr]_[A-Za-z0-9]{36,}"),
    shape("GitHub token", Check::Prefix, "", "github_pat_[A-Za-z0-9_]{22,}"),
    shape("AWS access key", Check::Prefix, "", "(?:AKIA|ASIA)[A-Z2-7]{16}"),
    shape("Slack token", Check::Random, "", "xox[abeoprs]-[A-Za-z0-9-]{10,}"),
    shape(
        "Slack webhook",
        Check::Prefix,
        "hooks[.]slack[.]com/services/",
        "T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{16,}",
    ),
    shape("Google API key", Check::Prefix, "", "AIza[A-Za-z0-9_-]{35}"),
    shape("Google client secret", Check::Prefix, "", "GOCSPX-[A-Za-z0-9_-]{20,}"),
    shape("GitLab token", Check::Random, "", "gl(?:pat|dt|rt|cbt|ptt|ft)-[A-Za-z0-9_.-]{20,}"),
    shape("npm token", Check::Prefix, "", "npm_[A-Za-z0-9]{36}"),
    shape("PyPI token", Check::Prefix, "", "pypi-AgE[A-Za-z0-9_-]{50,}"),
    shape("Hugging Face token", Check::Prefix, "", "hf_[A-Za-z0-9]{34,40}"),
    shape("Stripe key", Check::Prefix, "", "(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{16,}"),
    shape("webhook secret", Check::Prefix, "", "whsec_[A-Za-z0-9+/=]{24,}"),
    shape("API key", Check::Random, "", "sk-[A-Za-z0-9_-]{20,}"),
    shape("JSON web token", Check::Prefix, "", "eyJ[A-Za-z0-9_-]{8,}[.]eyJ[A-Za-z0-9_-]{8,}[.][A-Za-z0-9_-]{8,}"),
    shape("bearer token", Check::Random, "(?i:bearer)[ \t]{1,3}", "[A-Za-z0-9._~+/=-]{20,}"),
    shape(
        "basic authorization",
        Check::Random,
        r#"(?i:authorization)\\?["']?: {0,3}(?i:basic) "#,
        "[A-Za-z0-9+/=]{12,}",
    ),
    shape("password in a URL", Check::Url, "://", "URL{0,64}:URL{3,128}@[A-Za-z0-9]"),
    shape("password", Check::Password, "(?i:password|passwd|passphrase|pwd)ASSIGN", "VALUE{6,}"),
    shape(
        "secret",
        Check::Assigned,
        "(?i:secret|secret[_-]?key|api[_-]?key|apikey|access[_-]?key|private[_-]?key|signing[_-]?key|token)ASSIGN",
        "VALUE{12,}",
    ),
    shape("private section", Check::Private, "<private>", ""),
];

/// `=` or `:` with quotes and spaces around, also inside a JSON string.
const ASSIGN: &str = r#"\\?["'`]?[ \t]{0,3}(?:[:=]|=>|:=)[ \t]{0,3}\\?["'`]?"#;

/// Where a secret may begin: one pass over text that holds none.
static TRIGGER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(&trigger()).ok());

/// Each shape alone, with its secret part as the first group. Made when a text first begins like it: most never are, and
/// all together take a megabyte.
static EACH: [OnceLock<Option<Regex>>; SHAPES.len()] = [const { OnceLock::new() }; SHAPES.len()];

/// Makes the pattern ready that every text is searched with. The first search does it by itself, but takes longer.
pub fn warm() {
    LazyLock::force(&TRIGGER);
}

/// All shapes as one expression, each only up to its first open repetition, so that no match runs on and on.
pub(super) fn trigger() -> String {
    let start = |value: &str| match value.split_once(",}") {
        Some((head, _)) => format!("{head}}}"),
        None => value.to_owned(),
    };
    SHAPES.iter().map(|shape| expand(shape.lead) + &expand(&start(shape.value))).collect::<Vec<_>>().join("|")
}

fn expand(part: &str) -> String {
    part.replace("ASSIGN", ASSIGN).replace("VALUE", VALUE).replace("URL", URL)
}

/// Finds secrets, in order and apart from each other. Placeholders (`xxx`, `<token>`, `${TOKEN}`, `your-api-key`) do
/// not count.
pub(super) fn find(text: &str) -> Vec<Secret> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(secret) = next(text, &mut from) {
        found.push(secret);
    }
    found
}

/// Whether [`find`] would find anything.
pub(super) fn any(text: &str) -> bool {
    next(text, &mut 0).is_some()
}

/// Letters, in lower case, with which every secret comes whose value is not assigned to a name.
const MARKS: [&str; 30] = [
    "-----begin",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "akia",
    "asia",
    "xox",
    "hooks.slack.com",
    "aiza",
    "gocspx-",
    "glpat-",
    "gldt-",
    "glrt-",
    "glcbt-",
    "glptt-",
    "glft-",
    "npm_",
    "pypi-",
    "hf_",
    "sk_",
    "rk_",
    "whsec_",
    "sk-",
    "eyj",
    "bearer",
    "://",
    "<private>",
];

/// What the names of assigned secrets are made with.
const NAMES: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "secret",
    "api",
    "access",
    "private",
    "signing",
    "token",
    "authorization",
];

/// Whether a line certainly holds no secret. Says so without the patterns, which take longer to be made ready than the
/// first screen; beyond ASCII they know more spellings than stand here.
pub(super) fn is_plain(text: &str) -> bool {
    const LONGEST_LINE: usize = 400;
    if text.len() > LONGEST_LINE || !text.is_ascii() {
        return false;
    }
    let text = text.to_ascii_lowercase();
    let assigns = text.contains([':', '=']) && NAMES.iter().any(|name| text.contains(name));
    !assigns && !MARKS.iter().any(|mark| text.contains(mark))
}

/// The text with every secret replaced by `••••••`.
pub fn mask(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let secrets = find(text);
    if secrets.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut copied = 0;
    for secret in secrets {
        out.push_str(text.get(copied..secret.range.start).unwrap_or_default());
        out.push_str(MASK);
        copied = secret.range.end;
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn next(text: &str, from: &mut usize) -> Option<Secret> {
    let trigger = TRIGGER.as_ref()?;
    while let Some(hit) = trigger.find_at(text, *from) {
        let rest = text.get(hit.start()..)?;
        // What follows the first character of a refused place is looked at again.
        *from = hit.start() + rest.chars().next().map_or(1, char::len_utf8);
        let in_word = in_word(text, hit.start());
        for (shape, pattern) in SHAPES.iter().zip(&EACH) {
            if (in_word && shape.lead.is_empty()) || !rest.starts_with(shape.literal()) {
                continue;
            }
            let Some(pattern) = pattern.get_or_init(|| Regex::new(&shape.pattern()).ok()) else { continue };
            let window = text::start(rest, shape.check.window());
            let Some(value) = pattern.captures(window).and_then(|groups| groups.get(1)) else { continue };
            let Some(within) = shape.accept(rest, value.range()) else {
                if matches!(shape.check, Check::Prefix | Check::Random) {
                    *from = hit.start() + value.end();
                }
                continue;
            };
            let more = if within.end == window.len() { goes_on(rest.get(within.end..)) } else { 0 };
            let range = hit.start() + within.start..hit.start() + within.end + more;
            *from = range.end;
            return Some(Secret { kind: shape.kind, range });
        }
    }
    None
}

/// Bytes of a secret that is longer than its window.
fn goes_on(rest: Option<&str>) -> usize {
    let ends = |byte: &u8| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\'' | b'\\' | b'<');
    rest.map_or(0, |rest| rest.bytes().take_while(|byte| !ends(byte)).count())
}

/// Whether a place is inside a word: `task-…` holds no `sk-…`.
fn in_word(text: &str, at: usize) -> bool {
    text.as_bytes().get(..at).and_then(<[u8]>::last).is_some_and(u8::is_ascii_alphanumeric)
}

impl Shape {
    fn pattern(&self) -> String {
        format!("^{}({})", expand(self.lead), expand(self.value))
    }

    /// The letters with which every match begins: tells most shapes apart without running their patterns.
    fn literal(&self) -> &'static str {
        let pattern = if self.lead.is_empty() { self.value } else { self.lead };
        pattern.split(['[', '(', '{', '?']).next().unwrap_or_default()
    }

    /// The secret part of a match, `None` when it is none. Ranges are relative to the start of the match.
    fn accept(&self, rest: &str, value: Range<usize>) -> Option<Range<usize>> {
        let text = rest.get(value.clone())?;
        match self.check {
            Check::Prefix => (!is_placeholder(text)).then_some(value),
            Check::Random => (!is_placeholder(text) && looks_random(text)).then_some(value),
            Check::Password => is_password(text).then_some(value),
            Check::Assigned => (is_password(text) && looks_random(text) && !is_path(text)).then_some(value),
            Check::Block => Some(value.start..value.end + key_body(rest.get(value.end..).unwrap_or_default())),
            Check::Url => {
                // The last character belongs to the host.
                let (user, password) = text.get(..text.rfind('@')?)?.split_once(':')?;
                let start = value.start + user.len() + 1;
                let plain =
                    is_placeholder(password) || password.starts_with('$') || password == user || is_common(password);
                (!plain).then_some(start..start + password.len())
            }
            Check::Private => {
                // A section holds no section: another opening tag means that this one never ends.
                let inner = text::start(rest, LONGEST).get(value.end..)?;
                let inner =
                    inner.split_once("<private>").map_or(inner, |(before, _)| before).split_once("</private>")?.0;
                inner.bytes().any(|byte| byte.is_ascii_alphanumeric()).then_some(value.end..value.end + inner.len())
            }
        }
    }
}

/// Bytes of a key behind its first line: up to its end mark, or as long as it looks like base64.
fn key_body(rest: &str) -> usize {
    let window = text::start(rest, LONGEST);
    if let Some(end) = window.find("-----END") {
        let mark = window.get(end + 5..).unwrap_or_default();
        return mark.find("-----").map_or(end, |dashes| end + 5 + dashes + 5);
    }
    let body = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=\\ \r\n".contains(byte);
    window.bytes().take_while(body).count()
}

/// What people write where a secret would stand.
fn is_placeholder(value: &str) -> bool {
    const SIGNS: [&str; 25] = [
        "xxx",
        "***",
        "...",
        "…",
        "•••",
        "___",
        "example",
        "your",
        "placeholder",
        "changeme",
        "change-me",
        "change_me",
        "redacted",
        "dummy",
        "sample",
        "fake",
        "replace",
        "insert",
        "here",
        "todo",
        "123456789",
        "abcdefgh",
        "foobar",
        "not-a-real",
        "0000000",
    ];
    let lower = value.to_ascii_lowercase();
    SIGNS.iter().any(|sign| lower.contains(sign)) || distinct(value) < 4
}

/// Values that stand for a password in documentation and in default configurations.
fn is_common(value: &str) -> bool {
    const WORDS: [&str; 12] = [
        "password", "passwd", "pass", "secret", "postgres", "root", "admin", "user", "test", "guest", "token", "mysql",
    ];
    WORDS.iter().any(|word| value.eq_ignore_ascii_case(word))
}

/// Whether the value is a password and no word of prose, name of a variable, call or type.
fn is_password(value: &str) -> bool {
    let value = value.trim_end_matches(['.', ':', '?', '!', '|']);
    let starts_like_code = value.starts_with(['$', '[', '%', '@', '/', '.', '#', '&', '*', '=', '-']);
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_alphabetic) && (has(u8::is_ascii_digit) || has(|byte| b"!#$%&*@^~+".contains(byte)));
    value.len() >= 6 && !starts_like_code && mixed && !is_placeholder(value) && !is_common(value) && !is_member(value)
}

/// Whether the value is a path through an object: `process.env.TOKEN2`, `config::TOKEN_V2`.
fn is_member(value: &str) -> bool {
    let separator = if value.contains("::") { "::" } else { "." };
    let is_word = |part: &str| {
        part.starts_with(|ch: char| ch.is_ascii_alphabetic() || ch == '_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?' | b'[' | b']'))
    };
    value.contains(separator) && value.split(separator).all(is_word)
}

/// Whether the value is the path of a file: slashes between words with an extension or a leading directory.
fn is_path(value: &str) -> bool {
    value.contains("://")
        || (value.contains('/') && value.split('/').all(|part| part.contains('.') || distinct(part) < 10))
}

/// Letters and digits mixed, as words and names hardly ever are: at least two digits among them, and no single letter
/// or syllable repeated.
fn looks_random(value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let turns = value.as_bytes().windows(2).filter(|pair| class(pair[0]) != class(pair[1])).count();
    digits >= 2 && digits < value.len() && distinct(value) >= 8 && turns >= 4
}

fn class(byte: u8) -> u8 {
    match byte {
        b'a'..=b'z' => 0,
        b'A'..=b'Z' => 1,
        b'0'..=b'9' => 2,
        _ => 3,
    }
}

/// How many different bytes it has.
fn distinct(value: &str) -> u32 {
    let seen = value.bytes().fold(0u128, |seen, byte| seen | 1 << (byte & 0x7f));
    seen.count_ones()
}

#[cfg(test)]
mod tests {
    use proptest::{prelude::*, string::string_regex};

    use super::*;

    proptest! {
        #[test]
        fn nothing_that_looks_like_a_secret_is_taken_for_plain(
            text in (0..SHAPES.len()).prop_flat_map(|at| {
                let (lead, value) = (expand(SHAPES[at].lead), expand(SHAPES[at].value));
                string_regex(&format!("({lead})({value})")).expect("a pattern that can be made up from")
            }),
        ) {
            prop_assert!(!is_plain(&text), "{text}");
        }
    }

    #[test]
    fn prose_is_plain() {
        assert!(is_plain("Rotated the access token of the worker") && is_plain("fix(worker): keep the lock"));
    }

    #[test]
    fn every_pattern_can_be_made() {
        assert!(TRIGGER.is_some());
        assert!(SHAPES.iter().all(|shape| Regex::new(&shape.pattern()).is_ok()));
    }
}
