//! What a client says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Raw, StreamPosition, is_false, is_zero_i32, is_zero_u32, is_zero_u64};

/// One object of a client's frame. Without a request and without an id it is a pong.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Command {
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub id: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<ConnectRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<SubscribeRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<ChannelRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub publish: Option<PublishRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub presence: Option<ChannelRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub presence_stats: Option<ChannelRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub history: Option<HistoryRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc: Option<RpcRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub refresh: Option<RefreshRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub sub_refresh: Option<SubRefreshRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub send: Option<SendRequest>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectRequest {
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub data: Option<Raw>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Positions from which to resume server-side subscriptions.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subs: BTreeMap<String, SubscribeRequest>,
}

/// Also the value of a channel in [`ConnectRequest::subs`], where `channel` is empty.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscribeRequest {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub channel: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub data: Option<Raw>,
    #[serde(skip_serializing_if = "is_false")]
    pub recover: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub epoch: String,
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
    /// A set of bits, which are the constants here. Others ask for what may be left.
    #[serde(skip_serializing_if = "is_zero_u32")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub flag: u32,
    /// Wants to hear who joins and leaves.
    #[serde(skip_serializing_if = "is_false")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub join_leave: bool,
    /// A filter: what is published is wanted only with tags like that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub tf: Option<Raw>,
    /// Reads patches in this format in the place of whole publications.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(not(feature = "ssr"), serde(skip))]
    pub delta: Option<DeltaFormat>,
}

/// How patches are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeltaFormat {
    Fossil,
    /// One that is not known, or none.
    #[serde(other)]
    Other,
}

impl SubscribeRequest {
    /// What is published may name a number that the reply has told, instead of the channel.
    pub const COMPACT: u32 = 1;
    /// A position that cannot be recovered is to be refused (112): the client then loads its state
    /// anew before it subscribes.
    pub const UNLESS_UNRECOVERED: u32 = 2;
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ChannelRequest {
    pub channel: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct PublishRequest {
    pub channel: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryRequest {
    pub channel: String,
    /// 0: the top position only. −1: as many as one reply may carry.
    #[serde(skip_serializing_if = "is_zero_i32")]
    pub limit: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<StreamPosition>,
    /// Newest first.
    #[serde(skip_serializing_if = "is_false")]
    pub reverse: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RpcRequest {
    pub method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RefreshRequest {
    pub token: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubRefreshRequest {
    pub channel: String,
    pub token: String,
}

/// A message that asks for no answer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SendRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

impl Command {
    /// A command without a request and without an id answers the server's ping.
    pub fn is_pong(&self) -> bool {
        self.id == 0 && !self.has_request()
    }

    fn has_request(&self) -> bool {
        self.connect.is_some()
            || self.subscribe.is_some()
            || self.unsubscribe.is_some()
            || self.publish.is_some()
            || self.presence.is_some()
            || self.presence_stats.is_some()
            || self.history.is_some()
            || self.rpc.is_some()
            || self.refresh.is_some()
            || self.sub_refresh.is_some()
            || self.send.is_some()
    }
}
