//! Subscriptions as they begin and end: asked for by the client, or made by the server.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::time::Instant;

use super::{Connection, Done, End, Flow, Stage, Work, seconds};
use crate::protocol::codes::{DisconnectCode, ErrorCode, UnsubscribeCode};
use crate::protocol::frame::{
    ConnectRequest, ConnectResult, Push, Raw, Reply, StreamPosition, SubscribeRequest,
    SubscribeResult, Unsubscribed,
};
use crate::server::realtime::broker::Signal;
use crate::server::realtime::events::{Accepted, Granted, Subscribe};
use crate::server::realtime::handler::Refusal;
use crate::server::realtime::queue::ChannelId;
use crate::server::realtime::recovery::{self, Budget, Start};
use crate::server::realtime::rules::{JoinLeave, Params, Rule};
use crate::server::realtime::subscriptions::{Origin, Terms};

const CHANNEL_NAME_BYTES: usize = 255;
const VERSION: &str = concat!("Hubbub ", env!("CARGO_PKG_VERSION"));

/// A connection whose server-side subscriptions have been read.
pub(super) struct Established {
    data: Option<Raw>,
    starts: Vec<(String, ChannelId, Start)>,
    lost: Vec<String>,
}

/// A subscription that has been read, or refused.
pub(super) struct Subscribed {
    channel: String,
    channel_id: ChannelId,
    asked: Asked,
    outcome: Result<(Start, Granted), Refusal>,
}

/// How a subscription came about.
enum Asked {
    /// By the command with that id.
    ByClient {
        id: u32,
        join_leave: bool,
    },
    ByServer,
}

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// The connection has an identity: registers it with the hub, then asks once more whether it
    /// still holds, and reads where its channels stand.
    pub(super) fn establish(
        &mut self,
        id: u32,
        positions: ConnectRequest,
        accepted: Accepted<U>,
    ) -> Flow<Work<U>> {
        self.engine.hub.identify(&self.link, accepted.identity);
        self.stage = Stage::Connecting(accepted.caller.clone());
        self.set_expiry(accepted.expires);
        if accepted.channels.len() > self.engine.options.server_channels {
            return Err(DisconnectCode::ChannelLimit.into());
        }
        let channels: Vec<_> = accepted
            .channels
            .into_iter()
            .map(|channel| {
                let id = self.register(&channel, Origin::Server);
                (channel, id)
            })
            .collect();
        let engine = self.engine.clone();
        let (caller, data) = (accepted.caller, accepted.data);
        Ok(Box::pin(async move {
            let established = async {
                let confirmed = engine.registration.confirmed(caller).await?;
                let mut still = confirmed.map(|confirmed| {
                    let by_name = confirmed.into_iter().map(|c| (c.channel, c.position));
                    by_name.collect::<HashMap<String, Option<StreamPosition>>>()
                });
                let mut budget = Budget::new(&engine.options);
                let mut starts = Vec::with_capacity(channels.len());
                let mut lost = Vec::new();
                for (channel, channel_id) in channels {
                    let known = match still.as_mut().map(|still| still.remove(&channel)) {
                        Some(None) => {
                            lost.push(channel);
                            continue;
                        }
                        Some(Some(position)) => position,
                        None => None,
                    };
                    let request = positions.subs.get(&channel).cloned().unwrap_or_default();
                    let rule = engine.registration.find(&channel).map(|(rule, _)| rule);
                    let history = rule.and_then(|rule| rule.source()).map(Arc::as_ref);
                    let start =
                        recovery::start(history, &channel, &request, known, &mut budget).await?;
                    starts.push((channel, channel_id, start));
                }
                Ok(Established { data, starts, lost })
            };
            Done::Established(id, established.await)
        }))
    }

    pub(super) fn connected(&mut self, id: u32, established: Established) -> Flow {
        if let Stage::Connecting(caller) = std::mem::replace(&mut self.stage, Stage::New) {
            self.stage = Stage::Connected(caller);
        }
        for channel in established.lost {
            self.leave(&channel);
        }
        let ttl = self.announced_ttl();
        let mut result = ConnectResult {
            client: self.link.client.to_string(),
            version: VERSION.to_owned(),
            expires: ttl.is_some(),
            ttl: ttl.map_or(0, seconds),
            data: established.data,
            ping: seconds(self.engine.options.deadlines.ping),
            pong: true,
            ..ConnectResult::default()
        };
        let mut live = Vec::with_capacity(established.starts.len());
        for (channel, channel_id, start) in established.starts {
            // The server may have taken it back meanwhile.
            if self.subscriptions.holds(channel_id) {
                result.subs.insert(channel.clone(), start.result);
                live.push((channel, channel_id, start.position));
            }
        }
        self.reply(&Reply {
            id,
            connect: Some(result),
            ..Reply::default()
        });
        for (channel, channel_id, position) in live {
            let terms = Terms {
                position,
                hears_members: self.hears_members(&channel, false),
                ..Terms::default()
            };
            self.go_live(&channel, channel_id, terms)?;
        }
        self.reset_alarm();
        Ok(())
    }

    pub(super) fn begin_subscribe(
        &mut self,
        caller: U,
        id: u32,
        request: SubscribeRequest,
    ) -> Flow<Option<Work<U>>> {
        let channel = request.channel.clone();
        let Some((rule, params)) = self.rule_or_refuse(id, &channel)? else {
            return Ok(None);
        };
        let limit = self.engine.options.client_channels;
        if self.subscriptions.contains(&channel) {
            self.refuse(id, ErrorCode::AlreadySubscribed);
            return Ok(None);
        }
        if self.subscriptions.count(Origin::Client) >= limit {
            self.refuse(id, ErrorCode::LimitExceeded);
            return Ok(None);
        }
        let channel_id = self.register(&channel, Origin::Client);
        let engine = self.engine.clone();
        Ok(Some(Box::pin(async move {
            let outcome = async {
                let event = Subscribe {
                    caller,
                    channel: channel.clone(),
                    params,
                    token: request.token.clone(),
                    data: request.data.clone(),
                };
                let granted = rule.subscribe.call(event).await?;
                let mut budget = Budget::new(&engine.options);
                let history = rule.source().map(Arc::as_ref);
                let start = recovery::start(history, &channel, &request, None, &mut budget).await?;
                Ok((start, granted))
            };
            let outcome = outcome.await;
            if let Err(refusal) = &outcome {
                log_refusal(&rule, &channel, "subscribe", refusal);
            }
            Done::Subscribed(Box::new(Subscribed {
                channel,
                channel_id,
                asked: Asked::ByClient {
                    id,
                    join_leave: request.join_leave,
                },
                outcome,
            }))
        })))
    }

    /// The server subscribes this connection, whoever it belongs to.
    pub(super) fn begin_subscribe_by_server(
        &mut self,
        channel: String,
        data: Option<Raw>,
    ) -> Flow<Option<Work<U>>> {
        if !matches!(self.stage, Stage::Connected(_)) || self.subscriptions.contains(&channel) {
            return Ok(None);
        }
        if self.subscriptions.count(Origin::Server) >= self.engine.options.server_channels {
            return Err(DisconnectCode::ChannelLimit.into());
        }
        let Some((rule, _)) = self.rule(&channel) else {
            return Ok(None);
        };
        let channel_id = self.register(&channel, Origin::Server);
        let mut budget = Budget::new(&self.engine.options);
        Ok(Some(Box::pin(async move {
            let request = SubscribeRequest::default();
            let history = rule.source().map(Arc::as_ref);
            let start = recovery::start(history, &channel, &request, None, &mut budget).await;
            let granted = Granted {
                data,
                ..Granted::default()
            };
            Done::Subscribed(Box::new(Subscribed {
                channel,
                channel_id,
                asked: Asked::ByServer,
                outcome: start.map(|start| (start, granted)),
            }))
        })))
    }

    pub(super) fn subscribed(&mut self, subscribed: Subscribed) -> Flow {
        let Subscribed {
            channel,
            channel_id,
            asked,
            outcome,
        } = subscribed;
        if !self.subscriptions.holds(channel_id) {
            // The server has ended it before it began, and has said so.
            if let Asked::ByClient { id, .. } = asked {
                self.refuse(id, ErrorCode::PermissionDenied);
            }
            return Ok(());
        }
        let (start, granted) = match (outcome, &asked) {
            (Ok(outcome), _) => outcome,
            (Err(refusal), Asked::ByClient { id, .. }) => {
                self.leave(&channel);
                return self.refused(*id, refusal);
            }
            // The client does not know of it yet: the next connection will have it.
            (Err(_), Asked::ByServer) => return Err(DisconnectCode::Internal.into()),
        };
        let result = SubscribeResult {
            expires: granted.ttl.is_some(),
            ttl: granted.ttl.map_or(0, seconds),
            data: granted.data,
            ..start.result
        };
        let grace = self.engine.options.deadlines.grace;
        let asked_for_members = matches!(
            asked,
            Asked::ByClient {
                join_leave: true,
                ..
            }
        );
        let terms = Terms {
            position: start.position,
            hears_members: self.hears_members(&channel, asked_for_members),
            info: granted.info,
            deadline: granted.ttl.map(|ttl| Instant::now() + ttl + grace),
        };
        let reply = match asked {
            Asked::ByClient { id, .. } => Reply {
                id,
                subscribe: Some(result),
                ..Reply::default()
            },
            Asked::ByServer => Reply::push(Push {
                channel: channel.clone(),
                subscribe: Some(result),
                ..Push::default()
            }),
        };
        self.reply(&reply);
        self.go_live(&channel, channel_id, terms)?;
        self.reset_alarm();
        Ok(())
    }

    /// From here on what is published is passed on.
    fn go_live(&mut self, channel: &str, id: ChannelId, terms: Terms) -> Flow {
        let (position, info) = (terms.position, terms.info.clone());
        let Some(kept) = self.subscriptions.go_live(id, terms) else {
            return self.lost_state(id);
        };
        let frames = kept.iter().map(|publication| publication.frame.clone());
        self.outgoing.extend(frames);
        let hub = self.engine.hub.clone();
        let has_entered = hub.enter(channel, &self.link, position, info.clone());
        if has_entered && self.announces_members(channel) {
            let info = self.link.client_info(info);
            let signal = Signal::Joined(channel.to_owned(), info);
            self.engine.broker.signal(signal);
        }
        Ok(())
    }

    pub(super) fn unsubscribe(&mut self, channel: &str) -> Flow {
        if channel.is_empty() {
            return Err(DisconnectCode::BadRequest.into());
        }
        self.leave(channel);
        self.reset_alarm();
        Ok(())
    }

    /// The server has ended a subscription, or is about to begin one that it ends again.
    pub(super) fn unsubscribed_by_server(&mut self, channel: &str, code: UnsubscribeCode) {
        self.tasks.retain(
            |task| !matches!(task, super::Task::Subscribe(waiting, _) if waiting == channel),
        );
        let was_subscribed = self.subscriptions.contains(channel);
        let is_told = matches!(self.stage, Stage::Connected(_));
        self.leave(channel);
        if was_subscribed && is_told {
            self.push(Push {
                channel: channel.to_owned(),
                unsubscribe: Some(Unsubscribed {
                    code: code as u32,
                    reason: code.reason().to_owned(),
                }),
                ..Push::default()
            });
        }
    }

    /// Something is missing in a channel. The client subscribes again, and recovers; for channels
    /// that it did not ask for it connects again.
    pub(super) fn lost_state(&mut self, id: ChannelId) -> Flow {
        match self.subscriptions.describe(id) {
            None => Ok(()),
            Some((name, Origin::Client)) => {
                self.unsubscribed_by_server(&name, UnsubscribeCode::InsufficientState);
                Ok(())
            }
            Some((_, Origin::Server)) => Err(DisconnectCode::InsufficientState.into()),
        }
    }

    /// Ends a subscription, if there is one, and tells the others.
    pub(super) fn leave(&mut self, channel: &str) {
        let Some(ended) = self.subscriptions.end(channel) else {
            return;
        };
        self.engine.hub.unsubscribe(channel, &self.link);
        if let Some(info) = ended.entered
            && self.announces_members(channel)
        {
            let info = self.link.client_info(info);
            self.engine
                .broker
                .signal(Signal::Left(channel.to_owned(), info));
        }
    }

    /// Ends all subscriptions.
    pub(super) fn depart(&mut self) {
        for channel in self.subscriptions.channels() {
            self.leave(&channel);
        }
    }

    /// The rule for a channel that a client named, or the refusal.
    pub(super) fn rule_or_refuse(
        &mut self,
        id: u32,
        channel: &str,
    ) -> Flow<Option<(Rule<U>, Params)>> {
        if channel.is_empty() {
            return Err(End::from(DisconnectCode::BadRequest));
        }
        if channel.len() > CHANNEL_NAME_BYTES {
            self.refuse(id, ErrorCode::BadRequest);
            return Ok(None);
        }
        let found = self.rule(channel);
        if found.is_none() {
            tracing::info!(channel, "refused: no rule matches");
            self.refuse(id, ErrorCode::UnknownChannel);
        }
        Ok(found)
    }

    fn register(&mut self, channel: &str, origin: Origin) -> ChannelId {
        let id = self.engine.hub.subscribe(channel, &self.link);
        self.subscriptions.begin(channel, id, origin);
        id
    }

    fn rule(&self, channel: &str) -> Option<(Rule<U>, Params)> {
        let (rule, params) = self.engine.registration.find(channel)?;
        Some((rule.clone(), params))
    }

    fn join_leave(&self, channel: &str) -> JoinLeave {
        let rule = self.engine.registration.find(channel);
        rule.map_or(JoinLeave::Nobody, |(rule, _)| rule.join_leave)
    }

    fn hears_members(&self, channel: &str, has_asked: bool) -> bool {
        match self.join_leave(channel) {
            JoinLeave::Nobody => false,
            JoinLeave::OnRequest => has_asked,
            JoinLeave::Everybody => true,
        }
    }

    fn announces_members(&self, channel: &str) -> bool {
        self.join_leave(channel) != JoinLeave::Nobody
    }
}

/// Who may not do what, and which rule says so.
pub(super) fn log_refusal<U>(rule: &Rule<U>, channel: &str, event: &str, refusal: &Refusal) {
    let rule = rule.pattern();
    tracing::info!(rule, channel, event, ?refusal, "refused");
}
