//! What is to be done for each intent, worked out under the store's lock before anything is written.

use rusqlite::{Connection, OptionalExtension as _, types::ToSqlOutput};

use super::{detail, list, record, shape::Shape};
use crate::{
    change::{Change, Place as Keeping},
    memory::{EpochMs, Image, Record, Value},
    store::{
        Expect, Intent, Make, Outcome,
        sqlite::{cell, table::quote, writing},
    },
};

/// A change with the row that it is about.
pub(super) type Step = writing::Step<i64>;

/// What an intent comes to.
type Plan = writing::Plan<i64>;

/// Works out plans at a moment.
pub(super) struct Planner<'a> {
    pub(super) conn: &'a Connection,
    pub(super) shape: &'a Shape,
    pub(super) now: EpochMs,
}

impl Planner<'_> {
    /// What an intent comes to.
    pub(super) fn plan(&self, intent: &Intent) -> rusqlite::Result<Plan> {
        let named = record::row_of(self.conn, self.shape, &intent.native)?;
        let wanted = match &intent.make {
            Make::Put(image) => record::row_in(self.shape, &image.own),
            Make::Delete | Make::Erase | Make::Edit(_) => None,
        };
        let Some(rowid) = named.or(wanted) else {
            return Ok(match intent.make {
                Make::Delete | Make::Erase => Plan::Settled(Outcome::Already),
                Make::Edit(_) => Plan::Settled(Outcome::Conflict(None)),
                Make::Put(_) => Plan::refused(format!("the record of {} names no row", intent.native)),
            });
        };
        let current = record::read(self.conn, self.shape, rowid)?;
        let after = match (&intent.make, &current) {
            (Make::Delete | Make::Erase, None) => return Ok(Plan::Settled(Outcome::Already)),
            (Make::Delete | Make::Erase, Some(_)) => None,
            (Make::Edit(_), None) => return Ok(Plan::Settled(Outcome::Conflict(None))),
            (Make::Edit(edit), Some(before)) => match detail::after(self.shape, before, edit, self.now) {
                Ok(image) => Some(image),
                Err(reason) => return Ok(Plan::refused(reason)),
            },
            (Make::Put(wanted), _) => match self.put(wanted, current.as_ref())? {
                Ok(image) => Some(image),
                Err(reason) => return Ok(Plan::refused(reason)),
            },
        };
        if after.is_some() && after.as_ref().map(Image::digest) == current.as_ref().map(Image::digest) {
            return Ok(Plan::Settled(Outcome::Already));
        }
        let met = match intent.expect {
            Expect::Anything => true,
            Expect::Absent => current.is_none(),
            Expect::Seen(version) => {
                current.as_ref().is_some_and(|image| list::version_of(&self.shape.mapping, &image.own) == version)
            }
            Expect::Exactly(digest) => current.as_ref().is_some_and(|image| image.digest() == digest),
        };
        if !met {
            return Ok(Plan::Settled(Outcome::Conflict(current.map(Box::new))));
        }
        if let Some(after) = &after
            && let Some(other) = self.clash(rowid, &after.own)?
        {
            return Ok(Plan::refused(format!(
                "{other} already holds a value that must be unique; prune it first, then try again"
            )));
        }
        let change = Change { native: intent.native.clone(), place: Keeping::Store, before: current, after };
        Ok(Plan::Do(Box::new(Step { what: rowid, change })))
    }

    /// The record that a memory becomes when it is put back: columns that came since keep what they hold.
    fn put(&self, wanted: &Image, current: Option<&Image>) -> rusqlite::Result<Result<Image, String>> {
        let table = &self.shape.table;
        if wanted.own.table != table.name {
            return Ok(Err(format!("the record belongs to table {}, not to {}", wanted.own.table, table.name)));
        }
        let known = |name: &str| table.has(name) || (table.row_id.is_none() && name == record::ROW_ID);
        if let Some((gone, _)) = wanted.own.columns.iter().find(|(name, _)| !known(name)) {
            return Ok(Err(format!(
                "column {gone} of {} no longer exists, so the record cannot be put back as it was; memtui still keeps it",
                table.name
            )));
        }
        for side in wanted.side.iter().chain(&wanted.parents) {
            let child = self.shape.children.iter().find(|child| child.table.name == side.table);
            if child.is_none_or(|child| side.columns.iter().any(|(name, _)| !child.table.has(name))) {
                return Ok(Err(format!(
                    "table {} is no longer as it was, so the record cannot be put back",
                    side.table
                )));
            }
        }
        let mut image = wanted.clone();
        image.own.columns.clear();
        for column in &table.columns {
            let value = match (wanted.own.get(column), current.and_then(|image| image.own.get(column))) {
                (Some(value), _) | (None, Some(value)) => value.clone(),
                (None, None) => table.default_of(self.conn, column)?,
            };
            image.own.columns.push((column.clone(), value));
        }
        if let (None, Some(row)) = (&table.row_id, wanted.own.get(record::ROW_ID)) {
            image.own.columns.push((record::ROW_ID.to_owned(), row.clone()));
        }
        Ok(Ok(image))
    }

    /// Another memory that stands in the way of this one by a unique index.
    fn clash(&self, rowid: i64, own: &Record) -> rusqlite::Result<Option<String>> {
        let id = quote(&self.shape.mapping.id);
        for columns in &self.shape.table.unique {
            let values: Vec<&Value> = columns.iter().filter_map(|column| own.get(column)).collect();
            if values.len() != columns.len() || values.iter().any(|value| **value == Value::Null) {
                continue;
            }
            let conditions: Vec<String> =
                columns.iter().enumerate().map(|(place, name)| format!("{} = ?{}", quote(name), place + 2)).collect();
            let sql =
                format!("SELECT {id} FROM {} WHERE {} AND rowid <> ?1", self.shape.from(), conditions.join(" AND "));
            let parameters = std::iter::once(ToSqlOutput::from(rowid)).chain(values.into_iter().map(cell::parameter));
            let other = self
                .conn
                .prepare_cached(&sql)?
                .query_row(rusqlite::params_from_iter(parameters), |row| Ok(cell::text(row.get_ref(0)?).into_owned()))
                .optional()?;
            if let Some(other) = other {
                return Ok(Some(self.shape.native(&other)));
            }
        }
        Ok(None)
    }
}
