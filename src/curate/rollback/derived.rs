//! What came of memories that are rolled back: merged into others, carried over, copied to another store.

use std::collections::HashSet;

use super::{Becomes, Return, RollBackPlan, decide::Link, plan::Chain};
use crate::{
    change::Place,
    curate::{CurateProblem, Curator},
    ledger::StoreId,
    memory::{EpochMs, MemoryId},
    store::Expect,
};

impl Curator {
    /// Adds what was derived from the memories of a plan. It is only taken along when that is wanted.
    pub(super) fn add_derived(&mut self, plan: &mut RollBackPlan, now: EpochMs) -> Result<(), CurateProblem> {
        let mut there: HashSet<MemoryId> = plan.returns.iter().map(|one| one.id.clone()).collect();
        let bad = |one: &&Return| {
            one.place == Place::Store && one.store.is_some() && matches!(one.becomes, Becomes::Gone | Becomes::Older)
        };
        let ids: Vec<(u8, MemoryId)> =
            plan.returns.iter().filter(bad).filter_map(|one| Some((one.store?, one.id.clone()))).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let mut derived = self.copies_of(&ids, now)?;
        derived.extend(self.carried_on_from(&ids, now)?);
        derived.extend(self.merged_from(&ids, now)?);
        derived.retain(|one| there.insert(one.id.clone()));
        plan.returns.append(&mut derived);
        Ok(())
    }

    /// Memories that name one of these as their source.
    fn copies_of(&mut self, ids: &[(u8, MemoryId)], now: EpochMs) -> Result<Vec<Return>, CurateProblem> {
        let names: Vec<MemoryId> = ids.iter().map(|(_, id)| id.clone()).collect();
        let mut found = Vec::new();
        for store in 0..self.sites.len() {
            let Ok(store) = u8::try_from(store) else { break };
            let reader = self.reader(store)?;
            for (handle, of) in reader.descendants(&names)? {
                let native = reader.native(handle);
                let Some(of) = names.get(of) else { continue };
                found.push((store, native, format!("it says that it comes from {of}")));
            }
        }
        let mut returns = Vec::with_capacity(found.len());
        for (store, native, why) in found {
            let Some(image) = self.image_now(store, Place::Store, &native, now)? else { continue };
            let id = self.public_id(store, &native);
            let one = Return::deletion(store, id, image.headline(), Expect::Exactly(image.digest()));
            returns.push(Return { derived: Some(why), ..one });
        }
        Ok(returns)
    }

    /// Memories that memtui made of one of these in another place, by copying or moving.
    fn carried_on_from(&mut self, ids: &[(u8, MemoryId)], now: EpochMs) -> Result<Vec<Return>, CurateProblem> {
        let mut returns = Vec::new();
        for (store, of) in ids {
            let known = self.know(*store, now)?;
            for (operation, carried) in self.ledger()?.carried_on(known, &of.native)? {
                let Some(place) = self.place_of(carried.to, now) else { continue };
                let Some(image) = self.image_now(place, Place::Store, &carried.to_native, now)? else { continue };
                let id = self.public_id(place, &carried.to_native);
                let one = Return::deletion(place, id, image.headline(), Expect::Exactly(image.digest()));
                returns.push(Return { derived: Some(format!("operation {operation} made it of {of}")), ..one });
            }
        }
        Ok(returns)
    }

    /// Memories that an operation made or changed together with one of these.
    fn merged_from(&mut self, ids: &[(u8, MemoryId)], now: EpochMs) -> Result<Vec<Return>, CurateProblem> {
        let mut memories: Vec<(StoreId, String)> = Vec::with_capacity(ids.len());
        for (store, id) in ids {
            memories.push((self.know(*store, now)?, id.native.clone()));
        }
        let siblings = self.ledger()?.siblings(&memories)?;
        let mut chains = Vec::with_capacity(siblings.len());
        let mut reasons = Vec::with_capacity(siblings.len());
        for sibling in siblings {
            let of = ids.get(sibling.of).map(|(_, id)| id.to_string()).unwrap_or_default();
            reasons.push(format!("operation {} ({}) made it beside {of}", sibling.operation, sibling.label.name()));
            let change = sibling.change;
            let link = Link { operation: sibling.operation, before: change.before, after: change.after };
            chains.push(Chain { store: change.store, native: change.native, place: change.place, links: vec![link] });
        }
        let returns = self.decide_all(&chains, now)?.into_iter().zip(reasons);
        Ok(returns.map(|(one, why)| Return { derived: Some(why), ..one }).collect())
    }
}
