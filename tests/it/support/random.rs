//! Numbers that can be had again from their seed.

/// A small generator (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// The same seed in every run, unless the environment variable `SEED` has another: a number, or `random` for
    /// a new one. Printed, to have the same again.
    pub fn seeded(what: &str) -> Self {
        let seed = match std::env::var("SEED").as_deref() {
            Err(_) => 1,
            Ok("random") => {
                use std::hash::{BuildHasher, Hasher};
                std::hash::RandomState::new().build_hasher().finish()
            }
            Ok(seed) => seed.parse().expect("SEED is a number, or `random`"),
        };
        println!("{what}: SEED={seed}");
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).expect("below a usize")
    }

    /// True this often in a hundred.
    pub fn percent(&mut self, chance: usize) -> bool {
        self.below(100) < chance
    }

    /// One of the range.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(usize::try_from(most - least + 1).expect("a range"))).expect("small")
    }

    /// Any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}
