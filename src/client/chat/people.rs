//! The others: who is writing, who is there, and whose message one is told of.

use super::{Chat, Effect, Input};
use crate::protocol::notify::{Attention, Meant, attention, mentions};
use crate::protocol::{
    ActiveRequest, ChannelName, Message, Place, PresenceRequest, Seq, ThreadId, ThreadKind, User,
    UserId,
};

/// So long a message may be seen, here or elsewhere, before one is told of it, in milliseconds.
const SEEN_WITHIN: u32 = 1_500;
/// Characters of a message in a notice.
const EXCERPT: usize = 140;

/// A message that one is told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub thread: ThreadId,
    pub seq: Seq,
    pub title: String,
    pub text: String,
}

impl Notice {
    /// Where it leads.
    pub fn place(&self) -> Place {
        Place::Thread {
            id: self.thread,
            message: Some(self.seq),
            panel: None,
        }
    }
}

impl Chat {
    /// What they are called who are writing in a thread.
    pub fn typing(&self, thread: ThreadId) -> Vec<&str> {
        self.typing.names(thread)
    }

    /// Those of the people listed who are there, with whether they are idle.
    pub fn there(&self) -> Vec<(UserId, bool)> {
        self.presences.there()
    }

    /// I am writing.
    pub(super) fn write_on(&mut self, id: ThreadId) {
        #[derive(serde::Serialize)]
        struct Where {
            id: ThreadId,
        }
        if self.typing.say(id, self.moment.now) {
            self.call("thread:typing", &Where { id });
        }
    }

    /// Somebody is writing; on another device it may be me.
    pub(super) fn is_typing(&mut self, thread: ThreadId, user: User) {
        let is_here = self.navigation.shown().open_thread() == Some(thread);
        if is_here && user.id != self.me.id {
            self.typing.heard(thread, user, self.moment.now);
            self.tick_later();
        }
    }

    /// I have done something.
    pub(super) fn was_active(&mut self) {
        self.active_at = self.moment.now;
        self.say_active();
    }

    pub(super) fn say_active(&mut self) {
        let ago = self.moment.now.0 - self.active_at.0;
        self.call("presence:active", &ActiveRequest { ago });
    }

    /// The people who are listed are looked at, or nobody is any more.
    pub(super) fn look_at_people(&mut self) {
        let channel = ChannelName::Presence.to_string();
        let members = self.people.members();
        let is_looking = members.is_some();
        let ids = members.unwrap_or_default().into_iter();
        self.presences.look_at(ids.map(|user| user.id));
        let action = match is_looking {
            true => self.connection.subscribe(&channel),
            false => self.connection.unsubscribe(&channel),
        };
        if let Some(action) = action {
            self.effect(Effect::Socket(action));
        }
        // Where it has just been subscribed to, it is asked for when that has begun.
        self.ask_presence();
    }

    pub(super) fn ask_presence(&mut self) {
        let users = self.presences.people();
        if !users.is_empty()
            && let Some(call) = self.call("presence", &PresenceRequest { users })
        {
            self.presences.asked(call);
        }
    }

    /// A message has come: perhaps one is to be told of it, unless it is seen within a moment.
    pub(super) fn consider(&mut self, message: &Message) {
        let Some(mine) = self.directory.my(message.thread_id) else {
            return;
        };
        let meant = match message.user.id == self.me.id {
            true => Meant::ByThem,
            false if mentions(message.text.as_str(), &self.me.username) => Meant::ForThem,
            false => Meant::ForAll,
        };
        let kind = mine.thread.kind;
        if attention(mine.notify, kind, meant) == Attention::None {
            return;
        }
        let mut title = self.people.now(&message.user).name.to_string();
        if kind != ThreadKind::Direct {
            title.push_str(" in ");
            title.push_str(mine.thread.name.as_str());
        }
        let notice = Notice {
            thread: message.thread_id,
            seq: message.seq,
            title,
            text: message.text.as_str().chars().take(EXCERPT).collect(),
        };
        self.effect(Effect::Later(SEEN_WITHIN, Input::Remind(Box::new(notice))));
    }

    /// The moment is over: whoever has not seen it is told.
    pub(super) fn remind(&mut self, notice: Notice) {
        let mine = self.directory.my(notice.thread);
        let is_unread = mine.is_some_and(|mine| mine.read.seq < notice.seq);
        let is_open = self.navigation.shown().open_thread() == Some(notice.thread);
        if is_unread && !(is_open && self.moment.is_visible) {
            self.effect(Effect::Notify(notice));
        }
    }
}
