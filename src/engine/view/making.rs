//! What is known of a view in the making, and what of that is shown early.

use std::{sync::Arc, time::Instant};

use super::{Emit, FIRST_ROWS, GLANCE, Making, PATIENCE, SO_FAR};
use crate::{
    catalog::{Bench, Bits, Count, Group, SortKey, Test, by_column},
    engine::{Library, Lines, View, listing::Listing},
    query::{Expr, Term},
    store::{Problem, Result},
};

impl Making<'_> {
    /// Whether nothing passes that does not answer this term.
    pub(super) fn is_needed(&self, term: &Term) -> bool {
        self.spec.filter.and_parts().iter().any(|part| matches!(part, Expr::Term(other) if other == term))
    }

    pub(super) fn newest_first(&self) -> bool {
        self.spec.sort.key == SortKey::Age && !self.spec.sort.descending && !self.spec.grouped
    }

    pub(super) fn best_first(&self) -> bool {
        self.spec.sort.key == SortKey::Rank && self.spec.sort.descending && !self.spec.grouped
    }

    /// How many memories answer a text term.
    pub(in crate::engine) fn count_of(&self, term: &Term) -> usize {
        self.answers.iter().find(|(other, _)| other == term).map_or(0, |(_, slots)| slots.count())
    }

    pub(super) fn go_on(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(Problem::Cancelled) } else { Ok(()) }
    }

    /// The filter made ready with the answers so far; `granted` counts as answered by everything.
    pub(super) fn test(&self, granted: Option<&Term>) -> Test {
        let text = |term: &Term| {
            if granted == Some(term) {
                return Test::Fixed(true);
            }
            by_column(term).unwrap_or_else(|| {
                let answer = self.answers.iter().find(|(other, _)| other == term);
                answer.map_or(Test::Fixed(false), |(_, slots)| Test::Among(slots.clone()))
            })
        };
        Bench {
            catalog: self.catalog,
            now: self.eye.aging.now(),
            stores: self.stores,
            marked: self.marked,
            text: &text,
        }
        .test(&self.spec.filter)
    }

    /// The answers to a term without which nothing passes, when they are few: then only they are looked at.
    pub(super) fn few(&self) -> Option<&Bits> {
        let (_, slots) =
            self.answers.iter().filter(|(term, _)| self.is_needed(term)).min_by_key(|(_, slots)| slots.count())?;
        (slots.count() < self.catalog.total() / 16).then_some(slots)
    }

    /// Every memory that passes, newest first.
    pub(super) fn matching(&mut self, test: &Test, library: &Library, emit: Emit<'_>) -> Result<Arc<Vec<u32>>> {
        if matches!(test, Test::Fixed(true)) {
            return Ok(Arc::clone(self.catalog.order()));
        }
        if let Some(few) = self.few() {
            let mut slots: Vec<u32> =
                few.iter().filter(|slot| self.eye.passes(test, self.eye.subject(*slot))).collect();
            slots.sort_by_key(|slot| self.catalog.newest_first(*slot));
            return Ok(Arc::new(slots));
        }
        let begin = Instant::now();
        let mut slots = Vec::new();
        let needs_judging = test.needs_judging() && !self.catalog.is_judged();
        for (count, slot) in self.catalog.order().iter().enumerate() {
            if count.is_multiple_of(GLANCE) {
                self.go_on()?;
                if slots.len() >= FIRST_ROWS && self.newest_first() && begin.elapsed() > PATIENCE {
                    self.show_early(library, &slots, emit);
                }
            }
            let it = self.eye.subject(*slot);
            if (!needs_judging || it.fact.is(crate::catalog::Fact::JUDGED)) && self.eye.holds(test, it) {
                slots.push(*slot);
            }
        }
        slots.shrink_to_fit();
        Ok(Arc::new(slots))
    }

    /// Shows rows that were found before all of them are, once.
    pub(super) fn show_early(&mut self, library: &Library, slots: &[u32], emit: Emit<'_>) {
        if self.shown_early || self.cancel.is_cancelled() {
            return;
        }
        self.shown_early = true;
        self.show(library, slots, emit);
    }

    /// Shows the few rows that were found so far, now and then while it takes long.
    pub(super) fn show_so_far(&mut self, library: &Library, slots: &[u32], emit: Emit<'_>) {
        let is_due = self.told.is_none_or(|told| told.elapsed() > SO_FAR);
        if is_due && !slots.is_empty() && !self.cancel.is_cancelled() {
            self.told = Some(Instant::now());
            self.show(library, slots, emit);
        }
    }

    pub(super) fn show(&self, library: &Library, slots: &[u32], emit: Emit<'_>) {
        let mut slots = slots.to_vec();
        slots.sort_by_key(|slot| self.catalog.newest_first(*slot));
        emit(self.view(library, Arc::new(slots), Vec::new(), false, true));
    }

    /// Shows the newest answers of those that are to be ranked, because ranking them takes a while.
    pub(in crate::engine) fn show_unranked(&mut self, library: &Library, slots: &[u32], emit: Emit<'_>) {
        if self.best_first() {
            self.remark = Some("the newest, while the best are looked for".to_owned());
            self.show_early(library, slots.get(..FIRST_ROWS.min(slots.len())).unwrap_or_default(), emit);
            self.remark = None;
        }
    }

    pub(super) fn view(
        &self,
        library: &Library,
        slots: Arc<Vec<u32>>,
        groups: Vec<Group>,
        exact: bool,
        partial: bool,
    ) -> View {
        let found = self
            .follow
            .and_then(|key| self.catalog.slot(key))
            .and_then(|slot| slots.iter().position(|other| *other == slot));
        let number = slots.len();
        View {
            id: library.listings.keep(match &self.then {
                Some(then) => Listing::Then(slots, Arc::clone(then)),
                None => Listing::Slots(slots),
            }),
            spec: self.spec.clone(),
            count: Count { number, exact },
            of: Count { number: self.catalog.total(), exact: self.catalog.outlined },
            groups,
            found,
            partial,
            remark: self.remark.clone(),
            lines: Lines::default(),
            past: self.then.as_ref().map(|then| Arc::clone(&then.shown)),
        }
    }
}
