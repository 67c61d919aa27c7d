//! Muting somebody in a thread, reporting a message, and what is put on record of both.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> Value {
    let data = json!({ "id": thread, "message": text });
    socket.call("thread:publish", data).await
}

fn is_posted(answer: &Value) -> bool {
    answer["rpc"]["data"]["message"]["id"].is_i64()
}

fn is_muted(answer: &Value) -> bool {
    let error = &answer["error"];
    error["code"] == 403 && error["message"] == "You are muted in this thread. You can read it."
}

/// Mutes somebody for so many minutes, or for good; the status.
async fn mute(socket: &mut TestSocket, thread: ThreadId, user: &User, minutes: Value) -> Value {
    let method = format!("put:threads/{thread}/members/{}/mute", user.id);
    let answer = socket.rpc(&method, json!({ "minutes": minutes })).await;
    answer["code"].clone()
}

async fn unmute(socket: &mut TestSocket, thread: ThreadId, user: &User) -> Value {
    let method = format!("delete:threads/{thread}/members/{}/mute", user.id);
    socket.rpc(&method, json!(null)).await["code"].clone()
}

/// A thread of John's with Bill in it, on a server that somebody else governs.
async fn thread_of_john(app: &TestApp, kind: ThreadKind) -> (User, User, User, ThreadId) {
    let admin = app.person("admin").await;
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, kind).await;
    app.join(thread, &bill).await;
    (admin, john, bill, thread)
}

/// What a person was told on their own channel since the last look.
async fn told(socket: &mut TestSocket) -> Vec<Value> {
    let pushes = socket.everything_so_far().await;
    let is_own = |push: &&Value| {
        push["channel"]
            .as_str()
            .is_some_and(|it| it.starts_with("user:"))
    };
    pushes
        .iter()
        .filter(is_own)
        .map(|push| push["pub"]["data"].clone())
        .collect()
}

on_both_engines! {
    async fn whoever_is_muted_reads_and_says_nothing_until_it_ends(app) {
        let (_, john, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let mut again = app.socket_of_again(&bill).await;
        assert!(is_posted(&post(&mut bills, thread, "before").await));
        bills.everything_so_far().await;
        assert_eq!(mute(&mut johns, thread, &bill, json!(10)).await, 204);
        let until = app.now().0 + 600_000;
        let muted = json!({ "type": "muted", "thread_id": thread, "until": until });
        assert_eq!(told(&mut bills).await, std::slice::from_ref(&muted));
        for socket in [&mut bills, &mut again] {
            assert!(is_muted(&post(socket, thread, "but").await), "on every device");
        }
        let typing = bills.call("thread:typing", json!({ "id": thread })).await;
        assert!(typing.get("error").is_some(), "{typing}");
        assert!(is_posted(&post(&mut johns, thread, "after").await));
        assert_eq!(bills.publication().await.2["message"]["text"], "after", "they read on");
        let browser = app.signed_in("bill").await;
        let mine = browser.call("shared", "").await.1["threads"][0].clone();
        assert_eq!(mine["muted_until"], until);
        let revise = async |seq: i64, what: Value| {
            let body = json!({ "me": bill.id, "thread": thread, "seq": seq, "what": what });
            browser.ask("revise_message", body).await.1
        };
        for (seq, what) in [
            (1, json!({ "edit": { "text": "louder" } })),
            (2, json!({ "react": { "emoji": "👎" } })),
            (2, json!("pin")),
        ] {
            assert_eq!(revise(seq, what.clone()).await, json!({ "Err": "Muted" }), "{what}");
        }
        assert!(revise(1, json!("delete")).await.get("Ok").is_some(), "what one has said one may take back");
        assert_eq!(revise(1, json!("restore")).await, json!({ "Err": "Muted" }), "and not say again");
        app.seconds_pass(599);
        assert!(is_muted(&post(&mut bills, thread, "but").await));
        app.seconds_pass(1);
        assert!(is_posted(&post(&mut bills, thread, "thanks").await));
        assert_eq!(browser.call("shared", "").await.1["threads"][0].get("muted_until"), None);
    }

    async fn leaving_and_coming_back_lifts_nothing_and_an_owner_does(app) {
        let (_, john, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        assert_eq!(mute(&mut johns, thread, &bill, json!(null)).await, 204);
        bills.rpc(&format!("delete:threads/{thread}/members/{}", bill.id), json!(null)).await;
        assert!(is_muted(&post(&mut bills, thread, "but").await));
        let mine = app.signed_in("bill").await.call("shared", "").await.1;
        assert_eq!(mine["threads"], json!([]), "nobody joins by being refused");
        bills.everything_so_far().await;
        bills.rpc(&format!("post:threads/{thread}/members"), json!({})).await;
        let kinds: Vec<_> = told(&mut bills).await.iter().map(|event| event["type"].clone()).collect();
        assert_eq!(kinds, ["thread_joined", "muted"]);
        assert!(is_muted(&post(&mut bills, thread, "but").await));
        app.days_pass(300);
        assert!(is_muted(&post(&mut bills, thread, "but").await), "it has no end");
        for _ in 0..2 {
            assert_eq!(unmute(&mut johns, thread, &bill).await, 204);
        }
        assert_eq!(told(&mut bills).await[0], json!({ "type": "muted", "thread_id": thread }));
        assert!(is_posted(&post(&mut bills, thread, "thanks").await));
    }

    async fn owners_mute_and_administrators_in_person_and_nobody_else_does(app) {
        let (admin, john, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let ann = app.person("ann").await;
        app.join(thread, &ann).await;
        let (mut bills, mut johns) = (app.socket_of(&bill).await, app.socket_of(&john).await);
        assert_eq!(mute(&mut bills, thread, &ann, json!(5)).await, 403, "a member does not");
        assert_eq!(unmute(&mut bills, thread, &ann).await, 403);
        assert_eq!(mute(&mut johns, thread, &john, json!(5)).await, 403, "nobody mutes themselves");
        assert_eq!(mute(&mut johns, thread, &admin, json!(5)).await, 403, "nor who does not belong to it");
        app.join(thread, &admin).await;
        assert_eq!(mute(&mut johns, thread, &admin, json!(5)).await, 403, "nor an administrator");
        let token = app.token(&admin).await;
        let rest = format!("{}/api/v1/threads/{thread}/members/{}/mute", app.base, bill.id);
        let browser = app.signed_in("admin").await;
        let by_token = browser.client.put(&rest).bearer_auth(&token).json(&json!({})).send().await.unwrap();
        assert_eq!(by_token.status(), 403, "a token is not the administrator");
        let manage = async |who: &User, what: Value| {
            let body = json!({ "me": admin.id, "thread": thread, "what": { what.as_str().unwrap(): { "user": who.id } } });
            browser.ask("manage_thread", body).await.1
        };
        assert!(manage(&bill, json!("mute")).await.get("Ok").is_some());
        assert!(is_muted(&post(&mut bills, thread, "but").await));
        assert_eq!(manage(&john, json!("mute")).await, json!({ "Err": "Forbidden" }), "an owner is not muted");
        let owner = json!({ "role": "owner" });
        johns.rpc(&format!("patch:threads/{thread}/members/{}", bill.id), owner).await;
        assert!(is_posted(&post(&mut bills, thread, "mine").await), "nor who has become one");
        let opened = johns.rpc("post:threads/direct", json!({ "people": ["bill"] })).await;
        let direct = opened["id"].as_i64().map(ThreadId).expect("opened");
        assert_eq!(mute(&mut johns, direct, &bill, json!(5)).await, 403);
    }

    async fn in_a_private_thread_an_outsider_who_governs_mutes_nobody_and_learns_nothing(app) {
        let (admin, john, bill, thread) = thread_of_john(&app, ThreadKind::Private).await;
        let (mut johns, browser) = (app.socket_of(&john).await, app.signed_in("admin").await);
        let body = json!({ "me": admin.id, "thread": thread, "what": { "mute": { "user": bill.id } } });
        assert_eq!(browser.ask("manage_thread", body).await.1, json!({ "Err": "NotFound" }));
        assert_eq!(mute(&mut johns, thread, &bill, json!(5)).await, 204);
        let log = browser.text("/settings/audit").await;
        assert!(!log.contains("muted"), "it is those people's business: {log}");
        app.join(thread, &admin).await;
        assert!(browser.text("/settings/audit").await.contains("john muted bill in “"));
    }

    async fn only_those_who_see_to_a_thread_are_told_who_is_muted(app) {
        let (admin, john, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let ann = app.person("ann").await;
        app.join(thread, &ann).await;
        let (mut johns, mut anns) = (app.socket_of(&john).await, app.socket_of(&ann).await);
        johns.everything_so_far().await;
        mute(&mut johns, thread, &bill, json!(5)).await;
        let told = told(&mut johns).await;
        assert!(!told.is_empty() && told.iter().all(|it| it["type"] == "mutes_changed"), "{told:?}");
        assert!(anns.everything_so_far().await.is_empty());
        let until = app.now().0 + 300_000;
        let list = johns.rpc(&format!("get:threads/{thread}/mutes"), json!({})).await;
        assert_eq!((&list["may_moderate"], &list["muted"]), (&json!(true), &json!([[bill.id, until]])));
        let list = anns.rpc(&format!("get:threads/{thread}/mutes"), json!({})).await;
        assert_eq!((&list["may_moderate"], list.get("muted")), (&json!(false), None));
        for (username, sees) in [("john", true), ("admin", true), ("bill", false), ("ann", false)] {
            let panel = app.signed_in(username).await.text(&format!("/t/{thread}?panel=settings")).await;
            assert_eq!(panel.contains("Muted until"), sees, "{username}: {panel}");
        }
        assert_eq!(admin.username.as_str(), "admin");
    }

    async fn without_the_script_muting_is_a_form_and_a_sentence_in_the_composers_place(app) {
        let (_, _, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let (id, user) = (thread.to_string(), bill.id.to_string());
        let fields = [("thread", &*id), ("user", &*user), ("what", "mute"), ("minutes", "60")];
        let there = johns.post_to("/", "/api/manage_thread", &fields).await;
        assert_eq!(there, format!("/t/{thread}?panel=settings"));
        let page = bills.text(&format!("/t/{thread}")).await;
        assert!(page.contains("thread-main closed") && page.contains("You are muted here until"), "{page}");
        let (status, page) = bills.refused("/api/post_message", &[("thread", &*id), ("text", "but")]).await;
        assert_eq!(status, 403);
        assert!(page.contains("You are muted in this thread."), "{page}");
        assert!(johns.text(&there).await.contains("Unmute"));
        johns.post_to("/", "/api/manage_thread", &[("thread", &*id), ("user", &*user), ("what", "unmute")]).await;
        assert!(!bills.text(&format!("/t/{thread}")).await.contains("thread-main closed"));
    }

    async fn posts_that_race_the_muting_are_all_before_it(app) {
        let (_, john, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let mut asked = Vec::new();
        for n in 0..40 {
            if n == 20 {
                let method = format!("put:threads/{thread}/members/{}/mute", bill.id);
                johns.send("rpc", json!({ "method": method, "data": {} })).await;
            }
            let data = json!({ "id": thread, "message": format!("m{n}") });
            asked.push(bills.send("rpc", json!({ "method": "thread:publish", "data": data })).await);
        }
        let mut has_ended = false;
        for id in asked {
            let answer = bills.answer(id).await;
            assert!(is_muted(&answer) || (is_posted(&answer) && !has_ended), "{answer}");
            has_ended |= is_muted(&answer);
        }
        assert!(is_muted(&post(&mut bills, thread, "but").await));
    }

    async fn a_report_shows_administrators_what_was_said_and_they_delete_it_or_let_it_be(app) {
        let (admin, john, bill, thread) = thread_of_john(&app, ThreadKind::Private).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        for text in ["Nasty <b>words</b>", "Nastier"] {
            assert!(is_posted(&post(&mut bills, thread, text).await));
        }
        let (mut admins, browser) = (app.socket_of(&admin).await, app.signed_in("admin").await);
        let report = async |socket: &mut TestSocket, seq: i64, reason: &str| {
            let method = format!("post:threads/{thread}/messages/{seq}/report");
            socket.rpc(&method, json!({ "reason": reason })).await["code"].clone()
        };
        assert_eq!(report(&mut johns, 1, "He means me").await, 204);
        assert_eq!(report(&mut johns, 1, "He does").await, 204, "again is once");
        assert_eq!(told(&mut admins).await.last().unwrap(), &json!({ "type": "reports_changed", "number": 1 }));
        assert_eq!(report(&mut johns, 2, "").await, 204);
        assert_eq!(browser.call("shared", "").await.1["reports"], 2);
        let edit = json!({ "me": bill.id, "thread": thread, "seq": 1, "what": { "edit": { "text": "Nice" } } });
        app.signed_in("bill").await.ask("revise_message", edit).await;
        let page = browser.text("/settings/reports").await;
        assert!(page.contains("Nasty &lt;b&gt;words") && page.contains(": He does"), "{page}");
        assert!(!page.contains("He means me") && !page.contains(&format!("/t/{thread}")), "{page}");
        let ids: Vec<_> = page.split("name=\"id\" value=\"").skip(1).filter_map(|it| it.split('"').next()).collect();
        let [two, _, one, _] = ids[..] else { panic!("{ids:?}") };
        let there = browser.change(&[("change", "delete_reported"), ("id", one)]).await;
        assert_eq!(there, "/settings/reports?saved=1");
        let pushes = johns.everything_so_far().await;
        let deleted = pushes.iter().find(|push| push["pub"]["data"]["message"]["deleted_at"].is_i64());
        assert_eq!(deleted.unwrap()["pub"]["data"]["message"]["seq"], 1, "{pushes:?}");
        browser.change(&[("change", "dismiss_report"), ("id", two)]).await;
        assert!(browser.text("/settings/reports").await.contains("Nothing waits."));
        let page = johns.rpc("thread:history", json!({ "id": thread })).await;
        let texts: Vec<_> = page["messages"].as_array().unwrap().iter().map(|m| m["text"].clone()).collect();
        assert_eq!(texts, ["", "Nastier"]);
        let log = browser.text("/settings/audit").await;
        assert!(log.contains("admin deleted a message of bill") && log.contains("closed a report"), "{log}");
        assert_eq!(told(&mut admins).await.last().unwrap(), &json!({ "type": "reports_changed", "number": 0 }));
    }

    async fn what_nobody_has_reported_an_administrator_does_not_delete_where_they_cannot_read(app) {
        let (admin, john, bill, thread) = thread_of_john(&app, ThreadKind::Private).await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        for text in ["one", "two"] {
            post(&mut bills, thread, text).await;
        }
        johns.rpc(&format!("post:threads/{thread}/messages/1/report"), json!({})).await;
        let browser = app.signed_in("admin").await;
        for seq in [1, 2] {
            let body = json!({ "me": admin.id, "thread": thread, "seq": seq, "what": "delete" });
            assert_eq!(browser.ask("revise_message", body).await.1, json!({ "Err": "NotFound" }));
        }
        let (status, _) = browser.not_changed(&[("change", "delete_reported"), ("id", "2")]).await;
        assert_eq!(status, 404);
        browser.change(&[("change", "dismiss_report"), ("id", "1")]).await;
        let (status, _) = browser.not_changed(&[("change", "delete_reported"), ("id", "1")]).await;
        assert_eq!(status, 404, "what was let be is nobody's to delete");
        let page = johns.rpc("thread:history", json!({ "id": thread })).await;
        assert_eq!(page["messages"][0]["text"], "one");
    }

    async fn an_administrator_is_no_judge_of_what_they_have_reported_themselves(app) {
        let (admin, bill) = (app.person("admin").await, app.person("bill").await);
        let (mut admins, mut bills) = (app.socket_of(&admin).await, app.socket_of(&bill).await);
        let opened = bills.rpc("post:threads/direct", json!({ "people": ["admin"] })).await;
        let direct = opened["id"].as_i64().map(ThreadId).expect("opened");
        post(&mut bills, direct, "between us").await;
        let method = format!("post:threads/{direct}/messages/1/report");
        assert_eq!(admins.rpc(&method, json!({})).await["code"], 204);
        let browser = app.signed_in("admin").await;
        let (status, _) = browser.not_changed(&[("change", "delete_reported"), ("id", "1")]).await;
        assert_eq!(status, 403);
        let page = bills.rpc("thread:history", json!({ "id": direct })).await;
        assert_eq!(page["messages"][0]["text"], "between us");
    }

    async fn nobody_reports_what_they_cannot_read_or_wrote_and_only_administrators_see_reports(app) {
        let (_, john, bill, thread) = thread_of_john(&app, ThreadKind::Private).await;
        let eve = app.person("eve").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let mut eves = app.socket_of(&eve).await;
        post(&mut bills, thread, "one").await;
        let method = format!("post:threads/{thread}/messages/1/report");
        assert_eq!(eves.rpc(&method, json!({})).await["code"], 404);
        assert_eq!(bills.rpc(&method, json!({})).await["code"], 403);
        let long = "x".repeat(251);
        assert_eq!(johns.rpc(&method, json!({ "reason": long })).await["code"], 422);
        assert_eq!(johns.rpc(&method, json!({})).await["code"], 204);
        assert_eq!(told(&mut johns).await, [] as [Value; 0], "who is no administrator hears nothing of it");
        let browser = app.signed_in("john").await;
        assert_eq!(browser.call("shared", "").await.1.get("reports"), None);
        for page in ["/settings/reports", "/settings/audit"] {
            assert_eq!(browser.get(page).await.status(), 403);
        }
        for change in ["delete_reported", "dismiss_report"] {
            let (status, _) = browser.not_changed(&[("change", change), ("id", "1")]).await;
            assert!(status == 403 || status == 404, "{change}: {status}");
        }
        assert_eq!(app.signed_in("admin").await.call("shared", "").await.1["reports"], 1, "it still waits");
    }

    async fn without_the_script_a_report_is_a_form_beside_its_message(app) {
        let (_, _, bill, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let mut bills = app.socket_of(&bill).await;
        post(&mut bills, thread, "one").await;
        let johns = app.signed_in("john").await;
        let panel = format!("/t/{thread}?m=1&panel=message");
        assert!(johns.text(&panel).await.contains("Report to the administrators"));
        assert!(!app.signed_in("bill").await.text(&panel).await.contains("Report to the"), "nobody reports themselves");
        let id = thread.to_string();
        let fields = [("thread", &*id), ("seq", "1"), ("what", "report"), ("reason", "Rude")];
        johns.post_to("/", "/api/revise_message", &fields).await;
        let admins = app.signed_in("admin").await;
        let page = admins.text("/").await;
        assert!(page.contains("1 report waits"), "{page}");
        assert!(admins.text("/settings/reports").await.contains(": Rude"));
        let long = "x".repeat(251);
        let fields = [("thread", &*id), ("seq", "1"), ("what", "report"), ("reason", &*long)];
        let (status, page) = johns.refused("/api/revise_message", &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains(&format!("value=\"{long}\"")) && page.contains("At most 250"), "{page}");
    }

    async fn the_record_has_pages_and_names_who_made_a_thread_slow(app) {
        let (_, john, _, thread) = thread_of_john(&app, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        for n in 0..60 {
            let seconds = 10 + n % 2;
            johns.rpc(&format!("patch:threads/{thread}"), json!({ "slow_seconds": seconds })).await;
            app.seconds_pass(60);
        }
        let browser = app.signed_in("admin").await;
        let page = browser.text("/settings/audit").await;
        assert_eq!(page.matches("john set slow mode in “").count(), 50, "{page}");
        let next = page.split("href=\"/settings/audit?before=").nth(1).and_then(|it| it.split('"').next());
        let page = browser.text(&format!("/settings/audit?before={}", next.unwrap())).await;
        assert_eq!(page.matches("john set slow mode in “").count(), 10, "{page}");
        assert!(!page.contains("Earlier"));
    }
}
