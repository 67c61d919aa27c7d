//! From the queue to the socket: what may pass is written, what was ordered is done, each in its
//! place.

use std::task::Poll;

use axum::extract::ws::{Message, Utf8Bytes};
use futures::SinkExt;

use super::{Connection, End, Flow, Socket, Task};
use crate::protocol::codes::DisconnectCode;
use crate::protocol::frame::{self, Push};
use crate::server::realtime::queue::{Item, Order};
use crate::server::realtime::subscriptions::Verdict;

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// Writes all that is ready with one flush, unless the connection is closed meanwhile.
    pub(super) async fn write(&mut self, socket: &mut impl Socket) -> Flow {
        if self.outgoing.is_empty() {
            return Ok(());
        }
        let outgoing = &mut self.outgoing;
        let write = async {
            while let Some(frame) = outgoing.pop_front() {
                socket.feed(Message::Text(frame)).await?;
            }
            socket.flush().await
        };
        let mut write = std::pin::pin!(write);
        let written = match futures::poll!(write.as_mut()) {
            Poll::Ready(written) => written,
            // The socket is full: it may stay so for long.
            Poll::Pending => {
                // Nothing is read meanwhile, pongs neither.
                self.link.set_busy(true);
                tokio::select! {
                    written = write => written,
                    disconnect = self.link.queue.closed() => return Err(End::Close(disconnect)),
                }
            }
        };
        written.map_err(|_: axum::Error| End::Gone)
    }

    /// Moves what was published into what is written, as far as it may pass, and does what was
    /// ordered, each in its place.
    pub(super) fn take_items(&mut self) -> Flow {
        let mut drained = std::mem::take(&mut self.drained);
        let closed = self.link.queue.drain(&mut drained);
        for item in drained.drain(..) {
            match item {
                Item::Ping => self.outgoing.push_back(Utf8Bytes::from_static(frame::PING)),
                Item::Publication(publication) => match self.subscriptions.judge(&publication) {
                    Verdict::Pass => self.outgoing.push_back(publication.frame.clone()),
                    Verdict::Skip => {}
                    Verdict::Gap => self.lost_state(publication.channel)?,
                    Verdict::Flood => return Err(DisconnectCode::Slow.into()),
                },
                Item::Membership(push) => {
                    if self.subscriptions.hears_members(push.channel) {
                        self.outgoing.push_back(push.frame.clone());
                    }
                }
                Item::Alarm => self.alarm()?,
                Item::Order(order) => self.obey(&order),
            }
        }
        self.drained = drained;
        closed.map_or(Ok(()), |disconnect| Err(End::Close(disconnect)))
    }

    fn obey(&mut self, order: &Order) {
        match order {
            Order::Subscribe { channel, data } => {
                let task = Task::Subscribe(channel.clone(), data.clone());
                self.tasks.push_back(task);
            }
            Order::Unsubscribe { channel, code } => self.unsubscribed_by_server(channel, *code),
            Order::Refresh(ttl) => self.extend_life(*ttl),
            Order::Message(data) => {
                let message = frame::Message { data: data.clone() };
                let push = Push {
                    message: Some(message),
                    ..Push::default()
                };
                self.tasks.push_back(Task::Tell(Box::new(push)));
            }
        }
    }
}
