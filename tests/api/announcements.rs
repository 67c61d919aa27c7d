//! Threads for announcements: who posts there and who does not, and what everybody else still does.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

async fn set(socket: &mut TestSocket, thread: ThreadId, announcements: bool) -> Value {
    let change = json!({ "announcements": announcements });
    socket.rpc(&format!("patch:threads/{thread}"), change).await
}

async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> Value {
    let data = json!({ "id": thread, "message": text });
    socket.call("thread:publish", data).await
}

fn is_refused(answer: &Value) -> bool {
    let error = &answer["error"];
    error["code"] == 403
        && error["message"] == "Only owners and administrators post in this thread."
}

/// A thread of John's with Bill in it, on a server that somebody else governs.
async fn thread_of_john(app: &TestApp) -> (User, User, User, ThreadId) {
    let admin = app.person("admin").await;
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, ThreadKind::Public).await;
    app.join(thread, &bill).await;
    (admin, john, bill, thread)
}

on_both_engines! {
    async fn in_a_thread_for_announcements_owners_and_administrators_post_and_others_do_not(app) {
        let (admin, john, bill, thread) = thread_of_john(&app).await;
        let mallory = app.person("mallory").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let (mut admins, mut others) = (app.socket_of(&admin).await, app.socket_of(&mallory).await);
        let set_so = set(&mut johns, thread, true).await;
        assert_eq!((&set_so["code"], &set_so["announcements"]), (&json!(200), &json!(true)));
        let (channel, offset, data) = bills.publication().await;
        assert_eq!((channel, offset), (format!("thread:{thread}"), 1));
        assert_eq!((&data["type"], &data["thread"]["announcements"]), (&json!("changed"), &json!(true)));
        for socket in [&mut bills, &mut others] {
            let refused = post(socket, thread, "me too").await;
            assert!(is_refused(&refused), "{refused}");
        }
        assert!(post(&mut johns, thread, "News").await.get("error").is_none());
        assert!(post(&mut admins, thread, "More").await.get("error").is_none(), "whoever governs does everywhere");
        let owner = json!({ "role": "owner" });
        johns.rpc(&format!("patch:threads/{thread}/members/{}", bill.id), owner).await;
        assert!(post(&mut bills, thread, "Mine").await.get("error").is_none());
        let mine = app.signed_in("mallory").await.call("shared", "").await.1;
        assert_eq!(mine["threads"], json!([]), "nobody joins by being refused");
        let told = others.rpc("thread:history", json!({ "id": thread })).await;
        let texts: Vec<_> = told["messages"].as_array().unwrap().iter().map(|m| m["text"].clone()).collect();
        assert_eq!(texts, ["News", "More", "Mine"], "it is read by all who could read it before");
        assert_eq!(set(&mut johns, thread, false).await.get("announcements"), None);
        assert!(post(&mut others, thread, "at last").await.get("error").is_none());
    }

    async fn others_react_to_announcements_and_neither_pin_nor_edit_nor_are_seen_typing(app) {
        let (_, john, bill, thread) = thread_of_john(&app).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let before = post(&mut bills, thread, "before").await;
        assert_eq!(before["rpc"]["data"]["message"]["seq"], 1, "{before}");
        set(&mut johns, thread, true).await;
        post(&mut johns, thread, "News").await;
        johns.everything_so_far().await;
        let browser = app.signed_in("bill").await;
        let revise = async |seq: i64, what: Value| {
            let body = json!({ "me": bill.id, "thread": thread, "seq": seq, "what": what });
            browser.ask("revise_message", body).await.1
        };
        let reacted = revise(3, json!({ "react": { "emoji": "🎉" } })).await;
        assert!(reacted.get("Ok").is_some(), "{reacted}");
        for (seq, what) in [(1, json!({ "edit": { "text": "after" } })), (3, json!("pin"))] {
            assert_eq!(revise(seq, what.clone()).await, json!({ "Err": "Forbidden" }), "{what}");
        }
        assert!(revise(1, json!("delete")).await.get("Ok").is_some(), "one's own can be taken back");
        let typing = bills.call("thread:typing", json!({ "id": thread })).await;
        assert!(typing.get("error").is_some(), "{typing}");
        let kinds: Vec<_> = johns.everything_so_far().await.iter()
            .filter(|push| push["channel"] == format!("thread:{thread}"))
            .map(|push| push["pub"]["data"]["type"].clone()).collect();
        assert_eq!(kinds, ["reacted", "message_changed"]);
    }

    async fn who_does_not_own_a_thread_says_nothing_of_who_posts_there(app) {
        let (admin, john, bill, thread) = thread_of_john(&app).await;
        let (mut admins, mut bills) = (app.socket_of(&admin).await, app.socket_of(&bill).await);
        for socket in [&mut admins, &mut bills] {
            assert_eq!(set(socket, thread, true).await["code"], 403);
        }
        let mut johns = app.socket_of(&john).await;
        let opened = johns.rpc("post:threads/direct", json!({ "people": ["bill"] })).await;
        let direct = opened["id"].as_i64().map(ThreadId).expect("opened");
        assert_eq!(set(&mut johns, direct, true).await["code"], 403, "what two people say to each other is theirs");
    }

    async fn without_the_script_it_is_a_form_and_a_sentence_in_the_composers_place(app) {
        let (_, _, _, thread) = thread_of_john(&app).await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        assert!(johns.text(&format!("/t/{thread}?panel=settings")).await.contains("Announcements only"));
        assert!(!bills.text(&format!("/t/{thread}?panel=settings")).await.contains("Announcements only"));
        let id = thread.to_string();
        let fields = [("thread", &*id), ("what", "change"), ("was_announcements", ""), ("announcements", "true")];
        johns.post_to("/", "/api/manage_thread", &fields).await;
        let sentence = "Only owners and administrators post here.";
        let page = bills.text(&format!("/t/{thread}")).await;
        assert!(page.contains("thread-main closed") && page.contains(sentence), "{page}");
        let page = johns.text(&format!("/t/{thread}")).await;
        assert!(!page.contains("thread-main closed") && !page.contains(sentence), "{page}");
        let (status, page) = bills.refused("/api/post_message", &[("thread", &*id), ("text", "me too")]).await;
        assert_eq!(status, 403);
        assert!(page.contains("Only owners and administrators post in this thread."), "{page}");
        let panel = bills.text(&format!("/t/{thread}?panel=settings")).await;
        assert!(panel.contains("Only owners and administrators post here"), "{panel}");
        let fields = [("thread", &*id), ("what", "change"), ("was_announcements", "true")];
        johns.post_to("/", "/api/manage_thread", &fields).await;
        assert!(!bills.text(&format!("/t/{thread}")).await.contains("thread-main closed"));
    }

    async fn posts_that_race_the_change_are_all_before_it(app) {
        let (_, john, bill, thread) = thread_of_john(&app).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let mut asked = Vec::new();
        for n in 0..40 {
            if n == 20 {
                let method = format!("patch:threads/{thread}");
                let data = json!({ "announcements": true });
                johns.send("rpc", json!({ "method": method, "data": data })).await;
            }
            let data = json!({ "id": thread, "message": format!("m{n}") });
            asked.push(bills.send("rpc", json!({ "method": "thread:publish", "data": data })).await);
        }
        let mut posted = 0;
        for id in asked {
            let answer = bills.answer(id).await;
            match answer.get("error") {
                None => posted += 1,
                Some(_) => assert!(is_refused(&answer), "{answer}"),
            }
        }
        johns.everything_so_far().await;
        let events = johns.ask("history", json!({ "channel": format!("thread:{thread}"), "limit": -1 })).await;
        let events = events["history"]["publications"].as_array().unwrap().clone();
        assert_eq!(events.len(), posted + 1);
        assert_eq!(events[posted]["data"]["type"], "changed", "nothing came after it");
    }
}
