//! What the connection brings: each event goes to the stores it concerns.

use super::{Chat, Effect, Input, channel_of};
use crate::client::connection::Notice;
use crate::protocol::codes::ReplyError;
use crate::protocol::frame::{Publication, Raw, SubscribeResult, parse};
use crate::protocol::notify::Meant;
use crate::protocol::{
    ApiError, ChannelName, ChatNotice, ClientId, Panel, Place, Posted, Preferences, ReadPosition,
    Section, Seq, ThreadEvent, ThreadId, UserEvent, UserId,
};

impl Chat {
    pub(super) fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Connected(Some(user)) if user != self.me.id => self.belongs_to_another(),
            Notice::Connected(_) => self.connected(),
            Notice::Subscribed(channel, result) => self.subscribed(&channel, result),
            Notice::Published(channel, publication) => match ChannelName::parse(&channel) {
                Some(ChannelName::Thread(thread)) => self.heard(thread, &publication),
                Some(ChannelName::Threads) => self.for_everybody(&publication),
                Some(ChannelName::User(_)) => self.about_me(&publication),
                Some(ChannelName::Presence(_)) => self.presence(&publication.data),
                Some(ChannelName::Peers(_)) => {
                    if let Ok(news) = parse(publication.data.get()) {
                        self.peers.take(&news);
                    }
                }
                _ => {}
            },
            Notice::NotSubscribed(channel, error) => self.not_subscribed(&channel, &error),
            Notice::Unsubscribed(channel) => self.unsubscribed(&channel),
            Notice::Answered(call, answer) => self.answered(call, answer),
            Notice::Lost(calls) => {
                self.outbox.lost(&calls);
                self.reading.lost(&calls);
                self.choices.lost(&calls);
            }
            Notice::SignedOut => self.signed_out(),
        }
    }

    /// What is not recovered by itself is asked for, and what waited is sent.
    fn connected(&mut self) {
        self.ask_for_list();
        self.flush();
        self.presences.begin_anew();
        self.peers.begin_anew();
        self.say_active();
        let failed = self
            .navigation
            .failure()
            .is_some_and(ApiError::is_temporary);
        let place = self.navigation.place().clone();
        if failed || is_missed_while_away(&place) {
            self.show(place);
        } else if let Some(thread) = place.open_thread() {
            self.mutes_changed(thread);
        }
    }

    pub(super) fn subscribed(&mut self, channel: &str, result: SubscribeResult) {
        let thread = match ChannelName::parse(channel) {
            Some(ChannelName::Thread(thread)) => thread,
            Some(ChannelName::Presence(_)) => return self.ask_presence(),
            Some(ChannelName::Peers(_)) => {
                if let Some(news) = result.data.and_then(|data| parse(data.get()).ok()) {
                    self.peers.told(&news);
                }
                return;
            }
            _ => return,
        };
        self.is_of(&result.epoch);
        let open = self.timelines.get(thread);
        let known = open
            .and_then(|open| open.timeline.position())
            .map(|(_, seq)| seq);
        let need = self.timelines.on_subscribed(thread, &result);
        self.drawn += 1;
        self.meet(thread, need);
        if !result.recovered {
            let after = Seq::from_offset(result.offset);
            self.directory.begins_after(thread, after);
            self.catch_up();
            // Who has come or gone meanwhile is in no page of history.
            let lists_people = self.people.members().is_some() && self.is_there_to_stay(thread);
            if lists_people && known < Some(after) {
                self.ask_for_panel();
            }
        }
        for publication in result.publications {
            self.thread_event(thread, &publication);
        }
    }

    /// What comes as it happens, and not by recovery, may have to be told at once.
    fn heard(&mut self, thread: ThreadId, publication: &Publication) {
        let known = self.directory.thread(thread).map(|thread| thread.last_seq);
        let seq = Seq::from_offset(publication.offset);
        match parse(publication.data.get()).unwrap_or(ThreadEvent::Unknown) {
            ThreadEvent::Typing { user } => self.is_typing(thread, user),
            event => {
                if let ThreadEvent::Posted { message } = &event
                    && known < Some(seq)
                {
                    self.consider(message);
                    self.looks_away(message);
                }
                self.happened(thread, seq, event, true);
            }
        }
    }

    /// Where nobody looks, the line goes before what comes next.
    fn looks_away(&mut self, message: &crate::protocol::Message) {
        let mine = self.directory.my(message.thread_id);
        let read = mine.filter(|mine| mine.unread() == 0).map(|mine| mine.read);
        if let Some(read) = read
            && !self.moment.is_visible
            && message.user.id != self.me.id
        {
            self.reading.looked_away(message.thread_id, read.seq);
        }
    }

    fn presence(&mut self, data: &Raw) {
        if let Ok(news) = parse(data.get()) {
            self.presences.take(&news);
        }
    }

    fn thread_event(&mut self, thread: ThreadId, publication: &Publication) {
        let seq = Seq::from_offset(publication.offset);
        let event = parse(publication.data.get()).unwrap_or(ThreadEvent::Unknown);
        self.happened(thread, seq, event, false);
    }

    /// Something happened in a thread: now, or as far as is known, before any list that is under way.
    fn happened(&mut self, thread: ThreadId, seq: Seq, event: ThreadEvent, is_live: bool) {
        // What is not kept, such as a notice of somebody's backend, has no place in the stream.
        if seq == Seq::START {
            return;
        }
        let known = self.directory.thread(thread).map(|thread| thread.last_seq);
        self.directory.happened(thread, seq, &event);
        let is_open = self.navigation.shown().open_thread() == Some(thread);
        let is_about_people = matches!(
            event,
            ThreadEvent::Joined { .. } | ThreadEvent::Left { .. } | ThreadEvent::MadeOwner { .. }
        );
        if is_about_people && self.navigation.place().open_thread() == Some(thread) {
            self.people.have_changed(thread, seq);
        }
        match &event {
            ThreadEvent::Posted { message } if message.user.id == self.me.id => {
                let to = ReadPosition {
                    seq,
                    number: message.number,
                };
                let is_from_here = self.acknowledged(&message.client_id);
                // What comes again may have been marked as unread since.
                let counts = is_from_here || known < Some(seq);
                if !is_from_here && self.reading.is_ahead(thread) {
                    // Whether the server knew what I have read before it came, the list says.
                    self.directory.is_to_be_asked_again();
                } else if counts && self.directory.wrote(thread, to) {
                    if is_live {
                        self.directory.has_moved(thread);
                    }
                    if is_from_here {
                        self.reading.up_to(thread, seq);
                        self.flush();
                    }
                } else if counts && is_live {
                    // A list under way may say that all before it was read, and not that this is.
                    self.directory.outdates_the_list();
                }
            }
            ThreadEvent::MadeOwner { user } => {
                if user.id == self.me.id {
                    self.directory.made_owner(thread);
                }
                if is_open {
                    self.people.made_owner(user.id);
                }
            }
            ThreadEvent::Posted { message } => {
                self.typing.ended(thread, message.user.id);
                let is_blocked = self.people.is_blocked(message.user.id);
                if Meant::of(message, &self.me, is_blocked) == Meant::ForThem {
                    self.directory.is_meant(thread, message.number);
                }
            }
            ThreadEvent::Joined { user } if is_open => {
                self.people.joined(user);
                self.look_at_people(Some(thread));
            }
            ThreadEvent::Left { user } if is_open => {
                self.typing.ended(thread, user.id);
                self.people.left(user.id);
                self.presences.left(user.id);
            }
            _ => {}
        }
        let is_picked = is_open && !self.navigation.is_going() && self.is_picked(&event);
        let need = self.timelines.on_event(thread, seq, event);
        self.drawn += 1;
        self.meet(thread, need);
        if is_picked {
            self.ask_for_panel();
        }
        // What comes at the end of a visible screen is seen with the next frame: nothing counts it as
        // unread until then.
        let open = self.timelines.get(thread).filter(|_| is_open);
        if self.moment.is_visible && open.is_some_and(|open| open.view.follows()) {
            self.has_read(thread, seq);
        }
    }

    /// Whether an event is about what the panel beside the thread shows: that is asked for again then.
    fn is_picked(&self, event: &ThreadEvent) -> bool {
        let Place::Thread { message, panel, .. } = self.navigation.place() else {
            return false;
        };
        match (panel, event) {
            (Some(Panel::Pins | Panel::Files), ThreadEvent::MessageChanged { .. }) => true,
            (Some(Panel::Files), ThreadEvent::Posted { message }) => !message.files.is_empty(),
            (Some(Panel::Message), ThreadEvent::MessageChanged { message: changed }) => {
                *message == Some(changed.seq)
            }
            (Some(Panel::Message), ThreadEvent::Reacted { reacted }) => {
                *message == Some(reacted.to)
            }
            _ => false,
        }
    }

    fn not_subscribed(&mut self, channel: &str, error: &ReplyError) {
        let Some(ChannelName::Thread(thread)) = ChannelName::parse(channel) else {
            return;
        };
        if error.temporary {
            let wait = self.backoff.next(self.moment.random);
            self.effect(Effect::Later(wait, Input::Follow(thread)));
        } else {
            // What one may not listen to any more, one may not read either.
            self.forget_thread(thread, &ApiError::NotFound);
        }
    }

    /// The server no longer sends a thread's events: I was taken out of it. If I may still read it,
    /// it is followed like any other that I look at; the server says so or not.
    fn unsubscribed(&mut self, channel: &str) {
        let Some(ChannelName::Thread(thread)) = ChannelName::parse(channel) else {
            return;
        };
        self.directory.left(thread);
        if self.is_there_to_stay(thread) {
            // Whether I may still read it is for the server to say.
            let place = self.navigation.shown().clone();
            self.timelines.forget(thread);
            let number = self.navigation.set_out(place.clone());
            self.effect(Effect::Load(number, place));
        } else {
            self.timelines.forget(thread);
        }
        self.drawn += 1;
    }

    fn about_me(&mut self, publication: &Publication) {
        let event = parse(publication.data.get()).unwrap_or(UserEvent::Unknown);
        if is_beside_the_threads(&event) {
            self.directory.outdates_the_list();
        }
        match event {
            UserEvent::ThreadJoined { thread, role } => {
                self.connection.joined(&channel_of(thread.id));
                self.directory.joined(&thread, role);
                // Whether the other one is there comes with the list.
                if thread.peer(self.me.id).is_some() {
                    self.ask_for_list();
                }
            }
            UserEvent::ThreadRemoved { thread_id } => self.directory.left(thread_id),
            UserEvent::Read {
                thread_id,
                seq,
                number,
                unread,
            } => self.was_read(thread_id, ReadPosition { seq, number }, unread),
            UserEvent::NotifyChanged { thread_id, notify } => {
                self.directory.notify(thread_id, notify);
            }
            UserEvent::Meant { thread_id, number } => self.directory.is_meant(thread_id, number),
            UserEvent::Contacts { number } => {
                self.requests = number;
                let place = self.navigation.place().clone();
                if matches!(place, Place::People { .. }) {
                    self.show(place);
                }
            }
            // They are in the list, in their order.
            UserEvent::FavouritesChanged => self.ask_for_list(),
            UserEvent::FoldersChanged => {
                self.ask_for_list();
                self.show_again(&Section::Folders);
            }
            UserEvent::QuietChanged => {
                self.ask_for_list();
                self.show_again(&Section::Notifications);
            }
            UserEvent::PreferencesChanged { preferences } => self.prefer(preferences),
            UserEvent::Saved { number } => self.saved(number),
            UserEvent::Reminded {
                number,
                message,
                thread,
            } => self.reminded(number, *message, thread),
            UserEvent::Activity { unread } => self.happens(unread),
            UserEvent::ProfileChanged { user } => self.renamed(user),
            UserEvent::Blocked { blocked } => self.blocked(blocked),
            UserEvent::Muted { thread_id, until } => self.directory.mute(thread_id, until),
            UserEvent::MutesChanged { thread_id } => self.mutes_changed(thread_id),
            UserEvent::ReportsChanged { number } => {
                self.reports = number;
                self.show_again(&Section::Reports { before: None });
            }
            // The socket of the session that has ended is closed, and says so itself.
            UserEvent::SessionBegun | UserEvent::SessionRevoked { .. } => self.sessions_changed(),
            UserEvent::Unknown => {}
        }
    }

    /// What is shown of those whom I have blocked is shown anew.
    pub(super) fn blocked(&mut self, blocked: Vec<UserId>) {
        if self.people.block(blocked) {
            self.drawn += 1;
            let place = self.navigation.place().clone();
            if matches!(&place, Place::Settings { section, .. } if *section == Section::Blocked) {
                self.show(place);
            }
        }
    }

    /// Who is muted in a thread is asked for again, if that is what is shown.
    fn mutes_changed(&mut self, thread: ThreadId) {
        let place = self.navigation.place();
        let is_shown = place.panel() == Some(Panel::Settings);
        if is_shown && self.is_there_to_stay(thread) {
            self.ask_for_panel();
        }
    }

    /// The list of sessions is asked for again, if that is what is shown.
    fn sessions_changed(&mut self) {
        self.show_again(&Section::Sessions);
    }

    /// How I want everything to look, chosen here or on another device.
    pub(super) fn prefer(&mut self, preferences: Preferences) {
        if std::mem::replace(&mut self.preferences, preferences) != preferences {
            self.effect(Effect::Prefer(preferences));
            self.show_again(&Section::Preferences);
        }
    }

    /// A page of the settings is asked for again, if that is what is shown.
    fn show_again(&mut self, wanted: &Section) {
        let place = self.navigation.place().clone();
        if matches!(&place, Place::Settings { section, .. } if section == wanted) {
            self.show(place);
        }
    }

    fn for_everybody(&mut self, publication: &Publication) {
        match parse(publication.data.get()) {
            Ok(ChatNotice::ProfileChanged { user }) => self.renamed(user),
            Ok(ChatNotice::ServerRenamed { name }) => self.server_name = name,
            Ok(ChatNotice::ThreadCreated { thread }) => self.directory.started(&thread),
            Ok(ChatNotice::ThreadChanged { thread }) => self.directory.changed(&thread),
            Ok(ChatNotice::ThreadClosed { thread_id }) => self.directory.unlist(thread_id),
            _ => {}
        }
    }

    fn renamed(&mut self, user: crate::protocol::User) {
        if user.id == self.me.id {
            if user.guest != self.me.guest {
                return self.begin_anew();
            }
            self.me = user.clone();
        }
        self.directory.renamed(&user);
        self.people.renamed(user);
        self.drawn += 1;
        self.end_statuses();
    }

    fn answered(&mut self, call: u32, answer: Result<Raw, ReplyError>) {
        if self.presences.is_answer(call) {
            if let Some(news) = answer.ok().and_then(|data| parse(data.get()).ok()) {
                self.presences.answered(&news);
            }
            // Somebody has come to the thread meanwhile.
            if self.presences.is_to_ask() {
                self.ask_presence();
            }
        } else if !self.reading_answered(call, &answer) && !self.choice_answered(call, &answer) {
            match answer {
                Ok(data) => {
                    if let Ok(posted) = parse::<Posted>(data.get()) {
                        // It need not wait for the stream, but takes the same way into the
                        // timeline, by its place.
                        let message = posted.message;
                        let (thread, seq) = (message.thread_id, message.seq);
                        self.happened(thread, seq, ThreadEvent::Posted { message }, true);
                    }
                }
                Err(error) => self.refused(call, &error),
            }
        }
        self.flush();
    }

    fn refused(&mut self, call: u32, error: &ReplyError) {
        let entry = self.outbox.by_call(call);
        let client_id = entry.map(|entry| entry.client_id.clone());
        let wait = self.outbox.refused(call, error, self.moment.random);
        self.drawn += 1;
        if let Some(client_id) = client_id {
            self.keep(&client_id);
        }
        if let Some(wait) = wait {
            self.effect(Effect::Later(wait, Input::Rested));
        }
    }

    /// A message of mine is there; whether it was sent from here.
    fn acknowledged(&mut self, client_id: &ClientId) -> bool {
        let is_from_here = self.outbox.acknowledged(client_id);
        if is_from_here {
            self.drawn += 1;
            self.effect(Effect::Forget(client_id.clone()));
            self.flush();
        }
        is_from_here
    }
}

/// Whether an event says what the list says too, and is not about one of its threads.
fn is_beside_the_threads(event: &UserEvent) -> bool {
    matches!(
        event,
        UserEvent::Contacts { .. }
            | UserEvent::Blocked { .. }
            | UserEvent::PreferencesChanged { .. }
            | UserEvent::Saved { .. }
            | UserEvent::Reminded { .. }
            | UserEvent::Activity { .. }
            | UserEvent::ReportsChanged { .. }
    )
}

/// Whether what a place shows changes by events that no recovery brings.
fn is_missed_while_away(place: &Place) -> bool {
    match place {
        Place::Browse { .. } | Place::Saved { .. } => true,
        Place::Settings { section, .. } => {
            matches!(
                section,
                Section::Sessions
                    | Section::Notifications
                    | Section::Folders
                    | Section::Reports { before: None }
            )
        }
        _ => false,
    }
}
