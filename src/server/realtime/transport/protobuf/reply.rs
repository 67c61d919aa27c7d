//! What a server says, with the numbers of the published definition.

mod push;

use std::collections::BTreeMap;

use self::push::{ClientInfo, Publication, Push};
use super::embedded::{self, Malformed};
use crate::protocol::codes::ReplyError;
use crate::protocol::frame;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Reply {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(message, tag = "2")]
    error: Option<Error>,
    #[prost(message, tag = "4")]
    push: Option<Push>,
    #[prost(message, tag = "5")]
    connect: Option<Connect>,
    #[prost(message, tag = "6")]
    subscribe: Option<Subscribe>,
    #[prost(message, tag = "7")]
    unsubscribe: Option<Empty>,
    #[prost(message, tag = "8")]
    publish: Option<Empty>,
    #[prost(message, tag = "9")]
    presence: Option<Presence>,
    #[prost(message, tag = "10")]
    presence_stats: Option<PresenceStats>,
    #[prost(message, tag = "11")]
    history: Option<History>,
    #[prost(message, tag = "13")]
    rpc: Option<Rpc>,
    #[prost(message, tag = "14")]
    refresh: Option<Refresh>,
    #[prost(message, tag = "15")]
    sub_refresh: Option<SubRefresh>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Error {
    #[prost(uint32, tag = "1")]
    code: u32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(bool, tag = "3")]
    temporary: bool,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Empty {}

#[derive(Clone, PartialEq, prost::Message)]
struct Connect {
    #[prost(string, tag = "1")]
    client: String,
    #[prost(string, tag = "2")]
    version: String,
    #[prost(bool, tag = "3")]
    expires: bool,
    #[prost(uint32, tag = "4")]
    ttl: u32,
    #[prost(bytes = "vec", tag = "5")]
    data: Vec<u8>,
    #[prost(btree_map = "string, message", tag = "6")]
    subs: BTreeMap<String, Subscribe>,
    #[prost(uint32, tag = "7")]
    ping: u32,
    #[prost(bool, tag = "8")]
    pong: bool,
    #[prost(string, tag = "9")]
    session: String,
    #[prost(string, tag = "10")]
    node: String,
}

#[allow(clippy::struct_excessive_bools)]
#[derive(Clone, PartialEq, prost::Message)]
struct Subscribe {
    #[prost(bool, tag = "1")]
    expires: bool,
    #[prost(uint32, tag = "2")]
    ttl: u32,
    #[prost(bool, tag = "3")]
    recoverable: bool,
    #[prost(string, tag = "6")]
    epoch: String,
    #[prost(message, repeated, tag = "7")]
    publications: Vec<Publication>,
    #[prost(bool, tag = "8")]
    recovered: bool,
    #[prost(uint64, tag = "9")]
    offset: u64,
    #[prost(bool, tag = "10")]
    positioned: bool,
    #[prost(bytes = "vec", tag = "11")]
    data: Vec<u8>,
    #[prost(bool, tag = "12")]
    was_recovering: bool,
    #[prost(bool, tag = "13")]
    delta: bool,
    #[prost(int64, tag = "14")]
    id: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Presence {
    #[prost(btree_map = "string, message", tag = "1")]
    presence: BTreeMap<String, ClientInfo>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct PresenceStats {
    #[prost(uint32, tag = "1")]
    num_clients: u32,
    #[prost(uint32, tag = "2")]
    num_users: u32,
}

#[derive(Clone, PartialEq, prost::Message)]
struct History {
    #[prost(message, repeated, tag = "1")]
    publications: Vec<Publication>,
    #[prost(string, tag = "2")]
    epoch: String,
    #[prost(uint64, tag = "3")]
    offset: u64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Rpc {
    #[prost(bytes = "vec", tag = "1")]
    data: Vec<u8>,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Refresh {
    #[prost(bool, tag = "3")]
    expires: bool,
    #[prost(uint32, tag = "4")]
    ttl: u32,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct SubRefresh {
    #[prost(bool, tag = "1")]
    expires: bool,
    #[prost(uint32, tag = "2")]
    ttl: u32,
}

impl From<&frame::Reply> for Reply {
    fn from(reply: &frame::Reply) -> Self {
        Self {
            id: reply.id,
            error: reply.error.as_ref().map(Into::into),
            push: reply.push.as_ref().map(Into::into),
            connect: reply.connect.as_ref().map(Into::into),
            subscribe: reply.subscribe.as_ref().map(Into::into),
            unsubscribe: reply.unsubscribe.as_ref().map(|_| Empty {}),
            publish: reply.publish.as_ref().map(|_| Empty {}),
            presence: reply.presence.as_ref().map(Into::into),
            presence_stats: reply.presence_stats.map(|stats| PresenceStats {
                num_clients: stats.num_clients,
                num_users: stats.num_users,
            }),
            history: reply.history.as_ref().map(Into::into),
            rpc: reply.rpc.as_ref().map(|rpc| Rpc {
                data: embedded::write(rpc.data.as_ref()),
            }),
            refresh: reply.refresh.map(|refresh| Refresh {
                expires: refresh.expires,
                ttl: refresh.ttl,
            }),
            sub_refresh: reply.sub_refresh.map(|refresh| SubRefresh {
                expires: refresh.expires,
                ttl: refresh.ttl,
            }),
        }
    }
}

impl From<&ReplyError> for Error {
    fn from(error: &ReplyError) -> Self {
        Self {
            code: error.code,
            message: error.message.clone(),
            temporary: error.temporary,
        }
    }
}

impl From<&frame::ConnectResult> for Connect {
    fn from(connect: &frame::ConnectResult) -> Self {
        let subs = connect.subs.iter();
        Self {
            client: connect.client.clone(),
            version: connect.version.clone(),
            expires: connect.expires,
            ttl: connect.ttl,
            data: embedded::write(connect.data.as_ref()),
            subs: subs
                .map(|(channel, sub)| (channel.clone(), sub.into()))
                .collect(),
            ping: connect.ping,
            pong: connect.pong,
            session: connect.session.clone(),
            node: connect.node.clone(),
        }
    }
}

impl From<&frame::SubscribeResult> for Subscribe {
    fn from(subscribe: &frame::SubscribeResult) -> Self {
        Self {
            expires: subscribe.expires,
            ttl: subscribe.ttl,
            recoverable: subscribe.recoverable,
            epoch: subscribe.epoch.clone(),
            publications: subscribe.publications.iter().map(Into::into).collect(),
            recovered: subscribe.recovered,
            offset: subscribe.offset,
            positioned: subscribe.positioned,
            data: embedded::write(subscribe.data.as_ref()),
            was_recovering: subscribe.was_recovering,
            delta: subscribe.delta,
            id: i64::try_from(subscribe.id).unwrap_or_default(),
        }
    }
}

impl From<&frame::PresenceResult> for Presence {
    fn from(presence: &frame::PresenceResult) -> Self {
        let clients = presence.presence.iter();
        Self {
            presence: clients
                .map(|(client, info)| (client.clone(), info.into()))
                .collect(),
        }
    }
}

impl From<&frame::HistoryResult> for History {
    fn from(history: &frame::HistoryResult) -> Self {
        Self {
            publications: history.publications.iter().map(Into::into).collect(),
            epoch: history.epoch.clone(),
            offset: history.offset,
        }
    }
}

impl TryFrom<Reply> for frame::Reply {
    type Error = Malformed;

    fn try_from(reply: Reply) -> Result<Self, Malformed> {
        let lasting = |expires, ttl| frame::RefreshResult { expires, ttl };
        Ok(Self {
            id: reply.id,
            error: reply.error.map(Into::into),
            push: reply.push.map(TryInto::try_into).transpose()?,
            connect: reply.connect.map(TryInto::try_into).transpose()?,
            subscribe: reply.subscribe.map(TryInto::try_into).transpose()?,
            unsubscribe: reply.unsubscribe.map(|_| frame::Empty {}),
            publish: reply.publish.map(|_| frame::Empty {}),
            presence: reply.presence.map(TryInto::try_into).transpose()?,
            presence_stats: reply
                .presence_stats
                .map(|stats| frame::PresenceStatsResult {
                    num_clients: stats.num_clients,
                    num_users: stats.num_users,
                }),
            history: reply.history.map(TryInto::try_into).transpose()?,
            rpc: reply.rpc.map(TryInto::try_into).transpose()?,
            refresh: reply.refresh.map(|r| lasting(r.expires, r.ttl)),
            sub_refresh: reply.sub_refresh.map(|r| lasting(r.expires, r.ttl)),
        })
    }
}

impl From<Error> for ReplyError {
    fn from(error: Error) -> Self {
        Self {
            code: error.code,
            message: error.message,
            temporary: error.temporary,
        }
    }
}

impl TryFrom<Connect> for frame::ConnectResult {
    type Error = Malformed;

    fn try_from(connect: Connect) -> Result<Self, Malformed> {
        let subs = connect.subs.into_iter();
        let subs = subs.map(|(channel, sub)| Ok((channel, sub.try_into()?)));
        Ok(Self {
            client: connect.client,
            version: connect.version,
            expires: connect.expires,
            ttl: connect.ttl,
            data: embedded::read(connect.data)?,
            subs: subs.collect::<Result<_, Malformed>>()?,
            ping: connect.ping,
            pong: connect.pong,
            session: connect.session,
            node: connect.node,
        })
    }
}

impl TryFrom<Subscribe> for frame::SubscribeResult {
    type Error = Malformed;

    fn try_from(subscribe: Subscribe) -> Result<Self, Malformed> {
        Ok(Self {
            expires: subscribe.expires,
            ttl: subscribe.ttl,
            recoverable: subscribe.recoverable,
            epoch: subscribe.epoch,
            publications: all(subscribe.publications)?,
            recovered: subscribe.recovered,
            offset: subscribe.offset,
            positioned: subscribe.positioned,
            data: embedded::read(subscribe.data)?,
            was_recovering: subscribe.was_recovering,
            delta: subscribe.delta,
            id: u64::try_from(subscribe.id).unwrap_or_default(),
        })
    }
}

impl TryFrom<Presence> for frame::PresenceResult {
    type Error = Malformed;

    fn try_from(presence: Presence) -> Result<Self, Malformed> {
        let clients = presence.presence.into_iter();
        let clients = clients.map(|(client, info)| Ok((client, info.try_into()?)));
        Ok(Self {
            presence: clients.collect::<Result<_, Malformed>>()?,
        })
    }
}

impl TryFrom<History> for frame::HistoryResult {
    type Error = Malformed;

    fn try_from(history: History) -> Result<Self, Malformed> {
        Ok(Self {
            publications: all(history.publications)?,
            epoch: history.epoch,
            offset: history.offset,
        })
    }
}

impl TryFrom<Rpc> for frame::RpcResult {
    type Error = Malformed;

    fn try_from(rpc: Rpc) -> Result<Self, Malformed> {
        let data = embedded::read(rpc.data)?;
        Ok(Self { data })
    }
}

fn all(publications: Vec<Publication>) -> Result<Vec<frame::Publication>, Malformed> {
    publications.into_iter().map(TryInto::try_into).collect()
}
