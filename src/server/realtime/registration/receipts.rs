//! What has come of publications that were asked for under a key: who asks again is given the same
//! answer, and nothing is published twice.
//!
//! Whoever publishes takes the key before, and leaves a receipt after: so of two who come with the same
//! key at once, one publishes, and the other waits for the receipt. Who has taken a key and leaves none
//! has died meanwhile, and after a moment somebody else may take it. What is kept is bounded: a key and
//! its channel are a digest, and a receipt is forgotten after five minutes.
//!
//! Where several processes publish to the same channels, the application brings receipts that all of them
//! see; what is here remembers for one process, as long as it lives.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::history::Answer;
use crate::protocol::frame::StreamPosition;
use crate::server::realtime::lock;

/// How long a receipt is kept.
pub const KEPT: Duration = Duration::from_mins(5);

/// For how long whoever has taken a key is believed to be at it.
pub const AT_IT: Duration = Duration::from_secs(10);

/// Receipts that one process keeps; with more within five minutes, the oldest are forgotten early.
const MOST: usize = 200_000;

/// A key of somebody's choice, for one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key([u8; 32]);

impl Key {
    pub fn new(channel: &str, key: &str) -> Self {
        let mut digest = Sha256::new();
        // No channel and key together look like another pair.
        digest.update((channel.len() as u64).to_be_bytes());
        digest.update(channel);
        digest.update(key);
        Self(digest.finalize().into())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What came of taking a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is for whoever asks to publish.
    ByYou,
    /// Somebody else is at it.
    BySomebody,
    /// It was published, and this is where it is, if it is kept.
    Published(Option<StreamPosition>),
}

/// Remembers what was published under which key.
pub trait Receipts: Send + Sync + 'static {
    /// Takes a key, if nobody has.
    fn take(&self, key: Key) -> Answer<'_, Taken>;

    /// It was published.
    fn leave(&self, key: Key, position: Option<StreamPosition>) -> Answer<'_, ()>;

    /// It could not be published: whoever comes with the key tries anew.
    fn give_back(&self, key: Key) -> Answer<'_, ()>;
}

/// Receipts that live as long as the process.
#[derive(Debug)]
pub struct MemoryReceipts {
    most: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_key: HashMap<Key, Receipt>,
    /// When each key was taken, the oldest first. One that was given back is here, and nowhere else.
    by_time: VecDeque<(Instant, Key)>,
}

#[derive(Debug)]
struct Receipt {
    taken: Instant,
    /// By somebody, or published.
    state: Taken,
}

impl Default for MemoryReceipts {
    fn default() -> Self {
        Self::new(MOST)
    }
}

impl MemoryReceipts {
    fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
        }
    }
}

impl Kept {
    fn take(&mut self, key: Key, now: Instant, most: usize) -> Taken {
        self.forget(now, most);
        if let Some(receipt) = self.by_key.get(&key) {
            let is_at_it = now.duration_since(receipt.taken) < AT_IT;
            if is_at_it || receipt.state != Taken::BySomebody {
                return receipt.state.clone();
            }
        }
        let receipt = Receipt {
            taken: now,
            state: Taken::BySomebody,
        };
        self.by_key.insert(key, receipt);
        self.by_time.push_back((now, key));
        Taken::ByYou
    }

    /// Forgets what was kept for long, and makes room for one more.
    fn forget(&mut self, now: Instant, most: usize) {
        while let Some((taken, key)) = self.by_time.front() {
            if now.duration_since(*taken) < KEPT && self.by_time.len() < most {
                return;
            }
            // It may have been taken again since.
            if self.by_key.get(key).is_some_and(|r| r.taken == *taken) {
                self.by_key.remove(key);
            }
            self.by_time.pop_front();
        }
    }
}

impl Receipts for MemoryReceipts {
    fn take(&self, key: Key) -> Answer<'_, Taken> {
        let taken = lock(&self.kept).take(key, Instant::now(), self.most);
        Box::pin(async { Ok(taken) })
    }

    fn leave(&self, key: Key, position: Option<StreamPosition>) -> Answer<'_, ()> {
        if let Some(receipt) = lock(&self.kept).by_key.get_mut(&key) {
            receipt.state = Taken::Published(position);
        }
        Box::pin(async { Ok(()) })
    }

    fn give_back(&self, key: Key) -> Answer<'_, ()> {
        lock(&self.kept).by_key.remove(&key);
        Box::pin(async { Ok(()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: usize) -> Key {
        Key::new("c", &n.to_string())
    }

    fn position(offset: u64) -> StreamPosition {
        StreamPosition {
            offset,
            epoch: "e".to_owned(),
        }
    }

    async fn take(receipts: &MemoryReceipts, n: usize) -> Taken {
        receipts.take(key(n)).await.unwrap()
    }

    #[test]
    fn a_key_belongs_to_its_channel() {
        assert_eq!(Key::new("a", "b"), Key::new("a", "b"));
        assert_ne!(Key::new("a", "b"), Key::new("b", "b"));
        assert_ne!(Key::new("ab", "c"), Key::new("a", "bc"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_receipt_is_given_for_five_minutes_and_then_the_key_is_a_new_one() {
        let receipts = MemoryReceipts::default();
        assert_eq!(take(&receipts, 1).await, Taken::ByYou);
        assert_eq!(take(&receipts, 1).await, Taken::BySomebody);
        receipts.leave(key(1), Some(position(7))).await.unwrap();
        tokio::time::advance(KEPT.saturating_sub(Duration::from_secs(1))).await;
        let published = Taken::Published(Some(position(7)));
        assert_eq!(take(&receipts, 1).await, published);
        assert_eq!(take(&receipts, 2).await, Taken::ByYou);
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(take(&receipts, 1).await, Taken::ByYou);
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_may_be_tried_again_and_so_may_what_nobody_is_at_any_more() {
        let receipts = MemoryReceipts::default();
        assert_eq!(take(&receipts, 1).await, Taken::ByYou);
        receipts.give_back(key(1)).await.unwrap();
        assert_eq!(take(&receipts, 1).await, Taken::ByYou);
        tokio::time::advance(AT_IT).await;
        assert_eq!(take(&receipts, 1).await, Taken::ByYou);
        receipts.leave(key(1), None).await.unwrap();
        // The time since the last who took it counts.
        tokio::time::advance(KEPT.saturating_sub(AT_IT)).await;
        assert_eq!(take(&receipts, 1).await, Taken::Published(None));
    }

    #[tokio::test]
    async fn there_is_room_for_so_many() {
        let receipts = MemoryReceipts::new(3);
        for n in 0..10 {
            assert_eq!(take(&receipts, n).await, Taken::ByYou);
            receipts.leave(key(n), None).await.unwrap();
            assert!(lock(&receipts.kept).by_key.len() <= 3);
            // What is given back takes no room for good.
            assert_eq!(take(&receipts, 100 + n).await, Taken::ByYou);
            receipts.give_back(key(100 + n)).await.unwrap();
            assert!(lock(&receipts.kept).by_time.len() <= 3);
        }
        assert_eq!(take(&receipts, 9).await, Taken::Published(None));
        assert_eq!(take(&receipts, 0).await, Taken::ByYou);
    }
}
