//! Sittings: which memories are due, in which order, and which of them stand together.

use std::{
    cmp::Reverse,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use super::{Desk, Library, Reply, listing::Listing};
use crate::{
    catalog::{Catalog, Fact, Sort, SortKey, ViewSpec},
    curate::{CurateProblem, Curator},
    memory::{EpochMs, Key, Likeness, Row, Seat, Sitting, SittingOrder},
    query::{Expr, Flag, Term},
    store::{Cancel, Problem, Result},
};

/// Memories in a sitting when a person does not say otherwise: what one gets through in a quarter of an hour.
pub const SITTING: usize = 50;
/// Memories that say the same as one of the sitting and are taken along.
const KIN: usize = 20;

/// What a new sitting is to be of.
#[derive(Clone, Debug, PartialEq)]
pub struct SittingPlan {
    /// The filter as it was typed; may be empty.
    pub query: String,
    /// The filter.
    pub filter: Expr,
    /// What it begins with.
    pub order: SittingOrder,
    /// How many memories at most.
    pub limit: usize,
    /// The number of the unfinished sitting that is given up for it.
    pub instead: Option<i64>,
}

/// A question or an order about sittings.
#[derive(Clone, Debug, PartialEq)]
pub enum Sit {
    /// Read the sitting that a person left before its end. Answered by [`Reply::Sitting`].
    Unfinished,
    /// Make the list of a new one and keep it. Answered by [`Reply::Sitting`].
    Begin(SittingPlan),
    /// Keep it as it is now. Answered by [`Reply::SittingKept`].
    Keep(Box<Sitting>),
}

/// A memory that a sitting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pick {
    slot: u32,
    session: u32,
    /// The place among the picks of the one that it says the same as.
    same_as: Option<usize>,
    created: EpochMs,
}

impl Desk {
    /// The list of a new sitting, with its lines, and how many memories are due in all. New ones come first, then those
    /// whose interval has run out, then those that nobody has judged; each in the order of the plan. What says the
    /// same as a memory of the list is taken along.
    ///
    /// # Errors
    /// What a store says when it cannot be read.
    pub fn sitting(&mut self, plan: &SittingPlan) -> Result<(Sitting, Vec<Row>, usize)> {
        self.outline()?;
        let now = self.library.now();
        if plan.filter.as_of().is_some() {
            let reason = "what was cannot be judged; leave `as-of:` out".to_owned();
            return Err(Problem::Failed { path: "a sitting".into(), reason });
        }
        let key = match plan.order {
            SittingOrder::Oldest => SortKey::Age,
            SittingOrder::Doubtful => SortKey::Confidence,
        };
        let filter = Expr::And(vec![plan.filter.clone(), Expr::Term(Term::Is(Flag::Due))]).normalised();
        let sort = Sort { key, descending: key == SortKey::Age };
        let view = self.view(&ViewSpec { filter, sort, grouped: false }, None, &[], &Cancel::default(), &mut |_| {})?;
        let due = view.count.number;
        let catalog = self.library.snapshot();
        let mut slots = match self.library.listings.get(view.id) {
            Some(Listing::Slots(slots)) => slots.as_ref().clone(),
            Some(Listing::Keys(_) | Listing::Then(..)) | None => Vec::new(),
        };
        slots.sort_by_cached_key(|slot| turn(&catalog, *slot, now));
        let picks = self.pick(&catalog, &slots, plan.limit);
        let order = stand_together(&picks);
        let keys: Vec<Key> = order.iter().filter_map(|(at, ..)| catalog.key(picks.get(*at)?.slot)).collect();
        let rows = self.rows(&keys)?;
        let by_key: HashMap<Key, &Row> = rows.iter().map(|row| (row.key, row)).collect();
        let seat = |(key, (_, cluster, likeness)): (&Key, &(usize, u32, Likeness))| {
            let row = by_key.get(key)?;
            Some(Seat {
                memory: *key,
                title: row.title.clone(),
                tokens: row.tokens,
                cluster: *cluster,
                likeness: *likeness,
                given: None,
            })
        };
        let seats = keys.iter().zip(&order).filter_map(seat).collect();
        let sitting = Sitting {
            id: 0,
            began: now,
            ended: None,
            query: plan.query.clone(),
            order: plan.order,
            at: 0,
            spent: 0,
            seats,
        };
        Ok((sitting, rows, due))
    }

    fn pick(&self, catalog: &Catalog, slots: &[u32], limit: usize) -> Vec<Pick> {
        let library = Arc::clone(&self.library);
        let mut builder = library.builder();
        let mut waiting: HashSet<u32> = slots.iter().copied().collect();
        let mut picks: Vec<Pick> = Vec::new();
        for &slot in slots {
            if picks.len() >= limit {
                break;
            }
            if !waiting.remove(&slot) {
                continue;
            }
            let leader = picks.len();
            picks.push(Pick {
                slot,
                session: builder.print(&library.shared, slot).session,
                same_as: None,
                created: catalog.created(slot),
            });
            if !catalog.fact(slot).is(Fact::ALIKE) {
                continue;
            }
            for kin in builder.alike(&library.shared, slot, KIN) {
                if picks.len() < limit && waiting.remove(&kin) {
                    let session = builder.print(&library.shared, kin).session;
                    picks.push(Pick { slot: kin, session, same_as: Some(leader), created: catalog.created(kin) });
                }
            }
        }
        picks
    }
}

/// Which turn a due memory has: new ones first, then those that come back, then the rest.
fn turn(catalog: &Catalog, slot: u32, now: EpochMs) -> u8 {
    if catalog.is_new(slot, catalog.created(slot), now) {
        0
    } else if catalog.overlay_at(slot).is_some_and(|overlay| overlay.reviewed_at.is_some()) {
        1
    } else {
        2
    }
}

/// The picks in the order of the sitting, each with its cluster and why it stands in it: those that say the same first
/// of all, then those of one session, where their first one stood.
fn stand_together(picks: &[Pick]) -> Vec<(usize, u32, Likeness)> {
    let same: Vec<bool> = {
        let mut same = vec![false; picks.len()];
        for (at, pick) in picks.iter().enumerate() {
            for place in pick.same_as.iter().flat_map(|leader| [*leader, at]) {
                if let Some(place) = same.get_mut(place) {
                    *place = true;
                }
            }
        }
        same
    };
    let alike = |at: usize| same.get(at).copied().unwrap_or_default();
    // What decides the cluster: the leader of those that say the same, or the session.
    let group = |at: usize, pick: &Pick| match (alike(at), pick.session) {
        (true, _) => (Likeness::Same, pick.same_as.unwrap_or(at) as u64),
        (false, 0) => (Likeness::None, at as u64),
        (false, session) => (Likeness::Session, u64::from(session)),
    };
    let mut numbers: HashMap<(Likeness, u64), (u32, usize)> = HashMap::new();
    let mut placed = Vec::with_capacity(picks.len());
    for (at, pick) in picks.iter().enumerate() {
        let group = group(at, pick);
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let (number, count) = numbers.entry(group).or_insert((next, 0));
        *count += 1;
        placed.push((at, *number, group));
    }
    // The newest of those that say the same comes first: it is the one to keep, and the rest goes at one key.
    let newest = |at: usize, likeness| match likeness {
        Likeness::Same => picks.get(at).map(|pick| Reverse(pick.created)),
        Likeness::Session | Likeness::None => None,
    };
    placed.sort_by_key(|(at, number, (likeness, _))| (*number, newest(*at, *likeness), *at));
    let alone = |group| numbers.get(&group).is_none_or(|(_, count)| *count < 2);
    placed
        .into_iter()
        .map(|(at, number, group)| (at, number, if alone(group) { Likeness::None } else { group.0 }))
        .collect()
}

/// Answers a question about sittings.
pub(super) fn sit(
    curator: &mut Curator,
    desk: &mut Desk,
    library: &Library,
    sit: Sit,
) -> std::result::Result<Reply, CurateProblem> {
    let now = library.now();
    match sit {
        Sit::Unfinished => {
            let Some(mut found) = curator.unfinished_sitting(now)? else {
                return Ok(Reply::Sitting { sitting: None, rows: Vec::new(), due: None });
            };
            for seat in &mut found.seats {
                // Taken back elsewhere: it is to be judged again.
                let operation = seat.given.and_then(|given| given.operation);
                if operation.map(|id| curator.is_undone(id)).transpose()?.unwrap_or_default() {
                    seat.given = None;
                }
            }
            let keys: Vec<Key> = found.seats.iter().map(|seat| seat.memory).collect();
            let rows = desk.rows(&keys)?;
            let left = still_open(found, &rows);
            Ok(Reply::Sitting { sitting: Some(Box::new(left)), rows, due: None })
        }
        Sit::Begin(plan) => {
            let (mut sitting, rows, due) = desk.sitting(&plan)?;
            if sitting.seats.is_empty() {
                return Ok(Reply::Sitting { sitting: None, rows, due: Some(due) });
            }
            let whole = plan.filter == Expr::All;
            sitting.id = curator.begin_sitting(&sitting, plan.instead, whole, now)?;
            if whole {
                (0..=u8::MAX).take(library.stores().len()).for_each(|store| library.sat(store, Some(now)));
            }
            Ok(Reply::Sitting { sitting: Some(Box::new(sitting)), rows, due: Some(due) })
        }
        Sit::Keep(sitting) => {
            curator.keep_sitting(&sitting, now)?;
            Ok(Reply::SittingKept)
        }
    }
}

/// A sitting without the memories that somebody pruned or judged elsewhere since it was left.
fn still_open(sitting: Sitting, rows: &[Row]) -> Sitting {
    let began = sitting.began;
    let judged: HashSet<Key> =
        sitting.seats.iter().filter(|seat| seat.given.is_some()).map(|seat| seat.memory).collect();
    let open: HashMap<Key, &Row> = rows.iter().map(|row| (row.key, row)).collect();
    let waits = |key: &Key| open.get(key).is_some_and(|row| row.overlay.reviewed_at.is_none_or(|at| at < began));
    let mut left = sitting.renamed(|key| (judged.contains(&key) || waits(&key)).then_some(key));
    if left.current().is_none_or(|seat| seat.given.is_some()) {
        left.go_on();
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pick(session: u32, same_as: Option<usize>, created: EpochMs) -> Pick {
        Pick { slot: 0, session, same_as, created }
    }

    #[test]
    fn likes_stand_together_where_the_first_of_them_stood() {
        let (alone, like) = (|session, created| pick(session, None, created), pick(9, Some(1), 9));
        let picks = [alone(7, 1), alone(8, 2), like, alone(7, 4), alone(0, 5), alone(5, 6)];
        let session = Likeness::Session;
        let expected = [
            (0, 0, session),
            (3, 0, session),
            (2, 1, Likeness::Same),
            (1, 1, Likeness::Same),
            (4, 2, Likeness::None),
            (5, 3, Likeness::None),
        ];
        assert_eq!(stand_together(&picks), expected);
        assert_eq!(stand_together(&[]), []);
    }
}
