//! The driver: the one task that owns the connection and applies what happens, in order.
//!
//! It decides little itself: the connection, the timelines and the outbox say what they need, and
//! the driver carries it out with the socket, the storage and the server functions.

use std::collections::VecDeque;
use std::time::Duration;

use futures::channel::mpsc::UnboundedSender;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Fetch, Input, Session, TimelineSignal, remember, remember_thread, sort, tell};
use crate::api;
use crate::client::backoff::Backoff;
use crate::client::browser;
use crate::client::connection::{Action, Connection, Event, Notice};
use crate::client::outbox::{Entry, EntryState, Outbox};
use crate::client::socket::Socket;
use crate::client::storage::OutboxStore;
use crate::client::timeline::{Need, Timeline};
use crate::protocol::codes::ReplyError;
use crate::protocol::frame::{Publication, Raw, parse, raw};
use crate::protocol::{
    ApiError, ChannelName, ChatNotice, ClientId, HistoryPage, MessageText, PostRequest, Posted,
    Seq, Thread, ThreadEvent, ThreadId, ThreadKind, UserEvent,
};

/// The server's list has all there is if it is shorter than this.
const WHOLE_LIST: usize = 300;
/// Threads looked at without having joined them that stay subscribed to.
const LOOKED_AT: usize = 100;

pub(super) struct Driver {
    session: Session,
    inputs: UnboundedSender<Input>,
    connection: Connection,
    socket: Option<Socket>,
    socket_number: u32,
    timer: Option<TimeoutHandle>,
    store: OutboxStore,
    looked_at: VecDeque<ThreadId>,
    /// Pages under way, so that none is asked for twice.
    fetching: Vec<Fetch>,
    fetch_backoff: Backoff,
}

impl Driver {
    pub(super) fn new(session: Session) -> Self {
        Self {
            session,
            inputs: session.inputs.get_value(),
            connection: Connection::default(),
            socket: None,
            socket_number: 0,
            timer: None,
            store: OutboxStore::of(session.my_id()),
            looked_at: VecDeque::new(),
            fetching: Vec::new(),
            fetch_backoff: Backoff::default(),
        }
    }

    /// Takes up what was left behind, and connects.
    pub(super) fn start(&mut self) {
        let left_behind = self.store.load();
        self.session
            .outbox
            .update(|outbox| outbox.load(left_behind));
        let listen = |event: &'static str, make: fn() -> Option<Event>| {
            let inputs = self.inputs.clone();
            browser::on_window(event, move || {
                if let Some(event) = make() {
                    tell(&inputs, Input::Connection(event));
                }
            });
        };
        listen("online", || Some(Event::Online));
        listen("offline", || Some(Event::Offline));
        listen("focus", || browser::is_visible().then_some(Event::TryNow));
        listen("pageshow", || Some(Event::TryNow));
        self.connection(Event::Start);
    }

    /// Deals with one thing that happened.
    pub(super) fn take(&mut self, input: Input) {
        match input {
            Input::Connection(event) => self.connection(event),
            Input::Socket(number, event) if number == self.socket_number => self.connection(event),
            Input::Opened(thread) => self.opened(thread),
            Input::Older(thread, before) => self.fetch((thread, Some(before))),
            Input::Fetch(fetch) => self.fetch(fetch),
            Input::Fetched(fetch, page) => self.fetched(fetch, page),
            Input::ListFetched(Ok(threads)) => self.listed(&threads),
            // A late word from an earlier socket; a list that will be fetched at the next connect.
            Input::Socket(..) | Input::ListFetched(Err(_)) => {}
            Input::Write(thread, text) => self.write(thread, text),
            Input::Retry(client_id) => {
                self.session
                    .outbox
                    .update(|outbox| outbox.retry(&client_id));
                self.keep(&client_id);
                self.flush();
            }
            Input::Discard(client_id) => {
                self.store.forget(&client_id);
                self.session
                    .outbox
                    .update(|outbox| outbox.discard(&client_id));
            }
            Input::SendAgain => {
                self.session.outbox.update(Outbox::rested);
                self.flush();
            }
        }
    }

    fn connection(&mut self, event: Event) {
        let (actions, notices) = self.connection.on(event, browser::random());
        for action in actions {
            self.act(action);
        }
        for notice in notices {
            self.notice(notice);
        }
        let status = self.connection.status();
        if self.session.status.get_untracked() != status {
            self.session.status.set(status);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open => {
                self.socket_number += 1;
                let (number, inputs) = (self.socket_number, self.inputs.clone());
                let socket = Socket::open(browser::socket_url(), move |event| {
                    tell(&inputs, Input::Socket(number, event));
                });
                self.socket = Some(socket);
            }
            Action::Send(frame) => {
                if let Some(socket) = &self.socket {
                    socket.send(frame);
                }
            }
            Action::Close => {
                self.socket = None;
                self.socket_number += 1;
            }
            Action::SetTimer(milliseconds) => {
                self.clear_timer();
                let inputs = self.inputs.clone();
                let ring = move || tell(&inputs, Input::Connection(Event::Timer));
                let after = Duration::from_millis(u64::from(milliseconds));
                self.timer = set_timeout_with_handle(ring, after).ok();
            }
            Action::ClearTimer => self.clear_timer(),
        }
    }

    fn clear_timer(&mut self) {
        if let Some(timer) = self.timer.take() {
            timer.clear();
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Connected => {
                self.fetch_list();
                self.flush();
            }
            Notice::Subscribed(channel, result) => {
                let Some(ChannelName::Thread(thread)) = ChannelName::parse(&channel) else {
                    return;
                };
                if let Some(timeline) = self.known_timeline(thread) {
                    let need = timeline.try_update(|timeline| timeline.on_subscribed(&result));
                    self.meet(thread, need);
                }
                for publication in result.publications {
                    self.thread_event(thread, &publication);
                }
            }
            Notice::Published(channel, publication) => match ChannelName::parse(&channel) {
                Some(ChannelName::Thread(thread)) => self.thread_event(thread, &publication),
                Some(ChannelName::Threads) => self.directory(&publication),
                Some(ChannelName::User(_)) => self.about_me(&publication),
                _ => {}
            },
            Notice::NotSubscribed(channel, error) => self.not_subscribed(&channel, &error),
            Notice::Unsubscribed(channel) => self.unsubscribed(&channel),
            Notice::Answered(call, answer) => self.answered(call, answer),
            Notice::Lost(calls) => self.session.outbox.update(|outbox| outbox.lost(&calls)),
            Notice::SignedOut => browser::go_to("/login"),
        }
    }

    fn thread_event(&mut self, thread: ThreadId, publication: &Publication) {
        let seq = Seq::from_offset(publication.offset);
        let event: ThreadEvent = match parse(publication.data.get()) {
            Ok(event) => event,
            Err(_) => ThreadEvent::Unknown,
        };
        if let ThreadEvent::Posted { message } = &event {
            self.session.threads.update(|threads| {
                if let Some(known) = threads.iter_mut().find(|known| known.id == thread) {
                    known.last_seq = known.last_seq.max(seq);
                    known.active_at = known.active_at.max(message.created_at);
                }
                sort(threads);
            });
            if message.user.id == self.session.my_id() {
                self.acknowledged(&message.client_id.clone());
            }
        }
        if let Some(timeline) = self.known_timeline(thread) {
            let need = timeline.try_update(|timeline| timeline.on_event(seq, event));
            self.meet(thread, need);
        }
    }

    fn not_subscribed(&mut self, channel: &str, error: &ReplyError) {
        let Some(ChannelName::Thread(thread)) = ChannelName::parse(channel) else {
            return;
        };
        if error.temporary {
            let wait = self.fetch_backoff.next(browser::random());
            self.later(wait, Input::Opened(thread));
        } else {
            // What one may not listen to any more, one may not read either.
            self.forget(thread);
        }
    }

    /// The list as the server has it. Private threads that are not in it are not for me any more.
    fn listed(&self, threads: &[Thread]) {
        self.session.threads.update(|known| {
            if threads.len() < WHOLE_LIST {
                known.retain(|thread| {
                    thread.kind == ThreadKind::Public || threads.iter().any(|t| t.id == thread.id)
                });
            }
            for thread in threads {
                remember(known, thread);
            }
        });
    }

    /// The server no longer sends a thread's events: I was taken out of it. If I may still read
    /// it, it is followed like any other that I look at.
    fn unsubscribed(&mut self, channel: &str) {
        let Some(ChannelName::Thread(thread)) = ChannelName::parse(channel) else {
            return;
        };
        self.looked_at.retain(|known| *known != thread);
        let kind = self.session.thread(thread).map(|thread| thread.kind);
        if kind == Some(ThreadKind::Public) {
            self.opened(thread);
        } else {
            self.forget(thread);
        }
    }

    /// What is not for me any more disappears, with what was read of it.
    fn forget(&mut self, thread: ThreadId) {
        self.session
            .threads
            .update(|threads| threads.retain(|known| known.id != thread));
        self.session.timelines.update_value(|all| {
            all.remove(&thread);
        });
        self.session.failures.update(|all| {
            all.insert(thread, ApiError::NotFound);
        });
    }

    fn about_me(&mut self, publication: &Publication) {
        if let Ok(UserEvent::ThreadJoined { thread }) = parse(publication.data.get()) {
            let channel = ChannelName::Thread(thread.id).to_string();
            self.connection.joined(&channel);
            self.session.failures.update(|all| {
                all.remove(&thread.id);
            });
            remember_thread(self.session.threads, &thread);
        }
    }

    fn directory(&self, publication: &Publication) {
        if let Ok(ChatNotice::ThreadCreated { thread }) = parse(publication.data.get()) {
            remember_thread(self.session.threads, &thread);
        }
    }

    fn opened(&mut self, thread: ThreadId) {
        let timeline = self.session.timeline(thread);
        let position = timeline.with_untracked(|timeline| {
            timeline
                .position()
                .map(|(epoch, seq)| (epoch.to_owned(), seq.offset()))
        });
        match position {
            Some((epoch, offset)) => self.follow(thread, &epoch, offset),
            // What is known not to be there, or not for me, is not asked for again.
            None if self.is_out_of_reach(thread) => {}
            None => self.fetch((thread, None)),
        }
    }

    fn is_out_of_reach(&self, thread: ThreadId) -> bool {
        self.session
            .failures
            .with_untracked(|all| all.get(&thread).is_some_and(|error| !error.is_temporary()))
    }

    /// Keeps a thread's stream coming from a position, whether or not one has joined it.
    fn follow(&mut self, thread: ThreadId, epoch: &str, offset: u64) {
        let channel = ChannelName::Thread(thread).to_string();
        self.connection.seen(&channel, epoch, offset);
        if let Some(action) = self.connection.subscribe(&channel) {
            self.act(action);
        }
        self.looked_at.retain(|known| *known != thread);
        self.looked_at.push_back(thread);
        if self.looked_at.len() > LOOKED_AT {
            self.let_go();
        }
    }

    fn let_go(&mut self) {
        let Some(thread) = self.looked_at.pop_front() else {
            return;
        };
        let channel = ChannelName::Thread(thread).to_string();
        if let Some(action) = self.connection.unsubscribe(&channel) {
            self.act(action);
        }
        self.session.timelines.update_value(|all| {
            all.remove(&thread);
        });
    }

    fn fetch(&mut self, fetch: Fetch) {
        if self.fetching.contains(&fetch) {
            return;
        }
        self.fetching.push(fetch);
        let inputs = self.inputs.clone();
        spawn_local(async move {
            let page = api::history(fetch.0, fetch.1, None).await;
            tell(&inputs, Input::Fetched(fetch, page));
        });
    }

    fn fetch_list(&self) {
        let inputs = self.inputs.clone();
        spawn_local(async move {
            let list = api::list_threads().await;
            tell(&inputs, Input::ListFetched(list));
        });
    }

    fn fetched(&mut self, fetch: Fetch, page: Result<HistoryPage, ApiError>) {
        let (thread, _) = fetch;
        self.fetching.retain(|under_way| *under_way != fetch);
        match page {
            Ok(page) => {
                self.fetch_backoff.reset();
                self.session.failures.update(|all| {
                    all.remove(&thread);
                });
                remember_thread(self.session.threads, &page.thread);
                let timeline = self.session.timeline(thread);
                let was_loaded = timeline.with_untracked(Timeline::is_loaded);
                let need = timeline.try_update(|timeline| timeline.on_page(page));
                self.meet(thread, need);
                if !was_loaded {
                    self.opened(thread);
                }
            }
            Err(ApiError::Unauthenticated) => browser::go_to("/login"),
            Err(error) => {
                if error.is_temporary() {
                    let wait = self.fetch_backoff.next(browser::random());
                    self.later(wait, Input::Fetch(fetch));
                }
                self.session.failures.update(|all| {
                    all.insert(thread, error);
                });
            }
        }
    }

    fn meet(&mut self, thread: ThreadId, need: Option<Need>) {
        if need == Some(Need::Newest) {
            self.fetch((thread, None));
        }
    }

    fn later(&self, milliseconds: u32, input: Input) {
        let inputs = self.inputs.clone();
        let after = Duration::from_millis(u64::from(milliseconds));
        set_timeout(move || tell(&inputs, input), after);
    }

    fn write(&mut self, thread: ThreadId, text: MessageText) {
        let entry = Entry {
            client_id: browser::client_id(),
            thread,
            text,
            written_at: browser::now(),
            state: EntryState::Queued,
        };
        self.store.keep(&entry);
        self.session.outbox.update(|outbox| outbox.add(entry));
        self.flush();
    }

    /// Sends what may be sent.
    fn flush(&mut self) {
        for entry in self.session.outbox.with_untracked(Outbox::sendable) {
            let request = PostRequest {
                id: entry.thread,
                message: entry.text,
                client_id: Some(entry.client_id.clone()),
            };
            let Ok(data) = raw(&request) else { continue };
            let Some((call, action)) = self.connection.call("thread:publish", data) else {
                return;
            };
            self.session
                .outbox
                .update(|outbox| outbox.sent(&entry.client_id, call));
            self.act(action);
        }
    }

    fn answered(&mut self, call: u32, answer: Result<Raw, ReplyError>) {
        match answer {
            Ok(data) => {
                if let Ok(posted) = parse::<Posted>(data.get()) {
                    let thread = posted.message.thread_id;
                    self.acknowledged(&posted.message.client_id.clone());
                    self.own_message(thread, posted);
                }
            }
            Err(error) => self.refused(call, &error),
        }
        self.flush();
    }

    fn refused(&self, call: u32, error: &ReplyError) {
        let outbox = self.session.outbox;
        let client_id = outbox.with_untracked(|outbox| {
            let entry = outbox.by_call(call)?;
            Some(entry.client_id.clone())
        });
        let wait = outbox.try_update(|outbox| {
            outbox.refused(call, &error.message, error.temporary, browser::random())
        });
        if let Some(client_id) = client_id {
            self.keep(&client_id);
        }
        if let Some(Some(wait)) = wait {
            self.later(wait, Input::SendAgain);
        }
    }

    fn keep(&self, client_id: &ClientId) {
        self.session.outbox.with_untracked(|outbox| {
            if let Some(entry) = outbox.get(client_id) {
                self.store.keep(entry);
            }
        });
    }

    /// The answer to a post carries the message: it need not wait for the stream, but it takes
    /// the same way into the timeline, by its place.
    fn own_message(&mut self, thread: ThreadId, posted: Posted) {
        let Some(timeline) = self.known_timeline(thread) else {
            return;
        };
        let seq = posted.message.seq;
        let message = posted.message;
        let need =
            timeline.try_update(|timeline| timeline.on_event(seq, ThreadEvent::Posted { message }));
        self.meet(thread, need);
    }

    fn acknowledged(&mut self, client_id: &ClientId) {
        let is_ours = self
            .session
            .outbox
            .with_untracked(|outbox| outbox.get(client_id).is_some());
        if is_ours {
            self.session.outbox.update(|outbox| {
                outbox.acknowledged(client_id);
            });
            self.store.forget(client_id);
            self.flush();
        }
    }

    fn known_timeline(&self, thread: ThreadId) -> Option<TimelineSignal> {
        self.session
            .timelines
            .with_value(|all| all.get(&thread).cloned())
    }
}
