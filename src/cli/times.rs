//! Times on the command line: RFC 3339 out, days and times in, ages for people.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Local, NaiveDate, SecondsFormat, TimeZone as _, Utc};

use crate::{memory::EpochMs, query};

/// The clock on the wall.
pub(super) fn now() -> EpochMs {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    EpochMs::try_from(since.as_millis()).unwrap_or(EpochMs::MAX)
}

/// RFC 3339 in UTC; milliseconds only where there are some. `None` for times that no calendar has.
pub(super) fn rfc3339(at: EpochMs) -> Option<String> {
    let format = if at % 1000 == 0 { SecondsFormat::Secs } else { SecondsFormat::Millis };
    DateTime::<Utc>::from_timestamp_millis(at).map(|time| time.to_rfc3339_opts(format, true))
}

/// Day and time here, for people.
pub(super) fn local(at: EpochMs) -> String {
    match Local.timestamp_millis_opt(at).single() {
        Some(time) => time.format("%Y-%m-%d %H:%M").to_string(),
        None => "unknown".to_owned(),
    }
}

/// A day (its beginning, here) or an RFC 3339 time.
pub(super) fn read(text: &str) -> Result<EpochMs, String> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.timestamp_millis());
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .map_err(|_| format!("`{text}` is no date; write 2027-01-31 or 2027-01-31T12:00:00Z"))?;
    let midnight = day.and_hms_opt(0, 0, 0).and_then(|time| Local.from_local_datetime(&time).earliest());
    midnight.map(|time| time.timestamp_millis()).ok_or_else(|| format!("`{text}` does not exist in this time zone"))
}

/// A moment that is past: `3h` or `2d` ago, a day, or an RFC 3339 time.
pub(super) fn read_back(text: &str, now: EpochMs) -> Result<EpochMs, String> {
    match query::span(text) {
        Some(span) => Ok(now.saturating_sub(span)),
        None => {
            read(text).map_err(|_| format!("`{text}` is no date; write 3h, 2d, 2w, 2026-11-01 or 2026-11-01T12:00:00Z"))
        }
    }
}

/// A moment that is to come: `30d` or `2w` from now on, a day, or an RFC 3339 time.
pub(super) fn read_ahead(text: &str, now: EpochMs) -> Result<EpochMs, String> {
    match query::span(text) {
        Some(span) => now.checked_add(span).ok_or_else(|| format!("`{text}` is too long")),
        None => read(text).map_err(|_| {
            format!("`{text}` is no date; write 30d, 2w, 6mo, 2027-01-31 or 2027-01-31T12:00:00Z, or `never`")
        }),
    }
}

/// An age in its largest unit: `now`, `5m`, `3h`, `12d`, `7w`, `8mo`, `3y`; `-` for the unknown, `future` for what is to come.
pub(super) fn age(created: Option<EpochMs>, now: EpochMs) -> String {
    const MINUTE: i64 = 60_000;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    let Some(created) = created else { return "-".to_owned() };
    let age = now.saturating_sub(created);
    match age {
        _ if age < -MINUTE => "future".to_owned(),
        _ if age < MINUTE => "now".to_owned(),
        _ if age < HOUR => format!("{}m", age / MINUTE),
        _ if age < DAY => format!("{}h", age / HOUR),
        _ if age < 14 * DAY => format!("{}d", age / DAY),
        _ if age < 60 * DAY => format!("{}w", age / (7 * DAY)),
        _ if age < 730 * DAY => format!("{}mo", age / (30 * DAY)),
        _ => format!("{}y", age / (365 * DAY)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_come_out_and_in() {
        assert_eq!(rfc3339(0).as_deref(), Some("1970-01-01T00:00:00Z"));
        assert_eq!(rfc3339(1_700_000_000_123).as_deref(), Some("2023-11-14T22:13:20.123Z"));
        assert_eq!(rfc3339(i64::MAX), None);
        assert_eq!(read("2023-11-14T22:13:20.123Z"), Ok(1_700_000_000_123));
        assert_eq!(read("2023-11-14").map(local).as_deref(), Ok("2023-11-14 00:00"));
        assert!(read("yesterday").unwrap_err().contains("2027-01-31"));
    }

    #[test]
    fn what_is_to_come_may_be_told_by_its_distance() {
        assert_eq!(read_ahead("30d", 1000), Ok(1000 + 30 * 86_400_000));
        assert_eq!(read_ahead("2w", 0), read_ahead("14d", 0));
        assert_eq!(read_ahead("2023-11-14T22:13:20.123Z", 5), Ok(1_700_000_000_123));
        assert!(read_ahead("soon", 0).unwrap_err().contains("30d"));
        assert!(read_ahead("9999999y", i64::MAX).is_err());
    }

    #[test]
    fn ages_have_one_unit() {
        let day = 86_400_000;
        for (milliseconds, text) in [
            (0, "now"),
            (-5_000, "now"),
            (-day, "future"),
            (300_000, "5m"),
            (2 * 3_600_000, "2h"),
            (13 * day, "13d"),
            (21 * day, "3w"),
            (200 * day, "6mo"),
            (800 * day, "2y"),
        ] {
            assert_eq!(age(Some(1_000_000_000_000 - milliseconds), 1_000_000_000_000), text);
        }
        assert_eq!(age(None, 0), "-");
        assert_eq!(age(Some(i64::MIN), i64::MAX), "292471208y");
    }
}
