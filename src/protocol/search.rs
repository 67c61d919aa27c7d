//! What a search shows.

use serde::{Deserialize, Serialize};

use super::{MessageId, Seq, Thread, Timestamp, User};

/// A page of messages that were found, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchPage {
    /// What was looked for.
    pub query: String,
    pub hits: Vec<Hit>,
    /// Where the next page begins, if there may be more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<MessageId>,
    /// Older messages are not in the index yet.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub is_indexing: bool,
}

/// A message that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    pub id: MessageId,
    pub thread: Thread,
    pub seq: Seq,
    pub author: User,
    pub created_at: Timestamp,
    /// What it says around what was found.
    pub excerpt: Vec<Piece>,
}

/// A part of a text, which is what was looked for or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    pub text: String,
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub is_marked: bool,
}
