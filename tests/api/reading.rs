//! How far one has read, what one is told of, who is writing and who is there.

use std::time::Duration;

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// Posts so many messages and drops what the socket hears of it.
async fn posts(socket: &mut TestSocket, thread: ThreadId, count: usize) {
    for n in 1..=count {
        let post = json!({ "id": thread, "message": format!("message {n}") });
        socket.rpc("thread:publish", post).await;
    }
    socket.pushes_so_far();
}

/// What a socket has heard on the channel of its person.
fn told(pushes: Vec<Value>) -> Vec<Value> {
    let own = |push: &Value| push["channel"].as_str().unwrap().starts_with("user:");
    let own = pushes.into_iter().filter(own);
    own.map(|push| push["pub"]["data"].clone()).collect()
}

async fn position(socket: &mut TestSocket, thread: ThreadId) -> Value {
    let read = socket
        .rpc(&format!("get:threads/{thread}/read"), json!({}))
        .await;
    json!([read["seq"], read["number"]])
}

/// A thread with John and Bill in it, and a socket of each.
async fn two(app: &TestApp, kind: ThreadKind) -> (ThreadId, User, User, TestSocket, TestSocket) {
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let thread = app.thread(&john, kind).await;
    app.join(thread, &bill).await;
    let johns = app.socket_of(&john).await;
    let bills = app.socket_of(&bill).await;
    (thread, john, bill, johns, bills)
}

/// The next publication on that channel.
async fn next_on(socket: &mut TestSocket, channel: &str) -> (u64, Value) {
    loop {
        let (name, offset, data) = socket.publication().await;
        if name == channel {
            return (offset, data);
        }
    }
}

on_both_engines! {
    async fn marking_as_unread_goes_back_on_every_device_and_only_when_it_is_meant(app) {
        let (thread, john, _, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        posts(&mut bills, thread, 5).await;
        johns.everything_so_far().await;
        let mut phone = app.device_of(&john, "phone").await;
        johns.rpc("thread:read", json!({ "id": thread, "seq": 5 })).await;
        johns.rpc("thread:read", json!({ "id": thread, "seq": 2 })).await;
        assert_eq!(position(&mut johns, thread).await, json!([5, 5]), "reading never goes back");
        johns.rpc("thread:read", json!({ "id": thread, "seq": 2, "unread": true })).await;
        let read = json!({ "type": "read", "thread_id": thread, "seq": 5, "number": 5 });
        let back = json!({
            "type": "read", "thread_id": thread, "seq": 2, "number": 2, "unread": true });
        let expected = [read, back];
        assert_eq!(told(johns.everything_so_far().await), expected);
        assert_eq!(told(phone.everything_so_far().await), expected);
        assert!(told(bills.everything_so_far().await).is_empty(), "nobody else's business");
        assert_eq!(position(&mut phone, thread).await, json!([2, 2]));
        assert_eq!(position(&mut bills, thread).await, json!([5, 5]), "they have written it");
        // By the REST route too, and never beyond the end.
        let path = format!("post:threads/{thread}/read");
        let body = json!({ "seq": 1, "unread": true });
        assert_eq!(johns.rpc(&path, body).await["code"], 204);
        assert_eq!(position(&mut johns, thread).await, json!([1, 1]));
        johns.rpc("thread:read", json!({ "id": thread, "seq": 99 })).await;
        assert_eq!(position(&mut johns, thread).await, json!([5, 5]));
        johns.rpc("thread:read", json!({ "id": thread, "seq": -7, "unread": true })).await;
        assert_eq!(position(&mut johns, thread).await, json!([0, 0]));
    }

    async fn whoever_had_read_all_has_read_what_they_write_and_nobody_else_has(app) {
        let (thread, _, _, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        posts(&mut bills, thread, 2).await;
        assert_eq!(position(&mut bills, thread).await, json!([2, 2]));
        // John has not seen what Bill wrote: writing below it, perhaps from a queue, is not reading.
        posts(&mut johns, thread, 1).await;
        assert_eq!(position(&mut johns, thread).await, json!([0, 0]));
        assert_eq!(position(&mut bills, thread).await, json!([2, 2]));
        johns.rpc("thread:read", json!({ "id": thread, "seq": 3 })).await;
        posts(&mut johns, thread, 2).await;
        assert_eq!(position(&mut johns, thread).await, json!([5, 5]));
    }

    async fn reading_on_is_never_taken_for_going_back_and_what_is_behind_moves_nothing(app) {
        let (thread, john, _, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        posts(&mut bills, thread, 9).await;
        johns.everything_so_far().await;
        let mut phone = app.device_of(&john, "phone").await;
        phone.rpc("thread:read", json!({ "id": thread, "seq": 8 })).await;
        // The desk has not heard of it: all that it knows is read, with many threads at once.
        let late = json!({ "threads": [
            { "id": thread, "seq": 5 }, { "id": thread, "seq": 6 }] });
        johns.rpc("threads:read", late).await;
        assert_eq!(position(&mut johns, thread).await, json!([8, 8]));
        let heard = told(phone.everything_so_far().await);
        assert!(heard.iter().all(|event| event.get("unread").is_none()), "{heard:?}");
        // What is taken back is taken back from where it was, and from nowhere else.
        let back = |from: i64| json!({ "threads": [
            { "id": thread, "seq": 2, "unread": true, "from": from }] });
        johns.rpc("threads:read", back(6)).await;
        assert_eq!(position(&mut johns, thread).await, json!([8, 8]), "read on since");
        johns.rpc("threads:read", back(8)).await;
        assert_eq!(position(&mut johns, thread).await, json!([2, 2]));
        let heard = told(phone.everything_so_far().await);
        assert_eq!(heard.last().unwrap()["unread"], true);
        // Of two words about one thread the last is the last.
        let both = json!({ "threads": [
            { "id": thread, "seq": 9 }, { "id": thread, "seq": 4, "unread": true }] });
        johns.rpc("threads:read", both).await;
        assert_eq!(position(&mut johns, thread).await, json!([4, 4]));
    }

    async fn an_outsider_can_neither_mark_a_thread_nor_learn_that_it_is_there(app) {
        let (thread, _, _, mut johns, _) = two(&app, ThreadKind::Private).await;
        posts(&mut johns, thread, 1).await;
        let eve = app.person("eve").await;
        let mut eves = app.socket_of(&eve).await;
        for (method, rest) in [
            ("thread:read", json!({ "seq": 0, "unread": true })),
            ("thread:notify", json!({ "level": "nothing" })),
            ("thread:typing", json!({})),
        ] {
            let with = |id: i64| {
                let mut data = rest.clone();
                data["id"] = json!(id);
                data
            };
            let there = eves.call(method, with(thread.0)).await;
            let missing = eves.call(method, with(999_999)).await;
            assert_eq!(there["error"]["code"], 404, "{method}");
            assert_eq!(there["error"], missing["error"], "{method}");
        }
        let marks = json!({ "threads": [{ "id": thread, "seq": 1 }] });
        eves.rpc("threads:read", marks).await;
        let notify = format!("put:threads/{thread}/notify");
        assert_eq!(eves.rpc(&notify, json!({ "level": "nothing" })).await["code"], 404);
        assert!(eves.everything_so_far().await.is_empty());
        assert_eq!(position(&mut johns, thread).await, json!([1, 1]), "nor have they moved John");
    }

    async fn all_threads_are_marked_with_one_call_and_taken_back_with_another(app) {
        let (one, john, _, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        let other = app.thread(&john, ThreadKind::Public).await;
        posts(&mut bills, one, 3).await;
        posts(&mut bills, other, 2).await;
        johns.everything_so_far().await;
        let marks = |a: i64, b: i64| json!({ "threads": [
            { "id": one, "seq": a }, { "id": other, "seq": b }, { "id": 999_999, "seq": 1 }] });
        johns.rpc("threads:read", marks(3, 3)).await;
        assert_eq!(position(&mut johns, one).await, json!([3, 3]));
        assert_eq!(position(&mut johns, other).await, json!([3, 2]), "joining is no message");
        let heard = told(johns.everything_so_far().await);
        assert_eq!(heard.len(), 2, "{heard:?}");
        let back = json!({ "threads": [
            { "id": one, "seq": 1, "unread": true }, { "id": other, "seq": 0, "unread": true }] });
        johns.rpc("threads:read", back).await;
        assert_eq!(position(&mut johns, one).await, json!([1, 1]));
        assert_eq!(position(&mut johns, other).await, json!([0, 0]));
        let many: Vec<Value> = (0..1001).map(|id| json!({ "id": id, "seq": 1 })).collect();
        let refused = johns.call("threads:read", json!({ "threads": many })).await;
        assert_eq!(refused["error"]["code"], 403);
    }

    async fn the_forms_work_without_a_script(app) {
        let (thread, _, _, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        posts(&mut bills, thread, 3).await;
        let browser = app.signed_in("john").await;
        let page = browser.text(&format!("/t/{thread}")).await;
        assert!(page.contains("New messages"), "the line is on the page");
        let more = browser.text(&format!("/t/{thread}?m=2&panel=message")).await;
        assert!(more.contains("Mark as unread"));
        assert_eq!(browser.post_to("/", "/api/mark_all_read", &[]).await, "/");
        assert_eq!(position(&mut johns, thread).await, json!([3, 3]));
        let page = browser.text(&format!("/t/{thread}")).await;
        assert!(!page.contains("New messages"), "it was read");
        let id = thread.to_string();
        let unread = [("thread", id.as_str()), ("seq", "2"), ("text", "")];
        assert_eq!(browser.post_to("/", "/api/mark_unread", &unread).await, "/");
        assert_eq!(position(&mut johns, thread).await, json!([2, 2]));
        let sheet = browser.text(&format!("/t/{thread}?panel=notify")).await;
        assert!(sheet.contains("action=\"/api/set_notify\""), "{sheet}");
        let nothing = [("thread", id.as_str()), ("level", "nothing")];
        let there = browser.post_to("/", "/api/set_notify", &nothing).await;
        assert_eq!(there, format!("/t/{thread}"));
        let shared = browser.call("shared", "").await.1;
        assert_eq!(shared["threads"][0]["notify"], "nothing");
        let stranger = [("thread", "999999"), ("level", "nothing")];
        assert_eq!(browser.refused("/api/set_notify", &stranger).await.0, 404);
        let nobody = app.browser();
        assert_eq!(nobody.post_to("/", "/api/mark_all_read", &[]).await, "/login");
    }

    async fn a_page_begins_where_one_had_left_off_if_that_is_far_from_the_end(app) {
        let (thread, _, _, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        posts(&mut bills, thread, 90).await;
        johns.rpc("thread:read", json!({ "id": thread, "seq": 30 })).await;
        let browser = app.signed_in("john").await;
        let place = format!("place=/t/{thread}");
        let page = async |browser: &crate::support::Browser| {
            let content = browser.call("content", &place).await.1;
            content["answer"]["Ok"]["Thread"]["page"].clone()
        };
        let first = page(&browser).await;
        assert_eq!((&first["after"], &first["through"]), (&json!(5), &json!(55)));
        johns.rpc("thread:read", json!({ "id": thread, "seq": 80 })).await;
        let newest = page(&browser).await;
        assert_eq!((&newest["after"], &newest["through"]), (&json!(40), &json!(90)));
    }

    async fn what_one_wants_to_be_told_of_is_kept_and_on_every_device(app) {
        let (thread, john, _, mut johns, mut bills) = two(&app, ThreadKind::Public).await;
        let mut phone = app.device_of(&john, "phone").await;
        johns.rpc("thread:notify", json!({ "id": thread, "level": "mentions" })).await;
        let event = json!({ "type": "notify_changed", "thread_id": thread, "notify": "mentions" });
        assert_eq!(told(johns.everything_so_far().await), std::slice::from_ref(&event));
        assert_eq!(told(phone.everything_so_far().await), [event]);
        assert!(told(bills.everything_so_far().await).is_empty());
        let mine = johns.rpc("get:threads/mine", json!({})).await;
        assert_eq!(mine["data"][0]["notify"], "mentions");
        let mine = bills.rpc("get:threads/mine", json!({})).await;
        assert_eq!(mine["data"][0]["notify"], "everything");
        let path = format!("put:threads/{thread}/notify");
        assert_eq!(johns.rpc(&path, json!({ "level": "nothing" })).await["code"], 204);
        assert_eq!(johns.rpc(&path, json!({ "level": "loud" })).await["code"], 400);
        // A public thread that one has not joined has no level.
        let eve = app.person("eve").await;
        let mut eves = app.socket_of(&eve).await;
        assert_eq!(eves.rpc(&path, json!({ "level": "nothing" })).await["code"], 404);
    }

    async fn members_hear_that_one_is_typing_and_nobody_else(app) {
        let (thread, _, bill, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        let eve = app.person("eve").await;
        let mut eves = app.socket_of(&eve).await;
        let channel = format!("thread:{thread}");
        eves.refusal("subscribe", json!({ "channel": channel })).await;
        bills.rpc("thread:typing", json!({ "id": thread })).await;
        let (offset, data) = next_on(&mut johns, &channel).await;
        assert_eq!(offset, 0, "it has no place in the stream");
        assert_eq!(data, json!({ "type": "typing", "user": bill }));
        assert!(eves.everything_so_far().await.is_empty());
        // It is not stored: neither in the history nor recovered.
        bills.rpc("thread:publish", json!({ "id": thread, "message": "done" })).await;
        assert_eq!(next_on(&mut johns, &channel).await.0, 1);
        let history = johns.ask("history", json!({ "channel": channel, "limit": -1 })).await;
        let publications = history["history"]["publications"].as_array().unwrap();
        assert_eq!(publications.len(), 1);
        assert_eq!(publications[0]["data"]["type"], "posted");
        // And not endless.
        let mut refused = Value::Null;
        for _ in 0..10 {
            refused = bills.call("thread:typing", json!({ "id": thread })).await;
        }
        assert_eq!(refused["error"]["temporary"], true, "{refused}");
    }

    async fn whoever_was_removed_hears_nobody_type_and_cannot_type(app) {
        let (thread, _, bill, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        let path = format!("delete:threads/{thread}/members/{}", bill.id);
        johns.rpc(&path, json!({})).await;
        johns.rpc("thread:typing", json!({ "id": thread })).await;
        let heard = bills.everything_so_far().await;
        assert!(!heard.iter().any(|push| push.to_string().contains("typing")), "{heard:?}");
        let refused = bills.call("thread:typing", json!({ "id": thread })).await;
        assert_eq!(refused["error"]["code"], 404);
    }

    async fn where_many_write_at_once_not_everybody_is_told_of_each(app) {
        let (thread, _, _, mut johns, _) = two(&app, ThreadKind::Public).await;
        for n in 0..20 {
            let one = app.person(&format!("one{n}")).await;
            app.socket_of(&one).await.rpc("thread:typing", json!({ "id": thread })).await;
        }
        let heard = johns.everything_so_far().await;
        let heard = heard.iter().filter(|push| push["pub"]["data"]["type"] == "typing").count();
        assert!((1..20).contains(&heard), "{heard}");
    }

    async fn whoever_looks_sees_who_comes_and_goes_once_however_many_devices_they_have(app) {
        let (thread, john, bill, mut johns, bills) = two(&app, ThreadKind::Private).await;
        let stranger = app.person("eve").await;
        let _eves = app.socket_of(&stranger).await;
        let channel = format!("presence:{thread}");
        johns.subscribe(&channel).await;
        let asked = json!({ "id": thread });
        let now = johns.rpc("presence", asked.clone()).await;
        let mut online: Vec<i64> = serde_json::from_value(now["online"].clone()).unwrap();
        online.sort_unstable();
        assert_eq!(online, [john.id.0, bill.id.0], "and nobody who is not in it");
        let phone = app.device_of(&bill, "phone").await;
        drop(bills);
        // The phone is still there, so nothing is said until it is gone too, for some seconds.
        tokio::time::sleep(Duration::from_millis(2200)).await;
        assert!(johns.everything_so_far().await.is_empty());
        drop(phone);
        tokio::time::sleep(Duration::from_millis(2200)).await;
        assert!(johns.everything_so_far().await.is_empty(), "a page that is loaded anew");
        app.seconds_pass(5);
        let (offset, news) = next_on(&mut johns, &channel).await;
        assert_eq!(offset, 0);
        assert_eq!(news["offline"], json!([bill.id]));
        let now = johns.rpc("presence", asked).await;
        assert_eq!((&now["online"], &now["idle"]), (&json!([john.id]), &json!([])));
        let mut again = app.device_of(&bill, "again").await;
        let (_, news) = next_on(&mut johns, &channel).await;
        assert_eq!(news["online"], json!([bill.id]));
        again.rpc("presence:active", json!({ "ago": i64::MAX })).await;
        let (_, news) = next_on(&mut johns, &channel).await;
        assert_eq!(news["idle"], json!([bill.id]));
        let mut third = app.device_of(&bill, "third").await;
        third.rpc("presence:active", json!({ "ago": 0 })).await;
        let (_, news) = next_on(&mut johns, &channel).await;
        assert_eq!(news["online"], json!([bill.id]));
    }

    async fn an_outsider_learns_of_nobody_when_they_come_and_whoever_is_removed_no_longer(app) {
        let (thread, _, bill, mut johns, mut bills) = two(&app, ThreadKind::Private).await;
        let eve = app.person("eve").await;
        let mut eves = app.socket_of(&eve).await;
        let channel = format!("presence:{thread}");
        assert_eq!(eves.refusal("subscribe", json!({ "channel": channel })).await, 103);
        let there = eves.call("presence", json!({ "id": thread })).await;
        let missing = eves.call("presence", json!({ "id": 999_999 })).await;
        assert_eq!(there["error"], missing["error"]);
        bills.subscribe(&channel).await;
        bills.everything_so_far().await;
        let path = format!("delete:threads/{thread}/members/{}", bill.id);
        johns.rpc(&path, json!({})).await;
        let heard = bills.everything_so_far().await;
        let ended = |push: &&Value| push["channel"] == channel && push.get("unsubscribe").is_some();
        assert_eq!(heard.iter().filter(ended).count(), 1, "{heard:?}");
    }
}
