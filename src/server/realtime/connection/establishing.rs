//! A connection as it begins: authenticated, registered, asked about once more, and told where its
//! server-side subscriptions stand.

use std::collections::HashMap;
use std::sync::Arc;

use super::subscriptions::{Side, Terms};
use super::{Connection, Done, Flow, Stage, Work, seconds};
use crate::protocol::frame::{ConnectRequest, ConnectResult, Raw, Reply, StreamPosition};
use crate::server::realtime::engine::Engine;
use crate::server::realtime::engine::recovery::{self, Budget, Start};
use crate::server::realtime::hub::instruction::{Generation, Instruction};
use crate::server::realtime::registration::events::Accepted;
use crate::server::realtime::registration::handler::Refusal;
use crate::server::realtime::registration::rules::Rule;

const VERSION: &str = concat!("Hubbub ", env!("CARGO_PKG_VERSION"));

/// A connection whose server-side subscriptions have been read.
pub(super) struct Established {
    data: Option<Raw>,
    starts: Vec<Started>,
    /// Channels that it has no right to any more.
    lost: Vec<String>,
    /// Channels that it got a right to since it was accepted.
    late: Vec<String>,
    /// The generation at which that was asked: an instruction to unsubscribe that is younger ends
    /// late channels too.
    asked_at: Generation,
}

/// A channel whose subscription is registered with the hub.
struct Registered<U> {
    channel: String,
    rule: Arc<Rule<U>>,
}

struct Started {
    channel: String,
    start: Start,
}

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// The connection has a peer: registers it with the hub, then asks once more whether it
    /// may stay, and reads where its channels stand.
    pub(super) fn establish(
        &mut self,
        id: u32,
        positions: ConnectRequest,
        accepted: Accepted<U>,
    ) -> Work<U> {
        self.engine.hub.identify(&self.link, accepted.peer);
        self.stage = Stage::Connecting(accepted.caller.clone());
        self.set_expiry(accepted.expires);
        let channels = self.register_all(accepted.channels);
        let asked_at = self.link.next_generation();
        let engine = self.engine.clone();
        let (caller, data) = (accepted.caller, accepted.data);
        Box::pin(async move {
            let outcome = read(&engine, caller, channels, &positions).await;
            let established = outcome.map(|established| Established {
                data,
                asked_at,
                ..established
            });
            Done::Established(id, established)
        })
    }

    /// Registers the server-side channels, as many as there may be.
    fn register_all(&mut self, channels: Vec<String>) -> Vec<Registered<U>> {
        let limit = self.engine.options.server_channels;
        let mut registered = Vec::with_capacity(channels.len());
        for channel in channels {
            if registered.len() >= limit {
                tracing::warn!(limit, "too many channels for one connection");
                break;
            }
            let Some((rule, _)) = self.engine.registration.find(&channel) else {
                tracing::warn!(channel, "not subscribed by the server: no rule matches");
                continue;
            };
            let rule = rule.clone();
            if !self.subscriptions.contains(&channel) {
                let generation = self.link.next_generation();
                self.register(&channel, &rule, Side::Server, generation);
                registered.push(Registered { channel, rule });
            }
        }
        registered
    }

    pub(super) fn connected(&mut self, id: u32, established: Established) -> Flow {
        if let Stage::Connecting(caller) = std::mem::replace(&mut self.stage, Stage::New) {
            self.stage = Stage::Connected(caller);
        }
        self.heed_what_came(established.late, established.asked_at)?;
        for channel in established.lost {
            self.leave(&channel);
        }
        let ttl = self.announced_ttl();
        let node = self.session.as_ref().map(|_| self.engine.id.clone());
        let mut result = ConnectResult {
            client: self.link.client.to_string(),
            version: VERSION.to_owned(),
            expires: ttl.is_some(),
            ttl: ttl.map_or(0, seconds),
            data: established.data,
            ping: seconds(self.engine.options.deadlines.ping),
            pong: !self.link.outbox.dialect().is_one_way(),
            session: self.session.clone().unwrap_or_default(),
            node: node.unwrap_or_default(),
            ..ConnectResult::default()
        };
        let mut live = Vec::with_capacity(established.starts.len());
        for Started { channel, start } in established.starts {
            // The server may have ended it meanwhile.
            if !self.enter(&channel, start.position, None) {
                self.leave(&channel);
                continue;
            }
            let terms = Terms {
                position: start.position,
                hears_members: self.hears_members(&channel, false),
                ..Terms::default()
            };
            result.subs.insert(channel.clone(), start.result);
            live.push((channel, terms));
        }
        self.reply(&Reply {
            id,
            connect: Some(result),
            ..Reply::default()
        });
        for (channel, terms) in live {
            self.go_live(&channel, terms)?;
        }
        self.reset_alarm();
        Ok(())
    }

    /// What the server has said while the connection began comes after what it has begun with: a
    /// late channel that was taken away again does not begin.
    fn heed_what_came(&mut self, late: Vec<String>, asked_at: Generation) -> Flow {
        let came = std::mem::take(&mut self.waiting);
        for channel in late {
            let subscribe = Instruction::Subscribe {
                channel,
                data: None,
            };
            self.instruct_myself(asked_at, subscribe);
        }
        self.heed_all(came)?;
        self.weigh_waiting();
        Ok(())
    }
}

/// Asks whether the connection may stay, and reads where its channels stand.
async fn read<U: Clone + Send + Sync + 'static>(
    engine: &Engine<U>,
    caller: U,
    channels: Vec<Registered<U>>,
    positions: &ConnectRequest,
) -> Result<Established, Refusal> {
    let confirmed = engine.registration.confirmed(caller).await?;
    let mut still = confirmed.map(|confirmed| {
        let by_name = confirmed.into_iter().map(|c| (c.channel, c.position));
        by_name.collect::<HashMap<String, Option<StreamPosition>>>()
    });
    let mut budget = Budget::new(&engine.options);
    let mut starts = Vec::with_capacity(channels.len());
    let mut lost = Vec::new();
    for Registered { channel, rule } in channels {
        let known = match still.as_mut().map(|still| still.remove(&channel)) {
            Some(None) => {
                lost.push(channel);
                continue;
            }
            Some(Some(position)) => position,
            None => None,
        };
        let request = positions.subs.get(&channel).cloned().unwrap_or_default();
        let history = rule.source().map(Arc::as_ref);
        let start = recovery::start(history, &channel, &request, known, &mut budget).await?;
        starts.push(Started { channel, start });
    }
    Ok(Established {
        data: None,
        starts,
        lost,
        late: still.into_iter().flat_map(HashMap::into_keys).collect(),
        asked_at: Generation::default(),
    })
}
