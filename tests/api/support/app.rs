//! The server under test and the browsers that visit it.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use hubbub::protocol::{
    Description, DisplayName, Password, ThreadId, ThreadKind, Timestamp, User, Username,
};
use hubbub::server::auth::password::Passwords;
use hubbub::server::auth::token::{self, TokenKind};
use hubbub::server::chat::socket::{self, Caller};
use hubbub::server::clock::{Clock, Entropy};
use hubbub::server::config::{Config, Inviters, Registration, Secret};
use hubbub::server::db::users::Named;
use hubbub::server::db::{self, Db, Location, Pool, Purpose};
use hubbub::server::http::context::Context;
use hubbub::server::http::rest;
use hubbub::server::realtime;
use hubbub::server::router::router;
use hubbub::server::run;
use hubbub::server::state::App;
use leptos::config::LeptosOptions;
use reqwest::{Client, Response, redirect};
use serde_json::{Value, json};
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;

use super::TestSocket;
use super::database::TestDatabase;
use super::time::Time;

pub const PASSWORD: &str = "secret";
/// The moment at which every test begins.
const START: Timestamp = Timestamp(1_795_000_000_000);
const LAST_SEEN: &str = "select last_seen_at from sessions";

/// What a test may want otherwise.
#[derive(Clone)]
pub struct Settings {
    pub registration: Registration,
    pub login_per_account: u32,
    pub allowed_origins: Vec<String>,
    pub trusted_proxies: Vec<String>,
    pub stale_seconds: u32,
    pub queue_bytes: u32,
    pub commands_burst: u32,
    pub changes_per_minute: u32,
    pub ping_seconds: u32,
    pub pong_seconds: u32,
    /// Nobody has set the server up.
    pub is_new: bool,
    pub invitations: Inviters,
    pub edit_minutes: u32,
    pub file_mib: u32,
    pub quota_mib: u32,
    /// The bus to the other servers of its database.
    pub nats_url: Option<String>,
    pub public_url: Option<String>,
    /// How often one person may post: a second, and at once.
    pub posts: (u32, u32),
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            registration: Registration::Open,
            login_per_account: 1000,
            allowed_origins: Vec::new(),
            trusted_proxies: Vec::new(),
            stale_seconds: 10,
            queue_bytes: 1024 * 1024,
            commands_burst: 100_000,
            changes_per_minute: 100_000,
            // However slow the machine is: a test that answers no pings says so.
            ping_seconds: 25,
            pong_seconds: 3600,
            is_new: false,
            invitations: Inviters::Administrators,
            edit_minutes: 0,
            file_mib: 25,
            quota_mib: 100,
            nats_url: None,
            public_url: None,
            posts: (100_000, 100_000),
        }
    }
}

/// A running server. It stops when this is dropped.
pub struct TestApp {
    pub base: String,
    /// The same database by a connection of the test's own, to arrange and to look.
    pub db: Db,
    time: Time,
    threads: AtomicU32,
    stop: CancellationToken,
    /// The random bytes that the server's first secret was made of.
    first_secret: watch::Receiver<Option<[u8; 32]>>,
    database: TestDatabase,
    /// Where it keeps files.
    pub data: tempfile::TempDir,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl TestApp {
    pub async fn on_sqlite() -> Self {
        Self::spawn(TestDatabase::sqlite(), Settings::default()).await
    }

    pub async fn on_postgres() -> Option<Self> {
        Self::on_postgres_with(Settings::default()).await
    }

    pub async fn on_postgres_with(settings: Settings) -> Option<Self> {
        let database = TestDatabase::postgres().await?;
        Some(Self::spawn(database, settings).await)
    }

    /// A fresh `PostgreSQL` database, if there is a server for tests.
    pub async fn a_postgres_database() -> Option<String> {
        Some(TestDatabase::postgres().await?.url)
    }

    /// A server of the database at a URL.
    pub async fn at(url: &str) -> Self {
        Self::spawn(TestDatabase::at(url), Settings::default()).await
    }

    /// One of several servers of the database at a URL.
    pub async fn among(url: &str, settings: Settings) -> Self {
        let app = Self::spawn(TestDatabase::at(url), settings).await;
        app.is_ready().await;
        app
    }

    /// Waits until it says that it is.
    pub async fn is_ready(&self) {
        let ready = async {
            loop {
                let answer = reqwest::get(format!("{}/readyz", self.base)).await;
                if answer.is_ok_and(|answer| answer.status() == 200) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, ready)
            .await
            .expect("it becomes ready");
    }

    pub async fn with(settings: Settings) -> Self {
        Self::spawn(TestDatabase::sqlite(), settings).await
    }

    async fn spawn(database: TestDatabase, settings: Settings) -> Self {
        let time = Time::since(START);
        let clock = {
            let time = time.clone();
            Clock::from_fn(move || time.now())
        };
        let data = tempfile::tempdir().unwrap();
        let mut config = config(&database, &settings);
        data.path().clone_into(&mut config.server.data_dir);
        let location = Location::parse(&database.url).unwrap();
        let entropy = Entropy::system();
        let opened = Db::open(&location, 2, Purpose::Prepare, &clock, &entropy).await;
        let (db, _) = opened.unwrap();
        if !settings.is_new {
            db::setup::skip(&db, clock.now()).await.unwrap();
        }
        let (entropy, first_secret) = watched_entropy();
        let listener = run::listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move {
            run::serve(listener, &config, clock, entropy, stopped)
                .await
                .unwrap();
        });
        Self {
            base,
            db,
            time,
            threads: AtomicU32::new(0),
            stop,
            first_secret,
            database,
            data,
        }
    }

    /// The chat's handlers over the same database, to be asked without a socket.
    pub fn handlers(&self) -> realtime::Registration<Caller> {
        let config = config(&self.database, &Settings::default());
        let now = self.now();
        let clock = Clock::from_fn(move || now);
        let app = App::start(&config, self.db.clone(), clock, Entropy::system());
        socket::registration(&app, rest::routes(&app).fallback(rest::not_found))
    }

    /// The router that serves, as it prints itself: all its routes are in that.
    pub fn routes(&self) -> String {
        let config = config(&self.database, &Settings::default());
        let now = self.now();
        let clock = Clock::from_fn(move || now);
        let app = App::start(&config, self.db.clone(), clock, Entropy::system());
        let engine = realtime::Engine::new(
            app.hub.clone(),
            app.broker.clone(),
            socket::registration(&app, rest::routes(&app).fallback(rest::not_found)),
            realtime::Options::default(),
            Entropy::system(),
        );
        let leptos = LeptosOptions::builder().output_name("hubbub").build();
        let context = Context::new(&config, app, engine, leptos, 0);
        format!("{:?}", router(context))
    }

    /// The number that the next thread gets.
    pub async fn next_thread(&self, id: i64) {
        self.next_in("threads", id).await;
    }

    /// The number that the next person gets.
    pub async fn next_person(&self, id: i64) {
        self.next_in("users", id).await;
    }

    async fn next_in(&self, table: &str, id: i64) {
        match self.db.writer() {
            Pool::Sqlite(pool) => {
                let known = sqlx::query("update sqlite_sequence set seq = $2 where name = $1")
                    .bind(table)
                    .bind(id - 1)
                    .execute(pool);
                if known.await.unwrap().rows_affected() == 0 {
                    sqlx::query("insert into sqlite_sequence (name, seq) values ($1, $2)")
                        .bind(table)
                        .bind(id - 1)
                        .execute(pool)
                        .await
                        .unwrap();
                }
            }
            Pool::Postgres(pool) => {
                sqlx::query("select setval(pg_get_serial_sequence($1, 'id'), $2, false)")
                    .bind(table)
                    .bind(id)
                    .execute(pool)
                    .await
                    .unwrap();
            }
        }
    }

    /// The code that a server without anybody has printed.
    pub async fn setup_code(&self) -> String {
        let mut secret = self.first_secret.clone();
        let bytes = secret.wait_for(Option::is_some).await.unwrap();
        let bytes = bytes.unwrap();
        let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
        format!("hbf_{}", digits.collect::<String>())
    }

    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The server is asked to stop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    pub fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// The time by which it goes.
    pub fn time(&self) -> Time {
        self.time.clone()
    }

    pub fn days_pass(&self, days: i64) {
        self.seconds_pass(days * 24 * 60 * 60);
    }

    pub fn seconds_pass(&self, seconds: i64) {
        self.time.pass(seconds * 1000);
    }

    /// Waits until the one session there is was noted as used at this time.
    pub async fn seen_since(&self, at: Timestamp) {
        let seen = async {
            loop {
                let last: i64 = match self.db.reader() {
                    Pool::Sqlite(pool) => sqlx::query_scalar(LAST_SEEN).fetch_one(pool).await,
                    Pool::Postgres(pool) => sqlx::query_scalar(LAST_SEEN).fetch_one(pool).await,
                }
                .unwrap();
                if last >= at.0 {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let patience = Duration::from_secs(20);
        tokio::time::timeout(patience, seen).await.unwrap();
    }

    /// How many words of their own somebody has.
    pub async fn keywords_of(&self, user: &User) -> usize {
        let words = db::quiet::keywords(&self.db, user.id).await.unwrap();
        words.iter().count()
    }

    /// A person with the password "secret".
    pub async fn person(&self, username: &str) -> User {
        let name = DisplayName::parse(username).unwrap();
        let username = Username::parse(username).unwrap();
        let hash = password_hash().await;
        let new = db::users::NewUser {
            username: &username,
            name: &name,
            password_hash: hash,
        };
        match db::users::insert(&self.db, new, self.now()).await.unwrap() {
            Named::Done(user) => user,
            other => panic!("{username:?}: {other:?}"),
        }
    }

    /// A thread that this person has made, and so joined.
    pub async fn thread(&self, owner: &User, kind: ThreadKind) -> ThreadId {
        // No two public threads are called alike.
        let number = self.threads.fetch_add(1, Ordering::Relaxed);
        let name = match number {
            0 => "A thread".to_owned(),
            number => format!("A thread, {number}"),
        };
        self.named_thread(owner, &name, kind).await
    }

    /// The same with a name of its own.
    pub async fn named_thread(&self, owner: &User, name: &str, kind: ThreadKind) -> ThreadId {
        let new = db::starting::NewThread {
            name: &name.to_owned().try_into().unwrap(),
            description: &Description::default(),
            kind,
            creator: owner.id,
            people: &[],
        };
        let thread = db::starting::start(&self.db, new, self.now())
            .await
            .unwrap();
        thread.done().unwrap().id
    }

    /// Makes somebody a member as if they had always been one: it is no event of the thread.
    pub async fn join(&self, thread: ThreadId, user: &User) {
        db::seeding::insert_members(&self.db, thread, &[user.id], self.now())
            .await
            .unwrap();
    }

    /// An API token of this person.
    pub async fn token(&self, user: &User) -> String {
        self.new_token(user, "test", false).await
    }

    /// One more connected socket of this person.
    pub async fn socket_of_again(&self, user: &User) -> TestSocket {
        let token = self.new_token(user, "again", false).await;
        let mut socket = TestSocket::open(&self.base).await;
        socket.connect_with(&token).await;
        socket
    }

    /// An API token of this person that may use the server API.
    pub async fn backend_token(&self, user: &User) -> String {
        self.new_token(user, "backend", true).await
    }

    async fn new_token(&self, user: &User, name: &str, may_serve: bool) -> String {
        let token = token::generate(TokenKind::Api, &Entropy::system());
        let hash = token::hash(&token);
        assert!(
            db::tokens::insert(&self.db, user.id, name, &hash, may_serve, self.now())
                .await
                .unwrap()
        );
        token
    }

    /// An invitation's code.
    pub async fn invite(&self, uses: u32) -> String {
        let code = token::generate(TokenKind::Invite, &Entropy::system());
        let new = db::invites::NewInvitation {
            code_hash: &token::hash(&code),
            guest_in: &[],
            uses: Some(uses),
            expires_at: Some(Timestamp(self.now().0 + 1000)),
            now: self.now(),
        };
        let made = db::invites::insert(&self.db, new, db::invites::Maker::Operator).await;
        assert!(made.unwrap().is_ok());
        code
    }

    /// The code of an invitation for anybody, which this maker has made.
    pub async fn invite_by(&self, maker: db::invites::Maker) -> Option<String> {
        let code = token::generate(TokenKind::Invite, &Entropy::system());
        let new = db::invites::NewInvitation {
            code_hash: &token::hash(&code),
            guest_in: &[],
            uses: None,
            expires_at: None,
            now: self.now(),
        };
        let made = db::invites::insert(&self.db, new, maker).await.unwrap();
        made.ok().map(|()| code)
    }

    /// The code of an invitation of guests into these threads, made on the command line.
    pub async fn invite_guests(&self, threads: &[ThreadId]) -> String {
        let code = token::generate(TokenKind::Invite, &Entropy::system());
        let new = db::invites::NewInvitation {
            code_hash: &token::hash(&code),
            guest_in: threads,
            uses: None,
            expires_at: None,
            now: self.now(),
        };
        let made = db::invites::insert(&self.db, new, db::invites::Maker::Operator).await;
        assert!(made.unwrap().is_ok());
        code
    }

    /// A guest of these threads with the password "secret".
    pub async fn guest(&self, username: &str, threads: &[ThreadId]) -> User {
        let code = self.invite_guests(threads).await;
        let name = DisplayName::parse(username).unwrap();
        let username = Username::parse(username).unwrap();
        let new = db::users::NewUser {
            username: &username,
            name: &name,
            password_hash: password_hash().await,
        };
        let hash = token::hash(&code);
        let redeemed = db::invites::redeem(&self.db, &hash, new, self.now()).await;
        match redeemed.unwrap() {
            Some(Named::Done(newcomer)) => newcomer.user,
            other => panic!("{username:?}: {other:?}"),
        }
    }

    /// A browser that nobody has signed in with.
    pub fn browser(&self) -> Browser {
        Browser::new(&self.base)
    }

    /// A browser in which this person is signed in.
    pub async fn signed_in(&self, username: &str) -> Browser {
        let browser = self.browser();
        let answer = browser.sign_in(username, PASSWORD).await;
        assert_eq!(location(&answer), "/", "signing in as {username}");
        browser
    }

    /// A connected socket of this person, with a token.
    pub async fn socket_of(&self, user: &User) -> TestSocket {
        self.device_of(user, "test").await
    }

    /// The same on a device of that name, with a token of its own.
    pub async fn device_of(&self, user: &User, name: &str) -> TestSocket {
        let token = self.new_token(user, name, false).await;
        let mut socket = TestSocket::open(&self.base).await;
        socket.connect_with(&token).await;
        socket
    }
}

/// The system's randomness, and the first secret that is made of it.
fn watched_entropy() -> (Entropy, watch::Receiver<Option<[u8; 32]>>) {
    let (tell, first) = watch::channel(None);
    let entropy = Entropy::from_fn(move |bytes| {
        let system = Entropy::system();
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&system.bytes::<8>()[..chunk.len()]);
        }
        if let Ok(secret) = <[u8; 32]>::try_from(&*bytes) {
            tell.send_if_modified(|known| known.replace(known.unwrap_or(secret)).is_none());
        }
    });
    (entropy, first)
}

fn config(database: &TestDatabase, settings: &Settings) -> Config {
    let at_least_one = |n| NonZeroU32::new(n).unwrap();
    let mut config = Config::default();
    config.database.url = Some(Secret(database.url.clone()));
    config.database.max_connections = at_least_one(4);
    config.accounts.registration = settings.registration;
    config.accounts.invitations = settings.invitations;
    config.limits.login_per_account_per_minute = at_least_one(settings.login_per_account);
    config.limits.login_per_address_per_minute = at_least_one(10_000);
    config.limits.commands_burst = at_least_one(settings.commands_burst);
    config.limits.commands_per_second = at_least_one(settings.commands_burst);
    config
        .server
        .allowed_origins
        .clone_from(&settings.allowed_origins);
    let proxies = settings.trusted_proxies.iter();
    config.server.trusted_proxies = proxies.map(|p| p.parse().unwrap()).collect();
    config.realtime.stale_seconds = settings.stale_seconds;
    config.realtime.ping_seconds = settings.ping_seconds;
    config.realtime.pong_seconds = settings.pong_seconds;
    config.realtime.queue_bytes = settings.queue_bytes;
    config.messages.edit_minutes = settings.edit_minutes;
    config.files.max_mib = at_least_one(settings.file_mib);
    config.files.quota_mib = at_least_one(settings.quota_mib);
    config.limits.posts_per_second = at_least_one(settings.posts.0);
    config.limits.posts_burst = at_least_one(settings.posts.1);
    config.server.public_url.clone_from(&settings.public_url);
    config.cluster.nats_url = settings.nats_url.clone().map(Secret);
    config.limits.changes_per_minute = at_least_one(settings.changes_per_minute);
    config.limits.lookups_per_minute = at_least_one(settings.changes_per_minute);
    config
}

/// Hashed once: it takes time on purpose.
async fn password_hash() -> &'static str {
    static HASH: OnceCell<String> = OnceCell::const_new();
    HASH.get_or_init(|| async {
        let passwords = Passwords::new(Entropy::system());
        let password = Password::parse(PASSWORD).unwrap();
        passwords.hash(&password).await.unwrap()
    })
    .await
}

fn location(response: &Response) -> &str {
    response
        .headers()
        .get("location")
        .map_or("", |value| value.to_str().unwrap())
}

/// A browser without JavaScript, which follows no redirect by itself.
pub struct Browser {
    pub base: String,
    pub client: Client,
}

impl Browser {
    pub fn new(base: &str) -> Self {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .cookie_store(true)
            .build()
            .unwrap();
        Self {
            base: base.to_owned(),
            client,
        }
    }

    pub async fn get(&self, path: &str) -> Response {
        let url = format!("{}{path}", self.base);
        self.client.get(url).send().await.unwrap()
    }

    pub async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }

    /// Posts a form as a browser does, from the page at `from`.
    pub async fn post_form(&self, from: &str, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect::<Vec<_>>()
            .join("&");
        self.client
            .post(format!("{}{path}", self.base))
            .header("accept", "text/html,application/xhtml+xml")
            .header("referer", format!("{}{from}", self.base))
            .header("origin", &self.base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body)
            .send()
            .await
            .unwrap()
    }

    pub async fn sign_in(&self, username: &str, password: &str) -> Response {
        let fields = [("username", username), ("password", password)];
        self.post_form("/login", "/api/login", &fields).await
    }

    /// Where a form leads.
    pub async fn post_to(&self, from: &str, path: &str, fields: &[(&str, &str)]) -> String {
        let answer = self.post_form(from, path, fields).await;
        assert_eq!(answer.status(), 303, "a form is answered by a redirect");
        let there = location(&answer);
        there.strip_prefix(&self.base).unwrap_or(there).to_owned()
    }

    /// What a form that is refused comes back with.
    pub async fn refused(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let answer = self.post_form("/", path, fields).await;
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// Where a page sends this browser, or an empty string.
    pub async fn sent_to(&self, path: &str) -> String {
        location(&self.get(path).await).to_owned()
    }

    /// The value of the session's cookie.
    pub async fn cookie(&self, username: &str) -> String {
        let answer = self.sign_in(username, PASSWORD).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        cookie.split(';').next().unwrap().to_owned()
    }

    /// Calls a server function that takes JSON, as the script does.
    pub async fn ask(&self, function: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/api/{function}", self.base);
        let request = self.client.post(url).header("accept", "application/json");
        let answer = request
            .header("origin", &self.base)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(json!(null)))
    }

    /// Changes something in the settings by a plain form; where that leads.
    pub async fn change(&self, fields: &[(&str, &str)]) -> String {
        self.post_to("/settings", "/api/change", fields).await
    }

    /// A change in the settings that is refused, or answered with a page.
    pub async fn not_changed(&self, fields: &[(&str, &str)]) -> (u16, String) {
        self.refused("/api/change", fields).await
    }

    /// Calls a server function as the script does.
    pub async fn call(&self, function: &str, body: &str) -> (u16, Value) {
        let answer = self
            .client
            .post(format!("{}/api/{function}", self.base))
            .header("accept", "application/json")
            .header("origin", &self.base)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        (status, answer.json().await.unwrap_or(json!(null)))
    }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}
