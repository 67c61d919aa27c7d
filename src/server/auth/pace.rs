//! How much one person may post, change and ask, over all their sockets and requests together.

use std::hash::Hash;
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::protocol::UserId;
use crate::server::cluster::tally::Note;
use crate::server::error::{Error, Result};

/// Counts what each does: a person, or whatever else the key tells apart.
#[derive(Debug)]
pub struct Pace<K: Copy + Hash + Eq = UserId> {
    limiter: DefaultKeyedRateLimiter<K>,
    note: Note<K>,
}

impl<K: Copy + Hash + Eq> Pace<K> {
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        Self::of(Quota::per_second(per_second).allow_burst(burst))
    }

    /// For what nobody needs to do often: so much a minute, of which all may come at once.
    pub fn by_the_minute(most: NonZeroU32) -> Self {
        Self::of(Quota::per_minute(most))
    }

    fn of(quota: Quota) -> Self {
        Self {
            limiter: RateLimiter::dashmap(quota),
            note: Note::nowhere(),
        }
    }

    /// The same, with what is counted noted for other servers.
    #[must_use]
    pub fn noted(self, note: Note<K>) -> Self {
        Self { note, ..self }
    }

    /// Counts one of them.
    ///
    /// # Errors
    /// `TooManyRequests` for who is too fast.
    pub fn step(&self, who: K) -> Result<()> {
        self.limiter.check_key(&who).map_err(|not_until| {
            let wait = not_until.wait_time_from(DefaultClock::default().now());
            let seconds = u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX);
            Error::TooManyRequests { seconds }
        })?;
        self.note.take(&who);
        Ok(())
    }

    /// So much was done on another server.
    pub fn elsewhere(&self, who: K, times: u32) {
        for _ in 0..times {
            if self.limiter.check_key(&who).is_err() {
                return;
            }
        }
    }

    /// Forgets whoever has done nothing lately.
    pub fn sweep(&self) {
        self.limiter.retain_recent();
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

    #[test]
    fn what_was_done_on_another_server_counts_here_and_is_not_told_again() {
        let three = NonZeroU32::MIN.saturating_add(2);
        let noted = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
        let count = noted.clone();
        let pace = Pace::new(NonZeroU32::MIN, three).noted(Note::of(move |_: &UserId| {
            count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }));
        pace.elsewhere(UserId(1), 2);
        assert!(pace.step(UserId(1)).is_ok());
        assert!(pace.step(UserId(1)).is_err());
        assert_eq!(noted.load(std::sync::atomic::Ordering::Relaxed), 1);
    }
}
