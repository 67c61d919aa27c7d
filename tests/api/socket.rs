//! The socket: who may open it, what it answers, and when it is closed.

use hubbub::protocol::codes::DisconnectCode;
use hubbub::protocol::frame::ConnectRequest;
use hubbub::protocol::{ThreadId, ThreadKind};
use hubbub::server::realtime::{Connect, Refusal};
use serde_json::json;
use tokio::task::JoinHandle;

use crate::support::{Settings, TestApp, TestSocket, closed, say_goodbye};

on_both_engines! {
    async fn a_token_connects_as_its_owner_either_way(app) {
        let john = app.person("john").await;
        let token = app.token(&john).await;
        for request in [json!({ "token": token }), json!({ "data": { "authToken": token } })] {
            let mut socket = TestSocket::open(&app.base).await;
            let reply = socket.ask("connect", request).await;
            let connect = &reply["connect"];
            assert_eq!(connect["data"]["user"]["username"], "john");
            assert_eq!((&connect["ping"], &connect["pong"]), (&json!(25), &json!(true)));
            assert_eq!(connect["client"].as_str().unwrap().len(), 36);
        }
    }

    async fn nobody_connects_without_a_valid_token(app) {
        let john = app.person("john").await;
        let token = app.token(&john).await;
        let revoked = hubbub::server::db::tokens::delete(&app.db, john.id, "test").await;
        assert!(revoked.unwrap());
        let forged = token.replace(|c: char| c.is_ascii_digit(), "0");
        for request in [
            json!({}),
            json!({ "token": token }),
            json!({ "token": forged }),
            json!({ "data": { "authToken": "secret" } }),
            json!({ "data": { "authToken": 7 } }),
            json!({ "data": "nonsense" }),
        ] {
            let mut socket = TestSocket::open(&app.base).await;
            let reply = socket.ask("connect", request).await;
            assert_eq!(reply["error"], json!({ "code": 403, "message": "Forbidden" }));
        }
    }

    async fn a_browser_connects_with_its_cookie_from_our_own_page_only(app) {
        app.person("john").await;
        let cookie = app.browser().cookie("john").await;
        let own = [("cookie", cookie.as_str()), ("origin", app.base.as_str())];
        let mut socket = TestSocket::open_with(&app.base, &own).await.unwrap();
        let reply = socket.ask("connect", json!({})).await;
        assert_eq!(reply["connect"]["data"]["user"]["username"], "john");
        for headers in [
            vec![("cookie", cookie.as_str()), ("origin", "https://evil.example")],
            vec![("origin", "https://evil.example")],
            vec![("cookie", cookie.as_str())],
        ] {
            assert_eq!(TestSocket::open_with(&app.base, &headers).await.err(), Some(403));
        }
    }

    async fn an_expired_session_does_not_connect(app) {
        app.person("john").await;
        let cookie = app.browser().cookie("john").await;
        app.days_pass(31);
        let own = [("cookie", cookie.as_str()), ("origin", app.base.as_str())];
        let mut socket = TestSocket::open_with(&app.base, &own).await.unwrap();
        assert_eq!(socket.refusal("connect", json!({})).await, 403);
    }

    async fn signing_out_closes_the_sockets_of_that_session_and_no_other(app) {
        let john = app.person("john").await;
        let browser = app.browser();
        let cookie = browser.cookie("john").await;
        let own = [("cookie", cookie.as_str()), ("origin", app.base.as_str())];
        let mut here = TestSocket::open_with(&app.base, &own).await.unwrap();
        here.ask("connect", json!({})).await;
        let mut elsewhere = app.socket_of(&john).await;
        browser.post_to("/", "/api/logout", &[]).await;
        assert_eq!(closed(here).await, 3503);
        assert_eq!(elsewhere.rpc("ping", json!(null)).await, "pong");
    }

    async fn a_credential_is_asked_for_again_before_a_connection_stands(app) {
        let john = app.person("john").await;
        let token = app.token(&john).await;
        let handlers = app.handlers();
        let request = ConnectRequest { token, ..ConnectRequest::default() };
        let event = Connect { request, upgrade: http::Extensions::new() };
        let accepted = handlers.connect(event).await.unwrap();
        let thread = app.thread(&john, ThreadKind::Private).await;
        let confirmed = handlers.confirmed(accepted.caller.clone()).await.unwrap().unwrap();
        let joined = confirmed.iter().any(|c| c.channel == format!("thread:{thread}"));
        assert!(joined, "it tells the channels of this moment");
        hubbub::server::db::tokens::delete(&app.db, john.id, "test").await.unwrap();
        let refusal = handlers.confirmed(accepted.caller).await.unwrap_err();
        assert_eq!(refusal, Refusal::from(DisconnectCode::InvalidToken));
    }

    async fn what_is_revoked_elsewhere_loses_its_sockets_too(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        // As `hubbub token revoke` does, in a process of its own.
        hubbub::server::db::tokens::delete(&app.db, john.id, "test").await.unwrap();
        assert_eq!(closed(johns).await, 3503);
        assert_eq!(bills.rpc("ping", json!(null)).await, "pong");
    }

    async fn a_session_that_expires_loses_its_sockets_and_one_in_use_does_not_expire(app) {
        app.person("john").await;
        let cookie = app.browser().cookie("john").await;
        let own = [("cookie", cookie.as_str()), ("origin", app.base.as_str())];
        let mut socket = TestSocket::open_with(&app.base, &own).await.unwrap();
        socket.ask("connect", json!({})).await;
        // Long enough each time to be near the end; an open socket is use.
        for _ in 0..2 {
            app.days_pass(20);
            app.seen_since(app.now()).await;
        }
        assert_eq!(socket.rpc("ping", json!(null)).await, "pong");
        app.days_pass(180);
        assert_eq!(closed(socket).await, 3503);
    }

    async fn channels_follow_their_rules(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&bill, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        let channel = |name: String| json!({ "channel": name });
        socket.subscribe(&format!("thread:{thread}")).await;
        for (name, code) in [
            (format!("thread:{thread}"), 105),
            (format!("user:{}", john.id), 105),
            (format!("user:{}", bill.id), 103),
            ("thread:999999".to_owned(), 103),
            ("thread:01".to_owned(), 102),
            ("news".to_owned(), 102),
            ("x".repeat(256), 107),
        ] {
            assert_eq!(socket.refusal("subscribe", channel(name.clone())).await, code, "{name}");
        }
        let reply = socket.ask("unsubscribe", channel("news".into())).await;
        assert_eq!(reply["unsubscribe"], json!({}));
        let publish = |name: &str| json!({ "channel": name, "data": {} });
        assert_eq!(socket.refusal("publish", publish("chat")).await, 103);
        let here = format!("thread:{thread}");
        assert_eq!(socket.refusal("publish", publish(&here)).await, 422, "no message");
        assert_eq!(socket.refusal("publish", channel("chat".into())).await, 107);
        assert_eq!(socket.refusal("presence", channel("chat".into())).await, 108);
    }

    async fn unsubscribing_ends_the_stream(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut bills = app.socket_of(&bill).await;
        let channel = format!("thread:{thread}");
        bills.subscribe(&channel).await;
        bills.ask("unsubscribe", json!({ "channel": channel })).await;
        let mut johns = app.socket_of(&john).await;
        johns.rpc("thread:publish", json!({ "id": thread, "message": "unheard" })).await;
        assert!(bills.everything_so_far().await.is_empty());
    }
}

#[tokio::test]
async fn a_listed_origin_may_use_a_token_but_never_the_cookie() {
    let app = TestApp::with(Settings {
        allowed_origins: vec!["https://app.example.net".into()],
        ..Settings::default()
    })
    .await;
    let john = app.person("john").await;
    let token = app.token(&john).await;
    let cookie = app.browser().cookie("john").await;
    let headers = [("origin", "https://app.example.net"), ("cookie", &cookie)];
    let mut socket = TestSocket::open_with(&app.base, &headers).await.unwrap();
    assert_eq!(socket.refusal("connect", json!({})).await, 403);
    let mut socket = TestSocket::open_with(&app.base, &headers).await.unwrap();
    socket.connect_with(&token).await;
}

#[tokio::test]
async fn a_method_is_answered_or_unknown() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let mut socket = app.socket_of(&john).await;
    assert_eq!(socket.rpc("ping", json!({})).await, "pong");
    let reply = socket.call("thread:explode", json!({})).await;
    assert_eq!(
        reply["error"],
        json!({ "code": 404, "message": "Not found" })
    );
}

#[tokio::test]
async fn what_is_not_the_protocol_is_closed() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let token = app.token(&john).await;
    let connect = json!({ "id": 1, "connect": { "token": token } }).to_string();
    for (before, nonsense, code) in [
        ("", "hello", 3501),
        ("", "{\"id\":1,\"rpc\":{\"method\":\"ping\"}}", 3501),
        ("", "{\"connect\":{}}", 3501),
        ("", "{}", 3501),
        (connect.as_str(), connect.as_str(), 3501),
        (connect.as_str(), "{}", 3501),
        (connect.as_str(), "{\"id\":2}", 3501),
        (connect.as_str(), "{\"id\":2,\"explode\":{}}", 3501),
        (
            connect.as_str(),
            "{\"id\":2,\"subscribe\":{\"channel\":\"\"}}",
            3501,
        ),
        (connect.as_str(), "{\"send\":{\"data\":1}}", 3508),
        (connect.as_str(), &" ".repeat(256 * 1024 + 1), 1009),
        (connect.as_str(), &" ".repeat(1024 * 1024), 1009),
    ] {
        let mut socket = TestSocket::open(&app.base).await;
        if !before.is_empty() {
            socket.send_raw(before).await;
            socket.answer(1).await;
        }
        socket.send_raw(nonsense).await;
        let shown: String = nonsense.chars().take(60).collect();
        assert_eq!(closed(socket).await, code, "{shown}");
    }
}

#[tokio::test]
async fn commands_in_one_frame_are_done_in_order() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let thread = app.thread(&bill, ThreadKind::Public).await;
    let token = app.token(&john).await;
    let mut socket = TestSocket::open(&app.base).await;
    let frame = format!(
        "{{\"connect\":{{\"token\":\"{token}\"}},\"id\":1}}\n{{\"subscribe\":{{\"channel\":\"thread:{thread}\",\"flag\":1}},\"id\":2}}\n{{\"rpc\":{{\"method\":\"ping\"}},\"id\":3}}"
    );
    socket.send_raw(&frame).await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(socket.line().await["id"].as_u64().unwrap());
    }
    assert_eq!(ids, [1, 2, 3]);
}

#[tokio::test]
async fn who_never_authenticates_is_closed_as_stale() {
    let app = TestApp::with(Settings {
        stale_seconds: 1,
        ..Settings::default()
    })
    .await;
    assert_eq!(closed(TestSocket::open(&app.base).await).await, 3502);
}

#[tokio::test]
async fn a_client_may_ask_for_128_channels() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let mut socket = app.socket_of(&john).await;
    for n in 0..129 {
        let thread = app.thread(&bill, ThreadKind::Public).await;
        let channel = json!({ "channel": format!("thread:{thread}") });
        let reply = socket.ask("subscribe", channel).await;
        assert_eq!(reply.get("error").is_some(), n == 128, "{n}: {reply}");
    }
}

#[tokio::test]
async fn who_floods_is_told_and_then_closed() {
    let app = TestApp::with(Settings {
        commands_burst: 5,
        ..Settings::default()
    })
    .await;
    let john = app.person("john").await;
    let mut socket = app.socket_of(&john).await;
    let mut refused = 0;
    for _ in 0..20 {
        let reply = socket.call("ping", json!(null)).await;
        refused += usize::from(reply["error"]["code"] == 111);
    }
    assert!(refused >= 10, "{refused}");
    let flood = "{\"id\":99,\"rpc\":{\"method\":\"ping\"}}\n".repeat(500);
    socket.send_raw(flood.trim_end()).await;
    assert_eq!(closed(socket).await, 3013);
}

/// Reads a thread from its beginning, as fast as it comes; ends with that offset.
async fn reads(mut reader: TestSocket, thread: ThreadId, last: u64) -> JoinHandle<()> {
    reader.subscribe(&format!("thread:{thread}")).await;
    tokio::spawn(async move {
        for offset in 1..=last {
            assert_eq!(reader.publication().await.1, offset);
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_stalls_is_closed_and_holds_nobody_up() {
    let app = TestApp::with(Settings {
        queue_bytes: 64 * 1024,
        ..Settings::default()
    })
    .await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let thread = app.thread(&john, ThreadKind::Public).await;
    let mut stalled = TestSocket::open_narrow(&app.base).await;
    stalled.connect_with(&app.token(&bill).await).await;
    stalled.subscribe(&format!("thread:{thread}")).await;
    let cleo = app.person("cleo").await;
    let reads = reads(app.socket_of(&cleo).await, thread, 320).await;
    let mut writer = app.socket_of(&john).await;
    let text = "x".repeat(10_000);
    // More than the kernel's buffers and the outbox together can hold.
    for _ in 0..80 {
        let mut last = 0;
        for _ in 0..4 {
            let post = json!({ "id": thread, "message": text });
            let call = json!({ "method": "thread:publish", "data": post });
            last = writer.send("rpc", call).await;
        }
        writer.answer(last).await;
    }
    assert_eq!(closed(stalled).await, 3008);
    reads.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_larger_than_an_outbox_closes_nobody_who_reads() {
    let app = TestApp::with(Settings {
        queue_bytes: 64 * 1024,
        ..Settings::default()
    })
    .await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let thread = app.thread(&john, ThreadKind::Public).await;
    let reads = reads(app.socket_of(&bill).await, thread, 60).await;
    let mut writer = app.socket_of(&john).await;
    let post = json!({ "id": thread, "message": "x".repeat(10_000) });
    let call = json!({ "method": "thread:publish", "data": post });
    let mut last = 0;
    for _ in 0..60 {
        last = writer.send("rpc", call.clone()).await;
    }
    writer.answer(last).await;
    reads.await.unwrap();
}

#[tokio::test]
async fn who_says_goodbye_is_answered() {
    let app = TestApp::with(Settings::default()).await;
    let john = app.person("john").await;
    let socket = app.socket_of(&john).await;
    assert_eq!(say_goodbye(socket, 1000).await, 1000);
    let stranger = TestSocket::open(&app.base).await;
    assert_eq!(say_goodbye(stranger, 1001).await, 1001);
}

#[tokio::test]
async fn a_request_that_is_no_upgrade_is_told_what_is_missing() {
    let app = TestApp::with(Settings::default()).await;
    let url = format!("{}/connection/websocket", app.base);
    let response = reqwest::get(&url).await.unwrap();
    assert_eq!(response.status(), 400);
    let text = response.text().await.unwrap();
    assert!(text.contains("WebSocket"), "{text}");
    let post = reqwest::Client::new().post(&url).send().await.unwrap();
    assert_eq!(post.status(), 405);
}

#[tokio::test]
async fn who_does_not_answer_a_ping_is_closed_and_who_does_stays() {
    let app = TestApp::with(Settings {
        ping_seconds: 1,
        pong_seconds: 1,
        ..Settings::default()
    })
    .await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let silent = app.socket_of(&john).await;
    let mut answers = app.socket_of(&bill).await;
    let answering = tokio::spawn(async move {
        for _ in 0..2 {
            answers.pong().await;
        }
        answers
    });
    assert_eq!(closed(silent).await, 3012);
    let mut answers = answering.await.unwrap();
    assert_eq!(answers.rpc("ping", json!(null)).await, "pong");
}

#[tokio::test]
async fn a_server_that_stops_tells_everybody_to_come_back_later() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let socket = app.socket_of(&john).await;
    app.stop();
    assert_eq!(closed(socket).await, 3001);
}
