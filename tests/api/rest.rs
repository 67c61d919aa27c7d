//! The REST API, by HTTP and by calls over the socket: the same routes, the same answers.

use hubbub::protocol::{ThreadKind, User};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// A program that calls the API with a token.
struct Program {
    base: String,
    client: reqwest::Client,
    token: String,
}

impl Program {
    async fn of(app: &TestApp, owner: &User) -> Self {
        Self {
            base: app.base.clone(),
            client: reqwest::Client::new(),
            token: app.token(owner).await,
        }
    }

    async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/v1/{path}", self.base);
        let call = self.client.request(method, url).bearer_auth(&self.token);
        let answer = call.json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, json!({})).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, body).await
    }

    async fn delete(&self, path: &str) -> u16 {
        self.call(Method::DELETE, path, json!({})).await.0
    }
}

on_both_engines! {
    async fn threads_are_made_read_and_written(app) {
        let john = app.person("john").await;
        let program = Program::of(&app, &john).await;
        let (status, thread) = program.post("threads", json!({ "name": "Tea" })).await;
        assert_eq!((status, &thread["name"]), (201, &json!("Tea")));
        let path = format!("threads/{}", thread["id"]);
        let messages = format!("{path}/messages");
        let new = json!({ "message": "hello", "client_id": "c1" });
        let (status, posted) = program.post(&messages, new.clone()).await;
        assert_eq!((status, &posted["message"]["text"]), (201, &json!("hello")));
        let (_, again) = program.post(&messages, new).await;
        assert_eq!(again["message"]["id"], posted["message"]["id"], "a retry is harmless");
        let (_, page) = program.get(&format!("{messages}?limit=1")).await;
        assert_eq!(page["messages"][0]["text"], "hello");
        assert_eq!(program.get(&path).await.1["last_seq"], 1);
        assert_eq!(program.get("threads").await.1.as_array().unwrap().len(), 1);
    }

    async fn what_is_not_for_me_is_not_found(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let secret = app.thread(&john, ThreadKind::Private).await;
        let bills = Program::of(&app, &bill).await;
        for path in ["", "/messages", "/members"] {
            let (status, told) = bills.get(&format!("threads/{secret}{path}")).await;
            assert_eq!((status, &told["code"]), (404, &json!(404)), "{path}");
        }
        let path = format!("threads/{secret}");
        assert_eq!(bills.post(&format!("{path}/messages"), json!({ "message": "hi" })).await.0, 404);
        assert_eq!(bills.post(&format!("{path}/members"), json!({})).await.0, 404);
        assert_eq!(bills.delete(&format!("{path}/members/{}", john.id)).await, 404);
        assert_eq!(bills.post(&format!("{path}/read"), json!({ "seq": 1 })).await.0, 404);
        for path in ["nowhere", "threads/x", "users/99999999999999999999"] {
            let (status, told) = bills.get(path).await;
            assert_eq!((status, &told["code"]), (404, &json!(404)), "{path}");
        }
        assert_eq!(bills.get("users/999").await.0, 404);
    }

    async fn refusals_say_what_is_wrong_with_each_field(app) {
        let john = app.person("john").await;
        let program = Program::of(&app, &john).await;
        let (status, told) = program.post("threads", json!({ "name": "  " })).await;
        assert_eq!(status, 422);
        assert_eq!(told["code"], 422);
        assert_eq!(told["errors"]["name"], "Please fill this in.");
        let (status, told) = program.post("threads", json!({ "name": 7 })).await;
        assert_eq!((status, &told["code"]), (400, &json!(400)));
        assert_eq!(program.post("threads", json!("?")).await.0, 400);
    }

    async fn without_a_good_token_nobody_is_anybody(app) {
        let john = app.person("john").await;
        let mut program = Program::of(&app, &john).await;
        "hbt_wrong".clone_into(&mut program.token);
        for path in ["me", "threads", "sessions", "users/1"] {
            assert_eq!(program.get(path).await.0, 401, "{path}");
        }
        let cookie = app.signed_in("john").await;
        assert_eq!(cookie.get("/api/v1/me").await.status(), 401);
    }

    async fn members_come_and_go(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let (johns, bills) = (Program::of(&app, &john).await, Program::of(&app, &bill).await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        let members = format!("threads/{thread}/members");
        let him = json!({ "user_id": bill.id });
        assert_eq!(johns.post(&members, json!({ "user_id": 999 })).await.0, 404);
        assert_eq!(johns.post(&members, him).await.0, 204);
        let names = |list: Value| -> Vec<String> {
            let people = list.as_array().unwrap();
            people.iter().map(|p| p["username"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(bills.get(&members).await.1), ["bill", "john"]);
        let bill_there = format!("{members}/{}", bill.id);
        let john_there = format!("{members}/{}", john.id);
        assert_eq!(bills.delete(&john_there).await, 403, "it is not his thread");
        assert_eq!(bills.delete(&bill_there).await, 204);
        assert_eq!(bills.get(&members).await.0, 404);
        assert_eq!(johns.delete(&bill_there).await, 404, "he is out already");
    }

    async fn a_call_over_the_socket_runs_the_same_route_as_the_same_person(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mut socket = app.socket_of(&john).await;
        let thread = socket.rpc("post:threads", json!({ "name": "Tea", "private": true })).await;
        assert_eq!((&thread["code"], &thread["name"]), (&json!(201), &json!("Tea")));
        let id = &thread["id"];
        let found = socket.rpc(&format!("get:threads/{id}"), json!(null)).await;
        assert_eq!(found, json!({ "code": 200, "id": id, "name": "Tea", "kind": "private",
            "last_seq": 0, "message_count": 0, "active_at": found["active_at"] }));
        let posted = socket.rpc(&format!("post:/threads/{id}/messages"), json!({ "message": "hi" })).await;
        assert_eq!(posted["message"]["user"]["username"], "john");
        let page = socket.rpc(&format!("get:threads/{id}/messages"), json!({ "limit": 5 })).await;
        assert_eq!(page["messages"][0]["text"], "hi");
        let list = socket.rpc("get:threads", json!({})).await;
        assert_eq!((&list["code"], &list["data"][0]["name"]), (&json!(200), &json!("Tea")));

        let invalid = socket.rpc("post:threads", json!({ "name": "" })).await;
        assert_eq!(invalid["code"], 422);
        assert_eq!(invalid["errors"]["name"], "Please fill this in.");
        let gone = socket.rpc(&format!("delete:threads/{id}/members/{}", john.id), json!(null)).await;
        assert_eq!(gone, json!({ "code": 204 }));
        for (method, code) in [("get:nowhere", 404), ("get:threads/x", 404), ("delete:threads", 405)] {
            let told = socket.rpc(method, json!({})).await;
            assert_eq!(told["code"], code, "{method}");
            assert!(told["message"].is_string(), "{told}");
        }

        let mut bills = app.socket_of(&bill).await;
        let hidden = bills.rpc(&format!("get:threads/{id}"), json!(null)).await;
        assert_eq!(hidden["code"], 404);
        assert_eq!(bills.call("get:thre ads", json!({})).await["error"]["code"], 107);
        assert_eq!(bills.call("fetch:threads", json!({})).await["error"]["code"], 404);
    }

    async fn a_session_is_listed_and_revoked(app) {
        app.person("john").await;
        let bill = app.person("bill").await;
        let url = format!("{}/api/v1/sessions", app.base);
        let client = reqwest::Client::new();
        let credentials = json!({ "username": "john", "password": "secret" });
        let mut tokens = Vec::new();
        for _ in 0..2 {
            let answer = client.post(&url).json(&credentials).send().await.unwrap();
            let session: Value = answer.json().await.unwrap();
            tokens.push(session["token"].as_str().unwrap().to_owned());
        }
        let list = client.get(&url).bearer_auth(&tokens[0]).send().await.unwrap();
        let list: Value = list.json().await.unwrap();
        let sessions = list.as_array().unwrap();
        assert_eq!(sessions.len(), 2);
        let other = sessions.iter().find(|s| s["is_current"] == false).unwrap();
        let path = format!("sessions/{}", other["id"]);
        let bills = Program::of(&app, &bill).await;
        assert_eq!(bills.delete(&path).await, 403, "a token is no person");
        assert_eq!(bills.get("sessions").await.0, 403);
        let mut here = TestSocket::open(&app.base).await;
        here.connect_with(&tokens[0]).await;
        let mut there = TestSocket::open(&app.base).await;
        there.connect_with(&tokens[1]).await;
        let gone = client.delete(format!("{}/api/v1/{path}", app.base));
        assert_eq!(gone.bearer_auth(&tokens[0]).send().await.unwrap().status(), 204);
        assert_eq!(crate::support::closed(there).await, 3503);
        let told = here.line().await["push"]["pub"]["data"].clone();
        assert_eq!(told, json!({ "type": "session_revoked", "session_id": other["id"] }));
    }
}
