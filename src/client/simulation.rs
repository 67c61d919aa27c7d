//! The chat of a page against a model server and a network that cannot be relied on.
//!
//! What runs is the real thing: [`Chat`] with its connection and stores; only the driver is played
//! here, which decides nothing. The network cuts the connection with frames under way in both
//! directions, delays, and beyond what a socket can do loses, doubles and swaps publications; pages
//! of history come in any order; the server now and then asks for patience; the person scrolls up and
//! down, goes home, and comes back to the thread or to one message of it; here and on another device
//! they mark messages as unread, and all as read. Whatever happens, what is shown is one stretch of the
//! server's stream, and in the end it is all there, with every message written once, and both know that
//! it was read.

use std::collections::VecDeque;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::chat::{Chat, Effect, Input, Moment, Reveal, Scroll, ScrollPosition, Written};
use super::connection::{Action, Event};
use super::stores::outbox::{Entry, EntryState};
use super::stores::timeline::tests::{message as template, page as page_template};
use super::stores::view;
use crate::api::Mine;
use crate::app::ChatData;
use crate::protocol::{
    ClientId, Content, Folders, HistoryPage, HistoryRequest, Message, MessageText, MyThread,
    NotifyLevel, Panel, Place, Posted, Preferences, PresenceNews, Quiet, ReadPosition, ReadRequest,
    ReadersClock, Role, Section, Seq, Shared, Thread, ThreadEvent, ThreadId, Timestamp, User,
    UserEvent, UserId,
};

const CHANNEL: &str = "thread:1";
const THREAD: ThreadId = ThreadId(1);
/// Publications that the server recovers; beyond that it tells the top.
const RECOVERS: usize = 3;
const PAGE: usize = 4;

#[derive(Clone, Debug)]
enum Step {
    /// I write a message.
    Write,
    /// Somebody else's message is posted.
    Post,
    /// The server takes the next frame; the client does.
    Up,
    Down,
    /// A publication under way is lost, doubled, or overtakes the one before it.
    Lose(usize),
    Double(usize),
    Swap(usize),
    Cut,
    Timer,
    /// A page that was asked for comes.
    Fetched(usize),
    Scroll(Scroll),
    /// The person leaves the thread; they open it, at the end or at a message; what it shows comes.
    Home,
    Open(Option<i64>),
    /// They go back to it, where they had scrolled to.
    Back(i64),
    Arrived,
    /// The server refuses the next post for now.
    Busy,
    Rested,
    /// They mark a message as unread, or all as read, or take that back; they type.
    MarkUnread(i64),
    ReadAll,
    UndoReadAll,
    Type,
    Tick,
    /// On another device they read all, or mark what follows an event as unread.
    Elsewhere(Option<i64>),
}

fn step() -> impl Strategy<Value = Step> {
    let at = || 0..4usize;
    prop_oneof![
        3 => Just(Step::Write),
        4 => Just(Step::Post),
        8 => Just(Step::Up),
        8 => Just(Step::Down),
        1 => at().prop_map(Step::Lose),
        1 => at().prop_map(Step::Double),
        1 => at().prop_map(Step::Swap),
        1 => Just(Step::Cut),
        3 => Just(Step::Timer),
        3 => at().prop_map(Step::Fetched),
        2 => prop_oneof![
            Just(Scroll::NearTop),
            Just(Scroll::NearBottom),
            Just(Scroll::At { end: false }),
            Just(Scroll::At { end: true }),
            Just(Scroll::ToEnd),
            Just(Scroll::HasRead),
        ].prop_map(Step::Scroll),
        1 => Just(Step::Home),
        2 => prop_oneof![2 => Just(None), 1 => (1..40i64).prop_map(Some)].prop_map(Step::Open),
        2 => (1..40i64).prop_map(Step::Back),
        3 => Just(Step::Arrived),
        1 => Just(Step::Busy),
        1 => Just(Step::Rested),
        1 => (1..40i64).prop_map(Step::MarkUnread),
        1 => proptest::option::of(1..40i64).prop_map(Step::Elsewhere),
        1 => prop_oneof![
            Just(Step::ReadAll),
            Just(Step::UndoReadAll),
            Just(Step::Type),
            Just(Step::Tick),
        ],
    ]
}

/// The server: one thread, one client.
#[derive(Default)]
struct Server {
    stream: Vec<Message>,
    /// The client is connected and subscribed.
    is_subscribed: bool,
    is_busy: bool,
    /// How far I have read.
    read: Seq,
}

impl Server {
    fn thread(&self) -> Thread {
        Thread {
            last_seq: self.top(),
            message_count: self.top().0,
            ..page_template(0, 0).thread
        }
    }

    fn top(&self) -> Seq {
        Seq(i64::try_from(self.stream.len()).unwrap())
    }

    fn post(&mut self, client_id: &str, down: &mut VecDeque<String>) -> Message {
        if let Some(known) = self
            .stream
            .iter()
            .find(|m| m.client_id.as_str() == client_id)
        {
            return known.clone();
        }
        let mut message = Message {
            client_id: ClientId::parse(client_id).unwrap(),
            ..template(self.top().0 + 1)
        };
        if client_id.starts_with("other") {
            message.user.id = UserId(99);
        }
        self.stream.push(message.clone());
        if self.is_subscribed {
            let publication = publication(&message);
            down.push_back(
                json!({ "push": { "channel": CHANNEL, "pub": publication } }).to_string(),
            );
        }
        message
    }

    fn take(&mut self, frame: &str, down: &mut VecDeque<String>) {
        for line in frame.lines() {
            let command: Value = serde_json::from_str(line).unwrap();
            let id = &command["id"];
            let reply = if let Some(connect) = command.get("connect") {
                let subs = json!({ CHANNEL: self.subscribe(&connect["subs"][CHANNEL]) });
                json!({ "id": id, "connect": { "client": "c", "version": "v", "subs": subs,
                    "data": { "user": { "id": 1 } }, "ping": 25, "pong": true } })
            } else if let Some(rpc) = command.get("rpc") {
                match rpc["method"].as_str() {
                    Some("thread:publish") => self.publish(id, &rpc["data"], down),
                    Some("threads:read") => {
                        for mark in rpc["data"]["threads"].as_array().unwrap() {
                            self.mark(mark, down);
                        }
                        json!({ "id": id, "rpc": {} })
                    }
                    _ => json!({ "id": id, "rpc": {} }),
                }
            } else {
                continue;
            };
            down.push_back(reply.to_string());
        }
    }

    /// Marks how far I have read, never back unless that is said, and tells my devices.
    fn mark(&mut self, mark: &Value, down: &mut VecDeque<String>) {
        let to = Seq(mark["seq"].as_i64().unwrap()).min(self.top());
        let unread = mark["unread"] == true;
        let from = mark["from"].as_i64().map(Seq);
        let is_so = from.is_none_or(|from| from == self.read);
        if is_so && to != self.read && (to > self.read || unread) {
            self.read = to;
            let event = UserEvent::Read {
                thread_id: THREAD,
                seq: to,
                number: to.0,
                unread,
            };
            let push = json!({ "channel": "user:1", "pub": { "data": event } });
            down.push_back(json!({ "push": push }).to_string());
        }
    }

    /// My list, as it is now.
    fn mine(&self) -> Vec<MyThread> {
        vec![MyThread {
            thread: self.thread(),
            role: Role::Member,
            read: ReadPosition {
                seq: self.read,
                number: self.read.0,
            },
            notify: NotifyLevel::Everything,
            for_me: 0,
            favourite: None,
            muted_until: None,
            folder: None,
        }]
    }

    fn publish(&mut self, id: &Value, data: &Value, down: &mut VecDeque<String>) -> Value {
        if std::mem::take(&mut self.is_busy) {
            let error = json!({ "code": 111, "message": "too many requests", "temporary": true });
            return json!({ "id": id, "error": error });
        }
        let message = self.post(data["client_id"].as_str().unwrap(), down);
        let posted = Posted {
            message,
            thread: self.thread(),
        };
        json!({ "id": id, "rpc": { "data": posted } })
    }

    fn subscribe(&mut self, position: &Value) -> Value {
        self.is_subscribed = true;
        let offset = position["offset"].as_u64().unwrap_or(0);
        let from = usize::try_from(offset).unwrap();
        let base = json!({ "recoverable": true, "positioned": true, "epoch": "e" });
        let missed = self.stream.get(from..).unwrap_or_default();
        let recovers = position["recover"] == true && missed.len() <= RECOVERS;
        let mut result = base;
        if recovers {
            result["recovered"] = json!(true);
            result["offset"] = json!(offset);
            result["publications"] = missed.iter().map(publication).collect();
        } else {
            result["offset"] = json!(self.stream.len());
        }
        result
    }

    /// What a place shows, as it is now.
    fn content(&self, place: &Place) -> Content {
        let Place::Thread { message, .. } = place else {
            return Content::Home;
        };
        let request = match message {
            Some(seq) => HistoryRequest::around(THREAD, *seq),
            None => HistoryRequest::newest(THREAD),
        };
        Content::Thread {
            page: Box::new(self.page(request)),
            people: None,
            owners: Vec::new(),
            packed: String::new(),
        }
    }

    /// The page that is asked for, as it is now.
    fn page(&self, request: HistoryRequest) -> HistoryPage {
        if let Some(since) = request.changed_after {
            // Here nothing is changed after it was posted: see `stores::timeline::model`.
            return HistoryPage {
                thread: self.thread(),
                messages: Vec::new(),
                after: since,
                through: self.top(),
                epoch: "e".to_owned(),
            };
        }
        let top = self.stream.len();
        let index = |seq: Seq| usize::try_from(seq.0).unwrap_or_default().min(top);
        let (from, to) = match (request.before, request.after, request.around) {
            (Some(before), _, _) => {
                let to = index(before.prev());
                (to.saturating_sub(PAGE), to)
            }
            (None, Some(after), _) => (index(after), (index(after) + PAGE).min(top)),
            (None, None, Some(around)) => {
                let middle = index(around);
                (
                    middle.saturating_sub(PAGE / 2),
                    (middle + PAGE / 2).min(top),
                )
            }
            (None, None, None) => (top.saturating_sub(PAGE), top),
        };
        let seq = |at: usize| Seq(i64::try_from(at).unwrap());
        HistoryPage {
            thread: self.thread(),
            messages: self.stream[from..to].to_vec(),
            after: seq(from),
            through: seq(to),
            epoch: "e".to_owned(),
        }
    }
}

fn publication(message: &Message) -> Value {
    let event = ThreadEvent::Posted {
        message: message.clone(),
    };
    json!({ "data": event, "offset": message.seq })
}

/// The client and the network between.
struct World {
    server: Server,
    chat: Chat,
    up: VecDeque<String>,
    down: VecDeque<String>,
    /// Pages under way, as they were when the server made them.
    pages: Vec<(HistoryRequest, HistoryPage)>,
    /// So are contents of places.
    contents: VecDeque<(u32, Content)>,
    /// And lists.
    lists: VecDeque<(u32, Vec<MyThread>)>,
    /// What was last to be brought into sight.
    revealed: Option<Reveal>,
    is_open: bool,
    /// Nobody looks at the page.
    is_hidden: bool,
    written: u32,
}

fn me() -> User {
    template(1).user
}

/// A page that was made at that time, with nothing in it.
fn page_data(place: Place, now: Timestamp) -> ChatData {
    ChatData {
        shared: Shared {
            blocked: Vec::new(),
            is_administrator: false,
            may: crate::protocol::May::LOOK_AROUND,
            requests: 0,
            me: me(),
            threads: Vec::new(),
            server_name: String::new(),
            origin: "o".to_owned(),
            preferences: Preferences::default(),
            quiet: Quiet::default(),
            folders: Folders::default(),
            peers: PresenceNews::default(),
            due: 0,
            has_news: false,
            clock: ReadersClock {
                offset: None,
                hours: crate::protocol::Hours::TwentyFour,
                now,
            },
            file_mib: 25,
            reports: 0,
        },
        place,
        content: Ok(Content::Home),
        signed_in_at: Timestamp(0),
        refused: None,
    }
}

impl World {
    fn new(begins_at_home: bool) -> Self {
        let mut server = Server::default();
        server.post("first", &mut VecDeque::new());
        let place = match begins_at_home {
            true => Place::Home,
            false => Place::thread(THREAD),
        };
        let content = server.content(&place);
        let mut data = ChatData {
            content: Ok(content),
            ..page_data(place, Timestamp(0))
        };
        data.shared.threads = server.mine();
        let mut world = Self {
            server,
            chat: Chat::new(&data, moment(0)),
            up: VecDeque::new(),
            down: VecDeque::new(),
            pages: Vec::new(),
            contents: VecDeque::new(),
            lists: VecDeque::new(),
            revealed: None,
            is_open: false,
            is_hidden: false,
            written: 0,
        };
        world.input(Input::Start(Vec::new()));
        world
    }

    fn input(&mut self, input: Input) {
        let moment = Moment {
            is_visible: !self.is_hidden,
            ..moment(self.written)
        };
        for effect in self.chat.take(input, moment) {
            self.carry_out(effect);
        }
    }

    fn on(&mut self, event: Event) {
        self.input(Input::Connection(event));
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Socket(Action::Open) => {
                self.is_open = true;
                self.on(Event::Opened);
            }
            Effect::Socket(Action::Send(frame)) if self.is_open => self.up.push_back(frame),
            Effect::Socket(Action::Close) => self.cut(),
            Effect::Fetch(request) => {
                let page = self.server.page(request);
                self.pages.push((request, page));
            }
            Effect::Load(number, place) => {
                let content = self.server.content(&place);
                self.contents.push_back((number, content));
            }
            Effect::List(number) => self.lists.push_back((number, self.server.mine())),
            Effect::Reveal(reveal) => self.revealed = Some(reveal),
            Effect::Leave(_) | Effect::Reload => {
                panic!("nothing led there: {effect:?}")
            }
            _ => {}
        }
    }

    fn take(&mut self, step: &Step) {
        match step {
            Step::Write => self.write(),
            Step::Post => {
                let client_id = format!("other-{}", self.server.stream.len());
                self.server.post(&client_id, &mut self.down);
            }
            Step::Up => {
                if let Some(frame) = self.up.pop_front() {
                    self.server.take(&frame, &mut self.down);
                }
            }
            Step::Down => {
                if let Some(frame) = self.down.pop_front() {
                    self.on(Event::Frame(frame));
                }
            }
            Step::Lose(nth) => {
                if let Some(at) = self.publication(*nth) {
                    self.down.remove(at);
                }
            }
            Step::Double(nth) => {
                if let Some(at) = self.publication(*nth) {
                    let again = self.down[at].clone();
                    self.down.insert(at, again);
                }
            }
            Step::Swap(nth) => {
                if let (Some(a), Some(b)) = (self.publication(*nth), self.publication(nth + 1)) {
                    self.down.swap(a, b);
                }
            }
            Step::Cut => self.cut(),
            Step::Timer if !self.is_open => self.on(Event::Timer),
            Step::Timer => {}
            Step::Fetched(at) => {
                if *at < self.pages.len() {
                    let (request, page) = self.pages.remove(*at);
                    let mine = Mine {
                        me: me().id,
                        answer: page,
                    };
                    self.input(Input::Fetched(request, Ok(mine)));
                }
            }
            Step::Home => self.input(Input::Go(Place::Home)),
            Step::Open(message) => self.input(Input::Go(Place::Thread {
                id: THREAD,
                message: message.map(Seq),
                panel: None,
            })),
            Step::Back(seq) => {
                let position = ScrollPosition {
                    seq: Seq(*seq),
                    distance: 10,
                };
                self.input(Input::Moved(Place::thread(THREAD), Some(position)));
            }
            Step::MarkUnread(seq) => self.input(Input::MarkUnread(THREAD, Seq(*seq))),
            Step::ReadAll => self.input(Input::ReadAll),
            Step::UndoReadAll => self.input(Input::UndoReadAll),
            Step::Type => self.input(Input::Typing(THREAD)),
            Step::Tick => self.input(Input::Tick),
            Step::Elsewhere(seq) => {
                let mark = match seq {
                    Some(seq) => ReadRequest::unread_after(THREAD, Seq(*seq)),
                    None => ReadRequest::up_to(THREAD, self.server.top()),
                };
                let mut down = VecDeque::new();
                self.server.mark(&json!(mark), &mut down);
                if self.is_open {
                    self.down.append(&mut down);
                }
            }
            Step::Arrived => {
                if let Some((number, threads)) = self.lists.pop_front() {
                    let shared = Shared {
                        blocked: Vec::new(),
                        threads,
                        ..page_data(Place::Home, Timestamp(0)).shared
                    };
                    self.input(Input::Listed(number, Box::new(Ok(shared))));
                }
                if let Some((number, content)) = self.contents.pop_front() {
                    let mine = Mine {
                        me: me().id,
                        answer: Ok(content),
                    };
                    self.input(Input::Arrived(number, Ok(mine)));
                }
            }
            Step::Busy => self.server.is_busy = true,
            Step::Rested => self.input(Input::Rested),
            Step::Scroll(scroll) => self.input(Input::Scroll(THREAD, *scroll)),
        }
    }

    /// Where the nth publication under way is.
    fn publication(&self, nth: usize) -> Option<usize> {
        let publications = self.down.iter().enumerate();
        // What is said to me alone is not made up for: a socket that loses it is no socket.
        let of_thread = |frame: &str| frame.starts_with("{\"push\"") && !frame.contains("user:1");
        let mut publications = publications.filter(|(_, frame)| of_thread(frame));
        publications.nth(nth).map(|(at, _)| at)
    }

    fn cut(&mut self) {
        if self.is_open {
            self.up.clear();
            self.down.clear();
            self.server.is_subscribed = false;
            self.is_open = false;
            self.on(Event::Closed(1006));
        }
    }

    fn write(&mut self) {
        self.written += 1;
        let text = MessageText::parse("hello").unwrap();
        let written = Written {
            text,
            files: Vec::new(),
            reply_to: None,
        };
        self.input(Input::Write(THREAD, written));
    }

    /// What is shown is one stretch of what the server has, and no more of it than may be drawn.
    fn shows_one_stretch(&self) {
        let Some(open) = self.chat.open(THREAD) else {
            return;
        };
        let shown: Vec<&Message> = open.view.messages(&open.timeline).collect();
        assert!(shown.len() <= view::MOST);
        let first = shown.first().map_or(0, |message| message.seq.0 - 1);
        let from = usize::try_from(first).unwrap();
        let stream = self.server.stream.iter();
        let expected: Vec<&Message> = stream.skip(from).take(shown.len()).collect();
        assert_eq!(shown, expected);
    }

    /// What is under way arrives, and what is asked for in return.
    fn settle_here(&mut self) {
        while !self.up.is_empty()
            || !self.down.is_empty()
            || !self.pages.is_empty()
            || !self.contents.is_empty()
            || !self.lists.is_empty()
        {
            self.take(&Step::Arrived);
            self.take(&Step::Up);
            self.take(&Step::Down);
            self.take(&Step::Fetched(0));
        }
    }

    /// The network is good again for long enough.
    fn settle(&mut self) {
        self.server.is_busy = false;
        self.take(&Step::Open(None));
        // A publication that was lost last is missed until the next connection.
        self.cut();
        for _ in 0..20 {
            self.take(&Step::Timer);
            self.take(&Step::Rested);
            self.settle_here();
        }
        // They come to it anew: what was marked as unread is read by that.
        self.take(&Step::Home);
        self.settle_here();
        self.take(&Step::Open(None));
        for _ in 0..20 {
            self.take(&Step::Timer);
            self.take(&Step::Rested);
            self.take(&Step::Scroll(Scroll::ToEnd));
            self.settle_here();
            self.take(&Step::Scroll(Scroll::HasRead));
        }
        self.settle_here();
    }

    fn everything_arrived(&self) {
        assert!(self.chat.outbox().is_empty(), "{:?}", self.chat.outbox());
        let open = self.chat.open(THREAD).unwrap();
        let (_, through) = open.timeline.position().unwrap();
        assert_eq!(through, self.server.top());
        assert_eq!(open.view.last(), through, "and it is seen");
        let mine = self.chat.directory().my(THREAD).unwrap();
        assert_eq!(
            mine.read.seq, self.server.read,
            "both know how far one has read"
        );
        assert_eq!(mine.read.seq, through, "what was on the screen was read");
        for n in 1..=self.written {
            let client_id = format!("mine-{n}");
            let stream = self.server.stream.iter();
            let times = stream.filter(|m| m.client_id.as_str() == client_id).count();
            assert_eq!(times, 1, "{client_id}");
        }
    }
}

/// What the client gives to its n-th message.
fn moment(n: u32) -> Moment {
    Moment {
        now: Timestamp(i64::from(n)),
        random: 0.5,
        fresh_id: ClientId::parse(&format!("mine-{n}")).unwrap(),
        is_visible: true,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_the_network_does_everything_is_shown_once_and_written_once(
        begins_at_home in any::<bool>(),
        steps in prop::collection::vec(step(), 0..150)
    ) {
        let mut world = World::new(begins_at_home);
        for step in &steps {
            world.take(step);
            world.shows_one_stretch();
        }
        world.settle();
        world.shows_one_stretch();
        world.everything_arrived();
    }
}

#[test]
fn what_happens_while_a_joined_thread_is_opened_for_the_first_time_is_seen() {
    let mut world = World::new(true);
    world.take(&Step::Up);
    world.take(&Step::Down);
    world.take(&Step::Open(None));
    world.take(&Step::Post);
    world.take(&Step::Down);
    world.take(&Step::Arrived);
    let open = world.chat.open(THREAD).unwrap();
    assert_eq!(open.view.messages(&open.timeline).count(), 2);
}

/// How far the client has said that it has read.
fn marked(world: &World) -> Vec<i64> {
    let frames = world
        .up
        .iter()
        .filter(|frame| frame.contains("threads:read"));
    let seq = |frame: &String| {
        let frame: Value = serde_json::from_str(frame).unwrap();
        let threads = frame["rpc"]["data"]["threads"].as_array().unwrap();
        threads.last().unwrap()["seq"].as_i64().unwrap()
    };
    frames.map(seq).collect()
}

/// A world in which the thread is mine, open and read.
fn reading() -> World {
    let mut world = World::new(true);
    let thread = world.server.thread();
    world.input(Input::Created(thread, Role::Member));
    world.settle_here();
    world.take(&Step::Scroll(Scroll::HasRead));
    world.settle_here();
    world
}

#[test]
fn what_one_has_written_below_what_one_has_read_is_read() {
    let mut world = reading();
    world.write();
    world.take(&Step::Up);
    world.take(&Step::Down);
    assert_eq!(marked(&world), [2]);
}

#[test]
fn what_one_has_written_elsewhere_below_what_one_has_read_is_read_here_too_and_is_not_told_again() {
    let mut world = reading();
    world.take(&Step::Home);
    let unread = |world: &World| world.chat.directory().my(THREAD).unwrap().unread();
    let World { server, down, .. } = &mut world;
    server.post("elsewhere", down);
    world.settle_here();
    assert_eq!((unread(&world), marked(&world)), (0, vec![]));
    // Marked as unread since, it stays so when it comes again.
    world.server.read = world.server.top();
    let unread_again = json!({ "seq": 1, "unread": true });
    world.server.mark(&unread_again, &mut world.down);
    world.settle_here();
    let again = publication(world.server.stream.last().unwrap());
    let push = json!({ "push": { "channel": CHANNEL, "pub": again } });
    world.down.push_back(push.to_string());
    world.settle_here();
    assert_eq!(unread(&world), 1);
}

#[test]
fn what_one_has_written_elsewhere_while_one_was_away_is_as_the_list_says() {
    let mut world = reading();
    world.take(&Step::Home);
    world.cut();
    let World { server, down, .. } = &mut world;
    server.post("elsewhere", down);
    // There it was marked as unread since.
    world.down.clear();
    world.server.read = Seq::START;
    world.take(&Step::Timer);
    world.settle_here();
    let mine = world.chat.directory().my(THREAD).unwrap();
    assert_eq!((mine.read.seq, mine.unread()), (Seq::START, 2));
}

#[test]
fn what_one_has_written_elsewhere_while_the_server_does_not_know_what_one_has_read_the_list_says() {
    let mut world = reading();
    world.take(&Step::Home);
    world.take(&Step::Post);
    world.take(&Step::Down);
    world.take(&Step::ReadAll);
    // The server knows of that only after it was written.
    let World { server, down, .. } = &mut world;
    server.post("elsewhere", down);
    world.settle_here();
    let mine = world.chat.directory().my(THREAD).unwrap();
    assert_eq!((world.server.read, mine.unread()), (Seq(2), 1));
}

#[test]
fn what_one_writes_while_the_list_does_not_say_yet_that_all_before_it_was_read_is_read() {
    let mut world = reading();
    world.take(&Step::Home);
    world.cut();
    world.take(&Step::Post);
    // On another device that was read.
    world.server.read = world.server.top();
    world.take(&Step::Timer);
    world.take(&Step::Up);
    world.take(&Step::Down);
    world.write();
    world.take(&Step::Up);
    world.server.read = world.server.top();
    world.take(&Step::Down);
    world.settle_here();
    let mine = world.chat.directory().my(THREAD).unwrap();
    assert_eq!((mine.thread.message_count, mine.unread()), (3, 0));
}

#[test]
fn what_one_has_written_elsewhere_below_what_is_unread_reads_nothing() {
    let mut world = reading();
    world.take(&Step::Home);
    world.take(&Step::Post);
    let World { server, down, .. } = &mut world;
    server.post("elsewhere", down);
    world.settle_here();
    assert_eq!(world.chat.directory().my(THREAD).unwrap().unread(), 2);
}

#[test]
fn what_others_wrote_unseen_is_not_read_by_what_one_writes_below_it() {
    let mut world = reading();
    world.is_hidden = true;
    world.take(&Step::Post);
    world.take(&Step::Down);
    world.write();
    world.take(&Step::Up);
    world.take(&Step::Down);
    world.take(&Step::Down);
    assert!(world.chat.outbox().is_empty(), "it is there");
    assert_eq!(marked(&world), [0; 0]);
    // It is when it was on a visible screen.
    world.take(&Step::Scroll(Scroll::HasRead));
    assert_eq!(marked(&world), [3]);
}

#[test]
fn what_comes_at_the_end_of_a_visible_screen_is_never_unread_and_further_up_it_is() {
    let mut world = reading();
    let unread = |world: &World| world.chat.directory().my(THREAD).unwrap().unread();
    world.take(&Step::Post);
    world.take(&Step::Down);
    assert_eq!(unread(&world), 0);
    world.take(&Step::Scroll(Scroll::At { end: false }));
    world.take(&Step::Post);
    world.settle_here();
    assert_eq!(unread(&world), 1);
}

#[test]
fn lists_that_no_recovery_brings_are_asked_for_again_with_each_connection_and_forms_are_not() {
    let mut world = World::new(true);
    world.settle_here();
    world.cut();
    world.take(&Step::Timer);
    world.settle_here();
    let moves = |world: &mut World, place: Place| {
        world.input(Input::Go(place));
        world.settle_here();
        world.cut();
        world.take(&Step::Timer);
        world.take(&Step::Up);
        world.take(&Step::Down);
        world.contents.len()
    };
    assert_eq!(moves(&mut world, Place::NewThread), 0);
    assert_eq!(moves(&mut world, Place::settings(Section::Profile)), 0);
    assert_eq!(moves(&mut world, Place::Browse { after: None }), 1);
    assert_eq!(moves(&mut world, Place::settings(Section::Sessions)), 1);
}

#[test]
fn a_form_that_has_led_to_a_thread_is_not_gone_back_to() {
    let thread = Server::default().thread();
    let led = |from: Place| {
        let mut chat = Chat::new(&page_data(from, Timestamp(0)), moment(0));
        let effects = chat.take(Input::Created(thread.clone(), Role::Owner), moment(0));
        let is_replaced = |effect: &Effect| matches!(effect, Effect::Replace(_));
        let is_pushed = |effect: &Effect| matches!(effect, Effect::Address(_));
        (
            effects.iter().any(is_replaced),
            effects.iter().any(is_pushed),
        )
    };
    assert_eq!(led(Place::NewThread), (true, false));
    assert_eq!(led(Place::NewDirect), (true, false));
    assert_eq!(led(Place::Home), (false, true));
}

#[test]
fn a_page_from_the_middle_does_not_pass_for_the_end() {
    let mut world = World::new(true);
    for _ in 0..20 {
        world.take(&Step::Post);
    }
    world.take(&Step::Open(Some(5)));
    world.take(&Step::Arrived);
    world.settle_here();
    let open = world.chat.open(THREAD).unwrap();
    assert!(open.view.edges(&open.timeline).has_newer);
    assert!(!open.view.follows());
    let shown: Vec<i64> = open
        .view
        .messages(&open.timeline)
        .map(|m| m.seq.0)
        .collect();
    assert!(shown.contains(&5), "{shown:?}");
    assert!(!shown.contains(&21), "{shown:?}");
}

#[test]
fn whoever_goes_back_finds_the_place_that_they_had_scrolled_to_and_whoever_comes_anew_the_end() {
    let mut world = World::new(true);
    for _ in 0..20 {
        world.take(&Step::Post);
    }
    world.take(&Step::Back(5));
    world.take(&Step::Arrived);
    let position = ScrollPosition {
        seq: Seq(5),
        distance: 10,
    };
    assert_eq!(world.revealed, Some(Reveal::Position(position)));
    world.take(&Step::Home);
    world.take(&Step::Open(None));
    world.take(&Step::Arrived);
    assert_eq!(world.revealed, Some(Reveal::Line), "something is unread");
    world.take(&Step::ReadAll);
    world.settle_here();
    world.take(&Step::Home);
    world.take(&Step::Open(None));
    world.take(&Step::Arrived);
    assert_eq!(world.revealed, Some(Reveal::End));
    world.settle_here();
    let open = world.chat.open(THREAD).unwrap();
    assert!(
        open.view.shows_end(&open.timeline),
        "the end of the thread, and not of what was drawn"
    );
}

#[test]
fn opening_and_closing_a_panel_moves_nobody_who_reads() {
    let mut world = World::new(true);
    for _ in 0..20 {
        world.take(&Step::Post);
    }
    world.take(&Step::Open(Some(5)));
    world.take(&Step::Arrived);
    let shown = |world: &World| {
        let open = world.chat.open(THREAD).unwrap();
        (open.view.first(), open.view.last())
    };
    let before = shown(&world);
    world.revealed = None;
    for panel in [Some(Panel::People), None] {
        world.input(Input::Go(Place::Thread {
            id: THREAD,
            message: Some(Seq(5)),
            panel,
        }));
        world.take(&Step::Arrived);
        assert_eq!(world.revealed, None);
        assert_eq!(shown(&world), before);
    }
}

#[test]
fn what_is_held_does_not_depend_on_how_right_this_devices_clock_is() {
    for offset in [0, -3_600_000, 3_600_000] {
        let hour = |n: i64| Timestamp(n * 3_600_000);
        let data = ChatData {
            signed_in_at: hour(100),
            ..page_data(Place::Home, hour(101))
        };
        let mut chat = Chat::new(&data, moment(0));
        let at = |time: Timestamp| Timestamp(time.0 + offset);
        let entry = |id: &str, written_at| Entry {
            client_id: ClientId::parse(id).unwrap(),
            thread: THREAD,
            text: MessageText::parse("hello").unwrap(),
            files: Vec::new(),
            reply_to: None,
            written_at,
            ordinal: 0,
            state: EntryState::Queued,
        };
        let entries = vec![
            entry("before", at(hour(99))),
            entry("since", at(Timestamp(hour(100).0 + 60_000))),
        ];
        let now = Moment {
            now: at(hour(101)),
            ..moment(0)
        };
        let _ = chat.take(Input::Start(entries), now);
        let held = chat
            .outbox()
            .entries()
            .filter(|e| e.state == EntryState::Held);
        let held: Vec<&str> = held.map(|entry| entry.client_id.as_str()).collect();
        assert_eq!(held, ["before"], "{offset}");
    }
}

#[test]
fn a_pause_ends_by_itself_whatever_this_devices_clock_says() {
    for ahead in [0, -3_600_000, 3_600_000] {
        let mut data = page_data(Place::Home, Timestamp(1_000));
        data.shared.quiet = Quiet::read("until=61000");
        let at = |now: i64| Moment {
            now: Timestamp(now + ahead),
            ..moment(0)
        };
        let mut chat = Chat::new(&data, moment(0));
        let begun = chat.take(Input::Start(Vec::new()), at(1_000));
        let looks = begun.iter().filter_map(|effect| match effect {
            Effect::Later(wait, Input::Look) => Some(*wait),
            _ => None,
        });
        assert_eq!(looks.collect::<Vec<_>>(), [60_000]);
        assert_eq!(chat.paused(), Some(Timestamp(61_000)));
        let _ = chat.take(Input::Look, at(61_000));
        assert_eq!(chat.paused(), None);
    }
}

/// The server says something on a channel that is not a thread's.
fn says(world: &mut World, channel: &str, data: &Value) {
    let push = json!({ "push": { "channel": channel, "pub": { "data": data } } });
    world.down.push_back(push.to_string());
    world.settle_here();
}

#[test]
fn a_message_with_a_keyword_is_for_one_when_the_server_says_so() {
    let mut world = reading();
    world.is_hidden = true;
    world.take(&Step::Post);
    world.settle_here();
    let is_for_me = |world: &World| world.chat.directory().my(THREAD).unwrap().is_for_me();
    assert!(!is_for_me(&world));
    let meant = json!({ "type": "meant", "thread_id": THREAD, "number": 2 });
    says(&mut world, "user:1", &meant);
    assert!(is_for_me(&world));
    let message = world.server.stream.last().unwrap().clone();
    let effects = world.chat.take(
        Input::Remind(Box::new(message)),
        Moment {
            is_visible: false,
            ..moment(0)
        },
    );
    let told = effects.iter().any(|effect| match effect {
        Effect::Notify(notice) => notice.has_keyword,
        _ => false,
    });
    assert!(told);
}

#[test]
fn of_those_one_writes_to_the_page_the_channel_and_the_list_say_who_is_there() {
    let mut data = page_data(Place::Home, Timestamp(0));
    data.shared.peers = serde_json::from_value(json!({ "version": 5, "online": [7] })).unwrap();
    assert_eq!(Chat::new(&data, moment(0)).peers(), [(UserId(7), false)]);
    let mut world = reading();
    let idle = json!({ "version": 6, "online": [8], "idle": [7], "offline": [] });
    says(&mut world, "peers:1", &idle);
    assert_eq!(world.chat.peers(), [(UserId(8), false), (UserId(7), true)]);
    let mut shared = data.shared.clone();
    world.input(Input::Listed(1, Box::new(Ok(shared.clone()))));
    assert_eq!(world.chat.peers().len(), 2, "it was made before");
    shared.peers.version = 7;
    world.input(Input::Listed(2, Box::new(Ok(shared))));
    assert_eq!(world.chat.peers(), [(UserId(7), false)]);
}

#[test]
fn what_is_said_between_joining_and_the_beginning_of_the_stream_is_in_the_list() {
    let mut world = World::new(true);
    world.settle_here();
    let removed = json!({ "type": "thread_removed", "thread_id": THREAD });
    says(&mut world, "user:1", &removed);
    let joined = json!({ "type": "thread_joined", "thread": world.server.thread() });
    says(&mut world, "user:1", &joined);
    world.server.is_subscribed = false;
    world.take(&Step::Post);
    let begins = world.server.subscribe(&Value::Null);
    let push = json!({ "push": { "channel": CHANNEL, "subscribe": begins } });
    world.down.push_back(push.to_string());
    world.settle_here();
    let mine = world.chat.directory().my(THREAD).unwrap();
    assert_eq!(mine.unread(), mine.thread.message_count);
    assert_eq!(mine.thread.last_seq, world.server.top());
}

#[test]
fn what_has_changed_while_a_list_was_under_way_is_not_taken_back_by_it() {
    let mut world = reading();
    world.cut();
    world.take(&Step::Timer);
    world.take(&Step::Up);
    world.take(&Step::Down);
    assert_eq!(world.lists.len(), 1, "it is under way, and says of nobody");
    let blocked = json!({ "type": "blocked", "blocked": [7] });
    let push = json!({ "push": { "channel": "user:1", "pub": { "data": blocked } } });
    world.down.push_back(push.to_string());
    world.take(&Step::Down);
    world.take(&Step::Arrived);
    assert_eq!(world.lists.len(), 1, "another one follows");
    world.settle_here();
    assert!(world.lists.is_empty());
}

#[test]
fn of_two_lists_the_one_that_was_asked_for_last_counts_whichever_comes_first() {
    let mut world = reading();
    let favourites = json!({ "type": "favourites_changed" });
    for at in [1, 2] {
        let push = json!({ "push": { "channel": "user:1", "pub": { "data": favourites } } });
        world.down.push_back(push.to_string());
        world.take(&Step::Down);
        let (_, threads) = &mut world.lists[at - 1];
        threads[0].favourite = Some(i64::try_from(at).unwrap());
    }
    world.lists.swap(0, 1);
    world.settle_here();
    let favourite = world.chat.directory().my(THREAD).unwrap().favourite;
    assert_eq!(favourite, Some(2));
}

#[test]
fn whoever_may_do_something_else_by_now_loads_the_page_anew_and_nobody_else_does() {
    let data = page_data(Place::Home, Timestamp(0));
    let reloads = |shared: Shared| {
        let mut chat = Chat::new(&data, moment(0));
        let listed = Input::Listed(1, Box::new(Ok(shared)));
        let effects = chat.take(listed, moment(1));
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Reload))
    };
    assert!(!reloads(data.shared.clone()));
    let guest = Shared {
        may: crate::protocol::May::NOTHING,
        ..data.shared.clone()
    };
    assert!(reloads(guest));
}

#[test]
fn what_has_changed_while_two_lists_were_under_way_is_asked_for_again_whichever_comes_last() {
    let mut world = reading();
    let hear = |world: &mut World, event: Value| {
        let push = json!({ "push": { "channel": "user:1", "pub": { "data": event } } });
        world.down.push_back(push.to_string());
        world.take(&Step::Down);
    };
    for _ in 0..2 {
        hear(&mut world, json!({ "type": "favourites_changed" }));
    }
    hear(&mut world, json!({ "type": "blocked", "blocked": [7] }));
    world.lists.swap(0, 1);
    world.take(&Step::Arrived);
    assert_eq!(world.lists.len(), 1, "the older one is under way");
    world.take(&Step::Arrived);
    assert_eq!(world.lists.len(), 1, "neither may know of it: one more");
    world.settle_here();
    assert!(world.lists.is_empty());
}

#[test]
fn a_list_that_was_overtaken_by_a_newer_one_changes_nothing() {
    let data = page_data(Place::Home, Timestamp(0));
    let mut chat = Chat::new(&data, moment(0));
    let due = |due| {
        let shared = Shared {
            due,
            ..data.shared.clone()
        };
        Box::new(Ok(shared))
    };
    chat.take(Input::Listed(2, due(2)), moment(1));
    chat.take(Input::Listed(1, due(1)), moment(2));
    assert_eq!(chat.due(), 2);
    chat.take(Input::Listed(3, due(3)), moment(3));
    assert_eq!(chat.due(), 3);
}
