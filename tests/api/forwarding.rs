//! Passing messages on: a copy of what was said, which tells nobody of a thread that they may not read.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::saved::post;
use crate::support::{Settings, TestApp, TestSocket};
use crate::uploads::{kept_are, upload};

async fn forward(socket: &mut TestSocket, thread: ThreadId, seq: i64, to: Value) -> Value {
    let path = format!("post:threads/{thread}/messages/{seq}/forward");
    socket.rpc(&path, to).await
}

async fn last(socket: &mut TestSocket, thread: ThreadId) -> Value {
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    page["messages"].as_array().unwrap().last().unwrap().clone()
}

async fn about(socket: &mut TestSocket, thread: ThreadId, seq: &Value) -> Value {
    let path = format!("get:threads/{thread}/messages/{seq}/about");
    socket.rpc(&path, json!({})).await
}

/// John and Bill in a private thread that John owns; Eve is with Bill in another one of his.
async fn three(app: &TestApp) -> ([ThreadId; 2], [User; 3], [TestSocket; 3]) {
    let (john, bill, eve) = (
        app.person("john").await,
        app.person("bill").await,
        app.person("eve").await,
    );
    let secret = app.thread(&john, ThreadKind::Private).await;
    let other = app.thread(&bill, ThreadKind::Private).await;
    app.join(secret, &bill).await;
    app.join(other, &eve).await;
    let sockets = [
        app.socket_of(&john).await,
        app.socket_of(&bill).await,
        app.socket_of(&eve).await,
    ];
    ([secret, other], [john, bill, eve], sockets)
}

on_both_engines! {
    async fn a_message_is_passed_on_as_it_is_then_with_a_word_or_without(app) {
        let ([secret, other], [john, ..], [mut johns, mut bills, mut eves]) = three(&app).await;
        let seq = post(&mut johns, secret, "the **plan**").await;
        eves.everything_so_far().await;
        let posted = forward(&mut bills, secret, seq, json!({ "to": other, "message": "look" })).await;
        assert_eq!(posted["code"], 201, "{posted}");
        let (_, _, event) = eves.publication().await;
        let message = &event["message"];
        assert_eq!((&event["type"], &message["text"], message), (&json!("posted"), &json!("look"), &posted["message"]));
        let passed = &message["forwarded"];
        assert_eq!((&passed["text"], &passed["user"]["id"]), (&json!("the **plan**"), &json!(john.id)));
        assert_eq!(last(&mut eves, other).await, *message, "as it was posted, so it is read");
        // What becomes of it there is not told here.
        let revise = |what: Value| json!({ "id": secret, "seq": seq, "what": what });
        johns.rpc("thread:revise", revise(json!({ "edit": { "text": "another plan" } }))).await;
        johns.rpc("thread:revise", revise(json!("delete"))).await;
        assert_eq!(last(&mut eves, other).await["forwarded"]["text"], "the **plan**");
        assert_eq!(forward(&mut bills, secret, seq, json!({ "to": other })).await["code"], 404);
        // Without a word; and whoever passes that on passes on what it passes on.
        let seq = post(&mut johns, secret, "tea?").await;
        let bare = forward(&mut bills, secret, seq, json!({ "to": other, "client_id": "once" })).await;
        assert_eq!((&bare["message"]["text"], &bare["message"]["forwarded"]["text"]), (&json!(""), &json!("tea?")));
        let again = forward(&mut bills, secret, seq, json!({ "to": other, "client_id": "once" })).await;
        assert_eq!(again["message"]["id"], bare["message"]["id"], "a retry is harmless");
        let place = bare["message"]["seq"].as_i64().unwrap();
        let twice = forward(&mut eves, other, place, json!({ "people": ["john"] })).await;
        assert_eq!(twice["message"]["forwarded"]["text"], "tea?");
        assert_eq!(twice["message"]["forwarded"]["user"]["id"], json!(john.id));
        assert_eq!(twice["thread"]["kind"], "direct");
        // An answer to it quotes what it says.
        let answer = json!({ "id": other, "message": "yes", "reply_to": place });
        let answered = eves.rpc("thread:publish", answer).await;
        assert_eq!(answered["message"]["reply_to"]["text"], "tea?");
    }

    async fn nobody_learns_of_a_thread_that_they_may_not_read(app) {
        let ([secret, other], [_, bill, _], [mut johns, mut bills, mut eves]) = three(&app).await;
        let seq = post(&mut johns, secret, "psst").await;
        let posted = forward(&mut bills, secret, seq, json!({ "to": other })).await;
        let place = posted["message"]["seq"].clone();
        let passed = last(&mut eves, other).await["forwarded"].clone();
        assert_eq!((passed.get("thread_id"), &passed["seq"]), (None, &json!(0)));
        assert_eq!(about(&mut eves, other, &place).await.get("origin"), None);
        // Whoever may read it is led there, as long as they may.
        let there = json!(format!("/t/{secret}?m={seq}"));
        assert_eq!(about(&mut bills, other, &place).await["origin"], there);
        johns.rpc(&format!("delete:threads/{secret}/members/{}", bill.id), json!({})).await;
        assert_eq!(about(&mut bills, other, &place).await.get("origin"), None);
        // Of what everybody may read everybody is told.
        let open = app.thread(&bill, ThreadKind::Public).await;
        let seq = post(&mut bills, open, "hello all").await;
        let posted = forward(&mut eves, open, seq, json!({ "to": other })).await;
        let passed = &posted["message"]["forwarded"];
        assert_eq!((&passed["thread_id"], &passed["seq"]), (&json!(open), &json!(seq)));
        assert_eq!(last(&mut bills, other).await["forwarded"], *passed);
        // Until it is closed.
        bills.rpc(&format!("patch:threads/{open}"), json!({ "private": true })).await;
        assert_eq!(last(&mut eves, other).await["forwarded"].get("thread_id"), None);
        let past = json!({ "channel": format!("thread:{other}"), "limit": 100, "since": { "offset": 0, "epoch": "" } });
        let past = eves.ask("history", past).await.to_string();
        let origin = format!("\"thread_id\":{open}");
        assert!(past.contains("hello all") && !past.contains(&origin), "{past}");
    }

    async fn only_what_one_may_read_is_passed_on_and_only_where_one_may_write(app) {
        let ([secret, other], _, [mut johns, mut bills, mut eves]) = three(&app).await;
        let seq = post(&mut johns, secret, "psst").await;
        let own = post(&mut eves, other, "mine").await;
        assert_eq!(forward(&mut eves, secret, seq, json!({ "to": other })).await["code"], 404);
        let [hidden, missing] = [secret.0, 4711].map(|to| json!({ "to": to, "message": "x" }));
        let hidden = forward(&mut eves, other, own, hidden).await;
        assert_eq!(hidden["code"], 404);
        assert_eq!(hidden, forward(&mut eves, other, own, missing).await, "one cannot tell it from none");
        assert_eq!(forward(&mut eves, other, own, json!({})).await["code"], 422);
        assert_eq!(forward(&mut eves, other, own, json!({ "people": ["nobody"] })).await["code"], 422);
        let long = json!({ "to": other, "message": "x".repeat(10_001) });
        assert_eq!(forward(&mut eves, other, own, long).await["code"], 422);
        bills.rpc(&format!("patch:threads/{other}"), json!({ "announcements": true })).await;
        assert_eq!(forward(&mut eves, other, own, json!({ "to": other })).await["code"], 403);
        bills.rpc(&format!("patch:threads/{other}"), json!({ "archived": true })).await;
        assert_eq!(forward(&mut bills, other, own, json!({ "to": other })).await["code"], 409);
        assert_eq!(forward(&mut bills, other, own, json!({ "to": secret })).await["code"], 201, "out of what was put away");
    }

    async fn its_files_come_along_and_are_whosoever_passes_them_on(app) {
        let ([secret, other], [_, bill, _], [mut johns, mut bills, mut eves]) = three(&app).await;
        let browser = app.signed_in("john").await;
        let file = upload(&browser, "plan.txt", b"cake at four").await;
        let fields = json!({ "id": secret, "message": "", "files": [file.id] });
        let posted = johns.rpc("thread:publish", fields).await;
        let seq = posted["message"]["seq"].as_i64().unwrap();
        let passed = forward(&mut bills, secret, seq, json!({ "to": other })).await;
        let copy = last(&mut eves, other).await["files"][0].clone();
        assert_eq!((&copy["name"], &copy["bytes"]), (&json!("plan.txt"), &json!(file.bytes)));
        assert_ne!(copy["id"], json!(file.id), "the way to the other one is not theirs");
        let eve = app.signed_in("eve").await;
        let read = |id: &Value| format!("/files/{id}/plan.txt");
        assert_eq!(eve.text(&read(&copy["id"])).await, "cake at four");
        assert_eq!(eve.get(&file.address()).await.status(), 404);
        // What was there first may go.
        johns.rpc("thread:revise", json!({ "id": secret, "seq": seq, "what": "delete" })).await;
        app.seconds_pass(120);
        kept_are(&app, 1).await;
        assert_eq!(browser.get(&file.address()).await.status(), 404);
        assert_eq!(eve.text(&read(&copy["id"])).await, "cake at four");
        assert_eq!(passed["message"]["user"]["id"], json!(bill.id));
    }

    async fn passing_on_works_as_a_plain_form(app) {
        let ([secret, other], _, [mut johns, mut bills, mut eves]) = three(&app).await;
        let seq = post(&mut johns, secret, "the plan").await;
        let browser = app.signed_in("bill").await;
        let sheet = browser.text(&format!("/t/{secret}?m={seq}&panel=forward")).await;
        assert!(sheet.contains(&format!("value=\"{other}\"")) && sheet.contains("the plan"), "{sheet}");
        let (thread, place, to) = (secret.to_string(), seq.to_string(), other.to_string());
        let about = [("thread", thread.as_str()), ("seq", &place), ("text", "look at this")];
        let (status, page) = browser.refused("/api/forward_message", &about).await;
        assert_eq!(status, 422);
        assert!(page.contains("look at this"), "what was typed is still there: {page}");
        let fields = [&about[..], &[("to", to.as_str())]].concat();
        let there = browser.post_to("/", "/api/forward_message", &fields).await;
        assert_eq!(there, format!("/t/{other}"));
        let page = browser.text(&there).await;
        assert!(page.contains("Forwarded from") && page.contains("look at this"), "{page}");
        assert_eq!(last(&mut eves, other).await["text"], "look at this");
        let details = about_page(&browser, other, &last(&mut bills, other).await["seq"]).await;
        assert!(details.contains("Where it was said first"), "{details}");
    }
}

async fn about_page(browser: &crate::support::Browser, thread: ThreadId, seq: &Value) -> String {
    browser
        .text(&format!("/t/{thread}?m={seq}&panel=message"))
        .await
}

#[tokio::test]
async fn whoever_has_no_room_for_files_passes_none_on() {
    let app = TestApp::with(Settings {
        file_mib: 1,
        quota_mib: 1,
        ..Settings::default()
    })
    .await;
    let ([secret, other], _, [mut johns, mut bills, mut eves]) = three(&app).await;
    let large = "x".repeat(700 * 1024);
    for (username, socket) in [("john", &mut johns), ("bill", &mut bills)] {
        let browser = app.signed_in(username).await;
        let file = upload(&browser, "large.txt", large.as_bytes()).await;
        let post = json!({ "id": secret, "message": username, "files": [file.id] });
        socket.rpc("thread:publish", post).await;
    }
    let refused = forward(&mut bills, secret, 1, json!({ "to": other })).await;
    assert_eq!(refused["code"], 507, "{refused}");
    let page = eves.rpc("thread:history", json!({ "id": other })).await;
    assert_eq!(page["messages"], json!([]));
}
