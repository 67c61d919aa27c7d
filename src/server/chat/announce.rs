//! All events are made here, and only after their change is committed.
//!
//! What happens in a thread goes out on the thread's own channel with its place in the stream;
//! what concerns one person goes to all their devices on `user:{id}`.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::protocol::codes::{DisconnectCode, UnsubscribeCode};
use crate::protocol::frame::{Publication, raw};
use crate::protocol::{
    ChannelName, ChatNotice, Message, Posted, Seq, SessionId, Thread, ThreadEvent, ThreadId,
    ThreadKind, User, UserEvent, UserId,
};
use crate::server::auth::Credential;
use crate::server::db::writer::Committed;
use crate::server::realtime::{Broker, Signal, Whom};

/// See the module's text. Cloned freely.
#[derive(Clone)]
pub struct Announcer(Arc<dyn Broker>);

impl Announcer {
    pub fn new(broker: Arc<dyn Broker>) -> Self {
        Self(broker)
    }

    /// What the writer has committed: who joined, and each post on its thread's channel and, for
    /// public threads, on `chat`, for programs.
    pub fn committed(&self, committed: &Committed<'_>) {
        for (thread, user) in &committed.joined {
            self.joined(thread, *user);
        }
        let mut by_thread: BTreeMap<ThreadId, Vec<&Message>> = BTreeMap::new();
        for posted in &committed.posted {
            let message = &posted.message;
            by_thread
                .entry(message.thread_id)
                .or_default()
                .push(message);
        }
        for (thread, messages) in by_thread {
            self.publish(ChannelName::Thread(thread), || {
                messages.iter().map(|message| {
                    let event = ThreadEvent::Posted {
                        message: (*message).clone(),
                    };
                    (message.seq.offset(), event)
                })
            });
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
        self.joined(thread, creator);
    }

    /// Somebody belongs to a thread from now on: all their devices hear it, and follow the thread.
    pub fn joined(&self, thread: &Thread, user: UserId) {
        self.tell(user, || UserEvent::ThreadJoined {
            thread: thread.clone(),
        });
        self.0.signal(Signal::Subscribe {
            whom: person(user),
            channel: ChannelName::Thread(thread.id).to_string(),
            data: None,
        });
    }

    /// Somebody no longer belongs to a thread: nothing of it reaches them any more.
    pub fn removed(&self, thread: ThreadId, user: UserId) {
        self.0.signal(Signal::Unsubscribe {
            whom: person(user),
            channel: ChannelName::Thread(thread).to_string(),
            code: UnsubscribeCode::Server,
        });
        self.tell(user, || UserEvent::ThreadRemoved { thread_id: thread });
    }

    /// Somebody has read up to there, on one of their devices.
    pub fn read(&self, user: UserId, thread: ThreadId, seq: Seq) {
        self.tell(user, || UserEvent::Read {
            thread_id: thread,
            seq,
        });
    }

    pub fn profile_changed(&self, user: &User) {
        self.tell(user.id, || UserEvent::ProfileChanged { user: user.clone() });
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
        self.0.signal(Signal::Disconnect(whom, code.into()));
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

/// The engine's name for a person.
pub fn person(user: UserId) -> Whom {
    Whom::User(user.to_string())
}
