//! `memtui insights`: the numbers of the Insights screen, each with the filter of the list behind it.

use serde::Serialize;

use super::{
    args::{Global, Insights as Args},
    columns::{Column, Columns, grouped},
    fail::{Done, Failure},
    open::Session,
    out::Out,
    times::{self, rfc3339},
};
use crate::{
    catalog::{
        Insights, ViewSpec,
        insights::{AGES, BANDS, COLUMNS, captured, cell, of_scope, with_signal, within},
    },
    memory::Signal,
    query::{Expr, Zone},
};

/// What there is under a filter.
#[derive(Debug, Serialize)]
pub(super) struct InsightsJson {
    /// RFC 3339: when it was counted.
    pub(super) at: Option<String>,
    /// The filter; empty for everything.
    pub(super) filter: String,
    /// Memories that match it.
    pub(super) count: usize,
    /// Memories in all.
    pub(super) of: usize,
    /// Estimated tokens of their texts.
    pub(super) tokens: u64,
    /// Of that, what is never put before an agent.
    pub(super) withheld: u64,
    /// Tokens that were spent to learn them.
    pub(super) cost: u64,
    /// By age and confidence.
    pub(super) map: Vec<CellJson>,
    /// By day of capture.
    pub(super) days: Vec<DayJson>,
    /// By scope.
    pub(super) scopes: Vec<ScopeJson>,
    /// By signal.
    pub(super) signals: Vec<SignalJson>,
}

/// A cell of the map.
#[derive(Debug, Serialize)]
pub(super) struct CellJson {
    /// Days from which it goes; null without a readable time.
    pub(super) from_days: Option<i64>,
    /// Days before which it ends; null: no end.
    pub(super) to_days: Option<i64>,
    /// Confidence from which it goes.
    pub(super) from_confidence: f64,
    /// Confidence before which it ends; null: the end is 1.
    pub(super) to_confidence: Option<f64>,
    /// Memories.
    pub(super) count: usize,
    /// The filter that selects them.
    pub(super) filter: String,
}

/// A day.
#[derive(Debug, Serialize)]
pub(super) struct DayJson {
    /// In the person's own calendar.
    pub(super) day: String,
    /// Memories captured on it.
    pub(super) count: usize,
    /// The filter that selects them.
    pub(super) filter: String,
}

/// A scope.
#[derive(Debug, Serialize)]
pub(super) struct ScopeJson {
    /// Its short name.
    pub(super) scope: String,
    /// Memories.
    pub(super) count: usize,
    /// Estimated tokens of their texts.
    pub(super) tokens: u64,
    /// Estimated tokens at the start of a session, at most.
    pub(super) start: u64,
    /// The filter that selects them.
    pub(super) filter: String,
}

/// A signal.
#[derive(Debug, Serialize)]
pub(super) struct SignalJson {
    /// Its name, as in `is:NAME`.
    pub(super) signal: &'static str,
    /// What it says about a memory.
    pub(super) meaning: &'static str,
    /// Memories that carry it.
    pub(super) count: usize,
    /// The filter that selects them.
    pub(super) filter: String,
}

impl InsightsJson {
    /// The numbers of a filter.
    pub(super) fn of(base: &Expr, seen: &Insights) -> Self {
        let zone = seen.zone;
        let filter = |part: Expr| within(base, &part).in_zone(zone);
        let cells = (0..BANDS.len()).flat_map(|band| (0..COLUMNS).map(move |column| (band, column)));
        let cells = cells.filter_map(|(band, column)| {
            let count = *seen.heat.get(band)?.get(column)?;
            Some(CellJson {
                from_days: AGES.get(column).copied(),
                to_days: AGES.get(column + 1).copied(),
                from_confidence: BANDS.get(band).copied()?,
                to_confidence: BANDS.get(band + 1).copied(),
                count,
                filter: filter(cell(band, column)),
            })
        });
        let days = seen.days.iter().enumerate().rev().map(|(ago, count)| DayJson {
            day: day(seen, ago),
            count: *count,
            filter: filter(captured(seen, ago)),
        });
        let scopes = seen.scopes.iter().map(|scope| ScopeJson {
            scope: scope.name.clone(),
            count: scope.count,
            tokens: scope.tokens,
            start: scope.start,
            filter: filter(of_scope(&scope.name)),
        });
        let signals = seen.signals.iter().map(|(signal, count)| SignalJson {
            signal: signal.name(),
            meaning: signal.meaning(),
            count: *count,
            filter: filter(with_signal(*signal)),
        });
        Self {
            at: rfc3339(seen.at),
            filter: base.in_zone(zone),
            count: seen.memories,
            of: seen.of,
            tokens: seen.tokens,
            withheld: seen.withheld,
            cost: seen.cost,
            map: cells.filter(|cell| cell.count > 0).collect(),
            days: days.filter(|day| day.count > 0).collect(),
            scopes: scopes.collect(),
            signals: signals.collect(),
        }
    }

    /// One with something in every list.
    pub(super) fn example() -> Self {
        let zone = Zone::from(chrono::Offset::fix(&chrono::Utc));
        let scope = crate::catalog::ScopeSum { name: "acme-api".to_owned(), count: 1, tokens: 1, start: 1 };
        Self::of(
            &Expr::All,
            &Insights {
                at: 0,
                zone,
                memories: 1,
                judged: 1,
                of: 1,
                heat: [[1; COLUMNS]; BANDS.len()],
                days: vec![1],
                scopes: vec![scope],
                signals: vec![(Signal::Stale, 1)],
                tokens: 1,
                withheld: 1,
                cost: 1,
            },
        )
    }

    /// One row for each number: what it is about, its name, memories, tokens, and the filter.
    fn rows(&self, number: impl Fn(u64) -> String) -> Vec<Vec<String>> {
        let none = String::new;
        let count = |count: usize| number(count as u64);
        let row = |what: &str, name: &str, count: String, tokens: String, filter: &str| {
            vec![what.to_owned(), name.to_owned(), count, tokens, filter.to_owned()]
        };
        let mut rows = Vec::new();
        rows.extend(self.days.iter().map(|it| row("day", &it.day, count(it.count), none(), &it.filter)));
        rows.extend(self.map.iter().map(|it| row("map", &it.name(), count(it.count), none(), &it.filter)));
        rows.extend(
            self.scopes.iter().map(|it| row("scope", &it.scope, count(it.count), number(it.tokens), &it.filter)),
        );
        let starts = self.scopes.iter().filter(|it| it.start > 0);
        rows.extend(starts.map(|it| row("start", &it.scope, none(), number(it.start), &it.filter)));
        rows.extend(self.signals.iter().map(|it| row("signal", it.signal, count(it.count), none(), &it.filter)));
        for (what, tokens) in [("withheld", self.withheld), ("learned", self.cost)] {
            rows.push(row(what, "", none(), number(tokens), &self.filter));
        }
        rows.push(row("all", "", count(self.count), number(self.tokens), &self.filter));
        rows
    }
}

impl CellJson {
    /// `30-90 days, 0.4-0.6`.
    fn name(&self) -> String {
        let age = match (self.from_days, self.to_days) {
            (Some(from), Some(to)) => format!("{from}-{to} days"),
            (Some(from), None) => format!("{from} days and more"),
            (None, _) => "no readable time".to_owned(),
        };
        format!("{age}, {:.1}-{:.1}", self.from_confidence, self.to_confidence.unwrap_or(1.0))
    }
}

fn day(seen: &Insights, ago: usize) -> String {
    let (from, _) = seen.day(ago);
    seen.zone.clock(from).map_or_else(String::new, |clock| clock.format("%Y-%m-%d").to_string())
}

pub(super) fn run(global: &Global, args: &Args, out: &mut Out) -> Result<Done, Failure> {
    let mut session = Session::open(global)?;
    let filter = session.filter_of_any_time(&args.query.join(" "), times::now())?;
    let seen = session.insights(&ViewSpec { filter: filter.clone(), ..ViewSpec::default() })?;
    let summed = InsightsJson::of(&filter, &seen);
    if args.json {
        out.json(&summed)?;
    } else {
        let for_people = out.width().is_some();
        let number = |number: u64| {
            if for_people { grouped(usize::try_from(number).unwrap_or(usize::MAX)) } else { number.to_string() }
        };
        Columns::new(&[
            ("WHAT", Column::Upto(8)),
            ("NAME", Column::Upto(28)),
            ("MEMORIES", Column::Number(12)),
            ("~TOKENS", Column::Number(15)),
            ("FILTER", Column::Rest),
        ])
        .print(&summed.rows(number), out)?;
    }
    Ok(if seen.memories == 0 { Done::Nothing } else { Done::Well })
}
