//! Orders: sorting a million slots by a column, grouping them by scope, and finding one among them.

use super::{Group, Sort, SortKey, filter::Eye};

/// What a slot is sorted by, the smallest first.
type Measure<'a> = Box<dyn Fn(u32) -> u32 + 'a>;

/// Sorts slots that come newest first; ties stay newest first. `Rank` and `Age` are the caller's.
pub(crate) fn arrange(eye: &Eye<'_>, slots: &mut Vec<u32>, sort: Sort) {
    match sort.key {
        SortKey::Age if sort.descending => {
            // Oldest first; times that cannot be read stay last.
            let known = slots.partition_point(|slot| eye.catalog.created(*slot) != super::block::UNKNOWN);
            if let Some(known) = slots.get_mut(..known) {
                known.reverse();
            }
        }
        SortKey::Age | SortKey::Rank => {}
        key => {
            let measure = measure(eye, key);
            sort_by(slots, &*measure, sort.descending);
        }
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

/// A stable sort by a number: counting, by 16 bits at a time, because a million slots and few distinct numbers are
/// what there is.
fn sort_by(slots: &mut Vec<u32>, measure: &dyn Fn(u32) -> u32, descending: bool) {
    let mut pairs: Vec<(u32, u32)> = slots
        .iter()
        .map(|slot| {
            let value = measure(*slot);
            (if descending { !value } else { value }, *slot)
        })
        .collect();
    if pairs.len() < 50_000 {
        pairs.sort_by_key(|(value, _)| *value);
        slots.clear();
        slots.extend(pairs.iter().map(|(_, slot)| *slot));
        return;
    }
    let mut spare = vec![(0, 0); pairs.len()];
    for shift in [0, 16] {
        let digit = |pair: &(u32, u32)| (pair.0 >> shift) as usize & 0xffff;
        let mut starts = vec![0usize; 0x1_0000];
        for pair in &pairs {
            if let Some(count) = starts.get_mut(digit(pair)) {
                *count += 1;
            }
        }
        if starts.contains(&pairs.len()) {
            continue;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += std::mem::replace(start, sum);
        }
        for pair in &pairs {
            if let Some(start) = starts.get_mut(digit(pair)) {
                if let Some(place) = spare.get_mut(*start) {
                    *place = *pair;
                }
                *start += 1;
            }
        }
        std::mem::swap(&mut pairs, &mut spare);
    }
    drop(spare);
    slots.clear();
    slots.extend(pairs.iter().map(|(_, slot)| *slot));
}

/// Puts memories of the same scope together, scopes by name, each in the order in which they came.
pub(crate) fn group(eye: &Eye<'_>, slots: &mut Vec<u32>) -> Vec<Group> {
    let projects = &eye.catalog.words.projects;
    let ranks = projects.ranks(scope_name);
    let by_scope = |slot: u32| rank(&ranks, eye.catalog.fact(slot).project);
    sort_by(slots, &by_scope, false);
    let mut groups = Vec::new();
    let mut from = 0;
    for run in slots.chunk_by(|a, b| by_scope(*a) == by_scope(*b)) {
        let project = run.first().map(|slot| projects.name(eye.catalog.fact(*slot).project));
        groups.push(Group { scope: scope_name(project.unwrap_or_default()), from, count: run.len() });
        from += run.len();
    }
    groups
}
