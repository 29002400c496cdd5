//! A small seeded generator of numbers, so that every run writes the same database.

/// The `SplitMix64` generator, after Sebastiano Vigna's public-domain reference <https://prng.di.unimi.it/splitmix64.c> (Steele, Lea,
/// Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).
pub(crate) struct Prng(u64);

impl Prng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `limit`; the bias of the multiply-shift method is under one in 2³² here.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let wide = u128::from(self.next()) * u128::try_from(limit).unwrap_or(0);
        usize::try_from(wide >> 64).unwrap_or(0)
    }

    /// A number of `[from, to)`.
    pub(crate) fn between(&mut self, from: usize, to: usize) -> usize {
        from + self.below(to.saturating_sub(from).max(1))
    }

    /// The same as a signed number, for databases and times.
    pub(crate) fn number(&mut self, from: usize, to: usize) -> i64 {
        i64::try_from(self.between(from, to)).unwrap_or(i64::MAX)
    }

    /// True once in `n` times.
    pub(crate) fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// One of the list.
    pub(crate) fn of<'a>(&mut self, list: &[&'a str]) -> &'a str {
        let at = self.below(list.len());
        list.get(at).copied().unwrap_or("")
    }
}

/// Picks positions of a list by weights that fall as 1/(r log r) with r = rank + shift: Zipf's law, a little steeper,
/// with integers only.
pub(crate) struct Zipf(Vec<u64>);

impl Zipf {
    pub(crate) fn new(len: u64, shift: u64) -> Self {
        let mut sum = 0;
        Self(
            (0..len)
                .map(|rank| {
                    let r = rank + shift + 1;
                    sum += (1 << 40) / (r * u64::from(r.ilog2().max(1)));
                    sum
                })
                .collect(),
        )
    }

    pub(crate) fn pick(&self, prng: &mut Prng) -> usize {
        let total = self.0.last().copied().unwrap_or(1);
        let at = prng.next() % total.max(1);
        self.0.partition_point(|&sum| sum <= at)
    }
}
