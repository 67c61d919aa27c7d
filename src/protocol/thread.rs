//! Threads: the places where people talk.

use serde::{Deserialize, Serialize};

use super::{Seq, ThreadId, ThreadName, Timestamp};

/// Who may see a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    pub name: ThreadName,
    pub kind: ThreadKind,
    /// The number of the newest event in its stream.
    pub last_seq: Seq,
    /// When it last changed; the list is ordered by this.
    pub active_at: Timestamp,
}
