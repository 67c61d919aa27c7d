//! Threads: who may see them, and who may not even know of them.

use hubbub::protocol::ThreadKind;
use serde_json::json;

on_both_engines! {
    async fn a_thread_started_in_the_form_is_there_with_its_page(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let there = browser
            .post_to("/", "/api/create_thread", &[("name", "Plans & <dreams>")])
            .await;
        assert!(there.starts_with("/t/"), "{there}");
        let page = browser.text(&there).await;
        assert!(page.contains("Plans &amp; &lt;dreams&gt;"), "{page}");
    }

    async fn a_thread_without_a_name_is_not_started(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let (status, page) = browser.refused("/api/create_thread", &[("name", "  ")]).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please fill this in."));
        assert_eq!(browser.call("shared", "").await.1["threads"], json!([]));
    }

    async fn a_public_thread_is_in_the_directory_and_announced(app) {
        let john = app.person("john").await;
        let bills = app.person("bill").await;
        let mut johns = app.socket_of(&john).await;
        let bill = app.signed_in("bill").await;
        bill.ask("create_thread", json!({ "me": bills.id, "new": { "name": "Open" } })).await;
        let (channel, offset, data) = johns.publication().await;
        assert_eq!((channel.as_str(), offset), ("threads", 0));
        assert_eq!(data["type"], "thread_created");
        assert_eq!(data["thread"]["name"], "Open");
        let browser = app.signed_in("john").await;
        let browse = browser.call("content", "place=/browse").await.1;
        let listed = &browse["answer"]["Ok"]["Browse"]["threads"][0];
        assert_eq!((&listed["thread"]["name"], &listed["joined"]), (&json!("Open"), &json!(false)));
        assert_eq!(browser.call("shared", "").await.1["threads"], json!([]));
        assert!(browser.text("/browse").await.contains("Open"));
    }

    async fn an_outsider_does_not_learn_of_a_private_thread_by_any_way(app) {
        let john = app.person("john").await;
        let mallory = app.person("mallory").await;
        let mut socket = app.socket_of(&mallory).await;
        let johns = app.signed_in("john").await;
        let new = json!({ "name": "Secret", "private": true });
        let created = johns.ask("create_thread", json!({ "me": john.id, "new": new })).await.1;
        let id = created["Ok"]["id"].as_i64().unwrap();
        let mut owner = app.socket_of(&john).await;
        owner.rpc("thread:publish", json!({ "id": id, "message": "for me" })).await;

        let browser = app.signed_in("mallory").await;
        assert_eq!(browser.call("shared", "").await.1["threads"], json!([]));
        assert!(!browser.text("/browse").await.contains("Secret"));
        let place = format!("place=/t/{id}");
        let content = browser.call("content", &place).await.1;
        assert_eq!(content["answer"], json!({ "Err": "NotFound" }));
        let page = browser.get(&format!("/t/{id}")).await;
        assert_eq!(page.status(), 404);
        assert!(!page.text().await.unwrap().contains("Secret"));
        let history = browser.call("thread_history", &format!("request[id]={id}")).await;
        assert_eq!(history, (404, json!("NotFound")));
        let id_text = id.to_string();
        let fields = [("thread", id_text.as_str()), ("text", "hello")];
        let (status, page) = browser.refused("/api/post_message", &fields).await;
        assert_eq!(status, 404);
        assert!(!page.contains("Secret"));

        let channel = json!({ "channel": format!("thread:{id}") });
        assert_eq!(socket.refusal("subscribe", channel.clone()).await, 103);
        assert_eq!(socket.refusal("history", channel).await, 103);
        for method in ["thread:history", "thread:publish"] {
            let answer = socket.call(method, json!({ "id": id, "message": "hello" })).await;
            let missing = socket.call(method, json!({ "id": 999_999, "message": "hello" })).await;
            assert_eq!(answer["error"], missing["error"]);
            assert_eq!(answer["error"]["code"], 404);
        }
        assert_eq!(socket.everything_so_far().await, [] as [serde_json::Value; 0]);
    }

    async fn a_member_reads_and_writes_in_a_private_thread(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        johns.rpc("thread:publish", json!({ "id": thread, "message": "hi" })).await;
        let (channel, offset, data) = bills.publication().await;
        assert_eq!((channel, offset), (format!("thread:{thread}"), 1));
        assert_eq!(data["message"]["text"], "hi");
        let page = app.signed_in("bill").await.text(&format!("/t/{thread}")).await;
        assert!(page.contains(">hi<"), "{page}");
    }

    async fn writing_in_a_public_thread_joins_it(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&bill).await;
        let mut socket = crate::support::TestSocket::open(&app.base).await;
        let before = socket.connect_with(&token).await;
        let channel = format!("thread:{thread}");
        assert!(before["subs"].get(&channel).is_none());
        socket.rpc("thread:publish", json!({ "id": thread, "message": "hi" })).await;
        let mut again = crate::support::TestSocket::open(&app.base).await;
        let after = again.connect_with(&token).await;
        assert_eq!(after["subs"][&channel]["offset"], 2, "joining is an event too");
    }

    async fn ones_own_threads_come_first_however_many_there_are_and_the_directory_has_pages(app) {
        let john = app.person("john").await;
        let mallory = app.person("mallory").await;
        let own = app.thread(&john, ThreadKind::Private).await;
        for _ in 0..120 {
            app.thread(&mallory, ThreadKind::Public).await;
        }
        let browser = app.signed_in("john").await;
        let shared = browser.call("shared", "").await.1;
        let mine = shared["threads"].as_array().unwrap();
        assert_eq!(mine.len(), 1);
        assert_eq!(mine[0]["thread"]["id"], own.0);
        assert_eq!(mine[0]["role"], "owner");
        let mut socket = app.socket_of(&john).await;
        let list = socket.rpc("get:threads", json!({})).await;
        assert_eq!(list["data"][0]["id"], own.0);
        let (mut seen, mut after) = (std::collections::HashSet::new(), String::new());
        for page in 0..3 {
            let answer = socket.rpc("get:threads/public", json!({ "after": after })).await;
            assert_eq!(answer["code"], 200);
            for listed in answer["threads"].as_array().unwrap() {
                assert!(seen.insert(listed["thread"]["id"].as_i64().unwrap()), "once");
            }
            let next = &answer["next"];
            assert_eq!(next.is_null(), page == 2);
            after = format!("{}-{}", next["active_at"], next["id"]);
        }
        assert_eq!(seen.len(), 120);
        let nonsense = socket.rpc("get:threads/public", json!({ "after": "x" })).await;
        assert_eq!(nonsense["code"], 400);
    }

    async fn joining_and_leaving_are_events_of_the_thread(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        bills.rpc(&format!("post:threads/{thread}/members"), json!({})).await;
        let (_, offset, data) = johns.publication().await;
        assert_eq!((offset, &data["type"]), (1, &json!("joined")));
        assert_eq!(data["user"]["username"], "bill");
        johns.rpc("thread:publish", json!({ "id": thread, "message": "hi" })).await;
        let path = format!("delete:threads/{thread}/members/{}", bill.id);
        johns.rpc(&path, json!({})).await;
        johns.rpc("thread:publish", json!({ "id": thread, "message": "he is gone" })).await;
        let channel = format!("thread:{thread}");
        let told = bills.everything_so_far().await;
        let heard: Vec<_> = told.iter().filter(|line| line["channel"] == channel).collect();
        assert!(heard.iter().any(|line| line["unsubscribe"]["code"] == 2000));
        assert!(!told.iter().any(|line| line.to_string().contains("he is gone")));
        let history = johns.ask("history", json!({ "channel": channel, "limit": -1 })).await;
        let history = history["history"]["publications"].as_array().unwrap().clone();
        let kinds: Vec<_> = history.iter().map(|p| p["data"]["type"].clone()).collect();
        assert_eq!(kinds, ["joined", "posted", "left", "posted"]);
        let page = johns.rpc("thread:history", json!({ "id": thread })).await;
        let numbers: Vec<_> =
            page["messages"].as_array().unwrap().iter().map(|m| m["number"].clone()).collect();
        assert_eq!(numbers, [1, 2], "messages are counted apart from events");
    }
}
