//! Connections and subscriptions that end unless they are refreshed.
//!
//! There is no timer per connection: the link is told when the next of them ends, and the hub's
//! sweep wakes the connection then. So an end comes up to a second late, never early.

use std::time::Duration;

use tokio::time::Instant;

use super::{Connection, Done, End, Flow, Stage, Work, seconds};
use crate::protocol::codes::{DisconnectCode, ErrorCode, UnsubscribeCode};
use crate::protocol::frame::{Push, RefreshResult, Reply, SubRefreshRequest};
use crate::server::realtime::hub::instruction::Instruction;
use crate::server::realtime::registration::events::{
    Expires, Refresh, Refreshed, RefreshedBy, SubRefresh,
};
use crate::server::realtime::registration::handler::Refusal;

/// When the connection ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Expiry {
    ttl: Duration,
    /// For a client, this includes the grace.
    at: Instant,
    refreshed_by: RefreshedBy,
}

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    pub(super) fn set_expiry(&mut self, expires: Option<Expires>) {
        let grace = self.engine.options.deadlines.grace;
        self.expiry = expires.map(|Expires { ttl, refreshed_by }| Expiry {
            ttl,
            at: Instant::now()
                + match refreshed_by {
                    RefreshedBy::Client => ttl + grace,
                    RefreshedBy::Server => ttl,
                },
            refreshed_by,
        });
        self.reset_alarm();
    }

    /// What the client is told: nothing, if the server sees to it.
    pub(super) fn announced_ttl(&self) -> Option<Duration> {
        let expiry = self.expiry.as_ref()?;
        (expiry.refreshed_by == RefreshedBy::Client).then_some(expiry.ttl)
    }

    /// Asks to be woken when the next thing ends.
    pub(super) fn reset_alarm(&self) {
        let connection = self.expiry.map(|expiry| expiry.at);
        let subscriptions = self.subscriptions.next_deadline();
        let next = [connection, subscriptions].into_iter().flatten().min();
        self.link.set_alarm(next);
    }

    /// The connection or some of its subscriptions may have ended.
    pub(super) fn check_deadlines(&mut self) -> Flow {
        let now = Instant::now();
        for channel in self.subscriptions.expired(now) {
            // Only subscriptions of the client's own expire one by one.
            self.end_subscription(&channel, UnsubscribeCode::Expired);
        }
        if let Some(expiry) = self.expiry.filter(|expiry| expiry.at <= now) {
            if expiry.refreshed_by == RefreshedBy::Client
                || self.engine.registration.refresh.is_none()
            {
                return Err(DisconnectCode::ConnectionExpired.into());
            }
            self.expiry = None;
            let generation = self.link.latest_generation();
            self.instruct_myself(generation, Instruction::AskForRefresh);
        }
        self.reset_alarm();
        Ok(())
    }

    /// The client brings a new token.
    pub(super) fn begin_refresh(&mut self, caller: U, id: u32, token: String) -> Option<Work<U>> {
        if self.engine.registration.refresh.is_none() {
            self.refuse(id, ErrorCode::NotAvailable);
            return None;
        }
        self.refresh_work(caller, Some(id), Some(token))
    }

    /// The time has come to ask the application.
    pub(super) fn begin_refresh_by_server(&mut self) -> Option<Work<U>> {
        let Stage::Connected(caller) = &self.stage else {
            return None;
        };
        self.refresh_work(caller.clone(), None, None)
    }

    fn refresh_work(&self, caller: U, id: Option<u32>, token: Option<String>) -> Option<Work<U>> {
        let handler = self.engine.registration.refresh.clone()?;
        Some(Box::pin(async move {
            let event = Refresh { caller, token };
            Done::Refreshed(id, handler.call(event).await)
        }))
    }

    /// `id` is that of the client's command, if it was the client that asked.
    pub(super) fn refreshed(
        &mut self,
        id: Option<u32>,
        outcome: Result<Refreshed<U>, Refusal>,
    ) -> Flow {
        let refreshed = match (outcome, id) {
            (Ok(refreshed), _) => refreshed,
            (Err(refusal), Some(id)) => return self.refused(id, refusal),
            (Err(Refusal::Disconnect(disconnect)), None) => return Err(End::Close(disconnect)),
            (Err(Refusal::Error(_)), None) => {
                return Err(DisconnectCode::ConnectionExpired.into());
            }
        };
        self.engine.hub.identify(&self.link, refreshed.peer);
        self.stage = Stage::Connected(refreshed.caller);
        let refreshed_by = match id {
            Some(_) => RefreshedBy::Client,
            None => RefreshedBy::Server,
        };
        self.set_expiry(refreshed.ttl.map(|ttl| Expires { ttl, refreshed_by }));
        if let Some(id) = id {
            self.reply(&Reply {
                id,
                refresh: Some(lasting(refreshed.ttl)),
                ..Reply::default()
            });
        }
        Ok(())
    }

    /// Somebody on the server's side moves the end.
    pub(super) fn extend_life(&mut self, ttl: Option<Duration>) {
        let refreshed_by = self
            .expiry
            .map_or(RefreshedBy::Client, |expiry| expiry.refreshed_by);
        self.set_expiry(ttl.map(|ttl| Expires { ttl, refreshed_by }));
    }

    /// Tells the client that its end has moved.
    pub(super) fn tell_ttl(&mut self, ttl: Option<Duration>) {
        self.push(Push {
            refresh: Some(lasting(ttl)),
            ..Push::default()
        });
    }

    pub(super) fn begin_sub_refresh(
        &mut self,
        caller: U,
        id: u32,
        request: SubRefreshRequest,
    ) -> Flow<Option<Work<U>>> {
        let channel = request.channel;
        let Some((rule, params)) = self.rule_or_refuse(id, &channel)? else {
            return Ok(None);
        };
        let Some(handler) = rule.sub_refresh.clone() else {
            self.refuse(id, ErrorCode::NotAvailable);
            return Ok(None);
        };
        if !self.subscriptions.contains(&channel) {
            self.refuse(id, ErrorCode::PermissionDenied);
            return Ok(None);
        }
        Ok(Some(Box::pin(async move {
            let event = SubRefresh {
                caller,
                channel: channel.clone(),
                params,
                token: request.token,
            };
            let granted = handler.call(event).await;
            Done::SubRefreshed(id, channel, granted.map(|granted| granted.ttl))
        })))
    }

    pub(super) fn sub_refreshed(
        &mut self,
        id: u32,
        channel: &str,
        outcome: Result<Option<Duration>, Refusal>,
    ) -> Flow {
        let ttl = match outcome {
            Ok(ttl) => ttl,
            Err(refusal) => return self.refused(id, refusal),
        };
        let grace = self.engine.options.deadlines.grace;
        let deadline = ttl.map(|ttl| Instant::now() + ttl + grace);
        self.subscriptions.set_deadline(channel, deadline);
        self.reset_alarm();
        self.reply(&Reply {
            id,
            sub_refresh: Some(lasting(ttl)),
            ..Reply::default()
        });
        Ok(())
    }
}

fn lasting(ttl: Option<Duration>) -> RefreshResult {
    RefreshResult {
        expires: ttl.is_some(),
        ttl: ttl.map_or(0, seconds),
    }
}
