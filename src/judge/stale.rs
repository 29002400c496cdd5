//! When a memory counts as stale.

use crate::memory::EpochMs;

use super::half_life_days;

/// A memory is stale at this many half-lives of its kind: where its confidence has come down to the floor.
pub const STALE_HALF_LIVES: f32 = 2.0;

/// Why a memory is stale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Staleness {
    /// It is past the date that a person set.
    PastDate(EpochMs),
    /// It is older than its kind stays true: its age and its limit, both in days.
    Aged(f32, f32),
}

/// Whether a memory of this kind and age is stale, and why. A date set by a person replaces the rule of age, also while
/// it lies ahead. A memory without an age (no readable time, or dated in the future) is not stale by age.
pub fn staleness(kind: &str, age_days: Option<f32>, stale_after: Option<EpochMs>, now: EpochMs) -> Option<Staleness> {
    if let Some(date) = stale_after {
        return (now >= date).then_some(Staleness::PastDate(date));
    }
    let limit = half_life_days(kind) * STALE_HALF_LIVES;
    age_days.filter(|age| *age > limit).map(|age| Staleness::Aged(age, limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_counts_in_half_lives_and_a_date_replaces_it() {
        let limit = half_life_days("bugfix") * 2.0;
        assert_eq!(staleness("bugfix", Some(limit), None, 0), None);
        assert_eq!(staleness("bugfix", Some(limit + 1.0), None, 0), Some(Staleness::Aged(limit + 1.0, limit)));
        assert_eq!(staleness("decision", Some(limit + 1.0), None, 0), None);
        assert_eq!(staleness("bugfix", None, None, 0), None);
        assert_eq!(staleness("bugfix", Some(9999.0), Some(10), 9), None);
        assert_eq!(staleness("bugfix", Some(0.0), Some(10), 10), Some(Staleness::PastDate(10)));
    }
}
