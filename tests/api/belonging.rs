//! Who comes to belong to threads, who is in charge of them, and how much one person may do about it.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use hubbub::server::db::joining::{self, Joined, Outcome};
use hubbub::server::db::people::{self, Governed};
use hubbub::server::db::standing;
use hubbub::server::db::{Pool, memberships};
use serde_json::{Value, json};

use crate::support::{Settings, TestApp, TestSocket};

async fn insert(app: &TestApp, thread: ThreadId, people: &[&User], by: &User) -> Outcome {
    let ids: Vec<_> = people.iter().map(|user| user.id).collect();
    joining::insert(&app.db, thread, &ids, by.id, app.now())
        .await
        .unwrap()
}

async fn run(app: &TestApp, sql: &'static str, id: i64) {
    match app.db.writer() {
        Pool::Sqlite(pool) => sqlx::query(sql).bind(id).execute(pool).await.map(drop),
        Pool::Postgres(pool) => sqlx::query(sql).bind(id).execute(pool).await.map(drop),
    }
    .unwrap();
}

async fn owners(app: &TestApp, thread: ThreadId) -> Vec<i64> {
    let owners = memberships::owners(&app.db, thread).await.unwrap();
    owners.into_iter().map(|id| id.0).collect()
}

async fn leave(socket: &mut TestSocket, thread: ThreadId, user: &User) {
    let method = format!("delete:threads/{thread}/members/{}", user.id);
    assert_eq!(socket.rpc(&method, json!(null)).await["code"], 204);
}

async fn join(socket: &mut TestSocket, thread: ThreadId) {
    let method = format!("post:threads/{thread}/members");
    assert_eq!(socket.rpc(&method, json!({})).await["code"], 204);
}

on_both_engines! {
    async fn several_people_are_added_together_or_nobody_is(app) {
        let john = app.person("john").await;
        let (bill, ann, eve) = (app.person("bill").await, app.person("ann").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        // Asked while still a member, written when no longer one.
        app.join(thread, &eve).await;
        memberships::delete(&app.db, thread, eve.id, eve.id, app.now()).await.unwrap();
        assert!(matches!(insert(&app, thread, &[&bill, &ann], &eve).await, Outcome::Refused));
        run(&app, "update users set banned_at = 1 where id = $1", ann.id.0).await;
        assert!(matches!(insert(&app, thread, &[&bill, &ann], &john).await, Outcome::Missing));
        assert_eq!(memberships::ids(&app.db, thread).await.unwrap(), [john.id]);
        run(&app, "update users set banned_at = null where id = $1", ann.id.0).await;
        let Outcome::Done(joined) = insert(&app, thread, &[&ann, &bill], &john).await
        else { panic!("he is a member") };
        let Joined { thread: now, people, heir } = *joined;
        assert_eq!((people.len(), heir), (2, None));
        assert_eq!(now.last_seq, people[1].1, "the thread is told as it is with them");
        let direct = hubbub::server::db::starting::open_direct(&app.db, &[bill.id], john.id, app.now()).await;
        let direct = direct.unwrap().unwrap().0.id;
        assert!(matches!(insert(&app, direct, &[&ann], &john).await, Outcome::Refused));
    }

    async fn who_is_added_is_told_of_the_thread_as_it_is_by_then(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        run(&app, "update threads set name = 'Renamed', message_count = 7 where id = $1", thread.0).await;
        let Outcome::Done(joined) = insert(&app, thread, &[&bill], &john).await else { panic!() };
        assert_eq!((joined.thread.name.as_str(), joined.thread.message_count), ("Renamed", 7));
    }

    async fn a_crowd_is_not_named_at_once(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Private).await;
        let browser = app.signed_in("john").await;
        let crowd: Vec<String> = (0..101).map(|n| format!("person{n}")).collect();
        let add = json!({ "me": john.id, "thread": thread, "what": { "add": { "people": crowd.join(" ") } } });
        let (_, told) = browser.ask("manage_thread", add).await;
        assert_eq!(told["Err"]["Invalid"]["fields"][0]["problem"], "too_many", "{told}");
        let new = json!({ "me": john.id, "new": { "name": "All", "people": crowd.join(" ") } });
        let (_, told) = browser.ask("create_thread", new).await;
        assert_eq!(told["Err"]["Invalid"]["fields"][0]["problem"], "too_many", "{told}");
        let add = json!({ "me": john.id, "thread": thread, "what": { "add": { "people": "bill" } } });
        assert_eq!(browser.ask("manage_thread", add).await.1, json!({ "Ok": null }));
        assert!(memberships::ids(&app.db, thread).await.unwrap().contains(&bill.id));
    }

    async fn whoever_comes_to_a_thread_without_an_owner_by_posting_is_told_that_they_are_in_charge(app) {
        let (john, bill, eve) = (app.person("john").await, app.person("bill").await, app.person("eve").await);
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        johns.rpc(&format!("delete:threads/{thread}/members/{}", john.id), json!({})).await;
        for (user, role) in [(&bill, json!("owner")), (&eve, Value::Null)] {
            let mut socket = app.socket_of(user).await;
            let post = json!({ "id": thread, "message": "hello" });
            socket.rpc("thread:publish", post).await;
            let told = socket.everything_so_far().await;
            let joined = told.iter().find(|push| push["pub"]["data"]["type"] == "thread_joined");
            assert_eq!(joined.unwrap()["pub"]["data"]["role"], role);
        }
    }

    async fn who_is_banned_is_in_charge_of_nothing_and_inherits_nothing(app) {
        let admin = app.person("admin").await;
        let john = app.person("john").await;
        let (bill, ann) = (app.person("bill").await, app.person("ann").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        app.join(thread, &bill).await;
        app.join(thread, &ann).await;
        let browser = app.signed_in("admin").await;
        let mut anns = app.socket_of(&ann).await;
        let ban = |user: &User| [("change".to_owned(), "ban".to_owned()), ("id".to_owned(), user.id.to_string())];
        let ban = async |user: &User| {
            let fields = ban(user);
            let fields: Vec<_> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
            browser.change(&fields).await;
        };
        ban(&bill).await;
        assert_eq!(owners(&app, thread).await, [john.id.0], "he owned nothing");
        ban(&john).await;
        assert_eq!(owners(&app, thread).await, [john.id.0, ann.id.0], "and not bill, who was there before her");
        let told = anns.everything_so_far().await;
        let made: Vec<&Value> = told.iter().filter(|push| push["pub"]["data"]["type"] == "made_owner").collect();
        assert_eq!((made.len(), &made[0]["pub"]["data"]["user"]["username"]), (1, &json!("ann")));
        let renamed = anns.rpc(&format!("patch:threads/{thread}"), json!({ "name": "Hers" })).await;
        assert_eq!(renamed["code"], 200);
        // Whoever is left when she goes is banned: nobody inherits.
        leave(&mut anns, thread, &ann).await;
        assert_eq!(owners(&app, thread).await, [john.id.0]);
        let _ = admin;
    }

    async fn an_owner_who_is_banned_is_none_when_the_other_one_deletes_their_account(app) {
        app.person("admin").await;
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let ann = app.person("ann").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        app.join(thread, &bill).await;
        app.join(thread, &ann).await;
        let made = memberships::make_owner(&app.db, thread, bill.id, john.id, app.now());
        assert!(made.await.unwrap().is_some());
        people::shut_out(&app.db, bill.id, app.now()).await.unwrap();
        let leave = [("change", "leave"), ("password", "secret")];
        assert_eq!(app.signed_in("john").await.change(&leave).await, "/login");
        assert!(owners(&app, thread).await.contains(&ann.id.0));
    }

    async fn a_program_that_bans_leaves_no_thread_without_an_owner(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        app.join(thread, &bill).await;
        // Somebody governs the server, and it is not John.
        standing::appoint(&app.db, bill.id, app.now()).await.unwrap();
        let (done, heirs) = people::shut_out(&app.db, john.id, app.now()).await.unwrap();
        assert_eq!(done, Governed::Done);
        assert_eq!((heirs.len(), heirs[0].user.id, heirs[0].thread), (1, bill.id, thread));
        let (_, again) = people::shut_out(&app.db, john.id, app.now()).await.unwrap();
        assert_eq!(again, [], "once");
        let nobody = hubbub::protocol::UserId(4711);
        let (refused, _) = people::shut_out(&app.db, nobody, app.now()).await.unwrap();
        assert_eq!(refused, Governed::Refused);
    }

    async fn whoever_comes_first_to_a_thread_without_an_owner_owns_it(app) {
        let john = app.person("john").await;
        let (bill, ann) = (app.person("bill").await, app.person("ann").await);
        let archived = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        johns.rpc(&format!("patch:threads/{archived}"), json!({ "archived": true })).await;
        leave(&mut johns, archived, &john).await;
        let mut bills = app.socket_of(&bill).await;
        join(&mut bills, archived).await;
        let told = bills.everything_so_far().await;
        let joined = told.iter().find(|push| push["pub"]["data"]["type"] == "thread_joined").unwrap();
        assert_eq!(joined["pub"]["data"]["role"], "owner", "{joined}");
        let back = bills.rpc(&format!("patch:threads/{archived}"), json!({ "archived": false })).await;
        assert_eq!(back["code"], 200);
        let mut anns = app.socket_of(&ann).await;
        join(&mut anns, archived).await;
        let refused = anns.rpc(&format!("patch:threads/{archived}"), json!({ "archived": true })).await;
        assert_eq!(refused["code"], 403, "who comes later does not");
    }

    async fn whoever_writes_first_in_a_thread_without_an_owner_owns_it(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        leave(&mut johns, thread, &john).await;
        let mut bills = app.socket_of(&bill).await;
        for text in ["mine", "still mine"] {
            bills.rpc("thread:publish", json!({ "id": thread, "message": text })).await;
        }
        assert_eq!(owners(&app, thread).await, [bill.id.0]);
        let told = bills.ask("history", json!({ "channel": format!("thread:{thread}"), "limit": -1 })).await;
        let events = told["history"]["publications"].as_array().unwrap();
        let kinds: Vec<_> = events.iter().map(|event| event["data"]["type"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["left", "joined", "posted", "made_owner", "posted"]);
        let offsets: Vec<_> = events.iter().map(|event| event["offset"].as_i64().unwrap()).collect();
        assert_eq!(offsets, [1, 2, 3, 4, 5]);
        johns.rpc("thread:publish", json!({ "id": thread, "message": "back" })).await;
        assert_eq!(owners(&app, thread).await, [bill.id.0], "it has one by now");
    }

    async fn administrators_say_which_threads_newcomers_belong_to_and_other_owners_do_not(app) {
        let admin = app.person("admin").await;
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let change = |me: &User, thread: ThreadId| {
            json!({ "me": me.id, "thread": thread, "what": { "change": { "for_everybody": true } } })
        };
        let (admins, johns) = (app.signed_in("admin").await, app.signed_in("john").await);
        assert_eq!(johns.ask("manage_thread", change(&john, thread)).await.1, json!({ "Err": "Forbidden" }));
        assert_eq!(admins.ask("manage_thread", change(&admin, thread)).await.1, json!({ "Err": "Forbidden" }),
            "it is not theirs");
        let panel = |id: ThreadId| format!("/t/{id}?panel=settings");
        assert!(!johns.text(&panel(thread)).await.contains("For newcomers"));
        let own = app.thread(&admin, ThreadKind::Public).await;
        let mut program = app.socket_of(&admin).await;
        let by_token = program.rpc(&format!("patch:threads/{own}"), json!({ "for_everybody": true })).await;
        assert_eq!(by_token["code"], 403, "a program is not the administrator in person");
        assert!(admins.text(&panel(own)).await.contains("For newcomers"));
        let id = own.to_string();
        let fields = [("thread", &*id), ("what", "change"), ("was_for_everybody", ""), ("for_everybody", "true")];
        admins.post_to("/", "/api/manage_thread", &fields).await;
        let browser = app.browser();
        let fields = [("username", "grace"), ("name", "Grace"), ("password", "compiler")];
        browser.post_to("/register", "/api/register", &fields).await;
        let mine = browser.call("shared", "").await.1;
        assert_eq!(mine["threads"].as_array().unwrap().len(), 1);
        assert_eq!(mine["threads"][0]["thread"]["id"], json!(own));
        assert_eq!(johns.call("shared", "").await.1["threads"].as_array().unwrap().len(), 1, "who was here does not join");
        let fields = [("thread", &*id), ("what", "change"), ("was_for_everybody", "true")];
        admins.post_to("/", "/api/manage_thread", &fields).await;
        let late = app.browser();
        let fields = [("username", "late"), ("name", "Late"), ("password", "compiler")];
        late.post_to("/register", "/api/register", &fields).await;
        assert_eq!(late.call("shared", "").await.1["threads"], json!([]));
    }

    async fn people_are_found_in_whatever_letters_their_names_are_written(app) {
        let ann = app.person("ann").await;
        app.person("emile").await;
        let mut emile = app.socket_of(&app.person("zola").await).await;
        emile.rpc("patch:me", json!({ "name": "\u{c9}mile \u{d6}ZOLA" })).await;
        let browser = app.signed_in("ann").await;
        let names = async |text: &str| -> Vec<String> {
            let text: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            let text = text.concat();
            let (_, found) = browser.call("suggest_people", &format!("text={text}")).await;
            let found = found.as_array().unwrap().iter();
            found.map(|user| user["username"].as_str().unwrap().to_owned()).collect()
        };
        for text in ["\u{e9}m", "\u{c9}M", "e\u{301}mile", "em"] {
            assert_eq!(names(text).await, ["emile", "zola"], "{text}");
        }
        for text in ["\u{f6}z", "OZ", "@zola"] {
            assert_eq!(names(text).await, ["zola"], "{text}");
        }
        assert_eq!(names("mile").await, [""; 0], "the beginning of a word");
        let page = browser.text("/settings/people?search=%C3%96zO").await;
        assert!(page.contains("@zola") && !page.contains("@emile"), "{page}");
        let _ = ann;
    }
}

#[tokio::test]
async fn who_changes_very_much_waits_and_others_do_not() {
    let app = TestApp::with(Settings {
        changes_per_minute: 3,
        ..Settings::default()
    })
    .await;
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let mut johns = app.socket_of(&john).await;
    let new = |name: &str| json!({ "name": name, "private": true });
    for name in ["one", "two"] {
        assert_eq!(johns.rpc("post:threads", new(name)).await["code"], 201);
    }
    let direct = json!({ "people": ["bill"] });
    assert_eq!(
        johns.rpc("post:threads/direct", direct.clone()).await["code"],
        200
    );
    assert_eq!(
        johns.rpc("post:threads/direct", direct).await["code"],
        429,
        "they count together"
    );
    assert_eq!(johns.rpc("post:threads", new("three")).await["code"], 429);
    let thread = app.thread(&john, ThreadKind::Private).await;
    let members = format!("threads/{thread}/members");
    for (method, data) in [
        (format!("post:{members}"), json!({ "user_id": bill.id })),
        (format!("post:{members}"), json!({})),
        (
            format!("patch:threads/{thread}"),
            json!({ "private": false }),
        ),
        (
            format!("patch:{members}/{}", bill.id),
            json!({ "role": "owner" }),
        ),
        (format!("delete:{members}/{}", john.id), json!(null)),
    ] {
        assert_eq!(johns.rpc(&method, data).await["code"], 429, "{method}");
    }
    let mut bills = app.socket_of(&bill).await;
    assert_eq!(bills.rpc("post:threads", new("his")).await["code"], 201);
    let browser = app.signed_in("bill").await;
    for _ in 0..3 {
        assert_eq!(browser.call("suggest_people", "text=j").await.0, 200);
    }
    assert_eq!(browser.call("suggest_people", "text=j").await.0, 429);
}
