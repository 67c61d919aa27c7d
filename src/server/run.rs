//! Running the server: put together, listen, serve, and leave in good order.
//!
//! `serve` takes its listener, so tests choose port 0. On shutdown the sockets are told to come
//! back later (3001) and the writer finishes what it has begun, before the database is closed.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use governor::Quota;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::chat::{
    avatars, backend, files, finding, muting, presence, revising, saved, scheduled, setup, socket,
};
use super::clock::{Clock, Entropy};
use super::cluster::{BusError, Cluster};
use super::config::{Config, DEFAULT_FILE, Secret};
use super::db::{Db, Lock, OpenError, Purpose};
use super::http::context::Context;
use super::http::{listen as http_listen, rest};
use super::realtime::Deadlines;
use super::realtime::{Ceilings, Engine, Options};
use super::router::router;
use super::state::App;

/// How long the last requests and sockets may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Over how long clients are sent to other servers.
const SEND_AWAY_OVER: Duration = Duration::from_secs(3);
const HOUR: Duration = Duration::from_hours(1);
/// How often it is looked for reminders and messages whose time has come.
const TICK: Duration = Duration::from_secs(1);
/// How often open sockets are checked against what was revoked elsewhere.
const RECHECK: Duration = Duration::from_secs(3);

/// Why the server did not start: one sentence for the operator.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Database(#[from] OpenError),
    #[error("cannot listen on {addr}: {reason}")]
    Listen { addr: SocketAddr, reason: String },
    #[error("cannot write to the data directory {path}")]
    DataDir { path: String, source: io::Error },
    #[error("this build has no site in it: build it with `make site`, then build the server again")]
    NoSite,
    #[error("whether anybody is here could not be found out: {0}")]
    Setup(String),
    #[error(transparent)]
    Bus(#[from] BusError),
    #[error("the server stopped")]
    Serve(#[source] io::Error),
}

/// Makes sure the data directory is there and can be written to, if `SQLite` is to live in it.
///
/// # Errors
/// It is not, or cannot.
pub fn prepare_data_dir(config: &Config) -> Result<(), RunError> {
    if config.database.url.is_some() {
        return Ok(());
    }
    let dir = &config.server.data_dir;
    let failed = |source| RunError::DataDir {
        path: dir.display().to_string(),
        source,
    };
    // What people write is nobody else's on this machine.
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(dir).map_err(failed)?;
    let probe = dir.join(".hubbub-write-test");
    std::fs::write(&probe, b"").map_err(failed)?;
    std::fs::remove_file(&probe).map_err(failed)
}

/// Binds the configured address.
///
/// # Errors
/// Somebody else has it, or we may not.
pub async fn listen(addr: SocketAddr) -> Result<TcpListener, RunError> {
    TcpListener::bind(addr)
        .await
        .map_err(|error| RunError::Listen {
            addr,
            reason: match error.kind() {
                io::ErrorKind::AddrInUse => {
                    "another program is using that port. Stop it, or choose another with \
                     --addr or LEPTOS_SITE_ADDR"
                        .to_owned()
                }
                io::ErrorKind::PermissionDenied => {
                    "not permitted. Ports below 1024 need special rights".to_owned()
                }
                _ => error.to_string(),
            },
        })
}

/// Serves until `shutdown` resolves.
///
/// # Errors
/// The database cannot be opened.
pub async fn serve(
    listener: TcpListener,
    config: &Config,
    clock: Clock,
    entropy: Entropy,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), RunError> {
    // Fails if it was done before in this process, as tests do: once is enough.
    let _ = any_spawner::Executor::init_tokio();
    let location = config.location()?;
    let connections = config.database.max_connections.get();
    let purpose = match &config.cluster.nats_url {
        Some(_) => Purpose::ServeWithOthers,
        None => Purpose::Serve,
    };
    let (db, lock) = Db::open(&location, connections, purpose, &clock, &entropy).await?;
    let hub = Arc::default();
    let cluster = match &config.cluster.nats_url {
        Some(Secret(url)) => {
            Some(Cluster::connect(url, db.origin(), Arc::clone(&hub), &entropy).await?)
        }
        None => None,
    };
    let app = App::start_among(config, db, clock, entropy, hub, cluster.clone());
    let addr = listener.local_addr().unwrap_or(config.server.addr);
    let untouched = cluster.as_ref().map_or(Duration::ZERO, |_| HOUR);
    if let Err(error) = app.files.store.tidy(untouched).await {
        tracing::warn!(%error, "files that were being uploaded could not be tidied up");
    }
    greet(&app, addr).await?;
    tracing::info!(
        %addr,
        database = %location,
        registration = ?config.registration(),
        "serving"
    );
    let engine = Engine::new(
        app.hub.clone(),
        app.broker.clone(),
        socket::registration(&app, rest::routes(&app).fallback(rest::not_found)),
        options(config),
        app.entropy.clone(),
    );
    let closing = CancellationToken::new();
    let lock = lock.map(Arc::new);
    let tidying = keep_tidy(app.clone(), engine.clone(), lock.clone());
    // Until the last client has been told where to go, also what others announce.
    let background = tokio::spawn(tidying);
    if let Some(cluster) = &cluster {
        cluster.joined().await?;
    }
    let leptos = leptos_options(config);
    let context = Context::new(config, app.clone(), engine.clone(), leptos, addr.port());
    let router = router(context);
    let farewell = {
        let closing = closing.clone();
        // Where others take over, they are not to get everybody in the same moment.
        let over = cluster.as_ref().map_or(Duration::ZERO, |_| SEND_AWAY_OVER);
        async move {
            closing.cancelled().await;
            engine.shut_down(over, PATIENCE).await;
        }
    };
    let farewell = tokio::spawn(farewell);
    let asked = closing.clone();
    let served = http_listen::serve(listener, router, async move {
        shutdown.await;
        asked.cancel();
    });
    let served = tokio::select! {
        served = served => served,
        // A browser keeps idle connections open: they are not waited for.
        () = overdue(&closing) => Ok(()),
    };
    closing.cancel();
    let _ = farewell.await;
    if let Some(cluster) = cluster {
        cluster.leave().await;
    }
    background.abort();
    let _ = background.await;
    app.db.close().await;
    // Only now may another server begin: until here, something may still have been written.
    if let Some(lock) = lock.and_then(Arc::into_inner) {
        lock.release().await;
    }
    served.map_err(RunError::Serve)
}

/// Says where a server without anybody gets its administrator. To standard output and not into the
/// log, which others may read.
async fn greet(app: &App, addr: SocketAddr) -> Result<(), RunError> {
    let begun = setup::begin(app).await;
    let begun = begun.map_err(|error| RunError::Setup(error.to_string()))?;
    if let Some(place) = begun {
        let site = app.public_url.clone();
        let site = site.unwrap_or_else(|| format!("http://{addr}"));
        println!("Nobody is here yet. Set this server up at\n\n    {site}{place}\n");
    }
    Ok(())
}

async fn overdue(closing: &CancellationToken) {
    closing.cancelled().await;
    tokio::time::sleep(SEND_AWAY_OVER + 2 * PATIENCE).await;
}

/// What is done beside serving, for as long as the server runs. Each of these goes on whatever
/// happens to it: rights are not to be taken away only until something panics.
async fn keep_tidy(app: Arc<App>, engine: Arc<Engine<socket::Caller>>, lock: Option<Arc<Lock>>) {
    let tend = supervised("connections", || engine.clone().tend());
    let sweep = supervised("sweeping", || sweep(app.clone()));
    let forget = supervised("forgetting", || forget(app.clone()));
    let remind = supervised("reminders", || remind(app.clone()));
    let later = supervised("messages for later", || post_later(app.clone()));
    let recheck = supervised("credentials", || recheck(app.clone()));
    let presence = supervised("presence", || presence::watch(app.clone()));
    let index = supervised("the index", || fill_index(app.clone()));
    let cluster = supervised("the bus", || among_others(app.clone(), engine.clone()));
    let guard = async {
        let Some(lock) = lock else { return };
        let mut ticks = tokio::time::interval(RECHECK);
        loop {
            ticks.tick().await;
            if !lock.still_holds().await {
                tracing::error!(
                    "the database may be served by somebody else too: its lock is lost"
                );
            }
        }
    };
    futures::join!(
        tend, sweep, forget, remind, later, recheck, presence, index, cluster, guard
    );
}

async fn among_others(app: Arc<App>, engine: Arc<Engine<socket::Caller>>) {
    if let Some(cluster) = app.cluster.clone() {
        cluster.run(app, engine).await;
    }
}

/// Begins again whatever has panicked, after a moment.
async fn supervised<F: Future<Output = ()>>(what: &str, begin: impl Fn() -> F) {
    loop {
        let work = std::panic::AssertUnwindSafe(begin());
        if work.catch_unwind().await.is_ok() {
            return;
        }
        tracing::error!(what, "met with a panic, and begins again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn sweep(app: Arc<App>) {
    let mut hours = tokio::time::interval(HOUR);
    loop {
        hours.tick().await;
        app.throttle.sweep();
        for pace in [&app.pace, &app.changes, &app.lookups] {
            pace.sweep();
        }
        app.typing.sweep();
        app.presences.sweep();
        match app.sessions.sweep().await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "expired sessions removed"),
            Err(error) => error.log(),
        }
    }
}

/// Again and again until it is whole: the database may be away meanwhile.
async fn fill_index(app: Arc<App>) {
    let mut ticks = tokio::time::interval(RECHECK);
    loop {
        ticks.tick().await;
        // Once it is whole, this asks only whether a command beside the server has emptied it or added
        // messages.
        if let Err(error) = finding::fill_index(&app).await {
            error.log();
        }
    }
}

/// What was deleted is gone as soon as that can no longer be taken back.
async fn forget(app: Arc<App>) {
    let mut ticks = tokio::time::interval(RECHECK);
    loop {
        ticks.tick().await;
        for forgotten in [
            revising::forget_deleted(&app).await,
            muting::forget_ended(&app).await,
            files::sweep(&app).await,
            backend::forget_receipts(&app).await,
            avatars::sweep(&app).await,
        ] {
            if let Err(error) = forgotten {
                error.log();
            }
        }
    }
}

/// Tells people of what they wanted to be reminded of, within a second of its time.
async fn remind(app: Arc<App>) {
    let mut ticks = every_tick();
    loop {
        ticks.tick().await;
        if let Err(error) = saved::remind(&app).await {
            error.log();
        }
    }
}

/// Posts what people wanted to be posted later, within a second of its time.
async fn post_later(app: Arc<App>) {
    let mut ticks = every_tick();
    loop {
        ticks.tick().await;
        if let Err(error) = scheduled::post_due(&app).await {
            error.log();
        }
    }
}

/// After a long silence of the database once is enough.
fn every_tick() -> tokio::time::Interval {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    ticks
}

async fn recheck(app: Arc<App>) {
    let mut ticks = tokio::time::interval(RECHECK);
    loop {
        ticks.tick().await;
        if let Err(error) = app.sessions.recheck(app.hub.credentials()).await {
            error.log();
        }
    }
}

/// Sockets and files that may be open at once: as many as the system allows, not the few that it
/// gives by default.
pub fn raise_file_limit() {
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(limit) => tracing::debug!(limit, "files that may be open"),
        Err(error) => tracing::warn!(%error, "the limit of open files stays as it is"),
    }
}

fn options(config: &Config) -> Options {
    let realtime = &config.realtime;
    let limits = &config.limits;
    let seconds = |n: u32| Duration::from_secs(u64::from(n));
    Options {
        deadlines: Deadlines {
            ping: seconds(realtime.ping_seconds),
            pong: seconds(realtime.pong_seconds),
            stale: seconds(realtime.stale_seconds),
            ..Options::default().deadlines
        },
        queue_bytes: realtime.queue_bytes as usize,
        // The longest message, written with escapes, or the positions of a thousand channels.
        frame_bytes: 256 * 1024,
        ceilings: Ceilings {
            in_all: limits.max_sockets.get() as usize,
            per_person: limits.sockets_per_person.get() as usize,
            per_address: limits.sockets_per_address.get() as usize,
        },
        commands: quota(limits.commands_per_second, limits.commands_burst),
        ..Options::default()
    }
}

fn quota(per_second: NonZeroU32, burst: NonZeroU32) -> Quota {
    Quota::per_second(per_second).allow_burst(burst)
}

/// What Leptos wants to know. Its own block of the file is optional, as everything in it is.
fn leptos_options(config: &Config) -> LeptosOptions {
    leptos::config::get_configuration(Some(DEFAULT_FILE)).map_or_else(
        |_| {
            LeptosOptions::builder()
                .output_name("hubbub")
                .site_addr(config.server.addr)
                .build()
        },
        |file| file.leptos_options,
    )
}
