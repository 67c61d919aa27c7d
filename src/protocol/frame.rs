//! The frames of the Centrifugo client protocol, version 2, in JSON.
//!
//! One WebSocket message carries one or more objects, one to a line. A client sends [`Command`]s,
//! a server sends [`Reply`]s, of which a push is one kind; `{}` is a ping one way and a pong the
//! other. Each object has exactly one of its many fields set: they are options and not an enum,
//! because serde cannot keep embedded JSON raw inside a flattened enum. Zero values are left out,
//! unknown keys are ignored. Embedded data stays raw: it is parsed once, by whom it concerns.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::codes::ReplyError;

/// Embedded JSON, passed on without being looked at.
pub type Raw = Box<RawValue>;

/// What a client says.
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
    pub publish: Option<PublishRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<ChannelRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence_stats: Option<ChannelRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc: Option<RpcRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refresh: Option<RefreshRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_refresh: Option<ChannelRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send: Option<SendRequest>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectRequest {
    #[serde(skip_serializing_if = "String::is_empty")]
    pub token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
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
    #[serde(skip_serializing_if = "is_false")]
    pub recover: bool,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub epoch: String,
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
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
pub struct SendRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

/// A place in a channel's stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StreamPosition {
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub epoch: String,
}

/// What a server says.
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
    pub unsubscribe: Option<Empty>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<HistoryResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpc: Option<RpcResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub push: Option<Push>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Empty {}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnectResult {
    pub client: String,
    pub version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub subs: BTreeMap<String, SubscribeResult>,
    /// Seconds between two pings of the server.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub ping: u32,
    /// Whether the server expects pongs.
    #[serde(skip_serializing_if = "is_false")]
    pub pong: bool,
}

/// How a subscription begins; also the body of a server-side subscribe push.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscribeResult {
    #[serde(skip_serializing_if = "is_false")]
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
    #[serde(skip_serializing_if = "is_false")]
    pub was_recovering: bool,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HistoryResult {
    pub publications: Vec<Publication>,
    pub epoch: String,
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RpcResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<Raw>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct Publication {
    pub data: Raw,
    #[serde(default, skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
}

/// What the server says without being asked.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Push {
    pub channel: String,
    #[serde(rename = "pub", skip_serializing_if = "Option::is_none")]
    pub publication: Option<Publication>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscribe: Option<SubscribeResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsubscribe: Option<Unsubscribed>,
}

/// The server ended a subscription.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Unsubscribed {
    pub code: u32,
    pub reason: String,
}

/// Both the ping of a server and the pong of a client.
pub const PING: &str = "{}";

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

impl Reply {
    /// A refusal of the command with that id.
    pub fn refused(id: u32, error: ReplyError) -> Self {
        Self {
            id,
            error: Some(error),
            ..Self::default()
        }
    }

    /// A publication on a channel.
    pub fn publication(channel: impl Into<String>, data: Raw, offset: u64) -> Self {
        Self {
            push: Some(Push {
                channel: channel.into(),
                publication: Some(Publication { data, offset }),
                ..Push::default()
            }),
            ..Self::default()
        }
    }

    /// Whether this is the server's ping.
    pub fn is_ping(&self) -> bool {
        self.id == 0 && self.push.is_none()
    }
}

/// Embedded JSON as a value. (Everything is parsed from bytes: parsing from strings too would put
/// every parser into the download twice.)
///
/// # Errors
/// When it is not the JSON expected.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> serde_json::Result<T> {
    serde_json::from_slice(json.as_bytes())
}

/// A value as embedded JSON.
///
/// # Errors
/// When the value has no JSON form, such as a map with structured keys.
pub fn raw(value: &impl Serialize) -> serde_json::Result<Raw> {
    serde_json::value::to_raw_value(value)
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
fn is_false(b: &bool) -> bool {
    !*b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_frame_of_the_javascript_sdk_is_understood() {
        let frame = "{\"connect\":{\"data\":{\"authToken\":\"x\"},\"name\":\"js\"},\"id\":1}\n{\"subscribe\":{\"channel\":\"a\",\"flag\":1},\"id\":2}";
        let commands: Vec<Command> = parse_lines(frame).unwrap();
        let connect = commands[0].connect.as_ref().unwrap();
        assert_eq!(connect.data.as_ref().unwrap().get(), r#"{"authToken":"x"}"#);
        assert_eq!(commands[1].subscribe.as_ref().unwrap().channel, "a");
        assert_eq!((commands[0].id, commands[1].id), (1, 2));
    }

    #[test]
    fn an_empty_object_is_a_pong_and_one_with_an_id_is_not() {
        let commands: Vec<Command> = parse_lines("{}\n{\"id\":4}").unwrap();
        assert!(commands[0].is_pong());
        assert!(!commands[1].is_pong());
    }

    #[test]
    fn empty_results_are_empty_objects() {
        let reply = Reply {
            id: 2,
            subscribe: Some(SubscribeResult::default()),
            ..Reply::default()
        };
        assert_eq!(
            serde_json::to_string(&reply).unwrap(),
            r#"{"id":2,"subscribe":{}}"#
        );
    }

    #[test]
    fn a_publication_is_a_push_without_an_id() {
        let data = RawValue::from_string(r#"{"a":1}"#.to_owned()).unwrap();
        assert_eq!(
            serde_json::to_string(&Reply::publication("c", data, 3)).unwrap(),
            r#"{"push":{"channel":"c","pub":{"data":{"a":1},"offset":3}}}"#
        );
    }

    #[test]
    fn a_recovered_subscription_echoes_the_position_and_carries_what_was_missed() {
        let data = RawValue::from_string("7".to_owned()).unwrap();
        let result = SubscribeResult {
            recoverable: true,
            positioned: true,
            epoch: "Qmed".into(),
            recovered: true,
            was_recovering: true,
            offset: 1,
            publications: vec![Publication { data, offset: 2 }],
        };
        assert_eq!(
            serde_json::to_string(&result).unwrap(),
            r#"{"recoverable":true,"epoch":"Qmed","publications":[{"data":7,"offset":2}],"recovered":true,"offset":1,"positioned":true,"was_recovering":true}"#
        );
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        assert!(parse_lines::<Command>("hello").is_err());
        assert!(parse_lines::<Command>("{}\n[").is_err());
    }
}
