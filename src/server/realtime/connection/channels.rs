//! Publishing, history and presence: what a client does with a channel beside subscribing.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;

use super::subscribing::log_refusal;
use super::{Connection, Done, Flow, Work};
use crate::protocol::codes::ErrorCode;
use crate::protocol::frame::{Empty, HistoryRequest, Publication, PublishRequest, Reply};
use crate::server::realtime::engine::Keep;
use crate::server::realtime::engine::recovery;
use crate::server::realtime::registration::events::{Access, Publish, Published};
use crate::server::realtime::registration::handler::{Handler, Refusal};
use crate::server::realtime::registration::{pattern::Params, rules::Rule};

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    pub(super) fn begin_publish(
        &mut self,
        caller: U,
        id: u32,
        request: PublishRequest,
    ) -> Flow<Option<Work<U>>> {
        let channel = request.channel;
        let Some((rule, params)) = self.rule_or_refuse(id, &channel)? else {
            return Ok(None);
        };
        let Some(data) = request.data else {
            self.refuse(id, ErrorCode::BadRequest);
            return Ok(None);
        };
        let Some(handler) = rule.publish.clone() else {
            let refusal = Refusal::from(ErrorCode::PermissionDenied);
            log_refusal(&rule, &channel, "publish", &refusal);
            self.refused(id, refusal)?;
            return Ok(None);
        };
        let info = self.link.client_info(self.subscriptions.info(&channel));
        let engine = self.engine.clone();
        Ok(Some(answered(
            rule,
            id,
            "publish",
            channel,
            async move |channel| {
                let event = Publish {
                    caller,
                    channel: channel.clone(),
                    params,
                    data,
                    info: info.clone(),
                };
                let announced = match handler.call(event).await? {
                    Published::Announce(data) => Some((data, BTreeMap::new())),
                    Published::Tagged(data, tags) => Some((data, tags)),
                    Published::Done => None,
                };
                if let Some((data, tags)) = announced {
                    let publication = Publication {
                        info: Some(info),
                        tags,
                        ..Publication::new(data, 0)
                    };
                    engine
                        .publish(&channel, publication, Keep::InHistory)
                        .await?;
                }
                Ok(Reply {
                    publish: Some(Empty {}),
                    ..Reply::default()
                })
            },
        )))
    }

    pub(super) fn begin_history(
        &mut self,
        caller: U,
        id: u32,
        request: HistoryRequest,
    ) -> Flow<Option<Work<U>>> {
        let Some((rule, params)) = self.rule_or_refuse(id, &request.channel)? else {
            return Ok(None);
        };
        let Some(history) = rule.history.clone() else {
            self.refuse(id, ErrorCode::NotAvailable);
            return Ok(None);
        };
        let options = self.engine.options;
        let channel = request.channel.clone();
        Ok(Some(answered(
            rule,
            id,
            "history",
            channel,
            async move |channel| {
                let ask = || ask(&history.permission, &caller, &channel, &params);
                ask().await?;
                let page = recovery::page(history.source.as_ref(), &request, &options).await?;
                // A right that was lost while this was read is not used.
                ask().await?;
                Ok(Reply {
                    history: Some(page),
                    ..Reply::default()
                })
            },
        )))
    }

    pub(super) fn begin_presence(
        &mut self,
        caller: U,
        id: u32,
        channel: String,
    ) -> Flow<Option<Work<U>>> {
        let engine = self.engine.clone();
        self.begin_presence_of(caller, id, channel, async move |channel| {
            Ok(Reply {
                presence: Some(engine.presence(&channel).await?),
                ..Reply::default()
            })
        })
    }

    pub(super) fn begin_presence_stats(
        &mut self,
        caller: U,
        id: u32,
        channel: String,
    ) -> Flow<Option<Work<U>>> {
        let engine = self.engine.clone();
        self.begin_presence_of(caller, id, channel, async move |channel| {
            Ok(Reply {
                presence_stats: Some(engine.presence_stats(&channel).await?),
                ..Reply::default()
            })
        })
    }

    fn begin_presence_of<Fut>(
        &mut self,
        caller: U,
        id: u32,
        channel: String,
        look: impl FnOnce(String) -> Fut + Send + 'static,
    ) -> Flow<Option<Work<U>>>
    where
        Fut: Future<Output = Result<Reply, Refusal>> + Send + 'static,
    {
        let Some((rule, params)) = self.rule_or_refuse(id, &channel)? else {
            return Ok(None);
        };
        let Some(permission) = rule.presence.clone() else {
            self.refuse(id, ErrorCode::NotAvailable);
            return Ok(None);
        };
        Ok(Some(answered(
            rule,
            id,
            "presence",
            channel,
            async move |channel| {
                let ask = || ask(&permission, &caller, &channel, &params);
                ask().await?;
                let seen = look(channel.clone()).await?;
                ask().await?;
                Ok(seen)
            },
        )))
    }
}

async fn ask<U: Clone + Send + 'static>(
    permission: &Handler<Access<U>, ()>,
    caller: &U,
    channel: &str,
    params: &Params,
) -> Result<(), Refusal> {
    let event = Access {
        caller: caller.clone(),
        channel: channel.to_owned(),
        params: params.clone(),
    };
    permission.call(event).await
}

/// Work whose outcome is the answer to a command. A refusal is logged with the rule.
fn answered<U, Fut>(
    rule: Arc<Rule<U>>,
    id: u32,
    event: &'static str,
    channel: String,
    work: impl FnOnce(String) -> Fut + Send + 'static,
) -> Work<U>
where
    U: Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<Reply, Refusal>> + Send + 'static,
{
    Box::pin(async move {
        let outcome = work(channel.clone()).await;
        if let Err(refusal) = &outcome {
            log_refusal(&rule, &channel, event, refusal);
        }
        let outcome = outcome.map(|reply| Reply { id, ..reply });
        Done::Answered(id, Box::new(outcome))
    })
}
