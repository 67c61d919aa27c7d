//! Clients that write and read one stream, however often the servers die under them.
//!
//! Writers keep a message until it is acknowledged and send it again, wherever they get through, as a
//! client should; readers come back with their position. Each connects to the servers in turn.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A server that was halted takes connections and says nothing.
const PATIENCE: Duration = Duration::from_secs(2);
const ANSWER: Duration = Duration::from_secs(10);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The ports of the servers, to be tried in turn.
#[derive(Clone)]
pub struct Ports(Arc<(Vec<u16>, AtomicUsize)>);

impl Ports {
    pub fn of(ports: &[u16]) -> Self {
        Self(Arc::new((ports.to_vec(), AtomicUsize::new(0))))
    }

    fn next(&self) -> u16 {
        let (ports, turn) = &*self.0;
        ports[turn.fetch_add(1, Ordering::Relaxed) % ports.len()]
    }
}

/// A connected socket, however long the servers take to come back.
pub async fn connect(ports: &Ports, request: &Value) -> (Socket, Value) {
    loop {
        let trying = tokio::time::timeout(PATIENCE, try_connect(ports.next(), request));
        if let Ok(Some(open)) = trying.await {
            return open;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn try_connect(port: u16, request: &Value) -> Option<(Socket, Value)> {
    let url = format!("ws://127.0.0.77:{port}/connection/websocket");
    let (mut socket, _) = connect_async(url).await.ok()?;
    let command = json!({ "id": 1, "connect": request }).to_string();
    socket.send(Message::text(command)).await.ok()?;
    loop {
        let reply = next(&mut socket).await?;
        for line in reply.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if line["id"] == 1 {
                // A server that is cut off from its database says "not now".
                return line
                    .get("connect")
                    .map(|connected| (socket, connected.clone()));
            }
        }
    }
}

pub async fn next(socket: &mut Socket) -> Option<String> {
    match socket.next().await? {
        Ok(Message::Text(text)) => Some(text.to_string()),
        Ok(Message::Close(_)) | Err(_) => None,
        Ok(_) => Some(String::new()),
    }
}

/// Writes as fast as it is acknowledged until told to stop; gives what was acknowledged.
pub async fn write(
    ports: Ports,
    token: String,
    writer: usize,
    stop: Arc<AtomicBool>,
) -> HashMap<String, u64> {
    let mut acknowledged = HashMap::new();
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let (mut socket, _) = connect(&ports, &json!({ "token": token })).await;
        while !stop.load(Ordering::Relaxed) {
            let client_id = format!("w{writer}-{n}");
            let request = json!({ "id": 1, "message": client_id, "client_id": client_id });
            let command =
                json!({ "id": 2, "rpc": { "method": "thread:publish", "data": request } });
            let sent = socket.send(Message::text(command.to_string())).await;
            if sent.is_err() {
                break;
            }
            let answer = tokio::time::timeout(ANSWER, acknowledgement(&mut socket)).await;
            let Ok(Some(seq)) = answer else {
                break;
            };
            assert!(acknowledged.insert(client_id, seq).is_none());
            n += 1;
        }
    }
    acknowledged
}

async fn acknowledgement(socket: &mut Socket) -> Option<u64> {
    loop {
        let frame = next(socket).await?;
        for line in frame.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if line["id"] == 2 {
                return line["rpc"]["data"]["message"]["seq"].as_u64();
            }
        }
    }
}

/// Reads until `goal` has been seen; its offsets must be contiguous across all restarts.
pub async fn read(
    ports: Ports,
    token: String,
    goal: Arc<Mutex<Option<u64>>>,
) -> Vec<(u64, String)> {
    let mut seen: Vec<(u64, String)> = Vec::new();
    let mut epoch = String::new();
    loop {
        let position = last(&seen);
        let subs = json!({ "thread:1": { "recover": true, "epoch": epoch, "offset": position } });
        let request = json!({ "token": token, "subs": subs });
        let (mut socket, connected) = connect(&ports, &request).await;
        let sub = &connected["subs"]["thread:1"];
        epoch = sub["epoch"].as_str().unwrap().to_owned();
        let top = sub["offset"].as_u64().unwrap_or(0);
        if sub["recovered"] == true {
            for publication in sub["publications"].as_array().unwrap_or(&vec![]) {
                take(&mut seen, publication);
            }
        } else if !page_up_to(&mut socket, &mut seen, &epoch, top).await {
            continue;
        }
        loop {
            let at = last(&seen);
            if goal.lock().unwrap().is_some_and(|goal| at >= goal) {
                return seen;
            }
            let frame = tokio::time::timeout(Duration::from_millis(200), next(&mut socket)).await;
            match frame {
                Err(_) => {}
                Ok(None) => break,
                Ok(Some(frame)) => {
                    for line in frame.lines() {
                        let line: Value = serde_json::from_str(line).unwrap();
                        if line["push"]["channel"] == "thread:1" {
                            take(&mut seen, &line["push"]["pub"]);
                        }
                    }
                }
            }
        }
    }
}

fn last(seen: &[(u64, String)]) -> u64 {
    seen.last().map_or(0, |(last, _)| *last)
}

fn take(seen: &mut Vec<(u64, String)>, publication: &Value) {
    let offset = publication["offset"].as_u64().unwrap();
    assert_eq!(offset, last(seen) + 1, "a hole or a double");
    let data = &publication["data"];
    let id = data["message"]["client_id"].as_str();
    // Joining is an event too.
    let id = id.unwrap_or(data["type"].as_str().unwrap());
    seen.push((offset, id.to_owned()));
}

/// Too much was missed for one reply: pages through history up to the live stream. False if it did
/// not get there.
async fn page_up_to(
    socket: &mut Socket,
    seen: &mut Vec<(u64, String)>,
    epoch: &str,
    top: u64,
) -> bool {
    while last(seen) < top {
        let reading = tokio::time::timeout(ANSWER, page(socket, epoch, last(seen), top));
        let Ok(Some(publications)) = reading.await else {
            return false;
        };
        for publication in &publications {
            take(seen, publication);
        }
    }
    true
}

/// A page of history up to `top`. What is live meanwhile comes after `top` and is read again when
/// the reader comes back, so this connection is not used further if it was needed.
async fn page(socket: &mut Socket, epoch: &str, since: u64, top: u64) -> Option<Vec<Value>> {
    let request = json!({ "id": 3, "history": {
        "channel": "thread:1", "limit": 300, "since": { "offset": since, "epoch": epoch },
    }});
    socket.send(Message::text(request.to_string())).await.ok()?;
    loop {
        let frame = next(socket).await?;
        for line in frame.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            if line["id"] == 3 {
                let publications = line["history"]["publications"].as_array()?.clone();
                return Some(
                    publications
                        .into_iter()
                        .filter(|publication| publication["offset"].as_u64() <= Some(top))
                        .collect(),
                );
            }
            // A live one has come in between: what is read now would be out of order.
            if line["push"]["channel"] == "thread:1" {
                return None;
            }
        }
    }
}

/// What is stored of the stream, by number: the client's id of a message, or what else happened.
pub const STORED: &str = "select e.seq, coalesce(m.client_id, e.kind) from thread_events e
     left join messages m on m.id = e.message_id and m.seq = e.seq
     where e.thread_id = 1 order by e.seq";

/// What was acknowledged is stored once, where it was said to be, in a stream without holes.
pub fn check(stored: &[(u64, String)], acknowledged: &HashMap<String, u64>) {
    let seqs: Vec<u64> = stored.iter().map(|(seq, _)| *seq).collect();
    let without_holes: Vec<u64> = (1..=stored.len() as u64).collect();
    assert_eq!(seqs, without_holes, "no hole");
    let posts = || stored.iter().filter(|(_, id)| id != "joined");
    let ids: HashSet<&String> = posts().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), posts().count(), "nothing twice");
    let by_id: HashMap<&str, u64> = stored.iter().map(|(seq, id)| (id.as_str(), *seq)).collect();
    for (id, seq) in acknowledged {
        assert_eq!(by_id.get(id.as_str()), Some(seq), "{id} was acknowledged");
    }
}
