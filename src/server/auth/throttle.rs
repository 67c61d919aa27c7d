//! Limits on guessing: attempts per account from one network, and per network.
//!
//! An account is not counted by itself: then anybody anywhere could keep its owner out.
//!
//! Every attempt counts, right or wrong, known account or not, so that the answer tells nothing.
//! An IPv6 client owns at least a /64, so that is what is counted.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::server::cluster::tally::Note;
use crate::server::error::{Error, Result};

/// Counts attempts to sign in or register.
#[derive(Debug)]
pub struct Throttle {
    accounts: DefaultKeyedRateLimiter<(String, IpAddr)>,
    addresses: DefaultKeyedRateLimiter<IpAddr>,
    note: Note<(String, IpAddr)>,
}

impl Throttle {
    pub fn new(per_account_per_minute: NonZeroU32, per_address_per_minute: NonZeroU32) -> Self {
        Self {
            accounts: RateLimiter::dashmap(Quota::per_minute(per_account_per_minute)),
            addresses: RateLimiter::dashmap(Quota::per_minute(per_address_per_minute)),
            note: Note::nowhere(),
        }
    }

    /// The same, with what is counted noted for other servers.
    #[must_use]
    pub fn noted(self, note: Note<(String, IpAddr)>) -> Self {
        Self { note, ..self }
    }

    /// Counts one attempt.
    ///
    /// # Errors
    /// `TooManyRequests` when this address has used up its attempts, for this account or in all.
    pub fn attempt(&self, account: &str, address: IpAddr) -> Result<()> {
        let network = network(address);
        check(&self.addresses, &network)?;
        let key = (account.to_owned(), network);
        check(&self.accounts, &key)?;
        self.note.take(&key);
        Ok(())
    }

    /// So many attempts were made on another server.
    pub fn elsewhere(&self, key: &(String, IpAddr), times: u32) {
        for _ in 0..times {
            // What is used up stays used up.
            let _ = self.addresses.check_key(&key.1);
            let _ = self.accounts.check_key(key);
        }
    }

    /// Forgets whoever has not tried lately.
    pub fn sweep(&self) {
        self.accounts.retain_recent();
        self.addresses.retain_recent();
    }
}

fn check<K: std::hash::Hash + Eq + Clone>(
    limiter: &DefaultKeyedRateLimiter<K>,
    key: &K,
) -> Result<()> {
    limiter.check_key(key).map_err(|not_until| {
        let wait = not_until.wait_time_from(DefaultClock::default().now());
        let seconds = u32::try_from(wait.as_secs() + 1).unwrap_or(u32::MAX);
        Error::TooManyRequests { seconds }
    })
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let prefix = u128::from(v6) & !u128::from(u64::MAX);
            IpAddr::V6(Ipv6Addr::from(prefix))
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle(accounts: u32, addresses: u32) -> Throttle {
        Throttle::new(
            NonZeroU32::new(accounts).unwrap(),
            NonZeroU32::new(addresses).unwrap(),
        )
    }

    #[test]
    fn an_account_has_so_many_attempts_from_one_network_and_its_owner_is_not_kept_out() {
        let throttle = throttle(2, 100);
        let from = |n: u8| IpAddr::from([10, 0, 0, n]);
        assert!(throttle.attempt("john", from(1)).is_ok());
        assert!(throttle.attempt("john", from(1)).is_ok());
        let refused = throttle.attempt("john", from(1));
        assert!(matches!(refused, Err(Error::TooManyRequests { seconds }) if seconds > 0));
        assert!(throttle.attempt("bill", from(1)).is_ok());
        assert!(throttle.attempt("john", from(2)).is_ok());
    }

    #[test]
    fn an_address_has_so_many_attempts_whatever_the_account() {
        let throttle = throttle(100, 2);
        let here: IpAddr = "2001:db8:1:2:aaaa::1".parse().unwrap();
        let same_network: IpAddr = "2001:db8:1:2:bbbb::2".parse().unwrap();
        let elsewhere: IpAddr = "2001:db8:1:3::1".parse().unwrap();
        assert!(throttle.attempt("a", here).is_ok());
        assert!(throttle.attempt("b", same_network).is_ok());
        assert!(throttle.attempt("c", here).is_err());
        assert!(throttle.attempt("c", elsewhere).is_ok());
    }

    #[test]
    fn attempts_on_another_server_count_for_the_account_and_the_network() {
        let throttle = throttle(3, 100);
        let here = IpAddr::from([10, 0, 0, 1]);
        throttle.elsewhere(&("john".to_owned(), here), 3);
        assert!(throttle.attempt("john", here).is_err());
        assert!(throttle.attempt("bill", here).is_ok());
    }
}
