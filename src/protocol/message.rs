//! Messages and pages of history.
//!
//! A page says which stretch of the thread's stream it covers, not merely which messages it
//! carries: not every event is a message, and a client must know what it has seen.

use serde::{Deserialize, Serialize};

use super::{ClientId, MessageId, MessageText, Seq, Thread, ThreadId, Timestamp, User, text};

/// A message, as everybody who may read its thread sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    pub id: MessageId,
    pub thread_id: ThreadId,
    /// The event that posted it: its place in the thread.
    pub seq: Seq,
    /// Its place among the thread's messages: 1 for the first, without gaps.
    #[serde(default)]
    pub number: i64,
    pub user: User,
    #[serde(deserialize_with = "text::stored")]
    pub text: MessageText,
    /// Chosen by the author's client; unique per author.
    #[serde(deserialize_with = "text::stored")]
    pub client_id: ClientId,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// The last event that changed it; absent as long as it is as it was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_seq: Option<Seq>,
}

impl Message {
    /// The event that this is the state after. Of two copies the one with the higher version is
    /// the newer, whichever arrived first.
    pub fn version(&self) -> Seq {
        self.changed_seq.unwrap_or(self.seq)
    }
}

/// Which part of a thread's history is wanted. Without bounds: the newest page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRequest {
    pub id: ThreadId,
    /// Only messages before this one, newest of them kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Seq>,
    /// Only messages after this one, oldest of them kept. Ignored beside `before`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
    /// The message with this number of its event in the middle, or what is nearest to it. Ignored
    /// beside `before` and `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub around: Option<Seq>,
    /// At most so many messages: 1–200, 50 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
}

impl HistoryRequest {
    pub const DEFAULT_LIMIT: u32 = 50;
    pub const MAX_LIMIT: u32 = 200;

    /// The newest page of a thread.
    pub fn newest(id: ThreadId) -> Self {
        Self {
            id,
            before: None,
            after: None,
            around: None,
            limit: None,
        }
    }

    /// The page that ends just before `before`.
    pub fn before(id: ThreadId, before: Seq) -> Self {
        Self {
            before: Some(before),
            ..Self::newest(id)
        }
    }

    /// The page that begins just after `after`.
    pub fn after(id: ThreadId, after: Seq) -> Self {
        Self {
            after: Some(after),
            ..Self::newest(id)
        }
    }

    /// The page with `seq` in its middle.
    pub fn around(id: ThreadId, seq: Seq) -> Self {
        Self {
            around: Some(seq),
            ..Self::newest(id)
        }
    }

    /// The limit that applies, within bounds.
    pub fn effective_limit(&self) -> u32 {
        self.limit
            .unwrap_or(Self::DEFAULT_LIMIT)
            .clamp(1, Self::MAX_LIMIT)
    }
}

/// A stretch of a thread's history: all messages of the events after `after`, through `through`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryPage {
    pub thread: Thread,
    /// Oldest first.
    pub messages: Vec<Message>,
    pub after: Seq,
    pub through: Seq,
    /// Identifies the stream; positions of another epoch mean nothing.
    pub epoch: String,
}

/// A message to be posted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRequest {
    pub id: ThreadId,
    pub message: MessageText,
    /// Makes a retry harmless. Programs that never retry may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

/// I have read a thread up to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadRequest {
    pub id: ThreadId,
    pub seq: Seq,
    /// What comes after it is to be unread, though I had read further: said only by who means it.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub unread: bool,
    /// Only if I have read exactly up to there: where I have moved on meanwhile, it is as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Seq>,
}

impl ReadRequest {
    /// I have read up to there.
    pub fn up_to(id: ThreadId, seq: Seq) -> Self {
        Self {
            id,
            seq,
            unread: false,
            from: None,
        }
    }

    /// What comes after it is to be unread.
    pub fn unread_after(id: ThreadId, seq: Seq) -> Self {
        Self {
            unread: true,
            ..Self::up_to(id, seq)
        }
    }
}

/// How far I have read several threads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSeveral {
    pub threads: Vec<ReadRequest>,
}

impl ReadSeveral {
    /// Threads in one request: more than anybody has in their list.
    pub const MOST: usize = 1000;
}

/// The acknowledgement of a post: the message is on disk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    pub message: Message,
    pub thread: Thread,
}
