//! The real-time engine alone: no chat, no accounts, no database.
//!
//! Anybody may connect, without a token. Clients subscribe, publish, ask who is there and read
//! what was published, on the channels named below; an application's backend does the same by the
//! server API with the key it was started with. Everything is in memory.
//!
//! `cargo run --release --features ssr --example open_engine -- --addr 127.0.0.1:8000 --api-key KEY`

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get, post};
use clap::Parser;
use governor::Quota;
use hubbub::protocol::codes::ErrorCode;
use hubbub::server::clock::{Clock, Entropy};
use hubbub::server::realtime::server_api::{self, ApiKey};
use hubbub::server::realtime::{
    Accepted, Engine, Granted, Handler, Hub, InProcess, JoinLeave, MemoryHistory, Options, Peer,
    Published, Registration, Rule, Upgrade, Visit,
};
use sha2::{Digest, Sha256};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long a channel nobody publishes to is remembered.
const REMEMBERED: Duration = Duration::from_mins(5);

#[derive(Parser)]
struct Arguments {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8000")]
    addr: SocketAddr,
    /// The key for the server API.
    #[arg(long)]
    api_key: String,
}

/// Everybody is the same to us.
#[derive(Clone)]
struct Anybody;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let hub = Arc::new(Hub::default());
    let broker = Arc::new(InProcess(hub.clone()));
    let entropy = Entropy::system();
    let engine = Engine::new(hub, broker, registration(&entropy), options(), entropy);
    tokio::spawn(engine.clone().tend());

    let routes = connections(&engine).merge(server_api::routes(
        engine.clone(),
        one_key(arguments.api_key),
    ));

    let listener = tokio::net::TcpListener::bind(arguments.addr).await?;
    println!("listening on {}", listener.local_addr()?);
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        let _ = stream.set_nodelay(true);
    });
    let stop = async move {
        let _ = tokio::signal::ctrl_c().await;
        engine
            .shut_down(Duration::ZERO, Duration::from_secs(5))
            .await;
    };
    axum::serve(listener, routes)
        .with_graceful_shutdown(stop)
        .await?;
    Ok(())
}

/// A socket, and what stands in for it where a network swallows sockets.
fn connections(engine: &Arc<Engine<Anybody>>) -> Router {
    let visit = || Visit {
        address: [127, 0, 0, 1].into(),
        owner: None,
        context: http::Extensions::new(),
    };
    let (sockets, streams) = (engine.clone(), engine.clone());
    let (events, beside) = (engine.clone(), engine.clone());
    let upgrade = async move |request: Upgrade| {
        let visit = visit();
        sockets.upgrade(request, visit.address, visit.context)
    };
    let stream = async move |request: Request| streams.stream(request, visit()).await;
    let events = async move |uri: http::Uri| events.events(uri.query(), visit());
    let emulate = async move |request: Request| beside.emulate(request, None).await;
    let (only_sockets, only_streams, only_events) =
        (engine.clone(), engine.clone(), engine.clone());
    let upgrade_one_way = async move |request: Upgrade| {
        let visit = visit();
        only_sockets.upgrade_one_way(request, visit.address, visit.context)
    };
    let stream_one_way =
        async move |request: Request| only_streams.stream_one_way(request, visit()).await;
    let events_one_way =
        async move |request: Request| only_events.events_one_way(request, visit()).await;
    Router::new()
        .route("/connection/uni_websocket", get(upgrade_one_way))
        .route("/connection/uni_http_stream", post(stream_one_way))
        .route("/connection/uni_sse", any(events_one_way))
        .route("/connection/websocket", get(upgrade))
        .route("/connection/http_stream", post(stream))
        .route("/connection/sse", get(events))
        .route("/emulation", post(emulate))
}

/// Who may do what: everybody everything, on these channels.
fn registration(entropy: &Entropy) -> Registration<Anybody> {
    let connect = |_| async { Ok(Accepted::new(Anybody, Peer::default())) };
    let open = |pattern, kept| {
        let past = MemoryHistory::new(kept, REMEMBERED, entropy.clone());
        Rule::new(pattern, Handler::new(|_| async { Ok(Granted::default()) }))
            .publish(Handler::new(
                async |event: hubbub::server::realtime::Publish<_>| {
                    Ok(Published::Announce(event.data))
                },
            ))
            .history(Arc::new(past), Handler::new(|_| async { Ok(()) }))
            .presence(Handler::new(|_| async { Ok(()) }))
            .timed(Clock::system())
            .filters()
            .patches()
    };
    Registration::new(Handler::new(connect))
        .rule(open("test*", 100))
        .rule(open("recovery:*", 100))
        .rule(open("smallhistory:*", 2))
        .rule(open("joinleave:*", 100).join_leave(JoinLeave::Everybody))
}

/// The server API is for whoever knows the key.
fn one_key(expected: String) -> Handler<ApiKey, ()> {
    // Digests are compared: how long that takes tells nothing of the key.
    let expected = Sha256::digest(expected);
    Handler::new(move |ApiKey(key)| {
        let is_good = Sha256::digest(key) == expected;
        async move {
            match is_good {
                true => Ok(()),
                false => Err(ErrorCode::Unauthorized.into()),
            }
        }
    })
}

/// A machine's own clients, not the public: next to no limit on commands.
fn options() -> Options {
    Options {
        commands: Quota::per_second(NonZeroU32::MAX),
        ..Options::default()
    }
}
