//! An engine: a hub, a broker, a registration, and the limits that apply.

mod operations;

pub use operations::{Keep, NodeInfo};

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use governor::Quota;
use http::StatusCode;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::broker::Broker;
use super::connection;
use super::history::Page;
use super::hub::Hub;
use super::link::Deadlines;
use super::order::Missing;
use super::recovery::continues;
use super::registration::Registration;
use super::socket::WebSocket;
use super::upgrade::Upgrade;
use crate::server::clock::Entropy;

/// The limits of an engine.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    pub deadlines: Deadlines,
    /// Bytes that may wait for one connection.
    pub queue_bytes: usize,
    /// Bytes in one incoming frame.
    pub frame_bytes: usize,
    /// Channels a client may ask for.
    pub client_channels: usize,
    /// Channels the server may subscribe a client to.
    pub server_channels: usize,
    /// Publications and bytes that one reply may recover; beyond that, none.
    pub recovery_publications: u32,
    pub recovery_bytes: usize,
    /// Publications in one page of history.
    pub history_publications: u32,
    /// Bytes in what the server's side publishes: it must fit every recovery.
    pub publication_bytes: usize,
    /// Commands per connection.
    pub commands: Quota,
    /// Refusals for going too fast, after which the connection is closed.
    pub patience: u32,
    /// How long a publication that came early waits for those before it.
    pub reordering: Duration,
}

impl Default for Options {
    fn default() -> Self {
        let at_once = std::num::NonZeroU32::MIN;
        let seconds = Duration::from_secs;
        Self {
            deadlines: Deadlines {
                ping: seconds(25),
                pong: seconds(8),
                stale: seconds(10),
                grace: seconds(25),
            },
            queue_bytes: 1024 * 1024,
            frame_bytes: 64 * 1024,
            client_channels: 128,
            server_channels: 1000,
            recovery_publications: 300,
            recovery_bytes: 512 * 1024,
            history_publications: 300,
            publication_bytes: 256 * 1024,
            commands: Quota::per_second(at_once.saturating_add(99))
                .allow_burst(at_once.saturating_add(499)),
            patience: 100,
            reordering: seconds(1),
        }
    }
}

/// See the module's text.
pub struct Engine<U> {
    pub(super) hub: Arc<Hub>,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) registration: Registration<U>,
    pub(super) options: Options,
    pub(super) entropy: Entropy,
    id: String,
    started: Instant,
    tasks: TaskTracker,
    /// They write what is published, as long as the engine lives.
    _flushers: Vec<AbortOnDropHandle<()>>,
    /// No more sockets: whoever was told to come back later must find another server.
    is_closing: AtomicBool,
}

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    /// `broker` must bring what it carries to `hub`.
    ///
    /// # Panics
    /// Outside of a runtime, or if the hub serves another engine already.
    pub fn new(
        hub: Arc<Hub>,
        broker: Arc<dyn Broker>,
        registration: Registration<U>,
        options: Options,
        entropy: Entropy,
    ) -> Arc<Self> {
        let id = uuid::Builder::from_random_bytes(entropy.bytes()).into_uuid();
        let flushers = hub.flushers().hand_out();
        assert!(flushers.is_some(), "a hub serves one engine");
        let flushers = flushers.into_iter().flatten();
        let flushers = flushers.map(|flusher| AbortOnDropHandle::new(tokio::spawn(flusher.run())));
        Arc::new(Self {
            _flushers: flushers.collect(),
            hub,
            broker,
            registration,
            options,
            entropy,
            id: id.to_string(),
            started: Instant::now(),
            tasks: TaskTracker::new(),
            is_closing: AtomicBool::new(false),
        })
    }

    /// Answers an upgrade request and serves the socket in a task of its own.
    pub fn upgrade(self: &Arc<Self>, upgrade: Upgrade, context: http::Extensions) -> Response {
        if self.is_closing() {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let engine = self.clone();
        // More than we take: the connection answers the frame that is too big itself.
        let ceiling = 2 * self.options.frame_bytes;
        let Upgrade {
            response,
            connection,
        } = upgrade;
        tokio::spawn(self.tasks.track_future(async move {
            let upgraded = match connection.await {
                Ok(upgraded) => upgraded,
                Err(error) => return tracing::debug!(%error, "a client left while connecting"),
            };
            if let Ok(socket) = WebSocket::accept(upgraded, ceiling).await {
                connection::serve(engine, socket, context).await;
            } else {
                tracing::error!("a socket did not come over TCP");
            }
        }));
        response
    }

    /// Does what is due once a second, until dropped: pings, prunes, closes gaps in the order.
    pub async fn tend(self: Arc<Self>) {
        // Apart, because a history may take its time.
        let sweep = async {
            let mut ticks = every_second();
            loop {
                ticks.tick().await;
                self.hub.sweep(&self.options.deadlines);
            }
        };
        let fill = async {
            let mut ticks = every_second();
            loop {
                ticks.tick().await;
                for (channel, missing) in self.hub.overdue(self.options.reordering) {
                    self.fill(&channel, missing).await;
                }
            }
        };
        futures::future::join(sweep, fill).await;
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::SeqCst)
    }

    /// Tells every client to come back later, and waits until they have been told.
    pub async fn shut_down(&self, patience: Duration) {
        self.is_closing.store(true, Ordering::SeqCst);
        self.tasks.close();
        self.hub.shut_down();
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            let left = self.hub.counts().clients;
            tracing::warn!(connections = left, "sockets left behind");
        }
    }

    /// What did not come by the broker is read from the history. What is not there either is a
    /// gap: subscribers notice it, and subscribe again.
    async fn fill(&self, channel: &str, missing: Missing) {
        let history = self.registration.find(channel);
        let history = history.and_then(|(rule, _)| rule.source().cloned());
        let wanted = u32::try_from(missing.before - missing.after - 1).ok();
        if let (Some(history), Some(wanted)) = (history, wanted) {
            let page = Page::after(missing.after, wanted.min(self.options.history_publications));
            match history.page(channel, page).await {
                Ok(found) if continues(&found, missing.after) => {
                    self.hub.publish(channel, || found);
                }
                Ok(_) => {}
                Err(error) => error.log(),
            }
        }
        let still = self.hub.overdue(self.options.reordering);
        if still.iter().any(|(name, _)| name == channel) {
            tracing::warn!(channel, ?missing, "publications lost between servers");
            self.hub.give_up(channel);
        }
    }
}

fn every_second() -> Interval {
    let mut ticks = tokio::time::interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
