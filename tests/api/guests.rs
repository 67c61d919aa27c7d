//! Guests: who becomes one and how, what they may do where they were put into, and that whoever is made
//! one loses the rest at once. (That they learn of nothing else is in `outsider/guest`.)

use hubbub::protocol::{ThreadId, ThreadKind, User};
use hubbub::server::db;
use serde_json::{Value, json};

use crate::support::{Browser, TestApp, TestSocket, closed, heard_until_closed};

/// The code in the link on the page that answers the form.
fn code_in(page: &str) -> String {
    let rest = page.split("/register?invite=").nth(1).unwrap();
    rest.split(['"', '\\']).next().unwrap().to_owned()
}

async fn register(app: &TestApp, code: &str, username: &str) -> Browser {
    let browser = app.browser();
    let fields = [
        ("username", username),
        ("name", username),
        ("password", "secret"),
        ("invite", code),
    ];
    let link = format!("/register?invite={code}");
    let there = browser.post_to(&link, "/api/register", &fields).await;
    assert_eq!(there, "/", "{username}");
    browser
}

async fn for_everybody(app: &TestApp, owner: &User) -> ThreadId {
    let thread = app.thread(owner, ThreadKind::Public).await;
    db::starting::make_everybodys(&app.db, thread)
        .await
        .unwrap();
    thread
}

async fn mine(browser: &Browser) -> Vec<i64> {
    let (_, shared) = browser.call("shared", "").await;
    let threads = shared["threads"].as_array().unwrap().iter();
    threads
        .map(|mine| mine["thread"]["id"].as_i64().unwrap())
        .collect()
}

/// Those whom somebody finds in the list of everybody, and which of them are shown as guests.
async fn people(socket: &mut TestSocket) -> Vec<(String, bool)> {
    let page = socket.rpc("get:users", json!({})).await;
    let people = page["people"].as_array().unwrap().iter();
    let named = |user: &Value| {
        let name = user["username"].as_str().unwrap().to_owned();
        (name, user["guest"] == true)
    };
    people.map(named).collect()
}

async fn code(socket: &mut TestSocket, method: &str, data: Value) -> Value {
    socket.rpc(method, data).await["code"].clone()
}

on_both_engines! {
    async fn an_invitation_of_guests_leads_into_its_thread_and_nowhere_else(app) {
        let john = app.person("john").await;
        let lobby = for_everybody(&app, &john).await;
        let tea = app.thread(&john, ThreadKind::Private).await;
        let johns = app.signed_in("john").await;
        let offered = johns.text("/settings/invitations").await;
        assert!(offered.contains("A guest, who sees only “A thread, 1”"), "{offered}");
        let make = [("change", "invite"), ("lasts", "week"), ("uses", "1"), ("guest_in", &tea.to_string())];
        let (status, page) = johns.not_changed(&make).await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("For guests of “A thread, 1”"), "{page}");
        let guest = register(&app, &code_in(&page), "gus").await;
        assert_eq!(mine(&guest).await, [tea.0]);
        assert_eq!(guest.get(&format!("/t/{lobby}")).await.status(), 404);
        let home = guest.text("/").await;
        assert!(home.contains("<body class=\"no-browse no-start\""), "{home}");
        assert!(!johns.text("/").await.contains("no-browse"));
        let members = johns.text(&format!("/t/{tea}?panel=people")).await;
        assert!(members.contains("@gus · Guest") && members.contains("@john<"), "{members}");
        let card = johns.text("/people/gus").await;
        assert!(card.contains("@gus · Guest"), "{card}");
    }

    async fn nobody_invites_guests_into_a_thread_that_is_not_theirs_and_guests_invite_nobody(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let bills = app.thread(&bill, ThreadKind::Private).await;
        let johns = app.thread(&john, ThreadKind::Private).await;
        let mut socket = app.socket_of(&john).await;
        let direct = socket.rpc("post:threads/direct", json!({ "people": ["bill"] })).await;
        let browser = app.signed_in("john").await;
        for thread in [bills.0, direct["id"].as_i64().unwrap(), 4711] {
            let make = [("change", "invite"), ("guest_in", &*thread.to_string())];
            assert_eq!(browser.not_changed(&make).await.0, 404, "{thread}");
        }
        app.guest("gus", &[johns]).await;
        let guest = app.signed_in("gus").await;
        let make = [("change", "invite"), ("guest_in", &*johns.to_string())];
        assert_eq!(guest.not_changed(&make).await.0, 403);
        assert_eq!(guest.not_changed(&[("change", "invite")]).await.0, 403);
        assert_eq!(guest.get("/settings/invitations").await.status(), 403);
    }

    async fn an_invitation_leads_only_where_whoever_made_it_still_belongs(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let (tea, ops) = (
            app.thread(&john, ThreadKind::Private).await,
            app.thread(&bill, ThreadKind::Private).await,
        );
        app.join(ops, &john).await;
        let johns = app.signed_in("john").await;
        let both = format!("{tea},{ops}");
        let make = [("change", "invite"), ("uses", "any"), ("guest_in", &*both)];
        let code = code_in(&johns.not_changed(&make).await.1);
        let first = register(&app, &code, "gus").await;
        let mut threads = mine(&first).await;
        threads.sort_unstable();
        assert_eq!(threads, [tea.0, ops.0]);
        let mut bills = app.socket_of(&bill).await;
        let removed = bills.rpc(&format!("delete:threads/{ops}/members/{}", john.id), json!({})).await;
        assert_eq!(removed["code"], 204);
        let second = register(&app, &code, "greta").await;
        assert_eq!(mine(&second).await, [tea.0]);
    }

    async fn a_guest_talks_where_they_are_and_starts_and_changes_nothing(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let tea = app.thread(&john, ThreadKind::Private).await;
        let ops = app.thread(&bill, ThreadKind::Public).await;
        let wren = app.person("wren").await;
        let annex = app.thread(&wren, ThreadKind::Private).await;
        let gus = app.guest("gus", &[tea, annex]).await;
        let mut guest = app.socket_of(&gus).await;
        let posted = guest.rpc("thread:publish", json!({ "id": tea, "message": "Hello" })).await;
        assert_eq!(posted["message"]["text"], "Hello");
        let (id, ops) = (tea.to_string(), ops.to_string());
        for private in [true, false] {
            let new = json!({ "name": "Mine", "private": private });
            assert_eq!(code(&mut guest, "post:threads", new).await, 403);
        }
        let members = format!("post:threads/{id}/members");
        assert_eq!(code(&mut guest, &members, json!({ "user_id": wren.id })).await, 403);
        assert_eq!(code(&mut guest, &members, json!({ "user_id": bill.id })).await, 404);
        let itself = format!("post:threads/{ops}/members");
        assert_eq!(code(&mut guest, &itself, json!({})).await, 404);
        let public = guest.rpc("get:threads/public", json!({})).await;
        assert_eq!(public["threads"], json!([]));
        // Nobody puts them in charge.
        let mut johns = app.socket_of(&john).await;
        let owner = format!("patch:threads/{id}/members/{}", gus.id);
        assert_eq!(code(&mut johns, &owner, json!({ "role": "owner" })).await, 403);
        let leave = format!("delete:threads/{id}/members/{}", john.id);
        assert_eq!(code(&mut johns, &leave, json!({})).await, 204);
        let change = format!("patch:threads/{id}");
        assert_eq!(code(&mut guest, &change, json!({ "name": "Mine now" })).await, 403);
    }

    async fn a_guest_writes_to_those_they_know_and_to_nobody_else(app) {
        let john = app.person("john").await;
        app.person("bill").await;
        let tea = app.thread(&john, ThreadKind::Public).await;
        let gus = app.guest("gus", &[tea]).await;
        let mut guest = app.socket_of(&gus).await;
        let known = [("gus".to_owned(), true), ("john".to_owned(), false)];
        assert_eq!(people(&mut guest).await, known);
        let opened = guest.rpc("post:threads/direct", json!({ "people": ["john"] })).await;
        assert_eq!(opened["kind"], "direct");
        let with = |people: &[&str]| json!({ "people": people });
        for refused in [with(&["bill"]), with(&["john", "bill"]), with(&["nobody"])] {
            let answer = guest.rpc("post:threads/direct", refused.clone()).await;
            assert_eq!(answer["code"], 422, "{refused}");
        }
        // Others see them as ever, and may write to them.
        let mut bills = app.socket_of_again(&app.person("bela").await).await;
        assert!(people(&mut bills).await.contains(&("gus".to_owned(), true)));
        let opened = bills.rpc("post:threads/direct", with(&["gus"])).await;
        assert_eq!(opened["kind"], "direct");
        assert!(people(&mut guest).await.contains(&("bela".to_owned(), false)));
    }

    async fn whoever_is_made_a_guest_loses_the_rest_at_once_and_it_is_on_record(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let lobby = for_everybody(&app, &john).await;
        let public = app.thread(&john, ThreadKind::Public).await;
        let bills = app.thread(&bill, ThreadKind::Private).await;
        for person in [&john, &bill] {
            app.join(lobby, person).await;
        }
        app.join(bills, &john).await;
        let mut johns = app.socket_of(&john).await;
        let mut socket = app.socket_of(&bill).await;
        socket.subscribe(&format!("thread:{public}")).await;
        let browser = app.signed_in("john").await;
        let make = [("change", "make_guest"), ("id", &*bill.id.to_string())];
        let posting = async {
            for n in 0..40 {
                let post = json!({ "id": public, "message": format!("Number {n}") });
                johns.rpc("thread:publish", post).await;
            }
        };
        let ((), there) = tokio::join!(posting, browser.change(&make));
        assert_eq!(there, "/settings/people?saved=1");
        let before = johns.rpc(&format!("get:threads/{public}"), json!({})).await;
        let after = json!({ "id": public, "message": "Not for guests" });
        johns.rpc("thread:publish", after).await;
        assert!(before["last_seq"].as_i64().unwrap() >= 40);
        // Everything that this socket gets before it ends.
        let (heard, ended) = heard_until_closed(socket).await;
        assert_eq!(ended, 3011);
        let heard = json!(heard).to_string();
        assert!(!heard.contains("Not for guests"), "{heard}");
        assert!(heard.contains("Number 0"), "it was listening: {heard}");
        // Whoever comes back is a guest.
        let mut again = app.socket_of_again(&bill).await;
        let listen = json!({ "channel": format!("thread:{public}") });
        assert_eq!(again.refusal("subscribe", listen).await, 103);
        let read = again.call("thread:history", json!({ "id": public })).await;
        assert_eq!(read["error"]["code"], 404);
        assert_eq!(mine(&app.signed_in("bill").await).await, [bills.0]);
        let rename = format!("patch:threads/{bills}");
        assert_eq!(code(&mut again, &rename, json!({ "name": "Still mine" })).await, 403);
        assert_eq!(code(&mut johns, &rename, json!({ "name": "Mine now" })).await, 200);
        // Others hear that a guest listens, and that they have left what is for everybody.
        let pushes = johns.everything_so_far().await;
        let told: Vec<String> = pushes.iter().map(ToString::to_string).collect();
        let is_told = |kind: &str, what: &str| {
            told.iter().any(|push| push.contains(kind) && push.contains(what))
        };
        assert!(is_told("profile_changed", r#""guest":true"#), "{told:?}");
        assert!(is_told(r#""type":"left""#, &format!("thread:{lobby}")), "{told:?}");
        assert!(is_told("made_owner", &format!("thread:{bills}")), "{told:?}");
        assert!(browser.text("/settings/people").await.contains("@bill · Guest"));
        let log = browser.text("/settings/audit").await;
        assert!(log.contains("john made bill a guest"), "{log}");
    }

    async fn a_guest_who_becomes_a_member_belongs_from_that_day_on(app) {
        let john = app.person("john").await;
        let lobby = for_everybody(&app, &john).await;
        let tea = app.thread(&john, ThreadKind::Private).await;
        let gus = app.guest("gus", &[tea]).await;
        let guest = app.socket_of(&gus).await;
        let (johns, guests) = (app.signed_in("john").await, app.signed_in("gus").await);
        johns.change(&[("change", "admit"), ("id", &gus.id.to_string())]).await;
        assert_eq!(closed(guest).await, 3011);
        let mut threads = mine(&guests).await;
        threads.sort_unstable();
        assert_eq!(threads, [lobby.0, tea.0]);
        assert!(!guests.text("/").await.contains("no-browse"));
        let page = johns.text("/settings/people").await;
        assert!(page.contains("@gus") && !page.contains("@gus · Guest"), "{page}");
        assert!(johns.text("/settings/audit").await.contains("john made gus a member"));
        // Twice is once.
        johns.change(&[("change", "admit"), ("id", &gus.id.to_string())]).await;
        let log = johns.text("/settings/audit").await;
        assert_eq!(log.matches("john made gus a member").count(), 1, "{log}");
    }

    async fn who_was_made_a_guest_takes_their_invitations_along_and_the_last_administrator_is_none(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let code = app.invite_by(db::invites::Maker::Anybody(bill.id)).await.unwrap();
        let johns = app.signed_in("john").await;
        let (status, _) = johns
            .not_changed(&[("change", "make_guest"), ("id", &john.id.to_string())])
            .await;
        assert_eq!(status, 409);
        johns.change(&[("change", "make_guest"), ("id", &bill.id.to_string())]).await;
        let link = format!("/register?invite={code}");
        assert!(app.browser().text(&link).await.contains("taken back"));
    }

    async fn what_is_passed_on_to_a_guests_thread_tells_nothing_of_where_it_was_said(app) {
        let john = app.person("john").await;
        let (public, tea) = (
            app.thread(&john, ThreadKind::Public).await,
            app.thread(&john, ThreadKind::Private).await,
        );
        let mut johns = app.socket_of(&john).await;
        johns.rpc("thread:publish", json!({ "id": public, "message": "Look here" })).await;
        let forward = format!("post:threads/{public}/messages/1/forward");
        let before = johns.rpc(&forward, json!({ "to": tea })).await;
        assert_eq!(before["message"]["forwarded"]["thread_id"], json!(public), "{before}");
        let gus = app.guest("gus", &[tea]).await;
        let after = johns.rpc(&forward, json!({ "to": tea })).await;
        assert_eq!(after["message"]["forwarded"]["thread_id"], Value::Null, "{after}");
        let mut guest = app.socket_of(&gus).await;
        let page = guest.rpc("thread:history", json!({ "id": tea })).await;
        let messages = page["messages"].as_array().unwrap();
        assert_eq!(messages.len(), 2);
        for message in messages {
            assert_eq!(message["forwarded"]["text"], "Look here", "{message}");
            assert_eq!(message["forwarded"]["thread_id"], Value::Null, "{message}");
        }
    }

    async fn a_guest_inherits_no_thread_and_blocks_only_whom_they_know(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let tea = app.thread(&john, ThreadKind::Private).await;
        let gus = app.guest("gus", &[tea]).await;
        let mut guest = app.socket_of(&gus).await;
        let block = |id| format!("put:users/{id}/block");
        assert_eq!(code(&mut guest, &block(bill.id), json!({})).await, 404);
        assert_eq!(code(&mut guest, &block(john.id), json!({})).await, 204);
        let mut johns = app.socket_of(&john).await;
        let leave = format!("delete:threads/{tea}/members/{}", john.id);
        assert_eq!(code(&mut johns, &leave, json!({})).await, 204);
        let owners = db::memberships::owners(&app.db, tea).await.unwrap();
        assert_eq!(owners, []);
        // Whom they knew by that thread they know no more.
        assert_eq!(people(&mut guest).await, [("gus".to_owned(), true)]);
        let card = guest.rpc(&format!("get:users/{}/card", john.id), json!({})).await;
        assert_eq!(card["code"], 404);
    }
}
