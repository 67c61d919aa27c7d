//! Messages of one's own: saving them, and being reminded of them.

use hubbub::protocol::saved::{REMINDERS, SAVED};
use hubbub::protocol::{ThreadId, ThreadKind, User};
use hubbub::server::db::Pool;
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

const MINUTE: i64 = 60_000;

pub async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> i64 {
    let data = json!({ "id": thread, "message": text });
    let posted = socket.rpc("thread:publish", data).await;
    posted["message"]["seq"].as_i64().unwrap()
}

/// Calls a route about a message; its status comes along as `code`.
async fn call(
    socket: &mut TestSocket,
    method: &str,
    thread: ThreadId,
    seq: i64,
    what: &str,
    body: Value,
) -> Value {
    let path = format!("{method}:threads/{thread}/messages/{seq}/{what}");
    socket.rpc(&path, body).await
}

async fn save(socket: &mut TestSocket, thread: ThreadId, seq: i64) -> Value {
    call(socket, "put", thread, seq, "saved", json!({})).await
}

async fn unsave(socket: &mut TestSocket, thread: ThreadId, seq: i64) -> Value {
    call(socket, "delete", thread, seq, "saved", json!({})).await
}

async fn remind(socket: &mut TestSocket, thread: ThreadId, seq: i64, at: i64) -> Value {
    call(socket, "put", thread, seq, "reminder", json!({ "at": at })).await
}

async fn done(socket: &mut TestSocket, thread: ThreadId, seq: i64) -> Value {
    call(socket, "delete", thread, seq, "reminder", json!({})).await
}

async fn page(socket: &mut TestSocket) -> Value {
    socket.rpc("get:saved", json!({})).await
}

/// What a page says, list by list.
fn texts(page: &Value, list: &str) -> Vec<String> {
    let all = page[list].as_array().cloned().unwrap_or_default();
    let text = |kept: &Value| kept["message"]["text"].as_str().unwrap().to_owned();
    all.iter().map(text).collect()
}

async fn saved(socket: &mut TestSocket) -> Vec<String> {
    texts(&page(socket).await, "saved")
}

async fn reminders(socket: &mut TestSocket) -> Vec<String> {
    texts(&page(socket).await, "reminders")
}

/// The next event of that kind on one's own channel.
pub async fn told(socket: &mut TestSocket, kind: &str) -> Value {
    loop {
        let (channel, _, data) = socket.publication().await;
        if channel.starts_with("user:") && data["type"] == kind {
            return data;
        }
    }
}

/// Two people in a private thread of the first, each with a socket.
async fn two(app: &TestApp) -> (ThreadId, [User; 2], [TestSocket; 2]) {
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, ThreadKind::Private).await;
    app.join(thread, &bill).await;
    let sockets = [app.socket_of(&john).await, app.socket_of(&bill).await];
    (thread, [john, bill], sockets)
}

/// Runs a statement as it is.
async fn run(app: &TestApp, statement: String) {
    let statement = sqlx::AssertSqlSafe(statement);
    match app.db.writer() {
        Pool::Sqlite(pool) => sqlx::query(statement).execute(pool).await.map(drop),
        Pool::Postgres(pool) => sqlx::query(statement).execute(pool).await.map(drop),
    }
    .unwrap();
}

on_both_engines! {
    async fn what_one_saves_is_ones_own_on_all_devices_the_last_that_was_first(app) {
        let (thread, [_, second], [mut john, mut bill]) = two(&app).await;
        let first = post(&mut john, thread, "one").await;
        let other = post(&mut john, thread, "two").await;
        let mut bills = app.socket_of_again(&second).await;
        assert_eq!(save(&mut bill, thread, other).await["is_saved"], true);
        assert_eq!(told(&mut bills, "saved").await, json!({ "type": "saved", "number": 0 }));
        app.seconds_pass(1);
        save(&mut bill, thread, first).await;
        told(&mut bills, "saved").await;
        // Once more is no news, and no second entry.
        save(&mut bill, thread, first).await;
        let page = page(&mut bills).await;
        assert_eq!(texts(&page, "saved"), ["one", "two"]);
        assert!(bills.pushes_so_far().iter().all(|push| push["channel"] != format!("user:{}", second.id)));
        let top = &page["saved"][0];
        assert_eq!(top["at"], json!(app.now()));
        assert_eq!((&top["thread"]["id"], &top["message"]["user"]["username"]), (&json!(thread), &json!("john")));
        assert_eq!(saved(&mut john).await, [""; 0], "nobody else learns of it");
        let kept = call(&mut bill, "get", thread, first, "kept", json!({})).await;
        assert_eq!((&kept["is_saved"], kept.get("remind_at")), (&json!(true), None));
        assert!(unsave(&mut bill, thread, first).await.get("is_saved").is_none());
        told(&mut bills, "saved").await;
        assert_eq!(saved(&mut bill).await, ["two"]);
        // It is no event of the thread.
        let found = john.rpc(&format!("get:threads/{thread}"), json!({})).await;
        assert_eq!(found["last_seq"], other);
    }

    async fn only_what_one_may_read_now_is_shown_and_what_is_deleted_is_gone(app) {
        let (thread, [_, second], [mut john, mut bill]) = two(&app).await;
        let (kept, deleted) = (post(&mut john, thread, "one").await, post(&mut john, thread, "two").await);
        for seq in [kept, deleted] {
            save(&mut bill, thread, seq).await;
        }
        let revise = |what: &str| json!({ "id": thread, "seq": deleted, "what": what });
        john.rpc("thread:revise", revise("delete")).await;
        assert_eq!(saved(&mut bill).await, ["one"]);
        assert_eq!(save(&mut bill, thread, deleted).await["code"], 404);
        john.rpc("thread:revise", revise("restore")).await;
        assert_eq!(saved(&mut bill).await, ["two", "one"], "whoever brings it back brings it back everywhere");
        let member = format!("threads/{thread}/members/{}", second.id);
        john.rpc(&format!("delete:{member}"), json!({})).await;
        assert_eq!(saved(&mut bill).await, [""; 0]);
        assert_eq!(save(&mut bill, thread, kept).await["code"], 404);
        assert_eq!(remind(&mut bill, thread, kept, app.now().0 + MINUTE).await["code"], 404);
        assert_eq!(call(&mut bill, "get", thread, kept, "kept", json!({})).await["code"], 404);
        let add = json!({ "user_id": second.id });
        john.rpc(&format!("post:threads/{thread}/members"), add).await;
        assert_eq!(saved(&mut bill).await, ["two", "one"]);
    }

    async fn there_are_pages_of_it_and_an_end(app) {
        let (thread, _, [mut john, _]) = two(&app).await;
        for n in 1..=65 {
            let seq = post(&mut john, thread, &n.to_string()).await;
            save(&mut john, thread, seq).await;
        }
        let mut all = Vec::new();
        let mut next = json!(null);
        let mut pages = 0;
        loop {
            let page = john.rpc("get:saved", json!({ "before": next })).await;
            all.extend(texts(&page, "saved"));
            pages += 1;
            match page.get("next") {
                Some(before) => next = before.clone(),
                None => break,
            }
        }
        let right: Vec<String> = (1..=65).rev().map(|n: i32| n.to_string()).collect();
        assert_eq!((all, pages), (right, 3));
        // However many: then there is no room, and one is told so.
        let more = format!(
            "insert into messages (thread_id, author_id, seq, number, text, client_id, created_at)
             select thread_id, author_id, 1000000 + c.n, 1000000 + c.n, 'x', 'x' || c.n, 0
             from messages, (with recursive c (n) as (select 1 union all select n + 1 from c
                             where n < {SAVED} - 65) select n from c) c
             where id = (select min(id) from messages)");
        run(&app, more).await;
        run(&app, "insert into saved (user_id, message_id, saved_at)
                   select author_id, id, 0 from messages where seq > 1000000".to_owned()).await;
        let last = post(&mut john, thread, "one too many").await;
        let refused = save(&mut john, thread, last).await;
        assert_eq!(refused["code"], 422, "{refused}");
        let there = post(&mut john, thread, "66").await;
        unsave(&mut john, thread, 2).await;
        assert_eq!(save(&mut john, thread, there).await["is_saved"], true);
        assert_eq!(save(&mut john, thread, there).await["is_saved"], true, "what is saved is saved");
    }

    async fn one_is_reminded_when_it_is_time_on_all_devices_and_until_one_is_done_with_it(app) {
        let (thread, [_, second], [mut john, mut bill]) = two(&app).await;
        let seq = post(&mut john, thread, "tea at four").await;
        let mut bills = app.socket_of_again(&second).await;
        let at = app.now().0 + 20 * MINUTE;
        assert_eq!(remind(&mut bill, thread, seq, at).await["remind_at"], at);
        assert_eq!(told(&mut bills, "saved").await["number"], 0);
        let before = page(&mut bill).await;
        assert_eq!(texts(&before, "reminders"), ["tea at four"]);
        assert_eq!((&before["reminders"][0]["at"], before["reminders"][0].get("is_due")), (&json!(at), None));
        assert_eq!(texts(&before, "saved"), [""; 0], "it is not saved by that");
        app.seconds_pass(20 * 60);
        for socket in [&mut bill, &mut bills] {
            let reminded = told(socket, "reminded").await;
            assert_eq!(reminded["number"], 1);
            assert_eq!(reminded["message"]["text"], "tea at four");
            assert_eq!(reminded["thread"]["id"], json!(thread));
        }
        assert_eq!(page(&mut bill).await["reminders"][0]["is_due"], true);
        let browser = app.signed_in("bill").await;
        let (_, shared) = browser.call("shared", "").await;
        assert_eq!(shared["due"], 1, "also for who was away");
        // Later: it is not due any more, and then again.
        let later = app.now().0 + MINUTE;
        remind(&mut bill, thread, seq, later).await;
        assert_eq!(told(&mut bills, "saved").await["number"], 0);
        app.seconds_pass(60);
        assert_eq!(told(&mut bills, "reminded").await["number"], 1);
        assert!(done(&mut bill, thread, seq).await.get("remind_at").is_none());
        assert_eq!(told(&mut bills, "saved").await["number"], 0);
        assert_eq!(reminders(&mut bill).await, [""; 0]);
        let heard = john.everything_so_far().await;
        assert!(!json!(heard).to_string().contains("remind"), "{heard:?}");
    }

    async fn a_reminder_says_nothing_of_what_one_may_not_read_any_more(app) {
        let (thread, [_, second], [mut john, mut bill]) = two(&app).await;
        let open = app.thread(&second, ThreadKind::Public).await;
        let secret = post(&mut john, thread, "a secret").await;
        let deleted = post(&mut bill, open, "a slip").await;
        let fine = post(&mut bill, open, "a plan").await;
        let at = app.now().0 + MINUTE;
        for (thread, seq) in [(thread, secret), (open, deleted), (open, fine)] {
            remind(&mut bill, thread, seq, at).await;
        }
        let member = format!("threads/{thread}/members/{}", second.id);
        john.rpc(&format!("delete:{member}"), json!({})).await;
        bill.rpc("thread:revise", json!({ "id": open, "seq": deleted, "what": "delete" })).await;
        bill.everything_so_far().await;
        app.seconds_pass(60);
        let reminded = told(&mut bill, "reminded").await;
        assert_eq!((&reminded["message"]["text"], &reminded["number"]), (&json!("a plan"), &json!(1)));
        // They were taken together: had there been anything to say of the others, it is said by now.
        assert_eq!(reminders(&mut bill).await, ["a plan"]);
        assert!(!json!(bill.everything_so_far().await).to_string().contains("reminded"));
        // What one cannot read any more one can still be done with.
        assert_eq!(done(&mut bill, thread, secret).await["code"], 200);
    }

    async fn one_is_reminded_at_times_to_come_and_of_so_much_at_once(app) {
        let (thread, _, [mut john, _]) = two(&app).await;
        let seq = post(&mut john, thread, "one").await;
        let now = app.now().0;
        for at in [0, now - 1, now, now + 400 * 24 * 60 * MINUTE] {
            let refused = remind(&mut john, thread, seq, at).await;
            assert_eq!(refused["code"], 422, "{refused}");
        }
        for n in 0..REMINDERS {
            let seq = post(&mut john, thread, &n.to_string()).await;
            assert_eq!(remind(&mut john, thread, seq, now + MINUTE + n).await["code"], 200);
        }
        assert_eq!(remind(&mut john, thread, seq, now + MINUTE).await["code"], 422);
        assert_eq!(remind(&mut john, thread, seq + 1, now + 2 * MINUTE).await["code"], 200, "it is one of them");
        assert_eq!(done(&mut john, thread, seq + 1).await["code"], 200);
        assert_eq!(remind(&mut john, thread, seq, now + MINUTE).await["code"], 200);
    }

    async fn it_all_works_as_plain_forms(app) {
        let (thread, _, [mut john, _]) = two(&app).await;
        let seq = post(&mut john, thread, "worth **keeping**").await;
        let browser = app.signed_in("john").await;
        let empty = browser.text("/saved").await;
        assert!(empty.contains("Nothing is saved."), "{empty}");
        let sheet = browser.text(&format!("/t/{thread}?m={seq}&panel=message")).await;
        assert!(sheet.contains("value=\"save\""), "{sheet}");
        let (id, place) = (thread.to_string(), seq.to_string());
        let about = [("thread", id.as_str()), ("seq", place.as_str())];
        let there = browser.post_to("/", "/api/keep_message", &[&about[..], &[("what", "save")]].concat()).await;
        assert_eq!(there, format!("/t/{thread}?m={seq}"));
        let sheet = browser.text(&format!("/t/{thread}?m={seq}&panel=message")).await;
        assert!(sheet.contains("value=\"unsave\""), "{sheet}");
        let page = browser.text("/saved").await;
        assert!(page.contains("<strong>keeping") && page.contains(&there), "{page}");
        let sheet = browser.text(&format!("/t/{thread}?m={seq}&panel=remind")).await;
        assert!(sheet.contains("value=\"tomorrow\"") && sheet.contains("datetime-local"), "{sheet}");
        let soon = [&about[..], &[("what", "remind"), ("when", "20m")]].concat();
        browser.post_to("/", "/api/keep_message", &soon).await;
        let kept = call(&mut john, "get", thread, seq, "kept", json!({})).await;
        assert_eq!(kept["remind_at"], json!(app.now().0 + 20 * MINUTE));
        let never = [&about[..], &[("what", "remind"), ("at", "1999-01-01T09:00")]].concat();
        let (status, page) = browser.refused("/api/keep_message", &never).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please choose a time to come"), "{page}");
        let all = [("list", "saved"), ("what", "unsave")];
        let there = browser.post_to("/saved", "/api/keep_message", &[&about[..], &all].concat()).await;
        assert_eq!(there, "/saved");
        assert_eq!(saved(&mut john).await, [""; 0]);
    }

    async fn what_was_kept_goes_with_its_message_and_with_its_person(app) {
        let (thread, _, [mut john, mut bill]) = two(&app).await;
        let seq = post(&mut john, thread, "soon gone").await;
        save(&mut bill, thread, seq).await;
        remind(&mut bill, thread, seq, app.now().0 + 3600 * 1000).await;
        john.rpc("thread:revise", json!({ "id": thread, "seq": seq, "what": "delete" })).await;
        app.seconds_pass(120);
        forgotten(&app, "saved").await;
        forgotten(&app, "reminders").await;
        let other = post(&mut john, thread, "stays").await;
        save(&mut bill, thread, other).await;
        let browser = app.signed_in("bill").await;
        let fields = [("change", "leave"), ("password", "secret")];
        assert!(browser.change(&fields).await.starts_with("/login"));
        forgotten(&app, "saved").await;
    }
}

/// Waits until nothing is left of a table.
async fn forgotten(app: &TestApp, table: &str) {
    left(app, table, 0).await;
}

/// Waits until so many rows are left of a table.
pub async fn left(app: &TestApp, table: &str, rows: i64) {
    let count = || sqlx::AssertSqlSafe(format!("select count(*) from {table}"));
    let gone = async {
        loop {
            let left: i64 = match app.db.reader() {
                Pool::Sqlite(pool) => sqlx::query_scalar(count()).fetch_one(pool).await,
                Pool::Postgres(pool) => sqlx::query_scalar(count()).fetch_one(pool).await,
            }
            .unwrap();
            if left == rows {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    let patience = std::time::Duration::from_secs(20);
    tokio::time::timeout(patience, gone).await.expect(table);
}
