//! Looking at stores: what others changed since the last look becomes part of the log.

use std::{collections::HashMap, ops::ControlFlow};

use super::{CurateProblem, Curator, OperationId};
use crate::{
    catalog,
    ledger::{Seen, Sight, StoreId},
    memory::{EpochMs, Handle, Image, Value, Version},
    store::{Pulse, ScanOf},
};

/// Memories that are read and written down at a time; nobody waits longer than for one of these.
const AT_ONCE: usize = 400;

/// Which stores are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// Those whose programs write over what was there.
    #[default]
    Overwriting,
    /// All.
    All,
    /// None.
    Off,
}

impl Which {
    /// The words of the setting.
    pub const WORDS: [&'static str; 3] = ["overwriting", "all", "off"];

    /// Whether a store is looked at whose programs write over what was there, or not.
    pub const fn takes(self, overwrites: bool) -> bool {
        match self {
            Self::Off => false,
            Self::All => true,
            Self::Overwriting => overwrites,
        }
    }

    /// What a word of the setting means.
    pub fn named(word: &str) -> Option<Self> {
        match word {
            "overwriting" => Some(Self::Overwriting),
            "all" => Some(Self::All),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// How stores are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observing {
    /// Which.
    pub which: Which,
    /// Bytes that the images of others' changes may take in the ledger, compressed.
    pub bytes: u64,
}

impl Default for Observing {
    fn default() -> Self {
        Self { which: Which::default(), bytes: 256 * 1024 * 1024 }
    }
}

/// A look at a store that is under way.
#[derive(Debug)]
pub struct Outlook {
    store: u8,
    id: StoreId,
    /// Whether nothing was known of the store: what it holds is then nobody's change.
    first: bool,
    stamp: Vec<u8>,
    /// Memories that read differently than at the last look, or that are new.
    moved: Vec<(Handle, String, Version, String)>,
    /// Memories that are not there any more.
    gone: Vec<String>,
    /// Whether there was no room for all.
    full: bool,
}

impl Curator {
    /// Whether a store is looked at.
    pub fn is_observed(&self, store: u8, which: Which) -> bool {
        let site = self.sites.get(usize::from(store));
        site.is_some_and(|site| which.takes(site.store.overwrites()))
    }

    /// Whether somebody has changed a store since the last call; costs microseconds.
    ///
    /// # Errors
    /// [`CurateProblem::Store`] when it cannot be read.
    pub fn is_stirred(&mut self, store: u8) -> Result<bool, CurateProblem> {
        Ok(self.reader(store)?.pulse()? == Pulse::Changed)
    }

    /// Begins to look at a store: finds what reads differently than at the last look. `None` when its files are those of
    /// the last look.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be read.
    pub fn look(&mut self, store: u8, now: EpochMs) -> Result<Option<Outlook>, CurateProblem> {
        let id = self.know(store, now)?;
        let path = self.site(store)?.store.about().path.clone();
        let stamp = catalog::stamp(&path);
        let last = self.ledger()?.last_look(id)?;
        // What is no single file has no stamp that tells.
        if last.at.is_some() && last.stamp == stamp && path.is_file() {
            return Ok(None);
        }
        let mut sights: HashMap<String, Sight> = self.ledger()?.sights(id)?;
        // What an old list lacks is not gone.
        self.afresh();
        let reader = self.reader(store)?;
        let mut there = Vec::with_capacity(sights.len());
        reader.scan(ScanOf::All, &mut |scanned| {
            there.push((scanned.handle, scanned.version, scanned.agent.to_owned()));
            ControlFlow::Continue(())
        })?;
        let mut moved = Vec::new();
        for (handle, version, agent) in there {
            let native = reader.native(handle);
            if sights.remove(&native).is_none_or(|sight| sight.version != version) {
                moved.push((handle, native, version, agent));
            }
        }
        let gone = sights.into_keys().collect();
        Ok(Some(Outlook { store, id, first: last.at.is_none(), stamp, moved, gone, full: false }))
    }

    /// Goes on with a look, a few hundred memories at a time. What others were seen to do, as operations of the log, and
    /// whether the look is finished. Nothing is done while another memtui has the turn.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be used; what was written down until then stands.
    pub fn look_on(
        &mut self,
        outlook: &mut Outlook,
        observing: Observing,
        now: EpochMs,
    ) -> Result<(Vec<OperationId>, bool), CurateProblem> {
        let Some(turn) = self.ledger()?.try_turn()? else { return Ok((Vec::new(), false)) };
        let seen = self.next_seen(outlook, observing)?;
        let operations = if seen.is_empty() {
            Vec::new()
        } else {
            self.ledger_mut()?.observe(outlook.id, &seen, outlook.first, now)?
        };
        let finished = outlook.moved.is_empty() && outlook.gone.is_empty();
        if finished {
            if !outlook.full {
                self.ledger_mut()?.looked(outlook.id, now, &outlook.stamp)?;
            }
            self.ledger_mut()?.let_go(observing.bytes)?;
        }
        drop(turn);
        Ok((operations, finished))
    }

    /// The next memories of a look, read in full.
    fn next_seen(&mut self, outlook: &mut Outlook, observing: Observing) -> Result<Vec<Seen>, CurateProblem> {
        if outlook.first && !outlook.moved.is_empty() && self.ledger()?.held()?.bytes >= observing.bytes {
            let name = self.public_id(outlook.store, "").store;
            self.notices.push(format!(
                "there is no room to remember {} more memories of {name}, so that their changes by others will not be \
                 known; `observe_mb` says how much is kept",
                outlook.moved.len()
            ));
            outlook.full = true;
            outlook.moved.clear();
        }
        let moved: Vec<_> = outlook.moved.drain(..AT_ONCE.min(outlook.moved.len())).collect();
        let gone = outlook.gone.drain(..(AT_ONCE - moved.len()).min(outlook.gone.len()));
        let mut seen: Vec<Seen> = gone
            .map(|native| Seen { native, version: Version::default(), image: None, author: String::new() })
            .collect();
        let handles: Vec<Handle> = moved.iter().map(|(handle, ..)| *handle).collect();
        let images = self.reader(outlook.store)?.images(&handles)?;
        for ((_, native, version, agent), image) in moved.into_iter().zip(images) {
            // Only who adds a memory signs it: an edit does not say whose it is.
            let new = self.is_new(outlook, &native)?;
            let author = if new { image.as_ref().and_then(signed).unwrap_or(agent) } else { String::new() };
            seen.push(Seen { native, version, image, author });
        }
        Ok(seen)
    }

    fn is_new(&self, outlook: &Outlook, native: &str) -> Result<bool, CurateProblem> {
        Ok(!outlook.first && self.ledger()?.sight_of(outlook.id, native)?.is_none())
    }

    /// Looks at a store to the end: what others did since the last look.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be used.
    pub fn look_through(
        &mut self,
        store: u8,
        observing: Observing,
        now: EpochMs,
    ) -> Result<Vec<OperationId>, CurateProblem> {
        let Some(mut outlook) = self.look(store, now)? else { return Ok(Vec::new()) };
        let mut all = Vec::new();
        loop {
            let left = (outlook.moved.len(), outlook.gone.len());
            let (operations, finished) = self.look_on(&mut outlook, observing, now)?;
            all.extend(operations);
            if finished || left == (outlook.moved.len(), outlook.gone.len()) {
                return Ok(all);
            }
        }
    }
}

/// Who signed a record, where its store has a column for that.
fn signed(image: &Image) -> Option<String> {
    match image.own.get("author") {
        Some(Value::Text(name)) if !matches!(name.as_slice(), b"" | b"unknown") => {
            Some(String::from_utf8_lossy(name).into_owned())
        }
        _ => None,
    }
}
