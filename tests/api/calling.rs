//! Messages that call on all of a thread, or on who is there: who may, and whom they are for.

use hubbub::protocol::ThreadKind;
use serde_json::{Value, json};

use crate::activity::{page, said};
use crate::for_me::{for_me, say};
use crate::saved::told;
use crate::support::{TestApp, TestSocket};

/// The newest message of a thread, as it was heard.
async fn heard(socket: &mut TestSocket) -> Value {
    loop {
        let (_, _, data) = socket.publication().await;
        if data["type"] == "posted" {
            return data["message"].clone();
        }
    }
}

on_both_engines! {
    async fn who_owns_a_thread_calls_on_all_of_it_and_nobody_else_does(app) {
        // Whoever comes first administers the server.
        app.person("root").await;
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &eve).await;
        let [mut johns, mut bills] = [app.socket_of(&john).await, app.socket_of(&bill).await];
        say(&mut bills, thread, "@all, listen").await;
        assert_eq!(heard(&mut johns).await.get("calls"), None, "he owns nothing here");
        assert_eq!(for_me(&mut johns, thread).await, 0);
        bills.everything_so_far().await;
        say(&mut johns, thread, "@All: the kettle is on").await;
        assert_eq!(heard(&mut bills).await["calls"], true);
        assert_eq!(told(&mut bills, "meant").await["number"], 2);
        // Whether they are there or not, it waits for them.
        let mut eves = app.socket_of(&eve).await;
        for socket in [&mut bills, &mut eves] {
            assert_eq!(for_me(socket, thread).await, 2);
            assert_eq!(said(&page(socket).await), ["john mentioned: @All: the kettle is on"]);
        }
        assert_eq!(for_me(&mut johns, thread).await, 0, "what one says oneself is for others");
        // It is what it is in history, too, and once for whom it names as well.
        let history = eves.rpc("thread:history", json!({ "id": thread })).await;
        let calls: Vec<_> = history["messages"].as_array().unwrap().iter().map(|m| m.get("calls").is_some()).collect();
        assert_eq!(calls, [false, true]);
        say(&mut johns, thread, "@all, and @bill above all").await;
        assert_eq!(said(&page(&mut bills).await).len(), 2);
        assert_eq!(said(&page(&mut eves).await).len(), 2);
        // Nor is what was edited out.
        let seq = heard(&mut eves).await["seq"].clone();
        johns.rpc("thread:revise", json!({ "id": thread, "seq": seq, "what": { "edit": { "text": "never mind" } } })).await;
        assert_eq!(said(&page(&mut eves).await).len(), 1);
    }

    async fn an_administrator_calls_in_any_thread_and_everybody_in_a_direct_one(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&bill, ThreadKind::Public).await;
        app.join(thread, &john).await;
        let [mut johns, mut bills] = [app.socket_of(&john).await, app.socket_of(&bill).await];
        say(&mut johns, thread, "@all").await;
        assert_eq!(for_me(&mut bills, thread).await, 1);
        let direct = bills.rpc("post:threads/direct", json!({ "people": ["john"] })).await;
        let direct = hubbub::protocol::ThreadId(direct["id"].as_i64().unwrap());
        say(&mut bills, direct, "@all of us").await;
        assert_eq!(for_me(&mut johns, direct).await, 1);
    }

    async fn who_is_there_is_called_and_who_is_not_or_wants_to_hear_nothing_is_left_in_peace(app) {
        // Whoever comes first administers the server.
        app.person("root").await;
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &eve).await;
        let [mut johns, mut bills] = [app.socket_of(&john).await, app.socket_of(&bill).await];
        say(&mut johns, thread, "@here, tea?").await;
        let mut eves = app.socket_of(&eve).await;
        assert_eq!(for_me(&mut bills, thread).await, 1);
        assert_eq!(for_me(&mut eves, thread).await, 0, "she was not there");
        assert_eq!(said(&page(&mut eves).await), [""; 0]);
        say(&mut johns, thread, "@here again").await;
        assert_eq!(for_me(&mut eves, thread).await, 2);
        // Muted threads, and whoever is blocked, call on nobody.
        bills.rpc("thread:notify", json!({ "id": thread, "level": "nothing" })).await;
        eves.rpc(&format!("put:users/{}/block", john.id), json!({})).await;
        say(&mut johns, thread, "@all once more").await;
        for socket in [&mut bills, &mut eves] {
            assert_eq!(for_me(socket, thread).await, 2);
        }
        let right = ["john mentioned: @here again", "john mentioned: @here, tea?"];
        assert_eq!(said(&page(&mut bills).await), right);
    }
}

#[tokio::test]
async fn nobody_is_called_what_calls_on_everybody() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    for name in ["all", "Here"] {
        let fields = [
            ("username", name),
            ("name", "Somebody"),
            ("password", "compiler"),
        ];
        let (status, page) = app.browser().refused("/api/register", &fields).await;
        assert!(
            status == 409 && page.contains("That name is taken."),
            "{status}"
        );
    }
}

#[tokio::test]
async fn threads_are_suggested_by_what_their_names_have_and_only_those_one_may_read() {
    let app = TestApp::on_sqlite().await;
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    for (owner, name, kind) in [
        (&john, "Tea time", ThreadKind::Public),
        (&john, "Steam", ThreadKind::Public),
        (&bill, "Teak", ThreadKind::Private),
        (&john, "Team of John", ThreadKind::Private),
    ] {
        app.named_thread(owner, name, kind).await;
    }
    let names = async |who: &str, text: &str| -> Vec<String> {
        let browser = app.signed_in(who).await;
        let (_, found) = browser
            .call("suggest_threads", &format!("text={text}"))
            .await;
        let found = found.as_array().unwrap().iter();
        found
            .map(|thread| thread["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let mut johns = names("john", "TE").await;
    assert_eq!(
        johns.pop().as_deref(),
        Some("Steam"),
        "what begins with it comes first"
    );
    johns.sort();
    assert_eq!(johns, ["Tea time", "Team of John"]);
    assert_eq!(names("bill", "tea").await, ["Teak", "Tea time", "Steam"]);
    assert_eq!(names("bill", "").await, [""; 0]);
    let (status, _) = app.browser().call("suggest_threads", "text=te").await;
    assert_eq!(status, 401, "strangers learn of nothing");
}
