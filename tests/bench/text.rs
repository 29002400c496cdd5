//! Text as coding agents write it: phrase templates filled with words whose frequencies follow Zipf's law.

use std::fmt::Write as _;

use crate::prng::{Prng, Zipf};

/// In every observation.
pub(crate) const IN_EVERY_ROW: &str = "the";
/// In every hundredth observation.
pub(crate) const IN_ONE_PERCENT: &str = "webhook";
/// In ten observations, however many there are.
pub(crate) const IN_TEN_ROWS: &str = "quaternion";
/// In none.
pub(crate) const IN_NO_ROW: &str = "zyzzyva";

const NOUNS: &str = "request response handler session token cache queue worker index query schema migration table column \
    row transaction lock pool connection socket stream buffer parser lexer compiler linker module package crate \
    dependency version release branch commit merge rebase pipeline runner artifact image container volume network \
    proxy gateway router route endpoint client server service cluster node replica shard partition leader follower \
    quorum snapshot backup restore journal ledger checkpoint cursor page cell layout widget panel modal form field \
    button screen theme font icon locale message event listener callback promise future task thread mutex channel \
    semaphore timer clock deadline budget quota limit throttle retry backoff circuit breaker fallback flag toggle \
    experiment metric counter gauge histogram trace span log alert dashboard report invoice order cart checkout payment \
    refund shipment address customer account profile avatar upload download thumbnail codec frame bitrate tensor \
    gradient batch epoch dataset feature label embedding vector model checkpoint tokenizer prompt completion sampler \
    scheduler allocator arena heap stack pointer slice iterator closure trait generic macro derive attribute lifetime \
    borrow owner signature certificate key secret vault policy role permission scope tenant audit cookie \
    header body payload envelope serializer deserializer encoder decoder checksum digest hash nonce salt cipher";

const VERBS: &str = "returns drops keeps copies rejects accepts retries flushes rotates reloads validates ignores \
    rewrites blocks delays skips repeats merges splits caches evicts expires loads saves opens closes reads writes \
    streams batches locks unlocks renames moves deletes restores signs verifies encodes decodes parses prints measures \
    counts limits forwards buffers orders sorts filters groups joins shadows overrides inherits migrates";

const ADJECTIVES: &str = "stale shared nested optional missing duplicate concurrent idempotent partial remote local \
    cold warm slow fast strict lenient empty large small old new public private signed unsigned nullable default \
    implicit explicit lazy eager atomic durable volatile synchronous asynchronous hidden visible broken flaky stable";

const OPENERS: &[&str] = &[
    "Fixed",
    "Added",
    "Moved",
    "Replaced",
    "Found why",
    "Decided on",
    "Documented",
    "Removed",
    "Split",
    "Simplified",
    "Measured",
    "Traced",
    "Hardened",
    "Renamed",
    "Reverted",
    "Tuned",
];

const REASONS: &[&str] = &[
    "because the old path lost writes under load",
    "so that a retry does not charge twice",
    "after the p99 went from 180 ms to 640 ms",
    "since the upstream default changed in the last minor release",
    "to keep the hot path free of allocations",
    "because the test only passed when run alone",
    "so that a restart in the middle leaves nothing half done",
    "after a customer reported it twice in one week",
    "which the type checker could not see",
    "because two processes opened the same file",
];

const FOLDERS: &[&str] = &[
    "src",
    "src/api",
    "src/db",
    "src/jobs",
    "src/ui",
    "lib",
    "tests",
    "scripts",
    "infra",
    "app/models",
    "packages/core/src",
];
const ENDINGS: &[&str] = &["rs", "ts", "tsx", "py", "sql", "toml", "yaml", "md", "go", "swift"];

/// The words, most common first: plain words, then compound names such as `RetryLedger`.
pub(crate) struct Words {
    nouns: Vec<String>,
    verbs: Vec<&'static str>,
    adjectives: Vec<&'static str>,
    noun: Zipf,
    verb: Zipf,
    adjective: Zipf,
}

impl Words {
    pub(crate) fn new() -> Self {
        let plain: Vec<&str> = NOUNS.split_whitespace().collect();
        let mut nouns: Vec<String> = plain.iter().map(|word| (*word).to_owned()).collect();
        // Compounds make the long tail: each pair is rarer than the one before.
        for step in 1..plain.len() {
            for (at, left) in plain.iter().enumerate() {
                let right = plain.get((at + step * 7) % plain.len()).copied().unwrap_or("");
                nouns.push(format!("{}{}", capital(left), capital(right)));
            }
        }
        let verbs: Vec<&str> = VERBS.split_whitespace().collect();
        let adjectives: Vec<&str> = ADJECTIVES.split_whitespace().collect();
        let zipf = |len: usize, shift| Zipf::new(u64::try_from(len).unwrap_or(1), shift);
        Self {
            noun: zipf(nouns.len(), 8),
            verb: zipf(verbs.len(), 4),
            adjective: zipf(adjectives.len(), 4),
            nouns,
            verbs,
            adjectives,
        }
    }

    fn noun(&self, prng: &mut Prng) -> &str {
        self.nouns.get(self.noun.pick(prng)).map_or("", String::as_str)
    }

    fn verb(&self, prng: &mut Prng) -> &str {
        self.verbs.get(self.verb.pick(prng)).copied().unwrap_or("")
    }

    fn adjective(&self, prng: &mut Prng) -> &str {
        self.adjectives.get(self.adjective.pick(prng)).copied().unwrap_or("")
    }

    /// A title of four to ten words.
    pub(crate) fn title(&self, prng: &mut Prng) -> String {
        let (a, b, c) = (self.adjective(prng), self.noun(prng), self.noun(prng));
        match prng.below(4) {
            0 => format!("{} the {a} {b}", prng.of(OPENERS)),
            1 => format!("{} the {b} {} {c}", prng.of(OPENERS), prng.of(&["of the", "in the", "behind the"])),
            2 => format!(
                "{} {} the {b} {} a {a} {c}",
                prng.of(OPENERS),
                prng.of(&["how", "that", "where"]),
                self.verb(prng)
            ),
            _ => format!("The {b} {} the {a} {c} {}", self.verb(prng), prng.of(REASONS)),
        }
    }

    /// One sentence, ending in a full stop.
    pub(crate) fn sentence(&self, prng: &mut Prng) -> String {
        let (a, b, c) = (self.noun(prng), self.adjective(prng), self.noun(prng));
        let verb = self.verb(prng);
        match prng.below(7) {
            0 => format!("The {a} {verb} the {b} {c}, {}.", prng.of(REASONS)),
            1 => format!("When the {a} is {b}, the {c} {verb} it again {}.", prng.of(REASONS)),
            2 => format!("`{}` {verb} every {b} {c} of the {a}.", self.path(prng)),
            3 => format!("With {} {c} entries the {a} {verb} in {} ms.", prng.between(2, 900), prng.between(1, 4000)),
            4 => format!("Nothing {verb} the {b} {a} before the {c} and the {} are ready.", self.noun(prng)),
            5 => format!(
                "A {b} {a} {verb} one {c} per {}, which the {} test now proves.",
                self.noun(prng),
                self.noun(prng)
            ),
            _ => format!("Kept the {a} as it was {}; the {c} {verb} a {b} {}.", prng.of(REASONS), self.noun(prng)),
        }
    }

    /// Sentences up to about this many bytes, with a paragraph break now and then and sometimes a block of code.
    pub(crate) fn narrative(&self, prng: &mut Prng, bytes: usize) -> String {
        let mut text = String::with_capacity(bytes + 200);
        while text.len() < bytes {
            if !text.is_empty() {
                text.push_str(if prng.one_in(6) { "\n\n" } else { " " });
            }
            if prng.one_in(40) {
                let (a, b) = (self.noun(prng), self.noun(prng));
                let _ = writeln!(text, "\n```rust\nlet {a} = {b}::open(path)?;\n{a}.{}()\n```", self.verb(prng));
            }
            text.push_str(&self.sentence(prng));
        }
        text
    }

    /// A path inside a checkout.
    pub(crate) fn path(&self, prng: &mut Prng) -> String {
        // Few files per folder, as in a real project: the plain words only.
        let name = self.nouns.get(prng.below(160)).map_or("", String::as_str);
        format!("{}/{name}.{}", prng.of(FOLDERS), prng.of(ENDINGS))
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
