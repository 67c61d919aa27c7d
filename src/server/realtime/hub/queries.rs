//! Questions about channels: who is there, how many, which there are.

use std::collections::HashSet;
use std::sync::Arc;

use super::link::Link;
use super::subscriber::Subscriber;
use super::{Counts, Hub};
use crate::protocol::frame::{ClientInfo, PresenceStatsResult, Raw};
use crate::server::realtime::lock;
use crate::server::realtime::registration::pattern::Glob;

impl Hub {
    /// Who is in a channel.
    pub fn presence(&self, channel: &str) -> Vec<ClientInfo> {
        let shard = self.shard(channel);
        let Some(found) = shard.get(channel) else {
            return Vec::new();
        };
        // What is said of each is put together without the lock: many may be there.
        let seen: Vec<_> = found
            .subscribers
            .values()
            .filter_map(Subscriber::seen)
            .collect();
        drop(shard);
        let describe = |(link, info): (Arc<Link>, Option<Raw>)| link.client_info(info);
        seen.into_iter().map(describe).collect()
    }

    /// How many are in a channel.
    pub fn presence_stats(&self, channel: &str) -> PresenceStatsResult {
        let shard = self.shard(channel);
        let Some(found) = shard.get(channel) else {
            return PresenceStatsResult::default();
        };
        let mut clients = 0;
        let mut users = HashSet::new();
        for subscriber in found.subscribers.values() {
            if subscriber.is_seen() {
                clients += 1;
                let peer = subscriber.link.peer();
                users.insert(peer.map(|peer| peer.user.clone()));
            }
        }
        PresenceStatsResult {
            num_clients: clients,
            num_users: u32::try_from(users.len()).unwrap_or(u32::MAX),
        }
    }

    /// The channels whose name matches, and how many listen to each.
    pub fn channels(&self, pattern: &Glob) -> Vec<(String, usize)> {
        self.shards
            .iter()
            .flat_map(|shard| {
                lock(shard)
                    .iter()
                    .filter(|(name, _)| pattern.matches(name))
                    .map(|(name, channel)| (name.to_string(), channel.subscribers.len()))
                    .collect::<Vec<_>>()
            })
            .collect()
    }

    /// How many connections a user has.
    pub fn count_of(&self, user: &str) -> usize {
        lock(&self.connections).count_of(user)
    }

    /// The users who have a connection, without the anonymous one.
    pub fn users(&self) -> Vec<String> {
        lock(&self.connections).users()
    }

    pub fn counts(&self) -> Counts {
        let (clients, users) = lock(&self.connections).counts();
        let mut counts = Counts {
            clients,
            users,
            ..Counts::default()
        };
        for shard in &self.shards {
            let shard = lock(shard);
            counts.channels += shard.len();
            counts.subscriptions += shard
                .iter()
                .map(|(_, channel)| channel.subscribers.len())
                .sum::<usize>();
        }
        counts
    }
}
