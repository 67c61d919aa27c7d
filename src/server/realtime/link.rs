//! The hub's end of a connection. The connection's task holds the other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::lock;
use super::queue::{Item, Queue};
use crate::protocol::codes::DisconnectCode;
use crate::protocol::frame::{ClientInfo, Raw};

/// Who is at the other side, as far as the engine cares.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// The user's id; empty for somebody anonymous.
    pub user: String,
    /// The label under which connections of one credential can be closed.
    pub credential: Option<String>,
    /// What others see of the connection.
    pub info: Option<Raw>,
}

/// See the module's text.
#[derive(Debug)]
pub struct Link {
    pub id: u64,
    /// The id that others see.
    pub client: Uuid,
    pub queue: Queue,
    opened: Instant,
    state: Mutex<State>,
    /// The connection waits for a handler and does not read: a pong may lie unread.
    is_busy: AtomicBool,
}

#[derive(Debug)]
struct State {
    /// Set once the connection has authenticated.
    identity: Option<Arc<Identity>>,
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

impl Link {
    pub(super) fn new(id: u64, client: Uuid, queue: Queue) -> Self {
        let now = Instant::now();
        Self {
            id,
            client,
            queue,
            opened: now,
            state: Mutex::new(State {
                identity: None,
                pinged: now,
                awaiting_pong: false,
                alarm: None,
            }),
            is_busy: AtomicBool::new(false),
        }
    }

    pub fn identity(&self) -> Option<Arc<Identity>> {
        lock(&self.state).identity.clone()
    }

    pub(super) fn identify(&self, identity: Arc<Identity>) -> Option<Arc<Identity>> {
        lock(&self.state).identity.replace(identity)
    }

    /// The connection as others see it, in a channel.
    pub fn client_info(&self, chan_info: Option<Raw>) -> ClientInfo {
        let identity = self.identity();
        let identity = identity.as_deref();
        ClientInfo {
            user: identity.map(|i| i.user.clone()).unwrap_or_default(),
            client: self.client.to_string(),
            conn_info: identity.and_then(|i| i.info.clone()),
            chan_info,
        }
    }

    /// Notes whether the connection is waiting for a handler.
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

    /// Pings if it is time, wakes who wants to be woken; why the connection must end, if it must.
    pub(super) fn tend(&self, now: Instant, deadlines: &Deadlines) -> Option<DisconnectCode> {
        let mut state = lock(&self.state);
        if state.identity.is_none() {
            let is_late = now.duration_since(self.opened) >= deadlines.stale;
            return is_late.then_some(DisconnectCode::Stale);
        }
        if state.alarm.is_some_and(|at| at <= now) {
            state.alarm = None;
            self.queue.push(Item::Alarm);
        }
        let since = now.duration_since(state.pinged);
        if state.awaiting_pong {
            if self.is_busy.load(Ordering::Relaxed) {
                state.pinged = now;
                return None;
            }
            return (since >= deadlines.pong).then_some(DisconnectCode::NoPong);
        }
        if since >= deadlines.ping {
            state.pinged = now;
            state.awaiting_pong = true;
            self.queue.push(Item::Ping);
        }
        None
    }
}
