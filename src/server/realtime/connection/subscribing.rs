//! Subscriptions as they begin and end: asked for by the client, or made by the server.

use std::sync::Arc;

use tokio::time::Instant;

use super::subscriptions::{Ended, Side, Terms};
use super::{Connection, Done, End, Flow, Stage, Work, seconds};
use crate::protocol::codes::{DisconnectCode, ErrorCode, UnsubscribeCode};
use crate::protocol::frame::{Push, Raw, Reply, SubscribeRequest, SubscribeResult};
use crate::server::realtime::broker::Signal;
use crate::server::realtime::engine::recovery::{self, Budget, Start};
use crate::server::realtime::hub::Began;
use crate::server::realtime::registration::events::{Granted, Subscribe};
use crate::server::realtime::registration::handler::Refusal;
use crate::server::realtime::registration::{
    pattern::Params,
    rules::{JoinLeave, Rule},
};

const CHANNEL_NAME_BYTES: usize = 255;

/// A subscription that has been read, or refused.
pub(super) struct Subscribed {
    channel: String,
    asked: Asked,
    outcome: Result<(Start, Granted), Refusal>,
}

/// How a subscription stood when it ended.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Left {
    /// The server had not taken it out before.
    hub_had_it: bool,
    was_live: bool,
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
        if self.subscriptions.count(Side::Client) >= limit {
            self.refuse(id, ErrorCode::LimitExceeded);
            return Ok(None);
        }
        self.register(&channel, Side::Client);
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
    ) -> Option<Work<U>> {
        if self.subscriptions.contains(&channel) {
            return None;
        }
        if self.subscriptions.count(Side::Server) >= self.engine.options.server_channels {
            // Whoever wanted it is not the one who would suffer from a closed connection.
            tracing::warn!(channel, "not subscribed by the server: too many channels");
            return None;
        }
        let (rule, _) = self.rule(&channel)?;
        self.register(&channel, Side::Server);
        let mut budget = Budget::new(&self.engine.options);
        Some(Box::pin(async move {
            let request = SubscribeRequest::default();
            let history = rule.source().map(Arc::as_ref);
            let start = recovery::start(history, &channel, &request, None, &mut budget).await;
            let granted = Granted {
                data,
                ..Granted::default()
            };
            Done::Subscribed(Box::new(Subscribed {
                channel,
                asked: Asked::ByServer,
                outcome: start.map(|start| (start, granted)),
            }))
        }))
    }

    pub(super) fn subscribed(&mut self, subscribed: Subscribed) -> Flow {
        let Subscribed {
            channel,
            asked,
            outcome,
        } = subscribed;
        let outcome = outcome.and_then(|(start, granted)| {
            // The server may have taken it back before it began.
            match self.enter(&channel, start.position, granted.info.as_ref()) {
                true => Ok((start, granted)),
                false => Err(ErrorCode::PermissionDenied.into()),
            }
        });
        let (start, granted) = match (outcome, &asked) {
            (Ok(outcome), _) => outcome,
            (Err(refusal), Asked::ByClient { id, .. }) => {
                self.leave(&channel);
                return self.refused(*id, refusal);
            }
            // It may work the next time; until then the client would take itself for subscribed.
            (Err(Refusal::Error(error)), Asked::ByServer) if error.temporary => {
                self.leave(&channel);
                return Err(DisconnectCode::InsufficientState.into());
            }
            (Err(refusal), Asked::ByServer) => {
                tracing::warn!(channel, %refusal, "not subscribed by the server");
                self.leave(&channel);
                return Ok(());
            }
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
        self.go_live(&channel, terms)?;
        self.reset_alarm();
        Ok(())
    }

    /// Others see the subscriber from here on. False if it is not to be any more: the server has
    /// taken it out meanwhile.
    pub(super) fn enter(&self, channel: &str, position: Option<u64>, info: Option<&Raw>) -> bool {
        let hub = &self.engine.hub;
        self.subscriptions.contains(channel)
            && hub.enter(channel, &self.link, position, info.cloned())
    }

    /// The client has its answer: from here on what is published is passed on, and the others are
    /// told.
    pub(super) fn go_live(&mut self, channel: &str, terms: Terms) -> Flow {
        let (position, hears_members) = (terms.position, terms.hears_members);
        let hub = &self.engine.hub;
        match hub.go_live(channel, &self.link, position, hears_members) {
            Began::Live => {}
            Began::Gap => return self.lost_state(channel),
            Began::TakenOut => {
                // The client has just been told that it is in.
                self.push(Push::unsubscribe(channel, UnsubscribeCode::Server));
                return Ok(());
            }
        }
        self.subscriptions.go_live(channel, &terms);
        if self.announces_members(channel) {
            let info = self.link.client_info(terms.info);
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

    /// The hub has taken the connection out of a channel, and told the client if it knew.
    pub(super) fn taken_out(&mut self, channel: &str) {
        // One that has not begun yet does not begin.
        self.tasks.retain(
            |task| !matches!(task, super::Task::Subscribe(waiting, _) if waiting == channel),
        );
        if let Stage::Connecting(_, withdrawn) = &mut self.stage {
            withdrawn.push(channel.to_owned());
        }
        match self.subscriptions.side(channel) {
            // The client may have asked for it again since, and then was asked for its right again.
            Some(Side::Client) if self.engine.hub.holds(channel, &self.link) => {}
            // It may have begun just now: whoever wants it after all says so behind this order.
            Some(Side::Server | Side::Client) => {
                let left = self.leave(channel);
                if left.hub_had_it && left.was_live {
                    self.push(Push::unsubscribe(channel, UnsubscribeCode::Server));
                }
            }
            None => {}
        }
    }

    /// Ends a subscription for a reason of our own, and tells the client.
    pub(super) fn end_subscription(&mut self, channel: &str, code: UnsubscribeCode) {
        // Otherwise the client has been told another reason already.
        if self.leave(channel).hub_had_it {
            self.push(Push::unsubscribe(channel, code));
        }
    }

    /// Something is missing in a channel. The client subscribes again, and recovers; for channels
    /// that it did not ask for it connects again.
    pub(super) fn lost_state(&mut self, channel: &str) -> Flow {
        match self.subscriptions.side(channel) {
            None => Ok(()),
            Some(Side::Client) => {
                self.end_subscription(channel, UnsubscribeCode::InsufficientState);
                Ok(())
            }
            Some(Side::Server) => Err(DisconnectCode::InsufficientState.into()),
        }
    }

    /// Ends a subscription, if there is one, and tells the others.
    pub(super) fn leave(&mut self, channel: &str) -> Left {
        let Some(ended) = self.subscriptions.end(channel) else {
            return Left::default();
        };
        let hub_had_it = self.engine.hub.unsubscribe(channel, &self.link);
        let Ended::Live(info) = ended else {
            return Left {
                hub_had_it,
                was_live: false,
            };
        };
        if self.announces_members(channel) {
            let info = self.link.client_info(info);
            let signal = Signal::Left(channel.to_owned(), info);
            self.engine.broker.signal(signal);
        }
        Left {
            hub_had_it,
            was_live: true,
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

    pub(super) fn register(&mut self, channel: &str, side: Side) {
        self.engine.hub.subscribe(channel, &self.link);
        self.subscriptions.begin(channel, side);
    }

    fn rule(&self, channel: &str) -> Option<(Rule<U>, Params)> {
        let (rule, params) = self.engine.registration.find(channel)?;
        Some((rule.clone(), params))
    }

    fn join_leave(&self, channel: &str) -> JoinLeave {
        let rule = self.engine.registration.find(channel);
        rule.map_or(JoinLeave::Nobody, |(rule, _)| rule.join_leave)
    }

    pub(super) fn hears_members(&self, channel: &str, has_asked: bool) -> bool {
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
    tracing::info!(rule, channel, event, %refusal, "refused");
}
