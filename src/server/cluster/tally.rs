//! What is limited for each person or network, counted for all servers together.
//!
//! Each server decides by itself and at once, and tells the others several times a second what was done
//! here; they count it as if it had been done there. So somebody who goes from server to server gains a
//! fraction of a second, and nobody waits for a bus to be let in. (Who uses several at once, all the time,
//! has up to as many times the share: a server can only take away what is left.)

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::protocol::UserId;

/// Something that was done, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Counted {
    Post(UserId),
    Change(UserId),
    Lookup(UserId),
    /// An attempt to get into an account, from a network.
    Attempt(String, IpAddr),
}

/// What was done here and was not told yet. Cloned freely.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<HashMap<Counted, u32>>>);

impl Tally {
    pub fn add(&self, counted: Counted) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(counted).or_default() += 1;
    }

    pub fn take(&self) -> Vec<(Counted, u32)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.drain().collect()
    }
}

/// Where each thing that is done is noted, if there are others who must know.
pub struct Note<K>(Option<Noting<K>>);

type Noting<K> = Box<dyn Fn(&K) + Send + Sync>;

impl<K> Note<K> {
    /// Nobody has to know.
    pub fn nowhere() -> Self {
        Self(None)
    }

    pub fn of(note: impl Fn(&K) + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(note)))
    }

    pub fn take(&self, who: &K) {
        if let Some(note) = &self.0 {
            note(who);
        }
    }
}

impl<K> std::fmt::Debug for Note<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() {
            "Noted"
        } else {
            "NotNoted"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_once_with_how_often() {
        let tally = Tally::default();
        let count = tally.clone();
        let note = Note::of(move |who: &UserId| count.add(Counted::Post(*who)));
        note.take(&UserId(1));
        note.take(&UserId(1));
        assert_eq!(tally.take(), [(Counted::Post(UserId(1)), 2)]);
        assert_eq!(tally.take(), []);
    }
}
