//! What others want of the connection: done in the order they said it.

use super::{Connection, End, Flow, Task};
use crate::protocol::frame::{self, Push};
use crate::server::realtime::mailbox::{Item, Order};

/// Orders that may wait to be carried out. More stay in the mailbox, which is bounded in bytes; so
/// they do while the socket is full.
const TASKS: usize = 16;

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// Whether more orders are taken.
    pub(super) fn takes_mail(&self) -> bool {
        self.tasks.len() < TASKS
    }

    /// Takes what others want, unless too much of it waits already.
    pub(super) fn take_mail(&mut self) -> Flow {
        if !self.takes_mail() {
            return Ok(());
        }
        for item in self.link.mailbox.take().map_err(End::Close)? {
            match item {
                // It may be an earlier subscription's: the hub knows.
                Item::Gap(channel) if self.engine.hub.has_lost(&channel, &self.link) => {
                    self.lost_state(&channel)?;
                }
                Item::Gap(_) => {}
                Item::Alarm => self.alarm()?,
                Item::Order(order) => self.obey(&order),
            }
        }
        Ok(())
    }

    fn obey(&mut self, order: &Order) {
        match order {
            Order::Subscribe { channel, data } => {
                let task = Task::Subscribe(channel.clone(), data.clone());
                self.tasks.push_back(task);
            }
            Order::Unsubscribe(channel) => self.taken_out(channel),
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
