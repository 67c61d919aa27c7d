//! A simulation of hubs, a bus and connections under everything that can go wrong at once.
//!
//! Real connections to two servers run over sockets made of pipes, on one thread with a clock that
//! stands still, so a sequence of steps always plays out the same way and proptest can shrink it. Both
//! servers have one history, and a bus between them that delivers late, twice, in another order, or not
//! at all, to each in its own way; clients stall, are cut, come back to either server with their
//! positions, subscribe and unsubscribe, or the server does it for them. Whatever happens, what a client
//! receives is contiguous from where it was told to be, and in the end it has everything.

mod client;
mod parts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use self::client::Client;
use self::parts::{Bus, ShakyBroker};
use crate::protocol::codes::UnsubscribeCode;
use crate::protocol::frame::{Publication, raw};
use crate::server::clock::Entropy;
use crate::server::realtime::engine::Keep;
use crate::server::realtime::{
    Accepted, Engine, Granted, Handler, Hub, MemoryHistory, Options, Peer, Registration, Rule,
    Whom, lock,
};

const SERVERS: usize = 2;
const CLIENTS: usize = 3;
const CHANNELS: [&str; 2] = ["a", "b"];
/// Publications that the history still has.
const KEPT: usize = 6;

/// What is published as that number of a channel: much like what was before.
fn said(number: u64) -> Value {
    json!({ "number": number, "text": "the same old story" })
}

#[derive(Clone, Debug)]
enum Step {
    /// On a server, in a channel.
    Publish(usize, usize),
    /// The bus delivers what it holds: the one at that place, perhaps twice.
    Deliver {
        at: usize,
        twice: bool,
    },
    /// The bus delivers all it holds for a server of a channel at once.
    DeliverRun(usize, usize),
    /// The bus loses one.
    Lose(usize),
    Subscribe(usize, usize),
    Unsubscribe(usize, usize),
    SubscribeByServer(usize, usize),
    UnsubscribeByServer(usize, usize),
    /// The client stops reading, or goes on.
    Stall(usize),
    Resume(usize),
    /// The connection is cut, and the client comes back to that server.
    Cut(usize, usize),
    /// Tasks run for a while.
    Run(usize),
    /// Seconds pass: pings, gaps closed from the history.
    Wait,
}

fn step() -> impl Strategy<Value = Step> {
    let (server, client) = (|| 0..SERVERS, || 0..CLIENTS);
    let channel = || 0..CHANNELS.len();
    prop_oneof![
        8 => (server(), channel()).prop_map(|(s, ch)| Step::Publish(s, ch)),
        16 => (0..8usize, any::<bool>()).prop_map(|(at, twice)| Step::Deliver { at, twice }),
        4 => (server(), channel()).prop_map(|(s, ch)| Step::DeliverRun(s, ch)),
        2 => (0..8usize).prop_map(Step::Lose),
        4 => (client(), channel()).prop_map(|(c, ch)| Step::Subscribe(c, ch)),
        1 => (client(), channel()).prop_map(|(c, ch)| Step::Unsubscribe(c, ch)),
        1 => (client(), channel()).prop_map(|(c, ch)| Step::SubscribeByServer(c, ch)),
        1 => (client(), channel()).prop_map(|(c, ch)| Step::UnsubscribeByServer(c, ch)),
        1 => client().prop_map(Step::Stall),
        1 => client().prop_map(Step::Resume),
        1 => (client(), server()).prop_map(|(c, s)| Step::Cut(c, s)),
        6 => (1..6usize).prop_map(Step::Run),
        1 => Just(Step::Wait),
    ]
}

struct World {
    engines: Vec<Arc<Engine<()>>>,
    bus: Arc<Bus>,
    clients: Vec<Client>,
    tops: BTreeMap<&'static str, u64>,
    /// The bus has lost something.
    has_lost: bool,
}

impl World {
    fn new() -> Self {
        let hubs = (0..SERVERS).map(|_| Arc::new(Hub::default()));
        let bus = Arc::new(Bus {
            hubs: hubs.collect(),
            under_way: Mutex::default(),
        });
        let past = MemoryHistory::new(KEPT, Duration::from_hours(1), Entropy::system());
        let past = Arc::new(past);
        let engines: Vec<_> = (0..SERVERS)
            .map(|at| Self::server(&bus, &past, at))
            .collect();
        let clients = (0..CLIENTS)
            .map(|name| Client::new(&engines, name))
            .collect();
        Self {
            engines,
            bus,
            clients,
            tops: BTreeMap::new(),
            has_lost: false,
        }
    }

    fn server(bus: &Arc<Bus>, past: &Arc<MemoryHistory>, at: usize) -> Arc<Engine<()>> {
        let broker = ShakyBroker {
            bus: bus.clone(),
            at,
        };
        let connect = Handler::new(|event: super::super::Connect| async move {
            let user = event.request.data.map(|data| data.get().to_owned());
            let peer = Peer {
                user: user.unwrap_or_default(),
                ..Peer::default()
            };
            Ok(Accepted::new((), peer))
        });
        let rule = |name| {
            // The handler takes its time, so that things happen meanwhile.
            let slowly = Handler::new(|_| async {
                tokio::task::yield_now().await;
                Ok(Granted::default())
            });
            let rule = Rule::new(name, slowly).patches();
            rule.history(past.clone(), Handler::new(|_| async { Ok(()) }))
        };
        let registration = CHANNELS
            .iter()
            .fold(Registration::new(connect), |all, name| all.rule(rule(name)));
        let options = Options {
            // A few publications, so that a stalled reader is soon too slow.
            queue_bytes: 600,
            ..Options::default()
        };
        let engine = Engine::new(
            bus.hubs[at].clone(),
            Arc::new(broker),
            registration,
            options,
            Entropy::system(),
        );
        tokio::spawn(engine.clone().tend());
        engine
    }

    /// The server that a client is connected to.
    fn its_server(&self, client: usize) -> &Engine<()> {
        &self.engines[self.clients[client].at]
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Publish(server, channel) => self.publish(server, CHANNELS[channel]).await,
            Step::Deliver { at, twice } => self.bus.deliver(at, twice),
            Step::DeliverRun(server, channel) => self.bus.deliver_run(server, CHANNELS[channel]),
            Step::Lose(at) => self.has_lost |= self.bus.take(at).is_some(),
            Step::Subscribe(client, channel) => self.clients[client].subscribe(CHANNELS[channel]),
            Step::Unsubscribe(client, channel) => {
                self.clients[client].unsubscribe(CHANNELS[channel]);
            }
            Step::SubscribeByServer(client, channel) => {
                let whom = Whom::User(client.to_string());
                let server = self.its_server(client);
                let subscribed = server.subscribe(whom, CHANNELS[channel], None);
                assert_eq!(subscribed, Ok(()));
            }
            Step::UnsubscribeByServer(client, channel) => {
                let whom = Whom::User(client.to_string());
                let code = UnsubscribeCode::Server;
                self.clients[client].taken_out.insert(CHANNELS[channel]);
                self.its_server(client)
                    .unsubscribe(whom, CHANNELS[channel], code);
            }
            Step::Stall(client) => self.clients[client].is_stalled = true,
            Step::Resume(client) => self.clients[client].is_stalled = false,
            Step::Cut(client, server) => self.clients[client].reconnect(server),
            Step::Run(times) => self.run(times).await,
            Step::Wait => self.wait().await,
        }
        for client in &mut self.clients {
            client.read();
        }
    }

    async fn publish(&mut self, server: usize, channel: &'static str) {
        let top = self.tops.entry(channel).or_default();
        *top += 1;
        let publication = Publication::new(raw(&said(*top)).unwrap(), 0);
        let published = self.engines[server].publish(channel, publication, Keep::InHistory);
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
        while !lock(&self.bus.under_way).is_empty() {
            self.bus.deliver(0, false);
            self.run(10).await;
        }
        if !self.has_lost {
            for engine in &self.engines {
                let waiting = engine.hub.overdue(Duration::ZERO);
                assert!(waiting.is_empty(), "nothing is missing: {waiting:?}");
            }
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
