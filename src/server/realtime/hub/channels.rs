//! What happens to channels: subscriptions begin and end, publications pass to those who listen.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::Hub;
use super::resequencer::Missing;
use super::runs::{Encoded, Ending};
use super::shard::{SubscriptionKey, forestall};
use super::subscriber::{Began, Wants};
use crate::protocol::frame::{Publication, Raw};
use crate::server::realtime::lock;
use crate::server::realtime::registration::history::Entry;

impl Hub {
    /// Adds a subscriber. From here on, publications are kept for it.
    pub fn subscribe(&self, key: &SubscriptionKey<'_>) {
        let number = || self.next_id.fetch_add(1, Ordering::Relaxed);
        self.shard(key.channel).insert(key, number);
    }

    /// A subscriber may subscribe: from here on it counts as present. Where the channel has
    /// positions, it goes on from this one. False if its subscription has ended meanwhile.
    pub fn enter(
        &self,
        key: &SubscriptionKey<'_>,
        position: Option<u64>,
        info: Option<Raw>,
    ) -> bool {
        let mut shard = self.shard(key.channel);
        let Some(found) = shard.channel_of(key) else {
            return false;
        };
        if let Some(subscriber) = found.subscribers.get_mut(&key.link.id) {
            subscriber.enter(info);
        }
        if let Some(position) = position {
            found.resequencer.note(position);
        }
        true
    }

    /// Names the channel to a subscriber by the number that this gives, before it goes live.
    pub fn compact(&self, key: &SubscriptionKey<'_>) -> Option<u64> {
        let mut shard = self.shard(key.channel);
        Some(shard.channel_of(key)?.compact_for(key.link))
    }

    /// Notes what a subscriber wants of what is published, if not all of it, before it goes live.
    pub fn note_wants(&self, key: &SubscriptionKey<'_>, wants: Wants) {
        let mut shard = self.shard(key.channel);
        let found = shard.channel_of(key);
        if let Some(subscriber) = found.and_then(|found| found.subscribers.get_mut(&key.link.id)) {
            subscriber.wants = wants;
        }
    }

    /// A subscriber has its answer and knows where it stands: what was kept for it follows, and from
    /// here on what is published.
    pub fn go_live(
        &self,
        key: &SubscriptionKey<'_>,
        position: Option<u64>,
        hears_members: bool,
    ) -> Began {
        let mut shard = self.shard(key.channel);
        let Some(found) = shard.channel_of(key) else {
            return Began::TakenOut;
        };
        let Some(subscriber) = found.subscribers.get_mut(&key.link.id) else {
            return Began::TakenOut;
        };
        let (began, kept) = subscriber.go_live(position, hears_members);
        // What was kept for it went out to everybody, while nobody knew which offset comes next.
        // (Where it stands by what it read itself says nothing of the others.)
        if let Some(kept) = kept {
            found.resequencer.delivered(kept);
            let mut ready = Vec::new();
            found.release(&mut ready);
            shard.pass_on(key.channel, ready, &self.flushers);
        }
        began
    }

    /// Ends a subscription, and the channel with its last one. False if it had ended before.
    pub fn unsubscribe(&self, key: &SubscriptionKey<'_>) -> bool {
        self.shard(key.channel).remove(key).is_some()
    }

    /// Ends a subscription that is to end with an entry which waits for those before it: its
    /// connection is to begin another one. False if there is no such entry.
    pub fn end_early(&self, key: &SubscriptionKey<'_>) -> bool {
        let (has_ended, due) = self.shard(key.channel).end_early(key);
        self.flushers.add(due);
        has_ended
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
            found.arrive(Encoded::new(channel, publication), &mut ready);
        }
        shard.pass_on(channel, ready, &self.flushers);
    }

    /// Hands over an entry that ends subscriptions, in its place among the publications. Those it
    /// concerns are told, and hear neither it nor what follows.
    pub fn publish_ending(&self, channel: &str, entry: Entry) {
        // A connection that subscribes after this is checked after this, and has no right any more.
        let links = entry.ends.map(|whom| self.links(&whom));
        let ends = links.map(|links| links.into_iter().map(Ending::from).collect());
        let ends: Option<Arc<[Ending]>> = ends;
        let mut shard = self.shard(channel);
        let Some(found) = shard.get_mut(channel) else {
            drop(shard);
            return forestall(channel, ends.as_deref().unwrap_or_default());
        };
        let encoded = Encoded::new(channel, entry.publication);
        let mut ready = Vec::new();
        found.arrive(Encoded { ends, ..encoded }, &mut ready);
        shard.pass_on(channel, ready, &self.flushers);
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

    /// Releases what is held in a channel, though something before it is missing.
    pub fn give_up(&self, channel: &str) {
        let mut shard = self.shard(channel);
        if let Some(found) = shard.get_mut(channel) {
            found.resequencer.give_up();
            let mut ready = Vec::new();
            found.release(&mut ready);
            shard.pass_on(channel, ready, &self.flushers);
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
}
