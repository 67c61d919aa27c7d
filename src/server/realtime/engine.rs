//! An engine: a hub, a broker, a registration, and the limits that apply.
//!
//! What the server's side can do with it is in [`operations`], what it does by itself in
//! [`upkeep`]. It knows nothing of connections: they have the engine, not the engine them.

mod once;
mod operations;
pub mod options;
pub(super) mod recovery;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

pub use self::operations::{Keep, NodeInfo};
use self::options::Options;
use super::broker::Broker;
use super::hub::Hub;
use super::registration::Registration;
use super::transport::admission::Admission;
use super::transport::open_streams::OpenStreams;
use crate::protocol::codes::DisconnectCode;
use crate::server::clock::Entropy;

/// In how many portions connections are closed that are to come back to another process, or later.
const PORTIONS: u32 = 20;

/// The engine: what an application has registered, the hub, the broker, and the open connections.
pub struct Engine<U> {
    pub(super) hub: Arc<Hub>,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) registration: Registration<U>,
    pub(super) options: Options,
    pub(super) entropy: Entropy,
    /// What this server is called among others.
    pub(super) id: String,
    started: Instant,
    /// The tasks of the connections.
    pub(super) tasks: TaskTracker,
    pub(super) admission: Admission,
    pub(super) streams: Arc<OpenStreams>,
    /// They write what is published, as long as the engine lives.
    _flushers: Vec<AbortOnDropHandle<()>>,
    /// No more sockets are accepted: clients that were told to reconnect must find another server.
    is_closing: AtomicBool,
    /// Somebody wants the positions of all channels compared with their streams at once.
    compare_now: Notify,
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
        let random = || uuid::Builder::from_random_bytes(entropy.bytes()).into_uuid();
        let id = broker.id().unwrap_or_else(random);
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
            admission: Admission::default(),
            streams: Arc::default(),
            is_closing: AtomicBool::new(false),
            compare_now: Notify::new(),
        })
    }

    pub(super) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::SeqCst)
    }

    /// Something that was announced elsewhere may not have come here: streams are compared at once,
    /// and everybody connects again, spread over that time, because what is in no stream cannot be
    /// made up for.
    pub async fn begin_anew(&self, over: Duration) {
        self.compare_now.notify_one();
        self.send_away(DisconnectCode::InsufficientState, over)
            .await;
    }

    /// Closes the connections there are now, a few at a time, so that they do not all come back in the
    /// same moment.
    async fn send_away(&self, code: DisconnectCode, over: Duration) {
        let mut portions = self.hub.portions(PORTIONS).into_iter();
        if let Some(first) = portions.next() {
            first.close(code);
        }
        for portion in portions {
            tokio::time::sleep(over / PORTIONS).await;
            portion.close(code);
        }
    }

    /// Tells every client to come back later, spread over that time, and waits until they have been
    /// told.
    pub async fn shut_down(&self, over: Duration, patience: Duration) {
        self.is_closing.store(true, Ordering::SeqCst);
        self.tasks.close();
        if !over.is_zero() {
            self.send_away(DisconnectCode::Shutdown, over).await;
        }
        self.hub.shut_down();
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            let left = self.hub.counts().clients;
            tracing::warn!(connections = left, "sockets left behind");
        }
    }
}
