//! Messages that are to be posted later: kept, told to their author only, posted once when their time has
//! come, and what becomes of those that cannot be.

use hubbub::protocol::{ThreadId, ThreadKind, Timestamp, User};
use hubbub::server::db::scheduled;
use serde_json::{Value, json};

use crate::saved::told;
use crate::support::{TestApp, TestSocket};

const MINUTE: i64 = 60_000;

async fn later(socket: &mut TestSocket, thread: ThreadId, text: &str, at: i64) -> Value {
    let data = json!({ "message": text, "at": at });
    socket
        .rpc(&format!("post:threads/{thread}/scheduled"), data)
        .await
}

/// What waits, by its words, and whether it could not be posted.
async fn waiting(socket: &mut TestSocket) -> Vec<(String, bool)> {
    let list = socket.rpc("get:scheduled", json!({})).await;
    let all = list["scheduled"].as_array().unwrap();
    let one = |one: &Value| {
        let text = one["text"].as_str().unwrap().to_owned();
        (text, one.get("refused").is_some())
    };
    all.iter().map(one).collect()
}

/// The texts of a thread.
async fn said(socket: &mut TestSocket, thread: ThreadId) -> Vec<String> {
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    let all = page["messages"].as_array().unwrap();
    let text = |message: &Value| message["text"].as_str().unwrap().to_owned();
    all.iter().map(text).collect()
}

async fn id_of(socket: &mut TestSocket, at: usize) -> i64 {
    let list = socket.rpc("get:scheduled", json!({})).await;
    list["scheduled"][at]["id"].as_i64().unwrap()
}

async fn two(app: &TestApp) -> (ThreadId, [User; 2], [TestSocket; 2]) {
    app.person("root").await;
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, ThreadKind::Private).await;
    app.join(thread, &bill).await;
    let sockets = [app.socket_of(&john).await, app.socket_of(&bill).await];
    (thread, [john, bill], sockets)
}

on_both_engines! {
    async fn a_message_for_later_is_nobody_elses_until_its_time_and_is_posted_once_then(app) {
        let (thread, [_, bill], [mut johns, mut bills]) = two(&app).await;
        let mut again = app.socket_of_again(&bill).await;
        let at = app.now().0 + 10 * MINUTE;
        let answer = later(&mut bills, thread, "Tea is ready", at).await;
        let one = &answer["scheduled"][0];
        assert_eq!((&one["text"], &one["at"], &one["thread"]["id"]), (&json!("Tea is ready"), &json!(at), &json!(thread)));
        assert_eq!(told(&mut again, "saved").await, json!({ "type": "saved", "number": 0 }));
        app.seconds_pass(9 * 60);
        assert_eq!(said(&mut johns, thread).await, [""; 0]);
        assert_eq!(waiting(&mut johns).await, []);
        assert!(johns.everything_so_far().await.is_empty());
        app.seconds_pass(60);
        let (channel, _, data) = johns.publication().await;
        assert_eq!((channel, &data["message"]["text"]), (format!("thread:{thread}"), &json!("Tea is ready")));
        assert_eq!(data["message"]["user"]["username"], "bill");
        told(&mut again, "saved").await;
        assert_eq!(waiting(&mut bills).await, []);
        app.seconds_pass(600);
        assert_eq!(said(&mut bills, thread).await, ["Tea is ready"]);
    }

    async fn it_can_be_sent_at_once_or_not_at_all_and_only_by_its_author(app) {
        let (thread, _, [mut johns, mut bills]) = two(&app).await;
        let at = app.now().0 + 60 * MINUTE;
        for text in ["one", "two"] {
            later(&mut bills, thread, text, at).await;
        }
        let first = id_of(&mut bills, 0).await;
        for path in [format!("post:scheduled/{first}/now"), format!("delete:scheduled/{first}")] {
            assert_eq!(johns.rpc(&path, json!({})).await["code"], 404);
        }
        bills.rpc(&format!("delete:scheduled/{first}"), json!({})).await;
        assert_eq!(waiting(&mut bills).await, [("two".to_owned(), false)]);
        let second = id_of(&mut bills, 0).await;
        bills.rpc(&format!("post:scheduled/{second}/now"), json!({})).await;
        assert_eq!(johns.publication().await.2["message"]["text"], "two");
        app.seconds_pass(7200);
        assert_eq!(said(&mut johns, thread).await, ["two"]);
        assert_eq!(bills.rpc(&format!("delete:scheduled/{second}"), json!({})).await["code"], 404);
    }

    async fn what_cannot_be_posted_then_waits_with_the_reason_and_is_counted(app) {
        let (thread, [john, bill], [mut johns, mut bills]) = two(&app).await;
        later(&mut bills, thread, "Still here?", app.now().0 + MINUTE).await;
        johns.rpc(&format!("patch:threads/{thread}"), json!({ "archived": true })).await;
        bills.everything_so_far().await;
        app.seconds_pass(61);
        assert_eq!(told(&mut bills, "saved").await["number"], 1);
        let list = bills.rpc("get:scheduled", json!({})).await;
        assert_eq!(list["scheduled"][0]["refused"], "Archived");
        assert_eq!(app.signed_in("bill").await.call("shared", "").await.1["due"], 1);
        johns.rpc(&format!("patch:threads/{thread}"), json!({ "archived": false })).await;
        let id = id_of(&mut bills, 0).await;
        bills.rpc(&format!("post:scheduled/{id}/now"), json!({})).await;
        told(&mut bills, "saved").await;
        assert_eq!(told(&mut bills, "saved").await["number"], 0);
        assert_eq!(said(&mut johns, thread).await, ["Still here?"]);
        // Whoever was taken out learns nothing of the thread by what waits for it, and says nothing there.
        later(&mut bills, thread, "Me again", app.now().0 + MINUTE).await;
        johns.rpc(&format!("delete:threads/{thread}/members/{}", bill.id), json!({})).await;
        bills.everything_so_far().await;
        app.seconds_pass(61);
        assert_eq!(told(&mut bills, "saved").await["number"], 1);
        let list = bills.rpc("get:scheduled", json!({})).await;
        assert_eq!((list["scheduled"][0].get("thread"), &list["scheduled"][0]["refused"]), (None, &json!("NotFound")));
        assert_eq!(said(&mut johns, thread).await, ["Still here?"]);
        // Nor does who has left.
        later(&mut johns, thread, "From beyond", app.now().0 + MINUTE).await;
        let browser = app.signed_in(john.username.as_str()).await;
        assert!(browser.change(&[("change", "leave"), ("password", "secret")]).await.starts_with("/login"));
        app.seconds_pass(120);
        assert_eq!(app.signed_in("bill").await.call("shared", "").await.0, 200);
        crate::saved::left(&app, "scheduled", 1).await;
    }

    async fn what_is_no_message_and_no_time_is_refused_and_a_retry_is_harmless(app) {
        let (thread, _, [mut johns, mut bills]) = two(&app).await;
        let now = app.now().0;
        for (text, at, code) in [
            ("", now + MINUTE, 422), ("  ", now + MINUTE, 422), (&*"x".repeat(10_001), now + MINUTE, 422),
            ("over", now, 422), ("far away", now + 400 * 1440 * MINUTE, 422),
        ] {
            assert_eq!(later(&mut bills, thread, text, at).await["code"], code, "{text:.10}");
        }
        let secret = app.thread(&app.person("eve").await, ThreadKind::Private).await;
        assert_eq!(later(&mut bills, secret, "psst", now + MINUTE).await["code"], 404);
        let path = format!("post:threads/{thread}/scheduled");
        let file = json!({ "message": "x", "at": now + MINUTE, "files": [4711] });
        assert_eq!(bills.rpc(&path, file).await["code"], 404);
        let answers = json!({ "message": "x", "at": now + MINUTE, "reply_to": 99 });
        assert_eq!(bills.rpc(&path, answers).await["code"], 404);
        let twice = json!({ "message": "Once", "at": now + MINUTE, "client_id": "c-1" });
        for _ in 0..2 {
            bills.rpc(&path, twice.clone()).await;
        }
        assert_eq!(waiting(&mut bills).await.len(), 1);
        app.seconds_pass(120);
        assert_eq!(johns.publication().await.2["message"]["text"], "Once");
        assert_eq!(said(&mut johns, thread).await, ["Once"]);
    }

    async fn what_a_server_had_taken_that_has_stopped_is_posted_by_another_once(app) {
        let (thread, _, [mut johns, mut bills]) = two(&app).await;
        let at = app.now().0 + MINUTE;
        let path = format!("post:threads/{thread}/scheduled");
        for text in ["posted, and not forgotten", "not posted"] {
            bills.rpc(&path, json!({ "message": text, "at": at, "client_id": text.replace([' ', ','], "-") })).await;
        }
        // It takes both, posts one, and is gone.
        let taken = scheduled::take_due(&app.db, Timestamp(at), 10).await.unwrap();
        assert_eq!(taken.len(), 2);
        let first = &taken[0];
        bills.rpc("thread:publish", json!({ "id": thread, "message": first.text, "client_id": first.client_id })).await;
        app.seconds_pass(61);
        let second = taken[1].id;
        assert_eq!(bills.rpc(&format!("delete:scheduled/{second}"), json!({})).await["code"], 404, "it may be posted just now");
        assert_eq!(said(&mut johns, thread).await, ["posted, and not forgotten"]);
        bills.everything_so_far().await;
        app.seconds_pass(61);
        crate::saved::left(&app, "scheduled", 0).await;
        assert_eq!(said(&mut johns, thread).await, ["posted, and not forgotten", "not posted"]);
    }

    async fn plain_forms_do_the_same(app) {
        let (thread, _, [_, mut bills]) = two(&app).await;
        let browser = app.signed_in("bill").await;
        let panel = format!("/t/{thread}?panel=later");
        let id = thread.to_string();
        let fields = [("thread", &*id), ("text", "By hand"), ("when", "1h")];
        let there = browser.post_to(&panel, "/api/schedule_message", &fields).await;
        assert_eq!(there, panel);
        let page = browser.text(&panel).await;
        assert!(page.contains("By hand") && page.contains("To be sent"), "{page}");
        let list = bills.rpc("get:scheduled", json!({})).await;
        assert_eq!(list["scheduled"][0]["at"], json!(app.now().0 + 60 * MINUTE));
        let fields = [("thread", &*id), ("text", "Lost?"), ("at", "1999-01-01T09:00")];
        let (status, page) = browser.refused("/api/schedule_message", &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please choose a time to come") && page.contains("Lost?</textarea>"), "{page}");
        let number = list["scheduled"][0]["id"].to_string();
        let fields = [("thread", &*id), ("list", "saved"), ("cancel", &number)];
        assert!(browser.text("/saved").await.contains("By hand"));
        assert_eq!(browser.post_to("/saved", "/api/schedule_message", &fields).await, "/saved");
        assert_eq!(waiting(&mut bills).await, []);
    }
}
