//! The hub's end of a connection. The connection's task holds the other.
//!
//! What is to be written goes into the outbox, what is to be done into the mailbox; neither waits,
//! and who does not keep up is closed.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::instruction::{Generation, Instruction, Stamped};
use super::mailbox::Mailbox;
use crate::protocol::codes::{Disconnect, DisconnectCode};
use crate::protocol::frame::{ClientInfo, Raw};
use crate::server::realtime::lock;
use crate::server::realtime::registration::peer::Peer;
use crate::server::realtime::transport::outbox::{Flushed, Outbox, Put};
use crate::server::realtime::transport::socket::ControlSink;
use crate::server::realtime::transport::wire::WireBytes;

/// The hub's end of a connection: what others may ask of it and write to it.
#[derive(Debug)]
pub struct Link {
    pub id: u64,
    /// The id that others see.
    pub client: Uuid,
    pub outbox: Outbox,
    pub mailbox: Mailbox,
    /// How many subscriptions it has begun, or was told to begin.
    generations: AtomicU64,
    opened: Instant,
    state: Mutex<State>,
    /// The connection does not read, because it waits for a handler or for its socket: a pong may
    /// lie unread.
    is_busy: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// Set once the connection has authenticated.
    peer: Option<Arc<Peer>>,
    /// When the last ping was sent.
    pinged: Instant,
    awaiting_pong: bool,
    /// When the connection wants to be woken.
    alarm: Option<Instant>,
}

/// The limits the sweep enforces.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    pub ping: Duration,
    pub pong: Duration,
    /// Until a connection must have authenticated.
    pub stale: Duration,
    /// How much later than announced an expired connection or subscription ends.
    pub grace: Duration,
}

/// What came of looking after a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tended {
    Well,
    /// A ping waits to be written, and the caller must see to it.
    HasToWrite,
    /// It must end.
    Over(DisconnectCode),
}

impl Tended {
    fn over(code: Option<DisconnectCode>) -> Self {
        code.map_or(Self::Well, Self::Over)
    }
}

/// The WebSocket library speaks through the same outbox.
impl ControlSink for Link {
    fn control(&self, frame: WireBytes) {
        self.outbox.control(frame);
    }

    fn flush(&self) {
        self.flush();
    }
}

impl Link {
    pub(in crate::server::realtime) fn new(id: u64, client: Uuid, outbox: Outbox) -> Self {
        let now = Instant::now();
        Self {
            id,
            client,
            outbox,
            mailbox: Mailbox::default(),
            generations: AtomicU64::new(0),
            opened: now,
            state: Mutex::new(State {
                peer: None,
                pinged: now,
                awaiting_pong: false,
                alarm: None,
            }),
            is_busy: AtomicBool::new(false),
        }
    }

    pub fn peer(&self) -> Option<Arc<Peer>> {
        lock(&self.state).peer.clone()
    }

    pub(in crate::server::realtime) fn identify(&self, peer: Arc<Peer>) -> Option<Arc<Peer>> {
        lock(&self.state).peer.replace(peer)
    }

    /// The connection as others see it, in a channel.
    pub fn client_info(&self, chan_info: Option<Raw>) -> ClientInfo {
        let peer = self.peer();
        let peer = peer.as_deref();
        ClientInfo {
            user: peer.map(|i| i.user.clone()).unwrap_or_default(),
            client: self.client.to_string(),
            conn_info: peer.and_then(|i| i.info.clone()),
            chan_info,
        }
    }

    /// Puts in a frame, to be written soon. True if the caller must see to that: those of many
    /// connections are handed over together.
    #[must_use]
    pub(in crate::server::realtime) fn put(&self, frame: &WireBytes) -> bool {
        match self.outbox.push(frame) {
            Put::Due => true,
            Put::Done => false,
            Put::Full => {
                self.mailbox.poke();
                false
            }
            Put::TooMuch => {
                self.close(DisconnectCode::Slow.into());
                false
            }
        }
    }

    /// Writes what waits. The connection's task goes on, if the socket does not take it all.
    pub(in crate::server::realtime) fn flush(&self) {
        if !matches!(self.outbox.flush(), Ok(Flushed::All)) {
            self.mailbox.poke();
        }
    }

    /// Tells the connection's task something, about the subscriptions that there are by now.
    pub(super) fn instruct(&self, instruction: &Arc<Instruction>) {
        let generation = match **instruction {
            Instruction::Subscribe { .. } | Instruction::Follow { .. } => self.next_generation(),
            _ => self.latest_generation(),
        };
        self.instruct_about(generation, instruction);
    }

    /// Tells it something about the subscriptions up to that one.
    pub(super) fn instruct_about(&self, generation: Generation, instruction: &Arc<Instruction>) {
        let stamped = Stamped {
            generation,
            instruction: instruction.clone(),
        };
        if !self.mailbox.push(stamped, self.outbox.limit()) {
            self.close(DisconnectCode::Slow.into());
        }
    }

    /// The generation of a subscription that begins now.
    pub fn next_generation(&self) -> Generation {
        Generation(self.generations.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// The generation of the subscription that has begun last.
    pub fn latest_generation(&self) -> Generation {
        Generation(self.generations.load(Ordering::SeqCst))
    }

    /// Ends the connection: from here on nothing more is written but the reason.
    pub(in crate::server::realtime) fn close(&self, disconnect: Disconnect) {
        self.outbox.stop();
        self.mailbox.close(disconnect);
    }

    /// Notes whether the connection is reading.
    pub fn set_busy(&self, is_busy: bool) {
        self.is_busy.store(is_busy, Ordering::Relaxed);
    }

    /// Asks to be woken at that time, instead of any time asked for before.
    pub fn set_alarm(&self, at: Option<Instant>) {
        lock(&self.state).alarm = at;
    }

    /// Takes a pong. False if no ping is waiting for one.
    pub fn pong(&self) -> bool {
        std::mem::take(&mut lock(&self.state).awaiting_pong)
    }

    /// Pings if it is time, and wakes a connection that wants to be woken.
    pub(super) fn tend(&self, now: Instant, deadlines: &Deadlines) -> Tended {
        let mut state = lock(&self.state);
        if state.peer.is_none() {
            let age = now.duration_since(self.opened);
            // While it waits for our answer to its connect command, being late is not its fault.
            let (patience, code) = match self.is_busy.load(Ordering::Relaxed) {
                true => (3 * deadlines.stale, DisconnectCode::Internal),
                false => (deadlines.stale, DisconnectCode::Stale),
            };
            return Tended::over((age >= patience).then_some(code));
        }
        if state.alarm.is_some_and(|at| at <= now) {
            state.alarm = None;
            self.instruct(&Arc::new(Instruction::CheckDeadlines));
        }
        let since = now.duration_since(state.pinged);
        if state.awaiting_pong {
            let is_late = since >= deadlines.pong;
            return Tended::over(self.judge_silence(&mut state, is_late, now));
        }
        if since >= deadlines.ping {
            let dialect = self.outbox.dialect();
            // Who says nothing answers no ping: whether it reads on is seen by its socket alone.
            if dialect.is_one_way() && self.outbox.is_full() && !self.outbox.has_moved() {
                return Tended::Over(DisconnectCode::Slow);
            }
            state.pinged = now;
            state.awaiting_pong = !dialect.is_one_way();
            if self.put(dialect.ping()) {
                return Tended::HasToWrite;
            }
        }
        Tended::Well
    }

    /// No pong has come yet: why the connection must end, unless the pong may lie unread.
    fn judge_silence(
        &self,
        state: &mut State,
        is_late: bool,
        now: Instant,
    ) -> Option<DisconnectCode> {
        if !self.is_busy.load(Ordering::Relaxed) {
            return is_late.then_some(DisconnectCode::NoPong);
        }
        if !self.outbox.is_full() {
            state.pinged = now;
        } else if is_late {
            if !self.outbox.has_moved() {
                return Some(DisconnectCode::Slow);
            }
            state.pinged = now;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::server::realtime::testing::narrow;

    fn is_woken(link: &Link) -> bool {
        link.mailbox.ready().now_or_never().is_some()
    }

    #[tokio::test]
    async fn whoever_finds_the_socket_full_wakes_the_task() {
        let frame = WireBytes::text("12345");
        let (link, _) = narrow(24, 20);
        let due = [(); 4].map(|()| link.put(&frame));
        assert_eq!(due, [true, false, true, false]);
        assert!(!is_woken(&link), "the socket takes everything");
        assert!(!link.put(&frame));
        assert!(is_woken(&link), "nobody else would come to write");
    }

    #[tokio::test]
    async fn whoever_finds_the_socket_broken_wakes_the_task() {
        let (link, pipe) = narrow(24, 20);
        pipe.cut();
        assert!(link.put(&WireBytes::text("12345")));
        assert!(!is_woken(&link));
        link.flush();
        assert!(is_woken(&link));
        assert!(link.outbox.flush().is_err(), "and it learns why");
    }
}
