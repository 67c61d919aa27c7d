//! What a publication carries beside its data, on an engine with rules of the test's own: when it was
//! published, and tags.

use std::sync::Arc;
use std::time::Duration;

use hubbub::protocol::Timestamp;
use hubbub::protocol::frame::Raw;
use hubbub::server::clock::{Clock, Entropy};
use hubbub::server::realtime::{
    Accepted, Handler, MemoryHistory, Peer, Publish, Published, Registration, Rule,
};
use serde_json::{Value, json};

use crate::support::TestSocket;
use crate::support::engine::{open, serve};

type Nobody = ();

fn engine(rule: Rule<Nobody>) -> Registration<Nobody> {
    let connect = |_| async { Ok(Accepted::new((), Peer::default())) };
    Registration::new(Handler::new(connect)).rule(rule)
}

/// Anybody publishes to it, and its last hundred are kept.
fn kept(pattern: &'static str) -> Rule<Nobody> {
    let past = MemoryHistory::new(100, Duration::from_hours(1), Entropy::system());
    open(pattern)
        .history(Arc::new(past), Handler::new(|_| async { Ok(()) }))
        .publish(Handler::new(|event: Publish<Nobody>| async {
            Ok(tagged(event.data))
        }))
}

/// Whoever publishes `{tags, …}` publishes with these tags.
fn tagged(data: Raw) -> Published {
    let value: Value = serde_json::from_str(data.get()).unwrap();
    match value.get("tags") {
        Some(tags) => Published::Tagged(data, serde_json::from_value(tags.clone()).unwrap()),
        None => Published::Announce(data),
    }
}

async fn connected(base: &str) -> TestSocket {
    let mut socket = TestSocket::open(base).await;
    socket.connect_with("").await;
    socket
}

async fn publish(socket: &mut TestSocket, data: Value) {
    let request = json!({ "channel": "news", "data": data });
    let answer = socket.ask("publish", request).await;
    assert!(answer.get("publish").is_some(), "{answer}");
}

whatever_is_spoken! {
    async fn a_publication_tells_its_time_and_tags_live_in_history_and_recovered() {
        let clock = Clock::from_fn(|| Timestamp(1_795_888_800_123));
        let (base, _) = serve(engine(kept("news").timed(clock))).await;
        let mut socket = connected(&base).await;
        let begun = socket.subscribe("news").await;
        publish(&mut socket, json!({ "tags": { "kind": "first" } })).await;
        let came = socket.pushes_so_far()[0]["pub"].clone();
        assert_eq!(came["time"], 1_795_888_800_123_i64);
        assert_eq!(came["tags"], json!({ "kind": "first" }));
        assert_eq!(came["offset"], 1);
        let history = json!({ "channel": "news", "limit": 1 });
        let page = socket.ask("history", history).await;
        assert_eq!(page["history"]["publications"][0], came);
        let mut late = connected(&base).await;
        let since = json!({ "channel": "news", "recover": true, "epoch": begun["epoch"] });
        let recovered = late.ask("subscribe", since).await;
        assert_eq!(recovered["subscribe"]["publications"], json!([came]));
    }

    async fn where_no_time_is_asked_for_none_is_told() {
        let (base, _) = serve(engine(kept("news"))).await;
        let mut socket = connected(&base).await;
        socket.subscribe("news").await;
        publish(&mut socket, json!(1)).await;
        let came = socket.pushes_so_far()[0]["pub"].clone();
        assert!(came.get("time").is_none() && came.get("tags").is_none(), "{came}");
    }
}
