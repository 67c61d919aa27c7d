//! What waits to be written to one socket.
//!
//! Producers push from any task and never wait; the connection's task drains everything at once
//! and flushes once, so that under load many messages leave in one write. The bound is in bytes:
//! a reader that lets more than that pile up is marked slow and disconnected. A closed queue
//! keeps its first reason and takes nothing more.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use crate::protocol::codes::{Disconnect, DisconnectCode, UnsubscribeCode};
use crate::protocol::frame::Raw;
use axum::extract::ws::Utf8Bytes;

/// A push to the subscribers of a channel, encoded once for all who receive it.
#[derive(Debug)]
pub struct Encoded {
    pub channel: ChannelId,
    /// Its place in the channel's stream; zero for what is not kept.
    pub offset: u64,
    pub frame: Utf8Bytes,
}

/// A channel of the hub, as long as somebody listens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelId(pub u64);

/// Something to be written, or to be done by the connection at this place in the order of events.
#[derive(Clone, Debug)]
pub enum Item {
    Publication(Arc<Encoded>),
    /// Somebody joined or left; only for subscriptions that want to hear it.
    Membership(Arc<Encoded>),
    /// The server's ping.
    Ping,
    /// A deadline that the connection has set itself has passed.
    Alarm,
    Order(Arc<Order>),
}

/// What somebody on the server's side wants of a connection.
#[derive(Debug)]
pub enum Order {
    Subscribe {
        channel: String,
        data: Option<Raw>,
    },
    Unsubscribe {
        channel: String,
        code: UnsubscribeCode,
    },
    /// The connection lives that long from now; for ever without a time.
    Refresh(Option<Duration>),
    Message(Raw),
}

impl Item {
    fn bytes(&self) -> usize {
        match self {
            Self::Publication(push) | Self::Membership(push) => push.frame.len(),
            Self::Order(order) => match order.as_ref() {
                Order::Message(data) => data.get().len(),
                Order::Subscribe { channel, .. } | Order::Unsubscribe { channel, .. } => {
                    channel.len()
                }
                Order::Refresh(_) => 0,
            },
            Self::Ping | Self::Alarm => 2,
        }
    }
}

/// The queue of one connection; see the module's text.
#[derive(Debug)]
pub struct Queue {
    limit: usize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    items: VecDeque<Item>,
    bytes: usize,
    closed: Option<Disconnect>,
    /// The connection's task, while it waits. It is the only one that does, so this is all that
    /// is needed to wake it.
    waker: Option<Waker>,
}

impl Queue {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            waiting: Mutex::default(),
        }
    }

    /// Adds an item, or closes the queue as slow if it is full.
    pub fn push(&self, item: Item) {
        let mut waiting = self.lock();
        if waiting.closed.is_some() {
            return;
        }
        let bytes = waiting.bytes + item.bytes();
        if bytes > self.limit {
            drop(waiting);
            self.close(DisconnectCode::Slow.into());
            return;
        }
        waiting.bytes = bytes;
        waiting.items.push_back(item);
        wake(waiting);
    }

    /// Closes the queue: what waits is dropped, and the connection ends with this code.
    pub fn close(&self, disconnect: Disconnect) {
        let mut waiting = self.lock();
        if waiting.closed.is_some() {
            return;
        }
        waiting.closed = Some(disconnect);
        waiting.items = VecDeque::new();
        waiting.bytes = 0;
        wake(waiting);
    }

    /// Waits until there is something to drain or the queue is closed.
    pub async fn ready(&self) {
        poll_fn(|context| {
            let mut waiting = self.lock();
            if waiting.closed.is_some() || !waiting.items.is_empty() {
                return Poll::Ready(());
            }
            waiting.wait(context)
        })
        .await;
    }

    /// Waits until the queue is closed, and tells why.
    pub async fn closed(&self) -> Disconnect {
        poll_fn(|context| {
            let mut waiting = self.lock();
            match &waiting.closed {
                Some(disconnect) => Poll::Ready(disconnect.clone()),
                None => waiting.wait(context),
            }
        })
        .await
    }

    /// Takes everything that waits; why the queue was closed, if it was.
    pub fn drain(&self, into: &mut VecDeque<Item>) -> Option<Disconnect> {
        let mut waiting = self.lock();
        into.append(&mut waiting.items);
        waiting.bytes = 0;
        waiting.closed.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing can panic while holding it.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    fn wait<T>(&mut self, context: &Context<'_>) -> Poll<T> {
        match &mut self.waker {
            Some(waker) => waker.clone_from(context.waker()),
            none => *none = Some(context.waker().clone()),
        }
        Poll::Pending
    }
}

/// Wakes who waits, without the lock in hand.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    let waker = waiting.waker.take();
    drop(waiting);
    if let Some(waker) = waker {
        waker.wake();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(bytes: usize) -> Item {
        Item::Publication(Arc::new(Encoded {
            channel: ChannelId(1),
            offset: 0,
            frame: "x".repeat(bytes).into(),
        }))
    }

    #[tokio::test]
    async fn a_full_queue_closes_as_slow_and_keeps_nothing() {
        let queue = Queue::new(10);
        queue.push(publication(6));
        queue.push(publication(5));
        queue.push(publication(1));
        assert_eq!(queue.closed().await, DisconnectCode::Slow.into());
        let mut drained = VecDeque::new();
        assert_eq!(queue.drain(&mut drained), Some(DisconnectCode::Slow.into()));
        assert!(drained.is_empty());
    }

    #[tokio::test]
    async fn draining_makes_room() {
        let queue = Queue::new(10);
        let mut drained = VecDeque::new();
        for _ in 0..5 {
            queue.push(publication(10));
            queue.ready().await;
            assert_eq!(queue.drain(&mut drained), None);
        }
        assert_eq!(drained.len(), 5);
    }

    #[tokio::test]
    async fn the_first_reason_to_close_counts() {
        let queue = Queue::new(10);
        queue.close(DisconnectCode::Shutdown.into());
        queue.close(DisconnectCode::Slow.into());
        assert_eq!(queue.closed().await, DisconnectCode::Shutdown.into());
    }
}
