//! The connection to the bus: what is said is numbered, queued and sent; what is heard comes as a stream.
//!
//! Whoever says something does not wait. What finds no room, or is said while the bus is away, is dropped:
//! its number is missing then, which the others notice. Late words would be worse than none: they would
//! say what has been undone meanwhile.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::connection::State;
use async_nats::{Client, ConnectOptions, Event, ServerAddr, Subscriber};
use axum::body::Bytes;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use uuid::Uuid;

use super::wire::{self, Said, VERSION, Weight};
use crate::server::db::without_password;

/// Messages that may wait to be sent, their bytes, and messages that may wait to be read.
const OUTGOING: usize = 16 * 1024;
const OUTGOING_BYTES: usize = 16 * 1024 * 1024;
const INCOMING: usize = 16 * 1024;
/// What has waited for longer is not said any more.
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
    /// Bytes that wait.
    bytes: Arc<AtomicUsize>,
    /// Nothing more is said: this server has said goodbye.
    is_closed: bool,
}

enum Waiting {
    Message(Instant, Bytes),
    /// Somebody wants to know when everything before was sent.
    Mark(oneshot::Sender<()>),
}

impl Bus {
    pub async fn connect(url: &str, id: Uuid, origin: &str) -> Result<Self, BusError> {
        let shown = without_password(url);
        let address: ServerAddr = url.parse().map_err(|_| BusError::BadUrl)?;
        let options = credentials(&address)
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
        let bytes = Arc::new(AtomicUsize::new(0));
        let subject = format!("hubbub.{VERSION}.{origin}");
        let sending = send(client.clone(), subject.clone(), waiting, bytes.clone());
        tokio::spawn(sending);
        Ok(Self {
            id,
            url: shown,
            subject,
            client,
            began: Instant::now(),
            queue: Mutex::new(Queue {
                said: 0,
                sender,
                bytes,
                is_closed: false,
            }),
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
        let bytes = packed.len();
        if bytes > self.client.max_payload() {
            // It would be missed for ever, each time anew. What is in a stream is found there.
            return tracing::error!(bytes, "too much for the bus at once");
        }
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.is_closed {
            return;
        }
        queue.said += u64::from(weight == Weight::Counted);
        queue.is_closed = matches!(said, Said::Leaving);
        wire::number(&mut packed, queue.said);
        let waiting = queue.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let message = Waiting::Message(Instant::now(), packed.into());
        // What finds no room is missing, and the others will notice.
        if waiting > OUTGOING_BYTES || queue.sender.try_send(message).is_err() {
            queue.bytes.fetch_sub(bytes, Ordering::Relaxed);
        }
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
async fn send(
    client: Client,
    subject: String,
    mut waiting: mpsc::Receiver<Waiting>,
    counted: Arc<AtomicUsize>,
) {
    while let Some(next) = waiting.recv().await {
        match next {
            Waiting::Mark(reached) => {
                let _ = client.flush().await;
                let _ = reached.send(());
            }
            Waiting::Message(since, bytes) => {
                counted.fetch_sub(bytes.len(), Ordering::Relaxed);
                let is_away = client.connection_state() != State::Connected;
                if is_away || since.elapsed() > STALE {
                    continue;
                }
                if let Err(error) = client.publish(subject.clone(), bytes).await {
                    tracing::warn!(%error, "nothing can be said on the bus");
                }
            }
        }
    }
}

/// The library does not take them out of the address by itself.
fn credentials(address: &ServerAddr) -> ConnectOptions {
    let options = ConnectOptions::new();
    match (address.username(), address.password()) {
        (Some(user), Some(password)) => {
            options.user_and_password(user.to_owned(), password.to_owned())
        }
        (Some(token), None) => options.token(token.to_owned()),
        (None, _) => options,
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
