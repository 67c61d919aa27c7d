//! The hub: which connections of this process listen to which channel.
//!
//! Channels are spread over shards, each behind a std mutex that is never held across an await:
//! publishing walks a channel's subscribers, asks each one's position whether the publication is
//! next, and puts the shared frame into its outbox. A channel exists while somebody listens;
//! publishing to nobody costs one look-up and encodes nothing. Connections are also kept by id and
//! by user, so that they can be reached from outside.
//!
//! A subscriber is registered before it is known whether it may subscribe, so that no publication
//! is missed in between. Until it has *entered* the channel nobody sees it there, and until it is
//! *live* what is published is kept for it (see [`subscriber`]).
//!
//! Each subscription of a connection has a *generation*, a number that only grows. The hub and the
//! connection's task name a subscription with it, so nothing that is said of an older one can end
//! or advance a newer one (see [`instruction`]).

mod channels;
mod connections;
pub mod filter;
pub mod flusher;
pub mod instruction;
pub mod link;
pub mod mailbox;
mod members;
mod queries;
pub mod resequencer;
mod runs;
mod shard;
mod subscriber;

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::time::Instant;
use uuid::Uuid;

use self::connections::Connections;
use self::flusher::Flushers;
use self::instruction::Instruction;
use self::link::{Deadlines, Link, Tended};
pub use self::members::MemberChange;
use self::runs::Ending;
use self::shard::Shard;
pub use self::shard::SubscriptionKey;
pub use self::subscriber::{Began, Wants};
use super::lock;
use super::registration::peer::Peer;
use super::registration::whom::Whom;
use super::transport::outbox::Outbox;
use crate::protocol::codes::{Disconnect, DisconnectCode, UnsubscribeCode};

const SHARDS: usize = 64;

/// Who listens to which channel on this machine, and where each of them stands.
#[derive(Debug)]
pub struct Hub {
    shards: Vec<Mutex<Shard>>,
    hasher: RandomState,
    connections: Mutex<Connections>,
    flushers: Flushers,
    /// Of connections and of channels.
    next_id: AtomicU64,
}

/// How many connections and so on there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub clients: usize,
    pub users: usize,
    pub channels: usize,
    pub subscriptions: usize,
}

/// Some of the connections.
pub(super) struct Portion(Vec<Arc<Link>>);

impl Portion {
    pub fn close(&self, code: DisconnectCode) {
        for link in &self.0 {
            link.close(code.into());
        }
    }
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

    /// Tells these connections what to do.
    pub fn instruct(&self, whom: &Whom, instruction: Instruction) {
        match instruction {
            Instruction::Unsubscribe { channel, code } => self.end(whom, &channel, code),
            Instruction::Disconnect(disconnect) => self.disconnect(whom, &disconnect),
            instruction => {
                let instruction = Arc::new(instruction);
                for link in self.links(whom) {
                    link.instruct(&instruction);
                }
            }
        }
    }

    /// Ends these connections' subscription to a channel: nothing published from now on reaches
    /// them, and those that know of the subscription are told in its place.
    fn end(&self, whom: &Whom, channel: &str, code: UnsubscribeCode) {
        let links = self.links(whom);
        let mut shard = self.shard(channel);
        let endings: Vec<_> = links.into_iter().map(Ending::from).collect();
        let told = Arc::new(shard::unsubscribe(channel, code));
        let due = shard.end(channel, &endings, code, &told);
        drop(shard);
        self.flushers.add(due);
    }

    /// Closes these connections.
    fn disconnect(&self, whom: &Whom, disconnect: &Disconnect) {
        for link in self.links(whom) {
            link.close(disconnect.clone());
        }
    }

    /// All connections of this moment in so many portions.
    pub(super) fn portions(&self, many: u32) -> Vec<Portion> {
        let links = self.links(&Whom::Everybody);
        let each = links.len().div_ceil(many as usize).max(1);
        links
            .chunks(each)
            .map(|some| Portion(some.to_vec()))
            .collect()
    }

    /// Closes all connections: the process ends.
    pub fn shut_down(&self) {
        self.disconnect(&Whom::Everybody, &DisconnectCode::Shutdown.into());
    }

    /// The tasks that write what is published. They must run.
    pub fn flushers(&self) -> &Flushers {
        &self.flushers
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

    fn shard(&self, channel: &str) -> MutexGuard<'_, Shard> {
        // The remainder is below SHARDS, so it fits.
        #[allow(clippy::cast_possible_truncation)]
        let index = (self.hasher.hash_one(channel) % SHARDS as u64) as usize;
        lock(&self.shards[index])
    }
}

#[cfg(test)]
mod tests;
