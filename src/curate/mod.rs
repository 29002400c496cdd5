//! The only writer: prune, edit, mark, undo, redo. Ties the ledger and the stores together.
//!
//! The order of every write to a store: the ledger commits the intent with full images, the store commits, the ledger
//! notes the end. A crash between any two steps is found and settled by [`Curator::recover`].

mod admit;
pub mod backup;
mod book;
mod bury;
mod carry;
mod correct;
mod decide;
mod deed;
mod erase;
mod errand;
mod feed;
mod form;
mod glance;
mod kept;
mod log;
mod marks;
mod observe;
mod pace;
mod plan;
mod queue;
mod recover;
mod rollback;
mod run;
mod show;
mod sitting;
mod stood;
mod through;
mod versions;

use std::{ops::ControlFlow, sync::Arc};

use crate::{
    change::{Draft, Edit, Label, ProposalId},
    ledger::{self, Ledger, StoreId},
    memory::{Digest, EpochMs, Handle, Key, MemoryId, Overlay, Record, Target},
    store::{self, Reader, Store, Writer},
};

pub use crate::change::Mark;
pub use admit::{Admitted, Policy, suspicions};
pub use carry::{Cargo, CarryPlan, Destination, Fate};
pub use decide::{Decided, Decision};
pub use deed::{Deed, Done, Task};
pub use erase::{Beyond, ErasePlan, Victim, Wanted};
pub use form::MARKS;
pub use observe::{Observing, Outlook, Which};
pub use queue::{Fit, Proposed, fields_of, fit, print_of, texts_of};
pub use rollback::{Becomes, Choices, Grounds, Return, RollBack, RollBackPlan, Tally};
pub use show::ChangeView;
pub use stood::Stood;
pub use through::Through;
pub use versions::{Brought, MemoryVersion, Side};

/// Something a person decided.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Write down new memories.
    Add {
        /// The store's place in the list.
        store: u8,
        /// The columns that are given; the store fills in the rest.
        records: Vec<Record>,
        /// Why; may be empty.
        reason: String,
    },
    /// Delete these memories. Pinned ones are left when `spare_pinned` is set.
    Prune {
        /// Which, and what they were when they were chosen: one that reads differently now is left.
        targets: Vec<Target>,
        /// Why; may be empty.
        reason: String,
        /// Whether pinned memories are left alone (they are, unless named one by one).
        spare_pinned: bool,
    },
    /// Give one memory new values.
    Edit {
        /// Which.
        key: Key,
        /// What it was when the person saw it.
        base: Option<Digest>,
        /// The new values.
        edit: Edit,
        /// Why; may be empty.
        reason: String,
    },
    /// Set or clear marks.
    Mark {
        /// Which.
        targets: Vec<Key>,
        /// What.
        marks: Vec<Mark>,
        /// Why; may be empty.
        reason: String,
    },
    /// Say yes or no to proposals, each with the version that was seen.
    Decide {
        /// Which, in the order in which they are dealt with.
        proposals: Vec<(ProposalId, u32)>,
        /// What is said.
        decision: Decision,
        /// Who says it: `you`, or the policy that speaks for the person.
        author: String,
    },
    /// Do what a person decided about several memories, as one operation.
    Correct {
        /// What shall become of each, with what it was when it was seen.
        draft: Arc<Draft>,
        /// What is to keep the texts that go from coming back, in a person's words; `None`: nothing.
        tombstone: Option<String>,
    },
    /// Copy or move memories to another store, or another part of one, by a plan that a person has seen.
    Carry {
        /// What each becomes.
        plan: Arc<CarryPlan>,
        /// Why; may be empty.
        reason: String,
    },
    /// Take back an operation, or the latest of the person that can be taken back.
    Undo(Option<OperationId>),
    /// Do again what was undone last.
    Redo,
    /// Take memories out of everything that memtui reaches, for good, by a plan that a person has seen.
    Erase {
        /// Every memory that goes.
        plan: Arc<ErasePlan>,
        /// Why; may be empty.
        reason: String,
        /// Whether databases of others are written anew where words of it stand on unused pages.
        rewrite: bool,
    },
    /// Give memories back what they were, by a plan that a person has seen.
    RollBack {
        /// Every memory it touches. Nothing else is changed.
        plan: Arc<RollBackPlan>,
        /// What was decided about what was derived and about conflicts.
        choices: Choices,
        /// Why; may be empty.
        reason: String,
        /// What is to keep the memories that go from coming back, in a person's words; `None`: nothing.
        tombstone: Option<String>,
    },
}

/// An operation's number in the log; larger is later.
pub type OperationId = i64;

/// How far a long act is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Memories dealt with.
    pub done: usize,
    /// Memories in all.
    pub total: usize,
}

/// What happened to a memory, told after each chunk so that the catalogue can follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touched {
    /// It is deleted.
    Gone,
    /// It is there now, and was not.
    Back,
    /// Its record is another one.
    Edited,
    /// A person's marks on it are other ones.
    Marked,
}

/// What came of an act.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The operation in the log; `None` when nothing was changed.
    pub operation: Option<OperationId>,
    /// What was done.
    pub label: Label,
    /// For undo and redo: the operation that was taken back or done again.
    pub of: Option<OperationId>,
    /// What that operation was, as [`ledger::Operation::named`] says it.
    pub named: Option<Box<str>>,
    /// Memories that were to be changed.
    pub planned: usize,
    /// Memories that were changed.
    pub applied: usize,
    /// Memories that already were as wanted.
    pub already: usize,
    /// Pinned memories that were left alone.
    pub spared: usize,
    /// Memories that could not be changed, with the reason.
    pub refused: Vec<(MemoryId, String)>,
    /// Whether the person stopped it on the way.
    pub cancelled: bool,
    /// What stopped it on the way, if something did; what was done until then stands and can be undone.
    pub trouble: Option<String>,
    /// The memory for the cursor to follow: the first that was changed.
    pub follow: Option<MemoryId>,
    /// What became of each proposal.
    pub decided: Vec<(ProposalId, Decided)>,
    /// Where something that was erased still stands, a sentence each with the next step.
    pub left: Vec<String>,
}

/// Told after each chunk: how far the act is, and once the store has them, which memories were touched. `Break` stops
/// the act before the next chunk.
pub type Step<'a> = &'a mut dyn FnMut(Progress, &[(Key, Touched)]) -> ControlFlow<()>;

/// Why an act could not be carried out at all. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum CurateProblem {
    /// The ledger refuses.
    #[error(transparent)]
    Ledger(#[from] ledger::Problem),
    /// There is no ledger to write to, so nothing may be changed.
    #[error("nothing can be changed: {0}")]
    NoLedger(String),
    /// The store refuses.
    #[error(transparent)]
    Store(#[from] store::Problem),
    /// The person did nothing that could be taken back.
    #[error(
        "nothing of yours to take back; what agents and policies did is taken back in History, or by number from `memtui log`"
    )]
    NothingToUndo,
    /// There is no operation that could be done again.
    #[error("there is nothing to redo: redo takes back an undo, until something new is done")]
    NothingToRedo,
    /// There is no operation of that number.
    #[error("there is no operation {0}; `memtui log` lists them")]
    NoOperation(OperationId),
    /// There is no proposal of that number.
    #[error("there is no proposal {0}; `memtui queue list` names them")]
    NoProposal(ProposalId),
    /// A proposal is about a store that is not open.
    #[error("proposal {0} is about a store that is not open: {1}; open it with {2}")]
    ProposalElsewhere(ProposalId, String, String),
    /// What was erased is gone.
    #[error("operation {0} erased {1}, and what was erased cannot be had back")]
    ErasedForGood(OperationId, String),
    /// An operation needs what was erased since.
    #[error(
        "operation {operation} cannot be taken back or done again as a whole: {count} of its memories {was} {erased}; nothing \
         was changed, `memtui rollback --operation {operation}` gives the others back",
        count = .erased.count,
        was = if .erased.count == 1 { "was" } else { "were" }
    )]
    NeedsErased {
        /// The operation.
        operation: OperationId,
        /// What was erased.
        erased: ledger::Erased,
    },
    /// The operation is still being carried out.
    #[error("operation {0} is not finished yet")]
    StillOpen(OperationId),
}

/// A store with the connections that curating needs, opened when they are first needed.
struct Site {
    store: Arc<dyn Store>,
    known: Option<StoreId>,
    /// Whether it was looked at since the act or the plan began that is under way.
    fresh: bool,
    reader: Option<Box<dyn Reader>>,
    writer: Option<Box<dyn Writer>>,
}

/// Carries out what a person decided, and keeps the log of it.
pub struct Curator {
    ledger: Result<Ledger, String>,
    sites: Vec<Site>,
    /// What recovery had to say and nobody has fetched yet.
    notices: Vec<String>,
    /// When stores are copied before they are changed.
    safeguard: Option<backup::Safeguard>,
}

impl Curator {
    /// A curator over these stores. Without a ledger it can only look: the reason is given with every refusal.
    pub fn new(ledger: Result<Ledger, ledger::Problem>, stores: &[Arc<dyn Store>]) -> Self {
        let sites = stores
            .iter()
            .map(|store| Site { store: Arc::clone(store), known: None, fresh: false, reader: None, writer: None })
            .collect();
        Self { ledger: ledger.map_err(|problem| problem.to_string()), sites, notices: Vec::new(), safeguard: None }
    }

    /// A curator that can only look, for this reason.
    pub fn without_ledger(reason: String, stores: &[Arc<dyn Store>]) -> Self {
        Self { ledger: Err(reason), ..Self::new(Err(ledger::Problem::Taken), stores) }
    }

    /// Why nothing can be changed, if the ledger cannot be used.
    pub fn no_ledger(&self) -> Option<&str> {
        self.ledger.as_ref().err().map(String::as_str)
    }

    /// The ledger, for reading.
    ///
    /// # Errors
    /// [`CurateProblem::NoLedger`] when there is none.
    pub fn ledger(&self) -> Result<&Ledger, CurateProblem> {
        self.ledger.as_ref().map_err(|reason| CurateProblem::NoLedger(reason.clone()))
    }

    fn ledger_mut(&mut self) -> Result<&mut Ledger, CurateProblem> {
        self.ledger.as_mut().map_err(|reason| CurateProblem::NoLedger(reason.clone()))
    }

    /// Carries out an act. Long ones go in chunks that let other programs write in between.
    ///
    /// # Errors
    /// Any [`CurateProblem`]; then nothing was changed. What happens after the first chunk stands in the report.
    pub fn act(&mut self, act: &Act, now: EpochMs, step: Step<'_>) -> Result<Report, CurateProblem> {
        // The turn first: what another memtui left behind by dying is looked after before anything new is done.
        let turn = self.ledger()?.take_turn()?;
        self.afresh();
        self.settle_the_dead(now)?;
        let report = match act {
            Act::Add { store, records, reason } => self.add(*store, records, reason, now, step),
            Act::Prune { targets, reason, spare_pinned } => self.prune(targets, reason, *spare_pinned, now, step),
            Act::Edit { key, base, edit, reason } => self.edit(*key, *base, edit, reason, now, step),
            Act::Mark { targets, marks, reason } => self.mark(targets, marks, reason, now, step),
            Act::Decide { proposals, decision, author } => self.decide(proposals, decision, author, now, step),
            Act::Correct { draft, tombstone } => self.correct(draft, tombstone.as_deref(), now, step),
            Act::Carry { plan, reason } => self.carry(plan, reason, now, step),
            Act::Undo(operation) => self.undo(*operation, now, step),
            Act::Redo => self.redo(now, step),
            Act::Erase { plan, reason, rewrite } => {
                self.erase(&erase::Erasing { plan, reason, rewrite: *rewrite }, now, step)
            }
            Act::RollBack { plan, choices, reason, tombstone } => {
                self.roll_back(plan, *choices, reason, tombstone.as_deref(), now, step)
            }
        };
        drop(turn);
        report
    }

    /// What recovery had to say since the last call.
    pub fn take_notices(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notices)
    }

    /// Everything a person said about the memories of a store, here or in the store's own columns.
    ///
    /// # Errors
    /// [`CurateProblem`] when ledger or store cannot be read.
    pub fn overlays(&mut self, store: u8, now: EpochMs) -> Result<Vec<(Handle, Overlay)>, CurateProblem> {
        let id = self.know(store, now)?;
        let found = self.ledger()?.overlays(id)?;
        if found.is_empty() {
            // A store that does not answer is asked only when there is something to ask.
            return Ok(Vec::new());
        }
        let reader = self.reader(store)?;
        let said = found.into_iter().filter_map(|(native, overlay)| Some((reader.handle(&native)?, overlay))).collect();
        Ok(kept::together(reader.marks()?, said))
    }

    /// What a person said about one memory of a store.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn said_of(&mut self, store: u8, native: &str, now: EpochMs) -> Result<Overlay, CurateProblem> {
        let id = self.know(store, now)?;
        Ok(self.ledger()?.overlay(id, native)?)
    }

    /// How the ledger knows the store at this place in the list.
    fn know(&mut self, store: u8, now: EpochMs) -> Result<StoreId, CurateProblem> {
        let site = self.site(store)?;
        if let Some(id) = site.known {
            return Ok(id);
        }
        let about = site.store.about().clone();
        let id = self.ledger_mut()?.know(&about, now)?;
        self.site(store)?.known = Some(id);
        Ok(id)
    }

    /// How the ledger knows the stores that are open: undo and redo without a number are about these.
    fn open_stores(&mut self, now: EpochMs) -> Result<Vec<StoreId>, CurateProblem> {
        let places = (0..self.sites.len()).filter_map(|place| u8::try_from(place).ok());
        places.map(|place| self.know(place, now)).collect()
    }

    fn site(&mut self, store: u8) -> Result<&mut Site, CurateProblem> {
        self.sites.get_mut(usize::from(store)).ok_or_else(|| {
            CurateProblem::Store(store::Problem::Failed {
                path: "?".into(),
                reason: "the memory's store is not open; open it with --store".into(),
            })
        })
    }

    /// What is read from now on is as it is now, whatever another memtui did since.
    fn afresh(&mut self) {
        self.sites.iter_mut().for_each(|site| site.fresh = false);
    }

    fn reader(&mut self, store: u8) -> Result<&mut Box<dyn Reader>, CurateProblem> {
        let site = self.site(store)?;
        if !std::mem::replace(&mut site.fresh, true) {
            site.store.look_afresh();
        }
        match &mut site.reader {
            Some(reader) => Ok(reader),
            empty => Ok(empty.insert(site.store.reader()?)),
        }
    }

    /// The place in the list of the store that the ledger knows by this id.
    fn place_of(&mut self, id: StoreId, now: EpochMs) -> Option<u8> {
        (0..self.sites.len())
            .filter_map(|place| u8::try_from(place).ok())
            .find(|place| self.know(*place, now).is_ok_and(|known| known == id))
    }

    fn public_id(&mut self, store: u8, native: &str) -> MemoryId {
        let store = self.site(store).map_or_else(|_| "?".to_owned(), |site| site.store.about().name.clone());
        MemoryId { store, native: native.to_owned() }
    }
}

#[cfg(test)]
mod tests;
