//! What others did to the stores since a person last looked: added, changed and deleted memories, store by store.

use std::{collections::HashSet, ops::ControlFlow, sync::Arc};

use super::Desk;
use crate::{
    curate::{CurateProblem, Curator, OperationId, Which},
    ledger::{Foreign, Roll},
    memory::{EpochMs, Handle, Key, MemoryId, Row, Target, Version},
    store::{Problem, ScanOf},
};

/// Memories of a store that are named; the others are counted.
const NAMED: usize = 500;

/// How it is told what memories are now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By the catalogue: at once, but what somebody has changed in its place a moment ago may be told later.
    Catalogue,
    /// By reading every memory.
    Reading,
}

/// What others did to one store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elsewhere {
    /// The store's place in the list.
    pub store: u8,
    /// Its name.
    pub name: String,
    /// Since when; `None` when a person never said that they had seen it: then only what came since the last sitting is told,
    /// and nothing where there was none.
    pub since: Option<EpochMs>,
    /// How many memories were added, changed and deleted.
    pub counts: [usize; 3],
    /// The memories, deleted and changed ones first, then the newest; not more than a person would read.
    pub changes: Vec<ElsewhereChange>,
}

/// What happened to a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is gone.
    Deleted,
    /// It reads differently.
    Changed,
    /// It is new.
    Added,
}

/// What somebody else did to a memory.
#[derive(Clone, Debug, PartialEq)]
pub struct ElsewhereChange {
    /// What.
    pub what: What,
    /// Its public id.
    pub id: MemoryId,
    /// Where it is and what it is now, if it is there.
    pub target: Option<Target>,
    /// Its title, raw; of one that is gone what is known, which may be nothing.
    pub title: String,
    /// When it was captured, or when the change was noticed.
    pub at: Option<EpochMs>,
    /// Who, as far as it is known.
    pub author: String,
    /// The operation of the log that has it as it was, so that it can be put back.
    pub operation: Option<OperationId>,
}

impl What {
    /// The word for people and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Deleted => "deleted",
        }
    }
}

impl Elsewhere {
    /// All changes.
    pub fn total(&self) -> usize {
        self.counts.iter().sum()
    }

    /// `3 added, 1 deleted`.
    pub fn sentence(&self) -> String {
        let words = [What::Added, What::Changed, What::Deleted].map(What::name);
        let parts = self.counts.iter().zip(words).filter(|(count, _)| **count > 0);
        parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
    }

    fn count(&mut self, what: What) {
        let place = match what {
            What::Added => 0,
            What::Changed => 1,
            What::Deleted => 2,
        };
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
    }
}

impl Desk {
    /// What others did to every store since a person last looked. The catalogue must be ready.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or a store cannot be read.
    pub fn elsewhere(&mut self, curator: &mut Curator, which: Which, by: By) -> Result<Vec<Elsewhere>, CurateProblem> {
        self.is_complete()?;
        let mut all = Vec::new();
        for (store, name) in (0_u8..).zip(self.library().names().to_vec()) {
            let mut found = Elsewhere { store, name, ..Elsewhere::default() };
            if curator.is_observed(store, which) {
                self.as_observed(curator, &mut found)?;
            } else {
                self.by_roll(curator, by, &mut found)?;
            }
            all.push(found);
        }
        Ok(all)
    }

    /// Notes that a person has seen all that others did.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be written.
    pub fn saw_elsewhere(&mut self, curator: &mut Curator, which: Which, by: By) -> Result<(), CurateProblem> {
        self.is_complete()?;
        let now = self.library().now();
        for store in 0..u8::try_from(self.library().names().len()).unwrap_or(u8::MAX) {
            let roll =
                if curator.is_observed(store, which) { Roll::default() } else { Roll::of(self.roll(store, by)?) };
            curator.glanced(store, &roll, now)?;
        }
        Ok(())
    }

    /// What is not read yet would look as if it were gone.
    fn is_complete(&self) -> Result<(), Problem> {
        if self.library().state().ready {
            return Ok(());
        }
        let reason = "not all memories are read yet; try again in a moment".to_owned();
        Err(Problem::Failed { path: "what others did".into(), reason })
    }

    /// What every memory of a store is, by handle.
    fn roll(&mut self, store: u8, by: By) -> Result<Vec<(Handle, Version)>, Problem> {
        if by == By::Reading {
            let mut all = Vec::new();
            self.reader(store)?.scan(ScanOf::All, &mut |scanned| {
                all.push((scanned.handle, scanned.version));
                ControlFlow::Continue(())
            })?;
            all.sort_unstable_by_key(|(handle, _)| *handle);
            return Ok(all);
        }
        let library = Arc::clone(self.library());
        let catalog = library.snapshot();
        let keys = catalog.order().iter().filter_map(|slot| catalog.key(*slot));
        let mut keys: Vec<Key> = keys.filter(|key| key.store == store).collect();
        keys.sort_unstable();
        let versions = library.builder().versions(&library.shared, &keys);
        Ok(keys.into_iter().map(|key| key.handle).zip(versions).collect())
    }

    /// Of a store whose changes are observed: what the log says.
    fn as_observed(&mut self, curator: &mut Curator, found: &mut Elsewhere) -> Result<(), CurateProblem> {
        let now = self.library().now();
        let Some((since, foreign)) = curator.foreign(found.store, now)? else { return Ok(()) };
        found.since = Some(since);
        for change in foreign {
            let what = match (change.was, change.is) {
                (false, _) => What::Added,
                (true, true) => What::Changed,
                (true, false) => What::Deleted,
            };
            found.count(what);
            if found.changes.len() < NAMED {
                found.changes.push(self.describe(curator, found, what, change)?);
            }
        }
        found.changes.sort_by_key(|change| change.what);
        Ok(())
    }

    fn describe(
        &mut self,
        curator: &Curator,
        found: &Elsewhere,
        what: What,
        change: Foreign,
    ) -> Result<ElsewhereChange, CurateProblem> {
        let store = found.store;
        let handle = self.reader(store)?.handle(&change.native);
        let row = match handle {
            Some(handle) => self.rows(&[Key { store, handle }])?.pop(),
            None => None,
        };
        let title = match &row {
            Some(row) => row.title.clone(),
            None => curator.headline(change.operation, change.before),
        };
        Ok(ElsewhereChange {
            what,
            id: MemoryId { store: found.name.clone(), native: change.native },
            target: row.as_ref().map(Row::target),
            title,
            at: Some(change.at),
            author: change.author,
            operation: Some(change.operation),
        })
    }

    /// Of any other store: what the catalogue has against what there was. Nothing is known of how it was.
    fn by_roll(&mut self, curator: &mut Curator, by: By, found: &mut Elsewhere) -> Result<(), CurateProblem> {
        let (store, now) = (found.store, self.library().now());
        let glance = curator.glance(store, now)?;
        let ours = match &glance {
            Some(glance) => curator.touched_since(store, glance.operation, now)?,
            None => HashSet::new(),
        };
        let mut moved: Vec<(What, Key)> = Vec::new();
        if let Some(glance) = glance {
            found.since = Some(glance.at);
            let there = self.roll(store, by)?;
            for (handle, version) in &there {
                match glance.roll.get(*handle) {
                    None => moved.push((What::Added, Key { store, handle: *handle })),
                    Some(was) if !Roll::is(was, *version) => {
                        moved.push((What::Changed, Key { store, handle: *handle }));
                    }
                    Some(_) => {}
                }
            }
            let is_gone = |handle: &Handle| there.binary_search_by_key(handle, |(handle, _)| *handle).is_err();
            moved.extend(glance.roll.handles().filter(is_gone).map(|handle| (What::Deleted, Key { store, handle })));
        } else if curator.sat_at(store, now)?.is_some() {
            let catalog = self.library().snapshot();
            let is_new = |slot: &&u32| catalog.is_new(**slot, catalog.created(**slot), now);
            let keys = catalog.order().iter().filter(is_new).filter_map(|slot| catalog.key(*slot));
            moved.extend(keys.filter(|key| key.store == store).map(|key| (What::Added, key)));
        }
        // What was done from here is no news; a higher handle came later.
        let reader = self.reader(store)?;
        moved.retain(|(_, key)| !ours.contains(&reader.native(key.handle)));
        moved.sort_unstable_by_key(|(what, key)| (*what, std::cmp::Reverse(key.handle)));
        for (what, _) in &moved {
            found.count(*what);
        }
        moved.truncate(NAMED);
        let there: Vec<Key> = moved.iter().filter(|(what, _)| *what != What::Deleted).map(|(_, key)| *key).collect();
        let mut rows = self.rows(&there)?;
        for (what, key) in moved {
            let native = self.reader(store)?.native(key.handle);
            let at = rows.iter().position(|row| row.key == key);
            let row = at.map(|at| rows.swap_remove(at));
            // When and by whom a memory was captured says nothing of who changed it when.
            let captured = row.as_ref().filter(|_| what == What::Added);
            found.changes.push(ElsewhereChange {
                what,
                id: MemoryId { store: found.name.clone(), native },
                target: row.as_ref().map(Row::target),
                author: captured.and_then(|row| row.scope.agent.clone()).unwrap_or_default(),
                at: captured.and_then(|row| row.created),
                title: row.map(|row| row.title).unwrap_or_default(),
                operation: None,
            });
        }
        Ok(())
    }
}
