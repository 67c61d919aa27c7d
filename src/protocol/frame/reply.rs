//! What a server says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::push::{ClientInfo, Publication, Push};
use super::{Raw, is_false, is_zero_u32, is_zero_u64};
use crate::protocol::codes::ReplyError;

/// One object of a server's frame: the answer to a command, a push, or (empty) a ping.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Reply {
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ReplyError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<ConnectResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<SubscribeResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub unsubscribe: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub publish: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub presence: Option<PresenceResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub presence_stats: Option<PresenceStatsResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub history: Option<HistoryResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc: Option<RpcResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub refresh: Option<RefreshResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub sub_refresh: Option<RefreshResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Empty {}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectResult {
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub client: String,
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub version: String,
    /// The client must refresh the connection within `ttl` seconds.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub expires: bool,
    #[serde(skip_serializing_if = "is_zero_u32")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub ttl: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subs: BTreeMap<String, SubscribeResult>,
    /// Seconds between two pings of the server.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub ping: u32,
    /// Whether the server expects pongs.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub pong: bool,
    /// What the client names with whatever it sends beside a stream: the stream, and the server
    /// that it comes from. A socket has neither.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub session: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub node: String,
}

/// How a subscription begins; also the body of a server-side subscribe push.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscribeResult {
    /// The client must refresh the subscription within `ttl` seconds.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub expires: bool,
    #[serde(skip_serializing_if = "is_zero_u32")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub ttl: u32,
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub recoverable: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub epoch: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub publications: Vec<Publication>,
    #[serde(skip_serializing_if = "is_false")]
    pub recovered: bool,
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
    #[serde(skip_serializing_if = "is_false")]
    pub positioned: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub was_recovering: bool,
    /// Publications are patches where that is shorter. In JSON, the data of all of them is a text then,
    /// with JSON or a patch in it.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub delta: bool,
    /// The number by which the channel is named from here on.
    #[serde(skip_serializing_if = "is_zero_u64")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub id: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryResult {
    pub publications: Vec<Publication>,
    pub epoch: String,
    pub offset: u64,
}

/// Who is subscribed, by the id of their connection.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PresenceResult {
    pub presence: BTreeMap<String, ClientInfo>,
}

/// Zeros are told: nobody is an answer too, and the JavaScript SDK passes on what it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PresenceStatsResult {
    pub num_clients: u32,
    pub num_users: u32,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RpcResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

/// How long a connection or a subscription goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshResult {
    #[serde(skip_serializing_if = "is_false")]
    pub expires: bool,
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub ttl: u32,
}

impl Reply {
    /// A refusal of the command with that id.
    pub fn refused(id: u32, error: ReplyError) -> Self {
        Self {
            id,
            error: Some(error),
            ..Self::default()
        }
    }

    /// A push.
    pub fn push(push: Push) -> Self {
        Self {
            push: Some(push),
            ..Self::default()
        }
    }

    /// A publication on a channel.
    pub fn publication(channel: impl Into<String>, publication: Publication) -> Self {
        Self::push(Push {
            channel: channel.into(),
            publication: Some(publication),
            ..Push::default()
        })
    }

    /// Whether this is the server's ping.
    pub fn is_ping(&self) -> bool {
        self.id == 0 && self.push.is_none()
    }
}
