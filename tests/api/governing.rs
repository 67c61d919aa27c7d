//! What administrators may do and members may not, by any route, and what is put on record of it.

use serde_json::json;

use crate::support::{TestApp, closed};

on_both_engines! {
    async fn everybody_hears_what_the_server_is_called_now(app) {
        app.person("john").await;
        let bill = app.person("bill").await;
        let mut socket = app.socket_of(&bill).await;
        let john = app.signed_in("john").await;
        john.change(&[("change", "name_server"), ("name", "The Harbour")]).await;
        let (channel, _, told) = socket.publication().await;
        assert_eq!(channel, "threads");
        assert_eq!(told, json!({ "type": "server_renamed", "name": "The Harbour" }));
        let long = "x".repeat(200);
        let (status, page) = john.not_changed(&[("change", "name_server"), ("name", &long)]).await;
        assert_eq!(status, 422);
        assert!(page.contains(&format!("value=\"{long}\"")), "{page}");
        assert!(socket.everything_so_far().await.is_empty());
    }

    async fn an_administrator_bans_and_lifts_and_it_is_on_record(app) {
        app.person("john").await;
        let bill = app.person("bill").await;
        let socket = app.socket_of(&bill).await;
        let (john, other) = (app.signed_in("john").await, app.signed_in("bill").await);
        let id = bill.id.to_string();
        let there = john.change(&[("change", "ban"), ("id", &id)]).await;
        assert_eq!(there, "/settings/people?saved=1");
        assert_eq!(closed(socket).await, 3503);
        assert_eq!(other.sent_to("/").await, "/login");
        let fields = [("username", "bill"), ("password", "secret")];
        assert_eq!(other.refused("/api/login", &fields).await.0, 403);
        let page = john.text("/settings/people").await;
        assert!(page.contains("@bill · Banned"), "{page}");
        assert!(john.text("/settings/audit").await.contains("john banned bill"));
        john.change(&[("change", "unban"), ("id", &id)]).await;
        assert!(john.text("/settings/audit").await.contains("john lifted the ban of bill"));
        app.signed_in("bill").await;
    }

    async fn an_administrator_makes_others_and_the_last_one_stays(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let browser = app.signed_in("john").await;
        let (me, other) = (john.id.to_string(), bill.id.to_string());
        let (status, page) = browser.not_changed(&[("change", "demote"), ("id", &me)]).await;
        assert_eq!(status, 409);
        assert!(page.contains("only administrator"), "{page}");
        browser.change(&[("change", "promote"), ("id", &other)]).await;
        // Not even an administrator bans one: first they are made a member.
        assert_eq!(browser.not_changed(&[("change", "ban"), ("id", &other)]).await.0, 403);
        let second = app.signed_in("bill").await;
        second.change(&[("change", "demote"), ("id", &me)]).await;
        assert_eq!(browser.get("/settings/people").await.status(), 403);
        assert_eq!(browser.not_changed(&[("change", "ban"), ("id", &other)]).await.0, 403);
    }

    async fn a_member_governs_nothing_by_any_route(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let eve = app.person("eve").await;
        let browser = app.signed_in("bill").await;
        let (own, target, top) = (bill.id.to_string(), eve.id.to_string(), john.id.to_string());
        for (change, id) in [
            ("ban", &target), ("unban", &target), ("promote", &own), ("promote", &target),
            ("demote", &top), ("demote", &own), ("ban", &top), ("make_guest", &target),
            ("make_guest", &top), ("admit", &target), ("make_guest", &own),
        ] {
            let (status, _) = browser.not_changed(&[("change", change), ("id", id)]).await;
            assert_eq!(status, 403, "{change} {id}");
        }
        let (status, _) = browser.not_changed(&[("change", "name_server"), ("name", "Mine")]).await;
        assert_eq!(status, 403);
        let policy = [
            ("change", "policy"), ("start_public", "members"), ("start_private", "everybody"),
            ("invite", "members"),
        ];
        assert_eq!(browser.not_changed(&policy).await.0, 403);
        let answer = browser.get("/settings/people").await;
        assert_eq!(answer.status(), 403);
        let page = answer.text().await.unwrap();
        assert!(!page.contains("@eve") && !page.contains("/settings/people?"), "{page}");
        assert!(!browser.text("/settings").await.contains("/settings/people"));
        let (_, content) = browser.call("content", "place=/settings/people").await;
        assert_eq!(content["answer"], json!({ "Err": "Forbidden" }));
        let rest = format!("{}/api/v1/users/{}/ban", app.base, eve.id);
        let token = app.token(&bill).await;
        let refused = browser.client.post(&rest).bearer_auth(&token).send().await.unwrap();
        assert_eq!(refused.status(), 403);
        // A token of an administrator is not the administrator in person.
        let token = app.token(&john).await;
        let refused = browser.client.post(&rest).bearer_auth(&token).send().await.unwrap();
        assert_eq!(refused.status(), 403);
        app.signed_in("eve").await;
    }

    async fn people_are_found_by_any_part_of_a_name_page_by_page(app) {
        app.person("john").await;
        for n in 0..60 {
            app.person(&format!("member{n}")).await;
        }
        app.person("some_one").await;
        let john = app.signed_in("john").await;
        let first = john.text("/settings/people").await;
        assert!(first.contains("@member0 ") || first.contains("@member0<"), "{first}");
        assert!(!first.contains("@member59"));
        assert!(first.contains("/settings/people?after=50"), "{first}");
        let second = john.text("/settings/people?after=50").await;
        assert!(second.contains("@member59") && !second.contains("More people"));
        let found = john.text("/settings/people?search=E_O").await;
        assert!(found.contains("@some_one") && !found.contains("@member1"), "{found}");
        assert!(john.text("/settings/people?search=nobody").await.contains("Nobody is called that"));
        // What is done to somebody on a page leads back to that page.
        let id = found.split("name=\"id\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        assert!(second.contains("name=\"after\" value=\"50\""), "{second}");
        let ban = [("change", "ban"), ("id", id.unwrap()), ("search", "E_O"), ("after", "7")];
        assert_eq!(john.change(&ban).await, "/settings/people?search=E_O&after=7&saved=1");
    }
}

#[tokio::test]
async fn an_administrator_calls_the_server_something_else() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let john = app.signed_in("john").await;
    assert!(app.browser().text("/login").await.contains(">Hubbub<"));
    john.change(&[("change", "name_server"), ("name", "The Harbour")])
        .await;
    assert!(app.browser().text("/login").await.contains(">The Harbour<"));
    let page = john.text("/settings/audit").await;
    assert!(
        page.contains("john called this place “The Harbour”"),
        "{page}"
    );
    let hostile = "</title><script>alert(1)</script>";
    john.change(&[("change", "name_server"), ("name", hostile)])
        .await;
    for page in [app.browser().text("/login").await, john.text("/").await] {
        assert_eq!(page.matches("</title>").count(), 1, "{page}");
        assert!(!page.contains("<script>alert"), "{page}");
    }
    let empty = [("change", "name_server"), ("name", " ")];
    assert_eq!(john.not_changed(&empty).await.0, 422);
}
