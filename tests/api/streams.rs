//! Streams of HTTP in the place of a socket: who may open them, who may send beside them, and how they
//! end. (That they say what a socket says is tested in `protocol`, which is told by all of them.)

use std::sync::Arc;
use std::time::Duration;

use hubbub::protocol::codes::DisconnectCode;
use hubbub::protocol::frame::{Publication, raw};
use hubbub::server::realtime::engine::Keep;
use hubbub::server::realtime::{
    Accepted, Ceilings, Engine, Handler, Options, Peer, Registration, RpcAnswer, Whom,
};
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::engine::{open, serve_with};
use crate::support::{Settings, TestApp};

const CONNECT: &str = r#"{"id":1,"connect":{}}"#;
const PING: &str = r#"{"id":2,"rpc":{"method":"ping"}}"#;

async fn anybody(options: Options) -> (String, Arc<Engine<()>>) {
    let connect = |_| async { Ok(Accepted::new((), Peer::default())) };
    let rpc = |_| async { Ok(RpcAnswer::Now(raw(&"pong").unwrap())) };
    let registration = Registration::new(Handler::new(connect)).rpc(Handler::new(rpc));
    serve_with(registration.rule(open("news")), options).await
}

async fn begin(base: &str, connect: &str) -> Response {
    let request = Client::new().post(format!("{base}/connection/http_stream"));
    request.body(connect.to_owned()).send().await.unwrap()
}

/// The next line of a stream; nothing at its end.
async fn line(stream: &mut Response) -> Option<Value> {
    let patience = Duration::from_secs(20);
    let chunk = tokio::time::timeout(patience, stream.chunk()).await;
    let chunk = chunk.expect("something comes in time").unwrap()?;
    // What these tests wait for comes one by one.
    Some(serde_json::from_slice(&chunk).unwrap())
}

async fn connected(base: &str) -> (Response, Value) {
    let mut stream = begin(base, CONNECT).await;
    assert_eq!(stream.status(), StatusCode::OK);
    let reply = line(&mut stream).await.unwrap();
    (stream, reply["connect"].clone())
}

async fn emulate(base: &str, connect: &Value, data: &str) -> StatusCode {
    let sent = json!({ "node": connect["node"], "session": connect["session"], "data": data });
    let request = Client::new().post(format!("{base}/emulation")).json(&sent);
    request.send().await.unwrap().status()
}

/// Waits until the engine has that many connections.
async fn until_there_are(engine: &Engine<()>, clients: usize) {
    let patience = tokio::time::timeout(Duration::from_secs(20), async {
        while engine.info()[0].counts.clients != clients {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    patience.await.expect("they are there in time");
}

#[tokio::test]
async fn what_is_sent_beside_a_stream_is_answered_in_it() {
    let (base, _) = anybody(Options::default()).await;
    let (mut stream, connect) = connected(&base).await;
    assert_eq!(emulate(&base, &connect, PING).await, 204);
    let answer = line(&mut stream).await.unwrap();
    assert_eq!(answer, json!({ "id": 2, "rpc": { "data": "pong" } }));
    // No proxy may keep it back or keep it at all.
    assert_eq!(stream.headers()["x-accel-buffering"], "no");
    assert_eq!(stream.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn another_session_or_another_server_is_not_found_and_nothing_is_told_of_it() {
    let (base, _) = anybody(Options::default()).await;
    let (mut stream, connect) = connected(&base).await;
    let (_other, others) = connected(&base).await;
    assert_ne!(connect["session"], others["session"]);
    assert_ne!(
        connect["session"], connect["client"],
        "everybody sees that one"
    );
    let place = |node: &Value, session: &Value| json!({ "node": node, "session": session });
    for elsewhere in [
        place(&connect["node"], &json!("guessed")),
        place(&connect["node"], &connect["client"]),
        place(&json!("another"), &connect["session"]),
        place(&json!(""), &json!("")),
    ] {
        assert_eq!(emulate(&base, &elsewhere, PING).await, 404, "{elsewhere}");
    }
    assert_eq!(emulate(&base, &connect, PING).await, 204);
    assert_eq!(
        line(&mut stream).await.unwrap()["id"],
        2,
        "the first that came"
    );
}

#[tokio::test]
async fn a_client_that_goes_away_is_gone_and_so_is_its_session() {
    let (base, engine) = anybody(Options::default()).await;
    let (stream, connect) = connected(&base).await;
    until_there_are(&engine, 1).await;
    drop(stream);
    until_there_are(&engine, 0).await;
    assert_eq!(emulate(&base, &connect, PING).await, 404);
}

#[tokio::test]
async fn whoever_is_sent_away_is_told_why_and_the_response_ends() {
    let (base, engine) = anybody(Options::default()).await;
    let (mut stream, connect) = connected(&base).await;
    engine.disconnect(Whom::Everybody, DisconnectCode::ForceReconnect.into());
    let why = json!({ "code": 3011, "reason": "force reconnect" });
    assert_eq!(
        line(&mut stream).await.unwrap(),
        json!({ "push": { "disconnect": why } })
    );
    assert_eq!(line(&mut stream).await, None);
    assert_eq!(emulate(&base, &connect, PING).await, 404);

    let (mut stream, connect) = connected(&base).await;
    assert_eq!(emulate(&base, &connect, "nonsense").await, 204);
    let push = line(&mut stream).await.unwrap();
    assert_eq!(push["push"]["disconnect"]["code"], 3501);
}

#[tokio::test]
async fn a_reader_that_is_too_slow_is_sent_away() {
    let options = Options {
        queue_bytes: 100_000,
        ..Options::default()
    };
    let (base, engine) = anybody(options).await;
    let mut deaf = TcpStream::connect(base.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    let body = format!("{CONNECT}\n{{\"id\":2,\"subscribe\":{{\"channel\":\"news\"}}}}");
    let request = format!(
        "POST /connection/http_stream HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    deaf.write_all(request.as_bytes()).await.unwrap();
    while engine.info()[0].counts.subscriptions == 0 {
        tokio::task::yield_now().await;
    }
    let publication = Publication::new(raw(&"x".repeat(50_000)).unwrap(), 0);
    let mut published = 0;
    // What the system and the HTTP server take for it, and then what may wait.
    while engine.info()[0].counts.subscriptions > 0 {
        published += 1;
        assert!(
            published < 2000,
            "somebody keeps a hundred megabytes for it"
        );
        let publication = publication.clone();
        engine.publish("news", publication, Keep::No).await.unwrap();
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(deaf);
    until_there_are(&engine, 0).await;
}

#[tokio::test]
async fn what_is_too_large_or_no_request_is_refused() {
    let (base, engine) = anybody(Options::default()).await;
    let (_stream, connect) = connected(&base).await;
    let large = " ".repeat(64 * 1024 + 1);
    assert_eq!(emulate(&base, &connect, &large).await, 413);
    assert_eq!(emulate(&base, &connect, &"x".repeat(1 << 20)).await, 413);
    assert_eq!(emulate(&base, &connect, "").await, 400);
    assert_eq!(begin(&base, &large).await.status(), 413);
    assert_eq!(begin(&base, "").await.status(), 400);
    let beside = |kind: &'static str, body: &'static [u8]| {
        let request = Client::new().post(format!("{base}/emulation"));
        let request = request.header(CONTENT_TYPE, kind).body(body);
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(beside("application/json", b"[1]").await, 400);
    assert_eq!(beside("application/octet-stream", b"\xff").await, 400);
    let events = |query: String| {
        let request = Client::new().get(format!("{base}/connection/sse{query}"));
        async move { request.send().await.unwrap().status() }
    };
    assert_eq!(events(String::new()).await, 400);
    assert_eq!(engine.info()[0].counts.clients, 1);
}

#[tokio::test]
async fn a_stream_takes_a_place_among_the_sockets() {
    let options = Options {
        ceilings: Ceilings {
            in_all: 1,
            ..Ceilings::default()
        },
        ..Options::default()
    };
    let (base, engine) = anybody(options).await;
    let (stream, _) = connected(&base).await;
    assert_eq!(begin(&base, CONNECT).await.status(), 503);
    drop(stream);
    until_there_are(&engine, 0).await;
    // The place is free a moment after the connection is.
    while begin(&base, CONNECT).await.status() != 200 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_server_that_ends_says_so_in_streams_too() {
    let (base, engine) = anybody(Options::default()).await;
    let (mut stream, _) = connected(&base).await;
    engine
        .shut_down(Duration::ZERO, Duration::from_secs(5))
        .await;
    let push = line(&mut stream).await.unwrap();
    assert_eq!(push["push"]["disconnect"]["code"], 3001);
    assert_eq!(begin(&base, CONNECT).await.status(), 503);
}

on_both_engines! {
    async fn a_cookie_opens_a_stream_from_our_own_page_only_and_comes_along_with_what_is_sent(app) {
        app.person("john").await;
        app.person("bill").await;
        let john = app.browser().cookie("john").await;
        let bill = app.browser().cookie("bill").await;
        let base = app.base.as_str();
        let stream = |cookie: &str, origin: Option<&str>| {
            let request = Client::new().post(format!("{base}/connection/http_stream"));
            let mut request = request.body(CONNECT).header(COOKIE, cookie);
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
            async move { request.send().await.unwrap() }
        };
        for origin in [None, Some("https://evil.example"), Some("null")] {
            let refused = stream(&john, origin).await.status();
            assert_eq!(refused, StatusCode::FORBIDDEN, "{origin:?}");
        }
        let mut opened = stream(&john, Some(base)).await;
        let connect = line(&mut opened).await.unwrap()["connect"].clone();
        assert_eq!(connect["data"]["user"]["username"], "john");

        let beside = |cookie: Option<&str>, origin: Option<&str>| {
            let sent = json!({
                "node": connect["node"], "session": connect["session"], "data": PING,
            });
            let mut request = Client::new().post(format!("{base}/emulation")).json(&sent);
            if let Some(cookie) = cookie {
                request = request.header(COOKIE, cookie);
            }
            if let Some(origin) = origin {
                request = request.header(ORIGIN, origin);
            }
            async move { request.send().await.unwrap().status() }
        };
        assert_eq!(beside(Some(&bill), Some(base)).await, 404, "not their own");
        assert_eq!(beside(None, Some(base)).await, 404);
        assert_eq!(beside(None, None).await, 404);
        assert_eq!(beside(Some(&john), None).await, 403);
        assert_eq!(beside(Some(&john), Some("https://evil.example")).await, 403);
        assert_eq!(beside(Some(&john), Some(base)).await, 204);
    }

    async fn events_are_for_our_own_page_and_for_tokens(app) {
        let john = app.person("john").await;
        let token = app.token(&john).await;
        let cookie = app.browser().cookie("john").await;
        let events = |connect: &str, headers: &[(&'static str, &str)]| {
            let address = format!("{}/connection/sse", app.base);
            let address = url::Url::parse_with_params(&address, [("cf_connect", connect)]);
            let mut request = Client::new().get(address.unwrap());
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            async move { request.send().await.unwrap() }
        };
        let from = |site, mode, dest| {
            let said = [("sec-fetch-site", site), ("sec-fetch-mode", mode)];
            let said = [("cookie", cookie.as_str()), said[0], said[1], ("sec-fetch-dest", dest)];
            events(CONNECT, &said)
        };
        assert_eq!(from("cross-site", "cors", "empty").await.status(), 403);
        assert_eq!(from("same-site", "cors", "empty").await.status(), 403);
        // A link in a message, which a reader follows.
        let link = from("same-origin", "navigate", "document").await;
        assert_eq!(link.status(), 403);
        let mut opened = from("same-origin", "cors", "empty").await;
        assert_eq!(opened.headers()[CONTENT_TYPE], "text/event-stream");
        let first = opened.chunk().await.unwrap().unwrap();
        assert!(first.starts_with(b"data: {\"id\":1,\"connect\":{"));

        let connect = json!({ "id": 1, "connect": { "token": token } }).to_string();
        let mut opened = events(&connect, &[]).await;
        let first = String::from_utf8(opened.chunk().await.unwrap().unwrap().to_vec()).unwrap();
        assert!(first.contains("\"username\":\"john\""), "{first}");
        let mut stranger = events(CONNECT, &[]).await;
        let first = String::from_utf8(stranger.chunk().await.unwrap().unwrap().to_vec()).unwrap();
        assert!(first.contains("\"code\":403"), "{first}");
    }
}

#[tokio::test]
async fn a_page_of_a_listed_origin_may_ask_and_no_other_learns_anything() {
    let app = TestApp::with(Settings {
        allowed_origins: vec!["https://app.example.net".to_owned()],
        ..Settings::default()
    });
    let app = app.await;
    let asked = |origin: &'static str| {
        let address = format!("{}/emulation", app.base);
        let request = Client::new().request(reqwest::Method::OPTIONS, address);
        let request = request
            .header(ORIGIN, origin)
            .header("access-control-request-method", "POST");
        async move {
            let response = request.send().await.unwrap();
            let allowed = response.headers().get("access-control-allow-origin");
            allowed.map(|origin| origin.to_str().unwrap().to_owned())
        }
    };
    let listed = "https://app.example.net";
    assert_eq!(asked(listed).await.as_deref(), Some(listed));
    assert_eq!(asked("https://evil.example").await, None);
}
