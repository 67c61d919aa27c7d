//! What the server says without being asked.

use std::collections::BTreeMap;

use super::super::embedded::{self, Malformed};
use crate::protocol::frame;

#[derive(Clone, PartialEq, prost::Message)]
pub struct Push {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    channel: String,
    #[prost(message, tag = "4")]
    publication: Option<Publication>,
    #[prost(message, tag = "5")]
    join: Option<Member>,
    #[prost(message, tag = "6")]
    leave: Option<Member>,
    #[prost(message, tag = "7")]
    unsubscribe: Option<Unsubscribed>,
    #[prost(message, tag = "8")]
    message: Option<Message>,
    #[prost(message, tag = "9")]
    subscribe: Option<Subscribed>,
    #[prost(message, tag = "11")]
    disconnect: Option<Disconnected>,
    #[prost(message, tag = "12")]
    refresh: Option<Refresh>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct ClientInfo {
    #[prost(string, tag = "1")]
    user: String,
    #[prost(string, tag = "2")]
    client: String,
    #[prost(bytes = "vec", tag = "3")]
    conn_info: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    chan_info: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub struct Publication {
    #[prost(bytes = "vec", tag = "4")]
    data: Vec<u8>,
    #[prost(message, tag = "5")]
    info: Option<ClientInfo>,
    #[prost(uint64, tag = "6")]
    offset: u64,
    #[prost(btree_map = "string, string", tag = "7")]
    tags: BTreeMap<String, String>,
    #[prost(bool, tag = "8")]
    delta: bool,
    #[prost(int64, tag = "9")]
    time: i64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Member {
    #[prost(message, tag = "1")]
    info: Option<ClientInfo>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Unsubscribed {
    #[prost(uint32, tag = "2")]
    code: u32,
    #[prost(string, tag = "3")]
    reason: String,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Message {
    #[prost(bytes = "vec", tag = "1")]
    data: Vec<u8>,
}

/// A subscription that the server has made begins at the top of its stream: nothing is recovered.
#[derive(Clone, PartialEq, prost::Message)]
struct Subscribed {
    #[prost(bool, tag = "1")]
    recoverable: bool,
    #[prost(string, tag = "4")]
    epoch: String,
    #[prost(uint64, tag = "5")]
    offset: u64,
    #[prost(bool, tag = "6")]
    positioned: bool,
    #[prost(bytes = "vec", tag = "7")]
    data: Vec<u8>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Disconnected {
    #[prost(uint32, tag = "1")]
    code: u32,
    #[prost(string, tag = "2")]
    reason: String,
}

#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Refresh {
    #[prost(bool, tag = "1")]
    expires: bool,
    #[prost(uint32, tag = "2")]
    ttl: u32,
}

impl From<&frame::Push> for Push {
    fn from(push: &frame::Push) -> Self {
        Self {
            id: i64::try_from(push.id).unwrap_or_default(),
            channel: push.channel.clone(),
            publication: push.publication.as_ref().map(Into::into),
            join: push.join.as_ref().map(Into::into),
            leave: push.leave.as_ref().map(Into::into),
            unsubscribe: push.unsubscribe.as_ref().map(|unsubscribe| Unsubscribed {
                code: unsubscribe.code,
                reason: unsubscribe.reason.clone(),
            }),
            message: push.message.as_ref().map(|message| Message {
                data: embedded::write_some(&message.data),
            }),
            subscribe: push.subscribe.as_ref().map(|subscribe| Subscribed {
                recoverable: subscribe.recoverable,
                epoch: subscribe.epoch.clone(),
                offset: subscribe.offset,
                positioned: subscribe.positioned,
                data: embedded::write(subscribe.data.as_ref()),
            }),
            disconnect: push.disconnect.as_ref().map(|disconnect| Disconnected {
                code: disconnect.code,
                reason: disconnect.reason.clone(),
            }),
            refresh: push.refresh.map(|refresh| Refresh {
                expires: refresh.expires,
                ttl: refresh.ttl,
            }),
        }
    }
}

impl From<&frame::ClientInfo> for ClientInfo {
    fn from(info: &frame::ClientInfo) -> Self {
        Self {
            user: info.user.clone(),
            client: info.client.clone(),
            conn_info: embedded::write(info.conn_info.as_ref()),
            chan_info: embedded::write(info.chan_info.as_ref()),
        }
    }
}

impl From<&frame::Publication> for Publication {
    fn from(publication: &frame::Publication) -> Self {
        Self {
            data: match publication.delta {
                true => embedded::write_text(&publication.data),
                false => embedded::write_some(&publication.data),
            },
            delta: publication.delta,
            info: publication.info.as_ref().map(Into::into),
            offset: publication.offset,
            tags: publication.tags.clone(),
            time: i64::try_from(publication.time).unwrap_or_default(),
        }
    }
}

impl From<&frame::Member> for Member {
    fn from(member: &frame::Member) -> Self {
        Self {
            info: Some((&member.info).into()),
        }
    }
}

impl TryFrom<Push> for frame::Push {
    type Error = Malformed;

    fn try_from(push: Push) -> Result<Self, Malformed> {
        Ok(Self {
            id: u64::try_from(push.id).unwrap_or_default(),
            channel: push.channel,
            publication: push.publication.map(TryInto::try_into).transpose()?,
            join: push.join.map(TryInto::try_into).transpose()?,
            leave: push.leave.map(TryInto::try_into).transpose()?,
            subscribe: push.subscribe.map(TryInto::try_into).transpose()?,
            unsubscribe: push.unsubscribe.map(|unsubscribe| frame::Unsubscribed {
                code: unsubscribe.code,
                reason: unsubscribe.reason,
            }),
            disconnect: push.disconnect.map(|disconnect| frame::Unsubscribed {
                code: disconnect.code,
                reason: disconnect.reason,
            }),
            refresh: push.refresh.map(|refresh| frame::RefreshResult {
                expires: refresh.expires,
                ttl: refresh.ttl,
            }),
            message: push.message.map(TryInto::try_into).transpose()?,
        })
    }
}

impl TryFrom<ClientInfo> for frame::ClientInfo {
    type Error = Malformed;

    fn try_from(info: ClientInfo) -> Result<Self, Malformed> {
        Ok(Self {
            user: info.user,
            client: info.client,
            conn_info: embedded::read(info.conn_info)?,
            chan_info: embedded::read(info.chan_info)?,
        })
    }
}

impl TryFrom<Publication> for frame::Publication {
    type Error = Malformed;

    fn try_from(publication: Publication) -> Result<Self, Malformed> {
        Ok(Self {
            data: match publication.delta {
                true => embedded::read_text(publication.data)?,
                false => embedded::read_some(publication.data)?,
            },
            delta: publication.delta,
            info: publication.info.map(TryInto::try_into).transpose()?,
            offset: publication.offset,
            tags: publication.tags,
            time: u64::try_from(publication.time).unwrap_or_default(),
        })
    }
}

impl TryFrom<Member> for frame::Member {
    type Error = Malformed;

    fn try_from(member: Member) -> Result<Self, Malformed> {
        let info = member.info.unwrap_or_default().try_into()?;
        Ok(Self { info })
    }
}

impl TryFrom<Message> for frame::Message {
    type Error = Malformed;

    fn try_from(message: Message) -> Result<Self, Malformed> {
        let data = embedded::read_some(message.data)?;
        Ok(Self { data })
    }
}

impl TryFrom<Subscribed> for frame::SubscribeResult {
    type Error = Malformed;

    fn try_from(subscribed: Subscribed) -> Result<Self, Malformed> {
        Ok(Self {
            recoverable: subscribed.recoverable,
            epoch: subscribed.epoch,
            offset: subscribed.offset,
            positioned: subscribed.positioned,
            data: embedded::read(subscribed.data)?,
            ..Self::default()
        })
    }
}
