//! The log: operations by page, all or those that answer a filter.

use super::{CurateProblem, Curator, OperationId};
use crate::{
    ledger::Operation,
    memory::EpochMs,
    query::{Expr, NameField, Term},
};

/// Operations that are looked at between two of those that answer.
const PAGE: usize = 500;

impl Curator {
    /// The latest operations, newest first.
    ///
    /// # Errors
    /// [`CurateProblem::Ledger`] when the ledger cannot be read.
    pub fn log(&self, before: Option<OperationId>, limit: usize) -> Result<Vec<Operation>, CurateProblem> {
        Ok(self.ledger()?.log(before, limit)?)
    }

    /// The latest operations that answer a filter of [`crate::query::parse_operations`], newest first. Fewer than `limit`
    /// are all there are.
    ///
    /// # Errors
    /// [`CurateProblem::Ledger`] when the ledger cannot be read.
    pub fn log_where(
        &mut self,
        filter: &Expr,
        mut before: Option<OperationId>,
        limit: usize,
        now: EpochMs,
    ) -> Result<Vec<Operation>, CurateProblem> {
        if *filter == Expr::All {
            return self.log(before, limit);
        }
        let mut found = Vec::new();
        loop {
            let page = self.log(before, PAGE)?;
            let Some(last) = page.last() else { return Ok(found) };
            before = Some(last.id);
            for operation in page {
                if self.answers(&operation, filter, now)? {
                    found.push(operation);
                }
                if found.len() >= limit {
                    return Ok(found);
                }
            }
        }
    }

    fn answers(&mut self, operation: &Operation, filter: &Expr, now: EpochMs) -> Result<bool, CurateProblem> {
        let asks_for_stores = filter.any_term(&mut |term| matches!(term, Term::Name(NameField::Store, _)));
        let stores = if asks_for_stores { self.stores_of(operation.id, now)? } else { Vec::new() };
        let said =
            format!("{} {} {} {}", operation.summary, operation.reason, operation.author, operation.label.name());
        let said = said.to_lowercase();
        Ok(filter.eval(&mut |term| match term {
            Term::Name(NameField::Agent, pattern) => pattern.matches(&operation.author),
            Term::Name(NameField::Kind, pattern) => pattern.matches(operation.label.name()),
            Term::Name(NameField::Store, pattern) => stores.iter().any(|store| pattern.matches(store)),
            Term::Age(compare, bound) => {
                now.checked_sub(operation.at).filter(|age| *age >= 0).is_some_and(|age| compare.holds(age, *bound))
            }
            Term::Created(from, to) => (*from..*to).contains(&operation.at),
            Term::Word(word, _) | Term::Phrase(word) => said.contains(&word.to_lowercase()),
            _ => false,
        }))
    }
}
