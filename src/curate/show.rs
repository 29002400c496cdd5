//! Changes as people read them.

use super::{CurateProblem, Curator, OperationId};
use crate::{
    change::Place,
    ledger::{Recorded, overlay},
    memory::{EpochMs, Image, MemoryId, Value},
};

/// A change as people read it. All texts are raw: they pass `text` before a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeView {
    /// Which memory.
    pub id: MemoryId,
    /// Its title.
    pub title: String,
    /// Fields that differ: name, before, after.
    pub fields: Vec<(String, Option<String>, Option<String>)>,
}

impl Curator {
    /// What an operation changed, at most `limit` changes of it, and how many there are in all.
    ///
    /// # Errors
    /// [`CurateProblem::NoOperation`] when there is none of that number, [`CurateProblem::Ledger`] when an image of
    /// it is damaged.
    pub fn changes(
        &mut self,
        operation: OperationId,
        limit: usize,
        now: EpochMs,
    ) -> Result<(Vec<ChangeView>, usize), CurateProblem> {
        if self.ledger()?.operation(operation)?.is_none() {
            return Err(CurateProblem::NoOperation(operation));
        }
        let total = self.ledger()?.count_changes(operation)?;
        let recorded = self.ledger()?.changes(operation, 0, limit)?;
        let views = recorded.into_iter().map(|change| self.view(operation, &change, now)).collect::<Result<_, _>>()?;
        Ok((views, total))
    }

    /// Whether more than one store stands in the log.
    ///
    /// # Errors
    /// [`CurateProblem::Ledger`] when it cannot be read.
    pub fn has_several_stores(&self) -> Result<bool, CurateProblem> {
        Ok(self.ledger()?.stores_of(None)?.len() > 1)
    }

    /// The stores that an operation was about: by name those that are open, the others by path.
    ///
    /// # Errors
    /// [`CurateProblem::Ledger`] when it cannot be read.
    pub fn stores_of(&mut self, operation: OperationId, now: EpochMs) -> Result<Vec<String>, CurateProblem> {
        let stores = self.ledger()?.stores_of(Some(operation))?;
        let name = |store| match self.place_of(store, now) {
            Some(place) => Ok(self.public_id(place, "").store),
            None => Ok(self.ledger()?.store(store)?.map_or_else(|| "?".to_owned(), |(_, path)| path)),
        };
        stores.into_iter().map(name).collect()
    }

    fn view(&mut self, operation: OperationId, change: &Recorded, now: EpochMs) -> Result<ChangeView, CurateProblem> {
        let ledger = self.ledger()?;
        // What was let go or erased has no fields to show, and says so in the place of its title.
        let mut gone = None;
        let mut image =
            |side: Option<(i64, _)>| match side.map(|(number, _)| ledger.image(operation, number)).transpose() {
                Err(problem) if problem.is_gone() => {
                    gone = Some(problem.to_string());
                    Ok(None)
                }
                found => found,
            };
        let (before, after) = (image(change.before)?, image(change.after)?);
        let place = self.place_of(change.store, now);
        let id = if let Some(place) = place {
            self.public_id(place, &change.native)
        } else {
            let name = self.ledger()?.store(change.store)?.map_or_else(|| "?".to_owned(), |(name, _)| name);
            MemoryId { store: name, native: change.native.clone() }
        };
        let title = match (change.place, place) {
            (Place::Overlay, Some(place)) => self.row_title(place, &change.native),
            _ if gone.is_some() => return Ok(ChangeView { id, title: gone.unwrap_or_default(), fields: Vec::new() }),
            _ => before.as_ref().or(after.as_ref()).map_or_else(String::new, Image::headline),
        };
        Ok(ChangeView { id, title, fields: differences(before.as_ref(), after.as_ref()) })
    }
}

/// Columns that say what a memory is come before those that only keep the books.
const FIRST: [&str; 8] = ["title", "request", "subtitle", "prompt_text", "narrative", "text", "facts", "concepts"];

pub(super) fn differences(
    before: Option<&Image>,
    after: Option<&Image>,
) -> Vec<(String, Option<String>, Option<String>)> {
    let value = |image: Option<&Image>, column: &str| image.and_then(|i| i.own.get(column)).cloned();
    let mut columns: Vec<&str> = Vec::new();
    for image in [before, after].into_iter().flatten() {
        for (name, _) in &image.own.columns {
            if !columns.contains(&name.as_str()) {
                columns.push(name);
            }
        }
    }
    columns.sort_by_key(|column| FIRST.iter().position(|first| first == column).unwrap_or(FIRST.len()));
    let marks = [before, after].into_iter().flatten().any(|image| image.own.table == overlay::TABLE);
    columns
        .into_iter()
        // A mark that is not set says nothing.
        .filter(|column| {
            !marks || [before, after].iter().any(|image| value(*image, column).is_some_and(|v| is_set(&v)))
        })
        .filter_map(|column| {
            let (old, new) = (value(before, column), value(after, column));
            let text = |value: Option<Value>| value.as_ref().and_then(shown);
            (old != new).then(|| (column.to_owned(), text(old), text(new)))
        })
        .filter(|(_, old, new)| old.is_some() || new.is_some())
        .collect()
}

const fn is_set(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Integer(0))
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        // Six digits: a confidence was kept as a 32-bit float, whose tail is noise.
        Value::Real(number) => Some(((number * 1e6).round() / 1e6).to_string()),
        Value::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::Blob(bytes) => Some(format!("{} bytes", bytes.len())),
    }
}
