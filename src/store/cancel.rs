//! Stopping a question that nobody waits for any more.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Cancels a running question: the asker moves the generation on, the worker stops at the next look.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    current: Arc<AtomicU64>,
    mine: u64,
}

impl Cancel {
    /// A token that stays valid until [`Cancel::supersede`] is called on a token of the same family.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { current: Arc::clone(&self.current), mine: self.current.fetch_add(1, Ordering::AcqRel) + 1 }
    }

    /// Cancels every token handed out so far.
    pub fn supersede(&self) {
        self.current.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether a newer question has replaced this one.
    pub fn is_cancelled(&self) -> bool {
        self.mine != 0 && self.current.load(Ordering::Acquire) != self.mine
    }
}
