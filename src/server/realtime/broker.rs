//! Between those who announce and the hubs: in one process a function call, between several a bus.
//!
//! Whoever announces hands things to the broker and never to a hub, so nobody may assume that all
//! subscribers live in this process. A broker may deliver twice, late, or in another order: order
//! within a channel is by offset (see [`super::hub::resequencer`]), and a double is dropped by its offset.
//!
//! Between several it is also the way to ask the others who is there. A process alone has no others:
//! what the trait says by itself is for it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::engine::NodeInfo;
use super::hub::instruction::Instruction;
use super::hub::{Hub, MemberChange};
use super::registration::history::Entry;
use super::registration::pattern::Glob;
use super::registration::whom::Whom;
use crate::protocol::frame::{ClientInfo, Publication};

/// What one process asks all others.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Question {
    /// Who is in a channel.
    Presence { channel: String },
    /// Which channels there are.
    Channels { pattern: String },
    /// Whose stream is this, to take what its client sends beside it?
    Beside(Beside),
}

/// What a client sends beside its stream, which another process has.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Beside {
    pub node: String,
    pub session: String,
    /// The digest of what its client must know.
    pub owner: Option<String>,
    pub sent: Sent,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Sent {
    Text(String),
    /// In Base64.
    Binary(String),
}

/// What another process has answered, or a part of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Answer {
    Presence(Vec<ClientInfo>),
    /// How many listen to each.
    Channels(Vec<(String, usize)>),
    /// Whether what was sent beside a stream was taken: not at all, where that stream is not.
    Beside(Option<bool>),
}

pub type Answers<'a> = Pin<Box<dyn Future<Output = Vec<Answer>> + Send + 'a>>;

/// Carries what is announced to every hub. Nothing that announces waits.
pub trait Broker: Send + Sync + 'static {
    /// Carries publications of one channel to every hub; what is kept has its offset. `make` is
    /// called where they must be encoded: not at all, if a broker knows that nobody listens.
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>);

    /// The same to those alone who are connected to this process.
    fn publish_here(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>);

    /// Carries an entry that ends subscriptions to every hub, whether or not anybody listens.
    fn publish_ending(&self, channel: &str, entry: Entry);

    /// Tells connections what to do, wherever they are.
    fn instruct(&self, whom: Whom, instruction: Instruction);

    /// Tells those who want to hear it that somebody has joined or left a channel.
    fn members_changed(&self, channel: &str, change: MemberChange);

    /// Asks all other processes, and waits for a moment for those that do not answer.
    fn ask(&self, question: Question) -> Answers<'_> {
        let _ = question;
        Box::pin(async { Vec::new() })
    }

    /// The other processes.
    fn others(&self) -> Vec<NodeInfo> {
        Vec::new()
    }

    /// Under which name the others know this process, if there can be others.
    fn id(&self) -> Option<Uuid> {
        None
    }

    /// Whether this process hears the others. One that does not must not take more clients.
    fn hears_others(&self) -> bool {
        true
    }
}

impl Hub {
    /// What this process knows of a question.
    pub fn answer(&self, question: &Question) -> Answer {
        match question {
            Question::Presence { channel } => Answer::Presence(self.presence(channel)),
            Question::Channels { pattern } => Answer::Channels(self.channels(&Glob::new(pattern))),
            // Streams are the engine's.
            Question::Beside(_) => Answer::Beside(None),
        }
    }
}

/// The broker of a single process.
#[derive(Debug)]
pub struct InProcess(pub Arc<Hub>);

impl Broker for InProcess {
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        self.0.publish(channel, make);
    }

    fn publish_here(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        self.publish(channel, make);
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
