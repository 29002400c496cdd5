//! The past on the command line: how the memories of an earlier list are known, and what cannot be.

use std::ops::Range;

use super::{
    args::Name,
    columns::grouped,
    fail::{Failure, say},
    open::Session,
    times,
};
use crate::{
    catalog::ViewSpec,
    engine::{Detail, PastView, Stand, View},
    memory::{EpochMs, Key, MemoryId, Row},
    query::{AsOf, Expr, NameField, Pattern, Term},
};

/// The word for how a memory of an earlier list is known: `same`, `was` (it reads differently now), `gone`, `not-kept`,
/// `changed` (differently, nobody knows how) or `unsure`.
pub(super) fn word(past: &PastView, key: Key) -> &'static str {
    match past.stand(key) {
        Some(Stand::Was { gone: true, .. }) => "gone",
        Some(Stand::Was { gone: false, .. }) => "was",
        Some(Stand::Lost { .. }) => "not-kept",
        Some(Stand::Changed) => "changed",
        None if past.is_unsure(key) => "unsure",
        None => "same",
    }
}

/// Says which moment is shown, and what of it nobody can know.
pub(super) fn explain(past: &PastView, stores: &[String]) {
    let differ = past.stands.len();
    say(&format!(
        "the list as it stood {}, read-only: {} of all memories then read differently now or are gone",
        times::local(past.at),
        grouped(differ)
    ));
    let unsure = stores.iter().zip(&past.unsure).filter(|(_, unsure)| **unsure);
    let unsure: Vec<&str> = unsure.map(|(name, _)| name.as_str()).collect();
    if !unsure.is_empty() {
        say(&format!(
            "nobody looked at {} then: its programs may write over what is there, and may have changed more since",
            unsure.join(", ")
        ));
    }
}

impl Session {
    /// The filter of a text that chooses what is there now.
    ///
    /// # Errors
    /// It cannot be understood, or asks for the past.
    pub(super) fn filter(&self, text: &str, now: EpochMs) -> Result<Expr, Failure> {
        let filter = self.filter_of_any_time(text, now)?;
        if filter.as_of().is_some() {
            return Err(Failure::Usage(
                "`as-of:` shows what was, and nothing can be done to that; `memtui rollback` brings it back".to_owned(),
            ));
        }
        Ok(filter)
    }

    /// The short names of the open stores.
    pub(super) fn store_names(&self) -> Vec<String> {
        self.desk.library().names().to_vec()
    }

    /// The lines of a view at positions.
    pub(super) fn rows_in(&mut self, view: &View, range: Range<usize>) -> Result<Vec<Row>, Failure> {
        Ok(self.desk.page(view.id, range)?.into_iter().flatten().collect())
    }

    /// A memory in full, as the view shows it.
    pub(super) fn detail_in(&mut self, view: &View, key: Key) -> Result<Option<Detail>, Failure> {
        Ok(self.desk.detail_in(view.id, key)?)
    }

    /// A memory as it stood at a moment, with how that is known; `None` when it was not there.
    pub(super) fn detail_as_of(&mut self, name: &Name, at: EpochMs) -> Result<Option<(Detail, &'static str)>, Failure> {
        let id = match name {
            Name::Full(id) => id.to_string(),
            Name::Native(native) => native.clone(),
        };
        let term = |term| Expr::Term(term);
        let filter =
            Expr::And(vec![term(Term::AsOf(AsOf::Moment(at))), term(Term::Name(NameField::Id, Pattern::exact(&id)))]);
        let view = self.view(&ViewSpec { filter, ..ViewSpec::default() })?;
        let Some(past) = view.past.clone() else { return Ok(None) };
        let same = |detail: &Detail, id: &MemoryId| match name {
            Name::Full(name) => *name == *id && detail.memory.row.id == *id,
            Name::Native(native) => *native == id.native,
        };
        for key in self.keys(&view, 0..view.count.number) {
            if let Some(detail) = self.detail_in(&view, key)?
                && same(&detail, &detail.memory.row.id)
            {
                let known = word(&past, key);
                return Ok(Some((detail, known)));
            }
        }
        Ok(None)
    }
}
