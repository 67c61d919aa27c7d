//! Subscriptions as they end: because the client wants it, the server, or because something of
//! them is lost.

use super::subscriptions::{Side, State};
use super::{Connection, Flow};
use crate::protocol::codes::{DisconnectCode, UnsubscribeCode};
use crate::protocol::frame::Push;
use crate::server::realtime::hub::MemberChange;
use crate::server::realtime::hub::instruction::{Generation, Instruction};

impl<U: Clone + Send + Sync + 'static> Connection<U> {
    pub(super) fn unsubscribe(&mut self, channel: &str) -> Flow {
        if channel.is_empty() {
            return Err(DisconnectCode::BadRequest.into());
        }
        self.leave(channel);
        self.reset_alarm();
        Ok(())
    }

    /// The server has ended what was subscribed to a channel up to that generation. The hub has
    /// told the client, if it knew.
    pub(super) fn ended_by_server(&mut self, channel: &str, up_to: Generation) {
        // One that has not begun yet does not begin.
        self.waiting
            .retain(|told| told.generation > up_to || !told.instruction.subscribes_to(channel));
        let subscription = self.subscriptions.get(channel);
        if subscription.is_some_and(|subscription| subscription.generation <= up_to) {
            self.leave(channel);
        }
    }

    /// The same by an entry of the channel's stream. Of several servers another one may have said
    /// something newer, which was heard before this: it is asked how it is now.
    pub(super) fn ended_by_entry(&mut self, channel: &str, up_to: Generation) {
        let is_meant = |generation: Generation| generation <= up_to;
        let was_to_begin = self
            .waiting
            .iter()
            .any(|told| is_meant(told.generation) && told.instruction.subscribes_to(channel));
        let subscription = self.subscriptions.get(channel);
        let was_followed = subscription.is_some_and(|subscription| {
            subscription.side == Side::Server && is_meant(subscription.generation)
        });
        self.ended_by_server(channel, up_to);
        // Only where it can be asked: nothing begins again unchecked.
        let rule = self.engine.registration.find(channel);
        let can_be_asked = rule.is_some_and(|(rule, _)| rule.following.is_some())
            && self.caller_among_others().is_some();
        if (was_to_begin || was_followed) && can_be_asked {
            let channel = channel.to_owned();
            let generation = self.link.next_generation();
            self.instruct_myself(generation, Instruction::Follow { channel });
        }
    }

    /// Something is missing for a subscription, unless it has ended meanwhile.
    pub(super) fn recover(&mut self, channel: &str, generation: Generation) -> Flow {
        let subscription = self.subscriptions.get(channel);
        match subscription.is_some_and(|subscription| subscription.generation == generation) {
            true => self.lost_state(channel),
            false => Ok(()),
        }
    }

    /// Something is missing in a channel. The client subscribes again, and recovers; for channels
    /// that it did not ask for it connects again.
    pub(super) fn lost_state(&mut self, channel: &str) -> Flow {
        match self.subscriptions.get(channel).map(|s| s.side) {
            None => Ok(()),
            Some(Side::Client) => {
                self.end_subscription(channel, UnsubscribeCode::InsufficientState);
                Ok(())
            }
            Some(Side::Server) => Err(DisconnectCode::InsufficientState.into()),
        }
    }

    /// Ends a subscription for a reason of our own, and tells the client.
    pub(super) fn end_subscription(&mut self, channel: &str, code: UnsubscribeCode) {
        // Otherwise the client has been told another reason already.
        if self.leave(channel) {
            self.push(Push::unsubscribe(channel, code));
        }
    }

    /// Ends a subscription, if there is one, and tells the others. True if the hub had not ended it
    /// before.
    pub(super) fn leave(&mut self, channel: &str) -> bool {
        let Some(key) = self.key(channel) else {
            return false;
        };
        let hub_had_it = self.engine.hub.unsubscribe(&key);
        let Some(ended) = self.subscriptions.end(channel) else {
            return false;
        };
        if let State::Live(info) = ended.state
            && ended.rule.join_leave.is_announced()
        {
            let change = MemberChange::Left(self.link.client_info(info));
            self.engine.broker.members_changed(channel, change);
        }
        hub_had_it
    }

    /// Ends all subscriptions.
    pub(super) fn leave_all(&mut self) {
        for channel in self.subscriptions.channels() {
            self.leave(&channel);
        }
    }
}
