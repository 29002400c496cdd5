//! What is judged of one memory, in the catalogue's terms.

use crate::{memory::{Signal, Signals}, store::Scanned};

/// Moves on whenever a stored judgement would come out differently now.
pub(crate) const VERSION: u32 = 1;

pub(crate) struct Verdict {
    pub(crate) base: u16,
    pub(crate) signals: Signals,
    pub(crate) exact: u64,
    pub(crate) near: u64,
}

pub(crate) fn of(scanned: &Scanned<'_>) -> Verdict {
    let mut exact = 0xcbf2_9ce4_8422_2325_u64;
    for text in scanned.texts {
        for byte in text.bytes() { exact = (exact ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3); }
    }
    let mut signals = Signals::NONE;
    signals.set(Signal::NeverInjected, !scanned.injected);
    Verdict { base: 40_000, signals, exact, near: exact }
}

pub(crate) fn half_life(_kind: &str) -> i64 { 180 * 86_400_000 }
pub(crate) fn stale_age(_kind: &str) -> i64 { 360 * 86_400_000 }
pub(crate) fn fade(half_lives: f32) -> f32 { 0.5_f32.powf(half_lives) }
pub(crate) fn corroborated(base: u16, sessions: u8) -> u16 { base.saturating_add(u16::from(sessions) * 1000) }
pub(crate) const fn is_near(a: u64, b: u64) -> bool { (a ^ b).count_ones() <= 3 }
