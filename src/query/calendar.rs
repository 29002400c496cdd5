//! Days, months, years and moments of the person's own calendar, read and written.
//!
//! Every date text names a period `[from, to)`: a year, a month, a day, a minute, a second or a millisecond.

use chrono::{
    DateTime, Datelike as _, Days, FixedOffset, Local, Months, NaiveDate, NaiveDateTime, Offset as _, TimeDelta,
    TimeZone as _, Timelike as _, Utc,
};

use crate::memory::EpochMs;

/// Whose days a query means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The calendar of this machine, with its changes between summer and winter time.
    Local,
    /// The same distance from UTC at all times.
    Fixed(FixedOffset),
}

impl From<FixedOffset> for Zone {
    fn from(offset: FixedOffset) -> Self {
        Self::Fixed(offset)
    }
}

impl Zone {
    /// What the clocks show at a moment (`epoch_ms`); `None` for moments that no calendar has.
    pub fn clock(self, at: EpochMs) -> Option<NaiveDateTime> {
        let utc = DateTime::from_timestamp_millis(at)?;
        utc.naive_utc().checked_add_offset(self.offset_at(utc))
    }

    fn offset_at(self, at: DateTime<Utc>) -> FixedOffset {
        match self {
            Self::Fixed(offset) => offset,
            Self::Local => at.with_timezone(&Local).offset().fix(),
        }
    }

    /// The first moment (`epoch_ms`) at which the clocks show this. An hour that is left out in spring begins where it is left out.
    pub fn moment(self, clock: NaiveDateTime) -> EpochMs {
        let offset = match self {
            Self::Fixed(offset) => offset,
            Self::Local => Local.offset_from_local_datetime(&clock).earliest().map_or_else(
                || {
                    let before = clock.and_utc().checked_sub_signed(TimeDelta::days(1));
                    before.map_or_else(|| Utc.fix(), |before| self.offset_at(before))
                },
                |offset| offset.fix(),
            ),
        };
        clock.and_utc().timestamp_millis() - i64::from(offset.local_minus_utc()) * 1000
    }
}

/// When and where a query is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Here {
    /// The present moment.
    pub(super) now: EpochMs,
    /// The person's calendar.
    pub(super) zone: Zone,
}

impl Here {
    /// The period that a date text names, in epoch milliseconds; `None` when it is no date.
    pub(super) fn period(self, text: &str) -> Option<(EpochMs, EpochMs)> {
        match text {
            "today" => return self.day(0),
            "yesterday" => return self.day(1),
            _ => {}
        }
        let (text, zone) = match text.strip_suffix(['Z', 'z']) {
            Some(rest) if rest.contains(['T', 't']) => (rest, Zone::Fixed(Utc.fix())),
            Some(_) => return None,
            None => (text, self.zone),
        };
        let (from, to) = match text.split_once(['T', 't']) {
            Some((day, clock)) => moment(date(day)?.0, clock)?,
            None => date(text).map(|(from, to)| (from.into(), to.into()))?,
        };
        Some((zone.moment(from), zone.moment(to)))
    }

    /// The day so many days ago.
    fn day(self, ago: u64) -> Option<(EpochMs, EpochMs)> {
        let day = self.zone.clock(self.now)?.date().checked_sub_days(Days::new(ago))?;
        Some((self.zone.moment(day.into()), self.zone.moment(day.succ_opt()?.into())))
    }
}

/// The days of `2026`, `2026-10` or `2026-10-05`: the first, and the first that is no more in it.
fn date(text: &str) -> Option<(NaiveDate, NaiveDate)> {
    let mut parts = text.split('-');
    let year = i32::try_from(number(parts.next()?, 4)?).ok()?;
    let Some(month) = parts.next() else {
        return Some((NaiveDate::from_ymd_opt(year, 1, 1)?, NaiveDate::from_ymd_opt(year + 1, 1, 1)?));
    };
    let month = number(month, 2)?;
    let Some(day) = parts.next() else {
        let first = NaiveDate::from_ymd_opt(year, month, 1)?;
        return Some((first, first.checked_add_months(Months::new(1))?));
    };
    let day = NaiveDate::from_ymd_opt(year, month, number(day, 2)?)?;
    parts.next().is_none().then_some((day, day.succ_opt()?))
}

/// The minute, second or millisecond of `HH:MM[:SS[.mmm]]` on a day.
fn moment(day: NaiveDate, clock: &str) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let (second, milli, length) = match parts.next() {
        None => (0, 0, TimeDelta::minutes(1)),
        Some(text) => match text.split_once('.') {
            None => (number(text, 2)?, 0, TimeDelta::seconds(1)),
            Some((second, milli)) => (number(second, 2)?, number(milli, 3)?, TimeDelta::milliseconds(1)),
        },
    };
    let from = day.and_hms_milli_opt(hour, minute, second, milli)?;
    parts.next().is_none().then_some((from, from.checked_add_signed(length)?))
}

/// A number of exactly so many digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

/// The date text of the longest period that begins at `at`, or with `end` of one that ends there. Without a zone it
/// is written in UTC with a `Z` and can be read anywhere. `None` when the year has not four digits.
pub(super) fn boundary(at: EpochMs, end: bool, zone: Option<Zone>) -> Option<String> {
    let clock = |at: EpochMs| {
        let clock = zone.unwrap_or(Zone::Fixed(Utc.fix())).clock(at)?;
        (0..=9999).contains(&clock.year()).then_some(clock)
    };
    let edge = clock(at)?;
    let (second, milli) = (edge.second(), edge.and_utc().timestamp_subsec_millis());
    let format = match (zone, edge.hour(), edge.minute(), second, milli) {
        (Some(_), 0, 0, 0, 0) => "%Y-%m-%d",
        (_, _, _, 0, 0) => "%Y-%m-%dT%H:%M",
        (_, _, _, _, 0) => "%Y-%m-%dT%H:%M:%S",
        _ => "%Y-%m-%dT%H:%M:%S%.3f",
    };
    // The period that ends here is the one that holds the millisecond before.
    let named = if end { clock(at - 1)? } else { edge };
    Some(format!("{}{}", named.format(format), if zone.is_some() { "" } else { "Z" }))
}
