//! The hub: which connections of this process listen to which channel.
//!
//! Channels are spread over shards, each behind a std mutex that is never held across an await:
//! publishing walks a channel's subscribers and pushes a shared pointer into each one's queue. A
//! channel exists while somebody listens; publishing to nobody costs one look-up and encodes
//! nothing. Connections are also kept by id and by user, so that they can be reached from outside.
//!
//! A subscriber is registered before it is known whether it may subscribe, so that nothing falls
//! between; until it has *entered* the channel nobody sees it there.

mod connections;
mod queries;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use self::connections::Connections;
use super::link::{Deadlines, Identity, Link};
use super::lock;
use super::order::{Missing, Order};
use super::queue::{ChannelId, Encoded, Item, Queue};
use super::whom::Whom;
use crate::protocol::codes::{Disconnect, DisconnectCode, UnsubscribeCode};
use crate::protocol::frame::{self, ClientInfo, Member, Publication, Push, Raw, Reply};

const SHARDS: usize = 64;

/// See the module's text.
#[derive(Debug)]
pub struct Hub {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    connections: Mutex<Connections>,
    next_id: AtomicU64,
}

type Shard = HashMap<Arc<str>, Channel>;

#[derive(Debug)]
struct Channel {
    id: ChannelId,
    order: Order<Arc<Encoded>>,
    subscribers: HashMap<u64, Subscriber>,
}

#[derive(Debug)]
struct Subscriber {
    link: Arc<Link>,
    /// What others see of it in this channel, once it has entered.
    entered: Option<Entered>,
}

#[derive(Clone, Debug)]
struct Entered {
    info: Option<Raw>,
}

/// How many connections and so on there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub clients: usize,
    pub users: usize,
    pub channels: usize,
    pub subscriptions: usize,
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

/// Connections.
impl Hub {
    /// Registers a new connection.
    pub fn open(&self, client: Uuid, queue: Queue) -> Arc<Link> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(Link::new(id, client, queue));
        lock(&self.connections).insert(link.clone());
        link
    }

    /// Notes who a connection belongs to, once it has authenticated and whenever that changes.
    pub fn identify(&self, link: &Link, identity: Identity) {
        lock(&self.connections).identify(link, identity);
    }

    /// Forgets a connection that has ended all its subscriptions.
    pub fn close(&self, link: &Link) {
        lock(&self.connections).remove(link);
    }

    /// The credentials that open connections were opened with.
    pub fn credentials(&self) -> Vec<String> {
        lock(&self.connections).credentials()
    }

    /// Closes these connections.
    pub fn disconnect(&self, whom: &Whom, disconnect: &Disconnect) {
        for link in self.links(whom) {
            link.queue.close(disconnect.clone());
        }
    }

    /// Gives an order to these connections.
    pub fn order(&self, whom: &Whom, order: super::queue::Order) {
        let order = Arc::new(order);
        for link in self.links(whom) {
            link.queue.push(Item::Order(order.clone()));
        }
    }

    /// Ends these connections' subscription to a channel: nothing published from now on reaches
    /// them, even before they have noticed.
    pub fn unsubscribe_by_server(&self, whom: &Whom, channel: &str, code: UnsubscribeCode) {
        let links = self.links(whom);
        {
            let mut shard = self.shard(channel);
            for link in &links {
                remove(&mut shard, channel, link);
            }
        }
        let order = Arc::new(super::queue::Order::Unsubscribe {
            channel: channel.to_owned(),
            code,
        });
        for link in links {
            link.queue.push(Item::Order(order.clone()));
        }
    }

    /// Looks at every connection: pings those that are due, wakes those that want to be woken,
    /// closes those that never authenticated or do not answer. One walk a second replaces a timer
    /// per connection.
    pub fn sweep(&self, deadlines: &Deadlines) {
        let now = Instant::now();
        for link in lock(&self.connections).all() {
            if let Some(code) = link.tend(now, deadlines) {
                link.queue.close(code.into());
            }
        }
    }

    fn links(&self, whom: &Whom) -> Vec<Arc<Link>> {
        lock(&self.connections).find(whom)
    }
}

/// Channels.
impl Hub {
    /// Adds a subscriber. From here on, publications reach its queue.
    pub fn subscribe(&self, channel: &str, link: &Arc<Link>) -> ChannelId {
        let subscriber = Subscriber {
            link: link.clone(),
            entered: None,
        };
        let mut shard = self.shard(channel);
        if let Some(found) = shard.get_mut(channel) {
            found.subscribers.insert(link.id, subscriber);
            return found.id;
        }
        let id = ChannelId(self.next_id.fetch_add(1, Ordering::Relaxed));
        let channel_entry = Channel {
            id,
            order: Order::default(),
            subscribers: HashMap::from([(link.id, subscriber)]),
        };
        shard.insert(channel.into(), channel_entry);
        id
    }

    /// A subscriber has been let in and goes on from a position, where the channel has positions.
    /// False if it was taken out of the channel meanwhile.
    pub fn enter(
        &self,
        channel: &str,
        link: &Link,
        position: Option<u64>,
        info: Option<Raw>,
    ) -> bool {
        let mut shard = self.shard(channel);
        let Some(found) = shard.get_mut(channel) else {
            return false;
        };
        let Some(subscriber) = found.subscribers.get_mut(&link.id) else {
            return false;
        };
        subscriber.entered = Some(Entered { info });
        if let Some(position) = position {
            found.order.note(position);
        }
        true
    }

    /// Removes a subscriber, and the channel with the last one.
    pub fn unsubscribe(&self, channel: &str, link: &Link) {
        remove(&mut self.shard(channel), channel, link);
    }

    /// Hands a publication to all who listen, in its place in the order of offsets. It is made
    /// and encoded only if there is anybody to read it.
    pub fn publish(&self, channel: &str, offset: u64, make: impl FnOnce() -> Option<Publication>) {
        let mut shard = self.shard(channel);
        let Some(found) = shard.get_mut(channel) else {
            return;
        };
        let encoded = make()
            .and_then(|publication| encode(&Reply::publication(channel, publication)))
            .map(|frame| found.encoded(offset, frame));
        let Some(encoded) = encoded else {
            tracing::error!(channel, offset, "a publication could not be encoded");
            return;
        };
        if offset == 0 {
            found.broadcast(&Item::Publication(encoded));
        } else if found.order.admits(offset) {
            found.order.delivered(offset);
            found.broadcast(&Item::Publication(encoded));
            found.release();
        } else {
            found.order.hold(offset, encoded);
        }
    }

    /// Tells those who want to hear it that somebody joined.
    pub fn joined(&self, channel: &str, info: &ClientInfo) {
        self.tell_members(
            channel,
            |member| Push {
                join: Some(member),
                ..Push::default()
            },
            info,
        );
    }

    /// Tells those who want to hear it that somebody left.
    pub fn left(&self, channel: &str, info: &ClientInfo) {
        self.tell_members(
            channel,
            |member| Push {
                leave: Some(member),
                ..Push::default()
            },
            info,
        );
    }

    fn tell_members(&self, channel: &str, push: impl FnOnce(Member) -> Push, info: &ClientInfo) {
        let shard = self.shard(channel);
        let Some(found) = shard.get(channel) else {
            return;
        };
        let member = Member { info: info.clone() };
        let reply = Reply::push(Push {
            channel: channel.to_owned(),
            ..push(member)
        });
        if let Some(frame) = encode(&reply) {
            found.broadcast(&Item::Membership(found.encoded(0, frame)));
        }
    }

    /// The channels in which publications have waited that long for earlier ones.
    pub fn overdue(&self, patience: Duration) -> Vec<(String, Missing)> {
        let now = Instant::now();
        let mut overdue = Vec::new();
        for shard in &self.shards {
            for (name, channel) in lock(shard).iter() {
                if let Some(missing) = channel.order.missing()
                    && now.duration_since(missing.since) >= patience
                {
                    overdue.push((name.to_string(), missing));
                }
            }
        }
        overdue
    }

    /// Lets go what waits in a channel, though something before it is missing.
    pub fn give_up(&self, channel: &str) {
        if let Some(found) = self.shard(channel).get_mut(channel) {
            found.order.give_up();
            found.release();
        }
    }

    fn shard(&self, channel: &str) -> MutexGuard<'_, Shard> {
        // The remainder is below SHARDS, so it fits.
        #[allow(clippy::cast_possible_truncation)]
        let index = (self.hasher.hash_one(channel) % SHARDS as u64) as usize;
        lock(&self.shards[index])
    }
}

impl Channel {
    fn encoded(&self, offset: u64, frame: String) -> Arc<Encoded> {
        Arc::new(Encoded {
            channel: self.id,
            offset,
            frame: frame.into(),
        })
    }

    fn broadcast(&self, item: &Item) {
        for subscriber in self.subscribers.values() {
            subscriber.link.queue.push(item.clone());
        }
    }

    /// Sends on what was held and whose time has come.
    fn release(&mut self) {
        while let Some(held) = self.order.take_next() {
            self.broadcast(&Item::Publication(held));
        }
    }
}

fn remove(shard: &mut Shard, channel: &str, link: &Link) {
    if let Some(found) = shard.get_mut(channel) {
        found.subscribers.remove(&link.id);
        if found.subscribers.is_empty() {
            shard.remove(channel);
        }
    }
}

fn encode(reply: &Reply) -> Option<String> {
    frame::to_line(reply).ok()
}

/// A process that ends tells everybody.
impl Hub {
    pub fn shut_down(&self) {
        self.disconnect(&Whom::Everybody, &DisconnectCode::Shutdown.into());
    }
}

#[cfg(test)]
mod tests;
