//! What people can change about themselves: name, status, password, sessions, and leaving for good.

use hubbub::protocol::ThreadKind;
use serde_json::json;

use crate::support::{Settings, TestApp, TestSocket, closed};

on_both_engines! {
    async fn a_new_name_and_status_show_to_others_at_once_and_a_status_ends_by_itself(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let thread = app.thread(&john, ThreadKind::Public).await;
        app.join(thread, &bill).await;
        let mut other = app.socket_of(&bill).await;
        let browser = app.signed_in("john").await;
        let there = browser
            .change(&[
                ("change", "profile"),
                ("name", "Johnny <b>"),
                ("emoji", "🌴"),
                ("status", "On holiday"),
                ("lasts", "hour"),
            ])
            .await;
        assert_eq!(there, "/settings?saved=1");
        let page = browser.text(&there).await;
        assert!(page.contains("Saved.") && page.contains("Johnny &lt;b&gt;"), "{page}");
        // Name and status are one piece of news.
        let (channel, _, told) = other.publication().await;
        assert_eq!((channel.as_str(), &told["user"]["name"]), ("threads", &json!("Johnny <b>")));
        assert_eq!(told["user"]["status"], "🌴 On holiday");
        let people = app.signed_in("bill").await;
        let panel = format!("/t/{thread}?panel=people");
        assert!(people.text(&panel).await.contains("🌴 On holiday"));
        app.days_pass(1);
        assert!(!people.text(&panel).await.contains("On holiday"));
        assert!(!browser.text("/settings").await.contains("On holiday"));
    }

    async fn a_name_that_looks_like_somebody_elses_is_refused_and_nothing_changes(app) {
        app.person("john").await;
        app.person("bill").await;
        let browser = app.signed_in("john").await;
        let fields = [("change", "profile"), ("name", "BILL"), ("status", "Busy")];
        let (status, page) = browser.not_changed(&fields).await;
        assert_eq!(status, 409);
        assert!(page.contains("Somebody else is called that"), "{page}");
        assert!(page.contains("value=\"BILL\"") && page.contains("value=\"Busy\""), "{page}");
        assert!(!browser.text("/settings").await.contains("Busy"));
        let fields = [("change", "profile"), ("name", "john"), ("emoji", "away")];
        assert_eq!(browser.not_changed(&fields).await.0, 422);
    }

    async fn what_is_saved_as_it_was_is_news_to_nobody(app) {
        let bill = app.person("bill").await;
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let fields = [("change", "profile"), ("name", "John"), ("status", "Busy"), ("lasts", "open")];
        browser.change(&fields).await;
        let mut other = app.socket_of(&bill).await;
        browser.change(&fields).await;
        let renamed = [("change", "profile"), ("name", "Johnny"), ("status", "Busy"), ("lasts", "open")];
        browser.change(&renamed).await;
        let told = other.publication().await.2;
        assert_eq!((&told["user"]["name"], &told["user"]["status"]), (&json!("Johnny"), &json!("Busy")));
    }

    async fn a_status_that_has_ended_is_not_kept_by_saving_the_form_that_showed_it(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let fields = [("change", "profile"), ("name", "john"), ("status", "Away"), ("lasts", "hour")];
        browser.change(&fields).await;
        let page = browser.text("/settings").await;
        let until = (app.now().0 + 60 * 60 * 1000).to_string();
        assert!(page.contains(&format!("value=\"{until}\"")), "{page}");
        let again = [("change", "profile"), ("name", "john"), ("status", "Still away"), ("lasts", &*until)];
        browser.change(&again).await;
        assert!(browser.text("/settings").await.contains("Still away"));
        app.days_pass(1);
        browser.change(&again).await;
        assert!(!browser.text("/settings").await.contains("Still away"));
    }

    async fn a_new_password_ends_all_other_sessions_and_needs_the_old_one(app) {
        app.person("john").await;
        let (here, there) = (app.signed_in("john").await, app.signed_in("john").await);
        let wrong = [("change", "password"), ("old", "guess"), ("new", "much better")];
        let (status, page) = here.not_changed(&wrong).await;
        assert_eq!(status, 422);
        assert!(page.contains("That is not your password."), "{page}");
        let short = [("change", "password"), ("old", "secret"), ("new", "x")];
        assert!(here.not_changed(&short).await.1.contains("At least 6 characters"));
        assert_eq!(there.get("/").await.status(), 200, "nothing has happened so far");
        let right = [("change", "password"), ("old", "secret"), ("new", "much better")];
        assert_eq!(here.change(&right).await, "/settings/password?saved=1");
        assert_eq!(here.get("/").await.status(), 200);
        assert_eq!(there.sent_to("/").await, "/login");
        let old = [("username", "john"), ("password", "secret")];
        assert_eq!(there.refused("/api/login", &old).await.0, 401);
        let new = [("username", "john"), ("password", "much better")];
        assert_eq!(there.post_to("/login", "/api/login", &new).await, "/");
    }

    async fn one_session_or_all_others_end_and_nobody_elses(app) {
        app.person("john").await;
        app.person("eve").await;
        let (here, phone, laptop) = (
            app.signed_in("john").await,
            app.signed_in("john").await,
            app.signed_in("john").await,
        );
        let eve = app.signed_in("eve").await;
        let page = here.text("/settings/sessions").await;
        assert_eq!(page.matches("name=\"change\" value=\"end_session\"").count(), 2, "{page}");
        assert!(page.contains("This one") && page.contains("127.0.0.1"));
        let id = page.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        let end = [("change", "end_session"), ("id", id.unwrap())];
        assert_eq!(eve.not_changed(&end).await.0, 404);
        assert_eq!(here.change(&end).await, "/settings/sessions?saved=1");
        let out = [phone.sent_to("/").await, laptop.sent_to("/").await];
        assert_eq!(out.iter().filter(|there| *there == "/login").count(), 1, "{out:?}");
        here.change(&[("change", "end_others")]).await;
        assert_eq!(phone.sent_to("/").await, "/login");
        assert_eq!(laptop.sent_to("/").await, "/login");
        assert_eq!(here.get("/").await.status(), 200);
        assert_eq!(eve.get("/").await.status(), 200);
    }

    async fn a_session_that_begins_or_ends_is_told_to_its_person_and_to_nobody_else(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let (mut johns, mut bills) = (app.socket_of(&john).await, app.socket_of(&bill).await);
        let here = app.signed_in("john").await;
        assert!(johns.everything_so_far().await.is_empty());
        app.signed_in("john").await;
        here.change(&[("change", "end_others")]).await;
        let (channel, _, told) = johns.publication().await;
        assert_eq!((channel, &told["type"]), (format!("user:{}", john.id), &json!("session_revoked")));
        assert_eq!(johns.sessions_begun, 2);
        assert!(bills.everything_so_far().await.is_empty());
        assert_eq!(bills.sessions_begun, 0);
    }

    async fn whoever_leaves_is_gone_but_for_what_they_wrote_and_nobody_gets_their_name(app) {
        app.person("john").await;
        let bob = app.person("bob").await;
        let thread = app.thread(&bob, ThreadKind::Public).await;
        let mut socket = app.socket_of(&bob).await;
        socket.rpc("thread:publish", json!({ "id": thread, "message": "I was here" })).await;
        let (browser, john) = (app.signed_in("bob").await, app.signed_in("john").await);
        let wrong = [("change", "leave"), ("password", "guess")];
        assert_eq!(browser.not_changed(&wrong).await.0, 422);
        assert_eq!(browser.get("/").await.status(), 200);
        let right = [("change", "leave"), ("password", "secret")];
        assert_eq!(browser.change(&right).await, "/login");
        assert_eq!(closed(socket).await, 3503);
        assert_eq!(browser.sent_to("/").await, "/login");
        let again = [("username", "bob"), ("password", "secret")];
        assert_eq!(browser.refused("/api/login", &again).await.0, 401);
        let page = john.text(&format!("/t/{thread}?panel=people")).await;
        assert!(page.contains("I was here") && page.contains("Someone who left"));
        assert!(!page.to_lowercase().contains("bob"), "{page}");
        assert!(page.contains("0 people"), "memberships are gone");
        for taken in ["bob", "b0b", "~2"] {
            let fields = [("username", taken), ("name", "New"), ("password", "lovelace")];
            let status = app.browser().refused("/api/register", &fields).await.0;
            assert!([409, 422].contains(&status), "{taken}: {status}");
        }
        let posing = [("username", "ada"), ("name", "Someone who left"), ("password", "lovelace")];
        assert_eq!(app.browser().refused("/api/register", &posing).await.0, 409);
    }

    async fn the_last_administrator_stays_as_long_as_others_are_there(app) {
        app.person("john").await;
        let alone = app.signed_in("john").await;
        let leave = [("change", "leave"), ("password", "secret")];
        app.person("bill").await;
        let (status, page) = alone.not_changed(&leave).await;
        assert_eq!(status, 409);
        assert!(page.contains("only administrator"), "{page}");
        app.signed_in("bill").await.change(&leave).await;
        assert_eq!(alone.change(&leave).await, "/login");
    }
}

#[tokio::test]
async fn the_script_changes_by_a_call_and_only_as_whom_its_page_is_for() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let bill = app.person("bill").await;
    let browser = app.signed_in("john").await;
    let call = async |me: i64, change: serde_json::Value| {
        let request = browser.client.post(format!("{}/api/change", app.base));
        let request = request.header("accept", "application/json");
        let request = request.header("origin", &app.base);
        let body = json!({ "me": me, "change": change });
        let answer = request.json(&body).send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<serde_json::Value>().await.unwrap())
    };
    let end = json!("EndOtherSessions");
    let (status, answer) = call(john.id.0, end.clone()).await;
    assert_eq!((status, &answer["answer"]), (200, &json!({ "Ok": "done" })));
    assert_eq!(call(bill.id.0, end).await.0, 401);
    let leave = json!({ "Leave": { "password": "guess" } });
    let refused = call(john.id.0, leave).await.1;
    let wrong = json!({ "fields": [{ "field": "password", "problem": "wrong" }] });
    assert_eq!(refused["answer"]["Err"]["Invalid"], wrong);
}

#[tokio::test]
async fn strangers_and_nonsense_change_nothing() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let end = [("change", "end_others")];
    let there = app.browser().change(&end).await;
    assert_eq!(there, "/login?next=/settings");
    assert_eq!(
        app.browser().sent_to("/settings/sessions").await,
        "/login?next=/settings/sessions"
    );
    let browser = app.signed_in("john").await;
    assert_eq!(browser.not_changed(&[("change", "explode")]).await.0, 404);
    assert_eq!(browser.get("/settings/nowhere").await.status(), 404);
}

#[tokio::test]
async fn nobody_changes_what_others_see_without_end() {
    let app = TestApp::with(Settings {
        changes_per_minute: 3,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    app.person("bill").await;
    let browser = app.signed_in("john").await;
    for name in ["One", "Two", "Three"] {
        browser
            .change(&[("change", "profile"), ("name", name)])
            .await;
    }
    let fields = [("change", "profile"), ("name", "Four")];
    let (status, page) = browser.not_changed(&fields).await;
    assert_eq!(status, 429);
    assert!(page.contains("value=\"Four\""), "{page}");
    let other = app.signed_in("bill").await;
    other
        .change(&[("change", "profile"), ("name", "Bill")])
        .await;
}

#[tokio::test]
async fn a_password_is_not_guessed_by_changing_it_or_by_leaving() {
    let app = TestApp::with(Settings {
        login_per_account: 4,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let browser = app.signed_in("john").await;
    let guess = [
        ("change", "password"),
        ("old", "guess"),
        ("new", "much better"),
    ];
    assert_eq!(browser.not_changed(&guess).await.0, 422);
    let leave = [("change", "leave"), ("password", "guess")];
    assert_eq!(browser.not_changed(&leave).await.0, 422);
    assert_eq!(browser.not_changed(&leave).await.0, 422);
    let right = [("change", "leave"), ("password", "secret")];
    assert_eq!(browser.not_changed(&right).await.0, 429);
    let right = [
        ("change", "password"),
        ("old", "secret"),
        ("new", "much better"),
    ];
    assert_eq!(browser.not_changed(&right).await.0, 429);
}

#[tokio::test]
async fn sockets_of_a_session_close_with_it_and_others_stay() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let here = app.signed_in("john").await;
    let socket = async || {
        let browser = app.browser();
        let cookie = browser.cookie("john").await;
        let headers = [("cookie", cookie.as_str()), ("origin", app.base.as_str())];
        let mut socket = TestSocket::open_with(&app.base, &headers).await.unwrap();
        socket.ask("connect", json!({})).await;
        socket
    };
    let (first, second) = (socket().await, socket().await);
    here.change(&[("change", "end_others")]).await;
    assert_eq!((closed(first).await, closed(second).await), (3503, 3503));
    let third = socket().await;
    let new = [
        ("change", "password"),
        ("old", "secret"),
        ("new", "much better"),
    ];
    here.change(&new).await;
    assert_eq!(closed(third).await, 3503);
    assert_eq!(here.get("/").await.status(), 200);
}
