//! The past of memories: their versions, what differs between two of them, and roll-backs in preview.

use std::sync::Arc;

use super::{Desk, Reply, Said, ViewId};
use crate::{
    catalog::ViewSpec,
    curate::{
        ChangeView, CurateProblem, Curator, ErasePlan, Grounds, MemoryVersion, RollBack, RollBackPlan, Side, Wanted,
    },
    memory::{EpochMs, Key, MemoryId, Target},
    query::{Expr, NameField, Pattern, Term},
    store::{Cancel, Problem, Result},
};

/// A question about the past.
#[derive(Clone, Debug, PartialEq)]
pub enum Past {
    /// The versions of a memory.
    Versions {
        /// Which memory.
        id: MemoryId,
        /// A text that it holds: which version brought it is wanted, too.
        text: Option<String>,
    },
    /// A memory as a view of the past shows it. Answered by [`super::Reply::Memory`].
    Then {
        /// The view.
        view: ViewId,
        /// Which memory.
        key: Key,
    },
    /// What differs between two versions of a memory.
    Compare {
        /// Which memory.
        id: MemoryId,
        /// The one version.
        from: Side,
        /// The other.
        to: Side,
    },
    /// What erasing memories would take out.
    Erasure(Vec<Target>),
    /// Which memories of all stores say a sentence.
    WhoSays(String),
    /// What a roll-back would do.
    Plan(RollBack),
    /// What a memory of a plan is now and what it becomes.
    Return {
        /// The plan.
        plan: Arc<RollBackPlan>,
        /// The memory's place in it.
        at: usize,
    },
}

/// An answer about the past.
#[derive(Clone, Debug)]
pub enum PastReply {
    /// The versions of a memory.
    Versions {
        /// Which memory.
        id: MemoryId,
        /// Its versions, newest first.
        versions: Vec<MemoryVersion>,
        /// The one that brought the text that was asked for.
        blame: Option<usize>,
    },
    /// What differs between two versions.
    Compared {
        /// The one version.
        from: Side,
        /// The other.
        to: Side,
        /// The difference.
        view: ChangeView,
    },
    /// What erasing memories would take out.
    Erasure(Arc<ErasePlan>),
    /// The memories that say a sentence.
    Said(Box<Said>),
    /// What a roll-back would do.
    Plan(Arc<RollBackPlan>),
    /// What a memory of a plan is now and what it becomes.
    Return {
        /// Its place in the plan.
        at: usize,
        /// The difference.
        view: ChangeView,
    },
}

/// The answer to a question about the past.
pub(super) fn answer(
    desk: &mut Desk,
    curator: &mut Curator,
    past: Past,
    now: EpochMs,
) -> std::result::Result<Reply, CurateProblem> {
    Ok(Reply::Past(match past {
        Past::Then { view, key } => {
            return Ok(Reply::Memory { key, detail: desk.detail_in(view, key)?.map(Box::new) });
        }
        Past::Versions { id, text } => {
            let versions = curator.versions(&id, now)?;
            let blame = match text {
                Some(text) => curator.blame(&id, &versions, &text, now)?,
                None => None,
            };
            PastReply::Versions { id, versions, blame }
        }
        Past::Compare { id, from, to } => PastReply::Compared { from, to, view: curator.compare(&id, from, to, now)? },
        Past::Erasure(targets) => {
            let mut wanted = Vec::with_capacity(targets.len());
            for target in targets {
                let native = desk.reader(target.key.store)?.native(target.key.handle);
                wanted.push(Wanted { store: target.key.store, native, seen: Some(target.seen) });
            }
            PastReply::Erasure(Arc::new(curator.plan_erasure(&wanted, now)?))
        }
        Past::WhoSays(text) => PastReply::Said(Box::new(desk.who_says(&text)?)),
        Past::Plan(what) => {
            let grounds = desk.roll_back_grounds(&what)?;
            PastReply::Plan(Arc::new(curator.plan_roll_back(&what, &grounds, now)?))
        }
        Past::Return { plan, at } => {
            let Some(one) = plan.returns.get(at) else {
                return Err(CurateProblem::Store(Problem::Failed {
                    path: plan.what.clone().into(),
                    reason: "there is no such memory in the plan; make it again".to_owned(),
                }));
            };
            PastReply::Return { at, view: curator.return_view(one, now)? }
        }
    }))
}

impl Desk {
    /// What the catalogue knows of the memories that a roll-back is about.
    ///
    /// # Errors
    /// What a store says when it cannot be read, and that the catalogue is not complete yet: a roll-back of a part is none.
    pub fn roll_back_grounds(&mut self, what: &RollBack) -> Result<Grounds> {
        let name = |field, text: &str| Expr::Term(Term::Name(field, Pattern::exact(text)));
        let since = |at: EpochMs| Expr::Term(Term::Created(at, EpochMs::MAX));
        match what {
            RollBack::Version { .. } | RollBack::Versions { .. } | RollBack::Operations(_) => Ok(Grounds::default()),
            RollBack::Session(session) => {
                let captured = self.all_of(name(NameField::Session, session))?;
                Ok(Grounds { captured: self.targets(captured)?, within: Vec::new() })
            }
            RollBack::Agent { name: agent, since: at } => {
                let under = Expr::Term(Term::Name(NameField::Agent, Pattern::glob(&format!("{agent}/*"))));
                let his = Expr::Or(vec![name(NameField::Agent, agent), under]);
                let mut keys = self.all_of(Expr::And(vec![his, since(*at)]).normalised())?;
                for store in self.store_numbers() {
                    let signed = self.reader(store)?.signed(agent, *at)?;
                    keys.extend(signed.into_iter().map(|handle| Key { store, handle }));
                }
                keys.sort_unstable();
                keys.dedup();
                Ok(Grounds { captured: self.targets(keys)?, within: Vec::new() })
            }
            RollBack::Scope { name: scope, to } => {
                let within = self.all_of(name(NameField::Scope, scope))?;
                let later = Expr::And(vec![name(NameField::Scope, scope), since(*to)]).normalised();
                let captured = self.all_of(later)?;
                let captured: Vec<Target> = self.targets(captured)?;
                Ok(Grounds { captured, within })
            }
        }
    }

    /// Every memory that a filter matches, for certain.
    fn all_of(&mut self, filter: Expr) -> Result<Vec<Key>> {
        let view =
            self.view(&ViewSpec { filter, ..ViewSpec::default() }, None, &[], &Cancel::default(), &mut |_| {})?;
        if view.partial || !view.count.exact || view.remark.is_some() {
            let reason =
                view.remark.unwrap_or_else(|| "not all memories are read yet; try again in a moment".to_owned());
            return Err(Problem::Failed { path: "the roll-back was not worked out".into(), reason });
        }
        Ok(self.keys(view.id, 0..view.count.number))
    }
}
