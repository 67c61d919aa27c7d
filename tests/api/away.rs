//! The database is away for a moment: full, locked, silent, or restarted. Whoever asks is told so at
//! once and may ask again; when it is back, so is everything, and nothing is there twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hubbub::protocol::{ClientId, MessageText, ThreadKind};
use hubbub::server::clock::Clock;
use hubbub::server::db::writer::{Post, Writer};
use hubbub::server::db::{Pool, is_away, is_full};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{TestApp, TestSocket};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_full_disk_everything_is_written_again() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let Pool::Sqlite(pool) = app.db.writer() else {
        unreachable!()
    };
    // The one connection that writes may not make the file any larger.
    let pages: i64 = sqlx::query_scalar("pragma page_count")
        .fetch_one(pool)
        .await
        .unwrap();
    let limit = format!("pragma max_page_count = {}", pages + 8);
    sqlx::query(sqlx::AssertSqlSafe(limit))
        .execute(pool)
        .await
        .unwrap();
    let writer = Writer::start(app.db.clone(), Clock::system(), |_| {});
    let post = |n: usize| Post {
        thread,
        author: john.clone(),
        client_id: ClientId::parse(&format!("c{n}")).unwrap(),
        text: MessageText::parse(&"x".repeat(9_000)).unwrap(),
        reply_to: None,
        files: Vec::new(),
        forwarded: None,
        here: Vec::new(),
    };
    let mut written = 0;
    let error = loop {
        match writer.submit(post(written)).await.unwrap().await {
            Ok(_) => written += 1,
            Err(error) => break error,
        }
    };
    assert!(written < 20, "{written} fit");
    assert!(is_away(&error), "{error}");
    // Somebody makes room.
    sqlx::query("pragma max_page_count = 1000000")
        .execute(pool)
        .await
        .unwrap();
    // What was refused is written now, once, and what comes after it too.
    for n in written..written + 5 {
        let posted = writer.submit(post(n)).await.unwrap().await.unwrap();
        let number = i64::try_from(n).unwrap() + 1;
        assert_eq!(posted.unwrap().message.number, number);
    }
    assert!(!is_full(&sqlx::Error::RowNotFound));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_database_is_locked_posts_are_refused_for_now_and_reading_goes_on() {
    let app = TestApp::on_sqlite().await;
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let mut socket = app.socket_of(&john).await;
    let Pool::Sqlite(pool) = app.db.writer() else {
        unreachable!()
    };
    let lock = pool.begin_with("begin immediate").await.unwrap();
    let begun = Instant::now();
    let post = json!({ "id": thread, "message": "hi", "client_id": "c1" });
    let refused = socket.call("thread:publish", post.clone()).await;
    assert_eq!(refused["error"]["code"], 100, "{refused}");
    assert_eq!(refused["error"]["temporary"], true);
    // Five seconds, or twice that behind something that the server does by itself; not one turn for each.
    assert!(begun.elapsed() < Duration::from_secs(16));
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    assert_eq!(page["messages"], json!([]));
    lock.rollback().await.unwrap();
    for _ in 0..2 {
        let posted = socket.rpc("thread:publish", post.clone()).await;
        assert_eq!(
            posted["message"]["number"], 1,
            "once, however often it is asked for"
        );
    }
}

/// Stands between the server and its database, and can fall silent without hanging up.
struct Proxy {
    url: String,
    moods: Moods,
}

#[derive(Clone, Default)]
struct Moods {
    /// The connections that there are fall silent; those that come later pass.
    silence: Arc<AtomicBool>,
    /// The next one falls silent that has committed something, as soon as that is answered.
    silence_after_commit: Arc<AtomicBool>,
}

impl Proxy {
    async fn before(url: &str) -> Self {
        let (before, rest) = url.split_once('@').unwrap();
        let (target, name) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        let moods = Moods::default();
        let (shared, target) = (moods.clone(), target.to_owned());
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(&target).await.unwrap();
                let mut moods = shared.clone();
                if moods.silence.load(Ordering::SeqCst) {
                    moods.silence = Arc::default();
                }
                let is_silent = Arc::new(AtomicBool::new(false));
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(carry(near_in, far_out, moods.clone(), is_silent.clone()));
                tokio::spawn(carry(far_in, near_out, moods, is_silent));
            }
        });
        Self {
            url: format!("{before}@{here}/{name}"),
            moods,
        }
    }
}

async fn behind_a_proxy() -> Option<(Proxy, TestApp)> {
    let Some(database) = TestApp::a_postgres_database().await else {
        assert!(
            std::env::var_os("CI").is_none(),
            "TEST_POSTGRES_URL is not set"
        );
        return None;
    };
    let proxy = Proxy::before(&database).await;
    let app = TestApp::at(&proxy.url).await;
    Some((proxy, app))
}

async fn carry(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    moods: Moods,
    is_silent: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if is_silent.load(Ordering::SeqCst) || moods.silence.load(Ordering::SeqCst) {
            continue;
        }
        let bytes = &buffer[..read];
        // The answer, with what says that the next question may come; not the question.
        let has_committed = bytes.windows(8).any(|part| part == b"COMMIT\0Z");
        if has_committed && moods.silence_after_commit.swap(false, Ordering::SeqCst) {
            is_silent.store(true, Ordering::SeqCst);
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fall_silent_are_given_up_and_posting_goes_on() {
    let Some((proxy, app)) = behind_a_proxy().await else {
        return;
    };
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let mut socket = app.socket_of(&john).await;
    let post = |n: u32| json!({ "id": thread, "message": "hi", "client_id": format!("c{n}") });
    socket.rpc("thread:publish", post(1)).await;
    proxy.moods.silence.store(true, Ordering::SeqCst);
    let begun = Instant::now();
    // It may be refused for now, and must not hang.
    let mut refused = 0;
    loop {
        let answer = socket.call("thread:publish", post(2)).await;
        match answer["error"]["temporary"].as_bool() {
            Some(true) => refused += 1,
            None => break,
            other => panic!("{other:?}: {answer}"),
        }
        assert!(
            begun.elapsed() < Duration::from_secs(25),
            "refused {refused} times"
        );
    }
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 2, "each once");
    assert_eq!(app.browser().get("/readyz").await.status(), 200);
}

/// What a pool does with a connection that comes back is nothing that a statement's limit covers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fall_silent_after_their_commit_keep_no_place() {
    let Some((proxy, app)) = behind_a_proxy().await else {
        return;
    };
    let john = app.person("john").await;
    let Pool::Postgres(pool) = app.db.writer() else {
        unreachable!()
    };
    let places = pool.options().get_max_connections();
    let mut thread = app.thread(&john, ThreadKind::Private).await;
    for _ in 0..2 * places {
        let moods = &proxy.moods.silence_after_commit;
        moods.store(true, Ordering::SeqCst);
        thread = app.thread(&john, ThreadKind::Private).await;
        assert!(!moods.load(Ordering::SeqCst), "one has fallen silent");
    }
    let mut socket = app.socket_of(&john).await;
    for n in 0..4 {
        proxy
            .moods
            .silence_after_commit
            .store(true, Ordering::SeqCst);
        let post = json!({ "id": thread, "message": "hi", "client_id": format!("c{n}") });
        let begun = Instant::now();
        while socket.call("thread:publish", post.clone()).await["error"].is_object() {}
        assert!(
            begun.elapsed() < Duration::from_secs(9),
            "at the second try"
        );
    }
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    assert_eq!(page["messages"].as_array().unwrap().len(), 4, "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_drops_everybody_is_found_again_at_once() {
    let Some(app) = TestApp::on_postgres().await else {
        assert!(
            std::env::var_os("CI").is_none(),
            "TEST_POSTGRES_URL is not set"
        );
        return;
    };
    let john = app.person("john").await;
    let thread = app.thread(&john, ThreadKind::Private).await;
    let token = app.token(&john).await;
    let mut socket = TestSocket::open(&app.base).await;
    socket.connect_with(&token).await;
    let Pool::Postgres(pool) = app.db.writer() else {
        unreachable!()
    };
    for n in 0..20 {
        let drop_all = || {
            sqlx::query(
                "select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid()",
            )
            .execute(pool)
        };
        if n % 5 == 0 {
            // The connection for it may be one that the last time has cut.
            while drop_all().await.is_err() {}
        }
        let post = json!({ "id": thread, "message": "hi", "client_id": format!("c{n}") });
        let begun = Instant::now();
        while socket.call("thread:publish", post.clone()).await["error"].is_object() {
            assert!(
                begun.elapsed() < Duration::from_secs(5),
                "it is back at once"
            );
        }
    }
    let page = socket.rpc("thread:history", json!({ "id": thread })).await;
    let numbers = page["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["number"].as_i64());
    assert!(numbers.eq((1..=20).map(Some)), "each once, without a hole");
}
