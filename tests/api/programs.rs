//! Programs: signing in for a token, other origins, and the tutorial's channel.

use hubbub::protocol::ThreadKind;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{Settings, TestApp, TestSocket};

on_both_engines! {
    async fn a_program_signs_in_connects_and_signs_out(app) {
        app.person("john").await;
        let client = app.browser().client;
        let url = format!("{}/api/v1/sessions", app.base);
        let credentials = json!({ "username": "john", "password": "secret" });
        let answer = client.post(&url).json(&credentials).send().await.unwrap();
        assert_eq!(answer.status(), 201);
        let session: Value = answer.json().await.unwrap();
        assert_eq!(session["user"]["username"], "john");
        let token = session["token"].as_str().unwrap();
        let mut socket = TestSocket::open(&app.base).await;
        socket.connect_with(token).await;
        let gone = client.delete(&url).bearer_auth(token).send().await.unwrap();
        assert_eq!(gone.status(), 204);
        assert_eq!(crate::support::closed(socket).await, 3503);
        let again = client.delete(&url).bearer_auth(token).send().await.unwrap();
        assert_eq!(again.status(), 401);
    }

    async fn wrong_credentials_and_nonsense_get_no_token(app) {
        app.person("john").await;
        let client = app.browser().client;
        let url = format!("{}/api/v1/sessions", app.base);
        for (body, status) in [
            (json!({ "username": "john", "password": "wrong" }), 401),
            (json!({ "username": "nobody", "password": "secret" }), 401),
            (json!({ "username": "john" }), 422),
            (json!({}), 422),
            (json!([1]), 400),
        ] {
            let answer = client.post(&url).json(&body).send().await.unwrap();
            assert_eq!(answer.status(), status, "{body}");
        }
    }

    async fn a_token_made_by_its_owner_is_not_ended_by_whoever_holds_it(app) {
        let john = app.person("john").await;
        let token = app.token(&john).await;
        let url = format!("{}/api/v1/sessions", app.base);
        let answer = app.browser().client.delete(&url).bearer_auth(&token).send().await.unwrap();
        assert_eq!(answer.status(), 403);
        TestSocket::open(&app.base).await.connect_with(&token).await;
    }

    async fn a_cookie_is_no_token_for_programs(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let url = format!("{}/api/v1/sessions", app.base);
        let answer = browser.client.delete(&url).send().await.unwrap();
        assert_eq!(answer.status(), 401);
        assert_eq!(browser.get("/").await.status(), 200);
    }

    async fn chat_carries_every_message_of_public_threads_and_no_other(app) {
        let john = app.person("john").await;
        let token = app.token(&john).await;
        let public = app.thread(&john, ThreadKind::Public).await;
        let private = app.thread(&john, ThreadKind::Private).await;
        let mut program = TestSocket::open(&app.base).await;
        let reply = program.ask("connect", json!({ "data": { "authToken": token } })).await;
        assert_eq!(reply["connect"]["subs"]["chat"], json!({}));
        let mut writer = TestSocket::open(&app.base).await;
        let plain = writer.connect_with(&token).await;
        assert!(plain["subs"].get("chat").is_none());
        writer.rpc("thread:publish", json!({ "id": private, "message": "whisper" })).await;
        writer.rpc("thread:publish", json!({ "id": public, "message": "hello" })).await;
        let on_chat: Vec<Value> = program
            .everything_so_far()
            .await
            .into_iter()
            .filter(|push| push["channel"] == "chat")
            .map(|push| push["pub"]["data"].clone())
            .collect();
        assert_eq!(on_chat.len(), 1);
        assert_eq!(on_chat[0]["type"], "message");
        assert_eq!(on_chat[0]["message"]["text"], "hello");
        assert_eq!(on_chat[0]["thread"]["name"], "A thread");
    }
}

#[tokio::test]
async fn a_listed_origin_may_ask_and_any_other_may_not() {
    let app = TestApp::with(Settings {
        allowed_origins: vec!["https://app.example.net".into()],
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let client = app.browser().client;
    let url = format!("{}/api/v1/sessions", app.base);
    for (origin, allowed) in [
        ("https://app.example.net", true),
        ("https://evil.example", false),
    ] {
        let answer = client
            .post(&url)
            .header("origin", origin)
            .json(&json!({ "username": "john", "password": "secret" }))
            .send()
            .await
            .unwrap();
        let header = answer.headers().get("access-control-allow-origin");
        assert_eq!(header.is_some(), allowed, "{origin}");
        assert!(
            answer
                .headers()
                .get("access-control-allow-credentials")
                .is_none()
        );
    }
    let forged = client
        .post(format!("{}/api/logout", app.base))
        .header("origin", "https://app.example.net")
        .header("sec-fetch-site", "cross-site")
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), StatusCode::FORBIDDEN);
}
