//! Threads: the places where people talk.

use serde::{Deserialize, Serialize};

use super::{NotifyLevel, Seq, ThreadId, ThreadName, Timestamp, text};

/// Who may see a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThreadKind {
    /// Everybody on this server may read and write.
    Public,
    /// Its members only; others cannot tell that it exists.
    Private,
    /// A conversation between its members, without a name of its own.
    Direct,
}

/// A thread, as it appears in the list and above its messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thread {
    pub id: ThreadId,
    #[serde(deserialize_with = "text::stored")]
    pub name: ThreadName,
    pub kind: ThreadKind,
    /// The number of the newest event in its stream.
    pub last_seq: Seq,
    /// How many messages were ever posted in it.
    #[serde(default)]
    pub message_count: i64,
    /// When it last changed; the list is ordered by this.
    pub active_at: Timestamp,
}

/// What somebody is in a thread they belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Made it, or was put in charge of it: may take others out.
    Owner,
    Member,
}

/// How far somebody has read: an event, and how many messages there were up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosition {
    pub seq: Seq,
    pub number: i64,
}

/// A thread I belong to, and what I am in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyThread {
    pub thread: Thread,
    pub role: Role,
    pub read: ReadPosition,
    /// What of it I want to be told of.
    #[serde(default)]
    pub notify: NotifyLevel,
}

impl MyThread {
    /// Messages I have not read.
    pub fn unread(&self) -> i64 {
        (self.thread.message_count - self.read.number).max(0)
    }

    /// The event to begin reading at: the one after the last that I have read. Nothing if there is
    /// nothing unread.
    pub fn first_unread(&self) -> Option<Seq> {
        (self.unread() > 0).then(|| self.read.seq.next())
    }
}

/// A page of the directory: public threads, most recently active first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryPage {
    pub threads: Vec<Listed>,
    /// Where the next page begins, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<DirectoryPosition>,
}

/// A thread of the directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    pub thread: Thread,
    /// Whether whoever asks belongs to it.
    pub joined: bool,
}

/// A place in the directory: before this thread in its order. Written `time-id` in addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DirectoryPosition {
    pub active_at: Timestamp,
    pub id: ThreadId,
}

impl std::fmt::Display for DirectoryPosition {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.active_at, self.id)
    }
}

impl std::str::FromStr for DirectoryPosition {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (active_at, id) = text.split_once('-').unwrap_or((text, ""));
        Ok(Self {
            active_at: active_at.parse()?,
            id: id.parse()?,
        })
    }
}
