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

/// A bus that is not to be relied on.
pub(super) struct ShakyBroker {
    pub(super) hub: Arc<Hub>,
    pub(super) under_way: Mutex<Vec<(String, Publication)>>,
}

impl Broker for ShakyBroker {
    fn publish(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        let publications = make().into_iter().map(|p| (channel.to_owned(), p));
        lock(&self.under_way).extend(publications);
    }

    fn publish_here(&self, channel: &str, make: &dyn Fn() -> Vec<Publication>) {
        self.hub.publish(channel, make);
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
    pub(super) fn take(&self, at: usize) -> Option<(String, Publication)> {
        let mut under_way = lock(&self.under_way);
        (at < under_way.len()).then(|| under_way.remove(at))
    }

    pub(super) fn deliver_run(&self, channel: &str) {
        let mut under_way = lock(&self.under_way);
        let of_channel = |entry: &mut (String, Publication)| entry.0 == channel;
        let run: Vec<Publication> = under_way
            .extract_if(.., of_channel)
            .map(|(_, publication)| publication)
            .collect();
        drop(under_way);
        self.hub.publish(channel, || run);
    }

    pub(super) fn deliver(&self, at: usize, twice: bool) {
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
