//! A simulation of hub, broker and connections under everything that can go wrong at once.
//!
//! Real connections run over sockets made of pipes, on one thread with a clock that stands
//! still, so a sequence of steps always plays out the same way and proptest can shrink it. The
//! broker delivers late, twice, in another order, or not at all; clients stall, are cut, come back
//! with their positions, subscribe and unsubscribe, or the server does it for them. Whatever
//! happens, what a client receives is contiguous from where it was told to be, and in the end it
//! has everything.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::channel::mpsc;
use futures::{FutureExt, Stream, StreamExt};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tungstenite::Message;

use crate::protocol::codes::UnsubscribeCode;
use crate::protocol::frame::{Publication, StreamPosition, raw};
use crate::server::clock::Entropy;
use crate::server::realtime::broker::Broker;
use crate::server::realtime::connection::serve;
use crate::server::realtime::engine::Keep;
use crate::server::realtime::registration::history::Entry;
use crate::server::realtime::testing::Pipe;
use crate::server::realtime::transport::socket::{ControlSink, Discarded, Socket};
use crate::server::realtime::transport::wire::Wire;
use crate::server::realtime::{
    Accepted, Engine, Granted, Handler, Hub, Instruction, MemberChange, MemoryHistory, Options,
    Peer, Registration, Rule, Whom, lock,
};

const CLIENTS: usize = 3;
const CHANNELS: [&str; 2] = ["a", "b"];
/// Publications that the history still has.
const KEPT: usize = 6;
/// Bytes that a stalled client's socket still takes: frames are torn all the time.
const SOCKET_BYTES: usize = 150;

#[derive(Clone, Debug)]
enum Step {
    Publish(usize),
    /// The bus delivers what it holds: the one at that place, perhaps twice.
    Deliver {
        at: usize,
        twice: bool,
    },
    /// The bus delivers all it holds of a channel at once.
    DeliverRun(usize),
    /// The bus loses one.
    Lose(usize),
    Subscribe(usize, usize),
    Unsubscribe(usize, usize),
    SubscribeByServer(usize, usize),
    UnsubscribeByServer(usize, usize),
    /// The client stops reading, or goes on.
    Stall(usize),
    Resume(usize),
    Cut(usize),
    /// Tasks run for a while.
    Run(usize),
    /// Seconds pass: pings, gaps closed from the history.
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let (client, channel) = (|| 0..CLIENTS, || 0..CHANNELS.len());
    prop_oneof![
        8 => channel().prop_map(Step::Publish),
        8 => (0..4usize, any::<bool>()).prop_map(|(at, twice)| Step::Deliver { at, twice }),
        2 => channel().prop_map(Step::DeliverRun),
        1 => (0..4usize).prop_map(Step::Lose),
        4 => (client(), channel()).prop_map(|(c, ch)| Step::Subscribe(c, ch)),
        1 => (client(), channel()).prop_map(|(c, ch)| Step::Unsubscribe(c, ch)),
        1 => (client(), channel()).prop_map(|(c, ch)| Step::SubscribeByServer(c, ch)),
        1 => (client(), channel()).prop_map(|(c, ch)| Step::UnsubscribeByServer(c, ch)),
        1 => client().prop_map(Step::Stall),
        1 => client().prop_map(Step::Resume),
        1 => client().prop_map(Step::Cut),
        6 => (1..6usize).prop_map(Step::Run),
        1 => Just(Step::Wait),
    ]
}

/// A bus that is not to be relied on.
struct ShakyBroker {
    hub: Arc<Hub>,
    under_way: Mutex<Vec<(String, Publication)>>,
}

impl Broker for ShakyBroker {
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        let publications = make().into_iter().map(|p| (channel.to_owned(), p));
        lock(&self.under_way).extend(publications);
    }

    fn publish_ending(&self, channel: &str, entry: Entry) {
        self.hub.publish_ending(channel, entry);
    }

    fn instruct(&self, whom: Whom, instruction: Instruction) {
        self.hub.instruct(&whom, instruction);
    }

    fn members_changed(&self, channel: &str, change: MemberChange) {
        self.hub.members_changed(channel, change);
    }
}

impl ShakyBroker {
    fn take(&self, at: usize) -> Option<(String, Publication)> {
        let mut under_way = lock(&self.under_way);
        (at < under_way.len()).then(|| under_way.remove(at))
    }

    fn deliver_run(&self, channel: &str) {
        let mut under_way = lock(&self.under_way);
        let of_channel = |entry: &mut (String, Publication)| entry.0 == channel;
        let run: Vec<Publication> = under_way
            .extract_if(.., of_channel)
            .map(|(_, publication)| publication)
            .collect();
        drop(under_way);
        self.hub.publish(channel, || run);
    }

    fn deliver(&self, at: usize, twice: bool) {
        if let Some((channel, publication)) = self.take(at) {
            let times = if twice { 2 } else { 1 };
            for _ in 0..times {
                let publication = publication.clone();
                self.hub.publish(&channel, || vec![publication]);
            }
        }
    }
}

/// A socket made of a channel and a pipe.
struct FakeSocket {
    incoming: mpsc::UnboundedReceiver<Message>,
    outgoing: Arc<Pipe>,
}

impl Stream for FakeSocket {
    type Item = Result<Message, tungstenite::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.incoming.poll_next_unpin(context).map(|m| m.map(Ok))
    }
}

impl Socket for FakeSocket {
    fn wire(&self) -> Arc<dyn Wire> {
        self.outgoing.clone()
    }

    fn attach(&mut self, _: Arc<dyn ControlSink>) {}

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.outgoing.poll_writable(context)
    }

    fn poll_discard(&self, _: &mut Context<'_>) -> Poll<Discarded> {
        Poll::Ready(Discarded::End)
    }
}

/// What a client was told of a channel.
#[derive(Clone, Debug)]
struct Place {
    position: StreamPosition,
    /// The subscription stands: what comes must follow.
    is_live: bool,
    /// The client wants it to stand.
    is_wanted: bool,
}

struct Client {
    name: usize,
    engine: Arc<Engine<()>>,
    to_server: mpsc::UnboundedSender<Message>,
    from_server: Arc<Pipe>,
    task: JoinHandle<()>,
    next_id: u32,
    /// Subscribe commands that wait for their answer.
    asked: BTreeMap<u32, &'static str>,
    /// Unsubscribe commands that wait for theirs.
    leaving: BTreeMap<u32, &'static str>,
    places: BTreeMap<&'static str, Place>,
    is_stalled: bool,
}

impl Client {
    fn new(engine: &Arc<Engine<()>>, name: usize) -> Self {
        let (to_server, from_server, task) = open(engine);
        let mut client = Self {
            name,
            engine: engine.clone(),
            to_server,
            from_server,
            task,
            next_id: 1,
            asked: BTreeMap::new(),
            leaving: BTreeMap::new(),
            places: BTreeMap::new(),
            is_stalled: false,
        };
        client.send("connect", &json!({ "data": name }));
        client
    }

    fn send(&mut self, command: &str, request: &Value) -> u32 {
        self.next_id += 1;
        let text = json!({ "id": self.next_id, command: request }).to_string();
        let _ = self.to_server.unbounded_send(Message::Text(text.into()));
        self.next_id
    }

    fn subscribe(&mut self, channel: &'static str) {
        let place = self.places.get(channel);
        if place.is_some_and(|place| place.is_live) || self.waits_about(channel) {
            return;
        }
        let request = match place {
            Some(place) => json!({
                "channel": channel, "recover": true,
                "epoch": place.position.epoch, "offset": place.position.offset,
            }),
            None => json!({ "channel": channel }),
        };
        let id = self.send("subscribe", &request);
        self.asked.insert(id, channel);
    }

    fn unsubscribe(&mut self, channel: &'static str) {
        // An answer under way would make it ambiguous what is meant; a real client waits too.
        if self.waits_about(channel) {
            return;
        }
        let id = self.send("unsubscribe", &json!({ "channel": channel }));
        self.leaving.insert(id, channel);
        self.places.remove(channel);
    }

    fn waits_about(&self, channel: &str) -> bool {
        let mut waiting = self.asked.values().chain(self.leaving.values());
        waiting.any(|waiting| *waiting == channel)
    }

    /// The connection is gone; what was known stays, and the client comes back with it.
    fn reconnect(&mut self) {
        self.task.abort();
        (self.to_server, self.from_server, self.task) = open(&self.engine);
        self.asked.clear();
        self.leaving.clear();
        self.is_stalled = false;
        let name = self.name;
        self.send("connect", &json!({ "data": name }));
        let wanted: Vec<_> = self
            .places
            .iter_mut()
            .filter_map(|(channel, place)| {
                place.is_live = false;
                place.is_wanted.then_some(*channel)
            })
            .collect();
        for channel in wanted {
            self.subscribe(channel);
        }
    }

    /// Reads what has come. The promise is checked here.
    fn read(&mut self) {
        if self.is_stalled {
            return;
        }
        for text in self.from_server.texts() {
            for line in text.lines() {
                self.line(&serde_json::from_str(line).unwrap());
            }
        }
        // A server that could not even say why has hung up all the same.
        let ended = (&mut self.task).now_or_never();
        if let Some(ended) = &ended {
            assert!(ended.is_ok(), "a connection panicked");
        }
        if ended.is_some() || self.from_server.close_code().is_some() {
            self.reconnect();
        }
    }

    fn line(&mut self, line: &Value) {
        if *line == json!({}) {
            let _ = self.to_server.unbounded_send(Message::text("{}"));
        } else if let Some(push) = line.get("push") {
            self.push(push);
        } else if let Some(id) = line["id"].as_u64() {
            let id = u32::try_from(id).unwrap();
            if let Some(channel) = self.asked.remove(&id) {
                self.answered(channel, line);
            } else if let Some(channel) = self.leaving.remove(&id) {
                // The server may have subscribed it meanwhile.
                self.places.remove(channel);
            }
        }
    }

    fn answered(&mut self, channel: &'static str, line: &Value) {
        match (line.get("subscribe"), line["error"]["code"].as_u64()) {
            (Some(result), _) => self.subscribed(channel, result),
            // Ended by the server while it was asked for.
            (None, Some(103)) => drop(self.places.remove(channel)),
            // The server was the first to subscribe it.
            (None, Some(105)) => {}
            (None, _) => panic!("{line}"),
        }
    }

    fn subscribed(&mut self, channel: &'static str, result: &Value) {
        let told = StreamPosition {
            offset: result["offset"].as_u64().unwrap_or(0),
            epoch: result["epoch"].as_str().unwrap().to_owned(),
        };
        let known = self.places.get(channel).map(|place| place.position.clone());
        let mut position = told.clone();
        if result["recovered"] == true {
            assert_eq!(Some(told), known, "a recovery begins where the client is");
            for publication in result["publications"].as_array().into_iter().flatten() {
                assert_eq!(publication["offset"], position.offset + 1, "{result}");
                position.offset += 1;
            }
        } else {
            assert!(result.get("publications").is_none(), "a part of a recovery");
        }
        let place = Place {
            position,
            is_live: true,
            is_wanted: true,
        };
        self.places.insert(channel, place);
    }

    fn push(&mut self, push: &Value) {
        let channel = *CHANNELS
            .iter()
            .find(|name| **name == push["channel"])
            .unwrap();
        if let Some(result) = push.get("subscribe") {
            self.subscribed(channel, result);
        } else if let Some(publication) = push.get("pub") {
            if let Some(place) = self.places.get_mut(channel).filter(|place| place.is_live) {
                let next = place.position.offset + 1;
                assert_eq!(
                    publication["offset"], next,
                    "client {} on {channel}",
                    self.name
                );
                assert_eq!(
                    publication["data"], next,
                    "and it is what was published there"
                );
                place.position.offset = next;
            }
        } else if let Some(ended) = push.get("unsubscribe")
            && let Some(place) = self.places.get_mut(channel)
        {
            place.is_live = false;
            place.is_wanted = ended["code"].as_u64().unwrap() >= 2500;
            if place.is_wanted {
                self.subscribe(channel);
            }
        }
    }
}

type Opened = (mpsc::UnboundedSender<Message>, Arc<Pipe>, JoinHandle<()>);

fn open(engine: &Arc<Engine<()>>) -> Opened {
    let (to_server, incoming) = mpsc::unbounded();
    let from_server = Arc::new(Pipe::new(SOCKET_BYTES));
    let outgoing = from_server.clone();
    let socket = FakeSocket { incoming, outgoing };
    let served = serve(engine.clone(), socket, http::Extensions::new());
    (to_server, from_server, tokio::spawn(served))
}

struct World {
    engine: Arc<Engine<()>>,
    broker: Arc<ShakyBroker>,
    clients: Vec<Client>,
    tops: BTreeMap<&'static str, u64>,
    /// The bus has lost something.
    has_lost: bool,
}

impl World {
    fn new() -> Self {
        let hub = Arc::new(Hub::default());
        let broker = Arc::new(ShakyBroker {
            hub: hub.clone(),
            under_way: Mutex::default(),
        });
        let connect = Handler::new(|event: super::super::Connect| async move {
            let user = event.request.data.map(|data| data.get().to_owned());
            let peer = Peer {
                user: user.unwrap_or_default(),
                ..Peer::default()
            };
            Ok(Accepted::new((), peer))
        });
        let past = MemoryHistory::new(KEPT, Duration::from_hours(1), Entropy::system());
        let past = Arc::new(past);
        let rule = |name| {
            // The handler takes its time, so that things happen meanwhile.
            let slowly = Handler::new(|_| async {
                tokio::task::yield_now().await;
                Ok(Granted::default())
            });
            Rule::new(name, slowly).history(past.clone(), Handler::new(|_| async { Ok(()) }))
        };
        let registration = CHANNELS
            .iter()
            .fold(Registration::new(connect), |all, name| all.rule(rule(name)));
        let options = Options {
            // A few publications, so that a stalled reader is soon too slow.
            queue_bytes: 400,
            ..Options::default()
        };
        let engine = Engine::new(
            hub,
            broker.clone(),
            registration,
            options,
            Entropy::system(),
        );
        tokio::spawn(engine.clone().tend());
        let clients = (0..CLIENTS)
            .map(|name| Client::new(&engine, name))
            .collect();
        Self {
            engine,
            broker,
            clients,
            tops: BTreeMap::new(),
            has_lost: false,
        }
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Publish(channel) => self.publish(CHANNELS[channel]).await,
            Step::Deliver { at, twice } => self.broker.deliver(at, twice),
            Step::DeliverRun(channel) => self.broker.deliver_run(CHANNELS[channel]),
            Step::Lose(at) => self.has_lost |= self.broker.take(at).is_some(),
            Step::Subscribe(client, channel) => self.clients[client].subscribe(CHANNELS[channel]),
            Step::Unsubscribe(client, channel) => {
                self.clients[client].unsubscribe(CHANNELS[channel]);
            }
            Step::SubscribeByServer(client, channel) => {
                let whom = Whom::User(client.to_string());
                let subscribed = self.engine.subscribe(whom, CHANNELS[channel], None);
                assert_eq!(subscribed, Ok(()));
            }
            Step::UnsubscribeByServer(client, channel) => {
                let whom = Whom::User(client.to_string());
                let code = UnsubscribeCode::Server;
                self.engine.unsubscribe(whom, CHANNELS[channel], code);
            }
            Step::Stall(client) => self.clients[client].is_stalled = true,
            Step::Resume(client) => self.clients[client].is_stalled = false,
            Step::Cut(client) => self.clients[client].reconnect(),
            Step::Run(times) => self.run(times).await,
            Step::Wait => self.wait().await,
        }
        for client in &mut self.clients {
            client.read();
        }
    }

    async fn publish(&mut self, channel: &'static str) {
        let top = self.tops.entry(channel).or_default();
        *top += 1;
        let publication = Publication::new(raw(top).unwrap(), 0);
        let published = self.engine.publish(channel, publication, Keep::InHistory);
        assert_eq!(published.await.unwrap().unwrap().offset, *top);
    }

    async fn run(&mut self, times: usize) {
        for _ in 0..times {
            tokio::task::yield_now().await;
        }
        for client in &mut self.clients {
            client.read();
        }
    }

    async fn wait(&mut self) {
        for _ in 0..3 {
            tokio::time::advance(Duration::from_secs(1)).await;
            self.run(20).await;
        }
    }

    /// Everybody reads on, and the bus brings what it has. What it has lost is found by comparing,
    /// also if it came last. Nothing waits unless something was lost.
    async fn settle(&mut self) {
        for client in &mut self.clients {
            client.is_stalled = false;
        }
        while !lock(&self.broker.under_way).is_empty() {
            self.broker.deliver(0, false);
            self.run(10).await;
        }
        if !self.has_lost {
            let waiting = self.engine.hub.overdue(Duration::ZERO);
            assert!(waiting.is_empty(), "nothing is missing: {waiting:?}");
        }
        for _ in 0..4 {
            self.wait().await;
        }
    }

    fn everybody_has_everything(&self) {
        for client in &self.clients {
            for (channel, place) in &client.places {
                if place.is_wanted {
                    assert!(place.is_live, "client {} is subscribed", client.name);
                    let top = self.tops.get(channel).copied().unwrap_or_default();
                    assert_eq!(place.position.offset, top, "client {}", client.name);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens_nobody_has_a_hole(steps in prop::collection::vec(step(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut world = World::new();
            for step in steps {
                world.take(step).await;
            }
            world.settle().await;
            world.everybody_has_everything();
        });
    }
}
