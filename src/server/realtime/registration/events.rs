//! The events an application handles, and what its handlers answer.
//!
//! `U` is whoever the application says a connection belongs to.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use uuid::Uuid;

use super::handler::Refusal;
use super::pattern::Params;
use super::peer::Peer;
use crate::protocol::codes::Disconnect;
use crate::protocol::frame::{ClientInfo, ConnectRequest, Raw, StreamPosition};

/// Somebody wants to connect.
#[derive(Debug)]
pub struct Connect {
    pub request: ConnectRequest,
    /// What the HTTP route knew about the upgrade request.
    pub upgrade: http::Extensions,
}

/// Somebody may connect.
#[derive(Debug)]
pub struct Accepted<U> {
    pub caller: U,
    pub peer: Peer,
    pub data: Option<Raw>,
    /// Channels to subscribe to on the server's side.
    pub channels: Vec<String>,
    pub expires: Option<Expires>,
}

impl<U> Accepted<U> {
    /// A connection without data, channels or an end.
    pub fn new(caller: U, peer: Peer) -> Self {
        Self {
            caller,
            peer,
            data: None,
            channels: Vec::new(),
            expires: None,
        }
    }
}

/// How long a connection lives unless it is refreshed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expires {
    pub ttl: Duration,
    pub refreshed_by: RefreshedBy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshedBy {
    /// It is told, and brings a new token in time.
    Client,
    /// The refresh handler is asked when the time has come.
    Server,
}

/// A connection is about to expire, or its client brings a new token.
#[derive(Debug)]
pub struct Refresh<U> {
    pub caller: U,
    pub token: Option<String>,
}

/// A connection goes on.
#[derive(Debug)]
pub struct Refreshed<U> {
    pub caller: U,
    pub peer: Peer,
    /// How much longer; without this, for ever.
    pub ttl: Option<Duration>,
}

/// A server-side channel that a connection still has a right to.
#[derive(Clone, Debug)]
pub struct Confirmed {
    pub channel: String,
    /// Where its stream stands, if the application has it at hand: reading it for all channels at
    /// once is cheaper than asking for each.
    pub position: Option<StreamPosition>,
}

/// Somebody wants to subscribe.
#[derive(Debug)]
pub struct Subscribe<U> {
    pub caller: U,
    pub channel: String,
    pub params: Params,
    pub token: String,
    pub data: Option<Raw>,
}

/// Somebody may subscribe, or go on.
#[derive(Clone, Debug, Default)]
pub struct Granted {
    pub data: Option<Raw>,
    /// What others in the channel see beside the connection's own info.
    pub info: Option<Raw>,
    /// How long, unless it is refreshed; without this, for ever.
    pub ttl: Option<Duration>,
}

/// Somebody wants a subscription to last longer.
#[derive(Debug)]
pub struct SubRefresh<U> {
    pub caller: U,
    pub channel: String,
    pub params: Params,
    pub token: String,
}

/// Somebody wants to read a channel's history or presence.
#[derive(Debug)]
pub struct Access<U> {
    pub caller: U,
    pub channel: String,
    pub params: Params,
}

/// Somebody wants to publish.
#[derive(Debug)]
pub struct Publish<U> {
    pub caller: U,
    pub channel: String,
    pub params: Params,
    pub data: Raw,
    /// The publisher, as others see them.
    pub info: ClientInfo,
}

/// What becomes of a client's publication.
#[derive(Debug)]
pub enum Published {
    /// The engine keeps and announces it, as the handler left it.
    Announce(Raw),
    /// The same, with tags.
    Tagged(Raw, BTreeMap<String, String>),
    /// The handler has done all that is to be done.
    Done,
}

/// Somebody calls a method.
#[derive(Debug)]
pub struct Rpc<U> {
    pub caller: U,
    pub method: String,
    pub data: Option<Raw>,
}

/// What a method answers.
pub enum RpcAnswer {
    Now(Raw),
    /// The answer comes by itself, polled or not; the next call of the same method may begin
    /// meanwhile. Answers are given in the order of the calls.
    Later(LaterAnswer),
}

pub type LaterAnswer = Pin<Box<dyn Future<Output = Result<Raw, Refusal>> + Send>>;

/// Somebody sends a message that asks for no answer.
#[derive(Debug)]
pub struct Sent<U> {
    pub caller: U,
    pub data: Option<Raw>,
}

/// A connection that had authenticated has ended.
#[derive(Debug)]
pub struct Disconnected<U> {
    pub caller: U,
    pub client: Uuid,
    /// Why, if it was the server that ended it.
    pub disconnect: Option<Disconnect>,
}
