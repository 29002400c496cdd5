//! Copying and moving memories between stores, and between parts of one: first a plan of what each becomes, then one
//! operation over both stores. A copy is there and was read back before its original goes.

use std::{collections::VecDeque, sync::Arc};

use super::{
    CurateProblem, Curator, OperationId, Report, Step,
    book::Beginnings,
    feed::{Intents, Source},
};
use crate::{
    change::{Edit, FieldValue, Label, Place},
    ledger::{Carried, overlay},
    memory::{Digest, EpochMs, Key, MemoryId},
    store::{Expect, Fitted, Intent, Left, Make, Parcel},
};

/// Where memories are to go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// The store's place in the list.
    pub store: u8,
    /// The part of it: a file, a directory.
    pub drawer: Option<String>,
    /// The scope that they get: a project, or `Some(None)` for everywhere; `None`: the one they have.
    pub scope: Option<Option<String>>,
    /// The kind that they get; `None`: the one they have.
    pub kind: Option<String>,
    /// Whether they leave where they are now.
    pub moves: bool,
}

/// What carrying memories would do.
#[derive(Clone, Debug, PartialEq)]
pub struct CarryPlan {
    /// Where they go.
    pub to: Destination,
    /// That in words: `shared`, `instructions:AGENTS.md`.
    pub target: String,
    /// What each becomes.
    pub items: Vec<Cargo>,
}

/// A memory that is to be carried.
#[derive(Clone, Debug, PartialEq)]
pub struct Cargo {
    /// Where it is.
    pub key: Key,
    /// Its name.
    pub id: MemoryId,
    /// Its title.
    pub title: String,
    /// Its record when the plan was made: another one is not carried.
    pub seen: Digest,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a memory that is carried.
#[derive(Clone, Debug, PartialEq)]
pub enum Fate {
    /// A new memory of the other store.
    Becomes(Fitted),
    /// It stays the memory that it is, with other fields: its store is the one it goes to.
    Edited(Edit),
    /// It stays where it is, with the reason.
    Stays(String),
}

impl CarryPlan {
    /// Memories that would be carried.
    pub fn count(&self) -> usize {
        self.items.iter().filter(|item| !matches!(item.fate, Fate::Stays(_))).count()
    }

    /// What it is called in the log.
    pub const fn label(&self) -> Label {
        if self.to.moves { Label::Move } else { Label::Copy }
    }
}

impl Cargo {
    /// What it will say, by field.
    pub fn becomes(&self) -> Vec<(String, String)> {
        let text = |value: &FieldValue| match value {
            FieldValue::Text(text) => text.clone(),
            FieldValue::List(items) => items.join(", "),
        };
        match &self.fate {
            Fate::Becomes(fitted) => fitted.becomes.clone(),
            Fate::Edited(edit) => edit.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            Fate::Stays(_) => Vec::new(),
        }
    }

    /// What the other store cannot hold of it.
    pub fn left(&self) -> &[Left] {
        if let Fate::Becomes(fitted) = &self.fate { &fitted.left } else { &[] }
    }
}

impl Curator {
    /// What carrying these memories would do. Nothing is written.
    ///
    /// # Errors
    /// [`CurateProblem`] when a store cannot be read.
    pub fn plan_carry(&mut self, keys: &[Key], to: Destination) -> Result<CarryPlan, CurateProblem> {
        self.afresh();
        let about = self.site(to.store)?.store.about().clone();
        let target = match &to.drawer {
            Some(drawer) if !drawer.is_empty() => format!("{}:{drawer}", about.name),
            _ => about.name,
        };
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            items.extend(self.cargo(*key, &to)?);
        }
        Ok(CarryPlan { to, target, items })
    }

    fn cargo(&mut self, key: Key, to: &Destination) -> Result<Option<Cargo>, CurateProblem> {
        let product = self.site(key.store)?.store.about().product;
        let reader = self.reader(key.store)?;
        let (Some(image), Some(memory)) = (reader.image(key.handle)?, reader.memory(key.handle)?) else {
            return Ok(None);
        };
        let fields = reader.editable(key.handle)?.unwrap_or_default();
        let (id, title, seen) = (memory.row.id.clone(), memory.row.title.clone(), image.digest());
        let fate = match Parcel::of(&memory, &fields, product, image.own) {
            Ok(parcel) => self.fate(key.store, parcel, &fields, to)?,
            Err(reason) => Fate::Stays(reason),
        };
        Ok(Some(Cargo { key, id, title, seen, fate }))
    }

    fn fate(&mut self, from: u8, parcel: Parcel, fields: &Edit, to: &Destination) -> Result<Fate, CurateProblem> {
        let source = &self.site(from)?.store;
        let why_not = source.about().read_only.clone().filter(|_| to.moves);
        let name = source.about().name.clone();
        let goes_elsewhere = from != to.store || !source.drawers().is_empty();
        if let Some(reason) = why_not {
            return Ok(Fate::Stays(format!("{name} is read-only: {reason}; copy it instead")));
        }
        if to.moves && !goes_elsewhere {
            return Ok(edited(fields, to));
        }
        let parcel = Parcel {
            project: to.scope.clone().unwrap_or_else(|| parcel.project.clone()),
            kind: to.kind.clone().unwrap_or_else(|| parcel.kind.clone()),
            ..parcel
        };
        let store = &self.site(to.store)?.store;
        if let Some(reason) = &store.about().read_only {
            return Ok(Fate::Stays(format!("{} is read-only: {reason}", store.about().name)));
        }
        Ok(store.fit(&parcel, to.drawer.as_deref()).map_or_else(Fate::Stays, Fate::Becomes))
    }

    /// The operation by which a memory came from another place, and what it is a copy of, if one of memtui's did that.
    ///
    /// # Errors
    /// [`CurateProblem`] when the ledger cannot be read.
    pub fn carried_from(
        &mut self,
        id: &MemoryId,
        now: EpochMs,
    ) -> Result<Option<(OperationId, Label, MemoryId)>, CurateProblem> {
        let place = self.place_named(&id.store)?;
        let Ok(store) = self.know(place, now) else { return Ok(None) };
        let ledger = self.ledger()?;
        let Some((operation, carried)) = ledger.carried_here(store, &id.native)? else { return Ok(None) };
        let label = ledger.operation(operation)?.map_or(Label::Copy, |operation| operation.label);
        let name = ledger.store(carried.from)?.map_or_else(|| "?".to_owned(), |(name, _)| name);
        Ok(Some((operation, label, MemoryId { store: name, native: carried.from_native })))
    }

    /// Carries out a plan: all of it that can be carried, or nothing.
    pub(super) fn carry(
        &mut self,
        plan: &Arc<CarryPlan>,
        reason: &str,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<Report, CurateProblem> {
        let load = self.load(plan, now)?;
        let planned: usize = load.phases.iter().flatten().map(Source::planned).sum();
        let goes = load.carried.len() + load.edited;
        let target = plan.target.clone();
        let why = if reason.is_empty() { format!("to {target}") } else { format!("to {target}: {reason}") };
        let begin = Beginnings { memories: goes, ..Beginnings::of_person(plan.label(), &why, planned, now) };
        let mut report = self.run_in_phases(begin, load.phases, step)?;
        let failed = report.refused.first().map(|(id, reason)| format!("{id}: {reason}")).or(report.trouble.take());
        let failed = failed.or_else(|| report.cancelled.then(|| "it was stopped".to_owned()));
        report.planned = plan.items.len();
        if let Some(reason) = failed {
            if let Some(operation) = report.operation.take() {
                self.take_back(operation, plan.label(), now, step)?;
            }
            report.applied = 0;
            report.trouble = Some(format!("{reason}; nothing was {}", plan.label().done()));
            return Ok(report);
        }
        if let Some(operation) = report.operation {
            report.applied = goes;
            self.ledger_mut()?.note_carried(operation, &load.carried)?;
        }
        report.refused.extend(load.stays);
        Ok(report)
    }

    /// Undoes a part of a plan that could not be carried out as a whole.
    fn take_back(
        &mut self,
        operation: OperationId,
        label: Label,
        now: EpochMs,
        step: Step<'_>,
    ) -> Result<(), CurateProblem> {
        let undone = self.undo(Some(operation), now, step)?;
        match undone.refused.first() {
            Some((id, reason)) => Err(CurateProblem::Store(crate::store::Problem::Failed {
                path: id.to_string().into(),
                reason: format!("the {} was stopped and could not be taken back: {reason}", label.name()),
            })),
            None => Ok(()),
        }
    }

    /// What is to be written for a plan.
    fn load(&mut self, plan: &CarryPlan, now: EpochMs) -> Result<Load, CurateProblem> {
        let mut load = Load::default();
        let going: Vec<&Cargo> = plan.items.iter().filter(|it| matches!(it.fate, Fate::Becomes(_))).collect();
        let records: Vec<_> = going.iter().filter_map(|cargo| cargo.record()).collect();
        let made = if records.is_empty() { Vec::new() } else { self.composed_all(plan.to.store, &records)? };
        let to = self.know(plan.to.store, now)?;
        let (mut arrivals, mut marks) = (Intents::new(), Intents::new());
        let mut departures: Vec<(u8, Intents)> = Vec::new();
        for (cargo, made) in going.into_iter().zip(made) {
            let (native, image) = match made {
                Ok(made) => made,
                Err(reason) => {
                    load.stays.push((cargo.id.clone(), reason));
                    continue;
                }
            };
            let from = self.know(cargo.key.store, now)?;
            if let Some(said) = overlay::image_of(&self.ledger()?.overlay(from, &cargo.id.native)?) {
                marks.push_back(Intent { native: native.clone(), expect: Expect::Anything, make: Make::Put(said) });
            }
            arrivals.push_back(Intent { native: native.clone(), expect: Expect::Absent, make: Make::Put(image) });
            if plan.to.moves {
                departures.queue(cargo, Make::Delete);
            }
            load.carried.push(Carried { from, from_native: cargo.id.native.clone(), to, to_native: native });
        }
        for cargo in &plan.items {
            match &cargo.fate {
                Fate::Edited(edit) => {
                    load.edited += 1;
                    departures.queue(cargo, Make::Edit(edit.clone()));
                }
                Fate::Stays(reason) => load.stays.push((cargo.id.clone(), reason.clone())),
                Fate::Becomes(_) => {}
            }
        }
        let given = |store, place, intents| Source::Given { store, place, intents };
        load.phases = vec![
            vec![given(plan.to.store, Place::Store, arrivals)],
            vec![given(plan.to.store, Place::Overlay, marks)],
            departures.into_iter().map(|(store, intents)| given(store, Place::Store, intents)).collect(),
        ];
        load.phases.retain(|phase| phase.iter().any(|source| source.planned() > 0));
        Ok(load)
    }

    fn composed_all(
        &mut self,
        store: u8,
        records: &[crate::memory::Record],
    ) -> Result<Vec<crate::store::Composed>, CurateProblem> {
        let mut writer = self.take_writer(store)?;
        let composed = writer.compose(records);
        self.site(store)?.writer = Some(writer);
        Ok(composed?)
    }
}

/// What is to be written, in phases.
#[derive(Default)]
struct Load {
    phases: Vec<Vec<Source>>,
    carried: Vec<Carried>,
    edited: usize,
    stays: Vec<(MemoryId, String)>,
}

impl Cargo {
    fn record(&self) -> Option<crate::memory::Record> {
        if let Fate::Becomes(fitted) = &self.fate { Some(fitted.record.clone()) } else { None }
    }
}

/// Intents by store.
trait Departures {
    fn queue(&mut self, cargo: &Cargo, make: Make);
}

impl Departures for Vec<(u8, Intents)> {
    fn queue(&mut self, cargo: &Cargo, make: Make) {
        let intent = Intent { native: cargo.id.native.clone(), expect: Expect::Exactly(cargo.seen), make };
        match self.iter_mut().find(|(store, _)| *store == cargo.key.store) {
            Some((_, intents)) => intents.push_back(intent),
            None => self.push((cargo.key.store, VecDeque::from([intent]))),
        }
    }
}

/// A memory that stays in its store gets another scope or kind.
fn edited(fields: &Edit, to: &Destination) -> Fate {
    let mut edit = Edit::new();
    let scope = to.scope.as_ref().map(|scope| scope.clone().unwrap_or_default());
    for (wanted, names, what) in [(scope, ["project", "scope"], "scope"), (to.kind.clone(), ["type", "kind"], "kind")] {
        let Some(wanted) = wanted else { continue };
        let Some((name, old)) = fields.iter().find(|(name, _)| names.contains(&name.as_str())) else {
            return Fate::Stays(format!("its store cannot change its {what}"));
        };
        let wanted = FieldValue::Text(wanted);
        if *old != wanted {
            edit.push((name.clone(), wanted));
        }
    }
    if edit.is_empty() { Fate::Stays("it is there already".to_owned()) } else { Fate::Edited(edit) }
}
