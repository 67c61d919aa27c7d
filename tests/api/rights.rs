//! Rights that end while they are being used: what is written asks again.

use hubbub::protocol::settings::Standing;
use hubbub::protocol::{Description, DisplayName, ThreadKind, Timestamp, User, Username};
use hubbub::server::db::former::Left;
use hubbub::server::db::invites::Maker;
use hubbub::server::db::people::Governed;
use hubbub::server::db::profiles::NewStatus;
use hubbub::server::db::sessions::NewSession;
use hubbub::server::db::starting::{NewThread, Started};
use hubbub::server::db::{self, Db};

use crate::support::TestApp;

async fn begin(app: &TestApp, user: &User, password_hash: &str, token: &[u8]) -> bool {
    let session = NewSession {
        user: user.id,
        password_hash,
        token_hash: token,
        now: app.now(),
        expires_at: Timestamp(app.now().0 + 1000),
        user_agent: "",
        address: "",
    };
    db::sessions::insert(&app.db, session).await.unwrap()
}

async fn hash_of(db: &Db, user: &User) -> String {
    let hash = db::profiles::password_hash(db, user.id).await.unwrap();
    hash.unwrap()
}

async fn start(app: &TestApp, creator: &User, people: &[&User]) -> Started {
    let people: Vec<_> = people.iter().map(|user| user.id).collect();
    let new = NewThread {
        name: &"Late".to_owned().try_into().unwrap(),
        description: &Description::default(),
        kind: ThreadKind::Private,
        creator: creator.id,
        people: &people,
    };
    db::starting::start(&app.db, new, app.now()).await.unwrap()
}

on_both_engines! {
    async fn a_sign_in_does_not_overtake_a_new_password_nor_a_ban(app) {
        app.person("john").await;
        let bill = app.person("bill").await;
        let old = hash_of(&app.db, &bill).await;
        assert!(begin(&app, &bill, &old, b"one").await);
        let username = Username::parse("bill").unwrap();
        assert!(db::users::set_password(&app.db, &username, "new").await.unwrap());
        assert!(!begin(&app, &bill, &old, b"two").await, "it was proven with the old one");
        assert!(begin(&app, &bill, "new", b"three").await);
        db::people::shut_out(&app.db, bill.id, app.now()).await.unwrap();
        assert!(!begin(&app, &bill, "new", b"four").await);
    }

    async fn two_administrators_who_demote_each_other_leave_one(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        for round in 0..20 {
            for user in [&john, &bill] {
                assert!(db::standing::appoint(&app.db, user.id, app.now()).await.unwrap());
            }
            let demote = |by: &User, whom: &User| {
                let (by, whom, now) = (by.id, whom.id, app.now());
                db::standing::set(&app.db, by, whom, Standing::Member, false, now)
            };
            let (one, other) = tokio::join!(demote(&john, &bill), demote(&bill, &john));
            let mut outcomes = [one.unwrap().0, other.unwrap().0];
            outcomes.sort_by_key(|outcome| *outcome != Governed::Done);
            assert_eq!(outcomes, [Governed::Done, Governed::Refused], "round {round}");
        }
    }

    async fn an_administrator_who_leaves_while_the_other_is_demoted_is_the_last_or_gone(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        app.person("eve").await;
        db::standing::appoint(&app.db, bill.id, app.now()).await.unwrap();
        let hash = hash_of(&app.db, &john).await;
        let (left, demoted) = tokio::join!(
            db::former::leave(&app.db, john.id, &hash, app.now()),
            db::standing::set(&app.db, bill.id, bill.id, Standing::Member, false, app.now())
        );
        match (left.unwrap(), demoted.unwrap().0) {
            (Left::Gone { .. }, Governed::LastAdministrator)
            | (Left::LastAdministrator, Governed::Done) => {}
            other => panic!("{other:?}"),
        }
    }

    async fn what_somebody_invited_by_ends_with_their_right_to_and_nobody_elses_does(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let johns = app.invite_by(Maker::Administrator(john.id)).await.unwrap();
        let page = async |code: &str| {
            app.browser().text(&format!("/register?invite={code}")).await
        };
        assert_eq!(app.invite_by(Maker::Administrator(bill.id)).await, None);
        let browser = app.signed_in("john").await;
        let id = bill.id.to_string();
        browser.change(&[("change", "promote"), ("id", &id)]).await;
        let one = app.invite_by(Maker::Administrator(bill.id)).await.unwrap();
        assert!(page(&one).await.contains("bill invites you"));
        browser.change(&[("change", "demote"), ("id", &id)]).await;
        assert!(page(&one).await.contains("taken back"));
        let two = app.invite_by(Maker::Anybody(bill.id)).await.unwrap();
        browser.change(&[("change", "ban"), ("id", &id)]).await;
        assert!(page(&two).await.contains("taken back"));
        assert_eq!(app.invite_by(Maker::Anybody(bill.id)).await, None, "not while banned");
        browser.change(&[("change", "unban"), ("id", &id)]).await;
        assert!(page(&two).await.contains("taken back"), "it stays so");
        let three = app.invite_by(Maker::Anybody(bill.id)).await.unwrap();
        db::people::shut_out(&app.db, bill.id, app.now()).await.unwrap();
        assert!(page(&three).await.contains("taken back"));
        assert!(page(&johns).await.contains("john invites you"));
    }

    async fn whoever_left_or_is_banned_is_called_nothing_else_and_starts_nothing(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let eve = app.person("eve").await;
        assert!(matches!(start(&app, &bill, &[&eve]).await, Started::Done(_)));
        let hash = hash_of(&app.db, &bill).await;
        let left = db::former::leave(&app.db, bill.id, &hash, app.now()).await.unwrap();
        assert!(matches!(left, Left::Gone { .. }));
        db::people::shut_out(&app.db, eve.id, app.now()).await.unwrap();
        let name = DisplayName::parse("Back again").unwrap();
        let status = NewStatus::default();
        for gone in [&bill, &eve] {
            let renamed = db::users::set_name(&app.db, gone.id, &name, app.now()).await.unwrap();
            assert_eq!(renamed, None);
            let changed = db::profiles::change(&app.db, gone.id, Some(&name), &status, app.now());
            assert_eq!(changed.await.unwrap(), None);
            assert_eq!(start(&app, gone, &[]).await, Started::Gone);
            for (by, people) in [(gone, [john.id]), (&john, [gone.id])] {
                let opened = db::starting::open_direct(&app.db, &people, by.id, app.now()).await;
                assert!(opened.unwrap().is_none(), "nobody writes to them, nor they to anybody");
            }
        }
        let Started::Done(thread) = start(&app, &john, &[&bill, &eve]).await else {
            panic!("john is here");
        };
        assert_eq!(db::memberships::ids(&app.db, thread.id).await.unwrap(), [john.id]);
        let joined = db::memberships::insert(&app.db, thread.id, eve.id, john.id, app.now()).await;
        assert_eq!(joined.unwrap(), None);
    }

    async fn the_last_administrator_is_banned_by_nobody_and_what_programs_do_is_on_record(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let token = app.backend_token(&bill).await;
        let client = app.browser().client;
        let ban = async |user: &User| {
            let url = format!("{}/api/v1/users/{}/ban", app.base, user.id);
            client.post(url).bearer_auth(&token).send().await.unwrap().status().as_u16()
        };
        assert_eq!(ban(&john).await, 409);
        let eve = app.person("eve").await;
        assert_eq!(ban(&eve).await, 204);
        assert_eq!(ban(&eve).await, 204, "done already");
        assert!(!db::standing::appoint(&app.db, eve.id, app.now()).await.unwrap());
        let browser = app.signed_in("john").await;
        let page = browser.text("/settings/audit").await;
        assert_eq!(page.matches("Whoever runs this server banned eve").count(), 1, "{page}");
        // For an administrator, too, what is done already is done.
        let id = eve.id.to_string();
        browser.change(&[("change", "ban"), ("id", &id)]).await;
        browser.change(&[("change", "unban"), ("id", &id)]).await;
        browser.change(&[("change", "unban"), ("id", &id)]).await;
        browser.change(&[("change", "promote"), ("id", &john.id.to_string())]).await;
    }

    async fn whoever_comes_after_the_only_person_has_left_governs(app) {
        app.person("john").await;
        let leave = [("change", "leave"), ("password", "secret")];
        app.signed_in("john").await.change(&leave).await;
        app.person("ada").await;
        app.person("bill").await;
        assert_eq!(app.signed_in("ada").await.get("/settings/people").await.status(), 200);
        assert_eq!(app.signed_in("bill").await.get("/settings/people").await.status(), 403);
    }
}
