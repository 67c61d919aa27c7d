//! What others want of the connection: done in the order they said it.

use super::{Connection, End, Flow, Task};
use crate::protocol::frame::{self, Push};
use crate::server::realtime::mailbox::{Item, Order};

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    pub(super) fn take_mail(&mut self) -> Flow {
        let (items, closed) = self.link.mailbox.take();
        for item in items {
            match item {
                Item::Gap(channel) => self.lost_state(&channel)?,
                Item::Alarm => self.alarm()?,
                Item::Order(order) => self.obey(&order),
            }
        }
        closed.map_or(Ok(()), |disconnect| Err(End::Close(disconnect)))
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
