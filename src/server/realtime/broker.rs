//! Between those who announce and the hubs: in one process a function call, between several a bus.
//!
//! Whoever announces hands things to the broker and never to a hub, so nobody may assume that all
//! subscribers live in this process. A broker may deliver twice, late, or in another order: order
//! within a channel is by offset (see [`super::hub::resequencer`]), and a double is dropped by its offset.

use std::sync::Arc;
use std::time::Duration;

use super::hub::Hub;
use super::hub::mailbox::Order;
use super::registration::history::Entry;
use super::registration::whom::Whom;
use crate::protocol::codes::{Disconnect, UnsubscribeCode};
use crate::protocol::frame::{ClientInfo, Publication, Raw};

/// Something that concerns connections wherever they are.
#[derive(Debug)]
pub enum Signal {
    Joined(String, ClientInfo),
    Left(String, ClientInfo),
    Subscribe {
        whom: Whom,
        channel: String,
        data: Option<Raw>,
    },
    Unsubscribe {
        whom: Whom,
        channel: String,
        code: UnsubscribeCode,
    },
    Disconnect(Whom, Disconnect),
    /// The connections live that long from now; for ever without a time.
    Refresh(Whom, Option<Duration>),
    Message(Whom, Raw),
}

/// Carries publications and orders to every hub. Neither method waits.
pub trait Broker: Send + Sync + 'static {
    /// Carries publications of one channel to every hub; what is kept has its offset. `make` is
    /// called where they must be encoded: not at all, if a broker knows that nobody listens.
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>);

    /// Carries an entry that ends subscriptions to every hub, whether or not anybody listens.
    fn publish_ending(&self, channel: &str, entry: Entry);

    /// Carries a signal to every hub.
    fn signal(&self, signal: Signal);
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

    fn signal(&self, signal: Signal) {
        self.0.obey(signal);
    }
}

impl Hub {
    /// Does what a signal says, for the connections of this process.
    pub fn obey(&self, signal: Signal) {
        match signal {
            Signal::Joined(channel, info) => self.joined(&channel, &info),
            Signal::Left(channel, info) => self.left(&channel, &info),
            Signal::Subscribe {
                whom,
                channel,
                data,
            } => self.order(&whom, Order::Subscribe { channel, data }),
            Signal::Unsubscribe {
                whom,
                channel,
                code,
            } => self.unsubscribe_by_server(&whom, &channel, code),
            Signal::Disconnect(whom, disconnect) => self.disconnect(&whom, &disconnect),
            Signal::Refresh(whom, ttl) => self.order(&whom, Order::Refresh(ttl)),
            Signal::Message(whom, data) => self.order(&whom, Order::Message(data)),
        }
    }
}
