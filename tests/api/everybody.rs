//! Everybody in a list, and somebody's card: who is found by what, and what a card says to whom.

use hubbub::protocol::ThreadKind;
use serde_json::{Value, json};

use crate::support::{Browser, TestApp};

/// Usernames on a page of everybody.
fn usernames(page: &Value) -> Vec<String> {
    let people = page["people"].as_array().unwrap();
    let name = |user: &Value| user["username"].as_str().unwrap().to_owned();
    people.iter().map(name).collect()
}

async fn found(browser: &Browser, search: &str) -> Vec<String> {
    let place = format!("place=/people%3Fsearch%3D{search}");
    let (_, answer) = browser.call("content", &place).await;
    let packed = answer["answer"]["Ok"]["Packed"].as_str().unwrap();
    usernames(&serde_json::from_str(packed).unwrap())
}

/// What somebody is told of a person.
async fn card(browser: &Browser, username: &str) -> Value {
    let place = format!("place=/people/{username}");
    let (_, answer) = browser.call("content", &place).await;
    match answer["answer"]["Ok"]["Packed"].as_str() {
        Some(card) => serde_json::from_str(card).unwrap(),
        None => answer["answer"]["Err"].clone(),
    }
}

fn common(card: &Value) -> Vec<i64> {
    let threads = card["common"].as_array().unwrap().iter();
    threads
        .map(|thread| thread["id"].as_i64().unwrap())
        .collect()
}

async fn rename(app: &TestApp, username: &str, name: &str) {
    let browser = app.signed_in(username).await;
    browser
        .change(&[("change", "profile"), ("name", name), ("lasts", "open")])
        .await;
}

on_both_engines! {
    async fn people_are_found_by_parts_of_their_names_whatever_marks_are_on_the_letters(app) {
        for name in ["john", "bill", "jose", "zoe"] {
            app.person(name).await;
        }
        rename(&app, "jose", "José Ángel").await;
        let john = app.signed_in("john").await;
        assert_eq!(found(&john, "").await, ["bill", "john", "jose", "zoe"]);
        for (search, expected) in [
            ("angel", vec!["jose"]),
            ("%C3%81NGEL", vec!["jose"]),
            ("oh", vec!["john"]),
            ("%40bill", vec!["bill"]),
            ("J0HN", vec!["john"]),
            ("nobody", vec![]),
            ("%25", vec![]),
            ("_", vec![]),
        ] {
            assert_eq!(found(&john, search).await, expected, "{search}");
        }
        assert!(found(&john, &"x".repeat(500)).await.is_empty());
        // A new name is found at once, and the old one is not.
        rename(&app, "jose", "Pepe").await;
        assert_eq!(found(&john, "pepe").await, ["jose"]);
        assert!(found(&john, "angel").await.is_empty());
        let (_, suggested) = john.call("suggest_people", "text=pep").await;
        assert_eq!(suggested[0]["username"], "jose");
    }

    async fn everybody_comes_in_pages_and_who_is_banned_or_has_left_is_not_among_them(app) {
        let ada = app.person("ada").await;
        for n in 0..55 {
            app.person(&format!("person{n:02}")).await;
        }
        let mut socket = app.socket_of(&ada).await;
        let first = socket.rpc("get:users", json!({})).await;
        let (names, next) = (usernames(&first), first["next"].as_str().unwrap());
        assert_eq!((names.len(), names[0].as_str(), next), (50, "ada", "person48"));
        assert_eq!(first["presence"]["online"], json!([ada.id]));
        let second = socket.rpc("get:users?after=person48", json!({})).await;
        assert_eq!(usernames(&second), ["person49", "person50", "person51", "person52", "person53", "person54"]);
        assert_eq!(second["next"], Value::Null);
        let page = app.signed_in("ada").await.text("/people").await;
        assert!(page.contains("href=\"/people?after=person48\""), "{page}");
        assert!(page.contains("href=\"/people/person00\""), "{page}");

        let banned = app.signed_in("ada").await;
        let person49 = second["people"][0]["id"].to_string();
        banned.change(&[("change", "ban"), ("id", &person49)]).await;
        let leaving = app.signed_in("person50").await;
        leaving.post_form("/settings/account", "/api/change", &[("change", "leave"), ("password", "secret")]).await;
        let rest = socket.rpc("get:users?after=person48", json!({})).await;
        assert_eq!(usernames(&rest), ["person51", "person52", "person53", "person54"]);
        let browser = app.signed_in("person00").await;
        for gone in ["person49", "person50", "nobody", "~3"] {
            assert_eq!(card(&browser, gone).await, "NotFound", "{gone}");
            assert_eq!(browser.get(&format!("/people/{gone}")).await.status(), 404, "{gone}");
        }
        let by_id = socket.rpc(&format!("get:users/{person49}/card"), json!({})).await;
        assert_eq!(by_id["code"], 404);
    }

    async fn a_card_tells_the_threads_that_both_belong_to_and_no_others(app) {
        let john = app.person("john").await;
        let bill = app.person("bill").await;
        let eve = app.person("eve").await;
        let ours = app.thread(&john, ThreadKind::Private).await;
        app.join(ours, &bill).await;
        let public = app.thread(&bill, ThreadKind::Public).await;
        app.join(public, &john).await;
        app.join(public, &eve).await;
        let bills = app.thread(&bill, ThreadKind::Private).await;
        let mut socket = app.socket_of(&john).await;
        socket.rpc("post:threads/direct", json!({ "people": ["bill"] })).await;

        let johns = app.signed_in("john").await;
        let seen = card(&johns, "bill").await;
        let mut both = common(&seen);
        both.sort_unstable();
        assert_eq!(both, [ours.0, public.0]);
        assert_eq!((&seen["user"]["username"], &seen["since"]), (&json!("bill"), &json!(app.now().0)));
        let page = johns.text("/people/bill").await;
        assert!(page.contains("Threads in common") && page.contains(&format!("href=\"/t/{ours}\"")), "{page}");
        assert!(!page.contains(&format!("/t/{bills}\"")), "{page}");
        assert!(page.contains("action=\"/api/open_direct\""), "{page}");

        let eves = app.signed_in("eve").await;
        assert_eq!(common(&card(&eves, "bill").await), [public.0], "an outsider learns of no other");
        assert!(common(&card(&eves, "eve").await).is_empty(), "one's own are in the list");
        // Whoever is taken out has it in common no more.
        socket.rpc(&format!("delete:threads/{ours}/members/{}", bill.id), json!({})).await;
        assert_eq!(common(&card(&johns, "bill").await), [public.0]);
        let by_id = socket.rpc(&format!("get:users/{}/card", bill.id), json!({})).await;
        assert_eq!(common(&by_id), [public.0]);
    }

    async fn what_time_it_is_for_somebody_is_told_if_they_say_where_they_are(app) {
        app.person("john").await;
        app.person("bill").await;
        let (johns, bills) = (app.signed_in("john").await, app.signed_in("bill").await);
        assert_eq!(card(&johns, "bill").await["clock"], Value::Null);
        let there = bills.change(&[("change", "time_zone"), ("zone", "asia/kolkata")]).await;
        assert_eq!(there, "/settings?saved=1");
        assert!(bills.text("/settings").await.contains("value=\"Asia/Kolkata\""));
        let clock = card(&johns, "bill").await["clock"].clone();
        assert_eq!(clock, json!({ "zone": "Asia/Kolkata", "offset": 330, "now": app.now() }));
        assert!(johns.text("/people/bill").await.contains("Asia/Kolkata"));

        let (status, page) = bills.not_changed(&[("change", "time_zone"), ("zone", "Moon/Crater")]).await;
        assert_eq!(status, 422);
        assert!(page.contains("There is no such time zone") && page.contains("value=\"Moon/Crater\""), "{page}");
        assert_eq!(card(&johns, "bill").await["clock"]["offset"], 330, "nothing has changed");
        bills.change(&[("change", "time_zone"), ("zone", "")]).await;
        assert_eq!(card(&johns, "bill").await["clock"], Value::Null);
    }
}
