//! Worker threads behind a typed channel: requests with tickets in, replies out. The screen never waits for them.

mod carry;
mod counts;
mod desk;
mod detail;
mod dream;
mod elsewhere;
#[cfg(test)]
mod fake;
mod herald;
pub mod inbox;
mod keeper;
mod knock;
mod ledger_at;
mod library;
mod likeness;
mod listing;
mod mailbox;
pub mod offers;
mod past;
mod queue;
mod rank;
mod read;
mod run;
mod saying;
mod sitting;
mod standing;
mod tags;
#[cfg(test)]
mod tests;
mod then;
mod view;
mod waiting;
mod watch;

use std::{ops::Range, path::PathBuf, sync::Arc};

use crate::{
    catalog::{Count, Facets, Group, Insights, ViewSpec},
    change::{Draft, Edit, ProposalId, Waiting},
    curate::{Act, ChangeView, OperationId, Progress, Report},
    ledger::{Operation, QueueMark},
    memory::{Confidence, Digest, Handle, Key, Memory, MemoryId, Row, Sitting, Target},
    query::{Expr, Zone},
};

pub use crate::catalog::CatalogState;
pub use carry::{Carry, CarryReply, CarryTarget};
pub use desk::Desk;
pub use elsewhere::{By, Elsewhere, ElsewhereChange, What};
pub use inbox::Inbox;
pub use ledger_at::LedgerAt;
pub use library::Library;
pub use past::{Past, PastReply};
pub use queue::{FieldChange, Hunk, Offer, Part, Queue, Queued, in_clusters};
pub use run::Engine;
pub use saying::{Deed, Said, Sayer, correction};
pub use sitting::{SITTING, Sit, SittingPlan};
pub use standing::Standing;
pub use then::{PastView, Stand};

/// The number of a question. The newest of a kind replaces the older ones; late answers are dropped.
pub type Ticket = u64;

/// The number of a view: which memories in which order, at one moment.
pub type ViewId = u64;

/// A question or an order for the engine.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Work out a view. Answered by [`Reply::View`], perhaps several times as it becomes exact.
    View {
        /// Filter and order.
        spec: ViewSpec,
        /// A memory whose place in the new view is wanted, so that the cursor stays on it.
        follow: Option<Key>,
        /// Marked memories, for `is:marked`.
        marked: Vec<Key>,
    },
    /// Read list lines of a view by position.
    Page {
        /// Which view.
        view: ViewId,
        /// Positions.
        range: Range<usize>,
    },
    /// Name the memories at positions of a view: for marking a range or all of it.
    Keys {
        /// Which view.
        view: ViewId,
        /// Positions.
        range: Range<usize>,
    },
    /// Read one memory in full.
    Open {
        /// Which.
        key: Key,
    },
    /// Find a memory by its public name.
    Find {
        /// Its name.
        id: MemoryId,
    },
    /// Count what there is under a filter.
    Facets {
        /// Filter; its order does not matter. Without one there are tags in the answer, for completion.
        spec: ViewSpec,
        /// Marked memories, for `is:marked`.
        marked: Vec<Key>,
    },
    /// Count what each of several filters matches. It is answered beside everything else and delays nothing.
    Counts {
        /// The filters.
        filters: Vec<Expr>,
    },
    /// Sum up what there is under a filter, in pictures.
    Insights {
        /// Filter; its order does not matter.
        spec: ViewSpec,
        /// Marked memories, for `is:marked`.
        marked: Vec<Key>,
        /// The person's distance from UTC: where days begin.
        zone: Zone,
    },
    /// Read the fields of a memory that can be edited.
    Editable {
        /// Which.
        key: Key,
    },
    /// The latest operations, newest first.
    Log {
        /// Only operations before this one; `None` for the newest.
        before: Option<OperationId>,
        /// How many at most.
        limit: usize,
        /// Which, in the filter language over operations.
        filter: Expr,
    },
    /// A question about the past of memories, or a roll-back in preview.
    Past(Past),
    /// A question about carrying memories to another store.
    Carry(Carry),
    /// What an operation changed, as text lines for reading: at most `limit` changes.
    Operation {
        /// Which.
        id: OperationId,
        /// How many changes at most.
        limit: usize,
    },
    /// Change something. Acts queue up; none replaces another.
    Act(Act),
    /// Read, begin or keep a sitting.
    Sit(Sit),
    /// Watch this inbox from now on, and take in what others put there.
    Inbox(Inbox),
    /// Read what waits for a verdict, and what policies applied.
    Queue,
    /// Read a proposal with what it would do now.
    Proposal {
        /// Which.
        id: ProposalId,
    },
    /// Note that a person saw what policies did, by the numbers of their verdicts. [`Reply::Waiting`] follows.
    Saw(Vec<i64>),
    /// What others did to the stores since a person last looked.
    Elsewhere,
    /// Note that a person saw all that others did.
    SawElsewhere,
    /// Let a person's own idea wait in the queue. [`Reply::Notice`] says what came of it.
    Propose(Box<Draft>),
    /// Stop the running act at the next chunk.
    StopAct,
}

/// An answer, or news.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A view is ready (or readier).
    View(View),
    /// Lines of a view.
    Page {
        /// Which view.
        view: ViewId,
        /// Position of the first line.
        from: usize,
        /// The lines; `None` where a memory has gone since the view was made.
        rows: Vec<Option<Row>>,
    },
    /// Memories at positions of a view.
    Keys {
        /// Which view.
        view: ViewId,
        /// The memories, as they were judged.
        targets: Vec<Target>,
    },
    /// A memory in full, `None` when it is gone.
    Memory {
        /// Which.
        key: Key,
        /// The memory with its judgement.
        detail: Option<Box<Detail>>,
    },
    /// Where a memory of that name is, `None` when there is none.
    Found {
        /// Its name.
        id: MemoryId,
        /// Its place.
        key: Option<Key>,
    },
    /// What there is.
    Facets(Facets),
    /// How many memories each filter matches, in the order in which they were asked.
    Counts(Vec<Count>),
    /// What there is, in numbers for pictures.
    Insights {
        /// Under which filter.
        filter: Expr,
        /// The numbers.
        insights: Box<Insights>,
    },
    /// Fields that can be edited.
    Editable {
        /// Which memory.
        key: Key,
        /// Its record as it is now, for the guard.
        base: Digest,
        /// Fields with their values, in reading order.
        fields: Edit,
    },
    /// Operations, newest first.
    Log {
        /// Continues after this one; `None` when it starts with the newest.
        before: Option<OperationId>,
        /// The operations.
        operations: Vec<Operation>,
    },
    /// What an operation changed.
    Operation {
        /// Which.
        id: OperationId,
        /// Its changes, each as a diff.
        changes: Vec<ChangeView>,
        /// How many it has in all.
        total: usize,
    },
    /// An answer about the past.
    Past(PastReply),
    /// An answer about carrying.
    Carry(CarryReply),
    /// A sitting: the one that was left before its end, or a new one.
    Sitting {
        /// The sitting; `None` when there is none, or nothing is due.
        sitting: Option<Box<Sitting>>,
        /// The lines of its memories, those that are gone left out.
        rows: Vec<Row>,
        /// How many memories are due in all, when a new one was asked for.
        due: Option<usize>,
    },
    /// The sitting stands in the ledger as it was handed over.
    SittingKept,
    /// What waits for a verdict.
    Queue(Box<Queue>),
    /// A proposal, or why it cannot be read.
    Proposal {
        /// Which.
        id: ProposalId,
        /// The proposal with what it would do now.
        offer: Result<Box<Offer>, String>,
    },
    /// What others did to the stores since a person last looked, store by store.
    Elsewhere(Vec<Elsewhere>),
    /// Somebody proposed or decided something: where the queue stands now.
    Waiting(QueueMark),
    /// An act is under way.
    Progress(Progress),
    /// An act is finished.
    Acted(Box<Report>),
    /// What was asked could not be done.
    Failed(String),
    /// Somebody else changed a store; views should be asked for again.
    Changed {
        /// How many memories are new since the last view.
        added: usize,
        /// How many are gone.
        removed: usize,
    },
    /// How far the catalogue is.
    Catalog(CatalogState),
    /// A store's state changed: replaced, gone, read-only, readable again.
    Store {
        /// Its place in the list of stores.
        store: u8,
        /// How it is now.
        state: StoreState,
    },
    /// Something that happened before the screen was there: what recovery did after a crash.
    Notice(String),
}

/// A view: which memories in which order.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct View {
    /// Its number, for pages.
    pub id: ViewId,
    /// What it answers.
    pub spec: ViewSpec,
    /// How many memories are in it.
    pub count: Count,
    /// How many there are without the filter.
    pub of: Count,
    /// Runs of the same scope, when grouped.
    pub groups: Vec<Group>,
    /// Where the followed memory is now.
    pub found: Option<usize>,
    /// Whether better ones will follow for the same request (first rows came early).
    pub partial: bool,
    /// Why the order is not what was asked, or what could not be searched.
    pub remark: Option<String>,
    /// Lines of the place where its reader begins, when they could be read with it.
    pub lines: Lines,
    /// For a view of the past: what is known of its memories.
    pub past: Option<Arc<PastView>>,
}

/// Lines of a view.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Lines {
    /// Position of the first line.
    pub from: usize,
    /// The lines; `None` where a memory has gone since the view was made.
    pub rows: Vec<Option<Row>>,
}

/// A memory with its judgement.
#[derive(Clone, Debug, PartialEq)]
pub struct Detail {
    /// The memory.
    pub memory: Memory,
    /// The terms of its confidence, in order, with what each did to it.
    pub terms: Vec<ConfidenceTerm>,
    /// The derived value, also when a person has set another one.
    pub derived: Confidence,
    /// Memories that say the same or nearly so.
    pub alike: Vec<(Key, MemoryId, String)>,
    /// Neighbours in time of the same session, oldest first; the memory itself is among them.
    pub neighbours: Vec<(Handle, String)>,
    /// Proposals about it that wait for a verdict.
    pub proposals: Vec<Waiting>,
    /// For each of its files whether it is there, in a checkout on this machine.
    pub here: Vec<bool>,
}

/// One term of a confidence.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfidenceTerm {
    /// What was looked at: `age`.
    pub name: &'static str,
    /// What was found: `143 days, half-life 180`.
    pub found: String,
    /// What the value was multiplied with.
    pub factor: f32,
}

/// How a store is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreState {
    /// Its short name.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// What was recognised: `schema v49`.
    pub version: String,
    /// Why it cannot be written, if so.
    pub read_only: Option<String>,
    /// Why it cannot be read any more, if so.
    pub broken: Option<String>,
}
