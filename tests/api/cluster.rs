//! Several servers on one database and one bus: whoever is connected to one notices nothing of it.

use std::time::Duration;

use hubbub::protocol::{ThreadId, ThreadKind, User};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Settings, TestApp, TestBus, TestSocket, closed};

/// Two servers. Nothing where there is no database or no bus to test with.
struct Two {
    bus: TestBus,
    here: TestApp,
    there: TestApp,
}

impl Two {
    async fn start() -> Option<Self> {
        Self::with(Settings::default()).await
    }

    async fn with(settings: Settings) -> Option<Self> {
        let bus = TestBus::start().await?;
        let Some(url) = TestApp::a_postgres_database().await else {
            assert!(
                std::env::var_os("CI").is_none(),
                "TEST_POSTGRES_URL is not set"
            );
            return None;
        };
        let settings = Settings {
            nats_url: Some(bus.url()),
            ..settings
        };
        let here = TestApp::among(&url, settings.clone()).await;
        let there = TestApp::among(&url, settings).await;
        Some(Self { bus, here, there })
    }

    /// John here, Bill there, and a private thread of both.
    async fn people(&self) -> (User, User, ThreadId) {
        let john = self.here.person("john").await;
        let bill = self.here.person("bill").await;
        let thread = self.here.thread(&john, ThreadKind::Private).await;
        self.here.join(thread, &bill).await;
        (john, bill, thread)
    }
}

async fn post(socket: &mut TestSocket, thread: ThreadId, text: &str) -> u64 {
    let request = json!({ "id": thread, "message": text });
    let posted = socket.rpc("thread:publish", request).await;
    posted["message"]["seq"].as_u64().unwrap()
}

/// The next publication of a thread, with its text.
async fn next_of(socket: &mut TestSocket, thread: ThreadId) -> (u64, String) {
    loop {
        let push = socket.line().await["push"].clone();
        if push["channel"] == format!("thread:{thread}") && push.get("pub").is_some() {
            let offset = push["pub"]["offset"].as_u64().unwrap_or(0);
            let data = &push["pub"]["data"];
            let text = data["message"]["text"].as_str();
            let text = text.or(data["type"].as_str()).unwrap_or_default();
            return (offset, text.to_owned());
        }
    }
}

/// The next publication on a person's own channel of that kind.
async fn told(socket: &mut TestSocket, kind: &str) -> Value {
    loop {
        let data = socket.line().await["push"]["pub"]["data"].clone();
        if data["type"] == kind {
            return data;
        }
    }
}

/// Waits until something is so.
async fn until<F: Future<Output = bool>>(what: &str, is_so: impl Fn() -> F) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(20), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn readiness(app: &TestApp) -> u16 {
    let url = format!("{}/readyz", app.base);
    reqwest::get(url).await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_posted_on_either_server_is_heard_on_both_in_one_order() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let mut johns = two.here.socket_of(&john).await;
    let mut bills = two.there.socket_of(&bill).await;
    for n in 0..20 {
        let (mine, theirs) = (format!("john {n}"), format!("bill {n}"));
        let posting = (
            post(&mut johns, thread, &mine),
            post(&mut bills, thread, &theirs),
        );
        futures::future::join(posting.0, posting.1).await;
    }
    let (mut by_john, mut by_bill) = (Vec::new(), Vec::new());
    let here = johns.everything_so_far().await;
    let there = bills.everything_so_far().await;
    let posts = |pushes: Vec<Value>, seen: &mut Vec<u64>| {
        let offsets = pushes
            .iter()
            .filter_map(|push| push["pub"]["offset"].as_u64());
        seen.extend(offsets);
    };
    posts(here, &mut by_john);
    posts(there, &mut by_bill);
    for (socket, seen) in [(&mut johns, &mut by_john), (&mut bills, &mut by_bill)] {
        while seen.last() != Some(&40) {
            seen.push(next_of(socket, thread).await.0);
        }
        assert_eq!(*seen, (1..=40).collect::<Vec<u64>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_added_on_one_server_hears_the_thread_on_the_other_and_nothing_after_they_are_taken_out()
 {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, _, thread) = two.people().await;
    let ada = two.here.person("ada").await;
    let mut johns = two.here.socket_of(&john).await;
    let mut adas = two.there.socket_of(&ada).await;
    post(&mut johns, thread, "before").await;
    let members = format!("post:threads/{thread}/members");
    johns.rpc(&members, json!({ "user_id": ada.id })).await;
    assert_eq!(
        told(&mut adas, "thread_joined").await["thread"]["id"],
        json!(thread)
    );
    let subscribed = adas.line().await["push"].clone();
    assert_eq!(subscribed["channel"], format!("thread:{thread}"));
    post(&mut johns, thread, "with her").await;
    assert_eq!(next_of(&mut adas, thread).await.1, "with her");

    let out = format!("delete:threads/{thread}/members/{}", ada.id);
    johns.rpc(&out, json!({})).await;
    post(&mut johns, thread, "without her").await;
    told(&mut adas, "thread_removed").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    for push in adas.everything_so_far().await {
        assert!(push.get("pub").is_none(), "heard after the removal: {push}");
    }
    let refused = adas.refusal(
        "subscribe",
        json!({ "channel": format!("thread:{thread}") }),
    );
    assert!(refused.await > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn typing_reading_and_a_new_name_are_told_on_the_other_server() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let mut johns = two.here.socket_of(&john).await;
    let mut bills = two.there.socket_of(&bill).await;
    let mut phone = two.there.device_of(&john, "phone").await;
    bills.rpc("thread:typing", json!({ "id": thread })).await;
    assert_eq!(next_of(&mut johns, thread).await, (0, "typing".to_owned()));
    let seq = post(&mut bills, thread, "read me").await;
    assert_eq!(next_of(&mut phone, thread).await.1, "typing");
    assert_eq!(next_of(&mut phone, thread).await.1, "read me");
    let mark = json!({ "id": thread, "seq": seq });
    johns.rpc("thread:read", mark).await;
    assert_eq!(told(&mut phone, "read").await["thread_id"], json!(thread));

    let browser = two.here.signed_in("john").await;
    let fields = [("change", "profile"), ("name", "John the Second")];
    browser.change(&fields).await;
    assert_eq!(
        told(&mut phone, "profile_changed").await["user"]["name"],
        "John the Second"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_there_is_known_on_every_server() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let mut johns = two.here.socket_of(&john).await;
    let who = json!({ "id": thread });
    let bills = two.there.socket_of(&bill).await;
    let begun = Instant::now();
    loop {
        let there = johns.rpc("presence", who.clone()).await;
        if there["online"]
            .as_array()
            .is_some_and(|online| online.contains(&json!(bill.id)))
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{there}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    drop(bills);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_api_speaks_for_all_servers() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let key = two.here.backend_token(&john).await;
    let _johns = two.here.socket_of(&john).await;
    let bills = two.there.socket_of(&bill).await;
    let call = |method: &str, request: Value| {
        let url = format!("{}/api/{method}", two.here.base);
        let call = reqwest::Client::new().post(url).header("x-api-key", &key);
        async move {
            let answer: Value = call
                .json(&request)
                .send()
                .await
                .unwrap()
                .json()
                .await
                .unwrap();
            answer["result"].clone()
        }
    };
    let channel = format!("thread:{thread}");
    let channels = call("channels", json!({ "pattern": "thread:*" })).await;
    assert_eq!(
        channels["channels"][&channel]["num_clients"], 2,
        "{channels}"
    );
    until("both servers are known", || async {
        let info = call("info", json!({})).await;
        let nodes = info["nodes"].as_array().unwrap();
        let clients: u64 = nodes
            .iter()
            .map(|node| node["num_clients"].as_u64().unwrap())
            .sum();
        nodes.len() == 2 && clients == 2
    })
    .await;
    call("disconnect", json!({ "user": bill.id.to_string() })).await;
    assert_eq!(closed(bills).await, 3503, "from the other server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_published_under_a_key_on_both_servers_at_once_is_published_once() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let key = two.here.backend_token(&john).await;
    let mut johns = two.here.socket_of(&john).await;
    let mut bills = two.there.socket_of(&bill).await;
    let client = reqwest::Client::new();
    let publish = |base: &str, number: u32| {
        let request = json!({
            "channel": format!("thread:{thread}"),
            "data": { "type": "typing", "number": number },
            "idempotency_key": number.to_string(),
        });
        let call = client
            .post(format!("{base}/api/publish"))
            .header("x-api-key", &key);
        async move {
            let answer = call.json(&request).send().await.unwrap();
            let answer: Value = answer.json().await.unwrap();
            assert_eq!(answer, json!({ "result": {} }));
        }
    };
    for number in 0..20 {
        let both = [&two.here.base, &two.there.base].map(|base| publish(base, number));
        futures::future::join_all(both).await;
    }
    for socket in [&mut johns, &mut bills] {
        let mut heard = Vec::new();
        while heard.len() < 20 {
            let data = socket.line().await["push"]["pub"]["data"].clone();
            heard.extend(data["number"].as_u64());
        }
        heard.sort_unstable();
        assert_eq!(heard, (0..20).collect::<Vec<_>>());
    }
    // Nothing comes after that, from either side.
    post(&mut johns, thread, "the end").await;
    assert_eq!(next_of(&mut bills, thread).await.1, "the end");
    let all = johns.everything_so_far().await;
    assert!(
        all.iter()
            .all(|push| push["pub"]["data"]["type"] != "typing"),
        "{all:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_is_ended_on_one_server_is_over_on_the_other() {
    let Some(two) = Two::start().await else {
        return;
    };
    two.people().await;
    let cookie = two.there.browser().cookie("john").await;
    let headers = [
        ("cookie", cookie.as_str()),
        ("origin", two.there.base.as_str()),
    ];
    let mut socket = TestSocket::open_with(&two.there.base, &headers)
        .await
        .unwrap();
    let reply = socket.ask("connect", json!({})).await;
    assert!(reply.get("connect").is_some(), "{reply}");
    let browser = two.here.signed_in("john").await;
    browser.change(&[("change", "end_others")]).await;
    assert_eq!(closed(socket).await, 3503);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guesses_and_changes_are_counted_on_all_servers_together() {
    let settings = Settings {
        login_per_account: 4,
        changes_per_minute: 6,
        ..Settings::default()
    };
    let Some(two) = Two::with(settings).await else {
        return;
    };
    let (john, _, _) = two.people().await;
    for _ in 0..4 {
        let wrong = two.here.browser().sign_in("john", "wrong").await;
        assert_ne!(wrong.status(), 429);
    }
    let mut here = two.here.socket_of(&john).await;
    let mut there = two.there.device_of(&john, "there").await;
    for n in 0..6 {
        let new = json!({ "name": format!("Thread {n}"), "private": true });
        here.rpc("post:threads", new).await;
    }
    // Four times a second the others are told; what is used up comes back within ten seconds.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let more = there.rpc("post:threads", json!({ "name": "More", "private": true }));
    assert_eq!(more.await["code"], 429, "changes");
    let once = two.there.browser().sign_in("john", "wrong").await;
    assert_eq!(once.status(), 429, "guesses");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_bus_nothing_is_lost_and_a_server_that_is_cut_off_says_so() {
    let Some(mut two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let mut johns = two.here.socket_of(&john).await;
    let mut bills = two.there.socket_of(&bill).await;
    post(&mut johns, thread, "with a bus").await;
    assert_eq!(
        next_of(&mut bills, thread).await,
        (1, "with a bus".to_owned())
    );
    two.bus.kill();
    assert_eq!(
        post(&mut johns, thread, "without").await,
        2,
        "posting goes on"
    );
    assert_eq!(next_of(&mut bills, thread).await, (2, "without".to_owned()));
    until("it is cut off", || async {
        readiness(&two.here).await == 503
    })
    .await;
    assert_eq!(
        TestSocket::open_with(&two.here.base, &[]).await.err(),
        Some(503)
    );
    assert_eq!(post(&mut johns, thread, "and still").await, 3);
    assert_eq!(
        next_of(&mut bills, thread).await,
        (3, "and still".to_owned())
    );

    two.bus.begin().await;
    two.here.is_ready().await;
    two.there.is_ready().await;
    let mut johns = two.here.device_of(&john, "again").await;
    let mut bills = two.there.device_of(&bill, "again").await;
    let seq = post(&mut johns, thread, "with a bus again").await;
    assert_eq!(
        next_of(&mut bills, thread).await,
        (seq, "with a bus again".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_may_have_missed_what_is_in_no_stream_connects_again() {
    let Some(mut two) = Two::start().await else {
        return;
    };
    let (john, bill, _) = two.people().await;
    let ada = two.here.person("ada").await;
    let secret = two.here.thread(&john, ThreadKind::Private).await;
    let mut johns = two.here.socket_of(&john).await;
    let bills = two.there.socket_of(&bill).await;
    two.bus.kill();
    // More than is kept on the way.
    for n in 0..150 {
        post(&mut johns, secret, &format!("{n}")).await;
    }
    let members = format!("post:threads/{secret}/members");
    johns.rpc(&members, json!({ "user_id": ada.id })).await;
    johns.rpc(&members, json!({ "user_id": bill.id })).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    two.bus.begin().await;
    assert_eq!(closed(bills).await, 3010, "to be told what was missed");
    let mut again = two.there.socket_of_again(&bill).await;
    let mut johns = two.there.socket_of_again(&john).await;
    post(&mut johns, secret, "welcome").await;
    assert_eq!(next_of(&mut again, secret).await.1, "welcome");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_leaves_sends_its_people_away_and_is_forgotten() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, bill, thread) = two.people().await;
    let mut johns = two.here.socket_of(&john).await;
    let bills = two.there.socket_of(&bill).await;
    two.there.stop();
    assert_eq!(closed(bills).await, 3001);
    let begun = Instant::now();
    loop {
        let there = johns.rpc("presence", json!({ "id": thread })).await;
        if !there["online"]
            .as_array()
            .is_some_and(|online| online.contains(&json!(bill.id)))
        {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(10), "{there}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    post(&mut johns, thread, "alone").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_with_and_without_a_bus_do_not_share_a_database() {
    use hubbub::server::clock::{Clock, Entropy};
    use hubbub::server::db::{Db, Location, OpenError, Purpose};

    let Some(two) = Two::start().await else {
        return;
    };
    let location = Location::parse(two.here.database_url()).unwrap();
    let now = two.here.now();
    let clock = Clock::from_fn(move || now);
    let open = |location: Location, purpose| {
        let clock = clock.clone();
        async move { Db::open(&location, 1, purpose, &clock, &Entropy::system()).await }
    };
    let alone = open(location.clone(), Purpose::Serve).await;
    assert!(
        matches!(alone, Err(OpenError::Served(_))),
        "one without a bus"
    );
    let more = open(location, Purpose::ServeWithOthers).await;
    let (db, lock) = more.unwrap();
    db.close().await;
    lock.unwrap().release().await;

    let folder = tempfile::tempdir().unwrap();
    let file = Location::File(folder.path().join("hubbub.db"));
    let several = open(file, Purpose::ServeWithOthers).await;
    assert!(
        matches!(several, Err(OpenError::NotForSeveral(_))),
        "a file"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_sent_beside_a_stream_may_come_to_another_server_and_nobody_elses_is_taken() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, _, _) = two.people().await;
    let token = two.here.token(&john).await;
    let client = reqwest::Client::new();
    let connect = json!({ "id": 1, "connect": { "token": token } });
    let stream = client.post(format!("{}/connection/http_stream", two.here.base));
    let mut stream = stream.body(connect.to_string()).send().await.unwrap();
    let line = async |stream: &mut reqwest::Response| -> Value {
        let chunk = stream.chunk().await.unwrap().unwrap();
        serde_json::from_slice(&chunk).unwrap()
    };
    let connected = line(&mut stream).await["connect"].clone();
    let ping = json!({ "id": 2, "rpc": { "method": "ping" } }).to_string();
    let emulate = |session: Value| {
        let sent = json!({ "node": connected["node"], "session": session, "data": ping });
        let request = client.post(format!("{}/emulation", two.there.base));
        async move { request.json(&sent).send().await.unwrap().status() }
    };
    until("the other server is known", || async {
        emulate(json!("guessed")).await == 404 && emulate(connected["session"].clone()).await == 204
    })
    .await;
    let answer = line(&mut stream).await;
    assert_eq!(answer["rpc"]["data"], "pong", "{answer}");
}

/// Says on the bus, as a server that nobody knows, that somebody is to follow a thread.
async fn say_late(two: &Two, user: &User, thread: ThreadId) {
    let options =
        async_nats::ConnectOptions::with_user_and_password("hubbub".into(), "secret".into());
    let client = options.connect(two.bus.url()).await.unwrap();
    let follow = json!({ "Follow": { "channel": format!("thread:{thread}") } });
    let whom = json!({ "User": user.id.to_string() });
    let said = json!({ "Announced": { "Instructed": { "whom": whom, "instruction": follow } } });
    // Its id, how much it has said, and that this is said in passing.
    let mut message = vec![7; 16];
    message.extend([0; 9]);
    message.extend(said.to_string().bytes());
    let subject = format!("hubbub.1.{}", two.here.db.origin());
    client.publish(subject, message.into()).await.unwrap();
    client.flush().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_told_late_to_follow_a_thread_does_so_only_if_they_belong_to_it_now() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (_, _, thread) = two.people().await;
    let ada = two.here.person("ada").await;
    let mut adas = two.there.socket_of(&ada).await;
    let subscribed = |push: &Value| {
        push["channel"] == format!("thread:{thread}") && push.get("subscribe").is_some()
    };
    say_late(&two, &ada, thread).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!adas.everything_so_far().await.iter().any(subscribed));
    two.here.join(thread, &ada).await;
    say_late(&two, &ada, thread).await;
    while !subscribed(&adas.line().await["push"]) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_servers_one_reminds_and_is_heard_on_all_of_them() {
    let Some(two) = Two::start().await else {
        return;
    };
    let (john, _, thread) = two.people().await;
    let mut johns = two.here.socket_of(&john).await;
    let mut phone = two.there.device_of(&john, "phone").await;
    for text in ["first", "second", "third"] {
        let seq = post(&mut johns, thread, text).await;
        let path = format!("put:threads/{thread}/messages/{seq}/reminder");
        let at = two.here.now().0 + 60_000;
        johns.rpc(&path, json!({ "at": at })).await;
        for app in [&two.here, &two.there] {
            app.seconds_pass(60);
        }
        // Each is heard once: the next that is heard is the next that there is.
        for socket in [&mut johns, &mut phone] {
            let reminded = told(socket, "reminded").await;
            assert_eq!(reminded["message"]["text"], text);
        }
    }
}
