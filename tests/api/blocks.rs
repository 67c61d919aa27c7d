//! Blocking somebody: what does not reach whoever blocks, what is refused to both, and that nobody is
//! told of it.

use hubbub::protocol::{ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{Browser, TestSocket};

/// Opens the direct thread with these people; the answer.
async fn open(socket: &mut TestSocket, people: &[&str]) -> Value {
    socket
        .rpc("post:threads/direct", json!({ "people": people }))
        .await
}

async fn say(socket: &mut TestSocket, thread: &Value, text: &str) -> Value {
    let post = json!({ "message": text });
    socket
        .rpc(&format!("post:threads/{thread}/messages"), post)
        .await
}

async fn block(socket: &mut TestSocket, user: &User) {
    let path = format!("put:users/{}/block", user.id);
    assert_eq!(socket.rpc(&path, json!({})).await["code"], 204);
}

async fn unblock(socket: &mut TestSocket, user: &User) {
    let path = format!("delete:users/{}/block", user.id);
    assert_eq!(socket.rpc(&path, json!({})).await["code"], 204);
}

/// How much of a thread is unread for somebody.
async fn unread(browser: &Browser, thread: &Value) -> i64 {
    let (_, shared) = browser.call("shared", "").await;
    let mine = shared["threads"].as_array().unwrap().iter();
    let mut mine = mine.filter(|mine| mine["thread"]["id"] == *thread);
    let mine = mine.next().unwrap();
    let count = &mine["thread"]["message_count"];
    count.as_i64().unwrap() - mine["read"]["number"].as_i64().unwrap()
}

on_both_engines! {
    async fn whoever_is_blocked_opens_no_direct_thread_and_posts_in_none_and_so_does_whoever_blocks(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        app.person("ann").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let ours = open(&mut johns, &["bill"]).await["id"].clone();
        assert_eq!(say(&mut bills, &ours, "hello").await["code"], 201);
        let three = open(&mut bills, &["john", "ann"]).await["id"].clone();
        block(&mut johns, &bill).await;

        let refused = say(&mut bills, &ours, "are you there?").await;
        assert_eq!((&refused["code"], &refused["message"]), (&json!(403), &json!("You may not do that.")));
        assert_eq!(say(&mut johns, &ours, "nor I").await["code"], 403);
        let typing = bills.call("thread:typing", json!({ "id": ours })).await;
        assert!(typing.get("error").is_some(), "{typing}");
        // What was said can still be read, and a thread of more people is theirs too.
        let history = bills.rpc(&format!("get:threads/{ours}/messages"), json!({})).await;
        assert_eq!(history["messages"].as_array().unwrap().len(), 1);
        assert_eq!(open(&mut bills, &["john"]).await["id"], ours);
        assert_eq!(say(&mut bills, &three, "to you both").await["code"], 201);

        // A new one is not begun, in the words for somebody who is not there.
        app.person("cid").await;
        let strange = open(&mut bills, &["john", "cid"]).await;
        let missing = open(&mut bills, &["nobody", "cid"]).await;
        assert_eq!((&strange["code"], &strange), (&json!(422), &missing));
        assert_eq!(open(&mut johns, &["bill", "cid"]).await["code"], 422);
        assert_eq!(open(&mut johns, &["cid"]).await["code"], 200, "others are not concerned");

        unblock(&mut johns, &bill).await;
        assert_eq!(say(&mut bills, &ours, "again").await["code"], 201);
        assert_eq!(open(&mut bills, &["john", "cid"]).await["code"], 200);
    }

    async fn what_somebody_blocked_writes_elsewhere_is_unread_for_others_only(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let ann = app.person("ann").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        for user in [&bill, &ann] {
            app.join(thread, user).await;
        }
        let id = json!(thread);
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let mut anns = app.socket_of(&ann).await;
        let (at_johns, at_anns) = (app.signed_in("john").await, app.signed_in("ann").await);
        block(&mut johns, &bill).await;
        johns.everything_so_far().await;

        say(&mut bills, &id, "@john look").await;
        assert_eq!(unread(&at_johns, &id).await, 0);
        assert_eq!(unread(&at_anns, &id).await, 1);
        // It is there all the same, and the devices hear that there is nothing to come for.
        let told = johns.everything_so_far().await;
        let kinds: Vec<_> = told.iter().map(|push| push["pub"]["data"]["type"].clone()).collect();
        assert_eq!(kinds, ["posted", "read"]);

        // Behind what one has not read, nothing is passed over.
        say(&mut anns, &id, "tea?").await;
        say(&mut bills, &id, "@john again").await;
        assert_eq!(unread(&at_johns, &id).await, 2);
        unblock(&mut johns, &bill).await;
        johns.rpc("thread:read", json!({ "id": id, "seq": 1_000 })).await;
        say(&mut bills, &id, "@john at last").await;
        assert_eq!(unread(&at_johns, &id).await, 1);
    }

    async fn all_devices_of_whoever_blocks_hear_of_it_and_nobody_else_does(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mut johns = app.socket_of(&john).await;
        let mut other = app.device_of(&john, "phone").await;
        let mut bills = app.socket_of(&bill).await;
        let browser = app.signed_in("john").await;
        for socket in [&mut other, &mut bills] {
            socket.everything_so_far().await;
        }
        block(&mut johns, &bill).await;
        let (channel, _, data) = other.publication().await;
        assert_eq!((channel, &data["type"]), (format!("user:{}", john.id), &json!("blocked")));
        assert_eq!(data["blocked"], json!([bill.id]));
        let (_, shared) = browser.call("shared", "").await;
        assert_eq!(shared["blocked"], json!([bill.id]));
        // Twice is once; nobody blocks themselves, nor who is not here.
        block(&mut johns, &bill).await;
        for nobody in [john.id.0, 4711] {
            let path = format!("put:users/{nobody}/block");
            assert_eq!(johns.rpc(&path, json!({})).await["code"], 404);
        }
        let list = johns.rpc("get:me/blocked", json!({})).await;
        assert_eq!(list["data"][0]["username"], "bill");
        assert_eq!(bills.everything_so_far().await, [] as [Value; 0]);
        let (_, shared) = app.signed_in("bill").await.call("shared", "").await;
        assert_eq!(shared.get("blocked"), None);
        assert_eq!(bills.rpc("get:me/blocked", json!({})).await["data"], json!([]));
    }

    async fn somebody_is_blocked_on_their_card_and_unblocked_in_the_settings_by_plain_forms(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut bills = app.socket_of(&bill).await;
        say(&mut bills, &json!(thread), "Zanzibar").await;
        let browser = app.signed_in("john").await;
        let about = |page: &str| page.matches("A message of somebody you have blocked").count();
        assert_eq!(about(&browser.text(&format!("/t/{thread}")).await), 0);
        assert!(browser.text("/people/bill").await.contains("value=\"block\""));
        let id = bill.id.to_string();
        let there = browser.change(&[("change", "block"), ("id", &id)]).await;
        assert_eq!(there, "/settings/blocked?saved=1");
        let page = browser.text("/settings/blocked").await;
        assert!(page.contains("@bill") && page.contains("Unblock"), "{page}");
        // Their card says so, and offers no way to write to them.
        let card = browser.text("/people/bill").await;
        assert!(card.contains("You have blocked them.") && !card.contains("open_direct"), "{card}");
        // What they wrote is folded, by the page's own means.
        let page = browser.text(&format!("/t/{thread}")).await;
        assert_eq!(about(&page), 1);
        assert!(page.contains("class=\"bubble blocked\""), "{page}");

        browser.change(&[("change", "unblock"), ("id", &id)]).await;
        assert!(browser.text("/settings/blocked").await.contains("You have blocked nobody."));
        assert_eq!(about(&browser.text(&format!("/t/{thread}")).await), 0);
        assert_eq!(browser.not_changed(&[("change", "block"), ("id", "4711")]).await.0, 404);
    }

    async fn whoever_leaves_is_in_nobodys_list(app) {
        app.person("ada").await;
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mut johns = app.socket_of(&john).await;
        block(&mut johns, &bill).await;
        let leaving = app.signed_in("bill").await;
        leaving.post_form("/settings/account", "/api/change", &[("change", "leave"), ("password", "secret")]).await;
        assert_eq!(johns.rpc("get:me/blocked", json!({})).await["data"], json!([]));
    }
}
