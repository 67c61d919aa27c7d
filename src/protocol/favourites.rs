//! The threads that somebody has put on top of their list, in an order of their own.
//!
//! They are told as the whole list, not as a move: saying it twice is harmless, and of two devices the
//! last word counts.

use serde::{Deserialize, Serialize};

use super::ThreadId;

/// Favourites of one person, at most.
pub const FAVOURITES: usize = 100;

/// All favourites, from the top.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Favourites {
    pub threads: Vec<ThreadId>,
}

/// What is done with one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Favour {
    /// Puts it below the others.
    Add,
    Remove,
    Up,
    Down,
}

impl Favour {
    pub const ALL: [Self; 4] = [Self::Add, Self::Remove, Self::Up, Self::Down];

    /// As forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Up => "up",
            Self::Down => "down",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|favour| favour.name() == name)
    }
}

impl Favourites {
    /// The same list after that was done. What cannot be done changes nothing.
    #[must_use]
    pub fn after(mut self, favour: Favour, thread: ThreadId) -> Self {
        let threads = &mut self.threads;
        let at = threads.iter().position(|known| *known == thread);
        match (favour, at) {
            (Favour::Add, None) if threads.len() < FAVOURITES => threads.push(thread),
            (Favour::Remove, Some(at)) => drop(threads.remove(at)),
            (Favour::Up, Some(at)) if at > 0 => threads.swap(at, at - 1),
            (Favour::Down, Some(at)) if at + 1 < threads.len() => threads.swap(at, at + 1),
            _ => {}
        }
        self
    }

    /// Each once, and no more than there may be.
    #[must_use]
    pub fn sound(self) -> Self {
        let mut threads = Vec::new();
        for thread in self.threads {
            if threads.len() < FAVOURITES && !threads.contains(&thread) {
                threads.push(thread);
            }
        }
        Self { threads }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(ids: &[i64]) -> Favourites {
        let threads = ids.iter().map(|id| ThreadId(*id)).collect();
        Favourites { threads }
    }

    #[test]
    fn they_are_put_moved_and_taken_away_and_what_cannot_be_done_changes_nothing() {
        let all = || list(&[1, 2, 3]);
        for (favour, thread, expected) in [
            (Favour::Add, 4, list(&[1, 2, 3, 4])),
            (Favour::Add, 2, all()),
            (Favour::Remove, 2, list(&[1, 3])),
            (Favour::Remove, 9, all()),
            (Favour::Up, 2, list(&[2, 1, 3])),
            (Favour::Up, 1, all()),
            (Favour::Up, 9, all()),
            (Favour::Down, 2, list(&[1, 3, 2])),
            (Favour::Down, 3, all()),
        ] {
            assert_eq!(
                all().after(favour, ThreadId(thread)),
                expected,
                "{favour:?} {thread}"
            );
        }
        let many: Vec<i64> = (0..200).collect();
        assert_eq!(list(&many).sound().threads.len(), FAVOURITES);
        let full = list(&many).sound();
        assert_eq!(full.clone().after(Favour::Add, ThreadId(999)), full);
        assert_eq!(list(&[1, 2, 1]).sound(), list(&[1, 2]));
    }

    #[test]
    fn what_is_done_keeps_its_name() {
        for favour in Favour::ALL {
            assert_eq!(Favour::parse(favour.name()), Some(favour));
        }
        assert_eq!(Favour::parse("sideways"), None);
    }
}
