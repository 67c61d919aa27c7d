//! How much one person may post, change and ask, over all their sockets and requests together.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::protocol::UserId;
use crate::server::error::{Error, Result};

/// Counts what each does: a person, or whatever else the key tells apart.
#[derive(Debug)]
pub struct Pace<K: Copy + Hash + Eq = UserId>(DefaultKeyedRateLimiter<K>);

impl<K: Copy + Hash + Eq> Pace<K> {
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self(RateLimiter::dashmap(
            Quota::per_second(per_second).allow_burst(burst),
        ))
    }

    /// For what nobody needs to do often: so much a minute, of which all may come at once.
    pub fn by_the_minute(most: NonZeroU32) -> Self {
        Self(RateLimiter::dashmap(Quota::per_minute(most)))
    }

    /// Counts one of them.
    ///
    /// # Errors
    /// `TooManyRequests` for who is too fast.
    pub fn step(&self, who: K) -> Result<()> {
        self.0.check_key(&who).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            let seconds = u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX);
            Error::TooManyRequests { seconds }
        })
    }

    /// Forgets whoever has done nothing lately.
    pub fn sweep(&self) {
        self.0.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_a_pace_of_their_own() {
        let two = NonZeroU32::MIN.saturating_add(1);
        let pace = Pace::new(NonZeroU32::MIN, two);
        assert!(pace.step(UserId(1)).is_ok());
        assert!(pace.step(UserId(1)).is_ok());
        let refused = pace.step(UserId(1));
        assert!(matches!(refused, Err(Error::TooManyRequests { seconds }) if seconds > 0));
        assert!(pace.step(UserId(2)).is_ok());
    }
}
