//! The frames of the Centrifugo client protocol, version 2, in JSON.
//!
//! One WebSocket message carries one or more objects, one to a line. A client sends [`Command`]s,
//! a server sends [`Reply`]s, of which a [`Push`] is one kind; `{}` is a ping one way and a pong
//! the other. Each object has exactly one of its many fields set: they are options and not an
//! enum, because serde cannot keep embedded JSON raw inside a flattened enum. Zero values are left
//! out, unknown keys are ignored. Embedded data stays raw: it is parsed once, by whom it concerns.
//!
//! The browser skips what it neither says nor reads: every type that is parsed is kilobytes of its
//! download. A field that it comes to need loses its `skip`, or would be empty there.

mod command;
mod push;
mod reply;

pub use command::{
    ChannelRequest, Command, ConnectRequest, DeltaFormat, HistoryRequest, PublishRequest,
    RefreshRequest, RpcRequest, SendRequest, SubRefreshRequest, SubscribeRequest,
};
pub use push::{ClientInfo, Member, Message, Publication, Push, Unsubscribed};
pub use reply::{
    ConnectResult, Empty, HistoryResult, PresenceResult, PresenceStatsResult, RefreshResult, Reply,
    RpcResult, SubscribeResult,
};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// Embedded JSON, passed on without being looked at.
pub type Raw = Box<RawValue>;

/// A place in a channel's stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamPosition {
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub epoch: String,
}

/// Both the ping of a server and the pong of a client.
pub const PING: &str = "{}";

/// Embedded JSON as a value.
///
/// # Errors
/// When it is not the JSON expected.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    super::json::parse(json.as_bytes())
}

/// A value as embedded JSON.
///
/// # Errors
/// When the value has no JSON form, such as a map with structured keys.
pub fn raw(value: &impl Serialize) -> serde_json::Result<Raw> {
    serde_json::value::to_raw_value(value)
}

/// An object as one line of a frame.
///
/// Embedded JSON comes as somebody wrote it, perhaps on several lines. Outside of strings, where
/// JSON allows none, a line break is mere white space.
///
/// # Errors
/// When the object has no JSON form.
pub fn to_line(object: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string(object)?;
    match text.contains(['\n', '\r']) {
        true => Ok(text.replace(['\n', '\r'], " ")),
        false => Ok(text),
    }
}

/// The objects of one frame, one to a line. Empty lines do not count.
///
/// # Errors
/// At the first line that is not the JSON expected.
pub fn parse_lines<'a, T: Deserialize<'a>>(frame: &'a str) -> serde_json::Result<Vec<T>> {
    frame
        .split('\n')
        .filter(|line| !line.trim().is_empty())
        .map(parse)
        .collect()
}

// Serde hands these a reference, whatever the size.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero_u32(n: &u32) -> bool {
    *n == 0
}
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero_u64(n: &u64) -> bool {
    *n == 0
}
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero_i32(n: &i32) -> bool {
    *n == 0
}
#[allow(clippy::trivially_copy_pass_by_ref)]
pub(super) fn is_false(b: &bool) -> bool {
    !*b
}

#[cfg(test)]
mod tests;
