//! The rest of the protocol, on an engine with handlers of the test's own: publishing, presence,
//! expiry, what the server's side may do, and interceptors.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use hubbub::protocol::codes::{DisconnectCode, ErrorCode, ReplyError, UnsubscribeCode};
use hubbub::protocol::frame::{Publication, raw};
use hubbub::server::clock::Entropy;
use hubbub::server::realtime::Deadlines;
use hubbub::server::realtime::{
    Accepted, Engine, Expires, Granted, Handler, JoinLeave, MemoryHistory, Options, Peer,
    Published, Refreshed, RefreshedBy, Refusal, Registration, RpcAnswer, Rule, Whom,
};
use serde_json::{Value, json};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::support::engine::{open, serve, serve_with};
use crate::support::{Speech, TestSocket, closed, speaking};

/// Whoever connects says who they are.
fn by_name() -> Registration<String> {
    Registration::new(Handler::new(
        |event: hubbub::server::realtime::Connect| async move {
            let name = event.request.token;
            let peer = Peer {
                user: name.clone(),
                info: raw(&json!({ "name": name })).ok(),
                credential: None,
            };
            Ok(Accepted::new(name, peer))
        },
    ))
}

fn remembered() -> Arc<MemoryHistory> {
    let hour = Duration::from_hours(1);
    Arc::new(MemoryHistory::new(100, hour, Entropy::system()))
}

fn anybody<E: Send + 'static>() -> Handler<E, ()> {
    Handler::new(|_| async { Ok(()) })
}

/// Short times, for what happens when they run out.
fn impatient() -> Options {
    let defaults = Options::default();
    Options {
        deadlines: Deadlines {
            grace: Duration::from_millis(500),
            ..defaults.deadlines
        },
        ..defaults
    }
}

async fn connected(base: &str, name: &str) -> TestSocket {
    let mut socket = TestSocket::open(base).await;
    socket.connect_with(name).await;
    socket
}

/// An engine whose connections expire after a second; a token `again` refreshes them.
fn expiring(refreshed_by: RefreshedBy) -> Registration<String> {
    let ttl = Duration::from_secs(1);
    let connect = move |event: hubbub::server::realtime::Connect| async move {
        let accepted = Accepted::new(event.request.token, Peer::default());
        Ok(Accepted {
            expires: Some(Expires { ttl, refreshed_by }),
            ..accepted
        })
    };
    let refresh = |event: hubbub::server::realtime::Refresh<String>| async move {
        let by_server = event.caller == "kept" && event.token.is_none();
        let ttl = match event.token.as_deref() {
            Some("again") => Some(Duration::from_mins(10)),
            _ if by_server => None,
            Some("another's") => return Err(DisconnectCode::InvalidToken.into()),
            _ => return Err(ErrorCode::TokenExpired.into()),
        };
        Ok(Refreshed {
            caller: event.caller,
            peer: Peer::default(),
            ttl,
        })
    };
    Registration::new(Handler::new(connect)).refresh(Handler::new(refresh))
}

/// Counts what passes.
struct Count(Arc<AtomicUsize>);

impl<S> tower::Layer<S> for Count {
    type Service = Counting<S>;

    fn layer(&self, inner: S) -> Counting<S> {
        Counting {
            inner,
            seen: self.0.clone(),
        }
    }
}

#[derive(Clone)]
struct Counting<S> {
    inner: S,
    seen: Arc<AtomicUsize>,
}

impl<S: tower::Service<E>, E> tower::Service<E> for Counting<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(
        &mut self,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, event: E) -> S::Future {
        self.seen.fetch_add(1, Ordering::Relaxed);
        self.inner.call(event)
    }
}

whatever_is_spoken! {
    async fn a_publication_may_be_rewritten_or_refused_and_tells_who_published_it() {
        let rule = open("news")
            .history(remembered(), anybody())
            .publish(Handler::new(
                |event: hubbub::server::realtime::Publish<String>| async move {
                    let text: String = serde_json::from_str(event.data.get()).unwrap_or_default();
                    match text.as_str() {
                        "rude" => Err(ReplyError::new(1000, "mind your words")),
                        text => Ok(text.to_uppercase()),
                    }
                    .map_err(Refusal::Error)
                    .and_then(|text| raw(&text).map_err(|_| ErrorCode::Internal.into()))
                    .map(Published::Announce)
                },
            ));
        let (base, _) = serve(by_name().rule(rule).rule(open("quiet"))).await;
        let mut ann = connected(&base, "ann").await;
        ann.subscribe("news").await;
        let id = ann
            .send("publish", json!({ "channel": "news", "data": "hello" }))
            .await;
        let push = ann.line().await;
        let publication = &push["push"]["pub"];
        assert_eq!(publication["data"], "HELLO");
        assert_eq!(publication["offset"], 1);
        assert_eq!(publication["info"]["user"], "ann");
        assert_eq!(publication["info"]["conn_info"], json!({ "name": "ann" }));
        let answer = ann.line().await;
        assert_eq!(
            answer,
            json!({ "id": id, "publish": {} }),
            "after the publication"
        );

        let publish = |channel: &str, data: Value| json!({ "channel": channel, "data": data });
        assert_eq!(
            ann.refusal("publish", publish("news", json!("rude"))).await,
            1000
        );
        assert_eq!(
            ann.refusal("publish", publish("quiet", json!(1))).await,
            103
        );
        assert_eq!(
            ann.refusal("publish", publish("nowhere", json!(1))).await,
            102
        );
        assert_eq!(
            ann.refusal("publish", json!({ "channel": "news" })).await,
            107
        );
        assert!(ann.pushes_so_far().is_empty());
    }

    async fn presence_shows_who_is_there_and_only_where_it_may_be_asked() {
        let rule = Rule::new(
            "room",
            Handler::new(
                |event: hubbub::server::realtime::Subscribe<String>| async move {
                    Ok(Granted {
                        info: raw(&format!("{} here", event.caller)).ok(),
                        ..Granted::default()
                    })
                },
            ),
        );
        let rule = rule.presence(Handler::new(
            |event: hubbub::server::realtime::Access<String>| async move {
                match event.caller.as_str() {
                    "stranger" => Err(ErrorCode::PermissionDenied.into()),
                    _ => Ok(()),
                }
            },
        ));
        let (base, _) = serve(by_name().rule(rule).rule(open("other"))).await;
        let mut ann = connected(&base, "ann").await;
        let mut twin = connected(&base, "ann").await;
        let room = json!({ "channel": "room" });
        let reply = ann.ask("presence_stats", room.clone()).await;
        assert_eq!(
            reply["presence_stats"],
            json!({ "num_clients": 0, "num_users": 0 })
        );
        ann.subscribe("room").await;
        twin.subscribe("room").await;
        let reply = twin.ask("presence", room.clone()).await;
        let present = reply["presence"]["presence"].as_object().unwrap();
        assert_eq!(present.len(), 2);
        for (client, info) in present {
            assert_eq!(info["client"], *client);
            assert_eq!(info["user"], "ann");
            assert_eq!(info["conn_info"], json!({ "name": "ann" }));
            assert_eq!(info["chan_info"], "ann here");
        }
        let stats = json!({ "num_clients": 2, "num_users": 1 });
        let reply = ann.ask("presence_stats", room.clone()).await;
        assert_eq!(reply["presence_stats"], stats);

        let mut stranger = connected(&base, "stranger").await;
        assert_eq!(stranger.refusal("presence", room.clone()).await, 103);
        assert_eq!(stranger.refusal("presence_stats", room).await, 103);
        let other = json!({ "channel": "other" });
        assert_eq!(ann.refusal("presence", other.clone()).await, 108);
        assert_eq!(ann.refusal("history", other).await, 108);
        assert_eq!(
            ann.refusal("presence", json!({ "channel": "nowhere" }))
                .await,
            102
        );
    }

    async fn who_joins_and_leaves_is_told_to_those_who_want_to_hear_it() {
        let registration = by_name()
            .rule(open("asked").join_leave(JoinLeave::OnRequest))
            .rule(open("always").join_leave(JoinLeave::Everybody));
        let (base, _) = serve(registration).await;
        let mut ann = connected(&base, "ann").await;
        let mut deaf = connected(&base, "deaf").await;
        let asked = json!({ "channel": "asked", "join_leave": true });
        ann.ask("subscribe", asked).await;
        let own = ann.line().await;
        assert_eq!(own["push"]["join"]["info"]["user"], "ann", "one's own too");
        deaf.subscribe("asked").await;
        let join = ann.line().await;
        assert_eq!(join["push"]["join"]["info"]["user"], "deaf");
        deaf.ask("unsubscribe", json!({ "channel": "asked" })).await;
        let leave = ann.line().await;
        assert_eq!(leave["push"]["channel"], "asked");
        assert_eq!(leave["push"]["leave"]["info"]["user"], "deaf");
        assert!(deaf.pushes_so_far().is_empty(), "it has not asked");

        ann.subscribe("always").await;
        assert_eq!(ann.line().await["push"]["join"]["info"]["user"], "ann");
        deaf.subscribe("always").await;
        assert_eq!(ann.line().await["push"]["join"]["info"]["user"], "deaf");
        drop(deaf);
        assert_eq!(ann.line().await["push"]["leave"]["info"]["user"], "deaf");
    }

    async fn history_is_read_forward_and_backward() {
        let rule = open("news")
            .history(remembered(), anybody())
            .publish(Handler::new(
                |event: hubbub::server::realtime::Publish<String>| async {
                    Ok(Published::Announce(event.data))
                },
            ));
        let (base, _) = serve(by_name().rule(rule)).await;
        let mut ann = connected(&base, "ann").await;
        for n in 1..=5 {
            ann.ask("publish", json!({ "channel": "news", "data": n }))
                .await;
        }
        let top = ann.ask("history", json!({ "channel": "news" })).await;
        assert_eq!(top["history"]["offset"], 5);
        assert_eq!(top["history"]["publications"], json!([]));
        let epoch = top["history"]["epoch"].clone();
        for (request, expected) in [
            (json!({ "limit": -1 }), vec![1, 2, 3, 4, 5]),
            (json!({ "limit": 2 }), vec![1, 2]),
            (
                json!({ "limit": 2, "since": { "offset": 3, "epoch": epoch } }),
                vec![4, 5],
            ),
            (
                json!({ "limit": 2, "since": { "offset": 5, "epoch": epoch } }),
                vec![],
            ),
            (json!({ "limit": 2, "reverse": true }), vec![5, 4]),
            (
                json!({ "limit": 9, "reverse": true, "since": { "offset": 4 } }),
                vec![3, 2, 1],
            ),
            (
                json!({ "limit": 9, "reverse": true, "since": { "offset": 1 } }),
                vec![],
            ),
        ] {
            let mut request = request;
            request["channel"] = json!("news");
            let reply = ann.ask("history", request.clone()).await;
            let publications = reply["history"]["publications"].as_array().unwrap();
            let data: Vec<i64> = publications
                .iter()
                .map(|p| p["data"].as_i64().unwrap())
                .collect();
            assert_eq!(data, expected, "{request}");
            assert_eq!(reply["history"]["offset"], 5);
            for publication in publications {
                assert_eq!(publication["info"]["user"], "ann");
            }
        }
        let other = json!({ "channel": "news", "since": { "offset": 1, "epoch": "other" } });
        assert_eq!(ann.refusal("history", other).await, 112);
    }

    async fn a_connection_that_is_not_refreshed_ends_after_its_grace() {
        let (base, _) = serve_with(expiring(RefreshedBy::Client), impatient()).await;
        let mut lazy = TestSocket::open(&base).await;
        let result = lazy.connect_with("x").await;
        assert_eq!(
            (&result["expires"], &result["ttl"]),
            (&json!(true), &json!(1))
        );
        let mut busy = connected(&base, "x").await;
        let reply = busy.ask("refresh", json!({ "token": "again" })).await;
        assert_eq!(reply["refresh"], json!({ "expires": true, "ttl": 600 }));
        assert_eq!(closed(lazy).await, 3005);
        assert_eq!(
            busy.refusal("refresh", json!({ "token": "bad" })).await,
            109
        );
        busy.send("refresh", json!({ "token": "another's" })).await;
        assert_eq!(closed(busy).await, 3500);
    }

    async fn a_connection_that_the_server_refreshes_is_told_nothing() {
        let (base, engine) = serve_with(expiring(RefreshedBy::Server), impatient()).await;
        let mut kept = TestSocket::open(&base).await;
        let result = kept.connect_with("kept").await;
        assert_eq!(result.get("expires"), None);
        let lost = connected(&base, "lost").await;
        assert_eq!(closed(lost).await, 3005);
        assert_eq!(
            kept.refusal("rpc", json!({ "method": "x" })).await,
            108,
            "still there"
        );
        let ttl = Some(Duration::from_secs(30));
        engine.refresh(Whom::User(String::new()), ttl);
        let push = kept.line().await;
        assert_eq!(
            push["push"],
            json!({ "refresh": { "expires": true, "ttl": 30 } })
        );
    }

    async fn an_engine_without_a_refresh_handler_has_none_to_offer() {
        let (base, _) = serve(by_name().rule(open("news"))).await;
        let mut ann = connected(&base, "ann").await;
        assert_eq!(ann.refusal("refresh", json!({ "token": "x" })).await, 108);
        ann.subscribe("news").await;
        let news = json!({ "channel": "news", "token": "x" });
        assert_eq!(ann.refusal("sub_refresh", news).await, 108);
        ann.send_raw(r#"{"send":{"data":1}}"#).await;
        assert_eq!(closed(ann).await, 3508);
    }

    async fn a_subscription_that_is_not_refreshed_ends_and_the_connection_stays() {
        let second = || async {
            Ok(Granted {
                ttl: Some(Duration::from_secs(1)),
                data: raw(&"welcome").ok(),
                ..Granted::default()
            })
        };
        let rule = |name| Rule::new(name, Handler::new(move |_| second()));
        let refresh = |event: hubbub::server::realtime::SubRefresh<String>| async move {
            match event.token.as_str() {
                "again" => Ok(Granted {
                    ttl: Some(Duration::from_mins(2)),
                    ..Granted::default()
                }),
                _ => Err(ErrorCode::PermissionDenied.into()),
            }
        };
        let registration = by_name()
            .rule(rule("kept").sub_refresh(Handler::new(refresh)))
            .rule(rule("lost"));
        let (base, _) = serve_with(registration, impatient()).await;
        let mut ann = connected(&base, "ann").await;
        let result = ann.subscribe("kept").await;
        assert_eq!(
            result,
            json!({ "expires": true, "ttl": 1, "data": "welcome" })
        );
        ann.subscribe("lost").await;
        let token = |token: &str| json!({ "channel": "kept", "token": token });
        let reply = ann.ask("sub_refresh", token("again")).await;
        assert_eq!(reply["sub_refresh"], json!({ "expires": true, "ttl": 120 }));
        assert_eq!(ann.refusal("sub_refresh", token("bad")).await, 103);
        let push = ann.line().await["push"].clone();
        assert_eq!(push["channel"], "lost");
        assert_eq!(push["unsubscribe"]["code"], 2501);
        ann.ask("unsubscribe", json!({ "channel": "kept" })).await;
        assert_eq!(ann.refusal("sub_refresh", token("again")).await, 103);
    }

    async fn the_server_subscribes_and_unsubscribes_and_nothing_comes_after() {
        let rule = open("news").history(remembered(), anybody());
        let (base, engine) = serve(by_name().rule(rule)).await;
        let publish = async |n: u32| {
            let publication = Publication::new(raw(&n).unwrap(), 0);
            let keep = hubbub::server::realtime::engine::Keep::InHistory;
            engine.publish("news", publication, keep).await.unwrap();
        };
        let mut ann = connected(&base, "ann").await;
        let mut ben = connected(&base, "ben").await;
        publish(1).await;
        let ann_only = || Whom::User("ann".into());
        engine
            .subscribe(ann_only(), "news", raw(&"hi").ok())
            .unwrap();
        let push = ann.line().await["push"].clone();
        assert_eq!(push["channel"], "news");
        assert_eq!(push["subscribe"]["offset"], 1);
        assert_eq!(push["subscribe"]["positioned"], true);
        assert_eq!(push["subscribe"]["data"], "hi");
        publish(2).await;
        assert_eq!(ann.publication().await.1, 2);

        // Ordered together: what is published after it does not arrive.
        engine.unsubscribe(ann_only(), "news", UnsubscribeCode::Server);
        publish(3).await;
        let push = ann.line().await["push"].clone();
        let unsubscribe = json!({ "code": 2000, "reason": "server unsubscribe" });
        assert_eq!(push["unsubscribe"], unsubscribe);
        engine.send(ann_only(), raw(&"bye").unwrap());
        assert_eq!(
            ann.line().await["push"],
            json!({ "message": { "data": "bye" } })
        );
        engine.disconnect(ann_only(), DisconnectCode::ForceReconnect.into());
        assert_eq!(closed(ann).await, 3011);
        assert_eq!(ben.refusal("rpc", json!({ "method": "x" })).await, 108);
        assert!(ben.pushes_so_far().is_empty());
        assert!(engine.subscribe(Whom::Everybody, "nowhere", None).is_err());
    }

    async fn a_right_taken_back_while_it_is_checked_is_not_granted() {
        let (asked, reached) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (wait, tell) = (asked.clone(), reached.clone());
        let slow = Handler::new(move |_| {
            let (wait, tell) = (wait.clone(), tell.clone());
            async move {
                tell.notify_one();
                wait.notified().await;
                Ok(Granted::default())
            }
        });
        let (base, engine) = serve(by_name().rule(Rule::new("club", slow))).await;
        let mut ann = connected(&base, "ann").await;
        let id = ann.send("subscribe", json!({ "channel": "club" })).await;
        reached.notified().await;
        let ann_only = Whom::User("ann".into());
        engine.unsubscribe(ann_only, "club", UnsubscribeCode::Server);
        asked.notify_one();
        let reply = ann.answer(id).await;
        assert_eq!(reply["error"]["code"], 103, "{reply}");
        let publication = Publication::new(raw(&"secret").unwrap(), 0);
        let keep = hubbub::server::realtime::engine::Keep::No;
        engine.publish("club", publication, keep).await.unwrap();
        ann.ask("unsubscribe", json!({ "channel": "club" })).await;
        let pushes = ann.pushes_so_far();
        assert!(
            pushes.iter().all(|push| push.get("pub").is_none()),
            "{pushes:?}"
        );
    }

    async fn calls_of_one_method_are_under_way_together_and_answered_in_order() {
        let (calls, mut under_way) = mpsc::unbounded_channel();
        let rpc = move |event: hubbub::server::realtime::Rpc<String>| {
            let calls = calls.clone();
            async move {
                if event.method == "now" {
                    return Ok(RpcAnswer::Now(raw(&"now").unwrap()));
                }
                let (answer, answered) = oneshot::channel();
                calls.send(answer).unwrap();
                let later = async move { Ok(raw(&answered.await.unwrap_or(0)).unwrap()) };
                Ok(RpcAnswer::Later(Box::pin(later)))
            }
        };
        let (base, _) = serve(by_name().rpc(Handler::new(rpc))).await;
        let mut ann = connected(&base, "ann").await;
        for _ in 0..3 {
            ann.send("rpc", json!({ "method": "later" })).await;
        }
        ann.send("rpc", json!({ "method": "now" })).await;
        let mut answers = Vec::new();
        for _ in 0..3 {
            answers.push(under_way.recv().await.unwrap());
        }
        // Answered backwards, told forwards, and the other method waits for all of them.
        for (n, answer) in answers.into_iter().enumerate().rev() {
            answer.send(n).unwrap();
        }
        let mut told = Vec::new();
        for _ in 0..4 {
            told.push(ann.line().await["rpc"]["data"].clone());
        }
        assert_eq!(told, [json!(0), json!(1), json!(2), json!("now")]);
    }

    async fn a_message_may_be_answered_by_a_message() {
        let echo = |event: hubbub::server::realtime::Sent<String>| async move { Ok(event.data) };
        let (base, _) = serve(by_name().message(Handler::new(echo))).await;
        let mut ann = connected(&base, "ann").await;
        ann.send_raw(r#"{"send":{"data":[1,2]}}"#).await;
        assert_eq!(
            ann.line().await["push"],
            json!({ "message": { "data": [1, 2] } })
        );
    }

    async fn the_application_hears_who_has_gone_and_why() {
        let (told, mut hears) = mpsc::unbounded_channel();
        let hook = move |event: hubbub::server::realtime::Disconnected<String>| {
            let told = told.clone();
            async move {
                let code = event.disconnect.map(|disconnect| disconnect.code);
                told.send((event.caller, code)).unwrap();
                Ok(())
            }
        };
        let (base, engine) = serve(by_name().disconnected(Handler::new(hook))).await;
        drop(TestSocket::open(&base).await);
        drop(connected(&base, "ann").await);
        assert_eq!(hears.recv().await.unwrap(), ("ann".to_owned(), None));
        let _ben = connected(&base, "ben").await;
        engine.disconnect(Whom::Everybody, DisconnectCode::ForceDisconnect.into());
        assert_eq!(hears.recv().await.unwrap(), ("ben".to_owned(), Some(3503)));
    }

    async fn one_interceptor_stands_before_every_event() {
        let seen = Arc::new(AtomicUsize::new(0));
        let count = Count(seen.clone());
        let registration = by_name()
            .rpc(Handler::new(|_| async {
                Ok(RpcAnswer::Now(raw(&1).unwrap()))
            }))
            .rule(
                open("news")
                    .presence(anybody())
                    .history(remembered(), anybody()),
            )
            .layer(&count);
        let (base, _) = serve(registration).await;
        let mut ann = connected(&base, "ann").await;
        ann.subscribe("news").await;
        ann.rpc("x", json!(null)).await;
        ann.ask("presence", json!({ "channel": "news" })).await;
        ann.ask("history", json!({ "channel": "news" })).await;
        // Whether one may look is asked before and afterwards.
        assert_eq!(seen.load(Ordering::Relaxed), 7);
    }

    async fn a_reader_that_stalls_is_cut_off_while_its_subscription_is_checked() {
        let options = Options {
            queue_bytes: 10_000,
            ..Options::default()
        };
        let never = Handler::new(|_| std::future::pending::<Result<Granted, Refusal>>());
        let registration = by_name().rule(Rule::new("club", never));
        let (base, engine): (String, Arc<Engine<String>>) = serve_with(registration, options).await;
        let mut ann = connected(&base, "ann").await;
        ann.send("subscribe", json!({ "channel": "club" })).await;
        let publication = Publication::new(raw(&"x".repeat(1000)).unwrap(), 0);
        let keep = hubbub::server::realtime::engine::Keep::No;
        while engine.info()[0].counts.subscriptions == 0 {
            tokio::task::yield_now().await;
        }
        for _ in 0..20 {
            engine
                .publish("club", publication.clone(), keep)
                .await
                .unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(closed(ann).await, 3008, "what is kept for it is bounded");
    }
}

#[tokio::test]
async fn who_asks_for_it_is_told_a_number_instead_of_the_channels_name() {
    let rule = |name| open(name).join_leave(JoinLeave::OnRequest);
    let (base, engine) = serve(by_name().rule(rule("news")).rule(rule("more"))).await;
    let mut ann = connected(&base, "ann").await;
    let mut numbers = Vec::new();
    for channel in ["news", "more"] {
        let compact = json!({ "channel": channel, "flag": 1, "join_leave": true });
        let reply = ann.ask("subscribe", compact).await;
        let number = reply["subscribe"]["id"].clone();
        assert!(number.as_u64().unwrap() > 0);
        let join = ann.line().await["push"].clone();
        assert_eq!((&join["id"], join.get("channel")), (&number, None));
        assert_eq!(join["join"]["info"]["user"], "ann");
        numbers.push(number);
    }
    assert_ne!(numbers[0], numbers[1]);
    let mut ben = connected(&base, "ben").await;
    assert_eq!(ben.subscribe("news").await, json!({}), "he has not asked");
    assert_eq!(ann.line().await["push"]["join"]["info"]["user"], "ben");
    for n in 0..3 {
        publish_to_news(&engine, n).await;
        let told = json!({ "id": numbers[0], "pub": { "data": n } });
        assert_eq!(ann.line().await["push"], told);
        let told = json!({ "channel": "news", "pub": { "data": n } });
        assert_eq!(ben.line().await["push"], told);
    }
    // How it ends is told by name: the number has no meaning any more.
    engine.unsubscribe(Whom::Everybody, "news", UnsubscribeCode::Server);
    assert_eq!(ann.line().await["push"]["channel"], "news");
}

#[tokio::test]
async fn in_protobuf_a_channel_keeps_its_name_whoever_asks() {
    speaking(Speech::Protobuf, async {
        let (base, engine) = serve(by_name().rule(open("news"))).await;
        let mut ann = connected(&base, "ann").await;
        let compact = json!({ "channel": "news", "flag": 1 });
        let reply = ann.ask("subscribe", compact).await;
        assert_eq!(reply["subscribe"], json!({}));
        publish_to_news(&engine, 1).await;
        let told = json!({ "channel": "news", "pub": { "data": 1 } });
        assert_eq!(ann.line().await["push"], told);
    })
    .await;
}

async fn publish_to_news(engine: &Engine<String>, n: u32) {
    let publication = Publication::new(raw(&n).unwrap(), 0);
    let keep = hubbub::server::realtime::engine::Keep::No;
    engine.publish("news", publication, keep).await.unwrap();
}
