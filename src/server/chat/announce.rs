//! All events are made here, and only after their change is committed.
//!
//! What happens in a thread goes out on the thread's own channel with its place in the stream;
//! what concerns one person goes to all their devices on `user:{id}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::protocol::codes::DisconnectCode;
use crate::protocol::frame::{Publication, raw};
use crate::protocol::{
    ChannelName, ChatNotice, Message, NotifyLevel, Posted, PresenceNews, ReadPosition, Seq,
    SessionId, Thread, ThreadEvent, ThreadId, ThreadKind, User, UserEvent, UserId,
};
use crate::server::auth::Credential;
use crate::server::db::writer::Committed;
use crate::server::realtime::history::Entry;
use crate::server::realtime::{Broker, Instruction, Whom};

/// Makes the events of the chat and hands them to the broker. Cloned freely.
#[derive(Clone)]
pub struct Announcer(Arc<dyn Broker>);

impl Announcer {
    pub fn new(broker: Arc<dyn Broker>) -> Self {
        Self(broker)
    }

    /// What the writer has committed: who joined, and each post on its thread's channel and, for
    /// public threads, on `chat`, for programs.
    pub fn committed(&self, committed: &Committed<'_>) {
        let mut by_thread: BTreeMap<ThreadId, Vec<Happened<'_>>> = BTreeMap::new();
        for (thread, user, seq) in &committed.joined {
            let happened = by_thread.entry(thread.id).or_default();
            happened.push(Happened::Joined(user, *seq));
        }
        for posted in &committed.posted {
            let message = &posted.message;
            let happened = by_thread.entry(message.thread_id).or_default();
            happened.push(Happened::Posted(message));
        }
        for (thread, mut happened) in by_thread {
            if !committed.joined.is_empty() {
                happened.sort_by_key(Happened::seq);
            }
            self.publish(ChannelName::Thread(thread), || {
                happened.iter().map(|h| (h.seq().offset(), h.to_event()))
            });
        }
        for (thread, user, _) in &committed.joined {
            self.follow(thread, user.id);
        }
        for (user, thread, read) in &committed.read {
            self.read(*user, &[(*thread, *read)]);
        }
        let is_public = |posted: &&&Posted| posted.thread.kind == ThreadKind::Public;
        self.publish(ChannelName::Chat, || {
            committed.posted.iter().filter(is_public).map(|posted| {
                let Posted { message, thread } = (*posted).clone();
                (0, ChatNotice::Message { message, thread })
            })
        });
    }

    /// A new thread, to everybody if it is public, and to its creator's devices.
    pub fn thread_created(&self, thread: &Thread, creator: UserId) {
        if thread.kind == ThreadKind::Public {
            self.publish(ChannelName::Threads, || {
                let thread = thread.clone();
                [(0, ChatNotice::ThreadCreated { thread })]
            });
        }
        self.follow(thread, creator);
    }

    /// Somebody belongs to a thread since that event: those who follow it hear so, and all devices of
    /// that person follow it from now on.
    pub fn joined(&self, thread: &Thread, user: &User, seq: Seq) {
        self.publish(ChannelName::Thread(thread.id), || {
            [(seq.offset(), ThreadEvent::Joined { user: user.clone() })]
        });
        let thread = Thread {
            last_seq: thread.last_seq.max(seq),
            ..thread.clone()
        };
        self.follow(&thread, user.id);
    }

    fn follow(&self, thread: &Thread, user: UserId) {
        self.tell(user, || UserEvent::ThreadJoined {
            thread: thread.clone(),
        });
        let subscribe = Instruction::Subscribe {
            channel: ChannelName::Thread(thread.id).to_string(),
            data: None,
        };
        self.0.instruct(person(user), subscribe);
    }

    /// Somebody no longer belongs to a thread since that event: nothing from it on reaches them.
    pub fn removed(&self, thread: ThreadId, user: &User, seq: Seq) {
        let event = ThreadEvent::Left { user: user.clone() };
        let channel = ChannelName::Thread(thread).to_string();
        if let Ok(data) = raw(&event) {
            let entry = Entry {
                publication: Publication::new(data, seq.offset()),
                ends: Some(person(user.id)),
            };
            self.0.publish_ending(&channel, entry);
        }
        self.tell(user.id, || UserEvent::ThreadRemoved { thread_id: thread });
    }

    /// How far somebody has read some threads, to all their devices.
    pub fn read(&self, user: UserId, moved: &[(ThreadId, ReadPosition)]) {
        self.publish(ChannelName::User(user), || {
            moved.iter().map(|(thread, read)| {
                let event = UserEvent::Read {
                    thread_id: *thread,
                    seq: read.seq,
                    number: read.number,
                };
                (0, event)
            })
        });
    }

    /// What of a thread somebody wants to be told of, to all their devices.
    pub fn notify_changed(&self, user: UserId, thread_id: ThreadId, notify: NotifyLevel) {
        self.tell(user, || UserEvent::NotifyChanged { thread_id, notify });
    }

    /// Somebody is writing, to those who are subscribed to the thread. It has no place in the stream,
    /// so it is never recovered.
    pub fn typing(&self, thread: ThreadId, user: &User) {
        self.publish(ChannelName::Thread(thread), || {
            [(0, ThreadEvent::Typing { user: user.clone() })]
        });
    }

    /// Who has come, gone or fallen silent, to those who look at it.
    pub fn presence(&self, news: &PresenceNews) {
        self.publish(ChannelName::Presence, || [(0, news.clone())]);
    }

    pub fn profile_changed(&self, user: &User) {
        self.tell(user.id, || UserEvent::ProfileChanged { user: user.clone() });
        // Whoever has read something of theirs shows their name.
        self.publish(ChannelName::Threads, || {
            [(0, ChatNotice::ProfileChanged { user: user.clone() })]
        });
    }

    /// A session has ended: its sockets are closed, the person's others hear of it.
    pub fn session_ended(&self, user: UserId, session: SessionId) {
        self.credential_ended(Credential::Session(session.0));
        self.tell(user, || UserEvent::SessionRevoked {
            session_id: session,
        });
    }

    /// A credential is good for nothing any more: its sockets are closed.
    pub fn credential_ended(&self, credential: Credential) {
        let whom = Whom::Credential(credential.label());
        self.disconnect(whom);
    }

    /// Somebody is banned: all their sockets are closed.
    pub fn banned(&self, user: UserId) {
        self.disconnect(person(user));
    }

    fn disconnect(&self, whom: Whom) {
        let code = DisconnectCode::ForceDisconnect;
        self.0.instruct(whom, Instruction::Disconnect(code.into()));
    }

    fn tell(&self, user: UserId, event: impl Fn() -> UserEvent) {
        self.publish(ChannelName::User(user), || [(0, event())]);
    }

    /// Publishes events with their places in the channel's stream, zero for what is not kept.
    fn publish<E: Serialize, I>(&self, channel: ChannelName, events: impl Fn() -> I)
    where
        I: IntoIterator<Item = (u64, E)>,
    {
        let make = || {
            let publication = |(offset, event)| Some(Publication::new(raw(&event).ok()?, offset));
            events().into_iter().filter_map(publication).collect()
        };
        self.0.publish(&channel.to_string(), &make);
    }
}

/// An event of a thread.
enum Happened<'a> {
    Joined(&'a User, Seq),
    Posted(&'a Message),
}

impl Happened<'_> {
    fn seq(&self) -> Seq {
        match self {
            Self::Joined(_, seq) => *seq,
            Self::Posted(message) => message.seq,
        }
    }

    fn to_event(&self) -> ThreadEvent {
        match self {
            Self::Joined(user, _) => ThreadEvent::Joined {
                user: (*user).clone(),
            },
            Self::Posted(message) => ThreadEvent::Posted {
                message: (*message).clone(),
            },
        }
    }
}

/// The engine's name for a person.
pub fn person(user: UserId) -> Whom {
    Whom::User(user.to_string())
}
