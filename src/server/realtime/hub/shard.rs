//! A part of the channels, behind one lock: who subscribes to each, and how publications pass to
//! them in order.
//!
//! Everything here happens under that lock and never waits.

use std::collections::HashMap;
use std::sync::Arc;

use super::flusher::Flushers;
use super::instruction::{Generation, Instruction};
use super::link::Link;
use super::resequencer::Resequencer;
use super::runs::{Encoded, Ending, runs};
use super::subscriber::Subscriber;
use crate::protocol::codes::UnsubscribeCode;
use crate::protocol::frame::{Push, Reply};
use crate::server::realtime::transport::dialect::Forms;

/// Some of the channels. A channel is there while somebody listens.
#[derive(Debug, Default)]
pub struct Shard(HashMap<Arc<str>, Channel>);

/// Who listens to a channel, and which publication comes next.
#[derive(Debug, Default)]
pub struct Channel {
    pub resequencer: Resequencer<Encoded>,
    pub subscribers: HashMap<u64, Subscriber>,
    /// What it is called instead of its name, for as long as it is there. No other has had it.
    number: u64,
    /// The newest entry whose endings were carried out: it may come again, and whoever has
    /// subscribed since is not meant.
    ended: u64,
}

/// One subscription: whose, to what, and which of those that this connection has had.
#[derive(Clone, Copy, Debug)]
pub struct SubscriptionKey<'a> {
    pub link: &'a Arc<Link>,
    pub channel: &'a str,
    pub generation: Generation,
}

impl Shard {
    pub fn get(&self, channel: &str) -> Option<&Channel> {
        self.0.get(channel)
    }

    pub fn get_mut(&mut self, channel: &str) -> Option<&mut Channel> {
        self.0.get_mut(channel)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &Channel)> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The channel of a subscription, if it has not ended.
    pub fn channel_of(&mut self, key: &SubscriptionKey<'_>) -> Option<&mut Channel> {
        let found = self.0.get_mut(key.channel)?;
        let subscriber = found.subscribers.get(&key.link.id)?;
        (subscriber.generation == key.generation).then_some(found)
    }

    /// Adds a subscriber. A channel that was not there gets that number.
    pub fn insert(&mut self, key: &SubscriptionKey<'_>, number: impl FnOnce() -> u64) {
        let subscriber = Subscriber::new(key.link.clone(), key.generation);
        if let Some(found) = self.0.get_mut(key.channel) {
            found.subscribers.insert(key.link.id, subscriber);
            return;
        }
        let mut fresh = Channel {
            number: number(),
            ..Channel::default()
        };
        fresh.subscribers.insert(key.link.id, subscriber);
        self.0.insert(key.channel.into(), fresh);
    }

    /// Removes a subscriber, and the channel with the last one.
    pub fn remove(&mut self, key: &SubscriptionKey<'_>) -> Option<Subscriber> {
        let removed = self.channel_of(key)?.subscribers.remove(&key.link.id);
        self.forget_if_empty(key.channel);
        removed
    }

    /// A channel that nobody listens to is forgotten, but not whose subscriptions were to end with
    /// something that came early: they may have an instruction to subscribe that waits.
    fn forget_if_empty(&mut self, channel: &str) {
        let found = self.0.get(channel);
        if found.is_some_and(|found| found.subscribers.is_empty())
            && let Some(forgotten) = self.0.remove(channel)
        {
            for ending in forgotten.held_endings() {
                forestall(channel, std::slice::from_ref(ending));
            }
        }
    }

    /// Ends a subscription at once that is to end with something that came early and is held. True
    /// if there was such a thing.
    pub fn end_early(&mut self, key: &SubscriptionKey<'_>) -> (bool, Vec<Arc<Link>>) {
        let Some(found) = self.channel_of(key) else {
            return (false, Vec::new());
        };
        let is_meant =
            |ending: &&Ending| ending.link.id == key.link.id && ending.up_to >= key.generation;
        let Some(ending) = found.held_endings().find(is_meant).cloned() else {
            return (false, Vec::new());
        };
        let told = ended(key.channel);
        let due = self.end(key.channel, &[ending], UnsubscribeCode::Server, &told);
        (true, due)
    }

    /// Passes on what may go out now, to all who listen then.
    pub fn pass_on(&mut self, channel: &str, ready: Vec<Encoded>, flushers: &Flushers) {
        let mut together = Vec::with_capacity(ready.len());
        for publication in ready {
            if let Some(endings) = publication.ends.clone()
                && self.is_first_ending(channel, publication.offset)
            {
                self.pass_together(channel, std::mem::take(&mut together), flushers);
                let told = ended(channel);
                flushers.add(self.end(channel, &endings, UnsubscribeCode::Server, &told));
            }
            together.push(publication);
        }
        self.pass_together(channel, together, flushers);
    }

    /// Notes that the endings of the entry with that offset are carried out, if they were not before.
    fn is_first_ending(&mut self, channel: &str, offset: u64) -> bool {
        let Some(found) = self.0.get_mut(channel) else {
            return true;
        };
        let is_first = offset == 0 || found.ended < offset;
        found.ended = found.ended.max(offset);
        is_first
    }

    fn pass_together(&mut self, channel: &str, publications: Vec<Encoded>, flushers: &Flushers) {
        if publications.is_empty() {
            return;
        }
        // The last subscriber may have just been removed.
        let Some(found) = self.0.get_mut(channel) else {
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

    /// Ends these subscriptions to a channel, and tells the clients that know of theirs. Gives the
    /// connections that have something to be written.
    pub fn end(
        &mut self,
        channel: &str,
        endings: &[Ending],
        code: UnsubscribeCode,
        told: &Arc<Instruction>,
    ) -> Vec<Arc<Link>> {
        let farewell = Forms::of(Reply::push(Push::unsubscribe(channel, code)));
        let mut due = Vec::new();
        for Ending { link, up_to } in endings {
            let removed = self.remove_up_to(channel, link, *up_to);
            // First the task, then the client, and both under the lock: a client that answers the
            // farewell finds the subscription ended, and one that subscribes again comes after it.
            link.instruct_about(*up_to, told);
            if removed.is_some_and(|subscriber| subscriber.is_told())
                && link.put(farewell.form(link.outbox.dialect().into()))
            {
                due.push(link.clone());
            }
        }
        due
    }

    fn remove_up_to(
        &mut self,
        channel: &str,
        link: &Arc<Link>,
        up_to: Generation,
    ) -> Option<Subscriber> {
        let found = self.0.get(channel)?;
        let generation = found.subscribers.get(&link.id)?.generation;
        if generation > up_to {
            return None;
        }
        self.remove(&SubscriptionKey {
            link,
            channel,
            generation,
        })
    }
}

impl Channel {
    /// From here on a subscriber knows the channel by its number.
    pub fn compact_for(&mut self, link: &Link) -> u64 {
        if let Some(subscriber) = self.subscribers.get_mut(&link.id) {
            subscriber.number = Some(self.number);
        }
        self.number
    }

    /// Puts what may go out now, in order, into `ready`; holds what comes early.
    pub fn arrive(&mut self, publication: Encoded, ready: &mut Vec<Encoded>) {
        let offset = publication.offset;
        if offset == 0 {
            ready.push(publication);
        } else if self.resequencer.admits(offset) {
            self.resequencer.delivered(offset);
            ready.push(publication);
            self.release(ready);
        } else {
            let weight = publication.weight;
            self.resequencer.hold(offset, publication, weight);
        }
    }

    fn held_endings(&self) -> impl Iterator<Item = &Ending> {
        let held = self.resequencer.held();
        held.filter_map(|held| held.ends.as_deref()).flatten()
    }

    /// Releases what was held and comes next now.
    pub fn release(&mut self, ready: &mut Vec<Encoded>) {
        while let Some(held) = self.resequencer.take_next() {
            ready.push(held);
        }
    }
}

/// What the tasks of connections are told when a subscription has ended.
pub fn unsubscribe(channel: &str, code: UnsubscribeCode) -> Instruction {
    Instruction::Unsubscribe {
        channel: channel.to_owned(),
        code,
    }
}

/// The same where that has come with an entry of the stream.
fn ended(channel: &str) -> Arc<Instruction> {
    let channel = channel.to_owned();
    Arc::new(Instruction::Ended { channel })
}

/// Nobody listens to the channel, but a connection may have an instruction to subscribe that waits:
/// that one must not begin.
pub fn forestall(channel: &str, endings: &[Ending]) {
    let instruction = ended(channel);
    for Ending { link, up_to } in endings {
        link.instruct_about(*up_to, &instruction);
    }
}
