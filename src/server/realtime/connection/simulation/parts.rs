//! What the simulation puts in place of the network: a bus that is not to be relied on, and sockets
//! made of pipes.

use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures::channel::mpsc;
use futures::{Stream, StreamExt};
use tokio::task::JoinHandle;
use tungstenite::Message;

use crate::protocol::frame::Publication;
use crate::server::realtime::broker::Broker;
use crate::server::realtime::connection::serve;
use crate::server::realtime::registration::history::Entry;
use crate::server::realtime::testing::Pipe;
use crate::server::realtime::transport::dialect::Dialect;
use crate::server::realtime::transport::socket::{ControlSink, Discarded, Socket};
use crate::server::realtime::transport::wire::Wire;
use crate::server::realtime::{Engine, Hub, Instruction, MemberChange, Whom, lock};

/// Bytes that a stalled client's socket still takes: frames are torn all the time.
const SOCKET_BYTES: usize = 150;

/// A bus between several hubs that is not to be relied on: each of them gets what is published late, in
/// another order, twice, or not at all, and each in its own way.
#[derive(Default)]
pub(super) struct Bus {
    pub(super) hubs: Vec<Arc<Hub>>,
    pub(super) under_way: Mutex<Vec<UnderWay>>,
}

/// A publication on its way to one hub.
#[derive(Clone)]
pub(super) struct UnderWay {
    to: usize,
    channel: String,
    publication: Publication,
}

/// One server's end of the bus. What connections are told to do stays on it: that goes to whoever is here.
pub(super) struct ShakyBroker {
    pub(super) bus: Arc<Bus>,
    pub(super) at: usize,
}

impl ShakyBroker {
    fn hub(&self) -> &Hub {
        &self.bus.hubs[self.at]
    }
}

impl Broker for ShakyBroker {
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        let mut under_way = lock(&self.bus.under_way);
        for publication in make() {
            let to_each = (0..self.bus.hubs.len()).map(|to| UnderWay {
                to,
                channel: channel.to_owned(),
                publication: publication.clone(),
            });
            under_way.extend(to_each);
        }
    }

    fn publish_here(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        self.hub().publish(channel, make);
    }

    fn publish_ending(&self, channel: &str, entry: Entry) {
        self.hub().publish_ending(channel, entry);
    }

    fn instruct(&self, whom: Whom, instruction: Instruction) {
        self.hub().instruct(&whom, instruction);
    }

    fn members_changed(&self, channel: &str, change: MemberChange) {
        self.hub().members_changed(channel, change);
    }
}

impl Bus {
    pub(super) fn take(&self, at: usize) -> Option<UnderWay> {
        let mut under_way = lock(&self.under_way);
        (at < under_way.len()).then(|| under_way.remove(at))
    }

    /// Brings a hub all that is under way to it of a channel, at once.
    pub(super) fn deliver_run(&self, to: usize, channel: &str) {
        let mut under_way = lock(&self.under_way);
        let of_it = |entry: &mut UnderWay| entry.to == to && entry.channel == channel;
        let run: Vec<Publication> = under_way
            .extract_if(.., of_it)
            .map(|entry| entry.publication)
            .collect();
        drop(under_way);
        self.hubs[to].publish(channel, || run);
    }

    pub(super) fn deliver(&self, at: usize, twice: bool) {
        if let Some(entry) = self.take(at) {
            let times = if twice { 2 } else { 1 };
            for _ in 0..times {
                let publication = entry.publication.clone();
                self.hubs[entry.to].publish(&entry.channel, || vec![publication]);
            }
        }
    }
}

/// A socket made of a channel and a pipe.
struct FakeSocket {
    dialect: Dialect,
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

    fn dialect(&self) -> Dialect {
        self.dialect
    }

    fn attach(&mut self, _: Arc<dyn ControlSink>) {}

    fn poll_writable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.outgoing.poll_writable(context)
    }

    fn poll_discard(&self, _: &mut Context<'_>) -> Poll<Discarded> {
        Poll::Ready(Discarded::End)
    }
}

pub(super) type Opened = (mpsc::UnboundedSender<Message>, Arc<Pipe>, JoinHandle<()>);

pub(super) fn open(engine: &Arc<Engine<()>>, dialect: Dialect) -> Opened {
    let (to_server, incoming) = mpsc::unbounded();
    let from_server = Arc::new(Pipe::new(SOCKET_BYTES));
    let outgoing = from_server.clone();
    let socket = FakeSocket {
        dialect,
        incoming,
        outgoing,
    };
    let served = serve(engine.clone(), socket, http::Extensions::new());
    (to_server, from_server, tokio::spawn(served))
}
