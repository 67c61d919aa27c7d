//! What of the unread is for somebody: where they are mentioned, or answered.

use hubbub::protocol::{ThreadId, ThreadKind};
use serde_json::{Value, json};

use crate::support::TestSocket;

/// The number of the newest message of a thread that is for whoever asks, by their list.
pub async fn for_me(socket: &mut TestSocket, thread: ThreadId) -> i64 {
    let mine = socket.rpc("get:threads/mine", json!({})).await;
    let mine: Vec<Value> = mine["data"].as_array().unwrap().clone();
    let mut found = mine.iter().filter(|mine| mine["thread"]["id"] == thread.0);
    found.next().unwrap()["for_me"].as_i64().unwrap_or(0)
}

pub async fn say(socket: &mut TestSocket, thread: ThreadId, text: &str) {
    let post = json!({ "id": thread, "message": text });
    socket.rpc("thread:publish", post).await;
}

on_both_engines! {
    async fn a_mention_and_an_answer_are_for_whom_they_are_meant_and_for_nobody_else(app) {
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &eve).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let mut eves = app.socket_of(&eve).await;
        say(&mut johns, thread, "Good morning everybody").await;
        say(&mut johns, thread, "@Bill, and john@eve.org: what of @billy?").await;
        assert_eq!(for_me(&mut johns, thread).await, 0);
        assert_eq!(for_me(&mut bills, thread).await, 2);
        assert_eq!(for_me(&mut eves, thread).await, 0);
        let page = johns.rpc("thread:history", json!({ "id": thread })).await;
        let first = page["messages"][0]["seq"].as_i64().unwrap();
        let answer = json!({ "id": thread, "message": "Morning", "reply_to": first });
        bills.rpc("thread:publish", answer).await;
        assert_eq!(for_me(&mut johns, thread).await, 3, "it answers john");
        assert_eq!(for_me(&mut bills, thread).await, 2, "what one wrote oneself is for others");
        // Two in one message, and oneself.
        say(&mut johns, thread, "@eve @bill @john").await;
        assert_eq!(for_me(&mut johns, thread).await, 3);
        assert_eq!(for_me(&mut bills, thread).await, 4);
        assert_eq!(for_me(&mut eves, thread).await, 4);
    }

    async fn whoever_does_not_belong_to_a_thread_has_nothing_of_it_also_when_they_join_later(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        say(&mut johns, thread, "where is @bill?").await;
        assert!(bills.everything_so_far().await.is_empty());
        bills.rpc(&format!("post:threads/{thread}/members"), json!({})).await;
        assert_eq!(for_me(&mut bills, thread).await, 0);
        say(&mut johns, thread, "there is @bill").await;
        assert_eq!(for_me(&mut bills, thread).await, 2);
    }
}
