//! An engine by itself, with handlers of the test's own.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use hubbub::server::clock::Entropy;
use hubbub::server::realtime::{
    Engine, Granted, Handler, Hub, InProcess, Options, Registration, Rule, Upgrade,
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
    let sockets = engine.clone();
    let upgrade = move |upgrade: Upgrade| {
        let engine = sockets.clone();
        async move { engine.upgrade(upgrade, [127, 0, 0, 1].into(), http::Extensions::new()) }
    };
    let routes = Router::new().route("/connection/websocket", get(upgrade));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    (base, engine)
}
