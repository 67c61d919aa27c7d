//! Commands: each is answered at once, or becomes work to wait for.

use std::collections::HashMap;

use super::{Connection, Done, Established, Flow, Stage, Work};
use crate::protocol::codes::{DisconnectCode, ErrorCode};
use crate::protocol::frame::{
    self, Command, ConnectRequest, Empty, HistoryRequest, Reply, RpcResult, SubscribeRequest,
};
use crate::server::realtime::recovery;
use crate::server::realtime::registration::{Accepted, Connect, Rpc, Subscribe};
use crate::server::realtime::subscriptions::Origin;

const CHANNEL_NAME_BYTES: usize = 255;

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// Starts a command: answers at once, or gives the work to wait for.
    pub(super) fn begin(&mut self, command: Command) -> Flow<Option<Work<U>>> {
        if command.is_pong() {
            return match self.link.pong() {
                true => Ok(None),
                false => Err(DisconnectCode::BadRequest.into()),
            };
        }
        let identity = match &self.stage {
            Stage::Connected(identity) => identity.clone(),
            Stage::Refused => return Ok(None),
            Stage::Connecting(_) => return Err(DisconnectCode::BadRequest.into()),
            Stage::New => return self.begin_connect(command).map(Some),
        };
        let id = command.id;
        if id == 0 {
            // Only `send` comes without an id, and nobody here takes it.
            let code = match command.send {
                Some(_) => DisconnectCode::NotAvailable,
                None => DisconnectCode::BadRequest,
            };
            return Err(code.into());
        }
        if self.limiter.check().is_err() {
            return self.refuse_for_haste(id);
        }
        self.refusals = self.refusals.saturating_sub(1);
        if let Some(request) = command.subscribe {
            return self.begin_subscribe(identity, id, request);
        }
        if let Some(request) = command.unsubscribe {
            self.unsubscribe(&request.channel)?;
            self.reply(&Reply {
                id,
                unsubscribe: Some(Empty {}),
                ..Reply::default()
            });
            return Ok(None);
        }
        if let Some(request) = command.rpc {
            return Ok(self.begin_rpc(identity, id, request));
        }
        if let Some(request) = command.history {
            return self.begin_history(identity, id, request);
        }
        if let Some(request) = command.publish {
            let code = match self.engine.registration.rule(&request.channel) {
                _ if request.data.is_none() => ErrorCode::BadRequest,
                Some(_) => ErrorCode::PermissionDenied,
                None => ErrorCode::UnknownChannel,
            };
            self.refuse(id, code);
            return Ok(None);
        }
        let known = command.presence.is_some()
            || command.presence_stats.is_some()
            || command.refresh.is_some()
            || command.sub_refresh.is_some();
        if known {
            self.refuse(id, ErrorCode::NotAvailable);
            return Ok(None);
        }
        Err(DisconnectCode::BadRequest.into())
    }

    fn refuse_for_haste(&mut self, id: u32) -> Flow<Option<Work<U>>> {
        self.refusals += 1;
        if self.refusals > self.engine.options.patience {
            return Err(DisconnectCode::TooManyRequests.into());
        }
        self.refuse(id, ErrorCode::TooManyRequests);
        Ok(None)
    }

    fn begin_connect(&mut self, command: Command) -> Flow<Work<U>> {
        let (id, Some(request)) = (command.id, command.connect) else {
            return Err(DisconnectCode::BadRequest.into());
        };
        if id == 0 {
            return Err(DisconnectCode::BadRequest.into());
        }
        let engine = self.engine.clone();
        let upgrade = std::mem::take(&mut self.upgrade);
        Ok(Box::pin(async move {
            let positions = ConnectRequest {
                subs: request.subs.clone(),
                ..ConnectRequest::default()
            };
            let event = Connect { request, upgrade };
            let outcome = engine.registration.connect.call(event).await;
            Done::Authenticated(id, positions, outcome)
        }))
    }

    /// The connection has an identity: registers it with the hub, then asks once more whether it
    /// still holds, and reads where its channels stand.
    pub(super) fn establish(
        &mut self,
        id: u32,
        positions: ConnectRequest,
        accepted: Accepted<U>,
    ) -> Work<U> {
        self.link.authenticated(accepted.credential);
        self.stage = Stage::Connecting(accepted.identity.clone());
        let channels: Vec<_> = accepted
            .channels
            .into_iter()
            .map(|channel| {
                let id = self.register(&channel, Origin::Server);
                (channel, id)
            })
            .collect();
        let engine = self.engine.clone();
        let (identity, data) = (accepted.identity, accepted.data);
        Box::pin(async move {
            let established = async {
                let confirmed = engine.registration.confirm.call(identity).await?;
                let still: HashMap<String, Option<u64>> = confirmed
                    .into_iter()
                    .map(|confirmed| (confirmed.channel, confirmed.top))
                    .collect();
                let mut budget = engine.options.recovery_bytes;
                let mut starts = Vec::with_capacity(channels.len());
                let mut lost = Vec::new();
                for (channel, channel_id) in channels {
                    let Some(top) = still.get(&channel).copied() else {
                        lost.push(channel);
                        continue;
                    };
                    let request = positions.subs.get(&channel).cloned().unwrap_or_default();
                    let rule = engine.registration.rule(&channel).map(|(rule, _)| rule);
                    let start =
                        recovery::start(&engine, rule, &channel, &request, top, &mut budget)
                            .await?;
                    starts.push((channel, channel_id, start));
                }
                Ok(Established { data, starts, lost })
            };
            Done::Established(id, established.await)
        })
    }

    fn begin_subscribe(
        &mut self,
        identity: U,
        id: u32,
        request: SubscribeRequest,
    ) -> Flow<Option<Work<U>>> {
        let channel = request.channel.clone();
        if channel.is_empty() {
            return Err(DisconnectCode::BadRequest.into());
        }
        let problem = if channel.len() > CHANNEL_NAME_BYTES {
            Some(ErrorCode::BadRequest)
        } else if self.subscriptions.contains(&channel) {
            Some(ErrorCode::AlreadySubscribed)
        } else if self.subscriptions.asked_for() >= self.engine.options.client_channels {
            Some(ErrorCode::LimitExceeded)
        } else {
            None
        };
        if let Some(code) = problem {
            self.refuse(id, code);
            return Ok(None);
        }
        let Some((rule, params)) = self.rule(&channel) else {
            tracing::info!(channel, "subscription refused: no rule matches");
            self.refuse(id, ErrorCode::UnknownChannel);
            return Ok(None);
        };
        let channel_id = self.register(&channel, Origin::Client);
        let engine = self.engine.clone();
        Ok(Some(Box::pin(async move {
            let outcome = async {
                let event = Subscribe {
                    identity,
                    channel: channel.clone(),
                    params,
                };
                rule.subscribe.call(event).await?;
                let mut budget = engine.options.recovery_bytes;
                recovery::start(&engine, Some(&rule), &channel, &request, None, &mut budget).await
            }
            .await;
            if let Err(refusal) = &outcome {
                tracing::info!(
                    rule = rule.pattern(),
                    channel,
                    ?refusal,
                    "subscription refused"
                );
            }
            Done::Subscribed(id, channel, channel_id, outcome)
        })))
    }

    fn begin_rpc(&mut self, identity: U, id: u32, request: frame::RpcRequest) -> Option<Work<U>> {
        let Some(handler) = self.engine.registration.rpc.clone() else {
            self.refuse(id, ErrorCode::NotAvailable);
            return None;
        };
        Some(Box::pin(async move {
            let event = Rpc {
                identity,
                method: request.method,
                data: request.data,
            };
            let outcome = handler.call(event).await.map(|data| Reply {
                id,
                rpc: Some(RpcResult { data: Some(data) }),
                ..Reply::default()
            });
            Done::Answered(id, outcome)
        }))
    }

    fn begin_history(
        &mut self,
        identity: U,
        id: u32,
        request: HistoryRequest,
    ) -> Flow<Option<Work<U>>> {
        if request.channel.is_empty() {
            return Err(DisconnectCode::BadRequest.into());
        }
        let Some((rule, params)) = self.rule(&request.channel) else {
            self.refuse(id, ErrorCode::UnknownChannel);
            return Ok(None);
        };
        let Some(history) = rule.history.clone() else {
            self.refuse(id, ErrorCode::NotAvailable);
            return Ok(None);
        };
        Ok(Some(Box::pin(async move {
            let outcome = async {
                let event = Subscribe {
                    identity,
                    channel: request.channel.clone(),
                    params,
                };
                rule.subscribe.call(event).await?;
                recovery::page(history.as_ref(), &request).await
            }
            .await
            .map(|history| Reply {
                id,
                history: Some(history),
                ..Reply::default()
            });
            Done::Answered(id, outcome)
        })))
    }
}
