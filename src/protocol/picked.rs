//! What is picked out of a thread, to be shown in a panel beside it: what is pinned, the files, and what
//! is told of one message beyond what is seen of it.
//!
//! It travels as text ([`super::content::Content::Thread`]): only the panel that shows it reads it.

use serde::{Deserialize, Serialize};

use super::{Emoji, Kept, Message, Place, Seq, Timestamp, User, UserId};

/// Messages of a thread that have something in common, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Picked {
    pub messages: Vec<Message>,
    /// There are more before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Seq>,
}

impl Picked {
    /// Messages with files on a page.
    pub const PAGE: usize = 50;
}

/// Who is muted in a thread, to whoever sees to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moderated {
    /// Whoever asks may mute members.
    pub may_moderate: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub muted: Vec<(UserId, Timestamp)>,
}

/// What is told of one message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutMessage {
    /// In the order in which they were first given.
    pub reactions: Vec<ReactedBy>,
    /// What it said before, oldest first: for its author, and for whoever governs the thread.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<Version>,
    /// How it stands with it for whoever asks.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub kept: Kept,
    /// Where it was said first, if it was passed on from where whoever asks may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Place>,
}

fn is_nothing(kept: &Kept) -> bool {
    *kept == Kept::default()
}

/// An emoji, and the first of those who have given it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactedBy {
    pub emoji: Emoji,
    pub by: Vec<User>,
    /// How many have in all.
    pub count: usize,
}

impl ReactedBy {
    /// People who are named, at most.
    pub const NAMED: usize = 100;
}

/// What a message said until it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    pub text: String,
    pub until: Timestamp,
}
