//! Invitation links: who may make and take back which, and whom they let in.

use hubbub::protocol::{DisplayName, Username};
use hubbub::server::config::{Inviters, Registration};
use hubbub::server::db;
use hubbub::server::db::invites::Maker;
use hubbub::server::db::users::NewUser;

use crate::support::{Settings, TestApp};

/// The link on the page that answers the form.
fn link_in(page: &str) -> String {
    let rest = page.split("/register?invite=").nth(1).unwrap();
    let code = rest.split(['"', '\\']).next().unwrap();
    format!("/register?invite={code}")
}

on_both_engines! {
    async fn an_administrator_invites_and_sees_who_came(app) {
        app.person("john").await;
        let john = app.signed_in("john").await;
        let make = [("change", "invite"), ("lasts", "week"), ("uses", "1")];
        let (status, page) = john.not_changed(&make).await;
        assert_eq!(status, 200, "what was made is shown once");
        let link = link_in(&page);
        let page = john.text("/settings/invitations").await;
        assert!(page.contains("for 1 more person") && !page.contains(&link), "{page}");
        let stranger = app.browser();
        let form = stranger.text(&link).await;
        assert!(form.contains("john invites you"), "{form}");
        let code = link.split('=').nth(1).unwrap();
        let fields = [("username", "ada"), ("name", "Ada"), ("password", "lovelace"), ("invite", code)];
        assert_eq!(stranger.post_to(&link, "/api/register", &fields).await, "/");
        let page = john.text("/settings/invitations").await;
        assert!(page.contains("Came by it: Ada") && page.contains("used up"), "{page}");
        assert!(app.browser().text(&link).await.contains("has been used up"));
    }

    async fn an_invitation_that_was_taken_back_lets_in_nobody(app) {
        app.person("john").await;
        app.person("bill").await;
        let john = app.signed_in("john").await;
        let bill = app.signed_in("bill").await;
        let make = [("change", "invite"), ("lasts", "never"), ("uses", "any")];
        let link = link_in(&john.not_changed(&make).await.1);
        let page = john.text("/settings/invitations").await;
        assert!(page.contains("good for ever, for any number of people"), "{page}");
        let revoke = [("change", "revoke"), ("id", "1")];
        assert_eq!(bill.not_changed(&revoke).await.0, 404);
        assert!(app.browser().text(&link).await.contains("john invites you"));
        assert_eq!(john.change(&revoke).await, "/settings/invitations?saved=1");
        assert_eq!(john.not_changed(&revoke).await.0, 404);
        assert!(app.browser().text(&link).await.contains("taken back"));
    }

    async fn live_invitations_come_first_page_by_page_and_are_not_without_end(app) {
        let john = app.person("john").await;
        let maker = Maker::Administrator(john.id);
        app.invite_by(maker).await.unwrap();
        for _ in 1..60 {
            app.invite_by(maker).await.unwrap();
        }
        let browser = app.signed_in("john").await;
        for id in 2..=60 {
            browser.change(&[("change", "revoke"), ("id", &id.to_string())]).await;
        }
        let page = browser.text("/settings/invitations").await;
        assert!(page.contains("good for ever"), "the oldest is the only one that is good: {page}");
        assert!(page.contains("/settings/invitations?page=1"), "{page}");
        let next = browser.text("/settings/invitations?page=1").await;
        assert!(next.contains("taken back") && !next.contains("good for ever"), "{next}");
        assert!(!next.contains("More invitations"));
        let revoke = [("change", "revoke"), ("id", "1"), ("page", "1")];
        assert_eq!(browser.change(&revoke).await, "/settings/invitations?page=1&saved=1");
        for _ in 0..db::invites::LIVE {
            app.invite_by(maker).await.unwrap();
        }
        let make = [("change", "invite"), ("lasts", "never"), ("uses", "any")];
        let (status, page) = browser.not_changed(&make).await;
        assert_eq!(status, 409);
        assert!(page.contains("too many invitations"), "{page}");
        assert!(app.invite_by(Maker::Operator).await.is_some());
    }

    async fn of_many_who_came_by_one_link_some_are_named_and_all_are_counted(app) {
        let john = app.person("john").await;
        let code = app.invite_by(Maker::Administrator(john.id)).await.unwrap();
        let hash = hubbub::server::auth::token::hash(&code);
        for n in 1..=8 {
            let username = Username::parse(&format!("guest{n}")).unwrap();
            let name = DisplayName::parse(&format!("Guest {n}")).unwrap();
            let new = NewUser { username: &username, name: &name, password_hash: "x" };
            db::invites::redeem(&app.db, &hash, new, app.now()).await.unwrap();
        }
        let page = app.signed_in("john").await.text("/settings/invitations").await;
        let named = "Came by it: Guest 1, Guest 2, Guest 3, Guest 4, Guest 5 and 3 more";
        assert!(page.contains(named), "{page}");
    }

    async fn a_member_neither_makes_nor_sees_invitations(app) {
        app.person("john").await;
        app.person("bill").await;
        let bill = app.signed_in("bill").await;
        let make = [("change", "invite"), ("lasts", "week"), ("uses", "1")];
        assert_eq!(bill.not_changed(&make).await.0, 403);
        let answer = bill.get("/settings/invitations").await;
        assert_eq!(answer.status(), 403);
        assert!(!bill.text("/settings").await.contains("/settings/invitations"));
    }
}

#[tokio::test]
async fn a_dead_link_says_so_before_anything_is_typed_and_has_no_form() {
    let app = TestApp::with(Settings {
        registration: Registration::Invite,
        ..Settings::default()
    })
    .await;
    let code = app.invite(1).await;
    let link = format!("/register?invite={code}");
    assert!(
        app.browser()
            .text(&link)
            .await
            .contains("name=\"username\"")
    );
    app.days_pass(1);
    let page = app.browser().text(&link).await;
    assert!(page.contains("has expired") && !page.contains("name=\"username\""));
    let page = app.browser().text("/register?invite=hbi_0").await;
    assert!(page.contains("no such invitation") && !page.contains("name=\"username\""));
    let page = app.browser().text("/register").await;
    assert!(page.contains("by invitation"));
}

#[tokio::test]
async fn everybody_may_invite_where_the_configuration_says_so_and_nobody_where_it_is_closed() {
    let app = TestApp::with(Settings {
        invitations: Inviters::Everybody,
        ..Settings::default()
    })
    .await;
    app.person("john").await;
    app.person("bill").await;
    let make = [("change", "invite"), ("lasts", "day"), ("uses", "10")];
    let bill = app.signed_in("bill").await;
    assert_eq!(bill.not_changed(&make).await.0, 200);
    let page = bill.text("/settings/invitations").await;
    assert!(page.contains("for 10 more people"), "{page}");
    let closed = TestApp::with(Settings {
        registration: Registration::Closed,
        ..Settings::default()
    })
    .await;
    closed.person("john").await;
    let john = closed.signed_in("john").await;
    assert_eq!(john.not_changed(&make).await.0, 403);
}
