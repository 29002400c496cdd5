//! Times of the sample memories: offsets from now.

use crate::memory::EpochMs;

const MINUTE: EpochMs = 60_000;
const HOUR: EpochMs = 60 * MINUTE;
const DAY: EpochMs = 24 * HOUR;

/// Reads `-143d 10:42` (that many days before today, at this time of day in UTC; `+` for days to come), `-3h` or `-20m`
/// (before now). `None` when it is none of them.
pub(super) fn at(text: &str, now: EpochMs) -> Option<EpochMs> {
    if let Some((days, time)) = text.split_once("d ") {
        let (hour, minute) = time.split_once(':')?;
        let today = now.div_euclid(DAY) * DAY;
        return Some(today + number(days)? * DAY + number(hour)? * HOUR + number(minute)? * MINUTE);
    }
    let (count, unit) =
        text.strip_suffix('h').map(|count| (count, HOUR)).or_else(|| Some((text.strip_suffix('m')?, MINUTE)))?;
    Some(now + number(count)? * unit)
}

/// Minutes as milliseconds.
pub(super) fn minutes(count: u32) -> EpochMs {
    EpochMs::from(count) * MINUTE
}

fn number(text: &str) -> Option<EpochMs> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read() {
        let now = 100 * DAY + 13 * HOUR;
        assert_eq!(at("-3d 10:42", now), Some(97 * DAY + 10 * HOUR + 42 * MINUTE));
        assert_eq!(at("+2d 00:05", now), Some(102 * DAY + 5 * MINUTE));
        assert_eq!(at("-3h", now), Some(now - 3 * HOUR));
        assert_eq!(at("-20m", now), Some(now - 20 * MINUTE));
        for bad in ["", "yesterday", "-3d", "-3d 10", "3w", "-xd 10:00"] {
            assert_eq!(at(bad, now), None, "{bad}");
        }
    }
}
