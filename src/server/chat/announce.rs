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
    ChannelName, ChatNotice, Message, NotifyLevel, Posted, Preferences, PresenceNews, Role, Seq,
    SessionId, Thread, ThreadEvent, ThreadId, ThreadKind, Timestamp, User, UserEvent, UserId,
};
use crate::server::auth::Credential;
use crate::server::db::changing::Done;
use crate::server::db::joining::Joined;
use crate::server::db::memberships::Left;
use crate::server::db::reading::Moved;
use crate::server::db::standing::Regraded;
use crate::server::db::succession::Heir;
use crate::server::db::users::Newcomer;
use crate::server::db::writer::Committed;
use crate::server::realtime::history::Entry;
use crate::server::realtime::{Broker, Instruction, Whom};

/// Something that somebody is to be reminded of.
#[derive(Clone, Debug)]
pub struct Due {
    /// How much is due with it.
    pub number: i64,
    pub message: Message,
    pub thread: Thread,
}

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
        self.begun(&committed.posted);
        for (thread, mut happened) in by_thread {
            if !committed.joined.is_empty() {
                happened.sort_by_key(Happened::seq);
            }
            self.publish(ChannelName::Thread(thread), || {
                happened.iter().map(|h| (h.seq().offset(), h.to_event()))
            });
        }
        for (thread, user, _) in &committed.joined {
            let mut heirs = committed.heirs.iter();
            let is_heir = heirs.any(|heir| heir.thread == thread.id && heir.user.id == user.id);
            self.follow(thread, user.id, role_of(is_heir));
        }
        for heir in &committed.heirs {
            self.made_owner(heir.thread, &heir.user, heir.seq);
        }
        for user in &committed.told {
            self.activity(*user, true);
        }
        for (user, thread, read) in &committed.read {
            self.read(*user, &[Moved::on(*thread, *read)]);
        }
        for (user, thread, number) in &committed.meant {
            let (thread_id, number) = (*thread, *number);
            self.tell(*user, || UserEvent::Meant { thread_id, number });
        }
        let is_public = |posted: &&&Posted| posted.thread.kind == ThreadKind::Public;
        self.publish(ChannelName::Chat, || {
            committed.posted.iter().filter(is_public).map(|posted| {
                let Posted { message, thread } = (*posted).clone();
                (0, ChatNotice::Message { message, thread })
            })
        });
    }

    /// Whom somebody has blocked, to their devices alone.
    pub fn blocked(&self, by: UserId, blocked: &[UserId]) {
        self.publish(ChannelName::User(by), || {
            [(
                0,
                UserEvent::Blocked {
                    blocked: blocked.to_vec(),
                },
            )]
        });
    }

    /// Somebody has a contact or a request more or less, and so many wait for them now.
    pub fn contacts_changed(&self, user: UserId, number: i64) {
        self.tell(user, || UserEvent::Contacts { number });
    }

    /// A direct thread is in nobody's list until something is said in it.
    fn begun(&self, posted: &[&Posted]) {
        for posted in posted.iter().filter(|posted| posted.message.number == 1) {
            for user in &posted.thread.people {
                self.follow(&posted.thread, user.id, Role::Member);
            }
        }
    }

    /// A new thread, to everybody if it is public, and to the devices of those who are in it.
    pub fn thread_created(&self, thread: &Thread, people: &[UserId], owner: Option<UserId>) {
        if thread.kind == ThreadKind::Public {
            self.publish(ChannelName::Threads, || {
                let thread = thread.clone();
                [(0, ChatNotice::ThreadCreated { thread })]
            });
        }
        for user in people.iter().filter(|user| Some(**user) != owner) {
            self.follow(thread, *user, Role::Member);
        }
        if let Some(owner) = owner {
            self.follow(thread, owner, Role::Owner);
        }
    }

    /// What a thread has become. If it was for everybody and is not, who does not belong to it hears
    /// nothing of that event nor of what follows.
    pub fn changed(&self, done: &Done) {
        let Done {
            seq,
            before,
            thread,
            closed_to,
        } = done;
        let channel = ChannelName::Thread(thread.id);
        let event = || ThreadEvent::Changed {
            thread: thread.clone(),
        };
        match closed_to {
            None => self.publish(channel, || [(seq.offset(), event())]),
            Some(members) => self.publish_ending(thread.id, &event(), *seq, all_but(members)),
        }
        let was_listed = before.kind == ThreadKind::Public;
        let is_listed = thread.kind == ThreadKind::Public;
        let is_new = is_listed && (!was_listed || !before.is_active()) && thread.is_active();
        let notice = || match is_listed {
            true if is_new => ChatNotice::ThreadCreated {
                thread: thread.clone(),
            },
            true => ChatNotice::ThreadChanged {
                thread: thread.clone(),
            },
            false => ChatNotice::ThreadClosed {
                thread_id: thread.id,
            },
        };
        if was_listed || is_listed {
            self.publish(ChannelName::Threads, || [(0, notice())]);
        }
    }

    /// What was done with a message, by the event with that number.
    pub fn revised(&self, thread: ThreadId, seq: Seq, event: &ThreadEvent) {
        self.publish(ChannelName::Thread(thread), || {
            [(seq.offset(), event.clone())]
        });
    }

    /// Somebody is in charge of a thread since that event.
    pub fn made_owner(&self, thread: ThreadId, user: &User, seq: Seq) {
        self.publish(ChannelName::Thread(thread), || {
            let user = user.clone();
            [(seq.offset(), ThreadEvent::MadeOwner { user })]
        });
    }

    /// Somebody who has just come belongs to the threads that everybody belongs to, or to those of their
    /// invitation. (There is no
    /// device of theirs yet that could be told.)
    pub fn belongs_from_the_start(&self, newcomer: &Newcomer) {
        self.belongs_to(&newcomer.user, &newcomer.joined);
    }

    /// The same to those who follow these threads.
    fn belongs_to(&self, user: &User, joined: &[(ThreadId, Seq)]) {
        for (thread, seq) in joined {
            self.publish(ChannelName::Thread(*thread), || {
                let user = user.clone();
                [(seq.offset(), ThreadEvent::Joined { user })]
            });
        }
    }

    /// People belong to a thread since these events: those who follow it hear so, and all devices of
    /// those people follow it from now on.
    pub fn joined(&self, joined: &Joined, people: &[User]) {
        let Joined { thread, heir, .. } = joined;
        let of = |id| people.iter().find(|user| user.id == id);
        self.publish(ChannelName::Thread(thread.id), || {
            let joined = joined.people.iter();
            joined.filter_map(|(id, seq)| {
                let user = of(*id)?.clone();
                Some((seq.offset(), ThreadEvent::Joined { user }))
            })
        });
        for (id, _) in &joined.people {
            let is_heir = heir.as_ref().is_some_and(|heir| heir.user.id == *id);
            self.follow(thread, *id, role_of(is_heir));
        }
        if let Some(heir) = heir {
            self.made_owner(heir.thread, &heir.user, heir.seq);
        }
    }

    fn follow(&self, thread: &Thread, user: UserId, role: Role) {
        self.tell(user, || UserEvent::ThreadJoined {
            thread: thread.clone(),
            role,
        });
        let channel = ChannelName::Thread(thread.id).to_string();
        self.0
            .instruct(person(user), Instruction::Follow { channel });
    }

    /// Somebody has left a thread or was taken out of it, and whoever is in charge since, if nobody was
    /// any more.
    pub fn left(&self, thread: ThreadId, user: &User, left: &Left) {
        self.removed(thread, user, left.seq);
        if let Some((heir, seq)) = &left.heir {
            self.made_owner(thread, heir, *seq);
        }
    }

    /// Somebody no longer belongs to a thread since that event: nothing from it on reaches them.
    fn removed(&self, thread: ThreadId, user: &User, seq: Seq) {
        let event = ThreadEvent::Left { user: user.clone() };
        self.publish_ending(thread, &event, seq, person(user.id));
        self.tell(user.id, || UserEvent::ThreadRemoved { thread_id: thread });
    }

    /// How far somebody has read some threads, to all their devices.
    pub fn read(&self, user: UserId, moved: &[Moved]) {
        self.publish(ChannelName::User(user), || {
            moved.iter().map(|moved| {
                let event = UserEvent::Read {
                    thread_id: moved.thread,
                    seq: moved.to.seq,
                    number: moved.to.number,
                    unread: moved.went_back,
                };
                (0, event)
            })
        });
    }

    /// What of a thread somebody wants to be told of, to all their devices.
    pub fn notify_changed(&self, user: UserId, thread_id: ThreadId, notify: NotifyLevel) {
        self.tell(user, || UserEvent::NotifyChanged { thread_id, notify });
    }

    /// Others are on top of somebody's list, to all their devices.
    pub fn favourites_changed(&self, user: UserId) {
        self.tell(user, || UserEvent::FavouritesChanged);
    }

    /// Something has happened that is for somebody, or was taken back, or they have seen it; whether there
    /// is something new: to all their devices.
    pub fn activity(&self, user: UserId, unread: bool) {
        self.tell(user, || UserEvent::Activity { unread });
    }

    /// Something about what somebody keeps for themselves is different, and so many reminders are due: to
    /// all their devices.
    pub fn saved(&self, user: UserId, number: i64) {
        self.tell(user, || UserEvent::Saved { number });
    }

    /// The time of a reminder has come, to all devices of whoever wanted it.
    pub fn reminded(&self, user: UserId, due: &Due) {
        self.tell(user, || UserEvent::Reminded {
            number: due.number,
            message: Box::new(due.message.clone()),
            thread: due.thread.clone(),
        });
    }

    /// Somebody is muted in a thread until then, or not any more: to all their devices, and to those who
    /// see to the thread.
    pub fn muted(
        &self,
        thread_id: ThreadId,
        user: UserId,
        until: Option<Timestamp>,
        moderators: &[UserId],
    ) {
        self.tell(user, || UserEvent::Muted { thread_id, until });
        self.mutes_changed(thread_id, moderators);
    }

    /// Others are muted in a thread that these people see to.
    pub fn mutes_changed(&self, thread_id: ThreadId, moderators: &[UserId]) {
        for moderator in moderators {
            self.tell(*moderator, || UserEvent::MutesChanged { thread_id });
        }
    }

    /// So many reports wait for the administrators.
    pub fn reports(&self, administrators: &[UserId], number: i64) {
        for administrator in administrators {
            self.tell(*administrator, || UserEvent::ReportsChanged { number });
        }
    }

    /// Somebody has other folders in their list, or other threads in them, to all their devices.
    pub fn folders_changed(&self, user: UserId) {
        self.tell(user, || UserEvent::FoldersChanged);
    }

    /// Somebody is left in peace at other times, or told of other words, to all their devices.
    pub fn quiet_changed(&self, user: UserId) {
        self.tell(user, || UserEvent::QuietChanged);
    }

    /// How somebody wants everything to look, to all their devices.
    pub fn preferences_changed(&self, user: UserId, preferences: Preferences) {
        self.tell(user, || UserEvent::PreferencesChanged { preferences });
    }

    /// Somebody is writing, to those who are subscribed to the thread. It has no place in the stream,
    /// so it is never recovered.
    pub fn typing(&self, thread: ThreadId, user: &User) {
        self.publish(ChannelName::Thread(thread), || {
            [(0, ThreadEvent::Typing { user: user.clone() })]
        });
    }

    /// Which people of a thread have come, gone or fallen silent, to those who look at them on this
    /// server: every server knows who is there, and tells its own.
    pub fn presence(&self, thread: ThreadId, news: &PresenceNews) {
        self.here(ChannelName::Presence(thread), news);
    }

    /// Which of those somebody writes to directly have come, gone or fallen silent, in the same way.
    pub fn peers(&self, of: UserId, news: &PresenceNews) {
        self.here(ChannelName::Peers(of), news);
    }

    fn here(&self, channel: ChannelName, news: &PresenceNews) {
        let publication = || Some(Publication::new(raw(news).ok()?, 0));
        self.0.publish_here(&channel.to_string(), &|| {
            publication().into_iter().collect()
        });
    }

    /// Somebody is called something else, does something else, or is something else here: to everybody
    /// who hears of everybody, and to those guests who know them.
    pub fn profile_changed(&self, user: &User, guests: &[UserId]) {
        for whom in guests.iter().chain([&user.id]) {
            self.tell(*whom, || UserEvent::ProfileChanged { user: user.clone() });
        }
        // Whoever has read something of theirs shows their name.
        self.publish(ChannelName::Threads, || {
            [(0, ChatNotice::ProfileChanged { user: user.clone() })]
        });
    }

    /// The server is called something else.
    pub fn server_renamed(&self, name: &str) {
        self.publish(ChannelName::Threads, || {
            let name = name.to_owned();
            [(0, ChatNotice::ServerRenamed { name })]
        });
    }

    /// A person has signed in once more: their other devices hear of it.
    pub fn session_begun(&self, user: UserId) {
        self.tell(user, || UserEvent::SessionBegun);
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

    /// Somebody is banned: all their sockets are closed, and others are in charge of what they owned.
    pub fn banned(&self, user: UserId, heirs: &[Heir]) {
        self.disconnect(person(user));
        for heir in heirs {
            self.made_owner(heir.thread, &heir.user, heir.seq);
        }
    }

    /// Somebody may do other things here. Whoever sees otherwise than before begins anew on all devices:
    /// nothing that they had a right to, or have now, is left to be thought of.
    pub fn regraded(&self, regraded: &Regraded, guests: &[UserId]) {
        let user = &regraded.user;
        for (thread, left) in &regraded.left {
            self.left(*thread, user, left);
        }
        for heir in &regraded.heirs {
            self.made_owner(heir.thread, &heir.user, heir.seq);
        }
        self.belongs_to(user, &regraded.joined);
        if regraded.sees_otherwise {
            self.profile_changed(user, guests);
            let code = DisconnectCode::ForceReconnect;
            let again = Instruction::Disconnect(code.into());
            self.0.instruct(person(user.id), again);
        }
    }

    fn disconnect(&self, whom: Whom) {
        let code = DisconnectCode::ForceDisconnect;
        self.0.instruct(whom, Instruction::Disconnect(code.into()));
    }

    /// Publishes an event with which the subscriptions of some end: to the thread, in its place in
    /// the stream, and to who of its people is there.
    fn publish_ending(&self, thread: ThreadId, event: &ThreadEvent, seq: Seq, whose: Whom) {
        if let Ok(data) = raw(event) {
            let entry = Entry {
                publication: Publication::new(data, seq.offset()),
                ends: Some(whose.clone()),
            };
            let channel = ChannelName::Thread(thread).to_string();
            self.0.publish_ending(&channel, entry);
        }
        let unsubscribe = Instruction::Unsubscribe {
            channel: ChannelName::Presence(thread).to_string(),
            code: UnsubscribeCode::Server,
        };
        self.0.instruct(whose, unsubscribe);
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

fn role_of(is_heir: bool) -> Role {
    match is_heir {
        true => Role::Owner,
        false => Role::Member,
    }
}

/// The engine's name for all but these people.
pub fn all_but(people: &[UserId]) -> Whom {
    Whom::AllBut(people.iter().map(ToString::to_string).collect())
}

/// The engine's name for a person.
pub fn person(user: UserId) -> Whom {
    Whom::User(user.to_string())
}
