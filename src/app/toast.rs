//! Short messages about what was done, and how to take it back.

use crate::memory::EpochMs;

/// How long good news stays, in milliseconds.
const NEWS: EpochMs = 6_000;
/// How long trouble stays, in milliseconds.
const TROUBLE: EpochMs = 12_000;

/// What a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Something was done.
    Done,
    /// Something to know.
    Note,
    /// Something went wrong or cannot be done.
    Trouble,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    /// What it is.
    pub(crate) tone: Tone,
    /// What it says; may hold text of a store, so it passes `text` before a screen.
    pub(crate) text: String,
    /// When it goes.
    pub(crate) until: EpochMs,
    /// Whether a key was pressed since: then it goes, unless that key makes another one.
    pub(crate) seen: bool,
}

impl Toast {
    /// A message from `now` on.
    pub(crate) fn new(tone: Tone, text: impl Into<String>, now: EpochMs) -> Self {
        let stay = if tone == Tone::Trouble { TROUBLE } else { NEWS };
        Self { tone, text: text.into(), until: now + stay, seen: false }
    }
}
