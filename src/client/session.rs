//! The chat of one page: the state that components show, and the actor that keeps it true.
//!
//! Components read signals and send [`Input`]s; one task, the [`Driver`], owns the connection and
//! applies everything that happens in one order. It starts in the browser only. On the server the
//! same signals hold what the page was rendered from.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::backoff::Backoff;
use super::browser;
use super::connection::{Action, Connection, Event, Notice, Status};
use super::outbox::{Entry, EntryState, Outbox};
use super::socket::Socket;
use super::storage::OutboxStore;
use super::timeline::{Need, Timeline};
use crate::api;
use crate::protocol::codes::ReplyError;
use crate::protocol::frame::{Publication, Raw, parse, raw};
use crate::protocol::{
    ApiError, ChannelName, ChatNotice, ClientId, HistoryPage, MessageText, PostRequest, Posted,
    Seq, Thread, ThreadEvent, ThreadId, User, UserId,
};

/// Threads looked at without having joined them that stay subscribed to.
const LOOKED_AT: usize = 100;

/// What components know of a thread's messages.
pub type TimelineSignal = ArcRwSignal<Timeline>;

/// See the module's text. Copied freely into components.
#[derive(Clone, Copy)]
pub struct Session {
    pub me: StoredValue<User>,
    pub status: RwSignal<Status>,
    pub threads: RwSignal<Vec<Thread>>,
    pub outbox: RwSignal<Outbox>,
    /// Threads whose history could not be had, and why.
    pub failures: RwSignal<HashMap<ThreadId, ApiError>>,
    /// What is being written, by thread.
    pub drafts: RwSignal<HashMap<ThreadId, String>>,
    timelines: StoredValue<HashMap<ThreadId, TimelineSignal>>,
    inputs: StoredValue<UnboundedSender<Input>>,
    mailbox: StoredValue<Option<UnboundedReceiver<Input>>>,
}

/// Something the driver has to deal with.
#[derive(Debug)]
enum Input {
    Connection(Event),
    /// From the socket with that number; a late word from an earlier one does not count.
    Socket(u32, Event),
    Opened(ThreadId),
    Older(ThreadId, Seq),
    Fetched(Fetch, Result<HistoryPage, ApiError>),
    Fetch(Fetch),
    ListFetched(Result<Vec<Thread>, ApiError>),
    Write(ThreadId, MessageText),
    Retry(ClientId),
    Discard(ClientId),
    SendAgain,
}

/// A page of history: of a thread, before a message or the newest.
type Fetch = (ThreadId, Option<Seq>);

impl Session {
    /// The state of a page, from what it was loaded with.
    pub fn new(me: User, threads: Vec<Thread>) -> Self {
        let (inputs, mailbox) = unbounded();
        Self {
            me: StoredValue::new(me),
            status: RwSignal::new(Status::Connecting),
            threads: RwSignal::new(threads),
            outbox: RwSignal::new(Outbox::default()),
            failures: RwSignal::new(HashMap::new()),
            drafts: RwSignal::new(HashMap::new()),
            timelines: StoredValue::new(HashMap::new()),
            inputs: StoredValue::new(inputs),
            mailbox: StoredValue::new(Some(mailbox)),
        }
    }

    pub fn my_id(&self) -> UserId {
        self.me.with_value(|me| me.id)
    }

    /// A thread of the list.
    pub fn thread(&self, id: ThreadId) -> Option<Thread> {
        self.threads
            .with(|threads| threads.iter().find(|thread| thread.id == id).cloned())
    }

    /// The timeline of a thread, empty at first.
    pub fn timeline(&self, id: ThreadId) -> TimelineSignal {
        let known = self.timelines.with_value(|all| all.get(&id).cloned());
        known.unwrap_or_else(|| {
            let timeline = TimelineSignal::default();
            self.timelines.update_value(|all| {
                all.insert(id, timeline.clone());
            });
            timeline
        })
    }

    /// Puts a thread into the list, or brings it up to date there.
    pub fn remember(&self, thread: &Thread) {
        remember_thread(self.threads, thread);
    }

    /// Takes over a page that was loaded with the page.
    pub fn preload(&self, id: ThreadId, page: Result<HistoryPage, ApiError>) {
        match page {
            Ok(page) => {
                let timeline = self.timeline(id);
                remember_thread(self.threads, &page.thread);
                timeline.set(Timeline::from_page(page));
            }
            Err(error) => self.failures.update(|all| {
                all.insert(id, error);
            }),
        }
    }

    /// Connects. In the browser, once.
    pub fn start(&self) {
        let taken = self.mailbox.try_update_value(Option::take).flatten();
        let Some(mut mailbox) = taken else {
            return;
        };
        let mut driver = Driver::new(*self);
        spawn_local(async move {
            driver.start();
            while let Some(input) = mailbox.next().await {
                driver.take(input);
            }
        });
    }

    /// The person looks at a thread.
    pub fn open(&self, thread: ThreadId) {
        self.tell(Input::Opened(thread));
    }

    /// The person scrolled up to the oldest message there is.
    pub fn load_older(&self, thread: ThreadId, before: Seq) {
        self.tell(Input::Older(thread, before));
    }

    /// The person wrote something.
    pub fn write(&self, thread: ThreadId, text: MessageText) {
        self.tell(Input::Write(thread, text));
    }

    pub fn retry(&self, client_id: ClientId) {
        self.tell(Input::Retry(client_id));
    }

    pub fn discard(&self, client_id: ClientId) {
        self.tell(Input::Discard(client_id));
    }

    /// The person does not want to wait for the next try.
    pub fn try_now(&self) {
        self.tell(Input::Connection(Event::TryNow));
    }

    fn tell(&self, input: Input) {
        tell(&self.inputs.get_value(), input);
    }
}

/// The driver lives as long as the page; if it is gone there is nobody left to tell.
fn tell(inputs: &UnboundedSender<Input>, input: Input) {
    let _ = inputs.unbounded_send(input);
}

struct Driver {
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
    fn new(session: Session) -> Self {
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

    fn start(&mut self) {
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

    fn take(&mut self, input: Input) {
        match input {
            Input::Connection(event) => self.connection(event),
            Input::Socket(number, event) if number == self.socket_number => self.connection(event),
            Input::Opened(thread) => self.opened(thread),
            Input::Older(thread, before) => self.fetch((thread, Some(before))),
            Input::Fetch(fetch) => self.fetch(fetch),
            Input::Fetched(fetch, page) => self.fetched(fetch, page),
            Input::ListFetched(Ok(threads)) => self.session.threads.update(|known| {
                for thread in threads {
                    remember(known, &thread);
                }
            }),
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
                _ => {}
            },
            Notice::NotSubscribed(channel, error) => self.not_subscribed(&channel, &error),
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
            self.session.failures.update(|all| {
                all.insert(thread, ApiError::NotFound);
            });
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
            None => self.fetch((thread, None)),
        }
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
            let page = api::history(fetch.0, fetch.1).await;
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

/// Adds a thread to the list, or brings it up to date there.
fn remember_thread(threads: RwSignal<Vec<Thread>>, thread: &Thread) {
    let is_known = threads.with_untracked(|threads| threads.contains(thread));
    if !is_known {
        threads.update(|threads| remember(threads, thread));
    }
}

fn remember(threads: &mut Vec<Thread>, thread: &Thread) {
    match threads.iter_mut().find(|known| known.id == thread.id) {
        Some(known) if known.last_seq > thread.last_seq => {}
        Some(known) => *known = thread.clone(),
        None => threads.push(thread.clone()),
    }
    sort(threads);
}

fn sort(threads: &mut [Thread]) {
    threads.sort_by_key(|thread| std::cmp::Reverse((thread.active_at, thread.id)));
}
