//! Threads on top of one's list: in an order of one's own, on all one's devices, and nobody else's
//! business.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// Somebody with three threads of theirs, and a socket.
async fn john(app: &TestApp) -> (User, [ThreadId; 3], TestSocket) {
    let john = app.person("john").await;
    let threads = [
        app.thread(&john, ThreadKind::Private).await,
        app.thread(&john, ThreadKind::Public).await,
        app.thread(&john, ThreadKind::Private).await,
    ];
    let socket = app.socket_of(&john).await;
    (john, threads, socket)
}

async fn set(socket: &mut TestSocket, threads: &[ThreadId]) {
    socket
        .rpc("threads:favourites", json!({ "threads": threads }))
        .await;
}

/// The favourites of whoever asks, in their order, as their list has them.
async fn favourites(socket: &mut TestSocket) -> Vec<ThreadId> {
    let mine = socket.rpc("get:threads/mine", json!({})).await;
    let mine: Vec<Value> = mine["data"].as_array().unwrap().clone();
    let favourite = |mine: &Value| {
        let place = mine["favourite"].as_i64()?;
        Some((place, ThreadId(mine["thread"]["id"].as_i64().unwrap())))
    };
    let mut found: Vec<_> = mine.iter().filter_map(favourite).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, thread)| thread).collect()
}

on_both_engines! {
    async fn favourites_keep_the_order_they_are_put_in_and_ones_devices_hear_of_it(app) {
        let (me, [a, b, c], mut here) = john(&app).await;
        let mut there = app.socket_of_again(&me).await;
        let bill = app.person("bill").await;
        app.join(b, &bill).await;
        let mut bills = app.socket_of(&bill).await;
        here.everything_so_far().await;
        there.everything_so_far().await;
        set(&mut here, &[c, a]).await;
        assert_eq!(favourites(&mut here).await, [c, a]);
        let (channel, _, told) = there.publication().await;
        assert_eq!(channel, format!("user:{}", me.id));
        assert_eq!(told, json!({ "type": "favourites_changed" }));
        set(&mut here, &[a, b, c, a]).await;
        assert_eq!(favourites(&mut there).await, [a, b, c]);
        // What is so already is told to nobody.
        there.everything_so_far().await;
        set(&mut here, &[a, b, c]).await;
        assert!(there.everything_so_far().await.is_empty());
        set(&mut here, &[]).await;
        assert_eq!(favourites(&mut here).await, []);
        assert!(bills.everything_so_far().await.is_empty());
        assert_eq!(favourites(&mut bills).await, []);
    }

    async fn nobody_has_a_favourite_that_is_not_theirs_nor_learns_that_it_is_there(app) {
        let (_, [private, public, _], mut johns) = john(&app).await;
        let eve = app.person("eve").await;
        app.join(public, &eve).await;
        let mut eves = app.socket_of(&eve).await;
        eves.everything_so_far().await;
        let there = json!({ "threads": [private] });
        let missing = json!({ "threads": [999_999] });
        let answers = [
            eves.call("threads:favourites", there.clone()).await["result"].clone(),
            eves.call("threads:favourites", missing).await["result"].clone(),
        ];
        assert_eq!(answers[0], answers[1]);
        assert_eq!(eves.rpc("put:threads/favourites", there).await["code"], 204);
        assert!(eves.everything_so_far().await.is_empty());
        set(&mut eves, &[private, public]).await;
        assert_eq!(favourites(&mut eves).await, [public]);
        let told = eves.publication().await.2;
        assert_eq!(told["type"], "favourites_changed");
        assert_eq!(favourites(&mut johns).await, []);
    }

    async fn what_one_leaves_is_no_favourite_when_one_comes_back(app) {
        let (me, [_, public, _], mut johns) = john(&app).await;
        set(&mut johns, &[public]).await;
        johns.rpc(&format!("delete:threads/{public}/members/{}", me.id), json!({})).await;
        johns.rpc(&format!("post:threads/{public}/members"), json!({})).await;
        assert_eq!(favourites(&mut johns).await, []);
    }

    async fn without_a_script_they_are_put_moved_and_taken_away_by_forms(app) {
        let (_, [a, b, _], mut johns) = john(&app).await;
        let browser = app.signed_in("john").await;
        let act = async |thread: ThreadId, what: &str| {
            let fields = [("thread", thread.to_string()), ("what", what.to_owned())];
            let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
            browser.post_to("/", "/api/set_favourite", &fields).await
        };
        let page = browser.text(&format!("/t/{a}?panel=favourite")).await;
        assert!(page.contains("action=\"/api/set_favourite\""), "{page}");
        assert_eq!(act(a, "add").await, format!("/t/{a}"));
        act(b, "add").await;
        assert_eq!(favourites(&mut johns).await, [a, b]);
        act(b, "up").await;
        assert_eq!(favourites(&mut johns).await, [b, a]);
        let page = browser.text(&format!("/t/{b}?panel=favourite")).await;
        assert!(page.contains("aria-pressed=\"true\""), "{page}");
        act(b, "down").await;
        act(a, "remove").await;
        assert_eq!(favourites(&mut johns).await, [b]);
        app.person("eve").await;
        let eve = app.signed_in("eve").await;
        let theirs = a.to_string();
        let fields = [("thread", theirs.as_str()), ("what", "add")];
        assert_eq!(eve.refused("/api/set_favourite", &fields).await.0, 404);
        let fields = [("thread", theirs.as_str()), ("what", "sideways")];
        assert_eq!(browser.refused("/api/set_favourite", &fields).await.0, 404);
    }
}
