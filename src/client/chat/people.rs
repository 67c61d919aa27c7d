//! The others: who is writing, who is there, and whose message one is told of.

use super::{Chat, Effect, Input};
use crate::client::notice::Notice;
use crate::client::stores::typing::LASTS;
use crate::protocol::frame::raw;
use crate::protocol::{
    ActiveRequest, ChannelName, Message, NotifyLevel, PresenceRequest, ThreadId, User, UserId,
};

/// So long a message may be seen, here or elsewhere, before one is told of it, in milliseconds.
const SEEN_WITHIN: u32 = 1_500;

impl Chat {
    /// What they are called who are writing in a thread.
    pub fn typing(&self, thread: ThreadId) -> Vec<&str> {
        self.typing.names(thread)
    }

    /// Those of the people listed who are there, with whether they are idle.
    pub fn there(&self) -> Vec<(UserId, bool)> {
        self.presences.there()
    }

    /// Those of whom I write to directly who are there, with whether they are idle.
    pub fn peers(&self) -> &[(UserId, bool)] {
        self.peers.there()
    }

    /// Whoever writes to somebody directly follows whether they are there. It is one channel for all of
    /// them, and asking for it again changes nothing.
    pub(super) fn look_at_peers(&mut self) {
        let me = self.me.id;
        let mut mine = self.directory.mine().iter();
        if mine.any(|mine| mine.thread.peer(me).is_some()) {
            let channel = ChannelName::Peers(me).to_string();
            if let Some(action) = self.connection.subscribe(&channel) {
                self.effect(Effect::Socket(action));
            }
        }
    }

    /// I am writing.
    pub(super) fn write_on(&mut self, id: ThreadId) {
        #[derive(serde::Serialize)]
        struct Where {
            id: ThreadId,
        }
        if self.typing.say(id, self.moment.now) {
            self.call("thread:typing", raw(&Where { id }));
        }
    }

    /// Somebody is writing; on another device it may be me.
    pub(super) fn is_typing(&mut self, thread: ThreadId, user: User) {
        let is_here = self.navigation.shown().open_thread() == Some(thread);
        if is_here && user.id != self.me.id && !self.people.is_blocked(user.id) {
            self.typing.heard(thread, user, self.moment.now);
            self.tick_in(LASTS);
        }
    }

    /// I have done something.
    pub(super) fn was_active(&mut self) {
        self.active_at = self.moment.now;
        self.say_active();
        self.look_at_news();
    }

    pub(super) fn say_active(&mut self) {
        let ago = self.moment.now.0 - self.active_at.0;
        self.call("presence:active", raw(&ActiveRequest { ago }));
    }

    /// The people of a thread are looked at, if they are listed; or nobody is any more.
    pub(super) fn look_at_people(&mut self, thread: Option<ThreadId>) {
        let members = self.people.members();
        let thread = thread.filter(|_| members.is_some());
        let ids = members.unwrap_or_default().into_iter();
        let left = self.presences.look_at(thread, ids.map(|user| user.id));
        let channel = |thread| ChannelName::Presence(thread).to_string();
        let leave = left.and_then(|thread| self.connection.unsubscribe(&channel(thread)));
        let look = thread.and_then(|thread| self.connection.subscribe(&channel(thread)));
        for action in leave.into_iter().chain(look) {
            self.effect(Effect::Socket(action));
        }
        // Where it has just been subscribed to, it is asked for when that has begun.
        self.ask_presence();
    }

    pub(super) fn ask_presence(&mut self) {
        if let Some(id) = self.presences.to_ask()
            && let Some(call) = self.call("presence", raw(&PresenceRequest { id }))
        {
            self.presences.asked(call);
        }
    }

    /// A message has come: perhaps one is to be told of it, unless it is seen within a moment.
    pub(super) fn consider(&mut self, message: &Message) {
        let mine = self.directory.my(message.thread_id);
        let is_wanted = mine.is_some_and(|mine| mine.notify != NotifyLevel::Nothing);
        if is_wanted && message.user.id != self.me.id {
            let message = Box::new(message.clone());
            self.effect(Effect::Later(SEEN_WITHIN, Input::Remind(message)));
        }
    }

    /// The moment is over: whoever has not seen it is told, if it is meant for them.
    pub(super) fn remind(&mut self, message: Message) {
        let Some(mine) = self.directory.my(message.thread_id) else {
            return;
        };
        let open = self.timelines.get(message.thread_id);
        if open.is_some_and(|open| open.timeline.is_deleted(message.seq)) {
            return;
        }
        let is_open = self.navigation.shown().open_thread() == Some(message.thread_id);
        if is_open && self.moment.is_visible {
            self.effect(Effect::OnScreen(message.thread_id, message.seq));
        } else if mine.read.seq < message.seq {
            let notice = Notice {
                thread: mine.thread.clone(),
                level: mine.notify,
                me: self.me.clone(),
                author: self.people.now(&message.user).clone(),
                is_blocked: self.people.is_blocked(message.user.id),
                has_keyword: mine.for_me == message.number,
                quiet: self.quiet,
                now: self.by_the_server(),
                is_reminder: false,
                message,
            };
            self.effect(Effect::Notify(Box::new(notice)));
        }
    }
}
