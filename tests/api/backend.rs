//! The server API: what an application's own backend does, in Centrifugo's shapes.

use hubbub::protocol::{ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket, closed};

/// A backend with its key.
struct Backend {
    base: String,
    client: reqwest::Client,
    key: String,
}

impl Backend {
    async fn of(app: &TestApp, owner: &User) -> Self {
        Self {
            base: app.base.clone(),
            client: reqwest::Client::new(),
            key: app.backend_token(owner).await,
        }
    }

    async fn call(&self, method: &str, request: Value) -> Value {
        let url = format!("{}/api/{method}", self.base);
        let call = self.client.post(url).header("x-api-key", &self.key);
        let answer = call.json(&request).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{method}");
        answer.json().await.unwrap()
    }

    async fn result(&self, method: &str, request: Value) -> Value {
        let answer = self.call(method, request).await;
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    async fn error(&self, method: &str, request: Value) -> Value {
        self.call(method, request).await["error"]["code"].clone()
    }
}

on_both_engines! {
    async fn a_backend_publishes_what_passes_by_and_is_not_kept(app) {
        let john = app.person("john").await;
        let backend = Backend::of(&app, &john).await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let channel = format!("thread:{thread}");
        let mut socket = app.socket_of(&john).await;
        let typing = json!({ "channel": channel, "data": { "type": "typing" }, "tags": { "a": "b" } });
        assert_eq!(backend.result("publish", typing).await, json!({}));
        let push = socket.line().await["push"].clone();
        assert_eq!(push["channel"], channel);
        assert_eq!(push["pub"], json!({ "data": { "type": "typing" }, "tags": { "a": "b" } }));
        let history = backend.result("history", json!({ "channel": channel, "limit": 10 })).await;
        assert_eq!(history["publications"], json!([]));

        let both = json!({ "channels": [channel, "nowhere"], "data": 1 });
        let answer = backend.result("broadcast", both).await;
        let responses = answer["responses"].as_array().unwrap();
        assert_eq!(responses[0], json!({ "result": {} }));
        assert_eq!(responses[1]["error"]["code"], 102);
        assert_eq!(socket.publication().await.2, 1);
    }

    async fn several_requests_in_one_are_answered_each_for_itself_and_in_order(app) {
        let john = app.person("john").await;
        let backend = Backend::of(&app, &john).await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let channel = format!("thread:{thread}");
        let mut socket = app.socket_of(&john).await;
        let publish = |data: i64| json!({ "publish": { "channel": channel, "data": data } });
        let commands = json!([
            publish(1),
            { "publish": { "channel": "nowhere", "data": 1 } },
            { "presence_stats": { "channel": channel } },
            publish(2),
            { "nonsense": {} },
            { "batch": { "commands": [publish(3)] } },
            { "publish": { "channel": channel, "data": 4 }, "info": {} },
            {},
            { "subscribe": { "channel": 7 } },
        ]);
        for parallel in [false, true] {
            let all = backend.call("batch", json!({ "commands": commands, "parallel": parallel })).await;
            let replies = all["replies"].as_array().unwrap();
            assert_eq!(replies.len(), 9);
            assert_eq!(replies[0], json!({ "publish": {} }));
            assert_eq!(replies[2]["presence_stats"]["num_users"], 1, "{all}");
            assert_eq!(replies[3], json!({ "publish": {} }));
            let codes: Vec<_> = [1, 4, 5, 6, 7, 8].map(|at| replies[at]["error"]["code"].clone()).into();
            assert_eq!(codes, [102, 104, 104, 107, 104, 107]);
            let mut heard = [socket.publication().await.2, socket.publication().await.2];
            if parallel {
                heard.sort_by_key(Value::as_i64);
            }
            assert_eq!(heard, [json!(1), json!(2)]);
        }
        assert_eq!(backend.call("batch", json!({})).await, json!({ "replies": [] }));
        let url = format!("{}/api/batch", app.base);
        let call = |key: &str| backend.client.post(&url).header("x-api-key", key);
        let told = call(&backend.key).body("{").send().await.unwrap();
        assert_eq!(told.status(), 400);
        assert_eq!(call("nonsense").json(&json!({})).send().await.unwrap().status(), 401);
    }

    async fn what_is_published_under_a_key_is_published_once_in_five_minutes(app) {
        let john = app.person("john").await;
        let backend = Backend::of(&app, &john).await;
        let [one, two] = [
            app.thread(&john, ThreadKind::Private).await,
            app.thread(&john, ThreadKind::Private).await,
        ];
        let [one, two] = [one, two].map(|thread| format!("thread:{thread}"));
        let mut socket = app.socket_of(&john).await;
        let publish = |key: &str, channel: &str, data: &str| {
            json!({ "channel": channel, "data": data, "idempotency_key": key })
        };
        assert_eq!(backend.result("publish", publish("a", &one, "first")).await, json!({}));
        let commands = json!([
            { "publish": publish("a", &one, "again, in a batch") },
            { "publish": publish("b", &one, "another key") },
        ]);
        let batch = backend.call("batch", json!({ "commands": commands })).await;
        assert_eq!(batch["replies"], json!([{ "publish": {} }, { "publish": {} }]));
        let channels = json!([one, two, "nowhere"]);
        let everywhere = json!({ "channels": channels, "data": "all", "idempotency_key": "a" });
        for _ in 0..2 {
            let answer = backend.result("broadcast", everywhere.clone()).await;
            assert_eq!(answer["responses"][1], json!({ "result": {} }));
            assert_eq!(answer["responses"][2]["error"]["code"], 102, "also the second time");
        }
        // Many at once are one.
        let at_once = (0..8).map(|n| backend.result("publish", publish("c", &two, &n.to_string())));
        futures::future::join_all(at_once).await;
        // What was refused may be tried again.
        let too_big = "x".repeat(300_000);
        assert_eq!(backend.error("publish", publish("d", &one, &too_big)).await, 106);
        backend.result("publish", publish("d", &one, "smaller")).await;
        app.seconds_pass(299);
        backend.result("publish", publish("a", &one, "too early")).await;
        app.seconds_pass(1);
        backend.result("publish", publish("a", &one, "later")).await;
        backend.result("publish", json!({ "channel": one, "data": "end" })).await;
        let mut heard = Vec::new();
        while heard.last() != Some(&json!("end")) {
            heard.push(socket.publication().await.2);
        }
        let nth = heard.remove(3);
        assert!(nth.as_str().is_some_and(|nth| nth.len() == 1), "{nth} {heard:?}");
        let expected = ["first", "another key", "all", "smaller", "later", "end"];
        assert_eq!(heard, expected.map(|text| json!(text)));
    }

    async fn a_backend_reads_streams_and_sees_who_is_there(app) {
        let john = app.person("john").await;
        let backend = Backend::of(&app, &john).await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let channel = format!("thread:{thread}");
        let mut socket = app.socket_of(&john).await;
        for text in ["one", "two"] {
            socket.rpc("thread:publish", json!({ "id": thread, "message": text })).await;
        }
        let request = json!({ "channel": channel, "limit": 1, "reverse": true });
        let history = backend.result("history", request).await;
        assert_eq!(history["offset"], 2);
        assert_eq!(history["publications"][0]["offset"], 2);
        assert_eq!(history["publications"][0]["data"]["message"]["text"], "two");

        let presence = backend.result("presence", json!({ "channel": channel })).await;
        let present: Vec<&Value> = presence["presence"].as_object().unwrap().values().collect();
        assert_eq!(present.len(), 1);
        assert_eq!(present[0]["user"], john.id.to_string());
        assert_eq!(present[0]["conn_info"]["username"], "john");
        let stats = backend.result("presence_stats", json!({ "channel": channel })).await;
        assert_eq!(stats, json!({ "num_clients": 1, "num_users": 1 }));

        let channels = backend.result("channels", json!({ "pattern": "thread:*" })).await;
        assert_eq!(channels, json!({ "channels": { (channel): { "num_clients": 1 } } }));
        let info = backend.result("info", json!({})).await;
        let node = &info["nodes"][0];
        assert_eq!((&node["num_clients"], &node["num_users"]), (&json!(1), &json!(1)));
        assert_eq!((&node["num_channels"], &node["num_subs"]), (&json!(3), &json!(3)));
    }

    async fn a_backend_subscribes_unsubscribes_and_disconnects(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let backend = Backend::of(&app, &john).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let whom = |channel: &str| json!({ "user": john.id.to_string(), "channel": channel });
        backend.result("subscribe", whom("chat")).await;
        let push = johns.line().await["push"].clone();
        assert_eq!(push, json!({ "channel": "chat", "subscribe": {} }));
        backend.result("unsubscribe", whom("chat")).await;
        assert_eq!(johns.line().await["push"]["unsubscribe"]["code"], 2000);
        backend.result("publish", json!({ "channel": "chat", "data": 1 })).await;
        let away = json!({
            "user": john.id.to_string(), "disconnect": { "code": 4001, "reason": "tea time" },
        });
        backend.result("disconnect", away).await;
        assert_eq!(closed(johns).await, 4001);
        assert!(bills.everything_so_far().await.is_empty());
        backend.result("disconnect", json!({ "user": bill.id.to_string() })).await;
        assert_eq!(closed(bills).await, 3503);
    }

    async fn only_a_token_made_for_it_is_a_key(app) {
        let john = app.person("john").await;
        let url = format!("{}/api/info", app.base);
        let client = reqwest::Client::new();
        let call = |key: &str| client.post(&url).header("x-api-key", key).send();
        assert_eq!(client.post(&url).send().await.unwrap().status(), 401);
        assert_eq!(call("wrong").await.unwrap().status(), 401);
        let plain = app.token(&john).await;
        assert_eq!(call(&plain).await.unwrap().status(), 401);
        let key = app.backend_token(&john).await;
        assert_eq!(call(&key).await.unwrap().status(), 200);
        let bearer = client.post(&url).bearer_auth(&key).send().await.unwrap();
        assert_eq!(bearer.status(), 200);
        let cookie = app.signed_in("john").await;
        assert_eq!(cookie.client.post(&url).send().await.unwrap().status(), 401);
    }
}

#[tokio::test]
async fn data_on_several_lines_stay_in_one_line_of_a_frame() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let backend = Backend::of(&app, &john).await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let mut socket = app.socket_of(&john).await;
    let pretty =
        format!("{{\"channel\": \"thread:{thread}\",\n\"data\": {{\n  \"a\": [\r\n1]\n}}}}");
    let url = format!("{}/api/publish", app.base);
    let call = backend.client.post(url).header("x-api-key", &backend.key);
    assert_eq!(call.body(pretty).send().await.unwrap().status(), 200);
    assert_eq!(socket.publication().await.2, json!({ "a": [1] }));
}

#[tokio::test]
async fn a_request_that_makes_no_sense_is_told_so() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let backend = Backend::of(&app, &john).await;
    for (method, request, code) in [
        ("publish", json!({ "channel": "chat" }), 107),
        ("publish", json!({ "data": 1 }), 107),
        ("publish", json!({ "channel": "nowhere", "data": 1 }), 102),
        ("broadcast", json!({ "data": 1 }), 107),
        ("presence", json!({ "channel": "chat" }), 108),
        ("presence_stats", json!({ "channel": "nowhere" }), 102),
        ("history", json!({ "channel": "chat" }), 108),
        ("subscribe", json!({ "channel": "chat" }), 107),
        (
            "subscribe",
            json!({ "user": "1", "channel": "nowhere" }),
            102,
        ),
        ("disconnect", json!({}), 107),
        (
            "disconnect",
            json!({ "user": "1", "whitelist": ["x"] }),
            107,
        ),
        (
            "publish",
            json!({ "channel": "chat", "b64data": "MQ==" }),
            107,
        ),
        (
            "publish",
            json!({ "channel": "chat", "data": "x".repeat(300_000) }),
            106,
        ),
        ("disconnect", json!({ "client": "nobody" }), 107),
        (
            "disconnect",
            json!({ "user": "1", "disconnect": { "code": 200 } }),
            107,
        ),
    ] {
        assert_eq!(
            backend.error(method, request.clone()).await,
            code,
            "{method} {request}"
        );
    }
    let url = format!("{}/api/publish", app.base);
    let call = backend.client.post(url).header("x-api-key", &backend.key);
    assert_eq!(call.body("{").send().await.unwrap().status(), 400);
    let mut socket = TestSocket::open(&app.base).await;
    socket.connect_with(&backend.key).await;
}
