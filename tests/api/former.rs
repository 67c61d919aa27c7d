//! What the threads of somebody who leaves for good become.

use hubbub::protocol::ThreadKind;
use serde_json::json;

on_both_engines! {
    async fn each_thread_hears_of_it_once_and_gets_a_new_owner_if_it_has_none(app) {
        const OWNED: i64 = 40;
        let john = app.person("john").await;
        let ada = app.person("ada").await;
        let bob = app.person("bob").await;
        for _ in 0..OWNED {
            let thread = app.thread(&bob, ThreadKind::Private).await;
            app.join(thread, &ada).await;
        }
        let johns = app.thread(&john, ThreadKind::Private).await;
        app.join(johns, &bob).await;
        app.join(johns, &ada).await;
        let mut socket = app.socket_of(&ada).await;
        let leave = [("change", "leave"), ("password", "secret")];
        app.signed_in("bob").await.change(&leave).await;
        let (mut left, mut made_owner) = (0, 0);
        for _ in 0..=(2 * OWNED) {
            let (channel, seq, event) = loop {
                let publication = socket.publication().await;
                if publication.0.starts_with("thread:") {
                    break publication;
                }
            };
            match event["type"].as_str().unwrap() {
                "left" => {
                    left += 1;
                    assert_eq!((seq, &event["user"]["name"]), (1, &json!("Someone who left")));
                }
                "made_owner" => {
                    made_owner += 1;
                    assert_eq!((seq, &event["user"]["username"]), (2, &json!("ada")));
                    assert_ne!(channel, format!("thread:{johns}"));
                }
                other => panic!("{other}"),
            }
        }
        assert_eq!((left, made_owner), (OWNED + 1, OWNED));
        let shared = app.signed_in("ada").await.call("shared", "").await.1;
        let threads = shared["threads"].as_array().unwrap();
        let owned = threads.iter().filter(|mine| mine["role"] == "owner").count();
        assert_eq!(i64::try_from(owned).unwrap(), OWNED, "{shared}");
        // The numbers go on where they were.
        let again = json!({ "id": johns, "message": "still here" });
        socket.rpc("thread:publish", again).await;
        loop {
            let (channel, seq, event) = socket.publication().await;
            if event["type"] == "posted" {
                assert_eq!((channel, seq), (format!("thread:{johns}"), 2));
                break;
            }
        }
    }

    async fn a_banned_member_inherits_nothing(app) {
        let john = app.person("john").await;
        let eve = app.person("eve").await;
        let bob = app.person("bob").await;
        let ada = app.person("ada").await;
        let thread = app.thread(&bob, ThreadKind::Private).await;
        app.join(thread, &eve).await;
        app.join(thread, &ada).await;
        let browser = app.signed_in("john").await;
        browser.change(&[("change", "ban"), ("id", &eve.id.to_string())]).await;
        let leave = [("change", "leave"), ("password", "secret")];
        app.signed_in("bob").await.change(&leave).await;
        let owners = hubbub::server::db::memberships::owners(&app.db, thread).await.unwrap();
        assert_eq!(owners, [ada.id], "{john:?}");
    }

    async fn a_direct_thread_stays_with_the_others_under_a_name_that_says_nothing(app) {
        app.person("john").await;
        let ada = app.person("ada").await;
        let bob = app.person("bob").await;
        let mut adas = app.socket_of(&ada).await;
        let opened = adas.rpc("post:threads/direct", json!({ "people": ["bob"] })).await;
        let mut bobs = app.socket_of(&bob).await;
        let message = json!({ "id": opened["id"], "message": "so long" });
        bobs.rpc("thread:publish", message).await;
        let leave = [("change", "leave"), ("password", "secret")];
        app.signed_in("bob").await.change(&leave).await;
        let browser = app.signed_in("ada").await;
        let page = browser.text(&format!("/t/{}", opened["id"])).await;
        assert!(page.contains("so long") && page.contains("Someone who left"), "{page}");
        assert!(!page.to_lowercase().contains("bob"), "{page}");
        let shared = browser.call("shared", "").await.1;
        assert_eq!(shared["threads"].as_array().unwrap().len(), 1);
        let again = adas.rpc("post:threads/direct", json!({ "people": ["bob"] })).await;
        assert_ne!(again["code"], 200, "nobody is called that any more");
    }
}
