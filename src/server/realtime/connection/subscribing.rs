//! Subscriptions as they begin: asked for by the client, or made by the server.
//!
//! Each is registered with the hub first, then read (the right, and where the stream stands), and
//! goes live with the answer. How they end is in [`super::unsubscribing`].

use std::sync::Arc;

use tokio::time::Instant;

use super::subscriptions::{Side, Subscription, Terms};
use super::wanted::{suit, wants};
use super::{Connection, Done, End, Flow, Stage, Work, seconds};
use crate::protocol::codes::{DisconnectCode, ErrorCode, UnsubscribeCode};
use crate::protocol::frame::{Push, Raw, Reply, SubscribeRequest, SubscribeResult};
use crate::server::realtime::engine::recovery::{self, Budget, Start};
use crate::server::realtime::hub::instruction::Generation;
use crate::server::realtime::hub::{Began, MemberChange, SubscriptionKey, Wants};
use crate::server::realtime::registration::events::{Access, Granted, Subscribe};
use crate::server::realtime::registration::handler::Refusal;
use crate::server::realtime::registration::pattern::Params;
use crate::server::realtime::registration::rules::Rule;
use crate::server::realtime::transport::dialect::Format;

const CHANNEL_NAME_BYTES: usize = 255;

/// A subscription that has been read, or refused.
pub(super) struct Subscribed {
    channel: String,
    asked: Asked,
    wants: Wants,
    outcome: Result<(Start, Granted), Refusal>,
}

/// How a subscription came about.
#[derive(Clone, Copy)]
enum Asked {
    /// By the command with that id.
    ByClient {
        id: u32,
        join_leave: bool,
        /// What is published may name a number.
        is_compact: bool,
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
        if self.subscriptions.contains(&channel) {
            self.refuse(id, ErrorCode::AlreadySubscribed);
            return Ok(None);
        }
        if self.subscriptions.count(Side::Client) >= self.engine.options.client_channels {
            self.refuse(id, ErrorCode::LimitExceeded);
            return Ok(None);
        }
        let Ok(wants) = wants(&request, &rule) else {
            self.refuse(id, ErrorCode::BadRequest);
            return Ok(None);
        };
        let generation = self.link.next_generation();
        self.register(&channel, &rule, Side::Client, generation);
        // The JavaScript SDK asks in Protobuf too, and then cannot tell its 64-bit numbers apart.
        let format = self.link.outbox.dialect().format();
        let is_compact = request.flag & SubscribeRequest::COMPACT != 0 && format == Format::Json;
        let mut budget = Budget::new(&self.engine.options);
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
                let history = rule.source().map(Arc::as_ref);
                let start = recovery::start(history, &channel, &request, None, &mut budget).await?;
                Ok((start, granted))
            };
            let mut outcome = outcome.await;
            match &mut outcome {
                Ok((start, _)) => suit(&wants, format, &mut start.result),
                Err(refusal) => log_refusal(&rule, &channel, "subscribe", refusal),
            }
            let asked = Asked::ByClient {
                id,
                join_leave: request.join_leave,
                is_compact,
            };
            Done::Subscribed(Box::new(Subscribed {
                channel,
                asked,
                wants,
                outcome,
            }))
        })))
    }

    /// The server subscribes this connection, whatever rights it has. The subscription has the
    /// generation of the instruction, so an instruction to unsubscribe that was given later ends it.
    pub(super) fn begin_subscribe_by_server(
        &mut self,
        channel: &str,
        data: Option<Raw>,
        generation: Generation,
        asked_of: Option<U>,
    ) -> Option<Work<U>> {
        if self.subscriptions.contains(channel) && !self.ends_early(channel) {
            return None;
        }
        if self.subscriptions.count(Side::Server) >= self.engine.options.server_channels {
            // Closing the connection would punish its client for what somebody else has asked for.
            tracing::warn!(channel, "not subscribed by the server: too many channels");
            return None;
        }
        let (rule, params) = self.engine.registration.find(channel)?;
        let rule = rule.clone();
        self.register(channel, &rule, Side::Server, generation);
        let mut budget = Budget::new(&self.engine.options);
        let channel = channel.to_owned();
        Some(Box::pin(async move {
            let outcome = async {
                if let (Some(caller), Some(following)) = (asked_of, &rule.following) {
                    let event = Access {
                        caller,
                        channel: channel.clone(),
                        params,
                    };
                    following.call(event).await?;
                }
                let request = SubscribeRequest::default();
                let history = rule.source().map(Arc::as_ref);
                let start = recovery::start(history, &channel, &request, None, &mut budget).await?;
                let granted = Granted {
                    data,
                    ..Granted::default()
                };
                Ok((start, granted))
            };
            let outcome = outcome.await;
            Done::Subscribed(Box::new(Subscribed {
                channel,
                asked: Asked::ByServer,
                wants: Wants::default(),
                outcome,
            }))
        }))
    }

    /// Who is asked about, where other servers may have said the contrary in another order. In a process
    /// alone there is one order.
    pub(super) fn caller_among_others(&self) -> Option<U> {
        match &self.stage {
            Stage::Connected(caller) if self.engine.broker.id().is_some() => Some(caller.clone()),
            _ => None,
        }
    }

    /// Ends a subscription whose end has been announced already, and waits only for what comes before
    /// it: where there are several servers, the next beginning may be faster. False if it goes on.
    fn ends_early(&mut self, channel: &str) -> bool {
        let key = self.key(channel);
        let has_ended = key.is_some_and(|key| self.engine.hub.end_early(&key));
        if has_ended {
            self.leave(channel);
        }
        has_ended
    }

    pub(super) fn subscribed(&mut self, subscribed: Subscribed) -> Flow {
        let Subscribed {
            channel,
            asked,
            wants,
            outcome,
        } = subscribed;
        let outcome = outcome.and_then(|(start, granted)| {
            // The server may have ended it before it began.
            match self.enter(&channel, start.position, granted.info.as_ref()) {
                true => Ok((start, granted)),
                false => Err(ErrorCode::PermissionDenied.into()),
            }
        });
        match outcome {
            Ok((start, granted)) => {
                if let (Some(key), false) = (self.key(&channel), wants.is_everything()) {
                    self.engine.hub.note_wants(&key, wants);
                }
                self.answer_subscribed(&channel, asked, start, granted)
            }
            Err(refusal) => {
                self.leave(&channel);
                self.answer_not_subscribed(&channel, asked, refusal)
            }
        }
    }

    fn answer_subscribed(
        &mut self,
        channel: &str,
        asked: Asked,
        start: Start,
        granted: Granted,
    ) -> Flow {
        let result = SubscribeResult {
            expires: granted.ttl.is_some(),
            ttl: granted.ttl.map_or(0, seconds),
            data: granted.data,
            ..start.result
        };
        let (reply, asked_for_members) = match asked {
            Asked::ByClient {
                id,
                join_leave,
                is_compact,
            } => {
                let number = self.key(channel).filter(|_| is_compact);
                let number = number.and_then(|key| self.engine.hub.compact(&key));
                let result = SubscribeResult {
                    id: number.unwrap_or_default(),
                    ..result
                };
                let reply = Reply {
                    id,
                    subscribe: Some(result),
                    ..Reply::default()
                };
                (reply, join_leave)
            }
            Asked::ByServer => {
                let push = Push {
                    channel: channel.to_owned(),
                    subscribe: Some(result),
                    ..Push::default()
                };
                (Reply::push(push), false)
            }
        };
        self.reply(&reply);
        let grace = self.engine.options.deadlines.grace;
        let terms = Terms {
            position: start.position,
            hears_members: self.hears_members(channel, asked_for_members),
            info: granted.info,
            deadline: granted.ttl.map(|ttl| Instant::now() + ttl + grace),
        };
        self.go_live(channel, terms)?;
        self.reset_alarm();
        Ok(())
    }

    fn answer_not_subscribed(&mut self, channel: &str, asked: Asked, refusal: Refusal) -> Flow {
        match (refusal, asked) {
            (refusal, Asked::ByClient { id, .. }) => self.refused(id, refusal),
            // It may work the next time; until then the client would take itself for subscribed.
            (Refusal::Error(error), Asked::ByServer) if error.temporary => {
                Err(DisconnectCode::InsufficientState.into())
            }
            (Refusal::Error(error), Asked::ByServer)
                if error.code == ErrorCode::PermissionDenied as u32 =>
            {
                tracing::debug!(
                    channel,
                    "not subscribed by the server: that has been undone"
                );
                Ok(())
            }
            (refusal, Asked::ByServer) => {
                tracing::warn!(channel, %refusal, "not subscribed by the server");
                Ok(())
            }
        }
    }

    /// From here on, publications are kept for a subscription that is about to begin.
    pub(super) fn register(
        &mut self,
        channel: &str,
        rule: &Arc<Rule<U>>,
        side: Side,
        generation: Generation,
    ) {
        self.engine.hub.subscribe(&SubscriptionKey {
            link: &self.link,
            channel,
            generation,
        });
        let subscription = Subscription::new(rule.clone(), side, generation);
        self.subscriptions.begin(channel, subscription);
    }

    /// Others see the subscriber from here on. False if it is not to be any more: the server has
    /// ended the subscription meanwhile.
    pub(super) fn enter(&self, channel: &str, position: Option<u64>, info: Option<&Raw>) -> bool {
        let hub = &self.engine.hub;
        let key = self.key(channel);
        key.is_some_and(|key| hub.enter(&key, position, info.cloned()))
    }

    /// The client has its answer: from here on what is published is passed on, and the others are
    /// told.
    pub(super) fn go_live(&mut self, channel: &str, terms: Terms) -> Flow {
        let began = self.key(channel).map_or(Began::TakenOut, |key| {
            let hub = &self.engine.hub;
            hub.go_live(&key, terms.position, terms.hears_members)
        });
        match began {
            Began::Live => {}
            Began::Gap => return self.lost_state(channel),
            Began::TakenOut => {
                // The client has just been told that it is in.
                self.leave(channel);
                self.push(Push::unsubscribe(channel, UnsubscribeCode::Server));
                return Ok(());
            }
        }
        self.subscriptions.go_live(channel, &terms);
        if self.announces_members(channel) {
            let info = self.link.client_info(terms.info);
            let change = MemberChange::Joined(info);
            self.engine.broker.members_changed(channel, change);
        }
        Ok(())
    }

    /// How the hub knows a subscription of this connection.
    pub(super) fn key<'a>(&'a self, channel: &'a str) -> Option<SubscriptionKey<'a>> {
        let generation = self.subscriptions.get(channel)?.generation;
        Some(SubscriptionKey {
            link: &self.link,
            channel,
            generation,
        })
    }

    /// The rule for a channel that a client named, or the refusal.
    pub(super) fn rule_or_refuse(
        &mut self,
        id: u32,
        channel: &str,
    ) -> Flow<Option<(Arc<Rule<U>>, Params)>> {
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

    /// The rule of a channel: the subscription's, if there is one.
    fn rule(&self, channel: &str) -> Option<(Arc<Rule<U>>, Params)> {
        if let Some(subscription) = self.subscriptions.get(channel) {
            let params = subscription.rule.matches(channel)?;
            return Some((subscription.rule.clone(), params));
        }
        let (rule, params) = self.engine.registration.find(channel)?;
        Some((rule.clone(), params))
    }

    /// Whether a subscription is told who joins and leaves.
    pub(super) fn hears_members(&self, channel: &str, has_asked: bool) -> bool {
        let subscription = self.subscriptions.get(channel);
        subscription.is_some_and(|s| s.rule.join_leave.is_heard(has_asked))
    }

    fn announces_members(&self, channel: &str) -> bool {
        let subscription = self.subscriptions.get(channel);
        subscription.is_some_and(|s| s.rule.join_leave.is_announced())
    }
}

/// Who may not do what, and which rule says so.
pub(super) fn log_refusal<U>(rule: &Rule<U>, channel: &str, event: &str, refusal: &Refusal) {
    let rule = rule.pattern();
    tracing::info!(rule, channel, event, %refusal, "refused");
}
