//! From what a person wants to the memories that it is about.

use std::collections::{HashMap, HashSet};

use super::{Becomes, Grounds, Return, RollBack, RollBackPlan, Way, decide::Link};
use crate::{
    change::{Label, Place},
    curate::{CurateProblem, Curator, OperationId},
    ledger::{Event, Recorded, StoreId},
    memory::{Digest, EpochMs, MemoryId, Target},
    store::Expect,
};

/// A memory with the changes that are to be taken back, the latest first.
pub(super) struct Chain {
    pub(super) store: StoreId,
    pub(super) native: String,
    pub(super) place: Place,
    pub(super) links: Vec<Link>,
}

/// What is rolled back of a memory: what happened since a moment, or what a session made of it.
pub(super) enum Since {
    Moment(EpochMs),
    Session(String),
}

impl Curator {
    /// Works out what a roll-back would do. Nothing is changed by it.
    ///
    /// # Errors
    /// [`CurateProblem::NoOperation`] for a number that the log does not have, [`CurateProblem::StillOpen`] for an
    /// operation that is being carried out, and whatever ledger and stores say when they cannot be read.
    pub fn plan_roll_back(
        &mut self,
        what: &RollBack,
        grounds: &Grounds,
        now: EpochMs,
    ) -> Result<RollBackPlan, CurateProblem> {
        self.afresh();
        let mut plan = RollBackPlan { what: what.words(), ..RollBackPlan::default() };
        match what {
            RollBack::Version { id, to } => plan.returns.push(self.back_to_version(id, *to, now)?),
            RollBack::Versions { memories, .. } => {
                for (id, to) in memories {
                    plan.returns.push(self.back_to_version(id, *to, now)?);
                }
            }
            RollBack::Operations(operations) => {
                let chains = self.chains_of(operations)?;
                plan.returns = self.decide_all(&chains, now)?;
            }
            RollBack::Session(session) => {
                plan.returns = self.captured(&grounds.captured, &Since::Session(session.clone()), now)?;
                plan.remarks.push(
                    "Known are memories that name this session. What it changed in others is known only where that was \
                     seen, or where their store keeps versions."
                        .to_owned(),
                );
            }
            RollBack::Agent { name, since } => {
                let stores = self.open_stores(now)?;
                let events = self.ledger()?.changed_since(&stores, *since, Some(name))?;
                plan.returns = self.captured(&grounds.captured, &Since::Moment(*since), now)?;
                self.add_missing(&mut plan.returns, &chains(events), now)?;
                plan.remarks.push(
                    "Known are memories that name this agent and changes that were seen when they were made; an edit \
                     that nobody saw is not among them."
                        .to_owned(),
                );
            }
            RollBack::Scope { to, .. } => {
                let stores = self.open_stores(now)?;
                let events = self.ledger()?.changed_since(&stores, *to, None)?;
                let events = self.of_scope(events, what, grounds, now)?;
                plan.returns = self.captured(&grounds.captured, &Since::Moment(*to), now)?;
                self.add_missing(&mut plan.returns, &chains(events), now)?;
                plan.remarks.push(self.how_far_back(*to, now)?);
            }
        }
        if !matches!(what, RollBack::Scope { .. }) {
            self.add_derived(&mut plan, now)?;
        }
        plan.returns.sort_by_key(|one| {
            let (kind, number) = one.id.native.rsplit_once('/').unwrap_or(("", one.id.native.as_str()));
            let number = number.parse::<i64>().unwrap_or(i64::MAX);
            let place = (one.store.unwrap_or(u8::MAX), one.place != Place::Store);
            // Neighbours in the file are dealt with together.
            (one.derived.is_some(), place, kind.to_owned(), number)
        });
        Ok(plan)
    }

    /// One memory on its way to one of its versions: what it is now is given up, that is the point.
    pub(super) fn back_to_version(
        &mut self,
        id: &MemoryId,
        to: Option<Digest>,
        now: EpochMs,
    ) -> Result<Return, CurateProblem> {
        let store = self.place_named(&id.store)?;
        let current = self.image_now(store, Place::Store, &id.native, now)?;
        let goal = to.map(|digest| self.version_image(store, &id.native, digest, now)).transpose()?;
        let title = current.as_ref().or(goal.as_ref()).map(crate::memory::Image::headline).unwrap_or_default();
        let same = current.as_ref().map(crate::memory::Image::digest) == to;
        let becomes = match (&current, &goal) {
            _ if same => Becomes::Nothing,
            (_, None) => Becomes::Gone,
            (None, Some(_)) => Becomes::Back,
            (Some(_), Some(_)) => Becomes::Older,
        };
        let way = match goal {
            _ if same => None,
            None => Some(Way::Delete),
            Some(image) => Some(Way::Given(Box::new(image))),
        };
        Ok(Return {
            id: id.clone(),
            title,
            becomes,
            conflict: None,
            keeps: Vec::new(),
            derived: None,
            store: Some(store),
            place: Place::Store,
            expect: current.as_ref().map_or(Expect::Absent, |image| Expect::Exactly(image.digest())),
            way,
            from: None,
        })
    }

    /// The changes of operations by memory, the latest first.
    fn chains_of(&self, operations: &[OperationId]) -> Result<Vec<Chain>, CurateProblem> {
        let ledger = self.ledger()?;
        let mut newest_first = operations.to_vec();
        newest_first.sort_unstable_by(|a, b| b.cmp(a));
        newest_first.dedup();
        let mut all: Vec<(OperationId, Recorded)> = Vec::new();
        for id in newest_first {
            let operation = ledger.operation(id)?.ok_or(CurateProblem::NoOperation(id))?;
            if operation.state == crate::ledger::OperationState::Open {
                return Err(CurateProblem::StillOpen(id));
            }
            let changes = ledger.changes(id, 0, usize::MAX)?;
            all.extend(changes.into_iter().rev().map(|change| (id, change)));
        }
        Ok(gathered(all))
    }

    /// Memories that were captured by whom it says: they go, but for those that a person has touched or pinned. One that
    /// was there before becomes what it was.
    fn captured(&mut self, targets: &[Target], since: &Since, now: EpochMs) -> Result<Vec<Return>, CurateProblem> {
        let mut returns = Vec::with_capacity(targets.len());
        let mut sorted = targets.to_vec();
        sorted.sort_unstable_by_key(|target| target.key);
        for run in sorted.chunk_by(|a, b| a.key.store == b.key.store) {
            let Some(store) = run.first().map(|target| target.key.store) else { continue };
            let pinned: HashSet<_> =
                self.overlays(store, now)?.into_iter().filter(|(_, it)| it.pinned).map(|(handle, _)| handle).collect();
            let id = self.know(store, now)?;
            let reader = self.reader(store)?;
            let handles: Vec<_> = run.iter().map(|target| target.key.handle).collect();
            let titles: HashMap<_, _> =
                reader.rows(&handles)?.into_iter().map(|row| (row.key.handle, row.title)).collect();
            let natives: Vec<String> = handles.iter().map(|handle| reader.native(*handle)).collect();
            let latest = self.ledger()?.latest_of(id, &natives)?;
            for ((target, native), latest) in run.iter().zip(natives).zip(latest) {
                let touched = match latest {
                    Some(operation) => self.by_a_person(operation)?,
                    None => None,
                };
                let conflict = match touched {
                    _ if pinned.contains(&target.key.handle) => Some("it is pinned".to_owned()),
                    Some(operation) => Some(format!("operation {operation} changed it since it was captured")),
                    None => None,
                };
                let Some(title) = titles.get(&target.key.handle) else { continue };
                let name = self.public_id(store, &native);
                let one = match self.earlier((store, id), &name, target.key.handle, since, now)? {
                    Some(one) => one,
                    None => Return::deletion(store, name, title.clone(), Expect::Seen(target.seen)),
                };
                let conflict = conflict.or_else(|| one.conflict.clone());
                returns.push(Return { conflict, ..one });
            }
        }
        Ok(returns)
    }

    /// The operation, unless it only says what others did or took something back.
    fn by_a_person(&self, operation: OperationId) -> Result<Option<OperationId>, CurateProblem> {
        let label = self.ledger()?.operation(operation)?.map(|found| found.label);
        let none = [Label::Add, Label::Undo, Label::Redo, Label::RollBack, Label::Observe];
        Ok(label.filter(|label| !none.contains(label)).map(|_| operation))
    }

    /// Adds what the log says to what was captured; a memory that goes anyway is not named twice.
    fn add_missing(&mut self, returns: &mut Vec<Return>, chains: &[Chain], now: EpochMs) -> Result<(), CurateProblem> {
        let there: HashSet<MemoryId> = returns.iter().map(|one| one.id.clone()).collect();
        let more = self.decide_all(chains, now)?.into_iter();
        returns.extend(more.filter(|one| !there.contains(&one.id)));
        Ok(())
    }

    /// Changes of memories that are in the scope now, or that were in it and are gone.
    fn of_scope(
        &mut self,
        events: Vec<Event>,
        what: &RollBack,
        grounds: &Grounds,
        now: EpochMs,
    ) -> Result<Vec<Event>, CurateProblem> {
        let RollBack::Scope { name, .. } = what else { return Ok(Vec::new()) };
        let within: HashSet<_> = grounds.within.iter().copied().collect();
        let mut inside: HashMap<(StoreId, String), bool> = HashMap::new();
        for event in &events {
            let memory = (event.change.store, event.change.native.clone());
            if inside.get(&memory).copied() == Some(true) {
                continue;
            }
            let Some(place) = self.place_of(event.change.store, now) else { continue };
            let handle = self.reader(place)?.handle(&event.change.native);
            let listed = handle.is_some_and(|handle| within.contains(&crate::memory::Key { store: place, handle }));
            let is_in = listed || self.was_in(event, name)?;
            inside.insert(memory, is_in);
        }
        let is_in = |event: &Event| inside.get(&(event.change.store, event.change.native.clone())) == Some(&true);
        Ok(events.into_iter().filter(is_in).collect())
    }

    /// Whether a memory's record before or after a change says that it belongs to a scope.
    fn was_in(&self, event: &Event, scope: &str) -> Result<bool, CurateProblem> {
        for (image, _) in [event.change.before, event.change.after].into_iter().flatten() {
            let image = match self.ledger()?.image(event.operation, image) {
                Ok(image) => image,
                Err(problem) if problem.is_gone() => continue,
                Err(problem) => return Err(problem.into()),
            };
            let project = match image.own.get("project") {
                Some(crate::memory::Value::Text(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
                _ => String::new(),
            };
            let named = if project.is_empty() { "user" } else { project.as_str() };
            if named == scope {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// How much is known of the time since a moment, in a sentence.
    fn how_far_back(&mut self, to: EpochMs, now: EpochMs) -> Result<String, CurateProblem> {
        let mut unseen = Vec::new();
        for place in 0..self.sites.len() {
            let Ok(place) = u8::try_from(place) else { break };
            let id = self.know(place, now)?;
            if self.ledger()?.watched_from(id)?.is_none_or(|from| from > to) {
                unseen.push(self.public_id(place, "").store);
            }
        }
        Ok(if unseen.is_empty() {
            "Every change since then that was seen is among them.".to_owned()
        } else {
            format!(
                "What other programs changed in {} since then was not looked at; their edits to older memories are not \
                 known.",
                unseen.join(", ")
            )
        })
    }

    /// The place in the list of the store of that name.
    pub(in crate::curate) fn place_named(&self, name: &str) -> Result<u8, CurateProblem> {
        let place = self.sites.iter().position(|site| site.store.about().name == name);
        place.and_then(|place| u8::try_from(place).ok()).ok_or_else(|| {
            CurateProblem::Store(crate::store::Problem::Failed {
                path: name.into(),
                reason: "no store of that name is open; open it with --store".into(),
            })
        })
    }
}

/// Changes by memory, in the order in which they come.
fn gathered(changes: Vec<(OperationId, Recorded)>) -> Vec<Chain> {
    let mut places: HashMap<(StoreId, String, Place), usize> = HashMap::new();
    let mut chains: Vec<Chain> = Vec::new();
    for (operation, change) in changes {
        let memory = (change.store, change.native.clone(), change.place);
        let link = Link { operation, before: change.before, after: change.after };
        if let Some(chain) = places.get(&memory).and_then(|at| chains.get_mut(*at)) {
            chain.links.push(link);
        } else {
            places.insert(memory, chains.len());
            let Recorded { store, native, place, .. } = change;
            chains.push(Chain { store, native, place, links: vec![link] });
        }
    }
    chains
}

/// The chains of events, which come oldest first.
fn chains(events: Vec<Event>) -> Vec<Chain> {
    gathered(events.into_iter().rev().map(|event| (event.operation, event.change)).collect())
}

impl RollBack {
    /// What is rolled back, in words.
    pub fn words(&self) -> String {
        match self {
            Self::Version { id, .. } => format!("{id} to one of its versions"),
            Self::Versions { memories, at } => match memories.as_slice() {
                [(one, _)] => format!("{one} to what it was {}", moment(*at)),
                many => format!("{} memories to what they were {}", many.len(), moment(*at)),
            },
            Self::Operations(operations) => match operations.as_slice() {
                [one] => format!("operation {one}"),
                many => format!("operations {}", many.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")),
            },
            Self::Session(session) => format!("session {session}"),
            Self::Agent { name, since } => format!("agent {name} since {}", moment(*since)),
            Self::Scope { name, to } => format!("scope {name} to {}", moment(*to)),
        }
    }
}

/// A moment in UTC, to the minute.
fn moment(at: EpochMs) -> String {
    chrono::DateTime::from_timestamp_millis(at)
        .map_or_else(|| at.to_string(), |time| time.format("%Y-%m-%d %H:%M UTC").to_string())
}
