//! What concerns one person reaches all their devices at once, and what they lose is lost at once.

use hubbub::protocol::ThreadKind;
use serde_json::json;

use crate::support::{TestApp, TestSocket, closed};

/// What comes next on a socket, as the data of the channel `user:{id}`.
async fn told(socket: &mut TestSocket) -> serde_json::Value {
    let push = socket.line().await["push"].clone();
    assert!(
        push["channel"].as_str().unwrap().starts_with("user:"),
        "{push}"
    );
    push["pub"]["data"].clone()
}

on_both_engines! {
    async fn joining_a_thread_tells_every_device_and_subscribes_it(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let token = app.token(&bill).await;
        let mut phone = TestSocket::open(&app.base).await;
        phone.connect_with(&token).await;
        let mut laptop = TestSocket::open(&app.base).await;
        laptop.connect_with(&token).await;
        let mut johns = app.socket_of(&john).await;
        let him = json!({ "user_id": bill.id });
        johns.rpc(&format!("post:threads/{thread}/members"), him).await;
        for socket in [&mut phone, &mut laptop] {
            let event = told(socket).await;
            assert_eq!(event["type"], "thread_joined");
            assert_eq!(event["thread"]["id"], json!(thread));
            let push = socket.line().await["push"].clone();
            assert_eq!(push["channel"], format!("thread:{thread}"));
            assert_eq!(push["subscribe"]["positioned"], true);
        }
        johns.rpc("thread:publish", json!({ "id": thread, "message": "welcome" })).await;
        for socket in [&mut phone, &mut laptop] {
            assert_eq!(socket.publication().await.1, 2, "after the event of joining");
        }
    }

    async fn whoever_is_removed_hears_nothing_that_comes_after(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let mut bills = app.socket_of(&bill).await;
        let mut johns = app.socket_of(&john).await;
        let remove = format!("delete:threads/{thread}/members/{}", bill.id);
        // All at once, in one frame: the order on the server is what counts.
        let post = |text: &str| json!({ "id": 0, "rpc": {
            "method": "thread:publish", "data": { "id": thread, "message": text } } });
        let frame: Vec<String> = [
            post("before"),
            json!({ "id": 0, "rpc": { "method": remove, "data": {} } }),
            post("after"),
        ]
        .into_iter()
        .zip(101..)
        .map(|(mut command, id)| {
            command["id"] = json!(id);
            command.to_string()
        })
        .collect();
        johns.send_raw(&frame.join("\n")).await;
        johns.answer(103).await;
        assert_eq!(bills.publication().await.2["message"]["text"], "before");
        let push = bills.line().await["push"].clone();
        assert_eq!(push["unsubscribe"]["code"], 2000, "{push}");
        let event = told(&mut bills).await;
        assert_eq!(event, json!({ "type": "thread_removed", "thread_id": thread }));
        assert!(bills.everything_so_far().await.is_empty());
        let channel = json!({ "channel": format!("thread:{thread}") });
        assert_eq!(bills.refusal("subscribe", channel.clone()).await, 103);
        assert_eq!(bills.refusal("history", channel.clone()).await, 103);
        assert_eq!(bills.refusal("presence", channel).await, 103);
    }

    async fn reading_on_one_device_is_told_to_the_others_and_never_goes_back(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let mut bills = app.socket_of(&bill).await;
        for n in 1..=3 {
            bills.rpc("thread:publish", json!({ "id": thread, "message": n.to_string() })).await;
        }
        let mut phone = app.socket_of(&john).await;
        for seq in [2, 1, 2, 99] {
            phone.rpc("thread:read", json!({ "id": thread, "seq": seq })).await;
        }
        let seqs: Vec<_> = phone
            .pushes_so_far()
            .into_iter()
            .map(|push| push["pub"]["data"]["seq"].clone())
            .collect();
        assert_eq!(seqs, [2, 3], "not back, not twice, not beyond the end");
    }

    async fn a_message_is_by_whom_its_author_is_called_now(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let mut johns = app.socket_of(&john).await;
        johns.rpc("patch:me", json!({ "name": "Johnny" })).await;
        let posted = johns.rpc("thread:publish", json!({ "id": thread, "message": "hi" })).await;
        assert_eq!(posted["message"]["user"]["name"], "Johnny");
    }

    async fn a_client_id_belongs_to_one_thread(app) {
        let john = app.person("john").await;
        let here = app.thread(&john, ThreadKind::Private).await;
        let there = app.thread(&john, ThreadKind::Private).await;
        let mut johns = app.socket_of(&john).await;
        let post = |id| json!({ "id": id, "message": "hi", "client_id": "c1" });
        johns.rpc("thread:publish", post(here)).await;
        let elsewhere = johns.call("thread:publish", post(there)).await;
        assert_eq!(elsewhere["error"]["code"], 404);
    }

    async fn whoever_was_removed_cannot_add_themselves_or_others_any_more(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        // Asked while still a member, written when no longer one.
        hubbub::server::db::memberships::delete(&app.db, thread, bill.id, bill.id, app.now()).await.unwrap();
        let insert = |user| hubbub::server::db::memberships::insert(
            &app.db, thread, user, bill.id, app.now(),
        );
        assert!(insert(bill.id).await.unwrap().is_none());
        let eve = app.person("eve").await;
        assert!(insert(eve.id).await.unwrap().is_none());
    }

    async fn a_new_name_is_told_to_everybody(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mut bills = app.socket_of(&bill).await;
        let mut johns = app.socket_of(&john).await;
        let renamed = johns.rpc("patch:me", json!({ "name": "Johnny" })).await;
        assert_eq!((&renamed["code"], &renamed["name"]), (&json!(200), &json!("Johnny")));
        let own = johns.pushes_so_far();
        let channels: Vec<_> = own.iter().map(|push| push["channel"].clone()).collect();
        assert_eq!(channels, [format!("user:{}", john.id), "threads".to_owned()]);
        for push in &own {
            assert_eq!(push["pub"]["data"]["type"], "profile_changed");
            assert_eq!(push["pub"]["data"]["user"]["name"], "Johnny");
        }
        let (channel, _, data) = bills.publication().await;
        assert_eq!((channel.as_str(), &data["type"]), ("threads", &json!("profile_changed")));
        assert_eq!(johns.rpc("patch:me", json!({ "name": " " })).await["code"], 422);
    }

    async fn whoever_is_banned_is_out_at_once_and_stays_out(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        app.join(thread, &bill).await;
        let bills = app.socket_of(&bill).await;
        let token = app.backend_token(&john).await;
        let mut backend = TestSocket::open(&app.base).await;
        backend.connect_with(&token).await;
        let mut johns = app.socket_of(&john).await;
        let ban = format!("post:users/{}/ban", bill.id);
        assert_eq!(johns.rpc(&ban, json!({})).await["code"], 403, "not with any token");
        assert_eq!(backend.rpc(&ban, json!({})).await["code"], 204);
        assert_eq!(closed(bills).await, 3503);
        // Not with a credential that was made meanwhile either.
        let token = app.token(&bill).await;
        let mut again = TestSocket::open(&app.base).await;
        assert_eq!(again.refusal("connect", json!({ "token": token })).await, 403);
        let page = app.browser().sign_in("bill", "secret").await;
        assert_eq!(page.status(), 403);
        assert!(page.text().await.unwrap().contains("This account is closed"));
        let unban = format!("delete:users/{}/ban", bill.id);
        assert_eq!(backend.rpc(&unban, json!({})).await["code"], 204);
        app.signed_in("bill").await;
        assert_eq!(backend.rpc("post:users/999/ban", json!({})).await["code"], 404);
    }
}

#[tokio::test]
async fn a_client_may_publish_to_a_thread_which_is_posting() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let channel = format!("thread:{thread}");
    let mut johns = app.socket_of(&john).await;
    let hello = json!({ "channel": channel, "data": { "message": "hello" } });
    let reply = johns.ask("publish", hello.clone()).await;
    assert_eq!(reply["publish"], json!({}));
    let (_, offset, data) = johns.publication().await;
    assert_eq!((offset, &data["message"]["text"]), (1, &json!("hello")));
    let empty = json!({ "channel": channel, "data": { "message": " " } });
    assert_eq!(johns.refusal("publish", empty).await, 422);
    let mut bills = app.socket_of(&bill).await;
    assert_eq!(bills.refusal("publish", hello).await, 103);
}
