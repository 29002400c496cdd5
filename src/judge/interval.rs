//! When a memory that was judged is due again.

use crate::memory::{EpochMs, Overlay};

const DAY: EpochMs = 86_400_000;

/// Days until a memory comes back that was judged for the first time.
pub const FIRST_DAYS: u16 = 7;
/// Days after which every memory comes back at the latest.
pub const LONGEST_DAYS: u16 = 224;

/// The interval that a memory gets when it is judged to be right at `now`, in days: [`FIRST_DAYS`] the first time,
/// twice the last one whenever it had come back, at most [`LONGEST_DAYS`]; the same again when it was judged early.
pub fn next_interval(overlay: &Overlay, now: EpochMs) -> u16 {
    match (overlay.reviewed_at, overlay.review_days) {
        (None, _) => FIRST_DAYS,
        (Some(_), days) if is_due(Some(overlay), now) => days.unwrap_or(FIRST_DAYS).saturating_mul(2).min(LONGEST_DAYS),
        (Some(_), days) => days.unwrap_or(FIRST_DAYS),
    }
}

/// When a memory is due: when its interval has run out, or on the day that a person set for it if that comes first.
/// `None` for one that nobody has judged: it is due now.
pub fn due_at(overlay: &Overlay) -> Option<EpochMs> {
    let reviewed = overlay.reviewed_at?;
    let interval = EpochMs::from(overlay.review_days.unwrap_or(FIRST_DAYS)) * DAY;
    let comes_back = reviewed.saturating_add(interval);
    Some(overlay.stale_after.filter(|day| *day > reviewed).map_or(comes_back, |day| day.min(comes_back)))
}

/// Whether a memory is due at a moment.
pub fn is_due(overlay: Option<&Overlay>, now: EpochMs) -> bool {
    overlay.and_then(due_at).is_none_or(|due| due <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judged to be right at a moment.
    fn kept(mut overlay: Overlay, now: EpochMs) -> Overlay {
        overlay.review_days = Some(next_interval(&overlay, now));
        overlay.reviewed_at = Some(now);
        overlay
    }

    #[test]
    fn intervals_double_up_to_the_longest() {
        let (mut overlay, mut now, mut days) = (Overlay::default(), 1_000 * DAY, Vec::new());
        assert!(is_due(None, now) && is_due(Some(&overlay), now));
        for _ in 0..8 {
            overlay = kept(overlay, now);
            days.push(overlay.review_days.unwrap());
            let due = due_at(&overlay).unwrap();
            assert!(!is_due(Some(&overlay), due - 1) && is_due(Some(&overlay), due));
            now = due;
        }
        assert_eq!(days, [7, 14, 28, 56, 112, 224, 224, 224]);
    }

    #[test]
    fn who_judges_early_gains_nothing() {
        let overlay = kept(kept(Overlay::default(), 0), 7 * DAY);
        let again = kept(overlay, 8 * DAY);
        assert_eq!((again.review_days, due_at(&again)), (Some(14), Some(22 * DAY)));
    }

    #[test]
    fn a_day_of_its_own_brings_a_memory_back_sooner_and_never_later() {
        let mut overlay = kept(Overlay::default(), 0);
        overlay.stale_after = Some(2 * DAY);
        assert_eq!(due_at(&overlay), Some(2 * DAY));
        overlay.stale_after = Some(90 * DAY);
        assert_eq!(due_at(&overlay), Some(7 * DAY));
        overlay = kept(overlay, 100 * DAY);
        assert_eq!(due_at(&overlay), Some(114 * DAY), "a day that is past does not make it due for ever");
    }

    #[test]
    fn a_mark_from_before_there_were_intervals_counts_as_the_first() {
        let overlay = Overlay { reviewed_at: Some(0), ..Overlay::default() };
        assert_eq!((due_at(&overlay), next_interval(&overlay, 7 * DAY)), (Some(7 * DAY), 14));
    }
}
