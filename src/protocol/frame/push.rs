//! What the server says without being asked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Raw, RefreshResult, SubscribeResult, is_zero_u64};
use crate::protocol::codes::UnsubscribeCode;

/// One push; all but `refresh`, `message` and `disconnect` concern a channel.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Push {
    /// Instead of the channel, for who was told the number.
    #[serde(skip_serializing_if = "is_zero_u64")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub id: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub join: Option<Member>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub leave: Option<Member>,
    /// The server has subscribed this connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<SubscribeResult>,
    /// The server has ended a subscription.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Unsubscribed>,
    /// The connection ends, where that is not said by closing a socket.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub disconnect: Option<Unsubscribed>,
    /// The connection lives longer than was announced.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub refresh: Option<RefreshResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub message: Option<Message>,
}

impl Push {
    /// The server has ended a subscription.
    pub fn unsubscribe(channel: &str, code: UnsubscribeCode) -> Self {
        Self {
            channel: channel.to_owned(),
            unsubscribe: Some(Unsubscribed {
                code: code as u32,
                reason: code.reason().to_owned(),
            }),
            ..Self::default()
        }
    }

    /// The connection ends.
    pub fn disconnect(code: u16, reason: &str) -> Self {
        Self {
            disconnect: Some(Unsubscribed {
                code: code.into(),
                reason: reason.to_owned(),
            }),
            ..Self::default()
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Publication {
    pub data: Raw,
    /// Who published it, if a client did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub info: Option<ClientInfo>,
    /// Its place in the stream; zero for what is not kept.
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub tags: BTreeMap<String, String>,
    /// When it was published, in milliseconds since 1970, where the channel's rule has that told.
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub time: u64,
    /// The data is a patch of the data before, for who reads patches.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub delta: bool,
}

impl Publication {
    /// Something the server publishes.
    pub fn new(data: Raw, offset: u64) -> Self {
        Self {
            data,
            info: None,
            offset,
            tags: BTreeMap::new(),
            time: 0,
            delta: false,
        }
    }
}

/// A connection, as others see it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientInfo {
    pub user: String,
    pub client: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conn_info: Option<Raw>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chan_info: Option<Raw>,
}

/// Who joined or left.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Member {
    pub info: ClientInfo,
}

/// What has ended, and why: a subscription, or the connection.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Unsubscribed {
    pub code: u32,
    pub reason: String,
}

/// A message for this connection alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct Message {
    pub data: Raw,
}
