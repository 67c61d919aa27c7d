//! What happens next in tests that play: drawn from a seed, so that what was found can be played again.
//!
//! The seed and how long to play come from the environment; whoever plays prints them.

use std::time::Duration;

/// Numbers that follow from a seed.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        // The generator of Sebastiano Vigna's "splitmix64".
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    pub fn millis(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }

    /// Whether it is the one time of so many.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of them, if there is any.
    pub fn pick<T: Clone>(&mut self, of: &[T]) -> Option<T> {
        let many = of.len() as u64;
        let at = (many > 0).then(|| self.below(many))?;
        of.get(usize::try_from(at).ok()?).cloned()
    }

    /// Between 0 and 1.
    pub fn share(&mut self) -> f64 {
        f64::from(u32::try_from(self.below(1000)).unwrap_or_default()) / 1000.0
    }

    pub fn bytes(&mut self) -> [u8; 16] {
        let [a, b] = [self.next(), self.next()];
        (u128::from(a) << 64 | u128::from(b)).to_be_bytes()
    }
}

/// A number that the environment may say.
pub fn from_environment(name: &str, otherwise: u64) -> u64 {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().unwrap())
}
