//! The driver: the one task that gives the chat what happens, in order, and carries out what it wants.
//!
//! It decides nothing. What the chat says is to be done is done here with the socket, the storage and
//! the server functions; what comes of it is an input again.

use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures::future::join;
use leptos::leptos_dom::helpers::{TimeoutHandle, set_timeout, set_timeout_with_handle};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::browser::socket::{ABNORMAL, Socket};
use super::browser::storage::Kept;
use super::browser::{self, links, notices};
use super::chat::{Chat, Effect, Input};
use super::connection::{Action, Event};
use super::notice::Notice;
use super::session::Session;
use super::ways::{Way, Ways};
use crate::api;
use crate::parts::part;
use crate::places;
use crate::protocol::HistoryRequest;

/// Begins. The task lives as long as the page.
pub(super) fn start(
    session: Session,
    chat: Chat,
    inputs: UnboundedSender<Input>,
    mut mailbox: UnboundedReceiver<Input>,
) {
    let mut driver = Driver {
        kept: Kept::of(&session.origin(), session.my_id()),
        session,
        chat,
        inputs,
        socket: None,
        socket_number: 0,
        ways: Ways::default(),
        timer: None,
    };
    driver.listen();
    spawn_local(async move {
        let left = driver.kept.outbox();
        driver.take(Input::Start(left));
        while let Some(input) = mailbox.next().await {
            driver.take(input);
        }
    });
}

struct Driver {
    session: Session,
    chat: Chat,
    inputs: UnboundedSender<Input>,
    socket: Option<Socket>,
    socket_number: u32,
    ways: Ways,
    timer: Option<TimeoutHandle>,
    kept: Kept,
}

impl Driver {
    /// What the browser says by itself.
    fn listen(&self) {
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
        listen("focus", || browser::is_visible().then_some(Event::CameBack));
        listen("pageshow", || Some(Event::CameBack));
        let inputs = self.inputs.clone();
        // What another tab writes it sends itself. (If it is closed before, the next connection of
        // any tab finds what it has left.)
        self.kept
            .watch(move |client_id| tell(&inputs, Input::Gone(client_id)));
        // A page from the browser's own store may show what is not for this reader any more.
        browser::on_restored(browser::reload);
        let inputs = self.inputs.clone();
        browser::on_activity(move || tell(&inputs, Input::Active));
        let has_unsent = self.session.has_unsent;
        browser::ask_before_closing(move || has_unsent.try_get_value().unwrap_or(false));
        self.session.show_local_times();
        browser::remember_clock();
        tick_at_midnight(self.session, self.inputs.clone());
    }

    /// Deals with one thing that happened.
    fn take(&mut self, input: Input) {
        if let Input::Connection(Event::Numbered(number, event)) = &input {
            if *number != self.socket_number {
                // A late word from an earlier socket.
                return;
            }
            if matches!(**event, Event::Frame(_)) {
                self.ways.heard();
            }
        }
        let effects = self.chat.take(input, browser::moment());
        let mut reveal = None;
        for effect in effects {
            match effect {
                Effect::Reveal(wanted) => reveal = Some(wanted),
                effect => self.carry_out(effect),
            }
        }
        self.session.show(&self.chat, reveal);
        self.session
            .has_unsent
            .set_value(self.chat.outbox().has_unsent());
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Socket(action) => self.act(action),
            Effect::Load(number, place) => {
                let inputs = self.inputs.clone();
                spawn_local(async move {
                    // What cannot be had says so when it is drawn.
                    let (answer, _) =
                        join(api::content_of(place.to_string()), places::load(&place)).await;
                    tell(&inputs, Input::Arrived(number, answer));
                });
            }
            Effect::Fetch(request) => self.fetch(request),
            Effect::List(number) => {
                let inputs = self.inputs.clone();
                spawn_local(async move {
                    let answer = api::shared_state().await;
                    tell(&inputs, Input::Listed(number, Box::new(answer)));
                });
                // Another tab may have left something, and be gone.
                tell(&self.inputs, Input::Left(self.kept.outbox()));
            }
            Effect::Keep(entry) => {
                let is_kept = self.kept.keep(&entry);
                if self.session.is_kept.get_untracked() != is_kept {
                    self.session.is_kept.set(is_kept);
                }
            }
            Effect::Forget(client_id) => self.kept.forget(&client_id),
            Effect::Later(milliseconds, input) => {
                let inputs = self.inputs.clone();
                let after = Duration::from_millis(u64::from(milliseconds));
                set_timeout(move || tell(&inputs, input), after);
            }
            Effect::Address(place) => {
                self.session.has_moved.set_value(true);
                links::push(&place);
            }
            Effect::Replace(place) => links::replace(&place),
            Effect::Leave(place) => browser::go_to(&place.to_string()),
            Effect::Reload => browser::reload(),
            Effect::Notify(notice) => {
                // What it takes is fetched only where notices are wanted.
                if notices::are_granted() {
                    let inputs = self.inputs.clone();
                    spawn_local(async move {
                        if let Ok(show) = NOTICE_OF_A_MESSAGE.load().await {
                            show((*notice, inputs));
                        }
                    });
                }
            }
            Effect::Prefer(preferences) => {
                self.session.hours.set_value(preferences.hours);
                self.session.show_local_times();
                browser::dress(preferences);
            }
            Effect::OnScreen(thread, seq) => notices::note_on_screen(thread, seq),
            Effect::Say(error) => self.session.say(error.sentence(), None),
            Effect::Reveal(_) => {}
        }
    }

    fn fetch(&self, request: HistoryRequest) {
        let inputs = self.inputs.clone();
        spawn_local(async move {
            let answer = api::history(request).await;
            tell(&inputs, Input::Fetched(request, answer));
        });
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open => {
                self.socket_number += 1;
                let (number, inputs) = (self.socket_number, self.inputs.clone());
                let on_event = move |event| {
                    let event = Event::Numbered(number, Box::new(event));
                    tell(&inputs, Input::Connection(event));
                };
                self.socket = Some(match self.ways.next() {
                    Way::Socket => Socket::open(browser::socket_url(), on_event),
                    Way::Stream => Socket::of(|queue| stream(queue, Box::new(on_event))),
                });
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
}

/// What a stream is given: what is sent, and who hears what comes.
type StandIn = (UnboundedReceiver<String>, Box<dyn Fn(Event)>);

part!(
    /// What stands in for a socket where the network swallows those. (It draws nothing either.)
    STREAM in stream: |of: StandIn| -> () {
        spawn_local(browser::stream::run(of.0, of.1));
    }
);

/// Begins a stream, as soon as that can be done.
fn stream(queue: UnboundedReceiver<String>, on_event: Box<dyn Fn(Event)>) {
    spawn_local(async move {
        match STREAM.load().await {
            Ok(begin) => begin((queue, on_event)),
            Err(_) => on_event(Event::Closed(ABNORMAL)),
        }
    });
}

part!(
    /// Shows a notice of the system. (It draws nothing: what it needs is seldom needed.)
    NOTICE_OF_A_MESSAGE in messages: |notice: (Notice, UnboundedSender<Input>)| {
        let (notice, inputs) = notice;
        let place = notice.place();
        notices::show(notice, move || tell(&inputs, Input::Go(place.clone())));
    }
);

fn tell(inputs: &UnboundedSender<Input>, input: Input) {
    let _ = inputs.unbounded_send(input);
}

/// "Today" becomes "Yesterday" while one watches.
fn tick_at_midnight(session: Session, inputs: UnboundedSender<Input>) {
    let zone = browser::local_zone(None);
    let wait = zone.until_midnight(browser::now()).saturating_add(1000);
    let after = Duration::from_millis(u64::from(wait));
    set_timeout(
        move || {
            session.show_local_times();
            tell(&inputs, Input::Rested);
            tick_at_midnight(session, inputs);
        },
        after,
    );
}
