//! The chat of one page, without a browser: what happened goes in, what is to be done comes out.
//!
//! It owns the connection and the stores, routes each event to those it concerns, and turns what they
//! need into [`Effect`]s. There is no clock, no randomness, no socket and no document in here, so the
//! same code that runs in the browser runs in the simulation, against a server and a network that
//! cannot be relied on.

mod events;
mod own;
mod people;
mod places;
mod position;
mod reading;
mod slowly;
mod statuses;

pub use self::slowly::Turn;

pub use self::position::ScrollPosition;
use super::backoff::Backoff;
use super::connection::{Action, Connection, Event, Status};
use super::notice::Notice;
use super::stores::choices::Choices;
use super::stores::directory::Directory;
use super::stores::navigation::Navigation;
use super::stores::outbox::{Entry, EntryState, Outbox};
use super::stores::people::People;
use super::stores::presence::{Peers, Presences};
use super::stores::reading::Reading;
use super::stores::timeline::Need;
use super::stores::timelines::{Open, Timelines};
use super::stores::typing::Typing;
use crate::api::Mine;
use crate::app::ChatData;
use crate::protocol::frame::{Raw, raw};
use crate::protocol::{
    ApiError, ChannelName, ClientId, Content, FileInfo, Folders, HistoryPage, HistoryRequest, May,
    Message, MessageText, NotifyLevel, Place, PostRequest, Preferences, Quiet, Quote, Role, Seq,
    Shared, Thread, ThreadId, Timestamp, User,
};

/// Something happened.
#[derive(Debug)]
pub enum Input {
    /// The page is there, with what earlier ones left to be sent.
    Start(Vec<Entry>),
    Connection(Event),
    /// The person wants to be somewhere else.
    Go(Place),
    /// The browser's history has gone somewhere else, where one was scrolled to there.
    Moved(Place, Option<ScrollPosition>),
    /// The content of a place that was asked for, with the number of the move.
    Arrived(u32, Result<Mine<Result<Content, ApiError>>, ApiError>),
    Fetched(HistoryRequest, Result<Mine<HistoryPage>, ApiError>),
    Fetch(HistoryRequest),
    /// The stream of a thread that is open is asked for again.
    Follow(ThreadId),
    /// What all places share, with the number of the question.
    Listed(u32, Box<Result<Shared, ApiError>>),
    /// The person is about to sign out here, of their own will; or is not, after all.
    SigningOut(bool),
    /// I have made a thread, or opened a direct one; and what I am in it.
    Created(Thread, Role),
    Scroll(ThreadId, Scroll),
    /// The person wrote something.
    Write(ThreadId, Written),
    Retry(ClientId),
    Discard(ClientId),
    /// From the message of an event on, everything is to be unread.
    MarkUnread(ThreadId, Seq),
    /// All threads are to be read; and that is taken back.
    ReadAll,
    UndoReadAll,
    /// What of a thread one wants to be told of.
    Choose(ThreadId, NotifyLevel),
    /// A part of the page calls a method, whose outcome comes as an event.
    Call(&'static str, Raw),
    /// The same for what is right at this moment only: without a connection it does not come about.
    CallNow(&'static str, Raw),
    /// The person changes what they are writing.
    Typing(ThreadId),
    /// They have done something, on this device.
    Active,
    /// A message has had a moment to be seen.
    Remind(Box<Message>),
    /// What lasts for a while only may be over.
    Tick,
    /// What was refused for the moment may be tried again.
    Rested,
    /// The person wants everything to look like this.
    Prefer(Preferences),
    /// A status may have ended.
    Look,
    /// It may be my turn in a thread in slow mode.
    Turn,
    /// What other tabs have left to be sent; and what they are done with.
    Left(Vec<Entry>),
    Gone(ClientId),
}

/// What somebody has written, to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub text: MessageText,
    pub files: Vec<FileInfo>,
    /// The message that it answers.
    pub reply_to: Option<Quote>,
}

/// What the person sees of a timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scroll {
    NearTop,
    NearBottom,
    /// Whether they are at the end of what is drawn.
    At {
        end: bool,
    },
    /// They want to be at the newest message.
    ToEnd,
    /// The newest message was on a visible screen.
    HasRead,
}

/// What is to be brought into sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    /// The message of that event, marked.
    Message(Seq),
    /// What was in sight when one was here before.
    Position(ScrollPosition),
    /// The line above what is new.
    Line,
    /// The end of the timeline.
    End,
}

/// Something is to be done.
#[derive(Debug)]
pub enum Effect {
    Socket(Action),
    /// Asks for what a place shows; the number comes back with it.
    Load(u32, Place),
    Fetch(HistoryRequest),
    /// Asks for what all places share; the number comes back with it.
    List(u32),
    Keep(Entry),
    Forget(ClientId),
    Later(u32, Input),
    /// The address of the page changes.
    Address(Place),
    /// The same, and what it was before is not gone back to.
    Replace(Place),
    /// The page is left for another, with a full load.
    Leave(Place),
    /// The page is loaded anew: it belongs to somebody else by now, or I see other things.
    Reload,
    /// Brought into sight in the thread that is open.
    Reveal(Reveal),
    /// The person is told of a message.
    Notify(Box<Notice>),
    /// Everything looks like this from now on.
    Prefer(Preferences),
    /// A message is on the screen here: no other tab need tell of it.
    OnScreen(ThreadId, Seq),
    /// What went wrong is said for a moment.
    Say(ApiError),
}

/// What the world outside has to say with each input.
#[derive(Clone, Debug)]
pub struct Moment {
    pub now: Timestamp,
    /// Between 0 and 1.
    pub random: f64,
    /// Unused so far.
    pub fresh_id: ClientId,
    /// Somebody may be looking at the page.
    pub is_visible: bool,
}

/// All that a page knows of the chat. It changes by [`Chat::take`] only.
// Each is one thing that is so or not.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug)]
pub struct Chat {
    me: User,
    /// By the server's clock, as is when the page was made.
    signed_in_at: Timestamp,
    made_at: Timestamp,
    /// How far this device's clock is ahead of the server's, about.
    ahead: i64,
    /// When it is looked for statuses that have ended.
    next_look: Option<Timestamp>,
    /// When it is looked whose turn it is, where a thread is in slow mode.
    next_turn: Option<Timestamp>,
    /// I govern the server, as it was when the page was loaded.
    governs: bool,
    /// So many reports wait for me, if I do.
    reports: i64,
    /// And what else I may do here.
    may: May,
    connection: Connection,
    directory: Directory,
    people: People,
    timelines: Timelines,
    outbox: Outbox,
    reading: Reading,
    choices: Choices,
    undo_until: i64,
    /// How often what all places share was asked for, and the last question whose answer is known.
    lists_asked: u32,
    list_taken: u32,
    /// The history that numbers belong to, once a stream has told it.
    epoch: String,
    /// A look at what lasts for a while only is to come.
    is_ticking: bool,
    typing: Typing,
    presences: Presences,
    peers: Peers,
    /// When the person has last done something here.
    active_at: Timestamp,
    navigation: Navigation,
    server_name: String,
    /// So many people wait to be contacts.
    requests: i64,
    preferences: Preferences,
    /// When I am left in peace.
    quiet: Quiet,
    folders: Folders,
    /// So many reminders are due.
    due: i64,
    /// Something has happened that is for me, and that I have not seen.
    has_news: bool,
    /// What is shown, as JSON, where only a part of the page reads it.
    packed: String,
    /// The panel beside a thread whose content is asked for again, and whether it is old by now.
    panel: Option<(Place, bool)>,
    /// Where the place one has gone back to was scrolled to.
    scrolled_to: Option<ScrollPosition>,
    /// Pages under way, so that none is asked for twice.
    fetching: Vec<HistoryRequest>,
    backoff: Backoff,
    /// Grows with every change of what a timeline shows.
    drawn: u64,
    /// Whoever signs out is not led back to where they were; whoever is signed out is.
    is_signing_out: bool,
    /// It is all over: somebody else has signed in, or nobody.
    is_over: bool,
    effects: Vec<Effect>,
    moment: Moment,
}

impl Chat {
    /// The state of a page, from what it was loaded with.
    pub fn new(data: &ChatData, moment: Moment) -> Self {
        let shared = &data.shared;
        let failure = data.content.as_ref().err().cloned();
        let mut chat = Self {
            me: shared.me.clone(),
            signed_in_at: data.signed_in_at,
            made_at: shared.clock.now,
            ahead: 0,
            next_look: None,
            next_turn: None,
            governs: shared.is_administrator,
            reports: shared.reports,
            may: shared.may,
            connection: Connection::default(),
            directory: Directory::new(shared.threads.clone()),
            people: People::default(),
            timelines: Timelines::default(),
            outbox: Outbox::default(),
            reading: Reading::default(),
            choices: Choices::default(),
            undo_until: 0,
            lists_asked: 0,
            list_taken: 0,
            epoch: String::new(),
            is_ticking: false,
            typing: Typing::default(),
            presences: Presences::default(),
            peers: Peers::default(),
            active_at: moment.now,
            navigation: Navigation::new(data.place.clone(), failure),
            server_name: shared.server_name.clone(),
            requests: shared.requests,
            preferences: shared.preferences,
            quiet: shared.quiet,
            folders: shared.folders.clone(),
            due: shared.due,
            has_news: shared.has_news,
            packed: String::new(),
            panel: None,
            scrolled_to: None,
            fetching: Vec::new(),
            backoff: Backoff::default(),
            drawn: 0,
            is_signing_out: false,
            is_over: false,
            effects: Vec::new(),
            moment,
        };
        chat.people.block(shared.blocked.clone());
        chat.peers.told(&shared.peers);
        if let Some(id) = data.place.open_thread() {
            chat.come_to(id);
        }
        if let Ok(content) = &data.content {
            let _ = chat.take_over(&data.place, content.clone());
        }
        chat
    }

    pub fn me(&self) -> &User {
        &self.me
    }

    pub fn status(&self) -> Status {
        self.connection.status()
    }

    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    pub fn people(&self) -> &People {
        &self.people
    }

    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    pub fn server_name(&self) -> &str {
        &self.server_name
    }

    /// Of how much one was reminded that one is not done with.
    pub fn due(&self) -> i64 {
        self.due
    }

    /// Whether something has happened that is for me, and that I have not seen.
    pub fn has_news(&self) -> bool {
        self.has_news
    }

    pub fn reports(&self) -> i64 {
        self.reports
    }

    pub fn requests(&self) -> i64 {
        self.requests
    }

    pub fn packed(&self) -> &str {
        &self.packed
    }

    pub fn folders(&self) -> &Folders {
        &self.folders
    }

    pub fn navigation(&self) -> &Navigation {
        &self.navigation
    }

    /// The timeline of a thread and what is seen of it.
    pub fn open(&self, thread: ThreadId) -> Option<&Open> {
        self.timelines.get(thread)
    }

    /// Tells one state of what timelines show from the next.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }

    /// Deals with one thing that happened.
    pub fn take(&mut self, input: Input, moment: Moment) -> Vec<Effect> {
        self.moment = moment;
        if !self.is_over {
            self.deal_with(input);
            self.wait_for_turn();
        }
        std::mem::take(&mut self.effects)
    }

    fn deal_with(&mut self, input: Input) {
        match input {
            Input::Start(left) => {
                self.signed_in_at = self.by_this_clock(self.signed_in_at);
                self.active_at = self.moment.now;
                self.reading.has_shown();
                self.ahead = self.moment.now.0 - self.made_at.0;
                self.end_statuses();
                self.load(left);
                self.look_at_peers();
                self.connection(Event::Start);
            }
            Input::Connection(event) => self.connection(event),
            Input::Go(place) => self.go(place),
            Input::Moved(place, position) => {
                self.scrolled_to = position;
                self.show(place);
            }
            Input::Arrived(number, answer) => self.arrived(number, answer),
            Input::Fetched(request, answer) => self.fetched(request, answer),
            Input::Fetch(request) => self.fetch(request),
            Input::Follow(thread) => self.follow(thread),
            Input::Listed(number, answer) => self.listed(number, *answer),
            Input::Created(thread, role) => {
                if self.directory.my(thread.id).is_none() || role == Role::Owner {
                    self.directory.joined(&thread, role);
                }
                self.go_on(Place::thread(thread.id));
            }
            Input::SigningOut(is_so) => self.is_signing_out = is_so,
            Input::Scroll(thread, scroll) => self.scrolled(thread, scroll),
            Input::Write(thread, written) => self.write(thread, written),
            Input::Retry(client_id) => {
                self.outbox.retry(&client_id);
                self.drawn += 1;
                self.keep(&client_id);
                self.flush();
            }
            Input::Discard(client_id) => {
                self.outbox.discard(&client_id);
                self.drawn += 1;
                self.effect(Effect::Forget(client_id));
            }
            Input::MarkUnread(thread, seq) => self.mark_unread(thread, seq),
            Input::ReadAll => self.read_all(),
            Input::UndoReadAll => self.undo_read_all(),
            Input::Choose(thread, level) => self.choose(thread, level),
            Input::Call(method, data) => {
                self.choices.add(method, data);
                self.flush_choices();
            }
            Input::CallNow(method, data) => {
                self.call(method, Ok(data));
            }
            Input::Typing(thread) => self.write_on(thread),
            Input::Active => self.was_active(),
            Input::Remind(message) => self.remind(*message),
            Input::Tick => self.tick(),
            Input::Rested => {
                self.outbox.rested();
                self.reading.rested();
                self.choices.rested();
                self.flush();
            }
            Input::Prefer(preferences) => self.prefer(preferences),
            Input::Look => self.end_statuses(),
            Input::Turn => {
                // By the clock it may be a little early: the next one is waited for anew.
                self.next_turn = None;
                self.flush();
            }
            Input::Left(entries) => self.load(entries),
            Input::Gone(client_id) => {
                self.outbox.gone(&client_id);
                self.drawn += 1;
            }
        }
    }

    fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    fn connection(&mut self, event: Event) {
        let (actions, notices) = self.connection.on(event, self.moment.random);
        self.effects.extend(actions.into_iter().map(Effect::Socket));
        for notice in notices {
            self.notice(notice);
        }
    }

    /// What a timeline needs is asked for.
    fn meet(&mut self, thread: ThreadId, need: Need) {
        let newest = HistoryRequest::newest(thread);
        let request = match need {
            Need::Nothing => return self.check(thread),
            Need::Newest => newest,
            Need::Before(seq) => HistoryRequest::before(thread, seq),
            Need::After(seq) => HistoryRequest::after(thread, seq),
            Need::Around(seq) => HistoryRequest::around(thread, seq),
        };
        self.fetch(request);
        self.check(thread);
    }

    /// What may have changed unheard is asked for.
    fn check(&mut self, thread: ThreadId) {
        let open = self.timelines.get(thread);
        if let Some(request) = open.and_then(|open| open.timeline.to_check(thread)) {
            self.fetch(request);
        }
    }

    fn fetch(&mut self, request: HistoryRequest) {
        let is_wanted = self.timelines.get(request.id).is_some();
        if is_wanted && !self.fetching.contains(&request) {
            self.fetching.push(request);
            self.effect(Effect::Fetch(request));
        }
    }

    fn fetched(&mut self, request: HistoryRequest, answer: Result<Mine<HistoryPage>, ApiError>) {
        self.fetching.retain(|under_way| *under_way != request);
        match answer {
            Ok(page) if page.me != self.me.id => self.belongs_to_another(),
            Ok(page) => {
                self.backoff.reset();
                self.directory.seen(&page.answer.thread);
                let need = match request.changed_after {
                    Some(_) => {
                        self.timelines.on_changes(&request, page.answer);
                        Need::Nothing
                    }
                    None => self.timelines.on_page(page.answer),
                };
                self.drawn += 1;
                self.meet(request.id, need);
            }
            Err(ApiError::Unauthenticated) => self.signed_out(),
            Err(error) if error.is_temporary() => {
                let wait = self.backoff.next(self.moment.random);
                self.effect(Effect::Later(wait, Input::Fetch(request)));
            }
            Err(error) => self.forget_thread(request.id, &error),
        }
    }

    fn listed(&mut self, number: u32, answer: Result<Shared, ApiError>) {
        let is_overtaken = number < self.list_taken;
        match answer {
            // What it says was so before what is known already.
            Ok(_) if is_overtaken => {
                self.directory.not_listed();
                self.catch_up();
            }
            Ok(shared) if shared.me.id != self.me.id => self.belongs_to_another(),
            // Nothing is left of what I might see then, and nothing is missing of what I may now.
            Ok(shared) if shared.may != self.may => self.begin_anew(),
            Ok(shared) => {
                self.list_taken = number;
                if shared.me != self.me {
                    self.me = shared.me.clone();
                    self.people.renamed(shared.me);
                    self.drawn += 1;
                }
                self.server_name = shared.server_name;
                self.due = shared.due;
                self.has_news = shared.has_news;
                self.look_at_news();
                self.reports = shared.reports;
                self.requests = shared.requests;
                self.blocked(shared.blocked);
                self.prefer(shared.preferences);
                self.quiet = shared.quiet;
                self.folders = shared.folders;
                self.peers.told(&shared.peers);
                let reading = &self.reading;
                let is_ahead = |thread| reading.is_ahead(thread);
                for (thread, seq) in self.directory.listed(shared.threads, is_ahead) {
                    self.went_back(thread, seq);
                }
                self.look_at_peers();
                self.end_statuses();
                self.catch_up();
            }
            Err(ApiError::Unauthenticated) => self.signed_out(),
            // It is asked for again with the next connection.
            Err(_) => self.directory.not_listed(),
        }
    }

    /// Another history than the one that all numbers are from, such as a copy that was put back: what they
    /// say of threads is said anew.
    fn is_of(&mut self, epoch: &str) {
        if self.epoch != epoch {
            let before = std::mem::replace(&mut self.epoch, epoch.to_owned());
            if !before.is_empty() {
                self.directory.begin_anew();
                self.reading.begin_anew();
                self.ask_for_list();
            }
        }
    }

    /// What was missed before a stream began comes with the list.
    fn catch_up(&mut self) {
        if self.directory.has_missed_something() {
            self.ask_for_list();
        }
    }

    fn ask_for_list(&mut self) {
        self.directory.asked();
        self.lists_asked += 1;
        self.effect(Effect::List(self.lists_asked));
    }

    fn scrolled(&mut self, thread: ThreadId, scroll: Scroll) {
        let Some(Open { timeline, view }) = self.timelines.get_mut(thread) else {
            return;
        };
        let before = view.clone();
        let need = match scroll {
            Scroll::NearTop => view.older(timeline),
            Scroll::NearBottom => view.newer(timeline),
            Scroll::ToEnd => view.go_to_end(timeline),
            Scroll::At { end } => {
                view.scrolled(timeline, end);
                Need::Nothing
            }
            Scroll::HasRead => {
                if let Some((_, seq)) = timeline.position().filter(|_| view.shows_end(timeline)) {
                    self.has_read(thread, seq);
                }
                return;
            }
        };
        self.drawn += u64::from(before != *view);
        if scroll == Scroll::ToEnd {
            self.effect(Effect::Reveal(Reveal::End));
        }
        self.meet(thread, need);
    }

    /// A time of the server by the clock of this device, which need not be right: the page has just
    /// been made. What it took to get here makes it a little early rather than late.
    fn by_this_clock(&self, at: Timestamp) -> Timestamp {
        const ON_THE_WAY: i64 = 10_000;
        Timestamp(at.0 + self.moment.now.0 - self.made_at.0 - ON_THE_WAY)
    }

    fn load(&mut self, entries: Vec<Entry>) {
        if self.outbox.load(entries, self.signed_in_at) {
            self.drawn += 1;
            self.flush();
        }
    }

    fn write(&mut self, thread: ThreadId, written: Written) {
        let Written {
            text,
            files,
            reply_to,
        } = written;
        let entry = Entry {
            client_id: self.moment.fresh_id.clone(),
            thread,
            text,
            files,
            reply_to,
            written_at: self.moment.now,
            ordinal: 0,
            state: EntryState::Queued,
        };
        self.typing.sent();
        self.reading.has_written(thread);
        let entry = self.outbox.add(entry).clone();
        self.effect(Effect::Keep(entry));
        if let Some(Open { timeline, view }) = self.timelines.get_mut(thread) {
            let need = view.go_to_end(timeline);
            self.meet(thread, need);
        }
        self.drawn += 1;
        self.effect(Effect::Reveal(Reveal::End));
        self.flush();
    }

    fn keep(&mut self, client_id: &ClientId) {
        if let Some(entry) = self.outbox.get(client_id).cloned() {
            self.effect(Effect::Keep(entry));
        }
    }

    /// Sends what may be sent.
    fn flush(&mut self) {
        self.flush_choices();
        for entry in self.outbox.sendable() {
            if self.turn(entry.thread).is_some_and(|turn| turn.wait > 0) {
                continue;
            }
            let request = PostRequest {
                id: Some(entry.thread),
                message: entry.text.into(),
                client_id: Some(entry.client_id.to_string()),
                reply_to: entry.reply_to.as_ref().map(|quote| quote.seq),
                files: entry.files.iter().map(|file| file.id).collect(),
            };
            let Ok(data) = raw(&request) else { continue };
            let Some((call, action)) = self.connection.call("thread:publish", data) else {
                return;
            };
            self.outbox.sent(&entry.client_id, call);
            self.effect(Effect::Socket(action));
        }
        self.flush_reading();
    }

    /// A thread is not for me any more, or not there.
    fn forget_thread(&mut self, thread: ThreadId, error: &ApiError) {
        self.directory.left(thread);
        self.timelines.forget(thread);
        self.drawn += 1;
        if self.is_there_to_stay(thread) {
            let place = self.navigation.place().clone();
            self.navigation.fail(place, error.clone());
        }
    }

    /// Whether a thread is what the person sees, and they are not on their way to another place.
    fn is_there_to_stay(&self, thread: ThreadId) -> bool {
        let (shown, place) = (self.navigation.shown(), self.navigation.place());
        shown.open_thread() == Some(thread) && place.open_thread() == Some(thread)
    }

    /// The page is loaded as whoever I am here by now sees it.
    fn begin_anew(&mut self) {
        self.belongs_to_another();
    }

    fn belongs_to_another(&mut self) {
        self.is_over = true;
        self.effect(Effect::Reload);
    }

    fn signed_out(&mut self) {
        self.is_over = true;
        let sign_in = match self.is_signing_out {
            true => Place::Home.behind_sign_in(),
            false => self.navigation.place().clone().after_the_end(),
        };
        self.effect(Effect::Leave(sign_in));
    }
}

fn channel_of(thread: ThreadId) -> String {
    ChannelName::Thread(thread).to_string()
}
