//! One socket, one task.
//!
//! The task reads, runs one command at a time, in the order they came, and puts the answers into
//! the outbox, behind everything that was published before: an author sees their own publication
//! first. It has no part in what others publish, unless its socket is full: then it waits until
//! there is room, and begins nothing meanwhile. What a handler needs is put into its future by
//! value; what comes of it is applied here, synchronously, so there is no shared mutable state.
//!
//! One exception to one at a time: a method may answer *later* (a post, once it is on disk), and
//! calls of the same method begin meanwhile, so that a client can have several under way. Answers
//! keep the order of the calls, and any other command waits for them.

mod channels;
mod commands;
mod ending;
mod establishing;
mod expiry;
mod inbox;
mod instructions;
mod subscribing;
mod subscriptions;
mod unsubscribing;
mod wanted;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use governor::DefaultDirectRateLimiter;
use tracing::Instrument;
use tungstenite::Message;

use self::ending::{End, FAREWELL, Heard, NOT_A_FRAME, NOT_TEXT, Received, close, hear, is_an_end};
use self::establishing::Established;
use self::expiry::Expiry;
use self::inbox::{Frame, Inbox};
use self::subscribing::Subscribed;
use self::subscriptions::Subscriptions;
use super::engine::Engine;
use super::hub::instruction::Stamped;
use super::hub::link::Link;
use super::registration::events::{Accepted, Disconnected, Refreshed, RpcAnswer};
use super::registration::handler::Refusal;
use super::transport::dialect::Format;
use super::transport::outbox::{Flushed, Outbox};
use super::transport::socket::Socket;
use crate::protocol::codes::{DisconnectCode, ErrorCode, ReplyError};
use crate::protocol::frame::{Command, ConnectRequest, Push, Raw, Reply, RpcResult};

/// Calls of one connection that may wait for a later answer.
const UNDER_WAY: usize = 64;

type Flow<T = ()> = Result<T, End>;
type Work<U> = Pin<Box<dyn Future<Output = Done<U>> + Send>>;

/// What came of something that had to wait.
enum Done<U> {
    Authenticated(u32, ConnectRequest, Result<Accepted<U>, Refusal>),
    Established(u32, Result<Established, Refusal>),
    Subscribed(Box<Subscribed>),
    Called(u32, String, Result<RpcAnswer, Refusal>),
    Sent(Result<Option<Raw>, Refusal>),
    Refreshed(Option<u32>, Result<Refreshed<U>, Refusal>),
    SubRefreshed(u32, String, Result<Option<Duration>, Refusal>),
    Answered(u32, Box<Result<Reply, Refusal>>),
}

/// A call whose answer comes later.
struct UnderWay {
    id: u32,
    answer: super::registration::events::LaterAnswer,
}

struct Connection<U: Clone + Send + Sync + 'static> {
    engine: Arc<Engine<U>>,
    link: Arc<Link>,
    upgrade: http::Extensions,
    /// What the client names with what it sends beside a stream.
    session: Option<String>,
    stage: Stage<U>,
    subscriptions: Subscriptions<U>,
    inbox: Inbox,
    /// What the connection was told to do, and what it tells itself.
    waiting: VecDeque<Stamped>,
    under_way: VecDeque<UnderWay>,
    /// The method of the calls under way.
    method: String,
    limiter: DefaultDirectRateLimiter,
    refusals: u32,
    expiry: Option<Expiry>,
}

enum Stage<U> {
    /// Nothing but a connect command is expected.
    New,
    /// It is looked up where its subscriptions stand, and what it is told waits.
    Connecting(U),
    Connected(U),
    /// The connect command was refused: nothing more is read.
    Refused,
}

/// Serves a socket until it ends.
pub async fn serve<U: Clone + Send + Sync + 'static>(
    engine: Arc<Engine<U>>,
    socket: impl Socket,
    upgrade: http::Extensions,
) {
    serve_from(engine, socket, upgrade, None).await;
}

/// The same where the client has said something before it was a socket.
pub async fn serve_from<U: Clone + Send + Sync + 'static>(
    engine: Arc<Engine<U>>,
    mut socket: impl Socket,
    upgrade: http::Extensions,
    first: Option<Message>,
) {
    let outbox = Outbox::new(socket.wire(), socket.dialect(), engine.options.queue_bytes);
    let mut connection = Connection::new(engine, outbox, upgrade);
    connection.session = socket.session().map(str::to_owned);
    let link = connection.link.clone();
    socket.attach(link.clone());
    let begun = match first {
        Some(first) => connection.read(Some(Ok(first))),
        None => Ok(()),
    };
    let end = match begun {
        Ok(()) => {
            let Err(end) = connection.run(&mut socket).await;
            end
        }
        Err(end) => end,
    };
    tracing::debug!(client = %link.client, ?end, "socket closed");
    connection.leave_all();
    let hook = connection.hook(&end);
    drop(connection);
    // The client need not wait for what the application has to do, nor we for ever.
    let hook = tokio::time::timeout(FAREWELL, async {
        if let Some(hook) = hook {
            hook.await;
        }
    });
    let farewell = tokio::time::timeout(FAREWELL, close(socket, link, end));
    let _ = futures::join!(farewell, hook);
}

impl<U: Clone + Send + Sync + 'static> Drop for Connection<U> {
    /// Also when the task is cancelled or panics: the hub keeps nothing of a connection that ended.
    fn drop(&mut self) {
        self.leave_all();
        self.engine.hub.close(&self.link);
    }
}

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    fn new(engine: Arc<Engine<U>>, outbox: Outbox, upgrade: http::Extensions) -> Self {
        let client = uuid::Builder::from_random_bytes(engine.entropy.bytes()).into_uuid();
        let link = engine.hub.open(client, outbox);
        if engine.is_closing() {
            link.close(DisconnectCode::Shutdown.into());
        }
        let limiter = DefaultDirectRateLimiter::direct(engine.options.commands);
        Self {
            subscriptions: Subscriptions::default(),
            engine,
            link,
            upgrade,
            session: None,
            stage: Stage::New,
            inbox: Inbox::default(),
            waiting: VecDeque::new(),
            under_way: VecDeque::new(),
            method: String::new(),
            limiter,
            refusals: 0,
            expiry: None,
        }
    }

    async fn run(&mut self, socket: &mut impl Socket) -> Flow<std::convert::Infallible> {
        let link = self.link.clone();
        // What handlers log carries the client's id, if that much is logged at all: a span for
        // each of many idle connections is not free.
        let span = tracing::debug_span!("socket", client = %link.client);
        let mut work: Option<Work<U>> = None;
        loop {
            self.take_mail()?;
            let mut is_full = self.flush()?;
            if !is_full {
                work = self.begin_next(work)?;
                is_full = self.flush()?;
            }
            let reads = work.is_none() && self.inbox.is_empty() && !is_full;
            link.set_busy(!reads);
            tokio::select! {
                () = link.mailbox.ready() => {}
                done = async { Some(work.as_mut()?.await) }.instrument(span.clone()),
                    if work.is_some() =>
                {
                    work = match done {
                        Some(done) => self.finish(done)?,
                        None => None,
                    };
                }
                answer = async { Some((&mut self.under_way.front_mut()?.answer).await) },
                    if !self.under_way.is_empty() => self.answered_later(answer)?,
                heard = hear(socket, is_full), if reads || is_full => match heard {
                    Heard::Room => {}
                    Heard::Message(message) => self.read(message)?,
                },
            }
        }
    }

    /// Begins what can begin, until something has to be waited for.
    fn begin_next(&mut self, mut work: Option<Work<U>>) -> Flow<Option<Work<U>>> {
        while work.is_none() {
            // A command may be the answer to what the client was just told.
            self.take_mail()?;
            work = if let Some(stamped) = self.next_instruction() {
                self.begin_instruction(&stamped)
            } else if let Some(command) = self.next_command()? {
                self.begin_command(*command)?
            } else {
                break;
            };
        }
        Ok(work)
    }

    /// Writes what the outbox holds. True if the socket does not take it all now.
    fn flush(&self) -> Flow<bool> {
        match self.link.outbox.flush() {
            Ok(flushed) => Ok(flushed == Flushed::Partly),
            Err(_) => Err(End::Gone),
        }
    }

    /// What the connection was told to do next. It waits for calls that are under way.
    fn next_instruction(&mut self) -> Option<Stamped> {
        if !self.under_way.is_empty() || !matches!(self.stage, Stage::Connected(_)) {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.weigh_waiting();
        Some(next)
    }

    /// The client's next command, if it may begin yet. Nothing overtakes an instruction that waits.
    fn next_command(&mut self) -> Flow<Option<Box<Command>>> {
        let waits = !self.under_way.is_empty();
        if waits && (self.under_way.len() >= UNDER_WAY || !self.waiting.is_empty()) {
            return Ok(None);
        }
        let method = &self.method;
        let may_begin = |command: &Command| {
            !waits || command.is_pong() || command.rpc.as_ref().is_some_and(|r| r.method == *method)
        };
        let next = self.inbox.next(may_begin);
        next.map_err(|_| DisconnectCode::BadRequest.into())
    }

    fn read(&mut self, message: Option<Received>) -> Flow {
        let dialect = self.link.outbox.dialect();
        let frame = match (message, dialect.format()) {
            (Some(Ok(Message::Text(text))), _) if dialect.is_one_way() => Frame::Connect(text),
            (Some(Ok(Message::Text(text))), Format::Json) => Frame::Json(text),
            (Some(Ok(Message::Binary(bytes))), Format::Protobuf) => Frame::Protobuf(bytes),
            (Some(Ok(Message::Text(_) | Message::Binary(_))), _) => {
                return Err(DisconnectCode::BadRequest.into());
            }
            // The library never gives a bare frame while reading.
            (Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))), _) => {
                return Ok(());
            }
            (Some(Err(tungstenite::Error::Capacity(_))), _) => return Err(End::TooBig),
            (Some(Err(tungstenite::Error::Utf8(_))), _) => return Err(End::Broken(NOT_TEXT)),
            (Some(Err(tungstenite::Error::Protocol(problem))), _) if !is_an_end(&problem) => {
                return Err(End::Broken(NOT_A_FRAME));
            }
            (None | Some(Ok(Message::Close(_)) | Err(_)), _) => return Err(End::Gone),
        };
        if frame.len() > self.engine.options.frame_bytes {
            return Err(End::TooBig);
        }
        let is_heard = match self.stage {
            Stage::New => true,
            // Whatever else is said by who was to say nothing, nobody listens.
            Stage::Connecting(_) | Stage::Connected(_) => !dialect.is_one_way(),
            Stage::Refused => false,
        };
        if is_heard {
            self.inbox.fill(frame);
        }
        Ok(())
    }

    /// Applies what came of something that had to wait.
    fn finish(&mut self, done: Done<U>) -> Flow<Option<Work<U>>> {
        self.take_mail()?;
        match done {
            Done::Authenticated(id, positions, Ok(accepted)) => {
                let most = self.engine.options.ceilings.per_person;
                let user = &accepted.peer.user;
                if !user.is_empty() && self.engine.hub.count_of(user) >= most {
                    tracing::warn!(user, most, "too many connections of one person");
                    return Err(DisconnectCode::ConnectionLimit.into());
                }
                return Ok(Some(self.establish(id, positions, accepted)));
            }
            Done::Authenticated(_, _, Err(refusal)) if self.link.outbox.dialect().is_one_way() => {
                return Err(End::Close(ending::instead_of(refusal)));
            }
            Done::Authenticated(id, _, Err(refusal)) => {
                self.refused(id, refusal)?;
                self.stage = Stage::Refused;
                self.inbox.clear();
            }
            Done::Established(id, Ok(established)) => self.connected(id, established)?,
            Done::Established(_, Err(Refusal::Error(_))) => {
                return Err(DisconnectCode::Internal.into());
            }
            Done::Established(_, Err(Refusal::Disconnect(why))) => return Err(End::Close(why)),
            Done::Subscribed(subscribed) => self.subscribed(*subscribed)?,
            Done::Called(id, _, Ok(RpcAnswer::Now(data))) => self.answer(id, data),
            Done::Called(id, method, Ok(RpcAnswer::Later(answer))) => {
                self.method = method;
                self.under_way.push_back(UnderWay { id, answer });
            }
            Done::Called(id, _, Err(refusal)) => self.refused(id, refusal)?,
            Done::Sent(outcome) => self.sent(outcome)?,
            Done::Refreshed(id, outcome) => self.refreshed(id, outcome)?,
            Done::SubRefreshed(id, channel, outcome) => {
                self.sub_refreshed(id, &channel, outcome)?;
            }
            Done::Answered(id, reply) => match *reply {
                Ok(reply) => self.reply(&reply),
                Err(refusal) => self.refused(id, refusal)?,
            },
        }
        Ok(None)
    }

    /// The first call under way has its answer; perhaps others have theirs too.
    fn answered_later(&mut self, answer: Option<Result<Raw, Refusal>>) -> Flow {
        let mut answer = answer;
        while let Some(outcome) = answer {
            if let Some(call) = self.under_way.pop_front() {
                match outcome {
                    Ok(data) => self.answer(call.id, data),
                    Err(refusal) => self.refused(call.id, refusal)?,
                }
            }
            let next = self.under_way.front_mut();
            answer = next.and_then(|call| (&mut call.answer).now_or_never());
        }
        Ok(())
    }

    fn answer(&mut self, id: u32, data: Raw) {
        self.reply(&Reply {
            id,
            rpc: Some(RpcResult { data: Some(data) }),
            ..Reply::default()
        });
    }

    fn refused(&mut self, id: u32, refusal: Refusal) -> Flow {
        match refusal {
            Refusal::Error(error) => self.reply(&Reply::refused(id, error)),
            Refusal::Disconnect(disconnect) => return Err(End::Close(disconnect)),
        }
        Ok(())
    }

    fn refuse(&mut self, id: u32, code: ErrorCode) {
        self.reply(&Reply::refused(id, ReplyError::of(code)));
    }

    fn push(&mut self, push: Push) {
        self.reply(&Reply::push(push));
    }

    fn reply(&mut self, reply: &Reply) {
        let outbox = &self.link.outbox;
        outbox.answer(outbox.dialect().encode(reply));
    }

    /// What the application wants to do now that the connection has ended.
    fn hook(&self, end: &End) -> Option<impl Future<Output = ()> + use<U>> {
        let Stage::Connected(caller) = &self.stage else {
            return None;
        };
        let handler = self.engine.registration.disconnected.clone()?;
        let event = Disconnected {
            caller: caller.clone(),
            client: self.link.client,
            disconnect: match end {
                End::Close(disconnect) => Some(disconnect.clone()),
                End::Gone | End::TooBig | End::Broken(_) => None,
            },
        };
        Some(async move {
            if let Err(refusal) = handler.call(event).await {
                tracing::warn!(?refusal, "the disconnect hook failed");
            }
        })
    }
}

fn seconds(duration: Duration) -> u32 {
    // Rounded up: nobody is told a shorter time than they have.
    u32::try_from(duration.as_millis().div_ceil(1000)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
