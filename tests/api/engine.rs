//! The real-time engine by itself, with handlers of the test's own: what may change between a
//! question and its answer. These races are too narrow to be met from outside.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::get;
use governor::Quota;
use hubbub::protocol::codes::DisconnectCode;
use hubbub::protocol::frame::raw;
use hubbub::server::clock::Entropy;
use hubbub::server::realtime::hub::Deadlines;
use hubbub::server::realtime::{
    Accepted, Confirmed, Connect, Engine, Handler, Hub, Options, Refusal, Registration, Rule,
};
use serde_json::json;

use crate::support::{TestSocket, closed};

/// Who connects; the tests do not care.
type Nobody = ();

/// Everybody may connect, and is to be subscribed to these channels.
fn everybody(channels: &'static [&'static str]) -> Handler<Connect, Accepted<Nobody>> {
    Handler::new(move |_| async move {
        Ok(Accepted {
            identity: (),
            credential: "c".to_owned(),
            data: None,
            channels: channels.iter().map(ToString::to_string).collect(),
        })
    })
}

fn confirmed(channels: &'static [&'static str]) -> Handler<Nobody, Vec<Confirmed>> {
    Handler::new(move |()| async move {
        let confirmed = channels.iter().map(|channel| Confirmed {
            channel: (*channel).to_owned(),
            top: None,
        });
        Ok(confirmed.collect())
    })
}

/// Serves an engine and gives its address.
async fn serve(hub: Arc<Hub>, registration: Registration<Nobody>) -> String {
    let seconds = Duration::from_secs;
    let options = Options {
        deadlines: Deadlines {
            ping: seconds(25),
            pong: seconds(8),
            stale: seconds(10),
        },
        queue_bytes: 1 << 20,
        frame_bytes: 1 << 16,
        client_channels: 128,
        recovery_publications: 300,
        recovery_bytes: 1 << 19,
        commands: Quota::per_second(std::num::NonZeroU32::MAX),
        patience: 100,
    };
    let engine = Engine::new(hub, registration, options, Entropy::system());
    let upgrade = move |upgrade: WebSocketUpgrade| {
        let engine = engine.clone();
        async move { engine.upgrade(upgrade, http::Extensions::new()) }
    };
    let routes = Router::new().route("/connection/websocket", get(upgrade));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    base
}

#[tokio::test]
async fn a_credential_lost_while_connecting_does_not_connect() {
    let refused = |()| async { Err(Refusal::Disconnect(DisconnectCode::InvalidToken)) };
    let registration = Registration {
        connect: everybody(&["news"]),
        confirm: Handler::new(refused),
        rpc: None,
        rules: vec![Rule::new("news", Handler::new(|_| async { Ok(()) }))],
    };
    let base = serve(Arc::default(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    socket.send("connect", json!({})).await;
    assert_eq!(closed(socket).await, 3500);
}

#[tokio::test]
async fn a_channel_lost_while_connecting_is_not_subscribed_to() {
    let hub = Arc::new(Hub::default());
    let registration = Registration {
        connect: everybody(&["kept", "lost"]),
        confirm: confirmed(&["kept"]),
        rpc: None,
        rules: Vec::new(),
    };
    let base = serve(hub.clone(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    let reply = socket.ask("connect", json!({})).await;
    assert_eq!(reply["connect"]["subs"], json!({ "kept": {} }));
    hub.publish("lost", 0, || raw(&"secret").ok());
    hub.publish("kept", 0, || raw(&"news").ok());
    let (channel, _, data) = socket.publication().await;
    assert_eq!((channel.as_str(), data), ("kept", json!("news")));
}

#[tokio::test]
async fn what_is_published_while_a_right_is_checked_arrives_once_after_the_answer() {
    let hub = Arc::new(Hub::default());
    let publisher = hub.clone();
    let rule = Rule::new(
        "news",
        Handler::new(move |_| {
            let hub = publisher.clone();
            async move {
                hub.publish("news", 0, || raw(&"meanwhile").ok());
                Ok(())
            }
        }),
    );
    let registration = Registration {
        connect: everybody(&[]),
        confirm: confirmed(&[]),
        rpc: None,
        rules: vec![rule],
    };
    let base = serve(hub, registration).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    let id = socket.send("subscribe", json!({ "channel": "news" })).await;
    assert_eq!(socket.line().await["id"], id);
    let (_, _, data) = socket.publication().await;
    assert_eq!(data, "meanwhile");
    let unsubscribe = json!({ "channel": "news" });
    let reply = socket.ask("unsubscribe", unsubscribe).await;
    assert_eq!(reply["unsubscribe"], json!({}));
    assert!(socket.pushes_so_far().is_empty(), "and nothing twice");
}

#[tokio::test]
async fn what_is_published_to_somebody_who_is_refused_never_arrives() {
    let hub = Arc::new(Hub::default());
    let publisher = hub.clone();
    let rule = Rule::new(
        "secret",
        Handler::new(move |_| {
            let hub = publisher.clone();
            async move {
                hub.publish("secret", 0, || raw(&"not for you").ok());
                Err(hubbub::protocol::codes::ErrorCode::PermissionDenied.into())
            }
        }),
    );
    let registration = Registration {
        connect: everybody(&[]),
        confirm: confirmed(&[]),
        rpc: None,
        rules: vec![rule],
    };
    let base = serve(hub.clone(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    let secret = json!({ "channel": "secret" });
    assert_eq!(socket.refusal("subscribe", secret.clone()).await, 103);
    hub.publish("secret", 0, || raw(&"not for you either").ok());
    assert_eq!(socket.refusal("rpc", json!({ "method": "x" })).await, 108);
    socket.ask("unsubscribe", secret).await;
    assert!(socket.pushes_so_far().is_empty());
}
