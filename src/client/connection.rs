//! The connection as a state machine: events in, actions out.
//!
//! It knows when to open, authenticate, ping-pong, give up and try again, and keeps the positions
//! from which to resume. It holds no socket and reads no clock: the session feeds it events and
//! carries out what it asks for, so every order of events can be tested.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::backoff::Backoff;
use super::channels::Channels;
use crate::protocol::UserId;
use crate::protocol::codes::{DisconnectCode, ErrorCode, ReplyError, UnsubscribeCode};
use crate::protocol::frame::{
    self, ChannelRequest, Command, ConnectRequest, PING, Publication, Push, Raw, Reply, RpcRequest,
    StreamPosition, SubscribeRequest, SubscribeResult, Unsubscribed,
};

/// Milliseconds to wait for the answer to `connect`, beyond the announced ping, and for a sign of
/// life from a connection that may have died while the page slept.
const CONNECT_TIMEOUT: u32 = 8_000;
const PROBE_TIMEOUT: u32 = 4_000;
const PING_GRACE: u32 = 10_000;

/// The codes that mean that the session is over. All others lead to another try, even those after
/// which the protocol's clients would give up: what is in the outbox must not be stranded.
const INVALID_TOKEN: u16 = DisconnectCode::InvalidToken as u16;
const FORCE_DISCONNECT: u16 = DisconnectCode::ForceDisconnect as u16;
/// The errors of `connect` that mean the same: forbidden, and the protocol's "unauthorized".
const SIGNED_OUT_ERRORS: [u32; 2] = [403, 101];

/// Subscriptions ended with this code or a higher one are to be made again.
const RESUBSCRIBE_FROM: u32 = UnsubscribeCode::InsufficientState as u32;

/// What the person sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// The first try, or a new one, is on its way.
    Connecting,
    Connected,
    /// The next try comes by itself.
    Waiting,
    /// The browser says that there is no network.
    Offline,
    /// The session has ended: only signing in again helps.
    SignedOut,
}

/// Something happened.
#[derive(Debug)]
pub enum Event {
    Start,
    Opened,
    Frame(String),
    /// The socket is closed, with this code.
    Closed(u16),
    /// The timer last asked for has run out.
    Timer,
    Online,
    Offline,
    /// The person wants it now.
    TryNow,
    /// The person came back to the page, which may have slept.
    CameBack,
    /// From the socket with that number.
    Numbered(u32, Box<Event>),
}

/// Something to be done by whoever holds the socket.
#[derive(Debug, PartialEq, Eq)]
pub enum Action {
    Open,
    Send(String),
    Close,
    /// Replaces the timer before it.
    SetTimer(u32),
    ClearTimer,
}

/// Something to be told to the rest of the client.
#[derive(Debug)]
pub enum Notice {
    /// The connection stands, and belongs to that person; these subscriptions begin.
    Connected(Option<UserId>),
    /// A channel's subscription begins, with what was missed or from a new position.
    Subscribed(String, SubscribeResult),
    Published(String, Publication),
    /// A channel asked for was refused; it is not asked for again by itself.
    NotSubscribed(String, ReplyError),
    /// The server ended a subscription for good.
    Unsubscribed(String),
    Answered(u32, Result<Raw, ReplyError>),
    /// The answers to these calls will not come.
    Lost(Vec<u32>),
    SignedOut,
}

/// The connection to the server as a state machine: what happened goes in, what to do comes out.
#[derive(Debug)]
pub struct Connection {
    state: State,
    backoff: Backoff,
    online: bool,
    next_id: u32,
    connect_id: u32,
    /// What was asked and is not answered yet, by the id of its command. There are never many.
    asked: Vec<(u32, Asked)>,
    channels: Channels,
    /// Milliseconds of silence after which the connection counts as dead.
    silence: u32,
}

/// What a command was for.
#[derive(Debug)]
enum Asked {
    Call,
    Subscription(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Idle,
    Opening,
    Authenticating,
    Connected,
    Waiting,
    SignedOut,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            state: State::Idle,
            backoff: Backoff::default(),
            online: true,
            next_id: 1,
            connect_id: 0,
            asked: Vec::new(),
            channels: Channels::default(),
            silence: 0,
        }
    }
}

/// What came of an event.
pub type Outcome = (Vec<Action>, Vec<Notice>);

impl Connection {
    pub fn status(&self) -> Status {
        match self.state {
            State::SignedOut => Status::SignedOut,
            State::Connected => Status::Connected,
            _ if !self.online => Status::Offline,
            State::Idle | State::Opening | State::Authenticating => Status::Connecting,
            State::Waiting => Status::Waiting,
        }
    }

    /// Takes an event. `random` is between 0 and 1, for the jitter.
    pub fn on(&mut self, event: Event, random: f64) -> Outcome {
        match event {
            Event::Numbered(_, event) => self.on(*event, random),
            Event::CameBack if self.state == State::Connected => self.probe(),
            Event::Start | Event::TryNow | Event::CameBack | Event::Timer | Event::Online => {
                if matches!(event, Event::Online) {
                    self.online = true;
                    if self.state == State::Connected {
                        return self.probe();
                    }
                }
                self.wake(&event, random)
            }
            Event::Offline => {
                self.online = false;
                if self.is_open() {
                    // The browser knows before the socket does.
                    let mut outcome = self.retry(random);
                    outcome.0.insert(0, Action::Close);
                    return outcome;
                }
                Outcome::default()
            }
            Event::Opened if self.state == State::Opening => self.authenticate(),
            Event::Opened => Outcome::default(),
            Event::Frame(frame) => self.frame(&frame, random),
            Event::Closed(_) if !self.is_open() => Outcome::default(),
            Event::Closed(INVALID_TOKEN | FORCE_DISCONNECT) => self.sign_out(),
            Event::Closed(_) => self.retry(random),
        }
    }

    /// Calls a method. Nothing if there is no connection to do so.
    pub fn call(&mut self, method: &str, data: Raw) -> Option<(u32, Action)> {
        if self.state != State::Connected {
            return None;
        }
        let id = self.id();
        self.asked.push((id, Asked::Call));
        let command = Command {
            id,
            rpc: Some(RpcRequest {
                method: method.to_owned(),
                data: Some(data),
            }),
            ..Command::default()
        };
        Some((id, send(&[command])))
    }

    /// Asks for a channel, now and after every reconnect.
    pub fn subscribe(&mut self, channel: &str) -> Option<Action> {
        let was_wanted = self.channels.want(channel, true);
        let has_it = self.channels.is_given(channel);
        if was_wanted || has_it || self.state != State::Connected {
            return None;
        }
        let command = self.subscribe_command(channel);
        Some(send(&[command]))
    }

    /// No longer asks for a channel. What the server subscribed us to stays.
    pub fn unsubscribe(&mut self, channel: &str) -> Option<Action> {
        let was_wanted = self.channels.want(channel, false);
        if !was_wanted || self.channels.is_given(channel) {
            return None;
        }
        self.channels.forget(channel);
        if self.state != State::Connected {
            return None;
        }
        let command = Command {
            id: self.id(),
            unsubscribe: Some(ChannelRequest {
                channel: channel.to_owned(),
            }),
            ..Command::default()
        };
        Some(send(&[command]))
    }

    /// The server is about to subscribe us: what we asked for ourselves is its own from now on.
    pub fn joined(&mut self, channel: &str) {
        self.channels.give(channel, true);
    }

    /// Notes how far a channel is known from elsewhere, such as the page the server rendered.
    pub fn seen(&mut self, channel: &str, epoch: &str, offset: u64) {
        let known = self.channels.position(channel);
        if known.is_none_or(|known| known.epoch != epoch || known.offset < offset) {
            let position = StreamPosition {
                offset,
                epoch: epoch.to_owned(),
            };
            self.channels.set_position(channel, position);
        }
    }

    /// Asks for a sign of life. Whatever is heard sets the timer anew.
    fn probe(&mut self) -> Outcome {
        let id = self.id();
        let command = Command {
            id,
            rpc: Some(RpcRequest {
                method: "ping".to_owned(),
                data: None,
            }),
            ..Command::default()
        };
        let actions = vec![send(&[command]), Action::SetTimer(PROBE_TIMEOUT)];
        (actions, vec![])
    }

    fn is_open(&self) -> bool {
        matches!(
            self.state,
            State::Opening | State::Authenticating | State::Connected
        )
    }

    fn wake(&mut self, event: &Event, random: f64) -> Outcome {
        match (self.state, event) {
            (State::SignedOut, _) => Outcome::default(),
            // Nothing was heard for too long, or no answer came to `connect`.
            (_, Event::Timer) if self.is_open() => {
                let mut outcome = self.retry(random);
                outcome.0.insert(0, Action::Close);
                outcome
            }
            (State::Idle | State::Waiting, _) => {
                self.state = State::Opening;
                (
                    vec![Action::SetTimer(CONNECT_TIMEOUT), Action::Open],
                    vec![],
                )
            }
            _ => Outcome::default(),
        }
    }

    fn retry(&mut self, random: f64) -> Outcome {
        self.state = State::Waiting;
        let wait = self.backoff.next(random);
        (vec![Action::SetTimer(wait)], self.forget_calls())
    }

    fn sign_out(&mut self) -> Outcome {
        self.state = State::SignedOut;
        let mut notices = self.forget_calls();
        notices.push(Notice::SignedOut);
        (vec![Action::ClearTimer], notices)
    }

    fn forget_calls(&mut self) -> Vec<Notice> {
        let asked = std::mem::take(&mut self.asked).into_iter();
        let lost = asked.filter_map(|(id, asked)| matches!(asked, Asked::Call).then_some(id));
        let lost: Vec<u32> = lost.collect();
        if lost.is_empty() {
            return vec![];
        }
        vec![Notice::Lost(lost)]
    }

    fn authenticate(&mut self) -> Outcome {
        self.state = State::Authenticating;
        self.connect_id = self.id();
        // One by one: to collect them would bring a sort along.
        let mut subs = BTreeMap::new();
        for (channel, position) in self.channels.positions() {
            subs.insert(channel.to_owned(), resume(String::new(), position));
        }
        let command = Command {
            id: self.connect_id,
            connect: Some(ConnectRequest {
                name: "hubbub".to_owned(),
                subs,
                ..ConnectRequest::default()
            }),
            ..Command::default()
        };
        (vec![send(&[command])], vec![])
    }

    fn frame(&mut self, frame: &str, random: f64) -> Outcome {
        if !self.is_open() {
            return Outcome::default();
        }
        let Ok(replies) = frame::parse_lines::<Reply>(frame) else {
            // Not our protocol: nothing after it could be trusted.
            let mut outcome = self.retry(random);
            outcome.0.insert(0, Action::Close);
            return outcome;
        };
        let (mut actions, mut notices) = Outcome::default();
        for reply in replies {
            self.reply(reply, &mut actions, &mut notices);
        }
        if self.state == State::Connected {
            actions.push(Action::SetTimer(self.silence));
        }
        (actions, notices)
    }

    fn reply(&mut self, reply: Reply, actions: &mut Vec<Action>, notices: &mut Vec<Notice>) {
        if reply.is_ping() {
            // It has held for a while: the next failure is a new one.
            self.backoff.reset();
            actions.push(Action::Send(PING.to_owned()));
        } else if let Some(push) = reply.push {
            self.push(push, actions, notices);
        } else if reply.id == self.connect_id && self.state == State::Authenticating {
            match (reply.connect, reply.error) {
                (Some(result), _) => self.connected(result, actions, notices),
                (None, error) => self.refused(error, actions, notices),
            }
        } else if let Some(asked) = self.answered(reply.id) {
            match asked {
                Asked::Subscription(channel) => self.begun(channel, reply, notices),
                Asked::Call => {
                    let data = reply.rpc.and_then(|rpc| rpc.data);
                    let answer = match reply.error {
                        Some(error) => Err(error),
                        // `null` is an answer too.
                        None => Ok(data.unwrap_or_else(|| RawValue::NULL.to_owned())),
                    };
                    notices.push(Notice::Answered(reply.id, answer));
                }
            }
        }
    }

    /// What the command with that id was for, if it waits for an answer.
    fn answered(&mut self, id: u32) -> Option<Asked> {
        let at = self.asked.iter().position(|(asked, _)| *asked == id)?;
        Some(self.asked.remove(at).1)
    }

    /// A subscription that was asked for has begun, or not.
    fn begun(&mut self, channel: String, reply: Reply, notices: &mut Vec<Notice>) {
        match (reply.subscribe, reply.error) {
            (Some(result), _) => self.subscribed(channel, result, notices),
            // The server was faster: its own push has told where the subscription begins.
            (None, Some(error)) if error.code == ErrorCode::AlreadySubscribed as u32 => {}
            (None, Some(error)) => {
                self.channels.want(&channel, false);
                notices.push(Notice::NotSubscribed(channel, error));
            }
            (None, None) => {}
        }
    }

    fn push(&mut self, push: Push, actions: &mut Vec<Action>, notices: &mut Vec<Notice>) {
        if let Some(publication) = push.publication {
            self.published(push.channel, publication, notices);
        } else if let Some(result) = push.subscribe {
            self.channels.give(&push.channel, true);
            self.subscribed(push.channel, result, notices);
        } else if let Some(ended) = push.unsubscribe {
            self.unsubscribed(push.channel, &ended, actions, notices);
        }
    }

    /// The server has ended a subscription: for good, or because something was lost on the way.
    fn unsubscribed(
        &mut self,
        channel: String,
        ended: &Unsubscribed,
        actions: &mut Vec<Action>,
        notices: &mut Vec<Notice>,
    ) {
        self.channels.give(&channel, false);
        if ended.code >= RESUBSCRIBE_FROM && self.channels.is_wanted(&channel) {
            let command = self.subscribe_command(&channel);
            actions.push(send(&[command]));
        } else {
            self.channels.forget(&channel);
            notices.push(Notice::Unsubscribed(channel));
        }
    }

    fn connected(
        &mut self,
        result: frame::ConnectResult,
        actions: &mut Vec<Action>,
        notices: &mut Vec<Notice>,
    ) {
        self.state = State::Connected;
        self.online = true;
        self.silence = result.ping.saturating_mul(1000).saturating_add(PING_GRACE);
        self.channels.take_all_back();
        for channel in result.subs.keys() {
            self.channels.give(channel, true);
        }
        notices.push(Notice::Connected(user_of(result.data.as_deref())));
        for (channel, subscribed) in result.subs {
            self.subscribed(channel, subscribed, notices);
        }
        let commands: Vec<Command> = self
            .channels
            .missing()
            .iter()
            .map(|channel| self.subscribe_command(channel))
            .collect();
        if !commands.is_empty() {
            actions.push(send(&commands));
        }
    }

    fn refused(
        &mut self,
        error: Option<ReplyError>,
        actions: &mut Vec<Action>,
        notices: &mut Vec<Notice>,
    ) {
        let is_over = error.is_some_and(|error| SIGNED_OUT_ERRORS.contains(&error.code));
        let (mut then, mut told) = if is_over {
            self.sign_out()
        } else {
            self.retry(1.0)
        };
        actions.push(Action::Close);
        actions.append(&mut then);
        notices.append(&mut told);
    }

    fn subscribed(&mut self, channel: String, result: SubscribeResult, notices: &mut Vec<Notice>) {
        if result.positioned {
            let last = result.publications.last();
            let offset = last.map_or(result.offset, |publication| publication.offset);
            let position = StreamPosition {
                offset,
                epoch: result.epoch.clone(),
            };
            self.channels.set_position(&channel, position);
        }
        notices.push(Notice::Subscribed(channel, result));
    }

    fn published(&mut self, channel: String, publication: Publication, notices: &mut Vec<Notice>) {
        if publication.offset > 0 {
            self.channels.reach(&channel, publication.offset);
        }
        notices.push(Notice::Published(channel, publication));
    }

    fn subscribe_command(&mut self, channel: &str) -> Command {
        let id = self.id();
        let asked = Asked::Subscription(channel.to_owned());
        self.asked.push((id, asked));
        let request = match self.channels.position(channel) {
            Some(position) => resume(channel.to_owned(), position),
            None => SubscribeRequest {
                channel: channel.to_owned(),
                ..SubscribeRequest::default()
            },
        };
        Command {
            id,
            subscribe: Some(request),
            ..Command::default()
        }
    }

    fn id(&mut self) -> u32 {
        let id = self.next_id;
        self.next_id = self.next_id.checked_add(1).unwrap_or(1);
        id
    }
}

/// Whose connection the server says it is.
fn user_of(data: Option<&RawValue>) -> Option<UserId> {
    #[derive(Deserialize)]
    struct Welcome {
        user: Who,
    }
    #[derive(Deserialize)]
    struct Who {
        id: UserId,
    }
    let welcome: Welcome = frame::parse(data?.get()).ok()?;
    Some(welcome.user.id)
}

fn resume(channel: String, position: &StreamPosition) -> SubscribeRequest {
    SubscribeRequest {
        channel,
        recover: true,
        epoch: position.epoch.clone(),
        offset: position.offset,
        ..SubscribeRequest::default()
    }
}

fn send(commands: &[Command]) -> Action {
    let lines: Vec<String> = commands
        .iter()
        .filter_map(|command| serde_json::to_string(command).ok())
        .collect();
    Action::Send(lines.join("\n"))
}

#[cfg(test)]
mod tests;
