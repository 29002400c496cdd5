//! Questions about carrying memories to other stores: where they could go, and what each would become there.

use std::sync::Arc;

use crate::{
    curate::{CarryPlan, CurateProblem, Curator, Destination},
    memory::Key,
    store::Store,
};

/// A question about carrying.
#[derive(Clone, Debug, PartialEq)]
pub enum Carry {
    /// Where memories can go.
    Targets,
    /// What these would become there.
    Plan {
        /// Which.
        keys: Vec<Key>,
        /// Where to.
        to: Destination,
    },
}

/// An answer about carrying.
#[derive(Clone, Debug)]
pub enum CarryReply {
    /// Where memories can go.
    Targets(Vec<CarryTarget>),
    /// What they would become.
    Plan(Arc<CarryPlan>),
}

/// A place where memories can go: a store, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarryTarget {
    /// The store's place in the list.
    pub store: u8,
    /// The part of it, where it has parts.
    pub drawer: Option<String>,
    /// Its name: `shared`, `instructions:AGENTS.md`.
    pub name: String,
    /// What it is, and whom it applies to.
    pub what: String,
}

/// Where memories can go, of these stores.
pub(super) fn targets(stores: &[Arc<dyn Store>]) -> Vec<CarryTarget> {
    let takers = (0u8..).zip(stores).filter(|(_, store)| store.takes() && store.about().read_only.is_none());
    let mut targets = Vec::new();
    for (number, store) in takers {
        let name = &store.about().name;
        let drawers = store.drawers();
        if drawers.is_empty() {
            let what = store.about().version.clone();
            targets.push(CarryTarget { store: number, drawer: None, name: name.clone(), what });
        }
        for drawer in drawers {
            let scope =
                drawer.project.as_ref().map_or_else(|| "everywhere".to_owned(), |project| format!("in {project}"));
            targets.push(CarryTarget {
                store: number,
                name: if drawer.name.is_empty() { name.clone() } else { format!("{name}:{}", drawer.name) },
                drawer: Some(drawer.name),
                what: format!("{}, {scope}", drawer.what),
            });
        }
    }
    targets
}

pub(super) fn answer(
    stores: &[Arc<dyn Store>],
    curator: &mut Curator,
    asked: Carry,
) -> Result<CarryReply, CurateProblem> {
    Ok(match asked {
        Carry::Targets => CarryReply::Targets(targets(stores)),
        Carry::Plan { keys, to } => CarryReply::Plan(Arc::new(curator.plan_carry(&keys, to)?)),
    })
}
