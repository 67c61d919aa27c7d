//! What a connection can be told to do, and which of its subscriptions that is about.
//!
//! It is one type all the way: an application hands it to the broker, the broker to the hubs, a hub
//! puts it into mailboxes, and a connection's task keeps it until its turn has come. On its way into
//! a mailbox it is stamped with a generation, because a connection may have ended a subscription and
//! begun another one to the same channel before it gets to reading its mail.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::protocol::codes::{Disconnect, UnsubscribeCode};
use crate::protocol::frame::Raw;

/// What a connection is told to do. `Ended`, `Recover`, `CheckDeadlines` and
/// `AskForRefresh` are the hub's own:
/// from elsewhere they would find nothing to do, and they do not travel.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Instruction {
    /// Subscribe to a channel, whatever the client's own rights are.
    Subscribe { channel: String, data: Option<Raw> },
    /// The same for who is to follow the channel now, which the application is asked about where several
    /// servers may have been told otherwise in another order.
    Follow { channel: String },
    /// End the subscription to a channel. The hub does so at once and tells the client; what is left
    /// for the connection's task is to forget it.
    Unsubscribe {
        channel: String,
        code: UnsubscribeCode,
    },
    /// A subscription has ended with an entry of the channel's stream, like the one before; who is told
    /// may belong to it again by a later entry.
    #[serde(skip)]
    Ended { channel: String },
    /// Make the client recover: something is missing in a channel, and nothing more of it is passed
    /// on to this subscription.
    #[serde(skip)]
    Recover { channel: Arc<str> },
    /// Live that long from now, or for ever without a time, and tell the client.
    Refresh(Option<Duration>),
    /// Send the client a message, outside of any channel.
    Message(Raw),
    /// End the connection.
    Disconnect(Disconnect),
    /// See which of the connection's own deadlines have passed.
    #[serde(skip)]
    CheckDeadlines,
    /// Ask the application whether the connection goes on: its time is up.
    #[serde(skip)]
    AskForRefresh,
}

impl Instruction {
    /// What it takes of the room for instructions.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Subscribe { channel, data } => {
                channel.len() + data.as_ref().map_or(0, |data| data.get().len())
            }
            Self::Follow { channel }
            | Self::Ended { channel }
            | Self::Unsubscribe { channel, .. } => channel.len(),
            Self::Recover { channel } => channel.len(),
            Self::Message(data) => data.get().len(),
            Self::Refresh(_) | Self::Disconnect(_) | Self::CheckDeadlines | Self::AskForRefresh => {
                1
            }
        }
    }

    /// Whether it begins a subscription to that channel.
    pub fn subscribes_to(&self, name: &str) -> bool {
        matches!(self, Self::Subscribe { channel, .. } | Self::Follow { channel } if channel == name)
    }
}

/// Which of a connection's subscriptions: each that begins has a higher number than all before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation(pub u64);

/// An instruction to one connection.
#[derive(Clone, Debug)]
pub struct Stamped {
    /// The generation of the subscription that is to begin, or the youngest that an instruction is
    /// about: whatever has begun later is not meant. (`Recover` is about this one only.)
    pub generation: Generation,
    pub instruction: Arc<Instruction>,
}
