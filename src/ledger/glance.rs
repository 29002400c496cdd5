//! What a person has seen of what others did to a store, and what came after that.

use std::collections::{HashMap, HashSet};

use rusqlite::{OptionalExtension as _, params};

use super::{Ledger, Problem, Result, StoreId};
use crate::memory::{EpochMs, Handle, Version};

/// How a store was when a person last said that they had seen what others did there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// When.
    pub at: EpochMs,
    /// The newest operation at that moment.
    pub operation: i64,
    /// What each memory was, by handle; empty for a store whose changes are observed.
    pub roll: Roll,
}

/// What each memory of a store was, compactly: enough to tell that it is another one, or gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roll(Vec<(u64, u32)>);

/// What others did to a memory since a moment, over all operations in which they were seen to do something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Its name inside its store.
    pub native: String,
    /// Whether it was there before.
    pub was: bool,
    /// Whether it was there after.
    pub is: bool,
    /// The last operation.
    pub operation: i64,
    /// When that was noticed.
    pub at: EpochMs,
    /// Who signed it; `observed` when nobody did.
    pub author: String,
    /// The image before the last operation.
    pub before: Option<i64>,
}

impl Roll {
    /// Of these memories.
    pub fn of(memories: impl IntoIterator<Item = (Handle, Version)>) -> Self {
        let mut all: Vec<(u64, u32)> =
            memories.into_iter().map(|(handle, version)| (handle.0.cast_unsigned(), low(version))).collect();
        all.sort_unstable();
        Self(all)
    }

    /// What a memory was, to be compared with [`Roll::is`].
    pub fn get(&self, handle: Handle) -> Option<u32> {
        let at = self.0.binary_search_by_key(&handle.0.cast_unsigned(), |(handle, _)| *handle).ok()?;
        self.0.get(at).map(|(_, version)| *version)
    }

    /// Whether what a memory was is this version.
    pub fn is(was: u32, version: Version) -> bool {
        was == low(version)
    }

    /// All memories, by handle.
    pub fn handles(&self) -> impl Iterator<Item = Handle> + '_ {
        self.0.iter().map(|(handle, _)| Handle(handle.cast_signed()))
    }

    fn pack(&self) -> Vec<u8> {
        let mut before = 0;
        let apart: Vec<(u64, u32)> = (self.0.iter())
            .map(|(handle, version)| (handle - std::mem::replace(&mut before, *handle), *version))
            .collect();
        // Writing plain data into a growing vector has no way to fail.
        lz4_flex::compress_prepend_size(&postcard::to_stdvec(&apart).unwrap_or_default())
    }

    fn unpack(packed: &[u8]) -> Option<Self> {
        let bytes = lz4_flex::decompress_size_prepended(packed).ok()?;
        let mut all: Vec<(u64, u32)> = postcard::from_bytes(&bytes).ok()?;
        let mut before = 0_u64;
        for (handle, _) in &mut all {
            before = before.checked_add(*handle)?;
            *handle = before;
        }
        Some(Self(all))
    }
}

/// Of a version as much as is kept: one in four thousand million changes goes unseen.
const fn low(version: Version) -> u32 {
    let [a, b, c, d, ..] = version.0.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

impl Ledger {
    /// How a store was when a person last said that they had seen it; `None` when they never did.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read, [`Problem::Damaged`] when what it holds cannot.
    pub fn glance(&self, store: StoreId) -> Result<Option<Glance>> {
        let found: Option<(EpochMs, i64, Vec<u8>)> = self
            .query("SELECT at, operation, roll FROM glance WHERE store = ?1", |query| {
                query.query_row([store.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional()
            })?;
        let read = |(at, operation, packed): (EpochMs, i64, Vec<u8>)| {
            let roll = Roll::unpack(&packed).ok_or_else(|| Problem::Damaged {
                path: self.path.clone(),
                operation: 0,
                reason: "what was seen of a store cannot be read; say again that you have seen it".to_owned(),
            })?;
            Ok(Glance { at, operation, roll })
        };
        found.map(read).transpose()
    }

    /// Notes that a person has seen all that others did to a store until now.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be written.
    pub fn glanced(&mut self, store: StoreId, roll: &Roll, at: EpochMs) -> Result<()> {
        let packed = roll.pack();
        self.try_do(|tx| {
            tx.execute(
                "INSERT INTO glance(store, at, operation, roll) VALUES(?1, ?2, (SELECT COALESCE(max(id), 0) FROM operation), ?3)
                 ON CONFLICT(store) DO UPDATE SET at = ?2, operation = excluded.operation, roll = ?3",
                params![store.0, at, packed],
            )?;
            Ok(())
        })
    }

    /// What others were seen to do to a store after an operation, one entry for each memory, the latest first.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn foreign(&self, store: StoreId, after: i64) -> Result<Vec<Foreign>> {
        let rows: Vec<Foreign> = self.query(
            "SELECT c.native, c.before IS NOT NULL, c.after IS NOT NULL, o.id, o.at, o.author, c.before
             FROM operation o JOIN change c ON c.operation = o.id
             WHERE o.label = 'observe' AND o.id > ?2 AND c.store = ?1 AND c.place = 0 ORDER BY o.id DESC, c.seq",
            |query| {
                query
                    .query_map(params![store.0, after], |row| {
                        Ok(Foreign {
                            native: row.get(0)?,
                            was: row.get(1)?,
                            is: row.get(2)?,
                            operation: row.get(3)?,
                            at: row.get(4)?,
                            author: row.get(5)?,
                            before: row.get(6)?,
                        })
                    })?
                    .collect()
            },
        )?;
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut all: Vec<Foreign> = Vec::new();
        for row in rows {
            // What an earlier operation found there is what there was in the beginning.
            if let Some(later) = places.get(&row.native).and_then(|at| all.get_mut(*at)) {
                later.was = row.was;
            } else {
                places.insert(row.native.clone(), all.len());
                all.push(row);
            }
        }
        // What came and went in between is nothing to be seen.
        all.retain(|row| row.was || row.is);
        Ok(all)
    }

    /// The memories of a store that operations of memtui's own changed after an operation.
    ///
    /// # Errors
    /// [`Problem::Unusable`] when the ledger cannot be read.
    pub fn touched_since(&self, store: StoreId, after: i64) -> Result<HashSet<String>> {
        self.query(
            "SELECT DISTINCT c.native FROM operation o JOIN change c ON c.operation = o.id
             WHERE o.label <> 'observe' AND o.id > ?2 AND c.store = ?1 AND c.place = 0",
            |query| query.query_map(params![store.0, after], |row| row.get(0))?.collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::About;

    #[test]
    fn what_was_seen_comes_back_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        let about = About {
            name: "s".into(),
            product: "p",
            path: "/a".into(),
            identity: "one".into(),
            version: "1".into(),
            read_only: None,
        };
        let store = ledger.know(&about, 1).unwrap();
        assert_eq!(ledger.glance(store).unwrap(), None);
        let roll =
            Roll::of([(Handle(i64::MAX), Version(0)), (Handle(3), Version(7)), (Handle(1 << 60), Version(u64::MAX))]);
        ledger.glanced(store, &roll, 1).unwrap();
        ledger.glanced(store, &roll, 2).unwrap();
        let glance = ledger.glance(store).unwrap().unwrap();
        assert_eq!((glance.at, glance.operation, &glance.roll), (2, 0, &roll));
        assert_eq!(glance.roll.get(Handle(4)), None);
        assert!(Roll::is(glance.roll.get(Handle(3)).unwrap(), Version(7)));
        assert!(!Roll::is(glance.roll.get(Handle(3)).unwrap(), Version(8)));
        assert_eq!(glance.roll.handles().last(), Some(Handle(i64::MAX)));
    }
}
