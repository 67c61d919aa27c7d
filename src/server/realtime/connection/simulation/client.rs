//! A client of the simulation: it does what a real one does, and checks the promise with every line
//! that it reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::FutureExt;
use futures::channel::mpsc;
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use tungstenite::Message;

use super::parts::open;
use super::{CHANNELS, said};
use crate::protocol::frame::{StreamPosition, parse};
use crate::server::realtime::Engine;
use crate::server::realtime::testing::Pipe;
use crate::server::realtime::transport::dialect::{Dialect, Format};
use crate::server::realtime::transport::fossil::tests as fossil;
use crate::server::realtime::transport::protobuf::encode_command;

/// Every other client speaks Protobuf.
fn dialect(name: usize) -> Dialect {
    match name % 2 {
        0 => Dialect::SocketJson,
        _ => Dialect::SocketProtobuf,
    }
}

/// What a client was told of a channel.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) position: StreamPosition,
    /// The subscription stands: what comes must follow.
    pub(super) is_live: bool,
    /// The client wants it to stand.
    pub(super) is_wanted: bool,
    /// Where what comes may be a patch: what came last, as text.
    reads_patches: bool,
    last: Option<String>,
}

impl Place {
    /// What is in a publication that has come.
    fn read(&mut self, publication: &Value, format: Format) -> Value {
        let data = &publication["data"];
        if !self.reads_patches {
            return data.clone();
        }
        let text = match (publication.get("delta"), format) {
            (Some(_), _) => {
                let last = self.last.as_deref().expect("the first is whole");
                fossil::apply(last, data.as_str().unwrap()).expect("a patch of what came last")
            }
            (None, Format::Json) => data.as_str().expect("a text").to_owned(),
            (None, Format::Protobuf) => data.to_string(),
        };
        let read = serde_json::from_str(&text).unwrap();
        self.last = Some(text);
        read
    }
}

pub(super) struct Client {
    pub(super) name: usize,
    /// The servers, and the one that it is connected to.
    engines: Vec<Arc<Engine<()>>>,
    pub(super) at: usize,
    to_server: mpsc::UnboundedSender<Message>,
    from_server: Arc<Pipe>,
    task: JoinHandle<()>,
    next_id: u32,
    /// Subscribe commands that wait for their answer, with the position to recover from.
    asked: BTreeMap<u32, (&'static str, Option<StreamPosition>)>,
    /// Unsubscribe commands that wait for theirs.
    leaving: BTreeMap<u32, &'static str>,
    pub(super) places: BTreeMap<&'static str, Place>,
    pub(super) is_stalled: bool,
    /// What the server has ever taken it out of.
    pub(super) taken_out: BTreeSet<&'static str>,
}

impl Client {
    pub(super) fn new(engines: &[Arc<Engine<()>>], name: usize) -> Self {
        let at = name % engines.len();
        let (to_server, from_server, task) = open(&engines[at], dialect(name));
        let mut client = Self {
            name,
            engines: engines.to_vec(),
            at,
            to_server,
            from_server,
            task,
            next_id: 1,
            asked: BTreeMap::new(),
            leaving: BTreeMap::new(),
            places: BTreeMap::new(),
            is_stalled: false,
            taken_out: BTreeSet::new(),
        };
        client.send("connect", &json!({ "data": name }));
        client
    }

    fn send(&mut self, command: &str, request: &Value) -> u32 {
        self.next_id += 1;
        let text = json!({ "id": self.next_id, command: request }).to_string();
        self.say(&text);
        self.next_id
    }

    /// Says a command in its own words.
    fn say(&self, json: &str) {
        let message = match dialect(self.name).format() {
            Format::Json => Message::text(json),
            Format::Protobuf => Message::binary(encode_command(&parse(json).unwrap())),
        };
        let _ = self.to_server.unbounded_send(message);
    }

    pub(super) fn subscribe(&mut self, channel: &'static str) {
        let place = self.places.get(channel);
        if place.is_some_and(|place| place.is_live) || self.waits_about(channel) {
            return;
        }
        let mut request = match place {
            Some(place) => json!({
                "channel": channel, "recover": true,
                "epoch": place.position.epoch, "offset": place.position.offset,
            }),
            None => json!({ "channel": channel }),
        };
        // Some read patches, at one of the channels.
        if self.name > 0 && channel == CHANNELS[0] {
            request["delta"] = json!("fossil");
        }
        let from = place.map(|place| place.position.clone());
        let id = self.send("subscribe", &request);
        self.asked.insert(id, (channel, from));
    }

    pub(super) fn unsubscribe(&mut self, channel: &'static str) {
        // An answer under way would make it ambiguous what is meant; a real client waits too.
        if self.waits_about(channel) {
            return;
        }
        let id = self.send("unsubscribe", &json!({ "channel": channel }));
        self.leaving.insert(id, channel);
        self.places.remove(channel);
    }

    fn waits_about(&self, channel: &str) -> bool {
        let asked = self.asked.values().map(|(asked, _)| asked);
        let mut waiting = asked.chain(self.leaving.values());
        waiting.any(|waiting| *waiting == channel)
    }

    /// The connection is gone; what was known stays, and the client comes back with it, to any server.
    pub(super) fn reconnect(&mut self, at: usize) {
        self.task.abort();
        self.at = at;
        let engine = &self.engines[at];
        (self.to_server, self.from_server, self.task) = open(engine, dialect(self.name));
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
    pub(super) fn read(&mut self) {
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
            self.reconnect((self.at + 1) % self.engines.len());
        }
    }

    fn line(&mut self, line: &Value) {
        if *line == json!({}) {
            self.say("{}");
        } else if let Some(push) = line.get("push") {
            self.push(push);
        } else if let Some(id) = line["id"].as_u64() {
            let id = u32::try_from(id).unwrap();
            if let Some((channel, from)) = self.asked.remove(&id) {
                self.answered(channel, from.as_ref(), line);
            } else if let Some(channel) = self.leaving.remove(&id) {
                // The server may have subscribed it meanwhile.
                self.places.remove(channel);
            }
        }
    }

    fn answered(&mut self, channel: &'static str, from: Option<&StreamPosition>, line: &Value) {
        match (line.get("subscribe"), line["error"]["code"].as_u64()) {
            // The server may have subscribed it meanwhile, and taken it out again: what was asked
            // for is answered as it was asked.
            (Some(result), _) => self.subscribed(channel, from, result),
            // Ended by the server while it was asked for.
            (None, Some(103)) => {
                assert!(self.taken_out.contains(channel), "it was not taken out");
                self.places.remove(channel);
            }
            // The server was the first to subscribe it.
            (None, Some(105)) => {}
            (None, _) => panic!("{line}"),
        }
    }

    fn subscribed(&mut self, channel: &'static str, from: Option<&StreamPosition>, result: &Value) {
        let told = StreamPosition {
            offset: result["offset"].as_u64().unwrap_or(0),
            epoch: result["epoch"].as_str().unwrap().to_owned(),
        };
        let mut place = Place {
            position: told.clone(),
            is_live: true,
            is_wanted: true,
            reads_patches: result["delta"] == true,
            last: None,
        };
        if result["recovered"] == true {
            assert_eq!(Some(&told), from, "a recovery begins where the client was");
            for publication in result["publications"].as_array().into_iter().flatten() {
                self.next(&mut place, channel, publication);
            }
        } else {
            assert!(result.get("publications").is_none(), "a part of a recovery");
        }
        self.places.insert(channel, place);
    }

    /// What comes follows what was there, and is what was published there.
    fn next(&self, place: &mut Place, channel: &str, publication: &Value) {
        let next = place.position.offset + 1;
        assert_eq!(
            publication["offset"], next,
            "client {} on {channel}",
            self.name
        );
        let read = place.read(publication, dialect(self.name).format());
        assert_eq!(read, said(next), "and it is what was published there");
        place.position.offset = next;
    }

    fn push(&mut self, push: &Value) {
        let channel = *CHANNELS
            .iter()
            .find(|name| **name == push["channel"])
            .unwrap();
        if let Some(result) = push.get("subscribe") {
            let known = self.places.get(channel).map(|place| place.position.clone());
            self.subscribed(channel, known.as_ref(), result);
        } else if let Some(publication) = push.get("pub") {
            let place = self.places.remove(channel);
            let is_live = place.as_ref().is_some_and(|place| place.is_live);
            if let Some(mut place) = place {
                if place.is_live {
                    self.next(&mut place, channel, publication);
                }
                self.places.insert(channel, place);
            }
            if !is_live {
                // Only what was on its way while the client itself was leaving.
                let is_leaving = self.leaving.values().any(|leaving| *leaving == channel);
                assert!(
                    is_leaving,
                    "client {} hears {channel} after its end",
                    self.name
                );
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
