//! An engine: a hub, a registration, and the limits that apply.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::extract::ws::WebSocketUpgrade;
use axum::response::{IntoResponse, Response};
use governor::Quota;
use http::StatusCode;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use super::connection;
use super::hub::{Deadlines, Hub};
use super::registration::Registration;
use crate::protocol::codes::DisconnectCode;
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
    /// Publications and bytes that one reply may recover; beyond that, none.
    pub recovery_publications: u32,
    pub recovery_bytes: usize,
    /// Commands per connection.
    pub commands: Quota,
    /// Refusals for going too fast, after which the connection is closed.
    pub patience: u32,
}

/// See the module's text.
pub struct Engine<U> {
    pub(super) hub: Arc<Hub>,
    pub(super) registration: Registration<U>,
    pub(super) options: Options,
    pub(super) entropy: Entropy,
    tasks: TaskTracker,
    /// No more sockets: whoever was told to come back later must find another server.
    is_closing: AtomicBool,
}

impl<U: Clone + Send + Sync + 'static> Engine<U> {
    pub fn new(
        hub: Arc<Hub>,
        registration: Registration<U>,
        options: Options,
        entropy: Entropy,
    ) -> Arc<Self> {
        Arc::new(Self {
            hub,
            registration,
            options,
            entropy,
            tasks: TaskTracker::new(),
            is_closing: AtomicBool::new(false),
        })
    }

    /// Answers an upgrade request and serves the socket in a task of its own.
    ///
    /// The buffers are small on purpose: the library's defaults cost 135 KiB a connection and a
    /// third of the CPU under load.
    pub fn upgrade(
        self: &Arc<Self>,
        upgrade: WebSocketUpgrade,
        context: http::Extensions,
    ) -> Response {
        if self.is_closing.load(Ordering::Relaxed) {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let engine = self.clone();
        let request = tracing::Span::current();
        // One byte more than we take: the connection answers the frame that is too big itself.
        let ceiling = 2 * self.options.frame_bytes;
        upgrade
            .read_buffer_size(2048)
            .write_buffer_size(8192)
            .max_message_size(ceiling)
            .max_frame_size(ceiling)
            .on_upgrade(move |socket| {
                let tasks = engine.tasks.clone();
                tasks.track_future(connection::serve(engine, socket, context).instrument(request))
            })
    }

    /// Pings and prunes, once a second, until dropped.
    pub async fn tend(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.hub.sweep(&self.options.deadlines);
        }
    }

    /// Tells every client to come back later, and waits until they have been told.
    pub async fn shut_down(&self, patience: Duration) {
        self.is_closing.store(true, Ordering::Relaxed);
        self.tasks.close();
        self.hub.disconnect_all(DisconnectCode::Shutdown);
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(connections = self.hub.connections(), "sockets left behind");
        }
    }
}
