//! What of the unread is for somebody: where they are mentioned, or answered.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// The number of the newest message of a thread that is for somebody, by their list.
async fn for_me(app: &TestApp, who: &User, thread: ThreadId) -> i64 {
    let token = app.token(who).await;
    let client = reqwest::Client::new();
    let request = client.get(format!("{}/api/v1/threads/mine", app.base));
    let answer = request.bearer_auth(token).send().await.unwrap();
    let mine: Vec<Value> = answer.json().await.unwrap();
    let mut found = mine.iter().filter(|mine| mine["thread"]["id"] == thread.0);
    found.next().unwrap()["for_me"].as_i64().unwrap_or(0)
}

async fn say(socket: &mut TestSocket, thread: ThreadId, text: &str) -> Value {
    let post = json!({ "id": thread, "message": text });
    socket.rpc("thread:publish", post).await
}

on_both_engines! {
    async fn a_mention_and_an_answer_are_for_whom_they_are_meant_and_for_nobody_else(app) {
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &eve).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        say(&mut johns, thread, "Good morning everybody").await;
        say(&mut johns, thread, "@Bill, and john@eve.org: what of @billy?").await;
        for (who, expected) in [(&john, 0), (&bill, 2), (&eve, 0)] {
            assert_eq!(for_me(&app, who, thread).await, expected, "{}", who.username);
        }
        let first = json!({ "id": thread, "message": "Morning", "reply_to": 1 });
        bills.rpc("thread:publish", first).await;
        assert_eq!(for_me(&app, &john, thread).await, 3, "it answers john");
        assert_eq!(for_me(&app, &bill, thread).await, 2, "nobody is told of what they wrote themselves");
        // Two in one message, and oneself.
        say(&mut johns, thread, "@eve @bill @john").await;
        for (who, expected) in [(&john, 3), (&bill, 4), (&eve, 4)] {
            assert_eq!(for_me(&app, who, thread).await, expected, "{}", who.username);
        }
    }

    async fn whoever_does_not_belong_to_a_thread_has_nothing_of_it_also_when_they_join_later(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        say(&mut johns, thread, "where is @bill?").await;
        assert!(bills.everything_so_far().await.is_empty());
        app.join(thread, &bill).await;
        assert_eq!(for_me(&app, &bill, thread).await, 0);
        say(&mut johns, thread, "there is @bill").await;
        assert_eq!(for_me(&app, &bill, thread).await, 2);
    }
}
