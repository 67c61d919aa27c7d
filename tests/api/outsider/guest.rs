//! A guest, by every way in there is: a public thread that they were not put into is to them as one that
//! is not there, and somebody with whom they share no thread as somebody who never was.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use super::asking::{About, Asker};
use super::{FIRST, MISSING, Request, SECRETS, assert_secret, say, start};
use crate::support::{TestApp, TestSocket};

/// Somebody whom the guest does not know, and somebody who is not there.
const STRANGER: i64 = 660_001;
const NOBODY: i64 = 660_999;
const NAME: &str = "xanthippe";

/// What a guest is surrounded by.
struct House {
    gus: User,
    /// In the guest's thread.
    wren: User,
    strangers: TestSocket,
    wrens: TestSocket,
    /// The guest's own, and one that is for everybody else.
    annex: ThreadId,
    public: i64,
}

async fn house(app: &TestApp) -> House {
    app.person("ada").await;
    let wren = app.person("wren").await;
    app.next_person(STRANGER).await;
    let stranger = app.person(NAME).await;
    assert_eq!(stranger.id.0, STRANGER);
    app.next_thread(FIRST).await;
    let annex = app.thread(&wren, ThreadKind::Private).await;
    let gus = app.guest("gus", &[annex]).await;
    let mut strangers = app.socket_of(&stranger).await;
    let name = json!({ "name": "Xanthippe Quill" });
    assert_eq!(strangers.rpc("patch:me", name).await["code"], 200);
    let new = json!({ "name": SECRETS[1], "description": SECRETS[2] });
    let public = start(&mut strangers, "post:threads", new).await;
    say(&mut strangers, public).await;
    House {
        wrens: app.socket_of(&wren).await,
        gus,
        wren,
        strangers,
        annex,
        public,
    }
}

fn is_about_somebody(request: &Request) -> bool {
    let written = format!("{request:?}");
    ["{user}", "{name}", "{username}"]
        .iter()
        .any(|placeholder| written.contains(placeholder))
}

/// What they are told, as if it had been asked of nobody in particular.
fn of_anybody(told: &str) -> String {
    told.replace(&STRANGER.to_string(), "{user}")
        .replace(&NOBODY.to_string(), "{user}")
}

on_both_engines! {
    async fn a_guest_cannot_tell_a_public_thread_or_somebody_else_from_what_is_not_there(app) {
        let house = house(&app).await;
        let mut guest = Asker::signed_in(&app, "a guest", &house.gus).await;
        for request in Request::all() {
            let context = format!("a guest by {request:?}");
            if request.is_about_a_thread() {
                let about = |thread| About { thread, user: STRANGER, name: NAME };
                let told = request.ask(&mut guest, about(house.public)).await;
                assert_secret(&told, &[house.public], &context);
                let missing = request.ask(&mut guest, about(MISSING)).await;
                assert_eq!(told, missing, "{context}");
            } else {
                let about = About { thread: MISSING, user: house.wren.id.0, name: SECRETS[1] };
                let told = request.ask(&mut guest, about).await;
                assert_secret(&told, &[house.public], &context);
                assert!(!told.contains(NAME) && !told.contains("Xanthippe"), "{context}: {told}");
            }
            if is_about_somebody(&request) {
                let about = |user, name| About { thread: house.annex.0, user, name };
                let told = request.ask(&mut guest, about(STRANGER, NAME)).await;
                assert!(!told.contains("Xanthippe"), "{context}: {told}");
                let missing = request.ask(&mut guest, about(NOBODY, "notanyone")).await;
                assert_eq!(of_anybody(&told), of_anybody(&missing), "{context}");
            }
        }
    }

    async fn a_guest_hears_of_those_they_know_and_of_nothing_else(app) {
        let mut house = house(&app).await;
        let mut guests = app.socket_of(&house.gus).await;
        for channel in ["threads", "chat"] {
            let refused = guests.refusal("subscribe", json!({ "channel": channel })).await;
            assert_eq!(refused, 103, "{channel}");
        }
        for name in ["thread", "presence"] {
            let channel = format!("{name}:{}", house.public);
            let refused = guests.refusal("subscribe", json!({ "channel": channel })).await;
            assert_eq!(refused, 103, "{channel}");
        }
        guests.everything_so_far().await;
        say(&mut house.strangers, house.public).await;
        house.strangers.rpc("patch:me", json!({ "name": "Xanthippe Q." })).await;
        start(&mut house.strangers, "post:threads", json!({ "name": "Another one" })).await;
        let heard = guests.everything_so_far().await;
        assert_eq!(heard, [] as [Value; 0]);
        house.wrens.rpc("patch:me", json!({ "name": "Jenny Wren" })).await;
        let (channel, _, told) = guests.publication().await;
        assert_eq!(channel, format!("user:{}", house.gus.id));
        assert_eq!(told["type"], "profile_changed");
        assert_eq!(told["user"]["name"], "Jenny Wren");
    }
}
