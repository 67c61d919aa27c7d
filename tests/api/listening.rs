//! Clients that only listen: they say how they connect, are subscribed by the server, and hear pushes,
//! whatever they listen over.

use std::sync::Arc;
use std::time::Duration;

use hubbub::protocol::ThreadKind;
use hubbub::protocol::codes::{DisconnectCode, ErrorCode, UnsubscribeCode};
use hubbub::protocol::frame::{Publication, raw};
use hubbub::server::clock::Entropy;
use hubbub::server::realtime::engine::Keep;
use hubbub::server::realtime::{
    Accepted, Connect, Deadlines, Engine, Handler, MemoryHistory, Options, Peer, Registration, Whom,
};
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use serde_json::{Value, json};

use crate::support::engine::{open, serve_with};
use crate::support::listener::{Listener, WAYS, Way};

/// Whoever connects is subscribed to the news, with the last two kept; some may not connect.
fn registration() -> Registration<()> {
    let connect = |event: Connect| async move {
        let accepted = Accepted {
            channels: vec!["news".to_owned()],
            data: event.request.data,
            ..Accepted::new((), Peer::default())
        };
        match event.request.token.as_str() {
            "expired" => Err(ErrorCode::TokenExpired.into()),
            "wrong" => Err(ErrorCode::Unauthorized.into()),
            "later" => Err(ErrorCode::Internal.into()),
            "banned" => Err(DisconnectCode::PermissionDenied.into()),
            _ => Ok(accepted),
        }
    };
    let past = MemoryHistory::new(2, Duration::from_hours(1), Entropy::system());
    let anybody = Handler::new(|_| async { Ok(()) });
    Registration::new(Handler::new(connect))
        .rule(open("news").history(Arc::new(past), anybody))
        .rule(open("more"))
}

async fn engine(options: Options) -> (String, Arc<Engine<()>>) {
    serve_with(registration(), options).await
}

async fn publish(engine: &Engine<()>, channel: &str, data: &str) {
    let publication = Publication::new(raw(&data).unwrap(), 0);
    let published = engine.publish(channel, publication, Keep::InHistory);
    published.await.unwrap();
}

#[tokio::test]
async fn who_only_listens_hears_what_it_is_subscribed_to_as_pushes_alone() {
    for way in WAYS {
        let (base, engine) = engine(Options::default()).await;
        let request = json!({ "data": { "a": "ö b" }, "name": "listener" });
        let mut listener = Listener::open(&base, way, &request).await;
        let begun = listener.next().await["connect"].clone();
        assert_eq!(begun["data"], json!({ "a": "ö b" }), "{way:?}");
        assert_eq!((&begun["ping"], begun.get("pong")), (&json!(25), None));
        assert!(begun.get("session").is_none(), "nothing is sent beside it");
        assert_eq!(begun["subs"]["news"]["recoverable"], true);
        publish(&engine, "news", "one").await;
        let push = json!({ "channel": "news", "pub": { "data": "one", "offset": 1 } });
        assert_eq!(listener.next().await, push);

        engine.subscribe(Whom::Everybody, "more", None).unwrap();
        assert_eq!(
            listener.next().await,
            json!({ "channel": "more", "subscribe": {} })
        );
        publish(&engine, "more", "two").await;
        assert_eq!(listener.next().await["pub"], json!({ "data": "two" }));
        engine.unsubscribe(Whom::Everybody, "more", UnsubscribeCode::Server);
        assert_eq!(listener.next().await["unsubscribe"]["code"], 2000);
        publish(&engine, "more", "three").await;
        engine.send(Whom::Everybody, raw(&7).unwrap());
        assert_eq!(listener.next().await, json!({ "message": { "data": 7 } }));

        engine.disconnect(Whom::Everybody, DisconnectCode::ForceReconnect.into());
        let why = json!({ "code": 3011, "reason": "force reconnect" });
        assert_eq!(
            listener.next().await,
            json!({ "disconnect": why }),
            "{way:?}"
        );
    }
}

#[tokio::test]
async fn who_was_away_is_told_what_was_missed() {
    for way in WAYS {
        let (base, engine) = engine(Options::default()).await;
        let mut listener = Listener::open(&base, way, &json!({})).await;
        let epoch = listener.next().await["connect"]["subs"]["news"]["epoch"].clone();
        drop(listener);
        for text in ["one", "two", "three"] {
            publish(&engine, "news", text).await;
        }
        for (offset, recovered) in [(1, true), (0, false)] {
            let since = json!({ "recover": true, "offset": offset, "epoch": epoch });
            let request = json!({ "subs": { "news": since, "more": since } });
            let mut listener = Listener::open(&base, way, &request).await;
            let subs = listener.next().await["connect"]["subs"].clone();
            assert_eq!(subs["news"]["recovered"] == true, recovered);
            let missed = subs["news"]["publications"].as_array().map_or(0, Vec::len);
            assert_eq!(missed, if recovered { 2 } else { 0 }, "{way:?}");
            assert!(subs.get("more").is_none(), "it is not asked which channels");
        }
    }
}

#[tokio::test]
async fn who_may_not_connect_is_told_by_a_code_whether_to_come_back() {
    let (base, _) = engine(Options::default()).await;
    for way in WAYS {
        for (token, code) in [
            ("expired", 3005),
            ("wrong", 3500),
            ("later", 3004),
            ("banned", 3507),
        ] {
            let mut listener = Listener::open(&base, way, &json!({ "token": token })).await;
            assert_eq!(
                listener.next().await["disconnect"]["code"],
                code,
                "{token} {way:?}"
            );
        }
        let mut listener = Listener::open(&base, way, &json!([1])).await;
        assert_eq!(listener.next().await["disconnect"]["code"], 3501, "{way:?}");
    }
}

#[tokio::test]
async fn pings_come_and_nobody_waits_for_an_answer() {
    let second = Duration::from_secs(1);
    let options = Options {
        deadlines: Deadlines {
            ping: second,
            pong: second,
            ..Options::default().deadlines
        },
        ..Options::default()
    };
    let (base, engine) = engine(options).await;
    let mut listeners = Vec::new();
    for way in WAYS {
        listeners.push(Listener::open(&base, way, &json!({})).await);
    }
    for listener in &mut listeners {
        assert!(listener.next().await["connect"].is_object());
        for _ in 0..3 {
            assert_eq!(listener.next().await, json!({}));
        }
    }
    assert_eq!(engine.info()[0].counts.clients, WAYS.len());
}

#[tokio::test]
async fn whatever_is_said_on_a_socket_for_listening_nobody_hears() {
    let (base, engine) = engine(Options::default()).await;
    let mut listener = Listener::open(&base, Way::Socket, &json!({})).await;
    listener.next().await;
    for said in [
        r#"{"id":2,"subscribe":{"channel":"more"}}"#,
        r#"{"token":"wrong"}"#,
        "{}",
        "hello",
    ] {
        listener.say(said).await;
    }
    publish(&engine, "news", "one").await;
    assert_eq!(listener.next().await["pub"]["data"], "one");
    assert_eq!(engine.channels("*").await, [("news".to_owned(), 1)]);
    listener.say(&"x".repeat(70_000)).await;
    assert_eq!(listener.next().await["disconnect"]["code"], 1009);

    let socket = base.replace("http", "ws") + "/connection/uni_websocket?format=protobuf";
    let refused = tokio_tungstenite::connect_async(socket).await;
    assert!(refused.unwrap_err().to_string().contains("400"));
}

on_both_engines! {
    async fn a_member_listens_with_a_token_to_their_threads_and_a_stranger_to_nothing(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let token = app.token(&john).await;
        let mut socket = app.socket_of_again(&john).await;
        for way in WAYS {
            let mut listener = Listener::open(&app.base, way, &json!({ "token": token })).await;
            let begun = listener.next().await["connect"].clone();
            assert_eq!(begun["data"]["user"]["username"], "john");
            assert!(begun["subs"][format!("thread:{thread}")].is_object(), "{begun}");
            let post = json!({ "id": thread, "message": "hello" });
            socket.rpc("thread:publish", post).await;
            let heard = loop {
                let push = listener.next().await;
                if push["channel"] == format!("thread:{thread}") {
                    break push;
                }
            };
            assert_eq!(heard["pub"]["data"]["message"]["text"], "hello");
            let mut stranger = Listener::open(&app.base, way, &json!({ "token": "no" })).await;
            assert_eq!(stranger.next().await["disconnect"]["code"], 3500);
        }
    }

    async fn a_cookie_counts_for_our_own_page_alone(app) {
        app.person("john").await;
        let cookie = app.browser().cookie("john").await;
        let client = reqwest::Client::new();
        let ask = |method: &str, route: &str, headers: Value| {
            let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
            let request = client.request(method, format!("{}/connection/{route}", app.base));
            let mut request = request.header(COOKIE, &cookie);
            for (name, value) in headers.as_object().unwrap() {
                request = request.header(name, value.as_str().unwrap());
            }
            async move { request.send().await.unwrap() }
        };
        let origin = |origin: &str| json!({ (ORIGIN.as_str()): origin });
        for (method, route) in [("POST", "uni_http_stream"), ("POST", "uni_sse"), ("GET", "uni_sse")] {
            for headers in [json!({}), origin("https://evil.example"), origin("null")] {
                assert_eq!(ask(method, route, headers).await.status(), 403, "{route}");
            }
            let mut opened = ask(method, route, origin(&app.base)).await;
            let first = String::from_utf8(opened.chunk().await.unwrap().unwrap().to_vec()).unwrap();
            assert!(first.contains("\"username\":\"john\""), "{first}");
        }
        let script = json!({ "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors",
            "sec-fetch-dest": "empty" });
        let opened = ask("GET", "uni_sse", script).await;
        assert_eq!(opened.headers()[CONTENT_TYPE], "text/event-stream");
        let link = json!({ "sec-fetch-site": "same-origin", "sec-fetch-mode": "navigate",
            "sec-fetch-dest": "document" });
        assert_eq!(ask("GET", "uni_sse", link).await.status(), 403);
        let upgrade = |origin: &str| json!({
            "connection": "upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
            "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", (ORIGIN.as_str()): origin,
        });
        assert_eq!(ask("GET", "uni_websocket", upgrade("https://evil.example")).await.status(), 403);
        assert_eq!(ask("GET", "uni_websocket", upgrade(&app.base)).await.status(), 101);
    }
}
