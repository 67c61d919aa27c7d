//! What happens in a thread, as its channel carries it.
//!
//! Every lasting change is one event with one sequence number, which is the publication's offset.
//! A client that meets a kind it does not know skips it and keeps its position, so that an old
//! page survives a newer server.

use serde::{Deserialize, Serialize};

use super::{Message, NotifyLevel, Seq, SessionId, Thread, ThreadId, User};

/// One entry of a thread's durable stream, on the channel `thread:{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", from = "Tagged")]
pub enum ThreadEvent {
    Posted {
        message: Message,
    },
    /// Somebody belongs to the thread from here on.
    Joined {
        user: User,
    },
    /// Somebody no longer belongs to it, and hears nothing of what follows.
    Left {
        user: User,
    },
    /// Somebody is writing. It has no number: it is never stored, and over in a moment.
    Typing {
        user: User,
    },
    /// Of a kind this program does not know, or one whose message is gone.
    Unknown,
}

/// What the channels `chat` and `threads` carry: news that are announced once and not replayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", from = "Tagged")]
pub enum ChatNotice {
    /// A message was posted in a public thread. The shape is that of the tutorial's clients.
    Message {
        message: Message,
        thread: Thread,
    },
    /// A public thread was created.
    ThreadCreated {
        thread: Thread,
    },
    /// Somebody is called something else.
    ProfileChanged {
        user: User,
    },
    Unknown,
}

/// What the channel `user:{id}` carries: news for one person, on all their devices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", from = "Tagged")]
pub enum UserEvent {
    /// I belong to a thread now, and am subscribed to its channel.
    ThreadJoined {
        thread: Thread,
    },
    /// I no longer belong to a thread, and am subscribed to its channel no more.
    ThreadRemoved {
        thread_id: ThreadId,
    },
    /// I have read a thread up to there, on one of my devices; or only up to there, where I have
    /// marked something as unread.
    Read {
        thread_id: ThreadId,
        seq: Seq,
        /// How many messages there were up to it.
        #[serde(default)]
        number: i64,
    },
    /// I want to be told of something else in a thread.
    NotifyChanged {
        thread_id: ThreadId,
        notify: NotifyLevel,
    },
    ProfileChanged {
        user: User,
    },
    /// One of my sessions has ended.
    SessionRevoked {
        session_id: SessionId,
    },
    Unknown,
}

/// Any event as it is read: serde's own way with tagged enums buffers the whole value first and
/// weighs more in the download than everything else here.
#[derive(Deserialize)]
struct Tagged {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    message: Option<Message>,
    #[serde(default)]
    thread: Option<Thread>,
    #[serde(default)]
    thread_id: Option<ThreadId>,
    #[serde(default)]
    seq: Option<Seq>,
    #[serde(default)]
    number: i64,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    session_id: Option<SessionId>,
    #[serde(default)]
    notify: Option<NotifyLevel>,
}

impl From<Tagged> for ThreadEvent {
    fn from(tagged: Tagged) -> Self {
        match (tagged.kind.as_str(), tagged.message, tagged.user) {
            ("posted", Some(message), _) => Self::Posted { message },
            ("joined", _, Some(user)) => Self::Joined { user },
            ("left", _, Some(user)) => Self::Left { user },
            ("typing", _, Some(user)) => Self::Typing { user },
            _ => Self::Unknown,
        }
    }
}

impl From<Tagged> for ChatNotice {
    fn from(tagged: Tagged) -> Self {
        match (
            tagged.kind.as_str(),
            tagged.message,
            tagged.thread,
            tagged.user,
        ) {
            ("message", Some(message), Some(thread), _) => Self::Message { message, thread },
            ("thread_created", _, Some(thread), _) => Self::ThreadCreated { thread },
            ("profile_changed", _, _, Some(user)) => Self::ProfileChanged { user },
            _ => Self::Unknown,
        }
    }
}

impl From<Tagged> for UserEvent {
    fn from(tagged: Tagged) -> Self {
        Self::of(tagged).unwrap_or(Self::Unknown)
    }
}

impl UserEvent {
    fn of(tagged: Tagged) -> Option<Self> {
        Some(match tagged.kind.as_str() {
            "thread_joined" => Self::ThreadJoined {
                thread: tagged.thread?,
            },
            "thread_removed" => Self::ThreadRemoved {
                thread_id: tagged.thread_id?,
            },
            "read" => Self::Read {
                thread_id: tagged.thread_id?,
                seq: tagged.seq?,
                number: tagged.number,
            },
            "notify_changed" => Self::NotifyChanged {
                thread_id: tagged.thread_id?,
                notify: tagged.notify?,
            },
            "profile_changed" => Self::ProfileChanged { user: tagged.user? },
            "session_revoked" => Self::SessionRevoked {
                session_id: tagged.session_id?,
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_of_the_future_is_skipped_and_not_an_error() {
        let event: ThreadEvent = serde_json::from_str(r#"{"type":"starred","by":7}"#).unwrap();
        assert_eq!(event, ThreadEvent::Unknown);
    }

    #[test]
    fn a_posted_event_keeps_its_shape() {
        let json = r#"{"type":"posted","message":{"id":9,"thread_id":1,"seq":4,"number":3,"user":{"id":2,"username":"bill","name":"Bill"},"text":"hi","client_id":"c1","created_at":1000}}"#;
        let event: ThreadEvent = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
    }

    #[test]
    fn who_comes_and_goes_keeps_its_shape() {
        for kind in ["joined", "left", "typing"] {
            let json =
                format!(r#"{{"type":"{kind}","user":{{"id":2,"username":"bill","name":"Bill"}}}}"#);
            let event: ThreadEvent = serde_json::from_str(&json).unwrap();
            assert_ne!(event, ThreadEvent::Unknown);
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }

    #[test]
    fn a_chat_notice_has_the_shape_of_the_tutorial() {
        let json = r#"{"type":"message","message":{"id":9,"thread_id":1,"seq":4,"number":3,"user":{"id":2,"username":"bill","name":"Bill"},"text":"hi","client_id":"c1","created_at":1000},"thread":{"id":1,"name":"First thread","kind":"public","last_seq":4,"message_count":3,"active_at":1000}}"#;
        let notice: ChatNotice = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&notice).unwrap(), json);
    }

    #[test]
    fn what_concerns_a_person_keeps_its_shape() {
        for json in [
            r#"{"type":"thread_joined","thread":{"id":1,"name":"First thread","kind":"public","last_seq":4,"message_count":3,"active_at":1000}}"#,
            r#"{"type":"thread_removed","thread_id":1}"#,
            r#"{"type":"read","thread_id":1,"seq":4,"number":3}"#,
            r#"{"type":"notify_changed","thread_id":1,"notify":"mentions"}"#,
            r#"{"type":"profile_changed","user":{"id":2,"username":"bill","name":"Bill"}}"#,
            r#"{"type":"session_revoked","session_id":3}"#,
        ] {
            let event: UserEvent = serde_json::from_str(json).unwrap();
            assert_ne!(event, UserEvent::Unknown);
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }
}
