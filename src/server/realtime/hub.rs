//! The hub: which connections of this process listen to which channel.
//!
//! Channels are spread over shards, each behind a std mutex that is never held across an await:
//! publishing walks a channel's subscribers, asks each one's position whether the publication is
//! next, and puts the shared frame into its outbox. A channel exists while somebody listens;
//! publishing to nobody costs one look-up and encodes nothing. Connections are also kept by id and
//! by user, so that they can be reached from outside.
//!
//! A subscriber is registered before it is known whether it may subscribe, so that nothing falls
//! between; until it has *entered* the channel nobody sees it there, and until it is *live* what is
//! published is kept for it (see [`subscriber`]).

mod connections;
pub mod flusher;
pub mod link;
pub mod mailbox;
mod queries;
pub mod resequencer;
mod runs;
mod subscriber;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use self::connections::Connections;
use self::flusher::Flushers;
use self::link::{Deadlines, Link, Tended};
use self::mailbox::Item;
use self::resequencer::{Missing, Resequencer};
use self::runs::{Encoded, runs};
use self::subscriber::Subscriber;
use super::lock;
use super::registration::history::Entry;
use super::registration::peer::Peer;
use super::registration::whom::Whom;
use super::transport::outbox::Outbox;
use super::transport::wire::WireBytes;
use crate::protocol::codes::{Disconnect, DisconnectCode, UnsubscribeCode};
use crate::protocol::frame::{self, ClientInfo, Member, Publication, Push, Raw, Reply};

const SHARDS: usize = 64;

/// Who listens to which channel on this machine, and where each of them stands.
#[derive(Debug)]
pub struct Hub {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    connections: Mutex<Connections>,
    flushers: Flushers,
    next_id: AtomicU64,
}

type Shard = HashMap<Arc<str>, Channel>;

#[derive(Debug, Default)]
struct Channel {
    resequencer: Resequencer<Encoded>,
    subscribers: HashMap<u64, Subscriber>,
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
            flushers: Flushers::default(),
            next_id: AtomicU64::new(1),
        }
    }
}

/// Connections.
impl Hub {
    /// Registers a new connection.
    pub fn open(&self, client: Uuid, outbox: Outbox) -> Arc<Link> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let link = Arc::new(Link::new(id, client, outbox));
        lock(&self.connections).insert(link.clone());
        link
    }

    /// Notes who a connection belongs to, once it has authenticated and whenever that changes.
    pub fn identify(&self, link: &Link, peer: Peer) {
        lock(&self.connections).identify(link, peer);
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
            link.close(disconnect.clone());
        }
    }

    /// Gives an order to these connections.
    pub fn order(&self, whom: &Whom, order: mailbox::Order) {
        let order = Arc::new(order);
        for link in self.links(whom) {
            link.order(Item::Order(order.clone()));
        }
    }

    /// Ends these connections' subscription to a channel: nothing published from now on reaches
    /// them, and those that know of the subscription are told in its place.
    pub fn unsubscribe_by_server(&self, whom: &Whom, channel: &str, code: UnsubscribeCode) {
        let links = self.links(whom);
        let mut shard = self.shard(channel);
        let due = take_out(&mut shard, channel, &links, code);
        drop(shard);
        self.flushers.add(due);
    }

    /// Looks at every connection: pings those that are due, wakes those that want to be woken,
    /// closes those that never authenticated or do not answer. One walk a second replaces a timer
    /// per connection.
    pub fn sweep(&self, deadlines: &Deadlines) {
        let now = Instant::now();
        let mut due = Vec::new();
        for link in lock(&self.connections).all() {
            match link.tend(now, deadlines) {
                Tended::Well => {}
                Tended::HasToWrite => due.push(link.clone()),
                Tended::Over(code) => link.close(code.into()),
            }
        }
        self.flushers.add(due);
    }

    fn links(&self, whom: &Whom) -> Vec<Arc<Link>> {
        lock(&self.connections).find(whom)
    }
}

/// Channels.
impl Hub {
    /// Adds a subscriber. From here on, publications are kept for it.
    pub fn subscribe(&self, channel: &str, link: &Arc<Link>) {
        let subscriber = Subscriber::new(link.clone());
        let mut shard = self.shard(channel);
        if let Some(found) = shard.get_mut(channel) {
            found.subscribers.insert(link.id, subscriber);
            return;
        }
        let mut fresh = Channel::default();
        fresh.subscribers.insert(link.id, subscriber);
        shard.insert(channel.into(), fresh);
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
        subscriber.enter(info);
        if let Some(position) = position {
            found.resequencer.note(position);
        }
        true
    }

    /// A subscriber has its answer and knows where it stands: what was kept for it follows, and from
    /// here on what is published.
    pub fn go_live(
        &self,
        channel: &str,
        link: &Link,
        position: Option<u64>,
        hears_members: bool,
    ) -> Began {
        let mut shard = self.shard(channel);
        let Some(found) = shard.get_mut(channel) else {
            return Began::TakenOut;
        };
        let Some(subscriber) = found.subscribers.get_mut(&link.id) else {
            return Began::TakenOut;
        };
        let (began, kept) = subscriber.go_live(position, hears_members);
        // What was kept for it went out to everybody, while nobody knew which offset comes next.
        // (Where it stands by what it read itself says nothing of the others.)
        if let Some(kept) = kept {
            found.resequencer.delivered(kept);
            let mut ready = Vec::new();
            found.release(&mut ready);
            self.broadcast(&mut shard, channel, ready);
        }
        began
    }

    /// Whether a connection listens to a channel, or is about to.
    pub fn holds(&self, channel: &str, link: &Link) -> bool {
        let shard = self.shard(channel);
        let found = shard.get(channel);
        found.is_some_and(|found| found.subscribers.contains_key(&link.id))
    }

    /// Whether something is missing for a subscriber.
    pub fn has_lost(&self, channel: &str, link: &Link) -> bool {
        let shard = self.shard(channel);
        let found = shard.get(channel);
        found
            .and_then(|found| found.subscribers.get(&link.id))
            .is_some_and(Subscriber::is_lost)
    }

    /// Removes a subscriber, and the channel with the last one. False if it was taken out before.
    pub fn unsubscribe(&self, channel: &str, link: &Link) -> bool {
        remove(&mut self.shard(channel), channel, link).is_some()
    }

    /// Hands publications to all who listen, each in its place in the order of offsets. They are
    /// made and encoded only if there is anybody to read them.
    pub fn publish(&self, channel: &str, make: impl FnOnce() -> Vec<Publication>) {
        let mut shard = self.shard(channel);
        let Some(found) = shard.get_mut(channel) else {
            return;
        };
        let mut ready = Vec::new();
        for publication in make() {
            let offset = publication.offset;
            if let Some(frame) = encode(&Reply::publication(channel, publication)) {
                let encoded = Encoded {
                    offset,
                    frame,
                    ends: None,
                };
                found.arrive(encoded, &mut ready);
            } else {
                tracing::error!(channel, offset, "a publication could not be encoded");
            }
        }
        self.broadcast(&mut shard, channel, ready);
    }

    /// Hands over an entry that ends subscriptions, in its place among the publications. Those it
    /// concerns are told, and hear neither it nor what follows.
    pub fn publish_ending(&self, channel: &str, entry: Entry) {
        // Whoever connects from here on is asked for a right that is lost already.
        let ends: Option<Arc<[Arc<Link>]>> = entry.ends.map(|whom| self.links(&whom).into());
        let offset = entry.publication.offset;
        let mut shard = self.shard(channel);
        let Some(found) = shard.get_mut(channel) else {
            drop(shard);
            let order = Arc::new(mailbox::Order::Unsubscribe(channel.to_owned()));
            for link in ends.iter().flat_map(|links| links.iter()) {
                link.order(Item::Order(order.clone()));
            }
            return;
        };
        let Some(frame) = encode(&Reply::publication(channel, entry.publication)) else {
            return tracing::error!(channel, offset, "a publication could not be encoded");
        };
        let mut ready = Vec::new();
        let encoded = Encoded {
            offset,
            frame,
            ends,
        };
        found.arrive(encoded, &mut ready);
        self.broadcast(&mut shard, channel, ready);
    }

    /// Passes on what may go out now, to all who listen then.
    fn broadcast(&self, shard: &mut Shard, channel: &str, ready: Vec<Encoded>) {
        let mut together = Vec::with_capacity(ready.len());
        for publication in ready {
            if let Some(links) = publication.ends.clone() {
                let before = std::mem::take(&mut together);
                pass_on(shard, channel, before, &self.flushers);
                let due = take_out(shard, channel, &links, UnsubscribeCode::Server);
                self.flushers.add(due);
            }
            together.push(publication);
        }
        pass_on(shard, channel, together, &self.flushers);
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
            let hearers = found.subscribers.values().filter(|s| s.hears_members());
            let due = hearers.filter(|s| s.link.put(&frame));
            self.flushers.add(due.map(|s| s.link.clone()).collect());
        }
    }

    /// The channels in which publications have waited that long for earlier ones.
    pub fn overdue(&self, patience: Duration) -> Vec<(String, Missing)> {
        let now = Instant::now();
        let mut overdue = Vec::new();
        for shard in &self.shards {
            for (name, channel) in lock(shard).iter() {
                if let Some(missing) = channel.resequencer.missing()
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
        let mut shard = self.shard(channel);
        if let Some(found) = shard.get_mut(channel) {
            found.resequencer.give_up();
            let mut ready = Vec::new();
            found.release(&mut ready);
            self.broadcast(&mut shard, channel, ready);
        }
    }

    /// How far each channel's publications have gone out, where they have offsets.
    pub fn positions(&self) -> Vec<(String, u64)> {
        let mut positions = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let known = shard.iter().filter_map(|(name, channel)| {
                Some((name.to_string(), channel.resequencer.position()?))
            });
            positions.extend(known);
        }
        positions
    }

    /// Something after that offset has not come by the broker: it is to be read.
    pub fn is_behind(&self, channel: &str, head: u64) -> Option<Missing> {
        let shard = self.shard(channel);
        let position = shard.get(channel)?.resequencer.position()?;
        (position < head).then(|| Missing {
            after: position,
            before: head + 1,
            since: Instant::now(),
        })
    }

    fn shard(&self, channel: &str) -> MutexGuard<'_, Shard> {
        // The remainder is below SHARDS, so it fits.
        #[allow(clippy::cast_possible_truncation)]
        let index = (self.hasher.hash_one(channel) % SHARDS as u64) as usize;
        lock(&self.shards[index])
    }
}

impl Channel {
    /// Puts what may go out now, in order, into `ready`; holds what comes early.
    fn arrive(&mut self, publication: Encoded, ready: &mut Vec<Encoded>) {
        let offset = publication.offset;
        if offset == 0 {
            ready.push(publication);
        } else if self.resequencer.admits(offset) {
            self.resequencer.delivered(offset);
            ready.push(publication);
            self.release(ready);
        } else {
            let bytes = publication.frame.len();
            self.resequencer.hold(offset, publication, bytes);
        }
    }

    /// Lets go what was held and whose time has come.
    fn release(&mut self, ready: &mut Vec<Encoded>) {
        while let Some(held) = self.resequencer.take_next() {
            ready.push(held);
        }
    }
}

fn pass_on(shard: &mut Shard, channel: &str, publications: Vec<Encoded>, flushers: &Flushers) {
    if publications.is_empty() {
        return;
    }
    // The last subscriber may have just been taken out.
    let Some(found) = shard.get_mut(channel) else {
        return;
    };
    for run in runs(publications) {
        let mut due = Vec::new();
        for subscriber in found.subscribers.values_mut() {
            if subscriber.pass(channel, &run) {
                due.push(subscriber.link.clone());
            }
        }
        flushers.add(due);
    }
}

/// Ends these connections' subscription to a channel, and tells those that know of it. Gives those
/// that have something to be written.
fn take_out(
    shard: &mut Shard,
    channel: &str,
    links: &[Arc<Link>],
    code: UnsubscribeCode,
) -> Vec<Arc<Link>> {
    let farewell = encode(&Reply::push(Push::unsubscribe(channel, code)));
    let order = Arc::new(mailbox::Order::Unsubscribe(channel.to_owned()));
    let mut due = Vec::new();
    for link in links {
        let removed = remove(shard, channel, link);
        // Both before anybody can subscribe again, and in this order: who answers what it is
        // told finds the subscription ended.
        link.order(Item::Order(order.clone()));
        if removed.is_some_and(|subscriber| subscriber.is_told())
            && let Some(farewell) = &farewell
            && link.put(farewell)
        {
            due.push(link.clone());
        }
    }
    due
}

fn remove(shard: &mut Shard, channel: &str, link: &Link) -> Option<Subscriber> {
    let found = shard.get_mut(channel)?;
    let removed = found.subscribers.remove(&link.id);
    if found.subscribers.is_empty() {
        shard.remove(channel);
    }
    removed
}

fn encode(reply: &Reply) -> Option<WireBytes> {
    let line = frame::to_line(reply).ok()?;
    Some(WireBytes::text(&line))
}

/// A process that ends tells everybody.
impl Hub {
    /// The tasks that write what is published. They must run.
    pub fn flushers(&self) -> &Flushers {
        &self.flushers
    }

    pub fn shut_down(&self) {
        self.disconnect(&Whom::Everybody, &DisconnectCode::Shutdown.into());
    }
}

pub use self::subscriber::Began;

#[cfg(test)]
mod tests;
