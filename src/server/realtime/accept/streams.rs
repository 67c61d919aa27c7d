//! Sockets made of HTTP: a request is answered by a response that goes on, and what the client sends
//! after that comes as requests of their own.
//!
//! The connect command is in the first request already. What comes later names the server and the
//! session that the connect reply has told: where a proxy brings it to another server, that one passes it
//! on.

use std::net::IpAddr;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as BASE64;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName};
use http::{Extensions, HeaderMap, Method, StatusCode};
use serde::Deserialize;
use tokio::sync::mpsc::error::TrySendError;
use tungstenite::Message;

use crate::server::hex::hex;
use crate::server::realtime::broker::{Answer, Beside, Question, Sent};
use crate::server::realtime::connection;
use crate::server::realtime::engine::Engine;
use crate::server::realtime::transport::dialect::{Dialect, Format};
use crate::server::realtime::transport::open_streams::digest;
use crate::server::realtime::transport::protobuf::Emulated;
use crate::server::realtime::transport::stream::stream;
use crate::server::realtime::transport::upgrade::connect_in;

/// Who opens a stream.
#[derive(Debug)]
pub struct Visit {
    pub address: IpAddr,
    /// What must come along with all that is sent beside the stream: the cookie, if there was one.
    pub owner: Option<String>,
    /// What the route knows about the request.
    pub context: Extensions,
}

/// A request beside a stream, in JSON. What it carries is a frame, as text.
#[derive(Default, Deserialize)]
#[serde(default)]
struct EmulatedInJson {
    node: String,
    session: String,
    data: String,
}

/// What a response is, that goes on.
const JSON: &str = "application/json; charset=utf-8";
const EVENTS: &str = "text/event-stream";

/// Bytes in the name of a session.
const SESSION: usize = 24;

/// Bytes of a request beside a stream, besides the frame. The frame itself may be three times as long
/// where it is quoted.
const AROUND: usize = 1024;

type Result<T, E = StatusCode> = std::result::Result<T, E>;

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    /// Answers a request whose body is the connect command with a stream of replies.
    pub async fn stream(self: &Arc<Self>, request: Request, visit: Visit) -> Response {
        let format = format(request.headers());
        let (dialect, kind) = match format {
            Format::Json => (Dialect::StreamJson, JSON),
            Format::Protobuf => (Dialect::StreamProtobuf, "application/octet-stream"),
        };
        let first = self.body(request, self.options.frame_bytes).await;
        match first.and_then(|body| message(format, body.into())) {
            Ok(first) => self.begin(dialect, kind, first, visit),
            Err(status) => status.into_response(),
        }
    }

    /// Answers a request whose query has the connect command with replies as server-sent events.
    pub fn events(self: &Arc<Self>, query: Option<&str>, visit: Visit) -> Response {
        let connect = self.connect_in(query);
        match connect.and_then(|connect| message(Format::Json, connect.into())) {
            Ok(first) => self.begin(Dialect::Events, EVENTS, first, visit),
            Err(status) => status.into_response(),
        }
    }

    /// Answers a request whose body is how the client connects with a stream of pushes. Nothing comes
    /// beside it: the client is told of its server-side subscriptions.
    pub async fn stream_one_way(self: &Arc<Self>, request: Request, visit: Visit) -> Response {
        let connect = self.body(request, self.options.frame_bytes).await;
        let connect = connect.map(Vec::from);
        self.begin_one_way(Dialect::OneWayStream, JSON, connect, visit)
    }

    /// The same as server-sent events. A browser asks with GET, and has what would be the body in its
    /// query.
    pub async fn events_one_way(self: &Arc<Self>, request: Request, visit: Visit) -> Response {
        let connect = match *request.method() {
            Method::POST => {
                let body = self.body(request, self.options.frame_bytes).await;
                body.map(Vec::from)
            }
            _ => self.connect_in(request.uri().query()).map(Vec::from),
        };
        self.begin_one_way(Dialect::OneWayEvents, EVENTS, connect, visit)
    }

    fn begin_one_way(
        self: &Arc<Self>,
        dialect: Dialect,
        kind: &'static str,
        connect: Result<Vec<u8>>,
        visit: Visit,
    ) -> Response {
        // Who has nothing to say connects as well as anybody, by a cookie for one.
        let connect = connect.map(|connect| match connect.trim_ascii() {
            b"" => b"{}".to_vec(),
            _ => connect,
        });
        match connect.and_then(|connect| message(Format::Json, connect)) {
            Ok(first) => self.begin(dialect, kind, first, visit),
            Err(status) => status.into_response(),
        }
    }

    /// What a query says of how a client connects.
    fn connect_in(&self, query: Option<&str>) -> Result<String> {
        let connect = connect_in(query).unwrap_or_default();
        match connect.len() > self.options.frame_bytes {
            true => Err(StatusCode::URI_TOO_LONG),
            false => Ok(connect),
        }
    }

    /// Takes what a client sends beside its stream.
    pub async fn emulate(&self, request: Request, owner: Option<&str>) -> StatusCode {
        self.take_emulated(request, owner)
            .await
            .err()
            .unwrap_or(StatusCode::NO_CONTENT)
    }

    async fn take_emulated(&self, request: Request, owner: Option<&str>) -> Result<()> {
        let format = format(request.headers());
        let longest = self.options.frame_bytes;
        let quoted = match format {
            Format::Protobuf => 1,
            Format::Json => 3,
        };
        let body = self.body(request, quoted * longest + AROUND).await?;
        let sent = match format {
            Format::Protobuf => Emulated::parse(&body).map_err(|_| StatusCode::BAD_REQUEST)?,
            Format::Json => {
                let sent = serde_json::from_slice::<EmulatedInJson>(&body);
                let sent = sent.map_err(|_| StatusCode::BAD_REQUEST)?;
                Emulated {
                    node: sent.node,
                    session: sent.session,
                    data: sent.data.into(),
                }
            }
        };
        if sent.data.len() > longest {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        let message = message(format, sent.data)?;
        let owner = owner.map(digest);
        if sent.node != self.id {
            // Only what can be somebody's is asked of all the others.
            let is_session = sent.session.len() == 2 * SESSION
                && sent.session.bytes().all(|byte| byte.is_ascii_hexdigit());
            let mut others = self.broker.others().into_iter();
            if !is_session || !others.any(|node| node.id == sent.node) {
                return Err(StatusCode::NOT_FOUND);
            }
            let Emulated { node, session, .. } = sent;
            return self.pass_on(node, session, owner, message).await;
        }
        let stream = self.streams.find(&sent.session, owner.as_deref());
        let stream = stream.ok_or(StatusCode::NOT_FOUND)?;
        // What finds no room is not kept waiting beside what is counted: "not now".
        match stream.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(StatusCode::NOT_FOUND),
            Err(TrySendError::Full(_)) => Err(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    /// Asks the other servers to take it, for one of them has the stream.
    async fn pass_on(
        &self,
        node: String,
        session: String,
        owner: Option<String>,
        message: Message,
    ) -> Result<()> {
        let sent = match message {
            Message::Text(text) => Sent::Text(text.to_string()),
            message => Sent::Binary(BASE64.encode(message.into_data())),
        };
        let question = Question::Beside(Beside {
            node,
            session,
            owner,
            sent,
        });
        let answers = self.broker.ask(question).await.into_iter();
        let taken = answers.filter_map(|answer| match answer {
            Answer::Beside(taken) => taken,
            Answer::Presence(_) | Answer::Channels(_) => None,
        });
        match taken.reduce(|one, other| one || other) {
            Some(true) => Ok(()),
            Some(false) => Err(StatusCode::SERVICE_UNAVAILABLE),
            None => Err(StatusCode::NOT_FOUND),
        }
    }

    /// Takes what was sent to another server beside a stream, if that stream is here: whether there was
    /// room for it.
    pub fn take_beside(&self, beside: Beside) -> Option<bool> {
        if beside.node != self.id {
            return None;
        }
        let stream = self
            .streams
            .find(&beside.session, beside.owner.as_deref())?;
        let message = match beside.sent {
            Sent::Text(text) => Message::text(text),
            Sent::Binary(bytes) => Message::binary(BASE64.decode(bytes).ok()?),
        };
        Some(stream.try_send(message).is_ok())
    }

    fn begin(
        self: &Arc<Self>,
        dialect: Dialect,
        kind: &'static str,
        first: Message,
        visit: Visit,
    ) -> Response {
        let admitted = match self.admit(visit.address) {
            Ok(admitted) => admitted,
            Err(reason) => return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response(),
        };
        let session = hex(&self.entropy.bytes::<SESSION>());
        let owner = visit.owner.as_deref().map(digest);
        let listed = self.streams.list(session, owner, first);
        let (socket, outflow) = stream(dialect, listed, admitted);
        let served = connection::serve(self.clone(), socket, visit.context);
        tokio::spawn(self.tasks.track_future(served));
        let headers = [
            (CONTENT_TYPE, kind),
            (CACHE_CONTROL, "no-store"),
            // Proxies that gather a response before they pass it on would keep this one for ever.
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        (headers, Body::from_stream(outflow)).into_response()
    }

    /// The body of a request, which must come in time.
    async fn body(&self, request: Request, longest: usize) -> Result<Bytes> {
        let body = to_bytes(request.into_body(), longest);
        match tokio::time::timeout(self.options.deadlines.stale, body).await {
            Ok(Ok(body)) => Ok(body),
            // Or it was cut off, but then nobody reads the answer.
            Ok(Err(_)) => Err(StatusCode::PAYLOAD_TOO_LARGE),
            Err(_) => Err(StatusCode::REQUEST_TIMEOUT),
        }
    }
}

/// In which format a request is, and is to be answered.
fn format(headers: &HeaderMap) -> Format {
    let kind = headers
        .get(CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    match kind.is_some_and(|kind| kind.starts_with("application/octet-stream")) {
        true => Format::Protobuf,
        false => Format::Json,
    }
}

/// A frame as it would have come over a WebSocket.
fn message(format: Format, frame: Vec<u8>) -> Result<Message> {
    if frame.is_empty() {
        return Err(StatusCode::BAD_REQUEST);
    }
    match format {
        Format::Json => {
            let text = String::from_utf8(frame).map_err(|_| StatusCode::BAD_REQUEST)?;
            Ok(Message::text(text))
        }
        Format::Protobuf => Ok(Message::binary(frame)),
    }
}
