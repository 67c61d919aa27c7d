//! The real-time engine by itself, with handlers of the test's own: what may change between a
//! question and its answer. These races are too narrow to be met from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hubbub::protocol::codes::{DisconnectCode, ErrorCode, UnsubscribeCode};
use hubbub::protocol::frame::{Publication, StreamPosition, raw};
use hubbub::server::clock::Entropy;
use hubbub::server::realtime::engine::Keep;
use hubbub::server::realtime::history::{self, History, StreamRange};
use hubbub::server::realtime::{
    Accepted, Confirmed, Granted, Handler, Hub, Instruction, MemoryHistory, Options, Peer,
    Registration, Rule, Whom,
};
use serde_json::json;

use crate::support::engine::{open, serve_on};
use crate::support::{TestSocket, closed};

/// Who connects; the tests do not care.
type Nobody = ();

/// Everybody may connect, and is to be subscribed to these channels.
fn everybody(channels: &'static [&'static str]) -> Registration<Nobody> {
    Registration::new(Handler::new(move |_| async move {
        Ok(Accepted {
            channels: channels.iter().map(ToString::to_string).collect(),
            ..Accepted::new((), Peer::default())
        })
    }))
}

fn confirmed(channels: &'static [&'static str]) -> Handler<Nobody, Vec<Confirmed>> {
    Handler::new(move |()| async move {
        let confirmed = channels.iter().map(|channel| Confirmed {
            channel: (*channel).to_owned(),
            position: None,
        });
        Ok(confirmed.collect())
    })
}

fn publish(hub: &Hub, channel: &str, data: &str) {
    let publication = raw(&data).map(|data| Publication::new(data, 0));
    hub.publish(channel, || publication.into_iter().collect());
}

/// Serves an engine on this hub and gives its address.
async fn serve(hub: Arc<Hub>, registration: Registration<Nobody>) -> String {
    serve_on(hub, registration, Options::default()).await.0
}

#[tokio::test]
async fn a_credential_lost_while_connecting_does_not_connect() {
    let refused = |()| async { Err(DisconnectCode::InvalidToken.into()) };
    let registration = everybody(&["news"])
        .confirm(Handler::new(refused))
        .rule(open("news"));
    let base = serve(Arc::default(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    socket.send("connect", json!({})).await;
    assert_eq!(closed(socket).await, 3500);
}

#[tokio::test]
async fn a_channel_lost_while_connecting_is_not_subscribed_to() {
    let hub = Arc::new(Hub::default());
    let registration = everybody(&["kept", "lost", "unruled"])
        .confirm(confirmed(&["kept", "late"]))
        .rule(open("kept"))
        .rule(open("lost"))
        .rule(open("late"));
    let base = serve(hub.clone(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    let reply = socket.ask("connect", json!({})).await;
    assert_eq!(reply["connect"]["subs"], json!({ "kept": {} }));
    // What has come to hold meanwhile follows at once.
    let push = socket.line().await["push"].clone();
    assert_eq!(push, json!({ "channel": "late", "subscribe": {} }));
    publish(&hub, "lost", "secret");
    publish(&hub, "kept", "news");
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
                publish(&hub, "news", "meanwhile");
                Ok(Granted::default())
            }
        }),
    );
    let registration = everybody(&[]).rule(rule);
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
                publish(&hub, "secret", "not for you");
                Err(ErrorCode::PermissionDenied.into())
            }
        }),
    );
    let registration = everybody(&[]).rule(rule);
    let base = serve(hub.clone(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    let secret = json!({ "channel": "secret" });
    assert_eq!(socket.refusal("subscribe", secret.clone()).await, 103);
    publish(&hub, "secret", "not for you either");
    assert_eq!(socket.refusal("rpc", json!({ "method": "x" })).await, 108);
    socket.ask("unsubscribe", secret).await;
    assert!(socket.pushes_so_far().is_empty());
}

#[tokio::test]
async fn a_channel_withdrawn_while_connecting_is_not_subscribed_to_after_all() {
    let hub = Arc::new(Hub::default());
    let withdrawing = hub.clone();
    // What it says is out of date by the time it is said.
    let confirm = Handler::new(move |()| {
        let hub = withdrawing.clone();
        async move {
            let instruction = Instruction::Unsubscribe {
                channel: "late".to_owned(),
                code: UnsubscribeCode::Server,
            };
            hub.instruct(&Whom::Everybody, instruction);
            // The connection hears of it while it still connects.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            let channel = "late".to_owned();
            Ok(vec![Confirmed {
                channel,
                position: None,
            }])
        }
    });
    let registration = everybody(&[]).confirm(confirm).rule(open("late"));
    let base = serve(hub.clone(), registration).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    publish(&hub, "late", "secret");
    assert!(socket.everything_so_far().await.is_empty());
}

/// A history that answers once it is let.
struct Gated(tokio::sync::Semaphore);

impl History for Gated {
    fn position<'a>(&'a self, _: &'a str) -> history::Answer<'a, StreamPosition> {
        Box::pin(async {
            let _open = self.0.acquire().await;
            Ok(StreamPosition::default())
        })
    }

    fn read<'a>(&'a self, _: &'a str, _: StreamRange) -> history::Answer<'a, Vec<Publication>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn a_right_that_is_lost_while_a_past_is_read_is_not_used() {
    // Asked first, the right is there; asked again, it is gone.
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    let permission = move || {
        let asked = asked.clone();
        Handler::new(move |_| {
            let is_first = asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
            async move {
                match is_first {
                    true => Ok(()),
                    false => Err(ErrorCode::PermissionDenied.into()),
                }
            }
        })
    };
    let gate = Gated(tokio::sync::Semaphore::new(1));
    let rule = open("news")
        .history(Arc::new(gate), permission())
        .presence(permission());
    let base = serve(Arc::default(), everybody(&[]).rule(rule)).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    for command in ["history", "presence", "presence_stats"] {
        let refused = socket.refusal(command, json!({ "channel": "news" })).await;
        assert_eq!(refused, 103, "{command}");
    }
    assert_eq!(count.load(Ordering::Relaxed), 6);
}

#[tokio::test]
async fn a_removal_is_obeyed_however_much_waits_before_it() {
    const CHANNELS: usize = 40;
    const REMOVED: &str = "c5";
    let hub = Arc::new(Hub::default());
    let gate = Arc::new(Gated(tokio::sync::Semaphore::new(0)));
    let rule = open("c*").history(gate.clone(), Handler::new(|_| async { Ok(()) }));
    let base = serve(hub.clone(), everybody(&[]).rule(rule)).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    for n in 0..CHANNELS {
        let instruction = Instruction::Subscribe {
            channel: format!("c{n}"),
            data: None,
        };
        hub.instruct(&Whom::Everybody, instruction);
    }
    // The connection has taken all that, and waits for the first of them.
    while hub.counts().subscriptions == 0 {
        tokio::task::yield_now().await;
    }
    let instruction = Instruction::Unsubscribe {
        channel: REMOVED.to_owned(),
        code: UnsubscribeCode::Server,
    };
    hub.instruct(&Whom::Everybody, instruction);
    gate.0.add_permits(1);
    let mut subscribed = Vec::new();
    while subscribed.len() < CHANNELS - 1 {
        let push = socket.line().await["push"].clone();
        assert!(push.get("subscribe").is_some(), "{push}");
        subscribed.push(push["channel"].as_str().unwrap().to_owned());
    }
    assert!(!subscribed.iter().any(|channel| channel == REMOVED));
    publish(&hub, REMOVED, "secret");
    assert!(socket.everything_so_far().await.is_empty());
}

/// A history that gives so few at a time that a gap is left behind the one that was asked for.
struct TwoAtATime;

impl History for TwoAtATime {
    fn position<'a>(&'a self, _: &'a str) -> history::Answer<'a, StreamPosition> {
        Box::pin(async { Ok(StreamPosition::default()) })
    }

    fn read<'a>(&'a self, _: &'a str, range: StreamRange) -> history::Answer<'a, Vec<Publication>> {
        let after = range.since.unwrap_or_default();
        Box::pin(async move { Ok((after + 1..=after + 2).map(numbered).collect()) })
    }
}

fn numbered(offset: u64) -> Publication {
    Publication::new(raw(&"x").unwrap(), offset)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gap_behind_one_that_was_filled_is_filled_too() {
    let hub = Arc::new(Hub::default());
    let rule = open("news").history(Arc::new(TwoAtATime), Handler::new(|_| async { Ok(()) }));
    let options = Options {
        reordering: Duration::ZERO,
        ..Options::default()
    };
    let (base, _engine) = serve_on(hub.clone(), everybody(&[]).rule(rule), options).await;
    let mut socket = TestSocket::open(&base).await;
    socket.ask("connect", json!({})).await;
    socket.subscribe("news").await;
    // 1, 2 and 4 have been lost on their way.
    hub.publish("news", || vec![numbered(3), numbered(5)]);
    for offset in 1..=5 {
        assert_eq!(socket.publication().await.1, offset);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_on_several_threads_get_everything_once_and_in_order() {
    const EACH: u64 = 400;
    const PUBLISHERS: u64 = 4;
    const READERS: usize = 8;
    let past = MemoryHistory::new(10_000, Duration::from_hours(1), Entropy::system());
    let rule = open("news").history(Arc::new(past), Handler::new(|_| async { Ok(()) }));
    let options = Options {
        // Nobody is too slow: half of them have next to no buffers, and frames are torn.
        queue_bytes: 64 << 20,
        // What comes early is read from the past at once, while the rest is on its way.
        reordering: Duration::ZERO,
        ..Options::default()
    };
    let (base, engine) = serve_on(Arc::default(), everybody(&[]).rule(rule), options).await;
    let mut readers = Vec::new();
    for n in 0..READERS {
        let mut socket = match n % 2 {
            0 => TestSocket::open_narrow(&base).await,
            _ => TestSocket::open(&base).await,
        };
        socket.ask("connect", json!({})).await;
        socket.subscribe("news").await;
        readers.push(tokio::spawn(async move {
            for offset in 1..=EACH * PUBLISHERS {
                assert_eq!(socket.publication().await.1, offset);
                if offset % 100 == 0 {
                    socket.call("anything", json!({})).await;
                }
            }
        }));
    }
    for _ in 0..PUBLISHERS {
        let engine = engine.clone();
        tokio::spawn(async move {
            let data = raw(&"x".repeat(3000)).unwrap();
            for _ in 0..EACH {
                let publication = Publication::new(data.clone(), 0);
                let published = engine.publish("news", publication, Keep::InHistory);
                published.await.unwrap();
            }
        });
    }
    for reader in readers {
        reader.await.unwrap();
    }
}
