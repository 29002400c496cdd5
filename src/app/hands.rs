//! Whether a key comes from a hand that means this pane: what stands between the keys and every verdict.

use crossterm::event::{KeyEvent, KeyEventKind};

use crate::{keymap::Press, memory::EpochMs};

/// After the focus returns, keys give no verdict for so long, in milliseconds; after unlocking, a key within it locks
/// again.
const GRACE: EpochMs = 300;
/// The same key again within so many milliseconds is no hand: a key that is held repeats 20 to 50 times a second, and
/// fingers tap 14 times at most. The first repeat comes after a delay like a second press, so that a held key counts twice
/// at most. Terminals that report repeating keys say so themselves.
const REPEAT: EpochMs = 60;

/// Why a key may not be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Doubt {
    /// It repeats by itself, or comes faster than a hand.
    Repeats,
    /// The focus came back just now.
    Focus,
}

/// What is known of the hands on the keys.
#[derive(Debug, Default)]
pub(super) struct Hands {
    focused: Option<EpochMs>,
    unlocked: Option<EpochMs>,
    last: Option<(Press, EpochMs)>,
}

impl Hands {
    /// The terminal got the focus. One that does not report it (tmux without `focus-events`) has no grace.
    pub(super) fn focus(&mut self, now: EpochMs) {
        self.focused = Some(now);
    }

    /// A key was pressed; why it may not be meant, if so.
    pub(super) fn press(&mut self, key: &KeyEvent, now: EpochMs) -> Option<Doubt> {
        let press = Press::of(key);
        let again = self.last.is_some_and(|(last, at)| last == press && now - at < REPEAT);
        self.last = Some((press, now));
        if again || key.kind == KeyEventKind::Repeat {
            return Some(Doubt::Repeats);
        }
        self.doubt(now)
    }

    /// Why a click may not be meant, if so.
    pub(super) fn doubt(&self, now: EpochMs) -> Option<Doubt> {
        self.focused.is_some_and(|at| now - at < GRACE).then_some(Doubt::Focus)
    }

    /// The pane was unlocked.
    pub(super) fn unlock(&mut self, now: EpochMs) {
        self.unlocked = Some(now);
    }

    /// Whether a key follows so soon on the one that unlocked that both belong to a text meant for another pane.
    pub(super) fn unlocked_by_mistake(&mut self, now: EpochMs) -> bool {
        self.unlocked.take().is_some_and(|at| now - at < GRACE)
    }
}
