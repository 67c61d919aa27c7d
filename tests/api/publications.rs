//! What a publication carries beside its data, on an engine with rules of the test's own: when it was
//! published, and tags; and who is given which of them.

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

/// The next publication as it came.
async fn next(socket: &mut TestSocket) -> Value {
    loop {
        let line = socket.line().await;
        if line["push"]["pub"].is_object() {
            return line["push"]["pub"].clone();
        }
    }
}

/// The data of a publication that is no patch, for who reads patches: in JSON it is a text.
fn whole(publication: &Value) -> Value {
    assert!(publication.get("delta").is_none(), "{publication}");
    match &publication["data"] {
        Value::String(text) => serde_json::from_str(text).unwrap(),
        data => data.clone(),
    }
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

    async fn who_asks_for_some_by_their_tags_hears_those_and_misses_nothing() {
        let (base, _) = serve(engine(kept("news").filters())).await;
        let [mut writer, mut reader] = [connected(&base).await, connected(&base).await];
        let cheap = json!({ "op": "and", "nodes": [
            { "key": "kind", "cmp": "in", "vals": ["fish", "meat"] },
            { "op": "not", "nodes": [{ "key": "price", "cmp": "gt", "val": "9.99" }] },
        ] });
        let ask = json!({ "channel": "news", "tf": cheap });
        let begun = reader.ask("subscribe", ask).await["subscribe"].clone();
        let tags = |kind: &str, price: &str| json!({ "tags": { "kind": kind, "price": price } });
        let all = [
            tags("fish", "9.99"), tags("fish", "10"), tags("tea", "1"), json!("no tags"), tags("meat", "3"),
        ];
        for data in all.clone() {
            publish(&mut writer, data).await;
        }
        for (offset, data) in [(1, &all[0]), (5, &all[4])] {
            assert_eq!(reader.publication().await, ("news".to_owned(), offset, data.clone()));
        }
        // What is last is not wanted, and is behind them all the same.
        publish(&mut writer, tags("tea", "2")).await;
        publish(&mut writer, tags("fish", "2")).await;
        assert_eq!(reader.publication().await.1, 7);
        assert!(reader.everything_so_far().await.is_empty());

        let mut late = connected(&base).await;
        let since = json!({ "channel": "news", "recover": true, "epoch": begun["epoch"],
            "offset": 1, "tf": cheap });
        let recovered = late.ask("subscribe", since).await["subscribe"].clone();
        assert_eq!((&recovered["recovered"], &recovered["offset"]), (&json!(true), &json!(1)));
        let publications = recovered["publications"].as_array().unwrap();
        let offsets: Vec<_> = publications.iter().map(|p| p["offset"].as_u64().unwrap()).collect();
        assert_eq!(offsets, [5, 7]);
        publish(&mut writer, tags("meat", "1")).await;
        assert_eq!(late.publication().await.1, 8);
    }

    async fn who_reads_patches_gets_the_first_whole_and_then_what_has_changed() {
        let (base, _) = serve(engine(kept("news").patches().filters()).rule(open("plain"))).await;
        let [mut writer, mut reader] = [connected(&base).await, connected(&base).await];
        let ask = |channel: &str| json!({ "channel": channel, "delta": "fossil" });
        let begun = reader.ask("subscribe", ask("news")).await["subscribe"].clone();
        assert_eq!(begun["delta"], true);
        writer.subscribe("news").await;
        let story = "the same old story, told again";
        for number in 1..=3 {
            publish(&mut writer, json!({ "number": number, "text": story })).await;
        }
        publish(&mut writer, json!(4)).await;
        let first = next(&mut reader).await;
        assert_eq!(whole(&first), json!({ "number": 1, "text": story }));
        for offset in 2..=3 {
            let patch = next(&mut reader).await;
            assert_eq!((&patch["delta"], &patch["offset"]), (&json!(true), &json!(offset)));
            let text = patch["data"].as_str().unwrap();
            assert!(text.len() < 30 && text.ends_with(';'), "{text}");
        }
        assert_eq!(whole(&next(&mut reader).await), 4, "no patch is as short");
        let plainly = writer.pushes_so_far();
        assert_eq!(plainly[1]["pub"]["data"], json!({ "number": 2, "text": story }));

        let mut late = connected(&base).await;
        let since = json!({ "channel": "news", "recover": true, "epoch": begun["epoch"],
            "offset": 1, "delta": "fossil" });
        let recovered = late.ask("subscribe", since).await["subscribe"].clone();
        assert_eq!(recovered["delta"], true);
        let data: Vec<_> = recovered["publications"].as_array().unwrap().iter().map(whole).collect();
        assert_eq!(data[0], json!({ "number": 2, "text": story }));
        assert_eq!(data[2], 4);

        let filter = json!({ "key": "a", "cmp": "nex" });
        let both = json!({ "channel": "news", "delta": "fossil", "tf": filter });
        for ask in [ask("plain"), json!({ "channel": "news", "delta": "another" }), both] {
            let mut socket = connected(&base).await;
            let begun = socket.ask("subscribe", ask.clone()).await["subscribe"].clone();
            assert!(begun.is_object() && begun.get("delta").is_none(), "{ask} {begun}");
            if ask["channel"] == "news" {
                publish(&mut writer, json!(5)).await;
                assert_eq!(socket.publication().await.2, 5);
            }
        }
    }

    async fn a_filter_that_makes_no_sense_or_is_not_allowed_is_refused() {
        let (base, _) = serve(engine(kept("news").filters()).rule(open("plain"))).await;
        let mut socket = connected(&base).await;
        for (channel, filter) in [
            ("news", json!({ "op": "xor", "nodes": [{ "key": "a", "cmp": "ex" }] })),
            ("news", json!({ "key": "a", "cmp": "gt", "val": "much" })),
            ("plain", json!({ "key": "a", "cmp": "ex" })),
        ] {
            let ask = json!({ "channel": channel, "tf": filter });
            assert_eq!(socket.refusal("subscribe", ask).await, 107, "{channel} {filter}");
        }
        let fine = json!({ "channel": "news", "tf": { "key": "a", "cmp": "ex" } });
        assert!(socket.ask("subscribe", fine).await.get("subscribe").is_some());
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
