//! One socket, one task.
//!
//! The task owns the socket and the positions of its subscriptions. It runs one command at a
//! time, in the order they came, and goes on delivering while a command waits for its handler. A
//! reply is written after everything that was published before it, so an author sees their own
//! publication first. What a handler needs is put into its future by value; what comes of it is
//! applied here, synchronously, so there is no shared mutable state.

mod commands;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use futures::SinkExt;
use governor::DefaultDirectRateLimiter;
use tracing::Instrument;

use super::engine::Engine;
use super::hub::Link;
use super::queue::{ChannelId, Item, Publication, Queue};
use super::recovery::Start;
use super::registration::{Accepted, Params, Refusal, Rule};
use super::subscriptions::{Origin, Subscriptions, Verdict};
use crate::protocol::codes::{DisconnectCode, ErrorCode, ReplyError};
use crate::protocol::frame::{self, Command, ConnectRequest, ConnectResult, Raw, Reply};

/// How long a close frame may take to leave.
const FAREWELL: Duration = Duration::from_secs(10);
const VERSION: &str = concat!("Hubbub ", env!("CARGO_PKG_VERSION"));
/// WebSocket's own "message too big".
const TOO_BIG: u16 = 1009;

/// Why a connection ends.
#[derive(Debug)]
enum End {
    /// The other side left.
    Gone,
    /// We close it.
    Close(DisconnectCode),
    TooBig,
}

impl From<DisconnectCode> for End {
    fn from(code: DisconnectCode) -> Self {
        Self::Close(code)
    }
}

type Flow<T = ()> = Result<T, End>;
type Work<U> = Pin<Box<dyn Future<Output = Done<U>> + Send>>;

/// What came of a command that had to wait. It is moved once and never stored: boxing the larger
/// answers would cost more than it saves.
#[allow(clippy::large_enum_variant)]
enum Done<U> {
    Authenticated(u32, ConnectRequest, Result<Accepted<U>, Refusal>),
    Established(u32, Result<Established, Refusal>),
    Subscribed(u32, String, ChannelId, Result<Start, Refusal>),
    Answered(u32, Result<Reply, Refusal>),
}

/// A connection whose server-side subscriptions have been read.
struct Established {
    data: Option<Raw>,
    starts: Vec<(String, ChannelId, Start)>,
    lost: Vec<String>,
}

struct Connection<U: Clone + Send + Sync + 'static> {
    engine: Arc<Engine<U>>,
    link: Arc<Link>,
    upgrade: http::Extensions,
    client: String,
    stage: Stage<U>,
    subscriptions: Subscriptions,
    commands: VecDeque<Command>,
    /// Ready to be written, in order.
    outgoing: VecDeque<Utf8Bytes>,
    drained: VecDeque<Item>,
    limiter: DefaultDirectRateLimiter,
    refusals: u32,
}

enum Stage<U> {
    /// Nothing but a connect command is expected.
    New,
    Connecting(U),
    Connected(U),
    /// The connect command was refused: nothing more is read.
    Refused,
}

/// Serves a socket until it ends.
pub async fn serve<U: Clone + Send + Sync + 'static>(
    engine: Arc<Engine<U>>,
    mut socket: WebSocket,
    upgrade: http::Extensions,
) {
    let mut connection = Connection::new(engine, upgrade);
    // Whatever is logged while serving this socket carries its id (and the request's that opened it).
    let span = tracing::info_span!("socket", client = connection.client);
    let served = async {
        tracing::debug!("opened");
        let Err(end) = connection.run(&mut socket).await;
        tracing::debug!(?end, "closed");
        end
    };
    let end = served.instrument(span).await;
    drop(connection);
    let frame = match end {
        End::Gone => return,
        End::Close(code) => CloseFrame {
            code: code as u16,
            reason: code.reason().into(),
        },
        End::TooBig => CloseFrame {
            code: TOO_BIG,
            reason: "message too big".into(),
        },
    };
    let farewell = async {
        if socket.send(Message::Close(Some(frame))).await.is_ok() {
            // Until the other side has seen it: closing at once could discard it on the way.
            while let Some(Ok(_)) = socket.recv().await {}
        }
    };
    let _ = tokio::time::timeout(FAREWELL, farewell).await;
}

impl<U: Clone + Send + Sync + 'static> Drop for Connection<U> {
    fn drop(&mut self) {
        for (name, _) in self.subscriptions.channels() {
            self.engine.hub.unsubscribe(name, &self.link);
        }
        self.engine.hub.close(&self.link);
    }
}

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    fn new(engine: Arc<Engine<U>>, upgrade: http::Extensions) -> Self {
        let link = engine.hub.open(Queue::new(engine.options.queue_bytes));
        let client = uuid::Builder::from_random_bytes(engine.entropy.bytes()).into_uuid();
        let limiter = DefaultDirectRateLimiter::direct(engine.options.commands);
        Self {
            engine,
            link,
            upgrade,
            client: client.to_string(),
            stage: Stage::New,
            subscriptions: Subscriptions::default(),
            commands: VecDeque::new(),
            outgoing: VecDeque::new(),
            drained: VecDeque::new(),
            limiter,
            refusals: 0,
        }
    }

    async fn run(&mut self, socket: &mut WebSocket) -> Flow<std::convert::Infallible> {
        let link = self.link.clone();
        let mut work: Option<Work<U>> = None;
        loop {
            while work.is_none() {
                match self.commands.pop_front() {
                    Some(command) => work = self.begin(command)?,
                    None => break,
                }
            }
            self.write(socket).await?;
            link.set_busy(work.is_some());
            tokio::select! {
                code = link.queue.closed() => return Err(code.into()),
                () = link.queue.ready() => self.take_publications()?,
                done = async { Some(work.as_mut()?.await) }, if work.is_some() => {
                    work = match done {
                        Some(done) => self.finish(done)?,
                        None => None,
                    };
                }
                message = socket.recv(), if work.is_none() => self.read(message)?,
            }
        }
    }

    /// Writes all that is ready with one flush, unless the connection is closed meanwhile.
    async fn write(&mut self, socket: &mut WebSocket) -> Flow {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let outgoing = &mut self.outgoing;
        let write = async {
            while let Some(frame) = outgoing.pop_front() {
                socket.feed(Message::Text(frame)).await?;
            }
            socket.flush().await
        };
        tokio::select! {
            written = write => written.map_err(|_| End::Gone),
            code = self.link.queue.closed() => Err(code.into()),
        }
    }

    fn read(&mut self, message: Option<Result<Message, axum::Error>>) -> Flow {
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
            Some(Ok(Message::Binary(_))) => return Err(DisconnectCode::BadRequest.into()),
            Some(Err(error)) if is_too_big(&error) => return Err(End::TooBig),
            None | Some(Ok(Message::Close(_)) | Err(_)) => return Err(End::Gone),
        };
        if text.len() > self.engine.options.frame_bytes {
            return Err(End::TooBig);
        }
        if matches!(self.stage, Stage::Refused) {
            return Ok(());
        }
        let commands: Vec<Command> =
            frame::parse_lines(&text).map_err(|_| DisconnectCode::BadRequest)?;
        self.commands.extend(commands);
        Ok(())
    }

    /// Moves what was published into what is written, as far as it may pass.
    fn take_publications(&mut self) -> Flow {
        let mut drained = std::mem::take(&mut self.drained);
        let closed = self.link.queue.drain(&mut drained);
        for item in drained.drain(..) {
            match item {
                Item::Ping => self.outgoing.push_back(Utf8Bytes::from_static(frame::PING)),
                Item::Publication(publication) => match self.subscriptions.judge(&publication) {
                    Verdict::Pass => self.outgoing.push_back(publication.frame.clone()),
                    Verdict::Skip => {}
                    Verdict::Gap => return Err(DisconnectCode::InsufficientState.into()),
                },
            }
        }
        self.drained = drained;
        closed.map_or(Ok(()), |code| Err(code.into()))
    }

    /// Applies what came of a command.
    fn finish(&mut self, done: Done<U>) -> Flow<Option<Work<U>>> {
        // First everything that was published before the answer.
        self.take_publications()?;
        match done {
            Done::Authenticated(id, positions, Ok(accepted)) => {
                return Ok(Some(self.establish(id, positions, accepted)));
            }
            Done::Authenticated(id, _, Err(refusal)) => {
                self.refused(id, refusal)?;
                self.stage = Stage::Refused;
                self.commands.clear();
            }
            Done::Established(id, Ok(established)) => self.connected(id, established)?,
            Done::Established(_, Err(Refusal::Error(_))) => {
                return Err(DisconnectCode::Internal.into());
            }
            Done::Established(_, Err(Refusal::Disconnect(code))) => return Err(code.into()),
            Done::Subscribed(id, _, channel_id, Ok(start)) => {
                self.reply(&Reply {
                    id,
                    subscribe: Some(start.result),
                    ..Reply::default()
                });
                self.go_live(channel_id, start.position)?;
            }
            Done::Subscribed(id, channel, _, Err(refusal)) => {
                self.unsubscribe(&channel)?;
                self.refused(id, refusal)?;
            }
            Done::Answered(_, Ok(reply)) => self.reply(&reply),
            Done::Answered(id, Err(refusal)) => self.refused(id, refusal)?,
        }
        Ok(None)
    }

    fn connected(&mut self, id: u32, established: Established) -> Flow {
        if let Stage::Connecting(identity) = std::mem::replace(&mut self.stage, Stage::New) {
            self.stage = Stage::Connected(identity);
        }
        for channel in established.lost {
            self.unsubscribe(&channel)?;
        }
        let mut live = Vec::with_capacity(established.starts.len());
        let mut result = ConnectResult {
            client: self.client.clone(),
            version: VERSION.to_owned(),
            data: established.data,
            ping: seconds(self.engine.options.deadlines.ping),
            pong: true,
            ..ConnectResult::default()
        };
        for (channel, channel_id, start) in established.starts {
            live.push((channel_id, start.position));
            result.subs.insert(channel, start.result);
        }
        self.reply(&Reply {
            id,
            connect: Some(result),
            ..Reply::default()
        });
        live.into_iter()
            .try_for_each(|(id, position)| self.go_live(id, position))
    }

    fn go_live(&mut self, id: ChannelId, position: Option<u64>) -> Flow {
        let kept: Vec<Arc<Publication>> = self
            .subscriptions
            .go_live(id, position)
            .ok_or(DisconnectCode::InsufficientState)?;
        self.outgoing
            .extend(kept.iter().map(|publication| publication.frame.clone()));
        Ok(())
    }

    fn register(&mut self, channel: &str, origin: Origin) -> ChannelId {
        let id = self.engine.hub.subscribe(channel, &self.link);
        self.subscriptions.begin(channel.into(), id, origin);
        id
    }

    fn unsubscribe(&mut self, channel: &str) -> Flow {
        if channel.is_empty() {
            return Err(DisconnectCode::BadRequest.into());
        }
        if self.subscriptions.end(channel).is_some() {
            self.engine.hub.unsubscribe(channel, &self.link);
        }
        Ok(())
    }

    fn rule(&self, channel: &str) -> Option<(Rule<U>, Params)> {
        let (rule, params) = self.engine.registration.rule(channel)?;
        Some((rule.clone(), params))
    }

    fn refused(&mut self, id: u32, refusal: Refusal) -> Flow {
        match refusal {
            Refusal::Error(error) => self.reply(&Reply::refused(id, error)),
            Refusal::Disconnect(code) => return Err(code.into()),
        }
        Ok(())
    }

    fn refuse(&mut self, id: u32, code: ErrorCode) {
        self.reply(&Reply::refused(id, ReplyError::of(code)));
    }

    fn reply(&mut self, reply: &Reply) {
        match serde_json::to_string(reply) {
            Ok(frame) => self.outgoing.push_back(frame.into()),
            Err(error) => tracing::error!(%error, "a reply could not be encoded"),
        }
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

fn is_too_big(error: &axum::Error) -> bool {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = source {
        if let Some(tungstenite::Error::Capacity(_)) = error.downcast_ref() {
            return true;
        }
        source = error.source();
    }
    false
}
