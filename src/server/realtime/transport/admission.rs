//! How many sockets there may be: in all, from one address, of one person.
//!
//! Each costs memory and a file, so without a ceiling one client could take them all. Whoever is
//! turned away is told why, and so is the log.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use crate::server::realtime::lock;

/// The most sockets that may be open at once.
#[derive(Clone, Copy, Debug)]
pub struct Ceilings {
    pub in_all: usize,
    pub per_person: usize,
    pub per_address: usize,
}

impl Default for Ceilings {
    fn default() -> Self {
        Self {
            in_all: 1_000_000,
            per_person: 100_000,
            per_address: 1_000_000,
        }
    }
}

/// Counts open sockets.
#[derive(Clone, Debug, Default)]
pub struct Admission(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    in_all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// A place among the open sockets; dropping it gives it back.
#[derive(Debug)]
pub struct Admitted {
    address: IpAddr,
    counts: Admission,
}

/// Which ceiling was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    InAll,
    FromAddress,
}

impl Full {
    pub fn reason(self) -> &'static str {
        match self {
            Self::InAll => "this server has as many connections as it may have",
            Self::FromAddress => "there are too many connections from this address",
        }
    }
}

impl Admission {
    /// A place for a socket from that address.
    ///
    /// # Errors
    /// There is none.
    pub fn admit(&self, address: IpAddr, ceilings: &Ceilings) -> Result<Admitted, Full> {
        let mut counts = lock(&self.0);
        if counts.in_all >= ceilings.in_all {
            return Err(Full::InAll);
        }
        let here = counts.by_address.entry(address).or_default();
        if *here >= ceilings.per_address {
            return Err(Full::FromAddress);
        }
        *here += 1;
        counts.in_all += 1;
        Ok(Admitted {
            address,
            counts: self.clone(),
        })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts.0);
        counts.in_all -= 1;
        if let Some(here) = counts.by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many_in_all_and_from_one_address() {
        let ceilings = Ceilings {
            in_all: 3,
            per_address: 2,
            per_person: 9,
        };
        let admission = Admission::default();
        let from = |n: u8| admission.admit(IpAddr::from([10, 0, 0, n]), &ceilings);
        let first = from(1).unwrap();
        let _second = from(1).unwrap();
        assert_eq!(from(1).unwrap_err(), Full::FromAddress);
        let _third = from(2).unwrap();
        assert_eq!(from(3).unwrap_err(), Full::InAll);
        drop(first);
        assert!(from(3).is_ok());
    }
}
