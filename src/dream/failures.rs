//! Failures that were overcome in the same session: what only says that something failed goes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use regex::Regex;

use super::{
    Analyse, Made, Seen,
    note::{Note, day},
    reading::Reading,
};
use crate::{
    change::{Draft, Label, Wish},
    judge,
    memory::{EpochMs, Key},
    store::Result,
};

/// The success is on the same subject by its words only.
const CONFIDENCE: f32 = 0.8;
/// A success that comes later than this after the failure belongs to another attempt.
const SOON: EpochMs = 24 * 3_600_000;
/// A failure with more words than this has something to teach.
const WORDS: usize = 60;
/// Words of the subject that both titles must have.
const SHARED: usize = 2;
/// Kinds that stay true for as long as this many days are kept for what they teach.
const LESSONS: f32 = 365.0;

/// A title that tells of a failure.
static FAILED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?: fail(?:s|ed|ing|ure)? | attempt(?:s|ed|ing)? | tried | unsuccessful(?:ly)? | gave\ up | no\ luck
          | (?:did|does)(?:n['’]t|\ not)\ work | still\ (?:broken|fails|failing|red) | could(?:n['’]t|\ not) )\b",
    )
    .ok()
});

/// A title that tells of a success.
static WORKED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?: fixed | works | resolved | solved | pass(?:es|ed|ing)? | succeed(?:s|ed)? | successful(?:ly)? | green )\b",
    )
    .ok()
});

/// Words of a text that explains something: it is worth keeping, whatever came of it.
static TEACHES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)\b(?: because | caus(?:e|es|ed) | due\ to | reason | lesson | never | always | must | instead | turns?\ out
          | found | why | so\ that | needs? | requires? | only\ when | unless | don['’]t | avoid )\b",
    )
    .ok()
});

fn says(signs: &LazyLock<Option<Regex>>, text: &str) -> bool {
    signs.as_ref().is_some_and(|signs| signs.is_match(text))
}

/// A memory that tells of an outcome.
struct Outcome {
    key: Key,
    at: EpochMs,
    subject: BTreeSet<String>,
}

/// What came of the attempts of a session.
#[derive(Default)]
struct Outcomes {
    failures: Vec<Outcome>,
    successes: Vec<Outcome>,
}

#[derive(Default)]
pub(super) struct Failures {
    /// By store, project and session.
    sessions: BTreeMap<(u8, String, String), Outcomes>,
}

impl Analyse for Failures {
    fn look(&mut self, seen: &Seen<'_>) {
        let (known, scanned) = (seen.known, seen.scanned);
        let Some(at) = scanned.created.filter(|_| !scanned.session.is_empty()) else { return };
        if matches!(scanned.kind, "prompt" | "summary") {
            return;
        }
        let (failed, worked) = (says(&FAILED, scanned.title), says(&WORKED, scanned.title));
        let pinned = known.overlay.as_ref().is_some_and(|overlay| overlay.pinned);
        let hollow = || {
            let words: usize = scanned.texts.iter().map(|text| text.split_whitespace().count()).sum();
            words <= WORDS
                && judge::half_life_days(scanned.kind) < LESSONS
                && !std::iter::once(&scanned.title).chain(scanned.texts).any(|text| says(&TEACHES, text))
        };
        let is_failure = failed && !worked && known.fresh && !pinned && hollow();
        if !is_failure && (!worked || failed) {
            return;
        }
        let session = (known.key.store, scanned.project.to_owned(), scanned.session.to_owned());
        let outcomes = self.sessions.entry(session).or_default();
        let outcome = Outcome { key: known.key, at, subject: subject(scanned.title) };
        if is_failure { outcomes.failures.push(outcome) } else { outcomes.successes.push(outcome) }
    }

    fn draft(&mut self, reading: &mut Reading<'_>, made: &mut Made<'_>) -> Result<()> {
        for Outcomes { failures, mut successes } in std::mem::take(&mut self.sessions).into_values() {
            successes.sort_by_key(|success| (success.at, success.key));
            for failure in failures {
                let Some(success) = successes.iter().find(|success| overcomes(success, &failure)) else { continue };
                let Some(failure) = reading.note(failure.key)? else { continue };
                let Some(success) = reading.witness(success.key)? else { continue };
                made.add(draft(&failure, &success, reading))?;
            }
        }
        Ok(())
    }
}

/// What a title is about, without the words for the outcome.
fn subject(title: &str) -> BTreeSet<String> {
    let outcome = |word: &String| says(&FAILED, word) || says(&WORKED, word);
    let words = title.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !outcome(&(*word).to_owned()));
    words.flat_map(judge::content).collect()
}

fn overcomes(success: &Outcome, failure: &Outcome) -> bool {
    let shared = failure.subject.intersection(&success.subject).count();
    let soon = (1..=SOON).contains(&success.at.saturating_sub(failure.at));
    soon && shared >= SHARED && shared * 2 > failure.subject.len()
}

fn draft(failure: &Note, success: &Note, reading: &Reading<'_>) -> Draft {
    Draft {
        label: Label::Prune,
        reason: format!(
            "It only tells that something failed, and explains nothing; later in the same session of {} it worked: {}.",
            day(failure.created, reading.zone()),
            success.id,
        ),
        evidence: vec![failure.titled(), success.titled(), failure.origin(reading.zone())],
        confidence: Some(CONFIDENCE),
        likeness: format!("failed attempts in {}", failure.place()),
        steps: vec![failure.step(Wish::Delete)],
    }
}
