//! What others want of the connection: done in the order they said it.

use super::{Connection, End, Flow, Task};
use crate::protocol::frame::{self, Push};
use crate::server::realtime::hub::mailbox::{Item, Order};

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    /// Takes what others want. It must be up to date before anything begins or goes live: whoever
    /// was taken out of a channel is not to get in after all.
    pub(super) fn take_mail(&mut self) -> Flow {
        let items = self.link.mailbox.take().map_err(End::Close)?;
        if items.is_empty() {
            return Ok(());
        }
        for item in items {
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
        self.weigh_tasks();
        Ok(())
    }

    /// What waits to be begun counts as not yet done.
    pub(super) fn weigh_tasks(&self) {
        let bytes = self.tasks.iter().map(Task::bytes).sum();
        self.link.mailbox.hold(bytes);
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
