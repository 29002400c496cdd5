//! The pictures' numbers, the cursor on them, and what is under it.

use super::{Cost, ScopeSort, Section};
use crate::{
    catalog::{
        Insights, ScopeSum, Sort, SortKey,
        insights::{BANDS, COLUMNS, captured, cell, of_scope, with_signal},
    },
    memory::{EpochMs, Signal},
    query::Expr,
};

/// While memories are being judged the pictures are counted again so often, in milliseconds.
const WHILE_JUDGING: EpochMs = 500;

/// What was counted by the latest answer, and where the cursor is.
#[derive(Debug, Default)]
pub(crate) struct Board {
    /// The numbers, once there are any.
    pub(crate) seen: Option<Insights>,
    /// The section that has the cursor.
    pub(crate) section: Section,
    /// The first line of the page on screen, as last drawn.
    pub(crate) top: usize,
    /// The first scope on screen, as last drawn.
    pub(crate) scope_top: usize,
    /// Days and scopes that were on screen.
    pub(crate) fits: (usize, usize),
    /// What the scopes are sorted by.
    pub(crate) sort: ScopeSort,
    /// In each section, the part under the cursor.
    places: [usize; Section::ALL.len()],
    /// The filter that was asked about last, and when.
    asked: Option<(Expr, EpochMs)>,
    /// Whether its answer is still to come.
    waiting: bool,
    /// The filter whose numbers are here.
    shown: Option<Expr>,
    /// Whether something changed since.
    again: bool,
    /// The filter before a part was opened, with its text, and the filter of the part.
    pub(super) opened: Option<(String, Expr, Expr)>,
}

impl Board {
    /// Something changed: what is shown has to be counted again.
    pub(crate) const fn outdated(&mut self) {
        self.again = true;
    }

    /// Whether numbers are wanted that are not here yet. While memories are still being judged there is news all the
    /// time: then they are counted again only now and then.
    pub(crate) fn wants(&self, filter: &Expr, now: EpochMs, ready: bool) -> bool {
        self.asked.as_ref().is_none_or(|(asked, at)| {
            asked != filter || (!self.waiting && self.again && (ready || now.saturating_sub(*at) >= WHILE_JUDGING))
        })
    }

    /// They are being asked for.
    pub(crate) fn on_asked(&mut self, filter: &Expr, now: EpochMs) {
        self.asked = Some((filter.clone(), now));
        (self.waiting, self.again) = (true, false);
    }

    /// Numbers have come.
    pub(crate) fn on_insights(&mut self, filter: &Expr, mut insights: Insights) {
        if self.asked.as_ref().is_none_or(|(asked, _)| asked != filter) {
            return;
        }
        self.waiting = false;
        self.shown = Some(filter.clone());
        self.arrange(&mut insights.scopes);
        if self.seen.is_none() {
            self.places[Section::Map as usize] = fullest(&insights);
        }
        self.seen = Some(insights);
        self.settle();
    }

    /// They could not be had.
    pub(crate) const fn on_failed(&mut self) {
        self.waiting = false;
    }

    /// Whether the numbers are those of the filter.
    pub(crate) fn is_of(&self, filter: &Expr) -> bool {
        self.shown.as_ref() == Some(filter)
    }

    /// The part of a section that is under the cursor, or was. In the map, bands times columns.
    pub(crate) const fn at(&self, section: Section) -> usize {
        self.places[section as usize]
    }

    /// Row from above and column of the map.
    pub(crate) const fn spot(&self) -> (usize, usize) {
        let at = self.at(Section::Map);
        (at / COLUMNS, at % COLUMNS)
    }

    /// Puts the cursor on a part.
    pub(crate) fn go(&mut self, section: Section, at: usize) {
        self.section = section;
        self.places[section as usize] = at;
        self.settle();
    }

    /// How many parts a section has; days only as far as they are on screen.
    pub(crate) fn parts(&self, section: Section) -> usize {
        let Some(seen) = &self.seen else { return 0 };
        match section {
            Section::Map => BANDS.len() * COLUMNS,
            Section::Days => self.fits.0.clamp(1, seen.days.len().max(1)),
            Section::Scopes => seen.scopes.len(),
            Section::Signals => seen.signals.len(),
            Section::Cost => self.costs().len(),
        }
    }

    /// The lines about what it costs: those that there is anything to say in.
    pub(crate) fn costs(&self) -> Vec<Cost> {
        let Some(seen) = &self.seen else { return Vec::new() };
        let mut costs = vec![Cost::All];
        costs.extend((seen.withheld > 0).then_some(Cost::Withheld));
        costs.extend(self.dearest().map(|_| Cost::Start));
        costs.extend((seen.cost > 0).then_some(Cost::Learned));
        costs
    }

    /// The scope in which the start of a session costs most.
    pub(crate) fn dearest(&self) -> Option<&ScopeSum> {
        let scopes = self.seen.iter().flat_map(|seen| &seen.scopes).filter(|scope| scope.start > 0);
        // The first of equals, whatever they are sorted by.
        scopes.max_by(|a, b| a.start.cmp(&b.start).then_with(|| b.name.cmp(&a.name)))
    }

    /// Keeps the cursor on what is there.
    fn settle(&mut self) {
        for section in Section::ALL {
            let last = self.parts(section).saturating_sub(1);
            let place = &mut self.places[section as usize];
            *place = (*place).min(last);
        }
        let columns = self.seen.as_ref().map_or(COLUMNS, Insights::columns);
        let (row, column) = self.spot();
        self.places[Section::Map as usize] = row * COLUMNS + column.min(columns - 1);
        if self.seen.is_some() && self.parts(self.section) == 0 {
            self.section = Section::Map;
        }
    }

    /// What drawing learned.
    pub(crate) fn drawn(&mut self, top: usize, scope_top: usize, fits: (usize, usize)) {
        (self.top, self.scope_top, self.fits) = (top, scope_top, fits);
        self.settle();
    }

    /// Sorts the scopes by the next thing; the cursor stays on its scope.
    pub(crate) fn resort(&mut self) {
        let next = ScopeSort::ALL.iter().position(|sort| *sort == self.sort).map_or(0, |at| at + 1);
        self.sort = ScopeSort::ALL.get(next).copied().unwrap_or_default();
        let at = self.at(Section::Scopes);
        let Some(mut seen) = self.seen.take() else { return };
        let here = seen.scopes.get(at).map(|scope| scope.name.clone());
        self.arrange(&mut seen.scopes);
        let there = seen.scopes.iter().position(|scope| Some(&scope.name) == here.as_ref());
        self.seen = Some(seen);
        // From the first line one wants to see the new first one.
        self.go(Section::Scopes, there.filter(|_| at > 0).unwrap_or(0));
    }

    fn arrange(&self, scopes: &mut [ScopeSum]) {
        let by = self.sort;
        scopes.sort_by(|a, b| {
            let largest = match by {
                ScopeSort::Count => b.count.cmp(&a.count),
                ScopeSort::Tokens => b.tokens.cmp(&a.tokens),
                ScopeSort::Start => b.start.cmp(&a.start),
                ScopeSort::Name => std::cmp::Ordering::Equal,
            };
            largest.then_with(|| a.name.to_lowercase().cmp(&b.name.to_lowercase())).then_with(|| a.name.cmp(&b.name))
        });
    }

    /// How many memories are in the part under the cursor, its filter, and the order in which to look at them.
    pub(crate) fn part(&self) -> Option<(usize, Expr, Option<Sort>)> {
        let seen = self.seen.as_ref()?;
        let at = self.at(self.section);
        let largest = |key| Some(Sort { key, descending: true });
        Some(match self.section {
            Section::Map => {
                let (row, column) = self.spot();
                let band = BANDS.len() - 1 - row;
                (*seen.heat.get(band)?.get(column)?, cell(band, column), None)
            }
            Section::Days => (*seen.days.get(at)?, captured(seen, at), None),
            Section::Scopes => seen.scopes.get(at).map(|scope| (scope.count, of_scope(&scope.name), None))?,
            Section::Signals => seen.signals.get(at).map(|(signal, count)| (*count, with_signal(*signal), None))?,
            Section::Cost => match self.costs().get(at)? {
                Cost::All => (seen.memories, Expr::All, largest(SortKey::Size)),
                Cost::Learned => (seen.memories, Expr::All, largest(SortKey::Cost)),
                Cost::Start => {
                    let scope = self.dearest()?;
                    (scope.count, of_scope(&scope.name), Some(Sort::default()))
                }
                Cost::Withheld => {
                    let withheld = seen.signals.iter().find(|(signal, _)| *signal == Signal::NeverInjected);
                    (
                        withheld.map_or(0, |(_, count)| *count),
                        with_signal(Signal::NeverInjected),
                        largest(SortKey::Size),
                    )
                }
            },
        })
    }
}

/// The cell of the map that holds most: where the cursor begins.
fn fullest(insights: &Insights) -> usize {
    let cells = insights.heat.iter().rev().flatten().enumerate();
    cells.max_by_key(|(_, count)| **count).map_or(0, |(at, _)| at)
}
