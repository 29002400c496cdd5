//! What is to be done for each intent, worked out under the store's lock before anything is written.

use std::collections::{HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension as _, types::ToSqlOutput};

use super::{
    edit, image, list,
    shape::{Kind, Shape, Table},
};
use crate::{
    change::{Change, Place as Keeping},
    memory::{Image, Record, Value},
    store::{
        Expect, Intent, Make, Outcome,
        sqlite::{cell, table::quote},
    },
};

/// What is to be done for one intent.
pub(super) enum Plan {
    /// Nothing: the outcome is already known.
    Settled(Outcome),
    /// A change of one memory.
    Do(Box<Step>),
}

/// One change and how it is made.
pub(super) struct Step {
    /// The table.
    pub(super) kind: Kind,
    /// The row.
    pub(super) rowid: i64,
    /// The change, as it is journalled.
    pub(super) change: Change,
    /// The session to be put back first, when it is gone.
    pub(super) parent: Option<Record>,
    /// Whether it is an edit, and no memory that is put back or deleted.
    pub(super) edited: bool,
    /// Whether the worker must be asked, because the memory was sent to the cloud.
    pub(super) by_worker: bool,
}

/// Revisions that the cloud has acknowledged, by kind and local id.
pub(super) type Heads = HashMap<(Kind, Vec<u8>), u64>;

/// Works out plans. Lives for one transaction.
pub(super) struct Planner<'a> {
    pub(super) conn: &'a Connection,
    pub(super) shape: &'a Shape,
    pub(super) heads: &'a Heads,
    /// Whether the installation synchronises: then every deletion of a native row is the worker's business.
    pub(super) syncs: bool,
    /// Sessions that this transaction will put back.
    reborn: Vec<Record>,
    /// The session that was found last, by the column that names it: neighbours mostly share one.
    found: Option<(&'a str, Value)>,
    seen: HashSet<(Kind, i64)>,
}

/// A database error, or the reason why one intent cannot be carried out.
enum No {
    Sql(rusqlite::Error),
    Refused(String),
}

impl From<rusqlite::Error> for No {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl<'a> Planner<'a> {
    pub(super) fn new(conn: &'a Connection, shape: &'a Shape, heads: &'a Heads, syncs: bool) -> Self {
        Self { conn, shape, heads, syncs, reborn: Vec::new(), found: None, seen: HashSet::new() }
    }

    /// The plans for some intents, in their order.
    pub(super) fn plans(&mut self, intents: Vec<Intent>) -> rusqlite::Result<Vec<Plan>> {
        let named = |intent: &Intent| Kind::parse(&intent.native).and_then(Kind::of);
        let mut found = HashMap::new();
        for kind in Kind::ALL {
            let rowids: Vec<i64> =
                intents.iter().filter_map(named).filter(|(of, _)| *of == kind).map(|(_, rowid)| rowid).collect();
            if !rowids.is_empty() {
                let images = image::read_many(self.conn, self.shape, kind, &rowids)?;
                found.extend(images.into_iter().map(|(rowid, image)| ((kind, rowid), image)));
            }
        }
        intents
            .into_iter()
            .map(|intent| match named(&intent) {
                Some(place) => self.plan(intent, place, found.remove(&place)),
                None => Ok(refused(format!(
                    "`{}` is no memory of claude-mem; ids look like observation/181",
                    intent.native
                ))),
            })
            .collect()
    }

    fn plan(&mut self, intent: Intent, (kind, rowid): (Kind, i64), current: Option<Image>) -> rusqlite::Result<Plan> {
        if self.shape.table(kind).is_none() {
            return Ok(refused(format!("this version of claude-mem has no table {}", kind.table())));
        }
        if !self.seen.insert((kind, rowid)) {
            return Ok(refused(format!("{} is named twice in one step; do one after the other", intent.native)));
        }
        match self.change(intent, kind, rowid, current) {
            Ok(plan) => Ok(plan),
            Err(No::Refused(reason)) => Ok(refused(reason)),
            Err(No::Sql(error)) => Err(error),
        }
    }

    fn change(&mut self, intent: Intent, kind: Kind, rowid: i64, current: Option<Image>) -> Result<Plan, No> {
        let edited = matches!(intent.make, Make::Edit(_));
        let mut parent = None;
        let mut after = match (intent.make, &current) {
            (Make::Delete | Make::Erase, None) => return Ok(Plan::Settled(Outcome::Already)),
            (Make::Delete | Make::Erase, Some(_)) => None,
            (Make::Edit(_), None) => return Ok(Plan::Settled(Outcome::Conflict(None))),
            (Make::Edit(edit), Some(before)) => {
                Some(edit::after(self.shape, kind, before, &edit).map_err(No::Refused)?)
            }
            (Make::Put(wanted), _) => {
                let (image, session) = self.put(kind, rowid, wanted, current.as_ref())?;
                parent = session;
                Some(image)
            }
        };
        if after.as_ref().zip(current.as_ref()).is_some_and(|(after, current)| after.same_memory(current)) {
            return Ok(Plan::Settled(Outcome::Already));
        }
        let met = match intent.expect {
            Expect::Anything => true,
            Expect::Absent => current.is_none(),
            Expect::Seen(version) => {
                current.as_ref().is_some_and(|image| list::version_of(kind, &image.own) == version)
            }
            Expect::Exactly(digest) => current.as_ref().is_some_and(|image| image.digest() == digest),
        };
        if !met {
            return Ok(Plan::Settled(Outcome::Conflict(current.map(Box::new))));
        }
        let head = self.head(kind, rowid);
        if let Some(after) = &mut after {
            if edited {
                self.keep_hash_on_clash(kind, rowid, after, current.as_ref())?;
            }
            if let Some(other) = self.clash(kind, rowid, &after.own)? {
                return Err(No::Refused(format!(
                    "{} already holds the same content of the same session; prune it first, then try again",
                    kind.native(other)
                )));
            }
            // Taking back a change that the cloud never saw leaves no trace; one that it saw needs a newer revision.
            if edited || head.is_some() {
                edit::bump_revision(&mut after.own, head);
            }
        }
        let native =
            current.as_ref().and_then(|image| image.own.get("origin_device_id")).is_none_or(|v| *v == Value::Null);
        let by_worker = after.is_none() && native && (head.is_some() || self.syncs);
        if let Some(session) = &parent {
            self.reborn.push(session.clone());
        }
        let change = Change { native: intent.native, place: Keeping::Store, before: current, after };
        Ok(Plan::Do(Box::new(Step { kind, rowid, change, parent, edited, by_worker })))
    }

    /// The newest revision of a native row that the cloud has acknowledged.
    fn head(&self, kind: Kind, rowid: i64) -> Option<u64> {
        if self.heads.is_empty() {
            return None;
        }
        self.heads.get(&(kind, rowid.to_string().into_bytes())).copied()
    }

    /// The record that a memory becomes when it is put back, and the session that must be put back with it.
    fn put(
        &mut self,
        kind: Kind,
        rowid: i64,
        wanted: Image,
        current: Option<&Image>,
    ) -> Result<(Image, Option<Record>), No> {
        let no = |reason: String| Err(No::Refused(reason));
        let Some(table) = self.shape.table(kind).filter(|_| wanted.own.table == kind.table()) else {
            return no(format!("the record belongs to table {}, not to {}", wanted.own.table, kind.table()));
        };
        if wanted.own.get("id").is_some_and(|id| *id != Value::Integer(rowid)) {
            return no(format!("the record has another id than {}", kind.native(rowid)));
        }
        if let Some((gone, _)) = wanted.own.columns.iter().find(|(name, _)| !table.has(name)) {
            return no(format!(
                "column {gone} of {} no longer exists in this version of claude-mem, so the record cannot be put back \
                 as it was; memtui still keeps it",
                kind.table()
            ));
        }
        for record in &wanted.side {
            let child = self.shape.children(kind).iter().find(|child| child.table == record.table);
            if child.is_none_or(|child| record.columns.iter().any(|(name, _)| !child.columns.contains(name))) {
                return no(format!("table {} is no longer as it was, so the record cannot be put back", record.table));
            }
        }
        let Image { own, side, parents } = wanted;
        let mut own = self.in_columns_of(table, own, current)?;
        let parent = if kind == Kind::Prompt && table.has("session_db_id") {
            self.link_by_row(&mut own, &parents)?
        } else {
            self.link_by_name(kind, &mut own, &parents)?
        };
        Ok((Image { own, side, parents }, parent))
    }

    /// A record with the columns that the table has now: those that came later keep what they hold, or their default.
    fn in_columns_of(&self, table: &Table, own: Record, current: Option<&Image>) -> rusqlite::Result<Record> {
        if own.columns.iter().map(|(name, _)| name).eq(&table.columns) {
            return Ok(own);
        }
        let mut columns = Vec::with_capacity(table.columns.len());
        for column in &table.columns {
            let value = match (own.get(column), current.and_then(|image| image.own.get(column))) {
                (Some(value), _) | (None, Some(value)) => value.clone(),
                (None, None) => image::default_of(self.conn, table, column)?,
            };
            columns.push((column.clone(), value));
        }
        Ok(Record { table: own.table, columns })
    }

    /// Hangs a record on its session by claude-mem's session id (prompts of old versions: by the agent's). That id
    /// changes when the worker registers a session anew, so the session is found again by the agent's own id.
    fn link_by_name(&mut self, kind: Kind, own: &mut Record, parents: &[Record]) -> Result<Option<Record>, No> {
        let theirs = if kind == Kind::Prompt { self.shape.content_session() } else { self.shape.memory_session() };
        let Some((theirs, ours)) = theirs.zip(self.shape.session_column(kind)) else { return Ok(None) };
        let (Some(name), Some(parent)) = (own.get(ours), parents.first()) else { return Ok(None) };
        if self.found.as_ref().is_some_and(|(column, value)| *column == theirs && value == name) {
            return Ok(None);
        }
        if self.session(theirs, name)?.is_some() {
            self.found = Some((theirs, name.clone()));
            return Ok(None);
        }
        match self.session_of(parent)? {
            None => Ok(Some(self.rebirth(parent)?)),
            Some(session) => match session.get(theirs) {
                Some(now) if *now != Value::Null => {
                    edit::set(own, ours, now.clone());
                    Ok(None)
                }
                _ => Err(No::Refused(
                    "its session is being registered anew by claude-mem; try again after the agent's next answer"
                        .into(),
                )),
            },
        }
    }

    /// Hangs a prompt on its session by row id, or on the session that has taken its place.
    fn link_by_row(&self, own: &mut Record, parents: &[Record]) -> Result<Option<Record>, No> {
        let Some(parent) = parents.first() else { return Ok(None) };
        let content = self.shape.content_session();
        let same = |session: &Record| content.is_none_or(|name| session.get(name) == parent.get(name));
        match own.get("session_db_id") {
            Some(id @ Value::Integer(_)) if self.session("id", id)?.as_ref().is_some_and(same) => return Ok(None),
            Some(Value::Integer(_)) => {}
            _ => return Ok(None),
        }
        let (id, reborn) = if let Some(session) = self.session_of(parent)? {
            (session.get("id").cloned(), None)
        } else {
            let reborn = self.rebirth(parent)?;
            (reborn.get("id").cloned(), Some(reborn))
        };
        edit::set(own, "session_db_id", id.unwrap_or(Value::Null));
        Ok(reborn)
    }

    /// A session whose column holds the value, in the database or among those to be put back.
    fn session(&self, column: &str, value: &Value) -> rusqlite::Result<Option<Record>> {
        if let Some(reborn) = self.reborn.iter().find(|session| session.get(column) == Some(value)) {
            return Ok(Some(reborn.clone()));
        }
        image::session(self.conn, &self.shape.sessions, column, value)
    }

    /// The session that a journalled one is now: the same agent and the agent's own id.
    fn session_of(&self, parent: &Record) -> rusqlite::Result<Option<Record>> {
        let Some(content) = self.shape.content_session() else { return Ok(None) };
        let Some(name) = parent.get(content) else { return Ok(None) };
        let same = |session: &Record| {
            session.get(content) == Some(name) && session.get("platform_source") == parent.get("platform_source")
        };
        if let Some(reborn) = self.reborn.iter().find(|session| same(session)) {
            return Ok(Some(reborn.clone()));
        }
        let platform = parent.get("platform_source").filter(|_| self.shape.sessions.has("platform_source"));
        let sql = format!(
            "SELECT id FROM sdk_sessions WHERE {} = ?1{} LIMIT 1",
            quote(content),
            if platform.is_some() { " AND platform_source IS ?2" } else { "" }
        );
        let parameters: Vec<ToSqlOutput<'_>> = std::iter::once(name).chain(platform).map(cell::parameter).collect();
        let id: Option<i64> = self
            .conn
            .prepare_cached(&sql)?
            .query_row(rusqlite::params_from_iter(parameters), |row| row.get(0))
            .optional()?;
        match id {
            Some(id) => image::session(self.conn, &self.shape.sessions, "id", &Value::Integer(id)),
            None => Ok(None),
        }
    }

    /// A session as it can be put back: columns that still exist, and a number of its own when its old one is taken.
    fn rebirth(&self, parent: &Record) -> rusqlite::Result<Record> {
        let mut session = parent.clone();
        session.columns.retain(|(name, _)| self.shape.sessions.has(name));
        if let Some(id) = session.get("id").cloned()
            && self.session("id", &id)?.is_some()
        {
            let last: i64 = self.conn.query_row(
                "SELECT max(coalesce((SELECT max(id) FROM sdk_sessions), 0),
                    coalesce((SELECT max(seq) FROM sqlite_sequence WHERE name = 'sdk_sessions'), 0))",
                [],
                |row| row.get(0),
            )?;
            let free = last.saturating_add(1 + i64::try_from(self.reborn.len()).unwrap_or(0));
            edit::set(&mut session, "id", Value::Integer(free));
        }
        Ok(session)
    }

    /// Another row that stands in the way of this one by a unique index.
    fn clash(&self, kind: Kind, rowid: i64, own: &Record) -> rusqlite::Result<Option<i64>> {
        let Some(table) = self.shape.table(kind) else { return Ok(None) };
        for unique in &table.unique {
            let values: Vec<&Value> = unique.columns.iter().filter_map(|column| own.get(column)).collect();
            if values.len() != unique.columns.len() || values.iter().any(|value| **value == Value::Null) {
                continue;
            }
            let parameters = std::iter::once(ToSqlOutput::from(rowid)).chain(values.into_iter().map(cell::parameter));
            let other = self
                .conn
                .prepare_cached(&unique.other)?
                .query_row(rusqlite::params_from_iter(parameters), |row| row.get(0))
                .optional()?;
            if other.is_some() {
                return Ok(other);
            }
        }
        Ok(None)
    }

    /// An edited memory may come to equal another one of its session: then it keeps the fingerprint it had.
    fn keep_hash_on_clash(
        &self,
        kind: Kind,
        rowid: i64,
        after: &mut Image,
        before: Option<&Image>,
    ) -> rusqlite::Result<()> {
        if let Some(old) = before.and_then(|image| image.own.get("content_hash"))
            && self.clash(kind, rowid, &after.own)?.is_some()
        {
            edit::set(&mut after.own, "content_hash", old.clone());
        }
        Ok(())
    }
}

fn refused(reason: String) -> Plan {
    Plan::Settled(Outcome::Refused(reason))
}
