//! An engine: a hub, a broker, a registration, and the limits that apply.

mod operations;
pub(super) mod recovery;

pub use operations::{Keep, NodeInfo};

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use governor::Quota;
use http::StatusCode;
use tokio::time::{Instant, Interval, MissedTickBehavior};
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use self::recovery::continues;
use super::broker::Broker;
use super::connection;
use super::hub::Hub;
use super::hub::link::Deadlines;
use super::hub::resequencer::Missing;
use super::registration::Registration;
use super::registration::history::{Entry, Page};
use super::transport::admission::{Admission, Ceilings};
use super::transport::socket::WebSocket;
use super::transport::upgrade::Upgrade;
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
    /// Sockets open at once.
    pub ceilings: Ceilings,
    /// How long a publication that came early waits for those before it.
    pub reordering: Duration,
    /// How often what has gone out is compared with what has come to be.
    pub comparing: Duration,
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
            ceilings: Ceilings::default(),
            reordering: seconds(1),
            comparing: seconds(3),
        }
    }
}

/// The engine: what an application has registered, the hub, the broker, and the open connections.
pub struct Engine<U> {
    pub(super) hub: Arc<Hub>,
    pub(super) broker: Arc<dyn Broker>,
    pub(super) registration: Registration<U>,
    pub(super) options: Options,
    pub(super) entropy: Entropy,
    id: String,
    started: Instant,
    tasks: TaskTracker,
    admission: Admission,
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
            admission: Admission::default(),
            is_closing: AtomicBool::new(false),
        })
    }

    /// Answers an upgrade request and serves the socket in a task of its own.
    pub fn upgrade(
        self: &Arc<Self>,
        upgrade: Upgrade,
        address: IpAddr,
        context: http::Extensions,
    ) -> Response {
        if self.is_closing() {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let admitted = match self.admission.admit(address, &self.options.ceilings) {
            Ok(admitted) => admitted,
            Err(full) => {
                let reason = full.reason();
                tracing::warn!(%address, reason, "socket refused");
                return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response();
            }
        };
        let engine = self.clone();
        // More than we take: the connection answers the frame that is too big itself.
        let ceiling = 2 * self.options.frame_bytes;
        let Upgrade {
            response,
            connection,
        } = upgrade;
        tokio::spawn(self.tasks.track_future(async move {
            let _admitted = admitted;
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
        let compare = async {
            let mut ticks = every(self.options.comparing);
            loop {
                ticks.tick().await;
                self.compare().await;
            }
        };
        futures::future::join3(sweep, fill, compare).await;
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

    /// Compares how far channels' publications have gone out with how far their streams have come:
    /// what came last may have been lost on its way, with nothing after it to show the gap.
    async fn compare(&self) {
        for rule in &self.registration.rules {
            let Some(history) = rule.source() else {
                continue;
            };
            let channels: Vec<String> = self
                .hub
                .positions()
                .into_iter()
                .map(|(channel, _)| channel)
                .filter(|channel| rule.matches(channel).is_some())
                .collect();
            for some in channels.chunks(COMPARED_AT_ONCE) {
                match history.heads(some).await {
                    Ok(heads) => {
                        for (channel, head) in heads {
                            if let Some(missing) = self.hub.is_behind(&channel, head) {
                                self.fill(&channel, missing).await;
                            }
                        }
                    }
                    // The next time.
                    Err(error) => return error.log(),
                }
            }
        }
    }

    /// What did not come by the broker is read from the history, page by page. What is not there
    /// either is a gap: subscribers notice it, and subscribe again.
    async fn fill(&self, channel: &str, missing: Missing) {
        let history = self.registration.find(channel);
        let history = history.and_then(|(rule, _)| rule.source().cloned());
        let mut after = missing.after;
        while let Some(history) = &history
            && after + 1 < missing.before
        {
            let page = Page::after(after, self.options.history_publications);
            match history.entries(channel, page).await {
                Ok(found) if found.is_empty() || !continues(found.iter().map(offset), after) => {
                    break;
                }
                Ok(found) => {
                    for entry in found {
                        after = offset(&entry);
                        match entry.ends {
                            Some(_) => self.hub.publish_ending(channel, entry),
                            None => self.hub.publish(channel, || vec![entry.publication]),
                        }
                    }
                }
                // The history is away, not without an answer: the next round asks again.
                Err(error) => return error.log(),
            }
        }
        // As long as something is found, the next round goes on.
        let overdue = self.hub.overdue(self.options.reordering);
        let mut still = overdue.iter().filter(|(name, _)| name == channel);
        if still.any(|(_, still)| still.after == missing.after) {
            tracing::warn!(channel, ?missing, "publications lost between servers");
            self.hub.give_up(channel);
        }
    }
}

/// Channels whose streams are compared with one question.
const COMPARED_AT_ONCE: usize = 500;

fn offset(entry: &Entry) -> u64 {
    entry.publication.offset
}

fn every_second() -> Interval {
    every(Duration::from_secs(1))
}

fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
