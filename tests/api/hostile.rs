//! Three servers, and everything that can happen to them: killed, halted, without a bus, or with one that
//! swallows everything, while people write, read, and are taken out of a thread and put back.
//!
//! Real processes. Faults come one after the other from a seed, which the test prints: `CLUSTER_TEST_SEED`
//! plays the same again, `CLUSTER_TEST_SECONDS` plays longer (`make cluster-test`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::SinkExt;
use serde_json::{Value, json};
use sqlx::PgPool;
use tokio_tungstenite::tungstenite::Message;

use crate::support::chance::{Chance, from_environment};
use crate::support::clients::{self, Ports, STORED};
use crate::support::{Server, TestApp, TestBus, command, free_port};

const SERVERS: usize = 3;
const WRITERS: usize = 9;
const READERS: usize = 6;
const SECONDS: u64 = 15;

/// Faults until the time is over; all is well again in the end.
async fn cause_trouble(
    mut servers: Vec<Server>,
    bus: &mut TestBus,
    mut chance: Chance,
    seconds: u64,
) -> Vec<Server> {
    let end = Instant::now() + Duration::from_secs(seconds);
    while Instant::now() < end {
        tokio::time::sleep(chance.millis(200, 900)).await;
        let which = usize::try_from(chance.below(SERVERS as u64)).unwrap();
        match chance.below(5) {
            0 | 1 => {
                let server = servers.remove(which);
                servers.push(server.kill_and_restart().await);
            }
            2 => {
                servers[which].halt();
                tokio::time::sleep(chance.millis(500, 6000)).await;
                servers[which].go_on();
            }
            3 => {
                bus.kill();
                tokio::time::sleep(chance.millis(100, 4000)).await;
                bus.begin().await;
            }
            _ => {
                bus.halt();
                tokio::time::sleep(chance.millis(100, 4000)).await;
                bus.go_on();
            }
        }
    }
    servers
}

/// A thread that Bill is in and out of, and what he must not hear.
struct InAndOut {
    thread: u64,
    bill: Value,
    johns_token: String,
}

/// What is asked on whichever server answers.
async fn ask(ports: &Ports, token: &str, method: &str, data: &Value) -> Value {
    loop {
        let (mut socket, _) = clients::connect(ports, &json!({ "token": token })).await;
        let command = json!({ "id": 9, "rpc": { "method": method, "data": data } });
        if socket
            .send(Message::text(command.to_string()))
            .await
            .is_err()
        {
            continue;
        }
        let answer = async {
            loop {
                let frame = clients::next(&mut socket).await?;
                for line in frame.lines() {
                    let line: Value = serde_json::from_str(line).unwrap();
                    if line["id"] == 9 {
                        return Some(line);
                    }
                }
            }
        };
        let answer = tokio::time::timeout(Duration::from_secs(10), answer).await;
        match answer {
            // "Not now" is no answer.
            Ok(Some(answer)) if answer["error"]["temporary"] != true => return answer,
            _ => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Puts Bill in and takes him out again, again and again.
async fn put_in_and_take_out(ports: Ports, at: Arc<InAndOut>, stop: Arc<AtomicBool>) -> u64 {
    let token = &at.johns_token;
    let post = |text: String| {
        let data = json!({ "id": at.thread, "message": text, "client_id": text.replace(' ', "-") });
        let ports = ports.clone();
        async move { ask(&ports, token, "thread:publish", &data).await }
    };
    let mut rounds = 0;
    while !stop.load(Ordering::Relaxed) {
        let add = format!("post:threads/{}/members", at.thread);
        ask(&ports, token, &add, &json!({ "user_id": at.bill })).await;
        post(format!("in {rounds}")).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
        let remove = format!("delete:threads/{}/members/{}", at.thread, at.bill);
        ask(&ports, token, &remove, &json!({})).await;
        let posted = post(format!("out {rounds}")).await;
        assert!(posted.get("rpc").is_some(), "{posted}");
        rounds += 1;
    }
    rounds
}

/// Listens as Bill, here and there; the numbers of what he heard.
async fn overhear(ports: Ports, token: String, channel: String, stop: Arc<AtomicBool>) -> Vec<u64> {
    let mut heard = Vec::new();
    while !stop.load(Ordering::Relaxed) {
        let (mut socket, _) = clients::connect(&ports, &json!({ "token": token })).await;
        while !stop.load(Ordering::Relaxed) {
            let frame = clients::next(&mut socket);
            match tokio::time::timeout(Duration::from_millis(200), frame).await {
                Err(_) => {}
                Ok(None) => break,
                Ok(Some(frame)) => {
                    for line in frame.lines() {
                        let line: Value = serde_json::from_str(line).unwrap();
                        let push = &line["push"];
                        let offset = push["pub"]["offset"].as_u64();
                        if push["channel"] == channel.as_str() {
                            heard.extend(offset);
                        }
                    }
                }
            }
        }
    }
    heard
}

/// What somebody hears of a thread while they do not belong to it, by the thread's own order.
async fn heard_from_outside(pool: &PgPool, thread: u64, user: i64, heard: &[u64]) -> Vec<u64> {
    let thread = i64::try_from(thread).unwrap();
    let events: Vec<(i64, String)> = sqlx::query_as(
        "select seq, kind from thread_events where thread_id = $1 and user_id = $2
         and kind in ('joined', 'left') order by seq",
    )
    .bind(thread)
    .bind(user)
    .fetch_all(pool)
    .await
    .unwrap();
    let belongs_at = |offset: u64| {
        let offset = i64::try_from(offset).unwrap();
        let before = events.iter().rfind(|(seq, _)| *seq <= offset);
        before.is_some_and(|(_, kind)| kind == "joined")
    };
    let outside = heard.iter().copied().filter(|offset| !belongs_at(*offset));
    outside.collect()
}

fn token_of(folder: &Path, url: &str, user: &str) -> String {
    let create = ["token", "create", "--user", user, "--name", "t"];
    command(folder, &[&create[..], &["--database-url", url]].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_happens_to_three_servers_nothing_is_lost_doubled_or_told_to_the_wrong_person() {
    let Some(mut bus) = TestBus::start().await else {
        return;
    };
    let Some(url) = TestApp::a_postgres_database().await else {
        return;
    };
    let seed = from_environment("CLUSTER_TEST_SEED", u64::from(std::process::id()));
    let seconds = from_environment("CLUSTER_TEST_SECONDS", SECONDS);
    println!("CLUSTER_TEST_SEED={seed} CLUSTER_TEST_SECONDS={seconds}");
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    command(folder, &["seed", "--database-url", &url]);
    let (john, bill) = (
        token_of(folder, &url, "john"),
        token_of(folder, &url, "bill"),
    );
    let nats = bus.url();
    let several = ["--database-url", url.as_str(), "--nats-url", nats.as_str()];
    let (mut servers, mut ports) = (Vec::new(), Vec::new());
    for _ in 0..SERVERS {
        let port = free_port();
        ports.push(port);
        servers.push(Server::start_with(folder, port, &several).await);
    }
    let ports = Ports::of(&ports);
    let (stop, goal) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(None)));

    let new = json!({ "name": "In and out", "kind": "private" });
    let thread = ask(&ports, &john, "post:threads", &new).await;
    let thread = thread["rpc"]["data"]["id"].as_u64().unwrap();
    let (_, me) = clients::connect(&ports, &json!({ "token": bill })).await;
    let of_bill = |channel: &String| channel.strip_prefix("user:").map(str::to_owned);
    let bills_id = me["subs"].as_object().unwrap().keys().find_map(of_bill);
    let bills_id: i64 = bills_id.unwrap().parse().unwrap();
    let in_and_out = Arc::new(InAndOut {
        thread,
        bill: bills_id.into(),
        johns_token: john.clone(),
    });
    let taking = put_in_and_take_out(ports.clone(), in_and_out, stop.clone());
    let taking = tokio::spawn(taking);
    let channel = format!("thread:{thread}");
    let spies =
        (0..2).map(|_| overhear(ports.clone(), bill.clone(), channel.clone(), stop.clone()));
    let spies: Vec<_> = spies.map(tokio::spawn).collect();
    let writers =
        (0..WRITERS).map(|n| clients::write(ports.clone(), john.clone(), n, stop.clone()));
    let writers: Vec<_> = writers.map(tokio::spawn).collect();
    let readers = (0..READERS).map(|_| clients::read(ports.clone(), john.clone(), goal.clone()));
    let readers: Vec<_> = readers.map(tokio::spawn).collect();

    let servers = cause_trouble(servers, &mut bus, Chance::new(seed), seconds).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    stop.store(true, Ordering::Relaxed);

    let mut acknowledged = HashMap::new();
    for writer in writers {
        acknowledged.extend(writer.await.unwrap());
    }
    let pool = PgPool::connect(&url).await.unwrap();
    let stored: Vec<(i64, String)> = sqlx::query_as(STORED).fetch_all(&pool).await.unwrap();
    let stored: Vec<(u64, String)> = stored
        .into_iter()
        .map(|(seq, id)| (u64::try_from(seq).unwrap(), id))
        .collect();
    *goal.lock().unwrap() = Some(stored.len() as u64);
    clients::check(&stored, &acknowledged);
    // All faults are over: nobody has to connect again to learn the rest.
    for reader in readers {
        let arrived = tokio::time::timeout(Duration::from_secs(30), reader);
        let arrived = arrived.await.expect("every reader arrives").unwrap();
        assert!(arrived == stored, "a reader saw another stream");
    }
    let rounds = taking.await.unwrap();
    let mut heard = Vec::new();
    for spy in spies {
        heard.extend(spy.await.unwrap());
    }
    let many = (acknowledged.len(), rounds, heard.len());
    println!("acknowledged, times out and in, heard meanwhile: {many:?}");
    assert!(many.0 > 100 && many.1 > 5 && many.2 > 5);
    let outside = heard_from_outside(&pool, thread, bills_id, &heard).await;
    assert!(outside.is_empty(), "heard from outside: {outside:?}");
    drop(servers);
}
