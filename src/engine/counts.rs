//! How many memories each of several filters matches, in one pass over the catalogue.

use std::ops::ControlFlow;

use super::{Desk, then::Then};
use crate::{
    catalog::{Aging, Asked, Bench, Bits, Catalog, Count, Eye, Fact, Test, ViewSpec, by_column, text_terms},
    query::{Expr, Term},
    store::{Cancel, Problem, Result},
};

/// Looks at whether somebody wants something else, this often.
const GLANCE: usize = 4096;

/// Terms that the stores answered.
pub(super) type Answers = Vec<(Term, Bits)>;

impl Desk {
    /// How many memories each filter matches. A count is exact when the catalogue knows enough to tell.
    ///
    /// # Errors
    /// [`Problem::Cancelled`] when `cancel` says so, or what a store says when it cannot be read.
    pub fn counts(&mut self, filters: &[Expr], cancel: &Cancel) -> Result<Vec<Count>> {
        let catalog = self.library.snapshot();
        let aging = Aging::new(&catalog.words.kinds, self.library.now());
        let eye = Eye::new(&catalog, &aging);
        let mut answers = Answers::new();
        for filter in filters.iter().filter(|filter| filter.as_of().is_none()) {
            self.ask_stores(&catalog, None, filter, &mut answers, cancel)?;
        }
        let (text, names) = (|term: &Term| answered(&answers, term), self.library.names().to_vec());
        let marked = Bits::default();
        let bench = Bench { catalog: &catalog, now: aging.now(), stores: &names, marked: &marked, text: &text };
        let tests: Vec<(Test, bool)> = filters.iter().map(|filter| bench.test(filter)).map(with_need).collect();
        let mut numbers = vec![0; tests.len()];
        for (at, slot) in catalog.order().iter().enumerate() {
            if at.is_multiple_of(GLANCE) && cancel.is_cancelled() {
                return Err(Problem::Cancelled);
            }
            let it = eye.subject(*slot);
            let judged = it.fact.is(Fact::JUDGED);
            for ((test, needs_judging), number) in tests.iter().zip(&mut numbers) {
                *number += usize::from((judged || !needs_judging) && eye.holds(test, it));
            }
        }
        let known = catalog.is_judged();
        let count = |((_, needs), number): (&(Test, bool), usize)| Count {
            number,
            exact: catalog.outlined && (known || !needs),
        };
        let mut counts: Vec<Count> = tests.iter().zip(numbers).map(count).collect();
        for (filter, count) in filters.iter().zip(&mut counts).filter(|(filter, _)| filter.as_of().is_some()) {
            let spec = ViewSpec { filter: filter.clone(), ..ViewSpec::default() };
            *count = self.view(&spec, None, &[], cancel, &mut |_| {})?.count;
        }
        Ok(counts)
    }

    /// Asks the stores for whatever of a filter only they can answer and that is not answered yet.
    pub(super) fn ask_stores(
        &mut self,
        catalog: &Catalog,
        then: Option<&Then>,
        filter: &Expr,
        answers: &mut Answers,
        cancel: &Cancel,
    ) -> Result<()> {
        for term in text_terms(filter).into_iter().filter(|term| by_column(term).is_none()) {
            if !answers.iter().any(|(known, _)| *known == term) {
                let mut slots = self.all_answers(catalog, &term, cancel)?;
                if let Some(then) = then {
                    self.answer_then(then, &term, &mut slots)?;
                }
                answers.push((term, slots));
            }
        }
        Ok(())
    }

    fn all_answers(&mut self, catalog: &Catalog, term: &Term, cancel: &Cancel) -> Result<Bits> {
        if let Term::Like(id) = term {
            let alike = self.most_alike(catalog, id, cancel)?;
            return Ok(alike.into_iter().flatten().collect());
        }
        let names = self.library.names().to_vec();
        let mut found = Bits::default();
        for (store, name) in self.store_numbers().zip(&names) {
            let reader = self.reader(store)?;
            reader.obey(cancel.clone());
            Asked { catalog, store, name, reader, cancel }.answer(term, &mut |slot| {
                found.insert(slot);
                ControlFlow::Continue(())
            })?;
        }
        Ok(found)
    }
}

fn with_need(test: Test) -> (Test, bool) {
    let needs_judging = test.needs_judging();
    (test, needs_judging)
}

/// The test for a text term, from what the stores answered.
pub(super) fn answered(answers: &Answers, term: &Term) -> Test {
    by_column(term).unwrap_or_else(|| {
        let answer = answers.iter().find(|(known, _)| known == term);
        answer.map_or(Test::Fixed(false), |(_, slots)| Test::Among(slots.clone()))
    })
}
