//! The hub: which connections listen to which channel.
//!
//! Channels are spread over shards, each behind a std mutex that is never held across an await:
//! publishing walks a shard's subscribers and pushes a shared pointer into each one's queue. A
//! channel exists while somebody listens; publishing to nobody costs one look-up and encodes
//! nothing. Connections are also kept by id, with the credential they were opened with, so that
//! they can be closed from outside.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::value::RawValue;
use tokio::time::Instant;

use super::queue::{ChannelId, Item, Publication, Queue};
use crate::protocol::codes::DisconnectCode;
use crate::protocol::frame::Reply;

const SHARDS: usize = 64;

/// See the module's text.
#[derive(Debug)]
pub struct Hub {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    connections: Mutex<HashMap<u64, Arc<Link>>>,
    next_id: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    channels: HashMap<Arc<str>, Channel>,
}

#[derive(Debug)]
struct Channel {
    id: ChannelId,
    subscribers: HashMap<u64, Arc<Link>>,
}

/// The hub's end of a connection. The connection's task holds the other.
#[derive(Debug)]
pub struct Link {
    pub id: u64,
    pub queue: Queue,
    pub opened: Instant,
    /// Set once, when the connection has authenticated.
    credential: OnceLock<String>,
    heartbeat: Mutex<Heartbeat>,
    /// The connection waits for a handler and does not read: a pong may lie unread.
    is_busy: AtomicBool,
}

#[derive(Debug)]
struct Heartbeat {
    /// When the last ping was sent.
    pinged: Instant,
    awaiting_pong: bool,
}

/// The limits the sweep enforces.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    pub ping: std::time::Duration,
    pub pong: std::time::Duration,
    pub stale: std::time::Duration,
}

impl Default for Hub {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
            hasher: RandomState::new(),
            connections: Mutex::default(),
            next_id: AtomicU64::new(1),
        }
    }
}

impl Hub {
    /// Registers a new connection.
    pub fn open(&self, queue: Queue) -> Arc<Link> {
        let now = Instant::now();
        let link = Arc::new(Link {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            queue,
            opened: now,
            credential: OnceLock::new(),
            heartbeat: Mutex::new(Heartbeat {
                pinged: now,
                awaiting_pong: false,
            }),
            is_busy: AtomicBool::new(false),
        });
        lock(&self.connections).insert(link.id, link.clone());
        link
    }

    /// Forgets a connection that has ended all its subscriptions.
    pub fn close(&self, link: &Link) {
        lock(&self.connections).remove(&link.id);
    }

    /// Adds a subscriber. From here on, publications reach its queue.
    pub fn subscribe(&self, channel: &str, link: &Arc<Link>) -> ChannelId {
        let mut shard = self.shard(channel);
        if let Some(channel) = shard.channels.get_mut(channel) {
            channel.subscribers.insert(link.id, link.clone());
            return channel.id;
        }
        let id = ChannelId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let subscribers = HashMap::from([(link.id, link.clone())]);
        shard
            .channels
            .insert(channel.into(), Channel { id, subscribers });
        id
    }

    /// Removes a subscriber, and the channel with the last one.
    pub fn unsubscribe(&self, channel: &str, link: &Link) {
        let mut shard = self.shard(channel);
        if let Some(found) = shard.channels.get_mut(channel) {
            found.subscribers.remove(&link.id);
            if found.subscribers.is_empty() {
                shard.channels.remove(channel);
            }
        }
    }

    /// Hands a publication to all who listen. Calls for one channel must come in the order of
    /// their offsets. `data` is made only if there is anybody to read it.
    pub fn publish(
        &self,
        channel: &str,
        offset: u64,
        data: impl FnOnce() -> Option<Box<RawValue>>,
    ) {
        let shard = self.shard(channel);
        let Some(found) = shard.channels.get(channel) else {
            return;
        };
        let Some(frame) = data().and_then(|data| {
            serde_json::to_string(&Reply::publication(channel, data, offset)).ok()
        }) else {
            tracing::error!(channel, offset, "a publication could not be encoded");
            return;
        };
        let publication = Arc::new(Publication {
            channel: found.id,
            offset,
            frame: frame.into(),
        });
        for subscriber in found.subscribers.values() {
            subscriber
                .queue
                .push(Item::Publication(publication.clone()));
        }
    }

    /// Closes every connection that was opened with this credential.
    pub fn disconnect_label(&self, credential: &str, code: DisconnectCode) {
        for link in lock(&self.connections).values() {
            if link.credential.get().is_some_and(|own| own == credential) {
                link.queue.close(code);
            }
        }
    }

    /// The credentials that open connections were opened with.
    pub fn credentials(&self) -> HashSet<String> {
        lock(&self.connections)
            .values()
            .filter_map(|link| link.credential.get().cloned())
            .collect()
    }

    /// Closes every connection.
    pub fn disconnect_all(&self, code: DisconnectCode) {
        for link in lock(&self.connections).values() {
            link.queue.close(code);
        }
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        lock(&self.connections).len()
    }

    /// Looks at every connection: pings those that are due, closes those that never authenticated
    /// or do not answer. One walk a second replaces a timer per connection.
    pub fn sweep(&self, deadlines: &Deadlines) {
        let now = Instant::now();
        for link in lock(&self.connections).values() {
            if let Some(code) = link.tend(now, deadlines) {
                link.queue.close(code);
            }
        }
    }

    fn shard(&self, channel: &str) -> MutexGuard<'_, Shard> {
        // The remainder is below SHARDS, so it fits.
        #[allow(clippy::cast_possible_truncation)]
        let index = (self.hasher.hash_one(channel) % SHARDS as u64) as usize;
        lock(&self.shards[index])
    }
}

impl Link {
    /// Notes the credential that the connection was opened with.
    pub fn authenticated(&self, credential: String) {
        let _ = self.credential.set(credential);
    }

    pub fn is_authenticated(&self) -> bool {
        self.credential.get().is_some()
    }

    /// Notes whether the connection is waiting for a handler.
    pub fn set_busy(&self, is_busy: bool) {
        self.is_busy.store(is_busy, Ordering::Relaxed);
    }

    /// Takes a pong. False if no ping is waiting for one.
    pub fn pong(&self) -> bool {
        std::mem::take(&mut lock(&self.heartbeat).awaiting_pong)
    }

    fn tend(&self, now: Instant, deadlines: &Deadlines) -> Option<DisconnectCode> {
        if !self.is_authenticated() {
            let stale = now.duration_since(self.opened) >= deadlines.stale;
            return stale.then_some(DisconnectCode::Stale);
        }
        let mut heartbeat = lock(&self.heartbeat);
        let since = now.duration_since(heartbeat.pinged);
        if heartbeat.awaiting_pong {
            if self.is_busy.load(Ordering::Relaxed) {
                heartbeat.pinged = now;
                return None;
            }
            return (since >= deadlines.pong).then_some(DisconnectCode::NoPong);
        }
        if since >= deadlines.ping {
            heartbeat.pinged = now;
            heartbeat.awaiting_pong = true;
            self.queue.push(Item::Ping);
        }
        None
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every critical section leaves its data whole, even if it should panic.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;
    use crate::protocol::frame::raw;

    fn link(hub: &Hub) -> Arc<Link> {
        hub.open(Queue::new(1024))
    }

    fn offsets(link: &Link) -> Vec<u64> {
        let mut items = VecDeque::new();
        link.queue.drain(&mut items);
        items
            .into_iter()
            .filter_map(|item| match item {
                Item::Publication(publication) => Some(publication.offset),
                Item::Ping => None,
            })
            .collect()
    }

    #[tokio::test]
    async fn a_publication_reaches_its_subscribers_and_nobody_else() {
        let hub = Hub::default();
        let (ann, ben) = (link(&hub), link(&hub));
        hub.subscribe("a", &ann);
        hub.subscribe("b", &ben);
        hub.publish("a", 1, || raw(&7).ok());
        assert_eq!(offsets(&ann), [1]);
        assert!(offsets(&ben).is_empty());
    }

    #[tokio::test]
    async fn nothing_is_encoded_for_nobody() {
        let hub = Hub::default();
        let ann = link(&hub);
        hub.subscribe("a", &ann);
        hub.unsubscribe("a", &ann);
        hub.publish("a", 1, || unreachable!("nobody listens"));
    }

    #[tokio::test]
    async fn closing_a_credential_leaves_the_others_open() {
        let hub = Hub::default();
        let (ann, ben) = (link(&hub), link(&hub));
        ann.authenticated("session:1".into());
        ben.authenticated("session:2".into());
        hub.disconnect_label("session:1", DisconnectCode::ForceDisconnect);
        let mut items = VecDeque::new();
        assert!(ann.queue.drain(&mut items).is_some());
        assert!(ben.queue.drain(&mut items).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_is_pinged_and_closed_when_it_does_not_answer() {
        let hub = Hub::default();
        let deadlines = Deadlines {
            ping: Duration::from_secs(25),
            pong: Duration::from_secs(8),
            stale: Duration::from_secs(10),
        };
        let (answers, silent, stranger) = (link(&hub), link(&hub), link(&hub));
        answers.authenticated("session:1".into());
        silent.authenticated("session:2".into());
        tokio::time::advance(Duration::from_secs(25)).await;
        hub.sweep(&deadlines);
        assert!(answers.pong(), "it was pinged");
        assert!(!answers.pong(), "a second pong answers nothing");
        tokio::time::advance(Duration::from_secs(8)).await;
        hub.sweep(&deadlines);
        let mut items = VecDeque::new();
        assert_eq!(answers.queue.drain(&mut items), None);
        assert_eq!(silent.queue.drain(&mut items), Some(DisconnectCode::NoPong));
        assert_eq!(
            stranger.queue.drain(&mut items),
            Some(DisconnectCode::Stale)
        );
    }
}
