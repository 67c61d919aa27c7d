//! How much of the writer's queue one person may fill: a part of it, so that others get in too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::protocol::UserId;

/// Counts what of each person is in the queue.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    most: usize,
    taken: Arc<Mutex<HashMap<UserId, usize>>>,
}

/// A place in the queue; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Share {
    of: UserId,
    shares: Shares,
}

impl Shares {
    pub fn of(most: usize) -> Self {
        Self {
            most,
            taken: Arc::default(),
        }
    }

    /// A place for that person, if they may have another one.
    pub fn take(&self, of: UserId) -> Option<Share> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(of).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Share {
            of,
            shares: self.clone(),
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let shares = &self.shares;
        let mut taken = shares.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = taken.get_mut(&self.of) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.of);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_so_many_places_and_another_has_as_many() {
        let shares = Shares::of(2);
        let first = shares.take(UserId(1));
        let second = shares.take(UserId(1));
        assert!(first.is_some() && second.is_some());
        assert!(shares.take(UserId(1)).is_none());
        assert!(shares.take(UserId(2)).is_some());
        drop(first);
        assert!(shares.take(UserId(1)).is_some());
        drop(second);
        assert!(shares.taken.lock().unwrap().is_empty());
    }
}
