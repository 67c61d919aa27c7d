//! Messages and pages of history.
//!
//! A page says which stretch of the thread's stream it covers, not merely which messages it
//! carries: not every event is a message, and a client must know what it has seen.

use serde::{Deserialize, Serialize};

use super::{
    ClientId, Emoji, FileId, FileInfo, MessageId, MessageText, Seq, Thread, ThreadId, Timestamp,
    User, UserId, text,
};

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
    /// Empty once it was deleted; perhaps empty beside files.
    #[serde(deserialize_with = "text::stored")]
    pub text: MessageText,
    /// Chosen by the author's client; unique per author.
    #[serde(deserialize_with = "text::stored")]
    pub client_id: ClientId,
    pub created_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<Timestamp>,
    /// It keeps its place, and nothing of what it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Box<Quote>>,
    /// What it passes on, whole, as it was then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forwarded: Option<Box<Quote>>,
    /// It calls on everybody in its thread, or on who is there, and whoever wrote it may.
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub calls: bool,
    /// In the order in which they were chosen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileInfo>,
    /// In the order in which each was first given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// Since when it is pinned: picked out of its thread, for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
    /// The last event that changed it; absent as long as it is as it was posted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_seq: Option<Seq>,
}

/// A message as an answer to it shows it, as it is now; or as it was passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// Its place in its thread; zero where that is not told.
    pub seq: Seq,
    /// Its thread, where it was passed on from one that everybody may read who reads this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ThreadId>,
    pub user: User,
    /// How it begins; empty if it was deleted.
    pub text: String,
}

/// An emoji, and who reacted with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: Emoji,
    /// In the order in which they did.
    pub by: Vec<UserId>,
}

/// One person gives a message an emoji, or takes it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reacted {
    /// The message's place in its thread.
    pub to: Seq,
    pub user: User,
    pub emoji: Emoji,
    #[serde(default, skip_serializing_if = "super::frame::is_false")]
    pub removed: bool,
}

/// What somebody may want done with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Revise {
    /// Parsed on the server, so that what is wrong with it can be said.
    Edit {
        text: String,
    },
    Delete,
    /// It was deleted a moment ago, by oneself.
    Restore,
    React {
        emoji: String,
    },
    Unreact {
        emoji: String,
    },
    Pin,
    Unpin,
    /// Administrators are to see to it.
    Report {
        #[serde(default)]
        reason: String,
    },
}

impl Quote {
    /// Characters of a message that are quoted.
    pub const CHARS: usize = 160;
    /// Stands for the text of a message that has none, but files.
    pub const FILES: &str = "📎";

    /// How a text begins. A spoiler that is cut through stays behind its mark.
    pub fn beginning(text: &str) -> String {
        let mut beginning: String = text.chars().take(Self::CHARS).collect();
        let is_cut = text.chars().nth(Self::CHARS - 1).is_some();
        if is_cut && beginning.matches("||").count() % 2 == 1 {
            beginning.truncate(beginning.rfind("||").unwrap_or_default());
            beginning.push('…');
        }
        beginning
    }
}

impl Message {
    /// Emoji of a message at most; as many people as like to give each.
    pub const REACTIONS: usize = 20;
    /// Messages of a thread that are pinned at once, at most.
    pub const PINS: usize = 100;
    /// So long after a message was deleted, whoever did so may take that back.
    pub const UNDO_MS: i64 = 60_000;

    /// What it says, or what it passes on, if it says nothing itself.
    pub fn said(&self) -> &str {
        match (self.text.as_str(), &self.forwarded) {
            ("", Some(forwarded)) => &forwarded.text,
            (text, _) => text,
        }
    }

    pub fn is_deleted(&self) -> bool {
        self.deleted_at.is_some()
    }

    /// Whether somebody has given it an emoji.
    pub fn has_reacted(&self, who: UserId, emoji: &str) -> bool {
        let reactions = self.reactions.iter();
        let mut of_it = reactions.filter(|given| given.emoji.as_str() == emoji);
        of_it.any(|given| given.by.contains(&who))
    }

    /// Takes over what the event with that number says, unless this is the state after it already.
    pub fn react(&mut self, seq: Seq, reacted: &Reacted) {
        if seq <= self.version() {
            return;
        }
        self.changed_seq = Some(seq);
        let Reacted { user, emoji, .. } = reacted;
        let known = self
            .reactions
            .iter()
            .position(|known| known.emoji == *emoji);
        match known {
            Some(at) => {
                let by = &mut self.reactions[at].by;
                by.retain(|id| *id != user.id);
                if !reacted.removed {
                    by.push(user.id);
                }
                if by.is_empty() {
                    self.reactions.remove(at);
                }
            }
            None if reacted.removed => {}
            None => self.reactions.push(Reaction {
                emoji: emoji.clone(),
                by: vec![user.id],
            }),
        }
    }

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
    /// Only messages that were changed after this event, in the order in which they were, and posted
    /// after `after`. Ignored beside `before` and `around`. What the page says of events then is
    /// about changes: `through` is where to go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed_after: Option<Seq>,
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
            changed_after: None,
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

    /// What was changed after an event, of the messages after `after`.
    pub fn changed(id: ThreadId, changed_after: Seq, after: Seq) -> Self {
        Self {
            after: Some(after),
            changed_after: Some(changed_after),
            limit: Some(Self::MAX_LIMIT),
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

/// A message to be posted. Text and client id are parsed apart, so that what is wrong with them can be
/// said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostRequest {
    /// On a thread's channel, and at its address, that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ThreadId>,
    /// Beside files it may be empty.
    #[serde(default)]
    pub message: String,
    /// Makes a retry harmless. Programs that never retry may leave it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// The message of the same thread that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Seq>,
    /// Files that I have uploaded, and that belong to no message yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileId>,
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message() -> Message {
        let user = json!({ "id": 1, "username": "john", "name": "John" });
        let message = json!({
            "id": 1, "thread_id": 1, "seq": 1, "number": 1, "user": user, "text": "hello",
            "client_id": "c1", "created_at": 0,
        });
        serde_json::from_value(message).unwrap()
    }

    fn reacted(user: i64, emoji: &str, removed: bool) -> Reacted {
        let user = User {
            id: UserId(user),
            ..message().user
        };
        Reacted {
            to: Seq(1),
            user,
            emoji: Emoji::parse(emoji).unwrap(),
            removed,
        }
    }

    fn shown(message: &Message) -> Vec<(&str, Vec<i64>)> {
        let reactions = message.reactions.iter();
        reactions
            .map(|one| {
                let by = one.by.iter().map(|id| id.0).collect();
                (one.emoji.as_str(), by)
            })
            .collect()
    }

    #[test]
    fn reactions_come_and_go_one_by_one_and_once_for_each_person() {
        let mut message = message();
        message.react(Seq(2), &reacted(1, "👍", false));
        message.react(Seq(3), &reacted(2, "🎉", false));
        message.react(Seq(4), &reacted(2, "👍", false));
        message.react(Seq(5), &reacted(2, "👍", false));
        assert_eq!(shown(&message), [("👍", vec![1, 2]), ("🎉", vec![2])]);
        message.react(Seq(6), &reacted(2, "🎉", true));
        message.react(Seq(7), &reacted(3, "🎉", true));
        assert_eq!(shown(&message), [("👍", vec![1, 2])]);
        assert_eq!(message.version(), Seq(7));
    }

    #[test]
    fn what_a_message_shows_already_is_not_done_once_more() {
        let mut message = message();
        message.react(Seq(5), &reacted(1, "👍", false));
        message.react(Seq(4), &reacted(1, "👍", true));
        message.react(Seq(5), &reacted(1, "👍", true));
        assert_eq!(shown(&message), [("👍", vec![1])]);
    }

    #[test]
    fn a_quote_does_not_tell_what_is_behind_a_spoiler_that_it_cuts_through() {
        let long = format!("he: ||{}|| she", "x".repeat(200));
        assert_eq!(Quote::beginning(&long), "he: …");
        assert_eq!(Quote::beginning("he: ||x|| she"), "he: ||x|| she");
        assert_eq!(
            Quote::beginning("a || b"),
            "a || b",
            "it is whole: that is no spoiler"
        );
        assert_eq!(
            Quote::beginning(&"ä".repeat(500)).chars().count(),
            Quote::CHARS
        );
    }

    #[test]
    fn a_message_that_nothing_was_done_to_is_as_short_as_ever() {
        let written = serde_json::to_string(&message()).unwrap();
        for absent in [
            "files",
            "forwarded",
            "reactions",
            "reply_to",
            "deleted_at",
            "changed_seq",
        ] {
            assert!(!written.contains(absent), "{absent}");
        }
    }
}
