//! How long to wait before the next try: twice as long each time, with jitter, up to a limit.
//!
//! The jitter is "full": anything between a floor and the full delay, so that thousands of
//! browsers do not come back in the same instant after a restart.

const FIRST: u32 = 500;
const LONGEST: u32 = 10_000;
const SHORTEST: u32 = 200;

/// Counts failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Milliseconds until the next try. `random` is between 0 and 1.
    pub fn next(&mut self, random: f64) -> u32 {
        let full = FIRST
            .saturating_mul(1 << self.failures.min(10))
            .min(LONGEST);
        self.failures += 1;
        // Within 0..=LONGEST, so nothing is cut off.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let jittered = (f64::from(full) * random.clamp(0.0, 1.0)) as u32;
        jittered.max(SHORTEST)
    }

    /// It worked: the next failure starts from the beginning.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_a_limit_and_starts_again_after_a_success() {
        let mut backoff = Backoff::default();
        let waits: Vec<u32> = (0..8).map(|_| backoff.next(1.0)).collect();
        assert_eq!(waits, [500, 1000, 2000, 4000, 8000, 10000, 10000, 10000]);
        backoff.reset();
        assert_eq!(backoff.next(1.0), 500);
    }

    #[test]
    fn jitter_spreads_the_wait_but_never_to_nothing() {
        let mut backoff = Backoff::default();
        backoff.next(1.0);
        backoff.next(1.0);
        assert_eq!(backoff.next(0.5), 1000);
        assert_eq!(backoff.next(0.0), SHORTEST);
    }
}
