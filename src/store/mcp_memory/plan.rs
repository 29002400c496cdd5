//! What is to be done for each intent, worked out under the store's lock before anything is written.

use rusqlite::{Connection, OptionalExtension as _, Result};

use super::{chain, edit::Editor, image, line::version_of, list, shape::Shape, vectors};
use crate::{
    change::{Change, Place as Keeping},
    memory::{EpochMs, Handle, Image, Record, Value},
    store::{
        Expect, Intent, Make, Outcome,
        sqlite::{cell, writing},
    },
};

/// What happens to the rows of a memory.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Rows {
    /// This row is deleted, as the product deletes.
    Delete(i64),
    /// The row of the image is written.
    Write,
    /// The row of the image is written, and this one points to the version with that hash.
    Follow { from: i64, heir: Value },
    /// The row of the image is written again, and this newer one is deleted.
    GoBack { from: i64 },
    /// These rows, every version of a memory, are taken out for good.
    Erase(Vec<i64>),
}

/// A step of this store: the memory, and what happens to its rows.
pub(super) type What = (Handle, Rows);
/// A change with what is done for it.
pub(super) type Step = writing::Step<What>;
type Plan = writing::Plan<What>;

/// Works out plans at a moment.
pub(super) struct Planner<'a> {
    pub(super) conn: &'a Connection,
    pub(super) shape: &'a Shape,
    pub(super) now: EpochMs,
    /// Rows that were promised to new versions in this transaction.
    pub(super) promised: i64,
}

impl Planner<'_> {
    /// What an intent comes to.
    pub(super) fn plan(&self, intent: &Intent) -> Result<Plan> {
        let Some(handle) = list::handle(&intent.native) else {
            return Ok(match intent.make {
                Make::Delete | Make::Erase => Plan::Settled(Outcome::Already),
                Make::Edit(_) => Plan::Settled(Outcome::Conflict(None)),
                Make::Put(_) => Plan::refused(format!("{} names no memory of this store", intent.native)),
            });
        };
        let current = image::read(self.conn, self.shape, handle)?;
        if intent.make == Make::Erase {
            return self.erasure(intent, handle, current);
        }
        let after = match (&intent.make, &current) {
            (Make::Delete | Make::Erase, None) => return Ok(Plan::Settled(Outcome::Already)),
            (Make::Delete | Make::Erase, Some(_)) => Ok(None),
            (Make::Edit(_), None) => return Ok(Plan::Settled(Outcome::Conflict(None))),
            (Make::Edit(edit), Some(before)) => {
                let editor = Editor { conn: self.conn, shape: self.shape, now: self.now, free_row: self.free_row()? };
                editor.after(before, edit)?.map(Some)
            }
            (Make::Put(wanted), _) => self.fitted(wanted)?.map(Some),
        };
        let after = match after {
            Ok(after) => after,
            Err(reason) => return Ok(Plan::refused(reason)),
        };
        if after.as_ref().map(Image::digest) == current.as_ref().map(Image::digest) {
            return Ok(Plan::Settled(Outcome::Already));
        }
        if !met(intent.expect, current.as_ref()) {
            return Ok(Plan::Settled(Outcome::Conflict(current.map(Box::new))));
        }
        match self.rows(current.as_ref(), after.as_ref())? {
            Ok(rows) => {
                let change = Change { native: intent.native.clone(), place: Keeping::Store, before: current, after };
                Ok(Plan::Do(Box::new(Step { what: (handle, rows), change })))
            }
            Err(reason) => Ok(Plan::refused(reason)),
        }
    }

    /// Every version of a memory goes, also those that were pruned before.
    fn erasure(&self, intent: &Intent, handle: Handle, current: Option<Image>) -> Result<Plan> {
        let rows = chain::family(self.conn, self.shape, handle.0)?;
        if rows.is_empty() {
            return Ok(Plan::Settled(Outcome::Already));
        }
        if !met(intent.expect, current.as_ref()) {
            return Ok(Plan::Settled(Outcome::Conflict(current.map(Box::new))));
        }
        let change = Change { native: intent.native.clone(), place: Keeping::Store, before: current, after: None };
        Ok(Plan::Do(Box::new(Step { what: (handle, Rows::Erase(rows)), change })))
    }

    /// What happens to the rows, or why it cannot.
    fn rows(&self, before: Option<&Image>, after: Option<&Image>) -> Result<std::result::Result<Rows, String>> {
        let from = before.and_then(|image| image::row_of(&image.own));
        let Some(after) = after else {
            return Ok(from.map(Rows::Delete).ok_or_else(|| "the record names no row".to_owned()));
        };
        let Some(to) = image::row_of(&after.own) else { return Ok(Err("the record names no row".to_owned())) };
        if let Some(reason) = self.objection(to, &after.own)? {
            return Ok(Err(reason));
        }
        let (Some(from), Some(before)) = (from.filter(|from| *from != to), before) else { return Ok(Ok(Rows::Write)) };
        if let Some(heir) = self.heir(&after.own, before.own.get("content_hash"))? {
            return Ok(Ok(Rows::Follow { from, heir }));
        }
        Ok(match self.heir(&before.own, after.own.get("content_hash"))? {
            Some(_) => Ok(Rows::GoBack { from }),
            None => Err("the record is no version of this memory".to_owned()),
        })
    }

    /// Going back from a version through its parents: the hash of the one whose parent has this hash.
    fn heir(&self, version: &Record, parent: Option<&Value>) -> Result<Option<Value>> {
        let Some(parent) = parent.filter(|_| self.shape.has_versions()) else { return Ok(None) };
        let step = |own: &Record| Some((own.get("content_hash")?.clone(), own.get("parent_id")?.clone()));
        let mut at = step(version);
        let mut seen = Vec::new();
        while let Some((hash, before)) = at {
            if before == *parent {
                return Ok(Some(hash));
            }
            if before == Value::Null || seen.contains(&before) {
                break;
            }
            let sql = "SELECT content_hash, parent_id FROM memories WHERE content_hash = ?1";
            at = self
                .conn
                .prepare_cached(sql)?
                .query_row([cell::parameter(&before)], |row| {
                    Ok((cell::value(row.get_ref(0)?), cell::value(row.get_ref(1)?)))
                })
                .optional()?;
            seen.push(before);
        }
        Ok(None)
    }

    /// Why a row cannot become this record.
    fn objection(&self, row: i64, own: &Record) -> Result<Option<String>> {
        if let Some(now) = image::raw(self.conn, self.shape, row)?
            && now.get("content") != own.get("content")
        {
            return Ok(Some(format!(
                "row {row} holds another text now, and a text must not be changed in place: the product's full-text \
                 index would keep the old words"
            )));
        }
        let Some(hash) = own.get("content_hash") else { return Ok(Some("the record has no hash".to_owned())) };
        let sql = "SELECT id FROM memories WHERE content_hash = ?1 AND id <> ?2";
        let other: Option<i64> = self
            .conn
            .prepare_cached(sql)?
            .query_row(rusqlite::params![cell::parameter(hash), row], |row| row.get(0))
            .optional()?;
        let Some(other) = other else { return Ok(None) };
        let name = list::name_of(self.conn, self.shape, other)?;
        Ok(Some(format!("{name} holds the same text now, which the product keeps only once; prune it first")))
    }

    /// An image in the columns and with the kind of vectors that the database has now.
    fn fitted(&self, wanted: &Image) -> Result<std::result::Result<Image, String>> {
        let table = &self.shape.memories;
        if wanted.own.table != table.name {
            return Ok(Err(format!("the record belongs to table {}, not to {}", wanted.own.table, table.name)));
        }
        if let Some((gone, _)) = wanted.own.columns.iter().find(|(name, _)| !table.has(name)) {
            return Ok(Err(format!(
                "column {gone} of {} no longer exists, so the record cannot be put back as it was; memtui still keeps it",
                table.name
            )));
        }
        let now = image::row_of(&wanted.own).map(|row| image::raw(self.conn, self.shape, row)).transpose()?.flatten();
        let mut image = wanted.clone();
        image.own.columns.clear();
        for column in table.columns.iter().filter(|column| *column != "last_accessed") {
            let value = match (wanted.own.get(column), now.as_ref().and_then(|now| now.get(column))) {
                (Some(value), _) | (None, Some(value)) => value.clone(),
                (None, None) => table.default_of(self.conn, column)?,
            };
            image.own.columns.push((column.clone(), value));
        }
        // A vector of another model says nothing here; the memory is then shown as one without.
        image.side.retain(|side| {
            side.table == vectors::TABLE && self.shape.vectors.as_ref().is_ok_and(|vectors| vectors.is_for(side))
        });
        let known = |edge: &Record| edge.columns.iter().all(|(name, _)| self.shape.graph.has(name));
        image.parents.retain(|parent| parent.table != image::GRAPH || known(parent));
        Ok(Ok(image))
    }

    /// A row that no memory ever had.
    fn free_row(&self) -> Result<i64> {
        let last: i64 = self.conn.query_row(
            "SELECT max(coalesce((SELECT max(id) FROM memories), 0),
                coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'memories'), 0))",
            [],
            |row| row.get(0),
        )?;
        Ok(last.saturating_add(1).saturating_add(self.promised))
    }
}

fn met(expect: Expect, current: Option<&Image>) -> bool {
    match expect {
        Expect::Anything => true,
        Expect::Absent => current.is_none(),
        Expect::Seen(version) => current.is_some_and(|image| version_of(&image.own) == version),
        Expect::Exactly(digest) => current.is_some_and(|image| image.digest() == digest),
    }
}
