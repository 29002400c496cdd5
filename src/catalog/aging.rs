//! What time does to a memory: how far its confidence has fallen by now, and whether it is stale.

use super::{
    block::{Fact, UNKNOWN},
    names::Names,
    table::Catalog,
    verdict,
};
use crate::memory::{Confidence, EpochMs, Overlay, Signal, Signals, Source};

/// Steps of the table between fresh and as old as the table goes.
const STEPS: usize = 4096;
/// How many half-lives the table covers; beyond it a value is 1/65535 of itself or less.
const HALF_LIVES: i64 = 16;

/// A moment of looking, with what each kind's age means at it.
pub(crate) struct Aging {
    now: EpochMs,
    /// By kind.
    half_life: Vec<i64>,
    /// By kind: from which age on it is stale.
    stale_age: Vec<i64>,
    /// By age in half-lives, in `STEPS / HALF_LIVES` steps each: the factor in 1/65536.
    factors: Vec<u32>,
}

impl Aging {
    pub(crate) fn new(kinds: &Names, now: EpochMs) -> Self {
        let of = |value: fn(&str) -> i64| kinds.iter().map(|(_, kind)| value(kind)).collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a factor is between 0 and 1")]
        let factors = (0..STEPS)
            .map(|step| {
                let half_lives = (step as f32 + 0.5) / STEPS as f32 * HALF_LIVES as f32;
                (verdict::fade(half_lives) * 65_536.0) as u32
            })
            .collect();
        Self { now, half_life: of(verdict::half_life), stale_age: of(verdict::stale_age), factors }
    }

    pub(crate) const fn now(&self) -> EpochMs {
        self.now
    }

    /// Confidence by the formula or the store, in 1/65535.
    pub(crate) fn derived(&self, fact: Fact, created: i64) -> u16 {
        if fact.is(Fact::STATED) || created == UNKNOWN || created >= self.now {
            return fact.base;
        }
        let half_life = self.half_life.get(usize::from(fact.kind)).copied().unwrap_or(i64::MAX).max(1);
        let age = self.now - created;
        let step = i128::from(age) * (STEPS as i128) / (i128::from(half_life) * i128::from(HALF_LIVES));
        let Some(factor) = usize::try_from(step).ok().and_then(|step| self.factors.get(step)) else { return 0 };
        u16::try_from((u32::from(fact.base) * factor) >> 16).unwrap_or(u16::MAX)
    }

    /// Confidence in 1/65535, a person's own word first.
    pub(crate) fn confidence(&self, catalog: &Catalog, slot: u32, fact: Fact, created: i64) -> u16 {
        match catalog.overlay_at(slot).and_then(|overlay| overlay.confidence) {
            Some(human) => to_bits(human),
            None => self.derived(fact, created),
        }
    }

    /// Confidence as it is shown.
    pub(crate) fn shown(&self, fact: Fact, created: i64, overlay: Option<&Overlay>) -> Confidence {
        match overlay.and_then(|overlay| overlay.confidence) {
            Some(value) => Confidence { value, source: Source::Human },
            None => Confidence {
                value: from_bits(self.derived(fact, created)),
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
            None => {
                let limit = self.stale_age.get(usize::from(fact.kind)).copied().unwrap_or(i64::MAX);
                known && self.now - created >= limit
            }
        };
        signals.set(Signal::Stale, stale);
        signals.set(Signal::BadTime, !known);
        signals
    }
}

/// A confidence between 0 and 1 in 1/65535.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range first")]
pub(crate) fn to_bits(value: f32) -> u16 {
    (value.clamp(0.0, 1.0) * 65_535.0).round() as u16
}

/// The confidence of so many 1/65535.
pub(crate) fn from_bits(bits: u16) -> f32 {
    f32::from(bits) / 65_535.0
}
