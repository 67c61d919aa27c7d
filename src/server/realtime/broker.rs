//! Between those who announce and the hubs: in one process a function call, between several a bus.
//!
//! Whoever announces hands things to the broker and never to a hub, so nobody may assume that all
//! subscribers live in this process. A broker may deliver twice, late, or in another order: order
//! within a channel is by offset (see [`super::hub::resequencer`]), and a double is dropped by its offset.

use std::sync::Arc;

use super::hub::instruction::Instruction;
use super::hub::{Hub, MemberChange};
use super::registration::history::Entry;
use super::registration::whom::Whom;
use crate::protocol::frame::Publication;

/// Carries what is announced to every hub. No method waits.
pub trait Broker: Send + Sync + 'static {
    /// Carries publications of one channel to every hub; what is kept has its offset. `make` is
    /// called where they must be encoded: not at all, if a broker knows that nobody listens.
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>);

    /// Carries an entry that ends subscriptions to every hub, whether or not anybody listens.
    fn publish_ending(&self, channel: &str, entry: Entry);

    /// Tells connections what to do, wherever they are.
    fn instruct(&self, whom: Whom, instruction: Instruction);

    /// Tells those who want to hear it that somebody has joined or left a channel.
    fn members_changed(&self, channel: &str, change: MemberChange);
}

/// The broker of a single process.
#[derive(Debug)]
pub struct InProcess(pub Arc<Hub>);

impl Broker for InProcess {
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        self.0.publish(channel, make);
    }

    fn publish_ending(&self, channel: &str, entry: Entry) {
        self.0.publish_ending(channel, entry);
    }

    fn instruct(&self, whom: Whom, instruction: Instruction) {
        self.0.instruct(&whom, instruction);
    }

    fn members_changed(&self, channel: &str, change: MemberChange) {
        self.0.members_changed(channel, change);
    }
}
