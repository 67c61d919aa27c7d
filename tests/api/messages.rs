//! Posting: once, in order, durably; and reading it back in pages.

use std::sync::{Arc, Mutex};

use hubbub::protocol::{ClientId, MessageText, ThreadKind};
use hubbub::server::clock::Clock;
use hubbub::server::db::Pool;
use hubbub::server::db::writer::{Post, Writer};
use serde_json::{Value, json};

use crate::support::{TestApp, TestSocket};

fn seqs(page: &Value) -> Vec<i64> {
    let messages = page["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|m| m["seq"].as_i64().unwrap())
        .collect()
}

on_both_engines! {
    async fn the_first_message_of_a_day_is_found_by_whoever_may_read_it(app) {
        const DAY: i64 = 24 * 60 * 60;
        let (john, bill) = (app.person("john").await, app.person("bill").await);
        let thread = app.thread(&john, ThreadKind::Private).await;
        let mut socket = app.socket_of(&john).await;
        let begun = app.now().0;
        let mut places = Vec::new();
        for n in 0..9 {
            // Events that are no messages are between them.
            let change = json!({ "description": format!("day {n}") });
            socket.rpc(&format!("patch:threads/{thread}"), change).await;
            let post = json!({ "id": thread, "message": n.to_string() });
            let posted = socket.rpc("thread:publish", post).await;
            places.push(posted["message"]["seq"].as_i64().unwrap());
            app.seconds_pass(if n == 4 { 3 * DAY } else { DAY });
        }
        let browser = app.signed_in("john").await;
        let first = async |since: i64| {
            let body = json!({ "me": john.id, "thread": thread, "since": since });
            browser.ask("first_message", body).await.1["Ok"].clone()
        };
        assert_eq!(first(0).await, places[0]);
        assert_eq!(first(begun).await, places[0]);
        assert_eq!(first(begun + 1).await, places[1]);
        assert_eq!(first(begun + 5 * DAY * 1000).await, places[5], "nobody said anything on that day");
        assert_eq!(first(begun + 10 * DAY * 1000).await, places[8]);
        assert_eq!(first(begun + 99 * DAY * 1000).await, places[8], "the last one");
        let around = json!({ "since": begun + DAY * 1000, "limit": 2 });
        let page = socket.rpc(&format!("get:threads/{thread}/messages"), around).await;
        assert_eq!(page["messages"][1]["seq"], places[1]);
        // The same as a form, where the day begins in the zone of whoever asks.
        let id = thread.to_string();
        let fields = [("thread", id.as_str()), ("date", "1970-01-01")];
        let there = browser.post_to("/", "/api/go_to_date", &fields).await;
        assert_eq!(there, format!("/t/{thread}?m={}", places[0]));
        let empty = app.thread(&john, ThreadKind::Private).await;
        let body = json!({ "me": john.id, "thread": empty, "since": 0 });
        assert_eq!(browser.ask("first_message", body).await.1, json!({ "Ok": null }));
        let (other, body) = (app.signed_in("bill").await, json!({ "me": bill.id, "thread": thread, "since": 0 }));
        assert_eq!(other.ask("first_message", body).await.1, json!({ "Err": "NotFound" }));
    }

    async fn a_message_is_acknowledged_with_its_place_and_seen_before_the_answer(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        let id = socket.send("rpc", json!({
            "method": "thread:publish",
            "data": { "id": thread, "message": "hello", "client_id": "c1" },
        })).await;
        let first = socket.line().await;
        assert_eq!(first["push"]["pub"]["offset"], 1, "{first}");
        let reply = socket.answer(id).await;
        let data = &reply["rpc"]["data"];
        assert_eq!(data["message"]["seq"], 1);
        assert_eq!(data["message"]["user"]["username"], "john");
        assert_eq!(data["thread"]["id"], json!(thread));
        assert_eq!(first["push"]["pub"]["data"], json!({
            "type": "posted",
            "message": data["message"],
        }));
    }

    async fn a_retry_is_answered_with_the_first_message_and_adds_nothing(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        let post = json!({ "id": thread, "message": "once", "client_id": "c1" });
        let first = socket.rpc("thread:publish", post.clone()).await;
        let second = socket.rpc("thread:publish", post).await;
        assert_eq!(first["message"], second["message"]);
        let page = socket.rpc("thread:history", json!({ "id": thread })).await;
        assert_eq!(seqs(&page), [1]);
        assert_eq!(socket.everything_so_far().await.len(), 1);
    }

    async fn many_at_once_with_doubles_among_them_make_one_stream_without_holes(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let other = app.thread(&john, ThreadKind::Public).await;
        let token = app.token(&john).await;
        let mut tasks = Vec::new();
        for writer in 0..8 {
            let (base, token) = (app.base.clone(), token.clone());
            tasks.push(tokio::spawn(async move {
                let mut socket = TestSocket::open(&base).await;
                socket.connect_with(&token).await;
                let mut ids = Vec::new();
                for n in 0..20 {
                    // Two writers share each client id.
                    let client_id = format!("w{}-{n}", writer / 2);
                    let id = if n % 5 == 4 { other } else { thread };
                    ids.push(socket.send("rpc", json!({
                        "method": "thread:publish",
                        "data": { "id": id, "message": client_id, "client_id": client_id },
                    })).await);
                }
                for id in ids {
                    let reply = socket.answer(id).await;
                    assert!(reply.get("error").is_none(), "{reply}");
                }
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
        let mut socket = TestSocket::open(&app.base).await;
        socket.connect_with(&token).await;
        let page = socket.rpc("thread:history", json!({ "id": thread, "limit": 200 })).await;
        assert_eq!(seqs(&page), (1..=64).collect::<Vec<_>>());
        let page = socket.rpc("thread:history", json!({ "id": other, "limit": 200 })).await;
        assert_eq!(seqs(&page), (1..=16).collect::<Vec<_>>());
    }

    async fn one_client_id_of_two_people_is_two_messages(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let post = json!({ "id": thread, "message": "same", "client_id": "c1" });
        let first = app.socket_of(&john).await.rpc("thread:publish", post.clone()).await;
        let second = app.socket_of(&bill).await.rpc("thread:publish", post).await;
        assert_ne!(first["message"]["id"], second["message"]["id"]);
    }

    async fn what_is_no_message_is_refused_with_the_reason(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        for (message, reason) in [
            (" \n ".to_owned(), "Please fill this in."),
            ("x".repeat(10_001), "At most 10000 characters, please; this has 10001."),
            ("a\0b".to_owned(), "This contains characters that cannot be shown."),
        ] {
            let reply = socket.call("thread:publish", json!({ "id": thread, "message": message })).await;
            assert_eq!(reply["error"], json!({ "code": 422, "message": reason }));
        }
        for data in [json!({}), json!({ "id": "one", "message": "x" }), json!(null), json!(7)] {
            let reply = socket.call("thread:publish", data).await;
            assert_eq!(reply["error"]["code"], 107, "{reply}");
        }
        let page = socket.rpc("thread:history", json!({ "id": thread })).await;
        assert_eq!(seqs(&page), [] as [i64; 0]);
    }

    async fn ten_thousand_characters_of_any_kind_come_back_as_they_were(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        let texts = ["🦀".repeat(10_000), "<script>alert('x')</script>".to_owned(), "שלום\nworld".to_owned()];
        for text in &texts {
            socket.rpc("thread:publish", json!({ "id": thread, "message": text })).await;
        }
        let page = socket.rpc("thread:history", json!({ "id": thread })).await;
        let back: Vec<_> = page["messages"].as_array().unwrap().iter().map(|m| m["text"].clone()).collect();
        assert_eq!(back, texts);
    }

    async fn history_is_read_in_pages_from_both_ends(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        for n in 1..=12 {
            socket.rpc("thread:publish", json!({ "id": thread, "message": n.to_string() })).await;
        }
        let mut page = async |request: Value| {
            let mut data = json!({ "id": thread, "limit": 5 });
            data.as_object_mut().unwrap().extend(request.as_object().unwrap().clone());
            let page = socket.rpc("thread:history", data).await;
            (seqs(&page), page["after"].as_i64().unwrap(), page["through"].as_i64().unwrap())
        };
        assert_eq!(page(json!({})).await, (vec![8, 9, 10, 11, 12], 7, 12));
        assert_eq!(page(json!({ "before": 8 })).await, (vec![3, 4, 5, 6, 7], 2, 7));
        assert_eq!(page(json!({ "before": 3 })).await, (vec![1, 2], 0, 2));
        assert_eq!(page(json!({ "before": 1 })).await, (vec![], 0, 0));
        assert_eq!(page(json!({ "after": 0 })).await, (vec![1, 2, 3, 4, 5], 0, 5));
        assert_eq!(page(json!({ "after": 10 })).await, (vec![11, 12], 10, 12));
        assert_eq!(page(json!({ "after": 12 })).await, (vec![], 12, 12));
        assert_eq!(page(json!({ "after": i64::MAX })).await, (vec![], 12, 12));
        assert_eq!(page(json!({ "before": i64::MIN })).await, (vec![], 0, 0));
        assert_eq!(page(json!({ "before": i64::MAX })).await.2, 12);
        assert_eq!(page(json!({ "around": 6 })).await, (vec![4, 5, 6, 7, 8], 3, 8));
        assert_eq!(page(json!({ "around": 12 })).await, (vec![10, 11, 12], 9, 12));
        assert_eq!(page(json!({ "around": i64::MAX })).await.2, 12);

        let browser = app.signed_in("john").await;
        let call = async |bounds: &str| {
            let (status, page) = browser.call("thread_history", &format!("request[id]={thread}{bounds}")).await;
            assert_eq!(status, 200, "{page}");
            seqs(&page["answer"])
        };
        assert_eq!(call("").await, (1..=12).collect::<Vec<_>>());
        assert_eq!(call("&request[before]=3").await, [1, 2]);
        assert_eq!(call("&request[after]=10").await, [11, 12]);
    }

    async fn time_does_not_run_backwards_within_a_thread(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let mut socket = app.socket_of(&john).await;
        let mut post = async || {
            let posted = socket.rpc("thread:publish", json!({ "id": thread, "message": "x" })).await;
            posted["message"]["created_at"].as_i64().unwrap()
        };
        let first = post().await;
        app.days_pass(-2);
        assert_eq!(post().await, first);
        app.days_pass(3);
        assert!(post().await > first);
    }

    async fn without_javascript_a_message_is_posted_by_a_form(app) {
        let john = app.person("john").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        let browser = app.signed_in("john").await;
        let (here, id) = (format!("/t/{thread}"), thread.to_string());
        let there = browser
            .post_to(&here, "/api/post_message", &[("thread", &id), ("text", "plain & simple")])
            .await;
        assert_eq!(there, here);
        assert!(browser.text(&here).await.contains("plain &amp; simple"));
        for (after, text, count) in [("1", "again", 2), ("1", "again", 2), ("2", "again", 3), ("2", "more", 4)] {
            let fields = [("thread", id.as_str()), ("after", after), ("text", text)];
            browser.post_to(&here, "/api/post_message", &fields).await;
            let page = browser.text(&here).await;
            assert!(page.contains(&format!("name=\"after\" value=\"{count}\"")), "{after} {text}");
        }
        let elsewhere = app.thread(&john, ThreadKind::Public).await;
        let (there, other) = (format!("/t/{elsewhere}"), elsewhere.to_string());
        let fields = [("thread", other.as_str()), ("after", "2"), ("text", "more")];
        browser.post_to(&there, "/api/post_message", &fields).await;
        assert!(browser.text(&there).await.contains("name=\"after\" value=\"1\""));
        let fields = [("thread", id.as_str()), ("text", "  ")];
        let (status, page) = browser.refused("/api/post_message", &fields).await;
        assert_eq!(status, 422);
        assert!(page.contains("Please fill this in."));
        let long = format!("{}the end", "x".repeat(10_000));
        let (_, page) = browser
            .refused("/api/post_message", &[("thread", &id), ("text", &long)])
            .await;
        assert!(page.contains("the end"), "a refused text is given back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_database_refuses_harms_no_other() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Public).await;
    let Pool::Sqlite(pool) = app.db.writer() else {
        unreachable!()
    };
    sqlx::query(
        "create trigger poison before insert on messages when new.text = 'poison'
         begin select raise(abort, 'the disk is full'); end",
    )
    .execute(pool)
    .await
    .unwrap();
    let token = app.token(&john).await;
    let mut writers = Vec::new();
    for n in 0..10 {
        let (base, token) = (app.base.clone(), token.clone());
        writers.push(tokio::spawn(async move {
            let mut socket = TestSocket::open(&base).await;
            socket.connect_with(&token).await;
            let text = if n % 3 == 1 { "poison" } else { "fine" };
            let post = json!({ "id": thread, "message": text });
            let reply = socket.call("thread:publish", post).await;
            (text, reply["error"].clone())
        }));
    }
    for writer in writers {
        let (text, error) = writer.await.unwrap();
        let refused = json!({
            "code": 100,
            "message": "Something went wrong on the server. Please try again.",
            "temporary": true,
        });
        assert_eq!(
            error,
            if text == "poison" {
                refused
            } else {
                json!(null)
            }
        );
    }
    let mut socket = TestSocket::open(&app.base).await;
    socket.connect_with(&token).await;
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    assert_eq!(seqs(&page), [1, 2, 3, 4, 5, 6, 7]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_a_right_away_keeps_its_place_among_the_posts() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let (announced, noted) = (told.clone(), told.clone());
    let writer = Writer::start(app.db.clone(), Clock::system(), move |committed| {
        let texts = committed
            .posted
            .iter()
            .map(|p| p.message.text.as_str().to_owned());
        announced.lock().unwrap().extend(texts);
    });
    let post = |text: &str| Post {
        thread,
        author: john.clone(),
        client_id: ClientId::parse(text).unwrap(),
        text: MessageText::parse(text).unwrap(),
        reply_to: None,
        files: Vec::new(),
        forwarded: None,
        here: Vec::new(),
    };
    // The first commit is under way while the others queue up together.
    let first = writer.submit(post("before")).await.unwrap();
    let removal = writer.in_order(async move {
        noted.lock().unwrap().push("removal".to_owned());
        Ok(())
    });
    let last = async { writer.submit(post("after")).await.unwrap().await };
    let (first, removal, last) = futures::join!(first, removal, last);
    assert!(first.unwrap().is_ok() && removal.is_ok() && last.unwrap().is_ok());
    assert_eq!(*told.lock().unwrap(), ["before", "removal", "after"]);
}

/// What a command of the command line does beside a server on `PostgreSQL`: it adds an event while a
/// post is being written. Where the thread stands was read before; the number is not given twice.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_another_process_takes_meanwhile_is_not_given_again() {
    let Some(app) = TestApp::on_postgres().await else {
        assert!(
            std::env::var_os("CI").is_none(),
            "TEST_POSTGRES_URL is not set"
        );
        return;
    };
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let token = app.token(&john).await;
    let mut socket = TestSocket::open(&app.base).await;
    socket.connect_with(&token).await;
    let Pool::Postgres(pool) = app.db.writer() else {
        unreachable!()
    };
    let mut other = pool.begin().await.unwrap();
    let (theirs,): (i64,) = sqlx::query_as(
        "update threads set last_seq = last_seq + 1 where id = $1 returning last_seq",
    )
    .bind(thread.0)
    .fetch_one(&mut *other)
    .await
    .unwrap();
    sqlx::query(
        "insert into thread_events (thread_id, seq, kind, user_id, created_at)
         values ($1, $2, 'joined', $3, 0)",
    )
    .bind(thread.0)
    .bind(theirs)
    .bind(john.id.0)
    .execute(&mut *other)
    .await
    .unwrap();
    let post = json!({ "id": thread, "message": "hi", "client_id": "meanwhile" });
    let id = socket
        .send("rpc", json!({ "method": "thread:publish", "data": post }))
        .await;
    // Until the post waits for the row.
    let waits = "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'";
    loop {
        let (waiting,): (i64,) = sqlx::query_as(waits).fetch_one(pool).await.unwrap();
        if waiting > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    other.commit().await.unwrap();
    let posted = socket.answer(id).await;
    let message = &posted["rpc"]["data"]["message"];
    assert_eq!(
        (&message["seq"], &message["number"]),
        (&json!(theirs + 1), &json!(1)),
        "{posted}"
    );
    let head = hubbub::server::db::threads::head(&app.db, thread)
        .await
        .unwrap();
    assert_eq!(head.map(|seq| seq.0), Some(theirs + 1), "without a hole");
}
