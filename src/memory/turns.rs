//! A row of things that a person decides one after the other: what stands together, what is left, what was decided when.

/// Something in such a row.
pub trait Turn {
    /// The cluster it stands in; neighbours with the same number belong together.
    fn cluster(&self) -> u32;

    /// The how-manieth decision was about it; `None` while it is open. What was decided at once shares the number.
    fn turn(&self) -> Option<u32>;
}

/// How many are open.
pub fn left(row: &[impl Turn]) -> usize {
    row.iter().filter(|one| one.turn().is_none()).count()
}

/// Places of the cluster of a place.
pub fn cluster(row: &[impl Turn], at: usize) -> Vec<usize> {
    let Some(number) = row.get(at).map(Turn::cluster) else { return Vec::new() };
    (0..row.len()).filter(|at| row.get(*at).is_some_and(|one| one.cluster() == number)).collect()
}

/// Places of the cluster of a place that are open.
pub fn rest_of_cluster(row: &[impl Turn], at: usize) -> Vec<usize> {
    cluster(row, at).into_iter().filter(|at| is_open(row, *at)).collect()
}

/// The next open place: this one or one behind it, else the first from the beginning; this one when none is open.
pub fn next_open(row: &[impl Turn], at: usize) -> usize {
    let open = |at: &usize| is_open(row, *at);
    (at..row.len()).find(open).or_else(|| (0..at.min(row.len())).find(open)).unwrap_or(at)
}

/// The next or previous open place, round the ends; this one when no other is open.
pub fn step(row: &[impl Turn], at: usize, forward: bool) -> usize {
    let all = row.len().max(1);
    let next = |at: usize| if forward { (at + 1) % all } else { (at + all - 1) % all };
    let mut place = next(at);
    while place != at && !is_open(row, place) {
        place = next(place);
    }
    place
}

/// The number of the latest decision; 0 when there was none.
pub fn last(row: &[impl Turn]) -> u32 {
    row.iter().filter_map(Turn::turn).max().unwrap_or(0)
}

fn is_open(row: &[impl Turn], at: usize) -> bool {
    row.get(at).is_some_and(|one| one.turn().is_none())
}
