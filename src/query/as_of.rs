//! `as-of:`: the list as it stood at a moment, or right after an operation.

use super::{
    Expr, Term,
    calendar::{Here, Zone, boundary},
    error::{Trouble, quoted},
    value::span,
};
use crate::memory::EpochMs;

/// To so much a distance from now is rounded down: while one types, it stays the same list.
const GRAIN: EpochMs = 60_000;

/// Which state of the list is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AsOf {
    /// At that moment, `epoch_ms`; what happened at it or later had not happened yet.
    Moment(EpochMs),
    /// Right after the operation of that number.
    Operation(i64),
}

/// A distance back from now (`3d`), the beginning of a day, month or year, a moment, or `#12` for an operation.
pub(super) fn read(text: &str, here: Here) -> Result<Expr, Trouble> {
    let term = |then| Ok(Expr::Term(Term::AsOf(then)));
    let wrong = || {
        let message =
            if text.is_empty() { "there is no moment".to_owned() } else { format!("{} is no moment", quoted(text)) };
        let hint = "write it as 3d, 2w, today, 2026-11-01, 2026-11-01T14:30, or #12 for operation 12";
        Trouble::new(message, hint)
    };
    if let Some(number) = text.strip_prefix('#') {
        let number = number.parse().ok().filter(|number: &i64| *number > 0).ok_or_else(wrong)?;
        return term(AsOf::Operation(number));
    }
    if let Some(back) = span(text) {
        let at = here.now.checked_sub(back).ok_or_else(wrong)?;
        return term(AsOf::Moment(at - at.rem_euclid(GRAIN)));
    }
    let (from, _) = here.period(text).ok_or_else(wrong)?;
    if from > here.now {
        return Err(Trouble::new(format!("{} is still to come", quoted(text)), "only what was can be shown"));
    }
    term(AsOf::Moment(from))
}

impl AsOf {
    /// It as it is written behind `as-of:`.
    pub(super) fn words(self, zone: Option<Zone>) -> String {
        match self {
            Self::Moment(at) => boundary(at, false, zone).unwrap_or_default(),
            Self::Operation(number) => format!("#{number}"),
        }
    }
}

impl Expr {
    /// Which list it is asked of; `None`: the present one.
    pub fn as_of(&self) -> Option<AsOf> {
        self.and_parts().iter().find_map(|part| match part {
            Self::Term(Term::AsOf(then)) => Some(*then),
            _ => None,
        })
    }

    /// The same conditions on the present list.
    #[must_use]
    pub fn without_as_of(&self) -> Self {
        match self {
            Self::Term(Term::AsOf(_)) => Self::All,
            Self::And(parts) => Self::And(parts.iter().map(Self::without_as_of).collect()).normalised(),
            Self::Or(parts) => Self::Or(parts.iter().map(Self::without_as_of).collect()).normalised(),
            Self::Not(part) => Self::Not(Box::new(part.without_as_of())).normalised(),
            other => other.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::{parse, parse_partial};

    const NOW: EpochMs = 1_793_534_412_345;

    fn utc() -> chrono::FixedOffset {
        chrono::FixedOffset::east_opt(0).unwrap()
    }

    fn then(query: &str) -> Option<AsOf> {
        parse(query, NOW, utc()).unwrap().as_of()
    }

    #[test]
    fn a_moment_is_a_day_a_time_a_distance_or_an_operation() {
        let day = 1_790_812_800_000;
        assert_eq!(then("as-of:2026-10-01"), Some(AsOf::Moment(day)), "a day begins");
        assert_eq!(then("as-of:2026-10"), Some(AsOf::Moment(day)));
        assert_eq!(then("as-of:2026-10-01T14:30"), Some(AsOf::Moment(day + 52_200_000)));
        assert_eq!(then("as-of:#12"), Some(AsOf::Operation(12)));
        let back = NOW - 3 * 86_400_000;
        assert_eq!(then("as-of:3d"), Some(AsOf::Moment(back - back % 60_000)), "to the minute");
        assert_eq!(then("as-of:today word"), Some(AsOf::Moment(NOW - NOW.rem_euclid(86_400_000))));
        assert_eq!(then("word"), None);
        for wrong in ["as-of:", "as-of:soon", "as-of:#0", "as-of:#x", "as-of:2999", "as-of:>2026"] {
            assert!(parse(wrong, NOW, utc()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_stands_once_and_beside_the_others() {
        for wrong in ["-as-of:3d", "as-of:3d OR word", "as-of:3d as-of:4d", "as-of:3d,4d", "word (a OR as-of:3d)"] {
            let error = parse(wrong, NOW, utc()).unwrap_err();
            assert!(error.to_string().contains("for all of the filter"), "{wrong}: {error}");
            let partial = parse_partial(wrong, NOW, utc());
            // Before the end it is told, at the end it is left out.
            assert!(partial.map_or(true, |partial| partial.expr.as_of().is_none()), "{wrong}");
        }
        let whole = parse("as-of:#3 (a OR b) -c", NOW, utc()).unwrap();
        assert_eq!(whole.without_as_of(), parse("(a OR b) -c", NOW, utc()).unwrap());
        assert_eq!(parse("as-of:3d", NOW, utc()).unwrap().without_as_of(), Expr::All);
    }

    #[test]
    fn printed_it_can_be_read_again() {
        for query in ["as-of:2026-10-01", "as-of:2026-10-01T14:30 scope:api", "as-of:#7"] {
            let expr = parse(query, NOW, utc()).unwrap();
            assert_eq!(expr.in_zone(utc()), query);
            assert_eq!(parse(&expr.to_string(), NOW, utc()).unwrap(), expr);
        }
    }
}
