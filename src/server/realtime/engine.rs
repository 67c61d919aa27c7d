//! An engine: a hub, a broker, a registration, and the limits that apply.
//!
//! What the server's side can do with it is in [`operations`], what it does by itself in
//! [`upkeep`]. It knows nothing of connections: they have the engine, not the engine them.

mod operations;
pub mod options;
pub(super) mod recovery;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

pub use self::operations::{Keep, NodeInfo};
use self::options::Options;
use super::broker::Broker;
use super::hub::Hub;
use super::registration::Registration;
use super::transport::admission::Admission;
use super::transport::open_streams::OpenStreams;
use crate::server::clock::Entropy;

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
            admission: Admission::default(),
            streams: Arc::default(),
            is_closing: AtomicBool::new(false),
        })
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
}
