//! The server is killed while people write: what it acknowledged is there, once and in order.
//!
//! Real processes and `kill -9`. Every writer keeps its messages until they are acknowledged and
//! sends them again after each restart, as a client should; readers come back with their position.
//! (The server has a loopback address of its own, so that no other test can take its port while it
//! is down.) At the end the stream is read from the database and compared with what everybody was told.

use std::collections::{HashMap, HashSet};
use std::net::TcpListener;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::support::{Server, command};

const WRITERS: usize = 20;
const READERS: usize = 4;
const ROUNDS: u64 = 4;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A connected socket, however long the server takes to come back.
async fn connect(port: u16, request: &Value) -> (Socket, Value) {
    loop {
        if let Some(open) = try_connect(port, request).await {
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
                return Some((socket, line["connect"].clone()));
            }
        }
    }
}

async fn next(socket: &mut Socket) -> Option<String> {
    match socket.next().await? {
        Ok(Message::Text(text)) => Some(text.to_string()),
        Ok(Message::Close(_)) | Err(_) => None,
        Ok(_) => Some(String::new()),
    }
}

/// Writes as fast as it is acknowledged until told to stop; gives what was acknowledged.
async fn write(
    port: u16,
    token: String,
    writer: usize,
    stop: Arc<AtomicBool>,
) -> HashMap<String, u64> {
    let mut acknowledged = HashMap::new();
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        let (mut socket, _) = connect(port, &json!({ "token": token })).await;
        while !stop.load(Ordering::Relaxed) {
            let client_id = format!("w{writer}-{n}");
            let request = json!({ "id": 1, "message": client_id, "client_id": client_id });
            let command =
                json!({ "id": 2, "rpc": { "method": "thread:publish", "data": request } });
            if socket
                .send(Message::text(command.to_string()))
                .await
                .is_err()
            {
                break;
            }
            let Some(seq) = acknowledgement(&mut socket).await else {
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
async fn read(port: u16, token: String, goal: Arc<Mutex<Option<u64>>>) -> Vec<(u64, String)> {
    let mut seen: Vec<(u64, String)> = Vec::new();
    let mut epoch = String::new();
    let take = |seen: &mut Vec<(u64, String)>, publication: &Value| {
        let offset = publication["offset"].as_u64().unwrap();
        let expected = seen.last().map_or(1, |(last, _)| last + 1);
        assert_eq!(offset, expected, "a hole or a double");
        let data = &publication["data"];
        let id = data["message"]["client_id"].as_str();
        // Joining is an event too.
        let id = id.unwrap_or(data["type"].as_str().unwrap());
        seen.push((offset, id.to_owned()));
    };
    loop {
        let position = seen.last().map_or(0, |(last, _)| *last);
        let subs = json!({ "thread:1": { "recover": true, "epoch": epoch, "offset": position } });
        let request = json!({ "token": token, "subs": subs });
        let (mut socket, connected) = connect(port, &request).await;
        let sub = &connected["subs"]["thread:1"];
        epoch = sub["epoch"].as_str().unwrap().to_owned();
        let top = sub["offset"].as_u64().unwrap_or(0);
        if sub["recovered"] == true {
            for publication in sub["publications"].as_array().unwrap_or(&vec![]) {
                take(&mut seen, publication);
            }
        } else {
            // Too much was missed for one reply: page through history up to the live stream.
            while seen.last().map_or(0, |(last, _)| *last) < top {
                let since = seen.last().map_or(0, |(last, _)| *last);
                match page(&mut socket, &epoch, since, top).await {
                    Some(publications) => {
                        for publication in &publications {
                            take(&mut seen, publication);
                        }
                    }
                    None => break,
                }
            }
            if seen.last().map_or(0, |(last, _)| *last) < top {
                continue;
            }
        }
        loop {
            let at = seen.last().map_or(0, |(last, _)| *last);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_kill_minus_nine_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    command(folder.path(), &["seed"]);
    let token = command(
        folder.path(),
        &["token", "create", "--user", "john", "--name", "t"],
    );
    let port = TcpListener::bind("127.0.0.77:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let mut server = Server::start(folder.path(), port).await;

    let stop = Arc::new(AtomicBool::new(false));
    let goal = Arc::new(Mutex::new(None));
    let writers: Vec<_> = (0..WRITERS)
        .map(|n| tokio::spawn(write(port, token.clone(), n, stop.clone())))
        .collect();
    let readers: Vec<_> = (0..READERS)
        .map(|_| tokio::spawn(read(port, token.clone(), goal.clone())))
        .collect();
    for round in 0..ROUNDS {
        // A moment that differs from round to round, in the middle of the traffic.
        let moment = 150 + (u64::from(std::process::id()) * 37 + round * 211) % 400;
        tokio::time::sleep(Duration::from_millis(moment)).await;
        server = server.kill_and_restart().await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.store(true, Ordering::Relaxed);

    let mut acknowledged = HashMap::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    assert!(
        acknowledged.len() > 100,
        "only {} were written",
        acknowledged.len()
    );

    let url = format!("sqlite://{}/data/hubbub.db", folder.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let stored: Vec<(i64, String)> = sqlx::query_as(
        "select e.seq, coalesce(m.client_id, e.kind) from thread_events e
         left join messages m on m.id = e.message_id and m.seq = e.seq
         where e.thread_id = 1 order by e.seq",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    *goal.lock().unwrap() = Some(stored.len() as u64);

    let stored: Vec<(u64, String)> = stored
        .into_iter()
        .map(|(seq, id)| (u64::try_from(seq).unwrap(), id))
        .collect();
    let seqs: Vec<u64> = stored.iter().map(|(seq, _)| *seq).collect();
    assert_eq!(
        seqs,
        (1..=stored.len() as u64).collect::<Vec<_>>(),
        "no hole"
    );
    let posts = || stored.iter().filter(|(_, id)| id != "joined");
    let ids: HashSet<&String> = posts().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), posts().count(), "nothing twice");
    let by_id: HashMap<&str, u64> = stored.iter().map(|(seq, id)| (id.as_str(), *seq)).collect();
    for (id, seq) in &acknowledged {
        assert_eq!(by_id.get(id.as_str()), Some(seq), "{id} was acknowledged");
    }
    for reader in readers {
        let seen = tokio::time::timeout(Duration::from_mins(1), reader)
            .await
            .expect("every reader arrives")
            .unwrap();
        assert!(seen == stored, "a reader saw another stream");
    }
    drop(server);
}
