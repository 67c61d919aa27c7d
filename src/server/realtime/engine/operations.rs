//! What the server's side can do with channels and connections.
//!
//! What changes something goes through the broker. What asks something asks the other servers too.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use super::recovery;
use crate::protocol::codes::{Disconnect, ErrorCode, UnsubscribeCode};
use crate::protocol::frame::{
    HistoryRequest, HistoryResult, PresenceResult, PresenceStatsResult, Publication, Raw,
    StreamPosition,
};
use crate::server::clock::Clock;
use crate::server::realtime::broker::{Answer, Question};
use crate::server::realtime::hub::Counts;
use crate::server::realtime::hub::instruction::Instruction;
use crate::server::realtime::registration::handler::Refusal;
use crate::server::realtime::registration::rules::Rule;
use crate::server::realtime::registration::whom::Whom;

use super::Engine;

/// Whether a publication is kept in the channel's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// If the channel has one.
    InHistory,
    No,
}

/// A server, as others see it.
#[derive(Clone, Debug)]
pub struct NodeInfo {
    pub id: String,
    pub uptime: Duration,
    pub counts: Counts,
}

pub(super) type Result<T, E = Refusal> = std::result::Result<T, E>;

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    /// Publishes to all who subscribe, and keeps it if the channel keeps what is published. Gives
    /// its position in that case.
    ///
    /// # Errors
    /// No rule matches the channel, it is too big, or the history fails.
    pub async fn publish(
        &self,
        channel: &str,
        publication: Publication,
        keep: Keep,
    ) -> Result<Option<StreamPosition>> {
        let rule = self.known(channel)?;
        if publication.data.get().len() > self.options.publication_bytes {
            return Err(ErrorCode::LimitExceeded.into());
        }
        let now = rule.clock.as_ref().map(Clock::now);
        let publication = Publication {
            time: now.and_then(|now| now.0.try_into().ok()).unwrap_or(0),
            ..publication
        };
        let position = match rule.source() {
            Some(history) if keep == Keep::InHistory => history
                .append(channel, &publication)
                .await
                .map_err(recovery::failed)?,
            _ => None,
        };
        let offset = position.as_ref().map_or(0, |position| position.offset);
        let publication = Publication {
            offset,
            ..publication
        };
        self.broker.publish(channel, &|| vec![publication.clone()]);
        Ok(position)
    }

    /// Subscribes connections on the server's side, whatever their permission.
    ///
    /// # Errors
    /// No rule matches the channel.
    pub fn subscribe(&self, whom: Whom, channel: &str, data: Option<Raw>) -> Result<()> {
        self.known(channel)?;
        let channel = channel.to_owned();
        self.broker
            .instruct(whom, Instruction::Subscribe { channel, data });
        Ok(())
    }

    /// Ends connections' subscription to a channel.
    pub fn unsubscribe(&self, whom: Whom, channel: &str, code: UnsubscribeCode) {
        let channel = channel.to_owned();
        self.broker
            .instruct(whom, Instruction::Unsubscribe { channel, code });
    }

    /// Closes connections.
    pub fn disconnect(&self, whom: Whom, disconnect: Disconnect) {
        self.broker
            .instruct(whom, Instruction::Disconnect(disconnect));
    }

    /// Lets connections live that long from now; for ever without a time.
    pub fn refresh(&self, whom: Whom, ttl: Option<Duration>) {
        self.broker.instruct(whom, Instruction::Refresh(ttl));
    }

    /// Sends a message to connections, outside of any channel.
    pub fn send(&self, whom: Whom, data: Raw) {
        self.broker.instruct(whom, Instruction::Message(data));
    }

    /// Who is in a channel.
    ///
    /// # Errors
    /// No rule matches the channel, or it has no presence.
    pub async fn presence(&self, channel: &str) -> Result<PresenceResult> {
        self.with_presence(channel)?;
        let mut clients = self.hub.presence(channel);
        for answer in self.ask_who_is_in(channel).await {
            if let Answer::Presence(others) = answer {
                clients.extend(others);
            }
        }
        let clients = clients.into_iter();
        Ok(PresenceResult {
            presence: clients.map(|info| (info.client.clone(), info)).collect(),
        })
    }

    /// How many are in a channel.
    ///
    /// # Errors
    /// No rule matches the channel, or it has no presence.
    pub async fn presence_stats(&self, channel: &str) -> Result<PresenceStatsResult> {
        self.with_presence(channel)?;
        if self.broker.others().is_empty() {
            return Ok(self.hub.presence_stats(channel));
        }
        let clients = self.presence(channel).await?.presence;
        let users: HashSet<&str> = clients.values().map(|info| info.user.as_str()).collect();
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Ok(PresenceStatsResult {
            num_clients: count(clients.len()),
            num_users: count(users.len()),
        })
    }

    /// A page of a channel's history.
    ///
    /// # Errors
    /// No rule matches the channel, it has no history, the position is of another epoch, or the
    /// history fails.
    pub async fn history(&self, request: &HistoryRequest) -> Result<HistoryResult> {
        let history = self.known(&request.channel)?.source();
        let history = history.ok_or(ErrorCode::NotAvailable)?;
        recovery::page(history.as_ref(), request, &self.options).await
    }

    /// The channels that somebody listens to, and how many do.
    pub async fn channels(&self, pattern: &str) -> Vec<(String, usize)> {
        let mut channels: BTreeMap<String, usize> = BTreeMap::new();
        let pattern = pattern.to_owned();
        let question = Question::Channels { pattern };
        let mine = self.hub.answer(&question);
        for answer in self.broker.ask(question).await.into_iter().chain([mine]) {
            if let Answer::Channels(some) = answer {
                for (channel, listeners) in some {
                    *channels.entry(channel).or_default() += listeners;
                }
            }
        }
        channels.into_iter().collect()
    }

    /// This server, and all others.
    pub fn info(&self) -> Vec<NodeInfo> {
        let mut nodes = vec![NodeInfo {
            id: self.id.clone(),
            uptime: self.started.elapsed(),
            counts: self.hub.counts(),
        }];
        nodes.extend(self.broker.others());
        nodes
    }

    async fn ask_who_is_in(&self, channel: &str) -> Vec<Answer> {
        let channel = channel.to_owned();
        self.broker.ask(Question::Presence { channel }).await
    }

    fn known(&self, channel: &str) -> Result<&Rule<U>> {
        let found = self.registration.find(channel);
        Ok(found.ok_or(ErrorCode::UnknownChannel)?.0)
    }

    fn with_presence(&self, channel: &str) -> Result<()> {
        match self.known(channel)?.presence {
            Some(_) => Ok(()),
            None => Err(ErrorCode::NotAvailable.into()),
        }
    }
}
