//! Pages: what is in them before any script runs, and what protects them.

use hubbub::protocol::ThreadKind;
use serde_json::json;

use crate::support::TestApp;

on_both_engines! {
    async fn the_newest_messages_are_in_the_page_itself(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        for n in 1..=60 {
            socket.rpc("thread:publish", json!({ "id": thread, "message": format!("number {n}.") })).await;
        }
        let browser = app.signed_in("john").await;
        let page = browser.text(&format!("/t/{thread}")).await;
        assert!(page.contains(">number 60.<"));
        assert!(page.contains(">number 11.<"));
        assert!(!page.contains("number 10."), "one page holds fifty");
        let home = browser.text("/").await;
        assert!(!home.contains("number 60."), "at home nothing is open");
        let around = browser.text(&format!("/t/{thread}?m=20")).await;
        assert!(around.contains(">number 20.<") && around.contains(">number 1.<"));
        assert!(!around.contains("number 60."));
    }

    async fn what_people_write_is_text_and_never_markup(app) {
        let john = app.person("john").await;
        let browser = app.signed_in("john").await;
        let evil = "</title></script><script>alert(1)</script><img src=x onerror=alert(1)>";
        let there = browser.post_to("/", "/api/create_thread", &[("name", evil)]).await;
        let thread: i64 = there.trim_start_matches("/t/").parse().unwrap();
        let mut socket = app.socket_of(&john).await;
        socket.rpc("thread:publish", json!({ "id": thread, "message": evil })).await;
        let page = browser.text(&there).await;
        assert!(!page.contains("<script>alert"), "{page}");
        assert!(!page.contains("<img"), "{page}");
        assert_eq!(page.matches("</title>").count(), 1);
    }
}

#[tokio::test]
async fn a_page_allows_only_scripts_with_its_own_nonce() {
    let app = TestApp::on_sqlite().await;
    let answer = app.browser().get("/login").await;
    let policy = answer.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    let nonce = policy
        .split("'nonce-")
        .nth(1)
        .and_then(|rest| rest.split('\'').next())
        .unwrap()
        .to_owned();
    assert!(nonce.len() >= 16);
    assert!(policy.contains("default-src 'self'") && policy.contains("object-src 'none'"));
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["x-frame-options"], "DENY");
    assert_eq!(answer.headers()["referrer-policy"], "same-origin");
    let page = answer.text().await.unwrap();
    assert!(page.contains(&format!("nonce=\"{nonce}\"")), "{page}");
    assert!(!page.contains(" style="), "inline styles break the policy");
    let other = app.browser().get("/login").await;
    assert_ne!(
        other.headers()["content-security-policy"].to_str().unwrap(),
        policy
    );
}

#[tokio::test]
async fn a_form_posted_from_elsewhere_is_refused() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    for headers in [
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
        vec![("origin", "https://evil.example")],
        // A proxy that hides where forms come from.
        vec![("origin", "null")],
    ] {
        let mut request = browser.client.post(format!("{}/api/logout", app.base));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let refused = request.send().await.unwrap();
        assert_eq!(refused.status(), 403);
        assert!(refused.text().await.unwrap().contains("Referrer-Policy"));
    }
    assert_eq!(browser.get("/").await.status(), 200, "still signed in");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_says_so() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    for path in ["/nowhere", "/t", "/t/1/2", "/index.html"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.text().await.unwrap().contains("Nothing here"));
    }
    for path in ["/t/999", "/t/abc", "/t/-1"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        assert!(answer.text().await.unwrap().contains("No such thread"));
    }
}

#[tokio::test]
async fn a_body_of_a_mebibyte_is_refused_and_loses_nothing() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Public).await;
    let browser = app.signed_in("john").await;
    let body = format!("thread={thread}&text={}", "x".repeat(1024 * 1024));
    let (status, _) = browser.call("post_message", &body).await;
    assert_eq!(status, 413);
    assert_eq!(browser.get("/").await.status(), 200);
}

#[tokio::test]
async fn health_is_told_without_signing_in() {
    let app = TestApp::on_sqlite().await;
    assert_eq!(app.browser().text("/healthz").await, "ok\n");
    assert_eq!(app.browser().text("/readyz").await, "ready\n");
}

#[tokio::test]
async fn an_unknown_function_is_not_found_and_tells_nothing_of_our_insides() {
    let app = TestApp::on_sqlite().await;
    for function in ["explode", "login/x"] {
        let (status, answer) = app.browser().call(function, "").await;
        assert_eq!((status, answer), (404, json!("NotFound")), "{function}");
    }
}
