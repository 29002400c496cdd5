//! What is judged of one memory, in the catalogue's terms.

use super::block::Fact;
use crate::{
    judge::{self, Evidence},
    memory::{EpochMs, Signal, Signals},
    store::{Origin, Scanned},
};

/// Moves on whenever a stored judgement would come out differently now.
pub(crate) const VERSION: u32 = 4;

/// Texts of fewer words are not compared for nearness: their likeness says little.
const WORDS_TO_COMPARE: u32 = 10;

/// More other sessions than this are not told apart.
pub(crate) const MOST_SESSIONS: u8 = 15;

const DAY: f32 = 86_400_000.0;

/// What a memory's own record says of it, without regard to other memories and to the time.
pub(crate) struct Verdict {
    /// Confidence in 1/10000.
    pub(crate) own: u16,
    pub(crate) signals: Signals,
    pub(crate) exact: u64,
    pub(crate) near: u64,
}

/// Judges one memory by itself.
pub(crate) fn of(scanned: &Scanned<'_>) -> Verdict {
    let mut signals = judge::signals(scanned.title, scanned.texts).with(scanned.told);
    signals.set(Signal::NeverInjected, !scanned.injected);
    signals.set(Signal::NoOrigin, scanned.origin == Origin::Unknown);
    signals.set(Signal::NeverRecalled, scanned.recalls.is_some_and(|recalls| recalls.times == 0));
    let texts: Vec<&str> = std::iter::once(scanned.title).chain(scanned.texts.iter().copied()).collect();
    let print = judge::fingerprint(&texts);
    let near = if print.words < WORDS_TO_COMPARE { 0 } else { print.sketch };
    Verdict { own: judge::own(&evidence(scanned, signals)), signals, exact: print.exact, near }
}

/// What the formula of confidence weighs of a memory.
pub(crate) fn evidence<'a>(scanned: &Scanned<'a>, signals: Signals) -> Evidence<'a> {
    Evidence {
        origin: match scanned.origin {
            Origin::Person => judge::Origin::Person,
            Origin::Agent => judge::Origin::Agent,
            Origin::Unknown => judge::Origin::Unknown,
        },
        kind: scanned.kind,
        age_days: None,
        corroborated_by: 0,
        signals,
        has_files: !scanned.files.is_empty(),
        // Facts come as a JSON list among the texts; an empty one is `[]`.
        has_facts: scanned.texts.iter().any(|text| text.len() > 2 && text.starts_with('[')),
        stated: None,
        recalled: scanned.recalls.map(|recalls| judge::Recalled {
            times: recalls.times,
            lasted_days: scanned.created.zip(recalls.last).map_or(0.0, |(created, last)| age_days(created, last)),
        }),
    }
}

/// Confidence in 1/10000 once a memory was compared with the others.
pub(crate) fn compared(own: u16, kind: &str, sessions: u8, signals: Signals) -> u16 {
    judge::compared(own, kind, sessions.into(), signals)
}

/// In how many other sessions the same was said, worked out backwards from what it did to the confidence.
pub(crate) fn sessions(own: u16, kind: &str, base: u16, signals: Signals) -> u8 {
    (0..=MOST_SESSIONS).find(|sessions| compared(own, kind, *sessions, signals) == base).unwrap_or_default()
}

/// Whether two near hashes belong to texts that say nearly the same.
pub(crate) fn is_near(one: u64, other: u64) -> bool {
    judge::alike(one, other)
}

/// Days between two moments, as the formula counts them.
pub(crate) fn age_days(created: EpochMs, now: EpochMs) -> f32 {
    now.saturating_sub(created) as f32 / DAY
}

/// A memory's record with what comparing it with others has added.
pub(crate) struct Judgement<'a> {
    pub(crate) evidence: Evidence<'a>,
}

impl<'a> Judgement<'a> {
    /// From the record, the catalogue's fact of it, and its confidence before it was compared.
    pub(crate) fn of(scanned: &Scanned<'a>, fact: Fact, own: Option<u16>) -> Self {
        let mut verdict = of(scanned);
        for signal in [Signal::Duplicate, Signal::NearDuplicate, Signal::Contradicted, Signal::DeadFile] {
            verdict.signals.set(signal, Signals::from_bits(fact.signals).has(signal));
        }
        let mut evidence = evidence(scanned, verdict.signals);
        if fact.is(Fact::JUDGED) && !fact.is(Fact::STATED) {
            let own = own.unwrap_or(verdict.own);
            evidence.corroborated_by = sessions(own, scanned.kind, fact.base, verdict.signals).into();
        }
        Self { evidence }
    }
}
