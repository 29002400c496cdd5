//! Stores: places that hold memories. The traits every product implements, and discovery.
//!
//! A [`Store`] is a description; threads open their own [`Reader`]s from it, and only `curate` opens a [`Writer`].

pub mod agentmemory;
pub mod backup;
mod cancel;
pub mod claude_mem;
mod clients;
pub(crate) mod crash;
pub mod discover;
mod disk;
pub mod files;
mod held;
pub mod intake;
mod intent;
pub mod knowledge_graph;
mod lines;
pub mod mcp_memory;
pub mod native;
mod portrait;
mod problem;
mod spot;
pub mod sqlite;
pub mod table;
#[cfg(test)]
pub(crate) mod tests;
mod texts;
mod told;
pub mod usual;
mod words;

use std::{ops::ControlFlow, path::PathBuf, sync::Arc};

pub use cancel::Cancel;
pub use intake::{Drawer, Fitted, Left, Parcel};
pub use intent::{Composed, Errand, Expect, Intent, Make, Offer, Outcome};
pub use portrait::Portrait;
pub use problem::Problem;
pub use told::{Finding, StoreVersion};

use crate::{
    change::{Edit, Mark},
    judge::Wording,
    memory::{EpochMs, Handle, Image, Memory, MemoryId, Overlay, Record, Row, Signals, Version},
};

/// What is known of a store before it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// Its short name in ids and lists, unique among the open stores: `claude-mem`, `claude-mem-2`.
    pub name: String,
    /// The product that owns it: `claude-mem`.
    pub product: &'static str,
    /// Where it is.
    pub path: PathBuf,
    /// What tells this store from another at the same path; stays the same when the file is moved.
    pub identity: String,
    /// What was recognised, for people: `schema v49`.
    pub version: String,
    /// Why it cannot be written now, if that is plain to see; [`Store::objection`] looks closer.
    pub read_only: Option<String>,
}

/// What a product puts before an agent when a session starts in a project: so many of the project's newest memories,
/// of those that its rules do not exclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Memories that are neither summaries nor prompts.
    pub memories: usize,
    /// Summaries of sessions.
    pub summaries: usize,
}

/// A place that holds memories.
pub trait Store: Send + Sync {
    /// What is known of it.
    fn about(&self) -> &About;

    /// A new connection for reading. It writes nothing into the store; `SQLite` itself may lay an empty `-wal` and a
    /// `-shm` beside a database in write-ahead mode.
    fn reader(&self) -> Result<Box<dyn Reader>>;

    /// What its product puts before an agent when a session starts; `None` when it puts nothing there by itself.
    fn opening(&self) -> Option<Opening> {
        None
    }

    /// The fields that a new memory may have; `None` when only the product itself adds memories.
    fn new_fields(&self) -> Option<&[String]> {
        None
    }

    /// What it can hold of a memory from another store, laid into the part of it of that name.
    ///
    /// # Errors
    /// Why it takes none, or none into that part.
    fn fit(&self, _parcel: &Parcel, _drawer: Option<&str>) -> std::result::Result<Fitted, String> {
        Err(format!("only {} itself adds memories to {}", self.about().product, self.about().name))
    }

    /// The parts of it in which memories from elsewhere can be laid; none where it has no parts.
    fn drawers(&self) -> Vec<Drawer> {
        Vec::new()
    }

    /// Whether it takes memories from elsewhere at all.
    fn takes(&self) -> bool {
        false
    }

    /// The files that hold its memories, by their paths below that of the store, when the rest of that directory is
    /// none of its; `None` when the whole of it is the store.
    fn files(&self) -> Option<Vec<PathBuf>> {
        None
    }

    /// Where its product, or others for it, may keep what a memory says besides, out of memtui's reach: a few words for each
    /// place.
    fn beyond(&self) -> &'static [&'static str];

    /// A copy of it at another path, as a store.
    ///
    /// # Errors
    /// Every [`Problem`] that a path can have; [`Problem::NotAStore`] when the copy is not recognised there.
    fn reopened(&self, path: &std::path::Path) -> Result<Arc<dyn Store>> {
        discover::look(path, &[]).map(|opened| opened.store)
    }

    /// What its agents lay before a person: changes that they have not made themselves.
    fn offers(&self) -> Vec<Offer> {
        Vec::new()
    }

    /// Whether a server keeps it, so that none of it is a file: nothing of it can be copied or stamped from outside.
    fn is_served(&self) -> bool {
        false
    }

    /// Whatever its readers tell from now on is as it is now. A reader may otherwise tell what it found at its last pulse,
    /// which is no ground to act on.
    fn look_afresh(&self) {}

    /// Whether its programs write over what was there, so that only who looked before knows what it was.
    fn overwrites(&self) -> bool {
        false
    }

    /// Whether its programs add memories and leave those that are there alone, so that what was is still there.
    fn only_adds(&self) -> bool {
        false
    }

    /// Whether a memory's own record has a place for a mark, so that whoever reads the store knows of it.
    fn keeps(&self, _mark: &Mark) -> bool {
        false
    }

    /// The record with those of the marks that it has a place for; `None` when it would stay as it is.
    fn marked(&self, _image: &Image, _marks: &[Mark]) -> Option<Image> {
        None
    }

    /// A new connection for writing.
    ///
    /// # Errors
    /// [`Problem::ReadOnly`] with the reason when the store cannot be written safely at this moment.
    fn writer(&self) -> Result<Box<dyn Writer>>;

    /// Why it cannot be written, as thoroughly as can be told without trying: what [`Store::about`] says, or what a
    /// reader's closer look finds.
    fn objection(&self) -> Option<String> {
        self.about().read_only.clone().or_else(|| self.reader().ok()?.objection().ok()?)
    }
}

/// What happened to a store since it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pulse {
    /// Nothing.
    Same,
    /// Somebody committed a change.
    Changed,
    /// The path now leads to another file: what is open is no longer the store.
    Replaced,
    /// The file is gone.
    Gone,
}

/// One memory as the catalogue's builder sees it: borrowed raw text of the columns it needs.
#[derive(Clone, Copy, Debug)]
pub struct Scanned<'a> {
    /// The memory.
    pub handle: Handle,
    /// When it was captured; `None` when missing or unreadable.
    pub created: Option<EpochMs>,
    /// Project; empty when it has none.
    pub project: &'a str,
    /// Agent, `claude` or `claude/Explore`; empty when unknown.
    pub agent: &'a str,
    /// Session; empty when unknown.
    pub session: &'a str,
    /// The store's own word.
    pub kind: &'a str,
    /// Its title, as in lists.
    pub title: &'a str,
    /// Its texts in reading order, title not included; JSON columns as they stand.
    pub texts: &'a [&'a str],
    /// Its tags.
    pub tags: &'a [&'a str],
    /// Files it names.
    pub files: &'a [&'a str],
    /// Bytes of title, texts and tags together, also of what was cut from over-long `texts`.
    pub bytes: u64,
    /// Tokens spent to learn it.
    pub cost: u32,
    /// The store's own confidence, if it has one.
    pub stated: Option<f32>,
    /// Whether the product's rules would ever put it before an agent.
    pub injected: bool,
    /// What its product itself says of it.
    pub told: Signals,
    /// How often it was recalled, where its store counts.
    pub recalls: Option<Recalls>,
    /// How it came about.
    pub origin: Origin,
    /// What it is now.
    pub version: Version,
}

/// How often a memory was recalled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recalls {
    /// Times.
    pub times: u32,
    /// When last, `epoch_ms`; `None` when never.
    pub last: Option<EpochMs>,
}

/// How a memory came about, the part that the confidence formula weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A person typed it.
    Person,
    /// An agent wrote it down while working, with a session behind it.
    Agent,
    /// Imported or saved by hand without a session that could be looked up.
    Unknown,
}

/// Which memories a scan visits.
#[derive(Clone, Debug)]
pub enum ScanOf<'a> {
    /// Every memory.
    All,
    /// These only.
    These(&'a [Handle]),
}

/// A text question for the store's own full-text index.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Needle {
    /// A word, or with `true` any word that begins with it.
    Word(String, bool),
    /// Words in this order.
    Phrase(String),
    /// A tag that contains the text.
    Tag(String),
    /// A path of a file that contains the text.
    File(String),
    /// A session id that contains the text.
    Session(String),
}

/// A connection for reading. Reads are short; none keeps a transaction open between calls.
pub trait Reader: Send {
    /// From now on long reads stop, with [`Problem::Cancelled`], when the token says so.
    fn obey(&mut self, cancel: Cancel);

    /// What happened since the last call. Costs microseconds.
    fn pulse(&mut self) -> Result<Pulse>;

    /// What tells, without reading them, whether the memories were written since; `None` when size and time of the
    /// store's file and of its write-ahead log tell it.
    fn stamp(&mut self) -> Option<Vec<u8>> {
        None
    }

    /// The newest memories, newest first: the first page, by the store's own index.
    fn newest(&mut self, limit: usize) -> Result<Vec<Row>>;

    /// Every memory with its time, newest first (unreadable times last). Rows are not read.
    fn outline(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()>;

    /// This memory is known already: [`Reader::fresh`] begins above it.
    fn seen(&mut self, handle: Handle);

    /// The highest memories that were seen so far, at most one of each kind.
    fn highest(&self) -> Vec<Handle>;

    /// Every memory above the highest handles seen in the last `outline`, `fresh` or `newest`, oldest first.
    fn fresh(&mut self, visit: &mut dyn FnMut(Handle, Option<EpochMs>)) -> Result<()>;

    /// What the catalogue needs of memories, in the order of the file.
    fn scan(&mut self, of: ScanOf<'_>, visit: &mut dyn FnMut(&Scanned<'_>) -> ControlFlow<()>) -> Result<()>;

    /// List lines of these memories, in the order asked; those that are gone are left out.
    /// `confidence`, `signals` and `overlay` are left for the engine.
    fn rows(&mut self, handles: &[Handle]) -> Result<Vec<Row>>;

    /// One memory in full, `None` when it is gone.
    fn memory(&mut self, handle: Handle) -> Result<Option<Memory>>;

    /// Visits the memories that answer a text question, newest first within each kind of record, until told to stop.
    fn search(&mut self, needle: &Needle, visit: &mut dyn FnMut(Handle) -> ControlFlow<()>) -> Result<()>;

    /// At most `limit` answers to a text question, best first by the store's own ranking.
    fn ranked(&mut self, needles: &[Needle], limit: usize) -> Result<Vec<Handle>>;

    /// The full native record of a memory.
    fn image(&mut self, handle: Handle) -> Result<Option<Image>>;

    /// The full native records of memories, in the order asked; `None` for those that are gone.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn images(&mut self, handles: &[Handle]) -> Result<Vec<Option<Image>>> {
        handles.iter().map(|handle| self.image(*handle)).collect()
    }

    /// The versions of a memory that its store keeps itself, newest first, the present one among them; none where it
    /// keeps none.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn versions(&mut self, _handle: Handle) -> Result<Vec<StoreVersion>> {
        Ok(Vec::new())
    }

    /// Memories of this store that it knows to have been changed at a moment or later, beside those that are new since.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn changed_since(&mut self, _at: EpochMs) -> Result<Vec<Handle>> {
        Ok(Vec::new())
    }

    /// Memories of this store that say of themselves that they come from one of these (public ids): each with the place
    /// of that one.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn descendants(&mut self, _of: &[MemoryId]) -> Result<Vec<(Handle, usize)>> {
        Ok(Vec::new())
    }

    /// Memories of this store that somebody of that name signed since a moment, where it keeps who wrote a memory beside
    /// whom it is meant for.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn signed(&mut self, _author: &str, _since: EpochMs) -> Result<Vec<Handle>> {
        Ok(Vec::new())
    }

    /// The handle of a native id (`observation/181`), whether or not such a memory exists.
    fn handle(&self, native: &str) -> Option<Handle>;

    /// The native id of a handle.
    fn native(&self, handle: Handle) -> String;

    /// The memories that are pinned or have a date by their own records, where these have a place for it.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn marks(&mut self) -> Result<Vec<(Handle, Overlay)>> {
        Ok(Vec::new())
    }

    /// The fields of a memory that can be edited, with their values, for the edit form.
    fn editable(&mut self, handle: Handle) -> Result<Option<Edit>>;

    /// What stands against writing and takes longer to find out than opening may take; `None` when nothing does.
    ///
    /// # Errors
    /// [`Problem`] when the store cannot be read.
    fn objection(&mut self) -> Result<Option<String>> {
        Ok(None)
    }

    /// The store's condition, read-only: one line for each thing that was looked at.
    fn check(&mut self) -> Result<Vec<Finding>>;
}

/// What is looked for and done after memories were erased.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sweep<'a> {
    /// What they said; `None` when nobody knows it any more, after a crash.
    pub wording: Option<&'a Wording>,
    /// Whether a file may be written anew as a whole while no other program has it open.
    pub rewrite: bool,
}

/// A connection for writing: the guarded half of a store. Nothing but `curate` holds one.
pub trait Writer: Send {
    /// Carries out intents, and those that the errand has more of, in one transaction:
    ///
    /// 1. takes the store's write lock, and makes sure the file is still the one that was opened;
    /// 2. for each chunk reads the memories, compares them with what was expected, works out the changes and has them
    ///    journalled;
    /// 3. writes a chunk when its changes are durable, reads it back and compares; meanwhile the next one is journalled;
    /// 4. commits.
    ///
    /// Nothing is written when the journal fails, and nothing stays written when anything does. Outcomes come in the
    /// order of the intents.
    ///
    /// # Errors
    /// [`Problem::Busy`] when the lock was not to be had, [`Problem::Replaced`] when the file is another one,
    /// [`Problem::NotVerified`] when what was read back is not what was written.
    fn apply(&mut self, first: Vec<Intent>, errand: &mut dyn Errand) -> Result<Vec<Outcome>>;

    /// Makes full records of new memories, each with a name of its own, from the columns that are given. Nothing is
    /// written yet but, perhaps, the store's own counter of names. Reasons come where a record cannot be made.
    ///
    /// # Errors
    /// [`Problem::TakesNone`] when only the product itself adds memories to this store.
    fn compose(&mut self, _records: &[Record]) -> Result<Vec<Composed>> {
        Err(Problem::TakesNone)
    }

    /// Brings journalled changes to their end, of which a crash left a part undone: for stores that write several files.
    /// What is neither as it was nor as it was to become stays as it is.
    ///
    /// # Errors
    /// As [`Writer::apply`].
    fn finish(&mut self, _changes: &[crate::change::Change]) -> Result<()> {
        Ok(())
    }

    /// A transaction is over and another follows: whether another program has the store open, so that its writes must
    /// find a gap between ours; `true` when that cannot be found out. Time spent here is part of the gap.
    fn company(&mut self) -> bool {
        true
    }

    /// The file that holds what was committed and may not be on the disk yet, where a commit does not wait for the disk.
    fn unflushed(&self) -> Option<PathBuf> {
        None
    }

    /// The last transaction of an act is done: nothing is left behind that the next writer would have to tidy up.
    fn rest(&mut self) {}

    /// Takes the bytes of what was erased out of the store's own files as far as its neighbours allow. A sentence for each
    /// place that still holds something, with the next step.
    ///
    /// # Errors
    /// As [`Writer::apply`].
    fn scrub(&mut self, _sweep: &Sweep<'_>) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}

/// The result of anything a store does.
pub type Result<T> = std::result::Result<T, Problem>;
