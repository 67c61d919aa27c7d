//! When somebody is left in peace: chosen by them, known to all their devices, and of it to others only
//! that they are told of nothing at the moment. And words of one's own, by which a message is for one.

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};

use crate::support::{Browser, TestApp, TestSocket};

const HOUR: i64 = 60 * 60_000;

/// What a page knows of when its reader is left in peace.
async fn quiet(browser: &Browser) -> String {
    let (_, shared) = browser.call("shared", "").await;
    shared["quiet"].as_str().unwrap().to_owned()
}

/// Whether others see on somebody's card that they are told of nothing.
async fn is_seen_quiet(browser: &Browser, username: &str) -> bool {
    let (_, answer) = browser
        .call("content", &format!("place=/people/{username}"))
        .await;
    let card = answer["answer"]["Ok"]["Packed"].as_str().unwrap();
    let card: Value = serde_json::from_str(card).unwrap();
    card["is_quiet"] == true
}

async fn pause(browser: &Browser, lasts: &str) {
    let led = browser
        .change(&[("change", "pause"), ("lasts", lasts)])
        .await;
    assert_eq!(led, "/settings/notifications?saved=1");
}

async fn choose(browser: &Browser, words: &str) -> String {
    browser
        .change(&[("change", "keywords"), ("words", words)])
        .await
}

async fn say(socket: &mut TestSocket, thread: ThreadId, text: &str) {
    let post = json!({ "id": thread, "message": text });
    socket.rpc("thread:publish", post).await;
}

/// The number of the newest message of a thread that is for whoever asks, by their list.
async fn for_me(socket: &mut TestSocket, thread: ThreadId) -> i64 {
    let mine = socket.rpc("get:threads/mine", json!({})).await;
    let mine: Vec<Value> = mine["data"].as_array().unwrap().clone();
    let mut found = mine.iter().filter(|mine| mine["thread"]["id"] == thread.0);
    found.next().unwrap()["for_me"].as_i64().unwrap_or(0)
}

/// What somebody was told on their own channel so far, of messages that are for them.
async fn meant(socket: &mut TestSocket) -> Vec<Value> {
    let heard = socket.everything_so_far().await;
    let data = heard.iter().map(|push| push["pub"]["data"].clone());
    data.filter(|data| data["type"] == "meant").collect()
}

/// John with a thread of his, in which Bill is too.
async fn talking(app: &TestApp) -> (User, User, ThreadId) {
    let (john, bill) = (app.person("john").await, app.person("bill").await);
    let thread = app.thread(&john, ThreadKind::Private).await;
    app.join(thread, &bill).await;
    (john, bill, thread)
}

on_both_engines! {
    async fn a_pause_holds_on_all_ones_devices_until_its_time_or_until_it_is_ended(app) {
        let john = app.person("john").await;
        app.person("bill").await;
        let (here, there) = (app.signed_in("john").await, app.signed_in("john").await);
        let bill = app.signed_in("bill").await;
        let mut socket = app.socket_of(&john).await;
        assert_eq!(quiet(&here).await, "");
        pause(&here, "half_an_hour").await;
        let (channel, _, told) = socket.publication().await;
        assert_eq!(channel, format!("user:{}", john.id));
        assert_eq!(told, json!({ "type": "quiet_changed" }));
        let until = app.now().0 + 30 * 60_000;
        assert_eq!(quiet(&there).await, format!("until={until}"));
        assert!(is_seen_quiet(&bill, "john").await);
        assert!(!is_seen_quiet(&bill, "bill").await);
        let page = there.text("/settings/notifications").await;
        assert!(page.contains("Paused until") && page.contains("Turn on again"), "{page}");
        assert!(there.text("/").await.contains("Notifications paused"));
        assert!(!bill.text("/").await.contains("Notifications paused"));

        app.seconds_pass(30 * 60);
        assert!(!is_seen_quiet(&bill, "john").await, "it is over by itself");
        assert!(!here.text("/").await.contains("Notifications paused"));
        pause(&here, "until_ended").await;
        app.days_pass(2);
        assert!(is_seen_quiet(&bill, "john").await);
        pause(&there, "ended").await;
        assert_eq!(quiet(&here).await, "");
        assert!(!is_seen_quiet(&bill, "john").await);
        // What is so already is told to nobody.
        socket.everything_so_far().await;
        pause(&there, "ended").await;
        assert!(socket.everything_so_far().await.is_empty());
        let strange = [("change", "pause"), ("lasts", "a_year")];
        assert_eq!(here.not_changed(&strange).await.0, 404);
    }

    async fn a_pause_until_tomorrow_ends_in_the_morning_where_one_says_to_be(app) {
        app.person("john").await;
        let browser = app.signed_in("john").await;
        browser.change(&[("change", "time_zone"), ("zone", "Asia/Kolkata")]).await;
        pause(&browser, "tomorrow").await;
        let words = quiet(&browser).await;
        let until: i64 = words.strip_prefix("until=").unwrap().parse().unwrap();
        // Five and a half hours before UTC.
        assert_eq!(until.rem_euclid(24 * HOUR), (9 * 60 - 330) * 60_000);
        let ahead = until - app.now().0;
        assert!((9 * HOUR..=33 * HOUR).contains(&ahead), "{ahead}");
    }

    async fn quiet_hours_are_those_of_ones_own_zone_and_on_the_days_one_chose(app) {
        app.person("john").await;
        app.person("bill").await;
        let (john, bill) = (app.signed_in("john").await, app.signed_in("bill").await);
        let every_minute = |days: &'static [&'static str]| {
            let mut fields = vec![("change", "quiet_hours"), ("from", "00:00"), ("to", "00:00")];
            fields.extend(days.iter().map(|day| (*day, "on")));
            fields
        };
        let week: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        john.change(&every_minute(week)).await;
        assert!(!is_seen_quiet(&bill, "john").await, "nobody knows what time it is for him");
        assert_eq!(quiet(&john).await, "hours=0/0/127");
        let page = john.text("/settings/notifications").await;
        assert!(page.contains("value=\"00:00\"") && page.contains("name=\"sun\""), "{page}");
        assert_eq!(page.matches(" checked").count(), 7, "{page}");
        john.change(&[("change", "time_zone"), ("zone", "Asia/Kolkata")]).await;
        assert_eq!(quiet(&john).await, "hours=0/0/127 zone=330");
        assert!(is_seen_quiet(&bill, "john").await);
        // It is past eleven in Greenwich, and past half four there.
        let mut afternoon = every_minute(week);
        (afternoon[1], afternoon[2]) = (("from", "16:00"), ("to", "17:00"));
        john.change(&afternoon).await;
        assert!(is_seen_quiet(&bill, "john").await);
        john.change(&[("change", "time_zone"), ("zone", "Etc/UTC")]).await;
        assert!(!is_seen_quiet(&bill, "john").await);
        // Without a day there are none.
        john.change(&every_minute(&[])).await;
        assert_eq!(quiet(&john).await, "");
        assert!(!is_seen_quiet(&bill, "john").await);
        let odd = [("change", "quiet_hours"), ("from", "25:00"), ("to", "07:00"), ("mon", "on")];
        assert_eq!(john.not_changed(&odd).await.0, 404);
    }

    async fn a_message_with_a_word_of_ones_own_is_for_one_and_ones_devices_hear_of_it(app) {
        let (john, bill, thread) = talking(&app).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let browser = app.signed_in("bill").await;
        assert_eq!(choose(&browser, "Tea, biscuits").await, "/settings/notifications?saved=1");
        assert!(browser.text("/settings/notifications").await.contains("biscuits, tea"));
        johns.everything_so_far().await;
        bills.everything_so_far().await;
        say(&mut johns, thread, "the team is steaming").await;
        assert_eq!(for_me(&mut bills, thread).await, 0, "no whole word");
        say(&mut johns, thread, "Is there any TEA?").await;
        assert_eq!(for_me(&mut bills, thread).await, 2);
        assert_eq!(for_me(&mut johns, thread).await, 0);
        let told = json!({ "type": "meant", "thread_id": thread, "number": 2 });
        assert_eq!(meant(&mut bills).await, [told]);
        assert!(meant(&mut johns).await.is_empty());
        // What one writes oneself is for others.
        say(&mut bills, thread, "tea and biscuits").await;
        assert_eq!(for_me(&mut bills, thread).await, 2);
        // Who is mentioned as well is told once, by the message.
        say(&mut johns, thread, "@bill tea").await;
        assert_eq!(for_me(&mut bills, thread).await, 4);
        assert!(meant(&mut bills).await.is_empty());
        choose(&browser, "").await;
        say(&mut johns, thread, "more tea").await;
        assert_eq!(for_me(&mut bills, thread).await, 4);
    }

    async fn a_word_counts_neither_where_one_is_not_nor_where_it_is_muted_nor_from_whom_one_blocked(app) {
        let (john, bill, thread) = talking(&app).await;
        let eve = app.person("eve").await;
        app.join(thread, &eve).await;
        let other = app.thread(&john, ThreadKind::Public).await;
        let mut johns = app.socket_of(&john).await;
        let mut bills = app.socket_of(&bill).await;
        let mut eves = app.socket_of(&eve).await;
        let browser = app.signed_in("bill").await;
        choose(&browser, "tea").await;
        bills.everything_so_far().await;
        say(&mut johns, other, "tea").await;
        assert!(meant(&mut bills).await.is_empty(), "he does not belong there");
        bills.rpc("thread:notify", json!({ "id": thread, "level": "nothing" })).await;
        say(&mut johns, thread, "tea").await;
        assert_eq!(for_me(&mut bills, thread).await, 0, "it is muted");
        bills.rpc("thread:notify", json!({ "id": thread, "level": "mentions" })).await;
        bills.rpc(&format!("put:users/{}/block", eve.id), json!({})).await;
        say(&mut eves, thread, "tea").await;
        assert_eq!(for_me(&mut bills, thread).await, 0, "he has blocked her");
        say(&mut johns, thread, "tea").await;
        assert_eq!(for_me(&mut bills, thread).await, 3);
    }

    async fn words_that_no_message_could_have_are_refused_with_what_was_typed(app) {
        let john = app.person("john").await;
        let browser = app.signed_in("john").await;
        choose(&browser, "tea").await;
        let mut socket = app.socket_of(&john).await;
        for (words, why) in [
            ("c++, lua", "Only words of letters and digits"),
            ("x", "at least two characters"),
            ("a1 a2 a3 a4 a5 a6 a7 a8 a9 b1 b2 b3 b4 b5 b6 b7 b8 b9 c1 c2 c3", "At most 20 words"),
        ] {
            let (status, page) = browser.not_changed(&[("change", "keywords"), ("words", words)]).await;
            assert_eq!(status, 422);
            assert!(page.contains(why) && page.contains(&format!("value=\"{words}\"")), "{page}");
        }
        assert!(browser.text("/settings/notifications").await.contains("value=\"tea\""));
        assert!(socket.everything_so_far().await.is_empty());
    }

    async fn a_program_pauses_and_asks_and_chooses_neither_hours_nor_words(app) {
        let john = app.person("john").await;
        let browser = app.signed_in("john").await;
        choose(&browser, "tea").await;
        let mut socket = app.socket_of(&john).await;
        let told = socket.rpc("get:me/quiet", json!({})).await;
        assert_eq!(told["is_quiet"], false);
        assert_eq!(told["keywords"], json!(["tea"]));
        assert_eq!(socket.rpc("put:me/pause", json!({ "minutes": 90 })).await["code"], 204);
        let told = socket.rpc("get:me/quiet", json!({})).await;
        assert_eq!((&told["is_quiet"], &told["is_paused"]), (&json!(true), &json!(true)));
        assert_eq!(told["paused_until"], json!(app.now().0 + 90 * 60_000));
        socket.rpc("put:me/pause", json!({})).await;
        let told = socket.rpc("get:me/quiet", json!({})).await;
        assert_eq!((&told["is_paused"], &told["paused_until"]), (&json!(true), &json!(null)));
        assert_eq!(socket.rpc("put:me/pause", json!({ "hours": 1 })).await["code"], 400);
        assert_eq!(socket.rpc("delete:me/pause", json!({})).await["code"], 204);
        assert_eq!(quiet(&browser).await, "");
    }

    async fn whoever_left_has_no_words_any_more(app) {
        let (_, bill, _) = talking(&app).await;
        let browser = app.signed_in("bill").await;
        choose(&browser, "tea, biscuits").await;
        assert_eq!(app.keywords_of(&bill).await, 2);
        browser.change(&[("change", "leave"), ("password", "secret")]).await;
        assert_eq!(app.keywords_of(&bill).await, 0);
    }
}

#[tokio::test]
async fn a_stranger_pauses_nothing() {
    let app = TestApp::on_sqlite().await;
    app.person("john").await;
    let led = app
        .browser()
        .change(&[("change", "pause"), ("lasts", "tomorrow")])
        .await;
    assert_eq!(led, "/login?next=/settings");
}
