//! The connection to the bus: what is said is numbered, queued and sent; what is heard comes as a stream.
//!
//! Whoever says something does not wait. What finds no room, or has waited too long because the bus was
//! away, is dropped: its number is missing then, which the others notice.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, Subscriber};
use axum::body::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::wire::{self, Said, VERSION, Weight};
use crate::server::db::without_password;

/// Messages that may wait to be sent, and to be read.
const OUTGOING: usize = 16 * 1024;
const INCOMING: usize = 64 * 1024;
/// What has waited for longer is not said any more: whoever missed it begins anew in any case.
const STALE: Duration = Duration::from_secs(5);
/// How soon a connection that has fallen silent is noticed, and tried again.
const PING: Duration = Duration::from_secs(2);
const AGAIN_AFTER: Duration = Duration::from_millis(250);
const FINISHING: Duration = Duration::from_secs(2);

/// Why there is no bus: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    #[error("the address of the bus is not understood: use nats://host:4222")]
    BadUrl,
    #[error("cannot reach the bus at {url}: {reason}")]
    Unreachable { url: String, reason: String },
    #[error("cannot listen on the bus: {0}")]
    Deaf(String),
}

impl BusError {
    pub fn silent(url: &str) -> Self {
        Self::Unreachable {
            url: without_password(url),
            reason: "nothing answers".to_owned(),
        }
    }
}

/// This server's end of the bus.
pub struct Bus {
    id: Uuid,
    /// Without its password.
    url: String,
    subject: String,
    client: Client,
    began: Instant,
    queue: Mutex<Queue>,
}

/// What is said gets its number with its place.
struct Queue {
    said: u64,
    sender: mpsc::Sender<Waiting>,
}

enum Waiting {
    Message(Instant, Bytes),
    /// Somebody wants to know when everything before was sent.
    Mark(oneshot::Sender<()>),
}

impl Bus {
    pub async fn connect(url: &str, id: Uuid, origin: &str) -> Result<Self, BusError> {
        let shown = without_password(url);
        let address: async_nats::ServerAddr = url.parse().map_err(|_| BusError::BadUrl)?;
        let options = ConnectOptions::new()
            .name("hubbub")
            .ping_interval(PING)
            .connection_timeout(Duration::from_secs(3))
            .subscription_capacity(INCOMING)
            .client_capacity(64)
            .max_reconnects(None)
            .reconnect_delay_callback(|_| AGAIN_AFTER)
            .event_callback(|event| async move { log(&event) });
        let client = options.connect(address).await;
        let client = client.map_err(|error| BusError::Unreachable {
            url: shown.clone(),
            reason: error.to_string(),
        })?;
        let (sender, waiting) = mpsc::channel(OUTGOING);
        let subject = format!("hubbub.{VERSION}.{origin}");
        tokio::spawn(send(client.clone(), subject.clone(), waiting));
        Ok(Self {
            id,
            url: shown,
            subject,
            client,
            began: Instant::now(),
            queue: Mutex::new(Queue { said: 0, sender }),
        })
    }

    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Where it is, for people to read.
    pub fn shown(&self) -> &str {
        &self.url
    }

    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Says something to all servers, this one among them.
    pub fn say(&self, said: &Said) {
        self.queue(said, Weight::Counted);
    }

    /// Says something that is said again in a moment: nobody misses it.
    pub fn say_in_passing(&self, said: &Said) {
        self.queue(said, Weight::Passing);
    }

    fn queue(&self, said: &Said, weight: Weight) {
        let mut packed = match wire::pack(self.id, weight, said) {
            Ok(packed) => packed,
            Err(error) => return tracing::error!(%error, "what is to be said cannot be encoded"),
        };
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.said += u64::from(weight == Weight::Counted);
        wire::number(&mut packed, queue.said);
        let waiting = Waiting::Message(Instant::now(), packed.into());
        // The others will notice that it is missing.
        let _ = queue.sender.try_send(waiting);
    }

    /// Everything that is said from now on.
    pub async fn listen(&self) -> Result<Subscriber, BusError> {
        let subscribed = self.client.subscribe(self.subject.clone()).await;
        subscribed.map_err(|error| BusError::Deaf(error.to_string()))
    }

    /// Waits until what was said is on its way, but not for long.
    pub async fn finish(&self) {
        let sender = {
            let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.sender.clone()
        };
        let (mark, reached) = oneshot::channel();
        let finishing = async {
            let _ = sender.send(Waiting::Mark(mark)).await;
            let _ = reached.await;
        };
        let _ = tokio::time::timeout(FINISHING, finishing).await;
    }
}

/// Sends what waits, for as long as the bus is there.
async fn send(client: Client, subject: String, mut waiting: mpsc::Receiver<Waiting>) {
    let most = || client.max_payload();
    while let Some(next) = waiting.recv().await {
        match next {
            Waiting::Mark(reached) => {
                let _ = client.flush().await;
                let _ = reached.send(());
            }
            Waiting::Message(since, _) if since.elapsed() > STALE => {}
            Waiting::Message(_, bytes) if bytes.len() > most() => {
                tracing::error!(bytes = bytes.len(), "too much for the bus at once");
            }
            Waiting::Message(_, bytes) => {
                if let Err(error) = client.publish(subject.clone(), bytes).await {
                    tracing::warn!(%error, "nothing can be said on the bus");
                }
            }
        }
    }
}

fn log(event: &Event) {
    match event {
        Event::Connected => tracing::info!("the bus is there"),
        Event::Disconnected => tracing::warn!("the bus is away"),
        Event::SlowConsumer(_) => tracing::warn!("the bus brings more than can be read"),
        event => tracing::info!(%event, "the bus"),
    }
}
