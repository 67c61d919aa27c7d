//! Signing in, registering, signing out, and the life of a session.

use hubbub::server::config::Registration;
use serde_json::json;

use crate::support::{Settings, TestApp};

on_both_engines! {
    async fn a_person_signs_in_and_is_let_into_the_chat(app) {
        app.person("john").await;
        let browser = app.browser();
        assert_eq!(browser.sent_to("/").await, "/login");
        let there = browser
            .post_to("/login", "/api/login", &[("username", " John "), ("password", "secret")])
            .await;
        assert_eq!(there, "/");
        assert_eq!(browser.get("/").await.status(), 200);
        assert_eq!(browser.sent_to("/login").await, "/");
        assert_eq!(browser.sent_to("/register").await, "/");
    }

    async fn one_gets_to_where_one_wanted_to_go_and_never_off_the_site(app) {
        app.person("john").await;
        let browser = app.browser();
        assert_eq!(browser.sent_to("/t/7").await, "/login?next=/t/7");
        assert!(browser.text("/login?next=/t/7").await.contains("value=\"/t/7\""));
        for (next, there) in [
            ("/t/7", "/t/7"),
            ("/t/7?m=9", "/t/7?m=9"),
            ("", "/"),
            ("//evil.example", "/"),
            ("https://evil.example/t/7", "/"),
            ("/t/7\r\nset-cookie: x=y", "/t/0"),
        ] {
            let fields = [("username", "john"), ("password", "secret"), ("next", next)];
            assert_eq!(browser.post_to("/login", "/api/login", &fields).await, there, "{next:?}");
        }
    }

    async fn a_wrong_password_and_an_unknown_name_get_the_same_answer(app) {
        app.person("john").await;
        let browser = app.browser();
        for (username, password) in [("john", "wrong"), ("nobody", "secret"), ("<b>", "secret")] {
            let fields = [("username", username), ("password", password)];
            let (status, page) = browser.refused("/api/login", &fields).await;
            assert_eq!(status, 401);
            assert!(page.contains("Invalid username or password!"), "{username}");
            assert_eq!(browser.sent_to("/").await, "/login");
        }
    }

    async fn a_form_with_empty_fields_comes_back_with_a_word_at_each(app) {
        let browser = app.browser();
        let fields = [("username", ""), ("password", "")];
        let (status, page) = browser.refused("/api/login", &fields).await;
        assert_eq!(status, 422);
        assert_eq!(page.matches("Please fill this in.").count(), 2);
    }

    async fn the_script_is_told_the_same_without_a_failed_request(app) {
        app.person("john").await;
        let browser = app.browser();
        let (status, answer) = browser.call("login", "username=john&password=wrong").await;
        assert_eq!((status, answer), (200, json!({ "Err": "WrongCredentials" })));
        let (status, answer) = browser.call("login", "username=john&password=secret").await;
        assert_eq!((status, answer), (200, json!({ "Ok": null })));
        let (status, shared) = browser.call("shared", "").await;
        assert_eq!((status, &shared["me"]["username"]), (200, &json!("john")));
    }

    async fn nobody_is_nobody(app) {
        let (status, answer) = app.browser().call("shared", "").await;
        assert_eq!((status, answer), (401, json!("Unauthenticated")));
    }

    async fn after_signing_out_the_session_is_over_everywhere(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        let copy = app.browser();
        let stolen = browser.cookie("john").await;
        let still_there = copy.client.get(format!("{}/", app.base)).header("cookie", &stolen);
        assert_eq!(still_there.send().await.unwrap().status(), 200);
        assert_eq!(browser.post_to("/", "/api/logout", &[]).await, "/login");
        assert_eq!(browser.sent_to("/").await, "/login");
        let gone = copy.client.get(format!("{}/", app.base)).header("cookie", &stolen);
        assert_eq!(gone.send().await.unwrap().status(), 303);
    }

    async fn signing_in_again_ends_the_session_before(app) {
        app.person("john").await;
        let browser = app.browser();
        let first = browser.cookie("john").await;
        let second = browser.cookie("john").await;
        assert_ne!(first, second);
        let copy = app.browser();
        let old = copy.client.get(format!("{}/", app.base)).header("cookie", first);
        assert_eq!(old.send().await.unwrap().status(), 303);
    }

    async fn a_session_ends_after_a_month_without_use_and_lives_while_it_is_used(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        for _ in 0..3 {
            app.days_pass(20);
            assert_eq!(browser.get("/").await.status(), 200);
        }
        app.days_pass(31);
        assert_eq!(browser.sent_to("/").await, "/login");
    }

    async fn a_session_ends_after_half_a_year_even_if_it_is_used(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        for _ in 0..8 {
            app.days_pass(20);
            assert_eq!(browser.get("/").await.status(), 200);
        }
        app.days_pass(20);
        assert_eq!(browser.sent_to("/").await, "/login");
    }

    async fn a_stranger_registers_and_is_in(app) {
        let browser = app.browser();
        let fields = [("username", "Ada"), ("name", "Ada </title><script>"), ("password", "lovelace")];
        assert_eq!(browser.post_to("/register", "/api/register", &fields).await, "/");
        let page = browser.text("/").await;
        assert!(page.contains("Ada &lt;/title&gt;&lt;script&gt;"), "{page}");
    }

    async fn a_username_is_taken_whatever_its_case(app) {
        app.person("john").await;
        let browser = app.browser();
        let fields = [("username", "JOHN"), ("name", ""), ("password", "secret")];
        let (status, page) = browser.refused("/api/register", &fields).await;
        assert_eq!(status, 409);
        assert!(page.contains("That name is taken."));
        assert!(page.contains("value=\"JOHN\""), "what was typed is still there");
        assert_eq!(browser.sent_to("/").await, "/login");
    }

    async fn a_registration_that_does_not_parse_comes_back(app) {
        let browser = app.browser();
        let fields = [("username", "a b"), ("name", ""), ("password", "short")];
        let (_, page) = browser.refused("/api/register", &fields).await;
        assert!(page.contains("Only letters a–z"), "{page}");
        assert!(page.contains("At least 6 characters, please."));
    }
}

#[tokio::test]
async fn after_too_many_attempts_even_the_right_password_has_to_wait() {
    let app = TestApp::with(Settings {
        login_per_account: 3,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let browser = app.browser();
    for _ in 0..3 {
        browser.sign_in("john", "wrong").await;
    }
    let fields = [("username", "john"), ("password", "secret")];
    let (status, page) = browser.refused("/api/login", &fields).await;
    assert_eq!(status, 429);
    assert!(page.contains("Too many attempts. Please try again in"));
    assert_eq!(browser.sent_to("/").await, "/login");
}

#[tokio::test]
async fn a_closed_server_takes_nobody_and_says_so() {
    let app = TestApp::with(Settings {
        registration: Registration::Closed,
        ..Settings::default()
    })
    .await;
    let browser = app.browser();
    assert!(
        browser
            .text("/register")
            .await
            .contains("takes no new accounts")
    );
    assert!(!browser.text("/login").await.contains("/register"));
    let answer = browser
        .call("register", "username=ada&name=&password=lovelace")
        .await;
    assert_eq!(answer.1, json!({ "Err": "RegistrationClosed" }));
}

#[tokio::test]
async fn an_invitation_lets_in_as_many_as_it_says_and_no_more() {
    let app = TestApp::with(Settings {
        registration: Registration::Invite,
        ..Settings::default()
    })
    .await;
    let code = app.invite(1).await;
    let register = async |username: &str, code: &str| {
        let body = format!("username={username}&name=&password=lovelace&invite={code}");
        app.browser().call("register", &body).await.1
    };
    let needed = json!({ "Err": "InvitationNeeded" });
    assert_eq!(register("eve", "").await, needed);
    assert_eq!(register("eve", "hbi_0000").await, needed);
    assert_eq!(register("ada", &code).await, json!({ "Ok": null }));
    assert_eq!(register("eve", &code).await, needed);
}

#[tokio::test]
async fn a_taken_username_does_not_use_up_the_invitation_and_time_does() {
    let app = TestApp::with(Settings {
        registration: Registration::Invite,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let code = app.invite(1).await;
    let body = format!("username=john&name=&password=lovelace&invite={code}");
    let taken = app.browser().call("register", &body).await.1;
    assert_eq!(taken, json!({ "Err": "UsernameTaken" }));
    let body = body.replace("john", "ada");
    let joined = app.browser().call("register", &body).await.1;
    assert_eq!(joined, json!({ "Ok": null }));
    let code = app.invite(1).await;
    app.days_pass(1);
    let body = format!("username=eve&name=&password=lovelace&invite={code}");
    let late = app.browser().call("register", &body).await.1;
    assert_eq!(late, json!({ "Err": "InvitationNeeded" }));
}

#[tokio::test]
async fn nobody_can_look_like_somebody_else() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let register = async |username: &str, name: &str| {
        let body = format!("username={username}&name={name}&password=lovelace");
        app.browser().call("register", &body).await.1
    };
    let taken = |field: &str| json!({ "Err": { "Invalid": { "fields": [{ "field": field, "problem": "taken" }] } } });
    assert_eq!(register("eve", "John").await, taken("name"));
    assert_eq!(register("eve", "J%D0%BEhn").await, taken("name"));
    assert_eq!(register("eve", "JOHN").await, taken("name"));
    assert_eq!(register("j0hn", "").await, taken("username"));
    assert_eq!(register("eve", "Eve").await, json!({ "Ok": null }));
    let eve = app.browser();
    eve.sign_in("eve", "lovelace").await;
    let (status, _) = eve.call("login", "username=eve&password=lovelace").await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn behind_a_proxy_without_a_public_url_registration_closes_itself() {
    let app = TestApp::with(Settings {
        registration: Registration::Auto,
        ..Settings::default()
    })
    .await;
    let register = "username=ada&name=&password=lovelace";
    assert!(app.browser().text("/login").await.contains("/register"));
    let by_proxy = app.browser();
    let url = format!("{}/login", app.base);
    let request = by_proxy
        .client
        .get(url)
        .header("x-forwarded-for", "203.0.113.7");
    assert_eq!(request.send().await.unwrap().status(), 200);
    let refused = app.browser().call("register", register).await.1;
    assert_eq!(refused, json!({ "Err": "InvitationNeeded" }));
}

#[tokio::test]
async fn one_network_that_guesses_does_not_keep_the_owner_out() {
    let app = TestApp::with(Settings {
        login_per_account: 3,
        trusted_proxies: vec!["127.0.0.1".to_owned()],
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    let attempt = async |from: &str, password: &str| {
        let browser = app.browser();
        let request = browser
            .client
            .post(format!("{}/api/login", app.base))
            .header("accept", "application/json")
            .header("origin", &app.base)
            .header("x-forwarded-for", from)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(format!("username=john&password={password}"));
        let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
        answer
    };
    for _ in 0..3 {
        attempt("198.51.100.1", "wrong").await;
    }
    let locked = attempt("198.51.100.1", "secret").await;
    assert!(locked["Err"]["TooManyRequests"].is_object(), "{locked}");
    let hidden = attempt("1.1.1.1, 198.51.100.1:4711", "secret").await;
    assert!(hidden["Err"]["TooManyRequests"].is_object(), "{hidden}");
    assert_eq!(
        attempt("203.0.113.5", "secret").await,
        json!({ "Ok": null })
    );
}
