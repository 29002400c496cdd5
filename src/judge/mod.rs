//! Pure functions that judge a memory by its text and by what is known of it. No I/O and no clock.
//!
//! A judgement reports; it never hides, blocks or deletes. That nothing was found never means that a memory is safe.

mod alike;
mod confidence;
mod fingerprint;
mod imperative;
mod inspect;
mod interval;
mod likeness;
mod noise;
mod secrets;
mod stale;
mod supersede;
mod wording;

#[cfg(test)]
mod tests;

pub use alike::{alike, alike_to, flags, groups};
pub use confidence::{
    Evidence, HALF_LIVES, Origin, Recalled, Term, UNKNOWN_KIND, base, compared, decay, explain, half_life_days, own,
    value,
};
pub use fingerprint::{Fingerprint, fingerprint, jaccard, least_runs, resemblance};
pub use imperative::Order;
pub use inspect::{findings, signals};
pub use interval::{FIRST_DAYS, LONGEST_DAYS, due_at, is_due, next_interval};
pub use likeness::{Original, telling_words};
pub use noise::is_noise;
pub use secrets::{MASK, Secret, mask, one, warm};
pub use stale::{STALE_HALF_LIVES, Staleness, staleness};
pub use supersede::{
    Ground, SUBJECT_WORDS, Statement, clauses_taking_back, content, may_supersede, pairs_of, states_facts, subject,
    takes_back,
};
pub use wording::Wording;

/// A memory with less confidence than this, as it is shown, is called doubtful: in the view of that name and in counts.
pub const DOUBTFUL: f64 = 0.3;

/// Passwords, tokens and keys in a text.
pub fn secrets(text: &str) -> Vec<Secret> {
    secrets::find(text)
}

/// Orders aimed at an agent in a text.
pub fn orders(text: &str) -> Vec<Order> {
    imperative::find(text)
}
