//! Slow mode: who waits between two messages, for how long, and who does not.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

async fn set(socket: &mut TestSocket, thread: ThreadId, seconds: u32) -> Value {
    let change = json!({ "slow_seconds": seconds });
    socket.rpc(&format!("patch:threads/{thread}"), change).await
}

async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> Value {
    let data = json!({ "id": thread, "message": text, "client_id": text });
    socket.call("thread:publish", data).await
}

fn is_posted(answer: &Value) -> bool {
    answer["rpc"]["data"]["message"]["id"].is_i64()
}

/// Refused for now, with how long it is until it will not be.
fn too_soon(answer: &Value) -> Option<&str> {
    let error = &answer["error"];
    let is_temporary = (&error["code"], &error["temporary"]) == (&json!(111), &json!(true));
    let words = error["message"].as_str().filter(|_| is_temporary)?;
    words.strip_prefix("Slow mode: you can post here again in ")
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
    async fn in_slow_mode_everybody_waits_by_themselves_and_those_in_charge_do_not(app) {
        let (admin, john, bill, thread) = thread_of_john(&app).await;
        let ann = app.person("ann").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let (mut admins, mut anns) = (app.socket_of(&admin).await, app.socket_of(&ann).await);
        let slow = set(&mut johns, thread, 30).await;
        assert_eq!((&slow["code"], &slow["slow_seconds"]), (&json!(200), &json!(30)));
        let (_, offset, data) = bills.publication().await;
        assert_eq!((offset, &data["type"], &data["thread"]["slow_seconds"]), (1, &json!("changed"), &json!(30)));
        assert!(is_posted(&post(&mut bills, thread, "b1").await));
        assert_eq!(too_soon(&post(&mut bills, thread, "b2").await), Some("30 seconds."));
        let mut again = app.socket_of_again(&bill).await;
        assert!(too_soon(&post(&mut again, thread, "b2").await).is_some(), "on every device");
        assert!(is_posted(&post(&mut anns, thread, "a1").await), "nobody waits for others");
        assert!(too_soon(&post(&mut anns, thread, "a2").await).is_some(), "nor does joining spare one");
        for text in ["1", "2"] {
            assert!(is_posted(&post(&mut johns, thread, &format!("j{text}")).await));
            assert!(is_posted(&post(&mut admins, thread, &format!("x{text}")).await));
        }
        app.seconds_pass(29);
        assert_eq!(too_soon(&post(&mut bills, thread, "b2").await), Some("a second."));
        app.seconds_pass(1);
        assert!(is_posted(&post(&mut bills, thread, "b2").await));
        assert!(too_soon(&post(&mut bills, thread, "b3").await).is_some());
        assert!(set(&mut johns, thread, 0).await.get("slow_seconds").is_none());
        assert!(is_posted(&post(&mut bills, thread, "b3").await));
        assert!(is_posted(&post(&mut bills, thread, "b4").await));
    }

    async fn a_retry_is_answered_in_slow_mode_too_and_is_no_second_message(app) {
        let (_, john, bill, thread) = thread_of_john(&app).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        set(&mut johns, thread, 3600).await;
        let first = post(&mut bills, thread, "once").await;
        let again = post(&mut bills, thread, "once").await;
        assert_eq!(first["rpc"]["data"]["message"]["id"], again["rpc"]["data"]["message"]["id"]);
        assert!(is_posted(&again), "{again}");
        assert_eq!(too_soon(&post(&mut bills, thread, "twice").await), Some("60 minutes."));
    }

    async fn of_many_posts_at_once_one_is_written(app) {
        let (_, john, bill, thread) = thread_of_john(&app).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        set(&mut johns, thread, 60).await;
        let mut asked = Vec::new();
        for n in 0..20 {
            let data = json!({ "id": thread, "message": format!("m{n}") });
            asked.push(bills.send("rpc", json!({ "method": "thread:publish", "data": data })).await);
        }
        let mut posted = 0;
        for id in asked {
            let answer = bills.answer(id).await;
            posted += u32::from(is_posted(&answer));
            assert!(is_posted(&answer) || too_soon(&answer).is_some(), "{answer}");
        }
        assert_eq!(posted, 1);
        let page = bills.rpc("thread:history", json!({ "id": thread })).await;
        assert_eq!(page["messages"].as_array().unwrap().len(), 1);
    }

    async fn leaving_and_coming_back_does_not_spare_anybody_the_wait(app) {
        let (_, john, bill, thread) = thread_of_john(&app).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        set(&mut johns, thread, 60).await;
        assert!(is_posted(&post(&mut bills, thread, "one").await));
        bills.rpc(&format!("delete:threads/{thread}/members/{}", bill.id), json!(null)).await;
        assert!(too_soon(&post(&mut bills, thread, "two").await).is_some());
        let browser = app.signed_in("bill").await;
        let body = json!({ "me": bill.id, "thread": thread, "what": "join" });
        assert!(browser.ask("manage_thread", body).await.1.get("Ok").is_some());
        assert!(too_soon(&post(&mut bills, thread, "two").await).is_some());
    }

    async fn who_does_not_own_a_thread_makes_it_no_slower_and_an_hour_is_the_longest(app) {
        let (admin, john, bill, thread) = thread_of_john(&app).await;
        let (mut admins, mut bills) = (app.socket_of(&admin).await, app.socket_of(&bill).await);
        for socket in [&mut admins, &mut bills] {
            assert_eq!(set(socket, thread, 30).await["code"], 403);
        }
        assert!(is_posted(&post(&mut bills, thread, "1").await) && is_posted(&post(&mut bills, thread, "2").await));
        let mut johns = app.socket_of(&john).await;
        assert_eq!(set(&mut johns, thread, 1_000_000).await["slow_seconds"], 3600);
    }

    async fn without_the_script_it_is_a_form_and_what_came_too_soon_is_given_back(app) {
        let (_, _, _, thread) = thread_of_john(&app).await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let panel = format!("/t/{thread}?panel=settings");
        assert!(johns.text(&panel).await.contains("Slow mode"));
        assert!(!bills.text(&panel).await.contains("Slow mode"));
        let id = thread.to_string();
        let fields = [("thread", &*id), ("what", "change"), ("was_slow_seconds", "0"), ("slow_seconds", "60")];
        johns.post_to("/", "/api/manage_thread", &fields).await;
        let page = bills.text(&format!("/t/{thread}")).await;
        assert!(page.contains("Slow mode: one message every 60 seconds."), "{page}");
        assert!(!johns.text(&format!("/t/{thread}")).await.contains("Slow mode: one message"), "he does not wait");
        bills.post_to("/", "/api/post_message", &[("thread", &*id), ("after", "1"), ("text", "first")]).await;
        let fields = [("thread", &*id), ("after", "2"), ("text", "and more")];
        let (status, page) = bills.refused("/api/post_message", &fields).await;
        assert_eq!(status, 429);
        assert!(page.contains("Slow mode: you can post here again in"), "{page}");
        assert!(page.contains("and more"), "{page}");
    }
}
