//! Who may do what, as administrators set it: asked by the statement, offered by the page, and refused to
//! everybody else by any route.

use hubbub::protocol::ThreadKind;
use serde_json::{Value, json};

use crate::support::{Browser, TestSocket};

async fn set(browser: &Browser, public: &str, private: &str, invite: &str) -> (u16, String) {
    let fields = [
        ("change", "policy"),
        ("start_public", public),
        ("start_private", private),
        ("invite", invite),
    ];
    browser.not_changed(&fields).await
}

async fn started(socket: &mut TestSocket, name: &str, private: bool) -> Value {
    let new = json!({ "name": name, "private": private });
    socket.rpc("post:threads", new).await["code"].clone()
}

on_both_engines! {
    async fn administrators_say_who_starts_threads_and_nobody_else_does_by_any_route(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let mut socket = app.socket_of(&bill).await;
        assert_eq!(started(&mut socket, "Before", false).await, 201);
        assert_eq!(set(&johns, "administrators", "members", "members").await.0, 303);
        assert_eq!(started(&mut socket, "Public", false).await, 403);
        assert_eq!(started(&mut socket, "Private", true).await, 201);
        let form = [("name", "Public"), ("people", "")];
        assert_eq!(bills.refused("/api/create_thread", &form).await.0, 403);
        let page = bills.text("/new").await;
        assert!(page.contains("Only people you invite") && !page.contains("anybody can join"), "{page}");
        let page = johns.text("/new").await;
        assert!(page.contains("Only people you invite") && page.contains("anybody can join"), "{page}");
        assert_eq!(set(&johns, "administrators", "administrators", "members").await.0, 303);
        assert_eq!(started(&mut socket, "Another", true).await, 403);
        assert_eq!(bills.get("/new").await.status(), 403);
        assert!(bills.text("/").await.contains("<body class=\"no-start\""));
        let mut johns_socket = app.socket_of(&john).await;
        for private in [false, true] {
            assert_eq!(started(&mut johns_socket, "Mine", private).await, 201);
        }
        let log = johns.text("/settings/audit").await;
        assert!(log.contains("john said: public threads are started by administrators"), "{log}");
    }

    async fn whoever_may_not_start_a_thread_makes_none_of_another_kind_of_one(app) {
        app.person("john").await;
        let bill = app.person("bill").await;
        let private = app.thread(&bill, ThreadKind::Private).await;
        let public = app.thread(&bill, ThreadKind::Public).await;
        let johns = app.signed_in("john").await;
        let mut socket = app.socket_of(&bill).await;
        set(&johns, "administrators", "administrators", "members").await;
        let mut change = async |thread, change: Value| {
            socket.rpc(&format!("patch:threads/{thread}"), change).await["code"].clone()
        };
        assert_eq!(change(private, json!({ "private": false })).await, 403);
        assert_eq!(change(public, json!({ "private": true })).await, 403);
        // What is so already is no change, and the rest is theirs as ever.
        assert_eq!(change(public, json!({ "private": false, "name": "Tea" })).await, 200);
        set(&johns, "members", "administrators", "members").await;
        assert_eq!(change(private, json!({ "private": false })).await, 200);
    }

    async fn guests_start_private_threads_where_everybody_may_and_own_what_they_start(app) {
        let john = app.person("john").await;
        app.person("bill").await;
        let tea = app.thread(&john, ThreadKind::Private).await;
        let gus = app.guest("gus", &[tea]).await;
        let johns = app.signed_in("john").await;
        assert_eq!(set(&johns, "members", "everybody", "members").await.0, 303);
        let mut guest = app.socket_of(&gus).await;
        assert_eq!(started(&mut guest, "Public", false).await, 403);
        let new = json!({ "name": "Mine", "private": true });
        let thread = guest.rpc("post:threads", new).await;
        let path = format!("threads/{}", thread["id"]);
        let add = format!("post:{path}/members");
        assert_eq!(guest.rpc(&add, json!({ "user_id": john.id })).await["code"], 204);
        // It does not become a public one.
        let open = guest.rpc(&format!("patch:{path}"), json!({ "private": false })).await;
        assert_eq!(open["code"], 403);
        let guests = app.signed_in("gus").await;
        let with_bill = [("name", "Ours"), ("private", "true"), ("people", "bill")];
        assert_eq!(guests.refused("/api/create_thread", &with_bill).await.0, 422);
    }

    async fn who_invites_is_set_here_and_what_others_invited_by_ends(app) {
        app.person("john").await;
        let bill = app.person("bill").await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let make = [("change", "invite"), ("uses", "any"), ("lasts", "never")];
        assert_eq!(bills.not_changed(&make).await.0, 403, "it is configured so");
        assert_eq!(set(&johns, "members", "members", "members").await.0, 303);
        assert_eq!(bills.not_changed(&make).await.0, 200);
        // Whoever made it may still: nothing of theirs has ended.
        let code = app.invite_by(hubbub::server::db::invites::Maker::Administrator(bill.id)).await;
        let link = format!("/register?invite={}", code.unwrap());
        assert!(app.browser().text(&link).await.contains("bill invites you"));
        assert_eq!(set(&johns, "members", "members", "administrators").await.0, 303);
        assert!(app.browser().text(&link).await.contains("taken back"));
        assert_eq!(bills.not_changed(&make).await.0, 403);
        let refused = app.invite_by(hubbub::server::db::invites::Maker::Anybody(bill.id)).await;
        assert_eq!(refused, None, "the statement asks too");
    }

    async fn a_member_sets_nothing_and_a_strange_word_is_none(app) {
        app.person("john").await;
        app.person("bill").await;
        let bills = app.signed_in("bill").await;
        assert_eq!(set(&bills, "members", "everybody", "members").await.0, 403);
        let johns = app.signed_in("john").await;
        assert_eq!(set(&johns, "everybody", "members", "members").await.0, 404);
        assert_eq!(set(&johns, "members", "members", "nobody").await.0, 404);
        let log = johns.text("/settings/audit").await;
        assert!(!log.contains("john said"), "{log}");
    }
}
