//! Numbers and times as people read them.

use chrono::TimeZone as _;

use crate::{
    app::App,
    catalog::{Count, Sort, SortKey},
    memory::{Confidence, EpochMs},
    theme::Role,
};

const SECOND: EpochMs = 1_000;
const MINUTE: EpochMs = 60 * SECOND;
const HOUR: EpochMs = 60 * MINUTE;
const DAY: EpochMs = 24 * HOUR;

/// How long ago, in at most four columns: `now`, `5m`, `3h`, `12d`, `8mo`, `2y`; `+3d` when it is still to come, `?`
/// when nobody knows.
pub(super) fn age(now: EpochMs, then: Option<EpochMs>) -> String {
    let Some(ago) = then.and_then(|then| now.checked_sub(then)) else { return "?".to_owned() };
    match ago {
        ago if ago < -MINUTE => ahead(ago.saturating_neg()),
        ago if ago < MINUTE => "now".to_owned(),
        ago if ago < HOUR => format!("{}m", ago / MINUTE),
        ago if ago < DAY => format!("{}h", ago / HOUR),
        ago if ago < 60 * DAY => format!("{}d", ago / DAY),
        ago if ago < 730 * DAY => format!("{}mo", ago / (DAY * 30)),
        ago => format!("{}y", (ago / (DAY * 365)).min(999)),
    }
}

/// How far ahead, in at most four columns.
fn ahead(by: EpochMs) -> String {
    match by {
        by if by < HOUR => format!("+{}m", by / MINUTE),
        by if by < DAY => format!("+{}h", by / HOUR),
        by if by < 100 * DAY => format!("+{}d", by / DAY),
        by if by < 300 * DAY => format!("+{}mo", by / (DAY * 30)),
        by => format!("+{}y", (by.saturating_add(DAY * 182) / (DAY * 365)).min(99)),
    }
}

/// A moment as day and time in the person's zone.
pub(super) fn moment(app: &App, at: EpochMs) -> String {
    let zone = app.offset_at(at);
    zone.timestamp_millis_opt(at)
        .single()
        .map_or_else(|| "?".to_owned(), |time| time.format("%Y-%m-%d %H:%M").to_string())
}

/// A number in at most four columns: `212`, `1.2k`, `12k`, `3.4M`.
pub(super) fn short(number: u32) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..9_950 => format!("{:.1}k", f64::from(number) / 1e3),
        9_950..999_500 => format!("{:.0}k", f64::from(number) / 1e3),
        _ => format!("{:.1}M", f64::from(number) / 1e6),
    }
}

/// A count with its thousands apart, and `≥` when it is not all.
pub(super) fn count(count: Count) -> String {
    let number = grouped(count.number);
    if count.exact { number } else { format!("≥{number}") }
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// How a confidence looks.
pub(super) fn trust(confidence: Confidence) -> Role {
    match confidence.value {
        value if value < 0.35 => Role::Low,
        value if value < 0.65 => Role::Middle,
        _ => Role::High,
    }
}

/// How many of `cells` a share from 0 to 1 fills; something is never nothing, and not all is never all.
pub(super) fn filled(share: f32, cells: usize) -> usize {
    if share <= 0.0 || cells == 0 {
        return 0;
    }
    if share >= 1.0 {
        return cells;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the share is between 0 and 1")]
    let full = (share * cells as f32).round() as usize;
    full.clamp(1, cells.saturating_sub(1).max(1))
}

/// An order in words: `newest first`.
pub(super) fn order(sort: Sort) -> &'static str {
    match (sort.key, sort.descending) {
        (SortKey::Age, false) => "newest first",
        (SortKey::Age, true) => "oldest first",
        (SortKey::Confidence, true) => "surest first",
        (SortKey::Confidence, false) => "doubtful first",
        (SortKey::Scope, false) => "by scope",
        (SortKey::Scope, true) => "by scope, z–a",
        (SortKey::Kind, false) => "by kind",
        (SortKey::Kind, true) => "by kind, z–a",
        (SortKey::Size, true) => "longest first",
        (SortKey::Size, false) => "shortest first",
        (SortKey::Cost, true) => "dearest first",
        (SortKey::Cost, false) => "cheapest first",
        (SortKey::Rank, true) => "best match first",
        (SortKey::Rank, false) => "worst match first",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_fit_into_four_columns() {
        let now = 1_000 * DAY;
        for (ago, said) in [
            (0, "now"),
            (59 * MINUTE, "59m"),
            (23 * HOUR, "23h"),
            (59 * DAY, "59d"),
            (60 * DAY, "2mo"),
            (729 * DAY, "24mo"),
            (730 * DAY, "2y"),
            (-5 * MINUTE, "+5m"),
            (-DAY, "+1d"),
            (-299 * DAY, "+9mo"),
            (-400 * DAY, "+1y"),
        ] {
            assert_eq!(age(now, Some(now - ago)), said);
        }
        assert_eq!(age(now, None), "?");
        assert_eq!(age(EpochMs::MAX, Some(EpochMs::MIN)), "?");
    }

    #[test]
    fn numbers_are_short() {
        for (number, said) in
            [(0, "0"), (999, "999"), (1_240, "1.2k"), (9_950, "10k"), (45_678, "46k"), (3_400_000, "3.4M")]
        {
            assert_eq!(short(number), said);
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(123), "123");
    }

    #[test]
    fn a_bar_is_empty_or_full_only_at_the_ends() {
        assert_eq!([0.0, 0.01, 0.5, 0.99, 1.0].map(|share| filled(share, 3)), [0, 1, 2, 2, 3]);
        assert_eq!([0.0, 0.5, 1.0].map(|share| filled(share, 0)), [0; 3]);
    }
}
