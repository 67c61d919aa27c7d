//! What a client says, with the numbers of the published definition.

use std::collections::BTreeMap;

use super::embedded::{self, Malformed};
use crate::protocol::frame;

/// The format of patches that there is.
const FOSSIL: &str = "fossil";

#[derive(Clone, PartialEq, prost::Message)]
pub struct Command {
    #[prost(uint32, tag = "1")]
    id: u32,
    #[prost(message, tag = "4")]
    connect: Option<Connect>,
    #[prost(message, tag = "5")]
    subscribe: Option<Subscribe>,
    #[prost(message, tag = "6")]
    unsubscribe: Option<Channel>,
    #[prost(message, tag = "7")]
    publish: Option<Publish>,
    #[prost(message, tag = "8")]
    presence: Option<Channel>,
    #[prost(message, tag = "9")]
    presence_stats: Option<Channel>,
    #[prost(message, tag = "10")]
    history: Option<History>,
    #[prost(message, tag = "12")]
    send: Option<Send>,
    #[prost(message, tag = "13")]
    rpc: Option<Rpc>,
    #[prost(message, tag = "14")]
    refresh: Option<Refresh>,
    #[prost(message, tag = "15")]
    sub_refresh: Option<SubRefresh>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Connect {
    #[prost(string, tag = "1")]
    token: String,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
    #[prost(btree_map = "string, message", tag = "3")]
    subs: BTreeMap<String, Subscribe>,
    #[prost(string, tag = "4")]
    name: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Subscribe {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(string, tag = "2")]
    token: String,
    #[prost(bool, tag = "3")]
    recover: bool,
    #[prost(string, tag = "6")]
    epoch: String,
    #[prost(uint64, tag = "7")]
    offset: u64,
    #[prost(bytes = "vec", tag = "8")]
    data: Vec<u8>,
    #[prost(bool, tag = "11")]
    join_leave: bool,
    #[prost(string, tag = "12")]
    delta: String,
    #[prost(message, tag = "13")]
    tf: Option<FilterNode>,
    #[prost(int64, tag = "14")]
    flag: i64,
}

/// A filter by tags, which is a tree of these. Beyond this file it is the JSON that it is elsewhere.
#[derive(Clone, PartialEq, prost::Message, serde::Serialize, serde::Deserialize)]
#[serde(default)]
struct FilterNode {
    #[prost(string, tag = "1")]
    #[serde(skip_serializing_if = "String::is_empty")]
    op: String,
    #[prost(string, tag = "2")]
    #[serde(skip_serializing_if = "String::is_empty")]
    key: String,
    #[prost(string, tag = "3")]
    #[serde(skip_serializing_if = "String::is_empty")]
    cmp: String,
    #[prost(string, tag = "4")]
    #[serde(skip_serializing_if = "String::is_empty")]
    val: String,
    #[prost(string, repeated, tag = "5")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    vals: Vec<String>,
    #[prost(message, repeated, tag = "6")]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nodes: Vec<FilterNode>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Channel {
    #[prost(string, tag = "1")]
    channel: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Publish {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(bytes = "vec", tag = "2")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct History {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(int32, tag = "7")]
    limit: i32,
    #[prost(message, tag = "8")]
    since: Option<Position>,
    #[prost(bool, tag = "9")]
    reverse: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Position {
    #[prost(uint64, tag = "1")]
    offset: u64,
    #[prost(string, tag = "2")]
    epoch: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Rpc {
    #[prost(bytes = "vec", tag = "1")]
    data: Vec<u8>,
    #[prost(string, tag = "2")]
    method: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Refresh {
    #[prost(string, tag = "1")]
    token: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct SubRefresh {
    #[prost(string, tag = "1")]
    channel: String,
    #[prost(string, tag = "2")]
    token: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Send {
    #[prost(bytes = "vec", tag = "1")]
    data: Vec<u8>,
}

impl TryFrom<Command> for frame::Command {
    type Error = Malformed;

    fn try_from(command: Command) -> Result<Self, Malformed> {
        Ok(Self {
            id: command.id,
            connect: command.connect.map(TryInto::try_into).transpose()?,
            subscribe: command.subscribe.map(TryInto::try_into).transpose()?,
            unsubscribe: command.unsubscribe.map(Into::into),
            publish: command.publish.map(TryInto::try_into).transpose()?,
            presence: command.presence.map(Into::into),
            presence_stats: command.presence_stats.map(Into::into),
            history: command.history.map(Into::into),
            rpc: command.rpc.map(TryInto::try_into).transpose()?,
            refresh: command
                .refresh
                .map(|Refresh { token }| frame::RefreshRequest { token }),
            sub_refresh: command.sub_refresh.map(Into::into),
            send: command.send.map(TryInto::try_into).transpose()?,
        })
    }
}

impl TryFrom<Connect> for frame::ConnectRequest {
    type Error = Malformed;

    fn try_from(connect: Connect) -> Result<Self, Malformed> {
        let subs = connect.subs.into_iter();
        let subs = subs.map(|(channel, sub)| Ok((channel, sub.try_into()?)));
        Ok(Self {
            token: connect.token,
            data: embedded::read(connect.data)?,
            name: connect.name,
            subs: subs.collect::<Result<_, Malformed>>()?,
        })
    }
}

impl TryFrom<Subscribe> for frame::SubscribeRequest {
    type Error = Malformed;

    fn try_from(subscribe: Subscribe) -> Result<Self, Malformed> {
        Ok(Self {
            channel: subscribe.channel,
            token: subscribe.token,
            data: embedded::read(subscribe.data)?,
            recover: subscribe.recover,
            epoch: subscribe.epoch,
            offset: subscribe.offset,
            // None of the bits that have a meaning is beyond these.
            flag: u32::try_from(subscribe.flag & i64::from(u32::MAX)).unwrap_or_default(),
            join_leave: subscribe.join_leave,
            tf: subscribe.tf.map(|filter| frame::raw(&filter)).transpose()?,
            delta: match subscribe.delta.as_str() {
                "" => None,
                FOSSIL => Some(frame::DeltaFormat::Fossil),
                _ => Some(frame::DeltaFormat::Other),
            },
        })
    }
}

impl From<Channel> for frame::ChannelRequest {
    fn from(Channel { channel }: Channel) -> Self {
        Self { channel }
    }
}

impl TryFrom<Publish> for frame::PublishRequest {
    type Error = Malformed;

    fn try_from(publish: Publish) -> Result<Self, Malformed> {
        Ok(Self {
            channel: publish.channel,
            data: embedded::read(publish.data)?,
        })
    }
}

impl From<History> for frame::HistoryRequest {
    fn from(history: History) -> Self {
        let position = |Position { offset, epoch }| frame::StreamPosition { offset, epoch };
        Self {
            channel: history.channel,
            limit: history.limit,
            since: history.since.map(position),
            reverse: history.reverse,
        }
    }
}

impl TryFrom<Rpc> for frame::RpcRequest {
    type Error = Malformed;

    fn try_from(rpc: Rpc) -> Result<Self, Malformed> {
        Ok(Self {
            method: rpc.method,
            data: embedded::read(rpc.data)?,
        })
    }
}

impl From<SubRefresh> for frame::SubRefreshRequest {
    fn from(SubRefresh { channel, token }: SubRefresh) -> Self {
        Self { channel, token }
    }
}

impl TryFrom<Send> for frame::SendRequest {
    type Error = Malformed;

    fn try_from(send: Send) -> Result<Self, Malformed> {
        let data = embedded::read(send.data)?;
        Ok(Self { data })
    }
}

impl From<&frame::Command> for Command {
    fn from(command: &frame::Command) -> Self {
        Self {
            id: command.id,
            connect: command.connect.as_ref().map(Into::into),
            subscribe: command.subscribe.as_ref().map(Into::into),
            unsubscribe: command.unsubscribe.as_ref().map(Into::into),
            publish: command.publish.as_ref().map(|publish| Publish {
                channel: publish.channel.clone(),
                data: embedded::write(publish.data.as_ref()),
            }),
            presence: command.presence.as_ref().map(Into::into),
            presence_stats: command.presence_stats.as_ref().map(Into::into),
            history: command.history.as_ref().map(Into::into),
            send: command.send.as_ref().map(|send| Send {
                data: embedded::write(send.data.as_ref()),
            }),
            rpc: command.rpc.as_ref().map(|rpc| Rpc {
                data: embedded::write(rpc.data.as_ref()),
                method: rpc.method.clone(),
            }),
            refresh: command.refresh.as_ref().map(|refresh| Refresh {
                token: refresh.token.clone(),
            }),
            sub_refresh: command.sub_refresh.as_ref().map(|refresh| SubRefresh {
                channel: refresh.channel.clone(),
                token: refresh.token.clone(),
            }),
        }
    }
}

impl From<&frame::ConnectRequest> for Connect {
    fn from(connect: &frame::ConnectRequest) -> Self {
        let subs = connect.subs.iter();
        Self {
            token: connect.token.clone(),
            data: embedded::write(connect.data.as_ref()),
            subs: subs
                .map(|(channel, sub)| (channel.clone(), sub.into()))
                .collect(),
            name: connect.name.clone(),
        }
    }
}

impl From<&frame::SubscribeRequest> for Subscribe {
    fn from(subscribe: &frame::SubscribeRequest) -> Self {
        Self {
            channel: subscribe.channel.clone(),
            token: subscribe.token.clone(),
            recover: subscribe.recover,
            epoch: subscribe.epoch.clone(),
            offset: subscribe.offset,
            data: embedded::write(subscribe.data.as_ref()),
            join_leave: subscribe.join_leave,
            // What is no filter is none here either.
            tf: (subscribe.tf.as_ref()).map(|tf| frame::parse(tf.get()).unwrap_or_default()),
            flag: subscribe.flag.into(),
            delta: match subscribe.delta {
                None => String::new(),
                Some(frame::DeltaFormat::Fossil) => FOSSIL.to_owned(),
                Some(frame::DeltaFormat::Other) => "other".to_owned(),
            },
        }
    }
}

impl From<&frame::ChannelRequest> for Channel {
    fn from(request: &frame::ChannelRequest) -> Self {
        Self {
            channel: request.channel.clone(),
        }
    }
}

impl From<&frame::HistoryRequest> for History {
    fn from(history: &frame::HistoryRequest) -> Self {
        let position = |since: &frame::StreamPosition| Position {
            offset: since.offset,
            epoch: since.epoch.clone(),
        };
        Self {
            channel: history.channel.clone(),
            limit: history.limit,
            since: history.since.as_ref().map(position),
            reverse: history.reverse,
        }
    }
}
