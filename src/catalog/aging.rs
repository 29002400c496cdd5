//! What time does to a memory: how far its confidence has fallen by now, and whether it is stale.

use super::{
    block::{Fact, UNKNOWN},
    names::Names,
    table::Catalog,
    verdict::age_days,
};
use crate::{
    judge,
    memory::{Confidence, EpochMs, Overlay, Signal, Signals, Source},
};

/// What a whole confidence is in the catalogue's column.
pub(crate) const WHOLE: f32 = 10_000.0;

/// A moment of looking, with what each kind's age means at it.
pub(crate) struct Aging {
    now: EpochMs,
    /// By kind, in days.
    half_lives: Vec<f32>,
}

impl Aging {
    pub(crate) fn new(kinds: &Names, now: EpochMs) -> Self {
        Self { now, half_lives: kinds.iter().map(|(_, kind)| judge::half_life_days(kind)).collect() }
    }

    pub(crate) const fn now(&self) -> EpochMs {
        self.now
    }

    fn half_life(&self, fact: Fact) -> f32 {
        self.half_lives.get(usize::from(fact.kind)).copied().unwrap_or(judge::UNKNOWN_KIND)
    }

    /// Age in days; none without a readable time.
    pub(crate) fn age(&self, created: i64) -> Option<f32> {
        (created != UNKNOWN).then(|| age_days(created, self.now))
    }

    /// Confidence by the store or the formula, between 0 and 1.
    pub(crate) fn derived(&self, fact: Fact, created: i64) -> f32 {
        let base = f32::from(fact.base) / WHOLE;
        if fact.is(Fact::STATED) { base } else { base * judge::decay(self.age(created), self.half_life(fact)) }
    }

    /// Confidence between 0 and 1, a person's own word first.
    pub(crate) fn confidence(&self, catalog: &Catalog, slot: u32, fact: Fact, created: i64) -> f32 {
        let human = catalog.overlay_at(slot).and_then(|overlay| overlay.confidence);
        human.unwrap_or_else(|| self.derived(fact, created)).clamp(0.0, 1.0)
    }

    /// Confidence as it is shown.
    pub(crate) fn shown(&self, fact: Fact, created: i64, overlay: Option<&Overlay>) -> Confidence {
        match overlay.and_then(|overlay| overlay.confidence) {
            Some(value) => Confidence { value, source: Source::Human },
            None => Confidence {
                value: self.derived(fact, created),
                source: if fact.is(Fact::STATED) { Source::Stated } else { Source::Derived },
            },
        }
    }

    /// The signals of a memory at this moment.
    pub(crate) fn signals(&self, fact: Fact, created: i64, overlay: Option<&Overlay>) -> Signals {
        let mut signals = Signals::from_bits(fact.signals);
        let known = created != UNKNOWN && created <= self.now;
        let stale = match overlay.and_then(|overlay| overlay.stale_after) {
            Some(moment) => self.now >= moment,
            None => known && age_days(created, self.now) > self.half_life(fact) * judge::STALE_HALF_LIVES,
        };
        signals.set(Signal::Stale, stale);
        signals.set(Signal::BadTime, !known);
        signals
    }
}

/// A confidence between 0 and 1 as the column holds it.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range first")]
pub(crate) fn to_column(value: f32) -> u16 {
    (value.clamp(0.0, 1.0) * WHOLE).round() as u16
}
