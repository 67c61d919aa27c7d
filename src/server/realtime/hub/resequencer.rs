//! Puts the publications of a channel into the order of their offsets.
//!
//! A bus between several servers may deliver 6 before 5. A publication that comes early is held
//! until the ones before it have come, have been read from the history, or are given up; in that
//! last case each subscriber notices the gap itself. A publication that comes late passes at once,
//! because a subscriber drops what it has already.
//!
//! Which offset is expected first is learned from the positions of the first subscribers. They
//! register before they read where the stream stands. So everything after the lowest of their
//! positions either is still to come, or was kept for a subscriber that is not live yet, which
//! sorts it by itself.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// Publications held in one channel, and their bytes. What comes early beyond that is not kept: it
/// will be read from the history with what is missing.
const HELD: usize = 1024;
const HELD_BYTES: usize = 1024 * 1024;

/// What has gone out of one channel, and what is held because it came early.
#[derive(Debug)]
pub struct Resequencer<T> {
    /// The offset that comes next, once known.
    next: Option<u64>,
    has_delivered: bool,
    early: BTreeMap<u64, Held<T>>,
    bytes: usize,
    /// The newest that came early, whether or not there was room for it.
    newest: u64,
    early_since: Option<Instant>,
}

#[derive(Debug)]
struct Held<T> {
    item: T,
    bytes: usize,
}

impl<T> Default for Resequencer<T> {
    fn default() -> Self {
        Self {
            next: None,
            has_delivered: false,
            early: BTreeMap::new(),
            bytes: 0,
            newest: 0,
            early_since: None,
        }
    }
}

/// What a channel waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The last offset that was delivered.
    pub after: u64,
    pub before: u64,
    pub since: Instant,
}

impl<T> Resequencer<T> {
    /// A subscriber begins after that offset.
    pub fn note(&mut self, position: u64) {
        if !self.has_delivered {
            let next = position + 1;
            self.next = Some(self.next.map_or(next, |known| known.min(next)));
        }
    }

    /// Whether a publication with that offset goes out now. Otherwise it is to be held.
    pub fn admits(&self, offset: u64) -> bool {
        self.next.is_none_or(|next| offset <= next)
    }

    /// The last offset that went out, or that the first subscriber had. Nothing before there was a
    /// subscriber.
    pub fn position(&self) -> Option<u64> {
        Some(self.next?.saturating_sub(1))
    }

    /// Keeps what came early, as long as there is room.
    pub fn hold(&mut self, offset: u64, early: T, bytes: usize) {
        self.early_since.get_or_insert_with(Instant::now);
        self.newest = self.newest.max(offset);
        if self.early.contains_key(&offset)
            || self.early.len() >= HELD
            || self.bytes + bytes > HELD_BYTES && !self.early.is_empty()
        {
            return;
        }
        self.bytes += bytes;
        self.early.insert(offset, Held { item: early, bytes });
    }

    /// What is held because it came early.
    pub fn held(&self) -> impl Iterator<Item = &T> {
        self.early.values().map(|held| &held.item)
    }

    /// Notes that a publication went out. Before there was a subscriber this is ignored: it may be
    /// an old publication that comes again.
    pub fn delivered(&mut self, offset: u64) {
        if let Some(next) = &mut self.next {
            *next = (*next).max(offset + 1);
            self.has_delivered = true;
            if self.early_since.is_some() && self.before().is_none() {
                self.early_since = None;
            }
        }
    }

    /// The next one of those held, if its time has come.
    pub fn take_next(&mut self) -> Option<T> {
        let (offset, _) = self.early.first_key_value()?;
        if !self.admits(*offset) {
            return None;
        }
        let (offset, held) = self.early.pop_first()?;
        self.bytes -= held.bytes;
        self.delivered(offset);
        // What is missing now is something else, and has only just begun to be.
        self.early_since = self.before().map(|_| Instant::now());
        Some(held.item)
    }

    /// What is missing, if something waits for it.
    pub fn missing(&self) -> Option<Missing> {
        Some(Missing {
            after: self.next?.saturating_sub(1),
            before: self.before()?,
            since: self.early_since?,
        })
    }

    /// The first that waits, or would if there had been room for it.
    fn before(&self) -> Option<u64> {
        let first = self.early.first_key_value().map(|(first, _)| *first);
        first.or_else(|| (self.newest >= self.next?).then_some(self.newest + 1))
    }

    /// Gives up what is missing before the first that waits.
    pub fn give_up(&mut self) {
        if let Some(first) = self.before() {
            self.next = Some(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What goes out when these arrive.
    fn arrive(resequencer: &mut Resequencer<u64>, offset: u64) -> Vec<u64> {
        if !resequencer.admits(offset) {
            resequencer.hold(offset, offset, 1);
            return vec![];
        }
        resequencer.delivered(offset);
        let mut out = vec![offset];
        while let Some(next) = resequencer.take_next() {
            out.push(next);
        }
        out
    }

    #[test]
    fn what_comes_early_waits_for_what_is_missing() {
        let mut resequencer = Resequencer::default();
        resequencer.note(4);
        assert!(arrive(&mut resequencer, 6).is_empty());
        assert_eq!(
            resequencer.missing().map(|m| (m.after, m.before)),
            Some((4, 6))
        );
        assert_eq!(arrive(&mut resequencer, 5), [5, 6]);
        assert_eq!(resequencer.missing(), None);
        assert_eq!(arrive(&mut resequencer, 7), [7]);
    }

    #[tokio::test(start_paused = true)]
    async fn each_gap_has_its_own_time() {
        let mut resequencer = Resequencer::default();
        resequencer.note(0);
        for offset in [2, 4] {
            arrive(&mut resequencer, offset);
        }
        tokio::time::advance(std::time::Duration::from_secs(5)).await;
        assert_eq!(arrive(&mut resequencer, 1), [1, 2]);
        let missing = resequencer.missing().unwrap();
        assert_eq!((missing.after, missing.before), (2, 4));
        assert_eq!(missing.since, Instant::now());
    }

    #[test]
    fn what_never_comes_is_given_up() {
        let mut resequencer = Resequencer::default();
        resequencer.note(0);
        arrive(&mut resequencer, 1);
        arrive(&mut resequencer, 3);
        arrive(&mut resequencer, 4);
        resequencer.give_up();
        assert_eq!(resequencer.take_next(), Some(3));
        arrive(&mut resequencer, 6);
        assert_eq!(resequencer.take_next(), Some(4));
        assert_eq!(resequencer.take_next(), None);
        let missing = resequencer.missing().map(|m| (m.after, m.before));
        assert_eq!(
            missing,
            Some((4, 6)),
            "what waits behind another gap is not forgotten"
        );
    }

    #[test]
    fn what_comes_early_beyond_the_room_is_left_to_the_history_and_goes_out_in_order() {
        let mut resequencer = Resequencer::default();
        resequencer.note(0);
        for offset in 2..=3000 {
            assert!(arrive(&mut resequencer, offset).is_empty(), "{offset}");
        }
        let large = HELD_BYTES - HELD + 1;
        resequencer.hold(5000, 5000, large);
        let out = arrive(&mut resequencer, 1);
        let kept = HELD as u64;
        assert_eq!(out, (1..=1 + kept).collect::<Vec<_>>());
        assert_eq!(resequencer.position(), Some(1 + kept));
        assert_eq!(resequencer.bytes, 0);
        let missing = resequencer.missing().map(|m| (m.after, m.before));
        assert_eq!(missing, Some((1 + kept, 5001)), "up to the newest");
        for offset in 2 + kept..=5000 {
            assert_eq!(arrive(&mut resequencer, offset), [offset]);
        }
        assert_eq!(
            (resequencer.missing(), resequencer.early_since),
            (None, None)
        );
    }

    #[test]
    fn the_lowest_position_counts_until_something_was_delivered() {
        let mut resequencer = Resequencer::<u64>::default();
        resequencer.note(7);
        resequencer.note(5);
        assert!(!resequencer.admits(7));
        assert!(resequencer.admits(6));
        resequencer.delivered(6);
        resequencer.note(2);
        assert!(resequencer.admits(7));
        assert!(!resequencer.admits(8));
    }

    proptest! {
        #[test]
        fn any_order_of_arrival_leaves_in_the_order_of_offsets(
            arrivals in Just((1..=40u64).collect::<Vec<_>>()).prop_shuffle()
        ) {
            let mut resequencer = Resequencer::default();
            resequencer.note(0);
            let out: Vec<u64> = arrivals
                .into_iter()
                .flat_map(|offset| arrive(&mut resequencer, offset))
                .collect();
            prop_assert_eq!(out, (1..=40).collect::<Vec<_>>());
        }
    }
}
