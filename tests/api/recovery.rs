//! Coming back: nothing missed, nothing twice, and no half recovery passed off as a whole one.

use hubbub::protocol::{ThreadId, ThreadKind};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// Messages written while somebody keeps coming back.
const TOTAL: u64 = 200;

async fn talk(app: &TestApp, token: &str, thread: ThreadId, count: usize) {
    let mut socket = TestSocket::open(&app.base).await;
    socket.connect_with(token).await;
    for n in 0..count {
        let post = json!({ "id": thread, "message": format!("message {n}") });
        socket.rpc("thread:publish", post).await;
    }
}

fn offsets(result: &Value) -> Vec<u64> {
    let empty = vec![];
    let publications = result["publications"].as_array().unwrap_or(&empty);
    publications
        .iter()
        .map(|p| p["offset"].as_u64().unwrap())
        .collect()
}

on_both_engines! {
    async fn a_reader_who_comes_back_gets_exactly_what_was_missed(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&john).await;
        let channel = format!("thread:{thread}");
        talk(&app, &token, thread, 3).await;

        let mut socket = TestSocket::open(&app.base).await;
        let connected = socket.connect_with(&token).await;
        let position = connected["subs"][&channel].clone();
        assert_eq!(position["offset"], 3);
        assert_eq!(position["recoverable"], true);
        drop(socket);
        talk(&app, &token, thread, 4).await;

        let mut socket = TestSocket::open(&app.base).await;
        let reply = socket.ask("connect", json!({ "token": token, "subs": {
            &channel: { "recover": true, "epoch": position["epoch"], "offset": 3 },
        }})).await;
        let sub = &reply["connect"]["subs"][&channel];
        assert_eq!(sub["recovered"], true);
        assert_eq!(sub["was_recovering"], true);
        assert_eq!(sub["offset"], 3, "the client's own position is echoed");
        assert_eq!(offsets(sub), [4, 5, 6, 7]);

        talk(&app, &token, thread, 1).await;
        let (_, offset, data) = socket.publication().await;
        assert_eq!((offset, &data["message"]["text"]), (8, &json!("message 0")));
    }

    async fn a_reader_who_missed_nothing_is_told_so(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&john).await;
        talk(&app, &token, thread, 2).await;
        let mut socket = app.socket_of(&bill).await;
        let channel = format!("thread:{thread}");
        let epoch = socket.subscribe(&channel).await["epoch"].clone();
        socket.ask("unsubscribe", json!({ "channel": channel })).await;
        let reply = socket.ask("subscribe", json!({
            "channel": channel, "recover": true, "epoch": epoch, "offset": 2,
        })).await;
        assert_eq!(reply["subscribe"], json!({
            "recoverable": true, "positioned": true, "epoch": epoch, "offset": 2,
            "recovered": true, "was_recovering": true,
        }));
    }

    async fn a_position_of_another_stream_is_never_recovered_from(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&john).await;
        talk(&app, &token, thread, 2).await;
        let mut socket = app.socket_of(&bill).await;
        let channel = format!("thread:{thread}");
        let epoch = socket.subscribe(&channel).await["epoch"].clone();
        for (epoch, offset) in [(json!("other"), 1), (epoch.clone(), 3)] {
            socket.ask("unsubscribe", json!({ "channel": channel })).await;
            let reply = socket.ask("subscribe", json!({
                "channel": channel, "recover": true, "epoch": epoch, "offset": offset,
            })).await;
            let sub = &reply["subscribe"];
            assert_eq!(sub["was_recovering"], true);
            assert!(sub.get("recovered").is_none(), "{sub}");
            assert_eq!(sub["offset"], 2);
            assert!(offsets(sub).is_empty());
        }
    }

    async fn after_too_much_was_missed_the_stream_is_read_in_pages_up_to_the_live_one(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&john).await;
        let mut writer = TestSocket::open(&app.base).await;
        writer.connect_with(&token).await;
        let mut ids = Vec::new();
        for n in 0..310 {
            let post = json!({ "id": thread, "message": n.to_string() });
            ids.push(writer.send("rpc", json!({ "method": "thread:publish", "data": post })).await);
        }
        for id in ids {
            writer.answer(id).await;
        }
        let mut socket = app.socket_of(&bill).await;
        let channel = format!("thread:{thread}");
        let reply = socket.ask("subscribe", json!({
            "channel": channel, "recover": true, "offset": 0,
        })).await;
        let sub = &reply["subscribe"];
        assert!(sub.get("recovered").is_none());
        assert_eq!(sub["offset"], 310);
        let epoch = sub["epoch"].clone();
        let mut seen = Vec::new();
        while seen.len() < 310 {
            let since = json!({ "offset": seen.last().copied().unwrap_or(0), "epoch": epoch });
            let reply = socket.ask("history", json!({
                "channel": channel, "limit": -1, "since": since,
            })).await;
            let page = offsets(&reply["history"]);
            assert!(!page.is_empty(), "{reply}");
            seen.extend(page);
        }
        assert_eq!(seen, (1..=310).collect::<Vec<_>>());
        let wrong = json!({ "channel": channel, "since": { "offset": 1, "epoch": "other" } });
        assert_eq!(socket.refusal("history", wrong).await, 112);
    }

    async fn subscribing_while_others_write_misses_nothing_and_doubles_nothing(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&john).await;
        let bills = app.token(&bill).await;
        let channel = format!("thread:{thread}");
        let base = app.base.clone();
        let writing = tokio::spawn(async move {
            let mut socket = TestSocket::open(&base).await;
            socket.connect_with(&token).await;
            for n in 0..TOTAL {
                let post = json!({ "id": thread, "message": n.to_string() });
                socket.rpc("thread:publish", post).await;
            }
        });
        let mut position = 0;
        let mut epoch = String::new();
        while position < TOTAL {
            let mut socket = TestSocket::open(&app.base).await;
            socket.connect_with(&bills).await;
            let reply = socket.ask("subscribe", json!({
                "channel": channel, "recover": true, "epoch": epoch, "offset": position,
            })).await;
            let sub = &reply["subscribe"];
            assert_eq!(sub["recovered"], true, "{sub}");
            epoch = sub["epoch"].as_str().unwrap().to_owned();
            for offset in offsets(sub) {
                assert_eq!(offset, position + 1);
                position = offset;
            }
            // A few live ones, then the connection is cut.
            for _ in 0..7 {
                if position == TOTAL {
                    break;
                }
                let (_, offset, _) = socket.publication().await;
                assert_eq!(offset, position + 1);
                position = offset;
            }
        }
        writing.await.unwrap();
    }
}
