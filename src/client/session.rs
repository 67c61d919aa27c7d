//! The chat of one page: the state that components show, and the actor that keeps it true.
//!
//! Components read signals and send [`Input`]s; one task, the [`Driver`], owns the connection and
//! applies everything that happens in one order. It starts in the browser only. On the server the
//! same signals hold what the page was rendered from.

mod driver;

use std::collections::HashMap;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use leptos::prelude::*;
use leptos::task::spawn_local;

use self::driver::Driver;
use super::connection::{Event, Status};
use super::outbox::Outbox;
use super::timeline::Timeline;
use crate::protocol::{
    ApiError, ClientId, HistoryPage, MessageText, Seq, Thread, ThreadId, User, UserId,
};

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
