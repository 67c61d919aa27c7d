//! The client's state against a model server and a network that cannot be relied on.
//!
//! Connection, timeline and outbox are the real ones, put together as the driver does it. The
//! network cuts the connection with frames under way in both directions, delays, and beyond what a
//! socket can do loses, doubles and swaps publications; pages of history come in any order; the
//! server now and then asks for patience. Whatever happens, what is shown is one stretch of the
//! server's stream, and in the end it is all there, with every message written once.

use std::collections::VecDeque;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::connection::{Action, Connection, Event, Notice};
use super::outbox::{Entry, EntryState, Outbox};
use super::timeline::tests::message as template;
use super::timeline::{Need, Timeline};
use crate::protocol::frame::{Publication, Raw, parse, raw};
use crate::protocol::{
    ClientId, HistoryPage, Message, MessageText, PostRequest, Posted, Seq, Thread, ThreadEvent,
    ThreadId, Timestamp,
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
    /// The server refuses the next post for now.
    Busy,
    Rested,
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
        1 => Just(Step::Busy),
        1 => Just(Step::Rested),
    ]
}

/// The server: one thread, one client.
#[derive(Default)]
struct Server {
    stream: Vec<Message>,
    /// The client is connected and subscribed.
    is_subscribed: bool,
    is_busy: bool,
}

impl Server {
    fn thread(&self) -> Thread {
        Thread {
            last_seq: self.top(),
            ..super::timeline::tests::page(0, 0).thread
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
        let message = Message {
            client_id: ClientId::parse(client_id).unwrap(),
            ..template(self.top().0 + 1)
        };
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
                    "ping": 25, "pong": true } })
            } else if let Some(rpc) = command.get("rpc") {
                self.publish(id, &rpc["data"], down)
            } else {
                continue;
            };
            down.push_back(reply.to_string());
        }
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

    /// The newest page.
    fn page(&self) -> HistoryPage {
        let after = self.stream.len().saturating_sub(PAGE);
        HistoryPage {
            thread: self.thread(),
            messages: self.stream[after..].to_vec(),
            after: Seq(i64::try_from(after).unwrap()),
            through: self.top(),
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
    connection: Connection,
    timeline: Timeline,
    outbox: Outbox,
    up: VecDeque<String>,
    down: VecDeque<String>,
    /// Pages under way, as they were when the server made them.
    pages: Vec<HistoryPage>,
    is_open: bool,
    written: u32,
}

impl World {
    fn new() -> Self {
        let mut server = Server::default();
        server.post("first", &mut VecDeque::new());
        let timeline = Timeline::from_page(server.page());
        let mut world = Self {
            server,
            connection: Connection::default(),
            timeline,
            outbox: Outbox::default(),
            up: VecDeque::new(),
            down: VecDeque::new(),
            pages: Vec::new(),
            is_open: false,
            written: 0,
        };
        world.connection.seen(CHANNEL, "e", 1);
        let _ = world.connection.subscribe(CHANNEL);
        world.on(Event::Start);
        world
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
                    let page = self.pages.remove(*at);
                    let need = self.timeline.on_page(page);
                    self.meet(need);
                }
            }
            Step::Busy => self.server.is_busy = true,
            Step::Rested => {
                self.outbox.rested();
                self.flush();
            }
        }
    }

    /// Where the nth publication under way is.
    fn publication(&self, nth: usize) -> Option<usize> {
        let publications = self.down.iter().enumerate();
        let mut publications = publications.filter(|(_, frame)| frame.starts_with("{\"push\""));
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
        self.outbox.add(Entry {
            client_id: ClientId::parse(&format!("mine-{}", self.written)).unwrap(),
            thread: THREAD,
            text: MessageText::parse("hello").unwrap(),
            written_at: Timestamp(i64::from(self.written)),
            state: EntryState::Queued,
        });
        self.flush();
    }

    fn on(&mut self, event: Event) {
        let (actions, notices) = self.connection.on(event, 0.5);
        for action in actions {
            self.act(action);
        }
        for notice in notices {
            self.notice(notice);
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Open => {
                self.is_open = true;
                self.on(Event::Opened);
            }
            Action::Send(frame) if self.is_open => self.up.push_back(frame),
            Action::Close => self.cut(),
            Action::Send(_) | Action::SetTimer(_) | Action::ClearTimer => {}
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Connected => self.flush(),
            Notice::Subscribed(_, result) => {
                let need = self.timeline.on_subscribed(&result);
                self.meet(need);
                for publication in result.publications {
                    self.published(&publication);
                }
            }
            Notice::Published(_, publication) => self.published(&publication),
            Notice::Answered(call, answer) => self.answered(call, answer),
            Notice::Lost(calls) => self.outbox.lost(&calls),
            Notice::NotSubscribed(..) | Notice::Unsubscribed(_) | Notice::SignedOut => {
                panic!("the server did no such thing: {notice:?}")
            }
        }
    }

    fn published(&mut self, publication: &Publication) {
        let event: ThreadEvent = parse(publication.data.get()).unwrap();
        if let ThreadEvent::Posted { message } = &event {
            self.outbox.acknowledged(&message.client_id);
        }
        let seq = Seq::from_offset(publication.offset);
        let need = self.timeline.on_event(seq, event);
        self.meet(need);
        self.flush();
    }

    fn answered(&mut self, call: u32, answer: Result<Raw, crate::protocol::codes::ReplyError>) {
        match answer {
            Ok(data) => {
                let Posted { message, .. } = parse(data.get()).unwrap();
                self.outbox.acknowledged(&message.client_id);
                let seq = message.seq;
                let event = ThreadEvent::Posted { message };
                let need = self.timeline.on_event(seq, event);
                self.meet(need);
            }
            Err(error) => {
                self.outbox
                    .refused(call, &error.message, error.temporary, 0.5);
            }
        }
        self.flush();
    }

    fn flush(&mut self) {
        for entry in self.outbox.sendable() {
            let request = PostRequest {
                id: entry.thread,
                message: entry.text,
                client_id: Some(entry.client_id.clone()),
            };
            let called = self
                .connection
                .call("thread:publish", raw(&request).unwrap());
            let Some((call, action)) = called else { return };
            self.outbox.sent(&entry.client_id, call);
            self.act(action);
        }
    }

    fn meet(&mut self, need: Need) {
        if need == Need::Newest && self.pages.is_empty() {
            self.pages.push(self.server.page());
        }
    }

    /// What is shown is one stretch of what the server has.
    fn shows_one_stretch(&self) {
        let shown: Vec<&Message> = self.timeline.messages().collect();
        let first = shown.first().map_or(0, |message| message.seq.0 - 1);
        let from = usize::try_from(first).unwrap();
        let expected: Vec<&Message> = self
            .server
            .stream
            .iter()
            .skip(from)
            .take(shown.len())
            .collect();
        assert_eq!(shown, expected);
    }

    /// The network is good again for long enough.
    fn settle(&mut self) {
        self.server.is_busy = false;
        // A publication that was lost last is missed until the next connection.
        self.cut();
        for _ in 0..20 {
            self.take(&Step::Timer);
            self.take(&Step::Rested);
            while !self.up.is_empty() || !self.down.is_empty() || !self.pages.is_empty() {
                self.take(&Step::Up);
                self.take(&Step::Down);
                self.take(&Step::Fetched(0));
            }
        }
    }

    fn everything_arrived(&self) {
        assert!(self.outbox.is_empty(), "{:?}", self.outbox);
        let (_, through) = self.timeline.position().unwrap();
        assert_eq!(through, self.server.top());
        for n in 1..=self.written {
            let client_id = format!("mine-{n}");
            let stream = self.server.stream.iter();
            let times = stream.filter(|m| m.client_id.as_str() == client_id).count();
            assert_eq!(times, 1, "{client_id}");
        }
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
        steps in prop::collection::vec(step(), 0..150)
    ) {
        let mut world = World::new();
        for step in &steps {
            world.take(step);
            world.shows_one_stretch();
        }
        world.settle();
        world.shows_one_stretch();
        world.everything_arrived();
    }
}
