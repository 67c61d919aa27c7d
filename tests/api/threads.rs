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
        let there = browser.post_to("/", "/api/create_thread", &[("name", "  ")]).await;
        assert!(browser.text(&there).await.contains("Please fill this in."));
        assert_eq!(browser.call("list_threads", "").await.1, json!([]));
    }

    async fn a_public_thread_is_in_everybodys_list_and_announced(app) {
        let john = app.person("john").await;
        app.person("bill").await;
        let mut johns = app.socket_of(&john).await;
        let bill = app.signed_in("bill").await;
        bill.call("create_thread", "name=Open").await;
        let (channel, offset, data) = johns.publication().await;
        assert_eq!((channel.as_str(), offset), ("threads", 0));
        assert_eq!(data["type"], "thread_created");
        assert_eq!(data["thread"]["name"], "Open");
        let list = app.signed_in("john").await.call("list_threads", "").await.1;
        assert_eq!(list[0]["name"], "Open");
    }

    async fn an_outsider_does_not_learn_of_a_private_thread_by_any_way(app) {
        let john = app.person("john").await;
        let mallory = app.person("mallory").await;
        let mut socket = app.socket_of(&mallory).await;
        let johns = app.signed_in("john").await;
        let created = johns.call("create_thread", "name=Secret&private=true").await.1;
        let id = created["id"].as_i64().unwrap();
        let mut owner = app.socket_of(&john).await;
        owner.rpc("thread:publish", json!({ "id": id, "message": "for me" })).await;

        let browser = app.signed_in("mallory").await;
        assert_eq!(browser.call("list_threads", "").await.1, json!([]));
        let page = browser.get(&format!("/t/{id}")).await;
        assert_eq!(page.status(), 404);
        assert!(!page.text().await.unwrap().contains("Secret"));
        assert_eq!(browser.call("thread_history", &format!("thread={id}")).await, (404, json!("NotFound")));
        let body = format!("thread={id}&text=hello");
        assert_eq!(browser.call("post_message", &body).await, (404, json!("NotFound")));

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
        assert_eq!(after["subs"][&channel]["offset"], 1);
    }
}
