//! How much a memory deserves trust when nobody has said so: a product of terms, each of which explains itself.
//!
//! `confidence = base × decay(age, half_life(kind))`. The base does not change with time and fits in two bytes
//! (0–10000), so that a catalogue can keep it; the decay is applied at the moment of looking. The numbers are memtui's
//! own choice, described in `docs/confidence.md`; they order memories for a person to judge and measure no truth.

use crate::memory::{Signal, Signals};

/// Who brought a memory about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A person typed it.
    Person,
    /// An agent wrote it down, in a session that can be looked up.
    Agent,
    /// Nobody can tell.
    Unknown,
}

/// What is known of a memory when its confidence is worked out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence<'a> {
    /// Who brought it about.
    pub origin: Origin,
    /// The store's own word for what it is.
    pub kind: &'a str,
    /// Its age in days; `None` when its time is missing, unreadable or in the future.
    pub age_days: Option<f32>,
    /// How many other sessions say the same or nearly the same.
    pub corroborated_by: u32,
    /// What was seen about it. `Noise`, `HiddenText`, `Imperative`, `Secret`, `Contradicted` and `Duplicate` count.
    pub signals: Signals,
    /// Whether it names files.
    pub has_files: bool,
    /// Whether it states facts apart from its prose.
    pub has_facts: bool,
    /// The store's own confidence, 0–1, if it has one.
    pub stated: Option<f32>,
    /// How often it was recalled, where its store counts.
    pub recalled: Option<Recalled>,
}

/// How much a memory was used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recalled {
    /// How often.
    pub times: u32,
    /// Days from when it was written until it was recalled last; 0 when it never was.
    pub lasted_days: f32,
}

/// One term of a confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// What was looked at: `age`.
    pub name: &'static str,
    /// What was found: `143 days, half-life 180`.
    pub found: String,
    /// What the value was multiplied with, 0–1.
    pub factor: f32,
}

/// The half-lives in days, by kind: what a person prefers and what was decided stays true longest, what was done to a
/// piece of code is overtaken soonest. Kinds that are not listed have [`UNKNOWN_KIND`].
pub const HALF_LIVES: [(&str, f32); 33] = [
    ("preference", 730.0),
    ("feedback", 730.0),
    ("correction", 730.0),
    ("user", 730.0),
    ("profile", 730.0),
    ("person", 730.0),
    ("rule", 730.0),
    ("decision", 365.0),
    ("pattern", 365.0),
    ("workflow", 365.0),
    ("procedure", 365.0),
    ("how-to", 365.0),
    ("lesson", 365.0),
    ("learning", 365.0),
    ("best_practice", 365.0),
    ("gotcha", 365.0),
    ("trade-off", 365.0),
    ("discovery", 180.0),
    ("feature", 180.0),
    ("milestone", 180.0),
    ("configuration", 180.0),
    ("security_alert", 180.0),
    ("security_note", 180.0),
    ("sensitive", 180.0),
    ("refactor", 90.0),
    ("summary", 90.0),
    ("meeting", 90.0),
    ("bugfix", 60.0),
    ("bug", 60.0),
    ("error", 60.0),
    ("change", 60.0),
    ("prompt", 60.0),
    ("progress", 60.0),
];

/// The half-life in days of a kind that memtui does not know.
pub const UNKNOWN_KIND: f32 = 180.0;

/// Age alone never takes more than three quarters away.
const FLOOR: f32 = 0.25;
/// The half-lives after which age leaves no more than that.
const FLOOR_FROM: f32 = 2.0;

/// What an unknown age counts for: as much as one half-life.
const UNKNOWN_AGE: f32 = 0.5;

/// The fixed point of a base.
const FULL: f32 = 10_000.0;

/// A prompt is what a person typed: no claim that could be right or wrong.
const NEUTRAL: u16 = 5_000;

/// How many days it takes until age has halved the confidence in a memory of this kind.
pub fn half_life_days(kind: &str) -> f32 {
    HALF_LIVES.iter().find(|(known, _)| *known == kind).map_or(UNKNOWN_KIND, |(_, days)| *days)
}

/// What age leaves: `max(¼, ½^(age / half-life))`. An unknown age leaves a half; a clock that is a little ahead is no age.
pub fn decay(age_days: Option<f32>, half_life_days: f32) -> f32 {
    match age_days {
        Some(age) if age >= -1.0 => {
            let half_lives = age.max(0.0) / half_life_days.max(1.0);
            // Most memories of a large store are beyond it; a power for each of them is what sorting would wait for.
            if half_lives >= FLOOR_FROM { FLOOR } else { (-half_lives).exp2() }
        }
        _ => UNKNOWN_AGE,
    }
}

/// The part of the base that the memory alone shows, 0–10000: origin, evidence, what its text looks like, the store's
/// own confidence.
pub fn own(evidence: &Evidence<'_>) -> u16 {
    if evidence.kind == "prompt" { NEUTRAL } else { to_fixed(own_terms(evidence).map(|term| term.factor).product()) }
}

/// The base, 0–10000: `own` with what only comparing with other memories shows.
pub fn compared(own: u16, kind: &str, corroborated_by: u32, signals: Signals) -> u16 {
    if kind == "prompt" {
        return own;
    }
    to_fixed(f32::from(own) / FULL * compared_terms(corroborated_by, signals).map(|term| term.factor).product::<f32>())
}

/// The base of a memory, 0–10000: everything but its age.
pub fn base(evidence: &Evidence<'_>) -> u16 {
    compared(own(evidence), evidence.kind, evidence.corroborated_by, evidence.signals)
}

/// The confidence that a base comes down to at an age, 0–1.
pub fn value(base: u16, kind: &str, age_days: Option<f32>) -> f32 {
    (f32::from(base) / FULL * decay(age_days, half_life_days(kind))).clamp(0.0, 1.0)
}

/// The confidence of a memory, 0–1, and the terms whose product it is (to the fourth decimal).
pub fn explain(evidence: &Evidence<'_>) -> (f32, Vec<Term>) {
    let mut terms: Vec<Term> = if evidence.kind == "prompt" {
        vec![term("origin", "a prompt is what a person typed, not a claim", f32::from(NEUTRAL) / FULL)]
    } else {
        own_terms(evidence).chain(compared_terms(evidence.corroborated_by, evidence.signals)).collect()
    };
    let half_life = half_life_days(evidence.kind);
    let found = match evidence.age_days {
        Some(age) if age >= -1.0 => format!("{:.0} days, half-life {half_life:.0}", age.max(0.0).floor()),
        _ => format!("unknown, counted as one half-life of {half_life:.0} days"),
    };
    terms.push(Term { name: "age", found, factor: decay(evidence.age_days, half_life) });
    (value(base(evidence), evidence.kind, evidence.age_days), terms)
}

fn own_terms(evidence: &Evidence<'_>) -> impl Iterator<Item = Term> {
    let origin = match evidence.origin {
        Origin::Person => term("origin", "typed by a person", 1.0),
        Origin::Agent => term("origin", "written by an agent in a known session", 0.9),
        Origin::Unknown => term("origin", "nobody can tell where it came from", 0.6),
    };
    let grounds = match (evidence.has_files, evidence.has_facts) {
        (true, true) => term("grounds", "states facts and names files", 1.0),
        (true, false) => term("grounds", "names files, states no facts", 0.95),
        (false, true) => term("grounds", "states facts, names no files", 0.95),
        (false, false) => term("grounds", "states no facts and names no files", 0.85),
    };
    let stated = evidence.stated.filter(|stated| stated.is_finite()).map(|stated| {
        let stated = stated.clamp(0.0, 1.0);
        // The store's number is written by the same agent: it counts, but it cannot decide.
        term("stated", format!("the store says {stated:.2}"), 0.3f32.mul_add(stated, 0.7))
    });
    let recalled = evidence.recalled.map(|recalled| use_term(recalled, half_life_days(evidence.kind)));
    [origin, grounds].into_iter().chain(seen(evidence.signals, &OWN)).chain(stated).chain(recalled)
}

/// Recalls from which on more of them say no more.
const OFTEN: u32 = 10;

/// What use shows. Only steps count, so that a recall does not give most memories another confidence.
fn use_term(recalled: Recalled, half_life_days: f32) -> Term {
    let Recalled { times, lasted_days } = recalled;
    let found = match times {
        0 => "never recalled".to_owned(),
        1 => "recalled once".to_owned(),
        times if times >= OFTEN => format!("recalled {OFTEN} times or more"),
        times => format!("recalled {times} times"),
    };
    if times > 0 && lasted_days >= half_life_days {
        return term("use", format!("{found}, still after a half-life"), 1.0);
    }
    term("use", found, if times >= OFTEN { 1.0 } else { 1.0 - 0.1 / (1.0 + times as f32) })
}

fn compared_terms(corroborated_by: u32, signals: Signals) -> impl Iterator<Item = Term> {
    let found = match corroborated_by {
        0 => "said in one session only".to_owned(),
        1 => "said in 1 other session".to_owned(),
        more => format!("said in {more} other sessions"),
    };
    let corroboration = term("corroboration", found, 1.0 - 0.3 / (1.0 + corroborated_by as f32));
    std::iter::once(corroboration).chain(seen(signals, &COMPARED))
}

/// Signals that the memory alone shows, with what they take away.
const OWN: [(Signal, &str, &str, f32); 4] = [
    (Signal::Noise, "noise", "says nothing", 0.2),
    (Signal::Imperative, "orders", "gives an agent orders", 0.5),
    (Signal::HiddenText, "hidden text", "holds characters that nobody sees", 0.6),
    (Signal::Secret, "secret", "holds what looks like a secret", 0.95),
];

/// Signals that only other memories show, with what they take away.
const COMPARED: [(Signal, &str, &str, f32); 2] = [
    (Signal::Contradicted, "contradiction", "a newer memory says otherwise", 0.5),
    (Signal::Duplicate, "duplicate", "a newer memory says exactly the same", 0.95),
];

fn seen(signals: Signals, of: &'static [(Signal, &'static str, &'static str, f32)]) -> impl Iterator<Item = Term> {
    of.iter()
        .filter(move |(signal, ..)| signals.has(*signal))
        .map(|(_, name, found, factor)| term(name, *found, *factor))
}

fn term(name: &'static str, found: impl Into<String>, factor: f32) -> Term {
    Term { name, found: found.into(), factor }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0–10000 on the same line")]
fn to_fixed(share: f32) -> u16 {
    (share.clamp(0.0, 1.0) * FULL).round() as u16
}
