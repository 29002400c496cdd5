//! Orders: sorting a million slots by a column, grouping them by scope, and finding one among them.

use super::{Group, Sort, SortKey, filter::Eye};

/// What a slot is sorted by, the smallest first.
type Measure<'a> = Box<dyn Fn(u32) -> u32 + 'a>;

/// Memories measured for sorting: value and place in the newest-first order, in one number each, so that a plain sort
/// of the numbers keeps ties newest first.
pub(crate) struct Measured(Vec<u64>);

impl Measured {
    fn new(slots: &[u32], measure: &dyn Fn(u32) -> u32, descending: bool) -> Self {
        let numbers = (0u64..).zip(slots).map(|(place, slot)| {
            let value = measure(*slot);
            (u64::from(if descending { !value } else { value }) << 32) | place
        });
        Self(numbers.collect())
    }

    fn slot(slots: &[u32], number: u64) -> u32 {
        let place = usize::try_from(number & u64::from(u32::MAX)).unwrap_or(usize::MAX);
        slots.get(place).copied().unwrap_or(u32::MAX)
    }

    /// The first `count` slots in order, found without sorting the rest.
    pub(crate) fn first(&mut self, slots: &[u32], count: usize) -> Vec<u32> {
        if count < self.0.len() {
            self.0.select_nth_unstable(count);
        }
        let mut first = self.0.get(..count.min(self.0.len())).unwrap_or_default().to_vec();
        first.sort_unstable();
        first.into_iter().map(|number| Self::slot(slots, number)).collect()
    }

    /// Puts all slots in order. The numbers become slots where they stand, because a third list of a million memories
    /// is one too many.
    pub(crate) fn all(mut self, slots: &mut Vec<u32>) {
        self.0.sort_unstable();
        for number in &mut self.0 {
            *number = Self::slot(slots, *number).into();
        }
        slots.clear();
        slots.extend(self.0.iter().map(|slot| u32::try_from(*slot).unwrap_or(u32::MAX)));
    }
}

/// Measures slots that come newest first. `None` where the order is a matter of time alone, or the caller's.
pub(crate) fn measured(eye: &Eye<'_>, slots: &[u32], sort: Sort) -> Option<Measured> {
    match sort.key {
        SortKey::Age | SortKey::Rank => None,
        key => Some(Measured::new(slots, &*measure(eye, key), sort.descending)),
    }
}

/// Turns newest first into oldest first; times that cannot be read stay last.
pub(crate) fn oldest_first(eye: &Eye<'_>, slots: &mut [u32]) {
    let known = slots.partition_point(|slot| eye.catalog.created(*slot) != super::block::UNKNOWN);
    if let Some(known) = slots.get_mut(..known) {
        known.reverse();
    }
}

fn measure<'a>(eye: &'a Eye<'_>, key: SortKey) -> Measure<'a> {
    let catalog = eye.catalog;
    let words = &catalog.words;
    match key {
        SortKey::Confidence => Box::new(move |slot| {
            let it = eye.subject(slot);
            // The bits of positive numbers sort as the numbers do.
            eye.aging.confidence(catalog, slot, it.fact, it.created).to_bits()
        }),
        SortKey::Scope => {
            let projects = words.projects.ranks(scope_name);
            let agents = words.agents.ranks(str::to_owned);
            Box::new(move |slot| {
                let fact = catalog.fact(slot);
                (rank(&projects, fact.project) << 16) | rank(&agents, fact.agent)
            })
        }
        SortKey::Kind => {
            let kinds = words.kinds.ranks(str::to_owned);
            Box::new(move |slot| rank(&kinds, catalog.fact(slot).kind))
        }
        SortKey::Size => Box::new(move |slot| catalog.fact(slot).tokens),
        SortKey::Cost => Box::new(move |slot| catalog.fact(slot).cost),
        SortKey::Age | SortKey::Rank => Box::new(|_| 0),
    }
}

fn rank(ranks: &[u16], id: u16) -> u32 {
    ranks.get(usize::from(id)).copied().unwrap_or(u16::MAX).into()
}

fn scope_name(project: &str) -> String {
    if project.is_empty() { "user".to_owned() } else { project.to_owned() }
}

/// Puts memories of the same scope together, scopes by name, each in the order in which they came.
pub(crate) fn group(eye: &Eye<'_>, slots: &mut Vec<u32>) -> Vec<Group> {
    let projects = &eye.catalog.words.projects;
    let ranks = projects.ranks(scope_name);
    let by_scope = |slot: u32| rank(&ranks, eye.catalog.fact(slot).project);
    Measured::new(slots, &by_scope, false).all(slots);
    let mut groups = Vec::new();
    let mut from = 0;
    for run in slots.chunk_by(|a, b| by_scope(*a) == by_scope(*b)) {
        let project = run.first().map(|slot| projects.name(eye.catalog.fact(*slot).project));
        groups.push(Group { scope: scope_name(project.unwrap_or_default()), from, count: run.len() });
        from += run.len();
    }
    groups
}
