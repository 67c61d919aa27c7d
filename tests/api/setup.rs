//! The first run of a server: whoever has the link that it printed makes the administrator.

use hubbub::protocol::Timestamp;
use hubbub::server::config::Registration;
use hubbub::server::db::{self, Pool};
use serde_json::json;

use crate::support::{Settings, TestApp};

async fn a_new_server() -> TestApp {
    TestApp::with(Settings {
        is_new: true,
        registration: Registration::Open,
        ..Settings::default()
    })
    .await
}

fn fields<'a>(code: &'a str, username: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("code", code),
        ("server_name", "The <Harbour>"),
        ("thread_name", "Quay"),
        ("username", username),
        ("name", "Ada"),
        ("password", "lovelace"),
    ]
}

#[tokio::test]
async fn whoever_has_the_link_names_the_server_governs_it_and_is_led_to_inviting() {
    let app = a_new_server().await;
    let code = app.setup_code().await;
    let ada = app.browser();
    let page = ada.text(&format!("/setup?code={code}")).await;
    assert!(page.contains("Set up your server"), "{page}");
    let there = ada
        .post_to("/setup", "/api/setup", &fields(&code, "ada"))
        .await;
    assert_eq!(there, "/settings/invitations");
    let page = ada.text(&there).await;
    assert!(page.contains("Make a link"), "{page}");
    assert!(page.contains("The &lt;Harbour&gt;"), "{page}");
    assert!(page.contains("/settings/people"));
    // Whoever comes by one of those links belongs to the first thread from then on.
    let page = ada.text("/t/1").await;
    assert!(page.contains("Quay"), "{page}");
    app.person("bill").await;
    let bill = app.signed_in("bill").await;
    let mine = bill.text("/").await;
    assert!(mine.contains("Quay"), "{mine}");
    let login = app.browser().text("/login").await;
    assert!(login.contains("The &lt;Harbour&gt;"), "{login}");
}

#[tokio::test]
async fn without_the_link_nobody_takes_it_by_any_route() {
    let app = a_new_server().await;
    let code = app.setup_code().await;
    let eve = app.browser();
    for path in ["/login", "/register", "/setup", "/setup?code=hbf_00"] {
        let answer = eve.get(path).await;
        assert_eq!(answer.status(), 404, "{path}");
        let page = answer.text().await.unwrap();
        assert!(page.contains("Not set up yet"), "{path}: {page}");
        assert!(!page.contains(&code) && !page.contains("name=\"username\""));
    }
    let guess = fields("hbf_00", "eve");
    assert_eq!(eve.refused("/api/setup", &guess).await.0, 404);
    let body = "code=&server_name=x&thread_name=y&username=eve&name=&password=lovelace";
    assert_eq!(
        eve.call("setup", body).await.1,
        json!({ "Err": "NotFound" })
    );
    let body = "username=eve&name=&password=lovelace";
    assert_eq!(
        eve.call("register", body).await.1,
        json!({ "Err": "NotSetUp" })
    );
    let still = app.browser().text(&format!("/setup?code={code}")).await;
    assert!(still.contains("Set up your server"));
}

#[tokio::test]
async fn the_link_is_good_once_and_a_form_that_does_not_parse_does_not_use_it_up() {
    let app = a_new_server().await;
    let code = app.setup_code().await;
    let mut wrong = fields(&code, "a b");
    (wrong[1].1, wrong[2].1) = ("", "");
    let (status, page) = app.browser().refused("/api/setup", &wrong).await;
    assert_eq!(status, 422);
    assert_eq!(
        page.matches("Please fill this in.</p>").count(),
        2,
        "{page}"
    );
    assert!(page.contains("Only letters a–z") && page.contains("value=\"a b\""));
    let (ada, eve) = (app.browser(), app.browser());
    let (first, second) = (fields(&code, "ada"), fields(&code, "eve"));
    let (one, other) = tokio::join!(
        ada.post_form("/setup", "/api/setup", &first),
        eve.post_form("/setup", "/api/setup", &second)
    );
    let mut statuses = [one.status().as_u16(), other.status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
    let page = app.browser().get(&format!("/setup?code={code}")).await;
    assert_eq!(page.status(), 404);
}

#[tokio::test]
async fn a_server_that_is_filled_meanwhile_needs_no_link_any_more() {
    let app = a_new_server().await;
    let code = app.setup_code().await;
    app.person("john").await;
    assert_eq!(app.browser().get("/login").await.status(), 200);
    let late = app
        .browser()
        .refused("/api/setup", &fields(&code, "eve"))
        .await;
    assert_eq!(late.0, 404);
    app.signed_in("john").await;
}

on_both_engines! {
    async fn a_server_is_set_up_once_and_only_while_nobody_is_there(app) {
        // The tests' servers count as set up.
        assert!(db::setup::find(&app.db).await.unwrap().is_set_up);
        let name = "Late".to_owned().try_into().unwrap();
        let (username, display) = (
            hubbub::protocol::Username::parse("eve").unwrap(),
            hubbub::protocol::DisplayName::parse("Eve").unwrap(),
        );
        let new = db::users::NewUser { username: &username, name: &display, password_hash: "x" };
        let late = db::setup::finish(&app.db, &name, new, Timestamp(1)).await.unwrap();
        assert!(late.is_none());
        assert_eq!(db::setup::find(&app.db).await.unwrap().name, "");
    }

    async fn of_two_who_set_a_server_up_at_once_one_governs_and_somebody_there_prevents_both(app) {
        forget_the_setup(&app).await;
        let name = "Harbour".to_owned().try_into().unwrap();
        let finish = async |username: &str| {
            let display = hubbub::protocol::DisplayName::parse(username).unwrap();
            let username = hubbub::protocol::Username::parse(username).unwrap();
            let new = db::users::NewUser { username: &username, name: &display, password_hash: "x" };
            db::setup::finish(&app.db, &name, new, Timestamp(1)).await.unwrap()
        };
        let (one, other) = tokio::join!(finish("ada"), finish("eve"));
        assert!(one.is_some() != other.is_some(), "{one:?} {other:?}");
        let server = db::setup::find(&app.db).await.unwrap();
        assert_eq!((server.name.as_str(), server.is_set_up), ("Harbour", true));
        // Nobody has said that it is set up, but somebody is there.
        forget_the_setup(&app).await;
        assert!(finish("late").await.is_none());
    }
}

async fn forget_the_setup(app: &TestApp) {
    const STATEMENT: &str = "update server_identity set set_up_at = null";
    match app.db.writer() {
        Pool::Sqlite(pool) => sqlx::query(STATEMENT).execute(pool).await.map(drop),
        Pool::Postgres(pool) => sqlx::query(STATEMENT).execute(pool).await.map(drop),
    }
    .unwrap();
}
