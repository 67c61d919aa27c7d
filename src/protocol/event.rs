//! What happens in a thread, as its channel carries it.
//!
//! Every lasting change is one event with one sequence number, which is the publication's offset.
//! A client that meets a kind it does not know skips it and keeps its position, so that an old
//! page survives a newer server.

use serde::{Deserialize, Serialize};

use super::{
    Message, NotifyLevel, Preferences, Reacted, Role, Seq, SessionId, Thread, ThreadId, Timestamp,
    User, UserId,
};

/// One entry of a thread's durable stream, on the channel `thread:{id}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", from = "Tagged")]
pub enum ThreadEvent {
    Posted {
        message: Message,
    },
    /// A message is different, gone, or back: this is what it is now.
    MessageChanged {
        message: Message,
    },
    /// Somebody gives a message an emoji, or takes it back.
    Reacted {
        reacted: Reacted,
    },
    /// Somebody belongs to the thread from here on.
    Joined {
        user: User,
    },
    /// Somebody no longer belongs to it, and hears nothing of what follows.
    Left {
        user: User,
    },
    /// Somebody is in charge of it from here on.
    MadeOwner {
        user: User,
    },
    /// It is called something else, is about something else, is for others, or was put away or
    /// brought back: this is what it is now.
    Changed {
        thread: Thread,
    },
    /// Somebody is writing. It has no number: it is never stored, and over in a moment.
    Typing {
        user: User,
    },
    /// Of a kind this program does not know, or one whose message is gone.
    Unknown,
}

/// What the channels `chat` and `threads` carry: news that are announced once and not replayed.
// They come one at a time, and nobody keeps them.
#[allow(clippy::large_enum_variant)]
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
    /// Something about a public thread is different; one that was put away leaves the directory.
    ThreadChanged {
        thread: Thread,
    },
    /// A thread is for its members only from now on.
    ThreadClosed {
        thread_id: ThreadId,
    },
    /// Somebody is called something else.
    ProfileChanged {
        user: User,
    },
    /// The server is called something else.
    ServerRenamed {
        name: String,
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
        #[serde(skip_serializing_if = "Role::is_member")]
        role: Role,
    },
    /// I no longer belong to a thread, and am subscribed to its channel no more.
    ThreadRemoved {
        thread_id: ThreadId,
    },
    /// I have read a thread up to there, on one of my devices.
    Read {
        thread_id: ThreadId,
        seq: Seq,
        /// How many messages there were up to it.
        #[serde(default)]
        number: i64,
        /// I have marked what follows as unread, though I had read further.
        #[serde(default, skip_serializing_if = "super::frame::is_false")]
        unread: bool,
    },
    /// I want to be told of something else in a thread.
    NotifyChanged {
        thread_id: ThreadId,
        notify: NotifyLevel,
    },
    ProfileChanged {
        user: User,
    },
    /// Whom I have blocked, all of them, as it is now.
    Blocked {
        #[serde(default)]
        blocked: Vec<UserId>,
    },
    /// Somebody has become a contact of mine, is none any more, or asks to be one: so many requests wait for
    /// me now.
    Contacts {
        #[serde(default)]
        number: i64,
    },
    /// Others of my threads are on top of my list, or in another order: the list says which.
    FavouritesChanged,
    /// I have other folders, or other threads in them: the list says which.
    FoldersChanged,
    /// A message has one of my keywords: it is for me.
    Meant {
        thread_id: ThreadId,
        /// Its number among the messages.
        number: i64,
    },
    /// I am left in peace at other times, or have other keywords.
    QuietChanged,
    /// I want everything to look like this.
    PreferencesChanged {
        preferences: Preferences,
    },
    /// Something about what I have saved, or want to be reminded of, is different; so many reminders are
    /// due.
    Saved {
        number: i64,
    },
    /// The time has come for something that I wanted to be reminded of.
    Reminded {
        number: i64,
        message: Box<Message>,
        thread: Thread,
    },
    /// Something has happened that is for me, or I have seen all of that; whether there is something new.
    Activity {
        #[serde(default, skip_serializing_if = "super::frame::is_false")]
        unread: bool,
    },
    /// I have signed in once more.
    SessionBegun,
    /// One of my sessions has ended.
    SessionRevoked {
        session_id: SessionId,
    },
    /// I am muted in a thread until then, or not any more.
    Muted {
        thread_id: ThreadId,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Others are muted in a thread that I see to.
    MutesChanged {
        thread_id: ThreadId,
    },
    /// So many reports wait for administrators, of whom I am one.
    ReportsChanged {
        number: i64,
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
    role: Role,
    #[serde(default)]
    thread_id: Option<ThreadId>,
    #[serde(default)]
    seq: Option<Seq>,
    #[serde(default)]
    number: i64,
    #[serde(default)]
    unread: bool,
    #[serde(default)]
    user: Option<User>,
    #[serde(default)]
    reacted: Option<Reacted>,
    #[serde(default)]
    session_id: Option<SessionId>,
    #[serde(default)]
    notify: Option<NotifyLevel>,
    #[serde(default)]
    blocked: Vec<UserId>,
    name: Option<String>,
    #[serde(default)]
    preferences: Option<Preferences>,
    until: Option<Timestamp>,
}

impl From<Tagged> for ThreadEvent {
    fn from(tagged: Tagged) -> Self {
        Self::of(tagged).unwrap_or(Self::Unknown)
    }
}

impl ThreadEvent {
    fn of(tagged: Tagged) -> Option<Self> {
        Some(match tagged.kind.as_str() {
            "posted" => Self::Posted {
                message: tagged.message?,
            },
            "message_changed" => Self::MessageChanged {
                message: tagged.message?,
            },
            "reacted" => Self::Reacted {
                reacted: tagged.reacted?,
            },
            "joined" => Self::Joined { user: tagged.user? },
            "left" => Self::Left { user: tagged.user? },
            "typing" => Self::Typing { user: tagged.user? },
            "made_owner" => Self::MadeOwner { user: tagged.user? },
            "changed" => Self::Changed {
                thread: tagged.thread?,
            },
            _ => return None,
        })
    }
}

impl From<Tagged> for ChatNotice {
    fn from(tagged: Tagged) -> Self {
        Self::of(tagged).unwrap_or(Self::Unknown)
    }
}

impl ChatNotice {
    fn of(tagged: Tagged) -> Option<Self> {
        Some(match tagged.kind.as_str() {
            "message" => Self::Message {
                message: tagged.message?,
                thread: tagged.thread?,
            },
            "thread_created" => Self::ThreadCreated {
                thread: tagged.thread?,
            },
            "thread_changed" => Self::ThreadChanged {
                thread: tagged.thread?,
            },
            "thread_closed" => Self::ThreadClosed {
                thread_id: tagged.thread_id?,
            },
            "profile_changed" => Self::ProfileChanged { user: tagged.user? },
            "server_renamed" => Self::ServerRenamed { name: tagged.name? },
            _ => return None,
        })
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
                role: tagged.role,
            },
            "thread_removed" => Self::ThreadRemoved {
                thread_id: tagged.thread_id?,
            },
            "read" => Self::Read {
                thread_id: tagged.thread_id?,
                seq: tagged.seq?,
                number: tagged.number,
                unread: tagged.unread,
            },
            "notify_changed" => Self::NotifyChanged {
                thread_id: tagged.thread_id?,
                notify: tagged.notify?,
            },
            "profile_changed" => Self::ProfileChanged { user: tagged.user? },
            "blocked" => Self::Blocked {
                blocked: tagged.blocked,
            },
            "contacts" => Self::Contacts {
                number: tagged.number,
            },
            "favourites_changed" => Self::FavouritesChanged,
            "folders_changed" => Self::FoldersChanged,
            "quiet_changed" => Self::QuietChanged,
            "meant" => Self::Meant {
                thread_id: tagged.thread_id?,
                number: tagged.number,
            },
            "preferences_changed" => Self::PreferencesChanged {
                preferences: tagged.preferences?,
            },
            "saved" => Self::Saved {
                number: tagged.number,
            },
            "reminded" => Self::Reminded {
                number: tagged.number,
                message: Box::new(tagged.message?),
                thread: tagged.thread?,
            },
            "activity" => Self::Activity {
                unread: tagged.unread,
            },
            "muted" => Self::Muted {
                thread_id: tagged.thread_id?,
                until: tagged.until,
            },
            "mutes_changed" => Self::MutesChanged {
                thread_id: tagged.thread_id?,
            },
            "reports_changed" => Self::ReportsChanged {
                number: tagged.number,
            },
            "session_begun" => Self::SessionBegun,
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
        for kind in ["joined", "left", "made_owner", "typing"] {
            let json =
                format!(r#"{{"type":"{kind}","user":{{"id":2,"username":"bill","name":"Bill"}}}}"#);
            let event: ThreadEvent = serde_json::from_str(&json).unwrap();
            assert_ne!(event, ThreadEvent::Unknown);
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }

    #[test]
    fn what_a_thread_has_become_keeps_its_shape() {
        let json = r#"{"type":"changed","thread":{"id":1,"name":"Tea","description":"Leaves and water","kind":"private","last_seq":4,"message_count":3,"active_at":1000,"archived_at":2000,"announcements":true}}"#;
        let event: ThreadEvent = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), json);
        let direct = r#"{"type":"thread_joined","thread":{"id":1,"name":"","kind":"direct","last_seq":0,"message_count":0,"active_at":1000,"people":[{"id":2,"username":"bill","name":"Bill"}]}}"#;
        let event: UserEvent = serde_json::from_str(direct).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), direct);
        let closed = r#"{"type":"thread_closed","thread_id":1}"#;
        let notice: ChatNotice = serde_json::from_str(closed).unwrap();
        assert_eq!(serde_json::to_string(&notice).unwrap(), closed);
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
            r#"{"type":"thread_joined","thread":{"id":1,"name":"Mine","kind":"private","last_seq":0,"message_count":0,"active_at":1000},"role":"owner"}"#,
            r#"{"type":"thread_removed","thread_id":1}"#,
            r#"{"type":"read","thread_id":1,"seq":4,"number":3}"#,
            r#"{"type":"notify_changed","thread_id":1,"notify":"mentions"}"#,
            r#"{"type":"profile_changed","user":{"id":2,"username":"bill","name":"Bill"}}"#,
            r#"{"type":"profile_changed","user":{"id":2,"username":"bill","name":"Bill","avatar":7}}"#,
            r#"{"type":"contacts","number":2}"#,
            r#"{"type":"favourites_changed"}"#,
            r#"{"type":"folders_changed"}"#,
            r#"{"type":"quiet_changed"}"#,
            r#"{"type":"meant","thread_id":1,"number":3}"#,
            r#"{"type":"preferences_changed","preferences":"dark compact"}"#,
            r#"{"type":"saved","number":2}"#,
            r#"{"type":"reminded","number":1,"message":{"id":9,"thread_id":1,"seq":4,"number":3,"user":{"id":2,"username":"bill","name":"Bill"},"text":"hi","client_id":"c1","created_at":1000},"thread":{"id":1,"name":"First thread","kind":"public","last_seq":4,"message_count":3,"active_at":1000}}"#,
            r#"{"type":"activity","unread":true}"#,
            r#"{"type":"activity"}"#,
            r#"{"type":"session_revoked","session_id":3}"#,
            r#"{"type":"muted","thread_id":1,"until":2000}"#,
            r#"{"type":"muted","thread_id":1}"#,
            r#"{"type":"mutes_changed","thread_id":1}"#,
            r#"{"type":"reports_changed","number":3}"#,
        ] {
            let event: UserEvent = serde_json::from_str(json).unwrap();
            assert_ne!(event, UserEvent::Unknown);
            assert_eq!(serde_json::to_string(&event).unwrap(), json);
        }
    }
}
