//! What is picked out of a thread: pinning, the list of files, who has reacted, and what a message said
//! before.

use hubbub::protocol::{Message, ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> i64 {
    let data = json!({ "id": thread, "message": text });
    let posted = socket.rpc("thread:publish", data).await;
    posted["message"]["seq"].as_i64().unwrap()
}

async fn revise(socket: &mut TestSocket, thread: ThreadId, seq: i64, what: Value) -> Value {
    let data = json!({ "id": thread, "seq": seq, "what": what });
    socket.rpc("thread:revise", data).await
}

/// The code with which that is refused.
async fn refused(socket: &mut TestSocket, thread: ThreadId, seq: i64, what: Value) -> i64 {
    let data = json!({ "id": thread, "seq": seq, "what": what });
    let reply = socket.call("thread:revise", data).await;
    reply["error"]["code"]
        .as_i64()
        .unwrap_or_else(|| panic!("{reply}"))
}

async fn get(socket: &mut TestSocket, path: &str) -> Value {
    socket
        .rpc(&format!("get:threads/{path}"), json!(null))
        .await
}

/// The places of what is pinned, the last that was first.
async fn pins(socket: &mut TestSocket, thread: ThreadId) -> Vec<i64> {
    let picked = get(socket, &format!("{thread}/pins")).await;
    let messages = picked["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["seq"].as_i64().unwrap())
        .collect()
}

async fn about(socket: &mut TestSocket, thread: ThreadId, seq: i64) -> Value {
    get(socket, &format!("{thread}/messages/{seq}/about")).await
}

/// What somebody is told that a message said before, oldest first.
async fn versions(socket: &mut TestSocket, thread: ThreadId, seq: i64) -> Vec<String> {
    let about = about(socket, thread, seq).await;
    let versions = about["versions"].as_array().cloned().unwrap_or_default();
    versions
        .iter()
        .map(|version| version["text"].as_str().unwrap().to_owned())
        .collect()
}

/// Two people in a thread of that kind, which the first one owns, each with a socket.
async fn two(app: &TestApp, kind: ThreadKind) -> (ThreadId, [User; 2], [TestSocket; 2]) {
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, kind).await;
    app.join(thread, &bill).await;
    let sockets = [app.socket_of(&john).await, app.socket_of(&bill).await];
    (thread, [john, bill], sockets)
}

on_both_engines! {
    async fn whoever_writes_in_a_thread_pins_and_everybody_there_sees_it_at_its_place(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let (first, second) = (post(&mut john, thread, "one").await, post(&mut john, thread, "two").await);
        let pinned = revise(&mut bill, thread, second, json!("pin")).await;
        assert_eq!(pinned["pinned_at"], json!(app.now()));
        for _ in 0..2 {
            john.publication().await;
        }
        let (_, offset, event) = john.publication().await;
        assert_eq!(json!(offset), pinned["changed_seq"]);
        assert_eq!(event, json!({ "type": "message_changed", "message": pinned }));
        app.seconds_pass(1);
        revise(&mut john, thread, first, json!("pin")).await;
        assert_eq!(pins(&mut bill, thread).await, [first, second]);
        // Again is no event; what anybody pinned anybody takes away.
        let head = get(&mut john, &thread.to_string()).await["last_seq"].clone();
        revise(&mut bill, thread, first, json!("pin")).await;
        assert_eq!(get(&mut john, &thread.to_string()).await["last_seq"], head);
        let unpinned = revise(&mut bill, thread, first, json!("unpin")).await;
        assert!(unpinned.get("pinned_at").is_none(), "{unpinned}");
        assert_eq!(pins(&mut john, thread).await, [second]);
        // By a recovery it is the same.
        let past = json!({ "channel": format!("thread:{thread}"), "limit": 100, "since": { "offset": 0, "epoch": "" } });
        let past = john.ask("history", past).await;
        let last = past["history"]["publications"].as_array().unwrap().last().unwrap().clone();
        assert_eq!(last["data"], json!({ "type": "message_changed", "message": unpinned }));
    }

    async fn what_is_deleted_is_pinned_no_more_and_nobody_pins_what_is_not_there(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Public).await;
        let seq = post(&mut john, thread, "one").await;
        revise(&mut john, thread, seq, json!("pin")).await;
        revise(&mut john, thread, seq, json!("delete")).await;
        assert_eq!(pins(&mut bill, thread).await, [0i64; 0]);
        // Whoever brings it back brings all of it back.
        revise(&mut john, thread, seq, json!("restore")).await;
        assert_eq!(pins(&mut bill, thread).await, [seq]);
        revise(&mut john, thread, seq, json!("delete")).await;
        assert_eq!(refused(&mut bill, thread, seq, json!("pin")).await, 404);
        assert_eq!(refused(&mut bill, thread, seq + 50, json!("pin")).await, 404);
        let wren = app.person("wren").await;
        let mut wren = app.socket_of(&wren).await;
        let other = post(&mut john, thread, "two").await;
        // Whoever only reads a public thread may look, and pins nothing.
        assert_eq!(refused(&mut wren, thread, other, json!("pin")).await, 403);
        assert_eq!(pins(&mut wren, thread).await, [0i64; 0]);
    }

    async fn a_thread_has_so_many_pins_at_most(app) {
        let (thread, _, [mut john, _]) = two(&app, ThreadKind::Private).await;
        let mut places = Vec::new();
        for n in 0..=Message::PINS {
            places.push(post(&mut john, thread, &format!("message {n}")).await);
        }
        for seq in &places[1..] {
            revise(&mut john, thread, *seq, json!("pin")).await;
        }
        assert_eq!(refused(&mut john, thread, places[0], json!("pin")).await, 422);
        revise(&mut john, thread, places[1], json!("unpin")).await;
        revise(&mut john, thread, places[0], json!("pin")).await;
        assert_eq!(pins(&mut john, thread).await.len(), Message::PINS);
    }

    async fn who_has_reacted_is_told_by_name_in_the_order_in_which_they_did(app) {
        let (thread, [first, second], [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "cake?").await;
        revise(&mut bill, thread, seq, json!({ "react": { "emoji": "🎉" } })).await;
        revise(&mut john, thread, seq, json!({ "react": { "emoji": "👍" } })).await;
        revise(&mut bill, thread, seq, json!({ "react": { "emoji": "👍" } })).await;
        let about = about(&mut john, thread, seq).await;
        let right = json!([
            { "emoji": "🎉", "by": [second], "count": 1 },
            { "emoji": "👍", "by": [first, second], "count": 2 },
        ]);
        assert_eq!(about["reactions"], right);
        revise(&mut john, thread, seq, json!("delete")).await;
        let path = format!("get:threads/{thread}/messages/{seq}/about");
        assert_eq!(bill.rpc(&path, json!(null)).await["reactions"], json!([]));
    }

    async fn earlier_versions_are_for_the_author_and_for_whoever_governs_the_thread(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Public).await;
        let wren = app.person("wren").await;
        app.join(thread, &wren).await;
        let mut wren = app.socket_of(&wren).await;
        let seq = post(&mut bill, thread, "first").await;
        assert_eq!(versions(&mut bill, thread, seq).await, [""; 0]);
        for text in ["second", "third"] {
            revise(&mut bill, thread, seq, json!({ "edit": { "text": text } })).await;
        }
        assert_eq!(versions(&mut bill, thread, seq).await, ["first", "second"]);
        assert_eq!(versions(&mut john, thread, seq).await, ["first", "second"]);
        assert_eq!(versions(&mut wren, thread, seq).await, [""; 0]);
        revise(&mut bill, thread, seq, json!("delete")).await;
        assert_eq!(versions(&mut bill, thread, seq).await, [""; 0]);
    }

    async fn an_outsider_learns_nothing_of_it(app) {
        let (thread, _, [mut john, _]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "a secret").await;
        revise(&mut john, thread, seq, json!("pin")).await;
        let wren = app.person("wren").await;
        let mut wren = app.socket_of(&wren).await;
        for path in ["pins", "files", &format!("messages/{seq}/about")] {
            let answer = wren.rpc(&format!("get:threads/{thread}/{path}"), json!(null)).await;
            assert_eq!(answer["code"], 404, "{path}");
        }
        assert_eq!(refused(&mut wren, thread, seq, json!("unpin")).await, 404);
    }

    async fn pinning_and_what_is_told_of_a_message_work_as_plain_forms(app) {
        let (thread, _, [mut john, mut bill]) = two(&app, ThreadKind::Private).await;
        let seq = post(&mut john, thread, "worth keeping").await;
        revise(&mut bill, thread, seq, json!({ "react": { "emoji": "🎉" } })).await;
        revise(&mut john, thread, seq, json!({ "edit": { "text": "well worth keeping" } })).await;
        let browser = app.signed_in("john").await;
        let page = browser.text(&format!("/t/{thread}?m={seq}&panel=message")).await;
        for said in ["Earlier versions", "worth keeping", "bill", "value=\"pin\""] {
            assert!(page.contains(said), "{said}: {page}");
        }
        let (id, place) = (thread.to_string(), seq.to_string());
        let fields = [("thread", id.as_str()), ("seq", &place), ("what", "pin")];
        let there = browser.post_to("/", "/api/revise_message", &fields).await;
        assert!(there.contains(&format!("/t/{thread}")), "{there}");
        let page = browser.text(&format!("/t/{thread}?panel=pins")).await;
        assert!(page.contains("well worth keeping") && page.contains("Pinned messages"), "{page}");
        let none = browser.text(&format!("/t/{thread}?panel=files")).await;
        assert!(none.contains("Nobody has posted a file here yet."), "{none}");
    }
}
