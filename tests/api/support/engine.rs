//! An engine by itself, with handlers of the test's own.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::routing::{any, get, post};
use hubbub::server::clock::Entropy;
use hubbub::server::realtime::{
    Engine, Granted, Handler, Hub, InProcess, Options, Registration, Rule, Upgrade, Visit,
};

/// A rule that lets everybody subscribe.
pub fn open<U: Send + 'static>(pattern: &'static str) -> Rule<U> {
    Rule::new(pattern, Handler::new(|_| async { Ok(Granted::default()) }))
}

/// Serves an engine; its address, and the engine itself.
pub async fn serve<U>(registration: Registration<U>) -> (String, Arc<Engine<U>>)
where
    U: Clone + Send + Sync + 'static,
{
    serve_with(registration, Options::default()).await
}

pub async fn serve_with<U>(
    registration: Registration<U>,
    options: Options,
) -> (String, Arc<Engine<U>>)
where
    U: Clone + Send + Sync + 'static,
{
    serve_on(Arc::default(), registration, options).await
}

/// The same, on a hub that the test has already.
pub async fn serve_on<U>(
    hub: Arc<Hub>,
    registration: Registration<U>,
    options: Options,
) -> (String, Arc<Engine<U>>)
where
    U: Clone + Send + Sync + 'static,
{
    let broker = Arc::new(InProcess(hub.clone()));
    let engine = Engine::new(hub, broker, registration, options, Entropy::system());
    tokio::spawn(engine.clone().tend());
    let routes = routes(&engine);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (base, engine)
}

/// A socket, and what stands in for it, for anybody.
fn routes<U: Clone + Send + Sync + 'static>(engine: &Arc<Engine<U>>) -> Router {
    let visit = || Visit {
        address: [127, 0, 0, 1].into(),
        owner: None,
        context: http::Extensions::new(),
    };
    let (sockets, streams) = (engine.clone(), engine.clone());
    let (events, beside) = (engine.clone(), engine.clone());
    let (only_sockets, only_streams) = (engine.clone(), engine.clone());
    let only_events = engine.clone();
    Router::new()
        .route(
            "/connection/uni_websocket",
            get(async move |upgrade: Upgrade| {
                let Visit {
                    address, context, ..
                } = visit();
                only_sockets.upgrade_one_way(upgrade, address, context)
            }),
        )
        .route(
            "/connection/uni_http_stream",
            post(async move |request: Request| only_streams.stream_one_way(request, visit()).await),
        )
        .route(
            "/connection/uni_sse",
            any(async move |request: Request| only_events.events_one_way(request, visit()).await),
        )
        .route(
            "/connection/websocket",
            get(async move |upgrade: Upgrade| {
                let Visit {
                    address, context, ..
                } = visit();
                sockets.upgrade(upgrade, address, context)
            }),
        )
        .route(
            "/connection/http_stream",
            post(async move |request: Request| streams.stream(request, visit()).await),
        )
        .route(
            "/connection/sse",
            get(async move |uri: http::Uri| events.events(uri.query(), visit())),
        )
        .route(
            "/emulation",
            post(async move |request: Request| beside.emulate(request, None).await),
        )
}
