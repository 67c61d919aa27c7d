//! Starting, changing, archiving and leaving threads: who may, who may not, and who hears of it.

use hubbub::protocol::{ThreadId, ThreadKind};
use hubbub::server::db::starting;
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

/// What was published on a thread's channel, by its kind.
fn kinds(pushes: &[Value], thread: ThreadId) -> Vec<String> {
    let channel = format!("thread:{thread}");
    let of_thread = pushes.iter().filter(|push| push["channel"] == channel);
    of_thread
        .map(|push| match push["pub"]["data"]["type"].as_str() {
            Some(kind) => kind.to_owned(),
            None => "unsubscribed".to_owned(),
        })
        .collect()
}

async fn change(socket: &mut TestSocket, thread: ThreadId, change: Value) -> Value {
    socket.rpc(&format!("patch:threads/{thread}"), change).await
}

on_both_engines! {
    async fn a_private_thread_is_started_with_people_in_it_who_see_it_live(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mallory = app.person("mallory").await;
        let mut bills = app.socket_of(&bill).await;
        let mut others = app.socket_of(&mallory).await;
        let browser = app.signed_in("john").await;
        let new = json!({ "name": "Plans", "description": "For  spring", "private": true,
            "people": "@Bill, bill" });
        let (_, told) = browser.ask("create_thread", json!({ "me": john.id, "new": new })).await;
        let thread = &told["Ok"];
        assert_eq!(thread["description"], "For spring");
        let (channel, _, data) = bills.publication().await;
        assert_eq!(channel, format!("user:{}", bill.id));
        assert_eq!((&data["type"], &data["thread"]["name"]), (&json!("thread_joined"), &json!("Plans")));
        assert!(data.get("role").is_none(), "he does not own it");
        let id = &thread["id"];
        bills.rpc("thread:publish", json!({ "id": id, "message": "hi" })).await;
        assert_eq!(others.everything_so_far().await, [] as [Value; 0]);
        let members = bills.rpc(&format!("get:threads/{id}/members"), json!(null)).await;
        assert_eq!(members["data"].as_array().unwrap().len(), 2);
    }

    async fn a_thread_with_somebody_who_is_not_there_is_not_started(app) {
        let john = app.person("john").await;
        let browser = app.signed_in("john").await;
        let new = json!({ "name": "Plans", "people": "bill" });
        let (status, told) = browser.ask("create_thread", json!({ "me": john.id, "new": new })).await;
        let problem = &told["Err"]["Invalid"]["fields"][0];
        assert_eq!((status, &problem["field"]), (200, &json!("people")));
        let fields = [("name", "Plans"), ("people", "bill"), ("private", "true")];
        let (status, page) = browser.refused("/api/create_thread", &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please check the usernames."));
        assert!(page.contains("value=\"Plans\"") && page.contains("value=\"bill\""), "{page}");
        assert_eq!(browser.call("shared", "").await.1["threads"], json!([]));
    }

    async fn no_two_public_threads_are_called_alike(app) {
        let john = app.person("john").await;
        let mut socket = app.socket_of(&john).await;
        let start = async |socket: &mut TestSocket, name: &str, private: bool| {
            let new = json!({ "name": name, "private": private });
            let answer = socket.rpc("post:threads", new).await;
            (answer["code"].as_i64().unwrap(), answer["id"].clone(), answer["errors"]["name"].clone())
        };
        assert_eq!(start(&mut socket, "Tea time", false).await.0, 201);
        let (code, _, error) = start(&mut socket, "  TEA  TIME", false).await;
        assert_eq!(code, 409);
        assert!(error.as_str().unwrap().contains("There is a thread of that name"), "{error}");
        let (code, private, _) = start(&mut socket, "Tea time", true).await;
        assert_eq!(code, 201, "who is not seen takes no name");
        let path = format!("patch:threads/{private}");
        assert_eq!(socket.rpc(&path, json!({ "private": false })).await["code"], 409);
        let other = json!({ "private": false, "name": "Coffee" });
        assert_eq!(socket.rpc(&path, other).await["code"], 200);
    }

    async fn doubles_of_before_keep_their_names(app) {
        let john = app.person("john").await;
        let one = app.thread(&john, ThreadKind::Private).await;
        let two = app.thread(&john, ThreadKind::Private).await;
        for id in [one, two] {
            let old = "update threads set kind = 'public', name = 'Same', name_key = null where id = $1";
            match app.db.writer() {
                hubbub::server::db::Pool::Sqlite(pool) => sqlx::query(old).bind(id.0).execute(pool).await.map(drop),
                hubbub::server::db::Pool::Postgres(pool) => sqlx::query(old).bind(id.0).execute(pool).await.map(drop),
            }
            .unwrap();
        }
        starting::fill_name_keys(&app.db).await.unwrap();
        let mut socket = app.socket_of(&john).await;
        assert_eq!(socket.rpc("post:threads", json!({ "name": "same" })).await["code"], 409);
        // Its name stays, whatever else of it is changed.
        for id in [one, two] {
            let changed = change(&mut socket, id, json!({ "description": "old", "name": "Same" })).await;
            assert_eq!((&changed["code"], &changed["name"]), (&json!(200), &json!("Same")));
        }
    }

    async fn an_owner_changes_a_thread_and_everybody_there_hears_of_it_as_an_event(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        app.join(thread, &bill).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let wanted = json!({ "name": "Tea", "description": "Leaves" });
        let changed = change(&mut johns, thread, wanted.clone()).await;
        assert_eq!((&changed["name"], &changed["last_seq"]), (&json!("Tea"), &json!(1)));
        let (channel, offset, data) = bills.publication().await;
        assert_eq!((channel, offset), (format!("thread:{thread}"), 1));
        assert_eq!((&data["type"], &data["thread"]["description"]), (&json!("changed"), &json!("Leaves")));
        let (channel, _, data) = bills.publication().await;
        assert_eq!((channel.as_str(), &data["type"]), ("threads", &json!("thread_changed")));
        assert_eq!(change(&mut johns, thread, wanted).await["last_seq"], 1, "nothing is no event");
        let told = bills.ask("history", json!({ "channel": format!("thread:{thread}"), "limit": -1 })).await;
        let told = &told["history"]["publications"][0];
        assert_eq!((&told["offset"], &told["data"]["thread"]["name"]), (&json!(1), &json!("Tea")));
        let invalid = change(&mut johns, thread, json!({ "name": " " })).await;
        assert_eq!((&invalid["code"], &invalid["errors"]["name"]), (&json!(422), &json!("Please fill this in.")));
        let long = change(&mut johns, thread, json!({ "description": "x".repeat(251) })).await;
        assert!(long["errors"]["description"].as_str().unwrap().contains("250"), "{long}");
    }

    async fn who_does_not_own_a_thread_changes_nothing_and_an_outsider_learns_nothing(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mallory = app.person("mallory").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        let mut bills = app.socket_of(&bill).await;
        let mut others = app.socket_of(&mallory).await;
        for what in [json!({ "name": "Mine" }), json!({ "private": false }), json!({ "archived": true })] {
            assert_eq!(change(&mut bills, thread, what.clone()).await["code"], 403);
            let refused = change(&mut others, thread, what).await;
            let missing = change(&mut others, ThreadId(4711), json!({})).await;
            assert_eq!(refused, missing);
            assert_eq!(refused["code"], 404);
        }
        let owner = json!({ "role": "owner" });
        let path = |user: &hubbub::protocol::User| format!("patch:threads/{thread}/members/{}", user.id);
        assert_eq!(bills.rpc(&path(&bill), owner.clone()).await["code"], 403);
        assert_eq!(others.rpc(&path(&mallory), owner).await["code"], 404);
        let browser = app.signed_in("mallory").await;
        for what in [json!("join"), json!("leave"), json!({ "add": { "people": "mallory" } }),
            json!({ "remove": { "user": bill.id } }), json!({ "change": { "name": "x" } })] {
            let body = json!({ "me": mallory.id, "thread": thread, "what": what });
            assert_eq!(browser.ask("manage_thread", body).await.1, json!({ "Err": "NotFound" }), "{what}");
        }
        let body = json!({ "me": john.id, "thread": thread, "what": "join" });
        assert_eq!(browser.ask("manage_thread", body).await.1, json!({ "Err": "Unauthenticated" }));
        assert_eq!(others.everything_so_far().await, [] as [Value; 0]);
    }

    async fn an_archived_thread_is_read_and_not_written_until_it_is_brought_back(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let post = json!({ "id": thread, "message": "before", "client_id": "c1" });
        let first = johns.rpc("thread:publish", post.clone()).await;
        let archived = change(&mut johns, thread, json!({ "archived": true })).await;
        assert!(archived["archived_at"].is_i64(), "{archived}");
        for socket in [&mut johns, &mut bills] {
            let refused = socket.call("thread:publish", json!({ "id": thread, "message": "no" })).await;
            assert_eq!(refused["error"]["code"], 409, "{refused}");
        }
        let again = johns.rpc("thread:publish", post).await;
        assert_eq!(again["message"]["id"], first["message"]["id"], "a retry is harmless here too");
        let page = bills.rpc("thread:history", json!({ "id": thread })).await;
        assert_eq!(page["messages"][0]["text"], "before");
        let listed = bills.rpc("get:threads/public", json!({})).await;
        assert_eq!(listed["threads"], json!([]));
        let page = app.signed_in("john").await.text(&format!("/t/{thread}")).await;
        assert!(page.contains("thread-main closed"), "its line is shown instead of the composer");
        let back = change(&mut johns, thread, json!({ "archived": false })).await;
        assert!(back.get("archived_at").is_none());
        bills.rpc("thread:publish", json!({ "id": thread, "message": "after" })).await;
        let listed = bills.rpc("get:threads/public", json!({})).await;
        assert_eq!(listed["threads"].as_array().unwrap().len(), 1);
    }

    async fn a_thread_that_becomes_private_ends_for_all_others_at_that_place(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let mallory = app.person("mallory").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        app.join(thread, &bill).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let mut others = app.socket_of(&mallory).await;
        let channel = format!("thread:{thread}");
        others.subscribe(&channel).await;
        johns.rpc("thread:publish", json!({ "id": thread, "message": "for all" })).await;
        change(&mut johns, thread, json!({ "private": true, "name": "Secret" })).await;
        johns.rpc("thread:publish", json!({ "id": thread, "message": "for us" })).await;
        let told = others.everything_so_far().await;
        assert_eq!(kinds(&told, thread), ["posted", "unsubscribed"]);
        let notice = told.iter().find(|push| push["channel"] == "threads").unwrap();
        assert_eq!(notice["pub"]["data"], json!({ "type": "thread_closed", "thread_id": thread }));
        assert!(!format!("{told:?}").contains("Secret"));
        assert_eq!(others.refusal("subscribe", json!({ "channel": channel })).await, 103);
        let heard = bills.everything_so_far().await;
        assert_eq!(kinds(&heard, thread), ["posted", "changed", "posted"]);
        change(&mut johns, thread, json!({ "private": false })).await;
        let told = others.everything_so_far().await;
        assert_eq!(told[0]["pub"]["data"]["type"], "thread_created", "{told:?}");
        others.subscribe(&channel).await;
    }

    async fn posts_that_race_a_thread_becoming_private_are_heard_by_its_members_only(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        let mut owner = app.socket_of_again(&john).await;
        let mut bills = app.socket_of(&bill).await;
        bills.subscribe(&format!("thread:{thread}")).await;
        let mut asked = Vec::new();
        for n in 0..40 {
            if n == 20 {
                let method = format!("patch:threads/{thread}");
                owner.send("rpc", json!({ "method": method, "data": { "private": true } })).await;
            }
            let data = json!({ "id": thread, "message": format!("m{n}") });
            asked.push(johns.send("rpc", json!({ "method": "thread:publish", "data": data })).await);
        }
        for id in asked {
            assert!(johns.answer(id).await.get("error").is_none());
        }
        owner.everything_so_far().await;
        let events = johns.ask("history", json!({ "channel": format!("thread:{thread}"), "limit": -1 })).await;
        let events = events["history"]["publications"].as_array().unwrap().clone();
        let closed = events.iter().position(|event| event["data"]["type"] == "changed").unwrap();
        let heard = kinds(&bills.everything_so_far().await, thread);
        assert_eq!(heard.len(), closed + 1, "all before it, and the end");
        assert_eq!(heard[closed], "unsubscribed");
        assert!(heard[..closed].iter().all(|kind| kind == "posted"));
    }

    async fn posts_that_race_the_archive_are_all_before_it(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let mut johns = app.socket_of(&john).await;
        let mut owner = app.socket_of_again(&john).await;
        let mut asked = Vec::new();
        for n in 0..40 {
            if n == 20 {
                let method = format!("patch:threads/{thread}");
                owner.send("rpc", json!({ "method": method, "data": { "archived": true } })).await;
            }
            let data = json!({ "id": thread, "message": format!("m{n}") });
            asked.push(johns.send("rpc", json!({ "method": "thread:publish", "data": data })).await);
        }
        let mut taken = 0;
        for id in asked {
            match johns.answer(id).await["error"]["code"].as_i64() {
                None => taken += 1,
                Some(code) => assert_eq!(code, 409),
            }
        }
        owner.everything_so_far().await;
        let events = johns.ask("history", json!({ "channel": format!("thread:{thread}"), "limit": -1 })).await;
        let events = events["history"]["publications"].as_array().unwrap().clone();
        assert_eq!(events.len(), taken + 1);
        assert_eq!(events[taken]["data"]["type"], "changed");
    }

    async fn owners_put_others_in_charge_and_a_thread_is_never_without_one(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let ann = app.person("ann").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &ann).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let anns_place = format!("threads/{thread}/members/{}", ann.id);
        let owner = json!({ "role": "owner" });
        let nobody = format!("patch:threads/{thread}/members/4711");
        assert_eq!(johns.rpc(&nobody, owner.clone()).await["code"], 404);
        assert_eq!(johns.rpc(&format!("patch:{anns_place}"), owner.clone()).await["code"], 204);
        let (_, offset, data) = bills.publication().await;
        assert_eq!((offset, &data["type"]), (1, &json!("made_owner")));
        assert_eq!(data["user"]["username"], "ann");
        assert_eq!(johns.rpc(&format!("patch:{anns_place}"), owner).await["code"], 204, "she is one");
        johns.rpc(&format!("delete:threads/{thread}/members/{}", john.id), json!(null)).await;
        let mut anns = app.socket_of(&ann).await;
        anns.rpc(&format!("delete:{anns_place}"), json!(null)).await;
        let told = bills.everything_so_far().await;
        assert_eq!(kinds(&told, thread), ["left", "left", "made_owner"]);
        assert_eq!(change(&mut bills, thread, json!({ "name": "His" })).await["code"], 200);
    }

    async fn members_add_people_by_their_usernames_and_others_do_not(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        app.person("ann").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        let add = |me: &hubbub::protocol::User, people: &str| {
            json!({ "me": me.id, "thread": thread, "what": { "add": { "people": people } } })
        };
        assert_eq!(bills.ask("manage_thread", add(&bill, "ann")).await.1, json!({ "Err": "Forbidden" }));
        let (_, told) = johns.ask("manage_thread", add(&john, "bill, nobody")).await;
        assert!(told["Err"]["Invalid"].is_object(), "{told}");
        assert_eq!(johns.ask("manage_thread", add(&john, "ann bill")).await.1, json!({ "Ok": null }));
        let panel = bills.text(&format!("/t/{thread}?panel=people")).await;
        assert!(panel.contains("@ann") && panel.contains("@bill"), "{panel}");
        let fields = [("thread", &*thread.to_string()), ("what", "leave")];
        assert_eq!(bills.post_to("/", "/api/manage_thread", &fields).await, format!("/t/{thread}"));
        let fields = [("thread", &*thread.to_string()), ("what", "join")];
        assert_eq!(bills.post_to("/", "/api/manage_thread", &fields).await, format!("/t/{thread}"));
        assert_eq!(bills.call("shared", "").await.1["threads"].as_array().unwrap().len(), 1);
    }

    async fn the_settings_work_as_plain_forms(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let browser = app.signed_in("john").await;
        let there = format!("/t/{thread}?panel=settings");
        assert!(browser.text(&there).await.contains("value=\"A thread\""));
        let id = thread.to_string();
        let fields = [("thread", &*id), ("what", "change"), ("name", "Renamed"),
            ("description", "About"), ("private", "true")];
        assert_eq!(browser.post_to("/", "/api/manage_thread", &fields).await, there);
        let page = browser.text(&there).await;
        assert!(page.contains("value=\"Renamed\"") && page.contains(">About<"), "{page}");
        let fields = [("thread", &*id), ("what", "change"), ("name", ""), ("description", "About")];
        let (status, page) = browser.refused("/api/manage_thread", &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please fill this in."), "{page}");
        let fields = [("thread", &*id), ("what", "archive")];
        assert_eq!(browser.post_to("/", "/api/manage_thread", &fields).await, there);
        assert!(browser.text(&there).await.contains("Bring back"));
        let fields = [("thread", &*id), ("what", "explode")];
        assert_eq!(browser.refused("/api/manage_thread", &fields).await.0, 404);
    }

    async fn a_settings_form_changes_what_differs_from_what_it_showed(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let browser = app.signed_in("john").await;
        let there = format!("/t/{thread}?panel=settings");
        let page = browser.text(&there).await;
        for was in ["was_name\" value=\"A thread\"", "was_description\" value=\"\"", "was_private\" value=\"\""] {
            assert!(page.contains(was), "{was} in {page}");
        }
        // While the form is open, the thread becomes private and gets another name.
        let mut johns = app.socket_of(&john).await;
        change(&mut johns, thread, json!({ "private": true, "name": "Secret" })).await;
        let id = thread.to_string();
        let form = |about, private, was_private| [("thread", &*id), ("what", "change"),
            ("was_name", "A thread"), ("name", "A thread"), ("was_description", ""), ("description", about),
            ("was_private", was_private), ("private", private)];
        browser.post_to("/", "/api/manage_thread", &form("About", "", "")).await;
        let now = johns.rpc(&format!("get:threads/{thread}"), json!(null)).await;
        assert_eq!((&now["kind"], &now["name"], &now["description"]),
            (&json!("private"), &json!("Secret"), &json!("About")));
        // Who has seen that it is private may publish it.
        browser.post_to("/", "/api/manage_thread", &form("", "", "true")).await;
        let now = johns.rpc(&format!("get:threads/{thread}"), json!(null)).await;
        assert_eq!((&now["kind"], &now["name"]), (&json!("public"), &json!("Secret")));
    }

    async fn a_settings_form_that_is_refused_comes_back_as_it_was_sent(app) {
        let john = app.person("john").await;
        app.thread(&john, ThreadKind::Public).await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let mut johns = app.socket_of(&john).await;
        change(&mut johns, thread, json!({ "description": "Old", "name": "Own" })).await;
        let browser = app.signed_in("john").await;
        let id = thread.to_string();
        let fields = [("thread", &*id), ("what", "change"), ("was_name", "Own"), ("name", "A thread"),
            ("was_description", "Old"), ("description", ""), ("was_private", "true"), ("private", "")];
        let (status, page) = browser.refused("/api/manage_thread", &fields).await;
        assert_eq!(status, 409);
        assert!(page.contains("name=\"was_description\" value=\"Old\""), "{page}");
        assert!(page.contains("name=\"was_private\" value=\"true\""), "what it showed is kept");
        assert!(!page.contains("id=\"for-members\" checked"), "Everybody was chosen: {page}");
        let about = page.split("name=\"description\"").nth(1).unwrap();
        assert!(!about.split('>').next().unwrap().contains("Old"), "it was cleared: {about}");
        let public = app.thread(&john, ThreadKind::Public).await.to_string();
        let fields = [("thread", &*public), ("what", "change"), ("was_name", "x"), ("name", ""),
            ("was_private", ""), ("private", "true")];
        let (status, page) = browser.refused("/api/manage_thread", &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains("id=\"for-members\" checked"), "{page}");
        // What was refused about something else is no word about the form.
        let fields = [("thread", &*public), ("what", "remove"), ("user", "4711")];
        let (_, page) = browser.refused("/api/manage_thread", &fields).await;
        assert!(page.contains("name=\"was_name\" value=\"A thread, 2\""), "{page}");
    }

    async fn who_registers_belongs_to_the_threads_for_everybody_as_an_event(app) {
        let john = app.person("john").await;
        let everybodys = app.thread(&john, ThreadKind::Public).await;
        let other = app.thread(&john, ThreadKind::Public).await;
        starting::make_everybodys(&app.db, everybodys).await.unwrap();
        let mut johns = app.socket_of(&john).await;
        let browser = app.browser();
        let fields = [("username", "grace"), ("name", "Grace"), ("password", "compiler")];
        browser.post_to("/register", "/api/register", &fields).await;
        let mine = browser.call("shared", "").await.1;
        let ids: Vec<_> = mine["threads"].as_array().unwrap().iter().map(|m| m["thread"]["id"].clone()).collect();
        assert_eq!(ids, [json!(everybodys)], "and not to {other}");
        let (channel, offset, data) = johns.publication().await;
        assert_eq!((channel, offset), (format!("thread:{everybodys}"), 1));
        assert_eq!((&data["type"], &data["user"]["username"]), (&json!("joined"), &json!("grace")));
        change(&mut johns, everybodys, json!({ "private": true })).await;
        let browser = app.browser();
        let fields = [("username", "late"), ("name", "Late"), ("password", "compiler")];
        browser.post_to("/register", "/api/register", &fields).await;
        assert_eq!(browser.call("shared", "").await.1["threads"], json!([]), "it is private by now");
    }
}

#[tokio::test]
async fn people_are_suggested_by_what_their_names_begin_with() {
    let app = TestApp::on_sqlite().await;
    for name in ["bill", "billy", "ann", "under_score"] {
        app.person(name).await;
    }
    let browser = app.signed_in("ann").await;
    let names = async |text: &str| -> Vec<String> {
        let (_, found) = browser
            .call("suggest_people", &format!("text={text}"))
            .await;
        let found = found.as_array().unwrap().iter();
        found
            .map(|user| user["username"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names("BIL").await, ["bill", "billy"]);
    assert_eq!(names("@ann").await, ["ann"]);
    assert_eq!(
        names("%25").await,
        [""; 0],
        "a sign of the pattern is a sign like any other"
    );
    assert_eq!(names("under_").await, ["under_score"]);
    assert_eq!(names("").await, [""; 0]);
    let (status, _) = app.browser().call("suggest_people", "text=b").await;
    assert_eq!(status, 401, "strangers learn of nobody");
}
