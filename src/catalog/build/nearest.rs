//! Memories whose fingerprints differ least from one's.

use super::{Builder, Shared, snapshot};
use crate::catalog::twins::live_prints;

impl Builder {
    /// Live memories whose sketches differ from a memory's in at most `most` bits, the nearest first, itself left out;
    /// at most `limit`.
    pub(crate) fn nearest(&mut self, shared: &Shared, slot: u32, most: u32, limit: usize) -> Vec<u32> {
        let sketch = self.print(shared, slot).near;
        if sketch == 0 {
            return Vec::new();
        }
        let catalog = snapshot(shared);
        let mut found: Vec<(u32, u32)> = live_prints(&catalog, &self.prints)
            .filter(|(other, print)| *other != slot && print.near != 0)
            .map(|(other, print)| ((print.near ^ sketch).count_ones(), other))
            .filter(|(bits, _)| *bits <= most)
            .collect();
        if found.len() > limit {
            found.select_nth_unstable(limit);
            found.truncate(limit);
        }
        found.sort_unstable();
        found.into_iter().map(|(_, other)| other).collect()
    }
}
