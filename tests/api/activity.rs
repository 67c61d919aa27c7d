//! What has happened that is for somebody: mentions, answers and reactions, and what of it is new.

use hubbub::protocol::{ThreadId, ThreadKind};
use serde_json::{Value, json};

use crate::saved::{post, told};
use crate::support::TestSocket;

async fn react(socket: &mut TestSocket, thread: ThreadId, seq: i64, what: &str, emoji: &str) {
    let data = json!({ "id": thread, "seq": seq, "what": { what: { "emoji": emoji } } });
    socket.rpc("thread:revise", data).await;
}

async fn answer(socket: &mut TestSocket, thread: ThreadId, seq: i64, text: &str) -> i64 {
    let data = json!({ "id": thread, "message": text, "reply_to": seq });
    let posted = socket.rpc("thread:publish", data).await;
    posted["message"]["seq"].as_i64().unwrap()
}

pub async fn page(socket: &mut TestSocket) -> Value {
    socket.rpc("get:activity", json!({})).await
}

/// What a page says: who has done what, to which message.
pub fn said(page: &Value) -> Vec<String> {
    let all = page["happened"].as_array().unwrap();
    let one = |one: &Value| {
        let what = match one["what"].as_str() {
            Some(what) => what.to_owned(),
            None => one["what"]["reacted"]["emoji"].as_str().unwrap().to_owned(),
        };
        let (by, text) = (&one["by"]["username"], &one["message"]["text"]);
        format!(
            "{} {what}: {}",
            by.as_str().unwrap(),
            text.as_str().unwrap()
        )
    };
    all.iter().map(one).collect()
}

/// Which of them are new.
fn news(page: &Value) -> Vec<bool> {
    let all = page["happened"].as_array().unwrap();
    all.iter().map(|one| one.get("is_new").is_some()).collect()
}

on_both_engines! {
    async fn whoever_may_not_read_a_thread_any_more_hears_of_no_reaction_in_it(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let [one, two] = [post(&mut bills, thread, "one").await, post(&mut bills, thread, "two").await];
        react(&mut johns, thread, one, "react", "👍").await;
        let browser = app.signed_in("bill").await;
        assert_eq!(browser.call("shared", "").await.1["has_news"], true);
        johns.rpc(&format!("delete:threads/{thread}/members/{}", bill.id), json!({})).await;
        bills.everything_so_far().await;
        react(&mut johns, thread, two, "react", "🎉").await;
        react(&mut johns, thread, one, "unreact", "👍").await;
        let told = bills.everything_so_far().await;
        assert!(told.is_empty(), "{told:?}");
        assert_eq!(browser.call("shared", "").await.1.get("has_news"), None);
        app.join(thread, &bill).await;
        assert_eq!(said(&page(&mut bills).await), [""; 0], "nor was it kept for later");
    }

    async fn mentions_answers_and_reactions_are_for_whom_they_are_and_for_nobody_else(app) {
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &eve).await;
        let [mut johns, mut bills, mut eves] = [app.socket_of(&john).await, app.socket_of(&bill).await, app.socket_of(&eve).await];
        let first = post(&mut johns, thread, "Morning").await;
        answer(&mut bills, thread, first, "Good morning, @john").await;
        post(&mut eves, thread, "is @john here? And @bill, and @eve?").await;
        react(&mut eves, thread, first, "react", "🎉").await;
        react(&mut johns, thread, first, "react", "👍").await;
        let all = page(&mut johns).await;
        let right = ["eve 🎉: Morning", "eve mentioned: is @john here? And @bill, and @eve?", "bill answered: Good morning, @john"];
        assert_eq!(said(&all), right, "what one does oneself is for others");
        assert_eq!(all["happened"][0]["thread"]["id"], json!(thread));
        assert_eq!(said(&page(&mut bills).await), ["eve mentioned: is @john here? And @bill, and @eve?"]);
        assert_eq!(said(&page(&mut eves).await), [""; 0]);
        // What is taken back has not happened; what is deleted neither.
        react(&mut eves, thread, first, "unreact", "🎉").await;
        johns.rpc("thread:revise", json!({ "id": thread, "seq": first, "what": "delete" })).await;
        react(&mut eves, thread, first + 1, "react", "🎉").await;
        assert_eq!(said(&page(&mut johns).await), right[1..]);
        assert_eq!(said(&page(&mut bills).await)[0], "eve 🎉: Good morning, @john");
        // Nor is a mention that was edited out.
        let edit = json!({ "id": thread, "seq": first + 2, "what": { "edit": { "text": "is anybody here?" } } });
        eves.rpc("thread:revise", edit).await;
        assert_eq!(said(&page(&mut johns).await), right[2..]);
    }

    async fn only_what_one_may_read_now_is_shown_and_nothing_of_whom_one_has_blocked(app) {
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        let open = app.thread(&john, ThreadKind::Public).await;
        for user in [&bill, &eve] {
            app.join(thread, user).await;
            app.join(open, user).await;
        }
        let [mut johns, mut bills, mut eves] = [app.socket_of(&john).await, app.socket_of(&bill).await, app.socket_of(&eve).await];
        post(&mut johns, thread, "psst, @bill").await;
        let hello = post(&mut bills, open, "hello").await;
        answer(&mut eves, open, hello, "hello yourself").await;
        assert_eq!(page(&mut bills).await["happened"].as_array().unwrap().len(), 2);
        johns.rpc(&format!("delete:threads/{thread}/members/{}", bill.id), json!({})).await;
        assert_eq!(said(&page(&mut bills).await), ["eve answered: hello yourself"]);
        bills.rpc(&format!("put:users/{}/block", eve.id), json!({})).await;
        assert_eq!(said(&page(&mut bills).await), [""; 0]);
        bills.everything_so_far().await;
        react(&mut eves, open, hello, "react", "🎉").await;
        post(&mut eves, open, "@bill?").await;
        let heard = json!(bills.everything_so_far().await).to_string();
        assert!(!heard.contains("activity"), "{heard}");
        bills.rpc(&format!("delete:users/{}/block", eve.id), json!({})).await;
        assert_eq!(said(&page(&mut bills).await), ["eve answered: hello yourself"], "what was done meanwhile was not for him");
    }

    async fn what_is_new_since_the_last_visit_is_marked_and_told_on_all_devices(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let [mut johns, mut bills, mut again] = [app.socket_of(&john).await, app.socket_of(&bill).await, app.socket_of_again(&bill).await];
        let browser = app.signed_in("bill").await;
        let has_news = async || {
            let (_, shared) = browser.call("shared", "").await;
            shared.get("has_news").is_some()
        };
        assert!(!has_news().await);
        post(&mut johns, thread, "one, @bill").await;
        let unread = json!({ "type": "activity", "unread": true });
        assert_eq!(told(&mut again, "activity").await, unread);
        assert!(has_news().await);
        assert_eq!(news(&page(&mut bills).await), [true], "to ask is not to have seen it");
        // Coming to the page is.
        let shown = browser.text("/activity").await;
        assert!(shown.contains("mentioned you") && shown.contains("kept-new"), "{shown}");
        assert_eq!(told(&mut again, "activity").await, json!({ "type": "activity" }));
        assert!(!has_news().await);
        // For as long as one looks it is marked, on any device.
        assert!(browser.text("/activity").await.contains("kept-new"));
        app.seconds_pass(60);
        post(&mut johns, thread, "two, @bill").await;
        told(&mut again, "activity").await;
        bills.rpc("put:activity/seen", json!({})).await;
        assert_eq!(news(&page(&mut bills).await), [true, true]);
        // Whoever comes later sees that it is old.
        app.seconds_pass(11 * 60);
        bills.rpc("put:activity/seen", json!({})).await;
        assert_eq!(news(&page(&mut bills).await), [false, false]);
        post(&mut johns, thread, "three, @bill").await;
        assert_eq!(news(&page(&mut bills).await), [true, false, false]);
    }

    async fn there_are_pages_of_it_however_much_of_it_is_not_for_one_any_more(app) {
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        let other = app.thread(&john, ThreadKind::Private).await;
        for thread in [thread, other] {
            app.join(thread, &bill).await;
        }
        let [mut johns, mut bills] = [app.socket_of(&john).await, app.socket_of(&bill).await];
        for n in 0..40 {
            post(&mut johns, thread, &format!("{n}, @bill")).await;
        }
        for n in 0..210 {
            post(&mut johns, other, &format!("not {n}, @bill")).await;
        }
        johns.rpc(&format!("delete:threads/{other}/members/{}", bill.id), json!({})).await;
        let mut all = Vec::new();
        let mut next = json!(null);
        for _ in 0..10 {
            let page = bills.rpc("get:activity", json!({ "before": next })).await;
            all.extend(said(&page));
            match page.get("next") {
                Some(before) => next = before.clone(),
                None => break,
            }
        }
        let right: Vec<String> = (0..40).rev().map(|n: i32| format!("john mentioned: {n}, @bill")).collect();
        assert_eq!(all, right);
    }
}
