//! The shared database as an agent reads it: only what it may see, found by words, by neighbourhood in time, or by number.
//!
//! Every question goes through [`Sight`]; there is no way to a row around it.

mod row;
mod search;
mod tally;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension as _, params};

pub use self::{
    row::Kept,
    search::{Found, Sought},
    tally::Tally,
};
use crate::{
    memory::{EpochMs, ScopePattern},
    store::{Result, native::hash, sqlite::open, sqlite::problem::from_sqlite},
};

/// Projects that are looked through at most to find those that a pattern means.
const PROJECTS: usize = 5_000;

/// What an agent may see: live memories of these scopes that are meant for every agent or for this one, and have not
/// come to their end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The scopes.
    pub scopes: Vec<ScopePattern>,
    /// The agent's name.
    pub agent: String,
}

impl Sight {
    /// Whether memories of a scope may be seen at all, by its project.
    pub fn reaches(&self, project: Option<&str>) -> bool {
        self.scopes.iter().any(|scope| scope.matches(project))
    }

    /// Whether a memory may be seen at a moment.
    fn sees(&self, memory: &row::Outline<'_>, now: EpochMs) -> bool {
        self.is_for(memory) && over(memory, now).is_none()
    }

    /// Whether a memory is meant for the agent, be it over or not.
    fn is_for(&self, memory: &row::Outline<'_>) -> bool {
        memory.agent.is_none_or(|agent| agent == self.agent) && self.reaches(memory.project)
    }
}

/// Why a memory is given to nobody any more, if so.
fn over(memory: &row::Outline<'_>, now: EpochMs) -> Option<&'static str> {
    match memory.state {
        "live" if memory.expires.is_none_or(|end| end > now) => None,
        "live" | "expired" => Some("it has come to its end and no longer holds"),
        "superseded" => Some("a newer memory has taken its place"),
        _ => Some("it waits for a person"),
    }
}

/// A connection for the questions of agents.
#[derive(Debug)]
pub struct Shelf {
    conn: Connection,
    path: PathBuf,
    /// The projects that there are, as they were when the database's counter stood here.
    projects: Option<(i64, Vec<String>)>,
}

impl Shelf {
    /// Opens a shared database for reading.
    ///
    /// # Errors
    /// Every [`crate::store::Problem`] that a path can have.
    pub fn open(path: &Path) -> Result<Self> {
        let opened = open::for_reading(path)?;
        Ok(Self { conn: opened.conn, path: path.to_owned(), projects: None })
    }

    /// The memories of these numbers that may be seen, in the order asked.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn these(&mut self, sight: &Sight, ids: &[i64], now: EpochMs) -> Result<Vec<Kept>> {
        let read = ids.iter().map(|id| self.one(sight, *id, now));
        read.filter_map(rusqlite::Result::transpose).collect::<rusqlite::Result<_>>().map_err(|it| self.problem(&it))
    }

    /// Why a memory that is meant for the agent is not given to it; `None` when it is, and when there is none that it may
    /// know of.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn why_not(&mut self, sight: &Sight, id: i64, now: EpochMs) -> Result<Option<&'static str>> {
        let asked = || -> rusqlite::Result<Option<&'static str>> {
            let mut statement = self.conn.prepare_cached(row::BY_ID)?;
            let mut rows = statement.query([id])?;
            let Some(row) = rows.next()? else { return Ok(None) };
            let kept = Kept::read(row)?;
            let outline = kept.outline();
            Ok(over(&outline, now).filter(|_| sight.is_for(&outline)))
        };
        asked().map_err(|error| self.problem(&error))
    }

    fn one(&self, sight: &Sight, id: i64, now: EpochMs) -> rusqlite::Result<Option<Kept>> {
        let mut statement = self.conn.prepare_cached(row::BY_ID)?;
        let mut rows = statement.query([id])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let kept = Kept::read(row)?;
        Ok(sight.sees(&kept.outline(), now).then_some(kept))
    }

    /// Memories of the same scope around one in time, oldest first, that one among them; empty when it may not be seen.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn around(&mut self, sight: &Sight, id: i64, each_side: usize, now: EpochMs) -> Result<Vec<Kept>> {
        self.walk(sight, id, each_side, now).map_err(|error| self.problem(&error))
    }

    fn walk(&self, sight: &Sight, id: i64, each_side: usize, now: EpochMs) -> rusqlite::Result<Vec<Kept>> {
        let Some(middle) = self.one(sight, id, now)? else { return Ok(Vec::new()) };
        let mut around = Vec::new();
        for sql in [row::BEFORE, row::AFTER] {
            let mut statement = self.conn.prepare_cached(sql)?;
            let mut rows = statement.query(params![middle.project, middle.created, middle.id])?;
            let mut side = Vec::new();
            while let (true, Some(row)) = (side.len() < each_side, rows.next()?) {
                let kept = Kept::read(row)?;
                if sight.sees(&kept.outline(), now) {
                    side.push(kept);
                }
            }
            around.append(&mut side);
        }
        around.push(middle);
        around.sort_by_key(|kept| (kept.created, kept.id));
        Ok(around)
    }

    /// The newest memories that may be seen, newest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn newest(&mut self, sight: &Sight, sought: &Sought<'_>, limit: usize, now: EpochMs) -> Result<Vec<Kept>> {
        self.newest_of(sight, sought, limit, now).map_err(|error| self.problem(&error))
    }

    fn newest_of(
        &mut self,
        sight: &Sight,
        sought: &Sought<'_>,
        limit: usize,
        now: EpochMs,
    ) -> rusqlite::Result<Vec<Kept>> {
        let mut all = Vec::new();
        for project in self.scopes_of(sight)? {
            let mut statement = self.conn.prepare_cached(row::NEWEST)?;
            let mut rows = statement.query([&project])?;
            let mut of_scope = 0;
            while let (true, Some(row)) = (of_scope < limit, rows.next()?) {
                let kept = Kept::read(row)?;
                if sight.sees(&kept.outline(), now) && sought.is_met_by(&kept.kind, kept.created) {
                    all.push(kept);
                    of_scope += 1;
                }
            }
        }
        all.sort_by_key(|kept| std::cmp::Reverse((kept.created, kept.id)));
        all.truncate(limit);
        Ok(all)
    }

    /// A memory that says the same to the letter as [`hash`] counts it, if there is one that may be seen.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn twin(&mut self, sight: &Sight, title: &str, body: &str, now: EpochMs) -> Result<Option<Kept>> {
        let hash = hash(title, body);
        let twin = || -> rusqlite::Result<Option<Kept>> {
            let mut statement = self.conn.prepare_cached(row::BY_HASH)?;
            let mut rows = statement.query([&hash[..]])?;
            while let Some(row) = rows.next()? {
                let kept = Kept::read(row)?;
                if sight.sees(&kept.outline(), now) {
                    return Ok(Some(kept));
                }
            }
            Ok(None)
        };
        twin().map_err(|error| self.problem(&error))
    }

    /// Every scope that may be seen, by its project.
    fn scopes_of(&mut self, sight: &Sight) -> rusqlite::Result<Vec<Option<String>>> {
        let mut scopes: Vec<Option<String>> = Vec::new();
        if sight.reaches(None) {
            scopes.push(None);
        }
        if sight.scopes.iter().all(|scope| *scope == ScopePattern::User || scope.name().is_some()) {
            scopes.extend(sight.scopes.iter().filter_map(|scope| Some(Some(scope.name()?.to_owned()))));
        } else {
            let known = self.all_projects()?.iter().filter(|name| sight.reaches(Some(name)));
            scopes.extend(known.map(|name| Some(name.clone())));
        }
        Ok(scopes)
    }

    /// Every project there is: one step of the index for each.
    fn all_projects(&mut self) -> rusqlite::Result<&[String]> {
        let count: i64 = self.conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if self.projects.as_ref().is_none_or(|(at, _)| *at != count) {
            let mut names = Vec::new();
            let mut next =
                self.conn.prepare_cached("SELECT project FROM memory WHERE project > ?1 ORDER BY project LIMIT 1")?;
            let mut last = String::new();
            while let (true, Some(name)) =
                (names.len() < PROJECTS, next.query_row([&last], |row| row.get::<_, String>(0)).optional()?)
            {
                last.clone_from(&name);
                names.push(name);
            }
            drop(next);
            self.projects = Some((count, names));
        }
        Ok(self.projects.as_ref().map_or(&[], |(_, names)| names))
    }

    fn problem(&self, error: &rusqlite::Error) -> crate::store::Problem {
        from_sqlite(&self.path, error)
    }
}
